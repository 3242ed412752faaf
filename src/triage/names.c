/* names.c: the names of labels, urgencies and routes as they stand in JSON. */
#include <assert.h>
#include <string.h>

#include "triage/triage.h"

static const char *const label_names[TRIAGE_LABEL_MAX] = {
    [TRIAGE_LABEL_OPT_OUT] = "opt_out",
    [TRIAGE_LABEL_PAUSE] = "pause",
    [TRIAGE_LABEL_OPT_IN] = "opt_in",
    [TRIAGE_LABEL_HELP] = "help",
    [TRIAGE_LABEL_BOOK_YES] = "book_yes",
    [TRIAGE_LABEL_AVAILABILITY] = "availability",
    [TRIAGE_LABEL_RESCHEDULE] = "reschedule",
    [TRIAGE_LABEL_CANCEL] = "cancel",
    [TRIAGE_LABEL_PRICE] = "price",
    [TRIAGE_LABEL_FINANCING_INSURANCE] = "financing_insurance",
    [TRIAGE_LABEL_SERVICE_QUESTION] = "service_question",
    [TRIAGE_LABEL_CLINICAL_URGENT] = "clinical_urgent",
    [TRIAGE_LABEL_CLINICAL_NONURGENT] = "clinical_nonurgent",
    [TRIAGE_LABEL_COMPLAINT_ANGRY] = "complaint_angry",
    [TRIAGE_LABEL_REFUND_DISPUTE] = "refund_dispute",
    [TRIAGE_LABEL_LOYALTY_PROMO] = "loyalty_promo",
    [TRIAGE_LABEL_LOCATION_HOURS] = "location_hours",
    [TRIAGE_LABEL_WRONG_NUMBER] = "wrong_number",
    [TRIAGE_LABEL_DECEASED_OR_MOVED] = "deceased_or_moved",
    [TRIAGE_LABEL_NOT_INTERESTED] = "not_interested",
    [TRIAGE_LABEL_ALREADY_BOOKED_ELSEWHERE] = "already_booked_elsewhere",
    [TRIAGE_LABEL_THANKS_SMALLTALK] = "thanks_smalltalk",
    [TRIAGE_LABEL_IDENTITY_PRIVACY] = "identity_privacy",
    [TRIAGE_LABEL_ABUSIVE] = "abusive",
    [TRIAGE_LABEL_VIP_OR_STAFF_REQUEST] = "vip_or_staff_request",
    [TRIAGE_LABEL_UNCLEAR] = "unclear",
};

const char *triage_label_name(enum triage_label label)
{
    assert(label < TRIAGE_LABEL_MAX);
    return label_names[label];
}

bool triage_label_parse(const char *name, enum triage_label *ret_label)
{
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (strcmp(label_names[label], name) == 0) {
            *ret_label = label;
            return true;
        }
    }
    return false;
}

const char *triage_stop_name(enum triage_stop stop)
{
    static const char *const names[TRIAGE_STOP_MAX] = {"no", "unsure", "yes"};
    assert(stop < TRIAGE_STOP_MAX);
    return names[stop];
}

const char *triage_urgency_name(enum triage_urgency urgency)
{
    static const char *const names[TRIAGE_URGENCY_MAX] = {"none", "same_day", "emergency"};
    assert(urgency < TRIAGE_URGENCY_MAX);
    return names[urgency];
}

const char *triage_route_name(enum triage_route route)
{
    static const char *const names[TRIAGE_ROUTE_MAX] = {
        "escalate", "suppress", "staff_task", "auto_reply", "close"};
    assert(route < TRIAGE_ROUTE_MAX);
    return names[route];
}

const char *triage_channel_name(enum triage_channel channel)
{
    static const char *const names[TRIAGE_CHANNEL_MAX] = {"sms", "email", "voice"};
    assert(channel < TRIAGE_CHANNEL_MAX);
    return names[channel];
}

const char *triage_language_name(enum triage_language language)
{
    static const char *const names[TRIAGE_LANGUAGE_MAX] = {"en", "es"};
    assert(language < TRIAGE_LANGUAGE_MAX);
    return names[language];
}

const char *triage_optout_name(enum triage_optout optout)
{
    static const char *const names[TRIAGE_OPTOUT_MAX] = {
        "opt_out", "opt_in", "help", "not_opt_out"};
    assert(optout < TRIAGE_OPTOUT_MAX);
    return names[optout];
}
