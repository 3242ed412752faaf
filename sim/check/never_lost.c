/* never_lost.c: a touch is always in exactly one state, every state that is not final has a time at
 * which somebody looks again, and after the calm nothing is long overdue. */
#include <inttypes.h>
#include <stdio.h>

#include "sim/check/check_rows.h"

enum { OVERDUE_HOURS_MAX = 24 };

enum err check_never_lost(struct world *world, struct promise_check *check, struct why *reterr_why)
{
    static const char no_time[] =
        "SELECT touch_id FROM touch WHERE practice_id = :practice_id AND next_ms IS NULL"
        " AND state IN ('due', 'waiting', 'sending', 'in_doubt')";
    static const char still_timed[] =
        "SELECT touch_id FROM touch WHERE practice_id = :practice_id AND next_ms IS NOT NULL"
        " AND state NOT IN ('due', 'waiting', 'sending', 'in_doubt')";
    enum err err = check_count(
        world, "SELECT count(*) FROM touch WHERE practice_id = :practice_id", check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(world, no_time, "nobody looks at it again", check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(world, still_timed, "final and still timed", check, reterr_why);
    if (err != ERR_NONE || world->down)
        return err;
    char overdue[256];
    snprintf(overdue, sizeof(overdue),
        "SELECT touch_id FROM touch WHERE practice_id = :practice_id AND next_ms < %" PRId64,
        world->now.ms - OVERDUE_HOURS_MAX * MS_PER_HOUR);
    return check_violations(world, overdue, "overdue after the calm", check, reterr_why);
}
