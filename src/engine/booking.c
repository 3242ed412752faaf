/* booking.c: the rooms that a booking takes, in order. */
#include "engine/booking.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "engine/engine_int.h"
#include "engine_sql.h"
#include "opening/waitlist.h"
#include "record/withdraw.h"

enum { BOOK_TASK_DUE_MS = 30 * 60 * 1000, BOOK_TASK_PRIORITY = 20 };

/* ---- what is to be booked ---- */

static const struct playbook_version *version_of(struct engine *engine, const struct touch *touch)
{
    struct playbook_version *version = NULL;
    if (!touch || !touch->playbook || !touch->version)
        return NULL;
    return playbook_load_version(engine->cache, engine->db, engine->practice->practice_id,
               touch->playbook, touch->version, &version, NULL)
            == ERR_NONE
        ? version
        : NULL;
}

static int last_service(struct engine *engine, struct arena *arena, const char *patient_id)
{
    int service = SCHEDULE_NOBODY;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(engine->db, &sql_engine_last_category,
        DB_ARGS(db_int("practice_id", engine->practice->practice_id),
            db_text("patient_id", patient_id)),
        &rows, NULL);
    if (err == ERR_NONE && db_next(rows))
        service = schedule_service(engine->home->schedule, db_col_copy(arena, rows, 0));
    return service;
}

bool engine_touch_booking(struct engine *engine, struct arena *arena,
    const struct playbook_version *version, const struct playbook_touch *said,
    const struct patient *patient, struct booking *ret_booking)
{
    const struct schedule *schedule = engine->home->schedule;
    if (!schedule)
        return false;
    struct booking booking = {SCHEDULE_NOBODY, SCHEDULE_NOBODY, SCHEDULE_NOBODY, 0};
    bool named = said && said->link.book && !text_is(said->link.book, "any");
    if (named)
        booking.service = schedule_service(schedule, said->link.book);
    else if (version && version->playbook->service)
        booking.service = schedule_service(schedule, version->playbook->service->key);
    else
        booking.service = last_service(engine, arena, patient->patient_id);
    if (booking.service == SCHEDULE_NOBODY && !named && schedule->service_count == 1)
        booking.service = 0;
    if (said)
        booking.window_days = said->link.window_days;
    if (said && said->link.provider == LINK_PROVIDER_LAST)
        booking.provider = schedule_provider(schedule, patient->last_provider);
    if (booking.service == SCHEDULE_NOBODY)
        return false;
    if (booking.provider != SCHEDULE_NOBODY
        && !(schedule->providers[booking.provider].does >> booking.service & 1))
        booking.provider = SCHEDULE_NOBODY;
    *ret_booking = booking;
    return true;
}

bool engine_booking_for(struct engine *engine, struct arena *arena, const struct touch *touch,
    const struct patient *patient, struct booking *ret_booking)
{
    const struct playbook_version *version =
        engine->home->schedule ? version_of(engine, touch) : NULL;
    const struct playbook_touch *said =
        version ? playbook_find_touch(version->playbook, touch->touch_key) : NULL;
    return engine_touch_booking(engine, arena, version, said, patient, ret_booking);
}

enum err engine_find_times(struct engine *engine, struct arena *arena,
    const struct booking *booking, struct instant now, size_t limit, struct slot **ret_slots,
    size_t *ret_count, struct why *reterr_why)
{
    const struct schedule *schedule = engine->home->schedule;
    int days = booking->window_days ? booking->window_days : schedule->horizon_days;
    struct day last = {zone_day(schedule->zone, now).n + days + 1};
    struct opening_question question = {.schedule = schedule,
        .service = booking->service,
        .provider = booking->provider,
        .location = booking->location,
        .from = now,
        .until = zone_at(schedule->zone, last, 0),
        .now = now,
        .limit = limit};
    enum err err = opening_find(arena, engine->db, engine->practice->practice_id, &question,
        ret_slots, ret_count, reterr_why);
    if (err != ERR_NONE || *ret_count > 0 || booking->provider == SCHEDULE_NOBODY)
        return err;
    question.provider = SCHEDULE_NOBODY; /* rather somebody else than nobody */
    return opening_find(arena, engine->db, engine->practice->practice_id, &question, ret_slots,
        ret_count, reterr_why);
}

/* ---- holding and booking ---- */

enum err engine_hold_time(struct engine *engine, struct arena *arena, struct tx *tx,
    const struct opening_choice *choice, struct opening *ret_opening, struct why *reterr_why)
{
    enum err err = record_lock(tx, &choice->patient_id, 1, reterr_why);
    return err == ERR_NONE
        ? opening_hold(arena, tx, engine->home->schedule, choice, ret_opening, reterr_why)
        : err;
}

