/* webhook.c: see webhook.h. */
#include "http/webhook.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "env/env.h"

enum { DELIVERY_ID_BYTES = 24, SECRET_BYTES_MIN = 16, HOST_BYTES_MAX = 253 };

/* ---- signing ---- */

char *webhook_sign(struct arena *arena, const char *secret, const char *id, int64_t timestamp_s,
    const char *payload)
{
    static const char prefix[] = "whsec_";
    unsigned char *key = NULL;
    size_t len = 0;
    const char *text = text_starts(secret, prefix) ? secret + sizeof(prefix) - 1 : secret;
    if (!hash_base64_decode(arena, text, &key, &len) || len < SECRET_BYTES_MIN)
        return NULL;
    const char *signed_text = arena_format(arena, "%s.%" PRId64 ".%s", id, timestamp_s, payload);
    struct sha256 mac = hash_hmac_sha256(key, len, signed_text, strlen(signed_text));
    return arena_format(arena, "v1,%s", hash_base64(arena, mac.bytes, sizeof(mac.bytes)));
}

char *webhook_secret(struct arena *arena, const unsigned char home_key[32], const char *webhook_id,
    const char *nonce)
{
    const char *text = arena_format(arena, "perennial webhook 1\n%s\n%s", webhook_id, nonce);
    struct sha256 mac = hash_hmac_sha256(home_key, 32, text, strlen(text));
    return arena_format(arena, "whsec_%s", hash_base64(arena, mac.bytes, sizeof(mac.bytes)));
}

char *webhook_payload(struct arena *arena, const char *type, struct instant at, json_t *data)
{
    JSON_AUTO json = json_pack(
        "{s:s, s:s, s:o}", "type", type, "timestamp", instant_format_utc(arena, at), "data", data);
    return json_text_of(arena, json);
}

char *webhook_delivery_id(struct arena *arena, const char *same)
{
    struct sha256 hash = hash_sha256(same, strlen(same));
    return arena_format(arena, "msg_%s", hash_base64url(arena, hash.bytes, DELIVERY_ID_BYTES));
}

/* ---- where to ---- */

/* "example.com" of "https://example.com:8443/in?x"; false: there is none. */
static bool host_of(const char *rest, char ret_host[HOST_BYTES_MAX + 1])
{
    size_t len = strcspn(rest, "/?");
    size_t name = rest[0] == '[' ? strcspn(rest, "]") + 1 : strcspn(rest, ":/?");
    int64_t port = 0;
    char number[8] = "";
    if (name == 0 || name > len || name > HOST_BYTES_MAX)
        return false;
    if (name < len) {
        if (rest[name] != ':' || len - name - 1 >= sizeof(number))
            return false;
        memcpy(number, rest + name + 1, len - name - 1);
        if (!text_to_int(number, 1, 65535, &port))
            return false;
    }
    memcpy(ret_host, rest, name);
    ret_host[name] = '\0';
    return strspn(ret_host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_[]:")
        == name;
}

enum err webhook_check_url(const char *url, bool private_too, struct why *reterr_why)
{
    static const char tls[] = "https://", plain[] = "http://";
    char host[HOST_BYTES_MAX + 1];
    bool secure = text_starts(url, tls), open = text_starts(url, plain);
    const char *rest = url + (secure ? sizeof(tls) - 1 : sizeof(plain) - 1);
    if (!(secure || open) || strpbrk(url, " \t\r\n\"<>\\#@") || !host_of(rest, host)) {
        why_hint(reterr_why, "Write https://host/path, without a password");
        return why_set(reterr_why, ERR_INPUT, "this is no address to tell");
    }
    enum net_place place = net_place_of(host);
    if (open && place != NET_PLACE_LOOPBACK) {
        why_hint(reterr_why, "Write https://...");
        return why_set(reterr_why, ERR_INPUT, "what is told goes over TLS alone");
    }
    if (place != NET_PLACE_PUBLIC && !private_too) {
        why_hint(reterr_why, "Set private_webhooks: true in perennial.yaml if that is meant");
        return why_set(
            reterr_why, ERR_INPUT, "this address is one of this machine or of a private network");
    }
    return ERR_NONE;
}

/* ---- when ---- */

/* At once, then as the rules propose, a tenth longer or shorter, so that many do not come back
 * together. */
int64_t webhook_pause_ms(int64_t tries, int64_t asked_ms, uint64_t random)
{
    static const int64_t pauses[WEBHOOK_TRIES_MAX] = {0, 5 * MS_PER_SECOND, 5 * MS_PER_MINUTE,
        30 * MS_PER_MINUTE, 2 * MS_PER_HOUR, 5 * MS_PER_HOUR, 10 * MS_PER_HOUR, 14 * MS_PER_HOUR,
        20 * MS_PER_HOUR, 24 * MS_PER_HOUR};
    if (tries < 1 || tries >= WEBHOOK_TRIES_MAX)
        return 0;
    int64_t tenth = pauses[tries] / 10;
    int64_t pause = pauses[tries] - tenth + (int64_t)(random % (uint64_t)(2 * tenth + 1));
    int64_t asked = asked_ms < MS_PER_DAY ? asked_ms : MS_PER_DAY;
    return pause > asked ? pause : asked;
}

int64_t webhook_rest_ms(int64_t failures)
{
    int64_t rest = MS_PER_SECOND;
    for (int64_t i = 1; i < failures && rest < 5 * MS_PER_MINUTE; i++)
        rest *= 2;
    return rest < 5 * MS_PER_MINUTE ? rest : 5 * MS_PER_MINUTE;
}
