/* receive.c: `receive`: an inbound message as if a patient had sent it. */
#include <stdio.h>
#include <string.h>

#include "base/phone.h"
#include "base/text.h"
#include "cmd/cmd.h"

/* What has not been written yet would stand before everything that is. A home whose clock `tick`
 * moves has a time of its own. */
static enum exit_code check_moment(struct cmd *cmd, struct instant at)
{
    struct why why = {0};
    struct instant ticked, now = cmd->env.clock.now(cmd->env.clock.self);
    if (cmd_ticked(cmd, &ticked, &why) != ERR_NONE)
        return cmd_fail(&why);
    if (at.ms <= now.ms || ticked.ms > now.ms)
        return EXIT_DONE;
    return cmd_usage(cmd, "--at %s is still to come, it is %s now: leave --at out",
        zone_format(&cmd->boot, cmd->home.practice.zone, at),
        zone_format(&cmd->boot, cmd->home.practice.zone, now));
}

enum exit_code cmd_receive(struct cmd *cmd)
{
    const char *from = NULL, *text = NULL, *at_text = NULL;
    enum exit_code code =
        CMD_OPTIONS(cmd, 0, 0, {.name = "--from", .kind = OPTION_TEXT, .text = &from},
            {.name = "--text", .kind = OPTION_TEXT, .text = &text},
            {.name = "--at", .kind = OPTION_TEXT, .text = &at_text});
    if (code == EXIT_DONE && (!from || !text))
        return cmd_usage(cmd, "--from and --text are both needed");
    if (code == EXIT_DONE && !utf8_valid_n(from, strlen(from)))
        return cmd_usage(cmd, "--from is not UTF-8: set the terminal to UTF-8");
    if (code == EXIT_DONE && !utf8_valid_n(text, strlen(text)))
        return cmd_usage(cmd, "--text is not UTF-8: set the terminal to UTF-8");
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "inbox", false);
    struct instant at;
    if (code == EXIT_DONE)
        code = cmd_moment(cmd, at_text, &at);
    if (code == EXIT_DONE && at_text)
        code = check_moment(cmd, at);
    if (code != EXIT_DONE)
        return code;
    char email[255];
    struct phone phone = phone_parse(from, "US");
    bool is_email = strchr(from, '@') && email_parse(from, email);
    if (!is_email && !phone.valid)
        return cmd_usage(cmd, "\"%s\" is neither a phone number nor an email address", from);
    struct id id = ids_next(&cmd->engine.ids, at);
    const struct inbox_message message = {
        .channel = is_email ? "email" : "sms",
        .provider_id = id.text,
        .sender = is_email ? email : phone.e164,
        .body = text,
        .received = at,
    };
    struct why why = {0};
    bool is_new;
    if (engine_receive(&cmd->engine, &message, at, &is_new, &why) != ERR_NONE)
        return cmd_fail(&why);
    if (cmd->json)
        cmd_print_json_new(json_pack("{s:s,s:s}", "from", message.sender, "received",
            zone_format(&cmd->boot, cmd->home.practice.zone, at)));
    else
        printf("Received from %s at %s.\n", message.sender,
            zone_format(&cmd->boot, cmd->home.practice.zone, at));
    return EXIT_DONE;
}
