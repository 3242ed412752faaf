/* journey_store.c: enrollments, their history, and who was found and did not enter. */
#include "journey/journey_int.h"

#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "journey_sql.h"

enum { REFUSALS_AT_ONCE = 256 }; /* rows in one round trip; bounds the arguments' memory */

static enum err put_event(struct tx *tx, const char *enrollment_id,
    const struct journey_event *event, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    return db_exec(tx, &sql_journey_event,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("enrollment_id", enrollment_id),
            db_int("now_ms", tx->now.ms), db_text("kind", event->kind),
            db_text("touch_key", event->touch_key), db_text("rule", event->rule),
            db_text("detail", json_text_of(&scratch, event->detail))),
        NULL, reterr_why);
}

/* The moment at which journey first looks: as the first day opens. */
static struct instant first_look(const struct journey_entrant *entrant, struct instant now)
{
    if (entrant->touch_count > 0 && entrant->touches[0].at.ms > now.ms)
        return entrant->touches[0].at;
    return instant_add_ms(now, MS_PER_DAY);
}

enum err journey_enroll(struct tx *tx, const struct playbook *playbook,
    const struct journey_entrant *entrant, struct id *ret_id, struct why *reterr_why)
{
    const struct audience_row *row = &entrant->row;
    struct id id = ids_next(tx->ids, tx->now);
    int64_t inserted = 0;
    enum err err = db_exec(tx, &sql_journey_enroll,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("enrollment_id", id.text),
            db_text("patient_id", row->patient_id), db_text("household_id", row->household_id),
            db_text("playbook", playbook->name), db_text("version", playbook->version),
            db_int("occurrence", entrant->occurrence),
            db_text("arm", journey_arm_name(entrant->arm)), db_int("pilot", entrant->pilot),
            db_int("backlog", row->backlog), db_int("now_ms", tx->now.ms),
            db_day("start_day", entrant->start), db_day("anchor_day", row->last_day),
            db_int("next_ms", first_look(entrant, tx->now).ms)),
        &inserted, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_id = (struct id){{0}};
    if (inserted == 0)
        return ERR_NONE;
    *ret_id = id;
    JSON_AUTO detail = json_pack("{s:s, s:s, s:s, s:I, s:b, s:b}", "playbook", playbook->name,
        "version", playbook->version, "arm", journey_arm_name(entrant->arm), "occurrence",
        (json_int_t)entrant->occurrence, "pilot", entrant->pilot, "backlog", row->backlog);
    struct journey_event event = {.kind = "entered", .detail = detail};
    err = put_event(tx, id.text, &event, reterr_why);
    if (err != ERR_NONE)
        return err;
    return audit_write(tx, "enrollment.entered", row->patient_id, id.text, detail, reterr_why);
}

static enum err save_row(struct tx *tx, const struct enrollment *next, struct why *reterr_why)
{
    return db_exec(tx, &sql_journey_save,
        DB_ARGS(db_int("practice_id", tx->practice_id),
            db_text("enrollment_id", next->enrollment_id),
            db_text("state", enrollment_state_name(next->state)), db_text("hold", next->hold),
            db_int_if("hold_until_ms", next->hold_until.ms != 0, next->hold_until.ms),
            db_int_if("held_ms", next->held.ms != 0, next->held.ms),
            db_int_if("released_ms", next->released.ms != 0, next->released.ms),
            db_text("released_hold", next->released_hold),
            db_text("approved_touch", next->approved_touch),
            db_int_if("next_ms", next->state != ENROLLMENT_ENDED, next->next.ms),
            db_text("exit", next->exit), db_text("exit_detail", next->exit_detail),
            db_int_if("ended_ms", next->state == ENROLLMENT_ENDED, next->ended.ms),
            db_day("cooldown_until_day", next->cool_down_until)),
        NULL, reterr_why);
}

