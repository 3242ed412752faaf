/* expression_lex.c: see expression_lex.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "audience/expression_lex.h"
#include "base/text.h"

struct lexer {
    struct arena *arena;
    const struct yaml *node;
    const char *text;
    size_t at, len;
    struct token *tokens;
    size_t count, capacity;
    struct why *why;
};

enum err expression_error(
    const struct yaml *node, size_t offset, struct why *reterr_why, const char *format, ...)
{
    char message[256];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    /* A block scalar begins on the line after its sign; a quoted one after its quote. */
    int line = node->line;
    int column = node->column + (node->quoted ? 1 : 0) + (int)offset;
    if (memchr(node->scalar, '\n', strlen(node->scalar)))
        column = node->column;
    enum err err = why_set(reterr_why, ERR_INPUT, "%s", message);
    why_place(reterr_why, "%s:%d:%d", node->file, line, column);
    return err;
}

static struct token *push(struct lexer *lexer, enum token_kind kind, size_t offset)
{
    if (lexer->count == lexer->capacity) {
        size_t grown = lexer->capacity ? lexer->capacity * 2 : 32;
        lexer->tokens = arena_grow(lexer->arena, lexer->tokens,
            lexer->capacity * sizeof(*lexer->tokens), grown * sizeof(*lexer->tokens));
        lexer->capacity = grown;
    }
    struct token *token = &lexer->tokens[lexer->count++];
    *token = (struct token){.kind = kind, .offset = offset, .len = lexer->at - offset};
    token->text = arena_text_n(lexer->arena, lexer->text + offset, token->len);
    return token;
}

