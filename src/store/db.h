/* db.h: one small database interface; SQLite and PostgreSQL behind it.
 *
 * Place in the flow: under every room. Holds no business rules.
 *
 * Statements are text with named parameters (`:now_ms`), kept in each room's <room>.sql and turned
 * into `struct sql` constants by tools/sqlgen (sql_<name>). Both databases run the same text; a
 * statement that must differ has a second body under `-- name: x [postgres]`; a body without text
 * asks nothing of that database, and db_exec of it succeeds. Three things are made alike: `:name`
 * becomes the database's own placeholder, `IN LIST(:ids)` means "one of the JSON array of texts in
 * :ids", and greatest/least exist on both and pass over NULLs.
 *
 * Invariants
 *  (1) Readers take `struct db *`, writers `struct tx *`. Only engine, http, cmd, sim and tests
 *      open one.
 *  (2) A tx carries `now`, `actor` and the id generator: one tx has one moment.
 *  (3) A tx that is not committed is rolled back, also by the cleanup attribute.
 *  (4) A statement binds exactly its parameters: a missing or an unknown name is a bug (assert).
 *  (5) SQLite transactions start IMMEDIATE; PostgreSQL ones are READ COMMITTED and take the row
 *      locks of the patients they decide about first (record_lock), in id order.
 *  (6) Errors never quote a row's values: those go to why->private_detail.
 *  (7) A statement that fails spoils its tx, on both databases: every later call on it fails with
 *      the same code, and so does db_commit, which then has rolled back. What may conflict and go
 *      on says so in its text (ON CONFLICT DO NOTHING).
 *  (8) Outside a tx nothing can write: db_query of a writing statement wants an open tx.
 *  (9) Texts are UTF-8: other bytes are ERR_INPUT on both, before the database sees them.
 *
 * Threads: one `struct db` per thread. Ownership: texts read from rows live until the next db_next
 * on the same rows; copy what is kept. Arguments are borrowed for the call only. Reads stream: rows
 * that are walked alone take constant memory; on PostgreSQL another call on the same db while rows
 * are open first takes in the rest of them.
 *
 * Types on PostgreSQL: db_int binds bigint, db_text text, db_real double precision, and a NULL the
 * type its maker had; db_null binds "whatever the statement expects". A parameter whose type the
 * text does not tell is cast: CAST(:x AS BIGINT).
 *
 * Calling sequence:
 *   DB_ROWS struct db_rows *rows = NULL;
 *   err = db_query(db, &sql_touch_due, DB_ARGS(db_int("now_ms", now.ms)), &rows, why);
 *   while (db_next(rows)) ... db_col_text(rows, 0) ...
 *   err = db_end(&rows, why);          // an error while stepping shows here */
#ifndef PERENNIAL_STORE_DB_H
#define PERENNIAL_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/instant.h"

struct db;
struct db_rows;

struct sql {
    const char *name; /* "outbox_claim_due" */
    const char *text; /* for SQLite, and for PostgreSQL when `postgres` is NULL */
    const char *postgres;
};

enum db_type { DB_NULL, DB_INT, DB_REAL, DB_TEXT };

struct db_arg {
    const char *name; /* without the colon */
    enum db_type type;
    enum db_type column; /* of a NULL: the type it would have had; DB_NULL when unknown */
    int64_t integer;
    double real;
    const char *text;
};

static inline struct db_arg db_int(const char *name, int64_t value)
{
    return (struct db_arg){.name = name, .type = DB_INT, .column = DB_INT, .integer = value};
}
static inline struct db_arg db_real(const char *name, double value)
{
    return (struct db_arg){.name = name, .type = DB_REAL, .column = DB_REAL, .real = value};
}
/* NULL text binds NULL. */
static inline struct db_arg db_text(const char *name, const char *value)
{
    return (struct db_arg){
        .name = name, .type = value ? DB_TEXT : DB_NULL, .column = DB_TEXT, .text = value};
}
/* NULL when `known` is false. */
static inline struct db_arg db_int_if(const char *name, bool known, int64_t value)
{
    return (struct db_arg){
        .name = name, .type = known ? DB_INT : DB_NULL, .column = DB_INT, .integer = value};
}
static inline struct db_arg db_null(const char *name)
{
    return (struct db_arg){.name = name, .type = DB_NULL};
}
/* DAY_NONE binds NULL. */
struct db_arg db_day(const char *name, struct day day);

