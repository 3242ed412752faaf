/* due.c: see due.h. Likelihoods, and the simplex search of Nelder and Mead that fits them. */
#include "report/due.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- the search ---- */

enum {
    PARAMETERS_MAX = 4,
    STEPS_MAX = 800,
    /* People who are all alike pull a parameter without end; far out, rounding alone decides. */
    PARAMETER_MAX = 1000000,
    ROUNDS_MAX = 4, /* a simplex that has shrunk to a point is begun again around it */
};

typedef double likelihood_fn(const void *context, const double *parameters);

struct corner {
    double at[PARAMETERS_MAX], value;
};

/* Parameters are positive: the search is over their logarithms. */
struct search {
    likelihood_fn *likelihood;
    const void *context;
    int count;
    struct corner corners[PARAMETERS_MAX + 1]; /* the best first */
};

static void look(const struct search *search, struct corner *corner)
{
    double parameters[PARAMETERS_MAX];
    corner->value = HUGE_VAL;
    for (int i = 0; i < search->count; i++) {
        parameters[i] = exp(corner->at[i]);
        if (!(parameters[i] > 1.0 / PARAMETER_MAX && parameters[i] < PARAMETER_MAX))
            return;
    }
    double value = search->likelihood(search->context, parameters);
    corner->value = isfinite(value) ? -value : HUGE_VAL;
}

static void sort_corners(struct search *search)
{
    for (int i = 1; i <= search->count; i++) {
        struct corner one = search->corners[i];
        int at = i;
        for (; at > 0 && search->corners[at - 1].value > one.value; at--)
            search->corners[at] = search->corners[at - 1];
        search->corners[at] = one;
    }
}

/* From the worst corner through the middle of the others, `far` times as far. */
static struct corner reflected(const struct search *search, double far)
{
    struct corner corner = {.value = 0};
    const struct corner *worst = &search->corners[search->count];
    for (int i = 0; i < search->count; i++) {
        double middle = 0;
        for (int j = 0; j < search->count; j++)
            middle += search->corners[j].at[i] / search->count;
        corner.at[i] = middle + far * (middle - worst->at[i]);
    }
    look(search, &corner);
    return corner;
}

static void shrink(struct search *search)
{
    for (int j = 1; j <= search->count; j++) {
        for (int i = 0; i < search->count; i++)
            search->corners[j].at[i] = (search->corners[j].at[i] + search->corners[0].at[i]) / 2;
        look(search, &search->corners[j]);
    }
}

static void step(struct search *search)
{
    struct corner *worst = &search->corners[search->count];
    struct corner next = reflected(search, 1);
    if (next.value < search->corners[0].value) {
        struct corner further = reflected(search, 2);
        *worst = further.value < next.value ? further : next;
    } else if (next.value < search->corners[search->count - 1].value) {
        *worst = next;
    } else {
        struct corner nearer = reflected(search, next.value < worst->value ? 0.5 : -0.5);
        if (nearer.value < worst->value && nearer.value <= next.value)
            *worst = nearer;
        else
            shrink(search);
    }
    sort_corners(search);
}

static void begin_at(struct search *search, const double *at, double width)
{
    for (int j = 0; j <= search->count; j++) {
        memcpy(search->corners[j].at, at, sizeof(search->corners[j].at));
        if (j > 0)
            search->corners[j].at[j - 1] += width;
        look(search, &search->corners[j]);
    }
    sort_corners(search);
}

/* The highest log-likelihood; `parameters` are where to begin, and then where it is. */
static double climb(likelihood_fn *likelihood, const void *context, double *parameters, int count)
{
    static const double close_enough = 1e-7;
    struct search search = {.likelihood = likelihood, .context = context, .count = count};
    double at[PARAMETERS_MAX] = {0}, before = HUGE_VAL;
    assert(count <= PARAMETERS_MAX);
    for (int i = 0; i < count; i++)
        at[i] = log(parameters[i]);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        begin_at(&search, at, round ? 0.1 : 0.7);
        for (int i = 0; i < STEPS_MAX; i++) {
            step(&search);
            if (search.corners[count].value - search.corners[0].value < close_enough)
                break;
        }
        memcpy(at, search.corners[0].at, sizeof(at));
        if (before - search.corners[0].value < close_enough)
            break;
        before = search.corners[0].value;
    }
    for (int i = 0; i < count; i++)
        parameters[i] = exp(at[i]);
    return -search.corners[0].value;
}

