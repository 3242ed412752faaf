/* fold.c: bytes as people's phones send them -> lower-case tokens of a-z and 0-9.
 * Accents, full-width and mathematical letters, look-alikes of other alphabets, letters in circles
 * and boxes become plain ones; what cannot be seen is dropped; punctuation becomes bounds. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "triage/triage.h"
#include "triage/triage_int.h"

enum point_kind {
    POINT_DROP,   /* invisible, or an accent over the letter before */
    POINT_LETTER, /* letter or digit in `letters` */
    POINT_QUOTE,  /* ' and its likes: nothing inside a word */
    POINT_SPACE,
    POINT_SOFT,
    POINT_HARD,
    POINT_ASK,
    POINT_HASH,
    POINT_JOY,
    POINT_ANGER,
    POINT_INSULT,
    POINT_STOP_SIGN,
    POINT_OTHER_SCRIPT
};

struct point {
    enum point_kind kind;
    char letters[3];
    bool capital;
};

struct range {
    uint32_t first, last;
    enum point_kind kind;
};

/* U+00C0..U+017F, one plain letter each; '*' is no letter. */
static const char latin[] =
    "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrr"
    "ssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* Letters of other alphabets that look like ours, as senders use them to slip past filters. */
struct alike {
    uint32_t point;
    char letter;
};

static const struct alike alikes[] = {{0x0391, 'a'}, {0x0392, 'b'}, {0x0395, 'e'}, {0x0396, 'z'},
    {0x0397, 'h'}, {0x0399, 'i'}, {0x039A, 'k'}, {0x039C, 'm'}, {0x039D, 'n'}, {0x039F, 'o'},
    {0x03A1, 'p'}, {0x03A4, 't'}, {0x03A5, 'y'}, {0x03A7, 'x'}, {0x03B1, 'a'}, {0x03B5, 'e'},
    {0x03B9, 'i'}, {0x03BD, 'v'}, {0x03BF, 'o'}, {0x03C1, 'p'}, {0x03C4, 't'}, {0x03C5, 'u'},
    {0x0405, 's'}, {0x0406, 'i'}, {0x0408, 'j'}, {0x0410, 'a'}, {0x0412, 'b'}, {0x0415, 'e'},
    {0x041A, 'k'}, {0x041C, 'm'}, {0x041D, 'h'}, {0x041E, 'o'}, {0x0420, 'p'}, {0x0421, 'c'},
    {0x0422, 't'}, {0x0423, 'y'}, {0x0425, 'x'}, {0x0430, 'a'}, {0x0432, 'b'}, {0x0435, 'e'},
    {0x043A, 'k'}, {0x043C, 'm'}, {0x043D, 'h'}, {0x043E, 'o'}, {0x0440, 'p'}, {0x0441, 'c'},
    {0x0442, 't'}, {0x0443, 'y'}, {0x0445, 'x'}, {0x0455, 's'}, {0x0456, 'i'}, {0x0458, 'j'},
    {0x1D00, 'a'}, {0x1D04, 'c'}, {0x1D05, 'd'}, {0x1D07, 'e'}, {0x1D0A, 'j'}, {0x1D0B, 'k'},
    {0x1D0D, 'm'}, {0x1D0F, 'o'}, {0x1D18, 'p'}, {0x1D1B, 't'}, {0x1D1C, 'u'}, {0x1D20, 'v'},
    {0x1D21, 'w'}, {0x1D22, 'z'}, {0x0299, 'b'}, {0x0262, 'g'}, {0x029C, 'h'}, {0x026A, 'i'},
    {0x029F, 'l'}, {0x0274, 'n'}, {0x0280, 'r'}, {0xA731, 's'}, {0x028F, 'y'}, {0x1F17E, 'o'},
    {0x1F17F, 'p'}, {0x1F170, 'a'}, {0x1F171, 'b'}};

