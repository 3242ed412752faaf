/* cmd.h: the program's commands: each reads its arguments, builds what it needs and runs.  (mains)
 *
 * Place in the flow: over all rooms; nothing includes it. Results go to stdout, chatter to stderr.
 * Exit codes: 0 done, 1 the work failed or a check found something, 2 wrong usage, 3 another
 * process holds the home.
 *
 * A command is one row of the table in main.c: name, summary, help, options, run. Its help fits one
 * screen. Calling sequence: main finds the row -> cmd_options reads the arguments -> run. */
#ifndef PERENNIAL_CMD_CMD_H
#define PERENNIAL_CMD_CMD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/home.h"
#include "env/env.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_HELD = 3 };

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER };

struct cmd_option {
    const char *name; /* "--dry-run" */
    enum option_kind kind;
    bool *flag;        /* OPTION_FLAG */
    const char **text; /* OPTION_TEXT */
    int64_t *number;   /* OPTION_NUMBER */
    int64_t min, max;  /* OPTION_NUMBER */
};

struct cmd {
    struct arena boot; /* lives as long as the command */
    struct env env;
    const char *dir;        /* --home */
    bool json;              /* --json, understood everywhere */
    const char *name;       /* of the command */
    const char **arguments; /* what is left after the options */
    size_t argument_count;
    char **argv; /* not yet read */
    int argc;
    struct home home;
    struct db *db;
    struct engine engine;
    struct env_lock lock;
    bool engine_open;
};

struct command {
    const char *name, *summary;
    const char *help; /* usage line and options: one screen */
    enum exit_code (*run)(struct cmd *cmd);
};
extern const struct command cmd_table[];
extern const size_t cmd_table_count;

/* Fills arguments; prints what is wrong and returns EXIT_USAGE otherwise. */
enum exit_code cmd_options(struct cmd *cmd, const struct cmd_option *options, size_t count,
    size_t arguments_min, size_t arguments_max);
#define CMD_OPTIONS(cmd, min, max, ...)                                                            \
    cmd_options((cmd), (const struct cmd_option[]){__VA_ARGS__},                                   \
        sizeof((const struct cmd_option[]){__VA_ARGS__}) / sizeof(struct cmd_option), (min),       \
        (max))

enum exit_code cmd_usage(const struct cmd *cmd, const char *format, ...) PRINTF_LIKE(2, 3);
/* Prints "perennial: place: message. Hint." and returns the code. */
enum exit_code cmd_fail(const struct why *why);
void cmd_print_json(const json_t *json);                  /* one line */
void cmd_print_json_new(json_t *taken);                   /* and drops it */
void cmd_note(const char *format, ...) PRINTF_LIKE(1, 2); /* chatter: stderr */

/* What most commands begin with. Each prints its own trouble. */
enum exit_code cmd_open_home(struct cmd *cmd);                     /* env, home */
enum exit_code cmd_open_store(struct cmd *cmd, int64_t cache_kib); /* and the database */
enum exit_code cmd_open_engine(struct cmd *cmd, const char *actor, bool with_channels);
/* The same for what reads or writes clocks: they are as definitions.yaml says now. */
enum exit_code cmd_open_current(struct cmd *cmd, const char *actor, bool with_channels);
enum exit_code cmd_take_lock(struct cmd *cmd); /* EXIT_HELD */
void cmd_close(struct cmd *cmd);

/* To which moment `tick` has brought the home; ms 0: it never ran. */
enum err cmd_ticked(struct cmd *cmd, struct instant *ret_at, struct why *reterr_why);
/* The home's own now: the clock, or the moment to which `tick` has brought it, whichever is later.
 */
enum err cmd_now(struct cmd *cmd, struct instant *ret_now, struct why *reterr_why);
enum err cmd_write_clock(struct cmd *cmd, struct instant now, struct why *reterr_why);
/* --at, --until: RFC 3339; or without its offset, in the practice's zone (gap and overlap: zone.h);
 * or a date, then at the hour of the scan there; or NULL: now. */
enum exit_code cmd_moment(struct cmd *cmd, const char *text, struct instant *ret_at);
/* A day of --from and --to. */
enum exit_code cmd_day(struct cmd *cmd, const char *text, struct day *ret_day);

enum exit_code cmd_init(struct cmd *cmd);
enum exit_code cmd_import(struct cmd *cmd);
enum exit_code cmd_check(struct cmd *cmd);
enum exit_code cmd_plan(struct cmd *cmd);
enum exit_code cmd_apply(struct cmd *cmd);
enum exit_code cmd_pause(struct cmd *cmd);
enum exit_code cmd_resume(struct cmd *cmd);
enum exit_code cmd_pilot(struct cmd *cmd);
enum exit_code cmd_explain(struct cmd *cmd);
enum exit_code cmd_serve(struct cmd *cmd);
enum exit_code cmd_tick(struct cmd *cmd);
enum exit_code cmd_receive(struct cmd *cmd);
enum exit_code cmd_simulate(struct cmd *cmd);
enum exit_code cmd_report(struct cmd *cmd);
enum exit_code cmd_due(struct cmd *cmd);
enum exit_code cmd_search(struct cmd *cmd);
enum exit_code cmd_train(struct cmd *cmd);
enum exit_code cmd_waitlist(struct cmd *cmd);
enum exit_code cmd_audit(struct cmd *cmd);
enum exit_code cmd_inspect(struct cmd *cmd);
enum exit_code cmd_backup(struct cmd *cmd);
enum exit_code cmd_restore(struct cmd *cmd);
enum exit_code cmd_rekey(struct cmd *cmd);
enum exit_code cmd_export(struct cmd *cmd);
enum exit_code cmd_erase(struct cmd *cmd);
enum exit_code cmd_doctor(struct cmd *cmd);
enum exit_code cmd_migrate(struct cmd *cmd);
enum exit_code cmd_user(struct cmd *cmd);
enum exit_code cmd_key(struct cmd *cmd);
enum exit_code cmd_completion(struct cmd *cmd);

#endif
