/* playbook_read.c: one field at a time, with everything that is wrong noted and nothing ended. */
#include "playbook/playbook_int.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

/* What a message does wrong on two channels is said once. */
static bool is_noted(
    const struct reader *reader, const char *rule, const char *place, const char *message)
{
    for (size_t i = 0; i < reader->count; i++) {
        const struct playbook_finding *finding = &reader->findings[i];
        if (text_is(finding->rule, rule) && text_is(finding->place, place)
            && text_is(finding->message, message))
            return true;
    }
    return false;
}

static void note(struct reader *reader, bool is_error, const char *rule, const char *place,
    const char *message, const char *hint)
{
    if (is_noted(reader, rule, place, message))
        return;
    reader->errors += is_error;
    if (reader->count >= FINDINGS_MAX)
        return;
    if (!reader->findings)
        reader->findings = ARENA_NEW(reader->arena, struct playbook_finding, FINDINGS_MAX);
    reader->findings[reader->count++] = (struct playbook_finding){
        .is_error = is_error, .rule = rule, .place = place, .message = message, .hint = hint};
}

static const char *place_text(struct reader *reader, const struct yaml *node)
{
    if (!node)
        return reader->file->name;
    return arena_format(reader->arena, "%s:%d:%d", node->file, node->line, node->column);
}

void reader_error(struct reader *reader, const char *rule, const struct yaml *node,
    const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = arena_vformat(reader->arena, format, args);
    va_end(args);
    note(reader, true, rule, place_text(reader, node), message, hint ? hint : "");
}

void reader_warn(struct reader *reader, const char *rule, const struct yaml *node, const char *hint,
    const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = arena_vformat(reader->arena, format, args);
    va_end(args);
    note(reader, false, rule, place_text(reader, node), message, hint ? hint : "");
}

void reader_why(struct reader *reader, const char *rule, const struct why *why)
{
    const char *place = why->place[0] ? why->place : reader->file->name;
    const char *hint = why->hint[0] ? why->hint : "docs/playbooks.md says what belongs here";
    note(reader, true, rule, arena_text(reader->arena, place),
        arena_text(reader->arena, why->message), arena_text(reader->arena, hint));
}

struct playbook_place place_of(const struct yaml *node)
{
    if (!node)
        return (struct playbook_place){0};
    return (struct playbook_place){.line = node->line, .column = node->column};
}

bool name_valid(const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > PLAYBOOK_NAME_MAX || text[0] < 'a' || text[0] > 'z')
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return true;
}

static const char *article(enum block block)
{
    return strchr("aeiou", block_name(block)[0]) ? "an" : "a";
}

/* Returns the key that is meant; NULL: nobody can tell. */
static const char *unknown_key(
    struct reader *reader, const struct yaml *child, enum block block, bool later)
{
    struct yaml at = *child;
    at.line = child->key_line;
    at.column = child->key_column;
    if (later) {
        reader_error(reader, "not_supported", &at,
            "Take it out; docs/playbooks.md lists what this version carries out.",
            "`%s` of %s %s is not supported by this version", child->key, article(block),
            block_name(block));
        return NULL;
    }
    size_t count = 0;
    const struct block_key *keys = block_keys(block, &count);
    const char *names[32];
    size_t name_count = 0;
    assert(count <= sizeof names / sizeof *names);
    for (size_t i = 0; i < count; i++) {
        if (!keys[i].later)
            names[name_count++] = keys[i].name;
    }
    const char *nearest = text_nearest(child->key, names, name_count);
    const char *hint = nearest ? arena_format(reader->arena, "Did you mean `%s`?", nearest)
                               : "Take it out; docs/playbooks.md lists the keys.";
    reader_error(reader, "unknown_key", &at, hint, "%s %s has no key `%s`", article(block),
        block_name(block), child->key);
    return nearest;
}

