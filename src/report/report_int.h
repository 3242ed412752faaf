/* report_int.h: what the files of report share. */
#ifndef PERENNIAL_REPORT_REPORT_INT_H
#define PERENNIAL_REPORT_REPORT_INT_H

#include "base/map.h"
#include "report/report.h"

/* ---- counts.c: a bag of named numbers ---- */

/* The numbers that every report shows have a place of their own, the rest has names. Another order
 * or meaning wants another REPORT_BASIS. */
enum report_head {
    HEAD_ENTERED,
    HEAD_CONTACTED,
    HEAD_REPLIED,
    HEAD_BOOKED,
    HEAD_OPTED_OUT,
    HEAD_DELIVERED,
    HEAD_OPENED,
    HEAD_CLICKED,
    HEAD_SHOWED,
    HEAD_NO_RESPONSE,
    HEAD_DECLINED,
    HEAD_ACTIVE,
    HEAD_HELD,
    HEAD_ENDED,
    HEAD_COMPLETED,
    HEAD_REVENUE, /* cents */
    HEAD_WITHIN_14,
    HEAD_WITHIN_30,
    HEAD_WITHIN_60,
    HEAD_WITHIN_90,
    HEAD_CONTROL,
    HEAD_CONTROL_BOOKED,
    HEAD_MAX
};
/* Names of the rest; what may hold a colon stands last:
 *   reached:<step>  left:<step>:<exit>  staying:<step>  held:<hold>
 *   touch:<what>:<touch>  at:<position>:<touch>  code:<touch>:<code>
 *   task:<role>:<kind>  seconds:<role>:<kind> */
#define REPORT_BASIS "2"

struct report_counts {
    int64_t heads[HEAD_MAX];
    struct map named; /* -> int64_t */
};
void report__counts_init(struct report_counts *counts, struct arena *arena);
const char *report__head_name(enum report_head head);
void report__add(struct report_counts *counts, const char *name, int64_t value);
int64_t report__named(const struct report_counts *counts, const char *name); /* heads, too */
/* Adds what report__counts_text wrote, `sign` times. */
void report__merge(struct report_counts *counts, const char *text, int sign);
void report__merge_heads(int64_t heads[HEAD_MAX], const char *text, int sign);
void report__join(struct report_counts *to, const struct report_counts *from);
/* One line of heads, a line for each name; NULL when all are zero. */
const char *report__counts_text(struct arena *arena, const struct report_counts *counts);

/* ---- outcome.c: what one enrollment counts as ---- */

struct outcome {
    const char *enrollment_id;
    struct day day; /* of entry, on the practice's calendar */
    const char *playbook, *places, *counts;
};
enum { OUTCOMES_MAX = 256 }; /* of one call */

/* In no order; who is not there any more is left out. */
enum err report__outcomes(struct arena *arena, struct db *db, const struct practice *practice,
    const char *const *ids, size_t id_count, struct outcome **ret_outcomes, size_t *ret_count,
    struct why *reterr_why) WARN_UNUSED;

/* ---- fold.c ---- */

/* What the sums must have been made by to hold. */
const char *report__basis(struct arena *arena, const struct practice *practice);
enum err report__read_basis(struct arena *arena, struct db *db, int64_t practice_id,
    const char **ret_basis, struct why *reterr_why) WARN_UNUSED; /* "": never */
/* As they stand in the sums. */
enum err report__counted(struct arena *arena, struct db *db, int64_t practice_id, const char *ids,
    struct outcome **ret_outcomes, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

/* ---- sums.c: what a period adds up to ---- */

/* Sees every sum of a day of the period, or what one enrollment changes in it: in with sign 1, out
 * with -1. `outcome` is good for the call only, and has no enrollment in a sum. */
typedef void report__see_fn(void *context, const struct outcome *outcome, int sign);
enum err report__read_days(struct arena *arena, struct db *db,
    const struct report_question *question, report__see_fn *see, void *context,
    struct why *reterr_why) WARN_UNUSED;

/* Of one playbook. */
struct report_sum {
    const char *playbook;
    struct report_counts counts;
};
struct report_sums {
    struct arena *arena;
    struct report_sum **sums; /* by name of playbook */
    size_t count;
    struct map by_name;
};

/* ---- detail.c: the parts of a report that go by name ---- */

void report__add_steps(struct arena *arena, json_t *json, const struct report_counts *counts);
/* `each`: a line for every touch, not only all of them together. */
void report__add_touches(
    struct arena *arena, json_t *json, const struct report_counts *counts, bool each);
void report__add_staff(struct arena *arena, json_t *json, const struct report_counts *counts);

#endif
