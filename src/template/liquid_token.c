#include <string.h>

#include "template/liquid_int.h"

/* ---- places ---- */

struct problem_at liquid_position(struct liquid *parser, size_t offset)
{
    if (offset < parser->seen) {
        parser->seen = 0;
        parser->seen_line = parser->line;
        parser->seen_column = parser->column;
    }
    for (; parser->seen < offset; parser->seen++) {
        unsigned char byte = (unsigned char)parser->text[parser->seen];

        if (byte == '\n') {
            parser->seen_line++;
            parser->seen_column = 1;
        } else if ((byte & 0xC0) != 0x80) {
            parser->seen_column++;
        }
    }
    return (struct problem_at){parser->file, parser->seen_line, parser->seen_column};
}

void liquid_error(struct liquid *parser, size_t offset, const char *hint, const char *message)
{
    problem_add(
        parser->problems, liquid_position(parser, offset), true, "syntax", hint, "%s", message);
}

/* ---- tokens inside a tag ---- */

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
        || c == '.' || c == '-';
}

bool liquid_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void token_copy(struct liquid_token *token, const char *text, size_t len)
{
    if (len >= sizeof token->text) {
        token->kind = TOKEN_BAD;
        len = sizeof token->text - 1;
    }
    memcpy(token->text, text, len);
    token->text[len] = '\0';
}

static struct liquid_token token_text(const struct liquid *parser, struct liquid_tag *tag)
{
    struct liquid_token token = {.kind = TOKEN_TEXT, .at = tag->cursor};
    char quote = parser->text[tag->cursor];
    size_t start = ++tag->cursor;

    while (tag->cursor < tag->end && parser->text[tag->cursor] != quote)
        tag->cursor++;
    if (tag->cursor == tag->end) {
        token.kind = TOKEN_BAD;
        return token;
    }
    token_copy(&token, parser->text + start, tag->cursor - start);
    tag->cursor++;
    return token;
}

struct liquid_token liquid_token(const struct liquid *parser, struct liquid_tag *tag)
{
    struct liquid_token token = {.kind = TOKEN_END};
    const char *text = parser->text;

    while (tag->cursor < tag->end && liquid_is_blank(text[tag->cursor]))
        tag->cursor++;
    token.at = tag->cursor;
    if (tag->cursor == tag->end)
        return token;
    if (text[tag->cursor] == '"' || text[tag->cursor] == '\'')
        return token_text(parser, tag);
    if (is_word_char(text[tag->cursor])) {
        size_t start = tag->cursor;

        while (tag->cursor < tag->end && is_word_char(text[tag->cursor]))
            tag->cursor++;
        token.kind = TOKEN_WORD;
        token_copy(&token, text + start, tag->cursor - start);
        if (token.kind == TOKEN_WORD
            && text_to_int(token.text, -1000000000, 1000000000, &token.number))
            token.kind = TOKEN_NUMBER;
        return token;
    }
    token.kind = TOKEN_SIGN;
    token.text[0] = text[tag->cursor++];
    if (strchr("=!<>", token.text[0]) && tag->cursor < tag->end && text[tag->cursor] == '=')
        token.text[1] = text[tag->cursor++];
    return token;
}

bool liquid_token_is(
    const struct liquid_token *token, enum liquid_token_kind kind, const char *text)
{
    return token->kind == kind && strcmp(token->text, text) == 0;
}
