#include <string.h>

#include "template/liquid_int.h"

/* The subset of Liquid: {{ field | filter: arg }}, if/elsif/else, unless/else, case/when/else,
 * comment; `and` or `or` between tests, not both. No loops, no includes, no assignments: a template
 * is words with choices, not a program. */

/* ---- tags ---- */

/* From "{{" or "{%" at `at`: finds the end outside of quotes. */
static bool read_tag(struct liquid *parser, size_t at, struct liquid_tag *tag)
{
    const char *text = parser->text, *close;
    size_t end = at + 2;
    char quote = 0;

    *tag = (struct liquid_tag){.output = text[at + 1] == '{', .at = at, .inside = at + 2};
    close = tag->output ? "}}" : "%}";
    if (tag->inside < parser->len && text[tag->inside] == '-')
        tag->inside++;
    for (end = tag->inside; end + 1 < parser->len; end++) {
        if (quote)
            quote = text[end] == quote ? 0 : quote;
        else if (text[end] == '"' || text[end] == '\'')
            quote = text[end];
        else if (text[end] == close[0] && text[end + 1] == close[1])
            break;
    }
    if (end + 1 >= parser->len) {
        liquid_error(parser, at,
            quote ? "Close the quotes." : "Close it on the same line, or take it out.",
            tag->output ? "{{ has no }}" : "{% has no %}");
        return false;
    }
    parser->at = end + 2;
    tag->end = end > tag->inside && text[end - 1] == '-' ? end - 1 : end;
    if (tag->end != end)
        while (parser->at < parser->len && liquid_is_blank(text[parser->at]))
            parser->at++;
    tag->cursor = tag->inside;
    if (!tag->output) {
        struct liquid_token token = liquid_token(parser, tag);

        if (token.kind == TOKEN_WORD && strlen(token.text) < sizeof tag->name)
            memcpy(tag->name, token.text, strlen(token.text) + 1);
    }
    return true;
}

static struct node *node_new(struct liquid *parser, enum node_kind kind, size_t at)
{
    struct node *node = ARENA_NEW(parser->arena, struct node, 1);
    struct problem_at place = liquid_position(parser, at);

    node->kind = kind;
    node->line = place.line;
    node->column = place.column;
    if (++parser->nodes > TEMPLATE_NODES_MAX && !parser->stopped) {
        parser->stopped = true;
        problem_add(parser->problems, place, true, "limit", "Make it shorter.",
            "a template has at most %d parts", TEMPLATE_NODES_MAX);
    }
    return node;
}

static struct node *parse_nodes(struct liquid *parser, uint64_t known, struct liquid_tag *ret_end);

static bool tag_is(const struct liquid_tag *tag, const char *name)
{
    return strcmp(tag->name, name) == 0;
}

static void tag_expect_end(struct liquid *parser, struct liquid_tag *tag)
{
    struct liquid_token token = liquid_token(parser, tag);

    if (token.kind != TOKEN_END)
        liquid_error(parser, token.at, "Take it out.", "nothing may follow here");
}

/* if and unless, up to their end tag. */
static void parse_if(
    struct liquid *parser, struct liquid_tag *tag, struct node *node, uint64_t known)
{
    bool unless = tag_is(tag, "unless"), last = false;
    const char *end_name = unless ? "endunless" : "endif";
    struct branch **link = &node->branches;
    struct liquid_tag now = *tag;

    while (!parser->stopped) {
        struct branch *branch = ARENA_NEW(parser->arena, struct branch, 1);
        uint64_t proved = 0;

        if (!last && liquid_condition(parser, &now, &branch->when)) {
            branch->when.negated = unless && link == &node->branches;
            proved = liquid_proves(&branch->when);
        }
        if (last)
            tag_expect_end(parser, &now);
        *link = branch;
        link = &branch->next;
        branch->body = parse_nodes(parser, known | proved, &now);
        if (parser->stopped || tag_is(&now, end_name))
            return;
        if (last || !(tag_is(&now, "else") || (tag_is(&now, "elsif") && !unless))) {
            parser->stopped = true;
            problem_add(parser->problems, liquid_position(parser, now.at), true, "syntax",
                arena_format(parser->problems->arena, "Close it with {%% %s %%}.", end_name),
                "{%% %s %%} does not fit the {%% %s %%} of line %d", now.name,
                unless ? "unless" : "if", node->line);
            return;
        }
        last = tag_is(&now, "else");
    }
}

