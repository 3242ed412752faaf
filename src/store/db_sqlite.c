/* db_sqlite.c: SQLite with SQLite3 Multiple Ciphers behind db.h.
 *
 * Cipher AEGIS with a raw key of 32 bytes: authenticated, so a changed bit is an error and never a
 * wrong answer. WAL, so that readers and the one writer do not wait for each other; synchronous
 * FULL, because an attempt must be on the disk before its request leaves (never_twice). */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>
#include <sqlite3.h>

#include "store/store_int.h"

enum {
    KEY_BYTES = 32,
    CACHE_KIB_DEFAULT = 8192,
    /* 4000 pages: 1.6 times the random updates of the default 1000, at 7 ms more for the commit
     * that has to move them. */
    CHECKPOINT_PAGES = 4000,
    /* Where one store of several moves the log, the others only do when it is far too long. */
    CHECKPOINT_PAGES_OTHERS = 4 * CHECKPOINT_PAGES,
    WAL_KEEP_BYTES = 64 << 20, /* a big import's log is cut back to this */
};

/* Every failure of SQLite, once the store is open. `sql_name` may be NULL. */
static enum err fail(const struct db *db, int code, const char *sql_name, struct why *reterr_why)
{
    sqlite3 *handle = db->handle;
    const char *name = sql_name ? sql_name : "the store";
    enum err err = ERR_IO;
    if ((code & 0xff) == SQLITE_IOERR && sqlite3_system_errno(handle) == ENOSPC)
        code = SQLITE_FULL; /* the log's own index found no room */
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        err = why_set(reterr_why, ERR_BUSY, "another process is writing to the store");
        why_hint(reterr_why, "Try again when it is done");
        break;
    case SQLITE_CONSTRAINT:
        err = why_set(reterr_why, ERR_CONFLICT, "%s meets a row that stands in the way (%s)", name,
            sqlite3_errmsg(handle));
        break;
    case SQLITE_FULL:
        why_set(reterr_why, ERR_IO, "the disk of the store is full");
        why_hint(
            reterr_why, "Free some space there and try again: what was not finished was not kept");
        break;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        why_set(reterr_why, ERR_IO, "the store is damaged");
        why_hint(reterr_why, "Stop Perennial and restore the newest backup (`perennial restore`)");
        break;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        why_set(reterr_why, ERR_IO, "the store may not be written");
        why_hint(reterr_why, "Look at the rights of its file and folder");
        break;
    case SQLITE_ERROR:
        why_set(reterr_why, ERR_IO, "the store refuses %s (%s)", name, sqlite3_errmsg(handle));
        why_hint(reterr_why, "If the store is of another version, run `perennial migrate`");
        break;
    default:
        why_set(reterr_why, ERR_IO, "the disk of the store fails in %s (%s)", name,
            sqlite3_errstr(code));
        why_hint(reterr_why, "Look at the disk and the system's log, then try again");
        break;
    }
    why_place(reterr_why, "%s", db->place);
    why_private(reterr_why, "%s", sqlite3_errmsg(handle));
    return err;
}

