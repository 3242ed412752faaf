/* hash.h: digests and their text forms, over libsodium and OpenSSL. */
#ifndef PERENNIAL_BASE_HASH_H
#define PERENNIAL_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct sha256 {
    unsigned char bytes[32];
};

struct sha256 hash_sha256(const void *bytes, size_t len);
struct sha256 hash_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len);
void hash_hmac_sha1(
    const void *key, size_t key_len, const void *bytes, size_t len, unsigned char ret_mac[20]);

char *hash_hex(struct arena *arena, const void *bytes, size_t len);
bool hash_hex_decode(const char *hex, unsigned char *ret_bytes, size_t len); /* exactly len bytes */
char *hash_base64(struct arena *arena, const void *bytes, size_t len); /* RFC 4648 section 4 */
/* Section 5 of it, without padding. */
char *hash_base64url(struct arena *arena, const void *bytes, size_t len);
bool hash_base64_decode(struct arena *arena, const char *text, unsigned char **ret_bytes,
    size_t *ret_len); /* accepts both alphabets, with or without padding */
bool hash_equal(const void *a, const void *b, size_t len); /* constant time */

#endif
