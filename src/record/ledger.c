/* ledger.c: rows that hang on a patient or stand alone: services, memberships, invoices ... */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

/* A row with its hash, and what it means against what is stored. */
struct arrival {
    const char *patient_id, *key, *json, *hash;
    enum record_change change;
};

static enum record_change change_of(const struct map *hashes, const char *key, const char *hash)
{
    const char *before = map_get(hashes, key);
    if (!before)
        return RECORD_CREATED;
    return text_is(before, hash) ? RECORD_UNCHANGED : RECORD_UPDATED;
}

static bool moved(const struct arrival *arrival)
{
    return arrival->change == RECORD_CREATED || arrival->change == RECORD_UPDATED;
}

static struct arrival *take_rows(struct record_load *load, const struct record_row *rows,
    size_t count, bool by_name, struct id_list *ret_keys)
{
    struct arrival *arrivals = ARENA_NEW(load->scratch, struct arrival, count);
    for (size_t i = 0; i < count; i++) {
        struct arrival *arrival = &arrivals[i];
        arrival->json = row_json(load->scratch, &rows[i]);
        arrival->hash = row_hash(load->scratch, arrival->json, NULL);
        arrival->key = by_name ? text_key(load->scratch, rows[i].values[FIELD_SERVICE])
                               : rows[i].values[FIELD_ID];
        assert(arrival->key);
        id_list_add(load->scratch, ret_keys, arrival->key);
    }
    return arrivals;
}

static struct db_arg count_arg(
    const char *name, const struct record_row *row, enum record_field field)
{
    return db_int_if(name, row->values[field] != NULL, row_int(row, field, 0));
}

enum err service_put(struct record_load *load, const struct record_row *rows, size_t count,
    enum record_change *ret_changes, struct why *reterr_why)
{
    struct id_list keys = {0};
    struct map hashes;
    map_init(&hashes, load->scratch);
    struct arrival *arrivals = take_rows(load, rows, count, true, &keys);
    enum err err = known_hashes(load, &sql_record_services_known,
        DB_ARGS(db_int("practice_id", load->tx->practice_id),
            db_text("ids", db_list(load->scratch, keys.ids, keys.count))),
        &hashes, reterr_why);
    struct batch batch = batch_of(load->scratch, 7);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        struct arrival *arrival = &arrivals[i];
        arrival->change = ret_changes[i] = change_of(&hashes, arrival->key, arrival->hash);
        map_put(&hashes, arrival->key, arena_text(load->scratch, arrival->hash));
        if (!moved(arrival))
            continue;
        struct db_arg *args = batch_add(&batch);
        args[0] = db_int("practice_id", load->tx->practice_id);
        args[1] = db_text("service_key", arrival->key);
        args[2] = db_text("name", rows[i].values[FIELD_SERVICE]);
        args[3] = db_text("category", rows[i].values[FIELD_SERVICE_CATEGORY]);
        args[4] = count_arg("duration_min", &rows[i], FIELD_DURATION_MIN);
        args[5] = count_arg("price_cents", &rows[i], FIELD_TOTAL);
        args[6] = db_text("row_hash", arrival->hash);
    }
    if (batch.rows > 0) {
        category_forget(load);
        load->services_changed = true;
    }
    return err == ERR_NONE ? batch_run(load->tx, &sql_record_service_put, &batch, reterr_why) : err;
}

/* Rows of patients, with what is known of them: shared by memberships and the ledger. */
static enum err take_patient_rows(struct record_load *load, const struct record_row *rows,
    size_t count, const struct sql *known, const char *kind, struct arrival **ret_arrivals,
    enum record_change *ret_changes, struct why *reterr_why)
{
    struct id_list keys = {0};
    struct map hashes;
    map_init(&hashes, load->scratch);
    struct arrival *arrivals = take_rows(load, rows, count, false, &keys);
    const char **patients = ARENA_NEW(load->scratch, const char *, count);
    const struct db_arg args[] = {db_int("practice_id", load->tx->practice_id),
        db_text("ids", db_list(load->scratch, keys.ids, keys.count)), db_text("kind", kind)};
    enum err err = patients_of_rows(load, rows, count, patients, reterr_why);
    if (err == ERR_NONE)
        err = known_hashes(load, known, args, kind ? 3 : 2, &hashes, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        arrivals[i].patient_id = patients[i];
        arrivals[i].change =
            patients[i] ? change_of(&hashes, arrivals[i].key, arrivals[i].hash) : RECORD_NO_PATIENT;
        ret_changes[i] = arrivals[i].change;
    }
    *ret_arrivals = arrivals;
    return err;
}

