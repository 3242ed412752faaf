/* export.c: see export.h. */
#include "engine/export.h"

#include <string.h>

#include "base/text.h"
#include "base/zone.h"
#include "engine_sql.h"

/* "name:kind ..." in the order of the statement's columns: t text, i number, b yes or no, m moment,
 * d day, c money, j JSON. */
struct part {
    const char *name;
    const struct sql *sql;
    const char *columns;
};

static const struct part parts[] = {
    {"person", &sql_engine_export_patient,
        "external_id:t first_name:t last_name:t preferred_name:t birth_day:d gender:t "
        "address:t city:t state:t zip:t country:t time_zone:t language:t "
        "preferred_channel:t preferred_provider:t inactive:b deceased:b vip:b "
        "staff_or_family:b billing_dispute:b clinical_concern:b do_not_contact:b "
        "paused_until:d paused_until_told:b sms_stopped:b email_stopped:b voice_stopped:b "
        "phi_authorized:b phi_authorized_on:d loyalty_points:i loyalty_points_expire_on:d "
        "membership_plan:t membership_status:t membership_renewal:d created_on:d visits:i "
        "first_visit:d last_visit:d last_provider:t value:c household_id:t"},
    {"merged_from", &sql_engine_export_merges, "patient_id:t at:m"},
    {"kept_apart", &sql_engine_export_apart, "at:m by:t"},
    {"records", &sql_engine_export_records,
        "record_id:t fields:j file:t first_seen_at:m changed_at:m"},
    {"edits", &sql_engine_export_edits, "field:t value:t imported:t at:m"},
    {"language", &sql_engine_export_language,
        "learned:t decided_by:t decided_at:m heard:t times:i"},
    {"address_edits", &sql_engine_export_address_edits, "kind:t address:t act:t replaces:t at:m"},
    {"addresses", &sql_engine_export_addresses,
        "channel:t address:t kind:t rank:i health:t current:b since:m"},
    {"consents", &sql_engine_export_consents,
        "channel:t purpose:t class:t address:t given:d source:t evidence:t recorded_at:m "
        "revoked_at:m revoked_by:t"},
    {"suppressions", &sql_engine_export_suppressions,
        "channel:t scope:t reason:t address:t source:t evidence:t created_at:m "
        "lifted_at:m lifted_by:t"},
    {"tags", &sql_engine_export_tags, "tag:t source:t at:m"},
    {"appointments", &sql_engine_export_appointments,
        "appointment_id:t record_id:t start:m end:m location:t provider:t service:t "
        "service_category:t counted_as:t status:t total:c booked_at:m cancelled_at:m "
        "cancel_reason:t series_id:t series_number:i series_total:i intro_offer:b"},
    {"appointment_changes", &sql_engine_export_appointment_changes,
        "appointment_id:t at:m old_status:t new_status:t old_start:m new_start:m"},
    {"memberships", &sql_engine_export_memberships,
        "membership_id:t plan:t status:t started:d renewal:d ended:d price:c"},
    {"ledger", &sql_engine_export_ledger, "kind:t id:t day:d amount:c status:t fields:j"},
    {"clocks", &sql_engine_export_clocks, "service:t last:d due:d late:d lost:d visits:i"},
    {"enrollments", &sql_engine_export_enrollments,
        "enrollment_id:t playbook:t version:t arm:t state:t entered_at:m hold:t exit:t "
        "exit_detail:t ended_at:m"},
    {"decisions", &sql_engine_export_events, "enrollment_id:t at:m kind:t touch:t rule:t detail:j"},
    {"refusals", &sql_engine_export_refusals, "playbook:t reason:t detail:t at:m"},
    {"messages_out", &sql_engine_export_messages_out,
        "touch_id:t enrollment_id:t playbook:t touch:t kind:t purpose:t state:t channel:t "
        "address:t template:t wording:t variant:t offer:t language:t subject:t text:t html:t "
        "approved:j worded_by:t code:t rule:t detail:t planned_at:m sent_at:m delivery:t "
        "delivered_at:m"},
    {"gate", &sql_engine_export_gate, "touch_id:t at:m answer:t code:t rule:t until:m detail:j"},
    {"attempts", &sql_engine_export_attempts,
        "touch_id:t number:i started_at:m ended_at:m outcome:t status:i code:t provider_id:t"},
    {"conversations", &sql_engine_export_conversations,
        "thread_id:t address:t state:t opened_at:m closed_at:m closed_by:t label:t route:t "
        "urgency:t assigned_to:t draft:t"},
    {"messages_in", &sql_engine_export_messages_in,
        "inbound_id:t channel:t from:t to:t text:t received_at:m stop:t reading:j touch_id:t "
        "provider_id:t attachments:j"},
    {"answers", &sql_engine_export_answers, "touch_id:t user_id:t at:m"},
    {"corrections", &sql_engine_export_corrections,
        "inbound_id:t labels:t urgency:t route:t tags:t was:j by:t at:m"},
    {"drafts", &sql_engine_export_drafts,
        "inbound_id:t state:t reason:t model:t wanted_at:m asked_at:m ended_at:m prompt:t "
        "answer:t text:t sources:j touch_id:t approver:t edited:b"},
    {"notes", &sql_engine_export_notes, "text:t by:t at:m"},
    {"tasks", &sql_engine_export_tasks,
        "task_id:t kind:t role:t title:t body:j state:t created_at:m due_at:m assigned_to:t "
        "outcome:t note:t staff_seconds:i ended_at:m"},
    {"engagement", &sql_engine_export_engagement, "touch_id:t kind:t trust:t at:m detail:j"},
    {"bookings", &sql_engine_export_bookings, "enrollment_id:t appointment_id:t days_after:i"},
    {"openings", &sql_engine_export_openings,
        "service:t provider:t location:t start:m end:m state:t source:t touch_id:t "
        "appointment_id:t created_at:m"},
    {"proposals", &sql_engine_export_proposals,
        "service:t times:j source:t touch_id:t language:t state:t created_at:m expires_at:m"},
    {"waitlist", &sql_engine_export_waits,
        "wait_id:t service:t wish:j said:t source:t state:t passes:i since:m changed_at:m "
        "until:m"},
    {"passed_over", &sql_engine_export_passed_over, "wait_id:t start:m"},
    {"seen_in_lists", &sql_engine_export_lists, "at:m by:t list:t"},
    {"trail", &sql_engine_export_trail, "at:m actor:t action:t subject:t detail:j"},
};

