/* zone.h: IANA time zones, read from the system's zoneinfo (RFC 8536 TZif).
 *
 * Invariants: (1) a zone is immutable once loaded; (2) a wall time in a gap moves forward by the
 * gap, a wall time that happens twice is the earlier of the two; (3) times after the last
 * transition follow the footer's POSIX rule.
 * Calling sequence: zones_init -> zones_find* ; all memory is in the boot arena given to init.
 * The loader is env's (base touches no files): it hands over the bytes of one zone file. */
#ifndef PERENNIAL_BASE_ZONE_H
#define PERENNIAL_BASE_ZONE_H

#include <stddef.h>

#include "base/instant.h"

struct zone; /* immutable */

typedef enum err zone_load_fn(void *context, struct arena *arena, const char *name,
    const unsigned char **ret_bytes, size_t *ret_len, struct why *reterr_why);

struct zones {
    struct arena *boot;
    zone_load_fn *load;
    void *load_context;
    struct zone *first;
};

void zones_init(struct zones *zones, struct arena *boot, zone_load_fn *load, void *load_context);
/* ERR_INPUT with a "did you mean" for an unknown name, such as one with ".." or a leading "/".
 * For one thread at a time; a zone once found may be read by all. */
enum err zones_find(
    struct zones *zones, const char *name, const struct zone **ret_zone, struct why *reterr_why);
const char *zone_name(const struct zone *zone);

struct civil zone_civil(const struct zone *zone, struct instant instant);
struct day zone_day(const struct zone *zone, struct instant instant);
int32_t zone_offset_s(const struct zone *zone, struct instant instant);
struct instant zone_instant(const struct zone *zone, const struct civil *civil);
struct instant zone_at(const struct zone *zone, struct day day, int minute_of_day);
/* RFC 3339 with the zone's offset at that moment: 2026-03-01T23:00:00-06:00 */
char *zone_format(struct arena *arena, const struct zone *zone, struct instant instant);

#endif
