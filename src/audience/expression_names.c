/* expression_names.c: the names an expression can read, one line each, and the words they compare
 * to. A name that is added here is parsed, typed and suggested; docs/expressions.md lists the same.
 */
#include <string.h>

#include "audience/audience_int.h"
#include "base/text.h"

static const struct leaf_row ROWS[] = {
    {"last_visit", LEAF_LAST_VISIT, VALUE_DAY, SCOPE_ENTRY, ARGS_SERVICE, DOMAIN_ANY},
    {"first_visit", LEAF_FIRST_VISIT, VALUE_DAY, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"first_visit.intro_offer", LEAF_FIRST_VISIT_INTRO, VALUE_BOOL, SCOPE_ENTRY, ARGS_NONE,
        DOMAIN_ANY},
    {"visits", LEAF_VISITS, VALUE_COUNT, SCOPE_ENTRY, ARGS_SERVICE, DOMAIN_ANY},
    {"ltv", LEAF_LTV, VALUE_MONEY, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"ltv_cents", LEAF_LTV, VALUE_MONEY, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"ltv_percentile", LEAF_LTV_PERCENTILE, VALUE_COUNT, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"last_ticket", LEAF_LAST_TICKET, VALUE_MONEY, SCOPE_ENTRY, ARGS_SERVICE, DOMAIN_ANY},
    {"last_category", LEAF_LAST_CATEGORY, VALUE_TEXT, SCOPE_ENTRY, ARGS_NONE, DOMAIN_SERVICE},
    {"last_provider", LEAF_LAST_PROVIDER, VALUE_TEXT, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"series.done", LEAF_SERIES_DONE, VALUE_COUNT, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"series.planned", LEAF_SERIES_PLANNED, VALUE_COUNT, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"series.last", LEAF_SERIES_LAST, VALUE_DAY, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"booked", LEAF_BOOKED, VALUE_BOOL, SCOPE_ENTRY, ARGS_BOOKED, DOMAIN_ANY},
    {"booked_since", LEAF_BOOKED_SINCE, VALUE_BOOL, SCOPE_ENTRY, ARGS_SINCE, DOMAIN_ANY},
    {"visited_since", LEAF_VISITED_SINCE, VALUE_BOOL, SCOPE_ENTRY, ARGS_SINCE, DOMAIN_ANY},
    {"visited_within", LEAF_VISITED_WITHIN, VALUE_BOOL, SCOPE_ENTRY, ARGS_SPAN, DOMAIN_ANY},
    {"event", LEAF_EVENT, VALUE_BOOL, SCOPE_ENTRY, ARGS_EVENT, DOMAIN_ANY},
    {"reachable", LEAF_REACHABLE, VALUE_BOOL, SCOPE_ENTRY, ARGS_CHANNELS, DOMAIN_CHANNEL},
    {"enrolled", LEAF_ENROLLED, VALUE_BOOL, SCOPE_ENTRY, ARGS_ENROLLED, DOMAIN_ANY},
    {"tags", LEAF_TAGS, VALUE_BOOL, SCOPE_ENTRY, ARGS_TAGS, DOMAIN_ANY},
    {"replied_not_booked", LEAF_REPLIED_NOT_BOOKED, VALUE_BOOL, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"membership.status", LEAF_MEMBERSHIP_STATUS, VALUE_TEXT, SCOPE_ENTRY, ARGS_NONE,
        DOMAIN_MEMBERSHIP},
    {"membership.plan", LEAF_MEMBERSHIP_PLAN, VALUE_TEXT, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"membership.renewal", LEAF_MEMBERSHIP_RENEWAL, VALUE_DAY, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"loyalty.points", LEAF_LOYALTY_POINTS, VALUE_COUNT, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"loyalty.expires", LEAF_LOYALTY_EXPIRES, VALUE_DAY, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"patient.birth", LEAF_BIRTH, VALUE_DAY, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"patient.created", LEAF_CREATED, VALUE_DAY, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"patient.vip", LEAF_VIP, VALUE_BOOL, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"patient.staff_or_family", LEAF_STAFF_OR_FAMILY, VALUE_BOOL, SCOPE_ENTRY, ARGS_NONE,
        DOMAIN_ANY},
    {"patient.billing_dispute", LEAF_BILLING_DISPUTE, VALUE_BOOL, SCOPE_ENTRY, ARGS_NONE,
        DOMAIN_ANY},
    {"patient.clinical_concern", LEAF_CLINICAL_CONCERN, VALUE_BOOL, SCOPE_ENTRY, ARGS_NONE,
        DOMAIN_ANY},
    {"patient.do_not_contact", LEAF_DO_NOT_CONTACT, VALUE_BOOL, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"patient.deceased", LEAF_DECEASED, VALUE_BOOL, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"patient.inactive", LEAF_INACTIVE, VALUE_BOOL, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"patient.paused", LEAF_PAUSED, VALUE_BOOL, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"patient.phi_authorized", LEAF_PHI_AUTHORIZED, VALUE_BOOL, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"language", LEAF_LANGUAGE, VALUE_TEXT, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"state", LEAF_STATE, VALUE_TEXT, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"preferred_channel", LEAF_PREFERRED_CHANNEL, VALUE_TEXT, SCOPE_ENTRY, ARGS_NONE,
        DOMAIN_CHANNEL},
    {"preferred_provider", LEAF_PREFERRED_PROVIDER, VALUE_TEXT, SCOPE_ENTRY, ARGS_NONE, DOMAIN_ANY},
    {"day", LEAF_DAY, VALUE_COUNT, SCOPE_ENROLLMENT, ARGS_NONE, DOMAIN_ANY},
    {"clicks", LEAF_CLICKS, VALUE_COUNT, SCOPE_ENROLLMENT, ARGS_NONE, DOMAIN_ANY},
    {"human_opens", LEAF_HUMAN_OPENS, VALUE_COUNT, SCOPE_ENROLLMENT, ARGS_NONE, DOMAIN_ANY},
    {"replies", LEAF_REPLIES, VALUE_COUNT, SCOPE_ENROLLMENT, ARGS_NONE, DOMAIN_ANY},
    {"delivered", LEAF_DELIVERED, VALUE_COUNT, SCOPE_ENROLLMENT, ARGS_NONE, DOMAIN_ANY},
    {"sent", LEAF_SENT, VALUE_COUNT, SCOPE_ENROLLMENT, ARGS_NONE, DOMAIN_ANY},
    {"opened", LEAF_OPENED, VALUE_BOOL, SCOPE_ENROLLMENT, ARGS_TOUCH, DOMAIN_ANY},
    {"clicked", LEAF_CLICKED, VALUE_BOOL, SCOPE_ENROLLMENT, ARGS_TOUCH, DOMAIN_ANY},
    {"silent_touches", LEAF_SILENT_TOUCHES, VALUE_COUNT, SCOPE_ENROLLMENT, ARGS_NONE, DOMAIN_ANY},
    {"opt_out", LEAF_OPT_OUT, VALUE_BOOL, SCOPE_ENROLLMENT, ARGS_ANY_ALL, DOMAIN_ANY},
    {"reply", LEAF_REPLY, VALUE_DAY, SCOPE_ENROLLMENT, ARGS_NONE, DOMAIN_ANY},
    {"reply.label", LEAF_REPLY_LABEL, VALUE_TEXTS, SCOPE_ENROLLMENT, ARGS_NONE, DOMAIN_LABEL},
    {"reply.route", LEAF_REPLY_ROUTE, VALUE_TEXT, SCOPE_ENROLLMENT, ARGS_NONE, DOMAIN_ROUTE},
    {"thread.closed", LEAF_THREAD_CLOSED, VALUE_BOOL, SCOPE_ENROLLMENT, ARGS_NONE, DOMAIN_ANY},
    {"discharged", LEAF_DISCHARGED, VALUE_BOOL, SCOPE_ENROLLMENT, ARGS_NONE, DOMAIN_ANY},
    {"opening_within", LEAF_OPENING_WITHIN, VALUE_BOOL, SCOPE_ENROLLMENT, ARGS_SPAN, DOMAIN_ANY},
};

