/* opening.c: which times are free in this store, and reading what is kept. Holding is hold.c. */
#include "opening/opening.h"

#include <assert.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "opening_sql.h"

static const char *const state_names[OPENING_STATE_MAX] = {
    [OPENING_HELD] = "held",
    [OPENING_BOOKED] = "booked",
    [OPENING_KEPT] = "kept",
    [OPENING_RELEASED] = "released",
    [OPENING_EXPIRED] = "expired",
};

const char *opening_state_name(enum opening_state state)
{
    assert(state < OPENING_STATE_MAX);
    return state_names[state];
}

static enum opening_state state_of(const char *text)
{
    for (int state = 0; state < OPENING_STATE_MAX; state++) {
        if (text_is(text, state_names[state]))
            return (enum opening_state)state;
    }
    assert(!"a state that the schema does not allow");
    return OPENING_STATE_MAX;
}

/* ---- what is taken ---- */

struct visits {
    struct slot_visit *list;
    size_t count, capacity;
    struct map
        places[3]; /* provider, location, service as written -> their places in the schedule */
};

/* A calendar names a few people thousands of times: each name is looked up once. */
static int place_of(struct map *known, const struct schedule *schedule, const char *name,
    int (*look_up)(const struct schedule *schedule, const char *name))
{
    if (!name)
        return look_up(schedule, NULL);
    int *place = map_get(known, name);
    if (!place) {
        place = ARENA_NEW(known->arena, int, 1);
        *place = look_up(schedule, name);
        (void)map_put(known, name, place);
    }
    return *place;
}

static void add_visit(struct arena *arena, struct visits *visits, const struct schedule *schedule,
    const struct db_rows *rows)
{
    if (visits->count == visits->capacity) {
        size_t bigger = visits->capacity ? visits->capacity * 2 : 64;
        visits->list = arena_grow(arena, visits->list, visits->capacity * sizeof(*visits->list),
            bigger * sizeof(*visits->list));
        visits->capacity = bigger;
    }
    struct slot_visit *visit = &visits->list[visits->count++];
    *visit = (struct slot_visit){
        .start = {db_col_int(rows, 0)},
        .end = {db_col_int(rows, 1)},
        .provider = place_of(&visits->places[0], schedule, db_col_text(rows, 2), schedule_provider),
        .location = place_of(&visits->places[1], schedule, db_col_text(rows, 3), schedule_location),
        .service = place_of(&visits->places[2], schedule, db_col_text(rows, 4), schedule_service),
    };
    if (visit->end.ms <= visit->start.ms)
        visit->end.ms = visit->start.ms
            + (visit->service == SCHEDULE_NOBODY ? OPENING_VISIT_MS
                                                 : schedule->services[visit->service].duration_ms);
    /* Somebody who is not in the schedule treats there: none of ours is taken. */
    if (visit->provider == SCHEDULE_NOBODY && !text_is_blank(db_col_text(rows, 2)))
        visit->provider = SCHEDULE_OUTSIDER;
}

static enum err read_visits(struct arena *arena, struct db *db, const struct sql *sql,
    const struct db_arg *args, size_t arg_count, const struct schedule *schedule,
    struct visits *visits, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, sql, args, arg_count, &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows))
        add_visit(arena, visits, schedule, rows);
    return db_end(&rows, reterr_why);
}

