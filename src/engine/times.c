/* times.c: what a message says about times, and which times are named to it. */
#include "engine/times.h"

#include <string.h>

#include "base/text.h"
#include "engine/engine_int.h"
#include "opening/say.h"
#include "opening/waitlist.h"

/* Below it a label is a guess, and what a phrase says for sure stands against it. */
static const double guessed_below = 0.5;

/* ---- is it about times? ---- */

static bool stands_in_the_way(const struct triage_reading *reading)
{
    return reading->stop == TRIAGE_STOP_YES || reading->urgency != TRIAGE_URGENCY_NONE
        || reading->asks_for_own_data;
}

static bool asks_for_times(const struct triage_reading *reading)
{
    return reading->labels[TRIAGE_LABEL_AVAILABILITY] || reading->labels[TRIAGE_LABEL_BOOK_YES]
        || reading->labels[TRIAGE_LABEL_RESCHEDULE];
}

/* Labels beside which a message may still be about times alone. Of times that were named, what is
 * said is short and looks like much else: "none of those" like a refusal, "any later?" like a
 * pause, "2" like nothing. The words themselves decide then, and of a question in which each tells
 * a day or an hour: "friday?" */
static bool labels_let(
    const struct triage_reading *reading, const struct times_talk *talk, bool waits)
{
    bool named = talk->named.count > 0;
    for (int i = 0; i < TRIAGE_LABEL_MAX; i++) {
        enum triage_label label = (enum triage_label)i;
        bool ours = label == TRIAGE_LABEL_AVAILABILITY || label == TRIAGE_LABEL_BOOK_YES
            || label == TRIAGE_LABEL_RESCHEDULE || label == TRIAGE_LABEL_THANKS_SMALLTALK;
        bool alike = label == TRIAGE_LABEL_UNCLEAR || label == TRIAGE_LABEL_NOT_INTERESTED
            || label == TRIAGE_LABEL_PAUSE || label == TRIAGE_LABEL_LOCATION_HOURS
            || label == TRIAGE_LABEL_OPT_IN;
        bool guessed =
            (waits || talk->sure || talk->plain) && reading->confidence[label] < guessed_below;
        bool nothing = (talk->plain && label == TRIAGE_LABEL_UNCLEAR)
            || (talk->sure
                && (label == TRIAGE_LABEL_OPT_OUT
                    || label == TRIAGE_LABEL_ALREADY_BOOKED_ELSEWHERE));
        if (reading->labels[label] && !ours && !guessed && !nothing && !((named || waits) && alike))
            return false;
    }
    return true;
}

/* Who may want no more messages, or may be somebody else, is a person's; unless every word of it is
 * about the times that were named: "the third", "not with Maya". */
static bool is_ours(const struct triage_reading *reading, const struct times_talk *talk, bool waits)
{
    if ((reading->stop == TRIAGE_STOP_UNSURE || reading->suppress) && !talk->sure)
        return false;
    return labels_let(reading, talk, waits)
        && (talk->named.count > 0 || waits || talk->plain || asks_for_times(reading));
}

/* ---- for what, with whom ---- */

static bool touch_of(struct engine *engine, struct arena *arena, struct db *db,
    const char *touch_id, struct touch *ret_touch)
{
    return touch_id
        && outbox_read(arena, db, engine->practice->practice_id, touch_id, ret_touch, NULL)
        == ERR_NONE;
}

/* The service that the text names, else that of the times named before, else what the message
 * before was about. False: nobody can say, or no times are kept for it. */
static bool find_booking(struct engine *engine, struct arena *arena, struct db *db,
    const struct times_question *question, struct times_talk *talk)
{
    const struct schedule *schedule = engine->home->schedule;
    struct touch touch;
    bool several;
    const char *service =
        knowledge_service_of(arena, engine->home->knowledge, question->text, &several);
    if (several)
        return false;
    bool touched = touch_of(engine, arena, db, question->touch_id, &touch);
    bool known =
        engine_booking_for(engine, arena, touched ? &touch : NULL, talk->patient, &talk->booking);
    if (!known)
        talk->booking = (struct booking){SCHEDULE_NOBODY, SCHEDULE_NOBODY, SCHEDULE_NOBODY, 0};
    if (service)
        talk->booking.service = schedule_service(schedule, service);
    else if (talk->named.count)
        talk->booking.service = talk->named.slots[0].service;
    talk->booking.window_days = 0; /* the patient's words say how far */
    return talk->booking.service != SCHEDULE_NOBODY;
}

