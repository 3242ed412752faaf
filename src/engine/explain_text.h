/* explain_text.h: an explanation as a person reads it.                         (part of engine)
 *
 * Place in the flow: after explain_build and explain_waitlist, for `perennial explain`. The JSON
 * holds every rule that was ever asked; here it becomes a sentence for each touch, hold and end.
 *
 * Invariants: (1) reads the JSON alone, and says nothing that is not in it; (2) every touch, hold
 * and exit is told, and the rule that decided, with what it read; (3) equal holds and waits that
 * follow each other are one sentence with their number, first and last moment; (4) by time.
 *
 * Memory: what is returned lives in the arena given. Texts end with a line end. */
#ifndef PERENNIAL_ENGINE_EXPLAIN_TEXT_H
#define PERENNIAL_ENGINE_EXPLAIN_TEXT_H

#include "base/json.h"
#include "base/zone.h"

/* What decided. Times are told in `zone`. */
const char *explain_tell(struct arena *arena, const struct zone *zone, const json_t *json);
/* Every rule that was asked, with the values read and where it stands. With `folds` the gate's
 * equal answers about a touch that follow each other are one line. */
const char *explain_tell_rules(
    struct arena *arena, const struct zone *zone, const json_t *json, bool folds);

#endif
