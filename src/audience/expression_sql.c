/* expression_sql.c: an expression as SQL over a row `p` of patient.
 *
 * Every name here has its twin in facts_value.c, and the two say the same: SQL's three-valued logic
 * is the language's own. A day that is folded into the patient's row holds for every moment after
 * it; for a moment at or before it (plan --at, explain --at) the appointments themselves are asked.
 */
#include <assert.h>
#include <stdlib.h>

#include "audience/audience_int.h"

/* Appointments of `p` under the alias `a` that began by now and were kept: FROM .. WHERE .. */
static void sql_from_visits(struct sql_writer *writer, const struct service_definition *service)
{
    sql_put(writer,
        " FROM appointment a WHERE a.practice_id = %s AND a.patient_id = p.patient_id"
        " AND a.status = 'completed' AND a.start_ms <= %s",
        sql_practice(writer), sql_now(writer));
    if (service)
        sql_put(writer, " AND a.category = %s", sql_text(writer, service->key));
}

void sql_from_bookings(struct sql_writer *writer, const struct service_definition *service)
{
    sql_put(writer,
        " FROM appointment a WHERE a.practice_id = %s AND a.patient_id = p.patient_id"
        " AND a.start_ms > %s AND a.status NOT IN " SQL_CALLED_OFF,
        sql_practice(writer), sql_now(writer));
    if (service)
        sql_put(writer, " AND a.category = %s", sql_text(writer, service->key));
}

void sql_enrollment_lives(struct sql_writer *writer)
{
    sql_put(writer, "e.entered_ms <= %s AND (e.state <> 'ended' OR e.ended_ms > %s)",
        sql_now(writer), sql_now(writer));
}

void sql_channel_list(struct sql_writer *writer, struct channel_set channels)
{
    const char *comma = "(";
    for (enum channel_kind kind = 0; kind < CHANNEL_TASK; kind++)
        if (channels.has[kind]) {
            sql_put(writer, "%s'%s'", comma, channel_kind_name(kind));
            comma = ",";
        }
    sql_put(writer, comma[0] == '(' ? "('none')" : ")");
}

/* ---- names that read the patient's row ---- */

static const char *const COLUMNS[LEAF_MAX] = {
    [LEAF_LTV_PERCENTILE] = "p.ltv_percentile",
    [LEAF_BIRTH] = "p.birth_day",
    [LEAF_CREATED] = "p.created_day",
    [LEAF_VIP] = "p.vip = 1",
    [LEAF_STAFF_OR_FAMILY] = "p.staff_or_family = 1",
    [LEAF_BILLING_DISPUTE] = "p.billing_dispute = 1",
    [LEAF_CLINICAL_CONCERN] = "p.clinical_concern = 1",
    [LEAF_DO_NOT_CONTACT] = "p.do_not_contact = 1",
    [LEAF_DECEASED] = "p.deceased = 1",
    [LEAF_INACTIVE] = "p.inactive = 1",
    [LEAF_PHI_AUTHORIZED] = "p.phi_authorized = 1",
    [LEAF_LANGUAGE] = "p.language",
    [LEAF_STATE] = "p.state",
    [LEAF_PREFERRED_CHANNEL] = "p.preferred_channel",
    [LEAF_PREFERRED_PROVIDER] = "p.preferred_provider",
    [LEAF_LAST_PROVIDER] = "p.last_provider",
    [LEAF_MEMBERSHIP_STATUS] = "p.membership_status",
    [LEAF_MEMBERSHIP_PLAN] = "p.membership_plan",
    [LEAF_MEMBERSHIP_RENEWAL] = "p.membership_renewal_day",
    [LEAF_LOYALTY_POINTS] = "p.loyalty_points",
    [LEAF_LOYALTY_EXPIRES] = "p.loyalty_expire_day",
};

