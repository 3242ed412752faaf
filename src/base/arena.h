/* arena.h: memory by lifetime.
 *
 * Three lives (docs/architecture.md): boot (settings, playbooks), tick (one engine step), request
 * (one HTTP call or one command). A function that returns memory takes the arena first, and the
 * parameter is named by its life.
 *
 * Invariants
 *  (1) arena_alloc never returns NULL and always returns zeroed, 16-byte aligned memory: when the
 *      machine has none left, or the arena's `bytes_max` is passed, the process says so and ends.
 *  (2) Nothing in an arena is freed alone; arena_reset frees all and keeps one block.
 *
 * Calling sequence: arena_init -> arena_alloc* -> (arena_reset -> arena_alloc*)* -> arena_release.
 * malloc and friends are banned in every other file of the project (tools/tidy). */
#ifndef PERENNIAL_BASE_ARENA_H
#define PERENNIAL_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/err.h"

struct arena_block;

struct arena {
    struct arena_block *head;
    size_t bytes;     /* handed out since the last reset */
    size_t bytes_max; /* 0: no bound but the machine's */
};

/* A place in an arena to go back to: everything handed out after it is freed by arena_rewind. */
struct arena_mark {
    struct arena_block *block;
    size_t used, bytes;
};

void arena_init(struct arena *arena, size_t bytes_max);
void arena_reset(struct arena *arena);
void arena_release(struct arena *arena); /* also the cleanup for `ARENA` */
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

void *arena_alloc(struct arena *arena, size_t bytes);
/* Grows the newest allocation in place where possible, else copies. old_bytes may be 0. */
void *arena_grow(struct arena *arena, void *old, size_t old_bytes, size_t new_bytes);
char *arena_text(struct arena *arena, const char *text); /* NULL stays NULL */
char *arena_text_n(struct arena *arena, const char *text, size_t len);
char *arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
char *arena_vformat(struct arena *arena, const char *format, va_list args) PRINTF_LIKE(2, 0);

#define ARENA_NEW(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))

/* A scope-bound arena: `ARENA struct arena scratch; arena_init(&scratch, 0);` */
#define ARENA __attribute__((cleanup(arena_release)))

#endif
