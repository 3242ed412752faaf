/* hold.c: a time is taken, confirmed, let go. */
#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "opening/opening.h"
#include "opening/proposal.h"
#include "opening/waitlist.h"
#include "opening_sql.h"

enum { SEATS_MAX = 100 }; /* rooms of a kind at one location: schedules.yaml allows no more */

struct holding {
    struct arena *arena;
    struct tx *tx;
    const struct schedule *schedule;
    const struct slot *slot;
    const char *opening_id;
    int64_t first, last; /* cells, both included */
};

static enum err gone(struct why *reterr_why)
{
    why_hint(reterr_why, "Offer other times");
    return why_set(reterr_why, ERR_CONFLICT, "this time is no longer free");
}

static enum err note(struct tx *tx, const char *action, const char *patient_id,
    const char *opening_id, const char *reason, struct why *reterr_why)
{
    JSON_AUTO detail = reason ? json_pack("{s:s}", "reason", reason) : NULL;
    return audit_write(tx, action, patient_id, opening_id, detail, reterr_why);
}

/* ---- taking cells ---- */

static enum err take_cell(
    struct holding *holding, const char *taken, int64_t cell, int64_t seat, struct why *reterr_why)
{
    int64_t written = 0;
    enum err err = db_exec(holding->tx, &sql_opening_take_cell,
        DB_ARGS(db_int("practice_id", holding->tx->practice_id), db_text("taken", taken),
            db_int("cell", cell), db_int("seat", seat), db_text("opening_id", holding->opening_id)),
        &written, reterr_why);
    return err == ERR_NONE && written == 0 ? gone(reterr_why) : err;
}

/* The lowest seat that nobody has, per cell: rising rows of (cell, seat). */
static enum err free_seats(
    struct holding *holding, const char *taken, int64_t *seats, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(holding->tx->db, &sql_opening_cells,
        DB_ARGS(db_int("practice_id", holding->tx->practice_id), db_text("taken", taken),
            db_int("first", holding->first), db_int("last", holding->last)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        int64_t *seat = &seats[db_col_int(rows, 0) - holding->first];
        if (db_col_int(rows, 1) == *seat)
            (*seat)++;
    }
    return db_end(&rows, reterr_why);
}

static enum err take_room(struct holding *holding, size_t kind, struct why *reterr_why)
{
    const struct schedule_location *location =
        &holding->schedule->locations[holding->slot->location];
    const char *taken = arena_format(
        holding->arena, "room:%s:%s", location->key, holding->schedule->room_kinds[kind]);
    size_t count = (size_t)(holding->last - holding->first + 1);
    int64_t *seats = ARENA_NEW(holding->arena, int64_t, count);
    enum err err = free_seats(holding, taken, seats, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        assert(seats[i] <= SEATS_MAX);
        err = seats[i] < location->rooms[kind]
            ? take_cell(holding, taken, holding->first + (int64_t)i, seats[i], reterr_why)
            : gone(reterr_why);
    }
    return err;
}

static enum err take_cells(struct holding *holding, struct why *reterr_why)
{
    const struct schedule *schedule = holding->schedule;
    const struct schedule_service *service = &schedule->services[holding->slot->service];
    const char *taken = arena_format(
        holding->arena, "provider:%s", schedule->providers[holding->slot->provider].keys[0]);
    holding->first = (holding->slot->start.ms - service->before_ms) / SCHEDULE_CELL_MS;
    holding->last = (holding->slot->end.ms + service->after_ms - 1) / SCHEDULE_CELL_MS;
    enum err err = ERR_NONE;
    for (int64_t cell = holding->first; cell <= holding->last && err == ERR_NONE; cell++)
        err = take_cell(holding, taken, cell, 0, reterr_why);
    for (size_t kind = 0; kind < schedule->room_kind_count && err == ERR_NONE; kind++) {
        if (service->rooms >> kind & 1)
            err = take_room(holding, kind, reterr_why);
    }
    return err;
}

/* ---- leaving a state ---- */

static enum err free_cells(struct tx *tx, const char *opening_id, struct why *reterr_why)
{
    return db_exec(tx, &sql_opening_free_cells,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("opening_id", opening_id)), NULL,
        reterr_why);
}

static enum err change_state(struct tx *tx, const char *opening_id, enum opening_state from,
    enum opening_state to, const char *appointment_id, bool *ret_changed, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_opening_set_state,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("opening_id", opening_id),
            db_text("state", opening_state_name(to)),
            db_text("old_state", opening_state_name(from)), db_int("now_ms", tx->now.ms),
            db_text("appointment_id", appointment_id)),
        &changed, reterr_why);
    *ret_changed = changed > 0;
    if (err != ERR_NONE || changed == 0 || to == OPENING_BOOKED)
        return err;
    err = free_cells(tx, opening_id, reterr_why);
    return err == ERR_NONE && to != OPENING_KEPT ? waitlist_wake(tx, reterr_why) : err;
}

