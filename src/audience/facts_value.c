/* facts_value.c: what a name stands for, read from one patient's facts.
 * Each function here has its twin in expression_sql.c; audience_property_test holds them equal. */
#include <assert.h>
#include <string.h>

#include "audience/audience_int.h"
#include "base/text.h"

static const struct value UNKNOWN = {.known = false};

static struct value number(int64_t value)
{
    return (struct value){.known = true, .number = value};
}

static struct value number_if(bool known, int64_t value)
{
    return known ? number(value) : UNKNOWN;
}

static struct value day_value(struct day day)
{
    return number_if(day.n != DAY_NONE, day.n);
}

static struct value text_value(const char *text)
{
    return text ? (struct value){.known = true, .text = text} : UNKNOWN;
}

/* ---- appointments ---- */

static bool fact_visit(
    const struct fact_appointment *appointment, const struct audience_facts *facts)
{
    return appointment->status == APPOINTMENT_COMPLETED
        && appointment->start.ms <= facts->moment->now.ms;
}

static bool called_off(const struct fact_appointment *appointment)
{
    return appointment->status == APPOINTMENT_CANCELLED
        || appointment->status == APPOINTMENT_LATE_CANCELLED;
}

bool fact_booking(const struct fact_appointment *appointment, const struct audience_facts *facts)
{
    return appointment->start.ms > facts->moment->now.ms && !called_off(appointment);
}

static bool in_service(
    const struct fact_appointment *appointment, const struct service_definition *service)
{
    return !service || service->member || text_is(appointment->category, service->key);
}

/* Walks the visits: newest first or oldest first; NULL ends. */
static const struct fact_appointment *visit_from(
    const struct audience_facts *facts, const struct service_definition *service, bool newest)
{
    for (size_t i = 0; i < facts->appointment_count; i++) {
        size_t at = newest ? facts->appointment_count - 1 - i : i;
        const struct fact_appointment *appointment = &facts->appointments[at];
        if (fact_visit(appointment, facts) && in_service(appointment, service))
            return appointment;
    }
    return NULL;
}

struct visits {
    int64_t count, cents;
    struct day first, last;
};

static struct visits count_visits(
    const struct audience_facts *facts, const struct service_definition *service)
{
    struct visits visits = {.first = {DAY_NONE}, .last = {DAY_NONE}};
    for (size_t i = 0; i < facts->appointment_count; i++) {
        const struct fact_appointment *appointment = &facts->appointments[i];
        if (!fact_visit(appointment, facts) || !in_service(appointment, service))
            continue;
        visits.count++;
        visits.cents += appointment->total_known ? appointment->total_cents : 0;
        if (visits.last.n == DAY_NONE || appointment->local_day.n > visits.last.n)
            visits.last = appointment->local_day;
        if (visits.first.n == DAY_NONE || appointment->local_day.n < visits.first.n)
            visits.first = appointment->local_day;
    }
    return visits;
}

/* What was folded into the row is surely of the past. */
static bool folded(const struct audience_facts *facts, struct day last)
{
    return last.n < facts->moment->today.n;
}

struct day fact_last_visit(const struct audience_facts *facts)
{
    struct day last = facts->patient->last_visit;
    return folded(facts, last) ? last : count_visits(facts, /*service=*/NULL).last;
}

struct day fact_visit_by_then(
    const struct audience_facts *facts, const struct service_definition *service)
{
    return count_visits(facts, service).last;
}

int64_t fact_ltv_cents(const struct audience_facts *facts)
{
    const struct patient *patient = facts->patient;
    return folded(facts, patient->last_visit) ? patient->ltv_cents
                                              : count_visits(facts, /*service=*/NULL).cents;
}

static const struct fact_clock *clock_of(
    const struct audience_facts *facts, const struct service_definition *service)
{
    for (size_t i = 0; i < facts->clock_count; i++)
        if (strcmp(facts->clocks[i].service, service->key) == 0)
            return &facts->clocks[i];
    return NULL;
}

static struct value last_visit_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    const struct service_definition *service = leaf->service;
    if (!service)
        return day_value(fact_last_visit(facts));
    if (service->series_end || service->member)
        return day_value(count_visits(facts, service).last);
    const struct fact_clock *clock = clock_of(facts, service);
    if (!clock)
        return UNKNOWN;
    return day_value(
        folded(facts, clock->last_day) ? clock->last_day : count_visits(facts, service).last);
}

static struct value first_visit_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    (void)leaf;
    struct day first = facts->patient->first_visit;
    return day_value(folded(facts, first) ? first : count_visits(facts, /*service=*/NULL).first);
}

