/* record.c: one import from the first row to the last fold. */
#include "record/record.h"

#include <assert.h>

#include "record/record_int.h"
#include "record_sql.h"

static enum err take_turn(struct tx *tx, int64_t *ret_ordinal, struct why *reterr_why)
{
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    enum err err = db_exec(tx, &sql_record_turn_open, &practice, 1, NULL, reterr_why);
    return err == ERR_NONE
        ? db_query_int(tx->db, &sql_record_turn_take, &practice, 1, ret_ordinal, reterr_why)
        : err;
}

enum err record_take_turn(struct tx *tx, struct why *reterr_why)
{
    int64_t ordinal;
    return take_turn(tx, &ordinal, reterr_why);
}

enum err record_open(struct arena *request, const struct record_options *options, struct tx *tx,
    struct record_load **ret_load, struct why *reterr_why)
{
    assert(options->practice && options->clocks && options->address_key && tx->open);
    struct record_load *load = ARENA_NEW(request, struct record_load, 1);
    *load = (struct record_load){.options = *options, .request = request, .tx = tx};
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    enum err err = take_turn(tx, &load->next_ordinal, reterr_why);
    /* Rows left by a process that died inside an import were rolled back with it; what is here was
     * left by a caller that never closed. */
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_record_seen_clear, &practice, 1, NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_record_touched_clear, &practice, 1, NULL, reterr_why);
    int64_t erased = 0, erasures = 0;
    if (err == ERR_NONE)
        err = db_query_int(tx->db, &sql_record_erased_any, &practice, 1, &erased, reterr_why);
    if (err == ERR_NONE)
        err = db_query_int(tx->db, &sql_record_erasures_any, &practice, 1, &erasures, reterr_why);
    if (err != ERR_NONE)
        return err;
    load->erased = erased != 0;
    load->erasures = erasures != 0;
    category_forget(load);
    *ret_load = load;
    return ERR_NONE;
}

static enum err put_kind(struct record_load *load, enum record_kind kind, int64_t file,
    const struct record_row *rows, size_t count, enum record_change *ret_changes,
    struct why *reterr_why)
{
    switch (kind) {
    case RECORD_PATIENT: return patient_put(load, file, rows, count, ret_changes, reterr_why);
    case RECORD_APPOINTMENT: return appointment_put(load, rows, count, ret_changes, reterr_why);
    case RECORD_SERVICE: return service_put(load, rows, count, ret_changes, reterr_why);
    case RECORD_MEMBERSHIP: return membership_put(load, rows, count, ret_changes, reterr_why);
    case RECORD_INVOICE:
    case RECORD_PRESCRIPTION:
    case RECORD_PROGRAM: return ledger_put(load, kind, rows, count, ret_changes, reterr_why);
    case RECORD_KIND_MAX: break;
    }
    assert(!"rows of no kind");
    return ERR_INPUT;
}

/* The same without the rows of who was erased. */
static enum err put_sifted(struct record_load *load, enum record_kind kind, int64_t file,
    const struct record_row *rows, size_t count, enum record_change *ret_changes,
    struct why *reterr_why)
{
    struct record_row *kept = ARENA_NEW(load->scratch, struct record_row, count);
    size_t *places = ARENA_NEW(load->scratch, size_t, count);
    enum record_change *changes = ARENA_NEW(load->scratch, enum record_change, count);
    size_t kept_count = 0;
    enum err err =
        erased_sift(load, kind, rows, count, kept, places, &kept_count, ret_changes, reterr_why);
    if (err == ERR_NONE && kept_count > 0)
        err = put_kind(load, kind, file, kept, kept_count, changes, reterr_why);
    for (size_t i = 0; i < kept_count && err == ERR_NONE; i++)
        ret_changes[places[i]] = changes[i];
    return err;
}

enum err record_put(struct record_load *load, enum record_kind kind, int64_t file,
    const char *file_name, const bool *covered, const struct record_row *rows, size_t count,
    enum record_change *ret_changes, struct why *reterr_why)
{
    assert(count <= RECORD_BATCH_MAX);
    if (count == 0)
        return ERR_NONE;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    load->scratch = &scratch;
    load->file_name = file_name;
    load->covered = covered;
    enum err err = load->erasures
        ? put_sifted(load, kind, file, rows, count, ret_changes, reterr_why)
        : put_kind(load, kind, file, rows, count, ret_changes, reterr_why);
    load->scratch = NULL;
    return err;
}

enum err record_settle(struct record_load *load, struct why *reterr_why)
{
    enum err err = identity_settle(load, reterr_why);
    if (err == ERR_NONE && load->services_changed)
        err = category_settle(load, reterr_why);
    if (err == ERR_NONE)
        err = fold_settle(load, reterr_why);
    if (err == ERR_NONE)
        err = household_settle(load, reterr_why);
    if (err == ERR_NONE && load->parted)
        err = split_settle(load, reterr_why);
    if (err == ERR_NONE && load->options.found)
        err = finding_settle(load, reterr_why);
    load->services_changed = false;
    return err == ERR_NONE ? db_exec(load->tx, &sql_record_touched_done,
               DB_ARGS(db_int("practice_id", load->tx->practice_id)), NULL, reterr_why)
                           : err;
}

enum err record_close(struct record_load *load, struct why *reterr_why)
{
    struct tx *tx = load->tx;
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    enum err err = db_exec(tx, &sql_record_seen_clear, &practice, 1, NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_record_touched_clear, &practice, 1, NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_record_turn_close,
            DB_ARGS(practice, db_int("next_ordinal", load->next_ordinal)), NULL, reterr_why);
    return err;
}

static enum err read_ids(
    struct arena *arena, struct db_rows **rows, struct id_list *list, struct why *reterr_why)
{
    while (db_next(*rows))
        id_list_add(arena, list, db_col_copy(arena, *rows, 0));
    return db_end(rows, reterr_why);
}

enum err record_read_touched(struct arena *arena, struct db *db, int64_t practice_id,
    const char *after, size_t limit, const char *const **ret_ids, size_t *ret_count,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct id_list list = {0};
    enum err err = db_query(db, &sql_record_touched_page,
        DB_ARGS(db_int("practice_id", practice_id), db_text("after", after),
            db_int("limit", (int64_t)limit)),
        &rows, reterr_why);
    if (err == ERR_NONE)
        err = read_ids(arena, &rows, &list, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_ids = list.ids;
    *ret_count = list.count;
    return ERR_NONE;
}

enum err record_read_merges(struct arena *arena, struct db *db, int64_t practice_id,
    struct instant since, struct record_merge **ret_merges, size_t *ret_count,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct record_merge *merges = NULL;
    size_t count = 0, capacity = 0;
    enum err err = db_query(db, &sql_record_merges_since,
        DB_ARGS(db_int("practice_id", practice_id), db_int("since_ms", since.ms)), &rows,
        reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (count == capacity) {
            size_t grown = capacity ? capacity * 2 : 16;
            merges = arena_grow(arena, merges, capacity * sizeof(*merges), grown * sizeof(*merges));
            capacity = grown;
        }
        merges[count++] = (struct record_merge){
            .gone = db_col_copy(arena, rows, 0), .into = db_col_copy(arena, rows, 1)};
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_merges = merges;
    *ret_count = count;
    return ERR_NONE;
}