static enum err taken_around(struct arena *arena, struct db *db, int64_t practice_id,
    const struct opening_question *question, struct slot_question *ret_question,
    struct why *reterr_why)
{
    struct visits visits = {0};
    for (int i = 0; i < 3; i++)
        map_init(&visits.places[i], arena);
    int64_t from_ms = question->from.ms - MS_PER_DAY, until_ms = question->until.ms + MS_PER_DAY;
    enum err err = read_visits(arena, db, &sql_opening_appointments,
        DB_ARGS(db_int("practice_id", practice_id), db_int("from_ms", from_ms),
            db_int("until_ms", until_ms), db_text("ours", OPENING_APPOINTMENT_PREFIX "%")),
        question->schedule, &visits, reterr_why);
    if (err == ERR_NONE)
        err = read_visits(arena, db, &sql_opening_taken,
            DB_ARGS(db_int("practice_id", practice_id), db_int("from_ms", from_ms),
                db_int("until_ms", until_ms), db_int("now_ms", question->now.ms)),
            question->schedule, &visits, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_question = (struct slot_question){.schedule = question->schedule,
        .visits = visits.list,
        .visit_count = visits.count,
        .service = question->service,
        .provider = question->provider,
        .location = question->location,
        .from = question->from,
        .until = question->until,
        .limit = question->limit};
    return ERR_NONE;
}

enum err opening_find(struct arena *arena, struct db *db, int64_t practice_id,
    const struct opening_question *question, struct slot **ret_slots, size_t *ret_count,
    struct why *reterr_why)
{
    struct opening_question cut = *question;
    struct instant from, until;
    slot_window(question->schedule, question->now, &from, &until);
    if (instant_before(cut.from, from))
        cut.from = from;
    if (instant_before(until, cut.until))
        cut.until = until;
    if (instant_before(cut.until, cut.from))
        cut.until = cut.from;
    struct slot_question slots;
    enum err err = taken_around(arena, db, practice_id, &cut, &slots, reterr_why);
    if (err == ERR_NONE)
        slot_list(arena, &slots, ret_slots, ret_count);
    return err;
}

/* ---- three of many ---- */

static int half_of(const struct schedule *schedule, struct instant at)
{
    return zone_civil(schedule->zone, at).hour >= 12;
}

/* How much two times are alike: the less, the more they are worth side by side. */
enum {
    LIKE_OTHER_DAY,
    LIKE_SAME_HALF,
    LIKE_FAR,
    LIKE_APART,
    LIKE_CLOSE,
    LIKE_OVERLAP, /* and as close as the three before it */
    LIKE_SAME = LIKE_OVERLAP + LIKE_OVERLAP
};

static int closeness_of_two(
    const struct schedule *schedule, const struct slot *a, const struct slot *b)
{
    int64_t apart_ms =
        a->start.ms < b->start.ms ? b->start.ms - a->start.ms : a->start.ms - b->start.ms;
    if (zone_day(schedule->zone, a->start).n != zone_day(schedule->zone, b->start).n)
        return half_of(schedule, a->start) == half_of(schedule, b->start) ? LIKE_SAME_HALF
                                                                          : LIKE_OTHER_DAY;
    if (apart_ms >= 2 * MS_PER_HOUR)
        return LIKE_FAR;
    return apart_ms >= MS_PER_HOUR ? LIKE_APART : apart_ms > 0 ? LIKE_CLOSE : LIKE_SAME;
}

bool opening_overlap(const struct slot *a, const struct slot *b)
{
    return a->provider == b->provider && a->start.ms < b->end.ms && b->start.ms < a->end.ms;
}

static int likeness_of_two(
    const struct schedule *schedule, const struct slot *a, const struct slot *b)
{
    int like = closeness_of_two(schedule, a, b);
    return like < LIKE_SAME && opening_overlap(a, b) ? LIKE_OVERLAP + like : like;
}

static int likeness(const struct schedule *schedule, const struct slot *slot,
    const struct slot *picked, size_t count)
{
    int most = LIKE_OTHER_DAY;
    for (size_t i = 0; i < count; i++) {
        int like = likeness_of_two(schedule, slot, &picked[i]);
        most = like > most ? like : most;
    }
    return most;
}

size_t opening_pick_beside(const struct schedule *schedule, const struct slot *slots, size_t count,
    size_t max, bool overlapping, size_t picked, struct slot *ret_picked)
{
    while (picked < max) {
        const struct slot *best = NULL;
        int best_like = overlapping ? LIKE_SAME : LIKE_OVERLAP;
        for (size_t i = 0; i < count; i++) {
            int like = likeness(schedule, &slots[i], ret_picked, picked);
            if (like < best_like) {
                best = &slots[i];
                best_like = like;
            }
        }
        if (!best)
            break;
        ret_picked[picked++] = *best;
    }
    return picked;
}

/* ---- reading ---- */

static struct opening opening_of(struct arena *arena, const struct db_rows *rows)
{
    return (struct opening){
        .opening_id = db_col_copy(arena, rows, 0),
        .patient_id = db_col_copy(arena, rows, 1),
        .service = db_col_copy(arena, rows, 2),
        .provider = db_col_copy(arena, rows, 3),
        .location = db_col_copy(arena, rows, 4),
        .start = {db_col_int(rows, 5)},
        .end = {db_col_int(rows, 6)},
        .state = state_of(db_col_text(rows, 7)),
        .expires = {db_col_int(rows, 8)},
        .source = db_col_copy(arena, rows, 9),
        .touch_id = db_col_copy(arena, rows, 10),
        .created = {db_col_int(rows, 11)},
    };
}

enum err opening_read(struct arena *arena, struct db *db, int64_t practice_id,
    const char *opening_id, struct opening *ret_opening, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_opening_read,
        DB_ARGS(db_int("practice_id", practice_id), db_text("opening_id", opening_id)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    bool found = db_next(rows);
    if (found)
        *ret_opening = opening_of(arena, rows);
    err = db_end(&rows, reterr_why);
    return err == ERR_NONE && !found
        ? why_set(reterr_why, ERR_NOT_FOUND, "there is no such opening")
        : err;
}

enum err opening_read_live(struct arena *arena, struct db *db, int64_t practice_id,
    const char *patient_id, struct instant now, struct opening **ret_openings, size_t *ret_count,
    struct why *reterr_why)
{
    struct opening *list = NULL;
    size_t count = 0, capacity = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_opening_read_live,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", patient_id),
            db_int("now_ms", now.ms)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        if (count == capacity) {
            size_t bigger = capacity ? capacity * 2 : 8;
            list = arena_grow(arena, list, capacity * sizeof(*list), bigger * sizeof(*list));
            capacity = bigger;
        }
        list[count++] = opening_of(arena, rows);
    }
    err = db_end(&rows, reterr_why);
    if (err == ERR_NONE) {
        *ret_openings = list;
        *ret_count = count;
    }
    return err;
}

enum err opening_next(
    struct db *db, int64_t practice_id, struct instant *ret_next, struct why *reterr_why)
{
    int64_t next_ms = 0;
    enum err err = db_query_int(
        db, &sql_opening_next, DB_ARGS(db_int("practice_id", practice_id)), &next_ms, reterr_why);
    if (err == ERR_NONE && next_ms == 0)
        return why_set(reterr_why, ERR_NOT_FOUND, "nothing is held");
    if (err == ERR_NONE)
        *ret_next = (struct instant){next_ms};
    return err;
}
