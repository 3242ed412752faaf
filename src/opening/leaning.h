/* leaning.h: when somebody likes to come, from what is remembered of them.   (part of opening)
 *
 * A patient once wrote "Saturdays are best for me"; the tag wants_saturday says so ever since. When
 * free times are named to them and their words leave it open, those on Saturdays come first. Pure:
 * tags and free times in, a few free times out.
 *
 * Invariants
 *  (1) A leaning never hides a time that the patient asked for: what their words say of days, hours
 *      or people takes the place of what is remembered of the same.
 *  (2) It never makes somebody wait: a time counts as liked only within LEANING_DAYS of the first
 *      free one. Where nothing liked is free, the others are named.
 *  (3) A tag with a word that nobody here knows is no leaning.
 *  (4) Same tags, same times: same answer, whatever the order of the tags.
 *
 * Calling sequence: leaning_of -> leaning_beside -> leaning_pick or leaning_pick_spread. Memory:
 * nothing is kept. */
#ifndef PERENNIAL_OPENING_LEANING_H
#define PERENNIAL_OPENING_LEANING_H

#include "opening/choice.h"

enum { LEANING_DAYS = 14 };

struct leaning {
    uint8_t weekdays, never_weekdays; /* bit per weekday, 0 Sunday; 0: nothing is remembered */
    uint8_t parts, never_parts;       /* bit per part of the day, LEANING_MORNING ... */
    int provider;                     /* of the schedule; SCHEDULE_NOBODY: none is remembered */
};
enum { LEANING_MORNING = 1, LEANING_AFTERNOON = 2, LEANING_EVENING = 4 };

/* wants_saturday, prefers_mornings, "Wants Saturdays", not_monday, wants_provider:Dr. Chen ... */
struct leaning leaning_of(const struct schedule *schedule, const char *const *tags, size_t count);

/* What is left of it beside words that say something of their own. */
struct leaning leaning_beside(const struct leaning *leaning, const struct choice *said);

/* How much of what is remembered a time suits; -1: what they never want. */
int leaning_suits(
    const struct leaning *leaning, const struct schedule *schedule, const struct slot *slot);

/* At most `max` of them by opening_pick_beside, what suits best before the rest, in the order of
 * the calendar. ret_picked has room for `max`. */
size_t leaning_pick(const struct leaning *leaning, const struct schedule *schedule,
    const struct slot *slots, size_t count, size_t max, struct slot *ret_picked);

/* As many that suit as well, and of those the ones that were named to the fewest others (`named`,
 * aligned with the slots); none beyond LEANING_DAYS is taken for that. */
size_t leaning_pick_spread(const struct leaning *leaning, const struct schedule *schedule,
    const struct slot *slots, const int *named, size_t count, size_t max, struct slot *ret_picked);

#endif
