/* journey.c: the draws, and the calendar that each entrant gets. */
#include "journey/journey_int.h"

#include <assert.h>
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

/* ---- the calendar ---- */

static struct instant later(struct instant a, struct instant b)
{
    return a.ms >= b.ms ? a : b;
}

/* A touch opens with its day, and never before the message above it had its time to be answered. */
struct instant journey__planned_at(const struct practice *practice, const struct zone *zone,
    struct day start, const struct playbook_touch *touch, const struct journey_planned *before,
    size_t count)
{
    struct instant at = journey_day_opens(practice, zone, (struct day){start.n + touch->day});
    for (size_t i = 0; i < count; i++) {
        const struct journey_planned *other = &before[i];
        if (!other->touch->is_task)
            at = later(at, instant_add_ms(other->at, other->touch->response_ms));
        if (text_is(other->touch->id, touch->not_before.touch))
            at = later(at, instant_add_ms(other->at, touch->not_before.after_ms));
    }
    return at;
}

void journey_schedule(struct arena *arena, const struct playbook *playbook,
    const struct practice *practice, struct instant now, const struct zone *zone,
    struct journey_entrant *entrant)
{
    entrant->zone = zone;
    entrant->start = journey_start_day(practice, zone, now);
    if (entrant->arm == ARM_HOLDOUT)
        return;
    struct journey_planned *list =
        ARENA_NEW(arena, struct journey_planned, playbook->touch_count);
    for (size_t i = 0; i < playbook->touch_count; i++) {
        const struct playbook_touch *touch = &playbook->touches[i];
        const struct playbook_variant *variant = journey_variant(
            playbook, touch, entrant->row.patient_id, entrant->occurrence);
        list[i] = (struct journey_planned){
            .touch = touch,
            .at = journey__planned_at(practice, zone, entrant->start, touch, list, i),
            .variant = variant ? variant->name : NULL,
            .template_name =
                variant && variant->template_name ? variant->template_name : touch->template_name,
            .offer = variant && variant->offer ? variant->offer : touch->offer,
        };
    }
    entrant->touches = list;
    entrant->touch_count = playbook->touch_count;
}
