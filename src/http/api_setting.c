/* api_setting.c: the practice's settings, its definitions, the first run. */
#include <string.h>

#include "api_routes.h"
#include "audit/audit.h"
#include "base/hash.h"
#include "base/text.h"
#include "http/api_file.h"
#include "http_sql.h"

enum { KEY_FILE_BYTES_MAX = 4096 };

static const char settings_file[] = "perennial.yaml", definitions_file[] = "definitions.yaml";
static const char form_file[] = "consent-form.txt";

/* ---- what stands ---- */

static json_t *channel_json(
    struct api *api, const struct practice *practice, enum channel_kind kind)
{
    const struct channel_setting *setting = &practice->channels[kind];
    struct day today = zone_day(practice->zone, api->now);
    bool null = !setting->driver || text_is(setting->driver, "null");
    const struct vendor *vendor =
        setting->vendor ? practice_vendor(practice, setting->vendor) : NULL;
    bool ready =
        null || kind == CHANNEL_TASK || practice_vendor_ready(practice, setting->vendor, today);
    const char *problem = null ? "nothing leaves: the driver is null"
        : !ready               ? "no agreement with the vendor is on file"
                               : NULL;
    return json_pack("{s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:o}", "channel", channel_kind_name(kind),
        "driver", setting->driver ? setting->driver : "null", "vendor", json_text(setting->vendor),
        "from", json_text(setting->from), "ready", ready && !null, "baa_signed",
        api_json_day(api, vendor ? vendor->baa_signed : (struct day){DAY_NONE}), "baa_until",
        api_json_day(api, vendor ? vendor->baa_until : (struct day){DAY_NONE}), "problem",
        json_text(problem));
}

static json_t *settings_json(struct api *api, const struct practice *practice)
{
    json_t *channels = json_array(), *holidays = json_array();
    for (int kind = 0; kind < CHANNEL_TASK; kind++)
        json_array_append_new(channels, channel_json(api, practice, (enum channel_kind)kind));
    for (size_t i = 0; i < practice->holiday_count; i++)
        json_array_append_new(holidays, json_text(practice->holidays[i]));
    json_t *json = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o}", "name",
        json_text(practice->name), "legal_name", json_text(practice->legal_name), "zone",
        json_text(practice->zone_name), "state", json_text(practice->state), "phone",
        json_text(practice->phone_is_example ? NULL : practice->phone), "address",
        json_text(practice->address_is_example ? NULL : practice->address), "booking_url",
        json_text(practice->booking_url), "public_url",
        json_text(practice->public_url_is_example ? NULL : practice->public_url), "adults_only",
        practice->adults_only, "never_name_treatment", practice->never_name_treatment, "send_from",
        json_text(arena_format(api->arena, "%02d:%02d", practice->send_from_minute / 60,
            practice->send_from_minute % 60)));
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"idle_logoff_min", practice->idle_logoff_min},
        {"marketing_per_day_max", practice->marketing_per_day_max},
        {"marketing_per_7_days_max", practice->marketing_per_7_days_max},
        {"marketing_per_30_days_max", practice->marketing_per_30_days_max},
        {"sends_per_day_max", practice->sends_per_day_max},
        {"calls_per_day_max", practice->calls_per_day_max},
        {"booking_data_age_max_hours", practice->booking_data_age_ms_max / MS_PER_HOUR},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        json_object_set_new(json, numbers[i].name, json_integer((json_int_t)numbers[i].value));
    json_object_set_new(json, "consent_form", json_text(practice->consent_form_text));
    json_object_set_new(json, "holidays", holidays);
    json_object_set_new(json, "channels", channels);
    json_object_set_new(json, "etag", json_text(api->etag));
    return json;
}

void api__read_settings(struct api *api)
{
    struct why why = {0};
    struct api_file file;
    enum err err = api_file_read(api, settings_file, &file, &why);
    api_end(api, err, &why, 200, err == ERR_NONE ? settings_json(api, api->practice) : NULL);
}

void api__read_settings_source(struct api *api)
{
    struct why why = {0};
    struct api_file file;
    enum err err = api_file_read(api, settings_file, &file, &why);
    api_end(api, err, &why, 200,
        err == ERR_NONE ? json_pack("{s:o, s:s}", "source", json_text(file.text), "etag", file.etag)
                        : NULL);
}

/* ---- changing them: a line each, comments stay ---- */

/* A text between quotes that YAML reads back as it is. */
static const char *yaml_quoted(struct arena *arena, const char *text)
{
    JSON_AUTO json = json_text(text);
    return json_text_of(arena, json);
}

