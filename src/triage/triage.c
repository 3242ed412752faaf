/* triage.c: the hits of the rules -> one reading. */
#include "triage/triage.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "triage/learned_int.h"
#include "triage/reading_int.h"

/* How sure a grammar rule is when it speaks, by how directly it reads the words. */
static const double sure_keyword = 0.99, sure_rule = 0.95, sure_maybe = 0.6;
/* The learned opinion counts from here: high enough that it stays silent on ordinary replies
 * (README.md, "Measured"). */
static const double learned_least = 0.75, learned_least_beside = 0.9;

struct reading_work {
    struct arena *request;
    struct reply_text reply;
    struct hits hits;
    struct prior_sense prior;
    struct triage_reading *reading;
};

static void add_label(struct triage_reading *reading, enum triage_label label, double confidence)
{
    reading->labels[label] = true;
    if (confidence > reading->confidence[label])
        reading->confidence[label] = confidence;
}

static void remove_label(struct triage_reading *reading, enum triage_label label)
{
    reading->labels[label] = false;
    reading->confidence[label] = 0;
}

static void add_tag(struct triage_reading *reading, const char *tag)
{
    for (size_t i = 0; i < reading->tag_count; i++) {
        if (strcmp(reading->tags[i], tag) == 0)
            return;
    }
    if (reading->tag_count < TRIAGE_TAGS_MAX)
        reading->tags[reading->tag_count++] = tag;
}

static void add_why(struct triage_reading *reading, const char *why)
{
    if (reading->why_count < TRIAGE_WHY_MAX)
        reading->why[reading->why_count++] = why;
}

static const char *kind_name(enum rule_kind kind)
{
    switch (kind) {
    case RULE_PRIOR:
        return "prior";
    case RULE_DENY:
        return "deny";
    case RULE_MASK:
        return "mask";
    case RULE_KEEP:
        return "keep";
    case RULE_START:
        return "start";
    case RULE_KEYWORD:
        return "keyword";
    case RULE_STOP:
        return "stop";
    case RULE_STOP_MAYBE:
        return "stop_maybe";
    case RULE_WRONG:
        return "wrong";
    case RULE_EMAIL_ONLY:
        return "email_only";
    case RULE_EMERGENCY:
        return "emergency";
    case RULE_SAME_DAY:
        return "same_day";
    case RULE_CLINICAL:
        return "clinical";
    case RULE_THREAT:
        return "threat";
    case RULE_LABEL:
        return "label";
    case RULE_TAG:
        return "tag";
    case RULE_KIND_MAX:
        break;
    }
    assert(!"unknown kind of rule");
    return "";
}

/* "stop.cease_reach: stop texting" */
static const char *why_of(struct arena *request, const struct reply_text *reply,
    const struct hit *hit)
{
    char words[96] = {0};
    size_t len = 0;
    for (size_t i = hit->from; i < hit->until; i++) {
        size_t more = strlen(reply->tokens[i].text);
        if (len + more + 2 > sizeof words)
            break;
        if (len > 0)
            words[len++] = ' ';
        memcpy(words + len, reply->tokens[i].text, more);
        len += more;
    }
    return arena_format(request, "%s.%s: %s", kind_name((enum rule_kind)hit->rule->kind),
        hit->rule->name, words);
}

static bool has_hit(const struct hits *hits, enum rule_kind kind)
{
    for (size_t i = 0; i < hits->count; i++) {
        if (hits->list[i].rule->kind == kind)
            return true;
    }
    return false;
}

static bool has_rule(const struct hits *hits, const char *name)
{
    for (size_t i = 0; i < hits->count; i++) {
        if (strcmp(hits->list[i].rule->name, name) == 0)
            return true;
    }
    return false;
}

/* The message is known to be about something of its own: a price, a visit, a call. */
static bool has_subject(const struct triage_reading *reading)
{
    static const enum triage_label subjects[] = {TRIAGE_LABEL_HELP, TRIAGE_LABEL_BOOK_YES,
        TRIAGE_LABEL_AVAILABILITY, TRIAGE_LABEL_RESCHEDULE, TRIAGE_LABEL_CANCEL, TRIAGE_LABEL_PRICE,
        TRIAGE_LABEL_FINANCING_INSURANCE, TRIAGE_LABEL_SERVICE_QUESTION,
        TRIAGE_LABEL_CLINICAL_NONURGENT, TRIAGE_LABEL_REFUND_DISPUTE, TRIAGE_LABEL_LOYALTY_PROMO,
        TRIAGE_LABEL_LOCATION_HOURS, TRIAGE_LABEL_IDENTITY_PRIVACY,
        TRIAGE_LABEL_VIP_OR_STAFF_REQUEST};
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        if (reading->labels[subjects[i]])
            return true;
    }
    return false;
}

