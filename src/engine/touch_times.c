/* touch_times.c: see touch_times.h. */
#include "engine/touch_times.h"

#include <string.h>

#include "audience/facts.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "opening/proposal.h"
#include "opening/say.h"

enum { CACHE_MAX = 32 }; /* messages are judged in the order of their time: neighbours are alike */
static const char touch_source[] = "touch";

/* ---- what is free ---- */

struct found_times {
    struct booking booking;
    struct instant now;
    struct slot *slots;
    int *named; /* to how many messages each, aligned */
    size_t count;
    struct found_times *next;
};

void engine__forget_times(struct times_cache *cache)
{
    arena_release(&cache->arena);
    *cache = (struct times_cache){.first = NULL};
}

static bool same_booking(const struct booking *a, const struct booking *b)
{
    return a->service == b->service && a->provider == b->provider && a->location == b->location
        && a->window_days == b->window_days;
}

static enum err find(struct engine *engine, struct times_cache *cache,
    const struct booking *booking, struct instant now, struct found_times **ret_found,
    struct why *reterr_why)
{
    for (struct found_times *found = cache->first; found; found = found->next) {
        if (found->now.ms == now.ms && same_booking(&found->booking, booking)) {
            *ret_found = found;
            return ERR_NONE;
        }
    }
    if (cache->count == CACHE_MAX)
        engine__forget_times(cache);
    struct found_times *found = ARENA_NEW(&cache->arena, struct found_times, 1);
    *found = (struct found_times){.booking = *booking, .now = now, .next = cache->first};
    enum err err = engine_find_times(
        engine, &cache->arena, booking, now, 0, &found->slots, &found->count, reterr_why);
    if (err != ERR_NONE)
        return err;
    found->named = ARENA_NEW(&cache->arena, int, found->count + 1);
    cache->first = found;
    cache->count++;
    *ret_found = found;
    return ERR_NONE;
}

/* ---- which of them ---- */

/* Of those that begin when a hold would be over, the one that suits best. */
static size_t pick_held(const struct schedule *schedule, const struct leaning *leaning,
    const struct found_times *found, struct instant over, struct slot *ret_slot)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct slot *later = ARENA_NEW(&scratch, struct slot, found->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < found->count; i++) {
        if (found->slots[i].start.ms > over.ms)
            later[count++] = found->slots[i];
    }
    return leaning_pick(leaning, schedule, later, count, 1, ret_slot);
}

static bool is_named(const struct slot *slot, const struct touch_times *times)
{
    for (size_t i = 0; i < times->count; i++) {
        const struct slot *named = &times->slots[i];
        if (slot->start.ms == named->start.ms && slot->provider == named->provider
            && slot->location == named->location)
            return true;
    }
    return false;
}

void engine__count_named(
    struct times_cache *cache, struct instant now, const struct touch_times *times)
{
    for (struct found_times *found = cache->first; found; found = found->next) {
        for (size_t i = 0; found->now.ms == now.ms && i < found->count; i++)
            found->named[i] += is_named(&found->slots[i], times);
    }
}

/* How many visits one after the other the free starts are worth. */
static int64_t visits_left(const struct schedule *schedule, const struct found_times *found)
{
    const struct schedule_service *service = &schedule->services[found->booking.service];
    int64_t visit_ms = service->before_ms + service->duration_ms + service->after_ms;
    return (int64_t)found->count * schedule->step_minutes * MS_PER_MINUTE / visit_ms;
}

/* May an offer keep one more time for this patient? */
static enum err may_hold(struct engine *engine, struct arena *arena, const struct touch *touch,
    const struct found_times *found, struct instant now, bool *ret_may, struct why *reterr_why)
{
    struct opening *live;
    size_t count;
    int64_t held = 0;
    bool has_one = false;
    enum err err = opening_read_live(
        arena, engine->db, engine->practice->practice_id, NULL, now, &live, &count, reterr_why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < count; i++) {
        /* What an earlier try of this message kept is let go when it keeps another. */
        has_one |= text_is(live[i].patient_id, touch->patient_id)
            && !(touch->touch_id && text_is(live[i].touch_id, touch->touch_id));
        held += live[i].state == OPENING_HELD && text_is(live[i].source, touch_source);
    }
    int64_t left = visits_left(engine->home->schedule, found);
    *ret_may = !has_one && (held + 1) * TOUCH_HOLD_SHARE <= left + held;
    return ERR_NONE;
}

