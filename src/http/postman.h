/* postman.h: webhooks queued and sent.                                              (part of http)
 *
 * Flow: one thread with a store and a net of its own reads the audit log on (change.h), writes down
 * a delivery for each address that wants to hear of a row, and sends what is due. All waiting is
 * done there: no request of anybody else waits for another program.
 *
 * Invariants
 * - The deliveries of a row and how far the log was read are one transaction: each row is told, and
 *   queued once, whoever is killed when.
 * - A try is claimed before it leaves and settled after it; a claim whose worker died is taken up
 * by its next life at once and by others after POSTMAN_LEASE_MS. So: at least once.
 * - An address that fails has one try at a time and rests in between; others do not notice.
 *
 * Calling sequence: postman_open -> postman_wake* -> postman_close. Memory: each try's own arena.
 */
#ifndef PERENNIAL_HTTP_POSTMAN_H
#define PERENNIAL_HTTP_POSTMAN_H

#include "http/http_int.h"

enum {
    POSTMAN_FLIGHTS_MAX = 32,
    POSTMAN_FLIGHTS_EACH = 4,
    POSTMAN_TIMEOUT_MS = 15 * 1000,
    POSTMAN_LEASE_MS = 60 * 1000,
    POSTMAN_LOOK_MS = 1000,     /* between two looks at the log, when somebody is to be told */
    POSTMAN_IDLE_MS = 5 * 1000, /* another process may have added an address */
    POSTMAN_STOP_MS = 1000,     /* for answers that are on their way when the server stops */
    POSTMAN_ROWS_MAX = 500,     /* of the log in one transaction */
    POSTMAN_GATHER = 20,        /* more patients at once are one message */
    POSTMAN_KEEP_DAYS = 30,     /* of what is over */
};

struct postman;

/* ret_postman is to be closed also after a failure. */
enum err postman_open(struct arena *boot, struct http *http, struct postman **ret_postman,
    struct why *reterr_why) WARN_UNUSED;
void postman_wake(struct postman *postman);
void postman_close(struct postman *postman); /* takes NULL */

#endif
