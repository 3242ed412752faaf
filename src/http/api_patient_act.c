/* api_patient_act.c: what staff does for a patient: stop, pause, tag, consent. */
#include <string.h>

#include "api_routes.h"
#include "base/map.h"
#include "base/text.h"
#include "engine/engine.h"

/* Journeys react in the same transaction, then the page as it is now. */
static void end_act(
    struct api *api, enum err err, struct why *why, const char *const *patients, size_t count)
{
    json_t *json = NULL;
    if (err == ERR_NONE)
        err = http__react(api->desk, &api->tx, patients, count, why);
    if (err == ERR_NONE)
        err = api__patient_json(api, api->wild[0], &json, why);
    api->call->answer->wake = err == ERR_NONE;
    api_end(api, err, why, 200, json);
    api->call->answer->wake = api->call->answer->status == 200;
}

static enum err begin_act(struct api *api, struct why *why)
{
    enum err err = api_patient(api, api->wild[0], why);
    if (err == ERR_NONE)
        err = api_begin(api, why);
    return err == ERR_NONE ? record_lock(&api->tx, &api->wild[0], 1, why) : err;
}

/* ---- opting out ---- */

struct stopping {
    struct api *api;
    struct contact_point *points;
    size_t count;
    const char **patients; /* everybody who uses one of the addresses */
    size_t patient_count;
    bool any_new;
};

static bool is_meant(const struct contact_point *point, const char *channel)
{
    return text_is(channel, "all") || text_is(channel, channel_kind_name(point->channel));
}

static enum err find_patients(struct stopping *stopping, const char *channel, struct why *why)
{
    struct api *api = stopping->api;
    struct map seen;
    map_init(&seen, api->arena);
    (void)map_put(&seen, api->wild[0], stopping);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < stopping->count && err == ERR_NONE; i++) {
        const char *const *ids = NULL;
        size_t count = 0;
        const struct contact_point *point = &stopping->points[i];
        if (is_meant(point, channel))
            err = record_patients_at(api->arena, api->db, api->practice_id, point->channel,
                point->address, &ids, &count, why);
        for (size_t j = 0; j < count; j++)
            (void)map_put(&seen, ids[j], stopping);
    }
    stopping->patients = ARENA_NEW(api->arena, const char *, seen.count);
    for (size_t i = 0; i < seen.count; i++)
        stopping->patients[stopping->patient_count++] = seen.entries[i].key;
    return err;
}

static enum err stop(struct stopping *stopping, const char *channel, struct why *why)
{
    struct api *api = stopping->api;
    bool stopped = false;
    enum err err = ERR_NONE;
    const char *note = api_text(api, "note");
    for (size_t i = 0; i < stopping->count && err == ERR_NONE; i++) {
        const struct contact_point *point = &stopping->points[i];
        if (!is_meant(point, channel))
            continue;
        const struct suppression_act act = {.channel = point->channel,
            .every_channel = text_is(channel, "all"),
            .marketing_only = text_is(api_text(api, "scope"), "marketing"),
            .reason = "opt_out",
            .address = point->address,
            .patient_id = api->wild[0],
            .source = "staff",
            .evidence = note ? note : "told to staff"};
        bool is_new;
        err = record_suppress(&api->tx, api->desk->home->address_key, &act, &is_new, why);
        stopping->any_new = err == ERR_NONE && (stopping->any_new || is_new);
        stopped = true;
    }
    if (err == ERR_NONE && !stopped) {
        why_hint(why, "Pause the patient instead");
        return why_set(why, ERR_CONFLICT, "the patient has no address of that kind");
    }
    return err;
}

