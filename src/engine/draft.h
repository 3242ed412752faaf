/* draft.h: a language model is asked for a draft, outside every transaction.     (part of engine)
 *
 * Place in the flow: fold wants a draft for what may be answered from knowledge/ (engine__fold);
 * the drafter's thread takes the oldest with engine_next_draft, carries the request out and hands
 * the answer to engine_end_draft. The rooms are draft (words and checks), knowledge (facts), record
 * (whose name stays here) and outbox, for the practice's own sentences that may go by themselves.
 *
 * Invariants
 *  (1) No transaction is open while the model is waited for; nothing waits for it but its thread.
 *  (2) Nothing clinical, no complaint, no money back, no stop, nobody in trouble with the practice
 *      and no VIP is drafted for. The model decides neither label nor route.
 *  (3) Nothing leaves without an address in the settings, and an agreement that runs on that day
 *      unless the model is the practice's own.
 *  (4) A draft that fails its check is kept for the record and shown to nobody.
 *
 * Calling sequence: engine_next_draft -> (exchange) -> engine_end_draft. Memory: the arena given
 * to engine_next_draft holds the draft until it is ended. */
#ifndef PERENNIAL_ENGINE_DRAFT_H
#define PERENNIAL_ENGINE_DRAFT_H

#include "draft/draft_store.h"
#include "engine/engine.h"

struct engine_model_draft {
    struct draft_task task;
    struct draft_question question;
    struct knowledge_told told[DRAFT_FACTS_MAX];
    const struct triage_reading *reading;
    const char *prompt;
    struct net_request request;
    struct net_header headers[2];
};

/* Is there one to take, and a model to ask? */
enum err engine_draft_waits(
    struct engine *engine, struct instant now, bool *ret_waits, struct why *reterr_why) WARN_UNUSED;
/* Leased and written; ret_found false: there is none, or the oldest was passed over (again: ask
 * engine_draft_waits). */
enum err engine_next_draft(struct engine *engine, struct arena *arena, struct instant now,
    struct engine_model_draft *ret_draft, bool *ret_found, struct why *reterr_why) WARN_UNUSED;
/* `status` 0: no answer. ret_flaw says what was wrong with it. */
enum err engine_end_draft(struct engine *engine, struct arena *arena, struct instant now,
    const struct engine_model_draft *draft, int status, const char *bytes, size_t len,
    enum draft_flaw *ret_flaw, struct why *reterr_why) WARN_UNUSED;

#endif
