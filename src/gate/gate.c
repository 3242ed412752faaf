#include "gate/gate.h"

#include <assert.h>
#include <string.h>

#include "embed_gate_tables.h"
#include "gate/gate_int.h"

static const char *const answer_names[VERDICT_ANSWER_MAX] = {"allow", "wait", "drop"};

static const char *const code_names[GATE_CODE_MAX] = {"", "bad_address", "suppressed",
    "class_unknown", "no_consent", "minor", "content", "dnc", "quiet_hours", "cap", "no_baa",
    "ai_review", "stale_data", "not_in_pilot", "over_capacity"};

const char *verdict_answer_name(enum verdict_answer answer)
{
    return answer_names[answer];
}

const char *gate_code_name(enum gate_code code)
{
    return code_names[code];
}

enum err gate_open(struct arena *boot, const struct practice *practice, struct zones *zones,
    struct gate **ret_gate, struct why *reterr_why)
{
    const struct embed_file *hours = embed_find(&embed_gate_tables, "quiet_hours_us.tsv");
    const struct embed_file *holidays = embed_find(&embed_gate_tables, "holidays_us.tsv");
    struct gate *gate = ARENA_NEW(boot, struct gate, 1);
    enum err err;

    gate->practice = practice;
    err = place_open(boot, zones, &gate->places, reterr_why);
    if (err == ERR_NONE)
        err = quiet_hours_load(boot, hours->name, hours->bytes, hours->len, holidays->name,
            holidays->bytes, holidays->len, &gate->quiet, reterr_why);
    if (err == ERR_NONE)
        *ret_gate = gate;
    return err;
}

/* ---- the verdict ---- */

void detail_text(struct judging *judging, const char *key, const char *text)
{
    json_object_set_new(judging->detail, key, json_text(text));
}

void detail_int(struct judging *judging, const char *key, int64_t value)
{
    json_object_set_new(judging->detail, key, json_integer(value));
}

bool judge_drop(struct judging *judging, enum gate_code code, const char *rule, const char *message)
{
    judging->verdict = (struct verdict){
        .answer = VERDICT_DROP,
        .code = code,
        .rule = rule,
        .message = message,
    };
    return true;
}

bool judge_wait(struct judging *judging, enum gate_code code, const char *rule,
    struct instant until, const char *message)
{
    assert(until.ms > judging->now.ms);
    judging->verdict = (struct verdict){
        .answer = VERDICT_WAIT,
        .code = code,
        .rule = rule,
        .until = until,
        .message = message,
    };
    return true;
}

enum { ANSWER_MS_MAX = 24 * 3600 * 1000 }; /* QH-10 */

bool is_answer(const struct judging *judging)
{
    const struct gate_case *case_ = judging->case_;

    return judging->purpose == PURPOSE_ANSWER && case_->inbound.ms > 0
        && judging->now.ms - case_->inbound.ms <= ANSWER_MS_MAX;
}

/* In the order of enum gate_code: the first that refuses is the answer. */
static bool (*const checks[])(struct judging *) = {
    gate_check_address,
    gate_check_suppressed,
    gate_check_class,
    gate_check_consent,
    gate_check_minor,
    gate_check_content,
    gate_check_dnc,
    gate_check_quiet_hours,
    gate_check_cap,
    gate_check_vendor,
    gate_check_ai,
    gate_check_fresh,
    gate_check_pilot,
    gate_check_capacity,
};
_Static_assert(sizeof checks / sizeof *checks == GATE_CODE_MAX - 1, "a check for every code");

/* ---- the address ---- */

static bool health_bars(enum health health, enum channel_kind channel)
{
    switch (health) {
    case HEALTH_OK:
    case HEALTH_SOFT_BOUNCED: return false;
    case HEALTH_LANDLINE: return channel == CHANNEL_SMS;
    case HEALTH_BOUNCED:
    case HEALTH_INVALID:
    case HEALTH_MAX: break;
    }
    return true;
}

