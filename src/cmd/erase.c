/* erase.c: `erase`: a person is forgotten, and let in again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "audit/audit.h"
#include "base/text.h"
#include "base/zone.h"
#include "cmd/cmd.h"
#include "engine/forget.h"
#include "http/forget.h"

struct erase_options {
    const char *patient, *readmit, *by;
    bool yes;
};

static const char *const kept[] = {
    "opt-outs, as a keyed hash of the address: a later import does not undo them",
    "that there was consent, what was sent when and by which rule, and the hash of its words",
    "what reports count",
    "the times of visits that are still to come",
    "the audit log, which names ids alone",
};

/* The account in whose name it is done. */
static enum err name_actor(struct cmd *cmd, const char *email, struct why *why)
{
    struct account account;
    if (!email)
        return ERR_NONE;
    enum err err =
        account_find(&cmd->boot, cmd->db, cmd->home.practice.practice_id, email, &account, why);
    if (err == ERR_NOT_FOUND) {
        why_set(why, ERR_NOT_FOUND, "no account has the email of --by");
        why_hint(why, "`perennial user list` shows them");
    }
    if (err == ERR_NONE)
        cmd->engine.actor = arena_format(&cmd->boot, "user:%s", account.user_id);
    return err;
}

static enum err begin(struct cmd *cmd, struct tx *tx, struct why *why)
{
    struct instant now;
    enum err err = cmd_now(cmd, &now, why);
    return err == ERR_NONE ? engine_begin(&cmd->engine, now, tx, why) : err;
}

/* ---- erasing ---- */

struct done {
    const char *patient_id;
    json_t *removed, *emptied; /* the caller's */
    json_t *who; /* the caller's; empty where it is done: nothing says any more who it was */
    bool yes, unlearned;
};

/* Enough for a person at the desk to see that it is the right one. Reading them is written down:
 * the rest of a dry run leaves no trace. */
static enum err read_who(struct cmd *cmd, struct done *done, struct why *why)
{
    const int64_t practice_id = cmd->home.practice.practice_id;
    struct patient *patient;
    struct contact_point *points;
    size_t known = 0, count = 0;
    DB_TX struct tx tx = {0};
    enum err err = record_read_patients(
        &cmd->boot, cmd->db, practice_id, &done->patient_id, 1, &patient, &known, why);
    if (err == ERR_NONE)
        err = record_read_contacts(
            &cmd->boot, cmd->db, practice_id, &done->patient_id, 1, &points, &count, why);
    if (err == ERR_NONE)
        err = begin(cmd, &tx, why);
    if (err == ERR_NONE)
        err = audit_write(&tx, "patient.read", done->patient_id, "erase", NULL, why);
    if (err == ERR_NONE)
        err = db_commit(&tx, why);
    if (err != ERR_NONE || known == 0)
        return err;
    json_t *addresses = json_array();
    for (size_t i = 0; i < count; i++) {
        bool again = false; /* a number is one, though it takes texts and calls */
        for (size_t j = 0; j < i; j++)
            again |= text_is(points[j].address, points[i].address);
        if (!again)
            json_array_append_new(addresses, json_text(points[i].address));
    }
    const char *name = arena_format(&cmd->boot, "%s %s", patient->first_name, patient->last_name);
    const bool born = patient->birth_day.n != DAY_NONE, seen = patient->last_visit.n != DAY_NONE;
    json_object_set_new(done->who, "name", json_text(name));
    json_object_set_new(done->who, "birth_date",
        born ? json_text(day_format(&cmd->boot, patient->birth_day)) : json_null());
    json_object_set_new(done->who, "addresses", addresses);
    json_object_set_new(done->who, "visits", json_integer(patient->visits));
    json_object_set_new(done->who, "last_visit",
        seen ? json_text(day_format(&cmd->boot, patient->last_visit)) : json_null());
    return ERR_NONE;
}

