/* triage.c: the hits of the rules -> one reading. */
#include "triage/triage.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "triage/layer_int.h"

/* How sure a grammar rule is when it speaks, by how directly it reads the words. */
static const double sure_keyword = 0.99, sure_rule = 0.95, sure_maybe = 0.6;
/* From here on a head says yes (README.md, "Measured"). A second label must come near the first. */
static const float label_floor = 0.18F, label_floor_taught = 0.02F, taught_times = 2,
                   taught_looks_least = 0.04F, second_least = 0.5F, second_share = 0.5F,
                   second_least_seldom = 0.8F, spanish_least = 0.5F, own_data_least = 0.3F,
                   provider_least = 0.3F, provider_least_visit = 0.1F;
/* One missed emergency is worse than many needless looks: below the first pair a text is still no
 * emergency to the reader, but a person gets it all the same. */
static const float urgent_least = 0.15F, emergency_least = 0.10F, emergency_urgent_least = 0.05F,
                   same_day_rule_least = 0.03F, emergency_rule_least = 0.03F,
                   urgent_looks_least = 0.10F, emergency_looks_least = 0.05F, plain_least = 0.8F,
                   plain_looks_least = 0.8F, queue_least = 0.9F, clinical_looks_least = 0.05F,
                   doubt_least = 0.12F, person_margin = 0.6F, person_margin_clinical = 0.2F,
                   hint_least = 0.02F, condition_looks_least = 0.01F, sensation_looks_least = 0.02F;
/* A stop, by all that was found (stop.c). */
static const float stop_least = 0.3F, stop_least_rule = 0.15F, stop_unsure_least = 0.15F,
                   stop_taught_most = 1, stop_least_else = 0.5F;
static const float wrong_least_rule = 0.1F, wrong_label_least_rule = 0.15F;
static const float cancel_least = 0.9F, start_least = 0.5F, restart_least = 0.8F, help_least = 0.5F;

struct reading_work {
    struct arena *request;
    struct reply_text reply;
    struct hits hits;
    struct prior_sense prior;
    bool has_prior;
    struct answer_sense answer;
    const struct model_table *model;
    const struct triage_layer *layer; /* NULL: none */
    struct model_features *features;
    float odds[HEAD_MAX], likely[HEAD_MAX], untaught[HEAD_MAX]; /* untaught: before the layer */
    float stop_likely;
    struct triage_reading *reading;
};

static void add_why(struct triage_reading *reading, const char *why)
{
    if (reading->why_count < TRIAGE_WHY_MAX)
        reading->why[reading->why_count++] = why;
}

/* "End it" is no bare keyword where the practice's message was about a membership or a visit. */
static bool ends_what_was_named(const struct reading_work *work)
{
    return work->has_prior && !work->prior.messages && match_has_rule(&work->hits, "ends_it")
        && work->likely[TRIAGE_LABEL_CANCEL] >= cancel_least;
}

/* Such an answer says nothing else. */
static bool takes_an_option(enum context_answer chosen)
{
    return chosen == CONTEXT_KEEP || chosen == CONTEXT_PAUSE || chosen == CONTEXT_LEAVE;
}

static enum triage_stop stop_of(const struct reading_work *work)
{
    const struct hits *hits = &work->hits;
    if (ends_what_was_named(work))
        return TRIAGE_STOP_NO;
    bool sign = work->reply.count == 0 && work->reply.stop_signs > 0;
    if (sign || work->answer.chosen == CONTEXT_LEAVE || match_has_kind(hits, RULE_KEYWORD))
        return TRIAGE_STOP_YES;
    if (work->reply.cut || hits->exhausted)
        return TRIAGE_STOP_UNSURE;
    if (takes_an_option(work->answer.chosen) || work->answer.chosen == CONTEXT_RESTART
        || context_picks_one(hits, &work->prior) || refuse_keeps_texts(hits)
        || work->answer.courtesy)
        return TRIAGE_STOP_NO;
    bool waitlist = work->prior.waits && !match_has_rule(hits, "of_messages");
    bool clear = match_has_kind(hits, RULE_STOP) || match_has_kind(hits, RULE_EMAIL_ONLY);
    bool otherwise = stop_asks_else(hits) && !match_has_kind(hits, RULE_START)
        && !match_has_kind(hits, RULE_KEEP);
    float least = otherwise ? stop_least_else : clear ? stop_least_rule : stop_least;
    if (work->stop_likely >= least && !waitlist)
        return TRIAGE_STOP_YES;
    return !otherwise && work->stop_likely >= stop_unsure_least ? TRIAGE_STOP_UNSURE
                                                                : TRIAGE_STOP_NO;
}

