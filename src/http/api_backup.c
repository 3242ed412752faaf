/* api_backup.c: copies of the store, made while everybody works. */
#include <stdio.h>
#include <string.h>

#include "api_routes.h"
#include "audit/audit.h"
#include "base/text.h"

enum { BACKUPS_MAX = 60, FOLDER_MODE = 0700 };

#define FOLDER "backups"
#define ENDING ".db"

static bool is_file_store(const struct api *api)
{
    const char *store = api->practice->store;
    return !store || (!text_starts(store, "postgres") && !text_is(store, ":memory:"));
}

/* "perennial-20260302T161500Z.db": names sort by time. */
static const char *name_of(struct api *api)
{
    const char *text = instant_format_utc(api->arena, api->now);
    char digits[32];
    size_t used = 0;
    for (const char *at = text; *at && *at != '.' && used + 1 < sizeof(digits); at++) {
        if ((*at >= '0' && *at <= '9') || *at == 'T')
            digits[used++] = *at;
    }
    digits[used] = '\0';
    return arena_format(api->arena, "perennial-%sZ" ENDING, digits);
}

static json_t *backup_json(struct api *api, const char *name)
{
    const struct env_file *file = &api->desk->env->file;
    const char *path =
        home_path(api->arena, api->desk->dir, arena_format(api->arena, FOLDER "/%s", name));
    int64_t bytes = 0;
    if (file->size(file->self, path, &bytes, NULL) != ERR_NONE)
        bytes = 0;
    return json_pack("{s:o, s:o, s:I}", "name", json_text(name), "path", json_text(path), "bytes",
        (json_int_t)bytes);
}

static enum err list_names(struct api *api, char ***ret_names, size_t *ret_count, struct why *why)
{
    const struct env_file *file = &api->desk->env->file;
    const char *folder = home_path(api->arena, api->desk->dir, FOLDER);
    *ret_count = 0;
    if (!file->exists(file->self, folder))
        return ERR_NONE;
    return file->list(file->self, api->arena, folder, ENDING, ret_names, ret_count, why);
}

void api__list_backups(struct api *api)
{
    struct why why = {0};
    char **names = NULL;
    size_t count = 0;
    json_t *items = json_array();
    enum err err = list_names(api, &names, &count, &why);
    while (err == ERR_NONE && count > 0) /* the newest first */
        json_array_append_new(items, backup_json(api, names[--count]));
    api_end(
        api, err, &why, 200, json_pack("{s:o, s:b}", "items", items, "here", is_file_store(api)));
}

/* The store stays encrypted with the home's key, which is not in it. */
void api__make_backup(struct api *api)
{
    struct why why = {0};
    char **names = NULL;
    size_t count = 0;
    const struct env_file *file = &api->desk->env->file;
    if (!is_file_store(api)) {
        api_refuse(api, 409, "postgres", "This home's store is PostgreSQL", "Use pg_dump");
        return;
    }
    const char *name = name_of(api), *folder = home_path(api->arena, api->desk->dir, FOLDER);
    const char *path = arena_format(api->arena, "%s/%s", folder, name);
    enum err err = list_names(api, &names, &count, &why);
    if (err == ERR_NONE && count >= BACKUPS_MAX) {
        why_hint(&why, "Move the older ones elsewhere");
        err = why_set(&why, ERR_CONFLICT, "there are %d backups here already", BACKUPS_MAX);
    }
    if (err == ERR_NONE)
        err = file->make_folder(file->self, folder, FOLDER_MODE, &why);
    if (err == ERR_NONE)
        err = db_backup(api->db, path, &why);
    bool made = err == ERR_NONE;
    JSON_AUTO detail = json_pack("{s:s}", "file", name);
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = audit_write(&api->tx, "backup.made", NULL, name, detail, &why);
    api_end(api, err, &why, 201, err == ERR_NONE ? backup_json(api, name) : NULL);
    if (made && api->call->answer->status != 201) /* what the log does not tell is not there */
        (void)file->remove(file->self, path, &why);
}

/* The whole practice in one file: it does not leave through a browser. */
void api__read_backup(struct api *api)
{
    struct why why = {0};
    char **names = NULL;
    size_t count = 0;
    bool here = false;
    enum err err = list_names(api, &names, &count, &why);
    for (size_t i = 0; err == ERR_NONE && i < count; i++)
        here = here || text_is(names[i], api->wild[0]);
    if (err == ERR_NONE && !here)
        err = why_set(&why, ERR_NOT_FOUND, "there is no such backup");
    if (err != ERR_NONE) {
        api_end(api, err, &why, 0, NULL);
        return;
    }
    api_refuse(api, 403, "not_downloaded", "A backup is not handed out over the network",
        arena_format(api->arena, "Copy it from %s/" FOLDER "/%s on the machine itself",
            api->desk->dir, api->wild[0]));
}
