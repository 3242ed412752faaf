/* zone_int.h: the POSIX rule at the end of a zone file, for the years after its last transition.
 *
 * "CST6CDT,M3.2.0,M11.1.0": standard time, and where there is summer time the two days on which it
 * begins and ends each year (POSIX.1-2017 section 8.3, with the hours of RFC 8536 section 3.3.1).
 */
#ifndef PERENNIAL_BASE_ZONE_INT_H
#define PERENNIAL_BASE_ZONE_INT_H

#include <stdbool.h>
#include <stdint.h>

struct zone_rule_day {
    enum { RULE_WEEKDAY, RULE_JULIAN, RULE_JULIAN_LEAP } kind;
    int month, week, weekday; /* RULE_WEEKDAY; week 5 is the last */
    int day;                  /* RULE_JULIAN 1..365 without 29 February; RULE_JULIAN_LEAP 0..365 */
    int32_t time_s;           /* wall time, may be negative or above a day */
};

struct zone_rule {
    int32_t standard_s, summer_s; /* east of UTC */
    bool has_summer;
    struct zone_rule_day begins, ends;
};

bool zone_rule_parse(const char *text, struct zone_rule *ret_rule);
int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t time_s);

#endif
