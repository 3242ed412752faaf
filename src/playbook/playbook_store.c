/* playbook_store.c: what runs: versions as they were applied, and the state of each playbook. */
#include "playbook/playbook_int.h"

#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/map.h"
#include "base/text.h"
#include "playbook_sql.h"

static const char *const run_names[PLAYBOOK_RUN_MAX] = {
    [PLAYBOOK_PAUSED] = "paused", [PLAYBOOK_PILOT] = "pilot", [PLAYBOOK_ACTIVE] = "active"};

const char *playbook_run_name(enum playbook_run run)
{
    assert(run < PLAYBOOK_RUN_MAX);
    return run_names[run];
}

static enum err audit_state(
    struct tx *tx, const char *action, const char *playbook, json_t *detail, struct why *reterr_why)
{
    JSON_AUTO owned = detail;
    return audit_write(tx, action, NULL, playbook, owned, reterr_why);
}

/* The texts of templates and borrowed playbooks, by name. */
static enum err files_json(struct arena *arena, const struct playbook_home *home,
    const struct playbook *playbook, const char **ret_json, struct why *reterr_why)
{
    JSON_AUTO all = json_object();
    JSON_AUTO templates = json_object();
    JSON_AUTO used = json_object();
    size_t name_count = 0;
    const char *const *names = template_names(arena, playbook, &name_count);
    const struct template_file *files = NULL;
    size_t count = 0;
    if (home->templates && name_count > 0) {
        enum err err = template_files_of(
            arena, home->templates, names, name_count, &files, &count, reterr_why);
        if (err != ERR_NONE)
            return err;
    }
    for (size_t i = 0; i < count; i++)
        json_object_set_new(templates, files[i].name, json_text(files[i].text));
    for (size_t i = 0; i < playbook->used_count; i++)
        json_object_set_new(used, playbook->used[i]->name, json_text(playbook->used[i]->text));
    json_object_set(all, "templates", templates);
    json_object_set(all, "playbooks", used);
    *ret_json = json_text_of(arena, all);
    return ERR_NONE;
}

enum err playbook_apply(struct tx *tx, const struct playbook_home *home,
    const struct playbook *playbook, const struct playbook_launch *launch, struct why *reterr_why)
{
    bool pilot = launch->run == PLAYBOOK_PILOT;
    assert(pilot || launch->run == PLAYBOOK_ACTIVE);
    assert(pilot == (launch->pilot_patients > 0));
    assert(playbook->version);
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *files = NULL;
    enum err err = files_json(&scratch, home, playbook, &files, reterr_why);
    if (err != ERR_NONE)
        return err;
    err = db_exec(tx, &sql_playbook_put_version,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("playbook", playbook->name),
            db_text("version", playbook->version), db_text("source", playbook->source->text),
            db_text("definitions", home->definitions_file.text), db_text("templates", files),
            db_int("now_ms", tx->now.ms), db_text("actor", tx->actor)),
        NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    err = db_exec(tx, &sql_playbook_launch,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("playbook", playbook->name),
            db_text("state", playbook_run_name(launch->run)), db_text("version", playbook->version),
            db_int_if("pilot_patients", pilot, launch->pilot_patients),
            db_day("launched_day", launch->today), db_int("audience", launch->audience),
            db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    return audit_state(tx, "playbook.applied", playbook->name,
        json_pack("{s:s, s:s, s:I, s:I}", "version", playbook->version, "state",
            playbook_run_name(launch->run), "pilot_patients", (json_int_t)launch->pilot_patients,
            "audience", (json_int_t)launch->audience),
        reterr_why);
}

enum err playbook_pause(
    struct tx *tx, const char *playbook, const char *reason, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_playbook_pause,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("playbook", playbook),
            db_text("reason", reason), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err != ERR_NONE || changed == 0)
        return err;
    return audit_state(
        tx, "playbook.paused", playbook, json_pack("{s:s?}", "reason", reason), reterr_why);
}

enum err playbook_resume(struct tx *tx, const char *playbook, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct playbook_state state;
    enum err err =
        playbook_read_state(&scratch, tx->db, tx->practice_id, playbook, &state, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!state.version) {
        why_set(reterr_why, ERR_CONFLICT, "`%s` was never applied", playbook);
        why_hint(reterr_why, "Look at `plan %s`, then `pilot` or `apply` it.", playbook);
        return ERR_CONFLICT;
    }
    if (state.run != PLAYBOOK_PAUSED)
        return ERR_NONE;
    int64_t changed = 0;
    err = db_exec(tx, &sql_playbook_resume,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("playbook", playbook),
            db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err != ERR_NONE)
        return err;
    assert(changed == 1);
    return audit_state(tx, "playbook.resumed", playbook, json_object(), reterr_why);
}

