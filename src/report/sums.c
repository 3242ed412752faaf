/* sums.c: what a period adds up to: the sums as they are kept, and what is not counted in yet. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/report_int.h"
#include "report_sql.h"

enum { DAY_FIRST = -1000000, DAY_LAST = 10000000 };

struct reader {
    const struct report_question *question;
    bool by_day; /* months are not enough */
    report__see_fn *see;
    void *context;
};

struct read {
    struct arena *arena;
    struct db *db;
    const struct reader *reader;
    const struct report_question *question;
    int64_t practice_id;
    struct day from, to; /* the first, and the one after the last */
    json_t *limit;       /* the locations; NULL: all */
    struct map allowed;  /* places -> bool */
};

/* Patients of these locations, and those without a visit. */
static bool fits_places(struct read *read, const char *places)
{
    if (!read->limit || text_is(places, "[]"))
        return true;
    bool *fits = map_get(&read->allowed, places);
    if (fits)
        return *fits;
    fits = ARENA_NEW(read->arena, bool, 1);
    (void)map_put(&read->allowed, places, fits);
    json_t *parsed = NULL;
    struct why why = {0};
    if (json_parse(places, strlen(places), &parsed, &why) == ERR_NONE) {
        JSON_AUTO list = parsed;
        size_t i, j;
        json_t *place, *wanted;
        json_array_foreach(list, i, place)
        {
            json_array_foreach(read->limit, j, wanted) *fits |= json_equal(place, wanted);
        }
    }
    return *fits;
}

static void see(struct read *read, const struct outcome *outcome, int sign)
{
    const char *playbook = read->question->playbook;
    if (outcome->day.n < read->from.n || outcome->day.n >= read->to.n
        || (playbook && !text_is(playbook, outcome->playbook))
        || !fits_places(read, outcome->places))
        return;
    read->reader->see(read->reader->context, outcome, sign);
}

