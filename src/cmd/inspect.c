/* inspect.c: `inspect`: one line in, one JSON object out. Needs no home. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/phone.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "gate/place.h"
#include "template/sms.h"
#include "triage/triage.h"

enum { LINE_BYTES_MAX = 1 << 20, TEMPLATE_BYTES_MAX = 1 << 20 };

struct inspected {
    const char *text, *prior;
};

/* A JSON object with a text, or the line as it is. */
static struct inspected read_line(struct arena *tick, const char *line, size_t len)
{
    JSON_AUTO json = NULL;
    struct inspected inspected = {.text = line, .prior = NULL};
    if (line[0] != '{' || json_parse(line, len, &json, NULL) != ERR_NONE)
        return inspected;
    const char *text = json_string_value(json_object_get(json, "text"));
    if (!text)
        text = json_string_value(json_object_get(json, "input"));
    if (text) {
        inspected.text = arena_text(tick, text);
        inspected.prior = arena_text(tick, json_string_value(json_object_get(json, "prior")));
    }
    return inspected;
}

static json_t *texts_json(const char *const *texts, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_text(texts[i]));
    return array;
}

static const char *phone_json(
    struct arena *tick, const struct place_table *places, const char *text)
{
    struct phone phone = phone_parse(text, "US");
    struct place_phone place = {0};
    if (phone.valid)
        place = place_of_phone(places, phone.e164);
    JSON_AUTO json = json_pack("{s:o,s:b,s:s?,s:s,s:o,s:o}", "input", json_text(text), "valid",
        phone.valid, "e164", phone.valid ? phone.e164 : NULL, "kind", phone_kind_name(phone.kind),
        "zones", texts_json(place.zones, place.zone_count), "states",
        texts_json(place.states, place.state_count));
    if (phone.extension[0])
        json_object_set_new(json, "extension", json_text(phone.extension));
    if (!phone.valid)
        json_object_set_new(json, "reason", json_text(phone.reason));
    return json_text_of(tick, json);
}

static const char *sms_json(struct arena *tick, const char *text)
{
    struct sms_count count = sms_count(text);
    JSON_AUTO json = json_pack("{s:s,s:i,s:i}", "encoding", sms_encoding_name(&count), "segments",
        count.segments, "units", count.units);
    return json_text_of(tick, json);
}

static const char *answer(struct arena *tick, const char *what, const struct place_table *places,
    const struct inspected *line)
{
    if (text_is(what, "optout"))
        return triage_optout_json(tick, line->text);
    if (text_is(what, "reply"))
        return triage_reply_json(tick, line->text, line->prior);
    if (text_is(what, "phone"))
        return phone_json(tick, places, line->text);
    if (text_is(what, "template")) {
        JSON_AUTO json = template_describe_json(
            tick, NULL, line->text, strlen(line->text), &(struct template_options){0});
        return json_text_of(tick, json);
    }
    return sms_json(tick, line->text);
}

static enum exit_code inspect_lines(struct cmd *cmd, const char *what)
{
    struct place_table *places = NULL;
    struct why why = {0};
    zones_init(&cmd->home.zones, &cmd->boot, env_zone_load, &cmd->env.file);
    if (text_is(what, "phone")
        && place_open(&cmd->boot, &cmd->home.zones, &places, &why) != ERR_NONE)
        return cmd_fail(&why);
    ARENA struct arena tick;
    arena_init(&tick, 0);
    char *line = arena_alloc(&cmd->boot, LINE_BYTES_MAX);
    while (fgets(line, LINE_BYTES_MAX, stdin)) {
        size_t len = strcspn(line, "\r\n");
        line[len] = '\0';
        struct inspected inspected = read_line(&tick, line, len);
        puts(answer(&tick, what, places, &inspected));
        arena_reset(&tick);
    }
    return EXIT_DONE;
}

static enum exit_code inspect_template(struct cmd *cmd, const char *path)
{
    char *text;
    size_t len;
    struct why why = {0};
    if (cmd->env.file.read(
            cmd->env.file.self, &cmd->boot, path, TEMPLATE_BYTES_MAX, &text, &len, &why)
        != ERR_NONE)
        return cmd_fail(&why);
    JSON_AUTO json =
        template_describe_json(&cmd->boot, path, text, len, &(struct template_options){0});
    cmd_print_json(json);
    return EXIT_DONE;
}

enum exit_code cmd_inspect(struct cmd *cmd)
{
    static const char *const kinds[] = {"optout", "reply", "phone", "sms", "template"};
    enum exit_code code = cmd_options(cmd, NULL, 0, 1, 2);
    if (code != EXIT_DONE)
        return code;
    const char *what = cmd->arguments[0];
    if (text_is(what, "template") && cmd->argument_count == 2)
        return inspect_template(cmd, cmd->arguments[1]);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (text_is(what, kinds[i]) && cmd->argument_count == 1)
            return inspect_lines(cmd, what);
    }
    return cmd_usage(cmd, "it is optout, reply, phone, sms, template or template FILE");
}
