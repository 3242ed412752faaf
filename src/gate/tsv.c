#include <stdarg.h>
#include <string.h>

#include "gate/gate_int.h"

enum err tsv_error(const struct tsv *tsv, struct why *reterr_why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    why_place(reterr_why, "%s:%d", tsv->file, tsv->line);
    (void)why_set(reterr_why, ERR_INPUT, "%s", arena_vformat(tsv->arena, format, args));
    va_end(args);
    return ERR_INPUT;
}

static bool next_line(struct tsv *tsv, struct str *ret_line)
{
    while (tsv->at < tsv->end) {
        const char *newline = memchr(tsv->at, '\n', (size_t)(tsv->end - tsv->at));
        const char *stop = newline ? newline : tsv->end;

        *ret_line = (struct str){tsv->at, (size_t)(stop - tsv->at)};
        tsv->at = newline ? newline + 1 : tsv->end;
        tsv->line++;
        if (ret_line->len && ret_line->data[ret_line->len - 1] == '\r')
            ret_line->len--;
        if (ret_line->len && ret_line->data[0] != '#')
            return true;
    }
    return false;
}

enum err tsv_open(struct arena *arena, const char *file, const char *text, size_t len,
    const char *heading, struct tsv *ret_tsv, struct why *reterr_why)
{
    struct tsv tsv = {.arena = arena, .file = file, .at = text, .end = text + len};
    struct str line;

    if (len > TSV_BYTES_MAX)
        return tsv_error(&tsv, reterr_why, "this table is too large");
    if (!utf8_valid_n(text, len) || memchr(text, '\0', len))
        return tsv_error(&tsv, reterr_why, "this table is no UTF-8 text");
    if (!next_line(&tsv, &line) || !str_is(line, heading))
        return tsv_error(&tsv, reterr_why, "the heading of this table is not the one expected");
    *ret_tsv = tsv;
    return ERR_NONE;
}

enum err tsv_next(struct tsv *tsv, size_t cells, bool *ret_row, struct why *reterr_why)
{
    struct str line;
    size_t count = 0;
    const char *at;

    if (!next_line(tsv, &line)) {
        *ret_row = false;
        return ERR_NONE;
    }
    at = line.data;
    for (;;) {
        const char *end = line.data + line.len, *tab = memchr(at, '\t', (size_t)(end - at));

        if (count == cells || count == TSV_CELLS_MAX)
            return tsv_error(tsv, reterr_why, "this row has more than %zu columns", cells);
        tsv->cells[count++] = arena_text_n(tsv->arena, at, (size_t)((tab ? tab : end) - at));
        if (!tab)
            break;
        at = tab + 1;
    }
    if (count != cells)
        return tsv_error(tsv, reterr_why, "this row has %zu columns instead of %zu", count, cells);
    *ret_row = true;
    return ERR_NONE;
}

size_t tsv_list(struct arena *arena, const char *cell, const char **items, size_t max)
{
    size_t count = 0;

    while (*cell && count < max) {
        size_t len = strcspn(cell, ",");

        if (len)
            items[count++] = arena_text_n(arena, cell, len);
        cell += len;
        cell += *cell == ',';
    }
    return count;
}
