/* alert.h: whom an open task calls when nobody takes it.                       (part of inbox)
 *
 * A task for a clinician calls clinicians at once, managers when its ten minutes are over, and then
 * everybody again; an unhappy patient calls a manager; a question that nobody answered in time
 * calls the front desk, and later a manager. Who ends the task ends the calls. The words that are
 * sent name no patient.
 *
 * Place in the flow: the engine claims what is due, sends through the outbox to colleagues, and
 * puts the next step. Calling sequence: inbox_claim_alerts -> inbox_alert_roles -> inbox_put_alert,
 * in one transaction. Sources: AI-12 (a person within a minute), service levels of
 * docs/front-desk.md.
 *
 * Invariants
 *  (1) A step that called somebody is not called again.
 *  (2) A task that may be urgent and could call nobody at any step stays where it stood: it calls
 *      as soon as somebody can be called (inbox_keep_alert, inbox_claim_uncalled). */
#ifndef PERENNIAL_INBOX_ALERT_H
#define PERENNIAL_INBOX_ALERT_H

#include "inbox/inbox.h"

enum alert_role {
    ALERT_FRONT_DESK = 1 << 0,
    ALERT_CLINICIAN = 1 << 1,
    ALERT_MANAGER = 1 << 2,
    ALERT_OWNER = 1 << 3
};

enum {
    ALERT_AWAKE_FROM_MINUTE = 8 * 60, /* practice-local; only clinicians are called outside */
    ALERT_AWAKE_UNTIL_MINUTE = 20 * 60,
};

struct task_alert {
    const char *task_id, *kind;
    int step; /* 0: the first call */
    struct instant due;
};

/* Those whose time has come, oldest first; locked for this transaction. */
enum err inbox_claim_alerts(struct arena *tick, struct tx *tx, size_t limit,
    struct task_alert **ret_alerts, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* Bits of enum alert_role; 0: this task calls nobody at that step. */
unsigned inbox_alert_roles(const struct task_alert *alert);
/* The kind of task that is. */
#define INBOX_ALERT_URGENT "clinician"
/* May wake people: it is about somebody's health. */
bool inbox_alert_is_urgent(const struct task_alert *alert);
/* This step is done; `reached` people were called. The next one follows, if there is one; after
 * nobody none does. */
enum err inbox_put_alert(struct tx *tx, const struct task_alert *alert, size_t reached,
    struct why *reterr_why) WARN_UNUSED;
/* Not now: the same step again at `at`. */
enum err inbox_defer_alert(struct tx *tx, const struct task_alert *alert, struct instant at,
    struct why *reterr_why) WARN_UNUSED;
/* Nobody could be called, at this step or a later one: it stays there until somebody can. */
enum err inbox_keep_alert(
    struct tx *tx, const struct task_alert *alert, struct why *reterr_why) WARN_UNUSED;
/* Tasks that stay so, oldest first; locked for this transaction. */
enum err inbox_claim_uncalled(struct arena *tick, struct tx *tx, size_t limit,
    struct task_alert **ret_alerts, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
enum err inbox_has_uncalled(
    struct db *db, int64_t practice_id, bool *ret_has, struct why *reterr_why) WARN_UNUSED;
/* ERR_NOT_FOUND: no task calls anybody at a time. */
enum err inbox_next_alert(struct db *db, int64_t practice_id, struct instant *ret_next,
    struct why *reterr_why) WARN_UNUSED;

#endif
