/* opening.h: a free time becomes a visit: offered, held, confirmed.                       (keeper)
 *
 * Flow: beside triage, after inbox. engine and http ask which times are free (slot.h), what a
 * patient's words choose (choice.h), and keep here what is held. What the booking system knows
 * comes from record; what it does not know yet is a hold.
 *
 *   HELD   --opening_confirm---------------> BOOKED
 *          --another choice, opening_let_go-> RELEASED
 *          --its minutes are over----------> EXPIRED
 *   BOOKED --the booking system shows it---> KEPT
 *          --staff cannot, patient cancels-> RELEASED
 *
 * Invariants
 *  (1) Never two patients at one time: provider and rooms are taken in cells of SCHEDULE_CELL_MS,
 *      one row each under a unique key, written in the transaction that holds. Before that the time
 *      is looked up again among appointments and holds, and holds of one practice take turns.
 *  (2) A patient holds one time: choosing another lets go of the first.
 *  (3) A hold whose minutes are over blocks nobody, swept or not, and cannot be confirmed.
 *  (4) Cells exist for HELD and BOOKED alone.
 *  (5) Every change writes an audit row, without a word about the person.
 *
 * Calling sequence: opening_find -> (opening_put_offer) -> record_lock -> opening_hold -> commit;
 * later record_lock -> opening_confirm -> what tells the booking system -> commit.
 * Memory: what is returned lives in the arena given first. */
#ifndef PERENNIAL_OPENING_OPENING_H
#define PERENNIAL_OPENING_OPENING_H

#include "opening/slot.h"
#include "record/erase.h"
#include "record/record.h"

enum {
    OPENING_OFFERED = 3,               /* times in one offer */
    OPENING_VISIT_MS = 60 * 60 * 1000, /* an appointment whose end and service nobody told */
};

/* Ids of appointments that a confirmed hold put into the record before the booking system had it.
 */
#define OPENING_APPOINTMENT_PREFIX "perennial:"

enum opening_state {
    OPENING_HELD,
    OPENING_BOOKED,
    OPENING_KEPT,
    OPENING_RELEASED,
    OPENING_EXPIRED,
    OPENING_STATE_MAX
};
const char *opening_state_name(enum opening_state state);

/* A time that is or was kept for somebody. Names are the schedule's. */
struct opening {
    const char *opening_id, *patient_id;
    const char *service, *provider, *location;
    struct instant start, end;
    enum opening_state state;
    struct instant expires; /* while HELD */
    const char *source;     /* "page", "reply", "desk", "waitlist" */
    const char *touch_id;   /* the message that led to it; NULL */
    struct instant created;
};

/* ---- what is free ---- */

struct opening_question {
    const struct schedule *schedule;
    int service, provider, location; /* provider and location may be SCHEDULE_NOBODY */
    struct instant from, until;      /* cut to what may be offered at `now` */
    struct instant now;
    size_t limit; /* 0: all */
};
enum err opening_find(struct arena *arena, struct db *db, int64_t practice_id,
    const struct opening_question *question, struct slot **ret_slots, size_t *ret_count,
    struct why *reterr_why) WARN_UNUSED;

/* Until `max` stand in ret_picked, more of them behind the `picked` ones that are there, apart and
 * in the order of their choice: other days, then other halves of the day, before times that stand
 * close together. Two of one provider overlap only where nothing else is left, and without
 * `overlapping` never. Returns how many stand there then. */
size_t opening_pick_beside(const struct schedule *schedule, const struct slot *slots, size_t count,
    size_t max, bool overlapping, size_t picked, struct slot *ret_picked);
/* One provider cannot see somebody at both. */
bool opening_overlap(const struct slot *a, const struct slot *b);

/* ---- holding ---- */

struct opening_choice {
    const char *patient_id;
    struct slot slot;
    const char *source, *touch_id; /* touch_id may be NULL */
    int64_t hold_ms;               /* 0: the schedule's */
};
/* ERR_CONFLICT: the time is no longer free, or is no time of the schedule. Then nothing new is
 * kept, what the patient held before is let go, and the transaction may go on with others. */
enum err opening_hold(struct arena *arena, struct tx *tx, const struct schedule *schedule,
    const struct opening_choice *choice, struct opening *ret_opening,
    struct why *reterr_why) WARN_UNUSED;
/* ERR_NOT_FOUND: no such opening of this patient; ERR_CONFLICT: it is not held any more. Confirming
 * what is booked already succeeds; ret_new then says false. */
enum err opening_confirm(struct arena *arena, struct tx *tx, const char *patient_id,
    const char *opening_id, struct opening *ret_opening, bool *ret_new,
    struct why *reterr_why) WARN_UNUSED;
/* Of HELD and BOOKED; anything else is left as it is. */
enum err opening_let_go(struct tx *tx, const char *opening_id, const char *reason,
    bool *ret_changed, struct why *reterr_why) WARN_UNUSED;
/* The booking system has it now: `appointment_id` there. */
enum err opening_keep(struct tx *tx, const char *opening_id, const char *appointment_id,
    struct why *reterr_why) WARN_UNUSED;
/* Holds whose minutes are over; bookings whose time has passed. */
enum err opening_sweep(struct tx *tx, int64_t *ret_expired, struct why *reterr_why) WARN_UNUSED;
/* When opening_sweep has something to do; ERR_NOT_FOUND: nothing is held. */
enum err opening_next(struct db *db, int64_t practice_id, struct instant *ret_next,
    struct why *reterr_why) WARN_UNUSED;

/* Two patients turned out to be one person: what they have stays, what `gone` only holds is let go.
 */
enum err opening_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why) WARN_UNUSED;

/* Their part of an erasure: times named to them, waiting and what is over go; what is held for them
 * is free again. A visit that was booked through us and is still to come keeps its time. */
enum err opening_erase(struct erasing *erasing, struct why *reterr_why) WARN_UNUSED;

/* ---- reading ---- */

/* ERR_NOT_FOUND. */
enum err opening_read(struct arena *arena, struct db *db, int64_t practice_id,
    const char *opening_id, struct opening *ret_opening, struct why *reterr_why) WARN_UNUSED;
/* Held and not over, or booked and to come, of one patient (NULL: of all), by start. */
enum err opening_read_live(struct arena *arena, struct db *db, int64_t practice_id,
    const char *patient_id, struct instant now, struct opening **ret_openings, size_t *ret_count,
    struct why *reterr_why) WARN_UNUSED;

#endif
