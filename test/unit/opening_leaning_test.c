/* opening_leaning_test.c: what is remembered of somebody, and what comes nearest to their words. */
#include "unit.h"

#include <string.h>

#include "base/text.h"
#include "opening/leaning.h"
#include "opening/opening.h"
#include "zone_fixture.h"

enum { DAYS = 28, STARTS = 4, PEOPLE = 2, TIMES = DAYS * STARTS * PEOPLE };

/* Four weeks from Thursday 2026-06-11: nine, noon, three and six o'clock, with Chen and Rosa. */
struct world {
    struct arena arena;
    struct env env;
    struct zones zones;
    struct schedule_provider providers[PEOPLE];
    struct schedule_service service;
    struct schedule_location location;
    struct schedule schedule;
    struct slot times[TIMES];
    size_t count;
};

static int open_world(void **state)
{
    static struct world world;
    struct why why = {0};
    static const int hours[STARTS] = {9, 12, 15, 18};
    zone_fixture_open(&world.arena, &world.env, &world.zones);
    world.providers[0] = (struct schedule_provider){
        .name = "Dr. Lily Chen", .keys = {"drlilychen"}, .key_count = 1, .does = 1};
    world.providers[1] = (struct schedule_provider){
        .name = "Rosa Delgado", .keys = {"rosadelgado"}, .key_count = 1, .does = 1};
    world.schedule = (struct schedule){.providers = world.providers,
        .provider_count = PEOPLE,
        .services = &world.service,
        .service_count = 1,
        .locations = &world.location,
        .location_count = 1};
    must(zones_find(&world.zones, "America/Chicago", &world.schedule.zone, &why), &why);
    struct day first = day_of(2026, 6, 11);
    for (int n = 0; n < TIMES; n++) {
        struct day day = {first.n + n / (STARTS * PEOPLE)};
        struct instant start = zone_at(world.schedule.zone, day, hours[n / PEOPLE % STARTS] * 60);
        world.times[n] = (struct slot){
            .start = start, .end = {start.ms + 30 * MS_PER_MINUTE}, .provider = n % PEOPLE};
    }
    world.count = TIMES;
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    zone_fixture_close(&world->arena, &world->env);
    return 0;
}

static struct leaning leaning(struct world *world, const char *first, const char *second)
{
    const char *tags[] = {first, second};
    return leaning_of(&world->schedule, tags, second ? 2 : 1);
}

static struct choice said(struct world *world, const char *words)
{
    const struct choice_question question = {.schedule = &world->schedule,
        .now = instant_of("2026-06-11T08:00:00-05:00"),
        .opens_minute = 8 * 60,
        .closes_minute = 19 * 60};
    struct choice choice = choice_read(&question, words);
    assert_int_equal(choice.kind, CHOICE_WANT);
    return choice;
}

/* "Sat 06-13 09, Sat 06-20 09": what was picked, by day, hour and, with `people`, person. */
static const char *shown(struct world *world, const struct slot *picked, size_t count, bool people)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    const char *text = "";
    for (size_t i = 0; i < count; i++) {
        struct day day = zone_day(world->schedule.zone, picked[i].start);
        struct civil civil = zone_civil(world->schedule.zone, picked[i].start);
        text = arena_format(&world->arena, "%s%s%s %02d-%02d %02d%s", text, i ? ", " : "",
            days[day_weekday(day)], civil.month, civil.day, civil.hour,
            !people                  ? ""
                : picked[i].provider ? " Rosa"
                                     : " Chen");
    }
    return text;
}

static const char *picked_by(struct world *world, const struct leaning *leaning)
{
    struct slot few[OPENING_OFFERED];
    size_t count =
        leaning_pick(leaning, &world->schedule, world->times, world->count, OPENING_OFFERED, few);
    return shown(world, few, count, false);
}

