/* quiet_hours_test.c: where people may be, and at which hours each state lets them be contacted.
 * The wall clock is the C library's, and the table is read a second time by the test itself. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "embed_gate_tables.h"
#include "gate/holidays.h"
#include "gate/quiet_hours.h"
#include "zone_fixture.h"

struct world {
    struct arena arena;
    struct env env;
    struct zones zones;
    struct place_table *places;
    struct quiet_table *table;
    struct holidays *holidays;
};

static int open_world(void **state)
{
    static struct world world;
    const struct embed_file *hours = embed_find(&embed_gate_tables, "quiet_hours_us.tsv");
    const struct embed_file *days = embed_find(&embed_gate_tables, "holidays_us.tsv");
    struct why why = {0};

    zone_fixture_open(&world.arena, &world.env, &world.zones);
    must(place_open(&world.arena, &world.zones, &world.places, &why), &why);
    must(quiet_hours_load(&world.arena, hours->name, hours->bytes, hours->len, days->name,
             days->bytes, days->len, &world.table, &why),
        &why);
    must(holidays_load(&world.arena, days->name, days->bytes, days->len, &world.holidays, &why),
        &why);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;

    zone_fixture_close(&world->arena, &world->env);
    return 0;
}

static struct quiet_answer judge(struct world *world, const struct place_ask *ask, const char *at)
{
    static struct places places; /* the answer points into it */
    struct quiet_ask question = {.kind = QUIET_MARKETING, .places = &places};

    place_find(world->places, ask, &places);
    return quiet_hours_judge(world->table, &question, instant_of(at));
}

/* ---- the twenty vectors ---- */

static void test_quiet_hours_judge__keeps_the_vectors(void **state)
{
    struct world *world = *state;
    static const struct {
        struct place_ask who;
        const char *at;
        bool send;
        const char *until; /* NULL: not looked at */
    } vectors[] = {
        {{.state = "NY"}, "2026-11-23T12:59:59Z", false, "2026-11-23T13:00:00Z"},
        {{.state = "NY"}, "2026-11-23T13:00:00Z", true, NULL},
        {{.zip = "33101"}, "2026-11-24T00:59:59Z", true, NULL},
        {{.zip = "33101"}, "2026-11-24T01:00:00Z", false, "2026-11-24T13:00:00Z"},
        {{.zip = "32501", .e164 = "+18505550100"}, "2026-11-24T01:30:00Z", true, NULL},
        {{.zip = "78701"}, "2026-11-29T17:59:59Z", false, "2026-11-29T18:00:00Z"},
        {{.zip = "78701"}, "2026-11-29T18:00:00Z", true, NULL},
        {{.zip = "40202"}, "2026-11-24T14:59:00Z", false, "2026-11-24T15:00:00Z"},
        {{.state = "RI"}, "2026-11-29T19:00:00Z", false, "2026-11-30T14:00:00Z"},
        {{.state = "RI"}, "2026-11-28T14:30:00Z", false, "2026-11-28T15:00:00Z"},
        {{.zip = "85004"}, "2027-07-01T15:00:00Z", true, NULL},
        {{.state = "HI"}, "2026-12-02T06:59:59Z", true, NULL},
        {{.state = "UT"}, "2026-12-25T19:00:00Z", false, "2026-12-26T15:00:00Z"},
        {{.state = "NY"}, "2027-03-14T12:00:00Z", true, NULL},
        {{.state = "NY"}, "2026-11-01T13:00:00Z", true, NULL},
        {{.state = "WA"}, "2026-12-02T04:30:00Z", false, "2026-12-02T16:00:00Z"},
        {{.state = "CT"}, "2026-11-24T13:30:00Z", false, "2026-11-24T14:00:00Z"},
        {{.zip = "10001", .e164 = "+15125550100"}, "2026-11-24T01:30:00Z", true, NULL},
        {{.zip = "33101", .e164 = "+12125550100"}, "2026-11-24T01:30:00Z", false, NULL},
        {{.e164 = "+19995550100"}, "2026-11-29T18:00:00Z", false, "2026-11-30T20:00:00Z"},
    };

    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct quiet_answer answer = judge(world, &vectors[i].who, vectors[i].at);

        if (answer.open != vectors[i].send)
            fail_msg("vector %zu is wrong", i + 1);
        if (vectors[i].until)
            assert_string_equal(
                instant_format_utc(&world->arena, answer.next_open), vectors[i].until);
    }
}

