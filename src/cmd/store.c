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

static enum err open_backup(struct cmd *cmd, const char *path, struct db **ret_db, struct why *why)
{
    const struct db_options options = {
        .address = path, .key = cmd->home.store_key, .read_only = true};
    return db_open(&cmd->boot, &options, ret_db, why);
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
    struct cmd *cmd, const char *from, const char *to, struct instant now, struct why *why)
{
    const char *aside = arena_format(&cmd->boot, "%s.restoring", to);
    struct db *backup = NULL;
    enum err err = open_backup(cmd, from, &backup, why);
    if (err == ERR_NONE)
        err = db_backup(backup, aside, why);
    db_close(backup);
    backup = NULL;
    const struct db_options options = {.address = aside, .key = cmd->home.store_key};
    if (err == ERR_NONE)
        err = db_open(&cmd->boot, &options, &backup, why);
    if (err == ERR_NONE)
        err = keep_stops(cmd, backup, now, why);
    db_close(backup);
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
    struct why why = {0};
    struct instant now;
    enum err err = cmd_now(cmd, &now, &why);
    if (err == ERR_NONE)
        err = restore_from(cmd, cmd->arguments[0], to, now, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
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
        err = file->write(file->self, home_path(&cmd->boot, cmd->dir, "secrets/store.key.old"),
            old_hex, strlen(old_hex), 0600, &why);
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
