/* api_task.c: tasks, and the day's page. */
#include <inttypes.h>
#include <string.h>

#include "api_routes.h"
#include "base/buf.h"
#include "base/text.h"
#include "engine/engine.h"
#include "http_sql.h"
#include "inbox/alert.h"
#include "inbox/desk.h"

enum {
    HOT_MAX = 8,
    CALLS_MAX = 20,
    FORECAST_DAYS = 7,
    BLOCKED_DAYS = 7,
    REPLY_SIGNS_MAX = 160, /* of a reply beside its task */
    TASK_REPLY = 18,       /* the column of http_task_list */
};

/* ---- lists ---- */

struct task_question {
    const char *queue, *task_id, *kind, *role, *patient_id, *assignee;
    bool calls;
    size_t limit;
    int64_t skip;
};

/* Whoever may write in the inbox, as the API's own table of permissions has it for ending a task.
 */
static json_t *enders_json(void)
{
    json_t *list = json_array();
    for (int role = 0; role < ROLE_MAX; role++)
        if (role_permissions((enum role)role) >> PERMISSION_INBOX_WRITE & 1)
            json_array_append_new(list, json_text(role_name((enum role)role)));
    return list;
}

/* The first line that says anything. */
static const char *first_line(struct arena *arena, const char *text)
{
    const char *at = text ? text + strspn(text, " \t\r\n") : "";
    const char *end = at + strcspn(at, "\r\n"), *cursor = at;
    for (int signs = 0; cursor < end && signs < REPLY_SIGNS_MAX; signs++)
        (void)utf8_next(&cursor, end);
    return cursor == at ? NULL : str_text(arena, (struct str){at, (size_t)(cursor - at)});
}

static enum err query_tasks(struct api *api, const struct task_question *question, json_t *items,
    bool *ret_more, struct why *why)
{
    json_t *read = json_array();
    size_t count = 0;
    DB_ROWS struct db_rows *rows = NULL;
    const char *queue = question->queue;
    const bool done = text_is(queue, "done"), all = done || text_is(queue, "all");
    enum err err = db_query(api->db, &sql_http_task_list,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("queue", all ? NULL : queue),
            db_int_if("open", !done, 1), db_int_if("done", done, 1),
            db_text("task_id", question->task_id), db_text("kind", question->kind),
            db_text("role", question->role), db_text("patient_id", question->patient_id),
            db_text("assignee", question->assignee), db_int("calls", question->calls),
            db_text("locations", api->locations), db_int("now_ms", api->now.ms),
            db_int("limit", (int64_t)question->limit + 1), db_int("skip", question->skip)),
        &rows, why);
    while (err == ERR_NONE && db_next(rows)) {
        if (count++ == question->limit) {
            *ret_more = true;
            break;
        }
        if (db_col_text(rows, 6))
            json_array_append_new(read, json_text(db_col_text(rows, 6)));
        json_t *item = api_row(api, rows,
            API_COLUMNS({"task_id", COLUMN_TEXT}, {"kind", COLUMN_TEXT}, {"role", COLUMN_TEXT},
                {"title", COLUMN_TEXT}, {"state", COLUMN_TEXT}, {"queue", COLUMN_TEXT},
                {"patient.patient_id", COLUMN_TEXT}, {"patient.external_id", COLUMN_TEXT},
                {"patient.name", COLUMN_TEXT}, {"priority", COLUMN_INT},
                {"created_at", COLUMN_TIME}, {"due_at", COLUMN_TIME},
                {"assignee.user_id", COLUMN_TEXT}, {"assignee.name", COLUMN_TEXT},
                {"playbook", COLUMN_TEXT}, {"outcome", COLUMN_TEXT}, {"note", COLUMN_TEXT},
                {"ended_at", COLUMN_TIME}, {"", COLUMN_SKIP}, {"attachments", COLUMN_JSON}));
        json_object_set_new(
            item, "reply", json_text(first_line(api->arena, db_col_text(rows, TASK_REPLY))));
        json_object_set_new(item, "may_end", enders_json());
        json_array_append_new(items, item);
    }
    db_rows_drop(&rows);
    api_reads_list(api, "tasks", read);
    return err;
}

