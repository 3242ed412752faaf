/* api_thread.c: what people do with a conversation: answer, note, assign, close. */
#include <ctype.h>
#include <string.h>

#include "api_routes.h"
#include "base/text.h"
#include "draft/draft_store.h"
#include "engine/engine.h"
#include "http_sql.h"
#include "inbox/desk.h"

enum {
    NAME_BYTES_MAX = 40,
    OWN_MAX = 20, /* of what somebody wrote since they last read */
};

static const char *user_of(const struct api *api)
{
    return api->signed_in ? api->session.account.user_id : api->actor;
}

/* The conversation as it is after the act. */
static void end_act(struct api *api, enum err err, struct why *why)
{
    struct thread_view view = {0};
    if (err == ERR_NONE)
        err = api__thread(api, api->wild[0], &view, why);
    api->etag = view.etag;
    api_end(api, err, why, 200, view.json);
    api->call->answer->wake = api->call->answer->status == 200;
}

void api__change_thread(struct api *api)
{
    struct why why = {0};
    struct thread_view view;
    const json_t *body = api->body;
    const struct thread_change change = {
        .assigns = json_object_get(body, "assignee_id") != NULL,
        .snoozes = json_object_get(body, "snoozed_until") != NULL,
        .drafts = json_object_get(body, "draft") != NULL,
        .assignee = api_text(api, "assignee_id"),
        .snoozed = api_time(api, "snoozed_until"),
        .draft = api_text(api, "draft"),
    };
    struct account account;
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = api__thread(api, api->wild[0], &view, &why);
    if (err == ERR_NONE) {
        json_decref(view.json);
        if (!api_matches(api, view.etag))
            return;
    }
    if (err == ERR_NONE && change.assignee
        && account_read(api->arena, api->db, api->practice_id, change.assignee, &account, NULL)
            != ERR_NONE) {
        api_wrong(api, "assignee_id", "There is no such colleague", "Choose one of /colleagues");
        return;
    }
    if (err == ERR_NONE)
        err = inbox_change_thread(&api->tx, api->wild[0], &change, &why);
    end_act(api, err, &why);
}

/* A patient's conversation goes on by engine's leave; a stranger's has no automation. */
static enum err begin_act(struct api *api, struct thread_view *ret_view, struct why *why)
{
    enum err err = api_begin(api, why);
    if (err == ERR_NONE)
        err = api__thread(api, api->wild[0], ret_view, why);
    if (err == ERR_NONE)
        json_decref(ret_view->json);
    if (err == ERR_NONE && ret_view->patient_id)
        err = record_lock(&api->tx, &ret_view->patient_id, 1, why);
    return err;
}

void api__close_thread(struct api *api)
{
    struct why why = {0};
    struct thread_view view;
    enum err err = begin_act(api, &view, &why);
    if (err == ERR_NONE)
        err = inbox_end_thread(&api->tx, api->wild[0], api->actor, &why);
    struct task *tasks = NULL;
    size_t count = 0;
    if (err == ERR_NONE && view.patient_id)
        err = inbox_read_tasks(api->arena, api->db, api->practice_id, view.patient_id, true,
            api->now, &tasks, &count, &why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (tasks[i].inbound_id)
            err = inbox_end_task(&api->tx, tasks[i].task_id, "closed", NULL, 0, &why);
    }
    if (err == ERR_NONE && view.patient_id)
        err = engine_release(api->desk->engine, &api->tx, view.patient_id, &why);
    end_act(api, err, &why);
}

void api__reopen_thread(struct api *api)
{
    struct why why = {0};
    struct thread_view view;
    enum err err = begin_act(api, &view, &why);
    if (err == ERR_NONE)
        err = inbox_reopen_thread(&api->tx, api->wild[0], &why);
    if (err == ERR_NONE && view.patient_id)
        err = http__react(api->desk, &api->tx, &view.patient_id, 1, &why);
    end_act(api, err, &why);
}

void api__release_thread(struct api *api)
{
    struct why why = {0};
    struct thread_view view;
    enum err err = begin_act(api, &view, &why);
    if (err == ERR_NONE && view.patient_id)
        err = engine_release(api->desk->engine, &api->tx, view.patient_id, &why);
    end_act(api, err, &why);
}

