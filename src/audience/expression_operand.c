/* expression_operand.c: one name, with what stands in its brackets; numbers, spans and params. */
#include <stdlib.h>
#include <string.h>

#include "audience/expression_parser.h"
#include "base/text.h"

enum { TOKENS_SUGGESTED_MAX = 256 };

const struct token *parser_token(const struct parser *parser)
{
    return &parser->tokens[parser->at];
}

bool parser_sees(const struct parser *parser, const char *sign_or_word)
{
    const struct token *token = parser_token(parser);
    return (token->kind == TOKEN_SIGN || token->kind == TOKEN_NAME)
        && strcmp(token->text, sign_or_word) == 0;
}

bool parser_takes(struct parser *parser, const char *sign_or_word)
{
    if (!parser_sees(parser, sign_or_word))
        return false;
    parser->at++;
    return true;
}

enum err parser_expects(struct parser *parser, const char *sign, const char *before)
{
    if (parser_takes(parser, sign))
        return ERR_NONE;
    const struct token *token = parser_token(parser);
    return PARSE_FAIL(parser, token, "'%s' is missing %s%s%.40s%s", sign, before,
        token->kind == TOKEN_END ? "" : ", before '", token->kind == TOKEN_END ? "" : token->text,
        token->kind == TOKEN_END ? "" : "'");
}

enum err parser_unknown(struct parser *parser, const struct token *token, const char *what,
    const char *const *names, size_t count)
{
    enum err err = PARSE_FAIL(parser, token, "'%.60s' is no %s", token->text, what);
    const char *nearest = text_nearest(token->text, names, count);
    if (nearest) {
        why_hint(parser->why, "Did you mean '%s'?", nearest);
        return err;
    }
    if (count > 0 && count <= 8) {
        struct buf all;
        buf_init(&all, parser->arena);
        for (size_t i = 0; i < count; i++)
            buf_format(&all, "%s%s", i > 0 ? ", " : "", names[i]);
        why_hint(parser->why, "Known: %s.", all.data);
    }
    return err;
}

/* ---- what stands in brackets ---- */

static const char *slice(struct parser *parser, const struct token *from, size_t until)
{
    const struct token *last = &parser->tokens[until - 1];
    return arena_text_n(parser->arena, parser->node->scalar + from->offset,
        last->offset + last->len - from->offset);
}

static enum err take_service(struct parser *parser, const struct service_definition **ret_service)
{
    const struct token *token = parser_token(parser);
    const struct audience_definitions *definitions = parser->context->definitions;
    size_t count = definitions ? definitions->service_count : 0;
    const char **names = ARENA_NEW(parser->arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        names[i] = definitions->services[i].key;
        if (token->kind == TOKEN_NAME && strcmp(names[i], token->text) == 0) {
            *ret_service = &definitions->services[i];
            parser->at++;
            return ERR_NONE;
        }
    }
    return parser_unknown(parser, token, "service of definitions.yaml", names, count);
}

/* A span: 6w, a param, 2 * interval. */
static enum err take_span(struct parser *parser, struct span *ret_span)
{
    const struct token *token = parser_token(parser);
    struct operand operand = {0};
    enum err err = parse_operand(parser, &operand);
    if (err != ERR_NONE)
        return err;
    if (operand.kind != OPERAND_SPAN)
        return PARSE_FAIL(parser, token, "a span such as 6w or 90d belongs here");
    if (operand.constant.span.ms != 0)
        return PARSE_FAIL(parser, token, "this counts whole days: write the span in d, w, mo or y");
    *ret_span = operand.constant.span;
    return ERR_NONE;
}

static enum err args_booked(struct parser *parser, struct leaf *leaf)
{
    if (!parser_takes(parser, "(")) /* plain `booked` is booked(any) */
        return ERR_NONE;
    if (!parser_takes(parser, "any")) {
        enum err err = take_service(parser, &leaf->service);
        if (err != ERR_NONE)
            return err;
    }
    if (parser_takes(parser, ",")) {
        if (!parser_takes(parser, "future"))
            return PARSE_FAIL(parser, parser_token(parser), "only 'future' may stand here");
        leaf->future = true;
    }
    return parser_expects(parser, ")", "after booked(");
}

static enum err take_event(struct parser *parser, struct leaf *leaf)
{
    const struct token *token = parser_token(parser);
    size_t count;
    const char *const *names = event_names(&count);
    if (token->kind != TOKEN_NAME || !event_parse(token->text, &leaf->event))
        return parser_unknown(parser, token, "event", names, count);
    parser->at++;
    return ERR_NONE;
}

