/* vocabulary.c: which features get a row: those that several writers showed (learn.h).
 *
 * What one writer alone shows is that writer's habit. Runs of letters are many and say little each,
 * so more writers are asked of them. */
#include <stdlib.h>
#include <string.h>

#include "learn.h"

enum { SLOTS = 1 << 22, WRITERS_LEAST = 3, LETTERS_TIMES = 3 };

struct seen_key {
    uint32_t key; /* 0: nobody's */
    uint16_t last_writer, writers;
    bool letters;
};

static void see_key(struct seen_key *seen, uint32_t key, bool letters, uint16_t writer)
{
    size_t slot = key % SLOTS;
    while (seen[slot].key != 0 && seen[slot].key != key)
        slot = (slot + 1) % SLOTS;
    bool anew = seen[slot].key == 0 || seen[slot].last_writer != writer;
    uint16_t writers = (uint16_t)(seen[slot].writers + anew);
    seen[slot] = (struct seen_key){key, writer, writers, letters};
}

static bool has_row(const struct seen_key *seen, uint16_t least)
{
    return seen->key != 0 && seen->writers >= least * (seen->letters ? LETTERS_TIMES : 1);
}

static int compare_keys(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* The fewest writers that leave no more keys than there are rows. */
static size_t choose_keys(const struct seen_key *seen, uint32_t *ret_keys)
{
    for (uint16_t least = WRITERS_LEAST;; least++) {
        size_t count = 0;
        for (size_t slot = 0; slot < SLOTS; slot++)
            count += has_row(&seen[slot], least);
        if (count > MODEL_ROWS)
            continue;
        count = 0;
        for (size_t slot = 0; slot < SLOTS; slot++) {
            if (has_row(&seen[slot], least))
                ret_keys[count++] = seen[slot].key;
        }
        qsort(ret_keys, count, sizeof *ret_keys, compare_keys);
        return count;
    }
}

static void index_keys(const uint32_t *keys, size_t count, struct model_index *ret_index)
{
    size_t row = 0;
    for (size_t upper = 0; upper <= MODEL_INDEX; upper++) {
        ret_index->first[upper] = (uint32_t)row;
        while (row < count && keys[row] >> 16 == upper) {
            ret_index->rest[row] = (uint16_t)(keys[row] & 0xFFFF);
            row++;
        }
    }
}

void corpus_settle(struct corpus *corpus)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct seen_key *seen = ARENA_NEW(&scratch, struct seen_key, SLOTS);
    uint32_t *keys = ARENA_NEW(&scratch, uint32_t, SLOTS);
    for (size_t i = 0; i < corpus->count; i++) {
        const struct example *example = &corpus->examples[i];
        for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
            for (uint32_t k = 0; k < example->count[group]; k++)
                see_key(seen, example->rows[group][k], group == FEATURE_LETTERS, example->writer);
        }
    }
    index_keys(keys, choose_keys(seen, keys), &corpus->index);
    for (size_t i = 0; i < corpus->count; i++) {
        struct example *example = &corpus->examples[i];
        for (enum feature_group group = 0; group < FEATURE_GROUP_MAX; group++) {
            uint32_t known = 0;
            for (uint32_t k = 0; k < example->count[group]; k++) {
                size_t row = model_row(&corpus->index, example->rows[group][k]);
                if (row != MODEL_ROWS)
                    example->rows[group][known++] = (uint32_t)row;
            }
            example->count[group] = known;
        }
    }
    corpus_weigh(corpus);
}
