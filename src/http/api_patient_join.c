/* api_patient_join.c: who may be one person, made one and parted again by hand. */
#include "api_routes.h"
#include "base/text.h"
#include "engine/engine.h"
#include "http_sql.h"
#include "record/join.h"

enum {
    WHY = 5,
    PAIR_STRETCH = 120, /* a page of 100 and what may not be seen of it */
    PAIR_LOOKS_MAX = 4,
    PAIR_LISTED = 11, /* its column; behind it the place */
};

/* What the two have in common, from `first` on. */
static json_t *why_json(const struct db_rows *rows, int first)
{
    static const char *const names[WHY] = {
        "same_phone", "same_email", "same_name", "same_birth_day", "same_address"};
    json_t *list = json_array();
    for (int i = 0; i < WHY; i++) {
        if (db_col_int(rows, first + i) != 0)
            json_array_append_new(list, json_string(names[i]));
    }
    return list;
}

void api__list_duplicates(struct api *api)
{
    struct why why = {0};
    const char *patient_id = api->wild[0];
    json_t *items = json_array(), *read = json_array();
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = api_patient(api, patient_id, &why);
    if (err == ERR_NONE)
        err = db_query(api->db, &sql_http_duplicates_of,
            DB_ARGS(db_int("practice_id", api->practice_id), db_text("patient_id", patient_id),
                db_text("locations", api->locations), db_int("limit", (int64_t)api_limit(api))),
            &rows, &why);
    while (err == ERR_NONE && db_next(rows)) {
        json_t *item = api_row(api, rows,
            API_COLUMNS({"patient.patient_id", COLUMN_TEXT}, {"patient.external_id", COLUMN_TEXT},
                {"patient.name", COLUMN_TEXT}, {"birth_day", COLUMN_DAY}, {"visits", COLUMN_INT}));
        json_object_set_new(item, "why", why_json(rows, 5));
        json_array_append_new(items, item);
        json_array_append_new(read, json_text(db_col_text(rows, 0)));
    }
    if (err == ERR_NONE)
        err = db_end(&rows, &why);
    api_reads_list(api, "duplicates", read);
    api_end(api, err, &why, 200, json_pack("{s:o}", "items", items));
}

/* ---- everybody's ---- */

struct pair_page {
    json_t *items, *read;
    size_t count, limit;
    const char *last[2]; /* the place of the last pair that was looked at */
    bool more;
};

static void add_pair(struct api *api, const struct db_rows *rows, struct pair_page *page)
{
    json_t *item = api_row(api, rows,
        API_COLUMNS({"patient.patient_id", COLUMN_TEXT}, {"patient.external_id", COLUMN_TEXT},
            {"patient.name", COLUMN_TEXT}, {"other.patient_id", COLUMN_TEXT},
            {"other.external_id", COLUMN_TEXT}, {"other.name", COLUMN_TEXT}));
    json_object_set_new(item, "why", why_json(rows, 6));
    json_array_append_new(page->items, item);
    json_array_append_new(page->read, json_text(db_col_text(rows, 0)));
    json_array_append_new(page->read, json_text(db_col_text(rows, 3)));
    page->count++;
}

static enum err look_at_pairs(struct api *api, struct pair_page *page, struct why *reterr_why)
{
    size_t seen = 0;
    page->more = false;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_pairs,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("locations", api->locations),
            db_text("after_one", page->last[0] ? page->last[0] : ""),
            db_text("after_other", page->last[1] ? page->last[1] : ""),
            db_int("stretch", PAIR_STRETCH)),
        &rows, reterr_why);
    while (err == ERR_NONE && !page->more && db_next(rows)) {
        page->more = page->count == page->limit;
        if (page->more)
            break;
        seen++;
        if (db_col_int(rows, PAIR_LISTED) != 0)
            add_pair(api, rows, page);
        for (int i = 0; i < 2; i++)
            page->last[i] = db_col_copy(api->arena, rows, PAIR_LISTED + 1 + i);
    }
    db_rows_drop(&rows);
    page->more |= seen == PAIR_STRETCH;
    return err;
}

