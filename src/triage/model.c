/* model.c: features x weights -> how likely each head says yes (model_int.h). */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "triage/model_int.h"

enum { WHY_WORDS = 2, ROWS_AT_ONCE = 256, HALVES_AT_ONCE = 16 };

/* (1 + x/1024)^1024 in place of the library's exp, whose last bit differs between machines; of
 * 0..30. */
static float power_of_e(float x)
{
    float e = 1 + x / 1024;
    for (int i = 0; i < 10; i++)
        e *= e;
    return e;
}

float model_likely(float odds)
{
    float x = odds < -30 ? -30 : odds > 30 ? 30 : odds;
    float e = power_of_e(fabsf(x));
    return x > 0 ? e / (1 + e) : 1 / (1 + e);
}

/* The logarithm by its series, for the same reason. */
static float logarithm_of(float x)
{
    int doublings;
    float part = frexpf(x, &doublings), r = (part - 0.75F) / (part + 0.75F), square = r * r;
    float series = r * (2 + square * (0.6666667F + square * (0.4F + square * 0.2857143F)));
    return (float)doublings * 0.6931472F - 0.2876821F + series;
}

bool model_is_rival(size_t head)
{
    return head < TRIAGE_LABEL_MAX && head != TRIAGE_LABEL_OPT_OUT
        && head != TRIAGE_LABEL_CLINICAL_URGENT;
}

void model_rival(float *odds)
{
    float most = 0, shares[TRIAGE_LABEL_MAX];
    for (size_t head = 0; head < TRIAGE_LABEL_MAX; head++)
        most = model_is_rival(head) && odds[head] > most ? odds[head] : most;
    float sum = 1 / power_of_e(fminf(most, 30)); /* of the rival "none of these" */
    for (size_t head = 0; head < TRIAGE_LABEL_MAX; head++) {
        shares[head] = 1 / power_of_e(fminf(most - odds[head], 30));
        sum += model_is_rival(head) ? shares[head] : 0;
    }
    for (size_t head = 0; head < TRIAGE_LABEL_MAX; head++) {
        float others = fmaxf(sum - shares[head], sum * 1e-6F);
        if (model_is_rival(head))
            odds[head] = logarithm_of(shares[head] / others);
    }
}

size_t model_row(const struct model_index *index, uint32_t key)
{
    uint16_t rest = (uint16_t)(key & 0xFFFF);
    for (size_t row = index->first[key >> 16]; row < index->first[(key >> 16) + 1]; row++) {
        if (index->rest[row] == rest)
            return row;
    }
    return MODEL_ROWS;
}

/* Sums of bytes over so few rows fit in sixteen bits, which machines add many at a time. */
static void add_weights(
    const struct model_table *model, const uint32_t *rows, size_t count, int32_t *restrict heads)
{
    int16_t sums[HEAD_MAX] = {0};
    for (size_t i = 0; i < count; i++) {
        const int8_t *weights = model->weights[rows[i]];
        for (size_t h = 0; h < HEAD_MAX; h++)
            sums[h] = (int16_t)(sums[h] + weights[h]);
    }
    for (size_t h = 0; h < HEAD_MAX; h++)
        heads[h] += sums[h];
}

/* Sums of half bytes over fewer rows still fit in a byte. */
static void add_units(
    const struct model_table *model, const uint32_t *rows, size_t count, int32_t *restrict units)
{
    for (size_t from = 0; from < count; from += HALVES_AT_ONCE) {
        size_t until = from + HALVES_AT_ONCE < count ? from + HALVES_AT_ONCE : count;
        int32_t zero = UNIT_ZERO * (int32_t)(until - from);
        uint8_t low[NET_UNITS] = {0}, high[NET_UNITS] = {0};
        for (size_t i = from; i < until; i++) {
            const uint8_t *row = model->units[rows[i]];
            for (size_t u = 0; u < NET_UNITS; u++) {
                low[u] = (uint8_t)(low[u] + (row[u] & 15));
                high[u] = (uint8_t)(high[u] + (row[u] >> 4));
            }
        }
        for (size_t u = 0; u < NET_UNITS; u++) {
            units[u] += low[u] - zero;
            units[NET_UNITS + u] += high[u] - zero;
        }
    }
}

static void add_rows(const struct model_table *model, const uint32_t *rows, size_t count,
    int32_t *heads, int32_t *units)
{
    add_weights(model, rows, count, heads);
    add_units(model, rows, count, units);
}

