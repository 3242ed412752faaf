/* join_test.c: people made one and parted again by hand. */
#include "unit.h"

#include "record/edit.h"
#include "record/join.h"
#include "record_fixture.h"

#define RUNS_ON(state) (*(const bool *)*(state))

static const char *find(struct record_fixture *t, const char *text)
{
    struct why why = {0};
    const char *id = NULL;
    must(record_find_patient(&t->store.boot, t->store.db, 1, text, &id, &why), &why);
    return id;
}

static const char *merge(struct record_fixture *t, const char *one, const char *other)
{
    struct why why = {0};
    const char *into = NULL;
    const char *a = find(t, one), *b = find(t, other);
    record_fixture_begin(t);
    must(join_merge(t->load, a, b, &into, &why), &why);
    record_fixture_settle(t);
    return into;
}

static enum err split(struct record_fixture *t, const struct join_split *split)
{
    struct why why = {0};
    const char *other = NULL;
    record_fixture_begin(t);
    enum err err = join_split(t->load, split, &other, &why);
    if (err == ERR_NONE)
        record_fixture_settle(t);
    else
        db_rollback(&t->tx);
    return err;
}

/* "sms +1..! " of the current ones; "!": closed to marketing. */
static const char *addresses(struct record_fixture *t, const char *who)
{
    struct why why = {0};
    struct contact_point *points = NULL;
    size_t count = 0;
    const char *id = find(t, who), *text = "";
    must(record_read_contacts(&t->store.boot, t->store.db, 1, &id, 1, &points, &count, &why), &why);
    for (size_t i = 0; i < count; i++)
        text =
            arena_format(&t->store.boot, "%s%s %s%s ", text, channel_kind_name(points[i].channel),
                points[i].address, points[i].suppressed_marketing ? "!" : "");
    return text;
}

static int64_t number(struct record_fixture *t, const char *text, const char *who)
{
    return record_fixture_int(
        t, arena_format(&t->store.boot, "%s patient_id = '%s'", text, find(t, who)));
}

/* Ann with a mobile, and another Ann whose birth date has a typing mistake. */
static void import(struct record_fixture *t, const char *city)
{
    record_fixture_patient(t, "P1", FIELD_FIRST_NAME, "Ann", FIELD_LAST_NAME, "Lee",
        FIELD_BIRTH_DATE, "1985-03-02", FIELD_MOBILE_PHONE, "+15125550111", FIELD_SMS_CONSENT,
        "yes", FIELD_CITY, city, FIELD_MAX);
    record_fixture_patient(t, "P2", FIELD_FIRST_NAME, "Ann", FIELD_LAST_NAME, "Lee-Gray",
        FIELD_BIRTH_DATE, "1985-02-03", FIELD_MOBILE_PHONE, "+15125550112", FIELD_EMAIL_ADDRESS,
        "ann@example.com", FIELD_EMAIL_CONSENT, "yes", FIELD_SMS_CONSENT, "yes", FIELD_TAGS,
        "imported", FIELD_CITY, city, FIELD_MAX);
    record_fixture_visit(t, "A1", "P1", "2025-06-01", "Botox", "completed");
    record_fixture_visit(t, "A2", "P2", "2025-09-01", "Botox", "completed");
    record_fixture_row(t, RECORD_MEMBERSHIP, "M2", FIELD_PATIENT_ID, "P2", FIELD_STATUS, "active",
        FIELD_MEMBERSHIP_PLAN, "Glow", FIELD_MAX);
    record_fixture_settle(t);
}

static void say_by_hand(struct record_fixture *t, const char *who)
{
    struct why why = {0};
    bool changed;
    const char *id = find(t, who);
    record_fixture_begin(t);
    must(edit_person(t->load, id, &(struct edit){FIELD_ZIP, "78702"}, 1, &changed, &why), &why);
    must(edit_add_address(t->load, id, ADDRESS_HOME, "+15125550119", &why), &why);
    must(record_tag(&t->tx, id, "likes mornings", "user:1", &why), &why);
    const struct consent consent = {.patient_id = id,
        .source = "staff:user:1",
        .evidence = "signed",
        .channel = CHANNEL_VOICE,
        .marketing = true,
        .written = true,
        .given = {DAY_NONE}};
    must(record_give_consent(&t->tx, &consent, &why), &why);
    record_fixture_settle(t);
}

