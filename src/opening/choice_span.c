/* choice_span.c: weekdays, weeks, months, seasons, feasts and dates: which days they are. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "opening/choice_int.h"

int choice__monday_of(struct day day)
{
    return day.n - (day_weekday(day) + 6) % 7;
}

static void add_span(struct choice_reader *reader, int first, int last)
{
    choice__add_days(reader,
        (struct choice_days){.window = choice__days_window(first, last), .kind = ITEM_WEEK});
}

/* ---- days ---- */

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
        int of_next_week = choice__monday_of(reader->today) + 7 + (weekday + 6) % 7;
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

/* "monday through thursday", "between monday and thursday": every week. */
static bool read_weekday_range(struct choice_reader *reader, const struct item *item)
{
    size_t ahead = 1;
    enum item_kind to = choice__peek_said(reader, &ahead)->kind;
    ahead++;
    const struct item *until = choice__peek_said(reader, &ahead);
    bool between = reader->relation == ITEM_BETWEEN;
    bool ranged = to == ITEM_TO || (to == ITEM_AND && between && !reader->from)
        || (to == ITEM_UNTIL && between && reader->from);
    if (!ranged || until->kind != ITEM_WEEKDAY)
        return false;
    struct choice_days said = {.kind = ITEM_WEEKDAY, .window = choice__any_window()};
    for (int day = item->value;; day = (day + 1) % 7) {
        said.weekdays |= (uint8_t)(1 << day);
        if (day == until->value)
            break;
    }
    if (between)
        reader->relation = ITEM_FILLER;
    said.window.weekdays = said.weekdays;
    choice__add_days(reader, said);
    reader->at += ahead;
    return true;
}

void choice__read_weekday(struct choice_reader *reader, const struct item *item)
{
    const struct item *before = reader->at > 0 ? &reader->items.list[reader->at - 1] : item;
    bool any = before->kind == ITEM_ASK && before->value == 1; /* "any tuesday" */
    bool fixed = reader->next || reader->this_one;
    reader->plural = reader->plural || item->plural || any;
    if (read_weekday_range(reader, item))
        return;
    if (!reader->part.negative)
        reader->choice.named |= (uint8_t)(1 << item->value);
    if (choice__is_date(reader, choice__peek(reader, 1)->kind == ITEM_COMMA ? 2 : 1)) {
        reader->expected = item->value; /* "monday the 7th" */
        reader->next = reader->this_one = false;
        return;
    }
    choice__add_days(reader,
        (struct choice_days){.kind = ITEM_WEEKDAY,
            .window = weekday_window(reader, item->value),
            .weekdays = (uint8_t)(fixed ? 0 : 1 << item->value)});
}

void choice__read_weekend(struct choice_reader *reader, const struct item *item)
{
    struct choice_window window = choice__any_window();
    int saturday = choice__monday_of(reader->today) + 5;
    uint8_t both = 1 << 6 | 1;
    bool fixed = reader->next || reader->this_one;
    if (item->plural || reader->plural || reader->part.negative) {
        window.weekdays = both;
    } else if (!fixed && wished_weekday(reader, 6, &window)) {
        window.weekdays = both;
    } else if (!reader->next) {
        window = choice__days_window(
            saturday > reader->today.n ? saturday : reader->today.n, saturday + 1);
    } else {
        /* "next weekend" on a Monday: this one or the one after */
        bool inside = reader->today.n >= saturday;
        window = choice__days_window(inside ? saturday + 7 : saturday, saturday + 8);
        window.weekdays = both;
    }
    choice__add_days(reader,
        (struct choice_days){.kind = ITEM_WEEKDAY, .window = window, .weekdays = fixed ? 0 : both});
}

