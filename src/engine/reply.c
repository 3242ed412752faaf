/* reply.c: what a person writes to a patient, in a conversation. */
#include "engine/engine_int.h"
#include "outbox/outbox.h"

enum { REPLY_MS_MAX = 24 * 3600 * 1000 }; /* later it answers nothing any more */

/* Not `inbound`: what may go to who has opted out is the grammar's answer alone, never a person's.
 */
struct gate_case engine__reply_case(const char *patient_id, enum channel_kind channel,
    const char *address, const struct rendered *rendered)
{
    return (struct gate_case){
        .patient_id = patient_id,
        .channel = channel,
        .address = address,
        .purpose = PURPOSE_ANSWER,
        .message = rendered,
        .staff_reply = true,
    };
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
    if (err != ERR_NONE)
        return err;
    const struct gate_case kase =
        engine__reply_case(reply->patient_id, reply->channel, reply->address, &rendered);
    *ret_verdict = gate_judge(&engine->tick, batch, &kase, now);
    return ERR_NONE;
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
