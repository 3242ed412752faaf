/* expression_parse.c: from text to a typed tree.
 *
 *   or      := and { "or" and }
 *   and     := not { "and" not }
 *   not     := "not" not | test
 *   test    := "(" or ")" | operand [ sign operand | "in" "[" word { "," word } "]" ]
 *   operand := see expression_operand.c
 *
 * Whatever is compared with a tier is written out here as months since the last visit, so that SQL
 * and memory know nothing of tiers. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "audience/expression_parser.h"
#include "base/text.h"

enum { IN_WORDS_MAX = 64, CHILDREN_MAX = 256 };

static enum err parse_or(struct parser *parser, struct node **ret_node);

static struct node *new_node(struct parser *parser, enum node_kind kind)
{
    struct node *node = ARENA_NEW(parser->arena, struct node, 1);
    node->kind = kind;
    parser->size++;
    return node;
}

static struct node *new_group(
    struct parser *parser, enum node_kind kind, struct node *const *children, size_t count)
{
    struct node *node = new_node(parser, kind);
    node->children = ARENA_NEW(parser->arena, struct node *, count);
    memcpy(node->children, children, count * sizeof(*children));
    node->child_count = count;
    return node;
}

static struct node *new_not(struct parser *parser, struct node *child)
{
    return new_group(parser, NODE_NOT, &child, 1);
}

static struct node *new_const(struct parser *parser, bool value)
{
    struct node *node = new_node(parser, NODE_CONST);
    node->value = value;
    return node;
}

/* ---- words on the right ---- */

static const char *const *words_of(
    struct parser *parser, enum leaf_domain domain, size_t *ret_count)
{
    const struct audience_definitions *definitions = parser->context->definitions;
    if (domain != DOMAIN_SERVICE || !definitions)
        return leaf_domain_words(domain, ret_count);
    const char **names = ARENA_NEW(parser->arena, const char *, definitions->service_count + 1);
    for (size_t i = 0; i < definitions->service_count; i++)
        names[i] = definitions->services[i].key;
    *ret_count = definitions->service_count;
    return names;
}

static enum err take_word(
    struct parser *parser, const struct leaf_row *row, struct constant *ret_constant)
{
    const struct token *token = parser_token(parser);
    if (token->kind != TOKEN_NAME && token->kind != TOKEN_STRING)
        return PARSE_FAIL(parser, token, "%s is a word: compare it with one", row->name);
    size_t count;
    const char *const *words = words_of(parser, row->domain, &count);
    bool known = row->domain == DOMAIN_ANY;
    for (size_t i = 0; i < count; i++)
        known = known || strcmp(words[i], token->text) == 0;
    if (!known)
        return parser_unknown(
            parser, token, arena_format(parser->arena, "%s", row->name), words, count);
    parser->at++;
    *ret_constant = (struct constant){.text = token->text};
    return ERR_NONE;
}

static enum err parse_in(struct parser *parser, const struct operand *left, struct node **ret_node)
{
    if (left->kind != OPERAND_LEAF || left->measure != MEASURE_PLAIN
        || (left->leaf.row->type != VALUE_TEXT && left->leaf.row->type != VALUE_TEXTS))
        return PARSE_FAIL(parser, left->token, "'in [..]' is for words; numbers use <= and >=");
    enum err err = parser_expects(parser, "[", "after 'in'");
    struct constant constants[IN_WORDS_MAX];
    size_t count = 0;
    do {
        if (err == ERR_NONE && count == IN_WORDS_MAX)
            return PARSE_FAIL(parser, parser_token(parser), "more than %d words", IN_WORDS_MAX);
        if (err == ERR_NONE)
            err = take_word(parser, left->leaf.row, &constants[count]);
        if (err != ERR_NONE)
            return err;
        count++;
    } while (parser_takes(parser, ","));
    struct node *node = new_node(parser, NODE_IN);
    parser->size += count;
    node->leaf = left->leaf;
    node->constants = ARENA_NEW(parser->arena, struct constant, count);
    memcpy(node->constants, constants, count * sizeof(*constants));
    node->constant_count = count;
    *ret_node = node;
    return parser_expects(parser, "]", "after the words");
}

/* ---- tiers ---- */