static void test_leaning_of__reads_tags_as_they_are_written(void **state)
{
    struct world *world = *state;
    static const char *const saturdays[] = {"wants_saturday", "Wants Saturdays",
        "prefers_saturdays", "only on saturdays", "quiere sábados"};
    for (size_t i = 0; i < sizeof saturdays / sizeof saturdays[0]; i++)
        assert_int_equal(leaning(world, saturdays[i], NULL).weekdays, 1 << 6);
    assert_int_equal(leaning(world, "not_monday", NULL).never_weekdays, 1 << 1);
    assert_int_equal(leaning(world, "wants_morning", "not_monday").parts, LEANING_MORNING);
    assert_int_equal(leaning(world, "wants_provider:Dr. Lily Chen", NULL).provider, 0);
    assert_int_equal(
        leaning(world, "wants_provider:Rosa Delgado", "wants_provider:Dr. Lily Chen").provider,
        SCHEDULE_NOBODY);
    static const char *const others[] = {"financing", "wants_financing", "prefers_sms", "bride",
        "saturday_bride", "not_interested", "wants_provider:Dr. Nobody", ""};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct leaning none = leaning(world, others[i], NULL);
        assert_int_equal(none.weekdays | none.never_weekdays | none.parts | none.never_parts, 0);
        assert_int_equal(none.provider, SCHEDULE_NOBODY);
    }
}

static void test_leaning_pick__puts_what_is_remembered_first(void **state)
{
    struct world *world = *state;
    struct leaning nothing = leaning(world, "bride", NULL);
    assert_string_equal(picked_by(world, &nothing), "Thu 06-11 09, Fri 06-12 12, Sat 06-13 09");
    struct leaning saturdays = leaning(world, "wants_saturday", NULL);
    assert_string_equal(picked_by(world, &saturdays), "Sat 06-13 09, Sat 06-13 12, Sat 06-20 12");
}

static void test_leaning_pick__hides_nothing_and_lets_nobody_wait(void **state)
{
    struct world *world = *state;
    struct leaning sundays = leaning(world, "not_thursday", "not_friday");
    const char *text = picked_by(world, &sundays);
    assert_null(strstr(text, "Thu"));
    assert_null(strstr(text, "Fri"));
    /* All there is are days that they never want: those are named. */
    struct slot few[OPENING_OFFERED];
    assert_int_equal(leaning_pick(&sundays, &world->schedule, world->times, STARTS * PEOPLE,
                         OPENING_OFFERED, few),
        OPENING_OFFERED);
}

static void test_leaning_pick__what_is_liked_and_the_rest_do_not_overlap(void **state)
{
    struct world *world = *state;
    struct leaning mornings = leaning(world, "wants_morning", NULL);
    /* One day from 10:30, an hour each, by quarters: 10:30 to 2:15. */
    struct day day = day_of(2026, 6, 13);
    struct slot times[16], few[OPENING_OFFERED];
    for (int i = 0; i < 16; i++) {
        struct instant start = zone_at(world->schedule.zone, day, 630 + 15 * i);
        times[i] = (struct slot){.start = start, .end = {start.ms + 60 * MS_PER_MINUTE}};
    }
    size_t count = leaning_pick(&mornings, &world->schedule, times, 16, OPENING_OFFERED, few);
    assert_string_equal(
        shown(world, few, count, false), "Sat 06-13 10, Sat 06-13 11, Sat 06-13 13");
    for (size_t i = 1; i < count; i++)
        assert_true(few[i - 1].end.ms <= few[i].start.ms);
    /* No more than a visit and a quarter of it is free: better than naming one. */
    count = leaning_pick(&mornings, &world->schedule, times, 3, OPENING_OFFERED, few);
    assert_int_equal(count, 3);
}

/* Names times to one after the other, as to messages that leave together. */
static const char *picked_after(
    struct world *world, const struct leaning *leaning, int *named, size_t others)
{
    struct slot few[OPENING_OFFERED];
    size_t count = 0;
    for (size_t n = 0; n <= others; n++) {
        count = leaning_pick_spread(
            leaning, &world->schedule, world->times, named, world->count, OPENING_OFFERED, few);
        for (size_t i = 0; i < world->count * count; i++)
            named[i / count] += world->times[i / count].start.ms == few[i % count].start.ms
                && world->times[i / count].provider == few[i % count].provider;
    }
    return shown(world, few, count, false);
}