static struct value visits_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    const struct service_definition *service = leaf->service;
    if (!service)
        return number(folded(facts, facts->patient->last_visit)
                ? facts->patient->visits
                : count_visits(facts, /*service=*/NULL).count);
    if (service->series_end || service->member)
        return number(count_visits(facts, service).count);
    const struct fact_clock *clock = clock_of(facts, service);
    if (!clock)
        return number(0);
    return number(
        folded(facts, clock->last_day) ? clock->visits : count_visits(facts, service).count);
}

static struct value ltv_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    (void)leaf;
    return number(fact_ltv_cents(facts));
}

static struct value intro_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    (void)leaf;
    const struct fact_appointment *first = visit_from(facts, /*service=*/NULL, /*newest=*/false);
    return number_if(first != NULL, first && first->intro_offer);
}

static struct value ticket_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    const struct fact_appointment *last = visit_from(facts, leaf->service, /*newest=*/true);
    return number_if(last && last->total_known, last ? last->total_cents : 0);
}

static struct value category_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    (void)leaf;
    const struct fact_appointment *last = visit_from(facts, /*service=*/NULL, /*newest=*/true);
    return text_value(last ? last->category : NULL);
}

static struct value series_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    const char *series = NULL;
    for (size_t i = facts->appointment_count; i-- > 0 && !series;)
        if (fact_visit(&facts->appointments[i], facts))
            series = facts->appointments[i].series_id;
    int64_t done = 0, planned = -1;
    struct day last = {DAY_NONE};
    for (size_t i = 0; series && i < facts->appointment_count; i++) {
        const struct fact_appointment *appointment = &facts->appointments[i];
        if (!text_is(appointment->series_id, series))
            continue;
        if (appointment->series_total > planned)
            planned = appointment->series_total;
        if (!fact_visit(appointment, facts))
            continue;
        done++;
        if (last.n == DAY_NONE || appointment->local_day.n > last.n)
            last = appointment->local_day;
    }
    if (leaf->row->id == LEAF_SERIES_LAST)
        return day_value(last);
    return leaf->row->id == LEAF_SERIES_DONE ? number_if(done > 0, done)
                                             : number_if(planned >= 0, planned);
}

/* Before an enrollment: something lies ahead. Within one: that, or a visit that the patient made or
 * that we only learnt of since, and that is newer than the one the clock counted from. */
static bool counts_as_booked(
    const struct fact_appointment *appointment, const struct audience_facts *facts, bool future)
{
    if (fact_booking(appointment, facts))
        return true;
    const struct fact_enrollment *enrollment = facts->enrollment;
    if (!enrollment || future || called_off(appointment)
        || appointment->status == APPOINTMENT_NO_SHOW)
        return false;
    return appointment->start.ms >= enrollment->entered.ms
        || (appointment->first_seen.ms > enrollment->entered.ms && enrollment->anchor.n != DAY_NONE
            && appointment->local_day.n > enrollment->anchor.n);
}

static struct value booked_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    for (size_t i = 0; i < facts->appointment_count; i++)
        if (in_service(&facts->appointments[i], leaf->service)
            && counts_as_booked(&facts->appointments[i], facts, leaf->future))
            return number(true);
    return number(false);
}

/* ---- events ---- */

static struct day renewal_missed(const struct audience_facts *facts)
{
    const struct patient *patient = facts->patient;
    bool missed = text_is(patient->membership_status, "active")
        && patient->membership_renewal.n < facts->moment->today.n;
    return missed ? patient->membership_renewal : (struct day){DAY_NONE};
}

static bool ledger_is(const struct fact_ledger *ledger, const struct event_row *event)
{
    return text_is(ledger->kind, event->ledger_kind)
        && text_is(ledger->status, event->ledger_status);
}

static bool day_within(const struct leaf *leaf, struct day day, const struct audience_facts *facts)
{
    struct day today = facts->moment->today;
    if (!leaf->ranged)
        return true;
    return day.n != DAY_NONE && day.n >= day_earliest_until(today, leaf->to_ago).n
        && day.n <= day_latest_before(today, leaf->from_ago).n;
}

