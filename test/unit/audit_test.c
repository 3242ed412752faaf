/* audit_test.c: the chained log, on both databases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "audit/audit.h"
#include "db_fixture.h"

static void open_migrated(struct db_fixture *fixture, void **state)
{
    db_fixture_open(fixture, *(bool *)*state);
    db_fixture_migrate(fixture);
}

static struct tx begin_as(
    struct db_fixture *fixture, struct db *db, const char *actor, int64_t practice_id)
{
    struct why why = {0};
    struct tx tx = {0};
    db_fixture_check(
        db_begin(db, DB_FIXTURE_NOW, actor, practice_id, &fixture->ids, &tx, &why), &why, "begin");
    return tx;
}

static void must_write(struct tx *tx, const char *action, const char *patient_id)
{
    struct why why = {0};
    JSON_AUTO detail = json_pack("{s:s, s:i}", "why", "a \"test\" \xC3\xA9", "n", 3);
    db_fixture_check(audit_write(tx, action, patient_id, NULL, detail, &why), &why, "audit_write");
}

/* Three rows of the engine, two of a user, one of another practice. */
static void write_chains(struct db_fixture *fixture)
{
    struct tx tx = begin_as(fixture, fixture->db, "engine", 1);
    must_write(&tx, "touch.sending", "p1");
    must_write(&tx, "touch.sent", "p1");
    must_write(&tx, "touch.sending", "p2");
    db_fixture_commit(&tx);
    tx = begin_as(fixture, fixture->db, "user:ana", 1);
    must_write(&tx, "patient.read", "p1");
    db_fixture_commit(&tx);
    tx = begin_as(fixture, fixture->db, "user:ben", 1);
    must_write(&tx, "patient.read", NULL);
    db_fixture_commit(&tx);
    tx = begin_as(fixture, fixture->db, "engine", 2);
    must_write(&tx, "touch.sending", "p1");
    db_fixture_commit(&tx);
}

static struct audit_check verify(struct db *db)
{
    struct why why = {0};
    struct audit_check check = {0};
    db_fixture_check(audit_verify(db, &check, &why), &why, "audit_verify");
    return check;
}

static void test_audit_verify__passes_over_what_was_written(void **state)
{
    struct db_fixture fixture;
    open_migrated(&fixture, state);
    struct audit_check check = verify(fixture.db);
    assert_false(check.broken);
    assert_int_equal(check.rows, 0);
    write_chains(&fixture);
    check = verify(fixture.db);
    assert_false(check.broken);
    assert_int_equal(check.rows, 6);
    assert_int_equal(check.writers, 3);
    db_fixture_close(&fixture);
}

static void test_audit_write__is_undone_with_its_tx(void **state)
{
    struct db_fixture fixture;
    open_migrated(&fixture, state);
    write_chains(&fixture);
    struct tx tx = begin_as(&fixture, fixture.db, "engine", 1);
    must_write(&tx, "touch.sending", "p9");
    db_rollback(&tx);
    assert_int_equal(verify(fixture.db).rows, 6);
    tx = begin_as(&fixture, fixture.db, "engine", 1);
    must_write(&tx, "touch.sending", "p3");
    db_fixture_commit(&tx);
    struct audit_check check = verify(fixture.db);
    assert_false(check.broken);
    assert_int_equal(check.rows, 7);
    db_fixture_close(&fixture);
}

