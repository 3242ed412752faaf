/* playbook_int.h: what the files of this room share: the keys of the format, and a reader that goes
 * on after an error, so that `check` tells everything that is wrong at once.
 *
 * A reader_* function that meets something wrong notes a finding and gives the default; what was
 * read is used only when reader.errors is 0 at the end. */
#ifndef PERENNIAL_PLAYBOOK_PLAYBOOK_INT_H
#define PERENNIAL_PLAYBOOK_PLAYBOOK_INT_H

#include "base/buf.h"
#include "playbook/playbook.h"

/* The maps of the format. */
enum block {
    BLOCK_TOP,
    BLOCK_ENTRY,
    BLOCK_BACKLOG,
    BLOCK_RE_ENTER,
    BLOCK_PILOT,
    BLOCK_MEASURE,
    BLOCK_GOAL,
    BLOCK_TOUCH,
    BLOCK_LINK,
    BLOCK_EXPECT,
    BLOCK_VARIANT,
    BLOCK_OUTCOME,
    BLOCK_AFTER,
    BLOCK_HOLD,
    BLOCK_RESUME,
    BLOCK_EXIT,
    BLOCK_LIMITS,
    BLOCK_TOUCHES_PER_30D,
    BLOCK_MAX
};

struct block_key {
    const char *name;
    bool required;
    bool later; /* of the format, but this version cannot carry it out: refused */
};
/* Keys in the order in which docs/playbooks.md tells them. */
const struct block_key *block_keys(enum block block, size_t *ret_count);
const char *block_name(enum block block); /* "entry", "touch": as the JSON Schema names it */

enum { FINDINGS_MAX = 200 }; /* nobody reads more; bounds a hostile file */

struct reader {
    struct arena *arena;
    const struct playbook_home *home;
    const struct playbook_file *file;
    struct playbook *playbook;
    const char **touch_ids;
    size_t touch_id_count;
    const char **peers; /* names of the home's playbooks; NULL: any name is right */
    size_t peer_count;
    struct playbook_finding *findings;
    size_t count, errors;
    struct buf *used; /* canonical text of what `use:` brought in */
};

/* `hint` may be NULL. */
void reader_error(struct reader *reader, const char *rule, const struct yaml *node,
    const char *hint, const char *format, ...) PRINTF_LIKE(5, 6);
void reader_warn(struct reader *reader, const char *rule, const struct yaml *node, const char *hint,
    const char *format, ...) PRINTF_LIKE(5, 6);
/* Another room's error, with its own place. */
void reader_why(struct reader *reader, const char *rule, const struct why *why);

/* False and a finding when it is no map, or NULL. Unknown, missing and later keys are findings. */
bool reader_block(struct reader *reader, const struct yaml *node, enum block block);
const char *reader_text(struct reader *reader, const struct yaml *map, const char *key);
/* A lower-case name: letters, digits, '-' and '_', beginning with a letter. */
const char *reader_name(struct reader *reader, const struct yaml *map, const char *key);
int reader_int(struct reader *reader, const struct yaml *map, const char *key, int min, int max,
    int otherwise);
bool reader_bool(struct reader *reader, const struct yaml *map, const char *key, bool otherwise);
struct span reader_span(struct reader *reader, const struct yaml *map, const char *key);
/* A span that is no longer than `max_days`, as a wait. */
int64_t reader_wait_ms(
    struct reader *reader, const struct yaml *node, const char *text, int max_days);
double reader_percent(
    struct reader *reader, const struct yaml *map, const char *key, double max, double otherwise);
/* A sequence of names, or one name. */
const char *const *reader_names(
    struct reader *reader, const struct yaml *map, const char *key, size_t *ret_count);
const struct audience_expr *reader_expression(
    struct reader *reader, const struct yaml *map, const char *key, enum expression_scope scope);
/* The index of the scalar's text among `names`, or `otherwise` when absent or (a finding) unknown.
 * */
int reader_choice(struct reader *reader, const struct yaml *map, const char *key,
    const char *const *names, size_t count, int otherwise);

/* Blank-separated words, at most `max`; more give `max` + 1. */
size_t words_split(struct arena *arena, const char *text, const char **words, size_t max);
bool name_valid(const char *text);
struct playbook_place place_of(const struct yaml *node);

/* playbook_touch.c, playbook_rules.c: the larger blocks. */
void read_touches(struct reader *reader, const struct yaml *node);
void read_holds(struct reader *reader, const struct yaml *node);
void read_exits(struct reader *reader, const struct yaml *node);
/* The role that does a kind of task when nothing is said. */
/* `to`; without it, by the kind of task. NULL: neither is said. */
const char *reader_role(struct reader *reader, const struct yaml *map, const char *task);
bool role_takes_tasks(const char *role, const char **ret_nearest);

/* playbook_lint.c: what can be said only of the whole. */
void lint_playbook(struct reader *reader);

/* playbook.c: parses into reader->playbook; errors are in the reader. False: no playbook at all. */
bool reader_run(struct reader *reader);
void reader_init(struct reader *reader, struct arena *arena, const struct playbook_home *home,
    const struct playbook_file *file);
/* The names that the home's files give themselves. */
void reader_peers(struct reader *reader);
/* The name in the file's own text; NULL when it cannot be read at all. */
const char *playbook_file_calls_itself(struct arena *arena, const struct playbook_file *file);

/* playbook_version.c */
enum err version_of(struct arena *arena, const struct playbook_home *home,
    const struct playbook *playbook, const char *used, const char **ret_version,
    struct why *reterr_why);
/* The templates that a playbook names, each once. */
const char *const *template_names(
    struct arena *arena, const struct playbook *playbook, size_t *ret_count);

#endif
