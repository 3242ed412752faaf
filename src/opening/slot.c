/* slot.c: the free times of a schedule: shifts become stretches of time, what is taken is cut out.
 */
#include "opening/slot.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTES_PER_DAY = 1440 };

/* [from, until) in milliseconds, at one location. */
struct stretch {
    int64_t from, until;
    int location;
};
struct stretches {
    struct stretch *list;
    size_t count, capacity;
};

struct finder {
    struct arena *arena;
    const struct slot_question *question;
    const struct schedule *schedule;
    struct day first, last;  /* the days that shifts are laid out for */
    struct stretches *work;  /* per provider: at work, apart, rising */
    struct stretches *taken; /* per provider: rising, apart */
    struct stretches *full;  /* per location: no room of a kind, or nobody to spare */
    int64_t *starts;         /* the grid's moments in the window */
    size_t start_count;
};

/* ---- stretches ---- */

static void add(struct arena *arena, struct stretches *to, struct stretch stretch)
{
    if (stretch.from >= stretch.until)
        return;
    if (to->count == to->capacity) {
        size_t bigger = to->capacity ? to->capacity * 2 : 16;
        to->list = arena_grow(
            arena, to->list, to->capacity * sizeof(*to->list), bigger * sizeof(*to->list));
        to->capacity = bigger;
    }
    to->list[to->count++] = stretch;
}

static int by_from(const void *a, const void *b)
{
    const struct stretch *left = a, *right = b;
    if (left->from != right->from)
        return left->from < right->from ? -1 : 1;
    return left->location - right->location;
}

/* Rising; what touches or overlaps at one location becomes one. */
static void join(struct stretches *of)
{
    if (of->count < 2)
        return;
    qsort(of->list, of->count, sizeof(*of->list), by_from);
    size_t kept = 1;
    for (size_t i = 1; i < of->count; i++) {
        struct stretch *last = &of->list[kept - 1], *next = &of->list[i];
        if (next->from <= last->until && next->location == last->location) {
            if (next->until > last->until)
                last->until = next->until;
        } else {
            of->list[kept++] = *next;
        }
    }
    of->count = kept;
}

/* `from` without `away`, whose stretches are rising and apart, at any location. */
static struct stretches without(
    struct arena *arena, const struct stretches *from, const struct stretches *away)
{
    struct stretches left = {0};
    for (size_t i = 0; i < from->count; i++) {
        struct stretch rest = from->list[i];
        for (size_t j = 0; j < away->count && rest.from < rest.until; j++) {
            const struct stretch *cut = &away->list[j];
            if (cut->until <= rest.from)
                continue;
            if (cut->from >= rest.until)
                break;
            add(arena, &left, (struct stretch){rest.from, cut->from, rest.location});
            rest.from = cut->until;
        }
        add(arena, &left, rest);
    }
    return left;
}

