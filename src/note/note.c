/* note.c: see note.h. */
#include "note/note.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "note/note_int.h"

enum {
    WORDS_MAX = 200,
    WORD_BYTES_MAX = 24,
    SPAN_WORDS_MAX = 9,
    GAP_MAX = 2,
    NAME_BYTES_MIN = 4,
    DAYS_AHEAD_MAX = CHOICE_DAYS_MAX,
    CALLS_FROM_MINUTE = 9 * 60,
    CHOICE_DAY_MINUTES_ALL = 1440,
    SOON_MS = 30 * 60 * 1000,
};

struct word {
    char text[WORD_BYTES_MAX];
    bool starts; /* a clause begins with it */
};

struct found {
    size_t from, until;
};

struct noting {
    struct arena *arena;
    const struct note_question *question;
    struct word words[WORDS_MAX];
    size_t count;
    struct note_reading reading;
};

/* ---- words ---- */

/* Accents, capitals and apostrophes off. */
static const char *plain(struct arena *arena, const char *text)
{
    struct buf out;
    buf_init(&out, arena);
    for (const char *at = text_fold(arena, text); *at && out.len < NOTE_BYTES_MAX;) {
        const size_t taken = *at == '\'' ? 1 : text_starts(at, "\xE2\x80\x99") ? 3 : 0;
        if (taken == 0)
            buf_add_char(&out, *at);
        at += taken ? taken : 1;
    }
    return out.data;
}

static bool is_word_char(char c, char next)
{
    const bool digit_next = next >= '0' && next <= '9';
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '#' || (unsigned char)c >= 0x80
        || ((c == ':' || c == '/' || c == '-') && digit_next)
        || (c == '/' && next >= 'a' && next <= 'z');
}

static const char *long_form(const char *word)
{
    for (size_t i = 0; note_short[i][0]; i++) {
        if (text_is(word, note_short[i][0]))
            return note_short[i][1];
    }
    return word;
}

static void split(struct noting *noting, const char *text)
{
    bool starts = true;
    while (*text && noting->count < WORDS_MAX) {
        size_t len = 0;
        while (text[len] && is_word_char(text[len], text[len + 1]))
            len++;
        if (len == 0) {
            starts = starts || strchr(",.;!?\n-+&|()", *text) != NULL;
            text++;
            continue;
        }
        struct word *word = &noting->words[noting->count++];
        char raw[WORD_BYTES_MAX] = {0};
        memcpy(raw, text, len < WORD_BYTES_MAX - 1 ? len : WORD_BYTES_MAX - 1);
        const char *shown = long_form(raw);
        memcpy(word->text, shown, strlen(shown) + 1);
        word->starts = starts;
        starts = false;
        text += len;
    }
}

/* ---- phrases ---- */

/* The phrase of `len` bytes against the words from `at`; SIZE_MAX: it does not stand there. */
static size_t match_at(const struct noting *noting, size_t at, const char *phrase, size_t len)
{
    size_t place = 0, gap = 0;
    while (place < len) {
        size_t end = place;
        while (end < len && phrase[end] != ' ')
            end++;
        if (end - place == 1 && phrase[place] == '_') {
            gap = GAP_MAX;
            place = end + 1;
            continue;
        }
        size_t tries = gap + 1;
        bool found = false;
        for (; tries > 0 && at < noting->count && !found; tries--, at++) {
            const struct word *word = &noting->words[at];
            if (place > 0 && word->starts)
                return SIZE_MAX;
            found = strlen(word->text) == end - place
                && strncmp(word->text, phrase + place, end - place) == 0;
        }
        if (!found)
            return SIZE_MAX;
        gap = 0;
        place = end + 1;
    }
    return at;
}

static bool is_negation(const char *word)
{
    static const char *const words[] = {"no", "not", "never", "didnt", "doesnt", "dont", "wont",
        "isnt", "wasnt", "without", "hasnt", "havent", "cant", "couldnt", "sin", "ni", "nunca",
        "denies", "zero", "nothing"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (text_is(word, words[i]))
            return true;
    }
    return false;
}

static bool is_denied(const struct noting *noting, size_t from)
{
    for (size_t back = 1; back <= 2 && back <= from; back++) {
        if (noting->words[from - back + 1].starts)
            return false;
        if (is_negation(noting->words[from - back].text))
            return true;
    }
    return false;
}

