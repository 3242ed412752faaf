/* api_import.c: exports come in: uploaded, looked at, taken. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api_routes.h"
#include "base/hash.h"
#include "base/text.h"
#include "engine/engine.h"
#include "http_sql.h"
#include "source/source.h"

enum {
    FILES_MAX = 20,
    NAME_BYTES_MAX = 120,
    ID_BYTES = 36,
    ISSUES_SHOWN_MAX = 200,
    UPLOAD_AGE_MS_MAX = 24 * 3600 * 1000,
    MODE_PRIVATE = 0600,
    MODE_FOLDER = 0700,
};

static const char *folder_of(struct api *api, const char *file_id)
{
    return home_path(api->arena, api->desk->dir,
        file_id ? arena_format(api->arena, "data/uploads/%s", file_id) : "data/uploads");
}

/* The name without folders, and without what a file system or a terminal could stumble over. */
static const char *plain_name(struct api *api, const char *name)
{
    const char *slash = strrchr(name, '/'), *back = strrchr(name, '\\');
    const char *base = slash ? slash + 1 : name;
    if (back && back >= base)
        base = back + 1;
    struct buf out;
    buf_init(&out, api->arena);
    for (; *base && out.len < NAME_BYTES_MAX; base++)
        buf_add_char(&out, (unsigned char)*base < 0x20 || *base == 0x7F ? '_' : *base);
    while (out.len > 0 && !utf8_valid_n(out.data, out.len))
        out.data[--out.len] = '\0';
    bool dots = out.len == 0 || out.data[0] == '.';
    return dots ? arena_format(api->arena, "export%s", out.data) : out.data;
}

static bool is_id(const char *text)
{
    return strlen(text) == ID_BYTES && strspn(text, "0123456789abcdef-") == ID_BYTES;
}

/* A UUIDv7 begins with its moment. */
static int64_t made_ms(struct arena *arena, const char *id)
{
    unsigned char bytes[6];
    const char *hex = arena_format(arena, "%.8s%.4s", id, id + 9);
    if (!hash_hex_decode(hex, bytes, sizeof(bytes)))
        return 0;
    int64_t ms = 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        ms = ms << 8 | bytes[i];
    return ms;
}

static enum err remove_upload(struct api *api, const char *file_id, struct why *why)
{
    const struct env_file *file = &api->desk->env->file;
    const char *folder = folder_of(api, file_id);
    char **names = NULL;
    size_t count = 0;
    enum err err = file->list(file->self, api->arena, folder, "", &names, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        err = file->remove(file->self, arena_format(api->arena, "%s/%s", folder, names[i]), why);
    return err;
}

/* What nobody has taken in within a day goes: it is patients' data outside the store. */
static enum err remove_old(struct api *api, struct why *why)
{
    const struct env_file *file = &api->desk->env->file;
    char **names = NULL;
    size_t count = 0;
    enum err err =
        file->list(file->self, api->arena, folder_of(api, NULL), "", &names, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (is_id(names[i]) && api->now.ms - made_ms(api->arena, names[i]) > UPLOAD_AGE_MS_MAX)
            err = remove_upload(api, names[i], why);
    }
    return err;
}

void api__upload_file(struct api *api)
{
    struct why why = {0};
    const struct env_file *file = &api->desk->env->file;
    const char *name = plain_name(api, api_text(api, "name"));
    struct id id = ids_next(&api->desk->engine->ids, api->now);
    const char *folder = folder_of(api, id.text);
    enum err err = file->make_folder(file->self, folder, MODE_FOLDER, &why);
    if (err == ERR_NONE)
        err = remove_old(api, &why);
    if (err == ERR_NONE)
        err = file->write(file->self, arena_format(api->arena, "%s/%s", folder, name),
            api->request->body, api->request->body_len, MODE_PRIVATE, &why);
    api_end(api, err, &why, 201,
        json_pack("{s:s, s:o, s:I}", "file_id", id.text, "name", json_text(name), "bytes",
            (json_int_t)api->request->body_len));
}

/* ---- how far it is ---- */

/* False: another import is under way. Each holds the store for writing until it ends. */
static bool begin_import(struct api *api)
{
    struct http_importing *importing = &api->desk->counts->importing;
    pthread_mutex_lock(&importing->lock);
    bool free = !importing->running;
    if (free) {
        importing->running = api->imports = true;
        importing->dry_run = api_bool(api, "dry_run");
        importing->since = api->now;
        importing->began = api->desk->env->clock.now(api->desk->env->clock.self);
        importing->step = source_step_name(SOURCE_READING);
        importing->file[0] = '\0';
        importing->done = importing->all = 0;
    }
    pthread_mutex_unlock(&importing->lock);
    return free;
}

static void end_import(struct api *api)
{
    struct http_importing *importing = &api->desk->counts->importing;
    pthread_mutex_lock(&importing->lock);
    importing->running = false;
    pthread_mutex_unlock(&importing->lock);
}

static void note_step(
    struct http_importing *importing, const char *path, const char *step, int64_t done, int64_t all)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t len = strlen(name);
    assert(len < sizeof(importing->file)); /* plain_name has cut it */
    pthread_mutex_lock(&importing->lock);
    memcpy(importing->file, name, len + 1);
    importing->step = step;
    importing->done = done;
    importing->all = all;
    pthread_mutex_unlock(&importing->lock);
}

