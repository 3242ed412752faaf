/* choice_meet.c: two kinds of days said of one wish: which days are both. */
#include "opening/choice_int.h"

/* ---- windows ---- */

struct choice_window choice__any_window(void)
{
    return (struct choice_window){
        {DAY_NONE}, {DAY_NONE}, CHOICE_EVERY_WEEKDAY, 0, CHOICE_DAY_MINUTES};
}

struct choice_window choice__days_window(int first, int last)
{
    return (struct choice_window){{first}, {last}, CHOICE_EVERY_WEEKDAY, 0, CHOICE_DAY_MINUTES};
}

/* A day of it that is not over. */
static bool has_any_day(const struct choice_window *window, struct day today)
{
    int first =
        window->first.n != DAY_NONE && window->first.n > today.n ? window->first.n : today.n;
    for (int day = first; day < first + 7; day++) {
        if (window->last.n != DAY_NONE && day > window->last.n)
            return false;
        if (window->weekdays >> day_weekday((struct day){day}) & 1)
            return true;
    }
    return false;
}

static bool narrow_window(
    struct choice_window *window, const struct choice_window *by, struct day today)
{
    if (by->first.n != DAY_NONE && (window->first.n == DAY_NONE || by->first.n > window->first.n))
        window->first = by->first;
    if (by->last.n != DAY_NONE && (window->last.n == DAY_NONE || by->last.n < window->last.n))
        window->last = by->last;
    window->weekdays &= by->weekdays;
    return has_any_day(window, today);
}

struct choice_window choice__related_window(
    enum item_kind relation, struct choice_window window, struct day today)
{
    if (relation == ITEM_AFTER)
        return choice__days_window(window.last.n + 1, DAY_NONE);
    if (relation == ITEM_BEFORE)
        return choice__days_window(today.n, window.first.n - 1);
    if (relation == ITEM_BETWEEN)
        return choice__days_window(window.first.n, DAY_NONE);
    return window;
}

/* ---- both at once ---- */

bool choice__is_bare(const struct choice_days *days)
{
    return days->weekdays != 0 || days->of_month != 0;
}

/* The one day of a span that is such a weekday, or such a day of a month. */
static bool only_day(const struct choice_days *bare, const struct choice_window *span, int *ret_day)
{
    int count = 0;
    if (span->first.n == DAY_NONE || span->last.n == DAY_NONE)
        return false;
    for (int n = span->first.n; n <= span->last.n && count < 2; n++) {
        int year, month, of_month;
        day_split((struct day){n}, &year, &month, &of_month);
        bool is = bare->of_month ? of_month == bare->of_month
                                 : bare->weekdays >> day_weekday((struct day){n}) & 1;
        if (!is)
            continue;
        *ret_day = n;
        count++;
    }
    return count == 1;
}

/* "before the 20th", of a week that has none: of the month in which that ends. */
static bool day_beside(
    const struct choice_days *bare, const struct choice_window *span, int *ret_day)
{
    int year, month, day;
    if (!bare->of_month || bare->relation == ITEM_FILLER || span->last.n == DAY_NONE
        || span->last.n - span->first.n > 30)
        return false;
    day_split(span->last, &year, &month, &day);
    if (!day_valid(year, month, bare->of_month))
        return false;
    *ret_day = day_of(year, month, bare->of_month).n;
    return true;
}

static bool is_one_day(const struct choice_days *bare)
{
    return bare->relation == ITEM_FILLER && !bare->until_of_month;
}

/* The next such day of a month from there on. */
int choice__next_of_month(int from, int of_month)
{
    int n = from, year, month, day = 0;
    for (; n < from + 62; n++) {
        day_split((struct day){n}, &year, &month, &day);
        if (day == of_month)
            break;
    }
    return n;
}

/* What is bare, of these days: "saturdays" in december, "after the 10th" in january. */
static bool place(const struct choice_days *bare, const struct choice_days *span, struct day today,
    struct choice_days *ret_days)
{
    struct choice_days placed = {.kind = ITEM_WEEKDAY, .relation = ITEM_FILLER};
    int day = 0;
    bool half_open = span->window.first.n == DAY_NONE || span->window.last.n == DAY_NONE;
    if (half_open && bare->of_month) {
        placed.window = bare->window;
    } else if (bare->of_month || bare->relation != ITEM_FILLER) {
        if (!only_day(bare, &span->window, &day) && !day_beside(bare, &span->window, &day))
            return false;
        int until = bare->until_of_month ? choice__next_of_month(day, bare->until_of_month) : day;
        placed.window =
            choice__related_window(bare->relation, choice__days_window(day, until), today);
        if (bare->of_month && bare->weekdays)
            placed.window.weekdays &= bare->weekdays;
    } else {
        placed.window = choice__any_window();
        placed.window.weekdays = bare->weekdays;
    }
    if (!bare->weekdays)
        placed.kind = is_one_day(bare) ? ITEM_DAY : ITEM_WEEK;
    placed.dated = bare->dated || span->dated;
    *ret_days = placed;
    return narrow_window(&ret_days->window, &span->window, today);
}