/* Is another booking still waiting to be entered? */
static enum err refuse_second(struct arena *arena, struct tx *tx, const char *patient_id,
    const char *opening_id, struct why *reterr_why)
{
    struct opening *live;
    size_t count;
    enum err err = opening_read_live(
        arena, tx->db, tx->practice_id, patient_id, tx->now, &live, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (live[i].state == OPENING_BOOKED && !text_is(live[i].opening_id, opening_id)) {
            why_hint(reterr_why, "Have the front desk enter the first one");
            return why_set(reterr_why, ERR_CONFLICT, "another visit is being booked already");
        }
    }
    return err;
}

/* The visit as a row of its own in the record, until the booking system's row takes its place. */
static enum err record_visit(struct engine *engine, struct arena *arena, struct tx *tx,
    const struct patient *patient, const struct opening *opening, struct why *reterr_why)
{
    struct service_clocks clocks = definitions_clocks(arena, engine->home->definitions);
    const struct service_definition *service =
        definitions_service(engine->home->definitions, opening->service);
    const struct record_options options = {
        .practice = engine->practice, .clocks = &clocks, .address_key = engine->home->address_key};
    const char *name = service && service->match_count ? service->match[0] : opening->service;
    struct record_row row = {.row = 1};
    row.values[FIELD_ID] =
        arena_format(arena, OPENING_APPOINTMENT_PREFIX "%s", opening->opening_id);
    row.values[FIELD_PATIENT_ID] = patient->external_id;
    row.values[FIELD_START] = arena_format(arena, "%lld", (long long)opening->start.ms);
    row.values[FIELD_END] = arena_format(arena, "%lld", (long long)opening->end.ms);
    row.values[FIELD_PROVIDER] = opening->provider;
    row.values[FIELD_LOCATION] = opening->location;
    row.values[FIELD_SERVICE] = name;
    row.values[FIELD_STATUS] = appointment_status_name(APPOINTMENT_BOOKED);
    struct record_load *load;
    enum record_change change = RECORD_NO_PATIENT;
    enum err err = record_open(arena, &options, tx, &load, reterr_why);
    if (err == ERR_NONE)
        err =
            record_put(load, RECORD_APPOINTMENT, 0, "booking", NULL, &row, 1, &change, reterr_why);
    if (err == ERR_NONE && change == RECORD_NO_PATIENT)
        return why_set(reterr_why, ERR_NOT_FOUND, "the patient of this booking is gone");
    if (err == ERR_NONE)
        err = record_settle(load, reterr_why);
    if (err == ERR_NONE)
        err = engine_after_import(engine, tx, reterr_why);
    return err == ERR_NONE ? record_close(load, reterr_why) : err;
}

static enum err add_book_task(struct engine *engine, struct arena *arena, struct tx *tx,
    const struct patient *patient, const struct opening *opening, struct why *reterr_why)
{
    const struct service_definition *service =
        definitions_service(engine->home->definitions, opening->service);
    JSON_AUTO body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:[s,s]}", "opening", opening->opening_id,
        "start", zone_format(arena, engine->practice->zone, opening->start), "provider",
        opening->provider, "location", opening->location, "patient_number", patient->external_id,
        "outcomes", "booked", ENGINE_BOOK_IMPOSSIBLE);
    json_object_set_new(
        body, "service", json_text(service ? service_phi_label(service, "en") : opening->service));
    json_object_set_new(
        body, "minutes", json_integer((opening->end.ms - opening->start.ms) / MS_PER_MINUTE));
    const struct task_plan plan = {
        .patient_id = patient->patient_id,
        .kind = ENGINE_BOOK_TASK,
        .role = "front_desk",
        .title = arena_format(arena, "Enter the booking of %s %s in the booking system",
            patient->first_name, patient->last_name),
        .body = body,
        .priority = BOOK_TASK_PRIORITY,
        .due = instant_add_ms(tx->now, BOOK_TASK_DUE_MS),
        .touch_id = opening->touch_id,
    };
    struct id task;
    return inbox_add_task(tx, &plan, &task, reterr_why);
}

