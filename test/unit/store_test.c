/* store_test.c: what both databases must do alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "db_fixture.h"
#include "store/store_int.h"

static const char tables[] =
    "CREATE TABLE thing (practice_id BIGINT NOT NULL, id TEXT NOT NULL, amount BIGINT,"
    " share DOUBLE PRECISION, note TEXT, PRIMARY KEY (practice_id, id));"
    "CREATE TABLE part (id TEXT PRIMARY KEY, practice_id BIGINT NOT NULL, thing_id TEXT NOT NULL,"
    " kind TEXT NOT NULL CHECK (kind IN ('a', 'b')),"
    " FOREIGN KEY (practice_id, thing_id) REFERENCES thing (practice_id, id))";

static const struct sql thing_insert = {.name = "thing_insert",
    .text = "INSERT INTO thing (practice_id, id, amount, share, note)"
            " VALUES (:practice_id, :id, :amount, :share, :note)"};
static const struct sql thing_read = {.name = "thing_read",
    .text = "SELECT amount, share, note, amount > 5, id FROM thing"
            " WHERE practice_id = :practice_id AND id = :id"};
static const struct sql thing_count = {.name = "thing_count", .text = "SELECT count(*) FROM thing"};
static const struct sql thing_all = {.name = "thing_all",
    .text = "SELECT id, amount FROM thing WHERE practice_id = :practice_id ORDER BY id"};
static const struct sql part_insert = {.name = "part_insert",
    .text = "INSERT INTO part (id, practice_id, thing_id, kind)"
            " VALUES (:id, 1, :thing_id, :kind)"};

static void open_with_tables(struct db_fixture *fixture, void **state)
{
    db_fixture_open(fixture, *(bool *)*state);
    db_fixture_script(fixture, fixture->db, tables);
}

static enum err insert_thing(
    struct tx *tx, const char *id, int64_t amount, const char *note, struct why *why)
{
    return db_exec(tx, &thing_insert,
        DB_ARGS(db_int("practice_id", 1), db_text("id", id), db_int("amount", amount),
            db_real("share", 0.1), db_text("note", note)),
        NULL, why);
}

static void must_insert(struct tx *tx, const char *id, int64_t amount)
{
    struct why why = {0};
    db_fixture_check(insert_thing(tx, id, amount, NULL, &why), &why, "insert");
}

static int64_t count_things(struct db *db)
{
    struct why why = {0};
    int64_t count = -1;
    db_fixture_check(db_query_int(db, &thing_count, DB_NO_ARGS, &count, &why), &why, "count");
    return count;
}

static struct db_rows *must_query(
    struct db *db, const struct sql *sql, const struct db_arg *args, size_t count)
{
    struct why why = {0};
    struct db_rows *rows = NULL;
    db_fixture_check(db_query(db, sql, args, count, &rows, &why), &why, sql->name);
    return rows;
}

static void must_end(struct db_rows **rows)
{
    struct why why = {0};
    db_fixture_check(db_end(rows, &why), &why, "db_end");
}

/* -- values ------------------------------------------------------------------------------------ */

