/* serve.c: `serve`: scheduler, channels, webhooks and patient pages in one process.
 *
 * One thread runs the engine's loop; http has its own and wakes the loop; one waits for signals, so
 * that a stop is heard while a long statement runs. All is written so that a process may end at any
 * moment: what was under way is found by the next one. */
#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/user.h"
#include "http/http.h"

enum {
    FLIGHT_WAIT_MS = 250,       /* for answers of providers: a woken loop is at most so late */
    LOOK_MS_MAX = 2000,         /* other commands write to the same store, without a word to us */
    TOGETHER_MS = 100,          /* what comes due soon after goes with it: a step costs the store */
    NOTHING_DONE_MS = 1000,     /* something is due and may not be done: all sending is paused */
    TROUBLE_WAIT_MS = 1000,     /* between tries of a store that gives errors */
    TROUBLE_MS_MAX = 60 * 1000, /* then somebody has to look */
    STOP_FLIGHTS_MS = 6500, /* for requests under way; then they are in doubt, and asked about */
    STOP_MS_MAX = 9500,     /* SIGTERM to the end: 10 s are promised */
    RELOAD_FLIGHTS_MS = 60 * 1000, /* CHANNEL_TIMEOUT_MS_MAX: by then every request has ended */
    TELL_AGAIN_MS = 10 * 1000,     /* the same kind of trouble from outside is told this often */
};

/* The home as it was read once, and the engine on it. */
struct reading {
    struct arena boot;
    struct home home;
    struct engine engine;
};

/* What outsiders can cause is told with a limit. */
struct told {
    const char *what;
    _Atomic int64_t next_ms, unsaid;
};

struct serve {
    struct cmd *cmd;
    struct reading readings[2]; /* the current one, and room for the next */
    struct reading *now;
    struct http *http;
    struct db_turn *turn; /* of the loop's store and those of http */
    pthread_t loop, signals;
    _Atomic bool stop, reload;
    struct told told[3];
    char trouble[640];      /* of the engine, as last told */
    bool follows;           /* the clocks are as the definitions of `now` say */
    struct instant failing; /* since when the store gives errors; ms 0: it does not */
};

/* ---- what is told ---- */

/* One JSON object a line; a line is written whole, whichever thread writes. */
static void log_line(struct env *env, const char *event, json_t *fields)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    JSON_AUTO line = json_pack("{s:s,s:s}", "at",
        instant_format_utc(&scratch, env->clock.now(env->clock.self)), "event", event);
    if (fields)
        json_object_update(line, fields);
    json_decref(fields);
    const char *text = arena_format(&scratch, "%s\n", json_text_of(&scratch, line));
    (void)fputs(text, stderr);
}

static void log_why(struct env *env, const char *event, const struct why *why)
{
    char text[1024];
    why_format(why, text, sizeof(text));
    log_line(env, event, json_pack("{s:o}", "message", json_text(text)));
}

static void on_tell(void *context, const struct http_event *event)
{
    struct serve *serve = context;
    struct env *env = &serve->cmd->env;
    int64_t now_ms = env->clock.now(env->clock.self).ms, unsaid = 0;
    for (size_t i = 0; i < sizeof(serve->told) / sizeof(serve->told[0]); i++) {
        struct told *told = &serve->told[i];
        if (!text_is(told->what, event->what))
            continue;
        int64_t next_ms = atomic_load(&told->next_ms);
        if (now_ms < next_ms
            || !atomic_compare_exchange_strong(&told->next_ms, &next_ms, now_ms + TELL_AGAIN_MS)) {
            atomic_fetch_add(&told->unsaid, 1);
            return;
        }
        unsaid = atomic_exchange(&told->unsaid, 0);
    }
    log_line(env, event->what,
        json_pack(
            "{s:o,s:I}", "message", json_text(event->detail), "unsaid_before", (json_int_t)unsaid));
}

/* ---- signals ---- */

static void signal_set(sigset_t *set, const int *signals, size_t count)
{
    sigemptyset(set);
    for (size_t i = 0; i < count; i++)
        sigaddset(set, signals[i]);
}

static void wake_loop(void *context)
{
    struct serve *serve = context;
    (void)pthread_kill(serve->loop, SIGUSR1);
}

static void ask_reload(void *context)
{
    struct serve *serve = context;
    atomic_store(&serve->reload, true);
    wake_loop(serve);
}

