/* mime.c: forms from anybody, urlencoded and multipart: whatever comes out is text, and a form that
 * is written from it reads as the same. The first line is the content type. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "http/form.h"

static void encode(struct buf *buf, const char *text)
{
    for (; *text; text++)
        buf_format(buf, "%%%02x", (unsigned)(unsigned char)*text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const char *text = (const char *)bytes;
    const char *end = len ? memchr(text, '\n', len) : NULL;
    size_t type_len = end ? (size_t)(end - text) : 0;
    const char *type = arena_text_n(&arena, text, type_len);
    size_t used = end ? type_len + 1 : 0;
    struct form form;
    if (form_parse(&arena, type, text + used, len - used, &form, NULL) != ERR_NONE)
        return 0;
    struct buf again;
    buf_init(&again, &arena);
    assert(form.count <= FORM_FIELDS_MAX);
    for (size_t i = 0; i < form.count; i++) {
        const struct form_field *field = &form.fields[i];
        assert(utf8_valid_n(field->name, strlen(field->name)));
        assert(utf8_valid_n(field->value, strlen(field->value)));
        assert(form_get(&form, field->name));
        buf_add(&again, i ? "&" : "");
        encode(&again, field->name);
        buf_add(&again, "=");
        encode(&again, field->value);
    }
    struct form second;
    enum err err = form_parse_query(&arena, again.data, &second, NULL);
    assert(err == ERR_NONE && second.count == form.count);
    for (size_t i = 0; i < form.count; i++)
        assert(text_is(form.fields[i].name, second.fields[i].name)
            && text_is(form.fields[i].value, second.fields[i].value));
    return 0;
}
