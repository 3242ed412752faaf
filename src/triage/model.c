/* model.c: features x weights -> how likely each head says yes (model_int.h). */
#include <math.h>
#include <string.h>

#include "triage/model_int.h"

enum { WHY_WORDS = 2 };

/* (1 + x/1024)^1024 in place of the library's exp, whose last bit differs between machines. */
float model_likely(float odds)
{
    float x = odds < -30 ? -30 : odds > 30 ? 30 : odds;
    float e = 1 + fabsf(x) / 1024;
    for (int i = 0; i < 10; i++)
        e *= e;
    return x > 0 ? e / (1 + e) : 1 / (1 + e);
}

void model_read(
    const struct model_table *model, const struct model_features *features, float *ret_likely)
{
    float odds[HEAD_MAX] = {0};
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
        int32_t sums[HEAD_MAX] = {0};
        if (features->count[group] == 0)
            continue;
        for (size_t i = 0; i < features->count[group]; i++) {
            const int8_t *weights = model->weights[features->buckets[group][i]];
            for (size_t h = 0; h < HEAD_MAX; h++)
                sums[h] += weights[h];
        }
        float value = feature_weights[group] / sqrtf((float)features->count[group]);
        for (size_t h = 0; h < HEAD_MAX; h++)
            odds[h] += value * (float)sums[h];
    }
    for (size_t h = 0; h < HEAD_MAX; h++)
        ret_likely[h] = model_likely(model->bias[h] + model->scale[h] * odds[h]);
}

/* How much a word speaks for the head, alone and with the word before it. */
static int word_weight(const struct model_table *model, const struct reply_text *reply, size_t i,
    enum model_head head, bool *ret_pair)
{
    int alone = model->weights[features_word_bucket(&reply->tokens[i])][head];
    int pair = i == 0 ? 0 : model->weights[features_pair_bucket(&reply->tokens[i])][head];
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
