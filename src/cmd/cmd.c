/* cmd.c: what every command needs: options, errors, the home, the store, the home's clock. */
#include "cmd/cmd.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine_sql.h"

void cmd_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

enum exit_code cmd_fail(const struct why *why)
{
    char text[1024];
    why_format(why, text, sizeof(text));
    cmd_note("perennial: %s", text);
    return EXIT_FAILED;
}

enum exit_code cmd_usage(const struct cmd *cmd, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "perennial %s: ", cmd->name);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry `perennial %s --help`.\n", cmd->name);
    return EXIT_USAGE;
}

void cmd_print_json(const json_t *json)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    puts(json_text_of(&scratch, json));
}

void cmd_print_json_new(json_t *taken)
{
    JSON_AUTO json = taken;
    cmd_print_json(json);
}

static const struct cmd_option *find_option(
    const struct cmd_option *options, size_t count, const char *name, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0)
            return &options[i];
    }
    return NULL;
}

static enum exit_code unknown_option(
    const struct cmd *cmd, const struct cmd_option *options, size_t count, const char *name)
{
    const char *names[32];
    size_t known = 0;
    for (; known < count && known < sizeof(names) / sizeof(names[0]); known++)
        names[known] = options[known].name;
    const char *nearest = text_nearest(name, names, known);
    if (nearest)
        return cmd_usage(cmd, "there is no option %s; did you mean %s?", name, nearest);
    return cmd_usage(cmd, "there is no option %s", name);
}

static enum exit_code set_option(
    const struct cmd *cmd, const struct cmd_option *option, const char *value)
{
    switch (option->kind) {
    case OPTION_FLAG: *option->flag = true; break;
    case OPTION_TEXT: *option->text = value; break;
    case OPTION_NUMBER:
        if (!text_to_int(value, option->min, option->max, option->number))
            return cmd_usage(cmd, "%s wants a number from %" PRId64 " to %" PRId64, option->name,
                option->min, option->max);
        break;
    }
    return EXIT_DONE;
}

static enum exit_code read_option(
    struct cmd *cmd, const struct cmd_option *options, size_t count, int *index)
{
    const char *word = cmd->argv[*index];
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const struct cmd_option *option = find_option(options, count, word, len);
    if (!option)
        return unknown_option(cmd, options, count, word);
    if (option->kind == OPTION_FLAG && equals)
        return cmd_usage(cmd, "%s takes no value", option->name);
    const char *value = equals ? equals + 1 : NULL;
    if (option->kind != OPTION_FLAG && !value) {
        if (*index + 1 >= cmd->argc)
            return cmd_usage(cmd, "%s wants a value", option->name);
        value = cmd->argv[++*index];
    }
    return set_option(cmd, option, value);
}

/* The first line of the command's help: what it wants. */
static const char *usage_line(struct cmd *cmd)
{
    const char *help = "";
    for (size_t i = 0; i < cmd_table_count; i++)
        if (text_is(cmd_table[i].name, cmd->name))
            help = cmd_table[i].help;
    if (text_starts(help, "usage: "))
        help += strlen("usage: ");
    return arena_text_n(&cmd->boot, help, strcspn(help, "\n"));
}

enum exit_code cmd_options(struct cmd *cmd, const struct cmd_option *options, size_t count,
    size_t arguments_min, size_t arguments_max)
{
    cmd->arguments = ARENA_NEW(&cmd->boot, const char *, (size_t)cmd->argc + 1);
    bool only_arguments = false;
    for (int i = 0; i < cmd->argc; i++) {
        const char *word = cmd->argv[i];
        bool is_option = !only_arguments && word[0] == '-' && word[1] != '\0';
        if (is_option && text_is(word, "--")) {
            only_arguments = true;
        } else if (is_option && text_is(word, "--json")) {
            cmd->json = true;
        } else if (is_option) {
            enum exit_code code = read_option(cmd, options, count, &i);
            if (code != EXIT_DONE)
                return code;
        } else {
            cmd->arguments[cmd->argument_count++] = word;
        }
    }
    if (cmd->argument_count < arguments_min)
        return cmd_usage(cmd, "an argument is missing: %s", usage_line(cmd));
    if (cmd->argument_count > arguments_max)
        return cmd_usage(cmd, "\"%s\" is one argument too many", cmd->arguments[arguments_max]);
    return EXIT_DONE;
}

enum exit_code cmd_open_home(struct cmd *cmd)
{
    struct why why = {0};
    if (home_load(&cmd->boot, &cmd->env, cmd->dir, &cmd->home, &why) != ERR_NONE)
        return cmd_fail(&why);
    return EXIT_DONE;
}

enum exit_code cmd_take_lock(struct cmd *cmd)
{
    struct why why = {0};
    char *path = home_path(&cmd->boot, cmd->dir, "data/lock");
    enum err err = env_lock_take(path, &cmd->lock, &why);
    if (err == ERR_NONE)
        return EXIT_DONE;
    (void)cmd_fail(&why);
    return err == ERR_BUSY ? EXIT_HELD : EXIT_FAILED;
}

enum exit_code cmd_open_store(struct cmd *cmd, int64_t cache_kib)
{
    enum exit_code code = cmd_open_home(cmd);
    if (code != EXIT_DONE)
        return code;
    struct why why = {0};
    if (home_open_store(&cmd->boot, &cmd->home, cache_kib, &cmd->db, &why) != ERR_NONE)
        return cmd_fail(&why);
    return EXIT_DONE;
}

