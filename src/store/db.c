/* db.c: the front of both databases: checks, argument order, and the states of a connection. */
#include "store/db.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "store/store_int.h"

enum { BUSY_MS_DEFAULT = 5000, SCRATCH_KEEP_BYTES = 1 << 20 };

/* Ends the process with a sentence: a statement and its caller disagree. */
static _Noreturn void bug(const struct sql *sql, const char *what, const char *name)
{
    char text[256];
    snprintf(text, sizeof text, "statement %s %s %s", sql->name, what, name ? name : "");
    __assert_fail(text, __FILE__, __LINE__, __func__);
}

struct db_arg db_day(const char *name, struct day day)
{
    return db_int_if(name, day.n != DAY_NONE, day.n);
}

enum err db_open(struct arena *boot, const struct db_options *options, struct db **ret_db,
    struct why *reterr_why)
{
    assert(options->address);
    struct db *db = ARENA_NEW(boot, struct db, 1);
    db->postgres = text_starts(options->address, "postgresql://")
        || text_starts(options->address, "postgres://");
    db->read_only = options->read_only;
    db->busy_ms_max = options->busy_ms_max > 0 ? options->busy_ms_max : BUSY_MS_DEFAULT;
    db->place = options->address;
    arena_init(&db->memory, 0);
    arena_init(&db->scratch, 0);
    arena_init(&db->statements.memory, 0);
    enum err err = db->postgres ? db_postgres_open(boot, options, db, reterr_why)
                                : db_sqlite_open(boot, options, db, reterr_why);
    if (err != ERR_NONE) {
        db_close(db);
        return err;
    }
    *ret_db = db;
    return ERR_NONE;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    assert(db->open_rows == 0);
    assert(!db->in_tx);
    if (db->verbs) {
        statement_forget_all(db);
        db->verbs->close(db);
    }
    for (struct db_rows *rows = db->idle_rows; rows; rows = rows->next)
        arena_release(&rows->spool);
    arena_release(&db->statements.memory);
    arena_release(&db->scratch);
    arena_release(&db->memory);
    db->verbs = NULL;
}

bool db_is_postgres(const struct db *db)
{
    return db->postgres;
}

enum err db_begin(struct db *db, struct instant now, const char *actor, int64_t practice_id,
    struct ids *ids, struct tx *ret_tx, struct why *reterr_why)
{
    assert(!db->in_tx && !db->in_snapshot && !db->read_only);
    assert(actor && actor[0]);
    if (!turn_take(db)) {
        why_hint(reterr_why, "Try again when it is done");
        return why_set(
            reterr_why, ERR_BUSY, "another part of this process is writing to the store");
    }
    enum err err = db->verbs->begin(db, reterr_why);
    if (err != ERR_NONE) {
        turn_leave(db);
        return err;
    }
    db->in_tx = true;
    db->spoiled = ERR_NONE;
    *ret_tx = (struct tx){
        .db = db, .now = now, .actor = actor, .practice_id = practice_id, .ids = ids, .open = true};
    return ERR_NONE;
}

static enum err refuse_spoiled(const struct db *db, struct why *reterr_why)
{
    return why_set(reterr_why, db->spoiled,
        "an earlier statement of this transaction failed, so nothing of it is kept");
}

enum err db_commit(struct tx *tx, struct why *reterr_why)
{
    assert(tx->open && tx->db->in_tx);
    struct db *db = tx->db;
    if (db->spoiled != ERR_NONE) {
        enum err err = refuse_spoiled(db, reterr_why);
        db_rollback(tx);
        return err;
    }
    enum err err = db->verbs->commit(db, reterr_why);
    if (err != ERR_NONE)
        db->verbs->rollback(db);
    db->in_tx = false;
    tx->open = false;
    turn_leave(db);
    sqlite_keep_log(db);
    return err;
}

void db_rollback(struct tx *tx)
{
    if (!tx || !tx->open)
        return;
    tx->db->verbs->rollback(tx->db);
    tx->db->in_tx = false;
    tx->db->spoiled = ERR_NONE;
    tx->open = false;
    turn_leave(tx->db);
}

enum err db_snapshot_begin(struct db *db, struct why *reterr_why)
{
    assert(!db->in_snapshot);
    if (db->in_tx)
        return ERR_NONE;
    enum err err = db->verbs->snapshot(db, reterr_why);
    db->in_snapshot = err == ERR_NONE;
    return err;
}

void db_snapshot_end(struct db *db)
{
    if (!db->in_snapshot)
        return;
    db->verbs->rollback(db);
    db->in_snapshot = false;
}

/* Where each parameter of the statement stands in `args`. Callers mostly write them in the order of
 * the text, so the first look is at the same position. */
