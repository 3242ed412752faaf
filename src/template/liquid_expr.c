#include <string.h>

#include "template/liquid_int.h"

/* ---- fields ---- */

enum slot liquid_field(struct liquid *parser, const struct liquid_token *token)
{
    enum slot field = token->kind == TOKEN_WORD ? slot_find(token->text) : SLOT_MAX;
    const struct slot_facts *facts;

    if (token->kind != TOKEN_WORD) {
        liquid_error(parser, token->at, "Write a field here, such as patient.first_name.",
            "a field is missing");
        return SLOT_MAX;
    }
    if (field == SLOT_MAX) {
        const char *nearest = slot_nearest(parser->arena, token->text);

        problem_add(parser->problems, liquid_position(parser, token->at), true, "unknown-field",
            nearest ? arena_format(parser->problems->arena, "Did you mean %s?", nearest)
                    : "docs/templates.md lists the fields.",
            "there is no field %s", token->text);
        return SLOT_MAX;
    }
    facts = slot_facts(field);
    if (facts->label == LABEL_SECRET) {
        problem_add(parser->problems, liquid_position(parser, token->at), true, "PHI-8",
            "Leave it out.", "%s is never part of a message", facts->name);
        return SLOT_MAX;
    }
    if (facts->task_only && parser->channel != CHANNEL_TASK) {
        problem_add(parser->problems, liquid_position(parser, token->at), true, "unknown-field",
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

static bool read_filter_words(struct liquid *parser, struct liquid_tag *tag,
    struct liquid_token *token, const struct filter_facts *facts, struct filter_call *call)
{
    const char *hint = arena_format(parser->problems->arena, "%s: %s.", facts->name, facts->about);

    *token = liquid_token(parser, tag);
    if (!liquid_token_is(token, TOKEN_SIGN, ":")) {
        if (!facts->takes_text || facts->text_optional)
            return true;
        liquid_error(parser, token->at, hint, "this filter needs words behind a colon");
        return false;
    }
    if (!facts->takes_text) {
        liquid_error(parser, token->at, hint, "this filter takes nothing behind it");
        return false;
    }
    *token = liquid_token(parser, tag);
    if (facts->takes_number) {
        if (token->kind != TOKEN_NUMBER || token->number < 1 || token->number > 160) {
            liquid_error(parser, token->at, hint, "a number from 1 to 160 is missing");
            return false;
        }
        call->number = token->number;
        *token = liquid_token(parser, tag);
        if (!liquid_token_is(token, TOKEN_SIGN, ",")) {
            liquid_error(parser, token->at, hint, "a comma and the words instead are missing");
            return false;
        }
        *token = liquid_token(parser, tag);
    }
    if (token->kind != TOKEN_TEXT) {
        liquid_error(parser, token->at, hint, "words in quotes are missing");
        return false;
    }
    call->text = arena_text(parser->arena, token->text);
    *token = liquid_token(parser, tag);
    return true;
}

static bool read_filter(struct liquid *parser, struct liquid_tag *tag, struct liquid_token *token,
    enum value_type *type, struct filter_call *call)
{
    const struct filter_facts *facts;
    size_t at;

    *token = liquid_token(parser, tag);
    at = token->at;
    call->filter = token->kind == TOKEN_WORD ? filter_find(token->text) : FILTER_MAX;
    if (call->filter == FILTER_MAX) {
        const char *nearest = filter_nearest(parser->arena, token->text);

        problem_add(parser->problems, liquid_position(parser, at), true, "unknown-filter",
            nearest ? arena_format(parser->problems->arena, "Did you mean %s?", nearest)
                    : "docs/templates.md lists the filters.",
            "there is no filter %s", token->kind == TOKEN_WORD ? token->text : "here");
        return false;
    }
    facts = filter_facts(call->filter);
    if (facts->in != *type && !(facts->in == VALUE_TEXT && *type == VALUE_URL)) {
        problem_add(parser->problems, liquid_position(parser, at), true, "type",
            *type == VALUE_DAY          ? "Use about_duration or date first."
                : *type == VALUE_NUMBER ? "Use points, number or money first."
                                        : "Leave this filter out.",
            "%s wants a %s, and this is a %s", facts->name, template_type_name(facts->in),
            template_type_name(*type));
        return false;
    }
    if (!read_filter_words(parser, tag, token, facts, call))
        return false;
    if (call->filter == FILTER_DATE && call->text && !filter_date_format_valid(call->text)) {
        problem_add(parser->problems, liquid_position(parser, at), true, "syntax",
            arena_format(parser->problems->arena, "Use %s.", filter_date_formats()),
            "there is no date format \"%s\"", call->text);
        return false;
    }
    *type = *type == VALUE_URL ? VALUE_URL : VALUE_TEXT;
    return true;
}

bool liquid_expr(struct liquid *parser, struct liquid_tag *tag, uint64_t known, struct expr *expr)
{
    struct liquid_token token = liquid_token(parser, tag);
    struct problem_at at = liquid_position(parser, token.at);
    enum value_type type;
    bool settled;

    *expr =
        (struct expr){.field = liquid_field(parser, &token), .line = at.line, .column = at.column};
    if (expr->field == SLOT_MAX)
        return false;
    type = slot_facts(expr->field)->type;
    settled = slot_facts(expr->field)->always || known & UINT64_C(1) << expr->field;
    token = liquid_token(parser, tag);
    while (liquid_token_is(&token, TOKEN_SIGN, "|")) {
        struct filter_call call = {0};

        if (expr->filter_count == TEMPLATE_FILTERS_MAX) {
            liquid_error(parser, token.at, "Leave some out.", "too many filters behind one field");
            return false;
        }
        if (!read_filter(parser, tag, &token, &type, &call))
            return false;
        settled |= filter_facts(call.filter)->settles;
        expr->filters[expr->filter_count++] = call;
    }
    if (token.kind != TOKEN_END) {
        liquid_error(parser, token.at, "Filters follow a |, and their words a colon.",
            "this does not belong here");
        return false;
    }
    if (type == VALUE_DAY || type == VALUE_NUMBER) {
        problem_add(parser->problems, at, true, "type",
            type == VALUE_DAY ? "Add | about_duration or | date."
                              : "Add | points, | number or | money.",
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

static enum compare read_compare(const struct liquid_token *token)
{
    for (size_t i = 0; i < sizeof compares / sizeof *compares; i++)
        if (strcmp(compares[i].sign, token->text) == 0
            && (token->kind == TOKEN_SIGN || token->kind == TOKEN_WORD))
            return compares[i].compare;
    return COMPARE_KNOWN;
}

/* The literal on the right: words for texts, a number for numbers. Days have only "is it known". */
bool liquid_literal(struct liquid *parser, struct liquid_tag *tag, struct test *test)
{
    const struct slot_facts *facts = slot_facts(test->field);
    struct liquid_token token = liquid_token(parser, tag);
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
    problem_add(parser->problems, liquid_position(parser, token.at), true, "type",
        facts->type == VALUE_NUMBER     ? "Compare it with a number."
            : facts->type == VALUE_TEXT ? "Compare it by ==, != or contains with words in quotes."
                                        : "Ask only whether it is known: {% if field %}.",
        "%s can not be compared like this", facts->name);
    return false;
}

static bool read_test(
    struct liquid *parser, struct liquid_tag *tag, struct liquid_token *token, struct test *test)
{
    *token = liquid_token(parser, tag);
    *test = (struct test){.field = liquid_field(parser, token)};
    if (test->field == SLOT_MAX)
        return false;
    *token = liquid_token(parser, tag);
    test->compare = read_compare(token);
    if (test->compare == COMPARE_KNOWN)
        return true;
    if (!liquid_literal(parser, tag, test))
        return false;
    *token = liquid_token(parser, tag);
    return true;
}

bool liquid_condition(struct liquid *parser, struct liquid_tag *tag, struct condition *condition)
{
    struct liquid_token token;
    const char *joint = NULL;

    *condition = (struct condition){0};
    for (;;) {
        if (condition->count == TEMPLATE_TESTS_MAX) {
            liquid_error(
                parser, tag->cursor, "Split it into several.", "this condition is too long");
            return false;
        }
        if (!read_test(parser, tag, &token, &condition->tests[condition->count]))
            return false;
        condition->count++;
        if (token.kind == TOKEN_END)
            return true;
        if (!liquid_token_is(&token, TOKEN_WORD, "and")
            && !liquid_token_is(&token, TOKEN_WORD, "or")) {
            liquid_error(parser, token.at,
                "Write {% if field %} or {% if field == \"words\" %}, joined by and, or by or.",
                "this condition does not read on like this");
            return false;
        }
        condition->any = strcmp(token.text, "or") == 0;
        if (joint && condition->any != (strcmp(joint, "or") == 0)) {
            liquid_error(parser, token.at, "Put one {% if %} inside another.",
                "and beside or in one condition can be read in two ways");
            return false;
        }
        joint = condition->any ? "or" : "and";
    }
}

uint64_t liquid_proves(const struct condition *condition)
{
    uint64_t fields = 0;

    if (condition->negated || (condition->any && condition->count > 1))
        return 0;
    for (size_t i = 0; i < condition->count; i++)
        fields |= UINT64_C(1) << condition->tests[i].field;
    return fields;
}
