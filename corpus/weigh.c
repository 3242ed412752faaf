/* weigh.c: how much a text of the corpus counts, in learning and in calibration (learn.h).
 *
 * The writers of the corpus were asked to be hard to read, and wrote most about what is dangerous.
 * Everyday replies are shorter, about one thing, and about all things alike: a text counts as much
 * more as texts like it are commoner there than here; in learning the root of that, since a rare
 * text still teaches words. */
#include <math.h>
#include <string.h>

#include "learn.h"

enum { LENGTHS = 7 };

/* Replies of so many words are so much commoner in everyday mail than in the corpus. */
static const struct {
    size_t words_most;
    float times;
} lengths[LENGTHS] = {
    {2, 0.9F}, {4, 1.3F}, {6, 1.9F}, {8, 1.3F}, {11, 0.8F}, {15, 0.5F}, {SIZE_MAX, 0.35F}};

/* What is in the name of a file whose writers were not asked to be hard to read. */
static const char everyday[] = "-many-people.";

static const float several_times = 0.6F, everyday_times = 2.5F, weight_least = 0.2F,
                   weight_most = 8;

static size_t count_words(const char *text)
{
    size_t words = 0;
    for (const char *c = text; *c != 0; c++)
        words += *c != ' ' && (c == text || c[-1] == ' ');
    return words;
}

static size_t count_labels(const struct example *example)
{
    size_t count = 0;
    for (size_t label = 0; label < TRIAGE_LABEL_MAX; label++)
        count += example->truth >> label & 1;
    return count;
}

static float length_times(const struct example *example)
{
    size_t step = 0, words = count_words(example->text);
    while (words > lengths[step].words_most)
        step++;
    return lengths[step].times * (count_labels(example) > 1 ? several_times : 1);
}

/* A label that the corpus has twice as often as another counts half as much. */
static float label_times(const struct example *example, const float *label_sums, float mean)
{
    float times = 0, labels = 0;
    for (size_t label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (example->truth >> label & 1) {
            times += mean / label_sums[label];
            labels++;
        }
    }
    return labels > 0 ? times / labels : 1;
}

static float sum_labels(const struct corpus *corpus, float ret_sums[TRIAGE_LABEL_MAX])
{
    float all = 0;
    for (size_t i = 0; i < corpus->count; i++) {
        const struct example *example = &corpus->examples[i];
        for (size_t label = 0; label < TRIAGE_LABEL_MAX && !example->phrase; label++) {
            float weight = example->truth >> label & 1 ? length_times(example) : 0;
            ret_sums[label] += weight;
            all += weight;
        }
    }
    return all;
}

void corpus_weigh(struct corpus *corpus)
{
    float label_sums[TRIAGE_LABEL_MAX] = {0}, sum = 0, replies = 0;
    float mean = sum_labels(corpus, label_sums) / TRIAGE_LABEL_MAX;
    for (size_t i = 0; i < corpus->count; i++) {
        struct example *example = &corpus->examples[i];
        float weight = length_times(example) * label_times(example, label_sums, mean)
            * (strstr(example->file, everyday) == NULL ? 1 : everyday_times);
        example->weight = example->phrase ? 1 : fminf(fmaxf(weight, weight_least), weight_most);
        sum += example->phrase ? 0 : example->weight;
        replies += !example->phrase;
    }
    for (size_t i = 0; i < corpus->count; i++) {
        struct example *example = &corpus->examples[i];
        example->weight *= example->phrase ? 1 : replies / sum;
        example->pull = sqrtf(example->weight);
    }
}
