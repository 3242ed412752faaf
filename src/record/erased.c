/* erased.c: who was erased is kept out of imports, found again, let in again (erase.h). */
#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/phone.h"
#include "base/text.h"
#include "record/erase.h"
#include "record/record_int.h"
#include "record_sql.h"

/* Bits of erasure.stops: what they had stopped as a person, on whatever address. */
static const struct {
    int64_t bit;
    enum record_field field;
} stop_fields[] = {{1, FIELD_SMS_OPT_OUT}, {2, FIELD_EMAIL_UNSUBSCRIBED}, {4, FIELD_VOICE_OPT_OUT},
    {8, FIELD_MARKETING_OPT_OUT}};

/* ---- rows of an import ---- */

struct known {
    const char *patient_id;
    bool lifted;
    int64_t stops;
};

struct sifting {
    struct record_load *load;
    const unsigned char *address_key;
    struct map known; /* hash -> struct known */
};

static void keys_of(struct arena *arena, enum record_kind kind, const struct record_row *row,
    struct id_list *ret_keys)
{
    const char *const *values = row->values;
    const char *record_id = kind == RECORD_PATIENT ? values[FIELD_ID] : values[FIELD_PATIENT_ID];
    if (record_id)
        id_list_add(arena, ret_keys, erase_record_key(arena, record_id));
    if (kind != RECORD_PATIENT)
        return;
    const char *birth = values[FIELD_BIRTH_DATE], *name = row_person_name(arena, row);
    erase_person_keys(arena, ret_keys, birth, name, NULL);
    erase_person_keys(arena, ret_keys, birth, name, values[FIELD_MOBILE_PHONE]);
    erase_person_keys(arena, ret_keys, birth, name, values[FIELD_EMAIL_ADDRESS]);
}

static void hash_all(struct sifting *sifting, struct id_list *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        keys->ids[i] = address_hash(sifting->load->scratch, sifting->address_key, keys->ids[i]);
}

