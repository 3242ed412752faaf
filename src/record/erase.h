/* erase.h: a person is erased: what says who they are goes, what must be provable stays.
 *                                                                              (part of record)
 * A person may ask to be forgotten. Where the practice is under HIPAA there is no right to it, and
 * the medical record, which is in the booking system, is kept as the state says; where it is not,
 * state laws give that right (Washington's RCW 19.373, Nevada's and Connecticut's). Either way some
 * things are never given up: that somebody must not be written to, that what was sent was allowed,
 * and the audit log. They stay, without a name, an address or a word that was said.
 *
 * Flow: cmd -> engine_erase -> each room in turn: erase_open -> (rooms: erase_run) -> record_erase
 * -> erase_close, in one transaction. Nothing of it happened when that is rolled back: a dry run is
 * the whole of it without the commit.
 *
 * Invariants
 *  (1) A suppression is never removed: it loses its address and words and keeps the address's keyed
 *      hash. Whoever gets that address by a later import gets the suppression with it.
 *  (2) The audit log is not touched: it names rows and ids, no people.
 *  (3) What reports count stays: rows are emptied, not removed, where a sum stands on them.
 *  (4) A later import does not bring the person back: their rows are refused (RECORD_ERASED), by
 * the hashes of what they would be recognised by, until somebody readmits them; then what they had
 *      stopped as a person is stopped still.
 *  (5) What somebody else shares (an address of a household) is that person's and stays.
 *  (6) Nobody is erased while a message to them is leaving or one of theirs is unread.
 *
 * Calling sequence: as above; erase_find tells an erased person again by what they had; erase_lift
 * lets them come in again. Memory: the arena given. */
#ifndef PERENNIAL_RECORD_ERASE_H
#define PERENNIAL_RECORD_ERASE_H

#include "base/json.h"
#include "record/record.h"

/* A visit that stays for the calendar and the reports, under an id that says nothing. */
struct erased_visit {
    const char *appointment_id, *new_id;
};

/* One erasure under way: every room reads it and adds to the counts. */
struct erasing {
    struct arena *arena;
    struct tx *tx;
    const char *patient_id;
    const char *record_ids; /* JSON array: their ids at the booking system */
    const char *addresses;  /* JSON array: theirs, and nobody else's */
    struct erased_visit *visits;
    size_t visit_count, visit_capacity;
    json_t *removed, *emptied; /* {"messages_in": 3 ...}: the caller's, objects */
    bool again;                /* over a restore: nothing is under way there, (6) does not hold */
};

/* A statement of a room's part. Its parameters are practice_id and those that `takes` names: 'p'
 * patient_id, 'a' addresses, 'n' now_ms. */
struct erase_step {
    const struct sql *sql;
    const char *takes;
    const char *kind; /* of the rows, as people read it; NULL: not counted */
    bool empties;     /* the rows stay without what was said in them */
};
enum err erase_run(struct erasing *erasing, const struct erase_step *steps, size_t count,
    struct why *reterr_why) WARN_UNUSED;

/* Locks the patient, finds what is theirs, and writes down by what they are kept out.
 * ERR_NOT_FOUND: there is no such patient. */
enum err erase_open(struct arena *arena, struct tx *tx, const unsigned char address_key[32],
    const char *patient_id, struct erasing *erasing, struct why *reterr_why) WARN_UNUSED;
/* Before record_erase: these visits stay, emptied; the others go. */
void erase_keep_visit(struct erasing *erasing, const char *appointment_id);
/* What record holds, and the patient. */
enum err record_erase(struct erasing *erasing, struct why *reterr_why) WARN_UNUSED;
/* The row of the audit log: how much went, and no word of what. */
enum err erase_close(struct erasing *erasing, struct why *reterr_why) WARN_UNUSED;

/* ---- afterwards ---- */

struct erased {
    const char *patient_id, *actor;
    struct instant at, lifted; /* lifted ms 0: kept out */
    int64_t stops;             /* what they had stopped as a person; see erase.c */
};
/* By our id, an id of the booking system, E.164 or email. ERR_NOT_FOUND; of several the newest. */
enum err erase_find(struct arena *arena, struct db *db, int64_t practice_id,
    const unsigned char address_key[32], const char *text, struct erased *ret_erased,
    struct why *reterr_why) WARN_UNUSED;
/* The next import may bring them again, as somebody new. ERR_CONFLICT: they may already. */
enum err erase_lift(struct tx *tx, const struct erased *erased, struct why *reterr_why) WARN_UNUSED;

/* Who was erased in another store of this practice (the one a backup replaces) is kept out of this
 * one, too. Those who still stand in it are to be erased again: ret_ids. */
enum err erase_copy(struct arena *arena, struct tx *tx, struct db *from,
    const char *const **ret_ids, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

#endif
