/* part.c: a person was parted in two: conversations, messages and tasks go back. */
#include <string.h>

#include "audit/audit.h"
#include "inbox/inbox.h"
#include "inbox_sql.h"

struct parting {
    struct tx *tx;
    const char *into, *gone; /* who stays, who leaves */
    const struct inbox_parts *parts;
};

static enum err run(
    struct parting *parting, const struct sql *sql, const char *list, struct why *reterr_why)
{
    return db_exec(parting->tx, sql,
        DB_ARGS(db_int("practice_id", parting->tx->practice_id), db_text("into", parting->into),
            db_text("gone", parting->gone), db_text("ids", list)),
        NULL, reterr_why);
}

static enum err count(struct parting *parting, const struct sql *sql, const char *patient_id,
    int64_t *ret_count, struct why *reterr_why)
{
    return db_query_int(parting->tx->db, sql,
        DB_ARGS(db_int("practice_id", parting->tx->practice_id), db_text("patient_id", patient_id)),
        ret_count, reterr_why);
}

/* A conversation of their own for what they wrote. */
static enum err open_thread(struct parting *parting, const char *patient_id, const char *thread_id,
    const char *address, struct why *reterr_why)
{
    struct tx *tx = parting->tx;
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg patient = db_text("patient_id", patient_id);
    const struct db_arg thread = db_text("thread_id", thread_id);
    enum err err = db_exec(tx, &sql_inbox_new_thread,
        DB_ARGS(
            practice, patient, thread, db_text("address", address), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    return err == ERR_NONE ? db_exec(
               tx, &sql_inbox_gather_inbound, DB_ARGS(practice, patient, thread), NULL, reterr_why)
                           : err;
}

static enum err move_notes(
    struct parting *parting, const char *from, const char *to, bool listed, struct why *reterr_why)
{
    return db_exec(parting->tx, listed ? &sql_inbox_return_notes : &sql_inbox_keep_notes,
        DB_ARGS(db_int("practice_id", parting->tx->practice_id), db_text("from_thread", from),
            db_text("to_thread", to), db_text("ids", parting->parts->notes)),
        NULL, reterr_why);
}

static enum err thread_of(
    struct parting *parting, struct arena *arena, const char **ret_thread, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    *ret_thread = NULL;
    enum err err = db_query(parting->tx->db, &sql_inbox_thread_of,
        DB_ARGS(
            db_int("practice_id", parting->tx->practice_id), db_text("patient_id", parting->into)),
        &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows))
        *ret_thread = db_col_copy(arena, rows, 0);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* The one conversation was that of the one who leaves: it goes along, and who stays gets another
 * for what is theirs. */
static enum err give_thread(struct parting *parting, struct why *reterr_why)
{
    const char *thread_id = parting->parts->thread_id;
    int64_t left = 0;
    enum err err = db_exec(parting->tx, &sql_inbox_give_thread,
        DB_ARGS(db_int("practice_id", parting->tx->practice_id), db_text("gone", parting->gone),
            db_text("thread_id", thread_id)),
        NULL, reterr_why);
    if (err == ERR_NONE)
        err = count(parting, &sql_inbox_count_inbound, parting->into, &left, reterr_why);
    if (err != ERR_NONE || left == 0)
        return err;
    struct id id = ids_next(parting->tx->ids, parting->tx->now);
    err = open_thread(parting, parting->into, id.text, NULL, reterr_why);
    return err == ERR_NONE ? move_notes(parting, thread_id, id.text, false, reterr_why) : err;
}

static enum err part_threads(struct parting *parting, struct arena *arena, struct why *reterr_why)
{
    const struct inbox_parts *parts = parting->parts;
    const char *standing = NULL;
    int64_t moved = 0;
    enum err err = thread_of(parting, arena, &standing, reterr_why);
    if (err == ERR_NONE)
        err = count(parting, &sql_inbox_count_inbound, parting->gone, &moved, reterr_why);
    if (err != ERR_NONE || (moved == 0 && !parts->thread_id))
        return err;
    if (standing && parts->thread_id && strcmp(standing, parts->thread_id) == 0)
        return give_thread(parting, reterr_why);
    struct id id = ids_next(parting->tx->ids, parting->tx->now);
    const char *fresh = parts->thread_id ? parts->thread_id : id.text;
    err = open_thread(parting, parting->gone, fresh, parts->address, reterr_why);
    return err == ERR_NONE && standing ? move_notes(parting, standing, fresh, true, reterr_why)
                                       : err;
}

enum err inbox_return_patient(struct tx *tx, const char *into, const char *gone,
    const struct inbox_parts *parts, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct parting parting = {.tx = tx, .into = into, .gone = gone, .parts = parts};
    enum err err = run(&parting, &sql_inbox_return_inbound, parts->inbound, reterr_why);
    if (err == ERR_NONE)
        err = run(&parting, &sql_inbox_return_tasks, parts->tasks, reterr_why);
    if (err == ERR_NONE)
        err = part_threads(&parting, &scratch, reterr_why);
    const char *const both[] = {into, gone};
    for (int i = 0; i < 2 && err == ERR_NONE; i++)
        err = db_exec(tx, &sql_inbox_thread_times,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", both[i])), NULL,
            reterr_why);
    return err == ERR_NONE ? audit_write(tx, "thread.parted", gone, NULL, NULL, reterr_why) : err;
}
