/* report.c: the fold over enrollments and its arithmetic. */
#include "report/report.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report_sql.h"

enum { WINDOWS = 4, DEPTH_MAX = 32 };
static const int window_days[WINDOWS] = {14, 30, 60, 90};

struct sums {
    const char *playbook;
    int64_t entered, contacted, delivered, opened, clicked, replied, booked, showed, opted_out,
        no_response, declined, live, ended, completed;
    int64_t control, control_booked;
    int64_t by_window[WINDOWS];
    int64_t depth[DEPTH_MAX + 1]; /* reached at least this touch */
    int64_t revenue_cents, staff_seconds, calls, answers;
};

struct interval report_wilson(int64_t hits, int64_t n)
{
    if (n == 0)
        return (struct interval){0, 1};
    const double z = 1.959963984540054;
    double p = (double)hits / (double)n, nn = (double)n;
    double centre = (p + z * z / (2 * nn)) / (1 + z * z / nn);
    double half = z / (1 + z * z / nn) * sqrt(p * (1 - p) / nn + z * z / (4 * nn * nn));
    /* At the ends the bounds are 0 and 1 exactly; the difference would leave a speck of them. */
    return (struct interval){
        hits == 0 ? 0 : fmax(0, centre - half), hits == n ? 1 : fmin(1, centre + half)};
}

struct interval report_newcombe(int64_t hits_a, int64_t n_a, int64_t hits_b, int64_t n_b)
{
    if (n_a == 0 || n_b == 0)
        return (struct interval){-1, 1};
    struct interval a = report_wilson(hits_a, n_a), b = report_wilson(hits_b, n_b);
    double pa = (double)hits_a / (double)n_a, pb = (double)hits_b / (double)n_b;
    double low = pa - pb - sqrt((pa - a.low) * (pa - a.low) + (b.high - pb) * (b.high - pb));
    double high = pa - pb + sqrt((a.high - pa) * (a.high - pa) + (pb - b.low) * (pb - b.low));
    return (struct interval){low, high};
}

/* The columns of report_enrollments. */
enum {
    COL_PLAYBOOK,
    COL_ARM,
    COL_STATE,
    COL_EXIT,
    COL_TOUCHES, /* what they did, as one number */
    COL_ANSWERED,
    COL_DAYS,
    COL_SHOWED,
    COL_REVENUE,
    COL_SECONDS,
    COL_CALLS,
    COL_ANSWERS
};

struct touches_did {
    bool sent, delivered;
    int64_t depth, last; /* the furthest that went, the furthest there is */
};

static struct touches_did touches_did(const struct db_rows *rows)
{
    int64_t packed = db_col_int(rows, COL_TOUCHES);
    return (struct touches_did){.sent = packed & 1,
        .delivered = packed % 1000 & 2,
        .depth = packed / 1000 % 1000,
        .last = packed / 1000000};
}

static void count_booking(struct sums *sums, const struct db_rows *rows)
{
    if (db_col_null(rows, COL_DAYS))
        return;
    int64_t days = db_col_int(rows, COL_DAYS);
    for (int i = 0; i < WINDOWS; i++)
        sums->by_window[i] += days < window_days[i];
    if (days >= REPORT_GOAL_DAYS)
        return;
    sums->booked++;
    sums->showed += db_col_int(rows, COL_SHOWED);
    sums->revenue_cents += db_col_int(rows, COL_REVENUE);
}

static void count_exit(struct sums *sums, const struct db_rows *rows)
{
    const char *exit = db_col_text(rows, COL_EXIT);
    bool ended = text_is(db_col_text(rows, COL_STATE), "ended");
    sums->live += !ended;
    sums->ended += ended;
    sums->opted_out += text_is(exit, "opted_out");
    sums->no_response += text_is(exit, "no_response");
    sums->declined += text_is(exit, "declined");
    const struct touches_did did = touches_did(rows);
    sums->completed += ended && did.last > 0 && did.depth >= did.last;
}

static void fold_row(struct sums *sums, const struct db_rows *rows)
{
    if (text_is(db_col_text(rows, COL_ARM), "holdout")) {
        sums->control++;
        sums->control_booked +=
            !db_col_null(rows, COL_DAYS) && db_col_int(rows, COL_DAYS) < REPORT_GOAL_DAYS;
        return;
    }
    const struct touches_did did = touches_did(rows);
    int64_t answered = db_col_int(rows, COL_ANSWERED);
    sums->entered++;
    sums->contacted += did.sent || did.depth > 0;
    sums->delivered += did.delivered;
    sums->opened += (answered & 4) != 0;
    sums->clicked += (answered & 2) != 0;
    sums->replied += (answered & 1) != 0;
    for (int64_t i = 1; i <= did.depth && i <= DEPTH_MAX; i++)
        sums->depth[i]++;
    sums->staff_seconds += db_col_int(rows, COL_SECONDS);
    sums->calls += db_col_int(rows, COL_CALLS);
    sums->answers += db_col_int(rows, COL_ANSWERS);
    count_booking(sums, rows);
    count_exit(sums, rows);
}

