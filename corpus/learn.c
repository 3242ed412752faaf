/* learn.c: see learn.h. */
#include "learn.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

enum { ROUNDS = 8, LANES = 8 };

static const float rate_first = 2, decay = 8e-5F;

int learn_fold(const struct corpus *corpus, const struct example *example, int folds)
{
    uint32_t hash = 2166136261U;
    for (const char *c = corpus->writers[example->writer]; *c != 0; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619U;
    hash ^= hash >> 15;
    return (int)(hash % (uint32_t)folds);
}

float learn_group_value(const struct example *example, enum feature_group group)
{
    return example->count[group] == 0
        ? 0
        : feature_weights[group] / sqrtf((float)example->count[group]);
}

static void score_linear(
    const struct weights *weights, const struct example *example, float *ret_odds)
{
    for (size_t h = 0; h < HEAD_MAX; h++)
        ret_odds[h] = weights->bias[h];
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
        float value = learn_group_value(example, group);
        for (uint32_t i = 0; i < example->count[group]; i++) {
            const float *cells = weights->cells[example->rows[group][i]];
            for (size_t h = 0; h < HEAD_MAX; h++)
                ret_odds[h] += value * cells[h];
        }
    }
}

void learn_score(const struct corpus *corpus, const struct weights *weights,
    const struct example *example, float ret_odds[OPINION_MAX][HEAD_MAX])
{
    sequence_score(corpus, weights->sequence, example, ret_odds[OPINION_SEQUENCE]);
    score_linear(weights, example, ret_odds[OPINION_LINEAR]);
    net_score(weights->nets, example, ret_odds[OPINION_NET]);
}

static void learn_example(struct weights *weights, const struct example *example, float rate)
{
    float slope[HEAD_MAX];
    score_linear(weights, example, slope);
    for (size_t h = 0; h < HEAD_MAX; h++) {
        float truth = (float)(example->truth >> h & 1), active = (float)(example->active >> h & 1);
        slope[h] = example->pull * active * (model_likely(slope[h]) - truth);
        weights->bias[h] -= rate * slope[h] * 0.01F;
    }
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
        float value = learn_group_value(example, group), keep = 1 - rate * decay;
        float pull[HEAD_MAX];
        for (size_t h = 0; h < HEAD_MAX; h++)
            pull[h] = rate * slope[h] * value;
        for (uint32_t i = 0; i < example->count[group]; i++) {
            float *restrict cells = weights->cells[example->rows[group][i]];
            for (size_t h = 0; h < HEAD_MAX; h++)
                cells[h] = cells[h] * keep - pull[h];
        }
    }
}

