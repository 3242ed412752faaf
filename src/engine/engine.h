/* engine.h: the loop that names every room in order.                                      (loop)
 *
 *   source -> record -> audience -> playbook -> journey -> gate -> outbox -> channel -> [patient]
 *                ^                                                                        |
 *                +--- engagement <--- triage <--- inbox <---------------------------------+
 *
 * Place in the flow: over all rooms. It opens the transactions, hands `now` and rows from room to
 * room, and holds no rule of its own: what is decided is decided by journey and gate.
 *
 * Invariants
 *  (1) Whatever changes a patient's facts (an import, a reply, a page, a receipt) is followed by
 *      engine_react for that patient in the same transaction: exits and holds are immediate.
 *  (2) A touch is claimed, decided, judged and moved to `sending` in one transaction; its request
 *      leaves only after the commit.
 *  (3) One step does a bounded amount of work; what is left is due at once.
 *  (4) Same store, home, seed and clock: same steps, same order, same bytes.
 *  (5) ERR_BUSY from the store means that nothing happened: the step is made again.
 *
 * Calling sequence: engine_open -> engine_step* (engine_next says when) -> engine_close. Importers
 * and web pages use engine_react and engine_receive inside their own transactions.
 * Memory: one tick arena, reset at the start of every step. */
#ifndef PERENNIAL_ENGINE_ENGINE_H
#define PERENNIAL_ENGINE_ENGINE_H

#include "engine/home.h"
#include "gate/gate.h"
#include "inbox/inbox.h"
#include "journey/journey.h"
#include "triage/layer.h"

struct engine {
    struct home *home;
    const struct practice *practice;
    struct env *env;
    struct db *db;
    struct gate *gate;
    struct channels
        *channels; /* NULL: this process decides nothing that leaves (import, receive) */
    struct playbook_cache *cache;
    struct ids ids;
    const char *worker; /* lease owner; the same after a restart of the same home */
    const char *actor;  /* of its transactions: "engine", "import" ... */
    struct arena tick;
    struct {
        struct arena arena;
        const char *layer_id;             /* NULL: none */
        const struct triage_layer *layer; /* what the practice's corrections have taught triage */
    } taught;
    size_t batch;        /* touches of a transaction: fewer where they take long */
    int64_t folding;     /* digest of the definitions that the clocks begin to follow; 0: they do */
    const char *trouble; /* the newest sentence that an operator should see; NULL: none */
};

struct engine_options {
    struct home *home;
    struct env *env;
    struct db *db;
    const char *actor;
    bool with_channels;
};
enum err engine_open(struct arena *boot, const struct engine_options *options,
    struct engine *ret_engine, struct why *reterr_why) WARN_UNUSED;
void engine_close(struct engine *engine);

/* What a step did. */
struct engine_counts {
    int64_t entered, advanced, claimed, started, settled, asked, received;
};

enum engine_following {
    FOLLOWING_DONE,
    FOLLOWING_ON,     /* a page of patients was folded, and there are more */
    FOLLOWING_OTHERS, /* another process has begun after us, by other definitions: theirs hold */
    FOLLOWING_MAX
};
/* Where definitions.yaml says something else of its services than the visits were folded by: what
 * the appointments of the next patients are and their clocks anew, in one transaction. From the
 * first step of a home that was read until it is done; another call reads one number. The place is
 * in the store: whoever is interrupted goes on there, and two processes share the work. Sending
 * goes on meanwhile, by what was known of whom no page has reached; nobody enters. */
enum err engine_follow_definitions(struct engine *engine, struct instant now,
    enum engine_following *ret_following, struct why *reterr_why) WARN_UNUSED;

/* One round: fold what came in, scan if the night has come, advance enrollments, ask about doubts,
 * call colleagues to what waits, drain the outbox, settle what the channels report (waiting at most
 * wait_ms for them), count what has changed for the reports. */
enum err engine_step(struct engine *engine, struct instant now, int64_t wait_ms,
    struct engine_counts *ret_counts, struct why *reterr_why) WARN_UNUSED;
/* The next moment at which a step has something to do: a touch, an enrollment, a scan. */
enum err engine_next(struct engine *engine, struct instant now, struct instant *ret_next,
    struct why *reterr_why) WARN_UNUSED;
/* After a restart: leases of this worker's earlier life are over, its sends are in doubt. */
enum err engine_recover(
    struct engine *engine, struct instant now, struct why *reterr_why) WARN_UNUSED;
/* Requests under way are waited for and settled, at most `wait_ms`. For shutdown. */
enum err engine_drain_flights(
    struct engine *engine, struct instant now, int64_t wait_ms, struct why *reterr_why) WARN_UNUSED;

