/* audit.h: the hash-chained log of every change and every read of PHI.   (keeper)
 *
 * Flow: beside every room, over store. Whoever changes state or reads PHI writes its audit row in
 * the same transaction (promise `audited`). Nothing updates or deletes a row (45 CFR 164.312(b),
 * (c)(2)).
 *
 * Invariants
 *  (1) Chains are per writer (one per process role: "engine", "http", "import" ...; a worker's own
 *      on PostgreSQL): row n holds hash(row n-1), hash = SHA-256 over the row's canonical text.
 *  (2) seq of a writer starts at 1 and has no gaps.
 *  (3) Detail is JSON without free text from patients beyond what the row must prove.
 *  (4) A chain's head is one row (audit_head), locked and moved in the tx that writes: two
 *      processes with one writer name wait for each other and never fork the chain. A tail that was
 *      cut off shows, because the head still counts it.
 *
 * Calling sequence: audit_write (or audit_write_many: one head for a whole batch) inside any tx;
 * audit_checkpoint once a night; audit_verify on a quiet or a busy store; audit_trail -> db_next*
 * -> db_end to show a patient's.
 */
#ifndef PERENNIAL_AUDIT_AUDIT_H
#define PERENNIAL_AUDIT_AUDIT_H

#include "base/json.h"
#include "store/db.h"

/* `action` is "room.verb" ("consent.recorded", "touch.sending", "patient.read"); patient_id and
 * subject_id may be NULL; `detail` is borrowed and may be NULL. The writer is tx->actor's part
 * before the first ':'. */
enum err audit_write(struct tx *tx, const char *action, const char *patient_id,
    const char *subject_id, const json_t *detail, struct why *reterr_why) WARN_UNUSED;

/* The rows of a batch, in order, for the price of two statements and a pipeline. */
struct audit_entry {
    const char *action, *patient_id, *subject_id;
    const json_t *detail; /* borrowed */
};
enum err audit_write_many(struct tx *tx, const struct audit_entry *entries, size_t count,
    struct why *reterr_why) WARN_UNUSED;

/* Writes down where every chain of the tx's practice stands, into the chain of the tx's writer: one
 * row per chain, "audit.checkpoint". From then on a chain that disappears whole, head and all, or
 * is written anew shows. Once a night is enough. */
enum err audit_checkpoint(struct tx *tx, struct why *reterr_why) WARN_UNUSED;

/* What a whole read of every chain found. A broken chain is a finding, not an error: ERR_NONE. */
struct audit_check {
    int64_t rows, writers; /* read, chains */
    bool broken;
    int64_t practice_id; /* of the first broken row, in order of practice, writer, seq */
    char writer[64];
    int64_t seq;
    char reason[128]; /* "the row was changed", "the row is missing" ... */
};
/* Constant memory; one moment of the store, while others write. */
enum err audit_verify(
    struct db *db, struct audit_check *ret_check, struct why *reterr_why) WARN_UNUSED;

/* One patient's trail, oldest first: at_ms, actor, action, subject_id, detail, writer, seq. */
enum {
    AUDIT_AT_MS,
    AUDIT_ACTOR,
    AUDIT_ACTION,
    AUDIT_SUBJECT,
    AUDIT_DETAIL,
    AUDIT_WRITER,
    AUDIT_SEQ
};
enum err audit_trail(struct db *db, int64_t practice_id, const char *patient_id,
    struct db_rows **ret_rows, struct why *reterr_why) WARN_UNUSED;

#endif
