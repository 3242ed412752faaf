#include <string.h>

#include "base/phone.h"
#include "gate/gate_int.h"

/* Who it is for: address, suppression, class, consent, age (rules INT, OPT, CON, MIN). */

enum {
    OPT_OUT_CONFIRMATION_MS_MAX = 300 * 1000, /* OPT-8 */
    EBR_MONTHS = 18,                          /* DNC-3 */
    ADULT_YEARS = 18,
    ADULT_YEARS_AL_NE = 19 /* MIN-1 */
};

static const char *const home_countries[] = {"US", "PR", "VI", "GU", "AS", "MP"};

/* ---- 1: the address ---- */

static bool is_home_country(const char *country)
{
    for (size_t i = 0; i < sizeof home_countries / sizeof *home_countries; i++)
        if (strcmp(home_countries[i], country) == 0)
            return true;
    return false;
}

static bool check_phone(struct judging *judging, const char *address)
{
    struct phone phone = phone_parse(address, "US");
    struct place_phone place = place_of_phone(judging->batch->gate->places, address);

    if (!phone.valid || strcmp(phone.e164, address) != 0)
        return judge_drop(judging, GATE_BAD_ADDRESS, "INT-1", "this is no telephone number");
    switch (phone.kind) {
    case PHONE_TOLL_FREE:
    case PHONE_PREMIUM:
    case PHONE_PERSONAL:
    case PHONE_INVALID:
        detail_text(judging, "kind", phone_kind_name(phone.kind));
        return judge_drop(
            judging, GATE_BAD_ADDRESS, "INT-1", "this kind of number belongs to no patient");
    case PHONE_FIXED:
        if (judging->case_->channel == CHANNEL_SMS)
            return judge_drop(
                judging, GATE_BAD_ADDRESS, "INT-1", "a fixed line takes no text messages");
        break;
    case PHONE_MOBILE_OR_FIXED:
    case PHONE_MOBILE:
    case PHONE_OTHER: break;
    }
    if (strncmp(address, "+1", 2) == 0 && (!place.country || is_home_country(place.country)))
        return false;
    detail_text(judging, "country", place.country ? place.country : phone.country);
    return judge_drop(judging, GATE_BAD_ADDRESS, "INT-1",
        "numbers outside the United States and its territories are not written to");
}

static bool health_refuses(struct judging *judging, enum health health)
{
    enum channel_kind channel = judging->case_->channel;

    switch (health) {
    case HEALTH_OK:
    case HEALTH_SOFT_BOUNCED:
    case HEALTH_MAX: return false;
    case HEALTH_LANDLINE:
        if (channel != CHANNEL_SMS)
            return false;
        break;
    case HEALTH_BOUNCED:
    case HEALTH_INVALID: break;
    }
    detail_text(judging, "health", health_name(health));
    return judge_drop(judging, GATE_BAD_ADDRESS, channel == CHANNEL_EMAIL ? "EML-14" : "CON-13",
        "the address has failed before");
}

bool gate_check_address(struct judging *judging)
{
    const struct gate_case *case_ = judging->case_;
    const char *address = case_->address;
    char email[255];

    if (!judging->person)
        return judge_drop(judging, GATE_BAD_ADDRESS, "INT-1", "there is no such patient");
    if (case_->channel == CHANNEL_TASK && judging->contact)
        address = judging->contact->address;
    if (!address || !*address)
        return judge_drop(judging, GATE_BAD_ADDRESS, "INT-1",
            case_->channel == CHANNEL_EMAIL ? "no email address is on file"
                                            : "no telephone number is on file");
    if (case_->channel == CHANNEL_EMAIL) {
        if (!email_parse(address, email))
            return judge_drop(judging, GATE_BAD_ADDRESS, "INT-1", "this is no email address");
    } else if (check_phone(judging, address)) {
        return true;
    }
    if (is_answer(judging))
        return false;
    if (!judging->contact && !case_->staff_reply)
        return judge_drop(judging, GATE_BAD_ADDRESS, "INT-1",
            "the booking system no longer lists this address for the patient");
    return judging->contact && health_refuses(judging, judging->contact->health);
}

/* ---- 2: suppression ---- */

static bool patient_refuses(struct judging *judging)
{
    const struct patient *patient = judging->person->patient;
    const struct {
        bool holds;
        const char *rule, *flag, *message;
    } flags[] = {
        {patient->do_not_contact, "OPT-3", "do_not_contact", "the patient asked for no marketing"},
        {patient->paused_until_told
                || (patient->paused_until.n != DAY_NONE
                    && judging->today.n < patient->paused_until.n),
            "PAUSE", "paused", "the patient asked for a pause"},
        {patient->billing_dispute, "EXCLUDE", "billing_dispute", "a billing dispute is open"},
        {patient->clinical_concern, "EXCLUDE", "clinical_concern",
            "a clinical concern is open: that is for a clinician"},
    };

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (!flags[i].holds)
            continue;
        detail_text(judging, "flag", flags[i].flag);
        return judge_drop(judging, GATE_SUPPRESSED, flags[i].rule, flags[i].message);
    }
    return false;
}

