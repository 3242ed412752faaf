/* form.c: see form.h. */
#include "http/form.h"

#include <string.h>

#include "base/text.h"

enum { BOUNDARY_MAX = 70 }; /* RFC 2046 section 5.1.1 */

struct reader {
    struct arena *request;
    struct form_field *fields;
    size_t count;
    struct why *why;
};

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "+" is a blank, "%41" an A; a "%" without two digits stands for itself, as browsers read it. */
static char *decode(struct arena *request, const char *text, size_t len, size_t *ret_len)
{
    char *out = arena_alloc(request, len + 1);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        bool escaped = text[i] == '%' && i + 2 < len && hex_value(text[i + 1]) >= 0
            && hex_value(text[i + 2]) >= 0;
        if (escaped) {
            out[used++] = (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out[used++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    out[used] = '\0';
    *ret_len = used;
    return out;
}

static bool is_clean(const char *text, size_t len)
{
    return !memchr(text, '\0', len) && utf8_valid_n(text, len);
}

static enum err add_field(
    struct reader *reader, const char *name, size_t name_len, const char *value, size_t value_len)
{
    if (reader->count == FORM_FIELDS_MAX)
        return why_set(reader->why, ERR_LIMIT, "the form has more than %d fields", FORM_FIELDS_MAX);
    if (!is_clean(name, name_len) || !is_clean(value, value_len))
        return why_set(reader->why, ERR_INPUT, "the form holds bytes that are no text");
    reader->fields[reader->count++] = (struct form_field){name, value};
    return ERR_NONE;
}

static enum err add_pair(struct reader *reader, const char *pair, size_t len)
{
    const char *equals = memchr(pair, '=', len);
    size_t name_len = equals ? (size_t)(equals - pair) : len;
    size_t decoded_name_len, value_len;
    char *name = decode(reader->request, pair, name_len, &decoded_name_len);
    char *value = decode(
        reader->request, equals ? equals + 1 : "", equals ? len - name_len - 1 : 0, &value_len);
    return add_field(reader, name, decoded_name_len, value, value_len);
}

static enum err read_pairs(struct reader *reader, const char *text, size_t len)
{
    enum err err = ERR_NONE;
    for (size_t start = 0; start < len && err == ERR_NONE;) {
        const char *end = memchr(text + start, '&', len - start);
        size_t pair_len = end ? (size_t)(end - (text + start)) : len - start;
        if (pair_len > 0)
            err = add_pair(reader, text + start, pair_len);
        start += pair_len + 1;
    }
    return err;
}

/* ---- multipart/form-data ---- */

/* The value of `name` among the parameters of a header's value: `form-data; name="x"`. */
static bool parameter(struct arena *request, struct str header, const char *name, struct str *ret)
{
    size_t name_len = strlen(name);
    const char *at = memchr(header.data, ';', header.len);
    const char *end = header.data + header.len;
    while (at) {
        struct str rest = str_trim((struct str){at + 1, (size_t)(end - at - 1)});
        bool named = rest.len > name_len && rest.data[name_len] == '='
            && text_is_any_case(arena_text_n(request, rest.data, name_len), name);
        const char *value = named ? rest.data + name_len + 1 : NULL;
        if (named && value < end && *value == '"') {
            const char *close = memchr(value + 1, '"', (size_t)(end - value - 1));
            *ret = (struct str){value + 1, close ? (size_t)(close - value - 1) : 0};
            return close != NULL;
        }
        if (named) {
            const char *stop = memchr(value, ';', (size_t)(end - value));
            *ret = str_trim((struct str){value, (size_t)((stop ? stop : end) - value)});
            return true;
        }
        at = memchr(at + 1, ';', (size_t)(end - at - 1));
    }
    return false;
}

static const char *find(const char *bytes, size_t len, const char *wanted, size_t wanted_len)
{
    return len >= wanted_len ? memmem(bytes, len, wanted, wanted_len) : NULL;
}

/* The line of the part's head that begins with `name`, without it. */
static struct str head_line(struct arena *request, const char *head, size_t len, const char *name)
{
    size_t name_len = strlen(name);
    const char *end = head + len;
    while (head < end) {
        const char *stop = find(head, (size_t)(end - head), "\r\n", 2);
        size_t line_len = (size_t)((stop ? stop : end) - head);
        if (line_len > name_len && text_is_any_case(arena_text_n(request, head, name_len), name))
            return (struct str){head + name_len, line_len - name_len};
        head += line_len + 2;
        if (!stop)
            break;
    }
    return (struct str){NULL, 0};
}

/* Head, an empty line, content. */
static enum err read_part(struct reader *reader, const char *part, size_t len)
{
    const char *split = find(part, len, "\r\n\r\n", 4);
    size_t head_len = split ? (size_t)(split - part) : 0;
    struct str disposition =
        split ? head_line(reader->request, part, head_len, "Content-Disposition:") : str_of(NULL);
    struct str name;
    if (!disposition.data || !parameter(reader->request, disposition, "name", &name))
        return why_set(reader->why, ERR_INPUT, "a part of the form has no name");
    const char *value = split + 4;
    size_t value_len = len - head_len - 4;
    return add_field(reader, str_text(reader->request, name), name.len,
        arena_text_n(reader->request, value, value_len), value_len);
}

static enum err read_parts(
    struct reader *reader, const char *content_type, const char *body, size_t len)
{
    struct str boundary;
    if (!parameter(reader->request, str_of(content_type), "boundary", &boundary)
        || boundary.len == 0 || boundary.len > BOUNDARY_MAX)
        return why_set(reader->why, ERR_INPUT, "the form's boundary is missing");
    const char *line =
        arena_format(reader->request, "\r\n--%.*s", (int)boundary.len, boundary.data);
    size_t line_len = strlen(line);
    /* The first boundary may open the body without the line end before it. */
    const char *at = len >= line_len - 2 && memcmp(body, line + 2, line_len - 2) == 0
        ? body + line_len - 2
        : find(body, len, line, line_len);
    if (at && at != body + line_len - 2)
        at += line_len;
    const char *end = body + len;
    while (at && end - at >= 2 && memcmp(at, "--", 2) != 0) {
        const char *start = find(at, (size_t)(end - at), "\r\n", 2);
        const char *next = start ? find(start, (size_t)(end - start), line, line_len) : NULL;
        if (!next)
            return why_set(reader->why, ERR_INPUT, "the form does not end");
        bool is_part = next >= start + 2;
        enum err err =
            is_part ? read_part(reader, start + 2, (size_t)(next - start - 2)) : ERR_NONE;
        if (err != ERR_NONE)
            return err;
        at = next + line_len;
    }
    return at ? ERR_NONE : why_set(reader->why, ERR_INPUT, "the form holds no part");
}

/* ---- both ---- */

static struct reader reader_of(struct arena *request, struct why *why)
{
    return (struct reader){.request = request,
        .fields = ARENA_NEW(request, struct form_field, FORM_FIELDS_MAX),
        .why = why};
}

static bool is_type(const char *content_type, const char *wanted)
{
    size_t len = content_type ? strcspn(content_type, "; \t") : 0;
    return len == strlen(wanted) && strncasecmp(content_type, wanted, len) == 0;
}

enum err form_parse(struct arena *request, const char *content_type, const char *body,
    size_t body_len, struct form *ret_form, struct why *reterr_why)
{
    struct reader reader = reader_of(request, reterr_why);
    enum err err;
    if (is_type(content_type, "application/x-www-form-urlencoded"))
        err = read_pairs(&reader, body, body_len);
    else if (is_type(content_type, "multipart/form-data"))
        err = read_parts(&reader, content_type, body, body_len);
    else
        return why_set(reterr_why, ERR_NOT_FOUND, "the body is no form");
    if (err == ERR_NONE)
        *ret_form = (struct form){reader.fields, reader.count};
    return err;
}

enum err form_parse_query(
    struct arena *request, const char *query, struct form *ret_form, struct why *reterr_why)
{
    struct reader reader = reader_of(request, reterr_why);
    enum err err = query ? read_pairs(&reader, query, strlen(query)) : ERR_NONE;
    if (err == ERR_NONE)
        *ret_form = (struct form){reader.fields, reader.count};
    return err;
}

const char *form_get(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (text_is(form->fields[i].name, name))
            return form->fields[i].value;
    }
    return NULL;
}
