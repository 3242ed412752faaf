/* booking.h: a free time is offered, held and booked for a patient.             (part of engine)
 *
 * Place in the flow: asked by a patient's page, by the desk and by replies. The rooms are opening
 * (which times, whose they are), record (the visit, so that nothing more invites somebody who
 * booked) and inbox (the task that enters it into the booking system).
 *
 * Invariants
 *  (1) A booking, the visit in the record, the task and what journeys make of it are one
 *      transaction.
 *  (2) One booking of a patient at a time waits to be entered; a second one is refused.
 *  (3) When the booking system shows the visit, its own row takes the place of ours.
 *
 * Calling sequence: engine_booking_for -> engine_find_times; in a tx: engine_hold_time, later
 * engine_book_time; http calls engine_after_import and engine_task_outcome as ever. Memory: the
 * arena given first. */
#ifndef PERENNIAL_ENGINE_BOOKING_H
#define PERENNIAL_ENGINE_BOOKING_H

#include "engine/engine.h"
#include "opening/leaning.h"
#include "opening/opening.h"
#include "outbox/outbox.h"

#define ENGINE_BOOK_TASK "book_visit"
#define ENGINE_BOOK_IMPOSSIBLE "not_possible" /* outcome: the time could not be entered */

/* What is to be booked. */
struct booking {
    int service, provider, location; /* of the schedule; the last two may be SCHEDULE_NOBODY */
    int window_days;                 /* from today; 0: as far as may be offered */
};

/* What the message's link says, else its playbook's service, else what the patient had last, else
 * the only service there is. False: the practice has no schedule, or nobody can say which service.
 */
bool engine_booking_for(struct engine *engine, struct arena *arena, const struct touch *touch,
    const struct patient *patient, struct booking *ret_booking);

/* The same for a touch of a playbook that was loaded; `said` may be NULL. */
struct playbook_version;
bool engine_touch_booking(struct engine *engine, struct arena *arena,
    const struct playbook_version *version, const struct playbook_touch *said,
    const struct patient *patient, struct booking *ret_booking);

/* Free times, soonest first; at most `limit` (0: all). */
enum err engine_find_times(struct engine *engine, struct arena *arena,
    const struct booking *booking, struct instant now, size_t limit, struct slot **ret_slots,
    size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

/* What is remembered of when a patient likes to come: their tags. */
enum err engine_read_leaning(struct engine *engine, struct arena *arena, struct db *db,
    const char *patient_id, struct leaning *ret_leaning, struct why *reterr_why) WARN_UNUSED;
/* The few that are named to somebody who has said nothing of when. */
size_t engine_pick_times(const struct schedule *schedule, const struct leaning *leaning,
    const struct slot *slots, size_t count, struct slot ret_picked[OPENING_OFFERED]);

/* ERR_CONFLICT: somebody was faster; the caller rolls back. */
enum err engine_hold_time(struct engine *engine, struct arena *arena, struct tx *tx,
    const struct opening_choice *choice, struct opening *ret_opening,
    struct why *reterr_why) WARN_UNUSED;

/* ERR_CONFLICT: the time is not held any more, or another booking waits to be entered. */
enum err engine_book_time(struct engine *engine, struct arena *arena, struct tx *tx,
    const char *patient_id, const char *opening_id, struct opening *ret_opening,
    struct why *reterr_why) WARN_UNUSED;

#endif
