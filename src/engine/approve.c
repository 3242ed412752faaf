/* approve.c: a message that leaves only when a person has read it, changed it or not. */
#include <string.h>

#include "base/text.h"
#include "engine/engine_int.h"

/* One message, with everything that a decision about it reads. */
struct approval {
    struct engine_batch batch;
    struct engine_case *kase;
    struct touch touch;
    const struct playbook_touch *said;
};

static enum err check_waits(const struct approval *approval, struct why *reterr_why)
{
    const struct enrollment *enrollment = approval->kase->enrollment;
    const struct playbook *playbook = approval->kase->version->playbook;
    const struct playbook_hold *hold = NULL;
    bool waits = approval->touch.state == TOUCH_DUE || approval->touch.state == TOUCH_WAITING;
    if (!waits || !approval->said || approval->said->send_count == 0
        || enrollment->state == ENROLLMENT_ENDED)
        return why_set(reterr_why, ERR_CONFLICT, "this message will not go any more");
    if (enrollment->state == ENROLLMENT_HELD)
        hold = playbook_find_hold(playbook, enrollment->hold);
    if (hold && hold->before_each)
        return ERR_NONE;
    if (enrollment->state == ENROLLMENT_HELD) {
        why_hint(reterr_why, "Answer or close the conversation first; it is asked again then");
        return why_set(reterr_why, ERR_CONFLICT, "the patient has written in the meantime");
    }
    why_hint(reterr_why, "Wait a moment: it is asked again before it goes");
    return why_set(reterr_why, ERR_CONFLICT, "this message does not wait for approval now");
}

static enum err load(struct engine *engine, struct tx *tx, const struct task *task,
    struct approval *approval, struct why *reterr_why)
{
    struct enrollment *found = NULL;
    size_t count = 0;
    if (!task->touch_id || !task->enrollment_id)
        return why_set(reterr_why, ERR_NOT_FOUND, "this task is about no message");
    enum err err = outbox_read(
        &engine->tick, tx->db, tx->practice_id, task->touch_id, &approval->touch, reterr_why);
    if (err == ERR_NONE)
        err = journey_read(&engine->tick, tx->db, tx->practice_id, &task->enrollment_id, 1, &found,
            &count, reterr_why);
    if (err == ERR_NONE && count == 0)
        err = why_set(reterr_why, ERR_CONFLICT, "this message will not go any more");
    if (err == ERR_NONE)
        err = engine__load_all(engine, tx, found, count, &approval->batch, reterr_why);
    if (err != ERR_NONE)
        return err;
    approval->kase = &approval->batch.cases[0];
    approval->said =
        playbook_find_touch(approval->kase->version->playbook, approval->touch.touch_key);
    return check_waits(approval, reterr_why);
}

static enum err choose(struct engine *engine, const struct tx *tx, struct approval *approval,
    const struct outbox_words *words, struct way *ret_way, struct why *reterr_why)
{
    const struct way_question question = {
        .engine = engine,
        .tick = &engine->tick,
        .gate = approval->batch.gate,
        .kase = approval->kase,
        .touch = &approval->touch,
        .said = approval->said,
        .template_name = approval->touch.template_name,
        .offer = approval->touch.offer,
        .words = words,
        .now = tx->now,
    };
    return engine__choose_way(&question, ret_way, reterr_why);
}

/* The hash of what a reader saw, and where it would go. */
static const char *etag_of(struct arena *tick, const struct way *way)
{
    return arena_format(tick, "%s.%s.%s", channel_kind_name(way->channel),
        way->contact ? way->contact->address : "",
        way->rendered->body_hash ? way->rendered->body_hash : "");
}

/* An empty subject or text is what the template says. */
static bool differs(const struct engine_words *words, const struct way *way)
{
    return words
        && ((words->text && !text_is(words->text, way->rendered->plain))
            || (words->subject && way->channel == CHANNEL_EMAIL
                && !text_is(words->subject, way->rendered->subject)));
}

static struct outbox_words words_of(
    const struct engine_words *words, const struct way *drafted, const char *by)
{
    bool changed = differs(words, drafted), typed = changed && words->text;
    const struct rendered *rendered = drafted->rendered;
    return (struct outbox_words){
        .channel = drafted->channel,
        .subject = drafted->channel != CHANNEL_EMAIL ? NULL
            : changed && words->subject              ? words->subject
                                                     : rendered->subject,
        .text = typed ? words->text : rendered->words,
        .typed = typed,
        .by = changed ? by : NULL,
    };
}

