/* api_field.c: queries and bodies, checked against what api.yaml says of them. */
#include <string.h>

#include "base/phone.h"
#include "base/text.h"
#include "http/api.h"

enum {
    ID_BYTES_MAX = 64,
    LIST_MAX = 1000,       /* headings of an export are many */
    FIELDS_WRONG_MAX = 20, /* told at once; more is not read anyway */
};

struct wrongs {
    struct api *api;
    json_t *list;
};

static void wrong(struct wrongs *wrongs, const char *field, const char *detail, const char *remedy)
{
    if (json_array_size(wrongs->list) < FIELDS_WRONG_MAX)
        json_array_append_new(wrongs->list,
            json_pack("{s:o, s:o, s:o}", "field", json_text(field), "detail", json_text(detail),
                "remedy", json_text(remedy)));
}

static bool has_word(const char *words, const char *text)
{
    size_t len = strlen(text);
    for (const char *at = words; len > 0 && (at = strstr(at, text)); at++) {
        if ((at == words || at[-1] == '|') && (at[len] == '|' || !at[len]))
            return true;
    }
    return false;
}

static void check_text(struct wrongs *wrongs, const struct api_field *field, const char *text)
{
    struct arena *arena = wrongs->api->arena;
    struct instant instant;
    struct day day;
    char email[255];
    switch (field->kind) {
    case API_TEXT:
        if ((int64_t)strlen(text) > field->max)
            wrong(wrongs, field->name, "This is too long",
                arena_format(arena, "Write at most %d characters", (int)field->max));
        return;
    case API_EMAIL:
        if (!email_parse(text, email))
            wrong(wrongs, field->name, "This is no email address", "Write it like ana@example.com");
        return;
    case API_ID:
        if (!*text || strlen(text) > ID_BYTES_MAX)
            wrong(wrongs, field->name, "This is no id", "Take an id that the API gave");
        return;
    case API_WORD:
        if (!has_word(field->words, text))
            wrong(wrongs, field->name, "This word is not known here",
                arena_format(arena, "Take one of %s", field->words));
        return;
    case API_TIME:
        if (instant_parse(text, &instant, NULL) != ERR_NONE)
            wrong(wrongs, field->name, "This is no moment",
                "Write it like 2026-03-01T09:30:00-06:00");
        return;
    case API_DAY:
        if (day_parse(text, &day, NULL) != ERR_NONE)
            wrong(wrongs, field->name, "This is no date", "Write it like 2026-03-01");
        return;
    case API_INT:
    case API_BOOL: break;
    }
    wrong(wrongs, field->name, "A text stands where none belongs",
        field->kind == API_INT ? "Write a whole number" : "Write true or false");
}

static void check_value(struct wrongs *wrongs, const struct api_field *field, const json_t *value)
{
    if (json_is_string(value)) {
        const char *text = json_string_value(value);
        if (strlen(text) != json_string_length(value))
            wrong(wrongs, field->name, "A NUL byte is in this text", "Take it out");
        else
            check_text(wrongs, field, text);
    } else if (field->kind == API_INT && json_is_integer(value)) {
        int64_t number = json_integer_value(value);
        if (number < field->min || number > field->max)
            wrong(wrongs, field->name, "This number is out of bounds",
                arena_format(wrongs->api->arena, "Take one from %lld to %lld",
                    (long long)field->min, (long long)field->max));
    } else if (field->kind != API_BOOL || !json_is_boolean(value)) {
        wrong(wrongs, field->name, "This is of another type",
            field->kind == API_INT        ? "Write a whole number"
                : field->kind == API_BOOL ? "Write true or false"
                                          : "Write a text");
    }
}

static void check_field(struct wrongs *wrongs, const struct api_field *field, const json_t *value)
{
    if (!value || json_is_null(value)) {
        if (!field->optional)
            wrong(wrongs, field->name, "This is missing", "Fill it in");
        return;
    }
    if (!field->list) {
        check_value(wrongs, field, value);
        return;
    }
    if (!json_is_array(value) || json_array_size(value) > LIST_MAX) {
        wrong(wrongs, field->name, "This is no list, or too long a one",
            arena_format(wrongs->api->arena, "Send a list of at most %d", LIST_MAX));
        return;
    }
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach((json_t *)(uintptr_t)value, i, one) check_value(wrongs, field, one);
}

static bool check_all(
    struct api *api, const struct api_field *fields, size_t count, const json_t *values)
{
    struct wrongs wrongs = {api, json_array()};
    for (size_t i = 0; i < count; i++)
        check_field(&wrongs, &fields[i], json_object_get(values, fields[i].name));
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)values, name, value)
    {
        size_t i = 0;
        while (i < count && !text_is(fields[i].name, name))
            i++;
        if (i == count)
            wrong(&wrongs, name, "There is no such field", "Leave it out");
    }
    bool fine = json_array_size(wrongs.list) == 0;
    if (!fine)
        api__refuse_fields(api, json_incref(wrongs.list));
    json_decref(wrongs.list);
    return fine;
}

/* ---- the query: texts become what they stand for ---- */

static json_t *query_value(const struct api_field *field, const char *text)
{
    int64_t number;
    if (field && field->kind == API_INT && text_to_int(text, INT64_MIN, INT64_MAX, &number))
        return json_integer(number);
    if (field && field->kind == API_BOOL && (text_is(text, "true") || text_is(text, "1")))
        return json_true();
    if (field && field->kind == API_BOOL && (text_is(text, "false") || text_is(text, "0")))
        return json_false();
    return json_text(text);
}

bool api__check_query(struct api *api)
{
    const struct api_route *route = api->route;
    struct form form = {0};
    struct why why = {0};
    api->query = json_object();
    if (api->call->query
        && form_parse_query(api->arena, api->call->query, &form, &why) != ERR_NONE) {
        api_refuse(api, 400, "query", "The query cannot be read", "Percent-encode it as UTF-8");
        return false;
    }
    for (size_t i = 0; i < form.count; i++) {
        const struct api_field *field = NULL;
        for (size_t j = 0; j < route->query_count; j++) {
            if (text_is(route->query[j].name, form.fields[i].name))
                field = &route->query[j];
        }
        json_object_set_new(
            api->query, form.fields[i].name, query_value(field, form.fields[i].value));
    }
    return check_all(api, route->query, route->query_count, api->query);
}

/* ---- the body ---- */

static bool is_json(const char *content_type)
{
    static const char name[] = "application/json";
    return content_type && text_starts(content_type, name)
        && (!content_type[sizeof(name) - 1] || strchr("; ", content_type[sizeof(name) - 1]));
}

bool api__check_body(struct api *api)
{
    const struct http_request *request = api->request;
    if (!api->route->has_body)
        return true;
    if (!is_json(request->content_type)) {
        api_refuse(api, 415, "content_type", "The body is not declared as JSON",
            "Send Content-Type: application/json");
        return false;
    }
    struct why why = {0};
    if (json_parse(request->body, request->body_len, &api->body, &why) != ERR_NONE
        || !json_is_object(api->body)) {
        api_refuse(api, 400, "json", "The body is no JSON object", "Send one object in UTF-8");
        return false;
    }
    return check_all(api, api->route->body, api->route->body_count, api->body);
}