static void add_sums(struct sums *all, const struct sums *one)
{
    const struct sums before = *all;
    *all = *one;
    all->playbook = before.playbook;
    int64_t *to = &all->entered;
    const int64_t *from = &before.entered;
    size_t count = (sizeof(*all) - offsetof(struct sums, entered)) / sizeof(int64_t);
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

static void add_rate(json_t *rates, json_t *intervals, const char *name, int64_t hits, int64_t n)
{
    struct interval interval = report_wilson(hits, n);
    json_object_set_new(rates, name, json_real(n ? (double)hits / (double)n : 0));
    json_object_set_new(intervals, name,
        json_pack("{s:I,s:f,s:f}", "n", (json_int_t)n, "low", interval.low, "high", interval.high));
}

static void add_rates(json_t *json, const struct sums *sums)
{
    json_t *rates = json_object(), *intervals = json_object();
    add_rate(rates, intervals, "contact", sums->contacted, sums->entered);
    add_rate(rates, intervals, "response", sums->replied, sums->contacted);
    add_rate(rates, intervals, "booked", sums->booked, sums->entered);
    add_rate(rates, intervals, "show", sums->showed, sums->booked);
    add_rate(rates, intervals, "opt_out", sums->opted_out, sums->contacted);
    add_rate(rates, intervals, "completion", sums->completed, sums->ended);
    json_object_set_new(json, "rates", rates);
    json_object_set_new(json, "intervals", intervals);
}

/* Lift over the controls; enough when there are controls to speak of and the interval is clear of
 * zero or narrower than five points each way: below that a report should say "not yet". */
static void add_holdout(json_t *json, const struct sums *sums)
{
    struct interval interval =
        report_newcombe(sums->booked, sums->entered, sums->control_booked, sums->control);
    double treated = sums->entered ? (double)sums->booked / (double)sums->entered : 0;
    double control = sums->control ? (double)sums->control_booked / (double)sums->control : 0;
    double lift = treated - control;
    double per_booking = sums->booked ? (double)sums->revenue_cents / (double)sums->booked : 0;
    bool both = sums->entered > 0 && sums->control > 0;
    bool enough = both && sums->control >= REPORT_CONTROL_MIN
        && (interval.low > 0 || interval.high < 0 || interval.high - interval.low <= 0.10);
    json_object_set_new(json, "holdout",
        json_pack("{s:I,s:I,s:I,s:I,s:f,s:[f,f],s:o,s:b}", "treated", (json_int_t)sums->entered,
            "treated_booked", (json_int_t)sums->booked, "control", (json_int_t)sums->control,
            "control_booked", (json_int_t)sums->control_booked, "lift", both ? lift : 0.0,
            "interval", interval.low, interval.high, "incremental_revenue",
            json_money(both ? (int64_t)llround(lift * (double)sums->entered * per_booking) : 0),
            "enough", enough));
}

static void add_staff(json_t *json, const struct sums *sums)
{
    bool measured = sums->staff_seconds > 0;
    int64_t seconds = measured
        ? sums->staff_seconds
        : sums->calls * REPORT_CALL_SECONDS + sums->answers * REPORT_ANSWER_SECONDS;
    double minutes = (double)seconds / 60.0;
    json_object_set_new(json, "staff_minutes", json_integer((json_int_t)llround(minutes)));
    json_object_set_new(json, "staff_minutes_estimated", json_boolean(!measured));
    json_object_set_new(json, "minutes_per_100",
        json_real(sums->entered ? minutes * 100.0 / (double)sums->entered : 0));
}

static json_t *sums_json(const struct sums *sums)
{
    json_t *json = json_object();
    if (sums->playbook)
        json_object_set_new(json, "playbook", json_text(sums->playbook));
    const struct {
        const char *name;
        int64_t value;
    } counts[] = {{"entered", sums->entered}, {"contacted", sums->contacted},
        {"delivered", sums->delivered}, {"opened", sums->opened}, {"clicked", sums->clicked},
        {"replied", sums->replied}, {"booked", sums->booked}, {"showed", sums->showed},
        {"opted_out", sums->opted_out}, {"no_response", sums->no_response},
        {"declined", sums->declined}, {"live", sums->live}};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        json_object_set_new(json, counts[i].name, json_integer(counts[i].value));
    add_rates(json, sums);
    json_object_set_new(json, "revenue", json_money(sums->revenue_cents));
    json_object_set_new(json, "revenue_per_reactivated",
        json_money(sums->showed ? sums->revenue_cents / sums->showed : 0));
    add_staff(json, sums);
    add_holdout(json, sums);
    json_t *windows = json_object();
    for (int i = 0; i < WINDOWS; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%dd", window_days[i]);
        json_object_set_new(windows, name, json_integer(sums->by_window[i]));
    }
    json_object_set_new(json, "booked_within", windows);
    json_t *depth = json_array();
    for (int i = 1; i <= DEPTH_MAX && sums->depth[i] > 0; i++)
        json_array_append_new(depth, json_integer(sums->depth[i]));
    json_object_set_new(json, "reached_touch", depth);
    return json;
}

struct period {
    int64_t from_ms, to_ms;
};

static struct period period_of(const struct report_question *question)
{
    const struct zone *zone = question->practice->zone;
    struct period period = {0, INT64_MAX};
    if (question->from.n != DAY_NONE)
        period.from_ms = zone_at(zone, question->from, 0).ms;
    if (question->to.n != DAY_NONE)
        period.to_ms = zone_at(zone, (struct day){question->to.n + 1}, 0).ms;
    return period;
}

static enum err open_rows(struct db *db, const struct sql *sql,
    const struct report_question *question, struct db_rows **ret_rows, struct why *reterr_why)
{
    struct period period = period_of(question);
    return db_query(db, sql,
        DB_ARGS(db_int("practice_id", question->practice->practice_id),
            db_int("from_ms", period.from_ms), db_int("to_ms", period.to_ms),
            db_text("playbook", question->playbook), db_text("locations", question->locations)),
        ret_rows, reterr_why);
}

static enum err fold_enrollments(struct arena *arena, struct db *db,
    const struct report_question *question, json_t *playbooks, struct sums *all,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = open_rows(db, &sql_report_enrollments, question, &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct sums sums = {0};
    while (db_next(rows)) {
        const char *playbook = db_col_text(rows, COL_PLAYBOOK);
        if (sums.playbook && !text_is(sums.playbook, playbook)) {
            json_array_append_new(playbooks, sums_json(&sums));
            add_sums(all, &sums);
            sums = (struct sums){0};
        }
        if (!sums.playbook)
            sums.playbook = arena_text(arena, playbook);
        fold_row(&sums, rows);
    }
    if (sums.playbook) {
        json_array_append_new(playbooks, sums_json(&sums));
        add_sums(all, &sums);
    }
    return db_end(&rows, reterr_why);
}

static json_t *playbook_named(const json_t *playbooks, const char *name)
{
    size_t index;
    json_t *playbook;
    json_array_foreach(playbooks, index, playbook)
    {
        if (text_is(json_string_value(json_object_get(playbook, "playbook")), name))
            return playbook;
    }
    return NULL;
}

static json_t *list_in(json_t *playbook, const char *key)
{
    json_t *list = json_object_get(playbook, key);
    if (!list) {
        list = json_array();
        json_object_set_new(playbook, key, list);
    }
    return list;
}

static enum err add_touches(struct db *db, const struct report_question *question,
    json_t *playbooks, struct why *reterr_why)
{
    static const char *const names[] = {"planned", "went", "delivered", "skipped", "dropped",
        "cancelled", "opened", "clicked", "replied", "late"};
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = open_rows(db, &sql_report_touches, question, &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        json_t *playbook = playbook_named(playbooks, db_col_text(rows, 0));
        if (!playbook)
            continue;
        json_t *touch = json_pack("{s:s}", "touch", db_col_text(rows, 1));
        for (int i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++)
            json_object_set_new(touch, names[i], json_integer(db_col_int(rows, i + 3)));
        json_array_append_new(list_in(playbook, "touches"), touch);
    }
    return db_end(&rows, reterr_why);
}

static enum err add_codes(struct db *db, const struct report_question *question, json_t *playbooks,
    struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = open_rows(db, &sql_report_codes, question, &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        json_t *playbook = playbook_named(playbooks, db_col_text(rows, 0));
        if (playbook)
            json_array_append_new(list_in(playbook, "not_sent"),
                json_pack("{s:s,s:I}", "code", db_col_text(rows, 1), "touches",
                    (json_int_t)db_col_int(rows, 2)));
    }
    return db_end(&rows, reterr_why);
}

static json_t *day_json(struct arena *arena, struct day day)
{
    return day.n == DAY_NONE ? json_null() : json_text(day_format(arena, day));
}

enum err report_build(struct arena *arena, struct db *db, const struct report_question *question,
    json_t **ret_report, struct why *reterr_why)
{
    JSON_AUTO playbooks = json_array();
    struct sums all = {0};
    enum err err = fold_enrollments(arena, db, question, playbooks, &all, reterr_why);
    if (err == ERR_NONE)
        err = add_touches(db, question, playbooks, reterr_why);
    if (err == ERR_NONE)
        err = add_codes(db, question, playbooks, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_report =
        json_pack("{s:o,s:s,s:o,s:o,s:O,s:o}", "practice", json_text(question->practice->name),
            "at", zone_format(arena, question->practice->zone, question->now), "from",
            day_json(arena, question->from), "to", day_json(arena, question->to), "playbooks",
            playbooks, "all", sums_json(&all));
    return ERR_NONE;
}
