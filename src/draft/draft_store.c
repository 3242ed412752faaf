/* draft_store.c: the table of drafts. */
#include "draft/draft_store.h"

#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/hash.h"
#include "base/text.h"
#include "draft_sql.h"

enum { PASSED_MAX = 50 }; /* in one transaction */

static const char *state_name(enum draft_state state)
{
    static const char *const names[DRAFT_STATE_MAX] = {
        "wanted", "asking", "ready", "refused", "failed", "passed", "chosen", "used"};
    assert(state < DRAFT_STATE_MAX);
    return names[state];
}

enum err draft_want(
    struct tx *tx, const char *inbound_id, const char *patient_id, struct why *reterr_why)
{
    const struct id id = ids_next(tx->ids, tx->now);
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_draft_want,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("draft_id", id.text),
            db_text("inbound_id", inbound_id), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    return err == ERR_NONE && changed > 0
        ? audit_write(tx, "draft.wanted", patient_id, id.text, NULL, reterr_why)
        : err;
}

/* ---- taking ---- */

struct waiting {
    struct draft_task task;
    struct instant wanted;
    bool still;
};

static enum err read_next(struct arena *arena, struct db *db, int64_t practice_id,
    struct instant now, struct waiting *ret_waiting, bool *ret_found, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_draft_next,
        DB_ARGS(db_int("practice_id", practice_id), db_int("now_ms", now.ms)), &rows, reterr_why);
    *ret_found = err == ERR_NONE && db_next(rows);
    if (*ret_found && arena)
        *ret_waiting = (struct waiting){.task = {.draft_id = db_col_copy(arena, rows, 0),
                                            .inbound_id = db_col_copy(arena, rows, 1),
                                            .body = db_col_copy(arena, rows, 3),
                                            .sender = db_col_copy(arena, rows, 4),
                                            .channel = db_col_copy(arena, rows, 5),
                                            .received = {db_col_int(rows, 6)},
                                            .patient_id = db_col_copy(arena, rows, 7),
                                            .thread_id = db_col_copy(arena, rows, 8),
                                            .prior = db_col_copy(arena, rows, 9),
                                            .prior_touch = db_col_copy(arena, rows, 10)},
            .wanted = {db_col_int(rows, 2)},
            .still = db_col_int(rows, 11) != 0};
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err draft_waits(
    struct db *db, int64_t practice_id, struct instant now, bool *ret_waits, struct why *reterr_why)
{
    return read_next(NULL, db, practice_id, now, NULL, ret_waits, reterr_why);
}

static enum err take_one(struct tx *tx, const struct waiting *waiting, int64_t lease_ms,
    bool *ret_taken, struct why *reterr_why)
{
    bool late = tx->now.ms - waiting->wanted.ms > DRAFT_LATE_MS;
    int64_t changed = 0;
    *ret_taken = false;
    if (late || !waiting->still || !waiting->task.patient_id) {
        const struct draft_end end = {.draft_id = waiting->task.draft_id,
            .patient_id = waiting->task.patient_id,
            .state = DRAFT_STATE_PASSED,
            .reason = waiting->still ? "late" : "moved_on"};
        bool ended;
        return draft_end(tx, &end, &ended, reterr_why);
    }
    enum err err = db_exec(tx, &sql_draft_ask,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("draft_id", waiting->task.draft_id),
            db_int("now_ms", tx->now.ms), db_int("lease_ms", tx->now.ms + lease_ms)),
        &changed, reterr_why);
    *ret_taken = err == ERR_NONE && changed > 0;
    return err;
}

enum err draft_take(struct arena *arena, struct tx *tx, int64_t lease_ms,
    struct draft_task *ret_task, bool *ret_found, struct why *reterr_why)
{
    struct waiting waiting;
    bool found = true, taken = false;
    enum err err = ERR_NONE;
    for (int i = 0; i < PASSED_MAX && err == ERR_NONE && found && !taken; i++) {
        err = read_next(arena, tx->db, tx->practice_id, tx->now, &waiting, &found, reterr_why);
        if (err == ERR_NONE && found)
            err = take_one(tx, &waiting, lease_ms, &taken, reterr_why);
    }
    *ret_found = taken;
    if (err == ERR_NONE && taken)
        *ret_task = waiting.task;
    return err == ERR_NONE && taken ? audit_write(
               tx, "draft.asked", waiting.task.patient_id, waiting.task.draft_id, NULL, reterr_why)
                                    : err;
}

enum err draft_still(struct tx *tx, const char *draft_id, bool *ret_still, struct why *reterr_why)
{
    int64_t count = 0;
    enum err err = db_query_int(tx->db, &sql_draft_still,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("draft_id", draft_id)), &count,
        reterr_why);
    *ret_still = err == ERR_NONE && count > 0;
    return err;
}

