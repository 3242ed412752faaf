/* words.c: the facts that a message prints, and the addresses in it. */
#include <string.h>

#include "audience/facts.h"
#include "base/buf.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "outbox/link.h"

char *engine_link(
    struct arena *arena, const struct home *home, const char *purpose, const char *link_code)
{
    const char *base = home->practice.public_url ? home->practice.public_url : "";
    return arena_format(arena, "%s/p/%s/%s", base, purpose,
        link_sign(arena, &home->link_key, purpose, link_code, 0));
}

static void add_offer(struct arena *tick, struct template_facts *facts,
    const struct playbook *playbook, const char *name, struct day today)
{
    const struct offer *offer = name ? definitions_offer(playbook->definitions, name) : NULL;
    if (!offer)
        return;
    facts->offer_kind = offer_kind_name(offer->kind);
    switch (offer->kind) {
    case OFFER_ADDON: facts->offer_text = offer->item; break;
    case OFFER_PERCENT: facts->offer_text = arena_format(tick, "%d%%", offer->percent); break;
    case OFFER_HOLD:
        facts->offer_until =
            (struct day){today.n + (int32_t)((span_ms(offer->hold) + MS_PER_DAY - 1) / MS_PER_DAY)};
        break;
    case OFFER_NONE:
    case OFFER_AVAILABILITY:
    case OFFER_NEWS:
    case OFFER_DUE:
    case OFFER_KIND_MAX: break;
    }
}

struct template_facts engine__template_facts(struct engine *engine, struct arena *tick,
    const struct gate_batch *gate, const struct engine_case *kase, const struct touch *touch,
    const struct playbook_touch *said, const char *offer, struct instant now)
{
    (void)said;
    const struct playbook *playbook = kase->version->playbook;
    const struct patient *patient = gate_patient(gate, touch->patient_id);
    struct day today = zone_day(kase->zone, now);
    struct template_facts facts = template_facts_of(engine->practice, patient, today);
    const char *language = patient ? patient->language : "en";
    if (playbook->service) {
        facts.service_key = playbook->service->key;
        facts.service_label = service_label(playbook->service, language);
        facts.service_name = service_phi_label(playbook->service, language);
    }
    if (kase->enrollment->anchor.n != DAY_NONE)
        facts.last_visit = kase->enrollment->anchor;
    if (engine->practice->public_url && touch->link_code) {
        facts.book_url = engine_link(tick, engine->home, "b", touch->link_code);
        facts.unsubscribe_url = engine_link(tick, engine->home, "u", touch->link_code);
        facts.preferences_url = facts.unsubscribe_url;
    } else {
        /* Without a page of our own the address stands in the message, and says of no treatment. */
        facts.book_url = practice_plain_booking_url(tick, engine->practice);
    }
    add_offer(tick, &facts, playbook, offer, today);
    return facts;
}
