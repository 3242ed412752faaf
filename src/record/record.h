/* record.h: what the practice knows: people, addresses, permission, appointments.   (keeper)
 *
 * Flow: after source, before audience. source hands rows in; every later room reads.
 *
 * Invariants
 *  (1) Records with the same birth date and the same mobile, email or name are one patient; the
 *      id first seen stands for the person (patient.external_id). People who share a phone or
 *      email but not a birth date are two patients of one household.
 *  (2) What was opted out stays so: no import lifts a suppression, clears do_not_contact or
 *      revives a revoked consent. A suppression holds for the address, whoever uses it.
 *  (3) A clock row is written in the transaction that writes the appointment that moves it; only
 *      completed appointments move a clock, in days of the practice's zone.
 *  (4) The same row twice changes nothing (row_hash), and writes no audit row.
 *  (5) What a colleague changed by hand is not overwritten by an import, unless the records say
 *      another value of that field than they said then (edit.h). What an import told of before (a
 *      refused consent, a pause) does not undo what the person or a colleague said since.
 *  (6) record_lock comes first in every transaction that decides about patients or stops them.
 *
 * Calling sequence (import): record_open -> record_put (many, in batches) -> record_settle ->
 * (record_read_merges, record_read_touched) -> record_close -> commit.
 * Memory: what is returned lives in the arena given first. */
#ifndef PERENNIAL_RECORD_RECORD_H
#define PERENNIAL_RECORD_RECORD_H

#include "record/field.h"
#include "record/practice.h"
#include "store/db.h"

enum appointment_status {
    APPOINTMENT_BOOKED,
    APPOINTMENT_CONFIRMED,
    APPOINTMENT_ARRIVED,
    APPOINTMENT_COMPLETED,
    APPOINTMENT_NO_SHOW,
    APPOINTMENT_LATE_CANCELLED,
    APPOINTMENT_CANCELLED,
    APPOINTMENT_STATUS_MAX
};
const char *appointment_status_name(enum appointment_status status);
bool appointment_status_parse(const char *text, enum appointment_status *ret_status);

enum health {
    HEALTH_OK,
    HEALTH_BOUNCED,
    HEALTH_LANDLINE,
    HEALTH_INVALID,
    HEALTH_SOFT_BOUNCED,
    HEALTH_MAX
};
const char *health_name(enum health health);

/* A patient as stored; texts are never NULL unless said so. */
struct patient {
    const char *patient_id, *external_id;
    const char *first_name, *last_name, *preferred_name; /* preferred_name may be NULL */
    struct day birth_day;
    const char *state, *zip, *country, *time_zone;                 /* NULL when unknown */
    const char *language, *preferred_channel, *preferred_provider; /* the last two may be NULL */
    const char *household_id;
    bool inactive, deceased, vip, staff_or_family, billing_dispute, clinical_concern;
    bool do_not_contact, paused_until_told, phi_authorized;
    struct day phi_authorized_on; /* DAY_NONE unknown */
    struct day paused_until;
    int64_t loyalty_points; /* -1 unknown */
    struct day loyalty_expire;
    const char *membership_plan, *membership_status; /* NULL: none */
    struct day membership_renewal, created;
    int64_t visits, ltv_cents, ltv_percentile; /* percentile -1 unknown */
    struct day first_visit, last_visit;
    const char *last_provider; /* may be NULL */
};

struct contact_point {
    const char *patient_id, *address;
    enum channel_kind channel;
    enum health health;
    bool suppressed_marketing, suppressed_all; /* by the ledger, now */
    int64_t rank;
};

struct consent {
    const char *consent_id, *patient_id, *source;
    const char *evidence;      /* may be NULL */
    const char *address;       /* NULL: any */
    enum channel_kind channel; /* CHANNEL_TASK stands for 'phi' */
    bool marketing;            /* purpose */
    bool written;              /* class */
    struct day given;          /* DAY_NONE unknown */
    struct instant recorded;
};

/* One service clock of definitions.yaml, as record needs it to keep clock rows. */
struct service_clock {
    const char *service;         /* key: "neurotoxin" */
    bool series_end;             /* counts from the end of a series; not due while one is open */
    bool member;                 /* counts from any visit, and only while a membership is active */
    struct span due, late, lost; /* zero span: none */
    const char *const *match;    /* folded names or parts of names that mean this service */
    size_t match_count;
};
struct service_clocks {
    const struct service_clock *clocks;
    size_t count;
};

/* ---- taking rows in (called by source, the simulation and tests) ---- */

