/* train_optout.c: learns src/triage/optout.weights from phrases with their meaning.
 *
 * usage: train_optout CORPUS.tsv > WEIGHTS
 *        train_optout CORPUS.tsv TEST.tsv    measures on TEST instead
 *
 * Logistic regression with a quadratic penalty, by gradient descent over the whole corpus; the same
 * corpus and grammar give the same table. Run it through tools/train-optout. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/learned_int.h"

enum { PHRASES_MAX = 20000, LINE_BYTES_MAX = 4096, ROUNDS = 1000 };

static const double penalty = 0.05, rate = 20;

struct phrase {
    char *text;
    uint16_t *features;
    size_t count;
    bool stop;
};

struct corpus {
    struct phrase *phrases;
    size_t count;
};

static bool read_corpus(struct arena *boot, const char *path, struct corpus *ret_corpus)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    ret_corpus->phrases = ARENA_NEW(boot, struct phrase, PHRASES_MAX);
    ret_corpus->count = 0;
    char line[LINE_BYTES_MAX];
    bool heading = true;
    while (fgets(line, sizeof line, file) != NULL && ret_corpus->count < PHRASES_MAX) {
        char *rest = line, *text = strsep(&rest, "\t\n"), *expected = strsep(&rest, "\t\n");
        if (!heading && expected != NULL) {
            struct phrase *phrase = &ret_corpus->phrases[ret_corpus->count++];
            struct reply_text reply = fold_text(boot, text);
            struct hits hits = {0};
            struct learned_features features;
            spell_tokens(&reply, "");
            match_rules(&reply, RULE_DENY, RULE_TAG, &hits);
            learned_read_features(&reply, &hits, &features);
            *phrase = (struct phrase){.text = arena_text(boot, text), .count = features.count};
            phrase->stop = strcmp(expected, "opt_out") == 0;
            phrase->features = ARENA_NEW(boot, uint16_t, features.count + 1);
            memcpy(phrase->features, features.list, features.count * sizeof(uint16_t));
        }
        heading = false;
    }
    (void)fclose(file);
    return true;
}

static double odds_of(const struct phrase *phrase, const double *weights, double bias)
{
    double sum = 0;
    for (size_t i = 0; i < phrase->count; i++)
        sum += weights[phrase->features[i]];
    return bias + (phrase->count > 0 ? sum / sqrt((double)phrase->count) : 0);
}

static void learn(const struct corpus *corpus, double *weights, double *bias)
{
    static double slope[LEARNED_BUCKETS];
    for (int round = 0; round < ROUNDS; round++) {
        double bias_slope = 0;
        for (size_t i = 0; i < LEARNED_BUCKETS; i++)
            slope[i] = penalty * weights[i];
        for (size_t i = 0; i < corpus->count; i++) {
            const struct phrase *phrase = &corpus->phrases[i];
            double miss = 1 / (1 + exp(-odds_of(phrase, weights, *bias))) - phrase->stop;
            bias_slope += miss;
            for (size_t j = 0; j < phrase->count; j++)
                slope[phrase->features[j]] += miss / sqrt((double)phrase->count);
        }
        double step = rate / (double)corpus->count * 10 / (1 + round / 100.0);
        for (size_t i = 0; i < LEARNED_BUCKETS; i++)
            weights[i] -= step * slope[i];
        *bias -= step * bias_slope;
    }
}

static void print_table(const double *weights, double bias)
{
    double largest = 0;
    for (size_t i = 0; i < LEARNED_BUCKETS; i++)
        largest = fmax(largest, fabs(weights[i]));
    double scale = largest / 127;
    printf("# Made by tools/train-optout: bias, scale, then a byte for each bucket.\n");
    printf("%.6f %.9f\n", bias, scale);
    for (size_t i = 0; i < LEARNED_BUCKETS; i++) {
        int weight = (int)lround(weights[i] / scale);
        printf("%02x%s", (unsigned)weight & 0xFF, i % 48 == 47 ? "\n" : "");
    }
    printf("\n");
}

static void measure(const struct corpus *corpus, const double *weights, double bias)
{
    for (double least = 0.5; least < 0.96; least += 0.1) {
        size_t stops = 0, found = 0, false_alarms = 0;
        for (size_t i = 0; i < corpus->count; i++) {
            const struct phrase *phrase = &corpus->phrases[i];
            bool hit = 1 / (1 + exp(-odds_of(phrase, weights, bias))) >= least;
            stops += phrase->stop;
            found += phrase->stop && hit;
            false_alarms += !phrase->stop && hit;
        }
        printf("at %.1f: %zu of %zu stops found, %zu false alarms in %zu\n", least, found, stops,
            false_alarms, corpus->count - stops);
    }
}

int main(int argc, char **argv)
{
    ARENA struct arena boot;
    arena_init(&boot, 0);
    struct corpus corpus, test;
    static double weights[LEARNED_BUCKETS];
    double bias = 0;
    if (argc < 2 || argc > 3 || !read_corpus(&boot, argv[1], &corpus)) {
        (void)fprintf(stderr, "usage: train_optout CORPUS.tsv [TEST.tsv]\n");
        return 2;
    }
    learn(&corpus, weights, &bias);
    if (argc == 2)
        print_table(weights, bias);
    else if (read_corpus(&boot, argv[2], &test))
        measure(&test, weights, bias);
    return 0;
}
