/* store_int.h: what the two databases share behind db.h. Only files of this room include it.
 *
 * db.c is the front: it checks states and arguments, finds the statement in the cache and hands
 * bound arguments to the `verbs` of one database. Everything a verb is told has been checked.
 *
 * Memory: a `struct db` lives in its boot arena; rows and statement texts in the two arenas inside
 * it, which db_close releases. `scratch` is reset by each call that binds. */
#ifndef PERENNIAL_STORE_STORE_INT_H
#define PERENNIAL_STORE_STORE_INT_H

#include "base/buf.h"
#include "store/db.h"

enum {
    DB_PARAMS_MAX = 1024, /* of one statement: definitions compile to a few hundred at most */
    STATEMENTS_MAX = 512, /* kept prepared; all rooms together have fewer, the rest is compiled */
    STATEMENT_BUCKETS = 256, /* a power of two */
};

/* A statement's text in one database's own form: `?3` or `$3`, LIST spelled out. */
struct sql_text {
    const char *text;
    const char **names; /* parameter n + 1 */
    size_t count;
};

/* Leaves quoted texts, quoted names, comments, `::` casts and $$ bodies alone. */
void sql_text_translate(
    struct arena *arena, const char *source, bool postgres, struct sql_text *ret_text);
/* PostgreSQL's form with `literals[n - 1]` in place of $n wherever that is not NULL. */
char *sql_text_fill(struct arena *arena, const char *text, const char *const *literals);

struct statement {
    const char *name;
    const char *source;
    struct sql_text sql;
    struct statement *next; /* in its bucket */
    bool busy;              /* SQLite: rows are being read from it */
    void *prepared;         /* sqlite3_stmt */
    char server_name[24];   /* PostgreSQL; "" until prepared */
    unsigned *server_types; /* of each parameter, as prepared */
    /* PostgreSQL: the same with some parameters NULL (nulls.c), and which: a letter for each. */
    struct statement *variants;
    const char *nulls;
};

struct statements {
    struct arena memory;
    struct statement *buckets[STATEMENT_BUCKETS];
    size_t count, busy;
    uint64_t prepared; /* ever, for server_name */
};

/* Arguments in the order of the statement's parameters: parameter n is args[order[n]]. */
struct bound {
    const struct db_arg *args;
    const uint16_t *order;
    size_t count;
};

struct db_rows {
    struct db *db;
    struct db_rows *next; /* in db->idle_rows */
    char name[64];        /* of the statement, for errors */
    struct statement *statement;
    bool first, done; /* `first`: the row fetched by db_query was not handed out yet */
    struct why why;   /* of the step that failed */
    void *handle;     /* sqlite3_stmt; PGresult of the current row */
    int columns;
    unsigned *types;    /* PostgreSQL: of the columns */
    struct arena spool; /* PostgreSQL: rows taken in because the connection was needed */
    struct spooled *spooled_first, *spooled_last, *spooled_current;
};

struct db_verbs {
    void (*close)(struct db *db);
    enum err (*begin)(struct db *db, struct why *reterr_why);
    enum err (*commit)(struct db *db, struct why *reterr_why);
    void (*rollback)(struct db *db);
    enum err (*snapshot)(struct db *db, struct why *reterr_why);
    /* Fetches the first row too. */
    enum err (*query)(struct db *db, struct statement *statement, const struct bound *bound,
        struct db_rows *rows, struct why *reterr_why);
    bool (*next)(struct db_rows *rows); /* false: the end, or rows->why is set */
    void (*finish)(struct db_rows *rows);
    bool (*col_null)(const struct db_rows *rows, int column);
    int64_t (*col_int)(const struct db_rows *rows, int column);
    double (*col_real)(const struct db_rows *rows, int column);
    const char *(*col_text)(const struct db_rows *rows, int column);
    /* `bound` for row_count rows, each args_per_row further on. */
    enum err (*exec)(struct db *db, struct statement *statement, const struct bound *bound,
        size_t args_per_row, size_t row_count, int64_t *ret_changed, struct why *reterr_why);
    /* Every statement, one by one, and then NULL: what is left of them all. */
    void (*forget)(struct db *db, struct statement *statement);
    enum err (*script)(struct db *db, const char *text, struct why *reterr_why);
    enum err (*backup)(struct db *db, const char *path, struct why *reterr_why);
    enum err (*rekey)(struct db *db, const unsigned char key[32], struct why *reterr_why);
    enum err (*analyze)(struct db *db, struct why *reterr_why);
    enum err (*overwrite)(struct db *db, struct why *reterr_why);
    enum err (*empty_log)(struct db *db, struct why *reterr_why);
    enum err (*check)(struct db *db, struct why *reterr_why);
    int64_t (*size_bytes)(struct db *db);
};

struct db {
    const struct db_verbs *verbs;
    bool postgres, read_only;
    int64_t busy_ms_max;
    const char *place; /* of errors: the path, or server and database without a password */
    bool in_tx, in_snapshot;
    enum err spoiled; /* the code of the statement that spoiled the open tx */
    struct arena memory, scratch;
    struct statements statements;
    struct db_rows *idle_rows;
    size_t open_rows;
    void *handle;              /* sqlite3; PGconn */
    struct db_rows *streaming; /* PostgreSQL: whose rows are on the wire */
    struct db_turn *turn;      /* SQLite: shared by the stores of this process; NULL: alone */
    bool keeps_log;            /* with a turn: moves the log into the file */
    int log_pages;             /* ... how long it has grown */
};

/* turn.c. False: somebody else held it for longer than busy_ms_max. */
bool turn_take(struct db *db);
void turn_leave(struct db *db);
/* db_sqlite.c: who moves the log, by db->keeps_log; and the moving, outside any turn. */
void sqlite_share_log(struct db *db);
void sqlite_keep_log(struct db *db);

/* What it says to this database; empty: nothing. */
const char *statement_body(const struct db *db, const struct sql *sql);
/* The statement, from the cache or new; never a busy one. */
struct statement *statement_take(struct db *db, const struct sql *sql);
void statement_forget_all(struct db *db);
/* nulls.c. The statement for these arguments: itself, where none is NULL. */
struct statement *statement_variant(
    struct db *db, struct statement *statement, const struct bound *bound);

/* sqlite_file.c: what stands in the way of a path, in a sentence; ERR_NONE when nothing does. */
enum err sqlite_file_check(
    struct arena *boot, const char *path, bool read_only, struct why *reterr_why);
/* The file's first bytes are those of an encrypted store of ours (whatever its key). */
bool sqlite_file_is_store(struct arena *boot, const char *path);

enum err db_sqlite_open(
    struct arena *boot, const struct db_options *options, struct db *db, struct why *reterr_why);
enum err db_postgres_open(
    struct arena *boot, const struct db_options *options, struct db *db, struct why *reterr_why);

#endif
