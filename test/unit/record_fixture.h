/* record_fixture.h: a store with a practice in it, for tests that take records in.
 *
 *   struct record_fixture t;
 *   record_fixture_open(&t, postgres);
 *   record_fixture_patient(&t, "P1", FIELD_FIRST_NAME, "Ann", FIELD_LAST_NAME, "Lee", FIELD_MAX);
 *   record_fixture_settle(&t);   // one import: put, settle, close, commit
 *   record_fixture_close(&t);
 *
 * Include after unit.h. */
#ifndef PERENNIAL_TEST_RECORD_FIXTURE_H
#define PERENNIAL_TEST_RECORD_FIXTURE_H

#include "base/text.h"
#include "db_fixture.h"
#include "env/env.h"
#include "record/record.h"

struct record_fixture {
    struct db_fixture store;
    struct env env;
    struct zones zones;
    struct practice practice;
    struct service_clocks clocks;
    struct tx tx;
    struct record_load *load;
    enum record_change change; /* of the last row put */
    int64_t file, row;
    int64_t duplicates, shared; /* findings of the last import */
    int64_t now_ms;             /* of the next import */
};

static const char *const record_fixture_tox[] = {"botox", "dysport", "neurotoxin", "tox"};
static const char *const record_fixture_facial[] = {"facial", "hydrafacial"};
static const char *const record_fixture_laser[] = {"laser", "ipl"};
static const struct service_clock record_fixture_clocks[] = {
    {.service = "neurotoxin",
        .due = {0, 100, 0},
        .late = {0, 120, 0},
        .lost = {0, 180, 0},
        .match = record_fixture_tox,
        .match_count = 4},
    {.service = "facial",
        .due = {0, 45, 0},
        .late = {0, 60, 0},
        .match = record_fixture_facial,
        .match_count = 2},
    {.service = "laser_ipl",
        .series_end = true,
        .due = {2, 0, 0},
        .late = {0, 90, 0},
        .match = record_fixture_laser,
        .match_count = 2},
    {.service = "membership", .member = true, .due = {0, 35, 0}},
};

static inline void record_fixture_found(void *context, const struct record_finding *finding)
{
    struct record_fixture *t = context;
    if (finding->code == RECORD_DUPLICATE_PERSON)
        t->duplicates++;
    else
        t->shared++;
}

static inline void record_fixture_open(struct record_fixture *t, bool postgres)
{
    struct why why = {0};
    memset(t, 0, sizeof *t);
    db_fixture_open(&t->store, postgres);
    db_fixture_migrate(&t->store);
    must(env_os_open(&t->store.boot, &t->env, &why), &why);
    zones_init(&t->zones, &t->store.boot, env_zone_load, &t->env.file);
    t->practice.practice_id = 1;
    t->practice.name = "Lumen";
    t->practice.zone_name = "America/Chicago";
    must(zones_find(&t->zones, t->practice.zone_name, &t->practice.zone, &why), &why);
    t->clocks = (struct service_clocks){
        record_fixture_clocks, sizeof record_fixture_clocks / sizeof record_fixture_clocks[0]};
    t->now_ms = DB_FIXTURE_NOW.ms;
}

static inline void record_fixture_close(struct record_fixture *t)
{
    db_rollback(&t->tx);
    env_os_close(&t->env);
    db_fixture_close(&t->store);
}

static inline void record_fixture_begin(struct record_fixture *t)
{
    struct why why = {0};
    if (t->tx.open)
        return;
    must(db_begin(
             t->store.db, (struct instant){t->now_ms}, "import", 1, &t->store.ids, &t->tx, &why),
        &why);
    const struct record_options options = {.practice = &t->practice,
        .clocks = &t->clocks,
        .address_key = t->store.key,
        .found = record_fixture_found,
        .context = t};
    must(record_open(&t->store.boot, &options, &t->tx, &t->load, &why), &why);
    t->duplicates = t->shared = t->row = 0;
    t->now_ms += MS_PER_HOUR;
}

static inline void record_fixture_put(
    struct record_fixture *t, enum record_kind kind, const char *id, va_list list)
{
    struct why why = {0};
    struct record_row row = {.row = ++t->row};
    row.values[FIELD_ID] = id;
    if (kind == RECORD_PATIENT)
        row.values[FIELD_PATIENT_ID] = id;
    for (int field = va_arg(list, int); field != FIELD_MAX; field = va_arg(list, int))
        row.values[field] = va_arg(list, const char *);
    record_fixture_begin(t);
    must(record_put(t->load, kind, t->file, "export.csv", NULL, &row, 1, &t->change, &why), &why);
}

/* Pairs of field and text, ended by FIELD_MAX. */
static inline void record_fixture_patient(struct record_fixture *t, const char *id, ...)
{
    va_list list;
    va_start(list, id);
    record_fixture_put(t, RECORD_PATIENT, id, list);
    va_end(list);
}

static inline void record_fixture_row(
    struct record_fixture *t, enum record_kind kind, const char *id, ...)
{
    va_list list;
    va_start(list, id);
    record_fixture_put(t, kind, id, list);
    va_end(list);
}

/* A visit at noon, local time. */
static inline void record_fixture_visit(struct record_fixture *t, const char *id,
    const char *patient, const char *day, const char *service, const char *status)
{
    struct day n;
    assert_int_equal(day_parse(day, &n, NULL), ERR_NONE);
    char start[32];
    snprintf(start, sizeof start, "%lld", (long long)zone_at(t->practice.zone, n, 12 * 60).ms);
    record_fixture_row(t, RECORD_APPOINTMENT, id, FIELD_PATIENT_ID, patient, FIELD_START, start,
        FIELD_SERVICE, service, FIELD_STATUS, status, FIELD_TOTAL, "20000", FIELD_MAX);
}

static inline void record_fixture_settle(struct record_fixture *t)
{
    struct why why = {0};
    must(record_settle(t->load, &why), &why);
    must(record_close(t->load, &why), &why);
    must(db_commit(&t->tx, &why), &why);
}

/* One number out of the store; -1: there is no row. */
static inline int64_t record_fixture_int(struct record_fixture *t, const char *text)
{
    return db_fixture_int(&t->store, text);
}

#endif
