/* repin.c: a person moves who is under way to the version of a playbook that runs now. */
#include <string.h>

#include "base/text.h"
#include "engine/engine_int.h"
#include "engine/entry.h"
#include "outbox/outbox.h"
#include "record/record.h"

enum { REPIN_BATCH_MAX = 200 }; /* enrollments loaded at once */

struct repin {
    struct engine *engine;
    struct tx *tx;
    const struct playbook_version *next;
    bool dry_run;
    json_t *moves, *stays;
};

static json_t *touch_json(
    struct arena *tick, const struct zone *zone, const struct journey_migrated *touch)
{
    const struct journey_planned *planned = &touch->planned;
    bool comes = touch->change == MIGRATED_KEPT || touch->change == MIGRATED_MOVED
        || touch->change == MIGRATED_ADDED;
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "touch", touch->touch_key, "change",
        journey_migrated_name(touch->change), "at",
        json_text(comes ? zone_format(tick, zone, planned->at) : NULL), "was",
        json_text(touch->was.ms ? zone_format(tick, zone, touch->was) : NULL), "template",
        json_text(comes ? planned->template_name : NULL));
}

static json_t *person_json(const struct engine_batch *batch, const struct engine_case *kase,
    const struct journey_migration *migration)
{
    const struct enrollment *enrollment = kase->enrollment;
    const struct patient *patient = gate_patient(batch->gate, enrollment->patient_id);
    json_t *touches = json_array();
    for (size_t i = 0; i < migration->touch_count; i++)
        json_array_append_new(touches, touch_json(batch->tick, kase->zone, &migration->touches[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "enrollment_id",
        enrollment->enrollment_id, "patient",
        patient ? patient->external_id : enrollment->patient_id, "arm",
        journey_arm_name(enrollment->arm), "state", enrollment_state_name(enrollment->state),
        "from", enrollment->version, "reason", json_text(migration->reason), "detail",
        json_text(migration->detail), "touches", touches);
}

static const struct touch *find_touch(const struct engine_batch *batch, const char *touch_id)
{
    for (size_t i = 0; i < batch->touch_count; i++) {
        if (text_is(batch->touches[i].touch_id, touch_id))
            return &batch->touches[i];
    }
    return NULL;
}

static enum err carry_out(struct repin *repin, const struct engine_batch *batch,
    const struct engine_case *kase, const struct journey_migration *migration,
    struct why *reterr_why)
{
    struct tx *tx = repin->tx;
    enum err err = journey_repin(tx, kase->enrollment, repin->next->playbook->version, reterr_why);
    for (size_t i = 0; i < migration->touch_count && err == ERR_NONE; i++) {
        const struct journey_migrated *touch = &migration->touches[i];
        const struct touch_plan plan = touch->planned.touch
            ? entry_plan_touch(repin->next->playbook, kase->enrollment->enrollment_id,
                kase->enrollment->patient_id, &touch->planned)
            : (struct touch_plan){0};
        switch (touch->change) {
        case MIGRATED_KEPT:
        case MIGRATED_MOVED:
            err = outbox_replan(tx, find_touch(batch, touch->touch_id), &plan, reterr_why);
            break;
        case MIGRATED_ADDED: err = outbox_plan(batch->tick, tx, &plan, 1, NULL, reterr_why); break;
        case MIGRATED_DROPPED:
            err = outbox_end(tx, find_touch(batch, touch->touch_id), TOUCH_CANCELLED, "migrated",
                "the playbook's other version has it not", NULL, reterr_why);
            break;
        case MIGRATED_DONE:
        case MIGRATED_PASSED:
        case MIGRATED_MAX: break;
        }
    }
    return err;
}

static enum err repin_one(struct repin *repin, const struct engine_batch *batch,
    struct engine_case *kase, struct why *reterr_why)
{
    struct journey_migration migration;
    const struct journey_input input = engine__input(repin->engine, kase, repin->tx->now);
    journey_migrate(batch->tick, &input, repin->next->playbook, &migration);
    json_array_append_new(
        migration.reason ? repin->stays : repin->moves, person_json(batch, kase, &migration));
    if (migration.reason || repin->dry_run)
        return ERR_NONE;
    return carry_out(repin, batch, kase, &migration, reterr_why);
}

/* Read once more under the lock: what was found may have ended in the meantime. */
static enum err lock_and_read(
    struct repin *repin, struct enrollment **enrollments, size_t *count, struct why *reterr_why)
{
    struct arena *tick = &repin->engine->tick;
    struct tx *tx = repin->tx;
    const char **ids = ARENA_NEW(tick, const char *, *count + 1);
    const char **patients = ARENA_NEW(tick, const char *, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        ids[i] = (*enrollments)[i].enrollment_id;
        patients[i] = (*enrollments)[i].patient_id;
    }
    size_t found = 0, kept = 0;
    enum err err = record_lock(tx, patients, *count, reterr_why);
    if (err == ERR_NONE)
        err = journey_read(
            tick, tx->db, tx->practice_id, ids, *count, enrollments, &found, reterr_why);
    for (size_t i = 0; i < found && err == ERR_NONE; i++) {
        const struct enrollment *one = &(*enrollments)[i];
        if (one->state != ENROLLMENT_ENDED
            && !text_is(one->version, repin->next->playbook->version))
            (*enrollments)[kept++] = *one;
    }
    *count = kept;
    return err;
}

static enum err repin_batch(
    struct repin *repin, struct enrollment *enrollments, size_t count, struct why *reterr_why)
{
    struct engine *engine = repin->engine;
    struct engine_batch batch = {.tick = &engine->tick};
    enum err err = lock_and_read(repin, &enrollments, &count, reterr_why);
    if (err != ERR_NONE || count == 0)
        return err;
    const char **patients = ARENA_NEW(&engine->tick, const char *, count);
    for (size_t i = 0; i < count; i++)
        patients[i] = enrollments[i].patient_id;
    err = gate_load(&engine->tick, repin->tx->db, engine->gate, repin->tx->now, patients, count,
        &batch.gate, reterr_why);
    if (err == ERR_NONE)
        err = engine__load(engine, repin->tx, enrollments, count, &batch, reterr_why);
    for (size_t i = 0; i < batch.count && err == ERR_NONE; i++)
        err = repin_one(repin, &batch, &batch.cases[i], reterr_why);
    return err;
}

enum err engine_migrate(struct engine *engine, struct tx *tx, const struct engine_migration *wanted,
    json_t **ret_json, struct why *reterr_why)
{
    struct playbook_state state;
    struct playbook_version *next = NULL;
    const char *after = wanted->after ? wanted->after : "";
    size_t looked = 0, count = 0;
    enum err err = playbook_read_state(
        &engine->tick, tx->db, tx->practice_id, wanted->playbook, &state, reterr_why);
    if (err == ERR_NONE && !state.version)
        err = why_set(reterr_why, ERR_NOT_FOUND, "no version of `%s` runs", wanted->playbook);
    if (err == ERR_NONE)
        err = playbook_load_version(engine->cache, tx->db, tx->practice_id, wanted->playbook,
            state.version, &next, reterr_why);
    struct repin repin = {.engine = engine, .tx = tx, .next = next, .dry_run = wanted->dry_run};
    JSON_AUTO moves = json_array();
    JSON_AUTO stays = json_array();
    repin.moves = moves;
    repin.stays = stays;
    do {
        struct enrollment *found = NULL;
        count = 0;
        if (err == ERR_NONE)
            err = journey_read_elsewhere(&engine->tick, tx->db, tx->practice_id, wanted->playbook,
                state.version, after, REPIN_BATCH_MAX, &found, &count, reterr_why);
        if (err != ERR_NONE || count == 0)
            break;
        after = found[count - 1].enrollment_id;
        looked += count;
        err = repin_batch(&repin, found, count, reterr_why);
    } while (err == ERR_NONE && count == REPIN_BATCH_MAX && looked < ENGINE_MIGRATED_MAX);
    if (err == ERR_NONE)
        *ret_json = json_pack("{s:s, s:s, s:b, s:O, s:O, s:o}", "playbook", wanted->playbook,
            "version", state.version, "dry_run", wanted->dry_run, "move", moves, "stay", stays,
            "next", json_text(count == REPIN_BATCH_MAX ? after : NULL));
    return err;
}
