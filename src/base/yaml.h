/* yaml.h: the strict YAML that people write for Perennial, as a tree with places.
 *
 * The subset: maps, sequences and scalars of YAML 1.2, block or flow; every scalar is text until a
 * schema gives it a type (`no` stays "no", `21:00` stays "21:00"). Refused, with line and column:
 * duplicate keys, anchors, aliases, tags, merge keys, non-scalar keys, tabs as indentation, more
 * than one document, more than YAML_NODES_MAX nodes, deeper than 64. Over libfyaml.
 *
 * Ownership: the tree and all its text live in the arena. Calling sequence: yaml_parse -> yaml_get,
 * yaml_at* -> (typed readers report the node's own place). */
#ifndef PERENNIAL_BASE_YAML_H
#define PERENNIAL_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"

enum { YAML_NODES_MAX = 100000, YAML_BYTES_MAX = 4 << 20 };

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_SEQUENCE };

struct yaml {
    enum yaml_kind kind;
    const char *file; /* as given to yaml_parse */
    int line, column; /* 1-based, of the value */
    const char *key;  /* of this node in its map, or NULL */
    int key_line, key_column;
    const char *scalar; /* YAML_SCALAR: its text, "" for null */
    bool quoted;        /* YAML_SCALAR: was written in quotes */
    struct yaml *first; /* children in order: values of a map, elements of a sequence */
    struct yaml *next;
    size_t count;
};

enum err yaml_parse(struct arena *arena, const char *file, const char *text, size_t len,
    struct yaml **ret_root, struct why *reterr_why);

/* NULL when absent, or when it is no map. */
const struct yaml *yaml_get(const struct yaml *map, const char *key);
const struct yaml *yaml_at(const struct yaml *sequence, size_t index);

/* "file:line:column" of the value goes into why->place; returns ERR_INPUT. */
enum err yaml_error(const struct yaml *node, struct why *reterr_why, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* ERR_INPUT naming the first key of `map` that is not in `names`, with the nearest of them. */
enum err yaml_only(
    const struct yaml *map, const char *const *names, size_t count, struct why *reterr_why);

/* Typed readers of a scalar that is there: "12", "true", "9mo", "21:30", "10%". Each fails with the
 * node's place and what was expected. */
enum err yaml_int(
    const struct yaml *node, int64_t min, int64_t max, int64_t *ret_value, struct why *reterr_why);
enum err yaml_bool(const struct yaml *node, bool *ret_value, struct why *reterr_why);
enum err yaml_span(const struct yaml *node, struct span *ret_span, struct why *reterr_why);
enum err yaml_minute_of_day(const struct yaml *node, int *ret_minute, struct why *reterr_why);
enum err yaml_percent(const struct yaml *node, double *ret_percent, struct why *reterr_why);

/* Canonical JSON of the tree (keys sorted, no blanks): what a content hash is taken of. */
char *yaml_canonical(struct arena *arena, const struct yaml *root);

#endif
