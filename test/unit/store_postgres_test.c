/* store_postgres_test.c: what only a server can do to us: go away, refuse, wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db_fixture.h"

static const struct sql backend = {.name = "backend", .text = "SELECT pg_backend_pid()"};
static const struct sql terminate = {
    .name = "terminate", .text = "SELECT pg_terminate_backend(CAST(:pid AS INT), 5000)"};
static const struct sql note_insert = {
    .name = "note_insert", .text = "INSERT INTO note (id, text) VALUES (:id, 'x')"};
static const struct sql note_count = {.name = "note_count", .text = "SELECT count(*) FROM note"};

static int64_t ask(struct db *db, const struct sql *sql)
{
    struct why why = {0};
    int64_t value = -1;
    db_fixture_check(db_query_int(db, sql, DB_NO_ARGS, &value, &why), &why, sql->name);
    return value;
}

/* Ends the session of `db` from outside, as a restart of the server does. */
static void cut(struct db_fixture *fixture, struct db *db, int64_t pid)
{
    struct db *other = db_fixture_connect(fixture);
    struct why why = {0};
    int64_t done = 0;
    assert_ptr_not_equal(other, db);
    db_fixture_check(db_query_int(other, &terminate, DB_ARGS(db_int("pid", pid)), &done, &why),
        &why, "terminate");
    assert_int_equal(done, 1);
    db_close(other);
}

static void open_with_notes(struct db_fixture *fixture)
{
    db_fixture_open(fixture, true);
    db_fixture_script(fixture, fixture->db, "CREATE TABLE note (id BIGINT PRIMARY KEY, text TEXT)");
}

static void test_store_reconnect__happens_at_the_next_begin(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture);
    int64_t pid = ask(fixture.db, &backend);
    struct tx tx = db_fixture_begin(&fixture);
    struct why why = {0};
    db_fixture_check(
        db_exec(&tx, &note_insert, DB_ARGS(db_int("id", 1)), NULL, &why), &why, "insert");
    cut(&fixture, fixture.db, pid);
    assert_int_equal(db_exec(&tx, &note_insert, DB_ARGS(db_int("id", 2)), NULL, &why), ERR_IO);
    assert_non_null(strstr(why.message, "lost"));
    assert_int_equal(db_commit(&tx, NULL), ERR_IO);
    tx = db_fixture_begin(&fixture);
    why = (struct why){0};
    db_fixture_check(
        db_exec(&tx, &note_insert, DB_ARGS(db_int("id", 3)), NULL, &why), &why, "insert");
    db_fixture_commit(&tx);
    assert_int_equal(ask(fixture.db, &note_count), 1);
    assert_int_not_equal(ask(fixture.db, &backend), pid);
    db_fixture_close(&fixture);
}

static void test_store_reconnect__happens_at_a_read(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture);
    assert_int_equal(ask(fixture.db, &note_count), 0);
    cut(&fixture, fixture.db, ask(fixture.db, &backend));
    assert_int_equal(ask(fixture.db, &note_count), 0);
    cut(&fixture, fixture.db, ask(fixture.db, &backend));
    struct why why = {0};
    db_fixture_check(db_snapshot_begin(fixture.db, &why), &why, "snapshot");
    assert_int_equal(ask(fixture.db, &note_count), 0);
    db_snapshot_end(fixture.db);
    db_fixture_close(&fixture);
}

static void test_store_commit__says_when_nobody_knows(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture);
    int64_t pid = ask(fixture.db, &backend);
    struct tx tx = db_fixture_begin(&fixture);
    struct why why = {0};
    db_fixture_check(
        db_exec(&tx, &note_insert, DB_ARGS(db_int("id", 1)), NULL, &why), &why, "insert");
    cut(&fixture, fixture.db, pid);
    assert_int_equal(db_commit(&tx, &why), ERR_IO);
    assert_non_null(strstr(why.message, "commit"));
    assert_false(tx.open);
    db_fixture_close(&fixture);
}

static void test_store_query__cannot_write_outside_a_tx(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture);
    struct why why = {0};
    struct db_rows *rows = NULL;
    assert_int_equal(
        db_query(fixture.db, &note_insert, DB_ARGS(db_int("id", 1)), &rows, &why), ERR_IO);
    assert_non_null(strstr(why.message, "note_insert"));
    assert_int_equal(ask(fixture.db, &note_count), 0);
    db_fixture_close(&fixture);
}

static void test_store_query__reports_a_failure_in_the_middle_of_rows(void **state)
{
    static const struct sql fails = {
        .name = "fails_late", .text = "SELECT 1 / (5000 - n) FROM generate_series(1, 10000) AS n"};
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture);
    struct why why = {0};
    struct db_rows *rows = NULL;
    db_fixture_check(db_query(fixture.db, &fails, DB_NO_ARGS, &rows, &why), &why, "query");
    int read = 0;
    while (db_next(rows))
        read++;
    assert_int_equal(read, 4999);
    assert_int_equal(db_end(&rows, &why), ERR_INPUT);
    assert_non_null(strstr(why.message, "fails_late"));
    assert_int_equal(ask(fixture.db, &note_count), 0);
    db_fixture_close(&fixture);
}

static void refuses(const char *address, enum err code)
{
    ARENA struct arena boot;
    arena_init(&boot, 0);
    struct why why = {0};
    struct db *db = NULL;
    const struct db_options options = {.address = address};
    assert_int_equal(db_open(&boot, &options, &db, &why), code);
    char text[1024];
    why_format(&why, text, sizeof text);
    assert_null(strstr(text, "hunter2"));
    assert_null(strstr(why.private_detail, "hunter2"));
    assert_true(why.message[0] != '\0' && why.hint[0] != '\0');
}

static void test_store_open__never_shows_the_password(void **state)
{
    (void)state;
    refuses("postgresql://ana:hunter2@/clinic?host=/nonexistent-folder", ERR_IO);
    refuses("postgresql://ana:hunter2@127.0.0.1:1/clinic", ERR_IO);
    refuses("postgresql://ana:hunter2@host:port:odd/clinic?nonsense", ERR_INPUT);
    refuses("postgresql://ana:hunter2@[::1/clinic", ERR_INPUT);
}

static void test_store_open__says_how_to_make_a_missing_database(void **state)
{
    (void)state;
    struct db_fixture fixture;
    open_with_notes(&fixture);
    struct why why = {0};
    struct db *db = NULL;
    const struct db_options options = {.address = "postgresql:///no_such_database"};
    assert_int_equal(db_open(&fixture.boot, &options, &db, &why), ERR_IO);
    assert_non_null(strstr(why.hint, "createdb"));
    assert_int_equal(db_backup(fixture.db, "/tmp/x", &why), ERR_INPUT);
    db_fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_reconnect__happens_at_the_next_begin),
        cmocka_unit_test(test_store_reconnect__happens_at_a_read),
        cmocka_unit_test(test_store_commit__says_when_nobody_knows),
        cmocka_unit_test(test_store_query__cannot_write_outside_a_tx),
        cmocka_unit_test(test_store_query__reports_a_failure_in_the_middle_of_rows),
        cmocka_unit_test(test_store_open__never_shows_the_password),
        cmocka_unit_test(test_store_open__says_how_to_make_a_missing_database),
    };
    return cmocka_run_group_tests_name("store_postgres", tests, NULL, NULL);
}
