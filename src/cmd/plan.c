/* plan.c: `plan` and `apply`. */
#include "engine/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/cmd.h"

enum { PLAN_BYTES_MAX = 512 << 20, ROWS_SHOWN_MAX = 15 };

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void print_entrants(const json_t *plan)
{
    const json_t *enter = json_object_get(plan, "enter");
    json_int_t count =
        json_integer_value(json_object_get(json_object_get(plan, "counts"), "enter"));
    size_t index;
    const json_t *entrant;
    json_array_foreach(enter, index, entrant)
    {
        if (index == ROWS_SHOWN_MAX)
            break;
        printf("  %-12s %-8s", text_of(entrant, "patient"), text_of(entrant, "arm"));
        size_t touch_index;
        const json_t *touch;
        json_array_foreach(json_object_get(entrant, "touches"), touch_index, touch)
        {
            const char *until = text_of(touch, "until");
            printf(" %s %s %.10s %s%s%s", text_of(touch, "touch"), text_of(touch, "channel"),
                text_of(touch, "at"), text_of(touch, "verdict"),
                text_of(touch, "code")[0] ? " " : "", text_of(touch, "code"));
            if (strlen(until) >= sizeof("2026-03-31T08:00") - 1)
                printf(" until %.10s %.5s", until, until + sizeof("2026-03-31T") - 1);
            putchar(';');
        }
        putchar('\n');
    }
    if (count > ROWS_SHOWN_MAX)
        printf("  ... and %" JSON_INTEGER_FORMAT " more (--json lists all)\n",
            count - ROWS_SHOWN_MAX);
}

/* Whether one of the lines of `text` is this one. */
static bool has_line(const char *text, const char *line, size_t len)
{
    for (const char *at = text; *at;) {
        size_t here = strcspn(at, "\n");
        if (here == len && memcmp(at, line, len) == 0)
            return true;
        at += here + (at[here] == '\n');
    }
    return false;
}

static void print_lines_only_in(const char *text, const char *other, char sign)
{
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "\n");
        if (!has_line(other, at, len))
            printf("      %c %.*s\n", sign, (int)len, at);
        at += len + (at[len] == '\n');
    }
}

/* What stands under another key already is not told twice. */
static void print_fields(const json_t *fields, const char *indent, bool of_touch)
{
    size_t index;
    const json_t *one;
    json_array_foreach(fields, index, one)
    {
        const char *field = text_of(one, "field");
        if (of_touch && text_is(field, "day"))
            continue;
        printf("%s%s: %s -> %s\n", indent, field,
            json_is_null(json_object_get(one, "was")) ? "nothing" : text_of(one, "was"),
            json_is_null(json_object_get(one, "is")) ? "nothing" : text_of(one, "is"));
    }
}

static void print_touch_changes(const json_t *touches)
{
    size_t index, piece_index;
    const json_t *touch, *piece;
    json_array_foreach(touches, index, touch)
    {
        printf("  %-20s day %-4" JSON_INTEGER_FORMAT " %s", text_of(touch, "touch"),
            json_integer_value(json_object_get(touch, "day")), text_of(touch, "change"));
        const json_t *day = json_object_get(touch, "new_day");
        if (day && !json_equal(day, json_object_get(touch, "day")))
            printf(", now day %" JSON_INTEGER_FORMAT, json_integer_value(day));
        putchar('\n');
        print_fields(json_object_get(touch, "fields"), "    ", true);
        json_array_foreach(json_object_get(touch, "pieces"), piece_index, piece)
        {
            printf("    %s\n", text_of(piece, "piece"));
            print_lines_only_in(text_of(piece, "was"), text_of(piece, "is"), '-');
            print_lines_only_in(text_of(piece, "is"), text_of(piece, "was"), '+');
        }
    }
}

static void print_patients(const json_t *diff, const char *key, const char *sentence)
{
    const json_t *list = json_object_get(diff, key);
    size_t index, count = json_array_size(list);
    const json_t *one;
    if (count == 0)
        return;
    printf("  %s: %zu\n", sentence, count);
    json_array_foreach(list, index, one)
    {
        if (index == ROWS_SHOWN_MAX) {
            printf("    ... and %zu more (--json lists all)\n", count - ROWS_SHOWN_MAX);
            break;
        }
        if (json_is_string(one))
            printf("    %s\n", json_string_value(one));
        else
            printf("    %-12s %s\n", text_of(one, "patient"), text_of(one, "change"));
    }
}

static void print_diff(const json_t *diff)
{
    if (json_is_null(json_object_get(diff, "running"))) {
        printf("Nothing runs yet: everything is new.\n");
        return;
    }
    printf("Against the running version %.19s%s:\n", text_of(diff, "running"),
        json_is_true(json_object_get(diff, "same")) ? " (the same)" : "");
    print_fields(json_object_get(diff, "fields"), "  ", false);
    print_touch_changes(json_object_get(diff, "touches"));
    print_patients(diff, "enter_more", "Enter as well");
    print_patients(diff, "enter_no_more", "Enter no more");
    print_patients(diff, "changed", "Another calendar");
    printf("  %" JSON_INTEGER_FORMAT " stay on the running version until they end\n",
        json_integer_value(json_object_get(diff, "stay_on_running")));
}