/* The first of rising, disjoint stretches that ends after `ms`. */
static size_t first_after(const struct stretches *of, int64_t ms)
{
    size_t low = 0, high = of->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (of->list[middle].until > ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool overlaps(const struct stretches *of, int64_t from, int64_t until)
{
    size_t at = first_after(of, from);
    return at < of->count && of->list[at].from < until;
}

/* ---- the wall clock ---- */

static bool shows(const struct zone *zone, struct instant at, struct day day, int minute)
{
    struct civil civil = zone_civil(zone, at);
    return zone_day(zone, at).n == day.n && civil.hour * 60 + civil.minute == minute;
}

/* The first moment at which the wall shows that minute of that day, or what comes after a gap. */
static int64_t wall_moment(const struct zone *zone, struct day day, int minute)
{
    if (minute == MINUTES_PER_DAY) {
        day.n++;
        minute = 0;
    }
    struct instant at = zone_at(zone, day, minute);
    if (shows(zone, at, day, minute))
        return at.ms;
    /* In a gap: zone_at went on by as much as is missing; the clock jumped before. */
    int32_t offset_s = zone_offset_s(zone, at);
    int64_t low = at.ms - 26 * MS_PER_HOUR, high = at.ms;
    while (low + 1 < high) {
        int64_t middle = low + (high - low) / 2;
        if (zone_offset_s(zone, (struct instant){middle}) == offset_s)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static const struct shifts *shifts_of(const struct schedule_hours *hours, struct day day)
{
    for (size_t i = 0; i < hours->open_count; i++) {
        if (hours->open[i].day.n == day.n)
            return &hours->open[i].shifts;
    }
    return &hours->week[day_weekday(day)];
}

/* ---- who is at work, and where ---- */

static void add_closed(
    struct finder *finder, const struct schedule_hours *hours, struct day day, struct stretches *to)
{
    const struct zone *zone = finder->schedule->zone;
    for (size_t i = 0; i < hours->closed_count; i++) {
        const struct closed_time *closed = &hours->closed[i];
        if (day.n >= closed->first.n && day.n <= closed->last.n)
            add(finder->arena, to,
                (struct stretch){wall_moment(zone, day, closed->from_minute),
                    wall_moment(zone, day, closed->until_minute), 0});
    }
}

static bool is_holiday(const struct schedule *schedule, struct day day)
{
    for (size_t i = 0; i < schedule->holiday_count; i++) {
        if (schedule->holidays[i].n == day.n)
            return true;
    }
    return false;
}

/* One shift, as far as its location is open. */
static void add_shift(struct finder *finder, struct day day, const struct shift *shift,
    const struct stretches *closed, struct stretches *to)
{
    const struct zone *zone = finder->schedule->zone;
    const struct schedule_location *location = &finder->schedule->locations[shift->location];
    const struct shifts *open = shifts_of(&location->hours, day);
    struct stretches parts = {0};
    for (size_t i = 0; i < open->count; i++) {
        int from = open->list[i].from_minute, until = open->list[i].until_minute;
        from = from > shift->from_minute ? from : shift->from_minute;
        until = until < shift->until_minute ? until : shift->until_minute;
        if (from < until)
            add(finder->arena, &parts,
                (struct stretch){
                    wall_moment(zone, day, from), wall_moment(zone, day, until), shift->location});
    }
    struct stretches all_closed = {0};
    for (size_t i = 0; i < closed->count; i++)
        add(finder->arena, &all_closed, closed->list[i]);
    add_closed(finder, &location->hours, day, &all_closed);
    join(&all_closed);
    struct stretches left = without(finder->arena, &parts, &all_closed);
    for (size_t i = 0; i < left.count; i++)
        add(finder->arena, to, left.list[i]);
}

static struct stretches work_of(struct finder *finder, const struct schedule_provider *provider)
{
    struct stretches work = {0};
    for (struct day day = finder->first; day.n <= finder->last.n; day.n++) {
        const struct shifts *shifts = shifts_of(&provider->hours, day);
        if (shifts->count == 0 || is_holiday(finder->schedule, day))
            continue;
        struct stretches away = {0};
        add_closed(finder, &provider->hours, day, &away);
        for (size_t i = 0; i < shifts->count; i++)
            add_shift(finder, day, &shifts->list[i], &away, &work);
    }
    join(&work);
    return work;
}

/* ---- what is taken ---- */

static struct stretch block_of(const struct schedule *schedule, const struct slot_visit *visit)
{
    struct stretch block = {visit->start.ms, visit->end.ms, 0};
    if (visit->service != SCHEDULE_NOBODY) {
        block.from -= schedule->services[visit->service].before_ms;
        block.until += schedule->services[visit->service].after_ms;
    }
    return block;
}

/* A visit whose place nobody knows may be anywhere. */
static bool visit_is_at(
    const struct schedule *schedule, const struct slot_visit *visit, int location)
{
    if (visit->location != SCHEDULE_NOBODY)
        return visit->location == location;
    if (visit->provider >= 0)
        return schedule->providers[visit->provider].location == location;
    return true;
}

static void lay_out_taken(struct finder *finder)
{
    const struct slot_question *question = finder->question;
    for (size_t i = 0; i < question->visit_count; i++) {
        const struct slot_visit *visit = &question->visits[i];
        if (visit->provider >= 0)
            add(finder->arena, &finder->taken[visit->provider], block_of(finder->schedule, visit));
    }
    for (size_t i = 0; i < finder->schedule->provider_count; i++)
        join(&finder->taken[i]);
}

/* At a moment, `used` and `room` change by so much. */
struct edge {
    int64_t at;
    int used, room;
};
struct edges {
    struct edge *list;
    size_t count;
};

static int by_at(const void *a, const void *b)
{
    const struct edge *left = a, *right = b;
    return left->at < right->at ? -1 : left->at > right->at;
}

/* Adds to `full` every moment at which something is used and no room is left. */
static void sweep(struct finder *finder, struct edges *edges, int room, struct stretches *full)
{
    int used = 0;
    qsort(edges->list, edges->count, sizeof(*edges->list), by_at);
    for (size_t i = 0; i < edges->count; i++) {
        used += edges->list[i].used;
        room += edges->list[i].room;
        if (i + 1 < edges->count && used > 0 && room <= used)
            add(finder->arena, full, (struct stretch){edges->list[i].at, edges->list[i + 1].at, 0});
    }
}

static void put_edges(struct edges *edges, struct stretch stretch, int used, int room)
{
    edges->list[edges->count++] = (struct edge){stretch.from, used, room};
    edges->list[edges->count++] = (struct edge){stretch.until, -used, -room};
}

static void sweep_rooms(struct finder *finder, int location, size_t kind, struct stretches *full)
{
    const struct slot_question *question = finder->question;
    struct edges edges = {
        .list = ARENA_NEW(finder->arena, struct edge, 2 * question->visit_count + 1)};
    for (size_t i = 0; i < question->visit_count; i++) {
        const struct slot_visit *visit = &question->visits[i];
        if (visit->service != SCHEDULE_NOBODY && visit_is_at(finder->schedule, visit, location)
            && finder->schedule->services[visit->service].rooms >> kind & 1)
            put_edges(&edges, block_of(finder->schedule, visit), 1, 0);
    }
    sweep(finder, &edges, finder->schedule->locations[location].rooms[kind], full);
}

/* Visits without a known provider: somebody at work will have them. */
static void sweep_people(struct finder *finder, int location, struct stretches *full)
{
    const struct slot_question *question = finder->question;
    size_t room = question->visit_count;
    bool any = false;
    struct stretches *free =
        ARENA_NEW(finder->arena, struct stretches, finder->schedule->provider_count);
    for (size_t i = 0; i < finder->schedule->provider_count; i++) {
        free[i] = without(finder->arena, &finder->work[i], &finder->taken[i]);
        room += free[i].count;
    }
    struct edges edges = {.list = ARENA_NEW(finder->arena, struct edge, 2 * room + 1)};
    for (size_t i = 0; i < question->visit_count; i++) {
        const struct slot_visit *visit = &question->visits[i];
        if (visit->provider == SCHEDULE_NOBODY && visit_is_at(finder->schedule, visit, location)) {
            put_edges(&edges, block_of(finder->schedule, visit), 1, 0);
            any = true;
        }
    }
    if (!any)
        return;
    for (size_t i = 0; i < finder->schedule->provider_count; i++) {
        for (size_t j = 0; j < free[i].count; j++) {
            if (free[i].list[j].location == location)
                put_edges(&edges, free[i].list[j], 0, 1);
        }
    }
    sweep(finder, &edges, 0, full);
}

static bool has_rooms(
    const struct schedule_location *location, const struct schedule_service *service)
{
    for (size_t kind = 0; kind < SCHEDULE_ROOM_KINDS_MAX; kind++) {
        if (service->rooms >> kind & 1 && location->rooms[kind] == 0)
            return false;
    }
    return true;
}

static void lay_out_full(struct finder *finder, int location)
{
    const struct schedule_service *service = &finder->schedule->services[finder->question->service];
    for (size_t kind = 0; kind < finder->schedule->room_kind_count; kind++) {
        if (service->rooms >> kind & 1)
            sweep_rooms(finder, location, kind, &finder->full[location]);
    }
    sweep_people(finder, location, &finder->full[location]);
    join(&finder->full[location]);
}

/* ---- the grid ---- */

static void lay_out_starts(struct finder *finder)
{
    const struct slot_question *question = finder->question;
    const struct zone *zone = finder->schedule->zone;
    struct day first = zone_day(zone, question->from), last = zone_day(zone, question->until);
    int step = finder->schedule->step_minutes;
    size_t max = (size_t)(last.n - first.n + 1) * (size_t)(MINUTES_PER_DAY / step + 1);
    finder->starts = ARENA_NEW(finder->arena, int64_t, max);
    for (struct day day = first; day.n <= last.n; day.n++) {
        for (int minute = 0; minute < MINUTES_PER_DAY; minute += step) {
            struct instant at = zone_at(zone, day, minute);
            bool inside = at.ms >= question->from.ms && at.ms < question->until.ms;
            if (inside && shows(zone, at, day, minute))
                finder->starts[finder->start_count++] = at.ms;
        }
    }
}

static void find_with(
    struct finder *finder, int provider, struct slot **slots, size_t *count, size_t *capacity)
{
    const struct slot_question *question = finder->question;
    const struct schedule_service *service = &finder->schedule->services[question->service];
    const struct stretches *work = &finder->work[provider];
    for (size_t i = 0; i < finder->start_count; i++) {
        int64_t start = finder->starts[i], end = start + service->duration_ms;
        size_t at = first_after(work, start);
        if (at == work->count)
            break;
        const struct stretch *shift = &work->list[at];
        int location = shift->location;
        if (shift->from > start || shift->until < end
            || !has_rooms(&finder->schedule->locations[location], service)
            || (question->location != SCHEDULE_NOBODY && question->location != location))
            continue;
        int64_t from = start - service->before_ms, until = end + service->after_ms;
        if (overlaps(&finder->taken[provider], from, until)
            || overlaps(&finder->full[location], from, until))
            continue;
        if (*count == *capacity) {
            size_t bigger = *capacity ? *capacity * 2 : 64;
            *slots = arena_grow(
                finder->arena, *slots, *capacity * sizeof(**slots), bigger * sizeof(**slots));
            *capacity = bigger;
        }
        (*slots)[(*count)++] = (struct slot){{start}, {end}, provider, location, question->service};
    }
}

static int by_start(const void *a, const void *b)
{
    const struct slot *left = a, *right = b;
    if (left->start.ms != right->start.ms)
        return left->start.ms < right->start.ms ? -1 : 1;
    return left->provider != right->provider ? left->provider - right->provider
                                             : left->location - right->location;
}

void slot_list(struct arena *arena, const struct slot_question *question, struct slot **ret_slots,
    size_t *ret_count)
{
    const struct schedule *schedule = question->schedule;
    assert(question->service >= 0 && (size_t)question->service < schedule->service_count);
    assert(question->from.ms <= question->until.ms);
    struct finder finder = {
        .arena = arena,
        .question = question,
        .schedule = schedule,
        .first = {zone_day(schedule->zone, question->from).n - 1},
        .last = {zone_day(schedule->zone, question->until).n + 1},
        .work = ARENA_NEW(arena, struct stretches, schedule->provider_count),
        .taken = ARENA_NEW(arena, struct stretches, schedule->provider_count),
        .full = ARENA_NEW(arena, struct stretches, schedule->location_count),
    };
    for (size_t i = 0; i < schedule->provider_count; i++)
        finder.work[i] = work_of(&finder, &schedule->providers[i]);
    lay_out_taken(&finder);
    for (size_t i = 0; i < schedule->location_count; i++)
        lay_out_full(&finder, (int)i);
    lay_out_starts(&finder);
    struct slot *slots = NULL;
    size_t count = 0, capacity = 0;
    for (size_t i = 0; i < schedule->provider_count; i++) {
        bool asked = question->provider == SCHEDULE_NOBODY || question->provider == (int)i;
        if (asked && schedule->providers[i].does >> question->service & 1)
            find_with(&finder, (int)i, &slots, &count, &capacity);
    }
    if (count > 1)
        qsort(slots, count, sizeof(*slots), by_start);
    *ret_slots = slots;
    *ret_count = question->limit > 0 && count > question->limit ? question->limit : count;
}

void slot_window(const struct schedule *schedule, struct instant now, struct instant *ret_from,
    struct instant *ret_until)
{
    struct day last = zone_day(schedule->zone, now);
    last.n += schedule->horizon_days + 1;
    *ret_from = instant_add_ms(now, schedule->notice_ms);
    *ret_until = (struct instant){wall_moment(schedule->zone, last, 0)};
    if (instant_before(*ret_until, *ret_from))
        *ret_until = *ret_from;
}