/* Lower is better: usable before opted out before dead; then as record ranks them. */
static int contact_rank(const struct contact_point *contact, enum channel_kind channel)
{
    int rank = contact->channel == channel ? 0 : 1;

    if (contact->suppressed_marketing || contact->suppressed_all)
        rank += 2;
    if (health_bars(contact->health, channel))
        rank += 4;
    return rank;
}

/* Whether the number may be called by itself, not only because it is a mobile that is texted. */
static bool is_called(const struct gate_person *person, const char *address)
{
    for (size_t i = 0; i < person->contact_count; i++) {
        if (person->contacts[i].channel == CHANNEL_VOICE
            && strcmp(person->contacts[i].address, address) == 0)
            return true;
    }
    return false;
}

/* The phone or mailbox that a case would use; a task is a call. */
static const struct contact_point *person_contact(
    const struct gate_person *person, enum channel_kind channel, const char *address)
{
    enum channel_kind wanted = channel == CHANNEL_TASK ? CHANNEL_VOICE : channel;
    const struct contact_point *best = NULL;

    for (size_t i = 0; i < person->contact_count; i++) {
        const struct contact_point *contact = &person->contacts[i];
        bool fits = contact->channel == wanted
            || (channel == CHANNEL_TASK && contact->channel == CHANNEL_SMS
                && !is_called(person, contact->address));

        if (!fits || (address && strcmp(address, contact->address) != 0))
            continue;
        if (!best || contact_rank(contact, wanted) < contact_rank(best, wanted))
            best = contact;
    }
    return best;
}

/* ---- the question ---- */

/* What a message really is: the stricter of what the playbook and the template say, and marketing
 * as soon as it carries an offer (mixed becomes marketing). */
static enum purpose purpose_of(const struct gate_case *case_)
{
    enum purpose purpose = case_->purpose;
    struct term_hit hit;

    if (case_->piece && case_->piece->purpose == PURPOSE_UNKNOWN)
        return PURPOSE_UNKNOWN;
    if (case_->piece && purpose != PURPOSE_UNKNOWN && case_->piece->purpose < purpose)
        purpose = case_->piece->purpose;
    if ((purpose == PURPOSE_CARE || purpose == PURPOSE_TRANSACTIONAL)
        && (case_->offer || (case_->piece && case_->piece->uses_offer)
            || (case_->message && case_->message->scan
                && term_find(case_->message->scan, 0, 1u << TERM_OFFER, NULL, 0, &hit))))
        purpose = PURPOSE_MARKETING;
    return purpose;
}

static struct judging begin(struct arena *tick, const struct gate_batch *batch,
    const struct gate_case *case_, struct instant now)
{
    struct judging judging = {
        .tick = tick,
        .batch = batch,
        .case_ = case_,
        .person = batch_person(batch, case_->patient_id),
        .purpose = purpose_of(case_),
        .now = now,
        .detail = json_object(),
    };
    const struct patient *patient = judging.person ? judging.person->patient : NULL;
    struct place_ask ask = {0};

    if (patient) {
        judging.contact = person_contact(judging.person, case_->channel, case_->address);
        ask = (struct place_ask){patient->time_zone, patient->zip, patient->state, NULL};
    }
    if (case_->channel != CHANNEL_EMAIL)
        ask.e164 = case_->address ? case_->address
            : judging.contact     ? judging.contact->address
                                  : NULL;
    place_find(batch->gate->places, &ask, &judging.places);
    judging.today =
        zone_day(judging.person ? judging.person->zone : batch->gate->practice->zone, now);
    return judging;
}

struct verdict gate_judge(struct arena *tick, const struct gate_batch *batch,
    const struct gate_case *case_, struct instant now)
{
    struct judging judging = begin(tick, batch, case_, now);
    bool refused = false;

    detail_text(
        &judging, "class", case_->to_staff ? case_->to_staff : purpose_name(judging.purpose));
    for (size_t i = 0; i < sizeof checks / sizeof *checks && !refused && !case_->to_staff; i++)
        refused = checks[i](&judging);
    if (!refused)
        judging.verdict = (struct verdict){.answer = VERDICT_ALLOW, .rule = "", .message = ""};
    judging.verdict.detail = json_text_of(tick, judging.detail);
    json_decref(judging.detail);
    return judging.verdict;
}

