/* report.c: what a period adds up to, as a report: rates with how sure they are, the lift. */
#include "report/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/report_int.h"

static const struct {
    enum report_head head;
    const char *name;
} windows[] = {
    {HEAD_WITHIN_14, "14d"},
    {HEAD_WITHIN_30, "30d"},
    {HEAD_WITHIN_60, "60d"},
    {HEAD_WITHIN_90, "90d"},
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

static void add_rate(json_t *rates, json_t *intervals, const char *name, int64_t hits, int64_t n)
{
    struct interval interval = report_wilson(hits, n);
    json_object_set_new(rates, name, json_real(n ? (double)hits / (double)n : 0));
    json_object_set_new(intervals, name,
        json_pack("{s:I,s:f,s:f}", "n", (json_int_t)n, "low", interval.low, "high", interval.high));
}

static void add_rates(json_t *json, const int64_t heads[HEAD_MAX])
{
    json_t *rates = json_object(), *intervals = json_object();
    add_rate(rates, intervals, "contact", heads[HEAD_CONTACTED], heads[HEAD_ENTERED]);
    add_rate(rates, intervals, "response", heads[HEAD_REPLIED], heads[HEAD_CONTACTED]);
    add_rate(rates, intervals, "booked", heads[HEAD_BOOKED], heads[HEAD_ENTERED]);
    add_rate(rates, intervals, "show", heads[HEAD_SHOWED], heads[HEAD_BOOKED]);
    add_rate(rates, intervals, "opt_out", heads[HEAD_OPTED_OUT], heads[HEAD_CONTACTED]);
    add_rate(rates, intervals, "completion", heads[HEAD_COMPLETED], heads[HEAD_ENDED]);
    json_object_set_new(json, "rates", rates);
    json_object_set_new(json, "intervals", intervals);
}

static double share_of(int64_t part, int64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

/* Lift over the controls; enough when there are controls to speak of and the interval is clear of
 * zero or narrower than five points each way: below that a report should say "not yet". */
static void add_holdout(json_t *json, const int64_t heads[HEAD_MAX])
{
    const int64_t treated = heads[HEAD_ENTERED], treated_booked = heads[HEAD_BOOKED],
                  control = heads[HEAD_CONTROL], control_booked = heads[HEAD_CONTROL_BOOKED];
    struct interval interval = report_newcombe(treated_booked, treated, control_booked, control);
    double lift = share_of(treated_booked, treated) - share_of(control_booked, control);
    double per_booking = share_of(heads[HEAD_REVENUE], treated_booked);
    bool both = treated > 0 && control > 0;
    bool enough = both && control >= REPORT_CONTROL_MIN
        && (interval.low > 0 || interval.high < 0 || interval.high - interval.low <= 0.10);
    json_object_set_new(json, "holdout",
        json_pack("{s:I,s:I,s:I,s:I,s:f,s:[f,f],s:o,s:b}", "treated", (json_int_t)treated,
            "treated_booked", (json_int_t)treated_booked, "control", (json_int_t)control,
            "control_booked", (json_int_t)control_booked, "lift", both ? lift : 0.0, "interval",
            interval.low, interval.high, "incremental_revenue",
            json_money(both ? (int64_t)llround(lift * (double)treated * per_booking) : 0), "enough",
            enough));
}

static json_t *sum_json(
    struct arena *arena, const struct report_counts *counts, const char *playbook)
{
    static const enum report_head shown[] = {HEAD_ENTERED, HEAD_CONTACTED, HEAD_DELIVERED,
        HEAD_OPENED, HEAD_CLICKED, HEAD_REPLIED, HEAD_BOOKED, HEAD_SHOWED, HEAD_OPTED_OUT,
        HEAD_NO_RESPONSE, HEAD_DECLINED};
    const int64_t *heads = counts->heads;
    json_t *json = json_object();
    if (playbook)
        json_object_set_new(json, "playbook", json_text(playbook));
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        json_object_set_new(json, report__head_name(shown[i]), json_integer(heads[shown[i]]));
    json_object_set_new(json, "live", json_integer(heads[HEAD_ACTIVE] + heads[HEAD_HELD]));
    add_rates(json, heads);
    json_object_set_new(json, "revenue", json_money(heads[HEAD_REVENUE]));
    json_object_set_new(json, "revenue_per_reactivated",
        json_money(heads[HEAD_SHOWED] ? heads[HEAD_REVENUE] / heads[HEAD_SHOWED] : 0));
    report__add_staff(arena, json, counts);
    add_holdout(json, heads);
    json_t *within = json_object();
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
        json_object_set_new(within, windows[i].name, json_integer(heads[windows[i].head]));
    json_object_set_new(json, "booked_within", within);
    report__add_steps(arena, json, counts);
    report__add_touches(arena, json, counts, playbook != NULL);
    return json;
}

static json_t *day_json(struct arena *arena, struct day day)
{
    return day.n == DAY_NONE ? json_null() : json_text(day_format(arena, day));
}

enum err report_build(struct arena *arena, struct db *db, const struct report_question *question,
    json_t **ret_report, struct why *reterr_why)
{
    struct report_sums *sums = NULL;
    struct report_counts all;
    report__counts_init(&all, arena);
    enum err err = report_add_up(arena, db, question, &sums, reterr_why);
    if (err != ERR_NONE)
        return err;
    json_t *playbooks = json_array();
    for (size_t i = 0; i < sums->count; i++) {
        const struct report_sum *sum = sums->sums[i];
        json_array_append_new(playbooks, sum_json(arena, &sum->counts, sum->playbook));
        report__join(&all, &sum->counts);
    }
    *ret_report =
        json_pack("{s:o,s:s,s:o,s:o,s:o,s:o}", "practice", json_text(question->practice->name),
            "at", zone_format(arena, question->practice->zone, question->now), "from",
            day_json(arena, question->from), "to", day_json(arena, question->to), "playbooks",
            playbooks, "all", sum_json(arena, &all, NULL));
    return ERR_NONE;
}
