/* store_sqlite_test.c: the encrypted file: keys, damage, full disks, backups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "db_fixture.h"
#include "store/store_int.h"

static const char secret[] = "Ana Secret takes Botox";

static const struct sql note_insert = {
    .name = "note_insert", .text = "INSERT INTO note (id, text) VALUES (:id, :text)"};
static const struct sql note_count = {.name = "note_count", .text = "SELECT count(*) FROM note"};
static const struct sql note_length = {
    .name = "note_length", .text = "SELECT sum(length(text)) FROM note"};

static enum err insert_notes(struct tx *tx, int64_t from, int64_t count, struct why *why)
{
    enum err err = ERR_NONE;
    for (int64_t id = from; id < from + count && err == ERR_NONE; id++)
        err = db_exec(tx, &note_insert,
            DB_ARGS(db_int("id", id),
                db_text("text", "Ana Secret takes Botox every ninety days and likes mornings")),
            NULL, why);
    return err;
}

static void open_with_notes(struct db_fixture *fixture, int64_t count)
{
    db_fixture_open(fixture, false);
    db_fixture_script(
        fixture, fixture->db, "CREATE TABLE note (id BIGINT PRIMARY KEY, text TEXT NOT NULL)");
    struct why why = {0};
    struct tx tx = db_fixture_begin(fixture);
    db_fixture_check(insert_notes(&tx, 0, count, &why), &why, "insert");
    db_fixture_commit(&tx);
}

static int64_t count_notes(struct db *db)
{
    struct why why = {0};
    int64_t count = -1;
    db_fixture_check(db_query_int(db, &note_count, DB_NO_ARGS, &count, &why), &why, "count");
    return count;
}

static enum err try_open(struct db_fixture *fixture, const char *path, unsigned char key_first,
    struct db **ret_db, struct why *why)
{
    unsigned char key[32];
    memcpy(key, fixture->key, sizeof key);
    key[0] = key_first;
    const struct db_options options = {.address = path, .key = key, .busy_ms_max = 100};
    return db_open(&fixture->boot, &options, ret_db, why);
}

/* Opening `path` fails with this code and a sentence that holds `word` and has a remedy. */
static void refuses(struct db_fixture *fixture, const char *path, enum err code, const char *word)
{
    struct why why = {0};
    struct db *db = NULL;
    assert_int_equal(try_open(fixture, path, fixture->key[0], &db, &why), code);
    assert_null(db);
    if (!strstr(why.message, word))
        fail_msg("\"%s\" does not say \"%s\"", why.message, word);
    assert_true(why.hint[0] != '\0');
    assert_string_equal(why.place, path);
}

static char *in_folder(struct db_fixture *fixture, const char *name)
{
    return arena_format(&fixture->boot, "%s/%s", fixture->folder, name);
}

static void write_file(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static size_t read_file(struct arena *arena, const char *path, char **ret_bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    fseek(file, 0, SEEK_END);
    size_t len = (size_t)ftell(file);
    rewind(file);
    *ret_bytes = arena_alloc(arena, len + 1);
    assert_int_equal(fread(*ret_bytes, 1, len, file), len);
    fclose(file);
    return len;
}

static void flip_bit(const char *path, long offset)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, offset, SEEK_SET);
    int byte = fgetc(file);
    assert_int_not_equal(byte, EOF);
    fseek(file, offset, SEEK_SET);
    fputc(byte ^ 4, file);
    assert_int_equal(fclose(file), 0);
}

/* Everything into the file itself, then closed. */
static void close_store(struct db_fixture *fixture)
{
    db_close(fixture->db);
    fixture->db = NULL;
}

static void test_store_open__denies_another_key_and_keeps_the_file(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture, 100);
    close_store(&fixture);
    struct why why = {0};
    struct db *db = NULL;
    assert_int_equal(try_open(&fixture, fixture.address, 99, &db, &why), ERR_DENIED);
    assert_non_null(strstr(why.message, "key"));
    assert_non_null(strstr(why.hint, "secrets/"));
    fixture.db = db_fixture_connect(&fixture);
    assert_int_equal(count_notes(fixture.db), 100);
    db_fixture_close(&fixture);
}