static void test_leaning_pick_spread__names_other_times_to_others(void **state)
{
    struct world *world = *state;
    int named[TIMES] = {0};
    struct leaning nothing = leaning(world, "bride", NULL);
    assert_string_equal(
        picked_after(world, &nothing, named, 0), "Thu 06-11 09, Fri 06-12 12, Sat 06-13 09");
    picked_after(world, &nothing, named, 30);
    int soon = LEANING_DAYS * STARTS * PEOPLE;
    for (int i = 0; i < TIMES; i++)
        assert_int_equal(named[i] > 1 || (named[i] == 1 && i >= soon), 0);
}

static void test_leaning_pick_spread__names_nobody_what_they_never_want(void **state)
{
    struct world *world = *state;
    int named[TIMES] = {0};
    struct leaning never = leaning(world, "never mornings", NULL);
    /* One afternoon, and mornings that were named to nobody. */
    struct world scarce = *world;
    scarce.count = 0;
    for (size_t i = 0; i < world->count; i += PEOPLE) {
        if (i < STARTS * PEOPLE || i % (STARTS * PEOPLE) == 0)
            scarce.times[scarce.count++] = world->times[i];
    }
    for (int n = 0; n < 5; n++)
        assert_string_equal(
            picked_after(&scarce, &never, named, 0), "Thu 06-11 12, Thu 06-11 15, Thu 06-11 18");
}

static void test_leaning_pick_spread__what_suits_twice_stays_before_what_suits_once(void **state)
{
    struct world *world = *state;
    int named[TIMES] = {0};
    struct leaning both = leaning(world, "wants_saturday", "wants_morning");
    for (int n = 0; n < 5; n++) {
        const char *text = picked_after(world, &both, named, 0);
        assert_non_null(strstr(text, "Sat 06-13 09"));
        assert_non_null(strstr(text, "Sat 06-20 09"));
    }
}

static void test_leaning_pick_spread__how_often_all_were_named_costs_nothing(void **state)
{
    struct world *world = *state;
    int named[TIMES];
    struct leaning nothing = leaning(world, "bride", NULL);
    for (size_t i = 0; i < world->count; i++)
        named[i] = 2000 * 1000 * 1000;
    assert_string_equal(
        picked_after(world, &nothing, named, 0), "Thu 06-11 09, Fri 06-12 12, Sat 06-13 09");
    world->count = 0;
    assert_string_equal(picked_after(world, &nothing, named, 0), "");
    world->count = TIMES;
}

static void test_leaning_beside__words_take_the_place_of_what_is_remembered(void **state)
{
    struct world *world = *state;
    struct leaning both = leaning(world, "wants_saturday", "wants_morning");
    struct choice choice = said(world, "do you have anything on monday?");
    struct leaning left = leaning_beside(&both, &choice);
    assert_int_equal(left.weekdays, 0);
    assert_int_equal(left.parts, LEANING_MORNING);
    choice = said(world, "anything after 5?");
    left = leaning_beside(&both, &choice);
    assert_int_equal(left.weekdays, 1 << 6);
    assert_int_equal(left.parts, 0);
}

/* Without the times that the words allow, the nearest of what is left. */
static const char *nearest(struct world *world, const char *words, bool people)
{
    struct choice choice = said(world, words);
    struct slot left[TIMES], few[OPENING_OFFERED];
    size_t count = 0;
    for (size_t i = 0; i < world->count; i++) {
        if (!choice_allows(&choice, &world->schedule, &world->times[i], 0))
            left[count++] = world->times[i];
    }
    count = choice_nearest(&choice, &world->schedule, 0, left, count, OPENING_OFFERED, few);
    return shown(world, few, count, people);
}

static void test_choice_nearest__names_what_misses_least(void **state)
{
    struct world *world = *state;
    assert_string_equal(nearest(world, "do you have anything on saturday?", false),
        "Thu 06-11 09, Fri 06-12 09, Sun 06-14 09");
    assert_string_equal(nearest(world, "anything after 5 on monday?", false),
        "Sun 06-14 18, Mon 06-15 15, Tue 06-16 18");
    assert_string_equal(nearest(world, "anything on tuesday with rosa?", true),
        "Sun 06-14 09 Rosa, Mon 06-15 09 Rosa, Wed 06-17 09 Rosa");
}

