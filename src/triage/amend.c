/* amend.c: what the grammar knows better of the labels than the model. */
#include "triage/reading_int.h"

static const double sure_amended = 0.6;

void reading_add_label(struct triage_reading *reading, enum triage_label label, double confidence)
{
    reading->labels[label] = true;
    if (confidence > reading->confidence[label])
        reading->confidence[label] = confidence;
}

void reading_remove_label(struct triage_reading *reading, enum triage_label label)
{
    reading->labels[label] = false;
    reading->confidence[label] = 0;
}

/* A label other than those of `but`, a bit each. */
static bool has_label_but(const struct triage_reading *reading, uint64_t but)
{
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (reading->labels[label] && (but >> label & 1) == 0)
            return true;
    }
    return false;
}

#define LABEL_BIT(label) (1ULL << TRIAGE_LABEL_##label)

/* A threat to leave is a complaint, unless the text is about something else: nobody has gone yet.
 */
static void amend_threat_to_leave(const struct hits *hits, struct triage_reading *reading)
{
    static const uint64_t gone = LABEL_BIT(OPT_OUT) | LABEL_BIT(OPT_IN)
        | LABEL_BIT(ALREADY_BOOKED_ELSEWHERE) | LABEL_BIT(NOT_INTERESTED);
    bool other = has_label_but(reading, gone);
    if (!match_has_rule(hits, "complaint_angry_business")
        && (other || !match_has_rule(hits, "complaint_angry_leave")))
        return;
    reading_remove_label(reading, TRIAGE_LABEL_ALREADY_BOOKED_ELSEWHERE);
    reading_remove_label(reading, TRIAGE_LABEL_NOT_INTERESTED);
    reading_remove_label(reading, TRIAGE_LABEL_OPT_IN);
    reading_add_label(reading, TRIAGE_LABEL_COMPLAINT_ANGRY, sure_amended);
}

/* "How much is it, and do you have Tuesday?": a second question beside questions. */
static void amend_second_question(const struct hits *hits, struct triage_reading *reading)
{
    static const uint64_t questions = LABEL_BIT(PRICE) | LABEL_BIT(AVAILABILITY)
        | LABEL_BIT(SERVICE_QUESTION) | LABEL_BIT(LOCATION_HOURS) | LABEL_BIT(FINANCING_INSURANCE)
        | LABEL_BIT(LOYALTY_PROMO);
    bool other = has_label_but(reading, 0);
    if (has_label_but(reading, questions))
        return;
    if (match_has_rule(hits, "availability_too"))
        reading_add_label(reading, TRIAGE_LABEL_AVAILABILITY, sure_amended);
    if (other && !reading->labels[TRIAGE_LABEL_LOYALTY_PROMO]
        && !reading->labels[TRIAGE_LABEL_LOCATION_HOURS] && match_has_rule(hits, "price_too"))
        reading_add_label(reading, TRIAGE_LABEL_PRICE, sure_amended);
}

static void replace_label(
    struct triage_reading *reading, enum triage_label from, enum triage_label by)
{
    if (!reading->labels[from])
        return;
    reading_remove_label(reading, from);
    if (by != TRIAGE_LABEL_UNCLEAR && !has_label_but(reading, 0))
        reading_add_label(reading, by, sure_amended);
}

/* Who has gone, or is somebody else, hears nothing more by any way: not for a guess that the text
 * itself contradicts. */
static void amend_false_ends(const struct hits *hits, struct triage_reading *reading)
{
    if (match_has_rule(hits, "moved_but_comes") || match_has_rule(hits, "not_gone"))
        replace_label(reading, TRIAGE_LABEL_DECEASED_OR_MOVED, TRIAGE_LABEL_UNCLEAR);
    if (match_has_kind(hits, RULE_WRONG))
        return;
    if (match_has_rule(hits, "friend_wants"))
        replace_label(reading, TRIAGE_LABEL_WRONG_NUMBER, TRIAGE_LABEL_SERVICE_QUESTION);
    if (match_has_rule(hits, "not_with")) {
        replace_label(reading, TRIAGE_LABEL_WRONG_NUMBER, TRIAGE_LABEL_AVAILABILITY);
        replace_label(reading, TRIAGE_LABEL_COMPLAINT_ANGRY, TRIAGE_LABEL_AVAILABILITY);
    }
}

void amend_labels(
    const struct hits *hits, const struct prior_sense *prior, struct triage_reading *reading)
{
    amend_threat_to_leave(hits, reading);
    amend_false_ends(hits, reading);
    amend_second_question(hits, reading);
    bool visit = prior->slots || prior->appointment;
    if (!visit && match_has_rule(hits, "a_day_asked")) {
        reading_remove_label(reading, TRIAGE_LABEL_BOOK_YES);
        reading_add_label(reading, TRIAGE_LABEL_AVAILABILITY, sure_amended);
    }
}
