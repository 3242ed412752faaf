/* twilio_signature.c: is this webhook from the provider? See channel.h for the rule and its source.
 */
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"
#include "channel/channel.h"

enum { FIELDS_MAX = 256 }; /* a webhook has a few dozen */

static int compare_fields(const struct form_field *a, const struct form_field *b)
{
    int names = strcmp(a->name, b->name);
    return names ? names : strcmp(a->value, b->value);
}

static void sort_fields(struct form_field *fields, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct form_field field = fields[i];
        size_t at = i;
        for (; at > 0 && compare_fields(&fields[at - 1], &field) > 0; at--)
            fields[at] = fields[at - 1];
        fields[at] = field;
    }
}

/* Name and value of each field in order, a doubled pair once. */
static const char *form_text(struct arena *scratch, const struct form_field *fields, size_t count)
{
    struct form_field *sorted = ARENA_NEW(scratch, struct form_field, count + 1);
    memcpy(sorted, fields, count * sizeof(*fields));
    sort_fields(sorted, count);
    struct buf text;
    buf_init(&text, scratch);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && compare_fields(&sorted[i - 1], &sorted[i]) == 0)
            continue;
        buf_add(&text, sorted[i].name);
        buf_add(&text, sorted[i].value);
    }
    return text.data;
}

static bool signed_as(struct arena *scratch, const char *auth_token, const char *url,
    const char *form, const char *signature)
{
    const char *text = arena_format(scratch, "%s%s", url, form);
    unsigned char mac[20];
    hash_hmac_sha1(auth_token, strlen(auth_token), text, strlen(text), mac);
    const char *expected = hash_base64(scratch, mac, sizeof(mac));
    return strlen(signature) == strlen(expected)
        && hash_equal(expected, signature, strlen(expected));
}

/* The same address with the port taken out, or with the scheme's own port put in. */
static const char *with_port(struct arena *scratch, const char *url, bool explicit_port)
{
    const char *host = strstr(url, "://");
    if (!host)
        return url;
    bool secure = text_starts(url, "https://");
    host += 3;
    const char *at = strchr(host, '@');
    size_t authority = strcspn(host, "/?#");
    if (at && at < host + authority)
        host = at + 1;
    size_t name = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
    const char *after = host + name;
    size_t port = *after == ':' ? strcspn(after, "/?#") : 0;
    if (explicit_port && port > 0)
        return url;
    return arena_format(scratch, "%.*s%s%s", (int)(after - url), url,
        explicit_port ? secure ? ":443" : ":80" : "", after + port);
}

static bool body_hash_right(
    struct arena *scratch, const char *url, const char *raw_body, size_t raw_body_len)
{
    const char *given = strstr(url, "bodySHA256=");
    if (!given)
        return true;
    given += strlen("bodySHA256=");
    struct sha256 hash = hash_sha256(raw_body ? raw_body : "", raw_body_len);
    const char *hex = hash_hex(scratch, hash.bytes, sizeof(hash.bytes));
    return strcspn(given, "&#") == strlen(hex) && hash_equal(hex, given, strlen(hex));
}

bool channel_twilio_signed(const char *auth_token, const char *url, const struct form_field *fields,
    size_t field_count, const char *raw_body, size_t raw_body_len, const char *signature)
{
    if (field_count > FIELDS_MAX || !signature)
        return false;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    if (!body_hash_right(&scratch, url, raw_body, raw_body_len))
        return false;
    const char *form = form_text(&scratch, fields, field_count);
    return signed_as(&scratch, auth_token, url, form, signature)
        || signed_as(&scratch, auth_token, with_port(&scratch, url, false), form, signature)
        || signed_as(&scratch, auth_token, with_port(&scratch, url, true), form, signature);
}
