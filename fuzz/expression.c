/* expression.c: foreign conditions: any text is a typed tree or a reason with a place; a tree is
 * judged without facts to stand on, and as SQL it binds exactly what it names. The first byte picks
 * the scope. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "audience/audience_int.h"
#include "base/text.h"

static const char DEFINITIONS[] =
    "services:\n"
    "  neurotoxin: {label: visit, cycle: 90d, due: 100d, late: 120d, lost: 180d}\n"
    "  laser_ipl: {label: visit, clock: series_end, due: 60d}\n"
    "dormant:\n"
    "  nine_months: \"days_since(last_visit) >= 9mo\"\n"
    "tier: {by: months_since(last_visit), tier1: \"[6, 12)\", tier2: \"[12, ..)\"}\n"
    "words:\n"
    "  warm: \"clicks >= 1 or ltv_percentile >= 80\"\n";

/* The same for every input: parsed once. */
static const struct audience_definitions *definitions_of_all(void)
{
    static struct arena boot;
    static const struct audience_definitions *definitions;
    struct yaml *root = NULL;
    if (definitions)
        return definitions;
    arena_init(&boot, 0);
    enum err err =
        yaml_parse(&boot, "d.yaml", DEFINITIONS, sizeof DEFINITIONS - 1, &root, /*why=*/NULL);
    assert(err == ERR_NONE);
    err = definitions_parse(&boot, root, &definitions, /*why=*/NULL);
    assert(err == ERR_NONE);
    return definitions;
}

/* Every parameter of the text is bound, once, and every bound one is in the text. */
static void check_sql(struct arena *arena, const struct audience_expr *expression,
    const struct audience_moment *moment)
{
    const struct audience_entry entry = {.playbook = "p", .marketing = true};
    struct sql_writer writer;
    sql_writer_init(&writer, arena, &entry, moment);
    expression_sql(&writer, expression);
    size_t named = 0;
    for (size_t i = 0; i < writer.arg_count; i++) {
        char *name = arena_format(arena, ":%s", writer.args[i].name);
        named += strstr(writer.text.data, name) != NULL;
        for (size_t j = 0; j < i; j++)
            assert(strcmp(writer.args[i].name, writer.args[j].name) != 0);
    }
    assert(named == writer.arg_count);
}

/* Nothing is known of this patient: every name is read, and nobody falls over an absent list. */
static void check_judge(const struct audience_expr *expression,
    const struct audience_definitions *definitions, const struct audience_moment *moment)
{
    const struct patient nobody = {.patient_id = "",
        .external_id = "",
        .birth_day = {DAY_NONE},
        .paused_until = {DAY_NONE},
        .loyalty_points = -1,
        .loyalty_expire = {DAY_NONE},
        .membership_renewal = {DAY_NONE},
        .created = {DAY_NONE},
        .ltv_percentile = -1,
        .first_visit = {DAY_NONE},
        .last_visit = {DAY_NONE}};
    const struct fact_enrollment enrollment = {.enrollment_id = "e", .playbook = "p"};
    struct audience_facts facts = {.moment = moment,
        .definitions = definitions,
        .known = true,
        .patient = &nobody,
        .enrollment = &enrollment};
    enum truth truth = expression_judge(expression, &facts);
    JSON_AUTO values = json_object();
    assert(expression_trace(expression, &facts, values) == truth);
    facts.known = false;
    (void)expression_judge(expression, &facts);
    for (size_t i = 0; i < expression_part_count(expression); i++)
        assert(expression_text(expression_part(expression, i))[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    static const struct zone *const NO_ZONE = NULL;
    const struct practice practice = {.practice_id = 1, .zone = NO_ZONE};
    const struct audience_moment moment = {&practice, {INT64_C(1775000000000)}, {20544}};
    struct yaml node = {.kind = YAML_SCALAR,
        .file = "fuzz.yaml",
        .line = 1,
        .column = 1,
        .quoted = true,
        .scalar = arena_text_n(&arena, (const char *)bytes + 1, len - 1)};
    const struct audience_definitions *definitions = definitions_of_all();
    struct expression_context context = {
        .scope = (enum expression_scope)(bytes[0] % 3), .definitions = definitions};
    const struct audience_expr *expression = NULL;
    struct why why = {0};
    enum err err = expression_parse(&arena, &node, &context, &expression, &why);
    if (err != ERR_NONE) {
        assert(!expression && why.code == err && why.message[0] && why.place[0]);
        return 0;
    }
    if (!expression_reads_enrollment(expression))
        check_sql(&arena, expression, &moment);
    /* A reply's day and a discharge need a zone: entry scope reads neither. */
    if (context.scope == SCOPE_ENTRY)
        check_judge(expression, definitions, &moment);
    return 0;
}
