/* token.c: a text cut into sentences, a sentence into words, numbers and addresses. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "draft/draft_int.h"
#include "template/sms.h"

enum { PHONE_DIGITS_MIN = 7, PHONE_DIGITS_KEPT = 10, SCALE = 10000, WHOLE_DIGITS_MAX = 9 };

struct cutter {
    struct arena *arena;
    enum triage_language language;
    const char *at;
    struct token *tokens; /* room for one a byte */
    size_t first, count;  /* of the sentence that is being read */
    struct sentence *list;
    size_t sentence_count;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static struct token *add(struct cutter *cutter, enum token_kind kind, const char *raw, size_t len)
{
    struct token *token = &cutter->tokens[cutter->count++];
    const char *text = arena_text_n(cutter->arena, raw, len);
    *token = (struct token){.kind = kind, .text = text, .raw = text, .unit = "", .bound = ""};
    return token;
}

static void end_sentence(struct cutter *cutter)
{
    if (cutter->count > cutter->first) {
        struct sentence *sentence = &cutter->list[cutter->sentence_count++];
        *sentence =
            (struct sentence){&cutter->tokens[cutter->first], cutter->count - cutter->first};
        draft__read_claims(sentence);
    }
    cutter->first = cutter->count;
}

/* ---- addresses ---- */

/* The run of signs up to the next blank, without what ends a sentence or a bracket. */
static size_t chunk_len(const char *at)
{
    size_t len = strcspn(at, " \n\t\r");
    while (len > 0 && strchr(".,!?;:)\"'", at[len - 1]))
        len--;
    return len;
}

/* "https://x", "a@b", "lumen.example": a dot with a letter before it and two behind it. */
static bool is_link(const char *chunk, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (chunk[i] == '@' || (i + 2 < len && strncmp(chunk + i, "://", 3) == 0))
            return true;
        if (chunk[i] == '.' && i > 0 && i + 2 < len && (is_letter(chunk[i + 1]))
            && (is_letter(chunk[i + 2]) || is_digit(chunk[i + 2]))
            && (is_letter(chunk[i - 1]) || is_digit(chunk[i - 1])))
            return true;
    }
    return false;
}

/* How many bytes of a telephone number begin here, 0: none. Seven digits or more with single signs
 * between them. */
static size_t phone_len(const char *at, char digits[PHONE_DIGITS_KEPT + 1])
{
    size_t len = 0, count = 0, end = 0;
    if (*at == '+' || *at == '(')
        len++;
    while (is_digit(at[len]) || (at[len] && strchr(" -.()", at[len]))) {
        if (is_digit(at[len])) {
            count++;
            end = len + 1;
        } else if (at[len] == ' ' && at[len + 1] == ' ') {
            break;
        }
        len++;
    }
    if (count < PHONE_DIGITS_MIN)
        return 0;
    size_t kept = 0, skip = count > PHONE_DIGITS_KEPT ? count - PHONE_DIGITS_KEPT : 0;
    for (size_t i = 0; i < end; i++)
        if (is_digit(at[i]) && skip > 0)
            skip--;
        else if (is_digit(at[i]))
            digits[kept++] = at[i];
    digits[kept] = '\0';
    return end;
}

/* ---- numbers ---- */

/* Digits, thousands and a fraction; false: more than a price, time or count has. */
static bool read_value(const char **at, int64_t *ret_value)
{
    int64_t whole = 0, scale = SCALE, fraction = 0;
    int digits = 0;
    const char *c = *at;
    for (; is_digit(*c) || (*c == ',' && is_digit(c[1]) && is_digit(c[2]) && is_digit(c[3])); c++) {
        if (*c == ',')
            continue;
        if (++digits <= WHOLE_DIGITS_MAX)
            whole = whole * 10 + (*c - '0');
    }
    if (*c == '.' && is_digit(c[1])) {
        for (c++; is_digit(*c); c++) {
            scale /= 10;
            fraction += (*c - '0') * scale;
            digits += scale == 0 ? WHOLE_DIGITS_MAX : 0;
        }
    }
    *at = c;
    *ret_value = whole * SCALE + fraction;
    return digits <= WHOLE_DIGITS_MAX;
}

