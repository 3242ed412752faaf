/* audience.c: the reasons by name, the days they turn on, and the sentence each one comes to. */
#include "audience/audience.h"

#include <stdlib.h>
#include <string.h>

#include "audience/audience_int.h"
#include "base/text.h"

static const char *const REASONS[ENTRY_REASON_MAX] = {
    [ENTRY_NONE] = "enter",
    [ENTRY_UNKNOWN_PATIENT] = "unknown_patient",
    [ENTRY_INACTIVE] = "inactive",
    [ENTRY_DECEASED] = "deceased",
    [ENTRY_MINOR] = "minor",
    [ENTRY_DO_NOT_CONTACT] = "do_not_contact",
    [ENTRY_OPTED_OUT] = "opted_out",
    [ENTRY_PAUSED] = "paused",
    [ENTRY_BILLING_DISPUTE] = "billing_dispute",
    [ENTRY_CLINICAL_CONCERN] = "clinical_concern",
    [ENTRY_STAFF_OR_FAMILY] = "staff_or_family",
    [ENTRY_NO_QUALIFYING_VISIT] = "no_qualifying_visit",
    [ENTRY_NOT_DUE_YET] = "not_due_yet",
    [ENTRY_WINDOW_PASSED] = "window_passed",
    [ENTRY_BOOKED] = "booked",
    [ENTRY_ALREADY_ENROLLED] = "already_enrolled",
    [ENTRY_COOLING_DOWN] = "cooling_down",
    [ENTRY_IN_CONVERSATION] = "in_conversation",
    [ENTRY_UNREACHABLE] = "unreachable",
    [ENTRY_NO_CONSENT] = "no_consent",
    [ENTRY_HOLDOUT] = "holdout",
    [ENTRY_OVER_CAPACITY] = "over_capacity",
};

const char *entry_reason_name(enum entry_reason reason)
{
    return REASONS[reason];
}

/* ---- what an entry comes down to ---- */

struct entry_bounds entry_bounds_of(
    const struct audience_entry *entry, const struct audience_moment *moment)
{
    const struct practice *practice = moment->practice;
    struct day today = moment->today;
    struct entry_bounds bounds = {
        .due_latest = today,
        .lost_earliest = {DAY_NONE},
        .adult_latest = day_birth_latest(today, MINOR_AGE),
        .adult_latest_al_ne = day_birth_latest(today, MINOR_AGE_AL_NE),
        .consent_earliest = {today.n - (int32_t)practice->consent_age_days_max},
    };
    if (entry->kind == ENTRY_BY_CLOCK) {
        struct span due = service_mark(entry->service, entry->crosses);
        struct span lost = service_mark(entry->service, entry->close_after);
        bounds.due_latest = day_latest_before(today, due);
        if (!span_is_zero(lost))
            bounds.lost_earliest = day_earliest_until(today, lost);
    }
    /* "90d after the last exit" is whole days of the practice; "48h" is a length of time. */
    struct span after = entry->re_enter.after;
    struct day exit_latest = day_latest_before(today, after);
    if (after.ms != 0)
        bounds.exit_latest = instant_add_ms(moment->now, -span_ms(after));
    else
        bounds.exit_latest = zone_at(practice->zone, (struct day){exit_latest.n + 1}, 0);
    return bounds;
}

bool entry_channels(const struct audience_entry *entry, struct channel_set *ret_channels)
{
    bool some = false;
    *ret_channels = (struct channel_set){0};
    for (size_t i = 0; i < entry->touch_count; i++)
        for (enum channel_kind kind = 0; kind < CHANNEL_TASK; kind++)
            if (entry->touches[i].has[kind])
                some = ret_channels->has[kind] = true;
    return some;
}

/* Whether the list of the playbook, or the product for everything that sells, excludes by this. */
static bool entry_excludes(const struct audience_entry *entry, enum exclusion exclusion)
{
    switch (exclusion) {
    case EXCLUSION_DECEASED: return true;
    case EXCLUSION_DO_NOT_CONTACT: /* no list can let these be sold to */
    case EXCLUSION_PAUSED:
    case EXCLUSION_MINOR: return entry->marketing || entry->exclude[exclusion];
    case EXCLUSION_BILLING_DISPUTE:
    case EXCLUSION_CLINICAL_CONCERN:
    case EXCLUSION_STAFF_OR_FAMILY:
    case EXCLUSION_MAX: break;
    }
    return entry->exclude[exclusion];
}