/* `folded` where it is surely of the past, else what `asked` selects from the visits. */
static void sql_folded(struct sql_writer *writer, const char *guard, const char *folded,
    const char *asked, const struct service_definition *service)
{
    sql_put(writer, "(CASE WHEN %s < %s THEN %s WHEN %s IS NOT NULL THEN (SELECT %s", guard,
        sql_today(writer), folded, guard, asked);
    sql_from_visits(writer, service);
    sql_put(writer, ") END)");
}

void sql_last_visit(struct sql_writer *writer)
{
    sql_folded(
        writer, "p.last_visit_day", "p.last_visit_day", "MAX(a.local_day)", /*service=*/NULL);
}

void sql_ltv(struct sql_writer *writer)
{
    sql_put(writer, "COALESCE(");
    sql_folded(writer, "p.last_visit_day", "p.ltv_cents",
        "CAST(COALESCE(SUM(COALESCE(a.total_cents, 0)), 0) AS BIGINT)", /*service=*/NULL);
    sql_put(writer, ", p.ltv_cents)");
}

/* last_visit(service): the service's clock, where it counts visits. */
static void sql_service_visit(
    struct sql_writer *writer, const struct service_definition *service, bool count)
{
    if (service->series_end || service->member) {
        sql_put(writer, "(SELECT %s", count ? "COUNT(*)" : "MAX(a.local_day)");
        sql_from_visits(writer, service->member ? NULL : service);
        sql_put(writer, ")");
        return;
    }
    sql_put(writer, count ? "COALESCE((SELECT " : "(SELECT ");
    sql_folded(writer, "k.last_day", count ? "k.visits" : "k.last_day",
        count ? "COUNT(*)" : "MAX(a.local_day)", service);
    sql_put(writer,
        " FROM clock k WHERE k.practice_id = %s AND k.service = %s AND k.patient_id ="
        " p.patient_id)%s",
        sql_practice(writer), sql_text(writer, service->key), count ? ", 0)" : "");
}

static void sql_visits(struct sql_writer *writer, const struct leaf *leaf)
{
    if (leaf->service) {
        sql_service_visit(writer, leaf->service, /*count=*/true);
        return;
    }
    sql_put(writer, "COALESCE(");
    sql_folded(writer, "p.last_visit_day", "p.visits", "COUNT(*)", /*service=*/NULL);
    sql_put(writer, ", p.visits)");
}

/* ---- names that read appointments ---- */

static void sql_newest(
    struct sql_writer *writer, const char *column, const struct service_definition *service)
{
    sql_put(writer, "(SELECT %s", column);
    sql_from_visits(writer, service);
    sql_put(writer, " ORDER BY a.start_ms DESC, a.appointment_id DESC LIMIT 1)");
}

/* Of the series that the newest visit of any series belongs to. */
static void sql_series(struct sql_writer *writer, const struct leaf *leaf)
{
    enum leaf_id id = leaf->row->id;
    const char *what = id == LEAF_SERIES_PLANNED ? "MAX(q.series_total)"
        : id == LEAF_SERIES_DONE                 ? "NULLIF(COUNT(*), 0)"
                                                 : "MAX(q.local_day)";
    sql_put(writer,
        "(SELECT %s FROM appointment q WHERE q.practice_id = %s AND q.patient_id = p.patient_id"
        " AND q.series_id = (SELECT a.series_id",
        what, sql_practice(writer));
    sql_from_visits(writer, /*service=*/NULL);
    sql_put(writer,
        " AND a.series_id IS NOT NULL"
        " ORDER BY a.start_ms DESC, a.appointment_id DESC LIMIT 1)");
    if (id != LEAF_SERIES_PLANNED)
        sql_put(writer, " AND q.status = 'completed' AND q.start_ms <= %s", sql_now(writer));
    sql_put(writer, ")");
}

/* A missed renewal is the day of renewal itself, once it has passed without a new one. */
#define RENEWAL_MISSED "p.membership_status = 'active' AND p.membership_renewal_day < "