void api__list_tasks(struct api *api)
{
    struct why why = {0};
    const char *after[1], *queue = api_text(api, "queue");
    if (!api_cursor(api, after, 1))
        return;
    struct task_question question = {
        .queue = queue ? queue : "all",
        .kind = api_text(api, "kind"),
        .role = api_text(api, "role"),
        .patient_id = api_text(api, "patient_id"),
        .assignee = api_bool(api, "mine") && api->signed_in ? api->session.account.user_id : NULL,
        .limit = api_limit(api),
    };
    if (after[0])
        (void)text_to_int(after[0], 0, 1000000, &question.skip);
    json_t *items = json_array();
    bool more = false;
    enum err err = query_tasks(api, &question, items, &more, &why);
    const char *next =
        arena_format(api->arena, "%" PRId64, question.skip + (int64_t)question.limit);
    api_end(api, err, &why, 200,
        json_pack("{s:o, s:o}", "items", items, "next",
            json_text(more ? api_next(api, &next, 1) : NULL)));
}

enum err api__one_task(struct api *api, const char *task_id, json_t **ret_task, struct why *why)
{
    JSON_AUTO items = json_array();
    bool more = false;
    struct task_question question = {.queue = "all", .task_id = task_id, .limit = 1};
    enum err err = query_tasks(api, &question, items, &more, why);
    question.queue = "done";
    if (err == ERR_NONE && json_array_size(items) == 0)
        err = query_tasks(api, &question, items, &more, why);
    if (err == ERR_NONE && json_array_size(items) == 0)
        err = why_set(why, ERR_NOT_FOUND, "there is no such task");
    if (err == ERR_NONE)
        *ret_task = json_incref(json_array_get(items, 0));
    return err;
}

/* ---- one task ---- */

static json_t *body_json(const char *body)
{
    json_t *json = NULL;
    if (!body || json_parse(body, strlen(body), &json, NULL) != ERR_NONE || !json_is_object(json)) {
        json_decref(json);
        json = json_object();
    }
    return json;
}

static bool approves(const char *body)
{
    JSON_AUTO json = body_json(body);
    return json_is_true(json_object_get(json, "approves"));
}

static void add_outcome(json_t *list, const char *name, const char *exit, const char *retry)
{
    json_array_append_new(list,
        json_pack(
            "{s:s, s:o, s:o}", "name", name, "exit", json_text(exit), "retry", json_text(retry)));
}

/* What the task itself says it may come to, else its playbook, else what anything may. A message is
 * approved or not. */
static json_t *outcomes_json(struct api *api, const struct db_rows *rows)
{
    static const char *const usual[] = {"booked", "reached", "no_answer", "left_message",
        "call_back", "declined", "wrong_number", "done"};
    json_t *list = json_array();
    struct playbook_version *version = NULL;
    const struct playbook_touch *touch = NULL;
    JSON_AUTO body = body_json(db_col_text(rows, 0));
    if (json_is_true(json_object_get(body, "approves")))
        return list;
    size_t own = 0;
    json_t *name = NULL;
    json_array_foreach(json_object_get(body, "outcomes"), own, name)
        add_outcome(list, json_string_value(name), NULL, NULL);
    if (json_array_size(list) > 0)
        return list;
    const char *playbook = db_col_text(rows, 5), *hash = db_col_text(rows, 6);
    if (playbook && hash
        && playbook_load_version(api->desk->engine->cache, api->db, api->practice_id,
               arena_text(api->arena, playbook), arena_text(api->arena, hash), &version, NULL)
            == ERR_NONE)
        touch = playbook_find_touch(version->playbook, db_col_text(rows, 7));
    for (size_t i = 0; touch && i < touch->outcome_count; i++) {
        const struct playbook_outcome *outcome = &touch->outcomes[i];
        add_outcome(list, outcome->name, outcome->exit,
            span_is_zero(outcome->retry) ? NULL : span_format(api->arena, outcome->retry));
    }
    const bool any = json_array_size(list) > 0;
    for (size_t i = 0; !any && i < sizeof(usual) / sizeof(usual[0]); i++)
        add_outcome(list, usual[i], NULL, NULL);
    return list;
}

