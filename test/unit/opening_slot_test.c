/* opening_slot_test.c: free times, held against a calendar that is asked minute by minute. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "opening/slot.h"
#include "zone_fixture.h"

enum {
    WORLDS = 500,
    MINUTES_MAX = 8 * 1440 + 200,
    VISITS_MAX = 40,
    LOCATIONS_MAX = 2,
    PROVIDERS_MAX = 4,
    SERVICES_MAX = 3,
    KINDS = 2,
};

/* What a random schedule points to. */
struct world {
    struct arena arena;
    struct env env;
    struct zones zones;
    struct ids random;
    struct schedule schedule;
    struct schedule_location locations[LOCATIONS_MAX];
    struct schedule_service services[SERVICES_MAX];
    struct schedule_provider providers[PROVIDERS_MAX];
    struct slot_visit visits[VISITS_MAX];
    size_t visit_count;
    struct day first; /* of the window */
};

/* The calendar, a minute at a time. */
struct calendar {
    int64_t base_ms;
    int count;
    struct day day[MINUTES_MAX];
    int wall[MINUTES_MAX];
    bool again[MINUTES_MAX];          /* this wall time was there already today */
    int day_begins[10], day_ends[10]; /* of first - 2 + i */
    bool open[LOCATIONS_MAX][MINUTES_MAX];
    int at_work[PROVIDERS_MAX][MINUTES_MAX]; /* location, or -1 */
    bool taken[PROVIDERS_MAX][MINUTES_MAX];
    int rooms[LOCATIONS_MAX][KINDS][MINUTES_MAX];
    int unassigned[LOCATIONS_MAX][MINUTES_MAX];
};

static int draw(struct world *world, int below)
{
    return (int)(ids_random(&world->random) % (uint64_t)below);
}

static int open_world(void **state)
{
    static struct world world;
    static const unsigned char seed[32] = "openings, minute by minute";
    zone_fixture_open(&world.arena, &world.env, &world.zones);
    ids_init(&world.random, seed);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    zone_fixture_close(&world->arena, &world->env);
    return 0;
}

/* ---- a random practice ---- */

static struct shifts draw_shifts(struct world *world, struct arena *arena, int location)
{
    struct shift *list = ARENA_NEW(arena, struct shift, 2);
    size_t count = 0;
    int from = draw(world, 12) * 60 + (draw(world, 3) ? 0 : draw(world, 60));
    for (int i = 0; i < 2 && from < 1440; i++) {
        int until = from + 30 + draw(world, 700);
        until = until > 1440 || draw(world, 9) == 0 ? 1440 : until;
        int at = location < 0 ? -1
            : draw(world, 4)  ? location
                              : draw(world, (int)world->schedule.location_count);
        list[count++] = (struct shift){from, until, at};
        from = until + (draw(world, 3) ? 1 + draw(world, 200) : 0);
        if (draw(world, 2))
            break;
    }
    return (struct shifts){list, draw(world, 8) == 0 ? 0 : count};
}

static struct schedule_hours draw_hours(struct world *world, struct arena *arena, int location)
{
    struct schedule_hours hours = {0};
    struct open_day *open = ARENA_NEW(arena, struct open_day, 1);
    struct closed_time *closed = ARENA_NEW(arena, struct closed_time, 2);
    for (int day = 0; day < 7; day++)
        hours.week[day] = draw_shifts(world, arena, location);
    *open =
        (struct open_day){{world->first.n + draw(world, 4)}, draw_shifts(world, arena, location)};
    hours.open = open;
    hours.open_count = draw(world, 3) == 0;
    hours.closed_count = (size_t)draw(world, 3);
    for (size_t i = 0; i < hours.closed_count; i++) {
        int from = draw(world, 1400), until = from + 1 + draw(world, 1440 - from);
        bool whole = draw(world, 3) == 0;
        closed[i] = (struct closed_time){.first = {world->first.n - 1 + draw(world, 5)},
            .from_minute = whole ? 0 : from,
            .until_minute = whole ? 1440 : until};
        closed[i].last = (struct day){closed[i].first.n + (draw(world, 4) == 0)};
    }
    hours.closed = closed;
    return hours;
}

