/* choice.c: items become windows of days and hours, or a place in the offer. */
#include "opening/choice.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "opening/choice_int.h"

enum { EVENING_MINUTE = 17 * 60 };

static bool is_end(const struct item *item)
{
    return item->kind == ITEM_BREAK || item->kind == ITEM_COMMA || item->kind == ITEM_STOP;
}

/* ---- the way through the items ---- */

static void turn_negative(struct choice_reader *reader)
{
    choice__end_part(reader);
    reader->part.negative = true;
    reader->comma_in_negative = false;
}

/* "wednesday doesn't work": what was said last is what cannot be, in any week. */
static void deny_part(struct choice_reader *reader)
{
    struct choice_part *part = &reader->part;
    if ((part->day_count == 0 && part->time_count == 0) || reader->stopped)
        reader->unsure = true;
    for (size_t i = 0; i < part->day_count; i++) {
        uint8_t weekdays = part->days[i].weekdays;
        if (!weekdays || part->days[i].relation != ITEM_FILLER)
            continue;
        reader->choice.named &= (uint8_t)~weekdays;
        part->days[i].window = choice__any_window();
        part->days[i].window.weekdays = weekdays;
    }
    part->negative = true;
    choice__end_part(reader);
    part->negative = false;
}

/* Words that still wait for what they are about when something else begins. */
static bool is_waiting(const struct choice_reader *reader)
{
    return reader->relation != ITEM_FILLER || reader->next || reader->early || reader->late
        || reader->mid || reader->later || reader->earlier || reader->month || reader->range
        || reader->week_of || reader->nth;
}

static int minute_of(const struct choice_question *question, struct instant at)
{
    struct civil civil = zone_civil(question->schedule->zone, at);
    return civil.hour * 60 + civil.minute;
}

/* "the later one": the last of the offered by the calendar, if none of the others is at a later
 * hour of its day. CHOICE_UNTOLD: it may be two. */
static int extreme(const struct choice_question *question, int shift)
{
    if (question->offered_count < 2)
        return CHOICE_UNTOLD;
    size_t place = 0;
    for (size_t i = 1; i < question->offered_count; i++) {
        int64_t later_ms = question->offered[i].start.ms - question->offered[place].start.ms;
        place = later_ms * shift > 0 ? i : place;
    }
    int minute = minute_of(question, question->offered[place].start);
    for (size_t i = 0; i < question->offered_count; i++) {
        int beside = minute_of(question, question->offered[i].start);
        if ((beside - minute) * shift > 0)
            return CHOICE_UNTOLD;
    }
    return (int)place + 1;
}

/* "any later?", "the earlier one", "anything later on friday?": than what was offered. */
static void settle_shift(struct choice_reader *reader)
{
    const struct choice *choice = &reader->choice;
    bool said = choice->except_count || choice->soonest || choice->provider != SCHEDULE_NOBODY
        || reader->picks || choice->shift;
    for (size_t i = 0; i < choice->window_count; i++)
        said = said || choice->windows[i].until_minute - choice->windows[i].from_minute == 1;
    if (reader->later == reader->earlier || reader->question->offered_count == 0 || said)
        return;
    int shift = reader->later ? 1 : -1;
    if (reader->mark) {
        int place = extreme(reader->question, shift);
        reader->unsure = place == CHOICE_UNTOLD;
        if (place != CHOICE_UNTOLD)
            choice__pick(reader, place);
    } else if (reader->items.asked || reader->any) { /* "maybe later" asks for nothing */
        reader->choice.shift = shift;
        reader->choice.by_days = reader->by_days;
        reader->other += choice->window_count == 0;
    } else {
        return;
    }
    reader->later = reader->earlier = false;
}

/* "any evening but Thursday", "mornings but not late": said of all, it takes something away. */
static bool takes_away(const struct choice_reader *reader)
{
    bool all = false;
    for (size_t i = 0; i < reader->at; i++) {
        const struct item *item = &reader->items.list[i];
        all = all || (item->kind == ITEM_ASK && item->value == 1) || item->plural
            || item->kind == ITEM_PLURAL;
    }
    enum item_kind next =
        choice__peek(reader, choice__peek(reader, 1)->kind == ITEM_EL ? 2 : 1)->kind;
    return all && (next == ITEM_WEEKDAY || next == ITEM_WEEKEND || next == ITEM_DAY);
}

