/* audited.c: every send, opt-out and enrollment left its audit row, and the chains are intact. */
#include "audit/audit.h"
#include "sim/check/check_rows.h"

enum err check_audited(struct world *world, struct promise_check *check, struct why *reterr_why)
{
    static const char sends[] =
        "SELECT a.attempt_id FROM attempt a WHERE a.practice_id = :practice_id"
        " AND NOT EXISTS (SELECT 1 FROM audit u WHERE u.practice_id = a.practice_id"
        "  AND u.subject_id = a.touch_id AND u.action = 'touch.sending'"
        "  AND u.at_ms = a.started_ms)";
    static const char stops[] =
        "SELECT s.address_hash FROM suppression s WHERE s.practice_id = :practice_id"
        " AND NOT EXISTS (SELECT 1 FROM audit u WHERE u.practice_id = s.practice_id"
        "  AND u.action LIKE 'suppression.%' AND u.at_ms = s.created_ms)"
        " AND s.source NOT LIKE 'import%'";
    struct audit_check chains = {0};
    enum err err = audit_verify(world->db, &chains, reterr_why);
    if (err != ERR_NONE)
        return err;
    check->checked += chains.rows;
    if (chains.broken)
        promise_broken(check, "the chain \"%s\" breaks: %s", chains.writer, chains.reason);
    err = check_violations(world, sends, "sent without an audit row", check, reterr_why);
    if (err == ERR_NONE)
        err = check_violations(world, stops, "stopped without an audit row", check, reterr_why);
    return err;
}
