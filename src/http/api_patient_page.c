/* api_patient_page.c: one patient: the page, the timeline, why something was sent or not. */
#include <inttypes.h>
#include <string.h>

#include "api_routes.h"
#include "base/text.h"
#include "engine/explain.h"
#include "http_sql.h"

static json_t *patient_row(struct api *api, const struct db_rows *rows, const char **ret_household)
{
    struct arena *arena = api->arena;
    struct day paused = db_col_day(rows, 13);
    const char *preferred = db_col_text(rows, 4);
    const char *name = arena_format(arena, "%s %s",
        preferred && *preferred ? preferred : db_col_text(rows, 2), db_col_text(rows, 3));
    *ret_household = db_col_copy(arena, rows, 20);
    json_t *flags = api__patient_flags(api, rows, 21, paused);
    bool is_paused = false;
    size_t i = 0;
    json_t *flag = NULL;
    json_array_foreach(flags, i, flag) is_paused =
        is_paused || text_is(json_string_value(flag), "paused");
    json_t *json = api_row(api, rows,
        API_COLUMNS({"patient_id", COLUMN_TEXT}, {"external_id", COLUMN_TEXT},
            {"first_name", COLUMN_TEXT}, {"last_name", COLUMN_TEXT},
            {"preferred_name", COLUMN_TEXT}, {"birth_day", COLUMN_DAY}, {"language", COLUMN_TEXT},
            {"preferred_channel", COLUMN_TEXT}, {"preferred_provider", COLUMN_TEXT},
            {"city", COLUMN_TEXT}, {"state", COLUMN_TEXT}, {"zip", COLUMN_TEXT},
            {"time_zone", COLUMN_TEXT}, {"paused_until", COLUMN_DAY},
            {"phi_authorized", COLUMN_BOOL}, {"visits", COLUMN_INT}, {"value", COLUMN_MONEY},
            {"first_visit", COLUMN_DAY}, {"last_visit", COLUMN_DAY}, {"address", COLUMN_TEXT}));
    json_object_set_new(json, "name", json_text(str_text(arena, str_trim(str_of(name)))));
    json_object_set_new(json, "flags", flags);
    json_object_set_new(json, "paused", json_boolean(is_paused));
    json_object_set_new(json, "thread_id", json_text(db_col_text(rows, 30)));
    return json;
}

struct part {
    const char *name;
    const struct sql *sql;
    const struct api_column *columns;
    size_t count;
};

static enum err add_parts(struct api *api, const char *patient_id, json_t *json, struct why *why)
{
#define PART(name, sql, ...)                                                                       \
    {                                                                                              \
        name, sql, API_COLUMNS(__VA_ARGS__)                                                        \
    }
    const struct part parts[] = {
        PART("contact_points", &sql_http_patient_contacts, {"channel", COLUMN_TEXT},
            {"address", COLUMN_TEXT}, {"kind", COLUMN_TEXT}, {"health", COLUMN_TEXT},
            {"rank", COLUMN_INT}, {"marketing", COLUMN_TEXT}, {"care", COLUMN_TEXT}),
        PART("merged", &sql_http_patient_merged, {"patient_id", COLUMN_TEXT},
            {"external_id", COLUMN_TEXT}, {"records", COLUMN_INT}, {"at", COLUMN_TIME}),
        PART("edits", &sql_http_patient_edits, {"field", COLUMN_TEXT}, {"imported", COLUMN_TEXT},
            {"at", COLUMN_TIME}, {"by", COLUMN_TEXT}),
        PART("language_learned", &sql_http_patient_language, {"language", COLUMN_TEXT},
            {"message_id", COLUMN_TEXT}, {"at", COLUMN_TIME}, {"in_use", COLUMN_BOOL}),
        PART("consents", &sql_http_patient_consents, {"consent_id", COLUMN_TEXT},
            {"channel", COLUMN_TEXT}, {"purpose", COLUMN_TEXT}, {"class", COLUMN_TEXT},
            {"given", COLUMN_DAY}, {"source", COLUMN_TEXT}, {"evidence", COLUMN_TEXT},
            {"recorded_at", COLUMN_TIME}, {"revoked_at", COLUMN_TIME}, {"revoked_by", COLUMN_TEXT}),
        PART("suppressions", &sql_http_patient_suppressions, {"channel", COLUMN_TEXT},
            {"scope", COLUMN_TEXT}, {"reason", COLUMN_TEXT}, {"address", COLUMN_TEXT},
            {"source", COLUMN_TEXT}, {"created_at", COLUMN_TIME}, {"lifted_at", COLUMN_TIME}),
        PART("appointments", &sql_http_patient_appointments, {"appointment_id", COLUMN_TEXT},
            {"start", COLUMN_TIME}, {"end", COLUMN_TIME}, {"service", COLUMN_TEXT},
            {"category", COLUMN_TEXT}, {"provider", COLUMN_TEXT}, {"location", COLUMN_TEXT},
            {"status", COLUMN_TEXT}, {"total", COLUMN_MONEY}),
        PART("clocks", &sql_http_patient_clocks, {"service", COLUMN_TEXT}, {"last", COLUMN_DAY},
            {"due", COLUMN_DAY}, {"late", COLUMN_DAY}, {"lost", COLUMN_DAY},
            {"visits", COLUMN_INT}),
        PART("memberships", &sql_http_patient_memberships, {"plan", COLUMN_TEXT},
            {"status", COLUMN_TEXT}, {"renewal", COLUMN_DAY}),
        PART("enrollments", &sql_http_patient_enrollments, {"enrollment_id", COLUMN_TEXT},
            {"playbook", COLUMN_TEXT}, {"arm", COLUMN_TEXT}, {"state", COLUMN_TEXT},
            {"hold", COLUMN_TEXT}, {"entered_at", COLUMN_TIME}, {"next_at", COLUMN_TIME},
            {"exit", COLUMN_TEXT}, {"exit_detail", COLUMN_TEXT}, {"ended_at", COLUMN_TIME}),
    };
#undef PART
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && err == ERR_NONE; i++) {
        json_t *list = NULL;
        err = api_rows(api, parts[i].sql,
            DB_ARGS(db_int("practice_id", api->practice_id), db_text("patient_id", patient_id)),
            parts[i].columns, parts[i].count, &list, why);
        if (err == ERR_NONE)
            json_object_set_new(json, parts[i].name, list);
    }
    return err;
}

