/* waitlist.h: who waits for a time that is not free yet.                          (part of opening)
 *
 *   WAITING --a time that helps is held and named--> NAMED
 *   NAMED   --not taken while it was held----------> WAITING, and never that time again
 *           --booked-------------------------------> BOOKED
 *   either  --a person or the patient ends it, it was passed over too often, its day is over->
 * ENDED
 *
 * Invariants
 *  (1) A patient waits for one thing at a time.
 *  (2) What is named is held for that patient (opening.h), so that no time is named to two.
 *  (3) A time that was passed over is not named to the same patient again.
 *  (4) Every change has an audit row; that of a naming says why it was this patient.
 *
 * Calling sequence, in a tx after record_lock: waitlist_add; the engine: waitlist_read ->
 * opening_hold -> waitlist_name; later waitlist_pass or waitlist_end. Memory: the arena given. */
#ifndef PERENNIAL_OPENING_WAITLIST_H
#define PERENNIAL_OPENING_WAITLIST_H

#include "base/json.h"
#include "opening/choice.h"
#include "opening/opening.h"

enum {
    WAITLIST_DAYS_MAX = 90,   /* then nobody remembers having asked */
    WAITLIST_PASSES_MAX = 3,  /* times named and not taken: who is silent so often waits no more */
    WAITLIST_READ_MAX = 1000, /* the longest waiting first */
};

enum waitlist_state {
    WAITLIST_WAITING,
    WAITLIST_NAMED,
    WAITLIST_BOOKED,
    WAITLIST_ENDED,
    WAITLIST_STATE_MAX
};
const char *waitlist_state_name(enum waitlist_state state);

struct waiting {
    const char *wait_id, *patient_id, *service;
    const char *said;       /* the words, for people; NULL */
    struct choice wish;     /* CHOICE_WANT: days, hours, provider of the schedule */
    const char *source;     /* "reply", "desk" */
    const char *opening_id; /* while NAMED */
    enum waitlist_state state;
    int64_t passes;
    struct instant next, since, until;
    struct instant visit; /* what they have already: only sooner helps; ms 0: nothing */
    struct instant
        before; /* could be had when they asked: only sooner helps; ms 0: nothing could */
};

/* A patient who waits already waits for this instead. wait_id is made here. */
enum err waitlist_add(struct tx *tx, const struct schedule *schedule, const struct waiting *waiting,
    struct id *ret_wait, struct why *reterr_why) WARN_UNUSED;
/* Live ones of a patient (NULL: of all), the longest waiting first. One that asks for somebody who
 * left the schedule asks for anybody. */
enum err waitlist_read(struct arena *arena, struct db *db, int64_t practice_id,
    const struct schedule *schedule, const char *patient_id, struct waiting **ret_list,
    size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* ERR_NOT_FOUND: nobody ever waited under this id. */
enum err waitlist_patient(struct arena *arena, struct db *db, int64_t practice_id,
    const char *wait_id, const char **ret_patient, struct why *reterr_why) WARN_UNUSED;

/* WAITING -> NAMED. `why` goes into the audit; borrowed. */
enum err waitlist_name(struct tx *tx, const struct waiting *waiting, const struct opening *opening,
    const json_t *why, struct why *reterr_why) WARN_UNUSED;
/* NAMED -> WAITING, or ENDED when it was one too many. `slot`: what is not named again. */
enum err waitlist_pass(struct tx *tx, const struct waiting *waiting, const struct opening *opening,
    struct why *reterr_why) WARN_UNUSED;
/* A time that this patient has refused is not named to them; no change of state. */
enum err waitlist_refuse(
    struct tx *tx, const char *wait_id, struct instant start, struct why *reterr_why) WARN_UNUSED;
/* The starts that were passed over, as `text(start_ms)` keys. */
enum err waitlist_refused(struct arena *arena, struct db *db, int64_t practice_id,
    const char *wait_id, struct instant **ret_starts, size_t *ret_count,
    struct why *reterr_why) WARN_UNUSED;
/* Live -> BOOKED or ENDED. ret_changed may be NULL. */
enum err waitlist_end(struct tx *tx, const char *patient_id, enum waitlist_state state,
    const char *reason, struct why *reterr_why) WARN_UNUSED;

/* Something became free: whoever waits is looked at again now. */
enum err waitlist_wake(struct tx *tx, struct why *reterr_why) WARN_UNUSED;
enum err waitlist_put_off(
    struct tx *tx, const char *wait_id, struct instant next, struct why *reterr_why) WARN_UNUSED;
/* Who was to be looked at by now, and was not named anything, is looked at again at `next`. */
enum err waitlist_look_again(
    struct tx *tx, struct instant next, struct why *reterr_why) WARN_UNUSED;
/* ERR_NOT_FOUND: nobody waits. */
enum err waitlist_next(struct db *db, int64_t practice_id, struct instant *ret_next,
    struct why *reterr_why) WARN_UNUSED;

/* Two patients turned out to be one person; who stays may wait already. */
enum err waitlist_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why) WARN_UNUSED;

/* Does the text ask to be told when something frees? What else it says is in ret_rest. */
bool waitlist_asked(struct arena *arena, const char *text, const char **ret_rest);

#endif
