/* guard.c: a playbook that drives people away pauses itself, as its `stop_if` says; a person
 * resumes it. */
#include "base/text.h"
#include "engine/engine_int.h"
#include "engine_sql.h"
#include "outbox/outbox.h"

enum { GUARD_DAYS = 30 }; /* what happened before is no reason to stop now */

struct guard_counts {
    int64_t sends, contacted, opted_out, complained;
};

static enum err read_counts(struct tx *tx, const char *playbook, struct instant since,
    struct guard_counts *ret_counts, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_engine_guard_counts,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("playbook", playbook),
            db_int("since_ms", since.ms)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (db_next(rows))
        *ret_counts = (struct guard_counts){
            db_col_int(rows, 0), db_col_int(rows, 1), db_col_int(rows, 2), db_col_int(rows, 3)};
    return db_end(&rows, reterr_why);
}

/* The sentence of the bound that was passed, or NULL. */
static const char *passed(
    struct arena *tick, const struct playbook_measure *measure, const struct guard_counts *counts)
{
    if (counts->contacted == 0 || counts->sends < measure->min_sends_before_stop)
        return NULL;
    double opt_out = 100.0 * (double)counts->opted_out / (double)counts->contacted;
    double complaint = 100.0 * (double)counts->complained / (double)counts->contacted;
    if (measure->stop_opt_out_percent >= 0 && opt_out > measure->stop_opt_out_percent)
        return arena_format(tick, "%.1f%% of %lld patients opted out, more than %g%%", opt_out,
            (long long)counts->contacted, measure->stop_opt_out_percent);
    if (measure->stop_complaint_percent >= 0 && complaint > measure->stop_complaint_percent)
        return arena_format(tick, "%.1f%% of %lld patients complained, more than %g%%", complaint,
            (long long)counts->contacted, measure->stop_complaint_percent);
    return NULL;
}

enum err engine__guard(
    struct engine *engine, struct tx *tx, const struct playbook *playbook, struct why *reterr_why)
{
    const struct playbook_measure *measure = &playbook->measure;
    if (measure->stop_opt_out_percent < 0 && measure->stop_complaint_percent < 0)
        return ERR_NONE;
    struct playbook_state state;
    enum err err = playbook_read_state(
        &engine->tick, tx->db, tx->practice_id, playbook->name, &state, reterr_why);
    if (err != ERR_NONE || state.run == PLAYBOOK_PAUSED)
        return err;
    /* Since the last decision of a person: who resumes a playbook has seen its numbers. */
    struct instant since = instant_add_ms(tx->now, -GUARD_DAYS * MS_PER_DAY);
    if (state.since.ms > since.ms)
        since = state.since;
    struct guard_counts counts = {0};
    err = read_counts(tx, playbook->name, since, &counts, reterr_why);
    const char *why = err == ERR_NONE ? passed(&engine->tick, measure, &counts) : NULL;
    if (!why)
        return err;
    err = playbook_pause(tx, playbook->name, why, reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO body = json_pack("{s:s, s:s}", "playbook", playbook->name, "reason", why);
    const struct task_plan task = {.kind = "playbook_paused",
        .role = "manager",
        .title = arena_format(&engine->tick, "%s has paused itself", playbook->name),
        .body = body,
        .priority = 10,
        .due = instant_add_ms(tx->now, MS_PER_DAY)};
    struct id id;
    return inbox_add_task(tx, &task, &id, reterr_why);
}

enum err engine_resume_playbook(struct tx *tx, const char *playbook, struct why *reterr_why)
{
    enum err err = playbook_resume(tx, playbook, reterr_why);
    if (err != ERR_NONE)
        return err;
    return outbox_wake(tx, playbook, ENGINE_PLAYBOOK_PAUSED, reterr_why);
}