/* {% when "a", "b" %}: any of them. */
static bool read_when(
    struct liquid *parser, struct liquid_tag *tag, enum slot field, struct condition *condition)
{
    struct liquid_token token;

    *condition = (struct condition){.any = true};
    do {
        struct test *test = &condition->tests[condition->count];

        if (condition->count == TEMPLATE_TESTS_MAX) {
            liquid_error(parser, tag->cursor, "Split it into several.", "too many values");
            return false;
        }
        *test = (struct test){.field = field, .compare = COMPARE_EQUAL};
        if (!liquid_literal(parser, tag, test))
            return false;
        condition->count++;
        token = liquid_token(parser, tag);
    } while (liquid_token_is(&token, TOKEN_SIGN, ",") || liquid_token_is(&token, TOKEN_WORD, "or"));
    if (token.kind == TOKEN_END)
        return true;
    liquid_error(parser, token.at, "Separate the values by commas.", "this does not belong here");
    return false;
}

static void parse_case(
    struct liquid *parser, struct liquid_tag *tag, struct node *node, uint64_t known)
{
    struct liquid_token token = liquid_token(parser, tag);
    enum slot field = liquid_field(parser, &token);
    struct branch **link = &node->branches;
    struct liquid_tag now = *tag;
    bool last = false;

    tag_expect_end(parser, tag);
    (void)parse_nodes(parser, known, &now); /* what stands before the first when is not written */
    while (!parser->stopped && !tag_is(&now, "endcase")) {
        struct branch *branch = ARENA_NEW(parser->arena, struct branch, 1);
        uint64_t proved = 0;

        if (last || !(tag_is(&now, "when") || tag_is(&now, "else"))) {
            parser->stopped = true;
            problem_add(parser->problems, liquid_position(parser, now.at), true, "syntax",
                "Close it with {% endcase %}.",
                "{%% %s %%} does not fit the {%% case %%} of line %d", now.name, node->line);
            return;
        }
        last = tag_is(&now, "else");
        if (!last && field != SLOT_MAX && read_when(parser, &now, field, &branch->when))
            proved = UINT64_C(1) << field;
        *link = branch;
        link = &branch->next;
        branch->body = parse_nodes(parser, known | proved, &now);
    }
}

static void parse_comment(struct liquid *parser, const struct liquid_tag *tag)
{
    while (parser->at + 1 < parser->len) {
        const char *open = memchr(parser->text + parser->at, '{', parser->len - parser->at);
        struct liquid_tag end;
        size_t problems = parser->problems->count;

        if (!open || open + 1 >= parser->text + parser->len)
            break;
        parser->at = (size_t)(open - parser->text);
        if (open[1] != '%') {
            parser->at++;
            continue;
        }
        if (!read_tag(parser, parser->at, &end)) {
            parser->stopped = parser->problems->count > problems;
            return;
        }
        if (tag_is(&end, "endcomment"))
            return;
    }
    parser->stopped = true;
    liquid_error(parser, tag->at, "Close it with {% endcomment %}.", "this comment has no end");
}

