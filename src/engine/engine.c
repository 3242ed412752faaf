/* engine.c: the loop itself. */
#include "engine/engine.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "inbox/alert.h"
#include "opening/opening.h"
#include "opening/waitlist.h"
#include "outbox/outbox.h"
#include "report/report.h"
#include "search/search.h"

enum {
    ROUNDS_MAX = 8, /* claims of one step: then the rest of the loop gets its turn */
    BATCH_MIN = 8,
    LEARN_ROUNDS_MAX = 20,
    COUNT_ROUNDS_MAX = 40,
    /* On SQLite a person at the desk waits for the transaction that is open. */
    HOLD_MS_WANTED = 10,
};

/* The lease owner's name is kept in the home, so that a restart knows its own leases. */
static enum err read_worker(
    struct arena *boot, const struct home *home, const char **ret_worker, struct why *reterr_why)
{
    struct env *env = home->env;
    const char *path = home_path(boot, home->dir, "data/worker");
    char *text;
    size_t len;
    if (env->file.exists(env->file.self, path)) {
        enum err err = env->file.read(env->file.self, boot, path, 256, &text, &len, reterr_why);
        if (err == ERR_NONE)
            *ret_worker = text;
        return err;
    }
    unsigned char bytes[8];
    env->entropy.fill(env->entropy.self, bytes, sizeof(bytes));
    char *name = arena_format(boot, "worker-%s", hash_hex(boot, bytes, sizeof(bytes)));
    enum err err = env->file.write(env->file.self, path, name, strlen(name), 0600, reterr_why);
    if (err == ERR_NONE)
        *ret_worker = name;
    return err;
}

enum err engine_open(struct arena *boot, const struct engine_options *options,
    struct engine *ret_engine, struct why *reterr_why)
{
    struct home *home = options->home;
    struct engine *engine = ret_engine;
    *engine = (struct engine){
        .home = home,
        .practice = &home->practice,
        .env = options->env,
        .db = options->db,
        .actor = options->actor,
        .batch = OUTBOX_CLAIM_MAX,
    };
    home_seed_ids(home, &engine->ids);
    arena_init(&engine->tick, 0);
    arena_init(&engine->taught.arena, 0);
    engine->cache = playbook_cache_new(boot, &home->practice);
    enum err err = gate_open(boot, &home->practice, &home->zones, &engine->gate, reterr_why);
    if (err == ERR_NONE && options->with_channels)
        err = channels_open(boot, &home->practice, &home->secrets, &options->env->net,
            &engine->channels, reterr_why);
    if (err == ERR_NONE)
        err = read_worker(boot, home, &engine->worker, reterr_why);
    return err;
}

void engine_close(struct engine *engine)
{
    channels_close(engine->channels);
    engine->channels = NULL;
    arena_release(&engine->tick);
    arena_release(&engine->taught.arena);
}

enum err engine_begin(
    struct engine *engine, struct instant now, struct tx *ret_tx, struct why *reterr_why)
{
    return db_begin(engine->db, now, engine->actor, engine->practice->practice_id, &engine->ids,
        ret_tx, reterr_why);
}

enum err engine_recover(struct engine *engine, struct instant now, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    int64_t expired;
    enum err err = engine_begin(engine, now, &tx, reterr_why);
    if (err == ERR_NONE)
        err = outbox_expire(&tx, engine->worker, &expired, reterr_why);
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}

struct instant engine__clock(const struct engine *engine)
{
    return engine->env->clock.now(engine->env->clock.self);
}

void engine__fit_batch(struct engine *engine, struct instant since, size_t count)
{
    int64_t took_ms = engine__clock(engine).ms - since.ms;
    size_t fits = OUTBOX_CLAIM_MAX;
    if (db_is_postgres(engine->db) || count == 0)
        return;
    if (took_ms > 0)
        fits = count * HOLD_MS_WANTED / (size_t)took_ms;
    if (fits > 2 * engine->batch)
        fits = 2 * engine->batch;
    if (fits < BATCH_MIN)
        fits = BATCH_MIN;
    engine->batch = fits < OUTBOX_CLAIM_MAX ? fits : OUTBOX_CLAIM_MAX;
}

/* The words of names that are new, a few patients in a transaction. */
static enum err learn_names(struct engine *engine, struct instant now, struct why *reterr_why)
{
    bool more = true;
    enum err err = ERR_NONE;
    for (int round = 0; round < LEARN_ROUNDS_MAX && err == ERR_NONE; round++) {
        DB_TX struct tx tx = {0};
        err = search_pending(engine->db, engine->practice->practice_id, &more, reterr_why);
        if (err != ERR_NONE || !more)
            break;
        err = engine_begin(engine, now, &tx, reterr_why);
        if (err == ERR_NONE)
            err = search_learn(&engine->tick, &tx, reterr_why);
        if (err == ERR_NONE)
            err = db_commit(&tx, reterr_why);
    }
    return err;
}

