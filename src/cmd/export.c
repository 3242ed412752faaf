/* export.c: `export --patient`: everything about one person, for that person. */
#include "engine/export.h"

#include <stdio.h>

#include "audit/audit.h"
#include "cmd/cmd.h"
#include "record/record.h"

/* Reading all of it is written down before it is shown. */
static enum err note_read(struct cmd *cmd, const char *patient_id, struct why *why)
{
    DB_TX struct tx tx = {0};
    struct instant now;
    enum err err = cmd_now(cmd, &now, why);
    if (err == ERR_NONE)
        err = engine_begin(&cmd->engine, now, &tx, why);
    if (err == ERR_NONE)
        err = audit_write(&tx, "patient.read", patient_id, "export", NULL, why);
    return err == ERR_NONE ? db_commit(&tx, why) : err;
}

enum exit_code cmd_export(struct cmd *cmd)
{
    enum { INDENT = 2 };
    const char *patient = NULL, *patient_id = NULL;
    struct why why = {0};
    enum exit_code code =
        CMD_OPTIONS(cmd, 0, 0, {.name = "--patient", .kind = OPTION_TEXT, .text = &patient});
    if (code == EXIT_DONE && !patient)
        return cmd_usage(cmd, "--patient is missing");
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "cmd", false);
    if (code != EXIT_DONE)
        return code;
    JSON_AUTO json = NULL;
    const struct practice *practice = &cmd->home.practice;
    enum err err =
        record_find_patient(&cmd->boot, cmd->db, practice->practice_id, patient, &patient_id, &why);
    if (err == ERR_NONE)
        err = note_read(cmd, patient_id, &why);
    if (err == ERR_NONE)
        err = export_patient(&cmd->boot, cmd->db, practice, patient_id, &json, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (cmd->json) {
        cmd_print_json(json);
    } else {
        json_dumpf(json, stdout, JSON_INDENT(INDENT));
        putchar('\n');
    }
    return EXIT_DONE;
}
