/* expression_judge.c: an expression answered in memory, for one patient. */
#include <stdlib.h>
#include <string.h>

#include "audience/audience_int.h"
#include "base/text.h"

const char *truth_name(enum truth truth)
{
    switch (truth) {
    case TRUTH_FALSE: return "false";
    case TRUTH_TRUE: return "true";
    case TRUTH_UNKNOWN: return "unknown";
    }
    abort();
}

json_t *truth_json(enum truth truth)
{
    return truth == TRUTH_UNKNOWN ? json_string("unknown") : json_boolean(truth == TRUTH_TRUE);
}

static enum truth truth_of(bool value)
{
    return value ? TRUTH_TRUE : TRUTH_FALSE;
}

/* ---- what was read, for explain ---- */

static json_t *day_json(struct day day)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    return json_string(day_format(&scratch, day));
}

static json_t *value_json(const struct leaf *leaf, const struct value *value)
{
    if (!value->known)
        return json_null();
    switch (leaf->row->type) {
    case VALUE_BOOL: return json_boolean(value->number != 0);
    case VALUE_COUNT: return json_integer(value->number);
    case VALUE_MONEY: return json_money(value->number);
    case VALUE_DAY: return day_json((struct day){(int32_t)value->number});
    case VALUE_TEXT: return json_text(value->text);
    case VALUE_TEXTS: {
        json_t *all = json_array();
        for (size_t i = 0; i < value->text_count; i++)
            json_array_append_new(all, json_text(value->texts[i]));
        return all;
    }
    case VALUE_TYPE_MAX: break;
    }
    abort();
}

static void trace_measure(json_t *values, const struct node *node, const struct value *value,
    const struct audience_facts *facts)
{
    static const char *const NAMES[] = {[MEASURE_DAYS_SINCE] = "days_since(%s)",
        [MEASURE_MONTHS_SINCE] = "months_since(%s)",
        [MEASURE_YEARS_SINCE] = "age",
        [MEASURE_DAYS_UNTIL] = "days_until(%s)"};
    if (node->measure == MEASURE_PLAIN || !value->known)
        return;
    json_t *number = json_integer(
        measure_value(node->measure, (struct day){(int32_t)value->number}, facts->moment->today));
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct buf name;
    buf_init(&name, &scratch);
    const char *format = NAMES[node->measure], *hole = strstr(format, "%s");
    buf_add_n(&name, format, hole ? (size_t)(hole - format) : strlen(format));
    if (hole) {
        buf_add(&name, node->leaf.text_as_written);
        buf_add(&name, hole + 2);
    }
    json_object_set_new(values, name.data, number);
}

static struct value read_leaf(
    const struct leaf *leaf, const struct audience_facts *facts, json_t *values)
{
    struct value value = leaf_value(leaf, facts);
    if (values)
        json_object_set_new(values, leaf->text_as_written, value_json(leaf, &value));
    return value;
}

/* ---- comparisons ---- */

static bool holds(enum compare compare, int64_t left, int64_t right)
{
    switch (compare) {
    case COMPARE_EQ: return left == right;
    case COMPARE_NE: return left != right;
    case COMPARE_LT: return left < right;
    case COMPARE_LE: return left <= right;
    case COMPARE_GT: return left > right;
    case COMPARE_GE: return left >= right;
    }
    abort();
}

static bool measured(
    enum measure measure, enum compare compare, struct day day, const struct day_bounds *bounds)
{
    if (measure == MEASURE_DAYS_UNTIL)
        return holds(compare, day.n, bounds->at_least.n);
    bool at_least = day.n <= bounds->at_least.n, more = day.n <= bounds->more_than.n;
    switch (compare) {
    case COMPARE_GE: return at_least;
    case COMPARE_GT: return more;
    case COMPARE_LT: return !at_least;
    case COMPARE_LE: return !more;
    case COMPARE_EQ: return at_least && !more;
    case COMPARE_NE: return !at_least || more;
    }
    abort();
}