static void read_stop(struct reading_work *work)
{
    struct triage_reading *reading = work->reading;
    const struct hits *hits = &work->hits;
    reading->stop = stop_of(work);
    reading->stop_keyword = match_has_kind(hits, RULE_KEYWORD) && !ends_what_was_named(work);
    if (match_has_kind(hits, RULE_WRONG)
        && work->likely[TRIAGE_LABEL_WRONG_NUMBER] >= wrong_label_least_rule)
        reading_add_label(reading, TRIAGE_LABEL_WRONG_NUMBER, sure_maybe);
    bool wrong = reading->labels[TRIAGE_LABEL_WRONG_NUMBER];
    bool stays = reading->stop == TRIAGE_STOP_NO && !wrong;
    reading->keep = stays && match_has_kind(hits, RULE_KEEP);
    bool courtesy = work->answer.courtesy;
    reading->restart = stays && !courtesy && !match_has_rule(hits, "no_start")
        && (match_has_kind(hits, RULE_START) || work->likely[HEAD_START] >= restart_least);
    if (work->reply.count == 0 && work->reply.stop_signs > 0)
        add_why(reading, "stop.sign: an emoji that says stop");
    if (work->answer.chosen == CONTEXT_LEAVE)
        add_why(reading, "context.leave: chose to hear no more");
    enum context_answer leaning = work->answer.leaning;
    if (leaning != CONTEXT_NONE && !takes_an_option(work->answer.chosen))
        add_why(reading,
            leaning == CONTEXT_KEEP ? "context.stays: seems to want to hear more"
                                    : "context.leaves: seems to want to hear no more");
    if (work->reply.cut || hits->exhausted)
        add_why(reading, "stop.not_read: longer than what is read");
    if (reading->stop == TRIAGE_STOP_NO)
        reading_remove_label(reading, TRIAGE_LABEL_OPT_OUT);
    else if (reading->stop == TRIAGE_STOP_YES)
        reading_add_label(
            reading, TRIAGE_LABEL_OPT_OUT, reading->stop_keyword ? sure_keyword : sure_rule);
    else
        reading_add_label(reading, TRIAGE_LABEL_OPT_OUT, sure_maybe);
    if (courtesy
        && !context_is_wholly(&work->reply, grammar_all.class_plain_yes, grammar_all.class_yes)) {
        reading_remove_label(reading, TRIAGE_LABEL_OPT_IN);
        reading_add_label(reading, TRIAGE_LABEL_THANKS_SMALLTALK, sure_maybe);
    }
    if (reading->restart || (reading->stop == TRIAGE_STOP_NO && refuse_keeps_texts(hits)))
        reading_add_label(reading, TRIAGE_LABEL_OPT_IN, sure_rule);
}

static void add_learned(struct reading_work *work, enum triage_label label)
{
    float likely = work->likely[label];
    reading_add_label(work->reading, label, (double)likely);
    const char *words = model_why(work->request, work->model, &work->reply, (enum model_head)label);
    add_why(work->reading,
        arena_format(work->request, "learned.%s: %s (%.2f)", triage_label_name(label), words,
            (double)likely));
}

/* The rules have spoken as features of the model already; here they say why. */
static void read_rules(struct reading_work *work)
{
    struct triage_reading *reading = work->reading;
    for (size_t i = 0; i < work->hits.count; i++) {
        const struct hit *hit = &work->hits.list[i];
        if (hit->rule->kind != RULE_MASK && hit->rule->kind != RULE_DENY)
            add_why(reading, why_of_hit(work->request, &work->reply, hit));
    }
}

