#include <string.h>

#include "base/instant.h"
#include "base/zone_int.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take_name(const char **cursor)
{
    const char *start = *cursor;
    if (*start == '<') {
        const char *end = strchr(start, '>');
        *cursor = end ? end + 1 : start;
        return end != NULL;
    }
    while (is_letter(**cursor))
        *cursor += 1;
    return *cursor - start >= 3;
}

static bool take_number(const char **cursor, int min, int max, int *ret_value)
{
    int value = 0;
    const char *start = *cursor;
    while (**cursor >= '0' && **cursor <= '9' && *cursor - start < 4) {
        value = value * 10 + **cursor - '0';
        *cursor += 1;
    }
    if (*cursor == start || value < min || value > max)
        return false;
    *ret_value = value;
    return true;
}

static bool take(const char **cursor, char c)
{
    if (**cursor != c)
        return false;
    *cursor += 1;
    return true;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(const char **cursor, int32_t *ret_s)
{
    int hours, minutes = 0, seconds = 0;
    bool negative = take(cursor, '-');
    if (!negative)
        (void)take(cursor, '+');
    if (!take_number(cursor, 0, 167, &hours))
        return false;
    if (take(cursor, ':') && !take_number(cursor, 0, 59, &minutes))
        return false;
    if (take(cursor, ':') && !take_number(cursor, 0, 59, &seconds))
        return false;
    int32_t s = hours * 3600 + minutes * 60 + seconds;
    *ret_s = negative ? -s : s;
    return true;
}

static bool take_day(const char **cursor, struct zone_rule_day *ret_day)
{
    struct zone_rule_day day = {.kind = RULE_JULIAN_LEAP, .time_s = 2 * 3600};
    if (take(cursor, 'M')) {
        day.kind = RULE_WEEKDAY;
        if (!take_number(cursor, 1, 12, &day.month) || !take(cursor, '.')
            || !take_number(cursor, 1, 5, &day.week) || !take(cursor, '.')
            || !take_number(cursor, 0, 6, &day.weekday))
            return false;
    } else if (take(cursor, 'J')) {
        day.kind = RULE_JULIAN;
        if (!take_number(cursor, 1, 365, &day.day))
            return false;
    } else if (!take_number(cursor, 0, 365, &day.day)) {
        return false;
    }
    if (take(cursor, '/') && !take_time(cursor, &day.time_s))
        return false;
    *ret_day = day;
    return true;
}

bool zone_rule_parse(const char *text, struct zone_rule *ret_rule)
{
    struct zone_rule rule = {0};
    int32_t west_s;
    if (!take_name(&text) || !take_time(&text, &west_s))
        return false;
    rule.standard_s = -west_s; /* POSIX counts westward */
    if (*text) {
        rule.has_summer = true;
        rule.summer_s = rule.standard_s + 3600;
        if (!take_name(&text))
            return false;
        if (*text != ',') {
            if (!take_time(&text, &west_s))
                return false;
            rule.summer_s = -west_s;
        }
        if (!take(&text, ',') || !take_day(&text, &rule.begins) || !take(&text, ',')
            || !take_day(&text, &rule.ends) || *text)
            return false;
    }
    *ret_rule = rule;
    return true;
}

/* The wall clock second, counted as if UTC, at which `day` falls in `year`. */
static int64_t rule_day_s(const struct zone_rule_day *day, int year)
{
    struct day new_year = day_of(year, 1, 1);
    int32_t n = 0;
    switch (day->kind) {
    case RULE_WEEKDAY: {
        struct day first = day_of(year, day->month, 1);
        int into = (day->weekday - day_weekday(first) + 7) % 7 + (day->week - 1) * 7;
        if (!day_valid(year, day->month, into + 1))
            into -= 7; /* week 5 of a month with four of them */
        n = first.n + into;
        break;
    }
    case RULE_JULIAN:
        n = new_year.n + day->day - 1 + (day->day >= 60 && day_valid(year, 2, 29));
        break;
    case RULE_JULIAN_LEAP: n = new_year.n + day->day; break;
    }
    return n * INT64_C(86400) + day->time_s;
}

int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t time_s)
{
    if (!rule->has_summer)
        return rule->standard_s;
    int64_t local_s = time_s + rule->standard_s;
    int64_t days = local_s / 86400 - (local_s % 86400 < 0);
    int year, month, month_day;
    day_split((struct day){(int32_t)days}, &year, &month, &month_day);
    if (year < 1 || year > 9999)
        return rule->standard_s;
    int64_t begins_s = rule_day_s(&rule->begins, year) - rule->standard_s;
    int64_t ends_s = rule_day_s(&rule->ends, year) - rule->summer_s;
    bool summer = begins_s < ends_s ? time_s >= begins_s && time_s < ends_s
                                    : time_s >= begins_s || time_s < ends_s; /* south */
    return summer ? rule->summer_s : rule->standard_s;
}
