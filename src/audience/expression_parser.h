/* expression_parser.h: what the two halves of the parser share.   (inside audience)
 * expression_parse.c reads the grammar and gives types; expression_operand.c reads one name with
 * what stands in its brackets. */
#ifndef PERENNIAL_AUDIENCE_EXPRESSION_PARSER_H
#define PERENNIAL_AUDIENCE_EXPRESSION_PARSER_H

#include "audience/expression_lex.h"

struct parser {
    struct arena *arena;
    const struct yaml *node;
    const struct expression_context *context;
    const struct token *tokens;
    size_t at;
    size_t depth, size;
    const char *reads_enrollment;
    bool reads_openings;
    struct why *why;
};

enum operand_kind {
    OPERAND_LEAF,  /* a name, perhaps measured */
    OPERAND_COUNT, /* constants */
    OPERAND_MONEY,
    OPERAND_SPAN,
    OPERAND_DATE,
    OPERAND_TEXT,
    OPERAND_BOOL,
    OPERAND_NODE, /* a word or dormant rule: already whole */
    OPERAND_TIER,
};

struct operand {
    enum operand_kind kind;
    struct leaf leaf;
    enum measure measure;
    struct constant constant; /* BOOL: number */
    struct node *node;
    const struct token *token; /* where it begins */
};

/* The operand that begins at the parser's token; the parser stands behind it afterwards. */
enum err parse_operand(struct parser *parser, struct operand *ret_operand);

const struct token *parser_token(const struct parser *parser);
bool parser_sees(const struct parser *parser, const char *sign_or_word);
bool parser_takes(struct parser *parser, const char *sign_or_word);
enum err parser_expects(struct parser *parser, const char *sign, const char *before);
/* An error at a token, with the nearest of `names` as a suggestion. */
enum err parser_unknown(struct parser *parser, const struct token *token, const char *what,
    const char *const *names, size_t count);

#define PARSE_FAIL(parser, token, ...)                                                             \
    expression_error((parser)->node, (token)->offset, (parser)->why, __VA_ARGS__)

#endif
