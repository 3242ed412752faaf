/* settle.c: what the channels report, and doubts that are asked about. */
#include <string.h>

#include "base/text.h"
#include "engagement/engagement.h"
#include "engine/engine_int.h"
#include "outbox/outbox.h"
#include "record/record.h"

enum {
    DOUBT_BATCH_MAX = 64,
};

static enum err react_to_patient(
    struct engine *engine, struct tx *tx, const char *patient_id, struct why *reterr_why)
{
    return engine_react(engine, tx, &patient_id, 1, reterr_why);
}

/* What a refusal tells about the address itself. */
static enum err mark_address(struct engine *engine, struct tx *tx, const struct touch *touch,
    enum receipt_outcome outcome, const char *code, struct why *reterr_why)
{
    if (!touch->address || touch->for_staff) /* no patient's address */
        return ERR_NONE;
    if (outcome == RECEIPT_LANDLINE)
        return record_set_health(
            tx, touch->patient_id, touch->channel, touch->address, HEALTH_LANDLINE, reterr_why);
    if (outcome == RECEIPT_PERMANENT)
        return record_set_health(tx, touch->patient_id, touch->channel, touch->address,
            touch->channel == CHANNEL_EMAIL ? HEALTH_BOUNCED : HEALTH_INVALID, reterr_why);
    if (outcome != RECEIPT_OPT_OUT)
        return ERR_NONE;
    const struct suppression_act act = {
        .channel = touch->channel,
        .reason = "provider",
        .address = touch->address,
        .patient_id = touch->patient_id,
        .source = "provider",
        .evidence = code,
    };
    bool is_new;
    enum err err = record_suppress(tx, engine->home->address_key, &act, &is_new, reterr_why);
    if (err == ERR_NONE && is_new)
        err = react_to_patient(engine, tx, touch->patient_id, reterr_why);
    return err == ERR_NONE && is_new
        ? engine_tell_opt_out(engine, tx, &touch->patient_id, 1, reterr_why)
        : err;
}

static enum err record_fact(struct tx *tx, const struct touch *touch, enum engagement_kind kind,
    const char *key, struct why *reterr_why)
{
    if (touch->for_staff) /* counted nowhere */
        return ERR_NONE;
    const struct engagement_event event = {
        .event_key = key,
        .touch_id = touch->touch_id,
        .patient_id = touch->patient_id,
        .enrollment_id = touch->enrollment_id,
        .kind = kind,
        .trust = TRUST_MACHINE,
    };
    bool is_new;
    return engagement_record(tx, &event, &is_new, reterr_why);
}

/* Mail and the null driver give no word of delivery: taken is the best that will ever be known, and
 * a bounce that comes later says otherwise. */
static enum err mark_taken(struct engine *engine, struct tx *tx, const struct touch *touch,
    const char *attempt_id, struct why *reterr_why)
{
    if (touch->channel == CHANNEL_SMS && channels_leaves(engine->channels, CHANNEL_SMS))
        return ERR_NONE;
    const struct delivery_report report = {
        .attempt_id = attempt_id, .provider_id = touch->provider_id, .delivery = "delivered"};
    bool moved;
    struct touch after;
    enum err err = outbox_report_delivery(&engine->tick, tx, &report, &moved, &after, reterr_why);
    if (err == ERR_NONE && moved)
        err = record_fact(tx, touch, ENGAGEMENT_DELIVERED,
            arena_format(&engine->tick, "%s:delivered", attempt_id), reterr_why);
    return err;
}

static enum err settle_receipt(
    struct engine *engine, struct tx *tx, const struct receipt *receipt, struct why *reterr_why)
{
    struct touch touch;
    enum err err = outbox_settle(&engine->tick, tx, receipt, &touch, reterr_why);
    if (err == ERR_NONE && touch.state == TOUCH_FAILED)
        err = engine__drop_touch_time(engine, tx, &touch, reterr_why);
    if (err == ERR_NONE && touch.state == TOUCH_FAILED)
        err = engine__answer_lost(engine, tx, &touch, "failed", reterr_why);
    if (err != ERR_NONE)
        return err;
    if (receipt->outcome != RECEIPT_ACCEPTED || touch.state != TOUCH_SENT)
        return mark_address(engine, tx, &touch, receipt->outcome, receipt->code, reterr_why);
    err = record_fact(tx, &touch, ENGAGEMENT_SENT,
        arena_format(&engine->tick, "%s:sent", receipt->attempt_id), reterr_why);
    if (err == ERR_NONE)
        err = mark_taken(engine, tx, &touch, receipt->attempt_id, reterr_why);
    return err;
}

static enum err settle_answer(
    struct engine *engine, struct tx *tx, const struct channel_event *event, struct why *reterr_why)
{
    struct doubt doubt = {.channel = event->channel};
    memcpy(doubt.attempt_id, event->attempt_id, sizeof(doubt.attempt_id));
    enum err err = outbox_read_doubt(&engine->tick, tx->db, tx->practice_id, &doubt, reterr_why);
    if (err == ERR_NOT_FOUND)
        return ERR_NONE; /* a callback has settled it in the meantime */
    if (err != ERR_NONE)
        return err;
    err = outbox_answer_doubt(&engine->tick, tx, &doubt, event->answer, event->provider_ids,
        event->provider_count, &engine->practice->channels[event->channel], reterr_why);
    struct touch touch;
    if (err == ERR_NONE)
        err =
            outbox_read(&engine->tick, tx->db, tx->practice_id, doubt.touch_id, &touch, reterr_why);
    bool lost =
        err == ERR_NONE && (touch.state == TOUCH_UNCONFIRMED || touch.state == TOUCH_FAILED);
    return lost ? engine__answer_lost(engine, tx, &touch, "in_doubt", reterr_why) : err;
}

