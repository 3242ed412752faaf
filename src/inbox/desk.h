/* desk.h: what people do with conversations and tasks.                            (part of inbox)
 *
 * Flow: called by http for somebody at the front desk; automation goes on only through engine,
 * which the caller asks in the same transaction.
 *
 * Invariants: (1) each act leaves its audit row; (2) a note is never sent; (3) who closes a
 * conversation says so by name. Calling sequence: any, in a tx. Memory: nothing is returned. */
#ifndef PERENNIAL_INBOX_DESK_H
#define PERENNIAL_INBOX_DESK_H

#include "inbox/inbox.h"

/* What is false stays. */
struct thread_change {
    bool assigns, snoozes, drafts;
    const char *assignee;   /* NULL: nobody */
    struct instant snoozed; /* ms 0: not */
    const char *draft;      /* NULL: none */
};
/* ERR_NOT_FOUND. */
enum err inbox_change_thread(struct tx *tx, const char *thread_id,
    const struct thread_change *change, struct why *reterr_why) WARN_UNUSED;
/* Read by a person up to now: no audit, the read itself has its row. */
enum err inbox_see_thread(struct tx *tx, const char *thread_id, struct why *reterr_why) WARN_UNUSED;
enum err inbox_end_thread(struct tx *tx, const char *thread_id, const char *closed_by,
    struct why *reterr_why) WARN_UNUSED;
enum err inbox_reopen_thread(
    struct tx *tx, const char *thread_id, struct why *reterr_why) WARN_UNUSED;
enum err inbox_add_note(struct tx *tx, const char *thread_id, const char *user_id, const char *body,
    struct id *ret_note, struct why *reterr_why) WARN_UNUSED;
/* A colleague's answer is on its way: the draft is done, the tasks that asked for one end. */
enum err inbox_note_reply(struct arena *tick, struct tx *tx, const char *thread_id,
    const char *patient_id, const char *touch_id, const char *user_id,
    struct why *reterr_why) WARN_UNUSED;

/* ERR_NOT_FOUND: there is no such open task. */
struct task_change {
    bool assigns;
    const char *assignee; /* NULL: nobody */
    struct instant due;   /* ms 0: stays */
};
enum err inbox_change_task(struct tx *tx, const char *task_id, const struct task_change *change,
    struct why *reterr_why) WARN_UNUSED;

/* canned_id NULL: a new one, its id in ret_id. ERR_NOT_FOUND. */
struct canned_plan {
    const char *canned_id, *name, *body, *language;
};
enum err inbox_put_canned(struct tx *tx, const struct canned_plan *plan, struct id *ret_id,
    struct why *reterr_why) WARN_UNUSED;
enum err inbox_drop_canned(
    struct tx *tx, const char *canned_id, struct why *reterr_why) WARN_UNUSED;

#endif
