/* report_html.c: the report as one page: no script, no address of another machine, prints well. */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "report/report.h"

enum { BAR_WIDTH = 420 };

static const char page_style[] =
    ":root{--ink:#1d2a2f;--soft:#5d6d73;--line:#dfe6e8;--paper:#fff;--ground:#f4f7f7;--a:#1f7a6d;"
    "}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6edee;--soft:#9fb0b5;--line:#2c3a3f;"
    "--paper:#172226;--ground:#10191c;--a:#4db6a5}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}"
    "main{max-width:960px;margin:0 auto;padding:32px 20px 64px}h1{font-size:28px;margin:0 0 4px}"
    "h2{font-size:20px;margin:0 0 16px}p.sub{color:var(--soft);margin:0 0 28px}"
    "section{background:var(--paper);border:1px solid var(--line);border-radius:12px;"
    "padding:24px;margin:0 0 24px}"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(125px,1fr));gap:12px;"
    "margin-bottom:24px}.tile{border:1px solid var(--line);border-radius:10px;padding:12px 14px}"
    ".tile b{display:block;font-size:24px}.tile span{color:var(--soft);font-size:13px}"
    "table{border-collapse:collapse;width:100%;font-size:14px;margin-top:20px}"
    "th,td{text-align:right;padding:6px 8px;border-bottom:1px solid var(--line)}"
    "th:first-child,td:first-child{text-align:left}th{color:var(--soft);font-weight:600}"
    "svg{max-width:100%;height:auto}svg text{fill:var(--ink);font-size:13px}"
    ".soft{fill:var(--soft)!important}.note{color:var(--soft);font-size:14px}"
    ".wide{overflow-x:auto}"
    "@media print{body{background:#fff}section{break-inside:avoid}}";

static int64_t count_of(const json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

static double number_of(const json_t *json, const char *key)
{
    return json_number_value(json_object_get(json, key));
}

static void add_escaped(struct buf *out, const char *text)
{
    for (const char *c = text ? text : ""; *c; c++) {
        switch (*c) {
        case '<': buf_add(out, "&lt;"); break;
        case '>': buf_add(out, "&gt;"); break;
        case '&': buf_add(out, "&amp;"); break;
        case '"': buf_add(out, "&quot;"); break;
        default: buf_add_char(out, *c);
        }
    }
}

static void add_tile(struct buf *out, const char *value, const char *label)
{
    buf_format(out, "<div class=\"tile\"><b>%s</b><span>%s</span></div>", value, label);
}

/* To the dollar: cents say nothing in a sum. */
static const char *money(struct buf *out, const json_t *json)
{
    int64_t cents = count_of(json, "cents");
    char *text = text_money(out->arena, cents < 0 ? cents - 50 : cents + 50);
    text[strlen(text) - strlen(".00")] = '\0';
    return text;
}

static const char *percent(struct buf *out, double share)
{
    return arena_format(out->arena, "%.1f%%", 100 * share);
}

static void add_tiles(struct buf *out, const json_t *sums)
{
    const json_t *rates = json_object_get(sums, "rates");
    buf_add(out, "<div class=\"tiles\">");
    add_tile(out, arena_format(out->arena, "%" PRId64, count_of(sums, "entered")), "entered");
    add_tile(out, arena_format(out->arena, "%" PRId64, count_of(sums, "booked")),
        "booked within 30 days");
    add_tile(out, percent(out, number_of(rates, "booked")), "of those who entered booked");
    add_tile(out, money(out, json_object_get(sums, "revenue")), "revenue from kept visits");
    add_tile(out, percent(out, number_of(rates, "opt_out")), "opted out");
    add_tile(out, arena_format(out->arena, "%.0f min", number_of(sums, "minutes_per_100")),
        json_is_true(json_object_get(sums, "staff_minutes_estimated"))
            ? "staff time per 100 (estimated)"
            : "staff time per 100");
    buf_add(out, "</div>");
}

struct bar {
    const char *label;
    int64_t value;
};

static void add_bars(struct buf *out, const char *title, const struct bar *bars, size_t count)
{
    int64_t most = 1;
    for (size_t i = 0; i < count; i++)
        most = bars[i].value > most ? bars[i].value : most;
    buf_format(
        out, "<svg viewBox=\"0 0 640 %zu\" role=\"img\" aria-label=\"%s\">", count * 34 + 4, title);
    for (size_t i = 0; i < count; i++) {
        double width = (double)bars[i].value * BAR_WIDTH / (double)most;
        size_t y = i * 34;
        buf_format(out, "<text x=\"0\" y=\"%zu\">", y + 21);
        add_escaped(out, bars[i].label);
        buf_format(out,
            "</text><rect x=\"130\" y=\"%zu\" width=\"%.1f\" height=\"24\" rx=\"4\" "
            "fill=\"var(--a)\"/><text x=\"%.1f\" y=\"%zu\">%" PRId64 "</text>",
            y + 4, width < 2 ? 2 : width, 138 + width, y + 21, bars[i].value);
    }
    buf_add(out, "</svg>");
}

static void add_funnel(struct buf *out, const json_t *sums)
{
    const struct bar bars[] = {{"Entered", count_of(sums, "entered")},
        {"Contacted", count_of(sums, "contacted")}, {"Delivered", count_of(sums, "delivered")},
        {"Clicked", count_of(sums, "clicked")}, {"Replied", count_of(sums, "replied")},
        {"Booked", count_of(sums, "booked")}, {"Showed", count_of(sums, "showed")}};
    add_bars(out, "Funnel from entered to showed", bars, sizeof(bars) / sizeof(bars[0]));
}

static void add_rates(struct buf *out, const json_t *sums)
{
    static const struct {
        const char *key, *label;
    } rows[] = {{"contact", "Contacted of entered"}, {"response", "Replied of contacted"},
        {"booked", "Booked of entered"}, {"show", "Showed of booked"},
        {"opt_out", "Opted out of contacted"}, {"completion", "Went to the last touch"}};
    buf_add(out, "<table><tr><th>Rate</th><th>Share</th><th>of</th><th>95% interval</th></tr>");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const json_t *interval = json_object_get(json_object_get(sums, "intervals"), rows[i].key);
        buf_format(out,
            "<tr><td>%s</td><td>%.1f%%</td><td>%" PRId64 "</td><td>%.1f%% to %.1f%%</td></tr>",
            rows[i].label, 100 * number_of(json_object_get(sums, "rates"), rows[i].key),
            count_of(interval, "n"), 100 * number_of(interval, "low"),
            100 * number_of(interval, "high"));
    }
    buf_add(out, "</table>");
}

