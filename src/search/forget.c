/* forget.c: a person is erased: the words of their name, and what is left of texts in the index. */
#include "base/map.h"
#include "search/search_int.h"
#include "search_sql.h"

/* A word whose value is NULL is in somebody else's name, too. */
static enum err keep_shared(struct erasing *erasing, struct map *words, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(erasing->tx->db, &sql_search_other_names,
        DB_ARGS(db_int("practice_id", erasing->tx->practice_id),
            db_text("patient_id", erasing->patient_id)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        for (int column = 0; column < 3; column++) {
            struct words found = search__words(&scratch, db_col_text(rows, column));
            for (size_t i = 0; i < found.count; i++) {
                if (map_get(words, found.list[i]))
                    (void)map_put(words, found.list[i], NULL);
            }
        }
        arena_reset(&scratch);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err own_words(struct erasing *erasing, struct map *words, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(erasing->tx->db, &sql_search_own_names,
        DB_ARGS(db_int("practice_id", erasing->tx->practice_id),
            db_text("patient_id", erasing->patient_id)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        for (int column = 0; column < 3; column++) {
            struct words found = search__words(erasing->arena, db_col_text(rows, column));
            for (size_t i = 0; i < found.count; i++)
                (void)map_put(words, found.list[i], words);
        }
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err search_erase(struct erasing *erasing, struct why *reterr_why)
{
    struct map words;
    map_init(&words, erasing->arena);
    enum err err = own_words(erasing, &words, reterr_why);
    if (err == ERR_NONE)
        err = keep_shared(erasing, &words, reterr_why);
    const char **gone = ARENA_NEW(erasing->arena, const char *, words.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < words.count; i++) {
        if (words.entries[i].value)
            gone[count++] = words.entries[i].key;
    }
    return err == ERR_NONE ? db_exec(erasing->tx, &sql_search_forget_words,
               DB_ARGS(db_int("practice_id", erasing->tx->practice_id),
                   db_text("words", db_list(erasing->arena, gone, count))),
               NULL, reterr_why)
                           : err;
}

enum err search_rewrite(struct tx *tx, struct why *reterr_why)
{
    return db_exec(tx, &sql_search_rewrite, DB_NO_ARGS, NULL, reterr_why);
}
