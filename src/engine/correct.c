/* correct.c: a person says what a message meant, and what follows from that. */
#include <string.h>

#include "base/text.h"
#include "engine/engine_int.h"
#include "inbox/correct.h"
#include "record/record.h"

struct correcting {
    struct engine *engine;
    const struct engine_correction *correction;
    struct inbox_message_read message;
    json_t *was; /* the reading before; the caller drops it */
    const char *tags[TRIAGE_TAGS_MAX];
    size_t tag_count;
};

/* ---- the reading, said anew ---- */

static bool lists(const json_t *list, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *one = json_string_value(json_array_get(list, i));
        if (one && text_is(one, name))
            return true;
    }
    return false;
}

static void take_tags(struct correcting *work)
{
    const struct triage_verdict *verdict = &work->correction->verdict;
    const json_t *before = json_object_get(work->was, "tags");
    if (work->correction->tags_said) {
        memcpy(work->tags, verdict->tags, sizeof work->tags);
        work->tag_count = verdict->tag_count;
        return;
    }
    for (size_t i = 0; i < json_array_size(before) && work->tag_count < TRIAGE_TAGS_MAX; i++) {
        const char *tag = json_string_value(json_array_get(before, i));
        if (tag)
            work->tags[work->tag_count++] = arena_text(&work->engine->tick, tag);
    }
}

static json_t *names_json(const char *const *names, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_text(names[i]));
    return list;
}

/* In the shape that triage writes: expressions and pages read it alike. */
static const char *reading_json(const struct correcting *work)
{
    const struct triage_verdict *verdict = &work->correction->verdict;
    const bool *labels = verdict->labels;
    JSON_AUTO reading = json_copy(work->was);
    json_t *names = json_array(), *confidence = json_object();
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (!labels[label])
            continue;
        json_array_append_new(names, json_string(triage_label_name(label)));
        json_object_set_new(confidence, triage_label_name(label), json_real(1));
    }
    json_object_del(reading, "pause_until");
    engine__note_pause(&work->engine->tick, reading,
        engine__pause_until(work->engine, &work->message.inbound, labels));
    json_object_set_new(reading, "text", json_text(work->message.inbound.body));
    json_object_set_new(reading, "labels", names);
    json_object_set_new(reading, "confidence", confidence);
    json_object_set_new(reading, "opt_out",
        json_boolean(labels[TRIAGE_LABEL_OPT_OUT] || labels[TRIAGE_LABEL_WRONG_NUMBER]));
    json_object_set_new(reading, "refuses", json_array());
    json_object_set_new(reading, "stop", json_string(labels[TRIAGE_LABEL_OPT_OUT] ? "yes" : "no"));
    json_object_set_new(reading, "urgency", json_string(triage_urgency_name(verdict->urgency)));
    json_object_set_new(reading, "route", json_string(triage_route_name(verdict->route)));
    json_object_set_new(reading, "tags", names_json(work->tags, work->tag_count));
    json_object_set_new(reading, "why", json_pack("[s]", "corrected: somebody here said so"));
    json_object_set_new(reading, "corrected", json_true());
    return json_text_of(&work->engine->tick, reading);
}

static struct inbox_reading reading_of(const struct correcting *work)
{
    const struct triage_verdict *verdict = &work->correction->verdict;
    const bool *labels = verdict->labels;
    return (struct inbox_reading){
        .json = reading_json(work),
        .stop = labels[TRIAGE_LABEL_OPT_OUT],
        .wrong_number = labels[TRIAGE_LABEL_WRONG_NUMBER],
        .gone = labels[TRIAGE_LABEL_DECEASED_OR_MOVED],
        .help = labels[TRIAGE_LABEL_HELP],
        .pause = labels[TRIAGE_LABEL_PAUSE],
        .pause_until = engine__pause_until(work->engine, &work->message.inbound, labels),
        .declined = labels[TRIAGE_LABEL_NOT_INTERESTED],
        .also_cancel = labels[TRIAGE_LABEL_OPT_OUT] && labels[TRIAGE_LABEL_CANCEL],
        .clinical = labels[TRIAGE_LABEL_CLINICAL_NONURGENT],
        .label = triage_label_name(triage_strongest_label(labels)),
        .route = triage_route_name(verdict->route),
        .urgency = triage_urgency_name(verdict->urgency),
        .tags = work->tags,
        .tag_count = work->tag_count,
    };
}

