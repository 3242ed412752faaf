/* explained.c: for every patient with a clock there is an answer: enrolled once, or a reason why
 * not; and every touch that did not go says why. */
#include "sim/check/check_rows.h"

enum err check_explained(struct world *world, struct promise_check *check, struct why *reterr_why)
{
    static const char silent[] =
        "SELECT touch_id FROM touch WHERE practice_id = :practice_id AND code IS NULL"
        " AND state IN ('dropped', 'skipped', 'cancelled', 'failed', 'unconfirmed', 'waiting')";
    static const char eventless[] =
        "SELECT e.enrollment_id FROM enrollment e WHERE e.practice_id = :practice_id"
        " AND NOT EXISTS (SELECT 1 FROM enrollment_event v WHERE v.practice_id = e.practice_id"
        "  AND v.enrollment_id = e.enrollment_id AND v.kind = 'entered')";
    static const char reasonless[] =
        "SELECT enrollment_id FROM enrollment WHERE practice_id = :practice_id"
        " AND state = 'ended' AND exit IS NULL";
    enum err err = check_count(world,
        "SELECT (SELECT count(*) FROM touch WHERE practice_id = :practice_id)"
        " + (SELECT count(*) FROM enrollment WHERE practice_id = :practice_id)",
        check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(world, silent, "did not go and does not say why", check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(world, eventless, "has no entry in its history", check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(world, reasonless, "ended without an exit", check, reterr_why);
    return err;
}
