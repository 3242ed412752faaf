/* check.c: is every sentence of a draft covered by a fact?
 *
 * A sentence is covered by a fact that says the same words, numbers and days in the same order
 * without leaving one out in between; only words that say nothing by themselves may differ. What
 * the draft leaves away at the ends must not turn or bound the rest. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "draft/draft_int.h"
#include "template/sms.h"

enum { SENTENCES_MAX = 10, FIRST_LETTER = 0xA1, LAST_LETTER = 0x17F };

struct check {
    struct arena *arena;
    const struct draft_question *question;
    struct sentences facts[DRAFT_FACTS_MAX];
    bool *covers;
};

/* ---- signs ---- */

/* Nothing that hides, formats or stands for something else. */
static bool has_strange_signs(const char *text)
{
    const char *at = text, *end = text + strlen(text);
    if (!utf8_valid_n(text, strlen(text)))
        return true;
    for (uint32_t code; (code = utf8_next(&at, end));)
        if ((code < 0x20 && code != '\n') || (code < 0x80 && strchr("<>{}[]*_#`|\\~^=", (int)code))
            || code == 0x7F || (code >= 0x80 && (code < FIRST_LETTER || code > LAST_LETTER)))
            return true;
    return false;
}

/* Every `what` taken out of the text, where it stands as words of its own. */
static char *without(struct arena *arena, const char *text, const char *what)
{
    struct buf buf;
    buf_init(&buf, arena);
    size_t len = strlen(what);
    while (*text) {
        const char *found = len > 0 ? strstr(text, what) : NULL;
        if (!found)
            break;
        buf_add_n(&buf, text, (size_t)(found - text));
        buf_add_char(&buf, ' ');
        text = found + len;
    }
    buf_add(&buf, text);
    return buf.data;
}

static char *said_text(struct check *check, const char *text)
{
    struct arena *arena = check->arena;
    const char *name = check->question->practice_name;
    char *bare = without(arena, text, DRAFT_FIRST_NAME);
    /* "Spa" alone might stand in any word. */
    return name && strchr(name, ' ') ? without(arena, bare, name) : bare;
}

/* ---- sentences ---- */

static bool counts(const struct token *token)
{
    return token->kind != TOKEN_PLAIN;
}

static bool same(const struct token *a, const struct token *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case TOKEN_NUMBER:
    case TOKEN_MONEY:
    case TOKEN_TIME:
    case TOKEN_PERCENT:
        return a->value == b->value && strcmp(a->unit, b->unit) == 0
            && strcmp(a->bound, b->bound) == 0;
    case TOKEN_WORD:
    case TOKEN_TURN:
    case TOKEN_DAY:
    case TOKEN_LINK:
    case TOKEN_PHONE: return strcmp(a->text, b->text) == 0;
    case TOKEN_PLAIN:
    case TOKEN_JOIN: return true;
    case TOKEN_KIND_MAX: break;
    }
    return false;
}

/* What is not plain, joins made single and taken off the ends. */
static struct sentence core_of(struct arena *arena, const struct sentence *sentence)
{
    struct sentence core = {ARENA_NEW(arena, struct token, sentence->count + 1), 0};
    for (size_t i = 0; i < sentence->count; i++) {
        const struct token *token = &sentence->tokens[i];
        bool again = token->kind == TOKEN_JOIN
            && (core.count == 0 || core.tokens[core.count - 1].kind == TOKEN_JOIN);
        if (counts(token) && !again)
            core.tokens[core.count++] = *token;
    }
    while (core.count > 0 && core.tokens[core.count - 1].kind == TOKEN_JOIN)
        core.count--;
    return core;
}

/* What stands outside [from, to) must not say when, to whom or whether at all. */
static bool leaves_bounds_out(const struct sentence *fact, size_t from, size_t to)
{
    bool apart = false;
    for (size_t i = from; i-- > 0;) {
        enum token_kind kind = fact->tokens[i].kind;
        apart |= kind == TOKEN_JOIN;
        if (kind == TOKEN_TURN || (kind == TOKEN_DAY && !apart))
            return true;
    }
    apart = false;
    for (size_t i = to; i < fact->count; i++) {
        enum token_kind kind = fact->tokens[i].kind;
        apart |= kind == TOKEN_JOIN;
        if (kind == TOKEN_TURN || (kind == TOKEN_DAY && !apart))
            return true;
    }
    return false;
}

