/* filter.h: the patients for whom an expression holds, as a list.                (part of audience)
 *
 * Flow: for the lists of the web app, whose filter is an expression of the same language as a
 * playbook's `only_if`. Unlike a scan it knows no exclusion: whoever fits is listed.
 *
 * An expression may cost some lookups for each patient, and few may fit it: so a list is looked
 * through a stretch at a time, and whoever asks may stop when it has taken long enough.
 *
 * Invariants: (1) whom the expression leaves unknown does not fit; (2) the order is total, and a
 * stretch begins behind the last row of the one before; (3) every row of a stretch comes back.
 *
 * Calling sequence: audience_filter -> db_query(filter.sql, filter.args): patient_id, the order's
 * first part (text) and whether the patient fits; with `count` one row: how many rows the stretch
 * had, how many fit, the last patient_id. Memory: the arena given first. */
#ifndef PERENNIAL_AUDIENCE_FILTER_H
#define PERENNIAL_AUDIENCE_FILTER_H

#include "audience/audience.h"

enum filter_order { FILTER_NAME, FILTER_LAST_VISIT, FILTER_VALUE };

struct audience_filter {
    struct sql sql;
    const struct db_arg *args;
    size_t arg_count;
};
struct filter_question {
    const struct audience_expr *where; /* scope entry; NULL: everybody */
    const struct audience_moment *moment;
    enum filter_order order;      /* names rise, visits and value fall */
    const char *after, *after_id; /* of the last row before; NULL: from the start */
    const char *locations;        /* JSON array: only patients of these, or of none; NULL: all */
    size_t limit;                 /* rows to look at */
    bool count;                   /* in the order of ids, behind `after_id` */
};
void audience_filter(struct arena *arena, const struct filter_question *question,
    struct audience_filter *ret_filter);

#endif