static void order_arguments(const struct sql *sql, const struct statement *statement,
    const struct db_arg *args, size_t arg_count, uint16_t *ret_order)
{
    for (size_t i = 0; i < statement->sql.count; i++) {
        const char *name = statement->sql.names[i];
        size_t at = i < arg_count && strcmp(args[i].name, name) == 0 ? i : 0;
        while (at < arg_count && strcmp(args[at].name, name) != 0)
            at++;
        if (at == arg_count)
            bug(sql, "was given no parameter", name);
        ret_order[i] = (uint16_t)at;
    }
    if (arg_count == statement->sql.count)
        return;
    for (size_t at = 0; at < arg_count; at++) {
        size_t i = 0;
        while (i < statement->sql.count && ret_order[i] != at)
            i++;
        if (i == statement->sql.count)
            bug(sql, "has no parameter", args[at].name);
    }
}

static enum err check_texts(
    const struct sql *sql, const struct db_arg *args, size_t count, struct why *reterr_why)
{
    for (size_t i = 0; i < count; i++)
        if (args[i].type == DB_TEXT && !utf8_valid_n(args[i].text, strlen(args[i].text)))
            return why_set(
                reterr_why, ERR_INPUT, "a text for %s in %s is not UTF-8", args[i].name, sql->name);
    return ERR_NONE;
}

