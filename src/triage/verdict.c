/* verdict.c: see verdict.h. */
#include "triage/verdict.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "triage/model_int.h"

static size_t count_labels(const bool labels[TRIAGE_LABEL_MAX])
{
    size_t count = 0;
    for (int label = 0; label < TRIAGE_LABEL_MAX; label++)
        count += labels[label];
    return count;
}

/* The order of README.md, "Route": the first that fits. */
enum triage_route triage_route_of(const struct triage_reading *reading)
{
    const bool *labels = reading->labels;
    if (labels[TRIAGE_LABEL_CLINICAL_URGENT] || labels[TRIAGE_LABEL_COMPLAINT_ANGRY]
        || labels[TRIAGE_LABEL_REFUND_DISPUTE])
        return TRIAGE_ROUTE_ESCALATE;
    if (reading->suppress)
        return TRIAGE_ROUTE_SUPPRESS;
    if (reading->stop == TRIAGE_STOP_UNSURE)
        return TRIAGE_ROUTE_STAFF_TASK;
    if (labels[TRIAGE_LABEL_ABUSIVE])
        return TRIAGE_ROUTE_ESCALATE;
    if (labels[TRIAGE_LABEL_CLINICAL_NONURGENT] || labels[TRIAGE_LABEL_VIP_OR_STAFF_REQUEST]
        || labels[TRIAGE_LABEL_CANCEL])
        return TRIAGE_ROUTE_STAFF_TASK;
    if (reading->asks_for_own_data)
        return TRIAGE_ROUTE_STAFF_TASK;
    static const enum triage_label answered[] = {TRIAGE_LABEL_BOOK_YES, TRIAGE_LABEL_AVAILABILITY,
        TRIAGE_LABEL_RESCHEDULE, TRIAGE_LABEL_PRICE, TRIAGE_LABEL_FINANCING_INSURANCE,
        TRIAGE_LABEL_SERVICE_QUESTION, TRIAGE_LABEL_LOYALTY_PROMO, TRIAGE_LABEL_LOCATION_HOURS,
        TRIAGE_LABEL_IDENTITY_PRIVACY, TRIAGE_LABEL_HELP, TRIAGE_LABEL_OPT_IN};
    for (size_t i = 0; i < sizeof answered / sizeof *answered; i++) {
        if (labels[answered[i]])
            return TRIAGE_ROUTE_AUTO_REPLY;
    }
    return labels[TRIAGE_LABEL_UNCLEAR] ? TRIAGE_ROUTE_STAFF_TASK : TRIAGE_ROUTE_CLOSE;
}

static enum triage_route follow_route(const struct triage_verdict *verdict)
{
    struct triage_reading reading = {.urgency = verdict->urgency};
    memcpy(reading.labels, verdict->labels, sizeof reading.labels);
    reading.stop = verdict->labels[TRIAGE_LABEL_OPT_OUT] ? TRIAGE_STOP_YES : TRIAGE_STOP_NO;
    reading.suppress = verdict->labels[TRIAGE_LABEL_OPT_OUT]
        || verdict->labels[TRIAGE_LABEL_WRONG_NUMBER]
        || verdict->labels[TRIAGE_LABEL_DECEASED_OR_MOVED];
    return triage_route_of(&reading);
}

const char *triage_settle_verdict(struct triage_verdict *verdict, const char **ret_field)
{
    const bool urgent = verdict->labels[TRIAGE_LABEL_CLINICAL_URGENT];
    const size_t count = count_labels(verdict->labels);
    *ret_field = "labels";
    if (count == 0)
        return "Nothing is said about what it meant";
    if (verdict->labels[TRIAGE_LABEL_UNCLEAR] && count > 1)
        return "unclear stands alone";
    if (urgent && verdict->labels[TRIAGE_LABEL_CLINICAL_NONURGENT])
        return "It is either urgent or it is not";
    *ret_field = "urgency";
    if (!verdict->urgency_said)
        verdict->urgency = urgent ? TRIAGE_URGENCY_SAME_DAY : TRIAGE_URGENCY_NONE;
    if (urgent && verdict->urgency == TRIAGE_URGENCY_NONE)
        return "What is clinical_urgent is same_day or emergency";
    if (!urgent && verdict->urgency == TRIAGE_URGENCY_EMERGENCY)
        return "An emergency is clinical_urgent, too";
    if (!urgent && verdict->urgency == TRIAGE_URGENCY_SAME_DAY
        && !verdict->labels[TRIAGE_LABEL_ABUSIVE])
        return "same_day wants clinical_urgent, or abusive for a threat";
    *ret_field = "route";
    if (!verdict->route_said)
        verdict->route = follow_route(verdict);
    if (verdict->urgency != TRIAGE_URGENCY_NONE && verdict->route > TRIAGE_ROUTE_STAFF_TASK)
        return "Nobody looks on that route, and it is urgent";
    return NULL;
}

enum triage_label triage_strongest_label(const bool labels[TRIAGE_LABEL_MAX])
{
    static const enum triage_label order[] = {TRIAGE_LABEL_CLINICAL_URGENT, TRIAGE_LABEL_OPT_OUT,
        TRIAGE_LABEL_WRONG_NUMBER, TRIAGE_LABEL_DECEASED_OR_MOVED, TRIAGE_LABEL_COMPLAINT_ANGRY,
        TRIAGE_LABEL_REFUND_DISPUTE, TRIAGE_LABEL_ABUSIVE, TRIAGE_LABEL_CLINICAL_NONURGENT,
        TRIAGE_LABEL_PAUSE, TRIAGE_LABEL_NOT_INTERESTED, TRIAGE_LABEL_ALREADY_BOOKED_ELSEWHERE};
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        if (labels[order[i]])
            return order[i];
    }
    for (int i = 0; i < TRIAGE_LABEL_MAX; i++) {
        if (labels[i])
            return (enum triage_label)i;
    }
    return TRIAGE_LABEL_UNCLEAR;
}

const char *triage_label_list(struct arena *arena, const bool labels[TRIAGE_LABEL_MAX])
{
    struct buf list;
    buf_init(&list, arena);
    const enum triage_label strongest = triage_strongest_label(labels);
    buf_add(&list, triage_label_name(strongest));
    for (int label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (labels[label] && label != (int)strongest)
            buf_format(&list, ",%s", triage_label_name((enum triage_label)label));
    }
    return list.data;
}

void triage_parse_label_list(const char *list, bool ret_labels[TRIAGE_LABEL_MAX])
{
    memset(ret_labels, 0, sizeof(bool) * TRIAGE_LABEL_MAX);
    char name[32];
    while (*list) {
        const size_t len = strcspn(list, ",");
        enum triage_label label;
        if (len < sizeof name) {
            memcpy(name, list, len);
            name[len] = 0;
            if (triage_label_parse(name, &label))
                ret_labels[label] = true;
        }
        list += len + (list[len] == ',');
    }
}

bool triage_urgency_parse(const char *name, enum triage_urgency *ret_urgency)
{
    for (enum triage_urgency urgency = 0; urgency < TRIAGE_URGENCY_MAX; urgency++) {
        if (text_is(name, triage_urgency_name(urgency))) {
            *ret_urgency = urgency;
            return true;
        }
    }
    return false;
}

bool triage_route_parse(const char *name, enum triage_route *ret_route)
{
    for (enum triage_route route = 0; route < TRIAGE_ROUTE_MAX; route++) {
        if (text_is(name, triage_route_name(route))) {
            *ret_route = route;
            return true;
        }
    }
    return false;
}