static void read_break(struct choice_reader *reader)
{
    reader->unsure = reader->unsure || is_waiting(reader);
    bool away = takes_away(reader);
    if (away || reader->part.negative)
        choice__end_part(reader);
    if (away) {
        reader->part.negative = true;
        return;
    }
    reader->link = LINK_BREAK;
    if (reader->any > 0)
        reader->contrast = true;
    reader->part.negative = reader->plural = reader->comma_in_negative = false;
}

/* What is denied ends with its sentence; what is wanted may go on in the next: "Saturday. After 3."
 */
static void read_stop(struct choice_reader *reader)
{
    if (reader->part.negative)
        read_break(reader);
    else if (reader->later || reader->earlier)
        choice__end_part(reader);
    settle_shift(reader);
    reader->unsure = reader->unsure || is_waiting(reader);
    reader->link = LINK_STOP;
    reader->stopped = true;
    reader->plural = false;
}

static void name_provider(struct choice_reader *reader, int provider)
{
    if (reader->part.negative && provider >= 0 && provider < CHOICE_NEVER_MAX) {
        reader->choice.never |= UINT64_C(1) << provider;
        return;
    }
    if (reader->choice.provider != SCHEDULE_NOBODY && reader->choice.provider != provider)
        reader->unsure = true;
    if (reader->part.negative)
        reader->unsure = true;
    reader->choice.provider = provider;
}

/* "somebody else": than everybody who was offered. */
static void name_somebody_else(struct choice_reader *reader)
{
    const struct choice_question *question = reader->question;
    if (question->offered_count == 0 || reader->part.negative)
        reader->unsure = true;
    for (size_t i = 0; i < question->offered_count; i++) {
        int provider = question->offered[i].provider;
        if (provider < 0 || provider >= CHOICE_NEVER_MAX)
            reader->unsure = true;
        else
            reader->choice.never |= UINT64_C(1) << provider;
    }
}

static void take_any(struct choice_reader *reader, int value)
{
    reader->any++;
    reader->choice.any_day = reader->choice.any_day || value & 1;
    reader->choice.any_hour = reader->choice.any_hour || value & 2;
}

static void take_other(struct choice_reader *reader, int value)
{
    reader->other++;
    reader->choice.other_days = reader->choice.other_days || value == 1;
}

static void read_part_of_day(struct choice_reader *reader, const struct item *item)
{
    if (reader->relation == ITEM_AROUND || reader->relation == ITEM_AT)
        reader->relation = ITEM_FILLER;
    if (reader->relation != ITEM_FILLER)
        reader->unsure = true;
    choice__add_time(reader, item->from, item->until);
}

static void read_connector(struct choice_reader *reader, const struct item *item)
{
    if (item->kind == ITEM_OR)
        reader->link = LINK_OR;
    else if (item->kind == ITEM_AND)
        reader->link = LINK_AND;
    else if (reader->link == LINK_NONE)
        reader->link = LINK_COMMA;
    if (item->kind == ITEM_COMMA && is_waiting(reader))
        reader->unsure = true;
    if (item->kind == ITEM_COMMA && reader->part.negative)
        reader->comma_in_negative = true;
}

