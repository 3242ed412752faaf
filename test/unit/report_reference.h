/* report_reference.h: a report asked of the rows themselves, one statement for each part: slow, and
 * so simple that it is what the fast one is held against. Include after unit.h. */
#ifndef PERENNIAL_TEST_REPORT_REFERENCE_H
#define PERENNIAL_TEST_REPORT_REFERENCE_H

#include <string.h>

#include "base/text.h"
#include "report/report.h"

#define REFERENCE_LIMITS                                                                           \
    " e.practice_id = :practice_id AND e.entered_ms >= :from_ms AND e.entered_ms < :to_ms"         \
    " AND (CAST(:playbook AS TEXT) IS NULL OR e.playbook = :playbook)"                             \
    " AND (CAST(:locations AS TEXT) IS NULL"                                                       \
    "   OR NOT EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id"            \
    "        AND z.patient_id = e.patient_id AND z.location IS NOT NULL)"                          \
    "   OR EXISTS (SELECT 1 FROM appointment z WHERE z.practice_id = e.practice_id"                \
    "        AND z.patient_id = e.patient_id AND z.location IN LIST(:locations)))"

static const struct sql reference_enrollments = {.name = "reference_enrollments",
    .text = "SELECT e.playbook, e.arm, e.state, coalesce(e.exit, ''),"
            " (SELECT coalesce(max(t.position), 0) FROM touch t WHERE t.practice_id = e.practice_id"
            "   AND t.enrollment_id = e.enrollment_id),"
            " (SELECT coalesce(max(t.position), 0) FROM touch t WHERE t.practice_id = e.practice_id"
            "   AND t.enrollment_id = e.enrollment_id"
            "   AND (t.sent_ms IS NOT NULL OR t.state = 'done')),"
            " (SELECT count(*) FROM touch t WHERE t.practice_id = e.practice_id"
            "   AND t.enrollment_id = e.enrollment_id AND t.sent_ms IS NOT NULL),"
            " (SELECT count(*) FROM touch t WHERE t.practice_id = e.practice_id"
            "   AND t.enrollment_id = e.enrollment_id AND t.delivered_ms IS NOT NULL),"
            " (SELECT coalesce(sum(g.human_opens), 0) FROM engagement g"
            "   WHERE g.practice_id = e.practice_id AND g.enrollment_id = e.enrollment_id),"
            " (SELECT coalesce(sum(g.clicks), 0) FROM engagement g"
            "   WHERE g.practice_id = e.practice_id AND g.enrollment_id = e.enrollment_id),"
            " (SELECT coalesce(sum(g.replies), 0) FROM engagement g"
            "   WHERE g.practice_id = e.practice_id AND g.enrollment_id = e.enrollment_id),"
            " (SELECT min(y.days_after) FROM attribution y JOIN appointment a"
            "     ON a.practice_id = y.practice_id AND a.appointment_id = y.appointment_id"
            "   WHERE y.practice_id = e.practice_id AND y.enrollment_id = e.enrollment_id),"
            " (SELECT count(*) FROM attribution y JOIN appointment a"
            "     ON a.practice_id = y.practice_id AND a.appointment_id = y.appointment_id"
            "   WHERE y.practice_id = e.practice_id AND y.enrollment_id = e.enrollment_id"
            "     AND a.status = 'completed'),"
            " (SELECT coalesce(sum(a.total_cents), 0) FROM attribution y JOIN appointment a"
            "     ON a.practice_id = y.practice_id AND a.appointment_id = y.appointment_id"
            "   WHERE y.practice_id = e.practice_id AND y.enrollment_id = e.enrollment_id"
            "     AND a.status = 'completed'),"
            " (SELECT coalesce(sum(k.staff_seconds), 0) FROM task k"
            "   WHERE k.practice_id = e.practice_id AND k.enrollment_id = e.enrollment_id),"
            " (SELECT count(*) FROM task k WHERE k.practice_id = e.practice_id"
            "   AND k.enrollment_id = e.enrollment_id AND k.kind IN ('warm_call', 'call_patient')),"
            " (SELECT count(*) FROM task k WHERE k.practice_id = e.practice_id"
            "   AND k.enrollment_id = e.enrollment_id)"
            " FROM enrollment e WHERE" REFERENCE_LIMITS};

