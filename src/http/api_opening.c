/* api_opening.c: free times for one patient, held and booked by somebody at the desk. */
#include <string.h>

#include "api_routes.h"
#include "base/text.h"
#include "engine/booking.h"
#include "http/api.h"
#include "opening/choice.h"

enum {
    TIMES_MAX = 60,
    STRETCH_DAYS = 7,
};

static json_t *opening_json(const struct api *api, const struct opening *opening)
{
    bool held = opening->state == OPENING_HELD;
    return json_pack("{s:s,s:s,s:s,s:o,s:o,s:s,s:s,s:s,s:o}", "opening_id", opening->opening_id,
        "patient_id", opening->patient_id, "service", opening->service, "start",
        api_json_time(api, opening->start), "end", api_json_time(api, opening->end), "provider",
        opening->provider, "location", opening->location, "state",
        opening_state_name(opening->state), "expires_at",
        api_json_time(api, held ? opening->expires : (struct instant){0}));
}

static struct choice read_words(
    const struct api *api, const struct schedule *schedule, const char *said)
{
    struct choice_question question = {.schedule = schedule, .now = api->now};
    choice_hours(schedule, &question.opens_minute, &question.closes_minute);
    return choice_read(&question, said);
}

static json_t *time_json(const struct api *api, const struct slot *slot)
{
    const struct schedule *schedule = api->desk->home->schedule;
    return json_pack("{s:o,s:o,s:s,s:s}", "start", api_json_time(api, slot->start), "end",
        api_json_time(api, slot->end), "provider", schedule->providers[slot->provider].name,
        "location", schedule->locations[slot->location].name);
}

/* Days that follow each other and may suit, a few, from `day` on; false where none is left. */
static bool next_stretch(
    const struct choice *choice, struct day last, struct day *day, struct day *ret_end)
{
    const bool any = choice->kind != CHOICE_WANT;
    while (day->n <= last.n && !any && !choice_allows_day(choice, *day))
        day->n++;
    struct day end = *day;
    while (
        end.n <= last.n && end.n - day->n < STRETCH_DAYS && (any || choice_allows_day(choice, end)))
        end.n++;
    *ret_end = end;
    return day->n < end.n;
}

/* The first of them that suit. Only days that may suit are looked at, a few at a time: what is
 * taken in two months is tens of thousands of visits. */
static enum err find_times(struct api *api, const struct booking *booking,
    const struct choice *choice, int last_provider, json_t *times, struct why *why)
{
    const struct schedule *schedule = api->desk->home->schedule;
    struct day day = zone_day(schedule->zone, api->now), end;
    const struct day last = {day.n + schedule->horizon_days};
    enum err err = ERR_NONE;
    for (; err == ERR_NONE && json_array_size(times) < TIMES_MAX
         && next_stretch(choice, last, &day, &end);
         day = end) {
        const struct opening_question question = {.schedule = schedule,
            .service = booking->service,
            .provider = booking->provider,
            .location = booking->location,
            .from = zone_at(schedule->zone, day, 0),
            .until = zone_at(schedule->zone, end, 0),
            .now = api->now};
        struct slot *slots;
        size_t count = 0;
        err = opening_find(api->arena, api->db, api->practice_id, &question, &slots, &count, why);
        for (size_t i = 0; err == ERR_NONE && i < count && json_array_size(times) < TIMES_MAX; i++)
            if (choice->kind != CHOICE_WANT
                || choice_allows(choice, schedule, &slots[i], last_provider))
                json_array_append_new(times, time_json(api, &slots[i]));
    }
    return err;
}

/* Free times that the patient's words allow; all of them where nothing was said, or is unsure. */
static enum err add_times(struct api *api, const struct booking *booking,
    const struct patient *patient, json_t *json, struct why *why)
{
    const struct schedule *schedule = api->desk->home->schedule;
    const char *said = api_text(api, "said");
    struct choice choice = {.kind = CHOICE_UNSURE, .provider = SCHEDULE_NOBODY};
    if (said)
        choice = read_words(api, schedule, said);
    int last_provider = schedule_provider(schedule, patient->last_provider);
    json_t *times = json_array();
    enum err err = find_times(api, booking, &choice, last_provider, times, why);
    json_object_set_new(json, "times", times);
    json_object_set_new(
        json, "read", said ? json_text(choice_text(api->arena, &choice, schedule)) : json_null());
    return err;
}

