/* text.h: small questions about text, without locale and without surprises.
 * Strings are UTF-8. Functions that end in _n take a length and accept NUL bytes inside. */
#ifndef PERENNIAL_BASE_TEXT_H
#define PERENNIAL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A slice: not terminated, not owned. */
struct str {
    const char *data;
    size_t len;
};

struct str str_of(const char *text); /* NULL gives an empty slice */
struct str str_trim(struct str str); /* ASCII blanks and U+00A0, both ends */
bool str_is(struct str str, const char *text);
char *str_text(struct arena *arena, struct str str);

bool text_is(const char *a, const char *b);          /* both NULL are equal */
bool text_is_any_case(const char *a, const char *b); /* ASCII case */
bool text_is_blank(const char *text);                /* NULL, empty or blanks only */
bool text_starts(const char *text, const char *start);
bool text_ends(const char *text, const char *end);
char *text_lower(struct arena *arena, const char *text); /* ASCII and Latin-1/Latin-A letters */
/* Lower case, accents taken off (Latin-1, Latin Extended-A), all else kept: "José" -> "jose". */
char *text_fold(struct arena *arena, const char *text);
/* Folded, letters and digits only: "Mobile Phone #" -> "mobilephone". For headings and names. */
char *text_key(struct arena *arena, const char *text);
/* How many single edits (insert, delete, replace, swap) apart, at most `limit` + 1. */
size_t text_distance(const char *a, const char *b, size_t limit);
/* The nearest of `names` within a third of its length, or NULL. For "did you mean". */
const char *text_nearest(const char *text, const char *const *names, size_t count);

/* Whole-string integer parse: optional sign, digits, nothing else, within [min, max]. */
bool text_to_int(const char *text, int64_t min, int64_t max, int64_t *ret_value);
char *text_count(struct arena *arena, int64_t count, const char *noun); /* "1 row", "2 rows" */
char *text_money(struct arena *arena, int64_t cents);                   /* "$16,380.00" */

/* The next code point at *cursor (moved past it); U+FFFD for a bad sequence; 0 at the end. */
uint32_t utf8_next(const char **cursor, const char *end);
bool utf8_valid_n(const char *text, size_t len);
size_t utf8_put(char out[4], uint32_t code_point); /* bytes written, 1..4 */
size_t utf8_count(const char *text);               /* code points */

#endif
