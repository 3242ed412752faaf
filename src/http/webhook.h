/* webhook.h: what a message to another program of the practice looks like.         (part of http)
 *
 * Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64 of
 * HMAC-SHA256 over "id.timestamp.payload">`. postman.c queues and sends them.
 *
 * Invariants: (1) a payload names types and ids, never a patient's text; (2) the secret is not in
 * the store: it is made of a key outside it and a row's nonce. Calling sequence: any. Memory: the
 * arena given. */
#ifndef PERENNIAL_HTTP_WEBHOOK_H
#define PERENNIAL_HTTP_WEBHOOK_H

#include "base/json.h"
#include "change/change.h"

enum {
    WEBHOOKS_MAX = 50,      /* of a practice */
    WEBHOOK_TRIES_MAX = 10, /* over three days */
    WEBHOOK_WAITING_MAX = 10000,
    WEBHOOK_FAILING_MS_MAX = 5 * 24 * 3600 * 1000, /* then it is turned off */
};

/* `v1,...` over these; `secret` is "whsec_..." or its bare base64. NULL: it is no secret. */
char *webhook_sign(struct arena *arena, const char *secret, const char *id, int64_t timestamp_s,
    const char *payload);
char *webhook_secret(struct arena *arena, const unsigned char home_key[32], const char *webhook_id,
    const char *nonce);
/* `data` is taken. */
char *webhook_payload(struct arena *arena, const char *type, struct instant at, json_t *data);
/* "msg_..." of what makes it the same message in every process. */
char *webhook_delivery_id(struct arena *arena, const char *same);
/* ERR_INPUT: https only, to an address of the outside, unless the practice's own are allowed. */
enum err webhook_check_url(const char *url, bool private_too, struct why *reterr_why) WARN_UNUSED;
/* After so many tries; 0: over. `asked_ms` is what the other side asked for, -1 nothing. */
int64_t webhook_pause_ms(int64_t tries, int64_t asked_ms, uint64_t random);
/* How long nothing is sent to an address that failed so often in a row. */
int64_t webhook_rest_ms(int64_t failures);

#endif