void api__read_task(struct api *api)
{
    struct why why = {0};
    json_t *task = NULL, *json = NULL;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = api__one_task(api, api->wild[0], &task, &why);
    if (err == ERR_NONE)
        err = db_query(api->db, &sql_http_task_body,
            DB_ARGS(db_int("practice_id", api->practice_id), db_text("task_id", api->wild[0])),
            &rows, &why);
    if (err == ERR_NONE && db_next(rows)) {
        const char *text = db_col_text(rows, 0), *script = db_col_text(rows, 8);
        json_t *body = body_json(text);
        const char *said = json_string_value(json_object_get(body, "script"));
        json = json_pack("{s:o, s:o, s:o, s:[], s:o, s:o, s:b, s:o}", "task", task, "phone",
            json_text(db_col_text(rows, 9)), "script", json_text(said ? said : script), "tags",
            "body", body, "outcomes", outcomes_json(api, rows), "approves", approves(text),
            "thread_id", json_text(db_col_text(rows, 10)));
        if (db_col_text(rows, 4))
            api_reads(api, "patient.read", db_col_text(rows, 4), "task");
    }
    db_rows_drop(&rows);
    api_end(api, err, &why, 200, json);
}

enum err api__task_outcomes(
    struct api *api, const char *task_id, json_t **ret_outcomes, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_task_body,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("task_id", task_id)), &rows, why);
    if (err == ERR_NONE && db_next(rows))
        *ret_outcomes = outcomes_json(api, rows);
    db_rows_drop(&rows);
    return err;
}

void api__change_task(struct api *api)
{
    struct why why = {0};
    json_t *task = NULL;
    const struct task_change change = {
        .assigns = json_object_get(api->body, "assignee_id") != NULL,
        .assignee = api_text(api, "assignee_id"),
        .due = api_time(api, "due_at"),
    };
    enum err err = api__one_task(api, api->wild[0], &task, &why);
    json_decref(task);
    task = NULL;
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = inbox_change_task(&api->tx, api->wild[0], &change, &why);
    if (err == ERR_NONE)
        err = api__one_task(api, api->wild[0], &task, &why);
    api_end(api, err, &why, 200, task);
}

enum err api__find_task(struct api *api, struct task *ret_task, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_task_body,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("task_id", api->wild[0])), &rows,
        why);
    bool found = err == ERR_NONE && db_next(rows);
    if (found)
        *ret_task = (struct task){.task_id = api->wild[0],
            .body = db_col_copy(api->arena, rows, 0),
            .state = db_col_copy(api->arena, rows, 1),
            .enrollment_id = db_col_copy(api->arena, rows, 2),
            .touch_id = db_col_copy(api->arena, rows, 3),
            .patient_id = db_col_copy(api->arena, rows, 4)};
    if (err == ERR_NONE)
        err = db_end(&rows, why);
    return err == ERR_NONE && !found ? why_set(why, ERR_NOT_FOUND, "there is no such task") : err;
}

/* False: the task may come to no such thing, which was answered. */
static bool knows_outcome(struct api *api, const char *outcome, enum err *err, struct why *why)
{
    JSON_AUTO list = NULL;
    struct buf known;
    *err = api__task_outcomes(api, api->wild[0], &list, why);
    buf_init(&known, api->arena);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(list, i), "name"));
        if (text_is(name, outcome))
            return true;
        buf_format(&known, "%s%s", i ? "|" : "", name);
    }
    if (*err != ERR_NONE)
        return true;
    api_wrong(api, "outcome", "This word is not known here",
        arena_format(api->arena, "Take one of %s", known.data));
    return false;
}

void api__end_task(struct api *api)
{
    struct why why = {0};
    struct task task = {0};
    json_t *json = NULL;
    const char *outcome = api_text(api, "outcome");
    bool retries = false;
    if (!api__check_tags(api))
        return;
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = api__find_task(api, &task, &why);
    if (err == ERR_NONE && task.patient_id)
        err = api_patient(api, task.patient_id, &why);
    if (err == ERR_NONE && task.patient_id)
        err = record_lock(&api->tx, &task.patient_id, 1, &why);
    if (err == ERR_NONE && text_is(task.state, "open") && approves(task.body)) {
        why_hint(&why, "Approve or refuse it");
        err = why_set(&why, ERR_CONFLICT, "a message waits for this");
    }
    if (err == ERR_NONE && text_is(task.state, "open") && !knows_outcome(api, outcome, &err, &why))
        return;
    if (err == ERR_NONE)
        err = inbox_end_task(&api->tx, api->wild[0], outcome, api_text(api, "note"),
            api_int(api, "staff_seconds", 0), &why);
    if (err == ERR_NONE)
        err = engine_task_outcome(
            api->desk->engine, &api->tx, &task, outcome, api_time(api, "next_at"), &retries, &why);
    if (err == ERR_NONE)
        err = api__put_note(api, &task, retries, &why);
    if (err == ERR_NONE)
        err = api__one_task(api, api->wild[0], &json, &why);
    api_end(api, err, &why, 200, json);
    api->call->answer->wake = api->call->answer->status == 200;
}