/* Of several spans that are said: all that lies between them. */
void choice__span_days(struct choice_reader *reader, int first, int last)
{
    if (reader->part.negative || reader->relation != ITEM_FILLER)
        return;
    struct choice *choice = &reader->choice;
    bool earlier = !choice->spanned || first < choice->span_first.n;
    bool later = !choice->spanned || last > choice->span_last.n;
    choice->spanned = true;
    choice->span_first.n = earlier ? first : choice->span_first.n;
    choice->span_last.n = later ? last : choice->span_last.n;
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
    const struct choice *choice = &reader->choice;
    int first, last = choice->span_last.n;
    if (!choice->spanned && !offered_days(reader, &first, &last))
        return 1;
    return (choice__monday_of((struct day){last}) - choice__monday_of(reader->today)) / 7 + 1;
}

void choice__read_shown(struct choice_reader *reader)
{
    const struct choice_question *question = reader->question;
    int first = 0, last = 0;
    if (!offered_days(reader, &first, &last)) {
        reader->unsure = true;
    } else if (first == last) {
        choice__add_days(reader,
            (struct choice_days){.kind = ITEM_WEEKDAY,
                .window = choice__days_window(first, last),
                .weekdays = (uint8_t)(1 << day_weekday((struct day){first}))});
    } else {
        for (size_t i = 0; i < question->offered_count; i++) {
            int day = zone_day(question->schedule->zone, question->offered[i].start).n;
            reader->link = i ? LINK_OR : reader->link;
            choice__add_date(reader, (struct day){day}, 0, false);
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
    } else {
        if (comma)
            reader->link = LINK_NONE; /* "june 20, 2026" */
        choice__span_days(reader, first, last);
        add_span(reader, first, last);
    }
}

void choice__read_week(struct choice_reader *reader, int weeks)
{
    int monday = choice__monday_of(reader->today) + 7 * weeks;
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
    reader->unsure = reader->unsure || reader->mid;
    choice__span_days(reader, first, last);
    add_span(reader, first, last);
}

/* "first week of", "last friday in": of the month that begins on `first`. False: there is none. */
static bool nth_of(const struct choice_reader *reader, struct day first, struct day last,
    struct choice_window *ret)
{
    int nth = reader->nth, start = first.n + 7 * (nth - 1);
    if (nth == -1)
        start = last.n - 6;
    struct choice_window window =
        choice__days_window(start, start + 6 < last.n ? start + 6 : last.n);
    if (reader->nth_weekday != CHOICE_UNTOLD) {
        window.first.n = start + (reader->nth_weekday - day_weekday((struct day){start}) + 7) % 7;
        window.last = window.first;
    }
    *ret = window;
    return (nth == -1 || nth >= 1) && nth <= 4 && window.first.n <= last.n
        && window.last.n >= reader->today.n;
}

/* The months that begin on `first`, as far as they are still to come. */
static void read_months_of(struct choice_reader *reader, struct day first, int months)
{
    struct day last = day_add_months(first, months);
    last.n--;
    struct choice_window window = choice__days_window(first.n, last.n);
    int third = 10 * months;
    if (reader->early)
        window.last.n = first.n + third - 1;
    if (reader->late)
        window.first.n = last.n - third + 1;
    if (reader->mid)
        window = choice__days_window(first.n + third, last.n - third);
    if (reader->nth && (months != 1 || !nth_of(reader, first, last, &window)))
        reader->unsure = true;
    const bool one = reader->nth && reader->nth_weekday != CHOICE_UNTOLD;
    reader->nth = 0;
    if (window.first.n < reader->today.n)
        window.first.n = reader->today.n;
    else if (reader->later && window.first.n > reader->today.n)
        window.first.n += third; /* "later in december", "the rest of december" */
    if (window.first.n > window.last.n || window.first.n > reader->last_day.n)
        reader->unsure = true;
    if (one) {
        choice__add_date(reader, window.first, 0, true);
        return;
    }
    choice__span_days(reader, window.first.n, window.last.n);
    add_span(reader, window.first.n, window.last.n);
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

/* "in the next two weeks": from today on. */
void choice__read_coming(struct choice_reader *reader, int last)
{
    choice__span_days(reader, reader->today.n, last);
    add_span(reader, reader->today.n, last);
}

/* "in two months": from that day on, and not only on it. */
void choice__read_ahead(struct choice_reader *reader, int months)
{
    int first = day_add_months(reader->today, months).n;
    reader->unsure = reader->unsure || first > reader->last_day.n;
    add_span(reader, first, first + 13);
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
        choice__add_date(
            reader, first.n < reader->today.n ? thanksgiving_of(year + 1) : first, 0, true);
    } else {
        int last = day_of(month == 1 && day == 1 ? year : year + 1, 1, 1).n, first = last - 8;
        first = first > reader->today.n ? first : reader->today.n;
        reader->unsure = reader->unsure || first > reader->last_day.n;
        add_span(reader, first, last);
    }
}

void choice__add_date(struct choice_reader *reader, struct day day, int of_month, bool dated)
{
    if (day.n > reader->last_day.n)
        reader->unsure = true;
    choice__add_days(reader,
        (struct choice_days){.kind = ITEM_DAY,
            .window = choice__days_window(day.n, day.n),
            .of_month = of_month,
            .dated = dated});
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
        choice__add_date(reader, day_of(year, month, day), 0, true);
    else
        reader->unsure = true;
}

/* The only 24th of these days. */
static bool day_between(int first, int last, int of_month, struct day *ret_day)
{
    int count = 0;
    for (int n = first; n <= last && count < 2; n++) {
        int year, month, day;
        day_split((struct day){n}, &year, &month, &day);
        if (day != of_month)
            continue;
        ret_day->n = n;
        count++;
    }
    return count == 1;
}

/* "in january after the 10th", "january 10 or 11": of the days that were said last. */
static bool day_of_said(
    const struct choice_reader *reader, int of_month, struct day *ret_day, bool *ret_told)
{
    const struct choice_days *last = choice__last_days(reader);
    *ret_told = false;
    if (!last || last->window.first.n == DAY_NONE || last->window.last.n == DAY_NONE)
        return false;
    bool listed = reader->link == LINK_OR || reader->link == LINK_AND || reader->link == LINK_COMMA
        || reader->range;
    int year, month, day;
    day_split(last->window.first, &year, &month, &day);
    if (last->kind == ITEM_WEEK && last->dated)
        day_split(last->window.last, &year, &month, &day);
    if (last->kind != ITEM_WEEKDAY && last->dated && !last->of_month && listed) {
        *ret_told = true;
        *ret_day = day_valid(year, month, of_month) ? day_of(year, month, of_month)
                                                    : (struct day){DAY_NONE};
        if (of_month <= day)
            ret_day->n = DAY_NONE;
        return true;
    }
    bool span = last->kind == ITEM_WEEK || (last->kind == ITEM_WEEKDAY && !last->weekdays);
    *ret_told = span && day_between(last->window.first.n, last->window.last.n, of_month, ret_day);
    return *ret_told;
}

/* The 24th that is meant, else the next one. `ret_told`: nothing that follows tells another month.
 */
struct day choice__day_of_month(const struct choice_reader *reader, int day, bool *ret_told)
{
    const struct choice_question *question = reader->question;
    const struct choice *wish = question->wish;
    int year, month, this_day;
    struct day found;
    if (day_of_said(reader, day, &found, ret_told))
        return found;
    if (reader->choice.spanned)
        wish = &reader->choice; /* "in december, but not the 24th" */
    if (reader->part.day_count == 0 && wish && wish->spanned
        && day_between(wish->span_first.n > reader->today.n ? wish->span_first.n : reader->today.n,
            wish->span_last.n, day, &found)) {
        *ret_told = reader->choice.spanned;
        return found;
    }
    for (size_t i = 0; i < question->offered_count; i++) {
        found = zone_day(question->schedule->zone, question->offered[i].start);
        day_split(found, &year, &month, &this_day);
        if (this_day == day)
            return found;
    }
    day_split(reader->today, &year, &month, &this_day);
    for (int i = 0; i < 12; i++) {
        if (day_valid(year, month, day) && day_of(year, month, day).n >= reader->today.n)
            return day_of(year, month, day);
        year += month == 12;
        month = month % 12 + 1;
    }
    return (struct day){DAY_NONE};
}
