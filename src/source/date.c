#include "source/date.h"

#include <assert.h>
#include <string.h>

#include "base/zone.h"

/* A text being read from the left. */
struct scan {
    const char *at, *end;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static char peek(const struct scan *scan)
{
    return scan->at < scan->end ? *scan->at : '\0';
}

static void skip(struct scan *scan, const char *set)
{
    while (scan->at < scan->end && *scan->at && strchr(set, *scan->at))
        scan->at++;
}

static bool eat(struct scan *scan, char c)
{
    if (peek(scan) != c)
        return false;
    scan->at++;
    return true;
}

/* A run of digits; -1 when there is none or it is longer than `max`. */
static int number(struct scan *scan, int max, int *ret_digits)
{
    int value = 0, digits = 0;
    while (digits <= max && is_digit(peek(scan))) {
        value = value * 10 + (*scan->at++ - '0');
        digits++;
    }
    *ret_digits = digits;
    return digits == 0 || digits > max ? -1 : value;
}

enum { WORD_BYTES_MAX = 24 };

/* A run of letters, lower case; false when there is none or it is too long to be a date's word. */
static bool word(struct scan *scan, char ret_word[WORD_BYTES_MAX])
{
    size_t len = 0;
    while (len < WORD_BYTES_MAX - 1 && is_letter(peek(scan))) {
        char c = *scan->at++;
        ret_word[len++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    ret_word[len] = '\0';
    return len > 0 && !is_letter(peek(scan));
}

/* English and Spanish; three letters at least tell. */
static int month_of(const char *name)
{
    static const char *const english[] = {"january", "february", "march", "april", "may", "june",
        "july", "august", "september", "october", "november", "december"};
    static const char *const spanish[] = {"enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"};
    size_t len = strlen(name);
    for (int month = 0; month < 12 && len >= 3; month++) {
        if (strncmp(english[month], name, len) == 0 || strncmp(spanish[month], name, len) == 0)
            return month + 1;
    }
    return strcmp(name, "sept") == 0 ? 9 : 0;
}

static bool is_weekday(const char *name)
{
    static const char *const names[] = {"sunday", "monday", "tuesday", "wednesday", "thursday",
        "friday", "saturday", "domingo", "lunes", "martes", "miercoles", "miércoles", "jueves",
        "viernes", "sabado", "sábado"};
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && len >= 2; i++) {
        if (strncmp(names[i], name, len) == 0)
            return true;
    }
    return strcmp(name, "tues") == 0 || strcmp(name, "thurs") == 0 || strcmp(name, "weds") == 0;
}

/* "+02:00", "-0600", "+05" */
static bool read_offset(struct scan *scan, struct date_parts *parts)
{
    int sign = peek(scan) == '-' ? -1 : 1, digits = 0;
    scan->at++;
    int value = number(scan, 4, &digits), minutes = 0;
    if (value < 0 || digits == 1 || digits == 3)
        return false;
    if (digits == 4) {
        minutes = value % 100;
        value /= 100;
    } else if (eat(scan, ':')) {
        minutes = number(scan, 2, &digits);
    }
    if (value > 14 || minutes < 0 || minutes > 59)
        return false;
    parts->has_offset = true;
    parts->offset_s = sign * (value * 60 + minutes) * 60;
    return true;
}

/* Z, UTC, or an abbreviation that means one offset in North America. */
static bool read_zone_word(struct scan *scan, struct date_parts *parts)
{
    static const struct {
        const char *name;
        int offset_h;
    } names[] = {{"z", 0}, {"utc", 0}, {"gmt", 0}, {"est", -5}, {"edt", -4}, {"cst", -6},
        {"cdt", -5}, {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}, {"akst", -9}, {"akdt", -8},
        {"hst", -10}};
    char name[WORD_BYTES_MAX];
    if (!word(scan, name))
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i].name) == 0) {
            parts->has_offset = true;
            parts->offset_s = names[i].offset_h * 3600;
            return true;
        }
    }
    return false;
}