static bool value_is_text(const struct value *value, enum value_type type, const char *text)
{
    if (type == VALUE_TEXT)
        return strcmp(value->text, text) == 0;
    for (size_t i = 0; i < value->text_count; i++)
        if (strcmp(value->texts[i], text) == 0)
            return true;
    return false;
}

static enum truth judge_compare(
    const struct node *node, const struct audience_facts *facts, json_t *values)
{
    struct value left = read_leaf(&node->leaf, facts, values);
    struct value right = {.known = true, .number = node->constants[0].number};
    if (node->has_right)
        right = read_leaf(&node->right, facts, values);
    if (!left.known || !right.known)
        return TRUTH_UNKNOWN;
    if (node->measure != MEASURE_PLAIN) {
        if (values)
            trace_measure(values, node, &left, facts);
        struct day_bounds bounds =
            measure_bounds(node->measure, &node->constants[0], facts->moment->today);
        return truth_of(
            measured(node->measure, node->compare, (struct day){(int32_t)left.number}, &bounds));
    }
    enum value_type type = node->leaf.row->type;
    if (type == VALUE_TEXT || type == VALUE_TEXTS) {
        bool same = value_is_text(&left, type, node->constants[0].text);
        return truth_of(same == (node->compare == COMPARE_EQ));
    }
    return truth_of(holds(node->compare, left.number, right.number));
}

static enum truth judge_in(
    const struct node *node, const struct audience_facts *facts, json_t *values)
{
    struct value value = read_leaf(&node->leaf, facts, values);
    if (!value.known)
        return TRUTH_UNKNOWN;
    for (size_t i = 0; i < node->constant_count; i++)
        if (value_is_text(&value, node->leaf.row->type, node->constants[i].text))
            return TRUTH_TRUE;
    return TRUTH_FALSE;
}

/* ---- the tree ---- */

static enum truth judge(
    const struct node *node, const struct audience_facts *facts, json_t *values);

/* Kleene: one false makes `and` false whatever is unknown; one true makes `or` true. With a trace
 * all parts are read, so that explain shows every value. */
static enum truth judge_group(
    const struct node *node, const struct audience_facts *facts, json_t *values)
{
    enum truth settled = node->kind == NODE_AND ? TRUTH_FALSE : TRUTH_TRUE;
    enum truth answer = node->kind == NODE_AND ? TRUTH_TRUE : TRUTH_FALSE;
    for (size_t i = 0; i < node->child_count; i++) {
        enum truth truth = judge(node->children[i], facts, values);
        if (truth == settled)
            answer = settled;
        else if (truth == TRUTH_UNKNOWN && answer != settled)
            answer = TRUTH_UNKNOWN;
        if (answer == settled && !values)
            break;
    }
    return answer;
}

static enum truth judge(const struct node *node, const struct audience_facts *facts, json_t *values)
{
    switch (node->kind) {
    case NODE_AND:
    case NODE_OR: return judge_group(node, facts, values);
    case NODE_NOT: {
        enum truth truth = judge(node->children[0], facts, values);
        return truth == TRUTH_UNKNOWN ? truth : truth_of(truth == TRUTH_FALSE);
    }
    case NODE_CONST: return truth_of(node->value);
    case NODE_LEAF: {
        struct value value = read_leaf(&node->leaf, facts, values);
        return value.known ? truth_of(value.number != 0) : TRUTH_UNKNOWN;
    }
    case NODE_COMPARE: return judge_compare(node, facts, values);
    case NODE_IN: return judge_in(node, facts, values);
    }
    abort();
}

enum truth expression_judge(
    const struct audience_expr *expression, const struct audience_facts *facts)
{
    return judge(expression->root, facts, NULL);
}

enum truth expression_trace(
    const struct audience_expr *expression, const struct audience_facts *facts, json_t *values)
{
    return judge(expression->root, facts, values);
}
