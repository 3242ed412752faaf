/* entry_judge.c: the chain of reasons for one patient, in memory, with each step it took.
 * The rules are those of entry_sql.c, in the same order; audience_property_test holds them equal.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "audience/audience_int.h"
#include "base/text.h"

/* One chain in progress. */
struct chain {
    struct arena *arena;
    const struct audience_entry *entry;
    struct audience_facts *facts;
    const struct audience_moment *moment;
    struct entry_bounds bounds;
    struct channel_set channels;
    int reach; /* -1: no address */
    bool clock_open;
    struct entry_raw raw;
    struct audience_steps *steps; /* NULL: nobody wants to know */
    size_t step_capacity;
};

/* ---- steps ---- */

static struct audience_step *add_step(struct chain *chain, const char *rule)
{
    struct audience_steps *steps = chain->steps;
    if (!steps)
        return NULL;
    if (steps->count == chain->step_capacity) {
        size_t grown = chain->step_capacity ? chain->step_capacity * 2 : 24;
        steps->steps = arena_grow(chain->arena, steps->steps,
            chain->step_capacity * sizeof(*steps->steps), grown * sizeof(*steps->steps));
        chain->step_capacity = grown;
    }
    struct audience_step *step = &steps->steps[steps->count++];
    *step = (struct audience_step){
        .rule = rule, .values = json_object(), .source = "product", .expression = ""};
    return step;
}

void audience_steps_release(struct audience_steps *steps)
{
    for (size_t i = 0; steps && i < steps->count; i++) {
        json_decref(steps->steps[i].values);
        steps->steps[i].values = NULL;
    }
}

static const char *place_of(const struct chain *chain, const char *file, int line)
{
    return line > 0 ? arena_format(chain->arena, "%s:%d", file, line) : "product";
}

/* Where an exclusion stands: in the playbook's list, or behind `standard` in the definitions. */
static const char *exclusion_place(const struct chain *chain, enum exclusion exclusion)
{
    const struct audience_definitions *definitions = chain->facts->definitions;
    if (definitions && definitions->exclude_line[exclusion] > 0 && chain->entry->exclude[exclusion])
        return place_of(chain, definitions->file, definitions->exclude_line[exclusion]);
    if (chain->entry->exclude[exclusion])
        return place_of(chain, chain->entry->file, chain->entry->exclude_line);
    return "product";
}

static json_t *json_day(struct arena *arena, struct day day)
{
    return day.n == DAY_NONE ? json_null() : json_string(day_format(arena, day));
}

static void set_value(struct audience_step *step, const char *name, json_t *value)
{
    json_object_set_new(step->values, name, value);
}

static struct reach_question question_of(const struct chain *chain)
{
    return (struct reach_question){
        chain->facts, chain->entry->marketing, chain->bounds.consent_earliest};
}

static void put_reach(const struct chain *chain, struct audience_step *step)
{
    struct reach_question question = question_of(chain);
    for (enum channel_kind kind = 0; kind < CHANNEL_TASK; kind++) {
        struct channel_set one = {0};
        one.has[kind] = chain->channels.has[kind];
        if (one.has[kind])
            set_value(
                step, channel_kind_name(kind), json_string(reach_name(reach_best(&question, one))));
    }
}

/* ---- one rule per reason: true refuses ---- */

static bool flag_rule(struct chain *chain, struct audience_step *step, enum exclusion exclusion,
    const char *name, bool value)
{
    if (step) {
        step->expression = name;
        step->source = exclusion_place(chain, exclusion);
        set_value(step, name, json_boolean(value));
    }
    return value;
}

static bool rule_flags(struct chain *chain, struct audience_step *step, enum entry_reason reason)
{
    const struct patient *patient = chain->facts->patient;
    switch ((int)reason) { /* those that are one column of the patient */
    case ENTRY_INACTIVE:
        flag_rule(chain, step, EXCLUSION_DECEASED, "patient.inactive", patient->inactive);
        if (step)
            step->source = "product";
        return patient->inactive;
    case ENTRY_DECEASED:
        return flag_rule(chain, step, EXCLUSION_DECEASED, "patient.deceased", patient->deceased);
    case ENTRY_DO_NOT_CONTACT:
        return flag_rule(chain, step, EXCLUSION_DO_NOT_CONTACT, "patient.do_not_contact",
            patient->do_not_contact);
    case ENTRY_BILLING_DISPUTE:
        return flag_rule(chain, step, EXCLUSION_BILLING_DISPUTE, "patient.billing_dispute",
            patient->billing_dispute);
    case ENTRY_CLINICAL_CONCERN:
        return flag_rule(chain, step, EXCLUSION_CLINICAL_CONCERN, "patient.clinical_concern",
            patient->clinical_concern);
    case ENTRY_STAFF_OR_FAMILY:
        return flag_rule(chain, step, EXCLUSION_STAFF_OR_FAMILY, "patient.staff_or_family",
            patient->staff_or_family);
    }
    abort();
}

