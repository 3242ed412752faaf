/* slot.h: which times are free.                                              (part of opening)
 *
 * Pure: a schedule, what is taken already, and a question; out come the times at which a visit of
 * that service can begin, with whom and where, soonest first.
 *
 * Invariants
 *  (1) The visit lies within a shift of its provider and the hours of its location, on days on
 *      which neither is closed. A shift begins at the first moment of its day at which the wall
 *      clock shows its beginning or more, and ends likewise: on the days on which clocks change a
 *      shift is as much shorter or longer as the night was.
 *  (2) From `before` to `after` of its service neither the provider nor, at any moment, more rooms
 *      of a kind than there are is taken. Visits that are taken have their own before and after.
 *  (3) Where visits without a known provider stand, so many of those at work and free are kept back
 *      for them, whoever they will be.
 *  (4) A visit begins at a multiple of the grid on the wall clock. A wall time that is skipped
 *      begins nothing; of one that comes twice the earlier counts.
 *  (5) Same question, same answer, same order: start, provider, location.
 *
 * Calling sequence: slot_window -> slot_list. Memory: the arena given first. */
#ifndef PERENNIAL_OPENING_SLOT_H
#define PERENNIAL_OPENING_SLOT_H

#include "opening/schedule.h"

/* A visit that takes place already: an appointment or a hold. */
struct slot_visit {
    struct instant start, end;
    int provider;          /* SCHEDULE_NOBODY: not known; SCHEDULE_OUTSIDER: takes rooms only */
    int location, service; /* SCHEDULE_NOBODY: not known */
};

struct slot {
    struct instant start, end; /* the visit, without before and after */
    int provider, location, service;
};

struct slot_question {
    const struct schedule *schedule;
    const struct slot_visit *visits; /* every one that reaches into the window, widened by a day */
    size_t visit_count;
    int service;
    int provider, location;     /* SCHEDULE_NOBODY: any */
    struct instant from, until; /* the visit begins in [from, until) */
    size_t limit;               /* 0: all */
};

/* What may be offered at `now`: after the notice, until the horizon's last day ends. */
void slot_window(const struct schedule *schedule, struct instant now, struct instant *ret_from,
    struct instant *ret_until);

void slot_list(struct arena *arena, const struct slot_question *question, struct slot **ret_slots,
    size_t *ret_count);

#endif
