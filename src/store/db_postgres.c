/* db_postgres.c: PostgreSQL through libpq behind db.h.
 *
 * Every statement is prepared once per connection; values travel as text. A query reads in
 * single-row mode, so that a walk over a million rows takes constant memory; when another statement
 * needs the connection meanwhile, the rest of the open rows is taken into their own arena first
 * (`settle`). Many rows of one statement go out as a pipeline. Outside a tx the session is read
 * only. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/postgres_int.h"

/* Frees the connection for the next statement: the rest of the open rows goes to their spool. */
static void postgres_settle(struct db *db);

enum {
    /* Rows per pipeline: large enough that round trips vanish, small enough that the answers of one
     * fit the socket's buffers. */
    PIPELINE_ROWS_MAX = 500,
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_TEXT = POSTGRES_TEXT,
    OID_FLOAT8 = 701, /* fixed in pg_type.dat */
};

struct spooled {
    struct spooled *next;
    const char *values[];
};

/* -- parameters -------------------------------------------------------------------------------- */

static unsigned type_of(enum db_type type)
{
    switch (type) {
    case DB_NULL: return 0; /* the server finds it out from the text */
    case DB_INT: return OID_INT8;
    case DB_REAL: return OID_FLOAT8;
    case DB_TEXT: return OID_TEXT;
    }
    return 0;
}

static const char *value_of(struct arena *scratch, const struct db_arg *arg)
{
    switch (arg->type) {
    case DB_NULL: return NULL;
    case DB_INT: return arena_format(scratch, "%lld", (long long)arg->integer);
    case DB_REAL: return arena_format(scratch, "%.17g", arg->real);
    case DB_TEXT: return arg->text;
    }
    return NULL;
}

/* Values of the row whose arguments start at `first`, in the order of the parameters. */
static const char **values_of(struct db *db, const struct bound *bound, size_t first)
{
    const char **values = ARENA_NEW(&db->scratch, const char *, bound->count + 1);
    for (size_t i = 0; i < bound->count; i++)
        values[i] = value_of(&db->scratch, &bound->args[first + bound->order[i]]);
    return values;
}

/* Prepares the statement for the row at `first`, again when an argument has a type that it was not
 * prepared for (a NULL of unknown type was first). */
static enum err prepare(struct db *db, struct statement *statement, const struct bound *bound,
    size_t first, struct why *reterr_why)
{
    bool fits = statement->server_name[0] != '\0';
    if (!statement->server_types)
        statement->server_types =
            ARENA_NEW(&db->statements.memory, unsigned, statement->sql.count + 1);
    for (size_t i = 0; i < bound->count; i++) {
        unsigned type = type_of(bound->args[first + bound->order[i]].column);
        if (type == 0 || type == statement->server_types[i])
            continue;
        statement->server_types[i] = type;
        fits = false;
    }
    if (fits)
        return ERR_NONE;
    char name[sizeof statement->server_name];
    snprintf(name, sizeof name, "s%llu", (unsigned long long)++db->statements.prepared);
    PGresult *result = PQprepare(
        db->handle, name, statement->sql.text, (int)statement->sql.count, statement->server_types);
    enum err err = PQresultStatus(result) == PGRES_COMMAND_OK
        ? ERR_NONE
        : postgres_fail(db, result, statement->name, reterr_why);
    PQclear(result);
    if (err == ERR_NONE)
        memcpy(statement->server_name, name, sizeof name);
    return err;
}

static void pg_forget(struct db *db, struct statement *statement)
{
    if (statement || PQstatus(db->handle) != CONNECTION_OK)
        return;
    postgres_settle(db);
    PQclear(PQexec(db->handle, "DEALLOCATE ALL"));
}

/* -- rows -------------------------------------------------------------------------------------- */

/* The next result on the wire into rows->handle; false at the end or after a failure. */
static bool fetch(struct db_rows *rows)
{
    struct db *db = rows->db;
    assert(db->streaming == rows);
    PQclear(rows->handle);
    rows->handle = PQgetResult(db->handle);
    if (PQresultStatus(rows->handle) == PGRES_SINGLE_TUPLE)
        return true;
    ExecStatusType status = PQresultStatus(rows->handle);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        postgres_fail(db, rows->handle, rows->name, &rows->why);
    PQclear(rows->handle);
    rows->handle = NULL;
    PGresult *left;
    while ((left = PQgetResult(db->handle)))
        PQclear(left);
    db->streaming = NULL;
    return false;
}

