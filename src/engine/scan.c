/* scan.c: the nightly entry of every running playbook, once per practice-local day. */
#include <inttypes.h>

#include "audit/audit.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "engine/entry.h"
#include "engine_sql.h"
#include "record/record.h"

/* The night that `now` belongs to: today from scan_minute on, else yesterday. */
static struct day night_of(const struct practice *practice, struct instant now)
{
    struct day today = zone_day(practice->zone, now);
    struct instant scan = zone_at(practice->zone, today, practice->scan_minute);
    return instant_before(now, scan) ? (struct day){today.n - 1} : today;
}

static enum err read_night(
    struct engine *engine, struct db *db, struct day *ret_night, struct why *reterr_why)
{
    int64_t night = DAY_NONE;
    enum err err = db_query_int(db, &sql_engine_read_state,
        DB_ARGS(
            db_int("practice_id", engine->practice->practice_id), db_text("name", "scan_night")),
        &night, NULL);
    if (err != ERR_NONE && err != ERR_NOT_FOUND)
        return why_set(reterr_why, err, "the engine's memory cannot be read");
    ret_night->n = (int32_t)night;
    return ERR_NONE;
}

static enum err write_night(
    struct engine *engine, struct tx *tx, struct day night, struct why *reterr_why)
{
    return db_exec(tx, &sql_engine_write_state,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("name", "scan_night"),
            db_text("value", arena_format(&engine->tick, "%" PRId32, night.n))),
        NULL, reterr_why);
}

struct running {
    const struct playbook **playbooks;
    struct playbook_state *states;
    size_t count;
};

/* The versions that new enrollments pin. */
static enum err read_running(
    struct engine *engine, struct tx *tx, struct running *ret_running, struct why *reterr_why)
{
    struct playbook_state *states;
    size_t count, kept = 0;
    enum err err =
        playbook_read_states(&engine->tick, tx->db, tx->practice_id, &states, &count, reterr_why);
    const struct playbook **playbooks =
        ARENA_NEW(&engine->tick, const struct playbook *, count + 1);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (states[i].run == PLAYBOOK_PAUSED || !states[i].version)
            continue;
        struct playbook_version *version;
        err = playbook_load_version(engine->cache, tx->db, tx->practice_id, states[i].playbook,
            states[i].version, &version, reterr_why);
        if (err != ERR_NONE)
            break;
        playbooks[kept] = version->playbook;
        states[kept++] = states[i];
    }
    *ret_running = (struct running){.playbooks = playbooks, .states = states, .count = kept};
    return err;
}

static enum err enter_all(
    struct engine *engine, struct tx *tx, int64_t *ret_entered, struct why *reterr_why)
{
    struct running running;
    enum err err = read_running(engine, tx, &running, reterr_why);
    for (size_t i = 0; i < running.count && err == ERR_NONE; i++) {
        const struct entry_question question = {
            .practice = engine->practice,
            .gate = engine->gate,
            .playbook = running.playbooks[i],
            .all = running.playbooks,
            .all_count = running.count,
            .state = &running.states[i],
            .now = tx->now,
        };
        err = engine__guard(engine, tx, running.playbooks[i], reterr_why);
        struct playbook_state now;
        if (err == ERR_NONE)
            err = playbook_read_state(&engine->tick, tx->db, tx->practice_id,
                running.playbooks[i]->name, &now, reterr_why);
        if (err != ERR_NONE || now.run == PLAYBOOK_PAUSED) /* it has paused itself just now */
            continue;
        const struct arena_mark mark = arena_mark(&engine->tick);
        struct journey_selection selection;
        err = entry_select(&engine->tick, tx->db, &question, &selection, reterr_why);
        if (err == ERR_NONE)
            err = entry_enroll(
                &engine->tick, tx, running.playbooks[i], &selection, ret_entered, reterr_why);
        arena_rewind(&engine->tick, mark);
    }
    return err;
}

enum err engine__scan(
    struct engine *engine, struct instant now, int64_t *ret_entered, struct why *reterr_why)
{
    struct day night = night_of(engine->practice, now), done;
    enum err err = read_night(engine, engine->db, &done, reterr_why);
    if (err != ERR_NONE || done.n >= night.n || engine->folding)
        return err;
    DB_TX struct tx tx = {0};
    err = engine_begin(engine, now, &tx, reterr_why);
    if (err == ERR_NONE) /* another worker may have done it in the meantime */
        err = db_exec(&tx, &sql_engine_lock_practice,
            DB_ARGS(db_int("practice_id", tx.practice_id)), NULL, reterr_why);
    if (err == ERR_NONE)
        err = read_night(engine, tx.db, &done, reterr_why);
    bool follow = false;
    if (err == ERR_NONE)
        err = engine__clocks_follow(tx.db, tx.practice_id, &follow, reterr_why);
    if (err != ERR_NONE || done.n >= night.n || follow)
        return err;
    bool first_ever = done.n == DAY_NONE;
    if (!first_ever)
        err = record_refresh_percentiles(&tx, reterr_why);
    if (err == ERR_NONE && !first_ever)
        err = enter_all(engine, &tx, ret_entered, reterr_why);
    if (err == ERR_NONE)
        err = write_night(engine, &tx, night, reterr_why);
    if (err == ERR_NONE)
        err = audit_checkpoint(&tx, reterr_why);
    if (err == ERR_NONE)
        err = db_commit(&tx, reterr_why);
    return err == ERR_NONE ? db_analyze(engine->db, reterr_why) : err;
}

enum err engine__scan_next(
    struct engine *engine, struct instant now, struct instant *ret_next, struct why *reterr_why)
{
    struct day night = night_of(engine->practice, now), done;
    enum err err = read_night(engine, engine->db, &done, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_next = done.n < night.n
        ? now
        : zone_at(engine->practice->zone, (struct day){night.n + 1}, engine->practice->scan_minute);
    return ERR_NONE;
}
