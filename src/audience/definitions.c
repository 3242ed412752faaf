/* definitions.c: definitions.yaml read strictly: whatever is not understood is refused with its
 * place and the nearest word, because a misspelt `lost` would otherwise keep texting people for
 * years. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audience/definitions_int.h"
#include "base/text.h"

enum {
    DEFINITIONS_LIST_MAX = 200, /* services, words, offers: more is a mistake, not a practice */
    WINDOW_LATE_DAYS = 180,     /* past it most patients have gone elsewhere: worth a warning */
    NAME_BYTES_MAX = 64,
};

/* ---- names of things ---- */

static const char *const URGENCIES[] = {"low", "medium", "high", "critical"};
static const char *const EXCLUSIONS[] = {"do_not_contact", "paused", "deceased", "minor",
    "billing_dispute", "clinical_concern", "staff_or_family"};
static const char *const MARKS[] = {"none", "due", "late", "lost"};
static const char *const CLOCKS[] = {"last_visit", "series_end", "member_visit"};
static const char *const TOP_KEYS[] = {
    "services", "dormant", "tier", "words", "exclude_standard", "route_excluded", "offers"};
static const char *const SERVICE_KEYS[] = {
    "label", "phi_label", "clock", "cycle", "due", "late", "lost", "urgency", "also_when", "match"};
static const char *const ROUTE_KEYS[] = {"task"};

#define WORDS(table)                                                                               \
    {                                                                                              \
        table, sizeof(table) / sizeof((table)[0])                                                  \
    }
const struct definitions_words definitions_top_keys = WORDS(TOP_KEYS),
                               definitions_service_keys = WORDS(SERVICE_KEYS),
                               definitions_route_keys = WORDS(ROUTE_KEYS),
                               definitions_clocks_known = WORDS(CLOCKS),
                               definitions_urgencies = WORDS(URGENCIES),
                               definitions_exclusions = WORDS(EXCLUSIONS);

static enum err only_known(
    const struct yaml *map, const struct definitions_words *keys, struct why *why)
{
    return yaml_only(map, keys->names, keys->count, why);
}

bool exclusion_parse(const char *text, enum exclusion *ret_exclusion)
{
    for (enum exclusion i = 0; i < EXCLUSION_MAX; i++)
        if (strcmp(EXCLUSIONS[i], text) == 0) {
            *ret_exclusion = i;
            return true;
        }
    return false;
}

const char *clock_mark_name(enum clock_mark mark)
{
    return MARKS[mark];
}

enum err definitions_unknown(const struct yaml *node, const char *what, const char *const *names,
    size_t count, struct why *reterr_why)
{
    enum err err = yaml_error(node, reterr_why, "'%.60s' is no %s", node->scalar, what);
    const char *nearest = text_nearest(node->scalar, names, count);
    if (nearest)
        why_hint(reterr_why, "Did you mean '%s'?", nearest);
    return err;
}

/* A key that is a column value, a tag and part of addresses: letters, digits, _ and -. */
static enum err check_key(const struct yaml *node, struct why *reterr_why)
{
    size_t len = strlen(node->key);
    bool good = len > 0 && len <= NAME_BYTES_MAX;
    for (size_t i = 0; i < len; i++) {
        char c = node->key[i];
        bool letter = (c >= 'a' && c <= 'z') || c == '_';
        bool inside = i > 0 && ((c >= '0' && c <= '9') || c == '-');
        good = good && (letter || inside);
    }
    if (good)
        return ERR_NONE;
    enum err err = why_set(reterr_why, ERR_INPUT,
        "'%.60s' is no name: small letters, digits and _, at most %d", node->key, NAME_BYTES_MAX);
    why_place(reterr_why, "%s:%d:%d", node->file, node->key_line, node->key_column);
    return err;
}

static enum err check_map(const struct yaml *node, const char *what, struct why *reterr_why)
{
    if (node->kind != YAML_MAP)
        return yaml_error(node, reterr_why, "%s is a map of names", what);
    if (node->count > DEFINITIONS_LIST_MAX)
        return yaml_error(
            node, reterr_why, "%s has more than %d entries", what, (int)DEFINITIONS_LIST_MAX);
    for (const struct yaml *child = node->first; child; child = child->next) {
        enum err err = check_key(child, reterr_why);
        if (err != ERR_NONE)
            return err;
    }
    return ERR_NONE;
}

