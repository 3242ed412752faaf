/* yaml.c: libfyaml's events into a tree. Events, not its documents: those resolve aliases, search a
 * map's keys one by one for doubles and recurse. Reading values is yaml_read.c. */
#include "base/yaml.h"

#include <assert.h>
#include <libfyaml.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"

enum { DEPTH_MAX = 64 };

struct frame { /* a map or a sequence that is not closed yet */
    struct yaml *node;
    struct yaml *last;
    struct map keys;
    const char *key; /* read, its value still to come */
    int key_line, key_column;
};

struct building {
    struct arena *arena;
    struct arena *scratch;
    const char *file;
    struct fy_parser *parser;
    struct fy_diag *diag;
    struct yaml *root;
    struct frame frames[DEPTH_MAX];
    size_t depth, nodes;
};

struct place { /* 1-based; line 0: nowhere in particular */
    int line, column;
};

/* libfyaml puts the mark of a quoted text behind its opening quote. */
static struct place place_of(struct fy_token *token)
{
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (!mark)
        return (struct place){0};
    enum fy_scalar_style style = fy_token_scalar_style(token);
    bool quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    return (struct place){mark->line + 1, mark->column + !quoted};
}

static enum err fail_at(const struct building *building, struct place place, struct why *reterr_why,
    const char *message)
{
    if (place.line)
        why_place(reterr_why, "%s:%d:%d", building->file, place.line, place.column);
    else
        why_place(reterr_why, "%s", building->file);
    return why_set(reterr_why, ERR_INPUT, "%s", message);
}

static enum err fail_parse(const struct building *building, struct why *reterr_why)
{
    void *cursor = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(building->diag, &cursor);
    if (!error)
        return fail_at(building, (struct place){0}, reterr_why, "this is not valid YAML");
    why_place(reterr_why, "%s:%d:%d", building->file, error->line, error->column);
    return why_set(reterr_why, ERR_INPUT, "this is not valid YAML: %s", error->msg);
}

/* The text of a scalar token in the arena; false when it holds a NUL, which no C text can. */
static bool token_text(struct arena *arena, struct fy_token *token, const char **ret_text)
{
    size_t len = 0;
    const char *text = token ? fy_token_get_text(token, &len) : NULL;
    if (text && memchr(text, '\0', len))
        return false;
    *ret_text = arena_text_n(arena, text ? text : "", text ? len : 0);
    return true;
}

static enum err take_key(
    struct building *building, struct frame *frame, struct fy_token *token, struct why *reterr_why)
{
    struct place place = place_of(token);
    const char *key;
    if (!token_text(building->arena, token, &key))
        return fail_at(building, place, reterr_why, "a key holds a NUL character");
    if (text_is(key, "<<"))
        return fail_at(building, place, reterr_why, "merge keys (<<) are not supported");
    if (!*key)
        return fail_at(building, place, reterr_why, "a key is empty");
    frame->key = key;
    frame->key_line = place.line ? place.line : frame->node->line;
    frame->key_column = place.line ? place.column : frame->node->column;
    if (!map_put(&frame->keys, key, frame->node)) {
        (void)fail_at(building, place, reterr_why, "this key appears twice in one map");
        why_hint(reterr_why, "Remove one of the two \"%s\"", key);
        return ERR_INPUT;
    }
    return ERR_NONE;
}

/* Hangs a new node where the parser stands. */
static enum err add_node(struct building *building, enum yaml_kind kind, struct fy_token *token,
    struct yaml **ret_node, struct why *reterr_why)
{
    struct frame *frame = building->depth ? &building->frames[building->depth - 1] : NULL;
    struct place place = place_of(token);
    if (++building->nodes > YAML_NODES_MAX)
        return fail_at(building, place, reterr_why, "the file has too many values");
    struct yaml *node = ARENA_NEW(building->arena, struct yaml, 1);
    node->kind = kind;
    node->file = building->file;
    node->line = place.line ? place.line : 1;
    node->column = place.line ? place.column : 1;
    if (!frame) {
        building->root = node;
    } else {
        node->key = frame->key;
        node->key_line = frame->key_line;
        node->key_column = frame->key_column;
        if (!place.line) { /* an empty value stands at its key */
            node->line = frame->key ? frame->key_line : frame->node->line;
            node->column = frame->key ? frame->key_column : frame->node->column;
        }
        *(frame->last ? &frame->last->next : &frame->node->first) = node;
        frame->last = node;
        frame->node->count++;
        frame->key = NULL;
    }
    *ret_node = node;
    return ERR_NONE;
}

static bool wants_key(const struct building *building)
{
    const struct frame *frame = building->depth ? &building->frames[building->depth - 1] : NULL;
    return frame && frame->node->kind == YAML_MAP && !frame->key;
}

static enum err take_scalar(
    struct building *building, struct fy_token *token, struct why *reterr_why)
{
    if (wants_key(building))
        return take_key(building, &building->frames[building->depth - 1], token, reterr_why);
    struct yaml *node;
    enum err err = add_node(building, YAML_SCALAR, token, &node, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!token_text(building->arena, token, &node->scalar))
        return fail_at(building, place_of(token), reterr_why, "a value holds a NUL character");
    enum fy_scalar_style style = fy_token_scalar_style(token);
    node->quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    return ERR_NONE;
}