enum err engine_book_time(struct engine *engine, struct arena *arena, struct tx *tx,
    const char *patient_id, const char *opening_id, struct opening *ret_opening,
    struct why *reterr_why)
{
    struct opening opening;
    struct patient *patient;
    size_t count;
    bool is_new = false;
    enum err err = record_lock(tx, &patient_id, 1, reterr_why);
    if (err == ERR_NONE)
        err = refuse_second(arena, tx, patient_id, opening_id, reterr_why);
    if (err == ERR_NONE)
        err = opening_confirm(arena, tx, patient_id, opening_id, &opening, &is_new, reterr_why);
    if (err == ERR_NONE && is_new)
        err = record_read_patients(
            arena, tx->db, tx->practice_id, &patient_id, 1, &patient, &count, reterr_why);
    if (err == ERR_NONE && is_new && count == 0)
        return why_set(reterr_why, ERR_NOT_FOUND, "the patient of this booking is gone");
    if (err == ERR_NONE && is_new)
        err = record_visit(engine, arena, tx, patient, &opening, reterr_why);
    if (err == ERR_NONE && is_new)
        err = waitlist_end(tx, patient_id, WAITLIST_BOOKED, "booked", reterr_why);
    if (err == ERR_NONE && is_new)
        err = add_book_task(engine, arena, tx, patient, &opening, reterr_why);
    if (err == ERR_NONE)
        *ret_opening = opening;
    return err;
}

/* ---- what becomes of it ---- */

static enum err withdraw(struct tx *tx, const char *opening_id, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    return record_withdraw(
        tx, arena_format(&scratch, OPENING_APPOINTMENT_PREFIX "%s", opening_id), reterr_why);
}

/* The opening that a task is to enter; NULL: it is another kind of task. */
static enum err read_book_task(struct engine *engine, struct tx *tx, const char *task_id,
    const char **ret_opening_id, const char **ret_patient_id, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_engine_book_task,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("task_id", task_id),
            db_text("kind", ENGINE_BOOK_TASK)),
        &rows, reterr_why);
    *ret_opening_id = NULL;
    if (err != ERR_NONE)
        return err;
    JSON_AUTO body = NULL;
    bool found = db_next(rows);
    const char *text = found ? db_col_text(rows, 0) : "{}";
    err = json_parse(text, strlen(text), &body, reterr_why);
    if (err == ERR_NONE && found) {
        *ret_opening_id =
            arena_text(&engine->tick, json_string_value(json_object_get(body, "opening")));
        *ret_patient_id = db_col_copy(&engine->tick, rows, 1);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err engine__booking_outcome(struct engine *engine, struct tx *tx, const struct task *task,
    const char *outcome, struct why *reterr_why)
{
    if (!text_is(outcome, ENGINE_BOOK_IMPOSSIBLE))
        return ERR_NONE;
    const char *opening_id, *patient_id;
    bool changed = false;
    enum err err = read_book_task(engine, tx, task->task_id, &opening_id, &patient_id, reterr_why);
    if (err != ERR_NONE || !opening_id)
        return err;
    err = record_lock(tx, &patient_id, 1, reterr_why);
    if (err == ERR_NONE)
        err = opening_let_go(tx, opening_id, ENGINE_BOOK_IMPOSSIBLE, &changed, reterr_why);
    if (err == ERR_NONE && changed)
        err = withdraw(tx, opening_id, reterr_why);
    return err == ERR_NONE && changed ? engine_react(engine, tx, &patient_id, 1, reterr_why) : err;
}

static enum err settle_one(
    struct engine *engine, struct tx *tx, const struct opening *opening, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_engine_booked_as,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", opening->patient_id),
            db_day("local_day", zone_day(engine->practice->zone, opening->start)),
            db_int("start_ms", opening->start.ms), db_int("since_ms", opening->created.ms),
            db_text("ours", OPENING_APPOINTMENT_PREFIX "%")),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *appointment_id = db_next(rows) ? db_col_copy(&engine->tick, rows, 0) : NULL;
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE || !appointment_id)
        return err;
    err = opening_keep(tx, opening->opening_id, appointment_id, reterr_why);
    if (err == ERR_NONE)
        err = withdraw(tx, opening->opening_id, reterr_why);
    return err == ERR_NONE
        ? inbox_cancel_tasks(tx, opening->patient_id, ENGINE_BOOK_TASK, "booked", reterr_why)
        : err;
}

enum err engine__settle_bookings(struct engine *engine, struct tx *tx, struct why *reterr_why)
{
    struct opening *live;
    size_t count = 0;
    if (!engine->home->schedule)
        return ERR_NONE;
    enum err err = opening_read_live(
        &engine->tick, tx->db, tx->practice_id, NULL, tx->now, &live, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (live[i].state == OPENING_BOOKED)
            err = settle_one(engine, tx, &live[i], reterr_why);
    }
    return err;
}

enum err engine__sweep_openings(struct engine *engine, struct instant now, struct why *reterr_why)
{
    struct instant next;
    int64_t expired;
    if (!engine->home->schedule
        || opening_next(engine->db, engine->practice->practice_id, &next, NULL) != ERR_NONE
        || next.ms > now.ms)
        return ERR_NONE;
    DB_TX struct tx tx = {0};
    enum err err = engine_begin(engine, now, &tx, reterr_why);
    if (err == ERR_NONE)
        err = opening_sweep(&tx, &expired, reterr_why);
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}
