/* main.c: the table of commands, and which one is meant. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/help.h"

const struct command cmd_table[] = {
    {"init", "a new home: decides and records everything, sends nothing", help_init, cmd_init},
    {"import", "take a booking system's exports in", help_import, cmd_import},
    {"check", "playbooks, templates, definitions, settings: what is wrong", help_check, cmd_check},
    {"plan", "who would enter, what each would get and when, who not and why", help_plan, cmd_plan},
    {"apply", "carry out exactly a saved plan", help_apply, cmd_apply},
    {"pilot", "run a playbook with a few patients first", help_pilot, cmd_pilot},
    {"pause", "stop a playbook, or all sending", help_pause, cmd_pause},
    {"resume", "let a playbook, or all sending, go on", help_resume, cmd_resume},
    {"explain", "why something was or was not sent to a patient", help_explain, cmd_explain},
    {"serve", "the web app, API, scheduler, channels, webhooks, patient pages", help_serve,
        cmd_serve},
    {"tick", "the scheduler on a virtual clock", help_tick, cmd_tick},
    {"receive", "a message as if a patient had sent it", help_receive, cmd_receive},
    {"simulate", "a simulated practice and world, with every promise checked", help_simulate,
        cmd_simulate},
    {"report", "funnel, lift, revenue, opt-outs, staff time", help_report, cmd_report},
    {"due", "when patients usually come again, by their own visits", help_due, cmd_due},
    {"search", "patients, what was said, tasks, tags, playbooks", help_search, cmd_search},
    {"train", "what staff corrected is learned, if no test gets worse", help_train, cmd_train},
    {"waitlist", "who waits for a time that is not free yet: list, add, remove", help_waitlist,
        cmd_waitlist},
    {"audit", "verify the audit chain; show one patient's trail", help_audit, cmd_audit},
    {"inspect", "what the engine makes of a reply, a phone, a text, a template", help_inspect,
        cmd_inspect},
    {"user", "who may sign in: add, list, link, disable, enable", help_user, cmd_user},
    {"key", "what programs sign in with: add, list, revoke", help_key, cmd_key},
    {"backup", "a consistent, encrypted copy of the store", help_backup, cmd_backup},
    {"restore", "put a backup back", help_restore, cmd_restore},
    {"rekey", "encrypt the store with a new key", help_rekey, cmd_rekey},
    {"export", "everything about one patient, for that patient", help_export, cmd_export},
    {"erase", "forget one patient; what must be provable stays, without who it was", help_erase,
        cmd_erase},
    {"doctor", "what stands in the way of sending, and how large the store is", help_doctor,
        cmd_doctor},
    {"migrate", "bring the store to this version", help_migrate, cmd_migrate},
    {"completion", "shell completion for bash", help_completion, cmd_completion},
};
const size_t cmd_table_count = sizeof(cmd_table) / sizeof(cmd_table[0]);

static void print_overview(FILE *out)
{
    fputs("usage: perennial [--home DIR] COMMAND ...      perennial help COMMAND\n\n", out);
    for (size_t i = 0; i < cmd_table_count; i++)
        fprintf(out, "  %-11s %s\n", cmd_table[i].name, cmd_table[i].summary);
    fputs("\nThe home is --home, else $PERENNIAL_HOME, else ~/.local/share/perennial. Tables are\n"
          "also printed by --json. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 home in use.\n",
        out);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < cmd_table_count; i++) {
        if (text_is(cmd_table[i].name, name))
            return &cmd_table[i];
    }
    return NULL;
}

static enum exit_code unknown_command(const char *name)
{
    const char *names[sizeof(cmd_table) / sizeof(cmd_table[0])];
    for (size_t i = 0; i < cmd_table_count; i++)
        names[i] = cmd_table[i].name;
    const char *nearest = text_nearest(name, names, cmd_table_count);
    if (nearest)
        cmd_note("perennial: there is no command \"%s\"; did you mean %s?", name, nearest);
    else
        cmd_note("perennial: there is no command \"%s\"; see perennial --help", name);
    return EXIT_USAGE;
}

/* `perennial help [COMMAND]`: what --help prints. */
static enum exit_code help_command(const char *name)
{
    const struct command *command = name ? find_command(name) : NULL;
    if (name && !command)
        return unknown_command(name);
    if (command)
        fputs(command->help, stdout);
    else
        print_overview(stdout);
    return EXIT_DONE;
}

static const char *default_home(struct arena *boot)
{
    const char *home = getenv("PERENNIAL_HOME");
    if (home && home[0])
        return home;
    const char *user = getenv("HOME");
    return arena_format(boot, "%s/.local/share/perennial", user && user[0] ? user : "");
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (text_is(argv[i], "--help") || text_is(argv[i], "-h"))
            return true;
    }
    return false;
}

/* `due | head`: whoever reads has seen enough. Asked once more, since what failed is forgotten. */
static bool reader_has_left(void)
{
    clearerr(stdout);
    errno = 0;
    return (putchar('\n') == EOF || fflush(stdout) != 0) && errno == EPIPE;
}

static enum exit_code run_command(
    const struct command *command, const char *dir, bool json, int argc, char **argv)
{
    if (wants_help(argc, argv)) {
        fputs(command->help, stdout);
        return EXIT_DONE;
    }
    struct cmd cmd = {.name = command->name, .json = json, .argc = argc, .argv = argv};
    arena_init(&cmd.boot, 0);
    cmd.dir = dir ? dir : default_home(&cmd.boot);
    struct why why = {0};
    enum exit_code code =
        env_os_open(&cmd.boot, &cmd.env, &why) == ERR_NONE ? command->run(&cmd) : cmd_fail(&why);
    cmd_close(&cmd);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (reader_has_left())
            return code;
        cmd_note("perennial: the output could not be written");
        return EXIT_FAILED;
    }
    return code;
}

int main(int argc, char **argv)
{
    const char *dir = NULL;
    bool json = false;
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (text_is(argv[i], "--home") && i + 1 < argc) {
            dir = argv[++i];
        } else if (text_starts(argv[i], "--home=")) {
            dir = argv[i] + strlen("--home=");
        } else if (text_is(argv[i], "--json")) {
            json = true;
        } else if (text_is(argv[i], "--help") || text_is(argv[i], "-h")) {
            print_overview(stdout);
            return EXIT_DONE;
        } else if (text_is(argv[i], "--version")) {
            puts("perennial " PERENNIAL_VERSION);
            return EXIT_DONE;
        } else {
            cmd_note("perennial: there is no option %s before the command", argv[i]);
            return EXIT_USAGE;
        }
    }
    if (i >= argc) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    if (text_is(argv[i], "help"))
        return (int)help_command(argv[i + 1]);
    const struct command *command = find_command(argv[i]);
    if (!command)
        return (int)unknown_command(argv[i]);
    return (int)run_command(command, dir, json, argc - i - 1, argv + i + 1);
}
