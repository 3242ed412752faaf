/* journey.c: who enters tonight, in which arm, and the calendar that each one gets. */
#include "journey/journey.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

static const char *const state_names[ENROLLMENT_STATE_MAX] = {[ENROLLMENT_ACTIVE] = "active",
    [ENROLLMENT_HELD] = "held", [ENROLLMENT_ENDED] = "ended"};

const char *enrollment_state_name(enum enrollment_state state)
{
    assert(state < ENROLLMENT_STATE_MAX);
    return state_names[state];
}

const char *journey_arm_name(enum journey_arm arm)
{
    return arm == ARM_HOLDOUT ? "holdout" : "treat";
}

/* The same text gives the same number on every machine. */
static uint64_t draw(const char *text)
{
    struct sha256 sum = hash_sha256(text, strlen(text));
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | sum.bytes[i];
    return number;
}

bool journey_is_holdout(int64_t practice_id, const char *household_id, double holdout_percent)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *text =
        arena_format(&scratch, "holdout 1\n%lld\n%s", (long long)practice_id, household_id);
    double shards = holdout_percent / 100 * JOURNEY_HOLDOUT_SHARDS;
    return (double)(draw(text) % JOURNEY_HOLDOUT_SHARDS) < shards;
}

const struct playbook_variant *journey_variant(const struct playbook *playbook,
    const struct playbook_touch *touch, const char *patient_id, int64_t occurrence)
{
    if (touch->variant_count == 0)
        return NULL;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *text = arena_format(&scratch, "variant 1\n%s\n%s\n%s\n%lld", playbook->name,
        touch->id, patient_id, (long long)occurrence);
    return &touch->variants[draw(text) % touch->variant_count];
}

struct instant journey_day_opens(
    const struct practice *practice, const struct zone *zone, struct day day)
{
    return zone_at(zone ? zone : practice->zone, day, practice->send_from_minute);
}

struct day journey_start_day(
    const struct practice *practice, const struct zone *zone, struct instant now)
{
    struct day today = zone_day(zone ? zone : practice->zone, now);
    if (journey_day_opens(practice, zone, today).ms >= now.ms)
        return today;
    return (struct day){today.n + 1};
}

/* ---- the order of entry ---- */

/* Those who turned due by themselves come before the backlog; ties break by id. */
static int by_value(const void *left, const void *right)
{
    const struct journey_candidate *a = *(const struct journey_candidate *const *)left;
    const struct journey_candidate *b = *(const struct journey_candidate *const *)right;
    if (a->row.backlog != b->row.backlog)
        return a->row.backlog ? 1 : -1;
    if (a->row.value_cents != b->row.value_cents)
        return a->row.value_cents > b->row.value_cents ? -1 : 1;
    return strcmp(a->row.patient_id, b->row.patient_id);
}

static int by_oldest(const void *left, const void *right)
{
    const struct journey_candidate *a = *(const struct journey_candidate *const *)left;
    const struct journey_candidate *b = *(const struct journey_candidate *const *)right;
    if (a->row.backlog && b->row.backlog && a->row.due_day.n != b->row.due_day.n)
        return a->row.due_day.n < b->row.due_day.n ? -1 : 1;
    return by_value(left, right);
}

static int by_newest(const void *left, const void *right)
{
    const struct journey_candidate *a = *(const struct journey_candidate *const *)left;
    const struct journey_candidate *b = *(const struct journey_candidate *const *)right;
    if (a->row.backlog && b->row.backlog && a->row.due_day.n != b->row.due_day.n)
        return a->row.due_day.n > b->row.due_day.n ? -1 : 1;
    return by_value(left, right);
}

static void sort_candidates(
    const struct journey_candidate **list, size_t count, enum playbook_order order)
{
    switch (order) {
    case ORDER_VALUE:
        qsort(list, count, sizeof *list, by_value);
        break;
    case ORDER_OLDEST:
        qsort(list, count, sizeof *list, by_oldest);
        break;
    case ORDER_NEWEST:
        qsort(list, count, sizeof *list, by_newest);
        break;
    }
}

/* ---- the calendar ---- */

static struct instant later(struct instant a, struct instant b)
{
    return a.ms >= b.ms ? a : b;
}

/* A touch opens with its day, and never before the message above it had its time to be answered. */
static struct instant planned_at(const struct practice *practice, const struct zone *zone,
    const struct journey_entrant *entrant, const struct playbook_touch *touch,
    const struct journey_planned *before, size_t count)
{
    struct instant at =
        journey_day_opens(practice, zone, (struct day){entrant->start.n + touch->day});
    for (size_t i = 0; i < count; i++) {
        const struct journey_planned *other = &before[i];
        if (!other->touch->is_task)
            at = later(at, instant_add_ms(other->at, other->touch->response_ms));
        if (text_is(other->touch->id, touch->not_before.touch))
            at = later(at, instant_add_ms(other->at, touch->not_before.after_ms));
    }
    return at;
}

static void plan_calendar(struct arena *arena, const struct playbook *playbook,
    const struct practice *practice, struct journey_entrant *entrant)
{
    const struct journey_candidate *candidate = entrant->candidate;
    struct journey_planned *list =
        ARENA_NEW(arena, struct journey_planned, playbook->touch_count);
    for (size_t i = 0; i < playbook->touch_count; i++) {
        const struct playbook_touch *touch = &playbook->touches[i];
        const struct playbook_variant *variant = journey_variant(
            playbook, touch, candidate->row.patient_id, entrant->occurrence);
        list[i] = (struct journey_planned){
            .touch = touch,
            .at = planned_at(practice, candidate->zone, entrant, touch, list, i),
            .variant = variant ? variant->name : NULL,
            .template_name =
                variant && variant->template_name ? variant->template_name : touch->template_name,
            .offer = variant && variant->offer ? variant->offer : touch->offer,
        };
    }
    entrant->touches = list;
    entrant->touch_count = playbook->touch_count;
}

