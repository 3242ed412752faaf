/* expression_lex.h: an expression's text as words, numbers and signs.   (inside audience) */
#ifndef PERENNIAL_AUDIENCE_EXPRESSION_LEX_H
#define PERENNIAL_AUDIENCE_EXPRESSION_LEX_H

#include "audience/audience_int.h"

enum { SPAN_MONTHS_MAX = 1200, SPAN_DAYS_MAX = 36600 }; /* a hundred years */

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,   /* booked, series.done, w1-sms */
    TOKEN_STRING, /* 'weight' */
    TOKEN_COUNT,  /* 12 */
    TOKEN_SPAN,   /* 9mo */
    TOKEN_MONEY,  /* 420 USD, $420 */
    TOKEN_DATE,   /* 2026-03-01 */
    TOKEN_SIGN,   /* ( ) [ ] , : * == != < <= > >= .. */
};

struct token {
    enum token_kind kind;
    size_t offset, len; /* in the expression's text */
    const char *text;   /* NAME, STRING: its text; SIGN: the sign; others as written */
    int64_t number;     /* COUNT, MONEY (cents), DATE */
    struct span span;
};

/* ERR_INPUT at the first byte that begins nothing; ends with TOKEN_END. */
enum err expression_lex(struct arena *arena, const struct yaml *node, struct token **ret_tokens,
    size_t *ret_count, struct why *reterr_why);

/* An error at a place inside the scalar: file, line and column of that byte where it can be told.
 */
enum err expression_error(const struct yaml *node, size_t offset, struct why *reterr_why,
    const char *format, ...) PRINTF_LIKE(4, 5);

#endif
