/* source_int.h: one import on its way from bytes to records. Private to source.
 *
 * A file is read three times, each time from the first byte to the last: look (what it is made of:
 * encoding, digest), survey (which export it is, how its dates and amounts are written, whether it
 * is whole) and load (rows into records). Only load writes. */
#ifndef PERENNIAL_SOURCE_SOURCE_INT_H
#define PERENNIAL_SOURCE_SOURCE_INT_H

#include "base/map.h"
#include "source/date.h"
#include "source/encoding.h"
#include "source/kind.h"
#include "source/money.h"
#include "source/source.h"

enum {
    HEADER_ROWS_MAX = 30, /* title rows above the header that are looked through */
    ALTERNATIVES_MAX = 4, /* headings that can fill one column; the first that is not blank does */
    ADULT_YEARS = 18,
    AGE_YEARS_MAX = 120,                     /* older is a placeholder birth date */
    SURVEY_READS = 2,                        /* look and survey; a third time to load */
    COMPLETES_AFTER_MS = 24 * 60 * 60 * 1000 /* so that a late no-show mark can arrive first */
};

/* ---- the mapping file ---- */

struct map_value {
    enum record_field field;
    const char *key;  /* text_key of their value */
    const char *word; /* ours */
    struct map_value *next;
};

struct map_column {
    int column;
    const char *name; /* ours, as written */
    const char *key;  /* text_key of their heading */
    const struct yaml *node;
    bool used;
    struct map_column *next;
};

struct mapping {
    const char *kind; /* NULL: not told */
    enum date_order order;
    const struct zone *zone; /* NULL: the practice's */
    bool encoding_told;
    enum encoding encoding;
    char delimiter; /* 0: found out */
    struct map_column *columns;
    struct map_value *values;
    struct map_value *defaults; /* key unused: what a field is where the file does not say */
};
enum err mapping_read(struct arena *request, const struct yaml *root, struct zones *zones,
    struct mapping *ret_mapping, struct why *reterr_why) WARN_UNUSED;
/* The column that this heading is said to be, or -1. `kind` tells what an id means. */
int mapping_column(struct mapping *mapping, const struct kind *kind, const char *key);
/* What the field is when its cell is blank or there is no column of it, or NULL. */
const char *mapping_default(const struct mapping *mapping, enum record_field field);
const char *mapping_value(const struct mapping *mapping, enum record_field field, const char *key);
/* ERR_INPUT when a heading of the file was in none of the exports. */
enum err mapping_judge(const struct mapping *mapping, struct why *reterr_why) WARN_UNUSED;

/* saved.c: the options' saved mappings, read. */
struct source_import;
struct file_plan;
enum err saved_read(struct source_import *import, struct why *reterr_why) WARN_UNUSED;
/* What a row of cells is when it is compared with saved headings: keys without blanks, sorted. */
size_t saved_shape(const char **keys, size_t count);
/* The one whose headings these are, or NULL. */
struct saved_mapping *saved_find(
    const struct source_import *import, const char *const *shape, size_t count);

/* ---- a file ---- */

struct heading {
    const char *text, *key;
    int column; /* COLUMN_MAX: not understood */
    int rank;
    struct date_tally dates;
    struct money_tally amounts;
    enum date_order order; /* as decided */
};

struct file_plan {
    const char *path;
    struct source_file_report *report;
    int64_t number, bytes;
    enum encoding encoding;
    size_t bom;
    char delimiter;
    bool torn; /* the bytes end inside a character */
    const struct kind *kind;
    int64_t header_row;
    struct heading *headings;
    size_t heading_count;
    int cells[COLUMN_MAX][ALTERNATIVES_MAX]; /* places of headings, -1 */
    bool covered[FIELD_MAX];                 /* the file speaks of these fields */
    int64_t short_rows;                      /* with fewer cells than the header has */
    int64_t past_open, past_completed;       /* visits that are over: as the file leaves them */
    bool refused;
    struct mapping *mapping; /* the import's, or a saved one that fits the headings */
    const struct zone *zone;
};

/* A mapping that was saved for a shape of headings. */
struct saved_mapping {
    const char *name;
    struct mapping mapping;
    const char **keys; /* sorted */
    size_t key_count;
};

struct source_import {
    struct arena *request;
    struct source_options options;
    struct instant now;
    struct day today;
    struct mapping mapping;
    struct saved_mapping *saved;
    struct file_plan *files;
    struct source_report report;
    struct record_load *load;
    bool settled;        /* all is in: findings are reported */
    struct map messages; /* texts of issues: few, however many rows have them */
    int64_t done_bytes, all_bytes;
};

/* The file's bytes in order; counts them for the bar. */
struct file_reader {
    struct source_import *import;
    const char *path;
    enum source_step step;
    int64_t offset, bytes;
};
enum err file_pull(
    void *file_reader, char *bytes, size_t bytes_max, size_t *ret_len, struct why *reterr_why);

enum err look_file(
    struct source_import *import, struct file_plan *plan, struct why *reterr_why) WARN_UNUSED;
enum err survey_file(
    struct source_import *import, struct file_plan *plan, struct why *reterr_why) WARN_UNUSED;
/* Its rows name their patients instead of giving ids. */
bool plan_names_patients(const struct file_plan *plan);
enum err load_file(struct source_import *import, struct file_plan *plan, struct tx *tx,
    struct why *reterr_why) WARN_UNUSED;

/* Keeps `column`, which is a heading of the file or ""; takes its own copy of `message`. */
void issue_add(struct source_import *import, struct source_issues *issues, int64_t row,
    const char *column, enum source_code code, const char *message);

/* ---- a row ---- */

struct row_maker {
    struct source_import *import;
    struct file_plan *plan;
    struct arena *arena; /* of the batch: what values point to */
    const struct csv_record *record;
    struct record_row row;
    bool rejected;
    bool quiet; /* no warnings: another column may say it better */
};
/* Before all others: it is about the whole file. */
void issue_first(struct source_import *import, struct source_issues *issues, int64_t row,
    const char *column, enum source_code code, const char *message);
/* Fills maker->row from the record. False: the row was rejected, with an issue. */
bool row_make(struct row_maker *maker, const struct csv_record *record);
void row_warn(struct row_maker *maker, int column, enum source_code code, const char *message);
void row_reject(struct row_maker *maker, int column, enum source_code code, const char *message);
/* The cell of a column, trimmed and fit to be read; NULL when blank or refused (with a warning). */
const char *cell_take(struct row_maker *maker, int column, bool text);
/* One field each by its type, out of the column of the same number. */
void cell_fill(struct row_maker *maker, enum record_field field);
bool cell_date(
    struct row_maker *maker, int column, struct date_parts *ret_parts, enum date_order *ret_order);
void cell_phone(struct row_maker *maker, int column, enum record_field field, bool textable);
/* The heading's text of a column as this file has it. */
const char *column_heading(const struct file_plan *plan, int column);
bool has_column(const struct file_plan *plan, int column);

#endif
