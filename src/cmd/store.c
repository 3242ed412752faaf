/* store.c: `backup`, `restore`, `rekey`: the store as a whole. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "engine/forget.h"
#include "http/forget.h"
#include "record/record.h"

static const char *store_path(struct cmd *cmd)
{
    const char *store = cmd->home.practice.store ? cmd->home.practice.store : "data/perennial.db";
    return text_starts(store, "postgres") ? NULL : home_path(&cmd->boot, cmd->dir, store);
}

static enum exit_code only_sqlite(const char *instead)
{
    cmd_note("perennial: this home's store is PostgreSQL. Use %s.", instead);
    return EXIT_FAILED;
}

enum exit_code cmd_backup(struct cmd *cmd)
{
    enum exit_code code = cmd_options(cmd, NULL, 0, 1, 1);
    if (code == EXIT_DONE)
        code = cmd_open_store(cmd, 0);
    if (code != EXIT_DONE)
        return code;
    if (!store_path(cmd))
        return only_sqlite("pg_dump");
    if (cmd->env.file.exists(cmd->env.file.self, cmd->arguments[0])) {
        cmd_note("perennial: %s exists already. Name a new file.", cmd->arguments[0]);
        return EXIT_FAILED;
    }
    struct why why = {0};
    if (db_backup(cmd->db, cmd->arguments[0], &why) != ERR_NONE)
        return cmd_fail(&why);
    cmd_note("Backed up to %s, encrypted with this home's key (not in it: keep secrets/ apart).",
        cmd->arguments[0]);
    return EXIT_DONE;
}

/* ---- keys of the store, of today and from before ---- */

enum { KEY_FILE_BYTES_MAX = 4096 };
static const char OLD_KEY[] = "store.key.old"; /* then store.key.old.2 and so on */

static bool read_old_key(struct cmd *cmd, const char *name, unsigned char ret_key[32])
{
    struct env_file *file = &cmd->env.file;
    char *text;
    size_t len;
    const char *path =
        home_path(&cmd->boot, cmd->dir, arena_format(&cmd->boot, "secrets/%s", name));
    return file->read(file->self, &cmd->boot, path, KEY_FILE_BYTES_MAX, &text, &len, NULL)
        == ERR_NONE
        && hash_hex_decode(str_text(&cmd->boot, str_trim((struct str){text, len})), ret_key, 32);
}

/* Where the key of today is kept once it is of the past: the first name that is free, or where an
 * interrupted rekey has put it already. */
static const char *old_key_path(struct cmd *cmd)
{
    struct env_file *file = &cmd->env.file;
    const char *name = OLD_KEY;
    for (int n = 2;; n++) {
        unsigned char key[32];
        const char *path =
            home_path(&cmd->boot, cmd->dir, arena_format(&cmd->boot, "secrets/%s", name));
        if (!file->exists(file->self, path)
            || (read_old_key(cmd, name, key) && memcmp(key, cmd->home.store_key, sizeof(key)) == 0))
            return path;
        name = arena_format(&cmd->boot, "%s.%d", OLD_KEY, n);
    }
}

/* ---- restore ---- */

struct backup {
    const char *path;
    unsigned char key[32]; /* the one that opens it */
    const char *old_key;   /* the name of its file; NULL: it is the key of today */
    struct db *db;
};

static enum err check_backup(struct cmd *cmd, const char *path, struct why *why)
{
    struct env_file *file = &cmd->env.file;
    int64_t bytes = 0;
    enum err err = ERR_NONE;
    if (!file->exists(file->self, path))
        err = why_set(why, ERR_NOT_FOUND, "there is no backup of this name");
    else if (file->size(file->self, path, &bytes, NULL) == ERR_NONE && bytes == 0)
        err = why_set(why, ERR_INPUT, "this file is empty, and no backup");
    if (err != ERR_NONE) {
        why_place(why, "%s", path);
        why_hint(why, "Name a file that `perennial backup` has made; nothing was changed");
    }
    return err;
}

