/* csv.h: records out of delimited text, a piece at a time. Private to source.
 *
 * RFC 4180 with what real exports do: any one-byte delimiter, LF, CRLF or CR, quoted line ends,
 * doubled quotes, text after a closing quote (kept), quotes inside a bare cell (kept).
 * Row numbers count records as a spreadsheet shows them: an empty line is a row.
 *
 * Untrusted bytes: a record has at most CSV_RECORD_BYTES_MAX and CSV_CELLS_MAX; beyond is an
 * answer, never a crash. Cells may hold NUL bytes. Memory: one record, in the arena given to
 * csv_open. */
#ifndef PERENNIAL_SOURCE_CSV_H
#define PERENNIAL_SOURCE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum {
    CSV_RECORD_BYTES_MAX = 1 << 20, /* a note of a megabyte is no note: a quote was left open */
    CSV_CELLS_MAX = 4096,
    CSV_PIECE_BYTES = 1 << 16
};

/* The next bytes, at most `bytes_max`; *ret_len 0 at the end. */
typedef enum err csv_pull_fn(
    void *context, char *bytes, size_t bytes_max, size_t *ret_len, struct why *reterr_why);

struct csv_cell {
    const char *data; /* followed by a NUL that `len` does not count */
    size_t len;
    bool quoted;
};

enum csv_answer {
    CSV_RECORD,
    CSV_DONE,
    CSV_UNCLOSED, /* the text ends inside quotes */
    CSV_TOO_LONG,
    CSV_TOO_WIDE
};

struct csv_record {
    int64_t row;
    const struct csv_cell *cells; /* until the next csv_next */
    size_t count;
    bool empty_line; /* nothing at all between two line ends */
    bool line_end;   /* false: the text ended instead */
};

struct csv {
    struct arena *arena;
    csv_pull_fn *pull;
    void *context;
    char delimiter;
    int64_t row;
    char *piece;
    size_t piece_len, piece_at;
    bool pulled_all, skip_lf;
    char *text;
    size_t text_len, text_capacity;
    struct csv_cell *cells;
    size_t *starts;
    size_t cell_count, cell_capacity;
};

void csv_open(
    struct csv *csv, struct arena *arena, char delimiter, csv_pull_fn *pull, void *context);
/* Errors are those of `pull` alone; what the text does wrong is an answer. */
enum err csv_next(struct csv *csv, enum csv_answer *ret_answer, struct csv_record *ret_record,
    struct why *reterr_why) WARN_UNUSED;

#endif
