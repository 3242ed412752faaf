/* inbox.h: what patients write to us, the conversation it belongs to, and what a person must do.
 *                                                                                         (keeper)
 * Flow: after channel, before triage. A message is stored raw before it is acknowledged; engine
 * then has it read (triage) and hands the reading back here, in one transaction with what follows
 * from it.
 *
 * Invariants
 *  (1) One row per provider message: a message that comes twice is stored once (unique index).
 *  (2) A message is acknowledged only after inbox_store's transaction is durable.
 *  (3) A conversation belongs to one patient over all channels; a sender nobody knows has a
 *      conversation of its own, keyed by the address, and stays visible; it becomes that of the
 *      patient who turns out to have the address, with its tasks, due when they were.
 *  (4) An address that several patients use: the message belongs to the one written to last on that
 *      address; an opt-out holds for the address, and so for all of them.
 *  (5) A task is open until a person ends it or its reason is gone; ending twice is harmless.
 *
 * Calling sequence: inbox_store -> commit -> acknowledge; then inbox_unfolded -> record_lock ->
 * inbox_apply (-> record_suppress, record_pause inside) -> engine reacts -> commit.
 * Memory: what is returned lives in the arena given first. */
#ifndef PERENNIAL_INBOX_INBOX_H
#define PERENNIAL_INBOX_INBOX_H

#include "base/json.h"
#include "record/erase.h"
#include "record/record.h"
#include "store/db.h"

enum {
    INBOX_BODY_BYTES_MAX = 64 << 10, /* a text is 1,600 characters, a mail's own words a few KiB */
};

struct inbox_message {
    const char *channel;     /* a value of inbound.channel */
    const char *provider_id; /* MessageSid; NULL: made up from the other fields' hash */
    const char *sender, *recipient;
    const char *body;        /* cut at INBOX_BODY_BYTES_MAX */
    const char *attachments; /* as in struct inbound; NULL: none */
    struct instant received;
};
/* ret_new false: it was stored before. */
enum err inbox_store(struct tx *tx, const struct inbox_message *message, struct id *ret_inbound,
    bool *ret_new, struct why *reterr_why) WARN_UNUSED;