const struct leaf_row *leaf_rows(size_t *ret_count)
{
    *ret_count = sizeof(ROWS) / sizeof(ROWS[0]);
    return ROWS;
}

const struct leaf_row *leaf_row_find(const char *name)
{
    /* Any field may be named: what an event carries is the sender's to say. */
    static const struct leaf_row EVENT_FIELD = {
        "event.", LEAF_EVENT_FIELD, VALUE_TEXT, SCOPE_EVENT, ARGS_NONE, DOMAIN_ANY};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
        if (strcmp(ROWS[i].name, name) == 0)
            return &ROWS[i];
    return text_starts(name, "event.") ? &EVENT_FIELD : NULL;
}

const char *value_type_name(enum value_type type)
{
    switch (type) {
    case VALUE_BOOL: return "true or false";
    case VALUE_COUNT: return "a count";
    case VALUE_MONEY: return "money";
    case VALUE_DAY: return "a day";
    case VALUE_TEXT:
    case VALUE_TEXTS: return "a word";
    case VALUE_TYPE_MAX: break;
    }
    return "nothing";
}

static const struct event_row EVENTS[EVENT_ID_MAX] = {
    [EVENT_NO_SHOW] = {"appointment.no_show", NULL, NULL, APPOINTMENT_NO_SHOW, true},
    [EVENT_CANCELLED] = {"appointment.cancelled", NULL, NULL, APPOINTMENT_CANCELLED, true},
    [EVENT_LATE_CANCELLED] = {"appointment.late_cancelled", NULL, NULL, APPOINTMENT_LATE_CANCELLED,
        true},
    [EVENT_COMPLETED] = {"appointment.completed", NULL, NULL, APPOINTMENT_COMPLETED, true},
    [EVENT_RENEWAL_MISSED] = {"membership.renewal_missed", NULL, NULL, 0, false},
    [EVENT_PROGRAM_JOINED] = {"program.joined", "program", "joined", 0, false},
    [EVENT_PROGRAM_PAUSED] = {"program.paused", "program", "paused", 0, false},
    [EVENT_PROGRAM_DISCHARGED] = {"program.discharged", "program", "discharged", 0, false},
    [EVENT_RX_REFILL_DUE] = {"rx.refill_due", "prescription", "refill_due", 0, false},
    [EVENT_RX_REFILLED] = {"rx.refilled", "prescription", "refilled", 0, false},
    [EVENT_RX_LAPSED] = {"rx.lapsed", "prescription", "lapsed", 0, false},
    [EVENT_LAST_EXIT] = {"last_exit", NULL, NULL, 0, false},
    [EVENT_TRIGGER] = {"event", NULL, NULL, 0, false},
};

