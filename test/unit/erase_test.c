/* erase_test.c: a person is erased: of everything that says who they are and what was said, nothing
 * is left in any table or page; what must be provable is. Everything of theirs holds "zeb" or
 * 5550177. */
#include "unit.h"

#include <sqlite3.h>

#include "audit/audit.h"
#include "base/buf.h"
#include "engine/forget.h"
#include "http/forget.h"
#include "record/edit.h"
#include "record_fixture.h"
#include "search/search.h"
#include "store/store_int.h"

#define RUNS_ON(state) (*(const bool *)*(state))

static const char *find(struct record_fixture *t, const char *text)
{
    struct why why = {0};
    const char *id = NULL;
    return record_find_patient(&t->store.boot, t->store.db, 1, text, &id, &why) == ERR_NONE ? id
                                                                                            : NULL;
}

static void put_zeb(struct record_fixture *t, const char *record_id)
{
    record_fixture_patient(t, record_id, FIELD_FIRST_NAME, "Zebulon", FIELD_LAST_NAME, "Zebrowski",
        FIELD_PREFERRED_NAME, "Zeb", FIELD_BIRTH_DATE, "1985-03-02", FIELD_MOBILE_PHONE,
        "+15125550177", FIELD_HOME_PHONE, "+15125550111", FIELD_EMAIL_ADDRESS, "zeb@example.com",
        FIELD_ADDRESS, "7 Zebra Way", FIELD_CITY, "Zebtown", FIELD_SMS_CONSENT, "yes",
        FIELD_EMAIL_CONSENT, "yes", FIELD_CONSENT_SOURCE, "zeb signed", FIELD_TAGS, "zeb tag",
        FIELD_EMAIL_UNSUBSCRIBED, "yes", FIELD_MEMBERSHIP_PLAN, "Zeb Glow", FIELD_MAX);
}

static void put_mia(struct record_fixture *t)
{
    record_fixture_patient(t, "M1", FIELD_FIRST_NAME, "Mia", FIELD_LAST_NAME, "Lee",
        FIELD_BIRTH_DATE, "1990-05-05", FIELD_MOBILE_PHONE, "+15125550112", FIELD_HOME_PHONE,
        "+15125550111", FIELD_EMAIL_ADDRESS, "mia@example.com", FIELD_SMS_CONSENT, "yes",
        FIELD_MAX);
}

static void put_visit(struct record_fixture *t, const char *id, const char *day, const char *status,
    const char *location)
{
    struct day n;
    assert_int_equal(day_parse(day, &n, NULL), ERR_NONE);
    char start[32];
    snprintf(start, sizeof start, "%lld", (long long)zone_at(t->practice.zone, n, 12 * 60).ms);
    record_fixture_row(t, RECORD_APPOINTMENT, id, FIELD_PATIENT_ID, "ZEB77", FIELD_START, start,
        FIELD_SERVICE, "Zeb botox", FIELD_STATUS, status, FIELD_TOTAL, "20000", FIELD_LOCATION,
        location, FIELD_PROVIDER, "Dr. Chen", FIELD_CANCEL_REASON, "zeb moved", FIELD_SERIES_ID,
        "zebseries", FIELD_MAX);
}