bool entry_asks(
    const struct audience_entry *entry, const struct entry_bounds *bounds, enum entry_reason reason)
{
    bool clock = entry->kind == ENTRY_BY_CLOCK;
    switch ((int)reason) { /* the others are asked by every entry */
    case ENTRY_DECEASED: return entry_excludes(entry, EXCLUSION_DECEASED);
    case ENTRY_MINOR: return entry_excludes(entry, EXCLUSION_MINOR);
    case ENTRY_DO_NOT_CONTACT: return entry_excludes(entry, EXCLUSION_DO_NOT_CONTACT);
    case ENTRY_PAUSED: return entry_excludes(entry, EXCLUSION_PAUSED);
    case ENTRY_BILLING_DISPUTE: return entry_excludes(entry, EXCLUSION_BILLING_DISPUTE);
    case ENTRY_CLINICAL_CONCERN: return entry_excludes(entry, EXCLUSION_CLINICAL_CONCERN);
    case ENTRY_STAFF_OR_FAMILY: return entry_excludes(entry, EXCLUSION_STAFF_OR_FAMILY);
    case ENTRY_NO_QUALIFYING_VISIT: return entry->kind != ENTRY_BY_EVENT;
    case ENTRY_NOT_DUE_YET: return clock;
    case ENTRY_WINDOW_PASSED: return clock && bounds->lost_earliest.n != DAY_NONE;
    }
    return true;
}

const char *entry_clock_name(const struct audience_entry *entry)
{
    return entry->service ? entry->service->key : "qualifying";
}

void entry_due(const struct audience_entry *entry, const struct audience_moment *moment,
    struct day launch_day, struct audience_row *row)
{
    row->due_day = (struct day){DAY_NONE};
    row->backlog = false;
    if (entry->kind != ENTRY_BY_CLOCK || row->last_day.n == DAY_NONE)
        return;
    struct day launch = launch_day.n == DAY_NONE ? moment->today : launch_day;
    row->due_day = span_add_to_day(row->last_day, service_mark(entry->service, entry->crosses));
    row->backlog = row->due_day.n < launch.n;
}

/* ---- parts of only_if ---- */

static enum entry_reason reason_of_leaf(const struct leaf *leaf)
{
    switch ((int)leaf->row->id) { /* every other name says only that the patient does not fit */
    case LEAF_BOOKED:
    case LEAF_BOOKED_SINCE: return ENTRY_BOOKED;
    case LEAF_ENROLLED: return ENTRY_ALREADY_ENROLLED;
    case LEAF_REACHABLE: return ENTRY_UNREACHABLE;
    case LEAF_LAST_VISIT:
    case LEAF_VISITED_WITHIN: return ENTRY_NOT_DUE_YET;
    }
    return ENTRY_NO_QUALIFYING_VISIT;
}

static const struct leaf *first_leaf(const struct node *node)
{
    const struct leaf *leaf = NULL;
    if (node->kind == NODE_LEAF || node->kind == NODE_COMPARE || node->kind == NODE_IN)
        return &node->leaf;
    for (size_t i = 0; i < node->child_count && !leaf; i++)
        leaf = first_leaf(node->children[i]);
    return leaf;
}

enum entry_reason entry_reason_of_part(const struct audience_expr *part)
{
    const struct leaf *leaf = first_leaf(part->root);
    return leaf ? reason_of_leaf(leaf) : ENTRY_NO_QUALIFYING_VISIT;
}

const struct service_definition *entry_booked_service(const struct audience_entry *entry)
{
    for (size_t i = 0; entry->only_if && i < expression_part_count(entry->only_if); i++) {
        const struct leaf *leaf = first_leaf(expression_part(entry->only_if, i)->root);
        if (leaf && leaf->row->id == LEAF_BOOKED)
            return leaf->service;
    }
    return NULL;
}

/* ---- sentences ---- */

static const char *detail_part(struct arena *arena, const struct entry_raw *raw)
{
    return arena_format(
        arena, "only_if: %s (%s)", expression_text(raw->part), expression_source(raw->part));
}

static const char *detail_booking(
    struct arena *arena, const struct audience_moment *moment, const struct entry_raw *raw)
{
    struct civil at = zone_civil(moment->practice->zone, (struct instant){raw->number});
    const char *when = arena_format(
        arena, "%04d-%02d-%02d %02d:%02d", at.year, at.month, at.day, at.hour, at.minute);
    return raw->text ? arena_format(arena, "%s with %s", when, raw->text) : when;
}

