/* spell.c: tokens -> words of the grammar.
 * Joins what was spelt apart ("S T O P", "un subscribe"), splits what was run together
 * ("stoptexting"), reads digits as letters ("st0p"), takes out repeated letters ("stoppp") and
 * mends near misspellings ("sotp", "unsubcribe"; "edn" where it is all that is said). Only words
 * that a grammar file marks with ~, or there those of class `alone`, are ever a correction's
 * result, and a word that the grammar knows is never corrected. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "triage/triage_int.h"

enum {
    WORD_JOINED_MAX = 14, /* letters of the longest command, "desuscribirme", and one */
    JOIN_TOKENS_MAX = 14, /* "u n s u b s c r i b e" and a few */
    RUN_SHORTEST = 7,     /* a shorter word run together is more likely a word we do not know */
    RUN_PARTS_MAX = 5,
    PHONE_DIGITS_MIN = 7
};

static uint16_t word_find_n(const char *text, size_t len)
{
    size_t low = 0, high = grammar_all.word_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *word = grammar_all.words[middle].text;
        int order = strncmp(text, word, len);
        if (order == 0 && word[len] != 0)
            order = -1;
        if (order == 0)
            return (uint16_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return WORD_UNKNOWN;
}

static uint16_t word_find(const char *text)
{
    return word_find_n(text, strlen(text));
}

static bool word_has_class(uint16_t word, uint16_t class_index)
{
    return word != WORD_UNKNOWN
        && (grammar_all.words[word].classes[class_index / 64] >> class_index % 64 & 1) != 0;
}

static bool word_is_command(uint16_t word)
{
    return word_has_class(word, grammar_all.class_command);
}

bool spell_has_class(const struct token *token, uint16_t class_index)
{
    return (token->classes[class_index / 64] >> class_index % 64 & 1) != 0;
}

static void token_add_look(struct token *token, enum look look)
{
    token->classes[0] |= 1ULL << look;
}

/* A copy in which no letter stands more than `run_max` times in a row. */
static void squeeze(const char *text, size_t run_max, char *ret_text)
{
    size_t out = 0, run = 0;
    for (size_t i = 0; text[i] != 0; i++) {
        run = i > 0 && text[i] == text[i - 1] ? run + 1 : 1;
        if (run <= run_max)
            ret_text[out++] = text[i];
    }
    ret_text[out] = 0;
}

static bool has_digit(const char *text)
{
    return strpbrk(text, "0123456789") != NULL;
}

static bool has_letter(const char *text)
{
    return strspn(text, "0123456789") < strlen(text);
}

/* 0 -> o and so on; 1 is tried as i and as l. */
static uint16_t find_as_letters(const char *text)
{
    static const char digits[] = "0134579", first[] = "oieastg", second[] = "oleastg";
    uint16_t word = WORD_UNKNOWN;
    for (int turn = 0; turn < 2 && word == WORD_UNKNOWN; turn++) {
        char copy[TRIAGE_WORD_BYTES_MAX + 1] = {0};
        for (size_t i = 0; text[i] != 0; i++) {
            const char *digit = strchr(digits, text[i]);
            copy[i] = digit == NULL ? text[i] : (turn == 0 ? first : second)[digit - digits];
        }
        word = word_find(copy);
    }
    return word != WORD_UNKNOWN && grammar_all.words[word].near ? word : WORD_UNKNOWN;
}

/* "stop1", "2stop": a command with a digit that slipped in. */
static uint16_t find_beside_digits(const char *text)
{
    size_t start = strspn(text, "0123456789");
    size_t len = strcspn(text + start, "0123456789");
    if (strspn(text + start + len, "0123456789") != strlen(text + start + len))
        return WORD_UNKNOWN;
    uint16_t word = word_find_n(text + start, len);
    return word_is_command(word) ? word : WORD_UNKNOWN;
}

/* "3pm", "10am", "5ish", "2nd", "14th", "6p". */
static bool is_clock(const char *text)
{
    static const char *const endings[] = {
        "am", "pm", "a", "p", "ish", "st", "nd", "rd", "th", "hrs"};
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; digits > 0 && i < sizeof endings / sizeof *endings; i++) {
        if (strcmp(text + digits, endings[i]) == 0)
            return true;
    }
    return false;
}

