/* encoding.h: what a file's bytes are, and the same text as UTF-8. Private to source.
 *
 * Told by the byte order mark, else by NULs in a row of pairs (UTF-16), else by whether the bytes
 * are UTF-8; what is not is Windows-1252, which is what spreadsheets on Windows write. Bytes that
 * mean nothing become U+FFFD, so that the cell they are in can be refused by name. */
#ifndef PERENNIAL_SOURCE_ENCODING_H
#define PERENNIAL_SOURCE_ENCODING_H

#include "source/csv.h"

enum encoding {
    ENCODING_UTF8,
    ENCODING_UTF16LE,
    ENCODING_UTF16BE,
    ENCODING_WINDOWS_1252,
    ENCODING_MAX
};
const char *encoding_name(enum encoding encoding);
bool encoding_parse(const char *name, enum encoding *ret_encoding);

/* Looks at a file's bytes from the first to the last. */
struct encoding_look {
    int64_t bytes, nul_even, nul_odd, good, bad; /* good, bad: sequences of UTF-8 beyond ASCII */
    unsigned char head[4];
    unsigned need, low, high; /* of a UTF-8 sequence that is open */
};
void encoding_look(struct encoding_look *look, const char *bytes, size_t len);
/* *ret_bom: bytes of the mark. *ret_torn: the text ends inside a character. */
enum encoding encoding_judge(const struct encoding_look *look, size_t *ret_bom, bool *ret_torn);

/* A csv_pull_fn over another one. */
struct decoder {
    csv_pull_fn *pull;
    void *context;
    enum encoding encoding;
    size_t bom;
    unsigned char raw[1 << 13];
    size_t raw_at, raw_len;
    bool ended;
};
void decoder_open(
    struct decoder *decoder, enum encoding encoding, size_t bom, csv_pull_fn *pull, void *context);
enum err decoder_pull(
    void *decoder, char *bytes, size_t bytes_max, size_t *ret_len, struct why *reterr_why);

#endif