void api__add_note(struct api *api)
{
    struct why why = {0};
    struct thread_view view;
    struct id id;
    enum err err = begin_act(api, &view, &why);
    if (err == ERR_NONE)
        err =
            inbox_add_note(&api->tx, api->wild[0], user_of(api), api_text(api, "body"), &id, &why);
    const char *by = api->signed_in ? api->session.account.name : api->key.name;
    json_t *json = err == ERR_NONE
        ? json_pack("{s:s, s:s, s:n, s:o, s:n, s:o, s:[], s:o, s:n, s:n, s:n}", "message_id",
            id.text, "kind", "note", "channel", "at", api_json_time(api, api->now), "subject",
            "body", json_text(api_text(api, "body")), "attachments", "by", json_text(by), "state",
            "delivery", "code")
        : NULL;
    if (json)
        api__add_reading(json, NULL);
    api_end(api, err, &why, 201, json);
}

/* ---- answering ---- */

struct answering {
    struct thread_view view;
    struct patient patient;
    struct engine_reply reply;
    json_t *missing; /* variables that are not known; borrowed by the answer */
};

static const char *variable(
    struct api *api, const struct patient *patient, const char *name, size_t len)
{
    const char *preferred = patient->preferred_name;
    const struct {
        const char *name, *in_messages, *value;
    } known[] = {
        {"first_name", "patient.first_name",
            preferred && *preferred ? preferred : patient->first_name},
        {"last_name", "patient.last_name", patient->last_name},
        {"provider", "provider.name", patient->last_provider},
        {"practice_name", "practice.name", api->practice->name},
        {"practice_phone", "practice.phone", api->practice->phone},
        {"practice_address", "practice.address", api->practice->address},
        {"booking_url", "links.book", api->practice->booking_url},
        {"caller_name", "caller.name", api->signed_in ? api->session.account.name : NULL},
    };
    struct str asked = {name, len};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (str_is(asked, known[i].name) || str_is(asked, known[i].in_messages))
            return known[i].value;
    }
    return NULL;
}

/* "Hi {{ first_name }}", or by the names that messages have: what is unknown stays and is told. */
static const char *filled(struct api *api, struct answering *answering, const char *text)
{
    struct buf out;
    buf_init(&out, api->arena);
    while (*text) {
        const char *end = text_starts(text, "{{") ? strstr(text, "}}") : NULL;
        if (!end) {
            buf_add_char(&out, *text++);
            continue;
        }
        struct str name = str_trim((struct str){text + 2, (size_t)(end - text) - 2});
        const char *value = variable(api, &answering->patient, name.data, name.len);
        if (value && *value)
            buf_add(&out, value);
        else {
            buf_add_n(&out, text, (size_t)(end - text) + 2);
            size_t len = name.len < NAME_BYTES_MAX ? name.len : NAME_BYTES_MAX;
            json_array_append_new(
                answering->missing, json_text(arena_text_n(api->arena, name.data, len)));
        }
        text = end + 2;
    }
    return out.data;
}

static enum err choose_address(struct api *api, struct answering *answering, struct why *why)
{
    struct engine_reply *reply = &answering->reply;
    struct contact_point *points = NULL;
    size_t count = 0;
    const char *wanted = api_text(api, "channel");
    if (!wanted)
        wanted = text_is(answering->view.channel, "email") ? "email" : "sms";
    reply->channel = text_is(wanted, "email") ? CHANNEL_EMAIL : CHANNEL_SMS;
    enum err err = record_read_contacts(api->arena, api->db, api->practice_id,
        &answering->view.patient_id, 1, &points, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        bool same = text_is(points[i].address, answering->view.address);
        if (points[i].channel == reply->channel && (!reply->address || same))
            reply->address = points[i].address;
    }
    if (err == ERR_NONE && !reply->address) {
        why_hint(why, "Choose the other channel, or call");
        return why_set(why, ERR_CONFLICT, "the patient has no address of that kind");
    }
    return err;
}

