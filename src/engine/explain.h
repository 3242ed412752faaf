/* explain.h: why a patient got something, or nothing, rule by rule.           (part of engine)
 *
 * Place in the flow: over all rooms, for `explain`, the web app and the tests. The rules are asked
 * through the same functions as at night and at sending: audience_judge_entry, journey_step,
 * engine__choose_way. What happened is read from the rows that were written when it did.
 *
 * Invariants: (1) changes nothing; (2) answers for every patient, playbook and moment (promise
 * `explained`); (3) for a moment in the past: the records as they stand, what was written by then.
 *
 * Answers: `sent` the calendar is through, `will_send` the next touch may go, `waiting` for a
 * person, a day or an hour, `not_entered`, `exited`, `blocked` the next touch is refused, or
 * nothing runs. */
#ifndef PERENNIAL_ENGINE_EXPLAIN_H
#define PERENNIAL_ENGINE_EXPLAIN_H

#include "engine/engine.h"

/* `patient_id` is ours (record_find_patient). ret_json: the contract's object, the caller's. */
enum err explain_build(struct arena *arena, struct engine *engine, const char *patient_id,
    const char *playbook, struct instant at, json_t **ret_json, struct why *reterr_why) WARN_UNUSED;

/* The same of the waitlist (`explain PATIENT waitlist`): what they were named, and why nothing is
 * named to them now. `playbook` in it is "waitlist". ret_json NULL: they never waited. */
#define EXPLAIN_WAITLIST "waitlist"
enum err explain_waitlist(struct arena *arena, struct engine *engine, const char *patient_id,
    struct instant at, json_t **ret_json, struct why *reterr_why) WARN_UNUSED;

#endif