/* The whole of it; without `yes` it is rolled back. */
static enum err erase_in_tx(struct cmd *cmd, struct done *done, struct why *why)
{
    DB_TX struct tx tx = {0};
    struct erasing erasing = {.removed = done->removed, .emptied = done->emptied};
    enum err err = begin(cmd, &tx, why);
    if (err == ERR_NONE)
        err = engine_erase(&cmd->engine, &tx, done->patient_id, &erasing, &done->unlearned, why);
    if (err == ERR_NONE && !done->yes)
        json_object_set_new(done->who, "ids", json_loads(erasing.record_ids, 0, NULL));
    if (err == ERR_NONE)
        err = http_erase(&erasing, why);
    if (err == ERR_NONE)
        err = erase_close(&erasing, why);
    return err == ERR_NONE && done->yes ? db_commit(&tx, why) : err;
}

static enum err overwrite(struct cmd *cmd, struct why *why)
{
    DB_TX struct tx tx = {0};
    enum err err = begin(cmd, &tx, why);
    return err == ERR_NONE ? engine_overwrite(&cmd->engine, &tx, why) : err;
}

static void print_counts(const char *heading, json_t *counts)
{
    const char *kind;
    json_t *rows;
    if (json_object_size(counts) == 0)
        return;
    printf("%s\n", heading);
    json_object_foreach(counts, kind, rows)
        printf("  %-32s %" JSON_INTEGER_FORMAT "\n", kind, json_integer_value(rows));
}

/* "Ana Ruiz, born 1980-02-03" and how else they are known. */
static void print_who(const json_t *who)
{
    static const char *const lists[] = {"ids", "addresses"};
    static const char *const titles[] = {"in the booking system as", "reached at"};
    const char *born = json_string_value(json_object_get(who, "birth_date"));
    const char *seen = json_string_value(json_object_get(who, "last_visit"));
    const json_int_t visits = json_integer_value(json_object_get(who, "visits"));
    printf("  %s, %s%s\n", json_string_value(json_object_get(who, "name")),
        born ? "born " : "birth date unknown", born ? born : "");
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const json_t *list = json_object_get(who, lists[i]);
        if (json_array_size(list) > 0)
            printf("  %s", titles[i]);
        for (size_t j = 0; j < json_array_size(list); j++)
            printf("%s %s", j ? "," : "", json_string_value(json_array_get(list, j)));
        if (json_array_size(list) > 0)
            putchar('\n');
    }
    printf("  %" JSON_INTEGER_FORMAT " completed visit%s%s%s\n", visits, visits == 1 ? "" : "s",
        seen ? ", the last on " : "", seen ? seen : "");
}

static void print_done(struct cmd *cmd, const struct done *done)
{
    if (cmd->json) {
        JSON_AUTO list = json_array();
        for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
            json_array_append_new(list, json_text(kept[i]));
        JSON_AUTO json = json_pack("{s:s, s:b, s:O, s:O, s:O, s:b}", "patient_id", done->patient_id,
            "erased", done->yes, "removed", done->removed, "emptied", done->emptied, "kept", list,
            "train_again", done->unlearned);
        if (!done->yes)
            json_object_set(json, "who", done->who);
        cmd_print_json(json);
        return;
    }
    printf(done->yes ? "Erased. Their trail stands under %s (`audit show --patient`).\n"
                     : "Would erase the patient %s:\n",
        done->patient_id);
    if (!done->yes)
        print_who(done->who);
    print_counts(done->yes ? "Removed:" : "To be removed:", done->removed);
    print_counts("Emptied of who and of every word, and kept:", done->emptied);
    puts("Stays in any case:");
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        printf("  %s\n", kept[i]);
    if (done->unlearned)
        puts("What triage learned here since their first correction goes, too: run `train` again.");
    puts(done->yes ? "Backups and exports that were made before still hold them."
                   : "Nothing was changed. With --yes it is done, and cannot be taken back.");
}

