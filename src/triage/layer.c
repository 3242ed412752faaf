/* layer.c: a layer laid over the model (layer.h). */
#include "triage/layer.h"

#include <math.h>

#include "triage/layer_int.h"

/* Odds: e to this power is the factor. Enough to settle a doubt, not to silence an alarm. */
static const float quieter_most = 1.0F, change_most = 8.0F;

bool layer__looks_at(enum feature_group group)
{
    return group == FEATURE_WORDS || group == FEATURE_PRIOR;
}

float layer__value(size_t count, enum feature_group group)
{
    return count == 0 ? 0 : feature_weights[group] / sqrtf((float)count);
}

bool layer__is_guarded(enum model_head head)
{
    return head == (enum model_head)TRIAGE_LABEL_CLINICAL_URGENT
        || head == (enum model_head)TRIAGE_LABEL_OPT_OUT
        || head == (enum model_head)TRIAGE_LABEL_WRONG_NUMBER || head == HEAD_EMERGENCY
        || head == HEAD_SAME_DAY || head == HEAD_ESCALATE;
}

float layer__bounded(enum model_head head, float change)
{
    const float least = layer__is_guarded(head) ? -quieter_most : -change_most;
    return fminf(fmaxf(change, least), change_most);
}

static size_t row_of(const struct triage_layer *layer, uint32_t key)
{
    size_t from = 0, until = layer->count;
    while (from < until) {
        const size_t middle = from + (until - from) / 2;
        if (layer->keys[middle] == key)
            return middle;
        if (layer->keys[middle] < key)
            from = middle + 1;
        else
            until = middle;
    }
    return SIZE_MAX;
}

void layer__add(
    const struct triage_layer *layer, const struct model_features *features, float *odds)
{
    float change[HEAD_MAX] = {0};
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
        if (!layer__looks_at(group))
            continue;
        const float value = layer__value(features->count[group], group);
        for (size_t i = 0; i < features->count[group]; i++) {
            const size_t row = row_of(layer, features->keys[group][i]);
            for (size_t h = 0; row != SIZE_MAX && h < HEAD_USED; h++)
                change[h] += value * layer->scale * (float)layer->weights[row][h];
        }
    }
    for (size_t h = 0; h < HEAD_USED; h++)
        odds[h] += layer__bounded((enum model_head)h, layer->strength * change[h]);
}
