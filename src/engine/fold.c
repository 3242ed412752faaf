/* fold.c: messages from patients: read, acted on, answered where grammar requires it. */
#include <string.h>

#include "base/text.h"
#include "engagement/engagement.h"
#include "engine/engine_int.h"
#include "engine/times.h"
#include "engine_sql.h"
#include "opening/pause.h"
#include "outbox/outbox.h"
#include "record/language.h"
#include "record/record.h"
#include "triage/layer.h"

enum {
    FOLD_MAX = 64,                  /* messages per round, each its own transaction */
    CONFIRM_MS_MAX = 5 * 60 * 1000, /* 47 CFR 64.1200(a)(12): within five minutes, or not at all */
    LANGUAGE_WORDS_MIN = 3,
    SETTLED_WORDS_MAX = 20,
    HELP_MS_MAX = 24 * 60 * 60 * 1000, /* an answer to the patient's own message (QH-10) */
    ATTACHED_VISIT_DAYS = 30,          /* who was here lately shows what became of it */
};

/* Words, as far as they have letters: "ok :)" is one. */
static size_t words_of(const char *text)
{
    size_t words = 0;
    bool inside = false;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c >= 0x80;
        words += letter && !inside;
        inside = letter || (inside && *c == '\'');
    }
    return words;
}

/* Whether one channel is all that the message speaks of: then nothing in it waits for an answer.
 * What asks something, or says more than that takes, is a person's to read. */
static bool is_settled(const char *text, const struct triage_reading *reading)
{
    static const bool said[TRIAGE_LABEL_MAX] = {[TRIAGE_LABEL_OPT_OUT] = true,
        [TRIAGE_LABEL_OPT_IN] = true,
        [TRIAGE_LABEL_THANKS_SMALLTALK] = true};
    if (strchr(text, '?') || words_of(text) > SETTLED_WORDS_MAX)
        return false;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (reading->labels[label] && !said[label])
            return false;
    }
    return reading->urgency == TRIAGE_URGENCY_NONE && !reading->asks_for_own_data;
}

static void take_refusals(
    const char *text, const struct triage_reading *reading, struct inbox_reading *out)
{
    static const enum channel_kind kinds[TRIAGE_CHANNEL_MAX] = {[TRIAGE_CHANNEL_SMS] = CHANNEL_SMS,
        [TRIAGE_CHANNEL_EMAIL] = CHANNEL_EMAIL,
        [TRIAGE_CHANNEL_VOICE] = CHANNEL_VOICE};
    bool any = false;
    for (enum triage_channel channel = 0; channel < TRIAGE_CHANNEL_MAX; channel++) {
        out->refuses[kinds[channel]] = reading->refuses[channel];
        any = any || reading->refuses[channel];
    }
    if (!any)
        return;
    out->stop = out->restart = false;
    out->settled = is_settled(text, reading);
}

/* Below the first, what would close an address for good is a guess: of the kept texts that look
 * like a wrong number or a move, one in ten is none above it, two of three below. */
static const double near_certain = 0.8, clear = 0.5;

static bool is_unconfirmed(const struct triage_reading *reading)
{
    static const enum triage_label closing[] = {
        TRIAGE_LABEL_WRONG_NUMBER, TRIAGE_LABEL_DECEASED_OR_MOVED};
    bool any = false;
    for (size_t i = 0; i < sizeof closing / sizeof closing[0]; i++) {
        if (reading->labels[closing[i]] && reading->confidence[closing[i]] >= near_certain)
            return false;
        any = any || reading->labels[closing[i]];
    }
    return any;
}

static struct inbox_reading inbox_reading_of(struct arena *tick, const char *text,
    const struct triage_reading *reading, struct day pause_until, const char *json)
{
    const enum triage_label label = triage_strongest_label(reading->labels);
    const char **tags = ARENA_NEW(tick, const char *, reading->tag_count + 1);
    for (size_t i = 0; i < reading->tag_count; i++)
        tags[i] = reading->tags[i];
    struct inbox_reading out = {
        .json = json,
        .stop = reading->stop == TRIAGE_STOP_YES,
        .stop_unsure = reading->stop == TRIAGE_STOP_UNSURE,
        .stop_keyword = reading->stop_keyword,
        .wrong_number = reading->labels[TRIAGE_LABEL_WRONG_NUMBER],
        .gone = reading->labels[TRIAGE_LABEL_DECEASED_OR_MOVED],
        .restart = reading->restart,
        .help = reading->labels[TRIAGE_LABEL_HELP],
        .pause = reading->labels[TRIAGE_LABEL_PAUSE],
        .pause_until = pause_until,
        .declined = reading->labels[TRIAGE_LABEL_NOT_INTERESTED],
        .unconfirmed = is_unconfirmed(reading),
        .also_cancel = reading->also_cancel
            || (reading->stop == TRIAGE_STOP_YES && reading->labels[TRIAGE_LABEL_CANCEL]),
        .thanks = label == TRIAGE_LABEL_THANKS_SMALLTALK && reading->confidence[label] >= clear,
        .clinical = reading->labels[TRIAGE_LABEL_CLINICAL_NONURGENT],
        .label = triage_label_name(label),
        .route = triage_route_name(reading->route),
        .urgency = triage_urgency_name(reading->urgency),
        .tags = tags,
        .tag_count = reading->tag_count,
    };
    take_refusals(text, reading, &out);
    return out;
}

