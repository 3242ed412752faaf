/* run.c: `pause`, `resume`, `pilot`: what runs and what stands still. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cmd/cmd.h"
#include "engine/plan.h"

static const struct playbook_file *playbook_file_named(const struct home *home, const char *name)
{
    for (size_t i = 0; i < home->playbooks.playbook_count; i++) {
        const struct playbook_file *file = &home->playbooks.playbooks[i];
        const char *base = file->name + strlen("playbooks/");
        size_t len = strlen(base) - strlen(".yaml");
        if (strlen(name) == len && memcmp(base, name, len) == 0)
            return file;
    }
    return NULL;
}

enum change { CHANGE_PAUSE, CHANGE_RESUME };

static enum err change_run(
    struct cmd *cmd, enum change change, const char *playbook, struct instant now, struct why *why)
{
    DB_TX struct tx tx = {0};
    enum err err = engine_begin(&cmd->engine, now, &tx, why);
    if (err != ERR_NONE)
        return err;
    switch (change) {
    case CHANGE_PAUSE:
        err = playbook ? playbook_pause(&tx, playbook, "by hand", why)
                       : playbook_pause_practice(&tx, why);
        break;
    case CHANGE_RESUME:
        err = playbook ? engine_resume_playbook(&tx, playbook, why)
                       : playbook_resume_practice(&tx, why);
        break;
    }
    return err == ERR_NONE ? db_commit(&tx, why) : err;
}

static enum exit_code change_command(struct cmd *cmd, enum change change)
{
    enum exit_code code = cmd_options(cmd, NULL, 0, 0, 1);
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "cmd", false);
    if (code != EXIT_DONE)
        return code;
    const char *playbook = cmd->argument_count ? cmd->arguments[0] : NULL;
    struct why why = {0};
    struct instant now;
    enum err err = playbook && !playbook_file_named(&cmd->home, playbook)
        ? playbook_unknown(&cmd->boot, &cmd->home.playbooks, playbook, &why)
        : cmd_now(cmd, &now, &why);
    if (err == ERR_NONE)
        err = change_run(cmd, change, playbook, now, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    const char *what = playbook ? playbook : "all sending";
    cmd_note("%s %s.", what, change == CHANGE_PAUSE ? "is paused" : "goes on");
    return EXIT_DONE;
}

enum exit_code cmd_pause(struct cmd *cmd)
{
    return change_command(cmd, CHANGE_PAUSE);
}

enum exit_code cmd_resume(struct cmd *cmd)
{
    return change_command(cmd, CHANGE_RESUME);
}

/* How many the playbook itself says; 0: nothing. */
static enum err read_pilot(struct cmd *cmd, int64_t *ret_patients, struct why *reterr_why)
{
    const struct playbook *playbook = NULL, *const *all = NULL;
    size_t all_count = 0;
    enum err err = plan_find_playbook(
        &cmd->boot, &cmd->engine, cmd->arguments[0], &playbook, &all, &all_count, reterr_why);
    if (err == ERR_NONE)
        *ret_patients = playbook->entry.pilot_patients;
    return err;
}

enum exit_code cmd_pilot(struct cmd *cmd)
{
    int64_t patients = 0;
    enum exit_code code = CMD_OPTIONS(cmd, 1, 1,
        {.name = "--patients", .kind = OPTION_NUMBER, .number = &patients, .min = 1, .max = 1000});
    if (code == EXIT_DONE)
        code = cmd_open_current(cmd, "cmd", false);
    if (code != EXIT_DONE)
        return code;
    struct why why = {0};
    struct instant now;
    int64_t entered = 0;
    enum err err = cmd_now(cmd, &now, &why);
    if (err == ERR_NONE && patients == 0)
        err = read_pilot(cmd, &patients, &why);
    if (err == ERR_NONE && patients == 0)
        return cmd_usage(cmd, "--patients is missing: 10 to 20 are a good start");
    if (err == ERR_NONE)
        err =
            plan_pilot(&cmd->boot, &cmd->engine, cmd->arguments[0], patients, now, &entered, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    cmd_note("%s runs as a pilot with at most %" PRId64 " patients: %" PRId64 " entered.",
        cmd->arguments[0], patients, entered);
    if (cmd->json)
        cmd_print_json_new(
            json_pack("{s:s,s:I}", "playbook", cmd->arguments[0], "entered", (json_int_t)entered));
    return EXIT_DONE;
}
