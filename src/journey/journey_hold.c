/* journey_hold.c: while a person has the ball, nothing is sent. */
#include "journey/journey_int.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

/* The product's own holds. */
#define HOLD_UNREAD "unread" /* a reply that nothing has read yet */
#define HOLD_REPLY "reply"   /* a reply that no rule of the playbook takes */

static bool fresh_reply(const struct journey_input *input)
{
    const struct enrollment *enrollment = input->enrollment;
    return input->reply.at.ms > enrollment->entered.ms
        && input->reply.at.ms > enrollment->released.ms;
}

/* A condition about what was said is asked once for each reply: after its release it waits for the
 * next one. */
static bool about_reply(const struct audience_expr *expression)
{
    const char *text = expression_text(expression);
    return strstr(text, "reply") || strstr(text, "replies") || strstr(text, "thread.")
        || strstr(text, "replied");
}

static const struct playbook_hold *matching_hold(struct stepper *stepper, json_t **ret_values)
{
    const struct journey_input *input = stepper->input;
    for (size_t i = 0; i < input->playbook->hold_count; i++) {
        const struct playbook_hold *hold = &input->playbook->holds[i];
        if (hold->before_each || !hold->when)
            continue;
        bool done = about_reply(hold->when) ? !fresh_reply(input) || !input->reply.read
                                            : text_is(hold->name, input->enrollment->released_hold);
        if (done)
            continue;
        json_t *values = NULL;
        if (stepper_true(stepper, hold->when, &values)) {
            *ret_values = values;
            return hold;
        }
        json_decref(values);
    }
    return NULL;
}

static void hold_task(
    struct stepper *stepper, const struct playbook_hold *hold, const char *touch_key)
{
    struct instant now = stepper->input->now;
    struct journey_effect *effect = stepper_effect(stepper, EFFECT_TASK);
    effect->task = hold->task;
    effect->role = hold->role;
    effect->rule = hold->name;
    effect->touch_key = touch_key;
    effect->on_reply = !hold->before_each && about_reply(hold->when);
    effect->at = instant_add_ms(now, span_ms(hold->sla));
    effect->auto_answer = hold->auto_answer;
    effect->auto_answer_count = hold->auto_answer_count;
    effect->escalate_to = hold->escalate_to;
    if (hold->escalate_to)
        effect->escalate_at = instant_add_ms(now, span_ms(hold->escalate_after));
}

static void hold_take(struct stepper *stepper, const char *name, const struct playbook_hold *said,
    const char *touch_key, json_t *values)
{
    struct enrollment *next = &stepper->step->next;
    assert(next->state != ENROLLMENT_ENDED);
    next->state = ENROLLMENT_HELD;
    next->hold = name;
    next->held = stepper->input->now;
    next->hold_until = (struct instant){0};
    if (said && said->resumes)
        next->hold_until = instant_add_ms(next->held, span_ms(said->resume_after));
    stepper_event(stepper, "held", touch_key, name, values);
    if (said)
        hold_task(stepper, said, touch_key);
}

void hold_release(struct stepper *stepper, const char *rule)
{
    struct enrollment *next = &stepper->step->next;
    const struct journey_input *input = stepper->input;
    assert(next->state == ENROLLMENT_HELD);
    next->state = ENROLLMENT_ACTIVE;
    next->released = input->now;
    next->released_hold = next->hold;
    stepper_event(stepper, "released", NULL, next->hold, json_pack("{s:s}", "by", rule));
    next->hold = NULL;
    next->hold_until = (struct instant){0};
    for (size_t i = 0; i < input->touch_count; i++) { /* what waited for this is looked at now */
        const struct journey_touch *touch = &input->touches[i];
        bool claimed = stepper->claimed && text_is(touch->touch_id, stepper->claimed);
        if (claimed || touch->ended || touch->begun || touch->planned.ms > input->now.ms)
            continue;
        struct journey_effect *effect = stepper_effect(stepper, EFFECT_WAIT_TOUCH);
        effect->touch_id = touch->touch_id;
        effect->touch_key = touch->touch_key;
        effect->at = input->now;
        effect->reason = "released";
        effect->rule = next->released_hold;
    }
}

/* The playbook's own rule: so much later, and only if. */
static bool may_resume(struct stepper *stepper, const struct playbook_hold *hold)
{
    const struct enrollment *now = stepper->input->enrollment;
    if (!hold || !hold->resumes || now->hold_until.ms > stepper->input->now.ms)
        return false;
    return !hold->resume_if || stepper_true(stepper, hold->resume_if, NULL);
}

static void unread_take(struct stepper *stepper)
{
    struct enrollment *next = &stepper->step->next;
    hold_take(stepper, HOLD_UNREAD, NULL, NULL, NULL);
    next->hold_until = instant_add_ms(stepper->input->now, JOURNEY_TRIAGE_MS);
}

bool holds_take(struct stepper *stepper)
{
    const struct journey_input *input = stepper->input;
    struct enrollment *next = &stepper->step->next;
    const struct enrollment *was = input->enrollment;
    bool held = was->state == ENROLLMENT_HELD;
    bool newer = fresh_reply(input) && (!held || input->reply.at.ms > was->held.ms);
    if (newer && !input->reply.read) {
        if (!held) /* who is held already stays with whoever has the ball */
            unread_take(stepper);
        return true;
    }
    bool unread = held && text_is(was->hold, HOLD_UNREAD);
    if (unread && !input->reply.read && fresh_reply(input)) {
        next->hold_until = instant_add_ms(input->now, JOURNEY_TRIAGE_MS);
        return true;
    }
    json_t *values = NULL;
    const struct playbook_hold *hold = matching_hold(stepper, &values);
    if (hold && !text_is(hold->name, was->hold)) {
        hold_take(stepper, hold->name, hold, NULL, values);
        return true;
    }
    json_decref(values);
    if (unread && !fresh_reply(input)) {
        hold_release(stepper, "no reply");
        return false;
    }
    if (unread || (!held && fresh_reply(input))) {
        /* Read, no exit and no hold of the playbook took it: a person does. */
        hold_take(stepper, HOLD_REPLY, NULL, NULL, NULL);
        struct journey_effect *effect = stepper_effect(stepper, EFFECT_TASK);
        effect->task = "answer_reply";
        effect->role = "front_desk";
        effect->rule = HOLD_REPLY;
        effect->on_reply = true;
        effect->at = instant_add_ms(input->now, MS_PER_HOUR);
        return true;
    }
    if (held && may_resume(stepper, playbook_find_hold(input->playbook, was->hold))) {
        hold_release(stepper, "resume");
        return false;
    }
    return held;
}

bool hold_before(struct stepper *stepper, const struct playbook_touch *touch)
{
    const struct journey_input *input = stepper->input;
    if (text_is(stepper->step->next.approved_touch, touch->id))
        return false;
    for (size_t i = 0; i < input->playbook->hold_count; i++) {
        const struct playbook_hold *hold = &input->playbook->holds[i];
        if (!hold->before_each || !stepper_true(stepper, hold->when, NULL))
            continue;
        hold_take(stepper, hold->name, hold, touch->id, NULL);
        return true;
    }
    return false;
}
