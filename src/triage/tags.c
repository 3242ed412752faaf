/* tags.c: what is wished for beside the labels: days, a way of being reached, a price. */
#include "base/text.h"
#include "triage/model_int.h"
#include "triage/reading_int.h"

static const float tag_least = 0.5F, tag_least_rule = 0.1F;

void tags_add(struct triage_reading *reading, const char *tag)
{
    for (size_t i = 0; i < reading->tag_count; i++) {
        if (text_is(reading->tags[i], tag))
            return;
    }
    if (reading->tag_count < TRIAGE_TAGS_MAX)
        reading->tags[reading->tag_count++] = tag;
}

/* A day that is named is wished for where a visit is asked for, taken or moved: not in "is saturday
 * staffed?", "see you saturday" or "it hurts since this morning". */
static bool asks_for_time(const struct triage_reading *reading)
{
    return reading->labels[TRIAGE_LABEL_AVAILABILITY] || reading->labels[TRIAGE_LABEL_BOOK_YES]
        || reading->labels[TRIAGE_LABEL_RESCHEDULE];
}

/* "text me, don't call": a way of writing that is refused, and not asked for beside that. */
static bool is_refused(const struct hits *hits, const char *tag)
{
    static const char *const refusals[][2] = {
        {"prefers_call", "no_call"}, {"prefers_sms", "no_sms"}, {"prefers_email", "no_email"}};
    const struct hit *refusal = NULL;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        for (size_t j = 0; text_is(tag, refusals[i][0]) && j < hits->count; j++) {
            if (text_is(hits->list[j].rule->name, refusals[i][1]))
                refusal = &hits->list[j];
        }
    }
    for (size_t i = 0; refusal != NULL && i < hits->count; i++) {
        const struct hit *hit = &hits->list[i];
        bool apart = hit->from >= refusal->until || hit->until <= refusal->from;
        if (apart && text_is(hit->rule->name, tag))
            return false;
    }
    return refusal != NULL;
}

/* The model decides; where a rule has seen the words, it needs less to be believed. */
void tags_read_wishes(const struct hits *hits, const float *likely, struct triage_reading *reading)
{
    static const struct {
        enum model_head head;
        const char *tag;
        bool of_time;
    } known[] = {{HEAD_WANTS_SATURDAY, "wants_saturday", true},
        {HEAD_WANTS_SUNDAY, "wants_sunday", true}, {HEAD_WANTS_EVENING, "wants_evening", true},
        {HEAD_WANTS_MORNING, "wants_morning", true}, {HEAD_WANTS_SOON, "wants_soon", true},
        {HEAD_FINANCING, "financing", false}, {HEAD_PRICE_SENSITIVE, "price_sensitive", false},
        {HEAD_PREFERS_SMS, "prefers_sms", false}, {HEAD_PREFERS_CALL, "prefers_call", false},
        {HEAD_PREFERS_EMAIL, "prefers_email", false}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        float least = match_has_rule(hits, known[i].tag) ? tag_least_rule : tag_least;
        if (likely[known[i].head] >= least && (!known[i].of_time || asks_for_time(reading))
            && !is_refused(hits, known[i].tag))
            tags_add(reading, known[i].tag);
    }
}
