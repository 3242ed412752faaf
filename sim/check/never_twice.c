/* never_twice.c: a touch reaches the provider at most once: of the messages that the providers
 * took, no two belong to one touch. */
#include "base/map.h"
#include "sim/check/check_rows.h"

enum err check_never_twice(struct world *world, struct promise_check *check, struct why *reterr_why)
{
    static const struct sql attempts = {"never_twice_attempts",
        "SELECT attempt_id, touch_id FROM attempt WHERE practice_id = :practice_id"
        " ORDER BY attempt_id",
        NULL};
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct map touches, seen;
    map_init(&touches, &scratch);
    map_init(&seen, &scratch);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(world->db, &attempts,
        DB_ARGS(db_int("practice_id", world->home.practice.practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows))
        map_put(&touches, db_col_text(rows, 0), db_col_copy(&scratch, rows, 1));
    err = db_end(&rows, reterr_why);
    for (size_t i = 0; i < world->delivered_count && err == ERR_NONE; i++) {
        const char *touch_id = map_get(&touches, world->delivered[i].attempt_id);
        check->checked++;
        if (touch_id && !map_put(&seen, touch_id, world))
            promise_broken(check, "touch %s reached a provider twice", touch_id);
    }
    return err;
}
