/* entry_sql.c: the whole chain of reasons as one statement.
 *
 *   row      candidates (an index range of clock, or everybody of that service) with their patient,
 *            how well they can be reached and how often they were enrolled
 *   judged   row, and the first reason that holds: one CASE in the order of enum entry_reason
 *   listed   judged, and the values that a refusal's sentence is made of; ordered
 *
 * The inner queries end in a LIMIT that no store can reach: it keeps both databases from writing
 * them into the outer ones, which would compute reach and reason once for every mention. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "audience/audience_int.h"
#include "base/text.h"

/* A reason and the part of only_if that it comes from share one integer: reason + 100 * (part + 1).
 */
enum { PART_STEP = 100 };

/* ---- judged ---- */

static void put_own(struct sql_writer *writer, const char *what)
{
    sql_put(writer,
        "(SELECT %s FROM enrollment e WHERE e.practice_id = %s AND e.patient_id = p.patient_id AND"
        " " SQL_PLAYBOOK " = %s AND e.entered_ms <= %s",
        what, sql_practice(writer), sql_self(writer), sql_now(writer));
}

static void put_ended(struct sql_writer *writer)
{
    sql_put(writer, " AND e.state = 'ended' AND e.ended_ms <= %s", sql_now(writer));
}

/* WHEN the patient was enrolled before and ... The caller closes it with put_cools. */
static void put_when_before(struct sql_writer *writer)
{
    sql_put(writer, " WHEN p.prior > 0 AND ");
}

static void put_cools(struct sql_writer *writer, enum cooling cooling)
{
    sql_put(writer, " THEN %d", ENTRY_COOLING_DOWN + PART_STEP * (int)cooling);
}

/* The way they left last; NULL: never was in it. The caller says how it compares. */
static void put_last_exit(struct sql_writer *writer)
{
    put_own(writer, "e.exit");
    put_ended(writer);
    sql_put(writer, " ORDER BY e.ended_ms DESC, e.enrollment_id DESC LIMIT 1)");
}

/* Who left for a pause that is over goes on: only what else was an end is one. */
static void put_own_ended(struct sql_writer *writer)
{
    put_when_before(writer);
    put_last_exit(writer);
    sql_put(writer, " <> '" EXIT_PAUSED "' AND EXISTS ");
    put_own(writer, "1");
    put_ended(writer);
}

static void put_any_ended(struct sql_writer *writer)
{
    put_when_before(writer);
    sql_put(writer,
        "EXISTS (SELECT 1 FROM enrollment e WHERE e.practice_id = %s AND e.patient_id ="
        " p.patient_id",
        sql_practice(writer));
    put_ended(writer);
}

/* The rules of re_enter, each with its own code. */
static void put_cooling(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    const struct re_entry *rule = &writer->entry->re_enter;
    if (!rule->allowed) {
        put_own_ended(writer);
        sql_put(writer, ")");
        put_cools(writer, COOLING_ONCE);
    }
    if (rule->lifetime_max > 0) {
        put_when_before(writer);
        put_own(writer, "COUNT(*)");
        sql_put(writer, ") >= %s", sql_int(writer, rule->lifetime_max));
        put_cools(writer, COOLING_LIFETIME);
    }
    if (rule->never_after_count > 0) {
        put_any_ended(writer);
        sql_put(writer, " AND e.exit IN LIST(%s))",
            sql_texts(writer, rule->never_after, rule->never_after_count));
        put_cools(writer, COOLING_NEVER);
    }
    put_any_ended(writer);
    if (!writer->entry->marketing) /* a no to marketing holds for all of it, never for care */
        sql_put(writer, " AND " SQL_PLAYBOOK " = %s", sql_self(writer));
    sql_put(writer, " AND e.cooldown_until_day > %s)", sql_today(writer));
    put_cools(writer, COOLING_COOL_DOWN);
    put_own_ended(writer);
    sql_put(writer, " AND e.ended_ms >= %s)", sql_int(writer, bounds->exit_latest.ms));
    put_cools(writer, COOLING_AFTER);
    if (rule->only_if) {
        put_own_ended(writer);
        sql_put(writer, ") AND ");
        expression_sql(writer, rule->only_if);
        sql_put(writer, " IS NOT TRUE");
        put_cools(writer, COOLING_CONDITION);
    }
}

