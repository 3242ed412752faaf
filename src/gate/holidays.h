/* holidays.h: the days on which some states bar solicitation.                  (part of gate) */
#ifndef PERENNIAL_GATE_HOLIDAYS_H
#define PERENNIAL_GATE_HOLIDAYS_H

#include "base/instant.h"

struct holidays; /* immutable */

enum err holidays_load(struct arena *boot, const char *file, const char *text, size_t len,
    struct holidays **ret_holidays, struct why *reterr_why) WARN_UNUSED;
/* Federal (the date and its observed weekday), or of that state. "UNKNOWN": of any state. */
bool holidays_hold(const struct holidays *holidays, const char *state, struct day day);

#endif
