/* redact.c: a patient's words without what says who they are (45 CFR 164.502(b), 164.514(b)(2)). */
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"
#include "draft/draft_int.h"

enum { DIGITS_MIN = 5, NAME_BYTES_MIN = 2, ADDRESS_WORDS_MAX = 4 };

struct redaction {
    struct arena *arena;
    const struct draft_question *question;
    struct buf out;
    const char *at;
    int naming;         /* how many words that follow are a name: after "my name is" */
    bool sure;          /* ... also in small letters */
    const char *before; /* the word read last, folded */
    size_t date_begin;  /* where in `out` a day and month began; SIZE_MAX: nowhere */
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void put(struct redaction *redaction, const char *placeholder, size_t len)
{
    buf_add(&redaction->out, placeholder);
    redaction->at += len;
    redaction->date_begin = SIZE_MAX;
}

static bool is_address_chunk(const char *chunk, size_t len)
{
    bool dotted = false;
    for (size_t i = 0; i < len; i++) {
        if (chunk[i] == '@' || (i + 2 < len && strncmp(chunk + i, "://", 3) == 0))
            return true;
        dotted |= chunk[i] == '.' && i > 0 && i + 2 < len && is_letter(chunk[i - 1])
            && is_letter(chunk[i + 1]) && is_letter(chunk[i + 2]) && strncmp(chunk, "www.", 4) == 0;
    }
    return dotted;
}

/* Digits with single signs between them. */
static size_t digits_len(const char *at, size_t *ret_digits, size_t *ret_slashes)
{
    size_t len = 0, end = 0;
    *ret_digits = *ret_slashes = 0;
    if (*at == '+' || *at == '(')
        len++;
    while (is_digit(at[len]) || (at[len] && strchr(" -./()", at[len]))) {
        if (is_digit(at[len])) {
            (*ret_digits)++;
            end = len + 1;
        } else if (at[len] == ' ' && at[len + 1] == ' ') {
            break;
        }
        len++;
    }
    for (size_t i = 0; i < end; i++)
        *ret_slashes += at[i] == '/' || at[i] == '-' || at[i] == '.';
    return end;
}

static size_t run_of_digits(const char *at)
{
    return strspn(at, "0123456789");
}

/* "1420 Oak Hill Ave": its bytes, 0: none begins here. */
static size_t street_len(const char *at)
{
    static const char *const ends[] = {"st", "street", "ave", "avenue", "rd", "road", "blvd",
        "boulevard", "lane", "ln", "apt", "terrace", "circle", "pkwy", "parkway"};
    size_t len = run_of_digits(at);
    for (int words = 0; words < ADDRESS_WORDS_MAX; words++) {
        if (at[len] != ' ')
            return 0;
        size_t begin = ++len;
        while (is_letter(at[len]) || is_digit(at[len]) || at[len] == '.')
            len++;
        size_t word = len - begin;
        word -= word > 0 && at[len - 1] == '.';
        for (size_t i = 0; i < sizeof ends / sizeof ends[0] && words > 0; i++)
            if (strlen(ends[i]) == word && strncasecmp(at + begin, ends[i], word) == 0)
                return len;
    }
    return 0;
}

static bool is_year(const char *at, size_t len)
{
    return len == 4 && ((at[0] == '1' && at[1] == '9') || (at[0] == '2' && at[1] == '0'));
}

static void read_digits(struct redaction *redaction)
{
    const char *at = redaction->at;
    size_t digits = 0, slashes = 0, run = run_of_digits(at);
    size_t len = digits_len(at, &digits, &slashes), street = street_len(at);
    if (street > 0) {
        put(redaction, "[ADDRESS]", street);
    } else if (digits >= 4 && slashes == 2 && digits <= 8) {
        put(redaction, "[DATE]", len);
    } else if (digits >= DIGITS_MIN) {
        put(redaction, "[NUMBER]", len);
    } else if (is_year(at, run)) {
        /* The day and month before a year go with it: together they are a birthday. */
        if (redaction->date_begin != SIZE_MAX) {
            redaction->out.len = redaction->date_begin;
            redaction->out.data[redaction->out.len] = '\0';
        }
        put(redaction, "[DATE]", run);
    } else {
        if (redaction->date_begin == SIZE_MAX)
            redaction->date_begin = redaction->out.len;
        run = run > 0 ? run : 1;
        buf_add_n(&redaction->out, at, run);
        redaction->at += run;
    }
}

/* Whether one of the parts of the name, between these signs, is the word, as keys. */
static bool has_part(struct arena *arena, const char *name, const char *signs, const char *word)
{
    while (*name) {
        size_t len = strcspn(name, signs);
        if (strcmp(text_key(arena, arena_text_n(arena, name, len)), word) == 0)
            return true;
        name += len + (name[len] != '\0');
    }
    return false;
}

/* `written` may be somebody's: "Maria's" is Maria. */
static bool is_own_name(const struct redaction *redaction, const char *written)
{
    const struct draft_question *question = redaction->question;
    struct arena *arena = redaction->arena;
    const char *folded = text_fold(arena, written);
    size_t tail = text_ends(folded, "'s") ? 2 : text_ends(folded, "\xE2\x80\x99s") ? 4 : 0;
    const char *word = text_key(arena, arena_text_n(arena, folded, strlen(folded) - tail));
    if (strlen(word) < NAME_BYTES_MIN)
        return false;
    /* "Mary-Ann Del Rio": every part of it; "O'Brien": the whole, and Brien. */
    for (size_t i = 0; i < question->name_count; i++) {
        const char *name = question->names[i] ? question->names[i] : "";
        if (has_part(arena, name, " -.", word) || has_part(arena, name, " -'.", word))
            return true;
    }
    return false;
}

static bool is(const char *word, const char *other)
{
    return word && strcmp(word, other) == 0;
}

/* After this word a name may follow. */
static void expect_name(struct redaction *redaction, const char *word)
{
    const char *before = redaction->before;
    bool sure = (is(before, "name") && is(word, "is")) || (is(before, "me") && is(word, "llamo"))
        || (is(before, "nombre") && is(word, "es"));
    bool maybe = (is(before, "this") && is(word, "is")) || (is(before, "i") && is(word, "am"))
        || is(word, "im") || is(word, "soy") || (is(before, "it") && is(word, "is"))
        || is(word, "its");
    if (!sure && !maybe)
        return;
    redaction->naming = 2;
    redaction->sure = sure;
}

static void read_word(struct redaction *redaction)
{
    const char *at = redaction->at;
    size_t len = 0;
    while (is_letter(at[len]) || is_digit(at[len]) || (at[len] == '\'' && is_letter(at[len + 1])))
        len++;
    const char *written = arena_text_n(redaction->arena, at, len);
    char *word = text_key(redaction->arena, written);
    bool capital = (at[0] >= 'A' && at[0] <= 'Z') || (unsigned char)at[0] >= 0x80;
    bool named = redaction->naming > 0 && (capital || (redaction->sure && redaction->naming == 2))
        && !draft__is_plain(redaction->question->language, word) && !draft__is_join(word);
    if (named || is_own_name(redaction, written)) {
        redaction->naming -= redaction->naming > 0;
        put(redaction, "[NAME]", len);
    } else {
        bool date = draft__month(word) || (is_digit(at[0]));
        if (date && redaction->date_begin == SIZE_MAX)
            redaction->date_begin = redaction->out.len;
        else if (!date && !is(word, "of") && !is(word, "de") && !is(word, "th"))
            redaction->date_begin = SIZE_MAX;
        redaction->naming = 0;
        buf_add_n(&redaction->out, at, len);
        redaction->at += len;
    }
    expect_name(redaction, word);
    redaction->before = word;
}

static void read_one(struct redaction *redaction)
{
    const char *at = redaction->at;
    bool begins = strchr(" \n\t(,;:", at[-1]) != NULL;
    size_t chunk = begins ? strcspn(at, " \n\t\r,;") : 0;
    if (chunk > 0 && is_address_chunk(at, chunk))
        put(redaction, memchr(at, '@', chunk) ? "[EMAIL]" : "[LINK]", chunk);
    else if (is_digit(*at) || ((*at == '+' || *at == '(') && is_digit(at[1])))
        read_digits(redaction);
    else if (is_letter(*at))
        read_word(redaction);
    else {
        char c = *at == '[' || *at == ']' ? ' ' : *at; /* no placeholder is the patient's */
        if (strchr(".!?;\n", c))
            redaction->naming = 0;
        buf_add_char(&redaction->out, c);
        redaction->at++;
    }
}

char *draft__cut(struct arena *arena, const char *text, size_t bytes_max)
{
    size_t len = strlen(text);
    if (len > bytes_max) {
        len = bytes_max;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    return arena_text_n(arena, text, len);
}

char *draft_redact(struct arena *arena, const struct draft_question *question)
{
    /* With a blank in front there is always a sign before. */
    const char *text = arena_format(arena, " %s", question->text ? question->text : "");
    struct redaction redaction = {
        .arena = arena, .question = question, .at = text + 1, .date_begin = SIZE_MAX};
    buf_init(&redaction.out, arena);
    /* Somewhat further than is kept: a year may take its day and month with it. */
    while (*redaction.at && redaction.out.len < (size_t)2 * DRAFT_QUESTION_BYTES_MAX)
        read_one(&redaction);
    return draft__cut(arena, redaction.out.data, DRAFT_QUESTION_BYTES_MAX);
}
