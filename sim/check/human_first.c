/* human_first.c: a message that may be urgent, or may ask us to stop, raised a task for a person in
 * the same transaction, and nothing automatic went to that patient before a person had released it.
 */
#include "sim/check/check_rows.h"

enum err check_human_first(struct world *world, struct promise_check *check, struct why *reterr_why)
{
    static const char no_task[] =
        "SELECT i.inbound_id FROM inbound i WHERE i.practice_id = :practice_id"
        " AND i.patient_id IS NOT NULL"
        " AND (i.stop = 'unsure' OR i.reading LIKE '%\"urgency\":\"same_day\"%'"
        "  OR i.reading LIKE '%\"urgency\":\"emergency\"%')"
        " AND NOT EXISTS (SELECT 1 FROM task k WHERE k.practice_id = i.practice_id"
        "  AND k.patient_id = i.patient_id AND k.created_ms <= i.folded_ms"
        "  AND (k.ended_ms IS NULL OR k.ended_ms >= i.folded_ms))";
    static const char spoke[] =
        "SELECT a.attempt_id FROM inbound i"
        " JOIN touch t ON t.practice_id = i.practice_id AND t.patient_id = i.patient_id"
        "  AND t.purpose = 'marketing'"
        " JOIN attempt a ON a.practice_id = t.practice_id AND a.touch_id = t.touch_id"
        "  AND a.started_ms > i.folded_ms"
        " WHERE i.practice_id = :practice_id"
        " AND (i.stop = 'unsure' OR i.reading LIKE '%\"urgency\":\"same_day\"%'"
        "  OR i.reading LIKE '%\"urgency\":\"emergency\"%')"
        " AND NOT EXISTS (SELECT 1 FROM task k WHERE k.practice_id = i.practice_id"
        "  AND k.patient_id = i.patient_id AND k.ended_ms >= i.folded_ms"
        "  AND k.ended_ms <= a.started_ms)";
    enum err err = check_count(
        world, "SELECT count(*) FROM inbound WHERE practice_id = :practice_id", check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(world, no_task, "no person was told", check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(world, spoke, "automation spoke before a person", check, reterr_why);
    return err;
}