/* Sleeps until something is to be done, at most `ms`. */
static void wait_ms(int64_t ms)
{
    sigset_t set;
    signal_set(&set, (const int[]){SIGUSR1}, 1);
    const struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)sigtimedwait(&set, NULL, &span);
}

/* After a stop was asked for, the process ends in time, even out of the middle of a statement: the
 * store rolls that back, and the next process takes up what was under way. */
static void await_end(struct serve *serve)
{
    sigset_t set;
    signal_set(&set, (const int[]){SIGUSR2}, 1);
    const struct timespec span = {
        .tv_sec = STOP_MS_MAX / 1000, .tv_nsec = STOP_MS_MAX % 1000 * 1000000};
    if (sigtimedwait(&set, NULL, &span) == SIGUSR2)
        return;
    log_line(&serve->cmd->env, "stopped",
        json_pack("{s:s}", "message", "in the middle of its work; the next start takes it up"));
    _Exit(EXIT_DONE);
}

static void *watch_signals(void *context)
{
    struct serve *serve = context;
    sigset_t set;
    signal_set(&set, (const int[]){SIGHUP, SIGTERM, SIGINT, SIGUSR2}, 4);
    for (;;) {
        int number = 0;
        if (sigwait(&set, &number) != 0)
            continue;
        if (number == SIGUSR2)
            return NULL;
        if (number == SIGHUP) {
            atomic_store(&serve->reload, true);
            wake_loop(serve);
            continue;
        }
        atomic_store(&serve->stop, true);
        wake_loop(serve);
        await_end(serve);
        return NULL;
    }
}

