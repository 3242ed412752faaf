/* expression_days.c: how "days_since(x) >= 9mo" becomes "x <= day".
 *
 * Months are calendar months, clipped at a month's end (31 January + 1mo = 28 February), so that
 * the day of turning due is the same here, in record's clock rows and on a wall calendar. Adding a
 * span never puts an earlier day after a later one, which is what lets one bound stand for the
 * rule. */
#include <stdlib.h>

#include "audience/audience_int.h"

struct day day_latest_before(struct day limit, struct span span)
{
    struct span whole = {.months = span.months, .days = span.days};
    struct day day = day_add_months((struct day){limit.n - span.days}, -span.months);
    while (span_add_to_day(day, whole).n > limit.n)
        day.n--;
    while (span_add_to_day((struct day){day.n + 1}, whole).n <= limit.n)
        day.n++;
    return day;
}

struct day day_earliest_until(struct day limit, struct span span)
{
    return (struct day){day_latest_before((struct day){limit.n - 1}, span).n + 1};
}

struct day day_birth_latest(struct day today, int years)
{
    int year, month, day;
    day_split(today, &year, &month, &day);
    if (day_valid(year - years, month, day))
        return day_of(year - years, month, day);
    return day_of(year - years, 2, 28); /* today is 29 February, that year had none */
}

struct day_bounds measure_bounds(
    enum measure measure, const struct constant *constant, struct day today)
{
    int32_t n = (int32_t)constant->number;
    struct day yesterday = {today.n - 1};
    struct span span = constant->span;
    switch (measure) {
    case MEASURE_DAYS_SINCE:
        if (!constant->is_span)
            span = (struct span){.days = n};
        return (struct day_bounds){
            day_latest_before(today, span), day_latest_before(yesterday, span)};
    case MEASURE_MONTHS_SINCE:
        return (struct day_bounds){day_latest_before(today, (struct span){.months = n}),
            day_latest_before(today, (struct span){.months = n + 1})};
    case MEASURE_YEARS_SINCE:
        return (struct day_bounds){
            day_birth_latest(today, (int)n), day_birth_latest(today, (int)n + 1)};
    case MEASURE_DAYS_UNTIL:
        if (!constant->is_span)
            span = (struct span){.days = n};
        span.ms = 0;
        return (struct day_bounds){span_add_to_day(today, span), span_add_to_day(today, span)};
    case MEASURE_PLAIN: break;
    }
    abort();
}

/* For people only: what `explain` shows. Decisions use the bounds. */
int64_t measure_value(enum measure measure, struct day day, struct day today)
{
    switch (measure) {
    case MEASURE_PLAIN: return day.n;
    case MEASURE_DAYS_SINCE: return today.n - day.n;
    case MEASURE_DAYS_UNTIL: return day.n - today.n;
    case MEASURE_MONTHS_SINCE:
    case MEASURE_YEARS_SINCE: break;
    }
    int64_t step = measure == MEASURE_YEARS_SINCE ? 12 : 1;
    int64_t value = day_months_between(day, today) / step;
    return value;
}