static bool tag_ends_block(const struct liquid_tag *tag)
{
    static const char *const names[] = {"elsif", "else", "endif", "endunless", "when", "endcase"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (tag_is(tag, names[i]))
            return true;
    return false;
}

static void unknown_tag(struct liquid *parser, const struct liquid_tag *tag)
{
    static const char *const names[] = {"if", "elsif", "else", "endif", "unless", "endunless",
        "case", "when", "endcase", "comment", "endcomment"};
    const char *nearest = text_nearest(tag->name, names, sizeof names / sizeof *names);

    parser->stopped = true;
    if (nearest
        && text_is(nearest, tag->name)) { /* the end or a part of a choice that is not open */
        problem_add(parser->problems, liquid_position(parser, tag->at), true, "syntax",
            "Take it out, or open the choice before it.", "{%% %s %%} belongs to nothing before it",
            tag->name);
        return;
    }
    problem_add(parser->problems, liquid_position(parser, tag->at), true, "syntax",
        nearest ? arena_format(parser->problems->arena, "Did you mean %s?", nearest)
                : "Templates know if, unless, case and comment; no loops, includes or assignments.",
        "there is no tag {%% %s %%}", tag->name);
}

/* A choice or a comment; NULL when nothing is written. */
static struct node *parse_tag(struct liquid *parser, struct liquid_tag *tag, uint64_t known)
{
    struct node *node = NULL;

    if (tag_is(tag, "comment")) {
        parse_comment(parser, tag);
        return NULL;
    }
    if (!tag_is(tag, "if") && !tag_is(tag, "unless") && !tag_is(tag, "case")) {
        unknown_tag(parser, tag);
        return NULL;
    }
    node = node_new(parser, NODE_CHOICE, tag->at);
    if (++parser->depth > TEMPLATE_DEPTH_MAX) {
        parser->stopped = true;
        problem_add(parser->problems, liquid_position(parser, tag->at), true, "limit",
            "Write it as several templates.", "choices go at most %d deep", TEMPLATE_DEPTH_MAX);
        return node;
    }
    if (tag_is(tag, "case"))
        parse_case(parser, tag, node, known);
    else
        parse_if(parser, tag, node, known);
    parser->depth--;
    return node;
}

/* The literal text up to the next tag; trimmed at its end when the tag begins with "-". */
static struct node *parse_text(struct liquid *parser)
{
    size_t start = parser->at, end = start, stop;
    struct node *node;

    while (end + 1 < parser->len
        && !(parser->text[end] == '{'
            && (parser->text[end + 1] == '{' || parser->text[end + 1] == '%')))
        end++;
    if (end + 1 >= parser->len)
        end = parser->len;
    parser->at = end;
    stop = end;
    if (end + 2 < parser->len && parser->text[end + 2] == '-')
        while (stop > start && liquid_is_blank(parser->text[stop - 1]))
            stop--;
    if (stop == start)
        return NULL;
    node = node_new(parser, NODE_TEXT, start);
    node->text = (struct str){parser->text + start, stop - start};
    return node;
}

/* Up to the end of the text, or to a tag that ends the block around: that one goes to ret_end. */
static struct node *parse_nodes(struct liquid *parser, uint64_t known, struct liquid_tag *ret_end)
{
    struct node *first = NULL, **link = &first, *node;
    struct liquid_tag tag;

    while (!parser->stopped) {
        node = parse_text(parser);
        if (node) {
            *link = node;
            link = &node->next;
        }
        if (parser->at >= parser->len || parser->stopped)
            break;
        if (!read_tag(parser, parser->at, &tag)) {
            parser->stopped = true;
            break;
        }
        if (!tag.output && tag_ends_block(&tag) && ret_end) {
            *ret_end = tag;
            return first;
        }
        if (tag.output) {
            node = node_new(parser, NODE_OUTPUT, tag.at);
            if (!liquid_expr(parser, &tag, known, &node->expr))
                node = NULL;
        } else {
            node = parse_tag(parser, &tag, known);
        }
        if (node) {
            *link = node;
            link = &node->next;
        }
    }
    if (ret_end && !parser->stopped) {
        parser->stopped = true;
        liquid_error(parser, ret_end->at,
            "Close it with {% endif %}, {% endunless %} or {% endcase %}.",
            "this choice has no end");
    }
    return first;
}

struct node *liquid_parse(struct arena *arena, const char *file, enum channel_kind channel,
    const char *text, size_t len, int line, int column, struct liquid_facts *facts,
    struct problem_list *problems)
{
    struct liquid parser = {
        .arena = arena,
        .file = file,
        .text = text,
        .len = len,
        .channel = channel,
        .line = line,
        .column = column,
        .seen_line = line,
        .seen_column = column,
        .facts = facts,
        .problems = problems,
    };

    return parse_nodes(&parser, 0, NULL);
}
