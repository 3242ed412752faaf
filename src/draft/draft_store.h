/* draft_store.h: which drafts are wanted, asked for and ready.                   (part of draft)
 *
 * Flow: engine wants one in the transaction that acts on a patient's message; the drafter's thread
 * takes it, asks the model outside every transaction and hands back what came of it.
 *
 * Invariants
 *  (1) One draft a message. Each change of state leaves an audit row: the model, the tokens and the
 *      hash of the request, never the words.
 *  (2) wanted -> asking -> ready | refused | failed | chosen; ready -> used. What is too late, or
 *      answered otherwise, is passed over. Whoever asks and dies leaves a lease that runs out.
 *
 * Calling sequence: draft_want ; draft_take -> draft_end ; draft_of_thread ; draft_use.
 * Memory: the arena given. */
#ifndef PERENNIAL_DRAFT_DRAFT_STORE_H
#define PERENNIAL_DRAFT_DRAFT_STORE_H

#include "draft/draft.h"
#include "record/erase.h"
#include "store/db.h"

enum { DRAFT_LATE_MS = 10 * 60 * 1000 }; /* by then a person is at it */

enum draft_state {
    DRAFT_STATE_WANTED,
    DRAFT_STATE_ASKING,
    DRAFT_STATE_READY,
    DRAFT_STATE_REFUSED, /* the check threw it away */
    DRAFT_STATE_FAILED,  /* the model did not answer as asked */
    DRAFT_STATE_PASSED,  /* not asked any more: late, moved_on, budget ... */
    DRAFT_STATE_CHOSEN,  /* the practice's sentences that the model chose went out */
    DRAFT_STATE_USED,    /* a colleague sent it */
    DRAFT_STATE_MAX
};

enum err draft_want(struct tx *tx, const char *inbound_id, const char *patient_id,
    struct why *reterr_why) WARN_UNUSED;

/* A message whose draft is asked for now. */
struct draft_task {
    const char *draft_id, *inbound_id, *body, *sender, *channel, *patient_id, *thread_id;
    const char *prior, *prior_touch; /* the message that it answers; NULL */
    struct instant received;
};
/* The oldest that is still wanted, leased until tx->now + lease_ms. What is not wanted any more is
 * passed over on the way. ret_found false: there is none. */
enum err draft_take(struct arena *arena, struct tx *tx, int64_t lease_ms,
    struct draft_task *ret_task, bool *ret_found, struct why *reterr_why) WARN_UNUSED;
/* Is there anything to take? Without a transaction. */
enum err draft_waits(struct db *db, int64_t practice_id, struct instant now, bool *ret_waits,
    struct why *reterr_why) WARN_UNUSED;

/* It is being asked, nobody has written since, and no colleague is at it. */
enum err draft_still(
    struct tx *tx, const char *draft_id, bool *ret_still, struct why *reterr_why) WARN_UNUSED;

struct draft_end {
    const char *draft_id, *patient_id;
    enum draft_state state;
    const char *reason; /* NULL for what is ready or chosen */
    const char *text, *sources, *prompt, *answer, *model, *touch_id; /* may be NULL */
    int64_t tokens_in, tokens_out;
};
/* ret_changed false: it had ended otherwise meanwhile. */
enum err draft_end(struct tx *tx, const struct draft_end *end, bool *ret_changed,
    struct why *reterr_why) WARN_UNUSED;

/* Since a moment. */
struct draft_spending {
    int64_t calls, tokens, failed;
};
enum err draft_spent(struct db *db, int64_t practice_id, struct instant since,
    struct draft_spending *ret_spending, struct why *reterr_why) WARN_UNUSED;

/* Of the patient's last message in a conversation. */
struct draft_view {
    const char *draft_id, *state, *reason, *text, *sources, *model;
    struct instant wanted, ended;
};
enum err draft_of_thread(struct arena *arena, struct db *db, int64_t practice_id,
    const char *thread_id, struct draft_view *ret_view, bool *ret_found,
    struct why *reterr_why) WARN_UNUSED;

/* A colleague sends this text, with that draft before them. ERR_NOT_FOUND: no such draft there. */
struct draft_use {
    const char *draft_id, *thread_id, *patient_id, *touch_id, *user_id, *text;
};
enum err draft_use(struct arena *arena, struct tx *tx, const struct draft_use *use,
    struct why *reterr_why) WARN_UNUSED;

/* Their part of an erasure, after inbox's: no word of question or draft stays. */
enum err draft_erase(struct erasing *erasing, struct why *reterr_why) WARN_UNUSED;

#endif