static bool rule_unknown(struct chain *chain, struct audience_step *step, enum entry_reason reason)
{
    (void)reason;
    if (step)
        step->expression = "not patient.known";
    return !chain->facts->known;
}

static bool rule_minor(struct chain *chain, struct audience_step *step, enum entry_reason reason)
{
    (void)reason;
    const struct patient *patient = chain->facts->patient;
    bool later = text_is(patient->state, "AL") || text_is(patient->state, "NE");
    struct day latest = later ? chain->bounds.adult_latest_al_ne : chain->bounds.adult_latest;
    bool adults_only = chain->moment->practice->adults_only;
    bool unknown = patient->birth_day.n == DAY_NONE;
    chain->raw.number = unknown;
    if (step) {
        step->expression = arena_format(chain->arena, "age < %d%s",
            later ? MINOR_AGE_AL_NE : MINOR_AGE, adults_only ? "" : ", or not known");
        step->source = exclusion_place(chain, EXCLUSION_MINOR);
        set_value(step, "age",
            unknown ? json_null()
                    : json_integer(measure_value(
                        MEASURE_YEARS_SINCE, patient->birth_day, chain->moment->today)));
        set_value(step, "adults_only", json_boolean(adults_only));
    }
    return unknown ? !adults_only : patient->birth_day.n > latest.n;
}

static bool rule_opted_out(
    struct chain *chain, struct audience_step *step, enum entry_reason reason)
{
    (void)reason;
    if (step) {
        step->expression = "every address of the playbook's channels is opted out";
        put_reach(chain, step);
    }
    return chain->reach == REACH_REFUSED;
}

static bool rule_paused(struct chain *chain, struct audience_step *step, enum entry_reason reason)
{
    (void)reason;
    const struct patient *patient = chain->facts->patient;
    chain->raw.number = patient->paused_until_told ? DAY_NONE : patient->paused_until.n;
    if (step) {
        step->expression = "patient.paused";
        step->source = exclusion_place(chain, EXCLUSION_PAUSED);
        set_value(step, "paused_until", json_day(chain->arena, patient->paused_until));
        set_value(step, "paused_until_told", json_boolean(patient->paused_until_told));
    }
    return patient->paused_until_told
        || (patient->paused_until.n != DAY_NONE
            && patient->paused_until.n > chain->moment->today.n);
}

/* ---- the window ---- */

static const char *clock_text(const struct chain *chain, const char *sign, enum clock_mark mark)
{
    const struct service_definition *service = chain->entry->service;
    const char *clock = service->series_end ? "series_end" : "last_visit";
    return arena_format(chain->arena, "days_since(%s(%s)) %s %s", clock, service->key, sign,
        span_format(chain->arena, service_mark(service, mark)));
}

static void put_clock(const struct chain *chain, struct audience_step *step)
{
    struct day last = chain->raw.last_day;
    set_value(step, "last", json_day(chain->arena, last));
    if (last.n != DAY_NONE)
        set_value(step, "days_since", json_integer(chain->moment->today.n - last.n));
    if (chain->entry->service)
        step->source = place_of(
            chain, chain->entry->service->node->file, chain->entry->service->node->key_line);
}

static bool rule_no_visit(struct chain *chain, struct audience_step *step, enum entry_reason reason)
{
    (void)reason;
    if (step) {
        step->expression =
            arena_format(chain->arena, "no completed %s visit", entry_clock_name(chain->entry));
        put_clock(chain, step);
    }
    return chain->raw.last_day.n == DAY_NONE;
}

/* The service's also_when opens the window whatever the days say. */
static bool also_when(struct chain *chain, struct audience_step *step)
{
    const struct audience_expr *also = chain->entry->service->also_when;
    if (!also)
        return false;
    return (step ? expression_trace(also, chain->facts, step->values)
                 : expression_judge(also, chain->facts))
        == TRUTH_TRUE;
}

