/* definitions_parts.c: tiers and offers of definitions.yaml, and looking things up in it. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "audience/definitions_int.h"
#include "base/text.h"

enum { TIER_MONTHS_MAX = 1200 };

/* ---- tiers ---- */

static struct str cut(struct str *rest, char at)
{
    const char *found = rest->len > 0 ? memchr(rest->data, at, rest->len) : NULL;
    struct str before = {rest->data, found ? (size_t)(found - rest->data) : rest->len};
    size_t used = found ? before.len + 1 : before.len;
    rest->data += used;
    rest->len -= used;
    return str_trim(before);
}

static bool months_of(struct str text, int *ret_months)
{
    int64_t value = 0;
    if (text.len == 0 || text.len > 4)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (text.data[i] - '0');
    }
    *ret_months = (int)value;
    return value <= TIER_MONTHS_MAX;
}

/* "[6, 12)" or "[24, ..)" */
static enum err parse_range(
    struct definitions_reader *reader, const struct yaml *node, struct tier *tier)
{
    struct str rest = node->kind == YAML_SCALAR ? str_trim(str_of(node->scalar)) : str_of(NULL);
    bool good = rest.len > 2 && rest.data[0] == '[' && rest.data[rest.len - 1] == ')';
    if (good) {
        struct str inside = {rest.data + 1, rest.len - 2};
        struct str from = cut(&inside, ','), to = str_trim(inside);
        good = months_of(from, &tier->from_months);
        if (str_is(to, ".."))
            tier->to_months = INT_MAX;
        else
            good = good && months_of(to, &tier->to_months) && tier->to_months > tier->from_months;
    }
    return good ? ERR_NONE
                : yaml_error(node, reader->why,
                    "a tier is \"[from, to)\" in months, to not included: \"[6, 12)\", "
                    "\"[24, ..)\"");
}

static enum err check_against(struct definitions_reader *reader, const struct yaml *node,
    const struct tier *before, const struct tier *tier)
{
    if (before->to_months == INT_MAX)
        return yaml_error(node, reader->why, "no tier can follow %s, which is open", before->name);
    if (tier->from_months == before->to_months)
        return ERR_NONE;
    return yaml_error(node, reader->why, "%s begins at %d months and %s ends at %d: %s", tier->name,
        tier->from_months, before->name, before->to_months,
        tier->from_months > before->to_months ? "nobody is in between"
                                              : "they overlap, or are not in rising order");
}

enum err definitions_parse_tiers(struct definitions_reader *reader, const struct yaml *node)
{
    struct audience_definitions *definitions = reader->definitions;
    const struct yaml *by = yaml_get(node, "by");
    if (node->kind != YAML_MAP || !by || by->kind != YAML_SCALAR
        || !text_is(by->scalar, "months_since(last_visit)"))
        return yaml_error(
            by ? by : node, reader->why, "tiers go by months: write by: months_since(last_visit)");
    struct tier *tiers = ARENA_NEW(reader->boot, struct tier, node->count);
    for (const struct yaml *at = node->first; at; at = at->next) {
        if (at == by)
            continue;
        struct tier *tier = &tiers[definitions->tier_count];
        *tier = (struct tier){.name = at->key, .line = at->line};
        enum err err = parse_range(reader, at, tier);
        if (err == ERR_NONE && text_is(tier->name, "none"))
            err = yaml_error(at, reader->why, "'none' stands for those before the first tier");
        if (err == ERR_NONE && definitions->tier_count > 0)
            err = check_against(reader, at, tier - 1, tier);
        if (err != ERR_NONE)
            return err;
        definitions->tier_count++;
    }
    definitions->tiers = tiers;
    if (definitions->tier_count > 0 && tiers[definitions->tier_count - 1].to_months != INT_MAX)
        definitions_warn(reader, node, "the last tier ends: whoever is later is in no tier");
    return ERR_NONE;
}

/* ---- offers ---- */

static const char *const KINDS[] = {
    "none", "hold", "addon", "percent", "availability", "news", "due"};

const char *offer_kind_name(enum offer_kind kind)
{
    return KINDS[kind];
}