static enum exit_code already_erased(struct cmd *cmd, const struct erased *erased, bool yes)
{
    struct why why = {0};
    /* A run that died between erasing and overwriting is finished by the next one. */
    if (yes && (db_overwrite(cmd->db, &why) != ERR_NONE || overwrite(cmd, &why) != ERR_NONE))
        return cmd_fail(&why);
    const char *at = zone_format(&cmd->boot, cmd->home.practice.zone, erased->at);
    if (cmd->json)
        cmd_print_json_new(json_pack("{s:s, s:b, s:s, s:b}", "patient_id", erased->patient_id,
            "erased", true, "at", at, "may_come_in_again", erased->lifted.ms != 0));
    else
        printf("They were erased on %s; the trail stands under %s.\n", at, erased->patient_id);
    return EXIT_DONE;
}

static enum exit_code erase(struct cmd *cmd, const struct erase_options *options)
{
    struct why why = {0}, other = {0};
    JSON_AUTO removed = json_object();
    JSON_AUTO emptied = json_object();
    JSON_AUTO who = json_object();
    struct done done = {.removed = removed, .emptied = emptied, .who = who, .yes = options->yes};
    struct erased erased;
    const int64_t practice_id = cmd->home.practice.practice_id;
    enum err err = record_find_patient(
        &cmd->boot, cmd->db, practice_id, options->patient, &done.patient_id, &why);
    if (err == ERR_NOT_FOUND
        && erase_find(&cmd->boot, cmd->db, practice_id, cmd->home.address_key, options->patient,
               &erased, &other)
            == ERR_NONE)
        return already_erased(cmd, &erased, options->yes);
    if (err == ERR_NONE && options->yes)
        err = db_overwrite(cmd->db, &why);
    if (err == ERR_NONE && !options->yes)
        err = read_who(cmd, &done, &why);
    if (err == ERR_NONE)
        err = erase_in_tx(cmd, &done, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    print_done(cmd, &done);
    if (!options->yes || overwrite(cmd, &why) == ERR_NONE)
        return EXIT_DONE;
    cmd_note("perennial: they are erased, but the file still holds traces. Run the same again.");
    return cmd_fail(&why);
}

/* ---- letting in again ---- */

static enum exit_code readmit(struct cmd *cmd, const struct erase_options *options)
{
    DB_TX struct tx tx = {0};
    struct why why = {0};
    struct erased erased;
    enum err err = erase_find(&cmd->boot, cmd->db, cmd->home.practice.practice_id,
        cmd->home.address_key, options->readmit, &erased, &why);
    if (err == ERR_NONE)
        err = begin(cmd, &tx, &why);
    if (err == ERR_NONE)
        err = erase_lift(&tx, &erased, &why);
    if (err == ERR_NONE && options->yes)
        err = db_commit(&tx, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (cmd->json)
        cmd_print_json_new(
            json_pack("{s:s, s:b}", "patient_id", erased.patient_id, "readmitted", options->yes));
    else
        puts(options->yes ? "The next import may bring them again, as somebody new. What they had "
                            "stopped stays stopped."
                          : "The next import could bring them again. Nothing was changed: --yes "
                            "does it.");
    return EXIT_DONE;
}

enum exit_code cmd_erase(struct cmd *cmd)
{
    struct erase_options options = {0};
    struct why why = {0};
    enum exit_code code =
        CMD_OPTIONS(cmd, 0, 0, {.name = "--patient", .kind = OPTION_TEXT, .text = &options.patient},
            {.name = "--readmit", .kind = OPTION_TEXT, .text = &options.readmit},
            {.name = "--by", .kind = OPTION_TEXT, .text = &options.by},
            {.name = "--yes", .kind = OPTION_FLAG, .flag = &options.yes});
    if (code == EXIT_DONE && !options.patient == !options.readmit)
        return cmd_usage(cmd, "--patient is missing, or --readmit in its place");
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "cmd", false);
    if (code != EXIT_DONE)
        return code;
    if (name_actor(cmd, options.by, &why) != ERR_NONE)
        return cmd_fail(&why);
    return options.patient ? erase(cmd, &options) : readmit(cmd, &options);
}
