/* record_test.c: who is one person, what stays forbidden, and when somebody is due. */
#include "unit.h"

#include "record_fixture.h"

#define RUNS_ON(state) (*(const bool *)*(state))

#define ANN FIELD_FIRST_NAME, "Ann", FIELD_LAST_NAME, "Lee", FIELD_BIRTH_DATE, "1985-03-02"

static void test_record_put__same_row_twice_changes_nothing(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    for (int turn = 0; turn < 2; turn++) {
        record_fixture_patient(&t, "P1", ANN, FIELD_MOBILE_PHONE, "+15125550111", FIELD_SMS_CONSENT,
            "yes", FIELD_TAGS, "VIP\nwants Saturdays", FIELD_MAX);
        assert_int_equal(t.change, turn == 0 ? RECORD_CREATED : RECORD_UNCHANGED);
        record_fixture_visit(&t, "A1", "P1", "2025-09-01", "Botox", "completed");
        assert_int_equal(t.change, turn == 0 ? RECORD_CREATED : RECORD_UNCHANGED);
        record_fixture_settle(&t);
        assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM audit"), 1);
        assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient"), 1);
        assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM contact_point"), 2);
        assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM consent"), 1);
        assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM tag"), 2);
        assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM clock"), 1);
        assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM record_seen"), 0);
        assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM record_touched"), 0);
    }
    record_fixture_close(&t);
}

static void test_record_settle__folds_records_of_one_person(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_MOBILE_PHONE, "+15125550111", FIELD_MAX);
    record_fixture_patient(&t, "P2", FIELD_FIRST_NAME, "Annie", FIELD_LAST_NAME, "L.",
        FIELD_BIRTH_DATE, "1985-03-02", FIELD_MOBILE_PHONE, "+15125550111", FIELD_EMAIL_ADDRESS,
        "ann@example.com", FIELD_SMS_OPT_OUT, "yes", FIELD_MAX);
    record_fixture_patient(&t, "P3", FIELD_FIRST_NAME, "Bo", FIELD_LAST_NAME, "Lee",
        FIELD_BIRTH_DATE, "2015-01-01", FIELD_MOBILE_PHONE, "+15125550111", FIELD_MAX);
    record_fixture_visit(&t, "A1", "P2", "2025-09-01", "Botox", "completed");
    record_fixture_settle(&t);
    assert_int_equal(t.duplicates, 1);
    assert_int_equal(t.shared, 1);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient"), 2);
    assert_int_equal(
        record_fixture_int(&t,
            "SELECT COUNT(*) FROM patient WHERE "
            "external_id = 'P1' AND first_name = 'Ann' AND sms_stopped = 1 AND visits = 1"),
        1);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(DISTINCT household_id) FROM patient"), 1);
    struct contact_point *points = NULL;
    size_t count = 0;
    struct why why = {0};
    const char *child = NULL;
    must(record_find_patient(&t.store.boot, t.store.db, 1, "P3", &child, &why), &why);
    must(
        record_read_contacts(&t.store.boot, t.store.db, 1, &child, 1, &points, &count, &why), &why);
    assert_int_equal(count, 2);
    assert_true(points[0].channel == CHANNEL_SMS && points[0].suppressed_all);
    assert_false(points[1].suppressed_marketing);
    record_fixture_close(&t);
}

