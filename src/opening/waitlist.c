/* waitlist.c: who waits, what was named to them, what they passed over. */
#include "opening/waitlist.h"

#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/json.h"
#include "base/text.h"
#include "opening/choice_kept.h"
#include "opening_sql.h"

static const char *const state_names[WAITLIST_STATE_MAX] = {"waiting", "named", "booked", "ended"};

const char *waitlist_state_name(enum waitlist_state state)
{
    assert(state < WAITLIST_STATE_MAX);
    return state_names[state];
}

static enum waitlist_state state_of(const char *text)
{
    int state = 0;
    while (state < WAITLIST_STATE_MAX && !text_is(text, state_names[state]))
        state++;
    assert(state < WAITLIST_STATE_MAX);
    return (enum waitlist_state)state;
}

/* ---- states ---- */

static enum err note(struct tx *tx, const char *action, const char *patient_id, const char *wait_id,
    const char *reason, struct why *reterr_why)
{
    JSON_AUTO detail = reason ? json_pack("{s:s}", "reason", reason) : NULL;
    return audit_write(tx, action, patient_id, wait_id, detail, reterr_why);
}

static enum err set_state(struct tx *tx, const struct waiting *waiting, enum waitlist_state from,
    enum waitlist_state to, const char *opening_id, bool passed, bool *ret_changed,
    struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_opening_set_wait,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("wait_id", waiting->wait_id),
            db_text("old_state", state_names[from]), db_text("state", state_names[to]),
            db_text("opening_id", opening_id), db_int("passed", passed),
            db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    *ret_changed = changed > 0;
    return err;
}

enum err waitlist_end(struct tx *tx, const char *patient_id, enum waitlist_state state,
    const char *reason, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_opening_end_wait,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_text("state", state_names[state]), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    return err == ERR_NONE && changed > 0
        ? note(tx, state == WAITLIST_BOOKED ? "waitlist.booked" : "waitlist.ended", patient_id,
            NULL, reason, reterr_why)
        : err;
}

enum err waitlist_add(struct tx *tx, const struct schedule *schedule, const struct waiting *waiting,
    struct id *ret_wait, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct id id = ids_next(tx->ids, tx->now);
    JSON_AUTO wish = choice_kept(schedule, &waiting->wish);
    enum err err = waitlist_end(tx, waiting->patient_id, WAITLIST_ENDED, "replaced", reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_opening_add_wait,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("wait_id", id.text),
                db_text("patient_id", waiting->patient_id), db_text("service", waiting->service),
                db_text("wish", json_text_of(&scratch, wish)), db_text("said", waiting->said),
                db_text("source", waiting->source), db_int("before_ms", waiting->before.ms),
                db_int("until_ms", waiting->until.ms), db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    if (err == ERR_NONE)
        err = note(tx, "waitlist.added", waiting->patient_id, id.text, waiting->source, reterr_why);
    if (err == ERR_NONE)
        *ret_wait = id;
    return err;
}

enum err waitlist_name(struct tx *tx, const struct waiting *waiting, const struct opening *opening,
    const json_t *why, struct why *reterr_why)
{
    bool changed = false;
    enum err err = set_state(tx, waiting, WAITLIST_WAITING, WAITLIST_NAMED, opening->opening_id,
        false, &changed, reterr_why);
    if (err == ERR_NONE && !changed)
        return why_set(reterr_why, ERR_CONFLICT, "this patient waits no more");
    return err == ERR_NONE
        ? audit_write(tx, "waitlist.named", waiting->patient_id, waiting->wait_id, why, reterr_why)
        : err;
}

enum err waitlist_refuse(
    struct tx *tx, const char *wait_id, struct instant start, struct why *reterr_why)
{
    return db_exec(tx, &sql_opening_refuse_wait,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("wait_id", wait_id),
            db_int("start_ms", start.ms)),
        NULL, reterr_why);
}

enum err waitlist_pass(struct tx *tx, const struct waiting *waiting, const struct opening *opening,
    struct why *reterr_why)
{
    bool changed = false, last = waiting->passes + 1 >= WAITLIST_PASSES_MAX;
    enum err err = set_state(tx, waiting, WAITLIST_NAMED, last ? WAITLIST_ENDED : WAITLIST_WAITING,
        NULL, true, &changed, reterr_why);
    if (err == ERR_NONE && changed)
        err = waitlist_refuse(tx, waiting->wait_id, opening->start, reterr_why);
    if (err == ERR_NONE && changed)
        err = note(tx, "waitlist.passed", waiting->patient_id, waiting->wait_id,
            opening_state_name(opening->state), reterr_why);
    return err == ERR_NONE && changed && last ? note(tx, "waitlist.ended", waiting->patient_id,
               waiting->wait_id, "passed_over", reterr_why)
                                              : err;
}

/* The practice's turn first: who looks at the calendar right now and finds nothing must not put
 * off afterwards what this wakes. */
