#include "base/instant.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

struct instant instant_add_ms(struct instant instant, int64_t ms)
{
    bool overflow = __builtin_add_overflow(instant.ms, ms, &instant.ms);
    assert(!overflow);
    (void)overflow;
    return instant;
}

bool instant_before(struct instant a, struct instant b)
{
    return a.ms < b.ms;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool day_valid(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1
        && day <= month_days(year, month);
}

/* Years are counted from March, so that the leap day is the last of its year; eras of 400 years
 * are alike. 719468 days lie between 0000-03-01 and 1970-01-01. */
enum { ERA_DAYS = 146097, EPOCH_DAYS = 719468 };

struct day day_of(int year, int month, int day)
{
    assert(day_valid(year, month, day));
    int march_year = month <= 2 ? year - 1 : year;
    int era = march_year >= 0 ? march_year / 400 : (march_year - 399) / 400;
    int year_of_era = march_year - era * 400;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (struct day){era * ERA_DAYS + day_of_era - EPOCH_DAYS};
}

void day_split(struct day day, int *ret_year, int *ret_month, int *ret_day)
{
    assert(day.n != DAY_NONE && day.n < INT32_MAX - EPOCH_DAYS);
    int n = day.n + EPOCH_DAYS;
    int era = n >= 0 ? n / ERA_DAYS : (n - ERA_DAYS + 1) / ERA_DAYS;
    int day_of_era = n - era * ERA_DAYS;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (ERA_DAYS - 1)) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int march_month = (5 * day_of_year + 2) / 153;
    *ret_day = day_of_year - (153 * march_month + 2) / 5 + 1;
    *ret_month = march_month < 10 ? march_month + 3 : march_month - 9;
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

int day_weekday(struct day day)
{
    assert(day.n != DAY_NONE);
    int remainder = (day.n % 7 + 4) % 7; /* 1970-01-01 was a Thursday */
    return remainder < 0 ? remainder + 7 : remainder;
}

struct day day_add_months(struct day day, int months)
{
    int year, month, month_day;
    day_split(day, &year, &month, &month_day);
    int month_number = year * 12 + month - 1 + months;
    year = month_number / 12;
    month = month_number % 12 + 1;
    if (month_number < 12 || year > 9999)
        return month_number < 12 ? day_of(1, 1, 1) : day_of(9999, 12, 31);
    int last = month_days(year, month);
    return day_of(year, month, month_day < last ? month_day : last);
}

int day_months_between(struct day from, struct day to)
{
    if (to.n < from.n)
        return -day_months_between(to, from);
    int from_year, from_month, from_day, to_year, to_month, to_day;
    day_split(from, &from_year, &from_month, &from_day);
    day_split(to, &to_year, &to_month, &to_day);
    int months = (to_year - from_year) * 12 + to_month - from_month;
    /* 31 Jan to 28 Feb is a month: the clamped day has been reached. */
    return day_add_months(from, months).n > to.n ? months - 1 : months;
}

/* The n-th of a weekday in a month is the one whose date lies in that week of the month. */
static bool is_nth(struct day day, int month_day, int weekday, int nth)
{
    return day_weekday(day) == weekday && (month_day - 1) / 7 == nth - 1;
}

enum { SUNDAY, MONDAY, THURSDAY = 4, FRIDAY, SATURDAY };

bool day_is_federal_holiday_date(struct day day)
{
    int year, month, month_day;
    day_split(day, &year, &month, &month_day);
    switch (month) {
    case 1: return month_day == 1 || is_nth(day, month_day, MONDAY, 3);
    case 2: return is_nth(day, month_day, MONDAY, 3);
    case 5: return day_weekday(day) == MONDAY && month_day > 31 - 7;
    case 6: return month_day == 19 && year >= 2021; /* Public Law 117-17 */
    case 7: return month_day == 4;
    case 9: return is_nth(day, month_day, MONDAY, 1);
    case 10: return is_nth(day, month_day, MONDAY, 2);
    case 11: return month_day == 11 || is_nth(day, month_day, THURSDAY, 4);
    case 12: return month_day == 25;
    }
    return false;
}

bool day_is_federal_holiday(struct day day)
{
    if (day_is_federal_holiday_date(day))
        return true;
    /* Only fixed dates fall on a weekend, so a neighbour that is a holiday is one of those. */
    int weekday = day_weekday(day);
    return (weekday == FRIDAY && day_is_federal_holiday_date((struct day){day.n + 1}))
        || (weekday == MONDAY && day_is_federal_holiday_date((struct day){day.n - 1}));
}

bool day_is_business(struct day day)
{
    int weekday = day_weekday(day);
    return weekday != SUNDAY && weekday != SATURDAY && !day_is_federal_holiday(day);
}

struct day day_add_business(struct day day, int days)
{
    int step = days < 0 ? -1 : 1;
    while (days != 0) {
        day.n += step;
        if (day_is_business(day))
            days -= step;
    }
    return day;
}

char *day_format(struct arena *arena, struct day day)
{
    int year, month, month_day;
    day_split(day, &year, &month, &month_day);
    return arena_format(arena, "%04d-%02d-%02d", year, month, month_day);
}

/* Exactly `count` digits, moving the cursor past them. */
static bool take_digits(const char **cursor, int count, int *ret_value)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        char c = (*cursor)[i];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + c - '0';
    }
    *cursor += count;
    *ret_value = value;
    return true;
}

