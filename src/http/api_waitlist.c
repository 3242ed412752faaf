/* api_waitlist.c: who waits for a time that is not free yet. */
#include "api_routes.h"
#include "base/text.h"
#include "engine/waitlist.h"
#include "http/api.h"

static json_t *patient_json(const struct api *api, const struct patient *patient)
{
    return json_pack("{s:s,s:s,s:o}", "patient_id", patient->patient_id, "external_id",
        patient->external_id, "name",
        json_text(arena_format(api->arena, "%s %s", patient->first_name, patient->last_name)));
}

static enum err named_json(
    struct api *api, const struct waiting *waiting, json_t **ret_json, struct why *why)
{
    struct opening opening;
    enum err err =
        opening_read(api->arena, api->db, api->practice_id, waiting->opening_id, &opening, why);
    if (err == ERR_NONE)
        *ret_json = json_pack("{s:s,s:o,s:s,s:s,s:o}", "opening_id", opening.opening_id, "start",
            api_json_time(api, opening.start), "provider", opening.provider, "location",
            opening.location, "expires_at", api_json_time(api, opening.expires));
    return err;
}

static enum err waiting_json(
    struct api *api, const struct waiting *waiting, json_t **ret_json, struct why *why)
{
    const struct schedule *schedule = api->desk->home->schedule;
    struct patient *patient;
    size_t count = 0;
    json_t *named = NULL;
    enum err err = record_read_patients(
        api->arena, api->db, api->practice_id, &waiting->patient_id, 1, &patient, &count, why);
    if (err == ERR_NONE && count == 0)
        err = why_set(why, ERR_NOT_FOUND, "there is no such patient");
    if (err == ERR_NONE && waiting->state == WAITLIST_NAMED)
        err = named_json(api, waiting, &named, why);
    if (err == ERR_NONE)
        *ret_json = json_pack("{s:s,s:o,s:s,s:o,s:s,s:s,s:s,s:i,s:o,s:o,s:o,s:o}", "wait_id",
            waiting->wait_id, "patient", patient_json(api, patient), "service", waiting->service,
            "said", json_text(waiting->said), "wish",
            choice_text(api->arena, &waiting->wish, schedule), "state",
            waitlist_state_name(waiting->state), "source", waiting->source, "passes",
            (int)waiting->passes, "since", api_json_time(api, waiting->since), "until",
            api_json_time(api, waiting->until), "visit", api_json_time(api, waiting->visit),
            "named", named ? named : json_null());
    return err;
}

/* Those of the locations that the account may see. */
static enum err add_waiting(struct api *api, json_t *items, json_t *ids, struct why *why)
{
    struct waiting *list;
    size_t count = 0;
    enum err err = waitlist_read(api->arena, api->db, api->practice_id, api->desk->home->schedule,
        api_text(api, "patient_id"), &list, &count, why);
    for (size_t i = 0; err == ERR_NONE && i < count && json_array_size(items) < api_limit(api);
         i++) {
        json_t *json = NULL;
        enum err seen = api_patient(api, list[i].patient_id, NULL);
        if (seen == ERR_NOT_FOUND)
            continue;
        err = seen == ERR_NONE ? waiting_json(api, &list[i], &json, why) : seen;
        if (err == ERR_NONE) {
            json_array_append_new(items, json);
            json_array_append_new(ids, json_string(list[i].patient_id));
        }
    }
    return err;
}

void api__list_waiting(struct api *api)
{
    struct why why = {0};
    json_t *ids = json_array(), *items = json_array();
    enum err err = api->desk->home->schedule ? add_waiting(api, items, ids, &why) : ERR_NONE;
    api_reads_list(api, "waitlist", ids);
    api_end(api, err, &why, 200, json_pack("{s:o}", "items", items));
}

void api__add_waiting(struct api *api)
{
    struct why why = {0};
    struct patient *patient;
    struct booking booking;
    struct waiting *list;
    struct id wait;
    size_t count = 0;
    const char *patient_id = api_text(api, "patient_id");
    enum err err = api_patient(api, patient_id, &why);
    if (err == ERR_NONE)
        err = record_read_patients(
            api->arena, api->db, api->practice_id, &patient_id, 1, &patient, &count, &why);
    if (err == ERR_NONE
        && (count == 0
            || !engine_wait_for(
                api->desk->engine, api->arena, patient, api_text(api, "service"), &booking))) {
        api_wrong(api, "service", "No times are kept for this service.",
            "Name a service of schedules.yaml.");
        return;
    }
    struct waiting waiting = {
        .patient_id = patient_id, .said = api_text(api, "said"), .source = "desk"};
    if (err == ERR_NONE) {
        waiting.wish = engine_read_wish(api->desk->home->schedule, waiting.said, api->now);
        if (waiting.wish.kind != CHOICE_WANT) {
            api_wrong(api, "said", "It cannot be read for sure which times would suit.",
                "Write days and hours: \"Saturdays\", \"weekdays after 4\".");
            return;
        }
        err = api_begin(api, &why);
    }
    if (err == ERR_NONE)
        err = engine_join_waitlist(api->desk->engine, &api->tx, &booking, &waiting, &wait, &why);
    if (err == ERR_NONE)
        err = waitlist_read(api->arena, api->tx.db, api->practice_id, api->desk->home->schedule,
            patient_id, &list, &count, &why);
    json_t *json = NULL;
    if (err == ERR_NONE)
        err = waiting_json(api, &list[0], &json, &why);
    api_end(api, err, &why, 201, json);
    api->call->answer->wake = api->call->answer->status == 201;
}

/* What is held for them goes to who waits next. */
void api__end_waiting(struct api *api)
{
    struct why why = {0};
    const char *patient_id = NULL;
    struct waiting *list;
    size_t count = 0;
    bool changed;
    enum err err = api->desk->home->schedule
        ? waitlist_patient(api->arena, api->db, api->practice_id, api->wild[0], &patient_id, &why)
        : why_set(&why, ERR_NOT_FOUND, "nobody waits under this number");
    if (err == ERR_NONE)
        err = api_patient(api, patient_id, &why);
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = record_lock(&api->tx, &patient_id, 1, &why);
    if (err == ERR_NONE)
        err = waitlist_read(api->arena, api->tx.db, api->practice_id, api->desk->home->schedule,
            patient_id, &list, &count, &why);
    bool live = err == ERR_NONE && count > 0 && text_is(list[0].wait_id, api->wild[0]);
    if (live && list[0].opening_id)
        err = opening_let_go(&api->tx, list[0].opening_id, "waits_no_more", &changed, &why);
    if (err == ERR_NONE && live)
        err = waitlist_end(&api->tx, patient_id, WAITLIST_ENDED, "desk", &why);
    api_end(api, err, &why, 204, NULL);
    api->call->answer->wake = api->call->answer->status == 204;
}