static void test_join_split__gives_back_what_the_merge_took(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    import(&t, "Austin");
    say_by_hand(&t, "P2");
    const char *one = find(&t, "P1"), *two = find(&t, "P2");
    const char *into = merge(&t, "P2", "P1");
    assert_string_equal(into, one);
    assert_string_equal(find(&t, "P2"), one);
    assert_string_equal(find(&t, two), one);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient"), 1);
    assert_int_equal(record_fixture_int(&t, "SELECT visits FROM patient"), 2);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM tag"), 2);
    assert_string_equal(addresses(&t, "P1"),
        "sms +15125550111 sms +15125550112 email ann@example.com "
        "voice +15125550111 voice +15125550112 voice +15125550119 ");
    record_fixture_visit(&t, "A3", "P2", "2025-10-01", "Botox", "completed");
    record_fixture_settle(&t);
    const struct join_split undo = {.patient_id = one, .gone = two};
    assert_int_equal(split(&t, &undo), ERR_NONE);
    assert_string_equal(find(&t, "P2"), two);
    assert_string_equal(addresses(&t, "P1"), "sms +15125550111 voice +15125550111 ");
    assert_string_equal(addresses(&t, "P2"),
        "sms +15125550112 email ann@example.com voice +15125550112 voice +15125550119 ");
    assert_int_equal(number(&t, "SELECT visits FROM patient WHERE", "P1"), 1);
    assert_int_equal(number(&t, "SELECT visits FROM patient WHERE", "P2"), 2);
    assert_int_equal(number(&t, "SELECT COUNT(*) FROM tag WHERE", "P1"), 0);
    assert_int_equal(number(&t, "SELECT COUNT(*) FROM tag WHERE", "P2"), 2);
    assert_int_equal(number(&t, "SELECT COUNT(*) FROM membership WHERE", "P2"), 1);
    assert_int_equal(
        number(&t, "SELECT COUNT(*) FROM consent WHERE revoked_ms IS NULL AND", "P1"), 1);
    assert_int_equal(
        number(&t, "SELECT COUNT(*) FROM consent WHERE revoked_ms IS NULL AND", "P2"), 3);
    assert_int_equal(number(&t, "SELECT COUNT(*) FROM patient WHERE zip = '78702' AND", "P2"), 1);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient_part"), 0);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient_merge"), 0);
    assert_int_equal(split(&t, &undo), ERR_NOT_FOUND);
    import(&t, "Round Rock");
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient"), 2);
    assert_string_equal(merge(&t, "P1", "P2"), one);
    assert_int_equal(record_fixture_int(&t, "SELECT visits FROM patient"), 3);
    assert_int_equal(split(&t, &undo), ERR_NONE);
    record_fixture_close(&t);
}

static void test_join_merge__a_stop_holds_for_both_and_stays_with_both(void **state)
{
    struct record_fixture t;
    struct why why = {0};
    bool is_new;
    record_fixture_open(&t, RUNS_ON(state));
    import(&t, "Austin");
    const char *one = find(&t, "P1"), *two = find(&t, "P2");
    record_fixture_begin(&t);
    const struct suppression_act texts = {.channel = CHANNEL_SMS,
        .reason = "opt_out",
        .address = "+15125550112",
        .patient_id = two,
        .source = "sms"};
    must(record_suppress(&t.tx, t.store.key, &texts, &is_new, &why), &why);
    record_fixture_settle(&t);
    (void)merge(&t, "P1", "P2");
    assert_string_equal(addresses(&t, "P1"),
        "sms +15125550111! sms +15125550112! email ann@example.com "
        "voice +15125550111 voice +15125550112 ");
    assert_int_equal(record_fixture_int(&t,
                         "SELECT COUNT(*) FROM consent"
                         " WHERE revoked_ms IS NULL AND channel = 'sms'"),
        0);
    record_fixture_begin(&t);
    const struct suppression_act mails = {.channel = CHANNEL_EMAIL,
        .marketing_only = true,
        .reason = "opt_out",
        .address = "ann@example.com",
        .patient_id = one,
        .source = "page"};
    must(record_suppress(&t.tx, t.store.key, &mails, &is_new, &why), &why);
    record_fixture_settle(&t);
    assert_int_equal(split(&t, &(struct join_split){.patient_id = one, .gone = two}), ERR_NONE);
    assert_string_equal(addresses(&t, "P1"), "sms +15125550111! voice +15125550111 ");
    assert_string_equal(
        addresses(&t, "P2"), "sms +15125550112! email ann@example.com! voice +15125550112 ");
    import(&t, "Round Rock");
    assert_int_equal(
        record_fixture_int(&t, "SELECT COUNT(*) FROM consent WHERE revoked_ms IS NULL"), 0);
    record_fixture_close(&t);
}

