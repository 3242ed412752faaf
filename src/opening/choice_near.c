/* choice_near.c: nothing suits what was wanted; which free times come nearest? */
#include <assert.h>

#include "opening/choice_int.h"
#include "opening/opening.h"

enum {
    DAY_OFF = 4 * 60, /* another day is as far as four hours on the same one */
    PERSON_OFF = 2 * DAY_OFF,
    SAME_DAY_AGAIN = 5 * 60, /* a second time on one day: rather another day beside it */
    APART_MS = 60 * MS_PER_MINUTE
};

static bool has_day(const struct choice_window *window, struct day day)
{
    return (window->first.n == DAY_NONE || day.n >= window->first.n)
        && (window->last.n == DAY_NONE || day.n <= window->last.n)
        && window->weekdays >> day_weekday(day) & 1;
}

/* Days between a day and the nearest one of the window. The same weekday of another week is nearer
 * to who named one day than its number of days says. */
static int days_off(const struct choice_window *window, struct day day)
{
    bool one = window->first.n != DAY_NONE && window->first.n == window->last.n;
    for (int off = 0; off <= CHOICE_DAYS_MAX; off++) {
        if (!has_day(window, (struct day){day.n + off})
            && !has_day(window, (struct day){day.n - off}))
            continue;
        return one && off > 0 && off % 7 == 0 ? 1 + off / 7 : off;
    }
    return CHOICE_DAYS_MAX;
}

static int64_t window_miss(const struct choice_window *window, struct day day, int minute)
{
    int hours = 0;
    if (minute < window->from_minute)
        hours = window->from_minute - minute;
    if (minute >= window->until_minute)
        hours = minute - window->until_minute + 1;
    return (int64_t)days_off(window, day) * DAY_OFF + hours;
}

static bool is_ruled_out(const struct choice *choice, struct day day, int minute)
{
    for (size_t i = 0; i < choice->except_count; i++) {
        const struct choice_window *except = &choice->except[i];
        if (has_day(except, day) && minute >= except->from_minute && minute < except->until_minute)
            return true;
    }
    return false;
}

int64_t choice_miss(const struct choice *choice, const struct schedule *schedule,
    const struct slot *slot, int same_provider)
{
    struct civil civil = zone_civil(schedule->zone, slot->start);
    struct day day = zone_day(schedule->zone, slot->start);
    int minute = civil.hour * 60 + civil.minute;
    int provider = choice->provider == CHOICE_SAME_PROVIDER ? same_provider : choice->provider;
    if (is_ruled_out(choice, day, minute) || choice__rules_out(choice, slot))
        return CHOICE_RULED_OUT;
    int64_t least = choice->window_count ? INT64_MAX : 0;
    for (size_t i = 0; i < choice->window_count; i++) {
        int64_t miss = window_miss(&choice->windows[i], day, minute);
        least = miss < least ? miss : least;
    }
    return least + (provider >= 0 && slot->provider != provider ? PERSON_OFF : 0);
}

/* How far off a time is, when these were chosen already; CHOICE_RULED_OUT: too close to one. */
static int64_t beside(const struct schedule *schedule, const struct slot *slot, int64_t miss,
    const struct slot *picked, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t apart_ms = slot->start.ms - picked[i].start.ms;
        if ((apart_ms < APART_MS && apart_ms > -APART_MS) || opening_overlap(slot, &picked[i]))
            return CHOICE_RULED_OUT;
        if (zone_day(schedule->zone, slot->start).n == zone_day(schedule->zone, picked[i].start).n)
            miss += SAME_DAY_AGAIN;
    }
    return miss;
}

size_t choice_nearest(const struct choice *choice, const struct schedule *schedule,
    int same_provider, const struct slot *slots, size_t count, size_t max, struct slot *ret_picked)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    int64_t *miss = ARENA_NEW(&scratch, int64_t, count + 1);
    size_t picked = 0;
    for (size_t i = 0; i < count; i++)
        miss[i] = choice_miss(choice, schedule, &slots[i], same_provider);
    while (picked < max) {
        int64_t least = CHOICE_RULED_OUT;
        const struct slot *best = NULL;
        for (size_t i = 0; i < count; i++) {
            if (miss[i] == CHOICE_RULED_OUT)
                continue;
            int64_t now = beside(schedule, &slots[i], miss[i], ret_picked, picked);
            if (now < least) {
                least = now;
                best = &slots[i];
            }
        }
        if (!best)
            break;
        size_t place = picked++; /* in the order of the calendar */
        for (; place > 0 && best->start.ms < ret_picked[place - 1].start.ms; place--)
            ret_picked[place] = ret_picked[place - 1];
        ret_picked[place] = *best;
    }
    return picked;
}

struct choice choice_of_slot(const struct schedule *schedule, const struct slot *slot)
{
    struct civil civil = zone_civil(schedule->zone, slot->start);
    struct day day = zone_day(schedule->zone, slot->start);
    int minute = civil.hour * 60 + civil.minute;
    return (struct choice){.kind = CHOICE_WANT,
        .windows = {{.first = day,
            .last = day,
            .weekdays = CHOICE_EVERY_WEEKDAY,
            .from_minute = minute,
            .until_minute = minute + 1}},
        .window_count = 1,
        .provider = slot->provider};
}
