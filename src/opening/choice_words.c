/* choice_words.c: bytes -> words -> items: what each word or phrase stands for. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "opening/choice_int.h"

enum { YEAR_FIRST = 2020, YEAR_LAST = 2059 }; /* as an hour nobody writes them so */

static bool is_among(const char *list, const char *word)
{
    char padded[CHOICE_WORD_MAX + 3];
    size_t len = strlen(word);
    assert(len <= CHOICE_WORD_MAX);
    padded[0] = ' ';
    memcpy(padded + 1, word, len);
    padded[len + 1] = ' ';
    padded[len + 2] = 0;
    return strstr(list, padded) != NULL;
}

/* ---- words ---- */

struct word {
    char text[CHOICE_WORD_MAX + 1];
    struct item item; /* of a number or a sign, which is no phrase; ITEM_KIND_MAX: letters */
};

struct words {
    struct word list[CHOICE_ITEMS_MAX];
    size_t count;
    bool full, asked;
};

static struct word *add_word(struct words *words, enum item_kind kind)
{
    if (words->count == CHOICE_ITEMS_MAX) {
        words->full = true;
        return &words->list[CHOICE_ITEMS_MAX - 1];
    }
    struct word *word = &words->list[words->count++];
    *word = (struct word){.item = {.kind = kind}};
    return word;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static const char *read_digits(const char *at, int *ret_value, int *ret_digits)
{
    int value = 0, digits = 0;
    for (; is_digit(*at); at++, digits++)
        value = digits < 5 ? value * 10 + (*at - '0') : value;
    *ret_value = value;
    *ret_digits = digits;
    return at;
}

static bool take_suffix(const char **at, const char *suffix)
{
    size_t len = strlen(suffix);
    if (strncmp(*at, suffix, len) != 0 || is_letter((*at)[len]) || is_digit((*at)[len]))
        return false;
    *at += len;
    return true;
}

/* "10", "10:30", "430", "2nd", "3ish", "3pm", "6/20". What is none of these is unknown. */
static const char *read_number(struct words *words, const char *at)
{
    bool leading_zero = *at == '0';
    int value, digits, more, more_digits;
    at = read_digits(at, &value, &digits);
    struct item *item = &add_word(words, ITEM_NUMBER)->item;
    *item = (struct item){.kind = ITEM_NUMBER, .value = value, .until = -1};
    bool year = digits == 4 && value >= YEAR_FIRST && value <= YEAR_LAST;
    if (digits > 4)
        item->kind = ITEM_UNKNOWN;
    if ((*at == ':' || *at == '/') && is_digit(at[1])) {
        bool slash = *at == '/';
        at = read_digits(at + 1, &more, &more_digits);
        item->slash = slash;
        *(slash ? &item->from : &item->until) = more;
        bool shaped = slash ? more_digits <= 2 && digits <= 2 && *at != '/'
                            : more_digits == 2 && more < 60 && value < 24;
        if (!shaped)
            item->kind = ITEM_UNKNOWN;
        item->half_known = !slash && (value >= 13 || value == 0);
    } else if (digits == 3 && (text_starts(at, " day") || text_starts(at, " dia"))) {
        return at; /* "in 120 days" */
    } else if (digits >= 3) {
        item->until = value % 100;
        item->value = value / 100;
        item->run = true;
        item->half_known = leading_zero || item->value >= 13;
        if (item->until > 59 || item->value > 23)
            item->kind = ITEM_UNKNOWN;
    }
    if (year && item->run && !is_letter(*at) && strncmp(at, " pm", 3) && strncmp(at, " p.m", 4)) {
        item->kind = ITEM_YEAR;
        item->value = value;
    } else if (take_suffix(&at, "st") || take_suffix(&at, "nd") || take_suffix(&at, "rd")
        || take_suffix(&at, "th"))
        item->ordinal = true;
    else if (take_suffix(&at, "ish"))
        item->ish = true;
    else if (take_suffix(&at, "pm") || take_suffix(&at, "p"))
        add_word(words, ITEM_PM);
    else if (take_suffix(&at, "am"))
        add_word(words, ITEM_AM);
    else if (is_letter(*at))
        item->kind = ITEM_UNKNOWN;
    return at;
}

static const char *read_letters(struct words *words, const char *at)
{
    struct word *word = add_word(words, ITEM_KIND_MAX);
    size_t len = 0;
    for (; is_letter(*at) || (*at == '\'' && is_letter(at[1])); at++) {
        if (*at != '\'' && len < CHOICE_WORD_MAX)
            word->text[len++] = *at;
    }
    word->text[len] = 0;
    return at;
}

static void add_sign(struct words *words, const char *at, const char *start)
{
    switch (*at) {
    case '?':
        words->asked = true;
        add_word(words, ITEM_STOP);
        break;
    case ',': add_word(words, ITEM_COMMA); break;
    case ';':
    case '.':
    case '!':
    case '\n': add_word(words, ITEM_STOP); break;
    case '/': add_word(words, ITEM_OR); break;
    case '&':
    case '+': add_word(words, ITEM_AND); break;
    case '#': add_word(words, ITEM_MARK); break;
    case '-': add_word(words, at > start ? ITEM_TO : ITEM_COMMA); break;
    case ' ':
    case '\t':
    case '\r':
    case '\'':
    case '"':
    case ':':
    case '(':
    case ')': break;
    default: add_word(words, ITEM_UNKNOWN); break;
    }
}

/* Signs beyond ASCII: quotes and dashes have a twin, pictures say nothing about a time, letters of
 * other alphabets are words that nobody here knows. */
static const char *read_wide(struct words *words, const char *at, const char *end)
{
    uint32_t point = utf8_next(&at, end);
    if (point == 0x2013 || point == 0x2014)
        add_word(words, ITEM_TO);
    else if (point < 0x2010 && point != 0xA1 && point != 0xBF && point != 0xA0)
        add_word(words, ITEM_UNKNOWN);
    else if (point >= 0x2C00 && point < 0xFE00)
        add_word(words, ITEM_UNKNOWN);
    return at;
}

static void read_words(const char *text, struct words *words)
{
    const char *end = text + strlen(text), *at = text;
    while (at < end && !words->full) {
        bool dotted = (*at == 'a' || *at == 'p') && strncmp(at + 1, ".m.", 3) == 0;
        if (dotted) {
            add_word(words, *at == 'p' ? ITEM_PM : ITEM_AM);
            at += 4;
        } else if (text_starts(at, "dr.") || text_starts(at, "dra.")) {
            at = read_letters(words, at) + 1;
        } else if (is_letter(*at)) {
            at = read_letters(words, at);
        } else if (is_digit(*at)) {
            at = read_number(words, at);
        } else if ((unsigned char)*at >= 0x80) {
            at = read_wide(words, at, end);
        } else {
            add_sign(words, at, text);
            at++;
        }
    }
}

/* ---- phrases ---- */

/* How many words the phrase, which ends at `|` or at the text's end, takes here; 0: it is another
 * one. */
static size_t phrase_fits(const struct words *words, size_t from, const char *phrase)
{
    size_t taken = 0;
    while (*phrase && *phrase != '|') {
        size_t len = strcspn(phrase, " |");
        if (from + taken == words->count)
            return 0;
        const struct word *word = &words->list[from + taken];
        if (word->item.kind != ITEM_KIND_MAX || strlen(word->text) != len
            || strncmp(word->text, phrase, len) != 0)
            return 0;
        taken++;
        phrase += len;
        phrase += *phrase == ' ';
    }
    return taken;
}

/* The longest phrase that fits; NULL when none takes more than `taken` words. */
static const struct choice_phrase *find_phrase(
    const struct choice_phrase *list, const struct words *words, size_t from, size_t *taken)
{
    const struct choice_phrase *best = NULL;
    for (const struct choice_phrase *at = list; at->words; at++) {
        for (const char *words_at = at->words; words_at;) {
            size_t fits = phrase_fits(words, from, words_at);
            if (fits > *taken) {
                best = at;
                *taken = fits;
            }
            words_at = strchr(words_at, '|');
            words_at += words_at != NULL;
        }
    }
    return best;
}

static struct item item_of(const struct choice_phrase *phrase)
{
    struct item item = {.kind = phrase->kind, .value = phrase->value, .plural = phrase->plural};
    if (phrase->kind == ITEM_PART) {
        item.from = phrase->value;
        item.until = phrase->until;
    }
    if (phrase->kind == ITEM_NUMBER) {
        item.until = phrase->until;
        item.half_known = phrase->value == 12;
    }
    return item;
}

/* A word of one provider's name alone. */
static int provider_named(const struct schedule *schedule, const char *word)
{
    int found = SCHEDULE_NOBODY;
    size_t len = strlen(word);
    if (len < 3)
        return found;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    for (size_t i = 0; i < schedule->provider_count; i++) {
        const char *name = text_fold(&scratch, schedule->providers[i].name);
        for (const char *at = strstr(name, word); at; at = strstr(at + 1, word)) {
            bool whole = (at == name || !is_letter(at[-1])) && !is_letter(at[len]);
            if (whole && found != SCHEDULE_NOBODY && found != (int)i)
                return SCHEDULE_NOBODY;
            if (whole)
                found = (int)i;
        }
    }
    return found;
}

static bool is_date_number(const struct words *words, size_t at)
{
    if (at >= words->count)
        return false;
    const struct item *item = &words->list[at].item;
    enum item_kind half = at + 1 < words->count ? words->list[at + 1].item.kind : ITEM_STOP;
    return item->kind == ITEM_NUMBER && item->until < 0 && half != ITEM_PM && half != ITEM_AM;
}

static bool is_month(const struct schedule *schedule, const struct words *words, size_t at)
{
    size_t taken = 0;
    const struct choice_phrase *english = find_phrase(choice_english, words, at, &taken);
    const struct choice_phrase *other = find_phrase(choice_spanish, words, at, &taken);
    const struct choice_phrase *phrase = other ? other : english;
    return phrase && phrase->kind == ITEM_MONTH
        && (!schedule || provider_named(schedule, words->list[at].text) == SCHEDULE_NOBODY);
}

/* "april to june", "june or april": the other end of a range, or the other one of two. */
static bool is_paired(const struct schedule *schedule, const struct words *words, size_t at)
{
    static const char to[] = " to through thru until till a al hasta ", list[] = " and or y o ";
    for (int side = 0; side < 2; side++) {
        if (side == 0 ? at < 2 : at + 2 >= words->count)
            continue;
        const struct word *link = &words->list[side == 0 ? at - 1 : at + 1];
        size_t other = side == 0 ? at - 2 : at + 2;
        bool ranged = link->item.kind == ITEM_TO || is_among(to, link->text);
        if ((ranged && is_month(NULL, words, other))
            || (is_among(list, link->text) && is_month(schedule, words, other)))
            return true;
    }
    return false;
}

/* "in the summer", "después de reyes", "20 de abril", "june 20". */
static bool is_led_to(const struct words *words, size_t at)
{
    size_t before = at;
    if (before > 0 && is_among(" the of de del el la ", words->list[before - 1].text))
        before--;
    if (is_date_number(words, at + 1) || (before > 0 && is_date_number(words, before - 1)))
        return true;
    return (at > 0 && text_is(words->list[at - 1].text, "the"))
        || (before > 0
            && is_among(" in until till til by this next early mid late before after during over"
                        " en hasta este esta proximo proxima antes despues durante principios"
                        " mediados finales ",
                words->list[before - 1].text));
}

/* "can I see Dr Reyes?", "is April in?": somebody's name, and no time. */
static bool is_name(const struct schedule *schedule, const struct words *words, size_t at,
    const struct choice_phrase *phrase)
{
    enum item_kind kind = phrase->kind;
    bool titled = at > 0 && is_among(" dr dra doctor doctora ", words->list[at - 1].text);
    bool dated = kind == ITEM_MONTH || kind == ITEM_SEASON || kind == ITEM_FEAST;
    if ((!titled && !dated) || is_led_to(words, at)
        || (kind == ITEM_MONTH && is_paired(schedule, words, at)))
        return false;
    return (kind == ITEM_FEAST && phrase->value == CHOICE_FEAST_OF_KINGS)
        || provider_named(schedule, words->list[at].text) != SCHEDULE_NOBODY;
}

/* How many words of what the visit is for stand here; the last may go on: "relax" is "relaxer". */
static size_t thing_fits(
    const struct choice_question *question, const struct words *words, size_t from)
{
    size_t most = 0;
    for (size_t i = 0; i < question->thing_count; i++) {
        const char *thing = question->things[i];
        size_t taken = 0;
        bool fits = *thing != 0;
        while (fits && *thing) {
            size_t len = strcspn(thing, " ");
            const struct word *word = &words->list[from + taken];
            fits = from + taken < words->count && word->item.kind == ITEM_KIND_MAX
                && strncmp(word->text, thing, len) == 0 && (!thing[len] || !word->text[len]);
            thing += len + (thing[len] == ' ');
            taken++;
        }
        most = fits && taken > most ? taken : most;
    }
    return most;
}

static struct item word_item(
    const struct schedule *schedule, const struct word *word, bool *ret_spanish)
{
    int provider = provider_named(schedule, word->text);
    if (provider != SCHEDULE_NOBODY)
        return (struct item){.kind = ITEM_PROVIDER, .value = provider};
    if (is_among(choice_fillers_english, word->text))
        return (struct item){.kind = ITEM_FILLER};
    if (is_among(choice_fillers_spanish, word->text)) {
        *ret_spanish = true;
        return (struct item){.kind = ITEM_FILLER};
    }
    return (struct item){.kind = ITEM_UNKNOWN};
}

bool choice__items(
    const struct choice_question *question, const char *text, struct items *ret_items)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct words words = {.count = 0};
    struct items *items = ret_items;
    *items = (struct items){.count = 0};
    if (strlen(text) > CHOICE_BYTES_MAX)
        return false;
    read_words(text_fold(&scratch, text), &words);
    items->asked = words.asked;
    for (size_t i = 0; i < words.count;) {
        size_t taken = 0;
        const struct word *word = &words.list[i];
        const struct choice_phrase *phrase = find_phrase(choice_english, &words, i, &taken);
        const struct choice_phrase *other = find_phrase(choice_spanish, &words, i, &taken);
        const struct choice_phrase *meant = other ? other : phrase;
        size_t thing = thing_fits(question, &words, i);
        struct item *item = &items->list[items->count++];
        if (meant && taken == 1 && is_name(question->schedule, &words, i, meant))
            meant = other = NULL;
        items->spanish = items->spanish || (other && other->kind != ITEM_TO);
        if (thing > taken) {
            *item = (struct item){.kind = ITEM_FILLER};
            taken = thing;
        } else if (word->item.kind != ITEM_KIND_MAX)
            *item = word->item;
        else if (meant)
            *item = item_of(meant);
        else
            *item = word_item(question->schedule, word, &items->spanish);
        i += taken ? taken : 1;
    }
    return !words.full;
}