static void show_progress(
    void *context, const char *path, enum source_step step, int64_t done, int64_t all)
{
    note_step(context, path, source_step_name(step), done, all);
}

void api__watch_import(struct api *api)
{
    struct why why = {0};
    struct http_importing *importing = &api->desk->counts->importing;
    pthread_mutex_lock(&importing->lock);
    json_t *running = importing->running
        ? json_pack("{s:o, s:s, s:I, s:I, s:b, s:o}", "file", json_text(importing->file), "step",
            importing->step, "done", (json_int_t)importing->done, "all", (json_int_t)importing->all,
            "dry_run", importing->dry_run, "since", api_json_time(api, importing->since))
        : json_null();
    pthread_mutex_unlock(&importing->lock);
    api_end(api, ERR_NONE, &why, 200, json_pack("{s:o}", "running", running));
}

/* ---- taking in ---- */

static enum err find_paths(struct api *api, const char **paths, size_t *ret_count, struct why *why)
{
    const struct env_file *file = &api->desk->env->file;
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(json_object_get(api->body, "file_ids"), i, one)
    {
        const char *id = json_string_value(one), *folder = folder_of(api, id);
        char **names = NULL;
        size_t count = 0;
        if (!is_id(id) || *ret_count == FILES_MAX || !file->exists(file->self, folder)
            || file->list(file->self, api->arena, folder, "", &names, &count, NULL) != ERR_NONE
            || count != 1) {
            why_hint(why, "Upload it again");
            return why_set(why, ERR_NOT_FOUND, "there is no such uploaded file");
        }
        paths[(*ret_count)++] = arena_format(api->arena, "%s/%s", folder, names[0]);
    }
    return *ret_count > 0 ? ERR_NONE : why_set(why, ERR_INPUT, "an import needs a file");
}

static void cut(json_t *file, const char *name)
{
    json_t *list = json_object_get(file, name);
    size_t count = json_array_size(list);
    char total[32];
    (void)snprintf(total, sizeof(total), "%s_total", name);
    json_object_set_new(file, total, json_integer((json_int_t)count));
    while (json_array_size(list) > ISSUES_SHOWN_MAX)
        json_array_remove(list, json_array_size(list) - 1);
}

/* How often each code, over all rows and not only those that are listed. */
static json_t *codes_json(const struct source_issues *issues)
{
    int64_t counts[SOURCE_CODE_MAX] = {0};
    for (size_t i = 0; i < issues->count; i++)
        counts[issues->list[i].code]++;
    json_t *codes = json_array();
    for (int code = 0; code < SOURCE_CODE_MAX; code++) {
        if (counts[code])
            json_array_append_new(codes,
                json_pack("{s:s, s:I}", "code", source_code_name((enum source_code)code), "count",
                    (json_int_t)counts[code]));
    }
    return codes;
}

static json_t *report_json(const struct source_import *import, bool dry_run, bool refused)
{
    json_t *json = source_report_json(source_report(import));
    size_t i = 0;
    json_t *file = NULL;
    json_array_foreach(json_object_get(json, "files"), i, file)
    {
        cut(file, "rejected");
        cut(file, "warnings");
        const struct source_file_report *report = &source_report(import)->files[i];
        json_object_set_new(file, "rejected_codes", codes_json(&report->rejected));
        json_object_set_new(file, "warnings_codes", codes_json(&report->warnings));
        json_object_set_new(file, "mapping", source_mapping_json(import, i));
        json_object_set_new(file, "headings", source_headings_json(import, i));
        if (!json_object_get(file, "saved_mapping"))
            json_object_set_new(file, "saved_mapping", json_null());
        if (!json_object_get(file, "refused")) {
            json_object_set_new(file, "refused", json_null());
            json_object_set_new(file, "remedy", json_null());
        }
    }
    json_object_set_new(json, "dry_run", json_boolean(dry_run));
    json_object_set_new(json, "refused", json_boolean(refused));
    return json;
}

static enum err read_map(struct api *api, struct yaml **ret_map, struct why *why)
{
    const char *text = api_text(api, "map");
    *ret_map = NULL;
    return text && !text_is_blank(text)
        ? yaml_parse(api->arena, "map", text, strlen(text), ret_map, why)
        : ERR_NONE;
}

/* Everything in the one transaction of the call; the planner's figures after it. */
static enum err load(struct api *api, struct source_import *import, struct why *why)
{
    enum err err = api_begin(api, why);
    if (err == ERR_NONE)
        err = source_load(import, &api->tx, why);
    note_step(&api->desk->counts->importing, "", "keeping", 0, 0);
    if (err == ERR_NONE)
        err = engine_after_import(api->desk->engine, &api->tx, why);
    return err == ERR_NONE ? source_close(import, why) : err;
}

