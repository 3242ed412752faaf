/* person.c: the records of one person folded into one patient row. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

static enum err read_kept(struct page *page, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(page->tx->db, &sql_record_patients_kept,
        DB_ARGS(db_int("practice_id", page->tx->practice_id), db_text("ids", page->ids)), &rows,
        reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct folding *folding = page_find(page, db_col_text(rows, 0));
        assert(folding);
        folding->exists = true;
        folding->do_not_contact = db_col_int(rows, 1) != 0;
        folding->sms_stopped = db_col_int(rows, 2) != 0;
        folding->email_stopped = db_col_int(rows, 3) != 0;
        folding->voice_stopped = db_col_int(rows, 4) != 0;
        folding->paused_until = db_col_day(rows, 5);
        folding->phi_authorized = db_col_int(rows, 6) != 0;
        folding->phi_authorized_day = db_col_day(rows, 7);
        folding->membership_status = db_col_copy(page->arena, rows, 8);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static struct record_row *add_record(struct page *page, struct folding *folding, const char *file)
{
    if (folding->record_count == folding->record_capacity) {
        size_t old = folding->record_capacity, capacity = old ? old * 2 : 2;
        folding->records = arena_grow(page->arena, folding->records,
            old * sizeof(*folding->records), capacity * sizeof(*folding->records));
        folding->files = arena_grow(page->arena, folding->files, old * sizeof(*folding->files),
            capacity * sizeof(*folding->files));
        folding->record_capacity = capacity;
    }
    folding->files[folding->record_count] = arena_text(page->arena, file);
    return &folding->records[folding->record_count++];
}

static enum err read_records(struct page *page, struct why *reterr_why)
{
    struct id_list ids = {0};
    for (size_t i = 0; i < page->count; i++) {
        if (page->patients[i].fold)
            id_list_add(page->arena, &ids, page->patients[i].patient_id);
    }
    if (ids.count == 0)
        return ERR_NONE;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(page->tx->db, &sql_record_fields_of,
        DB_ARGS(db_int("practice_id", page->tx->practice_id),
            db_text("ids", db_list(page->arena, ids.ids, ids.count))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct folding *folding = page_find(page, db_col_text(rows, 0));
        assert(folding);
        struct record_row *record = add_record(page, folding, db_col_text(rows, 3));
        err = row_parse(page->arena, db_col_text(rows, 2), record, reterr_why);
        record->values[FIELD_ID] = db_col_copy(page->arena, rows, 1);
        folding->told |= db_col_int(rows, 4);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err read_memberships(struct page *page, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(page->tx->db, &sql_record_memberships_of,
        DB_ARGS(db_int("practice_id", page->tx->practice_id), db_text("ids", page->ids)), &rows,
        reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct folding *folding = page_find(page, db_col_text(rows, 0));
        assert(folding);
        if (!folding->fold)
            continue;
        folding->membership_row = true;
        folding->membership_plan = db_col_copy(page->arena, rows, 1);
        folding->membership_status = db_col_copy(page->arena, rows, 2);
        folding->membership_renewal = db_col_day(rows, 3);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static void fold_status(struct folding *folding)
{
    size_t merged = 0;
    bool gone = false;
    for (size_t i = 0; i < folding->record_count; i++) {
        const char *status = folding->records[i].values[FIELD_RECORD_STATUS];
        if (text_is(status, "merged"))
            merged++;
        gone = gone || text_is(status, "inactive");
        folding->deceased = folding->deceased || text_is(status, "deceased");
    }
    /* A record merged into another is no statement about the person while another one stands. */
    folding->inactive = gone || (merged > 0 && merged == folding->record_count);
}

/* An opt-out that the booking system tells of for the first time stops the channel; one that it has
 * told of before does not undo the person's own START since. */
static void fold_stops(struct folding *folding)
{
    const bool *yes = folding->any_yes;
    int64_t fresh = folding->exists ? folding->told : STOPPED_SMS | STOPPED_EMAIL | STOPPED_VOICE;
    if (yes[FIELD_SMS_OPT_OUT] && (fresh & STOPPED_SMS))
        folding->sms_stopped = true;
    if (yes[FIELD_EMAIL_UNSUBSCRIBED] && (fresh & STOPPED_EMAIL))
        folding->email_stopped = true;
    if (yes[FIELD_VOICE_OPT_OUT] && (fresh & STOPPED_VOICE))
        folding->voice_stopped = true;
}