/* The first place at which one of the phrases stands. */
static bool find(
    const struct noting *noting, const struct note_phrase *phrase, struct found *ret_found)
{
    for (size_t at = 0; at < noting->count; at++) {
        for (const char *one = phrase->phrases; *one;) {
            const size_t len = strcspn(one, "|"), until = match_at(noting, at, one, len);
            if (until != SIZE_MAX && !is_denied(noting, at)) {
                *ret_found = (struct found){at, until};
                return true;
            }
            one += len + (one[len] == '|');
        }
    }
    return false;
}

static const char *words_of(const struct noting *noting, size_t from, size_t until)
{
    struct buf text;
    buf_init(&text, noting->arena);
    for (size_t i = from; i < until; i++)
        buf_format(&text, "%s%s", i > from ? " " : "", noting->words[i].text);
    return text.data;
}

static void add_why(struct noting *noting, const char *what, size_t from, size_t until)
{
    struct note_reading *reading = &noting->reading;
    if (reading->why_count < NOTE_WHY_MAX)
        reading->why[reading->why_count++] =
            arena_format(noting->arena, "%s: %s", what, words_of(noting, from, until));
}

static void add_tag(struct noting *noting, const char *tag)
{
    struct note_reading *reading = &noting->reading;
    if (reading->tag_count < NOTE_TAGS_MAX)
        reading->tags[reading->tag_count++] = tag;
}

/* ---- when ---- */

static struct instant moment(const struct noting *noting, struct day day, int minute)
{
    return zone_at(noting->question->schedule->zone, day, minute);
}

static bool window_has(const struct choice_window *window, struct day day)
{
    return (window->first.n == DAY_NONE || day.n >= window->first.n)
        && (window->last.n == DAY_NONE || day.n <= window->last.n)
        && (window->weekdays >> day_weekday(day) & 1);
}

/* "this afternoon", said in the afternoon. */
static bool is_still_on(const struct noting *noting, const struct choice_window *window)
{
    const struct note_question *question = noting->question;
    const struct day today = zone_day(question->schedule->zone, question->now);
    const int until = window->until_minute < question->closes_minute ? window->until_minute
                                                                     : question->closes_minute;
    return (window->from_minute > 0 || window->until_minute < CHOICE_DAY_MINUTES_ALL)
        && instant_before(instant_add_ms(question->now, SOON_MS), moment(noting, today, until));
}

/* The first moment that the windows allow, at the desk's hours. */
static struct instant first_moment(const struct noting *noting, const struct choice *choice)
{
    const struct note_question *question = noting->question;
    const struct day today = zone_day(question->schedule->zone, question->now);
    for (int ahead = 0; ahead < DAYS_AHEAD_MAX; ahead++) {
        const struct day day = {today.n + ahead};
        for (size_t i = 0; i < choice->window_count; i++) {
            const struct choice_window *window = &choice->windows[i];
            if (!window_has(window, day))
                continue;
            const bool named = window->first.n != DAY_NONE && window->first.n == window->last.n;
            if (!named && window->weekdays == 0x7f && day_weekday(day) == 0)
                continue; /* a Sunday is for who asked for it */
            int from = window->from_minute;
            const int opens = question->opens_minute > CALLS_FROM_MINUTE ? question->opens_minute
                                                                         : CALLS_FROM_MINUTE;
            if (from < opens && window->until_minute > opens)
                from = opens;
            const struct instant at = moment(noting, day, from);
            if (instant_before(question->now, at))
                return at;
            if (ahead == 0 && is_still_on(noting, window))
                return instant_add_ms(question->now, SOON_MS);
        }
    }
    return (struct instant){0};
}

/* "in 2 hours", "in 30 min", "in an hour", "en una hora". */
static bool read_hours(
    const struct noting *noting, size_t from, struct instant *ret_at, size_t *ret_until)
{
    if (from + 2 >= noting->count
        || !(text_is(noting->words[from].text, "in") || text_is(noting->words[from].text, "en")))
        return false;
    const char *number = noting->words[from + 1].text, *unit = noting->words[from + 2].text;
    int64_t count = 0;
    if (text_is(number, "an") || text_is(number, "a") || text_is(number, "una")
        || text_is(number, "one"))
        count = 1;
    else if (!text_to_int(number, 1, 240, &count))
        return false;
    const bool hours =
        text_starts(unit, "hour") || text_starts(unit, "hr") || text_starts(unit, "hora");
    if (!hours && !text_starts(unit, "min"))
        return false;
    *ret_at = instant_add_ms(noting->question->now, count * (hours ? MS_PER_HOUR : MS_PER_MINUTE));
    *ret_until = from + 3;
    return true;
}