/* A stored message with whom it is from and what they had read before. */
struct inbound {
    const char *inbound_id, *channel, *sender, *body;
    /* What came with the words, a kind for each, as JSON: ["picture","voice"]. What it shows or
     * says is the provider's alone. */
    const char *attachments;
    struct instant received;
    const char *patient_id;     /* NULL: nobody known */
    const char *const *sharing; /* every patient at this address, by id */
    size_t sharing_count;
    const char *touch_id, *prior_body; /* the last message that went there before; NULL: none */
    const char *prior_key;             /* its touch_key; NULL */
    const char *enrollment_id;         /* of that touch; NULL */
};
bool inbox_has_attachments(const struct inbound *inbound);
/* Not yet acted on, oldest first. */
enum err inbox_unfolded(struct arena *tick, struct db *db, int64_t practice_id, size_t limit,
    struct inbound **ret_inbound, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

/* Still not acted on, asked in the transaction that is about to. */
enum err inbox_claim(
    struct tx *tx, const char *inbound_id, bool *ret_still, struct why *reterr_why) WARN_UNUSED;

/* What triage made of it, in inbox's own words. */
struct inbox_reading {
    const char *json; /* the whole reading, kept for the record */
    bool stop, stop_unsure, stop_keyword;
    bool refuses[CHANNEL_TASK]; /* these alone are stopped, another is kept; never beside `stop` */
    bool settled;      /* and nothing else is said: nobody answers, no sequence ends or waits */
    bool wrong_number; /* the address is not the patient's: closed for good, and no other */
    bool gone;         /* the patient has died or moved: every address is closed, a person looks */
    bool unconfirmed;  /* only likely so: nothing is closed or sent until somebody has said */
    bool restart;      /* a clear act to hear from us again */
    bool help, pause, declined;
    struct day pause_until; /* of a pause; DAY_NONE: until they say so */
    bool also_cancel;       /* may mean the appointment too */
    bool thanks;            /* nothing but that */
    bool attached;          /* nobody has seen or heard what came with it: a person does */
    bool clinical;       /* about their body or medicines, fit for a clinician's ordinary queue */
    const char *label;   /* strongest label */
    const char *route;   /* escalate suppress staff_task auto_reply close */
    const char *urgency; /* none same_day emergency */
    const char *const *tags;
    size_t tag_count;
};
/* Of a stop that names its channels, of CHANNEL_TASK: whether it names any; their names, a new
 * reference. */
bool inbox_names_channel(const bool *stopped);
json_t *inbox_channels_json(const bool *stopped);

/* What engine must do next, in the same transaction. */
struct inbox_outcome {
    const char *const *patients; /* whose facts changed: journeys react */
    size_t patient_count;
    bool opted_out;             /* an opt-out that did not stand before */
    bool refused[CHANNEL_TASK]; /* it was of these alone */
    bool confirm_opt_out; /* one text, at once: OPT-7, OPT-8 (not when it was opted out already) */
    bool confirm_opt_in;
    bool answer_help;
    const char *task_id; /* raised for a person; NULL: none */
};
/* Stops what is to be stopped, moves the conversation, raises the task with the whole history (last
 * message sent, all touches, what was said, last service), tags; marks the message as acted on.
 * Urgency none|same_day|emergency sets role, due time and priority (10 minutes for a clinician). */
enum err inbox_apply(struct arena *tick, struct tx *tx, const struct practice *practice,
    const unsigned char address_key[32], const struct inbound *inbound,
    const struct inbox_reading *reading, struct inbox_outcome *ret_outcome,
    struct why *reterr_why) WARN_UNUSED;

/* ---- tasks ---- */

struct task_plan {
    const char *patient_id; /* may be NULL */
    const char *kind;       /* "warm_call", "answer_reply", "clinician" ... */
    const char *role;       /* "front_desk", "clinician", "manager" */
    const char *title;      /* no patient data beyond the patient's name */
    const json_t *body;     /* snapshot: what the person needs to see; borrowed */
    int priority;           /* 0 first, 50 usual */
    struct instant due;
    const char *enrollment_id, *touch_id, *inbound_id; /* may be NULL */
    bool each_touch; /* one for each touch, not one of its kind for a patient */
};
enum err inbox_add_task(struct tx *tx, const struct task_plan *plan, struct id *ret_task,
    struct why *reterr_why) WARN_UNUSED;
/* The task of a hold for what the patient said last. The one that stands for that message is
 * enough, and a playbook says who does it, until when and as what; not of what may be dangerous or
 * a stop, nor whether a desk answers for a clinician: then it is one more. */
enum err inbox_hold_task(struct tx *tx, const struct task_plan *plan, bool by_playbook,
    struct why *reterr_why) WARN_UNUSED;
/* ERR_NOT_FOUND; ERR_CONFLICT when it ended differently already. */
enum err inbox_end_task(struct tx *tx, const char *task_id, const char *outcome, const char *note,
    int64_t staff_seconds, struct why *reterr_why) WARN_UNUSED;
/* What had answered a patient by itself at that moment did not leave: the tasks that were done by
 * it are open again, and the conversation; where there was none, one is raised. */
struct inbox_lost_answer {
    const char *patient_id;
    const char *answered_by; /* the outcome that the tasks have */
    struct instant answered;
    const char *reason; /* a code: expired, suppressed, failed, in_doubt ... */
    const char *text;   /* what was to be said */
};
enum err inbox_reopen_answered(struct arena *tick, struct tx *tx,
    const struct inbox_lost_answer *lost, struct why *reterr_why) WARN_UNUSED;
/* Whether the address that a patient wrote from was opted out of everything: people may answer it,
 * this program does not (OPT-5). */
enum err inbox_sender_stopped(struct arena *tick, struct db *db, int64_t practice_id,
    const struct inbound *inbound, bool *ret_stopped, struct why *reterr_why) WARN_UNUSED;
/* Open tasks of a patient (kind NULL: all) whose reason is gone: booked, opted out. */
enum err inbox_cancel_tasks(struct tx *tx, const char *patient_id, const char *kind,
    const char *reason, struct why *reterr_why) WARN_UNUSED;

/* Those about messages of this enrollment that were cancelled. */
enum err inbox_cancel_touch_tasks(struct tx *tx, const char *patient_id, const char *enrollment_id,
    const char *reason, struct why *reterr_why) WARN_UNUSED;

struct task {
    const char *task_id, *patient_id, *kind, *role, *title, *body, *state, *outcome;
    struct instant created, due, ended;
    const char *enrollment_id, *touch_id, *inbound_id;
    int64_t priority;
};
/* Open ones (patient_id NULL: everybody's), by priority raised with age, then due. */
enum err inbox_read_tasks(struct arena *arena, struct db *db, int64_t practice_id,
    const char *patient_id, bool open_only, struct instant now, struct task **ret_tasks,
    size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

/* ---- conversations ---- */

/* The patient's side of a conversation is dealt with (a person, or the playbook's rule). */
enum err inbox_close_thread(struct tx *tx, const char *patient_id, const char *closed_by,
    struct why *reterr_why) WARN_UNUSED;

/* The newest reply of each patient since `since` (aligned with ids; received.ms 0: none). */
struct newest_reply {
    struct instant received;
    bool read, stop_unsure;
    const char *label, *route, *urgency; /* NULL when unread */
};
enum err inbox_newest_replies(struct arena *tick, struct db *db, int64_t practice_id,
    const char *const *patient_ids, size_t count, struct newest_reply **ret_replies,
    struct why *reterr_why) WARN_UNUSED;

/* What a patient wrote from this address since then, a line each, newest first; "" for nothing. */
enum err inbox_read_words(struct arena *arena, struct db *db, int64_t practice_id,
    const char *patient_id, const char *address, struct instant since, const char **ret_words,
    struct why *reterr_why) WARN_UNUSED;

/* Senders whom nobody knew, and whose address one of these patients alone has now: their messages,
 * notes and tasks are the patient's, in one conversation. Inside record_lock of the patients. */
struct inbox_joined {
    const char *thread_id, *address, *patient_id;
};
enum err inbox_join_strangers(struct arena *tick, struct tx *tx, const char *const *patient_ids,
    size_t count, struct inbox_joined **ret_joined, size_t *ret_count,
    struct why *reterr_why) WARN_UNUSED;

/* Two patients turned out to be one person: conversations join, tasks move. */
enum err inbox_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why) WARN_UNUSED;

/* What was a patient's own before a merge: JSON arrays of ids, and their conversation. */
struct inbox_parts {
    const char *inbound, *tasks, *notes;
    const char *thread_id, *address; /* NULL: there was none */
};
/* They come apart again; also what came from an address that is theirs alone goes along. */
enum err inbox_return_patient(struct tx *tx, const char *into, const char *gone,
    const struct inbox_parts *parts, struct why *reterr_why) WARN_UNUSED;

/* Their part of an erasure: conversation, notes and tasks go; of messages stays that they came.
 * What triage learned here since their first correction goes, too (ret_unlearned): `train` makes it
 * anew without them. ERR_CONFLICT: a message of theirs is not read yet. */
enum err inbox_erase(
    struct erasing *erasing, bool *ret_unlearned, struct why *reterr_why) WARN_UNUSED;

#endif
