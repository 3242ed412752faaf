/* record_int.h: what the files of record share. Private to the room.
 *
 * An import lives in one `struct record_load`. Work lists are rows (record_seen, record_touched),
 * so that memory does not grow with a file: put fills them, settle walks them a page at a time. */
#ifndef PERENNIAL_RECORD_RECORD_INT_H
#define PERENNIAL_RECORD_RECORD_INT_H

#include "base/buf.h"
#include "base/json.h"
#include "base/map.h"
#include "record/record.h"

enum {
    RECORD_PAGE_MAX = 256,       /* patients folded at once: bounds memory and list parameters */
    RECORD_PAIRS_MAX = 10000,    /* merges found by one query; the rest by the next */
    HOUSEHOLD_PATIENTS_MAX = 12, /* more users of one address: a filler number, no household */
    CATEGORIES_MAX = 20000,      /* distinct service names remembered; more are worked out anew */
};

struct record_load {
    struct record_options options;
    struct arena *request; /* of the whole import: what the maps hold */
    struct arena *scratch; /* of one batch or page */
    const char *file_name; /* of the batch being put */
    const bool *covered;   /* likewise */
    struct tx *tx;
    int64_t next_ordinal;
    bool erased;           /* some suppression stands without its address */
    bool erasures;         /* somebody was erased: rows are looked at for them */
    struct map categories; /* service and stated category -> struct category_answer */
    struct map services;   /* text_key of a service -> the practice's own category of it */
    bool services_read, services_changed;
    bool parted; /* somebody was split off in this tx */
};

/* ---- rows on their way into a statement: batch.c ---- */

struct batch {
    struct arena *arena;
    struct db_arg *args;
    size_t columns, rows, capacity;
};
struct batch batch_of(struct arena *arena, size_t columns);
struct db_arg *batch_add(struct batch *batch); /* `columns` slots to fill */
enum err batch_run(struct tx *tx, const struct sql *sql, const struct batch *batch,
    struct why *reterr_why) WARN_UNUSED;

struct id_list {
    const char **ids;
    size_t count, capacity;
};
void id_list_add(struct arena *arena, struct id_list *list, const char *id);

/* ---- texts of rows: row.c ---- */

/* Canonical JSON of the filled fields, in the order of the fields. */
char *row_json(struct arena *arena, const struct record_row *row);
/* 32 hex digits; `salt` is what else the row's meaning hangs on, or NULL. */
char *row_hash(struct arena *arena, const char *json, const char *salt);
int64_t row_digest(const char *a, const char *b, const char *c); /* 63 bits; texts may be NULL */
bool row_yes(const struct record_row *row, enum record_field field);
int64_t row_int(const struct record_row *row, enum record_field field, int64_t absent);
/* "annlee"; NULL: a first name alone is nobody's name. */
char *row_person_name(struct arena *arena, const struct record_row *row);
struct day row_day(const struct record_row *row, enum record_field field);
/* patient.name_key of a row: "" when it has no name. */
char *full_name_key(struct arena *arena, const struct record_row *row);
/* A JSON text as written by row_json, back into fields (texts in the arena). */
enum err row_parse(struct arena *arena, const char *json, struct record_row *ret_row,
    struct why *reterr_why) WARN_UNUSED;

/* ---- one kind each: `ret_changes` has a place per row ---- */

enum err patient_put(struct record_load *load, int64_t file, const struct record_row *rows,
    size_t count, enum record_change *ret_changes, struct why *reterr_why) WARN_UNUSED;
enum err appointment_put(struct record_load *load, const struct record_row *rows, size_t count,
    enum record_change *ret_changes, struct why *reterr_why) WARN_UNUSED;
enum err service_put(struct record_load *load, const struct record_row *rows, size_t count,
    enum record_change *ret_changes, struct why *reterr_why) WARN_UNUSED;
enum err membership_put(struct record_load *load, const struct record_row *rows, size_t count,
    enum record_change *ret_changes, struct why *reterr_why) WARN_UNUSED;
enum err ledger_put(struct record_load *load, enum record_kind kind, const struct record_row *rows,
    size_t count, enum record_change *ret_changes, struct why *reterr_why) WARN_UNUSED;

/* Rows whose patient is known, before they are put: patient ids by row, NULL when unknown. */
enum err patients_of_rows(struct record_load *load, const struct record_row *rows, size_t count,
    const char **ret_patient_ids, struct why *reterr_why) WARN_UNUSED;
/* row_hash by id (field 0 of `sql`, hash in field 1), as a map of texts. */
enum err known_hashes(struct record_load *load, const struct sql *sql, const struct db_arg *args,
    size_t arg_count, struct map *ret_hashes, struct why *reterr_why) WARN_UNUSED;
enum err patient_touch(struct record_load *load, const char *const *patient_ids, size_t count,
    bool fold, bool appointments, struct why *reterr_why) WARN_UNUSED;

/* Key of definitions.yaml, or NULL. */
enum err category_of(struct record_load *load, const char *service, const char *stated,
    const char **ret_category, struct why *reterr_why) WARN_UNUSED;
void category_forget(struct record_load *load); /* the practice's services changed */

/* ---- settling ---- */

enum err identity_settle(struct record_load *load, struct why *reterr_why) WARN_UNUSED;
enum err household_settle(struct record_load *load, struct why *reterr_why) WARN_UNUSED;
enum err finding_settle(struct record_load *load, struct why *reterr_why) WARN_UNUSED;

/* Bits of record_seen.stops: what an import tells of for the first time. What it told of before
 * does not undo what the person or a colleague said since. */
