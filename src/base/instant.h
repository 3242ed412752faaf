/* instant.h: moments, civil days, and the text of both.
 *
 * A moment is a count of milliseconds; a civil day is a date on a wall calendar, nowhere in
 * particular. They are different types, so that a duration on the clock is never added to a date.
 * Calendar arithmetic: proleptic Gregorian (RFC 3339 appendix, days-from-civil).
 * Nothing here reads a clock: `now` is always handed in. */
#ifndef PERENNIAL_BASE_INSTANT_H
#define PERENNIAL_BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct instant {
    int64_t ms; /* since 1970-01-01T00:00:00Z, leap seconds not counted */
};

struct day {
    int32_t n; /* since 1970-01-01; DAY_NONE when there is none */
};

#define DAY_NONE INT32_MIN
#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_MINUTE (60 * MS_PER_SECOND)
#define MS_PER_HOUR (60 * MS_PER_MINUTE)
#define MS_PER_DAY (24 * MS_PER_HOUR)

struct civil {            /* a wall clock reading, nowhere in particular */
    int year, month, day; /* month 1..12, day 1..31 */
    int hour, minute, second, ms;
};

struct instant instant_add_ms(struct instant instant, int64_t ms);
bool instant_before(struct instant a, struct instant b);

struct day day_of(int year, int month, int day); /* a valid date only: asserted */
bool day_valid(int year, int month, int day);
void day_split(struct day day, int *ret_year, int *ret_month, int *ret_day);
int day_weekday(struct day day); /* 0 Sunday .. 6 Saturday */
/* The same day of the month n months on, clamped to the month's last day (31 Jan + 1mo = 28 Feb)
 * and to the years 1 to 9999. */
struct day day_add_months(struct day day, int months);
int day_months_between(struct day from, struct day to); /* whole months, negative when to < from */
/* Holidays of 5 USC 6103: the date itself, and the weekday it is observed on when it falls on a
 * weekend. */
bool day_is_federal_holiday(struct day day);
bool day_is_federal_holiday_date(struct day day); /* the date alone */
bool day_is_business(struct day day);             /* Monday to Friday, no such holiday */
struct day day_add_business(struct day day, int days);

char *day_format(struct arena *arena, struct day day);                             /* 2026-11-22 */
enum err day_parse(const char *text, struct day *ret_day, struct why *reterr_why); /* that only */

/* RFC 3339 with an offset or Z; seconds and fraction optional on input, always without on output
 * unless the milliseconds are not zero. */
enum err instant_parse(const char *text, struct instant *ret_instant, struct why *reterr_why);
char *instant_format_utc(struct arena *arena, struct instant instant);

/* "90d", "6w", "9mo", "48h", "10m", "15s", "2y", "0d": months and days stay calendar units. */
struct span {
    int32_t months, days;
    int64_t ms;
};
enum err span_parse(const char *text, struct span *ret_span, struct why *reterr_why);
char *span_format(struct arena *arena, struct span span);
struct day span_add_to_day(struct day day, struct span span); /* span.ms must be 0: asserted */
bool span_is_zero(struct span span);
int64_t span_ms(struct span span); /* a month counts 30 days: for waits, never for calendars */

#endif