enum err journey_save(struct tx *tx, const struct journey_step *step, struct why *reterr_why)
{
    const struct enrollment *next = &step->next;
    if (!step->changed)
        return ERR_NONE;
    enum err err = save_row(tx, next, reterr_why);
    for (size_t i = 0; i < step->event_count && err == ERR_NONE; i++) {
        const struct journey_event *event = &step->events[i];
        err = put_event(tx, next->enrollment_id, event, reterr_why);
        if (err != ERR_NONE)
            break;
        JSON_AUTO detail = json_pack("{s:s, s:s?, s:s?}", "playbook", next->playbook, "touch",
            event->touch_key, "rule", event->rule);
        char action[64];
        int len = snprintf(action, sizeof action, "enrollment.%s", event->kind);
        assert(len > 0 && (size_t)len < sizeof action);
        err = audit_write(tx, action, next->patient_id, next->enrollment_id, detail, reterr_why);
    }
    return err;
}

enum err journey_repin(
    struct tx *tx, const struct enrollment *enrollment, const char *version, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_journey_repin,
        DB_ARGS(db_int("practice_id", tx->practice_id),
            db_text("enrollment_id", enrollment->enrollment_id), db_text("version", version),
            db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    assert(err != ERR_NONE || changed == 1);
    JSON_AUTO detail = json_pack("{s:s, s:s, s:s}", "playbook", enrollment->playbook, "from",
        enrollment->version, "to", version);
    const struct journey_event event = {.kind = "migrated", .detail = detail};
    if (err == ERR_NONE)
        err = put_event(tx, enrollment->enrollment_id, &event, reterr_why);
    return err == ERR_NONE ? audit_write(tx, "enrollment.migrated", enrollment->patient_id,
               enrollment->enrollment_id, detail, reterr_why)
                           : err;
}

enum err journey_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why)
{
    int64_t moved = 0;
    enum err err = db_exec(tx, &sql_journey_end_double,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", gone),
            db_text("into", into), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_journey_move_patient,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", gone),
                db_text("into", into)),
            &moved, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_journey_drop_patient_refusals,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", gone)), NULL,
            reterr_why);
    if (err != ERR_NONE || moved == 0)
        return err;
    JSON_AUTO detail = json_pack("{s:s, s:I}", "gone", gone, "enrollments", (json_int_t)moved);
    return audit_write(tx, "enrollment.moved", into, NULL, detail, reterr_why);
}

enum err journey_return_patient(struct tx *tx, const char *into, const char *gone,
    const char *enrollment_ids, struct why *reterr_why)
{
    int64_t moved = 0;
    enum err err = db_exec(tx, &sql_journey_return_patient,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", gone),
            db_text("into", into), db_text("ids", enrollment_ids)),
        &moved, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_journey_drop_patient_refusals,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", into)), NULL,
            reterr_why);
    if (err != ERR_NONE || moved == 0)
        return err;
    JSON_AUTO detail = json_pack("{s:s, s:I}", "from", into, "enrollments", (json_int_t)moved);
    return audit_write(tx, "enrollment.moved", gone, NULL, detail, reterr_why);
}

static enum err put_refusals(struct tx *tx, const char *playbook,
    const struct journey_refusal **refusals, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    enum { ARGS = 6 };
    struct db_arg *args = ARENA_NEW(&scratch, struct db_arg, REFUSALS_AT_ONCE * ARGS);
    size_t count = 0;
    for (; *refusals && count < REFUSALS_AT_ONCE; *refusals = (*refusals)->next) {
        struct db_arg *row = &args[count++ * ARGS];
        row[0] = db_int("practice_id", tx->practice_id);
        row[1] = db_text("playbook", playbook);
        row[2] = db_text("patient_id", (*refusals)->patient_id);
        row[3] = db_text("reason", entry_reason_name((*refusals)->reason));
        row[4] = db_text("detail", (*refusals)->detail);
        row[5] = db_int("now_ms", tx->now.ms);
    }
    return db_exec_many(tx, &sql_journey_put_refusal, args, ARGS, count, reterr_why);
}

enum err journey_put_refusals(struct tx *tx, const char *playbook,
    const struct journey_refusal *refusals, struct why *reterr_why)
{
    enum err err = db_exec(tx, &sql_journey_drop_refusals,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("playbook", playbook)), NULL,
        reterr_why);
    while (refusals && err == ERR_NONE)
        err = put_refusals(tx, playbook, &refusals, reterr_why);
    return err;
}

