/* home.c: reading a home. Making one is in home_create.c. */
#include "engine/home.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "engine/home_int.h"

char *home_path(struct arena *arena, const char *dir, const char *name)
{
    if (name[0] == '/')
        return arena_text(arena, name);
    return arena_format(arena, "%s/%s", dir, name);
}

void home_seed_ids(const struct home *home, struct ids *ids)
{
    unsigned char seed[32];
    home->env->entropy.fill(home->env->entropy.self, seed, sizeof(seed));
    ids_init(ids, seed);
}

static enum err read_text(struct arena *boot, struct env *env, const char *dir, const char *name,
    char **ret_text, size_t *ret_len, struct why *reterr_why)
{
    return env->file.read(env->file.self, boot, home_path(boot, dir, name), HOME_FILE_BYTES_MAX,
        ret_text, ret_len, reterr_why);
}

static enum err read_yaml(struct arena *boot, struct env *env, const char *dir, const char *name,
    struct yaml **ret_root, struct playbook_file *ret_file, struct why *reterr_why)
{
    char *text;
    size_t len;
    enum err err = read_text(boot, env, dir, name, &text, &len, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (ret_file)
        *ret_file = (struct playbook_file){.name = name, .text = text, .len = len};
    return yaml_parse(boot, name, text, len, ret_root, reterr_why);
}

static enum err read_key(struct arena *boot, struct env *env, const char *dir, const char *name,
    unsigned char ret_key[32], struct why *reterr_why)
{
    char *text;
    size_t len;
    enum err err = read_text(boot, env, dir, name, &text, &len, NULL);
    if (err != ERR_NONE) {
        why_place(reterr_why, "%s", name);
        why_hint(reterr_why,
            "Put the key file back from where you keep it apart from the data; "
            "without it the data cannot be read");
        return why_set(reterr_why, ERR_DENIED, "the key of this home is missing or unreadable");
    }
    char *hex = str_text(boot, str_trim((struct str){text, len}));
    if (!hash_hex_decode(hex, ret_key, 32)) {
        why_place(reterr_why, "%s", name);
        why_hint(reterr_why, "A key is 64 hexadecimal digits; put the right file back");
        return why_set(reterr_why, ERR_DENIED, "this file does not hold a key");
    }
    return ERR_NONE;
}

static enum err read_secrets(struct arena *boot, struct env *env, const char *dir,
    struct channel_secrets *ret_secrets, struct why *reterr_why)
{
    char **names;
    size_t count;
    enum err err = env->file.list(
        env->file.self, boot, home_path(boot, dir, "secrets"), "", &names, &count, reterr_why);
    size_t max = sizeof(ret_secrets->names) / sizeof(ret_secrets->names[0]);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        bool is_key = text_ends(names[i], ".key") || text_starts(names[i], "store.key.");
        if (is_key || ret_secrets->count == max)
            continue;
        char *text;
        size_t len;
        err = read_text(
            boot, env, dir, arena_format(boot, "secrets/%s", names[i]), &text, &len, reterr_why);
        if (err != ERR_NONE)
            break;
        ret_secrets->names[ret_secrets->count] = names[i];
        ret_secrets->values[ret_secrets->count++] =
            str_text(boot, str_trim((struct str){text, len}));
    }
    return err;
}

/* While nothing can leave, examples stand where a message needs the practice's phone, postal
 * address and page, so that a new home shows its messages whole. With any real driver what is
 * missing stays missing, and the gate refuses what lacks it. */
static void stand_in_examples(struct arena *boot, struct practice *practice)
{
    for (int kind = 0; kind < CHANNEL_TASK; kind++) {
        const char *driver = practice->channels[kind].driver;
        if (driver && !text_is(driver, "null"))
            return;
    }
    practice->phone_is_example = !practice->phone;
    practice->address_is_example = !practice->address;
    practice->public_url_is_example = !practice->public_url;
    if (practice->phone_is_example)
        practice->phone = "+15125550100"; /* of the numbers kept for fiction */
    if (practice->address_is_example)
        practice->address = "100 Example Street, Exampletown";
    if (practice->public_url_is_example)
        practice->public_url = arena_format(boot, "http://%s", practice->listen);
}

