/* react.c: a patient's facts have changed, or an enrollment's time has come: exits, holds,
 * releases. */
#include <assert.h>
#include <string.h>

#include "engagement/engagement.h"
#include "engine/engine_int.h"
#include "opening/waitlist.h"
#include "outbox/outbox.h"
#include "record/record.h"

enum {
    ADVANCE_BATCH_MAX = 256, /* enrollments looked at in one transaction */
    IMPORT_PAGE_MAX = 400,   /* touched patients reacted to at once; bounds memory, not time */
};
_Static_assert((int)IMPORT_PAGE_MAX <= (int)FACTS_BATCH_MAX, "facts are loaded a page at a time");

static const char **patients_of(
    struct arena *tick, const struct enrollment *enrollments, size_t count)
{
    const char **patients = ARENA_NEW(tick, const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        patients[i] = enrollments[i].patient_id;
    return patients;
}

enum err engine__load_all(struct engine *engine, struct tx *tx, struct enrollment *enrollments,
    size_t count, struct engine_batch *ret_batch, struct why *reterr_why)
{
    struct engine_batch *batch = ret_batch;
    *batch = (struct engine_batch){.tick = &engine->tick};
    const char **patients = patients_of(&engine->tick, enrollments, count);
    enum err err = gate_load(
        &engine->tick, tx->db, engine->gate, tx->now, patients, count, &batch->gate, reterr_why);
    return err == ERR_NONE ? engine__load(engine, tx, enrollments, count, batch, reterr_why) : err;
}

static enum err step_enrollments(struct engine *engine, struct tx *tx,
    struct enrollment *enrollments, size_t count, struct why *reterr_why)
{
    if (count == 0)
        return ERR_NONE;
    struct engine_batch batch;
    enum err err = engine__load_all(engine, tx, enrollments, count, &batch, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        struct journey_effect none;
        err = engine__step_case(engine, tx, &batch, &batch.cases[i], NULL, &none, reterr_why);
    }
    return err;
}

enum err engine_release(
    struct engine *engine, struct tx *tx, const char *patient_id, struct why *reterr_why)
{
    struct enrollment *live;
    size_t count = 0;
    enum err err = record_lock(tx, &patient_id, 1, reterr_why);
    if (err == ERR_NONE)
        err = journey_read_live(
            &engine->tick, tx->db, tx->practice_id, &patient_id, 1, &live, &count, reterr_why);
    struct engine_batch batch;
    if (err == ERR_NONE && count > 0)
        err = engine__load_all(engine, tx, live, count, &batch, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (live[i].state != ENROLLMENT_HELD)
            continue;
        const struct journey_input input = engine__input(engine, &batch.cases[i], tx->now);
        JOURNEY_STEP struct journey_step step;
        journey_release(&engine->tick, &input, NULL, &step);
        struct journey_effect none;
        err =
            engine__carry_out(engine, tx, &batch, &batch.cases[i], &step, NULL, &none, reterr_why);
    }
    return err;
}

/* One more try of a staff task, as its outcome asks: a touch of its own, the next occurrence. */
static enum err plan_retry(struct engine *engine, struct tx *tx,
    const struct enrollment *enrollment, const struct touch *touch, struct instant at,
    struct why *reterr_why)
{
    const struct touch_plan plan = {
        .enrollment_id = enrollment->enrollment_id,
        .patient_id = enrollment->patient_id,
        .playbook = enrollment->playbook,
        .version = enrollment->version,
        .touch_key = touch->touch_key,
        .occurrence = touch->occurrence + 1,
        .position = touch->position,
        .is_task = true,
        .purpose = touch->purpose,
        .planned = at,
    };
    return outbox_plan(&engine->tick, tx, &plan, 1, NULL, reterr_why);
}

enum err engine_task_outcome(struct engine *engine, struct tx *tx, const struct task *task,
    const char *outcome, struct instant agreed, bool *ret_retries, struct why *reterr_why)
{
    *ret_retries = false;
    enum err err = engine__booking_outcome(engine, tx, task, outcome, reterr_why);
    if (err != ERR_NONE || !task->enrollment_id || !task->touch_id)
        return err;
    struct enrollment *found;
    size_t count;
    struct touch touch;
    err = record_lock(tx, &task->patient_id, 1, reterr_why);
    if (err == ERR_NONE)
        err =
            outbox_read(&engine->tick, tx->db, tx->practice_id, task->touch_id, &touch, reterr_why);
    if (err == ERR_NONE)
        err = journey_read(&engine->tick, tx->db, tx->practice_id, &task->enrollment_id, 1, &found,
            &count, reterr_why);
    if (err != ERR_NONE || count == 0 || found[0].state == ENROLLMENT_ENDED)
        return err;
    struct engine_batch batch;
    err = engine__load_all(engine, tx, found, count, &batch, reterr_why);
    if (err != ERR_NONE)
        return err;
    const struct journey_input input = engine__input(engine, &batch.cases[0], tx->now);
    struct instant retry = {0};
    JOURNEY_STEP struct journey_step step;
    journey_outcome(&engine->tick, &input, touch.touch_key, outcome, &retry, &step);
    struct journey_effect none;
    err = engine__carry_out(engine, tx, &batch, &batch.cases[0], &step, NULL, &none, reterr_why);
    if (err == ERR_NONE && retry.ms) {
        *ret_retries = true;
        err = plan_retry(engine, tx, &found[0], &touch,
            instant_before(tx->now, agreed) ? agreed : retry, reterr_why);
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

/* Who wrote before anybody knew them; one who had said STOP then is told to the booking system. */
static enum err know_strangers(struct engine *engine, struct tx *tx, const char *const *patient_ids,
    size_t count, struct why *reterr_why)
{
    struct inbox_joined *joined = NULL;
    size_t found = 0;
    enum err err =
        inbox_join_strangers(&engine->tick, tx, patient_ids, count, &joined, &found, reterr_why);
    for (size_t i = 0; i < found && err == ERR_NONE; i++) {
        const struct inbound from = {
            .patient_id = joined[i].patient_id, .sender = joined[i].address};
        bool stopped = false;
        err = inbox_sender_stopped(
            &engine->tick, tx->db, tx->practice_id, &from, &stopped, reterr_why);
        if (err == ERR_NONE && stopped)
            err = engine_tell_opt_out(engine, tx, &joined[i].patient_id, 1, reterr_why);
    }
    return err;
}

enum err engine_after_import(struct engine *engine, struct tx *tx, struct why *reterr_why)
{
    enum err err = engine__merge(engine, tx, reterr_why);
    char after[64] = "";
    if (err == ERR_NONE)
        err = engine__settle_bookings(engine, tx, reterr_why);
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
            err = know_strangers(engine, tx, ids, count, reterr_why);
        if (err == ERR_NONE)
            err = engine_react(engine, tx, ids, count, reterr_why);
        size_t len = strlen(ids[count - 1]);
        assert(len < sizeof(after));
        memcpy(after, ids[count - 1], len + 1);
        arena_rewind(&engine->tick, mark);
    }
    if (err == ERR_NONE)
        err = engine__doubt_clocks(engine, tx, reterr_why);
    /* A visit may have been cancelled. Last: who wakes takes the practice's turn. */
    return err == ERR_NONE && engine->home->schedule ? waitlist_wake(tx, reterr_why) : err;
}

enum err engine__advance(
    struct engine *engine, struct instant now, int64_t *ret_advanced, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    enum err err = engine_begin(engine, now, &tx, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct enrollment *due;
    size_t count;
    err = journey_claim_due(&engine->tick, &tx, engine->batch, &due, &count, reterr_why);
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
