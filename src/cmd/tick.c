/* tick.c: `tick`: the scheduler on a virtual clock, through the configured channels. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "cmd/cmd.h"
#include "http/http.h"

enum {
    ANSWER_WAIT_MS = 1000,          /* real time that one round waits for the channels */
    ANSWER_WAIT_MS_MAX = 90000,     /* real time until what is in flight has surely ended */
    CALLBACK_WAIT_MS = 50,          /* real time for a provider on this machine to call back */
    STANDSTILL_MS = 15 * 60 * 1000, /* what is due and may not go (all sending is paused) */
};

struct tick_sum {
    struct http *http; /* with --listen; else NULL */
    int64_t entered, claimed, started, settled, received;
};

static bool did_nothing(const struct engine_counts *counts)
{
    return !(counts->entered || counts->advanced || counts->claimed || counts->started
        || counts->settled || counts->asked || counts->received);
}

static void add_counts(struct tick_sum *sum, const struct engine_counts *counts)
{
    sum->entered += counts->entered;
    sum->claimed += counts->claimed;
    sum->started += counts->started;
    sum->settled += counts->settled;
    sum->received += counts->received;
}

/* Everything that is due at this moment, answers included: the clock moves only after that. */
static enum err settle_moment(
    struct cmd *cmd, struct instant now, struct tick_sum *sum, struct why *why)
{
    struct instant next = now;
    enum err err = ERR_NONE;
    if (sum->http)
        http_set_now(sum->http, now);
    bool calls_back = false;
    while (err == ERR_NONE && (calls_back || !instant_before(now, next))) {
        struct engine_counts counts;
        bool flying = channels_in_flight(cmd->engine.channels) > 0;
        if (calls_back)
            cmd->env.clock.sleep_ms(cmd->env.clock.self, CALLBACK_WAIT_MS);
        err = engine_step(&cmd->engine, now, flying ? ANSWER_WAIT_MS : 0, &counts, why);
        if (err == ERR_NONE)
            err = engine_drain_flights(&cmd->engine, now, ANSWER_WAIT_MS_MAX, why);
        add_counts(sum, &counts);
        if (did_nothing(&counts))
            break;
        calls_back = sum->http && counts.started > 0;
        if (err == ERR_NONE)
            err = engine_next(&cmd->engine, now, &next, why);
    }
    return err;
}

static enum err run_until(struct cmd *cmd, struct instant start, struct instant until,
    struct tick_sum *sum, struct why *why)
{
    struct instant now = start;
    enum err err = engine_recover(&cmd->engine, now, why);
    while (err == ERR_NONE) {
        err = settle_moment(cmd, now, sum, why);
        struct instant next;
        if (err == ERR_NONE)
            err = engine_next(&cmd->engine, now, &next, why);
        if (err == ERR_NONE && !instant_before(now, next))
            next = instant_add_ms(now, STANDSTILL_MS);
        if (err != ERR_NONE || instant_before(until, next))
            break;
        now = next;
    }
    if (err == ERR_NONE)
        err = cmd_write_clock(cmd, until, why);
    return err;
}

static enum exit_code check_channels(struct cmd *cmd)
{
    const char *offender;
    if (channels_loopback_only(cmd->engine.channels, &offender))
        return EXIT_DONE;
    cmd_note("perennial: a channel's address is %s, which is not on this machine. On a virtual "
             "clock messages would leave days early: use the null driver or a test server on "
             "127.0.0.1.",
        offender);
    return EXIT_FAILED;
}

static void on_tell(void *context, const struct http_event *event)
{
    (void)context;
    cmd_note("perennial: %s", event->detail);
}

static enum err open_http(struct cmd *cmd, const char *listen, struct instant now,
    struct http **ret_http, struct why *why)
{
    const struct http_options options = {
        .env = &cmd->env, .dir = cmd->dir, .listen = listen, .now = now, .tell = on_tell};
    enum err err = http_open(&cmd->boot, &options, ret_http, why);
    if (err == ERR_NONE)
        cmd_note("Listens on %s", http_address(*ret_http));
    return err;
}

static void print_sum(
    struct cmd *cmd, const struct tick_sum *sum, struct instant until, struct instant paused)
{
    const struct zone *zone = cmd->home.practice.zone;
    const char *stands = zone_format(&cmd->boot, zone, until);
    if (cmd->json)
        cmd_print_json_new(json_pack("{s:s,s:I,s:I,s:I,s:b}", "until", stands, "entered",
            (json_int_t)sum->entered, "started", (json_int_t)sum->started, "received",
            (json_int_t)sum->received, "sending_paused", paused.ms != 0));
    else
        printf("The clock stands at %s: %" PRId64 " entered, %" PRId64 " messages left.\n", stands,
            sum->entered, sum->started);
    if (paused.ms)
        cmd_note("perennial: all sending is paused since %s, so nothing leaves to patients. "
                 "`perennial resume` lets it go on",
            zone_format(&cmd->boot, zone, paused));
}

enum exit_code cmd_tick(struct cmd *cmd)
{
    const char *until_text = NULL, *speed = NULL, *listen = NULL;
    enum exit_code code =
        CMD_OPTIONS(cmd, 0, 0, {.name = "--until", .kind = OPTION_TEXT, .text = &until_text},
            {.name = "--speed", .kind = OPTION_TEXT, .text = &speed},
            {.name = "--listen", .kind = OPTION_TEXT, .text = &listen});
    if (code == EXIT_DONE && !until_text)
        return cmd_usage(cmd, "--until is missing");
    if (code == EXIT_DONE && speed && !text_is(speed, "max"))
        return cmd_usage(cmd, "--speed knows only max");
    if (code == EXIT_DONE)
        code = cmd_open_home(cmd);
    if (code == EXIT_DONE)
        code = cmd_take_lock(cmd);
    struct why why = {0};
    if (code == EXIT_DONE && home_open_store(&cmd->boot, &cmd->home, 0, &cmd->db, &why) != ERR_NONE)
        return cmd_fail(&why);
    if (code == EXIT_DONE)
        code = cmd_open_current(cmd, "engine", true);
    struct instant until, start;
    if (code == EXIT_DONE)
        code = check_channels(cmd);
    if (code == EXIT_DONE)
        code = cmd_moment(cmd, until_text, &until);
    if (code != EXIT_DONE)
        return code;
    if (cmd_now(cmd, &start, &why) != ERR_NONE)
        return cmd_fail(&why);
    if (instant_before(until, start))
        return cmd_usage(cmd,
            "%s is in the past: this home's clock stands at %s and never goes back. Name a later "
            "TIME; what a past day would have decided say `plan --at TIME` and `explain PATIENT "
            "--at TIME`",
            until_text, zone_format(&cmd->boot, cmd->home.practice.zone, start));
    struct tick_sum sum = {0};
    enum err err = listen ? open_http(cmd, listen, start, &sum.http, &why) : ERR_NONE;
    if (err == ERR_NONE)
        err = run_until(cmd, start, until, &sum, &why);
    http_close(sum.http);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    struct instant paused = {0};
    err = playbook_practice_paused(cmd->db, cmd->home.practice.practice_id, &paused, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (cmd->engine.trouble)
        cmd_note("perennial: %s", cmd->engine.trouble);
    print_sum(cmd, &sum, until, paused);
    return EXIT_DONE;
}
