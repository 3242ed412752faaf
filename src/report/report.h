/* report.h: what it brought back, said honestly.                                        (decider)
 *
 * Flow: after engagement; reads enrollments, touches, engagement, attributions, tasks; writes only
 * its own sums. For the owner: how many were reached, answered, booked and came, what they paid,
 * what it cost in staff time and opt-outs, where people left, how reliably the messages went, and
 * how much of it would have happened anyway (the holdout).
 *
 * Invariants
 *  (1) Cohorts by day of entry: a period's enrollments, whatever happened to them later.
 *  (2) Controls are in no rate but the lift: entered, contacted, booked and so on are the treated.
 *  (3) A booking counts within REPORT_GOAL_DAYS of the entry; the windows 14, 30, 60 and 90 stand
 *      beside it and are never mixed.
 *  (4) Every rate stands with its n and its interval (Wilson score, 95%); the lift's interval is
 *      Newcombe's hybrid score (Statistics in Medicine 17:873, 1998, method 10).
 *  (5) An estimate is called one: staff minutes that nobody measured, revenue without a total.
 *  (6) What is read is exact at every moment: the sums, and beside them whatever was changed since
 *      they were made. Without sums (a new store, another time zone) everybody is counted, slowly.
 *
 * Calling sequence: report_build -> report_text | report_html | report_csv | the JSON itself;
 * report_add_up -> report_count; report_pending -> report_fold in the engine's rounds. Memory: what
 * is returned lives in the arena given first. */
#ifndef PERENNIAL_REPORT_REPORT_H
#define PERENNIAL_REPORT_REPORT_H

#include "base/json.h"
#include "record/practice.h"
#include "store/db.h"

enum {
    REPORT_GOAL_DAYS = 30,
    /* Fewer controls say nothing, whatever the interval: 10% of the 400 patients after which an
     * effect of 12% against 3% shows. */
    REPORT_CONTROL_MIN = 40,
    /* Until tasks are timed: a call with its note, an answer (as in engine/plan.h). */
    REPORT_CALL_SECONDS = 300,
    REPORT_ANSWER_SECONDS = 120,
    REPORT_STEPS_MAX = 32, /* touches of a playbook that are told apart */
};

struct report_question {
    const struct practice *practice;
    struct day from, to;   /* entry days, both included; DAY_NONE: open */
    const char *playbook;  /* NULL: all */
    const char *locations; /* JSON array: patients of these, and those without a visit; NULL: all */
    struct instant now;
};
/* {"practice","from","to","at","playbooks":[...],"all":{...}}; each as design/contract.md says. The
 * caller drops the reference. */
enum err report_build(struct arena *arena, struct db *db, const struct report_question *question,
    json_t **ret_report, struct why *reterr_why) WARN_UNUSED;

/* A table for a terminal; one page that needs nothing but itself. */
char *report_text(struct arena *arena, const json_t *report);
char *report_html(struct arena *arena, const json_t *report);

/* Safe against formulas: no cell begins as one. */
enum report_table {
    REPORT_PLAYBOOKS, /* a line for each, and for all */
    REPORT_TOUCHES,   /* how reliably each touch went */
    REPORT_STEPS,     /* where people left, and why */
    REPORT_STAFF,     /* what it took, by kind of task */
    REPORT_TABLE_MAX
};
char *report_csv(struct arena *arena, const json_t *report, enum report_table table);

/* ---- single numbers ---- */

struct report_sums;
enum err report_add_up(struct arena *arena, struct db *db, const struct report_question *question,
    struct report_sums **ret_sums, struct why *reterr_why) WARN_UNUSED;
/* 0 for a playbook that nobody entered. Names: those of the report ("entered", "held"), "control",
 * "left:<step>:<exit>", "held:<hold>", "touch:<what>:<touch>" with what as in the report. */
int64_t report_count(const struct report_sums *sums, const char *playbook, const char *name);
/* How many came out by this exit, after whatever step. */
int64_t report_count_exit(const struct report_sums *sums, const char *playbook, const char *exit);
/* As `drop_out` of the report: [{step, reached, left, staying, reasons: [{exit, patients}]}]. */
json_t *report_steps(
    struct arena *arena, const struct report_sums *sums, const char *playbook) WARN_UNUSED;

/* Weeks from the first day of the question on. */
struct report_week {
    int64_t entered, contacted, replied, booked, opted_out;
};
enum err report_trend(struct arena *arena, struct db *db, const struct report_question *question,
    struct report_week *ret_weeks, int count, struct why *reterr_why) WARN_UNUSED;

/* The people behind a number, newest entry first. */
struct report_people {
    const char *measure;             /* a number of the report: "booked", "left", "late" ... */
    const char *touch, *exit, *code; /* NULL: any */
    const char *kind;                /* of a task; NULL: any */
    int64_t step;                    /* after so many touches; -1: any */
    struct instant before;           /* a page begins behind these two; INT64_MAX: the first */
    const char *before_id;
    size_t limit;
};
struct report_person {
    const char *patient_id, *external_id, *name, *playbook, *enrollment_id, *exit, *arm;
    struct instant entered;
};
enum err report_list_people(struct arena *arena, struct db *db,
    const struct report_question *question, const struct report_people *people,
    struct report_person **ret_people, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

/* ---- keeping the sums ---- */

/* Whether report_fold has something to do. */
enum err report_pending(struct db *db, const struct practice *practice, bool *ret_pending,
    struct why *reterr_why) WARN_UNUSED;
/* Counts some of what was changed anew; `more`: there is more of it. */
enum err report_fold(struct arena *arena, struct tx *tx, const struct practice *practice,
    bool *ret_more, struct why *reterr_why) WARN_UNUSED;

/* ---- the arithmetic, for tests ---- */

struct interval {
    double low, high;
};
/* 95%; n 0 gives 0..1. */
struct interval report_wilson(int64_t hits, int64_t n);
struct interval report_newcombe(int64_t hits_a, int64_t n_a, int64_t hits_b, int64_t n_b);

#endif
