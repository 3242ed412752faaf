/* outcome.c: what one enrollment counts as, from the rows of those who know. */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "report/report_int.h"
#include "report_sql.h"

enum { LATE_MS = 24 * 60 * 60 * 1000 };
static const int window_days[] = {14, 30, 60, 90};

/* One of them, while its rows are read. */
struct life {
    const char *enrollment_id, *patient_id, *playbook, *state, *exit, *hold;
    struct day day;
    bool holdout, sent, delivered, opened, clicked, replied, booked, showed;
    int64_t depth, last; /* the furthest touch that went, the furthest there is */
    int64_t days_after, revenue_cents;
    struct buf places;
    struct report_counts counts;
};

struct lives {
    struct arena *arena;
    struct db *db;
    int64_t practice_id;
    const char *ids;
    struct life *list;
    size_t count;
    struct map by_id;
};

static struct life *life_of(const struct lives *lives, const struct db_rows *rows)
{
    return map_get(&lives->by_id, db_col_text(rows, 0));
}

static enum err open_rows(const struct lives *lives, const struct sql *sql,
    struct db_rows **ret_rows, struct why *reterr_why)
{
    return db_query(lives->db, sql,
        DB_ARGS(db_int("practice_id", lives->practice_id), db_text("ids", lives->ids)), ret_rows,
        reterr_why);
}

/* A name is one line of the text. */
static void add(struct life *life, const char *format, ...) PRINTF_LIKE(2, 3);
static void add(struct life *life, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *name = arena_vformat(life->counts.named.arena, format, args);
    va_end(args);
    for (char *at = strchr(name, '\n'); at; at = strchr(at, '\n'))
        *at = ' ';
    report__add(&life->counts, name, 1);
}