/* ---- selection ---- */

struct select {
    struct arena *arena;
    const struct playbook *playbook;
    const struct practice *practice;
    struct instant now;
    int64_t backlog_left, day_left, pilot_left; /* -1: no bound */
    bool pilot;
    struct journey_entrant *entrants;
    struct journey_refusal *refusals;
    struct journey_selection *out;
};

static void refuse(struct select *select, const struct journey_candidate *candidate,
    enum entry_reason reason, const char *detail)
{
    select->refusals[select->out->refusal_count++] =
        (struct journey_refusal){.candidate = candidate, .reason = reason, .detail = detail};
}

/* Why there is no room for this one tonight, or NULL. */
static const char *no_room(const struct select *select, const struct journey_candidate *candidate)
{
    struct arena *arena = select->arena;
    if (select->pilot_left == 0)
        return "the pilot is full";
    if (select->day_left == 0)
        return arena_format(
            arena, "%d enter a day", select->playbook->entry.per_day_max);
    if (candidate->row.backlog && select->backlog_left == 0)
        return arena_format(arena, "was due before the launch; %d of the backlog enter a day",
            select->playbook->entry.backlog_per_day);
    return NULL;
}

static void take_room(struct select *select, const struct journey_candidate *candidate)
{
    if (select->pilot_left > 0)
        select->pilot_left--;
    if (select->day_left > 0)
        select->day_left--;
    if (candidate->row.backlog && select->backlog_left > 0)
        select->backlog_left--;
}

static void enter(struct select *select, const struct journey_candidate *candidate,
    enum journey_arm arm)
{
    struct journey_entrant *entrant = &select->entrants[select->out->entrant_count++];
    *entrant = (struct journey_entrant){
        .candidate = candidate,
        .arm = arm,
        .pilot = select->pilot,
        .start = journey_start_day(select->practice, candidate->zone, select->now),
        .occurrence = candidate->row.occurrence > 0 ? candidate->row.occurrence : 1,
    };
    if (arm == ARM_HOLDOUT) {
        select->out->controls++;
        return;
    }
    select->out->treated++;
    plan_calendar(select->arena, select->playbook, select->practice, entrant);
}

/* A control is drawn before room is counted, and starts when its turn would have come: so that both
 * arms begin alike. It takes no room. */
static void select_one(struct select *select, const struct journey_candidate *candidate)
{
    const struct playbook *playbook = select->playbook;
    if (candidate->row.backlog && playbook->entry.backlog == BACKLOG_SKIP) {
        refuse(select, candidate, ENTRY_WINDOW_PASSED,
            "was due before the launch, and the backlog is skipped");
        return;
    }
    const char *full = no_room(select, candidate);
    if (journey_is_holdout(select->practice->practice_id, candidate->row.household_id,
            playbook->measure.holdout_percent)) {
        refuse(select, candidate, ENTRY_HOLDOUT,
            arena_format(select->arena, "%g%% of households are left out to measure the effect",
                playbook->measure.holdout_percent));
        if (!full)
            enter(select, candidate, ARM_HOLDOUT);
        return;
    }
    if (full) {
        refuse(select, candidate, ENTRY_OVER_CAPACITY, full);
        return;
    }
    take_room(select, candidate);
    enter(select, candidate, ARM_TREAT);
}

static int64_t left_of(int64_t bound, int64_t taken)
{
    if (bound <= 0)
        return -1;
    return bound > taken ? bound - taken : 0;
}

void journey_select(struct arena *arena, const struct playbook *playbook,
    const struct practice *practice, const struct journey_room *room, struct instant now,
    const struct journey_candidate *candidates, size_t count,
    struct journey_selection *ret_selection)
{
    *ret_selection = (struct journey_selection){0};
    const struct playbook_entry *entry = &playbook->entry;
    struct select select = {
        .arena = arena,
        .playbook = playbook,
        .practice = practice,
        .now = now,
        .backlog_left = entry->backlog == BACKLOG_SPREAD
            ? left_of(entry->backlog_per_day, room->backlog_entered_today)
            : -1,
        .day_left = left_of(entry->per_day_max, room->entered_today),
        .pilot_left = room->pilot_left,
        .pilot = room->pilot_left >= 0,
        .entrants = ARENA_NEW(arena, struct journey_entrant, count + 1),
        .refusals = ARENA_NEW(arena, struct journey_refusal, count + 1),
        .out = ret_selection,
    };
    const struct journey_candidate **open =
        ARENA_NEW(arena, const struct journey_candidate *, count + 1);
    size_t open_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (candidates[i].row.reason == ENTRY_NONE)
            open[open_count++] = &candidates[i];
        else
            refuse(&select, &candidates[i], candidates[i].row.reason, candidates[i].row.detail);
    }
    sort_candidates(open, open_count, entry->backlog_order);
    for (size_t i = 0; i < open_count; i++)
        select_one(&select, open[i]);
    ret_selection->entrants = select.entrants;
    ret_selection->refusals = select.refusals;
    assert(ret_selection->treated + ret_selection->controls == ret_selection->entrant_count);
    assert(ret_selection->treated + ret_selection->refusal_count == count);
}
