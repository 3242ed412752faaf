/* answer.c: a reading as `inspect reply` and `inspect optout` print it. */
#include "base/json.h"
#include "triage/triage.h"

static json_t *texts_json(const char *const *texts, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_text(texts[i]));
    return array;
}

const char *triage_reply_json(struct arena *request, const char *text, const char *prior)
{
    return triage_reading_json(request, text, triage_read(request, text, prior));
}

const char *triage_reading_json(
    struct arena *request, const char *text, const struct triage_reading *reading)
{
    json_t *labels = json_array(), *confidence = json_object();
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (!reading->labels[label])
            continue;
        json_array_append_new(labels, json_string(triage_label_name(label)));
        json_object_set_new(
            confidence, triage_label_name(label), json_real(reading->confidence[label]));
    }
    json_t *refuses = json_array();
    for (enum triage_channel channel = 0; channel < TRIAGE_CHANNEL_MAX; channel++) {
        if (reading->refuses[channel])
            json_array_append_new(refuses, json_string(triage_channel_name(channel)));
    }
    bool opt_out = reading->stop != TRIAGE_STOP_NO || reading->labels[TRIAGE_LABEL_WRONG_NUMBER];
    JSON_AUTO json = json_object();
    json_object_set_new(json, "text", json_text(text == NULL ? "" : text));
    json_object_set_new(json, "labels", labels);
    json_object_set_new(json, "confidence", confidence);
    json_object_set_new(json, "opt_out", json_boolean(opt_out));
    json_object_set_new(json, "stop", json_string(triage_stop_name(reading->stop)));
    json_object_set_new(json, "refuses", refuses);
    json_object_set_new(json, "urgency", json_string(triage_urgency_name(reading->urgency)));
    json_object_set_new(json, "route", json_string(triage_route_name(reading->route)));
    json_object_set_new(json, "tags", texts_json(reading->tags, reading->tag_count));
    json_object_set_new(json, "language", json_string(triage_language_name(reading->language)));
    json_object_set_new(json, "why", texts_json(reading->why, reading->why_count));
    return json_text_of(request, json);
}

const char *triage_optout_json(struct arena *request, const char *text)
{
    enum triage_optout optout = triage_read_optout(request, text);
    JSON_AUTO json = json_object();
    json_object_set_new(json, "text", json_text(text == NULL ? "" : text));
    json_object_set_new(json, "answer", json_string(triage_optout_name(optout)));
    return json_text_of(request, json);
}
