/* thread.c: a conversation in which something waits for a person stays open until it is seen to. */
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "inbox/alert.h"
#include "inbox/inbox_int.h"
#include "inbox_sql.h"

enum { URGENCY_COUNT = 2 };

static const char *const urgencies[URGENCY_COUNT] = {"emergency", "same_day"};

static int rank_of(const char *urgency)
{
    int rank = 0;
    while (rank < URGENCY_COUNT && !text_is(urgency, urgencies[rank]))
        rank++;
    return rank;
}

/* What tasks of other messages than `inbound_id` keep open: ret_rank of the urgent one's, if any.
 */
static enum err read_kept(struct tx *tx, const char *thread_id, const char *inbound_id,
    bool *ret_waits, int *ret_rank, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_inbox_kept_urgency,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("thread_id", thread_id),
            db_text("inbound_id", inbound_id), db_text("urgent", INBOX_ALERT_URGENT)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_waits = db_next(rows);
    const bool urgent = *ret_waits && text_is(db_col_text(rows, 1), INBOX_ALERT_URGENT);
    *ret_rank = urgent ? rank_of(db_col_text(rows, 0)) : URGENCY_COUNT;
    return db_end(&rows, reterr_why);
}

enum err inbox__keep_urgency(struct tx *tx, const char *thread_id, const char *inbound_id,
    const struct inbox_reading *reading, bool *ret_waits, const char **ret_urgency,
    struct why *reterr_why)
{
    bool waits = false;
    int rank = URGENCY_COUNT;
    enum err err = read_kept(tx, thread_id, inbound_id, &waits, &rank, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_waits = waits;
    *ret_urgency = rank < rank_of(reading->urgency) ? urgencies[rank] : reading->urgency;
    return ERR_NONE;
}

struct settling {
    const char *thread_id, *patient_id, *urgency; /* NULL: nothing was kept */
    bool closes;
};

/* Where neither the urgency nor the open conversation was an earlier message's, the newest one
 * holds already. */
static void read_settling(struct arena *arena, const struct db_rows *rows, struct settling *out)
{
    const char *reading = db_col_text(rows, 5);
    JSON_AUTO json = NULL;
    if (!reading || json_parse(reading, strlen(reading), &json, NULL) != ERR_NONE)
        return;
    const char *urgency = json_string_value(json_object_get(json, "urgency"));
    const bool kept = db_col_int(rows, 6) == 1; /* open for its sake, whatever was written later */
    const char *stop = db_col_text(rows, 4);
    const bool closes = !text_is(stop, "unsure")
        && (text_is(stop, "yes") || text_is(db_col_text(rows, 3), "close"));
    if (!urgency || (!(kept && closes) && rank_of(urgency) == rank_of(db_col_text(rows, 2))))
        return;
    out->thread_id = db_col_copy(arena, rows, 0);
    out->patient_id = db_col_copy(arena, rows, 1);
    out->urgency = arena_text(arena, urgency);
    out->closes = closes;
}

enum err inbox__settle_thread(struct tx *tx, const char *task_id, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct settling settling = {0};
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_inbox_kept_open,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("task_id", task_id),
            db_text("urgent", INBOX_ALERT_URGENT)),
        &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows))
        read_settling(&scratch, rows, &settling);
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    bool waits = false;
    int rank = URGENCY_COUNT;
    if (err == ERR_NONE && settling.thread_id)
        err = read_kept(tx, settling.thread_id, "", &waits, &rank, reterr_why);
    if (err != ERR_NONE || !settling.thread_id || rank < URGENCY_COUNT)
        return err;
    settling.closes = settling.closes && !waits;
    err = db_exec(tx, &sql_inbox_settle_thread,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("thread_id", settling.thread_id),
            db_text("state", settling.closes ? "closed" : "open"),
            db_text("urgency", settling.urgency), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    return err == ERR_NONE ? audit_write(tx, settling.closes ? "thread.closed" : "thread.changed",
               settling.patient_id, settling.thread_id, NULL, reterr_why)
                           : err;
}
