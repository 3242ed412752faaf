/* choice_int.h: words on their way from text to windows. */
#ifndef PERENNIAL_OPENING_CHOICE_INT_H
#define PERENNIAL_OPENING_CHOICE_INT_H

#include "opening/choice.h"

enum { CHOICE_ITEMS_MAX = 96, CHOICE_WORD_MAX = 23, CHOICE_FEAST_OF_KINGS = 106 };
/* Of a word that leads to what follows: "from"; "del", "al": a day of the month; "las": an hour;
 * "a" of either language. */
enum { CHOICE_FROM = 1, CHOICE_DEL = 2, CHOICE_LAS = 4, CHOICE_A = 8 };

enum item_kind {
    ITEM_UNKNOWN, /* makes the whole unsure */
    ITEM_FILLER,
    ITEM_BREAK, /* "but": what follows stands alone */
    ITEM_STOP,  /* the end of a sentence */
    ITEM_COMMA,
    ITEM_TONIGHT,
    ITEM_DAY,      /* from today: value */
    ITEM_WEEKDAY,  /* value; plural: every one */
    ITEM_WEEKEND,  /* plural: every one */
    ITEM_WEEKDAYS, /* Monday to Friday */
    ITEM_WEEK,     /* value: weeks from this one; plural: from the one that was offered */
    ITEM_WEEK_OF,  /* "the week of" a date; value: weeks from that one */
    ITEM_MONTH,    /* value 1..12 */
    ITEM_MONTHS,   /* value: months from this one */
    ITEM_AHEAD,    /* value: so many months from today */
    ITEM_SEASON,   /* value: its first month */
    ITEM_FEAST,    /* value: month * 100 + day; 0 the holidays, 1 Thanksgiving */
    ITEM_YEARS,    /* value: years from this one */
    ITEM_NEXT,
    ITEM_THIS,
    ITEM_EARLY,
    ITEM_LATE,
    ITEM_MID,
    ITEM_YEAR,    /* value */
    ITEM_LATER,   /* what is left of it; alone: later than what was offered; value 1: by days */
    ITEM_EARLIER, /* than what was offered; value 1: by days */
    ITEM_SHOWN,   /* the days that were offered */
    ITEM_IN,      /* "in 3 days" */
    ITEM_DAYS,    /* "days", behind a number; not plural: "day", which alone says nothing */
    ITEM_WEEKS,
    ITEM_OF_MONTHS,
    ITEM_NUMBER,
    ITEM_ORDINAL, /* value; -1 the last, -2 the middle one */
    ITEM_PART,    /* of the day: from, until */
    ITEM_PM,      /* behind a number, or the half of the day */
    ITEM_AM,
    ITEM_HALF, /* "y media": 30 minutes more; value */
    ITEM_AFTER,
    ITEM_BEFORE,
    ITEM_AROUND,
    ITEM_AT,
    ITEM_BETWEEN, /* of these and the next: value of CHOICE_FROM and the like */
    ITEM_TO,      /* "to", "-", "al": a range when it stands between two */
    ITEM_UNTIL,   /* the end of a range; alone it says what nobody can tell */
    ITEM_AND,
    ITEM_OR,
    ITEM_NOT,
    ITEM_CANNOT, /* behind what it denies */
    ITEM_NO,     /* NOT, or CANNOT at the end of a clause */
    ITEM_ANY,    /* value 1: day, 2: hour, 3: either */
    ITEM_OTHER,  /* value 1: other days */
    ITEM_ELSE,   /* somebody else */
    ITEM_SOONEST,
    ITEM_PROVIDER, /* value */
    ITEM_SAME,
    ITEM_ANYONE,
    ITEM_MARK, /* "option", "one", "#": a number beside it is a place in the offer */
    ITEM_YES,
    ITEM_ASK,    /* asks for what there is; value 1: "any" */
    ITEM_EL,     /* before a number: a day of the month */
    ITEM_PLURAL, /* "los": the weekdays that follow are meant every week */
    ITEM_KIND_MAX
};

