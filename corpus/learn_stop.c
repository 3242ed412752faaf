/* learn_stop.c: what all that was found says together about a stop (triage/stop.c), learned from
 * the calibrated odds of writers held back (learn.h). Adagrad, one sum a number. */
#include <math.h>
#include <string.h>

#include "learn.h"

enum { ROUNDS = 20, MEAN_ROUNDS = 6 };

static const float rate = 0.03F, start = 0.1F, decay = 1e-5F;

struct stop_work {
    struct model_stop net, steps, sum;
};

static void take_step(float *cell, float *steps, float slope)
{
    slope += decay * *cell;
    *steps += slope * slope;
    *cell -= rate * slope / sqrtf(*steps);
}

static void learn_one(struct stop_work *work, const float *seen, bool truth, float weight)
{
    struct model_stop *net = &work->net, *steps = &work->steps;
    float units[STOP_UNITS], odds = stop_units(net, seen, units);
    float blame = weight * (model_likely(odds) - (truth ? 1.0F : 0.0F));
    for (size_t u = 0; u < STOP_UNITS; u++) {
        float back = blame * net->out[u] * (units[u] < 0 ? NET_LEAK : 1);
        take_step(&net->out[u], &steps->out[u], blame * units[u]);
        take_step(&net->unit_bias[u], &steps->unit_bias[u], back);
        for (size_t i = 0; i < STOP_SEEN; i++)
            take_step(&net->units[u][i], &steps->units[u][i], back * seen[i]);
    }
    take_step(&net->out_bias, &steps->out_bias, blame);
}

static void begin(struct stop_work *work)
{
    uint32_t chance = 20;
    *work = (struct stop_work){0};
    for (size_t u = 0; u < STOP_UNITS; u++) {
        work->net.out[u] = learn_draw_around_zero(&chance, 1);
        for (size_t i = 0; i < STOP_SEEN; i++)
            work->net.units[u][i] = learn_draw_around_zero(&chance, start);
    }
    work->net.out_bias = -3;
    float *steps = (float *)&work->steps;
    for (size_t i = 0; i < sizeof work->steps / sizeof *steps; i++)
        steps[i] = 1;
}

static void add_net(struct model_stop *sum, const struct model_stop *net, float share)
{
    float *to = (float *)sum;
    const float *from = (const float *)net;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += share * from[i];
}

void stop_learn(
    const struct stop_lesson *lessons, size_t count, uint32_t *order, struct model_stop *ret_net)
{
    struct stop_work work;
    begin(&work);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        learn_shuffle(order, count, round + 1);
        for (size_t n = 0; n < count; n++) {
            const struct stop_lesson *lesson = &lessons[order[n]];
            float seen[STOP_SEEN];
            stop_seen(lesson->odds, lesson->signs, seen);
            learn_one(&work, seen, lesson->truth, lesson->weight);
        }
        if (round >= ROUNDS - MEAN_ROUNDS)
            add_net(&work.sum, &work.net, 1.0F / MEAN_ROUNDS);
    }
    *ret_net = work.sum;
}