/* ---- rows ---- */

struct rows {
    const struct due_row *list;
    size_t count;
    int k;
};

static int by_values(const void *left, const void *right)
{
    const struct due_row *a = left, *b = right;
    if (a->frequency != b->frequency)
        return a->frequency < b->frequency ? -1 : 1;
    if (a->recency != b->recency)
        return a->recency < b->recency ? -1 : 1;
    return a->age < b->age ? -1 : a->age > b->age;
}

size_t due_join_rows(struct due_row *rows, size_t count)
{
    size_t kept = 0;
    if (count > 1)
        qsort(rows, count, sizeof(*rows), by_values);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && by_values(&rows[kept - 1], &rows[i]) == 0)
            rows[kept - 1].count += rows[i].count;
        else
            rows[kept++] = rows[i];
    }
    return kept;
}

/* log(exp(a) + exp(b)) */
static double log_sum(double a, double b)
{
    double most = a > b ? a : b, least = a > b ? b : a;
    return isfinite(most) ? most + log1p(exp(least - most)) : most;
}

/* ---- BG/NBD ---- */

static double bg_nbd_row(const double *p, const struct due_row *row)
{
    double r = p[0], alpha = p[1], a = p[2], b = p[3], x = row->frequency;
    double rate = lgamma(r + x) - lgamma(r) + r * log(alpha);
    double stays = lgamma(a + b) + lgamma(b + x) - lgamma(b) - lgamma(a + b + x);
    double now = -(r + x) * log(alpha + row->age);
    if (x == 0)
        return rate + stays + now;
    double then = log(a) - log(b + x - 1) - (r + x) * log(alpha + row->recency);
    return rate + stays + log_sum(now, then);
}

static double bg_nbd_all(const void *context, const double *p)
{
    const struct rows *rows = context;
    double sum = 0;
    for (size_t i = 0; i < rows->count; i++)
        sum += rows->list[i].count * bg_nbd_row(p, &rows->list[i]);
    return sum;
}

void due_fit_bg_nbd(const struct due_row *rows, size_t count, struct due_bg_nbd *ret_model)
{
    const struct rows all = {.list = rows, .count = count};
    double p[PARAMETERS_MAX] = {1, 5, 1, 1};
    double best = climb(bg_nbd_all, &all, p, 4);
    *ret_model = (struct due_bg_nbd){p[0], p[1], p[2], p[3], best};
}

double due_alive(const struct due_bg_nbd *model, const struct due_row *row)
{
    if (row->frequency == 0)
        return 1;
    double x = row->frequency;
    return 1
        / (1
            + model->a / (model->b + x - 1)
                * pow((model->alpha + row->age) / (model->alpha + row->recency), model->r + x));
}

/* ---- Pareto/NBD ---- */

/* The logarithm of the integral of (alpha + y)^-(r + x) (beta + y)^-(s + 1) over the time in which
 * one may have stopped, from the last visit until now: by Gauss and Legendre over log(alpha + y),
 * in pieces over which the integrand falls by few powers of e. */
static double log_stopped(const double *p, const struct due_row *row)
{
    enum { HALF = 4, FALL = 4, PIECES_MAX = 2000 };
    static const double places[HALF] = {
        0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363};
    static const double weights[HALF] = {
        0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763};
    double power = p[0] + row->frequency - 1, other = p[2] + 1, apart = p[3] - p[1];
    double from = log(p[1] + row->recency), range = log(p[1] + row->age) - from, sum = 0;
    double top = -power * from - other * log(apart + exp(from));
    double fall = fabs(power) * range + other * log((p[3] + row->age) / (p[3] + row->recency));
    double wanted = 1 + fall / FALL;
    int pieces = wanted < PIECES_MAX ? (int)wanted : PIECES_MAX;
    double half = range / pieces / 2;
    if (!(range > 0))
        return -HUGE_VAL;
    for (int i = 0; i < 2 * HALF * pieces; i++) {
        int place = i % HALF, side = i / HALF % 2 ? 1 : -1;
        double v = from + half * (2 * (i / (2 * HALF)) + 1 + side * places[place]);
        sum += weights[place] * exp(-power * v - other * log(apart + exp(v)) - top);
    }
    return top + log(half * sum);
}

