/* apply.c: what journey decided, carried out through the keepers. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "engine/engine_int.h"
#include "inbox/summary.h"
#include "outbox/outbox.h"
#include "record/record.h"

enum { DESK_CLOSES_MINUTE = 17 * 60 };

static struct touch *find_touch(struct engine_batch *batch, const char *touch_id)
{
    for (size_t i = 0; i < batch->touch_count; i++) {
        if (text_is(batch->touches[i].touch_id, touch_id))
            return &batch->touches[i];
    }
    return NULL;
}

/* The message that a person is to approve before it goes. */
static const struct touch *find_waiting(
    const struct engine_batch *batch, const struct engine_case *kase, const char *touch_key)
{
    for (size_t i = 0; i < batch->touch_count; i++) {
        const struct touch *touch = &batch->touches[i];
        if (text_is(touch->enrollment_id, kase->enrollment->enrollment_id)
            && text_is(touch->touch_key, touch_key)
            && (touch->state == TOUCH_DUE || touch->state == TOUCH_WAITING))
            return touch;
    }
    return NULL;
}

/* What was sent and what became of it: the person who calls must not have to look it up. */
static json_t *touch_history(const struct engine_batch *batch, const struct engine_case *kase)
{
    json_t *history = json_array();
    for (size_t i = 0; i < batch->touch_count; i++) {
        const struct touch *touch = &batch->touches[i];
        if (!text_is(touch->enrollment_id, kase->enrollment->enrollment_id))
            continue;
        json_t *line = json_pack(
            "{s:s,s:s}", "touch", touch->touch_key, "state", touch_state_name(touch->state));
        if (touch->has_channel)
            json_object_set_new(line, "channel", json_text(channel_kind_name(touch->channel)));
        if (touch->sent.ms)
            json_object_set_new(
                line, "sent", json_text(zone_format(batch->tick, kase->zone, touch->sent)));
        if (touch->delivery)
            json_object_set_new(line, "delivery", json_text(touch->delivery));
        if (touch->code)
            json_object_set_new(line, "code", json_text(touch->code));
        json_array_append_new(history, line);
    }
    return history;
}

static json_t *engagement_summary(const struct audience_facts *facts)
{
    json_t *engaged = json_array();
    for (size_t i = 0; i < facts->touch_count; i++) {
        const struct fact_touch *touch = &facts->touches[i];
        json_array_append_new(engaged,
            json_pack("{s:s,s:I,s:I,s:I}", "touch", touch->touch_key, "opened",
                (json_int_t)touch->human_opens, "clicked", (json_int_t)touch->clicks, "replied",
                (json_int_t)touch->replies));
    }
    return engaged;
}

static json_t *task_body(
    const struct engine_batch *batch, const struct engine_case *kase, const char *rule)
{
    const struct audience_facts *facts = kase->facts;
    json_t *body = json_pack("{s:s,s:s?}", "playbook", kase->enrollment->playbook, "rule", rule);
    json_object_set_new(body, "touch_history", touch_history(batch, kase));
    json_object_set_new(body, "engagement", engagement_summary(facts));
    if (kase->reply.at.ms)
        json_object_set_new(body, "last_reply",
            json_pack("{s:s,s:s?,s:s?}", "at", zone_format(batch->tick, kase->zone, kase->reply.at),
                "label", kase->reply.label, "route", kase->reply.route));
    json_object_set_new(body, "provider", json_text(facts->patient->last_provider));
    if (facts->patient->loyalty_points > 0)
        json_object_set_new(body, "points", json_integer(facts->patient->loyalty_points));
    json_t *tags = json_array();
    for (size_t i = 0; i < facts->tag_count; i++)
        json_array_append_new(tags, json_text(facts->tags[i]));
    json_object_set_new(body, "tags", tags);
    return body;
}

/* "warm_call" reads "Warm call". */
static const char *title_of(struct arena *tick, const char *kind)
{
    if (text_is(kind, "write_back"))
        return "Note in the booking system";
    char *title = arena_text(tick, kind);
    for (char *at = title; *at; at++)
        *at = *at == '_' ? ' ' : *at;
    if (*title >= 'a' && *title <= 'z')
        *title = (char)(*title - 'a' + 'A');
    return title;
}

