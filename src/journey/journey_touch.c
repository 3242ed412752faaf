/* journey_touch.c: the touch whose time has come: go, wait or skip. */
#include "journey/journey_int.h"

#include <assert.h>

#include "base/text.h"

enum {
    /* A touch that comes late because nobody ran is still said within a day, whatever it prefers
     * when blocked; after that it would only confuse the sequence. */
    TOUCH_LATE_MS = 24 * 3600 * 1000,
    /* How long to wait for an earlier touch whose outcome nobody knows yet. */
    TOUCH_ORDER_MS = 3600 * 1000,
};

static const struct journey_touch *find_claimed(const struct stepper *stepper)
{
    const struct journey_input *input = stepper->input;
    for (size_t i = 0; i < input->touch_count; i++) {
        if (text_is(input->touches[i].touch_id, stepper->claimed))
            return &input->touches[i];
    }
    return NULL;
}

static struct journey_effect *answer(struct stepper *stepper, enum journey_effect_kind kind,
    const struct journey_touch *touch, const char *reason, const char *rule)
{
    assert(!stepper->answered);
    stepper->answered = true;
    struct journey_effect *effect = stepper_effect(stepper, kind);
    effect->touch_id = touch->touch_id;
    effect->touch_key = touch->touch_key;
    effect->reason = reason;
    effect->rule = rule;
    return effect;
}

static void answer_wait(struct stepper *stepper, const struct journey_touch *touch,
    struct instant at, const char *reason, const char *rule)
{
    struct instant now = stepper->input->now;
    if (at.ms <= now.ms) /* a wait always moves forward */
        at = instant_add_ms(now, TOUCH_ORDER_MS);
    answer(stepper, EFFECT_WAIT_TOUCH, touch, reason, rule)->at = at;
}

static void answer_skip(struct stepper *stepper, const struct journey_touch *touch,
    const char *reason, const char *rule, json_t *values)
{
    answer(stepper, EFFECT_SKIP_TOUCH, touch, reason, rule);
    stepper_event(stepper, "skipped", touch->touch_key, reason, values);
}

static struct instant later(struct instant a, struct instant b)
{
    return a.ms >= b.ms ? a : b;
}

/* An earlier touch that is not over; NULL when there is none. */
static const struct journey_touch *earlier_open(
    const struct stepper *stepper, const struct playbook_touch *said)
{
    const struct journey_input *input = stepper->input;
    for (size_t i = 0; i < input->touch_count; i++) {
        const struct playbook_touch *other =
            playbook_find_touch(input->playbook, input->touches[i].touch_key);
        if (other && other->position < said->position && !input->touches[i].ended)
            return &input->touches[i];
    }
    return NULL;
}

/* Not before: an earlier message had its time to be answered, and what the touch itself says. A
 * message that was never sent is waited for by nobody. */
static struct instant not_before(
    const struct stepper *stepper, const struct playbook_touch *said, const char **ret_rule)
{
    const struct journey_input *input = stepper->input;
    struct instant at = {0};
    for (size_t i = 0; i < input->touch_count; i++) {
        const struct journey_touch *touch = &input->touches[i];
        const struct playbook_touch *other =
            playbook_find_touch(input->playbook, touch->touch_key);
        if (!other || other->is_task || other->position >= said->position || touch->sent.ms == 0)
            continue;
        struct instant delivered = touch->delivered.ms ? touch->delivered : touch->sent;
        struct instant answered = instant_add_ms(delivered, other->response_ms);
        if (answered.ms > at.ms) {
            at = answered;
            *ret_rule = "response";
        }
        if (!text_is(other->id, said->not_before.touch))
            continue;
        struct instant from = said->not_before.delivered ? delivered : touch->sent;
        struct instant own = instant_add_ms(from, said->not_before.after_ms);
        if (own.ms > at.ms) {
            at = own;
            *ret_rule = "not_before";
        }
    }
    return at;
}

static void answer_go(struct stepper *stepper, const struct playbook_touch *said,
    const struct journey_touch *touch, struct instant base)
{
    const struct journey_input *input = stepper->input;
    const struct playbook_variant *variant = journey_variant(
        input->playbook, said, input->enrollment->patient_id, input->enrollment->occurrence);
    struct journey_effect *effect = answer(stepper, EFFECT_GO_TOUCH, touch, NULL, NULL);
    effect->template_name =
        variant && variant->template_name ? variant->template_name : said->template_name;
    if (said->is_task)
        effect->template_name = said->script;
    effect->variant = variant ? variant->name : NULL;
    effect->offer = variant && variant->offer ? variant->offer : said->offer;
    effect->at = input->now;
    effect->expires = instant_add_ms(base, said->blocked.wait_ms);
}

/* What the touch itself says about going now. */
static void judge_touch(struct stepper *stepper, const struct playbook_touch *said,
    const struct journey_touch *touch)
{
    const struct journey_input *input = stepper->input;
    const struct journey_touch *open = earlier_open(stepper, said);
    if (open) {
        answer_wait(stepper, touch, (struct instant){0}, "order", open->touch_key);
        return;
    }
    const char *rule = NULL;
    struct instant earliest = not_before(stepper, said, &rule);
    if (input->now.ms < earliest.ms) {
        answer_wait(stepper, touch, earliest, "response", rule);
        return;
    }
    struct instant base =
        later(later(touch->planned, earliest), stepper->step->next.released);
    int64_t patience_ms =
        said->blocked.wait_ms > TOUCH_LATE_MS ? said->blocked.wait_ms : TOUCH_LATE_MS;
    json_t *values = NULL;
    if (input->now.ms > instant_add_ms(base, patience_ms).ms) {
        answer_skip(stepper, touch, "late", said->id, NULL);
    } else if (said->when && !stepper_true(stepper, said->when, &values)) {
        answer_skip(stepper, touch, "when", expression_text(said->when), values);
        return;
    }
    json_decref(values);
    values = NULL;
    if (stepper->answered)
        return;
    if (stepper_true(stepper, said->skip_if, &values)) {
        answer_skip(stepper, touch, "skip_if", expression_text(said->skip_if), values);
        return;
    }
    json_decref(values);
    if (!said->is_task && hold_before(stepper, said)) {
        answer_wait(stepper, touch, instant_add_ms(input->now, MS_PER_DAY), "held",
            stepper->step->next.hold);
        return;
    }
    answer_go(stepper, said, touch, base);
}

void touch_answer(struct stepper *stepper)
{
    const struct journey_input *input = stepper->input;
    const struct enrollment *next = &stepper->step->next;
    const struct journey_touch *touch = find_claimed(stepper);
    assert(touch && !touch->ended && !touch->begun);
    const struct playbook_touch *said =
        playbook_find_touch(input->playbook, touch->touch_key);
    if (!said) { /* planned by hand, or by a version with other ids */
        answer_skip(stepper, touch, "unknown_touch", touch->touch_key, NULL);
    } else if (next->state == ENROLLMENT_HELD) {
        struct instant until = next->hold_until.ms > input->now.ms
            ? next->hold_until
            : instant_add_ms(input->now, MS_PER_DAY);
        answer_wait(stepper, touch, until, "held", next->hold);
    } else {
        judge_touch(stepper, said, touch);
    }
    assert(stepper->answered);
}
