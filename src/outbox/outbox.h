/* outbox.h: the durable queue of everything that is to be said or done.   (keeper)
 *
 * Flow: after gate, before channel. journey's effects are planned here by engine; channel's
 * receipts are settled here. It never decides what is said or whether it may be: it keeps what was
 * decided.
 *
 *   DUE      --outbox_start (an allow)------> SENDING
 *            --outbox_wait------------------> WAITING
 *            --outbox_end-------------------> DROPPED | SKIPPED | CANCELLED | DONE
 *   WAITING  --its time comes: claimed like DUE
 *   SENDING  --outbox_settle----------------> SENT | DUE (never left, or refused for now) | FAILED
 *                                             | IN_DOUBT (no answer)
 *            --lease over, outbox_expire----> IN_DOUBT
 *   IN_DOUBT --outbox_answer_doubt----------> SENT | DUE (the provider never had it)
 *                                             | UNCONFIRMED (nobody can say)
 *
 * Invariants
 *  (1) A touch is in exactly one state; every state that is not final has `next_ms` (never_lost).
 *  (2) SENDING is entered only by outbox_start, which writes the `allow` and the open attempt in
 * the same transaction (one_gate, never_twice): the attempt is durable before its request leaves.
 *  (3) A touch in doubt is never sent again before the provider said that it does not have it.
 *  (4) SENT is final: a failed delivery is a fact about the address, not a reason to send again.
 *  (5) One touch per enrollment, touch key and occurrence (unique index): planning twice is
 * harmless.
 *
 * Calling sequence: outbox_plan -> outbox_claim_due -> (outbox_start -> commit -> channel ->
 * outbox_settle) | outbox_wait | outbox_end. A process that dies after outbox_start leaves a lease
 * to expire. Memory: what is returned lives in the arena given first. */
#ifndef PERENNIAL_OUTBOX_OUTBOX_H
#define PERENNIAL_OUTBOX_OUTBOX_H

#include "base/json.h"
#include "record/erase.h"
#include "record/practice.h"
#include "store/db.h"

enum touch_state {
    TOUCH_DUE,
    TOUCH_WAITING,
    TOUCH_SENDING,
    TOUCH_SENT,
    TOUCH_IN_DOUBT,
    TOUCH_UNCONFIRMED,
    TOUCH_FAILED,
    TOUCH_DROPPED,
    TOUCH_SKIPPED,
    TOUCH_CANCELLED,
    TOUCH_DONE,
    TOUCH_STATE_MAX
};
const char *touch_state_name(enum touch_state state);
bool touch_state_final(enum touch_state state);

enum {
    /* A lease outlives any exchange (CHANNEL_TIMEOUT_MS_MAX), so that a worker that still waits for
     * an answer is never overtaken. */
    OUTBOX_LEASE_MS = 120 * 1000,
    OUTBOX_CLAIM_MAX = 256,   /* touches decided in one transaction: bounds its time and memory */
    OUTBOX_ATTEMPTS_MAX = 10, /* then the touch fails and a person is told */
};

/* As stored. Texts may be NULL where the column may. */
struct touch {
    const char *touch_id, *enrollment_id, *patient_id, *playbook, *version, *touch_key;
    int64_t occurrence, position;
    bool is_task;
    const char *purpose; /* "marketing", "care", "transactional", "answer" */
    enum touch_state state;
    struct instant planned, next, expires; /* expires.ms 0: never */
    bool has_channel;
    enum channel_kind channel;
    const char *driver, *address, *template_name, *wording, *variant, *offer, *language;
    const char *subject, *body, *html;
    const char *code, *code_rule, *detail;
    int64_t attempts, segments;
    struct instant sent, delivered, ended; /* ms 0: not yet */
    const char *provider_id, *delivery, *link_code;
    struct instant created;
    const char *for_staff; /* whom it goes to: a user_id, `clinician_contact`; NULL: a patient */
    const char *words;     /* what a person approved (outbox_words_of); NULL: the template's */
};

/* What is planned: the rest is decided when it is due. touch_id is made by outbox_plan. */
struct touch_plan {
    const char *enrollment_id, *patient_id, *playbook, *version, *touch_key;
    int64_t occurrence, position;
    bool is_task;
    const char *purpose;
    struct instant planned;
    const char *template_name, *variant, *offer; /* may be NULL */
    /* Answers (confirmations, HELP) know their channel, address and words already. */
    bool has_channel;
    enum channel_kind channel;
    const char *address, *subject, *body, *html, *language;
    struct instant expires; /* ms 0: by the playbook's if_blocked */
    const char *for_staff;  /* NULL: for a patient; else patient_id is "" */
};
/* Plans that stand already are left as they are. ret_ids may be NULL; an id is NULL where it stood.
 */
enum err outbox_plan(struct arena *tick, struct tx *tx, const struct touch_plan *plans,
    size_t count, const char **ret_ids, struct why *reterr_why);

