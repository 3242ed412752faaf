/* person_fixture.h: one patient, Zeb, of whom every table that may name a patient holds something.
 * All that is theirs holds "zeb" or 5550177; Mia shares a phone with them.
 *
 *   struct record_fixture t;
 *   record_fixture_open(&t, postgres);
 *   person_fixture_fill(&t);
 *   const char *id = person_fixture_find(&t, "ZEB77");
 *
 * A new table belongs here: person_fixture_expect_filled fails until it has a row. Include after
 * unit.h. */
#ifndef PERENNIAL_TEST_PERSON_FIXTURE_H
#define PERENNIAL_TEST_PERSON_FIXTURE_H

#include "audit/audit.h"
#include "base/buf.h"
#include "record/edit.h"
#include "record_fixture.h"
#include "search/search.h"

static inline const char *person_fixture_find(struct record_fixture *t, const char *text)
{
    struct why why = {0};
    const char *id = NULL;
    return record_find_patient(&t->store.boot, t->store.db, 1, text, &id, &why) == ERR_NONE ? id
                                                                                            : NULL;
}

static inline void person_fixture_zeb(struct record_fixture *t, const char *record_id)
{
    record_fixture_patient(t, record_id, FIELD_FIRST_NAME, "Zebulon", FIELD_LAST_NAME, "Zebrowski",
        FIELD_PREFERRED_NAME, "Zeb", FIELD_BIRTH_DATE, "1985-03-02", FIELD_MOBILE_PHONE,
        "+15125550177", FIELD_HOME_PHONE, "+15125550111", FIELD_EMAIL_ADDRESS, "zeb@example.com",
        FIELD_ADDRESS, "7 Zebra Way", FIELD_CITY, "Zebtown", FIELD_SMS_CONSENT, "yes",
        FIELD_EMAIL_CONSENT, "yes", FIELD_CONSENT_SOURCE, "zeb signed", FIELD_TAGS, "zeb tag",
        FIELD_EMAIL_UNSUBSCRIBED, "yes", FIELD_MEMBERSHIP_PLAN, "Zeb Glow", FIELD_MAX);
}

static inline void person_fixture_mia(struct record_fixture *t)
{
    record_fixture_patient(t, "M1", FIELD_FIRST_NAME, "Mia", FIELD_LAST_NAME, "Lee",
        FIELD_BIRTH_DATE, "1990-05-05", FIELD_MOBILE_PHONE, "+15125550112", FIELD_HOME_PHONE,
        "+15125550111", FIELD_EMAIL_ADDRESS, "mia@example.com", FIELD_SMS_CONSENT, "yes",
        FIELD_MAX);
}

