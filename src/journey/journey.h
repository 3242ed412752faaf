/* journey.h: one patient's way through one playbook: write, wait, hand over, stop.      (decider)
 *
 * Flow: after playbook, before gate. The core is two pure functions; engine reads their input in
 * set queries, applies what they return through the keepers of other rooms, all in one transaction.
 *
 *   ACTIVE --a human reply, a hold's condition--> HELD --a person, or resume after/if--> ACTIVE
 *   ACTIVE | HELD --first exit that is true--> ENDED     (no way back: a later one is a new row)
 *
 * Invariants
 *  (1) One live enrollment per patient and playbook (unique index); entering twice changes nothing.
 *  (2) An enrollment's decisions are made by the version it began with (promise `pinned`), unless
 *      a person migrates it: then by that one, which its history says.
 *  (3) Exits come before holds, holds before touches; the first that is true decides, in file
 *      order.
 *  (4) Unknown is never true: a condition that cannot be told sends nothing and skips nothing. For
 *      `when` and `only_if` unknown means no; for `skip_if`, exits and holds it means not yet.
 *  (5) Touches of one enrollment go in order of their position; a later one waits for an earlier
 *      one.
 *  (6) A human reply that nobody has read yet holds every message, whatever the playbook says;
 *      what is not caught by an exit or a hold of the playbook is held for a person (hold `reply`).
 *  (7) A control (arm HOLDOUT) gets no touch and no effect; it only starts and ends.
 *  (8) Same input, same answer, same order: nothing here reads a clock or draws a number.
 *
 * Calling sequence, night: journey_read_room -> journey_select_begin -> journey_select_add for each
 * row of audience_scan -> journey_select_end -> journey_schedule -> journey_enroll. Event or claim:
 * record_lock -> journey_step -> journey_save, and engine applies step.effects in order. Memory:
 * what is returned lives in the arena given first. */
#ifndef PERENNIAL_JOURNEY_JOURNEY_H
#define PERENNIAL_JOURNEY_JOURNEY_H

#include "playbook/playbook.h"
#include "record/erase.h"

enum {
    /* Held for a reply that triage has not read yet: looked at again after this. */
    JOURNEY_TRIAGE_MS = 5 * 60 * 1000,
    JOURNEY_HOLDOUT_SHARDS = 10000, /* a hundredth of a percent */
};

/* ---- who enters ---- */

enum journey_arm { ARM_TREAT, ARM_HOLDOUT };
const char *journey_arm_name(enum journey_arm arm);

/* A touch as it is put into the calendar at entry. */
struct journey_planned {
    const struct playbook_touch *touch;
    struct instant at;         /* its day opens: send_from in the patient's zone */
    const char *variant;       /* NULL when the touch has none */
    const char *template_name; /* of the variant; NULL for a task */
    const char *offer;
};

struct journey_entrant {
    struct audience_row row; /* its texts copied */
    enum journey_arm arm;
    bool pilot;
    int64_t occurrence;
    /* From here on by journey_schedule. */
    const struct zone *zone;               /* the patient's; NULL: the practice's */
    struct day start;                      /* day 0 of the timeline, in that zone */
    const struct journey_planned *touches; /* none for a control */
    size_t touch_count;
};
struct journey_refusal {
    const struct journey_refusal *next;
    const char *patient_id, *external_id;
    enum entry_reason reason;
    const char *detail;
};

struct journey_selection {
    struct journey_entrant *entrants; /* treated and controls, in the order of entry */
    size_t entrant_count;
    /* Everybody else, and every control once more with ENTRY_HOLDOUT; a list, NULL: none. */
    const struct journey_refusal *refusals;
    size_t refusal_count; /* also of those that are not listed */
    int64_t refused[ENTRY_REASON_MAX];
    size_t treated;
};

/* How much of the room is taken already. */
struct journey_room {
    int64_t backlog_entered_today;
    int64_t entered_today; /* treated ones, backlog included */
    int64_t pilot_left;    /* -1: no pilot runs */
};