void api__opt_out_patient(struct api *api)
{
    struct why why = {0};
    struct stopping stopping = {.api = api};
    const char *channel = api_text(api, "channel");
    enum err err = api_patient(api, api->wild[0], &why);
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = record_read_contacts(api->arena, api->db, api->practice_id, &api->wild[0], 1,
            &stopping.points, &stopping.count, &why);
    if (err == ERR_NONE)
        err = find_patients(&stopping, channel, &why);
    if (err == ERR_NONE)
        err = record_lock(&api->tx, stopping.patients, stopping.patient_count, &why);
    if (err == ERR_NONE)
        err = stop(&stopping, channel, &why);
    if (err == ERR_NONE)
        err = http__react(api->desk, &api->tx, stopping.patients, stopping.patient_count, &why);
    if (err == ERR_NONE && stopping.any_new)
        err = engine_tell_opt_out(
            api->desk->engine, &api->tx, stopping.patients, stopping.patient_count, &why);
    end_act(api, err, &why, NULL, 0);
}

/* ---- the rest ---- */

static const char *source(const struct api *api)
{
    return api->actor;
}

void api__pause_patient(struct api *api)
{
    struct why why = {0};
    struct day until = api_day(api, "until");
    enum err err = begin_act(api, &why);
    if (err == ERR_NONE && until.n != DAY_NONE
        && until.n < zone_day(api->practice->zone, api->now).n) {
        api_wrong(api, "until", "This day is over", "Choose a day to come");
        return;
    }
    if (err == ERR_NONE)
        err = record_pause(&api->tx, api->wild[0], until, until.n == DAY_NONE, source(api), &why);
    end_act(api, err, &why, api->wild, 1);
}

void api__unpause_patient(struct api *api)
{
    struct why why = {0};
    enum err err = begin_act(api, &why);
    if (err == ERR_NONE)
        err =
            record_pause(&api->tx, api->wild[0], (struct day){DAY_NONE}, false, source(api), &why);
    end_act(api, err, &why, api->wild, 1);
}

void api__add_tag(struct api *api)
{
    struct why why = {0};
    const char *tag = str_text(api->arena, str_trim(str_of(api_text(api, "tag"))));
    if (!*tag) {
        api_wrong(api, "tag", "A tag is a word", "Write one");
        return;
    }
    enum err err = begin_act(api, &why);
    if (err == ERR_NONE)
        err = record_tag(&api->tx, api->wild[0], tag, source(api), &why);
    end_act(api, err, &why, api->wild, 1);
}

void api__drop_tag(struct api *api)
{
    struct why why = {0};
    enum err err = begin_act(api, &why);
    if (err == ERR_NONE)
        err = record_untag(&api->tx, api->wild[0], api->wild[1], &why);
    end_act(api, err, &why, api->wild, 1);
}

void api__prefer_channel(struct api *api)
{
    struct why why = {0};
    enum channel_kind kind = CHANNEL_SMS;
    bool known = channel_kind_parse(api_text(api, "channel"), &kind);
    enum err err =
        known ? begin_act(api, &why) : why_set(&why, ERR_INPUT, "there is no such channel");
    if (err == ERR_NONE)
        err = record_set_preferred_channel(&api->tx, api->wild[0], kind, &why);
    end_act(api, err, &why, api->wild, 1);
}

void api__give_consent(struct api *api)
{
    struct why why = {0};
    enum channel_kind kind = CHANNEL_TASK; /* stands for the authorization to name treatments */
    const char *channel = api_text(api, "channel");
    if (!text_is(channel, "phi"))
        (void)channel_kind_parse(channel, &kind);
    /* It would permit nothing before that day (docs/import.md), and whoever types it is here. */
    if (api_day(api, "given").n > zone_day(api->practice->zone, api->now).n) {
        api_wrong(api, "given", "This day is still to come, so nobody has agreed yet",
            "Write the day on which they signed or said so");
        return;
    }
    const struct consent consent = {.patient_id = api->wild[0],
        .source = arena_format(api->arena, "staff:%s", source(api)),
        .evidence = api_text(api, "evidence"),
        .channel = kind,
        .marketing = text_is(api_text(api, "purpose"), "marketing"),
        .written = text_is(api_text(api, "class"), "written"),
        .given = api_day(api, "given"),
        .recorded = api->now};
    enum err err = begin_act(api, &why);
    if (err == ERR_NONE)
        err = record_give_consent(&api->tx, &consent, &why);
    end_act(api, err, &why, api->wild, 1);
}
