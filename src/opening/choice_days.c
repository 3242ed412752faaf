/* choice_days.c: days and hours said together; weekdays, weeks, months and dates. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "opening/choice_int.h"

const struct item *choice__peek(const struct choice_reader *reader, size_t ahead)
{
    static const struct item none = {.kind = ITEM_STOP};
    size_t at = reader->at + ahead;
    return at < reader->items.count ? &reader->items.list[at] : &none;
}

/* ---- parts ---- */

struct choice_window choice__any_window(void)
{
    return (struct choice_window){
        {DAY_NONE}, {DAY_NONE}, CHOICE_EVERY_WEEKDAY, 0, CHOICE_DAY_MINUTES};
}

static void put_window(struct choice_reader *reader, struct choice_window window)
{
    struct choice *choice = &reader->choice;
    size_t *count = reader->part.negative ? &choice->except_count : &choice->window_count;
    struct choice_window *list = reader->part.negative ? choice->except : choice->windows;
    if (*count == CHOICE_WINDOWS_MAX)
        reader->unsure = true;
    else
        list[(*count)++] = window;
}

void choice__end_part(struct choice_reader *reader)
{
    struct choice_part *part = &reader->part;
    if (part->day_count > 0 || part->time_count > 0) {
        size_t days = part->day_count ? part->day_count : 1;
        size_t times = part->time_count ? part->time_count : 1;
        for (size_t i = 0; i < days; i++) {
            for (size_t j = 0; j < times; j++) {
                struct choice_window window =
                    part->day_count ? part->days[i] : choice__any_window();
                if (part->time_count) {
                    window.from_minute = part->from[j];
                    window.until_minute = part->until[j];
                }
                put_window(reader, window);
            }
        }
        if (reader->contrast && !part->negative)
            reader->unsure = true;
    }
    *part = (struct choice_part){.negative = part->negative};
    reader->last = ITEM_FILLER;
    reader->joined = false;
}

/* "after the 20th", "before friday", "after the holidays": of a single day, or of days on end. */
static void relate_days(
    struct choice_reader *reader, struct choice_window *window, enum item_kind kind)
{
    if (reader->relation == ITEM_AFTER || reader->relation == ITEM_BEFORE) {
        bool one = window->first.n == window->last.n || kind == ITEM_WEEK;
        if (!one || window->first.n == DAY_NONE)
            reader->unsure = true;
        if (reader->relation == ITEM_AFTER)
            *window = (struct choice_window){
                {window->last.n + 1}, {DAY_NONE}, CHOICE_EVERY_WEEKDAY, 0, CHOICE_DAY_MINUTES};
        else
            *window = (struct choice_window){
                reader->today, {window->first.n - 1}, CHOICE_EVERY_WEEKDAY, 0, CHOICE_DAY_MINUTES};
    }
    if (reader->relation != ITEM_AT)
        reader->relation = ITEM_FILLER;
}

void choice__add_days(
    struct choice_reader *reader, struct choice_window window, int weekday, enum item_kind kind)
{
    struct choice_part *part = &reader->part;
    bool of_week = kind == ITEM_WEEK;
    if (reader->comma_in_negative || (!of_week && (reader->early || reader->late)))
        reader->unsure = true;
    relate_days(reader, &window, kind);
    if (part->time_count > 0 && part->day_count > 0)
        choice__end_part(reader);
    if (part->day_count == CHOICE_WINDOWS_MAX) {
        reader->unsure = true;
        return;
    }
    part->weekday[part->day_count] = weekday;
    part->days[part->day_count++] = window;
    reader->last = kind;
    reader->joined = reader->next = reader->this_one = reader->stopped = false;
    reader->early = reader->late = false;
    if (of_week)
        reader->later = false;
}

void choice__add_time(struct choice_reader *reader, int from, int until)
{
    struct choice_part *part = &reader->part;
    if (from >= until || from < 0 || until > CHOICE_DAY_MINUTES) {
        reader->unsure = true;
    } else if (part->time_count == 0 || (reader->joined && reader->last == ITEM_NUMBER)) {
        if (part->time_count == CHOICE_TIMES_MAX) {
            reader->unsure = true;
            return;
        }
        part->from[part->time_count] = from;
        part->until[part->time_count++] = until;
    } else {
        size_t i = part->time_count - 1; /* "a las 3 de la tarde": both at once */
        part->from[i] = from > part->from[i] ? from : part->from[i];
        part->until[i] = until < part->until[i] ? until : part->until[i];
        if (part->from[i] >= part->until[i])
            reader->unsure = true;
    }
    reader->last = ITEM_NUMBER;
    reader->joined = reader->stopped = false;
    reader->relation = ITEM_FILLER;
}

/* ---- days ---- */