/* ---- the day ---- */

static enum err add_queues(struct api *api, json_t *today, struct why *why)
{
    struct instant midnight =
        zone_at(api->practice->zone, zone_day(api->practice->zone, api->now), 0);
    JSON_AUTO list = NULL;
    enum err err = api_rows(api, &sql_http_queue_counts,
        DB_ARGS(db_int("practice_id", api->practice_id), db_int("now_ms", api->now.ms),
            db_int("today_ms", midnight.ms), db_text("locations", api->locations),
            db_text("urgent", INBOX_ALERT_URGENT)),
        API_COLUMNS({"due", COLUMN_INT}, {"overdue", COLUMN_INT}, {"unanswered", COLUMN_INT},
            {"done_today", COLUMN_INT}, {"urgent", COLUMN_INT}),
        &list, why);
    json_t *queues = json_object(), *value = NULL;
    const char *name = NULL;
    json_object_foreach(json_array_get(list, 0), name, value)
        json_object_set_new(queues, name, json_integer(json_integer_value(value)));
    json_int_t urgent = json_integer_value(json_object_get(queues, "urgent"));
    bool reachable = true;
    json_object_del(queues, "urgent");
    json_object_set_new(today, "queues", queues);
    if (err == ERR_NONE && urgent > 0)
        err = engine_can_call(api->desk->engine, api->arena, api->db, &reachable, why);
    json_object_set_new(today, "nobody_to_call", json_integer(reachable ? 0 : urgent));
    return err;
}

/* The channel that a touch tries first, as the home's playbooks say. */
static const char *first_channel(
    const struct playbook *const *playbooks, size_t count, const char *name, const char *key)
{
    for (size_t i = 0; i < count && name; i++) {
        if (!text_is(playbooks[i]->name, name))
            continue;
        const struct playbook_touch *touch = playbook_find_touch(playbooks[i], key);
        return touch && touch->send_count ? channel_kind_name(touch->send[0]) : "sms";
    }
    return "sms";
}

static enum err add_forecast(struct api *api, json_t *today, struct why *why)
{
    struct playbook_findings findings;
    const struct playbook *const *playbooks = NULL;
    size_t count = 0;
    struct day day = zone_day(api->practice->zone, api->now);
    struct instant midnight = zone_at(api->practice->zone, day, 0);
    json_t *list = json_array();
    json_object_set_new(today, "forecast", list);
    for (int i = 0; i < FORECAST_DAYS; i++)
        json_array_append_new(list,
            json_pack("{s:o, s:i, s:i, s:i}", "day", api_json_day(api, (struct day){day.n + i}),
                "sms", 0, "email", 0, "tasks", 0));
    enum err err = playbook_check_all(
        api->arena, &api->desk->home->playbooks, NULL, &findings, &playbooks, &count, why);
    DB_ROWS struct db_rows *rows = NULL;
    if (err == ERR_NONE)
        err = db_query(api->db, &sql_http_forecast,
            DB_ARGS(db_int("practice_id", api->practice_id), db_int("today_ms", midnight.ms),
                db_int("until_ms", midnight.ms + FORECAST_DAYS * MS_PER_DAY),
                db_text("locations", api->locations)),
            &rows, why);
    while (err == ERR_NONE && db_next(rows)) {
        const char *channel = db_col_text(rows, 3);
        int64_t at = db_col_int(rows, 4);
        if (!channel)
            channel = first_channel(playbooks, count, db_col_text(rows, 0), db_col_text(rows, 1));
        const char *name = text_is(db_col_text(rows, 2), "task") ? "tasks"
            : text_is(channel, "email")                          ? "email"
                                                                 : "sms";
        json_t *one = json_array_get(list, at > 0 ? (size_t)at : 0);
        if (one)
            json_object_set_new(one, name,
                json_integer(json_integer_value(json_object_get(one, name)) + db_col_int(rows, 5)));
    }
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

struct meaning {
    const char *code, *meaning, *remedy;
};

static const struct meaning *meaning_of(const char *code)
{
    static const struct meaning meanings[] = {
        {"bad_address", "The address cannot be reached", "Ask for the right one at the next visit"},
        {"suppressed", "The person opted out", "Nothing: this is as it should be"},
        {"class_unknown", "Nobody said what kind of message it is", "Set the template's purpose"},
        {"no_consent", "No consent for this channel is on file",
            "Record the consent form, or ask at the next visit"},
        {"minor", "The patient is a minor, or the birth date is unknown",
            "Put the birth date into the booking system"},
        {"content", "The text may not go as it is", "Look at the template's findings"},
        {"dnc", "The number is on a do-not-call list", "Call with consent, or write an email"},
        {"quiet_hours", "It is outside the hours for this person", "Nothing: it goes by itself"},
        {"cap", "The person has had enough messages lately", "Nothing: it goes later"},
        {"no_baa", "No agreement with the vendor is on file", "Put the signed agreement on file"},
        {"ai_review", "A draft waits for a person", "Read it and release it"},
        {"stale_data", "The booking data is too old", "Import a fresh export"},
        {"not_in_pilot", "The person is not one of the pilot", "Apply the plan when it went well"},
        {"over_capacity", "The day's room is full", "Raise the limit, or let it go later"},
        {"expired", "It waited too long", "Nothing: its moment has passed"},
    };
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (text_is(meanings[i].code, code))
            return &meanings[i];
    }
    static const struct meaning other = {
        "", "A provider or a rule refused it", "Open the patient and ask why"};
    return &other;
}