static bool take_char(const char **cursor, char a, char b)
{
    if (**cursor != a && **cursor != b)
        return false;
    *cursor += 1;
    return true;
}

static bool take_day(const char **cursor, struct day *ret_day)
{
    int year, month, day;
    if (!take_digits(cursor, 4, &year) || !take_char(cursor, '-', '-')
        || !take_digits(cursor, 2, &month) || !take_char(cursor, '-', '-')
        || !take_digits(cursor, 2, &day) || !day_valid(year, month, day))
        return false;
    *ret_day = day_of(year, month, day);
    return true;
}

enum err day_parse(const char *text, struct day *ret_day, struct why *reterr_why)
{
    struct day day;
    if (!take_day(&text, &day) || *text) {
        why_hint(reterr_why, "Write it as year-month-day, such as 2026-11-22");
        return why_set(reterr_why, ERR_INPUT, "this is not a date");
    }
    *ret_day = day;
    return ERR_NONE;
}

/* hh:mm[:ss[.fraction]]; 60 seconds are a leap second, which counts as the next second. */
static bool take_time(const char **cursor, int64_t *ret_ms)
{
    int hour, minute, second = 0, ms = 0;
    if (!take_digits(cursor, 2, &hour) || !take_char(cursor, ':', ':')
        || !take_digits(cursor, 2, &minute))
        return false;
    if (take_char(cursor, ':', ':')) {
        if (!take_digits(cursor, 2, &second))
            return false;
        if (take_char(cursor, '.', ',')) {
            int digit, count = 0;
            for (; take_digits(cursor, 1, &digit); count++)
                if (count < 3)
                    ms = ms * 10 + digit;
            if (count == 0)
                return false;
            for (; count < 3; count++)
                ms *= 10;
        }
    }
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    *ret_ms = hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * MS_PER_SECOND + ms;
    return true;
}

static bool take_offset(const char **cursor, int64_t *ret_ms)
{
    if (take_char(cursor, 'Z', 'z')) {
        *ret_ms = 0;
        return true;
    }
    int sign = **cursor == '-' ? -1 : 1;
    int hour, minute;
    if (!take_char(cursor, '+', '-') || !take_digits(cursor, 2, &hour)
        || !take_char(cursor, ':', ':') || !take_digits(cursor, 2, &minute) || hour > 23
        || minute > 59)
        return false;
    *ret_ms = sign * (hour * MS_PER_HOUR + minute * MS_PER_MINUTE);
    return true;
}

enum err instant_parse(const char *text, struct instant *ret_instant, struct why *reterr_why)
{
    struct day day;
    int64_t time_ms, offset_ms;
    bool understood = take_day(&text, &day)
        && (take_char(&text, 'T', 't') || take_char(&text, ' ', ' ')) && take_time(&text, &time_ms)
        && take_offset(&text, &offset_ms) && !*text;
    if (!understood) {
        why_hint(reterr_why, "Write it with its offset, such as 2026-03-01T23:00:00-06:00");
        return why_set(reterr_why, ERR_INPUT, "this is not a time");
    }
    *ret_instant = (struct instant){day.n * MS_PER_DAY + time_ms - offset_ms};
    return ERR_NONE;
}