static enum err run(struct db *db, const char *text, struct why *reterr_why)
{
    int code = sqlite3_exec(db->handle, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? ERR_NONE : fail(db, code, NULL, reterr_why);
}

/* -- functions that PostgreSQL has and SQLite has not ------------------------------------------ */

static int compare_values(sqlite3_value *a, sqlite3_value *b)
{
    int type_a = sqlite3_value_type(a), type_b = sqlite3_value_type(b);
    if (type_a == SQLITE_TEXT && type_b == SQLITE_TEXT)
        return strcmp((const char *)sqlite3_value_text(a), (const char *)sqlite3_value_text(b));
    if (type_a == SQLITE_TEXT || type_b == SQLITE_TEXT)
        return type_a == SQLITE_TEXT ? 1 : -1; /* numbers come before texts, as in ORDER BY */
    if (type_a == SQLITE_INTEGER && type_b == SQLITE_INTEGER) {
        int64_t x = sqlite3_value_int64(a), y = sqlite3_value_int64(b);
        return (x > y) - (x < y);
    }
    double x = sqlite3_value_double(a), y = sqlite3_value_double(b);
    return (x > y) - (x < y);
}

/* greatest(...) with user data 1, least(...) with -1: NULLs are passed over. */
static void extreme(sqlite3_context *context, int count, sqlite3_value **values)
{
    int sign = *(const int *)sqlite3_user_data(context);
    sqlite3_value *best = NULL;
    for (int i = 0; i < count; i++) {
        if (sqlite3_value_type(values[i]) == SQLITE_NULL)
            continue;
        if (!best || compare_values(values[i], best) * sign > 0)
            best = values[i];
    }
    if (best)
        sqlite3_result_value(context, best);
}

static int add_functions(sqlite3 *handle)
{
    static const int greatest = 1, least = -1;
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    /* SQLite's user data is not const; extreme() only reads it. */
    union {
        const int *in;
        void *out;
    } sign = {.in = &greatest};
    int code = sqlite3_create_function_v2(
        handle, "greatest", -1, flags, sign.out, extreme, NULL, NULL, NULL);
    sign.in = &least;
    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(
            handle, "least", -1, flags, sign.out, extreme, NULL, NULL, NULL);
    return code;
}

/* -- statements -------------------------------------------------------------------------------- */

static enum err prepare(struct db *db, struct statement *statement, struct why *reterr_why)
{
    if (statement->prepared)
        return ERR_NONE;
    sqlite3_stmt *made = NULL;
    const char *rest = NULL;
    int code = sqlite3_prepare_v3(
        db->handle, statement->sql.text, -1, SQLITE_PREPARE_PERSISTENT, &made, &rest);
    if (code != SQLITE_OK)
        return fail(db, code, statement->name, reterr_why);
    assert(made && sqlite3_bind_parameter_count(made) == (int)statement->sql.count);
    statement->prepared = made;
    return ERR_NONE;
}

static void lite_forget(struct db *db, struct statement *statement)
{
    (void)db;
    if (!statement)
        return;
    sqlite3_finalize(statement->prepared);
    statement->prepared = NULL;
}

/* `copy`: the texts must outlive the call, because rows are stepped after it. */
static int bind_all(sqlite3_stmt *prepared, const struct bound *bound, size_t first, bool copy)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < bound->count && code == SQLITE_OK; i++) {
        const struct db_arg *arg = &bound->args[first + bound->order[i]];
        int at = (int)i + 1;
        switch (arg->type) {
        case DB_NULL: code = sqlite3_bind_null(prepared, at); break;
        case DB_INT: code = sqlite3_bind_int64(prepared, at, arg->integer); break;
        case DB_REAL: code = sqlite3_bind_double(prepared, at, arg->real); break;
        case DB_TEXT:
            code = sqlite3_bind_text(
                prepared, at, arg->text, -1, copy ? SQLITE_TRANSIENT : SQLITE_STATIC);
            break;
        }
    }
    return code;
}

static void lite_finish(struct db_rows *rows)
{
    struct statement *statement = rows->statement;
    sqlite3_reset(statement->prepared);
    sqlite3_clear_bindings(statement->prepared);
    statement->busy = false;
    rows->db->statements.busy--;
}

static bool lite_next(struct db_rows *rows)
{
    int code = sqlite3_step(rows->handle);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        fail(rows->db, code, rows->name, &rows->why);
    return false;
}

static enum err lite_query(struct db *db, struct statement *statement, const struct bound *bound,
    struct db_rows *rows, struct why *reterr_why)
{
    enum err err = prepare(db, statement, reterr_why);
    if (err != ERR_NONE)
        return err;
    sqlite3_stmt *prepared = statement->prepared;
    assert(sqlite3_stmt_readonly(prepared) || db->in_tx);
    statement->busy = true;
    db->statements.busy++;
    rows->handle = prepared;
    rows->columns = sqlite3_column_count(prepared);
    int code = bind_all(prepared, bound, 0, true);
    if (code == SQLITE_OK)
        code = sqlite3_step(prepared);
    rows->done = code == SQLITE_DONE;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return ERR_NONE;
    err = fail(db, code, statement->name, reterr_why);
    lite_finish(rows);
    return err;
}

static bool lite_col_null(const struct db_rows *rows, int column)
{
    return sqlite3_column_type(rows->handle, column) == SQLITE_NULL;
}

static int64_t lite_col_int(const struct db_rows *rows, int column)
{
    return sqlite3_column_int64(rows->handle, column);
}

static double lite_col_real(const struct db_rows *rows, int column)
{
    return sqlite3_column_double(rows->handle, column);
}

static const char *lite_col_text(const struct db_rows *rows, int column)
{
    return (const char *)sqlite3_column_text(rows->handle, column);
}

