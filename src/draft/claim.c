/* claim.c: what a number says: fourteen dollars, 2 pm, 20 percent, ten to twenty units. */
#include <string.h>

#include "base/text.h"
#include "draft/draft_int.h"

enum { SCALE = 10000, NOON = 12 * 60 };

static bool is_word(const struct token *token)
{
    return token->kind < TOKEN_NUMBER;
}

static bool reads(const struct sentence *sentence, size_t at, const char *word)
{
    return at < sentence->count && is_word(&sentence->tokens[at])
        && strcmp(sentence->tokens[at].raw, word) == 0;
}

static void take_out(struct sentence *sentence, size_t at, size_t count)
{
    memmove(&sentence->tokens[at], &sentence->tokens[at + count],
        (sentence->count - at - count) * sizeof sentence->tokens[0]);
    sentence->count -= count;
}

/* ---- numbers in words ---- */

/* "six hundred and fifty", "treinta y cinco"; how many tokens it takes, 0: none. */
static size_t read_words(const struct sentence *sentence, size_t at, int64_t *ret_value)
{
    int64_t total = 0, part = 0;
    size_t taken = 0;
    const struct token *first = &sentence->tokens[at];
    if (first->kind == TOKEN_NUMBER && first->value % SCALE == 0 && at + 1 < sentence->count
        && (reads(sentence, at + 1, "hundred") || reads(sentence, at + 1, "thousand")
            || reads(sentence, at + 1, "mil"))) {
        part = first->value / SCALE % 1000000;
        taken = 1;
    }
    for (size_t i = at + taken; i < sentence->count && taken < 12; i++) {
        const struct token *token = &sentence->tokens[i];
        bool link = taken > 0 && (reads(sentence, i, "and") || reads(sentence, i, "y"))
            && part >= (reads(sentence, i, "and") ? 100 : 20) && i + 1 < sentence->count
            && is_word(token + 1);
        int64_t value = is_word(token) ? draft__number_word(token[link ? 1 : 0].raw) : -1;
        bool fits = value == 1000 || value == 100 || part == 0 || (value < 100 && part % 100 == 0)
            || (value < 10 && part % 10 == 0 && part % 100 >= 20);
        if (value < 0 || !fits || (link && value >= 100))
            break;
        if (value == 1000) {
            total += (part ? part : 1) * 1000;
            part = 0;
        } else {
            part = value == 100 && part > 0 && part < 100 ? part * 100 : part + value;
        }
        i += link ? 1 : 0;
        taken = i - at + 1;
    }
    *ret_value = (total + part) * SCALE;
    return taken;
}

static void read_number_words(struct sentence *sentence)
{
    for (size_t i = 0; i < sentence->count; i++) {
        int64_t value = 0;
        if (reads(sentence, i, "por") && reads(sentence, i + 1, "ciento")) {
            take_out(sentence, i, 1);
            sentence->tokens[i].kind = TOKEN_WORD;
            sentence->tokens[i].text = sentence->tokens[i].raw = "percent";
            continue;
        }
        if (i > 0 && reads(sentence, i, "percent"))
            continue;
        size_t taken = read_words(sentence, i, &value);
        if (taken == 0)
            continue;
        sentence->tokens[i].kind = TOKEN_NUMBER;
        sentence->tokens[i].value = value;
        take_out(sentence, i + 1, taken - 1);
    }
}

