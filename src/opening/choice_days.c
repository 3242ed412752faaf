/* choice_days.c: days and hours said together: of all of them at once, or beside each other. */
#include <assert.h>
#include <string.h>

#include "opening/choice_int.h"

const struct item *choice__peek(const struct choice_reader *reader, size_t ahead)
{
    static const struct item none = {.kind = ITEM_STOP};
    size_t at = reader->at + ahead;
    return at < reader->items.count ? &reader->items.list[at] : &none;
}

const struct item *choice__peek_said(const struct choice_reader *reader, size_t *ahead)
{
    const struct item *item = choice__peek(reader, *ahead);
    while (item->kind == ITEM_FILLER || item->kind == ITEM_EL)
        item = choice__peek(reader, ++*ahead);
    return item;
}

/* ---- parts ---- */

static void put_window(
    struct choice_reader *reader, struct choice_window window, const struct choice_days *from)
{
    struct choice *choice = &reader->choice;
    bool negative = reader->part.negative;
    size_t *count = negative ? &choice->except_count : &choice->window_count;
    struct choice_window *list = negative ? choice->except : choice->windows;
    if (*count == CHOICE_WINDOWS_MAX) {
        reader->unsure = true;
        return;
    }
    if (!negative)
        reader->put[*count] = *from;
    list[(*count)++] = window;
}

void choice__end_part(struct choice_reader *reader)
{
    struct choice_part *part = &reader->part;
    const struct choice_days any = {.window = choice__any_window(), .kind = ITEM_FILLER};
    if (part->day_count > 0 || part->time_count > 0) {
        size_t days = part->day_count ? part->day_count : 1;
        size_t times = part->time_count ? part->time_count : 1;
        for (size_t i = 0; i < days; i++) {
            const struct choice_days *said = part->day_count ? &part->days[i] : &any;
            for (size_t j = 0; j < times; j++) {
                struct choice_window window = said->window;
                if (part->time_count) {
                    window.from_minute = part->from[j];
                    window.until_minute = part->until[j];
                }
                put_window(reader, window, said);
            }
        }
        if (reader->contrast && !part->negative)
            reader->unsure = true;
    }
    *part = (struct choice_part){.negative = part->negative};
    reader->last = ITEM_FILLER;
    reader->link = LINK_NONE;
}

static struct choice_days *last_days(struct choice_reader *reader)
{
    assert(reader->part.day_count > 0);
    return &reader->part.days[reader->part.day_count - 1];
}

const struct choice_days *choice__last_days(const struct choice_reader *reader)
{
    const struct choice_part *part = &reader->part;
    if (reader->range)
        return &reader->range_from;
    return part->day_count ? &part->days[part->day_count - 1] : NULL;
}

static void append_days(struct choice_reader *reader, const struct choice_days *said)
{
    struct choice_part *part = &reader->part;
    if (part->day_count == CHOICE_WINDOWS_MAX)
        reader->unsure = true;
    else
        part->days[part->day_count++] = *said;
}

/* "after the 20th", "before friday", "from december": of a single day, or of days on end. */
static void relate_days(struct choice_reader *reader, struct choice_days *said)
{
    bool from = reader->relation == ITEM_BETWEEN && reader->from;
    if (reader->relation == ITEM_AFTER || reader->relation == ITEM_BEFORE || from) {
        bool one = said->window.first.n == said->window.last.n || said->kind == ITEM_WEEK;
        if (said->window.first.n == DAY_NONE || said->window.last.n == DAY_NONE || !one)
            reader->unsure = true;
        said->window = choice__related_window(reader->relation, said->window, reader->today);
        said->relation = reader->relation;
        said->kind = ITEM_WEEK;
    }
    if (reader->relation != ITEM_AT)
        reader->relation = ITEM_FILLER;
}

/* "the week of december 7": Monday to Sunday, as far as they are to come. */
static void take_week_of(struct choice_reader *reader, struct choice_days *said)
{
    int today = reader->today.n;
    if (!reader->week_of)
        return;
    int monday = said->kind == ITEM_DAY
        ? choice__monday_of(said->window.first) + 7 * reader->weeks_on
        : today - 7;
    if (monday + 6 < today)
        reader->unsure = true;
    *said = (struct choice_days){
        .window = choice__days_window(monday > today ? monday : today, monday + 6),
        .kind = ITEM_WEEK,
        .relation = ITEM_FILLER};
    choice__span_days(reader, said->window.first.n, said->window.last.n);
    reader->week_of = false;
}

