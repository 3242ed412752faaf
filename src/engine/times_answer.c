/* times_answer.c: free times named in a reply, and the chosen one booked. */
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "engine/waitlist.h"
#include "outbox/outbox.h"

enum {
    TIMES_PER_DAY_MAX = 8,               /* who still looks for a time wants a person */
    ANSWER_MS_MAX = 24 * 60 * 60 * 1000, /* later it is no answer to what was asked (QH-10) */
};

/* The practice's leave: of every label that asks; where times were named already, to name and book
 * times at all. */
static bool practice_lets(const struct engine *engine, const struct triage_reading *reading,
    const struct times_talk *talk, const bool allowed[TRIAGE_LABEL_MAX])
{
    const double least = engine->practice->auto_answer_percent_min / 100.0;
    if (talk->named.count > 0 || talk->act == TIMES_WAIT) /* read by words, not by likeness */
        return allowed[TRIAGE_LABEL_AVAILABILITY];
    for (int label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (!reading->labels[label] || label == TRIAGE_LABEL_THANKS_SMALLTALK)
            continue;
        if (!allowed[label] || reading->confidence[label] < least)
            return false;
    }
    return true;
}

/* A visit that waits to be entered already is changed by people. */
static enum err is_booked(struct engine *engine, struct tx *tx, const char *patient_id,
    bool *ret_booked, struct why *reterr_why)
{
    struct opening *live;
    size_t count;
    enum err err = opening_read_live(
        &engine->tick, tx->db, tx->practice_id, patient_id, tx->now, &live, &count, reterr_why);
    *ret_booked = false;
    for (size_t i = 0; err == ERR_NONE && i < count; i++)
        *ret_booked = *ret_booked || live[i].state == OPENING_BOOKED;
    return err;
}

static enum err queue(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct times_talk *talk, const char *text, const char **ret_touch, struct why *reterr_why)
{
    const struct touch_plan plan = {
        .patient_id = inbound->patient_id,
        .touch_key = ENGINE_TIMES_KEY,
        .occurrence = 1,
        .purpose = "answer",
        .planned = tx->now,
        .has_channel = true,
        .channel = CHANNEL_SMS,
        .address = inbound->sender,
        .body = text,
        .language = talk->language,
        .expires = instant_add_ms(tx->now, ANSWER_MS_MAX),
    };
    return outbox_plan(&engine->tick, tx, &plan, 1, ret_touch, reterr_why);
}

/* Asked twice before the first answer left: only the second goes. */
static enum err withdraw_unsent(
    struct engine *engine, struct tx *tx, const char *patient_id, struct why *reterr_why)
{
    struct proposal former;
    struct touch touch;
    enum err err = proposal_read(&engine->tick, tx->db, tx->practice_id, engine->home->schedule,
        patient_id, tx->now, &former, reterr_why);
    bool ours = text_is(former.source, "reply") || text_is(former.source, PROPOSAL_WHICH);
    if (err != ERR_NONE || former.count == 0 || !ours)
        return err;
    err = outbox_read(&engine->tick, tx->db, tx->practice_id, former.touch_id, &touch, reterr_why);
    if (err != ERR_NONE || (touch.state != TOUCH_DUE && touch.state != TOUCH_WAITING))
        return err;
    return outbox_end(tx, &touch, TOUCH_CANCELLED, "replaced", NULL, NULL, reterr_why);
}

