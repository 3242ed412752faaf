/* gate_load_test.c: what the gate reads from the store, on both databases. */
#include "unit.h"

#include "db_fixture.h"
#include "env/env.h"
#include "gate/gate_int.h"

#define NOW INT64_C(1773154800000) /* 2026-03-10T15:00:00Z */

static const char people[] =
    "INSERT INTO patient (practice_id, patient_id, external_id, first_name, birth_day, state, zip, "
    "household_id, last_visit_day, phi_authorized, created_ms, updated_ms) VALUES "
    "(1, 'ana', 'P1', 'Ana', 7000, 'TX', '78701', 'home', 20410, 1, 0, 0), "
    "(1, 'ben', 'P2', 'Ben', 7000, 'TX', '78701', 'home', 20410, 0, 0, 0), "
    "(1, 'cai', 'P3', 'Cai', 7000, NULL, NULL, 'flat', NULL, 0, 0, 0), "
    "(2, 'dan', 'P4', 'Dan', 7000, NULL, NULL, 'home', NULL, 0, 0, 0);"
    "INSERT INTO contact_point (practice_id, patient_id, channel, address, source, rank, "
    "created_ms) VALUES (1, 'ana', 'sms', '+15125550100', 'mobile', 0, 0), "
    "(1, 'ana', 'email', 'ana@example.com', 'email', 0, 0), "
    "(1, 'ana', 'voice', '+15125550100', 'mobile', 0, 0), "
    "(1, 'cai', 'sms', '+13035550100', 'mobile', 0, 0);"
    "INSERT INTO consent (practice_id, consent_id, patient_id, channel, purpose, class, given_day, "
    "source, recorded_ms) VALUES "
    "(1, 'c1', 'ana', 'sms', 'marketing', 'written', 20400, 'import:x', 0), "
    "(1, 'c2', 'ana', 'email', 'marketing', 'express', 20400, 'import:x', 0);"
    "INSERT INTO patient_record (practice_id, record_id, patient_id, ordinal, fields, row_hash, "
    "file, first_seen_ms, changed_ms) VALUES "
    "(1, 'P2', 'ben', 1, '{\"patient_id\":\"P2\",\"voice_consent\":\"no\"}', 'x', 'p.csv', 0, 0);"
    "INSERT INTO import_run (practice_id, import_id, at_ms, file, kind, sha256, rows_read, "
    "created, updated, unchanged, rejected, warnings) VALUES "
    "(1, 'i1', 1773100000000, 'a.csv', 'jane.appointments', '', 1, 1, 0, 0, 0, 0), "
    "(1, 'i2', 1773154000000, 'p.csv', 'jane.patients', '', 1, 1, 0, 0, 0, 0);";

/* A text to Ben five days ago, one in flight to Ana, a call for her, and what does not count: an
 * answer, a failure, another practice's. */
static const char touches[] =
    "INSERT INTO touch (practice_id, touch_id, patient_id, touch_key, kind, purpose, state, "
    "planned_ms, next_ms, channel, body, sent_ms, ended_ms, created_ms) VALUES "
    "(1, 't1', 'ben', 'a', 'message', 'marketing', 'sent', 1772700000000, NULL, 'sms', "
    "'x Reply STOP to opt out', 1772722800000, 1772722800000, 0), "
    "(1, 't2', 'ana', 'b', 'message', 'marketing', 'sending', 1773150000000, 1773155000000, "
    "'email', 'x', NULL, NULL, 0), "
    "(1, 't3', 'ana', 'c', 'task', 'marketing', 'done', 1773140000000, NULL, 'task', NULL, NULL, "
    "1773141000000, 0), "
    "(1, 't4', 'ana', 'd', 'message', 'answer', 'sent', 1773150000000, NULL, 'sms', 'x', "
    "1773150000000, NULL, 0), "
    "(1, 't5', 'ana', 'e', 'message', 'marketing', 'failed', 1773150000000, NULL, 'sms', 'x', "
    "NULL, 1773150000000, 0), "
    "(2, 't6', 'dan', 'f', 'message', 'marketing', 'sent', 1773150000000, NULL, 'sms', 'x', "
    "1773150000000, NULL, 0);"
    "INSERT INTO attempt (practice_id, attempt_id, touch_id, number, started_ms, outcome) VALUES "
    "(1, 'x1', 't2', 1, 1773154700000, 'open');"
    "INSERT INTO inbound (practice_id, inbound_id, channel, provider_id, sender, body, "
    "received_ms, patient_id) VALUES "
    "(1, 'n1', 'sms', 's1', '+15125550100', 'hi', 1773000000000, 'ana'), "
    "(1, 'n2', 'sms', 's2', '+15125550100', 'hello', 1773000000001, 'ana');"
    "INSERT INTO playbook_state (practice_id, playbook, state, since_ms) VALUES "
    "(1, 'p', 'pilot', 0);";

