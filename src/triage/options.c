/* options.c: what the practice offered to do with its messages, and which of it the answer takes:
 * "2" to "1 to pause, 2 to keep hearing from us", "the first", "yes" to "shall we stop writing?".
 */
#include <string.h>

#include "base/text.h"
#include "triage/reading_int.h"

enum { OPTIONS_MAX = 6, KEY_REACH = 3 };

struct option {
    enum context_answer act;
    size_t from, until;
    const struct token *key; /* "2" in "2 to pause"; NULL: none is named */
    bool asked, weak;        /* weak: "keep", "stop", of messages only in company */
};

struct options {
    struct option list[OPTIONS_MAX];
    size_t count;
    bool all_keyed; /* every key of the message is one of theirs; none is, too */
};

static enum context_answer act_of(const struct grammar_rule *rule)
{
    if (text_starts(rule->name, "goes_on"))
        return CONTEXT_KEEP;
    return text_is(rule->name, "rests") ? CONTEXT_PAUSE : CONTEXT_LEAVE;
}

/* A number or a letter that stands for an option; "a" and "i" only as capitals are. */
static bool is_key(const struct token *token)
{
    size_t len = strlen(token->text);
    if (spell_has_class(token, LOOK_DIGITS))
        return len <= 2;
    return len == 1 && (token->capital || token->loud) && token->text[0] != 'i';
}

static const struct token *key_before(const struct reply_text *prior, size_t at, size_t least)
{
    while (at > least && prior->tokens[at].before != BOUND_HARD) {
        const struct token *token = &prior->tokens[--at];
        if (is_key(token))
            return token;
        if (!spell_has_class(token, grammar_all.class_between))
            break;
    }
    return NULL;
}

/* "To stop, reply 9". */
static const struct token *key_after(const struct reply_text *prior, size_t at)
{
    for (size_t i = at; i < prior->count && i < at + KEY_REACH; i++) {
        if (prior->tokens[i].before == BOUND_HARD)
            break;
        if (is_key(&prior->tokens[i]))
            return &prior->tokens[i];
    }
    return NULL;
}

/* In the order of the message. What overlaps is one: "keep hearing" and "hearing from us"; of two
 * different ones the longer. */
static void add_option(struct options *options, const struct hit *hit)
{
    struct option option = {.act = act_of(hit->rule),
        .from = hit->from,
        .until = hit->until,
        .weak = text_ends(hit->rule->name, "_beside")};
    size_t at = 0;
    for (size_t i = 0; i < options->count; i++) {
        struct option *other = &options->list[i];
        at += other->from < option.from;
        if (option.from >= other->until || other->from >= option.until)
            continue;
        if (other->act != option.act && option.until - option.from > other->until - other->from)
            *other = option;
        if (other->act != option.act)
            return;
        other->weak = other->weak && option.weak;
        other->from = other->from < option.from ? other->from : option.from;
        other->until = other->until > option.until ? other->until : option.until;
        return;
    }
    if (options->count == OPTIONS_MAX)
        return;
    memmove(
        options->list + at + 1, options->list + at, (options->count - at) * sizeof *options->list);
    options->list[at] = option;
    options->count++;
}

static void read_keys(const struct reply_text *prior, struct options *options)
{
    bool before = false;
    for (size_t i = 0; i < options->count; i++) {
        struct option *option = &options->list[i];
        option->key = key_before(prior, option->from, i == 0 ? 0 : option[-1].until);
        before = before || option->key != NULL;
    }
    for (size_t i = 0; i < options->count && !before; i++)
        options->list[i].key = key_after(prior, options->list[i].until);
}

static bool has_company(const struct options *options, const struct option *option, bool all_keyed)
{
    if (option->act == CONTEXT_LEAVE && option->key != NULL)
        return true;
    for (size_t i = 0; i < options->count && all_keyed; i++) {
        const struct option *other = &options->list[i];
        bool alike = option->key != NULL ? other->key != NULL : option->asked && other->asked;
        if (other->act != option->act && alike)
            return true;
    }
    return false;
}

