/* opening_schedule_test.c: schedules.yaml as people write it, and as they get it wrong. */
#include "unit.h"

#include <string.h>

#include "base/text.h"
#include "env/env.h"
#include "opening/choice.h"

static const char *const services[] = {"neurotoxin", "facial", "laser_ipl"};

static const char good[] =
    "step: 30m\n"
    "notice: 4h\n"
    "horizon: 90d\n"
    "hold: 15m\n"
    "locations:\n"
    "  Main:\n"
    "    hours: {mon-fri: \"09:00-12:00, 13:00-18:00\", sat: \"10:00-14:00\", sun: closed}\n"
    "    rooms: {treatment: 3, laser: 1}\n"
    "    closed: [\"2026-12-24 .. 2026-12-26\", \"2026-12-31 12:00-18:00\"]\n"
    "    open: [\"2026-12-13 09:00-13:00\"]\n"
    "  North:\n"
    "    hours: {tue: \"08:00-24:00\"}\n"
    "services:\n"
    "  neurotoxin: {duration: 30m, after: 10m, rooms: [treatment]}\n"
    "  laser_ipl: {duration: 1h, before: 5m, rooms: [treatment, laser]}\n"
    "providers:\n"
    "  Dr. Lily Chen:\n"
    "    names: [\"Chen, Lily\", LC]\n"
    "    does: [neurotoxin]\n"
    "    at: Main\n"
    "    hours: {mon-thu: \"09:00-17:00\"}\n"
    "  Rosa:\n"
    "    at: Main\n"
    "    hours: {tue: \"09:00-12:00, 13:00-20:00 at North\", fri-mon: \"10:00-14:00\"}\n"
    "    away: [\"2026-12-01\"]\n";

static int open_world(void **state)
{
    static struct arena boot;
    arena_init(&boot, 0);
    *state = &boot;
    return 0;
}

static int close_world(void **state)
{
    arena_release(*state);
    return 0;
}

static enum err parse(
    struct arena *boot, const char *text, const struct schedule **ret_schedule, struct why *why)
{
    static const char *const holidays[] = {"2026-07-03"};
    const struct practice practice = {.holidays = holidays, .holiday_count = 1};
    struct yaml *root;
    *why = (struct why){0};
    enum err err = yaml_parse(boot, "schedules.yaml", text, strlen(text), &root, why);
    return err == ERR_NONE ? schedule_parse(boot, root, &practice, services, 3, ret_schedule, why)
                           : err;
}

/* The file with one piece put in another's place. */
static const char *with(struct arena *boot, const char *old, const char *new)
{
    const char *at = strstr(good, old);
    assert_non_null(at);
    return arena_format(boot, "%.*s%s%s", (int)(at - good), good, new, at + strlen(old));
}

static void test_schedule_parse__reads_what_people_write(void **state)
{
    struct arena *boot = *state;
    const struct schedule *schedule = NULL;
    struct why why;
    must(parse(boot, good, &schedule, &why), &why);
    assert_int_equal(schedule->step_minutes, 30);
    assert_int_equal(schedule->notice_ms, 4 * MS_PER_HOUR);
    assert_int_equal(schedule->horizon_days, 90);
    assert_int_equal(schedule->hold_ms, 15 * MS_PER_MINUTE);
    assert_int_equal(schedule->holidays[0].n, day_of(2026, 7, 3).n);
    const struct schedule_location *main = &schedule->locations[0];
    assert_int_equal(main->hours.week[5].count, 2);
    assert_int_equal(main->hours.week[5].list[1].until_minute, 18 * 60);
    assert_int_equal(main->hours.week[0].count, 0);
    assert_int_equal(main->rooms[0], 3);
    assert_int_equal(main->hours.closed[0].last.n, day_of(2026, 12, 26).n);
    assert_int_equal(main->hours.closed[1].from_minute, 12 * 60);
    assert_int_equal(main->hours.open[0].day.n, day_of(2026, 12, 13).n);
    assert_int_equal(schedule->locations[1].hours.week[2].list[0].until_minute, 1440);
    assert_int_equal(schedule->services[1].rooms, 3);
    assert_int_equal(schedule->services[1].duration_ms, MS_PER_HOUR);
    assert_int_equal(schedule->services[0].after_ms, 10 * MS_PER_MINUTE);
    const struct schedule_provider *chen = &schedule->providers[0], *rosa = chen + 1;
    assert_int_equal(chen->does, 1);
    assert_int_equal(rosa->does, 3);
    assert_int_equal(rosa->hours.week[2].list[0].location, 0);
    assert_int_equal(rosa->hours.week[2].list[1].location, 1);
    assert_int_equal(rosa->hours.week[6].count, 1); /* fri-mon goes round the week's end */
    assert_int_equal(rosa->hours.week[4].count, 0);
    assert_int_equal(schedule_provider(schedule, "chen  lily"), 0);
    assert_int_equal(schedule_provider(schedule, "dr lily chen"), 0);
    assert_int_equal(schedule_provider(schedule, "Dr. Nobody"), SCHEDULE_NOBODY);
    assert_int_equal(schedule_provider(schedule, NULL), SCHEDULE_NOBODY);
    assert_int_equal(schedule_location(schedule, "NORTH"), 1);
    assert_int_equal(schedule_service(schedule, "facial"), SCHEDULE_NOBODY);
    int opens, closes;
    choice_hours(schedule, &opens, &closes);
    assert_int_equal(opens, 8 * 60);
    assert_int_equal(closes, 24 * 60);
}

