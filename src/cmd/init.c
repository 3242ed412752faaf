/* init.c: `init` and `migrate`. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "cmd/cmd.h"

enum exit_code cmd_init(struct cmd *cmd)
{
    struct home_creation wanted = {0};
    enum exit_code code = CMD_OPTIONS(cmd, 0, 0,
        {.name = "--practice", .kind = OPTION_TEXT, .text = &wanted.practice_name},
        {.name = "--timezone", .kind = OPTION_TEXT, .text = &wanted.time_zone},
        {.name = "--state", .kind = OPTION_TEXT, .text = &wanted.state},
        {.name = "--consent-form", .kind = OPTION_TEXT, .text = &wanted.consent_form_path});
    if (code != EXIT_DONE)
        return code;
    struct why why = {0};
    if (home_create(&cmd->boot, &cmd->env, cmd->dir, &wanted, &why) != ERR_NONE) {
        (void)cmd_fail(&why);
        return text_starts(why.place, "--") ? EXIT_USAGE : EXIT_FAILED;
    }
    code = cmd_open_store(cmd, 0);
    if (code != EXIT_DONE)
        return code;
    cmd_note("A home stands in %s. All playbooks are paused and nothing leaves.", cmd->dir);
    cmd_note(
        "Keep %s/secrets somewhere safe and apart: without it the data cannot be read.", cmd->dir);
    if (!wanted.consent_form_path)
        cmd_note("No consent form is named: imported consent counts as express only, and marketing "
                 "texts are refused (consent_form in perennial.yaml).");
    if (cmd->json)
        cmd_print_json_new(json_pack("{s:s}", "home", cmd->dir));
    return EXIT_DONE;
}

enum exit_code cmd_migrate(struct cmd *cmd)
{
    enum exit_code code = cmd_options(cmd, NULL, 0, 0, 0);
    if (code == EXIT_DONE)
        code = cmd_take_lock(cmd);
    if (code == EXIT_DONE)
        code = cmd_open_store(cmd, 0);
    if (code == EXIT_DONE)
        cmd_note("The store has this version's schema.");
    return code;
}
