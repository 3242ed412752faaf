/* report_csv.c: the report as tables for a spreadsheet. */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "report/report.h"

/* A cell that a spreadsheet takes as text, whatever it begins with. */
static void add_text(struct buf *out, const char *text)
{
    buf_add_char(out, '"');
    if (*text && strchr("=+-@\t\r", *text))
        buf_add_char(out, '\'');
    for (; *text; text++) {
        if (*text == '"')
            buf_add_char(out, '"');
        buf_add_char(out, *text);
    }
    buf_add_char(out, '"');
}

static void add_text_of(struct buf *out, const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    add_text(out, text ? text : "");
}

static void add_counts(struct buf *out, const json_t *json, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_format(out, ",%" PRId64, (int64_t)json_integer_value(json_object_get(json, names[i])));
}

static void add_names(struct buf *out, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_format(out, ",%s", names[i]);
}

#define NAMES(...)                                                                                 \
    (const char *const[]){__VA_ARGS__},                                                            \
        (sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
#define PLAYBOOK_COUNTS                                                                            \
    NAMES("entered", "contacted", "delivered", "opened", "clicked", "replied", "booked", "showed", \
        "opted_out", "no_response", "staff_minutes")
#define TOUCH_COUNTS                                                                               \
    NAMES("planned", "went", "on_time", "late", "delivered", "opened", "clicked", "replied",       \
        "skipped", "dropped", "cancelled", "failed", "unconfirmed", "open")
#define RELIABILITY                                                                                \
    NAMES("planned", "went", "on_time", "late", "dropped", "failed", "skipped", "cancelled")

static void add_playbook(struct buf *out, const char *name, const json_t *sums)
{
    const json_t *holdout = json_object_get(sums, "holdout");
    int64_t cents = json_integer_value(json_object_get(json_object_get(sums, "revenue"), "cents"));
    add_text(out, name);
    add_counts(out, sums, PLAYBOOK_COUNTS);
    int64_t size_cents = cents < 0 ? -cents : cents;
    buf_format(
        out, ",%s%" PRId64 ".%02" PRId64, cents < 0 ? "-" : "", size_cents / 100, size_cents % 100);
    add_counts(out, sums, NAMES("declined", "live"));
    add_counts(out, holdout, NAMES("control", "control_booked"));
    const json_t *minutes = json_object_get(sums, "minutes_per_booked");
    buf_add_char(out, ',');
    if (json_is_number(minutes))
        buf_format(out, "%.1f", json_number_value(minutes));
    add_counts(out, json_object_get(sums, "reliability"), RELIABILITY);
    buf_add(out, "\r\n");
}

static void add_touches(struct buf *out, const char *name, const json_t *sums)
{
    size_t i;
    json_t *touch;
    json_array_foreach(json_object_get(sums, "touches"), i, touch)
    {
        add_text(out, name);
        buf_add_char(out, ',');
        add_text_of(out, touch, "touch");
        add_counts(out, touch, TOUCH_COUNTS);
        buf_add(out, "\r\n");
    }
}

/* A line for each way out of each step, and one for who is still there. */
static void add_steps(struct buf *out, const char *name, const json_t *sums)
{
    size_t i, j;
    json_t *step, *reason;
    json_array_foreach(json_object_get(sums, "drop_out"), i, step)
    {
        json_array_foreach(json_object_get(step, "reasons"), j, reason)
        {
            add_text(out, name);
            add_counts(out, step, NAMES("step", "reached"));
            buf_add_char(out, ',');
            add_text_of(out, reason, "exit");
            add_counts(out, reason, NAMES("patients"));
            buf_add(out, "\r\n");
        }
        add_text(out, name);
        add_counts(out, step, NAMES("step", "reached"));
        buf_add(out, ",\"under_way\"");
        add_counts(out, step, NAMES("staying"));
        buf_add(out, "\r\n");
    }
}

static void add_staff(struct buf *out, const char *name, const json_t *sums)
{
    bool estimated = json_is_true(json_object_get(sums, "staff_minutes_estimated"));
    size_t i;
    json_t *kind;
    json_array_foreach(json_object_get(sums, "staff"), i, kind)
    {
        add_text(out, name);
        buf_add_char(out, ',');
        add_text_of(out, kind, "kind");
        buf_add_char(out, ',');
        add_text_of(out, kind, "role");
        add_counts(out, kind, NAMES("tasks"));
        buf_format(out, ",%.1f,%s\r\n", json_number_value(json_object_get(kind, "minutes")),
            estimated ? "yes" : "no");
    }
}

static void add_heading(struct buf *out, enum report_table table)
{
    buf_add(out, "playbook");
    switch (table) {
    case REPORT_PLAYBOOKS:
        add_names(out, PLAYBOOK_COUNTS);
        add_names(out,
            NAMES("revenue_usd", "declined", "live", "control", "control_booked",
                "minutes_per_booked"));
        add_names(out,
            NAMES("touches_planned", "touches_went", "touches_on_time", "touches_late",
                "touches_dropped", "touches_failed", "touches_skipped", "touches_cancelled"));
        break;
    case REPORT_TOUCHES:
        add_names(out, NAMES("touch"));
        add_names(out, TOUCH_COUNTS);
        break;
    case REPORT_STEPS: add_names(out, NAMES("step", "reached", "left_by", "patients")); break;
    case REPORT_STAFF:
        add_names(out, NAMES("kind", "role", "tasks", "minutes", "estimated"));
        break;
    case REPORT_TABLE_MAX: break;
    }
    buf_add(out, "\r\n");
}

static void add_lines(
    struct buf *out, enum report_table table, const char *name, const json_t *sums)
{
    switch (table) {
    case REPORT_PLAYBOOKS: add_playbook(out, name, sums); break;
    case REPORT_TOUCHES: add_touches(out, name, sums); break;
    case REPORT_STEPS: add_steps(out, name, sums); break;
    case REPORT_STAFF: add_staff(out, name, sums); break;
    case REPORT_TABLE_MAX: break;
    }
}

char *report_csv(struct arena *arena, const json_t *report, enum report_table table)
{
    struct buf out;
    buf_init(&out, arena);
    add_heading(&out, table);
    size_t i;
    json_t *playbook;
    json_array_foreach(json_object_get(report, "playbooks"), i, playbook)
    {
        const char *name = json_string_value(json_object_get(playbook, "playbook"));
        add_lines(&out, table, name ? name : "", playbook);
    }
    add_lines(&out, table, "all", json_object_get(report, "all"));
    return out.data;
}