static void test_store_open__tells_what_is_wrong_with_the_path(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture, 1);
    char *path = in_folder(&fixture, "other");
    refuses(&fixture, in_folder(&fixture, "none/store.db"), ERR_IO, "folder");
    refuses(&fixture, fixture.folder, ERR_IO, "is a folder");
    write_file(path, "first name,last name\nAna,Secret\n", 32);
    refuses(&fixture, path, ERR_IO, "no Perennial store");
    char *text = arena_alloc(&fixture.boot, 100000);
    memset(text, 'a', 100000);
    write_file(path, text, 100000);
    refuses(&fixture, path, ERR_IO, "no Perennial store");
    unlink(path);

    sqlite3 *plain = NULL;
    assert_int_equal(sqlite3_open(path, &plain), SQLITE_OK);
    assert_int_equal(sqlite3_exec(plain, "CREATE TABLE t (x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(plain);
    refuses(&fixture, path, ERR_IO, "no Perennial store");
    unlink(path);

    struct why why = {0};
    struct db *db = NULL;
    const struct db_options options = {.address = path, .key = fixture.key, .read_only = true};
    assert_int_equal(db_open(&fixture.boot, &options, &db, &why), ERR_IO);
    assert_non_null(strstr(why.hint, "init"));
    assert_int_not_equal(access(path, F_OK), 0); /* nothing was made */
    db_fixture_close(&fixture);
}

static void test_store_open__tells_a_user_without_rights(void **state)
{
    (void)state;
    enum { NOBODY = 65534 };
    struct db_fixture fixture;
    open_with_notes(&fixture, 1);
    char *path = in_folder(&fixture, "new.db");
    close_store(&fixture);
    assert_int_equal(chmod(fixture.folder, 0555), 0);
    assert_int_equal(chmod(fixture.address, 0444), 0);
    bool root = geteuid() == 0; /* root may write everywhere */
    if (root)
        assert_int_equal(setresuid(NOBODY, NOBODY, 0), 0);
    refuses(&fixture, path, ERR_IO, "may not be written");
    refuses(&fixture, fixture.address, ERR_IO, "may not be written by this user");
    if (root)
        assert_int_equal(setresuid(0, 0, 0), 0);
    chmod(fixture.folder, 0700);
    chmod(fixture.address, 0600);
    fixture.db = db_fixture_connect(&fixture);
    db_fixture_close(&fixture);
}

static void test_store_open__makes_a_file_for_its_owner_alone(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture, 1);
    struct stat status;
    assert_int_equal(stat(fixture.address, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(in_folder(&fixture, "store.db-wal"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    db_fixture_close(&fixture);
}

static void test_store_open__reads_without_writing_when_told_so(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture, 10);
    struct why why = {0};
    struct db *db = NULL;
    const struct db_options options = {
        .address = fixture.address, .key = fixture.key, .read_only = true};
    db_fixture_check(db_open(&fixture.boot, &options, &db, &why), &why, "db_open");
    assert_int_equal(count_notes(db), 10);
    db_close(db);
    db_fixture_close(&fixture);
}

static void holds_no_secret(struct db_fixture *fixture, const char *path)
{
    char *bytes = NULL;
    size_t len = read_file(&fixture->boot, path, &bytes);
    assert_true(len > 4096);
    assert_null(memmem(bytes, len, secret, 10));
    assert_null(memmem(bytes, len, "Botox", 5));
    assert_null(memmem(bytes, len, "CREATE TABLE", 12));
}

static void test_store_file__shows_nothing_readable(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture, 5000);
    char *wal = in_folder(&fixture, "store.db-wal");
    holds_no_secret(&fixture, wal);
    struct why why = {0};
    char *copy = in_folder(&fixture, "store.db.copy");
    db_fixture_check(db_backup(fixture.db, copy, &why), &why, "backup");
    holds_no_secret(&fixture, copy);
    close_store(&fixture); /* moves the log into the file */
    holds_no_secret(&fixture, fixture.address);
    assert_int_not_equal(access(wal, F_OK), 0);
    fixture.db = db_fixture_connect(&fixture);
    db_fixture_close(&fixture);
}

/* Reads everything; ERR_NONE only when all of it could be read. */
static enum err read_all(struct db_fixture *fixture, struct why *why)
{
    struct db *db = NULL;
    enum err err = try_open(fixture, fixture->address, fixture->key[0], &db, why);
    if (err != ERR_NONE)
        return err;
    err = db_check(db, why);
    int64_t sum = 0;
    if (err == ERR_NONE)
        err = db_query_int(db, &note_length, DB_NO_ARGS, &sum, why);
    db_close(db);
    return err;
}

static void test_store_file__notices_any_flipped_bit(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture, 2000);
    close_store(&fixture);
    char *bytes = NULL;
    size_t len = read_file(&fixture.boot, fixture.address, &bytes);
    assert_int_equal(read_all(&fixture, NULL), ERR_NONE);
    for (long at = 24; at < (long)len; at += 997) {
        flip_bit(fixture.address, at);
        struct why why = {0};
        enum err err = read_all(&fixture, &why);
        if (err != ERR_IO && err != ERR_DENIED)
            fail_msg("a flipped bit at %ld of %zu was not noticed", at, len);
        assert_true(why.message[0] != '\0' && why.hint[0] != '\0');
        flip_bit(fixture.address, at);
    }
    assert_int_equal(truncate(fixture.address, (off_t)len / 2), 0);
    assert_int_not_equal(read_all(&fixture, NULL), ERR_NONE);
    write_file(fixture.address, bytes, len);
    fixture.db = db_fixture_connect(&fixture);
    assert_int_equal(count_notes(fixture.db), 2000);
    db_fixture_close(&fixture);
}

static void test_store_exec__says_that_the_disk_is_full_and_keeps_what_was(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture, 100);
    struct tx tx = db_fixture_begin(&fixture);
    struct why why = {0};
    db_fixture_check(db_script(&tx, "PRAGMA max_page_count = 30", &why), &why, "pragma");
    enum err err = insert_notes(&tx, 100, 100000, &why);
    assert_int_equal(err, ERR_IO);
    assert_non_null(strstr(why.message, "full"));
    assert_non_null(strstr(why.hint, "space"));
    assert_int_equal(db_commit(&tx, NULL), ERR_IO);
    assert_int_equal(count_notes(fixture.db), 100);
    tx = db_fixture_begin(&fixture);
    why = (struct why){0};
    db_fixture_check(db_script(&tx, "PRAGMA max_page_count = 100000", &why), &why, "pragma");
    db_fixture_check(insert_notes(&tx, 100, 5000, &why), &why, "insert");
    db_fixture_commit(&tx);
    assert_int_equal(count_notes(fixture.db), 5100);
    db_fixture_close(&fixture);
}