/* ---- what came with the words ---- */

/* Nobody here has seen or heard it: whatever the words say, a person does. */
static const struct triage_reading *attached_reading(
    struct arena *tick, const struct triage_reading *reading)
{
    if (reading->route != TRIAGE_ROUTE_AUTO_REPLY && reading->route != TRIAGE_ROUTE_CLOSE)
        return reading;
    struct triage_reading *ours = ARENA_NEW(tick, struct triage_reading, 1);
    *ours = *reading;
    ours->route = TRIAGE_ROUTE_STAFF_TASK;
    return ours;
}

/* After a visit it may show their body: a clinician's. */
static enum err take_attachments(struct tx *tx, const struct inbound *inbound,
    struct inbox_reading *reading, struct why *reterr_why)
{
    int64_t seen = 0;
    reading->attached = true;
    reading->settled = false;
    enum err err = inbound->patient_id
        ? db_query_int(tx->db, &sql_engine_seen_lately,
            DB_ARGS(db_int("practice_id", tx->practice_id),
                db_text("patient_id", inbound->patient_id),
                db_int("since_ms", inbound->received.ms - ATTACHED_VISIT_DAYS * MS_PER_DAY),
                db_int("now_ms", tx->now.ms)),
            &seen, reterr_why)
        : ERR_NONE;
    reading->clinical = reading->clinical || seen > 0;
    return err;
}

/* ---- what is said by itself ---- */

/* `stopped`: the channels that a confirmation names; NULL: none. */
static bool render_answer(struct engine *engine, const char *template_name, const char *language,
    const bool *stopped, struct instant now, struct rendered *ret_rendered)
{
    const struct template_set *set = engine->home->templates;
    const struct template *piece = template_pick(set, template_name, CHANNEL_SMS, false, language);
    struct template_facts facts =
        template_facts_of(engine->practice, NULL, zone_day(engine->practice->zone, now));
    facts.stopped_channels =
        stopped ? engine__say_channels(&engine->tick, stopped, language) : NULL;
    return piece
        && template_render(&engine->tick, set, piece, &facts,
               &(struct template_rendering){.stop_disclosed = true}, ret_rendered, NULL)
        == ERR_NONE;
}

/* What the patient said holds whether or not it can be answered: without a text nothing is said. */
static enum err plan_answer(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const char *key, const char *template_name, const char *language, int64_t lasts_ms,
    const bool *stopped, struct why *reterr_why)
{
    struct rendered rendered;
    if (!render_answer(engine, template_name, language, stopped, tx->now, &rendered)) {
        engine->trouble = "a STOP, START or HELP could not be answered: perennial check says which "
                          "of the templates that begin with answer- is wrong";
        return ERR_NONE;
    }
    const struct touch_plan plan = {
        .patient_id = inbound->patient_id,
        .touch_key = key,
        .occurrence = 1,
        .purpose = "answer",
        .planned = tx->now,
        .template_name = template_name,
        .has_channel = true,
        .channel = CHANNEL_SMS,
        .address = inbound->sender,
        .body = rendered.text,
        .language = language,
        .expires = instant_add_ms(tx->now, lasts_ms),
    };
    return outbox_plan(&engine->tick, tx, &plan, 1, NULL, reterr_why);
}

