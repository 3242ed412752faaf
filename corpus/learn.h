/* learn.h: how the weights of the learned layer come from labelled texts.
 *
 * Three opinions are learned: logistic regression for all heads at once (learn.c), a net of one
 * hidden layer over the same features (learn_net.c), and filters over the words in their order
 * (learn_sequence.c), all by stochastic gradient descent; the calibration says what each is worth.
 * Only sums, products and roots in a fixed order: the same corpus, grammar and compiler
 * give the same bytes.
 *
 * Calling sequence: corpus_init -> corpus_read* -> corpus_settle -> learn_weights ->
 * learn_quantise. */
#ifndef PERENNIAL_CORPUS_LEARN_H
#define PERENNIAL_CORPUS_LEARN_H

#include <stdio.h>

#include "triage/model_int.h"

enum {
    EXAMPLES_MAX = 100000,
    WRITERS_MAX = 2000,
    FILES_MAX = 4000,
    FOLDS_MAX = 12,
    WORDS_MAX = 1 << 17,
    SIDES = 2
};

/* A word of any message: by its runs of letters, and by itself where several writers used it. */
struct corpus_word {
    struct sequence_word word;
    uint16_t writers, last_writer;
    uint32_t known; /* its row in model_sequence.known, or SEQUENCE_KNOWN */
};

struct example {
    uint32_t *rows[FEATURE_GROUP_MAX]; /* until corpus_settle: keys */
    uint32_t count[FEATURE_GROUP_MAX];
    uint32_t *words[SIDES]; /* what was said, what was asked: indices of corpus.words */
    uint32_t word_count[SIDES];
    float *signs;           /* STOP_SIGNS */
    uint64_t truth, active; /* a bit a head: the answer, and whether this text teaches it */
    const char *file, *text, *prior;
    uint32_t line;
    float weight, pull;        /* in calibration, in learning: weigh.c */
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
    struct model_index index;
    struct corpus_word *words;
    uint32_t *word_slots; /* by key: an index of words, and one more; 0: free */
    uint32_t word_count;
    uint32_t known[SEQUENCE_KNOWN]; /* keys, ascending */
};

struct net {
    float (*units)[NET_UNITS]; /* MODEL_ROWS of them */
    float unit_bias[NET_UNITS];
    float out[NET_UNITS][HEAD_MAX], out_bias[HEAD_MAX];
};

struct sequence_net {
    float (*known)[SEQUENCE_SIZE]; /* SEQUENCE_KNOWN of them */
    float (*runs)[SEQUENCE_SIZE];  /* SEQUENCE_RUNS */
    float filters[SEQUENCE_FOUND][SEQUENCE_REACH * SEQUENCE_SIZE], filter_bias[SEQUENCE_FOUND];
    float units[SEQUENCE_FOUND][SEQUENCE_UNITS], unit_bias[SEQUENCE_UNITS];
    float found_out[SEQUENCE_FOUND][HEAD_MAX], unit_out[SEQUENCE_UNITS][HEAD_MAX];
    float out_bias[HEAD_MAX];
};

struct weights {
    float (*cells)[HEAD_MAX]; /* MODEL_ROWS of them */
    float bias[HEAD_MAX];
    struct net nets[NETS]; /* their mean is the opinion */
    struct sequence_net *sequence;
};

enum opinion { OPINION_LINEAR, OPINION_NET, OPINION_SEQUENCE, OPINION_MAX };

/* odds = sum of slope * opinion, + shift: what the odds of unseen writers were worth. `least` is
 * the likelihood from which yes was best said (the highest F1). */
struct calibration {
    float slope[OPINION_MAX][HEAD_MAX], shift[HEAD_MAX], least[HEAD_MAX];
    struct model_stop stop;
};

/* One text of a writer held back. */
struct stop_lesson {
    float odds[HEAD_MAX], weight;
    const float *signs;
    bool truth;
};

/* read_corpus.c */
void corpus_init(struct arena *boot, struct corpus *corpus);
/* A file or a folder of them: WRITER-THEME.tsv of corpus/replies, or phrase<TAB>expected. False:
 * says why on stderr. */
bool corpus_read(struct corpus *corpus, const char *path);

/* vocabulary.c: after the last corpus_read, before any learning: which features and words count. */
void corpus_settle(struct corpus *corpus);
/* The index of a word, which is new or known. */
uint32_t corpus_word(struct corpus *corpus, const struct sequence_word *word);

/* weigh.c: called by corpus_settle. */
void corpus_weigh(struct corpus *corpus);

/* learn.c. Learns from the examples whose writer's fold is not `fold_held`; -1: from all. */
void learn_weights(struct arena *boot, const struct corpus *corpus, int fold_held, int folds,
    struct weights *ret_weights);
int learn_fold(const struct corpus *corpus, const struct example *example, int folds);
void learn_score(const struct corpus *corpus, const struct weights *weights,
    const struct example *example, float ret_odds[OPINION_MAX][HEAD_MAX]);
float learn_group_value(const struct example *example, enum feature_group group);
/* A fixed shuffle: the order is a matter of the corpus alone. */
void learn_shuffle(uint32_t *order, size_t count, uint32_t seed);
void learn_quantise(const struct corpus *corpus, const struct weights *weights,
    const struct calibration *calibration, struct model_table *ret_table);

/* The next number of a fixed row, 0..1, and -most..most. `chance` is never 0. */
float learn_draw(uint32_t *chance);
float learn_draw_around_zero(uint32_t *chance, float most);
/* Of `count` numbers, a multiple of eight. In lanes, so that the order of the sums is fixed and the
 * machine may still do many at once. */
float learn_product(const float *a, const float *b, size_t count);
/* From odds to how far each head was off. Rivals share one text among them. */
void learn_blame(const struct example *example, float *odds);

/* learn_sequence.c: learns from the examples in `order`, which is shuffled; any thread. */
void sequence_make(struct arena *boot, struct sequence_net *net);
void sequence_learn(
    const struct corpus *corpus, uint32_t *order, size_t count, struct sequence_net *net);
void sequence_score(const struct corpus *corpus, const struct sequence_net *net,
    const struct example *example, float *ret_odds);
void sequence_quantise(const struct corpus *corpus, const struct sequence_net *net,
    const struct calibration *calibration, struct model_sequence *ret_model);

/* learn_net.c: learns from the examples in `order`, which is shuffled. Nets of other `seed`s learn
 * in another order and from other beginnings. */
void net_learn(struct arena *boot, const struct corpus *corpus, uint32_t *order, size_t count,
    uint32_t seed, struct net *ret_net);
/* The mean of all nets' opinions. */
void net_score(const struct net *nets, const struct example *example, float *ret_odds);

/* learn_stop.c: `order` is 0 .. count - 1 and comes back shuffled. */
void stop_learn(
    const struct stop_lesson *lessons, size_t count, uint32_t *order, struct model_stop *ret_net);

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
/* Reads `sealed` with a model that is learned already; never shows a text. False: a goal is missed.
 */
bool measure_sealed(
    const struct model_table *model, const struct corpus *sealed, const char *goals_path);

#endif