static void test_record_settle__merges_patients_that_a_later_record_bridges(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(
        &t, "P1", ANN, FIELD_MOBILE_PHONE, "+15125550111", FIELD_SMS_CONSENT, "yes", FIELD_MAX);
    record_fixture_patient(&t, "P2", FIELD_FIRST_NAME, "Annie", FIELD_LAST_NAME, "Li",
        FIELD_BIRTH_DATE, "1985-03-02", FIELD_EMAIL_ADDRESS, "a@example.com",
        FIELD_MARKETING_OPT_OUT, "yes", FIELD_MAX);
    record_fixture_visit(&t, "A1", "P1", "2025-06-01", "Botox", "completed");
    record_fixture_visit(&t, "A2", "P2", "2025-09-01", "Dysport", "completed");
    record_fixture_settle(&t);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient"), 2);
    record_fixture_patient(&t, "P3", FIELD_FIRST_NAME, "A", FIELD_LAST_NAME, "Lee-Li",
        FIELD_BIRTH_DATE, "1985-03-02", FIELD_EMAIL_ADDRESS, "a@example.com", FIELD_MOBILE_PHONE,
        "+15125550111", FIELD_MAX);
    record_fixture_settle(&t);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient"), 1);
    assert_int_equal(
        record_fixture_int(&t,
            "SELECT COUNT(*) FROM patient WHERE external_id = 'P1' AND do_not_contact = 1"
            " AND visits = 2 AND ltv_cents = 40000"),
        1);
    assert_int_equal(record_fixture_int(&t,
                         "SELECT COUNT(*) FROM clock WHERE service = 'neurotoxin' AND visits = 2"),
        1);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM clock"), 1);
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM consent WHERE revoked_ms IS NULL"), 0);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient_merge"), 1);
    struct why why = {0};
    const char *one = NULL, *two = NULL;
    must(record_find_patient(&t.store.boot, t.store.db, 1, "P2", &one, &why), &why);
    must(record_find_patient(&t.store.boot, t.store.db, 1, "+15125550111", &two, &why), &why);
    assert_string_equal(one, two);
    record_fixture_close(&t);
}

static void test_record_settle__keeps_opt_outs_through_later_imports(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_MOBILE_PHONE, "+15125550111",
        FIELD_MARKETING_OPT_OUT, "yes", FIELD_SMS_OPT_OUT, "yes", FIELD_SMS_CONSENT, "yes",
        FIELD_MAX);
    record_fixture_settle(&t);
    record_fixture_patient(&t, "P1", ANN, FIELD_MOBILE_PHONE, "+15125550122",
        FIELD_MARKETING_OPT_OUT, "no", FIELD_SMS_CONSENT, "yes", FIELD_MAX);
    assert_int_equal(t.change, RECORD_UPDATED);
    record_fixture_settle(&t);
    assert_int_equal(
        record_fixture_int(
            &t, "SELECT COUNT(*) FROM patient WHERE do_not_contact = 1 AND sms_stopped = 1"),
        1);
    assert_int_equal(record_fixture_int(&t,
                         "SELECT COUNT(*) FROM suppression"
                         " WHERE address = '+15125550122' AND lifted_ms IS NULL"),
        2);
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM contact_point WHERE current = 0"), 2);
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM consent WHERE revoked_ms IS NULL"), 0);
    record_fixture_close(&t);
}

static void test_record_settle__a_no_revokes_and_an_older_yes_does_not_return(void **state)
{
    static const char *const steps[][3] = {
        /* answer, signed on, live consents after */
        {"yes", "2025-01-01", "1"},
        {"no", "2025-01-01", "0"},
        {"yes", "2025-01-01", "0"},
        {"yes", "2026-02-01", "1"},
        {NULL, NULL, "1"},
    };
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        record_fixture_patient(&t, "P1", ANN, FIELD_EMAIL_CONSENT, steps[i][0], FIELD_CONSENT_ON,
            steps[i][1], FIELD_MAX);
        record_fixture_settle(&t);
        assert_int_equal(
            record_fixture_int(
                &t, "SELECT COUNT(*) FROM consent WHERE channel = 'email' AND revoked_ms IS NULL"),
            steps[i][2][0] - '0');
    }
    record_fixture_close(&t);
}

