/* webhook.h: other programs of the practice are told of changes.                  (part of http)
 *
 * Signed by the Standard Webhooks rules: `webhook-id`, `webhook-timestamp`, `webhook-signature:
 * v1,<base64 of HMAC-SHA256 over "id.timestamp.payload">`. The hub's thread writes down what is to
 * be told with how far it has read, in one transaction, and sends it in between.
 *
 * Invariants: (1) at least once: a message is tried until it is answered with 2xx or its tries are
 * over; its id says that it is the same; (2) names topics and ids, never a patient's text; (3) 410
 * ends it for good; (4) the secret is not in the store.
 *
 * Calling sequence, one thread: hooks_open -> (hooks_tell, hooks_run)* -> hooks_close. */
#ifndef PERENNIAL_HTTP_WEBHOOK_H
#define PERENNIAL_HTTP_WEBHOOK_H

#include "engine/home.h"
#include "store/db.h"

enum {
    HOOKS_MAX = 50,
    HOOKS_FLIGHTS_MAX = 8,
    HOOKS_TIMEOUT_MS = 15 * 1000,
    HOOKS_TRIES_MAX = 8,
};

struct hook_event {
    const char *writer, *topic, *action, *patient_id, *subject_id; /* ids: "" for none */
    int64_t seq, at_ms;
};

struct hook_flight {
    struct arena arena; /* of the request, until its reply */
    const char *delivery_id, *webhook_id;
    int64_t attempts;
    bool used;
};

struct hooks {
    struct env *env; /* with a net of its own */
    const struct home *home;
    struct db *db;
    struct ids ids;
    struct hook_flight flights[HOOKS_FLIGHTS_MAX];
};

void hooks_open(struct hooks *hooks, struct env *env, const struct home *home, struct db *db);
/* `v1,...` over these; `secret` is "whsec_..." or its bare base64. NULL: it is no secret. */
char *webhook_sign(struct arena *arena, const char *secret, const char *id, int64_t timestamp_s,
    const char *payload);
char *webhook_secret(struct arena *arena, const unsigned char home_key[32], const char *webhook_id,
    const char *nonce);
char *webhook_payload(struct arena *arena, const struct hook_event *event);
/* Writes a delivery for each webhook that wants the topic, and how far was read. */
enum err hooks_tell(struct hooks *hooks, struct arena *scratch, const struct hook_event *events,
    size_t count, struct why *reterr_why) WARN_UNUSED;
/* Sends what is due, takes what was answered; never waits. */
enum err hooks_run(struct hooks *hooks, struct arena *scratch, struct why *reterr_why) WARN_UNUSED;
void hooks_close(struct hooks *hooks);

#endif
