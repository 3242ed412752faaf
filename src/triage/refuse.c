/* refuse.c: which ways of being reached a text refuses while it keeps another.
 *
 * "Stop texting, email me" ends the texts and not the mail; "no calls, text only" ends the calls
 * alone. A way is kept only where the text says so in words that stand apart from the refusal.
 * Whatever speaks for more than the ways that are named ("... and take me off your list"), or for
 * an hour only ("don't call, I'm in class"), leaves the stop as it is. */
#include <string.h>

#include "base/text.h"
#include "triage/reading_int.h"

static const struct {
    const char *refused;
    const char *kept[2];
} ways[TRIAGE_CHANNEL_MAX] = {
    [TRIAGE_CHANNEL_SMS] = {"no_sms", {"keep_sms", "prefers_sms"}},
    [TRIAGE_CHANNEL_EMAIL] = {"no_email", {"keep_email", "prefers_email"}},
    [TRIAGE_CHANNEL_VOICE] = {"no_call", {"keep_call", "prefers_call"}},
};

static bool is_refusal(const struct hit *hit)
{
    for (enum triage_channel channel = 0; channel < TRIAGE_CHANNEL_MAX; channel++) {
        if (text_is(hit->rule->name, ways[channel].refused))
            return true;
    }
    return false;
}

/* None of the tokens [from, until) belongs to a refusal. */
static bool is_apart(const struct hits *hits, size_t from, size_t until)
{
    for (size_t i = 0; i < hits->count; i++) {
        const struct hit *other = &hits->list[i];
        if (is_refusal(other) && other->from < until && from < other->until)
            return false;
    }
    return true;
}

static bool names(const struct hits *hits, enum triage_channel channel)
{
    return match_has_rule(hits, ways[channel].refused);
}

/* What begins in a refusal is no wish for what it names; "text me instead of calling" is one. */
static bool keeps(const struct hits *hits, enum triage_channel channel)
{
    for (size_t i = 0; i < hits->count; i++) {
        const struct hit *hit = &hits->list[i];
        bool kept = text_is(hit->rule->name, ways[channel].kept[0])
            || text_is(hit->rule->name, ways[channel].kept[1]);
        if (kept && is_apart(hits, hit->from, hit->from + 1))
            return true;
    }
    return false;
}

/* Something else asks for a stop, or says one thing and its contrary, or means an hour. */
static bool is_doubtful(const struct hits *hits)
{
    if (hits->exhausted || match_has_rule(hits, "for_now"))
        return true;
    for (size_t i = 0; i < hits->count; i++) {
        const struct hit *hit = &hits->list[i];
        bool stop = hit->rule->kind == RULE_STOP || hit->rule->kind == RULE_STOP_MAYBE;
        if (hit->rule->kind == RULE_KEYWORD || (stop && is_apart(hits, hit->from, hit->until)))
            return true;
    }
    for (enum triage_channel channel = 0; channel < TRIAGE_CHANNEL_MAX; channel++) {
        if (names(hits, channel) && keeps(hits, channel))
            return true;
    }
    return false;
}

bool refuse_keeps_texts(const struct hits *hits)
{
    return keeps(hits, TRIAGE_CHANNEL_SMS)
        && (names(hits, TRIAGE_CHANNEL_EMAIL) || names(hits, TRIAGE_CHANNEL_VOICE))
        && !is_doubtful(hits);
}

/* A stop of texts is one of automated calls too, unless it asks to be called. */
void refuse_read(const struct hits *hits, struct triage_reading *reading)
{
    bool ends = reading->labels[TRIAGE_LABEL_WRONG_NUMBER]
        || reading->labels[TRIAGE_LABEL_DECEASED_OR_MOVED] || reading->stop_keyword;
    if (ends || reading->stop == TRIAGE_STOP_UNSURE)
        return;
    bool keeps_texts = refuse_keeps_texts(hits);
    bool named = names(hits, TRIAGE_CHANNEL_SMS);
    bool keeps_email = keeps(hits, TRIAGE_CHANNEL_EMAIL),
         keeps_voice = named && keeps(hits, TRIAGE_CHANNEL_VOICE);
    if (!keeps_texts
        && (reading->stop == TRIAGE_STOP_NO || (!keeps_email && !keeps_voice) || is_doubtful(hits)))
        return;
    reading->refuses[TRIAGE_CHANNEL_SMS] = !keeps_texts;
    reading->refuses[TRIAGE_CHANNEL_EMAIL] = names(hits, TRIAGE_CHANNEL_EMAIL);
    reading->refuses[TRIAGE_CHANNEL_VOICE] =
        keeps_texts ? names(hits, TRIAGE_CHANNEL_VOICE) : !keeps_voice;
}
