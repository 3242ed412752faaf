/* id.h: UUIDv7 (RFC 9562 section 5.7): time-ordered, unique, text form.
 *
 * A generator is seeded once from env's entropy; the same seed and the same instants give the same
 * ids, which is what makes a simulation repeat byte for byte. Ids grow within a millisecond
 * too, and while the clock stands or goes back. */
#ifndef PERENNIAL_BASE_ID_H
#define PERENNIAL_BASE_ID_H

#include <stdint.h>

#include "base/instant.h"

struct id {
    char text[37];
};

struct ids {
    uint64_t state[4]; /* xoshiro256** */
    int64_t last_ms;
    uint32_t counter;
};

void ids_init(struct ids *ids, const unsigned char seed[32]);
struct id ids_next(struct ids *ids, struct instant now);
uint64_t ids_random(struct ids *ids); /* for jitter and sampling, never for secrets */

#endif
