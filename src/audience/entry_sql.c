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

#define FENCE " LIMIT 9223372036854775807"
/* A reason and the part of only_if that it comes from share one integer: reason + 100 * (part + 1).
 */
enum { PART_STEP = 100 };

/* ---- candidates ---- */

/* The service's newest visit that had begun by now, for a clock that has moved since. */
static void put_visit_by_then(struct sql_writer *writer, const struct service_definition *service)
{
    sql_put(writer,
        "(SELECT MAX(a.local_day) FROM appointment a WHERE a.practice_id = %s AND a.patient_id ="
        " k.patient_id AND a.status = 'completed' AND a.start_ms <= %s",
        sql_practice(writer), sql_now(writer));
    if (!service->member)
        sql_put(writer, " AND a.category = %s", sql_text(writer, service->key));
    sql_put(writer, ")");
}

static void put_clock_from(struct sql_writer *writer, const struct service_definition *service)
{
    sql_put(writer, ", %s AS clock_open FROM clock k WHERE k.practice_id = %s AND k.service = %s",
        service->series_end ? "CASE WHEN k.due_day IS NULL THEN 1 ELSE 0 END" : "0",
        sql_practice(writer), sql_text(writer, service->key));
}

/* Those inside the window: a range of clock_last. A clock that has moved to today or later (a visit
 * marked complete before its hour; plan --at) is asked for what it was. */
static void put_entrants(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    const struct service_definition *service = writer->entry->service;
    sql_put(writer, "SELECT k.patient_id, k.last_day AS clock_day");
    put_clock_from(writer, service);
    if (service->also_when) {
        sql_put(writer, " AND k.last_day < %s", sql_today(writer));
    } else {
        sql_put(writer, " AND k.last_day <= %s", sql_int(writer, bounds->due_latest.n));
        if (bounds->lost_earliest.n != DAY_NONE)
            sql_put(writer, " AND k.last_day >= %s", sql_int(writer, bounds->lost_earliest.n));
    }
    sql_put(writer, " UNION ALL SELECT k.patient_id, ");
    put_visit_by_then(writer, service);
    sql_put(writer, " AS clock_day");
    put_clock_from(writer, service);
    sql_put(writer, " AND k.last_day >= %s", sql_today(writer));
}

/* Everybody who ever had such an appointment, kept or not; of a member's clock, every member. */
static void put_everybody(struct sql_writer *writer)
{
    const struct service_definition *service = writer->entry->service;
    const char *key = sql_text(writer, service->key), *practice = sql_practice(writer);
    sql_put(writer,
        "SELECT u.patient_id, CASE WHEN k.last_day < %s THEN k.last_day"
        " WHEN k.last_day IS NOT NULL THEN ",
        sql_today(writer));
    put_visit_by_then(writer, service);
    sql_put(writer,
        " END AS clock_day, %s AS clock_open FROM (SELECT ap.patient_id FROM"
        " appointment ap WHERE ap.practice_id = %s AND ap.category = %s UNION SELECT"
        " ck.patient_id FROM clock ck WHERE ck.practice_id = %s AND ck.service = %s",
        service->series_end ? "CASE WHEN k.due_day IS NULL THEN 1 ELSE 0 END" : "0", practice, key,
        practice, key);
    if (service->member)
        sql_put(writer,
            " UNION SELECT m.patient_id FROM patient m WHERE m.practice_id = %s AND"
            " m.membership_status IS NOT NULL",
            practice);
    sql_put(writer,
        ") u LEFT JOIN clock k ON k.practice_id = %s AND k.service = %s AND"
        " k.patient_id = u.patient_id",
        practice, key);
}

/* ---- reach ---- */

