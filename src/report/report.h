/* report.h: what it brought back, said honestly.                                        (decider)
 *
 * Flow: after engagement; reads enrollments, touches, engagement, attributions, tasks; writes
 * nothing. For the owner: how many were reached, answered, booked and came, what they paid, what it
 * cost in staff time and opt-outs, and how much of it would have happened anyway (the holdout).
 *
 * Invariants
 *  (1) Cohorts by day of entry: a period's enrollments, whatever happened to them later.
 *  (2) Controls are in no rate but the lift: entered, contacted, booked and so on are the treated.
 *  (3) A booking counts within REPORT_GOAL_DAYS of the entry; the windows 14, 30, 60 and 90 stand
 *      beside it and are never mixed.
 *  (4) Every rate stands with its n and its interval (Wilson score, 95%); the lift's interval is
 *      Newcombe's hybrid score (Statistics in Medicine 17:873, 1998, method 10).
 *  (5) An estimate is called one: staff minutes that nobody measured, revenue without a total.
 *
 * Calling sequence: report_build -> report_text | report_html | the JSON itself. */
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

/* ---- the arithmetic, for tests ---- */

struct interval {
    double low, high;
};
/* 95%; n 0 gives 0..1. */
struct interval report_wilson(int64_t hits, int64_t n);
struct interval report_newcombe(int64_t hits_a, int64_t n_a, int64_t hits_b, int64_t n_b);

#endif
