/* edit_test.c: what colleagues change by hand, and what an import makes of it. */
#include "unit.h"

#include "record/edit.h"
#include "record/language.h"
#include "record_fixture.h"

#define RUNS_ON(state) (*(const bool *)*(state))

#define ANN FIELD_FIRST_NAME, "Ann", FIELD_LAST_NAME, "Lee", FIELD_BIRTH_DATE, "1985-03-02"

static const char *find(struct record_fixture *t, const char *text)
{
    struct why why = {0};
    const char *id = NULL;
    must(record_find_patient(&t->store.boot, t->store.db, 1, text, &id, &why), &why);
    return id;
}

static struct patient patient(struct record_fixture *t, const char *text)
{
    struct why why = {0};
    struct patient *patients = NULL;
    size_t count = 0;
    const char *id = find(t, text);
    must(record_read_patients(&t->store.boot, t->store.db, 1, &id, 1, &patients, &count, &why),
        &why);
    assert_int_equal(count, 1);
    return patients[0];
}

/* One edit and its fold, as the API does it. */
static enum err change(
    struct record_fixture *t, const char *who, enum record_field field, const char *value)
{
    struct why why = {0};
    bool changed = false;
    const char *id = find(t, who);
    record_fixture_begin(t);
    enum err err = edit_person(t->load, id, &(struct edit){field, value}, 1, &changed, &why);
    if (err == ERR_NONE)
        record_fixture_settle(t);
    else
        db_rollback(&t->tx);
    return err;
}

static void test_edit_person__stands_until_the_import_says_something_new(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_ZIP, "78701", FIELD_CITY, "Austin", FIELD_MAX);
    record_fixture_settle(&t);
    assert_int_equal(change(&t, "P1", FIELD_ZIP, " 78702-1234 "), ERR_NONE);
    assert_int_equal(change(&t, "P1", FIELD_FIRST_NAME, "Anne"), ERR_NONE);
    assert_string_equal(patient(&t, "P1").zip, "78702");
    assert_string_equal(patient(&t, "anne lee").first_name, "Anne");
    /* Another field changes, and a blank: neither says anything of the ZIP. */
    record_fixture_patient(&t, "P1", ANN, FIELD_ZIP, "78701", FIELD_CITY, "Round Rock", FIELD_MAX);
    record_fixture_settle(&t);
    assert_string_equal(patient(&t, "P1").zip, "78702");
    record_fixture_patient(&t, "P1", ANN, FIELD_CITY, "Austin", FIELD_MAX);
    record_fixture_settle(&t);
    assert_string_equal(patient(&t, "P1").zip, "78702");
    assert_string_equal(patient(&t, "P1").first_name, "Anne");
    record_fixture_patient(&t, "P1", ANN, FIELD_ZIP, "78704", FIELD_MAX);
    record_fixture_settle(&t);
    assert_string_equal(patient(&t, "P1").zip, "78704");
    assert_string_equal(patient(&t, "P1").first_name, "Anne");
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient_edit"), 1);
    record_fixture_close(&t);
}

static void test_edit_person__the_same_edit_back_leaves_nothing(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_PREFERRED_NAME, "Annie", FIELD_MAX);
    record_fixture_settle(&t);
    assert_int_equal(change(&t, "P1", FIELD_PREFERRED_NAME, NULL), ERR_NONE);
    assert_null(patient(&t, "P1").preferred_name);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient_edit"), 1);
    assert_int_equal(change(&t, "P1", FIELD_PREFERRED_NAME, "Annie"), ERR_NONE);
    assert_string_equal(patient(&t, "P1").preferred_name, "Annie");
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient_edit"), 0);
    int64_t rows = record_fixture_int(&t, "SELECT COUNT(*) FROM audit");
    assert_int_equal(change(&t, "P1", FIELD_PREFERRED_NAME, "Annie"), ERR_NONE);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM audit"), rows);
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM audit WHERE action = 'patient.edited'"), 2);
    record_fixture_close(&t);
}

static void test_edit_person__refuses_what_cannot_be(void **state)
{
    static const struct {
        enum record_field field;
        const char *value;
    } bad[] = {
        {FIELD_BIRTH_DATE, "2031-01-01"},
        {FIELD_BIRTH_DATE, "1850-01-01"},
        {FIELD_BIRTH_DATE, "02.03.1985"},
        {FIELD_ZIP, "787"},
        {FIELD_ZIP, "7870123456789"},
        {FIELD_STATE, "Texas"},
        {FIELD_PREFERRED_LANGUAGE, "e"},
        {FIELD_FIRST_NAME, "A\nnn"},
    };
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", FIELD_LAST_NAME, "Lee", FIELD_MAX);
    record_fixture_settle(&t);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(change(&t, "P1", bad[i].field, bad[i].value), ERR_INPUT);
    assert_int_equal(change(&t, "P1", FIELD_LAST_NAME, "  "), ERR_INPUT);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient_edit"), 0);
    record_fixture_close(&t);
}

