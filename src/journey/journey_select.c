/* journey_select.c: who enters tonight and in which arm.
 *
 * Whoever may enter waits in a list that is settled each time it is full: sorted, and cut where the
 * room ends. Who is over the edge among those read so far is over it among all, since others can
 * only come before. So a launch that finds a hundred thousand keeps the few that it takes. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "journey/journey.h"

enum { WAITING_MAX = 1024 }; /* read between two settlings, at least */

/* Somebody whom nothing but room can keep out. */
struct standing {
    struct audience_row row; /* its texts in `kept` of the selection */
    bool control;
};

struct room_left {
    int64_t backlog, day, pilot; /* -1: no bound */
};

struct journey_select {
    struct arena *arena;
    const struct playbook *playbook;
    const struct practice *practice;
    struct room_left room;
    bool pilot;
    const char *pilot_full, *day_full, *backlog_full, *left_out; /* what a refusal says */
    struct arena kept, spare; /* those that wait; settling copies them from one to the other */
    const struct standing **waiting; /* WAITING_MAX at least */
    size_t count, capacity;
    enum journey_refusals refusals;
    struct journey_refusal *first, *last;
    size_t read_count, refusal_count;
    int64_t refused[ENTRY_REASON_MAX];
};

/* ---- the order of entry ---- */

/* Those who turned due by themselves come before the backlog; ties break by id. */
static int by_value(const void *left, const void *right)
{
    const struct standing *a = *(const struct standing *const *)left;
    const struct standing *b = *(const struct standing *const *)right;
    if (a->row.backlog != b->row.backlog)
        return a->row.backlog ? 1 : -1;
    if (a->row.value_cents != b->row.value_cents)
        return a->row.value_cents > b->row.value_cents ? -1 : 1;
    return strcmp(a->row.patient_id, b->row.patient_id);
}

static int by_oldest(const void *left, const void *right)
{
    const struct standing *a = *(const struct standing *const *)left;
    const struct standing *b = *(const struct standing *const *)right;
    if (a->row.backlog && b->row.backlog && a->row.due_day.n != b->row.due_day.n)
        return a->row.due_day.n < b->row.due_day.n ? -1 : 1;
    return by_value(left, right);
}

static int by_newest(const void *left, const void *right)
{
    const struct standing *a = *(const struct standing *const *)left;
    const struct standing *b = *(const struct standing *const *)right;
    if (a->row.backlog && b->row.backlog && a->row.due_day.n != b->row.due_day.n)
        return a->row.due_day.n > b->row.due_day.n ? -1 : 1;
    return by_value(left, right);
}

static void sort_by(enum playbook_order order, const struct standing **list, size_t count)
{
    switch (order) {
    case ORDER_VALUE: qsort(list, count, sizeof *list, by_value); break;
    case ORDER_OLDEST: qsort(list, count, sizeof *list, by_oldest); break;
    case ORDER_NEWEST: qsort(list, count, sizeof *list, by_newest); break;
    }
}

/* ---- room ---- */

static int64_t left_of(int64_t bound, int64_t taken)
{
    if (bound <= 0)
        return -1;
    return bound > taken ? bound - taken : 0;
}

static const char *no_room(
    const struct journey_select *select, const struct room_left *left, bool backlog)
{
    if (left->pilot == 0)
        return select->pilot_full;
    if (left->day == 0)
        return select->day_full;
    return backlog && left->backlog == 0 ? select->backlog_full : NULL;
}

static void take_room(struct room_left *left, bool backlog)
{
    left->pilot -= left->pilot > 0;
    left->day -= left->day > 0;
    left->backlog -= backlog && left->backlog > 0;
}

/* ---- selection ---- */

static void refuse(struct journey_select *select, const struct audience_row *row,
    enum entry_reason reason, const char *detail)
{
    select->refusal_count++;
    select->refused[reason]++;
    if (select->refusals == REFUSALS_COUNTED)
        return;
    struct journey_refusal *refusal = ARENA_NEW(select->arena, struct journey_refusal, 1);
    *refusal = (struct journey_refusal){
        .patient_id = arena_text(select->arena, row->patient_id),
        .external_id = arena_text(select->arena, row->external_id),
        .reason = reason,
        .detail = detail,
    };
    if (select->last)
        select->last->next = refusal;
    else
        select->first = refusal;
    select->last = refusal;
}

static struct audience_row copy_row(struct arena *arena, const struct audience_row *row)
{
    struct audience_row copy = *row;
    copy.patient_id = arena_text(arena, row->patient_id);
    copy.external_id = arena_text(arena, row->external_id);
    copy.household_id = arena_text(arena, row->household_id);
    return copy;
}

static const struct standing *copy_standing(struct arena *arena, const struct standing *one)
{
    struct standing *copy = ARENA_NEW(arena, struct standing, 1);
    *copy = (struct standing){.row = copy_row(arena, &one->row), .control = one->control};
    return copy;
}

