#include <string.h>

#include "template/template_int.h"

/* ---- conditions: three-valued, and what is unknown never holds ---- */

enum truth { TRUTH_NO, TRUTH_YES, TRUTH_UNKNOWN };

static enum truth truth_of(bool holds)
{
    return holds ? TRUTH_YES : TRUTH_NO;
}

static enum truth test_text(const struct test *test, const char *text)
{
    switch (test->compare) {
    case COMPARE_EQUAL: return truth_of(strcmp(text, test->text) == 0);
    case COMPARE_NOT_EQUAL: return truth_of(strcmp(text, test->text) != 0);
    case COMPARE_CONTAINS: return truth_of(strstr(text, test->text) != NULL);
    case COMPARE_KNOWN:
    case COMPARE_LESS:
    case COMPARE_LESS_EQUAL:
    case COMPARE_GREATER:
    case COMPARE_GREATER_EQUAL:
    case COMPARE_MAX: break;
    }
    return TRUTH_UNKNOWN;
}

static enum truth test_number(const struct test *test, int64_t number)
{
    switch (test->compare) {
    case COMPARE_EQUAL: return truth_of(number == test->number);
    case COMPARE_NOT_EQUAL: return truth_of(number != test->number);
    case COMPARE_LESS: return truth_of(number < test->number);
    case COMPARE_LESS_EQUAL: return truth_of(number <= test->number);
    case COMPARE_GREATER: return truth_of(number > test->number);
    case COMPARE_GREATER_EQUAL: return truth_of(number >= test->number);
    case COMPARE_KNOWN:
    case COMPARE_CONTAINS:
    case COMPARE_MAX: break;
    }
    return TRUTH_UNKNOWN;
}

static enum truth eval_test(const struct test *test, const struct template_facts *facts)
{
    struct value value = slot_value(facts, test->field);

    if (test->compare == COMPARE_KNOWN)
        return truth_of(value.known);
    if (!value.known)
        return TRUTH_UNKNOWN;
    return test->text ? test_text(test, value.text) : test_number(test, value.number);
}

static bool eval_condition(const struct condition *condition, const struct template_facts *facts)
{
    bool unknown = false;
    enum truth truth;

    if (condition->count == 0)
        return true;
    for (size_t i = 0; i < condition->count; i++) {
        truth = eval_test(&condition->tests[i], facts);
        if (truth == TRUTH_UNKNOWN)
            unknown = true;
        else if ((truth == TRUTH_YES) == condition->any)
            return condition->any != condition->negated; /* decided, whatever the others say */
    }
    if (unknown)
        return false;
    return condition->any == condition->negated;
}

/* ---- writing ---- */

static bool is_ascii_punctuation(uint32_t code_point)
{
    return (code_point >= '!' && code_point <= '/') || (code_point >= ':' && code_point <= '@')
        || (code_point >= '[' && code_point <= '`') || (code_point >= '{' && code_point <= '~');
}

/* Marks that are not seen: they turn the direction of writing, or hide in a name. */
static bool is_invisible(uint32_t code_point)
{
    return (code_point >= 0x200B && code_point <= 0x200F)
        || (code_point >= 0x202A && code_point <= 0x202E)
        || (code_point >= 0x2060 && code_point <= 0x2069) || code_point == 0xFEFF;
}

/* A value is one line of text: line ends and control characters become blanks, and in Markdown
 * every sign that could mean something loses its meaning. */
static void write_value(struct writing *writing, const char *text)
{
    const char *cursor = text, *end = text + strnlen(text, TEMPLATE_VALUE_BYTES_MAX);

    while (cursor < end) {
        char bytes[4];
        uint32_t code_point = utf8_next(&cursor, end);

        if (is_invisible(code_point))
            continue;
        if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) || code_point == 0x2028
            || code_point == 0x2029)
            code_point = ' ';
        if (writing->markdown && is_ascii_punctuation(code_point))
            buf_add_char(writing->out, '\\');
        buf_add_n(writing->out, bytes, utf8_put(bytes, code_point));
    }
}

/* How much of a value the term lint reads. A signed link of ours ends in a code and a mac, which
 * may spell anything ("...-ipl-..."): only the address in front of them says something. */
static size_t scanned_len(const struct value *value)
{
    const char *page = value->type == VALUE_URL ? strstr(value->text, "/p/") : NULL;
    bool signed_link = page && page[3] && page[4] == '/';
    return signed_link ? (size_t)(page - value->text) : strlen(value->text);
}

static void write_expr(struct writing *writing, const struct expr *expr)
{
    struct value value = slot_value(writing->facts, expr->field);

    for (size_t i = 0; i < expr->filter_count; i++)
        value = filter_apply(
            writing->arena, &expr->filters[i], &value, writing->language, writing->facts->today);
    if (!value.known) {
        if (!writing->missing)
            writing->missing = slot_facts(expr->field)->name;
        return;
    }
    write_value(writing, value.text);
    if (!writing->scan)
        return;
    if (value.proper_name)
        buf_add_char(writing->scan, ' ');
    else
        buf_add_n(writing->scan, value.text, scanned_len(&value));
}

void eval_nodes(struct writing *writing, const struct node *nodes)
{
    for (const struct node *node = nodes; node; node = node->next) {
        switch (node->kind) {
        case NODE_TEXT:
            buf_add_n(writing->out, node->text.data, node->text.len);
            if (writing->scan)
                buf_add_n(writing->scan, node->text.data, node->text.len);
            break;
        case NODE_OUTPUT: write_expr(writing, &node->expr); break;
        case NODE_CHOICE:
            for (const struct branch *branch = node->branches; branch; branch = branch->next) {
                if (!eval_condition(&branch->when, writing->facts))
                    continue;
                eval_nodes(writing, branch->body);
                break;
            }
            break;
        }
    }
}

char *text_one_line(struct arena *arena, const char *text)
{
    struct buf out;
    bool blank = false;

    buf_init(&out, arena);
    for (const char *c = text; *c; c++) {
        if (*c == ' ' || *c == '\n' || *c == '\r' || *c == '\t') {
            blank = true;
            continue;
        }
        if (blank && out.len)
            buf_add_char(&out, ' ');
        blank = false;
        buf_add_char(&out, *c);
    }
    return out.data;
}