static bool is_name_start(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

static void lex_name(struct lexer *lexer)
{
    size_t start = lexer->at;
    while (lexer->at < lexer->len) {
        char c = lexer->text[lexer->at], next = lexer->text[lexer->at + 1];
        bool joins =
            (c == '.' && is_name_start(next)) || (c == '-' && isalnum((unsigned char)next));
        if (!isalnum((unsigned char)c) && c != '_' && !joins)
            break;
        lexer->at++;
    }
    push(lexer, TOKEN_NAME, start);
}

static size_t digits_from(const struct lexer *lexer, size_t at)
{
    size_t end = at;
    while (end < lexer->len && isdigit((unsigned char)lexer->text[end]))
        end++;
    return end - at;
}

static bool lex_date(struct lexer *lexer, size_t start)
{
    const char *text = lexer->text + start;
    if (digits_from(lexer, start) != 4 || text[4] != '-' || digits_from(lexer, start + 5) != 2
        || text[7] != '-' || digits_from(lexer, start + 8) != 2)
        return false;
    struct day day;
    if (day_parse(arena_text_n(lexer->arena, text, 10), &day, NULL) != ERR_NONE)
        return false;
    lexer->at = start + 10;
    push(lexer, TOKEN_DATE, start)->number = day.n;
    return true;
}

/* Moves over "12", "12.50"; the number in hundredths, or -1 when there are too many digits. */
static int64_t hundredths(struct lexer *lexer, bool *ret_has_point)
{
    size_t whole = digits_from(lexer, lexer->at);
    int64_t value = 0;
    if (whole > 12)
        return -1;
    for (size_t i = 0; i < whole; i++)
        value = value * 10 + (lexer->text[lexer->at + i] - '0');
    lexer->at += whole;
    value *= 100;
    *ret_has_point = lexer->text[lexer->at] == '.' && digits_from(lexer, lexer->at + 1) == 2;
    if (*ret_has_point) {
        value += (lexer->text[lexer->at + 1] - '0') * 10 + (lexer->text[lexer->at + 2] - '0');
        lexer->at += 3;
    }
    return value;
}

static enum err lex_number(struct lexer *lexer)
{
    size_t start = lexer->at;
    bool dollar = lexer->text[start] == '$', has_point;
    if (dollar)
        lexer->at++;
    else if (lex_date(lexer, start))
        return ERR_NONE;
    int64_t value = hundredths(lexer, &has_point);
    if (value < 0 || (dollar && lexer->at == start + 1))
        return expression_error(lexer->node, start, lexer->why, "this number cannot be read");
    size_t unit = lexer->at;
    while (isalpha((unsigned char)lexer->text[lexer->at]))
        lexer->at++;
    if (lexer->at > unit) {
        struct span span;
        const char *text = arena_text_n(lexer->arena, lexer->text + start, lexer->at - start);
        if (dollar || has_point || span_parse(text, &span, NULL) != ERR_NONE)
            return expression_error(lexer->node, start, lexer->why,
                "'%.40s' is no span: write a number and d, w, mo, y, h or m", text);
        /* A bound on both keeps every later sum of days inside its integer. */
        if (span.months > SPAN_MONTHS_MAX || span.days > SPAN_DAYS_MAX
            || span.ms > SPAN_DAYS_MAX * MS_PER_DAY)
            return expression_error(
                lexer->node, start, lexer->why, "'%.40s' is longer than a hundred years", text);
        push(lexer, TOKEN_SPAN, start)->span = span;
        return ERR_NONE;
    }
    size_t blank = lexer->at;
    while (lexer->text[blank] == ' ')
        blank++;
    bool usd = strncmp(lexer->text + blank, "USD", 3) == 0
        && !isalnum((unsigned char)lexer->text[blank + 3]);
    if (usd)
        lexer->at = blank + 3;
    if (has_point && !usd && !dollar)
        return expression_error(lexer->node, start, lexer->why,
            "a number with a point is money: write it as '420.50 USD'");
    bool money = usd || dollar;
    push(lexer, money ? TOKEN_MONEY : TOKEN_COUNT, start)->number = money ? value : value / 100;
    return ERR_NONE;
}

static enum err lex_string(struct lexer *lexer)
{
    size_t start = lexer->at;
    char quote = lexer->text[start];
    const char *end = strchr(lexer->text + start + 1, quote);
    if (!end)
        return expression_error(lexer->node, start, lexer->why, "this quote is never closed");
    lexer->at = (size_t)(end - lexer->text) + 1;
    struct token *token = push(lexer, TOKEN_STRING, start);
    token->text = arena_text_n(lexer->arena, lexer->text + start + 1, lexer->at - start - 2);
    return ERR_NONE;
}

static enum err lex_sign(struct lexer *lexer)
{
    static const char *const SIGNS[] = {
        "==", "!=", "<=", ">=", "..", "(", ")", "[", "]", ",", ":", "*", "<", ">"};
    static const char *const FOREIGN[][2] = {{"&&", "and"}, {"||", "or"}, {"<>", "!="}, {"=", "=="},
        {"!", "not"}, {"&", "and"}, {"|", "or"}};
    size_t start = lexer->at;
    for (size_t i = 0; i < sizeof(FOREIGN) / sizeof(FOREIGN[0]); i++)
        if (text_starts(lexer->text + start, FOREIGN[i][0])
            && !text_starts(lexer->text + start, "==") && !text_starts(lexer->text + start, "!="))
            return expression_error(lexer->node, start, lexer->why,
                "'%s' is not a sign of this language: write '%s'", FOREIGN[i][0], FOREIGN[i][1]);
    for (size_t i = 0; i < sizeof(SIGNS) / sizeof(SIGNS[0]); i++)
        if (text_starts(lexer->text + start, SIGNS[i])) {
            lexer->at += strlen(SIGNS[i]);
            push(lexer, TOKEN_SIGN, start);
            return ERR_NONE;
        }
    unsigned char c = (unsigned char)lexer->text[start];
    if (c >= 0x20 && c < 0x7f)
        return expression_error(
            lexer->node, start, lexer->why, "'%c' begins nothing in this language", c);
    return expression_error(lexer->node, start, lexer->why, "this character begins nothing here");
}

enum err expression_lex(struct arena *arena, const struct yaml *node, struct token **ret_tokens,
    size_t *ret_count, struct why *reterr_why)
{
    struct lexer lexer = {.arena = arena, .node = node, .text = node->scalar, .why = reterr_why};
    lexer.len = strlen(lexer.text);
    while (lexer.at < lexer.len) {
        char c = lexer.text[lexer.at];
        enum err err = ERR_NONE;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
            lexer.at++;
        else if (is_name_start(c))
            lex_name(&lexer);
        else if (isdigit((unsigned char)c) || c == '$')
            err = lex_number(&lexer);
        else if (c == '\'' || c == '"')
            err = lex_string(&lexer);
        else
            err = lex_sign(&lexer);
        if (err != ERR_NONE)
            return err;
    }
    push(&lexer, TOKEN_END, lexer.len);
    *ret_tokens = lexer.tokens;
    *ret_count = lexer.count;
    return ERR_NONE;
}
