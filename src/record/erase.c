/* erase.c: see erase.h. */
#include "record/erase.h"

#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

/* ---- what they would be recognised by ---- */

char *erase_record_key(struct arena *arena, const char *record_id)
{
    return arena_format(arena, "record\n%s", record_id);
}

char *erase_address_key(struct arena *arena, const char *address)
{
    return arena_format(arena, "address\n%s", address);
}

void erase_person_keys(struct arena *arena, struct id_list *keys, const char *birth,
    const char *name, const char *address)
{
    if (birth && address)
        id_list_add(arena, keys, arena_format(arena, "born\n%s\n%s", birth, address));
    if (name && address)
        id_list_add(arena, keys, arena_format(arena, "named\n%s\n%s", name, address));
    if (birth && name)
        id_list_add(arena, keys, arena_format(arena, "birth\n%s\n%s", birth, name));
}

struct recognised {
    const unsigned char *address_key;
    struct id_list addresses; /* every one they had */
    struct id_list records;   /* ids of the booking system */
    struct id_list persons;   /* keys */
    int64_t stops;
};

static enum err read_addresses(
    struct erasing *erasing, struct recognised *ret_recognised, struct why *reterr_why)
{
    struct id_list own = {0};
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(erasing->tx->db, &sql_record_erase_addresses,
        DB_ARGS(db_int("practice_id", erasing->tx->practice_id),
            db_text("patient_id", erasing->patient_id)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        const char *address = db_col_copy(erasing->arena, rows, 0);
        id_list_add(erasing->arena, &ret_recognised->addresses, address);
        if (!db_col_int(rows, 1))
            id_list_add(erasing->arena, &own, address);
    }
    erasing->addresses = db_list(erasing->arena, own.ids, own.count);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static void recognise(
    struct erasing *erasing, const struct record_row *row, struct recognised *recognised)
{
    struct arena *arena = erasing->arena;
    const char *birth = row->values[FIELD_BIRTH_DATE];
    const char *name = row_person_name(arena, row);
    erase_person_keys(arena, &recognised->persons, birth, name, NULL);
    for (size_t i = 0; i < recognised->addresses.count; i++)
        erase_person_keys(arena, &recognised->persons, birth, name, recognised->addresses.ids[i]);
}

static enum err read_records(
    struct erasing *erasing, struct recognised *ret_recognised, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(erasing->tx->db, &sql_record_erase_records,
        DB_ARGS(db_int("practice_id", erasing->tx->practice_id),
            db_text("patient_id", erasing->patient_id)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct record_row row;
        id_list_add(erasing->arena, &ret_recognised->records, db_col_copy(erasing->arena, rows, 0));
        err = row_parse(erasing->arena, db_col_text(rows, 1), &row, reterr_why);
        if (err == ERR_NONE)
            recognise(erasing, &row, ret_recognised);
    }
    const struct id_list *records = &ret_recognised->records;
    erasing->record_ids = db_list(erasing->arena, records->ids, records->count);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static void add_key(struct erasing *erasing, struct batch *batch, const unsigned char key[32],
    const char *text, const char *kind)
{
    struct db_arg *args = batch_add(batch);
    args[0] = db_int("practice_id", erasing->tx->practice_id);
    args[1] = db_text("key_hash", address_hash(erasing->arena, key, text));
    args[2] = db_text("patient_id", erasing->patient_id);
    args[3] = db_text("kind", kind);
}

static enum err write_erasure(
    struct erasing *erasing, const struct recognised *known, struct why *reterr_why)
{
    struct tx *tx = erasing->tx;
    struct batch batch = batch_of(erasing->arena, 4);
    for (size_t i = 0; i < known->records.count; i++)
        add_key(erasing, &batch, known->address_key,
            erase_record_key(erasing->arena, known->records.ids[i]), "record");
    for (size_t i = 0; i < known->persons.count; i++)
        add_key(erasing, &batch, known->address_key, known->persons.ids[i], "person");
    for (size_t i = 0; i < known->addresses.count; i++)
        add_key(erasing, &batch, known->address_key,
            erase_address_key(erasing->arena, known->addresses.ids[i]), "address");
    enum err err = db_exec(tx, &sql_record_erasure_put,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", erasing->patient_id),
            db_int("stops", known->stops), db_text("actor", tx->actor),
            db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    return err == ERR_NONE ? batch_run(tx, &sql_record_erasure_key_put, &batch, reterr_why) : err;
}

enum err erase_open(struct arena *arena, struct tx *tx, const unsigned char address_key[32],
    const char *patient_id, struct erasing *erasing, struct why *reterr_why)
{
    assert(erasing->removed && erasing->emptied);
    struct recognised recognised = {.address_key = address_key};
    erasing->arena = arena;
    erasing->tx = tx;
    erasing->patient_id = patient_id;
    enum err err = record_lock(tx, &patient_id, 1, reterr_why);
    if (err == ERR_NONE)
        err = db_query_int(tx->db, &sql_record_erase_person,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id)),
            &recognised.stops, reterr_why);
    if (err == ERR_NOT_FOUND)
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no such patient");
    if (err == ERR_NONE)
        err = read_addresses(erasing, &recognised, reterr_why);
    if (err == ERR_NONE)
        err = read_records(erasing, &recognised, reterr_why);
    return err == ERR_NONE ? write_erasure(erasing, &recognised, reterr_why) : err;
}

/* ---- what goes ---- */

static void count_rows(struct erasing *erasing, const struct erase_step *step, int64_t rows)
{
    json_t *counts = step->empties ? erasing->emptied : erasing->removed;
    json_int_t before = json_integer_value(json_object_get(counts, step->kind));
    if (rows > 0)
        json_object_set_new(counts, step->kind, json_integer(before + (json_int_t)rows));
}

enum err erase_run(
    struct erasing *erasing, const struct erase_step *steps, size_t count, struct why *reterr_why)
{
    enum { ARGS_MAX = 4 };
    enum err err = ERR_NONE;
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        struct db_arg args[ARGS_MAX] = {db_int("practice_id", erasing->tx->practice_id)};
        size_t arg_count = 1;
        int64_t rows = 0;
        if (strchr(steps[i].takes, 'p'))
            args[arg_count++] = db_text("patient_id", erasing->patient_id);
        if (strchr(steps[i].takes, 'a'))
            args[arg_count++] = db_text("addresses", erasing->addresses);
        if (strchr(steps[i].takes, 'n'))
            args[arg_count++] = db_int("now_ms", erasing->tx->now.ms);
        err = db_exec(erasing->tx, steps[i].sql, args, arg_count, &rows, reterr_why);
        if (err == ERR_NONE && steps[i].kind)
            count_rows(erasing, &steps[i], rows);
    }
    return err;
}

void erase_keep_visit(struct erasing *erasing, const char *appointment_id)
{
    if (erasing->visit_count == erasing->visit_capacity) {
        size_t grown = erasing->visit_capacity ? erasing->visit_capacity * 2 : 16;
        erasing->visits = arena_grow(erasing->arena, erasing->visits,
            erasing->visit_capacity * sizeof(*erasing->visits), grown * sizeof(*erasing->visits));
        erasing->visit_capacity = grown;
    }
    struct id id = ids_next(erasing->tx->ids, erasing->tx->now);
    erasing->visits[erasing->visit_count++] =
        (struct erased_visit){arena_text(erasing->arena, appointment_id),
            arena_format(erasing->arena, "erased:%s", id.text)};
}

static enum err empty_visits(struct erasing *erasing, struct why *reterr_why)
{
    struct tx *tx = erasing->tx;
    const struct erase_step counted = {.kind = "visits", .empties = true};
    enum err err = ERR_NONE;
    for (size_t i = 0; i < erasing->visit_count && err == ERR_NONE; i++)
        err = db_exec(tx, &sql_record_erase_visit,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_int("now_ms", tx->now.ms),
                db_text("appointment_id", erasing->visits[i].appointment_id),
                db_text("new_id", erasing->visits[i].new_id)),
            NULL, reterr_why);
    if (err == ERR_NONE)
        count_rows(erasing, &counted, (int64_t)erasing->visit_count);
    return err;
}

enum err record_erase(struct erasing *erasing, struct why *reterr_why)
{
    static const struct erase_step before[] = {
        {&sql_record_erase_suppressions, "a", "opt_outs", true},
        {&sql_record_erase_suppression_words, "p", NULL, true},
        {&sql_record_erase_consents, "pn", "consents", true},
        {&sql_record_erase_visit_changes, "p", NULL, false},
    };
    static const struct erase_step after[] = {
        {&sql_record_erase_visits, "p", "visits", false},
        {&sql_record_erase_clocks, "p", "due_dates", false},
        {&sql_record_erase_memberships, "p", "memberships", false},
        {&sql_record_erase_ledger, "p", "invoices_prescriptions_programs", false},
        {&sql_record_erase_tags, "p", "tags", false},
        {&sql_record_erase_edits, "p", "edits", false},
        {&sql_record_erase_address_edits, "p", "edits", false},
        {&sql_record_erase_language, "p", "edits", false},
        {&sql_record_erase_contacts, "p", "addresses", false},
        {&sql_record_erase_pairs, "p", NULL, false},
        {&sql_record_erase_pairs_other, "p", NULL, false},
        {&sql_record_erase_parted, "p", NULL, false},
        {&sql_record_erase_parts, "p", NULL, false},
        {&sql_record_erase_own_records, "p", "records", false},
        {&sql_record_erase_patient, "p", "person", false},
    };
    enum err err = erase_run(erasing, before, sizeof(before) / sizeof(before[0]), reterr_why);
    if (err == ERR_NONE)
        err = empty_visits(erasing, reterr_why);
    return err == ERR_NONE ? erase_run(erasing, after, sizeof(after) / sizeof(after[0]), reterr_why)
                           : err;
}

enum err erase_close(struct erasing *erasing, struct why *reterr_why)
{
    JSON_AUTO detail =
        json_pack("{s:O, s:O}", "removed", erasing->removed, "emptied", erasing->emptied);
    return audit_write(
        erasing->tx, "patient.erased", erasing->patient_id, NULL, detail, reterr_why);
}