static enum err read_practice(struct arena *boot, struct home *home, struct why *reterr_why)
{
    struct yaml *root;
    enum err err = read_yaml(boot, home->env, home->dir, "perennial.yaml", &root, NULL, reterr_why);
    if (err == ERR_NONE)
        err = practice_parse(boot, root, &home->zones, &home->practice, reterr_why);
    if (err == ERR_NONE)
        stand_in_examples(boot, &home->practice);
    if (err != ERR_NONE || !home->practice.consent_form_name)
        return err;
    char *text;
    size_t len;
    err = read_text(
        boot, home->env, home->dir, home->practice.consent_form_name, &text, &len, reterr_why);
    if (err == ERR_NONE && !text_is_blank(text)) /* a blank one is not what anybody signed */
        practice_set_consent_form(boot, &home->practice, text);
    return err;
}

static enum err read_playbooks(struct arena *boot, struct home *home, struct why *reterr_why)
{
    char **names;
    size_t count;
    struct env *env = home->env;
    enum err err = env->file.list(env->file.self, boot, home_path(boot, home->dir, "playbooks"),
        ".yaml", &names, &count, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct playbook_file *files = ARENA_NEW(boot, struct playbook_file, count + 1);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        char *text;
        files[i].name = arena_format(boot, "playbooks/%s", names[i]);
        err = read_text(boot, env, home->dir, files[i].name, &text, &files[i].len, reterr_why);
        files[i].text = text;
    }
    home->playbooks.playbooks = files;
    home->playbooks.playbook_count = count;
    return err;
}

struct file_list {
    struct template_file *files;
    size_t count, capacity;
};

static enum err read_template_folder(struct arena *boot, const struct home *home,
    const char *folder, struct file_list *list, struct why *reterr_why)
{
    char **names;
    size_t count;
    struct env *env = home->env;
    char *path = home_path(boot, home->dir, arena_format(boot, "templates/%s", folder));
    enum err err =
        env->file.list(env->file.self, boot, path, ".liquid", &names, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (list->count == list->capacity) {
            size_t bigger = list->capacity ? list->capacity * 2 : 64;
            list->files = arena_grow(boot, list->files, list->capacity * sizeof(*list->files),
                bigger * sizeof(*list->files));
            list->capacity = bigger;
        }
        struct template_file *file = &list->files[list->count++];
        file->name = arena_format(boot, "%s/%s", folder, names[i]);
        char *text;
        err = read_text(boot, env, home->dir, arena_format(boot, "templates/%s", file->name), &text,
            &file->len, reterr_why);
        file->text = text;
    }
    return err;
}

/* The practice's own words for its treatments: a template that writes one out names a treatment. */
static void treatment_words(struct arena *boot, const struct audience_definitions *definitions,
    struct template_options *options)
{
    const char **words = ARENA_NEW(boot, const char *, HOME_TREATMENT_WORDS_MAX);
    size_t count = 0;
    for (size_t i = 0; i < definitions->service_count; i++) {
        const struct service_definition *service = &definitions->services[i];
        for (size_t j = 0; j < service->match_count && count < HOME_TREATMENT_WORDS_MAX; j++)
            words[count++] = service->match[j];
    }
    options->treatment_words = words;
    options->treatment_word_count = count;
}

