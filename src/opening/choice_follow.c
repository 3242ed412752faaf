/* choice_follow.c: what was just said, and of what was said before all that it does not contradict.
 *
 * A wish is days and hours. Of each the last word counts; what was said before narrows it as far as
 * both can be had together, and falls away where they cannot. */
#include <assert.h>
#include <string.h>

#include "opening/choice_int.h"

/* ---- windows ---- */

static bool has_days(const struct choice_window *window)
{
    return window->first.n != DAY_NONE || window->last.n != DAY_NONE
        || window->weekdays != CHOICE_EVERY_WEEKDAY;
}

static bool has_hours(const struct choice_window *window)
{
    return window->from_minute > 0 || window->until_minute < CHOICE_DAY_MINUTES;
}

static bool holds_day(const struct choice_window *window, int day)
{
    return (window->first.n == DAY_NONE || day >= window->first.n)
        && (window->last.n == DAY_NONE || day <= window->last.n)
        && window->weekdays >> day_weekday((struct day){day}) & 1;
}

/* What two windows have in common, day by day, as far as anything can be offered. */
struct common {
    bool any;           /* a day of both */
    bool second_inside; /* every day of the second is one of the first */
};

static struct common compare_days(
    const struct choice_window *first, const struct choice_window *second, struct day today)
{
    struct common common = {.second_inside = true};
    for (int day = today.n; day <= today.n + CHOICE_DAYS_MAX; day++) {
        bool in_first = holds_day(first, day), in_second = holds_day(second, day);
        common.any = common.any || (in_first && in_second);
        common.second_inside = common.second_inside && (in_first || !in_second);
    }
    return common;
}

static void copy_days(struct choice_window *window, const struct choice_window *from)
{
    window->first = from->first;
    window->last = from->last;
    window->weekdays = from->weekdays;
}

static void copy_hours(struct choice_window *window, const struct choice_window *from)
{
    window->from_minute = from->from_minute;
    window->until_minute = from->until_minute;
}

static void narrow_days(struct choice_window *window, const struct choice_window *by)
{
    if (by->first.n != DAY_NONE && (window->first.n == DAY_NONE || by->first.n > window->first.n))
        window->first = by->first;
    if (by->last.n != DAY_NONE && (window->last.n == DAY_NONE || by->last.n < window->last.n))
        window->last = by->last;
    window->weekdays &= by->weekdays;
}

/* False: its days and those that were said before have none in common. */
static bool follow_days(
    struct choice_window *window, const struct choice_window *before, struct day today)
{
    if (!has_days(before))
        return true;
    if (!has_days(window)) {
        copy_days(window, before);
        return true;
    }
    struct common common = compare_days(window, before, today);
    if (common.any
        && !common.second_inside) /* who names a wider time after a narrow one means it */
        narrow_days(window, before);
    return common.any;
}

static bool follow_hours(struct choice_window *window, const struct choice_window *before)
{
    if (!has_hours(before))
        return true;
    if (!has_hours(window)) {
        copy_hours(window, before);
        return true;
    }
    int from =
        window->from_minute > before->from_minute ? window->from_minute : before->from_minute;
    int until =
        window->until_minute < before->until_minute ? window->until_minute : before->until_minute;
    bool inside = from == before->from_minute && until == before->until_minute;
    if (from < until && !inside) {
        window->from_minute = from;
        window->until_minute = until;
    }
    return from < until;
}

/* ---- a wish ---- */

static bool is_same(const struct choice_window *first, const struct choice_window *second)
{
    return first->first.n == second->first.n && first->last.n == second->last.n
        && first->weekdays == second->weekdays && first->from_minute == second->from_minute
        && first->until_minute == second->until_minute;
}

static void add_window(struct choice *choice, const struct choice_window *window)
{
    for (size_t i = 0; i < choice->window_count; i++) {
        if (is_same(&choice->windows[i], window))
            return;
    }
    if (choice->window_count == CHOICE_WINDOWS_MAX)
        choice->kind = CHOICE_UNSURE;
    else
        choice->windows[choice->window_count++] = *window;
}

