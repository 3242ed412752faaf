#include <string.h>

#include "template/template_int.h"

/* The subset of Liquid: {{ field | filter: arg }}, if/elsif/else, unless/else, case/when/else,
 * comment; `and` or `or` between tests, not both. No loops, no includes, no assignments: a template
 * is words with choices, not a program. */

struct parser {
    struct arena *arena;
    const char *file, *text;
    size_t len, at;
    enum channel_kind channel;
    int line, column;         /* of the text's beginning */
    size_t seen;              /* up to where seen_line and seen_column count */
    int seen_line, seen_column;
    int nodes, depth;
    bool stopped;             /* the structure is broken: parsing on would only confuse */
    struct liquid_facts *facts;
    struct problem_list *problems;
};

/* One {{ }} or {% %}: its words, and a cursor in them. */
struct tag {
    bool output;
    size_t at, inside, end;   /* offsets: of the opening, of the words, behind the words */
    size_t cursor;
    char name[24];            /* {% name ...; "" for an output */
};

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_TEXT, TOKEN_NUMBER, TOKEN_SIGN, TOKEN_BAD };
struct token {
    enum token_kind kind;
    size_t at;
    char text[256];           /* WORD, TEXT, SIGN */
    int64_t number;
};

static struct problem_at position(struct parser *parser, size_t offset)
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

static void syntax_error(struct parser *parser, size_t offset, const char *hint,
    const char *message)
{
    problem_add(parser->problems, position(parser, offset), true, "syntax", hint, "%s", message);
}

/* ---- tokens inside a tag ---- */

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
        || c == '.' || c == '-';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void token_copy(struct token *token, const char *text, size_t len)
{
    if (len >= sizeof token->text) {
        token->kind = TOKEN_BAD;
        len = sizeof token->text - 1;
    }
    memcpy(token->text, text, len);
    token->text[len] = '\0';
}

static struct token token_text(const struct parser *parser, struct tag *tag)
{
    struct token token = {.kind = TOKEN_TEXT, .at = tag->cursor};
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

static struct token token_next(const struct parser *parser, struct tag *tag)
{
    struct token token = {.kind = TOKEN_END};
    const char *text = parser->text;

    while (tag->cursor < tag->end && is_blank(text[tag->cursor]))
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
        if (token.kind == TOKEN_WORD && text_to_int(token.text, -1000000000, 1000000000,
                &token.number))
            token.kind = TOKEN_NUMBER;
        return token;
    }
    token.kind = TOKEN_SIGN;
    token.text[0] = text[tag->cursor++];
    if (strchr("=!<>", token.text[0]) && tag->cursor < tag->end && text[tag->cursor] == '=')
        token.text[1] = text[tag->cursor++];
    return token;
}

static bool token_is(const struct token *token, enum token_kind kind, const char *text)
{
    return token->kind == kind && strcmp(token->text, text) == 0;
}

/* ---- fields ---- */

/* Marks the field as read; SLOT_MAX after saying why it can not be. */
static enum slot read_field(struct parser *parser, const struct token *token)
{
    enum slot field = token->kind == TOKEN_WORD ? slot_find(token->text) : SLOT_MAX;
    const struct slot_facts *facts;

    if (token->kind != TOKEN_WORD) {
        syntax_error(parser, token->at, "Write a field here, such as patient.first_name.",
            "a field is missing");
        return SLOT_MAX;
    }
    if (field == SLOT_MAX) {
        const char *nearest = slot_nearest(parser->arena, token->text);

        problem_add(parser->problems, position(parser, token->at), true, "unknown-field",
            nearest ? arena_format(parser->problems->arena, "Did you mean %s?", nearest)
                    : "docs/templates.md lists the fields.",
            "there is no field %s", token->text);
        return SLOT_MAX;
    }
    facts = slot_facts(field);
    if (facts->label == LABEL_SECRET) {
        problem_add(parser->problems, position(parser, token->at), true, "PHI-8",
            "Leave it out.", "%s is never part of a message", facts->name);
        return SLOT_MAX;
    }
    if (facts->task_only && parser->channel != CHANNEL_TASK) {
        problem_add(parser->problems, position(parser, token->at), true, "unknown-field",
            "Use it in a script for a call only.", "%s is not known when a message is sent",
            facts->name);
        return SLOT_MAX;
    }
    parser->facts->fields |= UINT64_C(1) << field;
    if (facts->phi_level > parser->facts->phi_level)
        parser->facts->phi_level = facts->phi_level;
    return field;
}

