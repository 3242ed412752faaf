/* appointment.c: appointments, their history, and which service of definitions.yaml each is. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

static const char *const status_names[APPOINTMENT_STATUS_MAX] = {
    [APPOINTMENT_BOOKED] = "booked",
    [APPOINTMENT_CONFIRMED] = "confirmed",
    [APPOINTMENT_ARRIVED] = "arrived",
    [APPOINTMENT_COMPLETED] = "completed",
    [APPOINTMENT_NO_SHOW] = "no_show",
    [APPOINTMENT_LATE_CANCELLED] = "late_cancelled",
    [APPOINTMENT_CANCELLED] = "cancelled",
};

const char *appointment_status_name(enum appointment_status status)
{
    assert(status < APPOINTMENT_STATUS_MAX);
    return status_names[status];
}

bool appointment_status_parse(const char *text, enum appointment_status *ret_status)
{
    for (int status = 0; status < APPOINTMENT_STATUS_MAX; status++) {
        if (text_is(text, status_names[status])) {
            *ret_status = (enum appointment_status)status;
            return true;
        }
    }
    return false;
}

/* ---- categories ---- */

struct category_answer {
    const char *category; /* NULL: none */
};

void category_forget(struct record_load *load)
{
    map_init(&load->categories, load->request);
    map_init(&load->services, load->request);
    load->services_read = false;
}