static void test_store_query__gives_back_every_type_and_null(void **state)
{
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct why why = {0};
    struct tx tx = db_fixture_begin(&fixture);
    const char *note = "José 'O''Brien' \xF0\x9F\x98\x80 \xC5\xBC; --x :y $1 ::z\n\t\\";
    db_fixture_check(
        db_exec(&tx, &thing_insert,
            DB_ARGS(db_int("practice_id", 1), db_text("id", "full"), db_int("amount", INT64_MIN),
                db_real("share", 0.1), db_text("note", note)),
            NULL, &why),
        &why, "insert");
    db_fixture_check(db_exec(&tx, &thing_insert,
                         DB_ARGS(db_text("note", NULL), db_null("share"), db_null("amount"),
                             db_text("id", "empty"), db_int("practice_id", 1)),
                         NULL, &why),
        &why, "insert of NULLs, in another order");
    db_fixture_check(insert_thing(&tx, "max", INT64_MAX, "", &why), &why, "insert");
    db_fixture_commit(&tx);

    struct db_rows *rows = must_query(
        fixture.db, &thing_read, DB_ARGS(db_int("practice_id", 1), db_text("id", "full")));
    assert_true(db_next(rows));
    assert_true(db_col_int(rows, 0) == INT64_MIN);
    assert_true(db_col_real(rows, 1) == 0.1);
    assert_string_equal(db_col_text(rows, 2), note);
    assert_int_equal(db_col_int(rows, 3), 0);
    assert_string_equal(db_col_text(rows, 3), "0");
    assert_false(db_col_null(rows, 0));
    assert_false(db_next(rows));
    must_end(&rows);
    assert_null(rows);

    rows = must_query(
        fixture.db, &thing_read, DB_ARGS(db_int("practice_id", 1), db_text("id", "empty")));
    assert_true(db_next(rows));
    assert_true(db_col_null(rows, 0) && db_col_null(rows, 1) && db_col_null(rows, 2));
    assert_int_equal(db_col_int(rows, 0), 0);
    assert_null(db_col_text(rows, 2));
    assert_null(db_col_copy(&fixture.boot, rows, 2));
    assert_int_equal(db_col_day(rows, 0).n, DAY_NONE);
    must_end(&rows);

    rows = must_query(
        fixture.db, &thing_read, DB_ARGS(db_int("practice_id", 1), db_text("id", "max")));
    assert_true(db_next(rows));
    assert_true(db_col_int(rows, 0) == INT64_MAX);
    assert_string_equal(db_col_text(rows, 2), "");
    assert_int_equal(db_col_int(rows, 3), 1);
    must_end(&rows);
    db_fixture_close(&fixture);
}

static void test_store_query__keeps_an_int_wide_after_a_null_of_unknown_type(void **state)
{
    static const struct sql later = {
        .name = "later", .text = "SELECT id FROM thing WHERE amount < :now + 60000 ORDER BY id"};
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct tx tx = db_fixture_begin(&fixture);
    must_insert(&tx, "a", INT64_C(1767225600000));
    db_fixture_commit(&tx);
    struct db_rows *rows = must_query(fixture.db, &later, DB_ARGS(db_null("now")));
    assert_false(db_next(rows));
    must_end(&rows);
    rows = must_query(fixture.db, &later, DB_ARGS(db_int("now", INT64_C(1767225600000))));
    assert_true(db_next(rows));
    must_end(&rows);
    db_fixture_close(&fixture);
}

/* PostgreSQL has a statement of its own for each set of NULLs: they mean the same. */
static void test_store_query__means_the_same_whatever_is_null(void **state)
{
    static const struct sql some = {.name = "some",
        .text = "SELECT id, '$1 :id', CAST(:share AS FLOAT) FROM thing WHERE practice_id ="
                " :practice_id AND (CAST(:id AS TEXT) IS NULL OR id = :id)"
                " AND (CAST(:ids AS TEXT) IS NULL OR id IN LIST(:ids))"
                " AND (CAST(:least AS BIGINT) IS NULL OR amount >= :least)"
                " AND coalesce(:other, 1) = 1 ORDER BY id"};
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct tx tx = db_fixture_begin(&fixture);
    must_insert(&tx, "a", 1);
    must_insert(&tx, "b", 2);
    must_insert(&tx, "c", 3);
    db_fixture_commit(&tx);
    for (int i = 0; i < 3 * 32; i++) { /* more than are kept, and each one again */
        const bool id = i & 1, ids = i & 2, least = i & 4, share = i & 8, other = i & 16;
        struct db_rows *rows = must_query(fixture.db, &some,
            DB_ARGS(db_int("practice_id", 1), db_text("id", id ? "b" : NULL),
                db_text("ids", ids ? "[\"a\",\"b\"]" : NULL), db_int_if("least", least, 2),
                share ? db_real("share", 0.5) : db_null("share"), db_int_if("other", other, 1)));
        char found[8] = "";
        while (db_next(rows)) {
            size_t len = strlen(found);
            snprintf(found + len, sizeof(found) - len, "%s", db_col_text(rows, 0));
            assert_string_equal(db_col_text(rows, 1), "$1 :id");
            assert_int_equal(db_col_null(rows, 2), !share);
        }
        must_end(&rows);
        assert_string_equal(found,
            id                 ? "b"
                : ids && least ? "b"
                : ids          ? "ab"
                : least        ? "bc"
                               : "abc");
    }
    db_fixture_close(&fixture);
}

