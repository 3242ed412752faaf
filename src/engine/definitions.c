/* definitions.c: what definitions.yaml says of services reaches the visits that were imported
 * before it said so. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "engine/engine_int.h"
#include "engine_sql.h"
#include "record/record.h"

#define CLOCKS_STATE "service_clocks"      /* digest of what all clocks were folded by, or 0 */
#define PLACE_STATE "service_clocks_place" /* digest and last patient of what is under way */

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

/* How far the clocks of a home were folded, and by what. */
struct folded {
    int64_t known, goal; /* 0: by nothing; nothing is under way */
    char after[64];      /* the last patient that was folded by `goal` */
};

static enum err read_text(struct db *db, int64_t practice_id, const char *name, char *ret_text,
    size_t bytes, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_engine_read_text,
        DB_ARGS(db_int("practice_id", practice_id), db_text("name", name)), &rows, reterr_why);
    *ret_text = '\0';
    if (err == ERR_NONE && db_next(rows)) {
        const char *text = db_col_text(rows, 0);
        assert(strlen(text) < bytes);
        memcpy(ret_text, text, strlen(text) + 1);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err read_folded(
    struct db *db, int64_t practice_id, struct folded *ret_folded, struct why *reterr_why)
{
    char known[32], place[96], *end;
    enum err err = read_text(db, practice_id, CLOCKS_STATE, known, sizeof(known), reterr_why);
    if (err == ERR_NONE)
        err = read_text(db, practice_id, PLACE_STATE, place, sizeof(place), reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_folded = (struct folded){.known = strtoll(known, NULL, 10)};
    ret_folded->goal = strtoll(place, &end, 10);
    (void)snprintf(ret_folded->after, sizeof(ret_folded->after), "%s", *end == ' ' ? end + 1 : end);
    return ERR_NONE;
}

static enum err write_text(
    struct tx *tx, const char *name, const char *text, struct why *reterr_why)
{
    return db_exec(tx, &sql_engine_write_state,
        DB_ARGS(
            db_int("practice_id", tx->practice_id), db_text("name", name), db_text("value", text)),
        NULL, reterr_why);
}

static enum err write_folded(
    struct arena *arena, struct tx *tx, const struct folded *folded, struct why *reterr_why)
{
    const char *place =
        folded->goal ? arena_format(arena, "%" PRId64 " %s", folded->goal, folded->after) : "";
    enum err err =
        write_text(tx, CLOCKS_STATE, arena_format(arena, "%" PRId64, folded->known), reterr_why);
    return err == ERR_NONE ? write_text(tx, PLACE_STATE, place, reterr_why) : err;
}

/* An import of another reading only brings both to 0: then it begins anew. */
static bool taken_over(const struct engine *engine, const struct folded *folded, int64_t digest)
{
    const int64_t by = folded->goal ? folded->goal : folded->known;
    return engine->folding == digest && by && by != digest;
}

/* The next page of patients; nobody is left: that is remembered. `folded` is as in this tx. */
static enum err fold_page(struct engine *engine, struct tx *tx, const struct service_clocks *clocks,
    int64_t digest, struct folded *folded, struct why *reterr_why)
{
    const struct record_rebuild rebuild = {
        engine->practice, clocks, folded->goal == digest ? folded->after : ""};
    const char *const *ids = NULL;
    size_t count = 0;
    enum err err = record_rebuild_clocks(&engine->tick, tx, &rebuild, &ids, &count, reterr_why);
    if (err == ERR_NONE && count > 0)
        err = record_lock(tx, ids, count, reterr_why);
    if (err == ERR_NONE && count > 0)
        err = engine_react(engine, tx, ids, count, reterr_why);
    if (err != ERR_NONE)
        return err;
    *folded = count ? (struct folded){.goal = digest} : (struct folded){.known = digest};
    if (count)
        (void)snprintf(folded->after, sizeof(folded->after), "%s", ids[count - 1]);
    return write_folded(&engine->tick, tx, folded, reterr_why);
}

enum err engine_follow_definitions(struct engine *engine, struct instant now,
    enum engine_following *ret_following, struct why *reterr_why)
{
    arena_reset(&engine->tick);
    ARENA struct arena lasting;
    arena_init(&lasting, 0);
    const struct service_clocks clocks = definitions_clocks(&lasting, engine->home->definitions);
    const int64_t practice_id = engine->practice->practice_id;
    const int64_t digest = digest_of(&lasting, &clocks);
    DB_TX struct tx tx = {0};
    struct folded folded = {0};
    enum err err = read_folded(engine->db, practice_id, &folded, reterr_why);
    if (err == ERR_NONE && folded.known != digest) {
        err = engine_begin(engine, now, &tx, reterr_why);
        if (err == ERR_NONE)
            err = record_take_turn(&tx, reterr_why);
        if (err == ERR_NONE) /* a night's scan sees all pages or none */
            err = db_exec(&tx, &sql_engine_lock_practice,
                DB_ARGS(db_int("practice_id", tx.practice_id)), NULL, reterr_why);
        if (err == ERR_NONE) /* another process may have folded a page meanwhile */
            err = read_folded(tx.db, practice_id, &folded, reterr_why);
    }
    const bool others = err == ERR_NONE && taken_over(engine, &folded, digest);
    if (err == ERR_NONE && folded.known != digest && !others) {
        err = fold_page(engine, &tx, &clocks, digest, &folded, reterr_why);
        if (err == ERR_NONE)
            err = db_commit(&tx, reterr_why);
    }
    if (err != ERR_NONE)
        return err;
    const bool done = others || folded.known == digest;
    engine->folding = done ? 0 : digest;
    *ret_following = others ? FOLLOWING_OTHERS : done ? FOLLOWING_DONE : FOLLOWING_ON;
    return ERR_NONE;
}

enum err engine__clocks_follow(
    struct db *db, int64_t practice_id, bool *ret_follow, struct why *reterr_why)
{
    struct folded folded = {0};
    enum err err = read_folded(db, practice_id, &folded, reterr_why);
    *ret_follow = folded.goal != 0;
    return err;
}

enum err engine__doubt_clocks(struct engine *engine, struct tx *tx, struct why *reterr_why)
{
    const struct service_clocks clocks =
        definitions_clocks(&engine->tick, engine->home->definitions);
    const int64_t digest = digest_of(&engine->tick, &clocks);
    struct folded folded = {0};
    enum err err = read_folded(tx->db, tx->practice_id, &folded, reterr_why);
    const bool known = folded.known == 0 || folded.known == digest;
    const bool goal = folded.goal == 0 || folded.goal == digest;
    if (err != ERR_NONE || (known && goal))
        return err;
    return write_folded(&engine->tick, tx, &(struct folded){0}, reterr_why);
}