static enum err touch_moved(
    struct record_load *load, const struct arrival *arrivals, size_t count, struct why *reterr_why)
{
    struct id_list touched = {0};
    for (size_t i = 0; i < count; i++) {
        if (moved(&arrivals[i]))
            id_list_add(load->scratch, &touched, arrivals[i].patient_id);
    }
    return patient_touch(load, touched.ids, touched.count, true, false, reterr_why);
}

enum err membership_put(struct record_load *load, const struct record_row *rows, size_t count,
    enum record_change *ret_changes, struct why *reterr_why)
{
    struct arrival *arrivals = NULL;
    enum err err = take_patient_rows(
        load, rows, count, &sql_record_memberships_known, NULL, &arrivals, ret_changes, reterr_why);
    struct batch batch = batch_of(load->scratch, 11);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        const struct record_row *row = &rows[i];
        const char *status = row->values[FIELD_MEMBERSHIP_STATUS];
        if (!moved(&arrivals[i]))
            continue;
        struct db_arg *args = batch_add(&batch);
        args[0] = db_int("practice_id", load->tx->practice_id);
        args[1] = db_text("membership_id", arrivals[i].key);
        args[2] = db_text("patient_id", arrivals[i].patient_id);
        args[3] = db_text("plan", row->values[FIELD_MEMBERSHIP_PLAN]);
        args[4] = db_text("status", status ? status : "active");
        args[5] = db_day("renewal_day", row_day(row, FIELD_MEMBERSHIP_RENEWAL));
        args[6] = db_day("started_day", row_day(row, FIELD_STARTED_ON));
        args[7] = db_day("ended_day", row_day(row, FIELD_ENDED_ON));
        args[8] = count_arg("price_cents", row, FIELD_TOTAL);
        args[9] = db_text("row_hash", arrivals[i].hash);
        args[10] = db_int("now_ms", load->tx->now.ms);
    }
    if (err == ERR_NONE)
        err = batch_run(load->tx, &sql_record_membership_put, &batch, reterr_why);
    return err == ERR_NONE ? touch_moved(load, arrivals, count, reterr_why) : err;
}

static const char *ledger_kind(enum record_kind kind)
{
    switch (kind) {
    case RECORD_INVOICE: return "invoice";
    case RECORD_PRESCRIPTION: return "prescription";
    case RECORD_PROGRAM: return "program";
    case RECORD_PATIENT:
    case RECORD_APPOINTMENT:
    case RECORD_SERVICE:
    case RECORD_MEMBERSHIP:
    case RECORD_KIND_MAX: break;
    }
    assert(!"no kind of ledger");
    return "invoice";
}

enum err ledger_put(struct record_load *load, enum record_kind kind, const struct record_row *rows,
    size_t count, enum record_change *ret_changes, struct why *reterr_why)
{
    struct arrival *arrivals = NULL;
    const char *name = ledger_kind(kind);
    enum err err = take_patient_rows(
        load, rows, count, &sql_record_ledger_known, name, &arrivals, ret_changes, reterr_why);
    struct batch batch = batch_of(load->scratch, 10);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (!moved(&arrivals[i]))
            continue;
        struct db_arg *args = batch_add(&batch);
        args[0] = db_int("practice_id", load->tx->practice_id);
        args[1] = db_text("kind", name);
        args[2] = db_text("external_id", arrivals[i].key);
        args[3] = db_text("patient_id", arrivals[i].patient_id);
        args[4] = db_day("day", row_day(&rows[i], FIELD_STARTED_ON));
        args[5] = count_arg("amount_cents", &rows[i], FIELD_TOTAL);
        args[6] = db_text("status", rows[i].values[FIELD_STATUS]);
        args[7] = db_text("fields", arrivals[i].json);
        args[8] = db_text("row_hash", arrivals[i].hash);
        args[9] = db_int("now_ms", load->tx->now.ms);
    }
    if (err == ERR_NONE)
        err = batch_run(load->tx, &sql_record_ledger_put, &batch, reterr_why);
    return err == ERR_NONE ? touch_moved(load, arrivals, count, reterr_why) : err;
}