static enum err open_backup(struct cmd *cmd, struct backup *backup, struct why *why)
{
    const struct db_options options = {
        .address = backup->path, .key = backup->key, .read_only = true};
    return db_open(&cmd->boot, &options, &backup->db, why);
}

/* With the key of today, or one from before a `rekey`. */
static enum err find_backup(struct cmd *cmd, struct backup *backup, struct why *why)
{
    struct env_file *file = &cmd->env.file;
    char **names = NULL;
    size_t count = 0;
    struct why first = {0};
    enum err err = check_backup(cmd, backup->path, why);
    if (err != ERR_NONE)
        return err;
    memcpy(backup->key, cmd->home.store_key, sizeof(backup->key));
    err = open_backup(cmd, backup, &first);
    if (err == ERR_NONE)
        return ERR_NONE;
    if (err != ERR_DENIED) {
        *why = first;
        return err;
    }
    err = file->list(file->self, &cmd->boot, home_path(&cmd->boot, cmd->dir, "secrets"), "", &names,
        &count, why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < count; i++) {
        if (text_starts(names[i], OLD_KEY) && read_old_key(cmd, names[i], backup->key)
            && open_backup(cmd, backup, NULL) == ERR_NONE) {
            backup->old_key = names[i];
            return ERR_NONE;
        }
    }
    why_place(why, "%s", backup->path);
    why_hint(why,
        "Put the key of its time into secrets/%s, or restore another backup; nothing was changed",
        OLD_KEY);
    return why_set(why, ERR_DENIED, "no key in secrets/ opens this backup, or it is damaged");
}

/* Reads all of it, so that a bit that has changed shows before anything is replaced. */
static enum err copy_backup(
    struct cmd *cmd, struct backup *backup, const char *aside, struct why *why)
{
    struct why inner = {0};
    struct env_file *file = &cmd->env.file;
    static const char *const ends[] = {"", "-wal", "-shm"}; /* what an interrupted one has left */
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && err == ERR_NONE; i++)
        err = file->remove(file->self, arena_format(&cmd->boot, "%s%s", aside, ends[i]), why);
    if (err != ERR_NONE)
        return err;
    err = db_backup(backup->db, aside, &inner);
    if (err == ERR_NONE)
        return ERR_NONE;
    if (!text_is(inner.place, backup->path)) {
        *why = inner;
        return err;
    }
    why_place(why, "%s", backup->path);
    why_hint(why, "Restore another backup; nothing was changed");
    return why_set(why, err, "this backup is damaged");
}

/* Who was erased since the backup was made does not come back with it. */
static enum err erase_again(struct cmd *cmd, struct tx *tx, struct db *present, struct why *why)
{
    const char *const *ids = NULL;
    size_t count = 0;
    enum err err = erase_copy(&cmd->boot, tx, present, &ids, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        JSON_AUTO removed = json_object();
        JSON_AUTO emptied = json_object();
        struct erasing erasing = {.removed = removed, .emptied = emptied, .again = true};
        bool unlearned;
        err = engine_erase(&cmd->engine, tx, ids[i], &erasing, &unlearned, why);
        if (err == ERR_NONE)
            err = http_erase(&erasing, why);
        if (err == ERR_NONE)
            err = erase_close(&erasing, why);
    }
    return err;
}

/* Promise stop_means_stop, over a restore: what was opted out since then stays out, and nothing
 * leaves before a person has looked (the backup does not know what was sent after it). */
static enum err keep_stops(struct cmd *cmd, struct db *backup, struct instant now, struct why *why)
{
    struct db *present = cmd->db;
    cmd->db = backup;
    cmd->engine.db = backup;
    DB_TX struct tx tx = {0};
    enum err err = engine_begin(&cmd->engine, now, &tx, why);
    if (err == ERR_NONE)
        err = record_copy_suppressions(&tx, present, why);
    if (err == ERR_NONE)
        err = erase_again(cmd, &tx, present, why);
    if (err == ERR_NONE)
        err = playbook_pause_practice(&tx, why);
    if (err == ERR_NONE)
        err = db_commit(&tx, why);
    cmd->db = present;
    cmd->engine.db = present;
    return err;
}