/* How far beyond what a yes needs: odds against odds, 1 where it just suffices. */
static float margin_of(
    const struct reading_work *work, const float *likely, enum triage_label label)
{
    float least = work->model->least[label];
    return likely[label] / (1.0001F - likely[label]) * (1 - least) / least;
}

static enum triage_label likeliest(const struct reading_work *work, const float *likely)
{
    enum triage_label top = TRIAGE_LABEL_UNCLEAR;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        if (margin_of(work, likely, label) > margin_of(work, likely, top))
            top = label;
    }
    return top;
}

/* What a practice has taught a text to be, where nobody else would know; else unclear. */
static enum triage_label taught_label(const struct reading_work *work)
{
    enum triage_label top = TRIAGE_LABEL_UNCLEAR;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_UNCLEAR; label++) {
        float likely = work->likely[label], least = taught_times * work->untaught[label];
        if (likely >= fmaxf(least, label_floor_taught)
            && (top == TRIAGE_LABEL_UNCLEAR || likely > work->likely[top]))
            top = label;
    }
    return top;
}

/* What a label needs beside another. Whoever takes or moves a visit names times and asks for none;
 * some labels are seldom meant beside others; what is clinical gets a person without its label. */
static float least_beside(
    const struct reading_work *work, enum triage_label label, enum triage_label top)
{
    bool visit = top == TRIAGE_LABEL_BOOK_YES || top == TRIAGE_LABEL_RESCHEDULE;
    bool seldom = label == TRIAGE_LABEL_CLINICAL_NONURGENT || label == TRIAGE_LABEL_NOT_INTERESTED
        || label == TRIAGE_LABEL_HELP || label == TRIAGE_LABEL_PAUSE;
    if (seldom || (visit && label == TRIAGE_LABEL_AVAILABILITY))
        return second_least_seldom;
    return fmaxf(second_least, second_share * work->likely[top]);
}

/* A thumb down, a sad face or odd signs insult nobody: abuse wants its words or its own likelihood.
 */
static bool is_mere_displeasure(const struct reading_work *work)
{
    if (match_has_kind(&work->hits, RULE_THREAT) || match_has_rule(&work->hits, "abusive_word"))
        return false;
    bool wordless = work->reply.count == 0 && work->reply.insults == 0;
    return wordless || margin_of(work, work->likely, TRIAGE_LABEL_ABUSIVE) < 1;
}

/* All that are likely enough; where none is, the nearest, if it is more than a guess. */
static void read_labels(struct reading_work *work)
{
    enum triage_label top = likeliest(work, work->likely);
    bool wordless = work->reply.count == 0 && work->reply.joy == 0 && work->reply.anger == 0;
    if (top == TRIAGE_LABEL_ABUSIVE && is_mere_displeasure(work))
        top = TRIAGE_LABEL_UNCLEAR;
    else if (top == TRIAGE_LABEL_UNCLEAR || work->likely[top] < label_floor)
        top = taught_label(work);
    if (wordless || top == TRIAGE_LABEL_UNCLEAR
        || context_names_nothing(&work->reply, &work->prior))
        return;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_UNCLEAR; label++) {
        if (label == top
            || (margin_of(work, work->likely, label) >= 1
                && work->likely[label] >= least_beside(work, label, top)))
            add_learned(work, label);
    }
}

static void read_tags(struct reading_work *work)
{
    tags_read_wishes(&work->hits, work->likely, work->reading);
    bool visit = work->reading->labels[TRIAGE_LABEL_AVAILABILITY]
        || work->reading->labels[TRIAGE_LABEL_BOOK_YES]
        || work->reading->labels[TRIAGE_LABEL_RESCHEDULE];
    float least = visit ? provider_least_visit : provider_least;
    const char *provider = work->likely[HEAD_WANTS_PROVIDER] < least
        ? NULL
        : provider_tag(work->request, &work->reply, &work->prior);
    if (provider != NULL)
        tags_add(work->reading, provider);
}

