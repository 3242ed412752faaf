/* worth.c: the rank of each patient by completed money. */
#include <assert.h>
#include <string.h>

#include "record/record_int.h"
#include "record_sql.h"

enum { WORTH_PAGE_MAX = 2000 };

/* From the least money of each percentile up to that of the next. */
struct worth_bands {
    int64_t from_cents[101], percentile[101];
    size_t count;
};

/* Of completed money: the share of those with less. Equal money, equal percentile. */
static enum err read_bands(struct tx *tx, struct worth_bands *ret_bands, struct why *reterr_why)
{
    const struct db_arg id = db_int("practice_id", tx->practice_id);
    int64_t all = 0, seen = 0;
    enum err err = db_query_int(tx->db, &sql_record_worth_count, &id, 1, &all, reterr_why);
    DB_ROWS struct db_rows *rows = NULL;
    if (err == ERR_NONE)
        err = db_query(tx->db, &sql_record_worth, &id, 1, &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct worth_bands bands = {0};
    while (db_next(rows)) {
        int64_t percentile = seen * 100 / (all > 1 ? all - 1 : 1);
        if (bands.count == 0 || bands.percentile[bands.count - 1] != percentile) {
            assert(bands.count < 101);
            bands.from_cents[bands.count] = db_col_int(rows, 0);
            bands.percentile[bands.count++] = percentile;
        }
        seen += db_col_int(rows, 1);
    }
    err = db_end(&rows, reterr_why);
    if (err == ERR_NONE)
        *ret_bands = bands;
    return err;
}

static int64_t band_of(const struct worth_bands *bands, int64_t cents)
{
    size_t low = 0, high = bands->count; /* bands[low] begins at or below cents */
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (bands->from_cents[middle] <= cents)
            low = middle;
        else
            high = middle;
    }
    return bands->percentile[low];
}

/* `after`: the last patient of the page before. */
static enum err rank_page(struct tx *tx, const struct worth_bands *bands, char *after,
    size_t after_bytes, bool *ret_more, struct why *reterr_why)
{
    enum { ARGS = 3 };
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct db_arg *args = ARENA_NEW(&scratch, struct db_arg, WORTH_PAGE_MAX * ARGS);
    size_t moved = 0, read = 0;
    const char *last = after;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_record_worth_page,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("after", after),
            db_int("limit", WORTH_PAGE_MAX)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        const char *patient_id = db_col_copy(&scratch, rows, 0);
        int64_t percentile = band_of(bands, db_col_int(rows, 1));
        last = patient_id;
        read++;
        if (!db_col_null(rows, 2) && db_col_int(rows, 2) == percentile)
            continue;
        struct db_arg *row = &args[moved++ * ARGS];
        row[0] = db_int("practice_id", tx->practice_id);
        row[1] = db_text("patient_id", patient_id);
        row[2] = db_int("percentile", percentile);
    }
    err = db_end(&rows, reterr_why);
    if (err == ERR_NONE && moved > 0)
        err = db_exec_many(tx, &sql_record_percentile_put, args, ARGS, moved, reterr_why);
    *ret_more = err == ERR_NONE && read == WORTH_PAGE_MAX;
    if (*ret_more) {
        assert(strlen(last) < after_bytes);
        memcpy(after, last, strlen(last) + 1);
    }
    return err;
}

enum err record_refresh_percentiles(struct tx *tx, struct why *reterr_why)
{
    struct worth_bands bands = {0};
    char after[64] = "";
    enum err err = read_bands(tx, &bands, reterr_why);
    bool more = bands.count > 0;
    while (more && err == ERR_NONE)
        err = rank_page(tx, &bands, after, sizeof after, &more, reterr_why);
    return err;
}