/* What one group of features says to each head and each unit, before their scales. */
static void add_group(const struct model_table *model, const struct model_features *features,
    enum feature_group group, float *heads, float *units)
{
    static_assert(ROWS_AT_ONCE * INT8_MAX < INT16_MAX && HALVES_AT_ONCE * 15 <= UINT8_MAX,
        "sums of rows must not overflow");
    int32_t head_sums[HEAD_MAX] = {0}, unit_sums[UNITS] = {0};
    uint32_t rows[ROWS_AT_ONCE];
    size_t known = 0, waiting = 0;
    for (size_t i = 0; i < features->count[group]; i++) {
        size_t row = model_row(&model->index, features->keys[group][i]);
        if (row == MODEL_ROWS)
            continue;
        known++;
        rows[waiting++] = (uint32_t)row;
        if (waiting == ROWS_AT_ONCE) {
            add_rows(model, rows, waiting, head_sums, unit_sums);
            waiting = 0;
        }
    }
    add_rows(model, rows, waiting, head_sums, unit_sums);
    float value = known == 0 ? 0 : feature_weights[group] / sqrtf((float)known);
    for (size_t h = 0; h < HEAD_MAX; h++)
        heads[h] += value * (float)head_sums[h];
    for (size_t u = 0; u < UNITS; u++)
        units[u] += value * (float)unit_sums[u];
}

void model_odds(
    const struct model_table *model, const struct model_features *features, float *ret_odds)
{
    float units[UNITS] = {0}, net[HEAD_MAX], sequence[HEAD_MAX], *heads = ret_odds;
    memset(heads, 0, sizeof(float) * HEAD_MAX);
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++)
        add_group(model, features, group, heads, units);
    for (size_t h = 0; h < HEAD_MAX; h++)
        heads[h] = model->bias[h] + model->scale[h] * heads[h];
    memcpy(net, model->out_bias, sizeof net);
    for (size_t u = 0; u < UNITS; u++) {
        float unit = model->unit_bias[u] + model->unit_scale[u] * units[u];
        unit *= unit > 0 ? 1 : NET_LEAK;
        for (size_t h = 0; h < HEAD_MAX; h++)
            net[h] += unit * model->out[u][h];
    }
    model_rival(net);
    for (size_t h = 0; h < HEAD_MAX; h++)
        heads[h] += model->out_scale[h] * net[h];
    sequence_odds(&model->sequence, &features->said, &features->asked, sequence);
    for (size_t h = 0; h < HEAD_MAX; h++)
        heads[h] += model->sequence.out_scale[h] * sequence[h];
}

static int key_weight(const struct model_table *model, uint32_t key, enum model_head head)
{
    size_t row = model_row(&model->index, key);
    return row == MODEL_ROWS ? 0 : model->weights[row][head];
}

/* How much a word speaks for the head, alone and with the word before it. */
static int word_weight(const struct model_table *model, const struct reply_text *reply, size_t i,
    enum model_head head, bool *ret_pair)
{
    int alone = key_weight(model, features_word_key(&reply->tokens[i]), head);
    int pair = i == 0 ? 0 : key_weight(model, features_pair_key(&reply->tokens[i]), head);
    *ret_pair = pair > 0;
    return alone + pair;
}

const char *model_why(struct arena *request, const struct model_table *model,
    const struct reply_text *reply, enum model_head head)
{
    const char *why = "";
    size_t taken = SIZE_MAX;
    for (int n = 0; n < WHY_WORDS; n++) {
        int best_weight = 0;
        size_t best = SIZE_MAX;
        bool best_pair = false;
        for (size_t i = 0; i < reply->count && i < MODEL_TOKENS_MAX; i++) {
            bool pair;
            int weight = word_weight(model, reply, i, head, &pair);
            if (weight > best_weight && i != taken && i + 1 != taken) {
                best_weight = weight;
                best = i;
                best_pair = pair;
            }
        }
        if (best == SIZE_MAX)
            break;
        const char *word = reply->tokens[best].text;
        const char *before = best_pair ? reply->tokens[best - 1].text : "";
        why = arena_format(request, "%s%s%s%s%s", why, why[0] == 0 ? "" : ", ", before,
            best_pair ? " " : "", word);
        taken = best;
    }
    return why;
}
