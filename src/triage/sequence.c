/* sequence.c: the words of a message in their order, and what the learned filters find in them
 * (model_int.h). Whole numbers up to what the filters find: the same on every machine. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "triage/model_int.h"

enum { RUN_SHORTEST = 3, RUN_LONGEST = 5, TOKENS_READ = 56 };

static_assert(
    (SEQUENCE_REACH * SEQUENCE_SIZE) * (2LL * INT8_MAX * SEQUENCE_STEPS) * SEQUENCE_FILTER_MAX
        < INT32_MAX,
    "what a filter finds must not overflow");

static uint32_t hash_letters(const char *text, size_t len)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619U;
    hash = (hash ^ hash >> 15) * 0x85EBCA6BU;
    return hash ^ hash >> 13;
}

/* `edge`: '<', or '-' before a symptom that is denied. */
static void add_word(struct sequence *sequence, char edge, const char *text)
{
    if (sequence->count == SEQUENCE_WORDS_MAX)
        return;
    struct sequence_word *word = &sequence->words[sequence->count++];
    char edged[TRIAGE_WORD_BYTES_MAX + 3];
    size_t len = (size_t)snprintf(edged, sizeof edged, "%c%s>", edge, text);
    word->key = hash_letters(edged, len);
    for (size_t i = 0; i < len; i++)
        edged[i] = edged[i] >= '0' && edged[i] <= '9' ? '0' : edged[i];
    word->run_count = 0;
    for (size_t run = RUN_SHORTEST; run <= RUN_LONGEST; run++) {
        for (size_t i = 0; i + run <= len && word->run_count < SEQUENCE_WORD_RUNS_MAX; i++)
            word->runs[word->run_count++] =
                (uint16_t)(hash_letters(edged + i, run) % SEQUENCE_RUNS);
    }
}

void sequence_read(const struct reply_text *reply, struct sequence *ret_sequence)
{
    ret_sequence->count = 0;
    size_t count = reply->count < TOKENS_READ ? reply->count : TOKENS_READ;
    for (size_t i = 0; i < count && ret_sequence->count < TOKENS_READ; i++) {
        const struct token *token = &reply->tokens[i];
        if (i > 0 && token->before == BOUND_HARD)
            add_word(ret_sequence, '<', token[-1].asked ? "?" : ".");
        bool mended = token->corrected && token->word != WORD_UNKNOWN;
        add_word(ret_sequence, token->denied ? '-' : '<',
            mended ? grammar_all.words[token->word].text : token->text);
    }
    if (count > 0 && reply->tokens[count - 1].asked)
        add_word(ret_sequence, '<', "?");
    if (reply->joy > 0)
        add_word(ret_sequence, '<', ":joy");
    if (reply->anger > 0)
        add_word(ret_sequence, '<', ":anger");
    if (reply->insults > 0)
        add_word(ret_sequence, '<', ":insult");
    if (reply->stop_signs > 0)
        add_word(ret_sequence, '<', ":stop");
}

static const int8_t *known_word(const struct model_sequence *model, uint32_t key)
{
    size_t low = 0, high = SEQUENCE_KNOWN;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (model->keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < SEQUENCE_KNOWN && model->keys[low] == key ? model->known[low] : NULL;
}

static void put_word(const struct model_sequence *model, const struct sequence_word *word,
    int16_t *restrict ret_numbers)
{
    int32_t sums[SEQUENCE_SIZE] = {0};
    for (size_t i = 0; i < word->run_count; i++) {
        const int8_t *run = model->runs[word->runs[i]];
        for (size_t n = 0; n < SEQUENCE_SIZE; n++)
            sums[n] += run[n];
    }
    const int8_t *known = known_word(model, word->key);
    int32_t runs = word->run_count == 0 ? 1 : word->run_count;
    for (size_t n = 0; n < SEQUENCE_SIZE; n++) {
        int32_t own = known == NULL ? 0 : known[n];
        ret_numbers[n] = (int16_t)(SEQUENCE_STEPS * own + SEQUENCE_STEPS * sums[n] / runs);
    }
}

static int32_t product_of(const int16_t *restrict a, const int16_t *restrict b)
{
    int32_t sum = 0;
    for (size_t i = 0; i < SEQUENCE_REACH * SEQUENCE_SIZE; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Filters [from, until) over one message; a filter that finds nothing anywhere says 0. */
static void find(const struct model_sequence *model, const struct sequence *sequence, size_t from,
    size_t until, float *ret_found)
{
    int16_t numbers[(SEQUENCE_WORDS_MAX + SEQUENCE_REACH - 1) * SEQUENCE_SIZE] = {0};
    for (size_t i = 0; i < sequence->count; i++)
        put_word(model, &sequence->words[i], numbers + (i + SEQUENCE_REACH / 2) * SEQUENCE_SIZE);
    for (size_t filter = from; filter < until; filter++) {
        int32_t most = INT32_MIN;
        for (size_t i = 0; i < sequence->count; i++) {
            int32_t here = product_of(numbers + i * SEQUENCE_SIZE, model->filters[filter]);
            most = here > most ? here : most;
        }
        float found = model->filter_bias[filter] + model->filter_scale[filter] * (float)most;
        ret_found[filter] = sequence->count > 0 && found > 0 ? found : 0;
    }
}

void sequence_odds(const struct model_sequence *model, const struct sequence *said,
    const struct sequence *asked, float *ret_odds)
{
    float found[SEQUENCE_FOUND], units[SEQUENCE_UNITS];
    find(model, said, 0, SEQUENCE_SAID, found);
    find(model, asked, SEQUENCE_SAID, SEQUENCE_FOUND, found);
    memcpy(units, model->unit_bias, sizeof units);
    memcpy(ret_odds, model->out_bias, sizeof(float) * HEAD_MAX);
    for (size_t f = 0; f < SEQUENCE_FOUND; f++) {
        for (size_t u = 0; u < SEQUENCE_UNITS && found[f] > 0; u++)
            units[u] += found[f] * model->units[f][u];
        for (size_t h = 0; h < HEAD_MAX && found[f] > 0; h++)
            ret_odds[h] += found[f] * model->found_out[f][h];
    }
    for (size_t u = 0; u < SEQUENCE_UNITS; u++) {
        float unit = units[u] * (units[u] > 0 ? 1 : NET_LEAK);
        for (size_t h = 0; h < HEAD_MAX; h++)
            ret_odds[h] += unit * model->unit_out[u][h];
    }
    model_rival(ret_odds);
}