static bool has_time_sign(const struct noting *noting, size_t from, size_t until)
{
    /* A bare number is an amount of something as often as an hour. */
    for (size_t i = from; i < until; i++) {
        const char *text = noting->words[i].text;
        if (strspn(text, "0123456789") != strlen(text))
            return true;
    }
    return false;
}

static bool read_span(
    const struct noting *noting, size_t from, size_t until, struct instant *ret_at)
{
    const struct note_question *question = noting->question;
    const struct choice_question asked = {.schedule = question->schedule,
        .now = question->now,
        .opens_minute = question->opens_minute,
        .closes_minute = question->closes_minute};
    if (!has_time_sign(noting, from, until))
        return false;
    const struct choice choice = choice_read(&asked, words_of(noting, from, until));
    if (choice.kind != CHOICE_WANT || choice.window_count == 0)
        return false;
    *ret_at = first_moment(noting, &choice);
    return ret_at->ms != 0;
}

/* The longest row of words from `from` on, within a clause or the one that follows it, that tells a
 * time. */
static bool read_time(
    const struct noting *noting, size_t from, struct instant *ret_at, struct found *ret_found)
{
    for (size_t start = from; start < noting->count && start < from + SPAN_WORDS_MAX; start++) {
        if (start > from && noting->words[start].starts && start > from + 4)
            break;
        size_t until;
        if (read_hours(noting, start, ret_at, &until)) {
            *ret_found = (struct found){start, until};
            return true;
        }
        size_t end = start + 1;
        while (end < noting->count && !noting->words[end].starts && end < start + SPAN_WORDS_MAX)
            end++;
        for (; end > start; end--) {
            if (read_span(noting, start, end, ret_at)) {
                *ret_found = (struct found){start, end};
                return true;
            }
        }
    }
    return false;
}

/* ---- signs ---- */

static int rank_of(enum note_outcome outcome)
{
    /* What is said of why nobody answered is no answer, whatever is to be done next. */
    static const int ranks[NOTE_OUTCOME_MAX] = {[NOTE_UNSURE] = 0,
        [NOTE_DONE] = 1,
        [NOTE_REACHED] = 2,
        [NOTE_CALL_BACK] = 3,
        [NOTE_NO_ANSWER] = 4,
        [NOTE_LEFT_MESSAGE] = 5,
        [NOTE_DECLINED] = 6,
        [NOTE_BOOKED] = 7,
        [NOTE_WRONG_NUMBER] = 8};
    return ranks[outcome];
}

static void take_outcome(
    struct noting *noting, const struct note_phrase *phrase, const struct found *found)
{
    const enum note_outcome outcome = (enum note_outcome)phrase->value;
    if (rank_of(outcome) <= rank_of(noting->reading.outcome))
        return;
    noting->reading.outcome = outcome;
    add_why(noting, note_outcome_name(outcome), found->from, found->until);
}

static void take_next(
    struct noting *noting, const struct note_phrase *phrase, const struct found *found)
{
    struct note_reading *reading = &noting->reading;
    const enum note_next next = (enum note_next)phrase->value;
    struct instant at = {0};
    struct found when;
    if (next <= reading->next)
        return;
    reading->next = next;
    reading->next_at = at;
    add_why(noting, note_next_name(next), found->from, found->until);
    if (next == NOTE_NEXT_SEND || next == NOTE_NEXT_BOOK)
        return; /* a day beside these is the visit's */
    /* "call fri": the day is part of the phrase. */
    for (size_t from = found->from; from <= found->until && !reading->next_at.ms; from++) {
        if (read_time(noting, from, &at, &when)) {
            reading->next_at = at;
            add_why(noting, "when", when.from, when.until);
        }
    }
}

