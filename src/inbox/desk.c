/* desk.c: see desk.h. */
#include "inbox/desk.h"

#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "inbox_sql.h"

static enum err missing(struct why *reterr_why, const char *what)
{
    return why_set(reterr_why, ERR_NOT_FOUND, "there is no such %s", what);
}

static struct db_arg practice_of(const struct tx *tx)
{
    return db_int("practice_id", tx->practice_id);
}

static enum err audit_thread(struct tx *tx, const char *action, const char *thread_id,
    const json_t *detail, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    DB_ROWS struct db_rows *rows = NULL;
    const char *patient_id = NULL;
    enum err err = db_query(tx->db, &sql_inbox_thread_patient,
        DB_ARGS(practice_of(tx), db_text("thread_id", thread_id)), &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows))
        patient_id = db_col_copy(&scratch, rows, 0);
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    return err == ERR_NONE ? audit_write(tx, action, patient_id, thread_id, detail, reterr_why)
                           : err;
}

enum err inbox_change_thread(struct tx *tx, const char *thread_id,
    const struct thread_change *change, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_inbox_change_thread,
        DB_ARGS(practice_of(tx), db_text("thread_id", thread_id),
            db_int("assigns", change->assigns), db_text("assignee", change->assignee),
            db_int("snoozes", change->snoozes), db_int("snoozed_ms", change->snoozed.ms),
            db_int("drafts", change->drafts), db_text("draft", change->draft)),
        &changed, reterr_why);
    if (err == ERR_NONE && changed == 0)
        return missing(reterr_why, "conversation");
    if (err != ERR_NONE || !(change->assigns || change->snoozes))
        return err; /* a draft is nobody's business yet */
    JSON_AUTO detail = json_object();
    if (change->assigns)
        json_object_set_new(detail, "assignee", json_text(change->assignee));
    if (change->snoozes)
        json_object_set_new(detail, "snoozed_ms", json_integer((json_int_t)change->snoozed.ms));
    return audit_thread(tx, "thread.changed", thread_id, detail, reterr_why);
}

enum err inbox_see_thread(struct tx *tx, const char *thread_id, struct why *reterr_why)
{
    return db_exec(tx, &sql_inbox_see_thread,
        DB_ARGS(practice_of(tx), db_text("thread_id", thread_id), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
}

enum err inbox_end_thread(
    struct tx *tx, const char *thread_id, const char *closed_by, struct why *reterr_why)
{
    enum err err = db_exec(tx, &sql_inbox_end_thread,
        DB_ARGS(practice_of(tx), db_text("thread_id", thread_id), db_text("closed_by", closed_by),
            db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_inbox_end_stranger_tasks,
            DB_ARGS(practice_of(tx), db_text("thread_id", thread_id), db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    return err == ERR_NONE ? audit_thread(tx, "thread.closed", thread_id, NULL, reterr_why) : err;
}

enum err inbox_reopen_thread(struct tx *tx, const char *thread_id, struct why *reterr_why)
{
    enum err err = db_exec(tx, &sql_inbox_reopen_thread,
        DB_ARGS(practice_of(tx), db_text("thread_id", thread_id)), NULL, reterr_why);
    return err == ERR_NONE ? audit_thread(tx, "thread.reopened", thread_id, NULL, reterr_why) : err;
}

enum err inbox_add_note(struct tx *tx, const char *thread_id, const char *user_id, const char *body,
    struct id *ret_note, struct why *reterr_why)
{
    struct id id = ids_next(tx->ids, tx->now);
    enum err err = db_exec(tx, &sql_inbox_add_note,
        DB_ARGS(practice_of(tx), db_text("note_id", id.text), db_text("thread_id", thread_id),
            db_text("user_id", user_id), db_text("body", body), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    JSON_AUTO detail = json_pack("{s:s}", "note", id.text);
    if (err == ERR_NONE)
        err = audit_thread(tx, "thread.noted", thread_id, detail, reterr_why);
    if (err == ERR_NONE)
        *ret_note = id;
    return err;
}

static bool asks_for_answer(const struct task *task)
{
    return text_is(task->kind, "answer_reply") || text_is(task->kind, "review_reply");
}

enum err inbox_note_reply(struct arena *tick, struct tx *tx, const char *thread_id,
    const char *patient_id, const char *touch_id, const char *user_id, struct why *reterr_why)
{
    struct task *tasks = NULL;
    size_t count = 0;
    enum err err = db_exec(tx, &sql_inbox_note_reply,
        DB_ARGS(practice_of(tx), db_text("touch_id", touch_id), db_text("thread_id", thread_id),
            db_text("user_id", user_id), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_inbox_staff_answered,
            DB_ARGS(practice_of(tx), db_text("thread_id", thread_id), db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    if (err == ERR_NONE)
        err = inbox_read_tasks(
            tick, tx->db, tx->practice_id, patient_id, true, tx->now, &tasks, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (asks_for_answer(&tasks[i]))
            err = inbox_end_task(tx, tasks[i].task_id, "answered", NULL, 0, reterr_why);
    }
    JSON_AUTO detail = json_pack("{s:s}", "touch", touch_id);
    return err == ERR_NONE ? audit_thread(tx, "thread.answered", thread_id, detail, reterr_why)
                           : err;
}

/* ---- tasks ---- */

enum err inbox_change_task(
    struct tx *tx, const char *task_id, const struct task_change *change, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_inbox_change_task,
        DB_ARGS(practice_of(tx), db_text("task_id", task_id), db_int("assigns", change->assigns),
            db_text("assignee", change->assignee),
            db_int_if("due_ms", change->due.ms != 0, change->due.ms)),
        &changed, reterr_why);
    if (err == ERR_NONE && changed == 0)
        return missing(reterr_why, "open task");
    JSON_AUTO detail = json_object();
    if (change->assigns)
        json_object_set_new(detail, "assignee", json_text(change->assignee));
    if (change->due.ms)
        json_object_set_new(detail, "due_ms", json_integer((json_int_t)change->due.ms));
    return err == ERR_NONE ? audit_write(tx, "task.changed", NULL, task_id, detail, reterr_why)
                           : err;
}

/* ---- canned answers ---- */

enum err inbox_put_canned(
    struct tx *tx, const struct canned_plan *plan, struct id *ret_id, struct why *reterr_why)
{
    struct id id = {{0}};
    int64_t changed = 0;
    if (plan->canned_id)
        memcpy(id.text, plan->canned_id, strnlen(plan->canned_id, sizeof(id.text) - 1));
    else
        id = ids_next(tx->ids, tx->now);
    enum err err = db_exec(tx, plan->canned_id ? &sql_inbox_change_canned : &sql_inbox_add_canned,
        DB_ARGS(practice_of(tx), db_text("canned_id", id.text), db_text("name", plan->name),
            db_text("body", plan->body), db_text("language", plan->language),
            db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err == ERR_NONE && changed == 0)
        return missing(reterr_why, "canned answer");
    if (err == ERR_NONE)
        *ret_id = id;
    return err == ERR_NONE ? audit_write(tx, "canned.changed", NULL, id.text, NULL, reterr_why)
                           : err;
}

enum err inbox_drop_canned(struct tx *tx, const char *canned_id, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_inbox_drop_canned,
        DB_ARGS(practice_of(tx), db_text("canned_id", canned_id)), &changed, reterr_why);
    if (err == ERR_NONE && changed == 0)
        return missing(reterr_why, "canned answer");
    return err == ERR_NONE ? audit_write(tx, "canned.dropped", NULL, canned_id, NULL, reterr_why)
                           : err;
}