/* Reports follow what was done, a few enrollments in a transaction. */
static enum err count_changes(struct engine *engine, struct instant now, struct why *reterr_why)
{
    const struct arena_mark mark = arena_mark(&engine->tick);
    bool more = true;
    enum err err = report_pending(engine->db, engine->practice, &more, reterr_why);
    for (int round = 0; round < COUNT_ROUNDS_MAX && more && err == ERR_NONE; round++) {
        DB_TX struct tx tx = {0};
        arena_rewind(&engine->tick, mark);
        err = engine_begin(engine, now, &tx, reterr_why);
        if (err == ERR_NONE)
            err = report_fold(&engine->tick, &tx, engine->practice, &more, reterr_why);
        if (err == ERR_NONE)
            err = db_commit(&tx, reterr_why);
    }
    return err;
}

static enum err drain_rounds(struct engine *engine, struct instant now, int64_t wait_ms,
    struct engine_counts *counts, struct why *reterr_why)
{
    const struct arena_mark mark = arena_mark(&engine->tick);
    enum err err = ERR_NONE;
    for (int round = 0; round < ROUNDS_MAX && err == ERR_NONE; round++) {
        arena_rewind(&engine->tick, mark);
        int64_t claimed_before = counts->claimed;
        size_t batch = engine->batch;
        err = engine__drain(engine, now, &counts->claimed, &counts->started, reterr_why);
        if (err == ERR_NONE)
            err = engine__settle(engine, now, 0, &counts->settled, reterr_why);
        if (counts->claimed - claimed_before < (int64_t)batch)
            break;
    }
    if (err == ERR_NONE)
        err = engine__settle(engine, now, wait_ms, &counts->settled, reterr_why);
    return err;
}

enum err engine_step(struct engine *engine, struct instant now, int64_t wait_ms,
    struct engine_counts *ret_counts, struct why *reterr_why)
{
    assert(engine->channels);
    arena_reset(&engine->tick);
    struct engine_counts counts = {0};
    enum err err = engine__sweep_openings(engine, now, reterr_why);
    if (err == ERR_NONE)
        err = engine__fold(engine, now, &counts.received, reterr_why);
    if (err == ERR_NONE)
        err = engine__serve_waitlist(engine, now, reterr_why);
    if (err == ERR_NONE)
        err = engine__scan(engine, now, &counts.entered, reterr_why);
    if (err == ERR_NONE)
        err = engine__advance(engine, now, &counts.advanced, reterr_why);
    if (err == ERR_NONE)
        err = engine__ask(engine, now, &counts.asked, reterr_why);
    if (err == ERR_NONE)
        err = engine__alert(engine, now, reterr_why);
    if (err == ERR_NONE)
        err = learn_names(engine, now, reterr_why);
    if (err == ERR_NONE)
        err = drain_rounds(engine, now, wait_ms, &counts, reterr_why);
    if (err == ERR_NONE)
        err = count_changes(engine, now, reterr_why);
    *ret_counts = counts;
    return err;
}

enum err engine_drain_flights(
    struct engine *engine, struct instant now, int64_t wait_ms, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    int64_t settled = 0;
    struct instant start = engine->env->clock.now(engine->env->clock.self);
    while (channels_in_flight(engine->channels) > 0 && err == ERR_NONE) {
        int64_t before = settled;
        arena_reset(&engine->tick);
        err = engine__settle(engine, now, 100, &settled, reterr_why);
        int64_t passed_ms = engine->env->clock.now(engine->env->clock.self).ms - start.ms;
        wait_ms -= settled == before ? 100 : 0;
        if (wait_ms <= 0 || passed_ms > wait_ms + CHANNEL_TIMEOUT_MS_MAX)
            break;
    }
    return err;
}

typedef enum err next_fn(
    struct db *db, int64_t practice_id, struct instant *ret_next, struct why *reterr_why);

/* `next` comes sooner where `read` knows of something sooner. */
static enum err look_for(const struct engine *engine, next_fn *read, const char *what,
    struct instant *next, struct why *reterr_why)
{
    struct instant candidate;
    enum err err = read(engine->db, engine->practice->practice_id, &candidate, NULL);
    if (err == ERR_NOT_FOUND)
        return ERR_NONE;
    if (err != ERR_NONE)
        return why_set(reterr_why, err, "%s cannot be read", what);
    if (instant_before(candidate, *next))
        *next = candidate;
    return ERR_NONE;
}

enum err engine_next(
    struct engine *engine, struct instant now, struct instant *ret_next, struct why *reterr_why)
{
    struct instant next;
    enum err err = engine__scan_next(engine, now, &next, reterr_why);
    if (err == ERR_NONE)
        err = look_for(engine, outbox_next, "the outbox", &next, reterr_why);
    if (err == ERR_NONE)
        err = look_for(engine, journey_next, "the enrollments", &next, reterr_why);
    if (err == ERR_NONE)
        err = look_for(engine, inbox_next_alert, "the tasks", &next, reterr_why);
    if (err == ERR_NONE && engine->home->schedule)
        err = look_for(engine, opening_next, "the free times", &next, reterr_why);
    if (err == ERR_NONE && engine->home->schedule)
        err = look_for(engine, waitlist_next, "the waiting list", &next, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_next = instant_before(next, now) ? now : next;
    return ERR_NONE;
}
