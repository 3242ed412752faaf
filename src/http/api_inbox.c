/* api_inbox.c: conversations: lists, one of them, what people do with it. */
#include <inttypes.h>
#include <string.h>

#include "api_routes.h"
#include "base/text.h"
#include "http_sql.h"
#include "inbox/desk.h"

enum {
    COL_URGENCY = 10,
    COL_SNOOZED = 13,
    COL_LAST_IN = 14,
    COL_PRESSING = 19,
    COL_DRAFT = 20,
    COL_SEEN = 21,
    COL_ASSIGNED = 22,
};

/* What an edit may overwrite: a new message does not make it stale. */
static const char *thread_etag(struct api *api, const struct db_rows *rows)
{
    const char *draft = db_col_text(rows, COL_DRAFT);
    return api_hash(api,
        arena_format(api->arena, "%s\n%" PRId64 "\n%s\n%s", db_col_text(rows, COL_ASSIGNED),
            db_col_int(rows, COL_SNOOZED), draft ? draft : "", db_col_text(rows, 1)));
}

static json_t *thread_json(struct api *api, const struct db_rows *rows)
{
    json_t *json = api_row(api, rows,
        API_COLUMNS({"thread_id", COLUMN_TEXT}, {"state", COLUMN_TEXT},
            {"patient.patient_id", COLUMN_TEXT}, {"patient.external_id", COLUMN_TEXT},
            {"patient.name", COLUMN_TEXT}, {"address", COLUMN_TEXT}, {"channel", COLUMN_TEXT},
            {"preview", COLUMN_TEXT}, {"label", COLUMN_TEXT}, {"route", COLUMN_TEXT},
            {"urgency", COLUMN_TEXT}, {"assignee.user_id", COLUMN_TEXT},
            {"assignee.name", COLUMN_TEXT}, {"snoozed_until", COLUMN_TIME},
            {"last_in_at", COLUMN_TIME}, {"last_out_at", COLUMN_TIME}, {"unread", COLUMN_BOOL},
            {"answer_by", COLUMN_TIME}, {"zone", COLUMN_TEXT}, {"", COLUMN_SKIP}, {"", COLUMN_SKIP},
            {"", COLUMN_SKIP}, {"", COLUMN_SKIP}, {"attachments", COLUMN_JSON}));
    if (db_col_int(rows, COL_SNOOZED) <= api->now.ms)
        json_object_set_new(json, "snoozed_until", json_null());
    if (json_is_null(json_object_get(json, "preview")))
        json_object_set_new(json, "preview", json_string(""));
    json_object_set_new(json, "etag", json_string(thread_etag(api, rows)));
    return json;
}

static enum err query_threads(struct api *api, const struct thread_question *question,
    struct db_rows **ret_rows, struct why *why)
{
    const bool open = text_is(question->state, "open");
    return db_query(api->db, &sql_http_threads,
        DB_ARGS(db_int("practice_id", api->practice_id), db_int_if("open", open, 1),
            db_int_if("closed", !open, 1), db_text("zone", question->zone),
            db_text("thread_id", question->thread_id), db_text("assignee", question->assignee),
            db_int("snoozed", question->snoozed), db_text("locations", api->locations),
            db_int("now_ms", api->now.ms), db_int("after_pressing", question->after_pressing),
            db_int("after_ms", question->after_ms), db_text("after_id", question->after_id),
            db_int("limit", (int64_t)question->limit)),
        ret_rows, why);
}

/* A page; ret_next is the cursor behind it. */
enum err api__threads(struct api *api, const struct thread_question *question, json_t *items,
    char **ret_next, struct why *why)
{
    struct thread_question more = *question;
    json_t *read = json_array();
    const char *last[3] = {NULL, NULL, NULL};
    size_t count = 0;
    more.limit++;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = query_threads(api, &more, &rows, why);
    while (err == ERR_NONE && db_next(rows)) {
        if (count++ == question->limit) {
            *ret_next = api_next(api, last, 3);
            break;
        }
        json_array_append_new(items, thread_json(api, rows));
        if (db_col_text(rows, 2))
            json_array_append_new(read, json_text(db_col_text(rows, 2)));
        last[0] = arena_format(api->arena, "%" PRId64, db_col_int(rows, COL_PRESSING));
        last[1] = arena_format(api->arena, "%" PRId64, db_col_int(rows, COL_LAST_IN));
        last[2] = db_col_copy(api->arena, rows, 0);
    }
    db_rows_drop(&rows);
    api_reads_list(api, "inbox", read);
    return err;
}