/* "am", "p.m.", "a"; 12 is 0 in the morning. */
static bool read_half(struct scan *scan, struct date_parts *parts)
{
    struct scan ahead = *scan;
    skip(&ahead, " ");
    char c = (char)(peek(&ahead) | 0x20);
    if (c != 'a' && c != 'p')
        return true;
    ahead.at++;
    skip(&ahead, ".");
    if ((peek(&ahead) | 0x20) == 'm')
        ahead.at++;
    else if (is_letter(peek(&ahead)))
        return true; /* a word of another kind: akst, pst */
    skip(&ahead, ".");
    if (is_letter(peek(&ahead)))
        return true;
    if (parts->hour < 1 || parts->hour > 12)
        return false;
    parts->hour = parts->hour % 12 + (c == 'p' ? 12 : 0);
    *scan = ahead;
    return true;
}

static bool read_clock(struct scan *scan, struct date_parts *parts)
{
    int digits = 0;
    parts->hour = number(scan, 2, &digits);
    bool minutes = eat(scan, ':');
    parts->minute = minutes ? number(scan, 2, &digits) : 0;
    if (minutes && eat(scan, ':')) {
        parts->second = number(scan, 2, &digits);
        if (eat(scan, '.') || eat(scan, ','))
            (void)number(scan, 9, &digits);
    }
    int hour = parts->hour;
    if (hour < 0 || parts->minute < 0 || parts->second < 0 || !read_half(scan, parts))
        return false;
    bool half = hour != parts->hour || scan->at[-1] == '.' || (scan->at[-1] | 0x20) == 'm'
        || (scan->at[-1] | 0x20) == 'a' || (scan->at[-1] | 0x20) == 'p';
    if ((!minutes && !half) || parts->hour > 23 || parts->minute > 59 || parts->second > 60)
        return false;
    if (parts->second == 60)
        parts->second = 59; /* a leap second has no place in a booking */
    parts->has_time = true;
    skip(scan, " ");
    if (peek(scan) == '+' || peek(scan) == '-')
        return read_offset(scan, parts);
    return is_letter(peek(scan)) ? read_zone_word(scan, parts) : true;
}

/* What may stand between a date and its time, and the time. */
static bool read_rest(struct scan *scan, struct date_parts *parts)
{
    skip(scan, " ,");
    if (peek(scan) == 'T' || peek(scan) == 't' || peek(scan) == '@')
        scan->at++;
    else if (scan->end - scan->at > 3 && strncmp(scan->at, "at ", 3) == 0)
        scan->at += 3;
    skip(scan, " -");
    if (scan->at == scan->end)
        return true;
    if (!read_clock(scan, parts))
        return false;
    skip(scan, " ");
    return scan->at == scan->end;
}

static bool is_separator(char c)
{
    return c == '/' || c == '-' || c == '.' || c == ' ';
}

/* The day of a spreadsheet's serial number; 1900-based, so that 61 is 1 March 1900. */
static bool read_serial(struct scan scan, struct date_parts *parts)
{
    enum { SERIAL_MIN = 61, SERIAL_MAX = 80000, EPOCH_TO_1970 = 25569 };
    int digits = 0, value = number(&scan, 5, &digits);
    double fraction = 0, unit = 1;
    if (value < SERIAL_MIN || value > SERIAL_MAX || digits < 4)
        return false;
    if (eat(&scan, '.')) {
        for (int i = 0; i < 12 && is_digit(peek(&scan)); i++) {
            unit /= 10;
            fraction += unit * (*scan.at++ - '0');
        }
        while (is_digit(peek(&scan)))
            scan.at++;
        parts->has_time = true;
    } else if (digits == 4) {
        return false; /* a bare year */
    }
    if (scan.at != scan.end)
        return false;
    int second = (int)(fraction * 86400 + 0.5);
    if (second >= 86400)
        second = 86399;
    day_split((struct day){value - EPOCH_TO_1970}, &parts->year, &parts->month, &parts->day);
    parts->hour = second / 3600;
    parts->minute = second / 60 % 60;
    parts->second = second % 60;
    parts->shape = DATE_FIXED;
    return true;
}

