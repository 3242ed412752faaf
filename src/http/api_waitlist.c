/* api_waitlist.c: who waits for a time that is not free yet. */
#include "api_routes.h"
#include "base/map.h"
#include "base/text.h"
#include "engine/waitlist.h"
#include "http/api.h"
#include "http_sql.h"

/* Who waits, and the time that was named to them. */
struct waiting_person {
    const char *external_id, *name;
    struct opening named; /* opening_id NULL: none */
};

/* Those of the list whom the account may see, by patient_id. */
static enum err read_people(struct api *api, const struct waiting *list, size_t count,
    struct map *ret_people, struct why *why)
{
    const char **ids = ARENA_NEW(api->arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = list[i].patient_id;
    map_init(ret_people, api->arena);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_waiting_people,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("locations", api->locations),
            db_text("ids", db_list(api->arena, ids, count))),
        &rows, why);
    while (err == ERR_NONE && db_next(rows)) {
        struct waiting_person *person = ARENA_NEW(api->arena, struct waiting_person, 1);
        *person = (struct waiting_person){.external_id = db_col_copy(api->arena, rows, 1),
            .name = db_col_copy(api->arena, rows, 2),
            .named = {.opening_id = db_col_copy(api->arena, rows, 3),
                .start = {db_col_int(rows, 4)},
                .provider = db_col_copy(api->arena, rows, 5),
                .location = db_col_copy(api->arena, rows, 6),
                .expires = {db_col_int(rows, 7)}}};
        (void)map_put(ret_people, db_col_text(rows, 0), person);
    }
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

static json_t *named_json(const struct api *api, const struct opening *opening)
{
    if (!opening->opening_id)
        return json_null();
    return json_pack("{s:s,s:o,s:s,s:s,s:o}", "opening_id", opening->opening_id, "start",
        api_json_time(api, opening->start), "provider", opening->provider, "location",
        opening->location, "expires_at", api_json_time(api, opening->expires));
}

static json_t *waiting_json(
    const struct api *api, const struct waiting *waiting, const struct waiting_person *person)
{
    const struct schedule *schedule = api->desk->home->schedule;
    json_t *patient = json_pack("{s:s,s:s,s:s}", "patient_id", waiting->patient_id, "external_id",
        person->external_id, "name", person->name);
    return json_pack("{s:s,s:o,s:s,s:o,s:s,s:s,s:s,s:i,s:o,s:o,s:o,s:o}", "wait_id",
        waiting->wait_id, "patient", patient, "service", waiting->service, "said",
        json_text(waiting->said), "wish", choice_text(api->arena, &waiting->wish, schedule),
        "state", waitlist_state_name(waiting->state), "source", waiting->source, "passes",
        (int)waiting->passes, "since", api_json_time(api, waiting->since), "until",
        api_json_time(api, waiting->until), "visit", api_json_time(api, waiting->visit), "named",
        named_json(api, &person->named));
}

/* Those of the locations that the account may see. */
static enum err add_waiting(struct api *api, json_t *items, json_t *ids, struct why *why)
{
    struct waiting *list;
    struct map people;
    size_t count = 0, limit = api_limit(api);
    enum err err = waitlist_read(api->arena, api->db, api->practice_id, api->desk->home->schedule,
        api_text(api, "patient_id"), &list, &count, why);
    if (!api->locations && count > limit)
        count = limit;
    if (err == ERR_NONE)
        err = read_people(api, list, count, &people, why);
    for (size_t i = 0; err == ERR_NONE && i < count && json_array_size(items) < limit; i++) {
        const struct waiting_person *person = map_get(&people, list[i].patient_id);
        if (!person)
            continue;
        json_array_append_new(items, waiting_json(api, &list[i], person));
        json_array_append_new(ids, json_string(list[i].patient_id));
    }
    return err;
}

void api__list_waiting(struct api *api)
{
    struct why why = {0};
    json_t *ids = json_array(), *items = json_array();
    enum err err = api->desk->home->schedule ? add_waiting(api, items, ids, &why) : ERR_NONE;
    api_reads_list(api, "waitlist", ids);
    api_end(api, err, &why, 200,
        json_pack("{s:o, s:b}", "items", items, "schedule", api->desk->home->schedule != NULL));
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
    struct map people;
    if (err == ERR_NONE)
        err = read_people(api, list, 1, &people, &why);
    const struct waiting_person *person =
        err == ERR_NONE ? map_get(&people, list[0].patient_id) : NULL;
    api_end(api, err, &why, 201, person ? waiting_json(api, &list[0], person) : NULL);
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
