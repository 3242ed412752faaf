/* entry.c: see entry.h. */
#include "engine/entry.h"

#include <string.h>

#include "audience/audience.h"
#include "base/text.h"
#include "outbox/outbox.h"

enum { ZONE_BATCH_MAX = 2000 }; /* candidates whose zones are looked up at once */

struct candidates {
    struct journey_candidate *list;
    size_t count, capacity;
};

static void keep_row(struct arena *arena, struct candidates *candidates, struct audience_row row)
{
    if (candidates->count == candidates->capacity) {
        size_t bigger = candidates->capacity ? candidates->capacity * 2 : 256;
        candidates->list = arena_grow(arena, candidates->list,
            candidates->capacity * sizeof(*candidates->list), bigger * sizeof(*candidates->list));
        candidates->capacity = bigger;
    }
    row.patient_id = arena_text(arena, row.patient_id);
    row.external_id = arena_text(arena, row.external_id);
    row.household_id = arena_text(arena, row.household_id);
    candidates->list[candidates->count++] = (struct journey_candidate){.row = row};
}

static enum err read_candidates(struct arena *arena, struct db *db,
    const struct audience_scan *scan, struct candidates *candidates, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &scan->sql, scan->args, scan->arg_count, &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        struct audience_row row;
        audience_read(arena, scan, rows, &row);
        keep_row(arena, candidates, row);
    }
    return db_end(&rows, reterr_why);
}

/* Only who may enter needs a calendar, and so a zone. What else is read of them is let go batch by
 * batch: a launch may find a hundred thousand. */
static enum err find_zones(struct arena *arena, struct db *db,
    const struct entry_question *question, struct candidates *candidates, struct why *reterr_why)
{
    const char **ids = ARENA_NEW(arena, const char *, ZONE_BATCH_MAX);
    struct journey_candidate **waiting =
        ARENA_NEW(arena, struct journey_candidate *, ZONE_BATCH_MAX);
    size_t count = 0;
    const struct arena_mark mark = arena_mark(arena);
    for (size_t i = 0; i <= candidates->count; i++) {
        bool last = i == candidates->count;
        if (!last && candidates->list[i].row.reason == ENTRY_NONE) {
            waiting[count] = &candidates->list[i];
            ids[count++] = candidates->list[i].row.patient_id;
        }
        if (count < ZONE_BATCH_MAX && !(last && count > 0))
            continue;
        struct gate_batch *batch;
        enum err err =
            gate_load(arena, db, question->gate, question->now, ids, count, &batch, reterr_why);
        if (err != ERR_NONE)
            return err;
        for (size_t j = 0; j < count; j++)
            waiting[j]->zone = gate_zone(batch, ids[j]);
        arena_rewind(arena, mark);
        count = 0;
    }
    return ERR_NONE;
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
    struct candidates candidates = {0};
    if (err == ERR_NONE)
        err = read_candidates(arena, db, &scan, &candidates, reterr_why);
    if (err == ERR_NONE)
        err = find_zones(arena, db, question, &candidates, reterr_why);
    struct journey_room room;
    if (err == ERR_NONE)
        err = journey_read_room(db, question->practice, state, question->now, &room, reterr_why);
    if (err == ERR_NONE)
        journey_select(arena, question->playbook, question->practice, &room, question->now,
            candidates.list, candidates.count, ret_selection);
    return err;
}

static enum err plan_touches(struct arena *arena, struct tx *tx, const struct playbook *playbook,
    const struct journey_entrant *entrant, const char *enrollment_id, struct why *reterr_why)
{
    struct touch_plan *plans = ARENA_NEW(arena, struct touch_plan, entrant->touch_count + 1);
    for (size_t i = 0; i < entrant->touch_count; i++) {
        const struct journey_planned *planned = &entrant->touches[i];
        plans[i] = (struct touch_plan){
            .enrollment_id = enrollment_id,
            .patient_id = entrant->candidate->row.patient_id,
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
    return outbox_plan(arena, tx, plans, entrant->touch_count, NULL, reterr_why);
}

static enum err lock_entrants(struct arena *arena, struct tx *tx,
    const struct journey_selection *selection, struct why *reterr_why)
{
    const char **ids = ARENA_NEW(arena, const char *, selection->entrant_count + 1);
    for (size_t i = 0; i < selection->entrant_count; i++)
        ids[i] = selection->entrants[i].candidate->row.patient_id;
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
        err = journey_put_refusals(
            tx, playbook->name, selection->refusals, selection->refusal_count, reterr_why);
    if (err == ERR_NONE)
        *ret_entered += entered;
    return err;
}