static int64_t hold_of(const struct way_question *question)
{
    const struct playbook *playbook = question->kase->version->playbook;
    const struct offer *offer =
        question->offer ? definitions_offer(playbook->definitions, question->offer) : NULL;
    const int64_t most_ms = TOUCH_HOLD_DAYS_MAX * MS_PER_DAY;
    if (!offer || offer->kind != OFFER_HOLD)
        return 0;
    return span_ms(offer->hold) < most_ms ? span_ms(offer->hold) : most_ms;
}

/* ---- in words ---- */

static void word_times(
    const struct way_question *question, const struct template *piece, struct touch_times *times)
{
    const struct say say = {.schedule = question->engine->home->schedule,
        .patient_zone = question->kase->zone,
        .language = piece->language};
    if (times->count > 0 && piece->names_times)
        times->list = opening_say(question->tick, &say, times->slots, times->count);
    if (times->hold_ms == 0)
        return;
    struct instant over = instant_add_ms(question->now, times->hold_ms);
    times->held = opening_say_moment(question->tick, &say, times->slots[0].start);
    times->until = opening_say_until(question->tick, &say, over, question->now);
}

/* What a person approved leaves as it was read: only what it still says is kept. */
static void heed_words(const struct outbox_words *words, bool names_held, struct touch_times *times)
{
    bool lists = times->list && words->text && strstr(words->text, times->list);
    bool holds = times->held && words->text && strstr(words->text, times->held);
    if (!holds) {
        times->gone = names_held && !words->typed;
        times->hold_ms = 0;
    }
    if (!lists && !holds)
        times->count = 0;
}