/* ---- from one to another ---- */

/* What may end a range that begins with such days: "11", "january", "friday". */
static bool may_end(const struct choice_reader *reader, const struct choice_days *first,
    const struct item *to, size_t ahead)
{
    const struct item *item = choice__peek_said(reader, &ahead);
    enum item_kind half = choice__peek(reader, ahead + 1)->kind;
    bool month = item->kind == ITEM_MONTH || item->kind == ITEM_MONTHS;
    bool hour = half == ITEM_AM || half == ITEM_PM || half == ITEM_HALF;
    bool number = item->kind == ITEM_NUMBER && item->until < 0 && !item->ish && !hour;
    if (first->kind == ITEM_WEEK)
        return month;
    return month || (number && first->dated) || item->kind == ITEM_DAY || item->kind == ITEM_FEAST
        || (item->kind == ITEM_WEEKDAY && to->value != CHOICE_A);
}

/* "dec 7 - 11", "between dec 7 and dec 11"; "december, a monday" and "friday - 11 am" are none. */
static bool begins_range(struct choice_reader *reader, const struct choice_days *said)
{
    size_t ahead = 1;
    const struct item *to = choice__peek_said(reader, &ahead);
    bool between = reader->relation == ITEM_BETWEEN && !reader->from;
    bool alone = reader->relation == ITEM_FILLER || reader->relation == ITEM_BETWEEN;
    bool linked =
        to->kind == ITEM_TO || to->kind == ITEM_UNTIL || (between && to->kind == ITEM_AND);
    bool whole = said->window.first.n != DAY_NONE && said->window.last.n != DAY_NONE
        && said->window.weekdays == CHOICE_EVERY_WEEKDAY && said->kind != ITEM_WEEKDAY;
    if (!linked || !alone || !whole || reader->range || !may_end(reader, said, to, ahead + 1))
        return false;
    reader->range = true;
    reader->range_from = *said;
    reader->range_weekday = reader->expected;
    reader->relation = ITEM_FILLER;
    reader->at += ahead;
    return true;
}

static void end_range(struct choice_reader *reader, struct choice_days *said)
{
    int from = reader->range_from.window.first.n, until = said->window.last.n;
    if (said->of_month) {
        until = choice__next_of_month(from, said->of_month);
    } else if (said->kind == ITEM_WEEKDAY && said->weekdays) { /* "tomorrow through friday" */
        for (until = from; !(said->weekdays >> day_weekday((struct day){until}) & 1);)
            until++;
    }
    if (until == DAY_NONE || from >= until || reader->relation != ITEM_FILLER || reader->week_of)
        reader->unsure = true;
    const bool bare = reader->range_from.of_month && said->of_month; /* "the 7th to the 11th" */
    *said = (struct choice_days){.window = choice__days_window(from, until),
        .kind = ITEM_WEEK,
        .of_month = bare ? reader->range_from.of_month : 0,
        .until_of_month = bare ? said->of_month : 0,
        .dated = reader->range_from.dated,
        .relation = ITEM_FILLER};
    choice__span_days(reader, from, until);
    reader->range = false;
}

/* ---- beside each other ---- */

static bool is_plain_span(const struct choice_days *days)
{
    return days->kind == ITEM_WEEK && !choice__is_bare(days) && days->relation == ITEM_FILLER;
}

/* "monday or tuesday in december", "december or january, on saturdays": said of all of a list. */
static void spread(struct choice_reader *reader, const struct choice_days *said, int list)
{
    struct choice *choice = &reader->choice;
    struct choice_days both;
    for (size_t i = 0; i + 1 < choice->window_count + reader->part.day_count; i++) {
        bool put = i < choice->window_count;
        struct choice_days *before =
            put ? &reader->put[i] : &reader->part.days[i - choice->window_count];
        if (before->list != list)
            continue;
        reader->bound_weekdays |= before->weekdays;
        if (!choice__meet(before, said, reader->today, &both)) {
            reader->unsure = true;
            continue;
        }
        *before = both;
        before->list = list;
        if (!put)
            continue;
        choice->windows[i].first = both.window.first;
        choice->windows[i].last = both.window.last;
        choice->windows[i].weekdays = both.window.weekdays;
        reader->bound_wide = true;
    }
}

