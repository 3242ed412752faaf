/* match.c: runs the compiled rules over the words of a message.
 * A rule is a flat sequence of steps, matched with backtracking that is bounded three times: a word
 * repeats at most six times, a gap spans at most eight words, and the whole message has fuel. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "triage/triage_int.h"

enum { NEGATION_REACH = 4 }; /* words back from what is negated */

struct matching {
    const struct reply_text *reply;
    const struct grammar_rule *rule;
    bool sees_hidden, sees_denied;
    bool whole; /* ^^ to $$: it accounts for every word, so the bounds between them do not matter */
    uint32_t fuel;
    size_t mark_from, mark_until; /* what brackets enclose; else the whole match */
    bool marked;
};

static bool symbol_fits(const struct token *token, uint16_t symbol)
{
    uint16_t value = symbol & (uint16_t) ~(SYMBOL_AND | SYMBOL_CLASS);
    return (symbol & SYMBOL_CLASS) != 0 ? spell_has_class(token, value) : token->word == value;
}

/* Alternatives, of which some are joined by AND. */
static bool step_fits(const struct grammar_step *step, const struct token *token)
{
    const uint16_t *symbols = &grammar_all.symbols[step->symbol];
    bool all = true;
    for (size_t i = 0; i < step->symbol_count; i++) {
        all = all && symbol_fits(token, symbols[i]);
        if ((symbols[i] & SYMBOL_AND) != 0)
            continue;
        if (all)
            return true;
        all = true;
    }
    return false;
}

static bool is_open(const struct matching *matching, size_t at)
{
    const struct token *token = &matching->reply->tokens[at];
    return (matching->sees_hidden || !token->hidden) && (matching->sees_denied || !token->denied);
}

/* Whether the token at `at` follows the one before it inside one clause. */
static bool is_joined(const struct matching *matching, size_t at)
{
    return at < matching->reply->count
        && (matching->whole || matching->reply->tokens[at].before == BOUND_NONE);
}

static bool stands(const struct matching *matching, const struct grammar_step *step, size_t at)
{
    const struct reply_text *reply = matching->reply;
    bool at_end = at == reply->count;
    switch ((enum step_op)step->op) {
    case STEP_TEXT_START: return at == 0;
    case STEP_TEXT_END: return at_end;
    case STEP_CLAUSE_START: return at == 0 || (!at_end && reply->tokens[at].before != BOUND_NONE);
    case STEP_CLAUSE_END: return at_end || reply->tokens[at].before != BOUND_NONE;
    case STEP_ASKED: return reply->tokens[at > 0 ? at - 1 : 0].asked;
    case STEP_NOT_ASKED: return !reply->tokens[at > 0 ? at - 1 : 0].asked;
    case STEP_PREVIOUS_NOT:
        return at == 0 || !is_joined(matching, at) || !step_fits(step, &reply->tokens[at - 1]);
    case STEP_NEXT_NOT: return !is_joined(matching, at) || !step_fits(step, &reply->tokens[at]);
    case STEP_WORD:
    case STEP_GAP:
    case STEP_GAP_FAR:
    case STEP_BREAK:
    case STEP_MARK_OPEN:
    case STEP_MARK_CLOSE: break;
    }
    assert(!"not a step that consumes nothing");
    return false;
}

static bool match_from(
    struct matching *matching, size_t step_at, size_t at, bool began, size_t *ret_until);

/* As many tokens as fit, then fewer. `began`: what comes next must belong to the clause before. */
static bool match_many(
    struct matching *matching, size_t step_at, size_t at, bool began, size_t *ret_until)
{
    const struct grammar_step *step = &grammar_all.steps[matching->rule->step + step_at];
    bool gap = step->op != STEP_WORD, far = step->op == STEP_GAP_FAR;
    size_t count = 0;
    while (count < step->high && at + count < matching->reply->count) {
        if (matching->fuel == 0)
            return false;
        matching->fuel--;
        bool joined = far || (!began && count == 0) || is_joined(matching, at + count);
        bool fits = gap || step_fits(step, &matching->reply->tokens[at + count]);
        if (!joined || !fits || !is_open(matching, at + count))
            break;
        count++;
    }
    for (size_t taken = count + 1; taken-- > step->low;) {
        bool bound = !far && (began || taken > 0);
        if (match_from(matching, step_at + 1, at + taken, bound, ret_until))
            return true;
    }
    return false;
}