static enum err add_texts(struct api *api, const struct sql *sql, const char *arg,
    const char *value, int column, json_t *json, const char *name, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    json_t *list = json_array();
    json_object_set_new(json, name, list);
    enum err err = db_query(api->db, sql,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text(arg, value)), &rows, why);
    while (err == ERR_NONE && db_next(rows))
        json_array_append_new(list, json_text(db_col_text(rows, column)));
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

static enum err read_own_row(struct api *api, const char *patient_id, json_t **ret_json,
    const char **ret_household, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_patient_read,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("patient_id", patient_id)), &rows,
        why);
    if (err == ERR_NONE && db_next(rows))
        *ret_json = patient_row(api, rows, ret_household);
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

/* Fields as the body of an edit calls them. */
static void name_edits(json_t *edits)
{
    size_t i = 0;
    json_t *edit = NULL;
    json_array_foreach(edits, i, edit)
    {
        const char *field = json_string_value(json_object_get(edit, "field"));
        json_object_set_new(edit, "field", json_string(api__edit_name(field)));
    }
}

/* What an edit may overwrite: a message that went out meanwhile does not make it stale. */
static const char *etag_of(struct api *api, const json_t *patient)
{
    static const char *const names[] = {"first_name", "last_name", "preferred_name", "birth_day",
        "language", "preferred_channel", "preferred_provider", "address", "city", "state", "zip"};
    JSON_AUTO part = json_array();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        json_array_append(part, json_object_get(patient, names[i]));
    size_t i = 0;
    json_t *point = NULL;
    json_array_foreach(json_object_get(patient, "contact_points"), i, point)
    {
        json_array_append(part, json_object_get(point, "address"));
        json_array_append(part, json_object_get(point, "kind"));
    }
    return api_hash(api, json_text_of(api->arena, part));
}

static enum err build_json(
    struct api *api, const char *patient_id, json_t **ret_json, struct why *why)
{
    JSON_AUTO json = NULL;
    const char *household = NULL;
    json_t *home = NULL;
    enum err err = api_patient(api, patient_id, why);
    if (err == ERR_NONE)
        err = read_own_row(api, patient_id, &json, &household, why);
    if (err == ERR_NONE)
        err = add_parts(api, patient_id, json, why);
    if (err == ERR_NONE)
        err = add_texts(
            api, &sql_http_patient_records, "patient_id", patient_id, 0, json, "other_ids", why);
    if (err == ERR_NONE)
        err = add_texts(api, &sql_http_tags_of, "ids", db_list(api->arena, &patient_id, 1), 1, json,
            "tags", why);
    if (err == ERR_NONE)
        err = api_rows(api, &sql_http_patient_household,
            DB_ARGS(db_int("practice_id", api->practice_id), db_text("patient_id", patient_id),
                db_text("household_id", household), db_text("locations", api->locations)),
            API_COLUMNS(
                {"patient_id", COLUMN_TEXT}, {"external_id", COLUMN_TEXT}, {"name", COLUMN_TEXT}),
            &home, why);
    if (err != ERR_NONE)
        return err;
    json_object_set_new(json, "household", home);
    name_edits(json_object_get(json, "edits"));
    json_object_set_new(json, "etag", json_string(etag_of(api, json)));
    *ret_json = json_incref(json);
    return ERR_NONE;
}

