/* row.c: a row's fields as canonical JSON, its hash, and the digests that tell persons apart. */
#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "record/record_int.h"

static void add_quoted(struct buf *buf, const char *text)
{
    buf_add_char(buf, '"');
    for (const char *run = text; *run;) {
        size_t plain = 0;
        while ((unsigned char)run[plain] >= 0x20 && run[plain] != '"' && run[plain] != '\\')
            plain++;
        buf_add_n(buf, run, plain);
        run += plain;
        if (*run == '"' || *run == '\\')
            buf_format(buf, "\\%c", *run);
        else if (*run)
            buf_format(buf, "\\u%04x", (unsigned)(unsigned char)*run);
        if (*run)
            run++;
    }
    buf_add_char(buf, '"');
}

char *row_json(struct arena *arena, const struct record_row *row)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_add_char(&buf, '{');
    for (int field = FIELD_PATIENT_ID; field < FIELD_MAX; field++) {
        const char *value = row->values[field];
        if (!value)
            continue;
        if (buf.len > 1)
            buf_add_char(&buf, ',');
        add_quoted(&buf, field_fact((enum record_field)field)->name);
        buf_add_char(&buf, ':');
        add_quoted(&buf, value);
    }
    buf_add_char(&buf, '}');
    return buf.data;
}

char *row_hash(struct arena *arena, const char *json, const char *salt)
{
    enum { KEPT_BYTES = 16 }; /* half a SHA-256 tells rows of one practice apart */
    struct sha256 digest = salt ? hash_hmac_sha256(salt, strlen(salt), json, strlen(json))
                                : hash_sha256(json, strlen(json));
    return hash_hex(arena, digest.bytes, KEPT_BYTES);
}

int64_t row_digest(const char *a, const char *b, const char *c)
{
    enum { TEXT_MAX = 1024 }; /* of three canonical values; source bounds each below that */
    char text[TEXT_MAX];
    size_t len = 0;
    const char *const parts[] = {a, b, c};
    for (size_t i = 0; i < 3; i++) {
        size_t part_len = parts[i] ? strlen(parts[i]) : 0;
        size_t room = sizeof(text) - len - 1;
        if (part_len > room)
            part_len = room;
        if (part_len)
            memcpy(text + len, parts[i], part_len);
        len += part_len;
        text[len < sizeof(text) - 1 ? len++ : len] = '\n';
    }
    struct sha256 digest = hash_sha256(text, len);
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++)
        value = value << 8 | digest.bytes[i];
    return (int64_t)(value >> 1);
}

bool row_yes(const struct record_row *row, enum record_field field)
{
    return text_is(row->values[field], "yes");
}

int64_t row_int(const struct record_row *row, enum record_field field, int64_t absent)
{
    int64_t value = 0;
    if (!row->values[field] || !text_to_int(row->values[field], INT64_MIN, INT64_MAX, &value))
        return absent;
    return value;
}

struct day row_day(const struct record_row *row, enum record_field field)
{
    struct day day = {DAY_NONE};
    const char *text = row->values[field];
    if (!text || day_parse(text, &day, NULL) != ERR_NONE)
        return (struct day){DAY_NONE};
    return day;
}

enum err row_parse(
    struct arena *arena, const char *json, struct record_row *ret_row, struct why *reterr_why)
{
    JSON_AUTO fields = NULL;
    enum err err = json_parse(json, strlen(json), &fields, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct record_row row = {0};
    const char *name;
    json_t *value;
    json_object_foreach(fields, name, value)
    {
        enum record_field field;
        if (field_parse(name, &field) && json_is_string(value))
            row.values[field] = arena_text(arena, json_string_value(value));
    }
    *ret_row = row;
    return ERR_NONE;
}