static enum err plan_answers(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct triage_reading *reading, const struct inbox_outcome *outcome,
    struct why *reterr_why)
{
    const struct channel_setting *sms = &engine->practice->channels[CHANNEL_SMS];
    bool answered_by_provider = sms->provider_answers_keywords && reading->stop_keyword;
    if (!inbound->patient_id || !text_is(inbound->channel, "sms"))
        return ERR_NONE;
    const char *language = triage_language_name(reading->language);
    enum err err = ERR_NONE;
    const bool *one = inbox_names_channel(outcome->refused) ? outcome->refused : NULL;
    if (outcome->confirm_opt_out && !answered_by_provider)
        err = plan_answer(engine, tx, inbound, "confirm_opt_out",
            one ? "answer-opt-out-channel" : "answer-opt-out", language, CONFIRM_MS_MAX, one,
            reterr_why);
    if (err == ERR_NONE && outcome->confirm_opt_in && !sms->provider_answers_keywords)
        err = plan_answer(engine, tx, inbound, "confirm_opt_in", "answer-opt-in", language,
            CONFIRM_MS_MAX, NULL, reterr_why);
    if (err == ERR_NONE && outcome->answer_help && !sms->provider_answers_keywords)
        err = plan_answer(
            engine, tx, inbound, "help", "answer-help", language, HELP_MS_MAX, NULL, reterr_why);
    return err;
}

/* The reply counts for the touch that it answers. */
static enum err record_reply(struct tx *tx, const struct inbound *inbound, struct why *reterr_why)
{
    if (!inbound->touch_id || !inbound->patient_id)
        return ERR_NONE;
    char key[64] = "reply:";
    strncat(key, inbound->inbound_id, sizeof(key) - strlen(key) - 1);
    const struct engagement_event event = {
        .event_key = key,
        .touch_id = inbound->touch_id,
        .patient_id = inbound->patient_id,
        .enrollment_id = inbound->enrollment_id,
        .kind = ENGAGEMENT_REPLIED,
        .trust = TRUST_HUMAN,
    };
    bool is_new;
    return engagement_record(tx, &event, &is_new, reterr_why);
}

/* Who answers in Spanish is written to in Spanish. A word or two is anybody's, and of an address
 * that several use nobody knows whose words they are. */
static enum err hear_language(struct tx *tx, const struct inbound *inbound,
    const struct triage_reading *reading, struct why *reterr_why)
{
    bool changed;
    if (!inbound->patient_id || inbound->sharing_count != 1 || reading->stop_keyword
        || reading->labels[TRIAGE_LABEL_WRONG_NUMBER]
        || reading->labels[TRIAGE_LABEL_DECEASED_OR_MOVED]
        || words_of(inbound->body) < LANGUAGE_WORDS_MIN)
        return ERR_NONE;
    return record_hear_language(tx, inbound->patient_id, triage_language_name(reading->language),
        inbound->inbound_id, &changed, reterr_why);
}

/* A number is stopped for all who share it; the mail of one of them is theirs alone. */
static enum err tell_stop(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct inbox_outcome *outcome, struct why *reterr_why)
{
    const bool *refused = outcome->refused;
    const bool alone = inbound->patient_id && refused[CHANNEL_EMAIL] && !refused[CHANNEL_SMS]
        && !refused[CHANNEL_VOICE];
    return engine__tell_stop(engine, tx, alone ? &inbound->patient_id : outcome->patients,
        alone ? 1 : outcome->patient_count, refused, reterr_why);
}

struct day engine__pause_until(
    const struct engine *engine, const struct inbound *inbound, const bool *labels)
{
    return labels[TRIAGE_LABEL_PAUSE]
        ? pause_end(engine->practice->zone, inbound->received, inbound->body)
        : (struct day){DAY_NONE};
}

void engine__note_pause(struct arena *arena, json_t *reading, struct day until)
{
    if (until.n != DAY_NONE)
        json_object_set_new(reading, "pause_until", json_text(day_format(arena, until)));
}

/* How triage read it, until when a pause holds, that something came with it; where it was said of
 * times that were named, what that comes to. */
static const char *reading_json(struct engine *engine, const struct inbound *inbound,
    const struct times_talk *talk, const struct triage_reading *reading, struct day pause_until)
{
    const char *text = triage_reading_json(&engine->tick, inbound->body, reading);
    JSON_AUTO json = NULL;
    const bool rereads = times_rereads(talk), attached = inbox_has_attachments(inbound);
    if ((!rereads && !attached && pause_until.n == DAY_NONE)
        || json_parse(text, strlen(text), &json, NULL) != ERR_NONE)
        return text;
    if (attached)
        json_array_append_new(
            json_object_get(json, "why"), json_string("attached: so a person looks"));
    engine__note_pause(&engine->tick, json, pause_until);
    if (!rereads)
        return json_text_of(&engine->tick, json);
    const char *label = triage_label_name(triage_strongest_label(reading->labels));
    json_object_set_new(json, "labels", json_pack("[s]", label));
    json_object_set_new(json, "confidence", json_pack("{s:f}", label, 1.0));
    json_object_set_new(json, "route", json_string(triage_route_name(reading->route)));
    json_array_append_new(json_object_get(json, "why"),
        json_string(arena_format(&engine->tick, "times: %s",
            choice_text(&engine->tick, &talk->choice, engine->home->schedule))));
    return json_text_of(&engine->tick, json);
}

