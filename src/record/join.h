/* join.h: people made one and parted again by hand.                               (part of record)
 *
 * Flow: http -> join -> the same fold that an import ends with. Imports join by themselves whom the
 * records show to be one person; what they cannot see, or see wrongly, is said here.
 *
 * Invariants
 *  (1) Of two patients the one that was seen first stays, whoever was named first.
 *  (2) A stop of either holds for both after a merge, on the addresses of both, and stays with both
 *      after a split.
 *  (3) A split gives back what came with the records that go: visits, invoices, memberships,
 *      addresses, imported consents and tags; after a merge also what was said of the other one by
 *      hand. What came to be in between stays, but visits of those records.
 *  (4) Who was parted by hand, or said to be two, is not joined by any import again; a merge by
 *      hand ends that.
 *
 * Calling sequence: record_open -> join_merge | join_split -> record_settle -> (engine moves what
 * later rooms hold) -> record_close. */
#ifndef PERENNIAL_RECORD_JOIN_H
#define PERENNIAL_RECORD_JOIN_H

#include "record/record.h"

/* ERR_NOT_FOUND; ERR_CONFLICT: the two are one. ret_into: who stays. */
enum err join_merge(struct record_load *load, const char *one, const char *other,
    const char **ret_into, struct why *reterr_why) WARN_UNUSED;

struct join_split {
    const char *patient_id; /* who is to be parted */
    const char *gone;       /* undoes the merge with this one; NULL: by records */
    const char *const *record_ids;
    size_t record_count;
};
/* ERR_NOT_FOUND: no such patient, merge or record; ERR_CONFLICT: nothing would be left of one.
 * ret_other: the one that is apart now, under the id it had where it had one. */
enum err join_split(struct record_load *load, const struct join_split *split,
    const char **ret_other, struct why *reterr_why) WARN_UNUSED;

/* The two are not the same person (apart), or may be after all; saying it twice changes nothing.
 * ERR_CONFLICT: one and the same id. */
enum err join_keep_apart(struct tx *tx, const char *one, const char *other, bool apart,
    struct why *reterr_why) WARN_UNUSED;

#endif