/* [playbook, touch, then the counts in the order of reference_touch_counts] */
static const struct sql reference_touches = {.name = "reference_touches",
    .text = "SELECT e.playbook, t.touch_key, count(*),"
            " sum(CASE WHEN t.sent_ms IS NOT NULL OR t.state = 'done' THEN 1 ELSE 0 END),"
            " sum(CASE WHEN t.delivered_ms IS NOT NULL THEN 1 ELSE 0 END),"
            " sum(CASE WHEN t.state = 'skipped' THEN 1 ELSE 0 END),"
            " sum(CASE WHEN t.state = 'dropped' THEN 1 ELSE 0 END),"
            " sum(CASE WHEN t.state = 'cancelled' THEN 1 ELSE 0 END),"
            " sum(CASE WHEN coalesce(g.human_opens, 0) > 0 THEN 1 ELSE 0 END),"
            " sum(CASE WHEN coalesce(g.clicks, 0) > 0 THEN 1 ELSE 0 END),"
            " sum(CASE WHEN coalesce(g.replies, 0) > 0 THEN 1 ELSE 0 END),"
            " sum(CASE WHEN t.sent_ms - t.planned_ms > 86400000 THEN 1 ELSE 0 END),"
            " sum(CASE WHEN t.state = 'failed' THEN 1 ELSE 0 END),"
            " sum(CASE WHEN t.state IN ('due', 'waiting', 'sending', 'in_doubt') THEN 1 ELSE 0"
            "   END)"
            " FROM enrollment e JOIN touch t ON t.practice_id = e.practice_id"
            "   AND t.enrollment_id = e.enrollment_id"
            " LEFT JOIN engagement g ON g.practice_id = t.practice_id"
            "   AND g.enrollment_id = t.enrollment_id AND g.touch_id = t.touch_id"
            " WHERE" REFERENCE_LIMITS " GROUP BY e.playbook, t.touch_key"};
static const char *const reference_touch_counts[] = {"planned", "went", "delivered", "skipped",
    "dropped", "cancelled", "opened", "clicked", "replied", "late", "failed", "open"};

static const struct sql reference_codes = {.name = "reference_codes",
    .text = "SELECT e.playbook, t.code, count(*) FROM enrollment e JOIN touch t"
            "   ON t.practice_id = e.practice_id AND t.enrollment_id = e.enrollment_id"
            " WHERE t.state IN ('dropped', 'failed') AND t.code IS NOT NULL AND" REFERENCE_LIMITS
            " GROUP BY e.playbook, t.code"};

struct reference {
    int64_t entered, contacted, delivered, opened, clicked, replied, booked, showed, opted_out,
        no_response, declined, live, control, control_booked, revenue, ended, completed, seconds,
        calls, tasks;
    int64_t within[4], reached[8], left[8]; /* by step */
};

static inline struct db_rows *reference_rows(
    struct db *db, const struct sql *sql, const struct report_question *question)
{
    struct why why = {0};
    struct db_rows *rows = NULL;
    const struct zone *zone = question->practice->zone;
    bool from = question->from.n != DAY_NONE, to = question->to.n != DAY_NONE;
    struct day next = {question->to.n + 1};
    must(
        db_query(db, sql,
            DB_ARGS(db_int("practice_id", question->practice->practice_id),
                db_int("from_ms", from ? zone_at(zone, question->from, 0).ms : 0),
                db_int("to_ms", to ? zone_at(zone, next, 0).ms : INT64_MAX),
                db_text("playbook", question->playbook), db_text("locations", question->locations)),
            &rows, &why),
        &why);
    return rows;
}

static inline void reference_add(struct reference *sum, const struct db_rows *rows)
{
    static const int days[] = {14, 30, 60, 90};
    const char *state = db_col_text(rows, 2), *exit = db_col_text(rows, 3);
    int64_t last = db_col_int(rows, 4), depth = db_col_int(rows, 5), after = db_col_int(rows, 11);
    bool booking = !db_col_null(rows, 11), booked = booking && after < 30;
    if (text_is(db_col_text(rows, 1), "holdout")) {
        sum->control++;
        sum->control_booked += booked;
        return;
    }
    bool ended = text_is(state, "ended");
    sum->entered++;
    sum->contacted += db_col_int(rows, 6) > 0 || depth > 0;
    sum->delivered += db_col_int(rows, 7) > 0;
    sum->opened += db_col_int(rows, 8) > 0;
    sum->clicked += db_col_int(rows, 9) > 0;
    sum->replied += db_col_int(rows, 10) > 0;
    sum->booked += booked;
    sum->showed += booked && db_col_int(rows, 12) > 0;
    sum->revenue += booked ? db_col_int(rows, 13) : 0;
    for (int i = 0; i < 4; i++)
        sum->within[i] += booking && after < days[i];
    sum->opted_out += text_is(exit, "opted_out") && (db_col_int(rows, 6) > 0 || depth > 0);
    sum->no_response += text_is(exit, "no_response");
    sum->declined += text_is(exit, "declined");
    sum->live += !ended;
    sum->ended += ended;
    sum->completed += ended && last > 0 && depth >= last;
    for (int64_t i = 1; i <= depth && i < 8; i++)
        sum->reached[i]++;
    sum->left[depth] += ended;
    sum->seconds += db_col_int(rows, 14);
    sum->calls += db_col_int(rows, 15);
    sum->tasks += db_col_int(rows, 16);
}

/* What is asked of one playbook, or of all (NULL). */
static inline struct reference reference_sum(
    struct db *db, const struct report_question *question, const char *playbook)
{
    struct why why = {0};
    struct reference sum = {0};
    struct db_rows *rows = reference_rows(db, &reference_enrollments, question);
    while (db_next(rows)) {
        if (!playbook || text_is(db_col_text(rows, 0), playbook))
            reference_add(&sum, rows);
    }
    must(db_end(&rows, &why), &why);
    return sum;
}

#endif