static void put_minor(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    sql_put(writer, "%sp.birth_day > CASE WHEN p.state IN ('AL','NE') THEN %s ELSE %s END",
        writer->moment->practice->adults_only ? "" : "p.birth_day IS NULL OR ",
        sql_int(writer, bounds->adult_latest_al_ne.n), sql_int(writer, bounds->adult_latest.n));
}

static void put_not_due(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    const struct service_definition *service = writer->entry->service;
    sql_put(
        writer, "(p.clock_day > %s OR p.clock_open = 1)", sql_int(writer, bounds->due_latest.n));
    if (service->also_when) {
        sql_put(writer, " AND ");
        expression_sql(writer, service->also_when);
        sql_put(writer, " IS NOT TRUE");
    }
}

static void put_lost(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    const struct service_definition *service = writer->entry->service;
    sql_put(writer, "p.clock_day < %s", sql_int(writer, bounds->lost_earliest.n));
    if (service->also_when) {
        sql_put(writer, " AND ");
        expression_sql(writer, service->also_when);
        sql_put(writer, " IS NOT TRUE");
    }
}

static void put_enrolled(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer,
        "p.prior > 0 AND EXISTS (SELECT 1 FROM enrollment e WHERE e.practice_id = %s AND"
        " e.patient_id = p.patient_id AND " SQL_PLAYBOOK " IN LIST(%s) AND ",
        sql_practice(writer), sql_peers(writer, /*marketing=*/true, /*stronger_only=*/true));
    sql_enrollment_lives(writer);
    sql_put(writer, ")");
}

/* Somebody wrote and nobody has closed the conversation, or a person holds an enrollment. */
static void put_conversation(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    /* Open ones are few: read once as a set, not once per patient. */
    sql_put(writer,
        "p.patient_id IN (SELECT h.patient_id FROM thread h WHERE h.practice_id = %s AND"
        " h.patient_id IS NOT NULL AND h.opened_ms <= %s AND h.last_in_ms IS NOT NULL AND"
        " (h.state = 'open' OR h.closed_ms > %s)) OR (p.prior > 0 AND EXISTS (SELECT 1 FROM"
        " enrollment e WHERE e.practice_id = %s AND e.patient_id = p.patient_id AND"
        " e.entered_ms <= %s AND e.state = 'held'))",
        sql_practice(writer), sql_now(writer), sql_now(writer), sql_practice(writer),
        sql_now(writer));
}

static void put_unknown(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer, "p.patient_id IS NULL");
}

static void put_inactive(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer, "p.inactive = 1");
}

static void put_deceased(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer, "p.deceased = 1");
}

static void put_do_not_contact(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer, "p.do_not_contact = 1");
}

static void put_opted_out(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer, "p.reach = %d", REACH_REFUSED);
}

static void put_paused(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer, "p.paused_until_told = 1 OR p.paused_until_day > %s", sql_today(writer));
}

static void put_billing_dispute(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer, "p.billing_dispute = 1");
}

static void put_clinical_concern(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer, "p.clinical_concern = 1");
}

static void put_staff_or_family(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer, "p.staff_or_family = 1");
}

static void put_no_visit(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer, "p.clock_day IS NULL");
}

static void put_unreachable(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer, "COALESCE(p.reach, 0) <= %d", REACH_UNHEALTHY);
}

static void put_no_consent(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer, "p.reach < %d", REACH_OPEN);
}

/* The rule of the product behind each reason; `booked` has none: only_if says it where it matters.
 */
typedef void put_fn(struct sql_writer *writer, const struct entry_bounds *bounds);
static put_fn *const RULES[ENTRY_REASON_MAX] = {
    [ENTRY_UNKNOWN_PATIENT] = put_unknown,
    [ENTRY_INACTIVE] = put_inactive,
    [ENTRY_DECEASED] = put_deceased,
    [ENTRY_MINOR] = put_minor,
    [ENTRY_DO_NOT_CONTACT] = put_do_not_contact,
    [ENTRY_OPTED_OUT] = put_opted_out,
    [ENTRY_PAUSED] = put_paused,
    [ENTRY_BILLING_DISPUTE] = put_billing_dispute,
    [ENTRY_CLINICAL_CONCERN] = put_clinical_concern,
    [ENTRY_STAFF_OR_FAMILY] = put_staff_or_family,
    [ENTRY_NO_QUALIFYING_VISIT] = put_no_visit,
    [ENTRY_NOT_DUE_YET] = put_not_due,
    [ENTRY_WINDOW_PASSED] = put_lost,
    [ENTRY_ALREADY_ENROLLED] = put_enrolled,
    [ENTRY_IN_CONVERSATION] = put_conversation,
    [ENTRY_UNREACHABLE] = put_unreachable,
    [ENTRY_NO_CONSENT] = put_no_consent,
};