static inline void person_fixture_visit(struct record_fixture *t, const char *id, const char *day,
    const char *status, const char *location)
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
static const char person_fixture_rows[] =
    "UPDATE patient SET household_id = '{id}' WHERE patient_id = '{id}';"
    "INSERT INTO patient_apart VALUES (1, '{id}', 'zz', 'user:u', 1);"
    "INSERT INTO patient_language VALUES (1, '{id}', 'es', 'zebtongue', 1, 'es', 1);"
    "INSERT INTO patient_pair VALUES (1, '{id}', 'zz');"
    "INSERT INTO patient_merge VALUES (1, 'gone', '{id}', 1);"
    "INSERT INTO patient_part VALUES (1, 'gone', 'tag', 'zeb11 tag', 'zeb12');"
    "INSERT INTO merge_part VALUES (1, 'gone', 'thread', 'x', '+15125550177');"
    "INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address,"
    " patient_id, source, evidence, created_ms) VALUES (1, 'shared', 'voice', 'marketing',"
    " 'opt_out', '+15125550111', '{id}', 'sms', 'zeb13 wants no calls', 1);"
    "INSERT INTO enrollment (practice_id, enrollment_id, patient_id, household_id, playbook,"
    " version, occurrence, arm, state, entered_ms, start_day, exit_detail, next_ms) VALUES"
    " (1, 'e1', '{id}', 'home', 'tox', 'v', 1, 'treat', 'ended', 1, 1, 'zeb14 booked', NULL),"
    " (1, 'e2', '{id}', 'home', 'tox', 'v', 2, 'treat', 'active', 2, 1, NULL, 5);"
    "INSERT INTO enrollment_event VALUES (1, 'e1', 1, 1, 'entered', NULL, NULL,"
    " '{\"name\":\"zeb15\"}');"
    "INSERT INTO not_entered VALUES (1, 'tox', '{id}', 'opted_out', 'zeb16', 1);"
    "INSERT INTO touch (practice_id, touch_id, enrollment_id, patient_id, touch_key, kind, purpose,"
    " state, planned_ms, next_ms, channel, address, subject, body, html, words, body_hash, detail,"
    " link_code, sent_ms, created_ms) VALUES"
    " (1, 't1', 'e1', '{id}', 'remind', 'message', 'marketing', 'sent', 1, NULL, 'sms',"
    "  '+15125550177', 'zeb17', 'Hi Zeb', '<p>zeb18', '{\"text\":\"zeb19\"}', 'hash', 'zeb20',"
    " 'zeblink', 5,"
    "  1),"
    " (1, 't2', NULL, '{id}', 'staff_reply', 'message', 'answer', 'sent', 1, NULL, 'sms',"
    "  '+15125550177', NULL, 'of course zebkin', NULL, NULL, 'hash', NULL, 'zeblink2', 6, 1),"
    " (1, 't3', 'e2', '{id}', 'call', 'task', 'marketing', 'due', 1, 9, 'task', NULL, NULL, NULL,"
    "  NULL, NULL, NULL, NULL, 'zeblink3', NULL, 1),"
    " (1, 't4', NULL, '', 'help', 'message', 'answer', 'sent', 1, NULL, 'sms', '+15125550177',"
    " NULL,"
    "  'zeb21 is nobody yet', NULL, NULL, 'hash', NULL, 'zeblink4', 7, 1);"
    "INSERT INTO attempt (practice_id, attempt_id, touch_id, number, started_ms, outcome)"
    " VALUES (1, 'at1', 't1', 1, 5, 'accepted');"
    "INSERT INTO verdict (practice_id, touch_id, seq, at_ms, answer, detail)"
    " VALUES (1, 't1', 1, 5, 'allow', '{\"consent\":\"k\"}');"
    "INSERT INTO thread (practice_id, thread_id, patient_id, address, state, opened_ms, draft)"
    " VALUES (1, 'th', '{id}', '+15125550177', 'open', 1, 'dear zeb22'),"
    " (1, 'st', NULL, 'zeb@example.com', 'open', 1, NULL);"
    "INSERT INTO inbound (practice_id, inbound_id, channel, provider_id, sender, body, received_ms,"
    " patient_id, thread_id, touch_id, reading, stop, folded_ms) VALUES"
    " (1, 'i1', 'sms', 'zeb23SM1', '+15125550177', 'zebword stop it', 9, '{id}', 'th', 't1',"
    "  '{\"why\":\"zebword\"}', 'yes', 9),"
    " (1, 'i2', 'email', '<zeb@mail>', 'zeb@example.com', 'zebmail', 3, NULL, 'st', NULL, NULL,"
    " 'no',"
    "  3);"
    "INSERT INTO correction VALUES (1, 'co', 'i1', 'price', 'none', 'staff_task', '', '{}',"
    " 'user:u',"
    " 20, 1);"
    "INSERT INTO triage_layer VALUES (1, 'l1', 1, 'older', '{}', 'user:u', 10, NULL),"
    " (1, 'l2', 1, 'zeb24', '{}', 'user:u', 30, NULL);"
    "INSERT INTO note VALUES (1, 'n1', 'th', 'u', 'zebnote', 1);"
    "INSERT INTO staff_reply VALUES (1, 't2', 'th', 'u', 1);"
    "INSERT INTO task (practice_id, task_id, patient_id, kind, role, title, body, state,"
    " created_ms,"
    " due_ms, enrollment_id, inbound_id, note, staff_seconds) VALUES"
    " (1, 'k1', '{id}', 'warm_call', 'front_desk', 'Call Zebulon', '{\"n\":\"zeb25\"}', 'open',"
    " 1, 2,"
    "  'e1', NULL, 'zeb26 is nice', 60),"
    " (1, 'k2', '{id}', 'answer_reply', 'front_desk', 'Answer zeb27', '{}', 'done', 1, 2, NULL,"
    " NULL,"
    "  'zeb28', NULL),"
    " (1, 'k3', NULL, 'answer_reply', 'front_desk', 'Who is zeb29', '{}', 'open', 1, 2, NULL, 'i2',"
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
    " NULL, 'open', 9, 1, 1, '{}');"
    "INSERT INTO waitlist VALUES (1, 'w1', '{id}', 'neurotoxin', '{}', 'zeb30 wants Saturday',"
    " 'reply', 'waiting', NULL, 0, 1, 1, 9, 1, 1);"
    "INSERT INTO waitlist_refused VALUES (1, 'w1', 5);"
    "INSERT INTO model_draft (practice_id, draft_id, inbound_id, state, wanted_ms, text, sources,"
    " prompt, prompt_hash, answer) VALUES (1, 'd1', 'i1', 'ready', 1, 'zeb31', '[\"zeb32\"]',"
    " 'zeb33',"
    " 'hash', 'zeb34');"
    "INSERT INTO kept_answer VALUES (1, 'user:u', 'r1', 'h', 200,"
    " '{\"p\":\"{id}\",\"n\":\"zeb35\"}',"
    " {now}), (1, 'user:u', 'r2', 'h', 200, '{\"id\":\"ZEB7\"}', {now});"
    "INSERT INTO kept_plan VALUES (1, 'kp', 'tox', 'user:u', {now}, '[{\"patient\":\"ZEB77\"}]');";

static inline const char *person_fixture_text(
    struct record_fixture *t, const char *text, const char *id)
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

