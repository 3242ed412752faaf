/* correct.h: a person says what a message meant.                                  (part of inbox)
 *
 * Triage may be wrong. Who reads the message says what is right, and from then on that counts: the
 * conversation stands where it belongs, a stop that was overlooked is kept, a symptom that was
 * overlooked calls a clinician. What had been read before is kept beside it. The practice's own
 * corrections are what its triage learns from (`perennial train`); the words stay in this store.
 *
 * Flow: http -> engine_correct -> inbox_read_message -> inbox_correct -> journeys react.
 *
 * Invariants
 *  (1) Nothing that was stopped starts again by a correction: only the person's own words do that.
 *  (2) A message may be corrected again; each correction is kept, the newest counts.
 *  (3) A conversation that a person has closed opens only for what cannot wait.
 *
 * Calling sequence: inbox_read_message -> record_lock -> inbox_correct, in one transaction.
 * Memory: what is returned lives in the arena given first. */
#ifndef PERENNIAL_INBOX_CORRECT_H
#define PERENNIAL_INBOX_CORRECT_H

#include "inbox/inbox.h"

struct inbox_message_read {
    struct inbound inbound;
    const char *thread_id;
    const char *reading; /* JSON: what counts now */
    const char *stop;    /* yes no unsure */
};
/* A message that was acted on. ERR_NOT_FOUND. */
enum err inbox_read_message(struct arena *arena, struct db *db, int64_t practice_id,
    const char *inbound_id, struct inbox_message_read *ret_message,
    struct why *reterr_why) WARN_UNUSED;

struct inbox_correction {
    const char *labels;                  /* comma-separated, strongest first */
    const struct inbox_reading *reading; /* as corrected */
    const char *const *untags;           /* of the reading before, and not of this one */
    size_t untag_count;
    bool resumes; /* the reading before had paused the patient, this one does not */
};
struct inbox_corrected {
    const char *const *patients; /* whose facts changed: journeys react */
    size_t patient_count;
    bool opted_out;      /* by what it says now */
    const char *task_id; /* that somebody has to do now; NULL: none */
};
enum err inbox_correct(struct arena *tick, struct tx *tx, const struct practice *practice,
    const unsigned char address_key[32], const struct inbox_message_read *message,
    const struct inbox_correction *correction, struct inbox_corrected *ret_corrected,
    struct why *reterr_why) WARN_UNUSED;

/* ---- what is learned from ---- */

struct inbox_lesson {
    const char *correction_id, *text, *prior; /* prior "": the patient wrote first */
    const char *labels, *urgency, *route, *tags;
};
/* The newest of each message, oldest first, the newest `limit` of them. */
enum err inbox_read_lessons(struct arena *arena, struct db *db, int64_t practice_id, size_t limit,
    struct inbox_lesson **ret_lessons, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

/* How many messages have a correction, and of how many it is newer than `since`. */
enum err inbox_count_lessons(struct db *db, int64_t practice_id, struct instant since,
    int64_t *ret_all, int64_t *ret_newer, struct why *reterr_why) WARN_UNUSED;

/* What was learned here; the newest that was not taken back is used. */
struct inbox_layer {
    const char *layer_id, *body; /* body "": as shipped */
    const char *figures;         /* JSON */
    struct instant made;
    int64_t lessons;
};
/* ERR_NOT_FOUND: nothing was learned here. */
enum err inbox_read_layer(struct arena *arena, struct db *db, int64_t practice_id,
    struct inbox_layer *ret_layer, struct why *reterr_why) WARN_UNUSED;
/* Whether another one is used than `layer_id` (NULL: none): one small read. */
enum err inbox_layer_changed(struct db *db, int64_t practice_id, const char *layer_id,
    bool *ret_changed, struct why *reterr_why) WARN_UNUSED;
enum err inbox_put_layer(struct tx *tx, const struct inbox_layer *layer, struct id *ret_id,
    struct why *reterr_why) WARN_UNUSED;
/* The one before is used again. ERR_NOT_FOUND: nothing was learned here. */
enum err inbox_undo_layer(struct tx *tx, struct why *reterr_why) WARN_UNUSED;

#endif