void learn_shuffle(uint32_t *order, size_t count, uint32_t seed)
{
    uint32_t state = seed * 2654435761U + 1;
    for (size_t i = count; i > 1; i--) {
        state = state * 1664525U + 1013904223U;
        size_t j = (size_t)((uint64_t)state * i >> 32);
        uint32_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

float learn_draw(uint32_t *chance)
{
    *chance ^= *chance << 13;
    *chance ^= *chance >> 17;
    *chance ^= *chance << 5;
    return (float)(*chance >> 8) / 16777216.0F;
}

float learn_draw_around_zero(uint32_t *chance, float most)
{
    return (2 * learn_draw(chance) - 1) * most;
}

float learn_product(const float *restrict a, const float *restrict b, size_t count)
{
    float lanes[LANES] = {0}, sum = 0;
    for (size_t i = 0; i < count; i += LANES) {
        for (size_t lane = 0; lane < LANES; lane++)
            lanes[lane] += a[i + lane] * b[i + lane];
    }
    for (size_t lane = 0; lane < LANES; lane++)
        sum += lanes[lane];
    return sum;
}

void learn_blame(const struct example *example, float *odds)
{
    float *slope = odds, labels = 0;
    model_rival(odds);
    for (size_t h = 0; h < HEAD_MAX; h++)
        labels += model_is_rival(h) ? (float)(example->truth >> h & 1) : 0;
    for (size_t h = 0; h < HEAD_MAX; h++) {
        float truth = (float)(example->truth >> h & 1), active = (float)(example->active >> h & 1);
        float share = model_is_rival(h) && labels > 1 ? labels : 1;
        slope[h] = example->pull * active * (model_likely(odds[h]) - truth / share);
    }
}

struct sequence_task {
    const struct corpus *corpus;
    uint32_t *order;
    size_t count;
    struct sequence_net *net;
};

static void *run_sequence(void *argument)
{
    const struct sequence_task *task = argument;
    sequence_learn(task->corpus, task->order, task->count, task->net);
    return NULL;
}

void learn_weights(struct arena *boot, const struct corpus *corpus, int fold_held, int folds,
    struct weights *ret_weights)
{
    *ret_weights =
        (struct weights){.cells = arena_alloc(boot, sizeof(float[HEAD_MAX]) * MODEL_ROWS)};
    for (size_t h = 0; h < HEAD_MAX; h++)
        ret_weights->bias[h] = -3; /* most questions are answered with no */
    uint32_t *order = ARENA_NEW(boot, uint32_t, corpus->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < corpus->count; i++) {
        if (fold_held < 0 || learn_fold(corpus, &corpus->examples[i], folds) != fold_held)
            order[count++] = (uint32_t)i;
    }
    ret_weights->sequence = ARENA_NEW(boot, struct sequence_net, 1);
    sequence_make(boot, ret_weights->sequence);
    struct sequence_task task = {
        corpus, ARENA_NEW(boot, uint32_t, count + 1), count, ret_weights->sequence};
    memcpy(task.order, order, count * sizeof *order);
    pthread_t beside;
    bool alone = pthread_create(&beside, NULL, run_sequence, &task) != 0;
    for (int round = 0; round < ROUNDS; round++) {
        float rate = rate_first * (1 - 0.9F * (float)round / ROUNDS);
        learn_shuffle(order, count, (uint32_t)round + 1);
        for (size_t i = 0; i < count; i++)
            learn_example(ret_weights, &corpus->examples[order[i]], rate);
    }
    for (uint32_t net = 0; net < NETS; net++)
        net_learn(boot, corpus, order, count, net, &ret_weights->nets[net]);
    if (alone)
        run_sequence(&task);
    else
        (void)pthread_join(beside, NULL);
}

static int8_t byte_of(float weight, float scale)
{
    return (int8_t)lroundf(weight / scale);
}

/* Four bits of a weight: -7..7 steps, and what is beyond them at their end. */
static float half_of(float weight, float scale)
{
    return fminf(fmaxf(roundf(weight / scale), 1 - UNIT_ZERO), UNIT_ZERO - 1);
}

/* How far a unit's weights are off at that scale; those count most that many texts show. */
static double miss_of(const struct net *net, size_t unit, const float *shown, float scale)
{
    double sum = 0;
    for (size_t row = 0; row < MODEL_ROWS; row++) {
        float weight = net->units[row][unit], miss = weight - scale * half_of(weight, scale);
        sum += (double)(shown[row] * miss * miss);
    }
    return sum;
}

static float choose_scale(const struct net *net, size_t unit, const float *shown)
{
    float largest = 1e-6F, scale = 1;
    double least = INFINITY;
    for (size_t row = 0; row < MODEL_ROWS; row++)
        largest = fmaxf(largest, fabsf(net->units[row][unit]));
    for (float tried = largest / (UNIT_ZERO - 1); tried > largest / 100; tried *= 0.85F) {
        double miss = miss_of(net, unit, shown, tried);
        scale = miss < least ? tried : scale;
        least = miss < least ? miss : least;
    }
    return scale;
}

static void quantise_net(const struct net *nets, size_t n, const float *shown,
    const struct calibration *calibration, struct model_table *table)
{
    const struct net *net = &nets[n];
    for (size_t u = 0; u < NET_UNITS; u++) {
        size_t unit = n * NET_UNITS + u;
        float scale = choose_scale(net, u, shown);
        table->unit_scale[unit] = scale;
        table->unit_bias[unit] = net->unit_bias[u];
        for (size_t row = 0; row < MODEL_ROWS; row++) {
            unsigned half = (unsigned)(UNIT_ZERO + (int)half_of(net->units[row][u], scale));
            table->units[row][u] = (uint8_t)(table->units[row][u] | half << 4 * n);
        }
        for (size_t h = 0; h < HEAD_USED; h++)
            table->out[unit][h] = net->out[u][h] / NETS;
    }
    for (size_t h = 0; h < HEAD_USED; h++) {
        table->out_bias[h] += net->out_bias[h] / NETS;
        table->out_scale[h] = calibration->slope[OPINION_NET][h];
    }
}

/* In how many texts each row is shown. */
static float *count_shown(struct arena *boot, const struct corpus *corpus)
{
    float *shown = ARENA_NEW(boot, float, MODEL_ROWS);
    for (size_t row = 0; row < MODEL_ROWS; row++)
        shown[row] = 1;
    for (size_t i = 0; i < corpus->count; i++) {
        const struct example *example = &corpus->examples[i];
        for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
            for (uint32_t k = 0; k < example->count[group]; k++)
                shown[example->rows[group][k]]++;
        }
    }
    return shown;
}

void learn_quantise(const struct corpus *corpus, const struct weights *weights,
    const struct calibration *calibration, struct model_table *ret_table)
{
    struct model_table *table = ret_table;
    memset(table, 0, sizeof *table);
    memcpy(table->magic, MODEL_MAGIC, sizeof MODEL_MAGIC);
    table->index = corpus->index;
    for (size_t h = 0; h < HEAD_USED; h++) {
        float largest = 1e-6F;
        for (size_t row = 0; row < MODEL_ROWS; row++)
            largest = fmaxf(largest, fabsf(weights->cells[row][h]));
        float scale = largest / 127;
        for (size_t row = 0; row < MODEL_ROWS; row++)
            table->weights[row][h] = byte_of(weights->cells[row][h], scale);
        float linear = calibration->slope[OPINION_LINEAR][h];
        table->scale[h] = scale * linear;
        table->least[h] = calibration->least[h];
        table->bias[h] = weights->bias[h] * linear + calibration->shift[h];
    }
    float *shown = count_shown(corpus->boot, corpus);
    for (size_t net = 0; net < NETS; net++)
        quantise_net(weights->nets, net, shown, calibration, table);
    sequence_quantise(corpus, weights->sequence, calibration, &table->sequence);
    table->stop = calibration->stop;
}