static void sql_days_between(
    struct sql_writer *writer, const struct leaf *leaf, const char *column, bool nullable)
{
    struct day today = writer->moment->today;
    if (!leaf->ranged) {
        if (nullable)
            sql_put(writer, " AND (%s IS NULL OR %s <= %s)", column, column, sql_today(writer));
        return;
    }
    sql_put(writer, " AND %s BETWEEN %s AND %s", column,
        sql_int(writer, day_earliest_until(today, leaf->to_ago).n),
        sql_int(writer, day_latest_before(today, leaf->from_ago).n));
}

static void sql_event(struct sql_writer *writer, const struct leaf *leaf)
{
    const struct event_row *event = event_row(leaf->event);
    if (leaf->event == EVENT_RENEWAL_MISSED) {
        sql_put(writer, "((" RENEWAL_MISSED "%s", sql_today(writer));
        sql_days_between(writer, leaf, "p.membership_renewal_day", /*nullable=*/false);
        sql_put(writer, ") IS TRUE)");
        return;
    }
    if (event->appointment) {
        sql_put(writer,
            "EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = %s AND a.patient_id ="
            " p.patient_id AND a.status = '%s' AND a.start_ms <= %s",
            sql_practice(writer), appointment_status_name(event->status), sql_now(writer));
        sql_days_between(writer, leaf, "a.local_day", /*nullable=*/false);
    } else {
        sql_put(writer,
            "EXISTS (SELECT 1 FROM ledger l WHERE l.practice_id = %s AND l.patient_id ="
            " p.patient_id AND l.kind = '%s' AND l.status = '%s'",
            sql_practice(writer), event->ledger_kind, event->ledger_status);
        sql_days_between(writer, leaf, "l.day", /*nullable=*/true);
    }
    sql_put(writer, ")");
}

/* The newest moment (appointments, exits) or day (all else) of what `since` counts from. */
static void sql_since_when(struct sql_writer *writer, const struct leaf *leaf)
{
    const struct event_row *event = event_row(leaf->event);
    if (event->appointment)
        sql_put(writer,
            "(SELECT MAX(b.start_ms) FROM appointment b WHERE b.practice_id = %s AND b.patient_id ="
            " p.patient_id AND b.status = '%s' AND b.start_ms <= %s)",
            sql_practice(writer), appointment_status_name(event->status), sql_now(writer));
    else if (leaf->event == EVENT_LAST_EXIT)
        sql_put(writer,
            "(SELECT MAX(e.ended_ms) FROM enrollment e WHERE e.practice_id = %s AND e.patient_id ="
            " p.patient_id AND " SQL_PLAYBOOK " = %s AND e.state = 'ended' AND e.ended_ms <= %s)",
            sql_practice(writer), sql_self(writer), sql_now(writer));
    else if (leaf->event == EVENT_RENEWAL_MISSED)
        sql_put(writer, "(CASE WHEN " RENEWAL_MISSED "%s THEN p.membership_renewal_day END)",
            sql_today(writer));
    else
        sql_put(writer,
            "(SELECT MAX(l.day) FROM ledger l WHERE l.practice_id = %s AND l.patient_id ="
            " p.patient_id AND l.kind = '%s' AND l.status = '%s' AND l.day <= %s)",
            sql_practice(writer), event->ledger_kind, event->ledger_status, sql_today(writer));
}

static void sql_since(struct sql_writer *writer, const struct leaf *leaf)
{
    bool by_moment = event_row(leaf->event)->appointment || leaf->event == EVENT_LAST_EXIT;
    sql_put(writer,
        "EXISTS (SELECT 1 FROM appointment a WHERE a.practice_id = %s AND a.patient_id ="
        " p.patient_id AND ",
        sql_practice(writer));
    if (leaf->row->id == LEAF_VISITED_SINCE)
        sql_put(writer, "a.status = 'completed' AND a.start_ms <= %s", sql_now(writer));
    else /* ahead and standing, or past and neither missed nor called off */
        sql_put(writer,
            "a.status NOT IN " SQL_CALLED_OFF " AND (a.start_ms > %s OR a.status <> 'no_show')",
            sql_now(writer));
    sql_put(writer, by_moment ? " AND a.start_ms > " : " AND a.local_day >= ");
    sql_since_when(writer, leaf);
    sql_put(writer, ")");
}