/* Only where no rule has spoken for or against a stop, and only up to "unsure". */
static void read_learned(struct reading_work *work)
{
    double likely = learned_stop(&work->reply, &work->hits);
    double least = has_subject(work->reading) ? learned_least_beside : learned_least;
    if (likely < least || work->reading->urgency != TRIAGE_URGENCY_NONE)
        return;
    work->reading->stop = TRIAGE_STOP_UNSURE;
    add_label(work->reading, TRIAGE_LABEL_OPT_OUT, likely);
    add_why(work->reading, arena_format(work->request, "learned.stop: %.2f", likely));
}

static void read_stop(struct reading_work *work)
{
    struct triage_reading *reading = work->reading;
    const struct hits *hits = &work->hits;
    bool signs_only = work->reply.count == 0 && work->reply.stop_signs > 0;
    reading->keep = has_hit(hits, RULE_KEEP);
    reading->restart = has_hit(hits, RULE_START);
    reading->stop_keyword = has_hit(hits, RULE_KEYWORD);
    reading->by_email_only = has_hit(hits, RULE_EMAIL_ONLY);
    bool wrong = has_hit(hits, RULE_WRONG);
    if (reading->stop_keyword || has_hit(hits, RULE_STOP) || reading->by_email_only || signs_only)
        reading->stop = TRIAGE_STOP_YES;
    else if (!wrong && !reading->restart && has_hit(hits, RULE_STOP_MAYBE))
        reading->stop = TRIAGE_STOP_UNSURE;
    if ((work->reply.cut || hits->exhausted) && reading->stop == TRIAGE_STOP_NO)
        reading->stop = TRIAGE_STOP_UNSURE;
    if (reading->stop == TRIAGE_STOP_NO && !wrong && !reading->restart && !reading->keep)
        read_learned(work);
    if (signs_only)
        add_why(reading, "stop.sign: an emoji that says stop");
    if (work->reply.cut || hits->exhausted)
        add_why(reading, "stop.not_read: longer than what is read");
    if (reading->stop == TRIAGE_STOP_YES) {
        reading->restart = false;
        add_label(reading, TRIAGE_LABEL_OPT_OUT, reading->stop_keyword ? sure_keyword : sure_rule);
    } else if (reading->stop == TRIAGE_STOP_UNSURE && !reading->labels[TRIAGE_LABEL_OPT_OUT]) {
        add_label(reading, TRIAGE_LABEL_OPT_OUT, sure_maybe);
    }
    if (wrong)
        add_label(reading, TRIAGE_LABEL_WRONG_NUMBER, sure_rule);
    if (reading->stop == TRIAGE_STOP_NO && !wrong && (reading->restart || reading->keep))
        add_label(reading, TRIAGE_LABEL_OPT_IN, reading->restart ? sure_rule : sure_maybe);
}

static void read_labels(struct reading_work *work)
{
    struct triage_reading *reading = work->reading;
    for (size_t i = 0; i < work->hits.count; i++) {
        const struct hit *hit = &work->hits.list[i];
        if (hit->rule->kind == RULE_LABEL)
            add_label(reading, (enum triage_label)hit->rule->label, sure_rule);
        if (hit->rule->kind == RULE_TAG)
            add_tag(reading, hit->rule->name);
        if (hit->rule->kind != RULE_MASK && hit->rule->kind != RULE_DENY)
            add_why(reading, why_of(work->request, &work->reply, hit));
    }
}

/* Promise human_first: what may be urgent is said to be urgent, whatever else the text holds. */
static void read_urgency(struct reading_work *work)
{
    struct triage_reading *reading = work->reading;
    if (has_hit(&work->hits, RULE_EMERGENCY))
        reading->urgency = TRIAGE_URGENCY_EMERGENCY;
    else if (has_hit(&work->hits, RULE_SAME_DAY))
        reading->urgency = TRIAGE_URGENCY_SAME_DAY;
    if (reading->urgency != TRIAGE_URGENCY_NONE) {
        add_label(reading, TRIAGE_LABEL_CLINICAL_URGENT, sure_rule);
        remove_label(reading, TRIAGE_LABEL_HELP);
    } else if (has_hit(&work->hits, RULE_CLINICAL)) {
        add_label(reading, TRIAGE_LABEL_CLINICAL_NONURGENT, sure_rule);
    }
    if (has_hit(&work->hits, RULE_THREAT)) {
        add_label(reading, TRIAGE_LABEL_ABUSIVE, sure_rule);
        if (reading->urgency == TRIAGE_URGENCY_NONE)
            reading->urgency = TRIAGE_URGENCY_SAME_DAY;
    }
}