static bool match_from(
    struct matching *matching, size_t step_at, size_t at, bool began, size_t *ret_until)
{
    if (matching->fuel == 0)
        return false;
    matching->fuel--;
    if (step_at == matching->rule->step_count) {
        *ret_until = at;
        return true;
    }
    const struct grammar_step *step = &grammar_all.steps[matching->rule->step + step_at];
    switch ((enum step_op)step->op) {
    case STEP_WORD:
    case STEP_GAP:
    case STEP_GAP_FAR: return match_many(matching, step_at, at, began, ret_until);
    case STEP_BREAK:
        return at < matching->reply->count && matching->reply->tokens[at].before != BOUND_NONE
            && match_from(matching, step_at + 1, at, false, ret_until);
    case STEP_MARK_OPEN:
        matching->mark_from = at;
        matching->marked = true;
        return match_from(matching, step_at + 1, at, began, ret_until);
    case STEP_MARK_CLOSE:
        matching->mark_until = at;
        return match_from(matching, step_at + 1, at, began, ret_until);
    case STEP_TEXT_START:
    case STEP_TEXT_END:
    case STEP_CLAUSE_START:
    case STEP_CLAUSE_END:
    case STEP_ASKED:
    case STEP_NOT_ASKED:
    case STEP_PREVIOUS_NOT:
    case STEP_NEXT_NOT: break;
    }
    return stands(matching, step, at) && match_from(matching, step_at + 1, at, began, ret_until);
}

static void hide_tokens(
    struct reply_text *reply, const struct matching *matching, size_t from, size_t until)
{
    if (matching->marked) {
        from = matching->mark_from;
        until = matching->mark_until;
    }
    assert(from <= until && until <= reply->count);
    for (size_t i = from; i < until; i++) {
        if (matching->rule->kind == RULE_DENY)
            reply->tokens[i].denied = true;
        else
            reply->tokens[i].hidden = true;
    }
}

static bool hit_already(const struct hits *hits, const struct grammar_rule *rule)
{
    for (size_t i = hits->count; i-- > 0;) {
        const struct grammar_rule *other = hits->list[i].rule;
        if (other->kind == rule->kind && strcmp(other->name, rule->name) == 0)
            return true;
    }
    return false;
}

static void add_hit(struct hits *hits, const struct grammar_rule *rule, size_t from, size_t until)
{
    if (rule->kind != RULE_OPTION && hit_already(hits, rule))
        return;
    if (hits->count == TRIAGE_HITS_MAX) {
        hits->exhausted = true;
        return;
    }
    hits->list[hits->count++] = (struct hit){.rule = rule, .from = from, .until = until};
}

/* All words and classes of a message together, one byte for each symbol: a rule asks for a hundred
 * of them before its first word is looked at. */
struct presence {
    uint8_t symbols[SYMBOL_CLASS + CLASS_WORDS * 64];
};

static void presence_read(const struct reply_text *reply, struct presence *ret_presence)
{
    uint64_t classes[CLASS_WORDS] = {0};
    memset(ret_presence, 0, sizeof *ret_presence);
    for (size_t i = 0; i < reply->count; i++) {
        const struct token *token = &reply->tokens[i];
        for (size_t j = 0; j < CLASS_WORDS; j++)
            classes[j] |= token->classes[j];
        if (token->word != WORD_UNKNOWN)
            ret_presence->symbols[token->word] = 1;
    }
    for (size_t value = 0; value < CLASS_WORDS * 64; value++)
        ret_presence->symbols[SYMBOL_CLASS + value] = classes[value / 64] >> value % 64 & 1;
}

static bool symbol_present(const struct presence *presence, uint16_t symbol)
{
    return presence->symbols[symbol & (uint16_t)~SYMBOL_AND] != 0;
}

