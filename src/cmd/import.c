/* import.c: `import`: exports into records, and what follows from them for running playbooks. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/cmd.h"
#include "source/source.h"

enum {
    IMPORT_CACHE_KIB = 64 * 1024, /* a large page cache pays in this short-lived process */
    ISSUES_SHOWN_MAX = 20,
};

static void show_progress(
    void *context, const char *file, enum source_step step, int64_t done, int64_t all)
{
    int *shown = context;
    int percent = all > 0 ? (int)(done * 100 / all) : 100;
    int state = (int)step * 1000 + percent;
    if (state == *shown)
        return;
    *shown = state;
    fprintf(stderr, "\r%-32.32s %-8s %3d%% ", file, source_step_name(step), percent);
    if (percent == 100)
        fputc('\r', stderr);
    fflush(stderr);
}

static enum exit_code read_map(struct cmd *cmd, const char *path, struct yaml **ret_map)
{
    char *text;
    size_t len;
    struct why why = {0};
    enum err err =
        cmd->env.file.read(cmd->env.file.self, &cmd->boot, path, YAML_BYTES_MAX, &text, &len, &why);
    if (err == ERR_NONE)
        err = yaml_parse(&cmd->boot, path, text, len, ret_map, &why);
    return err == ERR_NONE ? EXIT_DONE : cmd_fail(&why);
}

static enum exit_code read_saved(
    struct cmd *cmd, const struct source_saved **ret_saved, size_t *ret_count)
{
    struct why why = {0};
    enum err err = source_read_saved(&cmd->boot, &cmd->env.file,
        home_path(&cmd->boot, cmd->home.dir, "mappings"), ret_saved, ret_count, &why);
    return err == ERR_NONE ? EXIT_DONE : cmd_fail(&why);
}

static void print_report(struct cmd *cmd, const struct source_import *import, bool dry_run)
{
    const struct source_report *report = source_report(import);
    if (cmd->json) {
        JSON_AUTO json = source_report_json(report);
        cmd_print_json(json);
        return;
    }
    fputs(source_report_text(&cmd->boot, report, ISSUES_SHOWN_MAX), stdout);
    if (dry_run)
        cmd_note("A dry run: nothing was changed.");
}

static enum err load(struct cmd *cmd, struct source_import *import, struct instant now,
    bool dry_run, struct why *why)
{
    DB_TX struct tx tx = {0};
    enum err err = engine_begin(&cmd->engine, now, &tx, why);
    if (err == ERR_NONE)
        err = source_load(import, &tx, why);
    if (err == ERR_NONE)
        err = engine_after_import(&cmd->engine, &tx, why);
    if (err == ERR_NONE)
        err = source_close(import, why);
    if (err == ERR_NONE && !dry_run)
        err = db_commit(&tx, why);
    /* What the planner knows of the tables should be true after they grew. */
    if (err == ERR_NONE && !dry_run)
        err = db_analyze(tx.db, why);
    return err;
}

static enum exit_code check_kind(const struct cmd *cmd, const char *name)
{
    const char *const *kinds = source_kinds();
    size_t count = 0;
    for (; kinds[count]; count++) {
        if (text_is_any_case(kinds[count], name))
            return EXIT_DONE;
    }
    const char *nearest = text_nearest(name, kinds, count);
    return cmd_usage(cmd, "--as knows no kind %.60s; did you mean %s?", name,
        nearest ? nearest : "generic.patients");
}

enum exit_code cmd_import(struct cmd *cmd)
{
    const char *as_kind = NULL, *map_path = NULL;
    bool dry_run = false;
    enum exit_code code =
        CMD_OPTIONS(cmd, 1, 1000, {.name = "--as", .kind = OPTION_TEXT, .text = &as_kind},
            {.name = "--map", .kind = OPTION_TEXT, .text = &map_path},
            {.name = "--dry-run", .kind = OPTION_FLAG, .flag = &dry_run});
    if (code == EXIT_DONE && as_kind)
        code = check_kind(cmd, as_kind);
    if (code == EXIT_DONE)
        code = cmd_open_store(cmd, IMPORT_CACHE_KIB);
    if (code == EXIT_DONE)
        code = cmd_open_current(cmd, "import", false);
    struct yaml *map = NULL;
    const struct source_saved *saved = NULL;
    size_t saved_count = 0;
    if (code == EXIT_DONE && map_path)
        code = read_map(cmd, map_path, &map);
    if (code == EXIT_DONE && !map_path)
        code = read_saved(cmd, &saved, &saved_count);
    if (code != EXIT_DONE)
        return code;
    int shown = -1;
    struct service_clocks clocks = definitions_clocks(&cmd->boot, cmd->home.definitions);
    const struct source_options options = {
        .file = &cmd->env.file,
        .paths = cmd->arguments,
        .path_count = cmd->argument_count,
        .as_kind = as_kind,
        .map = map,
        .saved = saved,
        .saved_count = saved_count,
        .practice = &cmd->home.practice,
        .clocks = &clocks,
        .zones = &cmd->home.zones,
        .address_key = cmd->home.address_key,
        .progress = isatty(STDERR_FILENO) ? show_progress : NULL,
        .progress_context = &shown,
    };
    struct why why = {0};
    struct instant now;
    struct source_import *import = NULL;
    enum err err = cmd_now(cmd, &now, &why);
    if (err == ERR_NONE)
        err = source_check(&cmd->boot, &options, now, &import, &why);
    bool refused = err != ERR_NONE;
    if (!refused)
        err = load(cmd, import, now, dry_run, &why);
    /* What a failed load had counted was taken back with it. */
    if (import && (refused || err == ERR_NONE))
        print_report(cmd, import, dry_run);
    if (err == ERR_NONE)
        err = source_judge(&cmd->boot, source_report(import), &why);
    return err == ERR_NONE ? EXIT_DONE : cmd_fail(&why);
}
