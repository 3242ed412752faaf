/* liquid_int.h: shared by the three files that parse a template.               (part of template)
 *
 * liquid_token.c reads words inside a tag, liquid_expr.c fields, filters and conditions, liquid.c
 * the structure around them. Every function that reads says itself what is wrong, once. */
#ifndef PERENNIAL_TEMPLATE_LIQUID_INT_H
#define PERENNIAL_TEMPLATE_LIQUID_INT_H

#include "template/template_int.h"

struct liquid {
    struct arena *arena;
    const char *file, *text;
    size_t len, at;
    enum channel_kind channel;
    int line, column; /* of the text's beginning */
    size_t seen;      /* up to where seen_line and seen_column count */
    int seen_line, seen_column;
    int nodes, depth;
    bool stopped; /* the structure is broken: parsing on would only confuse */
    struct liquid_facts *facts;
    struct problem_list *problems;
};

/* One {{ }} or {% %}: its words, and a cursor in them. */
struct liquid_tag {
    bool output;
    size_t at, inside, end; /* offsets: of the opening, of the words, behind the words */
    size_t cursor;
    char name[24]; /* {% name ...; "" for an output */
};

enum liquid_token_kind { TOKEN_END, TOKEN_WORD, TOKEN_TEXT, TOKEN_NUMBER, TOKEN_SIGN, TOKEN_BAD };
struct liquid_token {
    enum liquid_token_kind kind;
    size_t at;
    char text[256]; /* WORD, TEXT, SIGN */
    int64_t number;
};

struct problem_at liquid_position(struct liquid *parser, size_t offset);
void liquid_error(struct liquid *parser, size_t offset, const char *hint, const char *message);

struct liquid_token liquid_token(const struct liquid *parser, struct liquid_tag *tag);
bool liquid_token_is(
    const struct liquid_token *token, enum liquid_token_kind kind, const char *text);
bool liquid_is_blank(char c);

/* Marks the field as read; SLOT_MAX after saying why it can not be. */
enum slot liquid_field(struct liquid *parser, const struct liquid_token *token);
bool liquid_expr(struct liquid *parser, struct liquid_tag *tag, uint64_t known, struct expr *expr);
bool liquid_condition(struct liquid *parser, struct liquid_tag *tag, struct condition *condition);
bool liquid_literal(struct liquid *parser, struct liquid_tag *tag, struct test *test);
/* Fields that are known wherever the condition holds. */
uint64_t liquid_proves(const struct condition *condition);

#endif
