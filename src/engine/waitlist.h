/* waitlist.h: a time that became free goes to whom it helps most.              (part of engine)
 *
 * Place in the flow: a round of engine_step, after what came in was read. What is free is asked of
 * opening; who may be written to, of the gate.
 *
 * Invariants
 *  (1) A time is held before it is named, in one transaction: no two patients are named one.
 *  (2) One time per patient, for ENGINE_WAITLIST_MS; then the next patient's turn.
 *  (3) Whom it helps most: the one whose visit moves forward by the most days; who has no visit
 *      counts as if theirs were on the last day that may be offered. Of equals, who waits longest.
 *      The audit row of the naming says by how much, and among how many.
 *  (4) The message passes the gate like every other; who may not be texted is called by the desk,
 *      who said stop waits no more.
 *
 * Calling sequence: engine_join_waitlist for who asks; the engine does the rest. Memory: the tick.
 */
#ifndef PERENNIAL_ENGINE_WAITLIST_H
#define PERENNIAL_ENGINE_WAITLIST_H

#include "engine/times.h"
#include "opening/waitlist.h"

#define ENGINE_WAITLIST_KEY "waitlist"       /* touch_key of the message that names a time */
#define ENGINE_WAITLIST_TASK "waitlist_call" /* for who cannot be texted */
enum { ENGINE_WAITLIST_MS = 45 * 60 * 1000 };

/* Which times a colleague says would suit; NULL: any. Of another kind than WANT: it cannot be read
 * for sure. */
struct choice engine_read_wish(
    const struct schedule *schedule, const char *said, struct instant now);
/* What they would come for: a service of the schedule, or NULL: what they had last. False: no times
 * are kept for it. */
bool engine_wait_for(struct engine *engine, struct arena *arena, const struct patient *patient,
    const char *service, struct booking *ret_booking);

/* Waits no more; what is held for them goes to the next one. `reason` for the audit. ret_ended
 * false: they do not wait. */
enum err engine_leave_waitlist(struct engine *engine, struct tx *tx, const char *patient_id,
    const char *reason, bool *ret_ended, struct why *reterr_why) WARN_UNUSED;

/* Who is asked about, for what: from words (`wish` of kind WANT or UNSURE: any time). */
enum err engine_join_waitlist(struct engine *engine, struct tx *tx, const struct booking *booking,
    const struct waiting *waiting, struct id *ret_wait, struct why *reterr_why) WARN_UNUSED;

#endif