static void sql_replied_not_booked(struct sql_writer *writer, const struct leaf *leaf)
{
    (void)leaf;
    sql_put(writer,
        "((SELECT MAX(i.received_ms) FROM inbound i WHERE i.practice_id = %s AND i.patient_id ="
        " p.patient_id AND i.received_ms <= %s) IS NOT NULL AND NOT EXISTS (SELECT 1 FROM"
        " appointment a WHERE a.practice_id = %s AND a.patient_id = p.patient_id AND a.status NOT"
        " IN " SQL_CALLED_OFF " AND a.start_ms > (SELECT MAX(i.received_ms) FROM inbound i WHERE"
        " i.practice_id = %s AND i.patient_id = p.patient_id AND i.received_ms <= %s)))",
        sql_practice(writer), sql_now(writer), sql_practice(writer), sql_practice(writer),
        sql_now(writer));
}

/* ---- addresses and other playbooks ---- */

/* A usable address of these channels. */
static void sql_reachable(struct sql_writer *writer, struct channel_set channels)
{
    sql_put(writer,
        "EXISTS (SELECT 1 FROM contact_point cp WHERE cp.practice_id = %s AND cp.patient_id ="
        " p.patient_id AND cp.current = 1 AND cp.health IN ('ok','soft_bounced')"
        " AND cp.channel IN ",
        sql_practice(writer));
    sql_channel_list(writer, channels);
    sql_put(writer,
        " AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.practice_id = %s AND s.address ="
        " cp.address AND s.channel IN (cp.channel, 'all') AND s.lifted_ms IS NULL%s))",
        sql_practice(writer), writer->entry->marketing ? "" : " AND s.scope = 'all'");
}

static void sql_enrolled(struct sql_writer *writer, const struct leaf *leaf)
{
    sql_put(writer,
        "EXISTS (SELECT 1 FROM enrollment e WHERE e.practice_id = %s AND e.patient_id ="
        " p.patient_id AND ",
        sql_practice(writer));
    sql_enrollment_lives(writer);
    if (leaf->by_purpose)
        sql_put(writer, " AND " SQL_PLAYBOOK " IN LIST(%s)",
            sql_peers(writer, leaf->marketing, /*stronger_only=*/false));
    else if (leaf->text)
        sql_put(writer, " AND " SQL_PLAYBOOK " = %s", sql_text(writer, leaf->text));
    sql_put(writer, ")");
}

/* ---- one function per name ---- */

static void sql_last_visit_of(struct sql_writer *writer, const struct leaf *leaf)
{
    if (leaf->service)
        sql_service_visit(writer, leaf->service, /*count=*/false);
    else
        sql_last_visit(writer);
}

static void sql_first_visit(struct sql_writer *writer, const struct leaf *leaf)
{
    (void)leaf;
    sql_folded(
        writer, "p.first_visit_day", "p.first_visit_day", "MIN(a.local_day)", /*service=*/NULL);
}

static void sql_ltv_of(struct sql_writer *writer, const struct leaf *leaf)
{
    (void)leaf;
    sql_ltv(writer);
}

static void sql_paused(struct sql_writer *writer, const struct leaf *leaf)
{
    (void)leaf;
    sql_put(writer, "(p.paused_until_told = 1 OR COALESCE(p.paused_until_day > %s, FALSE))",
        sql_today(writer));
}

static void sql_intro(struct sql_writer *writer, const struct leaf *leaf)
{
    (void)leaf;
    sql_put(writer, "((SELECT a.intro_offer");
    sql_from_visits(writer, /*service=*/NULL);
    sql_put(writer, " ORDER BY a.start_ms, a.appointment_id LIMIT 1) = 1)");
}

static void sql_ticket(struct sql_writer *writer, const struct leaf *leaf)
{
    sql_newest(writer, "a.total_cents", leaf->service);
}

