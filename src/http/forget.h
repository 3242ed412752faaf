/* forget.h: a person is erased from what the API keeps for a while.                (part of http)
 *
 * Flow: cmd, within an erasure (record/erase.h), after the engine's rooms. Kept for repeated
 * requests are whole answers, for an hour's work whole plans: those that name the person go, and
 * the answers of more than an hour with them. Webhooks and the log tell ids alone and are left.
 *
 * Calling sequence: erase_open ... -> http_erase -> erase_close. */
#ifndef PERENNIAL_HTTP_FORGET_H
#define PERENNIAL_HTTP_FORGET_H

#include "record/erase.h"

enum err http_erase(struct erasing *erasing, struct why *reterr_why) WARN_UNUSED;

#endif
