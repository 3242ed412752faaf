/* journey_migrate.c: an enrollment that a person moves to another version of its playbook: what
 * becomes of its calendar, and who must stay. */
#include "journey/journey_int.h"

#include "base/text.h"

/* Holds of the product itself: every version knows them. */
static bool is_own_hold(const char *name)
{
    return text_is(name, "reply") || text_is(name, "unread");
}

/* Who cannot be moved, and why; NULL: can be. */
static const char *refusal_of(const struct journey_input *input, const struct playbook *next,
    const char **ret_detail)
{
    const struct enrollment *enrollment = input->enrollment;
    const struct service_definition *was = input->playbook->service, *is = next->service;
    *ret_detail = NULL;
    for (size_t i = 0; i < input->touch_count; i++) {
        *ret_detail = input->touches[i].touch_key;
        if (input->touches[i].begun && !input->touches[i].ended)
            return "in_flight";
    }
    *ret_detail = is ? is->key : NULL;
    if (!was != !is || (was && !text_is(was->key, is->key))
        || input->playbook->series_end != next->series_end)
        return "other_clock";
    *ret_detail = enrollment->hold;
    if (enrollment->hold && !is_own_hold(enrollment->hold)
        && !playbook_find_hold(next, enrollment->hold))
        return "hold_gone";
    struct journey_input there = *input;
    there.playbook = next;
    struct instant end = exit_at_day(&there);
    bool ends = end.ms > journey_day_opens(input->practice, input->zone, enrollment->start).ms;
    *ret_detail = NULL;
    return ends && end.ms <= input->now.ms ? "over" : NULL;
}

static const struct journey_touch *newest_of(const struct journey_input *input, const char *key)
{
    const struct journey_touch *found = NULL;
    for (size_t i = 0; i < input->touch_count; i++) {
        const struct journey_touch *touch = &input->touches[i];
        if (text_is(touch->touch_key, key) && (!found || touch->occurrence > found->occurrence))
            found = touch;
    }
    return found;
}

/* Something that stands later in the next version has been said already. */
static bool is_passed(const struct journey_input *input, const struct playbook *next,
    const struct playbook_touch *touch)
{
    for (size_t i = 0; i < input->touch_count; i++) {
        const struct playbook_touch *other =
            playbook_find_touch(next, input->touches[i].touch_key);
        if (other && other->position > touch->position && input->touches[i].ended)
            return true;
    }
    return false;
}

static struct journey_planned planned_of(const struct journey_input *input,
    const struct playbook *next, const struct playbook_touch *touch, struct instant at)
{
    const struct playbook_variant *variant = journey_variant(
        next, touch, input->enrollment->patient_id, input->enrollment->occurrence);
    return (struct journey_planned){
        .touch = touch,
        .at = at,
        .variant = variant ? variant->name : NULL,
        .template_name =
            variant && variant->template_name ? variant->template_name : touch->template_name,
        .offer = variant && variant->offer ? variant->offer : touch->offer,
    };
}

/* When it comes, after what was sent and what is planned before it. */
static struct journey_migrated migrated_of(const struct journey_input *input,
    const struct playbook *next, const struct playbook_touch *touch,
    const struct journey_planned *before, size_t count)
{
    const struct journey_touch *row = newest_of(input, touch->id);
    struct instant at = journey__planned_at(
        input->practice, input->zone, input->enrollment->start, touch, before, count);
    struct journey_migrated migrated = {.touch_key = touch->id};
    if (row && row->ended) {
        migrated.change = MIGRATED_DONE;
        migrated.planned = planned_of(
            input, next, touch, row->sent.ms ? row->sent : (struct instant){0});
        return migrated;
    }
    bool past = at.ms < input->now.ms;
    if (!row && (past || is_passed(input, next, touch))) {
        migrated.change = MIGRATED_PASSED;
        return migrated;
    }
    if (past)
        at = input->now;
    migrated.planned = planned_of(input, next, touch, at);
    migrated.change = MIGRATED_ADDED;
    if (row) {
        migrated.touch_id = row->touch_id;
        migrated.was = row->planned;
        bool due = row->planned.ms <= input->now.ms;
        migrated.change = row->planned.ms == at.ms || (due && at.ms <= input->now.ms)
            ? MIGRATED_KEPT
            : MIGRATED_MOVED;
    }
    return migrated;
}

void journey_migrate(struct arena *arena, const struct journey_input *input,
    const struct playbook *next, struct journey_migration *ret_migration)
{
    *ret_migration = (struct journey_migration){0};
    ret_migration->reason = refusal_of(input, next, &ret_migration->detail);
    if (ret_migration->reason || input->enrollment->arm == ARM_HOLDOUT)
        return;
    struct journey_migrated *list =
        ARENA_NEW(arena, struct journey_migrated, next->touch_count + input->touch_count);
    struct journey_planned *before =
        ARENA_NEW(arena, struct journey_planned, next->touch_count + 1);
    size_t count = 0, planned = 0;
    for (size_t i = 0; i < next->touch_count; i++) {
        list[count] = migrated_of(input, next, &next->touches[i], before, planned);
        if (list[count].planned.at.ms > 0) /* what was never said is waited for by nobody */
            before[planned++] = list[count].planned;
        count++;
    }
    for (size_t i = 0; i < input->touch_count; i++) {
        const struct journey_touch *row = &input->touches[i];
        if (!row->ended && !playbook_find_touch(next, row->touch_key))
            list[count++] = (struct journey_migrated){.change = MIGRATED_DROPPED,
                .touch_id = row->touch_id,
                .touch_key = row->touch_key,
                .was = row->planned};
    }
    ret_migration->touches = list;
    ret_migration->touch_count = count;
}

const char *journey_migrated_name(enum journey_migrated_change change)
{
    static const char *const names[MIGRATED_MAX] = {[MIGRATED_DONE] = "done",
        [MIGRATED_KEPT] = "kept", [MIGRATED_MOVED] = "moved", [MIGRATED_ADDED] = "added",
        [MIGRATED_DROPPED] = "dropped", [MIGRATED_PASSED] = "passed"};
    return names[change];
}
