/* entry_reach.c: how well a patient can be reached: every address, the ledger, health and consent.
 * The same reading as put_reach of entry_sql.c. */
#include <string.h>

#include "audience/audience_int.h"
#include "base/text.h"

static bool consent_fresh(const struct reach_question *question, const struct fact_consent *consent)
{
    const struct audience_facts *facts = question->facts;
    struct day earliest = question->consent_earliest;
    struct instant since = zone_at(question->facts->moment->practice->zone, earliest, 0);
    struct day last = facts->patient->last_visit;
    return (last.n != DAY_NONE && last.n >= earliest.n)
        || (consent->given.n != DAY_NONE && consent->given.n >= earliest.n)
        || (facts->has_reply && facts->last_reply.ms >= since.ms);
}

static int consent_reach(const struct reach_question *question, const struct fact_contact *contact)
{
    const struct audience_facts *facts = question->facts;
    bool marketing = question->marketing;
    int best = REACH_NO_CONSENT;
    if (!marketing && contact->channel == CHANNEL_EMAIL)
        return REACH_OPEN;
    for (size_t i = 0; i < facts->consent_count; i++) {
        const struct fact_consent *consent = &facts->consents[i];
        int reach = REACH_OPEN;
        if (consent->channel != contact->channel || (marketing && !consent->marketing)
            || (consent->address && !text_is(consent->address, contact->address)))
            continue;
        if (consent->given.n != DAY_NONE && consent->given.n > facts->moment->today.n)
            continue; /* not given yet */
        if (marketing && contact->channel != CHANNEL_EMAIL && !consent->written)
            reach = REACH_EXPRESS;
        else if (marketing && contact->channel != CHANNEL_EMAIL
            && !consent_fresh(question, consent))
            reach = REACH_STALE;
        best = reach > best ? reach : best;
    }
    return best;
}

static int contact_reach(const struct reach_question *question, const struct fact_contact *contact)
{
    bool marketing = question->marketing;
    bool closed = marketing ? contact->suppressed_marketing : contact->suppressed_all;
    struct instant refused = marketing ? contact->opted_out_at : contact->opted_out_all_at;
    if (closed)
        return refused.ms != 0 ? REACH_REFUSED : REACH_CLOSED;
    return contact->healthy ? consent_reach(question, contact) : REACH_UNHEALTHY;
}

int reach_best(const struct reach_question *question, struct channel_set channels)
{
    int best = -1;
    for (size_t i = 0; i < question->facts->contact_count; i++) {
        const struct fact_contact *contact = &question->facts->contacts[i];
        int reach = channels.has[contact->channel] ? contact_reach(question, contact) : -1;
        best = reach > best ? reach : best;
    }
    return best;
}

const char *reach_name(int reach)
{
    static const char *const NAMES[REACH_MAX] = {"closed", "opted_out", "unhealthy", "no_consent",
        "express_consent", "stale_consent", "open"};
    return reach < 0 ? "no_address" : NAMES[reach];
}
