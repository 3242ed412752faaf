/* react.c: a patient's facts have changed, or an enrollment's time has come: exits, holds, releases. */
#include <assert.h>
#include <string.h>

#include "engagement/engagement.h"
#include "engine/engine_int.h"
#include "record/record.h"

enum {
    ADVANCE_BATCH_MAX = 256, /* enrollments looked at in one transaction */
    IMPORT_PAGE_MAX = 400,   /* touched patients reacted to at once; bounds memory, not time */
};
_Static_assert((int)IMPORT_PAGE_MAX <= (int)FACTS_BATCH_MAX, "facts are loaded a page at a time");

static const char **patients_of(struct arena *tick, const struct enrollment *enrollments,
    size_t count)
{
    const char **patients = ARENA_NEW(tick, const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        patients[i] = enrollments[i].patient_id;
    return patients;
}

static enum err step_enrollments(struct engine *engine, struct tx *tx,
    struct enrollment *enrollments, size_t count, struct why *reterr_why)
{
    if (count == 0)
        return ERR_NONE;
    struct engine_batch batch = {.tick = &engine->tick};
    const char **patients = patients_of(&engine->tick, enrollments, count);
    enum err err = gate_load(&engine->tick, tx->db, engine->gate, tx->now, patients, count,
        &batch.gate, reterr_why);
    if (err == ERR_NONE)
        err = engine__load(engine, tx, enrollments, count, &batch, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        struct journey_effect none;
        err = engine__step_case(engine, tx, &batch, &batch.cases[i], NULL, &none, reterr_why);
    }
    return err;
}

enum err engine_react(struct engine *engine, struct tx *tx, const char *const *patient_ids,
    size_t count, struct why *reterr_why)
{
    assert(count <= FACTS_BATCH_MAX);
    enum err err = engagement_attribute(tx, patient_ids, count, reterr_why);
    struct enrollment *live = NULL;
    size_t live_count = 0;
    if (err == ERR_NONE)
        err = journey_read_live(&engine->tick, tx->db, tx->practice_id, patient_ids, count, &live,
            &live_count, reterr_why);
    for (size_t start = 0; start < live_count && err == ERR_NONE; start += ADVANCE_BATCH_MAX) {
        size_t left = live_count - start;
        err = step_enrollments(engine, tx, live + start,
            left < ADVANCE_BATCH_MAX ? left : ADVANCE_BATCH_MAX, reterr_why);
    }
    return err;
}

enum err engine_after_import(struct engine *engine, struct tx *tx, struct why *reterr_why)
{
    enum err err = engine__merge(engine, tx, reterr_why);
    char after[64] = "";
    while (err == ERR_NONE) {
        struct arena_mark mark = arena_mark(&engine->tick);
        const char *const *ids;
        size_t count;
        err = record_read_touched(&engine->tick, tx->db, tx->practice_id, after, IMPORT_PAGE_MAX,
            &ids, &count, reterr_why);
        if (err != ERR_NONE || count == 0)
            break;
        err = record_lock(tx, ids, count, reterr_why);
        if (err == ERR_NONE)
            err = engine_react(engine, tx, ids, count, reterr_why);
        size_t len = strlen(ids[count - 1]);
        assert(len < sizeof(after));
        memcpy(after, ids[count - 1], len + 1);
        arena_rewind(&engine->tick, mark);
    }
    return err;
}

enum err engine__advance(struct engine *engine, struct instant now, int64_t *ret_advanced,
    struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    enum err err = engine_begin(engine, now, &tx, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct enrollment *due;
    size_t count;
    err = journey_claim_due(&engine->tick, &tx, ADVANCE_BATCH_MAX, &due, &count, reterr_why);
    if (err != ERR_NONE || count == 0)
        return err;
    err = record_lock(&tx, patients_of(&engine->tick, due, count), count, reterr_why);
    if (err == ERR_NONE)
        err = step_enrollments(engine, &tx, due, count, reterr_why);
    if (err == ERR_NONE)
        err = db_commit(&tx, reterr_why);
    *ret_advanced += (int64_t)count;
    return err;
}