static void fold_person(struct folding *folding)
{
    assert(folding->record_count > 0);
    for (size_t i = 0; i < folding->record_count; i++) {
        const struct record_row *record = &folding->records[i];
        for (int field = 0; field < FIELD_MAX; field++) {
            const char *value = record->values[field];
            if (value && !folding->person.values[field])
                folding->person.values[field] = value;
            if (value && field_fact((enum record_field)field)->type == FIELD_FLAG) {
                folding->any_yes[field] = folding->any_yes[field] || text_is(value, "yes");
                folding->any_no[field] = folding->any_no[field] || text_is(value, "no");
            }
        }
        struct day paused = row_day(record, FIELD_PAUSED_UNTIL);
        bool fresh = !folding->exists || (folding->told & TOLD_PAUSE);
        if (fresh && paused.n != DAY_NONE && paused.n > folding->paused_until.n)
            folding->paused_until = paused;
    }
    fold_status(folding);
    const bool *yes = folding->any_yes;
    folding->deceased = folding->deceased || yes[FIELD_DECEASED];
    folding->do_not_contact = folding->do_not_contact || yes[FIELD_MARKETING_OPT_OUT];
    fold_stops(folding);
    if (folding->any_no[FIELD_PHI_MARKETING_AUTH]) {
        folding->phi_authorized = false;
        folding->phi_authorized_day = (struct day){DAY_NONE};
    } else if (yes[FIELD_PHI_MARKETING_AUTH]) {
        folding->phi_authorized = true;
        folding->phi_authorized_day = row_day(&folding->person, FIELD_CONSENT_ON);
    }
    if (!folding->membership_row) {
        folding->membership_plan = folding->person.values[FIELD_MEMBERSHIP_PLAN];
        folding->membership_status = folding->person.values[FIELD_MEMBERSHIP_STATUS];
        folding->membership_renewal = row_day(&folding->person, FIELD_MEMBERSHIP_RENEWAL);
    }
}

enum err person_read(struct page *page, struct why *reterr_why)
{
    enum err err = read_kept(page, reterr_why);
    if (err == ERR_NONE)
        err = read_records(page, reterr_why);
    if (err == ERR_NONE)
        err = read_memberships(page, reterr_why);
    for (size_t i = 0; i < page->count && err == ERR_NONE; i++) {
        if (page->patients[i].fold)
            fold_person(&page->patients[i]);
    }
    return err == ERR_NONE ? edit_fold(page, reterr_why) : err;
}

/* People of one last name at one postal address are one household; 0: no address to tell by. */
static int64_t home_key(struct arena *arena, const struct record_row *person)
{
    const char *address = person->values[FIELD_ADDRESS], *last = person->values[FIELD_LAST_NAME];
    const char *zip = person->values[FIELD_ZIP], *city = person->values[FIELD_CITY];
    if (!address || !last || (!zip && !city))
        return 0;
    char *street = text_key(arena, address);
    return *street ? row_digest(street, zip ? zip : text_key(arena, city), text_key(arena, last))
                   : 0;
}

char *full_name_key(struct arena *arena, const struct record_row *person)
{
    const char *first = person->values[FIELD_FIRST_NAME], *last = person->values[FIELD_LAST_NAME];
    return text_key(arena, arena_format(arena, "%s %s", first ? first : "", last ? last : ""));
}

static struct db_arg text_or_blank(const char *name, const char *text)
{
    return db_text(name, text ? text : "");
}

