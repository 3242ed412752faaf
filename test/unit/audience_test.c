/* audience_test.c: definitions and the language of conditions: what is understood, and what is
 * refused with which words. That SQL and memory agree: audience_property_test.c. */
#include "unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audience/audience_int.h"
#include "base/embed.h"
#include "base/text.h"
#include "embed_playbooks.h"

struct fixture {
    struct arena arena;
    const struct audience_definitions *definitions;
};

static const struct yaml *parse_yaml(struct arena *arena, const char *file, const char *text)
{
    struct why why = {0};
    struct yaml *root = NULL;
    must(yaml_parse(arena, file, text, strlen(text), &root, &why), &why);
    return root;
}

static int open_fixture(void **state)
{
    static struct fixture fixture;
    struct why why = {0};
    arena_init(&fixture.arena, 0);
    const struct embed_file *file = embed_find(&embed_playbooks, "definitions.yaml");
    assert_non_null(file);
    must(definitions_parse(&fixture.arena,
             parse_yaml(&fixture.arena, "definitions.yaml", file->bytes), &fixture.definitions,
             &why),
        &why);
    *state = &fixture;
    return 0;
}

static int close_fixture(void **state)
{
    arena_release(&((struct fixture *)*state)->arena);
    return 0;
}

/* ---- definitions ---- */

/* "place: message. Hint." of what is wrong with these definitions; "" when nothing is. */
static const char *refusal(struct fixture *fixture, const char *text)
{
    static char said[1024];
    struct why why = {0};
    const struct audience_definitions *definitions = NULL;
    const struct yaml *root = parse_yaml(&fixture->arena, "d.yaml", text);
    if (definitions_parse(&fixture->arena, root, &definitions, &why) == ERR_NONE)
        return "";
    why_format(&why, said, sizeof said);
    return said;
}

static void assert_says(const char *said, const char *part)
{
    if (!strstr(said, part))
        fail_msg("'%s' does not say '%s'", said, part);
}

static void test_definitions_parse__reads_the_shipped_file(void **state)
{
    struct fixture *fixture = *state;
    const struct audience_definitions *definitions = fixture->definitions;
    assert_int_equal(definitions->service_count, 5);
    const struct service_definition *neurotoxin = definitions_service(definitions, "neurotoxin");
    assert_int_equal(neurotoxin->due.days, 100);
    assert_int_equal(neurotoxin->late.days, 120);
    assert_int_equal(service_mark(neurotoxin, CLOCK_LOST).days, 180);
    assert_string_equal(service_label(neurotoxin, "es"), "cita");
    assert_string_equal(service_label(neurotoxin, "fr"), "visit");
    assert_true(definitions_service(definitions, "laser_ipl")->series_end);
    assert_true(definitions_service(definitions, "membership")->member);
    assert_non_null(definitions_service(definitions, "membership")->also_when);
    assert_int_equal(definitions->tiers[2].to_months, INT_MAX);
    assert_true(definitions->exclude_standard[EXCLUSION_MINOR]);
    assert_int_equal(definitions_offer(definitions, "twelve_pct")->percent, 12);
    assert_int_equal(definitions->warning_count, 0);
    assert_true(expression_reads_enrollment(definitions_word(definitions, "warm")));
}

