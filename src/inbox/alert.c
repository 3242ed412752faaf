/* alert.c: see alert.h. */
#include "inbox/alert.h"

#include "audit/audit.h"
#include "base/text.h"
#include "inbox/inbox_int.h"
#include "inbox_sql.h"

enum { STEPS_MAX = 6 };

/* alert_ms of a task that could call nobody: after every day there is, the same for all. */
static const struct instant uncalled = {253402300800000}; /* 10000-01-01 */

/* First call at once or when the task is late; then every `again_ms`, step by step. */
static const struct plan {
    const char *kind;
    bool at_once, urgent;
    int64_t again_ms;
    unsigned roles[STEPS_MAX]; /* 0 ends it */
} plans[] = {
    {INBOX_ALERT_URGENT, true, true, 15 * MS_PER_MINUTE,
        {ALERT_CLINICIAN, ALERT_CLINICIAN | ALERT_MANAGER,
            ALERT_CLINICIAN | ALERT_MANAGER | ALERT_OWNER,
            ALERT_CLINICIAN | ALERT_MANAGER | ALERT_OWNER,
            ALERT_CLINICIAN | ALERT_MANAGER | ALERT_OWNER}},
    {"manager_call", true, false, 2 * MS_PER_HOUR, {ALERT_MANAGER, ALERT_MANAGER | ALERT_OWNER}},
    {"answer_reply", false, false, 2 * MS_PER_HOUR, {ALERT_FRONT_DESK, ALERT_MANAGER}},
    {"unsure_stop", false, false, 2 * MS_PER_HOUR, {ALERT_FRONT_DESK, ALERT_MANAGER}},
};

static const struct plan *plan_of(const char *kind)
{
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
        if (text_is(plans[i].kind, kind))
            return &plans[i];
    return NULL;
}

struct instant inbox__first_alert(const char *kind, struct instant now, struct instant due)
{
    const struct plan *plan = plan_of(kind);
    if (!plan)
        return (struct instant){0};
    return plan->at_once ? now : due;
}

unsigned inbox_alert_roles(const struct task_alert *alert)
{
    const struct plan *plan = plan_of(alert->kind);
    return plan && alert->step < STEPS_MAX ? plan->roles[alert->step] : 0;
}

bool inbox_alert_is_urgent(const struct task_alert *alert)
{
    const struct plan *plan = plan_of(alert->kind);
    return plan && plan->urgent;
}

static enum err claim(struct arena *tick, struct tx *tx, struct instant from, struct instant until,
    size_t limit, struct task_alert **ret_alerts, size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_inbox_claim_alerts,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_int("from_ms", from.ms),
            db_int("until_ms", until.ms), db_int("limit", (int64_t)limit)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct task_alert *alerts = ARENA_NEW(tick, struct task_alert, limit + 1);
    size_t count = 0;
    while (db_next(rows))
        alerts[count++] = (struct task_alert){
            .task_id = db_col_copy(tick, rows, 0),
            .kind = db_col_copy(tick, rows, 1),
            .step = (int)db_col_int(rows, 2),
            .due = {db_col_int(rows, 3)},
        };
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_alerts = alerts;
    *ret_count = count;
    return ERR_NONE;
}

enum err inbox_claim_alerts(struct arena *tick, struct tx *tx, size_t limit,
    struct task_alert **ret_alerts, size_t *ret_count, struct why *reterr_why)
{
    return claim(tick, tx, (struct instant){0}, tx->now, limit, ret_alerts, ret_count, reterr_why);
}

enum err inbox_claim_uncalled(struct arena *tick, struct tx *tx, size_t limit,
    struct task_alert **ret_alerts, size_t *ret_count, struct why *reterr_why)
{
    return claim(tick, tx, uncalled, uncalled, limit, ret_alerts, ret_count, reterr_why);
}

static enum err write_alert(struct tx *tx, const struct task_alert *alert, int step,
    struct instant at, struct why *reterr_why)
{
    return db_exec(tx, &sql_inbox_put_alert,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("task_id", alert->task_id),
            db_int("step", step), at.ms ? db_int("at_ms", at.ms) : db_null("at_ms")),
        NULL, reterr_why);
}

enum err inbox_defer_alert(
    struct tx *tx, const struct task_alert *alert, struct instant at, struct why *reterr_why)
{
    return write_alert(tx, alert, alert->step, at, reterr_why);
}

enum err inbox_keep_alert(struct tx *tx, const struct task_alert *alert, struct why *reterr_why)
{
    JSON_AUTO detail = json_pack("{s:s, s:i}", "kind", alert->kind, "step", alert->step);
    enum err err = write_alert(tx, alert, alert->step, uncalled, reterr_why);
    return err == ERR_NONE
        ? audit_write(tx, "task.uncalled", NULL, alert->task_id, detail, reterr_why)
        : err;
}

/* The second call of what was called at once comes when the task is late. */
static struct instant next_call(const struct tx *tx, const struct task_alert *alert, size_t reached)
{
    const struct plan *plan = plan_of(alert->kind);
    struct task_alert next = *alert;
    next.step++;
    if (inbox_alert_roles(&next) == 0 || reached == 0)
        return (struct instant){0};
    if (plan->at_once && alert->step == 0 && instant_before(tx->now, alert->due))
        return alert->due;
    return instant_add_ms(tx->now, plan->again_ms);
}

enum err inbox_put_alert(
    struct tx *tx, const struct task_alert *alert, size_t reached, struct why *reterr_why)
{
    enum err err =
        write_alert(tx, alert, alert->step + 1, next_call(tx, alert, reached), reterr_why);
    if (err != ERR_NONE || reached == 0)
        return err;
    JSON_AUTO detail = json_pack(
        "{s:s, s:i, s:I}", "kind", alert->kind, "step", alert->step, "people", (json_int_t)reached);
    return audit_write(tx, "task.alerted", NULL, alert->task_id, detail, reterr_why);
}

static enum err next_between(struct db *db, int64_t practice_id, struct instant from,
    struct instant until, struct instant *ret_next, struct why *reterr_why)
{
    return db_query_int(db, &sql_inbox_next_alert,
        DB_ARGS(db_int("practice_id", practice_id), db_int("from_ms", from.ms),
            db_int("until_ms", until.ms)),
        &ret_next->ms, reterr_why);
}

enum err inbox_next_alert(
    struct db *db, int64_t practice_id, struct instant *ret_next, struct why *reterr_why)
{
    const struct instant last = {uncalled.ms - 1};
    return next_between(db, practice_id, (struct instant){0}, last, ret_next, reterr_why);
}

enum err inbox_has_uncalled(
    struct db *db, int64_t practice_id, bool *ret_has, struct why *reterr_why)
{
    struct instant found;
    enum err err = next_between(db, practice_id, uncalled, uncalled, &found, reterr_why);
    if (err != ERR_NONE && err != ERR_NOT_FOUND)
        return err;
    *ret_has = err == ERR_NONE;
    return ERR_NONE;
}
