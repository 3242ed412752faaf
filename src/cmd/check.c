/* check.c: `check`: what is wrong in a home's files. Needs no database. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/cmd.h"

enum { FILE_BYTES_MAX = 4 << 20 };

struct finding_sink {
    struct cmd *cmd;
    json_t *findings;
    const char **names; /* the files of the home, as findings call them */
    size_t name_count, name_capacity;
    bool *asked; /* by name, where files were named at all */
    size_t errors, warnings;
};

/* ---- which files ---- */

static void add_name(struct finding_sink *sink, const char *name)
{
    struct arena *boot = &sink->cmd->boot;
    if (sink->name_count == sink->name_capacity) {
        size_t bigger = sink->name_capacity ? sink->name_capacity * 2 : 128;
        sink->names = arena_grow(boot, sink->names, sink->name_capacity * sizeof(*sink->names),
            bigger * sizeof(*sink->names));
        sink->name_capacity = bigger;
    }
    sink->names[sink->name_count++] = name;
}

/* What is in a folder; a folder that is not there holds nothing (the loading says so). */
static size_t list_folder(
    struct finding_sink *sink, const char *folder, const char *suffix, char ***ret_names)
{
    struct cmd *cmd = sink->cmd;
    struct env_file *file = &cmd->env.file;
    size_t count = 0;
    struct why why = {0};
    if (file->list(file->self, &cmd->boot, home_path(&cmd->boot, cmd->dir, folder), suffix,
            ret_names, &count, &why)
        != ERR_NONE)
        return 0;
    return count;
}

static void add_folder(struct finding_sink *sink, const char *folder, const char *suffix)
{
    char **names = NULL;
    size_t count = list_folder(sink, folder, suffix, &names);
    for (size_t i = 0; i < count; i++)
        add_name(sink, arena_format(&sink->cmd->boot, "%s/%s", folder, names[i]));
}

static void list_home(struct finding_sink *sink)
{
    struct cmd *cmd = sink->cmd;
    static const char *const single[] = {"perennial.yaml", "definitions.yaml", "schedules.yaml"};
    for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
        if (cmd->env.file.exists(cmd->env.file.self, home_path(&cmd->boot, cmd->dir, single[i])))
            add_name(sink, single[i]);
    }
    add_folder(sink, "playbooks", ".yaml");
    add_folder(sink, "knowledge", ".yaml");
    char **folders = NULL;
    size_t count = list_folder(sink, "templates", "", &folders);
    for (size_t i = 0; i < count; i++)
        add_folder(sink, arena_format(&cmd->boot, "templates/%s", folders[i]), ".liquid");
    sink->asked = ARENA_NEW(&cmd->boot, bool, sink->name_count + 1);
}

/* A path may lead to a file of the home in many ways; that its bytes are the same is what counts
 * to a check. */