/* Whether every word that the rule cannot do without is somewhere in the message. */
static bool may_match(const struct presence *presence, const struct grammar_rule *rule)
{
    for (size_t i = 0; i < rule->step_count; i++) {
        const struct grammar_step *step = &grammar_all.steps[rule->step + i];
        bool present = step->op != STEP_WORD || step->low == 0;
        for (size_t j = 0; j < step->symbol_count && !present; j++)
            present = symbol_present(presence, grammar_all.symbols[step->symbol + j]);
        if (!present)
            return false;
    }
    return true;
}

/* Most rules fail on their first word; that is found out without the matcher and without fuel. */
static bool may_begin(const struct reply_text *reply, const struct grammar_rule *rule, size_t at)
{
    const struct grammar_step *first = &grammar_all.steps[rule->step];
    if (first->op == STEP_TEXT_START)
        return at == 0;
    if (first->op == STEP_CLAUSE_START)
        return at == 0 || reply->tokens[at].before != BOUND_NONE;
    if (first->op == STEP_PREVIOUS_NOT)
        first++;
    return first->op != STEP_WORD || first->low == 0 || step_fits(first, &reply->tokens[at]);
}

/* Kinds that explain words away do so wherever they match; the others need to speak only once. */
static bool kind_hides(enum rule_kind kind)
{
    return kind == RULE_MASK || kind == RULE_DENY || kind == RULE_KEEP || kind == RULE_START;
}

/* "I don't want ... texts again": a wish to hear more under a negation is none. */
static bool is_negated(const struct reply_text *reply, size_t at)
{
    for (size_t back = 0; back < NEGATION_REACH && back < at; back++) {
        if (reply->tokens[at - back].before != BOUND_NONE)
            return false;
        if (spell_has_class(&reply->tokens[at - back - 1], grammar_all.class_negation))
            return true;
    }
    return false;
}

static void match_rule(
    struct reply_text *reply, const struct grammar_rule *rule, struct hits *hits, uint32_t *fuel)
{
    enum rule_kind kind = (enum rule_kind)rule->kind;
    struct matching matching = {.reply = reply, .rule = rule, .fuel = *fuel};
    matching.sees_hidden = kind <= RULE_MASK || kind == RULE_KEYWORD || kind > RULE_EMAIL_ONLY;
    matching.sees_denied = kind != RULE_EMERGENCY && kind != RULE_SAME_DAY && kind != RULE_CLINICAL
        && kind != RULE_MENTION;
    const struct grammar_step *steps = &grammar_all.steps[rule->step];
    matching.whole =
        steps[0].op == STEP_TEXT_START && steps[rule->step_count - 1].op == STEP_TEXT_END;
    bool hides = kind_hides(kind);
    if (!hides && kind != RULE_OPTION && hit_already(hits, rule))
        return;
    for (size_t at = 0; at < reply->count && matching.fuel > 0; at++) {
        size_t until;
        matching.marked = false;
        if (!may_begin(reply, rule, at))
            continue;
        if (!match_from(&matching, 0, at, false, &until))
            continue;
        if ((kind == RULE_START || kind == RULE_KEEP) && is_negated(reply, at))
            continue;
        add_hit(hits, rule, at, until);
        if (hides)
            hide_tokens(reply, &matching, at, until);
        else if (kind != RULE_OPTION)
            break;
    }
    *fuel = matching.fuel;
}

void match_rules(
    struct reply_text *reply, enum rule_kind from, enum rule_kind until, struct hits *hits)
{
    uint32_t fuel = TRIAGE_FUEL_MAX;
    struct presence presence;
    presence_read(reply, &presence);
    for (size_t i = 0; i < grammar_all.rule_count && fuel > 0; i++) {
        const struct grammar_rule *rule = &grammar_all.rules[i];
        if (rule->kind >= from && rule->kind <= until && may_match(&presence, rule))
            match_rule(reply, rule, hits, &fuel);
    }
    if (fuel == 0)
        hits->exhausted = true;
}

bool match_has_rule(const struct hits *hits, const char *name)
{
    for (size_t i = 0; i < hits->count; i++) {
        if (text_is(hits->list[i].rule->name, name))
            return true;
    }
    return false;
}

bool match_has_kind(const struct hits *hits, enum rule_kind kind)
{
    for (size_t i = 0; i < hits->count; i++) {
        if (hits->list[i].rule->kind == kind)
            return true;
    }
    return false;
}
