/* gate_int.h: shared by the files of gate. */
#ifndef PERENNIAL_GATE_INT_H
#define PERENNIAL_GATE_INT_H

#include "base/map.h"
#include "base/text.h"
#include "gate/gate.h"
#include "playbook/playbook.h"

/* ---- tsv.c: a table of facts, line by line ---- */

enum { TSV_CELLS_MAX = 9, TSV_BYTES_MAX = 1 << 20 };

struct tsv {
    struct arena *arena;
    const char *file, *at, *end;
    int line; /* of the row just read */
    const char *cells[TSV_CELLS_MAX];
};
/* Skips lines that begin with #, and checks the heading: ERR_INPUT when it is not `heading`. */
enum err tsv_open(struct arena *arena, const char *file, const char *text, size_t len,
    const char *heading, struct tsv *ret_tsv, struct why *reterr_why);
/* ret_row false at the end. ERR_INPUT unless the row has exactly `cells` cells. */
enum err tsv_next(struct tsv *tsv, size_t cells, bool *ret_row, struct why *reterr_why);
enum err tsv_error(const struct tsv *tsv, struct why *reterr_why, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* "a,b,c" into at most `max` texts. */
size_t tsv_list(struct arena *arena, const char *cell, const char **items, size_t max);

/* ---- gate ---- */

struct gate {
    const struct practice *practice;
    struct place_table *places;
    struct quiet_table *quiet;
};

/* One message that left, or a call that was given to staff, as the caps count it. */
struct past_send {
    struct instant at;
    enum channel_kind channel;
    bool marketing, stop_line;
    const char *patient_id;
    struct past_send *next;
};

struct household { /* counts as one recipient */
    struct past_send *sends;
};

struct gate_person {
    const struct patient *patient;
    struct household *household;
    const struct contact_point *contacts; /* of this patient, by channel and rank */
    size_t contact_count;
    const struct consent *consents;
    size_t consent_count;
    struct instant last_reply;           /* ms 0: never */
    const struct preference *preference; /* NULL: none was said */
    bool calls_refused;                  /* consent to calls was asked for and not given */
    struct places places;                /* without a number: for local days */
    const struct zone *zone;
};

/* What the practice did or will do on one of its days. */
struct day_load {
    struct day day;
    int64_t sends, calls;
    struct day_load *next;
};

struct gate_batch {
    struct arena *tick;
    const struct gate *gate;
    struct instant loaded;
    struct map people;     /* patient_id -> struct gate_person */
    struct map households; /* household_id -> struct household */
    struct playbook_state *playbooks;
    size_t playbook_count;
    struct instant booking_data; /* newest import of appointments; ms 0: never */
    struct day_load *days;
};

struct gate_person *batch_person(const struct gate_batch *batch, const char *patient_id);
/* NULL when nothing was counted for that day. */
struct day_load *batch_day(const struct gate_batch *batch, struct day day);
/* What a rule reads. Each check returns true when it has refused. */
struct judging {
    struct arena *tick;
    const struct gate_batch *batch;
    const struct gate_case *case_;
    const struct gate_person *person;    /* NULL: unknown patient */
    const struct contact_point *contact; /* the address as record knows it, NULL: it does not */
    enum purpose purpose;                /* after "mixed becomes marketing" */
    struct instant now;
    struct day today;     /* patient-local */
    struct places places; /* with the number that is used */
    json_t *detail;
    struct verdict verdict;
};
/* Whether the patient allows treatments to be named: signed, and not on a day to come. */
bool gate_phi_authorized(
    const struct gate_person *person, const struct practice *practice, struct instant now);
/* Sets the verdict; always true, so that a check ends with it. */
bool judge_drop(
    struct judging *judging, enum gate_code code, const char *rule, const char *message);
bool judge_wait(struct judging *judging, enum gate_code code, const char *rule,
    struct instant until, const char *message);

bool gate_check_address(struct judging *judging);
bool gate_check_suppressed(struct judging *judging);
bool gate_check_class(struct judging *judging);
bool gate_check_consent(struct judging *judging);
bool gate_check_minor(struct judging *judging);
bool gate_check_content(struct judging *judging);
bool gate_check_dnc(struct judging *judging);
bool gate_check_quiet_hours(struct judging *judging);
bool gate_check_cap(struct judging *judging);
bool gate_check_vendor(struct judging *judging);
bool gate_check_ai(struct judging *judging);
bool gate_check_fresh(struct judging *judging);
bool gate_check_pilot(struct judging *judging);
bool gate_check_capacity(struct judging *judging);

/* An answer to the patient's own message of the last 24 hours (QH-10). */
bool is_answer(const struct judging *judging);
void detail_text(struct judging *judging, const char *key, const char *text);
void detail_int(struct judging *judging, const char *key, int64_t value);

#endif
