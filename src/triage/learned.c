/* learned.c: a second opinion on wordings that no rule knows, from weights learned off line.
 * The features are the words and classes that the grammar has found, alone and in pairs, hashed
 * into a small table. The opinion can only raise a message to "unsure"; it never takes a stop
 * away. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "triage/learned_int.h"

enum { HASH_PRIME = 16777619, PAIR_REACH = 3 };

static const uint32_t hash_start = 2166136261u;

static uint32_t hash_text(uint32_t hash, const char *text)
{
    for (; *text != 0; text++)
        hash = (hash ^ (unsigned char)*text) * HASH_PRIME;
    return hash;
}

static uint32_t hash_number(uint32_t hash, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        hash = (hash ^ (number >> 8 * i & 0xFF)) * HASH_PRIME;
    return hash;
}

static void add_feature(struct learned_features *features, char kind, uint32_t a, uint32_t b)
{
    uint32_t hash = hash_number(hash_number((hash_start ^ (unsigned char)kind) * HASH_PRIME, a), b);
    hash ^= hash >> 15;
    uint16_t bucket = (uint16_t)(hash % LEARNED_BUCKETS);
    if (features->seen[bucket / 8] >> bucket % 8 & 1)
        return;
    features->seen[bucket / 8] |= (uint8_t)(1 << bucket % 8);
    features->list[features->count++] = bucket;
}

static uint32_t word_hash(const struct token *token)
{
    uint32_t hash = hash_number(hash_start, token->hidden);
    if (spell_has_class(token, LOOK_DIGITS))
        return hash_text(hash, "0");
    return hash_text(hash, token->word == WORD_UNKNOWN ? "?" : grammar_all.words[token->word].text);
}

static void add_class_pairs(struct learned_features *features, const struct token *left,
    const struct token *right, bool near)
{
    for (uint16_t a = 0; a < grammar_all.class_count; a++) {
        if (!spell_has_class(left, a))
            continue;
        for (uint16_t b = 0; b < grammar_all.class_count; b++) {
            if (spell_has_class(right, b))
                add_feature(features, near ? 'p' : 'P',
                    grammar_all.class_hashes[a] + left->hidden,
                    grammar_all.class_hashes[b] + right->hidden);
        }
    }
}

static void add_token(struct learned_features *features, const struct reply_text *reply, size_t i)
{
    const struct token *token = &reply->tokens[i];
    uint32_t word = word_hash(token);
    bool first = i == 0 || token->before != BOUND_NONE;
    bool last = i + 1 == reply->count || reply->tokens[i + 1].before != BOUND_NONE;
    add_feature(features, 'w', word, 0);
    add_feature(features, 'b', first ? 0 : word_hash(token - 1), word);
    if (last)
        add_feature(features, 'b', word, 0);
    if (!first && i > 1 && token[-1].before == BOUND_NONE)
        add_feature(features, 's', word_hash(token - 2), word);
    for (uint16_t class_index = 0; class_index < grammar_all.class_count; class_index++) {
        if (spell_has_class(token, class_index))
            add_feature(features, 'c', grammar_all.class_hashes[class_index], token->hidden);
    }
    for (size_t back = 1; back <= PAIR_REACH && back <= i; back++) {
        if (reply->tokens[i - back + 1].before == BOUND_HARD)
            break;
        add_class_pairs(features, token - back, token, back == 1);
    }
}

void learned_read_features(const struct reply_text *reply, const struct hits *hits,
    struct learned_features *ret_features)
{
    memset(ret_features, 0, sizeof *ret_features);
    for (size_t i = 0; i < hits->count; i++) {
        enum rule_kind kind = (enum rule_kind)hits->list[i].rule->kind;
        if (kind == RULE_MASK || kind == RULE_KEEP || kind == RULE_START)
            add_feature(ret_features, 'r', hash_text(hash_start, hits->list[i].rule->name), 0);
    }
    size_t count = reply->count < LEARNED_TOKENS_MAX ? reply->count : LEARNED_TOKENS_MAX;
    for (size_t i = 0; i < count; i++)
        add_token(ret_features, reply, i);
}

double learned_stop(const struct reply_text *reply, const struct hits *hits)
{
    struct learned_features features;
    learned_read_features(reply, hits, &features);
    if (features.count == 0)
        return 0;
    int64_t sum = 0;
    for (size_t i = 0; i < features.count; i++)
        sum += learned_all.weights[features.list[i]];
    double odds = (double)sum * learned_all.scale / sqrt((double)features.count) + learned_all.bias;
    return round(100 / (1 + exp(-odds))) / 100;
}