static void read_options(const struct prior_sense *prior, struct options *ret_options)
{
    const struct reply_text *text = &prior->text;
    struct options all = {0};
    for (size_t i = 0; i < prior->options.count; i++)
        add_option(&all, &prior->options.list[i]);
    read_keys(text, &all);
    size_t keys = 0, keyed = 0;
    for (size_t i = 0; i < text->count; i++)
        keys += is_key(&text->tokens[i]);
    for (size_t i = 0; i < all.count; i++) {
        keyed += all.list[i].key != NULL;
        all.list[i].asked = text->tokens[all.list[i].from].asked;
    }
    ret_options->all_keyed = keys == keyed;
    for (size_t i = 0; i < all.count; i++) {
        if (!all.list[i].weak || has_company(&all, &all.list[i], keys == keyed))
            ret_options->list[ret_options->count++] = all.list[i];
    }
}

/* The one word of an answer that is not mere wrapping, or NULL. */
static const struct token *picked_word(const struct reply_text *reply)
{
    const struct token *picked = NULL;
    for (size_t i = 0; i < reply->count; i++) {
        const struct token *token = &reply->tokens[i];
        if (reply->count > 1 && spell_has_class(token, grammar_all.class_pick))
            continue;
        if (picked != NULL)
            return NULL;
        picked = token;
    }
    return picked;
}

static const char *word_of(const struct token *token)
{
    return token->word == WORD_UNKNOWN ? token->text : grammar_all.words[token->word].text;
}

static bool is_any(const char *word, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (text_is(word, *list))
            return true;
    }
    return false;
}

/* The options that an answer can count through: those with a key, else those that are asked about.
 */
static size_t options_counted(const struct options *options, const struct option **ret_list)
{
    size_t keyed = 0, count = 0;
    for (size_t i = 0; i < options->count; i++)
        keyed += options->list[i].key != NULL;
    for (size_t i = 0; i < options->count && options->all_keyed; i++) {
        if (keyed > 0 ? options->list[i].key != NULL : options->list[i].asked)
            ret_list[count++] = &options->list[i];
    }
    return count;
}

/* "The first", "the latter". */
static enum context_answer by_place(const struct options *options, const char *word)
{
    static const char *const places[][9] = {
        {"first", "1st", "former", "primera", "primero", "1", "one", "uno"},
        {"second", "2nd", "segunda", "segundo", "2", "two", "dos"},
        {"third", "3rd", "tercera", "tercero", "3", "three", "tres"}};
    static const char *const last[] = {"last", "latter", "ultima", "ultimo", NULL};
    const struct option *counted[OPTIONS_MAX];
    size_t count = options_counted(options, counted);
    if (count < 2)
        return CONTEXT_NONE;
    if (is_any(word, last))
        return counted[count - 1]->act;
    for (size_t i = 0; i < count && i < sizeof places / sizeof *places; i++) {
        if (is_any(word, places[i]))
            return counted[i]->act;
    }
    return CONTEXT_NONE;
}

/* "2", "two", "B", and "yes" to "Y to stay". */
static enum context_answer by_key(const struct options *options, const char *word)
{
    static const char *const names[][4] = {{"1", "one", "uno", "una"}, {"2", "two", "dos"},
        {"3", "three", "tres"}, {"y", "yes"}, {"s", "si"}, {"n", "no"}};
    for (size_t i = 0; i < options->count; i++) {
        if (options->list[i].key == NULL)
            continue;
        const char *key = options->list[i].key->text;
        bool taken = text_is(key, word);
        for (size_t n = 0; n < sizeof names / sizeof *names && !taken; n++) {
            for (size_t other = 1; other < 4 && text_is(key, names[n][0]); other++)
                taken = taken || (names[n][other] != NULL && text_is(names[n][other], word));
        }
        if (taken)
            return options->list[i].act;
    }
    return CONTEXT_NONE;
}

/* The one act of which the message's only question asks, with no other beside it: "keep texting
 * you, or pause?" asks of none, "shall we stop, yes or no?" of one. */
