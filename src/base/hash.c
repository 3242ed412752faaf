#include "base/hash.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(struct sha256) == crypto_hash_sha256_BYTES, "a digest is 32 bytes");

struct sha256 hash_sha256(const void *bytes, size_t len)
{
    struct sha256 digest;
    crypto_hash_sha256(digest.bytes, bytes, len);
    return digest;
}

struct sha256 hash_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len)
{
    struct sha256 mac;
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, key_len);
    crypto_auth_hmacsha256_update(&state, bytes, len);
    crypto_auth_hmacsha256_final(&state, mac.bytes);
    sodium_memzero(&state, sizeof state);
    return mac;
}

void hash_hmac_sha1(
    const void *key, size_t key_len, const void *bytes, size_t len, unsigned char ret_mac[20])
{
    assert(key_len <= INT_MAX);
    unsigned mac_len = 0;
    const unsigned char *mac = HMAC(EVP_sha1(), key, (int)key_len, bytes, len, ret_mac, &mac_len);
    assert(mac && mac_len == 20);
    (void)mac;
}

char *hash_hex(struct arena *arena, const void *bytes, size_t len)
{
    char *hex = arena_alloc(arena, len * 2 + 1);
    return sodium_bin2hex(hex, len * 2 + 1, bytes, len);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hash_hex_decode(const char *hex, unsigned char *ret_bytes, size_t len)
{
    if (strlen(hex) != len * 2)
        return false;
    for (size_t i = 0; i < len * 2; i++)
        if (hex_digit(hex[i]) < 0)
            return false;
    for (size_t i = 0; i < len; i++)
        ret_bytes[i] = (unsigned char)(hex_digit(hex[i * 2]) * 16 + hex_digit(hex[i * 2 + 1]));
    return true;
}

static char *base64(struct arena *arena, const void *bytes, size_t len, int variant)
{
    size_t text_bytes = sodium_base64_encoded_len(len, variant);
    return sodium_bin2base64(arena_alloc(arena, text_bytes), text_bytes, bytes, len, variant);
}

char *hash_base64(struct arena *arena, const void *bytes, size_t len)
{
    return base64(arena, bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

char *hash_base64url(struct arena *arena, const void *bytes, size_t len)
{
    return base64(arena, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* Spare bits must be zero, so that one value has one text and a signed text cannot be varied. */
bool hash_base64_decode(
    struct arena *arena, const char *text, unsigned char **ret_bytes, size_t *ret_len)
{
    size_t digits = strcspn(text, "=");
    size_t padding = strlen(text + digits);
    if (digits % 4 == 1 || (padding && (padding > 2 || (digits + padding) % 4 != 0)))
        return false;
    if (strspn(text + digits, "=") != padding)
        return false;
    size_t len = digits * 3 / 4;
    unsigned char *bytes = arena_alloc(arena, len + 1);
    unsigned bits = 0, held = 0;
    size_t at = 0;
    for (size_t i = 0; i < digits; i++) {
        int digit = base64_digit(text[i]);
        if (digit < 0)
            return false;
        bits = bits << 6 | (unsigned)digit;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[at++] = (unsigned char)(bits >> held);
            bits &= (1U << held) - 1;
        }
    }
    if (bits != 0)
        return false;
    assert(at == len);
    *ret_bytes = bytes;
    *ret_len = len;
    return true;
}

bool hash_equal(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}
