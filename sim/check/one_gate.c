/* one_gate.c: no touch reaches a channel without an `allow` recorded in the transaction that moved
 * it to `sending`: every attempt has one, written at the attempt's own moment, and every message
 * that the providers saw names an attempt of ours. */
#include "base/map.h"
#include "base/text.h"
#include "sim/check/check_rows.h"

enum err check_one_gate(struct world *world, struct promise_check *check, struct why *reterr_why)
{
    static const struct sql attempts = {"one_gate_attempts",
        "SELECT a.attempt_id,"
        " CASE WHEN v.answer = 'allow' AND v.at_ms = a.started_ms THEN 1 ELSE 0 END"
        " FROM attempt a LEFT JOIN verdict v ON v.practice_id = a.practice_id"
        " AND v.touch_id = a.touch_id AND v.attempt_id = a.attempt_id"
        " WHERE a.practice_id = :practice_id ORDER BY a.attempt_id",
        NULL};
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct map allowed;
    map_init(&allowed, &scratch);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(world->db, &attempts,
        DB_ARGS(db_int("practice_id", world->home.practice.practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        check->checked++;
        if (db_col_int(rows, 1))
            map_put(&allowed, db_col_text(rows, 0), world);
        else
            promise_broken(check, "attempt %s has no allow of its moment", db_col_text(rows, 0));
    }
    for (size_t i = 0; i < world->delivered_count; i++) {
        if (!map_get(&allowed, world->delivered[i].attempt_id))
            promise_broken(check, "a message left as \"%s\", which no gate allowed",
                world->delivered[i].attempt_id);
    }
    return db_end(&rows, reterr_why);
}