/* The first range that holds a point decides. */
static const struct range ranges[] = {
    {0x00AD, 0x00AD, POINT_DROP},
    {0x00A0, 0x00A0, POINT_SPACE},
    {0x00A1, 0x00A1, POINT_SPACE}, /* inverted exclamation and question marks open a sentence */
    {0x00BF, 0x00BF, POINT_HARD},
    {0x00B4, 0x00B4, POINT_QUOTE},
    {0x00A2, 0x00BE, POINT_SPACE},
    {0x02B0, 0x02FF, POINT_QUOTE},
    {0x0300, 0x036F, POINT_DROP},
    {0x061C, 0x061C, POINT_DROP},
    {0x115F, 0x1160, POINT_DROP},
    {0x180B, 0x180F, POINT_DROP},
    {0x2000, 0x200A, POINT_SPACE},
    {0x200B, 0x200F, POINT_DROP},
    {0x2010, 0x2012, POINT_SPACE},
    {0x2013, 0x2015, POINT_SOFT},
    {0x2018, 0x201B, POINT_QUOTE},
    {0x201C, 0x201F, POINT_QUOTE},
    {0x2026, 0x2026, POINT_HARD},
    {0x2028, 0x2029, POINT_HARD},
    {0x202A, 0x202E, POINT_DROP},
    {0x202F, 0x202F, POINT_SPACE},
    {0x2032, 0x2037, POINT_QUOTE},
    {0x203C, 0x203D, POINT_HARD},
    {0x2047, 0x2049, POINT_ASK},
    {0x205F, 0x205F, POINT_SPACE},
    {0x2060, 0x206F, POINT_DROP},
    {0x20D0, 0x20FF, POINT_DROP},
    {0x2639, 0x2639, POINT_ANGER},
    {0x263A, 0x263A, POINT_JOY},
    {0x26D4, 0x26D4, POINT_STOP_SIGN},
    {0x270B, 0x270B, POINT_STOP_SIGN},
    {0x274C, 0x274E, POINT_STOP_SIGN},
    {0x2716, 0x2716, POINT_STOP_SIGN},
    {0x2764, 0x2764, POINT_JOY},
    {0x2665, 0x2665, POINT_JOY},
    {0x2728, 0x2728, POINT_JOY},
    {0x2010, 0x2BFF, POINT_SOFT}, /* arrows, boxes, signs */
    {0x3000, 0x3000, POINT_SPACE},
    {0x3001, 0x3001, POINT_SOFT},
    {0x3002, 0x3002, POINT_HARD},
    {0xFE00, 0xFE0F, POINT_DROP},
    {0xFEFF, 0xFEFF, POINT_DROP},
    {0xFFF0, 0xFFFF, POINT_SPACE},
    {0x1F389, 0x1F38A, POINT_JOY},
    {0x1F44D, 0x1F44D, POINT_JOY},
    {0x1F44F, 0x1F44F, POINT_JOY},
    {0x1F493, 0x1F49F, POINT_JOY},
    {0x1F4AF, 0x1F4AF, POINT_JOY},
    {0x1F44E, 0x1F44E, POINT_ANGER},
    {0x1F4A2, 0x1F4A2, POINT_ANGER},
    {0x1F595, 0x1F595, POINT_INSULT},
    {0x1F610, 0x1F612, POINT_ANGER},
    {0x1F600, 0x1F60F, POINT_JOY},
    {0x1F618, 0x1F61D, POINT_JOY},
    {0x1F61E, 0x1F625, POINT_ANGER},
    {0x1F92C, 0x1F92C, POINT_INSULT},
    {0x1F923, 0x1F923, POINT_JOY},
    {0x1F929, 0x1F929, POINT_JOY},
    {0x1F970, 0x1F970, POINT_JOY},
    {0x1F64C, 0x1F64C, POINT_JOY},
    {0x1F645, 0x1F645, POINT_STOP_SIGN},
    {0x1F6AB, 0x1F6AB, POINT_STOP_SIGN},
    {0x1F6D1, 0x1F6D1, POINT_STOP_SIGN},
    {0x1F91A, 0x1F91A, POINT_STOP_SIGN},
    {0x1F590, 0x1F590, POINT_STOP_SIGN},
    {0x1F507, 0x1F507, POINT_STOP_SIGN},
    {0x1F4F5, 0x1F4F5, POINT_STOP_SIGN},
    {0x1F3FB, 0x1F3FF, POINT_DROP}, /* skin tones */
    {0x1F000, 0x1FAFF, POINT_SOFT},
    {0xE0000, 0xE0FFF, POINT_DROP},
};