/* ---- every state, both clock changes of ten years ---- */

struct line {
    char state[16];
    int start[7], end[7]; /* minutes by weekday; equal: closed */
    bool has_holiday;
};

static int minute_of(const char *text)
{
    return (text[0] - '0') * 600 + (text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
}

static void set_window(struct line *line, int weekday, const char *text)
{
    bool closed = strncmp(text, "none", 4) == 0;

    line->start[weekday] = closed ? 0 : minute_of(text);
    line->end[weekday] = closed ? 0 : minute_of(text + 6);
}

/* The test's own reading of one line of the table. */
static bool read_line(char *text, struct line *line)
{
    char *cells[9], *saturday;

    for (int i = 0; i < 9; i++)
        cells[i] = strsep(&text, "\t");
    if (!cells[8] || strcmp(cells[1], "sms+voice") != 0)
        return false;
    *line = (struct line){.has_holiday = strstr(cells[8], "holiday=ban") != NULL};
    (void)snprintf(line->state, sizeof line->state, "%s", cells[0]);
    for (int day = 0; day < 7; day++) {
        line->start[day] = minute_of(cells[2]);
        line->end[day] = minute_of(cells[3]);
    }
    if (strcmp(cells[4], "same") != 0)
        set_window(line, 0, cells[4]);
    saturday = strstr(cells[8], "sat=");
    if (saturday)
        set_window(line, 6, saturday + 4);
    return true;
}

static struct tm wall_clock(int64_t second)
{
    time_t moment = (time_t)second;
    struct tm tm;

    assert_non_null(localtime_r(&moment, &tm));
    return tm;
}

static bool expect_open(const struct line *line, const struct tm *tm)
{
    int minute = tm->tm_hour * 60 + tm->tm_min;

    return minute >= line->start[tm->tm_wday] && minute < line->end[tm->tm_wday];
}

/* A day around a change, in steps of five minutes and at both sides of every quarter of an hour. */
static size_t hold_against(
    struct world *world, const struct line *line, const struct place *place, int64_t noon_s)
{
    static const int sides[] = {-1, 0, 1};
    struct places places = {.list = {*place}, .count = 1, .how = "state"};
    struct quiet_ask ask = {.kind = QUIET_MARKETING, .places = &places};
    size_t checked = 0;

    for (int64_t at = noon_s - 36 * 3600; at < noon_s + 36 * 3600; at += 900) {
        for (size_t i = 0; i < 3; i++) {
            struct tm tm = wall_clock(at + sides[i]);
            struct instant now = {(at + sides[i]) * 1000};
            struct day day = day_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);

            if (line->has_holiday && holidays_hold(world->holidays, line->state, day))
                continue;
            if (quiet_hours_judge(world->table, &ask, now).open != expect_open(line, &tm))
                fail_msg("%s in %s at %lld is wrong", line->state, zone_name(place->zone),
                    (long long)(at + sides[i]));
            checked++;
        }
    }
    return checked;
}

/* Noon of each day on which the zone's clock changes; 2 January where it never does. */
static size_t changes_of(int year, int64_t noons[4])
{
    size_t count = 0;
    struct tm start = {.tm_year = year - 1900, .tm_mday = 1, .tm_hour = 12, .tm_isdst = -1};
    int64_t noon = mktime(&start);
    long offset = wall_clock(noon).tm_gmtoff;

    for (int day = 1; day < 365 && count < 4; day++) {
        struct tm tm = wall_clock(noon + day * 86400);

        if (tm.tm_gmtoff != offset)
            noons[count++] = noon + day * 86400;
        offset = tm.tm_gmtoff;
    }
    if (!count)
        noons[count++] = noon + 86400;
    return count;
}

