/* api_json.c: rows become JSON, by a list of columns. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "http/api.h"

json_t *api_json_time(const struct api *api, struct instant instant)
{
    return instant.ms ? json_string(instant_format_utc(api->arena, instant)) : json_null();
}

json_t *api_json_day(const struct api *api, struct day day)
{
    return day.n == DAY_NONE ? json_null() : json_string(day_format(api->arena, day));
}

static json_t *column_json(
    struct api *api, const struct db_rows *rows, int column, enum api_column_kind kind)
{
    if (db_col_null(rows, column))
        return json_null();
    switch (kind) {
    case COLUMN_TEXT: return json_text(db_col_text(rows, column));
    case COLUMN_INT: return json_integer(db_col_int(rows, column));
    case COLUMN_BOOL: return json_boolean(db_col_int(rows, column));
    case COLUMN_TIME: return api_json_time(api, (struct instant){db_col_int(rows, column)});
    case COLUMN_DAY: return api_json_day(api, db_col_day(rows, column));
    case COLUMN_MONEY: return json_money(db_col_int(rows, column));
    case COLUMN_JSON: {
        const char *text = db_col_text(rows, column);
        json_t *json = NULL;
        return json_parse(text, strlen(text), &json, NULL) == ERR_NONE ? json : json_null();
    }
    case COLUMN_SKIP: break;
    }
    return json_null();
}

/* "patient.name": the object `patient`, made with its first column, null when that is NULL. */
static void set_nested(json_t *json, struct arena *arena, const char *name, json_t *value)
{
    const char *dot = strchr(name, '.');
    const char *outer = arena_text_n(arena, name, (size_t)(dot - name));
    json_t *inside = json_object_get(json, outer);
    if (!inside) {
        inside = json_is_null(value) ? json_null() : json_object();
        json_object_set_new(json, outer, inside);
    }
    if (json_is_object(inside))
        json_object_set_new(inside, dot + 1, value);
    else
        json_decref(value);
}

json_t *api_row(
    struct api *api, const struct db_rows *rows, const struct api_column *columns, size_t count)
{
    json_t *json = json_object();
    for (size_t i = 0; i < count; i++) {
        if (columns[i].kind == COLUMN_SKIP)
            continue;
        json_t *value = column_json(api, rows, (int)i, columns[i].kind);
        if (strchr(columns[i].name, '.'))
            set_nested(json, api->arena, columns[i].name, value);
        else
            json_object_set_new(json, columns[i].name, value);
    }
    return json;
}

enum err api_rows(struct api *api, const struct sql *sql, const struct db_arg *args,
    size_t arg_count, const struct api_column *columns, size_t count, json_t **ret_list,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    JSON_AUTO list = json_array();
    enum err err = db_query(api->db, sql, args, arg_count, &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        json_array_append_new(list, api_row(api, rows, columns, count));
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err == ERR_NONE)
        *ret_list = json_incref(list);
    return err;
}