static struct value event_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    const struct event_row *event = event_row(leaf->event);
    if (leaf->event == EVENT_RENEWAL_MISSED) {
        struct day day = renewal_missed(facts);
        return number(day.n != DAY_NONE && day_within(leaf, day, facts));
    }
    for (size_t i = 0; event->appointment && i < facts->appointment_count; i++) {
        const struct fact_appointment *appointment = &facts->appointments[i];
        if (appointment->status == event->status && appointment->start.ms <= facts->moment->now.ms
            && day_within(leaf, appointment->local_day, facts))
            return number(true);
    }
    for (size_t i = 0; !event->appointment && i < facts->ledger_count; i++) {
        const struct fact_ledger *ledger = &facts->ledger[i];
        bool begun = ledger->day.n == DAY_NONE || ledger->day.n <= facts->moment->today.n;
        if (ledger_is(ledger, event) && (leaf->ranged || begun)
            && day_within(leaf, ledger->day, facts))
            return number(true);
    }
    return number(false);
}

/* What `since` counts from: a moment, or a day; neither when it never was. */
struct since {
    bool known, by_moment;
    struct instant moment;
    struct day day;
};

static struct since since_day(struct day day)
{
    return (struct since){.known = day.n != DAY_NONE, .day = day};
}

static void since_later(struct since *since, struct instant moment)
{
    if (!since->known || moment.ms > since->moment.ms)
        *since = (struct since){.known = true, .by_moment = true, .moment = moment};
}

static struct since since_of(const struct leaf *leaf, const struct audience_facts *facts)
{
    const struct event_row *event = event_row(leaf->event);
    struct since since = {.by_moment = true, .moment = facts->event_at};
    if (leaf->event == EVENT_TRIGGER) {
        since.known = facts->event != NULL;
        return since;
    }
    if (leaf->event == EVENT_RENEWAL_MISSED)
        return since_day(renewal_missed(facts));
    if (event->appointment)
        for (size_t i = 0; i < facts->appointment_count; i++)
            if (facts->appointments[i].status == event->status
                && facts->appointments[i].start.ms <= facts->moment->now.ms)
                since_later(&since, facts->appointments[i].start);
    if (leaf->event == EVENT_LAST_EXIT)
        for (size_t i = 0; i < facts->enrollment_count; i++)
            if (facts->enrollments[i].ended
                && text_is(facts->enrollments[i].playbook, facts->playbook))
                since_later(&since, facts->enrollments[i].ended_at);
    struct day newest = {DAY_NONE};
    for (size_t i = 0; event->ledger_kind && i < facts->ledger_count; i++)
        if (ledger_is(&facts->ledger[i], event) && facts->ledger[i].day.n > newest.n
            && facts->ledger[i].day.n <= facts->moment->today.n)
            newest = facts->ledger[i].day;
    return event->ledger_kind ? since_day(newest) : since;
}

static struct value since_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    struct since since = since_of(leaf, facts);
    bool visits_only = leaf->row->id == LEAF_VISITED_SINCE;
    for (size_t i = 0; since.known && i < facts->appointment_count; i++) {
        const struct fact_appointment *appointment = &facts->appointments[i];
        bool ahead = appointment->start.ms > facts->moment->now.ms;
        bool stands =
            !called_off(appointment) && (ahead || appointment->status != APPOINTMENT_NO_SHOW);
        bool later = since.by_moment ? appointment->start.ms > since.moment.ms
                                     : appointment->local_day.n >= since.day.n;
        if (later && (visits_only ? fact_visit(appointment, facts) : stands))
            return number(true);
    }
    return number(false);
}

static struct value within_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    struct day last = fact_last_visit(facts);
    return number(
        last.n != DAY_NONE && last.n >= day_earliest_until(facts->moment->today, leaf->to_ago).n);
}

/* ---- addresses, tags, other playbooks, conversation ---- */

static struct value reachable_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    for (size_t i = 0; i < facts->contact_count; i++) {
        const struct fact_contact *contact = &facts->contacts[i];
        bool closed = facts->marketing ? contact->suppressed_marketing : contact->suppressed_all;
        if (leaf->channels.has[contact->channel] && contact->healthy && !closed)
            return number(true);
    }
    return number(false);
}

static bool has_purpose(const char *playbook, bool marketing, const struct audience_facts *facts)
{
    if (text_is(playbook, facts->playbook) && facts->marketing == marketing)
        return true;
    for (size_t i = 0; i < facts->peer_count; i++)
        if (text_is(playbook, facts->peers[i].playbook) && facts->peers[i].marketing == marketing)
            return true;
    return false;
}

static struct value enrolled_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    for (size_t i = 0; i < facts->enrollment_count; i++) {
        const struct fact_enrollment *enrollment = &facts->enrollments[i];
        if (enrollment->ended)
            continue;
        if (leaf->by_purpose ? has_purpose(enrollment->playbook, leaf->marketing, facts)
                             : !leaf->text || text_is(enrollment->playbook, leaf->text))
            return number(true);
    }
    return number(false);
}