static void test_record_settle__a_signed_form_makes_consent_written(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    for (int turn = 0; turn < 2; turn++) {
        record_fixture_patient(&t, "P1", ANN, FIELD_SMS_CONSENT, "yes", FIELD_MAX);
        assert_int_equal(t.change, turn == 0 ? RECORD_CREATED : RECORD_UPDATED);
        record_fixture_settle(&t);
        assert_int_equal(record_fixture_int(&t,
                             "SELECT COUNT(*) FROM consent"
                             " WHERE class = 'written' AND evidence_hash IS NOT NULL"),
            turn);
        t.practice.consent_form_name = "form.txt";
        practice_set_consent_form(&t.store.boot, &t.practice, "I agree to texts ...");
    }
    record_fixture_close(&t);
}

static void test_record_settle__counts_completed_visits_in_local_days(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_MAX);
    record_fixture_visit(&t, "A1", "P1", "2025-03-08", "Botox Touch-Up", "completed");
    record_fixture_visit(&t, "A2", "P1", "2025-09-01", "Dysport", "no_show");
    record_fixture_visit(&t, "A3", "P1", "2025-10-01", "Dysport", "cancelled");
    /* 23:30 in Chicago on the 9th of March is the 10th in UTC; the clocks changed that night. */
    record_fixture_row(&t, RECORD_APPOINTMENT, "A4", FIELD_PATIENT_ID, "P1", FIELD_START,
        "1741581000000", FIELD_SERVICE, "tox", FIELD_STATUS, "completed", FIELD_MAX);
    record_fixture_settle(&t);
    struct day day;
    assert_int_equal(day_parse("2025-03-09", &day, NULL), ERR_NONE);
    assert_int_equal(record_fixture_int(&t, "SELECT last_day FROM clock"), day.n);
    assert_int_equal(record_fixture_int(&t, "SELECT due_day FROM clock"), day.n + 100);
    assert_int_equal(record_fixture_int(&t, "SELECT lost_day FROM clock"), day.n + 180);
    record_fixture_visit(&t, "A4", "P1", "2025-03-09", "tox", "no_show");
    record_fixture_settle(&t);
    assert_int_equal(record_fixture_int(&t, "SELECT last_day FROM clock"), day.n - 1);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM appointment_change"), 1);
    record_fixture_close(&t);
}

static void test_record_settle__series_and_members_have_their_own_clocks(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_MAX);
    const char *const starts[] = {"1751385600000", "1754064000000"}; /* 1 July, 1 August 2025 */
    for (int i = 0; i < 2; i++) {
        record_fixture_row(&t, RECORD_APPOINTMENT, i ? "L2" : "L1", FIELD_PATIENT_ID, "P1",
            FIELD_START, starts[i], FIELD_SERVICE, "Laser Hair Removal", FIELD_STATUS, "completed",
            FIELD_SERIES_ID, "S1", FIELD_SERIES_TOTAL, "2", FIELD_MAX);
        record_fixture_row(&t, RECORD_MEMBERSHIP, "M1", FIELD_PATIENT_ID, "P1",
            FIELD_MEMBERSHIP_STATUS, i ? "ended" : "active", FIELD_MAX);
        record_fixture_settle(&t);
        assert_int_equal(
            record_fixture_int(&t,
                "SELECT COUNT(*) FROM clock WHERE service = 'laser_ipl' AND due_day IS NOT NULL"),
            i);
        assert_int_equal(
            record_fixture_int(&t, "SELECT series_done FROM clock WHERE service = 'laser_ipl'"),
            i + 1);
        assert_int_equal(
            record_fixture_int(&t, "SELECT COUNT(*) FROM clock WHERE service = 'membership'"),
            1 - i);
    }
    record_fixture_close(&t);
}