char *instant_format_utc(struct arena *arena, struct instant instant)
{
    int64_t days = instant.ms / MS_PER_DAY;
    int64_t ms = instant.ms % MS_PER_DAY;
    if (ms < 0) {
        ms += MS_PER_DAY;
        days -= 1;
    }
    assert(days > INT32_MIN && days < INT32_MAX);
    int year, month, month_day;
    day_split((struct day){(int32_t)days}, &year, &month, &month_day);
    int seconds = (int)(ms / MS_PER_SECOND), fraction = (int)(ms % MS_PER_SECOND);
    char *whole = arena_format(arena, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, month_day,
        seconds / 3600, seconds / 60 % 60, seconds % 60);
    return fraction ? arena_format(arena, "%s.%03dZ", whole, fraction)
                    : arena_format(arena, "%sZ", whole);
}

struct span_unit {
    const char *name;
    struct span one;
};

/* "mo" before "m": the longest name that fits is meant. */
static const struct span_unit span_units[] = {
    {"y", {.months = 12}},
    {"mo", {.months = 1}},
    {"w", {.days = 7}},
    {"d", {.days = 1}},
    {"h", {.ms = MS_PER_HOUR}},
    {"m", {.ms = MS_PER_MINUTE}},
    {"s", {.ms = MS_PER_SECOND}},
};
enum { SPAN_COUNT_MAX = 100000, SPAN_MONTHS_MAX = 1200 }; /* a century is no plan for a patient */

enum err span_parse(const char *text, struct span *ret_span, struct why *reterr_why)
{
    int64_t count = 0;
    size_t digits = strspn(text, "0123456789");
    char number[8] = "";
    if (digits > 0 && digits < sizeof number) {
        memcpy(number, text, digits);
        (void)text_to_int(number, 0, SPAN_COUNT_MAX * 10, &count);
        for (size_t i = 0; i < sizeof span_units / sizeof *span_units; i++) {
            struct span one = span_units[i].one;
            if (!text_is(text + digits, span_units[i].name))
                continue;
            if (count > SPAN_COUNT_MAX || one.months * count > SPAN_MONTHS_MAX)
                return why_set(reterr_why, ERR_INPUT, "%s is too long a span", text);
            *ret_span = (struct span){.months = (int32_t)(one.months * count),
                .days = (int32_t)(one.days * count),
                .ms = one.ms * count};
            return ERR_NONE;
        }
    }
    why_hint(reterr_why, "Write a number and one of y, mo, w, d, h, m, s, such as 90d or 9mo");
    return why_set(reterr_why, ERR_INPUT, "this is not a span of time");
}

char *span_format(struct arena *arena, struct span span)
{
    char *text = arena_text(arena, "");
    if (span.months)
        text = span.months % 12 ? arena_format(arena, "%dmo", span.months)
                                : arena_format(arena, "%dy", span.months / 12);
    if (span.days)
        text = arena_format(arena, "%s%dd", text, span.days);
    if (span.ms % MS_PER_HOUR)
        text = span.ms % MS_PER_MINUTE
            ? arena_format(arena, "%s%llds", text, (long long)(span.ms / MS_PER_SECOND))
            : arena_format(arena, "%s%lldm", text, (long long)(span.ms / MS_PER_MINUTE));
    else if (span.ms)
        text = arena_format(arena, "%s%lldh", text, (long long)(span.ms / MS_PER_HOUR));
    return *text ? text : arena_text(arena, "0d");
}

struct day span_add_to_day(struct day day, struct span span)
{
    assert(span.ms == 0);
    day = day_add_months(day, span.months);
    return (struct day){day.n + span.days};
}

bool span_is_zero(struct span span)
{
    return span.months == 0 && span.days == 0 && span.ms == 0;
}

int64_t span_ms(struct span span)
{
    return (span.months * INT64_C(30) + span.days) * MS_PER_DAY + span.ms;
}
