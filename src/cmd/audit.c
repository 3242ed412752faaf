/* audit.c: `audit verify` and `audit show`. */
#include "audit/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/cmd.h"
#include "record/erase.h"

static enum exit_code verify(struct cmd *cmd)
{
    struct why why = {0};
    struct audit_check check = {0};
    /* A byte that was changed anywhere in the store tells of a hand that had no business there,
     * even where no link of a chain lies. */
    if (db_check(cmd->db, &why) != ERR_NONE)
        return cmd_fail(&why);
    if (audit_verify(cmd->db, &check, &why) != ERR_NONE)
        return cmd_fail(&why);
    if (cmd->json) {
        JSON_AUTO json = json_pack("{s:I,s:I,s:b}", "rows", (json_int_t)check.rows, "chains",
            (json_int_t)check.writers, "intact", !check.broken);
        if (check.broken)
            json_object_set_new(json, "first_broken",
                json_pack("{s:s,s:I,s:s}", "writer", check.writer, "seq", (json_int_t)check.seq,
                    "reason", check.reason));
        cmd_print_json(json);
    } else if (check.broken) {
        printf("Broken: row %" PRId64 " of the chain \"%s\": %s.\n", check.seq, check.writer,
            check.reason);
    } else {
        printf("Intact: %" PRId64 " rows in %" PRId64 " chains.\n", check.rows, check.writers);
    }
    return check.broken ? EXIT_FAILED : EXIT_DONE;
}

static json_t *trail_row(struct cmd *cmd, const struct db_rows *rows)
{
    const struct instant at = {db_col_int(rows, AUDIT_AT_MS)};
    json_t *detail = NULL;
    const char *text = db_col_text(rows, AUDIT_DETAIL);
    if (json_parse(text, strlen(text), &detail, NULL) != ERR_NONE)
        detail = json_null();
    return json_pack("{s:s,s:s?,s:s?,s:s?,s:o,s:s?,s:I}", "at",
        zone_format(&cmd->boot, cmd->home.practice.zone, at), "actor",
        db_col_text(rows, AUDIT_ACTOR), "action", db_col_text(rows, AUDIT_ACTION), "subject",
        db_col_text(rows, AUDIT_SUBJECT), "detail", detail, "writer",
        db_col_text(rows, AUDIT_WRITER), "seq", (json_int_t)db_col_int(rows, AUDIT_SEQ));
}

static enum err read_trail(struct cmd *cmd, const char *patient_id, json_t *trail, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = audit_trail(cmd->db, cmd->home.practice.practice_id, patient_id, &rows, why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows))
        json_array_append_new(trail, trail_row(cmd, rows));
    return db_end(&rows, why);
}

/* Reading a trail is reading PHI: it leaves a row of its own. */
static enum err note_read(struct cmd *cmd, const char *patient_id, struct why *why)
{
    DB_TX struct tx tx = {0};
    struct instant now;
    enum err err = cmd_now(cmd, &now, why);
    if (err == ERR_NONE)
        err = engine_begin(&cmd->engine, now, &tx, why);
    if (err == ERR_NONE)
        err = audit_write(&tx, "patient.read", patient_id, "audit", NULL, why);
    return err == ERR_NONE ? db_commit(&tx, why) : err;
}

static enum exit_code show(struct cmd *cmd, const char *patient)
{
    enum exit_code code = cmd_open_engine(cmd, "cmd", false);
    if (code != EXIT_DONE)
        return code;
    struct why why = {0};
    const char *patient_id;
    JSON_AUTO trail = json_array();
    enum err err = record_find_patient(
        &cmd->boot, cmd->db, cmd->home.practice.practice_id, patient, &patient_id, &why);
    struct erased erased;
    if (err == ERR_NOT_FOUND
        && erase_find(&cmd->boot, cmd->db, cmd->home.practice.practice_id, cmd->home.address_key,
               patient, &erased, NULL)
            == ERR_NONE) {
        patient_id = erased.patient_id;
        err = ERR_NONE;
    }
    if (err == ERR_NONE)
        err = read_trail(cmd, patient_id, trail, &why);
    if (err == ERR_NONE)
        err = note_read(cmd, patient_id, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (cmd->json) {
        cmd_print_json(trail);
        return EXIT_DONE;
    }
    size_t index;
    const json_t *row;
    json_array_foreach(trail, index, row)
    {
        printf("%s  %-10s %-22s %s\n", json_string_value(json_object_get(row, "at")),
            json_string_value(json_object_get(row, "actor")),
            json_string_value(json_object_get(row, "action")),
            json_text_of(&cmd->boot, json_object_get(row, "detail")));
    }
    return EXIT_DONE;
}

enum exit_code cmd_audit(struct cmd *cmd)
{
    const char *patient = NULL;
    enum exit_code code =
        CMD_OPTIONS(cmd, 1, 1, {.name = "--patient", .kind = OPTION_TEXT, .text = &patient});
    if (code != EXIT_DONE)
        return code;
    if (text_is(cmd->arguments[0], "show")) {
        if (!patient)
            return cmd_usage(cmd, "--patient is missing");
        return show(cmd, patient);
    }
    if (!text_is(cmd->arguments[0], "verify"))
        return cmd_usage(cmd, "it is `audit verify` or `audit show --patient ID`");
    code = cmd_open_store(cmd, 0);
    return code == EXIT_DONE ? verify(cmd) : code;
}
