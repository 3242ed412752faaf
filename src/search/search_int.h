/* search_int.h: what the files of search share. */
#ifndef PERENNIAL_SEARCH_SEARCH_INT_H
#define PERENNIAL_SEARCH_SEARCH_INT_H

#include "search/search.h"

/* Lower case, without accents, letters and digits only. */
struct words {
    const char *list[SEARCH_WORDS_MAX];
    size_t count;
    bool open; /* the last one is still being typed: nothing follows it */
};
struct words search__words(struct arena *arena, const char *text);

/* near.c: words of names that are at most `edits` from `word`, nearest first. */
struct near_word {
    const char *word;
    int edits;
};
enum { NEAR_MAX = 4 };
enum err search__near(struct arena *arena, struct db *db, int64_t practice_id, const char *word,
    struct near_word ret_near[NEAR_MAX], size_t *ret_count, struct why *reterr_why) WARN_UNUSED;

#endif