static struct node *months_node(struct parser *parser, enum compare compare, int months)
{
    struct node *node = new_node(parser, NODE_COMPARE);
    node->leaf = (struct leaf){.row = leaf_row_find("last_visit"), .text_as_written = "last_visit"};
    node->measure = MEASURE_MONTHS_SINCE;
    node->compare = compare;
    node->constants = ARENA_NEW(parser->arena, struct constant, 1);
    node->constants[0].number = months;
    node->constant_count = 1;
    return node;
}

static enum err take_tier(struct parser *parser, struct node **ret_node)
{
    const struct audience_definitions *definitions = parser->context->definitions;
    const struct token *token = parser_token(parser);
    size_t count = definitions ? definitions->tier_count : 0;
    const char **names = ARENA_NEW(parser->arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct tier *tier = &definitions->tiers[i];
        names[i] = tier->name;
        if (strcmp(tier->name, token->text) != 0)
            continue;
        struct node *both[2] = {months_node(parser, COMPARE_GE, tier->from_months)};
        bool open = tier->to_months == INT_MAX;
        if (!open)
            both[1] = months_node(parser, COMPARE_LT, tier->to_months);
        *ret_node = open ? both[0] : new_group(parser, NODE_AND, both, 2);
        parser->at++;
        return ERR_NONE;
    }
    if (count > 0 && text_is(token->text, "none")) { /* more recent than every tier */
        *ret_node = months_node(parser, COMPARE_LT, definitions->tiers[0].from_months);
        parser->at++;
        return ERR_NONE;
    }
    return parser_unknown(parser, token, "tier of definitions.yaml", names, count);
}

static enum err parse_tier(struct parser *parser, struct node **ret_node)
{
    struct node *tiers[IN_WORDS_MAX];
    size_t count = 0;
    bool differs = parser_sees(parser, "!=");
    if (differs || parser_sees(parser, "==")) {
        parser->at++;
        enum err err = take_tier(parser, &tiers[0]);
        if (err == ERR_NONE)
            *ret_node = differs ? new_not(parser, tiers[0]) : tiers[0];
        return err;
    }
    enum err err = parser_expects(parser, "in", "after tier: write tier in [tier1, tier2]");
    if (err == ERR_NONE)
        err = parser_expects(parser, "[", "after 'in'");
    do {
        if (err == ERR_NONE && count == IN_WORDS_MAX)
            return PARSE_FAIL(parser, parser_token(parser), "more than %d tiers", IN_WORDS_MAX);
        if (err == ERR_NONE)
            err = take_tier(parser, &tiers[count]);
        if (err != ERR_NONE)
            return err;
        count++;
    } while (parser_takes(parser, ","));
    *ret_node = count == 1 ? tiers[0] : new_group(parser, NODE_OR, tiers, count);
    return parser_expects(parser, "]", "after the tiers");
}

/* ---- comparisons ---- */

static bool take_compare(struct parser *parser, enum compare *ret_compare)
{
    static const char *const SIGNS[] = {[COMPARE_EQ] = "==",
        [COMPARE_NE] = "!=",
        [COMPARE_LT] = "<",
        [COMPARE_LE] = "<=",
        [COMPARE_GT] = ">",
        [COMPARE_GE] = ">="};
    for (enum compare compare = COMPARE_EQ; compare <= COMPARE_GE; compare++)
        if (parser_takes(parser, SIGNS[compare])) {
            *ret_compare = compare;
            return true;
        }
    return false;
}

static enum compare turned(enum compare compare)
{
    static const enum compare TURNED[] = {[COMPARE_EQ] = COMPARE_EQ,
        [COMPARE_NE] = COMPARE_NE,
        [COMPARE_LT] = COMPARE_GT,
        [COMPARE_LE] = COMPARE_GE,
        [COMPARE_GT] = COMPARE_LT,
        [COMPARE_GE] = COMPARE_LE};
    return TURNED[compare];
}

/* What a measured day may be compared with. */
static enum err check_measure(
    struct parser *parser, const struct operand *left, struct operand *right)
{
    int64_t limit = left->measure == MEASURE_YEARS_SINCE ? 150 : SPAN_DAYS_MAX;
    struct span span = right->constant.span;
    if (right->kind == OPERAND_COUNT) {
        if (right->constant.number > limit)
            return PARSE_FAIL(parser, right->token, "this number is too large");
        return ERR_NONE;
    }
    if (right->kind != OPERAND_SPAN)
        return PARSE_FAIL(parser, right->token,
            "%.40s is compared with a number or a span like 9mo", left->token->text);
    if (span.ms != 0)
        return PARSE_FAIL(
            parser, right->token, "this counts whole days: write the span in d, w, mo or y");
    if (left->measure == MEASURE_DAYS_SINCE || left->measure == MEASURE_DAYS_UNTIL)
        return ERR_NONE;
    if (span.days != 0 || (left->measure == MEASURE_YEARS_SINCE && span.months % 12 != 0))
        return PARSE_FAIL(parser, right->token, "this counts whole %s: write the span in %s",
            left->measure == MEASURE_YEARS_SINCE ? "years" : "months",
            left->measure == MEASURE_YEARS_SINCE ? "y" : "mo or y");
    right->constant.number = left->measure == MEASURE_YEARS_SINCE ? span.months / 12 : span.months;
    right->constant.is_span = false;
    return ERR_NONE;
}

