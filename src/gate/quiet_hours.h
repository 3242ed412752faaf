/* quiet_hours.h: at which hours a person may be texted or called, by state.     (part of gate)
 *
 * The table is src/gate/quiet_hours_us.tsv: one row per state with its source. A decision takes the
 * rows of every place the person may be in; it is open only when all are.
 *
 * Invariants: (1) a window is local wall time, start inclusive, end exclusive, on any day of any
 * year; (2) no table is used that lacks a state; (3) next_open is open, and nothing between now
 * and it is. */
#ifndef PERENNIAL_GATE_QUIET_HOURS_H
#define PERENNIAL_GATE_QUIET_HOURS_H

#include "gate/place.h"

enum quiet_kind {
    QUIET_MARKETING, /* texts and live calls: the state's row */
    QUIET_RECORDED,  /* artificial or recorded voice: the state's voice_adad row beside it */
    QUIET_CARE       /* reminders: the federal window (QH-12) */
};

struct quiet_table;

enum err quiet_hours_load(struct arena *boot, const char *file, const char *text, size_t len,
    const char *holidays_file, const char *holidays, size_t holidays_len,
    struct quiet_table **ret_table, struct why *reterr_why) WARN_UNUSED;
const char *quiet_hours_version(const struct quiet_table *table); /* "quiet_hours_us@<12 hex>" */

struct quiet_ask {
    enum quiet_kind kind;
    const struct places *places;
    const char *const *closed_days; /* the practice's own, ISO dates */
    size_t closed_day_count;
};
struct quiet_answer {
    bool open;
    const struct place *place; /* the one that says no; the first when open */
    const char *rule;          /* "QH-1", "QH-4", "QH-5", "QH-6", "QH-12" */
    const char *source;        /* of the row: "Fla. Stat. 501.616(6)(a)-(b); 501.059" */
    struct civil local;        /* wall time at that place */
    bool has_next;
    struct instant next_open; /* `now` when open */
};
struct quiet_answer quiet_hours_judge(
    const struct quiet_table *table, const struct quiet_ask *ask, struct instant now);

/* The smallest cap of the places' rows, with its state; 0: none. */
int quiet_hours_cap(const struct quiet_table *table, const struct places *places, bool per_week,
    const char **ret_state, const char **ret_source);

#endif
