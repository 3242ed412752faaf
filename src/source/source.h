/* source.h: a practice's exports become records, with a report of what was refused.   (actor)
 *
 * Flow: files -> source -> record. Decides nothing about who is contacted.
 *
 * Invariants
 *  (1) Every file is read to its end and understood (kind, encoding, delimiter, order of dates)
 *      before a single row is written: a truncated or wrong file changes nothing.
 *  (2) A column's dates have one order, decided from all its values or told by the practice; a
 *      column that leaves it open is asked for, never guessed.
 *  (3) Every refusal names row, column, code and remedy. A row is rejected only when nothing useful
 *      can be kept; else the bad field is dropped with a warning.
 *  (4) Memory does not grow with the file, but for 16 bytes a row (ids seen) and the listed issues.
 *  (5) The same files again change nothing: no record, no audit row.
 *
 * Calling sequence: source_check -> db_begin -> source_load -> (engine reacts) -> source_close ->
 * db_commit, or db_rollback for a dry run; then source_report. Memory: the request arena. */
#ifndef PERENNIAL_SOURCE_SOURCE_H
#define PERENNIAL_SOURCE_SOURCE_H

#include "base/json.h"
#include "base/yaml.h"
#include "env/env.h"
#include "record/record.h"

enum { SOURCE_ISSUES_MAX = 100000 }; /* listed per file; beyond, they are only counted */

enum source_code {
    SOURCE_NO_ID,
    SOURCE_NO_NAME,
    SOURCE_BAD_PHONE,
    SOURCE_LANDLINE,
    SOURCE_BAD_EMAIL,
    SOURCE_BAD_DATE,
    SOURCE_AMBIGUOUS_DATE,
    SOURCE_BAD_MONEY,
    SOURCE_BAD_STATUS,
    SOURCE_DUPLICATE_ID,
    SOURCE_DUPLICATE_PERSON,
    SOURCE_SHARED_PHONE,
    SOURCE_UNKNOWN_PATIENT,
    SOURCE_UNKNOWN_COLUMN,
    SOURCE_MINOR,
    SOURCE_DECEASED,
    SOURCE_DO_NOT_CONTACT,
    SOURCE_FORMULA,
    SOURCE_TRUNCATED,
    SOURCE_BAD_ENCODING,
    SOURCE_NUL_BYTE,
    SOURCE_EMPTY_ROW,
    SOURCE_TOO_LONG,
    SOURCE_ERASED,
    SOURCE_CODE_MAX
};
const char *source_code_name(enum source_code code); /* "no_id" ... */

struct source_issue {
    int64_t row;        /* the header is row 1 */
    const char *column; /* heading as the file has it; "" for the whole row */
    enum source_code code;
    const char *message; /* what is wrong and the remedy; never the value */
};

struct source_issues {
    struct source_issue *list;
    size_t count, capacity;
    int64_t total; /* also those beyond SOURCE_ISSUES_MAX */
};

struct source_file_report {
    const char *file;     /* name without folder */
    const char *kind;     /* "jane.patients"; NULL when nobody could tell */
    const char *encoding; /* "utf-8", "utf-16le", "utf-16be", "windows-1252" */
    char delimiter;
    const char *sha256;
    int64_t rows_read, accepted, created, updated, unchanged;
    struct source_issues rejected, warnings;
    const char *mapping; /* the saved mapping that was found for it; NULL: none */
    const char *refused; /* why the whole file was refused; NULL: it was not */
    const char *remedy;
};

struct source_report {
    struct source_file_report *files; /* in the order given */
    size_t file_count;
    int64_t patients, appointments, rejected, warnings; /* totals */
};

/* How far a step is: bytes of all files while they are read and while their rows are taken in, then
 * patients. `file` is "" where it is about all of them. */
enum source_step { SOURCE_READING, SOURCE_TAKING, SOURCE_SETTLING };
const char *source_step_name(enum source_step step); /* "reading", "taking", "settling" */
typedef void source_progress_fn(
    void *context, const char *file, enum source_step step, int64_t done, int64_t all);

/* A mapping that somebody chose for exports with these headings. */
struct source_saved {
    const char *name;
    const struct yaml *map; /* a mapping file with `headings` */
};
enum { SOURCE_SAVED_MAX = 200 };
/* Those of a home's folder `mappings`, by name; none where there is no folder. ERR_INPUT. */
enum err source_read_saved(struct arena *arena, const struct env_file *file, const char *folder,
    const struct source_saved **ret_saved, size_t *ret_count, struct why *reterr_why) WARN_UNUSED;
/* Whether `text` is a mapping. ERR_INPUT with its place. */
enum err source_check_mapping(struct arena *request, const char *name, const char *text,
    struct zones *zones, struct yaml **ret_map, struct why *reterr_why) WARN_UNUSED;

struct source_options {
    const struct env_file *file;
    const char *const *paths;
    size_t path_count;
    const char *as_kind;    /* --as; NULL: found from the headings */
    const struct yaml *map; /* --map: docs/import.md; NULL: none, then saved ones that fit */
    const struct source_saved *saved;
    size_t saved_count;
    const struct practice *practice;
    const struct service_clocks *clocks;
    struct zones *zones;
    const unsigned char *address_key; /* 32 bytes */
    source_progress_fn *progress;     /* may be NULL */
    void *progress_context;
};

struct source_import;

/* Reads every file to its end and writes nothing. ERR_INPUT: a file is refused, the first one's
 * reason is in `why`; *ret_import is set all the same and its report tells of every file. */
enum err source_check(struct arena *request, const struct source_options *options,
    struct instant now, struct source_import **ret_import, struct why *reterr_why) WARN_UNUSED;
/* Patients first, whatever the order of the arguments. ERR_CONFLICT: a file changed since the
 * check. */
enum err source_load(
    struct source_import *import, struct tx *tx, struct why *reterr_why) WARN_UNUSED;
/* Clears the work lists; after it record_read_touched finds nobody. */
enum err source_close(struct source_import *import, struct why *reterr_why) WARN_UNUSED;

/* After a load: ERR_INPUT names the first file of which every row was rejected, and the remedy;
 * what the other files held is taken in all the same. Rows of erased persons are rightly rejected.
 */
enum err source_judge(
    struct arena *arena, const struct source_report *report, struct why *reterr_why) WARN_UNUSED;

const struct source_report *source_report(const struct source_import *import);
/* What a file's columns were taken for, in their order: [{"field","heading"}]; a new reference. */
json_t *source_mapping_json(const struct source_import *import, size_t file);
/* Its headings as they stand, [] where none were found; a new reference. */
json_t *source_headings_json(const struct source_import *import, size_t file);
json_t *source_report_json(const struct source_report *report); /* a new reference */
/* For people: a line per file, then the first `issues_max` issues. */
char *source_report_text(
    struct arena *arena, const struct source_report *report, size_t issues_max);

/* Names of every kind for --as and its help, NULL at the end. */
const char *const *source_kinds(void);

#endif