static enum err prepare(struct api *api, struct answering *answering, struct why *why)
{
    enum err err = api__thread(api, api->wild[0], &answering->view, why);
    if (err != ERR_NONE)
        return err;
    json_decref(answering->view.json);
    struct engine_reply *reply = &answering->reply;
    struct patient *patients = NULL;
    size_t count = 0;
    if (!answering->view.patient_id) {
        why_hint(why, "Find out who it is, and put the number into the booking system");
        return why_set(why, ERR_CONFLICT, "nobody knows who this is");
    }
    err = record_read_patients(api->arena, api->db, api->practice_id, &answering->view.patient_id,
        1, &patients, &count, why);
    if (err == ERR_NONE && count == 0)
        err = why_set(why, ERR_NOT_FOUND, "there is no such patient");
    if (err == ERR_NONE)
        err = choose_address(api, answering, why);
    if (err != ERR_NONE)
        return err;
    answering->patient = patients[0];
    reply->patient_id = answering->view.patient_id;
    reply->language = patients[0].language;
    reply->body = filled(api, answering, api_text(api, "body"));
    const char *subject = api_text(api, "subject");
    if (reply->channel == CHANNEL_EMAIL)
        reply->subject = subject ? filled(api, answering, subject)
                                 : arena_format(api->arena, "Re: %s", api->practice->name);
    return ERR_NONE;
}

void api__preview_reply(struct api *api)
{
    struct why why = {0};
    JSON_AUTO missing = json_array();
    struct answering answering = {.missing = missing};
    struct verdict verdict = {0};
    enum err err = prepare(api, &answering, &why);
    if (err == ERR_NONE)
        err = engine_judge_reply(api->desk->engine, api->now, &answering.reply, &verdict, &why);
    json_t *json = NULL;
    if (err == ERR_NONE) {
        struct sms_count sms = sms_count(answering.reply.body);
        bool text = answering.reply.channel == CHANNEL_SMS, fine = verdict.answer == VERDICT_ALLOW;
        json = json_pack("{s:o, s:i, s:o, s:O, s:s, s:o, s:o, s:o}", "text",
            json_text(answering.reply.body), "segments", text ? sms.segments : 1, "encoding",
            text ? json_text(sms_encoding_name(&sms)) : json_null(), "missing", missing, "answer",
            verdict_answer_name(verdict.answer), "code",
            fine ? json_null() : json_text(gate_code_name(verdict.code)), "message",
            json_text(verdict.message ? verdict.message : ""), "until",
            api_json_time(
                api, verdict.answer == VERDICT_WAIT ? verdict.until : (struct instant){0}));
        api_reads(api, "patient.read", answering.view.patient_id, "answer");
    }
    api_end(api, err, &why, 200, json);
}

static enum err read_question(
    struct api *api, const char **ret_text, const char **ret_prior, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_question,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("thread_id", api->wild[0])), &rows,
        why);
    if (err == ERR_NONE && db_next(rows)) {
        *ret_text = db_col_copy(api->arena, rows, 0);
        *ret_prior = db_col_copy(api->arena, rows, 1);
    }
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

/* What a colleague is told beside it. */
static const char *draft_note(const struct draft_view *draft)
{
    if (text_is(draft->state, "ready"))
        return "Drafted by a language model. Read it before you send it";
    if (text_is(draft->state, "wanted") || text_is(draft->state, "asking"))
        return "A language model is being asked";
    if (text_is(draft->state, "chosen"))
        return "Answered with sentences that a language model chose";
    if (text_is(draft->state, "used"))
        return "Drafted by a language model, sent by a colleague";
    for (int flaw = DRAFT_FLAW_NONE; flaw < DRAFT_FLAW_MAX; flaw++)
        if (text_is(draft->reason, draft_flaw_name((enum draft_flaw)flaw)))
            return draft_flaw_sentence((enum draft_flaw)flaw);
    return "The language model was not asked";
}

static json_t *draft_json(const struct draft_view *draft)
{
    const char *sources = draft->sources ? draft->sources : "[]";
    json_t *list = NULL;
    if (json_parse(sources, strlen(sources), &list, NULL) != ERR_NONE)
        list = json_array();
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:s}", "draft_id", draft->draft_id, "state",
        draft->state, "text", json_text(draft->text), "sources", list, "model",
        json_text(draft->model), "note", draft_note(draft));
}

