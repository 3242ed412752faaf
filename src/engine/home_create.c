/* home_create.c: `init`: a new home that decides and records everything and sends nothing. */
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "embed_knowledge.h"
#include "embed_playbooks.h"
#include "engine/home.h"
#include "engine/home_int.h"

enum { MODE_PRIVATE_FOLDER = 0700, MODE_PRIVATE_FILE = 0600, MODE_FILE = 0640 };

struct creation {
    struct arena *boot;
    struct env *env;
    const char *dir;
};

static enum err put(const struct creation *creation, const char *name, const char *text, size_t len,
    unsigned mode, struct why *reterr_why)
{
    struct env *env = creation->env;
    return env->file.write(env->file.self, home_path(creation->boot, creation->dir, name), text,
        len, mode, reterr_why);
}

static enum err put_folder(
    const struct creation *creation, const char *name, struct why *reterr_why)
{
    struct env *env = creation->env;
    return env->file.make_folder(env->file.self, home_path(creation->boot, creation->dir, name),
        MODE_PRIVATE_FOLDER, reterr_why);
}

static enum err put_key(const struct creation *creation, const char *name, struct why *reterr_why)
{
    unsigned char key[32];
    creation->env->entropy.fill(creation->env->entropy.self, key, sizeof(key));
    char *hex = arena_format(creation->boot, "%s\n", hash_hex(creation->boot, key, sizeof(key)));
    return put(creation, name, hex, strlen(hex), MODE_PRIVATE_FILE, reterr_why);
}

/* A YAML scalar in double quotes. */
static const char *quoted(struct arena *boot, const char *text)
{
    char *out = arena_alloc(boot, strlen(text) * 2 + 3);
    size_t len = 0;
    out[len++] = '"';
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            out[len++] = '\\';
        out[len++] = *c == '\n' || *c == '\r' || *c == '\t' ? ' ' : *c;
    }
    out[len] = '"';
    return out;
}

static const char settings_text[] =
    "# perennial.yaml - the settings of one practice. Every key: docs/operations.md.\n"
    "name: %s\n"
    "timezone: %s\n"
    "state: %s\n"
    "# Shown in messages. Email needs the postal address, texts the phone.\n"
    "# phone: \"+15125550100\"\n"
    "# address: \"100 Main Street, Austin, TX 78701\"\n"
    "# booking_url: \"https://book.example.com/{service}\"\n"
    "adults_only: false\n"
    "%s"
    "\n"
    "store: data/perennial.db        # or postgresql://user@host/database\n"
    "listen: 127.0.0.1:8080\n"
    "# public_url: https://follow-up.example.com   # links and callbacks begin with it\n"
    "\n"
    "# Who sees messages, and the agreement with each (45 CFR 164.504(e)).\n"
    "# vendors:\n"
    "#   twilio: {baa_signed: 2026-01-15}\n"
    "\n"
    "# Questions that the sentences of knowledge/ may answer without a person. docs/answers.md\n"
    "# auto_answers: [price, availability, reschedule, location_hours]\n"
    "\n"
    "# Nothing leaves with the null driver: everything is decided and recorded.\n"
    "channels:\n"
    "  sms: {driver: \"null\"}\n"
    "  email: {driver: \"null\"}\n"
    "  voice: {driver: \"null\"}\n";

static char *settings_of(
    struct arena *boot, const struct home_creation *wanted, bool has_consent_form)
{
    const char *form = has_consent_form
        ? "consent_form: consent-form.txt   # what patients signed: imported Y is written\n"
        : "# consent_form: consent-form.txt   # what patients signed; else no marketing texts\n";
    return arena_format(boot, settings_text,
        quoted(boot, wanted->practice_name ? wanted->practice_name : "My practice"),
        wanted->time_zone ? wanted->time_zone : "America/Chicago",
        wanted->state ? wanted->state : "TX", form);
}

static enum err put_playbooks(const struct creation *creation, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < embed_playbooks.count && err == ERR_NONE; i++) {
        const struct embed_file *file = &embed_playbooks.files[i];
        const char *name = text_is(file->name, "definitions.yaml")
            ? file->name
            : arena_format(creation->boot, "playbooks/%s", file->name);
        err = put(creation, name, file->bytes, file->len, MODE_FILE, reterr_why);
    }
    return err;
}

static enum err put_templates(const struct creation *creation, struct why *reterr_why)
{
    size_t count;
    const struct template_file *files = template_shipped(creation->boot, &count);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        const char *slash = strchr(files[i].name, '/');
        if (slash)
            err = put_folder(creation,
                arena_format(
                    creation->boot, "templates/%.*s", (int)(slash - files[i].name), files[i].name),
                reterr_why);
        if (err == ERR_NONE)
            err = put(creation, arena_format(creation->boot, "templates/%s", files[i].name),
                files[i].text, files[i].len, MODE_FILE, reterr_why);
    }
    return err;
}

