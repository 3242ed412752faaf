/* features.c: a message -> the keys of what the learned layer looks at (model_int.h). */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "triage/model_int.h"

enum {
    HASH_PRIME = 16777619,
    LETTER_RUN_MIN = 2,
    LETTER_RUN_MAX = 5,
    CLASS_REACH = 3,
    OPTION_BEFORE = 3,
    OPTION_AFTER = 4,
    OPTION_ANSWER_MAX = 12,
    PRIOR_TOKENS_MAX = 80
};

const float feature_weights[FEATURE_GROUP_MAX] = {
    [FEATURE_LETTERS] = 1.0F,
    [FEATURE_WORDS] = 1.0F,
    [FEATURE_CLASSES] = 1.0F,
    [FEATURE_PRIOR] = 0.7F,
};

static const uint32_t hash_start = 2166136261U;

static uint32_t hash_bytes(uint32_t hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * HASH_PRIME;
    return hash;
}

static uint32_t hash_text(uint32_t hash, const char *text)
{
    return hash_bytes(hash, text, strlen(text));
}

static uint32_t hash_number(uint32_t hash, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        hash = (hash ^ (number >> 8 * i & 0xFF)) * HASH_PRIME;
    return hash;
}

static uint32_t key_of(char kind, uint32_t a, uint32_t b)
{
    uint32_t hash = hash_number(hash_number((hash_start ^ (unsigned char)kind) * HASH_PRIME, a), b);
    hash ^= hash >> 15;
    hash *= 0x85EBCA6BU;
    hash ^= hash >> 13;
    return hash == 0 ? 1 : hash;
}

static void add_feature(
    struct model_features *features, enum feature_group group, char kind, uint32_t a, uint32_t b)
{
    if (features->count[group] == features->room[group])
        return;
    uint32_t key = key_of(kind, a, b);
    size_t slot = key % FEATURES_SEEN;
    while (features->seen[slot] != 0 && features->seen[slot] != key)
        slot = (slot + 1) % FEATURES_SEEN;
    if (features->seen[slot] == key)
        return;
    features->seen[slot] = key;
    features->keys[group][features->count[group]++] = key;
}

/* The words of a message in a row, a blank before and after each, a dot where a clause ends. */
static size_t letters_of(const struct reply_text *reply, size_t count, char *ret_letters)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        const struct token *token = &reply->tokens[i];
        size_t more = strlen(token->text);
        if (len + more + 4 > MODEL_LETTERS_MAX)
            break;
        if (i > 0 && token->before == BOUND_HARD)
            ret_letters[len++] = '.';
        ret_letters[len++] = ' ';
        for (size_t j = 0; j < more; j++) {
            char c = token->text[j];
            ret_letters[len++] = c >= '0' && c <= '9' ? '0' : c;
        }
    }
    ret_letters[len++] = ' ';
    return len;
}

static void add_letter_runs(struct model_features *features, const char *letters, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint32_t hash = hash_start;
        for (size_t run = 1; run <= LETTER_RUN_MAX && i + run <= len; run++) {
            hash = hash_bytes(hash, letters + i + run - 1, 1);
            if (run >= LETTER_RUN_MIN)
                add_feature(features, FEATURE_LETTERS, 'l', hash, (uint32_t)run);
        }
    }
}

static bool has_digit(const char *text)
{
    return strpbrk(text, "0123456789") != NULL;
}

/* A known word by its name, so that spellings of one word fall together; a number by its look. */
static uint32_t word_hash(const struct token *token)
{
    if (token->word != WORD_UNKNOWN) {
        const struct grammar_word *word = &grammar_all.words[token->word];
        return hash_text(hash_start, grammar_all.words[word->stands_for].text);
    }
    if (!has_digit(token->text))
        return hash_text(hash_start, token->text);
    uint32_t hash = hash_start;
    for (const char *c = token->text; *c != 0; c++)
        hash = hash_bytes(hash, *c >= '0' && *c <= '9' ? "0" : c, 1);
    return hash;
}

uint32_t features_word_key(const struct token *token)
{
    return key_of('w', word_hash(token), 0);
}

uint32_t features_pair_key(const struct token *token)
{
    return key_of('b', word_hash(token - 1), word_hash(token));
}

/* How a word sounds, roughly, in English or Spanish: its consonants, those that are mistaken for
 * one another as one, so that "apointmint" and "appointment" fall together. */