static void test_store_query__takes_one_parameter_in_many_places(void **state)
{
    static const struct sql echo = {.name = "echo",
        .text = "SELECT CAST(:a AS TEXT), ':a', \"x\".y, -- :not_one\n :b + :b,"
                " CAST(:a AS TEXT) /* :nor this */ FROM (SELECT 1 AS y) AS \"x\""};
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct db_rows *rows =
        must_query(fixture.db, &echo, DB_ARGS(db_int("b", 21), db_text("a", "it's")));
    assert_true(db_next(rows));
    assert_string_equal(db_col_text(rows, 0), "it's");
    assert_string_equal(db_col_text(rows, 1), ":a");
    assert_int_equal(db_col_int(rows, 3), 42);
    assert_string_equal(db_col_text(rows, 4), "it's");
    must_end(&rows);
    db_fixture_close(&fixture);
}

static void test_store_query__has_greatest_and_least_that_pass_over_nulls(void **state)
{
    static const struct sql extremes = {.name = "extremes",
        .text = "SELECT greatest(1, :n, 3), least(2, :n), greatest('a', 'b'), least(0.5, 2),"
                " greatest(:n, CAST(NULL AS BIGINT))"};
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct db_rows *rows = must_query(fixture.db, &extremes, DB_ARGS(db_int_if("n", false, 0)));
    assert_true(db_next(rows));
    assert_int_equal(db_col_int(rows, 0), 3);
    assert_int_equal(db_col_int(rows, 1), 2);
    assert_string_equal(db_col_text(rows, 2), "b");
    assert_true(db_col_real(rows, 3) == 0.5);
    assert_true(db_col_null(rows, 4));
    must_end(&rows);
    db_fixture_close(&fixture);
}

static void test_store_query__finds_the_members_of_a_list(void **state)
{
    static const struct sql listed = {.name = "listed",
        .text = "SELECT id FROM thing WHERE practice_id = :p AND id IN LIST(:ids) ORDER BY id"};
    static const struct sql unlisted = {
        .name = "unlisted", .text = "SELECT count(*) FROM thing WHERE id NOT IN LIST(:ids)"};
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct tx tx = db_fixture_begin(&fixture);
    const char *ids[] = {"b", "a\"b\\", "José", "missing"};
    must_insert(&tx, "a", 1);
    for (size_t i = 0; i < 3; i++)
        must_insert(&tx, ids[i], 2);
    db_fixture_commit(&tx);
    const char *list = db_list(&fixture.boot, ids, 4);
    struct db_rows *rows =
        must_query(fixture.db, &listed, DB_ARGS(db_int("p", 1), db_text("ids", list)));
    int found = 0;
    while (db_next(rows)) {
        assert_string_not_equal(db_col_text(rows, 0), "a");
        found++;
    }
    must_end(&rows);
    assert_int_equal(found, 3);
    struct why why = {0};
    int64_t count = -1;
    db_fixture_check(
        db_query_int(fixture.db, &unlisted, DB_ARGS(db_text("ids", list)), &count, &why), &why,
        "unlisted");
    assert_int_equal(count, 1);
    db_fixture_check(db_query_int(fixture.db, &unlisted,
                         DB_ARGS(db_text("ids", db_list(&fixture.boot, NULL, 0))), &count, &why),
        &why, "empty list");
    assert_int_equal(count, 4);
    db_fixture_close(&fixture);
}

static void test_store_exec__refuses_bytes_that_are_not_utf8(void **state)
{
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct tx tx = db_fixture_begin(&fixture);
    struct why why = {0};
    assert_int_equal(insert_thing(&tx, "a", 1, "caf\xE9 Ana", &why), ERR_INPUT);
    assert_null(strstr(why.message, "Ana"));
    must_insert(&tx, "a", 1); /* the database never saw it: the tx is sound */
    db_fixture_commit(&tx);
    db_fixture_close(&fixture);
}