static void add_lift(struct buf *out, const json_t *holdout)
{
    if (count_of(holdout, "control") == 0) {
        buf_add(out,
            "<p class=\"note\">Nobody was left out on purpose, so it cannot be told how many "
            "would have come anyway.</p>");
        return;
    }
    const json_t *interval = json_object_get(holdout, "interval");
    buf_format(out,
        "<p>Compared with %" PRId64 " patients left out on purpose: <b>%+.1f points</b> (%+.1f to "
        "%+.1f), about %s that would not have come otherwise.%s</p>",
        count_of(holdout, "control"), 100 * number_of(holdout, "lift"),
        100 * json_number_value(json_array_get(interval, 0)),
        100 * json_number_value(json_array_get(interval, 1)),
        money(out, json_object_get(holdout, "incremental_revenue")),
        json_is_true(json_object_get(holdout, "enough")) ? "" : " <b>Too few yet to be sure.</b>");
}

static void add_touches(struct buf *out, const json_t *touches)
{
    static const struct {
        const char *key, *label;
    } columns[] = {{"planned", "planned"}, {"went", "went"}, {"on_time", "on time"},
        {"late", "late"}, {"delivered", "delivered"}, {"clicked", "clicked"},
        {"replied", "replied"}, {"skipped", "skipped"}, {"dropped", "dropped"},
        {"failed", "failed"}, {"cancelled", "cancelled"}, {"open", "open"}};
    enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };
    if (!json_array_size(touches))
        return;
    buf_add(out, "<div class=\"wide\"><table><tr><th>Touch</th>");
    for (int i = 0; i < COLUMNS; i++)
        buf_format(out, "<th>%s</th>", columns[i].label);
    buf_add(out, "</tr>");
    size_t index;
    const json_t *touch;
    json_array_foreach(touches, index, touch)
    {
        buf_add(out, "<tr><td>");
        add_escaped(out, json_string_value(json_object_get(touch, "touch")));
        buf_add(out, "</td>");
        for (int i = 0; i < COLUMNS; i++)
            buf_format(out, "<td>%" PRId64 "</td>", count_of(touch, columns[i].key));
        buf_add(out, "</tr>");
    }
    buf_add(out, "</table></div>");
}

static void add_reliability(struct buf *out, const json_t *reliability)
{
    int64_t planned = count_of(reliability, "planned"), went = count_of(reliability, "went");
    if (planned == 0)
        return;
    buf_format(out,
        "<p>Of %" PRId64 " messages and calls that were planned %" PRId64 " went, %" PRId64
        " of them on time and %" PRId64 " more than a day late; %" PRId64 " were dropped, %" PRId64
        " failed, %" PRId64 " were skipped, %" PRId64 " cancelled, %" PRId64 " are still open.</p>",
        planned, went, count_of(reliability, "on_time"), count_of(reliability, "late"),
        count_of(reliability, "dropped"), count_of(reliability, "failed"),
        count_of(reliability, "skipped"), count_of(reliability, "cancelled"),
        count_of(reliability, "open"));
}