/* Until so many business days are over, as the desk counts them. */
struct instant engine__due_after(const struct engine *engine, struct instant now, int business_days)
{
    const struct zone *zone = engine->practice->zone;
    return zone_at(zone, day_add_business(zone_day(zone, now), business_days), DESK_CLOSES_MINUTE);
}

static struct task_plan task_plan_of(const struct engine_batch *batch,
    const struct engine_case *kase, const char *kind, const char *role, struct instant due,
    const json_t *body)
{
    const struct patient *patient = kase->facts->patient;
    return (struct task_plan){
        .patient_id = kase->enrollment->patient_id,
        .kind = kind,
        .role = role ? role : "front_desk",
        .title = arena_format(batch->tick, "%s: %s %s", title_of(batch->tick, kind),
            patient->first_name, patient->last_name),
        .body = body,
        .priority = 50,
        .due = due,
        .enrollment_id = kase->enrollment->enrollment_id,
    };
}

static enum err add_task(struct tx *tx, const struct engine_batch *batch,
    const struct engine_case *kase, const char *kind, const char *role, struct instant due,
    const char *touch_id, bool each_touch, json_t *body_taken, struct why *reterr_why)
{
    JSON_AUTO body = body_taken;
    struct task_plan plan = task_plan_of(batch, kase, kind, role, due, body);
    plan.touch_id = touch_id;
    plan.each_touch = each_touch;
    struct id id;
    return inbox_add_task(tx, &plan, &id, reterr_why);
}

static enum err suppress_patient(struct engine *engine, struct tx *tx,
    const struct engine_case *kase, const struct journey_effect *effect, struct why *reterr_why)
{
    for (size_t i = 0; i < kase->facts->contact_count; i++) {
        const struct fact_contact *contact = &kase->facts->contacts[i];
        const struct suppression_act act = {
            .channel = contact->channel,
            .marketing_only = effect->suppress == SUPPRESS_MARKETING,
            .reason = "opt_out",
            .address = contact->address,
            .patient_id = kase->enrollment->patient_id,
            .source = arena_format(&engine->tick, "playbook:%s", kase->enrollment->playbook),
            .evidence = effect->rule,
        };
        bool is_new;
        enum err err = record_suppress(tx, engine->home->address_key, &act, &is_new, reterr_why);
        if (err != ERR_NONE)
            return err;
    }
    return ERR_NONE;
}

static enum err skip_touch(struct tx *tx, struct engine_batch *batch,
    const struct journey_effect *effect, struct why *reterr_why)
{
    struct touch *touch = find_touch(batch, effect->touch_id);
    assert(touch);
    enum err err =
        outbox_end(tx, touch, TOUCH_SKIPPED, effect->reason, effect->rule, NULL, reterr_why);
    if (err == ERR_NONE)
        touch->state = TOUCH_SKIPPED;
    return err;
}

/* What the playbook says of the task beside its time: who hears when it is late, what may be
 * answered without a person, which message it is about. */
static json_t *effect_body(const struct engine_batch *batch, const struct engine_case *kase,
    const struct journey_effect *effect, const struct touch *held)
{
    json_t *body = task_body(batch, kase, effect->rule);
    json_object_set_new(body, "approves", json_boolean(held != NULL));
    if (effect->touch_key)
        json_object_set_new(body, "touch", json_text(effect->touch_key));
    if (effect->escalate_to)
        json_object_set_new(body, "escalate",
            json_pack("{s:s, s:s}", "to", effect->escalate_to, "at",
                zone_format(batch->tick, kase->zone, effect->escalate_at)));
    json_t *labels = json_array();
    for (size_t i = 0; i < effect->auto_answer_count; i++)
        json_array_append_new(labels, json_text(effect->auto_answer[i]));
    json_object_set_new(body, "auto_answer", labels);
    return body;
}

/* Inbox has raised a task for the reply already. */
static enum err hold_for_reply(struct tx *tx, const struct engine_batch *batch,
    const struct engine_case *kase, const struct journey_effect *effect, struct why *reterr_why)
{
    JSON_AUTO body = effect_body(batch, kase, effect, NULL);
    const struct task_plan plan =
        task_plan_of(batch, kase, effect->task, effect->role, effect->at, body);
    const bool by_playbook = playbook_find_hold(kase->version->playbook, effect->rule) != NULL;
    return inbox_hold_task(tx, &plan, by_playbook, reterr_why);
}