/* Half of all windows lie around a day on which the clocks change. */
static struct day draw_day(struct world *world, const struct zone *zone)
{
    struct day day = day_of(2012 + draw(world, 25), 1 + draw(world, 12), 1 + draw(world, 28));
    if (text_is(zone_name(zone), "Pacific/Apia") && draw(world, 3) == 0)
        day = day_of(2011, 12, 29);
    if (draw(world, 2) == 0)
        return day;
    for (int i = 0; i < 370; i++) {
        if (zone_offset_s(zone, zone_at(zone, (struct day){day.n + i}, 720))
            != zone_offset_s(zone, zone_at(zone, (struct day){day.n + i + 1}, 720)))
            return (struct day){day.n + i - draw(world, 2)};
    }
    return day;
}

static void draw_people(struct world *world, struct arena *arena)
{
    struct schedule *schedule = &world->schedule;
    for (size_t i = 0; i < schedule->location_count; i++) {
        world->locations[i] = (struct schedule_location){
            .name = i ? "North" : "Main", .hours = draw_hours(world, arena, -1)};
        for (int kind = 0; kind < KINDS; kind++)
            world->locations[i].rooms[kind] = draw(world, 4);
    }
    for (size_t i = 0; i < schedule->service_count; i++)
        world->services[i] = (struct schedule_service){.key = "visit",
            .duration_ms = (1 + draw(world, 24)) * (int64_t)SCHEDULE_CELL_MS,
            .before_ms = draw(world, 4) * (int64_t)SCHEDULE_CELL_MS,
            .after_ms = draw(world, 4) * (int64_t)SCHEDULE_CELL_MS,
            .rooms = (uint32_t)draw(world, 1 << KINDS)};
    for (size_t i = 0; i < schedule->provider_count; i++) {
        int location = draw(world, (int)schedule->location_count);
        world->providers[i] = (struct schedule_provider){.name = "Dr. Chen",
            .does = (uint64_t)draw(world, 1 << SERVICES_MAX) | (uint64_t)(draw(world, 2) ? 1 : 0),
            .location = location,
            .hours = draw_hours(world, arena, location)};
    }
}

static void draw_visits(struct world *world)
{
    const struct schedule *schedule = &world->schedule;
    int64_t from_ms = zone_at(schedule->zone, (struct day){world->first.n - 1}, 0).ms;
    world->visit_count = (size_t)draw(world, VISITS_MAX + 1);
    for (size_t i = 0; i < world->visit_count; i++) {
        struct slot_visit *visit = &world->visits[i];
        visit->start.ms = from_ms + draw(world, 6 * 1440) * MS_PER_MINUTE;
        visit->end.ms = visit->start.ms + (1 + draw(world, 150)) * MS_PER_MINUTE;
        visit->provider = draw(world, (int)schedule->provider_count + 2) - 2;
        visit->location = draw(world, (int)schedule->location_count + 1) - 1;
        visit->service = draw(world, (int)schedule->service_count + 1) - 1;
    }
}

static void draw_world(struct world *world, struct arena *arena)
{
    static const char *const zones[] = {"America/Chicago", "America/New_York", "Europe/Berlin",
        "Australia/Lord_Howe", "America/Havana", "Pacific/Apia", "America/Sao_Paulo",
        "America/St_Johns", "Asia/Beirut", "America/Phoenix", "Africa/Casablanca", "Asia/Kolkata"};
    static const int steps[] = {5, 10, 15, 20, 30, 60};
    static struct day holiday;
    struct why why = {0};
    struct schedule *schedule = &world->schedule;
    *schedule = (struct schedule){.step_minutes = steps[draw(world, 6)],
        .locations = world->locations,
        .location_count = 1 + (size_t)draw(world, LOCATIONS_MAX),
        .services = world->services,
        .service_count = 1 + (size_t)draw(world, SERVICES_MAX),
        .providers = world->providers,
        .provider_count = 1 + (size_t)draw(world, PROVIDERS_MAX),
        .room_kind_count = KINDS,
        .holidays = &holiday};
    must(zones_find(&world->zones, zones[draw(world, 12)], &schedule->zone, &why), &why);
    world->first = draw_day(world, schedule->zone);
    holiday = (struct day){world->first.n + draw(world, 3)};
    schedule->holiday_count = draw(world, 6) == 0;
    draw_people(world, arena);
    draw_visits(world);
}