static void add_except(struct choice *choice, const struct choice_window *window)
{
    for (size_t i = 0; i < choice->except_count; i++) {
        if (is_same(&choice->except[i], window))
            return;
    }
    if (choice->except_count == CHOICE_WINDOWS_MAX)
        choice->kind = CHOICE_UNSURE;
    else
        choice->except[choice->except_count++] = *window;
}

/* The windows, or the one in which everything is. */
static size_t windows_of(const struct choice *choice, struct choice_window *ret_windows)
{
    memcpy(ret_windows, choice->windows, sizeof choice->windows);
    if (choice->window_count > 0)
        return choice->window_count;
    ret_windows[0] = choice__any_window();
    return 1;
}

/* One window that was said, under each of those before; where none of them can be had beside it,
 * what contradicts falls away. */
static void follow_window(struct choice *choice, const struct choice_window *said,
    const struct choice_window *before, size_t count, struct day today)
{
    bool together = false;
    for (size_t i = 0; i < count; i++) {
        struct choice_window window = *said;
        if (follow_days(&window, &before[i], today) && follow_hours(&window, &before[i])) {
            add_window(choice, &window);
            together = true;
        }
    }
    for (size_t i = 0; i < count && !together; i++) {
        struct choice_window window = *said;
        bool days = follow_days(&window, &before[i], today);
        bool hours = follow_hours(&window, &before[i]);
        if (!days && has_days(said))
            copy_days(&window, said);
        if (!hours && has_hours(said))
            copy_hours(&window, said);
        add_window(choice, &window);
    }
}

/* "friday?", then "next week?": the friday of that week. */
static void keep_weekdays(
    const struct choice *before, struct choice_window *window, const struct choice *said)
{
    struct choice_window kept = *window;
    bool contradicts = true, comes = false;
    kept.weekdays &= before->named;
    if (!said->spanned || said->named || said->any_day || !kept.weekdays || !before->window_count)
        return;
    for (int day = said->span_first.n; day <= said->span_last.n; day++) {
        comes = comes || holds_day(&kept, day);
        for (size_t i = 0; i < before->window_count; i++)
            contradicts = contradicts && !holds_day(&before->windows[i], day);
    }
    if (contradicts && comes)
        *window = kept;
}

static size_t windows_before(const struct choice *before, const struct choice *said, bool days,
    bool hours, struct choice_window *ret_windows)
{
    size_t count = windows_of(before, ret_windows);
    struct choice_window any = choice__any_window();
    if (before->spanned) {
        any.first = before->span_first;
        any.last = before->span_last;
    }
    for (size_t i = 0; i < count; i++) {
        if (said->any_day)
            any = choice__any_window();
        if (said->any_day || !days)
            copy_days(&ret_windows[i], &any);
        if (said->any_hour || !hours)
            copy_hours(&ret_windows[i], &any);
    }
    return count;
}

/* What was ruled out before, unless it is asked for now. */
static void follow_exceptions(
    struct choice *choice, const struct choice *before, const struct choice *said, struct day today)
{
    for (size_t i = 0; i < before->except_count; i++) {
        const struct choice_window *except = &before->except[i];
        bool wanted = said->any_day && has_days(except) && !has_hours(except);
        for (size_t k = 0; k < said->window_count; k++) {
            const struct choice_window *window = &said->windows[k];
            wanted = wanted
                || (compare_days(except, window, today).second_inside
                    && window->from_minute >= except->from_minute
                    && window->until_minute <= except->until_minute);
        }
        if (!wanted)
            add_except(choice, except);
    }
    for (size_t i = 0; i < said->except_count; i++)
        add_except(choice, &said->except[i]);
}

/* ---- what was offered ---- */

static struct day day_of_slot(const struct choice_question *question, size_t i)
{
    return zone_day(question->schedule->zone, question->offered[i].start);
}

static int minute_of_slot(const struct choice_question *question, size_t i)
{
    struct civil civil = zone_civil(question->schedule->zone, question->offered[i].start);
    return civil.hour * 60 + civil.minute;
}

static struct choice_window day_window(struct day day)
{
    struct choice_window window = choice__any_window();
    window.first = window.last = day;
    return window;
}

