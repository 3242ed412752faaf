#include <assert.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (const struct yaml *child = map->first; child; child = child->next)
        if (text_is(child->key, key))
            return child;
    return NULL;
}

const struct yaml *yaml_at(const struct yaml *sequence, size_t index)
{
    if (!sequence || sequence->kind != YAML_SEQUENCE)
        return NULL;
    const struct yaml *child = sequence->first;
    while (child && index-- > 0)
        child = child->next;
    return child;
}

enum err yaml_error(const struct yaml *node, struct why *reterr_why, const char *format, ...)
{
    char message[sizeof reterr_why->message];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    why_place(reterr_why, "%s:%d:%d", node->file, node->line, node->column);
    return why_set(reterr_why, ERR_INPUT, "%s", message);
}

enum err yaml_only(
    const struct yaml *map, const char *const *names, size_t count, struct why *reterr_why)
{
    if (map->kind != YAML_MAP)
        return yaml_error(map, reterr_why, "a map of keys and values belongs here");
    for (const struct yaml *child = map->first; child; child = child->next) {
        bool known = false;
        for (size_t i = 0; i < count && !known; i++)
            known = text_is(child->key, names[i]);
        if (known)
            continue;
        const char *nearest = text_nearest(child->key, names, count);
        why_place(reterr_why, "%s:%d:%d", child->file, child->key_line, child->key_column);
        if (nearest)
            why_hint(reterr_why, "Did you mean \"%s\"?", nearest);
        return why_set(reterr_why, ERR_INPUT, "the key \"%.80s\" is not known here", child->key);
    }
    return ERR_NONE;
}

/* What a message quotes: the value, or its kind. */
static const char *shown(struct arena *scratch, const struct yaml *node)
{
    if (node->kind == YAML_MAP)
        return "a map";
    if (node->kind == YAML_SEQUENCE)
        return "a list";
    return *node->scalar ? arena_format(scratch, "\"%.60s\"", node->scalar) : "nothing";
}

static enum err wrong(const struct yaml *node, const char *expected, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    return yaml_error(node, reterr_why, "%s belongs here, not %s", expected, shown(&scratch, node));
}

static const char *scalar_of(const struct yaml *node)
{
    assert(node);
    return node->kind == YAML_SCALAR ? node->scalar : "";
}

enum err yaml_int(
    const struct yaml *node, int64_t min, int64_t max, int64_t *ret_value, struct why *reterr_why)
{
    char expected[96];
    (void)snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)min,
        (long long)max);
    return text_to_int(scalar_of(node), min, max, ret_value) ? ERR_NONE
                                                             : wrong(node, expected, reterr_why);
}

enum err yaml_bool(const struct yaml *node, bool *ret_value, struct why *reterr_why)
{
    bool yes = text_is(scalar_of(node), "true");
    if (!yes && !text_is(scalar_of(node), "false"))
        return wrong(node, "true or false", reterr_why);
    *ret_value = yes;
    return ERR_NONE;
}

enum err yaml_span(const struct yaml *node, struct span *ret_span, struct why *reterr_why)
{
    return span_parse(scalar_of(node), ret_span, NULL) == ERR_NONE
        ? ERR_NONE
        : wrong(node, "a span of time such as 90d, 6w, 9mo or 48h", reterr_why);
}

enum err yaml_minute_of_day(const struct yaml *node, int *ret_minute, struct why *reterr_why)
{
    const char *text = scalar_of(node);
    int64_t hour, minute;
    char digits[2][3] = {"", ""};
    size_t hour_len = strspn(text, "0123456789");
    bool shaped = (hour_len == 1 || hour_len == 2) && text[hour_len] == ':'
        && strlen(text + hour_len + 1) == 2;
    if (shaped) {
        memcpy(digits[0], text, hour_len);
        memcpy(digits[1], text + hour_len + 1, 2);
    }
    if (!shaped || !text_to_int(digits[0], 0, 24, &hour) || !text_to_int(digits[1], 0, 59, &minute)
        || hour * 60 + minute > 24 * 60)
        return wrong(node, "a time of day such as 9:00 or 21:30", reterr_why);
    *ret_minute = (int)(hour * 60 + minute);
    return ERR_NONE;
}

/* "10%", "2.5%", at most four decimals; the decimals are read as a whole number, so that no locale
 * and no rounding comes in. */
enum err yaml_percent(const struct yaml *node, double *ret_percent, struct why *reterr_why)
{
    const char *text = scalar_of(node);
    size_t len = strlen(text);
    int64_t whole = 0, part = 0;
    double scale = 1;
    char digits[2][8] = {"", "0"};
    size_t whole_len = strspn(text, "0123456789");
    bool shaped = len > 1 && len <= 9 && text[len - 1] == '%' && whole_len >= 1 && whole_len <= 3;
    if (shaped)
        memcpy(digits[0], text, whole_len);
    if (shaped && text[whole_len] == '.') {
        size_t part_len = len - whole_len - 2;
        shaped = part_len >= 1 && part_len <= 4;
        for (size_t i = 0; shaped && i < part_len; i++) {
            digits[1][i] = text[whole_len + 1 + i];
            scale *= 10;
        }
    } else if (shaped) {
        shaped = whole_len == len - 1;
    }
    if (!shaped || strspn(digits[1], "0123456789") != strlen(digits[1])
        || !text_to_int(digits[0], 0, 100, &whole) || !text_to_int(digits[1], 0, 9999, &part)
        || (whole == 100 && part > 0))
        return wrong(node, "a percentage such as 10%", reterr_why);
    *ret_percent = (double)whole + (double)part / scale;
    return ERR_NONE;
}

static json_t *to_json(const struct yaml *node)
{
    if (node->kind == YAML_SCALAR)
        return json_text(node->scalar);
    json_t *json = node->kind == YAML_MAP ? json_object() : json_array();
    for (const struct yaml *child = node->first; child; child = child->next)
        if (node->kind == YAML_MAP)
            json_object_set_new(json, child->key, to_json(child));
        else
            json_array_append_new(json, to_json(child));
    return json;
}

static int append(const char *bytes, size_t len, void *buf)
{
    buf_add_n(buf, bytes, len);
    return 0;
}

char *yaml_canonical(struct arena *arena, const struct yaml *root)
{
    JSON_AUTO json = to_json(root);
    struct buf text;
    buf_init(&text, arena);
    int failed =
        json_dump_callback(json, append, &text, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    assert(!failed);
    (void)failed;
    return text.data;
}
