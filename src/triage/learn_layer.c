/* learn_layer.c: corrections -> a layer (layer.h).
 *
 * Logistic regression by gradient descent in a fixed order, from nothing, over the odds that the
 * model gives. Texts of the corpus are gone over beside the corrections, so that what a correction
 * says of a common word is held against what many others say of it, and only what is its own stays.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "triage/layer_int.h"

enum { ROUNDS = 40, KEYS_SEEN_MAX = 1 << 19 };

static const float rate_first = 0.8F, decay = 2e-3F, quiet_most = -0.5F;

struct shown {
    uint32_t *rows[FEATURE_GROUP_MAX];
    size_t count[FEATURE_GROUP_MAX];
    float value[FEATURE_GROUP_MAX];
    float odds[HEAD_MAX];
    uint64_t truth, active; /* a bit a head */
    bool review;            /* of the corpus: holds against what corrections say */
};

struct lesson_work {
    struct arena *arena;
    uint32_t *keys; /* of all lessons, in order, each once */
    size_t key_count;
    float (*weights)[HEAD_MAX];
    struct shown *shown;
    size_t shown_count;
};

static uint64_t bit(int head)
{
    return 1ULL << head;
}

/* ---- the truth, as bits ---- */

static const struct {
    const char *tag;
    enum model_head head;
} tag_heads[] = {{"wants_saturday", HEAD_WANTS_SATURDAY}, {"wants_sunday", HEAD_WANTS_SUNDAY},
    {"wants_evening", HEAD_WANTS_EVENING}, {"wants_morning", HEAD_WANTS_MORNING},
    {"wants_soon", HEAD_WANTS_SOON}, {"financing", HEAD_FINANCING},
    {"price_sensitive", HEAD_PRICE_SENSITIVE}, {"prefers_sms", HEAD_PREFERS_SMS},
    {"prefers_call", HEAD_PREFERS_CALL}, {"prefers_email", HEAD_PREFERS_EMAIL}};

static uint64_t tag_bits(const struct triage_verdict *verdict)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < verdict->tag_count; i++) {
        for (size_t j = 0; j < sizeof tag_heads / sizeof *tag_heads; j++) {
            if (text_is(verdict->tags[i], tag_heads[j].tag))
                bits |= bit((int)tag_heads[j].head);
        }
    }
    return bits;
}

static uint64_t truth_of(const struct triage_verdict *verdict)
{
    static const int route_heads[TRIAGE_ROUTE_MAX] = {[TRIAGE_ROUTE_ESCALATE] = HEAD_ESCALATE,
        [TRIAGE_ROUTE_SUPPRESS] = -1,
        [TRIAGE_ROUTE_STAFF_TASK] = HEAD_STAFF_TASK,
        [TRIAGE_ROUTE_AUTO_REPLY] = HEAD_AUTO_REPLY,
        [TRIAGE_ROUTE_CLOSE] = HEAD_CLOSE};
    uint64_t bits = tag_bits(verdict);
    for (int label = 0; label < TRIAGE_LABEL_MAX; label++)
        bits |= verdict->labels[label] ? bit(label) : 0;
    if (verdict->urgency == TRIAGE_URGENCY_EMERGENCY)
        bits |= bit(HEAD_EMERGENCY);
    if (verdict->urgency == TRIAGE_URGENCY_SAME_DAY)
        bits |= bit(HEAD_SAME_DAY);
    if (route_heads[verdict->route] >= 0)
        bits |= bit(route_heads[verdict->route]);
    return bits;
}

static uint64_t active_heads(void)
{
    uint64_t bits = (1ULL << TRIAGE_LABEL_MAX) - 1;
    bits |= bit(HEAD_EMERGENCY) | bit(HEAD_SAME_DAY) | bit(HEAD_ESCALATE) | bit(HEAD_STAFF_TASK)
        | bit(HEAD_AUTO_REPLY) | bit(HEAD_CLOSE);
    for (size_t i = 0; i < sizeof tag_heads / sizeof *tag_heads; i++)
        bits |= bit((int)tag_heads[i].head);
    return bits;
}

