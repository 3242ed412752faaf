/* waitlist.c: `waitlist`: who waits for a time that is not free yet. */
#include "engine/waitlist.h"

#include <inttypes.h>
#include <stdio.h>

#include "audit/audit.h"
#include "base/text.h"
#include "base/zone.h"
#include "cmd/cmd.h"
#include "record/record.h"

struct waits {
    struct cmd *cmd;
    const char *service, *said; /* of add; NULL: what they had last, any time */
    struct instant now;
};

static const char *local(const struct waits *waits, struct instant at)
{
    return zone_format(&waits->cmd->boot, waits->cmd->home.practice.zone, at);
}

static json_t *time_json(const struct waits *waits, struct instant at)
{
    return at.ms ? json_text(local(waits, at)) : json_null();
}

static enum err waiting_json(
    const struct waits *waits, const struct waiting *waiting, json_t **ret_json, struct why *why)
{
    struct cmd *cmd = waits->cmd;
    const int64_t practice_id = cmd->home.practice.practice_id;
    struct patient *patient = NULL;
    struct opening opening = {0};
    size_t count = 0;
    enum err err = record_read_patients(
        &cmd->boot, cmd->db, practice_id, &waiting->patient_id, 1, &patient, &count, why);
    if (err == ERR_NONE && waiting->state == WAITLIST_NAMED)
        err = opening_read(&cmd->boot, cmd->db, practice_id, waiting->opening_id, &opening, why);
    if (err != ERR_NONE)
        return err;
    *ret_json = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s, s:s, s:I, s:o, s:o, s:o}", "wait_id",
        waiting->wait_id, "patient", count ? patient->external_id : waiting->patient_id, "service",
        waiting->service, "wish", choice_text(&cmd->boot, &waiting->wish, cmd->home.schedule),
        "said", waiting->said, "state", waitlist_state_name(waiting->state), "source",
        waiting->source, "passes", (json_int_t)waiting->passes, "since",
        time_json(waits, waiting->since), "until", time_json(waits, waiting->until), "visit",
        time_json(waits, waiting->visit));
    json_object_set_new(*ret_json, "named",
        opening.opening_id ? json_pack("{s:o, s:s, s:s, s:o}", "start",
            time_json(waits, opening.start), "provider", opening.provider, "location",
            opening.location, "held_until", time_json(waits, opening.expires))
                           : json_null());
    return ERR_NONE;
}

static enum err begin(struct waits *waits, struct tx *tx, struct why *why)
{
    enum err err = cmd_now(waits->cmd, &waits->now, why);
    return err == ERR_NONE ? engine_begin(&waits->cmd->engine, waits->now, tx, why) : err;
}

/* ---- list ---- */