/* ---- inside a transaction that another part has opened ---- */

enum err engine_begin(struct engine *engine, struct instant now, struct tx *ret_tx,
    struct why *reterr_why) WARN_UNUSED;

/* Exits, holds and releases of every live enrollment of these patients (at most FACTS_BATCH_MAX).
 */
enum err engine_react(struct engine *engine, struct tx *tx, const char *const *patient_ids,
    size_t count, struct why *reterr_why) WARN_UNUSED;

/* After engine_react for patients who have just opted out, in a playbook or in none: the booking
 * system is to know it, by one task for each of them. Harmless where such a task is open already.
 */
enum err engine_tell_opt_out(struct engine *engine, struct tx *tx, const char *const *patient_ids,
    size_t count, struct why *reterr_why) WARN_UNUSED;

/* A person has dealt with what this patient said: every hold of theirs is released, journeys go on.
 */
enum err engine_release(struct engine *engine, struct tx *tx, const char *patient_id,
    struct why *reterr_why) WARN_UNUSED;
/* A paused playbook goes on: its patients' touches that came due meanwhile are decided now.
 * ERR_CONFLICT: it was never applied. */
enum err engine_resume_playbook(
    struct tx *tx, const char *playbook, struct why *reterr_why) WARN_UNUSED;
/* Whether a task that may be urgent would call anybody: clinician_contact, or a clinician, manager
 * or owner who has confirmed a phone or mailbox that messages leave for. */
enum err engine_can_call(struct engine *engine, struct arena *arena, struct db *db, bool *ret_can,
    struct why *reterr_why) WARN_UNUSED;
/* `names` of locations that an account is to be limited to. ERR_INPUT: neither a visit nor
 * schedules.yaml knows that one; the hint names the first of those that are known. */
enum err engine_check_locations(struct engine *engine, struct arena *arena, struct db *db,
    const json_t *names, struct why *reterr_why) WARN_UNUSED;
/* What a staff task of a playbook came to: the touch's outcomes (another try, an exit). `agreed`:
 * when another try was agreed on, ms 0 as the playbook says; ret_retries: there is one. */
enum err engine_task_outcome(struct engine *engine, struct tx *tx, const struct task *task,
    const char *outcome, struct instant agreed, bool *ret_retries,
    struct why *reterr_why) WARN_UNUSED;

/* ---- messages that a person approves (a hold with before_each) ---- */

struct engine_words {
    const char *subject, *text; /* as the person reads and writes them; subject: email only */
};
struct engine_draft {
    const char *touch_id, *patient_id, *address, *template_name, *wording, *language;
    enum channel_kind channel;
    const char *subject, *text; /* what can be changed */
    const char *whole, *html;   /* what would arrive: stop line, footer, frame; html: email */
    struct sms_count sms;
    bool changed;           /* not what the template says */
    struct verdict verdict; /* the gate's, now */
    const char *etag;       /* of the words as drafted */
};
/* What the message of that task would say now, or how it would go with those words (NULL: the
 * template's). ERR_NOT_FOUND: the task is about no message; ERR_CONFLICT: it does not wait for
 * somebody's approval any more. `tx` may be a mere reading one. */
enum err engine_draft(struct engine *engine, struct tx *tx, const struct task *task,
    const struct engine_words *words, struct engine_draft *ret_draft,
    struct why *reterr_why) WARN_UNUSED;
/* These words go, and no others, on that channel, through the gate as ever. `by`: user_id. Nothing
 * is done where ret_draft->verdict is a drop. The patient is locked by the caller. */
enum err engine_approve(struct engine *engine, struct tx *tx, const struct task *task,
    const struct engine_words *words, const char *by, struct engine_draft *ret_draft,
    struct why *reterr_why) WARN_UNUSED;
/* This message does not go; the sequence goes on without it. */
enum err engine_refuse(struct engine *engine, struct tx *tx, const struct task *task,
    struct why *reterr_why) WARN_UNUSED;

/* Who is under way on an older version goes on with the one that runs: a person asks for it, after
 * a dry run. At most ENGINE_MIGRATED_MAX at a time; `next` is handed back as `after`.
 * {"playbook","version","dry_run","move":[...],"stay":[...],"next"}; each with patient, reason and
 * what becomes of every touch. The caller drops the reference. ERR_NOT_FOUND: nothing runs. */
enum { ENGINE_MIGRATED_MAX = 1000 };
struct engine_migration {
    const char *playbook, *after; /* after NULL: from the first */
    bool dry_run;
};
enum err engine_migrate(struct engine *engine, struct tx *tx, const struct engine_migration *wanted,
    json_t **ret_json, struct why *reterr_why) WARN_UNUSED;

