/* layer_int.h: what the files of the layer share (layer.h). */
#ifndef PERENNIAL_TRIAGE_LAYER_INT_H
#define PERENNIAL_TRIAGE_LAYER_INT_H

#include "triage/layer.h"
#include "triage/model_int.h"

enum { LAYER_KEYS_MAX = 20000 };

/* Rows lie in the order of their keys. odds += strength * scale * sum of the rows' weights, a group
 * of features counting alike however many of them have a row. */
struct triage_layer {
    size_t count;
    const uint32_t *keys;
    const int8_t (*weights)[HEAD_MAX];
    float scale, strength;
};

/* The groups that a layer looks at: words and what was asked. Runs of letters and classes of words
 * reach too far beyond what was corrected. */
bool layer__looks_at(enum feature_group group);
/* What each feature of a group counts. */
float layer__value(size_t count, enum feature_group group);
bool layer__is_guarded(enum model_head head); /* safety hangs on it */
/* What a layer may take from the odds of a question on which safety hangs. */
float layer__bounded(enum model_head head, float change);
void layer__add(
    const struct triage_layer *layer, const struct model_features *features, float *odds);

/* learn_layer.c: NULL where no lesson has a word. */
struct triage_layer *layer__learn(struct arena *arena, const struct triage_lesson *lessons,
    size_t count, const struct triage_lesson *review, size_t review_count);

/* triage.c: odds of a message without a layer, and its features. */
struct model_features *triage__features(
    struct arena *request, const char *text, const char *prior, float *ret_odds);

#endif