/* Whoever is kept out comes first and stands. */
static enum err read_known(
    struct sifting *sifting, const struct id_list *hashes, struct why *reterr_why)
{
    struct record_load *load = sifting->load;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(load->tx->db, &sql_record_erased_by,
        DB_ARGS(db_int("practice_id", load->tx->practice_id),
            db_text("hashes", db_list(load->scratch, hashes->ids, hashes->count))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (map_get(&sifting->known, db_col_text(rows, 0)))
            continue;
        struct known *known = ARENA_NEW(load->scratch, struct known, 1);
        *known = (struct known){.patient_id = db_col_copy(load->scratch, rows, 1),
            .stops = db_col_int(rows, 3),
            .lifted = !db_col_null(rows, 4)};
        map_put(&sifting->known, db_col_text(rows, 0), known);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static const struct known *known_by(const struct sifting *sifting, const struct id_list *hashes)
{
    const struct known *found = NULL;
    for (size_t i = 0; i < hashes->count; i++) {
        const struct known *known = map_get(&sifting->known, hashes->ids[i]);
        if (known && (!found || (found->lifted && !known->lifted)))
            found = known;
    }
    return found;
}

/* Another id of the booking system for the same person: its visits are theirs, too. */
static enum err keep_out(struct sifting *sifting, const struct known *known,
    const struct id_list *hashes, struct why *reterr_why)
{
    struct tx *tx = sifting->load->tx;
    return db_exec(tx, &sql_record_erasure_key_put,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("key_hash", hashes->ids[0]),
            db_text("patient_id", known->patient_id), db_text("kind", "record")),
        NULL, reterr_why);
}

static struct record_row with_stops(const struct record_row *row, int64_t stops)
{
    struct record_row stopped = *row;
    for (size_t i = 0; i < sizeof(stop_fields) / sizeof(stop_fields[0]); i++) {
        if (stops & stop_fields[i].bit)
            stopped.values[stop_fields[i].field] = "yes";
    }
    return stopped;
}

enum err erased_sift(struct record_load *load, enum record_kind kind, const struct record_row *rows,
    size_t count, struct record_row *ret_kept, size_t *ret_places, size_t *ret_kept_count,
    enum record_change *ret_changes, struct why *reterr_why)
{
    struct sifting sifting = {.load = load, .address_key = load->options.address_key};
    struct id_list *keys = ARENA_NEW(load->scratch, struct id_list, count);
    struct id_list all = {0};
    map_init(&sifting.known, load->scratch);
    memset(keys, 0, count * sizeof(*keys));
    for (size_t i = 0; i < count; i++) {
        keys_of(load->scratch, kind, &rows[i], &keys[i]);
        hash_all(&sifting, &keys[i]);
        for (size_t j = 0; j < keys[i].count; j++)
            id_list_add(load->scratch, &all, keys[i].ids[j]);
    }
    enum err err = read_known(&sifting, &all, reterr_why);
    size_t kept = 0;
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        const struct known *known = known_by(&sifting, &keys[i]);
        if (known && !known->lifted) {
            ret_changes[i] = RECORD_ERASED;
            err =
                kind == RECORD_PATIENT ? keep_out(&sifting, known, &keys[i], reterr_why) : ERR_NONE;
            continue;
        }
        ret_kept[kept] =
            known && kind == RECORD_PATIENT ? with_stops(&rows[i], known->stops) : rows[i];
        ret_places[kept++] = i;
    }
    *ret_kept_count = kept;
    return err;
}

/* ---- found and let in again ---- */

static enum err read_erased(struct arena *arena, struct db *db, int64_t practice_id,
    const char *patient_id, struct erased *ret_erased, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    bool found = false;
    enum err err = db_query(db, &sql_record_erased_read,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", patient_id)), &rows,
        reterr_why);
    if (err == ERR_NONE && db_next(rows)) {
        found = true;
        *ret_erased = (struct erased){.patient_id = db_col_copy(arena, rows, 0),
            .stops = db_col_int(rows, 1),
            .lifted = {db_col_int(rows, 2)},
            .actor = db_col_copy(arena, rows, 3),
            .at = {db_col_int(rows, 4)}};
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    return err != ERR_NONE || found
        ? err
        : why_set(reterr_why, ERR_NOT_FOUND, "nobody with that id or address was erased");
}

enum err erase_find(struct arena *arena, struct db *db, int64_t practice_id,
    const unsigned char address_key[32], const char *text, struct erased *ret_erased,
    struct why *reterr_why)
{
    char email[255];
    struct phone phone = phone_parse(text, "US");
    const char *address = email_parse(text, email) ? email : phone.valid ? phone.e164 : NULL;
    struct id_list hashes = {0};
    id_list_add(arena, &hashes, address_hash(arena, address_key, erase_record_key(arena, text)));
    if (address)
        id_list_add(
            arena, &hashes, address_hash(arena, address_key, erase_address_key(arena, address)));
    DB_ROWS struct db_rows *rows = NULL;
    const char *patient_id = text;
    enum err err = db_query(db, &sql_record_erased_by,
        DB_ARGS(db_int("practice_id", practice_id),
            db_text("hashes", db_list(arena, hashes.ids, hashes.count))),
        &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows))
        patient_id = db_col_copy(arena, rows, 1);
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    return err == ERR_NONE ? read_erased(arena, db, practice_id, patient_id, ret_erased, reterr_why)
                           : err;
}

enum err erase_lift(struct tx *tx, const struct erased *erased, struct why *reterr_why)
{
    int64_t lifted = 0;
    enum err err = db_exec(tx, &sql_record_erasure_lift,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", erased->patient_id),
            db_int("now_ms", tx->now.ms), db_text("actor", tx->actor)),
        &lifted, reterr_why);
    if (err == ERR_NONE && lifted == 0)
        return why_set(reterr_why, ERR_CONFLICT, "they may come in again already");
    return err == ERR_NONE
        ? audit_write(tx, "patient.readmitted", erased->patient_id, NULL, NULL, reterr_why)
        : err;
}

/* ---- over a restore ---- */

static enum err copy_erasures(struct tx *tx, struct db *from, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    enum err err = db_query(from, &sql_record_erasures_all, &practice, 1, &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        err = db_exec(tx, &sql_record_erasure_copy,
            DB_ARGS(practice, db_text("patient_id", db_col_text(rows, 0)),
                db_int("stops", db_col_int(rows, 1)), db_text("actor", db_col_text(rows, 2)),
                db_int("at_ms", db_col_int(rows, 3)),
                db_int_if("lifted_ms", !db_col_null(rows, 4), db_col_int(rows, 4)),
                db_text("lifted_by", db_col_text(rows, 5))),
            NULL, reterr_why);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err copy_keys(struct tx *tx, struct db *from, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    enum err err = db_query(from, &sql_record_erasure_keys_all, &practice, 1, &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        err = db_exec(tx, &sql_record_erasure_key_put,
            DB_ARGS(practice, db_text("key_hash", db_col_text(rows, 0)),
                db_text("patient_id", db_col_text(rows, 1)), db_text("kind", db_col_text(rows, 2))),
            NULL, reterr_why);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err erase_copy(struct arena *arena, struct tx *tx, struct db *from,
    const char *const **ret_ids, size_t *ret_count, struct why *reterr_why)
{
    struct id_list standing = {0};
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = copy_erasures(tx, from, reterr_why);
    if (err == ERR_NONE)
        err = copy_keys(tx, from, reterr_why);
    if (err == ERR_NONE)
        err = db_query(tx->db, &sql_record_erased_standing,
            DB_ARGS(db_int("practice_id", tx->practice_id)), &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        id_list_add(arena, &standing, db_col_copy(arena, rows, 0));
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_ids = standing.ids;
    *ret_count = standing.count;
    return ERR_NONE;
}