static char sound_of(const char *at)
{
    switch (*at) {
    case 'c': return at[1] == 'e' || at[1] == 'i' ? 's' : 'k';
    case 'q': return 'k';
    case 'z': return 's';
    case 'v': return 'b';
    case 'p': return at[1] == 'h' ? 'f' : 'p';
    case 'g': return at[1] == 'h' ? 0 : 'g';
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
    case 'y':
    case 'w':
    case 'h': return 0;
    default: return *at;
    }
}

static void add_sound(struct model_features *features, const struct token *token)
{
    const char *text = token->word == WORD_UNKNOWN
        ? token->text
        : grammar_all.words[grammar_all.words[token->word].stands_for].text;
    char sounds[TRIAGE_WORD_BYTES_MAX + 2];
    size_t len = 0;
    if (has_digit(text))
        return;
    if (*text != 0 && strchr("aeiou", *text) != NULL)
        sounds[len++] = 'a';
    for (const char *c = text; *c != 0; c++) {
        char sound = sound_of(c);
        bool silent = sound == 'g' && c[1] == 0 && len > 0 && sounds[len - 1] == 'n';
        if (sound != 0 && !silent && (len == 0 || sounds[len - 1] != sound))
            sounds[len++] = sound;
    }
    if (len > 2)
        add_feature(features, FEATURE_WORDS, 'h', hash_bytes(hash_start, sounds, len), 0);
}

static void add_words(struct model_features *features, const struct reply_text *reply, size_t count)
{
    static const uint32_t edge = 7;
    for (size_t i = 0; i < count; i++) {
        const struct token *token = &reply->tokens[i];
        uint32_t word = word_hash(token);
        bool first = i == 0 || token->before == BOUND_HARD;
        bool last = i + 1 == reply->count || reply->tokens[i + 1].before == BOUND_HARD;
        uint32_t before = first ? edge : word_hash(token - 1);
        add_feature(features, FEATURE_WORDS, 'w', word, 0);
        add_sound(features, token);
        add_feature(features, FEATURE_WORDS, 'b', before, word);
        if (last)
            add_feature(features, FEATURE_WORDS, 'b', word, edge);
        if (i >= 2)
            add_feature(features, FEATURE_WORDS, 's', word_hash(token - 2), word);
        if (i >= 2 && !first)
            add_feature(
                features, FEATURE_WORDS, 't', hash_number(word_hash(token - 2), before), word);
        if (i >= 3)
            add_feature(features, FEATURE_WORDS, 'S', word_hash(token - 3), word);
    }
}

static void add_class_pairs(
    struct model_features *features, const struct token *left, const struct token *right, char kind)
{
    for (uint16_t a = 0; a < grammar_all.class_count; a++) {
        if (!spell_has_class(left, a))
            continue;
        for (uint16_t b = 0; b < grammar_all.class_count; b++) {
            if (spell_has_class(right, b))
                add_feature(features, FEATURE_CLASSES, kind, grammar_all.class_hashes[a],
                    grammar_all.class_hashes[b]);
        }
    }
}

static void add_classes(
    struct model_features *features, const struct reply_text *reply, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct token *token = &reply->tokens[i];
        for (uint16_t class_index = 0; class_index < grammar_all.class_count; class_index++) {
            if (spell_has_class(token, class_index))
                add_feature(
                    features, FEATURE_CLASSES, 'c', grammar_all.class_hashes[class_index], 0);
        }
        for (size_t back = 1; back <= CLASS_REACH && back <= i; back++) {
            if (reply->tokens[i - back + 1].before == BOUND_HARD)
                break;
            add_class_pairs(features, token - back, token, back == 1 ? 'p' : 'P');
        }
    }
}

/* How long it is, how it is shouted and asked, which rules have spoken. */
static void add_looks(
    struct model_features *features, const struct reply_text *reply, const struct hits *hits)
{
    static const size_t steps[] = {0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 30, 50};
    uint32_t step = 0;
    while (step + 1 < sizeof steps / sizeof *steps && reply->count > steps[step])
        step++;
    add_feature(features, FEATURE_CLASSES, 'n', step, 0);
    bool asked = reply->question_marks_only;
    for (size_t i = 0; i < reply->count; i++)
        asked = asked || reply->tokens[i].asked;
    add_feature(features, FEATURE_CLASSES, '?', asked, reply->question_marks_only);
    add_feature(features, FEATURE_CLASSES, 'j', reply->joy > 0, reply->anger > 0);
    add_feature(features, FEATURE_CLASSES, 'g', reply->stop_signs > 0, reply->count == 0);
    for (size_t i = 0; i < hits->count; i++) {
        const struct grammar_rule *rule = hits->list[i].rule;
        add_feature(features, FEATURE_CLASSES, 'r', hash_text(hash_start, rule->name), rule->kind);
        add_feature(features, FEATURE_CLASSES, 'k', rule->kind, (uint32_t)(rule->label + 1));
    }
}