static void test_store_query__one_int_says_not_found(void **state)
{
    static const struct sql amount = {
        .name = "amount", .text = "SELECT amount FROM thing WHERE id = :id"};
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct why why = {0};
    int64_t value = 7;
    assert_int_equal(db_query_int(fixture.db, &amount, DB_ARGS(db_text("id", "x")), &value, &why),
        ERR_NOT_FOUND);
    assert_int_equal(value, 7);
    db_fixture_close(&fixture);
}

/* -- transactions ------------------------------------------------------------------------------ */

static void test_store_tx__reads_its_own_writes_and_nobody_elses(void **state)
{
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct db *other = db_fixture_connect(&fixture);
    struct tx tx = db_fixture_begin(&fixture);
    must_insert(&tx, "a", 1);
    assert_int_equal(count_things(fixture.db), 1);
    assert_int_equal(count_things(other), 0);
    db_fixture_commit(&tx);
    assert_false(tx.open);
    assert_int_equal(count_things(other), 1);
    db_close(other);
    db_fixture_close(&fixture);
}

static void leave_without_commit(struct db_fixture *fixture)
{
    DB_TX struct tx tx = db_fixture_begin(fixture);
    must_insert(&tx, "left", 1);
    DB_ROWS struct db_rows *rows =
        must_query(fixture->db, &thing_all, DB_ARGS(db_int("practice_id", 1)));
    assert_true(db_next(rows));
}

static void test_store_tx__is_rolled_back_when_it_is_left(void **state)
{
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    leave_without_commit(&fixture);
    assert_int_equal(count_things(fixture.db), 0);
    struct tx tx = db_fixture_begin(&fixture);
    must_insert(&tx, "a", 1);
    db_rollback(&tx);
    db_rollback(&tx); /* again is nothing */
    assert_int_equal(count_things(fixture.db), 0);
    db_fixture_close(&fixture);
}

static void test_store_tx__is_spoiled_by_a_conflict(void **state)
{
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct tx tx = db_fixture_begin(&fixture);
    must_insert(&tx, "a", 1);
    struct why why = {0};
    assert_int_equal(insert_thing(&tx, "a", 2, "Ana's secret", &why), ERR_CONFLICT);
    assert_null(strstr(why.message, "Ana"));
    assert_non_null(strstr(why.message, "thing_insert"));
    assert_int_equal(insert_thing(&tx, "b", 2, NULL, NULL), ERR_CONFLICT);
    struct db_rows *rows = NULL;
    assert_int_equal(db_query(fixture.db, &thing_count, DB_NO_ARGS, &rows, NULL), ERR_CONFLICT);
    struct why commit = {0};
    assert_int_equal(db_commit(&tx, &commit), ERR_CONFLICT);
    assert_false(tx.open);
    assert_int_equal(count_things(fixture.db), 0);
    db_fixture_close(&fixture);
}

static void test_store_exec__maps_every_constraint_to_conflict(void **state)
{
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    static const struct {
        const char *thing_id, *kind;
    } wrong[] = {{"nobody", "a"}, {"a", "c"}, {"a", NULL}};
    for (size_t i = 0; i < 3; i++) {
        DB_TX struct tx tx = db_fixture_begin(&fixture);
        must_insert(&tx, "a", 1);
        struct why why = {0};
        enum err err = db_exec(&tx, &part_insert,
            DB_ARGS(db_text("id", "p"), db_text("thing_id", wrong[i].thing_id),
                db_text("kind", wrong[i].kind)),
            NULL, &why);
        assert_int_equal(err, ERR_CONFLICT);
        assert_true(why.message[0] != '\0');
    }
    db_fixture_close(&fixture);
}

static void test_store_exec__counts_changed_rows(void **state)
{
    static const struct sql touch = {
        .name = "touch", .text = "UPDATE thing SET amount = amount + 1 WHERE amount >= :least"};
    static const struct sql quiet = {.name = "quiet",
        .text = "INSERT INTO thing (practice_id, id) VALUES (1, 'a') ON CONFLICT DO NOTHING"};
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct tx tx = db_fixture_begin(&fixture);
    must_insert(&tx, "a", 1);
    must_insert(&tx, "b", 2);
    struct why why = {0};
    int64_t changed = -1;
    db_fixture_check(
        db_exec(&tx, &touch, DB_ARGS(db_int("least", 0)), &changed, &why), &why, "touch");
    assert_int_equal(changed, 2);
    db_fixture_check(
        db_exec(&tx, &touch, DB_ARGS(db_int("least", 99)), &changed, &why), &why, "touch");
    assert_int_equal(changed, 0);
    db_fixture_check(db_exec(&tx, &quiet, DB_NO_ARGS, &changed, &why), &why, "quiet");
    assert_int_equal(changed, 0);
    db_fixture_commit(&tx);
    db_fixture_close(&fixture);
}

