/* forget.h: a person is erased from every room.                                 (part of engine)
 *
 * Flow: cmd -> engine_erase (each room's part, in one transaction) -> http's part -> erase_close.
 * What is kept and why: record/erase.h and docs/operations.md.
 *
 * Calling sequence: engine_begin -> engine_erase -> (http_erase) -> erase_close -> commit, or not:
 * a dry run -> engine_overwrite. */
#ifndef PERENNIAL_ENGINE_FORGET_H
#define PERENNIAL_ENGINE_FORGET_H

#include "engine/engine.h"
#include "record/erase.h"

/* erasing->removed and ->emptied are the caller's. ERR_NOT_FOUND; ERR_CONFLICT: a message to them
 * is leaving, or one of theirs is unread. ret_unlearned: triage is as shipped again, or as before.
 */
enum err engine_erase(struct engine *engine, struct tx *tx, const char *patient_id,
    struct erasing *erasing, bool *ret_unlearned, struct why *reterr_why) WARN_UNUSED;

/* After the commit: what was erased is in no page of the store's file any more. Costs a rewriting
 * of the index of texts; nothing to do on PostgreSQL, whose own vacuum does it. */
enum err engine_overwrite(struct engine *engine, struct tx *tx, struct why *reterr_why) WARN_UNUSED;

#endif