/* Words that wait for, or belong to, what is beside them. */
static bool read_modifier(struct choice_reader *reader, const struct item *item)
{
    switch (item->kind) {
    case ITEM_NEXT: reader->next = true; return true;
    case ITEM_THIS: reader->this_one = true; return true;
    case ITEM_EARLY: reader->early = true; return true;
    case ITEM_LATE: reader->late = true; return true;
    case ITEM_MID: reader->mid = true; return true;
    case ITEM_LATER:
        reader->later = true;
        reader->by_days = item->value == 1;
        return true;
    case ITEM_EARLIER:
        reader->earlier = true;
        reader->by_days = item->value == 1;
        return true;
    case ITEM_IN: reader->in = true; return true;
    case ITEM_PLURAL: reader->plural = true; return true;
    case ITEM_MARK: reader->mark = true; return true;
    case ITEM_AFTER:
    case ITEM_BEFORE:
    case ITEM_AROUND:
    case ITEM_AT:
    case ITEM_BETWEEN:
        reader->relation = item->kind;
        reader->from = item->value & CHOICE_FROM;
        return true;
    case ITEM_AND:
    case ITEM_OR:
    case ITEM_COMMA: read_connector(reader, item); return true;
    case ITEM_TO: return true; /* no range: "a" of either language, a dash */
    case ITEM_DAYS: reader->unsure = reader->unsure || item->plural; return true;
    case ITEM_EL:
    case ITEM_FILLER: return true;
    case ITEM_ASK: reader->items.asked = true; return true;
    default: return false;
    }
}

/* "the week after", of what was offered; "the week after christmas", of that. */
static void read_week_item(struct choice_reader *reader, const struct item *item)
{
    size_t ahead = 1;
    bool dated =
        choice__is_date(reader, 1) || choice__peek_said(reader, &ahead)->kind == ITEM_FEAST;
    if (item->plural && dated) {
        reader->week_of = true;
        reader->weeks_on = item->value;
    } else {
        choice__read_week(reader, item->plural ? choice__week_after(reader) : item->value);
    }
}

/* "december 7"; "december 7 pm" may be an hour of december. */
static void name_month(struct choice_reader *reader, int month)
{
    size_t ahead = 1;
    const struct item *day = choice__peek_said(reader, &ahead);
    enum item_kind half = choice__peek(reader, ahead + 1)->kind;
    reader->month = month;
    if (!day->ordinal && (half == ITEM_AM || half == ITEM_PM || half == ITEM_HALF))
        reader->unsure = true;
}

static bool read_day_item(struct choice_reader *reader, const struct item *item)
{
    struct choice_window window = choice__any_window();
    switch (item->kind) {
    case ITEM_TONIGHT:
        choice__add_date(reader, reader->today, 0, false);
        choice__add_time(reader, EVENING_MINUTE, CHOICE_DAY_MINUTES);
        return true;
    case ITEM_DAY:
        choice__add_date(reader, (struct day){reader->today.n + item->value}, 0, false);
        return true;
    case ITEM_WEEKDAY: choice__read_weekday(reader, item); return true;
    case ITEM_WEEKEND: choice__read_weekend(reader, item); return true;
    case ITEM_WEEKDAYS:
        window.weekdays = 0x3e;
        choice__add_days(
            reader, (struct choice_days){.kind = ITEM_WEEKDAY, .window = window, .weekdays = 0x3e});
        return true;
    case ITEM_WEEK: read_week_item(reader, item); return true;
    case ITEM_WEEK_OF:
        reader->week_of = true;
        reader->weeks_on = item->value;
        return true;
    case ITEM_YEAR: choice__read_year(reader, item->value); return true;
    case ITEM_YEARS: choice__read_years(reader, item->value); return true;
    case ITEM_AHEAD: choice__read_ahead(reader, item->value); return true;
    case ITEM_SEASON: choice__read_season(reader, item->value); return true;
    case ITEM_FEAST:
        if (choice__peek(reader, 1)->kind == ITEM_WEEKS) { /* "thanksgiving week" */
            reader->week_of = true;
            reader->weeks_on = 0;
        }
        choice__read_feast(reader, item->value);
        reader->at += choice__peek(reader, 1)->kind == ITEM_WEEKS;
        return true;
    case ITEM_SHOWN: choice__read_shown(reader); return true;
    case ITEM_MONTHS: choice__read_months(reader, item->value); return true;
    case ITEM_MONTH:
        if (choice__is_date(reader, 0))
            name_month(reader, item->value);
        else
            choice__read_month(reader, item->value);
        return true;
    case ITEM_NUMBER: choice__read_number(reader, item); return true;
    case ITEM_ORDINAL:
        if (!choice__read_nth(reader, item->value))
            choice__pick(reader, item->value);
        return true;
    case ITEM_PART: read_part_of_day(reader, item); return true;
    case ITEM_AM: choice__add_time(reader, 0, 720); return true;
    case ITEM_PM: choice__add_time(reader, 720, CHOICE_DAY_MINUTES); return true;
    default: return false;
    }
}

