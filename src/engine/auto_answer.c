/* auto_answer.c: a question that the practice's own sentences answer is answered at once.
 *
 * After inbox and journeys have acted on the message: their task stands for a person, unless what
 * knowledge says may go without one. Then the answer is queued, the task is done and the
 * conversation rests until the patient writes again. The gate is asked when it leaves, as ever. */
#include <string.h>

#include "audit/audit.h"
#include "base/buf.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "engine/times.h"
#include "outbox/outbox.h"
#include "triage/layer.h"

enum {
    ANSWER_MS_MAX = 24 * 60 * 60 * 1000, /* later it is no answer to what was asked (QH-10) */
    ANSWERS_PER_DAY_MAX = 3,             /* who still asks wants a person */
};

static bool hold_lets(const struct playbook_hold *hold, const char *label)
{
    for (size_t i = 0; i < hold->auto_answer_count; i++)
        if (text_is(hold->auto_answer[i], label))
            return true;
    return false;
}

/* A playbook that holds the patient narrows what perennial.yaml allows; its own holds for what
 * nobody has read, or for a person, say nothing about answers. */
static enum err narrow_by_holds(struct engine *engine, struct tx *tx, const char *patient_id,
    bool allowed[TRIAGE_LABEL_MAX], struct why *reterr_why)
{
    struct enrollment *live;
    size_t count = 0;
    enum err err = journey_read_live(
        &engine->tick, tx->db, tx->practice_id, &patient_id, 1, &live, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        struct playbook_version *version;
        if (live[i].state != ENROLLMENT_HELD)
            continue;
        err = playbook_load_version(engine->cache, tx->db, tx->practice_id, live[i].playbook,
            live[i].version, &version, reterr_why);
        const struct playbook_hold *hold =
            err == ERR_NONE ? playbook_find_hold(version->playbook, live[i].hold) : NULL;
        for (int label = 0; hold && label < TRIAGE_LABEL_MAX; label++)
            allowed[label] &= hold_lets(hold, triage_label_name((enum triage_label)label));
    }
    return err;
}

/* The tasks that this message raised; `ret_busy`: an older one is open, so a person has the ball.
 */
static enum err read_tasks(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    struct answer_tasks *ret_tasks, bool *ret_busy, struct why *reterr_why)
{
    struct task *tasks;
    size_t count, kept = 0;
    enum err err = inbox_read_tasks(&engine->tick, tx->db, tx->practice_id, inbound->patient_id,
        true, tx->now, &tasks, &count, reterr_why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < count; i++) {
        if (text_is(tasks[i].inbound_id, inbound->inbound_id))
            tasks[kept++] = tasks[i];
        else
            *ret_busy = true;
    }
    *ret_tasks = (struct answer_tasks){tasks, kept};
    return ERR_NONE;
}

enum err engine_is_minor(struct engine *engine, struct arena *arena, struct db *db,
    const char *patient_id, struct instant now, bool *ret_minor, struct why *reterr_why)
{
    struct gate_batch *gate;
    enum err err = gate_load(arena, db, engine->gate, now, &patient_id, 1, &gate, reterr_why);
    *ret_minor = err == ERR_NONE && gate_is_minor(gate, patient_id, now);
    return err;
}

/* To who has stopped only people write (OPT-5), with a minor only people speak (MIN-3), and while
 * all sending is paused an answer would come too late: the question stays a person's. */
static enum err read_silence(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    bool *ret_silent, struct why *reterr_why)
{
    bool stopped = false, minor = false;
    struct instant paused = {0};
    enum err err = playbook_practice_paused(tx->db, tx->practice_id, &paused, reterr_why);
    if (err == ERR_NONE)
        err = inbox_sender_stopped(
            &engine->tick, tx->db, tx->practice_id, inbound, &stopped, reterr_why);
    if (err == ERR_NONE)
        err = engine_is_minor(
            engine, &engine->tick, tx->db, inbound->patient_id, tx->now, &minor, reterr_why);
    *ret_silent = paused.ms || stopped || minor;
    return err;
}

enum err engine__answer_leave(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    bool allowed[TRIAGE_LABEL_MAX], struct answer_tasks *ret_tasks, bool *ret_busy,
    struct why *reterr_why)
{
    enum err err = read_silence(engine, tx, inbound, ret_busy, reterr_why);
    if (err == ERR_NONE)
        err = narrow_by_holds(engine, tx, inbound->patient_id, allowed, reterr_why);
    return err == ERR_NONE ? read_tasks(engine, tx, inbound, ret_tasks, ret_busy, reterr_why) : err;
}

static enum err queue_answer(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct knowledge_answer *answer, const char **ret_touch, struct why *reterr_why)
{
    const struct touch_plan plan = {
        .patient_id = inbound->patient_id,
        .touch_key = answer->names_treatment ? ENGINE_NAMED_ANSWER_KEY : ENGINE_ANSWER_KEY,
        .occurrence = 1,
        .purpose = "answer",
        .planned = tx->now,
        .has_channel = true,
        .channel = CHANNEL_SMS,
        .address = inbound->sender,
        .body = answer->sent_text,
        .language = triage_language_name(answer->language),
        .expires = instant_add_ms(tx->now, ANSWER_MS_MAX),
    };
    return outbox_plan(&engine->tick, tx, &plan, 1, ret_touch, reterr_why);
}

/* What was said, from which sentences, stands in the task that is done by it. */
enum err engine__answered(struct tx *tx, const struct inbound *inbound, const char *sources,
    const struct answer_tasks *tasks, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < tasks->count && err == ERR_NONE; i++)
        err = inbox_end_task(tx, tasks->list[i].task_id, ENGINE_ANSWER_KEY, sources, 0, reterr_why);
    if (err == ERR_NONE)
        err = inbox_close_thread(tx, inbound->patient_id, ENGINE_ANSWER_KEY, reterr_why);
    JSON_AUTO detail = json_pack("{s:s}", "sources", sources);
    return err == ERR_NONE ? audit_write(
               tx, "inbound.answered", inbound->patient_id, inbound->inbound_id, detail, reterr_why)
                           : err;
}