/* ---- what the reading before had done ---- */

static const char *const *tags_to_drop(const struct correcting *work, size_t *ret_count)
{
    const json_t *before = json_object_get(work->was, "tags");
    const char **drop = ARENA_NEW(&work->engine->tick, const char *, json_array_size(before) + 1);
    for (size_t i = 0; i < json_array_size(before); i++) {
        const char *tag = json_string_value(json_array_get(before, i));
        bool stays = !tag;
        for (size_t j = 0; j < work->tag_count && !stays; j++)
            stays = text_is(work->tags[j], tag);
        if (!stays)
            drop[(*ret_count)++] = tag;
    }
    return drop;
}

static bool rested(const json_t *labels)
{
    return lists(labels, triage_label_name(TRIAGE_LABEL_PAUSE))
        || lists(labels, triage_label_name(TRIAGE_LABEL_NOT_INTERESTED));
}

static struct inbox_correction inbox_correction_of(
    const struct correcting *work, const struct inbox_reading *reading)
{
    struct inbox_correction correction = {
        .labels = triage_label_list(&work->engine->tick, work->correction->verdict.labels),
        .reading = reading,
        .resumes =
            rested(json_object_get(work->was, "labels")) && !reading->pause && !reading->declined,
    };
    correction.untags = tags_to_drop(work, &correction.untag_count);
    return correction;
}

static bool was_stopped(const struct correcting *work)
{
    const json_t *labels = json_object_get(work->was, "labels");
    return text_is(work->message.stop, "yes")
        || lists(labels, triage_label_name(TRIAGE_LABEL_WRONG_NUMBER))
        || lists(labels, triage_label_name(TRIAGE_LABEL_DECEASED_OR_MOVED));
}

enum err engine_correct(struct engine *engine, struct tx *tx,
    const struct engine_correction *correction, struct engine_corrected *ret_corrected,
    struct why *reterr_why)
{
    struct correcting work = {.engine = engine, .correction = correction};
    struct inbox_corrected done = {0};
    enum err err = inbox_read_message(
        &engine->tick, tx->db, tx->practice_id, correction->inbound_id, &work.message, reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *thread_id = work.message.thread_id, *text = work.message.reading;
    if (!thread_id || !text_is(thread_id, correction->thread_id))
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no such message here");
    const struct inbound *inbound = &work.message.inbound;
    JSON_AUTO was = NULL;
    if (json_parse(text, strlen(text), &was, NULL) != ERR_NONE || !json_is_object(was)) {
        json_decref(was);
        was = json_object();
    }
    work.was = was;
    take_tags(&work);
    const struct inbox_reading reading = reading_of(&work);
    const struct inbox_correction said = inbox_correction_of(&work, &reading);
    err = record_lock(tx, inbound->sharing, inbound->sharing_count, reterr_why);
    if (err == ERR_NONE)
        err = inbox_correct(&engine->tick, tx, engine->practice, engine->home->address_key,
            &work.message, &said, &done, reterr_why);
    if (err == ERR_NONE && done.patient_count > 0)
        err = engine_react(engine, tx, done.patients, done.patient_count, reterr_why);
    if (err == ERR_NONE && done.opted_out)
        err = engine_tell_opt_out(engine, tx, done.patients, done.patient_count, reterr_why);
    if (err == ERR_NONE)
        *ret_corrected = (struct engine_corrected){
            .task_id = done.task_id,
            .stays_stopped =
                was_stopped(&work) && !reading.stop && !reading.wrong_number && !reading.gone,
        };
    return err;
}