static enum err restore_from(
    struct cmd *cmd, struct backup *backup, const char *to, struct instant now, struct why *why)
{
    const char *aside = arena_format(&cmd->boot, "%s.restoring", to);
    struct db *copy = NULL;
    enum err err = find_backup(cmd, backup, why);
    if (err == ERR_NONE)
        err = copy_backup(cmd, backup, aside, why);
    db_close(backup->db);
    backup->db = NULL;
    const struct db_options options = {.address = aside, .key = backup->key};
    if (err == ERR_NONE)
        err = db_open(&cmd->boot, &options, &copy, why);
    if (err == ERR_NONE && backup->old_key)
        err = db_rekey(copy, cmd->home.store_key, why);
    if (err == ERR_NONE)
        err = keep_stops(cmd, copy, now, why);
    db_close(copy);
    if (err != ERR_NONE)
        return err;
    db_close(cmd->db);
    cmd->db = NULL;
    return cmd->env.file.replace(cmd->env.file.self, aside, to, why);
}

enum exit_code cmd_restore(struct cmd *cmd)
{
    enum exit_code code = cmd_options(cmd, NULL, 0, 1, 1);
    if (code == EXIT_DONE)
        code = cmd_take_lock(cmd);
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "cmd", false);
    if (code != EXIT_DONE)
        return code;
    const char *to = store_path(cmd);
    if (!to)
        return only_sqlite("pg_restore");
    struct backup backup = {.path = cmd->arguments[0]};
    struct why why = {0};
    struct instant now;
    enum err err = cmd_now(cmd, &now, &why);
    if (err == ERR_NONE)
        err = restore_from(cmd, &backup, to, now, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (backup.old_key)
        cmd_note(
            "The backup was opened with secrets/%s, and has the key of today now.", backup.old_key);
    cmd_note(
        "Restored. All sending is paused; look at `perennial doctor`, then `perennial resume`.");
    return EXIT_DONE;
}

enum exit_code cmd_rekey(struct cmd *cmd)
{
    enum exit_code code = cmd_options(cmd, NULL, 0, 0, 0);
    if (code == EXIT_DONE)
        code = cmd_take_lock(cmd);
    if (code == EXIT_DONE)
        code = cmd_open_store(cmd, 0);
    if (code != EXIT_DONE)
        return code;
    if (!store_path(cmd))
        return only_sqlite("the server's own encryption");
    unsigned char key[32];
    cmd->env.entropy.fill(cmd->env.entropy.self, key, sizeof(key));
    const char *old_hex = arena_format(
        &cmd->boot, "%s\n", hash_hex(&cmd->boot, cmd->home.store_key, sizeof(cmd->home.store_key)));
    const char *new_hex = arena_format(&cmd->boot, "%s\n", hash_hex(&cmd->boot, key, sizeof(key)));
    struct env_file *file = &cmd->env.file;
    struct why why = {0};
    /* The new key is on disk before the store needs it; a death in between leaves both. */
    enum err err = file->write(file->self, home_path(&cmd->boot, cmd->dir, "secrets/store.key.new"),
        new_hex, strlen(new_hex), 0600, &why);
    if (err == ERR_NONE)
        err = file->write(file->self, old_key_path(cmd), old_hex, strlen(old_hex), 0600, &why);
    if (err == ERR_NONE)
        err = db_rekey(cmd->db, key, &why);
    if (err == ERR_NONE)
        err = file->replace(file->self, home_path(&cmd->boot, cmd->dir, "secrets/store.key.new"),
            home_path(&cmd->boot, cmd->dir, "secrets/store.key"), &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    cmd_note("The store has a new key. Copy secrets/store.key to where you keep it apart.");
    return EXIT_DONE;
}
