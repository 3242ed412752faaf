/* provider.c: whom a patient asks for by name: "with dr. kerr", "is Bri in saturday?". Asked only
 * where the model hears such a wish; the name is written with the title that stands beside it, or
 * that the practice had used. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "triage/model_int.h"

struct title {
    const char *word, *shown;
};

static const struct title titles[] = {{"dr", "Dr."}, {"dra", "Dra."}, {"doctor", "Dr."},
    {"doctora", "Dra."}, {"nurse", "Nurse"}, {"np", "NP"}, {"pa", "PA"}, {"rn", "RN"},
    {"ms", "Ms."}, {"mrs", "Mrs."}, {"miss", "Miss"}, {"mr", "Mr."}};

static const char *title_of(const struct token *token)
{
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        if (text_is(token->text, titles[i].word))
            return titles[i].shown;
    }
    return NULL;
}

/* What stands where a name could, and is none: "la doctora por favor", "the doctor plz". Two words
 * may have become one. */
static bool is_courtesy(const struct token *token)
{
    static const char *const words[] = {"porfavor", "porfa", "porfis", "pls", "plz", "please",
        "plis", "xfavor", "xfa", "gracias", "thanks", "thx", "asap", "urgente", "directo",
        "directamente", "herself", "himself", "misma", "mismo"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (text_is(token->text, words[i]))
            return true;
    }
    return false;
}

static bool may_be_name(const struct token *token)
{
    bool known = token->word != WORD_UNKNOWN && !token->corrected;
    bool first_name = spell_has_class(token, grammar_all.class_first_name);
    if (is_courtesy(token))
        return false;
    return isalpha((unsigned char)token->text[0]) && strlen(token->text) > 2
        && (first_name || !known);
}

/* Words after which a name is one that is wished for. */
static bool leads_to_name(const struct token *token)
{
    static const char *const words[] = {"with", "w", "con", "want", "wants", "see", "have", "is",
        "has", "does", "only", "for", "by", "to", "la", "el", "que", "its", "be", "prefer", "like"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (text_is(token->text, words[i]))
            return true;
    }
    return false;
}

/* The title before the same name in what the practice wrote, or NULL; whether it is there at all.
 */
static const char *title_in_prior(const struct reply_text *prior, const char *name, bool *ret_named)
{
    *ret_named = false;
    for (size_t i = 0; i < prior->count; i++) {
        if (!text_is(prior->tokens[i].text, name))
            continue;
        *ret_named = true;
        if (i > 0 && title_of(&prior->tokens[i - 1]) != NULL)
            return title_of(&prior->tokens[i - 1]);
    }
    return NULL;
}

/* How much a token looks like the name asked for; 0: not at all. */
static int name_weight(const struct reply_text *reply, size_t i, const struct prior_sense *prior)
{
    const struct token *token = &reply->tokens[i];
    bool named;
    if (!may_be_name(token) || text_is(token->text, prior->name))
        return 0;
    const char *title = title_in_prior(&prior->text, token->text, &named);
    int weight = i > 0 && title_of(token - 1) != NULL ? 8 : 0;
    weight += title != NULL ? 6 : named && token->capital ? 3 : 0;
    weight += spell_has_class(token, grammar_all.class_first_name) ? 3 : 0;
    weight += token->capital ? 2 : 0;
    return weight + (i > 0 && leads_to_name(token - 1) ? 2 : 0);
}

const char *provider_tag(
    struct arena *request, const struct reply_text *reply, const struct prior_sense *prior)
{
    enum { WEIGHT_LEAST = 4 };
    size_t best = 0;
    int best_weight = 0;
    for (size_t i = 0; i < reply->count && i < MODEL_TOKENS_MAX; i++) {
        int weight = name_weight(reply, i, prior);
        if (weight > best_weight) {
            best = i;
            best_weight = weight;
        }
    }
    if (best_weight < WEIGHT_LEAST)
        return NULL;
    const char *name = reply->tokens[best].text, *title = NULL;
    bool named;
    if (best > 0)
        title = title_of(&reply->tokens[best - 1]);
    if (title == NULL)
        title = title_in_prior(&prior->text, name, &named);
    return arena_format(request, "wants_provider:%s%s%c%s", title == NULL ? "" : title,
        title == NULL ? "" : " ", toupper((unsigned char)name[0]), name + 1);
}
