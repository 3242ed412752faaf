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
    buf_format(out, "  %-26s %6" PRId64 "   %5.1f%%  of %" PRId64 "  (%.1f%% to %.1f%%)\n", label,
        count_of(sums, count), 100 * number_of(json_object_get(sums, "rates"), rate),
        count_of(interval, "n"), 100 * number_of(interval, "low"),
        100 * number_of(interval, "high"));
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
    buf_format(out, "\n  %-14s %8s %8s %9s %8s %8s %8s %8s\n", "touch", "planned", "went",
        "delivered", "clicked", "replied", "skipped", "dropped");
    size_t index;
    const json_t *touch;
    json_array_foreach(touches, index, touch)
    {
        buf_format(out,
            "  %-14s %8" PRId64 " %8" PRId64 " %9" PRId64 " %8" PRId64 " %8" PRId64 " %8" PRId64
            " %8" PRId64 "\n",
            json_string_value(json_object_get(touch, "touch")), count_of(touch, "planned"),
            count_of(touch, "went"), count_of(touch, "delivered"), count_of(touch, "clicked"),
            count_of(touch, "replied"), count_of(touch, "skipped"), count_of(touch, "dropped"));
    }
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
    buf_format(out, "  %-26s %5.1f%%\n", "Went to the last touch",
        100 * number_of(json_object_get(sums, "rates"), "completion"));
    add_money(out, "Revenue", json_object_get(sums, "revenue"));
    add_money(out, "Per reactivated patient", json_object_get(sums, "revenue_per_reactivated"));
    buf_format(out, "  %-26s %6" PRId64 "%s, %.0f per 100 entered\n", "Staff minutes",
        count_of(sums, "staff_minutes"),
        json_is_true(json_object_get(sums, "staff_minutes_estimated")) ? " (estimated)" : "",
        number_of(sums, "minutes_per_100"));
    add_lift(out, json_object_get(sums, "holdout"));
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