void definitions_warn(
    struct definitions_reader *reader, const struct yaml *node, const char *format, ...)
{
    struct audience_definitions *definitions = reader->definitions;
    size_t count = definitions->warning_count, bytes = sizeof(struct definition_warning);
    struct definition_warning *grown =
        ARENA_NEW(reader->boot, struct definition_warning, count + 1);
    if (count > 0)
        memcpy(grown, definitions->warnings, count * bytes);
    va_list args;
    va_start(args, format);
    vsnprintf(grown[count].message, sizeof(grown[count].message), format, args);
    va_end(args);
    snprintf(grown[count].place, sizeof(grown[count].place), "%s:%d:%d", node->file, node->line,
        node->column);
    definitions->warnings = grown;
    definitions->warning_count = count + 1;
}

/* ---- services ---- */

static enum err parse_labels(struct definitions_reader *reader, const struct yaml *node,
    const struct service_label **ret_labels, size_t *ret_count)
{
    size_t count = node->kind == YAML_SCALAR ? 1 : node->count, i = 0;
    struct service_label *labels = ARENA_NEW(reader->boot, struct service_label, count + 1);
    if (node->kind == YAML_SEQUENCE || count == 0)
        return yaml_error(node, reader->why, "a label is a text, or a map from language to text");
    for (const struct yaml *at = node->kind == YAML_SCALAR ? node : node->first; at;
         at = at->next) {
        if (at->kind != YAML_SCALAR || text_is_blank(at->scalar))
            return yaml_error(at, reader->why, "a label is a text that is not empty");
        labels[i++] =
            (struct service_label){node->kind == YAML_SCALAR ? "en" : at->key, at->scalar};
        if (node->kind == YAML_SCALAR)
            break;
    }
    *ret_labels = labels;
    *ret_count = count;
    return ERR_NONE;
}

static enum err parse_match(
    struct definitions_reader *reader, const struct yaml *node, struct service_definition *service)
{
    if (node->kind != YAML_SEQUENCE)
        return yaml_error(node, reader->why, "match is a list of names: [botox, dysport]");
    const char **match = ARENA_NEW(reader->boot, const char *, node->count + 1);
    for (const struct yaml *at = node->first; at; at = at->next) {
        if (at->kind != YAML_SCALAR)
            return yaml_error(at, reader->why, "a name to match is a text");
        const char *folded = text_key(reader->boot, at->scalar);
        if (strlen(folded) < 2)
            return yaml_error(at, reader->why, "a name to match has at least two letters");
        for (size_t s = 0; s < reader->definitions->service_count; s++) {
            const struct service_definition *other = &reader->definitions->services[s];
            for (size_t i = 0; i < other->match_count; i++)
                if (strcmp(other->match[i], folded) == 0)
                    return yaml_error(
                        at, reader->why, "'%.60s' already means %s", at->scalar, other->key);
        }
        match[service->match_count++] = folded;
    }
    service->match = match;
    return ERR_NONE;
}

static enum err parse_clock(
    struct definitions_reader *reader, const struct yaml *node, struct service_definition *service)
{
    if (node->kind != YAML_SCALAR)
        return yaml_error(node, reader->why, "clock is one word");
    service->series_end = strcmp(node->scalar, "series_end") == 0;
    service->member = strcmp(node->scalar, "member_visit") == 0;
    if (!service->series_end && !service->member && strcmp(node->scalar, "last_visit") != 0)
        return definitions_unknown(node, "clock", CLOCKS, 3, reader->why);
    return ERR_NONE;
}

static enum err parse_urgency(
    struct definitions_reader *reader, const struct yaml *node, struct service_definition *service)
{
    for (enum urgency i = 0; node->kind == YAML_SCALAR && i < URGENCY_MAX; i++)
        if (strcmp(URGENCIES[i], node->scalar) == 0) {
            service->urgency = i;
            return ERR_NONE;
        }
    return definitions_unknown(node, "urgency", URGENCIES, URGENCY_MAX, reader->why);
}

static enum err parse_days(struct definitions_reader *reader, const struct yaml *map,
    const char *key, struct span *ret_span)
{
    const struct yaml *node = yaml_get(map, key);
    if (!node)
        return ERR_NONE;
    struct span span;
    enum err err = yaml_span(node, &span, reader->why);
    if (err != ERR_NONE)
        return err;
    if (span.ms != 0 || span_is_zero(span) || span.days > 3660 || span.months > 120)
        return yaml_error(
            node, reader->why, "%s is whole days, 1d to 10y: write 100d, 6w or 9mo", key);
    *ret_span = span;
    return ERR_NONE;
}

/* What comes first must not lie behind what comes after it; a span left out passes. */
static enum err check_order(struct definitions_reader *reader, const struct yaml *map,
    const char *early_key, struct span early, const char *late_key, struct span late)
{
    if (span_is_zero(early) || span_is_zero(late) || span_ms(early) <= span_ms(late))
        return ERR_NONE;
    return yaml_error(yaml_get(map, late_key), reader->why,
        "%s comes before %s: the order is due, late, lost", late_key, early_key);
}

