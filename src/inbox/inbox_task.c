/* inbox_task.c: what a person must do, with everything needed to do it. */
#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "inbox/inbox_int.h"
#include "inbox_sql.h"

enum { HISTORY_MAX = 20 }; /* messages and replies that a task shows */

static enum err query_same_task(
    struct tx *tx, const struct task_plan *plan, struct db_rows **ret_rows, struct why *reterr_why)
{
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg kind = db_text("kind", plan->kind);
    if (!plan->patient_id)
        return db_query(tx->db, &sql_inbox_same_stranger_task,
            DB_ARGS(practice, kind, db_text("inbound_id", plan->inbound_id)), ret_rows, reterr_why);
    return db_query(tx->db, &sql_inbox_same_task,
        DB_ARGS(practice, kind, db_text("patient_id", plan->patient_id),
            db_text("each_touch", plan->each_touch ? plan->touch_id : NULL)),
        ret_rows, reterr_why);
}

static enum err find_same_task(struct tx *tx, const struct task_plan *plan, struct id *ret_task,
    bool *ret_found, struct why *reterr_why)
{
    *ret_found = false;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = query_same_task(tx, plan, &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (db_next(rows)) {
        const char *text = db_col_text(rows, 0);
        assert(strlen(text) < sizeof(ret_task->text));
        memcpy(ret_task->text, text, strlen(text) + 1);
        *ret_found = true;
    }
    return db_end(&rows, reterr_why);
}

static struct db_arg first_alert(const struct tx *tx, const struct task_plan *plan)
{
    struct instant at = inbox__first_alert(plan->kind, tx->now, plan->due);
    return at.ms ? db_int("alert_ms", at.ms) : db_null("alert_ms");
}

/* One open task of a kind for a patient: a second reason makes it sooner, not double. */
static enum err hasten(
    struct tx *tx, const struct task_plan *plan, const char *task_id, struct why *reterr_why)
{
    return db_exec(tx, &sql_inbox_hasten_task,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("task_id", task_id),
            db_int("due_ms", plan->due.ms), db_int("priority", plan->priority),
            first_alert(tx, plan)),
        NULL, reterr_why);
}

enum err inbox_add_task(
    struct tx *tx, const struct task_plan *plan, struct id *ret_task, struct why *reterr_why)
{
    bool found;
    enum err err = find_same_task(tx, plan, ret_task, &found, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (found)
        return hasten(tx, plan, ret_task->text, reterr_why);
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    *ret_task = ids_next(tx->ids, tx->now);
    err = db_exec(tx, &sql_inbox_add_task,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("task_id", ret_task->text),
            db_text("patient_id", plan->patient_id), db_text("kind", plan->kind),
            db_text("role", plan->role), db_text("title", plan->title),
            db_text("body", json_text_of(&scratch, plan->body)), db_int("priority", plan->priority),
            db_int("now_ms", tx->now.ms), db_int("due_ms", plan->due.ms),
            db_text("enrollment_id", plan->enrollment_id), db_text("touch_id", plan->touch_id),
            db_text("inbound_id", plan->inbound_id), first_alert(tx, plan)),
        NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO detail = json_pack("{s:s,s:s}", "kind", plan->kind, "role", plan->role);
    return audit_write(tx, "task.added", plan->patient_id, ret_task->text, detail, reterr_why);
}

/* What a reading asks of whom, and how soon. */
struct duty {
    const char *kind, *role, *title;
    int priority;
    int64_t due_ms;
};
static const struct duty stranger_duty = {
    "unknown_sender", "front_desk", "A message from an address nobody has", 40, 4 * MS_PER_HOUR};
static const struct duty answer_duty = {
    "answer_reply", "front_desk", "A reply that waits for an answer", 20, 15 * MS_PER_MINUTE};

/* A stranger's task becomes the patient's, or makes the one that they have sooner. */
static enum err take(struct tx *tx, const char *task_id, const struct task_plan *plan,
    const char *was, struct why *reterr_why)
{
    struct id same;
    bool found = false;
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg task = db_text("task_id", task_id);
    const struct db_arg patient = db_text("patient_id", plan->patient_id);
    enum err err = find_same_task(tx, plan, &same, &found, reterr_why);
    if (err == ERR_NONE && found)
        err = hasten(tx, plan, same.text, reterr_why);
    if (err == ERR_NONE && found)
        err = db_exec(tx, &sql_inbox_replace_task,
            DB_ARGS(practice, task, patient, db_int("now_ms", tx->now.ms)), NULL, reterr_why);
    else if (err == ERR_NONE)
        err = db_exec(tx, &sql_inbox_take_task,
            DB_ARGS(practice, task, patient, db_text("kind", plan->kind),
                db_text("title", plan->title), db_int("priority", plan->priority),
                first_alert(tx, plan)),
            NULL, reterr_why);
    JSON_AUTO detail = found
        ? json_pack("{s:s,s:i}", "reason", "replaced", "tasks", 1)
        : json_pack("{s:s,s:s,s:s}", "kind", plan->kind, "was", was, "role", plan->role);
    return err == ERR_NONE ? audit_write(tx, found ? "task.cancelled" : "task.changed",
               plan->patient_id, task_id, detail, reterr_why)
                           : err;
}

enum err inbox__take_tasks(
    struct tx *tx, const char *thread_id, const char *patient_id, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct task *tasks = NULL;
    size_t count = 0, capacity = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_inbox_stranger_tasks,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("thread_id", thread_id)), &rows,
        reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (count == capacity) {
            size_t grown = capacity ? capacity * 2 : 8;
            tasks = arena_grow(&scratch, tasks, capacity * sizeof *tasks, grown * sizeof *tasks);
            capacity = grown;
        }
        tasks[count++] = (struct task){.task_id = db_col_copy(&scratch, rows, 0),
            .kind = db_col_copy(&scratch, rows, 1),
            .role = db_col_copy(&scratch, rows, 2),
            .title = db_col_copy(&scratch, rows, 3),
            .due.ms = db_col_int(rows, 4),
            .priority = db_col_int(rows, 5)};
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        const bool asks = text_is(tasks[i].kind, stranger_duty.kind);
        const struct task_plan plan = {.patient_id = patient_id,
            .kind = asks ? answer_duty.kind : tasks[i].kind,
            .role = tasks[i].role,
            .title = asks ? answer_duty.title : tasks[i].title,
            .priority = asks ? answer_duty.priority : (int)tasks[i].priority,
            .due = tasks[i].due};
        err = take(tx, tasks[i].task_id, &plan, tasks[i].kind, reterr_why);
    }
    return err;
}

