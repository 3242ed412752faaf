/* audit.c: writing links, and reading whole chains back. */
#include "audit/audit.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit_sql.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"

enum {
    WRITER_BYTES = sizeof((struct audit_check){0}).writer,
    HASH_BYTES = DB_CHAIN_HASH_BYTES,
    /* Links per db_exec_many: their texts stay below a megabyte. */
    BATCH_ROWS_MAX = 1000,
    LINK_ARGS = 11,
};

_Static_assert(HASH_BYTES == 2 * sizeof(struct sha256) + 1, "the store keeps room for it");

static const char hash_none[] = "0000000000000000000000000000000000000000000000000000000000000000";

struct link { /* one row, as it is hashed */
    int64_t practice_id, seq, at_ms;
    const char *writer, *actor, *action, *patient_id, *subject_id, *detail, *prev_hash;
};

struct head {
    int64_t practice_id, seq;
    const char *writer;
    char hash[HASH_BYTES];
};

/* Length before text, so that no text can pretend to be two fields; "-" is NULL. */
static void add_field(struct buf *buf, const char *text)
{
    if (text)
        buf_format(buf, "%zu:%s\n", strlen(text), text);
    else
        buf_add(buf, "-\n");
}

static void link_hash(struct arena *scratch, const struct link *link, char ret_hash[HASH_BYTES])
{
    struct buf buf;
    buf_init(&buf, scratch);
    buf_format(&buf, "perennial audit 1\n%" PRId64 "\n%" PRId64 "\n%" PRId64 "\n",
        link->practice_id, link->seq, link->at_ms);
    add_field(&buf, link->writer);
    add_field(&buf, link->actor);
    add_field(&buf, link->action);
    add_field(&buf, link->patient_id);
    add_field(&buf, link->subject_id);
    add_field(&buf, link->detail);
    add_field(&buf, link->prev_hash);
    struct sha256 sum = hash_sha256(buf.data, buf.len);
    snprintf(ret_hash, HASH_BYTES, "%s", hash_hex(scratch, sum.bytes, sizeof sum.bytes));
}

/* -- writing ----------------------------------------------------------------------------------- */