/* Which service: the one that is asked for, else what the patient comes for. */
static bool find_booking(struct api *api, const struct patient *patient, struct booking *booking)
{
    const struct schedule *schedule = api->desk->home->schedule;
    const char *service = api_text(api, "service");
    if (!schedule)
        return false;
    if (service)
        *booking = (struct booking){
            schedule_service(schedule, service), SCHEDULE_NOBODY, SCHEDULE_NOBODY, 0};
    else if (!engine_booking_for(api->desk->engine, api->arena, NULL, patient, booking))
        return false;
    return booking->service != SCHEDULE_NOBODY;
}

static enum err read_one(
    struct api *api, const char *patient_id, struct patient **ret_patient, struct why *why)
{
    size_t count = 0;
    enum err err = api_patient(api, patient_id, why);
    if (err == ERR_NONE)
        err = record_read_patients(
            api->arena, api->db, api->practice_id, &patient_id, 1, ret_patient, &count, why);
    return err == ERR_NONE && count == 0 ? why_set(why, ERR_NOT_FOUND, "there is no such patient")
                                         : err;
}

void api__list_openings(struct api *api)
{
    struct why why = {0};
    struct patient *patient;
    struct booking booking;
    struct opening *live;
    size_t count = 0;
    const char *patient_id = api_text(api, "patient_id");
    JSON_AUTO json = json_object();
    enum err err = read_one(api, patient_id, &patient, &why);
    bool known = err == ERR_NONE && find_booking(api, patient, &booking);
    if (err == ERR_NONE)
        err = opening_read_live(
            api->arena, api->db, api->practice_id, patient_id, api->now, &live, &count, &why);
    json_t *kept = json_array();
    for (size_t i = 0; err == ERR_NONE && i < count; i++)
        json_array_append_new(kept, opening_json(api, &live[i]));
    json_object_set_new(json, "service",
        known ? json_text(api->desk->home->schedule->services[booking.service].key) : json_null());
    json_object_set_new(json, "kept", kept);
    if (err == ERR_NONE && known)
        err = add_times(api, &booking, patient, json, &why);
    if (!json_object_get(json, "times")) {
        json_object_set_new(json, "times", json_array());
        json_object_set_new(json, "read", json_null());
    }
    if (err == ERR_NONE)
        api_reads(api, "patient.read", patient_id, NULL);
    api_end(api, err, &why, 200, json_incref(json));
}

void api__hold_opening(struct api *api)
{
    struct why why = {0};
    struct patient *patient;
    struct booking booking;
    struct opening opening;
    const struct schedule *schedule = api->desk->home->schedule;
    const char *patient_id = api_text(api, "patient_id");
    enum err err = read_one(api, patient_id, &patient, &why);
    if (err == ERR_NONE && !find_booking(api, patient, &booking)) {
        api_wrong(api, "service", "No times are kept for this service.",
            "Name a service of schedules.yaml.");
        return;
    }
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    struct opening_choice choice = {.patient_id = patient_id, .source = "desk"};
    if (err == ERR_NONE) {
        choice.slot.start = api_time(api, "start");
        choice.slot.end =
            instant_add_ms(choice.slot.start, schedule->services[booking.service].duration_ms);
        choice.slot.provider = schedule_provider(schedule, api_text(api, "provider"));
        choice.slot.location = schedule_location(schedule, api_text(api, "location"));
        choice.slot.service = booking.service;
        err = engine_hold_time(api->desk->engine, api->arena, &api->tx, &choice, &opening, &why);
    }
    api_end(api, err, &why, 201, err == ERR_NONE ? opening_json(api, &opening) : NULL);
}

void api__book_opening(struct api *api)
{
    struct why why = {0};
    struct opening opening;
    enum err err =
        opening_read(api->arena, api->db, api->practice_id, api->wild[0], &opening, &why);
    if (err == ERR_NONE)
        err = api_patient(api, opening.patient_id, &why);
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = engine_book_time(api->desk->engine, api->arena, &api->tx, opening.patient_id,
            opening.opening_id, &opening, &why);
    api_end(api, err, &why, 200, err == ERR_NONE ? opening_json(api, &opening) : NULL);
    api->call->answer->wake = api->call->answer->status == 200;
}