static bool kinds_agree(const struct leaf_row *row, const struct operand *right)
{
    if (right->kind == OPERAND_LEAF)
        return right->measure == MEASURE_PLAIN && right->leaf.row->type == row->type
            && row->type <= VALUE_DAY && row->type != VALUE_BOOL;
    switch (row->type) {
    case VALUE_COUNT: return right->kind == OPERAND_COUNT;
    case VALUE_MONEY: /* ..._cents says its unit itself */
        return right->kind == OPERAND_MONEY
            || (right->kind == OPERAND_COUNT && text_ends(row->name, "_cents"));
    case VALUE_DAY: return right->kind == OPERAND_DATE;
    case VALUE_TEXT:
    case VALUE_TEXTS: return right->kind == OPERAND_TEXT;
    case VALUE_BOOL:
    case VALUE_TYPE_MAX: break;
    }
    return false;
}

static enum err type_error(
    struct parser *parser, const struct operand *left, const struct operand *right)
{
    enum value_type type = left->leaf.row->type;
    enum err err = PARSE_FAIL(parser, right->token, "%.60s is %s: it cannot be compared with this",
        left->leaf.row->name, value_type_name(type));
    if (type == VALUE_DAY)
        why_hint(parser->why, "Write days_since(%s) >= 90d, or a date such as 2026-03-01.",
            left->leaf.text_as_written);
    else if (type == VALUE_MONEY)
        why_hint(parser->why, "Write the amount as 300 USD.");
    return err;
}

/* `vip == false`, `vip != true` */
static enum err compare_bool(struct parser *parser, const struct operand *left,
    enum compare compare, const struct operand *right, struct node **ret_node)
{
    if (right->kind != OPERAND_BOOL || (compare != COMPARE_EQ && compare != COMPARE_NE))
        return PARSE_FAIL(parser, right->token,
            "this is true or false: write the name alone, or 'not' before it");
    struct node *node = left->kind == OPERAND_NODE ? left->node : NULL;
    if (!node) {
        node = new_node(parser, NODE_LEAF);
        node->leaf = left->leaf;
    }
    bool as_is = (right->constant.number != 0) == (compare == COMPARE_EQ);
    *ret_node = as_is ? node : new_not(parser, node);
    return ERR_NONE;
}

static enum err compare_operands(struct parser *parser, struct operand *left, enum compare compare,
    struct operand *right, struct node **ret_node)
{
    if (left->kind == OPERAND_NODE
        || (left->kind == OPERAND_LEAF && left->leaf.row->type == VALUE_BOOL))
        return compare_bool(parser, left, compare, right, ret_node);
    if (left->kind != OPERAND_LEAF)
        return PARSE_FAIL(parser, left->token, "two constants are compared: nothing is read");
    const struct leaf_row *row = left->leaf.row;
    if (left->measure != MEASURE_PLAIN) {
        enum err err = check_measure(parser, left, right);
        if (err != ERR_NONE)
            return err;
    } else if (!kinds_agree(row, right)) {
        return type_error(parser, left, right);
    }
    if (row->type >= VALUE_TEXT && compare != COMPARE_EQ && compare != COMPARE_NE)
        return PARSE_FAIL(parser, right->token, "words have no order: use ==, != or in [..]");
    struct node *node = new_node(parser, NODE_COMPARE);
    node->leaf = left->leaf;
    node->measure = left->measure;
    node->compare = compare;
    node->has_right = right->kind == OPERAND_LEAF;
    node->right = right->leaf;
    node->constants = ARENA_NEW(parser->arena, struct constant, 1);
    node->constants[0] = right->constant;
    node->constant_count = 1;
    *ret_node = node;
    return ERR_NONE;
}