/* Whom the words ask for. False: the same person as last time, and nobody knows who that was. */
static bool find_provider(struct engine *engine, struct times_talk *talk)
{
    const struct schedule *schedule = engine->home->schedule;
    struct booking *booking = &talk->booking;
    if (talk->choice.provider >= 0)
        booking->provider = talk->choice.provider;
    if (talk->choice.provider == CHOICE_SAME_PROVIDER)
        booking->provider = schedule_provider(schedule, talk->patient->last_provider);
    if (talk->choice.provider == CHOICE_SAME_PROVIDER && booking->provider == SCHEDULE_NOBODY)
        return false;
    if (talk->choice.provider == CHOICE_SAME_PROVIDER)
        talk->choice.provider = booking->provider;
    bool never = booking->provider >= 0 && booking->provider < CHOICE_NEVER_MAX
        && talk->choice.never >> booking->provider & 1;
    if (talk->choice.anyone || never)
        booking->provider = SCHEDULE_NOBODY;
    return booking->provider == SCHEDULE_NOBODY
        || schedule->providers[booking->provider].does >> booking->service & 1;
}

/* ---- reading ---- */

static const char *language_of(const struct times_question *question, const struct times_talk *talk)
{
    if (question->reading->language != TRIAGE_LANGUAGE_EN)
        return triage_language_name(question->reading->language);
    size_t letters = 0;
    for (const char *c = question->text; *c; c++)
        letters += (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
    if (letters > 2)
        return triage_language_name(TRIAGE_LANGUAGE_EN);
    return talk->named.language ? talk->named.language : talk->patient->language; /* "2" */
}

bool times_acts(const struct times_talk *talk)
{
    return talk->act != TIMES_NOTHING && talk->act != TIMES_PERSON;
}

bool times_rereads(const struct times_talk *talk)
{
    if (talk->assents)
        return true;
    return times_acts(talk) && (talk->named.count > 0 || talk->plain || talk->act == TIMES_WAIT);
}

/* "let me know if something opens up on a Saturday": the rest is read as a wish. */
static enum times_act read_waiting(struct times_talk *talk, const char *rest)
{
    struct choice_question asked = talk->asked;
    asked.offered_count = 0;
    talk->choice = choice_read(&asked, rest);
    bool any = talk->choice.kind == CHOICE_UNSURE && !choice_speaks_of_times(&asked, rest);
    return talk->choice.kind == CHOICE_WANT || any ? TIMES_WAIT : TIMES_PERSON;
}

/* "sounds good, thank you!": yes to times of which none is chosen. */
static bool assents(const struct times_talk *talk, const struct triage_reading *reading)
{
    if (talk->named.count < 2 || talk->choice.kind != CHOICE_UNSURE)
        return false;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (reading->labels[label] && label != TRIAGE_LABEL_BOOK_YES
            && label != TRIAGE_LABEL_THANKS_SMALLTALK)
            return false;
    }
    return reading->labels[TRIAGE_LABEL_BOOK_YES] || reading->labels[TRIAGE_LABEL_THANKS_SMALLTALK];
}

static enum times_act act_of(
    struct arena *arena, const struct times_talk *talk, const struct times_question *question)
{
    switch (talk->choice.kind) {
    case CHOICE_PICK: return TIMES_BOOK;
    case CHOICE_WANT:
    case CHOICE_OTHER: return TIMES_NAME;
    case CHOICE_UNSURE: /* "yes please!" asks for any time; "when my sister can" for none we know */
        if (text_is(talk->named.source, "waitlist")
            && question->reading->labels[TRIAGE_LABEL_NOT_INTERESTED])
            return TIMES_PASS; /* "no thanks": to this one */
        if (talk->assents && !text_is(talk->named.source, PROPOSAL_WHICH)
            && !choice_speaks_of_times(&talk->asked, question->text))
            return TIMES_WHICH;
        if (talk->named.count > 0)
            return TIMES_PERSON;
        return choice_speaks_of_times(&talk->asked, question->text)
                || knowledge_asks_several(arena, question->text)
            ? TIMES_NOTHING
            : TIMES_NAME;
    case CHOICE_KIND_MAX: break;
    }
    return TIMES_NOTHING;
}

static enum err read_patient(struct engine *engine, struct arena *arena, struct db *db,
    const struct times_question *question, struct times_talk *talk, struct why *reterr_why)
{
    struct patient *patients;
    struct gate_batch *gate;
    size_t count = 0;
    enum err err = record_read_patients(arena, db, engine->practice->practice_id,
        &question->patient_id, 1, &patients, &count, reterr_why);
    if (err != ERR_NONE || count == 0)
        return err;
    talk->patient = patients;
    err = gate_load(
        arena, db, engine->gate, question->now, &question->patient_id, 1, &gate, reterr_why);
    if (err == ERR_NONE)
        talk->asked.patient_zone = gate_zone(gate, question->patient_id);
    return err;
}

