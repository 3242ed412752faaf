/* forget.c: see forget.h. */
#include "engine/forget.h"

#include "draft/draft_store.h"
#include "engagement/engagement.h"
#include "engine_sql.h"
#include "opening/opening.h"
#include "outbox/outbox.h"
#include "search/search.h"

static enum err keep_visits(struct erasing *erasing, struct why *reterr_why)
{
    const struct tx *tx = erasing->tx;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_engine_erase_visits,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", erasing->patient_id),
            db_int("now_ms", tx->now.ms)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        erase_keep_visit(erasing, db_col_text(rows, 0));
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* Who reads another room's rows to find its own comes before that room. */
static enum err erase_rooms(struct erasing *erasing, bool *ret_unlearned, struct why *reterr_why)
{
    static const struct erase_step parts = {&sql_engine_erase_parts, "p", NULL, false};
    enum err err = outbox_erase(erasing, reterr_why);
    if (err == ERR_NONE)
        err = inbox_erase(erasing, ret_unlearned, reterr_why);
    if (err == ERR_NONE)
        err = draft_erase(erasing, reterr_why);
    if (err == ERR_NONE)
        err = journey_erase(erasing, reterr_why);
    if (err == ERR_NONE)
        err = opening_erase(erasing, reterr_why);
    if (err == ERR_NONE)
        err = engagement_erase(erasing, reterr_why);
    if (err == ERR_NONE)
        err = search_erase(erasing, reterr_why);
    if (err == ERR_NONE)
        err = erase_run(erasing, &parts, 1, reterr_why);
    return err == ERR_NONE ? record_erase(erasing, reterr_why) : err;
}

enum err engine_erase(struct engine *engine, struct tx *tx, const char *patient_id,
    struct erasing *erasing, bool *ret_unlearned, struct why *reterr_why)
{
    enum err err =
        erase_open(&engine->tick, tx, engine->home->address_key, patient_id, erasing, reterr_why);
    if (err == ERR_NONE)
        err = keep_visits(erasing, reterr_why);
    return err == ERR_NONE ? erase_rooms(erasing, ret_unlearned, reterr_why) : err;
}

enum err engine_overwrite(struct engine *engine, struct tx *tx, struct why *reterr_why)
{
    enum err err = search_rewrite(tx, reterr_why);
    if (err == ERR_NONE)
        err = db_commit(tx, reterr_why);
    return err == ERR_NONE ? db_empty_log(engine->db, reterr_why) : err;
}