static void test_record_put__a_price_list_names_the_service(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_MAX);
    record_fixture_visit(&t, "A1", "P1", "2025-09-01", "Forehead Refresh", "completed");
    record_fixture_settle(&t);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM clock"), 0);
    record_fixture_row(&t, RECORD_SERVICE, "S1", FIELD_SERVICE, "Forehead  refresh",
        FIELD_SERVICE_CATEGORY, "Neurotoxin", FIELD_MAX);
    record_fixture_settle(&t);
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM clock WHERE service = 'neurotoxin'"), 1);
    struct why why = {0};
    t.clocks.count = 1;
    record_fixture_begin(&t);
    const struct record_rebuild rebuild = {&t.practice, &t.clocks, ""};
    const char *const *ids = NULL;
    size_t count = 0;
    must(record_rebuild_clocks(&t.store.boot, &t.tx, &rebuild, &ids, &count, &why), &why);
    assert_int_equal(count, 1);
    must(db_commit(&t.tx, &why), &why);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM clock"), 1);
    record_fixture_close(&t);
}

static void test_record_lift__start_gives_back_what_stop_took(void **state)
{
    struct record_fixture t;
    struct why why = {0};
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_MOBILE_PHONE, "+15125550111", FIELD_SMS_CONSENT,
        "yes", FIELD_EMAIL_ADDRESS, "a@example.com", FIELD_EMAIL_CONSENT, "yes", FIELD_MAX);
    record_fixture_settle(&t);
    const char *id = NULL;
    must(record_find_patient(&t.store.boot, t.store.db, 1, "Ann Lee", &id, &why), &why);
    const struct suppression_act act = {.channel = CHANNEL_SMS,
        .every_channel = true,
        .reason = "opt_out",
        .address = "+15125550111",
        .patient_id = id,
        .source = "sms"};
    bool is_new = false, lifted = false;
    struct tx tx = db_fixture_begin(&t.store);
    must(record_suppress(&tx, t.store.key, &act, &is_new, &why), &why);
    assert_true(is_new);
    must(record_suppress(&tx, t.store.key, &act, &is_new, &why), &why);
    assert_false(is_new);
    db_fixture_commit(&tx);
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM consent WHERE revoked_ms IS NULL"), 0);
    tx = db_fixture_begin(&t.store);
    must(record_lift_opt_out(
             &tx, t.store.key, CHANNEL_SMS, "+15125550111", "sms", "START", &lifted, &why),
        &why);
    db_fixture_commit(&tx);
    assert_true(lifted);
    assert_int_equal(
        record_fixture_int(
            &t, "SELECT COUNT(*) FROM consent WHERE channel = 'sms' AND revoked_ms IS NULL"),
        1);
    assert_int_equal(
        record_fixture_int(
            &t, "SELECT COUNT(*) FROM consent WHERE channel = 'email' AND revoked_ms IS NULL"),
        0);
    struct contact_point *points = NULL;
    size_t count = 0;
    must(record_read_contacts(&t.store.boot, t.store.db, 1, &id, 1, &points, &count, &why), &why);
    assert_int_equal(count, 3);
    assert_false(points[0].suppressed_all);
    assert_true(points[1].suppressed_all && points[2].suppressed_all);
    record_fixture_close(&t);
}

static void test_record_suppress__a_stop_of_one_channel_is_widened_and_never_narrowed(void **state)
{
    static const struct {
        bool one_channel, is_new, keeps;
        int64_t widened;
    } steps[] = {{true, true, true, 0}, {true, false, true, 0}, {false, true, false, 1},
        {true, false, false, 1}, {false, false, false, 1}};
    struct record_fixture t;
    struct why why = {0};
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_MOBILE_PHONE, "+15125550111", FIELD_MAX);
    record_fixture_settle(&t);
    const char *id = NULL;
    must(record_find_patient(&t.store.boot, t.store.db, 1, "Ann Lee", &id, &why), &why);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const struct suppression_act act = {.channel = CHANNEL_VOICE,
            .one_channel = steps[i].one_channel,
            .reason = "opt_out",
            .address = "+15125550111",
            .patient_id = id,
            .source = "sms"};
        bool is_new = false, keeps = false;
        struct tx tx = db_fixture_begin(&t.store);
        must(record_suppress(&tx, t.store.key, &act, &is_new, &why), &why);
        db_fixture_commit(&tx);
        must(record_keeps_a_channel(t.store.db, 1, id, &keeps, &why), &why);
        assert_true(is_new == steps[i].is_new && keeps == steps[i].keeps);
        assert_int_equal(
            record_fixture_int(&t, "SELECT COUNT(*) FROM suppression WHERE widened_ms IS NOT NULL"),
            steps[i].widened);
    }
    record_fixture_close(&t);
}

