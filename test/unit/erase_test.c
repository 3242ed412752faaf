/* erase_test.c: a person is erased: of everything that says who they are and what was said, nothing
 * is left in any table or page; what must be provable is. Everything of theirs holds "zeb" or
 * 5550177. */
#include "unit.h"

#include <sqlite3.h>

#include "engine/forget.h"
#include "http/forget.h"
#include "person_fixture.h"
#include "store/store_int.h"

#define RUNS_ON(state) (*(const bool *)*(state))

static struct engine engine_of(struct record_fixture *t, struct home *home)
{
    memcpy(home->address_key, t->store.key, sizeof home->address_key);
    struct engine engine = {.home = home, .db = t->store.db};
    arena_init(&engine.tick, 0);
    return engine;
}

static enum err erase(
    struct record_fixture *t, const char *patient_id, json_t *removed, json_t *emptied, bool commit)
{
    struct why why = {0};
    struct home home = {0};
    struct engine engine = engine_of(t, &home);
    struct erasing erasing = {.removed = removed, .emptied = emptied};
    bool unlearned = false;
    struct tx tx = {0};
    must(db_overwrite(t->store.db, &why), &why);
    must(db_begin(t->store.db, (struct instant){t->now_ms}, "user:u", 1, &t->store.ids, &tx, &why),
        &why);
    enum err err = engine_erase(&engine, &tx, patient_id, &erasing, &unlearned, &why);
    if (err == ERR_NONE) {
        must(http_erase(&erasing, &why), &why);
        must(erase_close(&erasing, &why), &why);
    }
    if (err == ERR_NONE && commit) {
        must(db_commit(&tx, &why), &why);
        assert_true(unlearned);
        tx = db_fixture_begin(&t->store);
        must(engine_overwrite(&engine, &tx, &why), &why);
    }
    db_rollback(&tx);
    arena_release(&engine.tick);
    return err;
}

/* ---- looking at everything ---- */

/* "touch.body inbound.sender ": where something of theirs stands; ret_tables: of how many tables.
 */
static const char *traces(struct record_fixture *t, int *ret_tables)
{
    struct arena *arena = &t->store.boot;
    struct person_column *columns = ARENA_NEW(arena, struct person_column, COLUMNS_MAX);
    size_t count = person_fixture_columns(t, columns);
    const char *text = "", *last = "";
    *ret_tables = 0;
    for (size_t i = 0; i < count; i++) {
        const struct person_column *at = &columns[i];
        if (record_fixture_int(
                t, arena_format(arena, "SELECT COUNT(*) %s", person_fixture_trace(t, at)))
            == 0)
            continue;
        text = arena_format(arena, "%s%s.%s ", text, at->table, at->column);
        *ret_tables += strcmp(last, at->table) != 0;
        last = at->table;
    }
    return text;
}