static void test_quiet_hours_judge__is_wall_time_in_every_state_on_every_clock_change(void **state)
{
    struct world *world = *state;
    const struct embed_file *file = embed_find(&embed_gate_tables, "quiet_hours_us.tsv");
    char *copy = arena_text_n(&world->arena, file->bytes, file->len), *text;
    size_t states = 0, days = 0, checked = 0;

    while ((text = strsep(&copy, "\n"))) {
        struct place_ask ask = {0};
        struct places places;
        struct line line;

        if (!read_line(text, &line) || strcmp(line.state, "state") == 0
            || strcmp(line.state, "US") == 0 || strcmp(line.state, "UNKNOWN") == 0)
            continue;
        ask.state = line.state;
        place_find(world->places, &ask, &places);
        assert_string_equal(places.list[0].state, line.state);
        for (size_t i = 0; i < places.count; i++) {
            assert_int_equal(setenv("TZ", zone_name(places.list[i].zone), 1), 0);
            tzset();
            for (int year = 2025; year < 2036; year++) {
                int64_t noons[4];
                size_t count = changes_of(year, noons);

                for (size_t c = 0; c < count; c++)
                    checked += hold_against(world, &line, &places.list[i], noons[c]);
                days += count;
            }
        }
        states++;
    }
    assert_int_equal(states, 56); /* fifty states, DC, five territories */
    print_message("%zu states, %zu clock changes, %zu moments\n", states, days, checked);
}

static void test_quiet_hours_next_open__is_the_first_open_moment(void **state)
{
    struct world *world = *state;
    static const char *const states[] = {"RI", "TX", "KY", "UT", "AL", "LA", "NE", "FL", "HI"};
    struct instant now = instant_of("2026-02-27T03:17:00Z");
    struct instant end = instant_of("2026-04-07T00:00:00Z");

    for (; now.ms < end.ms; now.ms += 7 * MS_PER_HOUR + 13 * MS_PER_MINUTE) {
        for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
            struct place_ask ask = {.state = states[i], .e164 = "+12085550100"};
            struct places places;
            struct quiet_ask question = {.kind = QUIET_RECORDED, .places = &places};
            struct quiet_answer answer;

            place_find(world->places, &ask, &places);
            answer = quiet_hours_judge(world->table, &question, now);
            assert_true(answer.has_next);
            assert_true(quiet_hours_judge(world->table, &question, answer.next_open).open);
            for (struct instant at = now; at.ms < answer.next_open.ms; at.ms += MS_PER_MINUTE)
                assert_false(quiet_hours_judge(world->table, &question, at).open);
        }
    }
}

static void test_quiet_hours_judge__names_the_rule(void **state)
{
    struct world *world = *state;

    assert_string_equal(
        judge(world, &(struct place_ask){.state = "NY"}, "2026-11-23T12:00:00Z").rule, "QH-1");
    assert_string_equal(
        judge(world, &(struct place_ask){.state = "FL"}, "2026-11-24T01:30:00Z").rule, "QH-4");
    assert_string_equal(
        judge(world, &(struct place_ask){.state = "RI"}, "2026-11-29T19:00:00Z").rule, "QH-5");
    assert_string_equal(judge(world, &(struct place_ask){0}, "2026-11-30T10:00:00Z").rule, "QH-2");
}

static void test_quiet_hours_judge__knows_recorded_voice_care_and_closed_days(void **state)
{
    struct world *world = *state;
    static const char *const closed[] = {"2026-11-24"};
    struct place_ask ask = {.state = "ME"};
    struct places places;
    struct quiet_ask question = {.places = &places};
    struct instant saturday = instant_of("2026-11-28T17:00:00Z"); /* noon in Maine */
    struct instant tuesday = instant_of("2026-11-24T17:00:00Z");

    place_find(world->places, &ask, &places);
    question.kind = QUIET_MARKETING;
    assert_true(quiet_hours_judge(world->table, &question, saturday).open);
    question.kind = QUIET_RECORDED;
    assert_false(quiet_hours_judge(world->table, &question, saturday).open);
    assert_string_equal(quiet_hours_judge(world->table, &question, saturday).rule, "QH-6");
    assert_true(quiet_hours_judge(world->table, &question, tuesday).open);
    question.closed_days = closed;
    question.closed_day_count = 1;
    assert_false(quiet_hours_judge(world->table, &question, tuesday).open);
    question.kind = QUIET_CARE;
    assert_true(quiet_hours_judge(world->table, &question, tuesday).open);
    assert_false(
        quiet_hours_judge(world->table, &question, instant_of("2026-11-24T11:30:00Z")).open);
}

