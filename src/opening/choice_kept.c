/* choice_kept.c: a wish as it is kept. */
#include "opening/choice_kept.h"

#include <string.h>

static json_t *window_json(const struct choice_window *window)
{
    return json_pack("[i,i,i,i,i]", window->first.n, window->last.n, (int)window->weekdays,
        window->from_minute, window->until_minute);
}

json_t *choice_kept(const struct schedule *schedule, const struct choice *wish)
{
    json_t *windows = json_array(), *except = json_array();
    json_t *never = json_array(), *passed = json_array();
    for (size_t i = 0; i < wish->window_count; i++)
        json_array_append_new(windows, window_json(&wish->windows[i]));
    for (size_t i = 0; i < wish->except_count; i++)
        json_array_append_new(except, window_json(&wish->except[i]));
    for (size_t i = 0; i < schedule->provider_count && i < CHOICE_NEVER_MAX; i++) {
        if (wish->never >> i & 1)
            json_array_append_new(never, json_text(schedule->providers[i].name));
    }
    for (size_t i = 0; i < wish->passed_count; i++)
        json_array_append_new(passed, json_integer(wish->passed[i].ms));
    json_t *json = json_pack("{s:o,s:o,s:o,s:o,s:i,s:b}", "windows", windows, "except", except,
        "never", never, "passed", passed, "named", (int)wish->named, "anyone", (int)wish->anyone);
    if (wish->spanned)
        json_object_set_new(
            json, "span", json_pack("[i,i]", wish->span_first.n, wish->span_last.n));
    if (wish->provider >= 0)
        json_object_set_new(json, "provider", json_text(schedule->providers[wish->provider].name));
    return json;
}

static size_t read_windows(json_t *list, struct choice_window windows[CHOICE_WINDOWS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(list) && count < CHOICE_WINDOWS_MAX; i++) {
        int n[5] = {0};
        for (size_t k = 0; k < 5; k++)
            n[k] = (int)json_integer_value(json_array_get(json_array_get(list, i), k));
        windows[count++] = (struct choice_window){{n[0]}, {n[1]}, (uint8_t)n[2], n[3], n[4]};
    }
    return count;
}

static void read_rest(const struct schedule *schedule, json_t *json, struct choice *wish)
{
    json_t *never = json_object_get(json, "never"), *passed = json_object_get(json, "passed");
    json_t *span = json_object_get(json, "span");
    for (size_t i = 0; i < json_array_size(never); i++) {
        int provider = schedule_provider(schedule, json_string_value(json_array_get(never, i)));
        if (provider >= 0 && provider < CHOICE_NEVER_MAX)
            wish->never |= UINT64_C(1) << provider;
    }
    for (size_t i = 0; i < json_array_size(passed) && i < CHOICE_PASSED_MAX; i++)
        wish->passed[wish->passed_count++].ms = json_integer_value(json_array_get(passed, i));
    wish->named = (uint8_t)json_integer_value(json_object_get(json, "named"));
    wish->anyone = json_is_true(json_object_get(json, "anyone"));
    wish->spanned = json_array_size(span) == 2;
    wish->span_first.n = (int)json_integer_value(json_array_get(span, 0));
    wish->span_last.n = (int)json_integer_value(json_array_get(span, 1));
}

enum err choice_of_kept(const struct schedule *schedule, const char *text, struct choice *ret_wish,
    struct why *reterr_why)
{
    JSON_AUTO json = NULL;
    struct choice wish = {.kind = CHOICE_WANT, .provider = SCHEDULE_NOBODY};
    enum err err = json_parse(text, strlen(text), &json, reterr_why);
    if (err != ERR_NONE)
        return err;
    wish.window_count = read_windows(json_object_get(json, "windows"), wish.windows);
    wish.except_count = read_windows(json_object_get(json, "except"), wish.except);
    wish.provider =
        schedule_provider(schedule, json_string_value(json_object_get(json, "provider")));
    read_rest(schedule, json, &wish);
    *ret_wish = wish;
    return ERR_NONE;
}