/* Rows may come in any order, and only their `detail` must live as long as the arena, where
 * refusals are listed and not counted alone. Of those who may enter, no more are kept than there is
 * room for. */
enum journey_refusals { REFUSALS_LISTED, REFUSALS_COUNTED };
struct journey_select;
struct journey_select *journey_select_begin(struct arena *arena, const struct playbook *playbook,
    const struct practice *practice, const struct journey_room *room,
    enum journey_refusals refusals);
void journey_select_add(struct journey_select *select, const struct audience_row *row);
void journey_select_end(struct journey_select *select, struct journey_selection *ret_selection);
void journey_select_drop(struct journey_select **select); /* the cleanup; takes NULL inside */
#define JOURNEY_SELECT __attribute__((cleanup(journey_select_drop)))

/* The calendar of one entrant. Day 0 is the first day whose send_from has not passed at `now` in
 * the patient's zone: a scan at 23:00 opens the first touch the next morning. */
void journey_schedule(struct arena *arena, const struct playbook *playbook,
    const struct practice *practice, struct instant now, const struct zone *zone,
    struct journey_entrant *entrant);

/* The draws. By household: the people of one home are treated alike, in every playbook (the seed is
 * the practice alone). Variants by patient, playbook and touch. */
bool journey_is_holdout(int64_t practice_id, const char *household_id, double holdout_percent);
const struct playbook_variant *journey_variant(const struct playbook *playbook,
    const struct playbook_touch *touch, const char *patient_id, int64_t occurrence);
struct day journey_start_day(
    const struct practice *practice, const struct zone *zone, struct instant now);
struct instant journey_day_opens(
    const struct practice *practice, const struct zone *zone, struct day day);

/* ---- one step ---- */

enum enrollment_state {
    ENROLLMENT_ACTIVE,
    ENROLLMENT_HELD,
    ENROLLMENT_ENDED,
    ENROLLMENT_STATE_MAX
};
const char *enrollment_state_name(enum enrollment_state state);

struct enrollment {
    const char *enrollment_id, *patient_id, *household_id, *playbook, *version;
    int64_t occurrence;
    enum journey_arm arm;
    bool pilot;
    enum enrollment_state state;
    struct instant entered;
    struct day start, anchor;
    const char *hold;                /* while HELD: its name */
    struct instant held, hold_until; /* hold_until.ms 0: a person must release it */
    struct instant released;         /* replies up to here are dealt with; ms 0: never released */
    const char *released_hold;       /* the hold that was released last */
    const char *approved_touch;      /* key of the touch that a person approved (before_each) */
    struct instant next;             /* when to look again; ms 0 once ENDED */
    const char *exit, *exit_detail;
    struct instant ended;
    struct day cool_down_until;
};

/* A touch of the enrollment as outbox has it, as far as a decision needs it. */
struct journey_touch {
    const char *touch_id, *touch_key, *variant;
    int64_t occurrence;
    struct instant planned, expires; /* expires.ms 0: not set yet */
    bool begun;                      /* sending, in doubt */
    bool ended;                      /* any final state */
    struct instant sent, delivered;  /* ms 0: not */
};

/* The newest words of the patient, as far as the built-in rules need them. */
struct journey_reply {
    struct instant at;         /* ms 0: none since entry */
    bool read;                 /* triage has folded it */
    bool needs_person;         /* unsure of a stop, or maybe urgent */
    bool closes;               /* route close: nothing to answer, the sequence ends */
    const char *label, *route; /* strongest label and route, NULL when unread */
};

struct journey_input {
    const struct playbook *playbook; /* the pinned version */
    const struct practice *practice;
    const struct zone *zone; /* the patient's */
    const struct enrollment *enrollment;
    const struct journey_touch *touches;
    size_t touch_count;
    const struct audience_facts *facts; /* as of `now`, of this enrollment */
    struct journey_reply reply;
    struct instant now;
};