/* The pages themselves, decrypted, free ones and all; and the words of the index. */
static void expect_clean_pages(struct record_fixture *t)
{
    if (t->store.postgres)
        return;
    sqlite3 *handle = t->store.db->handle;
    sqlite3_int64 size = 0;
    unsigned char *bytes = sqlite3_serialize(handle, "main", &size, 0);
    assert_non_null(bytes);
    static const char *const wanted[] = {"zeb", "Zeb", "ZEB", "5550177"};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (memmem(bytes, (size_t)size, wanted[i], strlen(wanted[i])))
            fail_msg("\"%s\" is still in a page of the file", wanted[i]);
    }
    sqlite3_free(bytes);
    assert_int_equal(sqlite3_exec(handle,
                         "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search_text, row)",
                         NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(
        record_fixture_int(t, "SELECT COUNT(*) FROM temp.words WHERE term LIKE 'zeb%'"), 0);
}

static void test_erase__leaves_nothing_that_says_who_it_was(void **state)
{
    struct record_fixture t;
    int tables = 0;
    record_fixture_open(&t, RUNS_ON(state));
    person_fixture_fill(&t);
    const char *id = person_fixture_find(&t, "ZEB77");
    person_fixture_expect_filled(&t, id);
    (void)traces(&t, &tables);
    assert_true(tables >= 28);
    JSON_AUTO removed = json_object();
    JSON_AUTO emptied = json_object();
    assert_int_equal(erase(&t, id, removed, emptied, true), ERR_NONE);
    assert_string_equal(traces(&t, &tables), "kept_answer.body ");
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM kept_answer"), 1);
    db_fixture_script(&t.store, t.store.db, "DELETE FROM kept_answer");
    expect_clean_pages(&t);
    assert_null(person_fixture_find(&t, "ZEB77"));
    assert_null(person_fixture_find(&t, "+15125550177"));
    assert_null(person_fixture_find(&t, id));
    record_fixture_close(&t);
}

static void expect_intact_audit(struct record_fixture *t)
{
    struct why why = {0};
    struct audit_check check = {0};
    must(audit_verify(t->store.db, &check, &why), &why);
    assert_false(check.broken);
    assert_int_equal(record_fixture_int(t,
                         "SELECT COUNT(*) FROM audit WHERE action = 'patient.erased'"
                         " AND actor = 'user:u'"),
        1);
}

static void test_erase__keeps_what_must_be_provable_and_what_is_counted(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    person_fixture_fill(&t);
    const char *id = person_fixture_find(&t, "ZEB77");
    int64_t stops =
        record_fixture_int(&t, "SELECT COUNT(*) FROM suppression WHERE lifted_ms IS NULL");
    JSON_AUTO removed = json_object();
    JSON_AUTO emptied = json_object();
    assert_int_equal(erase(&t, id, removed, emptied, true), ERR_NONE);
    expect_intact_audit(&t);
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM suppression WHERE lifted_ms IS NULL"), stops);
    assert_int_equal(record_fixture_int(&t,
                         "SELECT COUNT(*) FROM suppression WHERE address = '+15125550111'"
                         " AND evidence IS NULL"),
        1);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM consent"), 3);
    assert_int_equal(record_fixture_int(&t,
                         "SELECT COUNT(*) FROM consent WHERE patient_id <> 'x'"
                         " AND revoked_ms IS NULL"),
        1); /* Mia's */
    /* A booking that counts, the place, a time that is taken. */
    assert_int_equal(record_fixture_int(&t,
                         "SELECT COUNT(*) FROM attribution y JOIN appointment a"
                         " ON a.appointment_id = y.appointment_id AND a.total_cents = 20000"
                         " AND a.status = 'completed' AND a.location = 'Main'"),
        1);
    assert_int_equal(record_fixture_int(&t,
                         "SELECT COUNT(*) FROM appointment WHERE provider = 'Dr. Chen'"
                         " AND status = 'confirmed' AND location = 'North'"),
        1);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM appointment"), 2);
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM enrollment WHERE exit = 'erased'"), 1);
    assert_int_equal(record_fixture_int(&t, "SELECT SUM(staff_seconds) FROM task"), 60);
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM touch WHERE body_hash = 'hash'"), 3);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM triage_layer"), 1);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM opening_cell"), 0);
    assert_int_equal(json_integer_value(json_object_get(removed, "visits")), 1);
    assert_int_equal(json_integer_value(json_object_get(emptied, "messages_in")), 2);
    /* Nobody else lost anything. */
    assert_non_null(person_fixture_find(&t, "Mia Lee"));
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM contact_point WHERE address = '+15125550111'"),
        1);
    record_fixture_close(&t);
}

static enum err lift(struct record_fixture *t, const char *text)
{
    struct why why = {0};
    struct erased erased;
    enum err err = erase_find(&t->store.boot, t->store.db, 1, t->store.key, text, &erased, &why);
    struct tx tx = db_fixture_begin(&t->store);
    if (err == ERR_NONE)
        err = erase_lift(&tx, &erased, &why);
    if (err == ERR_NONE)
        must(db_commit(&tx, &why), &why);
    db_rollback(&tx);
    return err;
}