/* Of a day: the hours behind all of it that was offered, or before it. */
static struct choice_window beyond(
    const struct choice_question *question, struct day day, int shift)
{
    struct choice_window window = day_window(day);
    for (size_t i = 0; i < question->offered_count; i++) {
        int minute = minute_of_slot(question, i);
        if (day_of_slot(question, i).n != day.n)
            continue;
        if (shift > 0 && minute + 1 > window.from_minute)
            window.from_minute = minute + 1;
        if (shift < 0 && minute < window.until_minute)
            window.until_minute = minute;
    }
    return window;
}

/* "any later?": on the days that were offered; "a later date": behind all of them. */
static void add_shifted(
    const struct choice_question *question, const struct choice *said, struct choice *choice)
{
    struct day first = day_of_slot(question, 0), last = first;
    for (size_t i = 0; i < question->offered_count; i++) {
        struct day day = day_of_slot(question, i);
        struct choice_window window = beyond(question, day, said->shift);
        first = day.n < first.n ? day : first;
        last = day.n > last.n ? day : last;
        if (!said->by_days && window.from_minute < window.until_minute)
            add_window(choice, &window);
    }
    struct choice_window window = choice__any_window();
    if (said->shift > 0)
        window.first.n = last.n + 1;
    else
        window.last.n = first.n - 1;
    if (said->by_days)
        add_window(choice, &window);
}

static void pass_offered(const struct choice_question *question, struct choice *choice)
{
    for (size_t i = 0; i < question->offered_count; i++) {
        if (choice->passed_count == CHOICE_PASSED_MAX) {
            memmove(choice->passed, choice->passed + 1,
                sizeof choice->passed - sizeof choice->passed[0]);
            choice->passed_count--;
        }
        choice->passed[choice->passed_count++] = question->offered[i].start;
    }
}

/* "10:30 works" */
static bool is_hour(const struct choice *choice)
{
    const struct choice_window *window = &choice->windows[0];
    return choice->window_count == 1 && !has_days(window)
        && window->until_minute - window->from_minute == 1;
}

/* What was said as it would stand alone, but for what it says of the times that were offered. */
static struct choice unfold(const struct choice_question *question, const struct choice *said)
{
    struct choice choice = *said;
    struct choice shifted = {.kind = CHOICE_WANT};
    choice.kind = CHOICE_WANT;
    if (said->shift && question->offered_count > 0) {
        add_shifted(question, said, &shifted);
        choice.any_hour = choice.any_hour || !said->by_days;
        struct choice_window windows[CHOICE_WINDOWS_MAX];
        size_t count = windows_of(said, windows);
        choice.window_count = 0;
        for (size_t i = 0; i < count; i++)
            follow_window(&choice, &windows[i], shifted.windows, shifted.window_count,
                day_of_slot(question, 0));
    }
    for (size_t i = 0; said->other_days && i < question->offered_count; i++) {
        struct choice_window window = day_window(day_of_slot(question, i));
        add_except(&choice, &window);
    }
    bool hour = is_hour(said);
    if (hour && !said->shift && !said->any_day && question->offered_count > 0) {
        struct choice_window at = said->windows[0];
        choice.window_count = 0;
        for (size_t i = 0; i < question->offered_count; i++) {
            struct choice_window window = day_window(day_of_slot(question, i));
            copy_hours(&window, &at);
            add_window(&choice, &window);
        }
    }
    return choice;
}

/* ---- both together ---- */

static struct choice join(const struct choice_question *question, const struct choice *before,
    const struct choice *said, bool days, bool hours)
{
    struct choice choice = *said;
    struct choice_window was[CHOICE_WINDOWS_MAX], is[CHOICE_WINDOWS_MAX];
    const struct zone *zone =
        question->patient_zone ? question->patient_zone : question->schedule->zone;
    struct day today = zone_day(zone, question->now);
    size_t before_count = windows_before(before, said, days, hours, was);
    size_t said_count = windows_of(said, is);
    choice.window_count = choice.except_count = 0;
    for (size_t i = 0; i < said_count; i++) {
        keep_weekdays(before, &is[i], said);
        follow_window(&choice, &is[i], was, before_count, today);
    }
    for (size_t i = 0; i < choice.window_count; i++)
        choice__settle_window(&choice.windows[i]);
    if (choice.window_count == 1 && !has_days(&choice.windows[0]) && !has_hours(&choice.windows[0]))
        choice.window_count = 0;
    follow_exceptions(&choice, before, said, today);
    const struct day last = {today.n + CHOICE_DAYS_MAX};
    if (choice.kind == CHOICE_WANT && !choice__can_be(&choice, today, last))
        choice.kind = CHOICE_UNSURE;
    return choice;
}