static enum err check_window(
    struct definitions_reader *reader, const struct yaml *map, struct service_definition *service)
{
    enum err err = check_order(reader, map, "due", service->due, "late", service->late);
    if (err == ERR_NONE)
        err = check_order(reader, map, "late", service->late, "lost", service->lost);
    if (err == ERR_NONE)
        err = check_order(reader, map, "due", service->due, "lost", service->lost);
    if (err != ERR_NONE)
        return err;
    const struct yaml *due = yaml_get(map, "due");
    if (!due)
        return yaml_error(map, reader->why, "service %s has no due: add due: 100d", map->key);
    if (!span_is_zero(service->cycle) && span_ms(service->due) < span_ms(service->cycle))
        definitions_warn(reader, due,
            "%s turns due before its natural cycle is over: too early raises opt-outs", map->key);
    if (span_ms(service->due) > WINDOW_LATE_DAYS * MS_PER_DAY
        && (span_is_zero(service->cycle)
            || span_ms(service->due) > span_ms(service->cycle) + WINDOW_LATE_DAYS * MS_PER_DAY))
        definitions_warn(reader, due,
            "%s turns due more than %d days late: by then many have gone elsewhere", map->key,
            (int)WINDOW_LATE_DAYS);
    return ERR_NONE;
}

static enum err parse_service_rest(
    struct definitions_reader *reader, const struct yaml *map, struct service_definition *service)
{
    const struct yaml *node;
    enum err err = ERR_NONE;
    const struct yaml *label = yaml_get(map, "label");
    if (!label)
        return yaml_error(map, reader->why, "service %s has no label: add label: visit", map->key);
    err = parse_labels(reader, label, &service->labels, &service->label_count);
    if (err == ERR_NONE && (node = yaml_get(map, "phi_label")))
        err = parse_labels(reader, node, &service->phi_labels, &service->phi_label_count);
    if (err == ERR_NONE && (node = yaml_get(map, "clock")))
        err = parse_clock(reader, node, service);
    if (err == ERR_NONE && (node = yaml_get(map, "urgency")))
        err = parse_urgency(reader, node, service);
    if (err == ERR_NONE && (node = yaml_get(map, "match")))
        err = parse_match(reader, node, service);
    if (err == ERR_NONE && (node = yaml_get(map, "also_when"))) {
        struct expression_context context = {SCOPE_ENTRY, .definitions = reader->definitions};
        err = expression_parse(reader->boot, node, &context, &service->also_when, reader->why);
    }
    return err;
}

static enum err parse_service(
    struct definitions_reader *reader, const struct yaml *map, struct service_definition *service)
{
    if (map->kind != YAML_MAP)
        return yaml_error(map, reader->why, "a service is a map: {label: visit, due: 100d}");
    enum err err = only_known(map, &definitions_service_keys, reader->why);
    *service = (struct service_definition){.key = map->key, .urgency = URGENCY_MEDIUM, .node = map};
    if (err == ERR_NONE)
        err = parse_days(reader, map, "cycle", &service->cycle);
    if (err == ERR_NONE)
        err = parse_days(reader, map, "due", &service->due);
    if (err == ERR_NONE)
        err = parse_days(reader, map, "late", &service->late);
    if (err == ERR_NONE)
        err = parse_days(reader, map, "lost", &service->lost);
    if (err == ERR_NONE)
        err = check_window(reader, map, service);
    return err != ERR_NONE ? err : parse_service_rest(reader, map, service);
}

static enum err parse_services(struct definitions_reader *reader, const struct yaml *node)
{
    enum err err = check_map(node, "services", reader->why);
    if (err != ERR_NONE)
        return err;
    struct audience_definitions *definitions = reader->definitions;
    struct service_definition *services =
        ARENA_NEW(reader->boot, struct service_definition, node->count + 1);
    definitions->services = services;
    /* Every key may be named by any service's own condition: all are known before the first. */
    for (const struct yaml *at = node->first; at; at = at->next) {
        err = parse_service(reader, at, &services[definitions->service_count]);
        if (err != ERR_NONE)
            return err;
        definitions->service_count++;
    }
    return ERR_NONE;
}

/* ---- dormant, words ---- */