/* As drafted, and as it would go. */
static enum err judge(struct engine *engine, const struct tx *tx, struct approval *approval,
    const struct engine_words *words, const char *by, struct outbox_words *ret_words,
    struct engine_draft *ret_draft, struct why *reterr_why)
{
    struct way drafted, way;
    enum err err = choose(engine, tx, approval, NULL, &drafted, reterr_why);
    if (err != ERR_NONE)
        return err;
    way = drafted;
    bool worded = drafted.rendered->words != NULL;
    *ret_words = words_of(words, &drafted, by);
    if (worded)
        err = choose(engine, tx, approval, ret_words, &way, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_draft = (struct engine_draft){
        .touch_id = approval->touch.touch_id,
        .patient_id = approval->touch.patient_id,
        .address = way.contact ? way.contact->address : NULL,
        .template_name = approval->touch.template_name,
        .wording = way.piece ? wording_name(way.piece->wording) : NULL,
        .language = way.language,
        .channel = way.channel,
        .subject = way.rendered->subject,
        .text = ret_words->typed ? ret_words->text : way.rendered->plain,
        .whole = way.rendered->text,
        .html = way.rendered->html,
        .sms = way.rendered->sms,
        .changed = differs(words, &drafted),
        /* What the template lacks for this patient, no approval gives it. */
        .verdict = drafted.rendered->missing && !ret_words->typed ? drafted.verdict : way.verdict,
        .etag = etag_of(&engine->tick, &drafted),
    };
    return ERR_NONE;
}

enum err engine_draft(struct engine *engine, struct tx *tx, const struct task *task,
    const struct engine_words *words, struct engine_draft *ret_draft, struct why *reterr_why)
{
    struct approval approval = {0};
    struct outbox_words kept;
    enum err err = load(engine, tx, task, &approval, reterr_why);
    return err == ERR_NONE ? judge(engine, tx, &approval, words, NULL, &kept, ret_draft, reterr_why)
                           : err;
}

static enum err release(struct engine *engine, struct tx *tx, struct approval *approval,
    const char *approved, struct why *reterr_why)
{
    const struct journey_input input = engine__input(engine, approval->kase, tx->now);
    JOURNEY_STEP struct journey_step step;
    journey_release(&engine->tick, &input, approved, &step);
    if (step.next.state == ENROLLMENT_ENDED) /* the loop will say so; nothing is approved */
        return why_set(
            reterr_why, ERR_CONFLICT, "the patient leaves the playbook: %s", step.next.exit);
    struct journey_effect none;
    return engine__carry_out(
        engine, tx, &approval->batch, approval->kase, &step, NULL, &none, reterr_why);
}

enum err engine_approve(struct engine *engine, struct tx *tx, const struct task *task,
    const struct engine_words *words, const char *by, struct engine_draft *ret_draft,
    struct why *reterr_why)
{
    struct approval approval = {0};
    struct outbox_words kept;
    enum err err = load(engine, tx, task, &approval, reterr_why);
    if (err == ERR_NONE)
        err = judge(engine, tx, &approval, words, by, &kept, ret_draft, reterr_why);
    if (err != ERR_NONE || ret_draft->verdict.answer == VERDICT_DROP)
        return err;
    err = outbox_approve(tx, &approval.touch, &kept, reterr_why);
    return err == ERR_NONE ? release(engine, tx, &approval, approval.touch.touch_key, reterr_why)
                           : err;
}

enum err engine_refuse(
    struct engine *engine, struct tx *tx, const struct task *task, struct why *reterr_why)
{
    struct approval approval = {0};
    enum err err = load(engine, tx, task, &approval, reterr_why);
    if (err == ERR_NONE)
        err = outbox_end(tx, &approval.touch, TOUCH_SKIPPED, "refused",
            "a person did not want it sent", NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < approval.kase->touch_count; i++) {
        struct journey_touch *touch = &approval.kase->touches[i];
        if (text_is(touch->touch_id, approval.touch.touch_id))
            touch->ended = true;
    }
    return release(engine, tx, &approval, NULL, reterr_why);
}