const struct event_row *event_row(enum event_id id)
{
    return &EVENTS[id];
}

bool event_parse(const char *name, enum event_id *ret_id)
{
    for (enum event_id id = 0; id < EVENT_LAST_EXIT; id++)
        if (strcmp(EVENTS[id].name, name) == 0) {
            *ret_id = id;
            return true;
        }
    return false;
}

const char *const *event_names(size_t *ret_count)
{
    static const char *const NAMES[] = {"appointment.no_show", "appointment.cancelled",
        "appointment.late_cancelled", "appointment.completed", "membership.renewal_missed",
        "program.joined", "program.paused", "program.discharged", "rx.refill_due", "rx.refilled",
        "rx.lapsed"};
    _Static_assert(sizeof(NAMES) / sizeof(NAMES[0]) == EVENT_LAST_EXIT, "one name per event");
    *ret_count = EVENT_LAST_EXIT;
    return NAMES;
}

const char *const *leaf_domain_words(enum leaf_domain domain, size_t *ret_count)
{
    static const char *const CHANNELS[] = {"sms", "email", "voice"};
    static const char *const MEMBERSHIPS[] = {"active", "paused", "ended"};
    /* The labels and routes of a reading: docs/replies.md. */
    static const char *const LABELS[] = {"opt_out", "pause", "opt_in", "help", "book_yes",
        "availability", "reschedule", "cancel", "price", "financing_insurance", "service_question",
        "clinical_urgent", "clinical_nonurgent", "complaint_angry", "refund_dispute",
        "loyalty_promo", "location_hours", "wrong_number", "deceased_or_moved", "not_interested",
        "already_booked_elsewhere", "thanks_smalltalk", "identity_privacy", "abusive",
        "vip_or_staff_request", "unclear"};
    static const char *const ROUTES[] = {
        "escalate", "suppress", "staff_task", "auto_reply", "close"};
    switch (domain) {
    case DOMAIN_CHANNEL: *ret_count = sizeof(CHANNELS) / sizeof(CHANNELS[0]); return CHANNELS;
    case DOMAIN_MEMBERSHIP:
        *ret_count = sizeof(MEMBERSHIPS) / sizeof(MEMBERSHIPS[0]);
        return MEMBERSHIPS;
    case DOMAIN_LABEL: *ret_count = sizeof(LABELS) / sizeof(LABELS[0]); return LABELS;
    case DOMAIN_ROUTE: *ret_count = sizeof(ROUTES) / sizeof(ROUTES[0]); return ROUTES;
    case DOMAIN_ANY:
    case DOMAIN_SERVICE: break;
    }
    *ret_count = 0;
    return NULL;
}