static void test_record_settle__an_old_opt_out_does_not_undo_a_start(void **state)
{
    static const char *const steps[][2] = {
        /* the booking system's flag, texts stopped after */
        {"yes", "1"},
        {"start", "0"},
        {"yes", "0"},
        {"no", "0"},
        {"yes", "1"},
    };
    struct record_fixture t;
    struct why why = {0};
    record_fixture_open(&t, RUNS_ON(state));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (strcmp(steps[i][0], "start") == 0) {
            bool lifted = false;
            struct tx tx = db_fixture_begin(&t.store);
            must(record_lift_opt_out(
                     &tx, t.store.key, CHANNEL_SMS, "+15125550111", "sms", "START", &lifted, &why),
                &why);
            db_fixture_commit(&tx);
            assert_true(lifted);
        } else {
            record_fixture_patient(&t, "P1", ANN, FIELD_MOBILE_PHONE, "+15125550111",
                FIELD_SMS_CONSENT, "yes", FIELD_SMS_OPT_OUT, steps[i][0], FIELD_LOYALTY_POINTS,
                i % 2 ? "1" : "2", FIELD_MAX);
            record_fixture_settle(&t);
        }
        int stopped = steps[i][1][0] - '0';
        assert_int_equal(record_fixture_int(&t, "SELECT sms_stopped FROM patient"), stopped);
        assert_int_equal(
            record_fixture_int(&t, "SELECT COUNT(*) FROM suppression WHERE lifted_ms IS NULL"),
            stopped);
        assert_int_equal(
            record_fixture_int(&t, "SELECT COUNT(*) FROM consent WHERE revoked_ms IS NULL"),
            1 - stopped);
    }
    record_fixture_close(&t);
}

static void test_record_give__a_permission_stands_once_and_is_renewed(void **state)
{
    struct record_fixture t;
    struct why why = {0};
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_MAX);
    record_fixture_settle(&t);
    struct consent consent = {.channel = CHANNEL_SMS,
        .marketing = true,
        .written = true,
        .source = "page",
        .evidence = "I agree to texts"};
    must(record_find_patient(&t.store.boot, t.store.db, 1, "P1", &consent.patient_id, &why), &why);
    for (int turn = 0; turn < 2; turn++) {
        struct tx tx = db_fixture_begin(&t.store);
        consent.given = day_of(2026, 1, 1 + turn);
        must(record_give_consent(&tx, &consent, &why), &why);
        must(record_set_preferred_channel(&tx, consent.patient_id, CHANNEL_EMAIL, &why), &why);
        must(record_pause(&tx, consent.patient_id, day_of(2026, 6, 1), false, "page", &why), &why);
        db_fixture_commit(&tx);
    }
    struct consent *live = NULL;
    struct patient *patients = NULL;
    size_t count = 0;
    must(record_read_consents(
             &t.store.boot, t.store.db, 1, &consent.patient_id, 1, &live, &count, &why),
        &why);
    assert_int_equal(count, 1);
    assert_true(live[0].written && live[0].given.n == day_of(2026, 1, 2).n);
    must(record_read_patients(
             &t.store.boot, t.store.db, 1, &consent.patient_id, 1, &patients, &count, &why),
        &why);
    assert_int_equal(count, 1);
    assert_string_equal(patients[0].preferred_channel, "email");
    assert_int_equal(patients[0].paused_until.n, day_of(2026, 6, 1).n);
    struct tx tx = db_fixture_begin(&t.store);
    assert_int_equal(
        record_pause(&tx, "nobody", (struct day){DAY_NONE}, true, "page", &why), ERR_NOT_FOUND);
    db_rollback(&tx);
    record_fixture_close(&t);
}

