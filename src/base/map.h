/* map.h: text -> pointer, in the order of insertion, in an arena.
 * For hundreds to a few hundred thousand keys. */
#ifndef PERENNIAL_BASE_MAP_H
#define PERENNIAL_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct map_entry {
    const char *key; /* copied into the arena */
    void *value;
};

struct map {
    struct arena *arena;
    struct map_entry *entries; /* in the order they were first put */
    size_t count, capacity;
    uint32_t *slots;
    size_t slot_count;
};

void map_init(struct map *map, struct arena *arena);
void *map_get(const struct map *map, const char *key); /* NULL when absent */
/* True when the key is new; else its value is replaced. */
bool map_put(struct map *map, const char *key, void *value);

#endif