static void take(struct noting *noting, const struct note_phrase *phrase)
{
    struct found found;
    if (!find(noting, phrase, &found))
        return;
    switch (phrase->sign) {
    case SIGN_OUTCOME: take_outcome(noting, phrase, &found); return;
    case SIGN_MACHINE:
        if (rank_of(noting->reading.outcome) < rank_of(NOTE_NO_ANSWER))
            take_outcome(noting, phrase, &found);
        return;
    case SIGN_NEXT: take_next(noting, phrase, &found); return;
    case SIGN_TAG:
        add_tag(noting, phrase->tag);
        add_why(noting, phrase->tag, found.from, found.until);
        return;
    case SIGN_STOP:
        noting->reading.stop = true;
        add_why(noting, "stop", found.from, found.until);
        return;
    case SIGN_HEALTH:
        noting->reading.next = NOTE_NEXT_CLINICIAN;
        add_why(noting, "clinician", found.from, found.until);
        return;
    }
}

static bool is_part_of_name(const char *name, const char *word)
{
    const size_t len = strlen(word);
    for (const char *at = name; len >= NAME_BYTES_MIN && *at; at += strspn(at, " ")) {
        const size_t part = strcspn(at, " ");
        if (part == len && strncmp(at, word, len) == 0)
            return true;
        at += part;
    }
    return false;
}

/* "wants dr chen", "con rosa": one of those who treat here. */
static void take_provider(struct noting *noting)
{
    const struct schedule *schedule = noting->question->schedule;
    for (size_t i = 0; i < schedule->provider_count; i++) {
        const char *shown = schedule->providers[i].name, *name = plain(noting->arena, shown);
        for (size_t at = 1; at < noting->count; at++) {
            if (!is_part_of_name(name, noting->words[at].text) || is_denied(noting, at))
                continue;
            add_tag(noting, arena_format(noting->arena, "wants_provider:%s", shown));
            add_why(noting, "wants_provider", at - 1, at + 1);
            break;
        }
    }
}

struct note_reading note_read(
    struct arena *arena, const struct note_question *question, const char *text)
{
    struct noting *noting = ARENA_NEW(arena, struct noting, 1);
    noting->arena = arena;
    noting->question = question;
    split(noting, plain(arena, text));
    for (size_t i = 0; note_phrases[i].phrases; i++)
        take(noting, &note_phrases[i]);
    take_provider(noting);
    struct note_reading *reading = &noting->reading;
    if (reading->stop && reading->outcome != NOTE_WRONG_NUMBER)
        reading->outcome = NOTE_DECLINED;
    /* Who is booked, has said no or is somebody else is not called again, unless a day was named.
     */
    const bool over = reading->stop || reading->outcome == NOTE_DECLINED
        || reading->outcome == NOTE_BOOKED || reading->outcome == NOTE_WRONG_NUMBER;
    if (over && reading->next < NOTE_NEXT_MANAGER && (reading->stop || !reading->next_at.ms)
        && reading->next != NOTE_NEXT_SEND)
        reading->next = NOTE_NEXT_NONE;
    if (reading->next == NOTE_NEXT_NONE || reading->next == NOTE_NEXT_CLINICIAN)
        reading->next_at = (struct instant){0};
    return *reading;
}

const char *note_outcome_name(enum note_outcome outcome)
{
    static const char *const names[NOTE_OUTCOME_MAX] = {[NOTE_UNSURE] = NULL,
        [NOTE_DONE] = "done",
        [NOTE_REACHED] = "reached",
        [NOTE_NO_ANSWER] = "no_answer",
        [NOTE_LEFT_MESSAGE] = "left_message",
        [NOTE_CALL_BACK] = "call_back",
        [NOTE_DECLINED] = "declined",
        [NOTE_BOOKED] = "booked",
        [NOTE_WRONG_NUMBER] = "wrong_number"};
    return names[outcome];
}

const char *note_next_name(enum note_next next)
{
    static const char *const names[NOTE_NEXT_MAX] = {[NOTE_NEXT_NONE] = NULL,
        [NOTE_NEXT_SEND] = "send",
        [NOTE_NEXT_BOOK] = "book",
        [NOTE_NEXT_TEXT] = "text",
        [NOTE_NEXT_EMAIL] = "email",
        [NOTE_NEXT_CALL] = "call",
        [NOTE_NEXT_MANAGER] = "manager",
        [NOTE_NEXT_CLINICIAN] = "clinician"};
    return names[next];
}
