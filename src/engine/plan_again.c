/* plan_again.c: a saved plan that was carried out already is no plan any more. */
#include "base/map.h"
#include "engine/engine_int.h"
#include "engine_sql.h"

static enum err read_entered(struct arena *arena, struct engine *engine,
    const struct playbook *playbook, struct instant since, struct map *entered,
    struct instant *ret_last, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(engine->db, &sql_engine_entered_since,
        DB_ARGS(db_int("practice_id", engine->practice->practice_id),
            db_text("playbook", playbook->name), db_text("version", playbook->version),
            db_int("since_ms", since.ms)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        map_put(entered, db_col_copy(arena, rows, 0), entered);
        ret_last->ms = db_col_int(rows, 1);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err engine__check_again(struct arena *arena, struct engine *engine, const json_t *plan,
    const struct playbook *playbook, struct instant at, struct why *reterr_why)
{
    struct map entered;
    struct instant last = {0};
    map_init(&entered, arena);
    enum err err = read_entered(arena, engine, playbook, at, &entered, &last, reterr_why);
    const json_t *enter = json_object_get(plan, "enter");
    bool all = json_array_size(enter) > 0;
    for (size_t i = 0; i < json_array_size(enter) && all; i++)
        all = map_get(
                  &entered, json_string_value(json_object_get(json_array_get(enter, i), "patient")))
            != NULL;
    if (err != ERR_NONE || !all)
        return err;
    why_hint(reterr_why,
        "There is nothing to do. For who is due since, look at a new one: plan %s --out FILE",
        playbook->name);
    return why_set(reterr_why, ERR_CONFLICT, "this plan was carried out already, at %s",
        zone_format(arena, engine->practice->zone, last));
}