/* What the rooms after record hold of Zeb: {id} is the patient's id, {now} the moment. */
static const char rows[] =
    "UPDATE patient SET household_id = '{id}' WHERE patient_id = '{id}';"
    "INSERT INTO patient_apart VALUES (1, '{id}', 'zz', 'user:u', 1);"
    "INSERT INTO patient_merge VALUES (1, 'gone', '{id}', 1);"
    "INSERT INTO patient_part VALUES (1, 'gone', 'tag', 'zeb tag', 'zeb');"
    "INSERT INTO merge_part VALUES (1, 'gone', 'thread', 'x', '+15125550177');"
    "INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address,"
    " patient_id, source, evidence, created_ms) VALUES (1, 'shared', 'voice', 'marketing',"
    " 'opt_out', '+15125550111', '{id}', 'sms', 'zeb wants no calls', 1);"
    "INSERT INTO enrollment (practice_id, enrollment_id, patient_id, household_id, playbook,"
    " version, occurrence, arm, state, entered_ms, start_day, exit_detail, next_ms) VALUES"
    " (1, 'e1', '{id}', 'home', 'tox', 'v', 1, 'treat', 'ended', 1, 1, 'zeb booked', NULL),"
    " (1, 'e2', '{id}', 'home', 'tox', 'v', 2, 'treat', 'active', 2, 1, NULL, 5);"
    "INSERT INTO enrollment_event VALUES (1, 'e1', 1, 1, 'entered', NULL, NULL,"
    " '{\"name\":\"zeb\"}');"
    "INSERT INTO not_entered VALUES (1, 'tox', '{id}', 'opted_out', 'zeb', 1);"
    "INSERT INTO touch (practice_id, touch_id, enrollment_id, patient_id, touch_key, kind, purpose,"
    " state, planned_ms, next_ms, channel, address, subject, body, html, words, body_hash, detail,"
    " link_code, sent_ms, created_ms) VALUES"
    " (1, 't1', 'e1', '{id}', 'remind', 'message', 'marketing', 'sent', 1, NULL, 'sms',"
    "  '+15125550177', 'zeb', 'Hi Zeb', '<p>zeb', '{\"text\":\"zeb\"}', 'hash', 'zeb',"
    " 'zeblink', 5,"
    "  1),"
    " (1, 't2', NULL, '{id}', 'staff_reply', 'message', 'answer', 'sent', 1, NULL, 'sms',"
    "  '+15125550177', NULL, 'of course zebkin', NULL, NULL, 'hash', NULL, 'zeblink2', 6, 1),"
    " (1, 't3', 'e2', '{id}', 'call', 'task', 'marketing', 'due', 1, 9, 'task', NULL, NULL, NULL,"
    "  NULL, NULL, NULL, NULL, 'zeblink3', NULL, 1),"
    " (1, 't4', NULL, '', 'help', 'message', 'answer', 'sent', 1, NULL, 'sms', '+15125550177',"
    " NULL,"
    "  'zeb is nobody yet', NULL, NULL, 'hash', NULL, 'zeblink4', 7, 1);"
    "INSERT INTO attempt (practice_id, attempt_id, touch_id, number, started_ms, outcome)"
    " VALUES (1, 'at1', 't1', 1, 5, 'accepted');"
    "INSERT INTO verdict (practice_id, touch_id, seq, at_ms, answer, detail)"
    " VALUES (1, 't1', 1, 5, 'allow', '{\"consent\":\"k\"}');"
    "INSERT INTO thread (practice_id, thread_id, patient_id, address, state, opened_ms, draft)"
    " VALUES (1, 'th', '{id}', '+15125550177', 'open', 1, 'dear zeb'),"
    " (1, 'st', NULL, 'zeb@example.com', 'open', 1, NULL);"
    "INSERT INTO inbound (practice_id, inbound_id, channel, provider_id, sender, body, received_ms,"
    " patient_id, thread_id, touch_id, reading, stop, folded_ms) VALUES"
    " (1, 'i1', 'sms', 'zebSM1', '+15125550177', 'zebword stop it', 9, '{id}', 'th', 't1',"
    "  '{\"why\":\"zebword\"}', 'yes', 9),"
    " (1, 'i2', 'email', '<zeb@mail>', 'zeb@example.com', 'zebmail', 3, NULL, 'st', NULL, NULL,"
    " 'no',"
    "  3);"
    "INSERT INTO correction VALUES (1, 'co', 'i1', 'price', 'none', 'staff_task', '', '{}',"
    " 'user:u',"
    " 20, 1);"
    "INSERT INTO triage_layer VALUES (1, 'l1', 1, 'older', '{}', 'user:u', 10, NULL),"
    " (1, 'l2', 1, 'zeb', '{}', 'user:u', 30, NULL);"
    "INSERT INTO note VALUES (1, 'n1', 'th', 'u', 'zebnote', 1);"
    "INSERT INTO staff_reply VALUES (1, 't2', 'th', 'u', 1);"
    "INSERT INTO task (practice_id, task_id, patient_id, kind, role, title, body, state,"
    " created_ms,"
    " due_ms, enrollment_id, inbound_id, note, staff_seconds) VALUES"
    " (1, 'k1', '{id}', 'warm_call', 'front_desk', 'Call Zebulon', '{\"n\":\"zeb\"}', 'open', 1, 2,"
    "  'e1', NULL, 'zeb is nice', 60),"
    " (1, 'k2', '{id}', 'answer_reply', 'front_desk', 'Answer zeb', '{}', 'done', 1, 2, NULL, NULL,"
    "  'zeb', NULL),"
    " (1, 'k3', NULL, 'answer_reply', 'front_desk', 'Who is zeb', '{}', 'open', 1, 2, NULL, 'i2',"
    "  NULL, NULL);"
    "INSERT INTO engagement_event VALUES (1, 'ev', 't1', '{id}', 'clicked', 'human', 6,"
    " '{\"agent\":\"zebphone\"}');"
    "INSERT INTO engagement (practice_id, touch_id, patient_id, enrollment_id, clicks)"
    " VALUES (1, 't1', '{id}', 'e1', 1);"
    "INSERT INTO attribution VALUES (1, 'e1', 'ZEBA1', '{id}', 3);"
    "INSERT INTO opening (practice_id, opening_id, patient_id, service, provider, location,"
    " start_ms, end_ms, state, expires_ms, source, touch_id, appointment_id, created_ms,"
    " changed_ms)"
    " VALUES (1, 'o1', '{id}', 'neurotoxin', 'chen', 'Main', 1, 2, 'kept', 1, 'reply', 't1',"
    "  'ZEBA1', 1, 1);"
    "INSERT INTO opening_cell VALUES (1, 'provider:chen', 7, 0, 'o1');"
    "INSERT INTO opening_proposal VALUES (1, 'pr', '{id}', 'neurotoxin', '[]', 'reply', 't1', 'en',"
    " NULL, 'open', 9, 1, 1);"
    "INSERT INTO waitlist VALUES (1, 'w1', '{id}', 'neurotoxin', '{}', 'zeb wants Saturday',"
    " 'reply', 'waiting', NULL, 0, 1, 1, 9, 1, 1);"
    "INSERT INTO waitlist_refused VALUES (1, 'w1', 5);"
    "INSERT INTO model_draft (practice_id, draft_id, inbound_id, state, wanted_ms, text, sources,"
    " prompt, prompt_hash, answer) VALUES (1, 'd1', 'i1', 'ready', 1, 'zeb', '[\"zeb\"]', 'zeb',"
    " 'hash', 'zeb');"
    "INSERT INTO kept_answer VALUES (1, 'user:u', 'r1', 'h', 200, '{\"p\":\"{id}\",\"n\":\"zeb\"}',"
    " {now}), (1, 'user:u', 'r2', 'h', 200, '{\"id\":\"ZEB7\"}', {now});"
    "INSERT INTO kept_plan VALUES (1, 'kp', 'tox', 'user:u', {now}, '[{\"patient\":\"ZEB77\"}]');";