static void read_context(struct reading_work *work)
{
    struct triage_reading *reading = work->reading;
    switch (context_read_answer(&work->reply, &work->prior)) {
    case CONTEXT_NONE:
        return;
    case CONTEXT_KEEP:
        reading->keep = true;
        add_label(reading, TRIAGE_LABEL_OPT_IN, sure_rule);
        add_why(reading, "context.keep: chose to go on of the two offered");
        break;
    case CONTEXT_PAUSE:
        add_label(reading, TRIAGE_LABEL_PAUSE, sure_rule);
        add_why(reading, "context.pause: chose the pause of the two offered");
        break;
    case CONTEXT_RESTART:
        reading->restart = true;
        add_label(reading, TRIAGE_LABEL_OPT_IN, sure_rule);
        add_why(reading, "context.restart: said yes to being put back on");
        break;
    case CONTEXT_BOOK:
        add_label(reading, TRIAGE_LABEL_BOOK_YES, sure_rule);
        add_why(reading, "context.book: said yes to the offer or chose a time");
        break;
    case CONTEXT_CONFIRM:
        add_label(reading, TRIAGE_LABEL_THANKS_SMALLTALK, sure_rule);
        add_why(reading, "context.confirm: said yes to the reminder");
        return;
    case CONTEXT_DECLINE:
        add_label(reading, TRIAGE_LABEL_NOT_INTERESTED, sure_rule);
        add_why(reading, "context.decline: said no to the offer");
        break;
    }
    remove_label(reading, TRIAGE_LABEL_THANKS_SMALLTALK);
}

/* A bare CANCEL or END after a message about a visit may mean the visit (OPT-14). */
static void read_also_cancel(struct reading_work *work)
{
    struct triage_reading *reading = work->reading;
    if (!reading->stop_keyword || !work->prior.appointment)
        return;
    for (size_t i = 0; i < work->reply.count; i++) {
        const char *text = work->reply.tokens[i].word == WORD_UNKNOWN
            ? work->reply.tokens[i].text
            : grammar_all.words[work->reply.tokens[i].word].text;
        if (text_starts(text, "cancel") || text_is(text, "end"))
            reading->also_cancel = true;
    }
    if (reading->also_cancel)
        add_label(reading, TRIAGE_LABEL_CANCEL, sure_maybe);
}

static bool has_other_label(const struct triage_reading *reading, enum triage_label label)
{
    for (enum triage_label other = 0; other < TRIAGE_LABEL_MAX; other++) {
        if (other != label && reading->labels[other])
            return true;
    }
    return false;
}

/* A weak reading gives way to a strong one of the same words. */
static void settle_labels(struct triage_reading *reading)
{
    static const enum triage_label beside_stop[] = {TRIAGE_LABEL_OPT_IN, TRIAGE_LABEL_HELP,
        TRIAGE_LABEL_PAUSE, TRIAGE_LABEL_BOOK_YES, TRIAGE_LABEL_LOYALTY_PROMO,
        TRIAGE_LABEL_SERVICE_QUESTION, TRIAGE_LABEL_IDENTITY_PRIVACY};
    bool stopped = reading->labels[TRIAGE_LABEL_OPT_OUT]
        || reading->labels[TRIAGE_LABEL_WRONG_NUMBER];
    for (size_t i = 0; stopped && i < sizeof beside_stop / sizeof *beside_stop; i++)
        remove_label(reading, beside_stop[i]);
    if (reading->labels[TRIAGE_LABEL_CLINICAL_URGENT]) {
        remove_label(reading, TRIAGE_LABEL_CLINICAL_NONURGENT);
        remove_label(reading, TRIAGE_LABEL_SERVICE_QUESTION);
    }
    if (reading->labels[TRIAGE_LABEL_PAUSE] && reading->labels[TRIAGE_LABEL_NOT_INTERESTED])
        remove_label(reading, TRIAGE_LABEL_NOT_INTERESTED);
    if (reading->labels[TRIAGE_LABEL_RESCHEDULE] && reading->labels[TRIAGE_LABEL_CANCEL])
        remove_label(reading, TRIAGE_LABEL_CANCEL);
    if (reading->labels[TRIAGE_LABEL_THANKS_SMALLTALK]
        && has_other_label(reading, TRIAGE_LABEL_THANKS_SMALLTALK))
        remove_label(reading, TRIAGE_LABEL_THANKS_SMALLTALK);
    bool any = false;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++)
        any = any || reading->labels[label];
    if (!any)
        add_label(reading, TRIAGE_LABEL_UNCLEAR, 1.0);
}