static enum err parse_kind(
    struct definitions_reader *reader, const struct yaml *map, struct offer *offer)
{
    const struct yaml *node = yaml_get(map, "kind");
    if (!node && map->count == 0)
        return ERR_NONE;
    if (!node)
        return yaml_error(map, reader->why, "offer %s has no kind", map->key);
    for (enum offer_kind kind = OFFER_NONE; kind < OFFER_KIND_MAX; kind++)
        if (node->kind == YAML_SCALAR && strcmp(KINDS[kind], node->scalar) == 0) {
            offer->kind = kind;
            return ERR_NONE;
        }
    return definitions_unknown(node, "kind of offer", KINDS, OFFER_KIND_MAX, reader->why);
}

static enum err parse_percent(
    struct definitions_reader *reader, const struct yaml *map, struct offer *offer)
{
    const struct yaml *value = yaml_get(map, "value"), *max = yaml_get(map, "max");
    int64_t percent, percent_max = OFFER_PERCENT_MAX;
    if (!value)
        return yaml_error(map, reader->why, "offer %s has no value", map->key);
    enum err err = yaml_int(value, 1, 100, &percent, reader->why);
    if (err == ERR_NONE && max)
        err = yaml_int(max, 1, 100, &percent_max, reader->why);
    if (err != ERR_NONE)
        return err;
    if (percent_max > OFFER_PERCENT_MAX)
        return yaml_error(max, reader->why, "more than %d%% off trains patients to wait: lower max",
            OFFER_PERCENT_MAX);
    if (percent > percent_max)
        return yaml_error(value, reader->why, "%d%% is above this offer's bound of %d%%",
            (int)percent, (int)percent_max);
    offer->percent = (int)percent;
    return ERR_NONE;
}

static enum err parse_offer_rest(
    struct definitions_reader *reader, const struct yaml *map, struct offer *offer)
{
    const struct yaml *node;
    enum err err = ERR_NONE;
    int64_t earliest = 1;
    bool incentive = offer->kind == OFFER_ADDON || offer->kind == OFFER_PERCENT;
    if ((node = yaml_get(map, "earliest_touch")))
        err = yaml_int(node, 1, 32, &earliest, reader->why);
    if (err == ERR_NONE && incentive && !node)
        earliest = OFFER_EARLIEST_TOUCH_MIN;
    if (err == ERR_NONE && incentive && earliest < OFFER_EARLIEST_TOUCH_MIN)
        return yaml_error(node, reader->why,
            "a discount or add-on comes at touch %d at the earliest", OFFER_EARLIEST_TOUCH_MIN);
    offer->earliest_touch = (int)earliest;
    if (err == ERR_NONE && (node = yaml_get(map, "for")))
        err = yaml_span(node, &offer->hold, reader->why);
    if (err == ERR_NONE && offer->kind == OFFER_HOLD && span_is_zero(offer->hold))
        return yaml_error(
            map, reader->why, "offer %s does not say for how long: for: 48h", map->key);
    if ((node = yaml_get(map, "item")))
        offer->item = node->scalar;
    if (err == ERR_NONE && offer->kind == OFFER_ADDON && text_is_blank(offer->item))
        return yaml_error(map, reader->why, "offer %s does not say which item", map->key);
    if (err == ERR_NONE && (node = yaml_get(map, "funded_by_third_party")))
        err = yaml_bool(node, &offer->funded_by_third_party, reader->why);
    return err;
}

static const char *const KEYS_NONE[] = {"kind"};
static const char *const KEYS_HOLD[] = {"kind", "for", "earliest_touch", "funded_by_third_party"};
static const char *const KEYS_ITEM[] = {"kind", "item", "earliest_touch", "funded_by_third_party"};
static const char *const KEYS_PERCENT[] = {
    "kind", "value", "max", "earliest_touch", "funded_by_third_party"};

/* `value` beside an add-on is a mistake worth telling. */
const struct definitions_words definitions_offer_keys[OFFER_KIND_MAX] = {
    [OFFER_NONE] = {KEYS_NONE, 1},
    [OFFER_HOLD] = {KEYS_HOLD, 4},
    [OFFER_ADDON] = {KEYS_ITEM, 4},
    [OFFER_PERCENT] = {KEYS_PERCENT, 5},
    [OFFER_AVAILABILITY] = {KEYS_ITEM, 4},
    [OFFER_NEWS] = {KEYS_ITEM, 4},
    [OFFER_DUE] = {KEYS_ITEM, 4},
};

