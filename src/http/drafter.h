/* drafter.h: the language model is asked.                                        (part of http)
 *
 * Flow: one thread with a store and a net of its own, that are opened only where the settings name
 * a model. It takes what is wanted (engine/draft.h), sends the request, and hands the answer back.
 * All waiting is done there: no reply, no page and no message of anybody waits for a model.
 *
 * Invariants
 *  (1) At most `at_once` requests are under way; each ends within `timeout`.
 *  (2) After DRAFTER_FAILURES_MAX failures in a row nothing is asked for `rest`; what waits longer
 *      than DRAFT_LATE_MS is passed over, and a person answers without a draft.
 *  (3) An answer is written down once; when the store is busy it is kept until it can be.
 *
 * Calling sequence: drafter_open -> drafter_close. Memory: each request's own arena. */
#ifndef PERENNIAL_HTTP_DRAFTER_H
#define PERENNIAL_HTTP_DRAFTER_H

#include "http/http_int.h"

enum {
    DRAFTER_FAILURES_MAX = 3,
    DRAFTER_LOOK_MS = 500,
    DRAFTER_IDLE_MS = 2 * 1000, /* no model is named */
    DRAFTER_STOP_MS = 500,
};

struct drafter;

/* ret_drafter is to be closed also after a failure. */
enum err drafter_open(struct arena *boot, struct http *http, struct drafter **ret_drafter,
    struct why *reterr_why) WARN_UNUSED;
void drafter_close(struct drafter *drafter); /* takes NULL */

#endif