/* ---- addresses ---- */

/* "sms +1.. voice +1.. " of the current ones, in the order they are tried. */
static const char *addresses(struct record_fixture *t, const char *who)
{
    struct why why = {0};
    struct contact_point *points = NULL;
    size_t count = 0;
    const char *id = find(t, who);
    must(record_read_contacts(&t->store.boot, t->store.db, 1, &id, 1, &points, &count, &why), &why);
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text =
            arena_format(&t->store.boot, "%s%s %s%s ", text, channel_kind_name(points[i].channel),
                points[i].address, points[i].suppressed_marketing ? "!" : "");
    return text;
}

static void done(struct record_fixture *t, enum err err, const struct why *why)
{
    must(err, why);
    record_fixture_settle(t);
}

static void correct(struct record_fixture *t, const char *address, const char *right)
{
    struct why why = {0};
    const char *id = find(t, "P1");
    record_fixture_begin(t);
    done(t, edit_correct_address(t->load, id, address, right, &why), &why);
}

static void add(struct record_fixture *t, enum address_source source, const char *address)
{
    struct why why = {0};
    const char *id = find(t, "P1");
    record_fixture_begin(t);
    done(t, edit_add_address(t->load, id, source, address, &why), &why);
}

static void call_wrong(struct record_fixture *t, const char *address)
{
    struct why why = {0};
    const char *id = find(t, "P1");
    record_fixture_begin(t);
    done(t, edit_wrong_address(t->load, id, address, &why), &why);
}

static void import(struct record_fixture *t, const char *mobile, const char *city)
{
    record_fixture_patient(t, "P1", ANN, FIELD_MOBILE_PHONE, mobile, FIELD_CITY, city, FIELD_MAX);
    record_fixture_settle(t);
}

static void test_edit_correct_address__stands_in_its_place(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    import(&t, "+15125550111", "Austin");
    correct(&t, "+15125550111", "(512) 555-0112");
    assert_string_equal(addresses(&t, "P1"), "sms +15125550112 voice +15125550112 ");
    import(&t, "+15125550111", "Round Rock");
    assert_string_equal(addresses(&t, "P1"), "sms +15125550112 voice +15125550112 ");
    import(&t, NULL, "Austin");
    assert_string_equal(addresses(&t, "P1"), "sms +15125550112 voice +15125550112 ");
    correct(&t, "+15125550112", "512 555 0113");
    assert_string_equal(addresses(&t, "P1"), "sms +15125550113 voice +15125550113 ");
    import(&t, "+15125550111", "Austin");
    assert_string_equal(addresses(&t, "P1"), "sms +15125550113 voice +15125550113 ");
    correct(&t, "+15125550113", "+15125550111");
    assert_string_equal(addresses(&t, "P1"), "sms +15125550111 voice +15125550111 ");
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM contact_edit"), 0);
    correct(&t, "+15125550111", "+15125550112");
    import(&t, "+15125550119", "Austin");
    assert_string_equal(addresses(&t, "P1"), "sms +15125550119 voice +15125550119 ");
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM contact_edit"), 0);
    record_fixture_close(&t);
}

static void test_edit_wrong_address__is_not_used_again_for_this_person(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P2", FIELD_FIRST_NAME, "Bo", FIELD_LAST_NAME, "Lee",
        FIELD_BIRTH_DATE, "2010-01-01", FIELD_MOBILE_PHONE, "+15125550111", FIELD_MAX);
    import(&t, "+15125550111", "Austin");
    call_wrong(&t, "+15125550111");
    assert_string_equal(addresses(&t, "P1"), "");
    assert_string_equal(addresses(&t, "P2"), "sms +15125550111 voice +15125550111 ");
    import(&t, "+15125550111", "Round Rock");
    assert_string_equal(addresses(&t, "P1"), "");
    import(&t, "+15125550117", "Round Rock");
    assert_string_equal(addresses(&t, "P1"), "sms +15125550117 voice +15125550117 ");
    import(&t, "+15125550111", "Round Rock");
    assert_string_equal(addresses(&t, "P1"), "");
    add(&t, ADDRESS_MOBILE, "5125550111");
    assert_string_equal(addresses(&t, "P1"), "sms +15125550111 voice +15125550111 ");
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM contact_edit"), 0);
    record_fixture_close(&t);
}