static void test_audit_write_many__makes_one_chain_of_a_batch(void **state)
{
    enum { COUNT = 2500 };
    struct db_fixture fixture;
    open_migrated(&fixture, state);
    struct audit_entry *entries = ARENA_NEW(&fixture.boot, struct audit_entry, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        entries[i] = (struct audit_entry){.action = "touch.sending",
            .patient_id = arena_format(&fixture.boot, "p%zu", i),
            .subject_id = i % 2 ? "t" : NULL};
    struct why why = {0};
    struct tx tx = begin_as(&fixture, fixture.db, "engine", 1);
    must_write(&tx, "tick.begun", NULL);
    db_fixture_check(audit_write_many(&tx, entries, COUNT, &why), &why, "many");
    db_fixture_check(audit_write_many(&tx, entries, 0, &why), &why, "none");
    must_write(&tx, "tick.ended", NULL);
    db_fixture_commit(&tx);
    struct audit_check check = verify(fixture.db);
    assert_false(check.broken);
    assert_int_equal(check.rows, COUNT + 2);
    db_fixture_close(&fixture);
}

static void test_audit_trail__shows_one_patients_rows_in_order(void **state)
{
    struct db_fixture fixture;
    open_migrated(&fixture, state);
    write_chains(&fixture);
    struct why why = {0};
    struct db_rows *rows = NULL;
    db_fixture_check(audit_trail(fixture.db, 1, "p1", &rows, &why), &why, "trail");
    static const char *const expected[] = {"touch.sending", "touch.sent", "patient.read"};
    int read = 0;
    while (db_next(rows)) {
        assert_true(read < 3);
        assert_string_equal(db_col_text(rows, AUDIT_ACTION), expected[read]);
        assert_int_equal(db_col_int(rows, AUDIT_AT_MS), DB_FIXTURE_NOW.ms);
        assert_string_equal(
            db_col_text(rows, AUDIT_DETAIL), "{\"why\":\"a \\\"test\\\" \xC3\xA9\",\"n\":3}");
        read++;
    }
    db_fixture_check(db_end(&rows, &why), &why, "end");
    assert_int_equal(read, 3);
    db_fixture_close(&fixture);
}

/* What somebody with the database in hand might do, and where verify must point. */
static const struct tampering {
    const char *script;
    int64_t practice_id;
    const char *writer;
    int64_t seq;
    const char *reason;
} tamperings[] = {
    {"UPDATE audit SET detail = replace(detail, '3', '4') WHERE practice_id = 1 AND"
     " writer = 'engine' AND seq = 2",
        1, "engine", 2, "changed"},
    {"UPDATE audit SET action = 'touch.sendinh' WHERE practice_id = 2", 2, "engine", 1, "changed"},
    {"UPDATE audit SET actor = 'user:bob' WHERE writer = 'user' AND seq = 1", 1, "user", 1,
        "changed"},
    {"UPDATE audit SET at_ms = at_ms + 1 WHERE practice_id = 1 AND writer = 'engine' AND seq = 1",
        1, "engine", 1, "changed"},
    {"UPDATE audit SET patient_id = NULL WHERE practice_id = 1 AND writer = 'engine' AND seq = 3",
        1, "engine", 3, "changed"},
    {"UPDATE audit SET subject_id = '' WHERE practice_id = 1 AND writer = 'engine' AND seq = 3", 1,
        "engine", 3, "changed"},
    {"UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'z') WHERE practice_id = 1"
     " AND writer = 'engine' AND seq = 2",
        1, "engine", 2, "changed"},
    {"UPDATE audit SET prev_hash = hash WHERE practice_id = 1 AND writer = 'engine' AND seq = 2", 1,
        "engine", 2, "does not follow"},
    {"DELETE FROM audit WHERE practice_id = 1 AND writer = 'engine' AND seq = 1", 1, "engine", 1,
        "missing"},
    {"DELETE FROM audit WHERE practice_id = 1 AND writer = 'engine' AND seq = 2", 1, "engine", 2,
        "missing"},
    {"DELETE FROM audit WHERE practice_id = 1 AND writer = 'engine' AND seq = 3", 1, "engine", 3,
        "cut off"},
    {"DELETE FROM audit WHERE practice_id = 1 AND writer = 'user'", 1, "user", 1, "cut off"},
    {"UPDATE audit_head SET seq = 2 WHERE practice_id = 1 AND writer = 'engine'", 1, "engine", 3,
        "after the end"},
    {"UPDATE audit_head SET hash = 'x' WHERE practice_id = 1 AND writer = 'engine'", 1, "engine", 3,
        "head"},
    {"DELETE FROM audit_head WHERE practice_id = 1 AND writer = 'user'", 1, "user", 1, "head"},
    {"INSERT INTO audit SELECT practice_id, writer, 4, at_ms, actor, action, patient_id,"
     " subject_id, detail, hash, hash FROM audit WHERE practice_id = 1 AND writer = 'engine' AND"
     " seq = 3",
        1, "engine", 4, "changed"},
};

static void test_audit_verify__names_the_first_broken_row(void **state)
{
    for (size_t i = 0; i < sizeof tamperings / sizeof tamperings[0]; i++) {
        const struct tampering *tampering = &tamperings[i];
        struct db_fixture fixture;
        open_migrated(&fixture, state);
        write_chains(&fixture);
        db_fixture_script(&fixture, fixture.db, tampering->script);
        struct audit_check check = verify(fixture.db);
        if (!check.broken || check.practice_id != tampering->practice_id
            || strcmp(check.writer, tampering->writer) != 0 || check.seq != tampering->seq
            || !strstr(check.reason, tampering->reason))
            fail_msg("%s: broken %d, practice %lld, %s, seq %lld, %s", tampering->script,
                check.broken, (long long)check.practice_id, check.writer, (long long)check.seq,
                check.reason);
        db_fixture_close(&fixture);
    }
}

/* A chain taken away whole, and one written anew, show by the checkpoint in another chain. */
static void test_audit_checkpoint__remembers_whole_chains(void **state)
{
    static const char *const scripts[] = {
        "DELETE FROM audit WHERE practice_id = 1 AND writer = 'user';"
        "DELETE FROM audit_head WHERE practice_id = 1 AND writer = 'user'",
        "DELETE FROM audit WHERE practice_id = 1 AND writer = 'user' AND seq = 2;"
        "UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit WHERE practice_id = 1 AND"
        " writer = 'user' AND seq = 1) WHERE practice_id = 1 AND writer = 'user'"};
    for (size_t i = 0; i < 2; i++) {
        struct db_fixture fixture;
        open_migrated(&fixture, state);
        write_chains(&fixture);
        struct why why = {0};
        struct tx tx = begin_as(&fixture, fixture.db, "engine", 1);
        db_fixture_check(audit_checkpoint(&tx, &why), &why, "checkpoint");
        db_fixture_commit(&tx);
        struct audit_check check = verify(fixture.db);
        assert_false(check.broken);
        assert_int_equal(check.rows, 8);
        db_fixture_script(&fixture, fixture.db, scripts[i]);
        check = verify(fixture.db);
        assert_true(check.broken);
        assert_string_equal(check.writer, "user");
        assert_int_equal(check.seq, 2);
        assert_non_null(strstr(check.reason, "checkpoint"));
        db_fixture_close(&fixture);
    }
}

/* Two rows whose fields read the same when they are written one after the other must differ. */
static void test_audit_verify__tells_fields_apart(void **state)
{
    struct db_fixture fixture;
    open_migrated(&fixture, state);
    struct why why = {0};
    struct tx tx = begin_as(&fixture, fixture.db, "engine", 1);
    db_fixture_check(
        audit_write(&tx, "touch.sent", "p", "1\n2:ab", NULL, &why), &why, "audit_write");
    db_fixture_commit(&tx);
    db_fixture_script(
        &fixture, fixture.db, "UPDATE audit SET patient_id = 'p1', subject_id = '2:ab'");
    assert_true(verify(fixture.db).broken);
    db_fixture_close(&fixture);
}

/* -- several writers of one chain -------------------------------------------------------------- */

enum { THREADS = 4, TXS_PER_THREAD = 40 };

struct writer {
    pthread_t thread;
    struct db *db;
    struct ids ids;
    int64_t written, busy, failed;
};

static void *write_alone(void *context)
{
    struct writer *writer = context;
    for (int i = 0; i < TXS_PER_THREAD; i++) {
        struct tx tx = {0};
        enum err err = db_begin(writer->db, DB_FIXTURE_NOW, "engine", 1, &writer->ids, &tx, NULL);
        for (int row = 0; row < 3 && err == ERR_NONE; row++)
            err = audit_write(&tx, "touch.sending", NULL, NULL, NULL, NULL);
        if (err == ERR_NONE)
            err = db_commit(&tx, NULL);
        db_rollback(&tx);
        writer->written += err == ERR_NONE ? 3 : 0;
        writer->busy += err == ERR_BUSY;
        writer->failed += err != ERR_NONE && err != ERR_BUSY;
    }
    return NULL;
}

static void test_audit_write__never_forks_a_chain(void **state)
{
    struct db_fixture fixture;
    open_migrated(&fixture, state);
    struct writer writers[THREADS] = {0};
    for (int i = 0; i < THREADS; i++) {
        writers[i].db = db_fixture_connect(&fixture);
        writers[i].ids = fixture.ids;
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_alone, &writers[i]), 0);
    int64_t written = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(writers[i].thread, NULL);
        assert_int_equal(writers[i].failed, 0);
        written += writers[i].written;
        db_close(writers[i].db);
    }
    struct audit_check check = verify(fixture.db);
    assert_false(check.broken);
    assert_int_equal(check.rows, written);
    assert_int_equal(check.writers, 1);
    assert_true(written >= TXS_PER_THREAD * 3);
    db_fixture_close(&fixture);
}