static struct point letter_point(char letter, bool capital)
{
    return (struct point){.kind = POINT_LETTER, .letters = {letter}, .capital = capital};
}

static struct point ascii_point(uint32_t c)
{
    if (c >= 'a' && c <= 'z')
        return letter_point((char)c, false);
    if (c >= 'A' && c <= 'Z')
        return letter_point((char)(c + 32), true);
    if (c >= '0' && c <= '9')
        return letter_point((char)c, false);
    switch (c) {
    case '\'':
    case '`':
    case '"':
    case '*':
    case '_':
    case '~':
    case '^': return (struct point){.kind = POINT_QUOTE};
    case '.':
    case '!':
    case ';':
    case '\n':
    case '\r': return (struct point){.kind = POINT_HARD};
    case '?': return (struct point){.kind = POINT_ASK};
    case ',':
    case ':':
    case '(':
    case ')':
    case '[':
    case ']': return (struct point){.kind = POINT_SOFT};
    case '#': return (struct point){.kind = POINT_HASH};
    default: return (struct point){.kind = POINT_SPACE};
    }
}

/* Blocks in which the alphabet stands in order, upper case first where there are two. */
static bool alphabet_point(uint32_t c, struct point *ret_point)
{
    if (c >= 0x1D400 && c <= 0x1D6A3) { /* mathematical letters, 52 to a style */
        uint32_t place = (c - 0x1D400) % 52;
        *ret_point = letter_point((char)('a' + place % 26), place < 26);
        return true;
    }
    if (c >= 0x1D7CE && c <= 0x1D7FF) {
        *ret_point = letter_point((char)('0' + (c - 0x1D7CE) % 10), false);
        return true;
    }
    if (c >= 0x24B6 && c <= 0x24E9) { /* letters in circles */
        uint32_t place = c - 0x24B6;
        *ret_point = letter_point((char)('a' + place % 26), place < 26);
        return true;
    }
    static const uint32_t singles[] = {0x249C, 0x1F110, 0x1F130, 0x1F150, 0x1F170, 0x1F1E6};
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
        if (c >= singles[i] && c < singles[i] + 26) {
            *ret_point = letter_point((char)('a' + (c - singles[i])), true);
            return true;
        }
    }
    return false;
}

static struct point classify(uint32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E) /* full width */
        c -= 0xFEE0;
    if (c == 0x2019 || c == 0x02BC)
        c = '\'';
    if (c < 0x80)
        return ascii_point(c);
    if (c >= 0xC0 && c <= 0x17F && latin[c - 0xC0] != '*')
        return letter_point(latin[c - 0xC0], c <= 0xDE);
    for (size_t i = 0; i < sizeof alikes / sizeof *alikes; i++) {
        if (alikes[i].point == c)
            return letter_point(alikes[i].letter, false);
    }
    struct point point;
    if (alphabet_point(c, &point))
        return point;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last)
            return (struct point){.kind = ranges[i].kind};
    }
    return (struct point){.kind = POINT_OTHER_SCRIPT};
}

struct folding {
    struct reply_text reply;
    struct token current;
    size_t len;       /* letters in `current` */
    size_t capitals;  /* of them */
    enum bound bound; /* seen since the last token */
    size_t sentence;  /* first token of the sentence at hand */
    size_t marks;     /* question marks in all */
    bool dash;        /* the last thing seen was " -" */
};

static void token_end(struct folding *folding)
{
    if (folding->len == 0)
        return;
    struct token *token = &folding->current;
    token->before = folding->reply.count == 0 ? BOUND_HARD : folding->bound;
    token->loud = folding->len >= 2 && folding->capitals == folding->len;
    token->word = WORD_UNKNOWN;
    if (folding->reply.count < folding->reply.room)
        folding->reply.tokens[folding->reply.count++] = *token;
    else
        folding->reply.cut = true;
    folding->current = (struct token){0};
    folding->len = folding->capitals = 0;
    folding->bound = BOUND_NONE;
}