static void test_store_exec__survives_a_disk_that_fails(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture, 100);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 200000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct why why = {0};
    struct tx tx = db_fixture_begin(&fixture);
    enum err err = insert_notes(&tx, 100, 20000, &why);
    if (err == ERR_NONE)
        err = db_commit(&tx, &why);
    else
        db_rollback(&tx);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(err, ERR_IO);
    assert_true(why.message[0] != '\0' && why.hint[0] != '\0');
    assert_int_equal(count_notes(fixture.db), 100);
    tx = db_fixture_begin(&fixture);
    db_fixture_check(insert_notes(&tx, 100, 20000, &why), &why, "insert");
    db_fixture_commit(&tx);
    db_fixture_close(&fixture);
}

static void test_store_backup__is_whole_while_others_write(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture, 3000);
    struct db *writer = db_fixture_connect(&fixture);
    struct tx tx = db_fixture_begin_on(&fixture, writer);
    struct why why = {0};
    db_fixture_check(insert_notes(&tx, 5000, 10, &why), &why, "insert");
    char *copy = in_folder(&fixture, "store.db.copy");
    db_fixture_check(db_backup(fixture.db, copy, &why), &why, "backup");
    db_fixture_commit(&tx);
    assert_int_equal(db_backup(fixture.db, copy, &why), ERR_CONFLICT);
    assert_string_equal(why.place, copy);
    why = (struct why){0};
    assert_int_equal(db_backup(fixture.db, in_folder(&fixture, "none/copy"), &why), ERR_IO);
    assert_true(why.hint[0] != '\0');
    struct db *db = NULL;
    assert_int_equal(try_open(&fixture, copy, 99, &db, NULL), ERR_DENIED);
    assert_int_equal(try_open(&fixture, copy, fixture.key[0], &db, NULL), ERR_NONE);
    assert_int_equal(count_notes(db), 3000);
    db_close(db);
    db_close(writer);
    db_fixture_close(&fixture);
}

