/* check_rows.c: see check_rows.h. */
#include "sim/check/check_rows.h"

#include "base/text.h"

enum err check_violations(struct world *world, const char *statement, const char *what,
    struct promise_check *check, struct why *reterr_why)
{
    const struct sql sql = {what, statement, NULL};
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(world->db, &sql,
        DB_ARGS(db_int("practice_id", world->home.practice.practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows))
        promise_broken(check, "%s: %s", what, db_col_text(rows, 0));
    return db_end(&rows, reterr_why);
}

enum err check_count(
    struct world *world, const char *statement, struct promise_check *check, struct why *reterr_why)
{
    const struct sql sql = {statement, statement, NULL};
    int64_t count = 0;
    enum err err = db_query_int(world->db, &sql,
        DB_ARGS(db_int("practice_id", world->home.practice.practice_id)), &count, reterr_why);
    check->checked += count;
    return err;
}