static json_t *suggestion_json(const struct knowledge_answer *answer, bool known, json_t *draft)
{
    json_t *sources = json_array();
    for (size_t i = 0; i < answer->source_count; i++)
        json_array_append_new(sources, json_text(answer->sources[i]));
    return json_pack("{s:o, s:o, s:o, s:b, s:o, s:b, s:o}", "text", json_text(answer->text),
        "language", json_text(known ? triage_language_name(answer->language) : NULL), "sources",
        sources, "automatic", answer->automatic, "why_not", json_text(answer->why_not),
        "names_treatment", answer->names_treatment, "draft", draft);
}

void api__suggest_answer(struct api *api)
{
    struct why why = {0};
    struct thread_view view = {0};
    const char *text = NULL, *prior = NULL;
    struct knowledge_answer answer = {0};
    struct draft_view draft;
    bool drafted = false;
    enum err err = api__thread(api, api->wild[0], &view, &why);
    if (err == ERR_NONE) {
        json_decref(view.json);
        err = read_question(api, &text, &prior, &why);
    }
    struct engine *engine = api->desk->engine;
    if (err == ERR_NONE)
        err = draft_of_thread(
            api->arena, api->db, api->practice_id, api->wild[0], &draft, &drafted, &why);
    bool known = err == ERR_NONE && text
        && (engine_suggest_times(
                engine, api->arena, view.patient_id, text, prior, api->now, &answer)
            || engine_suggest_answer(engine, api->arena, text, prior, api->now, &answer));
    if (err == ERR_NONE && view.patient_id)
        api_reads(api, "patient.read", view.patient_id, "suggestion");
    json_t *shown = err == ERR_NONE && drafted ? draft_json(&draft) : json_null();
    api_end(api, err, &why, 200, err == ERR_NONE ? suggestion_json(&answer, known, shown) : NULL);
}

/* Two people in one conversation: who writes has read what stands last, beside what they wrote
 * themselves since. */
static enum err check_seen(struct api *api, const char *patient_id, struct why *why)
{
    const char *seen = api_text(api, "seen_message_id"), *user_id = user_of(api);
    bool news = false, found = false;
    if (!seen)
        return ERR_NONE;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_messages,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("thread_id", api->wild[0]),
            db_text("patient_id", patient_id), db_int("before_ms", INT64_MAX),
            db_text("before_id", ""), db_int("limit", OWN_MAX)),
        &rows, why);
    while (err == ERR_NONE && !found && !news && db_next(rows)) {
        const char *writer = db_col_text(rows, 11);
        found = text_is(db_col_text(rows, 0), seen);
        news = !found && !(user_id && text_is(writer, user_id));
    }
    db_rows_drop(&rows);
    if (err == ERR_NONE && news) {
        why_hint(why, "Read what is new, then send");
        return why_set(why, ERR_CONFLICT, "something was written here meanwhile");
    }
    return err;
}

/* The colleague had a draft of the language model before them: who sent it stands beside it. */
static enum err note_draft(
    struct api *api, const struct answering *answering, const char *touch_id, struct why *why)
{
    const struct draft_use use = {.draft_id = api_text(api, "draft_id"),
        .thread_id = api->wild[0],
        .patient_id = answering->view.patient_id,
        .touch_id = touch_id,
        .user_id = user_of(api),
        .text = answering->reply.body};
    return use.draft_id ? draft_use(api->arena, &api->tx, &use, why) : ERR_NONE;
}