/* Both are said of the same days. False: no day is both. */
static bool join_days(struct choice_reader *reader, const struct choice_days *said)
{
    struct choice_days *last = last_days(reader), both;
    const struct choice_days was = *last;
    if (!choice__meet(last, said, reader->today, &both))
        return false;
    *last = both;
    last->list = was.list;
    if (reader->part.negative)
        return true;
    if (was.kind == ITEM_WEEKDAY && was.weekdays && !was.of_month && said->kind == ITEM_WEEK) {
        reader->bound = *said;
        reader->bound_weekdays = was.weekdays;
    } else if (was.kind == ITEM_WEEK && said->kind == ITEM_WEEKDAY && said->weekdays) {
        reader->bound = was;
        reader->bound_weekdays = said->weekdays;
    } else if (reader->bound_weekdays) {
        const struct choice_days bound = reader->bound;
        if (!choice__meet(&bound, said, reader->today, &reader->bound))
            reader->bound_weekdays = 0;
    }
    spread(reader, said, was.list);
    return true;
}

/* "saturdays in december or sundays", "mornings in december or january": the same weekdays of other
 * days, or other weekdays of the same days. */
static bool inherit(struct choice_reader *reader, struct choice_days *said)
{
    const struct choice_days weekdays = {.kind = ITEM_WEEKDAY,
        .window = choice__any_window(),
        .weekdays = reader->bound_weekdays,
        .relation = ITEM_FILLER};
    struct choice_days both = *said;
    bool other_weekday = said->weekdays && said->relation == ITEM_FILLER;
    if (!reader->bound_weekdays || (!other_weekday && !is_plain_span(said)))
        return false;
    if (!choice__meet(said, other_weekday ? &reader->bound : &weekdays, reader->today, &both)
        || (!other_weekday && reader->bound_wide))
        reader->unsure = true;
    else if (other_weekday)
        reader->bound_weekdays |= said->weekdays;
    else
        reader->bound = *said;
    *said = both;
    return !other_weekday;
}

/* "mondays and fridays" */
static bool merge_weekdays(struct choice_reader *reader, const struct choice_days *said)
{
    struct choice_part *part = &reader->part;
    if (part->day_count == 0 || part->time_count > 0 || said->window.first.n != DAY_NONE
        || !said->weekdays || said->of_month)
        return false;
    struct choice_days *last = last_days(reader);
    if (!last->weekdays || last->of_month || last->window.first.n != DAY_NONE)
        return false;
    last->weekdays |= said->weekdays;
    last->window.weekdays |= said->window.weekdays;
    return true;
}

/* Days that cannot be the same may still stand beside each other: "mon tue", "tomorrow, saturday".
 */
static bool may_stand_beside(const struct choice_reader *reader, const struct choice_days *last,
    const struct choice_days *said)
{
    bool loose = reader->link != LINK_NONE;
    bool dates = last->kind == ITEM_DAY && said->kind == ITEM_DAY;
    bool weekdays = last->kind == ITEM_WEEKDAY && said->kind == ITEM_WEEKDAY;
    bool months = last->of_month || said->of_month;
    bool date_and_weekday = (last->kind == ITEM_DAY && said->kind == ITEM_WEEKDAY)
        || (last->kind == ITEM_WEEKDAY && said->kind == ITEM_DAY);
    if (dates || weekdays)
        return true;
    if (date_and_weekday)
        return (loose || reader->last == ITEM_NUMBER) && !last->dated && !said->dated;
    return loose && !months && last->kind != ITEM_WEEKDAY && said->kind != ITEM_WEEKDAY;
}

/* "and before the 20th" takes away; "and the 20th" adds. */
static bool is_listed(const struct choice_reader *reader, const struct choice_days *said)
{
    return reader->link == LINK_OR || (reader->link == LINK_AND && said->relation == ITEM_FILLER);
}