/* The best consent of this address: REACH_EXPRESS, REACH_STALE or REACH_OPEN; NULL without one. */
static void put_consent(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    bool marketing = writer->entry->marketing;
    if (!marketing) /* mail about one's own care needs no permission of its own */
        sql_put(writer, "CASE WHEN cp.channel = 'email' THEN %d ELSE ", REACH_OPEN);
    sql_put(writer, "COALESCE((SELECT MAX(");
    const char *earliest = marketing ? sql_int(writer, bounds->consent_earliest.n) : NULL;
    if (marketing)
        sql_put(writer,
            "CASE WHEN cp.channel = 'email' THEN %d WHEN co.class <> 'written' THEN %d"
            " WHEN p.last_visit_day >= %s OR co.given_day >= %s OR EXISTS (SELECT 1 FROM inbound i"
            " WHERE i.practice_id = %s AND i.patient_id = p.patient_id AND i.received_ms >= %s AND"
            " i.received_ms <= %s) THEN %d ELSE %d END",
            REACH_OPEN, REACH_EXPRESS, earliest, earliest, sql_practice(writer),
            sql_int(
                writer, zone_at(writer->moment->practice->zone, bounds->consent_earliest, 0).ms),
            sql_now(writer), REACH_OPEN, REACH_STALE);
    else
        sql_put(writer, "%d", REACH_OPEN);
    sql_put(writer,
        ") FROM consent co WHERE co.practice_id = %s AND co.patient_id = p.patient_id AND"
        " co.channel = cp.channel AND co.revoked_ms IS NULL AND (co.address IS NULL OR co.address ="
        " cp.address)%s), %d)%s",
        sql_practice(writer), marketing ? " AND co.purpose = 'marketing'" : "", REACH_NO_CONSENT,
        marketing ? "" : " END");
}

/* The best of the patient's addresses on the playbook's channels, as enum reach; NULL without any.
 */
static void put_reach(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    struct channel_set channels;
    if (!entry_channels(writer->entry, &channels)) { /* tasks only */
        sql_put(writer, "%d AS reach", REACH_OPEN);
        return;
    }
    sql_put(writer,
        "(SELECT MAX(COALESCE((SELECT MAX(CASE WHEN s.reason IN ('bounce','landline') THEN %d ELSE"
        " %d END) FROM suppression s WHERE s.practice_id = %s AND s.address = cp.address AND"
        " s.channel IN (cp.channel, 'all') AND s.lifted_ms IS NULL%s), CASE WHEN cp.health NOT IN"
        " ('ok','soft_bounced') THEN %d ELSE ",
        REACH_CLOSED, REACH_REFUSED, sql_practice(writer),
        writer->entry->marketing ? "" : " AND s.scope = 'all'", REACH_UNHEALTHY);
    put_consent(writer, bounds);
    sql_put(writer,
        " END)) FROM contact_point cp WHERE cp.practice_id = %s AND cp.patient_id ="
        " p.patient_id AND cp.current = 1 AND cp.channel IN ",
        sql_practice(writer));
    sql_channel_list(writer, channels);
    sql_put(writer, ") AS reach");
}

/* ---- row ---- */

static void put_row(
    struct sql_writer *writer, const struct entry_bounds *bounds, enum audience_mode mode)
{
    static const char COLUMNS[] =
        "p.patient_id, p.external_id, p.household_id, p.birth_day, p.state, p.inactive, p.deceased,"
        " p.do_not_contact, p.paused_until_day, p.paused_until_told, p.billing_dispute,"
        " p.clinical_concern, p.staff_or_family, p.vip, p.phi_authorized, p.language,"
        " p.preferred_channel, p.preferred_provider, p.last_provider, p.membership_status,"
        " p.membership_plan, p.membership_renewal_day, p.loyalty_points, p.loyalty_expire_day,"
        " p.created_day, p.visits, p.first_visit_day, p.last_visit_day, p.ltv_cents,"
        " p.ltv_percentile, ";
    bool cohort = writer->entry->kind == ENTRY_BY_COHORT;
    sql_put(writer, "SELECT %s.patient_id AS candidate_id, %s", cohort ? "p" : "c", COLUMNS);
    if (cohort) {
        sql_last_visit(writer);
        sql_put(writer, " AS clock_day, 0 AS clock_open, ");
    } else {
        sql_put(writer, "c.clock_day, c.clock_open, ");
    }
    put_reach(writer, bounds);
    sql_put(writer,
        ", (SELECT COUNT(*) FROM enrollment e WHERE e.practice_id = %s AND e.patient_id ="
        " p.patient_id AND e.entered_ms <= %s) AS prior FROM ",
        sql_practice(writer), sql_now(writer));
    if (cohort) {
        sql_put(writer, "patient p WHERE p.practice_id = %s" FENCE, sql_practice(writer));
        return;
    }
    sql_put(writer, "(");
    if (mode == AUDIENCE_ENTRANTS)
        put_entrants(writer, bounds);
    else
        put_everybody(writer);
    sql_put(writer,
        ") c LEFT JOIN patient p ON p.practice_id = %s AND p.patient_id = c.patient_id" FENCE,
        sql_practice(writer));
}