static inline void person_fixture_fill(struct record_fixture *t)
{
    struct why why = {0};
    record_fixture_begin(t);
    person_fixture_zeb(t, "ZEB77");
    person_fixture_mia(t);
    person_fixture_visit(t, "ZEBA1", "2025-06-01", "completed", "Main");
    person_fixture_visit(t, "ZEBA2", "2025-03-01", "completed", "Main");
    person_fixture_visit(t, "ZEBA3", "2027-03-01", "booked", "North");
    record_fixture_row(t, RECORD_MEMBERSHIP, "ZEBM1", FIELD_PATIENT_ID, "ZEB77", FIELD_STATUS,
        "active", FIELD_MEMBERSHIP_PLAN, "Zeb Glow", FIELD_MAX);
    record_fixture_row(
        t, RECORD_INVOICE, "ZEBI1", FIELD_PATIENT_ID, "ZEB77", FIELD_TOTAL, "100", FIELD_MAX);
    record_fixture_settle(t);
    person_fixture_visit(t, "ZEBA3", "2027-03-01", "confirmed", "North");
    record_fixture_settle(t);
    const char *id = person_fixture_find(t, "ZEB77");
    bool changed;
    record_fixture_begin(t);
    must(edit_person(t->load, id, &(struct edit){FIELD_CITY, "Zebville"}, 1, &changed, &why), &why);
    must(edit_add_address(t->load, id, ADDRESS_WORK, "+15125550178", &why), &why);
    record_fixture_settle(t);
    db_fixture_script(&t->store, t->store.db, person_fixture_text(t, person_fixture_rows, id));
    struct tx tx = db_fixture_begin(&t->store);
    must(search_learn(&t->store.boot, &tx, &why), &why);
    db_fixture_commit(&tx);
}

/* ---- what the store holds ---- */

static const char person_fixture_sqlite[] =
    "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'"
    " AND m.sql NOT LIKE 'CREATE VIRTUAL%' AND m.name NOT LIKE 'sqlite_%'"
    " AND m.name NOT LIKE 'search\\_text%' ESCAPE '\\' AND m.name NOT LIKE 'audit\\_list\\_%'"
    " ESCAPE '\\' ORDER BY 1, 2";
static const char person_fixture_postgres[] =
    "SELECT table_name::text, column_name::text FROM information_schema.columns"
    " WHERE table_schema = current_schema() ORDER BY 1, 2";

enum { COLUMNS_MAX = 1000 };
struct person_column {
    const char *table, *column;
};

/* Every column of every table. */
static inline size_t person_fixture_columns(
    struct record_fixture *t, struct person_column ret_columns[COLUMNS_MAX])
{
    struct why why = {0};
    const struct sql sql = {"columns", person_fixture_sqlite, person_fixture_postgres};
    size_t count = 0;
    DB_ROWS struct db_rows *found = NULL;
    must(db_query(t->store.db, &sql, DB_NO_ARGS, &found, &why), &why);
    for (; db_next(found); count++) {
        assert_true(count < COLUMNS_MAX);
        ret_columns[count].table = db_col_copy(&t->store.boot, found, 0);
        ret_columns[count].column = db_col_copy(&t->store.boot, found, 1);
    }
    must(db_end(&found, &why), &why);
    return count;
}

/* Rows of which that column holds something of theirs: "FROM ... WHERE ...". */
static inline const char *person_fixture_trace(
    struct record_fixture *t, const struct person_column *at)
{
    return arena_format(&t->store.boot,
        "FROM %s WHERE lower(CAST(%s AS TEXT)) LIKE '%%zeb%%'"
        " OR CAST(%s AS TEXT) LIKE '%%5550177%%'"
        " OR CAST(%s AS TEXT) LIKE '%%5550178%%'",
        at->table, at->column, at->column, at->column);
}

/* Every table that names a patient, or a row of theirs, has one of theirs: a new one is not
 * forgotten.
 */
static inline void person_fixture_expect_filled(struct record_fixture *t, const char *patient_id)
{
    static const char *const empty[] = {
        "record_touched", "erasure", "erasure_key", "search_place", "report_outcome"};
    static const char *const ids[] = {"patient_id", "inbound_id", "touch_id", "enrollment_id",
        "thread_id", "appointment_id", "wait_id"};
    struct person_column *columns = ARENA_NEW(&t->store.boot, struct person_column, COLUMNS_MAX);
    size_t count = person_fixture_columns(t, columns), named = 0;
    for (size_t i = 0; i < count; i++) {
        bool names = false, whose = strcmp(columns[i].column, ids[0]) == 0;
        for (size_t j = 0; j < sizeof ids / sizeof ids[0]; j++)
            names = names || strcmp(columns[i].column, ids[j]) == 0;
        for (size_t j = 0; j < sizeof empty / sizeof empty[0]; j++)
            names = names && strcmp(columns[i].table, empty[j]) != 0;
        if (!names)
            continue;
        named++;
        const char *text = arena_format(&t->store.boot, "SELECT COUNT(*) FROM %s%s%s%s",
            columns[i].table, whose ? " WHERE patient_id IN ('gone', '" : "",
            whose ? patient_id : "", whose ? "')" : "");
        if (record_fixture_int(t, text) == 0)
            fail_msg("person_fixture.h has no row of %s: what do export and erase do with it?",
                columns[i].table);
    }
    assert_true(named > 50);
}

#endif