/* The text is plainly about something else, and no rule has seen a symptom. */
static bool is_plain(const struct reading_work *work, const float *likely, float least)
{
    if (match_has_kind(&work->hits, RULE_CLINICAL))
        return false;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_UNCLEAR; label++) {
        bool other = label != TRIAGE_LABEL_OPT_OUT && label != TRIAGE_LABEL_CLINICAL_URGENT
            && label != TRIAGE_LABEL_CLINICAL_NONURGENT && label != TRIAGE_LABEL_DECEASED_OR_MOVED;
        if (other && likely[label] >= least)
            return true;
    }
    return false;
}

/* What a rule of danger has read is a danger unless the model is nearly certain of the contrary
 * ("the page just goes white"); then a person looks. Words of suicide are never weighed. */
static bool has_emergency_rule(const struct reading_work *work)
{
    static const size_t heads[] = {TRIAGE_LABEL_CLINICAL_URGENT, HEAD_EMERGENCY};
    float urgent = 0;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        urgent = fmaxf(urgent, fmaxf(work->likely[heads[i]], work->untaught[heads[i]]));
    return match_has_kind(&work->hits, RULE_EMERGENCY)
        && (urgent >= emergency_rule_least || match_has_rule(&work->hits, "suicide"));
}

/* Promise human_first: what may be urgent is said to be urgent, whatever else the text holds. */
static void read_urgency(struct reading_work *work)
{
    struct triage_reading *reading = work->reading;
    float urgent = work->likely[TRIAGE_LABEL_CLINICAL_URGENT];
    bool queue = work->likely[TRIAGE_LABEL_CLINICAL_NONURGENT] >= queue_least;
    float plain = queue || is_plain(work, work->likely, plain_least) ? 2 : 1;
    bool emergency_by_rule = has_emergency_rule(work);
    bool by_rule = emergency_by_rule || match_has_rule(&work->hits, "heart_es")
        || (match_has_kind(&work->hits, RULE_SAME_DAY) && urgent >= same_day_rule_least);
    if (emergency_by_rule
        || (work->likely[HEAD_EMERGENCY] >= emergency_least * plain
            && urgent >= emergency_urgent_least))
        reading->urgency = TRIAGE_URGENCY_EMERGENCY;
    else if (by_rule || urgent >= urgent_least * plain
        || reading->labels[TRIAGE_LABEL_CLINICAL_URGENT])
        reading->urgency = TRIAGE_URGENCY_SAME_DAY;
    if (reading->urgency != TRIAGE_URGENCY_NONE && by_rule)
        reading_add_label(reading, TRIAGE_LABEL_CLINICAL_URGENT, sure_rule);
    else if (reading->urgency != TRIAGE_URGENCY_NONE
        && !reading->labels[TRIAGE_LABEL_CLINICAL_URGENT])
        add_learned(work, TRIAGE_LABEL_CLINICAL_URGENT);
    if (match_has_kind(&work->hits, RULE_THREAT)) {
        reading_add_label(reading, TRIAGE_LABEL_ABUSIVE, sure_rule);
        if (reading->urgency == TRIAGE_URGENCY_NONE)
            reading->urgency = TRIAGE_URGENCY_SAME_DAY;
    }
}