static enum err take_turn(struct tx *tx, struct why *reterr_why)
{
    return db_exec(
        tx, &sql_opening_turn, DB_ARGS(db_int("practice_id", tx->practice_id)), NULL, reterr_why);
}

struct over {
    const char *opening_id, *patient_id;
    bool held;
};

static enum err read_over(struct arena *arena, struct tx *tx, struct over **ret_list,
    size_t *ret_count, struct why *reterr_why)
{
    struct over *list = NULL;
    size_t count = 0, capacity = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_opening_over,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_int("now_ms", tx->now.ms)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        if (count == capacity) {
            size_t bigger = capacity ? capacity * 2 : 16;
            list = arena_grow(arena, list, capacity * sizeof(*list), bigger * sizeof(*list));
            capacity = bigger;
        }
        list[count++] = (struct over){.opening_id = db_col_copy(arena, rows, 0),
            .patient_id = db_col_copy(arena, rows, 1),
            .held = text_is(db_col_text(rows, 2), "held")};
    }
    err = db_end(&rows, reterr_why);
    *ret_list = list;
    *ret_count = count;
    return err;
}

static enum err sweep(struct tx *tx, int64_t *ret_expired, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct over *list;
    size_t count;
    int64_t expired = 0;
    enum err err = read_over(&scratch, tx, &list, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        bool changed;
        err = change_state(tx, list[i].opening_id, list[i].held ? OPENING_HELD : OPENING_BOOKED,
            list[i].held ? OPENING_EXPIRED : OPENING_KEPT, NULL, &changed, reterr_why);
        if (err == ERR_NONE && changed)
            err = note(tx, list[i].held ? "opening.expired" : "opening.passed", list[i].patient_id,
                list[i].opening_id, NULL, reterr_why);
        expired += changed && list[i].held;
    }
    if (err == ERR_NONE)
        *ret_expired = expired;
    return err;
}

enum err opening_sweep(struct tx *tx, int64_t *ret_expired, struct why *reterr_why)
{
    enum err err = take_turn(tx, reterr_why);
    return err == ERR_NONE ? sweep(tx, ret_expired, reterr_why) : err;
}

enum err opening_let_go(struct tx *tx, const char *opening_id, const char *reason,
    bool *ret_changed, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct opening opening;
    bool changed = false;
    enum err err =
        opening_read(&scratch, tx->db, tx->practice_id, opening_id, &opening, reterr_why);
    if (err == ERR_NONE && (opening.state == OPENING_HELD || opening.state == OPENING_BOOKED))
        err = change_state(
            tx, opening_id, opening.state, OPENING_RELEASED, NULL, &changed, reterr_why);
    if (err == ERR_NONE && changed)
        err = note(tx, "opening.released", opening.patient_id, opening_id, reason, reterr_why);
    if (err == ERR_NONE)
        *ret_changed = changed;
    return err;
}

enum err opening_keep(
    struct tx *tx, const char *opening_id, const char *appointment_id, struct why *reterr_why)
{
    bool changed;
    enum err err = change_state(
        tx, opening_id, OPENING_BOOKED, OPENING_KEPT, appointment_id, &changed, reterr_why);
    return err == ERR_NONE && changed ? note(tx, "opening.kept", NULL, opening_id, NULL, reterr_why)
                                      : err;
}

/* ---- holding ---- */

static enum err let_go_of_former(
    struct arena *arena, struct tx *tx, const char *patient_id, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_opening_held_of,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *former = db_next(rows) ? db_col_copy(arena, rows, 0) : NULL;
    err = db_end(&rows, reterr_why);
    bool changed;
    return err == ERR_NONE && former
        ? opening_let_go(tx, former, "another time", &changed, reterr_why)
        : err;
}

enum err opening_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    enum err err = let_go_of_former(&scratch, tx, gone, reterr_why);
    if (err == ERR_NONE)
        err = proposal_move_patient(tx, gone, into, reterr_why);
    if (err == ERR_NONE)
        err = waitlist_move_patient(tx, gone, into, reterr_why);
    return err == ERR_NONE ? db_exec(tx, &sql_opening_move_patient,
               DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", gone),
                   db_text("into", into)),
               NULL, reterr_why)
                           : err;
}