/* ---- judged ---- */

static void put_own(struct sql_writer *writer, const char *what)
{
    sql_put(writer,
        "(SELECT %s FROM enrollment e WHERE e.practice_id = %s AND e.patient_id = p.patient_id AND"
        " e.playbook = %s AND e.entered_ms <= %s",
        what, sql_practice(writer), sql_self(writer), sql_now(writer));
}

static void put_ended(struct sql_writer *writer)
{
    sql_put(writer, " AND e.state = 'ended' AND e.ended_ms <= %s", sql_now(writer));
}

static void put_cooling(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    const struct re_entry *rule = &writer->entry->re_enter;
    sql_put(writer, "(CASE");
    if (!rule->allowed) {
        sql_put(writer, " WHEN EXISTS ");
        put_own(writer, "1");
        put_ended(writer);
        sql_put(writer, ") THEN %d", COOLING_ONCE);
    }
    if (rule->lifetime_max > 0) {
        sql_put(writer, " WHEN ");
        put_own(writer, "COUNT(*)");
        sql_put(writer, ") >= %s THEN %d", sql_int(writer, rule->lifetime_max), COOLING_LIFETIME);
    }
    if (rule->never_after_count > 0) {
        sql_put(writer,
            " WHEN EXISTS (SELECT 1 FROM enrollment e WHERE e.practice_id = %s AND"
            " e.patient_id = p.patient_id AND e.exit IN LIST(%s)",
            sql_practice(writer), sql_texts(writer, rule->never_after, rule->never_after_count));
        put_ended(writer);
        sql_put(writer, ") THEN %d", COOLING_NEVER);
    }
    sql_put(writer,
        " WHEN EXISTS (SELECT 1 FROM enrollment e WHERE e.practice_id = %s AND"
        " e.patient_id = p.patient_id AND e.cooldown_until_day > %s",
        sql_practice(writer), sql_today(writer));
    if (!writer->entry->marketing) /* a no to marketing holds for all of it, never for care */
        sql_put(writer, " AND e.playbook = %s", sql_self(writer));
    put_ended(writer);
    sql_put(writer, ") THEN %d WHEN EXISTS ", COOLING_COOL_DOWN);
    put_own(writer, "1");
    put_ended(writer);
    sql_put(writer, " AND e.ended_ms >= %s) THEN %d", sql_int(writer, bounds->exit_latest.ms),
        COOLING_AFTER);
    if (rule->only_if) {
        sql_put(writer, " WHEN EXISTS ");
        put_own(writer, "1");
        put_ended(writer);
        sql_put(writer, ") AND ");
        expression_sql(writer, rule->only_if);
        sql_put(writer, " IS NOT TRUE THEN %d", COOLING_CONDITION);
    }
    sql_put(writer, " ELSE 0 END)");
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
        " e.patient_id = p.patient_id AND e.playbook IN LIST(%s) AND ",
        sql_practice(writer), sql_peers(writer, /*marketing=*/true, /*stronger_only=*/true));
    sql_enrollment_lives(writer);
    sql_put(writer, ")");
}