bool reader_block(struct reader *reader, const struct yaml *node, enum block block)
{
    if (!node)
        return false;
    if (node->kind != YAML_MAP) {
        reader_error(reader, "wrong_kind", node, "Write `key: value` lines below it.",
            "%s must be a map", block_name(block));
        return false;
    }
    size_t count = 0;
    const struct block_key *keys = block_keys(block, &count);
    bool later = false; /* of another kind: what it lacks for this one says nothing */
    const char *meant = NULL;
    for (const struct yaml *child = node->first; child; child = child->next) {
        const struct block_key *key = NULL;
        for (size_t i = 0; i < count && !key; i++) {
            if (text_is(keys[i].name, child->key))
                key = &keys[i];
        }
        const char *nearest =
            !key || key->later ? unknown_key(reader, child, block, key != NULL) : NULL;
        meant = nearest ? nearest : meant;
        later = later || (key && key->later);
    }
    for (size_t i = 0; i < count; i++) {
        if (!later && keys[i].required && !yaml_get(node, keys[i].name)
            && !text_is(keys[i].name, meant))
            reader_error(reader, "missing_key", node,
                arena_format(reader->arena, "Add `%s:`; docs/playbooks.md says what it takes.",
                    keys[i].name),
                "this %s lacks `%s`", block_name(block), keys[i].name);
    }
    return true;
}

/* The scalar under that key, or NULL when it is absent or (a finding) no scalar or blank. */
static const struct yaml *scalar_of(struct reader *reader, const struct yaml *map, const char *key)
{
    const struct yaml *node = yaml_get(map, key);
    if (!node)
        return NULL;
    if (node->kind != YAML_SCALAR || text_is_blank(node->scalar)) {
        reader_error(reader, "wrong_kind", node,
            arena_format(reader->arena, "Write `%s: ...` on one line.", key),
            "`%s` must be one value", key);
        return NULL;
    }
    return node;
}

const char *reader_text(struct reader *reader, const struct yaml *map, const char *key)
{
    const struct yaml *node = scalar_of(reader, map, key);
    return node ? node->scalar : NULL;
}

const char *reader_name(struct reader *reader, const struct yaml *map, const char *key)
{
    const struct yaml *node = scalar_of(reader, map, key);
    if (!node)
        return NULL;
    if (strchr(node->scalar, '{')) {
        reader_error(reader, "not_supported", node, "Write the name itself.",
            "`%s` names another name, which is not supported by this version", key);
        return NULL;
    }
    if (!name_valid(node->scalar)) {
        reader_error(reader, "bad_name", node,
            "Use lower-case letters, digits, - and _, at most 64.", "`%s` is not a name", key);
        return NULL;
    }
    return node->scalar;
}

int reader_int(
    struct reader *reader, const struct yaml *map, const char *key, int min, int max, int otherwise)
{
    const struct yaml *node = scalar_of(reader, map, key);
    if (!node)
        return otherwise;
    int64_t value = 0;
    struct why why = {0};
    if (yaml_int(node, min, max, &value, &why) != ERR_NONE) {
        reader_why(reader, "bad_number", &why);
        return otherwise;
    }
    return (int)value;
}

bool reader_bool(struct reader *reader, const struct yaml *map, const char *key, bool otherwise)
{
    const struct yaml *node = scalar_of(reader, map, key);
    bool value = otherwise;
    struct why why = {0};
    if (node && yaml_bool(node, &value, &why) != ERR_NONE) {
        reader_why(reader, "bad_flag", &why);
        return otherwise;
    }
    return value;
}

struct span reader_span(struct reader *reader, const struct yaml *map, const char *key)
{
    const struct yaml *node = scalar_of(reader, map, key);
    struct span span = {0};
    struct why why = {0};
    if (node && yaml_span(node, &span, &why) != ERR_NONE) {
        reader_why(reader, "bad_span", &why);
        return (struct span){0};
    }
    return span;
}

