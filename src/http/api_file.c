/* api_file.c: see api_file.h. */
#include "http/api_file.h"

#include <string.h>

#include "audit/audit.h"
#include "base/text.h"

enum { FILE_BYTES_MAX = 1 << 20, MODE_FILE = 0644, MODE_PRIVATE = 0600 };

/* ---- the files of the home, but for one ---- */

struct overlay {
    const struct env_file *inner;
    const char *path, *text;
};

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
    return text_is(path, overlay->path) || overlay->inner->exists(overlay->inner->self, path);
}

static enum err overlay_list(void *self, struct arena *arena, const char *path, const char *suffix,
    char ***ret_names, size_t *ret_count, struct why *reterr_why)
{
    const struct overlay *overlay = self;
    return overlay->inner->list(
        overlay->inner->self, arena, path, suffix, ret_names, ret_count, reterr_why);
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
    *env = *api->desk->env;
    env->file = (struct env_file){
        .self = overlay, .read = overlay_read, .exists = overlay_exists, .list = overlay_list};
    return home_load(api->arena, env, api->desk->dir, ret_home, why);
}

enum err api_file_save(struct api *api, const char *name, const char *text, struct why *why)
{
    const struct env_file *file = &api->desk->env->file;
    JSON_AUTO detail = json_pack("{s:s, s:s}", "file", name, "hash", api_hash(api, text));
    enum err err = audit_write(&api->tx, "file.changed", NULL, name, detail, why);
    if (err == ERR_NONE)
        err = file->write(file->self, home_path(api->arena, api->desk->dir, name), text,
            strlen(text), text_is(name, "perennial.yaml") ? MODE_PRIVATE : MODE_FILE, why);
    if (err != ERR_NONE)
        return err;
    api->etag = api_hash(api, text);
    api->call->answer->reload = true;
    return ERR_NONE;
}