/* After source_load: merged persons, bookings attributed, every touched patient's journeys. */
enum err engine_after_import(
    struct engine *engine, struct tx *tx, struct why *reterr_why) WARN_UNUSED;

/* After join_split and record_settle: every room gives `gone` back what was theirs before the
 * merge.
 */
enum err engine_split(struct engine *engine, struct tx *tx, const char *into, const char *gone,
    struct why *reterr_why) WARN_UNUSED;

/* Stores and folds in one go (`receive`, the web hook of a running `serve` stores only). */
enum err engine_receive(struct engine *engine, const struct inbox_message *message,
    struct instant now, bool *ret_new, struct why *reterr_why) WARN_UNUSED;

/* A provider's status callback about a message of ours. ERR_NOT_FOUND: not ours. */
struct engine_delivery {
    const char *attempt_id, *provider_id, *delivery, *code; /* code may be NULL */
};
enum err engine_delivery(struct engine *engine, const struct engine_delivery *delivery,
    struct instant now, struct why *reterr_why) WARN_UNUSED;

/* A person's answer in a conversation: it passes the gate like everything else, which lets it go in
 * quiet hours and without consent for marketing, but not to who opted out of everything. */
#define ENGINE_REPLY_KEY "staff_reply"
struct engine_reply {
    const char *patient_id, *address, *subject, *body, *language; /* subject NULL: a text */
    enum channel_kind channel;
};
enum err engine_judge_reply(struct engine *engine, struct instant now,
    const struct engine_reply *reply, struct verdict *ret_verdict,
    struct why *reterr_why) WARN_UNUSED;
/* Queued; the loop asks the gate again and sends it. */
enum err engine_plan_reply(struct engine *engine, struct tx *tx, const struct engine_reply *reply,
    const char **ret_touch, struct why *reterr_why) WARN_UNUSED;

/* A person says what a message meant: it counts from now on (inbox/correct.h). */
struct engine_correction {
    const char *inbound_id, *thread_id;
    struct triage_verdict verdict; /* settled */
    bool tags_said;                /* else those of the reading before stay */
};
struct engine_corrected {
    const char *task_id; /* for somebody to do now; NULL: none */
    bool stays_stopped;  /* the reading before had stopped the address, which a correction cannot
                            undo */
};
/* ERR_NOT_FOUND: no such message in that conversation. */
enum err engine_correct(struct engine *engine, struct tx *tx,
    const struct engine_correction *correction, struct engine_corrected *ret_corrected,
    struct why *reterr_why) WARN_UNUSED;

/* Words to a colleague's own confirmed address, to see how they arrive. No patient, no report. */
#define ENGINE_TEST_KEY "test"
enum { ENGINE_TESTS_PER_HOUR_MAX = 10 };
struct engine_test {
    const char *user_id, *address, *subject, *body, *html, *language; /* subject, html: mail */
    const char *what; /* for the audit: the template or playbook */
    enum channel_kind channel;
};
/* Queued. ERR_CONFLICT: all sending is paused; ERR_LIMIT: too many within an hour. */
enum err engine_plan_test(struct engine *engine, struct tx *tx, const struct engine_test *test,
    const char **ret_touch, struct why *reterr_why) WARN_UNUSED;

/* Answers of knowledge/ that went without a person; the second names what the patient had named. */
#define ENGINE_ANSWER_KEY "auto_answer"
#define ENGINE_NAMED_ANSWER_KEY "auto_answer_named"
/* What the practice's own sentences say to a message; false: nothing. */
bool engine_suggest_answer(struct engine *engine, struct arena *arena, const char *text,
    const char *prior, struct instant now, struct knowledge_answer *ret_answer);

/* Whether a patient is under age, so that a parent or guardian is spoken to, by a person: nothing
 * is answered, booked or drafted by itself. */
enum err engine_is_minor(struct engine *engine, struct arena *arena, struct db *db,
    const char *patient_id, struct instant now, bool *ret_minor,
    struct why *reterr_why) WARN_UNUSED;

/* Free times of schedules.yaml for a message that asks for them; false: it does not, or none are
 * free. */
bool engine_suggest_times(struct engine *engine, struct arena *arena, const char *patient_id,
    const char *text, const char *prior, struct instant now, struct knowledge_answer *ret_answer);

/* Addresses that go into messages. */
char *engine_link(
    struct arena *arena, const struct home *home, const char *purpose, const char *link_code);

#endif
