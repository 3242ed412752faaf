/* api_correct.c: what somebody at the desk makes of a conversation: what a message meant, what to
 * know before a call. */
#include <string.h>

#include "api_routes.h"
#include "base/text.h"
#include "engine/engine.h"
#include "http/api.h"
#include "inbox/correct.h"
#include "inbox/summary.h"

enum { TAG_BYTES_MAX = 80 };

/* False: refused already. */
static bool read_labels(struct api *api, struct triage_verdict *verdict)
{
    const json_t *list = json_object_get(api->body, "labels");
    for (size_t i = 0; i < json_array_size(list); i++) {
        enum triage_label label;
        const char *name = json_string_value(json_array_get(list, i));
        if (!triage_label_parse(name, &label)) {
            api_wrong(api, "labels", arena_format(api->arena, "There is no label %s", name),
                "Choose among those of /openapi.json");
            return false;
        }
        verdict->labels[label] = true;
    }
    return true;
}

static bool is_tag(const char *tag)
{
    const size_t len = strlen(tag);
    return len > 0 && len <= TAG_BYTES_MAX && !strpbrk(tag, ",\"\n\t");
}

bool api__check_tags(struct api *api)
{
    const json_t *list = json_object_get(api->body, "tags");
    if (json_array_size(list) > TRIAGE_TAGS_MAX) {
        api_wrong(api, "tags", "These are more tags than a message has", "Give twelve at most");
        return false;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *tag = json_string_value(json_array_get(list, i));
        if (!is_tag(tag)) {
            api_wrong(api, "tags", "A tag is one to eighty letters without commas and quotes",
                "Write it like wants_saturday");
            return false;
        }
    }
    return true;
}

static void take_tags(const struct api *api, struct triage_verdict *verdict)
{
    const json_t *list = json_object_get(api->body, "tags");
    for (size_t i = 0; i < json_array_size(list); i++)
        verdict->tags[verdict->tag_count++] = json_string_value(json_array_get(list, i));
}

static bool read_verdict(struct api *api, struct engine_correction *correction)
{
    struct triage_verdict *verdict = &correction->verdict;
    const char *urgency = api_text(api, "urgency"), *route = api_text(api, "route"), *field;
    if (!read_labels(api, verdict) || !api__check_tags(api))
        return false;
    take_tags(api, verdict);
    correction->tags_said = json_is_array(json_object_get(api->body, "tags"));
    verdict->urgency_said = urgency && triage_urgency_parse(urgency, &verdict->urgency);
    verdict->route_said = route && triage_route_parse(route, &verdict->route);
    const char *wrong = triage_settle_verdict(verdict, &field);
    if (wrong)
        api_wrong(api, field, wrong, "Say what a careful person would have made of it");
    return !wrong;
}

static json_t *verdict_json(const json_t *reading)
{
    const char *const names[] = {"labels", "urgency", "route", "tags"};
    json_t *json = json_object();
    for (size_t i = 0; i < 4; i++) {
        json_t *value = json_object_get(reading, names[i]);
        const bool list = i == 0 || i == 3;
        json_object_set_new(json, names[i],
            value      ? json_incref(value)
                : list ? json_array()
                       : json_null());
    }
    return json;
}

/* The reading that counts now, as the four things that a person may say. */
static enum err read_now(
    struct api *api, struct inbox_message_read *ret_message, json_t **ret_verdict, struct why *why)
{
    enum err err =
        inbox_read_message(api->arena, api->db, api->practice_id, api->wild[1], ret_message, why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO reading = NULL;
    const char *text = ret_message->reading;
    if (json_parse(text, strlen(text), &reading, NULL) != ERR_NONE) {
        json_decref(reading);
        reading = NULL;
    }
    *ret_verdict = verdict_json(reading);
    return ERR_NONE;
}

void api__correct_message(struct api *api)
{
    struct why why = {0};
    struct thread_view view = {0};
    struct inbox_message_read message;
    JSON_AUTO was = NULL;
    JSON_AUTO is = NULL;
    struct engine_corrected done = {0};
    struct engine_correction correction = {.thread_id = api->wild[0], .inbound_id = api->wild[1]};
    if (!read_verdict(api, &correction))
        return;
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = api__thread(api, api->wild[0], &view, &why);
    json_decref(view.json);
    view.json = NULL;
    if (err == ERR_NONE)
        err = read_now(api, &message, &was, &why);
    if (err == ERR_NONE)
        err = engine_correct(api->desk->engine, &api->tx, &correction, &done, &why);
    if (err == ERR_NONE)
        err = read_now(api, &message, &is, &why);
    if (err == ERR_NONE)
        err = api__thread(api, api->wild[0], &view, &why);
    if (err == ERR_NONE && view.patient_id)
        api_reads(api, "patient.read", view.patient_id, "correction");
    json_t *json = err == ERR_NONE ? json_pack("{s:s,s:O,s:O,s:o,s:o,s:b}", "message_id",
                       api->wild[1], "verdict", is, "was", was, "thread", view.json, "task_id",
                       json_text(done.task_id), "stays_stopped", done.stays_stopped)
                                   : NULL;
    api_end(api, err, &why, 200, json);
    api->call->answer->wake = api->call->answer->status == 200;
}

/* What this practice's triage has learned of its own corrections. */
void api__read_learning(struct api *api)
{
    struct why why = {0};
    struct inbox_layer layer = {0};
    int64_t all = 0, newer = 0;
    enum err err = inbox_read_layer(api->arena, api->db, api->practice_id, &layer, &why);
    const bool learned = err == ERR_NONE;
    if (err == ERR_NOT_FOUND)
        err = ERR_NONE;
    if (err == ERR_NONE)
        err = inbox_count_lessons(api->db, api->practice_id, layer.made, &all, &newer, &why);
    JSON_AUTO figures = NULL;
    if (learned && json_parse(layer.figures, strlen(layer.figures), &figures, NULL) != ERR_NONE) {
        json_decref(figures);
        figures = NULL;
    }
    api_end(api, err, &why, 200,
        json_pack("{s:I, s:I, s:o, s:I, s:O?}", "corrections", (json_int_t)all, "newer",
            (json_int_t)newer, "learned_at", api_json_time(api, layer.made), "learned_from",
            (json_int_t)layer.lessons, "figures", figures));
}

void api__summarize_thread(struct api *api)
{
    struct why why = {0};
    struct thread_view view = {0};
    json_t *summary = NULL;
    const char *language = api_text(api, "language");
    if (!language && api->signed_in)
        language = api->session.account.language;
    enum err err = api__thread(api, api->wild[0], &view, &why);
    json_decref(view.json);
    if (err == ERR_NONE && !view.patient_id)
        err = why_set(&why, ERR_CONFLICT, "nobody knows who this is");
    const struct summary_question question = {
        .patient_id = view.patient_id,
        .practice = api->practice,
        .zone = api->practice->zone,
        .now = api->now,
        .spanish = language && text_is(language, "es"),
    };
    if (err == ERR_NONE)
        err = inbox_summarize(api->arena, api->db, &question, &summary, &why);
    if (err == ERR_NONE)
        api_reads(api, "patient.read", view.patient_id, "summary");
    api_end(api, err, &why, 200, summary);
}