static void test_store_query__returning_writes_even_when_no_row_is_read(void **state)
{
    static const struct sql claim = {
        .name = "claim", .text = "UPDATE thing SET amount = 9 WHERE amount < 9 RETURNING id"};
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct tx tx = db_fixture_begin(&fixture);
    must_insert(&tx, "a", 1);
    must_insert(&tx, "b", 2);
    struct db_rows *rows = must_query(fixture.db, &claim, DB_NO_ARGS);
    must_end(&rows);
    db_fixture_commit(&tx);
    tx = db_fixture_begin(&fixture);
    rows = must_query(fixture.db, &claim, DB_NO_ARGS);
    assert_false(db_next(rows));
    must_end(&rows);
    db_fixture_commit(&tx);
    db_fixture_close(&fixture);
}

static void test_store_tx__waits_for_a_row_and_then_says_busy(void **state)
{
    static const struct sql touch = {
        .name = "touch", .text = "UPDATE thing SET amount = 5 WHERE id = 'a'"};
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct tx first = db_fixture_begin(&fixture);
    must_insert(&first, "a", 1);
    db_fixture_commit(&first);
    struct db *other = db_fixture_connect(&fixture);
    first = db_fixture_begin(&fixture);
    struct why why = {0};
    db_fixture_check(db_exec(&first, &touch, DB_NO_ARGS, NULL, &why), &why, "touch");

    struct tx second = {0};
    enum err err = db_begin(other, DB_FIXTURE_NOW, "test", 1, &fixture.ids, &second, &why);
    if (fixture.postgres) { /* row locks: only the second statement meets the first */
        db_fixture_check(err, &why, "db_begin");
        err = db_exec(&second, &touch, DB_NO_ARGS, NULL, &why);
        db_rollback(&second);
    }
    assert_int_equal(err, ERR_BUSY);
    assert_true(why.hint[0] != '\0');
    db_fixture_commit(&first);
    second = db_fixture_begin_on(&fixture, other);
    db_fixture_check(db_exec(&second, &touch, DB_NO_ARGS, NULL, &why), &why, "after the wait");
    db_fixture_commit(&second);
    db_close(other);
    db_fixture_close(&fixture);
}

static void test_store_snapshot__sees_one_moment(void **state)
{
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct db *reader = db_fixture_connect(&fixture);
    struct why why = {0};
    db_fixture_check(db_snapshot_begin(reader, &why), &why, "snapshot");
    assert_int_equal(count_things(reader), 0);
    struct tx tx = db_fixture_begin(&fixture);
    must_insert(&tx, "a", 1);
    db_fixture_commit(&tx);
    assert_int_equal(count_things(reader), 0);
    db_snapshot_end(reader);
    assert_int_equal(count_things(reader), 1);
    db_snapshot_end(reader); /* nothing is open */
    tx = db_fixture_begin_on(&fixture, reader);
    db_fixture_check(db_snapshot_begin(reader, &why), &why, "snapshot in a tx");
    must_insert(&tx, "b", 1);
    db_snapshot_end(reader);
    db_fixture_commit(&tx);
    assert_int_equal(count_things(fixture.db), 2);
    db_close(reader);
    db_fixture_close(&fixture);
}

/* -- many rows --------------------------------------------------------------------------------- */

