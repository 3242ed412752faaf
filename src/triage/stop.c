/* stop.c: does it ask for no more messages? Beside a stop any other label may stand, so to the
 * opinions it is no rival of theirs; yet what else a text is says much about whether it is one.
 * Here all that was found is weighed together: the odds of every head, which rules have spoken,
 * what had been asked and how the answer takes it (model_int.h). */
#include <assert.h>
#include <string.h>

#include "triage/model_int.h"

/* A stop of a phrase alone, by what the grammar has said: a clear rule needs hardly any more,
 * silence needs much. */
static const float phrase_least_word = 0.02F, phrase_least_rule = 0.15F, phrase_least_maybe = 0.35F,
                   phrase_least_silent = 0.45F, phrase_least_kept = 0.98F;

static const char *const rules_told[] = {"clause_word", "in_spanish", "cancel_visit", "ends_it",
    "identity_privacy_data", "complaint_angry_leave", "of_messages", "picks_one", "own_visit",
    "no_sms", "keep_sms", "for_now"};

void stop_signs(const struct reply_text *reply, const struct hits *hits,
    const struct prior_sense *prior, const struct answer_sense *answer, float *ret_signs)
{
    const bool senses[] = {prior->text.count > 0, prior->keep_or_pause, prior->opted_out,
        prior->appointment, prior->offer, prior->slots, prior->checkin, prior->form, prior->missed,
        prior->leave, prior->messages, prior->waits, prior->asks};
    static_assert(
        RULE_KIND_MAX + sizeof rules_told / sizeof *rules_told + sizeof senses + CONTEXT_MAX + 5
            <= STOP_SIGNS,
        "each sign must find its place");
    float *sign = ret_signs;
    memset(ret_signs, 0, STOP_SIGNS * sizeof *ret_signs);
    for (size_t i = 0; i < hits->count; i++)
        sign[hits->list[i].rule->kind] = 1;
    sign += RULE_KIND_MAX;
    for (size_t i = 0; i < sizeof rules_told / sizeof *rules_told; i++)
        *sign++ = match_has_rule(hits, rules_told[i]);
    for (size_t i = 0; i < sizeof senses / sizeof *senses; i++)
        *sign++ = senses[i];
    sign[answer->chosen] = 1;
    sign += CONTEXT_MAX;
    *sign++ = answer->leaning == CONTEXT_LEAVE;
    *sign++ = answer->leaning == CONTEXT_KEEP;
    *sign++ = refuse_keeps_texts(hits);
    *sign++ = reply->count > STOP_LONG ? 1 : (float)reply->count / STOP_LONG;
    for (size_t i = 0; i < reply->count; i++)
        *sign = *sign > 0 || reply->tokens[i].asked;
}

void stop_seen(const float *odds, const float *signs, float *ret_seen)
{
    static const float most = 8, share = 0.25F;
    for (size_t h = 0; h < HEAD_MAX; h++) {
        float clipped = odds[h] > most ? most : odds[h] < -most ? -most : odds[h];
        ret_seen[h] = h < HEAD_USED ? share * clipped : 0;
    }
    memcpy(ret_seen + HEAD_MAX, signs, STOP_SIGNS * sizeof *signs);
}

float stop_units(const struct model_stop *model, const float *seen, float *ret_units)
{
    float odds = model->out_bias;
    for (size_t u = 0; u < STOP_UNITS; u++) {
        float sum = model->unit_bias[u];
        for (size_t i = 0; i < STOP_SEEN; i++)
            sum += model->units[u][i] * seen[i];
        ret_units[u] = sum < 0 ? NET_LEAK * sum : sum;
        odds += model->out[u] * ret_units[u];
    }
    return odds;
}

float stop_odds(const struct model_stop *model, const float *odds, const float *signs)
{
    float seen[STOP_SEEN], units[STOP_UNITS];
    stop_seen(odds, signs, seen);
    return stop_units(model, seen, units);
}

bool stop_asks_else(const struct hits *hits)
{
    return match_has_rule(hits, "in_spanish") || match_has_kind(hits, RULE_START)
        || match_has_kind(hits, RULE_KEEP) || match_has_rule(hits, "cancel_visit")
        || match_has_rule(hits, "identity_privacy_data")
        || match_has_rule(hits, "complaint_angry_leave");
}

bool stop_of_phrase(const struct hits *hits, float likely)
{
    if (match_has_kind(hits, RULE_KEYWORD))
        return true;
    if (refuse_keeps_texts(hits))
        return false;
    if (match_has_rule(hits, "clause_word"))
        return likely >= phrase_least_word;
    if (match_has_kind(hits, RULE_STOP) || match_has_kind(hits, RULE_EMAIL_ONLY))
        return likely >= phrase_least_rule;
    if (match_has_kind(hits, RULE_STOP_MAYBE))
        return likely >= phrase_least_maybe;
    return likely >= (stop_asks_else(hits) ? phrase_least_kept : phrase_least_silent);
}
