/* feast.c: days that have a name of their own, as dates.
 *
 * The public holidays are those of 5 U.S.C. 6103(a), on their own date: who asks for the fourth of
 * July means the fourth. */
#include <string.h>

#include "base/text.h"
#include "knowledge/knowledge_int.h"

enum { LAST = -1 };

/* A fixed date; or the nth weekday of a month; or so many days from Easter. */
struct feast {
    int month, day;
    int nth, weekday;  /* nth 0: `day` of the month */
    int later;         /* so many days after that */
    bool closes;       /* many practices are closed */
    const char *names; /* words, `|` between two names */
};

enum { EASTER = 0, MONDAY = 1, THURSDAY = 4, SUNDAY = 0 };

static const struct feast feasts[] = {
    {1, 1, 0, 0, 0, true,
        "new years day|new year|new years|the new year|ano nuevo|dia de ano nuevo"},
    {1, 0, 3, MONDAY, 0, true,
        "martin luther king day|martin luther king jr day|martin luther king|mlk|mlk day"
        "|dia de martin luther king"},
    {2, 14, 0, 0, 0, false,
        "valentines|valentines day|valentine day|san valentin|dia de san valentin"},
    {2, 0, 3, MONDAY, 0, true,
        "presidents day|president day|washingtons birthday|dia de los presidentes"},
    {3, 17, 0, 0, 0, false, "st patricks day|saint patricks day|st pattys day|san patricio"},
    {EASTER, 0, 0, 0, -2, true, "good friday|viernes santo"},
    {EASTER, 0, 0, 0, 0, true,
        "easter|easter day|easter sunday|pascua|domingo de pascua|domingo de resurreccion"},
    {EASTER, 0, 0, 0, 1, true, "easter monday|lunes de pascua"},
    {5, 5, 0, 0, 0, false, "cinco de mayo"},
    {5, 0, 2, SUNDAY, 0, false, "mothers day"},
    {5, 0, LAST, MONDAY, 0, true, "memorial day|dia de los caidos"},
    {6, 0, 3, SUNDAY, 0, false, "fathers day"},
    {6, 19, 0, 0, 0, true, "juneteenth"},
    {7, 4, 0, 0, 0, true,
        "independence day|fourth of july|the fourth of july|july fourth|dia de la independencia"},
    {9, 0, 1, MONDAY, 0, true, "labor day|labour day"},
    {10, 0, 2, MONDAY, 0, true, "columbus day|indigenous peoples day|dia de colon"},
    {10, 31, 0, 0, 0, false, "halloween"},
    {11, 11, 0, 0, 0, true, "veterans day|veteran day|dia de los veteranos"},
    {11, 0, 4, THURSDAY, 0, true,
        "thanksgiving|thanksgiving day|turkey day|accion de gracias|dia de accion de gracias"},
    {11, 0, 4, THURSDAY, 1, true,
        "black friday|day after thanksgiving|the day after thanksgiving|friday after thanksgiving"
        "|viernes negro"},
    {12, 24, 0, 0, 0, true, "christmas eve|xmas eve|nochebuena|noche buena|vispera de navidad"},
    {12, 25, 0, 0, 0, true, "christmas|christmas day|xmas|xmas day|navidad|dia de navidad"},
    {12, 26, 0, 0, 0, true, "day after christmas|the day after christmas"},
    {12, 31, 0, 0, 0, true,
        "new years eve|new year eve|nye|nochevieja|noche vieja|fin de ano|vispera de ano nuevo"},
};
enum { FEAST_COUNT = sizeof feasts / sizeof feasts[0] };

/* Western Easter, by the rule that is in every almanac (Gregorian calendar). */
static struct day easter_of(int year)
{
    const int golden = year % 19, century = year / 100, rest = year % 100;
    const int moon =
        (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    const int weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
    const int later = (golden + 11 * moon + 22 * weekday) / 451;
    const int day = moon + weekday - 7 * later + 114;
    return day_of(year, day / 31, day % 31 + 1);
}

static struct day feast_in(const struct feast *feast, int year)
{
    struct day day;
    if (feast->month == EASTER) {
        day = easter_of(year);
    } else if (feast->nth == 0) {
        day = day_of(year, feast->month, feast->day);
    } else if (feast->nth == LAST) {
        day = day_add_months(day_of(year, feast->month, 1), 1);
        day.n -= 7;
        day.n += (feast->weekday - day_weekday(day) + 7) % 7;
    } else {
        day = day_of(year, feast->month, 1);
        day.n += (feast->weekday - day_weekday(day) + 7) % 7 + 7 * (feast->nth - 1);
    }
    day.n += feast->later;
    return day;
}

static int year_of(struct day day)
{
    int year, month, month_day;
    day_split(day, &year, &month, &month_day);
    return year;
}

/* How many of the words the name, which ends at `|` or at the text's end, takes; 0: another. */
static size_t name_fits(const char *const *words, size_t count, const char *name)
{
    size_t taken = 0;
    while (*name && *name != '|') {
        size_t len = strcspn(name, " |");
        if (taken == count || strlen(words[taken]) != len || strncmp(words[taken], name, len) != 0)
            return 0;
        taken++;
        name += len;
        name += *name == ' ';
    }
    return taken;
}

size_t knowledge__feast(
    const char *const *words, size_t count, struct day today, struct day *ret_day)
{
    size_t most = 0;
    for (size_t i = 0; i < FEAST_COUNT; i++) {
        for (const char *name = feasts[i].names; name;) {
            size_t taken = name_fits(words, count, name);
            if (taken > most) {
                most = taken;
                *ret_day = feast_in(&feasts[i], year_of(today));
                if (ret_day->n < today.n)
                    *ret_day = feast_in(&feasts[i], year_of(today) + 1);
            }
            name = strchr(name, '|');
            name += name != NULL;
        }
    }
    return most;
}

bool knowledge__may_close(struct day day)
{
    for (size_t i = 0; i < FEAST_COUNT; i++)
        if (feasts[i].closes && feast_in(&feasts[i], year_of(day)).n == day.n)
            return true;
    return day_is_federal_holiday(day);
}
