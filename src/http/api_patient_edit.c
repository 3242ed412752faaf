/* api_patient_edit.c: what staff changes of a patient by hand: fields and addresses. */
#include <string.h>

#include "api_routes.h"
#include "audience/definitions.h"
#include "base/text.h"
#include "engine/engine.h"
#include "record/edit.h"

/* The person is folded as after an import; journeys react in the same transaction. */
enum err api__begin_edit(struct api *api, struct record_load **ret_load, struct why *why)
{
    const struct home *home = api->desk->home;
    struct service_clocks *clocks = ARENA_NEW(api->arena, struct service_clocks, 1);
    *clocks = definitions_clocks(api->arena, home->definitions);
    const struct record_options options = {
        .practice = api->practice, .clocks = clocks, .address_key = home->address_key};
    enum err err = api_patient(api, api->wild[0], why);
    if (err == ERR_NONE)
        err = api_begin(api, why);
    if (err == ERR_NONE)
        err = record_open(api->arena, &options, &api->tx, ret_load, why);
    return err == ERR_NONE ? record_lock(&api->tx, &api->wild[0], 1, why) : err;
}

void api__end_edit(struct api *api, struct record_load *load, const char *patient_id, enum err err,
    struct why *why)
{
    json_t *json = NULL;
    if (err == ERR_NONE)
        err = record_settle(load, why);
    if (err == ERR_NONE)
        err = engine_after_import(api->desk->engine, &api->tx, why);
    if (err == ERR_NONE)
        err = record_close(load, why);
    if (err == ERR_NONE)
        err = api__patient_json(api, patient_id, &json, why);
    api_end(api, err, why, 200, json);
    api->call->answer->wake = api->call->answer->status == 200;
}

/* What is wrong is told at the field of the body that it came in. */
static bool refused_field(struct api *api, enum err err, const struct why *why, const char *field)
{
    if (err != ERR_INPUT)
        return false;
    char *message = arena_text(api->arena, why->message);
    if (message[0] >= 'a' && message[0] <= 'z')
        message[0] = (char)(message[0] - 'a' + 'A');
    api_wrong(api, field, message, arena_text(api->arena, why->hint));
    return true;
}

/* ---- fields ---- */

struct named_field {
    const char *name; /* in the body */
    enum record_field field;
};

static const struct named_field fields[] = {
    {"first_name", FIELD_FIRST_NAME},
    {"last_name", FIELD_LAST_NAME},
    {"preferred_name", FIELD_PREFERRED_NAME},
    {"birth_day", FIELD_BIRTH_DATE},
    {"address", FIELD_ADDRESS},
    {"city", FIELD_CITY},
    {"state", FIELD_STATE},
    {"zip", FIELD_ZIP},
    {"language", FIELD_PREFERRED_LANGUAGE},
    {"preferred_provider", FIELD_PREFERRED_PROVIDER},
};
enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

const char *api__edit_name(const char *record_name)
{
    enum record_field field;
    for (size_t i = 0; i < FIELDS && field_parse(record_name, &field); i++) {
        if (fields[i].field == field)
            return fields[i].name;
    }
    return record_name;
}

void api__change_patient(struct api *api)
{
    struct why why = {0};
    struct record_load *load = NULL;
    struct edit edits[FIELDS];
    size_t count = 0;
    const char *etag = NULL;
    bool changed = false;
    for (size_t i = 0; i < FIELDS; i++) {
        if (json_object_get(api->body, fields[i].name))
            edits[count++] = (struct edit){fields[i].field, api_text(api, fields[i].name)};
    }
    enum err err = api__begin_edit(api, &load, &why);
    if (err == ERR_NONE)
        err = api__patient_etag(api, api->wild[0], &etag, &why);
    if (err == ERR_NONE && !api_matches(api, etag))
        return;
    if (err == ERR_NONE)
        err = edit_person(load, api->wild[0], edits, count, &changed, &why);
    if (!refused_field(api, err, &why, api__edit_name(arena_text(api->arena, why.place))))
        api__end_edit(api, load, api->wild[0], err, &why);
}

/* ---- addresses ---- */

void api__add_contact_point(struct api *api)
{
    struct why why = {0};
    struct record_load *load = NULL;
    enum address_source source = ADDRESS_MOBILE;
    (void)address_source_parse(api_text(api, "kind"), &source);
    enum err err = api__begin_edit(api, &load, &why);
    if (err == ERR_NONE)
        err = edit_add_address(load, api->wild[0], source, api_text(api, "address"), &why);
    if (!refused_field(api, err, &why, "address"))
        api__end_edit(api, load, api->wild[0], err, &why);
}

void api__correct_contact_point(struct api *api)
{
    struct why why = {0};
    struct record_load *load = NULL;
    enum err err = api__begin_edit(api, &load, &why);
    if (err == ERR_NONE)
        err = edit_correct_address(
            load, api->wild[0], api_text(api, "address"), api_text(api, "right"), &why);
    if (!refused_field(api, err, &why, "right"))
        api__end_edit(api, load, api->wild[0], err, &why);
}

void api__drop_contact_point(struct api *api)
{
    struct why why = {0};
    struct record_load *load = NULL;
    enum err err = api__begin_edit(api, &load, &why);
    if (err == ERR_NONE)
        err = edit_wrong_address(load, api->wild[0], api_text(api, "address"), &why);
    api__end_edit(api, load, api->wild[0], err, &why);
}

void api__prefer_contact_point(struct api *api)
{
    struct why why = {0};
    struct record_load *load = NULL;
    enum err err = api__begin_edit(api, &load, &why);
    if (err == ERR_NONE)
        err = edit_prefer_address(load, api->wild[0], api_text(api, "address"), &why);
    api__end_edit(api, load, api->wild[0], err, &why);
}
