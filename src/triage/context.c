/* context.c: what the practice had asked, and what a bare "yes" or "Thursday" says to it. */
#include <string.h>

#include "triage/reading_int.h"

struct prior_name {
    const char *name;
    size_t offset;
};

static const struct prior_name prior_names[] = {
    {"keep_or_pause", offsetof(struct prior_sense, keep_or_pause)},
    {"opted_out", offsetof(struct prior_sense, opted_out)},
    {"appointment", offsetof(struct prior_sense, appointment)},
    {"offer", offsetof(struct prior_sense, offer)},
    {"slots", offsetof(struct prior_sense, slots)},
    {"checkin", offsetof(struct prior_sense, checkin)},
    {"form", offsetof(struct prior_sense, form)},
    {"missed", offsetof(struct prior_sense, missed)},
    {"waits", offsetof(struct prior_sense, waits)},
    {"messages", offsetof(struct prior_sense, messages)},
};

struct prior_sense context_read_prior(struct arena *request, const char *prior)
{
    struct prior_sense sense = {0};
    struct reply_text text = fold_text(request, prior);
    struct hits hits = {0};
    spell_tokens(&text, "");
    match_rules(&text, RULE_PRIOR, RULE_PRIOR, &hits);
    match_rules(&text, RULE_OPTION, RULE_OPTION, &sense.options);
    sense.leave = match_has_rule(&sense.options, "halts");
    for (size_t i = 0; i < hits.count; i++) {
        for (size_t j = 0; j < sizeof prior_names / sizeof *prior_names; j++) {
            if (strcmp(hits.list[i].rule->name, prior_names[j].name) == 0)
                *(bool *)((char *)&sense + prior_names[j].offset) = true;
        }
    }
    for (size_t i = 0; i + 1 < text.count && sense.name[0] == 0; i++) {
        const char *word = text.tokens[i].text;
        bool greets = strcmp(word, "hi") == 0 || strcmp(word, "hello") == 0
            || strcmp(word, "hey") == 0 || strcmp(word, "hola") == 0;
        if (greets)
            memcpy(sense.name, text.tokens[i + 1].text, sizeof sense.name);
    }
    for (size_t i = 0; i < text.count && sense.name[0] == 0; i++) {
        if (spell_has_class(&text.tokens[i], grammar_all.class_first_name))
            memcpy(sense.name, text.tokens[i].text, sizeof sense.name);
    }
    for (size_t i = 0; i < text.count; i++)
        sense.asks = sense.asks || text.tokens[i].asked;
    sense.text = text;
    return sense;
}

bool context_is_wholly(const struct reply_text *reply, uint16_t kind, uint16_t wrapping)
{
    bool found = false;
    for (size_t i = 0; i < reply->count; i++) {
        bool of_kind = spell_has_class(&reply->tokens[i], kind);
        if (!of_kind && !spell_has_class(&reply->tokens[i], wrapping))
            return false;
        found = found || of_kind;
    }
    return found;
}

static bool names_a_slot(const struct reply_text *reply)
{
    bool found = false;
    for (size_t i = 0; i < reply->count; i++) {
        const struct token *token = &reply->tokens[i];
        bool time = spell_has_class(token, LOOK_DIGITS) || spell_has_class(token, LOOK_CLOCK)
            || spell_has_class(token, grammar_all.class_day)
            || spell_has_class(token, grammar_all.class_slot_core);
        if (!time && !spell_has_class(token, grammar_all.class_slot_answer))
            return false;
        found = found || time;
    }
    return found;
}

static enum context_answer read_chosen(
    const struct reply_text *reply, const struct prior_sense *prior)
{
    const struct grammar *g = &grammar_all;
    if (reply->count == 0)
        return CONTEXT_NONE;
    enum context_answer taken = options_taken(reply, prior);
    if (taken != CONTEXT_NONE)
        return taken;
    if (prior->keep_or_pause
        && context_is_wholly(reply, g->class_pause_core, g->class_pause_answer))
        return CONTEXT_PAUSE;
    if (prior->keep_or_pause && context_is_wholly(reply, g->class_keep_core, g->class_keep_answer))
        return CONTEXT_KEEP;
    if (context_is_wholly(reply, g->class_yes, g->class_yes)) {
        if (prior->opted_out)
            return prior->asks && context_is_wholly(reply, g->class_plain_yes, g->class_yes)
                ? CONTEXT_RESTART
                : CONTEXT_NONE;
        if (prior->keep_or_pause || prior->checkin)
            return CONTEXT_NONE;
        if (prior->slots || prior->offer || prior->missed)
            return CONTEXT_BOOK;
        return prior->appointment ? CONTEXT_CONFIRM : CONTEXT_NONE;
    }
    if (prior->slots && names_a_slot(reply))
        return CONTEXT_BOOK;
    if (context_is_wholly(reply, g->class_no_answer, g->class_no_answer)
        && (prior->offer || prior->missed))
        return CONTEXT_DECLINE;
    return CONTEXT_NONE;
}

bool context_is_spanish(const struct reply_text *reply)
{
    size_t english = 0, spanish = 0;
    for (size_t i = 0; i < reply->count; i++) {
        if (reply->tokens[i].word == WORD_UNKNOWN)
            continue;
        const struct grammar_word *word = &grammar_all.words[reply->tokens[i].word];
        if (word->english != word->spanish)
            *(word->english ? &english : &spanish) += 1;
    }
    return spanish > english;
}

struct answer_sense context_read_answer(
    const struct reply_text *reply, const struct prior_sense *prior)
{
    const uint16_t yes = grammar_all.class_yes;
    struct answer_sense answer = {
        .chosen = read_chosen(reply, prior), .leaning = options_leaning(reply, prior)};
    answer.courtesy =
        prior->opted_out && answer.chosen == CONTEXT_NONE && context_is_wholly(reply, yes, yes);
    return answer;
}

bool context_names_nothing(const struct reply_text *reply, const struct prior_sense *prior)
{
    if (reply->count != 1 || !spell_has_class(reply->tokens, LOOK_DIGITS))
        return false;
    for (size_t i = 0; i < prior->text.count; i++) {
        if (strcmp(prior->text.tokens[i].text, reply->tokens[0].text) == 0)
            return false;
    }
    return read_chosen(reply, prior) == CONTEXT_NONE;
}

bool context_picks_one(const struct hits *hits, const struct prior_sense *prior)
{
    return match_has_rule(hits, "picks_one") && !prior->keep_or_pause && !prior->leave
        && !prior->opted_out && !prior->messages;
}
