/* saved.c: mappings that somebody chose once, found again by the headings they were chosen for. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "source/source_int.h"

enum err source_read_saved(struct arena *arena, const struct env_file *file, const char *folder,
    const struct source_saved **ret_saved, size_t *ret_count, struct why *reterr_why)
{
    char **names = NULL;
    size_t count = 0, len;
    *ret_saved = NULL;
    *ret_count = 0;
    if (!file->exists(file->self, folder))
        return ERR_NONE;
    enum err err = file->list(file->self, arena, folder, ".yaml", &names, &count, reterr_why);
    if (err != ERR_NONE)
        return err;
    count = count < SOURCE_SAVED_MAX ? count : SOURCE_SAVED_MAX;
    struct source_saved *saved = ARENA_NEW(arena, struct source_saved, count + 1);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        char *text;
        struct yaml *map = NULL;
        const char *path = arena_format(arena, "%s/%s", folder, names[i]);
        err = file->read(file->self, arena, path, YAML_BYTES_MAX, &text, &len, reterr_why);
        if (err == ERR_NONE)
            err = yaml_parse(
                arena, arena_format(arena, "mappings/%s", names[i]), text, len, &map, reterr_why);
        saved[i] = (struct source_saved){
            arena_text_n(arena, names[i], strlen(names[i]) - strlen(".yaml")), map};
    }
    if (err != ERR_NONE)
        return err;
    *ret_saved = saved;
    *ret_count = count;
    return ERR_NONE;
}

enum err source_check_mapping(struct arena *request, const char *name, const char *text,
    struct zones *zones, struct yaml **ret_map, struct why *reterr_why)
{
    struct mapping mapping;
    enum err err = yaml_parse(request, name, text, strlen(text), ret_map, reterr_why);
    return err == ERR_NONE ? mapping_read(request, *ret_map, zones, &mapping, reterr_why) : err;
}

static int by_bytes(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

size_t saved_shape(const char **keys, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (*keys[i])
            keys[used++] = keys[i];
    }
    if (used > 1)
        qsort(keys, used, sizeof(*keys), by_bytes);
    return used;
}

struct saved_mapping *saved_find(
    const struct source_import *import, const char *const *shape, size_t count)
{
    for (size_t i = 0; i < import->options.saved_count && count > 0; i++) {
        struct saved_mapping *saved = &import->saved[i];
        bool same = saved->key_count == count;
        for (size_t j = 0; j < count && same; j++)
            same = strcmp(saved->keys[j], shape[j]) == 0;
        if (same)
            return saved;
    }
    return NULL;
}

static enum err read_headings(struct arena *request, const struct source_saved *from,
    struct saved_mapping *saved, struct why *reterr_why)
{
    const struct yaml *headings = yaml_get(from->map, "headings");
    if (!headings || headings->kind != YAML_SEQUENCE)
        return yaml_error(headings ? headings : from->map, reterr_why,
            "a saved mapping lists the headings that it is for: `headings: [Cell, ...]`");
    size_t count = 0;
    for (const struct yaml *node = headings->first; node; node = node->next)
        count++;
    saved->keys = ARENA_NEW(request, const char *, count + 1);
    for (const struct yaml *node = headings->first; node; node = node->next) {
        if (node->kind != YAML_SCALAR)
            return yaml_error(node, reterr_why, "a heading is a text");
        saved->keys[saved->key_count++] = text_key(request, node->scalar);
    }
    saved->key_count = saved_shape(saved->keys, saved->key_count);
    return ERR_NONE;
}

enum err saved_read(struct source_import *import, struct why *reterr_why)
{
    const struct source_options *options = &import->options;
    if (options->saved_count == 0)
        return ERR_NONE;
    struct saved_mapping *list =
        ARENA_NEW(import->request, struct saved_mapping, options->saved_count);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < options->saved_count && err == ERR_NONE; i++) {
        list[i].name = options->saved[i].name;
        err = mapping_read(
            import->request, options->saved[i].map, options->zones, &list[i].mapping, reterr_why);
        if (err == ERR_NONE)
            err = read_headings(import->request, &options->saved[i], &list[i], reterr_why);
    }
    if (err == ERR_NONE)
        import->saved = list;
    return err;
}

json_t *source_headings_json(const struct source_import *import, size_t file)
{
    const struct file_plan *plan = &import->files[file];
    json_t *list = json_array();
    for (size_t i = 0; i < plan->heading_count; i++) {
        if (*plan->headings[i].text)
            json_array_append_new(list, json_text(plan->headings[i].text));
    }
    return list;
}