static enum err read_head(struct tx *tx, struct head *head, bool *ret_found, struct why *reterr_why)
{
    struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_audit_head_lock,
        DB_ARGS(db_int("practice_id", head->practice_id), db_text("writer", head->writer)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_found = db_next(rows);
    if (*ret_found) {
        head->seq = db_col_int(rows, 0);
        snprintf(head->hash, sizeof head->hash, "%s", db_col_text(rows, 1));
    }
    return db_end(&rows, reterr_why);
}

/* The chain's head, locked until the end of the tx, which remembers it. */
static enum err take_head(struct tx *tx, struct head *head, struct why *reterr_why)
{
    bool found = tx->chain.hash[0] != '\0';
    if (found) {
        head->seq = tx->chain.seq;
        memcpy(head->hash, tx->chain.hash, sizeof head->hash);
        return ERR_NONE;
    }
    enum err err = read_head(tx, head, &found, reterr_why);
    if (err != ERR_NONE || found)
        return err;
    err = db_exec(tx, &sql_audit_head_start,
        DB_ARGS(db_int("practice_id", head->practice_id), db_text("writer", head->writer),
            db_text("hash", hash_none)),
        NULL, reterr_why);
    if (err == ERR_NONE)
        err = read_head(tx, head, &found, reterr_why);
    assert(err != ERR_NONE || found);
    return err;
}

static void add_link(struct arena *scratch, const struct tx *tx, const struct audit_entry *entry,
    struct head *head, struct db_arg *args)
{
    assert(entry->action && strchr(entry->action, '.'));
    struct link link = {.practice_id = head->practice_id,
        .writer = head->writer,
        .seq = head->seq + 1,
        .at_ms = tx->now.ms,
        .actor = tx->actor,
        .action = entry->action,
        .patient_id = entry->patient_id,
        .subject_id = entry->subject_id,
        .detail = entry->detail ? json_text_of(scratch, entry->detail) : "{}",
        .prev_hash = arena_text(scratch, head->hash)};
    char hash[HASH_BYTES];
    link_hash(scratch, &link, hash);
    const struct db_arg row[LINK_ARGS] = {db_int("practice_id", link.practice_id),
        db_text("writer", link.writer), db_int("seq", link.seq), db_int("at_ms", link.at_ms),
        db_text("actor", link.actor), db_text("action", link.action),
        db_text("patient_id", link.patient_id), db_text("subject_id", link.subject_id),
        db_text("detail", link.detail), db_text("prev_hash", link.prev_hash),
        db_text("hash", arena_text(scratch, hash))};
    memcpy(args, row, sizeof row);
    head->seq = link.seq;
    memcpy(head->hash, hash, sizeof hash);
}

static enum err write_batch(struct tx *tx, const struct audit_entry *entries, size_t count,
    struct head *head, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct db_arg *args = ARENA_NEW(&scratch, struct db_arg, count * LINK_ARGS);
    for (size_t i = 0; i < count; i++)
        add_link(&scratch, tx, &entries[i], head, args + i * LINK_ARGS);
    if (count == 1)
        return db_exec(tx, &sql_audit_append, args, LINK_ARGS, NULL, reterr_why);
    return db_exec_many(tx, &sql_audit_insert, args, LINK_ARGS, count, reterr_why);
}

static enum err move_head(
    struct tx *tx, const struct head *head, size_t count, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    if (count > 1 || !db_is_postgres(tx->db))
        err = db_exec(tx, &sql_audit_head_move,
            DB_ARGS(db_int("seq", head->seq), db_text("hash", head->hash),
                db_int("practice_id", head->practice_id), db_text("writer", head->writer)),
            NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    tx->chain.seq = head->seq;
    memcpy(tx->chain.hash, head->hash, sizeof tx->chain.hash);
    return ERR_NONE;
}

enum err audit_write_many(
    struct tx *tx, const struct audit_entry *entries, size_t count, struct why *reterr_why)
{
    assert(tx->open);
    if (count == 0)
        return ERR_NONE;
    char writer[WRITER_BYTES];
    size_t len = strcspn(tx->actor, ":");
    assert(len > 0 && len < sizeof writer);
    memcpy(writer, tx->actor, len);
    writer[len] = '\0';
    struct head head = {.practice_id = tx->practice_id, .writer = writer};
    enum err err = take_head(tx, &head, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i += BATCH_ROWS_MAX) {
        size_t rows = count - i < BATCH_ROWS_MAX ? count - i : BATCH_ROWS_MAX;
        err = write_batch(tx, entries + i, rows, &head, reterr_why);
    }
    return err == ERR_NONE ? move_head(tx, &head, count, reterr_why) : err;
}

enum err audit_write(struct tx *tx, const char *action, const char *patient_id,
    const char *subject_id, const json_t *detail, struct why *reterr_why)
{
    const struct audit_entry entry = {
        .action = action, .patient_id = patient_id, .subject_id = subject_id, .detail = detail};
    return audit_write_many(tx, &entry, 1, reterr_why);
}

/* The entries borrow their details from `details`. */
static enum err read_checkpoint(struct arena *arena, struct tx *tx, json_t *details,
    struct audit_entry **ret_entries, size_t *ret_count, struct why *reterr_why)
{
    struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_audit_heads_of,
        DB_ARGS(db_int("practice_id", tx->practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct audit_entry *entries = NULL;
    size_t count = 0;
    while (db_next(rows)) {
        entries =
            arena_grow(arena, entries, sizeof *entries * count, sizeof *entries * (count + 1));
        json_array_append_new(details,
            json_pack("{s:I, s:s}", "seq", (json_int_t)db_col_int(rows, 1), "hash",
                db_col_text(rows, 2)));
        entries[count] = (struct audit_entry){.action = "audit.checkpoint",
            .subject_id = db_col_copy(arena, rows, 0),
            .detail = json_array_get(details, count)};
        count++;
    }
    *ret_entries = entries;
    *ret_count = count;
    return db_end(&rows, reterr_why);
}

enum err audit_checkpoint(struct tx *tx, struct why *reterr_why)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    JSON_AUTO details = json_array();
    struct audit_entry *entries = NULL;
    size_t count = 0;
    enum err err = read_checkpoint(&arena, tx, details, &entries, &count, reterr_why);
    return err == ERR_NONE ? audit_write_many(tx, entries, count, reterr_why) : err;
}

/* -- reading ----------------------------------------------------------------------------------- */

enum { SEQ, AT_MS, ACTOR, ACTION, PATIENT_ID, SUBJECT_ID, DETAIL, PREV_HASH, HASH };

static void find(
    struct audit_check *check, const struct head *head, int64_t seq, const char *reason)
{
    if (check->broken)
        return;
    check->broken = true;
    check->practice_id = head->practice_id;
    snprintf(check->writer, sizeof check->writer, "%s", head->writer);
    check->seq = seq;
    snprintf(check->reason, sizeof check->reason, "%s", reason);
}

/* One row against the row before it, `last`, which it then becomes. */
static void check_row(
    struct arena *scratch, const struct db_rows *rows, struct head *last, struct audit_check *check)
{
    struct link link = {.practice_id = last->practice_id,
        .writer = last->writer,
        .seq = db_col_int(rows, SEQ),
        .at_ms = db_col_int(rows, AT_MS),
        .actor = db_col_text(rows, ACTOR),
        .action = db_col_text(rows, ACTION),
        .patient_id = db_col_text(rows, PATIENT_ID),
        .subject_id = db_col_text(rows, SUBJECT_ID),
        .detail = db_col_text(rows, DETAIL),
        .prev_hash = db_col_text(rows, PREV_HASH)};
    char hash[HASH_BYTES];
    link_hash(scratch, &link, hash);
    if (link.seq != last->seq + 1)
        find(check, last, last->seq + 1, "the row is missing");
    else if (!text_is(link.prev_hash, last->hash))
        find(check, last, link.seq, "the row does not follow the one before it");
    else if (!text_is(db_col_text(rows, HASH), hash))
        find(check, last, link.seq, "the row was changed");
    last->seq = link.seq;
    memcpy(last->hash, hash, sizeof hash);
    check->rows++;
}

static enum err check_chain(
    struct db *db, const struct head *head, struct audit_check *check, struct why *reterr_why)
{
    struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_audit_chain,
        DB_ARGS(db_int("practice_id", head->practice_id), db_text("writer", head->writer)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct head last = {.practice_id = head->practice_id, .writer = head->writer};
    memcpy(last.hash, hash_none, sizeof hash_none);
    while (!check->broken && db_next(rows)) {
        arena_reset(&scratch);
        check_row(&scratch, rows, &last, check);
    }
    if (!check->broken && last.seq < head->seq)
        find(check, head, last.seq + 1, "the row is missing: the end of the chain was cut off");
    else if (!check->broken && last.seq > head->seq)
        find(check, head, head->seq + 1, "the row stands after the end the chain's head knows");
    else if (!check->broken && !text_is(last.hash, head->hash))
        find(check, head, head->seq, "the chain's head is another row's");
    return db_end(&rows, reterr_why);
}

static enum err read_heads(struct arena *arena, struct db *db, struct head **ret_heads,
    size_t *ret_count, struct why *reterr_why)
{
    struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_audit_heads, DB_NO_ARGS, &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct head *heads = NULL;
    size_t count = 0;
    while (db_next(rows)) {
        if ((count & (count - 1)) == 0) /* full at every power of two */
            heads = arena_grow(
                arena, heads, sizeof *heads * count, sizeof *heads * (count ? 2 * count : 1));
        struct head *head = &heads[count++];
        head->practice_id = db_col_int(rows, 0);
        head->writer = db_col_copy(arena, rows, 1);
        head->seq = db_col_int(rows, 2);
        snprintf(head->hash, sizeof head->hash, "%s", db_col_text(rows, 3));
    }
    *ret_heads = heads;
    *ret_count = count;
    return db_end(&rows, reterr_why);
}

/* `sql` finds practice, writer and seq of what is wrong with the chains as a whole. */
static enum err check_whole(struct db *db, const struct sql *sql, const char *reason,
    struct audit_check *check, struct why *reterr_why)
{
    struct db_rows *rows = NULL;
    enum err err = db_query(db, sql, DB_NO_ARGS, &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (db_next(rows)) {
        const struct head head = {
            .practice_id = db_col_int(rows, 0), .writer = db_col_text(rows, 1)};
        find(check, &head, db_col_int(rows, 2), reason);
    }
    return db_end(&rows, reterr_why);
}

enum err audit_verify(struct db *db, struct audit_check *ret_check, struct why *reterr_why)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct audit_check check = {0};
    struct head *heads = NULL;
    size_t count = 0;
    enum err err = db_snapshot_begin(db, reterr_why);
    if (err != ERR_NONE)
        return err;
    err = read_heads(&arena, db, &heads, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE && !check.broken; i++)
        err = check_chain(db, &heads[i], &check, reterr_why);
    if (err == ERR_NONE && !check.broken)
        err =
            check_whole(db, &sql_audit_headless, "the chain's head is missing", &check, reterr_why);
    if (err == ERR_NONE && !check.broken)
        err = check_whole(db, &sql_audit_forgotten, "a checkpoint remembers another row here",
            &check, reterr_why);
    db_snapshot_end(db);
    check.writers = (int64_t)count;
    if (err == ERR_NONE)
        *ret_check = check;
    return err;
}

enum err audit_trail(struct db *db, int64_t practice_id, const char *patient_id,
    struct db_rows **ret_rows, struct why *reterr_why)
{
    return db_query(db, &sql_audit_patient,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", patient_id)), ret_rows,
        reterr_why);
}