/* What was chosen is a feature of the model; here it says what may be restored. */
static void read_context(struct reading_work *work)
{
    struct triage_reading *reading = work->reading;
    switch (work->answer.chosen) {
    case CONTEXT_NONE:
    case CONTEXT_MAX:
    case CONTEXT_LEAVE: break; /* read_stop has said why */
    case CONTEXT_KEEP:
        reading->keep = true;
        reading_add_label(reading, TRIAGE_LABEL_OPT_IN, sure_rule);
        add_why(reading, "context.keep: chose to go on");
        break;
    case CONTEXT_PAUSE:
        reading_add_label(reading, TRIAGE_LABEL_PAUSE, sure_rule);
        add_why(reading, "context.pause: chose the pause");
        break;
    case CONTEXT_RESTART:
        reading->restart = true;
        reading_add_label(reading, TRIAGE_LABEL_OPT_IN, sure_rule);
        add_why(reading, "context.restart: said yes to being put back on");
        break;
    case CONTEXT_BOOK:
        add_why(reading, "context.book: said yes to the offer or chose a time");
        break;
    case CONTEXT_CONFIRM: add_why(reading, "context.confirm: said yes to the reminder"); break;
    case CONTEXT_DECLINE: add_why(reading, "context.decline: said no to the offer"); break;
    }
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
        reading_add_label(reading, TRIAGE_LABEL_CANCEL, sure_maybe);
}

static bool has_other_label(const struct triage_reading *reading, enum triage_label label)
{
    for (enum triage_label other = 0; other < TRIAGE_LABEL_MAX; other++) {
        if (other != label && reading->labels[other])
            return true;
    }
    return false;
}

/* What contradicts a graver reading gives way to it. */
static void settle_labels(struct triage_reading *reading)
{
    if (reading->labels[TRIAGE_LABEL_OPT_OUT])
        reading_remove_label(reading, TRIAGE_LABEL_OPT_IN);
    if (reading->labels[TRIAGE_LABEL_CLINICAL_URGENT])
        reading_remove_label(reading, TRIAGE_LABEL_CLINICAL_NONURGENT);
    bool any = false;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++)
        any = any || reading->labels[label];
    if (!any)
        reading_add_label(reading, TRIAGE_LABEL_UNCLEAR, sure_maybe);
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

static float route_likely(const float *likely, enum triage_route route)
{
    switch (route) {
    case TRIAGE_ROUTE_ESCALATE: return likely[HEAD_ESCALATE];
    case TRIAGE_ROUTE_STAFF_TASK: return likely[HEAD_STAFF_TASK];
    case TRIAGE_ROUTE_AUTO_REPLY: return likely[HEAD_AUTO_REPLY];
    case TRIAGE_ROUTE_CLOSE: return likely[HEAD_CLOSE];
    case TRIAGE_ROUTE_SUPPRESS:
    case TRIAGE_ROUTE_MAX: break;
    }
    return 0;
}

/* Why it may be urgent all the same; NULL: it is not. */
static const char *danger_of(const struct reading_work *work, const float *likely)
{
    float plain = is_plain(work, likely, plain_looks_least) ? 2 : 1;
    if (likely[TRIAGE_LABEL_CLINICAL_URGENT] >= urgent_looks_least * plain
        || likely[HEAD_EMERGENCY] >= emergency_looks_least * plain)
        return "learned.urgent: perhaps, so a person looks";
    return NULL;
}

/* Why a clinician's eyes are wanted; NULL: they are not. */
static const char *alarm_of(const struct reading_work *work, const float *likely)
{
    float plain = is_plain(work, likely, plain_looks_least) ? 2 : 1;
    if (match_has_kind(&work->hits, RULE_EMERGENCY) || match_has_kind(&work->hits, RULE_SAME_DAY))
        return "danger: perhaps, so a person looks";
    const char *danger = danger_of(work, likely);
    if (danger != NULL)
        return danger;
    if (likely[TRIAGE_LABEL_CLINICAL_NONURGENT] >= clinical_looks_least * plain)
        return "learned.clinical: perhaps, so a person looks";
    float hint = likely[TRIAGE_LABEL_CLINICAL_URGENT] + likely[TRIAGE_LABEL_CLINICAL_NONURGENT];
    if (match_has_rule(&work->hits, "medicine")
        || (hint >= condition_looks_least && match_has_rule(&work->hits, "condition"))
        || (hint >= sensation_looks_least && match_has_rule(&work->hits, "sensation")))
        return "learned.clinical: of somebody's body, so a person looks";
    return NULL;
}

