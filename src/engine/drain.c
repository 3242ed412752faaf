/* drain.c: due touches: claimed, decided, judged and started in one transaction, then handed over.
 */
#include <assert.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "engine/waitlist.h"
#include "outbox/outbox.h"

enum {
    TEXT_VALID_S = 4 * 3600, /* a text that hangs in the provider's queue dies by evening */
};

struct drain {
    struct engine *engine;
    struct tx *tx;
    struct instant now;
    struct engine_batch batch;
    struct playbook_state *states;
    size_t state_count;
    struct times_cache times;
    struct outgoing *sends; /* what was started: handed over after the commit */
    size_t send_count;
};

static bool playbook_stands_still(const struct drain *drain, const char *playbook)
{
    for (size_t i = 0; i < drain->state_count; i++) {
        if (text_is(drain->states[i].playbook, playbook))
            return drain->states[i].run == PLAYBOOK_PAUSED;
    }
    return true;
}

static json_t *detail_of(const struct verdict *verdict)
{
    json_t *detail = NULL;
    if (verdict->detail)
        (void)json_parse(verdict->detail, strlen(verdict->detail), &detail, NULL);
    return detail ? detail : json_object();
}

static struct outbox_verdict outbox_verdict_of(const struct verdict *verdict, const json_t *detail)
{
    return (struct outbox_verdict){
        .code = verdict->answer == VERDICT_ALLOW ? NULL : gate_code_name(verdict->code),
        .rule = verdict->answer == VERDICT_ALLOW ? NULL : verdict->rule,
        .until = verdict->answer == VERDICT_WAIT ? verdict->until : (struct instant){0},
        .detail = detail,
    };
}

static const char *sender_name(
    struct drain *drain, const struct engine_case *kase, const struct playbook_touch *said)
{
    const struct practice *practice = drain->engine->practice;
    if (!kase || said->from != FROM_PROVIDER_LAST_VISIT || !kase->facts->patient->last_provider)
        return practice->name;
    return arena_format(
        drain->batch.tick, "%s, %s", kase->facts->patient->last_provider, practice->name);
}

static void remember_send(struct drain *drain, const struct way *way, const struct touch *touch,
    struct id attempt, const char *from_name)
{
    struct arena *tick = drain->batch.tick;
    const struct home *home = drain->engine->home;
    const char *public_url = home->practice.public_url;
    struct outgoing *out = &drain->sends[drain->send_count++];
    *out = (struct outgoing){
        .channel = way->channel,
        .attempt_id = arena_text(tick, attempt.text),
        .address = way->contact ? way->contact->address : touch->address,
        .subject = way->rendered->subject,
        .body = way->rendered->text,
        .html = way->rendered->html,
        .from_name = from_name,
        .valid_s = TEXT_VALID_S,
    };
    if (public_url && way->channel == CHANNEL_SMS)
        out->callback_url =
            arena_format(tick, "%s/hooks/sms/status?a=%s", public_url, attempt.text);
    if (public_url && way->channel == CHANNEL_EMAIL && way->gate.purpose == PURPOSE_MARKETING)
        out->unsubscribe_url = engine_link(tick, home, "u", touch->link_code);
}

static enum err start_way(struct drain *drain, const struct way *way, const struct touch *touch,
    const char *offer, const char *from_name, struct why *reterr_why)
{
    struct engine *engine = drain->engine;
    int64_t units = way->channel == CHANNEL_SMS ? (int64_t)way->rendered->sms.segments : 1;
    int64_t wait_ms = channels_reserve(engine->channels, way->channel, units, drain->now);
    if (wait_ms > 0)
        return outbox_defer(
            drain->tx, touch, instant_add_ms(drain->now, wait_ms), "sender_rate", reterr_why);
    const char *held;
    struct why taken = {0};
    enum err err = engine__hold_touch_time(engine, drain->tx, touch, &way->times, &held, &taken);
    if (err == ERR_NONE && held)
        engine__forget_times(&drain->times);
    if (err == ERR_CONFLICT) /* somebody was faster: soon with another time */
        return outbox_defer(drain->tx, touch, instant_add_ms(drain->now, MS_PER_MINUTE),
            "opening_taken", reterr_why);
    if (err != ERR_NONE) {
        if (reterr_why)
            *reterr_why = taken;
        return err;
    }
    JSON_AUTO detail = detail_of(&way->verdict);
    const struct preference *preference = gate_preference(drain->batch.gate, touch->patient_id);
    if (preference && preference->channel == way->channel)
        json_object_set_new(detail, "preferred_by", json_text(preference->source));
    const struct outbox_start start = {
        .channel = way->channel,
        .driver = channels_driver(engine->channels, way->channel),
        .address = way->contact ? way->contact->address : touch->address,
        .template_name = way->piece ? way->piece->name : touch->template_name,
        .wording = way->piece ? wording_name(way->piece->wording) : NULL,
        .variant = touch->variant,
        .offer = offer,
        .language = way->language,
        .subject = way->rendered->subject,
        .body = way->rendered->text,
        .html = way->rendered->html,
        .segments = units,
        .lease_owner = engine->worker,
        .verdict = outbox_verdict_of(&way->verdict, detail),
    };
    struct id attempt;
    err = outbox_start(drain->tx, touch, &start, &attempt, reterr_why);
    if (err == ERR_NONE)
        err = engine__propose_touch_times(
            engine, drain->tx, touch, &way->times, held, way->language, reterr_why);
    if (err != ERR_NONE)
        return err;
    gate_take(drain->batch.gate, &way->gate, drain->now);
    remember_send(drain, way, touch, attempt, from_name);
    return ERR_NONE;
}

