/* facts_enrollment.c: names that only an enrollment or an event gives a value to. */
#include <assert.h>
#include <string.h>

#include "audience/audience_int.h"
#include "base/text.h"

static const struct value UNKNOWN = {.known = false};

static struct value number(int64_t value)
{
    return (struct value){.known = true, .number = value};
}

/* ---- what was sent, and what came back ---- */

static bool replied_since_entry(const struct audience_facts *facts)
{
    return facts->has_reply && facts->last_reply.ms >= facts->enrollment->entered.ms;
}

struct sums {
    int64_t clicks, human_opens, replies, delivered, sent, silent;
};

/* Silent are the messages since the last sign of life: a click, a reply, or an opening by a person.
 */
static struct sums sum_touches(const struct audience_facts *facts)
{
    struct sums sums = {0};
    for (size_t i = 0; i < facts->touch_count; i++) {
        const struct fact_touch *touch = &facts->touches[i];
        sums.clicks += touch->clicks;
        sums.human_opens += touch->human_opens;
        sums.replies += touch->replies;
        sums.delivered += touch->delivered;
        if (!touch->message || !touch->sent)
            continue;
        sums.sent++;
        bool answered = facts->has_reply && facts->last_reply.ms >= touch->sent_at.ms;
        bool life = touch->clicks > 0 || touch->replies > 0 || touch->human_opens > 0 || answered;
        sums.silent = life ? 0 : sums.silent + 1;
    }
    if (sums.replies == 0 && replied_since_entry(facts))
        sums.replies = 1; /* written without answering a touch */
    return sums;
}

static struct value touch_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    for (size_t i = 0; i < facts->touch_count; i++) {
        const struct fact_touch *touch = &facts->touches[i];
        if (strcmp(touch->touch_key, leaf->text) != 0)
            continue;
        /* A click on our link counts as opened: pictures may be off. */
        bool clicked = touch->clicks > 0;
        bool opened = touch->human_opens > 0 || (!leaf->human && touch->machine_opens > 0);
        if (clicked || (leaf->row->id == LEAF_OPENED && opened))
            return number(true);
    }
    return number(false);
}

/* ---- the patient's own words ---- */

static struct value reply_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    if (!replied_since_entry(facts))
        return UNKNOWN;
    if (leaf->row->id == LEAF_REPLY)
        return number(zone_day(facts->moment->practice->zone, facts->last_reply).n);
    if (leaf->row->id == LEAF_REPLY_ROUTE)
        return (struct value){.known = facts->reply_route != NULL, .text = facts->reply_route};
    return (struct value){.known = facts->reply_label_count > 0,
        .texts = facts->reply_labels,
        .text_count = facts->reply_label_count};
}

/* any: the person refused to hear from us since entry. all: nothing is left to reach them by. */
static struct value opt_out_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    const struct instant ever = {INT64_MAX};
    bool all = facts->contact_count > 0;
    for (size_t i = 0; i < facts->contact_count; i++)
        all = all && facts->contacts[i].opted_out;
    return number(facts->patient->do_not_contact
        || (leaf->every ? all : facts_refused(facts, facts->enrollment->entered, ever)));
}

static struct value discharged_value(const struct audience_facts *facts)
{
    struct day entered = zone_day(facts->moment->practice->zone, facts->enrollment->entered);
    for (size_t i = 0; i < facts->ledger_count; i++)
        if (text_is(facts->ledger[i].kind, "program")
            && text_is(facts->ledger[i].status, "discharged")
            && facts->ledger[i].day.n >= entered.n)
            return number(true);
    return number(false);
}

/* Nobody knows without schedules.yaml. */
static struct value opening_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    const struct span whole = {.months = leaf->to_ago.months, .days = leaf->to_ago.days};
    struct day first = facts->first_opening;
    if (!facts->openings_known)
        return UNKNOWN;
    return number(first.n != DAY_NONE && first.n <= span_add_to_day(facts->moment->today, whole).n);
}

static struct value event_field_value(const struct leaf *leaf, const struct audience_facts *facts)
{
    const json_t *field = facts->event ? json_object_get(facts->event, leaf->text) : NULL;
    const char *text = json_string_value(field);
    return (struct value){.known = text != NULL, .text = text};
}

struct value leaf_value_enrollment(const struct leaf *leaf, const struct audience_facts *facts)
{
    if (leaf->row->id == LEAF_EVENT_FIELD)
        return event_field_value(leaf, facts);
    if (!facts->enrollment)
        return UNKNOWN;
    struct sums sums = sum_touches(facts);
    switch ((int)leaf->row->id) { /* the enrollment's own names only */
    case LEAF_DAY: return number(facts->day);
    case LEAF_CLICKS: return number(sums.clicks);
    case LEAF_HUMAN_OPENS: return number(sums.human_opens);
    case LEAF_REPLIES: return number(sums.replies);
    case LEAF_DELIVERED: return number(sums.delivered);
    case LEAF_SENT: return number(sums.sent);
    case LEAF_SILENT_TOUCHES: return number(sums.silent);
    case LEAF_OPENED:
    case LEAF_CLICKED: return touch_value(leaf, facts);
    case LEAF_OPT_OUT: return opt_out_value(leaf, facts);
    case LEAF_REPLY:
    case LEAF_REPLY_LABEL:
    case LEAF_REPLY_ROUTE: return reply_value(leaf, facts);
    case LEAF_THREAD_CLOSED: return facts->has_thread ? number(!facts->thread_open) : UNKNOWN;
    case LEAF_DISCHARGED: return discharged_value(facts);
    case LEAF_OPENING_WITHIN: return opening_value(leaf, facts);
    }
    assert(!"a name without a value");
    return UNKNOWN;
}