/* "10:30 works": one hour of one day, and free with one person alone: that is booked. */
static enum err choose_exact(struct engine *engine, struct arena *arena, struct instant now,
    struct times_talk *talk, struct why *reterr_why)
{
    struct slot *slots;
    size_t count, fits = 0;
    if (talk->act == TIMES_BOOK)
        talk->chosen = talk->named.slots[talk->choice.pick];
    if (talk->act != TIMES_NAME || talk->named.count == 0 || !choice_is_exact(&talk->choice))
        return ERR_NONE;
    enum err err =
        engine_find_times(engine, arena, &talk->booking, now, 0, &slots, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (!choice_allows(&talk->choice, talk->asked.schedule, &slots[i], talk->booking.provider))
            continue;
        talk->chosen = slots[i];
        fits++;
    }
    if (err == ERR_NONE && fits == 1)
        talk->act = TIMES_BOOK;
    return err;
}

/* What the words say, against what was named and what they had wished before. */
static void read_words(struct engine *engine, struct arena *arena,
    const struct times_question *question, struct times_talk *talk)
{
    const struct schedule *schedule = engine->home->schedule;
    talk->asked.schedule = schedule;
    talk->asked.now = question->now;
    talk->asked.offered_count = talk->named.count;
    talk->asked.wish = talk->named.count ? talk->named.wish : NULL;
    struct slot *offered = ARENA_NEW(arena, struct slot, OPENING_OFFERED);
    memcpy(offered, talk->named.slots, sizeof talk->named.slots);
    talk->asked.offered = offered;
    choice_hours(schedule, &talk->asked.opens_minute, &talk->asked.closes_minute);
    talk->asked.things =
        knowledge_service_words(arena, engine->home->knowledge, &talk->asked.thing_count);
    const struct choice said = choice_read(&talk->asked, question->text);
    bool named = talk->named.count > 0;
    talk->sure = named && (said.kind == CHOICE_PICK || (said.kind == CHOICE_WANT && !said.others));
    talk->plain = !named && said.kind == CHOICE_WANT && said.asks && said.window_count > 0;
    talk->choice = choice_follow(&talk->asked, &said);
    talk->language = language_of(question, talk);
}

