/* source_fixture.h: exports as texts, taken into a store, for tests of imports.
 *
 *   struct source_fixture t;
 *   source_fixture_open(&t, postgres);
 *   source_fixture_text(&t, "patients.csv", "Patient ID,First Name\nP1,Ann\n");
 *   source_fixture_import(&t);      // all texts since the last import: check, load, commit
 *   ... t.report ...
 *   source_fixture_close(&t);
 *
 * Include after unit.h. */
#ifndef PERENNIAL_TEST_SOURCE_FIXTURE_H
#define PERENNIAL_TEST_SOURCE_FIXTURE_H

#include "record_fixture.h"
#include "source/source.h"

enum { SOURCE_FIXTURE_FILES_MAX = 8 };

struct source_fixture {
    struct record_fixture records;
    struct env_file file; /* reads the texts below */
    const char *names[SOURCE_FIXTURE_FILES_MAX];
    const char *bytes[SOURCE_FIXTURE_FILES_MAX];
    size_t lens[SOURCE_FIXTURE_FILES_MAX];
    size_t count;
    const char *as_kind, *map;
    bool dry;
    source_progress_fn *progress; /* called with the fixture */
    struct source_import *import;
    const struct source_report *report;
    struct why why;
};

static inline enum err source_fixture_read_at(void *self, const char *path, int64_t offset,
    char *bytes, size_t bytes_max, size_t *ret_len, struct why *reterr_why)
{
    struct source_fixture *t = self;
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->names[i], path) != 0)
            continue;
        size_t left = (size_t)offset < t->lens[i] ? t->lens[i] - (size_t)offset : 0;
        size_t len = left < bytes_max ? left : bytes_max;
        memcpy(bytes, t->bytes[i] + offset, len);
        *ret_len = len;
        return ERR_NONE;
    }
    return why_set(reterr_why, ERR_IO, "there is no file %s", path);
}

static inline enum err source_fixture_size(
    void *self, const char *path, int64_t *ret_bytes, struct why *reterr_why)
{
    struct source_fixture *t = self;
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->names[i], path) == 0) {
            *ret_bytes = (int64_t)t->lens[i];
            return ERR_NONE;
        }
    }
    return why_set(reterr_why, ERR_IO, "there is no file %s", path);
}

static inline void source_fixture_open(struct source_fixture *t, bool postgres)
{
    memset(t, 0, sizeof *t);
    record_fixture_open(&t->records, postgres);
    t->file = (struct env_file){
        .self = t, .read_at = source_fixture_read_at, .size = source_fixture_size};
}

static inline void source_fixture_close(struct source_fixture *t)
{
    record_fixture_close(&t->records);
}

static inline void source_fixture_bytes(
    struct source_fixture *t, const char *name, const char *bytes, size_t len)
{
    assert_true(t->count < SOURCE_FIXTURE_FILES_MAX);
    t->names[t->count] = name;
    t->bytes[t->count] = bytes;
    t->lens[t->count++] = len;
}

static inline void source_fixture_text(struct source_fixture *t, const char *name, const char *text)
{
    source_fixture_bytes(t, name, text, strlen(text));
}

/* ERR_NONE, or why the files were refused (then nothing was written). */
static inline enum err source_fixture_import(struct source_fixture *t)
{
    struct arena *arena = &t->records.store.boot;
    struct yaml *map = NULL;
    struct record_fixture *records = &t->records;
    t->why = (struct why){0};
    if (t->map)
        must(yaml_parse(arena, "map.yaml", t->map, strlen(t->map), &map, &t->why), &t->why);
    const struct source_options options = {.file = &t->file,
        .paths = t->names,
        .path_count = t->count,
        .as_kind = t->as_kind,
        .map = map,
        .practice = &records->practice,
        .clocks = &records->clocks,
        .zones = &records->zones,
        .address_key = records->store.key,
        .progress = t->progress,
        .progress_context = t};
    const struct instant now = {records->now_ms};
    enum err err = source_check(arena, &options, now, &t->import, &t->why);
    t->report = source_report(t->import);
    if (err == ERR_NONE) {
        must(db_begin(
                 records->store.db, now, "import", 1, &records->store.ids, &records->tx, &t->why),
            &t->why);
        must(source_load(t->import, &records->tx, &t->why), &t->why);
        must(source_close(t->import, &t->why), &t->why);
        if (t->dry)
            db_rollback(&records->tx);
        else
            must(db_commit(&records->tx, &t->why), &t->why);
    }
    records->now_ms += MS_PER_HOUR;
    t->count = 0;
    return err;
}

/* How many issues of that code the file's list has; with `row` > 0, on that row alone. */
static inline size_t source_fixture_issues(
    const struct source_issues *issues, enum source_code code, int64_t row)
{
    size_t count = 0;
    for (size_t i = 0; i < issues->count; i++)
        count += issues->list[i].code == code && (row == 0 || issues->list[i].row == row);
    return count;
}

#endif
