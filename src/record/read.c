/* read.c: what other rooms ask of the records. */
#include <assert.h>
#include <string.h>

#include "base/phone.h"
#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

/* ---- who is meant ---- */

static enum err find(struct arena *arena, struct db *db, const struct sql *sql, int64_t practice_id,
    const char *text, struct id_list *ret_found, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, sql,
        DB_ARGS(db_int("practice_id", practice_id), db_text("text", text)), &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        id_list_add(arena, ret_found, db_col_copy(arena, rows, 0));
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err several(struct arena *arena, struct db *db, int64_t practice_id,
    const struct id_list *found, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct buf names;
    buf_init(&names, arena);
    enum err err = db_query(db, &sql_record_external_ids,
        DB_ARGS(db_int("practice_id", practice_id),
            db_text("ids", db_list(arena, found->ids, found->count))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        buf_format(&names, "%s%s", names.len ? ", " : "", db_col_text(rows, 0));
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    why_set(reterr_why, ERR_CONFLICT, "several patients answer to that: %.200s", names.data);
    why_hint(reterr_why, "Give the id of the one you mean");
    return ERR_CONFLICT;
}

enum err record_find_patient(struct arena *arena, struct db *db, int64_t practice_id,
    const char *text, const char **ret_patient_id, struct why *reterr_why)
{
    struct id_list found = {0};
    char email[255];
    enum err err = find(arena, db, &sql_record_find_by_id, practice_id, text, &found, reterr_why);
    struct phone phone = phone_parse(text, "US");
    const char *address = email_parse(text, email) ? email : phone.valid ? phone.e164 : NULL;
    if (err == ERR_NONE && found.count == 0 && address)
        err =
            find(arena, db, &sql_record_find_by_address, practice_id, address, &found, reterr_why);
    const char *name = text_key(arena, text);
    if (err == ERR_NONE && found.count == 0 && *name)
        err = find(arena, db, &sql_record_find_by_name, practice_id, name, &found, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (found.count > 1)
        return several(arena, db, practice_id, &found, reterr_why);
    if (found.count == 0) {
        why_set(reterr_why, ERR_NOT_FOUND, "no patient has that id, phone, email or name");
        why_hint(reterr_why, "Ids are those of the booking system, as `import` read them");
        return ERR_NOT_FOUND;
    }
    *ret_patient_id = found.ids[0];
    return ERR_NONE;
}

/* ---- patients ---- */

static void read_patient(struct arena *arena, const struct db_rows *rows, struct patient *patient)
{
    *patient = (struct patient){
        .patient_id = db_col_copy(arena, rows, 0),
        .external_id = db_col_copy(arena, rows, 1),
        .first_name = db_col_copy(arena, rows, 2),
        .last_name = db_col_copy(arena, rows, 3),
        .preferred_name = db_col_copy(arena, rows, 4),
        .birth_day = db_col_day(rows, 5),
        .state = db_col_copy(arena, rows, 6),
        .zip = db_col_copy(arena, rows, 7),
        .country = db_col_copy(arena, rows, 8),
        .time_zone = db_col_copy(arena, rows, 9),
        .language = db_col_copy(arena, rows, 10),
        .preferred_channel = db_col_copy(arena, rows, 11),
        .preferred_provider = db_col_copy(arena, rows, 12),
        .household_id = db_col_copy(arena, rows, 13),
        .inactive = db_col_int(rows, 14) != 0,
        .deceased = db_col_int(rows, 15) != 0,
        .vip = db_col_int(rows, 16) != 0,
        .staff_or_family = db_col_int(rows, 17) != 0,
        .billing_dispute = db_col_int(rows, 18) != 0,
        .clinical_concern = db_col_int(rows, 19) != 0,
        .do_not_contact = db_col_int(rows, 20) != 0,
        .paused_until_told = db_col_int(rows, 21) != 0,
        .phi_authorized = db_col_int(rows, 22) != 0,
        .paused_until = db_col_day(rows, 23),
        .loyalty_points = db_col_null(rows, 24) ? -1 : db_col_int(rows, 24),
        .loyalty_expire = db_col_day(rows, 25),
        .membership_plan = db_col_copy(arena, rows, 26),
        .membership_status = db_col_copy(arena, rows, 27),
        .membership_renewal = db_col_day(rows, 28),
        .created = db_col_day(rows, 29),
        .visits = db_col_int(rows, 30),
        .ltv_cents = db_col_int(rows, 31),
        .ltv_percentile = db_col_null(rows, 32) ? -1 : db_col_int(rows, 32),
        .first_visit = db_col_day(rows, 33),
        .last_visit = db_col_day(rows, 34),
        .last_provider = db_col_copy(arena, rows, 35),
        .phi_authorized_on = db_col_day(rows, 36),
    };
}

enum err record_read_patients(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *ids, size_t count, struct patient **ret_patients, size_t *ret_count,
    struct why *reterr_why)
{
    struct map found;
    map_init(&found, arena);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_record_patients_read,
        DB_ARGS(db_int("practice_id", practice_id), db_text("ids", db_list(arena, ids, count))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct patient *patient = ARENA_NEW(arena, struct patient, 1);
        read_patient(arena, rows, patient);
        map_put(&found, patient->patient_id, patient);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct patient *patients = ARENA_NEW(arena, struct patient, count + 1);
    size_t filled = 0;
    for (size_t i = 0; i < count; i++) {
        const struct patient *patient = map_get(&found, ids[i]);
        if (patient)
            patients[filled++] = *patient;
    }
    *ret_patients = patients;
    *ret_count = filled;
    return ERR_NONE;
}

/* ---- contacts and consents ---- */

static enum health parse_health(const char *name)
{
    for (int health = 0; health < HEALTH_MAX; health++) {
        if (text_is(name, health_name((enum health)health)))
            return (enum health)health;
    }
    assert(!"a health of no name");
    return HEALTH_INVALID;
}

static enum channel_kind parse_channel(const char *name)
{
    enum channel_kind kind = CHANNEL_TASK; /* 'phi' */
    (void)channel_kind_parse(name, &kind);
    return kind;
}

enum err record_read_contacts(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *patient_ids, size_t count, struct contact_point **ret_points,
    size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct contact_point *points = NULL;
    size_t filled = 0, capacity = 0;
    enum err err = db_query(db, &sql_record_contacts_read,
        DB_ARGS(
            db_int("practice_id", practice_id), db_text("ids", db_list(arena, patient_ids, count))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (filled == capacity) {
            size_t grown = capacity ? capacity * 2 : count * 4 + 4;
            points = arena_grow(arena, points, capacity * sizeof(*points), grown * sizeof(*points));
            capacity = grown;
        }
        points[filled++] = (struct contact_point){
            .patient_id = db_col_copy(arena, rows, 0),
            .channel = parse_channel(db_col_text(rows, 1)),
            .address = db_col_copy(arena, rows, 2),
            .health = parse_health(db_col_text(rows, 3)),
            .rank = db_col_int(rows, 4),
            .suppressed_marketing = db_col_int(rows, 5) != 0,
            .suppressed_all = db_col_int(rows, 6) != 0,
        };
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_points = points;
    *ret_count = filled;
    return ERR_NONE;
}

static void read_consent(struct arena *arena, const struct db_rows *rows, struct consent *consent)
{
    *consent = (struct consent){
        .consent_id = db_col_copy(arena, rows, 0),
        .patient_id = db_col_copy(arena, rows, 1),
        .channel = parse_channel(db_col_text(rows, 2)),
        .address = db_col_copy(arena, rows, 3),
        .marketing = text_is(db_col_text(rows, 4), "marketing"),
        .written = text_is(db_col_text(rows, 5), "written"),
        .given = db_col_day(rows, 6),
        .source = db_col_copy(arena, rows, 7),
        .evidence = db_col_copy(arena, rows, 8),
        .recorded = {db_col_int(rows, 9)},
    };
}

enum err record_read_consents(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *patient_ids, size_t count, struct consent **ret_consents, size_t *ret_count,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct consent *consents = NULL;
    size_t filled = 0, capacity = 0;
    enum err err = db_query(db, &sql_record_consents_read,
        DB_ARGS(
            db_int("practice_id", practice_id), db_text("ids", db_list(arena, patient_ids, count))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (filled == capacity) {
            size_t grown = capacity ? capacity * 2 : count * 4 + 4;
            consents = arena_grow(
                arena, consents, capacity * sizeof(*consents), grown * sizeof(*consents));
            capacity = grown;
        }
        read_consent(arena, rows, &consents[filled++]);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_consents = consents;
    *ret_count = filled;
    return ERR_NONE;
}

enum err record_patients_at(struct arena *arena, struct db *db, int64_t practice_id,
    enum channel_kind channel, const char *address, const char *const **ret_ids, size_t *ret_count,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct id_list ids = {0};
    enum err err = db_query(db, &sql_record_patients_at,
        DB_ARGS(db_int("practice_id", practice_id), db_text("address", address),
            db_text("channel", channel_kind_name(channel))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        id_list_add(arena, &ids, db_col_copy(arena, rows, 0));
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_ids = ids.ids;
    *ret_count = ids.count;
    return ERR_NONE;
}