static const char *value_text(struct api *api, const json_t *value)
{
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    if (json_is_integer(value))
        return arena_format(api->arena, "%lld", (long long)json_integer_value(value));
    return yaml_quoted(api->arena, json_string_value(value));
}

/* `key: value` in place of the line that has that key, also one that a "#" had switched off, else
 * at the end. NULL value: the line goes. */
const char *api__set_line(struct arena *arena, const char *text, const char *key, const char *value)
{
    struct buf out;
    buf_init(&out, arena);
    bool done = false;
    size_t key_len = strlen(key);
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "\n");
        const char *name = at + (text_starts(at, "# ") ? 2 : 0);
        bool fits = !done && strncmp(name, key, key_len) == 0 && name[key_len] == ':';
        if (fits && (name == at || value)) {
            if (value)
                buf_format(&out, "%s: %s\n", key, value);
            done = true;
        } else {
            buf_add_n(&out, at, len);
            buf_add_char(&out, '\n');
        }
        at += len + (at[len] == '\n');
    }
    if (!done && value)
        buf_format(&out, "%s: %s\n", key, value);
    return out.data;
}

static const char *changed_settings(struct api *api, const char *text)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(api->body, name, value)
    {
        if (text_is(name, "consent_form_text"))
            text = api__set_line(
                api->arena, text, "consent_form", json_is_null(value) ? NULL : form_file);
        else
            text = api__set_line(
                api->arena, text, name, json_is_null(value) ? NULL : value_text(api, value));
    }
    return text;
}

/* What is wrong with the new text is told at the field whose line it is. */
static void refuse_setting(struct api *api, const struct why *why)
{
    const char *name = NULL, *field = "";
    json_t *value = NULL;
    json_object_foreach(api->body, name, value)
    {
        if (strstr(why->message, name) || json_object_size(api->body) == 1)
            field = name;
    }
    api_wrong(api, *field ? field : "settings", arena_text(api->arena, why->message),
        arena_text(api->arena, why->hint));
}

bool api__form_is_blank(struct api *api, const char *field)
{
    const char *form = api_text(api, field);
    if (form && text_is_blank(form))
        api_wrong(api, field, "A blank form proves nothing", "Paste what patients signed");
    return form && text_is_blank(form);
}

static enum err put_form(struct api *api, struct why *why)
{
    const char *form = api_text(api, "consent_form_text");
    return form ? api_file_save(api, form_file, form, why) : ERR_NONE;
}

void api__change_settings(struct api *api)
{
    struct why why = {0};
    struct api_file file;
    struct home home;
    if (api__form_is_blank(api, "consent_form_text"))
        return;
    enum err err = api_file_read(api, settings_file, &file, &why);
    if (err != ERR_NONE || !api_matches(api, file.etag)) {
        if (err != ERR_NONE)
            api_end(api, err, &why, 0, NULL);
        return;
    }
    const char *text = changed_settings(api, file.text);
    err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = put_form(api, &why);
    if (err == ERR_NONE && api_file_try(api, settings_file, text, &home, &why) != ERR_NONE) {
        refuse_setting(api, &why);
        return;
    }
    if (err == ERR_NONE)
        err = api_file_save(api, settings_file, text, &why);
    api_end(api, err, &why, 200, err == ERR_NONE ? settings_json(api, &home.practice) : NULL);
}

/* A whole file, with its place where it is wrong. */
static enum err save_source(
    struct api *api, const char *name, struct home *ret_home, struct why *why)
{
    struct api_file file;
    const char *text = api_text(api, "source");
    enum err err = api_file_read(api, name, &file, why);
    if (err == ERR_NONE && !api_matches(api, file.etag))
        return ERR_MAX; /* answered */
    if (err == ERR_NONE)
        err = api_file_try(api, name, text, ret_home, why);
    if (err == ERR_INPUT || err == ERR_NOT_FOUND || err == ERR_LIMIT) {
        api_wrong(api, "source",
            arena_format(api->arena, "%s%s%s", why->place, why->place[0] ? ": " : "", why->message),
            arena_text(api->arena, why->hint));
        return ERR_MAX;
    }
    if (err == ERR_NONE)
        err = api_begin(api, why);
    return err == ERR_NONE ? api_file_save(api, name, text, why) : err;
}

void api__write_settings_source(struct api *api)
{
    struct why why = {0};
    struct home home;
    enum err err = save_source(api, settings_file, &home, &why);
    if (err != ERR_MAX)
        api_end(api, err, &why, 200,
            json_pack("{s:o, s:o}", "source", json_text(api_text(api, "source")), "etag",
                json_text(api->etag)));
}