/* Alike enough to be one list, of all of which the next words are said. */
static bool is_alike(const struct choice_days *one, const struct choice_days *other)
{
    return one->kind == other->kind && one->relation == other->relation
        && is_plain_span(one) == is_plain_span(other);
}

static void place_days(struct choice_reader *reader, struct choice_days *said)
{
    struct choice_part *part = &reader->part;
    if (part->day_count > 0 && !is_listed(reader, said)) {
        if (join_days(reader, said))
            return;
        if (!may_stand_beside(reader, last_days(reader), said))
            reader->unsure = true;
    }
    const bool bound = reader->bound_weekdays != 0;
    /* "after 3 on monday or tuesday", and not "monday after 3 or tuesday" */
    bool same_hours = (!part->negative && inherit(reader, said)) || reader->last != ITEM_NUMBER;
    bool alike = part->day_count > 0 && is_alike(last_days(reader), said);
    said->list = alike ? last_days(reader)->list : ++reader->lists;
    if (bound && !alike)
        reader->bound_weekdays = 0;
    if (part->time_count > 0 && part->day_count > 0 && !same_hours)
        choice__end_part(reader);
    if (!merge_weekdays(reader, said))
        append_days(reader, said);
}

void choice__add_days(struct choice_reader *reader, struct choice_days said)
{
    bool of_week = said.kind == ITEM_WEEK;
    enum item_kind kind = said.kind;
    if (said.relation == ITEM_UNKNOWN)
        said.relation = ITEM_FILLER;
    if (reader->comma_in_negative || (!of_week && (reader->early || reader->late || reader->mid))
        || reader->nth)
        reader->unsure = true;
    bool mistaken = reader->expected != CHOICE_UNTOLD /* "Wednesday the 18th" */
        && (kind != ITEM_DAY || day_weekday(said.window.first) != reader->expected);
    take_week_of(reader, &said);
    const bool of_range = reader->range;
    if (of_range)
        end_range(reader, &said);
    bool begins = begins_range(reader, &said);
    relate_days(reader, &said);
    if (mistaken && !begins)
        reader->unsure = true;
    if (of_range && reader->range_weekday != CHOICE_UNTOLD && reader->expected == CHOICE_UNTOLD) {
        struct choice_days weekday = {.kind = ITEM_WEEKDAY, /* "a monday, dec 7-11" */
            .window = choice__any_window(),
            .weekdays = (uint8_t)(1 << reader->range_weekday),
            .relation = ITEM_FILLER};
        place_days(reader, &weekday);
        reader->link = LINK_NONE;
    }
    if (!begins)
        place_days(reader, &said);
    reader->expected = CHOICE_UNTOLD;
    reader->last = kind;
    reader->link = begins ? reader->link : LINK_NONE;
    reader->next = reader->this_one = reader->stopped = false;
    reader->early = reader->late = reader->mid = false;
    if (of_week)
        reader->later = false;
}

/* "after 3 and before 5", "mornings, after 9": both at once, as far as it can be. */
static bool narrows_time(const struct choice_reader *reader, int from, int until)
{
    const struct choice_part *part = &reader->part;
    size_t last = part->time_count - 1;
    bool open = from == 0 || until == CHOICE_DAY_MINUTES || part->from[last] == 0
        || part->until[last] == CHOICE_DAY_MINUTES;
    return reader->link != LINK_OR && open && from < part->until[last] && until > part->from[last];
}

void choice__add_time(struct choice_reader *reader, int from, int until)
{
    struct choice_part *part = &reader->part;
    const struct choice_days *last = choice__last_days(reader);
    bool ends = last && last->relation != ITEM_FILLER && reader->last != ITEM_NUMBER
        && until - from == 1; /* "before friday at 3" is no hour of the days before */
    if (from >= until || from < 0 || until > CHOICE_DAY_MINUTES || ends) {
        reader->unsure = true;
    } else if (part->time_count == 0
        || (reader->link != LINK_NONE && reader->last == ITEM_NUMBER
            && !narrows_time(reader, from, until))) {
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
    reader->link = LINK_NONE;
    reader->stopped = false;
    reader->relation = ITEM_FILLER;
}
