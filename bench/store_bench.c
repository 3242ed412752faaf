/* store_bench.c: what the store costs, on SQLite and (where PGHOST says) PostgreSQL.
 *
 * Every number is a rate per second over a store with the product's tables; "durable" means that
 * the commit is on the disk. Run PostgreSQL with WITH_POSTGRES_DURABLE=1. Prints one line per
 * figure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/text.h"
#include "store/db.h"

enum { ROWS = 100000, BATCH = 100 };

struct bench {
    struct arena boot;
    struct ids ids;
    struct db *db;
    const char *label;
};

static const struct sql thing_insert = {.name = "thing_insert",
    .text = "INSERT INTO bench_thing (practice_id, id, due_ms, note)"
            " VALUES (1, :id, :due_ms, :note)"};
static const struct sql thing_get = {
    .name = "thing_get", .text = "SELECT due_ms, note FROM bench_thing WHERE id = :id"};
static const struct sql thing_all = {
    .name = "thing_all", .text = "SELECT id, due_ms, note FROM bench_thing ORDER BY id"};
static const struct sql thing_move = {
    .name = "thing_move", .text = "UPDATE bench_thing SET due_ms = due_ms + 1 WHERE id = :id"};

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void must(enum err err, const struct why *why)
{
    if (err == ERR_NONE)
        return;
    char text[1024];
    why_format(why, text, sizeof text);
    fprintf(stderr, "store_bench: %s\n", text);
    exit(1);
}

static void report(const struct bench *bench, const char *what, double count, double since)
{
    printf("%-9s %-46s %10.0f /s\n", bench->label, what, count / (seconds() - since));
}

static struct tx begin(struct bench *bench)
{
    struct why why = {0};
    struct tx tx = {0};
    const struct instant now = {INT64_C(1767225600000)};
    must(db_begin(bench->db, now, "bench", 1, &bench->ids, &tx, &why), &why);
    return tx;
}

static void commit(struct tx *tx)
{
    struct why why = {0};
    must(db_commit(tx, &why), &why);
}

static void fill(struct bench *bench)
{
    struct why why = {0};
    struct tx tx = begin(bench);
    must(db_script(&tx,
             "CREATE TABLE bench_thing (practice_id BIGINT NOT NULL, id TEXT PRIMARY KEY,"
             " due_ms BIGINT NOT NULL, note TEXT);"
             "CREATE INDEX bench_thing_due ON bench_thing (practice_id, due_ms)",
             &why),
        &why);
    commit(&tx);
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct db_arg *args = ARENA_NEW(&arena, struct db_arg, 3 * (size_t)ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        args[3 * i] = db_text("id", arena_format(&arena, "018f%08zu", i * 7919 % ROWS));
        args[3 * i + 1] = db_int("due_ms", (int64_t)i);
        args[3 * i + 2] = db_text("note", "a row of about the size that touches and consents have");
    }
    double since = seconds();
    tx = begin(bench);
    must(db_exec_many(&tx, &thing_insert, args, 3, ROWS, &why), &why);
    commit(&tx);
    report(bench, "rows inserted with exec_many", ROWS, since);
}

static void get(struct bench *bench, const char *id)
{
    struct why why = {0};
    struct db_rows *rows = NULL;
    must(db_query(bench->db, &thing_get, DB_ARGS(db_text("id", id)), &rows, &why), &why);
    while (db_next(rows))
        ;
    must(db_end(&rows, &why), &why);
}

static void read_rows(struct bench *bench)
{
    struct why why = {0};
    double since = seconds();
    char id[32];
    for (int i = 0; i < 20000; i++) {
        snprintf(id, sizeof id, "018f%08d", i * 31 % ROWS);
        get(bench, id);
    }
    report(bench, "rows read one by one", 20000, since);
    since = seconds();
    struct db_rows *rows = NULL;
    must(db_query(bench->db, &thing_all, DB_NO_ARGS, &rows, &why), &why);
    int count = 0;
    while (db_next(rows))
        count += db_col_text(rows, 2) != NULL;
    must(db_end(&rows, &why), &why);
    report(bench, "rows streamed", count, since);
}

static void move_rows(struct bench *bench, int txs, int per_tx, const char *what)
{
    struct why why = {0};
    double since = seconds();
    char id[32];
    for (int i = 0; i < txs; i++) {
        struct tx tx = begin(bench);
        for (int k = 0; k < per_tx; k++) {
            snprintf(id, sizeof id, "018f%08d", (i * per_tx + k) * 131 % ROWS);
            must(db_exec(&tx, &thing_move, DB_ARGS(db_text("id", id)), NULL, &why), &why);
        }
        commit(&tx);
    }
    report(bench, what, txs * per_tx, since);
}

static void audit_rows(struct bench *bench)
{
    struct why why = {0};
    double since = seconds();
    struct tx tx = begin(bench);
    for (int i = 0; i < 2000; i++)
        must(audit_write(&tx, "bench.one", "p", "s", NULL, &why), &why);
    commit(&tx);
    report(bench, "audit rows, one by one", 2000, since);
    struct audit_entry entries[BATCH];
    for (int i = 0; i < BATCH; i++)
        entries[i] = (struct audit_entry){.action = "bench.many", .patient_id = "p"};
    since = seconds();
    tx = begin(bench);
    for (int i = 0; i < 200; i++)
        must(audit_write_many(&tx, entries, BATCH, &why), &why);
    commit(&tx);
    report(bench, "audit rows, in batches of 100", 200 * BATCH, since);
    since = seconds();
    struct audit_check check;
    must(audit_verify(bench->db, &check, &why), &why);
    report(bench, "audit rows verified", (double)check.rows, since);
}

static void run(const char *label, const char *address)
{
    struct bench bench = {.label = label};
    arena_init(&bench.boot, 0);
    static const unsigned char key[32] = {1, 2, 3};
    ids_init(&bench.ids, key);
    struct why why = {0};
    const struct db_options options = {.address = address, .key = key};
    must(db_open(&bench.boot, &options, &bench.db, &why), &why);
    const struct instant now = {INT64_C(1767225600000)};
    must(migrate_up(bench.db, now, &bench.ids, NULL, &why), &why);
    fill(&bench);
    read_rows(&bench);
    move_rows(&bench, 500, 1, "updates, each its own durable commit");
    move_rows(&bench, 200, BATCH, "updates, 100 in a durable commit");
    audit_rows(&bench);
    printf("%-9s %-46s %10.1f MiB\n", label, "store", (double)db_size_bytes(bench.db) / (1 << 20));
    db_close(bench.db);
    arena_release(&bench.boot);
}

int main(void)
{
    char folder[] = "/tmp/perennial-bench-XXXXXX";
    if (!mkdtemp(folder)) {
        perror("store_bench");
        return 1;
    }
    char path[128], log[160], shared[160];
    snprintf(path, sizeof path, "%s/store.db", folder);
    run("sqlite", path);
    snprintf(log, sizeof log, "%s-wal", path);
    snprintf(shared, sizeof shared, "%s-shm", path);
    unlink(path);
    unlink(log);
    unlink(shared);
    rmdir(folder);
    if (getenv("PGHOST"))
        run("postgres", "postgresql:///");
    else
        printf("postgres  skipped: no server (run it under tools/with-postgres)\n");
    return 0;
}
