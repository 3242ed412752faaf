/* id_token.h: whether what an identity provider says about a person is true.     (part of account)
 *
 * OpenID Connect Core 1.0 section 3.1.3.7, for the two algorithms that every provider offers:
 * RS256 (RSA of 2048 bits or more) and ES256 (P-256). OpenSSL verifies; nothing here signs.
 *
 * Invariants
 *  (1) The algorithm is one of the two, whatever the token says ("none", HS256 are refused), and
 *      the key is of its kind: a public key is never used as the secret of a MAC.
 *  (2) No claim is read before the signature holds.
 *  (3) Pure: the moment and the keys are handed in. Any bytes may be: they are refused, not crashed
 *      on. Memory: the arena. */
#ifndef PERENNIAL_ACCOUNT_ID_TOKEN_H
#define PERENNIAL_ACCOUNT_ID_TOKEN_H

#include "base/instant.h"
#include "base/json.h"

enum {
    ID_TOKEN_BYTES_MAX = 64 << 10,
    ID_TOKEN_SKEW_MS = 60 * 1000,     /* clocks differ */
    ID_TOKEN_AGE_MS_MAX = 600 * 1000, /* issued for this sign-in, not for an old one */
};

struct id_token_expected {
    const char *issuer, *client_id, *nonce;
    struct instant now;
};
struct id_token_said {
    const char *subject, *email; /* email: as the provider writes it */
    bool second_factor;          /* `amr` says mfa (RFC 8176) */
};
/* ERR_DENIED with what is wrong: the sentence is for the operator's log, it names no person. */
enum err id_token_check(struct arena *arena, const char *token, const json_t *keys,
    const struct id_token_expected *expected, struct id_token_said *ret_said,
    struct why *reterr_why) WARN_UNUSED;

#endif