enum exit_code cmd_open_engine(struct cmd *cmd, const char *actor, bool with_channels)
{
    if (!cmd->db) {
        enum exit_code code = cmd_open_store(cmd, 0);
        if (code != EXIT_DONE)
            return code;
    }
    const struct engine_options options = {
        .home = &cmd->home,
        .env = &cmd->env,
        .db = cmd->db,
        .actor = actor,
        .with_channels = with_channels,
    };
    struct why why = {0};
    if (engine_open(&cmd->boot, &options, &cmd->engine, &why) != ERR_NONE)
        return cmd_fail(&why);
    cmd->engine_open = true;
    return EXIT_DONE;
}

enum exit_code cmd_open_current(struct cmd *cmd, const char *actor, bool with_channels)
{
    enum exit_code code = cmd_open_engine(cmd, actor, with_channels);
    struct why why = {0};
    struct instant now;
    if (code != EXIT_DONE)
        return code;
    enum err err = cmd_now(cmd, &now, &why);
    enum engine_following following = FOLLOWING_ON;
    while (err == ERR_NONE && following == FOLLOWING_ON)
        err = engine_follow_definitions(&cmd->engine, now, &following, &why);
    if (err == ERR_NONE && following == FOLLOWING_OTHERS) {
        err = why_set(&why, ERR_CONFLICT, "definitions.yaml has changed meanwhile");
        why_hint(&why, "Run it again");
    }
    return err == ERR_NONE ? EXIT_DONE : cmd_fail(&why);
}

void cmd_close(struct cmd *cmd)
{
    if (cmd->engine_open)
        engine_close(&cmd->engine);
    db_close(cmd->db);
    if (cmd->lock.fd > 0)
        env_lock_release(&cmd->lock);
    env_os_close(&cmd->env);
    arena_release(&cmd->boot);
}

static struct instant later(struct instant a, struct instant b)
{
    return instant_before(a, b) ? b : a;
}

enum err cmd_ticked(struct cmd *cmd, struct instant *ret_at, struct why *reterr_why)
{
    int64_t ticked_ms = 0;
    enum err err = db_query_int(cmd->db, &sql_engine_read_state,
        DB_ARGS(db_int("practice_id", cmd->home.practice.practice_id), db_text("name", "clock")),
        &ticked_ms, NULL);
    if (err != ERR_NONE && err != ERR_NOT_FOUND)
        return why_set(reterr_why, err, "the home's clock cannot be read from its store");
    *ret_at = (struct instant){ticked_ms};
    return ERR_NONE;
}

enum err cmd_now(struct cmd *cmd, struct instant *ret_now, struct why *reterr_why)
{
    struct instant ticked;
    enum err err = cmd_ticked(cmd, &ticked, reterr_why);
    if (err == ERR_NONE)
        *ret_now = later(cmd->env.clock.now(cmd->env.clock.self), ticked);
    return err;
}

enum err cmd_write_clock(struct cmd *cmd, struct instant now, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    enum err err = engine_begin(&cmd->engine, now, &tx, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(&tx, &sql_engine_write_state,
            DB_ARGS(db_int("practice_id", tx.practice_id), db_text("name", "clock"),
                db_text("value", arena_format(&cmd->boot, "%" PRId64, now.ms))),
            NULL, reterr_why);
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}

/* A clock time without an offset is the practice's: what it reads in UTC is what its clock shows.
 */
static bool local_moment(struct cmd *cmd, const char *text, struct instant *ret_at)
{
    struct instant reading;
    if (instant_parse(arena_format(&cmd->boot, "%sZ", text), &reading, NULL) != ERR_NONE)
        return false;
    int64_t days = reading.ms / MS_PER_DAY - (reading.ms % MS_PER_DAY < 0);
    int64_t ms = reading.ms - days * MS_PER_DAY;
    struct civil civil = {.hour = (int)(ms / MS_PER_HOUR),
        .minute = (int)(ms / MS_PER_MINUTE % 60),
        .second = (int)(ms / MS_PER_SECOND % 60),
        .ms = (int)(ms % MS_PER_SECOND)};
    day_split((struct day){(int32_t)days}, &civil.year, &civil.month, &civil.day);
    *ret_at = zone_instant(cmd->home.practice.zone, &civil);
    return true;
}

enum exit_code cmd_moment(struct cmd *cmd, const char *text, struct instant *ret_at)
{
    struct why why = {0};
    if (!text)
        return cmd_now(cmd, ret_at, &why) == ERR_NONE ? EXIT_DONE : cmd_fail(&why);
    if (instant_parse(text, ret_at, NULL) == ERR_NONE || local_moment(cmd, text, ret_at))
        return EXIT_DONE;
    struct day day;
    if (day_parse(text, &day, NULL) != ERR_NONE)
        return cmd_usage(cmd,
            "\"%s\" is no moment: write 2026-03-01T23:00:00 (the practice's time), "
            "2026-03-01T23:00:00-06:00 or 2026-03-01",
            text);
    *ret_at = zone_at(cmd->home.practice.zone, day, cmd->home.practice.scan_minute);
    return EXIT_DONE;
}

enum exit_code cmd_day(struct cmd *cmd, const char *text, struct day *ret_day)
{
    if (day_parse(text, ret_day, NULL) != ERR_NONE)
        return cmd_usage(cmd, "\"%s\" is no date: write 2026-03-01", text);
    return EXIT_DONE;
}