/* A touch that waited for a hold which is now released. */
static enum err defer_touch(struct tx *tx, struct engine_batch *batch,
    const struct journey_effect *effect, struct why *reterr_why)
{
    struct touch *touch = find_touch(batch, effect->touch_id);
    assert(touch);
    return outbox_defer(tx, touch, effect->at, effect->reason, reterr_why);
}

static enum err cancel_queued(struct engine *engine, struct tx *tx, struct engine_batch *batch,
    const struct engine_case *kase, const struct journey_effect *effect, struct why *reterr_why)
{
    const char *enrollment_id = kase->enrollment->enrollment_id;
    enum err err = outbox_cancel(
        tx, enrollment_id, kase->enrollment->patient_id, effect->reason, NULL, reterr_why);
    for (size_t i = 0; i < batch->touch_count && err == ERR_NONE; i++) {
        struct touch *touch = &batch->touches[i];
        bool queued = touch->state == TOUCH_DUE || touch->state == TOUCH_WAITING;
        if (queued && text_is(touch->enrollment_id, enrollment_id))
            touch->state = TOUCH_CANCELLED;
    }
    if (err == ERR_NONE) /* nor should anybody call any more */
        err = inbox_cancel_tasks(
            tx, kase->enrollment->patient_id, "warm_call", effect->reason, reterr_why);
    if (err == ERR_NONE)
        err = inbox_cancel_touch_tasks(
            tx, kase->enrollment->patient_id, enrollment_id, effect->reason, reterr_why);
    return err == ERR_NONE
        ? engine__let_go_of_touch_time(engine, tx, batch, kase, effect->reason, reterr_why)
        : err;
}

static enum err apply_effect(struct engine *engine, struct tx *tx, struct engine_batch *batch,
    struct engine_case *kase, const struct journey_effect *effect, struct why *reterr_why)
{
    const char *patient_id = kase->enrollment->patient_id;
    const char *source = arena_format(batch->tick, "playbook:%s", kase->enrollment->playbook);
    const struct touch *held = NULL;
    switch (effect->kind) {
    case EFFECT_SKIP_TOUCH: return skip_touch(tx, batch, effect, reterr_why);
    case EFFECT_CANCEL_QUEUED: return cancel_queued(engine, tx, batch, kase, effect, reterr_why);
    case EFFECT_TASK:
        if (effect->on_reply)
            return hold_for_reply(tx, batch, kase, effect, reterr_why);
        held = effect->touch_key ? find_waiting(batch, kase, effect->touch_key) : NULL;
        return add_task(tx, batch, kase, effect->task, effect->role, effect->at,
            held ? held->touch_id : NULL, held != NULL, effect_body(batch, kase, effect, held),
            reterr_why);
    case EFFECT_TAG: return record_tag(tx, patient_id, effect->tag, source, reterr_why);
    case EFFECT_SUPPRESS: return suppress_patient(engine, tx, kase, effect, reterr_why);
    case EFFECT_WRITE_BACK:
        return add_task(tx, batch, kase, "write_back", "front_desk",
            engine__due_after(engine, tx->now, 1), NULL, false,
            json_pack("{s:s?}", "what", effect->rule), reterr_why);
    case EFFECT_PAUSE_PATIENT:
        return record_pause(tx, patient_id, (struct day){DAY_NONE}, true, source, reterr_why);
    case EFFECT_WAIT_TOUCH: return defer_touch(tx, batch, effect, reterr_why);
    case EFFECT_CHAIN:
    case EFFECT_GO_TOUCH:
    case EFFECT_KIND_MAX: break;
    }
    return ERR_NONE;
}

struct journey_input engine__input(
    struct engine *engine, const struct engine_case *kase, struct instant now)
{
    return (struct journey_input){
        .playbook = kase->version->playbook,
        .practice = engine->practice,
        .zone = kase->zone,
        .enrollment = kase->enrollment,
        .touches = kase->touches,
        .touch_count = kase->touch_count,
        .facts = kase->facts,
        .reply = kase->reply,
        .now = now,
    };
}