static const char *tuple_value(const PGresult *result, int column)
{
    return PQgetisnull(result, 0, column) ? NULL : PQgetvalue(result, 0, column);
}

/* The current row of `rows` into its spool, at the end of the queue. */
static void spool_row(struct db_rows *rows)
{
    struct arena *spool = &rows->spool;
    struct spooled *row =
        arena_alloc(spool, sizeof *row + sizeof row->values[0] * (size_t)rows->columns);
    for (int i = 0; i < rows->columns; i++)
        row->values[i] = arena_text(spool, tuple_value(rows->handle, i));
    if (rows->spooled_last)
        rows->spooled_last->next = row;
    else
        rows->spooled_first = row;
    rows->spooled_last = row;
}

static void postgres_settle(struct db *db)
{
    struct db_rows *rows = db->streaming;
    if (!rows)
        return;
    spool_row(rows); /* the current one too: the caller may still look at it */
    rows->spooled_current = rows->spooled_first;
    while (fetch(rows))
        spool_row(rows);
}

static bool pg_next(struct db_rows *rows)
{
    if (rows->spooled_current) {
        rows->spooled_current = rows->spooled_current->next;
        return rows->spooled_current != NULL;
    }
    return rows->db->streaming == rows && fetch(rows);
}

static void pg_finish(struct db_rows *rows)
{
    while (rows->db->streaming == rows)
        fetch(rows);
    PQclear(rows->handle);
    arena_reset(&rows->spool);
}

static enum err send_query(struct db *db, struct statement *statement, const struct bound *bound,
    struct db_rows *rows, struct why *reterr_why)
{
    enum err err = prepare(db, statement, bound, 0, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!PQsendQueryPrepared(db->handle, statement->server_name, (int)bound->count,
            values_of(db, bound, 0), NULL, NULL, 0))
        return postgres_fail(db, NULL, statement->name, reterr_why);
    PQsetSingleRowMode(db->handle);
    db->streaming = rows;
    rows->done = !fetch(rows);
    if (rows->why.code != ERR_NONE) {
        if (reterr_why && reterr_why->code == ERR_NONE)
            *reterr_why = rows->why;
        return rows->why.code;
    }
    rows->columns = rows->handle ? PQnfields(rows->handle) : 0;
    return ERR_NONE;
}

static void note_types(struct db_rows *rows)
{
    rows->types = ARENA_NEW(&rows->spool, unsigned, rows->columns + 1);
    for (int i = 0; i < rows->columns; i++)
        rows->types[i] = PQftype(rows->handle, i);
}

static enum err pg_query(struct db *db, struct statement *statement, const struct bound *bound,
    struct db_rows *rows, struct why *reterr_why)
{
    postgres_settle(db);
    struct why first = {0};
    statement = statement_variant(db, statement, bound);
    enum err err = send_query(db, statement, bound, rows, &first);
    if (err != ERR_NONE && !db->in_tx && !db->in_snapshot
        && PQstatus(db->handle) != CONNECTION_OK) {
        /* The server was restarted while nobody asked it anything: ask again, once. */
        first = (struct why){0};
        rows->why = first;
        err = postgres_reconnect(db, &first);
        if (err == ERR_NONE)
            err = send_query(db, statement, bound, rows, &first);
    }
    if (err == ERR_NONE && rows->handle)
        note_types(rows);
    else if (err != ERR_NONE && reterr_why && reterr_why->code == ERR_NONE)
        *reterr_why = first;
    return err;
}

/* -- columns ----------------------------------------------------------------------------------- */

static const char *pg_col_text(const struct db_rows *rows, int column)
{
    const char *value = rows->spooled_current ? rows->spooled_current->values[column]
                                              : tuple_value(rows->handle, column);
    if (value && rows->types[column] == OID_BOOL)
        return value[0] == 't' ? "1" : "0";
    return value;
}

static bool pg_col_null(const struct db_rows *rows, int column)
{
    return pg_col_text(rows, column) == NULL;
}

static double pg_col_real(const struct db_rows *rows, int column)
{
    const char *value = pg_col_text(rows, column);
    return value ? strtod(value, NULL) : 0.0;
}

