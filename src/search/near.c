/* near.c: words that are nearly what was typed, found without comparing all of them.
 *
 * Two words that are one edit apart become the same word when at most one letter of each is
 * dropped; two edits, two letters. So each known word stands in search_word under what dropping
 * leaves of its first letters, and what was typed is looked up under what dropping leaves of it.
 * Where they meet, the distance itself is counted. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "search/search_int.h"
#include "search_sql.h"

enum {
    FRONT = 7,           /* letters of which some are dropped: the rest is compared whole */
    WORD_BYTES_MAX = 40, /* longer ones are no names */
    SHORT = 4,
    LONG = 7,            /* letters from which one, two edits are forgiven */
    MEET_MAX = 400,      /* words looked at: more meet only under a variant of two letters */
    LEARN_PATIENTS = 24, /* of one round: their words are written in some milliseconds */
};

static int edits_of(const char *word)
{
    size_t len = strlen(word);
    return len >= LONG ? 2 : len >= SHORT ? 1 : 0;
}

/* `word` and what is left of its front when up to `drops` letters are dropped. */
static void add_variants(struct map *variants, const char *word, int drops)
{
    char rest[FRONT + 1];
    (void)map_put(variants, word, NULL);
    if (drops == 0 || !*word)
        return;
    size_t len = strlen(word);
    for (size_t gone = 0; gone < len; gone++) {
        memcpy(rest, word, gone);
        memcpy(rest + gone, word + gone + 1, len - gone);
        add_variants(variants, rest, drops - 1);
    }
}

static struct map variants_of(struct arena *arena, const char *word)
{
    struct map variants;
    char front[FRONT + 1];
    map_init(&variants, arena);
    size_t len = strlen(word);
    len = len < FRONT ? len : FRONT;
    memcpy(front, word, len);
    front[len] = '\0';
    (void)map_put(&variants, word, NULL);
    if (edits_of(word) > 0)
        add_variants(&variants, front, edits_of(word));
    return variants;
}

static const char *keys_of(struct arena *arena, const struct map *map)
{
    const char **keys = ARENA_NEW(arena, const char *, map->count + 1);
    for (size_t i = 0; i < map->count; i++)
        keys[i] = map->entries[i].key;
    return db_list(arena, keys, map->count);
}

static int nearer(const void *left, const void *right)
{
    const struct near_word *a = left, *b = right;
    return a->edits != b->edits ? a->edits - b->edits : strcmp(a->word, b->word);
}

enum err search__near(struct arena *arena, struct db *db, int64_t practice_id, const char *word,
    struct near_word ret_near[NEAR_MAX], size_t *ret_count, struct why *reterr_why)
{
    int most = edits_of(word);
    *ret_count = 0;
    if (most == 0 || strlen(word) > WORD_BYTES_MAX)
        return ERR_NONE;
    struct map variants = variants_of(arena, word);
    struct near_word *met = ARENA_NEW(arena, struct near_word, MEET_MAX);
    size_t count = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_search_near_words,
        DB_ARGS(db_int("practice_id", practice_id), db_text("variants", keys_of(arena, &variants)),
            db_int("limit", MEET_MAX)),
        &rows, reterr_why);
    while (err == ERR_NONE && count < MEET_MAX && db_next(rows)) {
        const char *known = db_col_text(rows, 0);
        size_t edits = text_distance(word, known, (size_t)most);
        if (edits <= (size_t)most && edits <= (size_t)edits_of(known) + 1)
            met[count++] = (struct near_word){arena_text(arena, known), (int)edits};
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    qsort(met, count, sizeof(*met), nearer);
    *ret_count = count < NEAR_MAX ? count : NEAR_MAX;
    memcpy(ret_near, met, *ret_count * sizeof(*met));
    return err;
}

/* ---- learning ---- */

struct place {
    int64_t updated_ms;
    const char *patient_id;
};

static enum err read_place(struct arena *arena, struct db *db, int64_t practice_id,
    struct place *ret_place, struct why *reterr_why)
{
    *ret_place = (struct place){-1, ""};
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(
        db, &sql_search_read_place, DB_ARGS(db_int("practice_id", practice_id)), &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows))
        *ret_place = (struct place){db_col_int(rows, 0), db_col_copy(arena, rows, 1)};
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err open_unlearnt(struct db *db, int64_t practice_id, const struct place *place,
    int64_t limit, struct db_rows **ret_rows, struct why *reterr_why)
{
    return db_query(db, &sql_search_unlearnt,
        DB_ARGS(db_int("practice_id", practice_id), db_int("updated_ms", place->updated_ms),
            db_text("patient_id", place->patient_id), db_int("limit", limit)),
        ret_rows, reterr_why);
}

enum err search_pending(struct db *db, int64_t practice_id, bool *ret_more, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct place place;
    enum err err = read_place(&scratch, db, practice_id, &place, reterr_why);
    DB_ROWS struct db_rows *rows = NULL;
    if (err == ERR_NONE)
        err = open_unlearnt(db, practice_id, &place, 1, &rows, reterr_why);
    if (err == ERR_NONE)
        *ret_more = db_next(rows);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* The words of the next few names; the place behind them. */
static enum err read_words(struct arena *arena, struct tx *tx, struct map *words,
    struct place *place, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = open_unlearnt(tx->db, tx->practice_id, place, LEARN_PATIENTS, &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        *place = (struct place){db_col_int(rows, 0), db_col_copy(arena, rows, 1)};
        for (int column = 2; column <= 4; column++) {
            struct words found = search__words(arena, db_col_text(rows, column));
            for (size_t i = 0; i < found.count; i++)
                if (strlen(found.list[i]) <= WORD_BYTES_MAX)
                    (void)map_put(words, found.list[i], NULL);
        }
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* Takes those that stand there already off. */
static enum err forget_known(struct arena *arena, struct tx *tx, struct map *known,
    const struct map *words, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_search_known_words,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("words", keys_of(arena, words))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        (void)map_put(known, db_col_text(rows, 0), known);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err add_word(
    struct arena *arena, struct tx *tx, const char *word, struct why *reterr_why)
{
    struct map variants = variants_of(arena, word);
    struct db_arg *args = ARENA_NEW(arena, struct db_arg, 3 * variants.count);
    for (size_t i = 0; i < variants.count; i++) {
        args[3 * i] = db_int("practice_id", tx->practice_id);
        args[3 * i + 1] = db_text("variant", variants.entries[i].key);
        args[3 * i + 2] = db_text("word", word);
    }
    return db_exec_many(tx, &sql_search_add_word, args, 3, variants.count, reterr_why);
}

enum err search_learn(struct arena *arena, struct tx *tx, struct why *reterr_why)
{
    struct place place;
    struct map words, known;
    map_init(&words, arena);
    map_init(&known, arena);
    enum err err = read_place(arena, tx->db, tx->practice_id, &place, reterr_why);
    if (err == ERR_NONE)
        err = read_words(arena, tx, &words, &place, reterr_why);
    if (err == ERR_NONE)
        err = forget_known(arena, tx, &known, &words, reterr_why);
    for (size_t i = 0; i < words.count && err == ERR_NONE; i++)
        if (!map_get(&known, words.entries[i].key))
            err = add_word(arena, tx, words.entries[i].key, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_search_write_place,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_int("updated_ms", place.updated_ms),
                db_text("patient_id", place.patient_id)),
            NULL, reterr_why);
    return err;
}