/* ---- outputs ---- */

static bool read_filter_words(struct parser *parser, struct tag *tag, struct token *token,
    const struct filter_facts *facts, struct filter_call *call)
{
    const char *hint = arena_format(parser->problems->arena, "%s: %s.", facts->name, facts->about);

    *token = token_next(parser, tag);
    if (!token_is(token, TOKEN_SIGN, ":")) {
        if (!facts->takes_text || facts->text_optional)
            return true;
        syntax_error(parser, token->at, hint, "this filter needs words behind a colon");
        return false;
    }
    if (!facts->takes_text) {
        syntax_error(parser, token->at, hint, "this filter takes nothing behind it");
        return false;
    }
    *token = token_next(parser, tag);
    if (facts->takes_number) {
        if (token->kind != TOKEN_NUMBER || token->number < 1 || token->number > 160) {
            syntax_error(parser, token->at, hint, "a number from 1 to 160 is missing");
            return false;
        }
        call->number = token->number;
        *token = token_next(parser, tag);
        if (!token_is(token, TOKEN_SIGN, ",")) {
            syntax_error(parser, token->at, hint, "a comma and the words instead are missing");
            return false;
        }
        *token = token_next(parser, tag);
    }
    if (token->kind != TOKEN_TEXT) {
        syntax_error(parser, token->at, hint, "words in quotes are missing");
        return false;
    }
    call->text = arena_text(parser->arena, token->text);
    *token = token_next(parser, tag);
    return true;
}

static bool read_filter(struct parser *parser, struct tag *tag, struct token *token,
    enum value_type *type, struct filter_call *call)
{
    const struct filter_facts *facts;
    size_t at;

    *token = token_next(parser, tag);
    at = token->at;
    call->filter = token->kind == TOKEN_WORD ? filter_find(token->text) : FILTER_MAX;
    if (call->filter == FILTER_MAX) {
        const char *nearest = filter_nearest(parser->arena, token->text);

        problem_add(parser->problems, position(parser, at), true, "unknown-filter",
            nearest ? arena_format(parser->problems->arena, "Did you mean %s?", nearest)
                    : "docs/templates.md lists the filters.",
            "there is no filter %s", token->kind == TOKEN_WORD ? token->text : "here");
        return false;
    }
    facts = filter_facts(call->filter);
    if (facts->in != *type && !(facts->in == VALUE_TEXT && *type == VALUE_URL)) {
        problem_add(parser->problems, position(parser, at), true, "type",
            *type == VALUE_DAY ? "Use about_duration or date first."
                : *type == VALUE_NUMBER ? "Use points, number or money first."
                                        : "Leave this filter out.",
            "%s wants a %s, and this is a %s", facts->name, template_type_name(facts->in),
            template_type_name(*type));
        return false;
    }
    if (!read_filter_words(parser, tag, token, facts, call))
        return false;
    if (call->filter == FILTER_DATE && call->text && !filter_date_format_valid(call->text)) {
        problem_add(parser->problems, position(parser, at), true, "syntax",
            arena_format(parser->problems->arena, "Use %s.", filter_date_formats()),
            "there is no date format \"%s\"", call->text);
        return false;
    }
    *type = *type == VALUE_URL ? VALUE_URL : VALUE_TEXT;
    return true;
}

