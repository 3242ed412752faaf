/* choice.h: what a patient's words ask of the calendar.                      (part of opening)
 *
 * "do you have Saturday?", "after 5", "the 2nd one", "mañana en la tarde", "anything but Monday":
 * English, Spanish and both mixed become windows of days and hours, or one of the times that were
 * offered. Pure: the words, the moment, what was offered and who there is go in.
 *
 * Invariants
 *  (1) It never guesses. A word that it does not know, a date that does not exist, an hour that
 *      may be morning or evening, two readings that exclude each other: CHOICE_UNSURE, and a person
 *      reads it. Where two readings stand beside each other ("next Saturday" on a Thursday) the
 *      answer covers both, since every time that is then offered carries its date.
 *  (2) Days are those of the patient's zone at that moment: "tomorrow" is the day after the one on
 *      their own calendar. Clock times are those of the place the visit is at, as they were
 * offered. (3) CHOICE_PICK names one offered time, and only when the words fit no other of them.
 *  (4) Any bytes may be handed in; what is longer than CHOICE_BYTES_MAX is unsure.
 *
 * Calling sequence: choice_read -> choice_allows per slot. Memory: nothing is kept. */
#ifndef PERENNIAL_OPENING_CHOICE_H
#define PERENNIAL_OPENING_CHOICE_H

#include "opening/slot.h"

enum {
    CHOICE_WINDOWS_MAX = 8,
    CHOICE_BYTES_MAX = 480,    /* three text segments: longer is a story, and a person's */
    CHOICE_SAME_PROVIDER = -3, /* whom the patient saw last */
    CHOICE_DAYS_MAX = 180,     /* dates further away are unsure, unless the question says more */
    CHOICE_NEVER_MAX =
        64, /* providers that can be ruled out by words; those behind them are unsure */
    CHOICE_PASSED_MAX = 12, /* four messages' times; what was passed over before may come again */
};

enum choice_kind {
    CHOICE_UNSURE,
    CHOICE_PICK,  /* one of the offered */
    CHOICE_WANT,  /* windows */
    CHOICE_OTHER, /* none of the offered; whether later or earlier, and nothing else */
    CHOICE_KIND_MAX
};

/* A visit may begin on these days at these minutes of the wall clock. */
struct choice_window {
    struct day first, last;        /* DAY_NONE: open; both included */
    uint8_t weekdays;              /* bit per weekday, 0 Sunday; 0x7f: all */
    int from_minute, until_minute; /* [from, until); 0 and 1440: any */
};

struct choice {
    enum choice_kind kind;
    size_t pick; /* CHOICE_PICK: place among the offered, from 0 */
    struct choice_window windows[CHOICE_WINDOWS_MAX]; /* CHOICE_WANT: one of them; none: any time */
    size_t window_count;
    struct choice_window except[CHOICE_WINDOWS_MAX]; /* and none of these */
    size_t except_count;
    int provider;           /* of the schedule; CHOICE_SAME_PROVIDER; SCHEDULE_NOBODY: not said */
    bool anyone;            /* said that it does not matter who */
    bool soonest;           /* the earliest, please */
    int shift;              /* 1 later than what was offered, -1 earlier, 0 not said */
    bool by_days;           /* the shift: another date, not another hour */
    bool other_days;        /* CHOICE_OTHER: on none of the offered days */
    bool any_day, any_hour; /* said that it does not matter which */
    bool asks;              /* a question: no choice yet */
    uint8_t named;          /* weekdays that were said by name, bits as in a window */
    bool others;            /* none of the offered */
    bool spanned;           /* a week or a month was said */
    struct day span_first, span_last;
    uint64_t never;                           /* providers that were ruled out, a bit each */
    struct instant passed[CHOICE_PASSED_MAX]; /* offered, and not wanted */
    size_t passed_count;
};

struct choice_question {
    const struct schedule *schedule; /* its zone: the practice's; its providers' names */
    const struct zone *patient_zone; /* NULL: the practice's */
    struct instant now;
    const struct slot *offered; /* in the order of the message */
    size_t offered_count;
    const struct choice *wish;       /* in force when these were offered; NULL: none */
    int opens_minute, closes_minute; /* earliest and latest hours: tells 8 from 20 */
    int days_max;                    /* 0: CHOICE_DAYS_MAX */
    /* Words of what the visit is for, folded, one blank between two: they tell of no time. */
    const char *const *things;
    size_t thing_count;
};

struct choice choice_read(const struct choice_question *question, const char *text);

/* False: no time of that day can satisfy it. */
bool choice_allows_day(const struct choice *choice, struct day day);

/* Does a time satisfy it? `same_provider` is what CHOICE_SAME_PROVIDER means. */
bool choice_allows(const struct choice *choice, const struct schedule *schedule,
    const struct slot *slot, int same_provider);

/* By how many minutes a time misses it: 0 suits; another day counts as four hours, somebody else as
 * two days. */
#define CHOICE_RULED_OUT INT64_MAX /* said not to be possible */
int64_t choice_miss(const struct choice *choice, const struct schedule *schedule,
    const struct slot *slot, int same_provider);
/* Where nothing suits: at most `max` of those that miss it least, rather on several days than close
 * together, by start; never one that was ruled out. */
size_t choice_nearest(const struct choice *choice, const struct schedule *schedule,
    int same_provider, const struct slot *slots, size_t count, size_t max, struct slot *ret_picked);
/* Somebody wanted exactly this one. */
struct choice choice_of_slot(const struct schedule *schedule, const struct slot *slot);

/* What is wanted now: what was just said, and of the wish in force all that it does not contradict:
 * "next week", then "not Tuesday", then "mornings". Later and earlier, "that day" and an hour alone
 * are those of the days that were offered. CHOICE_WANT; what is no wish stays as it is. */
struct choice choice_follow(const struct choice_question *question, const struct choice *said);
/* Is it one hour of one day, and not a question? */
bool choice_is_exact(const struct choice *choice);
/* The same, as far as it tells what comes nearest when nothing suits: who asked for later times is
 * named none that are earlier. */
struct choice choice_beside(const struct choice_question *question, const struct choice *choice);

/* Does any word of it tell a day, an hour, a person or a place in an offer? An unsure text that
 * does is a person's; one that does not asks for any time at all. */
bool choice_speaks_of_times(const struct choice_question *question, const char *text);

/* "want 2026-06-13 12:00-17:00; not mon; with same", for tests, logs of the room's own and tasks.
 */
char *choice_text(
    struct arena *arena, const struct choice *choice, const struct schedule *schedule);

/* The earliest and the latest hour of the week at any location. */
void choice_hours(const struct schedule *schedule, int *ret_opens_minute, int *ret_closes_minute);

#endif
