/* store_statements_test.c: every statement of every room compiles on both databases, against the
 * tables that the migrations make. Reads the rooms' .sql files as tools/sqlgen does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "base/text.h"
#include "db_fixture.h"
#include "store/store_int.h"

struct found {
    char name[80];
    bool postgres; /* the body is for PostgreSQL alone */
    struct buf body;
    struct found *next;
};

static void add_line(struct found *found, const char *line, size_t len)
{
    struct str trimmed = str_trim((struct str){line, len});
    if (!found || trimmed.len == 0 || (trimmed.len > 1 && memcmp(trimmed.data, "--", 2) == 0))
        return;
    buf_add_n(&found->body, line, len);
    buf_add_char(&found->body, '\n');
}

/* The newest first. */
static struct found *read_statements(struct arena *arena, const char *path, struct found *found)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char line[1000];
    struct found *current = NULL;
    while (fgets(line, sizeof line, file)) {
        size_t len = strcspn(line, "\n");
        char name[80] = "", dialect[16] = "";
        if (sscanf(line, "-- name: %79s %15s", name, dialect) < 1) {
            add_line(current, line, len);
            continue;
        }
        current = ARENA_NEW(arena, struct found, 1);
        snprintf(current->name, sizeof current->name, "%s", name);
        current->postgres = strcmp(dialect, "[postgres]") == 0;
        buf_init(&current->body, arena);
        current->next = found;
        found = current;
    }
    fclose(file);
    return found;
}

static struct found *read_rooms(struct arena *arena)
{
    const char *root = getenv("SOURCE_ROOT");
    char pattern[500];
    snprintf(pattern, sizeof pattern, "%s/src/*/*.sql", root ? root : ".");
    glob_t paths;
    assert_int_equal(glob(pattern, 0, NULL, &paths), 0);
    struct found *found = NULL;
    for (size_t i = 0; i < paths.gl_pathc; i++)
        found = read_statements(arena, paths.gl_pathv[i], found);
    globfree(&paths);
    return found;
}

static bool has_own_body(const struct found *all, const char *name)
{
    for (; all; all = all->next)
        if (all->postgres && strcmp(all->name, name) == 0)
            return true;
    return false;
}

static const char *compile_sqlite(struct db *db, const char *text)
{
    sqlite3_stmt *made = NULL;
    const char *rest = "";
    int code = sqlite3_prepare_v2(db->handle, text, -1, &made, &rest);
    sqlite3_finalize(made);
    if (code != SQLITE_OK)
        return sqlite3_errmsg(db->handle);
    return str_trim(str_of(rest)).len > 0 ? "has a second statement" : NULL;
}

static const char *compile_postgres(struct arena *arena, struct db *db, const char *text)
{
    PGresult *result = PQprepare(db->handle, "", text, 0, NULL);
    const char *wrong = NULL;
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        /* 42P18: a type that only the arguments tell; they are typed when it runs. */
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        if (!state || strcmp(state, "42P18") != 0)
            wrong = arena_text(arena, PQresultErrorMessage(result));
    }
    PQclear(result);
    return wrong;
}

static void test_store_statements__compile_in_every_room(void **state)
{
    struct db_fixture fixture;
    db_fixture_open(&fixture, *(bool *)*state);
    db_fixture_migrate(&fixture);
    int count = 0, failed = 0;
    const struct found *all = read_rooms(&fixture.boot);
    for (const struct found *at = all; at; at = at->next) {
        bool ours = fixture.postgres ? at->postgres || !has_own_body(all, at->name) : !at->postgres;
        if (!ours)
            continue;
        struct sql_text text;
        sql_text_translate(&fixture.boot, at->body.data, fixture.postgres, &text);
        const char *wrong = fixture.postgres
            ? compile_postgres(&fixture.boot, fixture.db, text.text)
            : compile_sqlite(fixture.db, text.text);
        count++;
        failed += wrong != NULL;
        if (wrong)
            print_error("%s: %s\n", at->name, wrong);
    }
    assert_true(count > 10);
    assert_int_equal(failed, 0);
    db_fixture_close(&fixture);
}

int main(void)
{
    const struct db_test tests[] = {
        DB_TEST(test_store_statements__compile_in_every_room),
    };
    struct CMUnitTest both[2 * sizeof tests / sizeof tests[0]];
    size_t count = db_fixture_tests(tests, sizeof tests / sizeof tests[0], both);
    return _cmocka_run_group_tests("store_statements", both, count, NULL, NULL);
}