static bool read_expr(struct parser *parser, struct tag *tag, uint64_t known, struct expr *expr)
{
    struct token token = token_next(parser, tag);
    struct problem_at at = position(parser, token.at);
    enum value_type type;
    bool settled;

    *expr = (struct expr){.field = read_field(parser, &token), .line = at.line,
        .column = at.column};
    if (expr->field == SLOT_MAX)
        return false;
    type = slot_facts(expr->field)->type;
    settled = slot_facts(expr->field)->always || known & UINT64_C(1) << expr->field;
    token = token_next(parser, tag);
    while (token_is(&token, TOKEN_SIGN, "|")) {
        struct filter_call call = {0};

        if (expr->filter_count == TEMPLATE_FILTERS_MAX) {
            syntax_error(parser, token.at, "Leave some out.", "too many filters behind one field");
            return false;
        }
        if (!read_filter(parser, tag, &token, &type, &call))
            return false;
        settled |= filter_facts(call.filter)->settles;
        expr->filters[expr->filter_count++] = call;
    }
    if (token.kind != TOKEN_END) {
        syntax_error(parser, token.at, "Filters follow a |, and their words a colon.",
            "this does not belong here");
        return false;
    }
    if (type == VALUE_DAY || type == VALUE_NUMBER) {
        problem_add(parser->problems, at, true, "type",
            type == VALUE_DAY ? "Add | about_duration or | date." : "Add | points, | number or | money.",
            "%s is a %s and needs a filter that puts it in words", slot_facts(expr->field)->name,
            template_type_name(type));
        return false;
    }
    if (!settled) {
        problem_add(parser->problems, at, true, "may-be-unknown",
            arena_format(parser->problems->arena,
                "Add | default: \"...\", or write it inside {%% if %s %%}.",
                slot_facts(expr->field)->name),
            "%s is not known for everybody", slot_facts(expr->field)->name);
        return false;
    }
    return true;
}

/* ---- conditions ---- */

static const struct {
    const char *sign;
    enum compare compare;
} compares[] = {
    {"==", COMPARE_EQUAL},
    {"!=", COMPARE_NOT_EQUAL},
    {"<", COMPARE_LESS},
    {"<=", COMPARE_LESS_EQUAL},
    {">", COMPARE_GREATER},
    {">=", COMPARE_GREATER_EQUAL},
    {"contains", COMPARE_CONTAINS},
};

static enum compare read_compare(const struct token *token)
{
    for (size_t i = 0; i < sizeof compares / sizeof *compares; i++)
        if (strcmp(compares[i].sign, token->text) == 0
            && (token->kind == TOKEN_SIGN || token->kind == TOKEN_WORD))
            return compares[i].compare;
    return COMPARE_KNOWN;
}

/* The literal on the right: words for texts, a number for numbers. Days have only "is it known". */
static bool read_literal(struct parser *parser, struct tag *tag, struct test *test)
{
    const struct slot_facts *facts = slot_facts(test->field);
    struct token token = token_next(parser, tag);
    bool of_order = test->compare != COMPARE_EQUAL && test->compare != COMPARE_NOT_EQUAL
        && test->compare != COMPARE_CONTAINS;

    if (facts->type == VALUE_NUMBER && token.kind == TOKEN_NUMBER
        && test->compare != COMPARE_CONTAINS) {
        test->number = token.number;
        return true;
    }
    if (facts->type == VALUE_TEXT && token.kind == TOKEN_TEXT && !of_order) {
        test->text = arena_text(parser->arena, token.text);
        return true;
    }
    problem_add(parser->problems, position(parser, token.at), true, "type",
        facts->type == VALUE_NUMBER ? "Compare it with a number."
            : facts->type == VALUE_TEXT
            ? "Compare it by ==, != or contains with words in quotes."
            : "Ask only whether it is known: {% if field %}.",
        "%s can not be compared like this", facts->name);
    return false;
}

static bool read_test(struct parser *parser, struct tag *tag, struct token *token,
    struct test *test)
{
    *token = token_next(parser, tag);
    *test = (struct test){.field = read_field(parser, token)};
    if (test->field == SLOT_MAX)
        return false;
    *token = token_next(parser, tag);
    test->compare = read_compare(token);
    if (test->compare == COMPARE_KNOWN)
        return true;
    if (!read_literal(parser, tag, test))
        return false;
    *token = token_next(parser, tag);
    return true;
}