static void sql_category(struct sql_writer *writer, const struct leaf *leaf)
{
    (void)leaf;
    sql_newest(writer, "a.category", /*service=*/NULL);
}

static void sql_booked(struct sql_writer *writer, const struct leaf *leaf)
{
    sql_put(writer, "EXISTS (SELECT 1");
    sql_from_bookings(writer, leaf->service);
    sql_put(writer, ")");
}

static void sql_within(struct sql_writer *writer, const struct leaf *leaf)
{
    sql_put(writer, "((");
    sql_last_visit(writer);
    sql_put(writer, " >= %s) IS TRUE)",
        sql_int(writer, day_earliest_until(writer->moment->today, leaf->to_ago).n));
}

/* Who can be reached on the playbook's own channels can be reached on these, where they are among
 * them. */
static bool reach_implies(const struct sql_writer *writer, struct channel_set channels)
{
    struct channel_set own;
    bool among = writer->reach && entry_channels(writer->entry, &own);
    for (enum channel_kind kind = 0; among && kind < CHANNEL_TASK; kind++)
        among = channels.has[kind] || !own.has[kind];
    return among;
}

static void sql_reachable_by(struct sql_writer *writer, const struct leaf *leaf)
{
    if (reach_implies(writer, leaf->channels))
        sql_put(writer, "(COALESCE(p.reach, 0) >= %d OR ", REACH_NO_CONSENT);
    sql_reachable(writer, leaf->channels);
    if (reach_implies(writer, leaf->channels))
        sql_put(writer, ")");
}

static void sql_tags(struct sql_writer *writer, const struct leaf *leaf)
{
    sql_put(writer,
        "EXISTS (SELECT 1 FROM tag t WHERE t.practice_id = %s AND t.patient_id = p.patient_id"
        " AND t.tag = %s)",
        sql_practice(writer), sql_text(writer, leaf->text));
}

typedef void sql_leaf_fn(struct sql_writer *writer, const struct leaf *leaf);

static sql_leaf_fn *const WRITERS[LEAF_MAX] = {
    [LEAF_LAST_VISIT] = sql_last_visit_of,
    [LEAF_FIRST_VISIT] = sql_first_visit,
    [LEAF_VISITS] = sql_visits,
    [LEAF_LTV] = sql_ltv_of,
    [LEAF_PAUSED] = sql_paused,
    [LEAF_FIRST_VISIT_INTRO] = sql_intro,
    [LEAF_LAST_TICKET] = sql_ticket,
    [LEAF_LAST_CATEGORY] = sql_category,
    [LEAF_SERIES_DONE] = sql_series,
    [LEAF_SERIES_PLANNED] = sql_series,
    [LEAF_SERIES_LAST] = sql_series,
    [LEAF_BOOKED] = sql_booked,
    [LEAF_BOOKED_SINCE] = sql_since,
    [LEAF_VISITED_SINCE] = sql_since,
    [LEAF_VISITED_WITHIN] = sql_within,
    [LEAF_EVENT] = sql_event,
    [LEAF_REACHABLE] = sql_reachable_by,
    [LEAF_ENROLLED] = sql_enrolled,
    [LEAF_TAGS] = sql_tags,
    [LEAF_REPLIED_NOT_BOOKED] = sql_replied_not_booked,
};

static void sql_leaf(struct sql_writer *writer, const struct leaf *leaf)
{
    enum leaf_id id = leaf->row->id;
    assert(leaf->row->scope == SCOPE_ENTRY && (COLUMNS[id] || WRITERS[id]));
    if (COLUMNS[id])
        sql_put(writer, "(%s)", COLUMNS[id]);
    else
        WRITERS[id](writer, leaf);
}

/* ---- the tree ---- */

static void sql_node(struct sql_writer *writer, const struct node *node);