static struct value tags_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    for (size_t i = 0; i < facts->tag_count; i++)
        if (strcmp(facts->tags[i], leaf->text) == 0)
            return number(true);
    return number(false);
}

static struct value replied_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    (void)leaf;
    if (!facts->has_reply)
        return number(false);
    for (size_t i = 0; i < facts->appointment_count; i++)
        if (!called_off(&facts->appointments[i])
            && facts->appointments[i].start.ms > facts->last_reply.ms)
            return number(false);
    return number(true);
}

/* ---- the patient's own columns ---- */

static struct value column_value(enum leaf_id id, const struct patient *patient)
{
    switch ((int)id) { /* the columns only: every other name has a function of its own */
    case LEAF_LTV_PERCENTILE:
        return number_if(patient->ltv_percentile >= 0, patient->ltv_percentile);
    case LEAF_BIRTH: return day_value(patient->birth_day);
    case LEAF_CREATED: return day_value(patient->created);
    case LEAF_VIP: return number(patient->vip);
    case LEAF_STAFF_OR_FAMILY: return number(patient->staff_or_family);
    case LEAF_BILLING_DISPUTE: return number(patient->billing_dispute);
    case LEAF_CLINICAL_CONCERN: return number(patient->clinical_concern);
    case LEAF_DO_NOT_CONTACT: return number(patient->do_not_contact);
    case LEAF_DECEASED: return number(patient->deceased);
    case LEAF_INACTIVE: return number(patient->inactive);
    case LEAF_PHI_AUTHORIZED: return number(patient->phi_authorized);
    case LEAF_LANGUAGE: return text_value(patient->language);
    case LEAF_STATE: return text_value(patient->state);
    case LEAF_PREFERRED_CHANNEL: return text_value(patient->preferred_channel);
    case LEAF_PREFERRED_PROVIDER: return text_value(patient->preferred_provider);
    case LEAF_LAST_PROVIDER: return text_value(patient->last_provider);
    case LEAF_MEMBERSHIP_STATUS: return text_value(patient->membership_status);
    case LEAF_MEMBERSHIP_PLAN: return text_value(patient->membership_plan);
    case LEAF_MEMBERSHIP_RENEWAL: return day_value(patient->membership_renewal);
    case LEAF_LOYALTY_POINTS:
        return number_if(patient->loyalty_points >= 0, patient->loyalty_points);
    case LEAF_LOYALTY_EXPIRES: return day_value(patient->loyalty_expire);
    }
    assert(!"a name without a value");
    return UNKNOWN;
}

static struct value paused_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    (void)leaf;
    const struct patient *patient = facts->patient;
    return number(patient->paused_until_told
        || (patient->paused_until.n != DAY_NONE
            && patient->paused_until.n > facts->moment->today.n));
}

typedef struct value leaf_fn(const struct leaf *leaf, const struct audience_facts *facts);

static leaf_fn *const READERS[LEAF_MAX] = {
    [LEAF_LAST_VISIT] = last_visit_value,
    [LEAF_FIRST_VISIT] = first_visit_value,
    [LEAF_VISITS] = visits_value,
    [LEAF_LTV] = ltv_value,
    [LEAF_PAUSED] = paused_value,
    [LEAF_FIRST_VISIT_INTRO] = intro_value,
    [LEAF_LAST_TICKET] = ticket_value,
    [LEAF_LAST_CATEGORY] = category_value,
    [LEAF_SERIES_DONE] = series_value,
    [LEAF_SERIES_PLANNED] = series_value,
    [LEAF_SERIES_LAST] = series_value,
    [LEAF_BOOKED] = booked_value,
    [LEAF_BOOKED_SINCE] = since_value,
    [LEAF_VISITED_SINCE] = since_value,
    [LEAF_VISITED_WITHIN] = within_value,
    [LEAF_EVENT] = event_value,
    [LEAF_REACHABLE] = reachable_value,
    [LEAF_ENROLLED] = enrolled_value,
    [LEAF_TAGS] = tags_value,
    [LEAF_REPLIED_NOT_BOOKED] = replied_value,
};

struct value leaf_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    enum leaf_id id = leaf->row->id;
    if (!facts->known)
        return UNKNOWN;
    if (leaf->row->scope != SCOPE_ENTRY)
        return leaf_value_enrollment(leaf, facts);
    return READERS[id] ? READERS[id](leaf, facts) : column_value(id, facts->patient);
}
