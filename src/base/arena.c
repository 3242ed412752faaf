#include "base/arena.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif

/* Under the address sanitizer what is not handed out is poisoned, and a red zone lies behind every
 * allocation: a write past its end is found as if it had come from malloc. */
#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
enum { RED_ZONE_BYTES = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(start, bytes) ((void)(start), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(start, bytes) ((void)(start), (void)(bytes))
enum { RED_ZONE_BYTES = 0 };
#endif

enum {
    ALIGN_BYTES = 16,
    /* Small enough that a request that needs little takes little, doubled up to a size at which
     * one more block no longer matters. */
    BLOCK_BYTES_MIN = 16 << 10,
    BLOCK_BYTES_MAX = 1 << 20
};

struct arena_block {
    struct arena_block *older;
    size_t capacity, used;
    _Alignas(ALIGN_BYTES) char bytes[];
};

static size_t round_up(size_t bytes)
{
    return (bytes + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1);
}

__attribute__((noreturn)) static void out_of_memory(const char *what, size_t bytes)
{
    (void)fprintf(stderr, "perennial: %s (%zu bytes more were asked for). Ending.\n", what, bytes);
    abort();
}

static void block_free(struct arena_block *block)
{
    ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->capacity);
    free(block);
}

static void block_rewind(struct arena_block *block, size_t used)
{
    assert(used <= block->used);
    block->used = used;
    ASAN_POISON_MEMORY_REGION(block->bytes + used, block->capacity - used);
}

static struct arena_block *block_push(struct arena *arena, size_t bytes)
{
    size_t capacity = arena->head ? arena->head->capacity * 2 : BLOCK_BYTES_MIN;
    if (capacity > BLOCK_BYTES_MAX)
        capacity = BLOCK_BYTES_MAX;
    if (capacity < bytes)
        capacity = bytes;
    struct arena_block *block = malloc(sizeof *block + capacity);
    if (!block)
        out_of_memory("the machine has no memory left", bytes);
    *block = (struct arena_block){.older = arena->head, .capacity = capacity};
    ASAN_POISON_MEMORY_REGION(block->bytes, capacity);
    arena->head = block;
    return block;
}

void arena_init(struct arena *arena, size_t bytes_max)
{
    *arena = (struct arena){.bytes_max = bytes_max};
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = NULL;
    for (struct arena_block *block = arena->head; block;) {
        struct arena_block *older = block->older;
        if (!kept && block->capacity <= BLOCK_BYTES_MAX)
            kept = block;
        else
            block_free(block);
        block = older;
    }
    if (kept) {
        kept->older = NULL;
        block_rewind(kept, 0);
    }
    arena->head = kept;
    arena->bytes = 0;
}

void arena_release(struct arena *arena)
{
    while (arena->head) {
        struct arena_block *block = arena->head;
        arena->head = block->older;
        block_free(block);
    }
    arena->bytes = 0;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    const struct arena_block *block = arena->head;
    return (struct arena_mark){
        .block = arena->head, .used = block ? block->used : 0, .bytes = arena->bytes};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    if (!mark.block) {
        arena_reset(arena);
        return;
    }
    while (arena->head != mark.block) {
        struct arena_block *block = arena->head;
        assert(block); /* the mark is of this arena, and no reset came between */
        arena->head = block->older;
        block_free(block);
    }
    block_rewind(arena->head, mark.used);
    arena->bytes = mark.bytes;
}

static void arena_count(struct arena *arena, size_t bytes)
{
    arena->bytes += bytes;
    if (arena->bytes_max && arena->bytes > arena->bytes_max)
        out_of_memory("a step needs more memory than it may have", bytes);
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX / 4)
        out_of_memory("a size is impossible", bytes);
    size_t taken = round_up(bytes ? bytes : 1) + RED_ZONE_BYTES;
    arena_count(arena, taken);
    struct arena_block *block = arena->head;
    if (!block || block->capacity - block->used < taken)
        block = block_push(arena, taken);
    char *start = block->bytes + block->used;
    block->used += taken;
    ASAN_UNPOISON_MEMORY_REGION(start, bytes);
    memset(start, 0, bytes);
    return start;
}

void *arena_grow(struct arena *arena, void *old, size_t old_bytes, size_t new_bytes)
{
    assert(new_bytes >= old_bytes);
    if (!old || old_bytes == 0)
        return arena_alloc(arena, new_bytes);
    struct arena_block *block = arena->head;
    size_t old_taken = round_up(old_bytes) + RED_ZONE_BYTES;
    bool newest = (char *)old + old_taken == block->bytes + block->used;
    size_t more = round_up(new_bytes) + RED_ZONE_BYTES - old_taken;
    if (newest && new_bytes <= SIZE_MAX / 4 && block->capacity - block->used >= more) {
        arena_count(arena, more);
        block->used += more;
        ASAN_UNPOISON_MEMORY_REGION(old, new_bytes);
        memset((char *)old + old_bytes, 0, new_bytes - old_bytes);
        return old;
    }
    void *grown = arena_alloc(arena, new_bytes);
    memcpy(grown, old, old_bytes);
    return grown;
}

char *arena_text(struct arena *arena, const char *text)
{
    return text ? arena_text_n(arena, text, strlen(text)) : NULL;
}

char *arena_text_n(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    if (len)
        memcpy(copy, text, len);
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vformat(arena, format, args);
    va_end(args);
    return text;
}

char *arena_vformat(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    assert(len >= 0);
    char *text = arena_alloc(arena, (size_t)len + 1);
    (void)vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}