int64_t reader_wait_ms(
    struct reader *reader, const struct yaml *node, const char *text, int max_days)
{
    struct span span = {0};
    struct why why = {0};
    if (span_parse(text, &span, &why) != ERR_NONE) {
        reader_error(reader, "bad_span", node, "Write 15m, 48h, 2d or 1w.",
            "`%s` is not a length of time", text);
        return 0;
    }
    int64_t ms = span_ms(span);
    if (ms < 0 || ms > max_days * MS_PER_DAY) {
        reader_error(reader, "bad_span", node, "Write 15m, 48h, 2d or 1w.",
            "`%s` must be between 0 and %d days", text, max_days);
        return 0;
    }
    return ms;
}

double reader_percent(
    struct reader *reader, const struct yaml *map, const char *key, double max, double otherwise)
{
    const struct yaml *node = scalar_of(reader, map, key);
    if (!node)
        return otherwise;
    double value = 0;
    struct why why = {0};
    if (yaml_percent(node, &value, &why) != ERR_NONE) {
        reader_why(reader, "bad_percent", &why);
        return otherwise;
    }
    if (value < 0 || value > max) {
        reader_error(reader, "bad_percent", node, "Write it like 10%.",
            "`%s` must be between 0%% and %g%%", key, max);
        return otherwise;
    }
    return value;
}

const char *const *reader_names(
    struct reader *reader, const struct yaml *map, const char *key, size_t *ret_count)
{
    *ret_count = 0;
    const struct yaml *node = yaml_get(map, key);
    if (!node)
        return NULL;
    const struct yaml *first = node->kind == YAML_SEQUENCE ? node->first : node;
    size_t count = node->kind == YAML_SEQUENCE ? node->count : 1;
    const char **names = ARENA_NEW(reader->arena, const char *, count + 1);
    for (const struct yaml *child = first; child; child = child->next) {
        if (child->kind != YAML_SCALAR || !name_valid(child->scalar))
            reader_error(reader, "bad_name", child,
                "Use lower-case letters, digits, - and _, at most 64.", "`%s` must list names",
                key);
        else
            names[(*ret_count)++] = child->scalar;
        if (node->kind != YAML_SEQUENCE)
            break;
    }
    return names;
}

const struct audience_expr *reader_expression(
    struct reader *reader, const struct yaml *map, const char *key, enum expression_scope scope)
{
    const struct yaml *node = scalar_of(reader, map, key);
    if (!node)
        return NULL;
    struct expression_context context = {
        .scope = scope,
        .definitions = reader->home->definitions,
        .touches = reader->touch_ids,
        .touch_count = reader->touch_id_count,
        .playbooks = reader->peers,
        .playbook_count = reader->peer_count,
    };
    const struct audience_expr *expression = NULL;
    struct why why = {0};
    if (expression_parse(reader->arena, node, &context, &expression, &why) != ERR_NONE) {
        reader_why(reader, "bad_condition", &why);
        return NULL;
    }
    return expression;
}

int reader_choice(struct reader *reader, const struct yaml *map, const char *key,
    const char *const *names, size_t count, int otherwise)
{
    const struct yaml *node = scalar_of(reader, map, key);
    if (!node)
        return otherwise;
    struct buf all;
    buf_init(&all, reader->arena);
    for (size_t i = 0; i < count; i++) {
        if (text_is(node->scalar, names[i]))
            return (int)i;
        buf_format(&all, "%s%s", i ? ", " : "", names[i]);
    }
    const char *nearest = text_nearest(node->scalar, names, count);
    const char *hint = arena_format(reader->arena, "It can be: %s.%s%s%s", all.data,
        nearest ? " Did you mean `" : "", nearest ? nearest : "", nearest ? "`?" : "");
    reader_error(
        reader, "unknown_value", node, hint, "`%s` is not a value of `%s`", node->scalar, key);
    return otherwise;
}

size_t words_split(struct arena *arena, const char *text, const char **words, size_t max)
{
    size_t count = 0;
    const char *at = text;
    for (;;) {
        at += strspn(at, " \t\r\n");
        size_t len = strcspn(at, " \t\r\n");
        if (len == 0)
            return count;
        if (count == max)
            return max + 1;
        words[count++] = arena_text_n(arena, at, len);
        at += len;
    }
}