/* ---- ending ---- */

static json_t *detail_of(const struct draft_end *end, const char *prompt_hash)
{
    json_t *detail = json_object();
    if (end->reason)
        json_object_set_new(detail, "reason", json_text(end->reason));
    if (end->model)
        json_object_set_new(detail, "model", json_text(end->model));
    if (prompt_hash)
        json_object_set_new(detail, "prompt", json_text(prompt_hash));
    if (end->tokens_in > 0 || end->tokens_out > 0) {
        json_object_set_new(detail, "tokens_in", json_integer(end->tokens_in));
        json_object_set_new(detail, "tokens_out", json_integer(end->tokens_out));
    }
    return detail;
}

enum err draft_end(
    struct tx *tx, const struct draft_end *end, bool *ret_changed, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *hash = NULL;
    if (end->prompt) {
        struct sha256 digest = hash_sha256(end->prompt, strlen(end->prompt));
        hash = hash_hex(&scratch, digest.bytes, sizeof digest.bytes);
    }
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_draft_end,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("draft_id", end->draft_id),
            db_text("state", state_name(end->state)), db_text("reason", end->reason),
            db_int("now_ms", tx->now.ms), db_text("text", end->text),
            db_text("sources", end->sources), db_text("prompt", end->prompt),
            db_text("prompt_hash", hash), db_text("answer", end->answer),
            db_text("model", end->model), db_int("tokens_in", end->tokens_in),
            db_int("tokens_out", end->tokens_out), db_text("touch_id", end->touch_id)),
        &changed, reterr_why);
    *ret_changed = err == ERR_NONE && changed > 0;
    if (!*ret_changed)
        return err;
    JSON_AUTO detail = detail_of(end, hash);
    return audit_write(tx, arena_format(&scratch, "draft.%s", state_name(end->state)),
        end->patient_id, end->draft_id, detail, reterr_why);
}

enum err draft_spent(struct db *db, int64_t practice_id, struct instant since,
    struct draft_spending *ret_spending, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    *ret_spending = (struct draft_spending){0};
    enum err err = db_query(db, &sql_draft_spent,
        DB_ARGS(db_int("practice_id", practice_id), db_int("since_ms", since.ms)), &rows,
        reterr_why);
    if (err == ERR_NONE && db_next(rows))
        *ret_spending =
            (struct draft_spending){db_col_int(rows, 0), db_col_int(rows, 1), db_col_int(rows, 2)};
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* ---- what a colleague sees and does ---- */

enum err draft_of_thread(struct arena *arena, struct db *db, int64_t practice_id,
    const char *thread_id, struct draft_view *ret_view, bool *ret_found, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_draft_of_thread,
        DB_ARGS(db_int("practice_id", practice_id), db_text("thread_id", thread_id)), &rows,
        reterr_why);
    *ret_found = err == ERR_NONE && db_next(rows);
    if (*ret_found)
        *ret_view = (struct draft_view){.draft_id = db_col_copy(arena, rows, 0),
            .state = db_col_copy(arena, rows, 1),
            .reason = db_col_copy(arena, rows, 2),
            .text = db_col_copy(arena, rows, 3),
            .sources = db_col_copy(arena, rows, 4),
            .model = db_col_copy(arena, rows, 5),
            .wanted = {db_col_int(rows, 6)},
            .ended = {db_col_int(rows, 7)}};
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err draft_use(
    struct arena *arena, struct tx *tx, const struct draft_use *use, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg draft = db_text("draft_id", use->draft_id);
    enum err err = db_query(tx->db, &sql_draft_in_thread,
        DB_ARGS(practice, draft, db_text("thread_id", use->thread_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool found = db_next(rows);
    const char *shown = found ? db_col_copy(arena, rows, 0) : NULL;
    err = db_end(&rows, reterr_why);
    if (err == ERR_NONE && !found) {
        why_hint(reterr_why, "Load the conversation again");
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no such draft in this conversation");
    }
    bool edited = !text_is(shown, use->text);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_draft_use,
            DB_ARGS(practice, draft, db_text("touch_id", use->touch_id),
                db_text("approver", use->user_id), db_int("edited", edited)),
            NULL, reterr_why);
    JSON_AUTO detail = json_pack("{s:s, s:b}", "touch_id", use->touch_id, "edited", edited);
    return err == ERR_NONE
        ? audit_write(tx, "draft.used", use->patient_id, use->draft_id, detail, reterr_why)
        : err;
}

enum err draft_erase(struct erasing *erasing, struct why *reterr_why)
{
    static const struct erase_step step = {&sql_draft_erase, "pn", "drafts", true};
    return erase_run(erasing, &step, 1, reterr_why);
}