/* Why a person should look at what would go to a machine or to nobody; NULL: none should. */
static const char *doubt_of(const struct reading_work *work, const float *likely)
{
    float top = 0, here = route_likely(likely, work->reading->route);
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++)
        top = fmaxf(top, (float)work->reading->confidence[label]);
    if (match_has_rule(&work->hits, "own_visit"))
        return "mention.own_visit: a visit of their own, so a person looks";
    if (match_has_rule(&work->hits, "minor"))
        return "mention.minor: perhaps a minor, so a person looks";
    if (top < doubt_least)
        return "learned.doubt: nothing is likely, so a person looks";
    if (work->prior.opted_out && work->reading->labels[TRIAGE_LABEL_OPT_IN]
        && !work->reading->restart)
        return "context.opted_out: perhaps a wish for messages again, so a person asks";
    float person = fmaxf(likely[HEAD_ESCALATE], likely[HEAD_STAFF_TASK]);
    bool hint = fmaxf(likely[TRIAGE_LABEL_CLINICAL_URGENT], likely[HEAD_EMERGENCY]) >= hint_least;
    float margin = hint ? person_margin_clinical : person_margin;
    return person > here + margin ? "learned.route: more likely a person's" : NULL;
}

static void read_meaning(struct reading_work *work);

/* Where the text would go had the practice taught nothing. */
static enum triage_route untaught_route(const struct reading_work *work)
{
    struct reading_work untaught = *work;
    untaught.layer = NULL;
    memcpy(untaught.likely, work->untaught, sizeof untaught.likely);
    untaught.reading = ARENA_NEW(work->request, struct triage_reading, 1);
    read_meaning(&untaught);
    return untaught.reading->route;
}

/* What a practice has taught adds alarms and takes none away; a doubt it takes only where it has
 * taught what the text is. */
static const char *person_because(const struct reading_work *work)
{
    const float *likely = work->likely, *untaught = work->untaught;
    const char *why = alarm_of(work, likely);
    why = why != NULL ? why : doubt_of(work, likely);
    if (why != NULL || !work->layer)
        return why;
    why = alarm_of(work, untaught);
    if (why != NULL)
        return why;
    if (likeliest(work, likely) == likeliest(work, untaught))
        return untaught_route(work) <= TRIAGE_ROUTE_STAFF_TASK ? "learned.route: a person's" : NULL;
    return untaught[TRIAGE_LABEL_CLINICAL_NONURGENT] >= taught_looks_least
        ? "learned.clinical: perhaps, whatever was taught, so a person looks"
        : NULL;
}

static void read_text(struct reading_work *work, const char *text, const char *prior)
{
    work->has_prior = prior != NULL && prior[0] != 0;
    work->prior = context_read_prior(work->request, work->has_prior ? prior : "");
    work->reply = fold_text(work->request, text == NULL ? "" : text);
    spell_tokens(&work->reply, work->prior.name);
    match_rules(&work->reply, RULE_DENY, RULE_TAG, &work->hits);
    work->answer = context_read_answer(&work->reply, &work->prior);
    work->features =
        features_read(work->request, &work->reply, &work->hits, &work->prior, &work->answer);
    model_odds(work->model, work->features, work->odds);
    for (size_t h = 0; h < HEAD_MAX; h++)
        work->untaught[h] = work->likely[h] = model_likely(work->odds[h]);
    float stop = stop_odds(&work->model->stop, work->odds, work->features->signs);
    work->stop_likely = model_likely(stop);
    if (!work->layer)
        return;
    layer__add(work->layer, work->features, work->odds);
    for (size_t h = 0; h < HEAD_MAX; h++)
        work->likely[h] = model_likely(work->odds[h]);
    float taught = stop_odds(&work->model->stop, work->odds, work->features->signs);
    work->stop_likely = model_likely(fmaxf(taught, stop - stop_taught_most));
}

struct model_features *triage__features(
    struct arena *request, const char *text, const char *prior, float *ret_odds)
{
    struct reading_work work = {.request = request, .model = model_built()};
    read_text(&work, text, prior);
    memcpy(ret_odds, work.odds, sizeof work.odds);
    return work.features;
}