static enum err check_offer_keys(
    struct definitions_reader *reader, const struct yaml *map, enum offer_kind kind)
{
    const struct definitions_words *keys = &definitions_offer_keys[kind];
    return yaml_only(map, keys->names, keys->count, reader->why);
}

enum err definitions_parse_offers(struct definitions_reader *reader, const struct yaml *node)
{
    if (node->kind != YAML_MAP)
        return yaml_error(node, reader->why, "offers is a map of names");
    struct offer *offers = ARENA_NEW(reader->boot, struct offer, node->count + 1);
    for (const struct yaml *at = node->first; at; at = at->next) {
        struct offer *offer = &offers[reader->definitions->offer_count];
        *offer = (struct offer){.key = at->key, .node = at};
        if (at->kind != YAML_MAP)
            return yaml_error(at, reader->why, "an offer is a map: {kind: hold, for: 48h}");
        enum err err = parse_kind(reader, at, offer);
        if (err == ERR_NONE)
            err = check_offer_keys(reader, at, offer->kind);
        if (err == ERR_NONE && offer->kind == OFFER_PERCENT)
            err = parse_percent(reader, at, offer);
        if (err == ERR_NONE)
            err = parse_offer_rest(reader, at, offer);
        if (err != ERR_NONE)
            return err;
        reader->definitions->offer_count++;
    }
    reader->definitions->offers = offers;
    return ERR_NONE;
}

/* ---- looking up ---- */

struct service_clocks definitions_clocks(
    struct arena *boot, const struct audience_definitions *definitions)
{
    struct service_clock *clocks =
        ARENA_NEW(boot, struct service_clock, definitions->service_count);
    for (size_t i = 0; i < definitions->service_count; i++) {
        const struct service_definition *service = &definitions->services[i];
        clocks[i] = (struct service_clock){.service = service->key,
            .series_end = service->series_end,
            .member = service->member,
            .due = service->due,
            .late = service->late,
            .lost = service->lost,
            .match = service->match,
            .match_count = service->match_count};
    }
    return (struct service_clocks){clocks, definitions->service_count};
}

const struct service_definition *definitions_service(
    const struct audience_definitions *definitions, const char *key)
{
    for (size_t i = 0; i < definitions->service_count; i++)
        if (text_is(definitions->services[i].key, key))
            return &definitions->services[i];
    return NULL;
}

const struct offer *definitions_offer(
    const struct audience_definitions *definitions, const char *key)
{
    for (size_t i = 0; i < definitions->offer_count; i++)
        if (text_is(definitions->offers[i].key, key))
            return &definitions->offers[i];
    return NULL;
}

const struct audience_expr *definitions_word(
    const struct audience_definitions *definitions, const char *name)
{
    for (size_t i = 0; i < definitions->word_count; i++)
        if (text_is(definitions->words[i].name, name))
            return definitions->words[i].expression;
    return NULL;
}

const char *definitions_nearest_service(
    const struct audience_definitions *definitions, const char *key)
{
    const char *nearest = NULL;
    for (size_t i = 0; !nearest && i < definitions->service_count; i++)
        nearest = text_nearest(key, &definitions->services[i].key, 1);
    return nearest;
}

const char *definitions_nearest_offer(
    const struct audience_definitions *definitions, const char *key)
{
    const char *nearest = NULL;
    for (size_t i = 0; !nearest && i < definitions->offer_count; i++)
        nearest = text_nearest(key, &definitions->offers[i].key, 1);
    return nearest;
}

static const char *label_of(const struct service_label *labels, size_t count, const char *language)
{
    for (size_t i = 0; i < count; i++)
        if (language && text_starts(language, labels[i].language))
            return labels[i].text;
    return count > 0 ? labels[0].text : NULL;
}

const char *service_label(const struct service_definition *service, const char *language)
{
    return label_of(service->labels, service->label_count, language);
}

const char *service_phi_label(const struct service_definition *service, const char *language)
{
    const char *label = label_of(service->phi_labels, service->phi_label_count, language);
    return label ? label : service_label(service, language);
}

struct span service_mark(const struct service_definition *service, enum clock_mark mark)
{
    switch (mark) {
    case CLOCK_DUE: return service->due;
    case CLOCK_LATE: return service->late;
    case CLOCK_LOST: return service->lost;
    case CLOCK_NONE:
    case CLOCK_MARK_MAX: break;
    }
    return (struct span){0};
}