static bool is_same(struct cmd *cmd, const char *path, const char *name)
{
    struct env_file *file = &cmd->env.file;
    char *left, *right;
    size_t left_len, right_len;
    return file->read(file->self, &cmd->boot, path, FILE_BYTES_MAX, &left, &left_len, NULL)
        == ERR_NONE
        && file->read(file->self, &cmd->boot, home_path(&cmd->boot, cmd->dir, name), FILE_BYTES_MAX,
               &right, &right_len, NULL)
        == ERR_NONE
        && left_len == right_len && memcmp(left, right, left_len) == 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* By the name in the home, by the last part of it alone, or by a path from anywhere. */
static bool ask_for(struct finding_sink *sink, const char *argument)
{
    bool found = false;
    while (text_starts(argument, "./"))
        argument += 2;
    bool bare = !strchr(argument, '/');
    for (size_t i = 0; i < sink->name_count; i++) {
        const char *name = sink->names[i];
        if (!text_is(base_name(name), base_name(argument))
            || (!bare && !text_is(name, argument) && !is_same(sink->cmd, argument, name)))
            continue;
        sink->asked[i] = found = true;
    }
    return found;
}

/* ---- findings ---- */

static bool is_at(const char *place, const char *name)
{
    size_t len = strlen(name);
    return strncmp(place, name, len) == 0 && (place[len] == ':' || !place[len]);
}

/* Only what was found in a file that was asked for; all of them when none was. */
static bool asked_for(const struct finding_sink *sink, const char *place)
{
    if (sink->cmd->argument_count == 0)
        return true;
    for (size_t i = 0; i < sink->name_count; i++) {
        if (sink->asked[i] && is_at(place, sink->names[i]))
            return true;
    }
    return false;
}

static void tell(struct finding_sink *sink, bool is_error, const char *rule, const char *place,
    const char *message, const char *hint)
{
    *(is_error ? &sink->errors : &sink->warnings) += 1;
    json_array_append_new(sink->findings,
        json_pack("{s:s,s:s,s:s,s:s,s:s}", "severity", is_error ? "error" : "warning", "rule", rule,
            "place", place, "message", message, "hint", hint ? hint : ""));
    if (!sink->cmd->json)
        printf("%s: %s: %s [%s]%s%s\n", place, is_error ? "error" : "warning", message, rule,
            hint && hint[0] ? "\n    " : "", hint ? hint : "");
}

static void take(struct finding_sink *sink, bool is_error, const char *rule, const char *place,
    const char *message, const char *hint)
{
    if (asked_for(sink, place))
        tell(sink, is_error, rule, place, message, hint);
}

/* Nobody is told "0 errors" of a file at which nothing looked. */
static void take_arguments(struct finding_sink *sink)
{
    struct cmd *cmd = sink->cmd;
    list_home(sink);
    for (size_t i = 0; i < cmd->argument_count; i++) {
        if (!ask_for(sink, cmd->arguments[i]))
            tell(sink, true, "file", cmd->arguments[i],
                "this is none of the files of this home, so nothing looked at it",
                "Name one as in `perennial check playbooks/NAME.yaml`: perennial.yaml, "
                "definitions.yaml, schedules.yaml, or one in playbooks/, knowledge/ or templates/");
    }
}

/* What keeps a home from being loaded is told whatever was asked for, and what it kept unseen. */
static void take_home(struct finding_sink *sink, const struct why *why)
{
    tell(sink, true, "settings", why->place, why->message, why->hint);
    for (size_t i = 0; i < sink->name_count; i++) {
        if (sink->asked[i] && !is_at(why->place, sink->names[i]))
            tell(sink, true, "file", sink->names[i], "this file was not looked at",
                arena_format(&sink->cmd->boot, "Correct %s first, then check again", why->place));
    }
}

static void take_templates(struct finding_sink *sink)
{
    const struct template_problems *problems = template_problems_of(sink->cmd->home.templates);
    for (size_t i = 0; i < problems->count; i++) {
        const struct template_problem *problem = &problems->list[i];
        char *place = problem->line ? arena_format(&sink->cmd->boot, "templates/%s:%d:%d",
                          problem->file, problem->line, problem->column)
                                    : arena_format(&sink->cmd->boot, "templates/%s", problem->file);
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
        take(sink, false, "definitions", warning->place, warning->message,
            "Change it, or leave it if it is meant so: nothing stops by it");
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
    if (err != ERR_NOT_FOUND)
        take_arguments(&sink);
    if (err == ERR_NONE) {
        take_definitions(&sink);
        take_templates(&sink);
        err = take_playbooks(&sink, &why);
    }
    if (err == ERR_NOT_FOUND || err == ERR_DENIED || (err != ERR_NONE && !why.place[0]))
        return cmd_fail(&why);
    if (err != ERR_NONE)
        take_home(&sink, &why);
    if (cmd->json)
        cmd_print_json_new(json_pack("{s:O,s:I,s:I}", "findings", findings, "errors",
            (json_int_t)sink.errors, "warnings", (json_int_t)sink.warnings));
    else
        printf("%s, %s\n", text_count(&cmd->boot, (int64_t)sink.errors, "error"),
            text_count(&cmd->boot, (int64_t)sink.warnings, "warning"));
    return sink.errors ? EXIT_FAILED : EXIT_DONE;
}