struct exporting {
    struct arena *arena;
    struct db *db;
    const struct practice *practice;
    const char *patient_id;
};

static json_t *json_value(const char *text)
{
    json_t *value = NULL;
    return text && json_parse(text, strlen(text), &value, NULL) == ERR_NONE ? value : json_null();
}

static json_t *column_json(
    const struct exporting *exporting, const struct db_rows *rows, int column, char kind)
{
    if (db_col_null(rows, column))
        return json_null();
    switch (kind) {
    case 'i': return json_integer((json_int_t)db_col_int(rows, column));
    case 'b': return json_boolean(db_col_int(rows, column) != 0);
    case 'c': return json_money(db_col_int(rows, column));
    case 'd': return json_text(day_format(exporting->arena, db_col_day(rows, column)));
    case 'm':
        return json_text(zone_format(exporting->arena, exporting->practice->zone,
            (struct instant){db_col_int(rows, column)}));
    case 'j': return json_value(db_col_text(rows, column));
    default: return json_text(db_col_text(rows, column));
    }
}

static json_t *row_json(
    const struct exporting *exporting, const struct db_rows *rows, const char *columns)
{
    json_t *json = json_object();
    int column = 0;
    for (const char *at = columns; *at; column++) {
        size_t len = strcspn(at, ":");
        const char *name = arena_text_n(exporting->arena, at, len);
        json_object_set_new(json, name, column_json(exporting, rows, column, at[len + 1]));
        at += len + 2;
        at += *at == ' ';
    }
    return json;
}

static enum err read_part(const struct exporting *exporting, const struct part *part,
    json_t **ret_list, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(exporting->db, part->sql,
        DB_ARGS(db_int("practice_id", exporting->practice->practice_id),
            db_text("patient_id", exporting->patient_id)),
        &rows, reterr_why);
    *ret_list = json_array();
    while (err == ERR_NONE && db_next(rows))
        json_array_append_new(*ret_list, row_json(exporting, rows, part->columns));
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err export_patient(struct arena *arena, struct db *db, const struct practice *practice,
    const char *patient_id, json_t **ret_json, struct why *reterr_why)
{
    const struct exporting exporting = {arena, db, practice, patient_id};
    JSON_AUTO json = json_pack("{s:s, s:s}", "practice", practice->name, "patient_id", patient_id);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && err == ERR_NONE; i++) {
        json_t *list = NULL;
        err = read_part(&exporting, &parts[i], &list, reterr_why);
        if (i > 0) {
            json_object_set_new(json, parts[i].name, list);
            continue;
        }
        json_object_set(json, parts[i].name, json_array_get(list, 0));
        bool found = json_array_size(list) > 0;
        json_decref(list);
        if (err == ERR_NONE && !found)
            return why_set(reterr_why, ERR_NOT_FOUND, "there is no such patient");
    }
    if (err == ERR_NONE)
        *ret_json = json_incref(json);
    return err;
}
