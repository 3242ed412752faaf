/* choice_numbers.c: what a number is: an hour, a date, a place in the offer. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "opening/choice_int.h"

enum {
    ABOUT_MINUTES = 60,      /* "around 3": an hour before and after */
    PLACE_OR_DATE_DAYS = 14, /* so near, "the 2nd" may be a date as well as a place */
};

/* ---- hours ---- */

static bool is_offered_at(const struct choice_question *question, int minute)
{
    for (size_t i = 0; i < question->offered_count; i++) {
        struct civil civil = zone_civil(question->schedule->zone, question->offered[i].start);
        if (civil.hour * 60 + civil.minute == minute)
            return true;
    }
    return false;
}

/* The minute that "8", "8:30" or "8 pm" means; CHOICE_UNTOLD when it may be two. Takes the am or
 * pm. */
static int read_clock(struct choice_reader *reader, const struct item *item)
{
    const struct choice_question *question = reader->question;
    const struct item *half = choice__peek(reader, 1);
    int minutes = item->until > 0 ? item->until : 0;
    if (half->kind == ITEM_HALF) {
        minutes += half->value;
        reader->at++;
        half = choice__peek(reader, 1);
    }
    if (item->value > 23 || (item->value > 12 && half->kind == ITEM_AM))
        return CHOICE_UNTOLD;
    int am = item->value % 12 * 60 + minutes, pm = am + 720;
    if (half->kind == ITEM_AM || half->kind == ITEM_PM) {
        reader->at++;
        return half->kind == ITEM_AM ? am : pm;
    }
    if (item->half_known || item->value > 12)
        return item->value * 60 + minutes;
    if (half->kind == ITEM_PART) { /* "8 de la noche", "8 in the morning" */
        bool am_fits = am >= half->from && am < half->until;
        bool pm_fits = pm >= half->from && pm < half->until;
        return am_fits == pm_fits ? CHOICE_UNTOLD : am_fits ? am : pm;
    }
    if (is_offered_at(question, am) != is_offered_at(question, pm))
        return is_offered_at(question, am) ? am : pm;
    bool am_open = am >= question->opens_minute && am <= question->closes_minute;
    bool pm_open = pm >= question->opens_minute && pm <= question->closes_minute;
    if (am_open != pm_open)
        return am_open ? am : pm;
    return !am_open && item->value >= 1 && item->value <= 6 ? pm : CHOICE_UNTOLD;
}

static bool is_plain_number(const struct item *item)
{
    return item->kind == ITEM_NUMBER && !item->slash && !item->ordinal;
}

/* Behind the first clock time: "to 4", "and 4". */
static bool reads_until(const struct choice_reader *reader)
{
    const struct item *link = choice__peek(reader, 1);
    bool range =
        link->kind == ITEM_TO || (link->kind == ITEM_AND && reader->relation == ITEM_BETWEEN);
    return range && is_plain_number(choice__peek(reader, 2));
}

static void read_time(struct choice_reader *reader, const struct item *item)
{
    int from = read_clock(reader, item);
    enum item_kind relation = item->ish ? ITEM_AROUND : reader->relation;
    if (from == CHOICE_UNTOLD) {
        reader->unsure = true;
        return;
    }
    if (reads_until(reader)) {
        reader->at += 2;
        int until = read_clock(reader, choice__peek(reader, 0));
        choice__add_time(reader, from, until);
    } else if (relation == ITEM_BETWEEN && !reader->from) {
        reader->unsure = true;
    } else if (relation == ITEM_AFTER || relation == ITEM_BETWEEN) {
        choice__add_time(reader, from, CHOICE_DAY_MINUTES);
    } else if (relation == ITEM_BEFORE) {
        choice__add_time(reader, 0, from);
    } else if (relation == ITEM_AROUND) {
        choice__add_time(reader, from - ABOUT_MINUTES, from + ABOUT_MINUTES);
    } else {
        choice__add_time(reader, from, from + 1);
    }
}

/* ---- numbers ---- */