static enum context_answer act_asked(const struct options *options, const struct reply_text *prior)
{
    static const char *const alternatives[] = {"or", "o", NULL},
                             *const denials[] = {"no", "not", NULL};
    const struct option *only = NULL;
    for (size_t i = 0; i < options->count; i++) {
        if (!options->list[i].asked && options->list[i].key == NULL)
            continue;
        if ((only != NULL && only->act != options->list[i].act) || options->list[i].key != NULL)
            return CONTEXT_NONE;
        only = &options->list[i];
    }
    bool asked = false;
    size_t questions = 0;
    for (size_t i = 0; i < prior->count; i++) {
        const struct token *token = &prior->tokens[i];
        questions += token->asked && (!asked || token->before == BOUND_HARD);
        asked = token->asked;
        if (asked && is_any(token->text, alternatives)
            && !(i + 1 < prior->count && is_any(token[1].text, denials)))
            return CONTEXT_NONE;
    }
    return only != NULL && questions == 1 ? only->act : CONTEXT_NONE;
}

enum context_answer options_taken(const struct reply_text *reply, const struct prior_sense *prior)
{
    const struct grammar *g = &grammar_all;
    struct options options = {0};
    read_options(prior, &options);
    if (options.count == 0 || reply->count == 0)
        return CONTEXT_NONE;
    const struct token *picked = picked_word(reply);
    enum context_answer taken = CONTEXT_NONE;
    if (picked != NULL)
        taken = by_key(&options, word_of(picked));
    if (picked != NULL && taken == CONTEXT_NONE)
        taken = by_place(&options, word_of(picked));
    enum context_answer asked = act_asked(&options, &prior->text);
    if (taken != CONTEXT_NONE || asked == CONTEXT_NONE || prior->opted_out)
        return taken;
    if (context_is_wholly(reply, g->class_assent, g->class_yes))
        return asked;
    if (context_is_wholly(reply, g->class_no_answer, g->class_pick))
        return asked == CONTEXT_KEEP ? CONTEXT_LEAVE : CONTEXT_KEEP;
    return CONTEXT_NONE;
}

/* "No, ...", "no thanks"; not "no paren" or "no email". */
static bool says_no(const struct reply_text *reply, size_t at)
{
    const struct grammar *g = &grammar_all;
    const struct token *token = &reply->tokens[at];
    if (!spell_has_class(token, g->class_no_answer))
        return false;
    return at + 1 == reply->count || token[1].before != BOUND_NONE
        || spell_has_class(token + 1, g->class_opener) || spell_has_class(token + 1, g->class_pick)
        || spell_has_class(token + 1, g->class_no_answer);
}

/* What an answer begins with, or ends with as in "you know, so no": 1 for yes, -1 for no. */
static int polarity_of(const struct reply_text *reply)
{
    const struct grammar *g = &grammar_all;
    size_t first = 0, last = reply->count - 1;
    while (first < last && spell_has_class(&reply->tokens[first], g->class_opener))
        first++;
    bool ends = last > first
        && (reply->tokens[last].before != BOUND_NONE
            || spell_has_class(&reply->tokens[last - 1], g->class_opener));
    if (says_no(reply, first) || (ends && says_no(reply, last)))
        return -1;
    if (ends && spell_has_class(&reply->tokens[last], g->class_plain_yes))
        return 1;
    if (!spell_has_class(&reply->tokens[first], g->class_assent))
        return 0;
    bool turned = first < last
        && (spell_has_class(&reply->tokens[first + 1], g->class_negation)
            || text_is(reply->tokens[first + 1].text, "no"));
    return turned ? -1 : 1;
}

enum context_answer options_leaning(const struct reply_text *reply, const struct prior_sense *prior)
{
    struct options options = {0};
    read_options(prior, &options);
    if (options.count == 0 || reply->count == 0 || prior->opted_out)
        return CONTEXT_NONE;
    enum context_answer asked = act_asked(&options, &prior->text);
    int polarity = polarity_of(reply);
    if (asked == CONTEXT_NONE || polarity == 0)
        return CONTEXT_NONE;
    return (asked == CONTEXT_KEEP) == (polarity > 0) ? CONTEXT_KEEP : CONTEXT_LEAVE;
}