/* ---- the calendar ---- */

static void lay_out_minutes(const struct world *world, struct calendar *calendar)
{
    const struct zone *zone = world->schedule.zone;
    calendar->base_ms = zone_at(zone, (struct day){world->first.n - 2}, 0).ms;
    int64_t end_ms = zone_at(zone, (struct day){world->first.n + 6}, 0).ms;
    calendar->count = (int)((end_ms - calendar->base_ms) / MS_PER_MINUTE);
    assert_true(calendar->count < MINUTES_MAX);
    static int seen[1440]; /* the last day on which each wall time was shown */
    memset(seen, 0, sizeof seen);
    memset(calendar->day_begins, 0, sizeof calendar->day_begins);
    memset(calendar->day_ends, 0, sizeof calendar->day_ends);
    for (int i = 0; i < calendar->count; i++) {
        struct instant at = {calendar->base_ms + i * MS_PER_MINUTE};
        struct civil civil = zone_civil(zone, at);
        calendar->day[i] = day_of(civil.year, civil.month, civil.day);
        calendar->wall[i] = civil.hour * 60 + civil.minute;
        calendar->again[i] = seen[calendar->wall[i]] == calendar->day[i].n;
        seen[calendar->wall[i]] = calendar->day[i].n;
        int day = calendar->day[i].n - (world->first.n - 2);
        if (calendar->day_ends[day] == 0)
            calendar->day_begins[day] = i;
        calendar->day_ends[day] = i + 1;
    }
}

/* From the first minute of the day that shows `from` or more to the first that shows `until`. */
static void range_of(const struct world *world, const struct calendar *calendar, int day, int from,
    int until, int *ret_begin, int *ret_end)
{
    int at = day - (world->first.n - 2);
    if (at < 0 || at >= 8) {
        *ret_begin = *ret_end = 0;
        return;
    }
    int last = calendar->day_ends[at], begin = calendar->day_begins[at];
    while (begin < last && calendar->wall[begin] < from)
        begin++;
    int end = begin;
    for (end = calendar->day_begins[at]; end < last && calendar->wall[end] < until; end++) {
    }
    *ret_begin = begin;
    *ret_end = end;
}

static const struct shifts *hours_on(const struct schedule_hours *hours, struct day day)
{
    if (hours->open_count && hours->open[0].day.n == day.n)
        return &hours->open[0].shifts;
    return &hours->week[day_weekday(day)];
}

static void lay_out_closed(const struct world *world, const struct calendar *calendar,
    const struct schedule_hours *hours, bool *closed)
{
    memset(closed, 0, MINUTES_MAX);
    for (size_t i = 0; i < hours->closed_count; i++) {
        const struct closed_time *time = &hours->closed[i];
        for (int day = time->first.n; day <= time->last.n; day++) {
            int begin, end;
            range_of(world, calendar, day, time->from_minute, time->until_minute, &begin, &end);
            for (int at = begin; at < end; at++)
                closed[at] = true;
        }
    }
}

static void lay_out_hours(const struct world *world, struct calendar *calendar)
{
    static bool closed[LOCATIONS_MAX + PROVIDERS_MAX][MINUTES_MAX];
    const struct schedule *schedule = &world->schedule;
    int begin, end;
    memset(calendar->open, 0, sizeof calendar->open);
    memset(calendar->at_work, 0xff, sizeof calendar->at_work);
    for (size_t l = 0; l < schedule->location_count; l++)
        lay_out_closed(world, calendar, &world->locations[l].hours, closed[l]);
    for (size_t p = 0; p < schedule->provider_count; p++)
        lay_out_closed(world, calendar, &world->providers[p].hours, closed[LOCATIONS_MAX + p]);
    for (int day = world->first.n - 2; day < world->first.n + 6; day++) {
        if (schedule->holiday_count && schedule->holidays[0].n == day)
            continue;
        for (size_t l = 0; l < schedule->location_count; l++) {
            const struct shifts *open = hours_on(&world->locations[l].hours, (struct day){day});
            for (size_t i = 0; i < open->count; i++) {
                range_of(world, calendar, day, open->list[i].from_minute,
                    open->list[i].until_minute, &begin, &end);
                for (int at = begin; at < end; at++)
                    calendar->open[l][at] = !closed[l][at];
            }
        }
        for (size_t p = 0; p < schedule->provider_count; p++) {
            const struct shifts *shifts = hours_on(&world->providers[p].hours, (struct day){day});
            for (size_t i = 0; i < shifts->count; i++) {
                int l = shifts->list[i].location;
                range_of(world, calendar, day, shifts->list[i].from_minute,
                    shifts->list[i].until_minute, &begin, &end);
                for (int at = begin; at < end; at++)
                    if (calendar->open[l][at] && !closed[LOCATIONS_MAX + p][at])
                        calendar->at_work[p][at] = l;
            }
        }
    }
}