static enum err args_since(struct parser *parser, struct leaf *leaf)
{
    const struct token *token = parser_token(parser);
    enum err err = parser_expects(parser, "(", "after this name");
    if (err != ERR_NONE)
        return err;
    if (parser_takes(parser, "last_exit")) {
        leaf->event = EVENT_LAST_EXIT;
    } else if (parser_sees(parser, "event")) {
        if (parser->context->scope != SCOPE_EVENT)
            return PARSE_FAIL(parser, parser_token(parser),
                "'event' alone is the event beside the condition: there is none here");
        parser->at++;
        leaf->event = EVENT_TRIGGER;
    } else {
        err = take_event(parser, leaf);
    }
    (void)token;
    return err != ERR_NONE ? err : parser_expects(parser, ")", "after the event");
}

/* event(name) [within 14d [.. 60d] [ago]] */
static enum err args_event(struct parser *parser, struct leaf *leaf)
{
    enum err err = parser_expects(parser, "(", "after event");
    if (err == ERR_NONE)
        err = take_event(parser, leaf);
    if (err == ERR_NONE)
        err = parser_expects(parser, ")", "after the event's name");
    if (err != ERR_NONE || !parser_takes(parser, "within"))
        return err;
    const struct token *token = parser_token(parser);
    leaf->ranged = true;
    err = take_span(parser, &leaf->to_ago);
    if (err == ERR_NONE && parser_takes(parser, "..")) {
        leaf->from_ago = leaf->to_ago;
        err = take_span(parser, &leaf->to_ago);
    }
    (void)parser_takes(parser, "ago");
    if (err == ERR_NONE && span_ms(leaf->from_ago) > span_ms(leaf->to_ago))
        return PARSE_FAIL(parser, token, "the nearer end comes first: within 14d .. 60d ago");
    return err;
}

static enum err args_channels(struct parser *parser, struct leaf *leaf)
{
    enum err err = parser_expects(parser, "(", "after reachable");
    size_t count;
    const char *const *names = leaf_domain_words(DOMAIN_CHANNEL, &count);
    do {
        if (err != ERR_NONE)
            return err;
        const struct token *token = parser_token(parser);
        enum channel_kind channel;
        if (token->kind != TOKEN_NAME || !channel_kind_parse(token->text, &channel)
            || channel == CHANNEL_TASK)
            return parser_unknown(parser, token, "channel", names, count);
        leaf->channels.has[channel] = true;
        parser->at++;
    } while (parser_takes(parser, ","));
    return parser_expects(parser, ")", "after the channels");
}

static enum err args_enrolled(struct parser *parser, struct leaf *leaf)
{
    static const char *const PURPOSES[] = {"marketing", "care"};
    enum err err = parser_expects(parser, "(", "after enrolled");
    if (err != ERR_NONE)
        return err;
    const struct token *token = parser_token(parser);
    if (parser_takes(parser, "purpose")) {
        leaf->by_purpose = true;
        err = parser_expects(parser, ":", "after purpose");
        if (err != ERR_NONE)
            return err;
        leaf->marketing = parser_sees(parser, "marketing");
        if (!leaf->marketing && !parser_sees(parser, "care"))
            return parser_unknown(parser, parser_token(parser), "purpose", PURPOSES, 2);
        parser->at++;
    } else if (!parser_takes(parser, "any")) {
        const struct expression_context *context = parser->context;
        bool known = context->playbook_count == 0;
        for (size_t i = 0; i < context->playbook_count; i++)
            known = known || text_is(context->playbooks[i], token->text);
        if (token->kind != TOKEN_NAME || !known)
            return parser_unknown(
                parser, token, "playbook", context->playbooks, context->playbook_count);
        leaf->text = token->text;
        parser->at++;
    }
    return parser_expects(parser, ")", "after enrolled(");
}

static enum err args_touch(struct parser *parser, struct leaf *leaf)
{
    const struct expression_context *context = parser->context;
    enum err err = parser_expects(parser, "(", "after this name");
    if (err != ERR_NONE)
        return err;
    const struct token *token = parser_token(parser);
    bool known = context->touch_count == 0;
    for (size_t i = 0; i < context->touch_count; i++)
        known = known || text_is(context->touches[i], token->text);
    if (token->kind != TOKEN_NAME || !known)
        return parser_unknown(
            parser, token, "touch of this playbook", context->touches, context->touch_count);
    leaf->text = token->text;
    parser->at++;
    if (parser_takes(parser, ",")) {
        if (leaf->row->id != LEAF_OPENED || !parser_takes(parser, "human"))
            return PARSE_FAIL(
                parser, parser_token(parser), "only opened(touch, human) takes a second word");
        leaf->human = true;
    }
    return parser_expects(parser, ")", "after the touch");
}

