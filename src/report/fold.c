/* fold.c: the sums follow what changes: marked enrollments are counted anew. */
#include <string.h>

#include "base/text.h"
#include "report/report_int.h"
#include "report_sql.h"

enum { MARKS_MAX = 64 }; /* of one transaction: a person at the desk may wait for it */

const char *report__basis(struct arena *arena, const struct practice *practice)
{
    return arena_format(arena, "%s %s", REPORT_BASIS, zone_name(practice->zone));
}

enum err report__read_basis(struct arena *arena, struct db *db, int64_t practice_id,
    const char **ret_basis, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(
        db, &sql_report_read_state, DB_ARGS(db_int("practice_id", practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_basis = db_next(rows) ? db_col_copy(arena, rows, 0) : "";
    return db_end(&rows, reterr_why);
}

enum err report__counted(struct arena *arena, struct db *db, int64_t practice_id, const char *ids,
    struct outcome **ret_outcomes, size_t *ret_count, struct why *reterr_why)
{
    struct outcome *outcomes = ARENA_NEW(arena, struct outcome, OUTCOMES_MAX);
    size_t count = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_report_counted,
        DB_ARGS(db_int("practice_id", practice_id), db_text("ids", ids)), &rows, reterr_why);
    while (err == ERR_NONE && count < OUTCOMES_MAX && db_next(rows))
        outcomes[count++] = (struct outcome){.enrollment_id = db_col_copy(arena, rows, 0),
            .day = db_col_day(rows, 1),
            .playbook = db_col_copy(arena, rows, 2),
            .places = db_col_copy(arena, rows, 3),
            .counts = db_col_copy(arena, rows, 4)};
    *ret_outcomes = outcomes;
    *ret_count = count;
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err report_pending(
    struct db *db, const struct practice *practice, bool *ret_pending, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *basis;
    int64_t marks = 0;
    enum err err = report__read_basis(&scratch, db, practice->practice_id, &basis, reterr_why);
    if (err == ERR_NONE)
        err = db_query_int(db, &sql_report_any_mark,
            DB_ARGS(db_int("practice_id", practice->practice_id)), &marks, reterr_why);
    if (err == ERR_NONE)
        *ret_pending = marks > 0 || !text_is(basis, report__basis(&scratch, practice));
    return err;
}

/* ---- one transaction ---- */

struct fold {
    struct arena *arena;
    struct tx *tx;
    const struct practice *practice;
    const char **ids;
    size_t id_count;
    struct map sums; /* key -> struct change */
};

/* What becomes of one sum. */
struct change {
    const char *span, *playbook, *places;
    struct day day;
    struct report_counts counts;
};

/* The sums that hold are those of this basis; else everybody is marked. */
static enum err begin(const struct fold *fold, struct why *reterr_why)
{
    struct tx *tx = fold->tx;
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const char *wanted = report__basis(fold->arena, fold->practice), *found = NULL;
    enum err err = db_exec(tx, &sql_report_open_state, DB_ARGS(practice), NULL, reterr_why);
    DB_ROWS struct db_rows *rows = NULL;
    if (err == ERR_NONE)
        err = db_query(tx->db, &sql_report_lock_state, DB_ARGS(practice), &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows))
        found = db_col_copy(fold->arena, rows, 0);
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE || text_is(found, wanted))
        return err;
    err = db_exec(tx, &sql_report_mark_all, DB_ARGS(practice), NULL, reterr_why);
    return err == ERR_NONE ? db_exec(tx, &sql_report_write_state,
               DB_ARGS(practice, db_text("basis", wanted)), NULL, reterr_why)
                           : err;
}

static enum err take_marks(struct fold *fold, bool *ret_more, struct why *reterr_why)
{
    struct map ids;
    size_t taken = 0;
    map_init(&ids, fold->arena);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(fold->tx->db, &sql_report_take_marks,
        DB_ARGS(db_int("practice_id", fold->tx->practice_id), db_int("limit", MARKS_MAX)), &rows,
        reterr_why);
    for (; err == ERR_NONE && db_next(rows); taken++)
        (void)map_put(&ids, db_col_text(rows, 0), NULL);
    fold->ids = ARENA_NEW(fold->arena, const char *, ids.count + 1);
    for (size_t i = 0; i < ids.count; i++)
        fold->ids[fold->id_count++] = ids.entries[i].key;
    *ret_more = taken == MARKS_MAX;
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static void change_sum(
    struct fold *fold, const char *span, struct day day, const struct outcome *outcome, int sign)
{
    const char *key =
        arena_format(fold->arena, "%s %d %s\n%s", span, day.n, outcome->playbook, outcome->places);
    struct change *change = map_get(&fold->sums, key);
    if (!change) {
        change = ARENA_NEW(fold->arena, struct change, 1);
        *change = (struct change){
            .span = span, .playbook = outcome->playbook, .places = outcome->places, .day = day};
        report__counts_init(&change->counts, fold->arena);
        (void)map_put(&fold->sums, key, change);
    }
    report__merge(&change->counts, outcome->counts, sign);
}

static void change_sums(struct fold *fold, const struct outcome *outcome, int sign)
{
    int year, month, day;
    day_split(outcome->day, &year, &month, &day);
    change_sum(fold, "day", outcome->day, outcome, sign);
    change_sum(fold, "month", day_of(year, month, 1), outcome, sign);
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    return a->day.n == b->day.n && text_is(a->playbook, b->playbook)
        && text_is(a->places, b->places) && text_is(a->counts, b->counts);
}

static enum err keep_outcome(
    struct fold *fold, const struct outcome *outcome, struct why *reterr_why)
{
    return db_exec(fold->tx, &sql_report_keep_outcome,
        DB_ARGS(db_int("practice_id", fold->tx->practice_id),
            db_text("enrollment_id", outcome->enrollment_id), db_day("day", outcome->day),
            db_text("playbook", outcome->playbook), db_text("places", outcome->places),
            db_text("counts", outcome->counts)),
        NULL, reterr_why);
}

/* What each counted as goes out of the sums, what it counts as now comes in. */
static enum err count_anew(struct fold *fold, struct why *reterr_why)
{
    struct outcome *now = NULL, *before = NULL;
    size_t now_count = 0, before_count = 0;
    struct map known; /* id -> what it counts as now */
    map_init(&known, fold->arena);
    struct tx *tx = fold->tx;
    enum err err = report__outcomes(fold->arena, tx->db, fold->practice, fold->ids, fold->id_count,
        &now, &now_count, reterr_why);
    if (err == ERR_NONE)
        err = report__counted(fold->arena, tx->db, tx->practice_id,
            db_list(fold->arena, fold->ids, fold->id_count), &before, &before_count, reterr_why);
    for (size_t i = 0; i < now_count && err == ERR_NONE; i++)
        (void)map_put(&known, now[i].enrollment_id, &now[i]);
    for (size_t i = 0; i < before_count && err == ERR_NONE; i++) {
        struct outcome *one = map_get(&known, before[i].enrollment_id);
        if (one && same(one, &before[i])) {
            (void)map_put(&known, one->enrollment_id, NULL);
            continue;
        }
        change_sums(fold, &before[i], -1);
        if (!one)
            err = db_exec(tx, &sql_report_drop_outcome,
                DB_ARGS(db_int("practice_id", tx->practice_id),
                    db_text("enrollment_id", before[i].enrollment_id)),
                NULL, reterr_why);
    }
    for (size_t i = 0; i < now_count && err == ERR_NONE; i++) {
        if (!map_get(&known, now[i].enrollment_id))
            continue;
        change_sums(fold, &now[i], 1);
        err = keep_outcome(fold, &now[i], reterr_why);
    }
    return err;
}

static enum err write_sum(struct fold *fold, struct change *change, struct why *reterr_why)
{
    struct tx *tx = fold->tx;
    const struct db_arg key[] = {db_int("practice_id", tx->practice_id),
        db_text("span", change->span), db_day("day", change->day),
        db_text("playbook", change->playbook), db_text("places", change->places),
        db_text("counts", NULL)};
    enum { KEY = sizeof(key) / sizeof(key[0]) - 1 };
    struct db_arg args[KEY + 1];
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_report_read_sum, key, KEY, &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows))
        report__merge(&change->counts, db_col_text(rows, 0), 1);
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *text = report__counts_text(fold->arena, &change->counts);
    memcpy(args, key, sizeof(args));
    args[KEY] = db_text("counts", text);
    return text ? db_exec(tx, &sql_report_keep_sum, args, KEY + 1, NULL, reterr_why)
                : db_exec(tx, &sql_report_drop_sum, args, KEY, NULL, reterr_why);
}

enum err report_fold(struct arena *arena, struct tx *tx, const struct practice *practice,
    bool *ret_more, struct why *reterr_why)
{
    struct fold fold = {.arena = arena, .tx = tx, .practice = practice};
    map_init(&fold.sums, arena);
    enum err err = begin(&fold, reterr_why);
    if (err == ERR_NONE)
        err = take_marks(&fold, ret_more, reterr_why);
    if (err == ERR_NONE && fold.id_count > 0)
        err = count_anew(&fold, reterr_why);
    for (size_t i = 0; i < fold.sums.count && err == ERR_NONE; i++)
        err = write_sum(&fold, fold.sums.entries[i].value, reterr_why);
    return err;
}
