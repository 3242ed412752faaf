/* calibrate.c: what a head's odds are worth on writers that it has not learned from (learn.h). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "learn.h"

enum { NEWTON_ROUNDS = 60, LINE_BYTES_MAX = 256 };

struct judged {
    float odds;
    bool truth;
};

/* Slope and shift by Newton's method, each step held to a length of one. */
static void fit_head(const struct judged *judged, size_t count, float *ret_slope, float *ret_shift)
{
    double slope = 1, shift = 0;
    for (int round = 0; round < NEWTON_ROUNDS; round++) {
        double g0 = 1e-3 * (slope - 1), g1 = 0, h00 = 1e-3, h01 = 0, h11 = 1e-6;
        for (size_t i = 0; i < count; i++) {
            double x = (double)judged[i].odds;
            double p = (double)model_likely((float)(slope * x + shift));
            double miss = p - judged[i].truth, w = p * (1 - p);
            g0 += miss * x;
            g1 += miss;
            h00 += w * x * x;
            h01 += w * x;
            h11 += w;
        }
        double det = h00 * h11 - h01 * h01;
        double d0 = (h11 * g0 - h01 * g1) / det, d1 = (h00 * g1 - h01 * g0) / det;
        double step = fmin(1, 1 / (fabs(d0) + fabs(d1) + 1e-9));
        slope -= d0 * step;
        shift -= d1 * step;
    }
    *ret_slope = (float)slope;
    *ret_shift = (float)shift;
}

void calibration_fit(
    struct arena *boot, const struct corpus *corpus, int folds, struct calibration *ret_calibration)
{
    struct judged *judged[HEAD_USED];
    size_t count[HEAD_USED] = {0};
    for (size_t h = 0; h < HEAD_USED; h++)
        judged[h] = ARENA_NEW(boot, struct judged, corpus->count + 1);
    for (int fold = 0; fold < folds; fold++) {
        struct arena_mark mark = arena_mark(boot);
        struct weights weights;
        learn_weights(boot, corpus, fold, folds, &weights);
        for (size_t i = 0; i < corpus->count; i++) {
            const struct example *example = &corpus->examples[i];
            float odds[HEAD_MAX];
            if (learn_fold(corpus, example, folds) != fold)
                continue;
            learn_score(&weights, example, odds);
            for (size_t h = 0; h < HEAD_USED; h++) {
                if (example->active >> h & 1)
                    judged[h][count[h]++] =
                        (struct judged){.odds = odds[h], .truth = example->truth >> h & 1};
            }
        }
        arena_rewind(boot, mark);
    }
    for (size_t h = 0; h < HEAD_USED; h++)
        fit_head(judged[h], count[h], &ret_calibration->slope[h], &ret_calibration->shift[h]);
}

void calibration_print(const struct calibration *calibration)
{
    printf("# Made by tools/train-triage: head, slope, shift of its odds on unseen writers.\n");
    for (size_t h = 0; h < HEAD_USED; h++)
        printf(
            "%zu\t%.5f\t%.5f\n", h, (double)calibration->slope[h], (double)calibration->shift[h]);
}

bool calibration_read(const char *path, struct calibration *ret_calibration)
{
    for (size_t h = 0; h < HEAD_MAX; h++) {
        ret_calibration->slope[h] = 1;
        ret_calibration->shift[h] = 0;
    }
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    char line[LINE_BYTES_MAX];
    while (fgets(line, sizeof line, file) != NULL) {
        char *rest = line, *head = strsep(&rest, "\t"), *slope = strsep(&rest, "\t"), *shift = rest;
        size_t h = strtoul(head, NULL, 10);
        if (line[0] == '#' || shift == NULL || h >= HEAD_USED)
            continue;
        ret_calibration->slope[h] = strtof(slope, NULL);
        ret_calibration->shift[h] = strtof(shift, NULL);
    }
    (void)fclose(file);
    return true;
}