/* The order of README.md, "Route": the first that fits. */
static enum triage_route route_of(const struct triage_reading *reading)
{
    const bool *labels = reading->labels;
    if (labels[TRIAGE_LABEL_CLINICAL_URGENT] || labels[TRIAGE_LABEL_COMPLAINT_ANGRY]
        || labels[TRIAGE_LABEL_REFUND_DISPUTE])
        return TRIAGE_ROUTE_ESCALATE;
    if (reading->stop == TRIAGE_STOP_UNSURE)
        return TRIAGE_ROUTE_STAFF_TASK;
    if (reading->suppress)
        return TRIAGE_ROUTE_SUPPRESS;
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

static enum triage_language language_of(const struct reply_text *reply)
{
    size_t english = 0, spanish = 0;
    for (size_t i = 0; i < reply->count; i++) {
        if (reply->tokens[i].word == WORD_UNKNOWN)
            continue;
        const struct grammar_word *word = &grammar_all.words[reply->tokens[i].word];
        if (word->english != word->spanish)
            *(word->english ? &english : &spanish) += 1;
    }
    return spanish > english ? TRIAGE_LANGUAGE_ES : TRIAGE_LANGUAGE_EN;
}

static void assert_reading(const struct triage_reading *reading)
{
    bool urgent = reading->labels[TRIAGE_LABEL_CLINICAL_URGENT];
    bool suspect = urgent || reading->labels[TRIAGE_LABEL_ABUSIVE];
    assert(reading->urgency == TRIAGE_URGENCY_NONE ? !urgent : suspect);
    bool unclear = reading->labels[TRIAGE_LABEL_UNCLEAR];
    assert(!unclear || !has_other_label(reading, TRIAGE_LABEL_UNCLEAR));
    bool held = reading->stop == TRIAGE_STOP_UNSURE || reading->urgency != TRIAGE_URGENCY_NONE;
    assert(!held || reading->route <= TRIAGE_ROUTE_STAFF_TASK);
}

const struct triage_reading *triage_read(
    struct arena *request, const char *text, const char *prior)
{
    struct reading_work work = {.request = request};
    work.reading = ARENA_NEW(request, struct triage_reading, 1);
    work.prior = context_read_prior(request, prior == NULL ? "" : prior);
    work.reply = fold_text(request, text == NULL ? "" : text);
    spell_tokens(&work.reply, work.prior.name);
    match_rules(&work.reply, RULE_DENY, RULE_TAG, &work.hits);
    struct triage_reading *reading = work.reading;
    read_labels(&work);
    read_urgency(&work);
    read_stop(&work);
    if (reading->stop == TRIAGE_STOP_NO && !reading->labels[TRIAGE_LABEL_WRONG_NUMBER])
        read_context(&work);
    read_also_cancel(&work);
    settle_labels(reading);
    reading->asks_for_own_data = reading->labels[TRIAGE_LABEL_IDENTITY_PRIVACY]
        && has_rule(&work.hits, "identity_privacy_data");
    reading->suppress = reading->stop == TRIAGE_STOP_YES
        || reading->labels[TRIAGE_LABEL_WRONG_NUMBER]
        || reading->labels[TRIAGE_LABEL_DECEASED_OR_MOVED];
    reading->route = route_of(reading);
    reading->language = language_of(&work.reply);
    if (reading->language == TRIAGE_LANGUAGE_ES)
        add_tag(reading, "spanish");
    assert_reading(reading);
    return reading;
}

enum triage_optout triage_read_optout(struct arena *request, const char *text)
{
    const struct triage_reading *reading = triage_read(request, text, NULL);
    if (reading->stop != TRIAGE_STOP_NO || reading->labels[TRIAGE_LABEL_WRONG_NUMBER])
        return TRIAGE_OPTOUT_OPT_OUT;
    if (reading->restart)
        return TRIAGE_OPTOUT_OPT_IN;
    return reading->labels[TRIAGE_LABEL_HELP] ? TRIAGE_OPTOUT_HELP : TRIAGE_OPTOUT_NOT_OPT_OUT;
}
