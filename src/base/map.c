#include "base/map.h"

#include <assert.h>
#include <string.h>

/* Slots hold an entry's index + 1, so that zeroed memory is an empty table; at most half are taken.
 */
enum { SLOTS_MIN = 16 };

/* FNV-1a, its high bits folded down because slots are picked by the low ones. */
static uint64_t hash_of(const char *key)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const unsigned char *at = (const unsigned char *)key; *at; at++)
        hash = (hash ^ *at) * UINT64_C(1099511628211);
    return hash ^ (hash >> 32);
}

/* The slot that holds `key`, or the empty one where it belongs. */
static size_t slot_of(const struct map *map, const char *key)
{
    size_t mask = map->slot_count - 1;
    size_t slot = hash_of(key) & mask;
    while (map->slots[slot] && strcmp(map->entries[map->slots[slot] - 1].key, key) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

static void grow(struct map *map)
{
    size_t capacity = map->capacity ? map->capacity * 2 : SLOTS_MIN / 2;
    assert(capacity < UINT32_MAX / 2);
    map->entries = arena_grow(map->arena, map->entries, map->capacity * sizeof *map->entries,
        capacity * sizeof *map->entries);
    map->capacity = capacity;
    map->slot_count = capacity * 2;
    map->slots = ARENA_NEW(map->arena, uint32_t, map->slot_count);
    for (size_t i = 0; i < map->count; i++)
        map->slots[slot_of(map, map->entries[i].key)] = (uint32_t)i + 1;
}

void map_init(struct map *map, struct arena *arena)
{
    *map = (struct map){.arena = arena};
}

void *map_get(const struct map *map, const char *key)
{
    if (!map->slot_count)
        return NULL;
    uint32_t slot = map->slots[slot_of(map, key)];
    return slot ? map->entries[slot - 1].value : NULL;
}

bool map_put(struct map *map, const char *key, void *value)
{
    if (map->count == map->capacity)
        grow(map);
    size_t slot = slot_of(map, key);
    if (map->slots[slot]) {
        map->entries[map->slots[slot] - 1].value = value;
        return false;
    }
    map->entries[map->count] =
        (struct map_entry){.key = arena_text(map->arena, key), .value = value};
    map->slots[slot] = (uint32_t)++map->count;
    return true;
}
