/* place.h: where a person may be, as the law of calling hours needs it.         (part of gate)
 *
 * A place is a pair of state and time zone. A person may have several: a ZIP prefix that crosses a
 * state line, an area code of another state. All of them are asked, and the strictest wins.
 * Order of trust: stated zone, ZIP, state, area code (QH-2). An area code of another state than the
 * address adds its own place. Nothing known: the row UNKNOWN in every zone of the fifty states. */
#ifndef PERENNIAL_GATE_PLACE_H
#define PERENNIAL_GATE_PLACE_H

#include "base/zone.h"

enum {
    PLACES_MAX = 48
}; /* three states in six zones for the ZIP, and the same for state and number */

struct place {
    char state[8]; /* "TX", "UNKNOWN" */
    const struct zone *zone;
    const char *how; /* "stated", "zip", "state", "area_code", "unknown" */
};
struct places {
    struct place list[PLACES_MAX];
    size_t count;
    const char *how; /* what settled the home place */
};

struct place_table; /* immutable */

/* Reads the embedded tables; ERR_INPUT names a bad line, ERR_NOT_FOUND an unknown zone. */
enum err place_open(struct arena *boot, struct zones *zones, struct place_table **ret_table,
    struct why *reterr_why) WARN_UNUSED;

struct place_ask {
    const char *time_zone, *zip, *state; /* of the record; NULL unknown */
    const char *e164;                    /* NULL for email */
};
/* Never empty. An unknown `time_zone` counts as not stated. */
void place_find(
    const struct place_table *table, const struct place_ask *ask, struct places *ret_places);
/* The zone whose calendar a person lives by: the first place's, or `fallback` when nothing is
 * known. */
const struct zone *place_home_zone(const struct places *places, const struct zone *fallback);

/* `inspect phone`: zones and states of a number alone; both counts 0 for a number that has none. */
struct place_phone {
    const char *country; /* "US", "CA", "PR" ...; NULL unknown */
    const char *zones[8], *states[4];
    size_t zone_count, state_count;
};
struct place_phone place_of_phone(const struct place_table *table, const char *e164);

#endif
