/* provider.h: what is asked of an identity provider.                              (part of http)
 *
 * Flow: sign_in.c and `doctor`, over env's network. OpenID Connect Discovery 1.0, then the code for
 * an ID token (RFC 6749 section 4.1.3, PKCE of RFC 7636), and the keys that it is signed with.
 *
 * Invariants: (1) no address leads to this machine or a private network unless the practice says
 * private_webhooks; (2) all but loopback goes over TLS; (3) an answer is read only when it is
 * whole, small and JSON. The sentences of failures name addresses, never codes or tokens.
 * Calling sequence: provider_discover -> provider_trade -> provider_keys. Memory: the arena; JSON
 * is the caller's. Each takes at most PROVIDER_TIMEOUT_MS. */
#ifndef PERENNIAL_HTTP_PROVIDER_H
#define PERENNIAL_HTTP_PROVIDER_H

#include "base/json.h"
#include "env/env.h"
#include "record/practice.h"

enum { PROVIDER_TIMEOUT_MS = 10 * 1000, PROVIDER_BYTES_MAX = 512 << 10 };

struct provider_ask {
    struct arena *arena;
    const struct env_net *net;
    const struct practice *practice;
    const char *secret; /* of this client; NULL: a public one */
};
struct provider {
    const char *authorize_url, *token_url, *keys_url;
};
enum err provider_discover(const struct provider_ask *ask, struct provider *ret_provider,
    struct why *reterr_why) WARN_UNUSED;
/* Where the provider leads back to. */
const char *provider_redirect(const struct provider_ask *ask);
enum err provider_trade(const struct provider_ask *ask, const struct provider *provider,
    const char *code, const char *verifier, const char **ret_id_token,
    struct why *reterr_why) WARN_UNUSED;
/* {"keys": [...]} */
enum err provider_keys(const struct provider_ask *ask, const struct provider *provider,
    json_t **ret_keys, struct why *reterr_why) WARN_UNUSED;
/* As a part of a query or a form. */
char *provider_encoded(struct arena *arena, const char *text);

#endif
