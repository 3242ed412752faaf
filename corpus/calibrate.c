/* calibrate.c: what a head's odds are worth on writers that it has not learned from (learn.h). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "learn.h"

enum { NEWTON_ROUNDS = 60, LINE_BYTES_MAX = 4096 };

enum { UNKNOWNS = OPINION_MAX + 1 };

struct judged {
    float odds[OPINION_MAX], likely, weight;
    bool truth;
};

/* Gauss without pivots: the matrix is positive. */
static void solve(double matrix[UNKNOWNS][UNKNOWNS], double *sides)
{
    for (size_t i = 0; i < UNKNOWNS; i++) {
        for (size_t j = i + 1; j < UNKNOWNS; j++) {
            double share = matrix[j][i] / matrix[i][i];
            for (size_t k = i; k < UNKNOWNS; k++)
                matrix[j][k] -= share * matrix[i][k];
            sides[j] -= share * sides[i];
        }
    }
    for (size_t i = UNKNOWNS; i-- > 0;) {
        for (size_t k = i + 1; k < UNKNOWNS; k++)
            sides[i] -= matrix[i][k] * sides[k];
        sides[i] /= matrix[i][i];
    }
}

/* Slopes and shift by Newton's method, each step held to a length of one. */
static void fit_head(const struct judged *judged, size_t count, double *ret_fit)
{
    double *fit = ret_fit;
    for (size_t i = 0; i < UNKNOWNS; i++)
        fit[i] = i < OPINION_MAX ? 1.0 / OPINION_MAX : 0;
    for (int round = 0; round < NEWTON_ROUNDS; round++) {
        double matrix[UNKNOWNS][UNKNOWNS] = {{0}}, step[UNKNOWNS] = {0}, len = 1e-9;
        for (size_t o = 0; o < OPINION_MAX; o++) {
            step[o] = 1e-3 * (fit[o] - 1.0 / OPINION_MAX);
            matrix[o][o] = 1e-3;
        }
        matrix[OPINION_MAX][OPINION_MAX] = 1e-6;
        for (size_t n = 0; n < count; n++) {
            double x[UNKNOWNS], odds = 0;
            for (size_t i = 0; i < UNKNOWNS; i++) {
                x[i] = i < OPINION_MAX ? (double)judged[n].odds[i] : 1;
                odds += fit[i] * x[i];
            }
            double p = (double)model_likely((float)odds), miss = p - judged[n].truth,
                   weight = (double)judged[n].weight;
            for (size_t i = 0; i < UNKNOWNS; i++) {
                step[i] += weight * miss * x[i];
                for (size_t j = 0; j < UNKNOWNS; j++)
                    matrix[i][j] += weight * p * (1 - p) * x[i] * x[j];
            }
        }
        solve(matrix, step);
        for (size_t i = 0; i < UNKNOWNS; i++)
            len += fabs(step[i]);
        for (size_t i = 0; i < UNKNOWNS; i++)
            fit[i] -= step[i] * fmin(1, 1 / len);
    }
}

static int compare_likely(const void *left, const void *right)
{
    float a = ((const struct judged *)left)->likely, b = ((const struct judged *)right)->likely;
    return (a < b) - (a > b);
}

/* The likelihood from which yes gives the highest F1; never so low that it is a guess. */
static float fit_least(struct judged *judged, size_t count)
{
    double yes = 0, right = 0, said = 0, best = 0;
    float least = 0.5F;
    for (size_t i = 0; i < count; i++)
        yes += judged[i].truth ? (double)judged[i].weight : 0;
    qsort(judged, count, sizeof *judged, compare_likely);
    for (size_t i = 0; i + 1 < count; i++) {
        said += (double)judged[i].weight;
        right += judged[i].truth ? (double)judged[i].weight : 0;
        double f1 = 2 * right / (said + yes);
        if (f1 > best) {
            best = f1;
            least = (judged[i].likely + judged[i + 1].likely) / 2;
        }
    }
    return fminf(fmaxf(least, 0.15F), 0.6F);
}

static void fit_whole(
    struct judged *judged, size_t count, struct calibration *ret_calibration, size_t head)
{
    double fit[UNKNOWNS];
    fit_head(judged, count, fit);
    for (size_t o = 0; o < OPINION_MAX; o++)
        ret_calibration->slope[o][head] = (float)fit[o];
    ret_calibration->shift[head] = (float)fit[OPINION_MAX];
    for (size_t i = 0; i < count; i++) {
        double odds = fit[OPINION_MAX];
        for (size_t o = 0; o < OPINION_MAX; o++)
            odds += fit[o] * (double)judged[i].odds[o];
        judged[i].likely = model_likely((float)odds);
    }
    ret_calibration->least[head] = fit_least(judged, count);
}

/* What was thought of a text while its writer was held back. */
struct thought {
    const struct example *example;
    float odds[OPINION_MAX][HEAD_MAX];
};