/* ---- definitions ---- */

static json_t *span_json(struct api *api, struct span span)
{
    return span_is_zero(span) ? json_null() : json_text(span_format(api->arena, span));
}

static json_t *definitions_json(
    struct api *api, const struct audience_definitions *definitions, const char *source)
{
    static const char *const urgencies[URGENCY_MAX] = {"low", "medium", "high", "critical"};
    json_t *services = json_array(), *words = json_array(), *dormant = json_array(),
           *offers = json_array();
    for (size_t i = 0; i < definitions->service_count; i++) {
        const struct service_definition *service = &definitions->services[i];
        json_t *match = json_array();
        for (size_t j = 0; j < service->match_count; j++)
            json_array_append_new(match, json_text(service->match[j]));
        json_array_append_new(services,
            json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:o}", "key", service->key, "label",
                json_text(service_label(service, "en")), "due", span_json(api, service->due),
                "late", span_json(api, service->late), "lost", span_json(api, service->lost),
                "urgency", urgencies[service->urgency], "match", match));
    }
    for (size_t i = 0; i < definitions->word_count; i++)
        json_array_append_new(words, json_text(definitions->words[i].name));
    for (size_t i = 0; i < definitions->dormant_count; i++)
        json_array_append_new(dormant, json_text(definitions->dormant[i].name));
    for (size_t i = 0; i < definitions->offer_count; i++)
        json_array_append_new(offers, json_text(definitions->offers[i].key));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "source", json_text(source), "etag",
        json_text(api->etag), "services", services, "words", words, "dormant", dormant, "offers",
        offers);
}

void api__read_definitions(struct api *api)
{
    struct why why = {0};
    struct api_file file;
    enum err err = api_file_read(api, definitions_file, &file, &why);
    api_end(api, err, &why, 200,
        err == ERR_NONE ? definitions_json(api, api->desk->home->definitions, file.text) : NULL);
}

void api__write_definitions(struct api *api)
{
    struct why why = {0};
    struct home home;
    enum err err = save_source(api, definitions_file, &home, &why);
    if (err != ERR_MAX)
        api_end(api, err, &why, 200,
            err == ERR_NONE ? definitions_json(api, home.definitions, api_text(api, "source"))
                            : NULL);
}

/* ---- the first run ---- */

static bool has_row(struct api *api, const struct sql *sql, struct why *why, enum err *err)
{
    int64_t count = 0;
    if (*err == ERR_NONE)
        *err = db_query_int(
            api->db, sql, DB_ARGS(db_int("practice_id", api->practice_id)), &count, why);
    return count > 0;
}

void api__read_setup_steps(struct api *api)
{
    struct why why = {0};
    enum err err = ERR_NONE;
    bool key = has_row(api, &sql_http_setup_key, &why, &err);
    bool imported = has_row(api, &sql_http_setup_import, &why, &err);
    bool applied = has_row(api, &sql_http_setup_applied, &why, &err);
    const struct practice *practice = api->practice;
    bool described = practice->address && !practice->address_is_example && practice->booking_url
        && practice->phone && !practice->phone_is_example;
    api_end(api, err, &why, 200,
        json_pack("{s:b, s:b, s:b, s:b, s:b, s:b}", "owner", 1, "recovery_key", key, "practice",
            described, "consent_form", practice->consent_form_text != NULL, "imported", imported,
            "playbook_applied", applied));
}

void api__read_recovery_key(struct api *api)
{
    static const char *const names[] = {
        "secrets/store.key", "secrets/addresses.key", "secrets/links.key"};
    struct why why = {0};
    const struct env_file *file = &api->desk->env->file;
    if (!api__is_oneself(api, "password"))
        return;
    json_t *files = json_array();
    enum err err = api_begin(api, &why);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && err == ERR_NONE; i++) {
        char *text;
        size_t len;
        err = file->read(file->self, api->arena, home_path(api->arena, api->desk->dir, names[i]),
            KEY_FILE_BYTES_MAX, &text, &len, &why);
        if (err == ERR_NONE)
            json_array_append_new(
                files, json_pack("{s:s, s:o}", "name", names[i], "text", json_text(text)));
    }
    if (err == ERR_NONE)
        err = audit_write(&api->tx, "recovery_key.read", NULL, NULL, NULL, &why);
    api_end(api, err, &why, 200, json_pack("{s:o}", "files", files));
}
