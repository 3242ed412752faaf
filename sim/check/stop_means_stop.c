/* stop_means_stop.c: once an opt-out, a pause, a booking or a human reply is recorded, no later
 * send begins for what it covers; a confirmation of the opt-out is the one exception the law makes.
 */
#include "sim/check/check_rows.h"

enum err check_stop_means_stop(
    struct world *world, struct promise_check *check, struct why *reterr_why)
{
    static const char opted_out[] =
        "SELECT a.attempt_id FROM suppression s"
        " JOIN touch t ON t.practice_id = s.practice_id AND t.address = s.address"
        "  AND (s.channel = 'all' OR s.channel = t.channel)"
        " JOIN attempt a ON a.practice_id = t.practice_id AND a.touch_id = t.touch_id"
        " WHERE s.practice_id = :practice_id AND s.lifted_ms IS NULL"
        "  AND a.started_ms > s.created_ms AND t.purpose <> 'answer'";
    static const char booked[] =
        "SELECT a.attempt_id FROM appointment b"
        " JOIN touch t ON t.practice_id = b.practice_id AND t.patient_id = b.patient_id"
        " JOIN attempt a ON a.practice_id = t.practice_id AND a.touch_id = t.touch_id"
        " WHERE b.practice_id = :practice_id AND t.purpose = 'marketing'"
        "  AND a.started_ms > b.first_seen_ms AND a.started_ms < b.start_ms"
        "  AND b.status IN ('booked', 'confirmed', 'completed', 'no_show')";
    static const char replied[] =
        "SELECT a.attempt_id FROM inbound i"
        " JOIN enrollment e ON e.practice_id = i.practice_id AND e.patient_id = i.patient_id"
        "  AND e.entered_ms < i.folded_ms"
        " JOIN touch t ON t.practice_id = e.practice_id AND t.enrollment_id = e.enrollment_id"
        " JOIN attempt a ON a.practice_id = t.practice_id AND a.touch_id = t.touch_id"
        "  AND a.started_ms > i.folded_ms"
        " WHERE i.practice_id = :practice_id AND NOT EXISTS (SELECT 1 FROM enrollment_event v"
        "  WHERE v.practice_id = e.practice_id AND v.enrollment_id = e.enrollment_id"
        "   AND v.kind = 'released' AND v.at_ms >= i.folded_ms AND v.at_ms <= a.started_ms)";
    enum err err = check_count(world,
        "SELECT (SELECT count(*) FROM suppression WHERE practice_id = :practice_id)"
        " + (SELECT count(*) FROM inbound WHERE practice_id = :practice_id)",
        check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(world, opted_out, "sent after an opt-out", check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(world, booked, "sent after a booking", check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(world, replied, "sent after a reply", check, reterr_why);
    return err;
}
