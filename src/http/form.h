/* form.h: the fields of a form as browsers, mail programs and providers post it.   (part of http)
 *
 * application/x-www-form-urlencoded (WHATWG URL 5.1) and multipart/form-data (RFC 7578), from bytes
 * that anybody may have sent. Order and doubled names are kept: signatures count them.
 *
 * Invariants: a field that is returned is well-formed UTF-8 without NUL; anything else refuses the
 * whole form. Ownership: fields live in the arena given. */
#ifndef PERENNIAL_HTTP_FORM_H
#define PERENNIAL_HTTP_FORM_H

#include "channel/channel.h"

enum {
    FORM_FIELDS_MAX = 200, /* a text callback has about twenty, with media thirty more */
};

struct form {
    const struct form_field *fields;
    size_t count;
};

/* ERR_INPUT: broken encoding, boundary or text; ERR_LIMIT: too many fields. `content_type` NULL or
 * of another kind: ERR_NOT_FOUND. */
enum err form_parse(struct arena *request, const char *content_type, const char *body,
    size_t body_len, struct form *ret_form, struct why *reterr_why) WARN_UNUSED;
/* The fields of a query string, under the same rules. */
enum err form_parse_query(struct arena *request, const char *query, struct form *ret_form,
    struct why *reterr_why) WARN_UNUSED;

/* The first field of that name; NULL when there is none. */
const char *form_get(const struct form *form, const char *name);

#endif