static void test_audit_verify__sees_one_moment_of_a_busy_store(void **state)
{
    struct db_fixture fixture;
    open_migrated(&fixture, state);
    struct writer writer = {.db = db_fixture_connect(&fixture), .ids = fixture.ids};
    assert_int_equal(pthread_create(&writer.thread, NULL, write_alone, &writer), 0);
    for (int i = 0; i < 20; i++)
        assert_false(verify(fixture.db).broken);
    pthread_join(writer.thread, NULL);
    assert_false(verify(fixture.db).broken);
    db_close(writer.db);
    db_fixture_close(&fixture);
}

int main(void)
{
    const struct db_test tests[] = {
        DB_TEST(test_audit_verify__passes_over_what_was_written),
        DB_TEST(test_audit_write__is_undone_with_its_tx),
        DB_TEST(test_audit_write_many__makes_one_chain_of_a_batch),
        DB_TEST(test_audit_trail__shows_one_patients_rows_in_order),
        DB_TEST(test_audit_verify__names_the_first_broken_row),
        DB_TEST(test_audit_checkpoint__remembers_whole_chains),
        DB_TEST(test_audit_verify__tells_fields_apart),
        DB_TEST(test_audit_write__never_forks_a_chain),
        DB_TEST(test_audit_verify__sees_one_moment_of_a_busy_store),
    };
    struct CMUnitTest both[2 * sizeof tests / sizeof tests[0]];
    size_t count = db_fixture_tests(tests, sizeof tests / sizeof tests[0], both);
    return _cmocka_run_group_tests("audit", both, count, NULL, NULL);
}
