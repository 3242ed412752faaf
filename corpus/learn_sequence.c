/* learn_sequence.c: the third opinion: filters over the words in their order (learn.h; what they
 * are is said in triage/model_int.h).
 *
 * After Y. Kim, "Convolutional neural networks for sentence classification" (2014): each filter
 * looks at three words beside each other and keeps the most that it finds anywhere. A word is the
 * sum of its own numbers and the mean of those of its runs of letters, so that a word which nobody
 * wrote before is near to those spelt like it (P. Bojanowski et al., "Enriching word vectors with
 * subword information", 2017). Each round hides some words, the own numbers of others, and some of
 * what was found. */
#include <math.h>
#include <string.h>

#include "learn.h"

enum {
    ROUNDS = 30,
    SEEN = SEQUENCE_REACH * SEQUENCE_SIZE,
    NUMBERS_MAX = (SEQUENCE_WORDS_MAX + SEQUENCE_REACH - 1) * SEQUENCE_SIZE
};

static const float words_kept = 0.9F, known_kept = 0.6F, found_kept = 0.8F, units_kept = 0.9F,
                   rate_words = 0.15F, rate_dense = 0.05F, rate_last = 0.03F, start_known = 0.03F,
                   start_runs = 0.06F, start_out = 0.1F;

/* One text on its way through the net, and what is needed on the way back. */
struct passage {
    float numbers[SIDES][NUMBERS_MAX], blame[SIDES][NUMBERS_MAX];
    bool hidden[SIDES][SEQUENCE_WORDS_MAX], unknown[SIDES][SEQUENCE_WORDS_MAX];
    float found[SEQUENCE_FOUND], found_open[SEQUENCE_FOUND];
    size_t at[SEQUENCE_FOUND]; /* the first of the numbers where it was found */
    float units[SEQUENCE_UNITS], units_open[SEQUENCE_UNITS];
};

struct sequence_work {
    const struct corpus *corpus;
    struct sequence_net *net;
    struct sequence_net steps; /* the sums of squares of former steps; of words one a row */
    float *known_steps, *run_steps;
    struct passage passage;
    uint32_t chance;
};

static const size_t side_first[SIDES + 1] = {0, SEQUENCE_SAID, SEQUENCE_FOUND};

/* The numbers of the words, and of nothing before and behind them. */
static size_t numbers_of(const struct example *example, size_t side)
{
    return (example->word_count[side] + SEQUENCE_REACH - 1) * SEQUENCE_SIZE;
}

static size_t word_at(size_t word)
{
    return (word + SEQUENCE_REACH / 2) * SEQUENCE_SIZE;
}

void sequence_make(struct arena *boot, struct sequence_net *net)
{
    net->known = arena_alloc(boot, sizeof(float[SEQUENCE_SIZE]) * SEQUENCE_KNOWN);
    net->runs = arena_alloc(boot, sizeof(float[SEQUENCE_SIZE]) * SEQUENCE_RUNS);
}

static void start(float *cells, size_t count, float most, uint32_t *chance)
{
    for (size_t i = 0; i < count; i++)
        cells[i] = learn_draw_around_zero(chance, most);
}

static void start_net(struct sequence_work *work)
{
    struct sequence_net *net = work->net;
    uint32_t *chance = &work->chance;
    start(net->known[0], (size_t)SEQUENCE_KNOWN * SEQUENCE_SIZE, start_known, chance);
    start(net->runs[0], (size_t)SEQUENCE_RUNS * SEQUENCE_SIZE, start_runs, chance);
    start(net->filters[0], (size_t)SEEN * SEQUENCE_FOUND, sqrtf(3.0F / SEEN), chance);
    start(net->units[0], (size_t)SEQUENCE_FOUND * SEQUENCE_UNITS, sqrtf(3.0F / SEQUENCE_FOUND),
        chance);
    start(net->unit_out[0], (size_t)SEQUENCE_UNITS * HEAD_MAX, start_out, chance);
    for (size_t h = 0; h < HEAD_MAX; h++)
        net->out_bias[h] = -3;
}

static void put_word(const struct sequence_net *net, const struct corpus_word *word, bool unknown,
    float *restrict numbers)
{
    float share = word->word.run_count == 0 ? 0 : 1.0F / (float)word->word.run_count;
    for (size_t r = 0; r < word->word.run_count; r++) {
        const float *run = net->runs[word->word.runs[r]];
        for (size_t n = 0; n < SEQUENCE_SIZE; n++)
            numbers[n] += share * run[n];
    }
    for (size_t n = 0; n < SEQUENCE_SIZE && !unknown; n++)
        numbers[n] += net->known[word->known][n];
}

