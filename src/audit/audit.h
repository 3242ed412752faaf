/* audit.h: the hash-chained log of every change and every read of PHI.   (keeper)
 *
 * Flow: beside every room, over store. Whoever changes state or reads PHI writes its audit row in the
 * same transaction (promise `audited`). Nothing updates or deletes a row (45 CFR 164.312(b), (c)(2)).
 *
 * Invariants
 *  (1) Chains are per writer (one per process role: "engine", "http", "import" ...; a worker's own on
 *      PostgreSQL): row n holds hash(row n-1), hash = SHA-256 over the canonical text of the row.
 *  (2) seq of a writer starts at 1 and has no gaps.
 *  (3) Detail is JSON without free text from patients beyond what the row must prove.
 *
 * Calling sequence: audit_write inside any tx; audit_verify on a quiet or a busy store. */
#ifndef PERENNIAL_AUDIT_AUDIT_H
#define PERENNIAL_AUDIT_AUDIT_H

#include "base/json.h"
#include "store/db.h"

/* `action` is "room.verb" ("consent.recorded", "touch.sending", "patient.read"); patient_id and
 * subject_id may be NULL; `detail` is borrowed and may be NULL. The writer is tx->actor's part
 * before the first ':'. */
enum err audit_write(struct tx *tx, const char *action, const char *patient_id,
    const char *subject_id, const json_t *detail, struct why *reterr_why) WARN_UNUSED;

struct audit_check {
    int64_t rows, writers;
    bool broken;
    char writer[64];   /* of the first broken row */
    int64_t seq;
    char reason[128];  /* "hash does not match", "gap", "previous hash does not match" */
};
enum err audit_verify(struct db *db, struct audit_check *ret_check, struct why *reterr_why);

#endif