static enum err parse_named(struct definitions_reader *reader, const struct yaml *node,
    const char *what, enum expression_scope scope, const struct named_expression **list,
    size_t *count)
{
    enum err err = check_map(node, what, reader->why);
    struct named_expression *named =
        ARENA_NEW(reader->boot, struct named_expression, node->count + 1);
    *list = named;
    struct expression_context context = {scope, .definitions = reader->definitions};
    for (const struct yaml *at = node->first; at && err == ERR_NONE; at = at->next) {
        if (leaf_row_find(at->key) || strcmp(at->key, "tier") == 0)
            return yaml_error(
                at, reader->why, "'%s' is a name of the language already: choose another", at->key);
        named[*count].name = at->key;
        err = expression_parse(reader->boot, at, &context, &named[*count].expression, reader->why);
        if (err == ERR_NONE)
            (*count)++;
    }
    return err;
}

/* ---- exclusions ---- */

static enum err parse_excludes(struct definitions_reader *reader, const struct yaml *node)
{
    if (node->kind != YAML_SEQUENCE)
        return yaml_error(node, reader->why, "exclude_standard is a list");
    for (const struct yaml *at = node->first; at; at = at->next) {
        enum exclusion exclusion;
        if (at->kind != YAML_SCALAR || !exclusion_parse(at->scalar, &exclusion))
            return definitions_unknown(at, "exclusion", EXCLUSIONS, EXCLUSION_MAX, reader->why);
        reader->definitions->exclude_standard[exclusion] = true;
        reader->definitions->exclude_line[exclusion] = at->line;
    }
    return ERR_NONE;
}

static enum err parse_routes(struct definitions_reader *reader, const struct yaml *node)
{
    enum err err = check_map(node, "route_excluded", reader->why);
    if (err != ERR_NONE)
        return err;
    struct route *routes = ARENA_NEW(reader->boot, struct route, node->count + 1);
    for (const struct yaml *at = node->first; at; at = at->next) {
        struct route *route = &routes[reader->definitions->route_count];
        const struct yaml key = {
            .file = at->file, .line = at->key_line, .column = at->key_column, .scalar = at->key};
        if (!exclusion_parse(at->key, &route->exclusion))
            return definitions_unknown(&key, "exclusion", EXCLUSIONS, EXCLUSION_MAX, reader->why);
        err = only_known(at, &definitions_route_keys, reader->why);
        if (err != ERR_NONE)
            return err;
        const struct yaml *task = yaml_get(at, "task");
        if (!task || task->kind != YAML_SCALAR || text_is_blank(task->scalar))
            return yaml_error(
                at, reader->why, "say which task it raises: {task: clinician_review}");
        route->task = task->scalar;
        reader->definitions->route_count++;
    }
    reader->definitions->routes = routes;
    return ERR_NONE;
}

/* ---- the whole ---- */

static enum err parse_sections(struct definitions_reader *reader, const struct yaml *root)
{
    struct audience_definitions *definitions = reader->definitions;
    const struct yaml *node;
    enum err err = ERR_NONE;
    if (!(node = yaml_get(root, "services")))
        return yaml_error(
            root, reader->why, "services is missing: without them nobody is ever due");
    err = parse_services(reader, node);
    if (err == ERR_NONE && (node = yaml_get(root, "tier")))
        err = definitions_parse_tiers(reader, node);
    if (err == ERR_NONE && (node = yaml_get(root, "dormant")))
        err = parse_named(reader, node, "dormant", SCOPE_ENTRY, &definitions->dormant,
            &definitions->dormant_count);
    if (err == ERR_NONE && (node = yaml_get(root, "words")))
        err = parse_named(
            reader, node, "words", SCOPE_ENROLLMENT, &definitions->words, &definitions->word_count);
    if (err == ERR_NONE && (node = yaml_get(root, "exclude_standard")))
        err = parse_excludes(reader, node);
    if (err == ERR_NONE && (node = yaml_get(root, "route_excluded")))
        err = parse_routes(reader, node);
    if (err == ERR_NONE && (node = yaml_get(root, "offers")))
        err = definitions_parse_offers(reader, node);
    return err;
}

enum err definitions_parse(struct arena *boot, const struct yaml *root,
    const struct audience_definitions **ret_definitions, struct why *reterr_why)
{
    struct audience_definitions *definitions = ARENA_NEW(boot, struct audience_definitions, 1);
    struct definitions_reader reader = {boot, definitions, reterr_why};
    definitions->file = root->file;
    if (root->kind != YAML_MAP)
        return yaml_error(root, reterr_why, "definitions are a map with services: at its top");
    enum err err = only_known(root, &definitions_top_keys, reterr_why);
    if (err == ERR_NONE)
        err = parse_sections(&reader, root);
    if (err != ERR_NONE) {
        why_hint(reterr_why, "docs/definitions.md says what belongs here");
        return err;
    }
    definitions->canonical = yaml_canonical(boot, root);
    *ret_definitions = definitions;
    return ERR_NONE;
}
