/* fresh.c: no "come back" leaves while the booking data is older than the practice allows. When the
 * booking system exported is the world's own memory, not the store's. */
#include "sim/check/check_rows.h"

static bool was_fresh(const struct world *world, struct instant at)
{
    int64_t age_ms_max = world->home.practice.booking_data_age_ms_max;
    for (size_t i = world->export_count; i > 0; i--) {
        if (!instant_before(at, world->exports[i - 1]))
            return at.ms - world->exports[i - 1].ms <= age_ms_max;
    }
    return false;
}

enum err check_fresh(struct world *world, struct promise_check *check, struct why *reterr_why)
{
    static const struct sql sends = {"fresh_sends",
        "SELECT a.attempt_id, a.started_ms FROM attempt a"
        " JOIN touch t ON t.practice_id = a.practice_id AND t.touch_id = a.touch_id"
        " WHERE a.practice_id = :practice_id AND t.purpose = 'marketing' ORDER BY a.attempt_id",
        NULL};
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(world->db, &sends,
        DB_ARGS(db_int("practice_id", world->home.practice.practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        check->checked++;
        if (!was_fresh(world, (struct instant){db_col_int(rows, 1)}))
            promise_broken(check, "attempt %s began on stale booking data", db_col_text(rows, 0));
    }
    return db_end(&rows, reterr_why);
}