bool gate_check_suppressed(struct judging *judging)
{
    const struct gate_case *case_ = judging->case_;
    const struct contact_point *contact = judging->contact;
    bool marketing = judging->purpose == PURPOSE_MARKETING || judging->purpose == PURPOSE_UNKNOWN;

    if (judging->person->patient->deceased) {
        detail_text(judging, "flag", "deceased");
        return judge_drop(judging, GATE_SUPPRESSED, "EXCLUDE", "the patient has died");
    }
    if (is_answer(judging)) {
        if (case_->opt_out_confirmation
            && judging->now.ms - case_->inbound.ms > OPT_OUT_CONFIRMATION_MS_MAX)
            return judge_drop(judging, GATE_SUPPRESSED, "OPT-8",
                "an opt-out is confirmed within five minutes or not at all");
        if (contact && contact->suppressed_all && !case_->opt_out_confirmation
            && !case_->help_answer)
            return judge_drop(judging, GATE_SUPPRESSED, "OPT-5",
                "this address was opted out of everything: a person answers it");
        return false;
    }
    if (contact && contact->suppressed_all)
        return judge_drop(
            judging, GATE_SUPPRESSED, "OPT-5", "this address was opted out of everything");
    if (case_->staff_reply || !marketing)
        return false;
    if (contact && contact->suppressed_marketing)
        return judge_drop(judging, GATE_SUPPRESSED, "OPT-5", "this address was opted out");
    return patient_refuses(judging);
}

/* ---- 3: the class ---- */

bool gate_check_class(struct judging *judging)
{
    if (judging->case_->staff_reply || is_answer(judging))
        return false;
    if (judging->purpose == PURPOSE_ANSWER)
        return judge_drop(judging, GATE_CLASS_UNKNOWN, "QH-10",
            "an answer belongs to a message of the last 24 hours");
    if (judging->purpose == PURPOSE_UNKNOWN)
        return judge_drop(
            judging, GATE_CLASS_UNKNOWN, "CLASS", "nobody said whether this is marketing or care");
    return false;
}

/* ---- 4: consent ---- */

static const struct consent *find_consent(
    const struct judging *judging, enum channel_kind channel, bool marketing, bool written)
{
    const struct gate_person *person = judging->person;
    const char *address = judging->case_->address;
    struct day today = zone_day(judging->batch->gate->practice->zone, judging->now);

    for (size_t i = 0; i < person->consent_count; i++) {
        const struct consent *consent = &person->consents[i];

        if (consent->channel != channel || (marketing && !consent->marketing)
            || (written && !consent->written))
            continue;
        if (consent->given.n > today.n)
            continue; /* not given yet */
        if (consent->address && address && strcmp(consent->address, address) != 0)
            continue;
        return consent;
    }
    return NULL;
}

static void detail_consent(struct judging *judging, const struct consent *consent)
{
    detail_text(judging, "consent", consent->consent_id);
    detail_text(judging, "consent_class", consent->written ? "written" : "express");
}

/* CON-14: the newest of visit, reply and signature; the day it was taken in where nothing is known.
 */
static bool check_stale(struct judging *judging, const struct consent *consent)
{
    const struct practice *practice = judging->batch->gate->practice;
    const struct gate_person *person = judging->person;
    const struct zone *zone = person->zone;
    int64_t age_days_max = practice->consent_age_days_max;
    struct day used = person->patient->last_visit;

    if (consent->given.n > used.n)
        used = consent->given;
    if (person->last_reply.ms && zone_day(zone, person->last_reply).n > used.n)
        used = zone_day(zone, person->last_reply);
    if (used.n == DAY_NONE)
        used = zone_day(zone, consent->recorded);
    if (age_days_max <= 0 || judging->today.n - used.n <= age_days_max)
        return false;
    detail_text(judging, "reason", "stale");
    detail_int(judging, "unused_days", judging->today.n - used.n);
    return judge_drop(judging, GATE_NO_CONSENT, "CON-14",
        "the consent was not used for so long that it is asked for again first");
}

