/* link.h: the signed addresses that patients click.   (part of outbox)
 *
 * A link is `<object>[.<expires>].<mac>`, mac = base64url of the first 16 bytes of
 * HMAC-SHA256(key, "v1|purpose|object|expires"); expires is seconds since 1970, 0 (left out) for
 * never. One key signs every purpose, and a link of one purpose is no good for another. Purposes:
 * "u" unsubscribe and preferences, "b" book, "v" the calendar file of a booked visit, "c" any other
 * link, "o" the open pixel. */
#ifndef PERENNIAL_OUTBOX_LINK_H
#define PERENNIAL_OUTBOX_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct link_key {
    unsigned char bytes[32];
};

char *link_sign(struct arena *arena, const struct link_key *key, const char *purpose,
    const char *object, int64_t expires_s);
/* True when the mac is right and `now_s` is not past the expiry; the object is then in ret_object.
 */
bool link_verify(struct arena *arena, const struct link_key *key, const char *purpose,
    const char *token, int64_t now_s, const char **ret_object);

#endif