struct item {
    enum item_kind kind;
    int value;
    int from, until; /* ITEM_PART; ITEM_NUMBER: until is the minutes, -1 none */
    bool plural;
    bool ordinal;    /* ITEM_NUMBER: "2nd" */
    bool half_known; /* ITEM_NUMBER: the hour is of 24 */
    bool run;        /* ITEM_NUMBER: "430", hour and minutes in one */
    bool slash;      /* ITEM_NUMBER: month/day; value and from */
    bool ish;
};

struct items {
    struct item list[CHOICE_ITEMS_MAX];
    size_t count;
    bool asked;   /* a question mark, or words of asking */
    bool spanish; /* a Spanish word was among them */
};

/* What phrases stand for; the last has no words. */
struct choice_phrase {
    enum item_kind kind;
    int value, until;
    bool plural;
    const char *words; /* "next week|following week" */
};
extern const struct choice_phrase choice_english[], choice_spanish[];
/* Words that change nothing about a time, with blanks around each. */
extern const char choice_fillers_english[], choice_fillers_spanish[];

/* False: too long, or too many words. */
bool choice__items(
    const struct choice_question *question, const char *text, struct items *ret_items);

enum {
    CHOICE_DAY_MINUTES = 1440,
    CHOICE_EVERY_WEEKDAY = 0x7f,
    CHOICE_TIMES_MAX = 4,
    CHOICE_UNTOLD = -1,
};

/* Days as they were said. Bare are a weekday and a day of the month of which nothing else is told
 * yet: "saturdays", "after the 10th"; of which week or month, what is said beside them tells. */
struct choice_days {
    struct choice_window window;
    enum item_kind kind;     /* ITEM_WEEKDAY, ITEM_DAY: one; ITEM_WEEK: days on end */
    uint8_t weekdays;        /* bare */
    int of_month;            /* bare; 0: none */
    int until_of_month;      /* "the 7th to the 11th" */
    enum item_kind relation; /* ITEM_AFTER, BEFORE, BETWEEN ("from") what is bare; ITEM_FILLER */
    bool dated;              /* by the calendar: "june 20" and not "tomorrow" */
    int list;                /* of which it is one: "monday or tuesday" */
};

/* What stands between two that are said: the days of a list each count; what nothing parts, or a
 * comma, a "but" or the end of a sentence, is said of the same days as far as it can be. */
enum choice_link { LINK_NONE, LINK_OR, LINK_AND, LINK_COMMA, LINK_STOP, LINK_BREAK };

/* Days and hours said together: each of the days at any of the times. */
struct choice_part {
    struct choice_days days[CHOICE_WINDOWS_MAX];
    size_t day_count;
    int from[CHOICE_TIMES_MAX], until[CHOICE_TIMES_MAX];
    size_t time_count;
    bool negative;
};

struct choice_reader {
    const struct choice_question *question;
    struct items items;
    size_t at;
    struct day today, last_day; /* nothing later is read */
    struct choice choice;
    struct choice_part part;
    bool unsure;
    /* words that wait for what they are about */
    enum item_kind relation; /* ITEM_AFTER, BEFORE, AROUND, AT, BETWEEN; else ITEM_FILLER */
    bool next, this_one, plural, early, late, mid, later, earlier, in, mark;
    bool by_days; /* the shift */
    int month;    /* named and not yet used; 0 none */
    enum choice_link link;
    bool range; /* the next days end what these began */
    struct choice_days range_from;
    int range_weekday; /* that was said with them */
    int lists;
    bool week_of;             /* the next date stands for its week, */
    int weeks_on;             /* and so many on from it */
    int nth, nth_weekday;     /* "first week of", "last friday in": of the month that comes; 0 */
    int expected;             /* weekday of the date that comes; CHOICE_UNTOLD */
    struct choice_days bound; /* what the weekdays said last are bound to; CHOICE_UNTOLD days */
    uint8_t bound_weekdays;
    bool bound_wide;                            /* beyond this part */
    struct choice_days put[CHOICE_WINDOWS_MAX]; /* what the windows of the choice came from */
    bool comma_in_negative;
    bool stopped;        /* a sentence ended since the last day or hour */
    enum item_kind last; /* ITEM_WEEKDAY, ITEM_WEEK, ITEM_DAY, ITEM_NUMBER (a time), FILLER */
    int picks, yes, any, other;
    bool from;     /* the ITEM_BETWEEN was "from", which needs no second hour */
    bool contrast; /* "but" after "anything": which way it turns is not said */
};