enum journey_effect_kind {
    EFFECT_SKIP_TOUCH,    /* touch_id; reason, rule */
    EFFECT_GO_TOUCH,      /* touch_id: ask the gate now; template_name, variant, offer */
    EFFECT_WAIT_TOUCH,    /* touch_id; at; reason, rule: looked at again at `at`, not before */
    EFFECT_CANCEL_QUEUED, /* everything of this enrollment that has not begun; reason */
    EFFECT_TASK,          /* task, role, at (due), escalate_at, escalate_to; rule; auto_answer */
    EFFECT_TAG,           /* tag */
    EFFECT_SUPPRESS,      /* suppress; rule */
    EFFECT_WRITE_BACK,    /* tell the booking system (a task where it takes no writes); rule */
    EFFECT_PAUSE_PATIENT, /* until the patient says so */
    EFFECT_CHAIN,         /* target: a playbook to enter at once */
    EFFECT_KIND_MAX
};

/* Texts are NULL where the kind does not use them. */
struct journey_effect {
    enum journey_effect_kind kind;
    const char *touch_id, *touch_key;
    const char *reason; /* a stable word: "skip_if", "when", "held", "expired", "order" */
    const char *rule;   /* the expression or the name of the hold or exit that decided */
    struct instant at, expires;
    const char *template_name, *variant, *offer;
    const char *task, *role, *escalate_to, *tag, *target;
    struct instant escalate_at; /* ms 0: never */
    enum playbook_suppress suppress;
    bool on_reply; /* EFFECT_TASK: about a reply, for which inbox raises one as well */
    const char *const *auto_answer;
    size_t auto_answer_count;
};

/* A line of the enrollment's history: what `explain` shows. */
struct journey_event {
    const char *kind;      /* "entered", "held", "released", "exited", "skipped", "moved", "went" */
    const char *touch_key; /* or NULL */
    const char *rule;      /* or NULL */
    json_t *detail;        /* values read; owned by the step, see journey_step_clear */
};

struct journey_step {
    struct enrollment next; /* equal to the input where nothing changed */
    bool changed;
    const struct journey_effect *effects;
    size_t effect_count;
    struct journey_event *events;
    size_t event_count;
};

/* Exits, holds, releases; then `claimed` (a touch_id that outbox has claimed, or NULL), which gets
 * exactly one of GO, SKIP or WAIT, unless the enrollment ended: then CANCEL_QUEUED covers it. */
void journey_step(struct arena *arena, const struct journey_input *input, const char *claimed,
    struct journey_step *ret_step);
void journey_step_clear(struct journey_step *step); /* the cleanup for JOURNEY_STEP */
#define JOURNEY_STEP __attribute__((cleanup(journey_step_clear)))

/* A person released the hold, or approved the touch that a before_each hold stopped. */
void journey_release(struct arena *arena, const struct journey_input *input,
    const char *approved_touch, struct journey_step *ret_step);
/* What a task came to: the touch's outcomes. ret_retry.ms 0: no other try. */
void journey_outcome(struct arena *arena, const struct journey_input *input, const char *touch_key,
    const char *outcome, struct instant *ret_retry, struct journey_step *ret_step);

/* ---- another version ---- */

enum journey_migrated_change {
    MIGRATED_DONE,    /* over already, whatever the version says */
    MIGRATED_KEPT,    /* comes when it was to come, with the words of the other version */
    MIGRATED_MOVED,   /* comes at another time */
    MIGRATED_ADDED,   /* new in the other version, and still to come */
    MIGRATED_DROPPED, /* the other version has it not */
    MIGRATED_PASSED,  /* new, but its day is over, or something after it was said: never comes */
    MIGRATED_MAX
};
const char *journey_migrated_name(enum journey_migrated_change change);
struct journey_migrated {
    enum journey_migrated_change change;
    const char *touch_id; /* KEPT, MOVED, DROPPED: the touch that waits */
    const char *touch_key;
    struct instant was;             /* of that touch */
    struct journey_planned planned; /* KEPT, MOVED, ADDED */
};
struct journey_migration {
    /* NULL: can be moved. Else "in_flight", "other_clock", "hold_gone", "over". */
    const char *reason, *detail; /* detail may be NULL */
    const struct journey_migrated *touches;
    size_t touch_count;
};
/* What would become of a live enrollment under another version. `input` has the present one. */
void journey_migrate(struct arena *arena, const struct journey_input *input,
    const struct playbook *next, struct journey_migration *ret_migration);