/* "am", "pm", "a.m.", "p.m." here or behind a blank; 0, or its bytes. */
static size_t meridian_len(const char *at, bool *ret_after_noon)
{
    static const char *const words[] = {"a.m.", "p.m.", "a.m", "p.m", "am", "pm"};
    size_t skip = *at == ' ' ? 1 : 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i]);
        if (strncmp(at + skip, words[i], len) == 0 && !is_letter(at[skip + len])) {
            *ret_after_noon = words[i][0] == 'p';
            return skip + len;
        }
    }
    return 0;
}

static int64_t minute_of(int64_t hour, int64_t minute, bool named, bool after_noon)
{
    if (named)
        hour = hour % 12 + (after_noon ? 12 : 0);
    return hour * 60 + minute;
}

/* Any run of letters, digits and slashes that is no number by itself: "5k", "11/28", "2x". */
static void add_verbatim(struct cutter *cutter, const char *from)
{
    const char *end = from;
    while (
        is_digit(*end) || is_letter(*end) || (*end && strchr("$,./:%", *end) && is_digit(end[1])))
        end++;
    if (end == from)
        end++;
    add(cutter, TOKEN_WORD, from, (size_t)(end - from));
    cutter->at = end;
}

static bool read_clock(struct cutter *cutter, const char *from)
{
    const char *at = from;
    int64_t hour = 0, minute = 0;
    bool after_noon = false;
    while (is_digit(*at) && at - from < 3)
        hour = hour * 10 + (*at++ - '0');
    bool minutes = *at == ':' && is_digit(at[1]) && is_digit(at[2]) && !is_digit(at[3]);
    if (minutes) {
        minute = (at[1] - '0') * 10 + (at[2] - '0');
        at += 3;
    }
    size_t named = meridian_len(at, &after_noon);
    if (hour > 24 || minute > 59 || (!minutes && !named) || is_digit(*at)
        || (named && (hour < 1 || hour > 12)))
        return false;
    struct token *token = add(cutter, TOKEN_TIME, from, (size_t)(at - from));
    token->value = minute_of(hour, minute, named > 0, after_noon);
    cutter->at = at + named;
    return true;
}

static void read_number(struct cutter *cutter)
{
    const char *from = cutter->at, *at = from;
    int64_t value = 0;
    bool money = *at == '$';
    if (!money && read_clock(cutter, from))
        return;
    at += money ? 1 : 0;
    bool fits = read_value(&at, &value);
    bool ordinal = strncmp(at, "st", 2) == 0 || strncmp(at, "nd", 2) == 0
        || strncmp(at, "rd", 2) == 0 || strncmp(at, "th", 2) == 0;
    if (ordinal && !is_letter(at[2]) && !money)
        at += 2;
    if (!fits || is_letter(*at) || (*at == '/' && is_digit(at[1]))
        || (*at == ':' && is_digit(at[1]))) {
        add_verbatim(cutter, from);
        return;
    }
    enum token_kind kind = money || *at == '$' ? TOKEN_MONEY
        : *at == '%'                           ? TOKEN_PERCENT
                                               : TOKEN_NUMBER;
    at += (*at == '$' && !money) || *at == '%' ? 1 : 0;
    add(cutter, kind, from, (size_t)(at - from))->value = value;
    cutter->at = at;
}

/* ---- words ---- */

static void add_word(struct cutter *cutter, const char *word)
{
    enum triage_language language = cutter->language;
    const char *day = draft__weekday(word);
    const char *month = draft__month(word);
    enum token_kind kind = draft__is_join(word) ? TOKEN_JOIN
        : day || month                          ? TOKEN_DAY
        : draft__is_turn(language, word)        ? TOKEN_TURN
        : draft__is_plain(language, word)       ? TOKEN_PLAIN
                                                : TOKEN_WORD;
    struct token *token = add(cutter, kind, word, strlen(word));
    if (kind == TOKEN_WORD || kind == TOKEN_DAY)
        token->text = draft__stem(cutter->arena, token->raw);
}

