/* journey_step.c: one look at one enrollment: exits, holds, then the touch that was claimed. */
#include "journey/journey_int.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

static void stepper_init(struct stepper *stepper, struct arena *arena,
    const struct journey_input *input, const char *claimed, struct journey_step *step)
{
    *step = (struct journey_step){.next = *input->enrollment};
    *stepper = (struct stepper){.arena = arena, .input = input, .step = step, .claimed = claimed};
}

void stepper_event(struct stepper *stepper, const char *kind, const char *touch_key,
    const char *rule, json_t *detail)
{
    struct journey_step *step = stepper->step;
    size_t bytes = sizeof *step->events;
    step->events = arena_grow(
        stepper->arena, step->events, bytes * step->event_count, bytes * (step->event_count + 1));
    step->events[step->event_count++] = (struct journey_event){.kind = kind,
        .touch_key = touch_key,
        .rule = rule,
        .detail = detail ? detail : json_object()};
}

struct journey_effect *stepper_effect(struct stepper *stepper, enum journey_effect_kind kind)
{
    struct journey_step *step = stepper->step;
    size_t bytes = sizeof *step->effects;
    struct journey_effect *effects =
        arena_grow(stepper->arena, (struct journey_effect *)(uintptr_t)step->effects,
            bytes * step->effect_count, bytes * (step->effect_count + 1));
    step->effects = effects;
    struct journey_effect *effect = &effects[step->effect_count++];
    *effect = (struct journey_effect){.kind = kind};
    return effect;
}

bool stepper_true(
    struct stepper *stepper, const struct audience_expr *expression, json_t **ret_values)
{
    if (!expression)
        return false;
    if (!ret_values)
        return expression_judge(expression, stepper->input->facts) == TRUTH_TRUE;
    json_t *values = json_object();
    bool is_true = expression_trace(expression, stepper->input->facts, values) == TRUTH_TRUE;
    *ret_values = values;
    return is_true;
}

/* When somebody looks again, at the latest tomorrow as the day opens: conditions change by waiting
 * alone (days since, day of the timeline). */
static struct instant next_look(const struct stepper *stepper)
{
    const struct journey_input *input = stepper->input;
    const struct enrollment *next = &stepper->step->next;
    struct instant end = exit_at_day(input);
    if (next->arm == ARM_HOLDOUT && end.ms > input->now.ms)
        return end;
    const struct zone *zone = input->zone ? input->zone : input->practice->zone;
    struct day today = zone_day(zone, input->now);
    struct instant soon = journey_day_opens(input->practice, zone, today);
    if (soon.ms <= input->now.ms)
        soon = journey_day_opens(input->practice, zone, (struct day){today.n + 1});
    if (next->state == ENROLLMENT_HELD && next->hold_until.ms > input->now.ms
        && next->hold_until.ms < soon.ms)
        soon = next->hold_until;
    if (end.ms > input->now.ms && end.ms < soon.ms)
        soon = end;
    return soon;
}

/* Sets `next.next` from what the enrollment now is, and `changed`. */
static void stepper_close(struct stepper *stepper)
{
    struct journey_step *step = stepper->step;
    const struct enrollment *was = stepper->input->enrollment;
    struct enrollment *next = &step->next;
    next->next = next->state == ENROLLMENT_ENDED ? (struct instant){0} : next_look(stepper);
    assert(next->state == ENROLLMENT_ENDED || next->next.ms > stepper->input->now.ms);
    assert((next->state == ENROLLMENT_HELD) == (next->hold != NULL));
    assert((next->state == ENROLLMENT_ENDED) == (next->exit != NULL));
    step->changed = step->event_count > 0 || next->state != was->state
        || next->next.ms != was->next.ms || next->hold_until.ms != was->hold_until.ms;
}

void journey_step(struct arena *arena, const struct journey_input *input, const char *claimed,
    struct journey_step *ret_step)
{
    struct stepper stepper;
    stepper_init(&stepper, arena, input, claimed, ret_step);
    bool over = input->enrollment->state == ENROLLMENT_ENDED;
    if (over && claimed) {
        struct journey_effect *effect = stepper_effect(&stepper, EFFECT_CANCEL_QUEUED);
        effect->reason = "ended";
        effect->rule = input->enrollment->exit;
    }
    if (!over)
        over = exits_take(&stepper);
    if (!over && input->enrollment->arm == ARM_TREAT) {
        (void)holds_take(&stepper);
        if (claimed)
            touch_answer(&stepper);
    }
    stepper_close(&stepper);
}

void journey_step_clear(struct journey_step *step)
{
    for (size_t i = 0; i < step->event_count; i++) {
        json_decref(step->events[i].detail);
        step->events[i].detail = NULL;
    }
    step->event_count = 0;
}

void journey_release(struct arena *arena, const struct journey_input *input,
    const char *approved_touch, struct journey_step *ret_step)
{
    struct stepper stepper;
    stepper_init(&stepper, arena, input, NULL, ret_step);
    bool over = input->enrollment->state == ENROLLMENT_ENDED || exits_take(&stepper);
    if (!over && input->enrollment->state == ENROLLMENT_HELD) {
        hold_release(&stepper, "person");
        ret_step->next.approved_touch = approved_touch;
    }
    stepper_close(&stepper);
}

/* How often this touch was tried already. */
static int tries_of(const struct journey_input *input, const char *touch_key)
{
    int tries = 0;
    for (size_t i = 0; i < input->touch_count; i++)
        tries += text_is(input->touches[i].touch_key, touch_key);
    return tries;
}

void journey_outcome(struct arena *arena, const struct journey_input *input, const char *touch_key,
    const char *outcome, struct instant *ret_retry, struct journey_step *ret_step)
{
    struct stepper stepper;
    stepper_init(&stepper, arena, input, NULL, ret_step);
    *ret_retry = (struct instant){0};
    const struct playbook_touch *touch = playbook_find_touch(input->playbook, touch_key);
    const struct playbook_outcome *said = NULL;
    for (size_t i = 0; touch && i < touch->outcome_count && !said; i++) {
        if (text_is(touch->outcomes[i].name, outcome))
            said = &touch->outcomes[i];
    }
    bool live = input->enrollment->state != ENROLLMENT_ENDED;
    if (live)
        stepper_event(&stepper, "outcome", touch_key, outcome, NULL);
    if (live && said && said->exit)
        exit_take(&stepper, said->exit, playbook_find_exit(input->playbook, said->exit), outcome,
            arena_format(arena, "%s: %s", touch_key, outcome), NULL);
    else if (live && said && !span_is_zero(said->retry)
        && tries_of(input, touch_key) <= said->retry_max)
        *ret_retry = instant_add_ms(input->now, span_ms(said->retry));
    stepper_close(&stepper);
}