static void test_erase__no_import_brings_them_back_until_they_are_readmitted(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    person_fixture_fill(&t);
    JSON_AUTO removed = json_object();
    JSON_AUTO emptied = json_object();
    assert_int_equal(erase(&t, person_fixture_find(&t, "ZEB77"), removed, emptied, true), ERR_NONE);
    person_fixture_zeb(&t, "ZEB77");
    assert_int_equal(t.change, RECORD_ERASED);
    person_fixture_visit(&t, "ZEBA9", "2025-09-01", "completed", "Main");
    assert_int_equal(t.change, RECORD_ERASED);
    person_fixture_mia(&t);
    assert_int_equal(t.change, RECORD_UNCHANGED);
    record_fixture_settle(&t);
    /* Under another id of the booking system: the same birth date and mobile; then its visits. */
    person_fixture_zeb(&t, "NEW5");
    assert_int_equal(t.change, RECORD_ERASED);
    record_fixture_row(
        &t, RECORD_MEMBERSHIP, "NM1", FIELD_PATIENT_ID, "NEW5", FIELD_STATUS, "active", FIELD_MAX);
    assert_int_equal(t.change, RECORD_ERASED);
    /* Somebody else who has got their number and mail: new, and stopped as they were. */
    record_fixture_patient(&t, "N9", FIELD_FIRST_NAME, "Nora", FIELD_LAST_NAME, "Oak",
        FIELD_BIRTH_DATE, "1970-01-09", FIELD_EMAIL_ADDRESS, "zeb@example.com", FIELD_MAX);
    assert_int_equal(t.change, RECORD_CREATED);
    record_fixture_settle(&t);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient"), 2);
    struct why why = {0};
    struct contact_point *points = NULL;
    size_t count = 0;
    const char *nora = person_fixture_find(&t, "N9");
    must(record_read_contacts(&t.store.boot, t.store.db, 1, &nora, 1, &points, &count, &why), &why);
    assert_int_equal(count, 1);
    assert_true(points[0].suppressed_marketing);

    assert_int_equal(lift(&t, "nobody@example.com"), ERR_NOT_FOUND);
    assert_int_equal(lift(&t, "+15125550177"), ERR_NONE);
    assert_int_equal(lift(&t, "ZEB77"), ERR_CONFLICT);
    /* Their new address is stopped as they were: what the export says of it or not. */
    record_fixture_patient(&t, "ZEB77", FIELD_FIRST_NAME, "Zebulon", FIELD_LAST_NAME, "Zebrowski",
        FIELD_BIRTH_DATE, "1985-03-02", FIELD_EMAIL_ADDRESS, "zeb2@example.com", FIELD_MAX);
    assert_int_equal(t.change, RECORD_CREATED);
    record_fixture_settle(&t);
    const char *zeb = person_fixture_find(&t, "ZEB77");
    must(record_read_contacts(&t.store.boot, t.store.db, 1, &zeb, 1, &points, &count, &why), &why);
    assert_int_equal(count, 1);
    assert_true(points[0].suppressed_marketing);
    record_fixture_close(&t);
}

static void test_erase__waits_for_what_is_under_way(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    person_fixture_fill(&t);
    const char *id = person_fixture_find(&t, "ZEB77");
    JSON_AUTO removed = json_object();
    JSON_AUTO emptied = json_object();
    db_fixture_script(
        &t.store, t.store.db, "UPDATE touch SET state = 'sending' WHERE touch_id = 't3'");
    assert_int_equal(erase(&t, id, removed, emptied, true), ERR_CONFLICT);
    db_fixture_script(&t.store, t.store.db,
        "UPDATE touch SET state = 'due' WHERE touch_id = 't3';"
        "UPDATE inbound SET folded_ms = NULL, patient_id = NULL WHERE inbound_id = 'i1'");
    assert_int_equal(erase(&t, id, removed, emptied, true), ERR_CONFLICT);
    db_fixture_script(&t.store, t.store.db, "UPDATE inbound SET folded_ms = 1");
    /* Looking at what would go changes nothing. */
    assert_int_equal(erase(&t, id, removed, emptied, false), ERR_NONE);
    assert_string_equal(person_fixture_find(&t, "ZEB77"), id);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM erasure"), 0);
    assert_int_equal(json_integer_value(json_object_get(removed, "person")), 1);
    record_fixture_close(&t);
}

int main(void)
{
    static const struct db_test tests[] = {
        DB_TEST(test_erase__leaves_nothing_that_says_who_it_was),
        DB_TEST(test_erase__keeps_what_must_be_provable_and_what_is_counted),
        DB_TEST(test_erase__no_import_brings_them_back_until_they_are_readmitted),
        DB_TEST(test_erase__waits_for_what_is_under_way),
    };
    struct CMUnitTest all[2 * sizeof tests / sizeof tests[0]];
    db_fixture_tests(tests, sizeof tests / sizeof tests[0], all);
    return cmocka_run_group_tests(all, NULL, NULL);
}