static void test_edit_add_address__stays_and_may_go_first(void **state)
{
    struct record_fixture t;
    struct why why = {0};
    record_fixture_open(&t, RUNS_ON(state));
    import(&t, "+15125550111", "Austin");
    add(&t, ADDRESS_MOBILE, "512-555-0112");
    add(&t, ADDRESS_EMAIL, "Ann@Example.COM");
    add(&t, ADDRESS_HOME, "512-555-0113");
    assert_string_equal(addresses(&t, "P1"),
        "sms +15125550111 sms +15125550112 email ann@example.com "
        "voice +15125550111 voice +15125550112 voice +15125550113 ");
    const char *id = find(&t, "P1");
    record_fixture_begin(&t);
    done(&t, edit_prefer_address(t.load, id, "+15125550112", &why), &why);
    record_fixture_begin(&t);
    done(&t, edit_prefer_address(t.load, id, "+15125550113", &why), &why);
    import(&t, "+15125550111", "Round Rock");
    assert_string_equal(addresses(&t, "P1"),
        "sms +15125550112 sms +15125550111 email ann@example.com "
        "voice +15125550113 voice +15125550111 voice +15125550112 ");
    call_wrong(&t, "+15125550112");
    assert_string_equal(addresses(&t, "P1"),
        "sms +15125550111 email ann@example.com voice +15125550113 voice +15125550111 ");
    record_fixture_begin(&t);
    assert_int_equal(
        edit_add_address(t.load, id, ADDRESS_MOBILE, "(800) 555-0112", &why), ERR_INPUT);
    why = (struct why){0};
    assert_int_equal(edit_add_address(t.load, id, ADDRESS_EMAIL, "ann", &why), ERR_INPUT);
    assert_string_equal(why.place, "address");
    why = (struct why){0};
    assert_int_equal(edit_wrong_address(t.load, id, "+15125559999", &why), ERR_NOT_FOUND);
    record_fixture_close(&t);
}

static void test_edit_correct_address__takes_the_stops_along(void **state)
{
    struct record_fixture t;
    struct why why = {0};
    bool is_new;
    record_fixture_open(&t, RUNS_ON(state));
    import(&t, "+15125550111", "Austin");
    const char *id = find(&t, "P1");
    record_fixture_begin(&t);
    const struct suppression_act act = {.channel = CHANNEL_SMS,
        .reason = "opt_out",
        .address = "+15125550111",
        .patient_id = id,
        .source = "sms"};
    must(record_suppress(&t.tx, t.store.key, &act, &is_new, &why), &why);
    record_fixture_settle(&t);
    correct(&t, "+15125550111", "+15125550112");
    assert_string_equal(addresses(&t, "P1"), "sms +15125550112! voice +15125550112 ");
    add(&t, ADDRESS_MOBILE, "+15125550113");
    assert_string_equal(addresses(&t, "P1"),
        "sms +15125550112! sms +15125550113 voice +15125550112 voice +15125550113 ");
    record_fixture_begin(&t);
    const struct suppression_act all = {.every_channel = true,
        .marketing_only = true,
        .reason = "opt_out",
        .address = "+15125550112",
        .patient_id = id,
        .source = "staff"};
    must(record_suppress(&t.tx, t.store.key, &all, &is_new, &why), &why);
    record_fixture_settle(&t);
    add(&t, ADDRESS_EMAIL, "ann@example.com");
    assert_string_equal(addresses(&t, "P1"),
        "sms +15125550112! sms +15125550113! email ann@example.com! "
        "voice +15125550112! voice +15125550113! ");
    record_fixture_close(&t);
}

/* ---- what an import told of before does not undo what was said here since ---- */

static void put_all(struct record_fixture *t, const char *city)
{
    record_fixture_patient(t, "P1", ANN, FIELD_MOBILE_PHONE, "+15125550111", FIELD_CITY, city,
        FIELD_SMS_CONSENT, "no", FIELD_PAUSED_UNTIL, "2027-01-01", FIELD_PREFERRED_CHANNEL, "email",
        FIELD_MAX);
    record_fixture_settle(t);
}

