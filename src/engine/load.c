/* load.c: what a set of decisions reads, in a handful of queries. */
#include <assert.h>
#include <string.h>

#include "audience/facts.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "outbox/outbox.h"

struct engine_case *engine__case(struct engine_batch *batch, const char *enrollment_id)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (text_is(batch->cases[i].enrollment->enrollment_id, enrollment_id))
            return &batch->cases[i];
    }
    return NULL;
}

static struct journey_touch journey_touch_of(const struct touch *touch)
{
    return (struct journey_touch){
        .touch_id = touch->touch_id,
        .touch_key = touch->touch_key,
        .variant = touch->variant,
        .occurrence = touch->occurrence,
        .planned = touch->planned,
        .expires = touch->expires,
        .begun = touch->state == TOUCH_SENDING || touch->state == TOUCH_IN_DOUBT,
        .ended = touch_state_final(touch->state),
        .sent = touch->sent,
        .delivered = touch->delivered,
    };
}

/* Touches come ordered by enrollment: each case gets its run. */
static void deal_touches(struct engine_batch *batch)
{
    struct journey_touch *all =
        ARENA_NEW(batch->tick, struct journey_touch, batch->touch_count + 1);
    for (size_t i = 0; i < batch->touch_count; i++)
        all[i] = journey_touch_of(&batch->touches[i]);
    for (size_t start = 0; start < batch->touch_count;) {
        const char *enrollment_id = batch->touches[start].enrollment_id;
        size_t end = start + 1;
        while (
            end < batch->touch_count && text_is(batch->touches[end].enrollment_id, enrollment_id))
            end++;
        struct engine_case *kase = engine__case(batch, enrollment_id);
        assert(kase);
        kase->touches = &all[start];
        kase->touch_count = end - start;
        start = end;
    }
}

static enum err load_touches(
    struct tx *tx, struct engine_batch *batch, const char *const *ids, struct why *reterr_why)
{
    enum err err = outbox_read_enrollments(batch->tick, tx->db, tx->practice_id, ids, batch->count,
        &batch->touches, &batch->touch_count, reterr_why);
    if (err == ERR_NONE)
        deal_touches(batch);
    return err;
}

static struct journey_reply journey_reply_of(
    const struct newest_reply *reply, const struct enrollment *enrollment)
{
    if (reply->received.ms == 0 || instant_before(reply->received, enrollment->entered))
        return (struct journey_reply){0};
    bool urgent = reply->urgency && !text_is(reply->urgency, "none");
    return (struct journey_reply){
        .at = reply->received,
        .read = reply->read,
        .needs_person = reply->stop_unsure || urgent,
        .closes = reply->route && text_is(reply->route, "close"),
        .label = reply->label,
        .route = reply->route,
    };
}

static enum err load_replies(
    struct tx *tx, struct engine_batch *batch, const char *const *patients, struct why *reterr_why)
{
    struct newest_reply *replies;
    enum err err = inbox_newest_replies(
        batch->tick, tx->db, tx->practice_id, patients, batch->count, &replies, reterr_why);
    for (size_t i = 0; i < batch->count && err == ERR_NONE; i++)
        batch->cases[i].reply = journey_reply_of(&replies[i], batch->cases[i].enrollment);
    return err;
}

static enum err load_facts(struct engine *engine, struct tx *tx, struct engine_batch *batch,
    const char *const *patients, const char *const *ids, struct why *reterr_why)
{
    struct audience_moment *moment = ARENA_NEW(batch->tick, struct audience_moment, 1);
    *moment = audience_moment_at(engine->practice, tx->now);
    struct audience_facts *facts;
    enum err err = facts_load(batch->tick, tx->db, moment, engine->home->definitions, patients,
        batch->count, &facts, reterr_why);
    if (err != ERR_NONE)
        return err;
    int64_t *days = ARENA_NEW(batch->tick, int64_t, batch->count + 1);
    TIMES_CACHE struct times_cache times = {.first = NULL};
    for (size_t i = 0; i < batch->count && err == ERR_NONE; i++) {
        struct engine_case *kase = &batch->cases[i];
        const struct playbook *playbook = kase->version->playbook;
        days[i] = zone_day(kase->zone, tx->now).n - kase->enrollment->start.n;
        facts_for_playbook(
            &facts[i], playbook->name, playbook->purpose == PURPOSE_MARKETING, NULL, 0);
        kase->facts = &facts[i];
        err = engine__add_openings(engine, &times, kase, tx->now, reterr_why);
    }
    return err == ERR_NONE
        ? facts_load_enrollments(batch->tick, tx->db, facts, ids, days, batch->count, reterr_why)
        : err;
}

static enum err load_versions(struct engine *engine, struct tx *tx, struct engine_batch *batch,
    struct enrollment *enrollments, struct why *reterr_why)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct engine_case *kase = &batch->cases[i];
        kase->enrollment = &enrollments[i];
        const struct zone *zone = gate_zone(batch->gate, enrollments[i].patient_id);
        kase->zone = zone ? zone : engine->practice->zone;
        enum err err = playbook_load_version(engine->cache, tx->db, tx->practice_id,
            enrollments[i].playbook, enrollments[i].version, &kase->version, reterr_why);
        if (err != ERR_NONE)
            return err;
    }
    return ERR_NONE;
}

enum err engine__load(struct engine *engine, struct tx *tx, struct enrollment *enrollments,
    size_t count, struct engine_batch *ret_batch, struct why *reterr_why)
{
    assert(count <= FACTS_BATCH_MAX && ret_batch->gate);
    struct engine_batch *batch = ret_batch;
    batch->cases = ARENA_NEW(batch->tick, struct engine_case, count + 1);
    batch->count = count;
    if (count == 0)
        return ERR_NONE;
    const char **ids = ARENA_NEW(batch->tick, const char *, count);
    const char **patients = ARENA_NEW(batch->tick, const char *, count);
    for (size_t i = 0; i < count; i++) {
        ids[i] = enrollments[i].enrollment_id;
        patients[i] = enrollments[i].patient_id;
    }
    enum err err = load_versions(engine, tx, batch, enrollments, reterr_why);
    if (err == ERR_NONE)
        err = load_touches(tx, batch, ids, reterr_why);
    if (err == ERR_NONE)
        err = load_replies(tx, batch, patients, reterr_why);
    if (err == ERR_NONE)
        err = load_facts(engine, tx, batch, patients, ids, reterr_why);
    return err;
}