static struct choice_window days_window(int first, int last)
{
    return (struct choice_window){{first}, {last}, CHOICE_EVERY_WEEKDAY, 0, CHOICE_DAY_MINUTES};
}

static int monday_of(struct day day)
{
    return day.n - (day_weekday(day) + 6) % 7;
}

/* The offered days that are such a weekday: who answers an offer means those. */
static bool offered_weekday(
    const struct choice_reader *reader, int weekday, struct choice_window *ret_window)
{
    const struct choice_question *question = reader->question;
    bool found = false;
    for (size_t i = 0; i < question->offered_count && !reader->items.asked; i++) {
        struct day day = zone_day(question->schedule->zone, question->offered[i].start);
        if (day_weekday(day) != weekday)
            continue;
        ret_window->first = found && ret_window->first.n < day.n ? ret_window->first : day;
        ret_window->last = found && ret_window->last.n > day.n ? ret_window->last : day;
        found = true;
    }
    return found;
}

/* "next week", then "what about thursday?": the one of that week. */
static bool wished_weekday(
    const struct choice_reader *reader, int weekday, struct choice_window *ret_window)
{
    const struct choice *wish = reader->question->wish;
    if (!wish || !wish->spanned || wish->span_last.n < reader->today.n)
        return false;
    bool this_week = wish->span_first.n <= reader->today.n;
    int first = this_week ? reader->today.n : wish->span_first.n;
    for (int day = first; day <= wish->span_last.n; day++) {
        if (day_weekday((struct day){day}) != weekday)
            continue;
        ret_window->first.n = first;
        ret_window->last = wish->span_last;
        return true;
    }
    return false;
}

static struct choice_window weekday_window(const struct choice_reader *reader, int weekday)
{
    struct choice_window window = choice__any_window();
    int today = reader->today.n, todays = day_weekday(reader->today);
    int coming = today + (weekday - todays + 7) % 7;
    window.weekdays = (uint8_t)(1 << weekday);
    if (reader->plural || reader->part.negative)
        return window;
    if (!reader->next && !reader->this_one
        && (offered_weekday(reader, weekday, &window) || wished_weekday(reader, weekday, &window)))
        return window;
    if (reader->next) {
        int of_next_week = monday_of(reader->today) + 7 + (weekday + 6) % 7;
        if (coming == today)
            coming += 7;
        window.first.n = coming;
        window.last.n = of_next_week;
    } else {
        window.first.n = coming;
        window.last.n = coming == today && !reader->this_one ? coming + 7 : coming;
    }
    return window;
}

static struct choice_window *last_days(struct choice_reader *reader)
{
    assert(reader->part.day_count > 0);
    return &reader->part.days[reader->part.day_count - 1];
}

void choice__read_weekday(struct choice_reader *reader, const struct item *item)
{
    const struct item *to = choice__peek(reader, 1), *until = choice__peek(reader, 2);
    const struct item *before = reader->at > 0 ? &reader->items.list[reader->at - 1] : item;
    bool any = before->kind == ITEM_ASK && before->value == 1; /* "any tuesday" */
    reader->plural = reader->plural || item->plural || any;
    if (to->kind == ITEM_TO && until->kind == ITEM_WEEKDAY) {
        struct choice_window window = choice__any_window();
        window.weekdays = 0;
        for (int day = item->value;; day = (day + 1) % 7) {
            window.weekdays |= (uint8_t)(1 << day);
            if (day == until->value)
                break;
        }
        choice__add_days(reader, window, CHOICE_UNTOLD, ITEM_WEEKDAY);
        reader->at += 2;
        return;
    }
    if (reader->last == ITEM_WEEK && !reader->joined) { /* "next week tuesday" */
        reader->choice.named |= (uint8_t)(1 << item->value);
        last_days(reader)->weekdays = (uint8_t)(1 << item->value);
        reader->last = ITEM_DAY;
        return;
    }
    if (reader->last == ITEM_DAY && !reader->joined) { /* "tomorrow friday", "the 30th sunday" */
        struct choice_window *said = last_days(reader);
        bool one = said->first.n == said->last.n;
        reader->unsure = reader->unsure || (one && day_weekday(said->first) != item->value);
        if (!one)
            said->weekdays &= (uint8_t)(1 << item->value);
        return;
    }
    struct choice_part *part = &reader->part;
    if (!part->negative)
        reader->choice.named |= (uint8_t)(1 << item->value);
    struct choice_window window = weekday_window(reader, item->value);
    bool every = window.first.n == DAY_NONE;
    if (every && part->day_count > 0 && part->time_count == 0
        && last_days(reader)->first.n == DAY_NONE) {
        last_days(reader)->weekdays |= window.weekdays;
        reader->unsure = reader->unsure || reader->comma_in_negative;
        reader->joined = false;
        return;
    }
    choice__add_days(reader, window, item->value, ITEM_WEEKDAY);
}