/* Somebody wrote and nobody has closed the conversation, or a person holds an enrollment. */
static void put_conversation(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    (void)bounds;
    sql_put(writer,
        "EXISTS (SELECT 1 FROM thread h WHERE h.practice_id = %s AND h.patient_id = p.patient_id"
        " AND h.opened_ms <= %s AND h.last_in_ms IS NOT NULL AND (h.state = 'open' OR h.closed_ms >"
        " %s)) OR (p.prior > 0 AND EXISTS (SELECT 1 FROM enrollment e WHERE e.practice_id = %s AND"
        " e.patient_id = p.patient_id AND e.entered_ms <= %s AND e.state = 'held'))",
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

static void put_cools(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    sql_put(writer, "p.prior > 0 AND ");
    put_cooling(writer, bounds);
    sql_put(writer, " > 0");
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
    [ENTRY_COOLING_DOWN] = put_cools,
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
    sql_put(writer, "SELECT p.*, CASE");
    for (enum entry_reason reason = ENTRY_UNKNOWN_PATIENT; reason < ENTRY_HOLDOUT; reason++) {
        if (RULES[reason] && entry_asks(writer->entry, bounds, reason)) {
            sql_put(writer, " WHEN ");
            RULES[reason](writer, bounds);
            sql_put(writer, " THEN %d", (int)reason);
        }
        put_parts(writer, reason);
    }
    sql_put(writer, " ELSE 0 END AS reason FROM (");
    put_row(writer, bounds, mode);
    sql_put(writer, ") p WHERE p.candidate_id IS NOT NULL" FENCE);
}

/* ---- listed ---- */

static void put_values(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    const struct service_definition *booked = entry_booked_service(writer->entry);
    sql_put(writer,
        ", CASE p.reason %% %d WHEN %d THEN CASE WHEN p.birth_day IS NULL THEN 1 ELSE 0"
        " END WHEN %d THEN CASE WHEN p.paused_until_told = 1 THEN NULL ELSE"
        " p.paused_until_day END WHEN %d THEN (SELECT MIN(a.start_ms)",
        PART_STEP, ENTRY_MINOR, ENTRY_PAUSED, ENTRY_BOOKED);
    sql_from_bookings(writer, booked);
    sql_put(writer, ") WHEN %d THEN p.reach WHEN %d THEN p.reach WHEN %d THEN ", ENTRY_UNREACHABLE,
        ENTRY_NO_CONSENT, ENTRY_COOLING_DOWN);
    put_cooling(writer, bounds);
    sql_put(writer,
        " END, CASE p.reason WHEN %d THEN (SELECT MAX(e.cooldown_until_day) FROM"
        " enrollment e WHERE e.practice_id = %s AND e.patient_id = p.patient_id",
        ENTRY_COOLING_DOWN, sql_practice(writer));
    if (!writer->entry->marketing)
        sql_put(writer, " AND e.playbook = %s", sql_self(writer));
    put_ended(writer);
    sql_put(writer, ") END, CASE p.reason %% %d WHEN %d THEN (SELECT a.provider", PART_STEP,
        ENTRY_BOOKED);
    sql_from_bookings(writer, booked);
    sql_put(writer,
        " ORDER BY a.start_ms, a.appointment_id LIMIT 1) WHEN %d THEN (SELECT e.playbook"
        " FROM enrollment e WHERE e.practice_id = %s AND e.patient_id = p.patient_id"
        " AND e.playbook IN LIST(%s) AND ",
        ENTRY_ALREADY_ENROLLED, sql_practice(writer),
        sql_peers(writer, /*marketing=*/true, /*stronger_only=*/true));
    sql_enrollment_lives(writer);
    sql_put(writer,
        " ORDER BY CASE WHEN e.playbook = %s THEN 0 ELSE 1 END, e.playbook LIMIT 1)"
        " WHEN %d THEN ",
        sql_self(writer), ENTRY_COOLING_DOWN);
    put_own(writer, "e.exit");
    put_ended(writer);
    sql_put(writer, " ORDER BY e.ended_ms DESC, e.enrollment_id DESC LIMIT 1) END");
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
    put_values(&writer, &bounds);
    sql_put(&writer, " FROM (");
    put_judged(&writer, &bounds, mode);
    sql_put(&writer, ") p WHERE ");
    put_filter(&writer, mode);
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
    COL_NUMBER_2,
    COL_TEXT
};

void audience_read(struct arena *arena, const struct audience_scan *scan,
    const struct db_rows *rows, struct audience_row *ret_row)
{
    const struct audience_entry *entry = scan->entry;
    int64_t coded = db_col_int(rows, COL_REASON);
    struct entry_raw raw = {.reason = (enum entry_reason)(coded % PART_STEP),
        .last_day = db_col_day(rows, COL_CLOCK),
        .number_2 = db_col_int(rows, COL_NUMBER_2),
        .text = db_col_text(rows, COL_TEXT)};
    if (coded >= PART_STEP)
        raw.part = expression_part(entry->only_if, (size_t)(coded / PART_STEP - 1));
    raw.number = db_col_int(rows, COL_NUMBER);
    if (db_col_null(rows, COL_NUMBER))
        raw.number = raw.reason == ENTRY_PAUSED ? DAY_NONE
            : raw.reason >= ENTRY_UNREACHABLE   ? -1
                                                : 0;
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
