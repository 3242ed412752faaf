/* journey_migrate_test.c: what becomes of a calendar under another version, and who must stay. */
#include "unit.h"

#include "base/text.h"
#include "journey_fixture.h"

/* Two homes: the present version, and one in which a text was changed. */
struct pair {
    struct walk was, next;
    struct journey_migration migration;
};

static void pair_open(struct pair *pair, const char *from, const char *into)
{
    walk_open(&pair->was);
    walk_open_with(&pair->next, from, into);
}

static void pair_migrate(struct pair *pair, int day, int hour)
{
    pair->was.now = at_day(&pair->was, day, hour, 0);
    const struct journey_input input = walk_input(&pair->was);
    journey_migrate(&pair->was.home.boot, &input, pair->next.playbook, &pair->migration);
}

static void pair_close(struct pair *pair)
{
    walk_close(&pair->was);
    walk_close(&pair->next);
}

static const struct journey_migrated *touch_of(const struct pair *pair, const char *key)
{
    for (size_t i = 0; i < pair->migration.touch_count; i++) {
        if (text_is(pair->migration.touches[i].touch_key, key))
            return &pair->migration.touches[i];
    }
    fail_msg("no touch %s", key);
    return NULL;
}

static void assert_change(
    const struct pair *pair, const char *key, enum journey_migrated_change change)
{
    assert_string_equal(
        journey_migrated_name(touch_of(pair, key)->change), journey_migrated_name(change));
}

static const char nudge[] = "  - id: nudge\n    day: 3\n";

static void test_journey_migrate__keeps_what_is_said_and_moves_what_is_not(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, nudge, "  - id: nudge\n    day: 5\n");
    walk_send(&pair.was, 0, at_day(&pair.was, 0, 10, 0));
    pair_migrate(&pair, 1, 12);
    assert_null(pair.migration.reason);
    assert_int_equal(pair.migration.touch_count, 4);
    assert_change(&pair, "remind", MIGRATED_DONE);
    assert_change(&pair, "nudge", MIGRATED_MOVED);
    const struct journey_migrated *moved = touch_of(&pair, "nudge");
    assert_int_equal(moved->planned.at.ms,
        journey_day_opens(
            &pair.was.home.practice, NULL, (struct day){pair.was.enrollment.start.n + 5})
            .ms);
    assert_string_equal(moved->touch_id, "t1");
    pair_close(&pair);
}

static void test_journey_migrate__adds_what_is_to_come_and_passes_what_is_over(void **state)
{
    (void)state;
    static const char two[] = "  - id: early\n    day: 1\n    send: [sms]\n"
                              "    template: touchup-nudge\n    offer: none\n"
                              "  - id: nudge\n    day: 3\n";
    struct pair pair;
    pair_open(&pair, nudge, two);
    walk_send(&pair.was, 0, at_day(&pair.was, 0, 10, 0));
    pair_migrate(&pair, 0, 20);
    assert_change(&pair, "early", MIGRATED_ADDED);
    walk_send(&pair.was, 1, at_day(&pair.was, 3, 10, 0)); /* something after it was said */
    pair_migrate(&pair, 3, 12);
    assert_change(&pair, "early", MIGRATED_PASSED);
    assert_change(&pair, "limited", MIGRATED_KEPT);
    pair_close(&pair);
}

static void test_journey_migrate__drops_what_the_other_version_has_not(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, "  - id: limited\n", "  - id: third\n");
    pair_migrate(&pair, 0, 8);
    assert_change(&pair, "limited", MIGRATED_DROPPED);
    assert_change(&pair, "third", MIGRATED_ADDED);
    assert_string_equal(touch_of(&pair, "limited")->touch_id, "t2");
    pair_close(&pair);
}

static void test_journey_migrate__what_has_begun_stays(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, nudge, "  - id: nudge\n    day: 4\n");
    pair.was.touches[0].begun = true;
    pair_migrate(&pair, 0, 12);
    assert_string_equal(pair.migration.reason, "in_flight");
    assert_string_equal(pair.migration.detail, "remind");
    pair_close(&pair);
}

static void test_journey_migrate__who_would_end_at_once_stays(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, "at: day 14", "at: day 11");
    pair_migrate(&pair, 10, 12);
    assert_null(pair.migration.reason);
    pair_migrate(&pair, 12, 12);
    assert_string_equal(pair.migration.reason, "over");
    pair_close(&pair);
}

static void test_journey_migrate__a_hold_that_is_gone_keeps_its_patient(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, "  vip: {when", "  gold: {when");
    pair.was.enrollment.state = ENROLLMENT_HELD;
    pair.was.enrollment.hold = "vip";
    pair_migrate(&pair, 1, 12);
    assert_string_equal(pair.migration.reason, "hold_gone");
    pair.was.enrollment.hold = "angry";
    pair_migrate(&pair, 1, 12);
    assert_null(pair.migration.reason);
    pair.was.enrollment.hold = "reply"; /* of the product itself */
    pair_migrate(&pair, 1, 12);
    assert_null(pair.migration.reason);
    pair_close(&pair);
}

static void test_journey_migrate__another_service_is_another_clock(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, nudge, "  - id: nudge\n    day: 4\n");
    struct playbook *next = (struct playbook *)(uintptr_t)pair.next.playbook;
    next->service = definitions_service(next->definitions, "filler");
    assert_non_null(next->service);
    pair_migrate(&pair, 1, 12);
    assert_string_equal(pair.migration.reason, "other_clock");
    pair_close(&pair);
}

static void test_journey_migrate__a_control_has_no_calendar(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, nudge, "  - id: nudge\n    day: 4\n");
    pair.was.enrollment.arm = ARM_HOLDOUT;
    pair_migrate(&pair, 1, 12);
    assert_null(pair.migration.reason);
    assert_int_equal(pair.migration.touch_count, 0);
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journey_migrate__keeps_what_is_said_and_moves_what_is_not),
        cmocka_unit_test(test_journey_migrate__adds_what_is_to_come_and_passes_what_is_over),
        cmocka_unit_test(test_journey_migrate__drops_what_the_other_version_has_not),
        cmocka_unit_test(test_journey_migrate__what_has_begun_stays),
        cmocka_unit_test(test_journey_migrate__who_would_end_at_once_stays),
        cmocka_unit_test(test_journey_migrate__a_hold_that_is_gone_keeps_its_patient),
        cmocka_unit_test(test_journey_migrate__another_service_is_another_clock),
        cmocka_unit_test(test_journey_migrate__a_control_has_no_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