void choice__read_weekend(struct choice_reader *reader, const struct item *item)
{
    struct choice_window window = choice__any_window();
    int saturday = monday_of(reader->today) + 5;
    if (item->plural || reader->part.negative) {
        window.weekdays = 1 << 6 | 1;
    } else if (!reader->next && !reader->this_one && wished_weekday(reader, 6, &window)) {
        window.weekdays = 1 << 6 | 1;
    } else if (!reader->next) {
        window = days_window(saturday > reader->today.n ? saturday : reader->today.n, saturday + 1);
    } else {
        /* "next weekend" on a Monday: this one or the one after */
        bool inside = reader->today.n >= saturday;
        window = days_window(inside ? saturday + 7 : saturday, saturday + 8);
        window.weekdays = 1 << 6 | 1;
    }
    choice__add_days(reader, window, CHOICE_UNTOLD, ITEM_DAY);
}

static void span_days(struct choice_reader *reader, int first, int last)
{
    if (reader->part.negative || reader->relation != ITEM_FILLER)
        return;
    reader->choice.spanned = true;
    reader->choice.span_first.n = first;
    reader->choice.span_last.n = last;
}

static bool offered_days(const struct choice_reader *reader, int *ret_first, int *ret_last)
{
    const struct choice_question *question = reader->question;
    for (size_t i = 0; i < question->offered_count; i++) {
        int day = zone_day(question->schedule->zone, question->offered[i].start).n;
        *ret_first = i == 0 || day < *ret_first ? day : *ret_first;
        *ret_last = i == 0 || day > *ret_last ? day : *ret_last;
    }
    return question->offered_count > 0;
}

int choice__week_after(const struct choice_reader *reader)
{
    int first, last;
    if (!offered_days(reader, &first, &last))
        return 1;
    return (monday_of((struct day){last}) - monday_of(reader->today)) / 7 + 1;
}

void choice__read_shown(struct choice_reader *reader)
{
    const struct choice_question *question = reader->question;
    int first = 0, last = 0;
    if (!offered_days(reader, &first, &last)) {
        reader->unsure = true;
    } else if (first == last) {
        choice__add_days(
            reader, days_window(first, last), day_weekday((struct day){first}), ITEM_WEEKDAY);
    } else {
        for (size_t i = 0; i < question->offered_count; i++) {
            int day = zone_day(question->schedule->zone, question->offered[i].start).n;
            choice__add_days(reader, days_window(day, day), CHOICE_UNTOLD, ITEM_DAY);
        }
    }
}

/* "in 2027": what is still to come of it. */
void choice__read_year(struct choice_reader *reader, int year)
{
    int today_year, month, day;
    bool comma = reader->at > 0 && reader->items.list[reader->at - 1].kind == ITEM_COMMA;
    day_split(reader->today, &today_year, &month, &day);
    int first = day_of(year, 1, 1).n, last = day_of(year, 12, 31).n;
    first = first > reader->today.n ? first : reader->today.n;
    if (year < today_year || first > reader->last_day.n) {
        reader->unsure = true;
    } else if (reader->part.day_count > 0 && (!reader->joined || comma)) { /* "december 2027" */
        struct choice_window *said = last_days(reader);
        if (said->first.n == DAY_NONE || said->first.n < first || said->last.n > last)
            reader->unsure = true;
    } else {
        span_days(reader, first, last);
        choice__add_days(reader, days_window(first, last), CHOICE_UNTOLD, ITEM_WEEK);
    }
}

void choice__read_week(struct choice_reader *reader, int weeks)
{
    int monday = monday_of(reader->today) + 7 * weeks;
    int first = weeks == 0 ? reader->today.n : monday, last = monday + 6;
    if (reader->early)
        last = monday + 2;
    if (reader->late)
        first = monday + 3 > first ? monday + 3 : first;
    if (reader->later)
        first = weeks == 0 ? reader->today.n + 1 : monday + 3;
    if (first > last) {
        reader->unsure = true;
        return;
    }
    struct choice_part *part = &reader->part;
    struct choice_window window = days_window(first, last);
    span_days(reader, first, last);
    if (reader->last == ITEM_WEEKDAY && !reader->joined && part->day_count > 0
        && part->weekday[part->day_count - 1] != CHOICE_UNTOLD) { /* "saturday next week" */
        window.weekdays = (uint8_t)(1 << part->weekday[part->day_count - 1]);
        part->days[part->day_count - 1] = window;
        reader->last = ITEM_DAY;
        return;
    }
    choice__add_days(reader, window, CHOICE_UNTOLD, ITEM_WEEK);
}

