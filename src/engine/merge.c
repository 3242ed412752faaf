/* merge.c: two records turned out to be one person: every room moves what it holds, in one tx. */
#include "engagement/engagement.h"
#include "engine/engine_int.h"
#include "engine_sql.h"
#include "opening/opening.h"
#include "outbox/outbox.h"
#include "record/record.h"

enum err engine__merge(struct engine *engine, struct tx *tx, struct why *reterr_why)
{
    struct record_merge *merges;
    size_t count;
    enum err err = record_read_merges(
        &engine->tick, tx->db, tx->practice_id, tx->now, &merges, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        err = db_exec(tx, &sql_engine_parts_keep,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", merges[i].gone)), NULL,
            reterr_why);
        if (err == ERR_NONE)
            err = journey_move_patient(tx, merges[i].gone, merges[i].into, reterr_why);
        if (err == ERR_NONE)
            err = outbox_move_patient(tx, merges[i].gone, merges[i].into, reterr_why);
        if (err == ERR_NONE)
            err = inbox_move_patient(tx, merges[i].gone, merges[i].into, reterr_why);
        if (err == ERR_NONE)
            err = opening_move_patient(tx, merges[i].gone, merges[i].into, reterr_why);
        if (err == ERR_NONE)
            err = engagement_move_patient(tx, merges[i].gone, merges[i].into, reterr_why);
    }
    return err;
}
