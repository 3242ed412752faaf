/* pause.c: see pause.h. */
#include "opening/pause.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "opening/choice_int.h"

enum {
    WORDS_MAX = 160, /* what a text holds; behind that a mail tells of other things */
    ROW_WORDS_MAX = 8,
    OPENS_MINUTE = 8 * 60, /* no hour is looked for: any hours will do */
    CLOSES_MINUTE = 20 * 60,
};

struct pausing {
    struct arena *arena;
    struct choice_question question;
    struct day today, end;
    const char *words[WORDS_MAX];
    size_t count;
};

/* Of a list with a blank around each word; what ends a clause is no part of a word. */
static bool is_among(const char *list, const char *word)
{
    size_t len = strcspn(word, ",.;:!?");
    for (const char *at = list; len && *at; at++) {
        if (*at == ' ' && strncmp(at + 1, word, len) == 0 && at[1 + len] == ' ')
            return true;
    }
    return false;
}

static const char *word_at(const struct pausing *pausing, size_t at)
{
    return at < pausing->count ? pausing->words[at] : "";
}

static void split(struct pausing *pausing, const char *text)
{
    char *rest = text_fold(pausing->arena, text);
    for (char *word; (word = strsep(&rest, " \t\r\n")) && pausing->count < WORDS_MAX;) {
        if (*word)
            pausing->words[pausing->count++] = word;
    }
}

/* ---- what a row of words tells ---- */

/* "since january", "last summer", "two weeks ago" tell of what has been. */
static bool is_past(const struct pausing *pausing, size_t from, size_t until)
{
    const char *before = from > 0 ? word_at(pausing, from - 1) : "";
    return is_among(" since last past been every desde hace cada ", before)
        || is_among(" ago pasado pasada ", word_at(pausing, until));
}

/* "may" and "fall" are months and seasons behind a word that leads to one. */
static bool is_doubtful(const struct pausing *pausing, size_t from, size_t until)
{
    for (size_t i = from; i < until; i++) {
        if (is_among(" may march spring fall sat sun ", word_at(pausing, i))
            && (i == 0
                || !is_among(" in until till til after early late mid of around by next this the "
                             "before maybe ",
                    word_at(pausing, i - 1))))
            return true;
    }
    return false;
}

/* "wait two weeks", "dame un mes": so long from today on. */
static bool is_length(const struct pausing *pausing, size_t from)
{
    return from > 0
        && is_among(" for wait give me us need another about take por para dame deme necesito "
                    "espera espere otro otra unos unas ",
            word_at(pausing, from - 1));
}

static bool is_until(const struct pausing *pausing, size_t from)
{
    return from > 0 && is_among(" until till til hasta ", word_at(pausing, from - 1));
}

static bool read_row(
    const struct pausing *pausing, size_t from, size_t until, struct choice *ret_choice)
{
    struct buf row;
    buf_init(&row, pausing->arena);
    for (size_t i = from; i < until; i++) {
        bool length = is_among(" next ", word_at(pausing, i)) /* ends after "the next two weeks" */
            && is_among(" days weeks months ", word_at(pausing, i + 2));
        if (!length)
            buf_format(&row, "%s%s", row.len > 0 ? " " : "", word_at(pausing, i));
    }
    *ret_choice = choice_read(&pausing->question, row.data);
    static const char *const words[] = {"in", "en"};
    bool leads = is_length(pausing, from) || is_until(pausing, from);
    for (size_t i = 0; i < 2 && ret_choice->kind != CHOICE_WANT && leads; i++)
        *ret_choice = choice_read(
            &pausing->question, arena_format(pausing->arena, "%s %s", words[i], row.data));
    bool denies = ret_choice->window_count == 0; /* "hasta febrero no puedo" wants february */
    return ret_choice->kind == CHOICE_WANT && !(denies && is_until(pausing, from));
}

/* ---- the day ---- */

static bool is_allowed(const struct choice_window *window, struct day day)
{
    return day.n >= window->first.n && window->weekdays >> day_weekday(day) & 1;
}

/* Of a whole week the day that is full weeks away; of a weekday that may be one of two the later,
 * of weekends the later Saturday. */
static struct day day_of_window(const struct pausing *pausing, const struct choice_window *window)
{
    struct day day = window->first;
    bool bounded = day.n != DAY_NONE && window->last.n != DAY_NONE;
    if (bounded && window->weekdays != CHOICE_EVERY_WEEKDAY) {
        for (day = window->last; day.n > window->first.n && !is_allowed(window, day);)
            day.n--;
        while (is_allowed(window, (struct day){day.n - 1}))
            day.n--;
    } else if (bounded && window->last.n - day.n == 6) {
        day.n += (day_weekday(pausing->today) - day_weekday(day) + 7) % 7;
    }
    return day;
}

static void take_day(struct pausing *pausing, struct day day)
{
    if (day.n > pausing->today.n && day.n > pausing->end.n
        && day.n <= pausing->today.n + PAUSE_DAYS_MAX)
        pausing->end = day;
}

/* "not this month": the day after what was ruled out. */
static void take(struct pausing *pausing, const struct choice *choice)
{
    for (size_t i = 0; i < choice->window_count; i++)
        take_day(pausing, day_of_window(pausing, &choice->windows[i]));
    for (size_t i = 0; i < choice->except_count && choice->window_count == 0; i++) {
        if (choice->except[i].last.n != DAY_NONE)
            take_day(pausing, (struct day){choice->except[i].last.n + 1});
    }
}

struct day pause_end(const struct zone *zone, struct instant now, const char *text)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const struct schedule nobody = {.zone = zone};
    struct pausing pausing = {
        .arena = &scratch,
        .question = {.schedule = &nobody,
            .now = now,
            .opens_minute = OPENS_MINUTE,
            .closes_minute = CLOSES_MINUTE,
            .days_max = PAUSE_DAYS_MAX},
        .today = zone_day(zone, now),
        .end = {DAY_NONE},
    };
    split(&pausing, text);
    for (size_t from = 0; from < pausing.count;) {
        size_t until = from + ROW_WORDS_MAX < pausing.count ? from + ROW_WORDS_MAX : pausing.count;
        struct choice choice = {.kind = CHOICE_UNSURE};
        while (until > from && !read_row(&pausing, from, until, &choice))
            until--;
        bool told = until > from;
        if (told && !is_past(&pausing, from, until) && !is_doubtful(&pausing, from, until))
            take(&pausing, &choice);
        from = told ? until : from + 1;
    }
    return pausing.end;
}
