/* learned_int.h: the learned second opinion: its features, and the table that corpus/train_optout.c
 * makes of corpus/optout.tsv (src/triage/optout.weights). */
#ifndef PERENNIAL_TRIAGE_LEARNED_INT_H
#define PERENNIAL_TRIAGE_LEARNED_INT_H

#include "triage/triage_int.h"

enum {
    LEARNED_BUCKETS = 8192,   /* a bigger table was no better on lists it had not seen */
    LEARNED_TOKENS_MAX = 120, /* longer messages say what they want early or to a person */
};

struct learned_features {
    uint16_t list[LEARNED_BUCKETS]; /* each bucket once */
    size_t count;
    uint8_t seen[LEARNED_BUCKETS / 8];
};

/* weight = weights[bucket] * scale; features count alike, divided by the root of their number. */
struct learned_table {
    double bias, scale;
    int8_t weights[LEARNED_BUCKETS];
};

extern const struct learned_table learned_all;

void learned_read_features(const struct reply_text *reply, const struct hits *hits,
    struct learned_features *ret_features);
/* How likely the message is a wish to hear nothing more, 0..1 in hundredths. */
double learned_stop(const struct reply_text *reply, const struct hits *hits);

#endif
