#include <stdlib.h>
#include <string.h>

#include "template/template_int.h"

static const struct filter_facts filters[FILTER_MAX] = {
    [FILTER_DEFAULT] = {"default", VALUE_TEXT, false, true, false, true,
        "these words when the value is unknown: default: \"there\""},
    [FILTER_ABOUT_DURATION] = {"about_duration", VALUE_DAY, false, false, false, false,
        "how long ago in round words: about 4 months"},
    [FILTER_DATE] = {"date", VALUE_DAY, false, true, true, false,
        "a day in words: date: \"weekday\", \"day\", \"short\", \"long\" or \"iso\""},
    [FILTER_POINTS] = {"points", VALUE_NUMBER, false, false, false, false,
        "a balance with its unit: 1,200 points"},
    [FILTER_NUMBER] = {"number", VALUE_NUMBER, false, false, false, false,
        "digits in groups: 1,200"},
    [FILTER_MONEY] = {"money", VALUE_NUMBER, false, false, false, false, "cents as money: $45.50"},
    [FILTER_PHONE] = {"phone", VALUE_TEXT, false, false, false, false,
        "a number as people write it: (512) 555-0100"},
    [FILTER_FIRST_WORD] = {"first_word", VALUE_TEXT, false, false, false, false,
        "up to the first blank"},
    [FILTER_CAPITALIZE] = {"capitalize", VALUE_TEXT, false, false, false, false,
        "first letter large"},
    [FILTER_UPCASE] = {"upcase", VALUE_TEXT, false, false, false, false, "all letters large"},
    [FILTER_DOWNCASE] = {"downcase", VALUE_TEXT, false, false, false, false, "all letters small"},
    [FILTER_PLAIN] = {"plain", VALUE_TEXT, false, false, false, false,
        "letters without accents: for the practice's own name in a text message"},
    [FILTER_FITS] = {"fits", VALUE_TEXT, true, true, false, true,
        "the value if it takes at most so many places of a plain text message, else these words: "
        "fits: 12, \"there\""},
};

const struct filter_facts *filter_facts(enum filter filter)
{
    return &filters[filter];
}

enum filter filter_find(const char *name)
{
    for (int i = 0; i < FILTER_MAX; i++)
        if (strcmp(filters[i].name, name) == 0)
            return (enum filter)i;
    return FILTER_MAX;
}

const char *filter_nearest(struct arena *arena, const char *name)
{
    const char **names = ARENA_NEW(arena, const char *, FILTER_MAX);

    for (int i = 0; i < FILTER_MAX; i++)
        names[i] = filters[i].name;
    return text_nearest(name, names, FILTER_MAX);
}

/* ---- words of the two languages ---- */

static bool is_spanish(const char *language)
{
    return strncmp(language, "es", 2) == 0;
}

static const char *const months[2][12] = {
    {"January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December"},
    {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
        "octubre", "noviembre", "diciembre"},
};
static const char *const weekdays[2][7] = {
    {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
    {"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
};

enum date_format { DATE_WEEKDAY, DATE_DAY, DATE_SHORT, DATE_LONG, DATE_ISO, DATE_FORMAT_MAX };
static const char *const date_formats[DATE_FORMAT_MAX] = {"weekday", "day", "short", "long", "iso"};

static enum date_format date_format_find(const char *format)
{
    for (int i = 0; i < DATE_FORMAT_MAX; i++)
        if (strcmp(date_formats[i], format) == 0)
            return (enum date_format)i;
    return DATE_FORMAT_MAX;
}

bool filter_date_format_valid(const char *format)
{
    return date_format_find(format) != DATE_FORMAT_MAX;
}

const char *filter_date_formats(void)
{
    return "weekday (Tuesday), day (March 3), short (Mar 3), long (Tuesday, March 3, 2026) or iso "
           "(2026-03-03)";
}

static char *date_words(struct arena *arena, struct day day, enum date_format format, bool spanish)
{
    int year, month, number;
    const char *month_name, *weekday = weekdays[spanish][day_weekday(day)];

    day_split(day, &year, &month, &number);
    month_name = months[spanish][month - 1];
    switch (format) {
    case DATE_WEEKDAY: return arena_text(arena, weekday);
    case DATE_DAY:
    case DATE_FORMAT_MAX:
        return spanish ? arena_format(arena, "%d de %s", number, month_name)
                       : arena_format(arena, "%s %d", month_name, number);
    case DATE_SHORT:
        return spanish ? arena_format(arena, "%d %.3s", number, month_name)
                       : arena_format(arena, "%.3s %d", month_name, number);
    case DATE_LONG:
        return spanish ? arena_format(arena, "%s %d de %s de %d", weekday, number, month_name, year)
                       : arena_format(arena, "%s, %s %d, %d", weekday, month_name, number, year);
    case DATE_ISO: break;
    }
    return day_format(arena, day);
}

/* A month counts 30.44 days here: these are words, not a calendar. */
static char *about_words(struct arena *arena, int days, bool spanish)
{
    int weeks = (days + 3) / 7, of_months = (int)((days * 100LL + 1522) / 3044);
    int years = (days + 182) / 365;

    if (days < 7)
        return arena_text(arena, spanish ? "unos pocos días" : "a few days");
    if (days < 14)
        return arena_text(arena, spanish ? "una semana" : "about a week");
    if (days < 60)
        return arena_format(arena, spanish ? "unas %d semanas" : "about %d weeks", weeks);
    if (of_months < 24)
        return of_months == 12
            ? arena_text(arena, spanish ? "un año" : "about a year")
            : arena_format(arena, spanish ? "unos %d meses" : "about %d months", of_months);
    return arena_format(arena, spanish ? "unos %d años" : "about %d years", years);
}

static char *number_words(struct arena *arena, int64_t number)
{
    char digits[24], grouped[32];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)llabs(number)), at = 0;

    if (number < 0)
        grouped[at++] = '-';
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            grouped[at++] = ',';
        grouped[at++] = digits[i];
    }
    grouped[at] = '\0';
    return arena_text(arena, grouped);
}