/* ---- shared by the files that read ---- */

const struct item *choice__peek(const struct choice_reader *reader, size_t ahead);
struct choice_window choice__any_window(void);
void choice__end_part(struct choice_reader *reader);
/* The item that is so many further on, what says nothing left out. */
const struct item *choice__peek_said(const struct choice_reader *reader, size_t *ahead);
struct choice_window choice__days_window(int first, int last);
int choice__monday_of(struct day day);
void choice__add_days(struct choice_reader *reader, struct choice_days said);
/* Of a weekday, a date or days on end, and something else of these. False: no day is both. */
bool choice__meet(const struct choice_days *one, const struct choice_days *other, struct day today,
    struct choice_days *ret_days);
bool choice__is_bare(const struct choice_days *days);
struct choice_window choice__related_window(
    enum item_kind relation, struct choice_window window, struct day today);
/* The next such day of a month from there on. */
int choice__next_of_month(int from, int of_month);
/* What was said last; NULL: nothing. */
const struct choice_days *choice__last_days(const struct choice_reader *reader);
void choice__span_days(struct choice_reader *reader, int first, int last);
void choice__add_time(struct choice_reader *reader, int from, int until);
void choice__read_weekday(struct choice_reader *reader, const struct item *item);
void choice__read_weekend(struct choice_reader *reader, const struct item *item);
void choice__read_week(struct choice_reader *reader, int weeks);
void choice__read_months(struct choice_reader *reader, int months);
void choice__read_month(struct choice_reader *reader, int month);
void choice__read_coming(struct choice_reader *reader, int last);
void choice__read_ahead(struct choice_reader *reader, int months);
void choice__read_season(struct choice_reader *reader, int month);
void choice__read_feast(struct choice_reader *reader, int feast);
void choice__read_years(struct choice_reader *reader, int years);
void choice__read_year(struct choice_reader *reader, int year);
/* "that day", "the week after that", "other days": of what was offered. */
void choice__read_shown(struct choice_reader *reader);
int choice__week_after(const struct choice_reader *reader);
/* of_month: "the 10th", of a month that is not told; 0: told, or no date of the calendar. */
void choice__add_date(struct choice_reader *reader, struct day day, int of_month, bool dated);
void choice__read_date(struct choice_reader *reader, int month, int day);
struct day choice__day_of_month(const struct choice_reader *reader, int day, bool *ret_told);
/* Does a date begin there: "december 7", "the 7th", "7 de diciembre"? */
bool choice__is_date(const struct choice_reader *reader, size_t ahead);
/* "first week of december", "last friday in january": told when the month comes. */
bool choice__read_nth(struct choice_reader *reader, int nth);
void choice__read_number(struct choice_reader *reader, const struct item *item);
/* A place in the offer, from 1; -1 the last, -2 the middle one. */
void choice__pick(struct choice_reader *reader, int place);
/* Somebody who was ruled out, or a time that was passed over. */
bool choice__rules_out(const struct choice *choice, const struct slot *slot);
/* Is there any moment left, until that day, that all of it allows? */
bool choice__can_be(const struct choice *choice, struct day today, struct day last);
/* Of several days in which its weekday comes once it is that day. */
void choice__settle_window(struct choice_window *window);

#endif