static void test_record_find__names_all_who_answer(void **state)
{
    struct record_fixture t;
    struct why why = {0};
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_MAX);
    record_fixture_patient(&t, "P2", FIELD_FIRST_NAME, "Ann", FIELD_LAST_NAME, "Lee",
        FIELD_BIRTH_DATE, "1990-01-01", FIELD_MAX);
    record_fixture_settle(&t);
    const char *id = NULL;
    assert_int_equal(
        record_find_patient(&t.store.boot, t.store.db, 1, "ann lee", &id, &why), ERR_CONFLICT);
    assert_non_null(strstr(why.message, "P1, P2"));
    why = (struct why){0};
    assert_int_equal(
        record_find_patient(&t.store.boot, t.store.db, 1, "nobody", &id, &why), ERR_NOT_FOUND);
    record_fixture_close(&t);
}

static void test_record_percentiles__rank_completed_money(void **state)
{
    struct record_fixture t;
    struct why why = {0};
    record_fixture_open(&t, RUNS_ON(state));
    static const char *const ids[] = {"P1", "P2", "P3", "P4", "P5"};
    for (size_t i = 0; i < 5; i++) {
        record_fixture_patient(&t, ids[i], FIELD_FIRST_NAME, "A", FIELD_MAX);
        for (size_t j = 0; j < i; j++)
            record_fixture_visit(&t, arena_format(&t.store.boot, "A%zu-%zu", i, j), ids[i],
                "2025-09-01", "Botox", "completed");
    }
    record_fixture_settle(&t);
    struct tx tx = db_fixture_begin(&t.store);
    must(record_refresh_percentiles(&tx, &why), &why);
    db_fixture_commit(&tx);
    assert_int_equal(
        record_fixture_int(&t, "SELECT ltv_percentile FROM patient WHERE external_id = 'P5'"), 100);
    assert_int_equal(
        record_fixture_int(&t, "SELECT ltv_percentile FROM patient WHERE external_id = 'P3'"), 33);
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM patient WHERE ltv_percentile IS NULL"), 1);
    record_fixture_close(&t);
}

/* Many, with ties, against the rank as SQL has it. */
static void test_record_percentiles__are_the_rank_among_all(void **state)
{
    struct record_fixture t;
    struct why why = {0};
    record_fixture_open(&t, RUNS_ON(state));
    struct tx tx = db_fixture_begin(&t.store);
    must(db_script(&tx,
             "INSERT INTO patient (practice_id, patient_id, external_id, household_id, visits,"
             " ltv_cents, ltv_percentile, created_ms, updated_ms) WITH RECURSIVE n(n) AS (SELECT 0"
             " UNION ALL SELECT n + 1 FROM n WHERE n < 4999) SELECT 1, 'p' || n, 'P' || n,"
             " 'h' || n, n % 7, n * 7919 % 257 * 100, n % 101, 1, 1 FROM n",
             &why),
        &why);
    must(record_refresh_percentiles(&tx, &why), &why);
    db_fixture_commit(&tx);
    assert_int_equal(
        record_fixture_int(&t,
            "SELECT COUNT(*) FROM patient p JOIN (SELECT patient_id, (RANK() OVER (ORDER BY"
            " ltv_cents) - 1) * 100 / (COUNT(*) OVER () - 1) AS percentile FROM patient WHERE"
            " visits > 0) r ON r.patient_id = p.patient_id AND r.percentile = p.ltv_percentile"),
        record_fixture_int(&t, "SELECT COUNT(*) FROM patient WHERE visits > 0"));
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient WHERE visits > 0"), 4285);
    record_fixture_close(&t);
}