static enum err args_any_all(struct parser *parser, struct leaf *leaf)
{
    static const char *const WORDS[] = {"any", "all"};
    enum err err = parser_expects(parser, "(", "after opt_out");
    if (err != ERR_NONE)
        return err;
    leaf->every = parser_sees(parser, "all");
    if (!leaf->every && !parser_sees(parser, "any"))
        return parser_unknown(parser, parser_token(parser), "word that may stand here", WORDS, 2);
    parser->at++;
    return parser_expects(parser, ")", "after opt_out(");
}

static enum err args_tags(struct parser *parser, struct leaf *leaf)
{
    enum err err = parser_expects(parser, "has", "after tags: write tags has bride");
    if (err != ERR_NONE)
        return err;
    const struct token *token = parser_token(parser);
    if (token->kind != TOKEN_NAME && token->kind != TOKEN_STRING)
        return PARSE_FAIL(parser, token, "a tag belongs here");
    leaf->text = token->text;
    parser->at++;
    return ERR_NONE;
}

static enum err parse_args(struct parser *parser, struct leaf *leaf)
{
    enum err err;
    switch (leaf->row->args) {
    case ARGS_NONE: return ERR_NONE;
    case ARGS_SERVICE:
        if (!parser_takes(parser, "("))
            return ERR_NONE;
        err = take_service(parser, &leaf->service);
        return err != ERR_NONE ? err : parser_expects(parser, ")", "after the service");
    case ARGS_BOOKED: return args_booked(parser, leaf);
    case ARGS_SINCE: return args_since(parser, leaf);
    case ARGS_SPAN:
        err = parser_expects(parser, "(", "after this name");
        if (err == ERR_NONE)
            err = take_span(parser, &leaf->to_ago);
        return err != ERR_NONE ? err : parser_expects(parser, ")", "after the span");
    case ARGS_EVENT: return args_event(parser, leaf);
    case ARGS_CHANNELS: return args_channels(parser, leaf);
    case ARGS_ENROLLED: return args_enrolled(parser, leaf);
    case ARGS_TOUCH: return args_touch(parser, leaf);
    case ARGS_ANY_ALL: return args_any_all(parser, leaf);
    case ARGS_TAGS: return args_tags(parser, leaf);
    }
    abort();
}

/* ---- names ---- */

static enum err parse_leaf(
    struct parser *parser, const struct leaf_row *row, struct operand *ret_operand)
{
    const struct token *token = parser_token(parser);
    static const char *const SCOPES[] = {"a patient", "an enrollment", "an event"};
    if (row->scope > parser->context->scope)
        return PARSE_FAIL(parser, token, "'%.60s' is known only of %s: it cannot be read %s",
            token->text, SCOPES[row->scope],
            parser->context->scope == SCOPE_ENTRY ? "before somebody has entered" : "here");
    struct leaf leaf = {.row = row};
    if (row->id == LEAF_EVENT_FIELD)
        leaf.text = arena_text(parser->arena, token->text + strlen("event."));
    parser->at++;
    enum err err = parse_args(parser, &leaf);
    if (err != ERR_NONE)
        return err;
    leaf.text_as_written = slice(parser, token, parser->at);
    if (row->scope != SCOPE_ENTRY && !parser->reads_enrollment)
        parser->reads_enrollment = row->name;
    parser->reads_openings |= row->id == LEAF_OPENING_WITHIN;
    *ret_operand = (struct operand){.kind = OPERAND_LEAF, .leaf = leaf, .token = token};
    return ERR_NONE;
}

/* days_since(last_visit), months_since(..), days_until(..) */
static enum err parse_measure(
    struct parser *parser, enum measure measure, struct operand *ret_operand)
{
    const struct token *token = parser_token(parser);
    parser->at++;
    enum err err = parser_expects(parser, "(", "after this name");
    struct operand inner = {0};
    const struct token *inside = parser_token(parser);
    if (err == ERR_NONE)
        err = parse_operand(parser, &inner);
    if (err != ERR_NONE)
        return err;
    if (inner.kind != OPERAND_LEAF || inner.leaf.row->type != VALUE_DAY
        || inner.measure != MEASURE_PLAIN)
        return PARSE_FAIL(parser, inside, "%s needs a day such as last_visit; this is %s",
            token->text,
            inner.kind == OPERAND_LEAF && inner.measure == MEASURE_PLAIN
                ? value_type_name(inner.leaf.row->type)
                : "none");
    inner.measure = measure;
    inner.token = token;
    *ret_operand = inner;
    return parser_expects(parser, ")", "after the day");
}

