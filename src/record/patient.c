/* patient.c: patient rows as they come, and what in them can make two records one person. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

struct incoming {
    const struct record_row *row;
    const char *patient_id, *fields, *hash;
    bool known, changed;
    int64_t same_mobile, same_email, same_name; /* 0: none */
    int64_t told;                               /* what it did not tell of before */
};

struct known_record {
    const char *patient_id, *hash, *fields; /* fields: NULL for one of this very batch */
};

/* What consents of a row count for hangs on the form that patients signed. */
static const char *consent_salt(const struct record_load *load, const struct record_row *row)
{
    static const enum record_field consents[] = {
        FIELD_SMS_CONSENT, FIELD_EMAIL_CONSENT, FIELD_VOICE_CONSENT, FIELD_PHI_MARKETING_AUTH};
    for (size_t i = 0; i < sizeof(consents) / sizeof(consents[0]); i++) {
        if (row_yes(row, consents[i]))
            return load->options.practice->consent_form_hash;
    }
    return NULL;
}

char *row_person_name(struct arena *arena, const struct record_row *row)
{
    const char *first = row->values[FIELD_FIRST_NAME], *last = row->values[FIELD_LAST_NAME];
    if (!first || !last)
        return NULL;
    char *key = text_key(arena, arena_format(arena, "%s %s", first, last));
    return *key ? key : NULL;
}

static void digest_row(struct arena *arena, struct incoming *incoming)
{
    const struct record_row *row = incoming->row;
    const char *birth = row->values[FIELD_BIRTH_DATE];
    const char *mobile = row->values[FIELD_MOBILE_PHONE];
    const char *email = row->values[FIELD_EMAIL_ADDRESS];
    const char *name = birth ? row_person_name(arena, row) : NULL;
    if (birth && mobile)
        incoming->same_mobile = row_digest("mobile", birth, mobile);
    if (birth && email)
        incoming->same_email = row_digest("email", birth, email);
    if (name)
        incoming->same_name = row_digest("name", birth, name);
}

static enum err read_known(struct record_load *load, const struct record_row *rows, size_t count,
    struct map *ret_known, struct why *reterr_why)
{
    struct arena *arena = load->scratch;
    struct id_list ids = {0};
    for (size_t i = 0; i < count; i++) {
        id_list_add(arena, &ids, rows[i].values[FIELD_ID]);
        if (rows[i].values[FIELD_SAME_AS])
            id_list_add(arena, &ids, rows[i].values[FIELD_SAME_AS]);
    }
    DB_ROWS struct db_rows *found = NULL;
    enum err err = db_query(load->tx->db, &sql_record_known_fields,
        DB_ARGS(db_int("practice_id", load->tx->practice_id),
            db_text("ids", db_list(arena, ids.ids, ids.count))),
        &found, reterr_why);
    while (err == ERR_NONE && db_next(found)) {
        struct known_record *known = ARENA_NEW(arena, struct known_record, 1);
        known->patient_id = db_col_copy(arena, found, 1);
        known->hash = db_col_copy(arena, found, 2);
        known->fields = db_col_copy(arena, found, 3);
        map_put(ret_known, db_col_text(found, 0), known);
    }
    return err == ERR_NONE ? db_end(&found, reterr_why) : err;
}

/* Whose record a new one is: another record's where it says so, else a person of its own until
 * settle finds out more. */
static const char *new_patient_id(
    struct record_load *load, const struct record_row *row, const struct map *known)
{
    const char *other = row->values[FIELD_SAME_AS];
    const struct known_record *same = other ? map_get(known, other) : NULL;
    if (same)
        return same->patient_id;
    struct id id = ids_next(load->tx->ids, load->tx->now);
    return arena_text(load->scratch, id.text);
}

static struct db_arg digest_arg(const char *name, int64_t digest)
{
    return db_int_if(name, digest != 0, digest);
}

static enum err write_new(
    struct record_load *load, const struct incoming *rows, size_t count, struct why *reterr_why)
{
    struct batch batch = batch_of(load->scratch, 11);
    for (size_t i = 0; i < count; i++) {
        const struct incoming *in = &rows[i];
        if (in->known)
            continue;
        struct db_arg *args = batch_add(&batch);
        args[0] = db_int("practice_id", load->tx->practice_id);
        args[1] = db_text("record_id", in->row->values[FIELD_ID]);
        args[2] = db_text("patient_id", in->patient_id);
        args[3] = db_int("ordinal", load->next_ordinal++);
        args[4] = db_text("fields", in->fields);
        args[5] = db_text("row_hash", in->hash);
        args[6] = digest_arg("same_mobile", in->same_mobile);
        args[7] = digest_arg("same_email", in->same_email);
        args[8] = digest_arg("same_name", in->same_name);
        args[9] = db_text("file", load->file_name);
        args[10] = db_int("now_ms", load->tx->now.ms);
    }
    return batch_run(load->tx, &sql_record_insert, &batch, reterr_why);
}