/* "don't" is do and not, "we'll" is we and will, "it's" is it. */
static void read_word(struct cutter *cutter)
{
    const char *from = cutter->at, *at = from;
    while (is_letter(*at) || is_digit(*at))
        at++;
    size_t len = (size_t)(at - from);
    const char *tail = "";
    if (*at == '\'' && is_letter(at[1])) {
        const char *end = at + 1;
        while (is_letter(*end))
            end++;
        tail = arena_text_n(cutter->arena, at + 1, (size_t)(end - at - 1));
        at = end;
    }
    bool negated = strcmp(tail, "t") == 0 && len > 1 && from[len - 1] == 'n';
    const char *word = arena_text_n(cutter->arena, from, negated ? len - 1 : len);
    if (negated && (strcmp(word, "ca") == 0 || strcmp(word, "wo") == 0))
        word = strcmp(word, "ca") == 0 ? "can" : "will";
    bool cannot = strcmp(word, "cannot") == 0;
    add_word(cutter, cannot ? "can" : word);
    if (negated || cannot)
        add_word(cutter, "not");
    else if (strcmp(tail, "ll") == 0 || strcmp(tail, "d") == 0)
        add_word(cutter, tail[0] == 'l' ? "will" : "would");
    cutter->at = at;
}

/* ---- sentences ---- */

/* "Dr. Chen", "St. Mary", an initial: no end. */
static bool is_abbreviation(const char *text, const char *dot)
{
    static const char *const words[] = {
        "dr", "dra", "mr", "mrs", "ms", "sr", "sra", "st", "ave", "blvd", "rd", "ste", "no"};
    const char *begin = dot;
    while (begin > text && is_letter(begin[-1]))
        begin--;
    size_t len = (size_t)(dot - begin);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == len && strncmp(words[i], begin, len) == 0)
            return true;
    return len == 1;
}

static void read_sign(struct cutter *cutter, const char *text)
{
    char c = *cutter->at;
    bool last = !cutter->at[1] || is_blank(cutter->at[1]);
    const struct token *before =
        cutter->count > cutter->first ? &cutter->tokens[cutter->count - 1] : NULL;
    if (c == '!' || c == '?' || c == ';' || c == '\n'
        || (c == '.' && last && !is_abbreviation(text, cutter->at)))
        end_sentence(cutter);
    else if (c == ',' || c == '&')
        add(cutter, TOKEN_JOIN, ",", 1);
    else if (c == '-' && before && before->kind > TOKEN_JOIN
        && (is_digit(cutter->at[1]) || cutter->at[1] == '$'))
        add(cutter, TOKEN_PLAIN, "to", 2);
    else if (!is_blank(c) && !strchr(".:()\"'-/", c))
        add(cutter, TOKEN_WORD, cutter->at, 1); /* a sign that may mean something */
    cutter->at++;
}

static void read_one(struct cutter *cutter, const char *text)
{
    const char *at = cutter->at;
    bool begins = at == text || !(is_letter(at[-1]) || is_digit(at[-1]));
    char digits[PHONE_DIGITS_KEPT + 1];
    size_t len = begins && !is_blank(*at) ? chunk_len(at) : 0;
    if (len > 0 && (at == text || is_blank(at[-1]) || at[-1] == '(') && is_link(at, len)) {
        add(cutter, TOKEN_LINK, at, len);
        cutter->at += len;
        return;
    }
    len = begins && (is_digit(*at) || *at == '+' || *at == '(') ? phone_len(at, digits) : 0;
    if (len > 0) {
        add(cutter, TOKEN_PHONE, digits, strlen(digits));
        cutter->at += len;
    } else if (is_digit(*at) || (*at == '$' && is_digit(at[1]))) {
        read_number(cutter);
    } else if (is_letter(*at)) {
        read_word(cutter);
    } else {
        read_sign(cutter, text);
    }
}

struct sentences draft__read_sentences(
    struct arena *arena, const char *text, enum triage_language language)
{
    char *folded = text_fold(arena, sms_fold(arena, text));
    for (char *at = folded; (at = strchr(at, '\xC2')); at++)
        if (at[1] == '\xA1' || at[1] == '\xBF') /* the signs that open a Spanish sentence */
            at[0] = at[1] = ' ';
    size_t len = strlen(folded);
    struct cutter cutter = {.arena = arena,
        .language = language,
        .at = folded,
        .tokens = ARENA_NEW(arena, struct token, 2 * len + 2),
        .list = ARENA_NEW(arena, struct sentence, len + 1)};
    while (*cutter.at)
        read_one(&cutter, folded);
    end_sentence(&cutter);
    return (struct sentences){cutter.list, cutter.sentence_count};
}