static bool check_written(struct judging *judging)
{
    enum channel_kind channel = judging->case_->channel;
    const struct consent *consent = find_consent(judging, channel, true, true);

    if (consent) {
        detail_consent(judging, consent);
        return check_stale(judging, consent);
    }
    consent = find_consent(judging, channel, true, false);
    if (!consent) {
        detail_text(judging, "reason", "none");
        return judge_drop(judging, GATE_NO_CONSENT, "CON-1",
            "no consent to marketing on this channel is on file");
    }
    detail_consent(judging, consent);
    detail_text(judging, "reason", "not_written");
    detail_text(
        judging, "remedy", "Name the form that patients signed: consent_form in perennial.yaml.");
    return judge_drop(judging, GATE_NO_CONSENT, "CON-1",
        "marketing texts and calls need written consent, and this one is express only");
}

static bool has_ebr(const struct judging *judging)
{
    struct day last = judging->person->patient->last_visit;

    return last.n != DAY_NONE && day_add_months(last, EBR_MONTHS).n >= judging->today.n;
}

/* A call that a person makes: consent to calls, or a visit in the last 18 months. */
static bool check_call(struct judging *judging)
{
    const struct consent *consent = find_consent(judging, CHANNEL_VOICE, true, false);

    if (consent) {
        detail_consent(judging, consent);
        return false;
    }
    if (judging->person->calls_refused) {
        detail_text(judging, "reason", "refused");
        return judge_drop(judging, GATE_NO_CONSENT, "CON-15", "the patient did not agree to calls");
    }
    if (has_ebr(judging)) {
        detail_text(judging, "basis", "established_relationship");
        return false;
    }
    detail_text(judging, "reason", "none");
    return judge_drop(judging, GATE_NO_CONSENT, "DNC-3",
        "no consent to calls is on file, and the last visit is more than 18 months ago");
}

bool gate_check_consent(struct judging *judging)
{
    enum channel_kind channel = judging->case_->channel;
    const struct consent *consent;

    if (judging->case_->staff_reply || is_answer(judging))
        return false;
    if (judging->purpose == PURPOSE_MARKETING) {
        if (channel == CHANNEL_TASK)
            return check_call(judging);
        if (channel != CHANNEL_EMAIL)
            return check_written(judging);
        consent = find_consent(judging, channel, true, false);
        if (!consent)
            return judge_drop(
                judging, GATE_NO_CONSENT, "CON-15", "no consent to marketing email is on file");
        detail_consent(judging, consent);
        return false;
    }
    if (channel == CHANNEL_EMAIL || channel == CHANNEL_TASK)
        return false;
    consent = find_consent(judging, channel, false, false);
    if (!consent)
        return judge_drop(judging, GATE_NO_CONSENT, "CON-4",
            "nothing shows that the patient gave this number for messages");
    detail_consent(judging, consent);
    return false;
}

/* ---- 5: age ---- */

/* Somebody born on 29 February comes of age on 1 March. */
static int years_between(struct day from, struct day to)
{
    int from_year, from_month, from_day, to_year, to_month, to_day;

    day_split(from, &from_year, &from_month, &from_day);
    day_split(to, &to_year, &to_month, &to_day);
    return to_year - from_year
        - (to_month < from_month || (to_month == from_month && to_day < from_day));
}

static bool is_under_age(struct day born, struct day today, const struct places *places)
{
    int adult = ADULT_YEARS;
    for (size_t i = 0; i < places->count; i++)
        if (strcmp(places->list[i].state, "AL") == 0 || strcmp(places->list[i].state, "NE") == 0)
            adult = ADULT_YEARS_AL_NE;
    return years_between(born, today) < adult;
}

bool gate_is_minor(const struct gate_batch *batch, const char *patient_id, struct instant now)
{
    const struct gate_person *person = batch_person(batch, patient_id);

    return person && person->patient->birth_day.n != DAY_NONE
        && is_under_age(person->patient->birth_day, zone_day(person->zone, now), &person->places);
}

bool gate_check_minor(struct judging *judging)
{
    struct day born = judging->person->patient->birth_day;
    bool marketing = judging->purpose == PURPOSE_MARKETING;

    if (is_answer(judging))
        return false;
    if (born.n == DAY_NONE) {
        if (!marketing || judging->batch->gate->practice->adults_only
            || judging->case_->staff_reply)
            return false;
        detail_text(judging, "birth_date", "unknown");
        return judge_drop(judging, GATE_MINOR, "MIN-1",
            "the birth date is unknown, and the practice does not say that it treats adults only");
    }
    if (!is_under_age(born, judging->today, &judging->places))
        return false;
    return judge_drop(judging, GATE_MINOR, marketing ? "MIN-2" : "MIN-3",
        "the patient is a minor: a parent or guardian is spoken to, by a person");
}