static enum err add_blocked(struct api *api, json_t *today, struct why *why)
{
    json_t *list = json_array();
    json_object_set_new(today, "blocked", list);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_blocked,
        DB_ARGS(db_int("practice_id", api->practice_id),
            db_int("since_ms", api->now.ms - BLOCKED_DAYS * MS_PER_DAY),
            db_text("locations", api->locations)),
        &rows, why);
    while (err == ERR_NONE && db_next(rows)) {
        const struct meaning *meaning = meaning_of(db_col_text(rows, 0));
        json_array_append_new(list,
            json_pack("{s:o, s:o, s:I, s:s, s:s}", "code", json_text(db_col_text(rows, 0)),
                "playbook", json_text(db_col_text(rows, 1)), "count",
                (json_int_t)db_col_int(rows, 2), "meaning", meaning->meaning, "remedy",
                meaning->remedy));
    }
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

static enum err add_state(struct api *api, json_t *today, struct why *why)
{
    int64_t at_ms = 0;
    struct instant paused = {0};
    enum err err = db_query_int(api->db, &sql_http_booking_data,
        DB_ARGS(db_int("practice_id", api->practice_id)), &at_ms, why);
    if (err == ERR_NONE)
        err = playbook_practice_paused(api->db, api->practice_id, &paused, why);
    json_object_set_new(today, "booking_data_at", api_json_time(api, (struct instant){at_ms}));
    json_object_set_new(today, "booking_data_stale",
        json_boolean(api->now.ms - at_ms > api->practice->booking_data_age_ms_max));
    json_object_set_new(today, "sending_paused", json_boolean(paused.ms));
    return err;
}

void api__read_today(struct api *api)
{
    struct why why = {0};
    json_t *hot = json_array(), *calls = json_array();
    char *next = NULL;
    bool more = false;
    JSON_AUTO today = json_pack(
        "{s:o, s:o, s:o}", "at", api_json_time(api, api->now), "hot", hot, "calls", calls);
    const struct thread_question threads = {.state = "open",
        .zone = "needs_person",
        .after_pressing = -1,
        .after_ms = INT64_MAX,
        .after_id = "",
        .limit = HOT_MAX};
    const struct task_question tasks = {.queue = "all", .calls = true, .limit = CALLS_MAX};
    enum err err = add_queues(api, today, &why);
    if (err == ERR_NONE)
        err = api__threads(api, &threads, hot, &next, &why);
    if (err == ERR_NONE)
        err = query_tasks(api, &tasks, calls, &more, &why);
    if (err == ERR_NONE)
        err = add_forecast(api, today, &why);
    if (err == ERR_NONE)
        err = add_blocked(api, today, &why);
    if (err == ERR_NONE)
        err = add_state(api, today, &why);
    api_end(api, err, &why, 200, json_incref(today));
}
