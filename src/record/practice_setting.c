#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/phone.h"
#include "base/text.h"
#include "record/practice_int.h"

static enum err read_text(const struct setting *setting, const struct yaml *node, const char **slot,
    struct why *reterr_why)
{
    size_t len = strlen(node->scalar);
    if ((int64_t)len < setting->min || (int64_t)len > setting->max)
        return yaml_error(node, reterr_why, "%s has %lld to %lld bytes", setting->name,
            (long long)setting->min, (long long)setting->max);
    *slot = node->scalar;
    return ERR_NONE;
}

static enum err read_word(const struct setting *setting, const struct yaml *node, const char **slot,
    struct why *reterr_why)
{
    size_t count = 0;
    for (; setting->words[count]; count++) {
        if (text_is(node->scalar, setting->words[count])) {
            *slot = setting->words[count];
            return ERR_NONE;
        }
    }
    const char *nearest = text_nearest(node->scalar, setting->words, count);
    return yaml_error(node, reterr_why, "%s is one of %s, %s%s%s%s; did you mean %s?",
        setting->name, setting->words[0], setting->words[1], count > 2 ? ", " : "",
        count > 2 ? setting->words[2] : "", count > 3 ? " ..." : "",
        nearest ? nearest : setting->words[0]);
}

static enum err read_zone(struct setting_reader *reader, const struct yaml *node, const char **slot,
    struct why *reterr_why)
{
    enum err err = zones_find(reader->zones, node->scalar, &reader->zone, reterr_why);
    if (err != ERR_NONE) {
        if (reterr_why && node->file)
            why_place(reterr_why, "%s:%d:%d", node->file, node->line, node->column);
        return err;
    }
    *slot = node->scalar;
    return ERR_NONE;
}

/* The states, DC and the territories, by the postal service's letters. */
static bool is_state(const char *text)
{
    static const char states[] =
        "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
        "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR VI ";
    size_t len = strlen(text);
    for (size_t at = 0; len == 2 && at + 2 < sizeof(states); at += 3) {
        if (memcmp(states + at, text, 2) == 0)
            return true;
    }
    return false;
}

static enum err read_state(const struct yaml *node, const char **slot, struct why *reterr_why)
{
    const char *text = node->scalar;
    if (!is_state(text)) {
        enum err err = yaml_error(node, reterr_why, "there is no state %s", text);
        why_hint(reterr_why, "Write the two capital letters of a state or territory, such as TX");
        return err;
    }
    *slot = text;
    return ERR_NONE;
}

static enum err read_contact(struct setting_reader *reader, const struct setting *setting,
    const struct yaml *node, const char **slot, struct why *reterr_why)
{
    char email[255];
    if (setting->type == SETTING_CONTACT && email_parse(node->scalar, email)) {
        *slot = arena_text(reader->boot, email);
        return ERR_NONE;
    }
    struct phone phone = phone_parse(node->scalar, "US");
    if (!phone.valid)
        return yaml_error(node, reterr_why, "%s is no telephone number that can be called: %s",
            setting->name, phone.reason);
    *slot = arena_text(reader->boot, phone.e164);
    return ERR_NONE;
}

/* What leaves in clear may only go to this machine. */
static bool is_loopback_url(const char *url)
{
    static const char *const hosts[] = {"http://127.", "http://localhost", "http://[::1]"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        if (text_starts(url, hosts[i]))
            return true;
    }
    return false;
}

static enum err read_url(const struct setting *setting, const struct yaml *node, const char **slot,
    struct why *reterr_why)
{
    bool shaped = text_starts(node->scalar, "https://") || is_loopback_url(node->scalar);
    if (!shaped || strlen(node->scalar) < 10 || strpbrk(node->scalar, " \t\r\n\"<>"))
        return yaml_error(node, reterr_why,
            "%s is an address that begins with https:// (http:// only on this machine)",
            setting->name);
    *slot = node->scalar;
    return ERR_NONE;
}