static enum err parse_compare(
    struct parser *parser, struct operand *left, enum compare compare, struct node **ret_node)
{
    struct operand right = {.token = parser_token(parser)};
    if (left->kind == OPERAND_LEAF && left->measure == MEASURE_PLAIN
        && left->leaf.row->type >= VALUE_TEXT) {
        right.kind = OPERAND_TEXT;
        enum err err = take_word(parser, left->leaf.row, &right.constant);
        return err != ERR_NONE ? err : compare_operands(parser, left, compare, &right, ret_node);
    }
    enum err err = parse_operand(parser, &right);
    if (err != ERR_NONE)
        return err;
    bool turn = left->kind != OPERAND_LEAF && left->kind != OPERAND_NODE;
    if (turn && right.kind == OPERAND_LEAF && right.leaf.row->type >= VALUE_TEXT)
        return PARSE_FAIL(parser, right.token, "write the name first, the word after the sign");
    return turn ? compare_operands(parser, &right, turned(compare), left, ret_node)
                : compare_operands(parser, left, compare, &right, ret_node);
}

/* An operand that stands alone must be true or false by itself. */
static enum err parse_alone(
    struct parser *parser, const struct operand *operand, struct node **ret_node)
{
    if (operand->kind == OPERAND_NODE) {
        *ret_node = operand->node;
    } else if (operand->kind == OPERAND_BOOL) {
        *ret_node = new_const(parser, operand->constant.number != 0);
    } else if (operand->kind == OPERAND_LEAF && operand->measure == MEASURE_PLAIN
        && operand->leaf.row->type == VALUE_BOOL) {
        *ret_node = new_node(parser, NODE_LEAF);
        (*ret_node)->leaf = operand->leaf;
    } else {
        return PARSE_FAIL(parser, operand->token,
            "'%.60s' is %s, neither true nor false: compare it with something",
            operand->token->text,
            operand->kind == OPERAND_LEAF ? operand->measure == MEASURE_PLAIN
                    ? value_type_name(operand->leaf.row->type)
                    : "a count"
                                          : "a constant");
    }
    return ERR_NONE;
}

static enum err parse_test(struct parser *parser, struct node **ret_node)
{
    if (parser_takes(parser, "(")) {
        enum err err = parse_or(parser, ret_node);
        return err != ERR_NONE ? err : parser_expects(parser, ")", "at the end of the bracket");
    }
    struct operand left = {0};
    enum compare compare;
    enum err err = parse_operand(parser, &left);
    if (err != ERR_NONE)
        return err;
    if (left.kind == OPERAND_TIER)
        return parse_tier(parser, ret_node);
    if (parser_takes(parser, "in"))
        return parse_in(parser, &left, ret_node);
    if (take_compare(parser, &compare))
        return parse_compare(parser, &left, compare, ret_node);
    return parse_alone(parser, &left, ret_node);
}

static enum err parse_not(struct parser *parser, struct node **ret_node)
{
    if (parser->depth >= EXPRESSION_DEPTH_MAX)
        return PARSE_FAIL(parser, parser_token(parser), "too many brackets inside each other");
    parser->depth++;
    enum err err;
    if (parser_takes(parser, "not")) {
        struct node *child = NULL;
        err = parse_not(parser, &child);
        if (err == ERR_NONE)
            *ret_node = new_not(parser, child);
    } else {
        err = parse_test(parser, ret_node);
    }
    parser->depth--;
    return err;
}

/* One level of `and` or `or`. */
static enum err parse_chain(struct parser *parser, const char *word, enum node_kind kind,
    enum err (*parse_child)(struct parser *, struct node **), struct node **ret_node)
{
    struct node *children[CHILDREN_MAX];
    size_t count = 0;
    do {
        if (count == CHILDREN_MAX)
            return PARSE_FAIL(parser, parser_token(parser), "more than %d parts", CHILDREN_MAX);
        enum err err = parse_child(parser, &children[count]);
        if (err != ERR_NONE)
            return err;
        count++;
        if (parser->size > EXPRESSION_NODES_MAX) {
            err = PARSE_FAIL(parser, parser_token(parser), "this expression is too long");
            why_hint(parser->why, "Put parts of it under words: in definitions.yaml.");
            return err;
        }
    } while (parser_takes(parser, word));
    *ret_node = count == 1 ? children[0] : new_group(parser, kind, children, count);
    return ERR_NONE;
}

static enum err parse_and(struct parser *parser, struct node **ret_node)
{
    return parse_chain(parser, "and", NODE_AND, parse_not, ret_node);
}