static enum err read_templates(struct arena *boot, struct home *home, struct why *reterr_why)
{
    char **folders;
    size_t folder_count;
    struct env *env = home->env;
    enum err err = env->file.list(env->file.self, boot, home_path(boot, home->dir, "templates"), "",
        &folders, &folder_count, reterr_why);
    struct file_list list = {0};
    for (size_t i = 0; i < folder_count && err == ERR_NONE; i++)
        err = read_template_folder(boot, home, folders[i], &list, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct template_options options = {.practice = &home->practice};
    treatment_words(boot, home->definitions, &options);
    struct template_set *set;
    err = template_set_parse(boot, list.files, list.count, &options, &set, reterr_why);
    if (err == ERR_NONE)
        home->templates = set;
    return err;
}

/* A practice without the file keeps the link of its booking system. */
static enum err read_schedule(struct arena *boot, struct home *home, struct why *reterr_why)
{
    const struct audience_definitions *definitions = home->definitions;
    struct env *env = home->env;
    if (!env->file.exists(env->file.self, home_path(boot, home->dir, "schedules.yaml")))
        return ERR_NONE;
    const char **keys = ARENA_NEW(boot, const char *, definitions->service_count + 1);
    for (size_t i = 0; i < definitions->service_count; i++)
        keys[i] = definitions->services[i].key;
    struct yaml *root;
    enum err err = read_yaml(boot, env, home->dir, "schedules.yaml", &root, NULL, reterr_why);
    return err == ERR_NONE ? schedule_parse(boot, root, &home->practice, keys,
               definitions->service_count, &home->schedule, reterr_why)
                           : err;
}

/* A home without the folder knows nothing and answers nothing. */
static enum err read_knowledge(struct arena *boot, struct home *home, struct why *reterr_why)
{
    char **names = NULL;
    size_t count = 0;
    struct env *env = home->env;
    char *folder = home_path(boot, home->dir, "knowledge");
    enum err err = env->file.exists(env->file.self, folder)
        ? env->file.list(env->file.self, boot, folder, ".yaml", &names, &count, reterr_why)
        : ERR_NONE;
    struct yaml **roots = ARENA_NEW(boot, struct yaml *, count + 1);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        err = read_yaml(boot, env, home->dir, arena_format(boot, "knowledge/%s", names[i]),
            &roots[i], NULL, reterr_why);
    if (err == ERR_NONE)
        err = knowledge_parse(boot, roots, count, home->definitions, &home->knowledge, reterr_why);
    return err == ERR_NONE ? knowledge_allowed(&home->practice, home->auto_answers, reterr_why)
                           : err;
}

static enum err read_rules(struct arena *boot, struct home *home, struct why *reterr_why)
{
    struct yaml *root;
    enum err err = read_yaml(boot, home->env, home->dir, "definitions.yaml", &root,
        &home->playbooks.definitions_file, reterr_why);
    if (err == ERR_NONE)
        err = definitions_parse(boot, root, &home->definitions, reterr_why);
    if (err == ERR_NONE)
        err = read_schedule(boot, home, reterr_why);
    if (err == ERR_NONE)
        err = read_templates(boot, home, reterr_why);
    if (err == ERR_NONE)
        err = read_knowledge(boot, home, reterr_why);
    if (err == ERR_NONE)
        err = read_playbooks(boot, home, reterr_why);
    return err;
}

enum err home_load(struct arena *boot, struct env *env, const char *dir, struct home *ret_home,
    struct why *reterr_why)
{
    if (!env->file.exists(env->file.self, home_path(boot, dir, "perennial.yaml"))) {
        why_hint(reterr_why,
            "Make one with `perennial --home %s init`, or name another with --home", dir);
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no Perennial home in %s", dir);
    }
    struct home *home = ret_home;
    *home = (struct home){.env = env, .dir = arena_text(boot, dir)};
    zones_init(&home->zones, boot, env_zone_load, &env->file);
    enum err err = read_practice(boot, home, reterr_why);
    if (err == ERR_NONE)
        err = read_rules(boot, home, reterr_why);
    if (err == ERR_NONE)
        err = read_key(boot, env, dir, "secrets/store.key", home->store_key, reterr_why);
    if (err == ERR_NONE)
        err = read_key(boot, env, dir, "secrets/addresses.key", home->address_key, reterr_why);
    if (err == ERR_NONE)
        err = read_key(boot, env, dir, "secrets/links.key", home->link_key.bytes, reterr_why);
    if (err == ERR_NONE)
        err = read_secrets(boot, env, dir, &home->secrets, reterr_why);
    if (err != ERR_NONE)
        return err;
    home->playbooks.practice = &home->practice;
    home->playbooks.definitions = home->definitions;
    home->playbooks.templates = home->templates;
    home->playbooks.has_schedule = home->schedule != NULL;
    return ERR_NONE;
}

enum err home_open_store(struct arena *boot, const struct home *home, int64_t cache_kib,
    struct db **ret_db, struct why *reterr_why)
{
    const char *address = home->practice.store ? home->practice.store : "data/perennial.db";
    bool is_file = !text_starts(address, "postgres") && !text_is(address, ":memory:");
    struct db_options options = {
        .address = is_file ? home_path(boot, home->dir, address) : address,
        .key = is_file ? home->store_key : NULL,
        .cache_kib = cache_kib,
    };
    struct db *db = NULL;
    enum err err = db_open(boot, &options, &db, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct ids ids;
    home_seed_ids(home, &ids);
    int64_t applied;
    err = migrate_up(db, home->env->clock.now(home->env->clock.self), &ids, &applied, reterr_why);
    if (err != ERR_NONE) {
        db_close(db);
        return err;
    }
    *ret_db = db;
    return ERR_NONE;
}