static const char *preferred(struct record_fixture *t)
{
    struct why why = {0};
    struct preference *list = NULL;
    size_t count = 0;
    const char *id = NULL;
    must(record_find_patient(&t->store.boot, t->store.db, 1, "P1", &id, &why), &why);
    must(
        record_read_preferences(&t->store.boot, t->store.db, 1, &id, 1, &list, &count, &why), &why);
    return count ? arena_format(
               &t->store.boot, "%s by %s", channel_kind_name(list[0].channel), list[0].source)
                 : "none";
}

static void say(struct record_fixture *t, const char *tag, const char *other, const char *source)
{
    struct why why = {0};
    const char *id = NULL;
    must(record_find_patient(&t->store.boot, t->store.db, 1, "P1", &id, &why), &why);
    record_fixture_begin(t);
    must(record_tag(&t->tx, id, tag, source, &why), &why);
    if (other)
        must(record_tag(&t->tx, id, other, source, &why), &why);
    record_fixture_settle(t);
}

static void test_record_preferences__the_newest_word_counts(void **state)
{
    struct record_fixture t;
    struct why why = {0};
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_MAX);
    record_fixture_settle(&t);
    assert_string_equal(preferred(&t), "none");
    say(&t, "prefers_email", NULL, "reply");
    assert_string_equal(preferred(&t), "email by reply");
    /* An export that comes later is no newer word. */
    record_fixture_patient(&t, "P1", ANN, FIELD_TAGS, "prefers_call\nprefers_email", FIELD_MAX);
    record_fixture_settle(&t);
    assert_string_equal(preferred(&t), "email by reply");
    say(&t, "prefers_sms", NULL, "user:u");
    assert_string_equal(preferred(&t), "sms by user:u");
    say(&t, "prefers_email", NULL, "reply");
    assert_string_equal(preferred(&t), "email by reply");
    say(&t, "prefers_sms", "prefers_email", "reply");
    assert_string_equal(preferred(&t), "none");
    const char *id = NULL;
    must(record_find_patient(&t.store.boot, t.store.db, 1, "P1", &id, &why), &why);
    record_fixture_begin(&t);
    t.tx.actor = "patient";
    must(record_set_preferred_channel(&t.tx, id, CHANNEL_VOICE, &why), &why);
    record_fixture_settle(&t);
    assert_string_equal(preferred(&t), "voice by patient");
    record_fixture_close(&t);
}

int main(void)
{
    static const struct db_test tests[] = {
        DB_TEST(test_record_put__same_row_twice_changes_nothing),
        DB_TEST(test_record_settle__folds_records_of_one_person),
        DB_TEST(test_record_settle__merges_patients_that_a_later_record_bridges),
        DB_TEST(test_record_settle__keeps_opt_outs_through_later_imports),
        DB_TEST(test_record_settle__a_no_revokes_and_an_older_yes_does_not_return),
        DB_TEST(test_record_settle__a_signed_form_makes_consent_written),
        DB_TEST(test_record_settle__counts_completed_visits_in_local_days),
        DB_TEST(test_record_settle__series_and_members_have_their_own_clocks),
        DB_TEST(test_record_put__a_price_list_names_the_service),
        DB_TEST(test_record_lift__start_gives_back_what_stop_took),
        DB_TEST(test_record_suppress__a_stop_of_one_channel_is_widened_and_never_narrowed),
        DB_TEST(test_record_settle__an_old_opt_out_does_not_undo_a_start),
        DB_TEST(test_record_give__a_permission_stands_once_and_is_renewed),
        DB_TEST(test_record_find__names_all_who_answer),
        DB_TEST(test_record_preferences__the_newest_word_counts),
        DB_TEST(test_record_percentiles__rank_completed_money),
        DB_TEST(test_record_percentiles__are_the_rank_among_all),
    };
    struct CMUnitTest all[2 * sizeof tests / sizeof tests[0]];
    db_fixture_tests(tests, sizeof tests / sizeof tests[0], all);
    return cmocka_run_group_tests(all, NULL, NULL);
}
