/* explain.c: `explain`: why a patient got something, or nothing. */
#include "engine/explain.h"

#include <stdio.h>

#include "audit/audit.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "engine/explain_text.h"
#include "record/record.h"

struct request {
    const char *patient_id;
    const char *playbook; /* NULL: every one */
    struct instant at;
    bool all;
};

/* Asked about one playbook: every rule, too. */
static void print_one(struct cmd *cmd, const struct request *request, const json_t *json)
{
    const struct zone *zone = cmd->home.practice.zone;
    if (cmd->json) {
        cmd_print_json(json);
        return;
    }
    fputs(explain_tell(&cmd->boot, zone, json), stdout);
    if (request->playbook || request->all)
        fputs(explain_tell_rules(&cmd->boot, zone, json, !request->all), stdout);
}

static enum err explain_one(
    struct cmd *cmd, const struct request *request, const char *playbook, struct why *why)
{
    JSON_AUTO json = NULL;
    enum err err = explain_build(
        &cmd->boot, &cmd->engine, request->patient_id, playbook, request->at, &json, why);
    if (err == ERR_NONE)
        print_one(cmd, request, json);
    return err;
}

/* Of who waits or waited for a time; asked for by name, also of who never did. */
static enum err explain_wait(struct cmd *cmd, const struct request *request, struct why *why)
{
    JSON_AUTO json = NULL;
    enum err err =
        explain_waitlist(&cmd->boot, &cmd->engine, request->patient_id, request->at, &json, why);
    if (err == ERR_NONE && !json && request->playbook)
        return why_set(why, ERR_NOT_FOUND, "this patient never was on the waitlist");
    if (err == ERR_NONE && json)
        print_one(cmd, request, json);
    return err;
}

/* The playbook that was named, else every one that can be read. */
static enum err explain_all(struct cmd *cmd, const struct request *request, struct why *why)
{
    if (text_is(request->playbook, EXPLAIN_WAITLIST))
        return explain_wait(cmd, request, why);
    if (request->playbook)
        return explain_one(cmd, request, request->playbook, why);
    struct playbook_findings findings;
    const struct playbook *const *playbooks = NULL;
    size_t count = 0;
    enum err err = playbook_check_all(
        &cmd->boot, &cmd->home.playbooks, NULL, &findings, &playbooks, &count, why);
    if (err == ERR_NONE && count == 0)
        return why_set(why, ERR_INPUT, "no playbook of this home is without errors: run check");
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        err = explain_one(cmd, request, playbooks[i]->name, why);
    return err == ERR_NONE ? explain_wait(cmd, request, why) : err;
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
    struct request request = {.all = false};
    enum exit_code code =
        CMD_OPTIONS(cmd, 1, 2, {.name = "--at", .kind = OPTION_TEXT, .text = &at_text},
            {.name = "--all", .kind = OPTION_FLAG, .flag = &request.all});
    if (code == EXIT_DONE)
        code = cmd_open_current(cmd, "cmd", false);
    if (code == EXIT_DONE)
        code = cmd_moment(cmd, at_text, &request.at);
    if (code != EXIT_DONE)
        return code;
    struct why why = {0};
    request.playbook = cmd->argument_count > 1 ? cmd->arguments[1] : NULL;
    enum err err = record_find_patient(&cmd->boot, cmd->db, cmd->home.practice.practice_id,
        cmd->arguments[0], &request.patient_id, &why);
    if (err == ERR_NONE)
        err = audit_reading(cmd, request.patient_id, &why);
    if (err == ERR_NONE)
        err = explain_all(cmd, &request, &why);
    return err == ERR_NONE ? EXIT_DONE : cmd_fail(&why);
}