static bool rule_not_due(struct chain *chain, struct audience_step *step, enum entry_reason reason)
{
    (void)reason;
    bool early = chain->raw.last_day.n > chain->bounds.due_latest.n || chain->clock_open;
    if (step) {
        step->expression = clock_text(chain, "<", chain->entry->crosses);
        put_clock(chain, step);
        if (chain->clock_open)
            set_value(step, "series_unfinished", json_true());
    }
    return early && !also_when(chain, step);
}

static bool rule_lost(struct chain *chain, struct audience_step *step, enum entry_reason reason)
{
    (void)reason;
    bool late = chain->raw.last_day.n < chain->bounds.lost_earliest.n;
    if (step) {
        step->expression = clock_text(chain, ">", chain->entry->close_after);
        put_clock(chain, step);
    }
    return late && !also_when(chain, step);
}

/* ---- other playbooks, conversation ---- */

static bool blocks(const struct audience_entry *entry, const char *playbook)
{
    bool found = text_is(playbook, entry->playbook);
    for (size_t i = 0; i < entry->peer_count && !found; i++)
        found = entry->peers[i].stronger && text_is(entry->peers[i].playbook, playbook);
    return found;
}

static bool rule_enrolled(struct chain *chain, struct audience_step *step, enum entry_reason reason)
{
    (void)reason;
    const char *found = NULL;
    for (size_t i = 0; i < chain->facts->enrollment_count; i++) {
        const struct fact_enrollment *enrollment = &chain->facts->enrollments[i];
        const char *playbook = enrollment->playbook;
        if (enrollment->ended || !blocks(chain->entry, playbook))
            continue;
        bool own = text_is(playbook, chain->entry->playbook);
        if (!found || own
            || (!text_is(found, chain->entry->playbook) && strcmp(playbook, found) < 0))
            found = playbook;
    }
    chain->raw.text = found;
    if (step) {
        step->expression = "in this playbook or a stronger one";
        set_value(step, "playbook", json_text(found));
    }
    return found != NULL;
}

struct past { /* what earlier enrollments say */
    int64_t own;
    const struct fact_enrollment *last; /* newest own exit */
    bool never;
    int32_t cool_day; /* DAY_NONE: none */
};

static struct past past_of(const struct chain *chain)
{
    struct past past = {.cool_day = DAY_NONE};
    const struct re_entry *rule = &chain->entry->re_enter;
    for (size_t i = 0; i < chain->facts->enrollment_count; i++) {
        const struct fact_enrollment *enrollment = &chain->facts->enrollments[i];
        bool own = text_is(enrollment->playbook, chain->entry->playbook);
        past.own += own;
        if (!enrollment->ended)
            continue;
        if (own
            && (!past.last || enrollment->ended_at.ms > past.last->ended_at.ms
                || (enrollment->ended_at.ms == past.last->ended_at.ms
                    && strcmp(enrollment->enrollment_id, past.last->enrollment_id) > 0)))
            past.last = enrollment;
        for (size_t n = 0; n < rule->never_after_count; n++)
            past.never = past.never || text_is(enrollment->exit, rule->never_after[n]);
        if ((own || chain->entry->marketing) && enrollment->cooldown_until.n > past.cool_day)
            past.cool_day = enrollment->cooldown_until.n;
    }
    return past;
}

static enum cooling cooling_of(
    struct chain *chain, const struct past *past, struct audience_step *step)
{
    const struct re_entry *rule = &chain->entry->re_enter;
    bool ended = past->last && !text_is(past->last->exit, EXIT_PAUSED);
    if (!rule->allowed && ended)
        return COOLING_ONCE;
    if (rule->lifetime_max > 0 && past->own >= rule->lifetime_max)
        return COOLING_LIFETIME;
    if (past->never)
        return COOLING_NEVER;
    if (past->cool_day != DAY_NONE && past->cool_day > chain->moment->today.n)
        return COOLING_COOL_DOWN;
    if (ended && past->last->ended_at.ms >= chain->bounds.exit_latest.ms)
        return COOLING_AFTER;
    if (!ended || !rule->only_if)
        return COOLING_NONE;
    enum truth truth = step ? expression_trace(rule->only_if, chain->facts, step->values)
                            : expression_judge(rule->only_if, chain->facts);
    return truth == TRUTH_TRUE ? COOLING_NONE : COOLING_CONDITION;
}