#define DB_ARGS(...)                                                                               \
    (const struct db_arg[]){__VA_ARGS__},                                                          \
        (sizeof((const struct db_arg[]){__VA_ARGS__}) / sizeof(struct db_arg))
#define DB_NO_ARGS NULL, 0

enum { DB_CHAIN_HASH_BYTES = 65 };

struct tx {
    struct db *db;
    struct instant now;
    /* Who, for the audit: "engine", "import", "user:<id>", "patient" ...; one and the same for the
     * whole tx. */
    const char *actor;
    int64_t practice_id;
    struct ids *ids;
    bool open; /* false before db_begin and after the tx ended */
    struct {   /* of audit: the newest row of its chain, which this tx has locked; hash "": none */
        int64_t seq;
        char hash[DB_CHAIN_HASH_BYTES];
    } chain;
};

/* How to reach a store. A path is SQLite; "postgresql://..." is PostgreSQL. */
struct db_options {
    const char *address;
    const unsigned char *key; /* SQLite: 32 bytes; NULL only for ":memory:" */
    int64_t busy_ms_max;      /* how long a writer waits for another; default 5000 when 0 */
    int64_t cache_kib;        /* SQLite page cache; default 8192 when 0 */
    bool read_only;
};

/* A file that is not there is made (its folder is not), unless read_only. ERR_DENIED: the key is
 * not this file's, or the server refuses the password. ERR_IO: not there, not readable, not a
 * database. ERR_INPUT: an address nobody could read. A password in the address is in no message. */
enum err db_open(struct arena *boot, const struct db_options *options, struct db **ret_db,
    struct why *reterr_why) WARN_UNUSED;
void db_close(struct db *db); /* takes NULL */
bool db_is_postgres(const struct db *db);

/* The stores of one process take turns at writing, in the order in which they ask, so that one that
 * writes all the time does not keep the others out. Before the first transaction; the turn outlives
 * the stores. `keeps_log`: the one that moves the log into the file, between its own transactions;
 * the others wait for no such thing. Does nothing on PostgreSQL, where writers do not queue. */
struct db_turn;
struct db_turn *db_turn_new(struct arena *boot);
void db_take_turns(struct db *db, struct db_turn *turn, bool keeps_log);

/* ERR_BUSY when the other writer held on too long: nothing was done, try again. */
enum err db_begin(struct db *db, struct instant now, const char *actor, int64_t practice_id,
    struct ids *ids, struct tx *ret_tx, struct why *reterr_why) WARN_UNUSED;
/* The tx is ended either way: on failure nothing of it was kept, but for a connection that was lost
 * during the commit itself, which ERR_IO then says. */
enum err db_commit(struct tx *tx, struct why *reterr_why) WARN_UNUSED;
/* Also the cleanup for DB_TX: takes a tx that was never opened, or is ended. */
void db_rollback(struct tx *tx);
#define DB_TX __attribute__((cleanup(db_rollback)))

/* Reads between the two see one moment of the store, however long they take. Does nothing inside a
 * tx. Every begin wants its end. */
enum err db_snapshot_begin(struct db *db, struct why *reterr_why) WARN_UNUSED;
void db_snapshot_end(struct db *db);

/* Reads. `rows` from a query inside a tx see the tx's own writes. The first row is already asked
 * for, so a statement with RETURNING has done its work when db_query returns. */
enum err db_query(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count,
    struct db_rows **ret_rows, struct why *reterr_why) WARN_UNUSED;