static enum err zones_json(struct api *api, json_t **ret_zones, struct why *why)
{
    JSON_AUTO list = NULL;
    enum err err = api_rows(api, &sql_http_thread_zones,
        DB_ARGS(db_int("practice_id", api->practice_id), db_int("now_ms", api->now.ms),
            db_text("locations", api->locations)),
        API_COLUMNS({"needs_person", COLUMN_INT}, {"automated", COLUMN_INT}), &list, why);
    if (err != ERR_NONE)
        return err;
    json_t *zones = json_array_get(list, 0), *value = NULL;
    const char *name = NULL;
    *ret_zones = json_object();
    json_object_foreach(zones, name, value)
        json_object_set_new(*ret_zones, name, json_integer(json_integer_value(value)));
    return ERR_NONE;
}

void api__list_threads(struct api *api)
{
    struct why why = {0};
    const char *after[3], *zone = api_text(api, "zone");
    char *next = NULL;
    if (!api_cursor(api, after, 3))
        return;
    struct thread_question question = {
        .state = text_is(zone, "done") ? "closed" : "open",
        .zone = zone ? zone : "needs_person",
        .assignee = api_bool(api, "mine") && api->signed_in ? api->session.account.user_id
                                                            : api_text(api, "assignee_id"),
        .snoozed = api_bool(api, "snoozed") ? 1
            : text_is(zone, "done")         ? -1
                                            : 0,
        .after_pressing = -1,
        .after_ms = INT64_MAX,
        .after_id = after[2] ? after[2] : "",
        .limit = api_limit(api),
    };
    if (after[0]
        && !(text_to_int(after[0], 0, 9, &question.after_pressing)
            && text_to_int(after[1], 0, INT64_MAX, &question.after_ms)))
        question.after_id = "";
    json_t *items = json_array(), *zones = NULL;
    enum err err = api__threads(api, &question, items, &next, &why);
    if (err == ERR_NONE)
        err = zones_json(api, &zones, &why);
    api_end(api, err, &why, 200,
        json_pack("{s:o, s:o, s:o?}", "items", items, "next", json_text(next), "zones", zones));
}

/* ---- one ---- */

enum err api__thread(
    struct api *api, const char *thread_id, struct thread_view *ret_view, struct why *why)
{
    *ret_view = (struct thread_view){0};
    DB_ROWS struct db_rows *rows = NULL;
    struct thread_question question = {.state = "open",
        .thread_id = thread_id,
        .snoozed = -1,
        .after_pressing = -1,
        .after_ms = INT64_MAX,
        .after_id = "",
        .limit = 1};
    enum err err = db_query(api->db, &sql_http_thread_state,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("thread_id", thread_id)), &rows,
        why);
    if (err == ERR_NONE && db_next(rows))
        question.state = db_col_copy(api->arena, rows, 0);
    if (err == ERR_NONE)
        err = db_end(&rows, why);
    if (err == ERR_NONE)
        err = query_threads(api, &question, &rows, why);
    bool found = err == ERR_NONE && db_next(rows);
    if (found) {
        ret_view->json = thread_json(api, rows);
        ret_view->patient_id = db_col_copy(api->arena, rows, 2);
        ret_view->address = db_col_copy(api->arena, rows, 5);
        ret_view->channel = db_col_copy(api->arena, rows, 6);
        ret_view->draft = db_col_copy(api->arena, rows, COL_DRAFT);
        ret_view->etag = thread_etag(api, rows);
        ret_view->unread = db_col_int(rows, COL_LAST_IN) > db_col_int(rows, COL_SEEN);
    }
    db_rows_drop(&rows);
    if (err == ERR_NONE && !found)
        err = why_set(why, ERR_NOT_FOUND, "there is no such conversation");
    return err;
}

/* A part of a reading, or what stands for none. */
static void add_part(json_t *message, const json_t *reading, const char *name, bool list)
{
    json_t *part = json_object_get(reading, name);
    const bool fits = list ? json_is_array(part) : json_is_string(part);
    json_object_set_new(message, name,
        fits       ? json_incref(part)
            : list ? json_array()
                   : json_null());
}

/* A reading of triage: what was understood, and by what. */
void api__add_reading(json_t *message, const char *text)
{
    JSON_AUTO reading = NULL;
    if (text && json_parse(text, strlen(text), &reading, NULL) != ERR_NONE)
        reading = NULL;
    add_part(message, reading, "labels", true);
    add_part(message, reading, "why", true);
    add_part(message, reading, "urgency", false);
    add_part(message, reading, "route", false);
    add_part(message, reading, "tags", true);
    add_part(message, reading, "pause_until", false);
    json_object_set_new(
        message, "corrected", json_boolean(json_is_true(json_object_get(reading, "corrected"))));
}

