/* report_text.c: the report as a table for a terminal. */
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/text.h"
#include "report/report.h"

static int64_t count_of(const json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

static double number_of(const json_t *json, const char *key)
{
    return json_number_value(json_object_get(json, key));
}

static void add_money(struct buf *out, const char *label, const json_t *money)
{
    buf_format(out, "  %-26s %s\n", label, text_money(out->arena, count_of(money, "cents")));
}

static void add_rate(
    struct buf *out, const json_t *sums, const char *label, const char *count, const char *rate)
{
    const json_t *interval = json_object_get(json_object_get(sums, "intervals"), rate);
    if (count_of(interval, "n") == 0) { /* "0.0% (0.0% to 100.0%)" would read like a result */
        buf_format(out, "  %-26s %6" PRId64 "   %6s  of 0\n", label, count_of(sums, count), "-");
        return;
    }
    buf_format(out, "  %-26s %6" PRId64 "   %5.1f%%  of %" PRId64 "  (%.1f%% to %.1f%%)\n", label,
        count_of(sums, count), 100 * number_of(json_object_get(sums, "rates"), rate),
        count_of(interval, "n"), 100 * number_of(interval, "low"),
        100 * number_of(interval, "high"));
}

static void add_completion(struct buf *out, const json_t *sums)
{
    static const char label[] = "Went to the last touch";
    const json_t *interval = json_object_get(json_object_get(sums, "intervals"), "completion");
    if (count_of(interval, "n") == 0)
        buf_format(out, "  %-26s %6s\n", label, "-");
    else
        buf_format(out, "  %-26s %5.1f%%\n", label,
            100 * number_of(json_object_get(sums, "rates"), "completion"));
}

static void add_lift(struct buf *out, const json_t *holdout)
{
    const json_t *interval = json_object_get(holdout, "interval");
    if (count_of(holdout, "control") == 0) {
        buf_add(out, "  Lift: nobody was left out on purpose, so none can be told.\n");
        return;
    }
    buf_format(out,
        "  Lift over %" PRId64 " left out on purpose: %+.1f points (%+.1f to %+.1f)%s\n",
        count_of(holdout, "control"), 100 * number_of(holdout, "lift"),
        100 * json_number_value(json_array_get(interval, 0)),
        100 * json_number_value(json_array_get(interval, 1)),
        json_is_true(json_object_get(holdout, "enough")) ? "" : " - too few to say yet");
    add_money(out, "Incremental revenue", json_object_get(holdout, "incremental_revenue"));
}

static void add_touches(struct buf *out, const json_t *touches)
{
    if (!json_array_size(touches))
        return;
    buf_format(out, "\n  %-14s %8s %8s %8s %8s %9s %8s %8s %8s %8s\n", "touch", "planned", "went",
        "on time", "late", "delivered", "clicked", "replied", "skipped", "dropped");
    size_t index;
    const json_t *touch;
    json_array_foreach(touches, index, touch)
    {
        buf_format(out,
            "  %-14s %8" PRId64 " %8" PRId64 " %8" PRId64 " %8" PRId64 " %9" PRId64 " %8" PRId64
            " %8" PRId64 " %8" PRId64 " %8" PRId64 "\n",
            json_string_value(json_object_get(touch, "touch")), count_of(touch, "planned"),
            count_of(touch, "went"), count_of(touch, "on_time"), count_of(touch, "late"),
            count_of(touch, "delivered"), count_of(touch, "clicked"), count_of(touch, "replied"),
            count_of(touch, "skipped"), count_of(touch, "dropped"));
    }
}

/* "12 no_consent, 3 quiet_hours": a name and how often. */
static void add_tally(
    struct buf *out, const json_t *list, const char *name_key, const char *count_key)
{
    size_t index;
    const json_t *item;
    json_array_foreach(list, index, item) buf_format(out, "%s%" PRId64 " %s", index ? ", " : "",
        count_of(item, count_key), json_string_value(json_object_get(item, name_key)));
}

static void add_reliability(struct buf *out, const json_t *reliability)
{
    if (count_of(reliability, "planned") == 0)
        return;
    buf_format(out,
        "  Of %" PRId64 " planned: %" PRId64 " on time, %" PRId64 " late, %" PRId64
        " dropped, %" PRId64 " failed, %" PRId64 " skipped, %" PRId64 " cancelled, %" PRId64
        " still open\n",
        count_of(reliability, "planned"), count_of(reliability, "on_time"),
        count_of(reliability, "late"), count_of(reliability, "dropped"),
        count_of(reliability, "failed"), count_of(reliability, "skipped"),
        count_of(reliability, "cancelled"), count_of(reliability, "open"));
    const json_t *codes = json_object_get(reliability, "not_sent");
    if (json_array_size(codes)) {
        buf_add(out, "  Not sent: ");
        add_tally(out, codes, "code", "touches");
        buf_add_char(out, '\n');
    }
}

static void add_steps(struct buf *out, const json_t *steps)
{
    if (!json_array_size(steps))
        return;
    buf_format(
        out, "\n  %-14s %8s %8s %8s  %s\n", "after touch", "reached", "left", "staying", "why");
    size_t index;
    const json_t *step;
    json_array_foreach(steps, index, step)
    {
        buf_format(out, "  %-14" PRId64 " %8" PRId64 " %8" PRId64 " %8" PRId64 "  ",
            count_of(step, "step"), count_of(step, "reached"), count_of(step, "left"),
            count_of(step, "staying"));
        add_tally(out, json_object_get(step, "reasons"), "exit", "patients");
        buf_add_char(out, '\n');
    }
}

static void add_staff(struct buf *out, const json_t *sums)
{
    size_t index;
    const json_t *kind;
    const json_t *per_booked = json_object_get(sums, "minutes_per_booked");
    json_array_foreach(json_object_get(sums, "staff"), index, kind)
        buf_format(out, "    %-24s %6.0f   %" PRId64 " tasks, %s\n",
            json_string_value(json_object_get(kind, "kind")), number_of(kind, "minutes"),
            count_of(kind, "tasks"), json_string_value(json_object_get(kind, "role")));
    if (json_is_number(per_booked))
        buf_format(out, "  %-26s %6.1f\n", "Minutes per booking", json_number_value(per_booked));
}

static void add_sums(struct buf *out, const json_t *sums, const char *title)
{
    buf_format(out, "%s\n", title);
    buf_format(out, "  %-26s %6" PRId64 "\n", "Entered", count_of(sums, "entered"));
    add_rate(out, sums, "Contacted", "contacted", "contact");
    buf_format(out, "  %-26s %6" PRId64 "\n", "Delivered to", count_of(sums, "delivered"));
    buf_format(out, "  %-26s %6" PRId64 "\n", "Clicked", count_of(sums, "clicked"));
    add_rate(out, sums, "Replied", "replied", "response");
    add_rate(out, sums, "Booked within 30 days", "booked", "booked");
    add_rate(out, sums, "Showed", "showed", "show");
    add_rate(out, sums, "Opted out", "opted_out", "opt_out");
    buf_format(out, "  %-26s %6" PRId64 "\n", "No response", count_of(sums, "no_response"));
    add_completion(out, sums);
    add_money(out, "Revenue", json_object_get(sums, "revenue"));
    add_money(out, "Per reactivated patient", json_object_get(sums, "revenue_per_reactivated"));
    buf_format(out, "  %-26s %6" PRId64 "%s, %.0f per 100 entered\n", "Staff minutes",
        count_of(sums, "staff_minutes"),
        json_is_true(json_object_get(sums, "staff_minutes_estimated")) ? " (estimated)" : "",
        number_of(sums, "minutes_per_100"));
    add_staff(out, sums);
    add_lift(out, json_object_get(sums, "holdout"));
    add_reliability(out, json_object_get(sums, "reliability"));
    add_steps(out, json_object_get(sums, "drop_out"));
    add_touches(out, json_object_get(sums, "touches"));
    buf_add_char(out, '\n');
}

char *report_text(struct arena *arena, const json_t *report)
{
    struct buf out;
    buf_init(&out, arena);
    const json_t *playbooks = json_object_get(report, "playbooks");
    buf_format(&out, "%s, as of %s\n\n", json_string_value(json_object_get(report, "practice")),
        json_string_value(json_object_get(report, "at")));
    size_t index;
    const json_t *playbook;
    json_array_foreach(playbooks, index, playbook)
        add_sums(&out, playbook, json_string_value(json_object_get(playbook, "playbook")));
    if (json_array_size(playbooks) != 1)
        add_sums(&out, json_object_get(report, "all"), "All playbooks");
    return out.data;
}