enum err engine__answer_lost(struct engine *engine, struct tx *tx, const struct touch *touch,
    const char *reason, struct why *reterr_why)
{
    if (touch->for_staff || touch->enrollment_id
        || (!text_starts(touch->touch_key, ENGINE_ANSWER_KEY)
            && !text_is(touch->touch_key, ENGINE_TIMES_KEY)))
        return ERR_NONE;
    const struct inbox_lost_answer lost = {.patient_id = touch->patient_id,
        .answered_by = ENGINE_ANSWER_KEY,
        .answered = touch->created,
        .reason = reason,
        .text = touch->body};
    return inbox_reopen_answered(&engine->tick, tx, &lost, reterr_why);
}

static const char *sources_of(struct arena *arena, const struct knowledge_answer *answer)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < answer->source_count; i++)
        buf_format(&buf, "%s%s", i > 0 ? ", " : "", answer->sources[i]);
    return buf.data;
}

/* With what one question of several is read, and behind which message. */
struct reader {
    const struct triage_layer *layer;
    const char *prior;
};

static const struct triage_reading *read_one(void *context, struct arena *arena, const char *text)
{
    const struct reader *reader = context;
    return triage_read_taught(arena, reader->layer, text, reader->prior);
}

static struct knowledge_question question_of(struct engine *engine, const char *text,
    const struct triage_reading *reading, struct reader *reader, struct instant now)
{
    const bool taught = engine__taught(engine, &reader->layer, NULL) == ERR_NONE;
    return (struct knowledge_question){
        .text = text,
        .reading = reading,
        .practice = engine->practice,
        .allowed = engine->home->auto_answers,
        .now = now,
        .today = zone_day(engine->practice->zone, now),
        .schedule = engine->home->schedule,
        .read = taught ? read_one : NULL,
        .context = reader,
    };
}

bool engine_suggest_answer(struct engine *engine, struct arena *arena, const char *text,
    const char *prior, struct instant now, struct knowledge_answer *ret_answer)
{
    const struct triage_layer *layer = NULL;
    if (engine__taught(engine, &layer, NULL) != ERR_NONE)
        return false;
    struct reader reader = {.prior = prior};
    const struct knowledge_question question =
        question_of(engine, text, triage_read_taught(arena, layer, text, prior), &reader, now);
    return knowledge_answer(arena, engine->home->knowledge, &question, ret_answer);
}

/* What was asked, and the sentences that somebody chose; NULL: those that fit best. */
struct answering {
    const struct inbound *inbound;
    const struct triage_reading *reading;
    const struct knowledge_fact *const *chosen;
    size_t chosen_count;
};

static bool finds_answer(struct engine *engine, const struct answering *answering,
    const bool *allowed, struct instant now, struct knowledge_answer *ret_answer)
{
    struct reader reader = {.prior = answering->inbound->prior_body};
    struct knowledge_question question =
        question_of(engine, answering->inbound->body, answering->reading, &reader, now);
    question.allowed = allowed;
    const struct knowledge *knowledge = engine->home->knowledge;
    bool found = answering->chosen
        ? knowledge_answer_with(&engine->tick, knowledge, &question, answering->chosen,
            answering->chosen_count, ret_answer)
        : knowledge_answer(&engine->tick, knowledge, &question, ret_answer);
    return found && ret_answer->automatic;
}

/* ret_touch stays as it is when a person must answer. */
static enum err answer(struct engine *engine, struct tx *tx, const struct answering *answering,
    const char **ret_touch, struct why *reterr_why)
{
    const struct inbound *inbound = answering->inbound;
    struct knowledge_answer found;
    bool allowed[TRIAGE_LABEL_MAX], busy = false;
    if (!inbound->patient_id || inbound->sharing_count != 1 || !text_is(inbound->channel, "sms"))
        return ERR_NONE;
    memcpy(allowed, engine->home->auto_answers, sizeof allowed);
    if (!finds_answer(engine, answering, allowed, tx->now, &found))
        return ERR_NONE;
    struct answer_tasks tasks;
    int64_t answered = 0;
    enum err err = engine__answer_leave(engine, tx, inbound, allowed, &tasks, &busy, reterr_why);
    if (err == ERR_NONE)
        err = outbox_count_keyed(tx->db, tx->practice_id, inbound->patient_id,
            ENGINE_ANSWER_KEY "%", instant_add_ms(tx->now, -MS_PER_DAY), &answered, reterr_why);
    if (err != ERR_NONE || busy || answered >= ANSWERS_PER_DAY_MAX
        || !finds_answer(engine, answering, allowed, tx->now, &found))
        return err;
    err = queue_answer(engine, tx, inbound, &found, ret_touch, reterr_why);
    return err == ERR_NONE
        ? engine__answered(tx, inbound, sources_of(&engine->tick, &found), &tasks, reterr_why)
        : err;
}

enum err engine__auto_answer(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct triage_reading *reading, struct why *reterr_why)
{
    const struct answering answering = {.inbound = inbound, .reading = reading};
    const char *touch = NULL;
    return answer(engine, tx, &answering, &touch, reterr_why);
}

enum err engine__answer_with(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct triage_reading *reading, const struct knowledge_fact *const *facts, size_t count,
    const char **ret_touch, struct why *reterr_why)
{
    const struct answering answering = {inbound, reading, facts, count};
    return answer(engine, tx, &answering, ret_touch, reterr_why);
}
