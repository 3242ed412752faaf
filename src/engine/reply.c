/* reply.c: what a person writes to a patient, in a conversation. */
#include "base/text.h"
#include "engine/engine_int.h"
#include "outbox/outbox.h"

enum { REPLY_MS_MAX = 24 * 3600 * 1000 };            /* later it answers nothing any more */
static const int64_t ASKED_MS_MAX = 14 * MS_PER_DAY; /* a conversation that is still the same one */

static bool says(const char *text, const char *term)
{
    struct term_hit hit;
    for (size_t from = 0;
         term_find(text, from, 1u << TERM_TREATMENT | 1u << TERM_PRESCRIPTION, NULL, 0, &hit);
         from = hit.end)
        if (text_is(hit.term, term))
            return true;
    return false;
}

/* Whether every treatment that the answer names was named by the patient, from the address that
 * reads it (45 CFR 164.522(b)). Asked of the store only where one is named. */
static enum err is_named_by_patient(struct arena *arena, struct db *db, int64_t practice_id,
    const struct engine_reply *reply, struct instant now, bool *ret_named, struct why *reterr_why)
{
    const char *asked = NULL;
    struct term_hit hit;
    *ret_named = false;
    for (size_t from = 0; term_find(
             reply->body, from, 1u << TERM_TREATMENT | 1u << TERM_PRESCRIPTION, NULL, 0, &hit);
         from = hit.end) {
        enum err err = asked
            ? ERR_NONE
            : inbox_read_words(arena, db, practice_id, reply->patient_id, reply->address,
                instant_add_ms(now, -ASKED_MS_MAX), &asked, reterr_why);
        if (err != ERR_NONE || !says(asked, hit.term)) {
            *ret_named = false;
            return err;
        }
        *ret_named = true;
    }
    return ERR_NONE;
}

/* Not `inbound`: what may go to who has opted out is the grammar's answer alone, never a person's.
 */
enum err engine__reply_case(struct arena *arena, struct db *db, int64_t practice_id,
    const struct engine_reply *reply, const struct rendered *rendered, struct instant now,
    struct gate_case *ret_case, struct why *reterr_why)
{
    bool named;
    enum err err = is_named_by_patient(arena, db, practice_id, reply, now, &named, reterr_why);
    if (err == ERR_NONE)
        *ret_case = (struct gate_case){
            .patient_id = reply->patient_id,
            .channel = reply->channel,
            .address = reply->address,
            .purpose = PURPOSE_ANSWER,
            .message = rendered,
            .staff_reply = true,
            .named_by_patient = named,
        };
    return err;
}

enum err engine_judge_reply(struct engine *engine, struct instant now,
    const struct engine_reply *reply, struct verdict *ret_verdict, struct why *reterr_why)
{
    struct gate_batch *batch;
    const struct rendered rendered = {.text = reply->body,
        .subject = reply->subject,
        .scan = reply->body,
        .sms = sms_count(reply->body)};
    enum err err = gate_load(
        &engine->tick, engine->db, engine->gate, now, &reply->patient_id, 1, &batch, reterr_why);
    struct gate_case kase;
    if (err == ERR_NONE)
        err = engine__reply_case(&engine->tick, engine->db, engine->practice->practice_id, reply,
            &rendered, now, &kase, reterr_why);
    if (err == ERR_NONE)
        *ret_verdict = gate_judge(&engine->tick, batch, &kase, now);
    return err;
}

enum err engine_plan_reply(struct engine *engine, struct tx *tx, const struct engine_reply *reply,
    const char **ret_touch, struct why *reterr_why)
{
    const struct touch_plan plan = {
        .patient_id = reply->patient_id,
        .touch_key = ENGINE_REPLY_KEY,
        .occurrence = 1,
        .purpose = "answer",
        .planned = tx->now,
        .has_channel = true,
        .channel = reply->channel,
        .address = reply->address,
        .subject = reply->subject,
        .body = reply->body,
        .language = reply->language,
        .expires = instant_add_ms(tx->now, REPLY_MS_MAX),
    };
    return outbox_plan(&engine->tick, tx, &plan, 1, ret_touch, reterr_why);
}