/* The step's effects but for `claimed`, whose own effect comes back. */
enum err engine__carry_out(struct engine *engine, struct tx *tx, struct engine_batch *batch,
    struct engine_case *kase, const struct journey_step *step, const char *claimed,
    struct journey_effect *ret_claimed, struct why *reterr_why)
{
    struct journey_effect decided = {.kind = EFFECT_KIND_MAX};
    enum err err = journey_save(tx, step, reterr_why);
    for (size_t i = 0; i < step->effect_count && err == ERR_NONE; i++) {
        const struct journey_effect *effect = &step->effects[i];
        bool is_claimed = claimed && effect->touch_id && text_is(effect->touch_id, claimed);
        if (is_claimed)
            decided = *effect;
        else
            err = apply_effect(engine, tx, batch, kase, effect, reterr_why);
    }
    if (err == ERR_NONE && step->event_count && text_is(step->next.exit, "opted_out"))
        err = engine__guard(engine, tx, kase->version->playbook, reterr_why);
    if (err != ERR_NONE)
        return err;
    *kase->enrollment = step->next;
    *ret_claimed = decided;
    return ERR_NONE;
}

enum err engine__step_case(struct engine *engine, struct tx *tx, struct engine_batch *batch,
    struct engine_case *kase, const char *claimed, struct journey_effect *ret_claimed,
    struct why *reterr_why)
{
    const struct journey_input input = engine__input(engine, kase, tx->now);
    JOURNEY_STEP struct journey_step step;
    journey_step(batch->tick, &input, claimed, &step);
    return engine__carry_out(engine, tx, batch, kase, &step, claimed, ret_claimed, reterr_why);
}

/* Whoever calls has times at hand; nothing is kept until one is chosen. */
static enum err add_times(struct engine *engine, const struct engine_batch *batch,
    const struct engine_case *kase, const struct playbook_touch *said, struct instant now,
    json_t *body, struct why *reterr_why)
{
    const struct schedule *schedule = engine->home->schedule;
    struct touch_times times;
    enum err err = engine__task_times(engine, batch->tick, kase, said, now, &times, reterr_why);
    if (err != ERR_NONE || times.count == 0)
        return err;
    json_t *list = json_array();
    for (size_t i = 0; i < times.count; i++)
        json_array_append_new(list,
            json_pack("{s:s, s:s, s:s}", "start",
                zone_format(batch->tick, schedule->zone, times.slots[i].start), "provider",
                schedule->providers[times.slots[i].provider].name, "location",
                schedule->locations[times.slots[i].location].name));
    json_object_set_new(body, "open_slots", list);
    json_object_set_new(body, "open_slots_text", json_text(times.list));
    return ERR_NONE;
}

/* A claimed staff task whose time has come: put on the desk with everything the person needs. */
enum err engine__put_task(struct engine *engine, struct tx *tx, struct engine_batch *batch,
    struct engine_case *kase, const struct touch *touch, const struct playbook_touch *said,
    const char *script, struct why *reterr_why)
{
    json_t *body = task_body(batch, kase, said->id), *summary = NULL;
    const struct summary_question question = {
        .patient_id = touch->patient_id,
        .practice = engine->practice,
        .zone = engine->practice->zone,
        .now = tx->now,
    };
    enum err err = inbox_summarize(batch->tick, tx->db, &question, &summary, reterr_why);
    if (err != ERR_NONE) {
        json_decref(body);
        return err;
    }
    if (script && text_ends(said->task, "call"))
        script = arena_format(
            batch->tick, "%s\n\n%s", script, inbox_summary_text(batch->tick, summary, false));
    json_object_set_new(body, "script", json_text(script));
    json_object_set_new(body, "summary", summary);
    json_t *show = json_array();
    bool shows_times = false;
    for (size_t i = 0; i < said->show_count; i++) {
        json_array_append_new(show, json_text(said->show[i]));
        shows_times |= text_is(said->show[i], "open_slots");
    }
    json_object_set_new(body, "show", show);
    if (shows_times)
        err = add_times(engine, batch, kase, said, tx->now, body, reterr_why);
    if (err != ERR_NONE) {
        json_decref(body);
        return err;
    }
    struct instant due = said->due.business_days > 0
        ? engine__due_after(engine, tx->now, said->due.business_days)
        : instant_add_ms(tx->now, span_ms(said->due.span));
    return add_task(
        tx, batch, kase, said->task, said->role, due, touch->touch_id, false, body, reterr_why);
}