void choice__pick(struct choice_reader *reader, int place)
{
    size_t count = reader->question->offered_count;
    if (place == -1)
        place = (int)count;
    if (place == -2)
        place = count == 3 ? 2 : 0;
    if (place < 1 || (size_t)place > count) {
        reader->unsure = true;
        return;
    }
    bool again = reader->picks > 0 && reader->choice.pick == (size_t)place - 1;
    reader->choice.pick = (size_t)place - 1;
    reader->picks += !again;
}

static bool offers_day(const struct choice_reader *reader, struct day day)
{
    const struct choice_question *question = reader->question;
    for (size_t i = 0; i < question->offered_count; i++) {
        if (zone_day(question->schedule->zone, question->offered[i].start).n == day.n)
            return true;
    }
    return false;
}

static void add_day_of_month(struct choice_reader *reader, int value)
{
    bool told;
    struct day day = choice__day_of_month(reader, value, &told);
    if (value < 1 || value > 31 || day.n == DAY_NONE)
        reader->unsure = true;
    else
        choice__add_date(reader, day, told ? 0 : value, true);
}

/* Only a date can stand here. */
static bool awaits_date(const struct choice_reader *reader)
{
    const struct choice_days *last = choice__last_days(reader);
    return reader->range || reader->week_of || reader->expected != CHOICE_UNTOLD
        || reader->relation == ITEM_AFTER || reader->relation == ITEM_BEFORE
        || reader->relation == ITEM_BETWEEN
        || (last && (last->kind == ITEM_WEEK || (last->kind == ITEM_DAY && last->dated)));
}

/* "the 2nd": a place in the offer or a day of the month. */
static void read_ordinal(struct choice_reader *reader, int value)
{
    bool told;
    struct day day = choice__day_of_month(reader, value, &told);
    bool place = !awaits_date(reader) && (size_t)value <= reader->question->offered_count;
    bool dated = day.n != DAY_NONE
        && (offers_day(reader, day) || day.n <= reader->today.n + PLACE_OR_DATE_DAYS);
    if (value < 1 || value > 31 || (place && dated))
        reader->unsure = true;
    else if (place)
        choice__pick(reader, value);
    else
        add_day_of_month(reader, value);
}

static void read_bare(struct choice_reader *reader, const struct item *item)
{
    const bool goes_on = reader->last == ITEM_DAY && awaits_date(reader);
    size_t offered = reader->question->offered_count;
    bool alone = reader->items.count <= 2;
    bool place = !item->run && item->value >= 1 && (size_t)item->value <= offered;
    size_t at = reader->at;
    int minute = read_clock(reader, item);
    reader->at = at;
    bool matches = minute != CHOICE_UNTOLD && is_offered_at(reader->question, minute);
    if (goes_on && reader->link == LINK_COMMA) /* "dec 7, 10": the 10th, or ten o'clock */
        reader->unsure = true;
    else if (reader->items.spanish && reader->last == ITEM_WEEKDAY && reader->link == LINK_NONE)
        add_day_of_month(reader, item->value); /* "sábado 5" */
    else if (reader->part.day_count > 0)
        read_time(reader, item);
    else if (place && (!matches || alone)) /* nothing but "2": the list has numbers */
        choice__pick(reader, item->value);
    else if (place || offered == 0 || ((alone || item->run) && !matches))
        reader->unsure = true;
    else
        read_time(reader, item);
}

static bool is_clocklike(const struct choice_reader *reader, const struct item *item)
{
    enum item_kind next = choice__peek(reader, 1)->kind;
    bool ranged =
        (next == ITEM_TO || next == ITEM_UNTIL) && is_plain_number(choice__peek(reader, 2));
    return (item->until >= 0 && !item->run) || item->ish || item->half_known || ranged
        || next == ITEM_AM || next == ITEM_PM || next == ITEM_HALF || next == ITEM_PART
        || reader->relation != ITEM_FILLER
        || (reader->link != LINK_NONE && reader->last == ITEM_NUMBER);
}

