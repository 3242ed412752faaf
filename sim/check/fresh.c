/* fresh.c: no "come back" leaves while the booking data is older than the practice allows. */
#include <inttypes.h>
#include <stdio.h>

#include "sim/check/check_rows.h"

enum err check_fresh(struct world *world, struct promise_check *check, struct why *reterr_why)
{
    char stale[512];
    snprintf(stale, sizeof(stale),
        "SELECT a.attempt_id FROM attempt a"
        " JOIN touch t ON t.practice_id = a.practice_id AND t.touch_id = a.touch_id"
        " WHERE a.practice_id = :practice_id AND t.purpose = 'marketing'"
        " AND NOT EXISTS (SELECT 1 FROM import_run r WHERE r.practice_id = a.practice_id"
        "  AND r.at_ms <= a.started_ms AND r.at_ms >= a.started_ms - %" PRId64 ")",
        world->home.practice.booking_data_age_ms_max);
    enum err err = check_count(world,
        "SELECT count(*) FROM attempt WHERE practice_id = :practice_id", check, reterr_why);
    return err == ERR_NONE
        ? check_violations(world, stale, "sent on stale data", check, reterr_why)
        : err;
}