static enum err settle_events(struct engine *engine, struct instant now,
    const struct channel_event *events, size_t count, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    enum err err = engine_begin(engine, now, &tx, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (!events[i].is_answer && events[i].receipt.outcome == RECEIPT_CONFIG)
            engine->trouble = channels_trouble(engine->channels, events[i].channel, now);
        err = events[i].is_answer ? settle_answer(engine, &tx, &events[i], reterr_why)
                                  : settle_receipt(engine, &tx, &events[i].receipt, reterr_why);
    }
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}

enum err engine__settle(struct engine *engine, struct instant now, int64_t wait_ms,
    int64_t *ret_settled, struct why *reterr_why)
{
    /* As many receipts as touches fit: each costs about the same. */
    size_t count = 0, max = engine->batch;
    struct channel_event *events = ARENA_NEW(&engine->tick, struct channel_event, max);
    while (count < max
        && channels_take(engine->channels, &engine->tick, count ? 0 : wait_ms, now, &events[count]))
        count++;
    if (count == 0)
        return ERR_NONE;
    /* What the channels said is in memory only: a busy store is tried until it takes it. */
    enum err err = settle_events(engine, now, events, count, reterr_why);
    for (int i = 0; err == ERR_BUSY && i < ENGINE_BUSY_TRIES_MAX; i++) {
        if (reterr_why)
            *reterr_why = (struct why){0};
        err = settle_events(engine, now, events, count, reterr_why);
    }
    if (err == ERR_NONE)
        *ret_settled += (int64_t)count;
    return err;
}

/* Doubts whose time has come; those that are too fresh are put off to the first question. */
static enum err claim_doubts(struct engine *engine, struct tx *tx, struct doubt **ret_doubts,
    size_t *ret_count, struct why *reterr_why)
{
    struct doubt *doubts;
    size_t count, kept = 0;
    enum err err =
        outbox_claim_doubts(&engine->tick, tx, DOUBT_BATCH_MAX, &doubts, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        const struct channel_setting *setting = &engine->practice->channels[doubts[i].channel];
        struct instant first = instant_add_ms(doubts[i].started, setting->ask_after_ms[0]);
        bool early =
            channels_leaves(engine->channels, doubts[i].channel) && instant_before(tx->now, first);
        if (early)
            err = outbox_postpone_doubt(tx, &doubts[i], first, reterr_why);
        else
            doubts[kept++] = doubts[i];
    }
    *ret_doubts = doubts;
    *ret_count = kept;
    return err;
}

enum err engine__ask(
    struct engine *engine, struct instant now, int64_t *ret_asked, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    enum err err = engine_begin(engine, now, &tx, reterr_why);
    if (err != ERR_NONE)
        return err;
    int64_t expired = 0;
    struct doubt *doubts = NULL;
    size_t count = 0;
    err = outbox_expire(&tx, NULL, &expired, reterr_why);
    if (err == ERR_NONE)
        err = claim_doubts(engine, &tx, &doubts, &count, reterr_why);
    if (err == ERR_NONE)
        err = db_commit(&tx, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        channels_ask(engine->channels, &doubts[i], now);
    *ret_asked += (int64_t)count;
    return err;
}

static enum engagement_kind kind_of_delivery(const char *delivery)
{
    enum engagement_kind kind;
    return engagement_kind_parse(delivery, &kind) ? kind : ENGAGEMENT_SENT;
}

enum err engine_delivery(struct engine *engine, const struct engine_delivery *delivery,
    struct instant now, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    enum err err = engine_begin(engine, now, &tx, reterr_why);
    if (err != ERR_NONE)
        return err;
    const struct delivery_report report = {
        .attempt_id = delivery->attempt_id,
        .provider_id = delivery->provider_id,
        .delivery = delivery->delivery,
        .code = delivery->code,
    };
    bool moved;
    struct touch touch;
    err = outbox_report_delivery(&engine->tick, &tx, &report, &moved, &touch, reterr_why);
    if (err != ERR_NONE || !moved)
        return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
    err = record_fact(&tx, &touch, kind_of_delivery(delivery->delivery),
        arena_format(&engine->tick, "%s:%s", touch.touch_id, delivery->delivery), reterr_why);
    int64_t code = 0;
    bool failed =
        text_is(delivery->delivery, "failed") || text_is(delivery->delivery, "undelivered");
    if (err == ERR_NONE && failed && delivery->code
        && text_to_int(delivery->code, 1, INT32_MAX, &code))
        err = mark_address(
            engine, &tx, &touch, channel_twilio_outcome(code, 0), delivery->code, reterr_why);
    if (err == ERR_NONE && failed)
        err = engine__answer_lost(engine, &tx, &touch, "failed", reterr_why);
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}