/* The statement with its arguments in order, or why it cannot run now. */
static enum err make_ready(struct db *db, const struct sql *sql, const struct db_arg *args,
    size_t arg_count, size_t row_count, uint16_t *order, struct statement **ret_statement,
    struct why *reterr_why)
{
    assert(arg_count <= DB_PARAMS_MAX);
    if (db->in_tx && db->spoiled != ERR_NONE)
        return refuse_spoiled(db, reterr_why);
    enum err err = check_texts(sql, args, arg_count * row_count, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (db->scratch.bytes > SCRATCH_KEEP_BYTES) {
        arena_release(&db->scratch);
        arena_init(&db->scratch, 0);
    }
    arena_reset(&db->scratch);
    *ret_statement = statement_take(db, sql);
    order_arguments(sql, *ret_statement, args, arg_count, order);
    return ERR_NONE;
}

static enum err spoil(struct db *db, enum err err)
{
    if (err != ERR_NONE && db->in_tx && db->spoiled == ERR_NONE)
        db->spoiled = err;
    return err;
}

static struct db_rows *rows_take(struct db *db)
{
    struct db_rows *rows = db->idle_rows;
    if (rows) {
        db->idle_rows = rows->next;
        struct arena spool = rows->spool;
        *rows = (struct db_rows){.db = db, .spool = spool};
    } else {
        rows = ARENA_NEW(&db->memory, struct db_rows, 1);
        rows->db = db;
        arena_init(&rows->spool, 0);
    }
    db->open_rows++;
    return rows;
}

static void rows_return(struct db_rows *rows)
{
    struct db *db = rows->db;
    rows->next = db->idle_rows;
    db->idle_rows = rows;
    db->open_rows--;
}

enum err db_query(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count,
    struct db_rows **ret_rows, struct why *reterr_why)
{
    uint16_t order[DB_PARAMS_MAX];
    struct statement *statement = NULL;
    enum err err = make_ready(db, sql, args, arg_count, 1, order, &statement, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct db_rows *rows = rows_take(db);
    snprintf(rows->name, sizeof rows->name, "%s", sql->name);
    rows->statement = statement;
    rows->first = true;
    const struct bound bound = {.args = args, .order = order, .count = statement->sql.count};
    err = db->verbs->query(db, statement, &bound, rows, reterr_why);
    if (err != ERR_NONE) {
        rows_return(rows);
        return spoil(db, err);
    }
    *ret_rows = rows;
    return ERR_NONE;
}

bool db_next(struct db_rows *rows)
{
    if (rows->done)
        return false;
    if (rows->first) {
        rows->first = false;
        return true;
    }
    if (rows->db->verbs->next(rows))
        return true;
    rows->done = true;
    (void)spoil(rows->db, rows->why.code);
    return false;
}

enum err db_end(struct db_rows **rows, struct why *reterr_why)
{
    assert(*rows);
    struct db_rows *ended = *rows;
    *rows = NULL;
    ended->db->verbs->finish(ended);
    enum err err = ended->why.code;
    if (err != ERR_NONE && reterr_why && reterr_why->code == ERR_NONE)
        *reterr_why = ended->why;
    rows_return(ended);
    return err;
}

void db_rows_drop(struct db_rows **rows)
{
    if (*rows)
        (void)!db_end(rows, NULL);
}

bool db_col_null(const struct db_rows *rows, int column)
{
    assert(column >= 0 && column < rows->columns);
    return rows->db->verbs->col_null(rows, column);
}

int64_t db_col_int(const struct db_rows *rows, int column)
{
    assert(column >= 0 && column < rows->columns);
    return rows->db->verbs->col_int(rows, column);
}

double db_col_real(const struct db_rows *rows, int column)
{
    assert(column >= 0 && column < rows->columns);
    return rows->db->verbs->col_real(rows, column);
}

const char *db_col_text(const struct db_rows *rows, int column)
{
    assert(column >= 0 && column < rows->columns);
    return rows->db->verbs->col_text(rows, column);
}

char *db_col_copy(struct arena *arena, const struct db_rows *rows, int column)
{
    return arena_text(arena, db_col_text(rows, column));
}

struct day db_col_day(const struct db_rows *rows, int column)
{
    if (db_col_null(rows, column))
        return (struct day){DAY_NONE};
    return (struct day){(int32_t)db_col_int(rows, column)};
}

enum err db_query_int(struct db *db, const struct sql *sql, const struct db_arg *args,
    size_t arg_count, int64_t *ret_value, struct why *reterr_why)
{
    struct db_rows *rows = NULL;
    enum err err = db_query(db, sql, args, arg_count, &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool found = db_next(rows);
    int64_t value = found ? db_col_int(rows, 0) : 0;
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!found)
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no row for %s", sql->name);
    *ret_value = value;
    return ERR_NONE;
}

static enum err exec_rows(struct tx *tx, const struct sql *sql, const struct db_arg *args,
    size_t arg_count, size_t row_count, int64_t *ret_changed, struct why *reterr_why)
{
    assert(tx->open && tx->db->in_tx);
    struct db *db = tx->db;
    uint16_t order[DB_PARAMS_MAX];
    struct statement *statement = NULL;
    if (ret_changed)
        *ret_changed = 0;
    if (*statement_body(db, sql) == '\0' && db->spoiled == ERR_NONE)
        return ERR_NONE;
    enum err err = make_ready(db, sql, args, arg_count, row_count, order, &statement, reterr_why);
    if (err != ERR_NONE)
        return err;
    const struct bound bound = {.args = args, .order = order, .count = statement->sql.count};
    int64_t changed = 0;
    err = db->verbs->exec(db, statement, &bound, arg_count, row_count, &changed, reterr_why);
    if (err == ERR_NONE && ret_changed)
        *ret_changed = changed;
    return spoil(db, err);
}

enum err db_exec(struct tx *tx, const struct sql *sql, const struct db_arg *args, size_t arg_count,
    int64_t *ret_changed, struct why *reterr_why)
{
    return exec_rows(tx, sql, args, arg_count, 1, ret_changed, reterr_why);
}

enum err db_exec_many(struct tx *tx, const struct sql *sql, const struct db_arg *args,
    size_t arg_count, size_t row_count, struct why *reterr_why)
{
    if (row_count == 0)
        return ERR_NONE;
    for (size_t i = arg_count; i < arg_count * row_count; i++)
        if (args[i].name != args[i % arg_count].name
            && strcmp(args[i].name, args[i % arg_count].name) != 0)
            bug(sql, "was given rows that differ in the order of", args[i].name);
    return exec_rows(tx, sql, args, arg_count, row_count, NULL, reterr_why);
}

char *db_list(struct arena *arena, const char *const *ids, size_t count)
{
    JSON_AUTO list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_text(ids[i]));
    return json_text_of(arena, list);
}

enum err db_script(struct tx *tx, const char *text, struct why *reterr_why)
{
    assert(tx->open && tx->db->in_tx);
    struct db *db = tx->db;
    if (db->spoiled != ERR_NONE)
        return refuse_spoiled(db, reterr_why);
    enum err err = spoil(db, db->verbs->script(db, text, reterr_why));
    if (err == ERR_NONE && db->statements.busy == 0)
        statement_forget_all(db); /* what was prepared may no longer fit the tables */
    return err;
}

enum err db_backup(struct db *db, const char *path, struct why *reterr_why)
{
    assert(!db->in_tx && !db->in_snapshot);
    return db->verbs->backup(db, path, reterr_why);
}

enum err db_rekey(struct db *db, const unsigned char key[32], struct why *reterr_why)
{
    assert(!db->in_tx && !db->in_snapshot && db->open_rows == 0 && !db->read_only);
    return db->verbs->rekey(db, key, reterr_why);
}

enum err db_analyze(struct db *db, struct why *reterr_why)
{
    assert(!db->in_tx && !db->in_snapshot && !db->read_only);
    return db->verbs->analyze(db, reterr_why);
}

enum err db_overwrite(struct db *db, struct why *reterr_why)
{
    assert(!db->in_tx && !db->in_snapshot && !db->read_only);
    return db->verbs->overwrite(db, reterr_why);
}

enum err db_empty_log(struct db *db, struct why *reterr_why)
{
    assert(!db->in_tx && !db->in_snapshot && !db->read_only);
    return db->verbs->empty_log(db, reterr_why);
}

enum err db_check(struct db *db, struct why *reterr_why)
{
    return db->verbs->check(db, reterr_why);
}

int64_t db_size_bytes(struct db *db)
{
    return db->verbs->size_bytes(db);
}