json_t *inbox__task_body(const char *text)
{
    json_t *body = NULL;
    if (text && json_parse(text, strlen(text), &body, NULL) == ERR_NONE && json_is_object(body))
        return body;
    json_decref(body);
    return json_object();
}

json_t *inbox__attachments(const char *text)
{
    json_t *list = NULL;
    if (text && json_parse(text, strlen(text), &list, NULL) == ERR_NONE && json_is_array(list))
        return list;
    json_decref(list);
    return json_array();
}

/* ---- what a playbook says of the task ---- */

struct held_task {
    struct id id;
    const char *kind, *title, *body;
    bool found;
};

static enum err find_held(struct arena *arena, struct tx *tx, const char *patient_id,
    struct held_task *ret_held, struct why *reterr_why)
{
    struct held_task held = {0};
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_inbox_task_of_newest,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id)), &rows,
        reterr_why);
    if (err == ERR_NONE && db_next(rows)) {
        const char *id = db_col_text(rows, 0);
        assert(strlen(id) < sizeof(held.id.text));
        memcpy(held.id.text, id, strlen(id) + 1);
        held.kind = db_col_copy(arena, rows, 1);
        held.title = db_col_copy(arena, rows, 2);
        held.body = db_col_copy(arena, rows, 3);
        held.found = true;
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err == ERR_NONE)
        *ret_held = held;
    return err;
}

/* What may be dangerous, or a stop, is done by whom this product says; a question to a clinician
 * goes to no desk. */
static bool may_hand_over(const struct held_task *held, const struct task_plan *plan)
{
    if (text_is(held->kind, "answer_reply") || text_is(held->kind, "review_reply"))
        return true;
    if (text_is(held->kind, "clinical_question"))
        return !text_is(plan->role, "front_desk");
    return text_is(held->kind, "manager_call") && text_is(plan->kind, held->kind);
}