static void read_slash(struct choice_reader *reader, const struct item *item)
{
    int month = item->value, day = item->from;
    bool either = month <= 12 && day <= 12 && month != day;
    if (reader->items.spanish && either) { /* 5/6 is in June or in May */
        reader->unsure = true;
        return;
    }
    if (month > 12) {
        int swapped = month;
        month = day;
        day = swapped;
    }
    if (month < 1 || month > 12 || day < 1 || day > 31)
        reader->unsure = true;
    else
        choice__read_date(reader, month, day);
}

/* A month and no day behind it. */
static bool is_whole_month(const struct choice_reader *reader, size_t ahead)
{
    const struct item *day = choice__peek(reader, ahead + 1);
    if (day->kind == ITEM_FILLER) /* "december the 7th"; "enero, el 8" are two */
        day = choice__peek(reader, ahead + 2);
    return choice__peek(reader, ahead)->kind == ITEM_MONTH
        && !(day->kind == ITEM_NUMBER && !day->slash && day->until < 0);
}

/* What stands before a number tells what it is: "del 7" a day of the month, "las 7" an hour. */
static bool is_led_by(const struct choice_reader *reader, size_t ahead, int lead)
{
    if (reader->at + ahead == 0)
        return false;
    const struct item *before = &reader->items.list[reader->at + ahead - 1];
    switch (before->kind) {
    case ITEM_EL:
    case ITEM_WEEK_OF: return lead == CHOICE_DEL;
    case ITEM_AT:
    case ITEM_AROUND: return lead == CHOICE_LAS;
    case ITEM_AFTER:
    case ITEM_BEFORE:
    case ITEM_BETWEEN:
    case ITEM_NOT:
    case ITEM_AND:
    case ITEM_TO:
    case ITEM_UNTIL: return before->value & lead;
    default: return false;
    }
}

/* "20 de junio", "7-11 december", "7, 8 y 9 de diciembre": how many items on the month stands that
 * it is a day of; 0: it is none. */
static size_t month_ahead(const struct choice_reader *reader, size_t from)
{
    const struct item *item = choice__peek(reader, from);
    size_t at = from, number = from;
    bool several = true;
    while (several && item->kind == ITEM_NUMBER && !item->slash && item->until < 0
        && item->value >= 1 && item->value <= 31 && !is_led_by(reader, at, CHOICE_LAS)) {
        number = at++;
        several = false;
        for (item = choice__peek_said(reader, &at); item->kind == ITEM_COMMA
             || item->kind == ITEM_AND || item->kind == ITEM_OR || item->kind == ITEM_TO;
             item = choice__peek_said(reader, &at)) {
            several = true;
            at++;
        }
    }
    bool dated =
        item->kind == ITEM_MONTH && !several && at <= number + 3 && is_whole_month(reader, at);
    return dated ? at - from : 0;
}

bool choice__is_date(const struct choice_reader *reader, size_t ahead)
{
    const struct item *item = choice__peek_said(reader, &ahead);
    const struct item *next = choice__peek(reader, ahead + 1);
    if (item->kind == ITEM_MONTH)
        return !is_whole_month(reader, ahead);
    if (item->kind != ITEM_NUMBER || item->until >= 0)
        return false;
    return item->slash || month_ahead(reader, ahead) > 0
        || (item->ordinal && next->kind != ITEM_MARK)
        || (is_led_by(reader, ahead, CHOICE_DEL) && is_plain_number(item));
}

static bool is_hour(const struct choice_reader *reader)
{
    enum item_kind next = choice__peek(reader, 1)->kind;
    return next == ITEM_AM || next == ITEM_PM || next == ITEM_HALF;
}

/* "dec 7 or 8", "dec 7-11": what goes on from a date is one. */
static bool continues_date(const struct choice_reader *reader, const struct item *item)
{
    const struct choice_days *last = choice__last_days(reader);
    bool listed = reader->range || reader->link == LINK_OR || reader->link == LINK_AND;
    return last && last->kind != ITEM_WEEKDAY && last->dated && reader->last == ITEM_DAY && listed
        && is_plain_number(item) && item->until < 0 && !item->ish && item->value >= 1
        && item->value <= 31 && !is_hour(reader) && reader->relation == ITEM_FILLER;
}