static void test_holidays_hold__knows_federal_and_state_days(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *state;
        int year, month, day;
        bool holds;
    } days[] = {
        {"NY", 2026, 12, 25, true},
        {"UT", 2026, 7, 3, true}, /* observed */
        {"UT", 2026, 7, 4, true},
        {"UT", 2026, 7, 24, true},
        {"NY", 2026, 7, 24, false},
        {"LA", 2027, 3, 26, true},
        {"LA", 2027, 2, 9, true},
        {"AL", 2026, 4, 27, true},
        {"AL", 2026, 4, 20, false},
        {"RI", 2026, 8, 10, true},
        {"PA", 2026, 11, 3, true},
        {"PA", 2026, 4, 3, true},
        {"UNKNOWN", 2026, 7, 24, true},
        {"LA", 2026, 11, 2, true},
        {"LA", 2027, 1, 1, true},
        {"AL", 2026, 1, 8, false},
    };

    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        if (holidays_hold(
                world->holidays, days[i].state, day_of(days[i].year, days[i].month, days[i].day))
            != days[i].holds)
            fail_msg("%s %d-%d-%d", days[i].state, days[i].year, days[i].month, days[i].day);
}

/* ---- loading ---- */

static enum err load(struct world *world, const char *text, struct why *why)
{
    const struct embed_file *days = embed_find(&embed_gate_tables, "holidays_us.tsv");
    struct quiet_table *table;

    return quiet_hours_load(&world->arena, "hours.tsv", text, strlen(text), days->name, days->bytes,
        days->len, &table, why);
}

static char *without_line(struct world *world, const char *text, const char *start)
{
    const char *at = strstr(text, start), *end;

    assert_non_null(at);
    end = strchr(at + 1, '\n');
    return arena_format(&world->arena, "%.*s%s", (int)(at - text), text, end);
}

static void test_quiet_hours_load__wants_every_state(void **state)
{
    struct world *world = *state;
    const char *text = embed_find(&embed_gate_tables, "quiet_hours_us.tsv")->bytes;
    static const char *const states[] = {"AL", "TX", "WY", "DC", "PR", "MP", "UNKNOWN", "US"};

    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        struct why why = {0};
        const char *less =
            without_line(world, text, arena_format(&world->arena, "\n%s\tsms+voice\t", states[i]));

        assert_int_equal(load(world, less, &why), ERR_INPUT);
        assert_string_equal(
            why.message, arena_format(&world->arena, "the row of %s is missing", states[i]));
    }
}

static void test_quiet_hours_load__refuses_malformed_lines(void **state)
{
    struct world *world = *state;
    const char *text = embed_find(&embed_gate_tables, "quiet_hours_us.tsv")->bytes;
    static const char *const lines[] = {
        "XX\tsms+voice\t8:00\t21:00\tsame\t-\t-\tsource\tver=A",
        "XX\tsms+voice\t21:00\t08:00\tsame\t-\t-\tsource\tver=A",
        "XX\tsms+voice\t08:00\t25:00\tsame\t-\t-\tsource\tver=A",
        "XX\tsms+voice\t08:00\t21:00\tmaybe\t-\t-\tsource\tver=A",
        "XX\tsms+voice\t08:00\t21:00\tsame\tmany\t-\tsource\tver=A",
        "XX\tpigeon\t08:00\t21:00\tsame\t-\t-\tsource\tver=A",
        "XX\tsms+voice\t08:00\t21:00\tsame\t-\t-\t\tver=A",
        "XX\tsms+voice\t08:00\t21:00\tsame\t-\t-\tsource\tsat=late",
        "XX\tsms+voice\t08:00\t21:00\tsame\t-\t-\tsource\tholiday=some",
        "XX\tsms+voice\t08:00\t21:00\tsame\t-\t-\tsource",
        "XX\tsms+voice\t08:00\t21:00\tsame\t-\t-\tsource\tver=A\textra",
        "TX\tsms+voice\t08:00\t21:00\tsame\t-\t-\tsource\tver=A",
    };
    struct why fine = {0};

    assert_int_equal(load(world, text, &fine), ERR_NONE);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct why why = {0};

        if (load(world, arena_format(&world->arena, "%s%s\n", text, lines[i]), &why) != ERR_INPUT)
            fail_msg("accepted: %s", lines[i]);
        assert_string_equal(why.place, "hours.tsv:70");
    }
}