static const struct audience_expr *find_word(
    const struct audience_definitions *definitions, const char *name)
{
    if (!definitions)
        return NULL;
    for (size_t i = 0; i < definitions->word_count; i++)
        if (strcmp(definitions->words[i].name, name) == 0)
            return definitions->words[i].expression;
    for (size_t i = 0; text_starts(name, "dormant.") && i < definitions->dormant_count; i++)
        if (strcmp(definitions->dormant[i].name, name + strlen("dormant.")) == 0)
            return definitions->dormant[i].expression;
    return NULL;
}

static enum err use_word(
    struct parser *parser, const struct audience_expr *word, struct operand *ret_operand)
{
    const struct token *token = parser_token(parser);
    if (word->reads_enrollment && parser->context->scope == SCOPE_ENTRY)
        return PARSE_FAIL(parser, token,
            "'%.60s' reads '%s', which is known only of an enrollment: it cannot be read before "
            "somebody has entered",
            token->text, word->reads_enrollment);
    parser->at++;
    parser->size += word->size;
    if (!parser->reads_enrollment)
        parser->reads_enrollment = word->reads_enrollment;
    parser->reads_openings |= word->reads_openings;
    struct node *node = ARENA_NEW(parser->arena, struct node, 1);
    *node = *word->root;
    *ret_operand = (struct operand){.kind = OPERAND_NODE, .node = node, .token = token};
    return ERR_NONE;
}

static enum err use_param(
    struct parser *parser, const struct expression_param *param, struct operand *ret_operand)
{
    const struct token *use = parser_token(parser);
    struct token *tokens;
    size_t count;
    if (param->value->kind != YAML_SCALAR)
        return yaml_error(param->value, parser->why, "a param is one value");
    enum err err = expression_lex(parser->arena, param->value, &tokens, &count, parser->why);
    if (err != ERR_NONE)
        return err;
    struct constant constant = {.number = tokens[0].number};
    enum operand_kind kind = OPERAND_COUNT;
    if (count != 2)
        return yaml_error(param->value, parser->why,
            "a param is a count, a span such as 6w, money such as 420 USD, true or false");
    if (tokens[0].kind == TOKEN_SPAN) {
        kind = OPERAND_SPAN;
        constant.span = tokens[0].span;
        constant.is_span = true;
    } else if (tokens[0].kind == TOKEN_MONEY) {
        kind = OPERAND_MONEY;
    } else if (text_is(tokens[0].text, "true") || text_is(tokens[0].text, "false")) {
        kind = OPERAND_BOOL;
        constant.number = text_is(tokens[0].text, "true");
    } else if (tokens[0].kind != TOKEN_COUNT) {
        kind = OPERAND_TEXT;
        constant.text = tokens[0].text;
    }
    parser->at++;
    *ret_operand = (struct operand){.kind = kind, .constant = constant, .token = use};
    return ERR_NONE;
}

static enum err unknown_name(struct parser *parser, const struct token *token)
{
    static const char *const OWN[] = {
        "days_since", "months_since", "days_until", "age", "tier", "not", "true", "false"};
    const char *names[TOKENS_SUGGESTED_MAX];
    size_t count = 0, row_count;
    const struct leaf_row *rows = leaf_rows(&row_count);
    for (size_t i = 0; i < row_count; i++)
        names[count++] = rows[i].name;
    for (size_t i = 0; i < sizeof(OWN) / sizeof(OWN[0]); i++)
        names[count++] = OWN[i];
    const struct audience_definitions *definitions = parser->context->definitions;
    for (size_t i = 0; definitions && i < definitions->word_count && count < 160; i++)
        names[count++] = definitions->words[i].name;
    for (size_t i = 0; definitions && i < definitions->dormant_count && count < 200; i++)
        names[count++] = arena_format(parser->arena, "dormant.%s", definitions->dormant[i].name);
    for (size_t i = 0; i < parser->context->param_count && count < TOKENS_SUGGESTED_MAX; i++)
        names[count++] = parser->context->params[i].name;
    return parser_unknown(parser, token, "name that can be read here", names, count);
}