enum err playbook_forget(struct tx *tx, const char *playbook, struct why *reterr_why)
{
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg name = db_text("playbook", playbook);
    int64_t entered = 0, running = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err =
        db_query(tx->db, &sql_playbook_entered, DB_ARGS(practice, name), &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows)) {
        entered = db_col_int(rows, 0);
        running = db_col_int(rows, 1);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err == ERR_NONE && entered + running > 0) {
        why_hint(reterr_why, "Pause it: what was done stays in the reports");
        return why_set(reterr_why, ERR_CONFLICT,
            entered ? "patients have entered `%s`: their history needs it" : "`%s` runs", playbook);
    }
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_playbook_drop_state, DB_ARGS(practice, name), NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_playbook_drop_versions, DB_ARGS(practice, name), NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    return audit_state(tx, "playbook.dropped", playbook, json_object(), reterr_why);
}

enum err playbook_pause_practice(struct tx *tx, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_playbook_pause_practice,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_int("now_ms", tx->now.ms),
            db_text("actor", tx->actor)),
        &changed, reterr_why);
    if (err != ERR_NONE || changed == 0)
        return err;
    return audit_state(tx, "practice.paused", NULL, json_object(), reterr_why);
}

enum err playbook_resume_practice(struct tx *tx, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_playbook_resume_practice,
        DB_ARGS(db_int("practice_id", tx->practice_id)), &changed, reterr_why);
    if (err != ERR_NONE || changed == 0)
        return err;
    return audit_state(tx, "practice.resumed", NULL, json_object(), reterr_why);
}

enum err playbook_practice_paused(
    struct db *db, int64_t practice_id, struct instant *ret_since, struct why *reterr_why)
{
    return db_query_int(db, &sql_playbook_practice_paused,
        DB_ARGS(db_int("practice_id", practice_id)), &ret_since->ms, reterr_why);
}

static struct playbook_state state_of(struct arena *arena, const struct db_rows *rows)
{
    struct playbook_state state = {
        .playbook = db_col_copy(arena, rows, 0),
        .version = db_col_copy(arena, rows, 1),
        .pilot_patients = db_col_int(rows, 3),
        .launched = db_col_day(rows, 4),
        .audience = db_col_int(rows, 5),
        .reason = db_col_copy(arena, rows, 6),
        .since = {db_col_int(rows, 7)},
    };
    const char *name = db_col_text(rows, 2);
    while (!text_is(run_names[state.run], name)) {
        state.run++;
        assert(state.run < PLAYBOOK_RUN_MAX);
    }
    return state;
}

enum err playbook_read_state(struct arena *arena, struct db *db, int64_t practice_id,
    const char *playbook, struct playbook_state *ret_state, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_playbook_state,
        DB_ARGS(db_int("practice_id", practice_id), db_text("playbook", playbook)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    bool found = db_next(rows);
    if (found)
        *ret_state = state_of(arena, rows);
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE || found)
        return err;
    why_set(reterr_why, ERR_NOT_FOUND, "`%s` was never applied, piloted or paused", playbook);
    why_hint(reterr_why, "Look at `plan %s`, then `pilot` or `apply` it.", playbook);
    return ERR_NOT_FOUND;
}

