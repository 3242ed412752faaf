/* day.c: the day that a question about hours names, and what schedules.yaml says of it. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "knowledge/knowledge_int.h"
#include "opening/choice.h"
#include "opening/say.h"

enum {
    WORDS_MAX = 96,
    SPAN_WORDS_MAX = 8, /* "from monday the 30th to wednesday" */
    DAYS_AHEAD_MAX = 366,
    SENTENCES_MAX = 4, /* of one answer: a week's hours are for the practice's own sentence */
    DAY_MINUTES = 24 * 60,
    EVERY_WEEKDAY = 0x7f,
};

/* ---- words ---- */

struct words {
    const char *list[WORDS_MAX];
    size_t count;
};

static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* One blank-separated word: without its apostrophes and the signs around it, but for a comma. */
static const char *clean(struct arena *arena, const char *begin, const char *end)
{
    while (begin < end && !in_word(*begin))
        begin++;
    const bool comma = end > begin && end[-1] == ',';
    while (end > begin && !in_word(end[-1]))
        end--;
    struct buf buf;
    buf_init(&buf, arena);
    for (; begin < end; begin++)
        if ((unsigned char)*begin < 0x80 && *begin != '\'')
            buf_add_char(&buf, *begin);
    if (comma && buf.len > 0)
        buf_add_char(&buf, ',');
    return buf.data && buf.len > 0 ? buf.data : NULL;
}

static struct words words_of(struct arena *arena, const char *text)
{
    struct words words = {.count = 0};
    for (const char *at = text_fold(arena, text); *at && words.count < WORDS_MAX;) {
        const char *end = at + strcspn(at, " \t\r\n?!;");
        const char *word = clean(arena, at, end);
        if (word)
            words.list[words.count++] = word;
        at = end + (*end != 0);
    }
    return words;
}

static bool is_any(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (text_is(word, *list))
            return true;
    return false;
}

/* "how late are you open", "hasta que hora": no part of the day. "may i ask": no month. */
static bool says_no_day(const struct words *words, size_t at)
{
    static const char *const how[] = {"late", "early", "tarde", "temprano", NULL};
    static const char *const until[] = {
        "until", "till", "til", "to", "from", "at", "hasta", "desde", "a", NULL};
    static const char *const who[] = {"i", "we", NULL};
    static const char *const which[] = {"what", "when", "que", "which", NULL};
    const char *next = at + 1 < words->count ? words->list[at + 1] : "";
    const char *before = at > 0 ? words->list[at - 1] : "";
    return (text_is(before, "how") && is_any(words->list[at], how))
        || (is_any(words->list[at], until) && is_any(next, which))
        || (text_is(words->list[at], "may") && is_any(next, who));
}

/* Days with a name become dates, "now" today; what says nothing of days falls away. */
static struct words told_in_dates(struct arena *arena, const struct words *words, struct day today)
{
    static const char *const months[] = {"january", "february", "march", "april", "may", "june",
        "july", "august", "september", "october", "november", "december"};
    static const char *const now[] = {"now", "rn", "ahora", "ahorita", NULL};
    struct words out = {.count = 0};
    for (size_t i = 0; i < words->count;) {
        struct day day;
        size_t taken = knowledge__feast(&words->list[i], words->count - i, today, &day);
        if (taken > 0 && out.count + 1 < WORDS_MAX) {
            int year, month, date;
            day_split(day, &year, &month, &date);
            out.list[out.count++] = months[month - 1];
            out.list[out.count++] = arena_format(arena, "%d", date);
        } else if (!says_no_day(words, i) && out.count < WORDS_MAX) {
            out.list[out.count++] = is_any(words->list[i], now) ? "today" : words->list[i];
        }
        i += taken > 0 ? taken : 1;
    }
    return out;
}

static const char *joined(struct arena *arena, const struct words *words, size_t from, size_t until)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = from; i < until; i++)
        buf_format(&buf, "%s ", words->list[i]);
    return buf.data ? buf.data : "";
}