enum { MANY = 100000 };

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)                                  \
    || __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static void insert_many(struct db_fixture *fixture, size_t count)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct db_arg *args = ARENA_NEW(&arena, struct db_arg, 5 * count);
    for (size_t i = 0; i < count; i++) {
        struct db_arg *row = args + 5 * i;
        row[0] = db_int("practice_id", 1);
        row[1] = db_text("id", arena_format(&arena, "%06zu", i));
        row[2] = i % 3 ? db_int("amount", (int64_t)i) : db_null("amount");
        row[3] = i % 5 ? db_real("share", 1.0 / (double)i) : db_null("share");
        row[4] = db_text("note", i % 2 ? "a note that is as long as notes are, or so" : NULL);
    }
    struct why why = {0};
    struct tx tx = db_fixture_begin(fixture);
    db_fixture_check(db_exec_many(&tx, &thing_insert, args, 5, count, &why), &why, "exec_many");
    db_fixture_check(db_exec_many(&tx, &thing_insert, args, 5, 0, &why), &why, "none");
    db_fixture_commit(&tx);
}

static int64_t resident_kib(void)
{
    char text[4096] = "";
    FILE *file = fopen("/proc/self/status", "r");
    size_t len = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[len] = '\0';
    const char *at = strstr(text, "VmRSS:");
    return at ? strtoll(at + 6, NULL, 10) : 0;
}

static void test_store_query__streams_100000_rows_in_constant_memory(void **state)
{
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    insert_many(&fixture, MANY);
    assert_int_equal(count_things(fixture.db), MANY);
    struct db *reader = db_fixture_connect(&fixture);
    struct db_rows *rows = must_query(reader, &thing_all, DB_ARGS(db_int("practice_id", 1)));
    int64_t before = resident_kib(), most = 0, read = 0;
    while (db_next(rows)) {
        assert_int_equal(strtoll(db_col_text(rows, 0), NULL, 10), read);
        if (read % 3)
            assert_int_equal(db_col_int(rows, 1), read);
        else
            assert_true(db_col_null(rows, 1));
        if (++read % 10000 == 0 && resident_kib() > most)
            most = resident_kib();
    }
    must_end(&rows);
    assert_int_equal(read, MANY);
    if (!SANITIZED)                             /* sanitizers keep what was freed */
        assert_true(most - before < 10 * 1024); /* SQLite's page cache is 8 MiB of it */
    db_close(reader);
    db_fixture_close(&fixture);
}

static void test_store_query__goes_on_while_other_statements_run(void **state)
{
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    insert_many(&fixture, 1000);
    struct tx tx = db_fixture_begin(&fixture);
    struct db_rows *outer = must_query(fixture.db, &thing_all, DB_ARGS(db_int("practice_id", 1)));
    int64_t read = 0;
    while (db_next(outer)) {
        assert_int_equal(strtoll(db_col_text(outer, 0), NULL, 10), read);
        if (read % 100 == 7) {
            assert_int_equal(count_things(fixture.db), 1000);
            struct db_rows *inner =
                must_query(fixture.db, &thing_all, DB_ARGS(db_int("practice_id", 1)));
            int64_t inside = 0;
            while (db_next(inner))
                inside++;
            must_end(&inner);
            assert_int_equal(inside, 1000);
        }
        assert_int_equal(strtoll(db_col_text(outer, 0), NULL, 10), read);
        read++;
    }
    must_end(&outer);
    assert_int_equal(read, 1000);
    db_fixture_commit(&tx);
    db_fixture_close(&fixture);
}

static void test_store_exec_many__keeps_nothing_when_one_row_conflicts(void **state)
{
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct db_arg args[1200 * 5];
    char ids[1200][8];
    for (size_t i = 0; i < 1200; i++) {
        snprintf(ids[i], sizeof ids[i], "%zu", i == 1100 ? 3 : i);
        const struct db_arg row[5] = {db_int("practice_id", 1), db_text("id", ids[i]),
            db_int("amount", 1), db_real("share", 1), db_text("note", NULL)};
        memcpy(args + 5 * i, row, sizeof row);
    }
    struct why why = {0};
    struct tx tx = db_fixture_begin(&fixture);
    assert_int_equal(db_exec_many(&tx, &thing_insert, args, 5, 1200, &why), ERR_CONFLICT);
    assert_int_equal(db_commit(&tx, NULL), ERR_CONFLICT);
    assert_int_equal(count_things(fixture.db), 0);
    tx = db_fixture_begin(&fixture);
    must_insert(&tx, "a", 1); /* the connection is sound */
    db_fixture_commit(&tx);
    db_fixture_close(&fixture);
}

