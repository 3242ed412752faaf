/* backlog.h: what was said to a stream and not yet taken.                          (part of http)
 *
 * Texts go in whole, each ending in an empty line; bytes come out in pieces of any size. When the
 * reader is BACKLOG_BYTES behind, what it has begun to read is kept and all else gives way to one
 * text that says so. Calling sequence: backlog_init -> (backlog_add | backlog_take)*. Memory: one
 * piece, from the arena. */
#ifndef PERENNIAL_HTTP_BACKLOG_H
#define PERENNIAL_HTTP_BACKLOG_H

#include "base/arena.h"

enum { BACKLOG_BYTES = 64 << 10 };

struct backlog {
    char *bytes;
    size_t start, len;
    const char *behind; /* said in place of what was lost */
};

void backlog_init(struct backlog *backlog, struct arena *arena, const char *behind);
void backlog_add(struct backlog *backlog, const char *text);
size_t backlog_take(struct backlog *backlog, char *bytes, size_t bytes_max);

#endif