/* ---- which days ---- */

static struct choice_question asked_of(
    const struct knowledge_question *question, struct schedule *nothing)
{
    *nothing = (struct schedule){.zone = question->practice->zone};
    struct choice_question asked = {
        .schedule = question->schedule ? question->schedule : nothing,
        .now = question->now,
        .closes_minute = DAY_MINUTES,
        .days_max = DAYS_AHEAD_MAX,
    };
    if (question->schedule)
        choice_hours(question->schedule, &asked.opens_minute, &asked.closes_minute);
    return asked;
}

static bool names_days(const struct choice *choice)
{
    for (size_t i = 0; i < choice->window_count; i++) {
        const struct choice_window *window = &choice->windows[i];
        if (window->first.n == DAY_NONE && window->last.n == DAY_NONE
            && window->weekdays == EVERY_WEEKDAY)
            return false;
    }
    return choice->kind == CHOICE_WANT && choice->window_count > 0;
}

/* The longest run of words that says days for sure. */
static bool find_days(struct arena *arena, const struct choice_question *asked,
    const struct words *words, struct choice *ret_choice, size_t *ret_from, size_t *ret_until)
{
    size_t longest = words->count < SPAN_WORDS_MAX ? words->count : SPAN_WORDS_MAX;
    for (size_t len = longest; len > 0; len--) {
        for (size_t from = 0; from + len <= words->count; from++) {
            *ret_choice = choice_read(asked, joined(arena, words, from, from + len));
            if (!names_days(ret_choice))
                continue;
            *ret_from = from;
            *ret_until = from + len;
            return true;
        }
    }
    return false;
}

/* "the week of the 26th": more than its days. */
static bool says_a_span(const struct words *words, size_t from, size_t until)
{
    static const char *const spans[] = {"week", "weeks", "month", "semana", "semanas", "mes", NULL};
    for (size_t i = from; i < until; i++)
        if (is_any(words->list[i], spans))
            return true;
    return false;
}

/* "holidays", "patriots day", "el dia de la raza": a day that is in no table. */
static bool seems_to_name_a_day(const struct words *words)
{
    static const char *const named[] = {"holiday", "holidays", "hols", "eve", "feriado", "feriados",
        "festivo", "festivos", "fiesta", "fiestas", "vispera", "puente", NULL};
    static const char *const usual[] = {"what", "which", "each", "every", "any", "all", "a", "the",
        "to", "per", "that", "one", "same", "whole", "this", "day", "good", "nice", "great", "your",
        "business", NULL};
    static const char *const of[] = {"de", "del", NULL};
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->list[i];
        const char *next = i + 1 < words->count ? words->list[i + 1] : "";
        if (is_any(word, named) || (text_is(word, "dia") && is_any(next, of))
            || (i > 0 && text_is(word, "day") && !is_any(words->list[i - 1], usual)))
            return true;
    }
    return false;
}

/* ---- what the schedule says ---- */

static bool is_entered(
    const struct schedule *schedule, const struct schedule_hours *hours, struct day day)
{
    for (size_t i = 0; i < schedule->holiday_count; i++)
        if (schedule->holidays[i].n == day.n)
            return true;
    for (size_t i = 0; i < hours->open_count; i++)
        if (hours->open[i].day.n == day.n)
            return true;
    for (size_t i = 0; i < hours->closed_count; i++)
        if (day.n >= hours->closed[i].first.n && day.n <= hours->closed[i].last.n)
            return true;
    return false;
}

static const struct shifts *shifts_of(
    const struct schedule *schedule, const struct schedule_hours *hours, struct day day)
{
    static const struct shifts none = {NULL, 0};
    for (size_t i = 0; i < schedule->holiday_count; i++)
        if (schedule->holidays[i].n == day.n)
            return &none;
    for (size_t i = 0; i < hours->open_count; i++)
        if (hours->open[i].day.n == day.n)
            return &hours->open[i].shifts;
    return &hours->week[day_weekday(day)];
}