static void test_store_query__forgets_compiled_texts_when_there_are_too_many(void **state)
{
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    for (int i = 0; i < 3 * STATEMENTS_MAX; i++) {
        char text[64];
        snprintf(text, sizeof text, "SELECT %d + :more", i);
        const struct sql sql = {.name = "compiled", .text = text};
        struct why why = {0};
        int64_t value = 0;
        db_fixture_check(db_query_int(fixture.db, &sql, DB_ARGS(db_int("more", 5)), &value, &why),
            &why, "compiled");
        assert_int_equal(value, i + 5);
    }
    assert_true(fixture.db->statements.count <= STATEMENTS_MAX);
    db_fixture_close(&fixture);
}

static void test_store_query__names_a_statement_that_does_not_fit_the_store(void **state)
{
    static const struct sql wrong = {.name = "wrong_table", .text = "SELECT 1 FROM nowhere"};
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    struct why why = {0};
    struct db_rows *rows = NULL;
    assert_int_equal(db_query(fixture.db, &wrong, DB_NO_ARGS, &rows, &why), ERR_IO);
    assert_non_null(strstr(why.message, "wrong_table"));
    assert_non_null(strstr(why.message, "nowhere"));
    assert_non_null(strstr(why.hint, "migrate"));
    assert_int_equal(count_things(fixture.db), 0);
    db_fixture_close(&fixture);
}

static void test_store_size__grows(void **state)
{
    struct db_fixture fixture;
    open_with_tables(&fixture, state);
    int64_t before = db_size_bytes(fixture.db);
    insert_many(&fixture, 20000);
    assert_true(db_size_bytes(fixture.db) > before);
    struct why why = {0};
    db_fixture_check(db_analyze(fixture.db, &why), &why, "analyze");
    db_fixture_check(db_check(fixture.db, &why), &why, "check");
    db_fixture_close(&fixture);
}

/* -- migrations -------------------------------------------------------------------------------- */

static void test_store_migrate__brings_an_empty_store_up_once(void **state)
{
    struct db_fixture fixture;
    db_fixture_open(&fixture, *(bool *)*state);
    struct why why = {0};
    assert_int_equal(migrate_check(fixture.db, &why), ERR_CONFLICT);
    assert_non_null(strstr(why.hint, "migrate"));
    why = (struct why){0};
    int64_t applied = 0;
    db_fixture_check(
        migrate_up(fixture.db, DB_FIXTURE_NOW, &fixture.ids, &applied, &why), &why, "migrate_up");
    assert_true(applied >= 5);
    db_fixture_check(migrate_check(fixture.db, &why), &why, "migrate_check");
    db_fixture_check(
        migrate_up(fixture.db, DB_FIXTURE_NOW, &fixture.ids, &applied, &why), &why, "migrate_up");
    assert_int_equal(applied, 0);
    db_fixture_close(&fixture);
}

static void test_store_migrate__refuses_a_newer_store(void **state)
{
    struct db_fixture fixture;
    db_fixture_open(&fixture, *(bool *)*state);
    db_fixture_migrate(&fixture);
    db_fixture_script(&fixture, fixture.db,
        "INSERT INTO schema_version (number, name, checksum, applied_ms)"
        " VALUES (9000, '9000_future.sql', 'x', 0)");
    struct why why = {0};
    assert_int_equal(migrate_check(fixture.db, &why), ERR_CONFLICT);
    assert_non_null(strstr(why.message, "newer"));
    assert_non_null(strstr(why.hint, "version"));
    assert_int_equal(
        migrate_up(fixture.db, DB_FIXTURE_NOW, &fixture.ids, NULL, NULL), ERR_CONFLICT);
    db_fixture_close(&fixture);
}

static void test_store_migrate__refuses_a_step_of_other_content(void **state)
{
    struct db_fixture fixture;
    db_fixture_open(&fixture, *(bool *)*state);
    db_fixture_migrate(&fixture);
    db_fixture_script(
        &fixture, fixture.db, "UPDATE schema_version SET checksum = 'x' WHERE number = 2");
    struct why why = {0};
    assert_int_equal(migrate_check(fixture.db, &why), ERR_CONFLICT);
    assert_non_null(strstr(why.message, "0002"));
    db_fixture_close(&fixture);
}