/* "first week of december", "last friday in january", "first of december" */
bool choice__read_nth(struct choice_reader *reader, int nth)
{
    size_t ahead = 1;
    const struct item *what = choice__peek(reader, 1);
    bool week = what->kind == ITEM_WEEKS || (what->kind == ITEM_WEEK_OF && what->value == 0);
    if (week || what->kind == ITEM_WEEKDAY)
        ahead++;
    const struct item *month = choice__peek_said(reader, &ahead);
    if (month->kind == ITEM_IN && ahead > 1) {
        ahead++;
        month = choice__peek_said(reader, &ahead);
    }
    bool whole = month->kind == ITEM_MONTHS || is_whole_month(reader, ahead);
    if (!whole)
        return false;
    if (!week && what->kind != ITEM_WEEKDAY) {
        if (month->kind != ITEM_MONTH || nth < 1)
            return false;
        choice__read_date(reader, month->value, nth); /* "first of december" */
        reader->at += ahead;
        return true;
    }
    reader->nth = nth;
    reader->nth_weekday = week ? CHOICE_UNTOLD : what->value;
    if (!week && !reader->part.negative)
        reader->choice.named |= (uint8_t)(1 << what->value);
    reader->at += ahead - 1;
    return true;
}

/* "7-11 de diciembre": of the month that comes behind them all. */
static void read_day_of_named(struct choice_reader *reader, const struct item *item)
{
    const struct item *month = choice__peek(reader, month_ahead(reader, 0));
    size_t next = 1;
    if (choice__peek_said(reader, &next) == month)
        reader->at += next;
    choice__read_date(reader, month->value, item->value);
}

/* "in 3 weeks", "en 60 días". */
static void read_ahead(struct choice_reader *reader, const struct item *item, enum item_kind unit)
{
    int days = unit == ITEM_OF_MONTHS ? 28 : unit == ITEM_WEEKS ? 7 : 1;
    if (item->until >= 0 || item->value * days > reader->last_day.n - reader->today.n)
        reader->unsure = true;
    else if (reader->next)
        choice__read_coming(reader, reader->today.n + item->value * days);
    else if (unit == ITEM_OF_MONTHS)
        choice__read_ahead(reader, item->value);
    else if (unit == ITEM_WEEKS)
        choice__read_week(reader, item->value);
    else
        choice__add_date(reader, (struct day){reader->today.n + item->value}, 0, false);
}

void choice__read_number(struct choice_reader *reader, const struct item *item)
{
    bool marked = reader->mark || choice__peek(reader, 1)->kind == ITEM_MARK;
    enum item_kind next = choice__peek(reader, 1)->kind;
    if (item->slash) {
        read_slash(reader, item);
    } else if (reader->month && item->until < 0) {
        choice__read_date(reader, reader->month, item->value);
        reader->month = 0;
    } else if ((reader->in || reader->next)
        && (next == ITEM_DAYS || next == ITEM_WEEKS || next == ITEM_OF_MONTHS)) {
        reader->at++;
        read_ahead(reader, item, next);
    } else if (marked && item->until < 0) {
        choice__pick(reader, item->value);
    } else if (item->ordinal && (next == ITEM_WEEKS || next == ITEM_WEEK_OF || next == ITEM_WEEKDAY)
        && choice__read_nth(reader, item->value)) {
        reader->in = false;
    } else if (month_ahead(reader, 0)) {
        read_day_of_named(reader, item);
    } else if (item->ordinal || (is_led_by(reader, 0, CHOICE_DEL) && item->until < 0)) {
        read_ordinal(reader, item->value);
    } else if (continues_date(reader, item)) {
        add_day_of_month(reader, item->value);
    } else if (is_clocklike(reader, item)) {
        read_time(reader, item);
    } else {
        read_bare(reader, item);
    }
    reader->in = reader->mark = false;
}
