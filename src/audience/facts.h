/* facts.h: everything a condition can read about patients, in memory.   (part of audience)
 *
 * For `explain`, and for every decision about an enrollment: a batch of patients is loaded in a
 * handful of set queries, never one query per patient, and then judged without the database.
 *
 * Invariants
 *  (1) What is loaded is as the records stand, judged as of `moment.now`: a visit that begins later
 *      has not happened yet, and one that is not cancelled is a booking.
 *  (2) The facts of one patient never change after facts_load.
 *  (3) SQL and memory read the same columns: audience_property_test holds them equal.
 *
 * Calling sequence: facts_load (tick or request) -> [facts_enrollment, facts_event] ->
 * expression_judge*. Ownership: everything in the arena given first; texts are never NULL unless
 * said so. */
#ifndef PERENNIAL_AUDIENCE_FACTS_H
#define PERENNIAL_AUDIENCE_FACTS_H

#include "audience/definitions.h"

/* Whose decision, and when. */
struct audience_moment {
    const struct practice *practice;
    struct instant now;
    struct day today; /* of `now` in the practice's zone */
};
struct audience_moment audience_moment_at(const struct practice *practice, struct instant now);

struct fact_appointment {
    const char *appointment_id;
    struct instant start;
    struct day local_day;
    enum appointment_status status;
    const char *category; /* NULL unknown */
    const char *provider; /* NULL unknown */
    int64_t total_cents;
    bool total_known, intro_offer;
    const char *series_id; /* NULL: none */
    int64_t series_total;  /* -1 unknown */
    struct instant first_seen;
};

struct fact_clock {
    const char *service;
    struct day last_day;
    bool open; /* a series that goes on: not due, however long ago */
    int64_t visits;
};

struct fact_contact {
    enum channel_kind channel;
    const char *address;
    bool healthy;                              /* health ok or soft_bounced */
    bool suppressed_marketing, suppressed_all; /* by the ledger, as it stands */
    /* Closed by the person's refusal, as opposed to a bounce or a landline, and when they last said
     * so (ms 0: never). `all_at` counts only refusals of everything, care messages too; `ended_at`
     * only those that did not keep another channel. */
    bool opted_out;
    struct instant opted_out_at, opted_out_all_at, opted_out_ended_at;
};

struct fact_consent {
    enum channel_kind channel; /* CHANNEL_TASK: phi */
    const char *address;       /* NULL: any */
    bool marketing, written;
    struct day given;
};

struct fact_enrollment {
    const char *enrollment_id, *playbook;
    const char *exit; /* NULL while it lives */
    bool ended, held; /* as of now */
    struct instant entered, ended_at;
    struct day cooldown_until; /* DAY_NONE: none */
    struct day anchor;         /* day 0 of its clock; DAY_NONE: none */
};

struct fact_ledger {           /* programs, prescriptions, invoices */
    const char *kind, *status; /* status may be NULL */
    struct day day;
};

/* A touch of the enrollment that is judged, folded with what is known of it. */
struct fact_touch {
    const char *touch_key;
    bool sent, delivered, message;
    struct instant sent_at, delivered_at;
    int64_t human_opens, machine_opens, clicks, replies;
};

struct audience_facts {
    const struct audience_moment *moment;
    const struct audience_definitions *definitions; /* may be NULL */
    bool known;                                     /* false: no such patient */
    const struct patient *patient;
    const struct fact_appointment *appointments; /* by start, id */
    size_t appointment_count;
    const struct fact_clock *clocks;
    size_t clock_count;
    const struct fact_contact *contacts;
    size_t contact_count;
    const struct fact_consent *consents;
    size_t consent_count;
    const char *const *tags;
    size_t tag_count;
    const struct fact_enrollment *enrollments; /* by entered, id: all playbooks */
    size_t enrollment_count;
    const struct fact_ledger *ledger;
    size_t ledger_count;
    bool has_thread, thread_open; /* a conversation with messages from the patient */
    bool has_reply;
    struct instant last_reply;       /* newest message from the patient */
    const char *const *reply_labels; /* of the newest reply that was read */
    size_t reply_label_count;
    const char *reply_route; /* NULL: none */

    /* Set by facts_for_playbook: who asks, and the purpose of each (enrolled(purpose:)). */
    const char *playbook;
    bool marketing;
    const struct audience_peer *peers;
    size_t peer_count;

    /* Set by facts_load_enrollments; NULL before. */
    const struct fact_enrollment *enrollment;
    int64_t day; /* of the timeline; 0 is its first */
    const struct fact_touch *touches;
    size_t touch_count;

    /* Set by who asks about an enrollment whose playbook reads opening_within(): the practice's day
     * of the first free time for what the playbook is about; DAY_NONE: nothing is free. */
    bool openings_known;
    struct day first_opening;

    /* Set by facts_for_event: the event's fields, and when it was. */
    const json_t *event;
    struct instant event_at;
};

/* A playbook as others must know it. */
struct audience_peer {
    const char *playbook;
    bool marketing; /* its purpose */
    bool stronger;  /* who is in it does not enter the one that asks */
};

/* One element per id, in that order; an unknown id gives `known` false. At most FACTS_BATCH_MAX. */
enum { FACTS_BATCH_MAX = 500 };
enum err facts_load(struct arena *tick, struct db *db, const struct audience_moment *moment,
    const struct audience_definitions *definitions, const char *const *patient_ids, size_t count,
    struct audience_facts **ret_facts, struct why *reterr_why) WARN_UNUSED;

/* The touches of these enrollments with what is known of them, for facts that were loaded before:
 * facts[i] is seen from enrollment_ids[i], on timeline day days[i]. */
enum err facts_load_enrollments(struct arena *tick, struct db *db, struct audience_facts *facts,
    const char *const *enrollment_ids, const int64_t *days, size_t count,
    struct why *reterr_why) WARN_UNUSED;

/* Seen by one playbook: what enrolled(), last_exit and reachable() mean. */
void facts_for_playbook(struct audience_facts *facts, const char *playbook, bool marketing,
    const struct audience_peer *peers, size_t peer_count);
/* Whether the person refused to hear from us in these two moments or between: by words that keep no
 * channel, or by such as leave none. */
bool facts_refused(const struct audience_facts *facts, struct instant from, struct instant until);
/* Beside an event: its fields (an object of texts) and its moment. */
void facts_for_event(struct audience_facts *facts, const json_t *event, struct instant at);

#endif