static enum err hand_over(struct arena *arena, struct tx *tx, const struct held_task *held,
    const struct task_plan *plan, struct why *reterr_why)
{
    const bool same = text_is(held->kind, plan->kind);
    JSON_AUTO body = inbox__task_body(held->body);
    json_object_update_missing(body, (json_t *)(uintptr_t)plan->body);
    enum err err = db_exec(tx, &sql_inbox_hand_over_task,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("task_id", held->id.text),
            db_text("kind", plan->kind), db_text("role", plan->role),
            db_text("title", same ? held->title : plan->title),
            db_text("body", json_text_of(arena, body)), db_int("due_ms", plan->due.ms),
            db_text("enrollment_id", plan->enrollment_id), first_alert(tx, plan)),
        NULL, reterr_why);
    JSON_AUTO detail =
        json_pack("{s:s,s:s,s:s}", "kind", plan->kind, "was", held->kind, "role", plan->role);
    return err == ERR_NONE
        ? audit_write(tx, "task.changed", plan->patient_id, held->id.text, detail, reterr_why)
        : err;
}

enum err inbox_hold_task(
    struct tx *tx, const struct task_plan *plan, bool by_playbook, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct held_task held = {0};
    struct id id;
    enum err err = find_held(&scratch, tx, plan->patient_id, &held, reterr_why);
    if (err != ERR_NONE || (held.found && !by_playbook))
        return err;
    return held.found && may_hand_over(&held, plan)
        ? hand_over(&scratch, tx, &held, plan, reterr_why)
        : inbox_add_task(tx, plan, &id, reterr_why);
}

enum err inbox_end_task(struct tx *tx, const char *task_id, const char *outcome, const char *note,
    int64_t staff_seconds, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_inbox_task_outcome,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("task_id", task_id)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    bool known = db_next(rows);
    bool open = known && text_is(db_col_text(rows, 0), "open");
    bool same = known && text_is(db_col_text(rows, 1), outcome);
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *patient_id = known ? db_col_copy(&scratch, rows, 2) : NULL;
    const char *kind = known ? db_col_copy(&scratch, rows, 3) : NULL;
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!known)
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no such task");
    if (!open)
        return same ? ERR_NONE : why_set(reterr_why, ERR_CONFLICT, "this task has ended already");
    err = db_exec(tx, &sql_inbox_end_task,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("task_id", task_id),
            db_text("outcome", outcome), db_text("note", note),
            db_int("staff_seconds", staff_seconds), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO detail = json_pack("{s:s, s:s}", "kind", kind, "outcome", outcome);
    err = audit_write(tx, "task.ended", patient_id, task_id, detail, reterr_why);
    return err == ERR_NONE ? inbox__settle_thread(tx, task_id, reterr_why) : err;
}

static enum err audit_cancelled(struct tx *tx, const char *patient_id, const char *reason,
    int64_t count, struct why *reterr_why)
{
    if (count == 0)
        return ERR_NONE;
    JSON_AUTO detail = json_pack("{s:s,s:I}", "reason", reason, "tasks", (json_int_t)count);
    return audit_write(tx, "task.cancelled", patient_id, NULL, detail, reterr_why);
}

enum err inbox_cancel_tasks(struct tx *tx, const char *patient_id, const char *kind,
    const char *reason, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_inbox_cancel_tasks,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_text("kind", kind), db_text("reason", reason), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    return err == ERR_NONE ? audit_cancelled(tx, patient_id, reason, changed, reterr_why) : err;
}

enum err inbox_cancel_touch_tasks(struct tx *tx, const char *patient_id, const char *enrollment_id,
    const char *reason, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_inbox_cancel_touch_tasks,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("enrollment_id", enrollment_id),
            db_text("reason", reason), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    return err == ERR_NONE ? audit_cancelled(tx, patient_id, reason, changed, reterr_why) : err;
}

enum err inbox_read_tasks(struct arena *arena, struct db *db, int64_t practice_id,
    const char *patient_id, bool open_only, struct instant now, struct task **ret_tasks,
    size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_inbox_read_tasks,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", patient_id),
            db_int("open_only", open_only), db_int("now_ms", now.ms)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct task *tasks = NULL;
    size_t count = 0, capacity = 0;
    while (db_next(rows)) {
        if (count == capacity) {
            size_t bigger = capacity ? capacity * 2 : 32;
            tasks = arena_grow(arena, tasks, capacity * sizeof(*tasks), bigger * sizeof(*tasks));
            capacity = bigger;
        }
        tasks[count++] = (struct task){
            .task_id = db_col_copy(arena, rows, 0),
            .patient_id = db_col_copy(arena, rows, 1),
            .kind = db_col_copy(arena, rows, 2),
            .role = db_col_copy(arena, rows, 3),
            .title = db_col_copy(arena, rows, 4),
            .body = db_col_copy(arena, rows, 5),
            .state = db_col_copy(arena, rows, 6),
            .outcome = db_col_copy(arena, rows, 7),
            .created = {db_col_int(rows, 8)},
            .due = {db_col_int(rows, 9)},
            .ended = {db_col_int(rows, 10)},
            .enrollment_id = db_col_copy(arena, rows, 11),
            .touch_id = db_col_copy(arena, rows, 12),
            .inbound_id = db_col_copy(arena, rows, 13),
            .priority = db_col_int(rows, 14),
        };
    }
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_tasks = tasks;
    *ret_count = count;
    return ERR_NONE;
}

