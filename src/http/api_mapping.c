/* api_mapping.c: how exports were read once, kept for the next; the form that patients signed. */
#include <string.h>

#include "api_routes.h"
#include "base/text.h"
#include "engine/engine.h"
#include "http/api_file.h"
#include "source/source.h"

enum { NAME_BYTES_MAX = 60 };

static const char settings_file[] = "perennial.yaml", usual_form[] = "consent-form.txt";

/* ---- mappings ---- */

static bool is_name(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= NAME_BYTES_MAX && text[0] != '-'
        && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static const char *file_of(const struct api *api, const char *name)
{
    return arena_format(api->arena, "mappings/%s.yaml", name);
}

/* `headings: [...]` is a line of its own before what a person wrote. */
static const char *whole_text(struct api *api, const char *source, const json_t *headings)
{
    const char *list = json_text_of(api->arena, headings);
    size_t len = strlen(source);
    bool ends = len > 0 && source[len - 1] == '\n';
    return arena_format(api->arena, "headings: %s\n%s%s", list, source, ends ? "" : "\n");
}

static const char *own_text(const char *text)
{
    if (!text_starts(text, "headings: ["))
        return text; /* written by hand */
    const char *end = strchr(text, '\n');
    return end ? end + 1 : "";
}

static json_t *mapping_json(struct api *api, const char *name, const struct api_file *file)
{
    json_t *headings = json_array();
    struct yaml *root = NULL;
    if (yaml_parse(api->arena, file->name, file->text, strlen(file->text), &root, NULL) == ERR_NONE
        && yaml_get(root, "headings")) {
        for (const struct yaml *node = yaml_get(root, "headings")->first; node; node = node->next)
            json_array_append_new(headings, json_text(node->scalar));
    }
    return json_pack("{s:s, s:o, s:o, s:s}", "name", name, "headings", headings, "source",
        json_text(own_text(file->text)), "etag", file->etag);
}

static enum err read_one(
    struct api *api, const char *name, struct api_file *ret_file, struct why *why)
{
    if (!is_name(name))
        return why_set(why, ERR_NOT_FOUND, "there is no such mapping");
    enum err err = api_file_read(api, file_of(api, name), ret_file, why);
    return err == ERR_NOT_FOUND ? why_set(why, ERR_NOT_FOUND, "there is no such mapping") : err;
}

void api__list_mappings(struct api *api)
{
    struct why why = {0};
    const struct env_file *file = &api->desk->env->file;
    const char *folder = home_path(api->arena, api->desk->dir, "mappings");
    json_t *items = json_array();
    char **names = NULL;
    size_t count = 0;
    enum err err = ERR_NONE;
    if (file->exists(file->self, folder))
        err = file->list(file->self, api->arena, folder, ".yaml", &names, &count, &why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        struct api_file one;
        const char *name = arena_text_n(api->arena, names[i], strlen(names[i]) - strlen(".yaml"));
        if (!is_name(name))
            continue;
        err = read_one(api, name, &one, &why);
        if (err == ERR_NONE)
            json_array_append_new(items, mapping_json(api, name, &one));
    }
    api->etag = NULL;
    api_end(api, err, &why, 200, json_pack("{s:o}", "items", items));
}

void api__read_mapping(struct api *api)
{
    struct why why = {0};
    struct api_file file;
    enum err err = read_one(api, api->wild[0], &file, &why);
    api_end(api, err, &why, 200, err == ERR_NONE ? mapping_json(api, api->wild[0], &file) : NULL);
}

/* False: refused already. */
static bool check_mapping(struct api *api, const char *text)
{
    struct why why = {0};
    struct yaml *root = NULL;
    const char *source = api_text(api, "source");
    if (json_array_size(json_object_get(api->body, "headings")) == 0) {
        api_wrong(api, "headings", "A mapping is found by headings, and there are none",
            "Send those of the file's report");
        return false;
    }
    if (source_check_mapping(api->arena, "source", source, &api->desk->home->zones, &root, &why)
        == ERR_NONE) {
        if (!yaml_get(root, "headings"))
            return source_check_mapping(
                       api->arena, "mapping", text, &api->desk->home->zones, &root, &why)
                == ERR_NONE;
        (void)why_set(&why, ERR_INPUT, "the headings stand beside the mapping");
        why_hint(&why, "Leave `headings` out of it");
    }
    api_wrong(api, "source",
        arena_format(api->arena, "%s%s%s", why.place, why.place[0] ? ": " : "", why.message),
        arena_text(api->arena, why.hint));
    return false;
}

void api__write_mapping(struct api *api)
{
    struct why why = {0};
    struct api_file file;
    const char *name = api->wild[0];
    if (!is_name(name)) {
        api_refuse(api, 409, "name", "This is no name for a mapping",
            "Take small letters, digits and dashes, at most 60");
        return;
    }
    const char *text =
        whole_text(api, api_text(api, "source"), json_object_get(api->body, "headings"));
    if (!check_mapping(api, text))
        return;
    enum err err = read_one(api, name, &file, &why);
    bool there = err == ERR_NONE;
    if (there && !api->request->if_match) {
        api_refuse(api, 409, "name", "There is a mapping of this name already",
            "Choose another name, or replace it with If-Match");
        return;
    }
    if (there && !api_matches(api, file.etag))
        return;
    if (err == ERR_NOT_FOUND)
        err = ERR_NONE;
    why = (struct why){0};
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = there ? api_file_save(api, file_of(api, name), text, &why)
                    : api_file_create(api, file_of(api, name), text, &why);
    file = (struct api_file){file_of(api, name), text, api->etag};
    api_end(api, err, &why, 200, err == ERR_NONE ? mapping_json(api, name, &file) : NULL);
}

void api__drop_mapping(struct api *api)
{
    struct why why = {0};
    struct api_file file;
    enum err err = read_one(api, api->wild[0], &file, &why);
    if (err == ERR_NONE && !api_matches(api, file.etag))
        return;
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = api_file_drop(api, file.name, &why);
    api->etag = NULL;
    api_end(api, err, &why, 204, NULL);
}

/* ---- what patients signed ---- */

/* The text, and what names it: both are what somebody saw. */
static const char *form_etag(struct api *api, const char *text)
{
    return api_hash(api, text ? arena_format(api->arena, "form:%s", text) : "no form");
}

static enum err read_form(struct api *api, const char **ret_text, struct why *why)
{
    const char *name = api->practice->consent_form_name;
    struct api_file file = {0};
    enum err err = name ? api_file_read(api, name, &file, why) : ERR_NONE;
    *ret_text = file.text;
    if (err == ERR_NONE)
        api->etag = form_etag(api, file.text);
    return err;
}

static json_t *form_json(struct api *api, const char *text)
{
    return json_pack("{s:o, s:s}", "text", json_text(text), "etag", api->etag);
}

void api__read_consent_form(struct api *api)
{
    struct why why = {0};
    const char *text = NULL;
    enum err err = read_form(api, &text, &why);
    api_end(api, err, &why, 200, err == ERR_NONE ? form_json(api, text) : NULL);
}

/* The form's file is named by a line of the settings. */
static enum err name_form(struct api *api, const char *name, struct why *why)
{
    struct api_file file;
    struct home home;
    const char *quoted = name ? arena_format(api->arena, "\"%s\"", name) : NULL;
    enum err err = api_file_read(api, settings_file, &file, why);
    if (err != ERR_NONE)
        return err;
    const char *text = api__set_line(api->arena, file.text, "consent_form", quoted);
    if (strcmp(text, file.text) == 0)
        return ERR_NONE;
    err = api_file_try(api, settings_file, text, &home, why);
    return err == ERR_NONE ? api_file_save(api, settings_file, text, why) : err;
}

void api__write_consent_form(struct api *api)
{
    struct why why = {0};
    const char *was = NULL, *text = api_text(api, "text");
    const char *name = api->practice->consent_form_name;
    enum err err = read_form(api, &was, &why);
    if (err == ERR_NONE && !api_matches(api, api->etag))
        return;
    if (err == ERR_NONE && api__form_is_blank(api, "text"))
        return;
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE && text)
        err = api_file_save(api, name ? name : usual_form, text, &why);
    if (err == ERR_NONE && (!text || !name))
        err = name_form(api, text ? usual_form : NULL, &why);
    if (err == ERR_NONE)
        api->etag = form_etag(api, text);
    api_end(api, err, &why, 200, err == ERR_NONE ? form_json(api, text) : NULL);
}