static enum err lite_exec(struct db *db, struct statement *statement, const struct bound *bound,
    size_t args_per_row, size_t row_count, int64_t *ret_changed, struct why *reterr_why)
{
    enum err err = prepare(db, statement, reterr_why);
    if (err != ERR_NONE)
        return err;
    sqlite3_stmt *prepared = statement->prepared;
    bool writes = !sqlite3_stmt_readonly(prepared);
    for (size_t row = 0; row < row_count && err == ERR_NONE; row++) {
        int code = bind_all(prepared, bound, row * args_per_row, false);
        while (code == SQLITE_OK || code == SQLITE_ROW)
            code = sqlite3_step(prepared);
        if (code != SQLITE_DONE)
            err = fail(db, code, statement->name, reterr_why);
        else if (writes)
            *ret_changed += sqlite3_changes64(db->handle);
        sqlite3_reset(prepared);
    }
    sqlite3_clear_bindings(prepared);
    return err;
}

/* -- transactions ------------------------------------------------------------------------------ */

static enum err lite_begin(struct db *db, struct why *reterr_why)
{
    return run(db, "BEGIN IMMEDIATE", reterr_why);
}

static enum err lite_commit(struct db *db, struct why *reterr_why)
{
    return run(db, "COMMIT", reterr_why);
}