/* Looked up again, now that nobody else of the practice is holding. */
static enum err look_again(struct arena *arena, struct tx *tx, const struct schedule *schedule,
    const struct slot *slot, struct why *reterr_why)
{
    const struct opening_question question = {.schedule = schedule,
        .service = slot->service,
        .provider = slot->provider,
        .location = slot->location,
        .from = slot->start,
        .until = {slot->start.ms + 1},
        .now = tx->now,
        .limit = 1};
    struct slot *slots;
    size_t count;
    enum err err =
        opening_find(arena, tx->db, tx->practice_id, &question, &slots, &count, reterr_why);
    if (err != ERR_NONE)
        return err;
    return count == 1 && slots[0].end.ms == slot->end.ms ? ERR_NONE : gone(reterr_why);
}

static bool is_of_schedule(const struct schedule *schedule, const struct slot *slot)
{
    return slot->service >= 0 && (size_t)slot->service < schedule->service_count
        && slot->provider >= 0 && (size_t)slot->provider < schedule->provider_count
        && slot->location >= 0 && (size_t)slot->location < schedule->location_count;
}

static enum err write_opening(struct tx *tx, const struct opening *opening, struct why *reterr_why)
{
    enum err err = db_exec(tx, &sql_opening_insert,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("opening_id", opening->opening_id),
            db_text("patient_id", opening->patient_id), db_text("service", opening->service),
            db_text("provider", opening->provider), db_text("location", opening->location),
            db_int("start_ms", opening->start.ms), db_int("end_ms", opening->end.ms),
            db_int("expires_ms", opening->expires.ms), db_text("source", opening->source),
            db_text("touch_id", opening->touch_id), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    return err == ERR_NONE
        ? note(tx, "opening.held", opening->patient_id, opening->opening_id, NULL, reterr_why)
        : err;
}

enum err opening_hold(struct arena *arena, struct tx *tx, const struct schedule *schedule,
    const struct opening_choice *choice, struct opening *ret_opening, struct why *reterr_why)
{
    const struct slot *slot = &choice->slot;
    int64_t expired;
    if (!is_of_schedule(schedule, slot))
        return gone(reterr_why);
    enum err err = take_turn(tx, reterr_why);
    if (err == ERR_NONE)
        err = sweep(tx, &expired, reterr_why);
    if (err == ERR_NONE)
        err = let_go_of_former(arena, tx, choice->patient_id, reterr_why);
    if (err == ERR_NONE)
        err = look_again(arena, tx, schedule, slot, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct id id = ids_next(tx->ids, tx->now);
    struct opening opening = {
        .opening_id = arena_text(arena, id.text),
        .patient_id = choice->patient_id,
        .service = schedule->services[slot->service].key,
        .provider = schedule->providers[slot->provider].name,
        .location = schedule->locations[slot->location].name,
        .start = slot->start,
        .end = slot->end,
        .state = OPENING_HELD,
        .expires = instant_add_ms(tx->now, choice->hold_ms ? choice->hold_ms : schedule->hold_ms),
        .source = choice->source,
        .touch_id = choice->touch_id,
        .created = tx->now,
    };
    struct holding holding = {.arena = arena,
        .tx = tx,
        .schedule = schedule,
        .slot = slot,
        .opening_id = opening.opening_id};
    err = take_cells(&holding, reterr_why);
    if (err == ERR_CONFLICT) { /* the transaction may go on with other times */
        err = free_cells(tx, opening.opening_id, reterr_why);
        return err == ERR_NONE ? gone(reterr_why) : err;
    }
    if (err == ERR_NONE)
        err = write_opening(tx, &opening, reterr_why);
    if (err == ERR_NONE)
        *ret_opening = opening;
    return err;
}

enum err opening_confirm(struct arena *arena, struct tx *tx, const char *patient_id,
    const char *opening_id, struct opening *ret_opening, bool *ret_new, struct why *reterr_why)
{
    struct opening opening;
    bool changed = false;
    enum err err = opening_read(arena, tx->db, tx->practice_id, opening_id, &opening, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!text_is(opening.patient_id, patient_id))
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no such opening");
    bool held = opening.state == OPENING_HELD && opening.expires.ms > tx->now.ms;
    bool booked = opening.state == OPENING_BOOKED || opening.state == OPENING_KEPT;
    if (held)
        err =
            change_state(tx, opening_id, OPENING_HELD, OPENING_BOOKED, NULL, &changed, reterr_why);
    if (err == ERR_NONE && !booked && !changed) {
        why_hint(reterr_why, "Choose a time again");
        return why_set(reterr_why, ERR_CONFLICT, "this time was not held any more");
    }
    if (err == ERR_NONE && changed)
        err = note(tx, "opening.booked", patient_id, opening_id, NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    opening.state = changed ? OPENING_BOOKED : opening.state;
    *ret_opening = opening;
    *ret_new = changed;
    return ERR_NONE;
}
