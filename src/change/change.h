/* change.h: what has changed, as others may hear of it.                                  (keeper)
 *
 * Flow: over audit and account. Whatever changes leaves a row in the audit log, in the transaction
 * that changed it. Here that log is read on from where somebody stopped: colleagues' browsers hear
 * of it at once (/events), other programs by webhook (webhook.h). change_kinds.c is the table, for
 * a person to read, of which row is told under which name to whom.
 *
 * Invariants
 *  (1) What is told is a name and ids of ours: no name, address, text or day of a patient.
 *  (2) A row is told only to who holds the permission of its kind; what the table does not name is
 *      told to nobody, and a test finds every action that it does not name.
 *  (3) Each chain of the log is numbered without gaps and in the order of its commits, so that a
 *      position (one number a chain) misses nothing and lasts over restarts and processes.
 *
 * Calling sequence: change_here -> (change_here -> change_read | change_count between the two)*.
 * Memory: what is returned lives in the arena given first. */
#ifndef PERENNIAL_CHANGE_CHANGE_H
#define PERENNIAL_CHANGE_CHANGE_H

#include "account/permission.h"
#include "store/db.h"

enum change_topic {
    CHANGE_THREAD,
    CHANGE_TASK,
    CHANGE_PATIENT,
    CHANGE_PLAYBOOK,
    CHANGE_TOUCH,
    CHANGE_IMPORT,
    CHANGE_SETTINGS,
    CHANGE_STAFF,
    CHANGE_TOPIC_MAX
};
const char *change_topic_name(enum change_topic topic); /* "thread" */

enum change_ids {
    CHANGE_NO_IDS,
    CHANGE_PATIENT_ID,  /* whom it is about */
    CHANGE_SUBJECT_IDS, /* and what was changed */
};

/* How a row of the log is told. */
struct change_kind {
    const char *action;  /* the row's; a last "*" is any rest */
    const char *subject; /* only rows whose subject starts so; NULL: any */
    enum change_topic topic;
    const char *type; /* "task.changed"; NULL: told to nobody */
    enum permission may;
    enum change_ids ids;
};
extern const struct change_kind change_kinds[];
extern const size_t change_kind_count;

/* The first entry that fits; entries that follow it for the same rows hold, too. NULL: none. */
const struct change_kind *change_kind_of(const char *action, const char *subject_id);
/* The next entry for the same rows; NULL: no more. */
const struct change_kind *change_kind_next(const struct change_kind *kind);
/* "thread", "task.changed": a topic with all its types, or one type. */
bool change_is_topic(const char *word);
bool change_in_topic(const struct change_kind *kind, const char *word);

/* ---- positions ---- */

enum {
    CHANGE_WRITERS_MAX = 64, /* chains of one practice: one for each kind of actor, a dozen */
    CHANGE_WRITER_BYTES = 64,
};

/* How far each chain of the log was read. */
struct change_position {
    struct change_mark {
        char writer[CHANGE_WRITER_BYTES];
        int64_t seq;
    } marks[CHANGE_WRITERS_MAX];
    size_t count;
};

/* Where the log ends now. */
enum err change_here(struct db *db, int64_t practice_id, struct change_position *ret_position,
    struct why *reterr_why) WARN_UNUSED;
/* "engine:120,user:7", and back; false for what no position was written as. */
char *change_position_text(struct arena *arena, const struct change_position *position);
bool change_position_parse(const char *text, struct change_position *ret_position);
/* Rows from one to the other; -1: `from` is ahead somewhere, so that it is of another store or of
 * one that was taken back to an earlier day. */
int64_t change_distance(const struct change_position *from, const struct change_position *to);
/* A position between the two, at most so many rows on. */
void change_toward(const struct change_position *from, const struct change_position *to,
    int64_t rows_max, struct change_position *ret_position);
int64_t change_seq_of(const struct change_position *position, const char *writer);

/* ---- changes ---- */

struct change {
    const struct change_kind *kind;
    struct instant at;
    const char *patient_id, *subject_id, *thread_id; /* NULL where the kind or the row has none */
    const char *whose;  /* the patient, also where the kind does not tell; NULL: nobody's */
    const char *writer; /* the row: its chain and number there */
    int64_t seq;
    int64_t count; /* of change_count: so many, without ids */
};

/* Every row between the two that is told to somebody, chain by chain. */
enum err change_read(struct arena *arena, struct db *db, int64_t practice_id,
    const struct change_position *from, const struct change_position *to,
    struct change **ret_changes, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* One for each kind, with how many there are: for more rows than anybody wants one by one. */
enum err change_count(struct arena *arena, struct db *db, int64_t practice_id,
    const struct change_position *from, const struct change_position *to,
    struct change **ret_changes, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

#endif
