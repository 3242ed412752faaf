/* base_time_test.c: days, moments, spans and zones; zones are held against the C library's. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/id.h"
#include "base/text.h"
#include "base/zone.h"
#include "zone_fixture.h"

struct world {
    struct arena arena;
    struct env env;
    struct zones zones;
};

static int open_world(void **state)
{
    static struct world world;
    zone_fixture_open(&world.arena, &world.env, &world.zones);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    zone_fixture_close(&world->arena, &world->env);
    return 0;
}

static const struct zone *zone_of(struct world *world, const char *name)
{
    const struct zone *zone = NULL;
    struct why why = {0};
    must(zones_find(&world->zones, name, &zone, &why), &why);
    return zone;
}

static void test_day_of__counts_every_day_of_six_centuries(void **state)
{
    (void)state;
    int expected = day_of(1600, 1, 1).n;
    for (int year = 1600; year < 2200; year++)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; day_valid(year, month, day); day++) {
                struct day made = day_of(year, month, day);
                int y, m, d;
                day_split(made, &y, &m, &d);
                assert_true(made.n == expected++ && y == year && m == month && d == day);
            }
    assert_int_equal(day_of(1970, 1, 1).n, 0);
    assert_int_equal(day_weekday(day_of(2026, 11, 22)), 0);
    assert_int_equal(day_weekday(day_of(1900, 1, 1)), 1);
    assert_false(day_valid(2023, 2, 29) || day_valid(1900, 2, 29) || !day_valid(2000, 2, 29));
    assert_false(day_valid(2024, 13, 1) || day_valid(2024, 0, 1) || day_valid(2024, 4, 31));
}

static void test_day_add_months__clamps_to_the_last_day(void **state)
{
    (void)state;
    assert_int_equal(day_add_months(day_of(2026, 1, 31), 1).n, day_of(2026, 2, 28).n);
    assert_int_equal(day_add_months(day_of(2024, 1, 31), 1).n, day_of(2024, 2, 29).n);
    assert_int_equal(day_add_months(day_of(2026, 1, 31), -2).n, day_of(2025, 11, 30).n);
    assert_int_equal(day_add_months(day_of(9999, 12, 1), 1).n, day_of(9999, 12, 31).n);
    assert_int_equal(day_add_months(day_of(1, 2, 1), -2).n, day_of(1, 1, 1).n);
    assert_int_equal(day_months_between(day_of(2026, 1, 31), day_of(2026, 2, 28)), 1);
    assert_int_equal(day_months_between(day_of(2026, 1, 15), day_of(2026, 3, 14)), 1);
    assert_int_equal(day_months_between(day_of(2026, 3, 14), day_of(2026, 1, 15)), -1);
}

static void test_day_is_federal_holiday__follows_the_statute(void **state)
{
    (void)state;
    static const int holidays_2026[][2] = {{1, 1}, {1, 19}, {2, 16}, {5, 25}, {6, 19}, {7, 3},
        {7, 4}, {9, 7}, {10, 12}, {11, 11}, {11, 26}, {12, 25}};
    size_t at = 0;
    for (struct day day = day_of(2026, 1, 1); day.n <= day_of(2026, 12, 31).n; day.n++) {
        int year, month, month_day;
        day_split(day, &year, &month, &month_day);
        bool listed = at < 12 && holidays_2026[at][0] == month && holidays_2026[at][1] == month_day;
        assert_int_equal(day_is_federal_holiday(day), listed);
        at += listed;
    }
    assert_int_equal(at, 12);
    assert_true(day_is_federal_holiday(day_of(2021, 12, 31))); /* 1 Jan 2022 was a Saturday */
    assert_false(day_is_federal_holiday_date(day_of(2021, 12, 31)));
    assert_true(day_is_federal_holiday(day_of(2027, 7, 5))); /* 4 Jul 2027 is a Sunday */
    assert_false(day_is_federal_holiday(day_of(2019, 6, 19)));
    assert_int_equal(day_add_business(day_of(2026, 7, 2), 1).n, day_of(2026, 7, 6).n);
    assert_int_equal(day_add_business(day_of(2026, 7, 6), -1).n, day_of(2026, 7, 2).n);
}