static enum err parse_or(struct parser *parser, struct node **ret_node)
{
    return parse_chain(parser, "or", NODE_OR, parse_and, ret_node);
}

/* ---- the whole ---- */

static bool is_bracket(const struct token *token, const char *two)
{
    return token->kind == TOKEN_SIGN && token->text[1] == 0 && strchr(two, token->text[0]);
}

/* The index of the next `and` outside brackets, or of the end. */
static size_t next_and(const struct parser *parser, size_t from)
{
    size_t depth = 0, i = from;
    for (; parser->tokens[i].kind != TOKEN_END; i++) {
        const struct token *token = &parser->tokens[i];
        if (is_bracket(token, "(["))
            depth++;
        else if (is_bracket(token, ")]"))
            depth--;
        else if (depth == 0 && token->kind == TOKEN_NAME && strcmp(token->text, "and") == 0)
            break;
    }
    return i;
}

/* The text of each child of a top-level `and`. A tree whose `and` was not written here (a tier, a
 * word) stays one part. */
static void split_parts(struct parser *parser, struct audience_expr *expression)
{
    const struct node *root = expression->root;
    size_t written = 0;
    for (size_t i = next_and(parser, 0); i < parser->at; i = next_and(parser, i + 1))
        written++;
    if (root->kind != NODE_AND || written == 0 || written + 1 != root->child_count)
        return;
    struct audience_expr *parts = ARENA_NEW(parser->arena, struct audience_expr, root->child_count);
    for (size_t part = 0, start = 0; part < root->child_count; part++) {
        size_t end = next_and(parser, start);
        const struct token *from = &parser->tokens[start], *last = &parser->tokens[end - 1];
        parts[part] = *expression;
        parts[part].root = root->children[part];
        parts[part].text = arena_text_n(parser->arena, parser->node->scalar + from->offset,
            last->offset + last->len - from->offset);
        start = end + 1;
    }
    expression->parts = parts;
    expression->part_count = root->child_count;
}

enum err expression_parse(struct arena *boot, const struct yaml *node,
    const struct expression_context *context, const struct audience_expr **ret_expression,
    struct why *reterr_why)
{
    struct parser parser = {.arena = boot, .node = node, .context = context, .why = reterr_why};
    if (node->kind != YAML_SCALAR)
        return yaml_error(node, reterr_why, "an expression is a text in quotes");
    if (strlen(node->scalar) > EXPRESSION_BYTES_MAX)
        return yaml_error(
            node, reterr_why, "an expression has at most %d bytes", EXPRESSION_BYTES_MAX);
    struct token *tokens;
    size_t count;
    enum err err = expression_lex(boot, node, &tokens, &count, reterr_why);
    if (err != ERR_NONE)
        return err;
    parser.tokens = tokens;
    struct node *root = NULL;
    if (tokens[0].kind == TOKEN_END)
        return yaml_error(node, reterr_why, "an expression is empty");
    err = parse_or(&parser, &root);
    if (err != ERR_NONE)
        return err;
    if (parser_token(&parser)->kind != TOKEN_END)
        return PARSE_FAIL(&parser, parser_token(&parser),
            "'%.40s' is left over: join conditions with 'and' or 'or'",
            parser_token(&parser)->text);
    struct audience_expr *expression = ARENA_NEW(boot, struct audience_expr, 1);
    *expression = (struct audience_expr){.root = root,
        .text = arena_text(boot, node->scalar),
        .source = arena_format(boot, "%s:%d", node->file, node->line),
        .reads_enrollment = parser.reads_enrollment,
        .reads_openings = parser.reads_openings,
        .size = parser.size};
    split_parts(&parser, expression);
    *ret_expression = expression;
    return ERR_NONE;
}

const char *expression_text(const struct audience_expr *expression)
{
    return expression->text;
}

const char *expression_source(const struct audience_expr *expression)
{
    return expression->source;
}

bool expression_reads_enrollment(const struct audience_expr *expression)
{
    return expression->reads_enrollment != NULL;
}

bool expression_reads_openings(const struct audience_expr *expression)
{
    return expression && expression->reads_openings;
}

size_t expression_part_count(const struct audience_expr *expression)
{
    return expression->parts ? expression->part_count : 1;
}

const struct audience_expr *expression_part(const struct audience_expr *expression, size_t index)
{
    return expression->parts ? &expression->parts[index] : expression;
}