/* ---- what is gone over ---- */

static int compare_keys(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void gather_keys(struct lesson_work *work, const struct triage_lesson *lessons, size_t count)
{
    uint32_t *keys = ARENA_NEW(work->arena, uint32_t, KEYS_SEEN_MAX);
    size_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        ARENA struct arena scratch;
        arena_init(&scratch, 0);
        float odds[HEAD_MAX];
        const struct model_features *features =
            triage__features(&scratch, lessons[i].text, lessons[i].prior, odds);
        for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
            for (size_t k = 0; layer__looks_at(group) && k < features->count[group]; k++) {
                if (seen < KEYS_SEEN_MAX)
                    keys[seen++] = features->keys[group][k];
            }
        }
    }
    qsort(keys, seen, sizeof *keys, compare_keys);
    for (size_t i = 0; i < seen; i++) {
        if (i == 0 || keys[i] != keys[work->key_count - 1])
            keys[work->key_count++] = keys[i];
    }
    work->keys = keys;
}

/* What nobody took for an alarm is not argued further down. */
static uint64_t argued_heads(const struct shown *shown)
{
    uint64_t bits = shown->active;
    for (int head = 0; head < HEAD_USED; head++) {
        if (layer__is_guarded((enum model_head)head) && !(shown->truth & bit(head))
            && shown->odds[head] < quiet_most)
            bits &= ~bit(head);
    }
    return bits;
}

static void add_shown(struct lesson_work *work, const struct triage_lesson *lesson, bool argues)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct shown *shown = &work->shown[work->shown_count];
    *shown = (struct shown){.truth = truth_of(&lesson->truth), .active = active_heads()};
    const struct model_features *features =
        triage__features(&scratch, lesson->text, lesson->prior, shown->odds);
    size_t known = 0;
    shown->review = !argues;
    if (argues)
        shown->active = argued_heads(shown);
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
        const size_t count = layer__looks_at(group) ? features->count[group] : 0;
        shown->rows[group] = ARENA_NEW(work->arena, uint32_t, count + 1);
        shown->value[group] = layer__value(features->count[group], group);
        for (size_t k = 0; k < count; k++) {
            const uint32_t *found = bsearch(&features->keys[group][k], work->keys, work->key_count,
                sizeof *work->keys, compare_keys);
            if (found)
                shown->rows[group][shown->count[group]++] = (uint32_t)(found - work->keys);
        }
        known += shown->count[group];
    }
    work->shown_count += known > 0;
}

/* ---- learning ---- */

static void score(const struct lesson_work *work, const struct shown *shown, float *ret_odds)
{
    float change[HEAD_MAX] = {0};
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
        for (size_t i = 0; i < shown->count[group]; i++) {
            const float *weights = work->weights[shown->rows[group][i]];
            for (size_t h = 0; h < HEAD_MAX; h++)
                change[h] += shown->value[group] * weights[h];
        }
    }
    for (size_t h = 0; h < HEAD_MAX; h++)
        ret_odds[h] = shown->odds[h] + layer__bounded((enum model_head)h, change[h]);
}

static void learn_one(struct lesson_work *work, const struct shown *shown, float rate)
{
    float slope[HEAD_MAX], reach[HEAD_MAX];
    score(work, shown, slope);
    for (size_t h = 0; h < HEAD_MAX; h++) /* of what is guarded the corpus only takes back */
        reach[h] = shown->review && layer__is_guarded((enum model_head)h) ? 0 : INFINITY;
    for (size_t h = 0; h < HEAD_MAX; h++) {
        const float truth = (float)(shown->truth >> h & 1);
        slope[h] = (float)(shown->active >> h & 1) * (model_likely(slope[h]) - truth);
    }
    for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
        const float keep = 1 - rate * decay, value = rate * shown->value[group];
        for (size_t i = 0; i < shown->count[group]; i++) {
            float *weights = work->weights[shown->rows[group][i]];
            for (size_t h = 0; h < HEAD_MAX; h++) {
                const float now = weights[h], next = now * keep - value * slope[h];
                weights[h] = fmaxf(fminf(next, fmaxf(now, reach[h])), fminf(now, -reach[h]));
            }
        }
    }
}

