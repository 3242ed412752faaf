#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { CAPACITY_MIN = 64 };

void buf_init(struct buf *buf, struct arena *arena)
{
    *buf = (struct buf){
        .arena = arena, .data = arena_alloc(arena, CAPACITY_MIN), .capacity = CAPACITY_MIN};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->data[0] = '\0';
}

/* Room for `more` bytes and the NUL behind them. */
static void buf_reserve(struct buf *buf, size_t more)
{
    size_t needed = buf->len + more + 1;
    assert(needed > more);
    if (needed <= buf->capacity)
        return;
    size_t capacity = buf->capacity * 2 > needed ? buf->capacity * 2 : needed;
    buf->data = arena_grow(buf->arena, buf->data, buf->capacity, capacity);
    buf->capacity = capacity;
}

void buf_add(struct buf *buf, const char *text)
{
    buf_add_n(buf, text, strlen(text));
}

void buf_add_n(struct buf *buf, const char *bytes, size_t len)
{
    buf_reserve(buf, len);
    if (len)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add_n(buf, &c, 1);
}

void buf_format(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    assert(len >= 0);
    buf_reserve(buf, (size_t)len);
    (void)vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
    buf->len += (size_t)len;
    va_end(again);
    va_end(args);
}