static enum err fold_inbound(
    struct engine *engine, struct tx *tx, const struct inbound *inbound, struct why *reterr_why)
{
    enum err err = record_lock(tx, inbound->sharing, inbound->sharing_count, reterr_why);
    if (err != ERR_NONE)
        return err;
    const struct triage_layer *layer;
    err = engine__taught(engine, &layer, reterr_why);
    if (err != ERR_NONE)
        return err;
    const struct triage_reading *reading =
        triage_read_taught(&engine->tick, layer, inbound->body, inbound->prior_body);
    const bool attached = inbox_has_attachments(inbound);
    if (attached)
        reading = attached_reading(&engine->tick, reading);
    const struct times_question question = {.patient_id = inbound->patient_id,
        .text = attached ? NULL : inbound->body,
        .touch_id = inbound->touch_id ? inbound->touch_id : "",
        .reading = reading,
        .now = tx->now};
    struct times_talk talk;
    bool answered = false;
    err = times_read(engine, &engine->tick, tx->db, &question, &talk, reterr_why);
    if (err != ERR_NONE)
        return err;
    reading = times_reading(&engine->tick, &talk, reading);
    struct day pause_until = engine__pause_until(engine, inbound, reading->labels);
    struct inbox_reading inbox_reading = inbox_reading_of(&engine->tick, inbound->body, reading,
        pause_until, reading_json(engine, inbound, &talk, reading, pause_until));
    struct inbox_outcome outcome;
    if (attached)
        err = take_attachments(tx, inbound, &inbox_reading, reterr_why);
    if (err == ERR_NONE)
        err = inbox_apply(&engine->tick, tx, engine->practice, engine->home->address_key, inbound,
            &inbox_reading, &outcome, reterr_why);
    if (err == ERR_NONE)
        err = record_reply(tx, inbound, reterr_why);
    if (err == ERR_NONE)
        err = hear_language(tx, inbound, reading, reterr_why);
    if (err == ERR_NONE)
        err = plan_answers(engine, tx, inbound, reading, &outcome, reterr_why);
    if (err == ERR_NONE && outcome.patient_count > 0)
        err = engine_react(engine, tx, outcome.patients, outcome.patient_count, reterr_why);
    if (err == ERR_NONE && outcome.opted_out)
        err = tell_stop(engine, tx, inbound, &outcome, reterr_why);
    if (err != ERR_NONE || inbox_reading.settled || attached)
        return err;
    if (err == ERR_NONE && !outcome.answer_help && !outcome.confirm_opt_in)
        err = times_answer(engine, tx, inbound, reading, &talk, &answered, reterr_why);
    answered = answered || talk.act == TIMES_PERSON;
    if (err == ERR_NONE && !answered && !outcome.answer_help && !outcome.confirm_opt_in)
        err = engine__auto_answer(engine, tx, inbound, reading, reterr_why);
    return err == ERR_NONE ? engine__want_draft(engine, tx, inbound, reading, reterr_why) : err;
}

enum err engine__fold(
    struct engine *engine, struct instant now, int64_t *ret_received, struct why *reterr_why)
{
    struct inbound *inbound;
    size_t count;
    enum err err = inbox_unfolded(&engine->tick, engine->db, engine->practice->practice_id,
        FOLD_MAX, &inbound, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        DB_TX struct tx tx = {0};
        bool still = false;
        err = engine_begin(engine, now, &tx, reterr_why);
        if (err == ERR_NONE)
            err = inbox_claim(&tx, inbound[i].inbound_id, &still, reterr_why);
        if (err == ERR_NONE && !still)
            continue;
        if (err == ERR_NONE)
            err = fold_inbound(engine, &tx, &inbound[i], reterr_why);
        if (err == ERR_NONE)
            err = db_commit(&tx, reterr_why);
        if (err == ERR_NONE)
            (*ret_received)++;
    }
    return err;
}

enum err engine_receive(struct engine *engine, const struct inbox_message *message,
    struct instant now, bool *ret_new, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    struct id inbound_id;
    bool is_new;
    enum err err = engine_begin(engine, now, &tx, reterr_why);
    if (err == ERR_NONE)
        err = inbox_store(&tx, message, &inbound_id, &is_new, reterr_why);
    if (err == ERR_NONE)
        err = db_commit(&tx, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_new = is_new;
    int64_t received = 0;
    return engine__fold(engine, now, &received, reterr_why);
}
