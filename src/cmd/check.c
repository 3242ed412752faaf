/* check.c: `check`: what is wrong in a home's files. Needs no database. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/cmd.h"

struct finding_sink {
    struct cmd *cmd;
    json_t *findings;
    size_t errors, warnings;
};

/* Only what was found in a file that was asked for; all of them when none was. */
static bool asked_for(const struct cmd *cmd, const char *place)
{
    if (cmd->argument_count == 0)
        return true;
    for (size_t i = 0; i < cmd->argument_count; i++) {
        const char *slash = strrchr(cmd->arguments[i], '/');
        if (strstr(place, slash ? slash + 1 : cmd->arguments[i]))
            return true;
    }
    return false;
}

static void take(struct finding_sink *sink, bool is_error, const char *rule, const char *place,
    const char *message, const char *hint)
{
    if (!asked_for(sink->cmd, place))
        return;
    *(is_error ? &sink->errors : &sink->warnings) += 1;
    json_array_append_new(sink->findings,
        json_pack("{s:s,s:s,s:s,s:s,s:s}", "severity", is_error ? "error" : "warning", "rule", rule,
            "place", place, "message", message, "hint", hint ? hint : ""));
    if (!sink->cmd->json)
        printf("%s: %s: %s [%s]%s%s\n", place, is_error ? "error" : "warning", message, rule,
            hint && hint[0] ? "\n    " : "", hint ? hint : "");
}

static void take_templates(struct finding_sink *sink)
{
    const struct template_problems *problems = template_problems_of(sink->cmd->home.templates);
    for (size_t i = 0; i < problems->count; i++) {
        const struct template_problem *problem = &problems->list[i];
        char *place = arena_format(
            &sink->cmd->boot, "templates/%s:%d:%d", problem->file, problem->line, problem->column);
        take(sink, problem->error, problem->rule, place, problem->message, problem->hint);
    }
}

static enum err take_playbooks(struct finding_sink *sink, struct why *why)
{
    struct playbook_findings findings;
    const struct playbook *const *playbooks;
    size_t count;
    enum err err = playbook_check_all(
        &sink->cmd->boot, &sink->cmd->home.playbooks, NULL, &findings, &playbooks, &count, why);
    for (size_t i = 0; i < findings.count && err == ERR_NONE; i++) {
        const struct playbook_finding *finding = &findings.findings[i];
        take(sink, finding->is_error, finding->rule, finding->place, finding->message,
            finding->hint);
    }
    return err;
}

static void take_definitions(struct finding_sink *sink)
{
    const struct audience_definitions *definitions = sink->cmd->home.definitions;
    for (size_t i = 0; i < definitions->warning_count; i++) {
        const struct definition_warning *warning = &definitions->warnings[i];
        take(sink, false, "definitions", warning->place, warning->message, "");
    }
}

enum exit_code cmd_check(struct cmd *cmd)
{
    enum exit_code code = cmd_options(cmd, NULL, 0, 0, 1000);
    if (code != EXIT_DONE)
        return code;
    JSON_AUTO findings = json_array();
    struct finding_sink sink = {.cmd = cmd, .findings = findings};
    struct why why = {0};
    enum err err = home_load(&cmd->boot, &cmd->env, cmd->dir, &cmd->home, &why);
    if (err == ERR_NONE) {
        take_definitions(&sink);
        take_templates(&sink);
        err = take_playbooks(&sink, &why);
    }
    if (err == ERR_NOT_FOUND || err == ERR_DENIED || (err != ERR_NONE && !why.place[0]))
        return cmd_fail(&why);
    if (err != ERR_NONE)
        take(&sink, true, "settings", why.place, why.message, why.hint);
    if (cmd->json)
        cmd_print_json_new(json_pack("{s:O,s:I,s:I}", "findings", findings, "errors",
            (json_int_t)sink.errors, "warnings", (json_int_t)sink.warnings));
    else
        printf("%zu errors, %zu warnings\n", sink.errors, sink.warnings);
    return sink.errors ? EXIT_FAILED : EXIT_DONE;
}
