/* choice_allows.c: which days and hours a wish allows. */
#include "opening/choice_int.h"

static bool window_has(const struct choice_window *window, struct day day)
{
    return (window->first.n == DAY_NONE || day.n >= window->first.n)
        && (window->last.n == DAY_NONE || day.n <= window->last.n)
        && window->weekdays >> day_weekday(day) & 1;
}

static bool window_allows(const struct choice_window *window, struct day day, int minute)
{
    return window_has(window, day) && minute >= window->from_minute
        && minute < window->until_minute;
}

bool choice__rules_out(const struct choice *choice, const struct slot *slot)
{
    bool passed = slot->provider >= 0 && slot->provider < CHOICE_NEVER_MAX
        && choice->never >> slot->provider & 1;
    for (size_t i = 0; i < choice->passed_count; i++)
        passed = passed || choice->passed[i].ms == slot->start.ms;
    return passed;
}

static bool allows(const struct choice *choice, struct day day, int minute)
{
    bool wanted = choice->window_count == 0;
    for (size_t i = 0; i < choice->window_count && !wanted; i++)
        wanted = window_allows(&choice->windows[i], day, minute);
    for (size_t i = 0; i < choice->except_count && wanted; i++)
        wanted = !window_allows(&choice->except[i], day, minute);
    return wanted;
}

bool choice__can_be(const struct choice *choice, struct day today, struct day last)
{
    for (int day = today.n; day <= last.n; day++) {
        if (!choice_allows_day(choice, (struct day){day}))
            continue;
        for (int minute = 0; minute < CHOICE_DAY_MINUTES; minute++) {
            if (allows(choice, (struct day){day}, minute))
                return true;
        }
    }
    return false;
}

bool choice_allows_day(const struct choice *choice, struct day day)
{
    bool wanted = choice->window_count == 0;
    for (size_t i = 0; i < choice->window_count && !wanted; i++)
        wanted = window_has(&choice->windows[i], day);
    for (size_t i = 0; i < choice->except_count && wanted; i++) {
        const struct choice_window *none = &choice->except[i];
        bool whole = none->from_minute <= 0 && none->until_minute >= CHOICE_DAY_MINUTES;
        wanted = !(whole && window_has(none, day));
    }
    return wanted;
}

bool choice_allows(const struct choice *choice, const struct schedule *schedule,
    const struct slot *slot, int same_provider)
{
    struct civil civil = zone_civil(schedule->zone, slot->start);
    int provider = choice->provider == CHOICE_SAME_PROVIDER ? same_provider : choice->provider;
    return (provider < 0 || slot->provider == provider) && !choice__rules_out(choice, slot)
        && allows(choice, zone_day(schedule->zone, slot->start), civil.hour * 60 + civil.minute);
}

/* A window of several days in which its weekday comes once is that day. */
void choice__settle_window(struct choice_window *window)
{
    if (window->first.n == DAY_NONE || window->last.n == DAY_NONE
        || window->last.n - window->first.n > 6)
        return;
    int first = window->first.n, last = window->last.n, only = 0, count = 0;
    for (int day = first; day <= last; day++) {
        if (window->weekdays >> day_weekday((struct day){day}) & 1) {
            only = day;
            count++;
        }
    }
    if (count == 1)
        window->first.n = window->last.n = only;
    if (count == 1 || count == last - first + 1)
        window->weekdays = CHOICE_EVERY_WEEKDAY;
}