static enum err messages_json(
    struct api *api, const char *patient_id, json_t *messages, char **ret_before, struct why *why)
{
    const char *after[2] = {NULL, NULL}, *last[2] = {NULL, NULL};
    int64_t before_ms = INT64_MAX;
    size_t limit = api_limit(api), count = 0;
    const char *before = api_text(api, "before");
    if (before) {
        json_object_set_new(api->query, "cursor", json_string(before));
        if (!api_cursor(api, after, 2))
            return ERR_MAX; /* answered */
        (void)text_to_int(after[0], 0, INT64_MAX, &before_ms);
    }
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_messages,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("thread_id", api->wild[0]),
            db_text("patient_id", patient_id), db_int("before_ms", before_ms),
            db_text("before_id", after[1] ? after[1] : ""), db_int("limit", (int64_t)limit + 1)),
        &rows, why);
    while (err == ERR_NONE && db_next(rows)) {
        if (count++ == limit) {
            *ret_before = api_next(api, last, 2);
            break;
        }
        json_t *message = api_row(api, rows,
            API_COLUMNS({"message_id", COLUMN_TEXT}, {"kind", COLUMN_TEXT},
                {"channel", COLUMN_TEXT}, {"at", COLUMN_TIME}, {"subject", COLUMN_TEXT},
                {"body", COLUMN_TEXT}, {"by", COLUMN_TEXT}, {"state", COLUMN_TEXT},
                {"delivery", COLUMN_TEXT}, {"code", COLUMN_TEXT}, {"", COLUMN_SKIP},
                {"", COLUMN_SKIP}, {"attachments", COLUMN_JSON}));
        api__add_reading(message, db_col_text(rows, 10));
        json_array_insert_new(messages, 0, message); /* a page reads downwards */
        last[0] = arena_format(api->arena, "%" PRId64, db_col_int(rows, 3));
        last[1] = db_col_copy(api->arena, rows, 0);
    }
    db_rows_drop(&rows);
    return err;
}

static enum err add_patient_parts(
    struct api *api, const char *patient_id, json_t *page, struct why *why)
{
    const struct db_arg practice = db_int("practice_id", api->practice_id);
    const struct db_arg patient = db_text("patient_id", patient_id);
    json_t *automation = NULL, *addresses = NULL, *tags = NULL;
    enum err err = api_rows(api, &sql_http_automation, DB_ARGS(practice, patient),
        API_COLUMNS({"enrollment_id", COLUMN_TEXT}, {"playbook", COLUMN_TEXT},
            {"title", COLUMN_TEXT}, {"state", COLUMN_TEXT}, {"hold", COLUMN_TEXT},
            {"next_at", COLUMN_TIME}),
        &automation, why);
    if (err == ERR_NONE)
        json_object_set_new(page, "automation", automation);
    if (err == ERR_NONE)
        err = api_rows(api, &sql_http_patient_contacts, DB_ARGS(practice, patient),
            API_COLUMNS({"channel", COLUMN_TEXT}, {"address", COLUMN_TEXT}, {"kind", COLUMN_TEXT},
                {"health", COLUMN_TEXT}, {"rank", COLUMN_INT}, {"marketing", COLUMN_TEXT},
                {"care", COLUMN_TEXT}),
            &addresses, why);
    if (err == ERR_NONE)
        json_object_set_new(page, "addresses", addresses);
    if (err == ERR_NONE)
        err = api_rows(api, &sql_http_tags_of,
            DB_ARGS(practice, db_text("ids", db_list(api->arena, &patient_id, 1))),
            API_COLUMNS({"", COLUMN_SKIP}, {"tag", COLUMN_TEXT}), &tags, why);
    size_t i = 0;
    json_t *row = NULL, *list = json_object_get(page, "tags");
    json_array_foreach(tags, i, row) json_array_append(list, json_object_get(row, "tag"));
    json_decref(tags);
    return err;
}

void api__read_thread(struct api *api)
{
    struct why why = {0};
    struct thread_view view;
    char *before = NULL;
    json_t *messages = json_array();
    JSON_AUTO page = json_pack(
        "{s:o, s:[], s:[], s:[]}", "messages", messages, "automation", "addresses", "tags");
    enum err err = api__thread(api, api->wild[0], &view, &why);
    if (err == ERR_NONE)
        json_object_set_new(page, "thread", view.json);
    if (err == ERR_NONE)
        err = messages_json(api, view.patient_id, messages, &before, &why);
    if (err == ERR_MAX)
        return;
    if (err == ERR_NONE && view.patient_id) {
        err = add_patient_parts(api, view.patient_id, page, &why);
        api_reads(api, "patient.read", view.patient_id, "conversation");
    }
    if (err == ERR_NONE && view.unread && !api->request->background && api->signed_in) {
        err = api_begin(api, &why);
        if (err == ERR_NONE)
            err = inbox_see_thread(&api->tx, api->wild[0], &why);
    }
    json_object_set_new(page, "before", json_text(before));
    json_object_set_new(page, "draft", json_text(view.draft));
    api->etag = view.etag;
    api_end(api, err, &why, 200, json_incref(page));
}
