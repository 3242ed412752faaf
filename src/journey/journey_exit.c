/* journey_exit.c: what ends an enrollment: the playbook's exits in their order, then the product's
 * own, which hold whatever a playbook says. */
#include "journey/journey_int.h"

#include <assert.h>

#include "base/text.h"

struct instant exit_at_day(const struct journey_input *input)
{
    int day = 0;
    for (size_t i = 0; i < input->playbook->exit_count; i++) {
        if (input->playbook->exits[i].at_day > day)
            day = input->playbook->exits[i].at_day;
    }
    return journey_day_opens(
        input->practice, input->zone, (struct day){input->enrollment->start.n + day});
}

static void cancel_queued(struct stepper *stepper, const char *name)
{
    struct journey_effect *effect = stepper_effect(stepper, EFFECT_CANCEL_QUEUED);
    effect->reason = name;
    effect->rule = name;
}

static void exit_task(struct stepper *stepper, const struct playbook_exit *said)
{
    struct journey_effect *effect = stepper_effect(stepper, EFFECT_TASK);
    effect->task = said->task;
    effect->role = said->role;
    effect->rule = said->name;
    effect->at = instant_add_ms(stepper->input->now, MS_PER_DAY);
}

static bool pause_runs(const struct journey_input *input)
{
    if (!input->facts->known)
        return false;
    const struct patient *patient = input->facts->patient;
    struct day today = zone_day(input->practice->zone, input->now);
    return patient->paused_until_told
        || (patient->paused_until.n != DAY_NONE && patient->paused_until.n > today.n);
}

/* What the playbook's exit asks for beside the end itself. What the patient said of the length of a
 * pause stands before what the playbook would have said. */
static void exit_effects(struct stepper *stepper, const struct playbook_exit *said)
{
    if (said->tag)
        stepper_effect(stepper, EFFECT_TAG)->tag = said->tag;
    if (said->suppress != SUPPRESS_NOTHING) {
        struct journey_effect *effect = stepper_effect(stepper, EFFECT_SUPPRESS);
        effect->suppress = said->suppress;
        effect->rule = said->name;
    }
    if (said->pause_until_told && !pause_runs(stepper->input))
        stepper_effect(stepper, EFFECT_PAUSE_PATIENT)->rule = said->name;
    if (said->write_back)
        stepper_effect(stepper, EFFECT_WRITE_BACK)->rule = said->name;
    if (said->task)
        exit_task(stepper, said);
    if (said->chain)
        stepper_effect(stepper, EFFECT_CHAIN)->target = said->chain;
}

void exit_take(struct stepper *stepper, const char *name, const struct playbook_exit *said,
    const char *rule, const char *detail, json_t *values)
{
    const struct journey_input *input = stepper->input;
    struct enrollment *next = &stepper->step->next;
    assert(next->state != ENROLLMENT_ENDED);
    next->state = ENROLLMENT_ENDED;
    next->exit = name;
    next->exit_detail = detail;
    next->ended = input->now;
    next->hold = NULL;
    next->hold_until = (struct instant){0};
    if (said && !span_is_zero(said->cool_down))
        next->cool_down_until =
            span_add_to_day(zone_day(input->practice->zone, input->now), said->cool_down);
    json_t *event = values ? values : json_object();
    if (said && said->next)
        json_object_set_new(event, "next", json_text(said->next));
    stepper_event(stepper, "exited", NULL, name, event);
    if (next->arm == ARM_HOLDOUT)
        return;
    /* In the order in which they must hold: first nothing more goes, then the rest. */
    cancel_queued(stepper, name);
    if (said)
        exit_effects(stepper, said);
    (void)rule;
}

/* ---- the product's own exits (promise stop_means_stop) ---- */

static bool booked_since_entry(const struct journey_input *input)
{
    const struct audience_facts *facts = input->facts;
    for (size_t i = 0; i < facts->appointment_count; i++) {
        const struct fact_appointment *appointment = &facts->appointments[i];
        bool stands = appointment->status == APPOINTMENT_BOOKED
            || appointment->status == APPOINTMENT_CONFIRMED
            || appointment->status == APPOINTMENT_ARRIVED
            || appointment->status == APPOINTMENT_COMPLETED;
        bool learnt_since = appointment->first_seen.ms > input->enrollment->entered.ms
            && appointment->first_seen.ms <= input->now.ms;
        bool after_entry = appointment->start.ms > input->enrollment->entered.ms;
        if (stands && learnt_since && after_entry)
            return true;
    }
    return false;
}

static bool refused_since_entry(const struct journey_input *input)
{
    const struct instant since = {input->enrollment->entered.ms + 1};
    return facts_refused(input->facts, since, input->now);
}

/* A no rests marketing for a while, whatever label is stronger: nobody asked for that pause. */
static bool said_no_since_entry(const struct journey_input *input)
{
    const struct audience_facts *facts = input->facts;
    bool no = false, pause = false;
    if (!facts->has_reply || facts->last_reply.ms <= input->enrollment->entered.ms)
        return false;
    for (size_t i = 0; i < facts->reply_label_count; i++) {
        no = no || text_is(facts->reply_labels[i], "not_interested");
        pause = pause || text_is(facts->reply_labels[i], "pause");
    }
    return no && !pause;
}

