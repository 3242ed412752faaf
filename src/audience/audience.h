/* audience.h: who is due, who enters a playbook tonight, and why others do not.    (decider)
 *
 * Flow: after record, before playbook. Reads the records, writes nothing. A night's entrants are
 * one SQL statement per playbook; the same rules are answered in memory, step by step, for
 * `explain`.
 *
 * Invariants
 *  (1) A patient is not entered for exactly one reason: the first that holds, in the order of
 *      enum entry_reason. (`holdout` and `over_capacity` are journey's to say.)
 *  (2) The statement and audience_judge_entry give the same answer for every patient; a property
 *      test holds them equal on both databases.
 *  (3) A window is in civil days of the practice's zone, both ends included: with due 100d and lost
 *      180d a patient may enter on days 100 to 180.
 *  (4) Unknown never enters: a condition whose answer is unknown refuses.
 *  (5) Same rows, same entry, same moment: same statement, same rows in the same order.
 *
 * Calling sequence: audience_moment_at -> audience_scan -> db_query(scan.sql, scan.args) ->
 * while (db_next) audience_read. For one patient: facts_load -> audience_judge_entry.
 * Ownership: the statement and what is read live in the arena given first. */
#ifndef PERENNIAL_AUDIENCE_AUDIENCE_H
#define PERENNIAL_AUDIENCE_AUDIENCE_H

#include "audience/facts.h"

/* In the contract's order: the first that holds is the reason. */
enum entry_reason {
    ENTRY_NONE, /* enters */
    ENTRY_UNKNOWN_PATIENT,
    ENTRY_INACTIVE,
    ENTRY_DECEASED,
    ENTRY_MINOR,
    ENTRY_DO_NOT_CONTACT,
    ENTRY_OPTED_OUT,
    ENTRY_PAUSED,
    ENTRY_BILLING_DISPUTE,
    ENTRY_CLINICAL_CONCERN,
    ENTRY_STAFF_OR_FAMILY,
    ENTRY_NO_QUALIFYING_VISIT,
    ENTRY_NOT_DUE_YET,
    ENTRY_WINDOW_PASSED,
    ENTRY_BOOKED,
    ENTRY_ALREADY_ENROLLED,
    ENTRY_COOLING_DOWN,
    ENTRY_IN_CONVERSATION,
    ENTRY_UNREACHABLE,
    ENTRY_NO_CONSENT,
    ENTRY_HOLDOUT,       /* decided by journey */
    ENTRY_OVER_CAPACITY, /* decided by journey */
    ENTRY_REASON_MAX
};
const char *entry_reason_name(enum entry_reason reason); /* "booked"; "enter" for ENTRY_NONE */

enum entry_kind {
    ENTRY_BY_CLOCK,  /* clock: last_visit(service) or series_end: crosses due .. close_after */
    ENTRY_BY_COHORT, /* clock: cohort_start: everybody for whom `who` holds */
    ENTRY_BY_EVENT,  /* event: journey brings the patient; there is no scan */
};

struct channel_set {
    bool has[CHANNEL_KIND_MAX];
};

/* The exit of who asked for a pause, in every playbook. It is no end: when the pause is over they
 * enter anew, whatever `after`, `only_if` and once in a lifetime say. */
#define EXIT_PAUSED "paused"

/* entry.re_enter; without it a patient enters once in a lifetime. */
struct re_entry {
    bool allowed;
    struct span after;                   /* since the last exit; zero: at once */
    const struct audience_expr *only_if; /* NULL: none */
    int lifetime_max;                    /* enrollments in all; 0: no bound */
    const char *const *never_after;      /* exits that end it for good */
    size_t never_after_count;
    int line;
};

/* What a playbook says about who enters. Filled by playbook; borrowed here. */
struct audience_entry {
    const char *playbook;
    const char *file; /* of the playbook, for explain; lines below are in it */
    bool marketing;   /* purpose: marketing; else care */
    enum entry_kind kind;
    const struct service_definition *service; /* ENTRY_BY_CLOCK */
    enum clock_mark crosses, close_after;     /* ENTRY_BY_CLOCK; close_after may be CLOCK_NONE */
    int crosses_line, close_line;
    const struct audience_expr *only_if; /* or `who`; scope entry; NULL: none */
    bool exclude[EXCLUSION_MAX];
    int exclude_line;
    struct re_entry re_enter;
    const struct channel_set *touches; /* the channels of each message touch, tasks left out */
    size_t touch_count;
    const struct audience_peer *peers; /* every other playbook of the practice */
    size_t peer_count;
};

enum audience_mode {
    AUDIENCE_ENTRANTS, /* those inside the window (an index range), each with its reason or none */
    AUDIENCE_ALL,      /* every patient who ever had an appointment in that service: plan */
};

struct audience_scan {
    struct sql sql;
    const struct db_arg *args;
    size_t arg_count;
    const struct audience_entry *entry;
    struct audience_moment moment;
    struct day launch_day;
};

/* `launch_day`: first apply; DAY_NONE: not launched yet, everybody due before today is backlog.
 * Order of the rows of AUDIENCE_ALL: most valuable first (completed money), then patient_id; those
 * of AUDIENCE_ENTRANTS come as the store finds them. */
enum err audience_scan(struct arena *arena, const struct audience_entry *entry,
    const struct audience_moment *moment, enum audience_mode mode, struct day launch_day,
    struct audience_scan *ret_scan, struct why *reterr_why) WARN_UNUSED;

/* One row, as the scan gives it. Texts live until the next db_next, `detail` in the arena. */
struct audience_row {
    const char *patient_id, *external_id;
    const char *household_id;     /* NULL for an unknown patient */
    enum entry_reason reason;     /* ENTRY_NONE: enters */
    const char *detail;           /* "2026-03-09 10:00 with Dr. Chen"; NULL for ENTRY_NONE */
    struct day last_day, due_day; /* DAY_NONE without a clock */
    bool backlog;                 /* was due before the launch */
    int64_t value_cents;          /* completed money in all: `order: value` */
    int64_t occurrence;           /* 1 when it is the first time in this playbook */
};
void audience_read(struct arena *arena, const struct audience_scan *scan,
    const struct db_rows *rows, struct audience_row *ret_row);

/* One step of `explain --json`: a rule that was asked, what was read and what came out. A rule of
 * the product refuses when it is true ("patient.deceased"); a condition of the playbook refuses
 * unless it is true: `refuses` tells. */
struct audience_step {
    const char *rule;       /* name of the reason, or of the condition */
    const char *expression; /* as written, or as the product says it */
    json_t *values;         /* owned by the steps: audience_steps_release */
    enum truth result;
    bool refuses;       /* this step is the reason */
    const char *source; /* "definitions.yaml:12"; "product" for what no file can change */
};
struct audience_steps {
    struct audience_step *steps;
    size_t count;
};
void audience_steps_release(struct audience_steps *steps); /* takes NULL; drops the JSON values */

/* The same answer as the scan's row for this patient. `ret_steps` may be NULL; otherwise every rule
 * up to and including the one that refuses. `facts` were loaded for the same moment and are seen
 * from the entry's playbook here (facts_for_playbook). */
void audience_judge_entry(struct arena *arena, const struct audience_entry *entry,
    struct audience_facts *facts, struct day launch_day, struct audience_row *ret_row,
    struct audience_steps *ret_steps);

#endif
