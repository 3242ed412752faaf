/* due.h: when somebody usually comes again, learnt from when people came.           (part of
 * report)
 *
 * Three models of the same rows. A row is a person: how often they came again, when (counted from
 * their first visit) they came last, and how long ago the first visit was.
 *
 *   bg_nbd       visits at random, at a rate of one's own; after each one may stop (Fader, Hardie
 *                and Lee 2005)
 *   pareto_nbd   the same, but one may stop at any time (Schmittlein, Morrison and Colombo 1987)
 *   regular_gap  nobody stops, and gaps are more regular than chance: the k-th event of a random
 *                stream; k = 1 is chance. What treatments do that wear off.
 *
 * Each log-likelihood is of (frequency, recency) over the same measure, so that they compare.
 * Invariants: pure, and deterministic: same rows, same parameters. Memory: the arena. */
#ifndef PERENNIAL_REPORT_DUE_H
#define PERENNIAL_REPORT_DUE_H

#include "base/arena.h"

struct due_row {
    double frequency, recency, age; /* again; time of the last one; time until now: one unit */
    double count;                   /* how many such people */
};

struct due_bg_nbd {
    double r, alpha, a, b, log_likelihood;
};
struct due_pareto_nbd {
    double r, alpha, s, beta, log_likelihood;
};
struct due_regular_gap {
    double r, alpha, log_likelihood;
    int k;
};

enum { DUE_REGULAR_MAX = 12 }; /* k beyond that is a calendar, not a habit */

/* Rows that are the same become one; returns how many are left. */
size_t due_join_rows(struct due_row *rows, size_t count);
void due_fit_bg_nbd(const struct due_row *rows, size_t count, struct due_bg_nbd *ret_model);
void due_fit_pareto_nbd(const struct due_row *rows, size_t count, struct due_pareto_nbd *ret_model);
void due_fit_regular_gap(
    const struct due_row *rows, size_t count, struct due_regular_gap *ret_model);

/* Still coming, by BG/NBD. */
double due_alive(const struct due_bg_nbd *model, const struct due_row *row);
/* The gap that is usual for this person: their own visits, drawn towards what is usual. */
double due_gap(const struct due_regular_gap *model, const struct due_row *row);

#endif
