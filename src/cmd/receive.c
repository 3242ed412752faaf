/* receive.c: `receive`: an inbound message as if a patient had sent it. */
#include <stdio.h>
#include <string.h>

#include "base/phone.h"
#include "base/text.h"
#include "cmd/cmd.h"

enum exit_code cmd_receive(struct cmd *cmd)
{
    const char *from = NULL, *text = NULL, *at_text = NULL;
    enum exit_code code =
        CMD_OPTIONS(cmd, 0, 0, {.name = "--from", .kind = OPTION_TEXT, .text = &from},
            {.name = "--text", .kind = OPTION_TEXT, .text = &text},
            {.name = "--at", .kind = OPTION_TEXT, .text = &at_text});
    if (code == EXIT_DONE && (!from || !text))
        return cmd_usage(cmd, "--from and --text are both needed");
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "inbox", false);
    struct instant at;
    if (code == EXIT_DONE)
        code = cmd_moment(cmd, at_text, &at);
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
