#include "gate/holidays.h"

#include <stdio.h>
#include <string.h>

#include "gate/gate_int.h"

enum { HOLIDAYS_MAX = 400 }; /* fifty states with eight own days each */

enum holiday_kind { HOLIDAY_FIXED, HOLIDAY_NTH, HOLIDAY_EASTER, HOLIDAY_ELECTION };

struct holiday {
    char state[8];
    enum holiday_kind kind;
    int month, day; /* fixed; nth: month */
    int nth, weekday;
    int easter_days; /* after Easter Sunday */
};

struct holidays {
    struct holiday list[HOLIDAYS_MAX];
    size_t count;
};

static bool weekday_parse(const char *text, int *ret_weekday)
{
    static const char *const names[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

    for (int i = 0; i < 7; i++) {
        if (strcmp(names[i], text) != 0)
            continue;
        *ret_weekday = i;
        return true;
    }
    return false;
}

static bool rule_parse(const char *rule, struct holiday *holiday)
{
    char weekday[4] = "";
    int end = 0;

    if (sscanf(rule, "fixed %2d-%2d%n", &holiday->month, &holiday->day, &end) == 2 && !rule[end]) {
        holiday->kind = HOLIDAY_FIXED;
        return day_valid(2024, holiday->month, holiday->day);
    }
    if (sscanf(rule, "nth %1d %3s %2d%n", &holiday->nth, weekday, &holiday->month, &end) == 3
        && !rule[end]) {
        holiday->kind = HOLIDAY_NTH;
        return weekday_parse(weekday, &holiday->weekday) && holiday->nth >= 1 && holiday->nth <= 4
            && holiday->month >= 1 && holiday->month <= 12;
    }
    if (sscanf(rule, "easter %4d%n", &holiday->easter_days, &end) == 1 && !rule[end]) {
        holiday->kind = HOLIDAY_EASTER;
        return holiday->easter_days > -100 && holiday->easter_days < 100;
    }
    holiday->kind = HOLIDAY_ELECTION;
    return strcmp(rule, "election") == 0;
}

enum err holidays_load(struct arena *boot, const char *file, const char *text, size_t len,
    struct holidays **ret_holidays, struct why *reterr_why)
{
    struct holidays *holidays = ARENA_NEW(boot, struct holidays, 1);
    struct tsv tsv;
    bool row = true;
    enum err err =
        tsv_open(boot, file, text, len, "state\trule\tname\tsource\tver", &tsv, reterr_why);

    while (err == ERR_NONE && row) {
        struct holiday *holiday = &holidays->list[holidays->count];

        err = tsv_next(&tsv, 5, &row, reterr_why);
        if (err != ERR_NONE || !row)
            break;
        if (holidays->count == HOLIDAYS_MAX - 1)
            return tsv_error(&tsv, reterr_why, "there are more than %d holidays", HOLIDAYS_MAX);
        if (strlen(tsv.cells[0]) != 2 || !rule_parse(tsv.cells[1], holiday))
            return tsv_error(&tsv, reterr_why, "this is no state and rule of a holiday");
        memcpy(holiday->state, tsv.cells[0], 3);
        holidays->count++;
    }
    if (err == ERR_NONE)
        *ret_holidays = holidays;
    return err;
}

/* Easter Sunday of the Gregorian calendar (the anonymous algorithm, Meeus). */
static struct day easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100;
    int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
    int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4;
    int l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451;

    return day_of(year, (h + l - 7 * m + 114) / 31, (h + l - 7 * m + 114) % 31 + 1);
}

static struct day nth_weekday(int year, int month, int weekday, int nth)
{
    struct day first = day_of(year, month, 1);
    int days = (weekday - day_weekday(first) + 7) % 7;

    return (struct day){first.n + days + 7 * (nth - 1)};
}

/* A Saturday is kept on Friday, a Sunday on Monday; the day itself counts as well. */
static bool fixed_holds(struct day day, int year, int month, int number)
{
    struct day date;

    if (!day_valid(year, month, number))
        return false;
    date = day_of(year, month, number);
    return date.n == day.n || (day_weekday(date) == 6 && day.n == date.n - 1)
        || (day_weekday(date) == 0 && day.n == date.n + 1);
}

static bool holiday_is(const struct holiday *holiday, struct day day, int year)
{
    switch (holiday->kind) {
    case HOLIDAY_FIXED: /* the observed day may lie in the next or the last year */
        return fixed_holds(day, year, holiday->month, holiday->day)
            || fixed_holds(day, year + 1, holiday->month, holiday->day)
            || fixed_holds(day, year - 1, holiday->month, holiday->day);
    case HOLIDAY_NTH:
        return nth_weekday(year, holiday->month, holiday->weekday, holiday->nth).n == day.n;
    case HOLIDAY_EASTER: return easter(year).n + holiday->easter_days == day.n;
    case HOLIDAY_ELECTION: return nth_weekday(year, 11, 1, 1).n + 1 == day.n;
    }
    return false;
}

bool holidays_hold(const struct holidays *holidays, const char *state, struct day day)
{
    bool any = strcmp(state, "UNKNOWN") == 0;
    int year, month, number;

    if (day_is_federal_holiday(day) || day_is_federal_holiday_date(day))
        return true;
    day_split(day, &year, &month, &number);
    for (size_t i = 0; i < holidays->count; i++)
        if ((any || strcmp(holidays->list[i].state, state) == 0)
            && holiday_is(&holidays->list[i], day, year))
            return true;
    return false;
}