static void test_instant_parse__reads_rfc_3339_and_nothing_else(void **state)
{
    struct world *world = *state;
    assert_true(instant_of("2026-03-01T23:00:00-06:00").ms == INT64_C(1772427600000));
    assert_true(instant_of("2026-03-02 05:00Z").ms == INT64_C(1772427600000));
    assert_true(instant_of("1969-12-31t23:59:59.25z").ms == -750);
    assert_true(instant_of("2016-12-31T23:59:60Z").ms == instant_of("2017-01-01T00:00:00Z").ms);
    const char *const wrong[] = {"2026-03-01", "2026-03-01T23:00:00", "2026-02-29T00:00:00Z",
        "2026-03-01T24:00:00Z", "2026-03-01T23:00:00-0600", "2026-03-01T23:00:00Z ", "",
        "2026-03-01T23:00:00.Z", "2026-03-01T23:00:61Z", "2026-3-1T23:00:00Z"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct instant instant;
        assert_int_equal(instant_parse(wrong[i], &instant, NULL), ERR_INPUT);
    }
    assert_string_equal(
        instant_format_utc(&world->arena, (struct instant){-750}), "1969-12-31T23:59:59.250Z");
    assert_string_equal(
        instant_format_utc(&world->arena, (struct instant){0}), "1970-01-01T00:00:00Z");
    struct day day;
    assert_int_equal(day_parse("2026-11-22", &day, NULL), ERR_NONE);
    assert_string_equal(day_format(&world->arena, day), "2026-11-22");
    assert_int_equal(day_parse("2026-11-22x", &day, NULL), ERR_INPUT);
}

static void test_span_parse__keeps_months_as_months(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *text, *same;
        struct span span;
    } cases[] = {{"90d", "90d", {.days = 90}}, {"6w", "42d", {.days = 42}},
        {"9mo", "9mo", {.months = 9}}, {"2y", "2y", {.months = 24}}, {"0d", "0d", {0}},
        {"48h", "48h", {.ms = 48 * MS_PER_HOUR}}, {"10m", "10m", {.ms = 10 * MS_PER_MINUTE}},
        {"15s", "15s", {.ms = 15000}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct span span;
        struct why why = {0};
        must(span_parse(cases[i].text, &span, &why), &why);
        assert_true(span.months == cases[i].span.months && span.days == cases[i].span.days
            && span.ms == cases[i].span.ms);
        assert_string_equal(span_format(&world->arena, span), cases[i].same);
    }
    const char *const wrong[] = {"", "d", "9", "9 d", "-9d", "9days", "99999999d", "101y", "1d2h"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct span span;
        assert_int_equal(span_parse(wrong[i], &span, NULL), ERR_INPUT);
    }
    struct day added = span_add_to_day(day_of(2026, 1, 31), (struct span){.months = 1, .days = 1});
    assert_int_equal(added.n, day_of(2026, 3, 1).n);
    assert_true(span_ms((struct span){.months = 1, .days = 1, .ms = 1}) == 31 * MS_PER_DAY + 1);
    assert_true(span_is_zero((struct span){0}) && !span_is_zero((struct span){.ms = 1}));
}

static void test_zone_at__moves_through_gaps_and_takes_the_earlier_of_two(void **state)
{
    struct world *world = *state;
    const struct zone *zone = zone_of(world, "America/Chicago");
    struct arena *arena = &world->arena;
    struct day spring = day_of(2026, 3, 8), autumn = day_of(2026, 11, 1);
    assert_string_equal(
        zone_format(arena, zone, zone_at(zone, spring, 2 * 60 + 30)), "2026-03-08T03:30:00-05:00");
    assert_string_equal(
        zone_format(arena, zone, zone_at(zone, autumn, 90)), "2026-11-01T01:30:00-05:00");
    assert_string_equal(
        zone_format(arena, zone, zone_at(zone, autumn, 24 * 60)), "2026-11-02T00:00:00-06:00");
    assert_string_equal(zone_format(arena, zone, zone_at(zone, day_of(2050, 7, 1), 21 * 60)),
        "2050-07-01T21:00:00-05:00"); /* by the rule behind the last transition */
    struct civil civil = zone_civil(zone, instant_of("2026-07-05T04:59:59.007Z"));
    assert_true(civil.month == 7 && civil.day == 4 && civil.hour == 23 && civil.minute == 59
        && civil.second == 59 && civil.ms == 7);
    assert_true(zone_instant(zone, &civil).ms == instant_of("2026-07-05T04:59:59.007Z").ms);
    assert_int_equal(zone_day(zone, instant_of("2026-07-05T04:59:59Z")).n, day_of(2026, 7, 4).n);
    assert_string_equal(zone_name(zone), "America/Chicago");
    const struct zone *half = zone_of(world, "America/St_Johns");
    assert_string_equal(
        zone_format(arena, half, instant_of("2026-01-01T00:00:00Z")), "2025-12-31T20:30:00-03:30");
}

