/* vocabulary.c: which features get a row, and which words: those that several writers showed
 * (learn.h).
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

uint32_t corpus_word(struct corpus *corpus, const struct sequence_word *word)
{
    uint32_t *slots = corpus->word_slots, slot = word->key % (2 * WORDS_MAX);
    while (slots[slot] != 0 && corpus->words[slots[slot] - 1].word.key != word->key)
        slot = (slot + 1) % (2 * WORDS_MAX);
    if (slots[slot] == 0 && corpus->word_count < WORDS_MAX) {
        corpus->words[corpus->word_count++] =
            (struct corpus_word){.word = *word, .known = SEQUENCE_KNOWN};
        slots[slot] = corpus->word_count;
    }
    return slots[slot] == 0 ? 0 : slots[slot] - 1;
}

static void count_writers(struct corpus *corpus)
{
    for (size_t i = 0; i < corpus->count; i++) {
        const struct example *example = &corpus->examples[i];
        for (size_t side = 0; side < SIDES; side++) {
            for (uint32_t w = 0; w < example->word_count[side]; w++) {
                struct corpus_word *word = &corpus->words[example->words[side][w]];
                bool anew = word->writers == 0 || word->last_writer != example->writer;
                word->writers = (uint16_t)(word->writers + anew);
                word->last_writer = example->writer;
            }
        }
    }
}

static void settle_words(struct corpus *corpus)
{
    count_writers(corpus);
    size_t known = SIZE_MAX;
    uint16_t least = WRITERS_LEAST - 1;
    while (known > SEQUENCE_KNOWN) {
        known = 0;
        least++;
        for (uint32_t i = 0; i < corpus->word_count; i++)
            known += corpus->words[i].writers >= least;
    }
    memset(corpus->known, 0xFF, sizeof corpus->known);
    known = 0;
    for (uint32_t i = 0; i < corpus->word_count; i++) {
        if (corpus->words[i].writers >= least)
            corpus->known[known++] = corpus->words[i].word.key;
    }
    qsort(corpus->known, known, sizeof *corpus->known, compare_keys);
    for (uint32_t i = 0; i < corpus->word_count; i++) {
        struct corpus_word *word = &corpus->words[i];
        const uint32_t *found =
            bsearch(&word->word.key, corpus->known, known, sizeof *corpus->known, compare_keys);
        word->known = found == NULL ? SEQUENCE_KNOWN : (uint32_t)(found - corpus->known);
    }
}

void corpus_settle(struct corpus *corpus)
{
    settle_words(corpus);
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