static void sql_compare(struct sql_writer *writer, const struct node *node)
{
    static const char *const SIGNS[] = {[COMPARE_EQ] = "=",
        [COMPARE_NE] = "<>",
        [COMPARE_LT] = "<",
        [COMPARE_LE] = "<=",
        [COMPARE_GT] = ">",
        [COMPARE_GE] = ">="};
    const struct constant *constant = &node->constants[0];
    sql_put(writer, "(");
    sql_leaf(writer, &node->leaf);
    sql_put(writer, " %s ", SIGNS[node->compare]);
    if (node->has_right)
        sql_leaf(writer, &node->right);
    else if (node->leaf.row->type == VALUE_TEXT)
        sql_put(writer, "%s", sql_text(writer, constant->text));
    else
        sql_put(writer, "%s", sql_int(writer, constant->number));
    sql_put(writer, ")");
}

static void sql_bound(
    struct sql_writer *writer, const struct node *node, const char *sign, struct day bound)
{
    sql_put(writer, "(");
    sql_leaf(writer, &node->leaf);
    sql_put(writer, " %s %s)", sign, sql_int(writer, bound.n));
}

static void sql_measured(struct sql_writer *writer, const struct node *node)
{
    static const char *const UNTIL[] = {[COMPARE_EQ] = "=",
        [COMPARE_NE] = "<>",
        [COMPARE_LT] = "<",
        [COMPARE_LE] = "<=",
        [COMPARE_GT] = ">",
        [COMPARE_GE] = ">="};
    struct day_bounds bounds =
        measure_bounds(node->measure, &node->constants[0], writer->moment->today);
    if (node->measure == MEASURE_DAYS_UNTIL) {
        sql_bound(writer, node, UNTIL[node->compare], bounds.at_least);
        return;
    }
    switch (node->compare) {
    case COMPARE_GE: sql_bound(writer, node, "<=", bounds.at_least); return;
    case COMPARE_GT: sql_bound(writer, node, "<=", bounds.more_than); return;
    case COMPARE_LT: sql_bound(writer, node, ">", bounds.at_least); return;
    case COMPARE_LE: sql_bound(writer, node, ">", bounds.more_than); return;
    case COMPARE_EQ:
    case COMPARE_NE:
        sql_put(writer, node->compare == COMPARE_EQ ? "(" : "(NOT (");
        sql_bound(writer, node, "<=", bounds.at_least);
        sql_put(writer, " AND ");
        sql_bound(writer, node, ">", bounds.more_than);
        sql_put(writer, node->compare == COMPARE_EQ ? ")" : "))");
        return;
    }
    abort();
}

static void sql_in(struct sql_writer *writer, const struct node *node)
{
    sql_put(writer, "(");
    sql_leaf(writer, &node->leaf);
    for (size_t i = 0; i < node->constant_count; i++)
        sql_put(writer, "%s%s", i == 0 ? " IN (" : ", ", sql_text(writer, node->constants[i].text));
    sql_put(writer, "))");
}

static void sql_node(struct sql_writer *writer, const struct node *node)
{
    switch (node->kind) {
    case NODE_AND:
    case NODE_OR:
        for (size_t i = 0; i < node->child_count; i++) {
            sql_put(writer, i == 0 ? "(" : node->kind == NODE_AND ? " AND " : " OR ");
            sql_node(writer, node->children[i]);
        }
        sql_put(writer, ")");
        return;
    case NODE_NOT:
        sql_put(writer, "(NOT ");
        sql_node(writer, node->children[0]);
        sql_put(writer, ")");
        return;
    case NODE_CONST: sql_put(writer, node->value ? "TRUE" : "FALSE"); return;
    case NODE_LEAF: sql_leaf(writer, &node->leaf); return;
    case NODE_COMPARE:
        if (node->measure == MEASURE_PLAIN)
            sql_compare(writer, node);
        else
            sql_measured(writer, node);
        return;
    case NODE_IN: sql_in(writer, node); return;
    }
    abort();
}

void expression_sql(struct sql_writer *writer, const struct audience_expr *expression)
{
    sql_node(writer, expression->root);
}