/* Where an account sees few of them, the rest comes with the next page, also when this one is
 * empty. */
void api__list_pairs(struct api *api)
{
    struct why why = {0};
    enum err err = ERR_NONE;
    struct pair_page page = {.limit = api_limit(api)};
    if (!api_cursor(api, page.last, 2))
        return;
    page.items = json_array();
    page.read = json_array();
    for (int looks = 0; looks < PAIR_LOOKS_MAX && err == ERR_NONE; looks++) {
        err = look_at_pairs(api, &page, &why);
        if (!page.more || page.count == page.limit)
            break; /* at the end, or full */
    }
    api_reads_list(api, "duplicates", page.read);
    api_end(api, err, &why, 200,
        json_pack("{s:o, s:o}", "items", page.items, "next",
            json_text(page.more ? api_next(api, page.last, 2) : NULL)));
}

/* ---- by hand ---- */

void api__merge_patient(struct api *api)
{
    struct why why = {0};
    struct record_load *load = NULL;
    const char *other = api_text(api, "other_id"), *into = api->wild[0];
    const char *const both[] = {api->wild[0], other};
    enum err err = api_patient(api, other, &why);
    if (err == ERR_NONE)
        err = api__begin_edit(api, &load, &why);
    if (err == ERR_NONE)
        err = record_lock(&api->tx, both, 2, &why);
    if (err == ERR_NONE)
        err = join_merge(load, api->wild[0], other, &into, &why);
    api__end_edit(api, load, into, err, &why);
}

void api__split_patient(struct api *api)
{
    struct why why = {0};
    struct record_load *load = NULL;
    json_t *page = NULL, *ids = json_object_get(api->body, "record_ids");
    const char **records = ARENA_NEW(api->arena, const char *, json_array_size(ids) + 1);
    const char *other = NULL;
    struct join_split split = {.patient_id = api->wild[0],
        .gone = api_text(api, "patient_id"),
        .record_ids = records,
        .record_count = json_array_size(ids)};
    for (size_t i = 0; i < split.record_count; i++)
        records[i] = json_string_value(json_array_get(ids, i));
    if (!split.gone && split.record_count == 0) {
        api_wrong(api, "record_ids", "Somebody has to leave",
            "Name records of the patient, or the patient that was merged");
        return;
    }
    enum err err = api__begin_edit(api, &load, &why);
    if (err == ERR_NONE)
        err = join_split(load, &split, &other, &why);
    if (err == ERR_NONE)
        err = record_settle(load, &why);
    if (err == ERR_NONE)
        err = engine_split(api->desk->engine, &api->tx, api->wild[0], other, &why);
    if (err == ERR_NONE)
        err = engine_after_import(api->desk->engine, &api->tx, &why);
    if (err == ERR_NONE)
        err = record_close(load, &why);
    if (err == ERR_NONE)
        err = api__patient_json(api, api->wild[0], &page, &why);
    api->etag = NULL;
    api_end(api, err, &why, 200,
        err == ERR_NONE ? json_pack("{s:o, s:s}", "patient", page, "other_id", other) : NULL);
    api->call->answer->wake = api->call->answer->status == 200;
}

/* ---- not the same person ---- */

static void keep_apart(struct api *api, const char *other, bool apart)
{
    struct why why = {0};
    const char *const both[] = {api->wild[0], other};
    enum err err = api_patient(api, api->wild[0], &why);
    if (err == ERR_NONE)
        err = api_patient(api, other, &why);
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = record_lock(&api->tx, both, 2, &why);
    if (err == ERR_NONE)
        err = join_keep_apart(&api->tx, api->wild[0], other, apart, &why);
    api_end(api, err, &why, 204, NULL);
}

void api__keep_patients_apart(struct api *api)
{
    keep_apart(api, api_text(api, "other_id"), true);
}

void api__stop_keeping_apart(struct api *api)
{
    keep_apart(api, api->wild[1], false);
}
