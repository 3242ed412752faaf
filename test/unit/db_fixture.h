/* db_fixture.h: an empty store for one test, on either database.
 *
 * SQLite: an encrypted file in a folder of its own. PostgreSQL: a schema of its own on the server
 * that tools/with-postgres started (PGHOST); without one the test skips by name.
 *
 *   struct db_fixture fixture;
 *   db_fixture_open(&fixture, postgres);      // skips the test when there is no server
 *   db_fixture_migrate(&fixture);             // the product's tables, where they are wanted
 *   ... fixture.db, db_fixture_begin(&fixture) ...
 *   db_fixture_close(&fixture);
 *
 * Include after cmocka.h. */
#ifndef PERENNIAL_TEST_DB_FIXTURE_H
#define PERENNIAL_TEST_DB_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/db.h"

struct db_fixture {
    struct arena boot;
    struct ids ids;
    struct db *db;
    bool postgres;
    char folder[32]; /* of the SQLite file; "" on PostgreSQL */
    char address[128];
    char schema[40]; /* "" on SQLite */
    unsigned char key[32];
};

#define DB_FIXTURE_NOW ((struct instant){INT64_C(1767225600000)}) /* 2026-01-01 */

/* Fails the test with all that is known when `code` is an error. */
static inline void db_fixture_check(enum err code, const struct why *why, const char *what)
{
    if (code == ERR_NONE)
        return;
    char text[1024];
    why_format(why, text, sizeof text);
    fail_msg("%s: %s: %s [%s]", what, err_name(code), text, why->private_detail);
}

/* Another connection to the same store. */
static inline struct db *db_fixture_connect(struct db_fixture *fixture)
{
    struct why why = {0};
    struct db *db = NULL;
    const struct db_options options = {
        .address = fixture->address, .key = fixture->key, .busy_ms_max = 2000};
    db_fixture_check(db_open(&fixture->boot, &options, &db, &why), &why, "db_open");
    return db;
}

static inline struct tx db_fixture_begin_on(struct db_fixture *fixture, struct db *db)
{
    struct why why = {0};
    struct tx tx = {0};
    db_fixture_check(
        db_begin(db, DB_FIXTURE_NOW, "test:unit", 1, &fixture->ids, &tx, &why), &why, "db_begin");
    return tx;
}

static inline struct tx db_fixture_begin(struct db_fixture *fixture)
{
    return db_fixture_begin_on(fixture, fixture->db);
}

static inline void db_fixture_commit(struct tx *tx)
{
    struct why why = {0};
    db_fixture_check(db_commit(tx, &why), &why, "db_commit");
}

/* Several statements in a transaction of their own. */
static inline void db_fixture_script(struct db_fixture *fixture, struct db *db, const char *text)
{
    struct why why = {0};
    struct tx tx = db_fixture_begin_on(fixture, db);
    db_fixture_check(db_script(&tx, text, &why), &why, text);
    db_fixture_commit(&tx);
}

/* CREATE SCHEMA or DROP SCHEMA, over a connection that does not live in it. */
/* One number out of the store; -1: there is no row. */
static inline int64_t db_fixture_int(struct db_fixture *fixture, const char *text)
{
    struct why why = {0};
    int64_t value = -1;
    const struct sql sql = {
        .name = arena_text(&fixture->boot, text), .text = arena_text(&fixture->boot, text)};
    enum err err = db_query_int(fixture->db, &sql, DB_NO_ARGS, &value, &why);
    if (err != ERR_NOT_FOUND)
        db_fixture_check(err, &why, text);
    return value;
}

static inline void db_fixture_schema(struct db_fixture *fixture, const char *verb, const char *end)
{
    struct why why = {0};
    struct db *db = NULL;
    const struct db_options options = {.address = "postgresql:///"};
    db_fixture_check(db_open(&fixture->boot, &options, &db, &why), &why, "db_open");
    char text[128];
    snprintf(text, sizeof text, "%s SCHEMA %s%s", verb, fixture->schema, end);
    db_fixture_script(fixture, db, text);
    db_close(db);
}

static inline void db_fixture_open(struct db_fixture *fixture, bool postgres)
{
    if (postgres && !getenv("PGHOST"))
        skip();
    memset(fixture, 0, sizeof *fixture);
    arena_init(&fixture->boot, 0);
    fixture->postgres = postgres;
    for (size_t i = 0; i < sizeof fixture->key; i++)
        fixture->key[i] = (unsigned char)(7 * i + 1);
    ids_init(&fixture->ids, fixture->key);
    if (postgres) {
        static int schemas = 0;
        snprintf(fixture->schema, sizeof fixture->schema, "t%ld_%d", (long)getpid(), schemas++);
        snprintf(fixture->address, sizeof fixture->address,
            "postgresql:///?options=-csearch_path%%3D%s", fixture->schema);
        db_fixture_schema(fixture, "CREATE", "");
    } else {
        snprintf(fixture->folder, sizeof fixture->folder, "/tmp/perennial-XXXXXX");
        assert_non_null(mkdtemp(fixture->folder));
        snprintf(fixture->address, sizeof fixture->address, "%s/store.db", fixture->folder);
    }
    fixture->db = db_fixture_connect(fixture);
}

/* The product's tables. */
static inline void db_fixture_migrate(struct db_fixture *fixture)
{
    struct why why = {0};
    db_fixture_check(
        migrate_up(fixture->db, DB_FIXTURE_NOW, &fixture->ids, NULL, &why), &why, "migrate_up");
}

static inline void db_fixture_close(struct db_fixture *fixture)
{
    db_close(fixture->db);
    if (fixture->postgres) {
        db_fixture_schema(fixture, "DROP", " CASCADE");
    } else {
        static const char *const endings[] = {
            "", "-wal", "-shm", ".copy", ".copy-wal", ".copy-shm"};
        for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
            char path[160];
            snprintf(path, sizeof path, "%s%s", fixture->address, endings[i]);
            unlink(path);
        }
        rmdir(fixture->folder);
    }
    arena_release(&fixture->boot);
}

/* A test of a list that runs on both databases, as `name [sqlite]` and `name [postgres]`; its state
 * points to whether it is PostgreSQL's turn. */
struct db_test {
    const char *name;
    void (*run)(void **state);
};

#define DB_TEST(test)                                                                              \
    (struct db_test)                                                                               \
    {                                                                                              \
        .name = #test, .run = test                                                                 \
    }

static inline size_t db_fixture_tests(
    const struct db_test *tests, size_t count, struct CMUnitTest *ret_tests)
{
    static bool turns[2] = {false, true};
    static char names[256][160];
    assert_true(2 * count <= sizeof names / sizeof names[0]);
    for (size_t i = 0; i < 2 * count; i++) {
        snprintf(
            names[i], sizeof names[i], "%s [%s]", tests[i / 2].name, i % 2 ? "postgres" : "sqlite");
        ret_tests[i] = (struct CMUnitTest){
            .name = names[i], .test_func = tests[i / 2].run, .initial_state = &turns[i % 2]};
    }
    return 2 * count;
}

#endif