static void add_letter(struct folding *folding, const struct point *point)
{
    struct token *token = &folding->current;
    if (folding->len == 0)
        token->capital = point->capital;
    if (point->capital)
        folding->capitals++;
    if (folding->len < TRIAGE_WORD_BYTES_MAX)
        token->text[folding->len] = point->letters[0];
    folding->len++;
}

static void add_bound(struct folding *folding, enum bound bound)
{
    token_end(folding);
    if (bound > folding->bound)
        folding->bound = bound;
    if (bound == BOUND_HARD)
        folding->sentence = folding->reply.count;
}

static void add_word(struct folding *folding, const char *word)
{
    token_end(folding);
    for (; *word != 0; word++)
        add_letter(folding, &(struct point){.kind = POINT_LETTER, .letters = {*word}});
    token_end(folding);
}

/* Symbols that stand for a letter inside a word: $top, un$ubscribe, m@il. */
static char letter_of_sign(uint32_t c, bool inside, char next)
{
    bool before_letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    if (c == '$' && before_letter)
        return 's';
    if (c == '@' && inside && before_letter)
        return 'a';
    return 0;
}

static void add_point(struct folding *folding, uint32_t c, const char *rest, const char *end)
{
    char next = rest < end ? *rest : 0;
    char letter = letter_of_sign(c, folding->len > 0, next);
    struct point point = letter != 0 ? letter_point(letter, false) : classify(c);
    bool dash = c == '-' && (folding->len == 0 || next == ' ');
    switch (point.kind) {
    case POINT_DROP:
    case POINT_QUOTE: break;
    case POINT_LETTER: add_letter(folding, &point); break;
    case POINT_SPACE:
        token_end(folding);
        if (dash)
            add_bound(folding, BOUND_SOFT);
        if (c == '&')
            add_word(folding, "and");
        break;
    case POINT_HASH:
        token_end(folding);
        if (next < '0' || next > '9')
            add_word(folding, "number");
        break;
    case POINT_SOFT: add_bound(folding, BOUND_SOFT); break;
    case POINT_ASK:
        token_end(folding);
        folding->marks++;
        for (size_t i = folding->sentence; i < folding->reply.count; i++)
            folding->reply.tokens[i].asked = true;
        add_bound(folding, BOUND_HARD);
        break;
    case POINT_HARD: add_bound(folding, BOUND_HARD); break;
    case POINT_JOY:
        folding->reply.joy++;
        add_bound(folding, BOUND_SOFT);
        break;
    case POINT_INSULT:
    case POINT_ANGER:
        folding->reply.insults += point.kind == POINT_INSULT;
        folding->reply.anger++;
        add_bound(folding, BOUND_SOFT);
        break;
    case POINT_STOP_SIGN:
        folding->reply.stop_signs++;
        add_bound(folding, BOUND_SOFT);
        break;
    case POINT_OTHER_SCRIPT:
        add_letter(folding, &(struct point){.kind = POINT_LETTER, .letters = {'_'}});
        break;
    }
}

struct reply_text fold_text(struct arena *request, const char *text)
{
    assert(sizeof latin == 0x180 - 0xC0 + 1);
    size_t len = strlen(text);
    struct folding folding = {.bound = BOUND_HARD};
    if (len > TRIAGE_TEXT_BYTES_MAX) {
        len = TRIAGE_TEXT_BYTES_MAX;
        folding.reply.cut = true;
    }
    size_t room = len + 8; /* '&' and '#' become a word each; words run together become several */
    if (room > TRIAGE_TOKENS_MAX)
        room = TRIAGE_TOKENS_MAX;
    folding.reply.room = room;
    folding.reply.tokens = ARENA_NEW(request, struct token, room);
    const char *cursor = text, *end = text + len;
    while (cursor < end) {
        uint32_t c = utf8_next(&cursor, end);
        add_point(&folding, c, cursor, end);
    }
    token_end(&folding);
    folding.reply.question_marks_only = folding.reply.count == 0 && folding.marks > 0;
    return folding.reply;
}
