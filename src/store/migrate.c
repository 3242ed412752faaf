/* migrate.c: brings a store's tables to what this program knows. */
#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "embed_migrations.h"
#include "store/db.h"
#include "store_sql.h"

static const char schema_version_table[] =
    "CREATE TABLE IF NOT EXISTS schema_version ("
    " number BIGINT NOT NULL PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " checksum TEXT NOT NULL," /* SHA-256 of the file as it was applied */
    " applied_ms BIGINT NOT NULL)";

struct migration {
    int64_t number;
    const struct embed_file *file;
};

struct migrations {
    struct migration *list; /* by number */
    size_t count;
};

/* What this program knows, for this database. Numbers are 1, 2, 3 ...: a gap is a bug. */
static struct migrations known(struct arena *arena, const struct db *db)
{
    struct migrations known = {ARENA_NEW(arena, struct migration, embed_migrations.count + 1), 0};
    for (size_t i = 0; i < embed_migrations.count; i++) {
        const struct embed_file *file = &embed_migrations.files[i];
        if (text_ends(file->name, db_is_postgres(db) ? ".sqlite.sql" : ".postgres.sql"))
            continue;
        int64_t number = 0;
        size_t digits = strspn(file->name, "0123456789");
        bool numbered = text_to_int(arena_text_n(arena, file->name, digits), 1, 9999, &number);
        assert(numbered && number == (int64_t)known.count + 1);
        known.list[known.count++] = (struct migration){number, file};
    }
    return known;
}

static char *checksum_of(struct arena *arena, const struct embed_file *file)
{
    struct sha256 sum = hash_sha256(file->bytes, file->len);
    return hash_hex(arena, sum.bytes, sizeof sum.bytes);
}

static enum err fail_newer(int64_t store, size_t program, struct why *reterr_why)
{
    why_set(reterr_why, ERR_CONFLICT,
        "the store was written by a newer Perennial (its schema is %lld, this program knows %zu)",
        (long long)store, program);
    why_hint(reterr_why, "Use that version, or restore a backup made before the upgrade");
    return ERR_CONFLICT;
}

/* Holds what was applied against what is known; the number of the last one applied. */
static enum err read_applied(struct arena *arena, struct db *db, const struct migrations *known,
    int64_t *ret_number, struct why *reterr_why)
{
    int64_t tables = 0, last = 0;
    enum err err =
        db_query_int(db, &sql_store_migrate_table_count, DB_NO_ARGS, &tables, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (tables > 0) {
        struct db_rows *rows = NULL;
        err = db_query(db, &sql_store_migrate_list, DB_NO_ARGS, &rows, reterr_why);
        if (err != ERR_NONE)
            return err;
        struct why other = {0};
        while (db_next(rows)) {
            last = db_col_int(rows, 0);
            if (last > (int64_t)known->count || other.code != ERR_NONE)
                continue;
            const struct embed_file *file = known->list[last - 1].file;
            if (text_is(db_col_text(rows, 2), checksum_of(arena, file)))
                continue;
            why_set(&other, ERR_CONFLICT,
                "the store's schema step %s is not the one this program knows", file->name);
            why_hint(&other, "Use the version of Perennial that made this store");
        }
        err = db_end(&rows, reterr_why);
        if (err != ERR_NONE)
            return err;
        if (last > (int64_t)known->count)
            return fail_newer(last, known->count, reterr_why);
        if (other.code != ERR_NONE) {
            if (reterr_why && reterr_why->code == ERR_NONE)
                *reterr_why = other;
            return other.code;
        }
    }
    *ret_number = last;
    return ERR_NONE;
}

static enum err apply(
    struct arena *arena, struct tx *tx, const struct migration *migration, struct why *reterr_why)
{
    enum err err = db_script(tx, migration->file->bytes, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_store_migrate_note,
            DB_ARGS(db_int("number", migration->number), db_text("name", migration->file->name),
                db_text("checksum", checksum_of(arena, migration->file)),
                db_int("applied_ms", tx->now.ms)),
            NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_commit(tx, reterr_why);
    if (err != ERR_NONE)
        why_place(reterr_why, "migration %s", migration->file->name);
    return err;
}

/* The next one, in its own transaction; false in `ret_applied` when there is none. */
static enum err apply_next(struct arena *arena, struct db *db, const struct migrations *known,
    struct instant now, struct ids *ids, bool *ret_applied, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    enum err err = db_begin(db, now, "migrate", 0, ids, &tx, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(&tx, &sql_store_migrate_lock, DB_NO_ARGS, NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_script(&tx, schema_version_table, reterr_why);
    int64_t applied = 0;
    if (err == ERR_NONE)
        err = read_applied(arena, db, known, &applied, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_applied = applied < (int64_t)known->count;
    return *ret_applied ? apply(arena, &tx, &known->list[applied], reterr_why) : ERR_NONE;
}

enum err migrate_up(struct db *db, struct instant now, struct ids *ids, int64_t *ret_applied,
    struct why *reterr_why)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct migrations all = known(&arena, db);
    int64_t count = 0;
    bool applied = true;
    while (applied) {
        enum err err = apply_next(&arena, db, &all, now, ids, &applied, reterr_why);
        if (err != ERR_NONE)
            return err;
        count += applied;
    }
    if (ret_applied)
        *ret_applied = count;
    return count > 0 ? db_analyze(db, reterr_why) : ERR_NONE;
}

enum err migrate_check(struct db *db, struct why *reterr_why)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct migrations all = known(&arena, db);
    int64_t applied = 0;
    enum err err = read_applied(&arena, db, &all, &applied, reterr_why);
    if (err != ERR_NONE || applied == (int64_t)all.count)
        return err;
    why_set(reterr_why, ERR_CONFLICT,
        "the store is older than this program (its schema is %lld, this program needs %zu)",
        (long long)applied, all.count);
    why_hint(reterr_why, "Run `perennial migrate`");
    return ERR_CONFLICT;
}
