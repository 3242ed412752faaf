/* date.h: dates and clock times as exports write them. Private to source.
 *
 * date_scan reads a text without deciding what "03/04/2026" means; the order is decided for a whole
 * column from all its values (date_tally_*), or told. Nothing is ever guessed row by row. */
#ifndef PERENNIAL_SOURCE_DATE_H
#define PERENNIAL_SOURCE_DATE_H

#include "base/instant.h"
#include "base/text.h"
#include "record/practice.h"

enum date_shape {
    DATE_NONE,    /* no date at all */
    DATE_FIXED,   /* year first, month by name, or a spreadsheet's serial number: no question */
    DATE_NUMBERS, /* a/b/year */
    DATE_CLOCK    /* a time of day alone */
};

struct date_parts {
    enum date_shape shape;
    int year, month, day; /* DATE_FIXED; DATE_NUMBERS: year alone */
    int a, b;             /* DATE_NUMBERS */
    bool short_year;      /* two digits: the century is the reader's to say */
    bool no_year;         /* 0000-05-12: a birthday without its year */
    bool has_time;
    int hour, minute, second;
    bool has_offset;
    int offset_s;
};
/* False when the text is no date, clock time or both. */
bool date_scan(struct str text, struct date_parts *ret_parts);

/* What a column's values say about its order. */
struct date_tally {
    int64_t values, numbers, day_first, month_first,
        open; /* open: both orders possible, and differ */
    int64_t first_open_row, first_month_row, first_day_row; /* 0: no such row */
};
/* What is a day in neither order, such as 30/2/1980, speaks for none. */
void date_tally_add(struct date_tally *tally, const struct date_parts *parts, int64_t row);
/* DATE_ORDER_AUTO when the values leave it open. A few values of the other order among many (a
 * twentieth at most) are mistakes. DATE_ORDER_YMD stands for "no question arises". */
enum date_order date_tally_order(const struct date_tally *tally);

enum century { CENTURY_BIRTH, CENTURY_NEAR };
/* The civil day; false when it is none (30 February, a month of 13). `order` is MDY or DMY where
 * the shape asks. */
bool date_day(const struct date_parts *parts, enum date_order order, enum century century,
    struct day today, struct day *ret_day);
/* Day and clock time; midnight where there is none. Without an offset: in `zone`. */
bool date_instant(const struct date_parts *parts, enum date_order order, struct day today,
    const struct zone *zone, struct instant *ret_instant);

#endif