static bool rule_cooling(struct chain *chain, struct audience_step *step, enum entry_reason reason)
{
    (void)reason;
    struct past past = past_of(chain);
    enum cooling cooling = cooling_of(chain, &past, step);
    chain->raw.number = cooling;
    chain->raw.number_2 = past.cool_day;
    chain->raw.text = past.last ? past.last->exit : NULL;
    if (step) {
        step->expression = "re_enter does not allow it yet";
        step->source = place_of(chain, chain->entry->file, chain->entry->re_enter.line);
        set_value(step, "enrollments", json_integer(past.own));
        set_value(step, "last_exit", json_text(chain->raw.text));
        set_value(step, "cool_down_until", json_day(chain->arena, (struct day){past.cool_day}));
    }
    return cooling != COOLING_NONE;
}

static bool rule_conversation(
    struct chain *chain, struct audience_step *step, enum entry_reason reason)
{
    (void)reason;
    const struct audience_facts *facts = chain->facts;
    bool open = facts->has_thread && facts->thread_open, held = false;
    for (size_t i = 0; i < facts->enrollment_count; i++)
        held = held || facts->enrollments[i].held;
    if (step) {
        step->expression = "a conversation is open, or a person holds another playbook";
        set_value(step, "thread_open", json_boolean(open));
        set_value(step, "held", json_boolean(held));
    }
    return open || held;
}

static bool rule_reach(struct chain *chain, struct audience_step *step, enum entry_reason reason)
{
    bool unreachable = reason == ENTRY_UNREACHABLE;
    chain->raw.number = chain->reach;
    if (step) {
        step->expression = unreachable ? "no usable address on the playbook's channels"
                                       : "no open address has the consent that the purpose needs";
        put_reach(chain, step);
        set_value(step, "purpose", json_string(chain->entry->marketing ? "marketing" : "care"));
    }
    return chain->reach <= (unreachable ? REACH_UNHEALTHY : REACH_STALE);
}

/* ---- the chain ---- */

typedef bool rule_fn(struct chain *chain, struct audience_step *step, enum entry_reason reason);
static rule_fn *const RULES[ENTRY_REASON_MAX] = {
    [ENTRY_UNKNOWN_PATIENT] = rule_unknown,
    [ENTRY_INACTIVE] = rule_flags,
    [ENTRY_DECEASED] = rule_flags,
    [ENTRY_MINOR] = rule_minor,
    [ENTRY_DO_NOT_CONTACT] = rule_flags,
    [ENTRY_OPTED_OUT] = rule_opted_out,
    [ENTRY_PAUSED] = rule_paused,
    [ENTRY_BILLING_DISPUTE] = rule_flags,
    [ENTRY_CLINICAL_CONCERN] = rule_flags,
    [ENTRY_STAFF_OR_FAMILY] = rule_flags,
    [ENTRY_NO_QUALIFYING_VISIT] = rule_no_visit,
    [ENTRY_NOT_DUE_YET] = rule_not_due,
    [ENTRY_WINDOW_PASSED] = rule_lost,
    [ENTRY_ALREADY_ENROLLED] = rule_enrolled,
    [ENTRY_COOLING_DOWN] = rule_cooling,
    [ENTRY_IN_CONVERSATION] = rule_conversation,
    [ENTRY_UNREACHABLE] = rule_reach,
    [ENTRY_NO_CONSENT] = rule_reach,
};

static bool refuse(struct chain *chain, enum entry_reason reason)
{
    if (!RULES[reason] || !entry_asks(chain->entry, &chain->bounds, reason))
        return false;
    chain->raw.number = 0;
    chain->raw.number_2 = 0;
    chain->raw.text = NULL;
    struct audience_step *step = add_step(chain, entry_reason_name(reason));
    bool refuses = RULES[reason](chain, step, reason);
    if (step) {
        step->result = refuses ? TRUTH_TRUE : TRUTH_FALSE;
        step->refuses = refuses;
    }
    return refuses;
}

/* The booking that a part of only_if refuses by, for the sentence. */
static void find_booking(struct chain *chain)
{
    const struct service_definition *service = entry_booked_service(chain->entry);
    chain->raw.number = 0;
    chain->raw.text = NULL;
    for (size_t i = 0; i < chain->facts->appointment_count; i++) {
        const struct fact_appointment *appointment = &chain->facts->appointments[i];
        if (!fact_booking(appointment, chain->facts)
            || (service && !text_is(appointment->category, service->key)))
            continue;
        chain->raw.number = appointment->start.ms;
        chain->raw.text = appointment->provider;
        return;
    }
}