/* Who was looked at is written down before it is shown. */
static enum err read_all(struct waits *waits, json_t *items, json_t *patients, struct why *why)
{
    struct cmd *cmd = waits->cmd;
    DB_TX struct tx tx = {0};
    struct waiting *list = NULL;
    size_t count = 0;
    enum err err = begin(waits, &tx, why);
    if (err == ERR_NONE)
        err = waitlist_read(&cmd->boot, cmd->db, cmd->home.practice.practice_id, cmd->home.schedule,
            NULL, &list, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        json_t *json = NULL;
        err = waiting_json(waits, &list[i], &json, why);
        if (err == ERR_NONE) {
            json_array_append_new(items, json);
            json_array_append_new(patients, json_string(list[i].patient_id));
        }
    }
    if (err != ERR_NONE || count == 0)
        return err;
    JSON_AUTO detail = json_pack("{s:O}", "patients", patients);
    err = audit_write(&tx, "patient.listed", NULL, "waitlist", detail, why);
    return err == ERR_NONE ? db_commit(&tx, why) : err;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void print_waiting(const json_t *json)
{
    printf("%-12s %-14s since %.10s  %s\n", text_of(json, "patient"), text_of(json, "service"),
        text_of(json, "since"), text_of(json, "wish"));
    const json_t *named = json_object_get(json, "named");
    if (json_is_object(named))
        printf("             named %s with %s, held until %s\n", text_of(named, "start"),
            text_of(named, "provider"), text_of(named, "held_until"));
}

static enum exit_code list_waiting(struct waits *waits)
{
    struct why why = {0};
    JSON_AUTO items = json_array();
    JSON_AUTO patients = json_array();
    if (read_all(waits, items, patients, &why) != ERR_NONE)
        return cmd_fail(&why);
    if (waits->cmd->json) {
        cmd_print_json_new(json_pack("{s:O}", "waiting", items));
        return EXIT_DONE;
    }
    size_t i;
    json_t *item;
    json_array_foreach(items, i, item) print_waiting(item);
    if (json_array_size(items) == 0)
        puts("Nobody waits.");
    return EXIT_DONE;
}

/* ---- add, remove ---- */

static enum err refuse_service(struct why *why)
{
    why_set(why, ERR_INPUT, "no times are kept for this service");
    why_hint(why, "Name one of schedules.yaml with --service");
    return ERR_INPUT;
}

static enum err refuse_wish(struct why *why)
{
    why_set(why, ERR_INPUT, "it cannot be read for sure which times would suit");
    why_hint(why, "Write days and hours: \"Saturdays\", \"weekdays after 4\"");
    return ERR_INPUT;
}

static enum err add_in_tx(
    struct waits *waits, const char *patient_id, json_t **ret_json, struct why *why)
{
    struct cmd *cmd = waits->cmd;
    const int64_t practice_id = cmd->home.practice.practice_id;
    DB_TX struct tx tx = {0};
    struct patient *patient = NULL;
    struct booking booking;
    struct waiting *list = NULL;
    struct id wait;
    size_t count = 0;
    enum err err = record_read_patients(
        &cmd->boot, cmd->db, practice_id, &patient_id, 1, &patient, &count, why);
    if (err == ERR_NONE
        && (count == 0
            || !engine_wait_for(&cmd->engine, &cmd->boot, patient, waits->service, &booking)))
        return refuse_service(why);
    if (err == ERR_NONE)
        err = begin(waits, &tx, why);
    const struct waiting waiting = {.patient_id = patient_id,
        .said = waits->said,
        .source = "desk",
        .wish = engine_read_wish(cmd->home.schedule, waits->said, waits->now)};
    if (err == ERR_NONE && waiting.wish.kind != CHOICE_WANT)
        return refuse_wish(why);
    if (err == ERR_NONE)
        err = engine_join_waitlist(&cmd->engine, &tx, &booking, &waiting, &wait, why);
    if (err == ERR_NONE)
        err = waitlist_read(
            &cmd->boot, tx.db, practice_id, cmd->home.schedule, patient_id, &list, &count, why);
    if (err == ERR_NONE)
        err = waiting_json(waits, &list[0], ret_json, why);
    return err == ERR_NONE ? db_commit(&tx, why) : err;
}

static enum exit_code add_waiting(struct waits *waits, const char *patient_id)
{
    struct why why = {0};
    json_t *taken = NULL;
    enum err err = add_in_tx(waits, patient_id, &taken, &why);
    JSON_AUTO json = taken;
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (waits->cmd->json)
        cmd_print_json(json);
    else
        print_waiting(json);
    return EXIT_DONE;
}

static enum exit_code remove_waiting(struct waits *waits, const char *patient_id)
{
    DB_TX struct tx tx = {0};
    struct why why = {0};
    bool ended = false;
    enum err err = begin(waits, &tx, &why);
    if (err == ERR_NONE)
        err = engine_leave_waitlist(&waits->cmd->engine, &tx, patient_id, "desk", &ended, &why);
    if (err == ERR_NONE)
        err = db_commit(&tx, &why);
    if (err != ERR_NONE)
        return cmd_fail(&why);
    if (waits->cmd->json)
        cmd_print_json_new(json_pack("{s:b}", "removed", ended));
    else
        puts(ended ? "They wait no more; what was held for them goes to the next one."
                   : "They do not wait.");
    return ended ? EXIT_DONE : EXIT_FAILED;
}

enum exit_code cmd_waitlist(struct cmd *cmd)
{
    struct waits waits = {.cmd = cmd};
    struct why why = {0};
    enum exit_code code =
        CMD_OPTIONS(cmd, 0, 2, {.name = "--service", .kind = OPTION_TEXT, .text = &waits.service},
            {.name = "--said", .kind = OPTION_TEXT, .text = &waits.said});
    const char *verb = cmd->argument_count ? cmd->arguments[0] : "list";
    bool lists = text_is(verb, "list"), adds = text_is(verb, "add");
    if (code == EXIT_DONE && !lists && !adds && !text_is(verb, "remove"))
        return cmd_usage(cmd, "\"%s\" is not list, add or remove", verb);
    if (code == EXIT_DONE && (cmd->argument_count == 2) == lists)
        return cmd_usage(cmd, lists ? "list takes no patient" : "the patient is missing");
    if (code == EXIT_DONE && !adds && (waits.service || waits.said))
        return cmd_usage(cmd, "--service and --said go with add");
    if (code == EXIT_DONE)
        code = cmd_open_engine(cmd, "cmd", false);
    if (code != EXIT_DONE)
        return code;
    if (!cmd->home.schedule) {
        why_set(&why, ERR_INPUT, "this home has no schedules.yaml: no free time is known");
        why_hint(&why, "See docs/schedules.md");
        return cmd_fail(&why);
    }
    const char *patient_id = NULL;
    if (!lists
        && record_find_patient(&cmd->boot, cmd->db, cmd->home.practice.practice_id,
               cmd->arguments[1], &patient_id, &why)
            != ERR_NONE)
        return cmd_fail(&why);
    return lists ? list_waiting(&waits)
        : adds   ? add_waiting(&waits, patient_id)
                 : remove_waiting(&waits, patient_id);
}
