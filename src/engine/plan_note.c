/* plan_note.c: why a plan looks at nobody. */
#include "base/buf.h"
#include "engine/engine_int.h"
#include "engine/plan.h"
#include "engine_sql.h"

enum { NAMES_MAX = 3 };

static enum err read_unknown(struct engine *engine, struct buf *names, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(engine->db, &sql_engine_names_unknown,
        DB_ARGS(db_int("practice_id", engine->practice->practice_id), db_int("most", NAMES_MAX)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        buf_format(names, "%s\"%s\"",
            names->len ? ", " : "; names that are no service yet: ", db_col_text(rows, 0));
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err engine__plan_note(struct arena *arena, struct engine *engine, const struct plan *plan,
    const char **ret_note, struct why *reterr_why)
{
    const struct service_definition *service = plan->playbook->entry.audience.service;
    int64_t visits = 0;
    struct buf names;
    buf_init(&names, arena);
    if (plan->selection.entrant_count > 0 || plan->selection.refusal_count > 0) {
        *ret_note = NULL;
        return ERR_NONE;
    }
    enum err err = db_query_int(engine->db, &sql_engine_visits_any,
        DB_ARGS(db_int("practice_id", engine->practice->practice_id)), &visits, reterr_why);
    if (err == ERR_NONE)
        err = read_unknown(engine, &names, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (visits == 0)
        *ret_note = "nobody is looked at: no completed visit is known; import the appointments";
    else if (!service)
        *ret_note = "nobody is looked at: no patient is known to whom its `who` could apply";
    else
        *ret_note = arena_format(arena,
            "nobody is looked at: no visit counts as `%s`; write the booking system's names for it "
            "under `match` in definitions.yaml%s",
            service->key, names.data);
    return ERR_NONE;
}
