/* definitions.c: what definitions.yaml says of services reaches the visits that were imported
 * before it said so. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "engine/engine_int.h"
#include "engine_sql.h"
#include "record/record.h"

#define CLOCKS_STATE "service_clocks" /* digest of what the clocks were folded by */

static void put_span(struct buf *buf, struct arena *arena, struct span span)
{
    buf_format(buf, " %s", span_is_zero(span) ? "-" : span_format(arena, span));
}

/* Of everything that a clock hangs on. The number in front stands for how names are matched. */
static int64_t digest_of(struct arena *arena, const struct service_clocks *clocks)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_format(&buf, "1\n");
    for (size_t i = 0; i < clocks->count; i++) {
        const struct service_clock *clock = &clocks->clocks[i];
        buf_format(&buf, "%s %d %d", clock->service, clock->series_end, clock->member);
        put_span(&buf, arena, clock->due);
        put_span(&buf, arena, clock->late);
        put_span(&buf, arena, clock->lost);
        for (size_t j = 0; j < clock->match_count; j++)
            buf_format(&buf, "\n %s", clock->match[j]);
        buf_format(&buf, "\n");
    }
    const struct sha256 sum = hash_sha256(buf.data, buf.len);
    uint64_t value = 0;
    memcpy(&value, sum.bytes, sizeof(value));
    return (int64_t)(value >> 2) + 1; /* 0 stands for nobody knows */
}

/* 0: no engine of this home has folded clocks anew yet. */
static enum err read_digest(
    struct db *db, int64_t practice_id, int64_t *ret_digest, struct why *reterr_why)
{
    int64_t digest = 0;
    enum err err = db_query_int(db, &sql_engine_read_state,
        DB_ARGS(db_int("practice_id", practice_id), db_text("name", CLOCKS_STATE)), &digest, NULL);
    if (err != ERR_NONE && err != ERR_NOT_FOUND)
        return why_set(reterr_why, err, "the engine's memory cannot be read");
    *ret_digest = err == ERR_NONE ? digest : 0;
    return ERR_NONE;
}

static enum err write_digest(
    struct arena *arena, struct tx *tx, int64_t digest, struct why *reterr_why)
{
    return db_exec(tx, &sql_engine_write_state,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("name", CLOCKS_STATE),
            db_text("value", arena_format(arena, "%" PRId64, digest))),
        NULL, reterr_why);
}

/* A page of patients in a transaction of its own; *ret_last is "" behind the last page, with which
 * it is remembered what was folded by. A process that dies before begins again. */
static enum err fold_page(struct engine *engine, const struct service_clocks *clocks,
    struct instant now, int64_t digest, char *last, size_t last_bytes, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    const struct record_rebuild rebuild = {engine->practice, clocks, last};
    const char *const *ids = NULL;
    size_t count = 0;
    enum err err = engine_begin(engine, now, &tx, reterr_why);
    if (err == ERR_NONE)
        err = record_rebuild_clocks(&engine->tick, &tx, &rebuild, &ids, &count, reterr_why);
    if (err == ERR_NONE && count > 0)
        err = record_lock(&tx, ids, count, reterr_why);
    if (err == ERR_NONE && count > 0)
        err = engine_react(engine, &tx, ids, count, reterr_why);
    if (err == ERR_NONE && count == 0)
        err = write_digest(&engine->tick, &tx, digest, reterr_why);
    if (err == ERR_NONE)
        err = db_commit(&tx, reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *next = count ? ids[count - 1] : "";
    assert(strlen(next) < last_bytes);
    (void)last_bytes;
    memcpy(last, next, strlen(next) + 1);
    return ERR_NONE;
}

enum err engine_follow_definitions(
    struct engine *engine, struct instant now, struct why *reterr_why)
{
    arena_reset(&engine->tick);
    ARENA struct arena lasting;
    arena_init(&lasting, 0);
    const struct service_clocks clocks = definitions_clocks(&lasting, engine->home->definitions);
    const int64_t digest = digest_of(&lasting, &clocks);
    int64_t known;
    enum err err = read_digest(engine->db, engine->practice->practice_id, &known, reterr_why);
    if (err != ERR_NONE || known == digest)
        return err;
    char last[64] = "";
    do {
        arena_reset(&engine->tick);
        err = fold_page(engine, &clocks, now, digest, last, sizeof(last), reterr_why);
    } while (err == ERR_NONE && *last);
    return err;
}

enum err engine__doubt_clocks(struct engine *engine, struct tx *tx, struct why *reterr_why)
{
    const struct service_clocks clocks =
        definitions_clocks(&engine->tick, engine->home->definitions);
    int64_t known;
    enum err err = read_digest(tx->db, tx->practice_id, &known, reterr_why);
    if (err != ERR_NONE || known == 0 || known == digest_of(&engine->tick, &clocks))
        return err;
    return write_digest(&engine->tick, tx, 0, reterr_why);
}