static char *money_words(struct arena *arena, int64_t cents)
{
    const char *whole = number_words(arena, cents / 100);
    int rest = (int)llabs(cents % 100);

    return rest ? arena_format(arena, "$%s.%02d", whole, rest) : arena_format(arena, "$%s", whole);
}

static char *phone_words(struct arena *arena, const char *e164)
{
    if (strncmp(e164, "+1", 2) != 0 || strlen(e164) != 12 || strspn(e164 + 1, "0123456789") != 11)
        return arena_text(arena, e164);
    return arena_format(arena, "(%.3s) %.3s-%s", e164 + 2, e164 + 5, e164 + 8);
}

/* ---- letters ---- */

static uint32_t letter_upper(uint32_t code_point)
{
    if ((code_point >= 'a' && code_point <= 'z')
        || (code_point >= 0xE0 && code_point <= 0xFE && code_point != 0xF7))
        return code_point - 0x20;
    return code_point;
}

static char *letters_upper(struct arena *arena, const char *text, bool only_first)
{
    const char *cursor = text, *end = text + strlen(text);
    bool upper = true;
    struct buf out;

    buf_init(&out, arena);
    while (cursor < end) {
        char bytes[4];
        uint32_t code_point = utf8_next(&cursor, end);

        buf_add_n(&out, bytes, utf8_put(bytes, upper ? letter_upper(code_point) : code_point));
        if (only_first)
            upper = false;
    }
    return out.data;
}

/* One letter at a time, so that its size stays. */
static char *letters_plain(struct arena *arena, const char *text)
{
    const char *cursor = text, *end = text + strlen(text);
    struct buf out;

    buf_init(&out, arena);
    while (cursor < end) {
        const char *start = cursor;
        const char *letter, *plain;

        (void)utf8_next(&cursor, end);
        letter = arena_text_n(arena, start, (size_t)(cursor - start));
        plain = text_fold(arena, letter);
        buf_add(&out,
            strcmp(text_lower(arena, letter), letter) == 0 ? plain
                                                           : letters_upper(arena, plain, true));
    }
    return out.data;
}

static char *first_word(struct arena *arena, const char *text)
{
    struct str word = str_trim(str_of(text));
    size_t len = 0;

    while (len < word.len && word.data[len] != ' ' && word.data[len] != '\t')
        len++;
    return arena_text_n(arena, word.data, len);
}

/* The value stays whole or goes: a name is never cut. */
static bool fits(struct arena *arena, const char *text, int64_t septets_max)
{
    struct sms_count count = sms_count(sms_fold(arena, text));

    return !count.ucs2 && count.units <= septets_max;
}

/* ---- applying ---- */

static const char *text_filter(
    struct arena *arena, const struct filter_call *call, const char *text)
{
    switch (call->filter) {
    case FILTER_PHONE: return phone_words(arena, text);
    case FILTER_FIRST_WORD: return first_word(arena, text);
    case FILTER_CAPITALIZE: return letters_upper(arena, text, true);
    case FILTER_UPCASE: return letters_upper(arena, text, false);
    case FILTER_DOWNCASE: return text_lower(arena, text);
    case FILTER_PLAIN: return letters_plain(arena, text);
    case FILTER_FITS: return fits(arena, text, call->number) ? text : call->text;
    case FILTER_DEFAULT:
    case FILTER_ABOUT_DURATION:
    case FILTER_DATE:
    case FILTER_POINTS:
    case FILTER_NUMBER:
    case FILTER_MONEY:
    case FILTER_MAX: break;
    }
    return text;
}

struct value filter_apply(struct arena *arena, const struct filter_call *call,
    const struct value *value, const char *language, struct day today)
{
    bool spanish = is_spanish(language);
    struct value result = {.known = true, .type = VALUE_TEXT, .proper_name = value->proper_name};

    if (!value->known) {
        if (!filters[call->filter].settles)
            return (struct value){.type = VALUE_TEXT};
        result.text = call->text;
        result.proper_name = false;
        return result;
    }
    switch (call->filter) {
    case FILTER_ABOUT_DURATION:
        result.text =
            about_words(arena, today.n > value->day.n ? today.n - value->day.n : 0, spanish);
        break;
    case FILTER_DATE:
        result.text = date_words(
            arena, value->day, call->text ? date_format_find(call->text) : DATE_DAY, spanish);
        break;
    case FILTER_POINTS:
        result.text = arena_format(arena, "%s %s", number_words(arena, value->number),
            spanish ? (value->number == 1 ? "punto" : "puntos")
                    : (value->number == 1 ? "point" : "points"));
        break;
    case FILTER_NUMBER: result.text = number_words(arena, value->number); break;
    case FILTER_MONEY: result.text = money_words(arena, value->number); break;
    case FILTER_DEFAULT:
    case FILTER_PHONE:
    case FILTER_FIRST_WORD:
    case FILTER_CAPITALIZE:
    case FILTER_UPCASE:
    case FILTER_DOWNCASE:
    case FILTER_PLAIN:
    case FILTER_FITS:
    case FILTER_MAX:
        result.text = text_filter(arena, call, value->text);
        if (value->type == VALUE_URL)
            result.type = VALUE_URL;
        break;
    }
    return result;
}
