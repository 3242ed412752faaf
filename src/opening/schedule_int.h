/* schedule_int.h: what the files that read schedules.yaml share. */
#ifndef PERENNIAL_OPENING_SCHEDULE_INT_H
#define PERENNIAL_OPENING_SCHEDULE_INT_H

#include "opening/schedule.h"

struct schedule_reader {
    struct arena *boot;
    struct schedule *schedule; /* as far as it is read */
    const char *const *service_keys;
    size_t service_key_count;
    struct why *why;
};

/* `hours`, `open` and, under `closed_key`, the closed times of a location (location
 * SCHEDULE_NOBODY) or of a provider whose shifts are at `location` unless they say otherwise. */
enum err schedule__read_hours(struct schedule_reader *reader, const struct yaml *node,
    const char *closed_key, int location, struct schedule_hours *ret_hours) WARN_UNUSED;

#endif