/* Every zone of zone1970.tab, moments near its changes and at random, against localtime_r. */
static void test_zone_offset__agrees_with_the_c_library(void **state)
{
    struct world *world = *state;
    struct arena *arena = &world->arena;
    char *text;
    size_t len;
    struct why why = {0};
    must(world->env.file.read(
             NULL, arena, "/usr/share/zoneinfo/zone1970.tab", 1 << 20, &text, &len, &why),
        &why);
    struct ids random;
    ids_init(&random, (const unsigned char[32]){7});
    size_t zones = 0;
    char *rest = text, *line;
    while ((line = strsep(&rest, "\n"))) {
        if (*line == '#' || !*line)
            continue;
        (void)strsep(&line, "\t");
        (void)strsep(&line, "\t");
        const char *name = strsep(&line, "\t");
        const struct zone *zone = zone_of(world, name);
        assert_int_equal(setenv("TZ", name, 1), 0);
        tzset();
        zones++;
        for (int i = 0; i < 400; i++) {
            /* 1901 to 2100, the range in which the C library and the files agree to the second. */
            time_t moment = (time_t)(ids_random(&random) % UINT64_C(6279724800)) - 2177452800;
            struct tm local;
            assert_non_null(localtime_r(&moment, &local));
            struct instant instant = {moment * MS_PER_SECOND};
            if (local.tm_gmtoff != zone_offset_s(zone, instant))
                fail_msg("%s at %lld: %ld, not %d", name, (long long)moment, local.tm_gmtoff,
                    zone_offset_s(zone, instant));
            struct civil civil = zone_civil(zone, instant);
            int64_t back_ms = zone_instant(zone, &civil).ms;
            struct civil again = zone_civil(zone, (struct instant){back_ms});
            assert_true(back_ms <= instant.ms && memcmp(&civil, &again, sizeof civil) == 0);
        }
    }
    assert_true(zones > 300);
    assert_int_equal(unsetenv("TZ"), 0);
}

static void test_zones_find__refuses_and_suggests(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *name, *hint;
    } cases[] = {{"America/Chicgo", "Did you mean America/Chicago?"},
        {"america/new_york", "Did you mean America/New_York?"},
        {"Denver", "Did you mean America/Denver?"}, {"../../etc/passwd", NULL},
        {"/etc/passwd", NULL}, {"", NULL}, {"America", NULL}, {"zone.tab", NULL},
        {"right/UTC", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct zone *zone = NULL;
        struct why why = {0};
        assert_int_not_equal(zones_find(&world->zones, cases[i].name, &zone, &why), ERR_NONE);
        assert_null(zone);
        if (cases[i].hint)
            assert_string_equal(why.hint, cases[i].hint);
    }
    assert_ptr_equal(zone_of(world, "America/Denver"), zone_of(world, "America/Denver"));
}

static const unsigned char *cut_bytes;
static size_t cut_len;

static enum err load_cut(void *context, struct arena *arena, const char *name,
    const unsigned char **ret_bytes, size_t *ret_len, struct why *reterr_why)
{
    (void)context;
    (void)name;
    (void)reterr_why;
    unsigned char *copy = arena_alloc(arena, cut_len); /* exactly: a read past it is found */
    memcpy(copy, cut_bytes, cut_len);
    *ret_bytes = copy;
    *ret_len = cut_len;
    return ERR_NONE;
}

static void test_zones_find__survives_a_file_cut_anywhere(void **state)
{
    struct world *world = *state;
    size_t whole;
    must(
        env_zone_load(&world->env.file, &world->arena, "America/Chicago", &cut_bytes, &whole, NULL),
        &(struct why){0});
    for (cut_len = 0; cut_len < whole; cut_len += cut_len % 7 + 1) {
        struct zones zones;
        const struct zone *zone = NULL;
        zones_init(&zones, &world->arena, load_cut, NULL);
        assert_int_not_equal(zones_find(&zones, "America/Chicago", &zone, NULL), ERR_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_day_of__counts_every_day_of_six_centuries),
        cmocka_unit_test(test_day_add_months__clamps_to_the_last_day),
        cmocka_unit_test(test_day_is_federal_holiday__follows_the_statute),
        cmocka_unit_test(test_instant_parse__reads_rfc_3339_and_nothing_else),
        cmocka_unit_test(test_span_parse__keeps_months_as_months),
        cmocka_unit_test(test_zone_at__moves_through_gaps_and_takes_the_earlier_of_two),
        cmocka_unit_test(test_zone_offset__agrees_with_the_c_library),
        cmocka_unit_test(test_zones_find__refuses_and_suggests),
        cmocka_unit_test(test_zones_find__survives_a_file_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