enum err journey_read_refusal(struct arena *arena, struct db *db, int64_t practice_id,
    const char *playbook, const char *patient_id, enum entry_reason *ret_reason,
    const char **ret_detail, struct instant *ret_at, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_journey_refusal,
        DB_ARGS(db_int("practice_id", practice_id), db_text("playbook", playbook),
            db_text("patient_id", patient_id)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool found = db_next(rows);
    enum entry_reason reason = ENTRY_NONE;
    if (found) {
        const char *name = db_col_text(rows, 0);
        while (reason + 1 < ENTRY_REASON_MAX && !text_is(entry_reason_name(reason), name))
            reason++;
        *ret_reason = reason;
        *ret_detail = db_col_copy(arena, rows, 1);
        ret_at->ms = db_col_int(rows, 2);
    }
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE || found)
        return err;
    return why_set(reterr_why, ERR_NOT_FOUND, "the last scan had no word on this patient");
}

enum err journey_read_room(struct db *db, const struct practice *practice,
    const struct playbook_state *state, struct instant now, struct journey_room *ret_room,
    struct why *reterr_why)
{
    struct day today = zone_day(practice->zone, now);
    struct instant midnight = zone_at(practice->zone, today, 0);
    bool pilot = state->run == PLAYBOOK_PILOT;
    struct instant from = pilot ? (struct instant){0} : midnight;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_journey_room,
        DB_ARGS(db_int("practice_id", practice->practice_id), db_text("playbook", state->playbook),
            db_int("today_ms", midnight.ms),
            db_text("version", state->version ? state->version : ""), db_int("from_ms", from.ms)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct journey_room room = {.pilot_left = -1};
    if (db_next(rows)) {
        room.entered_today = db_col_int(rows, 0);
        room.backlog_entered_today = db_col_int(rows, 1);
        if (pilot) {
            int64_t left = state->pilot_patients - db_col_int(rows, 2);
            room.pilot_left = left > 0 ? left : 0;
        }
    }
    err = db_end(&rows, reterr_why);
    if (err == ERR_NONE)
        *ret_room = room;
    return err;
}

static struct enrollment enrollment_of(struct arena *arena, const struct db_rows *rows)
{
    struct enrollment one = {
        .enrollment_id = db_col_copy(arena, rows, 0),
        .patient_id = db_col_copy(arena, rows, 1),
        .household_id = db_col_copy(arena, rows, 2),
        .playbook = db_col_copy(arena, rows, 3),
        .version = db_col_copy(arena, rows, 4),
        .occurrence = db_col_int(rows, 5),
        .arm = text_is(db_col_text(rows, 6), "holdout") ? ARM_HOLDOUT : ARM_TREAT,
        .pilot = db_col_int(rows, 7) != 0,
        .entered = {db_col_int(rows, 9)},
        .start = db_col_day(rows, 10),
        .anchor = db_col_day(rows, 11),
        .hold = db_col_copy(arena, rows, 12),
        .hold_until = {db_col_int(rows, 13)},
        .held = {db_col_int(rows, 14)},
        .released = {db_col_int(rows, 15)},
        .released_hold = db_col_copy(arena, rows, 16),
        .approved_touch = db_col_copy(arena, rows, 17),
        .next = {db_col_int(rows, 18)},
        .exit = db_col_copy(arena, rows, 19),
        .exit_detail = db_col_copy(arena, rows, 20),
        .ended = {db_col_int(rows, 21)},
        .cool_down_until = db_col_day(rows, 22),
    };
    const char *state = db_col_text(rows, 8);
    while (!text_is(enrollment_state_name(one.state), state)) {
        one.state++;
        assert(one.state < ENROLLMENT_STATE_MAX);
    }
    return one;
}

static enum err take_rows(struct arena *arena, struct db_rows **rows,
    struct enrollment **ret_enrollments, size_t *ret_count, struct why *reterr_why)
{
    struct enrollment *list = NULL;
    size_t count = 0;
    while (db_next(*rows)) {
        if ((count & (count - 1)) == 0) /* full at every power of two */
            list = arena_grow(
                arena, list, sizeof *list * count, sizeof *list * (count ? count * 2 : 1));
        list[count++] = enrollment_of(arena, *rows);
    }
    enum err err = db_end(rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_enrollments = list;
    *ret_count = count;
    return ERR_NONE;
}

enum err journey_read(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *enrollment_ids, size_t count, struct enrollment **ret_enrollments,
    size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_journey_read,
        DB_ARGS(db_int("practice_id", practice_id),
            db_text("ids", db_list(arena, enrollment_ids, count))),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    return take_rows(arena, &rows, ret_enrollments, ret_count, reterr_why);
}

enum err journey_read_live(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *patient_ids, size_t count, struct enrollment **ret_enrollments,
    size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_journey_read_live,
        DB_ARGS(
            db_int("practice_id", practice_id), db_text("ids", db_list(arena, patient_ids, count))),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    return take_rows(arena, &rows, ret_enrollments, ret_count, reterr_why);
}

enum err journey_read_elsewhere(struct arena *arena, struct db *db, int64_t practice_id,
    const char *playbook, const char *version, const char *after, size_t limit,
    struct enrollment **ret_enrollments, size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_journey_read_elsewhere,
        DB_ARGS(db_int("practice_id", practice_id), db_text("playbook", playbook),
            db_text("version", version), db_text("after", after), db_int("limit", (int64_t)limit)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    return take_rows(arena, &rows, ret_enrollments, ret_count, reterr_why);
}

enum err journey_read_patient(struct arena *arena, struct db *db, int64_t practice_id,
    const char *patient_id, struct enrollment **ret_enrollments, size_t *ret_count,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_journey_read_patient,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", patient_id)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    return take_rows(arena, &rows, ret_enrollments, ret_count, reterr_why);
}

enum err journey_claim_due(struct arena *arena, struct tx *tx, size_t limit,
    struct enrollment **ret_enrollments, size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_journey_claim_due,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_int("now_ms", tx->now.ms),
            db_int("limit", (int64_t)limit)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    return take_rows(arena, &rows, ret_enrollments, ret_count, reterr_why);
}

enum err journey_count_live(struct db *db, int64_t practice_id, const char *playbook,
    const char *version, int64_t *ret_count, struct why *reterr_why)
{
    return db_query_int(db, &sql_journey_count_live,
        DB_ARGS(db_int("practice_id", practice_id), db_text("playbook", playbook),
            db_text("version", version)),
        ret_count, reterr_why);
}

enum err journey_next(
    struct db *db, int64_t practice_id, struct instant *ret_next, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(
        db, &sql_journey_next, DB_ARGS(db_int("practice_id", practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool found = db_next(rows) && !db_col_null(rows, 0);
    int64_t next_ms = found ? db_col_int(rows, 0) : 0;
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!found)
        return why_set(reterr_why, ERR_NOT_FOUND, "no enrollment is live");
    ret_next->ms = next_ms;
    return ERR_NONE;
}

enum err journey_read_events(struct db *db, int64_t practice_id, const char *enrollment_id,
    json_t **ret_events, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_journey_events,
        DB_ARGS(db_int("practice_id", practice_id), db_text("enrollment_id", enrollment_id)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    JSON_AUTO events = json_array();
    while (db_next(rows) && err == ERR_NONE) {
        json_t *detail = NULL;
        const char *text = db_col_text(rows, 4);
        err = json_parse(text, strlen(text), &detail, reterr_why);
        if (err != ERR_NONE)
            break;
        struct instant at = {db_col_int(rows, 0)};
        json_array_append_new(events,
            json_pack("{s:s, s:s, s:s?, s:s?, s:o}", "at", instant_format_utc(&scratch, at), "kind",
                db_col_text(rows, 1), "touch", db_col_text(rows, 2), "rule", db_col_text(rows, 3),
                "detail", detail));
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err == ERR_NONE)
        *ret_events = json_incref(events);
    return err;
}

enum err journey_erase(struct erasing *erasing, struct why *reterr_why)
{
    static const struct erase_step steps[] = {
        {&sql_journey_erase_live, "pn", NULL, true},
        {&sql_journey_erase_enrollments, "p", "enrollments", true},
        {&sql_journey_erase_events, "p", "decisions", true},
        {&sql_journey_erase_refusals, "p", "refusals", false},
    };
    return erase_run(erasing, steps, sizeof(steps) / sizeof(steps[0]), reterr_why);
}