static enum err put_knowledge(const struct creation *creation, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < embed_knowledge.count && err == ERR_NONE; i++) {
        const struct embed_file *file = &embed_knowledge.files[i];
        err = put(creation, arena_format(creation->boot, "knowledge/%s", file->name), file->bytes,
            file->len, MODE_FILE, reterr_why);
    }
    return err;
}

static enum err put_keys(const struct creation *creation, struct why *reterr_why)
{
    static const char *const keys[] = {
        "secrets/store.key", "secrets/addresses.key", "secrets/links.key"};
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && err == ERR_NONE; i++)
        err = put_key(creation, keys[i], reterr_why);
    return err;
}

/* Whether the settings would be read again: what is wrong is told of the option that it came by,
 * before anything is made. */
static enum err check_wanted(
    struct arena *boot, struct env *env, const struct home_creation *wanted, struct why *reterr_why)
{
    const struct {
        const char *option, *value;
        struct home_creation alone;
    } options[] = {
        {"--practice", wanted->practice_name, {.practice_name = wanted->practice_name}},
        {"--timezone", wanted->time_zone, {.time_zone = wanted->time_zone}},
        {"--state", wanted->state, {.state = wanted->state}},
    };
    struct zones zones;
    zones_init(&zones, boot, env_zone_load, &env->file);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        struct why why = {0};
        if (!options[i].value)
            continue;
        struct yaml *root;
        struct practice practice;
        const char *text = settings_of(boot, &options[i].alone, false);
        enum err err = yaml_parse(boot, "perennial.yaml", text, strlen(text), &root, &why);
        if (err == ERR_NONE)
            err = practice_parse(boot, root, &zones, &practice, &why);
        if (err == ERR_NONE)
            continue;
        why_place(reterr_why, "%s \"%.80s\"", options[i].option, options[i].value);
        why_hint(reterr_why, "%s", why.hint);
        return why_set(reterr_why, err, "%s", why.message);
    }
    return ERR_NONE;
}

/* What imported consent is held against: a blank form is not what anybody signed. */
static enum err read_form(struct arena *boot, struct env *env, const char *path, char **ret_form,
    size_t *ret_len, struct why *reterr_why)
{
    enum err err = env->file.read(
        env->file.self, boot, path, HOME_FILE_BYTES_MAX, ret_form, ret_len, reterr_why);
    if (err != ERR_NONE || str_trim((struct str){*ret_form, *ret_len}).len > 0)
        return err;
    why_place(reterr_why, "%s", path);
    why_hint(reterr_why, "Put the text that patients signed into it, or leave --consent-form out");
    return why_set(reterr_why, ERR_INPUT, "the consent form is empty");
}

enum err home_create(struct arena *boot, struct env *env, const char *dir,
    const struct home_creation *wanted, struct why *reterr_why)
{
    static const char *const folders[] = {
        "", "playbooks", "templates", "knowledge", "connectors", "secrets", "data"};
    const struct creation creation = {.boot = boot, .env = env, .dir = dir};
    if (env->file.exists(env->file.self, home_path(boot, dir, "perennial.yaml"))
        || env->file.exists(env->file.self, home_path(boot, dir, "data/perennial.db"))) {
        why_hint(reterr_why, "Use it as it is, or name another folder with --home");
        return why_set(reterr_why, ERR_CONFLICT, "there is a Perennial home in %s already", dir);
    }
    char *form = NULL;
    size_t form_len = 0;
    enum err err = check_wanted(boot, env, wanted, reterr_why);
    if (err == ERR_NONE && wanted->consent_form_path)
        err = read_form(boot, env, wanted->consent_form_path, &form, &form_len, reterr_why);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && err == ERR_NONE; i++)
        err = put_folder(&creation, folders[i], reterr_why);
    if (err == ERR_NONE && form)
        err = put(&creation, "consent-form.txt", form, form_len, MODE_FILE, reterr_why);
    if (err == ERR_NONE)
        err = put_keys(&creation, reterr_why);
    if (err == ERR_NONE)
        err = put_playbooks(&creation, reterr_why);
    if (err == ERR_NONE)
        err = put_templates(&creation, reterr_why);
    if (err == ERR_NONE)
        err = put_knowledge(&creation, reterr_why);
    /* Last: what makes the folder a home. An init that died before can be run again. */
    const char *settings = settings_of(boot, wanted, form != NULL);
    if (err == ERR_NONE)
        err = put(
            &creation, "perennial.yaml", settings, strlen(settings), MODE_PRIVATE_FILE, reterr_why);
    return err;
}
