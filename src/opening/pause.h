/* pause.h: until when somebody asks to be left alone.                       (part of opening)
 *
 * "not now, maybe in January", "ask me again in two weeks", "después de las fiestas": the day on
 * which messages may go again. Pure: the words, the moment and the zone go in.
 *
 * Invariants
 *  (1) Days are read as choice.h reads them, from the longest rows of words that tell any.
 *  (2) Of several days the latest counts, so of a "next Friday" that may be one of two; of a month
 *      its first, of "in two weeks" the same weekday: rather left alone a little too long.
 *  (3) Always after today, at most PAUSE_DAYS_MAX ahead; DAY_NONE: no such day is named. */
#ifndef PERENNIAL_OPENING_PAUSE_H
#define PERENNIAL_OPENING_PAUSE_H

#include "base/zone.h"

enum { PAUSE_DAYS_MAX = 400 }; /* "in a year", and what is said of the same month next year */

struct day pause_end(const struct zone *zone, struct instant now, const char *text);

#endif