static void fit_stop(struct arena *boot, const struct thought *thoughts, size_t count,
    struct calibration *calibration)
{
    struct stop_lesson *lessons = ARENA_NEW(boot, struct stop_lesson, count + 1);
    uint32_t *order = ARENA_NEW(boot, uint32_t, count + 1);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct example *example = thoughts[i].example;
        if (example->phrase)
            continue;
        struct stop_lesson *lesson = &lessons[used];
        *lesson = (struct stop_lesson){.signs = example->signs,
            .weight = example->weight,
            .truth = example->truth >> TRIAGE_LABEL_OPT_OUT & 1};
        for (size_t h = 0; h < HEAD_USED; h++) {
            lesson->odds[h] = calibration->shift[h];
            for (size_t o = 0; o < OPINION_MAX; o++)
                lesson->odds[h] += calibration->slope[o][h] * thoughts[i].odds[o][h];
        }
        order[used] = (uint32_t)used;
        used++;
    }
    stop_learn(lessons, used, order, &calibration->stop);
}

void calibration_fit(
    struct arena *boot, const struct corpus *corpus, int folds, struct calibration *ret_calibration)
{
    struct judged *judged[HEAD_USED];
    size_t count[HEAD_USED] = {0};
    for (size_t h = 0; h < HEAD_USED; h++)
        judged[h] = ARENA_NEW(boot, struct judged, corpus->count + 1);
    struct thought *thoughts = ARENA_NEW(boot, struct thought, corpus->count + 1);
    size_t thought_count = 0;
    for (int fold = 0; fold < folds; fold++) {
        struct arena_mark mark = arena_mark(boot);
        struct weights weights;
        learn_weights(boot, corpus, fold, folds, &weights);
        for (size_t i = 0; i < corpus->count; i++) {
            const struct example *example = &corpus->examples[i];
            float odds[OPINION_MAX][HEAD_MAX];
            if (learn_fold(corpus, example, folds) != fold)
                continue;
            learn_score(corpus, &weights, example, odds);
            thoughts[thought_count].example = example;
            memcpy(thoughts[thought_count++].odds, odds, sizeof odds);
            for (size_t h = 0; h < HEAD_USED; h++) {
                if ((example->active >> h & 1) == 0)
                    continue;
                struct judged *one = &judged[h][count[h]++];
                *one = (struct judged){.weight = example->weight, .truth = example->truth >> h & 1};
                for (size_t o = 0; o < OPINION_MAX; o++)
                    one->odds[o] = odds[o][h];
            }
        }
        arena_rewind(boot, mark);
    }
    for (size_t h = 0; h < HEAD_USED; h++)
        fit_whole(judged[h], count[h], ret_calibration, h);
    fit_stop(boot, thoughts, thought_count, ret_calibration);
}

void calibration_print(const struct calibration *calibration)
{
    printf("# Made by tools/train-triage: head, slope of each opinion's odds on unseen writers, "
           "shift, least.\n");
    for (size_t h = 0; h < HEAD_USED; h++)
        printf("%zu\t%.5f\t%.5f\t%.5f\t%.5f\t%.3f\n", h,
            (double)calibration->slope[OPINION_LINEAR][h],
            (double)calibration->slope[OPINION_NET][h],
            (double)calibration->slope[OPINION_SEQUENCE][h], (double)calibration->shift[h],
            (double)calibration->least[h]);
    const float *numbers = (const float *)&calibration->stop;
    printf("# The net of a stop (model_stop), %zu numbers in each line.\n", (size_t)STOP_SEEN);
    for (size_t i = 0; i < STOP_NUMBERS; i++)
        printf("%s%.5f%s", i % STOP_SEEN == 0 ? "stop\t" : "", (double)numbers[i],
            (i + 1) % STOP_SEEN == 0 || i + 1 == STOP_NUMBERS ? "\n" : " ");
}

bool calibration_read(const char *path, struct calibration *ret_calibration)
{
    for (size_t h = 0; h < HEAD_MAX; h++) {
        for (size_t o = 0; o < OPINION_MAX; o++)
            ret_calibration->slope[o][h] = 1.0F / OPINION_MAX;
        ret_calibration->shift[h] = 0;
        ret_calibration->least[h] = 0.4F;
    }
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    char line[LINE_BYTES_MAX];
    float *number = (float *)&ret_calibration->stop, *end = number + STOP_NUMBERS;
    memset(number, 0, sizeof ret_calibration->stop);
    while (fgets(line, sizeof line, file) != NULL) {
        if (text_starts(line, "stop\t")) {
            for (char *rest = line + 5, *next; number < end; rest = next) {
                *number = strtof(rest, &next);
                if (next == rest)
                    break;
                number++;
            }
            continue;
        }
        char *rest = line, *head = strsep(&rest, "\t"), *linear = strsep(&rest, "\t"),
             *net = strsep(&rest, "\t"), *sequence = strsep(&rest, "\t"),
             *shift = strsep(&rest, "\t"), *least = rest;
        size_t h = strtoul(head, NULL, 10);
        if (line[0] == '#' || least == NULL || h >= HEAD_USED)
            continue;
        ret_calibration->slope[OPINION_LINEAR][h] = strtof(linear, NULL);
        ret_calibration->slope[OPINION_NET][h] = strtof(net, NULL);
        ret_calibration->slope[OPINION_SEQUENCE][h] = strtof(sequence, NULL);
        ret_calibration->shift[h] = strtof(shift, NULL);
        ret_calibration->least[h] = strtof(least, NULL);
    }
    (void)fclose(file);
    return true;
}
