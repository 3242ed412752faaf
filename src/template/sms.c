#include "template/sms.h"

#include <string.h>

#include "base/text.h"
#include "template/template_int.h"

enum { /* 3GPP TS 23.040: a concatenation header takes 7 septets, or 3 UTF-16 units */
    GSM_ALONE_MAX = 160,
    GSM_PART_MAX = 153,
    UCS2_ALONE_MAX = 70,
    UCS2_PART_MAX = 67
};

/* The letters of the GSM 7-bit default alphabet beyond ASCII, in order (3GPP TS 23.038 table 1). */
static const uint16_t gsm_letters[] = {0xA1, 0xA3, 0xA4, 0xA5, 0xA7, 0xBF, 0xC4, 0xC5, 0xC6, 0xC7,
    0xC9, 0xD1, 0xD6, 0xD8, 0xDC, 0xDF, 0xE0, 0xE4, 0xE5, 0xE6, 0xE8, 0xE9, 0xEC, 0xF1, 0xF2, 0xF6,
    0xF8, 0xF9, 0xFC, 0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0, 0x3A3, 0x3A6, 0x3A8, 0x3A9};

int sms_septets(uint32_t code_point)
{
    if (code_point == '\n' || code_point == '\r')
        return 1;
    if (code_point == '\f' || code_point == 0x20AC)
        return 2;
    if (code_point >= 0x20 && code_point < 0x7F) {
        if (code_point == '`')
            return 0;
        return strchr("[\\]^{|}~", (int)code_point) ? 2 : 1;
    }
    for (size_t i = 0; i < sizeof gsm_letters / sizeof *gsm_letters; i++)
        if (gsm_letters[i] == code_point)
            return 1;
    return 0;
}

static bool is_gsm(const char *text, const char *end)
{
    while (text < end)
        if (!sms_septets(utf8_next(&text, end)))
            return false;
    return true;
}

int64_t sms_characters(const char *text)
{
    const char *end = text + strlen(text);
    int64_t count = 0;

    while (text < end)
        count += utf8_next(&text, end) > 0xFFFF ? 2 : 1;
    return count;
}

struct sms_count sms_count(const char *text)
{
    const char *end = text + strlen(text);
    struct sms_count count = {.ucs2 = !is_gsm(text, end), .segments = 1};
    int alone_max = count.ucs2 ? UCS2_ALONE_MAX : GSM_ALONE_MAX;
    int part_max = count.ucs2 ? UCS2_PART_MAX : GSM_PART_MAX;
    int parts = 1, used = 0;

    while (text < end) {
        uint32_t code_point = utf8_next(&text, end);
        int cost = count.ucs2 ? (code_point > 0xFFFF ? 2 : 1) : sms_septets(code_point);

        if (used + cost > part_max) {
            parts++;
            used = 0;
        }
        used += cost;
        count.units += cost;
    }
    if (count.units > alone_max)
        count.segments = parts;
    return count;
}

/* Small letters without accents, blanks once. */
static const char *sender_key(struct arena *arena, const char *text)
{
    return text_one_line(arena, text_fold(arena, sms_fold(arena, text)));
}

bool sms_names_sender(struct arena *arena, const char *text, const char *name)
{
    const char *where = sender_key(arena, text), *what = name ? sender_key(arena, name) : "";
    const char *at = *what ? strstr(where, what) : NULL;
    size_t before;

    if (!at)
        return false;
    before = utf8_count(arena_text_n(arena, where, (size_t)(at - where)));
    return before == 0 || before + utf8_count(what) <= SMS_SENDER_CHARS_MAX;
}

const char *sms_encoding_name(const struct sms_count *count)
{
    return count->ucs2 ? "ucs2" : "gsm7";
}