static size_t fill_person(struct arena *arena, const struct folding *folding, struct db_arg *args)
{
    const char *const *values = folding->person.values;
    const bool *yes = folding->any_yes;
    int64_t home = home_key(arena, &folding->person);
    int64_t points = row_int(&folding->person, FIELD_LOYALTY_POINTS, -1);
    size_t n = 0;
    args[n++] = db_text("external_id", folding->records[0].values[FIELD_ID]);
    args[n++] = text_or_blank("first_name", values[FIELD_FIRST_NAME]);
    args[n++] = text_or_blank("last_name", values[FIELD_LAST_NAME]);
    args[n++] = db_text("preferred_name", values[FIELD_PREFERRED_NAME]);
    args[n++] = db_text("name_key", full_name_key(arena, &folding->person));
    args[n++] = db_day("birth_day", row_day(&folding->person, FIELD_BIRTH_DATE));
    args[n++] = db_text("gender", values[FIELD_GENDER]);
    args[n++] = db_text("address", values[FIELD_ADDRESS]);
    args[n++] = db_text("city", values[FIELD_CITY]);
    args[n++] = db_text("state", values[FIELD_STATE]);
    args[n++] = db_text("zip", values[FIELD_ZIP]);
    args[n++] = db_text("country", values[FIELD_COUNTRY]);
    args[n++] = db_text("time_zone", values[FIELD_TIME_ZONE]);
    args[n++] = db_text("language", values[FIELD_PREFERRED_LANGUAGE]);
    args[n++] = db_text("preferred_channel", values[FIELD_PREFERRED_CHANNEL]);
    args[n++] = db_text("preferred_provider", values[FIELD_PREFERRED_PROVIDER]);
    args[n++] = db_int_if("home_key", home != 0, home);
    args[n++] = db_int("inactive", folding->inactive);
    args[n++] = db_int("deceased", folding->deceased);
    args[n++] = db_int("vip", yes[FIELD_VIP]);
    args[n++] = db_int("staff_or_family", yes[FIELD_STAFF_OR_FAMILY]);
    args[n++] = db_int("billing_dispute", yes[FIELD_BILLING_DISPUTE]);
    args[n++] = db_int("clinical_concern", yes[FIELD_CLINICAL_CONCERN]);
    args[n++] = db_int_if("loyalty_points", points >= 0, points);
    args[n++] =
        db_day("loyalty_expire_day", row_day(&folding->person, FIELD_LOYALTY_POINTS_EXPIRE_ON));
    args[n++] = db_day("created_day", row_day(&folding->person, FIELD_CREATED_ON));
    return n;
}

static size_t fill_visits(
    const struct page *page, const struct folding *folding, struct db_arg *args)
{
    size_t n = 0;
    args[n++] = db_int("practice_id", page->tx->practice_id);
    args[n++] = db_text("patient_id", folding->patient_id);
    args[n++] = db_int("visits", folding->visits);
    args[n++] = db_day("first_visit_day", folding->first_visit);
    args[n++] = db_day("last_visit_day", folding->last_visit);
    args[n++] = db_text("last_provider", folding->last_provider);
    args[n++] = db_int("ltv_cents", folding->ltv_cents);
    args[n++] = db_int("now_ms", page->tx->now.ms);
    return n;
}

static size_t fill_permissions(const struct folding *folding, struct db_arg *args)
{
    size_t n = 0;
    args[n++] = db_int("do_not_contact", folding->do_not_contact);
    args[n++] = db_day("paused_until_day", folding->paused_until);
    args[n++] = db_int("sms_stopped", folding->sms_stopped);
    args[n++] = db_int("email_stopped", folding->email_stopped);
    args[n++] = db_int("voice_stopped", folding->voice_stopped);
    args[n++] = db_int("phi_authorized", folding->phi_authorized);
    args[n++] = db_day("phi_authorized_day", folding->phi_authorized_day);
    args[n++] = db_text("membership_plan", folding->membership_plan);
    args[n++] = db_text("membership_status", folding->membership_status);
    args[n++] = db_day("membership_renewal_day", folding->membership_renewal);
    return n;
}

enum err person_write(struct page *page, struct why *reterr_why)
{
    enum { VISIT_COLUMNS = 8, PERMISSION_COLUMNS = 10, FOLDED_COLUMNS = 26 };
    enum { ALL_COLUMNS = VISIT_COLUMNS + PERMISSION_COLUMNS + FOLDED_COLUMNS };
    struct batch folded = batch_of(page->arena, ALL_COLUMNS);
    struct batch visits = batch_of(page->arena, VISIT_COLUMNS);
    for (size_t i = 0; i < page->count; i++) {
        const struct folding *folding = &page->patients[i];
        struct db_arg *args = batch_add(folding->fold ? &folded : &visits);
        size_t n = fill_visits(page, folding, args);
        assert(n == VISIT_COLUMNS);
        if (folding->fold) {
            n += fill_permissions(folding, args + n);
            n += fill_person(page->arena, folding, args + n);
            assert(n == ALL_COLUMNS);
        }
    }
    enum err err = batch_run(page->tx, &sql_record_patient_put, &folded, reterr_why);
    return err == ERR_NONE ? batch_run(page->tx, &sql_record_patient_visits, &visits, reterr_why)
                           : err;
}
