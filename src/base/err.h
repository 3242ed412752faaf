/* err.h: what a failed call says, for a person.
 *
 * Four things are never mixed (docs/architecture.md, "Errors"): a bug is an assert; an error is an
 * `enum err` with a `struct why`; a verdict is an ordinary value; a warning says what was ignored.
 *
 * Invariants
 *  (1) The deepest cause is kept: why_set on a `why` that already holds an error changes nothing.
 *  (2) `message`, `hint` and `place` never hold patient data. `private_detail` may, and only the
 *      protected log reads it.
 *
 * Calling sequence: struct why why = {0}; if (f(..., &why) != ERR_NONE) why_print or pass it up.
 * Every function takes NULL for `why` and then only returns the code. Memory: none is allocated. */
#ifndef PERENNIAL_BASE_ERR_H
#define PERENNIAL_BASE_ERR_H

enum err {
    ERR_NONE = 0,
    ERR_INPUT,     /* what was handed in is wrong: a file, a field, an argument */
    ERR_NOT_FOUND, /* the thing named does not exist */
    ERR_CONFLICT,  /* the world has moved, or a unique thing exists already */
    ERR_DENIED,    /* a key, a password, a permission */
    ERR_LIMIT,     /* a bound was reached: size, depth, count */
    ERR_BUSY,      /* somebody else holds it; the same call may succeed later */
    ERR_IO,        /* the disk, the database, the network */
    ERR_PROVIDER,  /* a vendor answered with a refusal */
    ERR_MAX
};

#define WARN_UNUSED __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

struct why {
    enum err code;
    char message[320]; /* one clear sentence: what is wrong */
    char hint[320];    /* the remedy, an imperative sentence; may be empty */
    char place[256];   /* "definitions.yaml:12:7", "patients.csv row 12, column ID"; may be empty */
    char private_detail[256]; /* may hold patient data: protected log only */
};

const char *err_name(enum err code);

/* Each returns the code, so that a caller writes `return why_set(reterr_why, ERR_INPUT, ...)`. */
enum err why_set(struct why *reterr_why, enum err code, const char *format, ...) PRINTF_LIKE(3, 4);
void why_hint(struct why *reterr_why, const char *format, ...) PRINTF_LIKE(2, 3);
void why_place(struct why *reterr_why, const char *format, ...) PRINTF_LIKE(2, 3);
void why_private(struct why *reterr_why, const char *format, ...) PRINTF_LIKE(2, 3);

/* "place: message. Hint." into `text`, always terminated. Never prints private_detail. */
void why_format(const struct why *why, char *text, unsigned long text_bytes);

#endif