/* ---- what is counted ---- */

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], text) == 0)
            return true;
    return false;
}
#define ONE_OF(text, ...)                                                                          \
    is_one_of(text, (const char *const[]){__VA_ARGS__},                                            \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void read_money_and_percent(struct sentence *sentence, size_t at)
{
    struct token *token = &sentence->tokens[at];
    if (at + 1 >= sentence->count || !is_word(token + 1))
        return;
    const char *next = token[1].raw;
    bool dollars = ONE_OF(next, "dollar", "dollars", "buck", "bucks", "usd", "dolar", "dolares");
    bool cents = ONE_OF(next, "cent", "cents", "centavo", "centavos");
    if (token->kind == TOKEN_MONEY && dollars) {
        take_out(sentence, at + 1, 1);
    } else if (token->kind == TOKEN_NUMBER && (dollars || cents)) {
        token->kind = TOKEN_MONEY;
        token->value /= cents ? 100 : 1;
        take_out(sentence, at + 1, 1);
    } else if (token->kind == TOKEN_NUMBER && strcmp(next, "percent") == 0) {
        token->kind = TOKEN_PERCENT;
        take_out(sentence, at + 1, 1);
    }
}

/* "2 de la tarde", "nine in the morning", "noon". */
static void read_time(struct sentence *sentence, size_t at)
{
    struct token *token = &sentence->tokens[at];
    if (is_word(token)) {
        bool noon = ONE_OF(token->raw, "noon", "mediodia");
        if (noon || ONE_OF(token->raw, "midnight", "medianoche")) {
            token->kind = TOKEN_TIME;
            token->value = noon ? NOON : 0;
        }
        return;
    }
    int64_t minute = token->kind == TOKEN_TIME ? token->value
        : token->kind == TOKEN_NUMBER          ? token->value / SCALE * 60
                                               : -1;
    bool whole = token->kind == TOKEN_TIME || token->value % SCALE == 0;
    if (!whole || minute < 60 || minute >= 13 * 60)
        return;
    bool after_noon = reads(sentence, at + 1, "pm");
    if (token->kind == TOKEN_NUMBER && (after_noon || reads(sentence, at + 1, "am"))) {
        token->kind = TOKEN_TIME;
        token->value = minute % NOON + (after_noon ? NOON : 0);
        take_out(sentence, at + 1, 1);
        return;
    }
    bool spanish = reads(sentence, at + 1, "de") && reads(sentence, at + 2, "la");
    bool english = reads(sentence, at + 1, "in") && reads(sentence, at + 2, "the");
    if (!(spanish || english) || at + 3 >= sentence->count || !is_word(token + 3))
        return;
    bool morning = ONE_OF(token[3].raw, "manana", "morning");
    if (!morning && !ONE_OF(token[3].raw, "tarde", "noche", "afternoon", "evening"))
        return;
    token->kind = TOKEN_TIME;
    token->value = minute % NOON + (morning ? 0 : NOON);
    take_out(sentence, at + 1, 3);
}

static bool is_range(const struct sentence *sentence, size_t at)
{
    return at + 2 < sentence->count && sentence->tokens[at + 2].kind >= TOKEN_NUMBER
        && sentence->tokens[at + 2].kind <= TOKEN_PERCENT && is_word(&sentence->tokens[at + 1])
        && ONE_OF(sentence->tokens[at + 1].raw, "to", "a", "and", "or", "y", "o");
}

/* From right to left, so that the first of a range knows what the second counts. */
static void read_unit(struct sentence *sentence, size_t at)
{
    struct token *token = &sentence->tokens[at];
    bool range = is_range(sentence, at);
    if (token->kind != TOKEN_NUMBER)
        return;
    if (range) {
        const struct token *other = &sentence->tokens[at + 2];
        if (other->kind == TOKEN_MONEY || other->kind == TOKEN_PERCENT)
            token->kind = other->kind;
        token->unit = other->kind == TOKEN_TIME ? "time" : other->unit;
    } else if (at > 0 && sentence->tokens[at - 1].kind == TOKEN_DAY) {
        token->unit = sentence->tokens[at - 1].text;
    } else if (at + 1 < sentence->count
        && (token[1].kind == TOKEN_WORD || token[1].kind == TOKEN_DAY)) {
        token->unit = token[1].text;
    } else if (at + 2 < sentence->count && token[2].kind == TOKEN_DAY
        && ONE_OF(token[1].raw, "de", "of")) {
        token->unit = token[2].text;
    }
}

/* "from 14 dollars" is less of a promise than "14 dollars". */
static void read_bound(struct sentence *sentence, size_t at)
{
    struct token *token = &sentence->tokens[at];
    bool second = at >= 2 && is_range(sentence, at - 2) && token[-2].kind >= TOKEN_NUMBER;
    size_t back = at;
    if (back > 0 && is_word(&sentence->tokens[back - 1])
        && ONE_OF(sentence->tokens[back - 1].raw, "at", "to", "a", "de", "en"))
        back--;
    if (second || is_range(sentence, at) || back == 0 || !is_word(&sentence->tokens[back - 1]))
        return;
    const char *word = sentence->tokens[back - 1].raw;
    if (ONE_OF(word, "from", "starting", "starts", "start", "desde", "partir"))
        token->bound = "from";
    else if (ONE_OF(word, "about", "around", "approximately", "roughly", "unos", "unas",
                 "aproximadamente", "over", "under", "than", "least", "most", "up", "until",
                 "hasta", "after", "before", "almost", "nearly", "by", "within", "que"))
        token->bound = word;
}

void draft__read_claims(struct sentence *sentence)
{
    read_number_words(sentence);
    for (size_t i = 0; i < sentence->count; i++) {
        read_time(sentence, i);
        read_money_and_percent(sentence, i);
    }
    for (size_t i = sentence->count; i-- > 0;)
        read_unit(sentence, i);
    for (size_t i = 0; i < sentence->count; i++)
        if (sentence->tokens[i].kind >= TOKEN_NUMBER && sentence->tokens[i].kind <= TOKEN_PERCENT)
            read_bound(sentence, i);
}
