/* entry.h: who enters a playbook at a moment, and their entering.   (part of engine)
 *
 * The one way in, for the nightly scan, for `plan` and for `apply`: preview and execution call the
 * same function over the same rows, and differ only in what they do with the answer.
 *
 * Calling sequence: entry_select (reads only) -> entry_enroll (in a tx; it locks the entrants
 * itself). Memory: the arena given first. */
#ifndef PERENNIAL_ENGINE_ENTRY_H
#define PERENNIAL_ENGINE_ENTRY_H

#include "gate/gate.h"
#include "journey/journey.h"
#include "outbox/outbox.h"

struct entry_question {
    const struct practice *practice;
    const struct gate *gate;
    const struct playbook *playbook;
    const struct playbook *const *all; /* every playbook of the practice: who is stronger */
    size_t all_count;
    const struct playbook_state *state; /* NULL: never applied */
    struct instant now;
    bool everybody; /* plan: also those outside the window; else the night's index range */
    enum journey_refusals refusals;
};
/* ret_selection: entrants, and everybody else with a reason, or how many there are of each. */
enum err entry_select(struct arena *arena, struct db *db, const struct entry_question *question,
    struct journey_selection *ret_selection, struct why *reterr_why) WARN_UNUSED;

/* Enrollments with all their touches; who is in already is passed over. */
enum err entry_enroll(struct arena *arena, struct tx *tx, const struct playbook *playbook,
    const struct journey_selection *selection, int64_t *ret_entered,
    struct why *reterr_why) WARN_UNUSED;

/* A touch of the calendar as the outbox plans it. */
struct touch_plan entry_plan_touch(const struct playbook *playbook, const char *enrollment_id,
    const char *patient_id, const struct journey_planned *planned);

#endif