/* A store that was brought up to the step before it, with tasks of that time. */
static void test_store_migrate__lets_urgent_tasks_call_again(void **state)
{
    struct db_fixture fixture;
    db_fixture_open(&fixture, *(bool *)*state);
    db_fixture_migrate(&fixture);
    db_fixture_script(&fixture, fixture.db,
        "DELETE FROM schema_version WHERE number >= 42;"
        "ALTER TABLE inbound DROP COLUMN attachments;"
        "INSERT INTO task (practice_id, task_id, kind, role, title, body, state, created_ms,"
        " due_ms, alert_ms, alert_step) VALUES"
        " (1, 'silent', 'clinician', 'clinician', 't', '{}', 'open', 1, 1, NULL, 5),"
        " (1, 'calls', 'clinician', 'clinician', 't', '{}', 'open', 1, 1, 77, 2),"
        " (1, 'done', 'clinician', 'clinician', 't', '{}', 'done', 1, 1, NULL, 5),"
        " (1, 'answer', 'answer_reply', 'front_desk', 't', '{}', 'open', 1, 1, NULL, 2)");
    struct why why = {0};
    db_fixture_check(
        migrate_up(fixture.db, DB_FIXTURE_NOW, &fixture.ids, NULL, &why), &why, "migrate_up");
    static const struct sql wakened = {.name = "test_wakened",
        .text =
            "SELECT count(*) FROM task WHERE practice_id = 1 AND ((task_id = 'silent'"
            " AND alert_step = 0 AND alert_ms > :now_ms) OR (task_id = 'calls' AND alert_ms = 77)"
            " OR (task_id IN ('done', 'answer') AND alert_ms IS NULL))"};
    int64_t count = 0;
    db_fixture_check(
        db_query_int(fixture.db, &wakened, DB_ARGS(db_int("now_ms", 77)), &count, &why), &why,
        "count");
    assert_int_equal(count, 4);
    db_fixture_close(&fixture);
}

int main(void)
{
    const struct db_test tests[] = {
        DB_TEST(test_store_query__gives_back_every_type_and_null),
        DB_TEST(test_store_query__keeps_an_int_wide_after_a_null_of_unknown_type),
        DB_TEST(test_store_query__means_the_same_whatever_is_null),
        DB_TEST(test_store_query__takes_one_parameter_in_many_places),
        DB_TEST(test_store_query__has_greatest_and_least_that_pass_over_nulls),
        DB_TEST(test_store_query__finds_the_members_of_a_list),
        DB_TEST(test_store_exec__refuses_bytes_that_are_not_utf8),
        DB_TEST(test_store_query__one_int_says_not_found),
        DB_TEST(test_store_tx__reads_its_own_writes_and_nobody_elses),
        DB_TEST(test_store_tx__is_rolled_back_when_it_is_left),
        DB_TEST(test_store_tx__is_spoiled_by_a_conflict),
        DB_TEST(test_store_exec__maps_every_constraint_to_conflict),
        DB_TEST(test_store_exec__counts_changed_rows),
        DB_TEST(test_store_query__returning_writes_even_when_no_row_is_read),
        DB_TEST(test_store_tx__waits_for_a_row_and_then_says_busy),
        DB_TEST(test_store_snapshot__sees_one_moment),
        DB_TEST(test_store_query__streams_100000_rows_in_constant_memory),
        DB_TEST(test_store_query__goes_on_while_other_statements_run),
        DB_TEST(test_store_exec_many__keeps_nothing_when_one_row_conflicts),
        DB_TEST(test_store_query__forgets_compiled_texts_when_there_are_too_many),
        DB_TEST(test_store_query__names_a_statement_that_does_not_fit_the_store),
        DB_TEST(test_store_size__grows),
        DB_TEST(test_store_migrate__brings_an_empty_store_up_once),
        DB_TEST(test_store_migrate__refuses_a_newer_store),
        DB_TEST(test_store_migrate__refuses_a_step_of_other_content),
        DB_TEST(test_store_migrate__lets_urgent_tasks_call_again),
    };
    struct CMUnitTest both[2 * sizeof tests / sizeof tests[0]];
    size_t count = db_fixture_tests(tests, sizeof tests / sizeof tests[0], both);
    return _cmocka_run_group_tests("store", both, count, NULL, NULL);
}