enum { RECORD_BATCH_MAX = 512 }; /* rows handed over at once: bounds memory and statement size */

/* A row after source normalised it: texts by field, as field.h says. Borrowed for the call. */
struct record_row {
    int64_t row; /* place in its file, for findings */
    const char *values[FIELD_MAX];
};

enum record_change {
    RECORD_CREATED,
    RECORD_UPDATED,
    RECORD_UNCHANGED,
    RECORD_NO_PATIENT, /* refused: no record has the row's patient_id */
    RECORD_ERASED      /* refused: the person was erased (erase.h) */
};

/* What settle found, for the import's report. */
enum record_code { RECORD_DUPLICATE_PERSON, RECORD_SHARED_PHONE };
struct record_finding {
    enum record_code code;
    int64_t file, row; /* as handed to record_put */
    const char *record_id;
    const char *other_record_id; /* the person it belongs to, or shares the phone with */
};
typedef void record_finding_fn(void *context, const struct record_finding *finding);
/* How many of the patients that settling folds are done. */
typedef void record_progress_fn(void *context, int64_t done, int64_t all);

struct record_options {
    const struct practice *practice;
    const struct service_clocks *clocks;
    const unsigned char *address_key; /* 32 bytes: HMAC key of suppression.address_hash */
    record_finding_fn *found;         /* may be NULL */
    record_progress_fn *folded;       /* may be NULL */
    void *context;
};

struct record_load; /* one import in progress, bound to one tx */

enum err record_open(struct arena *request, const struct record_options *options, struct tx *tx,
    struct record_load **ret_load, struct why *reterr_why) WARN_UNUSED;
/* At most RECORD_BATCH_MAX rows of one kind from one file, with no id twice among them. `file` is
 * the caller's number of the file, `file_name` goes into the evidence of consents. `covered` tells
 * which fields a file of patients speaks of at all (by field; NULL: all of them): the others keep
 * what an earlier file said. ret_changes: one per row. */
enum err record_put(struct record_load *load, enum record_kind kind, int64_t file,
    const char *file_name, const bool *covered, const struct record_row *rows, size_t count,
    enum record_change *ret_changes, struct why *reterr_why) WARN_UNUSED;
/* Folds persons, households, permissions and clocks of what was put; calls `found`. May be called
 * again after more was put. */
enum err record_settle(struct record_load *load, struct why *reterr_why) WARN_UNUSED;
/* For rows without a patient id, whose they are: the one patient with the row's full name and its
 * mobile or email, or, when the row has neither, the one with that name. NULL: nobody, or several
 * at one address; blank: the row has neither, and several have the name. Patients put before are
 * known once they are settled. */
enum err record_match(struct arena *arena, struct record_load *load, const struct record_row *rows,
    size_t count, const char **ret_record_ids, struct why *reterr_why) WARN_UNUSED;
/* The patients whose facts changed since record_open, by id, a page at a time (engine reacts in the
 * same tx). `after` is the last id of the page before, "" for the first. */
enum err record_read_touched(struct arena *arena, struct db *db, int64_t practice_id,
    const char *after, size_t limit, const char *const **ret_ids, size_t *ret_count,
    struct why *reterr_why) WARN_UNUSED;
/* Forgets what was touched: the last step before commit. */
enum err record_close(struct record_load *load, struct why *reterr_why) WARN_UNUSED;

/* Two records turned out to be one person: patient `gone` became `into` in this tx. Rooms that hold
 * a patient_id of their own move theirs (engine pages through these before record_close). */
struct record_merge {
    const char *gone, *into;
};
enum err record_read_merges(struct arena *arena, struct db *db, int64_t practice_id,
    struct instant since, struct record_merge **ret_merges, size_t *ret_count,
    struct why *reterr_why) WARN_UNUSED;

/* Imports and pages of a rebuild come one at a time: from here to the end of the tx it is ours.
 * record_open takes it, too. */
enum err record_take_turn(struct tx *tx, struct why *reterr_why) WARN_UNUSED;
/* After definitions changed, in a tx that has the turn: what the appointments of a page of patients
 * are, and their clocks. `after` is the last id of the page before, "" for the first; nobody in it:
 * all are done. Engine reacts for those whom a page names. Constant memory. */
struct record_rebuild {
    const struct practice *practice;
    const struct service_clocks *clocks;
    const char *after;
};
enum err record_rebuild_clocks(struct arena *arena, struct tx *tx,
    const struct record_rebuild *rebuild, const char *const **ret_ids, size_t *ret_count,
    struct why *reterr_why) WARN_UNUSED;