static enum err write_changed(
    struct record_load *load, const struct incoming *rows, size_t count, struct why *reterr_why)
{
    struct batch batch = batch_of(load->scratch, 9);
    for (size_t i = 0; i < count; i++) {
        const struct incoming *in = &rows[i];
        if (!in->known || !in->changed)
            continue;
        struct db_arg *args = batch_add(&batch);
        args[0] = db_int("practice_id", load->tx->practice_id);
        args[1] = db_text("record_id", in->row->values[FIELD_ID]);
        args[2] = db_text("fields", in->fields);
        args[3] = db_text("row_hash", in->hash);
        args[4] = digest_arg("same_mobile", in->same_mobile);
        args[5] = digest_arg("same_email", in->same_email);
        args[6] = digest_arg("same_name", in->same_name);
        args[7] = db_text("file", load->file_name);
        args[8] = db_int("now_ms", load->tx->now.ms);
    }
    return batch_run(load->tx, &sql_record_update, &batch, reterr_why);
}

static enum err write_seen(struct record_load *load, int64_t file, const struct incoming *rows,
    size_t count, struct why *reterr_why)
{
    struct batch batch = batch_of(load->scratch, 8);
    for (size_t i = 0; i < count; i++) {
        const struct incoming *in = &rows[i];
        struct db_arg *args = batch_add(&batch);
        args[0] = db_int("practice_id", load->tx->practice_id);
        args[1] = db_text("record_id", in->row->values[FIELD_ID]);
        args[2] = db_int("file_number", file);
        args[3] = db_int("file_row", in->row->row);
        args[4] = digest_arg("same_mobile", in->changed ? in->same_mobile : 0);
        args[5] = digest_arg("same_email", in->changed ? in->same_email : 0);
        args[6] = digest_arg("same_name", in->changed ? in->same_name : 0);
        args[7] = db_int("stops", in->told);
    }
    return batch_run(load->tx, &sql_record_see, &batch, reterr_why);
}

static int64_t stops_of(const struct record_row *row)
{
    static const enum record_field consents[CONSENT_CHANNELS] = {
        FIELD_SMS_CONSENT, FIELD_EMAIL_CONSENT, FIELD_VOICE_CONSENT, FIELD_PHI_MARKETING_AUTH};
    int64_t bits = (row_yes(row, FIELD_SMS_OPT_OUT) ? STOPPED_SMS : 0)
        | (row_yes(row, FIELD_EMAIL_UNSUBSCRIBED) ? STOPPED_EMAIL : 0)
        | (row_yes(row, FIELD_VOICE_OPT_OUT) ? STOPPED_VOICE : 0);
    for (int channel = 0; channel < CONSENT_CHANNELS; channel++)
        bits |= text_is(row->values[consents[channel]], "no") ? TOLD_NO << channel : 0;
    return bits;
}

/* What a row tells that the record did not say before. */
static int64_t told_of(const struct record_row *row, const struct record_row *before)
{
    const char *paused = row->values[FIELD_PAUSED_UNTIL];
    bool pauses = paused && !text_is(paused, before->values[FIELD_PAUSED_UNTIL]);
    return (stops_of(row) & ~stops_of(before)) | (pauses ? TOLD_PAUSE : 0);
}

/* The row with what earlier files said of the fields that this one does not speak of. */
static enum err complete(struct record_load *load, const struct record_row *row,
    const struct known_record *before, struct record_row *ret_row, int64_t *ret_told,
    struct why *reterr_why)
{
    struct record_row earlier = {0};
    enum err err = before && before->fields
        ? row_parse(load->scratch, before->fields, &earlier, reterr_why)
        : ERR_NONE;
    *ret_row = *row;
    for (int field = FIELD_FIRST_NAME; field < FIELD_MAX; field++) {
        if (load->covered && !load->covered[field] && !row->values[field])
            ret_row->values[field] = earlier.values[field];
    }
    *ret_told = told_of(ret_row, &earlier);
    return err;
}