/* ---- keeping: enrollment, enrollment_event, not_entered ---- */

/* From one version to another, with its event; looked at again at once. */
enum err journey_repin(struct tx *tx, const struct enrollment *enrollment, const char *version,
    struct why *reterr_why) WARN_UNUSED;
/* Live ones of a playbook on another version than this, by id, after `after` ("": from the
 * first). */
enum err journey_read_elsewhere(struct arena *arena, struct db *db, int64_t practice_id,
    const char *playbook, const char *version, const char *after, size_t limit,
    struct enrollment **ret_enrollments, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

/* Inserts the enrollment and its `entered` event. ret_id.text is empty when one is live already. */
enum err journey_enroll(struct tx *tx, const struct playbook *playbook,
    const struct journey_entrant *entrant, struct id *ret_id, struct why *reterr_why) WARN_UNUSED;
/* Writes what the step changed, its events and the audit rows. */
enum err journey_save(
    struct tx *tx, const struct journey_step *step, struct why *reterr_why) WARN_UNUSED;
/* Who was found and did not enter: replaces the last scan's rows of this playbook. */
enum err journey_put_refusals(struct tx *tx, const char *playbook,
    const struct journey_refusal *refusals, struct why *reterr_why) WARN_UNUSED;

enum err journey_read_room(struct db *db, const struct practice *practice,
    const struct playbook_state *state, struct instant now, struct journey_room *ret_room,
    struct why *reterr_why) WARN_UNUSED;

enum err journey_read(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *enrollment_ids, size_t count, struct enrollment **ret_enrollments,
    size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* Live ones of these patients, by patient and playbook. */
enum err journey_read_live(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *patient_ids, size_t count, struct enrollment **ret_enrollments,
    size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* All of one patient, newest first. */
enum err journey_read_patient(struct arena *arena, struct db *db, int64_t practice_id,
    const char *patient_id, struct enrollment **ret_enrollments, size_t *ret_count,
    struct why *reterr_why) WARN_UNUSED;
/* Live ones whose `next` has come, oldest first. */
enum err journey_claim_due(struct arena *arena, struct tx *tx, size_t limit,
    struct enrollment **ret_enrollments, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* How many are under way on that version. */
enum err journey_count_live(struct db *db, int64_t practice_id, const char *playbook,
    const char *version, int64_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* ERR_NOT_FOUND: none is live. */
enum err journey_next(struct db *db, int64_t practice_id, struct instant *ret_next,
    struct why *reterr_why) WARN_UNUSED;
/* The events of an enrollment, oldest first, as a JSON array (times in UTC). */
enum err journey_read_events(struct db *db, int64_t practice_id, const char *enrollment_id,
    json_t **ret_events, struct why *reterr_why) WARN_UNUSED;
/* The last scan's word on this patient; ERR_NOT_FOUND when it had none. */
enum err journey_read_refusal(struct arena *arena, struct db *db, int64_t practice_id,
    const char *playbook, const char *patient_id, enum entry_reason *ret_reason,
    const char **ret_detail, struct instant *ret_at, struct why *reterr_why) WARN_UNUSED;

/* Two patients turned out to be one person: of two live enrollments in one playbook the newer ends
 * (exit `merged`); the rest move. */
enum err journey_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why) WARN_UNUSED;

/* They come apart again: these enrollments (a JSON array of ids) are the other one's. One that the
 * merge ended stays so; the next scan may let the person in anew. */
enum err journey_return_patient(struct tx *tx, const char *into, const char *gone,
    const char *enrollment_ids, struct why *reterr_why) WARN_UNUSED;

/* Their part of an erasure (record/erase.h): live ones end (exit `erased`), all lose their words.
 */
enum err journey_erase(struct erasing *erasing, struct why *reterr_why) WARN_UNUSED;

#endif
