/* pair.c: who may be one person with whom, kept for the list of them. A name or an address that
 * many have is looked through only so far, so that no import takes the square of its rows. */
#include <string.h>

#include "record/record_int.h"
#include "record_sql.h"

enum {
    PAIR_NAMES_MAX = 8,      /* of one name, before and behind each */
    PAIR_ADDRESSES_MAX = 64, /* more users of one address: a filler number */
};

static enum err drop(struct page *page, const char *ids, struct why *reterr_why)
{
    static const struct sql *const sides[] = {&sql_record_pairs_drop, &sql_record_pairs_drop_other};
    enum err err = ERR_NONE;
    for (int i = 0; i < 2 && err == ERR_NONE; i++)
        err = db_exec(page->tx, sides[i],
            DB_ARGS(db_int("practice_id", page->tx->practice_id), db_text("ids", ids)), NULL,
            reterr_why);
    return err;
}

static void add(struct page *page, struct batch *batch, const struct db_rows *rows, bool address)
{
    struct db_arg *args = batch_add(batch);
    *args++ = db_int("practice_id", page->tx->practice_id);
    *args++ = db_text("patient_id", db_col_copy(page->arena, rows, 0));
    *args++ = db_text("name_key", db_col_copy(page->arena, rows, 1));
    *args++ = db_day("birth_day", db_col_day(rows, 2));
    *args++ = db_int("most", address ? PAIR_ADDRESSES_MAX : PAIR_NAMES_MAX);
    if (!address)
        return;
    *args++ = db_text("first_name", db_col_copy(page->arena, rows, 3));
    *args++ = db_text("channel", db_col_copy(page->arena, rows, 4));
    *args++ = db_text("address", db_col_copy(page->arena, rows, 5));
}

/* Everybody on the page whose records changed is compared anew. Whom a later page changes is
 * compared with them then. */
enum err pair_write(struct page *page, struct why *reterr_why)
{
    struct id_list folded = {0};
    for (size_t i = 0; i < page->count; i++) {
        if (page->patients[i].fold)
            id_list_add(page->arena, &folded, page->patients[i].patient_id);
    }
    if (folded.count == 0)
        return ERR_NONE;
    const char *ids = db_list(page->arena, folded.ids, folded.count), *last = "";
    struct batch names = batch_of(page->arena, 5), addresses = batch_of(page->arena, 8);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = drop(page, ids, reterr_why);
    if (err == ERR_NONE)
        err = db_query(page->tx->db, &sql_record_pair_traits,
            DB_ARGS(db_int("practice_id", page->tx->practice_id), db_text("ids", ids)), &rows,
            reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (strcmp(last, db_col_text(rows, 0)) != 0 && *db_col_text(rows, 1))
            add(page, &names, rows, /*address=*/false);
        last = db_col_copy(page->arena, rows, 0);
        if (db_col_text(rows, 5))
            add(page, &addresses, rows, /*address=*/true);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err == ERR_NONE)
        err = batch_run(page->tx, &sql_record_pairs_named, &names, reterr_why);
    return err == ERR_NONE ? batch_run(page->tx, &sql_record_pairs_at, &addresses, reterr_why)
                           : err;
}