/* "12 booked, 3 opted_out" */
static void add_reasons(struct buf *out, const json_t *reasons)
{
    size_t index;
    const json_t *reason;
    json_array_foreach(reasons, index, reason)
    {
        buf_format(out, "%s%" PRId64 " ", index ? ", " : "", count_of(reason, "patients"));
        add_escaped(out, json_string_value(json_object_get(reason, "exit")));
    }
}

static void add_steps(struct buf *out, const json_t *steps)
{
    if (!json_array_size(steps))
        return;
    buf_add(out,
        "<div class=\"wide\"><table><tr><th>After touch</th><th>reached</th><th>left</th>"
        "<th>under way</th><th>why they left</th></tr>");
    size_t index;
    const json_t *step;
    json_array_foreach(steps, index, step)
    {
        buf_format(out,
            "<tr><td>%" PRId64 "</td><td>%" PRId64 "</td><td>%" PRId64 "</td><td>%" PRId64
            "</td><td>",
            count_of(step, "step"), count_of(step, "reached"), count_of(step, "left"),
            count_of(step, "staying"));
        add_reasons(out, json_object_get(step, "reasons"));
        buf_add(out, "</td></tr>");
    }
    buf_add(out, "</table></div>");
}

static void add_staff(struct buf *out, const json_t *sums)
{
    const json_t *kinds = json_object_get(sums, "staff"), *kind;
    const json_t *per_booked = json_object_get(sums, "minutes_per_booked");
    size_t index;
    if (!json_array_size(kinds))
        return;
    buf_add(out, "<table><tr><th>Staff time</th><th>who</th><th>tasks</th><th>minutes</th></tr>");
    json_array_foreach(kinds, index, kind)
    {
        buf_add(out, "<tr><td>");
        add_escaped(out, json_string_value(json_object_get(kind, "kind")));
        buf_add(out, "</td><td>");
        add_escaped(out, json_string_value(json_object_get(kind, "role")));
        buf_format(out, "</td><td>%" PRId64 "</td><td>%.0f</td></tr>", count_of(kind, "tasks"),
            number_of(kind, "minutes"));
    }
    buf_add(out, "</table>");
    if (json_is_number(per_booked))
        buf_format(out, "<p class=\"note\">%.1f minutes for each patient who booked.</p>",
            json_number_value(per_booked));
}

static void add_not_sent(struct buf *out, const json_t *codes)
{
    if (!json_array_size(codes))
        return;
    buf_add(out, "<p class=\"note\">Not sent: ");
    size_t index;
    const json_t *code;
    json_array_foreach(codes, index, code)
    {
        buf_format(out, "%s%" PRId64 " ", index ? ", " : "", count_of(code, "touches"));
        add_escaped(out, json_string_value(json_object_get(code, "code")));
    }
    buf_add(out, ".</p>");
}

static void add_section(struct buf *out, const json_t *sums, const char *title)
{
    buf_add(out, "<section><h2>");
    add_escaped(out, title);
    buf_add(out, "</h2>");
    add_tiles(out, sums);
    add_funnel(out, sums);
    add_lift(out, json_object_get(sums, "holdout"));
    add_rates(out, sums);
    add_steps(out, json_object_get(sums, "drop_out"));
    add_reliability(out, json_object_get(sums, "reliability"));
    add_touches(out, json_object_get(sums, "touches"));
    add_not_sent(out, json_object_get(json_object_get(sums, "reliability"), "not_sent"));
    add_staff(out, sums);
    buf_add(out, "</section>");
}

char *report_html(struct arena *arena, const json_t *report)
{
    struct buf out;
    buf_init(&out, arena);
    buf_add(&out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        "<title>Perennial report</title><style>");
    buf_add(&out, page_style);
    buf_add(&out, "</style></head><body><main><h1>");
    add_escaped(&out, json_string_value(json_object_get(report, "practice")));
    buf_add(&out, "</h1><p class=\"sub\">What follow-up brought back, as of ");
    add_escaped(&out, json_string_value(json_object_get(report, "at")));
    buf_add(&out, ". Counted by day of entry; a booking counts within 30 days of it.</p>");
    const json_t *playbooks = json_object_get(report, "playbooks");
    size_t index;
    const json_t *playbook;
    json_array_foreach(playbooks, index, playbook)
        add_section(&out, playbook, json_string_value(json_object_get(playbook, "playbook")));
    if (json_array_size(playbooks) != 1)
        add_section(&out, json_object_get(report, "all"), "All playbooks");
    buf_add(&out, "</main></body></html>\n");
    return out.data;
}