enum err engine__touch_times(const struct way_question *question, const struct template *piece,
    struct touch_times *ret_times, struct why *reterr_why)
{
    struct engine *engine = question->engine;
    const struct schedule *schedule = engine->home->schedule;
    const struct patient *patient = gate_patient(question->gate, question->touch->patient_id);
    struct touch_times times = {.count = 0};
    struct booking booking;
    struct leaning leaning;
    struct found_times *found;
    TIMES_CACHE struct times_cache own = {.first = NULL};
    bool may = false;
    *ret_times = times;
    if ((!piece->names_times && !piece->names_held) || !schedule || !patient
        || !engine_touch_booking(
            engine, question->tick, question->kase->version, question->said, patient, &booking))
        return ERR_NONE;
    int64_t hold_ms = piece->names_held ? hold_of(question) : 0;
    enum err err = find(engine, question->times ? question->times : &own, &booking, question->now,
        &found, reterr_why);
    if (err == ERR_NONE)
        err = engine_read_leaning(
            engine, question->tick, engine->db, patient->patient_id, &leaning, reterr_why);
    if (err == ERR_NONE && hold_ms)
        err = may_hold(
            engine, question->tick, question->touch, found, question->now, &may, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct instant over = instant_add_ms(question->now, hold_ms);
    if (may && pick_held(schedule, &leaning, found, over, times.slots) == 1) {
        times.count = 1;
        times.hold_ms = hold_ms;
    } else if (piece->names_times) {
        times.count = leaning_pick_spread(&leaning, schedule, found->slots, found->named,
            found->count, OPENING_OFFERED, times.slots);
    }
    for (size_t i = 0; i < times.count; i++)
        times.remembered += leaning_suits(&leaning, schedule, &times.slots[i]) > 0;
    word_times(question, piece, &times);
    if (question->words)
        heed_words(question->words, piece->names_held && hold_ms, &times);
    *ret_times = times;
    return ERR_NONE;
}

enum err engine__task_times(struct engine *engine, struct arena *arena,
    const struct engine_case *kase, const struct playbook_touch *said, struct instant now,
    struct touch_times *ret_times, struct why *reterr_why)
{
    const struct patient *patient = kase->facts->patient;
    struct touch_times times = {.count = 0};
    struct booking booking;
    struct leaning leaning;
    struct slot *slots;
    size_t count;
    *ret_times = times;
    if (!engine->home->schedule
        || !engine_touch_booking(engine, arena, kase->version, said, patient, &booking))
        return ERR_NONE;
    enum err err = engine_find_times(engine, arena, &booking, now, 0, &slots, &count, reterr_why);
    if (err == ERR_NONE)
        err = engine_read_leaning(
            engine, arena, engine->db, patient->patient_id, &leaning, reterr_why);
    if (err != ERR_NONE)
        return err;
    const struct say say = {.schedule = engine->home->schedule, .language = "en", .who = true};
    times.count = engine_pick_times(engine->home->schedule, &leaning, slots, count, times.slots);
    times.list = times.count ? opening_say(arena, &say, times.slots, times.count) : NULL;
    *ret_times = times;
    return ERR_NONE;
}

/* ---- keeping ---- */

enum err engine__hold_touch_time(struct engine *engine, struct tx *tx, const struct touch *touch,
    const struct touch_times *times, const char **ret_held, struct why *reterr_why)
{
    struct opening opening;
    const struct opening_choice choice = {.patient_id = touch->patient_id,
        .slot = times->slots[0],
        .source = touch_source,
        .touch_id = touch->touch_id,
        .hold_ms = times->hold_ms};
    *ret_held = NULL;
    if (times->hold_ms == 0)
        return ERR_NONE;
    enum err err =
        opening_hold(&engine->tick, tx, engine->home->schedule, &choice, &opening, reterr_why);
    if (err == ERR_NONE)
        *ret_held = opening.opening_id;
    return err;
}

enum err engine__propose_touch_times(struct engine *engine, struct tx *tx,
    const struct touch *touch, const struct touch_times *times, const char *held,
    const char *language, struct why *reterr_why)
{
    if (times->count == 0)
        return ERR_NONE;
    int64_t lasts_ms = times->hold_ms > PROPOSAL_MS ? times->hold_ms : PROPOSAL_MS;
    struct proposal proposal = {.patient_id = touch->patient_id,
        .count = times->count,
        .remembered = times->remembered,
        .source = touch_source,
        .touch_id = touch->touch_id,
        .language = language,
        .opening_id = held,
        .expires = instant_add_ms(tx->now, lasts_ms)};
    memcpy(proposal.slots, times->slots, sizeof proposal.slots);
    return proposal_put(tx, engine->home->schedule, &proposal, reterr_why);
}

enum err engine__drop_touch_time(
    struct engine *engine, struct tx *tx, const struct touch *touch, struct why *reterr_why)
{
    struct opening *live;
    size_t count = 0;
    bool changed;
    if (!engine->home->schedule || touch->for_staff)
        return ERR_NONE;
    enum err err = opening_read_live(&engine->tick, tx->db, tx->practice_id, touch->patient_id,
        tx->now, &live, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (live[i].state == OPENING_HELD && text_is(live[i].source, touch_source)
            && text_is(live[i].touch_id, touch->touch_id))
            err = opening_let_go(tx, live[i].opening_id, "not_sent", &changed, reterr_why);
    }
    return err;
}

static bool is_of(
    const struct engine_batch *batch, const struct engine_case *kase, const char *touch_id)
{
    for (size_t i = 0; i < batch->touch_count; i++) {
        if (text_is(batch->touches[i].touch_id, touch_id))
            return text_is(batch->touches[i].enrollment_id, kase->enrollment->enrollment_id);
    }
    return false;
}

enum err engine__let_go_of_touch_time(struct engine *engine, struct tx *tx,
    const struct engine_batch *batch, const struct engine_case *kase, const char *reason,
    struct why *reterr_why)
{
    struct opening *live;
    size_t count = 0;
    bool changed;
    if (!engine->home->schedule)
        return ERR_NONE;
    enum err err = opening_read_live(batch->tick, tx->db, tx->practice_id,
        kase->enrollment->patient_id, tx->now, &live, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (live[i].state == OPENING_HELD && text_is(live[i].source, touch_source)
            && is_of(batch, kase, live[i].touch_id))
            err = opening_let_go(tx, live[i].opening_id, reason, &changed, reterr_why);
    }
    return err;
}

/* ---- conditions ---- */

enum err engine__add_openings(struct engine *engine, struct times_cache *cache,
    struct engine_case *kase, struct instant now, struct why *reterr_why)
{
    const struct playbook *playbook = kase->version->playbook;
    const struct schedule *schedule = engine->home->schedule;
    struct found_times *found;
    if (!schedule || !playbook->service || !playbook_reads_openings(playbook))
        return ERR_NONE;
    const struct booking booking = {
        schedule_service(schedule, playbook->service->key), SCHEDULE_NOBODY, SCHEDULE_NOBODY, 0};
    if (booking.service == SCHEDULE_NOBODY)
        return ERR_NONE;
    enum err err = find(engine, cache, &booking, now, &found, reterr_why);
    if (err != ERR_NONE)
        return err;
    kase->facts->openings_known = true;
    kase->facts->first_opening =
        found->count ? zone_day(schedule->zone, found->slots[0].start) : (struct day){DAY_NONE};
    return ERR_NONE;
}