/* What was to answer a patient and does not leave is a person's again. */
static enum err drop_touch(struct drain *drain, const struct touch *touch, const char *code,
    const char *detail, const struct outbox_verdict *verdict, struct why *reterr_why)
{
    enum err err = outbox_end(drain->tx, touch, TOUCH_DROPPED, code, detail, verdict, reterr_why);
    return err == ERR_NONE ? engine__answer_lost(drain->engine, drain->tx, touch, code, reterr_why)
                           : err;
}

/* No way was allowed: wait as long as the playbook lets it, else end it with the gate's code. What
 * has waited too long ends for what it waited longest, not for the hour at which that was over. */
static enum err refuse_touch(struct drain *drain, const struct touch *touch,
    const struct verdict *verdict, struct instant expires, struct why *reterr_why)
{
    JSON_AUTO detail = detail_of(verdict);
    struct outbox_verdict written = outbox_verdict_of(verdict, detail);
    if (verdict->answer == VERDICT_DROP)
        return drop_touch(drain, touch, written.code, verdict->message, &written, reterr_why);
    if (expires.ms == 0 || !instant_before(expires, verdict->until))
        return outbox_wait(drain->tx, touch, &written, expires, reterr_why);
    const char *held;
    enum err err = outbox_longest_wait(drain->batch.tick, drain->tx->db, drain->tx->practice_id,
        touch->touch_id, drain->now, &held, &written.held_rule, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool other = held && !text_is(held, written.code);
    return drop_touch(drain, touch, held ? held : written.code,
        other ? "it waited for this until its time was over" : verdict->message, &written,
        reterr_why);
}

static enum err go_message(struct drain *drain, struct engine_case *kase, const struct touch *touch,
    const struct journey_effect *go, struct why *reterr_why)
{
    const struct playbook_touch *said =
        playbook_find_touch(kase->version->playbook, touch->touch_key);
    assert(said && said->send_count > 0);
    struct outbox_words words;
    bool approved = outbox_words_of(drain->batch.tick, touch, &words);
    const struct way_question question = {
        .engine = drain->engine,
        .tick = drain->batch.tick,
        .gate = drain->batch.gate,
        .kase = kase,
        .touch = touch,
        .said = said,
        .template_name = go->template_name,
        .offer = go->offer,
        .words = approved ? &words : NULL,
        .times = &drain->times,
        .now = drain->now,
    };
    struct way way;
    enum err err = engine__choose_way(&question, &way, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (way.verdict.answer == VERDICT_ALLOW)
        return start_way(drain, &way, touch, go->offer, sender_name(drain, kase, said), reterr_why);
    struct instant expires = touch->expires.ms ? touch->expires : go->expires;
    return refuse_touch(drain, touch, &way.verdict, expires, reterr_why);
}

static enum err go_task(struct drain *drain, struct engine_case *kase, const struct touch *touch,
    const struct journey_effect *go, struct why *reterr_why)
{
    const struct playbook_touch *said =
        playbook_find_touch(kase->version->playbook, touch->touch_key);
    assert(said && said->is_task);
    struct gate_case gate = engine__task_case(kase, touch->patient_id);
    struct verdict verdict = gate_judge(drain->batch.tick, drain->batch.gate, &gate, drain->now);
    if (verdict.answer != VERDICT_ALLOW) {
        struct instant expires = touch->expires.ms
            ? touch->expires
            : instant_add_ms(touch->planned, said->blocked.wait_ms);
        return refuse_touch(drain, touch, &verdict, expires, reterr_why);
    }
    const char *script = NULL;
    const struct template_set *set = kase->version->home.templates;
    const struct patient *patient = gate_patient(drain->batch.gate, touch->patient_id);
    bool specific =
        gate_may_name_treatment(drain->batch.gate, touch->patient_id, CHANNEL_TASK, drain->now);
    const struct template *piece = said->script ? template_pick(set, said->script, CHANNEL_TASK,
                                       specific, patient ? patient->language : "en")
                                                : NULL;
    if (piece && piece->usable) {
        struct template_facts facts = engine__template_facts(drain->engine, drain->batch.tick,
            drain->batch.gate, kase, touch, said, go->offer, drain->now);
        struct rendered rendered;
        enum err err = template_render(drain->batch.tick, set, piece, &facts,
            &(struct template_rendering){0}, &rendered, reterr_why);
        if (err != ERR_NONE)
            return err;
        script = rendered.text;
    }
    enum err err = engine__put_task(
        drain->engine, drain->tx, &drain->batch, kase, touch, said, script, reterr_why);
    if (err != ERR_NONE)
        return err;
    gate_take(drain->batch.gate, &gate, drain->now);
    JSON_AUTO detail = detail_of(&verdict);
    const struct outbox_verdict written = outbox_verdict_of(&verdict, detail);
    return outbox_end(drain->tx, touch, TOUCH_DONE, NULL, NULL, &written, reterr_why);
}

static enum err decide_enrolled(
    struct drain *drain, const struct touch *touch, struct why *reterr_why)
{
    struct engine_case *kase = engine__case(&drain->batch, touch->enrollment_id);
    assert(kase);
    if (playbook_stands_still(drain, touch->playbook))
        return outbox_defer(drain->tx, touch, instant_add_ms(drain->now, MS_PER_DAY),
            ENGINE_PLAYBOOK_PAUSED, reterr_why); /* resuming wakes it */
    struct journey_effect effect;
    enum err err = engine__step_case(
        drain->engine, drain->tx, &drain->batch, kase, touch->touch_id, &effect, reterr_why);
    if (err != ERR_NONE)
        return err;
    switch (effect.kind) {
    case EFFECT_GO_TOUCH:
        return touch->is_task ? go_task(drain, kase, touch, &effect, reterr_why)
                              : go_message(drain, kase, touch, &effect, reterr_why);
    case EFFECT_SKIP_TOUCH:
        return outbox_end(
            drain->tx, touch, TOUCH_SKIPPED, effect.reason, effect.rule, NULL, reterr_why);
    case EFFECT_WAIT_TOUCH:
        return outbox_defer(drain->tx, touch,
            instant_before(drain->now, effect.at) ? effect.at
                                                  : instant_add_ms(drain->now, MS_PER_MINUTE),
            effect.reason, reterr_why);
    case EFFECT_CANCEL_QUEUED:
    case EFFECT_TASK:
    case EFFECT_TAG:
    case EFFECT_SUPPRESS:
    case EFFECT_WRITE_BACK:
    case EFFECT_PAUSE_PATIENT:
    case EFFECT_CHAIN:
    case EFFECT_KIND_MAX: break;
    }
    assert(kase->enrollment->state == ENROLLMENT_ENDED); /* its exit has cancelled the touch */
    return ERR_NONE;
}

/* A confirmation or a HELP text: words and address are given, the gate is asked all the same. */
static enum err decide_answer(
    struct drain *drain, const struct touch *touch, struct why *reterr_why)
{
    if (touch->expires.ms && instant_before(touch->expires, drain->now))
        return drop_touch(drain, touch, "expired", "too late to be an answer", NULL, reterr_why);
    bool waited = text_is(touch->touch_key, ENGINE_WAITLIST_KEY); /* asked for, but not just now */
    struct way way = {
        .channel = touch->channel,
        .rendered = ARENA_NEW(drain->batch.tick, struct rendered, 1),
        .language = touch->language,
    };
    way.rendered->text = touch->body;
    way.rendered->subject = touch->subject;
    way.rendered->scan = touch->body;
    way.rendered->sms = sms_count(touch->body);
    way.gate = (struct gate_case){
        .patient_id = touch->patient_id,
        .channel = touch->channel,
        .address = touch->address,
        .purpose = waited ? PURPOSE_TRANSACTIONAL : PURPOSE_ANSWER,
        .message = way.rendered,
        .opt_out_confirmation = text_is(touch->touch_key, "confirm_opt_out"),
        .help_answer = text_is(touch->touch_key, "help"),
        .named_by_patient = text_is(touch->touch_key, ENGINE_NAMED_ANSWER_KEY),
        .inbound = waited ? (struct instant){0} : touch->created,
    };
    if (touch->for_staff) {
        way.rendered->html = touch->html;
        way.gate = engine__staff_case(touch, way.rendered);
    } else if (text_is(touch->touch_key, ENGINE_REPLY_KEY)) {
        const struct engine_reply reply = {.patient_id = touch->patient_id,
            .address = touch->address,
            .body = touch->body,
            .channel = touch->channel};
        enum err err = engine__reply_case(drain->batch.tick, drain->tx->db, drain->tx->practice_id,
            &reply, way.rendered, drain->now, &way.gate, reterr_why);
        if (err != ERR_NONE)
            return err;
    }
    way.verdict = gate_judge(drain->batch.tick, drain->batch.gate, &way.gate, drain->now);
    if (way.verdict.answer != VERDICT_ALLOW)
        return refuse_touch(drain, touch, &way.verdict, touch->expires, reterr_why);
    return start_way(drain, &way, touch, NULL, drain->engine->practice->name, reterr_why);
}

static const char **distinct(struct arena *tick, const struct touch *touches, size_t count,
    bool enrollments, size_t *ret_count)
{
    const char **ids = ARENA_NEW(tick, const char *, count + 1);
    struct map seen;
    map_init(&seen, tick);
    for (size_t i = 0; i < count; i++) {
        const char *id = enrollments ? touches[i].enrollment_id : touches[i].patient_id;
        if (id && *id && map_put(&seen, id, (void *)&ids))
            ids[(*ret_count)++] = id;
    }
    return ids;
}

static enum err load_claimed(
    struct drain *drain, const struct touch *touches, size_t count, struct why *reterr_why)
{
    struct arena *tick = drain->batch.tick;
    struct tx *tx = drain->tx;
    size_t patient_count = 0, enrollment_count = 0, read = 0;
    const char **patients = distinct(tick, touches, count, false, &patient_count);
    const char **ids = distinct(tick, touches, count, true, &enrollment_count);
    struct enrollment *enrollments = NULL;
    enum err err = record_lock(tx, patients, patient_count, reterr_why);
    if (err == ERR_NONE)
        err = gate_load(tick, tx->db, drain->engine->gate, drain->now, patients, patient_count,
            &drain->batch.gate, reterr_why);
    if (err == ERR_NONE)
        err = journey_read(
            tick, tx->db, tx->practice_id, ids, enrollment_count, &enrollments, &read, reterr_why);
    if (err == ERR_NONE)
        err = engine__load(drain->engine, tx, enrollments, read, &drain->batch, reterr_why);
    if (err == ERR_NONE)
        err = playbook_read_states(
            tick, tx->db, tx->practice_id, &drain->states, &drain->state_count, reterr_why);
    return err;
}

static enum err decide_claimed(
    struct drain *drain, const struct touch *touches, size_t count, struct why *reterr_why)
{
    enum err err = load_claimed(drain, touches, count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        err = touches[i].enrollment_id ? decide_enrolled(drain, &touches[i], reterr_why)
                                       : decide_answer(drain, &touches[i], reterr_why);
    return err;
}

enum err engine__drain(struct engine *engine, struct instant now, int64_t *ret_claimed,
    int64_t *ret_started, struct why *reterr_why)
{
    struct instant paused;
    enum err err =
        playbook_practice_paused(engine->db, engine->practice->practice_id, &paused, reterr_why);
    if (err != ERR_NONE)
        return err;
    DB_TX struct tx tx = {0};
    err = engine_begin(engine, now, &tx, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct instant since = engine__clock(engine);
    struct touch *touches;
    size_t count;
    /* A pause is for patients: colleagues are called all the same. */
    err = outbox_claim_due(&engine->tick, &tx, paused.ms ? ENGINE_ALERT_KEY : NULL, engine->batch,
        &touches, &count, reterr_why);
    if (err != ERR_NONE || count == 0)
        return err;
    struct drain drain = {.engine = engine, .tx = &tx, .now = now, .batch.tick = &engine->tick};
    drain.sends = ARENA_NEW(&engine->tick, struct outgoing, count);
    err = decide_claimed(&drain, touches, count, reterr_why);
    engine__forget_times(&drain.times);
    if (err == ERR_NONE)
        err = db_commit(&tx, reterr_why);
    if (err != ERR_NONE)
        return err;
    engine__fit_batch(engine, since, count);
    for (size_t i = 0; i < drain.send_count; i++)
        channels_send(engine->channels, &drain.sends[i], now);
    *ret_claimed += (int64_t)count;
    *ret_started += (int64_t)drain.send_count;
    return ERR_NONE;
}
