/* explain.c: `explain`: why a patient got something, or nothing. */
#include "engine/explain.h"

#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "record/record.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void print_explanation(struct cmd *cmd, const json_t *json)
{
    printf("%s in %s at %s: %s (%s)\n", text_of(json, "patient"), text_of(json, "playbook"),
        text_of(json, "at"), text_of(json, "answer"), text_of(json, "reason"));
    size_t i = 0;
    json_t *step = NULL;
    json_array_foreach(json_object_get(json, "steps"), i, step)
    {
        const json_t *result = json_object_get(step, "result");
        const char *said = json_is_true(result) ? "yes" : json_is_false(result) ? "no" : "unknown";
        printf("  %-22s %-8s %s\n", text_of(step, "rule"), said, text_of(step, "expression"));
        const json_t *values = json_object_get(step, "values");
        if (json_object_size(values) > 0)
            printf("  %-22s %-8s %s\n", "", "", json_text_of(&cmd->boot, values));
        if (text_of(step, "source")[0])
            printf("  %-22s %-8s %s\n", "", "", text_of(step, "source"));
    }
}

static void print_one(struct cmd *cmd, const json_t *json)
{
    if (cmd->json)
        cmd_print_json(json);
    else
        print_explanation(cmd, json);
}

static enum err explain_one(struct cmd *cmd, const char *patient_id, const char *playbook,
    struct instant at, struct why *why)
{
    JSON_AUTO json = NULL;
    enum err err = explain_build(&cmd->boot, &cmd->engine, patient_id, playbook, at, &json, why);
    if (err == ERR_NONE)
        print_one(cmd, json);
    return err;
}

/* Of who waits or waited for a time; asked for by name, also of who never did. */
static enum err explain_wait(
    struct cmd *cmd, const char *patient_id, bool asked, struct instant at, struct why *why)
{
    JSON_AUTO json = NULL;
    enum err err = explain_waitlist(&cmd->boot, &cmd->engine, patient_id, at, &json, why);
    if (err == ERR_NONE && !json && asked)
        return why_set(why, ERR_NOT_FOUND, "this patient never was on the waitlist");
    if (err == ERR_NONE && json)
        print_one(cmd, json);
    return err;
}

/* The playbook that was named, else every one that can be read. */
static enum err explain_all(
    struct cmd *cmd, const char *patient_id, struct instant at, struct why *why)
{
    if (cmd->argument_count > 1 && text_is(cmd->arguments[1], EXPLAIN_WAITLIST))
        return explain_wait(cmd, patient_id, true, at, why);
    if (cmd->argument_count > 1)
        return explain_one(cmd, patient_id, cmd->arguments[1], at, why);
    struct playbook_findings findings;
    const struct playbook *const *playbooks = NULL;
    size_t count = 0;
    enum err err = playbook_check_all(
        &cmd->boot, &cmd->home.playbooks, NULL, &findings, &playbooks, &count, why);
    if (err == ERR_NONE && count == 0)
        return why_set(why, ERR_INPUT, "no playbook of this home is without errors: run check");
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        err = explain_one(cmd, patient_id, playbooks[i]->name, at, why);
    return err == ERR_NONE ? explain_wait(cmd, patient_id, false, at, why) : err;
}

/* Who looked at whom, and when. */
static enum err audit_reading(struct cmd *cmd, const char *patient_id, struct why *why)
{
    struct instant now;
    enum err err = cmd_now(cmd, &now, why);
    DB_TX struct tx tx = {0};
    if (err == ERR_NONE)
        err = engine_begin(&cmd->engine, now, &tx, why);
    if (err == ERR_NONE)
        err = audit_write(&tx, "patient.read", patient_id, "explain", NULL, why);
    return err == ERR_NONE ? db_commit(&tx, why) : err;
}

enum exit_code cmd_explain(struct cmd *cmd)
{
    const char *at_text = NULL;
    enum exit_code code =
        CMD_OPTIONS(cmd, 1, 2, {.name = "--at", .kind = OPTION_TEXT, .text = &at_text});
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "cmd", false);
    struct instant at;
    if (code == EXIT_DONE)
        code = cmd_moment(cmd, at_text, &at);
    if (code != EXIT_DONE)
        return code;
    struct why why = {0};
    const char *patient_id = NULL;
    enum err err = record_find_patient(
        &cmd->boot, cmd->db, cmd->home.practice.practice_id, cmd->arguments[0], &patient_id, &why);
    if (err == ERR_NONE)
        err = audit_reading(cmd, patient_id, &why);
    if (err == ERR_NONE)
        err = explain_all(cmd, patient_id, at, &why);
    return err == ERR_NONE ? EXIT_DONE : cmd_fail(&why);
}