/* "weekend saturday": the fewer of the two. */
static bool meet_weekdays(const struct choice_days *one, const struct choice_days *other,
    struct day today, struct choice_days *ret_days)
{
    uint8_t first = one->weekdays ? one->weekdays : one->window.weekdays;
    uint8_t second = other->weekdays ? other->weekdays : other->window.weekdays;
    uint8_t both = first & second;
    if ((both != first && both != second) || first == second)
        return false;
    *ret_days = first == both ? *one : *other;
    const struct choice_days *wider = first == both ? other : one;
    if (!wider->weekdays) {
        ret_days->weekdays = 0;
        ret_days->window = wider->window;
    }
    ret_days->window.weekdays &= both;
    return has_any_day(&ret_days->window, today);
}

/* "saturday", "december 5": that day, if it is one. */
static bool meet_date(
    const struct choice_days *date, const struct choice_days *weekday, struct choice_days *ret_days)
{
    struct day day = date->window.first;
    const struct choice_window *window = &weekday->window;
    uint8_t weekdays = weekday->weekdays ? weekday->weekdays : window->weekdays;
    bool inside = (window->first.n == DAY_NONE || day.n >= window->first.n)
        && (window->last.n == DAY_NONE || day.n <= window->last.n);
    *ret_days = *date;
    ret_days->of_month = 0;
    bool whichever = weekday->weekdays && !weekday->of_month;
    return weekdays >> day_weekday(day) & 1 && (whichever || inside);
}

/* "saturdays after the 10th": of a month that may still come. */
static bool meet_bare(const struct choice_days *one, const struct choice_days *other,
    struct day today, struct choice_days *ret_days)
{
    const struct choice_days *related = one->of_month || one->relation != ITEM_FILLER ? one : other;
    const struct choice_days *rest = related == one ? other : one;
    bool open = related->of_month && rest->weekdays && rest->relation == ITEM_FILLER;
    struct choice_window by = rest->window;
    if (rest->weekdays && rest->relation == ITEM_FILLER) {
        by = choice__any_window();
        by.weekdays = rest->weekdays;
    }
    *ret_days = *related;
    ret_days->kind = rest->kind;
    ret_days->weekdays = open ? rest->weekdays : 0;
    ret_days->of_month = open ? related->of_month : 0;
    ret_days->until_of_month = open ? related->until_of_month : 0;
    ret_days->relation = open ? related->relation : ITEM_FILLER;
    return narrow_window(&ret_days->window, &by, today);
}

/* False: no day is both. */
bool choice__meet(const struct choice_days *one, const struct choice_days *other, struct day today,
    struct choice_days *ret_days)
{
    bool first_date = one->kind == ITEM_DAY, second_date = other->kind == ITEM_DAY;
    if (one->kind == ITEM_WEEKDAY && other->kind == ITEM_WEEKDAY && !one->of_month
        && !other->of_month)
        return meet_weekdays(one, other, today, ret_days);
    if (first_date && second_date) {
        *ret_days = one->dated ? *one : *other;
        return one->window.first.n == other->window.first.n;
    }
    if (first_date && other->kind == ITEM_WEEKDAY)
        return meet_date(one, other, ret_days);
    if (second_date && one->kind == ITEM_WEEKDAY)
        return meet_date(other, one, ret_days);
    if (choice__is_bare(one) && choice__is_bare(other))
        return meet_bare(one, other, today, ret_days);
    if (choice__is_bare(one) || choice__is_bare(other))
        return place(choice__is_bare(one) ? one : other, choice__is_bare(one) ? other : one, today,
            ret_days);
    *ret_days = *one;
    if (one->kind == ITEM_WEEK)
        ret_days->kind = other->kind;
    ret_days->dated = one->dated || other->dated;
    return narrow_window(&ret_days->window, &other->window, today);
}
