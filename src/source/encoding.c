#include "source/encoding.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

static const char *const names[ENCODING_MAX] = {
    [ENCODING_UTF8] = "utf-8",
    [ENCODING_UTF16LE] = "utf-16le",
    [ENCODING_UTF16BE] = "utf-16be",
    [ENCODING_WINDOWS_1252] = "windows-1252",
};

/* 0x80 to 0x9F, from the WHATWG encoding standard's index; 0: the byte means nothing. */
static const uint16_t windows_1252[32] = {0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178};

const char *encoding_name(enum encoding encoding)
{
    assert(encoding < ENCODING_MAX);
    return names[encoding];
}

bool encoding_parse(const char *name, enum encoding *ret_encoding)
{
    for (int encoding = 0; encoding < ENCODING_MAX; encoding++) {
        if (text_is_any_case(name, names[encoding])) {
            *ret_encoding = (enum encoding)encoding;
            return true;
        }
    }
    return false;
}

/* The second byte's bounds keep out overlong forms, surrogates and what lies past U+10FFFF. */
static void open_sequence(struct encoding_look *look, unsigned char c)
{
    look->low = 0x80;
    look->high = 0xBF;
    if (c >= 0xC2 && c <= 0xDF) {
        look->need = 1;
    } else if (c >= 0xE0 && c <= 0xEF) {
        look->need = 2;
        if (c == 0xE0)
            look->low = 0xA0;
        if (c == 0xED)
            look->high = 0x9F;
    } else if (c >= 0xF0 && c <= 0xF4) {
        look->need = 3;
        if (c == 0xF0)
            look->low = 0x90;
        if (c == 0xF4)
            look->high = 0x8F;
    } else {
        look->bad++;
    }
}

static void look_at(struct encoding_look *look, unsigned char c)
{
    if (look->need > 0 && c >= look->low && c <= look->high) {
        look->low = 0x80;
        look->high = 0xBF;
        look->good += --look->need == 0;
        return;
    }
    if (look->need > 0) {
        look->need = 0;
        look->bad++;
    }
    if (c >= 0x80)
        open_sequence(look, c);
}

void encoding_look(struct encoding_look *look, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (look->bytes < (int64_t)sizeof(look->head))
            look->head[look->bytes] = c;
        if (c == 0 && look->bytes % 2 == 0)
            look->nul_even++;
        else if (c == 0)
            look->nul_odd++;
        if (c >= 0x80 || look->need > 0)
            look_at(look, c);
        look->bytes++;
    }
}

enum encoding encoding_judge(const struct encoding_look *look, size_t *ret_bom, bool *ret_torn)
{
    enum { UTF16_NULS_PER_PAIR = 4 }; /* Latin text has a NUL in nearly every pair of bytes */
    enum { BAD_PER_GOOD = 10 };       /* a few bad bytes among many good ones: damaged UTF-8 */
    const unsigned char *head = look->head;
    int64_t pairs = look->bytes / 2;
    *ret_bom = 0;
    *ret_torn = look->bytes % 2 != 0;
    if (look->bytes >= 2 && head[0] == 0xFF && head[1] == 0xFE) {
        *ret_bom = 2;
        return ENCODING_UTF16LE;
    }
    if (look->bytes >= 2 && head[0] == 0xFE && head[1] == 0xFF) {
        *ret_bom = 2;
        return ENCODING_UTF16BE;
    }
    if (pairs > 1 && look->nul_odd * UTF16_NULS_PER_PAIR > pairs && look->nul_even * 8 < pairs)
        return ENCODING_UTF16LE;
    if (pairs > 1 && look->nul_even * UTF16_NULS_PER_PAIR > pairs && look->nul_odd * 8 < pairs)
        return ENCODING_UTF16BE;
    *ret_torn = look->need > 0 && look->bad == 0;
    if (look->bytes >= 3 && head[0] == 0xEF && head[1] == 0xBB && head[2] == 0xBF) {
        *ret_bom = 3;
        return ENCODING_UTF8;
    }
    /* One cut character at the very end tells of a cut file only when others were whole. */
    bool cut = look->need > 0;
    if (look->bad == 0 && (!cut || look->good > 0))
        return ENCODING_UTF8;
    if (look->good > look->bad * BAD_PER_GOOD)
        return ENCODING_UTF8;
    *ret_torn = false;
    return ENCODING_WINDOWS_1252;
}

void decoder_open(
    struct decoder *decoder, enum encoding encoding, size_t bom, csv_pull_fn *pull, void *context)
{
    *decoder = (struct decoder){.pull = pull, .context = context, .encoding = encoding, .bom = bom};
}