static bool refuse_by_part(struct chain *chain, enum entry_reason reason)
{
    const struct audience_expr *only_if = chain->entry->only_if;
    for (size_t i = 0; only_if && i < expression_part_count(only_if); i++) {
        const struct audience_expr *part = expression_part(only_if, i);
        if (entry_reason_of_part(part) != reason)
            continue;
        struct audience_step *step = add_step(chain, entry_reason_name(reason));
        enum truth truth = step ? expression_trace(part, chain->facts, step->values)
                                : expression_judge(part, chain->facts);
        if (step) {
            step->expression = expression_text(part);
            step->source = expression_source(part);
            step->result = truth;
            step->refuses = truth != TRUTH_TRUE;
        }
        if (truth == TRUTH_TRUE)
            continue;
        chain->raw.part = part;
        chain->raw.text = NULL;
        chain->raw.number = reason == ENTRY_UNREACHABLE ? chain->reach : 0;
        if (reason == ENTRY_BOOKED)
            find_booking(chain);
        return true;
    }
    return false;
}

/* The day the entry's clock counts from, as of now; and whether its series goes on. */
static void read_clock(struct chain *chain)
{
    const struct audience_facts *facts = chain->facts;
    const struct service_definition *service = chain->entry->service;
    chain->raw.last_day = (struct day){DAY_NONE};
    if (chain->entry->kind == ENTRY_BY_COHORT)
        chain->raw.last_day = fact_last_visit(facts);
    for (size_t i = 0; service && i < facts->clock_count; i++) {
        const struct fact_clock *clock = &facts->clocks[i];
        if (!text_is(clock->service, service->key))
            continue;
        chain->clock_open = service->series_end && clock->open;
        chain->raw.last_day = clock->last_day.n < chain->moment->today.n
            ? clock->last_day
            : fact_visit_by_then(facts, service);
    }
}

static int64_t occurrence_of(const struct chain *chain)
{
    int64_t occurrence = 1;
    for (size_t i = 0; i < chain->facts->enrollment_count; i++)
        occurrence += text_is(chain->facts->enrollments[i].playbook, chain->entry->playbook);
    return occurrence;
}

void audience_judge_entry(struct arena *arena, const struct audience_entry *entry,
    struct audience_facts *facts, struct day launch_day, struct audience_row *ret_row,
    struct audience_steps *ret_steps)
{
    facts_for_playbook(facts, entry->playbook, entry->marketing, entry->peers, entry->peer_count);
    struct chain chain = {.arena = arena,
        .entry = entry,
        .facts = facts,
        .moment = facts->moment,
        .reach = REACH_OPEN,
        .steps = ret_steps};
    if (ret_steps)
        *ret_steps = (struct audience_steps){0};
    chain.bounds = entry_bounds_of(entry, chain.moment);
    chain.raw.last_day = (struct day){DAY_NONE};
    if (facts->known) {
        struct reach_question question = question_of(&chain);
        chain.reach = entry_channels(entry, &chain.channels) ? reach_best(&question, chain.channels)
                                                             : REACH_OPEN;
        read_clock(&chain);
    }
    enum entry_reason reason = ENTRY_UNKNOWN_PATIENT;
    while (reason < ENTRY_HOLDOUT && !refuse(&chain, reason) && !refuse_by_part(&chain, reason))
        reason++;
    chain.raw.reason = reason < ENTRY_HOLDOUT ? reason : ENTRY_NONE;
    *ret_row = (struct audience_row){.reason = chain.raw.reason,
        .last_day = chain.raw.last_day,
        .patient_id = facts->known ? facts->patient->patient_id : NULL,
        .external_id = facts->known ? facts->patient->external_id : NULL,
        .household_id = facts->known ? facts->patient->household_id : NULL,
        .value_cents = facts->known ? fact_ltv_cents(facts) : 0,
        .occurrence = occurrence_of(&chain)};
    if (chain.raw.reason != ENTRY_NONE)
        ret_row->detail = entry_detail(arena, entry, chain.moment, &chain.raw);
    entry_due(entry, chain.moment, launch_day, ret_row);
}