enum {
    STOPPED_SMS = 1,
    STOPPED_EMAIL = 2,
    STOPPED_VOICE = 4,
    TOLD_PAUSE = 8,
    TOLD_NO = 16, /* shifted by the channel: a consent refused */
};

enum { CONSENT_CHANNELS = 4 }; /* sms, email, voice; CHANNEL_TASK stands for 'phi' */

/* An address of a patient being folded. */
struct point {
    enum channel_kind channel;
    const char *address, *source;
    int64_t rank;
};

struct clock_fold {
    int64_t visits, total_cents; /* total -1: unknown */
    struct day last;
    const char *provider, *service, *location, *appointment_id, *series_id;
    int64_t series_done, series_planned; /* -1: no series */
};

/* One patient of a page on the way to being folded. */
struct folding {
    const char *patient_id;
    bool fold, exists;
    int64_t appointments_changed;
    /* kept of the row that exists, then as folded */
    bool do_not_contact, sms_stopped, email_stopped, voice_stopped, phi_authorized;
    struct day paused_until, phi_authorized_day;
    const char *membership_plan, *membership_status;
    struct day membership_renewal;
    bool membership_row; /* the three come from the membership table */
    /* folded from records */
    struct record_row *records; /* the one that stands for the person first */
    const char **files;         /* which file told of each */
    size_t record_count, record_capacity;
    struct record_row person;                   /* the first non-blank of each field */
    bool any_yes[FIELD_MAX], any_no[FIELD_MAX]; /* of flags, over all records */
    bool inactive, deceased;
    int64_t told; /* bits of record_seen.stops */
    struct point *points;
    size_t point_count;
    /* folded from appointments */
    int64_t visits, ltv_cents;
    struct day first_visit, last_visit;
    const char *last_provider;
    struct clock_fold *clocks; /* one per service clock */
    json_t *notes;             /* for the audit; a new reference */
};

struct page {
    struct record_load *load;
    struct arena *arena;
    struct tx *tx;
    struct folding *patients; /* by patient_id */
    size_t count;
    const char *ids; /* all of them, for LIST */
};
/* The folding of that patient, or NULL. */
struct folding *page_find(const struct page *page, const char *patient_id);
/* Remembers, for the audit, that `what` happened to the patient's permission of that channel. */
void page_note(struct folding *folding, const char *what, const char *channel);

enum err fold_settle(struct record_load *load, struct why *reterr_why) WARN_UNUSED;
enum err person_read(struct page *page, struct why *reterr_why) WARN_UNUSED;
enum err person_write(struct page *page, struct why *reterr_why) WARN_UNUSED;
enum err contact_write(struct page *page, struct why *reterr_why) WARN_UNUSED;
enum err consent_write(struct page *page, struct why *reterr_why) WARN_UNUSED;
enum err stop_write(struct page *page, struct why *reterr_why) WARN_UNUSED;
enum err clock_read(struct page *page, struct why *reterr_why) WARN_UNUSED;
enum err clock_write(struct page *page, struct why *reterr_why) WARN_UNUSED;
enum err pair_write(struct page *page, struct why *reterr_why) WARN_UNUSED;
/* Categories of every appointment again, after services or definitions changed; who is concerned is
 * touched. */
enum err category_settle(struct record_load *load, struct why *reterr_why) WARN_UNUSED;

/* ---- what colleagues change by hand: edit.c, address.c ---- */

/* The person's records are folded anew in settling. */
enum err touch_person(
    struct record_load *load, const char *patient_id, struct why *reterr_why) WARN_UNUSED;
/* One field that was set elsewhere in this tx is kept through imports. */
enum err edit_keep(struct tx *tx, const char *patient_id, enum record_field field,
    const char *value, struct why *reterr_why) WARN_UNUSED;
/* The records that speak for a person were changed by a merge or a split: no edit is over by it. */
enum err edit_rebase(struct tx *tx, const char *patient_id, struct why *reterr_why) WARN_UNUSED;
/* suppression.c: what the person stopped on one address is stopped on all that it could go to. */
enum err stop_spread(
    struct record_load *load, const char *patient_id, struct why *reterr_why) WARN_UNUSED;
/* join.c: addresses that went with the one who was parted are no longer the other one's. */
enum err split_settle(struct record_load *load, struct why *reterr_why) WARN_UNUSED;
/* Lays what stands over the folded persons; what is over is forgotten. */
enum err edit_fold(struct page *page, struct why *reterr_why) WARN_UNUSED;
/* Fills `points` of everybody on the page who is folded: records and what was said by hand. */
enum err address_fold(struct page *page, struct why *reterr_why) WARN_UNUSED;

/* ---- who was erased: erase.c, erased.c ---- */

/* What a person is recognised by after they are gone, as texts to be hashed. */
char *erase_record_key(struct arena *arena, const char *record_id);
char *erase_address_key(struct arena *arena, const char *address);
/* Birth date or name (either may be NULL) with an address; birth date with name. */
void erase_person_keys(struct arena *arena, struct id_list *keys, const char *birth,
    const char *name, const char *address);

/* The rows of a batch that may be taken in, in order: `ret_kept` and, for each, its place in
 * `rows`. ret_changes of the others is RECORD_ERASED. Who was readmitted has what they had stopped
 * filled in. */
enum err erased_sift(struct record_load *load, enum record_kind kind, const struct record_row *rows,
    size_t count, struct record_row *ret_kept, size_t *ret_places, size_t *ret_kept_count,
    enum record_change *ret_changes, struct why *reterr_why) WARN_UNUSED;

char *address_hash(struct arena *arena, const unsigned char address_key[32], const char *address);

#endif