static void test_store_rekey__shuts_out_the_old_key(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture, 3000);
    unsigned char key[32];
    memcpy(key, fixture.key, sizeof key);
    key[0] = 77;
    struct why why = {0};
    assert_int_equal(count_notes(fixture.db), 3000);
    db_fixture_check(db_rekey(fixture.db, key, &why), &why, "rekey");
    assert_int_equal(count_notes(fixture.db), 3000);
    struct tx tx = db_fixture_begin(&fixture);
    db_fixture_check(insert_notes(&tx, 3000, 10, &why), &why, "insert");
    db_fixture_commit(&tx);
    close_store(&fixture);
    struct db *db = NULL;
    assert_int_equal(try_open(&fixture, fixture.address, fixture.key[0], &db, &why), ERR_DENIED);
    fixture.key[0] = 77;
    fixture.db = db_fixture_connect(&fixture);
    assert_int_equal(count_notes(fixture.db), 3010);
    holds_no_secret(&fixture, fixture.address);
    db_fixture_close(&fixture);
}

static void test_store_rekey__is_refused_while_another_has_the_file_open(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture, 300);
    struct db *other = db_fixture_connect(&fixture);
    struct tx tx = db_fixture_begin_on(&fixture, other);
    unsigned char key[32] = {1};
    struct why why = {0};
    assert_int_equal(db_rekey(fixture.db, key, &why), ERR_BUSY);
    db_rollback(&tx);
    assert_int_equal(count_notes(other), 300);
    db_close(other);
    assert_int_equal(count_notes(fixture.db), 300);
    db_fixture_close(&fixture);
}

/* Commits one note after the other and says so on `out` after each commit, until it is killed. */
static _Noreturn void write_until_killed(struct db_fixture *fixture, int out)
{
    struct db *db = db_fixture_connect(fixture);
    for (int64_t id = 0;; id++) {
        struct tx tx = db_fixture_begin_on(fixture, db);
        if (insert_notes(&tx, id, 1, NULL) != ERR_NONE || db_commit(&tx, NULL) != ERR_NONE
            || write(out, &id, sizeof id) != (ssize_t)sizeof id)
            _exit(1);
    }
}

static void test_store_commit__outlives_a_kill(void **state)
{
    (void)state;
    enum { ROUNDS = 5, COMMITS = 40 };
    struct db_fixture fixture;
    open_with_notes(&fixture, 0);
    close_store(&fixture);
    for (int round = 0; round < ROUNDS; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            write_until_killed(&fixture, ends[1]);
        close(ends[1]);
        int64_t last = -1, id = 0;
        while (last < COMMITS + round && read(ends[0], &id, sizeof id) == (ssize_t)sizeof id)
            last = id;
        kill(child, SIGKILL);
        while (read(ends[0], &id, sizeof id) == (ssize_t)sizeof id)
            last = id;
        close(ends[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_true(last >= COMMITS);
        fixture.db = db_fixture_connect(&fixture);
        int64_t kept = count_notes(fixture.db);
        assert_true(kept == last + 1 || kept == last + 2); /* killed between commit and word */
        struct why why = {0};
        db_fixture_check(db_check(fixture.db, &why), &why, "check");
        db_fixture_script(&fixture, fixture.db, "DELETE FROM note");
        close_store(&fixture);
    }
    fixture.db = db_fixture_connect(&fixture);
    db_fixture_close(&fixture);
}

static void test_store_open__runs_in_memory_without_a_key(void **state)
{
    (void)state;
    ARENA struct arena boot;
    arena_init(&boot, 0);
    struct why why = {0};
    struct db *db = NULL;
    const struct db_options options = {.address = ":memory:"};
    db_fixture_check(db_open(&boot, &options, &db, &why), &why, "db_open");
    struct ids ids;
    unsigned char seed[32] = {3};
    ids_init(&ids, seed);
    db_fixture_check(migrate_up(db, DB_FIXTURE_NOW, &ids, NULL, &why), &why, "migrate_up");
    db_close(db);
    db_close(NULL);
}

static const struct sql note_first = {
    .name = "note_first", .text = "SELECT text FROM note WHERE id >= :id ORDER BY id LIMIT :most"};

/* The planner would look at bound values, and compile a statement again for each row of a batch. */
static void test_store_query__is_planned_once_for_all_values(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture, 300);
    struct why why = {0};
    db_fixture_check(db_analyze(fixture.db, &why), &why, "analyze");
    for (int64_t id = 0; id < 20; id++) {
        DB_ROWS struct db_rows *rows = NULL;
        db_fixture_check(db_query(fixture.db, &note_first,
                             DB_ARGS(db_int("id", id * 10), db_int("most", 1 + id)), &rows, &why),
            &why, "query");
        while (db_next(rows))
            continue;
        db_fixture_check(db_end(&rows, &why), &why, "end");
    }
    const struct statement *statement = statement_take(fixture.db, &note_first);
    assert_int_equal(
        sqlite3_stmt_status(statement->prepared, SQLITE_STMTSTATUS_REPREPARE, /*reset=*/0), 0);
    db_fixture_close(&fixture);
}

/* -- the translation of texts ------------------------------------------------------------------ */

static void becomes(const char *source, const char *sqlite, const char *postgres, size_t count)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct sql_text text;
    sql_text_translate(&arena, source, false, &text);
    assert_string_equal(text.text, sqlite);
    assert_int_equal(text.count, count);
    sql_text_translate(&arena, source, true, &text);
    assert_string_equal(text.text, postgres);
    assert_int_equal(text.count, count);
}