/* `chance`: NULL where nothing is hidden. */
static void put_words(const struct corpus *corpus, const struct sequence_net *net,
    const struct example *example, size_t side, uint32_t *chance, struct passage *passage)
{
    uint32_t count = example->word_count[side];
    memset(passage->numbers[side], 0, sizeof(float) * numbers_of(example, side));
    for (uint32_t i = 0; i < count; i++) {
        const struct corpus_word *word = &corpus->words[example->words[side][i]];
        passage->hidden[side][i] = chance != NULL && learn_draw(chance) > words_kept;
        passage->unknown[side][i] =
            word->known == SEQUENCE_KNOWN || (chance != NULL && learn_draw(chance) > known_kept);
        if (!passage->hidden[side][i])
            put_word(net, word, passage->unknown[side][i], passage->numbers[side] + word_at(i));
    }
}

static void find(const struct sequence_net *net, const struct example *example, size_t side,
    struct passage *passage)
{
    size_t end = example->word_count[side] * SEQUENCE_SIZE;
    for (size_t at = 0; at < end; at += SEQUENCE_SIZE) {
        for (size_t f = side_first[side]; f < side_first[side + 1]; f++) {
            float here = net->filter_bias[f]
                + learn_product(passage->numbers[side] + at, net->filters[f], SEEN);
            if (here > passage->found[f]) {
                passage->found[f] = here;
                passage->at[f] = at;
            }
        }
    }
}

static float opening(uint32_t *chance, float kept)
{
    return chance == NULL ? 1 : learn_draw(chance) < kept ? 1 / kept : 0;
}

static void score(const struct corpus *corpus, const struct sequence_net *net,
    const struct example *example, uint32_t *chance, struct passage *passage, float *restrict odds)
{
    memset(passage->found, 0, sizeof passage->found);
    for (size_t side = 0; side < SIDES; side++) {
        put_words(corpus, net, example, side, chance, passage);
        find(net, example, side, passage);
    }
    memcpy(passage->units, net->unit_bias, sizeof passage->units);
    memcpy(odds, net->out_bias, sizeof net->out_bias);
    for (size_t f = 0; f < SEQUENCE_FOUND; f++) {
        passage->found_open[f] = opening(chance, found_kept);
        float found = passage->found[f] *= passage->found_open[f];
        for (size_t u = 0; u < SEQUENCE_UNITS && found > 0; u++)
            passage->units[u] += found * net->units[f][u];
        for (size_t h = 0; h < HEAD_MAX && found > 0; h++)
            odds[h] += found * net->found_out[f][h];
    }
    for (size_t u = 0; u < SEQUENCE_UNITS; u++) {
        passage->units_open[u] =
            opening(chance, units_kept) * (passage->units[u] > 0 ? 1 : NET_LEAK);
        float unit = passage->units[u] *= passage->units_open[u];
        for (size_t h = 0; h < HEAD_MAX; h++)
            odds[h] += unit * net->unit_out[u][h];
    }
}

void sequence_score(const struct corpus *corpus, const struct sequence_net *net,
    const struct example *example, float *ret_odds)
{
    struct passage passage;
    score(corpus, net, example, NULL, &passage, ret_odds);
    model_rival(ret_odds);
}

/* Takes `times` * slope from the cells, less the more was taken before. */
static void step(float *restrict cells, float *restrict steps, const float *restrict slope,
    size_t count, float times, float rate)
{
    for (size_t i = 0; i < count; i++) {
        float pull = times * slope[i];
        steps[i] += pull * pull;
        cells[i] -= rate * pull / (sqrtf(steps[i]) + 1e-3F);
    }
}

static void step_filter(
    struct sequence_work *work, size_t side, size_t filter, float blame, float rate)
{
    struct passage *passage = &work->passage;
    float *restrict back = passage->blame[side] + passage->at[filter];
    float *restrict cells = work->net->filters[filter];
    for (size_t n = 0; n < SEEN; n++)
        back[n] += blame * cells[n];
    step(cells, work->steps.filters[filter], passage->numbers[side] + passage->at[filter], SEEN,
        blame, rate);
    work->net->filter_bias[filter] -= rate * 0.1F * blame;
}

static void step_row(float *restrict cells, float *steps, const float *restrict blame, float share,
    float square, float rate)
{
    *steps += square * share * share;
    float pull = rate * rate_words * share / (sqrtf(*steps) + 1e-4F);
    for (size_t n = 0; n < SEQUENCE_SIZE; n++)
        cells[n] -= pull * blame[n];
}

static void step_words(
    struct sequence_work *work, const struct example *example, size_t side, float rate)
{
    for (uint32_t i = 0; i < example->word_count[side]; i++) {
        const struct corpus_word *word = &work->corpus->words[example->words[side][i]];
        const float *blame = work->passage.blame[side] + word_at(i);
        float square = learn_product(blame, blame, SEQUENCE_SIZE) / SEQUENCE_SIZE;
        if (work->passage.hidden[side][i] || square == 0)
            continue;
        if (!work->passage.unknown[side][i])
            step_row(work->net->known[word->known], &work->known_steps[word->known], blame, 1,
                square, rate);
        for (size_t r = 0; r < word->word.run_count; r++) {
            uint16_t run = word->word.runs[r];
            step_row(work->net->runs[run], &work->run_steps[run], blame,
                1.0F / (float)word->word.run_count, square, rate);
        }
    }
}