static struct incoming take_row(
    struct record_load *load, const struct record_row *row, struct map *known)
{
    struct arena *arena = load->scratch;
    struct incoming in = {.row = row};
    assert(row->values[FIELD_ID]);
    in.fields = row_json(arena, row);
    in.hash = row_hash(arena, in.fields, consent_salt(load, row));
    struct known_record *before = map_get(known, row->values[FIELD_ID]);
    in.known = before != NULL;
    in.changed = !before || !text_is(before->hash, in.hash);
    if (before) {
        in.patient_id = before->patient_id;
    } else {
        struct known_record *fresh = ARENA_NEW(arena, struct known_record, 1);
        in.patient_id = new_patient_id(load, row, known);
        *fresh = (struct known_record){.patient_id = in.patient_id, .hash = in.hash};
        map_put(known, row->values[FIELD_ID], fresh);
    }
    if (in.changed)
        digest_row(arena, &in);
    return in;
}

enum err patient_put(struct record_load *load, int64_t file, const struct record_row *rows,
    size_t count, enum record_change *ret_changes, struct why *reterr_why)
{
    struct arena *arena = load->scratch;
    struct map known;
    map_init(&known, arena);
    enum err err = read_known(load, rows, count, &known, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct incoming *incoming = ARENA_NEW(arena, struct incoming, count);
    struct id_list touched = {0};
    for (size_t i = 0; i < count; i++) {
        int64_t told = 0;
        struct record_row *row = ARENA_NEW(arena, struct record_row, 1);
        const struct known_record *before = map_get(&known, rows[i].values[FIELD_ID]);
        err = complete(load, &rows[i], before, row, &told, reterr_why);
        if (err != ERR_NONE)
            return err;
        incoming[i] = take_row(load, row, &known);
        incoming[i].told = told;
        ret_changes[i] = !incoming[i].known ? RECORD_CREATED
            : incoming[i].changed           ? RECORD_UPDATED
                                            : RECORD_UNCHANGED;
        if (incoming[i].changed)
            id_list_add(arena, &touched, incoming[i].patient_id);
    }
    err = write_new(load, incoming, count, reterr_why);
    if (err == ERR_NONE)
        err = write_changed(load, incoming, count, reterr_why);
    if (err == ERR_NONE)
        err = write_seen(load, file, incoming, count, reterr_why);
    if (err == ERR_NONE)
        err = patient_touch(load, touched.ids, touched.count, true, false, reterr_why);
    return err;
}

enum err patient_touch(struct record_load *load, const char *const *patient_ids, size_t count,
    bool fold, bool appointments, struct why *reterr_why)
{
    struct batch batch = batch_of(load->scratch, 4);
    for (size_t i = 0; i < count; i++) {
        struct db_arg *args = batch_add(&batch);
        args[0] = db_int("practice_id", load->tx->practice_id);
        args[1] = db_text("patient_id", patient_ids[i]);
        args[2] = db_int("fold", fold);
        args[3] = db_int("appointments", appointments);
    }
    return batch_run(load->tx, &sql_record_touch, &batch, reterr_why);
}

enum err patients_of_rows(struct record_load *load, const struct record_row *rows, size_t count,
    const char **ret_patient_ids, struct why *reterr_why)
{
    struct arena *arena = load->scratch;
    struct id_list ids = {0};
    struct map known;
    map_init(&known, arena);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].values[FIELD_PATIENT_ID])
            id_list_add(arena, &ids, rows[i].values[FIELD_PATIENT_ID]);
    }
    DB_ROWS struct db_rows *found = NULL;
    enum err err = db_query(load->tx->db, &sql_record_known,
        DB_ARGS(db_int("practice_id", load->tx->practice_id),
            db_text("ids", db_list(arena, ids.ids, ids.count))),
        &found, reterr_why);
    while (err == ERR_NONE && db_next(found))
        map_put(&known, db_col_text(found, 0), db_col_copy(arena, found, 1));
    if (err == ERR_NONE)
        err = db_end(&found, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        const char *record_id = rows[i].values[FIELD_PATIENT_ID];
        ret_patient_ids[i] = record_id ? map_get(&known, record_id) : NULL;
    }
    return err;
}

enum err known_hashes(struct record_load *load, const struct sql *sql, const struct db_arg *args,
    size_t arg_count, struct map *ret_hashes, struct why *reterr_why)
{
    DB_ROWS struct db_rows *found = NULL;
    enum err err = db_query(load->tx->db, sql, args, arg_count, &found, reterr_why);
    while (err == ERR_NONE && db_next(found))
        map_put(ret_hashes, db_col_text(found, 0), db_col_copy(load->scratch, found, 1));
    return err == ERR_NONE ? db_end(&found, reterr_why) : err;
}