static bool covers(const struct sentence *fact, const struct sentence *said)
{
    for (size_t from = 0; from + said->count <= fact->count; from++) {
        size_t i = 0;
        while (i < said->count && same(&said->tokens[i], &fact->tokens[from + i]))
            i++;
        if (i == said->count && !leaves_bounds_out(fact, from, from + i))
            return true;
    }
    return false;
}

static bool is_covered(struct check *check, const struct sentence *core)
{
    bool found = false;
    for (size_t i = 0; i < check->question->fact_count; i++) {
        bool here = false;
        for (size_t k = 0; k < check->facts[i].count; k++)
            here |= covers(&check->facts[i].list[k], core);
        check->covers[i] |= here;
        found |= here;
    }
    return found;
}

/* Every part of it, between commas. */
static bool is_courtesy(struct check *check, const struct sentence *sentence)
{
    struct buf words;
    buf_init(&words, check->arena);
    for (size_t i = 0; i <= sentence->count; i++) {
        enum token_kind kind = i < sentence->count ? sentence->tokens[i].kind : TOKEN_JOIN;
        if (kind > TOKEN_JOIN)
            return false;
        if (kind != TOKEN_JOIN) {
            buf_format(&words, "%s%s", words.len > 0 ? " " : "", sentence->tokens[i].raw);
            continue;
        }
        if (words.len > 0 && !draft__is_courtesy(check->question->language, words.data))
            return false;
        buf_clear(&words);
    }
    return true;
}

/* The worst of what no fact at all holds; for the record and the colleague's eye. */
static enum draft_flaw flaw_of(const struct check *check, const struct sentence *core)
{
    enum draft_flaw worst = DRAFT_FLAW_MEANING;
    for (size_t i = 0; i < core->count; i++) {
        const struct token *token = &core->tokens[i];
        bool known = false;
        for (size_t f = 0; f < check->question->fact_count; f++)
            for (size_t k = 0; k < check->facts[f].count; k++)
                for (size_t t = 0; t < check->facts[f].list[k].count; t++)
                    known |= same(token, &check->facts[f].list[k].tokens[t]);
        if (known || token->kind == TOKEN_JOIN || token->kind == TOKEN_TURN)
            continue;
        bool link = token->kind == TOKEN_LINK || token->kind == TOKEN_PHONE;
        bool word = token->kind == TOKEN_WORD;
        enum draft_flaw flaw = link ? DRAFT_FLAW_LINK : word ? DRAFT_FLAW_WORD : DRAFT_FLAW_NUMBER;
        worst = flaw < worst ? flaw : worst;
    }
    return worst;
}

static enum draft_flaw check_sentences(struct check *check, const struct sentences *said)
{
    size_t covered = 0;
    for (size_t i = 0; i < said->count; i++) {
        const struct sentence core = core_of(check->arena, &said->list[i]);
        if (is_courtesy(check, &said->list[i]))
            continue;
        if (core.count == 0)
            return DRAFT_FLAW_MEANING; /* plain words can say a lot together */
        if (!is_covered(check, &core))
            return flaw_of(check, &core);
        covered++;
    }
    if (said->count > SENTENCES_MAX)
        return DRAFT_FLAW_LENGTH;
    return covered > 0 ? DRAFT_FLAW_NONE : DRAFT_FLAW_EMPTY;
}

enum draft_flaw draft_check(
    struct arena *arena, const struct draft_question *question, const char *text, bool *ret_covers)
{
    struct check check = {.arena = arena, .question = question, .covers = ret_covers};
    memset(ret_covers, 0, DRAFT_FACTS_MAX * sizeof *ret_covers);
    if (strlen(text) > DRAFT_TEXT_BYTES_MAX)
        return DRAFT_FLAW_LENGTH;
    const char *said = said_text(&check, sms_fold(arena, text));
    if (has_strange_signs(said))
        return DRAFT_FLAW_SIGNS;
    if (sms_count(text).segments > DRAFT_SEGMENTS_MAX)
        return DRAFT_FLAW_LENGTH;
    for (size_t i = 0; i < question->fact_count; i++) {
        check.facts[i] = draft__read_sentences(arena, question->facts[i].text, question->language);
        for (size_t k = 0; k < check.facts[i].count; k++)
            check.facts[i].list[k] = core_of(arena, &check.facts[i].list[k]);
    }
    const struct sentences sentences = draft__read_sentences(arena, said, question->language);
    return check_sentences(&check, &sentences);
}
