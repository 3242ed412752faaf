/* kind.h: which export a file is, found from its headings. Private to source.
 *
 * A record kind (patients, appointments ...) is told by the fields that headings mean; the booking
 * system by headings that only its exports have (docs/import.md). Headings are compared as keys:
 * without case, blanks, punctuation and accents. */
#ifndef PERENNIAL_SOURCE_KIND_H
#define PERENNIAL_SOURCE_KIND_H

#include "base/text.h"
#include "record/field.h"

/* What a column can be beside a canonical field. */
enum column {
    COLUMN_FULL_NAME = FIELD_MAX,
    COLUMN_PHONE, /* a number that is not said to be mobile */
    COLUMN_ADDRESS_2,
    COLUMN_INACTIVE,   /* a flag: yes means the record is inactive */
    COLUMN_START_DATE, /* joined with COLUMN_START_TIME */
    COLUMN_START_TIME,
    COLUMN_END_TIME,
    COLUMN_NO_SHOW, /* flags that speak louder than the status */
    COLUMN_CANCELLED,
    COLUMN_LABEL,   /* a label that may say "confirmed" */
    COLUMN_DROPPED, /* known, and left out on purpose: notes, counts, medical alerts */
    COLUMN_MAX
};

struct kind {
    const char *name; /* "jane.patients" */
    enum record_kind record;
    const char *platform;  /* "jane" */
    const char *signature; /* keys that tell it, parted by blanks; NULL: only by --as */
    int needed;            /* how many of them must be there */
    bool state_is_status;  /* a column `State` is the appointment's state, not a postal one */
    bool time_completes;   /* the system has no "completed": kept once its end is a day past */
    bool by_name;          /* no patient ids: a person is told by name and phone or email */
    bool lines;            /* one appointment id on several lines, a service each */
};

/* NULL when there is none of that name. */
const struct kind *kind_find(const char *name);
const char *const *kind_names(void); /* NULL at the end */

/* What the heading with this key means in an export of that kind; COLUMN_MAX: not known.
 * *ret_rank: the lower, the better this heading names that column. */
int heading_column(const struct kind *kind, const char *key, int *ret_rank);

/* The kind whose headings these are, or NULL. `keys` are text_key of each heading. */
const struct kind *kind_detect(const char *const *keys, size_t count);
/* How many of the headings some kind understands: finds the header below title rows. */
size_t kind_score(const struct kind *kind, const char *const *keys, size_t count);

#endif