enum err waitlist_wake(struct tx *tx, struct why *reterr_why)
{
    struct instant next;
    enum err err = waitlist_next(tx->db, tx->practice_id, &next, NULL);
    if (err == ERR_NOT_FOUND)
        return ERR_NONE;
    if (err != ERR_NONE)
        return why_set(reterr_why, err, "the waitlist cannot be read");
    err = db_exec(
        tx, &sql_opening_turn, DB_ARGS(db_int("practice_id", tx->practice_id)), NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    return db_exec(tx, &sql_opening_wake_waits,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_int("now_ms", tx->now.ms)), NULL,
        reterr_why);
}

enum err waitlist_put_off(
    struct tx *tx, const char *wait_id, struct instant next, struct why *reterr_why)
{
    return db_exec(tx, &sql_opening_put_off_wait,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("wait_id", wait_id),
            db_int("next_ms", next.ms)),
        NULL, reterr_why);
}

enum err waitlist_look_again(struct tx *tx, struct instant next, struct why *reterr_why)
{
    return db_exec(tx, &sql_opening_look_again,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_int("now_ms", tx->now.ms),
            db_int("next_ms", next.ms)),
        NULL, reterr_why);
}

enum err waitlist_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why)
{
    enum err err = db_exec(tx, &sql_opening_move_waits,
        DB_ARGS(
            db_int("practice_id", tx->practice_id), db_text("gone", gone), db_text("into", into)),
        NULL, reterr_why);
    return err == ERR_NONE ? waitlist_end(tx, gone, WAITLIST_ENDED, "merged", reterr_why) : err;
}

/* ---- reading ---- */

enum err waitlist_next(
    struct db *db, int64_t practice_id, struct instant *ret_next, struct why *reterr_why)
{
    int64_t next_ms = 0;
    enum err err = db_query_int(db, &sql_opening_next_wait,
        DB_ARGS(db_int("practice_id", practice_id)), &next_ms, reterr_why);
    if (err == ERR_NONE && next_ms == 0)
        return why_set(reterr_why, ERR_NOT_FOUND, "nobody waits");
    if (err == ERR_NONE)
        *ret_next = (struct instant){next_ms};
    return err;
}

enum err waitlist_read(struct arena *arena, struct db *db, int64_t practice_id,
    const struct schedule *schedule, const char *patient_id, struct waiting **ret_list,
    size_t *ret_count, struct why *reterr_why)
{
    struct waiting *list = ARENA_NEW(arena, struct waiting, WAITLIST_READ_MAX);
    size_t count = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_opening_read_waits,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", patient_id),
            db_text("ours", OPENING_APPOINTMENT_PREFIX "%"), db_int("limit", WAITLIST_READ_MAX)),
        &rows, reterr_why);
    while (err == ERR_NONE && count < WAITLIST_READ_MAX && db_next(rows)) {
        struct waiting *waiting = &list[count++];
        *waiting = (struct waiting){.wait_id = db_col_copy(arena, rows, 0),
            .patient_id = db_col_copy(arena, rows, 1),
            .service = db_col_copy(arena, rows, 2),
            .said = db_col_copy(arena, rows, 4),
            .source = db_col_copy(arena, rows, 5),
            .state = state_of(db_col_text(rows, 6)),
            .opening_id = db_col_copy(arena, rows, 7),
            .passes = db_col_int(rows, 8),
            .next = {db_col_int(rows, 9)},
            .since = {db_col_int(rows, 10)},
            .until = {db_col_int(rows, 11)},
            .visit = {db_col_null(rows, 12) ? 0 : db_col_int(rows, 12)},
            .before = {db_col_int(rows, 13)}};
        err = choice_of_kept(schedule, db_col_text(rows, 3), &waiting->wish, reterr_why);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_list = list;
    *ret_count = count;
    return ERR_NONE;
}

enum err waitlist_patient(struct arena *arena, struct db *db, int64_t practice_id,
    const char *wait_id, const char **ret_patient, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_opening_wait_patient,
        DB_ARGS(db_int("practice_id", practice_id), db_text("wait_id", wait_id)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *patient_id = db_next(rows) ? db_col_copy(arena, rows, 0) : NULL;
    err = db_end(&rows, reterr_why);
    if (err == ERR_NONE && !patient_id)
        return why_set(reterr_why, ERR_NOT_FOUND, "nobody waits under this number");
    if (err == ERR_NONE)
        *ret_patient = patient_id;
    return err;
}

enum err waitlist_refused(struct arena *arena, struct db *db, int64_t practice_id,
    const char *wait_id, struct instant **ret_starts, size_t *ret_count, struct why *reterr_why)
{
    struct instant *starts = NULL;
    size_t count = 0, capacity = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_opening_refused_waits,
        DB_ARGS(db_int("practice_id", practice_id), db_text("wait_id", wait_id)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        if (count == capacity) {
            size_t bigger = capacity ? capacity * 2 : 8;
            starts =
                arena_grow(arena, starts, capacity * sizeof(*starts), bigger * sizeof(*starts));
            capacity = bigger;
        }
        starts[count++] = (struct instant){db_col_int(rows, 0)};
    }
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_starts = starts;
    *ret_count = count;
    return ERR_NONE;
}