/* Letters that lie beside each other on a phone's keyboard. */
static bool beside(char a, char b)
{
    static const char *const rows[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm"};
    for (size_t row = 0; row < 3; row++) {
        const char *at = strchr(rows[row], a);
        if (at == NULL)
            continue;
        ptrdiff_t column = at - rows[row];
        for (size_t other = row > 0 ? row - 1 : 0; other < 3 && other <= row + 1; other++) {
            const char *hit = strchr(rows[other], b);
            if (hit != NULL && hit - rows[other] >= column - 1 && hit - rows[other] <= column + 1)
                return true;
        }
    }
    return false;
}

/* Two keys hit beside the right ones: "stio" for stop. */
static bool slipped_keys(const char *text, const char *word)
{
    size_t slips = 0;
    for (size_t i = 0; text[i] != 0 && word[i] != 0; i++) {
        if (text[i] == word[i])
            continue;
        if (!beside(text[i], word[i]))
            return false;
        slips++;
    }
    return slips <= 2 && text[0] == word[0];
}

/* The same letters in another order behind the same first one: "sopt". */
static bool shuffled(const char *text, const char *word)
{
    int counts[26] = {0};
    for (size_t i = 0; text[i] != 0 && word[i] != 0; i++) {
        if (text[i] < 'a' || text[i] > 'z')
            return false;
        counts[text[i] - 'a']++;
        counts[word[i] - 'a']--;
    }
    for (size_t i = 0; i < 26; i++) {
        if (counts[i] != 0)
            return false;
    }
    return text[0] == word[0];
}

/* How far `text` may be from a word of that length, and whether its beginning is believable. */
static bool is_near(const char *text, size_t len, const char *word, size_t *ret_distance)
{
    size_t word_len = strlen(word);
    if (word_len < 4 || len < 3 || len + 2 < word_len || word_len + 2 < len)
        return false;
    if (word_len == 4 && len == 4 && (slipped_keys(text, word) || shuffled(text, word))) {
        *ret_distance = 3;
        return true;
    }
    bool long_word = word_len >= 8 && len >= 7;
    size_t limit = long_word ? 2 : 1;
    size_t distance = text_distance(text, word, limit);
    if (distance > limit)
        return false;
    bool same_start = text[0] == word[0];
    bool swapped = text[0] == word[1] && text[1] == word[0];
    bool slipped = len == word_len && beside(text[0], word[0]) && strcmp(text + 1, word + 1) == 0;
    bool doubled = len == word_len + 1 && strcmp(text + 1, word) == 0 && beside(text[0], word[0]);
    if (!same_start && !swapped && !slipped && !doubled && !long_word)
        return false;
    *ret_distance = distance * 2 + (same_start ? 0 : 1);
    return true;
}

static uint16_t find_near(const char *text)
{
    size_t len = strlen(text), best = SIZE_MAX;
    uint16_t found = WORD_UNKNOWN;
    for (size_t i = 0; i < grammar_all.near_count; i++) {
        uint16_t word = grammar_all.near[i];
        size_t distance;
        if (is_near(text, len, grammar_all.words[word].text, &distance) && distance < best) {
            best = distance;
            found = word;
        }
    }
    return found;
}

static uint16_t find_squeezed(const char *text)
{
    char copy[TRIAGE_WORD_BYTES_MAX + 1];
    squeeze(text, 2, copy);
    bool long_run = strcmp(copy, text) != 0;
    char once[TRIAGE_WORD_BYTES_MAX + 1];
    squeeze(text, 1, once);
    uint16_t word = word_find(once);
    if (word != WORD_UNKNOWN && grammar_all.words[word].near)
        return word;
    uint16_t twice = long_run ? word_find(copy) : WORD_UNKNOWN;
    if (twice != WORD_UNKNOWN)
        return twice;
    return long_run ? word : WORD_UNKNOWN;
}

static void token_set(struct token *token, uint16_t word, bool corrected)
{
    word = grammar_all.words[word].stands_for;
    token->word = word;
    token->corrected = corrected;
    for (size_t i = 0; i < CLASS_WORDS; i++)
        token->classes[i] |= grammar_all.words[word].classes[i];
}

/* "Sarah's", whose mark is gone by now. */
static uint16_t find_owner(const char *text)
{
    size_t len = strlen(text);
    if (len < 4 || text[len - 1] != 's')
        return WORD_UNKNOWN;
    uint16_t word = word_find_n(text, len - 1);
    return word_has_class(word, grammar_all.class_first_name) ? word : WORD_UNKNOWN;
}

static void spell_token(struct token *token)
{
    uint16_t word = word_find(token->text);
    if (word != WORD_UNKNOWN)
        token_set(token, word, false);
    if (!has_letter(token->text)) {
        token_add_look(token, LOOK_DIGITS);
        if (strlen(token->text) >= PHONE_DIGITS_MIN)
            token_add_look(token, LOOK_PHONE_DIGITS);
        return;
    }
    if (word != WORD_UNKNOWN)
        return;
    if (is_clock(token->text)) {
        token_add_look(token, LOOK_CLOCK);
        return;
    }
    if (has_digit(token->text)) {
        word = find_as_letters(token->text);
        if (word == WORD_UNKNOWN)
            word = find_beside_digits(token->text);
    } else {
        word = find_squeezed(token->text);
        if (word == WORD_UNKNOWN)
            word = find_near(token->text);
    }
    if (word == WORD_UNKNOWN)
        word = find_owner(token->text);
    if (word != WORD_UNKNOWN)
        token_set(token, word, true);
    else
        token_add_look(token, LOOK_UNKNOWN);
}

/* "edn", "bja", and nothing else beside courtesies: a word too short or too near to others to be
 * mended inside a sentence. One edit behind a right first letter: letters swapped, doubled or left
 * out, a key beside the right one; the first letter itself by such a key. */
static uint16_t find_alone(const char *text)
{
    size_t len = strlen(text);
    for (uint16_t word = 0; word < grammar_all.word_count && len >= 3; word++) {
        const char *meant = grammar_all.words[word].text;
        if (!word_has_class(word, grammar_all.class_alone) || text_distance(text, meant, 1) > 1)
            continue;
        size_t same = 0, meant_len = strlen(meant);
        while (text[same] == meant[same])
            same++;
        bool other_letter = len == meant_len && strcmp(text + same + 1, meant + same + 1) == 0;
        if (other_letter ? beside(text[same], meant[same]) : same > 0)
            return word;
    }
    return WORD_UNKNOWN;
}

static void spell_alone(struct reply_text *reply)
{
    struct token *unknown = NULL;
    for (size_t i = 0; i < reply->count; i++) {
        struct token *token = &reply->tokens[i];
        if (token->classes[0] >> LOOK_UNKNOWN & 1 && unknown == NULL)
            unknown = token;
        else if (!spell_has_class(token, grammar_all.class_polite))
            return;
    }
    uint16_t word = unknown == NULL ? WORD_UNKNOWN : find_alone(unknown->text);
    if (word == WORD_UNKNOWN)
        return;
    unknown->classes[0] &= ~(1ULL << LOOK_UNKNOWN);
    token_set(unknown, word, true);
}

/* Replaces tokens [from, from + count) by one. */
static void tokens_join(struct reply_text *reply, size_t from, size_t count, uint16_t word)
{
    assert(count >= 2 && from + count <= reply->count);
    struct token *token = &reply->tokens[from];
    for (size_t i = 1; i < count; i++)
        token->loud = token->loud && reply->tokens[from + i].loud;
    memset(token->classes, 0, sizeof token->classes);
    token_set(token, word, true);
    memcpy(token->text, grammar_all.words[word].text, strlen(grammar_all.words[word].text) + 1);
    memmove(token + 1, token + count, (reply->count - from - count) * sizeof *token);
    reply->count -= count - 1;
}

/* "S T O P please", "u-n-s-u-b": a run of single letters that makes a command. */
static void join_letters(struct reply_text *reply)
{
    for (size_t from = 0; from < reply->count; from++) {
        char joined[JOIN_TOKENS_MAX + 1] = {0};
        size_t count = 0;
        while (from + count < reply->count && count < JOIN_TOKENS_MAX
            && strlen(reply->tokens[from + count].text) == 1) {
            joined[count] = reply->tokens[from + count].text[0];
            count++;
        }
        for (size_t len = count; len >= 3; len--) {
            uint16_t word = word_find_n(joined, len);
            if (word_is_command(word)) {
                reply->tokens[from].loud = reply->tokens[from].capital;
                tokens_join(reply, from, len, word);
                break;
            }
        }
    }
}

/* "st op", "UN SUBSCRIBE", "can cel": a whole message that makes a command when run together. */
static void join_message(struct reply_text *reply)
{
    if (reply->count < 2 || reply->count > 4)
        return;
    char joined[WORD_JOINED_MAX + 1] = {0};
    size_t len = 0;
    for (size_t i = 0; i < reply->count; i++) {
        size_t more = strlen(reply->tokens[i].text);
        if (len + more > WORD_JOINED_MAX)
            return;
        memcpy(joined + len, reply->tokens[i].text, more);
        len += more;
    }
    uint16_t word = word_find(joined);
    if (word_is_command(word))
        tokens_join(reply, 0, reply->count, word);
}

static bool merge_fits(
    const struct reply_text *reply, size_t from, const struct grammar_merge *merge)
{
    if (from + merge->count > reply->count)
        return false;
    for (size_t i = 0; i < merge->count; i++) {
        const struct token *token = &reply->tokens[from + i];
        if (token->word != grammar_all.merge_words[merge->first + i])
            return false;
        if (i > 0 && token->before != BOUND_NONE)
            return false;
    }
    return true;
}

static void merge_tokens(struct reply_text *reply)
{
    for (size_t from = 0; from < reply->count; from++) {
        if (reply->tokens[from].word == WORD_UNKNOWN)
            continue;
        for (size_t i = 0; i < grammar_all.merge_count; i++) {
            const struct grammar_merge *merge = &grammar_all.merges[i];
            if (merge_fits(reply, from, merge)) {
                tokens_join(reply, from, merge->count, merge->result);
                i = (size_t)-1; /* what was made may be the beginning of a longer one */
            }
        }
    }
}

/* Fewest known words that make up text, the first of them such as a run begins with. */
static size_t split_word(const char *text, uint16_t parts[RUN_PARTS_MAX])
{
    size_t len = strlen(text);
    uint8_t fewest[TRIAGE_WORD_BYTES_MAX + 1] = {0};
    uint16_t last[TRIAGE_WORD_BYTES_MAX + 1] = {0};
    for (size_t until = 2; until <= len; until++) {
        for (size_t from = 0; from + 2 <= until; from++) {
            uint16_t word = from == 0 || fewest[from] > 0 ? word_find_n(text + from, until - from)
                                                          : WORD_UNKNOWN;
            uint8_t count = (uint8_t)(fewest[from] + 1);
            if (word != WORD_UNKNOWN && (fewest[until] == 0 || count < fewest[until])) {
                fewest[until] = count;
                last[until] = word;
            }
        }
    }
    size_t count = fewest[len];
    if (count < 2 || count > RUN_PARTS_MAX)
        return 0;
    for (size_t part = count, at = len; part > 0; part--) {
        parts[part - 1] = last[at];
        at -= strlen(grammar_all.words[last[at]].text);
    }
    return word_has_class(parts[0], grammar_all.class_run_start) ? count : 0;
}

/* "stoptexting" -> "stop", "texting". Done while there is room for more tokens. */
static void split_runs(struct reply_text *reply, size_t room)
{
    for (size_t i = 0; i < reply->count; i++) {
        struct token *token = &reply->tokens[i];
        uint16_t parts[RUN_PARTS_MAX];
        bool unknown = token->classes[0] >> LOOK_UNKNOWN & 1;
        if (!unknown || strlen(token->text) < RUN_SHORTEST)
            continue;
        size_t count = split_word(token->text, parts);
        if (count == 0 || reply->count + count - 1 > room)
            continue;
        memmove(token + count, token + 1, (reply->count - i - 1) * sizeof *token);
        reply->count += count - 1;
        struct token whole = *token;
        whole.classes[0] &= ~(1ULL << LOOK_UNKNOWN);
        for (size_t part = 0; part < count; part++) {
            token[part] = whole;
            token[part].before = part == 0 ? whole.before : BOUND_NONE;
            token_set(&token[part], parts[part], true);
            const char *text = grammar_all.words[parts[part]].text;
            memcpy(token[part].text, text, strlen(text) + 1);
        }
        i += count - 1;
    }
}

static void add_looks(struct reply_text *reply, const char *prior_name)
{
    bool quiet = false; /* some word is not all in capitals */
    for (size_t i = 0; i < reply->count; i++)
        quiet = quiet || (!reply->tokens[i].loud && strlen(reply->tokens[i].text) > 1);
    for (size_t i = 0; i < reply->count; i++) {
        struct token *token = &reply->tokens[i];
        if (reply->joy > 0)
            token_add_look(token, LOOK_JOY);
        if (token->loud && quiet)
            token_add_look(token, LOOK_LOUD);
        if (token->capital && !token->loud && token->before == BOUND_NONE)
            token_add_look(token, LOOK_CAPITAL);
        if (*prior_name != 0 && strcmp(token->text, prior_name) == 0)
            token_add_look(token, LOOK_PRIOR_NAME);
    }
}

void spell_tokens(struct reply_text *reply, const char *prior_name)
{
    size_t room = reply->count + RUN_PARTS_MAX;
    if (room > reply->room)
        room = reply->room;
    join_letters(reply);
    for (size_t i = 0; i < reply->count; i++) {
        if (reply->tokens[i].word == WORD_UNKNOWN)
            spell_token(&reply->tokens[i]);
    }
    split_runs(reply, room);
    merge_tokens(reply);
    join_message(reply);
    spell_alone(reply);
    add_looks(reply, prior_name);
}