/* A fixed shuffle: the order is a matter of the round alone. */
static void shuffle(uint32_t *order, size_t count, uint32_t seed)
{
    uint32_t state = seed * 2654435761U + 1;
    for (size_t i = count; i > 1; i--) {
        state = state * 1664525U + 1013904223U;
        const size_t j = (size_t)((uint64_t)state * i >> 32);
        const uint32_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

static void learn_all(struct lesson_work *work)
{
    uint32_t *order = ARENA_NEW(work->arena, uint32_t, work->shown_count + 1);
    for (size_t i = 0; i < work->shown_count; i++)
        order[i] = (uint32_t)i;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const float rate = rate_first * (1 - 0.9F * (float)round / ROUNDS);
        shuffle(order, work->shown_count, round + 1);
        for (size_t i = 0; i < work->shown_count; i++)
            learn_one(work, &work->shown[order[i]], rate);
    }
}

/* ---- what is kept of it ---- */

static float largest_of(const float weights[HEAD_MAX])
{
    float largest = 0;
    for (size_t h = 0; h < HEAD_USED; h++)
        largest = fmaxf(largest, fabsf(weights[h]));
    return largest;
}

static int compare_sizes(const void *left, const void *right)
{
    const float a = *(const float *)left, b = *(const float *)right;
    return (a < b) - (a > b);
}

/* Rows that say something; where they are too many, those that say most. */
static float least_kept(struct lesson_work *work, float scale)
{
    if (work->key_count <= LAYER_KEYS_MAX)
        return scale / 2;
    float *sizes = ARENA_NEW(work->arena, float, work->key_count);
    for (size_t i = 0; i < work->key_count; i++)
        sizes[i] = largest_of(work->weights[i]);
    qsort(sizes, work->key_count, sizeof *sizes, compare_sizes);
    return fmaxf(scale / 2, sizes[LAYER_KEYS_MAX - 1]);
}

static struct triage_layer *quantise(struct lesson_work *work, struct arena *arena)
{
    float largest = 1e-6F;
    for (size_t i = 0; i < work->key_count; i++)
        largest = fmaxf(largest, largest_of(work->weights[i]));
    const float scale = largest / 127, least = least_kept(work, scale);
    uint32_t *keys = ARENA_NEW(arena, uint32_t, work->key_count + 1);
    int8_t(*weights)[HEAD_MAX] = arena_alloc(arena, (work->key_count + 1) * sizeof *weights);
    size_t count = 0;
    for (size_t i = 0; i < work->key_count && count < LAYER_KEYS_MAX; i++) {
        if (largest_of(work->weights[i]) < least)
            continue;
        keys[count] = work->keys[i];
        for (size_t h = 0; h < HEAD_USED; h++)
            weights[count][h] = (int8_t)lroundf(work->weights[i][h] / scale);
        count++;
    }
    struct triage_layer *layer = ARENA_NEW(arena, struct triage_layer, 1);
    *layer = (struct triage_layer){count, keys, (const int8_t(*)[HEAD_MAX])weights, scale, 1};
    return layer;
}

struct triage_layer *layer__learn(struct arena *arena, const struct triage_lesson *lessons,
    size_t count, const struct triage_lesson *review, size_t review_count)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct lesson_work work = {.arena = &scratch};
    gather_keys(&work, lessons, count);
    if (work.key_count == 0)
        return NULL;
    work.weights = arena_alloc(&scratch, work.key_count * sizeof *work.weights);
    work.shown = ARENA_NEW(&scratch, struct shown, count + review_count + 1);
    for (size_t i = 0; i < count; i++)
        add_shown(&work, &lessons[i], true);
    for (size_t i = 0; i < review_count; i++)
        add_shown(&work, &review[i], false);
    learn_all(&work);
    return quantise(&work, arena);
}