static void read_item(struct choice_reader *reader, const struct item *item)
{
    if (read_modifier(reader, item) || read_day_item(reader, item))
        return;
    switch (item->kind) {
    case ITEM_BREAK: read_break(reader); break;
    case ITEM_STOP: read_stop(reader); break;
    case ITEM_CANNOT: deny_part(reader); break;
    case ITEM_NOT: /* "tuesday I can't" */
    case ITEM_NO:
        if (reader->part.day_count + reader->part.time_count > 0 && is_end(choice__peek(reader, 1)))
            deny_part(reader);
        else
            turn_negative(reader);
        break;
    case ITEM_ANY: take_any(reader, item->value); break;
    case ITEM_OTHER: take_other(reader, item->value); break;
    case ITEM_ELSE: name_somebody_else(reader); break;
    case ITEM_YES: reader->yes++; break;
    case ITEM_SOONEST: reader->choice.soonest = true; break;
    case ITEM_PROVIDER: name_provider(reader, item->value); break;
    case ITEM_SAME: name_provider(reader, CHOICE_SAME_PROVIDER); break;
    case ITEM_ANYONE: reader->choice.anyone = true; break;
    default: reader->unsure = true; break; /* a word that nobody here knows, or one left over */
    }
}

/* ---- what it comes to ---- */

/* Words that name one day or one hour may be a choice of what was offered; "mornings" may not. */
static bool is_specific(const struct choice_window *window)
{
    bool one_day = window->first.n != DAY_NONE && window->first.n == window->last.n;
    bool one_weekday = window->first.n != DAY_NONE && window->last.n != DAY_NONE
        && (window->weekdays & (window->weekdays - 1)) == 0;
    return one_day || one_weekday || window->until_minute - window->from_minute == 1;
}

static bool may_choose(const struct choice_reader *reader)
{
    const struct choice *choice = &reader->choice;
    if (reader->mark)
        return true;
    if (choice->except_count > 0 || choice->soonest)
        return false;
    for (size_t i = 0; i < choice->window_count; i++) {
        if (!is_specific(&choice->windows[i]))
            return false;
    }
    return choice->window_count > 0 || choice->provider >= 0;
}

/* The words fit one offered time alone: that one. */
static void narrow(struct choice_reader *reader)
{
    const struct choice_question *question = reader->question;
    struct choice *choice = &reader->choice;
    size_t fits = 0, place = 0;
    if (reader->items.asked || question->offered_count == 0 || !may_choose(reader))
        return;
    if (reader->mark && choice->provider == CHOICE_SAME_PROVIDER) {
        reader->unsure = true;
        return;
    }
    for (size_t i = 0; i < question->offered_count; i++) {
        if (choice_allows(choice, question->schedule, &question->offered[i], SCHEDULE_NOBODY)) {
            place = i;
            fits++;
        }
    }
    if (fits == 1 && choice->provider != CHOICE_SAME_PROVIDER) {
        choice->kind = CHOICE_PICK;
        choice->pick = place;
    } else if (reader->mark) {
        reader->unsure = true; /* "the morning one", when there are two */
    }
}

static void conclude(struct choice_reader *reader)
{
    struct choice *choice = &reader->choice;
    bool said = choice->window_count || choice->except_count || choice->soonest || choice->anyone
        || choice->provider != SCHEDULE_NOBODY || choice->never || reader->any;
    choice->asks = reader->items.asked;
    choice->others = reader->other > 0;
    for (size_t i = 0; i < choice->window_count; i++)
        choice__settle_window(&choice->windows[i]);
    for (size_t i = 0; i < choice->except_count; i++)
        choice__settle_window(&choice->except[i]);
    if (reader->picks > 0) {
        const struct choice_question *question = reader->question;
        bool agrees = reader->picks == 1
            && choice_allows(
                choice, question->schedule, &question->offered[choice->pick], SCHEDULE_NOBODY);
        choice->kind = CHOICE_PICK;
        reader->unsure = reader->unsure || !agrees || reader->other;
    } else if (reader->other && !choice->window_count) {
        choice->kind = CHOICE_OTHER;
        reader->unsure = reader->unsure || reader->question->offered_count == 0;
    } else if (said) {
        choice->kind = CHOICE_WANT;
        if (!choice__can_be(choice, reader->today, reader->last_day))
            reader->unsure = true;
        narrow(reader);
    } else if (reader->yes && reader->question->offered_count == 1) {
        choice->kind = CHOICE_PICK;
        choice->pick = 0;
    } else {
        reader->unsure = true;
    }
}