enum err times_read(struct engine *engine, struct arena *arena, struct db *db,
    const struct times_question *question, struct times_talk *ret_talk, struct why *reterr_why)
{
    const struct schedule *schedule = engine->home->schedule;
    struct times_talk talk = {.act = TIMES_NOTHING};
    *ret_talk = talk;
    if (!schedule || !question->patient_id || !question->text
        || strlen(question->text) > CHOICE_BYTES_MAX || stands_in_the_way(question->reading))
        return ERR_NONE;
    enum err err = proposal_read(arena, db, engine->practice->practice_id, schedule,
        question->patient_id, question->now, &talk.named, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (question->touch_id && !text_is(question->touch_id, talk.named.touch_id))
        talk.named.count = 0; /* something else was said since */
    const char *rest = NULL;
    bool waits = waitlist_asked(arena, question->text, &rest);
    if (talk.named.count == 0 && !waits && !asks_for_times(question->reading)
        && !question->reading->labels[TRIAGE_LABEL_UNCLEAR])
        return ERR_NONE;
    err = read_patient(engine, arena, db, question, &talk, reterr_why);
    if (err != ERR_NONE || !talk.patient || talk.patient->vip)
        return err;
    read_words(engine, arena, question, &talk);
    if (!is_ours(question->reading, &talk, waits))
        return ERR_NONE;
    talk.assents = !waits && assents(&talk, question->reading);
    enum times_act act = waits ? read_waiting(&talk, rest) : act_of(arena, &talk, question);
    if (find_booking(engine, arena, db, question, &talk) && find_provider(engine, &talk))
        talk.act = act;
    err = choose_exact(engine, arena, question->now, &talk, reterr_why);
    if (err == ERR_NONE)
        *ret_talk = talk;
    return err;
}

const struct triage_reading *times_reading(
    struct arena *arena, const struct times_talk *talk, const struct triage_reading *reading)
{
    if (!times_rereads(talk))
        return reading;
    enum triage_label label = talk->act == TIMES_BOOK || talk->assents ? TRIAGE_LABEL_BOOK_YES
                                                                       : TRIAGE_LABEL_AVAILABILITY;
    struct triage_reading *ours = ARENA_NEW(arena, struct triage_reading, 1);
    *ours = *reading;
    memset(ours->labels, 0, sizeof ours->labels);
    memset(ours->confidence, 0, sizeof ours->confidence);
    ours->labels[label] = true;
    ours->confidence[label] = 1.0;
    ours->stop = TRIAGE_STOP_NO;
    ours->suppress = false;
    ours->route = TRIAGE_ROUTE_AUTO_REPLY;
    return ours;
}

/* ---- saying ---- */

static const char *rendered(struct engine *engine, struct arena *arena,
    const struct times_talk *talk, const char *template_name, const struct template_facts *facts)
{
    const struct template_set *set = engine->home->templates;
    const struct template *piece =
        template_pick(set, template_name, CHANNEL_SMS, false, talk->language);
    struct rendered words;
    if (!piece || !piece->usable)
        return NULL;
    enum err err = template_render(arena, set, piece, facts,
        &(struct template_rendering){.stop_disclosed = true}, &words, NULL);
    return err == ERR_NONE && !words.missing ? words.text : NULL;
}

static struct say say_of(const struct times_talk *talk)
{
    return (struct say){.schedule = talk->asked.schedule,
        .patient_zone = talk->asked.patient_zone,
        .language = talk->language,
        .who = true};
}

const char *times_say(struct engine *engine, struct arena *arena, const struct times_talk *talk,
    const struct times_named *named, struct instant now)
{
    const struct say say = say_of(talk);
    struct template_facts facts =
        template_facts_of(engine->practice, NULL, zone_day(engine->practice->zone, now));
    facts.open_slots = opening_say(arena, &say, named->slots, named->count);
    return named->count ? rendered(engine, arena, talk, named->template_name, &facts) : NULL;
}

const char *times_say_freed(struct engine *engine, struct arena *arena,
    const struct times_talk *talk, const struct opening *opening, struct instant now)
{
    const struct say say = say_of(talk);
    struct template_facts facts =
        template_facts_of(engine->practice, NULL, zone_day(engine->practice->zone, now));
    facts.booked_time =
        opening_say_visit(arena, &say, opening->start, opening->provider, opening->location);
    facts.held_until = opening_say_until(arena, &say, opening->expires, now);
    return rendered(engine, arena, talk, "answer-freed", &facts);
}

const char *times_say_waiting(
    struct engine *engine, struct arena *arena, const struct times_talk *talk, struct instant now)
{
    const struct template_facts facts =
        template_facts_of(engine->practice, NULL, zone_day(engine->practice->zone, now));
    return rendered(engine, arena, talk, "answer-waitlist", &facts);
}

const char *times_say_booked(struct engine *engine, struct arena *arena,
    const struct times_talk *talk, const struct opening *opening, struct instant now)
{
    const struct say say = say_of(talk);
    struct template_facts facts =
        template_facts_of(engine->practice, NULL, zone_day(engine->practice->zone, now));
    facts.booked_time =
        opening_say_visit(arena, &say, opening->start, opening->provider, opening->location);
    return rendered(engine, arena, talk, "answer-booked", &facts);
}

bool engine_suggest_times(struct engine *engine, struct arena *arena, const char *patient_id,
    const char *text, const char *prior, struct instant now, struct knowledge_answer *ret_answer)
{
    const struct triage_layer *layer = NULL;
    if (engine__taught(engine, &layer, NULL) != ERR_NONE)
        return false;
    const struct triage_reading *reading = triage_read_taught(arena, layer, text, prior);
    const struct times_question question = {
        .patient_id = patient_id, .text = text, .reading = reading, .now = now};
    struct times_talk talk;
    struct times_named named = {.count = 0};
    if (times_read(engine, arena, engine->db, &question, &talk, NULL) != ERR_NONE
        || talk.act != TIMES_NAME
        || times_choose(engine, arena, engine->db, &talk, now, &named, NULL) != ERR_NONE)
        return false;
    const char *said = times_say(engine, arena, &talk, &named, now);
    bool allowed = engine->home->auto_answers[TRIAGE_LABEL_AVAILABILITY];
    *ret_answer = (struct knowledge_answer){
        .text = said,
        .language = text_starts(talk.language, "es") ? TRIAGE_LANGUAGE_ES : TRIAGE_LANGUAGE_EN,
        .sources = {"schedules.yaml"},
        .source_count = 1,
        .sent_text = said,
        .why_not = allowed ? "a person has the conversation"
                           : "availability is not among the auto_answers of perennial.yaml",
    };
    return said != NULL;
}