/* What was asked, alone and beside the words of a short answer. */
static void add_prior(struct model_features *features, const struct reply_text *reply,
    const struct prior_sense *prior, const struct answer_sense *answer)
{
    const bool senses[] = {prior->text.count == 0, prior->keep_or_pause, prior->opted_out,
        prior->appointment, prior->offer, prior->slots, prior->checkin, prior->form, prior->missed,
        prior->leave};
    add_feature(features, FEATURE_PRIOR, 'A', answer->chosen, 0);
    add_feature(features, FEATURE_PRIOR, 'L', answer->leaning, 0);
    for (uint32_t s = 0; s < sizeof senses / sizeof *senses; s++) {
        if (!senses[s])
            continue;
        add_feature(features, FEATURE_PRIOR, 'q', s, 0);
        for (size_t i = 0; i < reply->count && reply->count <= 8; i++) {
            const struct token *token = &reply->tokens[i];
            add_feature(features, FEATURE_PRIOR, 'Q', s, word_hash(token));
            if (reply->count <= 3)
                add_feature(features, FEATURE_PRIOR, 'z', s,
                    hash_number(word_hash(token), (uint32_t)reply->count));
            for (uint16_t c = 0; c < grammar_all.class_count && reply->count <= 4; c++) {
                if (spell_has_class(token, c))
                    add_feature(features, FEATURE_PRIOR, 'C', s, grammar_all.class_hashes[c]);
            }
        }
    }
}

/* "2" to "1 to keep, 2 to pause": what stands around an answer's word in the question. */
static void add_option(
    struct model_features *features, const struct reply_text *prior, size_t at, bool whole_answer)
{
    for (size_t i = at < OPTION_BEFORE ? 0 : at - OPTION_BEFORE;
         i < prior->count && i <= at + OPTION_AFTER; i++) {
        if (i == at)
            continue;
        uint32_t word = word_hash(&prior->tokens[i]), side = i > at;
        add_feature(features, FEATURE_PRIOR, 'V', word, side);
        add_feature(features, FEATURE_PRIOR, 'W', word, (uint32_t)(i + OPTION_BEFORE - at));
        add_feature(features, FEATURE_PRIOR, 'X', word, side + 2 * whole_answer);
    }
}

static void add_prior_words(
    struct model_features *features, const struct reply_text *reply, const struct reply_text *prior)
{
    for (size_t i = 0; i < prior->count && i < PRIOR_TOKENS_MAX; i++) {
        add_feature(features, FEATURE_PRIOR, 'm', word_hash(&prior->tokens[i]), 0);
        for (size_t j = 0; j < reply->count && j < 3 && reply->count <= OPTION_ANSWER_MAX; j++) {
            if (strcmp(reply->tokens[j].text, prior->tokens[i].text) == 0)
                add_option(features, prior, i, reply->count == 1);
        }
    }
}

struct model_features *features_read(struct arena *request, const struct reply_text *reply,
    const struct hits *hits, const struct prior_sense *prior, const struct answer_sense *answer)
{
    static const size_t rooms[FEATURE_GROUP_MAX] = {[FEATURE_LETTERS] = 4 * MODEL_LETTERS_MAX,
        [FEATURE_WORDS] = 7 * MODEL_TOKENS_MAX,
        [FEATURE_CLASSES] = 6000,
        [FEATURE_PRIOR] = 1600};
    static_assert(4 * MODEL_LETTERS_MAX + 7 * MODEL_TOKENS_MAX + 6000 + 1600 < FEATURES_SEEN,
        "each feature must find a free slot");
    struct model_features *features = ARENA_NEW(request, struct model_features, 1);
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
        features->room[group] = rooms[group];
        features->keys[group] = ARENA_NEW(request, uint32_t, rooms[group]);
    }
    char letters[MODEL_LETTERS_MAX];
    size_t count = reply->count < MODEL_TOKENS_MAX ? reply->count : MODEL_TOKENS_MAX;
    add_looks(features, reply, hits);
    add_prior(features, reply, prior, answer);
    add_prior_words(features, reply, &prior->text);
    add_words(features, reply, count);
    add_classes(features, reply, count);
    add_letter_runs(features, letters, letters_of(reply, count, letters));
    stop_signs(reply, hits, prior, answer, features->signs);
    sequence_read(reply, &features->said);
    sequence_read(&prior->text, &features->asked);
    return features;
}