/* The name of the exit and, in ret_detail, what was read. NULL: nothing ends it. */
static const char *own_exit(const struct journey_input *input, const char **ret_detail)
{
    const struct patient *patient = input->facts->patient;
    bool marketing = input->playbook->purpose == PURPOSE_MARKETING;
    const char *exit = NULL;
    if (!input->facts->known || patient->inactive || patient->deceased) {
        exit = "excluded";
        *ret_detail = "the patient is no longer with the practice";
    } else if (patient->do_not_contact || refused_since_entry(input)) {
        exit = "opted_out";
        *ret_detail = "the patient asked not to be contacted";
    } else if (pause_runs(input) && said_no_since_entry(input)) {
        exit = "declined";
        *ret_detail = "the patient said no";
    } else if (pause_runs(input)) {
        exit = EXIT_PAUSED;
        *ret_detail = "the patient asked for a pause";
    } else if (booked_since_entry(input)) {
        exit = "booked";
        *ret_detail = "an appointment was booked";
    } else if (marketing && patient->billing_dispute) {
        exit = "excluded";
        *ret_detail = "billing_dispute";
    } else if (marketing && patient->clinical_concern) {
        exit = "excluded";
        *ret_detail = "clinical_concern";
    } else if (marketing && patient->staff_or_family) {
        exit = "excluded";
        *ret_detail = "staff_or_family";
    }
    return exit;
}

static bool replied(const struct journey_input *input)
{
    return input->reply.at.ms > input->enrollment->entered.ms;
}

/* Whether anything was said at all; what may have left counts. */
static bool reached(const struct journey_input *input)
{
    for (size_t i = 0; i < input->touch_count; i++) {
        if (input->touches[i].sent.ms != 0 || input->touches[i].begun)
            return true;
    }
    return input->enrollment->arm == ARM_HOLDOUT;
}

/* The last day: for who never answered. Who did answer leaves as `responded`, and somebody whose
 * reply a person is still working on does not leave at all. */
static bool last_day_take(struct stepper *stepper, const struct playbook_exit *said)
{
    const struct journey_input *input = stepper->input;
    struct instant end = journey_day_opens(
        input->practice, input->zone, (struct day){input->enrollment->start.n + said->at_day});
    if (input->now.ms < end.ms)
        return false;
    if (!replied(input) && !reached(input)) {
        /* Silence answers nothing that was never said: no tag, and no count of the silent. */
        exit_take(stepper, "not_reached", NULL, "not_reached", "nothing could be sent", NULL);
        return true;
    }
    if (!replied(input)) {
        exit_take(stepper, said->name, said, said->name,
            arena_format(stepper->arena, "day %d", said->at_day), NULL);
        return true;
    }
    bool held = input->enrollment->state == ENROLLMENT_HELD;
    if (held || input->reply.at.ms > input->enrollment->released.ms)
        return false;
    exit_take(stepper, "responded", playbook_find_exit(input->playbook, "responded"), "responded",
        arena_format(stepper->arena, "answered, and not booked by day %d", said->at_day), NULL);
    return true;
}

/* Nothing in the reply wants an answer, and no exit of the playbook took it. */
static bool closing_reply_take(struct stepper *stepper)
{
    const struct journey_reply *reply = &stepper->input->reply;
    bool fresh = replied(stepper->input) && reply->at.ms > stepper->input->enrollment->released.ms;
    if (!fresh || !reply->read || !reply->closes || reply->needs_person)
        return false;
    for (size_t i = 0; i < stepper->input->playbook->hold_count; i++) {
        const struct playbook_hold *hold = &stepper->input->playbook->holds[i];
        if (!hold->before_each && stepper_true(stepper, hold->when, NULL))
            return false;
    }
    exit_take(stepper, "responded", playbook_find_exit(stepper->input->playbook, "responded"),
        "responded", reply->label ? reply->label : "closed", NULL);
    return true;
}

bool exits_take(struct stepper *stepper)
{
    const struct journey_input *input = stepper->input;
    const struct playbook *playbook = input->playbook;
    const struct playbook_exit *last = NULL;
    for (size_t i = 0; i < playbook->exit_count; i++) {
        const struct playbook_exit *exit = &playbook->exits[i];
        if (exit->at_day >= 0) {
            last = exit;
            continue;
        }
        json_t *values = NULL;
        if (stepper_true(stepper, exit->when, &values)) {
            exit_take(stepper, exit->name, exit, exit->name, expression_text(exit->when), values);
            return true;
        }
        json_decref(values);
    }
    const char *detail = NULL;
    const char *own = own_exit(input, &detail);
    if (own) {
        exit_take(stepper, own, playbook_find_exit(playbook, own), own, detail, NULL);
        return true;
    }
    if (input->enrollment->arm == ARM_TREAT && closing_reply_take(stepper))
        return true;
    return last && last_day_take(stepper, last);
}