static void put_parts(struct sql_writer *writer, enum entry_reason reason)
{
    const struct audience_expr *only_if = writer->entry->only_if;
    for (size_t i = 0; only_if && i < expression_part_count(only_if); i++) {
        const struct audience_expr *part = expression_part(only_if, i);
        if (entry_reason_of_part(part) != reason)
            continue;
        sql_put(writer, " WHEN ");
        expression_sql(writer, part);
        sql_put(writer, " IS NOT TRUE THEN %d", (int)reason + PART_STEP * ((int)i + 1));
    }
}

static void put_judged(
    struct sql_writer *writer, const struct entry_bounds *bounds, enum audience_mode mode)
{
    sql_put(writer, "SELECT ");
    entry_put_columns(writer, /*judged=*/true);
    sql_put(writer, "CASE");
    writer->reach = true;
    for (enum entry_reason reason = ENTRY_UNKNOWN_PATIENT; reason < ENTRY_HOLDOUT; reason++) {
        if (RULES[reason] && entry_asks(writer->entry, bounds, reason)) {
            sql_put(writer, " WHEN ");
            RULES[reason](writer, bounds);
            sql_put(writer, " THEN %d", (int)reason);
        }
        if (reason == ENTRY_COOLING_DOWN)
            put_cooling(writer, bounds);
        put_parts(writer, reason);
    }
    writer->reach = false;
    sql_put(writer, " ELSE 0 END AS reason FROM (");
    entry_put_row(writer, bounds, mode);
    sql_put(writer, ") p WHERE p.candidate_id IS NOT NULL" SQL_FENCE);
}

/* ---- listed ---- */

static void put_values(struct sql_writer *writer)
{
    const struct service_definition *booked = entry_booked_service(writer->entry);
    sql_put(writer,
        ", CASE p.reason %% %d WHEN %d THEN CASE WHEN p.birth_day IS NULL THEN 1 ELSE 0"
        " END WHEN %d THEN CASE WHEN p.paused_until_told = 1 THEN NULL ELSE"
        " p.paused_until_day END WHEN %d THEN (SELECT MIN(a.start_ms)",
        PART_STEP, ENTRY_MINOR, ENTRY_PAUSED, ENTRY_BOOKED);
    sql_from_bookings(writer, booked);
    sql_put(writer,
        ") WHEN %d THEN p.reach WHEN %d THEN p.reach WHEN %d THEN (SELECT"
        " MAX(e.cooldown_until_day) FROM enrollment e WHERE e.practice_id = %s AND e.patient_id ="
        " p.patient_id",
        ENTRY_UNREACHABLE, ENTRY_NO_CONSENT, ENTRY_COOLING_DOWN, sql_practice(writer));
    if (!writer->entry->marketing)
        sql_put(writer, " AND " SQL_PLAYBOOK " = %s", sql_self(writer));
    put_ended(writer);
    sql_put(writer, ") END, CASE p.reason %% %d WHEN %d THEN (SELECT a.provider", PART_STEP,
        ENTRY_BOOKED);
    sql_from_bookings(writer, booked);
    sql_put(writer,
        " ORDER BY a.start_ms, a.appointment_id LIMIT 1) WHEN %d THEN (SELECT e.playbook"
        " FROM enrollment e WHERE e.practice_id = %s AND e.patient_id = p.patient_id"
        " AND " SQL_PLAYBOOK " IN LIST(%s) AND ",
        ENTRY_ALREADY_ENROLLED, sql_practice(writer),
        sql_peers(writer, /*marketing=*/true, /*stronger_only=*/true));
    sql_enrollment_lives(writer);
    sql_put(writer,
        " ORDER BY CASE WHEN " SQL_PLAYBOOK " = %s THEN 0 ELSE 1 END, e.playbook LIMIT 1)"
        " WHEN %d THEN ",
        sql_self(writer), ENTRY_COOLING_DOWN);
    put_last_exit(writer);
    sql_put(writer, " END");
}