static enum err say_times(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct times_talk *talk, const struct times_named *named, const char *source,
    bool *ret_done, struct why *reterr_why)
{
    const char *touch_id = NULL;
    const char *text = times_say(engine, &engine->tick, talk, named, tx->now);
    if (!text)
        return ERR_NONE;
    enum err err = withdraw_unsent(engine, tx, inbound->patient_id, reterr_why);
    if (err == ERR_NONE)
        err = queue(engine, tx, inbound, talk, text, &touch_id, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct proposal proposal = {.patient_id = inbound->patient_id,
        .wish = times_wish(talk),
        .count = named->count,
        .source = source,
        .touch_id = touch_id,
        .language = talk->language,
        .remembered = named->remembered,
        .expires = instant_add_ms(tx->now, PROPOSAL_MS)};
    memcpy(proposal.slots, named->slots, sizeof proposal.slots);
    *ret_done = true;
    return proposal_put(tx, engine->home->schedule, &proposal, reterr_why);
}

static enum err name_times(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct times_talk *talk, bool *ret_done, struct why *reterr_why)
{
    struct times_named named;
    enum err err = times_choose(engine, &engine->tick, tx->db, talk, tx->now, &named, reterr_why);
    if (err != ERR_NONE || named.count == 0)
        return err;
    return say_times(engine, tx, inbound, talk, &named, "reply", ret_done, reterr_why);
}

/* Once: who assents again without a choice is a person's. */
static enum err ask_which(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct times_talk *talk, bool *ret_done, struct why *reterr_why)
{
    struct times_named named;
    enum err err = times_left(engine, &engine->tick, talk, tx->now, &named, reterr_why);
    if (err != ERR_NONE || named.count == 0)
        return err;
    return say_times(engine, tx, inbound, talk, &named, PROPOSAL_WHICH, ret_done, reterr_why);
}

static enum err book(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct times_talk *talk, bool *ret_done, struct why *reterr_why)
{
    struct opening opening;
    const struct opening_choice choice = {.patient_id = inbound->patient_id,
        .slot = talk->chosen,
        .source = "reply",
        .touch_id = talk->named.touch_id};
    struct why taken = {0};
    enum err err = engine_hold_time(engine, &engine->tick, tx, &choice, &opening, &taken);
    if (err == ERR_CONFLICT)
        return name_times(engine, tx, inbound, talk, ret_done, reterr_why);
    if (err != ERR_NONE) {
        *reterr_why = taken;
        return err;
    }
    err = engine_book_time(
        engine, &engine->tick, tx, inbound->patient_id, opening.opening_id, &opening, reterr_why);
    if (err == ERR_NONE)
        err = proposal_end(tx, inbound->patient_id, PROPOSAL_TAKEN, reterr_why);
    const char *text =
        err == ERR_NONE ? times_say_booked(engine, &engine->tick, talk, &opening, tx->now) : NULL;
    if (text)
        err = queue(engine, tx, inbound, talk, text, NULL, reterr_why);
    *ret_done = true;
    return err;
}

/* Whatever was named before is not named to them again, by the waitlist. */
static enum err join(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct times_talk *talk, bool *ret_done, struct why *reterr_why)
{
    const char *text = times_say_waiting(engine, &engine->tick, talk, tx->now);
    const struct waiting waiting = {.patient_id = inbound->patient_id,
        .said = inbound->body,
        .wish = talk->choice,
        .source = "reply"};
    struct id wait;
    if (!text)
        return ERR_NONE;
    enum err err = engine_join_waitlist(engine, tx, &talk->booking, &waiting, &wait, reterr_why);
    for (size_t i = 0; i < talk->named.count && err == ERR_NONE; i++)
        err = waitlist_refuse(tx, wait.text, talk->named.slots[i].start, reterr_why);
    if (err == ERR_NONE)
        err = proposal_end(tx, inbound->patient_id, PROPOSAL_REPLACED, reterr_why);
    if (err == ERR_NONE)
        err = queue(engine, tx, inbound, talk, text, NULL, reterr_why);
    *ret_done = true;
    return err;
}

/* What was held for them goes to who waits next. */
static enum err let_go(struct tx *tx, const struct times_talk *talk, struct why *reterr_why)
{
    bool changed;
    return talk->named.opening_id
        ? opening_let_go(tx, talk->named.opening_id, "not_wanted", &changed, reterr_why)
        : ERR_NONE;
}

static enum err pass(struct tx *tx, const struct inbound *inbound, const struct times_talk *talk,
    bool *ret_done, struct why *reterr_why)
{
    enum err err = let_go(tx, talk, reterr_why);
    *ret_done = true;
    return err == ERR_NONE ? proposal_end(tx, inbound->patient_id, PROPOSAL_REPLACED, reterr_why)
                           : err;
}

static enum err act(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct times_talk *talk, bool *ret_done, struct why *reterr_why)
{
    enum err err;
    switch (talk->act) {
    case TIMES_BOOK: return book(engine, tx, inbound, talk, ret_done, reterr_why);
    case TIMES_WHICH: return ask_which(engine, tx, inbound, talk, ret_done, reterr_why);
    case TIMES_WAIT: return join(engine, tx, inbound, talk, ret_done, reterr_why);
    case TIMES_PASS: return pass(tx, inbound, talk, ret_done, reterr_why);
    case TIMES_NAME:
        err = let_go(tx, talk, reterr_why);
        return err == ERR_NONE ? name_times(engine, tx, inbound, talk, ret_done, reterr_why) : err;
    case TIMES_NOTHING:
    case TIMES_PERSON:
    case TIMES_ACT_MAX: break;
    }
    return ERR_NONE;
}

enum err times_answer(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct triage_reading *reading, const struct times_talk *talk, bool *ret_answered,
    struct why *reterr_why)
{
    bool allowed[TRIAGE_LABEL_MAX], busy = false, booked = false;
    struct answer_tasks tasks;
    int64_t answered = 0;
    *ret_answered = false;
    memcpy(allowed, engine->home->auto_answers, sizeof allowed);
    if (!times_acts(talk) || inbound->sharing_count != 1 || !text_is(inbound->channel, "sms")
        || !practice_lets(engine, reading, talk, allowed))
        return ERR_NONE;
    enum err err = engine__answer_leave(engine, tx, inbound, allowed, &tasks, &busy, reterr_why);
    if (err == ERR_NONE)
        err = outbox_count_keyed(tx->db, tx->practice_id, inbound->patient_id, ENGINE_TIMES_KEY,
            instant_add_ms(tx->now, -MS_PER_DAY), &answered, reterr_why);
    if (err == ERR_NONE)
        err = is_booked(engine, tx, inbound->patient_id, &booked, reterr_why);
    if (err != ERR_NONE || busy || booked || answered >= TIMES_PER_DAY_MAX
        || !practice_lets(engine, reading, talk, allowed))
        return err;
    err = act(engine, tx, inbound, talk, ret_answered, reterr_why);
    return err == ERR_NONE && *ret_answered
        ? engine__answered(tx, inbound, "schedules.yaml", &tasks, reterr_why)
        : err;
}