static enum err open_frame(
    struct building *building, enum yaml_kind kind, struct fy_token *token, struct why *reterr_why)
{
    struct place place = place_of(token);
    if (wants_key(building))
        return fail_at(building, place, reterr_why, "a key must be plain text");
    if (building->depth == DEPTH_MAX)
        return fail_at(building, place, reterr_why, "the file is nested too deeply");
    struct yaml *node;
    enum err err = add_node(building, kind, token, &node, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct frame *frame = &building->frames[building->depth++];
    *frame = (struct frame){.node = node};
    map_init(&frame->keys, building->scratch);
    return ERR_NONE;
}

static enum err refuse_extras(const struct building *building, struct fy_token *anchor,
    struct fy_token *tag, struct why *reterr_why)
{
    if (anchor)
        return fail_at(building, place_of(anchor), reterr_why, "anchors (&name) are not supported");
    if (tag)
        return fail_at(building, place_of(tag), reterr_why, "tags (!name) are not supported");
    return ERR_NONE;
}

static enum err take_event(
    struct building *building, const struct fy_event *event, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (building->root)
            return fail_at(building, place_of(event->document_start.document_start), reterr_why,
                "the file holds more than one document");
        break;
    case FYET_ALIAS:
        return fail_at(building, place_of(event->alias.anchor), reterr_why,
            "aliases (*name) are not supported");
    case FYET_SCALAR:
        err = refuse_extras(building, event->scalar.anchor, event->scalar.tag, reterr_why);
        return err != ERR_NONE ? err : take_scalar(building, event->scalar.value, reterr_why);
    case FYET_MAPPING_START:
        err = refuse_extras(
            building, event->mapping_start.anchor, event->mapping_start.tag, reterr_why);
        return err != ERR_NONE
            ? err
            : open_frame(building, YAML_MAP, event->mapping_start.mapping_start, reterr_why);
    case FYET_SEQUENCE_START:
        err = refuse_extras(
            building, event->sequence_start.anchor, event->sequence_start.tag, reterr_why);
        return err != ERR_NONE
            ? err
            : open_frame(building, YAML_SEQUENCE, event->sequence_start.sequence_start, reterr_why);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        assert(building->depth > 0);
        building->depth--;
        break;
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_END: break;
    }
    return ERR_NONE;
}

static enum err take_events(struct building *building, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    bool ended = false;
    while (err == ERR_NONE && !ended) {
        struct fy_event *event = fy_parser_parse(building->parser);
        if (!event)
            break;
        ended = event->type == FYET_STREAM_END;
        err = take_event(building, event, reterr_why);
        fy_parser_event_free(building->parser, event);
    }
    if (err == ERR_NONE && (!ended || fy_parser_get_stream_error(building->parser)))
        return fail_parse(building, reterr_why);
    return err;
}

static enum err refuse_text(const char *file, const char *text, size_t len, struct why *reterr_why)
{
    why_place(reterr_why, "%s", file);
    if (len > YAML_BYTES_MAX)
        return why_set(reterr_why, ERR_LIMIT, "the file is larger than %d bytes", YAML_BYTES_MAX);
    if (!utf8_valid_n(text, len)) {
        why_hint(reterr_why, "Save it as UTF-8");
        return why_set(reterr_why, ERR_INPUT, "the file is not UTF-8 text");
    }
    return why_set(reterr_why, ERR_INPUT, "the file holds a NUL character");
}

enum err yaml_parse(struct arena *arena, const char *file, const char *text, size_t len,
    struct yaml **ret_root, struct why *reterr_why)
{
    if (len > YAML_BYTES_MAX || !utf8_valid_n(text, len) || memchr(text, '\0', len))
        return refuse_text(file, text, len, reterr_why);
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct fy_diag_cfg diag_settings;
    fy_diag_cfg_default(&diag_settings);
    diag_settings.fp = NULL;
    diag_settings.colorize = false;
    diag_settings.level = FYET_ERROR;
    struct building *building = ARENA_NEW(&scratch, struct building, 1);
    building->arena = arena;
    building->scratch = &scratch;
    building->file = arena_text(arena, file);
    building->diag = fy_diag_create(&diag_settings);
    fy_diag_set_collect_errors(building->diag, true);
    const struct fy_parse_cfg settings = {.flags = FYPCF_COLLECT_DIAG, .diag = building->diag};
    building->parser = fy_parser_create(&settings);
    /* libfyaml looks a little past the length it is given: a copy, with blanks behind it. */
    char *copy = arena_alloc(&scratch, len + 16);
    if (len)
        memcpy(copy, text, len);
    enum err err = ERR_NONE;
    if (!building->parser || fy_parser_set_string(building->parser, copy, len) != 0)
        err = why_set(reterr_why, ERR_IO, "the YAML library has no memory left");
    if (err == ERR_NONE)
        err = take_events(building, reterr_why);
    if (err == ERR_NONE && !building->root)
        err = fail_at(building, (struct place){0}, reterr_why, "the file is empty");
    if (err == ERR_INPUT)
        why_hint(reterr_why,
            "One `key: value` a line, what belongs to it below and further in by blanks alone; a "
            "text with : # { [ %% * or quotes in it stands in quotes");
    fy_parser_destroy(building->parser);
    fy_diag_destroy(building->diag);
    if (err == ERR_NONE)
        *ret_root = building->root;
    return err;
}
