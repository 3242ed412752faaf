/* forget.c: a person is erased: what they and we said goes, that something was said stays. */
#include "inbox/inbox.h"
#include "inbox_sql.h"

static enum err refuse_unread(struct erasing *erasing, struct why *reterr_why)
{
    int64_t unread = 0;
    enum err err = db_query_int(erasing->tx->db, &sql_inbox_erase_unread,
        DB_ARGS(db_int("practice_id", erasing->tx->practice_id),
            db_text("patient_id", erasing->patient_id)),
        &unread, reterr_why);
    if (err != ERR_NONE || unread == 0 || erasing->again)
        return err;
    why_set(reterr_why, ERR_CONFLICT, "a message of this patient has not been read yet");
    why_hint(reterr_why, "It may be a stop: let `serve` or `tick` read it first, then try again");
    return ERR_CONFLICT;
}

/* A layer has no words in it, but weights that they were learned from. */
static enum err unlearn(struct erasing *erasing, bool *ret_unlearned, struct why *reterr_why)
{
    struct tx *tx = erasing->tx;
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    DB_ROWS struct db_rows *rows = NULL;
    bool any = false;
    int64_t since_ms = 0, removed = 0;
    enum err err = db_query(tx->db, &sql_inbox_erase_first_lesson,
        DB_ARGS(practice, db_text("patient_id", erasing->patient_id)), &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows)) {
        any = !db_col_null(rows, 0);
        since_ms = db_col_int(rows, 0);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err == ERR_NONE && any)
        err = db_exec(tx, &sql_inbox_erase_layers, DB_ARGS(practice, db_int("since_ms", since_ms)),
            &removed, reterr_why);
    *ret_unlearned = removed > 0;
    return err;
}

enum err inbox_erase(struct erasing *erasing, bool *ret_unlearned, struct why *reterr_why)
{
    static const struct erase_step messages = {
        &sql_inbox_erase_messages, "pa", "messages_in", true};
    static const struct erase_step steps[] = {
        {&sql_inbox_erase_corrections, "p", "corrections", false},
        {&sql_inbox_erase_notes, "pa", "notes", false},
        {&sql_inbox_erase_threads, "pa", "conversations", false},
        {&sql_inbox_erase_tasks_done, "pn", "tasks", true},
        {&sql_inbox_erase_tasks, "p", "tasks", false},
    };
    bool unlearned = false;
    enum err err = refuse_unread(erasing, reterr_why);
    if (err == ERR_NONE)
        err = erase_run(erasing, &messages, 1, reterr_why);
    if (err == ERR_NONE)
        err = unlearn(erasing, &unlearned, reterr_why);
    if (err == ERR_NONE)
        err = erase_run(erasing, steps, sizeof(steps) / sizeof(steps[0]), reterr_why);
    if (err == ERR_NONE)
        *ret_unlearned = unlearned;
    return err;
}