/* The first closed time of that day which ends behind `minute`, NULL: none. */
static const struct closed_time *next_closed(
    const struct schedule_hours *hours, struct day day, int minute)
{
    const struct closed_time *next = NULL;
    for (size_t i = 0; i < hours->closed_count; i++) {
        const struct closed_time *closed = &hours->closed[i];
        if (day.n >= closed->first.n && day.n <= closed->last.n && closed->until_minute > minute
            && (!next || closed->from_minute < next->from_minute))
            next = closed;
    }
    return next;
}

struct telling {
    struct arena *arena;
    const struct schedule *schedule;
    bool spanish;
    struct buf *buf;
    size_t sentences;
};

/* "Sat Nov 28, 10:00 am", cut in two. */
static const char *moment(const struct telling *telling, struct day day, int minute, bool clock)
{
    const struct say say = {
        .schedule = telling->schedule, .language = telling->spanish ? "es" : "en"};
    day.n += minute / DAY_MINUTES;
    char *text = opening_say_moment(
        telling->arena, &say, zone_at(telling->schedule->zone, day, minute % DAY_MINUTES));
    char *comma = strchr(text, ',');
    *comma = 0;
    return clock ? comma + 2 : text;
}

static void add_stretch(const struct telling *telling, struct buf *hours, int from, int until)
{
    if (from >= until)
        return;
    const struct day any = day_of(2026, 1, 1);
    buf_format(hours, "%s%s%s%s%s",
        hours->len == 0        ? ""
            : telling->spanish ? " y "
                               : " and ",
        telling->spanish ? "de " : "", moment(telling, any, from, true),
        telling->spanish ? " a " : " to ", moment(telling, any, until, true));
}

/* "9:00 am to 12:00 pm and 1:00 pm to 6:00 pm"; "" when it is closed. */
static const char *hours_of(const struct telling *telling, const struct shifts *shifts,
    const struct schedule_hours *of, struct day day)
{
    struct buf hours;
    buf_init(&hours, telling->arena);
    for (size_t i = 0; i < shifts->count; i++) {
        int from = shifts->list[i].from_minute;
        const int until = shifts->list[i].until_minute;
        const struct closed_time *closed;
        while ((closed = next_closed(of, day, from)) && closed->from_minute < until) {
            add_stretch(telling, &hours, from, closed->from_minute);
            from = closed->until_minute;
        }
        add_stretch(telling, &hours, from, until);
    }
    return hours.len > 0 ? hours.data : "";
}

/* `place` "": the practice has one location alone. */
static void add_sentence(
    struct telling *telling, const char *place, const char *day, const char *hours)
{
    const char *blank = telling->sentences++ > 0 ? " " : "";
    struct buf *buf = telling->buf;
    if (telling->spanish && *hours)
        buf_format(buf, "%s%s %s%s %s.", blank, day, place, *place ? " abre" : "abrimos", hours);
    else if (telling->spanish)
        buf_format(buf, "%s%s %s%s.", blank, day, place, *place ? " cierra" : "estamos cerrados");
    else if (*hours)
        buf_format(buf, "%sOn %s %s open %s.", blank, day,
            *place ? arena_format(telling->arena, "%s is", place) : "we are", hours);
    else
        buf_format(buf, "%s%s closed on %s.", blank,
            *place ? arena_format(telling->arena, "%s is", place) : "We are", day);
}