/* A control starts when its turn would have come, so that both arms begin alike. It takes no room.
 */
static void settle(struct journey_select *select)
{
    sort_by(select->playbook->entry.backlog_order, select->waiting, select->count);
    struct room_left left = select->room;
    size_t stay = 0;
    for (size_t i = 0; i < select->count; i++) {
        const struct standing *one = select->waiting[i];
        const char *full = no_room(select, &left, one->row.backlog);
        if (full && !one->control)
            refuse(select, &one->row, ENTRY_OVER_CAPACITY, full);
        if (full)
            continue;
        if (!one->control)
            take_room(&left, one->row.backlog);
        select->waiting[stay++] = copy_standing(&select->spare, one);
    }
    select->count = stay;
    struct arena freed = select->kept;
    select->kept = select->spare;
    select->spare = freed;
    arena_reset(&select->spare);
}

static void make_place(struct journey_select *select)
{
    if (select->count < select->capacity)
        return;
    settle(select);
    if (select->count + WAITING_MAX <= select->capacity)
        return;
    size_t bigger = 2 * select->count + WAITING_MAX;
    select->waiting = arena_grow(select->arena, select->waiting,
        select->capacity * sizeof *select->waiting, bigger * sizeof *select->waiting);
    select->capacity = bigger;
}

struct journey_select *journey_select_begin(struct arena *arena, const struct playbook *playbook,
    const struct practice *practice, const struct journey_room *room,
    enum journey_refusals refusals)
{
    const struct playbook_entry *entry = &playbook->entry;
    struct journey_select *select = ARENA_NEW(arena, struct journey_select, 1);
    *select = (struct journey_select){
        .arena = arena,
        .playbook = playbook,
        .practice = practice,
        .room = {.backlog = entry->backlog == BACKLOG_SPREAD
                ? left_of(entry->backlog_per_day, room->backlog_entered_today)
                : -1,
            .day = left_of(entry->per_day_max, room->entered_today),
            .pilot = room->pilot_left},
        .pilot = room->pilot_left >= 0,
        .refusals = refusals,
        .pilot_full = "the pilot is full",
        .day_full = arena_format(arena, "%d enter a day", entry->per_day_max),
        .backlog_full = arena_format(arena,
            "was due before the launch; %d of the backlog enter a day", entry->backlog_per_day),
        .left_out = arena_format(arena, "%g%% of households are left out to measure the effect",
            playbook->measure.holdout_percent),
    };
    select->waiting = ARENA_NEW(arena, const struct standing *, WAITING_MAX);
    select->capacity = WAITING_MAX;
    arena_init(&select->kept, 0);
    arena_init(&select->spare, 0);
    return select;
}

void journey_select_add(struct journey_select *select, const struct audience_row *row)
{
    select->read_count++;
    if (row->reason != ENTRY_NONE) {
        refuse(select, row, row->reason, row->detail);
        return;
    }
    if (row->backlog && select->playbook->entry.backlog == BACKLOG_SKIP) {
        refuse(select, row, ENTRY_WINDOW_PASSED,
            "was due before the launch, and the backlog is skipped");
        return;
    }
    const struct standing one = {.row = *row,
        .control = journey_is_holdout(select->practice->practice_id, row->household_id,
            select->playbook->measure.holdout_percent)};
    if (one.control)
        refuse(select, row, ENTRY_HOLDOUT, select->left_out);
    make_place(select);
    select->waiting[select->count++] = copy_standing(&select->kept, &one);
}

void journey_select_end(struct journey_select *select, struct journey_selection *ret_selection)
{
    settle(select);
    struct journey_entrant *entrants =
        ARENA_NEW(select->arena, struct journey_entrant, select->count + 1);
    size_t controls = 0;
    for (size_t i = 0; i < select->count; i++) {
        const struct standing *one = select->waiting[i];
        entrants[i] = (struct journey_entrant){
            .row = copy_row(select->arena, &one->row),
            .arm = one->control ? ARM_HOLDOUT : ARM_TREAT,
            .pilot = select->pilot,
            .occurrence = one->row.occurrence > 0 ? one->row.occurrence : 1,
        };
        controls += one->control;
    }
    *ret_selection = (struct journey_selection){
        .entrants = entrants,
        .entrant_count = select->count,
        .refusals = select->first,
        .refusal_count = select->refusal_count,
        .treated = select->count - controls,
    };
    memcpy(ret_selection->refused, select->refused, sizeof select->refused);
    assert(ret_selection->treated + ret_selection->refusal_count == select->read_count);
    select->count = 0;
}

void journey_select_drop(struct journey_select **select)
{
    if (!*select)
        return;
    arena_release(&(*select)->kept);
    arena_release(&(*select)->spare);
    *select = NULL;
}