static void learn_back(
    struct sequence_work *work, const struct example *example, const float *slope, float rate)
{
    struct sequence_net *net = work->net, *steps = &work->steps;
    struct passage *passage = &work->passage;
    float unit_blame[SEQUENCE_UNITS], dense = rate * rate_dense;
    for (size_t u = 0; u < SEQUENCE_UNITS; u++) {
        unit_blame[u] = passage->units_open[u] * learn_product(slope, net->unit_out[u], HEAD_MAX);
        if (passage->units[u] != 0)
            step(net->unit_out[u], steps->unit_out[u], slope, HEAD_MAX, passage->units[u], dense);
        net->unit_bias[u] -= dense * 0.1F * unit_blame[u];
    }
    for (size_t h = 0; h < HEAD_MAX; h++)
        net->out_bias[h] -= dense * 0.05F * slope[h];
    for (size_t side = 0; side < SIDES; side++)
        memset(passage->blame[side], 0, sizeof(float) * numbers_of(example, side));
    for (size_t f = 0; f < SEQUENCE_FOUND; f++) {
        float found = passage->found[f];
        if (found <= 0)
            continue;
        float blame = passage->found_open[f]
            * (learn_product(unit_blame, net->units[f], SEQUENCE_UNITS)
                + learn_product(slope, net->found_out[f], HEAD_MAX));
        step(net->units[f], steps->units[f], unit_blame, SEQUENCE_UNITS, found, dense);
        step(net->found_out[f], steps->found_out[f], slope, HEAD_MAX, found, dense);
        step_filter(work, f >= SEQUENCE_SAID, f, blame, dense);
    }
    for (size_t side = 0; side < SIDES; side++)
        step_words(work, example, side, rate);
}

void sequence_learn(
    const struct corpus *corpus, uint32_t *order, size_t count, struct sequence_net *net)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct sequence_work *work = ARENA_NEW(&scratch, struct sequence_work, 1);
    work->corpus = corpus;
    work->net = net;
    work->known_steps = ARENA_NEW(&scratch, float, SEQUENCE_KNOWN);
    work->run_steps = ARENA_NEW(&scratch, float, SEQUENCE_RUNS);
    work->chance = 4711;
    start_net(work);
    for (int round = 0; round < ROUNDS; round++) {
        float rate = rate_last + (1 - rate_last) * (1 - (float)round / ROUNDS);
        learn_shuffle(order, count, (uint32_t)round + 1);
        for (size_t i = 0; i < count; i++) {
            const struct example *example = &corpus->examples[order[i]];
            float slope[HEAD_MAX];
            score(corpus, net, example, &work->chance, &work->passage, slope);
            learn_blame(example, slope);
            learn_back(work, example, slope, rate);
        }
    }
}

static float largest_of(const float *cells, size_t count)
{
    float largest = 1e-6F;
    for (size_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(cells[i]));
    return largest;
}

static void bytes_of(const float *cells, size_t count, float scale, int8_t *ret_bytes)
{
    for (size_t i = 0; i < count; i++)
        ret_bytes[i] = (int8_t)lroundf(cells[i] / scale);
}

void sequence_quantise(const struct corpus *corpus, const struct sequence_net *net,
    const struct calibration *calibration, struct model_sequence *ret_model)
{
    struct model_sequence *model = ret_model;
    const size_t known = (size_t)SEQUENCE_KNOWN * SEQUENCE_SIZE,
                 runs = (size_t)SEQUENCE_RUNS * SEQUENCE_SIZE;
    float scale =
        fmaxf(largest_of(net->known[0], known), largest_of(net->runs[0], runs)) / INT8_MAX;
    memcpy(model->keys, corpus->known, sizeof model->keys);
    bytes_of(net->known[0], known, scale, model->known[0]);
    bytes_of(net->runs[0], runs, scale, model->runs[0]);
    for (size_t f = 0; f < SEQUENCE_FOUND; f++) {
        float largest = largest_of(net->filters[f], SEEN);
        for (size_t n = 0; n < SEEN; n++)
            model->filters[f][n] =
                (int16_t)lroundf(net->filters[f][n] / largest * SEQUENCE_FILTER_MAX);
        model->filter_scale[f] = largest / SEQUENCE_FILTER_MAX * scale / SEQUENCE_STEPS;
    }
    memcpy(model->filter_bias, net->filter_bias, sizeof model->filter_bias);
    memcpy(model->units, net->units, sizeof model->units);
    memcpy(model->unit_bias, net->unit_bias, sizeof model->unit_bias);
    memcpy(model->found_out, net->found_out, sizeof model->found_out);
    memcpy(model->unit_out, net->unit_out, sizeof model->unit_out);
    memcpy(model->out_bias, net->out_bias, sizeof model->out_bias);
    memcpy(model->out_scale, calibration->slope[OPINION_SEQUENCE], sizeof model->out_scale);
}