static bool is_there(const struct world *world, const struct slot_visit *visit, int location)
{
    if (visit->location >= 0)
        return visit->location == location;
    return visit->provider < 0 || world->providers[visit->provider].location == location;
}

static void lay_out_visits(const struct world *world, struct calendar *calendar)
{
    memset(calendar->taken, 0, sizeof calendar->taken);
    memset(calendar->rooms, 0, sizeof calendar->rooms);
    memset(calendar->unassigned, 0, sizeof calendar->unassigned);
    for (size_t i = 0; i < world->visit_count; i++) {
        const struct slot_visit *visit = &world->visits[i];
        int64_t from = visit->start.ms, until = visit->end.ms;
        if (visit->service >= 0) {
            from -= world->services[visit->service].before_ms;
            until += world->services[visit->service].after_ms;
        }
        for (int64_t ms = from; ms < until; ms += MS_PER_MINUTE) {
            int64_t at = (ms - calendar->base_ms) / MS_PER_MINUTE;
            if (at < 0 || at >= calendar->count)
                continue;
            if (visit->provider >= 0)
                calendar->taken[visit->provider][at] = true;
            for (int l = 0; l < (int)world->schedule.location_count; l++) {
                if (!is_there(world, visit, l))
                    continue;
                calendar->unassigned[l][at] += visit->provider == SCHEDULE_NOBODY;
                for (int kind = 0; kind < KINDS && visit->service >= 0; kind++)
                    calendar->rooms[l][kind][at] +=
                        world->services[visit->service].rooms >> kind & 1;
            }
        }
    }
}

static bool may_take(const struct world *world, const struct calendar *calendar, int provider,
    int location, const struct schedule_service *service, int at)
{
    if (calendar->taken[provider][at])
        return false;
    for (int kind = 0; kind < KINDS; kind++)
        if (service->rooms >> kind & 1
            && calendar->rooms[location][kind][at] >= world->locations[location].rooms[kind])
            return false;
    int free = 0;
    for (size_t p = 0; p < world->schedule.provider_count; p++)
        free += calendar->at_work[p][at] == location && !calendar->taken[p][at];
    int unassigned = calendar->unassigned[location][at];
    return unassigned == 0 || free > unassigned;
}

static bool is_free(const struct world *world, const struct calendar *calendar, int provider,
    int service_index, int start)
{
    const struct schedule_service *service = &world->services[service_index];
    int location = calendar->at_work[provider][start];
    int end = start + (int)(service->duration_ms / MS_PER_MINUTE);
    if (!(world->providers[provider].does >> service_index & 1) || location < 0
        || calendar->wall[start] % world->schedule.step_minutes || calendar->again[start])
        return false;
    for (int at = start; at < end; at++)
        if (calendar->at_work[provider][at] != location)
            return false;
    for (int at = start - (int)(service->before_ms / MS_PER_MINUTE);
         at < end + (int)(service->after_ms / MS_PER_MINUTE); at++)
        if (!may_take(world, calendar, provider, location, service, at))
            return false;
    return true;
}

