/* gate.h: may this message leave now, and if not, which rule said no?                 (decider)
 *
 * Place in the flow: after journey, before outbox. The one place that answers allow, wait until, or
 * drop; asked in the transaction that moves a touch to `sending`, and by plan and explain with the
 * same function. Reads people, permission, past touches; writes nothing.
 *
 * Invariants
 *  (1) Every channel and every message passes here, also answers and staff tasks.
 *  (2) The rules are asked in the order of enum gate_code, and the first that says no is the
 * answer: it names one rule id ("QH-4") and the facts it read (detail, JSON). A message to a
 * colleague (to_staff) has no patient to protect: it is allowed. (3) What is unknown never opens:
 * an unknown class, birth date, consent or place is refused or held by the strictest rule. (4)
 * `wait` always has an `until` later than now; after it every rule is asked again. (5) gate_judge
 * is pure: same batch, case and now give the same verdict. (6) A batch costs a fixed number of
 * statements, never one per patient.
 *
 * Calling sequence (all in one tx, after record_lock):
 *   gate_load(tick, db, gate, now, patient_ids, n, &batch) -> per touch: choose the channel with
 *   gate_contact, render, gate_judge, and gate_take for what was allowed, so that the next one
 *   counts it. plan does the same with the moments it plans for.
 * Memory: the gate lives in boot; batch and verdicts in tick. */
#ifndef PERENNIAL_GATE_GATE_H
#define PERENNIAL_GATE_GATE_H

#include "gate/quiet_hours.h"
#include "record/record.h"
#include "template/template.h"

enum verdict_answer { VERDICT_ALLOW, VERDICT_WAIT, VERDICT_DROP, VERDICT_ANSWER_MAX };
const char *verdict_answer_name(enum verdict_answer answer); /* "allow" ... */

/* In the order they are asked. */
enum gate_code {
    GATE_OK,
    GATE_BAD_ADDRESS,
    GATE_SUPPRESSED,
    GATE_CLASS_UNKNOWN,
    GATE_NO_CONSENT,
    GATE_MINOR,
    GATE_CONTENT,
    GATE_DNC,
    GATE_QUIET_HOURS,
    GATE_CAP,
    GATE_NO_BAA,
    GATE_AI_REVIEW,
    GATE_STALE_DATA,
    GATE_NOT_IN_PILOT,
    GATE_OVER_CAPACITY,
    GATE_CODE_MAX
};
const char *gate_code_name(enum gate_code code); /* "bad_address" ...; "" for GATE_OK */

struct verdict {
    enum verdict_answer answer;
    enum gate_code code;
    const char *rule;     /* "CON-1"; "" when allowed */
    struct instant until; /* VERDICT_WAIT */
    const char *message;  /* one sentence for a person, no patient data; "" when allowed */
    const char *detail; /* JSON object: consent id, zone, how, local time, table version, counts */
};

struct gate; /* tables and settings, immutable */

enum err gate_open(struct arena *boot, const struct practice *practice, struct zones *zones,
    struct gate **ret_gate, struct why *reterr_why) WARN_UNUSED;

/* One question. */
struct gate_case {
    const char *patient_id;
    enum channel_kind channel;
    const char *address;          /* NULL for a task */
    enum purpose purpose;         /* of the playbook; the stricter of it and the template's holds */
    const struct template *piece; /* NULL: typed by staff, or a task without a script */
    const struct rendered
        *message;               /* NULL: not rendered; content is then judged by `piece` alone */
    const char *playbook;       /* NULL: outside any */
    bool pilot;                 /* the enrollment is one of the pilot's */
    bool offer;                 /* carries an offer: a care message becomes marketing */
    bool funded_by_third_party; /* needs the patient's authorization (PHI-3) */
    bool recorded_voice;        /* voice: artificial or recorded */
    bool staff_reply;           /* a person answers in an open conversation */
    bool opt_out_confirmation;  /* answer: OPT-7, OPT-8 */
    bool help_answer;           /* answer: OPT-16, to who has stopped, too */
    const char *to_staff; /* class of a message to a colleague, nobody's data; NULL: to a patient */
    /* answer, staff_reply: the patient's own messages named each treatment that this one names.
     * Level 2 is then what they asked for themselves, on this channel (45 CFR 164.522(b); HHS FAQ
     * 570). */
    bool named_by_patient;
    struct instant inbound;  /* answer, staff_reply: when the patient wrote; 0: never */
    bool ai_draft, reviewed; /* a draft that no person approved does not leave */
};

struct gate_batch; /* what was read for a set of patients; counts what was taken */

/* `practice_id` is the gate's practice. Patients that do not exist are judged bad_address. */
enum err gate_load(struct arena *tick, struct db *db, const struct gate *gate, struct instant now,
    const char *const *patient_ids, size_t count, struct gate_batch **ret_batch,
    struct why *reterr_why) WARN_UNUSED;

struct verdict gate_judge(struct arena *tick, const struct gate_batch *batch,
    const struct gate_case *case_, struct instant now);
/* Counts an allowed send at `at`, for what is judged next in this batch. */
void gate_take(struct gate_batch *batch, const struct gate_case *case_, struct instant at);

/* ---- what the batch knows, for those who prepare a case ---- */

const struct patient *gate_patient(
    const struct gate_batch *batch, const char *patient_id); /* or NULL */
/* The address to use on that channel: best health and rank, opted-out ones last; NULL: none. */
const struct contact_point *gate_contact(
    const struct gate_batch *batch, const char *patient_id, enum channel_kind channel);
/* The patient may get the specific wording on that channel (promise 6): authorization on file, the
 * practice has not narrowed it, the channel's vendor is under agreement. */
bool gate_may_name_treatment(const struct gate_batch *batch, const char *patient_id,
    enum channel_kind channel, struct instant now);
/* An opt-out line went to this person within 30 days (OPT-17): template_rendering.stop_disclosed.
 */
bool gate_stop_disclosed(
    const struct gate_batch *batch, const char *patient_id, struct instant now);
/* The channel that they said they would rather hear by; NULL: none. It permits nothing: of the
 * channels that a touch may go by it is asked about first. */
const struct preference *gate_preference(const struct gate_batch *batch, const char *patient_id);
/* By the birth date that is known, where they live: nothing is answered or booked without a person
 * (MIN-3). */
bool gate_is_minor(const struct gate_batch *batch, const char *patient_id, struct instant now);
/* The zone and local day a patient lives by. */
const struct zone *gate_zone(const struct gate_batch *batch, const char *patient_id);

#endif
