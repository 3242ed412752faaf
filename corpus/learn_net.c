/* learn_net.c: the second opinion: a net of one hidden layer over the same features (learn.h).
 *
 * Each round hides most features and some units of each text by a fixed row of numbers, so that
 * no wording is learned by heart; what is kept is the mean of the last rounds. Steps shrink with
 * the sum of a cell's former steps (Adagrad), one sum a row. */
#include <math.h>
#include <string.h>

#include "learn.h"

enum { ROUNDS = 12, MEAN_ROUNDS = 3 };

static const float features_kept = 0.4F, units_kept = 0.9F, rate_units = 0.07F, rate_out = 0.02F,
                   start_units = 0.0625F, start_out = 0.11F;

struct net_work {
    struct net *net, sum;
    float *unit_steps; /* MODEL_ROWS: the sums of squares of former steps */
    float out_steps[NET_UNITS][HEAD_MAX];
    uint32_t *kept[FEATURE_GROUP_MAX]; /* of the text at hand */
    uint32_t kept_count[FEATURE_GROUP_MAX];
    float hidden[NET_UNITS], open[NET_UNITS]; /* its units, and how each passes on */
    uint32_t chance;
};

static void make_net(struct arena *boot, struct net *net)
{
    *net = (struct net){.units = arena_alloc(boot, sizeof(float[NET_UNITS]) * MODEL_ROWS)};
}

static void start_net(struct net_work *work)
{
    for (size_t row = 0; row < MODEL_ROWS; row++) {
        for (size_t u = 0; u < NET_UNITS; u++)
            work->net->units[row][u] = learn_draw_around_zero(&work->chance, start_units);
    }
    for (size_t h = 0; h < HEAD_MAX; h++) {
        work->net->out_bias[h] = -3;
        for (size_t u = 0; u < NET_UNITS; u++)
            work->net->out[u][h] = learn_draw_around_zero(&work->chance, start_out);
    }
}

static void add_row(float *restrict sum, const float *restrict row)
{
    for (size_t u = 0; u < NET_UNITS; u++)
        sum[u] += row[u];
}

static void score_heads(const struct net *net, const float *hidden, float *restrict odds)
{
    for (size_t h = 0; h < HEAD_MAX; h++)
        odds[h] += net->out_bias[h];
    for (size_t u = 0; u < NET_UNITS; u++) {
        const float *out = net->out[u];
        for (size_t h = 0; h < HEAD_MAX; h++)
            odds[h] += hidden[u] * out[h];
    }
}

static void add_score(const struct net *net, const struct example *example, float *odds)
{
    float hidden[NET_UNITS];
    memcpy(hidden, net->unit_bias, sizeof hidden);
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
        float sum[NET_UNITS] = {0}, value = learn_group_value(example, group);
        for (uint32_t i = 0; i < example->count[group]; i++)
            add_row(sum, net->units[example->rows[group][i]]);
        for (size_t u = 0; u < NET_UNITS; u++)
            hidden[u] += value * sum[u];
    }
    for (size_t u = 0; u < NET_UNITS; u++)
        hidden[u] *= hidden[u] > 0 ? 1 : NET_LEAK;
    score_heads(net, hidden, odds);
}

void net_score(const struct net *nets, const struct example *example, float *ret_odds)
{
    memset(ret_odds, 0, sizeof(float) * HEAD_MAX);
    for (size_t net = 0; net < NETS; net++)
        add_score(&nets[net], example, ret_odds);
    for (size_t h = 0; h < HEAD_MAX; h++)
        ret_odds[h] /= NETS;
    model_rival(ret_odds);
}

static void show_text(struct net_work *work, const struct example *example)
{
    memcpy(work->hidden, work->net->unit_bias, sizeof work->hidden);
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
        float sum[NET_UNITS] = {0}, value = learn_group_value(example, group) / features_kept;
        uint32_t count = 0;
        for (uint32_t i = 0; i < example->count[group]; i++) {
            if (learn_draw(&work->chance) < features_kept)
                work->kept[group][count++] = example->rows[group][i];
        }
        work->kept_count[group] = count;
        for (uint32_t i = 0; i < count; i++)
            add_row(sum, work->net->units[work->kept[group][i]]);
        for (size_t u = 0; u < NET_UNITS; u++)
            work->hidden[u] += value * sum[u];
    }
    for (size_t u = 0; u < NET_UNITS; u++) {
        float passes = learn_draw(&work->chance) < units_kept ? 1 / units_kept : 0;
        work->open[u] = passes * (work->hidden[u] > 0 ? 1 : NET_LEAK);
        work->hidden[u] *= work->open[u];
    }
}