static int compare(struct world *world, struct arena *arena, struct calendar *calendar, int service)
{
    const struct zone *zone = world->schedule.zone;
    struct slot_question question = {.schedule = &world->schedule,
        .visits = world->visits,
        .visit_count = world->visit_count,
        .service = service,
        .provider = SCHEDULE_NOBODY,
        .location = SCHEDULE_NOBODY,
        .from = zone_at(zone, world->first, 0),
        .until = zone_at(zone, (struct day){world->first.n + 3}, 0)};
    struct slot *slots;
    size_t count, next = 0;
    slot_list(arena, &question, &slots, &count);
    for (int at = 0; at < calendar->count; at++) {
        int64_t ms = calendar->base_ms + at * MS_PER_MINUTE;
        if (ms < question.from.ms || ms >= question.until.ms)
            continue;
        for (int p = 0; p < (int)world->schedule.provider_count; p++) {
            bool found = next < count && slots[next].start.ms == ms && slots[next].provider == p;
            if (found != is_free(world, calendar, p, service, at))
                fail_msg("%s %s: provider %d, service %d: %s", zone_name(zone),
                    zone_format(arena, zone, (struct instant){ms}), p, service,
                    found ? "found although not free" : "free but not found");
            if (found) {
                assert_int_equal(slots[next].location, calendar->at_work[p][at]);
                next++;
            }
        }
    }
    assert_int_equal(next, count);
    return (int)count;
}

static void test_slot_list__agrees_with_a_calendar_minute_by_minute(void **state)
{
    struct world *world = *state;
    static struct calendar calendar;
    int64_t found = 0, changes = 0;
    for (int i = 0; i < WORLDS; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        draw_world(world, &arena);
        lay_out_minutes(world, &calendar);
        lay_out_hours(world, &calendar);
        lay_out_visits(world, &calendar);
        for (int service = 0; service < (int)world->schedule.service_count; service++)
            found += compare(world, &arena, &calendar, service);
        changes += calendar.count != 8 * 1440;
    }
    assert_true(found > WORLDS);       /* not all of them were empty */
    assert_true(changes > WORLDS / 4); /* and clocks did change */
}

static void test_slot_list__keeps_its_limit_and_its_order(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 50; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        draw_world(world, &arena);
        struct slot_question question = {.schedule = &world->schedule,
            .visits = world->visits,
            .visit_count = world->visit_count,
            .provider = SCHEDULE_NOBODY,
            .location = SCHEDULE_NOBODY,
            .from = zone_at(world->schedule.zone, world->first, 0),
            .until = zone_at(world->schedule.zone, (struct day){world->first.n + 3}, 0)};
        struct slot *all, *few, *theirs;
        size_t count, few_count, their_count, expected = 0;
        slot_list(&arena, &question, &all, &count);
        question.limit = 3;
        slot_list(&arena, &question, &few, &few_count);
        assert_int_equal(few_count, count < 3 ? count : 3);
        assert_true(few_count == 0 || memcmp(all, few, few_count * sizeof *few) == 0);
        question.limit = 0;
        question.provider = 0;
        slot_list(&arena, &question, &theirs, &their_count);
        for (size_t j = 0; j < count; j++) {
            assert_true(j == 0 || all[j - 1].start.ms <= all[j].start.ms);
            expected += all[j].provider == 0;
            /* Exactly this time, asked for alone, is there as well. */
            question.provider = all[j].provider;
            question.from = all[j].start;
            question.until = instant_add_ms(all[j].start, 1);
            slot_list(&arena, &question, &few, &few_count);
            assert_int_equal(few_count, 1);
        }
        assert_int_equal(their_count, expected);
    }
}

static void test_slot_window__ends_with_the_horizons_last_day(void **state)
{
    struct world *world = *state;
    struct why why = {0};
    struct schedule schedule = {.notice_ms = 2 * MS_PER_HOUR, .horizon_days = 1};
    must(zones_find(&world->zones, "America/Chicago", &schedule.zone, &why), &why);
    struct instant now, from, until;
    must(instant_parse("2026-10-31T12:00:00-05:00", &now, &why), &why);
    slot_window(&schedule, now, &from, &until);
    assert_string_equal(
        zone_format(&world->arena, schedule.zone, from), "2026-10-31T14:00:00-05:00");
    assert_string_equal(
        zone_format(&world->arena, schedule.zone, until), "2026-11-02T00:00:00-06:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slot_list__agrees_with_a_calendar_minute_by_minute),
        cmocka_unit_test(test_slot_list__keeps_its_limit_and_its_order),
        cmocka_unit_test(test_slot_window__ends_with_the_horizons_last_day),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
