#include "base/json.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

json_t *json_money(int64_t cents)
{
    json_t *money = json_pack("{s:I, s:s}", "cents", (json_int_t)cents, "currency", "USD");
    assert(money);
    return money;
}

static json_t *json_mended_text(const char *text)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct buf mended;
    buf_init(&mended, &scratch);
    const char *end = text + strlen(text);
    uint32_t code_point;
    while ((code_point = utf8_next(&text, end)) != 0) {
        char bytes[4];
        buf_add_n(&mended, bytes, utf8_put(bytes, code_point));
    }
    return json_stringn(mended.data, mended.len);
}

json_t *json_text(const char *text)
{
    if (!text)
        return json_null();
    json_t *json = json_string(text);
    if (!json)
        json = json_mended_text(text);
    assert(json);
    return json;
}

static int append(const char *bytes, size_t len, void *buf)
{
    buf_add_n(buf, bytes, len);
    return 0;
}

char *json_text_of(struct arena *arena, const json_t *json)
{
    struct buf text;
    buf_init(&text, arena);
    int failed = json_dump_callback(
        json, append, &text, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    assert(!failed);
    (void)failed;
    return text.data;
}

/* jansson's own text quotes what it read, which may be a patient's: a sentence per code instead. */
static const char *complaint(enum json_error_code code)
{
    switch (code) {
    case json_error_premature_end_of_input: return "the JSON ends too early";
    case json_error_end_of_input_expected: return "text follows the end of the JSON";
    case json_error_invalid_utf8: return "the JSON is not valid UTF-8";
    case json_error_duplicate_key: return "a key appears twice in one JSON object";
    case json_error_numeric_overflow: return "a number in the JSON is too large";
    case json_error_null_character:
    case json_error_null_byte_in_key: return "the JSON holds a NUL character";
    case json_error_stack_overflow: return "the JSON is nested too deeply";
    case json_error_unknown:
    case json_error_out_of_memory:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_invalid_syntax:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_null_value:
    case json_error_item_not_found:
    case json_error_index_out_of_range: break;
    }
    return "this is not valid JSON";
}

enum err json_parse(const char *text, size_t len, json_t **ret_json, struct why *reterr_why)
{
    json_error_t error;
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!json) {
        why_place(reterr_why, "line %d, column %d", error.line, error.column);
        why_private(reterr_why, "%s", error.text);
        return why_set(reterr_why, ERR_INPUT, "%s", complaint(json_error_code(&error)));
    }
    *ret_json = json;
    return ERR_NONE;
}