/* A question by its first word: "is saturday free". */
static bool begins_as_question(const char *text)
{
    static const char *const words[] = {
        "do ", "is ", "are ", "can ", "could ", "any ", "what", "how", "when ", "does "};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strncasecmp(text, words[i], strlen(words[i])) == 0)
            return true;
    }
    return false;
}

struct choice choice_read(const struct choice_question *question, const char *text)
{
    const struct zone *zone =
        question->patient_zone ? question->patient_zone : question->schedule->zone;
    struct choice_reader reader = {.question = question,
        .today = zone_day(zone, question->now),
        .relation = ITEM_FILLER,
        .last = ITEM_FILLER,
        .expected = CHOICE_UNTOLD,
        .choice = {.provider = SCHEDULE_NOBODY}};
    reader.last_day.n =
        reader.today.n + (question->days_max ? question->days_max : CHOICE_DAYS_MAX);
    reader.unsure = !text || !choice__items(question, text, &reader.items);
    reader.items.asked = reader.items.asked || (text && begins_as_question(text));
    for (; reader.at < reader.items.count && !reader.unsure; reader.at++)
        read_item(&reader, &reader.items.list[reader.at]);
    bool denied = reader.part.negative;
    bool empty = reader.part.day_count + reader.part.time_count == 0;
    choice__end_part(&reader);
    settle_shift(&reader);
    bool waiting = is_waiting(&reader) || reader.expected != CHOICE_UNTOLD
        || (denied && empty && !reader.choice.except_count && !reader.choice.never);
    reader.unsure = reader.unsure || waiting;
    if (!reader.unsure)
        conclude(&reader);
    if (reader.unsure)
        return (struct choice){.kind = CHOICE_UNSURE, .provider = SCHEDULE_NOBODY};
    return reader.choice;
}

bool choice_speaks_of_times(const struct choice_question *question, const char *text)
{
    struct items items;
    if (!choice__items(question, text, &items))
        return true;
    for (size_t i = 0; i < items.count; i++) {
        switch (items.list[i].kind) {
        case ITEM_UNKNOWN:
        case ITEM_FILLER:
        case ITEM_BREAK:
        case ITEM_STOP:
        case ITEM_COMMA:
        case ITEM_TO:
        case ITEM_IN:
        case ITEM_AT:
        case ITEM_AND:
        case ITEM_OR:
        case ITEM_MARK:
        case ITEM_YES:
        case ITEM_ASK:
        case ITEM_EL:
        case ITEM_PLURAL:
        case ITEM_ANY: break;
        case ITEM_DAYS:
            if (!items.list[i].plural)
                break;
            return true;
        default: return true;
        }
    }
    return false;
}

void choice_hours(const struct schedule *schedule, int *ret_opens_minute, int *ret_closes_minute)
{
    int opens = CHOICE_DAY_MINUTES, closes = 0;
    for (size_t i = 0; i < schedule->location_count; i++) {
        for (int day = 0; day < 7; day++) {
            const struct shifts *shifts = &schedule->locations[i].hours.week[day];
            for (size_t j = 0; j < shifts->count; j++) {
                const struct shift *shift = &shifts->list[j];
                opens = shift->from_minute < opens ? shift->from_minute : opens;
                closes = shift->until_minute > closes ? shift->until_minute : closes;
            }
        }
    }
    *ret_opens_minute = opens;
    *ret_closes_minute = closes;
}