/* DUE | WAITING -> DUE at another time, with what another version says of it. */
enum err outbox_replan(struct tx *tx, const struct touch *touch, const struct touch_plan *plan,
    struct why *reterr_why);

/* Due or waiting touches whose time has come, oldest first, ties by id. Locks them for this tx.
 * `only_key`: those of one key; NULL: all. */
enum err outbox_claim_due(struct arena *tick, struct tx *tx, const char *only_key, size_t limit,
    struct touch **ret_touches, size_t *ret_count, struct why *reterr_why);
/* When the next touch wants to be looked at; ERR_NOT_FOUND when none does. */
enum err outbox_next(
    struct db *db, int64_t practice_id, struct instant *ret_next, struct why *reterr_why);

/* A gate's answer as it is written down. */
struct outbox_verdict {
    const char *code, *rule; /* NULL for allow */
    struct instant until;    /* wait */
    const json_t *detail;    /* borrowed; never NULL */
    const char *held_rule;   /* outbox_end: of the code, where that is not this verdict's */
};

/* DUE | WAITING -> SENDING, with the allow and an open attempt. */
struct outbox_start {
    enum channel_kind channel;
    const char *driver, *address, *template_name, *wording, *variant, *offer, *language;
    const char *subject, *body, *html; /* exact texts; subject and html may be NULL */
    int64_t segments;
    const char *lease_owner;
    struct outbox_verdict verdict;
};
enum err outbox_start(struct tx *tx, const struct touch *touch, const struct outbox_start *start,
    struct id *ret_attempt, struct why *reterr_why);
/* DUE | WAITING -> WAITING until verdict->until; expires is written the first time it waits. */
enum err outbox_wait(struct tx *tx, const struct touch *touch, const struct outbox_verdict *verdict,
    struct instant expires, struct why *reterr_why);
/* Not yet, for a reason that is no verdict (a sender's rate, a hold): looked at again at `next`,
 * which is this moment when what it waited for is over. */
enum err outbox_defer(struct tx *tx, const struct touch *touch, struct instant next,
    const char *code, struct why *reterr_why);
/* Whatever of the playbook was deferred with this code is looked at now: what it waited for is
 * over. */
enum err outbox_wake(struct tx *tx, const char *playbook, const char *code, struct why *reterr_why);
/* DUE | WAITING -> a final state. verdict NULL: no gate was asked (skips, cancellations, tasks). */
enum err outbox_end(struct tx *tx, const struct touch *touch, enum touch_state state,
    const char *code, const char *detail, const struct outbox_verdict *verdict,
    struct why *reterr_why);
/* Everything of an enrollment (or, with enrollment_id NULL, of a patient's playbooks) that has not
 * begun -> CANCELLED. */
enum err outbox_cancel(struct tx *tx, const char *enrollment_id, const char *patient_id,
    const char *code, int64_t *ret_cancelled, struct why *reterr_why);

/* DUE | WAITING stays what it is; from now on it says these words and no others. */
struct outbox_words {
    enum channel_kind channel;
    const char *subject, *text; /* subject NULL: a text message */
    bool typed;                 /* plain text; else the template's own, as rendered */
    const char *by;             /* user_id of who changed them; NULL: approved as they were */
};
enum err outbox_approve(struct tx *tx, const struct touch *touch, const struct outbox_words *words,
    struct why *reterr_why) WARN_UNUSED;
/* What `touch->words` says; false: nothing. */
bool outbox_words_of(
    struct arena *arena, const struct touch *touch, struct outbox_words *ret_words);

/* What a channel reports about one attempt. */
enum receipt_outcome {
    RECEIPT_ACCEPTED,  /* the provider took it: SENT */
    RECEIPT_NOT_SENT,  /* it never left (connection refused, 429): DUE again after a pause */
    RECEIPT_TRANSIENT, /* refused for now (SMTP 4xx): DUE again after a pause */
    RECEIPT_CONFIG,    /* the account or the sender is wrong: DUE again, the channel stops, staff is
                          told */
    RECEIPT_PERMANENT, /* this address cannot be reached: FAILED */
    RECEIPT_LANDLINE,  /* PERMANENT, and the number is no mobile */
    RECEIPT_OPT_OUT,   /* the provider says that the person opted out: FAILED, suppressed */
    RECEIPT_CONTENT,   /* this text is refused: FAILED */
    RECEIPT_IN_DOUBT,  /* no answer after it may have left */
    RECEIPT_MAX
};
const char *receipt_outcome_name(enum receipt_outcome outcome);

struct receipt {
    char attempt_id[37];
    enum receipt_outcome outcome;
    int64_t status;          /* HTTP or SMTP status; 0 when not answered */
    const char *code;        /* the provider's own code, "" when none */
    const char *provider_id; /* NULL when not accepted */
    const char *detail;      /* for staff; never patient data */
    int64_t retry_after_s;   /* -1: our own back-off */
};
/* Closes the attempt and moves its touch. Harmless when the attempt is closed already (a late
 * answer after a doubt): then only a provider id is added. ret_touch is the touch after the move.
 */