/* Who is plainly outside is no news of a night's scan; all mode lists them. */
static void put_filter(struct sql_writer *writer, enum audience_mode mode)
{
    if (mode == AUDIENCE_ALL)
        sql_put(writer, "p.reason >= 0");
    else if (writer->entry->kind == ENTRY_BY_COHORT) /* nor who does not fit the cohort */
        sql_put(writer, "(p.reason %% %d) NOT IN (%d, %d, %d)", PART_STEP,
            ENTRY_NO_QUALIFYING_VISIT, ENTRY_NOT_DUE_YET, ENTRY_WINDOW_PASSED);
    else
        sql_put(writer, "p.reason NOT IN (%d, %d, %d)", ENTRY_NO_QUALIFYING_VISIT,
            ENTRY_NOT_DUE_YET, ENTRY_WINDOW_PASSED);
}

enum err audience_scan(struct arena *arena, const struct audience_entry *entry,
    const struct audience_moment *moment, enum audience_mode mode, struct day launch_day,
    struct audience_scan *ret_scan, struct why *reterr_why)
{
    struct sql_writer writer;
    if (entry->kind == ENTRY_BY_EVENT)
        return why_set(reterr_why, ERR_INPUT, "playbook %s is entered by an event, not by a scan",
            entry->playbook);
    assert(entry->kind == ENTRY_BY_COHORT || entry->service);
    struct entry_bounds bounds = entry_bounds_of(entry, moment);
    sql_writer_init(&writer, arena, entry, moment);
    sql_put(&writer,
        "SELECT p.candidate_id, p.external_id, p.household_id, p.reason, p.clock_day, "
        "COALESCE(");
    sql_ltv(&writer);
    sql_put(&writer, ", 0) AS value_cents, CASE WHEN p.prior = 0 THEN 1 ELSE 1 + ");
    put_own(&writer, "COUNT(*)");
    sql_put(&writer, ") END");
    put_values(&writer);
    sql_put(&writer, " FROM (");
    put_judged(&writer, &bounds, mode);
    sql_put(&writer, ") p WHERE ");
    put_filter(&writer, mode);
    if (mode == AUDIENCE_ALL)
        sql_put(&writer, " ORDER BY value_cents DESC, p.candidate_id");
    *ret_scan = (struct audience_scan){.sql = {.name = "audience_scan", .text = writer.text.data},
        .args = writer.args,
        .arg_count = writer.arg_count,
        .entry = entry,
        .moment = *moment,
        .launch_day = launch_day};
    return ERR_NONE;
}

/* ---- reading ---- */

enum {
    COL_ID,
    COL_EXTERNAL,
    COL_HOUSEHOLD,
    COL_REASON,
    COL_CLOCK,
    COL_VALUE,
    COL_OCCURRENCE,
    COL_NUMBER,
    COL_TEXT
};

void audience_read(struct arena *arena, const struct audience_scan *scan,
    const struct db_rows *rows, struct audience_row *ret_row)
{
    const struct audience_entry *entry = scan->entry;
    int64_t coded = db_col_int(rows, COL_REASON);
    struct entry_raw raw = {.reason = (enum entry_reason)(coded % PART_STEP),
        .last_day = db_col_day(rows, COL_CLOCK),
        .text = db_col_text(rows, COL_TEXT)};
    if (coded >= PART_STEP && raw.reason != ENTRY_COOLING_DOWN)
        raw.part = expression_part(entry->only_if, (size_t)(coded / PART_STEP - 1));
    raw.number = db_col_int(rows, COL_NUMBER);
    if (db_col_null(rows, COL_NUMBER))
        raw.number = raw.reason == ENTRY_PAUSED ? DAY_NONE
            : raw.reason >= ENTRY_UNREACHABLE   ? -1
                                                : 0;
    if (raw.reason == ENTRY_COOLING_DOWN) {
        raw.number_2 = raw.number;
        raw.number = coded / PART_STEP;
    }
    const char *external = db_col_text(rows, COL_EXTERNAL);
    *ret_row = (struct audience_row){.patient_id = db_col_text(rows, COL_ID),
        .external_id = external ? external : db_col_text(rows, COL_ID),
        .household_id = db_col_text(rows, COL_HOUSEHOLD),
        .reason = raw.reason,
        .last_day = raw.last_day,
        .value_cents = db_col_int(rows, COL_VALUE),
        .occurrence = db_col_int(rows, COL_OCCURRENCE)};
    if (raw.reason != ENTRY_NONE)
        ret_row->detail = entry_detail(arena, entry, &scan->moment, &raw);
    entry_due(entry, &scan->moment, scan->launch_day, ret_row);
}