static void read_meaning(struct reading_work *work)
{
    struct triage_reading *reading = work->reading;
    read_rules(work);
    if (!takes_an_option(work->answer.chosen)) {
        read_labels(work);
        amend_labels(&work->hits, &work->prior, reading);
    }
    read_urgency(work);
    read_stop(work);
    if (reading->stop == TRIAGE_STOP_NO && !reading->labels[TRIAGE_LABEL_WRONG_NUMBER])
        read_context(work);
    read_also_cancel(work);
    settle_labels(reading);
    refuse_read(&work->hits, reading);
    read_tags(work);
    reading->asks_for_own_data = reading->labels[TRIAGE_LABEL_IDENTITY_PRIVACY]
        && (match_has_rule(&work->hits, "identity_privacy_data")
            || work->likely[HEAD_OWN_DATA] >= own_data_least);
    reading->suppress = reading->stop == TRIAGE_STOP_YES
        || reading->labels[TRIAGE_LABEL_WRONG_NUMBER]
        || reading->labels[TRIAGE_LABEL_DECEASED_OR_MOVED];
    reading->route = triage_route_of(reading);
    const char *because = NULL;
    if (reading->route == TRIAGE_ROUTE_SUPPRESS)
        because = danger_of(work, work->untaught);
    else if (reading->route > TRIAGE_ROUTE_STAFF_TASK)
        because = person_because(work);
    if (because != NULL) {
        reading->route = TRIAGE_ROUTE_STAFF_TASK;
        add_why(reading, because);
    }
    if (work->likely[HEAD_SPANISH] >= spanish_least || context_is_spanish(&work->reply)
        || match_has_rule(&work->hits, "in_spanish"))
        reading->language = TRIAGE_LANGUAGE_ES;
    if (reading->language == TRIAGE_LANGUAGE_ES)
        tags_add(reading, "spanish");
    assert_reading(reading);
}

static const struct triage_reading *read_reply(struct arena *request,
    const struct model_table *model, const struct triage_layer *layer, const char *text,
    const char *prior)
{
    struct reading_work work = {.request = request, .model = model, .layer = layer};
    work.reading = ARENA_NEW(request, struct triage_reading, 1);
    read_text(&work, text, prior);
    read_meaning(&work);
    return work.reading;
}

enum triage_optout triage_read_optout_by(
    struct arena *request, const struct model_table *model, const char *text)
{
    struct reading_work work = {.request = request, .model = model};
    read_text(&work, text, NULL);
    bool unread = work.reply.cut || work.hits.exhausted;
    bool sign = work.reply.count == 0 && work.reply.stop_signs > 0;
    float likely = work.likely[HEAD_STOP];
    bool wrong = match_has_kind(&work.hits, RULE_WRONG) && likely >= wrong_least_rule;
    if (unread || sign || wrong || stop_of_phrase(&work.hits, likely))
        return TRIAGE_OPTOUT_OPT_OUT;
    if (match_has_kind(&work.hits, RULE_START) || work.likely[HEAD_START] >= start_least)
        return TRIAGE_OPTOUT_OPT_IN;
    return work.likely[HEAD_HELP] >= help_least ? TRIAGE_OPTOUT_HELP : TRIAGE_OPTOUT_NOT_OPT_OUT;
}

const struct triage_reading *triage_read(struct arena *request, const char *text, const char *prior)
{
    return read_reply(request, model_built(), NULL, text, prior);
}

const struct triage_reading *triage_read_taught(
    struct arena *request, const struct triage_layer *layer, const char *text, const char *prior)
{
    return read_reply(request, model_built(), layer, text, prior);
}

const struct triage_reading *triage_read_by(
    struct arena *request, const struct model_table *model, const char *text, const char *prior)
{
    return read_reply(request, model, NULL, text, prior);
}

enum triage_optout triage_read_optout(struct arena *request, const char *text)
{
    return triage_read_optout_by(request, model_built(), text);
}