enum err playbook_read_states(struct arena *arena, struct db *db, int64_t practice_id,
    struct playbook_state **ret_states, size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(
        db, &sql_playbook_states, DB_ARGS(db_int("practice_id", practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct playbook_state *states = NULL;
    size_t count = 0;
    while (db_next(rows)) {
        states = arena_grow(arena, states, sizeof *states * count, sizeof *states * (count + 1));
        states[count++] = state_of(arena, rows);
    }
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_states = states;
    *ret_count = count;
    return ERR_NONE;
}

static void add_word(
    struct arena *arena, const char ***words, size_t *count, const char *text, size_t len)
{
    struct str word = str_trim((struct str){text, len});
    if (word.len < 3) /* a word this short would be found in half of all messages */
        return;
    *words = arena_grow(arena, *words, sizeof **words * *count, sizeof **words * (*count + 1));
    (*words)[(*count)++] = str_text(arena, word);
}

const char *const *playbook_treatment_words(
    struct arena *arena, const struct audience_definitions *definitions, size_t *ret_count)
{
    const char **words = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < definitions->service_count; i++) {
        const struct service_definition *service = &definitions->services[i];
        for (size_t k = 0; k < service->phi_label_count; k++) {
            /* "Botox/Dysport" is two words. */
            const char *at = service->phi_labels[k].text;
            while (*at) {
                size_t len = strcspn(at, "/,");
                add_word(arena, &words, ret_count, at, len);
                at += len + (at[len] != '\0');
            }
        }
    }
    return words;
}

/* ---- loading a stored version ---- */

struct playbook_cache {
    struct arena *boot;
    const struct practice *practice;
    struct map versions; /* "practice playbook version" -> struct playbook_version */
};

struct playbook_cache *playbook_cache_new(struct arena *boot, const struct practice *practice)
{
    struct playbook_cache *cache = ARENA_NEW(boot, struct playbook_cache, 1);
    cache->boot = boot;
    cache->practice = practice;
    map_init(&cache->versions, boot);
    return cache;
}

static enum err load_templates(struct playbook_cache *cache, const json_t *files,
    struct playbook_home *home, struct why *reterr_why)
{
    struct arena *boot = cache->boot;
    size_t count = json_object_size(files);
    struct template_file *list = ARENA_NEW(boot, struct template_file, count + 1);
    const char *name = NULL;
    json_t *text = NULL;
    size_t i = 0;
    json_object_foreach((json_t *)(uintptr_t)files, name, text)
    {
        list[i].name = arena_text(boot, name);
        list[i].text = arena_text(boot, json_string_value(text));
        list[i].len = strlen(list[i].text);
        i++;
    }
    struct template_options options = {.practice = cache->practice};
    options.treatment_words =
        playbook_treatment_words(boot, home->definitions, &options.treatment_word_count);
    struct template_set *set = NULL;
    enum err err = template_set_parse(boot, list, count, &options, &set, reterr_why);
    home->templates = set;
    return err;
}

static void load_used(
    struct arena *boot, const json_t *used, struct playbook_file *list, size_t *count)
{
    const char *name = NULL;
    json_t *text = NULL;
    json_object_foreach((json_t *)(uintptr_t)used, name, text)
    {
        if (*count == 3) /* its own and those of holds and exits */
            return;
        struct playbook_file *file = &list[(*count)++];
        file->name = arena_text(boot, name);
        file->text = arena_text(boot, json_string_value(text));
        file->len = strlen(file->text);
    }
}

/* Texts of the row -> home and playbook. */
static enum err load_parse(struct playbook_cache *cache, const char *playbook, const char *source,
    const char *definitions, const char *files, struct playbook_version *version,
    struct why *reterr_why)
{
    struct arena *boot = cache->boot;
    struct playbook_home *home = &version->home;
    home->practice = cache->practice;
    home->definitions_file = (struct playbook_file){
        .name = "definitions.yaml", .text = definitions, .len = strlen(definitions)};
    struct yaml *root = NULL;
    enum err err = yaml_parse(boot, home->definitions_file.name, definitions,
        home->definitions_file.len, &root, reterr_why);
    if (err == ERR_NONE)
        err = definitions_parse(boot, root, &home->definitions, reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO all = NULL;
    err = json_parse(files, strlen(files), &all, reterr_why);
    if (err == ERR_NONE)
        err = load_templates(cache, json_object_get(all, "templates"), home, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct playbook_file *list = ARENA_NEW(boot, struct playbook_file, 3);
    list[0].name = arena_format(boot, "playbooks/%s.yaml", playbook);
    list[0].text = source;
    list[0].len = strlen(source);
    home->playbook_count = 1;
    load_used(boot, json_object_get(all, "playbooks"), list, &home->playbook_count);
    home->playbooks = list;
    return playbook_parse(boot, home, &list[0], &version->playbook, reterr_why);
}

enum err playbook_load_version(struct playbook_cache *cache, struct db *db, int64_t practice_id,
    const char *playbook, const char *version, struct playbook_version **ret_version,
    struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *key =
        arena_format(&scratch, "%lld %s %s", (long long)practice_id, playbook, version);
    struct playbook_version *found = map_get(&cache->versions, key);
    if (found) {
        *ret_version = found;
        return ERR_NONE;
    }
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_playbook_version,
        DB_ARGS(db_int("practice_id", practice_id), db_text("playbook", playbook),
            db_text("version", version)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!db_next(rows)) {
        err = db_end(&rows, reterr_why);
        return err ? err
                   : why_set(reterr_why, ERR_NOT_FOUND, "no version %.19s of `%s` is stored",
                       version, playbook);
    }
    const char *source = db_col_copy(cache->boot, rows, 0);
    const char *definitions = db_col_copy(cache->boot, rows, 1);
    const char *files = db_col_copy(&scratch, rows, 2);
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    found = ARENA_NEW(cache->boot, struct playbook_version, 1);
    err = load_parse(cache, playbook, source, definitions, files, found, reterr_why);
    if (err != ERR_NONE)
        return err;
    /* The stored name stands, even where a newer program would hash otherwise. */
    struct playbook *own = (struct playbook *)(uintptr_t)found->playbook;
    own->version = arena_text(cache->boot, version);
    map_put(&cache->versions, key, found);
    *ret_version = found;
    return ERR_NONE;
}
