/* choice_kept.h: a wish as it is kept in the store.                           (part of opening)
 *
 * Who waits is named a time weeks later; who answers times goes on from what they had asked for.
 *
 * Invariants
 *  (1) Providers are kept by name: a schedule that is edited meanwhile names no other person.
 *  (2) What was kept by an earlier release is read: what it did not say is not wished.
 *
 * Memory: the caller's JSON; choice_of_kept keeps nothing. */
#ifndef PERENNIAL_OPENING_CHOICE_KEPT_H
#define PERENNIAL_OPENING_CHOICE_KEPT_H

#include "base/json.h"
#include "opening/choice.h"

json_t *choice_kept(const struct schedule *schedule, const struct choice *wish);
enum err choice_of_kept(const struct schedule *schedule, const char *text, struct choice *ret_wish,
    struct why *reterr_why) WARN_UNUSED;

#endif