static void lite_rollback(struct db *db)
{
    if (!sqlite3_get_autocommit(db->handle)) /* a full disk has rolled back already */
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

static enum err lite_snapshot(struct db *db, struct why *reterr_why)
{
    enum err err = run(db, "BEGIN", reterr_why);
    if (err == ERR_NONE) /* the moment of a deferred transaction is its first read */
        err = run(db, "SELECT count(*) FROM sqlite_schema", reterr_why);
    if (err != ERR_NONE)
        lite_rollback(db);
    return err;
}

static enum err lite_script(struct db *db, const char *text, struct why *reterr_why)
{
    return run(db, text, reterr_why);
}

static int note_log(void *context, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    struct db *db = context;
    db->log_pages = pages;
    return SQLITE_OK;
}

void sqlite_share_log(struct db *db)
{
    if (db->keeps_log)
        sqlite3_wal_hook(db->handle, note_log, db);
    else
        sqlite3_wal_autocheckpoint(db->handle, CHECKPOINT_PAGES_OTHERS);
}

void sqlite_keep_log(struct db *db)
{
    if (!db->keeps_log || db->log_pages < CHECKPOINT_PAGES)
        return;
    db->log_pages = 0; /* what readers still need stays, and is moved after a later commit */
    (void)sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* -- the whole file ---------------------------------------------------------------------------- */

static enum err lite_backup(struct db *db, const char *path, struct why *reterr_why)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    int there = 0;
    vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &there);
    if (there) {
        why_set(reterr_why, ERR_CONFLICT, "the backup's file is there already");
        why_hint(reterr_why, "Name another file, or move that one away");
        why_place(reterr_why, "%s", path);
        return ERR_CONFLICT;
    }
    sqlite3_stmt *vacuum = NULL;
    int code = sqlite3_prepare_v2(db->handle, "VACUUM INTO ?1", -1, &vacuum, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(vacuum, 1, path, -1, SQLITE_STATIC);
    while (code == SQLITE_OK || code == SQLITE_ROW)
        code = sqlite3_step(vacuum);
    enum err err = ERR_NONE;
    if (code != SQLITE_DONE) {
        bool damaged = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
        why_place(reterr_why, "%s", damaged ? db->place : path); /* what is read, what is written */
        err = (code & 0xff) == SQLITE_CANTOPEN
            ? why_set(reterr_why, ERR_IO, "the backup's file cannot be made")
            : fail(db, code, "backup", reterr_why);
        why_hint(reterr_why, "Name a file in a folder that is there and may be written");
        vfs->xDelete(vfs, path, 0);
    }
    sqlite3_finalize(vacuum);
    return err;
}

static void key_text(const unsigned char key[KEY_BYTES], char ret_text[4 + 2 * KEY_BYTES + 1])
{
    memcpy(ret_text, "raw:", 4);
    sodium_bin2hex(ret_text + 4, 2 * KEY_BYTES + 1, key, KEY_BYTES);
}

/* The cipher holds for the next key only: SQLite3 Multiple Ciphers forgets it then. */
static int choose_cipher(sqlite3 *handle)
{
    int cipher = sqlite3mc_cipher_index("aegis");
    return sqlite3mc_config(handle, "cipher", cipher) == cipher ? SQLITE_OK : SQLITE_ERROR;
}

static enum err lite_rekey(
    struct db *db, const unsigned char key[KEY_BYTES], struct why *reterr_why)
{
    statement_forget_all(db);
    char raw[4 + 2 * KEY_BYTES + 1];
    key_text(key, raw);
    /* The log is emptied before and after: no page under the old key is left in it. */
    enum err err = run(db, "PRAGMA wal_checkpoint(TRUNCATE)", reterr_why);
    if (err == ERR_NONE) {
        int code = choose_cipher(db->handle);
        if (code == SQLITE_OK)
            code = sqlite3_rekey(db->handle, raw, (int)sizeof raw - 1);
        err = code == SQLITE_OK ? ERR_NONE : fail(db, code, "the change of the key", reterr_why);
    }
    sodium_memzero(raw, sizeof raw);
    if (err == ERR_NONE)
        err = run(db, "PRAGMA wal_checkpoint(TRUNCATE)", reterr_why);
    return err;
}

/* Every key begins with practice_id, which tells nothing apart where one practice lives in the
 * file. The planner learns that from rows; for tables that have none yet it is told, or else it
 * would take any index that begins so for a good one, and walk the practice to find one patient. A
 * partial index is of what is few, whether there is any of it just now or not. */
static const char statistics[] =
    "PRAGMA analysis_limit=2000; ANALYZE;"
    "DELETE FROM sqlite_stat1 WHERE stat LIKE '0 %';" /* partial indexes without rows */
    "INSERT INTO sqlite_stat1 (tbl, idx, stat)"
    " SELECT m.tbl_name, m.name, replace(CASE"
    "   (SELECT COUNT(*) FROM pragma_index_info(m.name))"
    "   WHEN 1 THEN '1000000 1' WHEN 2 THEN '1000000 1000000 2'"
    "   WHEN 3 THEN '1000000 1000000 20 2' WHEN 4 THEN '1000000 1000000 200 20 2'"
    "   WHEN 5 THEN '1000000 1000000 2000 200 20 2'"
    "   WHEN 6 THEN '1000000 1000000 2000 200 20 2 2'"
    "   WHEN 7 THEN '1000000 1000000 2000 200 20 2 2 2'"
    "   WHEN 8 THEN '1000000 1000000 2000 200 20 2 2 2 2'"
    "   WHEN 9 THEN '1000000 1000000 2000 200 20 2 2 2 2 2'"
    "   ELSE '1000000 1000000 2000 200 20 2 2 2 2 2 2' END,"
    "   '1000000', CASE WHEN m.sql LIKE '% WHERE %' THEN '500' ELSE '1000000' END)"
    " FROM sqlite_schema m WHERE m.type = 'index'"
    "   AND (SELECT COUNT(*) FROM pragma_index_info(m.name)) <= 10"
    "   AND (SELECT i.name FROM pragma_index_info(m.name) i WHERE i.seqno = 0) = 'practice_id'"
    "   AND NOT EXISTS (SELECT 1 FROM sqlite_stat1 s WHERE s.idx = m.name);"
    "ANALYZE sqlite_schema";

static enum err lite_analyze(struct db *db, struct why *reterr_why)
{
    return run(db, statistics, reterr_why);
}

static enum err lite_overwrite(struct db *db, struct why *reterr_why)
{
    return run(db, "PRAGMA secure_delete=ON", reterr_why);
}

static enum err lite_empty_log(struct db *db, struct why *reterr_why)
{
    return run(db, "PRAGMA wal_checkpoint(TRUNCATE)", reterr_why);
}

static enum err lite_check(struct db *db, struct why *reterr_why)
{
    sqlite3_stmt *check = NULL;
    int code = sqlite3_prepare_v2(db->handle, "PRAGMA quick_check(1)", -1, &check, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(check);
    enum err err = ERR_NONE;
    if (code != SQLITE_ROW) {
        err = fail(db, code, "quick_check", reterr_why);
    } else if (strcmp((const char *)sqlite3_column_text(check, 0), "ok") != 0) {
        err = fail(db, SQLITE_CORRUPT, "quick_check", reterr_why);
    }
    sqlite3_finalize(check);
    return err;
}

static int64_t lite_pragma_int(struct db *db, const char *pragma)
{
    int64_t value = 0;
    sqlite3_stmt *read = NULL;
    if (sqlite3_prepare_v2(db->handle, pragma, -1, &read, NULL) == SQLITE_OK
        && sqlite3_step(read) == SQLITE_ROW)
        value = sqlite3_column_int64(read, 0);
    sqlite3_finalize(read);
    return value;
}

static int64_t lite_size_bytes(struct db *db)
{
    return lite_pragma_int(db, "PRAGMA page_count") * lite_pragma_int(db, "PRAGMA page_size");
}

static void lite_close(struct db *db)
{
    int code = sqlite3_close(db->handle);
    assert(code == SQLITE_OK);
    db->handle = NULL;
}

static const struct db_verbs verbs = {
    .close = lite_close,
    .begin = lite_begin,
    .commit = lite_commit,
    .rollback = lite_rollback,
    .snapshot = lite_snapshot,
    .query = lite_query,
    .next = lite_next,
    .finish = lite_finish,
    .col_null = lite_col_null,
    .col_int = lite_col_int,
    .col_real = lite_col_real,
    .col_text = lite_col_text,
    .exec = lite_exec,
    .forget = lite_forget,
    .script = lite_script,
    .backup = lite_backup,
    .rekey = lite_rekey,
    .analyze = lite_analyze,
    .overwrite = lite_overwrite,
    .empty_log = lite_empty_log,
    .check = lite_check,
    .size_bytes = lite_size_bytes,
};

/* -- opening ----------------------------------------------------------------------------------- */

static int set_key(sqlite3 *handle, const unsigned char key[KEY_BYTES])
{
    int code = choose_cipher(handle);
    if (code != SQLITE_OK)
        return code;
    char raw[4 + 2 * KEY_BYTES + 1];
    key_text(key, raw);
    code = sqlite3_key(handle, raw, (int)sizeof raw - 1);
    sodium_memzero(raw, sizeof raw);
    return code;
}

static int set_up(sqlite3 *handle, const struct db_options *options, int64_t busy_ms_max)
{
    char pragmas[256];
    int64_t cache_kib = options->cache_kib > 0 ? options->cache_kib : CACHE_KIB_DEFAULT;
    snprintf(pragmas, sizeof pragmas,
        "PRAGMA synchronous=FULL; PRAGMA cache_size=-%lld; PRAGMA wal_autocheckpoint=%d;"
        "PRAGMA journal_size_limit=%d; PRAGMA foreign_keys=ON",
        (long long)cache_kib, CHECKPOINT_PAGES, WAL_KEEP_BYTES);
    int code = sqlite3_busy_timeout(handle, (int)busy_ms_max);
    if (code == SQLITE_OK) /* the first read: a wrong key shows here */
        code = sqlite3_exec(handle, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    if (code == SQLITE_OK && !options->read_only)
        code = sqlite3_exec(handle, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(handle, pragmas, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (code == SQLITE_OK) /* planned once, and not anew for each value that is bound */
        code = sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    if (code == SQLITE_OK)
        code = add_functions(handle);
    return code;
}

/* SQLITE_NOTADB at the first read: another key, or no store at all. */
static enum err fail_unreadable(struct arena *boot, const struct db *db, struct why *reterr_why)
{
    enum err err = ERR_IO;
    if (sqlite_file_is_store(boot, db->place)) {
        err = why_set(reterr_why, ERR_DENIED, "the key is not this store's");
        why_hint(reterr_why,
            "Put the key this store was made with into `secrets/`; a backup needs "
            "the key of its own time");
    } else {
        why_set(reterr_why, ERR_IO, "this file is no Perennial store");
        why_hint(reterr_why, "Name another file, or restore a backup over it");
    }
    why_place(reterr_why, "%s", db->place);
    return err;
}

enum err db_sqlite_open(
    struct arena *boot, const struct db_options *options, struct db *db, struct why *reterr_why)
{
    bool in_memory = strcmp(options->address, ":memory:") == 0;
    assert(options->key || in_memory);
    enum err err = ERR_NONE;
    if (!in_memory)
        err = sqlite_file_check(boot, options->address, options->read_only, reterr_why);
    if (err != ERR_NONE)
        return err;
    sqlite3 *handle = NULL;
    int flags =
        options->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int code = sqlite3_open_v2(options->address, &handle, flags, NULL);
    if (code == SQLITE_OK && options->key)
        code = set_key(handle, options->key);
    if (code == SQLITE_OK)
        code = set_up(handle, options, db->busy_ms_max);
    db->handle = handle;
    if (code == SQLITE_OK) {
        db->verbs = &verbs;
        return ERR_NONE;
    }
    err = code == SQLITE_NOTADB ? fail_unreadable(boot, db, reterr_why)
                                : fail(db, code, NULL, reterr_why);
    sqlite3_close(handle);
    db->handle = NULL;
    return err;
}
