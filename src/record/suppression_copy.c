/* suppression_copy.c: the ledger of stops, carried over into a restored store. */
#include "audit/audit.h"
#include "record/record.h"
#include "record_sql.h"

static struct db_arg same_text(const char *name, const struct db_rows *rows, int column)
{
    return db_text(name, db_col_text(rows, column));
}

static struct db_arg same_ms(const char *name, const struct db_rows *rows, int column)
{
    return db_col_null(rows, column) ? db_null(name) : db_int(name, db_col_int(rows, column));
}

static enum err copy_row(struct tx *tx, const struct db_rows *rows, struct why *reterr_why)
{
    return db_exec(tx, &sql_record_suppression_copy,
        DB_ARGS(db_int("practice_id", tx->practice_id), same_text("address_hash", rows, 0),
            same_text("channel", rows, 1), same_text("scope", rows, 2),
            same_text("reason", rows, 3), same_text("address", rows, 4),
            same_text("patient_id", rows, 5), same_text("source", rows, 6),
            same_text("evidence", rows, 7), same_ms("created_ms", rows, 8),
            same_ms("lifted_ms", rows, 9), same_text("lifted_by", rows, 10),
            same_ms("one_channel", rows, 11), same_ms("widened_ms", rows, 12)),
        NULL, reterr_why);
}

enum err record_copy_suppressions(struct tx *tx, struct db *from, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(from, &sql_record_suppression_all,
        DB_ARGS(db_int("practice_id", tx->practice_id)), &rows, reterr_why);
    int64_t copied = 0;
    for (; err == ERR_NONE && db_next(rows); copied++)
        err = copy_row(tx, rows, reterr_why);
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO detail = json_pack("{s:I}", "rows", (json_int_t)copied);
    return audit_write(tx, "suppression.restored", NULL, NULL, detail, reterr_why);
}
