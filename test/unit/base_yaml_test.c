/* base_yaml_test.c: the strict YAML of playbooks, its places and its refusals. */
#include "unit.h"

#include <string.h>

#include "base/text.h"
#include "base/yaml.h"

static int open_arena(void **state)
{
    static struct arena arena;
    arena_init(&arena, 0);
    *state = &arena;
    return 0;
}

static int close_arena(void **state)
{
    arena_release(*state);
    return 0;
}

static const struct yaml *parsed(struct arena *arena, const char *text)
{
    struct yaml *root = NULL;
    struct why why = {0};
    must(yaml_parse(arena, "p.yaml", text, strlen(text), &root, &why), &why);
    return root;
}

static void test_yaml_parse__keeps_text_and_places(void **state)
{
    const struct yaml *root = parsed(*state,
        "name: no\n"
        "quiet: {from: 21:00, 'to': \"9:00\"}\n"
        "touches:\n"
        "  - day: 0\n"
        "    text: |\n"
        "      Hi\n"
        "      there\n"
        "  - [a, b]\n"
        "empty:\n");
    assert_int_equal(root->count, 4);
    assert_string_equal(yaml_get(root, "name")->scalar, "no");
    const struct yaml *quiet = yaml_get(root, "quiet");
    assert_string_equal(yaml_get(quiet, "from")->scalar, "21:00");
    assert_false(yaml_get(quiet, "from")->quoted);
    assert_true(yaml_get(quiet, "to")->quoted);
    assert_int_equal(yaml_get(quiet, "to")->key_column, 22);
    const struct yaml *touch = yaml_at(yaml_get(root, "touches"), 0);
    assert_true(touch->kind == YAML_MAP && touch->line == 4 && touch->column == 5);
    assert_string_equal(yaml_get(touch, "text")->scalar, "Hi\nthere\n");
    const struct yaml *list = yaml_at(yaml_get(root, "touches"), 1);
    assert_string_equal(yaml_at(list, 1)->scalar, "b");
    assert_true(yaml_at(list, 1)->line == 8 && yaml_at(list, 1)->column == 9);
    assert_null(yaml_at(list, 2));
    assert_null(yaml_get(list, "a"));
    const struct yaml *empty = yaml_get(root, "empty");
    assert_string_equal(empty->scalar, "");
    assert_int_equal(empty->line, 9);
}