static const char *detail_clock(struct arena *arena, const struct audience_entry *entry,
    const struct audience_moment *moment, const struct entry_raw *raw)
{
    const char *name = entry_clock_name(entry);
    if (raw->last_day.n == DAY_NONE)
        return arena_format(arena, "no completed %s visit", name);
    bool early = raw->reason == ENTRY_NOT_DUE_YET;
    struct span span = entry->kind != ENTRY_BY_CLOCK
        ? (struct span){0}
        : service_mark(entry->service, early ? entry->crosses : entry->close_after);
    const char *since = arena_format(arena, "day %d of %s, last visit %s",
        moment->today.n - raw->last_day.n, name, day_format(arena, raw->last_day));
    if (span_is_zero(span))
        return since;
    struct day day = span_add_to_day(raw->last_day, span);
    if (early && day.n <= moment->today.n)
        return arena_format(arena, "%s, a series is not finished", since);
    return arena_format(
        arena, "%s, %s %s", since, early ? "due" : "window closed after", day_format(arena, day));
}

static const char *detail_cooling(
    struct arena *arena, const struct audience_entry *entry, const struct entry_raw *raw)
{
    const char *left = raw->text ? raw->text : "an exit";
    switch ((int)raw->number) { /* an enum that came through a row */
    case COOLING_ONCE:
        return arena_format(arena, "was in it before (%s), and it has no re_enter", left);
    case COOLING_LIFETIME:
        return arena_format(
            arena, "was in it %d times, the most it allows", entry->re_enter.lifetime_max);
    case COOLING_NEVER: return arena_format(arena, "left as %s: never again", left);
    case COOLING_COOL_DOWN:
        return arena_format(
            arena, "cools down until %s", day_format(arena, (struct day){(int32_t)raw->number_2}));
    case COOLING_AFTER:
        return arena_format(
            arena, "left as %s less than %s ago", left, span_format(arena, entry->re_enter.after));
    case COOLING_CONDITION:
        return arena_format(arena, "left as %s, and since then not: %s", left,
            expression_text(entry->re_enter.only_if));
    }
    return NULL;
}

static const char *detail_reach(struct arena *arena, const struct entry_raw *raw)
{
    switch ((int)raw->number) { /* an enum that came through a row; -1 for no address */
    case REACH_CLOSED: return "every address is closed";
    case REACH_UNHEALTHY: return "every address has bounced or cannot be written to";
    case REACH_NO_CONSENT: return "no consent on file for an address that is open";
    case REACH_EXPRESS:
        return "express consent only: name the text that patients signed (consent_form in "
               "perennial.yaml) to make it written";
    case REACH_STALE:
        return "stale: no visit, reply or consent in the time that perennial.yaml allows";
    case REACH_REFUSED: return "every address is opted out";
    }
    return arena_text(arena, "no address");
}

const char *entry_detail(struct arena *arena, const struct audience_entry *entry,
    const struct audience_moment *moment, const struct entry_raw *raw)
{
    switch ((int)raw->reason) { /* the others say all by their name */
    case ENTRY_MINOR: return raw->number ? "birth date unknown" : "under age";
    case ENTRY_OPTED_OUT: return "every address is opted out";
    case ENTRY_PAUSED:
        return raw->number == DAY_NONE ? "until the patient says so"
                                       : arena_format(arena, "until %s",
                                           day_format(arena, (struct day){(int32_t)raw->number}));
    case ENTRY_NO_QUALIFYING_VISIT:
    case ENTRY_NOT_DUE_YET:
    case ENTRY_WINDOW_PASSED:
        return raw->part ? detail_part(arena, raw) : detail_clock(arena, entry, moment, raw);
    case ENTRY_BOOKED:
        return raw->number ? detail_booking(arena, moment, raw) : detail_part(arena, raw);
    case ENTRY_ALREADY_ENROLLED:
        return raw->text ? arena_text(arena, raw->text) : detail_part(arena, raw);
    case ENTRY_COOLING_DOWN: return detail_cooling(arena, entry, raw);
    case ENTRY_UNREACHABLE:
    case ENTRY_NO_CONSENT: return detail_reach(arena, raw);
    }
    return NULL;
}