static enum err read_minute(
    const struct setting *setting, const struct yaml *node, int *slot, struct why *reterr_why)
{
    int minute = 0;
    enum err err = yaml_minute_of_day(node, &minute, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (minute < setting->min || minute > setting->max)
        return yaml_error(node, reterr_why, "%s lies between %02d:%02d and %02d:%02d",
            setting->name, (int)(setting->min / 60), (int)(setting->min % 60),
            (int)(setting->max / 60), (int)(setting->max % 60));
    *slot = minute;
    return ERR_NONE;
}

static enum err read_ratio(
    const struct setting *setting, const struct yaml *node, double *slot, struct why *reterr_why)
{
    char *end = NULL;
    const char *text = node->scalar;
    double value = strspn(text, "0123456789.") == strlen(text) ? strtod(text, &end) : -1;
    if (!*text || !end || *end || value < (double)setting->min || value > (double)setting->max)
        return yaml_error(node, reterr_why, "%s is a number from %lld to %lld", setting->name,
            (long long)setting->min, (long long)setting->max);
    *slot = value;
    return ERR_NONE;
}

static enum err read_span(
    const struct setting *setting, const struct yaml *node, int64_t *slot, struct why *reterr_why)
{
    struct span span;
    enum err err = yaml_span(node, &span, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool days = setting->type == SETTING_SPAN_DAYS;
    int64_t value = days ? span_ms(span) / MS_PER_DAY : span_ms(span);
    if (value < setting->min || value > setting->max)
        return yaml_error(node, reterr_why, "%s lies between %lld%s and %lldd", setting->name,
            (long long)(days ? setting->min : setting->min / MS_PER_HOUR), days ? "d" : "h",
            (long long)(days ? setting->max : setting->max / MS_PER_DAY));
    *slot = value;
    return ERR_NONE;
}

static enum err read_day(const struct setting *setting, const struct yaml *node, struct day *slot,
    struct why *reterr_why)
{
    if (day_parse(node->scalar, slot, NULL) != ERR_NONE)
        return yaml_error(node, reterr_why, "%s is a date such as 2026-01-31", setting->name);
    return ERR_NONE;
}

static enum err read_date_order(
    const struct yaml *node, enum date_order *slot, struct why *reterr_why)
{
    static const char *const words[] = {"auto", "mdy", "dmy", "ymd"};
    for (int order = DATE_ORDER_AUTO; order <= DATE_ORDER_YMD; order++) {
        if (text_is_any_case(node->scalar, words[order])) {
            *slot = (enum date_order)order;
            return ERR_NONE;
        }
    }
    return yaml_error(node, reterr_why, "date_order is auto, mdy, dmy or ymd");
}

static enum err read_count(
    const struct setting *setting, const struct yaml *node, int *slot, struct why *reterr_why)
{
    int64_t value = 0;
    enum err err = yaml_int(node, setting->min, setting->max, &value, reterr_why);
    if (err == ERR_NONE)
        *slot = (int)value;
    return err;
}

static enum err read_one(struct setting_reader *reader, const struct setting *setting,
    const struct yaml *node, void *target, struct why *reterr_why)
{
    void *slot = (char *)target + setting->offset;
    if (node->kind != YAML_SCALAR)
        return yaml_error(node, reterr_why, "%s is a single value", setting->name);
    switch (setting->type) {
    case SETTING_TEXT: return read_text(setting, node, slot, reterr_why);
    case SETTING_WORD: return read_word(setting, node, slot, reterr_why);
    case SETTING_ZONE: return read_zone(reader, node, slot, reterr_why);
    case SETTING_STATE: return read_state(node, slot, reterr_why);
    case SETTING_PHONE:
    case SETTING_CONTACT: return read_contact(reader, setting, node, slot, reterr_why);
    case SETTING_URL: return read_url(setting, node, slot, reterr_why);
    case SETTING_BOOL: return yaml_bool(node, slot, reterr_why);
    case SETTING_MINUTE: return read_minute(setting, node, slot, reterr_why);
    case SETTING_COUNT: return read_count(setting, node, slot, reterr_why);
    case SETTING_RATIO: return read_ratio(setting, node, slot, reterr_why);
    case SETTING_SPAN_MS:
    case SETTING_SPAN_DAYS: return read_span(setting, node, slot, reterr_why);
    case SETTING_DAY: return read_day(setting, node, slot, reterr_why);
    case SETTING_DATE_ORDER: return read_date_order(node, slot, reterr_why);
    case SETTING_TYPE_MAX: break;
    }
    assert(!"a setting of no type");
    return ERR_INPUT;
}

enum err setting_read_all(struct setting_reader *reader, const struct yaml *map,
    const struct setting *settings, size_t count, void *target, struct why *reterr_why)
{
    for (size_t i = 0; i < count; i++) {
        const struct setting *setting = &settings[i];
        const struct yaml *node = map ? yaml_get(map, setting->name) : NULL;
        bool blank = node && node->kind == YAML_SCALAR && !*node->scalar && !node->quoted;
        if ((!node || blank) && setting->required)
            return yaml_error(blank ? node : map, reterr_why, "%s is missing", setting->name);
        struct yaml standard = {.kind = YAML_SCALAR, .scalar = setting->fallback};
        if (!node || blank)
            node = setting->fallback ? &standard : NULL;
        enum err err = node ? read_one(reader, setting, node, target, reterr_why) : ERR_NONE;
        if (err != ERR_NONE)
            return err;
    }
    return ERR_NONE;
}

enum err setting_read_block(struct setting_reader *reader, const struct yaml *root,
    const char *name, const struct setting *settings, size_t count, void *target,
    struct why *reterr_why)
{
    enum { NAMES_MAX = 32 };
    assert(count <= NAMES_MAX);
    const char *names[NAMES_MAX];
    const struct yaml *block = yaml_get(root, name);
    if (block && block->kind != YAML_MAP)
        return yaml_error(
            block, reterr_why, "%s holds settings: `%s: ...`", name, settings[0].name);
    for (size_t i = 0; i < count; i++)
        names[i] = settings[i].name;
    enum err err = block ? yaml_only(block, names, count, reterr_why) : ERR_NONE;
    return err == ERR_NONE ? setting_read_all(reader, block, settings, count, target, reterr_why)
                           : err;
}
