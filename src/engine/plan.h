/* plan.h: who would enter a playbook, what each would get, who not and why.   (part of engine)
 *
 * Place in the flow: asked by `plan`, carried out by `apply` and `pilot`. The nightly entry uses
 * the same entry_select, the sending of a touch the same engine__choose_way: what a plan shows is
 * what happens, unless the world moves in between.
 *
 * Invariants
 *  (1) plan_build changes nothing.
 *  (2) A saved plan carries a hash of its own bytes and a fingerprint of its world: the version,
 *      what ran when it was made, and every entrant's calendar. plan_apply finds the same world
 *      again, in the transaction that enrolls, or refuses and changes nothing.
 *  (3) An audience that grew beyond practice.audience_growth_max since the last apply is refused,
 *      too, unless a person says that it is meant.
 *
 * Calling sequence: plan_build -> (write JSON) ; (read JSON) -> plan_apply. Memory: the arena given
 * first, but for ret_plan->json, which the caller drops. */
#ifndef PERENNIAL_ENGINE_PLAN_H
#define PERENNIAL_ENGINE_PLAN_H

#include "engine/engine.h"

enum {
    /* A saved plan decides as of its own moment; a day later its calendar is past. */
    PLAN_AGE_MS_MAX = 24 * 3600 * 1000,
    /* What a text message costs in the US, carrier fees included, rounded up: an estimate. */
    PLAN_SEGMENT_CENTS = 1,
    /* An estimate until the practice's own tasks are timed: a call and its note; an answer; and how
     * many of a hundred get either, by the shares that the shipped sequence is built for. */
    PLAN_CALL_SECONDS = 300,
    PLAN_REPLY_SECONDS = 120,
    PLAN_WARM_PERCENT = 15,
    PLAN_REPLY_PERCENT = 12,
};

struct plan_question {
    const char *playbook; /* its name */
    struct instant at;
    bool diff;    /* also against the running version */
    size_t shown; /* for a screen: no more entrants than these, nobody's reason, nothing to apply;
                   * 0: all */
};

struct plan {
    const struct playbook *playbook;
    struct journey_selection selection;
    const char *world; /* "sha256:..."; NULL: not to be applied */
    int64_t audience;  /* who could enter, had the book room for all */
    json_t *json;      /* the contract's shape, with "world", "audience" and "hash" beside it */
};

/* The home's file, checked. ERR_NOT_FOUND, ERR_INPUT with the place of the first error. */
enum err plan_find_playbook(struct arena *arena, const struct engine *engine, const char *name,
    const struct playbook **ret_playbook, const struct playbook *const **ret_all,
    size_t *ret_all_count, struct why *reterr_why) WARN_UNUSED;

enum err plan_build(struct arena *arena, struct engine *engine,
    const struct plan_question *question, struct plan *ret_plan,
    struct why *reterr_why) WARN_UNUSED;

/* ERR_CONFLICT: the world has moved, the sentence says in what. ERR_INPUT: no plan, or a changed
 * one. */
enum err plan_apply(struct arena *arena, struct engine *engine, const json_t *plan,
    bool growth_is_meant, struct instant now, int64_t *ret_entered,
    struct why *reterr_why) WARN_UNUSED;
/* The first `patients` of those who would enter now, and nobody else until it is applied. */
enum err plan_pilot(struct arena *arena, struct engine *engine, const char *playbook,
    int64_t patients, struct instant now, int64_t *ret_entered, struct why *reterr_why) WARN_UNUSED;

#endif
