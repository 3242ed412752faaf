/* buf.h: a growing text or byte string in an arena. Always NUL-terminated after the first append.
 * Calling sequence: struct buf buf; buf_init(&buf, arena); buf_add(...)*; use buf.data, buf.len. */
#ifndef PERENNIAL_BASE_BUF_H
#define PERENNIAL_BASE_BUF_H

#include <stddef.h>

#include "base/arena.h"

struct buf {
    struct arena *arena;
    char *data; /* never NULL after buf_init: "" */
    size_t len, capacity;
};

void buf_init(struct buf *buf, struct arena *arena);
void buf_clear(struct buf *buf); /* len = 0, memory kept */
void buf_add(struct buf *buf, const char *text);
void buf_add_n(struct buf *buf, const char *bytes, size_t len);
void buf_add_char(struct buf *buf, char c);
void buf_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