static enum err read_span(
    struct read *read, const char *span, struct day from, struct day to, struct why *reterr_why)
{
    if (from.n >= to.n)
        return ERR_NONE;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(read->db, &sql_report_sums,
        DB_ARGS(db_int("practice_id", read->practice_id), db_text("span", span),
            db_int("from_day", from.n), db_int("to_day", to.n),
            db_text("playbook", read->question->playbook)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        const struct outcome sum = {.day = db_col_day(rows, 0),
            .playbook = db_col_text(rows, 1),
            .places = db_col_text(rows, 2),
            .counts = db_col_text(rows, 3)};
        if (fits_places(read, sum.places))
            read->reader->see(read->reader->context, &sum, 1);
    }
    return db_end(&rows, reterr_why);
}

static struct day month_of(struct day day)
{
    int year, month, number;
    day_split(day, &year, &month, &number);
    return day_of(year, month, 1);
}

/* The first of a month at or after this day. */
static struct day month_begin(struct day day)
{
    struct day first = month_of(day);
    return first.n == day.n ? day : day_add_months(first, 1);
}

/* Whole months from their sums, the days before and behind them from theirs. */
static enum err read_sums(struct read *read, struct why *reterr_why)
{
    struct day first = read->from.n == DAY_FIRST ? read->from : month_begin(read->from);
    struct day last = read->to.n == DAY_LAST ? read->to : month_of(read->to);
    if (read->reader->by_day || last.n <= first.n)
        return read_span(read, "day", read->from, read->to, reterr_why);
    enum err err = read_span(read, "day", read->from, first, reterr_why);
    if (err == ERR_NONE)
        err = read_span(read, "month", first, last, reterr_why);
    return err == ERR_NONE ? read_span(read, "day", last, read->to, reterr_why) : err;
}

/* Some enrollments as they stand now; `before`: and as they stand in the sums, out of them. */
static enum err read_lives(struct read *read, struct arena *page, const char *const *ids,
    size_t count, bool before, struct why *reterr_why)
{
    struct outcome *now, *then;
    size_t now_count, then_count = 0;
    enum err err = report__outcomes(
        page, read->db, read->question->practice, ids, count, &now, &now_count, reterr_why);
    if (err == ERR_NONE && before)
        err = report__counted(page, read->db, read->practice_id, db_list(page, ids, count), &then,
            &then_count, reterr_why);
    for (size_t i = 0; i < now_count && err == ERR_NONE; i++)
        see(read, &now[i], 1);
    for (size_t i = 0; i < then_count && err == ERR_NONE; i++)
        see(read, &then[i], -1);
    return err;
}

/* What was changed since the engine counted last. */
static enum err read_marked(struct read *read, struct why *reterr_why)
{
    ARENA struct arena page;
    arena_init(&page, 0);
    char after[64] = "";
    size_t count = OUTCOMES_MAX;
    enum err err = ERR_NONE;
    while (count == OUTCOMES_MAX && err == ERR_NONE) {
        arena_reset(&page);
        const char **ids = ARENA_NEW(&page, const char *, OUTCOMES_MAX);
        DB_ROWS struct db_rows *rows = NULL;
        err = db_query(read->db, &sql_report_marked,
            DB_ARGS(db_int("practice_id", read->practice_id), db_text("after", after),
                db_int("limit", OUTCOMES_MAX)),
            &rows, reterr_why);
        for (count = 0; err == ERR_NONE && db_next(rows); count++)
            ids[count] = db_col_copy(&page, rows, 0);
        if (err == ERR_NONE)
            err = db_end(&rows, reterr_why);
        if (err == ERR_NONE && count > 0) {
            (void)snprintf(after, sizeof(after), "%s", ids[count - 1]);
            err = read_lives(read, &page, ids, count, true, reterr_why);
        }
    }
    return err;
}

/* Without sums: everybody of the period. */
static enum err read_all(struct read *read, struct why *reterr_why)
{
    const struct zone *zone = read->question->practice->zone;
    int64_t from_ms = read->from.n == DAY_FIRST ? INT64_MIN : zone_at(zone, read->from, 0).ms;
    int64_t to_ms = read->to.n == DAY_LAST ? INT64_MAX : zone_at(zone, read->to, 0).ms;
    ARENA struct arena page;
    arena_init(&page, 0);
    int64_t after_ms = INT64_MIN;
    char after[64] = "";
    size_t count = OUTCOMES_MAX;
    enum err err = ERR_NONE;
    while (count == OUTCOMES_MAX && err == ERR_NONE) {
        arena_reset(&page);
        const char **ids = ARENA_NEW(&page, const char *, OUTCOMES_MAX);
        DB_ROWS struct db_rows *rows = NULL;
        err = db_query(read->db, &sql_report_entered,
            DB_ARGS(db_int("practice_id", read->practice_id), db_int("from_ms", from_ms),
                db_int("to_ms", to_ms), db_int("after_ms", after_ms), db_text("after_id", after),
                db_int("limit", OUTCOMES_MAX)),
            &rows, reterr_why);
        for (count = 0; err == ERR_NONE && db_next(rows); count++) {
            after_ms = db_col_int(rows, 0);
            ids[count] = db_col_copy(&page, rows, 1);
        }
        if (err == ERR_NONE)
            err = db_end(&rows, reterr_why);
        if (err == ERR_NONE && count > 0) {
            (void)snprintf(after, sizeof(after), "%s", ids[count - 1]);
            err = read_lives(read, &page, ids, count, false, reterr_why);
        }
    }
    return err;
}

static enum err read_within(struct read *read, struct why *reterr_why)
{
    const char *basis;
    enum err err = report__read_basis(read->arena, read->db, read->practice_id, &basis, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!text_is(basis, report__basis(read->arena, read->question->practice)))
        return read_all(read, reterr_why);
    err = read_sums(read, reterr_why);
    return err == ERR_NONE ? read_marked(read, reterr_why) : err;
}

static enum err read_period(
    struct arena *arena, struct db *db, const struct reader *reader, struct why *reterr_why)
{
    const struct report_question *question = reader->question;
    struct read read = {.arena = arena,
        .db = db,
        .reader = reader,
        .question = question,
        .practice_id = question->practice->practice_id,
        .from = {question->from.n == DAY_NONE ? DAY_FIRST : question->from.n},
        .to = {question->to.n == DAY_NONE ? DAY_LAST : question->to.n + 1}};
    map_init(&read.allowed, arena);
    JSON_AUTO limit = NULL;
    enum err err = ERR_NONE;
    if (question->locations)
        err = json_parse(question->locations, strlen(question->locations), &limit, reterr_why);
    read.limit = limit;
    if (err == ERR_NONE)
        err = db_snapshot_begin(db, reterr_why);
    if (err != ERR_NONE)
        return err;
    err = read_within(&read, reterr_why);
    db_snapshot_end(db);
    return err;
}

enum err report__read_days(struct arena *arena, struct db *db,
    const struct report_question *question, report__see_fn *see_day, void *context,
    struct why *reterr_why)
{
    const struct reader reader = {
        .question = question, .by_day = true, .see = see_day, .context = context};
    return read_period(arena, db, &reader, reterr_why);
}

/* ---- by playbook ---- */

static struct report_sum *sum_of(struct report_sums *sums, const char *playbook)
{
    struct report_sum *sum = map_get(&sums->by_name, playbook);
    if (!sum) {
        sum = ARENA_NEW(sums->arena, struct report_sum, 1);
        sum->playbook = arena_text(sums->arena, playbook);
        report__counts_init(&sum->counts, sums->arena);
        (void)map_put(&sums->by_name, playbook, sum);
    }
    return sum;
}

static void see_sum(void *context, const struct outcome *outcome, int sign)
{
    struct report_sums *sums = context;
    report__merge(&sum_of(sums, outcome->playbook)->counts, outcome->counts, sign);
}

static int by_playbook(const void *left, const void *right)
{
    const struct report_sum *const *a = left, *const *b = right;
    return strcmp((*a)->playbook, (*b)->playbook);
}

/* Nobody of it any more: as if nobody had ever been. */
static bool is_empty(const struct report_counts *counts)
{
    return counts->heads[HEAD_ENTERED] == 0 && counts->heads[HEAD_CONTROL] == 0;
}

enum err report_add_up(struct arena *arena, struct db *db, const struct report_question *question,
    struct report_sums **ret_sums, struct why *reterr_why)
{
    struct report_sums *sums = ARENA_NEW(arena, struct report_sums, 1);
    sums->arena = arena;
    map_init(&sums->by_name, arena);
    const struct reader reader = {.question = question, .see = see_sum, .context = sums};
    enum err err = read_period(arena, db, &reader, reterr_why);
    if (err != ERR_NONE)
        return err;
    sums->sums = ARENA_NEW(arena, struct report_sum *, sums->by_name.count + 1);
    for (size_t i = 0; i < sums->by_name.count; i++) {
        struct report_sum *sum = sums->by_name.entries[i].value;
        if (!is_empty(&sum->counts))
            sums->sums[sums->count++] = sum;
    }
    qsort(sums->sums, sums->count, sizeof(struct report_sum *), by_playbook);
    *ret_sums = sums;
    return ERR_NONE;
}

int64_t report_count(const struct report_sums *sums, const char *playbook, const char *name)
{
    const struct report_sum *sum = map_get(&sums->by_name, playbook);
    return sum ? report__named(&sum->counts, name) : 0;
}

/* ---- weeks ---- */

enum { WEEK_DAYS = 7 };

struct weeks {
    struct day first;
    struct report_week *weeks;
    int count;
};

static void see_week(void *context, const struct outcome *outcome, int sign)
{
    const struct weeks *weeks = context;
    int64_t heads[HEAD_MAX] = {0};
    int at = (outcome->day.n - weeks->first.n) / WEEK_DAYS;
    if (outcome->day.n < weeks->first.n || at >= weeks->count)
        return;
    report__merge_heads(heads, outcome->counts, sign);
    struct report_week *week = &weeks->weeks[at];
    week->entered += heads[HEAD_ENTERED];
    week->contacted += heads[HEAD_CONTACTED];
    week->replied += heads[HEAD_REPLIED];
    week->booked += heads[HEAD_BOOKED];
    week->opted_out += heads[HEAD_OPTED_OUT];
}

enum err report_trend(struct arena *arena, struct db *db, const struct report_question *question,
    struct report_week *ret_weeks, int count, struct why *reterr_why)
{
    struct weeks weeks = {.first = question->from, .weeks = ret_weeks, .count = count};
    memset(ret_weeks, 0, (size_t)count * sizeof(*ret_weeks));
    return report__read_days(arena, db, question, see_week, &weeks, reterr_why);
}