static const char *filled_in(struct record_fixture *t, const char *text, const char *id)
{
    struct buf out;
    buf_init(&out, &t->store.boot);
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "{");
        buf_add_n(&out, at, len);
        at += len;
        if (strncmp(at, "{id}", 4) == 0) {
            buf_format(&out, "%s", id);
            at += 4;
        } else if (strncmp(at, "{now}", 5) == 0) {
            buf_format(&out, "%lld", (long long)t->now_ms);
            at += 5;
        } else if (*at) {
            buf_add_char(&out, *at++);
        }
    }
    return out.data;
}

static void fill(struct record_fixture *t)
{
    struct why why = {0};
    record_fixture_begin(t);
    put_zeb(t, "ZEB77");
    put_mia(t);
    put_visit(t, "ZEBA1", "2025-06-01", "completed", "Main");
    put_visit(t, "ZEBA2", "2025-03-01", "completed", "Main");
    put_visit(t, "ZEBA3", "2027-03-01", "booked", "North");
    record_fixture_row(t, RECORD_MEMBERSHIP, "ZEBM1", FIELD_PATIENT_ID, "ZEB77", FIELD_STATUS,
        "active", FIELD_MEMBERSHIP_PLAN, "Zeb Glow", FIELD_MAX);
    record_fixture_row(
        t, RECORD_INVOICE, "ZEBI1", FIELD_PATIENT_ID, "ZEB77", FIELD_TOTAL, "100", FIELD_MAX);
    record_fixture_settle(t);
    put_visit(t, "ZEBA3", "2027-03-01", "confirmed", "North");
    record_fixture_settle(t);
    const char *id = find(t, "ZEB77");
    bool changed;
    record_fixture_begin(t);
    must(edit_person(t->load, id, &(struct edit){FIELD_CITY, "Zebville"}, 1, &changed, &why), &why);
    must(edit_add_address(t->load, id, ADDRESS_WORK, "+15125550178", &why), &why);
    record_fixture_settle(t);
    db_fixture_script(&t->store, t->store.db, filled_in(t, rows, id));
    struct tx tx = db_fixture_begin(&t->store);
    must(search_learn(&t->store.boot, &tx, &why), &why);
    db_fixture_commit(&tx);
}

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

static const char sqlite_columns[] =
    "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'"
    " AND m.sql NOT LIKE 'CREATE VIRTUAL%' AND m.name NOT LIKE 'sqlite_%'"
    " AND m.name NOT LIKE 'search\\_text%' ESCAPE '\\' AND m.name NOT LIKE 'audit\\_list\\_%'"
    " ESCAPE '\\' ORDER BY 1, 2";
static const char postgres_columns[] =
    "SELECT table_name::text, column_name::text FROM information_schema.columns"
    " WHERE table_schema = current_schema() ORDER BY 1, 2";

/* How many rows of a table hold it, in whatever column. */
static int64_t holds(struct record_fixture *t, const char *table, const char *column)
{
    const char *text = arena_format(&t->store.boot,
        "SELECT COUNT(*) FROM %s WHERE lower(CAST(%s AS TEXT)) LIKE '%%zeb%%'"
        " OR CAST(%s AS TEXT) LIKE '%%5550177%%' OR CAST(%s AS TEXT) LIKE '%%5550178%%'",
        table, column, column, column);
    return record_fixture_int(t, text);
}