struct mistake {
    const char *old, *new; /* put into the file */
    const char *place, *message;
};

static void test_schedule_parse__says_where_and_what_is_wrong(void **state)
{
    struct arena *boot = *state;
    static const struct mistake mistakes[] = {
        {"step: 30m", "step: 7m", "schedules.yaml:1:7", "in steps of 5 minutes"},
        {"step: 30m", "step: 25m", "schedules.yaml:1:7", "does not divide a day"},
        {"step: 30m", "steps: 30m", "schedules.yaml:1:1", "not known here"},
        {"notice: 4h", "notice: 99d", "schedules.yaml:2:9", "at most 30d"},
        {"horizon: 90d", "horizon: 4y", "schedules.yaml:3:10", "from 1d to 180d"},
        {"hold: 15m", "hold: soon", "schedules.yaml:4:7", "a span of time"},
        {"sun: closed", "sunday: closed", "schedules.yaml:7", "no day of the week"},
        {"sun: closed", "fri: closed", "schedules.yaml:7", "fri has its hours already"},
        {"10:00-14:00\", sun", "14:00-10:00\", sun", "schedules.yaml:7", "no hours of a day"},
        {"09:00-12:00, 13:00", "09:00-12:00, 11:00", "schedules.yaml:7", "no hours of a day"},
        {"09:00-12:00, 13:00", "09:00-12:00 at Main, 13:00", "schedules.yaml:7", "no hours"},
        {"laser: 1", "laser: many", "schedules.yaml:8", "a whole number"},
        {"2026-12-24 ..", "2026-12-27 ..", "schedules.yaml:9", "no time to be away or closed"},
        {"2026-12-31 12", "2026-12-32 12", "schedules.yaml:9", "no time to be away or closed"},
        {"2026-12-13 09:00-13:00", "2026-12-13", "schedules.yaml:10", "hours of its own"},
        {"neurotoxin: {", "neurotoxins: {", "schedules.yaml:14", "no service \"neurotoxins\""},
        {"duration: 30m, ", "", "schedules.yaml:14", "does not say how long it takes"},
        {"duration: 1h", "duration: 25h", "schedules.yaml:15", "from 5m to 720m"},
        {"[treatment, laser]", "[treatment, lasers]", "schedules.yaml:15", "no kind of room"},
        {"LC]", "Rosa]", "schedules.yaml:23", "Dr. Lily Chen goes by this name"},
        {"does: [neurotoxin]", "does: [facial]", "schedules.yaml:19", "no service with a duration"},
        {"at: Main\n    hours: {tue", "hours: {tue", "schedules.yaml:23", "at which location"},
        {"20:00 at North", "20:00 at South", "schedules.yaml:24", "no hours of a day"},
        {"at: Main\n    hours: {mon", "at: Maine\n    hours: {mon", "schedules.yaml:20",
            "no location \"Maine\""},
        {"09:00-17:00\"", "09:00-17:00\", wed-thu: closed", "schedules.yaml:21",
            "wed has its hours already"},
        {"away: [\"2026-12-01\"]", "away: 2026-12-01", "schedules.yaml:25", "a list of at most"},
        {"    hours: {tue: \"08:00-24:00\"}\n", "    rooms: {}\n", "schedules.yaml:12",
            "has no hours"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        const struct schedule *schedule = NULL;
        struct why why;
        const char *text = with(boot, mistakes[i].old, mistakes[i].new);
        assert_int_equal(parse(boot, text, &schedule, &why), ERR_INPUT);
        assert_null(schedule);
        if (!text_starts(why.place, mistakes[i].place) || !strstr(why.message, mistakes[i].message))
            fail_msg("%s: %s: %s", mistakes[i].new, why.place, why.message);
    }
}

static void test_schedule_parse__refuses_an_empty_file(void **state)
{
    const struct schedule *schedule = NULL;
    struct why why;
    assert_int_equal(parse(*state, "step: 30m\n", &schedule, &why), ERR_INPUT);
    assert_non_null(strstr(why.message, "has no locations"));
    assert_int_equal(parse(*state, "[]\n", &schedule, &why), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedule_parse__reads_what_people_write),
        cmocka_unit_test(test_schedule_parse__says_where_and_what_is_wrong),
        cmocka_unit_test(test_schedule_parse__refuses_an_empty_file),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