bool db_next(struct db_rows *rows);
/* Frees; the stepping error if any. */
enum err db_end(struct db_rows **rows, struct why *reterr_why) WARN_UNUSED;
void db_rows_drop(struct db_rows **rows); /* the cleanup for DB_ROWS */
#define DB_ROWS __attribute__((cleanup(db_rows_drop)))

/* Booleans (a comparison in the SELECT list) read as the ints 1 and 0 on both. Reals are read with
 * db_col_real: their text differs. */
bool db_col_null(const struct db_rows *rows, int column);
int64_t db_col_int(const struct db_rows *rows, int column); /* 0 for NULL */
double db_col_real(const struct db_rows *rows, int column);
const char *db_col_text(const struct db_rows *rows, int column); /* NULL for NULL */
char *db_col_copy(struct arena *arena, const struct db_rows *rows, int column);
struct day db_col_day(const struct db_rows *rows, int column); /* DAY_NONE for NULL */

/* One row or none: ERR_NOT_FOUND when none. The int of its first column. */
enum err db_query_int(struct db *db, const struct sql *sql, const struct db_arg *args,
    size_t arg_count, int64_t *ret_value, struct why *reterr_why) WARN_UNUSED;

/* Writes. ERR_CONFLICT for a unique or foreign key that stands in the way. */
enum err db_exec(struct tx *tx, const struct sql *sql, const struct db_arg *args, size_t arg_count,
    int64_t *ret_changed, struct why *reterr_why) WARN_UNUSED; /* ret_changed may be NULL */
/* The same statement for many rows in few round trips (a pipeline on PostgreSQL). `args` holds
 * row_count * arg_count values, every row with the same names in the same order. */
enum err db_exec_many(struct tx *tx, const struct sql *sql, const struct db_arg *args,
    size_t arg_count, size_t row_count, struct why *reterr_why) WARN_UNUSED;

/* A JSON array of texts for LIST(:ids), in the arena. */
char *db_list(struct arena *arena, const char *const *ids, size_t count);

/* Several statements separated by ';', no parameters: migrations only. */
enum err db_script(struct tx *tx, const char *text, struct why *reterr_why) WARN_UNUSED;

/* A consistent copy while others write: SQLite to an encrypted file with the same key. */
enum err db_backup(struct db *db, const char *path, struct why *reterr_why) WARN_UNUSED;
/* SQLite, and nobody else may have the file open. One transaction: after a crash the file has
 * either the old key or the new one, so the caller keeps both on the disk until this returns. */
enum err db_rekey(struct db *db, const unsigned char key[32], struct why *reterr_why) WARN_UNUSED;
/* Fresh statistics for the planner: after an import, and once a night. */
enum err db_analyze(struct db *db, struct why *reterr_why) WARN_UNUSED;
/* What this connection removes or replaces from now on is overwritten in the file. SQLite; a server
 * does so when it vacuums. */
enum err db_overwrite(struct db *db, struct why *reterr_why) WARN_UNUSED;
/* The log beside the file is moved into it and emptied, as far as readers let it. Likewise. */
enum err db_empty_log(struct db *db, struct why *reterr_why) WARN_UNUSED;
/* Every page and index is what it should be; ERR_IO says the first thing that is not. SQLite only:
 * a server checks its own pages. */
enum err db_check(struct db *db, struct why *reterr_why) WARN_UNUSED;
int64_t db_size_bytes(struct db *db); /* 0 when nobody can say */

/* migrate.c: the numbered migrations of src/store/migrations, built into the program: each file one
 * transaction, in order of number; NNNN_name.sql for both databases, or NNNN_name.sqlite.sql beside
 * NNNN_name.postgres.sql. The store keeps what was applied, with its checksum, in schema_version.
 * ERR_CONFLICT: the store was written by a newer program (hint: use that version or restore). */
enum err migrate_up(struct db *db, struct instant now, struct ids *ids, int64_t *ret_applied,
    struct why *reterr_why) WARN_UNUSED;
/* ERR_CONFLICT: older or newer than this program. */
enum err migrate_check(struct db *db, struct why *reterr_why) WARN_UNUSED;

#endif
