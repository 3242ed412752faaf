/* definitions_schema.c: what an editor may offer while somebody writes definitions.yaml. */
#include "audience/definitions_int.h"
#include "base/text.h"

static json_t *words_json(const struct definitions_words *words)
{
    json_t *list = json_array();
    for (size_t i = 0; i < words->count; i++)
        json_array_append_new(list, json_string(words->names[i]));
    return list;
}

static json_t *choice(const struct definitions_words *words)
{
    return json_pack("{s:o}", "enum", words_json(words));
}

static json_t *reference(const char *name)
{
    JSON_AUTO path = json_sprintf("#/$defs/%s", name);
    return json_pack("{s:O}", "$ref", path);
}

static json_t *map_of(json_t *values)
{
    return json_pack("{s:s, s:o, s:o}", "type", "object", "propertyNames", reference("name"),
        "additionalProperties", values);
}

static json_t *list_of(json_t *items)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

/* What is not listed here is a text. */
static json_t *value_of(const char *key)
{
    static const struct {
        const char *key, *definition;
    } known[] = {{"label", "label"}, {"phi_label", "label"}, {"cycle", "days"}, {"due", "days"},
        {"late", "days"}, {"lost", "days"}, {"for", "span"}, {"also_when", "condition"},
        {"services", "services"}, {"dormant", "conditions"}, {"words", "conditions"},
        {"offers", "offers"}, {"route_excluded", "routes"}, {"tier", "tier"}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (text_is(known[i].key, key))
            return reference(known[i].definition);
    }
    if (text_is(key, "clock"))
        return choice(&definitions_clocks_known);
    if (text_is(key, "urgency"))
        return choice(&definitions_urgencies);
    if (text_is(key, "exclude_standard"))
        return list_of(choice(&definitions_exclusions));
    if (text_is(key, "match"))
        return list_of(json_pack("{s:s, s:i}", "type", "string", "minLength", 2));
    if (text_is(key, "funded_by_third_party"))
        return json_pack("{s:[b, b, s, s, s, s]}", "enum", 1, 0, "true", "false", "yes", "no");
    if (text_is(key, "value") || text_is(key, "max") || text_is(key, "earliest_touch"))
        return json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", 1, "maximum",
            text_is(key, "earliest_touch") ? 100 : OFFER_PERCENT_MAX);
    return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
}

static json_t *object_of(const struct definitions_words *keys)
{
    json_t *properties = json_object();
    for (size_t i = 0; i < keys->count; i++)
        json_object_set_new(properties, keys->names[i], value_of(keys->names[i]));
    return json_pack(
        "{s:s, s:o, s:b}", "type", "object", "properties", properties, "additionalProperties", 0);
}

/* One shape for each kind; `none` may be said by an empty map. */
static json_t *offer_json(void)
{
    json_t *kinds = json_array();
    for (enum offer_kind kind = 0; kind < OFFER_KIND_MAX; kind++) {
        json_t *shape = object_of(&definitions_offer_keys[kind]);
        json_object_set_new(json_object_get(shape, "properties"), "kind",
            json_pack("{s:s}", "const", offer_kind_name(kind)));
        if (kind != OFFER_NONE)
            json_object_set_new(shape, "required", json_pack("[s]", "kind"));
        json_array_append_new(kinds, shape);
    }
    return json_pack("{s:o}", "oneOf", kinds);
}

static json_t *service_json(void)
{
    json_t *service = object_of(&definitions_service_keys);
    json_object_set_new(service, "required", json_pack("[s, s]", "label", "due"));
    return service;
}

static json_t *texts(const char *pattern, const char *description)
{
    return json_pack(
        "{s:s, s:s, s:s}", "type", "string", "pattern", pattern, "description", description);
}

static json_t *definitions_json(void)
{
    json_t *definitions = json_pack("{s:o, s:o, s:o, s:o}", "name",
        texts("^[a-z_][a-z0-9_-]{0,63}$", "Small letters, digits, _ and -."), "days",
        texts("^[0-9]+(d|w|mo|y)$", "Whole days: 100d, 6w, 9mo."), "span",
        texts("^[0-9]+(ms|s|m|h|d|w|mo|y)$", "A length of time: 48h, 2d."), "condition",
        json_pack("{s:s, s:i, s:s}", "type", "string", "minLength", 1, "description",
            "An expression: docs/expressions.md."));
    json_object_set_new(definitions, "label",
        json_pack("{s:[{s:s, s:i}, {s:s, s:i, s:{s:s, s:i}}]}", "oneOf", "type", "string",
            "minLength", 1, "type", "object", "minProperties", 1, "additionalProperties", "type",
            "string", "minLength", 1));
    json_object_set_new(definitions, "service", service_json());
    json_object_set_new(definitions, "offer", offer_json());
    json_object_set_new(definitions, "services", map_of(reference("service")));
    json_object_set_new(definitions, "offers", map_of(reference("offer")));
    json_object_set_new(definitions, "conditions", map_of(reference("condition")));
    json_t *routes = map_of(object_of(&definitions_route_keys));
    json_object_set_new(routes, "propertyNames", choice(&definitions_exclusions));
    json_object_set_new(definitions, "routes", routes);
    json_object_set_new(definitions, "tier",
        json_pack("{s:s, s:{s:{s:s}}, s:[s], s:o}", "type", "object", "properties", "by", "const",
            "months_since(last_visit)", "required", "by", "additionalProperties",
            texts("^\\[ *[0-9]+ *, *([0-9]+|\\.\\.) *\\)$", "Months, half-open: [6, 12).")));
    return definitions;
}

json_t *definitions_schema(void)
{
    json_t *schema = object_of(&definitions_top_keys);
    json_object_set_new(
        schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    json_object_set_new(schema, "$id", json_string("definitions.schema.json"));
    json_object_set_new(schema, "title", json_string("Perennial definitions"));
    json_object_set_new(schema, "required", json_pack("[s]", "services"));
    json_object_set_new(schema, "$defs", definitions_json());
    return schema;
}