static void test_choice_nearest__never_names_what_was_ruled_out(void **state)
{
    struct world *world = *state;
    struct choice choice = said(world, "anything but monday");
    struct slot few[OPENING_OFFERED];
    for (size_t i = 0; i < world->count; i++) {
        bool monday = day_weekday(zone_day(world->schedule.zone, world->times[i].start)) == 1;
        assert_int_equal(
            choice_miss(&choice, &world->schedule, &world->times[i], 0) == CHOICE_RULED_OUT,
            monday);
        assert_int_equal(
            choice_nearest(&choice, &world->schedule, 0, &world->times[i], 1, OPENING_OFFERED, few),
            monday ? 0 : 1);
    }
}

static void test_choice_nearest__names_no_two_that_overlap(void **state)
{
    struct world *world = *state;
    struct choice choice = said(world, "anything on friday?");
    struct slot times[16], few[OPENING_OFFERED];
    for (int i = 0; i < 16; i++) { /* Saturday from ten, an hour and a half each, by quarters */
        struct instant start = zone_at(world->schedule.zone, day_of(2026, 6, 13), 10 * 60 + 15 * i);
        times[i] = (struct slot){.start = start, .end = {start.ms + 90 * MS_PER_MINUTE}};
    }
    size_t count = choice_nearest(&choice, &world->schedule, 0, times, 16, OPENING_OFFERED, few);
    assert_int_equal(count, OPENING_OFFERED);
    for (size_t i = 1; i < count; i++)
        assert_true(few[i - 1].end.ms <= few[i].start.ms);
}

static void test_choice_of_slot__the_nearest_to_one_that_is_taken_stand_around_it(void **state)
{
    struct world *world = *state;
    struct slot few[OPENING_OFFERED];
    const struct slot *taken = &world->times[5 * STARTS * PEOPLE + PEOPLE]; /* Tue 06-16 12 Chen */
    struct choice choice = choice_of_slot(&world->schedule, taken);
    assert_int_equal(choice_miss(&choice, &world->schedule, taken, SCHEDULE_NOBODY), 0);
    struct slot left[TIMES];
    size_t count = 0;
    for (size_t i = 0; i < world->count; i++) {
        if (world->times[i].start.ms != taken->start.ms)
            left[count++] = world->times[i];
    }
    count = choice_nearest(
        &choice, &world->schedule, SCHEDULE_NOBODY, left, count, OPENING_OFFERED, few);
    assert_string_equal(
        shown(world, few, count, true), "Mon 06-15 12 Chen, Tue 06-16 09 Chen, Wed 06-17 12 Chen");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaning_of__reads_tags_as_they_are_written),
        cmocka_unit_test(test_leaning_pick__puts_what_is_remembered_first),
        cmocka_unit_test(test_leaning_pick__hides_nothing_and_lets_nobody_wait),
        cmocka_unit_test(test_leaning_pick__what_is_liked_and_the_rest_do_not_overlap),
        cmocka_unit_test(test_leaning_pick_spread__names_other_times_to_others),
        cmocka_unit_test(test_leaning_pick_spread__names_nobody_what_they_never_want),
        cmocka_unit_test(test_leaning_pick_spread__what_suits_twice_stays_before_what_suits_once),
        cmocka_unit_test(test_leaning_pick_spread__how_often_all_were_named_costs_nothing),
        cmocka_unit_test(test_leaning_beside__words_take_the_place_of_what_is_remembered),
        cmocka_unit_test(test_choice_nearest__names_what_misses_least),
        cmocka_unit_test(test_choice_nearest__never_names_what_was_ruled_out),
        cmocka_unit_test(test_choice_nearest__names_no_two_that_overlap),
        cmocka_unit_test(test_choice_of_slot__the_nearest_to_one_that_is_taken_stand_around_it),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