static void test_gate_load__reads_all_that_the_rules_need(void **state)
{
    static const char *const ids[] = {"ana", "ben", "cai", "nobody"};
    struct db_fixture fixture;
    struct env env;
    struct zones zones;
    struct practice practice = {.practice_id = 1,
        .name = "Lumen",
        .send_from_minute = 600,
        .marketing_per_day_max = 1,
        .sends_per_day_max = 5,
        .calls_per_day_max = 5,
        .booking_data_age_ms_max = 48 * MS_PER_HOUR,
        .dnc_imported = {DAY_NONE}};
    struct gate *gate;
    struct gate_batch *batch;
    struct why why = {0};
    const struct past_send *send;
    size_t marketing = 0, count = 0;

    db_fixture_open(&fixture, *(bool *)*state);
    db_fixture_migrate(&fixture);
    db_fixture_script(&fixture, fixture.db, people);
    db_fixture_script(&fixture, fixture.db, touches);
    must(env_os_open(&fixture.boot, &env, &why), &why);
    zones_init(&zones, &fixture.boot, env_zone_load, &env.file);
    must(zones_find(&zones, "America/Chicago", &practice.zone, &why), &why);
    must(gate_open(&fixture.boot, &practice, &zones, &gate, &why), &why);
    must(gate_load(&fixture.boot, fixture.db, gate, (struct instant){NOW}, ids, 4, &batch, &why),
        &why);

    assert_string_equal(gate_patient(batch, "ana")->first_name, "Ana");
    assert_null(gate_patient(batch, "nobody"));
    assert_null(gate_patient(batch, "dan"));
    assert_string_equal(gate_contact(batch, "ana", CHANNEL_EMAIL)->address, "ana@example.com");
    assert_string_equal(gate_contact(batch, "ana", CHANNEL_TASK)->address, "+15125550100");
    assert_null(gate_contact(batch, "ben", CHANNEL_SMS));
    assert_string_equal(zone_name(gate_zone(batch, "ana")), "America/Chicago");
    assert_string_equal(zone_name(gate_zone(batch, "cai")), "America/Denver");
    assert_int_equal(batch_person(batch, "ana")->consent_count, 2);
    assert_int_equal(batch_person(batch, "ben")->consent_count, 0);
    assert_int_equal(batch_person(batch, "ana")->last_reply.ms, 1773000000001);
    assert_true(batch_person(batch, "ben")->calls_refused);
    assert_false(batch_person(batch, "ana")->calls_refused);
    assert_ptr_equal(batch_person(batch, "ana")->household, batch_person(batch, "ben")->household);
    for (send = batch_person(batch, "ana")->household->sends; send; send = send->next) {
        marketing += send->marketing;
        count++;
        if (send->channel == CHANNEL_EMAIL)
            assert_int_equal(send->at.ms, 1773154700000);
    }
    assert_int_equal(count, 4);
    assert_int_equal(marketing, 3);
    assert_true(gate_stop_disclosed(batch, "ben", (struct instant){NOW}));
    assert_false(gate_stop_disclosed(batch, "ana", (struct instant){NOW}));
    assert_int_equal(batch->booking_data.ms, 1773100000000);
    assert_int_equal(batch->days->sends, 1);
    assert_int_equal(batch->days->calls, 1);
    assert_int_equal(batch->playbook_count, 1);
    env_os_close(&env);
    db_fixture_close(&fixture);
}

int main(void)
{
    const struct db_test tests[] = {
        DB_TEST(test_gate_load__reads_all_that_the_rules_need),
    };
    struct CMUnitTest list[2];

    (void)db_fixture_tests(tests, 1, list);
    return cmocka_run_group_tests(list, NULL, NULL);
}
