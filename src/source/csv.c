#include "source/csv.h"

#include <assert.h>
#include <string.h>

enum step { STEP_GO, STEP_CELL, STEP_RECORD, STEP_TOO_LONG };
enum place { PLACE_START, PLACE_BARE, PLACE_QUOTED, PLACE_AFTER_QUOTE };

void csv_open(
    struct csv *csv, struct arena *arena, char delimiter, csv_pull_fn *pull, void *context)
{
    assert(delimiter != '"' && delimiter != '\n' && delimiter != '\r');
    *csv = (struct csv){.arena = arena, .pull = pull, .context = context, .delimiter = delimiter};
    csv->piece = ARENA_NEW(arena, char, CSV_PIECE_BYTES);
    csv->text_capacity = 4096;
    csv->text = ARENA_NEW(arena, char, csv->text_capacity);
    csv->cell_capacity = 64;
    csv->cells = ARENA_NEW(arena, struct csv_cell, csv->cell_capacity);
    csv->starts = ARENA_NEW(arena, size_t, csv->cell_capacity);
}

static enum err refill(struct csv *csv, struct why *reterr_why)
{
    assert(csv->piece_at == csv->piece_len);
    csv->piece_at = csv->piece_len = 0;
    enum err err =
        csv->pull(csv->context, csv->piece, CSV_PIECE_BYTES, &csv->piece_len, reterr_why);
    csv->pulled_all = err == ERR_NONE && csv->piece_len == 0;
    return err;
}

static bool add(struct csv *csv, const char *bytes, size_t len)
{
    if (csv->text_len + len + 1 > CSV_RECORD_BYTES_MAX)
        return false;
    if (csv->text_len + len + 1 > csv->text_capacity) {
        size_t capacity = csv->text_capacity * 2;
        while (capacity < csv->text_len + len + 1)
            capacity *= 2;
        csv->text = arena_grow(csv->arena, csv->text, csv->text_capacity, capacity);
        csv->text_capacity = capacity;
    }
    memcpy(csv->text + csv->text_len, bytes, len);
    csv->text_len += len;
    return true;
}

/* Cells are kept as offsets until the record is whole, because its text may move. */
static bool open_cell(struct csv *csv)
{
    if (csv->cell_count == CSV_CELLS_MAX)
        return false;
    if (csv->cell_count == csv->cell_capacity) {
        size_t old = csv->cell_capacity, capacity = old * 2;
        csv->cells = arena_grow(
            csv->arena, csv->cells, old * sizeof(*csv->cells), capacity * sizeof(*csv->cells));
        csv->starts = arena_grow(
            csv->arena, csv->starts, old * sizeof(*csv->starts), capacity * sizeof(*csv->starts));
        csv->cell_capacity = capacity;
    }
    csv->cells[csv->cell_count] = (struct csv_cell){0};
    csv->starts[csv->cell_count++] = csv->text_len;
    return true;
}

static bool close_cell(struct csv *csv)
{
    struct csv_cell *cell = &csv->cells[csv->cell_count - 1];
    cell->len = csv->text_len - csv->starts[csv->cell_count - 1];
    return add(csv, "", 1);
}

/* How many bytes of the piece are plain at this place: nothing in them ends or changes it. */
static size_t plain_run(const struct csv *csv, enum place place)
{
    const char *at = csv->piece + csv->piece_at;
    size_t len = csv->piece_len - csv->piece_at, run = 0;
    if (place == PLACE_QUOTED) {
        const char *quote = memchr(at, '"', len);
        return quote ? (size_t)(quote - at) : len;
    }
    while (run < len && at[run] != csv->delimiter && at[run] != '\n' && at[run] != '\r'
        && (at[run] != '"' || place == PLACE_BARE))
        run++;
    return run;
}

/* One byte that is not plain, or ends what is open. */
static enum step take(struct csv *csv, char c, enum place *place)
{
    if (*place == PLACE_QUOTED) {
        *place = PLACE_AFTER_QUOTE;
        return STEP_GO;
    }
    if (c == csv->delimiter)
        return STEP_CELL;
    if (c == '\n' || c == '\r') {
        csv->skip_lf = c == '\r';
        return STEP_RECORD;
    }
    assert(c == '"');
    if (*place == PLACE_START) {
        csv->cells[csv->cell_count - 1].quoted = true;
        *place = PLACE_QUOTED;
        return STEP_GO;
    }
    *place = PLACE_QUOTED; /* a doubled quote: one quote, and on inside */
    return add(csv, "\"", 1) ? STEP_GO : STEP_TOO_LONG;
}

static enum step scan_piece(struct csv *csv, enum place *place)
{
    while (csv->piece_at < csv->piece_len) {
        if (csv->skip_lf) {
            csv->skip_lf = false;
            csv->piece_at += csv->piece[csv->piece_at] == '\n';
            continue;
        }
        size_t run = plain_run(csv, *place);
        if (run > 0) {
            if (!add(csv, csv->piece + csv->piece_at, run))
                return STEP_TOO_LONG;
            csv->piece_at += run;
            if (*place != PLACE_QUOTED)
                *place = PLACE_BARE;
            continue;
        }
        enum step step = take(csv, csv->piece[csv->piece_at++], place);
        if (step != STEP_GO)
            return step;
    }
    return STEP_GO;
}

static void finish(struct csv *csv, bool line_end, struct csv_record *ret_record)
{
    for (size_t i = 0; i < csv->cell_count; i++)
        csv->cells[i].data = csv->text + csv->starts[i];
    *ret_record = (struct csv_record){.row = ++csv->row,
        .cells = csv->cells,
        .count = csv->cell_count,
        .empty_line = csv->cell_count == 1 && csv->cells[0].len == 0 && !csv->cells[0].quoted,
        .line_end = line_end};
}

/* The text is over: with a last record, without one, or inside quotes. */
static enum csv_answer end(struct csv *csv, enum place place, struct csv_record *ret_record)
{
    if (place == PLACE_QUOTED)
        return CSV_UNCLOSED;
    if (csv->cell_count == 1 && csv->text_len == 0 && place == PLACE_START)
        return CSV_DONE;
    if (!close_cell(csv))
        return CSV_TOO_LONG;
    finish(csv, false, ret_record);
    return CSV_RECORD;
}

static enum csv_answer next(
    struct csv *csv, enum place *place, enum step step, bool *ret_go, struct csv_record *ret_record)
{
    *ret_go = false;
    if (step == STEP_TOO_LONG || !close_cell(csv))
        return CSV_TOO_LONG;
    if (step == STEP_RECORD) {
        finish(csv, true, ret_record);
        return CSV_RECORD;
    }
    if (!open_cell(csv))
        return CSV_TOO_WIDE;
    *place = PLACE_START;
    *ret_go = true;
    return CSV_RECORD;
}

enum err csv_next(struct csv *csv, enum csv_answer *ret_answer, struct csv_record *ret_record,
    struct why *reterr_why)
{
    enum place place = PLACE_START;
    csv->text_len = csv->cell_count = 0;
    bool go = open_cell(csv);
    assert(go);
    while (go) {
        if (csv->piece_at == csv->piece_len && !csv->pulled_all) {
            enum err err = refill(csv, reterr_why);
            if (err != ERR_NONE)
                return err;
        }
        if (csv->pulled_all) {
            *ret_answer = end(csv, place, ret_record);
            return ERR_NONE;
        }
        enum step step = scan_piece(csv, &place);
        if (step != STEP_GO)
            *ret_answer = next(csv, &place, step, &go, ret_record);
    }
    return ERR_NONE;
}