/* ltv_percentile of every patient: nightly. Constant memory. */
enum err record_refresh_percentiles(struct tx *tx, struct why *reterr_why) WARN_UNUSED;

/* ---- reading ---- */

/* By our id, the booking system's id (any record of the person), E.164, email or exact name.
 * ERR_NOT_FOUND, or ERR_CONFLICT naming the candidates' ids. */
enum err record_find_patient(struct arena *arena, struct db *db, int64_t practice_id,
    const char *text, const char **ret_patient_id, struct why *reterr_why);
/* In the order of `ids` (missing ones left out). */
enum err record_read_patients(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *ids, size_t count, struct patient **ret_patients, size_t *ret_count,
    struct why *reterr_why);
enum err record_read_contacts(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *patient_ids, size_t count, struct contact_point **ret_points,
    size_t *ret_count, struct why *reterr_why); /* by patient, channel, rank; current ones only */
enum err record_read_consents(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *patient_ids, size_t count, struct consent **ret_consents, size_t *ret_count,
    struct why *reterr_why); /* live ones only */
/* The channel that a person said they would rather hear by: their newest word (tags prefers_sms,
 * prefers_email, prefers_call), from a reply, a page, the desk, else an export. */
struct preference {
    const char *patient_id, *source;
    enum channel_kind channel;
    struct instant at; /* ms 0: an export's */
};
/* By patient; nobody who named two at once. */
enum err record_read_preferences(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *patient_ids, size_t count, struct preference **ret_preferences,
    size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* Everybody who uses this address now. */
enum err record_patients_at(struct arena *arena, struct db *db, int64_t practice_id,
    enum channel_kind channel, const char *address, const char *const **ret_ids, size_t *ret_count,
    struct why *reterr_why);

/* ---- stopping and permission (called by inbox, http, source) ---- */

/* Row locks in id order (PostgreSQL); nothing to do on SQLite, where a tx is alone. */
enum err record_lock(
    struct tx *tx, const char *const *patient_ids, size_t count, struct why *reterr_why);

struct suppression_act {
    enum channel_kind channel;
    bool every_channel;  /* the person said so: 'all' */
    bool marketing_only; /* scope */
    bool one_channel;    /* they keep another: journeys go on there */
    const char *reason;  /* a value of suppression.reason */
    const char *address;
    const char *patient_id; /* may be NULL */
    const char *source, *evidence;
};
/* Idempotent. Also revokes the consents that it ends. ret_new false when it stood already. */
enum err record_suppress(struct tx *tx, const unsigned char address_key[32],
    const struct suppression_act *act, bool *ret_new, struct why *reterr_why);
/* Whether this person has stopped one channel and kept another. */
enum err record_keeps_a_channel(struct db *db, int64_t practice_id, const char *patient_id,
    bool *ret_keeps, struct why *reterr_why) WARN_UNUSED;
/* The person's own START: lifts only opt_out and provider reasons of that channel and address, and
 * revives the consent that this very opt-out had revoked. */
enum err record_lift_opt_out(struct tx *tx, const unsigned char address_key[32],
    enum channel_kind channel, const char *address, const char *source, const char *evidence,
    bool *ret_lifted, struct why *reterr_why);
enum err record_give_consent(struct tx *tx, const struct consent *consent, struct why *reterr_why);
enum err record_set_health(struct tx *tx, const char *patient_id, enum channel_kind channel,
    const char *address, enum health health, struct why *reterr_why);
/* DAY_NONE with until_told: until the patient says so; DAY_NONE without: ends the pause. */
enum err record_pause(struct tx *tx, const char *patient_id, struct day until, bool until_told,
    const char *source, struct why *reterr_why);
enum err record_tag(struct tx *tx, const char *patient_id, const char *tag, const char *source,
    struct why *reterr_why);
enum err record_untag(struct tx *tx, const char *patient_id, const char *tag,
    struct why *reterr_why); /* ERR_NOT_FOUND: it has no such tag */
/* Said on a page or at the desk; the tag (prefers_sms ...) says so, too. */
enum err record_set_preferred_channel(
    struct tx *tx, const char *patient_id, enum channel_kind channel, struct why *reterr_why);

/* Every suppression of another store of this practice (the one a backup replaces). */
enum err record_copy_suppressions(
    struct tx *tx, struct db *from, struct why *reterr_why) WARN_UNUSED;

#endif