/* Keeps what is left of the raw bytes and reads on behind it. */
static enum err refill(struct decoder *decoder, struct why *reterr_why)
{
    size_t left = decoder->raw_len - decoder->raw_at, got = 0;
    memmove(decoder->raw, decoder->raw + decoder->raw_at, left);
    enum err err = decoder->pull(decoder->context, (char *)decoder->raw + left,
        sizeof(decoder->raw) - left, &got, reterr_why);
    if (err != ERR_NONE)
        return err;
    decoder->ended = got == 0;
    decoder->raw_len = left + got;
    decoder->raw_at = 0;
    if (decoder->bom > 0 && decoder->raw_len >= decoder->bom) {
        decoder->raw_at = decoder->bom;
        decoder->bom = 0;
    }
    return ERR_NONE;
}

enum { CHARACTER_BYTES_MAX = 4 };

/* One character from `at`; its bytes, or 0 when more are wanted and may come. */
static size_t read_utf8(const unsigned char *at, size_t len, bool ended, uint32_t *ret_code)
{
    struct encoding_look look = {0};
    for (size_t i = 0; i < len && i < CHARACTER_BYTES_MAX; i++) {
        bool was_open = look.need > 0;
        look_at(&look, at[i]);
        if (look.bad > 0 || (was_open && look.need == 0 && look.good == 0)) {
            *ret_code = 0xFFFD;
            return i == 0 ? 1 : i;
        }
        if (look.need == 0) {
            const char *cursor = (const char *)at;
            *ret_code = at[0] < 0x80 ? at[0] : utf8_next(&cursor, (const char *)at + i + 1);
            return i + 1;
        }
    }
    if (!ended)
        return 0;
    *ret_code = 0xFFFD;
    return len;
}

static uint32_t unit_at(const unsigned char *at, enum encoding encoding)
{
    return encoding == ENCODING_UTF16LE ? (uint32_t)at[0] | (uint32_t)at[1] << 8
                                        : (uint32_t)at[1] | (uint32_t)at[0] << 8;
}

static size_t read_utf16(
    const unsigned char *at, size_t len, enum encoding encoding, bool ended, uint32_t *ret_code)
{
    if (len < 2) {
        *ret_code = 0xFFFD;
        return ended ? len : 0;
    }
    uint32_t first = unit_at(at, encoding);
    *ret_code = first;
    if (first < 0xD800 || first > 0xDFFF)
        return 2;
    *ret_code = 0xFFFD;
    if (first > 0xDBFF)
        return 2;
    if (len < 4)
        return ended ? len : 0;
    uint32_t second = unit_at(at + 2, encoding);
    if (second < 0xDC00 || second > 0xDFFF)
        return 2;
    *ret_code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    return 4;
}

static size_t read_one(const struct decoder *decoder, uint32_t *ret_code)
{
    const unsigned char *at = decoder->raw + decoder->raw_at;
    size_t len = decoder->raw_len - decoder->raw_at;
    switch (decoder->encoding) {
    case ENCODING_UTF8: return read_utf8(at, len, decoder->ended, ret_code);
    case ENCODING_UTF16LE:
    case ENCODING_UTF16BE: return read_utf16(at, len, decoder->encoding, decoder->ended, ret_code);
    case ENCODING_WINDOWS_1252:
    case ENCODING_MAX: break;
    }
    uint32_t code = at[0];
    if (code >= 0x80 && code <= 0x9F)
        code = windows_1252[code - 0x80] ? windows_1252[code - 0x80] : 0xFFFD;
    *ret_code = code;
    return 1;
}

/* ASCII is itself in three of the four. */
static size_t copy_ascii(struct decoder *decoder, char *bytes, size_t bytes_max)
{
    size_t len = decoder->raw_len - decoder->raw_at, run = 0;
    if (decoder->encoding == ENCODING_UTF16LE || decoder->encoding == ENCODING_UTF16BE)
        return 0;
    if (len > bytes_max)
        len = bytes_max;
    const unsigned char *at = decoder->raw + decoder->raw_at;
    while (run < len && at[run] < 0x80)
        run++;
    memcpy(bytes, at, run);
    decoder->raw_at += run;
    return run;
}

enum err decoder_pull(
    void *context, char *bytes, size_t bytes_max, size_t *ret_len, struct why *reterr_why)
{
    struct decoder *decoder = context;
    size_t len = 0;
    while (bytes_max - len >= CHARACTER_BYTES_MAX) {
        len += copy_ascii(decoder, bytes + len, bytes_max - len);
        if (bytes_max - len < CHARACTER_BYTES_MAX)
            break;
        uint32_t code = 0;
        size_t used = decoder->raw_at < decoder->raw_len ? read_one(decoder, &code) : 0;
        if (used > 0) {
            decoder->raw_at += used;
            len += utf8_put(bytes + len, code);
            continue;
        }
        if (decoder->ended || len > 0)
            break;
        enum err err = refill(decoder, reterr_why);
        if (err != ERR_NONE)
            return err;
    }
    *ret_len = len;
    return ERR_NONE;
}