/* Every thread made from here on leaves them to the one that waits for them. */
static void hold_signals(void)
{
    sigset_t set;
    signal_set(&set, (const int[]){SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2}, 5);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* ---- the home and its engine ---- */

static void drop(struct reading *reading)
{
    engine_close(&reading->engine);
    arena_release(&reading->boot);
    *reading = (struct reading){0};
}

static enum err open_reading(struct serve *serve, struct reading *reading, struct why *why)
{
    struct cmd *cmd = serve->cmd;
    arena_init(&reading->boot, 0);
    enum err err = home_load(&reading->boot, &cmd->env, cmd->dir, &reading->home, why);
    const struct practice *old = &cmd->home.practice, *fresh = &reading->home.practice;
    if (err == ERR_NONE
        && (!text_is(old->store, fresh->store) || old->practice_id != fresh->practice_id)) {
        why_place(why, "perennial.yaml");
        why_hint(why, "Stop it and start it again");
        return why_set(why, ERR_CONFLICT, "another store or practice_id needs a new start");
    }
    const struct engine_options options = {.home = &reading->home,
        .env = &cmd->env,
        .db = cmd->db,
        .actor = "engine",
        .with_channels = true};
    return err == ERR_NONE ? engine_open(&reading->boot, &options, &reading->engine, why) : err;
}

static bool flying(const struct serve *serve)
{
    return channels_in_flight(serve->now->engine.channels) > 0;
}

static void settle_flights(struct serve *serve, int64_t within_ms, bool even_when_stopping)
{
    struct cmd *cmd = serve->cmd;
    struct instant end = instant_add_ms(cmd->env.clock.now(cmd->env.clock.self), within_ms);
    struct why why = {0};
    enum err err = ERR_NONE;
    while (flying(serve) && (err == ERR_NONE || err == ERR_BUSY)
        && (even_when_stopping || !atomic_load(&serve->stop))
        && instant_before(cmd->env.clock.now(cmd->env.clock.self), end)) {
        struct instant now;
        why = (struct why){0};
        err = cmd_now(cmd, &now, &why);
        if (err == ERR_NONE)
            err = engine_drain_flights(&serve->now->engine, now, 100, &why);
    }
    if (err != ERR_NONE)
        log_why(&cmd->env, "trouble", &why);
}

/* SIGHUP: the new settings take over between two steps, once nothing is in flight; what is wrong
 * with them leaves the old ones in force. */
static void reload(struct serve *serve)
{
    struct reading *old = serve->now;
    struct reading *fresh = old == &serve->readings[0] ? &serve->readings[1] : &serve->readings[0];
    struct env *env = &serve->cmd->env;
    struct why why = {0};
    settle_flights(serve, RELOAD_FLIGHTS_MS, false);
    if (flying(serve)) {
        log_line(env, "reload",
            json_pack("{s:b,s:s}", "done", 0, "message",
                "requests are still under way; send SIGHUP again"));
        return;
    }
    if (open_reading(serve, fresh, &why) != ERR_NONE) {
        drop(fresh);
        char text[1024];
        why_format(&why, text, sizeof(text));
        log_line(env, "reload",
            json_pack("{s:b,s:o}", "done", 0, "message",
                json_text(arena_format(&serve->now->engine.tick,
                    "%s The settings that were read before stay in force.", text))));
        return;
    }
    serve->now = fresh;
    serve->follows = false;
    drop(old);
    http_reload(serve->http);
    serve->trouble[0] = '\0';
    log_line(env, "reload", json_pack("{s:b}", "done", 1));
}

/* ---- the loop ---- */

static void tell_trouble(struct serve *serve)
{
    const char *trouble = serve->now->engine.trouble;
    if (!trouble || text_is(trouble, serve->trouble))
        return;
    (void)snprintf(serve->trouble, sizeof(serve->trouble), "%s", trouble);
    log_line(&serve->cmd->env, "trouble", json_pack("{s:o}", "message", json_text(trouble)));
}

static bool did_nothing(const struct engine_counts *counts)
{
    return !(counts->entered || counts->advanced || counts->claimed || counts->started
        || counts->settled || counts->asked || counts->received);
}

static int64_t within(int64_t min_ms, int64_t ms, int64_t max_ms)
{
    return ms < min_ms ? min_ms : ms > max_ms ? max_ms : ms;
}

/* One step; ret_wait_ms is how long there is nothing to do after it. */
static enum err step(struct serve *serve, int64_t *ret_wait_ms, struct why *why)
{
    struct engine *engine = &serve->now->engine;
    struct engine_counts counts = {0};
    struct instant now, next;
    enum err err = cmd_now(serve->cmd, &now, why);
    if (err != ERR_NONE)
        return err;
    http_set_now(serve->http, now);
    if (!serve->follows) {
        enum engine_following following;
        err = engine_follow_definitions(engine, now, &following, why);
        if (err != ERR_NONE)
            return err;
        serve->follows = following != FOLLOWING_ON;
    }
    err = engine_step(engine, now, flying(serve) ? FLIGHT_WAIT_MS : 0, &counts, why);
    tell_trouble(serve);
    if (err == ERR_NONE)
        err = engine_next(engine, now, &next, why);
    if (err != ERR_NONE)
        return err;
    int64_t until_ms = next.ms - now.ms;
    if (flying(serve) || !serve->follows)
        *ret_wait_ms = 0;
    else if (until_ms <= 0)
        *ret_wait_ms = did_nothing(&counts) ? NOTHING_DONE_MS : 0;
    else
        *ret_wait_ms = within(TOGETHER_MS, until_ms, LOOK_MS_MAX);
    return ERR_NONE;
}

/* A store may be away for a moment: a restart, a full disk that somebody empties. */
static enum err bear_trouble(struct serve *serve, enum err err, const struct why *why)
{
    struct env *env = &serve->cmd->env;
    struct instant now = env->clock.now(env->clock.self);
    if (err == ERR_NONE || err == ERR_BUSY) {
        if (err == ERR_NONE && serve->failing.ms)
            log_line(env, "recovered", NULL);
        if (err == ERR_NONE)
            serve->failing.ms = 0;
        return ERR_NONE;
    }
    if (!serve->failing.ms) {
        serve->failing = now;
        log_why(env, "trouble", why);
    }
    if (now.ms - serve->failing.ms < TROUBLE_MS_MAX) {
        wait_ms(TROUBLE_WAIT_MS);
        return ERR_NONE;
    }
    return err;
}

static enum err run_loop(struct serve *serve, struct why *why)
{
    enum err err = ERR_NONE;
    while (err == ERR_NONE && !atomic_load(&serve->stop)) {
        if (atomic_exchange(&serve->reload, false))
            reload(serve);
        int64_t pause_ms = 0;
        *why = (struct why){0};
        err = step(serve, &pause_ms, why);
        err = bear_trouble(serve, err, why);
        if (err == ERR_NONE && pause_ms > 0 && !atomic_load(&serve->stop))
            wait_ms(pause_ms);
    }
    return err;
}

/* ---- start and end ---- */

static enum err recover(struct serve *serve, struct instant now, struct why *why)
{
    enum err err = ERR_BUSY;
    for (int i = 0; i < 3 && err == ERR_BUSY; i++) {
        *why = (struct why){0};
        err = engine_recover(&serve->now->engine, now, why);
    }
    return err;
}

static enum err open_all(struct serve *serve, const char *listen, struct why *why)
{
    struct cmd *cmd = serve->cmd;
    struct instant now;
    serve->now = &serve->readings[0];
    enum err err = open_reading(serve, serve->now, why);
    if (err == ERR_NONE)
        err = cmd_now(cmd, &now, why);
    if (err == ERR_NONE)
        err = recover(serve, now, why);
    if (err != ERR_NONE)
        return err;
    const struct http_options options = {
        .env = &cmd->env,
        .dir = cmd->dir,
        .listen = listen ? listen : cmd->home.practice.listen,
        .now = now,
        .turn = serve->turn,
        .wake = wake_loop,
        .reload = ask_reload,
        .tell = on_tell,
        .context = serve,
    };
    return http_open(&cmd->boot, &options, &serve->http, why);
}

static void announce(struct serve *serve)
{
    const char *address = http_address(serve->http);
    if (serve->cmd->json)
        cmd_print_json_new(json_pack("{s:s}", "listen", address));
    else
        printf("Perennial listens on %s\n", address);
    (void)fflush(stdout);
    log_line(&serve->cmd->env, "started",
        json_pack("{s:s,s:s,s:s,s:s}", "listen", address, "sms",
            channels_driver(serve->now->engine.channels, CHANNEL_SMS), "email",
            channels_driver(serve->now->engine.channels, CHANNEL_EMAIL), "version",
            PERENNIAL_VERSION));
}

/* While nobody has an account, whoever reads the terminal may make the first one. */
static enum err offer_first_owner(struct serve *serve, struct why *why)
{
    struct instant now;
    char *url = NULL;
    DB_TX struct tx tx = {0};
    enum err err = cmd_now(serve->cmd, &now, why);
    if (err == ERR_NONE)
        err = engine_begin(&serve->now->engine, now, &tx, why);
    if (err == ERR_NONE)
        err = cmd_first_owner_url(serve->cmd, &tx, http_address(serve->http), &url, why);
    if (err == ERR_NONE)
        err = db_commit(&tx, why);
    if (err == ERR_NONE && url) { /* stderr is the log, and a link that signs in is not for it */
        printf(
            "Nobody has an account yet. Make the first owner (the link works once):\n  %s\n", url);
        fflush(stdout);
    }
    return err;
}

static enum exit_code serve_all(struct serve *serve, const char *listen)
{
    struct why why = {0};
    enum err err = open_all(serve, listen, &why);
    if (err == ERR_NONE && pthread_create(&serve->signals, NULL, watch_signals, serve) != 0)
        err = why_set(&why, ERR_IO, "the machine gives no more threads");
    if (err != ERR_NONE) {
        http_close(serve->http);
        return cmd_fail(&why);
    }
    announce(serve);
    err = offer_first_owner(serve, &why);
    if (err == ERR_NONE)
        err = run_loop(serve, &why);
    settle_flights(serve, STOP_FLIGHTS_MS, true);
    http_close(serve->http);
    log_line(&serve->cmd->env, "stopped", NULL);
    (void)pthread_kill(serve->signals, SIGUSR2);
    (void)pthread_join(serve->signals, NULL);
    return err == ERR_NONE ? EXIT_DONE : cmd_fail(&why);
}

enum exit_code cmd_serve(struct cmd *cmd)
{
    const char *listen = NULL;
    enum exit_code code =
        CMD_OPTIONS(cmd, 0, 0, {.name = "--listen", .kind = OPTION_TEXT, .text = &listen});
    if (code == EXIT_DONE)
        code = cmd_open_home(cmd);
    if (code == EXIT_DONE)
        code = cmd_take_lock(cmd);
    struct why why = {0};
    if (code == EXIT_DONE && home_open_store(&cmd->boot, &cmd->home, 0, &cmd->db, &why) != ERR_NONE)
        return cmd_fail(&why);
    if (code != EXIT_DONE)
        return code;
    struct serve *serve = ARENA_NEW(&cmd->boot, struct serve, 1);
    serve->cmd = cmd;
    serve->turn = db_turn_new(&cmd->boot);
    db_take_turns(cmd->db, serve->turn, true);
    serve->loop = pthread_self();
    serve->told[0].what = "signature";
    serve->told[1].what = "trouble";
    serve->told[2].what = "reload";
    hold_signals();
    code = serve_all(serve, listen);
    drop(&serve->readings[0]);
    drop(&serve->readings[1]);
    return code;
}