static bool read_condition(struct parser *parser, struct tag *tag, struct condition *condition)
{
    struct token token;
    const char *joint = NULL;

    *condition = (struct condition){0};
    for (;;) {
        if (condition->count == TEMPLATE_TESTS_MAX) {
            syntax_error(parser, tag->cursor, "Split it into several.", "this condition is too long");
            return false;
        }
        if (!read_test(parser, tag, &token, &condition->tests[condition->count]))
            return false;
        condition->count++;
        if (token.kind == TOKEN_END)
            return true;
        if (!token_is(&token, TOKEN_WORD, "and") && !token_is(&token, TOKEN_WORD, "or")) {
            syntax_error(parser, token.at,
                "Write {% if field %} or {% if field == \"words\" %}, joined by and, or by or.",
                "this condition does not read on like this");
            return false;
        }
        condition->any = strcmp(token.text, "or") == 0;
        if (joint && condition->any != (strcmp(joint, "or") == 0)) {
            syntax_error(parser, token.at, "Put one {% if %} inside another.",
                "and beside or in one condition can be read in two ways");
            return false;
        }
        joint = condition->any ? "or" : "and";
    }
}

/* Fields that are known wherever the condition holds. */
static uint64_t condition_proves(const struct condition *condition)
{
    uint64_t fields = 0;

    if (condition->negated || (condition->any && condition->count > 1))
        return 0;
    for (size_t i = 0; i < condition->count; i++)
        fields |= UINT64_C(1) << condition->tests[i].field;
    return fields;
}

/* ---- tags ---- */

/* From "{{" or "{%" at `at`: finds the end outside of quotes. */
static bool read_tag(struct parser *parser, size_t at, struct tag *tag)
{
    const char *text = parser->text, *close;
    size_t end = at + 2;
    char quote = 0;

    *tag = (struct tag){.output = text[at + 1] == '{', .at = at, .inside = at + 2};
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
        syntax_error(parser, at, quote ? "Close the quotes." : NULL,
            tag->output ? "{{ has no }}" : "{% has no %}");
        return false;
    }
    parser->at = end + 2;
    tag->end = end > tag->inside && text[end - 1] == '-' ? end - 1 : end;
    if (tag->end != end)
        while (parser->at < parser->len && is_blank(text[parser->at]))
            parser->at++;
    tag->cursor = tag->inside;
    if (!tag->output) {
        struct token token = token_next(parser, tag);

        if (token.kind == TOKEN_WORD && strlen(token.text) < sizeof tag->name)
            memcpy(tag->name, token.text, strlen(token.text) + 1);
    }
    return true;
}

static struct node *node_new(struct parser *parser, enum node_kind kind, size_t at)
{
    struct node *node = ARENA_NEW(parser->arena, struct node, 1);
    struct problem_at place = position(parser, at);

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

static struct node *parse_nodes(struct parser *parser, uint64_t known, struct tag *ret_end);

static bool tag_is(const struct tag *tag, const char *name)
{
    return strcmp(tag->name, name) == 0;
}

static void tag_expect_end(struct parser *parser, struct tag *tag)
{
    struct token token = token_next(parser, tag);

    if (token.kind != TOKEN_END)
        syntax_error(parser, token.at, NULL, "nothing may follow here");
}

/* if and unless, up to their end tag. */
static void parse_if(struct parser *parser, struct tag *tag, struct node *node, uint64_t known)
{
    bool unless = tag_is(tag, "unless"), last = false;
    const char *end_name = unless ? "endunless" : "endif";
    struct branch **link = &node->branches;
    struct tag now = *tag;

    while (!parser->stopped) {
        struct branch *branch = ARENA_NEW(parser->arena, struct branch, 1);
        uint64_t proved = 0;

        if (!last && read_condition(parser, &now, &branch->when)) {
            branch->when.negated = unless && link == &node->branches;
            proved = condition_proves(&branch->when);
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
            problem_add(parser->problems, position(parser, now.at), true, "syntax",
                arena_format(parser->problems->arena, "Close it with {%% %s %%}.", end_name),
                "{%% %s %%} does not fit the {%% %s %%} of line %d", now.name,
                unless ? "unless" : "if", node->line);
            return;
        }
        last = tag_is(&now, "else");
    }
}

/* {% when "a", "b" %}: any of them. */
static bool read_when(struct parser *parser, struct tag *tag, enum slot field,
    struct condition *condition)
{
    struct token token;