static enum err add_messages(struct arena *tick, struct db *db, const struct practice *practice,
    const struct inbound *inbound, json_t *history, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_inbox_last_touches,
        DB_ARGS(db_int("practice_id", practice->practice_id),
            db_text("patient_id", inbound->patient_id), db_int("limit", HISTORY_MAX)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    json_t *sent = json_array();
    while (db_next(rows)) {
        struct instant at = {db_col_int(rows, 4)};
        json_array_append_new(sent,
            json_pack("{s:s?,s:s?,s:s?,s:o,s:s}", "touch", db_col_text(rows, 0), "playbook",
                db_col_text(rows, 1), "channel", db_col_text(rows, 2), "text",
                json_text(db_col_text(rows, 3)), "at", zone_format(tick, practice->zone, at)));
    }
    json_object_set_new(history, "sent", sent);
    return db_end(&rows, reterr_why);
}

static enum err add_replies(struct arena *tick, struct db *db, const struct practice *practice,
    const struct inbound *inbound, json_t *history, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_inbox_last_replies,
        DB_ARGS(db_int("practice_id", practice->practice_id),
            db_text("patient_id", inbound->patient_id), db_int("before_ms", inbound->received.ms),
            db_int("limit", HISTORY_MAX)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    json_t *replies = json_array();
    while (db_next(rows)) {
        struct instant at = {db_col_int(rows, 1)};
        json_array_append_new(replies,
            json_pack("{s:o,s:s,s:s,s:o}", "text", json_text(db_col_text(rows, 0)), "at",
                zone_format(tick, practice->zone, at), "channel", db_col_text(rows, 2),
                "attachments", inbox__attachments(db_col_text(rows, 3))));
    }
    json_object_set_new(history, "earlier_replies", replies);
    return db_end(&rows, reterr_why);
}

static enum err add_visit(struct arena *tick, struct db *db, const struct practice *practice,
    const struct inbound *inbound, json_t *history, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_inbox_last_visit,
        DB_ARGS(db_int("practice_id", practice->practice_id),
            db_text("patient_id", inbound->patient_id)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (db_next(rows))
        json_object_set_new(history, "last_visit",
            json_pack("{s:o,s:o,s:s}", "service", json_text(db_col_text(rows, 0)), "provider",
                json_text(db_col_text(rows, 1)), "day", day_format(tick, db_col_day(rows, 2))));
    return db_end(&rows, reterr_why);
}

enum err inbox_sender_stopped(struct arena *tick, struct db *db, int64_t practice_id,
    const struct inbound *inbound, bool *ret_stopped, struct why *reterr_why)
{
    struct contact_point *points = NULL;
    size_t count = 0;
    enum err err = record_read_contacts(
        tick, db, practice_id, &inbound->patient_id, 1, &points, &count, reterr_why);
    *ret_stopped = false;
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        *ret_stopped = *ret_stopped
            || (points[i].suppressed_all && points[i].channel != CHANNEL_VOICE
                && text_is(points[i].address, inbound->sender));
    return err;
}

/* Whoever answers must know that no text goes there any more. */
static enum err add_opt_out(struct arena *tick, struct db *db, const struct practice *practice,
    const struct inbound *inbound, json_t *history, struct why *reterr_why)
{
    bool stopped;
    enum err err =
        inbox_sender_stopped(tick, db, practice->practice_id, inbound, &stopped, reterr_why);
    if (stopped)
        json_object_set_new(history, "address_opted_out", json_true());
    return err;
}

/* Everything a person needs to answer without looking anything up: last messages, last replies,
 * last visit. A new reference. */
static enum err read_history(struct arena *tick, struct db *db, const struct practice *practice,
    const struct inbound *inbound, json_t **ret_history, struct why *reterr_why)
{
    JSON_AUTO history =
        json_pack("{s:o,s:o,s:s,s:s,s:s,s:o,s:o}", "reply", json_text(inbound->body), "attachments",
            inbox__attachments(inbound->attachments), "from", inbound->sender, "channel",
            inbound->channel, "at", zone_format(tick, practice->zone, inbound->received), "answers",
            json_text(inbound->prior_key), "answers_text", json_text(inbound->prior_body));
    enum err err = ERR_NONE;
    if (inbound->patient_id) {
        err = add_opt_out(tick, db, practice, inbound, history, reterr_why);
        if (err == ERR_NONE)
            err = add_messages(tick, db, practice, inbound, history, reterr_why);
        if (err == ERR_NONE)
            err = add_replies(tick, db, practice, inbound, history, reterr_why);
        if (err == ERR_NONE)
            err = add_visit(tick, db, practice, inbound, history, reterr_why);
    }
    if (err == ERR_NONE)
        *ret_history = json_incref(history);
    return err;
}

/* First match. */
static const struct duty *duty_of(
    const struct inbound *inbound, const struct inbox_reading *reading)
{
    static const struct duty emergency = {
        "clinician", "clinician", "Maybe an emergency", 0, 10 * MS_PER_MINUTE};
    static const struct duty same_day = {
        "clinician", "clinician", "A symptom to look at today", 5, 10 * MS_PER_MINUTE};
    static const struct duty unsure = {"unsure_stop", "front_desk",
        "Does this ask us to stop? Automation is silent until you say", 10, 60 * MS_PER_MINUTE};
    static const struct duty address = {"address_fix", "front_desk",
        "Wrong number, moved or died: mend the record", 60, MS_PER_DAY};
    static const struct duty confirm = {"confirm_address", "front_desk",
        "Wrong number, moved or died? Nothing is sent until you say", 10, 60 * MS_PER_MINUTE};
    static const struct duty clinical = {"clinical_question", "clinician",
        "Of a patient's body or medicines, not urgent", 15, 4 * MS_PER_HOUR};
    static const struct duty cancel = {"cancel_or_stop", "front_desk",
        "Opted out; may also mean the appointment", 15, 60 * MS_PER_MINUTE};
    static const struct duty escalate = {
        "manager_call", "manager", "An unhappy patient", 10, 60 * MS_PER_MINUTE};
    static const struct duty look = {
        "review_reply", "front_desk", "A reply that needs no answer", 80, MS_PER_DAY};
    if (text_is(reading->urgency, "emergency"))
        return &emergency;
    if (text_is(reading->urgency, "same_day"))
        return &same_day;
    if (reading->settled)
        return NULL;
    if (reading->stop_unsure)
        return &unsure;
    if ((reading->wrong_number || reading->gone) && !reading->unconfirmed)
        return &address;
    if ((reading->wrong_number || reading->gone) && inbound->patient_id)
        return &confirm;
    if (reading->stop && (reading->also_cancel || !reading->attached))
        return reading->also_cancel ? &cancel : NULL;
    if (!inbound->patient_id)
        return &stranger_duty;
    const bool escalates = text_is(reading->route, "escalate");
    if (reading->clinical && !escalates)
        return &clinical;
    if (reading->restart && !reading->attached)
        return NULL;
    if (escalates)
        return &escalate;
    if (!text_is(reading->route, "close"))
        return &answer_duty;
    return reading->thanks ? NULL : &look;
}

const char *inbox__task_kind(const struct inbound *inbound, const struct inbox_reading *reading)
{
    const struct duty *duty = duty_of(inbound, reading);
    return duty ? duty->kind : NULL;
}

enum err inbox__raise(struct arena *tick, struct tx *tx, const struct practice *practice,
    const struct inbound *inbound, const struct inbox_reading *reading, struct instant from,
    const char **ret_task, struct why *reterr_why)
{
    *ret_task = NULL;
    const struct duty *duty = duty_of(inbound, reading);
    if (!duty)
        return ERR_NONE;
    json_t *history = NULL;
    enum err err = read_history(tick, tx->db, practice, inbound, &history, reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO body = history;
    const struct task_plan plan = {
        .patient_id = inbound->patient_id,
        .kind = duty->kind,
        .role = duty->role,
        .title = duty->title,
        .body = body,
        .priority = duty->priority,
        .due = instant_add_ms(from, duty->due_ms),
        .enrollment_id = inbound->enrollment_id,
        .touch_id = inbound->touch_id,
        .inbound_id = inbound->inbound_id,
    };
    struct id id;
    err = inbox_add_task(tx, &plan, &id, reterr_why);
    if (err == ERR_NONE)
        *ret_task = arena_text(tick, id.text);
    return err;
}
