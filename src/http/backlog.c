/* backlog.c: see backlog.h. */
#include "http/backlog.h"

#include <assert.h>
#include <string.h>

void backlog_init(struct backlog *backlog, struct arena *arena, const char *behind)
{
    *backlog = (struct backlog){.bytes = arena_alloc(arena, BACKLOG_BYTES), .behind = behind};
}

static void put(struct backlog *backlog, const char *text, size_t len)
{
    assert(backlog->len + len <= BACKLOG_BYTES);
    memmove(backlog->bytes, backlog->bytes + backlog->start, backlog->len);
    memcpy(backlog->bytes + backlog->len, text, len);
    backlog->start = 0;
    backlog->len += len;
}

/* Only the text that the reader is in the middle of. */
static void cut(struct backlog *backlog)
{
    const char *first = backlog->bytes + backlog->start;
    const char *end = memmem(first, backlog->len, "\n\n", 2);
    backlog->len = end ? (size_t)(end + 2 - first) : 0;
    if (backlog->len + strlen(backlog->behind) > BACKLOG_BYTES)
        backlog->len = 0;
    put(backlog, backlog->behind, strlen(backlog->behind));
}

void backlog_add(struct backlog *backlog, const char *text)
{
    size_t len = strlen(text);
    if (backlog->len + len > BACKLOG_BYTES)
        cut(backlog);
    if (backlog->len + len <= BACKLOG_BYTES)
        put(backlog, text, len);
}

size_t backlog_take(struct backlog *backlog, char *bytes, size_t bytes_max)
{
    size_t len = backlog->len < bytes_max ? backlog->len : bytes_max;
    memcpy(bytes, backlog->bytes + backlog->start, len);
    backlog->start += len;
    backlog->len -= len;
    return len;
}