static double pareto_nbd_row(const double *p, const struct due_row *row)
{
    double r = p[0], alpha = p[1], s = p[2], beta = p[3], x = row->frequency;
    double comes = -(r + x) * log(alpha + row->age) - s * log(beta + row->age);
    double stopped = log(s) + log_stopped(p, row);
    return lgamma(r + x) - lgamma(r) + r * log(alpha) + s * log(beta) + log_sum(comes, stopped);
}

static double pareto_nbd_all(const void *context, const double *p)
{
    const struct rows *rows = context;
    double sum = 0;
    for (size_t i = 0; i < rows->count; i++)
        sum += rows->list[i].count * pareto_nbd_row(p, &rows->list[i]);
    return sum;
}

void due_fit_pareto_nbd(const struct due_row *rows, size_t count, struct due_pareto_nbd *ret_model)
{
    const struct rows all = {.list = rows, .count = count};
    double p[PARAMETERS_MAX] = {1, 5, 1, 5};
    double best = climb(pareto_nbd_all, &all, p, 4);
    *ret_model = (struct due_pareto_nbd){p[0], p[1], p[2], p[3], best};
}

/* ---- regular gaps ---- */

/* Each visit is the k-th event of a stream whose rate is gamma over people: the time of the last
 * one, then fewer than k events until now. Against the measure of the other two models, in which
 * the visits before the last may have been anywhere. */
static double regular_row(const double *p, int k, const struct due_row *row)
{
    static const double moment = 1e-3; /* who came again on the same day */
    double r = p[0], alpha = p[1], x = row->frequency, kx = k * x;
    double last = row->recency > moment ? row->recency : moment, open = row->age - row->recency;
    double sum = -HUGE_VAL;
    for (int j = 0; j < k && (j == 0 || open > 0); j++)
        sum = log_sum(sum,
            (j ? j * log(open) : 0) - lgamma(j + 1.0) + lgamma(r + kx + j)
                - (r + kx + j) * log(alpha + row->age));
    sum += r * log(alpha) - lgamma(r);
    if (x > 0)
        sum += (kx - 1) * log(last) - lgamma(kx) - ((x - 1) * log(last) - lgamma(x));
    return sum;
}

static double regular_all(const void *context, const double *p)
{
    const struct rows *rows = context;
    double sum = 0;
    for (size_t i = 0; i < rows->count; i++)
        sum += rows->list[i].count * regular_row(p, rows->k, &rows->list[i]);
    return sum;
}

void due_fit_regular_gap(
    const struct due_row *rows, size_t count, struct due_regular_gap *ret_model)
{
    struct due_regular_gap best = {.k = 0};
    for (int k = 1; k <= DUE_REGULAR_MAX; k++) {
        const struct rows all = {.list = rows, .count = count, .k = k};
        double p[PARAMETERS_MAX] = {1, 5};
        double value = climb(regular_all, &all, p, 2);
        if (best.k > 0 && value <= best.log_likelihood)
            break; /* it only falls from here on */
        best = (struct due_regular_gap){p[0], p[1], value, k};
    }
    *ret_model = best;
}

double due_gap(const struct due_regular_gap *model, const struct due_row *row)
{
    double shape = model->r + model->k * row->frequency;
    double rate = model->alpha + row->recency;
    /* The middle of what is likely: the mean has no end for who came once. */
    return model->k * rate / (shape > 1.0 / 3 ? shape - 1.0 / 3 : shape);
}
