/* report.c: `report`. */
#include "report/report.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/cmd.h"
#include "playbook/playbook.h"

/* One that is a file of the home, or that ran once and is gone since. */
static enum err check_playbook(struct cmd *cmd, const char *name, struct why *why)
{
    const char *file = arena_format(&cmd->boot, "playbooks/%s.yaml", name);
    struct playbook_state *states;
    size_t count = 0;
    enum err err = playbook_read_states(
        &cmd->boot, cmd->db, cmd->home.practice.practice_id, &states, &count, why);
    bool known = err != ERR_NONE;
    for (size_t i = 0; i < count && !known; i++)
        known = text_is(states[i].playbook, name);
    for (size_t i = 0; i < cmd->home.playbooks.playbook_count && !known; i++)
        known = text_is(cmd->home.playbooks.playbooks[i].name, file);
    return known ? err : playbook_unknown(&cmd->boot, &cmd->home.playbooks, name, why);
}

enum exit_code cmd_report(struct cmd *cmd)
{
    const char *from = NULL, *to = NULL, *playbook = NULL, *html = NULL;
    enum exit_code code =
        CMD_OPTIONS(cmd, 0, 0, {.name = "--from", .kind = OPTION_TEXT, .text = &from},
            {.name = "--to", .kind = OPTION_TEXT, .text = &to},
            {.name = "--playbook", .kind = OPTION_TEXT, .text = &playbook},
            {.name = "--html", .kind = OPTION_TEXT, .text = &html});
    if (code == EXIT_DONE)
        code = cmd_open_store(cmd, 0);
    struct report_question question = {
        .practice = &cmd->home.practice,
        .playbook = playbook,
        .from = {DAY_NONE},
        .to = {DAY_NONE},
    };
    if (code == EXIT_DONE && from)
        code = cmd_day(cmd, from, &question.from);
    if (code == EXIT_DONE && to)
        code = cmd_day(cmd, to, &question.to);
    if (code != EXIT_DONE)
        return code;
    if (from && to && question.from.n > question.to.n)
        return cmd_usage(cmd, "--from %s is after --to %s", from, to);
    struct why why = {0};
    json_t *built = NULL;
    enum err err = playbook ? check_playbook(cmd, playbook, &why) : ERR_NONE;
    if (err == ERR_NONE)
        err = cmd_now(cmd, &question.now, &why);
    if (err == ERR_NONE)
        err = report_build(&cmd->boot, cmd->db, &question, &built, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    JSON_AUTO report = built;
    if (html) {
        const char *page = report_html(&cmd->boot, report);
        err = cmd->env.file.write(cmd->env.file.self, html, page, strlen(page), 0640, &why);
        if (err != ERR_NONE)
            return cmd_fail(&why);
        cmd_note("Written to %s.", html);
    }
    if (cmd->json)
        cmd_print_json(report);
    else if (!html)
        fputs(report_text(&cmd->boot, report), stdout);
    return EXIT_DONE;
}
