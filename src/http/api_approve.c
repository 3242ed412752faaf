/* api_approve.c: drafted messages that leave only when somebody has read them. */
#include "api_routes.h"
#include "base/text.h"
#include "engine/engine.h"

static json_t *draft_json(struct api *api, const struct engine_draft *draft)
{
    const struct verdict *verdict = &draft->verdict;
    bool text = draft->channel == CHANNEL_SMS, fine = verdict->answer == VERDICT_ALLOW;
    json_t *json = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "touch_id",
        draft->touch_id, "patient_id", draft->patient_id, "channel",
        channel_kind_name(draft->channel), "address", json_text(draft->address), "template",
        json_text(draft->template_name), "wording", json_text(draft->wording), "language",
        json_text(draft->language), "subject", json_text(draft->subject), "text",
        json_text(draft->text), "whole", json_text(draft->whole), "html", json_text(draft->html));
    json_object_set_new(json, "segments", json_integer(text ? draft->sms.segments : 1));
    json_object_set_new(
        json, "encoding", text ? json_text(sms_encoding_name(&draft->sms)) : json_null());
    json_object_set_new(json, "changed", json_boolean(draft->changed));
    json_object_set_new(json, "answer", json_text(verdict_answer_name(verdict->answer)));
    json_object_set_new(
        json, "code", fine ? json_null() : json_text(gate_code_name(verdict->code)));
    json_object_set_new(json, "message", json_text(verdict->message ? verdict->message : ""));
    json_object_set_new(json, "until",
        api_json_time(api, verdict->answer == VERDICT_WAIT ? verdict->until : (struct instant){0}));
    return json;
}

static struct engine_words words_of(const struct api *api)
{
    const char *subject = api_text(api, "subject"), *text = api_text(api, "text");
    return (struct engine_words){
        .subject = text_is_blank(subject) ? NULL : subject,
        .text = text_is_blank(text) ? NULL : text,
    };
}

/* Within the locations, and about a message. */
static enum err find(struct api *api, struct task *ret_task, struct why *why)
{
    enum err err = api__find_task(api, ret_task, why);
    if (err == ERR_NONE && ret_task->patient_id)
        err = api_patient(api, ret_task->patient_id, why);
    if (err == ERR_NONE && !text_is(ret_task->state, "open"))
        err = why_set(why, ERR_CONFLICT, "somebody has dealt with this task already");
    return err;
}

static void answer_draft(struct api *api, const struct engine_words *words)
{
    struct why why = {0};
    struct task task = {0};
    struct engine_draft draft;
    struct tx reading = {.db = api->db, .now = api->now, .practice_id = api->practice_id};
    json_t *json = NULL;
    enum err err = find(api, &task, &why);
    if (err == ERR_NONE)
        err = engine_draft(api->desk->engine, &reading, &task, words, &draft, &why);
    if (err == ERR_NONE) {
        api->etag = api_hash(api, draft.etag);
        json = draft_json(api, &draft);
        api_reads(api, "patient.read", task.patient_id, "draft");
    }
    api_end(api, err, &why, 200, json);
}

void api__read_draft(struct api *api)
{
    answer_draft(api, NULL);
}

void api__preview_draft(struct api *api)
{
    const struct engine_words words = words_of(api);
    answer_draft(api, &words);
}

/* Two who approve at once: the patient's row lets one in after the other, and the second finds the
 * task ended. */
static enum err begin(struct api *api, struct task *ret_task, struct why *why)
{
    enum err err = api_begin(api, why);
    if (err == ERR_NONE)
        err = find(api, ret_task, why);
    if (err == ERR_NONE && ret_task->patient_id)
        err = record_lock(&api->tx, &ret_task->patient_id, 1, why);
    return err == ERR_NONE ? find(api, ret_task, why) : err;
}

static void refuse_words(struct api *api, const struct engine_draft *draft)
{
    const struct verdict *verdict = &draft->verdict;
    if (verdict->code == GATE_CONTENT && draft->changed)
        api_wrong(api, "text", verdict->message, "Say it in other words");
    else
        api_refuse(api, 409, gate_code_name(verdict->code), verdict->message,
            "Refuse the message, or change what stands against it");
}

static enum err approve(
    struct api *api, const struct task *task, struct engine_draft *draft, struct why *why)
{
    struct engine *engine = api->desk->engine;
    const struct engine_words words = words_of(api);
    bool changes = words.text || words.subject;
    enum err err = engine_draft(engine, &api->tx, task, NULL, draft, why);
    if (err != ERR_NONE)
        return err;
    if (!api_matches(api, api_hash(api, draft->etag)))
        return ERR_CONFLICT;
    return engine_approve(engine, &api->tx, task, changes ? &words : NULL,
        api->signed_in ? api->session.account.user_id : api->actor, draft, why);
}

void api__approve_task(struct api *api)
{
    struct why why = {0};
    struct task task = {0};
    struct engine_draft draft = {0};
    json_t *item = NULL;
    bool refuses = text_is(api_text(api, "decision"), "refuse");
    enum err err = begin(api, &task, &why);
    if (err == ERR_NONE && refuses)
        err = engine_refuse(api->desk->engine, &api->tx, &task, &why);
    else if (err == ERR_NONE)
        err = approve(api, &task, &draft, &why);
    if (api->call->answer->status >= 400) /* another draft than the one that was read */
        return;
    if (err == ERR_NONE && !refuses && draft.verdict.answer == VERDICT_DROP) {
        refuse_words(api, &draft);
        return;
    }
    const char *outcome = refuses ? "refused" : draft.changed ? "changed" : "approved";
    if (err == ERR_NONE)
        err = inbox_end_task(&api->tx, task.task_id, outcome, api_text(api, "note"),
            api_int(api, "staff_seconds", 0), &why);
    if (err == ERR_NONE)
        err = api__one_task(api, task.task_id, &item, &why);
    json_t *json = NULL;
    if (err == ERR_NONE)
        json = json_pack(
            "{s:o, s:o}", "task", item, "draft", refuses ? json_null() : draft_json(api, &draft));
    if (err == ERR_NONE && task.patient_id)
        api_reads(api, "patient.read", task.patient_id, "draft");
    api_end(api, err, &why, 200, json);
    api->call->answer->wake = api->call->answer->status == 200;
}