/* 20260305, 2026-03-05, 2026/3/5 and what follows */
static bool read_year_first(struct scan scan, struct date_parts *parts)
{
    int digits = 0, value = number(&scan, 8, &digits);
    if (digits == 8 && value >= 19000000 && value < 22000000) {
        parts->year = value / 10000;
        parts->month = value / 100 % 100;
        parts->day = value % 100;
    } else if (digits == 4 && is_separator(peek(&scan))) {
        char separator = *scan.at++;
        parts->year = value;
        char name[WORD_BYTES_MAX];
        if (is_letter(peek(&scan)))
            parts->month = word(&scan, name) ? month_of(name) : 0;
        else
            parts->month = number(&scan, 2, &digits);
        if (parts->month < 1 || !eat(&scan, separator))
            return false;
        parts->day = number(&scan, 2, &digits);
    } else {
        return false;
    }
    parts->shape = DATE_FIXED;
    parts->no_year = parts->year == 0;
    return parts->day > 0 && read_rest(&scan, parts);
}

static bool read_year(struct scan *scan, struct date_parts *parts)
{
    int digits = 0;
    eat(scan, '\'');
    parts->year = number(scan, 4, &digits);
    parts->short_year = digits == 2;
    parts->no_year = digits == 4 && parts->year == 0;
    return digits == 2 || digits == 4;
}

/* 3/5/2026, 3.5.26 */
static bool read_numbers(struct scan scan, struct date_parts *parts)
{
    int digits = 0;
    parts->a = number(&scan, 2, &digits);
    char separator = peek(&scan);
    if (parts->a < 0 || !is_separator(separator) || separator == ' ')
        return false;
    scan.at++;
    parts->b = number(&scan, 2, &digits);
    if (parts->b < 0 || !eat(&scan, separator) || !read_year(&scan, parts))
        return false;
    parts->shape = DATE_NUMBERS;
    return read_rest(&scan, parts);
}

/* "Mar 5, 2026", "5-Mar-26", "Thursday, March 5th 2026 10:00 AM", "5 de marzo de 2026" */
static bool read_named(struct scan scan, struct date_parts *parts)
{
    char name[WORD_BYTES_MAX];
    int digits = 0;
    for (int i = 0; i < 8 && (parts->month == 0 || parts->day == 0); i++) {
        skip(&scan, " ,.-/");
        if (is_digit(peek(&scan)) && parts->day == 0) {
            parts->day = number(&scan, 2, &digits);
            struct scan suffix = scan;
            if (word(&suffix, name)
                && (!strcmp(name, "st") || !strcmp(name, "nd") || !strcmp(name, "rd")
                    || !strcmp(name, "th")))
                scan = suffix;
        } else if (!word(&scan, name)) {
            return false;
        } else if (parts->month == 0 && month_of(name) > 0) {
            parts->month = month_of(name);
        } else if (!is_weekday(name) && strcmp(name, "de") != 0) {
            return false;
        }
        if (parts->day < 0)
            return false;
    }
    skip(&scan, " ,.-/");
    if (peek(&scan) == 'd' && word(&scan, name) && strcmp(name, "de") != 0)
        return false;
    skip(&scan, " ");
    parts->shape = DATE_FIXED;
    return parts->month > 0 && parts->day > 0 && read_year(&scan, parts) && read_rest(&scan, parts);
}

static bool read_clock_alone(struct scan scan, struct date_parts *parts)
{
    if (!is_digit(peek(&scan)) || !read_clock(&scan, parts))
        return false;
    skip(&scan, " ");
    parts->shape = DATE_CLOCK;
    return scan.at == scan.end;
}