static void keep_span(const struct choice *before, const struct choice *said, struct choice *choice)
{
    if (said->spanned || said->any_day || !before->spanned)
        return;
    bool inside = true;
    for (size_t i = 0; i < choice->window_count; i++) {
        const struct choice_window *window = &choice->windows[i];
        inside = inside && window->first.n != DAY_NONE && window->last.n != DAY_NONE
            && window->first.n >= before->span_first.n && window->last.n <= before->span_last.n;
    }
    choice->spanned = inside;
    choice->span_first = before->span_first;
    choice->span_last = before->span_last;
}

static bool says_days(const struct choice *choice)
{
    bool days = false;
    for (size_t i = 0; i < choice->window_count; i++)
        days = days || has_days(&choice->windows[i]);
    return days;
}

/* Who was asked for, and who was ruled out. */
static void keep_people(
    const struct choice *before, const struct choice *said, struct choice *choice)
{
    choice->never = before->never | said->never;
    if (said->provider >= 0)
        choice->never &= ~(UINT64_C(1) << said->provider);
    if (said->provider == SCHEDULE_NOBODY && !said->anyone) {
        bool ruled_out = before->provider >= 0 && said->never >> before->provider & 1;
        choice->provider = ruled_out ? SCHEDULE_NOBODY : before->provider;
        choice->anyone = before->anyone || ruled_out;
    }
    if (said->anyone)
        choice->never = said->never;
}

struct choice choice_follow(const struct choice_question *question, const struct choice *said)
{
    static const struct choice nothing = {.kind = CHOICE_WANT, .provider = SCHEDULE_NOBODY};
    /* Without the days, without the hours, without either that was said before: what contradicts
     * falls away, and no more. */
    static const struct {
        bool days, hours;
    } rounds[] = {{true, true}, {false, true}, {true, false}, {false, false}};
    const struct choice *before = question->wish ? question->wish : &nothing;
    if (said->kind != CHOICE_WANT && said->kind != CHOICE_OTHER)
        return *said;
    struct choice alone = unfold(question, said), choice = alone;
    for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
        choice = join(question, before, &alone, rounds[i].days, rounds[i].hours);
        if (choice.kind == CHOICE_WANT)
            break;
    }
    keep_people(before, said, &choice);
    keep_span(before, said, &choice);
    if (!said->named && !says_days(said) && !said->any_day)
        choice.named = before->named;
    if (!said->named && said->spanned && !said->any_day)
        choice.named = before->named;
    memcpy(choice.passed, before->passed, sizeof choice.passed);
    choice.passed_count = before->passed_count;
    if (said->others && !said->shift)
        pass_offered(question, &choice);
    return choice;
}

bool choice_is_exact(const struct choice *choice)
{
    const struct choice_window *window = &choice->windows[0];
    return choice->kind == CHOICE_WANT && !choice->asks && choice->window_count == 1
        && window->first.n != DAY_NONE && window->first.n == window->last.n
        && window->until_minute - window->from_minute == 1;
}

struct choice choice_beside(const struct choice_question *question, const struct choice *choice)
{
    struct choice beside = *choice;
    for (size_t i = 0; choice->shift && !choice->by_days && i < question->offered_count; i++) {
        struct day day = day_of_slot(question, i);
        struct choice_window window = beyond(question, day, choice->shift);
        struct choice_window wrong = day_window(day);
        if (choice->shift > 0)
            wrong.until_minute = window.from_minute;
        else
            wrong.from_minute = window.until_minute;
        add_except(&beside, &wrong);
    }
    beside.kind = CHOICE_WANT;
    return beside;
}