/* A fraction is cut off, as SQLite does. */
static int64_t pg_col_int(const struct db_rows *rows, int column)
{
    const char *value = pg_col_text(rows, column);
    if (!value)
        return 0;
    if (rows->types[column] != OID_FLOAT8)
        return strtoll(value, NULL, 10);
    double real = strtod(value, NULL);
    if (!(real > -9.2e18))
        return INT64_MIN;
    return real < 9.2e18 ? (int64_t)real : INT64_MAX;
}

/* -- writes ------------------------------------------------------------------------------------ */

static enum err exec_one(struct db *db, const struct statement *statement,
    const struct bound *bound, int64_t *ret_changed, struct why *reterr_why)
{
    PGresult *result = PQexecPrepared(db->handle, statement->server_name, (int)bound->count,
        values_of(db, bound, 0), NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    enum err err = ERR_NONE;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        err = postgres_fail(db, result, statement->name, reterr_why);
    else if (strncmp(PQcmdStatus(result), "SELECT", 6) != 0)
        *ret_changed = strtoll(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return err;
}

/* Takes the answers of one pipeline, to its end whatever they are. */
static enum err take_pipeline(
    struct db *db, const char *name, int64_t *changed, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    bool ended = false;
    while (!ended) {
        PGresult *result = PQgetResult(db->handle);
        if (!result) { /* between two statements; twice in a row only when the server is gone */
            if (PQstatus(db->handle) == CONNECTION_OK)
                continue;
            return err != ERR_NONE ? err : postgres_fail(db, NULL, name, reterr_why);
        }
        ExecStatusType status = PQresultStatus(result);
        ended = status == PGRES_PIPELINE_SYNC;
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
            *changed += strtoll(PQcmdTuples(result), NULL, 10);
        else if (!ended && err == ERR_NONE)
            err = postgres_fail(db, result, name, reterr_why);
        PQclear(result);
    }
    return err;
}

static enum err exec_pipeline(struct db *db, const struct statement *statement,
    const struct bound *bound, size_t first, size_t args_per_row, size_t rows, int64_t *changed,
    struct why *reterr_why)
{
    PGconn *connection = db->handle;
    if (!PQenterPipelineMode(connection))
        return postgres_fail(db, NULL, statement->name, reterr_why);
    bool sent = true;
    for (size_t row = 0; row < rows && sent; row++)
        sent = PQsendQueryPrepared(connection, statement->server_name, (int)bound->count,
            values_of(db, bound, first + row * args_per_row), NULL, NULL, 0);
    sent = sent && PQpipelineSync(connection);
    enum err err = sent ? take_pipeline(db, statement->name, changed, reterr_why)
                        : postgres_fail(db, NULL, statement->name, reterr_why);
    if (!PQexitPipelineMode(connection) && err == ERR_NONE)
        err = postgres_fail(db, NULL, statement->name, reterr_why);
    return err;
}

static enum err pg_exec(struct db *db, struct statement *statement, const struct bound *bound,
    size_t args_per_row, size_t row_count, int64_t *ret_changed, struct why *reterr_why)
{
    postgres_settle(db);
    enum err err = ERR_NONE;
    /* Types are those of the first row that is not NULL: every row is looked at before the first
     * one leaves, because a statement cannot be prepared again inside the pipeline. */
    for (size_t row = 0; row < row_count && err == ERR_NONE; row++)
        err = prepare(db, statement, bound, row * args_per_row, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (row_count == 1)
        return exec_one(db, statement, bound, ret_changed, reterr_why);
    for (size_t row = 0; row < row_count && err == ERR_NONE; row += PIPELINE_ROWS_MAX) {
        size_t rows = row_count - row < PIPELINE_ROWS_MAX ? row_count - row : PIPELINE_ROWS_MAX;
        arena_reset(&db->scratch);
        err = exec_pipeline(
            db, statement, bound, row * args_per_row, args_per_row, rows, ret_changed, reterr_why);
    }
    return err;
}

/* -- transactions ------------------------------------------------------------------------------ */

static enum err command(struct db *db, const char *text, struct why *reterr_why)
{
    postgres_settle(db);
    PGresult *result = PQexec(db->handle, text);
    ExecStatusType status = PQresultStatus(result);
    enum err err = ERR_NONE;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        err = postgres_fail(db, result, NULL, reterr_why);
    PQclear(result);
    return err;
}

static enum err start(struct db *db, const char *text, struct why *reterr_why)
{
    struct why first = {0};
    enum err err = command(db, text, &first);
    if (err != ERR_NONE && PQstatus(db->handle) != CONNECTION_OK) {
        first = (struct why){0};
        err = postgres_reconnect(db, &first);
        if (err == ERR_NONE)
            err = command(db, text, &first);
    }
    if (err != ERR_NONE && reterr_why && reterr_why->code == ERR_NONE)
        *reterr_why = first;
    return err;
}

static enum err pg_begin(struct db *db, struct why *reterr_why)
{
    return start(db, "BEGIN READ WRITE", reterr_why);
}

static enum err pg_snapshot(struct db *db, struct why *reterr_why)
{
    return start(db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", reterr_why);
}

static enum err pg_commit(struct db *db, struct why *reterr_why)
{
    postgres_settle(db);
    PGresult *result = PQexec(db->handle, "COMMIT");
    enum err err = ERR_NONE;
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        err = PQstatus(db->handle) == CONNECTION_OK
            ? postgres_fail(db, result, "the commit", reterr_why)
            : why_set(reterr_why, ERR_IO,
                "the connection to the database was lost during a "
                "commit, so nobody knows yet whether it was kept");
        why_hint(reterr_why, "Look at the server, then run the same again: it is safe to repeat");
    } else if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        err = why_set(reterr_why, ERR_IO, "the database took the transaction back");
    }
    PQclear(result);
    return err;
}

static void pg_rollback(struct db *db)
{
    postgres_settle(db);
    if (PQstatus(db->handle) == CONNECTION_OK && PQtransactionStatus(db->handle) != PQTRANS_IDLE)
        PQclear(PQexec(db->handle, "ROLLBACK"));
}

static enum err pg_script(struct db *db, const char *text, struct why *reterr_why)
{
    return command(db, text, reterr_why);
}

/* -- the whole store --------------------------------------------------------------------------- */

static enum err pg_backup(struct db *db, const char *path, struct why *reterr_why)
{
    (void)path;
    why_set(reterr_why, ERR_INPUT, "a store on PostgreSQL is backed up by its own tools");
    why_hint(reterr_why, "Run `pg_dump --format=custom` against the database of %s", db->place);
    return ERR_INPUT;
}

static enum err pg_rekey(struct db *db, const unsigned char key[32], struct why *reterr_why)
{
    (void)key;
    why_set(reterr_why, ERR_INPUT, "a store on PostgreSQL has no key of ours");
    why_hint(reterr_why, "Encrypt the disk of %s", db->place);
    return ERR_INPUT;
}

static enum err pg_analyze(struct db *db, struct why *reterr_why)
{
    enum err err = start(db, "SET default_transaction_read_only = off", reterr_why);
    if (err == ERR_NONE)
        err = command(db, "ANALYZE", reterr_why);
    if (PQstatus(db->handle) == CONNECTION_OK)
        (void)!command(db, "SET default_transaction_read_only = on", NULL);
    return err;
}

/* The server's own vacuum takes what is gone out of its files. */
static enum err pg_nothing(struct db *db, struct why *reterr_why)
{
    (void)db;
    (void)reterr_why;
    return ERR_NONE;
}

static enum err pg_check(struct db *db, struct why *reterr_why)
{
    return start(db, "SELECT 1", reterr_why);
}

static int64_t pg_size_bytes(struct db *db)
{
    postgres_settle(db);
    PGresult *result = PQexec(db->handle, "SELECT pg_database_size(current_database())");
    int64_t bytes = 0;
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        bytes = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return bytes;
}

static void pg_close(struct db *db)
{
    PQfinish(db->handle);
    db->handle = NULL;
}

const struct db_verbs postgres_verbs = {
    .close = pg_close,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .snapshot = pg_snapshot,
    .query = pg_query,
    .next = pg_next,
    .finish = pg_finish,
    .col_null = pg_col_null,
    .col_int = pg_col_int,
    .col_real = pg_col_real,
    .col_text = pg_col_text,
    .exec = pg_exec,
    .forget = pg_forget,
    .script = pg_script,
    .backup = pg_backup,
    .rekey = pg_rekey,
    .analyze = pg_analyze,
    .overwrite = pg_nothing,
    .empty_log = pg_nothing,
    .check = pg_check,
    .size_bytes = pg_size_bytes,
};
