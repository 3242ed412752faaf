/* desk.c: one worker's own home, store and engine. */
#include "http/http_int.h"

enum {
    CACHE_KIB = 4096, /* of each worker's store: the indexes of a search stay in it */
    REACT_MAX = 256,  /* patients reacted to at once; FACTS_BATCH_MAX bounds it */
};
_Static_assert((int)REACT_MAX <= (int)FACTS_BATCH_MAX, "facts are loaded a batch at a time");

static void drop(struct http_reading *reading)
{
    engine_close(&reading->engine);
    arena_release(&reading->boot);
    *reading = (struct http_reading){0};
}

static enum err start_engine(
    struct http_desk *desk, struct http_reading *reading, struct why *reterr_why)
{
    const struct engine_options options = {
        .home = &reading->home, .env = desk->env, .db = desk->db, .actor = "http"};
    enum err err = engine_open(&reading->boot, &options, &reading->engine, reterr_why);
    if (err == ERR_NONE) {
        desk->home = &reading->home;
        desk->engine = &reading->engine;
    }
    return err;
}

enum err http_desk_open(struct env *env, const char *dir, int64_t cache_kib,
    struct http_counts *counts, struct http_desk *ret_desk, struct why *reterr_why)
{
    struct http_desk *desk = ret_desk;
    *desk = (struct http_desk){.env = env, .counts = counts};
    struct http_reading *reading = &desk->readings[0];
    arena_init(&desk->store_boot, 0);
    arena_init(&desk->metrics_arena, 0);
    arena_init(&reading->boot, 0);
    desk->dir = arena_text(&desk->store_boot, dir);
    enum err err = home_load(&reading->boot, env, dir, &reading->home, reterr_why);
    if (err == ERR_NONE)
        err = home_open_store(&desk->store_boot, &reading->home, cache_kib ? cache_kib : CACHE_KIB,
            &desk->db, reterr_why);
    if (err == ERR_NONE)
        err = start_engine(desk, reading, reterr_why);
    if (err != ERR_NONE)
        http_desk_close(desk);
    return err;
}

enum err http_desk_reload(struct http_desk *desk, struct why *reterr_why)
{
    bool first = desk->home == &desk->readings[0].home;
    struct http_reading *old = &desk->readings[first ? 0 : 1];
    struct http_reading *fresh = &desk->readings[first ? 1 : 0];
    arena_init(&fresh->boot, 0);
    enum err err = home_load(&fresh->boot, desk->env, desk->dir, &fresh->home, reterr_why);
    if (err == ERR_NONE)
        err = start_engine(desk, fresh, reterr_why);
    drop(err == ERR_NONE ? old : fresh);
    return err;
}

void http_desk_close(struct http_desk *desk)
{
    drop(&desk->readings[0]);
    drop(&desk->readings[1]);
    db_close(desk->db);
    arena_release(&desk->metrics_arena);
    arena_release(&desk->store_boot);
    *desk = (struct http_desk){0};
}

enum err http__begin_as_patient(
    struct http_desk *desk, struct http_call *call, struct tx *ret_tx, struct why *reterr_why)
{
    return db_begin(desk->db, call->request->now, "patient", desk->home->practice.practice_id,
        &desk->engine->ids, ret_tx, reterr_why);
}

enum err http__react(struct http_desk *desk, struct tx *tx, const char *const *patients,
    size_t count, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < count && err == ERR_NONE; i += REACT_MAX)
        err = engine_react(desk->engine, tx, patients + i,
            count - i < REACT_MAX ? count - i : REACT_MAX, reterr_why);
    return err;
}
