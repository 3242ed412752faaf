/* entry_sql_row.c: the innermost query of a scan: candidates, each with the patient's columns, how
 * well they can be reached and how often they were enrolled. See entry_sql.c. */
#include <string.h>

#include "audience/audience_int.h"

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

/* The day that the clock counted from by now, and whether a series goes on. */
static void put_clock_day(struct sql_writer *writer)
{
    const struct service_definition *service = writer->entry->service;
    sql_put(writer, "CASE WHEN k.last_day < %s THEN k.last_day WHEN k.last_day IS NOT NULL THEN ",
        sql_today(writer));
    put_visit_by_then(writer, service);
    sql_put(writer, " END AS clock_day, %s AS clock_open, ",
        service->series_end ? "CASE WHEN k.patient_id IS NOT NULL AND k.due_day IS NULL THEN 1"
                              " ELSE 0 END"
                            : "0");
}

/* Those inside the window: a range of clock_last; and a short one more, of clocks that moved to
 * today or later (a visit marked complete before its hour; plan --at), which are asked for what
 * they were. */
static void put_entrants_from(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    const struct service_definition *service = writer->entry->service;
    sql_put(writer,
        "clock k LEFT JOIN patient p ON p.practice_id = %s AND p.patient_id = k.patient_id WHERE"
        " k.practice_id = %s AND k.service = %s",
        sql_practice(writer), sql_practice(writer), sql_text(writer, service->key));
    if (service->also_when) /* may open the window on any day */
        return;
    sql_put(writer, " AND (k.last_day <= %s", sql_int(writer, bounds->due_latest.n));
    if (bounds->lost_earliest.n != DAY_NONE)
        sql_put(writer, " AND k.last_day >= %s", sql_int(writer, bounds->lost_earliest.n));
    sql_put(writer, " OR k.last_day >= %s)", sql_today(writer));
}

/* Everybody who ever had such an appointment, kept or not; of a member's clock, every member. */
static void put_everybody_from(struct sql_writer *writer)
{
    const struct service_definition *service = writer->entry->service;
    const char *key = sql_text(writer, service->key), *practice = sql_practice(writer);
    sql_put(writer,
        "(SELECT ap.patient_id FROM appointment ap WHERE ap.practice_id = %s AND ap.category = %s"
        " UNION SELECT ck.patient_id FROM clock ck WHERE ck.practice_id = %s AND ck.service = %s",
        practice, key, practice, key);
    if (service->member)
        sql_put(writer,
            " UNION SELECT m.patient_id FROM patient m WHERE m.practice_id = %s AND"
            " m.membership_status IS NOT NULL",
            practice);
    sql_put(writer,
        ") u LEFT JOIN clock k ON k.practice_id = %s AND k.service = %s AND k.patient_id ="
        " u.patient_id LEFT JOIN patient p ON p.practice_id = %s AND p.patient_id = u.patient_id",
        practice, key, practice);
}

/* ---- reach ---- */

/* The suppressions that close the address `cp`: FROM .. WHERE .. */
static void put_closed_from(struct sql_writer *writer)
{
    sql_put(writer,
        " FROM suppression s WHERE s.practice_id = %s AND s.address = cp.address AND s.channel IN"
        " (cp.channel, 'all') AND s.lifted_ms IS NULL%s",
        sql_practice(writer), writer->entry->marketing ? "" : " AND s.scope = 'all'");
}

/* The live consents that cover the address `cp` for this purpose: FROM .. WHERE .. */
static void put_consent_from(struct sql_writer *writer)
{
    sql_put(writer,
        " FROM consent co WHERE co.practice_id = %s AND co.patient_id = cp.patient_id AND"
        " co.channel = cp.channel AND co.revoked_ms IS NULL AND (co.address IS NULL OR co.address ="
        " cp.address) AND (co.given_day IS NULL OR co.given_day <= %s)%s",
        sql_practice(writer), sql_today(writer),
        writer->entry->marketing ? " AND co.purpose = 'marketing'" : "");
}

static void put_contact_from(struct sql_writer *writer, struct channel_set channels)
{
    sql_put(writer,
        " FROM contact_point cp WHERE cp.practice_id = %s AND cp.patient_id = p.patient_id AND"
        " cp.current = 1 AND cp.channel IN ",
        sql_practice(writer));
    sql_channel_list(writer, channels);
}

/* Whether the consent `co` was used since then: a visit, itself, or a message of the patient. */
static void put_fresh(struct sql_writer *writer, const struct entry_bounds *bounds)
{
    const struct zone *zone = writer->moment->practice->zone;
    const char *earliest = sql_int(writer, bounds->consent_earliest.n);
    sql_put(writer,
        "(p.last_visit_day >= %s OR co.given_day >= %s OR EXISTS (SELECT 1 FROM inbound i WHERE"
        " i.practice_id = %s AND i.patient_id = p.patient_id AND i.received_ms >= %s AND"
        " i.received_ms <= %s))",
        earliest, earliest, sql_practice(writer),
        sql_int(writer, zone_at(zone, bounds->consent_earliest, 0).ms), sql_now(writer));
}