void api__reply_to_thread(struct api *api)
{
    struct why why = {0};
    JSON_AUTO missing = json_array();
    struct answering answering = {.missing = missing};
    struct verdict verdict = {0};
    const char *touch_id = NULL;
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = prepare(api, &answering, &why);
    if (err == ERR_NONE)
        err = record_lock(&api->tx, &answering.view.patient_id, 1, &why);
    if (err == ERR_NONE)
        err = check_seen(api, answering.view.patient_id, &why);
    if (err == ERR_NONE && json_array_size(missing) > 0) {
        api_wrong(api, "body",
            arena_format(api->arena, "{{ %s }} is not known here",
                json_string_value(json_array_get(missing, 0))),
            "Write it out, or take the variable away");
        return;
    }
    if (err == ERR_NONE && str_trim(str_of(answering.reply.body)).len == 0) {
        api_wrong(api, "body", "Nothing is said here", "Write the answer");
        return;
    }
    if (err == ERR_NONE)
        err = engine_judge_reply(api->desk->engine, api->now, &answering.reply, &verdict, &why);
    if (err == ERR_NONE && verdict.answer == VERDICT_DROP && answering.reply.channel == CHANNEL_SMS
        && sms_characters(answering.reply.body) > SMS_CHARACTERS_MAX) {
        api_wrong(api, "body", verdict.message, "Send it as mail, or in parts");
        return;
    }
    if (err == ERR_NONE && verdict.answer == VERDICT_DROP)
        err = why_set(&why, ERR_CONFLICT, "%s", verdict.message);
    if (err == ERR_NONE)
        err = engine_plan_reply(api->desk->engine, &api->tx, &answering.reply, &touch_id, &why);
    if (err == ERR_NONE)
        err = inbox_note_reply(api->arena, &api->tx, api->wild[0], answering.view.patient_id,
            touch_id, user_of(api), &why);
    if (err == ERR_NONE)
        err = note_draft(api, &answering, touch_id, &why);
    if (err == ERR_NONE)
        api_reads(api, "patient.read", answering.view.patient_id, "answer");
    api_end(api, err, &why, 201,
        err == ERR_NONE ? json_pack("{s:s, s:s, s:o}", "touch_id", touch_id, "state", "due",
            "message", json_text(answering.reply.body))
                        : NULL);
    api->call->answer->wake = api->call->answer->status == 201;
}

/* ---- canned answers ---- */

static json_t *canned_row(struct api *api, const struct db_rows *rows)
{
    json_t *json = api_row(api, rows,
        API_COLUMNS({"canned_id", COLUMN_TEXT}, {"name", COLUMN_TEXT}, {"body", COLUMN_TEXT},
            {"language", COLUMN_TEXT}, {"updated_at", COLUMN_TIME}));
    json_object_set_new(json, "etag", json_string(api_hash(api, json_text_of(api->arena, json))));
    return json;
}

static enum err canned_json(struct api *api, const char *only, json_t **ret_found, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    *ret_found = only ? NULL : json_array();
    enum err err = db_query(
        api->db, &sql_http_canned, DB_ARGS(db_int("practice_id", api->practice_id)), &rows, why);
    while (err == ERR_NONE && db_next(rows)) {
        if (!only)
            json_array_append_new(*ret_found, canned_row(api, rows));
        else if (text_is(only, db_col_text(rows, 0)))
            *ret_found = canned_row(api, rows);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, why);
    if (err == ERR_NONE && !*ret_found)
        err = why_set(why, ERR_NOT_FOUND, "there is no such canned answer");
    return err;
}

void api__list_canned(struct api *api)
{
    struct why why = {0};
    json_t *list = NULL;
    enum err err = canned_json(api, NULL, &list, &why);
    api_end(api, err, &why, 200, json_pack("{s:o}", "items", list));
}

static void put_canned(struct api *api, const char *canned_id, int status)
{
    struct why why = {0};
    struct id id;
    json_t *json = NULL;
    const struct canned_plan plan = {
        canned_id, api_text(api, "name"), api_text(api, "body"), api_text(api, "language")};
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = inbox_put_canned(&api->tx, &plan, &id, &why);
    if (err == ERR_NONE)
        err = canned_json(api, id.text, &json, &why);
    if (err == ERR_NONE)
        api->etag = arena_text(api->arena, json_string_value(json_object_get(json, "etag")));
    api_end(api, err, &why, status, json);
}

void api__add_canned(struct api *api)
{
    put_canned(api, NULL, 201);
}

void api__change_canned(struct api *api)
{
    struct why why = {0};
    json_t *json = NULL;
    enum err err = canned_json(api, api->wild[0], &json, &why);
    const char *etag = arena_text(api->arena, json_string_value(json_object_get(json, "etag")));
    json_decref(json);
    if (err != ERR_NONE)
        api_end(api, err, &why, 0, NULL);
    else if (api_matches(api, etag))
        put_canned(api, api->wild[0], 200);
}

void api__drop_canned(struct api *api)
{
    struct why why = {0};
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = inbox_drop_canned(&api->tx, api->wild[0], &why);
    api_end(api, err, &why, 204, NULL);
}