/* The answer is kept, of a dry run too: whoever lost it on the way asks again with the same key. */
static void finish(struct api *api, struct source_import *import, bool dry_run)
{
    struct why why = {0};
    json_t *json = report_json(import, dry_run, false);
    if (dry_run) {
        db_rollback(&api->tx);
        if (api_begin(api, &why) != ERR_NONE)
            why = (struct why){0};
    }
    api_end(api, ERR_NONE, &why, 200, json);
    if (dry_run || api->call->answer->status != 200)
        return;
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(json_object_get(api->body, "file_ids"), i, one)
    {
        if (remove_upload(api, json_string_value(one), &why) != ERR_NONE)
            break; /* goes with the day */
    }
    if (db_analyze(api->db, &why) != ERR_NONE)
        api->call->answer->event = NULL; /* older figures do no harm */
    api->call->answer->wake = true;
}

static void import_files(struct api *api)
{
    struct why why = {0};
    const char *paths[FILES_MAX];
    size_t count = 0;
    struct yaml *map = NULL;
    struct source_import *import = NULL;
    const struct source_saved *saved = NULL;
    size_t saved_count = 0;
    const struct home *home = api->desk->home;
    struct service_clocks clocks = definitions_clocks(api->arena, home->definitions);
    enum err err = find_paths(api, paths, &count, &why);
    if (err == ERR_NONE)
        err = read_map(api, &map, &why);
    if (err == ERR_NONE && !map)
        err = source_read_saved(api->arena, &api->desk->env->file,
            home_path(api->arena, api->desk->dir, "mappings"), &saved, &saved_count, &why);
    const struct source_options options = {.file = &api->desk->env->file,
        .paths = paths,
        .path_count = count,
        .as_kind = api_text(api, "as"),
        .map = map,
        .saved = saved,
        .saved_count = saved_count,
        .practice = api->practice,
        .clocks = &clocks,
        .zones = &api->desk->home->zones,
        .address_key = home->address_key,
        .progress = show_progress,
        .progress_context = &api->desk->counts->importing};
    if (err == ERR_NONE)
        err = source_check(api->arena, &options, api->now, &import, &why);
    if (err == ERR_INPUT && import) { /* the report says of each file what is wrong */
        struct why none = {0};
        api_end(api, ERR_NONE, &none, 200, report_json(import, api_bool(api, "dry_run"), true));
        return;
    }
    if (err == ERR_NONE)
        err = load(api, import, &why);
    if (err == ERR_NONE)
        finish(api, import, api_bool(api, "dry_run"));
    else
        api_end(api, err, &why, 0, NULL);
}

void api__import_files(struct api *api)
{
    if (!begin_import(api)) {
        api_refuse(api, 409, "importing", "Another import is under way",
            "Wait until it is done, then try again");
        return;
    }
    import_files(api);
    end_import(api);
}

/* ---- what came in ---- */

void api__list_imports(struct api *api)
{
    struct why why = {0};
    const char *after[2], *last[2] = {NULL, NULL};
    size_t limit = api_limit(api), count = 0;
    int64_t before_ms = INT64_MAX;
    bool more = false;
    if (!api_cursor(api, after, 2))
        return;
    if (after[0])
        (void)text_to_int(after[0], 0, INT64_MAX, &before_ms);
    json_t *items = json_array();
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_imports,
        DB_ARGS(db_int("practice_id", api->practice_id), db_int("before_ms", before_ms),
            db_text("before_id", after[1] ? after[1] : ""), db_int("limit", (int64_t)limit + 1)),
        &rows, &why);
    while (err == ERR_NONE && db_next(rows)) {
        more = count++ == limit;
        if (more)
            break;
        json_array_append_new(items,
            api_row(api, rows,
                API_COLUMNS({"import_id", COLUMN_TEXT}, {"at", COLUMN_TIME}, {"file", COLUMN_TEXT},
                    {"kind", COLUMN_TEXT}, {"rows_read", COLUMN_INT}, {"created", COLUMN_INT},
                    {"updated", COLUMN_INT}, {"unchanged", COLUMN_INT}, {"rejected", COLUMN_INT},
                    {"warnings", COLUMN_INT}, {"seen_again_at", COLUMN_TIME})));
        last[0] = arena_format(api->arena, "%" PRId64, db_col_int(rows, 1));
        last[1] = db_col_copy(api->arena, rows, 0);
    }
    db_rows_drop(&rows);
    api_end(api, err, &why, 200,
        json_pack(
            "{s:o, s:o}", "items", items, "next", json_text(more ? api_next(api, last, 2) : NULL)));
}

void api__list_import_kinds(struct api *api)
{
    struct why why = {0};
    json_t *kinds = json_array(), *fields = json_array();
    for (const char *const *kind = source_kinds(); *kind; kind++)
        json_array_append_new(kinds, json_string(*kind));
    for (int i = 0; i < FIELD_MAX; i++)
        json_array_append_new(fields, json_text(field_fact((enum record_field)i)->name));
    api_end(api, ERR_NONE, &why, 200, json_pack("{s:o, s:o}", "kinds", kinds, "fields", fields));
}