/* `slope` holds how far each head was off; the blame of each unit is returned. */
static void step_heads(struct net_work *work, const float *slope, float rate, float *ret_blame)
{
    struct net *net = work->net;
    for (size_t u = 0; u < NET_UNITS; u++) {
        float *restrict out = net->out[u], *restrict steps = work->out_steps[u];
        float hidden = work->hidden[u];
        ret_blame[u] = learn_product(out, slope, HEAD_MAX) * work->open[u];
        for (size_t h = 0; h < HEAD_MAX && hidden != 0; h++) {
            float pull = slope[h] * hidden;
            steps[h] += pull * pull;
            out[h] -= rate * rate_out * pull / (sqrtf(steps[h]) + 1e-3F);
        }
    }
    for (size_t h = 0; h < HEAD_MAX; h++)
        net->out_bias[h] -= rate * rate_out * slope[h] * 0.05F;
}

static void step_units(
    struct net_work *work, const struct example *example, const float *blame, float rate)
{
    struct net *net = work->net;
    float square = 0;
    for (size_t u = 0; u < NET_UNITS; u++) {
        square += blame[u] * blame[u];
        net->unit_bias[u] -= rate * rate_out * 0.1F * blame[u];
    }
    square /= NET_UNITS;
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
        float value = learn_group_value(example, group) / features_kept;
        for (uint32_t i = 0; i < work->kept_count[group]; i++) {
            uint32_t row = work->kept[group][i];
            float *restrict cells = net->units[row];
            work->unit_steps[row] += square * value * value;
            float pull = rate * rate_units * value / (sqrtf(work->unit_steps[row]) + 1e-4F);
            for (size_t u = 0; u < NET_UNITS; u++)
                cells[u] -= pull * blame[u];
        }
    }
}

static void learn_text(struct net_work *work, const struct example *example, float rate)
{
    float slope[HEAD_MAX] = {0}, blame[NET_UNITS];
    show_text(work, example);
    score_heads(work->net, work->hidden, slope);
    learn_blame(example, slope);
    step_heads(work, slope, rate, blame);
    step_units(work, example, blame, rate);
}

static void add_mean(struct net_work *work)
{
    const float share = 1.0F / MEAN_ROUNDS;
    const struct net *net = work->net;
    for (size_t row = 0; row < MODEL_ROWS; row++) {
        for (size_t u = 0; u < NET_UNITS; u++)
            work->sum.units[row][u] += share * net->units[row][u];
    }
    for (size_t u = 0; u < NET_UNITS; u++) {
        work->sum.unit_bias[u] += share * net->unit_bias[u];
        for (size_t h = 0; h < HEAD_MAX; h++)
            work->sum.out[u][h] += share * net->out[u][h];
    }
    for (size_t h = 0; h < HEAD_MAX; h++)
        work->sum.out_bias[h] += share * net->out_bias[h];
}

void net_learn(struct arena *boot, const struct corpus *corpus, uint32_t *order, size_t count,
    uint32_t seed, struct net *ret_net)
{
    struct net net;
    struct net_work *work = ARENA_NEW(boot, struct net_work, 1);
    work->net = &net;
    work->chance = 12345 + 1000 * seed;
    work->unit_steps = ARENA_NEW(boot, float, MODEL_ROWS);
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++)
        work->kept[group] = ARENA_NEW(boot, uint32_t, MODEL_ROWS);
    make_net(boot, &net);
    make_net(boot, &work->sum);
    start_net(work);
    for (int round = 0; round < ROUNDS; round++) {
        float rate = 0.05F + 0.95F * (1 - (float)round / ROUNDS);
        learn_shuffle(order, count, ROUNDS * seed + (uint32_t)round + 1);
        for (size_t i = 0; i < count; i++)
            learn_text(work, &corpus->examples[order[i]], rate);
        if (round >= ROUNDS - MEAN_ROUNDS)
            add_mean(work);
    }
    *ret_net = work->sum;
}