static void test_store_text__is_translated_outside_of_quotes_only(void **state)
{
    (void)state;
    becomes("", "", "", 0);
    becomes(":a", "?1", "$1", 1);
    becomes(":a,:b+:a", "?1,?2+?1", "$1,$2+$1", 2);
    becomes(":a :ab :abc", "?1 ?2 ?3", "$1 $2 $3", 3);
    becomes("x::text ':a' \":b\" ':''c' :d", "x::text ':a' \":b\" ':''c' ?1",
        "x::text ':a' \":b\" ':''c' $1", 1);
    becomes("-- :a\n:b", "-- :a\n?1", "-- :a\n$1", 1);
    becomes("/* :a */:b/*", "/* :a */?1/*", "/* :a */$1/*", 1);
    becomes("$$ :a $$ :b", "$$ :a $$ ?1", "$$ :a $$ $1", 1);
    becomes("id IN LIST(:ids)", "id IN (SELECT value FROM json_each(?1))",
        "id IN (SELECT json_array_elements_text($1::json))", 1);
    becomes("BLACKLIST(:a) LIST(a)", "BLACKLIST(?1) LIST(a)", "BLACKLIST($1) LIST(a)", 1);
    becomes("'open :a", "'open :a", "'open :a", 0);
    becomes("12:30 : :", "12:30 : :", "12:30 : :", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_open__denies_another_key_and_keeps_the_file),
        cmocka_unit_test(test_store_open__tells_what_is_wrong_with_the_path),
        cmocka_unit_test(test_store_open__tells_a_user_without_rights),
        cmocka_unit_test(test_store_open__makes_a_file_for_its_owner_alone),
        cmocka_unit_test(test_store_open__reads_without_writing_when_told_so),
        cmocka_unit_test(test_store_open__runs_in_memory_without_a_key),
        cmocka_unit_test(test_store_query__is_planned_once_for_all_values),
        cmocka_unit_test(test_store_file__shows_nothing_readable),
        cmocka_unit_test(test_store_file__notices_any_flipped_bit),
        cmocka_unit_test(test_store_exec__says_that_the_disk_is_full_and_keeps_what_was),
        cmocka_unit_test(test_store_exec__survives_a_disk_that_fails),
        cmocka_unit_test(test_store_commit__outlives_a_kill),
        cmocka_unit_test(test_store_backup__is_whole_while_others_write),
        cmocka_unit_test(test_store_rekey__shuts_out_the_old_key),
        cmocka_unit_test(test_store_rekey__is_refused_while_another_has_the_file_open),
        cmocka_unit_test(test_store_text__is_translated_outside_of_quotes_only),
    };
    return cmocka_run_group_tests_name("store_sqlite", tests, NULL, NULL);
}