static void twin(struct record_fixture *t, const char *id, const char *first, const char *city)
{
    record_fixture_patient(t, id, FIELD_FIRST_NAME, first, FIELD_LAST_NAME, "Ray", FIELD_BIRTH_DATE,
        "2001-05-17", FIELD_MOBILE_PHONE, "+15125550121", FIELD_EMAIL_ADDRESS,
        arena_format(&t->store.boot, "%s@example.com", first), FIELD_CITY, city, FIELD_MAX);
}

static void test_join_split__parts_twins_for_good(void **state)
{
    static const char *const second[] = {"T2"}, *const both[] = {"T1", "T2"}, *const no[] = {"X"};
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    twin(&t, "T1", "mia", "Austin");
    twin(&t, "T2", "zoe", "Austin");
    record_fixture_visit(&t, "A1", "T1", "2025-06-01", "Botox", "completed");
    record_fixture_visit(&t, "A2", "T2", "2025-09-01", "Botox", "completed");
    record_fixture_settle(&t);
    const char *one = find(&t, "T1");
    assert_string_equal(find(&t, "T2"), one);
    assert_int_equal(
        split(&t, &(struct join_split){.patient_id = one, .record_ids = no, .record_count = 1}),
        ERR_NOT_FOUND);
    assert_int_equal(
        split(&t, &(struct join_split){.patient_id = one, .record_ids = both, .record_count = 2}),
        ERR_CONFLICT);
    assert_int_equal(
        split(&t, &(struct join_split){.patient_id = one, .record_ids = second, .record_count = 1}),
        ERR_NONE);
    assert_string_not_equal(find(&t, "T2"), one);
    assert_int_equal(number(&t, "SELECT visits FROM patient WHERE", "T1"), 1);
    assert_int_equal(number(&t, "SELECT visits FROM patient WHERE", "T2"), 1);
    assert_int_equal(number(&t, "SELECT COUNT(*) FROM clock WHERE", "T2"), 1);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(DISTINCT household_id) FROM patient"), 1);
    twin(&t, "T1", "mia", "Round Rock");
    twin(&t, "T2", "zoe", "Round Rock");
    record_fixture_settle(&t);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient"), 2);
    /* A third record that could be either joins one of them, and not the two. */
    record_fixture_patient(&t, "T3", FIELD_FIRST_NAME, "mia", FIELD_LAST_NAME, "Ray",
        FIELD_BIRTH_DATE, "2001-05-17", FIELD_MOBILE_PHONE, "+15125550121", FIELD_EMAIL_ADDRESS,
        "zoe@example.com", FIELD_MAX);
    record_fixture_settle(&t);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient"), 2);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient_record"), 3);
    (void)merge(&t, "T1", "T2");
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient"), 1);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient_apart"), 0);
    record_fixture_close(&t);
}

static void test_join_merge__of_three_comes_apart_in_any_order(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    import(&t, "Austin");
    record_fixture_patient(&t, "P3", FIELD_FIRST_NAME, "Anna", FIELD_LAST_NAME, "Gray", FIELD_MAX);
    record_fixture_visit(&t, "A3", "P3", "2025-10-01", "Botox", "completed");
    record_fixture_settle(&t);
    const char *one = find(&t, "P1"), *two = find(&t, "P2"), *three = find(&t, "P3");
    (void)merge(&t, "P2", "P3");
    (void)merge(&t, "P1", "P2");
    assert_string_equal(find(&t, three), one);
    assert_int_equal(record_fixture_int(&t, "SELECT visits FROM patient"), 3);
    assert_int_equal(split(&t, &(struct join_split){.patient_id = one, .gone = two}), ERR_NONE);
    assert_string_equal(find(&t, three), two);
    assert_int_equal(number(&t, "SELECT visits FROM patient WHERE", "P3"), 2);
    assert_int_equal(split(&t, &(struct join_split){.patient_id = two, .gone = three}), ERR_NONE);
    assert_string_equal(find(&t, "P3"), three);
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient"), 3);
    record_fixture_close(&t);
}

int main(void)
{
    static const struct db_test both[] = {
        DB_TEST(test_join_split__gives_back_what_the_merge_took),
        DB_TEST(test_join_merge__a_stop_holds_for_both_and_stays_with_both),
        DB_TEST(test_join_split__parts_twins_for_good),
        DB_TEST(test_join_merge__of_three_comes_apart_in_any_order),
    };
    struct CMUnitTest all[2 * sizeof both / sizeof both[0]];
    db_fixture_tests(both, sizeof both / sizeof both[0], all);
    return cmocka_run_group_tests(all, NULL, NULL);
}
