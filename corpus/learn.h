/* learn.h: how the weights of the learned layer come from labelled texts.
 *
 * Logistic regression for all heads at once, by stochastic gradient descent. Only sums, products
 * and roots in a fixed order: the same corpus, grammar and compiler give the same bytes.
 *
 * Calling sequence: corpus_init -> corpus_read* -> learn_weights -> learn_quantise. */
#ifndef PERENNIAL_CORPUS_LEARN_H
#define PERENNIAL_CORPUS_LEARN_H

#include <stdio.h>

#include "triage/model_int.h"

enum { EXAMPLES_MAX = 100000, WRITERS_MAX = 2000, FILES_MAX = 4000, FOLDS_MAX = 12 };

struct example {
    uint32_t *buckets[FEATURE_GROUP_MAX];
    uint32_t count[FEATURE_GROUP_MAX];
    uint64_t truth, active; /* a bit a head: the answer, and whether this text teaches it */
    const char *file, *text, *prior;
    uint32_t line;
    uint16_t writer;           /* index of corpus.writers */
    bool phrase;               /* of a list of phrases: read without a prior, by the policy */
    enum triage_optout optout; /* of a phrase */
    enum triage_route route;   /* of a reply */
    enum triage_urgency urgency;
};

struct corpus {
    struct arena *boot;
    struct example *examples;
    size_t count;
    const char **writers;
    uint16_t writer_count;
    const char **files; /* all that were read, for the build */
    size_t file_count;
};

struct weights {
    float (*cells)[HEAD_MAX]; /* MODEL_BUCKETS of them */
    float bias[HEAD_MAX];
};

/* odds' = slope * odds + shift: what the odds of unseen writers were worth. */
struct calibration {
    float slope[HEAD_MAX], shift[HEAD_MAX];
};

/* read_corpus.c */
void corpus_init(struct arena *boot, struct corpus *corpus);
/* A file or a folder of them: WRITER-THEME.tsv of corpus/replies, or phrase<TAB>expected. False:
 * says why on stderr. */
bool corpus_read(struct corpus *corpus, const char *path);

/* learn.c. Learns from the examples whose writer's fold is not `fold_held`; -1: from all. */
void learn_weights(struct arena *boot, const struct corpus *corpus, int fold_held, int folds,
    struct weights *ret_weights);
int learn_fold(const struct corpus *corpus, const struct example *example, int folds);
void learn_score(const struct weights *weights, const struct example *example, float *ret_odds);
/* `table` holds MODEL_BUCKETS rows and is overwritten. */
void learn_quantise(const struct weights *weights, const struct calibration *calibration,
    struct model_table *table);

/* calibrate.c */
void calibration_fit(struct arena *boot, const struct corpus *corpus, int folds,
    struct calibration *ret_calibration);
bool calibration_read(const char *path, struct calibration *ret_calibration);
void calibration_print(const struct calibration *calibration);

/* measure.c: reads every text with a model that has not seen its writer; `shows` prints each error.
 * Returns false where a figure is below the ratchet file's. */
bool measure_held_out(struct arena *boot, const struct corpus *corpus,
    const struct calibration *calibration, int folds, bool shows, const char *ratchet_path);
/* Reads `test` with a model of `corpus`. */
void measure_test(struct arena *boot, const struct corpus *corpus, const struct corpus *test,
    const struct calibration *calibration, bool shows);

#endif