static enum err parse_name(struct parser *parser, struct operand *ret_operand)
{
    const struct token *token = parser_token(parser);
    if (text_is(token->text, "true") || text_is(token->text, "false")) {
        parser->at++;
        *ret_operand = (struct operand){.kind = OPERAND_BOOL,
            .constant = {.number = text_is(token->text, "true")},
            .token = token};
        return ERR_NONE;
    }
    if (text_is(token->text, "days_since"))
        return parse_measure(parser, MEASURE_DAYS_SINCE, ret_operand);
    if (text_is(token->text, "months_since"))
        return parse_measure(parser, MEASURE_MONTHS_SINCE, ret_operand);
    if (text_is(token->text, "days_until"))
        return parse_measure(parser, MEASURE_DAYS_UNTIL, ret_operand);
    if (text_is(token->text, "tier")) {
        parser->at++;
        *ret_operand = (struct operand){.kind = OPERAND_TIER, .token = token};
        return ERR_NONE;
    }
    if (text_is(token->text, "age")) {
        parser->at++;
        *ret_operand = (struct operand){.kind = OPERAND_LEAF,
            .measure = MEASURE_YEARS_SINCE,
            .leaf = {.row = leaf_row_find("patient.birth"), .text_as_written = "patient.birth"},
            .token = token};
        return ERR_NONE;
    }
    const struct audience_expr *word = find_word(parser->context->definitions, token->text);
    if (word)
        return use_word(parser, word, ret_operand);
    for (size_t i = 0; i < parser->context->param_count; i++)
        if (strcmp(parser->context->params[i].name, token->text) == 0)
            return use_param(parser, &parser->context->params[i], ret_operand);
    const struct leaf_row *row = leaf_row_find(token->text);
    return row ? parse_leaf(parser, row, ret_operand) : unknown_name(parser, token);
}

/* ---- constants ---- */

static enum err parse_product(struct parser *parser, struct operand *operand)
{
    if (!parser_takes(parser, "*"))
        return ERR_NONE;
    const struct token *token = parser_token(parser);
    struct operand right = {0};
    enum err err = parse_operand(parser, &right);
    if (err != ERR_NONE)
        return err;
    bool spans = right.kind == OPERAND_SPAN && operand->kind == OPERAND_COUNT;
    bool counts = right.kind == OPERAND_COUNT && operand->kind == OPERAND_COUNT;
    int64_t factor = operand->constant.number;
    if ((!spans && !counts) || factor > 1000)
        return PARSE_FAIL(parser, token, "only a count of at most 1000 times a count or a span");
    right.token = operand->token;
    if (counts) {
        if (right.constant.number > INT32_MAX)
            return PARSE_FAIL(parser, token, "this number is too large");
        right.constant.number *= factor;
    } else {
        struct span *span = &right.constant.span;
        if (span->months > SPAN_MONTHS_MAX || span->days > SPAN_DAYS_MAX
            || span->ms > SPAN_DAYS_MAX * MS_PER_DAY)
            return PARSE_FAIL(parser, token, "this span is too long: a hundred years at most");
        span->months *= (int32_t)factor;
        span->days *= (int32_t)factor;
        span->ms *= factor;
    }
    *operand = right;
    return ERR_NONE;
}

enum err parse_operand(struct parser *parser, struct operand *ret_operand)
{
    const struct token *token = parser_token(parser);
    static const enum operand_kind KINDS[] = {[TOKEN_COUNT] = OPERAND_COUNT,
        [TOKEN_MONEY] = OPERAND_MONEY,
        [TOKEN_SPAN] = OPERAND_SPAN,
        [TOKEN_DATE] = OPERAND_DATE,
        [TOKEN_STRING] = OPERAND_TEXT};
    enum err err = ERR_NONE;
    if (parser->depth >= EXPRESSION_DEPTH_MAX)
        return PARSE_FAIL(parser, token, "too many brackets inside each other");
    parser->depth++;
    switch (token->kind) {
    case TOKEN_NAME: err = parse_name(parser, ret_operand); break;
    case TOKEN_COUNT:
    case TOKEN_MONEY:
    case TOKEN_SPAN:
    case TOKEN_DATE:
    case TOKEN_STRING:
        parser->at++;
        *ret_operand = (struct operand){.kind = KINDS[token->kind],
            .token = token,
            .constant = {.number = token->number,
                .span = token->span,
                .is_span = token->kind == TOKEN_SPAN,
                .text = token->text}};
        break;
    case TOKEN_END:
        return PARSE_FAIL(parser, token, "the expression ends where a name should follow");
    case TOKEN_SIGN:
        return PARSE_FAIL(parser, token, "a name should stand here, not '%s'", token->text);
    }
    if (err == ERR_NONE)
        err = parse_product(parser, ret_operand);
    parser->depth--;
    return err;
}
