/* proposal.h: which times a message named to a patient, and until when that counts. (part of
 * opening)
 *
 * A message says "1) Tue 10:00; 2) Thu 4:30; 3) Sat 9:00"; the patient answers "the 2nd one". What
 * they mean is written here: the times in the order of the message, and the message itself.
 *
 *   OPEN --a time of it is booked-----> TAKEN
 *        --other times are named------> REPLACED
 *        --its time is over-----------> stays as it is, and is not found
 *
 * Invariants
 *  (1) One open proposal of a patient: a new one replaces it.
 *  (2) It keeps nothing free: a time of it may be taken meanwhile, which whoever books finds out.
 *      One of the waitlist names the opening that is held for it.
 *  (3) Every change has an audit row.
 *
 * Calling sequence: proposal_put -> proposal_read -> proposal_end, in a tx after record_lock.
 * Memory: the arena given first. */
#ifndef PERENNIAL_OPENING_PROPOSAL_H
#define PERENNIAL_OPENING_PROPOSAL_H

#include "opening/choice.h"
#include "opening/opening.h"

enum { PROPOSAL_MS = 72 * 3600 * 1000 }; /* who answers after three days is named new times */

#define PROPOSAL_WHICH "which" /* its source: the times of the one before, asked about again */

enum proposal_state { PROPOSAL_OPEN, PROPOSAL_TAKEN, PROPOSAL_REPLACED, PROPOSAL_STATE_MAX };

struct proposal {
    const char *proposal_id, *patient_id;
    struct slot slots[OPENING_OFFERED]; /* in the order of the message */
    size_t count;
    size_t remembered;         /* of them suit what is remembered of the patient; not read back */
    const char *source;        /* "reply", "touch", "waitlist", PROPOSAL_WHICH */
    const char *touch_id;      /* the message */
    const char *language;      /* it was written in */
    const char *opening_id;    /* of the waitlist: what is held; NULL */
    const struct choice *wish; /* in force when they were chosen; NULL: nothing was said */
    struct instant expires;
};

/* proposal_id is made here. */
enum err proposal_put(struct tx *tx, const struct schedule *schedule,
    const struct proposal *proposal, struct why *reterr_why) WARN_UNUSED;
/* The open one of a patient, if it is not over; count 0: there is none, or the schedule has not
 * what it names any more. */
enum err proposal_read(struct arena *arena, struct db *db, int64_t practice_id,
    const struct schedule *schedule, const char *patient_id, struct instant now,
    struct proposal *ret_proposal, struct why *reterr_why) WARN_UNUSED;
/* The open one, if there is one. */
enum err proposal_end(struct tx *tx, const char *patient_id, enum proposal_state state,
    struct why *reterr_why) WARN_UNUSED;
/* Two patients turned out to be one person: what was named to `gone` is answered no more. */
enum err proposal_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why) WARN_UNUSED;

#endif