/* The months that begin on `first`, as far as they are still to come. */
static void read_months_of(struct choice_reader *reader, struct day first, int months)
{
    struct day last = day_add_months(first, months);
    last.n--;
    struct choice_window window = days_window(first.n, last.n);
    int third = 10 * months;
    if (reader->early)
        window.last.n = first.n + third - 1;
    if (reader->late)
        window.first.n = last.n - third + 1;
    if (reader->later || window.first.n < reader->today.n)
        window.first.n = reader->today.n;
    if (window.first.n > window.last.n || window.first.n > reader->last_day.n)
        reader->unsure = true;
    span_days(reader, window.first.n, window.last.n);
    choice__add_days(reader, window, CHOICE_UNTOLD, ITEM_WEEK);
}

void choice__read_months(struct choice_reader *reader, int months)
{
    int year, month, day;
    day_split(reader->today, &year, &month, &day);
    read_months_of(reader, day_add_months(day_of(year, month, 1), months), 1);
}

void choice__read_month(struct choice_reader *reader, int month)
{
    int year, this_month, day;
    day_split(reader->today, &year, &this_month, &day);
    read_months_of(reader, day_of(month < this_month ? year + 1 : year, month, 1), 1);
}

/* The one that runs, else the next. */
void choice__read_season(struct choice_reader *reader, int month)
{
    int year, this_month, day;
    day_split(reader->today, &year, &this_month, &day);
    struct day first = day_of(year - 1, month, 1);
    while (day_add_months(first, 3).n <= reader->today.n)
        first = day_add_months(first, 12);
    read_months_of(reader, first, 3);
}

/* "in two months": from that day on, and not only on it. */
void choice__read_ahead(struct choice_reader *reader, int months)
{
    int first = day_add_months(reader->today, months).n;
    reader->unsure = reader->unsure || first > reader->last_day.n;
    choice__add_days(reader, days_window(first, first + 13), CHOICE_UNTOLD, ITEM_WEEK);
}

void choice__read_years(struct choice_reader *reader, int years)
{
    int year, month, day;
    day_split(reader->today, &year, &month, &day);
    choice__read_year(reader, year + years);
}

static struct day thanksgiving_of(int year)
{
    struct day first = day_of(year, 11, 22);
    first.n += (4 - day_weekday(first) + 7) % 7;
    return first;
}

void choice__read_feast(struct choice_reader *reader, int feast)
{
    int year, month, day;
    day_split(reader->today, &year, &month, &day);
    if (feast > 1) {
        choice__read_date(reader, feast / 100, feast % 100);
    } else if (feast == 1) {
        struct day first = thanksgiving_of(year);
        choice__add_date(reader, first.n < reader->today.n ? thanksgiving_of(year + 1) : first);
    } else {
        int last = day_of(month == 1 && day == 1 ? year : year + 1, 1, 1).n, first = last - 8;
        first = first > reader->today.n ? first : reader->today.n;
        reader->unsure = reader->unsure || first > reader->last_day.n;
        choice__add_days(reader, days_window(first, last), CHOICE_UNTOLD, ITEM_WEEK);
    }
}

void choice__add_date(struct choice_reader *reader, struct day day)
{
    struct choice_part *part = &reader->part;
    if (day.n > reader->last_day.n)
        reader->unsure = true;
    bool qualifies = reader->last == ITEM_WEEKDAY && !reader->joined && part->day_count > 0
        && part->weekday[part->day_count - 1] != CHOICE_UNTOLD;
    if (!qualifies) {
        choice__add_days(reader, days_window(day.n, day.n), CHOICE_UNTOLD, ITEM_DAY);
        return;
    }
    if (day_weekday(day) != part->weekday[part->day_count - 1]) /* "Wednesday the 18th" */
        reader->unsure = true;
    part->days[part->day_count - 1] = days_window(day.n, day.n);
    part->weekday[part->day_count - 1] = CHOICE_UNTOLD;
    reader->last = ITEM_DAY;
}

void choice__read_date(struct choice_reader *reader, int month, int day)
{
    int year, this_month, this_day;
    day_split(reader->today, &year, &this_month, &this_day);
    if (!day_valid(year, month, day) && !day_valid(year + 1, month, day)) {
        reader->unsure = true;
        return;
    }
    if (!day_valid(year, month, day) || day_of(year, month, day).n < reader->today.n)
        year++;
    if (day_valid(year, month, day))
        choice__add_date(reader, day_of(year, month, day));
    else
        reader->unsure = true;
}

/* The next 24th. */
struct day choice__day_of_month(const struct choice_reader *reader, int day)
{
    int year, month, this_day;
    day_split(reader->today, &year, &month, &this_day);
    for (int i = 0; i < 12; i++) {
        if (day_valid(year, month, day) && day_of(year, month, day).n >= reader->today.n)
            return day_of(year, month, day);
        year += month == 12;
        month = month % 12 + 1;
    }
    return (struct day){DAY_NONE};
}
