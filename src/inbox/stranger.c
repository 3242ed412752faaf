/* stranger.c: a sender whom nobody knew has turned out to be a patient. */
#include "audit/audit.h"
#include "inbox/inbox_int.h"
#include "inbox_sql.h"

static enum err find_thread(struct arena *arena, struct tx *tx, const struct sql *sql,
    struct db_arg whose, const char **ret_thread, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    *ret_thread = NULL;
    enum err err = db_query(
        tx->db, sql, DB_ARGS(db_int("practice_id", tx->practice_id), whose), &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows))
        *ret_thread = db_col_copy(arena, rows, 0);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* Into the conversation that the patient has. */
static enum err gather(
    struct tx *tx, const char *from_thread, const char *to_thread, struct why *reterr_why)
{
    static const struct sql *const steps[] = {
        &sql_inbox_gather_thread, &sql_inbox_gather_messages, &sql_inbox_gather_notes};
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg from = db_text("from_thread", from_thread);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && err == ERR_NONE; i++)
        err = db_exec(tx, steps[i], DB_ARGS(practice, from, db_text("to_thread", to_thread)), NULL,
            reterr_why);
    return err == ERR_NONE
        ? db_exec(tx, &sql_inbox_end_stranger, DB_ARGS(practice, from), NULL, reterr_why)
        : err;
}

static enum err join(
    struct tx *tx, const char *thread_id, const char *patient_id, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg thread = db_text("thread_id", thread_id);
    const struct db_arg patient = db_text("patient_id", patient_id);
    const char *theirs = NULL;
    enum err err = inbox__take_tasks(tx, thread_id, patient_id, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_inbox_stranger_tasks_done, DB_ARGS(practice, thread, patient), NULL,
            reterr_why);
    if (err == ERR_NONE)
        err = db_exec(
            tx, &sql_inbox_stranger_messages, DB_ARGS(practice, thread, patient), NULL, reterr_why);
    if (err == ERR_NONE)
        err = find_thread(&scratch, tx, &sql_inbox_find_thread, patient, &theirs, reterr_why);
    if (err == ERR_NONE)
        err = theirs ? gather(tx, thread_id, theirs, reterr_why)
                     : db_exec(tx, &sql_inbox_name_thread, DB_ARGS(practice, thread, patient), NULL,
                         reterr_why);
    return err == ERR_NONE ? audit_write(
               tx, "thread.joined", patient_id, theirs ? theirs : thread_id, NULL, reterr_why)
                           : err;
}

enum err inbox__join_sender(
    struct tx *tx, const char *address, const char *patient_id, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *thread_id = NULL;
    enum err err = find_thread(&scratch, tx, &sql_inbox_find_thread_by_address,
        db_text("address", address), &thread_id, reterr_why);
    return err == ERR_NONE && thread_id ? join(tx, thread_id, patient_id, reterr_why) : err;
}

enum err inbox_join_strangers(struct arena *tick, struct tx *tx, const char *const *patient_ids,
    size_t count, struct inbox_joined **ret_joined, size_t *ret_count, struct why *reterr_why)
{
    struct inbox_joined *joined = NULL;
    size_t found = 0, capacity = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_inbox_strangers_of,
        DB_ARGS(db_int("practice_id", tx->practice_id),
            db_text("ids", db_list(tick, patient_ids, count))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (found == capacity) {
            size_t grown = capacity ? capacity * 2 : 8;
            joined = arena_grow(tick, joined, capacity * sizeof *joined, grown * sizeof *joined);
            capacity = grown;
        }
        joined[found++] = (struct inbox_joined){.thread_id = db_col_copy(tick, rows, 0),
            .address = db_col_copy(tick, rows, 1),
            .patient_id = db_col_copy(tick, rows, 2)};
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    for (size_t i = 0; i < found && err == ERR_NONE; i++)
        err = join(tx, joined[i].thread_id, joined[i].patient_id, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_joined = joined;
    *ret_count = found;
    return ERR_NONE;
}