    *condition = (struct condition){.any = true};
    do {
        struct test *test = &condition->tests[condition->count];

        if (condition->count == TEMPLATE_TESTS_MAX) {
            syntax_error(parser, tag->cursor, "Split it into several.", "too many values");
            return false;
        }
        *test = (struct test){.field = field, .compare = COMPARE_EQUAL};
        if (!read_literal(parser, tag, test))
            return false;
        condition->count++;
        token = token_next(parser, tag);
    } while (token_is(&token, TOKEN_SIGN, ",") || token_is(&token, TOKEN_WORD, "or"));
    if (token.kind == TOKEN_END)
        return true;
    syntax_error(parser, token.at, "Separate the values by commas.", "this does not belong here");
    return false;
}

static void parse_case(struct parser *parser, struct tag *tag, struct node *node, uint64_t known)
{
    struct token token = token_next(parser, tag);
    enum slot field = read_field(parser, &token);
    struct branch **link = &node->branches;
    struct tag now = *tag;
    bool last = false;

    tag_expect_end(parser, tag);
    (void)parse_nodes(parser, known, &now); /* what stands before the first when is not written */
    while (!parser->stopped && !tag_is(&now, "endcase")) {
        struct branch *branch = ARENA_NEW(parser->arena, struct branch, 1);
        uint64_t proved = 0;

        if (last || !(tag_is(&now, "when") || tag_is(&now, "else"))) {
            parser->stopped = true;
            problem_add(parser->problems, position(parser, now.at), true, "syntax",
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

static void parse_comment(struct parser *parser, const struct tag *tag)
{
    while (parser->at + 1 < parser->len) {
        const char *open = memchr(parser->text + parser->at, '{', parser->len - parser->at);
        struct tag end;
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
    syntax_error(parser, tag->at, "Close it with {% endcomment %}.", "this comment has no end");
}

static bool tag_ends_block(const struct tag *tag)
{
    static const char *const names[] = {"elsif", "else", "endif", "endunless", "when", "endcase"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (tag_is(tag, names[i]))
            return true;
    return false;
}

static void unknown_tag(struct parser *parser, const struct tag *tag)
{
    static const char *const names[] = {"if", "elsif", "else", "endif", "unless", "endunless",
        "case", "when", "endcase", "comment", "endcomment"};
    const char *nearest = text_nearest(tag->name, names, sizeof names / sizeof *names);

    parser->stopped = true;
    problem_add(parser->problems, position(parser, tag->at), true, "syntax",
        nearest ? arena_format(parser->problems->arena, "Did you mean %s?", nearest)
                : "Templates know if, unless, case and comment; no loops, includes or assignments.",
        "there is no tag {%% %s %%}", tag->name);
}

/* A choice or a comment; NULL when nothing is written. */
static struct node *parse_tag(struct parser *parser, struct tag *tag, uint64_t known)
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
        problem_add(parser->problems, position(parser, tag->at), true, "limit",
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
static struct node *parse_text(struct parser *parser)
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
        while (stop > start && is_blank(parser->text[stop - 1]))
            stop--;
    if (stop == start)
        return NULL;
    node = node_new(parser, NODE_TEXT, start);
    node->text = (struct str){parser->text + start, stop - start};
    return node;
}

/* Up to the end of the text, or to a tag that ends the block around: that one goes to ret_end. */
static struct node *parse_nodes(struct parser *parser, uint64_t known, struct tag *ret_end)
{
    struct node *first = NULL, **link = &first, *node;
    struct tag tag;

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
            if (!read_expr(parser, &tag, known, &node->expr))
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
        syntax_error(parser, ret_end->at, "Close it with {% endif %}, {% endunless %} or {% endcase %}.",
            "this choice has no end");
    }
    return first;
}

struct node *liquid_parse(struct arena *arena, const char *file, enum channel_kind channel,
    const char *text, size_t len, int line, int column, struct liquid_facts *facts,
    struct problem_list *problems)
{
    struct parser parser = {
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