static enum err read_enrollments(
    struct lives *lives, const struct practice *practice, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = open_rows(lives, &sql_report_enrollments, &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct life *life = &lives->list[lives->count++];
        *life = (struct life){
            .enrollment_id = db_col_copy(lives->arena, rows, 0),
            .patient_id = db_col_copy(lives->arena, rows, 1),
            .playbook = db_col_copy(lives->arena, rows, 2),
            .holdout = text_is(db_col_text(rows, 3), "holdout"),
            .state = db_col_copy(lives->arena, rows, 4),
            .exit = db_col_copy(lives->arena, rows, 5),
            .hold = db_col_copy(lives->arena, rows, 6),
            .day = zone_day(practice->zone, (struct instant){db_col_int(rows, 7)}),
        };
        buf_init(&life->places, lives->arena);
        buf_add_char(&life->places, '[');
        report__counts_init(&life->counts, lives->arena);
        (void)map_put(&lives->by_id, life->enrollment_id, life);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* ---- touches ---- */

/* The columns of report_touches. */
enum {
    COL_TOUCH = 1,
    COL_POSITION,
    COL_STATE,
    COL_SENT,
    COL_DELIVERED,
    COL_PLANNED,
    COL_CODE,
    COL_OPENS,
    COL_CLICKS,
    COL_REPLIES
};

static void count_state(struct life *life, const char *touch, const char *state, const char *code)
{
    static const char *const ends[] = {"skipped", "dropped", "cancelled", "failed", "unconfirmed"};
    static const char *const open[] = {"due", "waiting", "sending", "in_doubt"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (text_is(state, ends[i]))
            add(life, "touch:%s:%s", ends[i], touch);
    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
        if (text_is(state, open[i]))
            add(life, "touch:open:%s", touch);
    if (*code && (text_is(state, "dropped") || text_is(state, "failed")))
        add(life, "code:%s:%s", touch, code);
}

static void count_touch(struct life *life, const struct db_rows *rows)
{
    const char *touch = db_col_text(rows, COL_TOUCH), *state = db_col_text(rows, COL_STATE);
    int64_t position = db_col_int(rows, COL_POSITION);
    bool sent = !db_col_null(rows, COL_SENT), went = sent || text_is(state, "done");
    bool opened = db_col_int(rows, COL_OPENS) > 0, clicked = db_col_int(rows, COL_CLICKS) > 0,
         replied = db_col_int(rows, COL_REPLIES) > 0, delivered = !db_col_null(rows, COL_DELIVERED);
    add(life, "at:%" PRId64 ":%s", position, touch);
    add(life, "touch:planned:%s", touch);
    if (went)
        add(life, "touch:went:%s", touch);
    if (sent && db_col_int(rows, COL_SENT) - db_col_int(rows, COL_PLANNED) > LATE_MS)
        add(life, "touch:late:%s", touch);
    if (delivered)
        add(life, "touch:delivered:%s", touch);
    if (opened)
        add(life, "touch:opened:%s", touch);
    if (clicked)
        add(life, "touch:clicked:%s", touch);
    if (replied)
        add(life, "touch:replied:%s", touch);
    count_state(life, touch, state, db_col_text(rows, COL_CODE));
    life->sent |= sent;
    life->delivered |= delivered;
    life->opened |= opened;
    life->clicked |= clicked;
    life->replied |= replied;
    life->last = position > life->last ? position : life->last;
    life->depth = went && position > life->depth ? position : life->depth;
}

static enum err read_touches(const struct lives *lives, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = open_rows(lives, &sql_report_touches, &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct life *life = life_of(lives, rows);
        if (life)
            count_touch(life, rows);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* ---- the rest ---- */

static enum err read_bookings(const struct lives *lives, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = open_rows(lives, &sql_report_bookings, &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct life *life = life_of(lives, rows);
        if (!life)
            continue;
        life->booked = true;
        life->days_after = db_col_int(rows, 1);
        life->showed = db_col_int(rows, 2) > 0;
        life->revenue_cents = db_col_int(rows, 3);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err read_tasks(const struct lives *lives, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = open_rows(lives, &sql_report_tasks, &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct life *life = life_of(lives, rows);
        const char *role = db_col_text(rows, 1), *kind = db_col_text(rows, 2);
        if (!life || life->holdout)
            continue;
        report__add(&life->counts, arena_format(lives->arena, "task:%s:%s", role, kind),
            db_col_int(rows, 3));
        report__add(&life->counts, arena_format(lives->arena, "seconds:%s:%s", role, kind),
            db_col_int(rows, 4));
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err read_places(const struct lives *lives, struct why *reterr_why)
{
    struct map patients; /* -> the places of one */
    const char **ids = ARENA_NEW(lives->arena, const char *, lives->count);
    map_init(&patients, lives->arena);
    for (size_t i = 0; i < lives->count; i++) {
        struct life *life = &lives->list[i];
        ids[i] = life->patient_id;
        if (!map_get(&patients, life->patient_id))
            (void)map_put(&patients, life->patient_id, &life->places);
    }
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(lives->db, &sql_report_places,
        DB_ARGS(db_int("practice_id", lives->practice_id),
            db_text("patients", db_list(lives->arena, ids, lives->count))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct buf *places = map_get(&patients, db_col_text(rows, 0));
        JSON_AUTO name = json_text(db_col_text(rows, 1));
        JSON_AUTO one = json_pack("[O]", name);
        const char *text = json_text_of(lives->arena, one);
        if (places->len > 1)
            buf_add_char(places, ',');
        buf_add_n(places, text + 1, strlen(text) - 2);
    }
    for (size_t i = 0; i < lives->count; i++) {
        struct life *life = &lives->list[i];
        life->places = *(struct buf *)map_get(&patients, life->patient_id);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* ---- the sum of it ---- */

static void count_treated(struct life *life)
{
    int64_t *heads = life->counts.heads;
    bool ended = text_is(life->state, "ended"),
         counts = life->booked && life->days_after < REPORT_GOAL_DAYS;
    heads[HEAD_ENTERED] = 1;
    heads[HEAD_CONTACTED] = life->sent || life->depth > 0;
    heads[HEAD_DELIVERED] = life->delivered;
    heads[HEAD_OPENED] = life->opened;
    heads[HEAD_CLICKED] = life->clicked;
    heads[HEAD_REPLIED] = life->replied;
    heads[HEAD_BOOKED] = counts;
    heads[HEAD_SHOWED] = counts && life->showed;
    heads[HEAD_REVENUE] = counts ? life->revenue_cents : 0;
    for (int i = 0; i < 4; i++)
        heads[HEAD_WITHIN_14 + i] = life->booked && life->days_after < window_days[i];
    heads[HEAD_OPTED_OUT] = heads[HEAD_CONTACTED] && text_is(life->exit, "opted_out");
    heads[HEAD_NO_RESPONSE] = text_is(life->exit, "no_response");
    heads[HEAD_DECLINED] = text_is(life->exit, "declined");
    heads[HEAD_ACTIVE] = text_is(life->state, "active");
    heads[HEAD_HELD] = text_is(life->state, "held");
    heads[HEAD_ENDED] = ended;
    heads[HEAD_COMPLETED] = ended && life->last > 0 && life->depth >= life->last;
    for (int64_t step = 1; step <= life->depth && step <= REPORT_STEPS_MAX; step++)
        add(life, "reached:%" PRId64, step);
    int64_t step = life->depth < REPORT_STEPS_MAX ? life->depth : REPORT_STEPS_MAX;
    if (ended)
        add(life, "left:%" PRId64 ":%s", step, life->exit);
    else
        add(life, "staying:%" PRId64, step);
    if (text_is(life->state, "held"))
        add(life, "held:%s", life->hold);
}

static struct outcome outcome_of(struct arena *arena, struct life *life)
{
    buf_add_char(&life->places, ']');
    if (life->holdout) {
        life->counts.heads[HEAD_CONTROL] = 1;
        life->counts.heads[HEAD_CONTROL_BOOKED] =
            life->booked && life->days_after < REPORT_GOAL_DAYS;
    } else {
        count_treated(life);
    }
    return (struct outcome){.enrollment_id = life->enrollment_id,
        .day = life->day,
        .playbook = life->playbook,
        .places = arena_text(arena, life->places.data),
        .counts = report__counts_text(arena, &life->counts)};
}

enum err report__outcomes(struct arena *arena, struct db *db, const struct practice *practice,
    const char *const *ids, size_t id_count, struct outcome **ret_outcomes, size_t *ret_count,
    struct why *reterr_why)
{
    struct lives lives = {.arena = arena,
        .db = db,
        .practice_id = practice->practice_id,
        .ids = db_list(arena, ids, id_count),
        .list = ARENA_NEW(arena, struct life, id_count + 1)};
    map_init(&lives.by_id, arena);
    enum err err = read_enrollments(&lives, practice, reterr_why);
    if (err == ERR_NONE && lives.count > 0)
        err = read_touches(&lives, reterr_why);
    if (err == ERR_NONE && lives.count > 0)
        err = read_bookings(&lives, reterr_why);
    if (err == ERR_NONE && lives.count > 0)
        err = read_tasks(&lives, reterr_why);
    if (err == ERR_NONE && lives.count > 0)
        err = read_places(&lives, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct outcome *outcomes = ARENA_NEW(arena, struct outcome, lives.count + 1);
    for (size_t i = 0; i < lives.count; i++)
        outcomes[i] = outcome_of(arena, &lives.list[i]);
    *ret_outcomes = outcomes;
    *ret_count = lives.count;
    return ERR_NONE;
}