/* ---- places ---- */

static const char *places_of(struct world *world, const struct place_ask *ask)
{
    struct places places;
    char *text;

    place_find(world->places, ask, &places);
    text = arena_format(&world->arena, "%s", places.how);
    for (size_t i = 0; i < places.count; i++)
        text = arena_format(
            &world->arena, "%s %s@%s", text, places.list[i].state, zone_name(places.list[i].zone));
    return text;
}

static void test_place_find__trusts_in_the_order_of_the_rule(void **state)
{
    struct world *world = *state;

#define PLACES(...) places_of(world, &(struct place_ask){__VA_ARGS__})
    assert_string_equal(PLACES(.zip = "78701-1234"), "zip TX@America/Chicago");
    assert_string_equal(
        PLACES(.zip = "78701", .state = "TX", .e164 = "+15125550100"), "zip TX@America/Chicago");
    assert_string_equal(
        PLACES(.zip = "78701", .time_zone = "America/Denver"), "stated TX@America/Denver");
    assert_string_equal(PLACES(.zip = "10001", .e164 = "+15125550100"),
        "zip NY@America/New_York TX@America/Chicago");
    assert_string_equal(PLACES(.zip = "10001", .state = "TX"),
        "zip NY@America/New_York TX@America/Chicago TX@America/Denver");
    assert_string_equal(PLACES(.state = "TX"), "state TX@America/Chicago TX@America/Denver");
    assert_string_equal(PLACES(.e164 = "+15125550100"), "area_code TX@America/Chicago");
    assert_string_equal(
        PLACES(.e164 = "+15125550100", .time_zone = "America/Denver"), "stated TX@America/Denver");
    assert_string_equal(PLACES(.time_zone = "America/Denver"), "stated UNKNOWN@America/Denver");
    assert_string_equal(PLACES(.time_zone = "Mars/Olympus", .zip = "96701", .state = "HI"),
        "zip HI@Pacific/Honolulu");
    assert_string_equal(PLACES(.zip = "06390"), "zip CT@America/New_York NY@America/New_York");
    assert_string_equal(PLACES(.zip = "06390", .state = "NY"), "zip NY@America/New_York");
    assert_string_equal(
        PLACES(.zip = "x", .state = "Nowhere", .e164 = "+18005550100"), PLACES(.zip = NULL));
    assert_true(strncmp(PLACES(.zip = NULL), "unknown UNKNOWN@America/New_York", 32) == 0);
#undef PLACES
}

static void test_place_of_phone__gives_all_zones_of_a_code(void **state)
{
    struct world *world = *state;
    struct place_phone austin = place_of_phone(world->places, "+15125550100");
    struct place_phone boise = place_of_phone(world->places, "+12085550100");
    struct place_phone toronto = place_of_phone(world->places, "+14165550100");
    struct place_phone free = place_of_phone(world->places, "+18005550100");

    assert_string_equal(austin.country, "US");
    assert_int_equal(austin.zone_count, 1);
    assert_string_equal(austin.zones[0], "America/Chicago");
    assert_string_equal(austin.states[0], "TX");
    assert_int_equal(boise.zone_count, 3);
    assert_string_equal(toronto.country, "CA");
    assert_int_equal(toronto.state_count, 0);
    assert_int_equal(free.zone_count, 0);
    assert_null(place_of_phone(world->places, "+442079460000").country);
    assert_null(place_of_phone(world->places, "").country);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quiet_hours_judge__keeps_the_vectors),
        cmocka_unit_test(test_quiet_hours_judge__is_wall_time_in_every_state_on_every_clock_change),
        cmocka_unit_test(test_quiet_hours_next_open__is_the_first_open_moment),
        cmocka_unit_test(test_quiet_hours_judge__names_the_rule),
        cmocka_unit_test(test_quiet_hours_judge__knows_recorded_voice_care_and_closed_days),
        cmocka_unit_test(test_holidays_hold__knows_federal_and_state_days),
        cmocka_unit_test(test_quiet_hours_load__wants_every_state),
        cmocka_unit_test(test_quiet_hours_load__refuses_malformed_lines),
        cmocka_unit_test(test_place_find__trusts_in_the_order_of_the_rule),
        cmocka_unit_test(test_place_of_phone__gives_all_zones_of_a_code),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