enum err api__patient_json(
    struct api *api, const char *patient_id, json_t **ret_json, struct why *why)
{
    enum err err = build_json(api, patient_id, ret_json, why);
    if (err != ERR_NONE)
        return err;
    api->etag = arena_text(api->arena, json_string_value(json_object_get(*ret_json, "etag")));
    api_reads(api, "patient.read", patient_id, "page");
    return ERR_NONE;
}

enum err api__patient_etag(
    struct api *api, const char *patient_id, const char **ret_etag, struct why *why)
{
    JSON_AUTO json = NULL;
    enum err err = build_json(api, patient_id, &json, why);
    if (err == ERR_NONE)
        *ret_etag = arena_text(api->arena, json_string_value(json_object_get(json, "etag")));
    return err;
}

/* Whose record was made one with another's is that one now. NULL: nobody's was. */
static enum err follow_merge(
    struct api *api, const char *patient_id, const char **ret_patient_id, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_patient_now,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("patient_id", patient_id)), &rows,
        why);
    if (err == ERR_NONE)
        *ret_patient_id = db_next(rows) ? db_col_copy(api->arena, rows, 0) : NULL;
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

void api__read_patient(struct api *api)
{
    struct why why = {0};
    json_t *json = NULL;
    const char *now = NULL;
    enum err err = api__patient_json(api, api->wild[0], &json, &why);
    if (err == ERR_NOT_FOUND && follow_merge(api, api->wild[0], &now, &why) == ERR_NONE && now)
        err = api__patient_json(api, now, &json, &why);
    api_end(api, err, &why, 200, json);
}

void api__read_timeline(struct api *api)
{
    struct why why = {0};
    const char *after[2], *last[2] = {NULL, NULL}, *patient_id = api->wild[0];
    size_t limit = api_limit(api), count = 0;
    int64_t before_ms = INT64_MAX;
    if (!api_cursor(api, after, 2))
        return;
    if (after[0])
        (void)text_to_int(after[0], 0, INT64_MAX, &before_ms);
    json_t *items = json_array();
    bool more = false;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = api_patient(api, patient_id, &why);
    if (err == ERR_NONE)
        err = db_query(api->db, &sql_http_timeline,
            DB_ARGS(db_int("practice_id", api->practice_id), db_text("patient_id", patient_id),
                db_int("before_ms", before_ms), db_text("before_id", after[1] ? after[1] : ""),
                db_int("limit", (int64_t)limit + 1)),
            &rows, &why);
    while (err == ERR_NONE && db_next(rows)) {
        more = count == limit;
        if (more)
            break;
        count++;
        json_array_append_new(items,
            api_row(api, rows,
                API_COLUMNS({"kind", COLUMN_TEXT}, {"id", COLUMN_TEXT}, {"at", COLUMN_TIME},
                    {"title", COLUMN_TEXT}, {"text", COLUMN_TEXT}, {"state", COLUMN_TEXT},
                    {"channel", COLUMN_TEXT}, {"playbook", COLUMN_TEXT}, {"code", COLUMN_TEXT},
                    {"attachments", COLUMN_JSON})));
        last[0] = arena_format(api->arena, "%" PRId64, db_col_int(rows, 2));
        last[1] = db_col_copy(api->arena, rows, 1);
    }
    if (err == ERR_NONE)
        db_rows_drop(&rows);
    api_reads(api, "patient.read", patient_id, "timeline");
    api_end(api, err, &why, 200,
        json_pack(
            "{s:o, s:o}", "items", items, "next", json_text(more ? api_next(api, last, 2) : NULL)));
}

/* ---- why ---- */

static enum err explain_all(
    struct api *api, const char *patient_id, struct instant at, json_t *list, struct why *why)
{
    struct playbook_findings findings;
    const struct playbook *const *playbooks = NULL;
    size_t count = 0;
    enum err err = playbook_check_all(
        api->arena, &api->desk->home->playbooks, NULL, &findings, &playbooks, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        json_t *one = NULL;
        err = explain_build(
            api->arena, api->desk->engine, patient_id, playbooks[i]->name, at, &one, why);
        if (err == ERR_NONE)
            json_array_append_new(list, one);
    }
    return err;
}

void api__explain_patient(struct api *api)
{
    struct why why = {0};
    const char *patient_id = api->wild[0], *playbook = api_text(api, "playbook");
    struct instant at = api_time(api, "at");
    json_t *list = json_array(), *one = NULL;
    if (!at.ms)
        at = api->now;
    enum err err = api_patient(api, patient_id, &why);
    if (err == ERR_NONE && playbook) {
        err = explain_build(api->arena, api->desk->engine, patient_id, playbook, at, &one, &why);
        if (err == ERR_NONE)
            json_array_append_new(list, one);
    } else if (err == ERR_NONE) {
        err = explain_all(api, patient_id, at, list, &why);
    }
    api_reads(api, "patient.read", patient_id, "explain");
    api_end(api, err, &why, 200, json_pack("{s:o}", "items", list));
}
