/* lost.c: an automatic answer did not leave: what it had done is to be done by a person. */
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "inbox/inbox_int.h"
#include "inbox_sql.h"

#define TITLE "A reply that waits for an answer: ours did not leave"
#define KIND "answer_reply"

enum { DUE_MS = 15 * MS_PER_MINUTE, PRIORITY = 20, TASKS_MAX = 8 };

static json_t *lost_body(const char *before, const struct inbox_lost_answer *lost)
{
    json_t *body = inbox__task_body(before);
    json_object_set_new(body, "answer_lost",
        json_pack("{s:s,s:o}", "reason", lost->reason, "text", json_text(lost->text)));
    return body;
}

static enum err reopen_task(struct arena *tick, struct tx *tx, const struct task *task,
    const struct inbox_lost_answer *lost, struct why *reterr_why)
{
    const struct instant due = instant_add_ms(tx->now, DUE_MS);
    const struct instant alert = inbox__first_alert(task->kind, tx->now, due);
    JSON_AUTO body = lost_body(task->body, lost);
    enum err err = db_exec(tx, &sql_inbox_reopen_task,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("task_id", task->task_id),
            db_text("title", TITLE), db_text("body", json_text_of(tick, body)),
            db_int("due_ms", due.ms),
            alert.ms ? db_int("alert_ms", alert.ms) : db_null("alert_ms")),
        NULL, reterr_why);
    JSON_AUTO detail = json_pack("{s:s,s:s}", "kind", task->kind, "reason", lost->reason);
    return err == ERR_NONE
        ? audit_write(tx, "task.reopened", lost->patient_id, task->task_id, detail, reterr_why)
        : err;
}

static enum err raise_anew(
    struct tx *tx, const struct inbox_lost_answer *lost, struct why *reterr_why)
{
    JSON_AUTO body = lost_body(NULL, lost);
    const struct task_plan plan = {.patient_id = lost->patient_id,
        .kind = KIND,
        .role = "front_desk",
        .title = TITLE,
        .body = body,
        .priority = PRIORITY,
        .due = instant_add_ms(tx->now, DUE_MS)};
    struct id id;
    return inbox_add_task(tx, &plan, &id, reterr_why);
}

enum err inbox_reopen_answered(
    struct arena *tick, struct tx *tx, const struct inbox_lost_answer *lost, struct why *reterr_why)
{
    struct task tasks[TASKS_MAX];
    size_t count = 0;
    int64_t opened = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_inbox_answered_tasks,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", lost->patient_id),
            db_text("answered_by", lost->answered_by), db_int("answered_ms", lost->answered.ms)),
        &rows, reterr_why);
    while (err == ERR_NONE && count < TASKS_MAX && db_next(rows))
        tasks[count++] = (struct task){.task_id = db_col_copy(tick, rows, 0),
            .kind = db_col_copy(tick, rows, 1),
            .body = db_col_copy(tick, rows, 2)};
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        err = reopen_task(tick, tx, &tasks[i], lost, reterr_why);
    if (err == ERR_NONE && count == 0)
        err = raise_anew(tx, lost, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_inbox_reopen_answered,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", lost->patient_id),
                db_text("answered_by", lost->answered_by)),
            &opened, reterr_why);
    return err == ERR_NONE && opened
        ? audit_write(tx, "thread.reopened", lost->patient_id, NULL, NULL, reterr_why)
        : err;
}
