/* api_file.c: see api_file.h. */
#include "http/api_file.h"

#include <string.h>

#include "audit/audit.h"
#include "base/text.h"

enum { FILE_BYTES_MAX = 1 << 20, MODE_FILE = 0644, MODE_PRIVATE = 0600, MODE_FOLDER = 0700 };

/* ---- the files of the home, but for one ---- */

struct overlay {
    const struct env_file *inner;
    const char *path, *text; /* text NULL: as if it were not there */
    const char *folder, *base, *above,
        *folder_base; /* of the path: "a/b/c" is "a/b", "c", "a", "b" */
};

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return arena_text_n(arena, path, slash ? (size_t)(slash - path) : 0);
}

static enum err overlay_read(void *self, struct arena *arena, const char *path, size_t bytes_max,
    char **ret_bytes, size_t *ret_len, struct why *reterr_why)
{
    const struct overlay *overlay = self;
    if (!text_is(path, overlay->path))
        return overlay->inner->read(
            overlay->inner->self, arena, path, bytes_max, ret_bytes, ret_len, reterr_why);
    *ret_bytes = arena_text(arena, overlay->text);
    *ret_len = strlen(overlay->text);
    return ERR_NONE;
}

static bool overlay_exists(void *self, const char *path)
{
    const struct overlay *overlay = self;
    if (text_is(path, overlay->path))
        return overlay->text != NULL;
    return overlay->inner->exists(overlay->inner->self, path);
}

/* `name` is in the list, or is not; the order stays. */
static void list_with(
    struct arena *arena, char ***names, size_t *count, const char *name, bool wanted)
{
    size_t at = 0;
    while (at < *count && strcmp((*names)[at], name) < 0)
        at++;
    bool there = at < *count && text_is((*names)[at], name);
    if (there == wanted)
        return;
    char **list = ARENA_NEW(arena, char *, *count + 1);
    size_t used = 0;
    for (size_t i = 0; i <= *count; i++) {
        if (i == at && wanted)
            list[used++] = arena_text(arena, name);
        if (i < *count && !(i == at && there))
            list[used++] = (*names)[i];
    }
    *names = list;
    *count = used;
}

static enum err overlay_list(void *self, struct arena *arena, const char *path, const char *suffix,
    char ***ret_names, size_t *ret_count, struct why *reterr_why)
{
    const struct overlay *overlay = self;
    const struct env_file *inner = overlay->inner;
    bool here = text_is(path, overlay->folder);
    enum err err = ERR_NONE;
    *ret_count = 0;
    if (!here || !overlay->text || inner->exists(inner->self, path))
        err = inner->list(inner->self, arena, path, suffix, ret_names, ret_count, reterr_why);
    if (err == ERR_NONE && here && text_ends(overlay->base, suffix))
        list_with(arena, ret_names, ret_count, overlay->base, overlay->text != NULL);
    if (err == ERR_NONE && overlay->text && text_is(path, overlay->above) && !*suffix)
        list_with(arena, ret_names, ret_count, overlay->folder_base, true);
    return err;
}

enum err api_file_read(
    struct api *api, const char *name, struct api_file *ret_file, struct why *why)
{
    const struct env_file *file = &api->desk->env->file;
    const char *path = home_path(api->arena, api->desk->dir, name);
    char *text = NULL;
    size_t len;
    if (!file->exists(file->self, path))
        return why_set(why, ERR_NOT_FOUND, "there is no such file in the home");
    enum err err = file->read(file->self, api->arena, path, FILE_BYTES_MAX, &text, &len, why);
    if (err != ERR_NONE)
        return err;
    *ret_file = (struct api_file){name, text, api_hash(api, text)};
    api->etag = ret_file->etag;
    return ERR_NONE;
}

enum err api_file_try(
    struct api *api, const char *name, const char *text, struct home *ret_home, struct why *why)
{
    struct env *env = ARENA_NEW(api->arena, struct env, 1);
    struct overlay *overlay = ARENA_NEW(api->arena, struct overlay, 1);
    *overlay = (struct overlay){.inner = &api->desk->env->file,
        .path = home_path(api->arena, api->desk->dir, name),
        .text = text};
    overlay->folder = folder_of(api->arena, overlay->path);
    overlay->above = folder_of(api->arena, overlay->folder);
    overlay->base = overlay->path + strlen(overlay->folder) + 1;
    overlay->folder_base = overlay->folder + strlen(overlay->above) + 1;
    *env = *api->desk->env;
    env->file = (struct env_file){
        .self = overlay, .read = overlay_read, .exists = overlay_exists, .list = overlay_list};
    return home_load(api->arena, env, api->desk->dir, ret_home, why);
}

static enum err note_file(
    struct api *api, const char *name, const char *text, const char *change, struct why *why)
{
    JSON_AUTO detail = json_pack("{s:s, s:o, s:s}", "file", name, "hash",
        json_text(text ? api_hash(api, text) : NULL), "change", change);
    return audit_write(&api->tx, "file.changed", NULL, name, detail, why);
}

static enum err put(
    struct api *api, const char *name, const char *text, const char *change, struct why *why)
{
    const struct env_file *file = &api->desk->env->file;
    enum err err = note_file(api, name, text, change, why);
    if (err == ERR_NONE)
        err = file->write(file->self, home_path(api->arena, api->desk->dir, name), text,
            strlen(text), text_is(name, "perennial.yaml") ? MODE_PRIVATE : MODE_FILE, why);
    if (err != ERR_NONE)
        return err;
    api->etag = api_hash(api, text);
    api->call->answer->reload = true;
    return ERR_NONE;
}

enum err api_file_save(struct api *api, const char *name, const char *text, struct why *why)
{
    return put(api, name, text, "saved", why);
}

enum err api_file_create(struct api *api, const char *name, const char *text, struct why *why)
{
    const struct env_file *file = &api->desk->env->file;
    const char *path = home_path(api->arena, api->desk->dir, name);
    if (file->exists(file->self, path)) {
        why_hint(why, "Choose another name, or edit the one that is there");
        return why_set(why, ERR_CONFLICT, "there is a file of this name already");
    }
    enum err err = file->make_folder(file->self, folder_of(api->arena, path), MODE_FOLDER, why);
    return err == ERR_NONE ? put(api, name, text, "made", why) : err;
}

enum err api_file_drop(struct api *api, const char *name, struct why *why)
{
    const struct env_file *file = &api->desk->env->file;
    enum err err = note_file(api, name, NULL, "dropped", why);
    if (err == ERR_NONE)
        err = file->remove(file->self, home_path(api->arena, api->desk->dir, name), why);
    if (err == ERR_NONE)
        api->call->answer->reload = true;
    return err;
}
