/* entry.c: see entry.h. */
#include "engine/entry.h"

#include <string.h>

#include "audience/audience.h"
#include "base/text.h"
#include "outbox/outbox.h"

enum { ZONE_BATCH_MAX = 500 }; /* entrants whose zones are looked up at once */

/* Who is only counted leaves nothing behind. */
static enum err read_rows(struct arena *arena, struct db *db, const struct audience_scan *scan,
    enum journey_refusals refusals, struct journey_select *select, struct why *reterr_why)
{
    ARENA struct arena row_arena;
    arena_init(&row_arena, 0);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &scan->sql, scan->args, scan->arg_count, &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        struct audience_row row;
        arena_reset(&row_arena);
        audience_read(refusals == REFUSALS_LISTED ? arena : &row_arena, scan, rows, &row);
        journey_select_add(select, &row);
    }
    return db_end(&rows, reterr_why);
}

static enum err schedule_batch(struct arena *arena, struct db *db,
    const struct entry_question *question, struct journey_entrant *entrants, size_t count,
    struct why *reterr_why)
{
    ARENA struct arena scratch; /* much is read of a patient for one zone */
    arena_init(&scratch, 0);
    const char **ids = ARENA_NEW(&scratch, const char *, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = entrants[i].row.patient_id;
    struct gate_batch *batch;
    enum err err =
        gate_load(&scratch, db, question->gate, question->now, ids, count, &batch, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        journey_schedule(arena, question->playbook, question->practice, question->now,
            gate_zone(batch, ids[i]), &entrants[i]);
    return err;
}

static enum err schedule(struct arena *arena, struct db *db, const struct entry_question *question,
    const struct journey_selection *selection, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t at = 0; at < selection->entrant_count && err == ERR_NONE; at += ZONE_BATCH_MAX) {
        size_t left = selection->entrant_count - at;
        err = schedule_batch(arena, db, question, selection->entrants + at,
            left < ZONE_BATCH_MAX ? left : ZONE_BATCH_MAX, reterr_why);
    }
    return err;
}

enum err entry_select(struct arena *arena, struct db *db, const struct entry_question *question,
    struct journey_selection *ret_selection, struct why *reterr_why)
{
    const struct playbook_state never = {
        .playbook = question->playbook->name, .launched = {DAY_NONE}};
    const struct playbook_state *state = question->state ? question->state : &never;
    struct audience_entry *entry = ARENA_NEW(arena, struct audience_entry, 1);
    *entry = playbook_entry_of(arena, question->playbook, question->all, question->all_count);
    struct audience_moment moment = audience_moment_at(question->practice, question->now);
    struct audience_scan scan;
    enum err err = audience_scan(arena, entry, &moment,
        question->everybody ? AUDIENCE_ALL : AUDIENCE_ENTRANTS, state->launched, &scan, reterr_why);
    struct journey_room room;
    if (err == ERR_NONE)
        err = journey_read_room(db, question->practice, state, question->now, &room, reterr_why);
    if (err != ERR_NONE)
        return err;
    JOURNEY_SELECT struct journey_select *select = journey_select_begin(
        arena, question->playbook, question->practice, &room, question->refusals);
    err = read_rows(arena, db, &scan, question->refusals, select, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct journey_selection selection;
    journey_select_end(select, &selection);
    err = schedule(arena, db, question, &selection, reterr_why);
    if (err == ERR_NONE)
        *ret_selection = selection;
    return err;
}

struct touch_plan entry_plan_touch(const struct playbook *playbook, const char *enrollment_id,
    const char *patient_id, const struct journey_planned *planned)
{
    return (struct touch_plan){
        .enrollment_id = enrollment_id,
        .patient_id = patient_id,
        .playbook = playbook->name,
        .version = playbook->version,
        .touch_key = planned->touch->id,
        .occurrence = 1,
        .position = planned->touch->position,
        .is_task = planned->touch->is_task,
        .purpose = purpose_name(playbook->purpose),
        .planned = planned->at,
        .template_name = planned->template_name,
        .variant = planned->variant,
        .offer = planned->offer,
    };
}

static enum err plan_touches(struct arena *arena, struct tx *tx, const struct playbook *playbook,
    const struct journey_entrant *entrant, const char *enrollment_id, struct why *reterr_why)
{
    struct touch_plan *plans = ARENA_NEW(arena, struct touch_plan, entrant->touch_count + 1);
    for (size_t i = 0; i < entrant->touch_count; i++)
        plans[i] = entry_plan_touch(
            playbook, enrollment_id, entrant->row.patient_id, &entrant->touches[i]);
    return outbox_plan(arena, tx, plans, entrant->touch_count, NULL, reterr_why);
}

static enum err lock_entrants(struct arena *arena, struct tx *tx,
    const struct journey_selection *selection, struct why *reterr_why)
{
    const char **ids = ARENA_NEW(arena, const char *, selection->entrant_count + 1);
    for (size_t i = 0; i < selection->entrant_count; i++)
        ids[i] = selection->entrants[i].row.patient_id;
    return record_lock(tx, ids, selection->entrant_count, reterr_why);
}

enum err entry_enroll(struct arena *arena, struct tx *tx, const struct playbook *playbook,
    const struct journey_selection *selection, int64_t *ret_entered, struct why *reterr_why)
{
    enum err err = lock_entrants(arena, tx, selection, reterr_why);
    int64_t entered = 0;
    for (size_t i = 0; i < selection->entrant_count && err == ERR_NONE; i++) {
        const struct journey_entrant *entrant = &selection->entrants[i];
        struct id id;
        err = journey_enroll(tx, playbook, entrant, &id, reterr_why);
        if (err != ERR_NONE || id.text[0] == '\0')
            continue;
        entered++;
        err = plan_touches(arena, tx, playbook, entrant, arena_text(arena, id.text), reterr_why);
    }
    if (err == ERR_NONE)
        err = journey_put_refusals(tx, playbook->name, selection->refusals, reterr_why);
    if (err == ERR_NONE)
        *ret_entered += entered;
    return err;
}