static enum err read_services(struct record_load *load, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(load->tx->db, &sql_record_services_all,
        DB_ARGS(db_int("practice_id", load->tx->practice_id)), &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        map_put(&load->services, db_col_text(rows, 0), db_col_copy(load->request, rows, 1));
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    load->services_read = err == ERR_NONE;
    return err;
}

/* A name means the service whose longest word it holds: "HydraFacial with Botox lift" is a facial
 * by "hydrafacial", not a neurotoxin by "botox". A whole match beats every part. */
static const char *match_clock(const struct service_clocks *clocks, const char *key)
{
    const char *best = NULL;
    size_t best_len = 0;
    for (size_t i = 0; i < clocks->count && *key; i++) {
        const struct service_clock *clock = &clocks->clocks[i];
        for (size_t j = 0; j < clock->match_count; j++) {
            const char *word = clock->match[j];
            size_t len = strlen(word);
            if (strcmp(word, key) == 0)
                return clock->service;
            if (len > best_len && strstr(key, word)) {
                best = clock->service;
                best_len = len;
            }
        }
    }
    return best;
}

/* The key itself means its service too: "Neurotoxin", "Laser IPL" -> laser_ipl. */
static const char *match_key(
    struct arena *arena, const struct service_clocks *clocks, const char *text)
{
    char *key = text_key(arena, text);
    for (size_t i = 0; i < clocks->count; i++) {
        if (*key && text_is(text_key(arena, clocks->clocks[i].service), key))
            return clocks->clocks[i].service;
    }
    return match_clock(clocks, key);
}

enum err category_of(struct record_load *load, const char *service, const char *stated,
    const char **ret_category, struct why *reterr_why)
{
    enum err err = load->services_read ? ERR_NONE : read_services(load, reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *name =
        arena_format(load->scratch, "%s\n%s", service ? service : "", stated ? stated : "");
    const struct category_answer *known = map_get(&load->categories, name);
    if (known) {
        *ret_category = known->category;
        return ERR_NONE;
    }
    const struct service_clocks *clocks = load->options.clocks;
    const char *category = stated ? match_key(load->scratch, clocks, stated) : NULL;
    const char *listed =
        service ? map_get(&load->services, text_key(load->scratch, service)) : NULL;
    if (!category && listed)
        category = match_key(load->scratch, clocks, listed);
    if (!category && service)
        category = match_key(load->scratch, clocks, service);
    if (load->categories.count < CATEGORIES_MAX) {
        struct category_answer *answer = ARENA_NEW(load->request, struct category_answer, 1);
        answer->category = category;
        map_put(&load->categories, name, answer);
    }
    *ret_category = category;
    return ERR_NONE;
}

/* ---- rows ---- */

struct booking {
    const struct record_row *row;
    const char *patient_id, *hash, *category, *status;
    int64_t start_ms;
    struct day local_day;
    const struct known_booking *before; /* NULL: new */
    bool refused, changed;
};

struct known_booking {
    const char *patient_id, *hash, *status;
    int64_t start_ms;
};

static enum err read_known(struct record_load *load, const struct record_row *rows, size_t count,
    struct map *ret_known, struct why *reterr_why)
{
    struct id_list ids = {0};
    for (size_t i = 0; i < count; i++)
        id_list_add(load->scratch, &ids, rows[i].values[FIELD_ID]);
    DB_ROWS struct db_rows *found = NULL;
    enum err err = db_query(load->tx->db, &sql_record_appointments_known,
        DB_ARGS(db_int("practice_id", load->tx->practice_id),
            db_text("ids", db_list(load->scratch, ids.ids, ids.count))),
        &found, reterr_why);
    while (err == ERR_NONE && db_next(found)) {
        struct known_booking *known = ARENA_NEW(load->scratch, struct known_booking, 1);
        *known = (struct known_booking){.patient_id = db_col_copy(load->scratch, found, 1),
            .hash = db_col_copy(load->scratch, found, 2),
            .status = db_col_copy(load->scratch, found, 3),
            .start_ms = db_col_int(found, 4)};
        map_put(ret_known, db_col_text(found, 0), known);
    }
    return err == ERR_NONE ? db_end(&found, reterr_why) : err;
}

static enum err take_row(struct record_load *load, const struct record_row *row,
    const char *patient_id, const struct map *known, struct booking *ret_booking,
    struct why *reterr_why)
{
    struct booking booking = {.row = row, .patient_id = patient_id, .refused = !patient_id};
    enum appointment_status status;
    assert(row->values[FIELD_ID] && row->values[FIELD_START]);
    bool known_status = appointment_status_parse(row->values[FIELD_STATUS], &status);
    assert(known_status);
    booking.status = appointment_status_name(status);
    booking.start_ms = row_int(row, FIELD_START, 0);
    booking.local_day = zone_day(load->options.practice->zone, (struct instant){booking.start_ms});
    enum err err = category_of(load, row->values[FIELD_SERVICE],
        row->values[FIELD_SERVICE_CATEGORY], &booking.category, reterr_why);
    if (err != ERR_NONE)
        return err;
    booking.hash = row_hash(load->scratch, row_json(load->scratch, row), NULL);
    booking.before = map_get(known, row->values[FIELD_ID]);
    booking.changed = !booking.before || !text_is(booking.before->hash, booking.hash);
    (void)known_status;
    *ret_booking = booking;
    return ERR_NONE;
}

static struct db_arg int_arg(
    const struct booking *booking, const char *name, enum record_field field)
{
    return db_int_if(name, booking->row->values[field] != NULL, row_int(booking->row, field, 0));
}

enum { BOOKING_COLUMNS = 23 };

static void fill(struct record_load *load, const struct booking *booking, struct db_arg *args)
{
    const char *const *values = booking->row->values;
    int64_t minutes = row_int(booking->row, FIELD_DURATION_MIN, -1);
    bool ends = values[FIELD_END] || minutes >= 0;
    int64_t end_ms = values[FIELD_END] ? row_int(booking->row, FIELD_END, 0)
                                       : booking->start_ms + minutes * MS_PER_MINUTE;
    args[0] = db_int("practice_id", load->tx->practice_id);
    args[1] = db_text("appointment_id", values[FIELD_ID]);
    args[2] = db_text("patient_id", booking->patient_id);
    args[3] = db_text("record_id", values[FIELD_PATIENT_ID]);
    args[4] = db_int("start_ms", booking->start_ms);
    args[5] = db_int_if("end_ms", ends, end_ms);
    args[6] = db_day("local_day", booking->local_day);
    args[7] = db_text("location", values[FIELD_LOCATION]);
    args[8] = db_text("provider", values[FIELD_PROVIDER]);
    args[9] = db_text("service", values[FIELD_SERVICE] ? values[FIELD_SERVICE] : "");
    args[10] = db_text("stated_category", values[FIELD_SERVICE_CATEGORY]);
    args[11] = db_text("category", booking->category);
    args[12] = db_text("status", booking->status);
    args[13] = int_arg(booking, "total_cents", FIELD_TOTAL);
    args[14] = int_arg(booking, "booked_ms", FIELD_BOOKED_ON);
    args[15] = int_arg(booking, "cancelled_ms", FIELD_CANCELLED_ON);
    args[16] = db_text("cancel_reason", values[FIELD_CANCEL_REASON]);
    args[17] = db_text("series_id", values[FIELD_SERIES_ID]);
    args[18] = int_arg(booking, "series_number", FIELD_SERIES_NUMBER);
    args[19] = int_arg(booking, "series_total", FIELD_SERIES_TOTAL);
    args[20] = db_int("intro_offer", row_yes(booking->row, FIELD_INTRO_OFFER));
    args[21] = db_text("row_hash", booking->hash);
    args[22] = db_int("now_ms", load->tx->now.ms);
}

static enum err write_rows(
    struct record_load *load, const struct booking *bookings, size_t count, struct why *reterr_why)
{
    struct batch fresh = batch_of(load->scratch, BOOKING_COLUMNS);
    struct batch moved = batch_of(load->scratch, BOOKING_COLUMNS);
    for (size_t i = 0; i < count; i++) {
        if (!bookings[i].refused && bookings[i].changed)
            fill(load, &bookings[i], batch_add(bookings[i].before ? &moved : &fresh));
    }
    enum err err = batch_run(load->tx, &sql_record_appointment_insert, &fresh, reterr_why);
    return err == ERR_NONE ? batch_run(load->tx, &sql_record_appointment_update, &moved, reterr_why)
                           : err;
}

static enum err write_history(
    struct record_load *load, const struct booking *bookings, size_t count, struct why *reterr_why)
{
    struct batch batch = batch_of(load->scratch, 7);
    for (size_t i = 0; i < count; i++) {
        const struct booking *booking = &bookings[i];
        const struct known_booking *before = booking->before;
        if (booking->refused || !before
            || (text_is(before->status, booking->status) && before->start_ms == booking->start_ms))
            continue;
        struct db_arg *args = batch_add(&batch);
        args[0] = db_int("practice_id", load->tx->practice_id);
        args[1] = db_text("appointment_id", booking->row->values[FIELD_ID]);
        args[2] = db_int("now_ms", load->tx->now.ms);
        args[3] = db_text("old_status", before->status);
        args[4] = db_text("new_status", booking->status);
        args[5] = db_int("old_start_ms", before->start_ms);
        args[6] = db_int("new_start_ms", booking->start_ms);
    }
    return batch_run(load->tx, &sql_record_appointment_change, &batch, reterr_why);
}

static enum err touch_patients(
    struct record_load *load, const struct booking *bookings, size_t count, struct why *reterr_why)
{
    struct id_list touched = {0};
    for (size_t i = 0; i < count; i++) {
        const struct booking *booking = &bookings[i];
        if (booking->refused || !booking->changed)
            continue;
        id_list_add(load->scratch, &touched, booking->patient_id);
        if (booking->before && !text_is(booking->before->patient_id, booking->patient_id))
            id_list_add(load->scratch, &touched, booking->before->patient_id);
    }
    return patient_touch(load, touched.ids, touched.count, false, true, reterr_why);
}

enum err appointment_put(struct record_load *load, const struct record_row *rows, size_t count,
    enum record_change *ret_changes, struct why *reterr_why)
{
    struct map known;
    map_init(&known, load->scratch);
    const char **patients = ARENA_NEW(load->scratch, const char *, count);
    struct booking *bookings = ARENA_NEW(load->scratch, struct booking, count);
    enum err err = patients_of_rows(load, rows, count, patients, reterr_why);
    if (err == ERR_NONE)
        err = read_known(load, rows, count, &known, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        err = take_row(load, &rows[i], patients[i], &known, &bookings[i], reterr_why);
        ret_changes[i] = bookings[i].refused ? RECORD_NO_PATIENT
            : !bookings[i].before            ? RECORD_CREATED
            : bookings[i].changed            ? RECORD_UPDATED
                                             : RECORD_UNCHANGED;
    }
    if (err == ERR_NONE)
        err = write_rows(load, bookings, count, reterr_why);
    if (err == ERR_NONE)
        err = write_history(load, bookings, count, reterr_why);
    if (err == ERR_NONE)
        err = touch_patients(load, bookings, count, reterr_why);
    return err;
}