/* "touch.body inbound.sender ": where something of theirs stands; `tables`: of how many tables. */
static const char *traces(struct record_fixture *t, int *ret_tables)
{
    struct why why = {0};
    struct arena *arena = &t->store.boot;
    const struct sql sql = {"columns", sqlite_columns, postgres_columns};
    struct {
        const char *table, *column;
    } columns[800];
    size_t count = 0;
    DB_ROWS struct db_rows *found = NULL;
    must(db_query(t->store.db, &sql, DB_NO_ARGS, &found, &why), &why);
    for (; db_next(found); count++) {
        assert_true(count < 800);
        columns[count].table = db_col_copy(arena, found, 0);
        columns[count].column = db_col_copy(arena, found, 1);
    }
    must(db_end(&found, &why), &why);
    const char *text = "", *last = "";
    *ret_tables = 0;
    for (size_t i = 0; i < count; i++) {
        if (holds(t, columns[i].table, columns[i].column) == 0)
            continue;
        text = arena_format(arena, "%s%s.%s ", text, columns[i].table, columns[i].column);
        *ret_tables += strcmp(last, columns[i].table) != 0;
        last = columns[i].table;
    }
    return text;
}

/* Every table that names patients, rows or conversations has something of theirs before, so that a
 * new one is not forgotten here. */
static void expect_all_filled(struct record_fixture *t, const char *patient_id)
{
    struct why why = {0};
    struct arena *arena = &t->store.boot;
    static const char *const empty[] = {"record_touched", "erasure", "erasure_key", "search_place"};
    const struct sql sql = {"columns", sqlite_columns, postgres_columns};
    const char *tables[200];
    size_t count = 0;
    DB_ROWS struct db_rows *found = NULL;
    must(db_query(t->store.db, &sql, DB_NO_ARGS, &found, &why), &why);
    while (db_next(found)) {
        bool named = strcmp(db_col_text(found, 1), "patient_id") == 0;
        for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
            named = named && strcmp(db_col_text(found, 0), empty[i]) != 0;
        if (named)
            tables[count++] = db_col_copy(arena, found, 0);
    }
    must(db_end(&found, &why), &why);
    assert_true(count > 20);
    for (size_t i = 0; i < count; i++) {
        const char *text = arena_format(arena,
            "SELECT COUNT(*) FROM %s WHERE patient_id IN ('%s', 'gone')", tables[i], patient_id);
        if (record_fixture_int(t, text) == 0)
            fail_msg("the test has no row of %s: say what an erasure does with it", tables[i]);
    }
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
    fill(&t);
    const char *id = find(&t, "ZEB77");
    expect_all_filled(&t, id);
    (void)traces(&t, &tables);
    assert_true(tables >= 28);
    JSON_AUTO removed = json_object();
    JSON_AUTO emptied = json_object();
    assert_int_equal(erase(&t, id, removed, emptied, true), ERR_NONE);
    assert_string_equal(traces(&t, &tables), "kept_answer.body ");
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM kept_answer"), 1);
    db_fixture_script(&t.store, t.store.db, "DELETE FROM kept_answer");
    expect_clean_pages(&t);
    assert_null(find(&t, "ZEB77"));
    assert_null(find(&t, "+15125550177"));
    assert_null(find(&t, id));
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
    fill(&t);
    const char *id = find(&t, "ZEB77");
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
    assert_non_null(find(&t, "Mia Lee"));
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
    fill(&t);
    JSON_AUTO removed = json_object();
    JSON_AUTO emptied = json_object();
    assert_int_equal(erase(&t, find(&t, "ZEB77"), removed, emptied, true), ERR_NONE);
    put_zeb(&t, "ZEB77");
    assert_int_equal(t.change, RECORD_ERASED);
    put_visit(&t, "ZEBA9", "2025-09-01", "completed", "Main");
    assert_int_equal(t.change, RECORD_ERASED);
    put_mia(&t);
    assert_int_equal(t.change, RECORD_UNCHANGED);
    record_fixture_settle(&t);
    /* Under another id of the booking system: the same birth date and mobile; then its visits. */
    put_zeb(&t, "NEW5");
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
    const char *nora = find(&t, "N9");
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
    const char *zeb = find(&t, "ZEB77");
    must(record_read_contacts(&t.store.boot, t.store.db, 1, &zeb, 1, &points, &count, &why), &why);
    assert_int_equal(count, 1);
    assert_true(points[0].suppressed_marketing);
    record_fixture_close(&t);
}

static void test_erase__waits_for_what_is_under_way(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    fill(&t);
    const char *id = find(&t, "ZEB77");
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
    assert_string_equal(find(&t, "ZEB77"), id);
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