/* An address that may be written to: what almost everybody has, so it is asked first. */
static void put_open(
    struct sql_writer *writer, const struct entry_bounds *bounds, struct channel_set channels)
{
    bool marketing = writer->entry->marketing;
    sql_put(writer, "EXISTS (SELECT 1");
    put_contact_from(writer, channels);
    sql_put(writer, " AND cp.health IN ('ok','soft_bounced') AND (");
    if (!marketing) /* mail about one's own care needs no permission of its own */
        sql_put(writer, "cp.channel = 'email' OR ");
    sql_put(writer, "EXISTS (SELECT 1");
    put_consent_from(writer);
    if (marketing) {
        sql_put(writer, " AND (co.channel = 'email' OR (co.class = 'written' AND ");
        put_fresh(writer, bounds);
        sql_put(writer, "))");
    }
    sql_put(writer, ")) AND NOT EXISTS (SELECT 1");
    put_closed_from(writer);
    sql_put(writer, "))");
}

/* The best consent of an address that is healthy, and does not suffice; NULL without any. */
static void put_consent(struct sql_writer *writer)
{
    sql_put(writer, "COALESCE((SELECT MAX(CASE WHEN co.class = 'written' THEN %d ELSE %d END)",
        REACH_STALE, REACH_EXPRESS);
    put_consent_from(writer);
    sql_put(writer, "), %d)", REACH_NO_CONSENT);
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
    sql_put(writer, "CASE WHEN p.inactive = 1 OR p.deceased = 1 THEN NULL WHEN ");
    put_open(writer, bounds, channels);
    sql_put(writer,
        " THEN %d ELSE (SELECT MAX(COALESCE((SELECT MAX(CASE WHEN s.reason IN"
        " ('bounce','landline') THEN %d ELSE %d END)",
        REACH_OPEN, REACH_CLOSED, REACH_REFUSED);
    put_closed_from(writer);
    sql_put(writer, "), CASE WHEN cp.health NOT IN ('ok','soft_bounced') THEN %d ELSE ",
        REACH_UNHEALTHY);
    put_consent(writer);
    sql_put(writer, " END))");
    put_contact_from(writer, channels);
    sql_put(writer, ") END AS reach");
}

/* ---- row ---- */

/* The columns of `p` that the text so far reads: a query that hands on all of them spends half its
 * time copying. */
void entry_put_columns(struct sql_writer *writer, bool judged)
{
    static const char *const NAMES[] = {"p.patient_id", "p.external_id", "p.household_id",
        "p.birth_day", "p.state", "p.inactive", "p.deceased", "p.do_not_contact",
        "p.paused_until_day", "p.paused_until_told", "p.billing_dispute", "p.clinical_concern",
        "p.staff_or_family", "p.vip", "p.phi_authorized", "p.language", "p.preferred_channel",
        "p.preferred_provider", "p.last_provider", "p.membership_status", "p.membership_plan",
        "p.membership_renewal_day", "p.loyalty_points", "p.loyalty_expire_day", "p.created_day",
        "p.visits", "p.first_visit_day", "p.last_visit_day", "p.ltv_cents", "p.ltv_percentile",
        /* what a row adds */
        "p.candidate_id", "p.clock_day", "p.clock_open", "p.reach", "p.prior"};
    enum { NAME_COUNT = sizeof(NAMES) / sizeof(NAMES[0]), OWN_COUNT = NAME_COUNT - 5 };
    const char *so_far = arena_text(writer->arena, writer->text.data);
    for (size_t i = 0; i < (judged ? NAME_COUNT : OWN_COUNT); i++)
        if (strstr(so_far, NAMES[i]))
            sql_put(writer, "%s, ", NAMES[i]);
}

void entry_put_row(
    struct sql_writer *writer, const struct entry_bounds *bounds, enum audience_mode mode)
{
    bool cohort = writer->entry->kind == ENTRY_BY_COHORT, all = mode == AUDIENCE_ALL;
    sql_put(writer, "SELECT %s.patient_id AS candidate_id, ", cohort ? "p" : all ? "u" : "k");
    entry_put_columns(writer, /*judged=*/false);
    if (cohort) {
        sql_last_visit(writer);
        sql_put(writer, " AS clock_day, 0 AS clock_open, ");
    } else {
        put_clock_day(writer);
    }
    put_reach(writer, bounds);
    sql_put(writer,
        ", (SELECT COUNT(*) FROM enrollment e WHERE e.practice_id = %s AND e.patient_id ="
        " p.patient_id AND e.entered_ms <= %s) AS prior FROM ",
        sql_practice(writer), sql_now(writer));
    if (cohort)
        sql_put(writer, "patient p WHERE p.practice_id = %s", sql_practice(writer));
    else if (all)
        put_everybody_from(writer);
    else
        put_entrants_from(writer, bounds);
    sql_put(writer, SQL_FENCE);
}
