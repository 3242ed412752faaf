/* link.c: see link.h. */
#include "outbox/link.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

enum { LINK_MAC_BYTES = 16, LINK_MAC_TEXT = 22 };

static char *link_mac(struct arena *arena, const struct link_key *key, const char *purpose,
    const char *object, int64_t expires_s)
{
    char *text = arena_format(arena, "v1|%s|%s|%" PRId64, purpose, object, expires_s);
    struct sha256 mac = hash_hmac_sha256(key->bytes, sizeof(key->bytes), text, strlen(text));
    return hash_base64url(arena, mac.bytes, LINK_MAC_BYTES);
}

char *link_sign(struct arena *arena, const struct link_key *key, const char *purpose,
    const char *object, int64_t expires_s)
{
    const char *mac = link_mac(arena, key, purpose, object, expires_s);
    if (expires_s == 0)
        return arena_format(arena, "%s.%s", object, mac);
    return arena_format(arena, "%s.%" PRId64 ".%s", object, expires_s, mac);
}

bool link_verify(struct arena *arena, const struct link_key *key, const char *purpose,
    const char *token, int64_t now_s, const char **ret_object)
{
    const char *first = strchr(token, '.');
    const char *last = strrchr(token, '.');
    if (!first || first == token || strlen(last + 1) != LINK_MAC_TEXT)
        return false;
    int64_t expires_s = 0;
    if (first != last) {
        const char *expiry = arena_text_n(arena, first + 1, (size_t)(last - first - 1));
        if (!text_to_int(expiry, 1, INT64_MAX, &expires_s) || expiry[0] == '0' || expiry[0] == '+')
            return false;
    }
    const char *object = arena_text_n(arena, token, (size_t)(first - token));
    const char *mac = link_mac(arena, key, purpose, object, expires_s);
    if (!hash_equal(mac, last + 1, LINK_MAC_TEXT))
        return false;
    if (expires_s != 0 && now_s > expires_s)
        return false;
    *ret_object = object;
    return true;
}