static void print_plan(const json_t *plan)
{
    printf("%s at %s\n", text_of(plan, "playbook"), text_of(plan, "at"));
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(plan, "counts"), key, value)
        printf("  %-22s %" JSON_INTEGER_FORMAT "\n", key, json_integer_value(value));
    if (*text_of(plan, "note"))
        printf("  %s\n", text_of(plan, "note"));
    printf("Entering:\n");
    print_entrants(plan);
    printf("Staff: about %" JSON_INTEGER_FORMAT " minutes; messages: about $%.2f\n",
        json_integer_value(json_object_get(plan, "staff_minutes")),
        (double)json_integer_value(json_object_get(json_object_get(plan, "cost"), "cents")) / 100);
    const json_t *diff = json_object_get(plan, "diff");
    if (diff)
        print_diff(diff);
}

static enum exit_code save_plan(struct cmd *cmd, const json_t *plan, const char *path)
{
    struct why why = {0};
    const char *text = json_text_of(&cmd->boot, plan);
    if (cmd->env.file.write(cmd->env.file.self, path, text, strlen(text), 0600, &why) != ERR_NONE)
        return cmd_fail(&why);
    cmd_note("Saved to %s. `perennial apply %s` carries it out.", path, path);
    return EXIT_DONE;
}

static const char *only_playbook(struct cmd *cmd)
{
    if (cmd->argument_count)
        return cmd->arguments[0];
    if (cmd->home.playbooks.playbook_count != 1)
        return NULL;
    const char *base = cmd->home.playbooks.playbooks[0].name + strlen("playbooks/");
    return arena_text_n(&cmd->boot, base, strlen(base) - strlen(".yaml"));
}

enum exit_code cmd_plan(struct cmd *cmd)
{
    const char *at_text = NULL, *out = NULL;
    bool diff = false;
    enum exit_code code =
        CMD_OPTIONS(cmd, 0, 1, {.name = "--at", .kind = OPTION_TEXT, .text = &at_text},
            {.name = "--diff", .kind = OPTION_FLAG, .flag = &diff},
            {.name = "--out", .kind = OPTION_TEXT, .text = &out});
    if (code == EXIT_DONE)
        code = cmd_open_current(cmd, "cmd", true);
    if (code != EXIT_DONE)
        return code;
    struct plan_question question = {.playbook = only_playbook(cmd),
        .diff = diff,
        .shown = cmd->json || out ? 0 : ROWS_SHOWN_MAX};
    if (!question.playbook)
        return cmd_usage(
            cmd, "name the playbook: there are %zu", cmd->home.playbooks.playbook_count);
    code = cmd_moment(cmd, at_text, &question.at);
    if (code != EXIT_DONE)
        return code;
    struct why why = {0};
    struct plan plan;
    if (plan_build(&cmd->boot, &cmd->engine, &question, &plan, &why) != ERR_NONE)
        return cmd_fail(&why);
    JSON_AUTO json = plan.json;
    if (cmd->json)
        cmd_print_json(json);
    else
        print_plan(json);
    return out ? save_plan(cmd, json, out) : EXIT_DONE;
}

enum exit_code cmd_apply(struct cmd *cmd)
{
    bool growth_is_meant = false;
    enum exit_code code = CMD_OPTIONS(
        cmd, 1, 1, {.name = "--larger-audience", .kind = OPTION_FLAG, .flag = &growth_is_meant});
    if (code == EXIT_DONE)
        code = cmd_open_current(cmd, "cmd", true);
    if (code != EXIT_DONE)
        return code;
    char *text;
    size_t len;
    struct why why = {0};
    JSON_AUTO plan = NULL;
    struct instant now;
    int64_t entered = 0;
    enum err err = cmd->env.file.read(
        cmd->env.file.self, &cmd->boot, cmd->arguments[0], PLAN_BYTES_MAX, &text, &len, &why);
    if (err == ERR_NONE) {
        why_place(&why, "%s", cmd->arguments[0]);
        err = json_parse(text, len, &plan, &why);
    }
    if (err == ERR_NONE)
        err = cmd_now(cmd, &now, &why);
    if (err == ERR_NONE)
        err = plan_apply(&cmd->boot, &cmd->engine, plan, growth_is_meant, now, &entered, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (cmd->json)
        cmd_print_json_new(json_pack(
            "{s:s,s:I}", "playbook", text_of(plan, "playbook"), "entered", (json_int_t)entered));
    else
        printf("%s runs: %" PRId64 " patients entered.\n", text_of(plan, "playbook"), entered);
    return EXIT_DONE;
}