static void test_definitions_parse__refuses_with_place_and_remedy(void **state)
{
    static const struct {
        const char *text, *says;
    } CASES[] = {
        {"services:\n  a: {label: v, due: 10d, lots: 20d}\n", "d.yaml:2:"},
        {"services:\n  a: {label: v, due: 10d, lots: 20d}\n", "lost"},
        {"services:\n  a: {label: v, due: 100d, late: 90d}\n", "late comes before due"},
        {"services:\n  a: {label: v, due: 100d, lost: 3mo}\n", "lost comes before due"},
        {"services:\n  a: {label: v}\n", "add due"},
        {"services:\n  a: {due: 1d}\n", "add label"},
        {"services:\n  a: {label: v, due: 12h}\n", "whole days"},
        {"services:\n  a: {label: v, due: 1d, clock: seriesend}\n", "series_end"},
        {"services:\n  a: {label: v, due: 1d, match: [botox]}\n"
         "  b: {label: v, due: 1d, match: [Bo-tox]}\n",
            "already means a"},
        {"services: {}\ntier: {by: months_since(last_visit), a: \"[6, 12)\", b: \"[13, ..)\"}\n",
            "nobody is in between"},
        {"services: {}\ntier: {by: months_since(last_visit), a: \"[6, 12)\", b: \"[11, ..)\"}\n",
            "overlap"},
        {"services: {}\ntier: {by: months_since(last_visit), a: \"[6, ..)\", b: \"[11, ..)\"}\n",
            "open"},
        {"services: {}\ntier: {by: months_since(last_visit), a: \"(6, 12)\"}\n", "[from, to)"},
        {"services: {}\nexclude_standard: [decesaed]\n", "deceased"},
        {"services: {}\noffers: {x: {kind: percent, value: 16, max: 15}}\n", "above"},
        {"services: {}\noffers: {x: {kind: percent, value: 10, max: 20}}\n", "lower max"},
        {"services: {}\noffers: {x: {kind: addon, item: i, earliest_touch: 2}}\n", "touch 3"},
        {"services: {}\noffers: {x: {kind: addon, value: 3}}\n", "value"},
        {"services: {}\nwords: {w: \"clicks >= 1 and\"}\n", "ends where a name should follow"},
        {"services: {}\nwords: {a: \"b\", b: \"clicks > 1\"}\n", "'b' is no name"},
        {"services: {}\ndormant: {a: \"clicks > 1\"}\n", "before somebody has entered"},
        {"services: {}\nwords: {visits: \"clicks > 1\"}\n", "already"},
        {"words: {}\n", "services is missing"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_says(refusal(*state, CASES[i].text), CASES[i].says);
}

static void test_definitions_parse__warns_of_a_window_before_the_cycle(void **state)
{
    struct fixture *fixture = *state;
    struct why why = {0};
    const struct audience_definitions *definitions = NULL;
    const struct yaml *root =
        parse_yaml(&fixture->arena, "d.yaml", "services:\n  a: {label: v, cycle: 90d, due: 60d}\n");
    must(definitions_parse(&fixture->arena, root, &definitions, &why), &why);
    assert_int_equal(definitions->warning_count, 1);
    assert_says(definitions->warnings[0].message, "natural cycle");
    assert_string_equal(definitions->warnings[0].place, "d.yaml:2:34");
}

/* ---- expressions ---- */

static enum err parse(struct fixture *fixture, const char *text, enum expression_scope scope,
    const struct audience_expr **ret_expression, struct why *reterr_why)
{
    static const char *const TOUCHES[] = {"remind", "w1-sms"};
    static const struct yaml INTERVAL = {.file = "p.yaml", .line = 1, .column = 1, .scalar = "6w"};
    static const struct expression_param PARAMS[] = {{"interval", &INTERVAL}};
    struct yaml *node = ARENA_NEW(&fixture->arena, struct yaml, 1);
    *node = (struct yaml){.kind = YAML_SCALAR,
        .file = "p.yaml",
        .line = 7,
        .column = 11,
        .quoted = true,
        .scalar = text};
    struct expression_context context = {.scope = scope,
        .definitions = fixture->definitions,
        .params = PARAMS,
        .param_count = 1,
        .touches = TOUCHES,
        .touch_count = 2};
    return expression_parse(&fixture->arena, node, &context, ret_expression, reterr_why);
}

static void test_expression_parse__takes_every_condition_of_the_three_playbooks(void **state)
{
    static const char *const ENTRY[] = {"not booked(any, future) and reachable(email, sms)",
        "visited_since(last_exit)",
        ("tier in [tier1, tier2, tier3] and not booked(any, future)"
         " and not enrolled(purpose: marketing)"),
        "event(program.joined)", "dormant.nine_months", "ltv >= 300 USD and ltv_cents < 50000",
        "last_category == laser_ipl and last_ticket(laser_ipl) > $300",
        "membership.status == active and days_until(membership.renewal) <= 30d",
        "loyalty.points > 500 and days_until(loyalty.expires) <= 2mo", "tags has bride",
        "age >= 30 or state in [TX, 'NY'] or language == es", "last_visit >= 2026-03-01",
        "3 <= visits", "not (visits(neurotoxin) == 0)", "patient.vip == false",
        "months_since(last_visit(neurotoxin)) >= 6 and tier != none"};
    static const char *const ENROLLMENT[] = {"opened(remind, human) and clicked(remind)", "warm",
        "strong", "reply.label in [clinical_urgent, clinical_nonurgent]",
        "reply.label in [complaint_angry, refund_dispute, abusive]",
        "reply.route in [auto_reply, staff_task]", "thread.closed and not booked", "patient.vip",
        "booked(any)", "opt_out(any)", "reply.label == pause",
        "thread.closed and not booked and days_since(reply) >= 7d",
        "human_opens >= 3 and clicks == 0 and day >= 10", "clicked(w1-sms)", "discharged",
        "silent_touches >= 3 and not visited_within(2 * interval)",
        "not visited_within(3 * interval)", "opt_out(all)", "booked(neurotoxin, future)"};
    static const char *const EVENT[] = {
        "event.program == 'weight'", "booked_since(event)", "event(rx.refilled)"};
    struct why why = {0};
    const struct audience_expr *expression = NULL;
    for (size_t i = 0; i < sizeof ENTRY / sizeof ENTRY[0]; i++)
        must(parse(*state, ENTRY[i], SCOPE_ENTRY, &expression, &why), &why);
    for (size_t i = 0; i < sizeof ENROLLMENT / sizeof ENROLLMENT[0]; i++)
        must(parse(*state, ENROLLMENT[i], SCOPE_ENROLLMENT, &expression, &why), &why);
    for (size_t i = 0; i < sizeof EVENT / sizeof EVENT[0]; i++)
        must(parse(*state, EVENT[i], SCOPE_EVENT, &expression, &why), &why);
}

static void test_expression_parse__refuses_with_the_column_and_a_suggestion(void **state)
{
    static const struct {
        const char *text, *says;
    } CASES[] = {
        {"not boked(any, future)", "p.yaml:7:16: 'boked' is no name"},
        {"not boked(any, future)", "Did you mean 'booked'?"},
        {"visits >", "p.yaml:7:20"},
        {"visits > 3 and clicks > 1", "'clicks' is known only of an enrollment"},
        {"warm", "'warm' reads 'clicks'"},
        {"booked(neurotoxn)", "Did you mean 'neurotoxin'?"},
        {"event(appointment.noshow)", "Did you mean 'appointment.no_show'?"},
        {"reachable(mail)", "Did you mean 'email'?"},
        {"tier == tier4", "tier of definitions.yaml"},
        {"membership.status == activ", "Did you mean 'active'?"},
        {"visits = 3", "write '=='"},
        {"visits > 3 && visits < 9", "write 'and'"},
        {"visits", "neither true nor false"},
        {"visits == 9mo", "a count"},
        {"last_visit >= 9mo", "Write days_since(last_visit) >= 90d"},
        {"days_since(visits) > 3", "needs a day"},
        {"days_since(last_visit) > 48h", "whole days"},
        {"months_since(last_visit) > 45d", "whole months"},
        {"ltv > 300", "Write the amount as 300 USD"},
        {"language > en", "words have no order"},
        {"visits in [1, 2]", "'in [..]' is for words"},
        {"3 > 2", "nothing is read"},
        {"event(appointment.no_show) within 60d .. 14d ago", "nearer end comes first"},
        {"visits > 3 visits", "left over"},
        {"(visits > 3", "')' is missing"},
        {"visits > 99999999999999", "cannot be read"},
        {"days_since(last_visit) > 60000d", "hundred years"},
        {"days_since(last_visit) > 40000", "too large"},
        {"tags has", "a tag belongs here"},
        {"booked_since(event)", "there is none here"},
        {"visits > 3 and 'open", "never closed"},
        {"", "empty"},
        {"visits > 3 # comment", "begins nothing"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char said[1024];
        struct why why = {0};
        const struct audience_expr *expression = NULL;
        if (parse(*state, CASES[i].text, SCOPE_ENTRY, &expression, &why) == ERR_NONE)
            fail_msg("'%s' was taken", CASES[i].text);
        why_format(&why, said, sizeof said);
        assert_says(said, CASES[i].says);
    }
    struct why why = {0};
    const struct audience_expr *expression = NULL;
    assert_int_equal(
        parse(*state, "clicked(remnd)", SCOPE_ENROLLMENT, &expression, &why), ERR_INPUT);
    assert_says(why.hint, "remind");
}

static void test_expression_parse__bounds_depth_and_size(void **state)
{
    struct fixture *fixture = *state;
    struct buf text;
    struct why why = {0};
    const struct audience_expr *expression = NULL;
    buf_init(&text, &fixture->arena);
    for (int i = 0; i < 200; i++)
        buf_add(&text, "(");
    assert_int_equal(parse(fixture, text.data, SCOPE_ENTRY, &expression, &why), ERR_INPUT);
    buf_clear(&text);
    for (int i = 0; i < 300; i++)
        buf_add(&text, "not ");
    assert_int_equal(parse(fixture, text.data, SCOPE_ENTRY, &expression, NULL), ERR_INPUT);
    buf_clear(&text);
    buf_add(&text, "visits > 1");
    for (int i = 0; i < 200; i++)
        buf_add(&text, " or (visits > 1 and visits < 4)");
    assert_int_equal(parse(fixture, text.data, SCOPE_ENTRY, &expression, NULL), ERR_INPUT);
}

static void test_expression_part__splits_what_and_joins(void **state)
{
    struct why why = {0};
    const struct audience_expr *expression = NULL;
    must(parse(*state, "not booked(any, future) and (visits > 1 and visits < 9) and tier == tier1",
             SCOPE_ENTRY, &expression, &why),
        &why);
    assert_int_equal(expression_part_count(expression), 3);
    assert_string_equal(expression_text(expression_part(expression, 0)), "not booked(any, future)");
    assert_string_equal(expression_text(expression_part(expression, 2)), "tier == tier1");
    must(parse(*state, "tier == tier1", SCOPE_ENTRY, &expression, &why), &why);
    assert_int_equal(expression_part_count(expression), 1);
}

static char *read_doc(struct arena *arena, const char *name)
{
    const char *root = getenv("SOURCE_ROOT");
    FILE *file = fopen(arena_format(arena, "%s/docs/%s", root ? root : ".", name), "rb");
    if (!file) /* only where the sources are not beside the build */
        skip();
    char *text = arena_alloc(arena, 1 << 16);
    text[fread(text, 1, (1 << 16) - 1, file)] = 0;
    fclose(file);
    return text;
}

static void test_expression_names__are_all_in_the_docs(void **state)
{
    struct fixture *fixture = *state;
    const char *doc = read_doc(&fixture->arena, "expressions.md");
    size_t count;
    const struct leaf_row *rows = leaf_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (!strstr(doc, arena_format(&fixture->arena, "`%s", rows[i].name)))
            fail_msg("docs/expressions.md does not name %s", rows[i].name);
    const char *const *events = event_names(&count);
    for (size_t i = 0; i < count; i++)
        if (!strstr(doc, arena_format(&fixture->arena, "`%s`", events[i])))
            fail_msg("docs/expressions.md does not name %s", events[i]);
}

/* ---- days ---- */

static void test_measure_bounds__counts_calendar_days_and_months(void **state)
{
    (void)state;
    struct day today = day_of(2026, 5, 31);
    struct constant nine = {.span = {.months = 9}, .is_span = true};
    struct day_bounds bounds = measure_bounds(MEASURE_DAYS_SINCE, &nine, today);
    assert_int_equal(bounds.at_least.n, day_of(2025, 8, 31).n);
    assert_int_equal(bounds.more_than.n, day_of(2025, 8, 30).n);
    /* 31 January + 1mo is 28 February, and so is every day from the 28th on. */
    struct day limit = day_latest_before(day_of(2026, 2, 28), (struct span){.months = 1});
    assert_int_equal(limit.n, day_of(2026, 1, 31).n);
    struct constant hundred = {.number = 100};
    bounds = measure_bounds(MEASURE_DAYS_SINCE, &hundred, today);
    assert_int_equal(bounds.at_least.n, today.n - 100);
    assert_int_equal(bounds.more_than.n, today.n - 101);
    assert_int_equal(day_birth_latest(day_of(2026, 2, 28), 18).n, day_of(2008, 2, 28).n);
    assert_int_equal(day_birth_latest(day_of(2026, 3, 1), 18).n, day_of(2008, 3, 1).n);
    assert_int_equal(day_birth_latest(day_of(2028, 2, 29), 18).n, day_of(2010, 2, 28).n);
}

/* Brute force: the bound is the last day that fits, for every day of four years. */
static void test_day_latest_before__is_the_last_day_that_fits(void **state)
{
    (void)state;
    static const struct span SPANS[] = {{.months = 1}, {.months = 9}, {.months = 12, .days = 3},
        {.days = 100}, {.months = 25, .days = 40}};
    for (size_t s = 0; s < sizeof SPANS / sizeof SPANS[0]; s++)
        for (int32_t n = day_of(2023, 1, 1).n; n < day_of(2027, 1, 1).n; n++) {
            struct day limit = {n}, day = day_latest_before(limit, SPANS[s]);
            assert_true(span_add_to_day(day, SPANS[s]).n <= n);
            assert_true(span_add_to_day((struct day){day.n + 1}, SPANS[s]).n > n);
            day = day_earliest_until(limit, SPANS[s]);
            assert_true(span_add_to_day(day, SPANS[s]).n >= n);
            assert_true(span_add_to_day((struct day){day.n - 1}, SPANS[s]).n < n);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definitions_parse__reads_the_shipped_file),
        cmocka_unit_test(test_definitions_parse__refuses_with_place_and_remedy),
        cmocka_unit_test(test_definitions_parse__warns_of_a_window_before_the_cycle),
        cmocka_unit_test(test_expression_parse__takes_every_condition_of_the_three_playbooks),
        cmocka_unit_test(test_expression_parse__refuses_with_the_column_and_a_suggestion),
        cmocka_unit_test(test_expression_parse__bounds_depth_and_size),
        cmocka_unit_test(test_expression_part__splits_what_and_joins),
        cmocka_unit_test(test_expression_names__are_all_in_the_docs),
        cmocka_unit_test(test_measure_bounds__counts_calendar_days_and_months),
        cmocka_unit_test(test_day_latest_before__is_the_last_day_that_fits),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
