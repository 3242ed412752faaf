/* pinned.c: an enrollment and all its touches run on one version, and that version's text is
 * stored; only a person moves one, and then what came after runs on that. */
#include "sim/check/check_rows.h"

enum err check_pinned(struct world *world, struct promise_check *check, struct why *reterr_why)
{
    static const char other_version[] =
        "SELECT t.touch_id FROM touch t JOIN enrollment e ON e.practice_id = t.practice_id"
        " AND e.enrollment_id = t.enrollment_id"
        " WHERE t.practice_id = :practice_id AND t.version <> e.version"
        " AND NOT EXISTS (SELECT 1 FROM enrollment_event m WHERE m.practice_id = t.practice_id"
        "  AND m.enrollment_id = t.enrollment_id AND m.kind = 'migrated'"
        "  AND t.ended_ms IS NOT NULL AND t.ended_ms <= m.at_ms)";
    static const char unknown_version[] =
        "SELECT e.enrollment_id FROM enrollment e WHERE e.practice_id = :practice_id"
        " AND NOT EXISTS (SELECT 1 FROM playbook_version v WHERE v.practice_id = e.practice_id"
        "  AND v.playbook = e.playbook AND v.version = e.version)";
    enum err err = check_count(world,
        "SELECT count(*) FROM enrollment WHERE practice_id = :practice_id", check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(world, other_version, "runs on another version", check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(
            world, unknown_version, "its version is not stored", check, reterr_why);
    return err;
}