static void test_yaml_parse__refuses_what_surprises(void **state)
{
    static const struct {
        const char *text, *place, *message;
    } cases[] = {
        {"a: 1\na: 2", "p.yaml:2:1", "this key appears twice in one map"},
        {"a: &x 1", "p.yaml:1:5", "anchors (&name) are not supported"},
        {"a: *x", "p.yaml:1:5", "aliases (*name) are not supported"},
        {"a: !!str b", "p.yaml:1:4", "tags (!name) are not supported"},
        {"b:\n  <<: {a: 1}", "p.yaml:2:3", "merge keys (<<) are not supported"},
        {"? [a]\n: b", "p.yaml:1:3", "a key must be plain text"},
        {"a: 1\n---\nb: 2\n", "p.yaml:2:1", "the file holds more than one document"},
        {"a: \"x\\0y\"", "p.yaml:1:4", "a value holds a NUL character"},
        {"", "p.yaml", "the file is empty"},
        {"# nothing\n", "p.yaml", "the file is empty"},
        {"a: \xFF", "p.yaml", "the file is not UTF-8 text"},
        {"a:\n\tb: 1", "p.yaml:2:1", NULL},
        {"a: [1", "p.yaml:2:1", NULL},
        {"a: b: c", "p.yaml:1:5", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct yaml *root = NULL;
        struct why why = {0};
        const char *text = cases[i].text;
        assert_int_equal(yaml_parse(*state, "p.yaml", text, strlen(text), &root, &why), ERR_INPUT);
        assert_null(root);
        assert_string_equal(why.place, cases[i].place);
        if (cases[i].message)
            assert_string_equal(why.message, cases[i].message);
    }
    struct yaml *root = NULL;
    assert_int_equal(yaml_parse(*state, "p.yaml", "a: \0", 4, &root, NULL), ERR_INPUT);
}

static char *repeated(struct arena *arena, const char *text, size_t count)
{
    size_t len = strlen(text);
    char *all = arena_alloc(arena, len * count + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(all + i * len, text, len);
    return all;
}

static void test_yaml_parse__has_bounds(void **state)
{
    struct arena *arena = *state;
    struct yaml *root = NULL;
    const char *deep = repeated(arena, "[", 5000);
    assert_int_equal(yaml_parse(arena, "p", deep, 5000, &root, NULL), ERR_INPUT);
    const char *wide = repeated(arena, "- a\n", YAML_NODES_MAX);
    assert_int_equal(yaml_parse(arena, "p", wide, strlen(wide), &root, NULL), ERR_INPUT);
    const char *enough = repeated(arena, "- a\n", YAML_NODES_MAX - 1);
    assert_int_equal(yaml_parse(arena, "p", enough, strlen(enough), &root, NULL), ERR_NONE);
    assert_int_equal(root->count, YAML_NODES_MAX - 1);
    const char *large = repeated(arena, " ", YAML_BYTES_MAX + 1);
    assert_int_equal(yaml_parse(arena, "p", large, YAML_BYTES_MAX + 1, &root, NULL), ERR_LIMIT);
}

static void test_yaml_only__suggests_the_nearest_key(void **state)
{
    static const char *const names[] = {"name", "touches", "skip_if"};
    const struct yaml *root = parsed(*state, "name: a\nskipif: b\n");
    struct why why = {0};
    assert_int_equal(yaml_only(root, names, 3, &why), ERR_INPUT);
    assert_string_equal(why.place, "p.yaml:2:1");
    assert_string_equal(why.hint, "Did you mean \"skip_if\"?");
    assert_int_equal(yaml_only(parsed(*state, "name: a\n"), names, 3, NULL), ERR_NONE);
    assert_int_equal(yaml_only(parsed(*state, "- a\n"), names, 3, NULL), ERR_INPUT);
}

static void test_yaml_int__and_the_other_readers_name_what_belongs_here(void **state)
{
    const struct yaml *root = parsed(*state,
        "int: 12\nyes: true\nspan: 9mo\nminute: 9:05\nlast: 24:00\npercent: 2.5%\nlist: [1]\n");
    int64_t integer = 0;
    bool truth = false;
    struct span span;
    int minute = 0;
    double percent = 0;
    struct why why = {0};
    must(yaml_int(yaml_get(root, "int"), 0, 12, &integer, &why), &why);
    must(yaml_bool(yaml_get(root, "yes"), &truth, &why), &why);
    must(yaml_span(yaml_get(root, "span"), &span, &why), &why);
    must(yaml_minute_of_day(yaml_get(root, "last"), &minute, &why), &why);
    assert_int_equal(minute, 1440);
    must(yaml_minute_of_day(yaml_get(root, "minute"), &minute, &why), &why);
    must(yaml_percent(yaml_get(root, "percent"), &percent, &why), &why);
    assert_true(integer == 12 && truth && span.months == 9 && minute == 545 && percent == 2.5);
    assert_int_equal(yaml_int(yaml_get(root, "int"), 0, 11, &integer, &why), ERR_INPUT);
    assert_string_equal(why.message, "a whole number from 0 to 11 belongs here, not \"12\"");
    assert_string_equal(why.place, "p.yaml:1:6");
    const struct yaml *list = yaml_get(root, "list");
    assert_int_equal(yaml_int(list, 0, 9, &integer, NULL), ERR_INPUT);
    assert_int_equal(yaml_bool(list, &truth, NULL), ERR_INPUT);
    assert_int_equal(yaml_bool(yaml_get(root, "int"), &truth, NULL), ERR_INPUT);
    assert_int_equal(yaml_span(yaml_get(root, "int"), &span, NULL), ERR_INPUT);
    static const char *const times[] = {"24:01", "9:5", "9", "9:60", "123:00", "-1:00", "9:00 am"};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct yaml node = {.kind = YAML_SCALAR, .file = "p", .scalar = times[i]};
        assert_int_equal(yaml_minute_of_day(&node, &minute, NULL), ERR_INPUT);
    }
    static const char *const percents[] = {
        "10", "%", "101%", "100.1%", "1.%", ".5%", "1.23456%", "-1%", "1 %", "1e1%", "10%%"};
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        struct yaml node = {.kind = YAML_SCALAR, .file = "p", .scalar = percents[i]};
        assert_int_equal(yaml_percent(&node, &percent, NULL), ERR_INPUT);
    }
}

static void test_yaml_canonical__is_one_text_for_one_meaning(void **state)
{
    const char *block = "b:\n  - 'x'\n  - y: {}\na: \"1\"\n";
    const char *flow = "{a: 1, b: [x, {y: {}}]} # the same\n";
    const char *canonical = "{\"a\":\"1\",\"b\":[\"x\",{\"y\":{}}]}";
    assert_string_equal(yaml_canonical(*state, parsed(*state, block)), canonical);
    assert_string_equal(yaml_canonical(*state, parsed(*state, flow)), canonical);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml_parse__keeps_text_and_places),
        cmocka_unit_test(test_yaml_parse__refuses_what_surprises),
        cmocka_unit_test(test_yaml_parse__has_bounds),
        cmocka_unit_test(test_yaml_only__suggests_the_nearest_key),
        cmocka_unit_test(test_yaml_int__and_the_other_readers_name_what_belongs_here),
        cmocka_unit_test(test_yaml_canonical__is_one_text_for_one_meaning),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