enum err outbox_settle(struct arena *tick, struct tx *tx, const struct receipt *receipt,
    struct touch *ret_touch, struct why *reterr_why);
/* SENDING touches whose lease is over -> IN_DOUBT. With `owner` set, that owner's whole leases
 * (its process has restarted) end at once. */
enum err outbox_expire(
    struct tx *tx, const char *owner, int64_t *ret_count, struct why *reterr_why);

/* An attempt that nobody has answered. */
struct doubt {
    char attempt_id[37];
    const char *touch_id, *driver, *address, *body;
    enum channel_kind channel;
    struct instant started;
    int64_t asked; /* times before */
};
/* Doubts whose time to ask has come; each is leased for OUTBOX_LEASE_MS. */
enum err outbox_claim_doubts(struct arena *tick, struct tx *tx, size_t limit,
    struct doubt **ret_doubts, size_t *ret_count, struct why *reterr_why);
/* The doubt that `doubt->attempt_id` names, filled in. ERR_NOT_FOUND: it is no doubt any more. */
enum err outbox_read_doubt(struct arena *tick, struct db *db, int64_t practice_id,
    struct doubt *doubt, struct why *reterr_why);
/* Not yet time to ask: looked at again at `next`. */
enum err outbox_postpone_doubt(
    struct tx *tx, const struct doubt *doubt, struct instant next, struct why *reterr_why);
enum doubt_answer {
    DOUBT_FOUND,        /* the provider has it: provider ids that may be it, newest first */
    DOUBT_ABSENT,       /* the provider answered and does not have it */
    DOUBT_NO_ANSWER,    /* the provider could not be asked now */
    DOUBT_NOBODY_KNOWS, /* this kind of provider cannot be asked (SMTP) */
    DOUBT_MAX
};
/* Absent at the last of `ask_after_ms` moves the touch back to DUE, `resend_after_ms` later. */
enum err outbox_answer_doubt(struct arena *tick, struct tx *tx, const struct doubt *doubt,
    enum doubt_answer answer, const char *const *provider_ids, size_t provider_count,
    const struct channel_setting *setting, struct why *reterr_why);

/* What the provider says later about an attempt or a provider id (status callbacks). Out of order
 * and doubled reports are harmless: delivery never moves to a lower rank. Settles a doubt, too.
 * ERR_NOT_FOUND: neither is ours. ret_touch is the touch after the move. */
struct delivery_report {
    const char *attempt_id;  /* may be NULL */
    const char *provider_id; /* may be NULL */
    const char *delivery;    /* a value of touch.delivery */
    const char *code;        /* provider's error code, may be NULL */
};
enum err outbox_report_delivery(struct arena *tick, struct tx *tx,
    const struct delivery_report *report, bool *ret_moved, struct touch *ret_touch,
    struct why *reterr_why);

/* Two patients turned out to be one person. */
enum err outbox_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why);

/* They come apart again: these touches (a JSON array of ids) are the other one's. */
enum err outbox_return_patient(struct tx *tx, const char *into, const char *gone,
    const char *touch_ids, struct why *reterr_why) WARN_UNUSED;

/* Their part of an erasure: what has not begun is cancelled, what went loses address and words.
 * ERR_CONFLICT: a message to them is leaving at this moment. */
enum err outbox_erase(struct erasing *erasing, struct why *reterr_why) WARN_UNUSED;

/* ---- reading ---- */

/* Test messages that a colleague had sent to themselves since then. */
enum err outbox_count_tests(struct db *db, int64_t practice_id, const char *user_id,
    struct instant since, int64_t *ret_count, struct why *reterr_why) WARN_UNUSED;
enum err outbox_read(struct arena *arena, struct db *db, int64_t practice_id, const char *touch_id,
    struct touch *ret_touch, struct why *reterr_why);
/* Touches whose key is LIKE this and that were planned for the patient since. */
enum err outbox_count_keyed(struct db *db, int64_t practice_id, const char *patient_id,
    const char *like, struct instant since, int64_t *ret_count, struct why *reterr_why);
/* By enrollment, oldest plan first. */
enum err outbox_read_enrollments(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *enrollment_ids, size_t count, struct touch **ret_touches, size_t *ret_count,
    struct why *reterr_why);
enum err outbox_read_link(struct arena *arena, struct db *db, int64_t practice_id,
    const char *link_code, struct touch *ret_touch, struct why *reterr_why);
/* The verdicts of a touch as a JSON array, oldest first. */
enum err outbox_read_verdicts(struct db *db, int64_t practice_id, const char *touch_id,
    json_t **ret_verdicts, struct why *reterr_why);
/* What the gate held it for the longest since it was due; NULLs: it has never waited. */
enum err outbox_longest_wait(struct arena *arena, struct db *db, int64_t practice_id,
    const char *touch_id, struct instant now, const char **ret_code, const char **ret_rule,
    struct why *reterr_why);

#endif