/* False: the schedule does not speak of that day. */
static bool tell_date(struct telling *telling, struct day today, struct day day)
{
    const struct schedule *schedule = telling->schedule;
    const char *name = moment(telling, day, 0, false);
    if (telling->spanish)
        name = arena_format(telling->arena, "El %s", name);
    for (size_t i = 0; i < schedule->location_count; i++) {
        const struct schedule_location *location = &schedule->locations[i];
        const struct shifts *shifts = shifts_of(schedule, &location->hours, day);
        const bool entered = is_entered(schedule, &location->hours, day);
        const bool far = day.n - today.n > schedule->horizon_days;
        if (!entered && shifts->count > 0 && (far || knowledge__may_close(day)))
            return false;
        add_sentence(telling, schedule->location_count > 1 ? location->name : "", name,
            hours_of(telling, shifts, &location->hours, day));
    }
    return telling->sentences <= SENTENCES_MAX;
}

static bool tell_weekday(struct telling *telling, int weekday)
{
    static const char *const names[2][7] = {
        {"Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"},
        {"Los domingos", "Los lunes", "Los martes", "Los miercoles", "Los jueves", "Los viernes",
            "Los sabados"}};
    static const struct schedule_hours never = {.closed_count = 0};
    const struct schedule *schedule = telling->schedule;
    for (size_t i = 0; i < schedule->location_count; i++) {
        const struct schedule_location *location = &schedule->locations[i];
        add_sentence(telling, schedule->location_count > 1 ? location->name : "",
            names[telling->spanish][weekday],
            hours_of(telling, &location->hours.week[weekday], &never, day_of(2026, 1, 1)));
    }
    return telling->sentences <= SENTENCES_MAX;
}

static bool tell_window(
    struct telling *telling, struct day today, const struct choice_window *window)
{
    if (window->first.n == DAY_NONE && window->last.n == DAY_NONE) {
        for (int weekday = 0; weekday < 7; weekday++)
            if (window->weekdays >> weekday & 1 && !tell_weekday(telling, weekday))
                return false;
        return true;
    }
    if (window->first.n == DAY_NONE || window->last.n == DAY_NONE
        || window->last.n - window->first.n > 2 * 7)
        return false;
    for (int day = window->first.n; day <= window->last.n; day++)
        if (window->weekdays >> day_weekday((struct day){day}) & 1
            && !tell_date(telling, today, (struct day){day}))
            return false;
    return true;
}

enum knowledge_day knowledge__day(struct arena *arena, const struct knowledge_question *question,
    const char *text, const char **ret_sentences)
{
    struct schedule nothing;
    struct choice choice;
    size_t from, until;
    const struct choice_question asked = asked_of(question, &nothing);
    struct words words = words_of(arena, text);
    words = told_in_dates(arena, &words, question->today);
    if (!find_days(arena, &asked, &words, &choice, &from, &until))
        return seems_to_name_a_day(&words) ? KNOWLEDGE_DAY_UNKNOWN : KNOWLEDGE_DAY_NONE;
    const char *rest = arena_format(
        arena, "%s%s", joined(arena, &words, 0, from), joined(arena, &words, until, words.count));
    if (!question->schedule || choice.except_count > 0 || choice_speaks_of_times(&asked, rest)
        || says_a_span(&words, from, until) || seems_to_name_a_day(&words))
        return KNOWLEDGE_DAY_UNKNOWN;
    struct buf buf;
    buf_init(&buf, arena);
    struct telling telling = {.arena = arena,
        .schedule = question->schedule,
        .spanish = question->reading->language == TRIAGE_LANGUAGE_ES,
        .buf = &buf};
    for (size_t i = 0; i < choice.window_count; i++)
        if (!tell_window(&telling, question->today, &choice.windows[i]))
            return KNOWLEDGE_DAY_UNKNOWN;
    *ret_sentences = buf.data;
    return telling.sentences > 0 ? KNOWLEDGE_DAY_SAID : KNOWLEDGE_DAY_UNKNOWN;
}

bool knowledge__names_day(
    struct arena *arena, const struct knowledge_question *question, const char *text)
{
    const char *sentences;
    return knowledge__day(arena, question, text, &sentences) != KNOWLEDGE_DAY_NONE;
}