/* ---- what the batch knows ---- */

struct gate_person *batch_person(const struct gate_batch *batch, const char *patient_id)
{
    return patient_id ? map_get(&batch->people, patient_id) : NULL;
}

const struct patient *gate_patient(const struct gate_batch *batch, const char *patient_id)
{
    const struct gate_person *person = batch_person(batch, patient_id);

    return person ? person->patient : NULL;
}

const struct preference *gate_preference(const struct gate_batch *batch, const char *patient_id)
{
    const struct gate_person *person = batch_person(batch, patient_id);

    return person ? person->preference : NULL;
}

const struct zone *gate_zone(const struct gate_batch *batch, const char *patient_id)
{
    const struct gate_person *person = batch_person(batch, patient_id);

    return person ? person->zone : batch->gate->practice->zone;
}

const struct contact_point *gate_contact(
    const struct gate_batch *batch, const char *patient_id, enum channel_kind channel)
{
    const struct gate_person *person = batch_person(batch, patient_id);

    return person ? person_contact(person, channel, NULL) : NULL;
}

bool gate_phi_authorized(
    const struct gate_person *person, const struct practice *practice, struct instant now)
{
    return person->patient->phi_authorized
        && person->patient->phi_authorized_on.n <= zone_day(practice->zone, now).n;
}

bool gate_may_name_treatment(const struct gate_batch *batch, const char *patient_id,
    enum channel_kind channel, struct instant now)
{
    const struct practice *practice = batch->gate->practice;
    const struct gate_person *person = batch_person(batch, patient_id);
    const struct channel_setting *setting = &practice->channels[channel];

    if (!person || !gate_phi_authorized(person, practice, now) || practice->never_name_treatment)
        return false;
    return channel == CHANNEL_TASK || text_is(setting->driver, "null")
        || practice_vendor_ready(practice, setting->vendor, zone_day(practice->zone, now));
}

enum { STOP_DISCLOSURE_DAYS = 30 }; /* OPT-17 */

bool gate_stop_disclosed(const struct gate_batch *batch, const char *patient_id, struct instant now)
{
    const struct gate_person *person = batch_person(batch, patient_id);
    const struct past_send *send = person ? person->household->sends : NULL;

    for (; send; send = send->next)
        if (send->channel == CHANNEL_SMS && send->stop_line
            && strcmp(send->patient_id, patient_id) == 0
            && now.ms - send->at.ms <= STOP_DISCLOSURE_DAYS * MS_PER_DAY)
            return true;
    return false;
}

struct day_load *batch_day(const struct gate_batch *batch, struct day day)
{
    struct day_load *load = batch->days;

    while (load && load->day.n != day.n)
        load = load->next;
    return load;
}

void gate_take(struct gate_batch *batch, const struct gate_case *case_, struct instant at)
{
    struct gate_person *person = batch_person(batch, case_->patient_id);
    struct day day = zone_day(batch->gate->practice->zone, at);
    struct day_load *load = batch_day(batch, day);
    struct past_send *send;
    bool marketing = purpose_of(case_) == PURPOSE_MARKETING;

    if (!load) {
        load = ARENA_NEW(batch->tick, struct day_load, 1);
        load->day = day;
        load->next = batch->days;
        batch->days = load;
    }
    load->calls += case_->channel == CHANNEL_TASK;
    load->sends += case_->channel != CHANNEL_TASK && marketing;
    if (!person)
        return;
    send = ARENA_NEW(batch->tick, struct past_send, 1);
    *send = (struct past_send){
        .at = at,
        .channel = case_->channel,
        .marketing = marketing,
        .stop_line = case_->message && case_->message->stop_line,
        .patient_id = person->patient->patient_id,
        .next = person->household->sends,
    };
    person->household->sends = send;
}
