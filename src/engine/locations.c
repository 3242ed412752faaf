/* locations.c: the locations that the booking system or schedules.yaml names (engine.h). */
#include "base/buf.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "engine_sql.h"

enum { NAMED_MAX = 12 }; /* in the hint */

struct known {
    const char *names[NAMED_MAX];
    size_t count;
};

static bool is_among(const struct known *known, const char *name)
{
    for (size_t i = 0; i < known->count; i++) {
        if (text_is(known->names[i], name))
            return true;
    }
    return false;
}

static void add(struct known *known, const char *name)
{
    if (known->count < NAMED_MAX && !is_among(known, name))
        known->names[known->count++] = name;
}

static enum err is_known(
    struct engine *engine, struct db *db, const char *name, bool *ret_known, struct why *reterr_why)
{
    const struct schedule *schedule = engine->home->schedule;
    *ret_known = schedule && schedule_location(schedule, name) != SCHEDULE_NOBODY;
    if (*ret_known)
        return ERR_NONE;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_engine_location,
        DB_ARGS(db_int("practice_id", engine->practice->practice_id), db_text("location", name)),
        &rows, reterr_why);
    *ret_known = err == ERR_NONE && db_next(rows);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err read_known(struct engine *engine, struct arena *arena, struct db *db,
    struct known *known, struct why *reterr_why)
{
    const struct schedule *schedule = engine->home->schedule;
    for (size_t i = 0; schedule && i < schedule->location_count; i++)
        add(known, schedule->locations[i].name);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_engine_locations,
        DB_ARGS(db_int("practice_id", engine->practice->practice_id), db_int("limit", NAMED_MAX)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        add(known, db_col_copy(arena, rows, 0));
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err refuse(struct engine *engine, struct arena *arena, struct db *db, const char *name,
    struct why *reterr_why)
{
    struct known known = {.count = 0};
    struct buf all;
    enum err err = read_known(engine, arena, db, &known, reterr_why);
    if (err != ERR_NONE)
        return err;
    buf_init(&all, arena);
    for (size_t i = 0; i < known.count; i++)
        buf_format(&all, "%s%s", i ? ", " : "", known.names[i]);
    if (known.count == 0)
        why_hint(reterr_why, "Import the visits, or write schedules.yaml, first");
    else
        why_hint(reterr_why,
            known.count < NAMED_MAX ? "Take one of: %s" : "Take one that there is, such as: %s",
            all.data);
    return why_set(reterr_why, ERR_INPUT, "there is no location \"%s\"", name);
}

enum err engine_check_locations(struct engine *engine, struct arena *arena, struct db *db,
    const json_t *names, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < json_array_size(names) && err == ERR_NONE; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        bool known = true;
        if (name)
            err = is_known(engine, db, name, &known, reterr_why);
        if (!known && err == ERR_NONE)
            err = refuse(engine, arena, db, name, reterr_why);
    }
    return err;
}