bool date_scan(struct str text, struct date_parts *ret_parts)
{
    enum { DATE_BYTES_MAX = 64 };
    typedef bool reader_fn(struct scan, struct date_parts *);
    static reader_fn *const readers[] = {
        read_year_first, read_numbers, read_serial, read_clock_alone, read_named};
    struct str trimmed = str_trim(text);
    struct scan scan = {trimmed.data, trimmed.data + trimmed.len};
    if (trimmed.len == 0 || trimmed.len > DATE_BYTES_MAX)
        return false;
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        struct date_parts parts = {0};
        if (readers[i](scan, &parts)) {
            *ret_parts = parts;
            return true;
        }
    }
    return false;
}

/* Where the century is open, or the year, 29 February is a day if it can be one. */
static bool is_real_day(const struct date_parts *parts, int month, int day)
{
    return day_valid(parts->year < 100 ? 2000 + parts->year : parts->year, month, day);
}

void date_tally_add(struct date_tally *tally, const struct date_parts *parts, int64_t row)
{
    tally->values++;
    if (parts->shape != DATE_NUMBERS)
        return;
    tally->numbers++;
    bool month_first = is_real_day(parts, parts->a, parts->b);
    bool day_first = is_real_day(parts, parts->b, parts->a);
    if (month_first && day_first && parts->a != parts->b) {
        if (tally->open++ == 0)
            tally->first_open_row = row;
    } else if (month_first && !day_first) {
        if (tally->month_first++ == 0)
            tally->first_month_row = row;
    } else if (day_first && !month_first) {
        if (tally->day_first++ == 0)
            tally->first_day_row = row;
    }
}

enum date_order date_tally_order(const struct date_tally *tally)
{
    enum { MISTAKES_PER_ORDER = 20 };
    if (tally->month_first > tally->day_first * MISTAKES_PER_ORDER)
        return DATE_ORDER_MDY;
    if (tally->day_first > tally->month_first * MISTAKES_PER_ORDER)
        return DATE_ORDER_DMY;
    return tally->open > 0 || tally->day_first > 0 ? DATE_ORDER_AUTO : DATE_ORDER_YMD;
}

static int full_year(const struct date_parts *parts, enum century century, struct day today)
{
    int year, month, day;
    if (!parts->short_year)
        return parts->year;
    day_split(today, &year, &month, &day);
    int here = year / 100 * 100 + parts->year;
    if (century == CENTURY_BIRTH)
        return here > year ? here - 100 : here;
    return here > year + 50 ? here - 100 : here < year - 50 ? here + 100 : here;
}

bool date_day(const struct date_parts *parts, enum date_order order, enum century century,
    struct day today, struct day *ret_day)
{
    int month = parts->month, day = parts->day;
    if (parts->shape == DATE_NONE || parts->shape == DATE_CLOCK || parts->no_year)
        return false;
    if (parts->shape == DATE_NUMBERS) {
        month = order == DATE_ORDER_DMY ? parts->b : parts->a;
        day = order == DATE_ORDER_DMY ? parts->a : parts->b;
    }
    int year = full_year(parts, century, today);
    if (!day_valid(year, month, day))
        return false;
    *ret_day = day_of(year, month, day);
    return true;
}

bool date_instant(const struct date_parts *parts, enum date_order order, struct day today,
    const struct zone *zone, struct instant *ret_instant)
{
    struct day day;
    if (!date_day(parts, order, CENTURY_NEAR, today, &day))
        return false;
    struct civil civil = {.hour = parts->hour, .minute = parts->minute, .second = parts->second};
    if (parts->has_offset) {
        int64_t second =
            (int64_t)parts->hour * 3600 + parts->minute * 60 + parts->second - parts->offset_s;
        *ret_instant = (struct instant){day.n * MS_PER_DAY + second * MS_PER_SECOND};
        return true;
    }
    day_split(day, &civil.year, &civil.month, &civil.day);
    *ret_instant = zone_instant(zone, &civil);
    return true;
}