static void test_record_settle__told_before_undoes_nothing_said_since(void **state)
{
    struct record_fixture t;
    struct why why = {0};
    record_fixture_open(&t, RUNS_ON(state));
    put_all(&t, "Austin");
    const char *id = find(&t, "P1");
    assert_true(patient(&t, "P1").paused_until.n != DAY_NONE);
    record_fixture_begin(&t);
    const struct consent consent = {.patient_id = id,
        .source = "staff:user:1",
        .evidence = "signed at the desk",
        .channel = CHANNEL_SMS,
        .marketing = true,
        .written = true,
        .given = {DAY_NONE}};
    must(record_give_consent(&t.tx, &consent, &why), &why);
    must(record_pause(&t.tx, id, (struct day){DAY_NONE}, false, "user:1", &why), &why);
    must(record_set_preferred_channel(&t.tx, id, CHANNEL_SMS, &why), &why);
    record_fixture_settle(&t);
    put_all(&t, "Round Rock");
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM consent WHERE revoked_ms IS NULL"), 1);
    assert_int_equal(patient(&t, "P1").paused_until.n, DAY_NONE);
    assert_string_equal(patient(&t, "P1").preferred_channel, "sms");
    record_fixture_patient(&t, "P1", ANN, FIELD_MOBILE_PHONE, "+15125550111", FIELD_SMS_CONSENT,
        "yes", FIELD_PAUSED_UNTIL, "2027-02-01", FIELD_PREFERRED_CHANNEL, "voice", FIELD_MAX);
    record_fixture_settle(&t);
    assert_true(patient(&t, "P1").paused_until.n != DAY_NONE);
    assert_string_equal(patient(&t, "P1").preferred_channel, "voice");
    put_all(&t, "Austin");
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM consent WHERE revoked_ms IS NULL"), 0);
    record_fixture_close(&t);
}

/* One message of theirs. */
static bool hear(struct record_fixture *t, const char *who, const char *language)
{
    struct why why = {0};
    bool changed = false;
    const char *id = find(t, who);
    record_fixture_begin(t);
    must(record_hear_language(&t->tx, id, language, "message", &changed, &why), &why);
    record_fixture_settle(t);
    return changed;
}

static struct language_learned learned(struct record_fixture *t, const char *who)
{
    struct why why = {0};
    struct language_learned is;
    must(record_read_language(&t->store.boot, t->store.db, 1, find(t, who), &is, &why), &why);
    return is;
}

static void test_record_hear_language__is_written_in_what_they_write_in(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_MAX);
    record_fixture_settle(&t);
    assert_false(hear(&t, "P1", "en"));
    assert_null(learned(&t, "P1").language);
    assert_true(hear(&t, "P1", "es"));
    assert_false(hear(&t, "P1", "es"));
    assert_string_equal(patient(&t, "P1").language, "es");
    assert_string_equal(learned(&t, "P1").decided_by, "message");
    assert_true(learned(&t, "P1").in_use);
    record_fixture_patient(&t, "P1", ANN, FIELD_ZIP, "78701", FIELD_MAX);
    record_fixture_settle(&t);
    assert_string_equal(patient(&t, "P1").language, "es"); /* an import that says nothing of it */
    assert_false(hear(&t, "P1", "en"));
    assert_false(hear(&t, "P1", "es"));
    assert_false(hear(&t, "P1", "en"));
    assert_true(hear(&t, "P1", "en"));
    assert_string_equal(patient(&t, "P1").language, "en");
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM audit WHERE action = 'patient.language'"), 2);
    record_fixture_close(&t);
}

static void test_record_hear_language__never_speaks_over_what_was_said(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    record_fixture_patient(&t, "P1", ANN, FIELD_PREFERRED_LANGUAGE, "en", FIELD_MAX);
    record_fixture_patient(&t, "P2", FIELD_FIRST_NAME, "Bo", FIELD_LAST_NAME, "Day", FIELD_MAX);
    record_fixture_settle(&t);
    assert_false(hear(&t, "P1", "es"));
    assert_string_equal(patient(&t, "P1").language, "en");
    assert_false(learned(&t, "P1").in_use);
    assert_int_equal(change(&t, "P2", FIELD_PREFERRED_LANGUAGE, "vi"), ERR_NONE);
    assert_false(hear(&t, "P2", "es"));
    assert_string_equal(patient(&t, "P2").language, "vi");
    record_fixture_close(&t);
}

int main(void)
{
    static const struct db_test both[] = {
        DB_TEST(test_edit_person__stands_until_the_import_says_something_new),
        DB_TEST(test_edit_person__the_same_edit_back_leaves_nothing),
        DB_TEST(test_edit_person__refuses_what_cannot_be),
        DB_TEST(test_edit_correct_address__stands_in_its_place),
        DB_TEST(test_edit_wrong_address__is_not_used_again_for_this_person),
        DB_TEST(test_edit_add_address__stays_and_may_go_first),
        DB_TEST(test_edit_correct_address__takes_the_stops_along),
        DB_TEST(test_record_settle__told_before_undoes_nothing_said_since),
        DB_TEST(test_record_hear_language__is_written_in_what_they_write_in),
        DB_TEST(test_record_hear_language__never_speaks_over_what_was_said),
    };
    struct CMUnitTest all[2 * sizeof both / sizeof both[0]];
    db_fixture_tests(both, sizeof both / sizeof both[0], all);
    return cmocka_run_group_tests(all, NULL, NULL);
}
