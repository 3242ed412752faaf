/* text_unicode.c: UTF-8, and the letters of Latin-1 and Latin Extended-A in lower case and bare. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

enum { REPLACEMENT = 0xFFFD };

uint32_t utf8_next(const char **cursor, const char *end)
{
    const unsigned char *at = (const unsigned char *)*cursor;
    size_t left = (size_t)(end - *cursor);
    if (left == 0)
        return 0;
    *cursor += 1;
    if (at[0] < 0x80)
        return at[0];
    size_t len = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if (at[0] < 0xC2 || at[0] > 0xF4 || left < len)
        return REPLACEMENT;
    uint32_t code_point = at[0] & (0x7FU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return REPLACEMENT;
        code_point = code_point << 6 | (at[i] & 0x3FU);
    }
    bool overlong = (len == 3 && code_point < 0x800) || (len == 4 && code_point < 0x10000);
    bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (overlong || surrogate || code_point > 0x10FFFF)
        return REPLACEMENT;
    *cursor += len - 1;
    return code_point;
}

bool utf8_valid_n(const char *text, size_t len)
{
    const char *end = text + len;
    while (text < end) {
        const char *start = text;
        if (utf8_next(&text, end) == REPLACEMENT && text - start == 1)
            return false; /* a real U+FFFD takes three bytes */
    }
    return true;
}

size_t utf8_put(char out[4], uint32_t code_point)
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
        code_point = REPLACEMENT;
    size_t len = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    out[0] = (char)((0xF00U >> len & 0xF0U) | code_point);
    return len;
}

size_t utf8_count(const char *text)
{
    size_t count = 0;
    const char *end = text + strlen(text);
    while (utf8_next(&text, end) != 0)
        count++;
    return count;
}

static uint32_t lower_code_point(uint32_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c + 32;
    if (c >= 0xC0 && c <= 0xDE && c != 0xD7)
        return c + 32;
    if (c == 0x130)
        return 'i';
    if (c == 0x178)
        return 0xFF;
    /* Pairs of upper and lower case; which one is even differs by stretch. */
    bool even_upper = (c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177);
    bool odd_upper = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
    if ((even_upper && c % 2 == 0) || (odd_upper && c % 2 == 1))
        return c + 1;
    return c;
}

/* U+00E0 .. U+00FF and U+0100 .. U+017F without their accents, lower case; '?' marks those that
 * stay or become two letters. One character per code point, so that the tables can be read. */
static const char latin_1[] = "aaaaaa?ceeeeiiiidnooooo?ouuuuy?y";
static const char latin_a[] = "aaaaaaccccccccddddeeeeeeeeee"
                              "gggggggghhhhiiiiiiiiii??"
                              "jjkk?llllllllll"
                              "nnnnnnnnn"
                              "oooooo??rrrrrrssssssss"
                              "ttttttuuuuuuuuuuuuwwyyyzzzzzzs";
_Static_assert(sizeof latin_1 == 0x20 + 1, "one letter per code point");
_Static_assert(sizeof latin_a == 0x80 + 1, "one letter per code point");

/* The letters of one lower-case code point without accents, in `out`; 0 when it stays as it is. */
static size_t bare_letters(uint32_t c, char out[2])
{
    static const struct {
        uint32_t code_point;
        char letters[3];
    } pairs[] = {{0xDF, "ss"}, {0xE6, "ae"}, {0xFE, "th"}, {0x133, "ij"}, {0x153, "oe"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i].code_point == c) {
            memcpy(out, pairs[i].letters, 2);
            return 2;
        }
    char bare = c >= 0xE0 && c <= 0xFF ? latin_1[c - 0xE0]
        : c >= 0x100 && c <= 0x17F     ? latin_a[c - 0x100]
                                       : '?';
    out[0] = bare;
    return bare == '?' ? 0 : 1;
}

enum change { CHANGE_LOWER, CHANGE_FOLD, CHANGE_KEY };

static bool is_mark(uint32_t c)
{
    return c >= 0x300 && c <= 0x36F; /* combining accents: decomposed text folds like composed */
}

static bool in_key(uint32_t c)
{
    return c >= 0x80 ? c != 0xA0 && c != REPLACEMENT && !(c >= 0x2000 && c <= 0x206F)
                     : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

static char *change_text(struct arena *arena, const char *text, enum change change)
{
    struct buf out;
    buf_init(&out, arena);
    const char *end = text + strlen(text);
    while (text < end) {
        const char *start = text;
        uint32_t read = utf8_next(&text, end);
        uint32_t c = lower_code_point(read);
        char letters[4];
        size_t len = change == CHANGE_LOWER ? 0 : bare_letters(c, letters);
        if (change != CHANGE_LOWER && is_mark(c))
            continue;
        if (len == 0 && change == CHANGE_KEY && !in_key(c))
            continue;
        if (len > 0)
            buf_add_n(&out, letters, len);
        else if (c == read) /* the bytes as they came, also when they are no UTF-8 */
            buf_add_n(&out, start, (size_t)(text - start));
        else
            buf_add_n(&out, letters, utf8_put(letters, c));
    }
    return out.data;
}

char *text_lower(struct arena *arena, const char *text)
{
    return change_text(arena, text, CHANGE_LOWER);
}

char *text_fold(struct arena *arena, const char *text)
{
    return change_text(arena, text, CHANGE_FOLD);
}

char *text_key(struct arena *arena, const char *text)
{
    return change_text(arena, text, CHANGE_KEY);
}
