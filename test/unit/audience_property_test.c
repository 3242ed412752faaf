/* audience_property_test.c: the promise the audience stands on: one rule, one answer, wherever it
 * is asked. Random patients and random expressions, generated from a seed: SQL on SQLite, SQL on
 * PostgreSQL and memory must agree on true, false and unknown; and the whole chain of reasons, with
 * its sentences, must come out of one statement as it does out of memory, step by step. */
#include "unit.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "audience_world.h"

enum { EXPRESSIONS = 400, ENTRIES = 60 };

/* ---- random expressions ---- */

/* Days, visits, bookings and events. */
static void write_history_test(struct world *world, struct buf *text)
{
    const char *sign = PICK(world, "==", "!=", "<", "<=", ">", ">=");
    const char *service = pick(world, SERVICES, 4);
    int n = (int)below(world, 14);
    switch (below(world, 13)) {
    case 0:
        buf_format(text, "days_since(last_visit) %s %s", sign,
            PICK(world, "30d", "9mo", "3mo", "100", "1mo", "12w"));
        return;
    case 1: buf_format(text, "days_since(last_visit(%s)) %s %d", service, sign, 20 * n); return;
    case 2: buf_format(text, "months_since(last_visit) %s %d", sign, n); return;
    case 3: buf_format(text, "visits %s %d", sign, n / 2); return;
    case 4: buf_format(text, "visits(%s) %s %d", service, sign, n / 4); return;
    case 5: buf_format(text, "booked(%s, future)", chance(world, 50) ? "any" : service); return;
    case 6:
        buf_format(text, "booked_since(%s)",
            PICK(world, "appointment.no_show", "rx.refill_due", "membership.renewal_missed",
                "program.joined", "appointment.completed"));
        return;
    case 7:
        buf_format(text, "visited_since(%s)",
            PICK(world, "last_exit", "appointment.no_show", "rx.lapsed"));
        return;
    case 8: buf_format(text, "visited_within(%s)", PICK(world, "2 * 6w", "3mo", "400d")); return;
    case 9:
        buf_format(text, "event(%s)%s",
            PICK(world, "appointment.no_show", "membership.renewal_missed", "program.joined",
                "rx.lapsed", "appointment.cancelled"),
            PICK(world, "", " within 14d .. 60d ago", " within 3mo", " within 0d .. 1mo ago"));
        return;
    case 10:
        buf_format(text, "reachable(%s)", PICK(world, "email, sms", "sms", "email", "voice"));
        return;
    case 11:
        buf_format(text, "enrolled(%s)",
            PICK(world, "any", "purpose: marketing", "purpose: care", "tox", "monthly"));
        return;
    default:
        buf_format(
            text, "tier %s", PICK(world, "in [tier1, tier3]", "== tier2", "!= tier1", "== none"));
        return;
    }
}

/* Money, tags, membership and the patient's own columns. */
static void write_patient_test(struct world *world, struct buf *text)
{
    const char *sign = PICK(world, "==", "!=", "<", "<=", ">", ">=");
    int n = (int)below(world, 14);
    switch (below(world, 13)) {
    case 0: buf_format(text, "ltv %s %d.50 USD", sign, 100 * n); return;
    case 1: buf_format(text, "ltv_percentile %s %d", sign, 10 * n); return;
    case 2:
        buf_add(text,
            PICK(world, "replied_not_booked", "tags has bride", "patient.paused",
                "first_visit.intro_offer", "patient.phi_authorized == false"));
        return;
    case 3:
        buf_format(text, "membership.%s",
            PICK(world, "status == active", "status != ended", "status in [paused, ended]",
                "plan == 'gold'"));
        return;
    case 4: buf_format(text, "loyalty.points %s %d", sign, 100 * n); return;
    case 5:
        buf_format(text, "days_until(%s) %s %s",
            PICK(world, "loyalty.expires", "membership.renewal"), sign,
            PICK(world, "30d", "1mo", "0"));
        return;
    case 6:
        buf_format(text, "%s",
            PICK(world, "series.done < series.planned", "series.planned >= 3",
                "days_since(series.last) >= 45d", "series.done == 2", "series.last <= last_visit"));
        return;
    case 7:
        buf_format(
            text, "last_ticket%s %s %d USD", chance(world, 50) ? "" : "(neurotoxin)", sign, 50 * n);
        return;
    case 8:
        buf_format(text, "last_category %s",
            PICK(world, "== neurotoxin", "!= facial", "in [filler, laser_ipl]"));
        return;
    case 9: buf_format(text, "age %s %d", sign, 15 + 4 * n); return;
    case 10:
        buf_format(text, "%s",
            PICK(world, "state == TX", "state in [NY, AL]", "language == es",
                "preferred_channel != sms", "last_provider == 'Dr. Chen'"));
        return;
    case 11:
        buf_format(text, "dormant.%s",
            PICK(world, "nine_months", "noshow_unbooked", "plan_unfinished", "intro_only"));
        return;
    default:
        buf_format(text, "%s %s 2025-%02d-15",
            PICK(world, "first_visit", "last_visit", "patient.created", "patient.birth"), sign,
            1 + n % 12);
        return;
    }
}

static void write_test(struct world *world, struct buf *text)
{
    if (chance(world, 50))
        write_history_test(world, text);
    else
        write_patient_test(world, text);
}

static void write_expression(struct world *world, struct buf *text, int depth)
{
    if (depth == 0 || chance(world, 35)) {
        write_test(world, text);
        return;
    }
    if (chance(world, 25)) {
        buf_add(text, "not (");
        write_expression(world, text, depth - 1);
        buf_add(text, ")");
        return;
    }
    buf_add(text, "(");
    write_expression(world, text, depth - 1);
    buf_add(text, chance(world, 50) ? ") and (" : ") or (");
    write_expression(world, text, depth - 1);
    buf_add(text, ")");
}

static const struct audience_expr *random_expression(struct world *world, int depth)
{
    struct buf text;
    struct why why = {0};
    const struct audience_expr *expression = NULL;
    buf_init(&text, &world->scratch);
    write_expression(world, &text, depth);
    struct yaml *node = ARENA_NEW(&world->scratch, struct yaml, 1);
    *node = (struct yaml){
        .kind = YAML_SCALAR, .file = "p.yaml", .line = 1, .column = 1, .scalar = text.data};
    struct expression_context context = {SCOPE_ENTRY, .definitions = world->definitions};
    must(expression_parse(&world->scratch, node, &context, &expression, &why), &why);
    return expression;
}

/* ---- the same answer ---- */

/* "id-0012" -> 12: place in world.ids. */
static int64_t number_of(const char *id)
{
    int64_t number = -1;
    assert_true(text_to_int(id + strlen("id-"), 0, PATIENTS - 1, &number));
    return number;
}

static const struct audience_peer PEERS[] = {
    {"monthly", .marketing = true, .stronger = true}, {"care-plan", .marketing = false}};

static struct audience_facts *load_facts(struct world *world)
{
    struct why why = {0};
    struct audience_facts *facts = NULL;
    must(facts_load(&world->scratch, world->store.db, &world->moment, world->definitions,
             world->ids, PATIENTS, &facts, &why),
        &why);
    return facts;
}

static void compare_expression(struct world *world, const struct audience_entry *entry,
    struct audience_facts *facts, const struct audience_expr *expression, int64_t counts[3])
{
    struct why why = {0};
    struct sql_writer writer;
    sql_writer_init(&writer, &world->scratch, entry, &world->moment);
    sql_put(&writer, "SELECT p.patient_id, CASE WHEN ");
    expression_sql(&writer, expression);
    sql_put(&writer, " THEN 1 WHEN NOT ");
    expression_sql(&writer, expression);
    sql_put(&writer, " THEN 0 ELSE 2 END FROM patient p WHERE p.practice_id = %s",
        sql_practice(&writer));
    struct sql sql = statement(writer.text.data);
    DB_ROWS struct db_rows *rows = NULL;
    must(db_query(world->store.db, &sql, writer.args, writer.arg_count, &rows, &why), &why);
    while (db_next(rows)) {
        int64_t number = number_of(db_col_text(rows, 0)), answer = db_col_int(rows, 1);
        enum truth truth = expression_judge(expression, &facts[number]);
        if ((int64_t)truth != answer) {
            JSON_AUTO values = json_object();
            (void)expression_trace(expression, &facts[number], values);
            fail_msg("%s: %s says %d, memory says %s of\n  %s\n  %s", db_col_text(rows, 0),
                world->store.postgres ? "PostgreSQL" : "SQLite", (int)answer, truth_name(truth),
                expression_text(expression), json_text_of(&world->scratch, values));
        }
        counts[answer]++;
    }
    must(db_end(&rows, &why), &why);
}

static void test_expression_judge__agrees_with_sql(void **state)
{
    struct world world;
    int64_t counts[3] = {0};
    open_world(&world, *(bool *)*state);
    for (int moment = 0; moment < 3; moment++) {
        static const int32_t BACK_DAYS[] = {0, 31, 200}; /* also as of the past */
        struct instant now = instant_add_ms(world.moment.now, -BACK_DAYS[moment] * MS_PER_DAY);
        world.moment = audience_moment_at(&world.practice, now);
        struct audience_facts *facts = load_facts(&world);
        for (int i = 0; i < EXPRESSIONS / 3; i++) {
            const struct audience_entry entry = {.playbook = "tox",
                .marketing = chance(&world, 70),
                .peers = PEERS,
                .peer_count = 2};
            for (int p = 0; p < PATIENTS; p++)
                facts_for_playbook(&facts[p], "tox", entry.marketing, PEERS, 2);
            compare_expression(
                &world, &entry, facts, random_expression(&world, (int)below(&world, 4)), counts);
        }
    }
    print_message("false %" PRId64 ", true %" PRId64 ", unknown %" PRId64 "\n", counts[0],
        counts[1], counts[2]);
    for (int i = 0; i < 3; i++) /* the comparison saw every answer */
        assert_true(counts[i] > 1000);
    close_world(&world);
}

/* ---- the same chain ---- */

static struct audience_entry random_entry(struct world *world, struct channel_set *touches)
{
    static const char *const NEVER[] = {"opted_out"};
    const char *service = pick(world, SERVICES, 4);
    touches[0] = (struct channel_set){{[CHANNEL_SMS] = chance(world, 70),
        [CHANNEL_EMAIL] = chance(world, 70),
        [CHANNEL_VOICE] = chance(world, 10)}};
    struct audience_entry entry = {.playbook = "tox",
        .file = "playbooks/tox.yaml",
        .marketing = chance(world, 80),
        .kind = chance(world, 80) ? ENTRY_BY_CLOCK : ENTRY_BY_COHORT,
        .crosses = CLOCK_DUE,
        .close_after = chance(world, 70) ? CLOCK_LOST : CLOCK_NONE,
        .touches = touches,
        .touch_count = 1,
        .peers = PEERS,
        .peer_count = 2};
    if (entry.kind == ENTRY_BY_CLOCK)
        entry.service = chance(world, 15) ? definitions_service(world->definitions, "membership")
                                          : definitions_service(world->definitions, service);
    for (int i = 0; i < EXCLUSION_MAX; i++)
        entry.exclude[i] = chance(world, 70);
    if (chance(world, 70))
        entry.only_if = random_expression(world, 1);
    entry.re_enter = (struct re_entry){.allowed = chance(world, 80),
        .after = {.days = 90},
        .lifetime_max = chance(world, 50) ? 2 : 0,
        .never_after = NEVER,
        .never_after_count = chance(world, 50)};
    if (chance(world, 30))
        entry.re_enter.after = (struct span){.ms = 48 * MS_PER_HOUR};
    if (chance(world, 50))
        entry.re_enter.only_if = random_expression(world, 0);
    return entry;
}

static void same_text(const char *what, const char *id, const char *a, const char *b)
{
    if (!text_is(a, b))
        fail_msg("%s of %s: SQL '%s', memory '%s'", what, id, a ? a : "NULL", b ? b : "NULL");
}

static void same_row(struct world *world, const struct audience_row *sql,
    const struct audience_entry *entry, struct audience_facts *facts, struct day launch)
{
    struct audience_row memory;
    struct audience_steps steps;
    const char *id = sql->patient_id;
    audience_judge_entry(&world->scratch, entry, facts, launch, &memory, &steps);
    same_text("reason", id, entry_reason_name(sql->reason), entry_reason_name(memory.reason));
    if (sql->reason != ENTRY_UNKNOWN_PATIENT) {
        same_text("detail", id, sql->detail, memory.detail);
        same_text("external_id", id, sql->external_id, memory.external_id);
        assert_int_equal(sql->last_day.n, memory.last_day.n);
        assert_int_equal(sql->due_day.n, memory.due_day.n);
        assert_int_equal(sql->backlog, memory.backlog);
        assert_int_equal(sql->value_cents, memory.value_cents);
        assert_int_equal(sql->occurrence, memory.occurrence);
    }
    /* Without steps the answer is the same, and the steps end where the refusal is. */
    struct audience_row silent;
    audience_judge_entry(&world->scratch, entry, facts, launch, &silent, /*ret_steps=*/NULL);
    assert_int_equal(silent.reason, memory.reason);
    assert_true(steps.count > 0);
    assert_int_equal(steps.steps[steps.count - 1].refuses, memory.reason != ENTRY_NONE);
    audience_steps_release(&steps);
}

/* All rows of a scan by patient, and their order. */
static size_t run_scan(struct world *world, const struct audience_entry *entry,
    enum audience_mode mode, struct day launch, struct audience_row *rows_by_id[PATIENTS],
    int64_t order[PATIENTS])
{
    struct why why = {0};
    struct audience_scan scan;
    must(audience_scan(&world->scratch, entry, &world->moment, mode, launch, &scan, &why), &why);
    DB_ROWS struct db_rows *rows = NULL;
    must(db_query(world->store.db, &scan.sql, scan.args, scan.arg_count, &rows, &why), &why);
    size_t count = 0;
    memset(rows_by_id, 0, PATIENTS * sizeof *rows_by_id);
    while (db_next(rows)) {
        struct audience_row *row = ARENA_NEW(&world->scratch, struct audience_row, 1);
        audience_read(&world->scratch, &scan, rows, row);
        row->patient_id = arena_text(&world->scratch, row->patient_id);
        row->external_id = arena_text(&world->scratch, row->external_id);
        int64_t number = number_of(row->patient_id);
        assert_null(rows_by_id[number]); /* nobody twice */
        rows_by_id[number] = row;
        order[count++] = number;
    }
    must(db_end(&rows, &why), &why);
    return count;
}

static void check_order(struct audience_row *const *rows, const int64_t *order, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct audience_row *a = rows[order[i - 1]], *b = rows[order[i]];
        assert_true(a->value_cents > b->value_cents
            || (a->value_cents == b->value_cents && order[i - 1] < order[i]));
    }
}

/* A night's scan is the plan's without those who are plainly outside. */
static void check_entrants(struct world *world, const struct audience_entry *entry,
    struct day launch, struct audience_row *const *all)
{
    struct audience_row *entrants[PATIENTS];
    int64_t order[PATIENTS];
    (void)run_scan(world, entry, AUDIENCE_ENTRANTS, launch, entrants, order);
    for (int i = 0; i < PATIENTS; i++) {
        if (entrants[i]) {
            assert_non_null(all[i]);
            assert_int_equal(entrants[i]->reason, all[i]->reason);
            assert_int_equal(entrants[i]->last_day.n, all[i]->last_day.n);
        } else if (all[i] && all[i]->reason == ENTRY_NONE) {
            fail_msg("%s enters by the plan and not by the night's scan", all[i]->patient_id);
        }
    }
}

static void test_audience_scan__agrees_with_the_chain_in_memory(void **state)
{
    struct world world;
    int64_t counts[ENTRY_REASON_MAX] = {0};
    open_world(&world, *(bool *)*state);
    struct instant newest = world.moment.now;
    for (int i = 0; i < ENTRIES; i++) {
        int32_t back = i % 3 == 0 ? 0 : (int32_t)below(&world, 120);
        world.moment =
            audience_moment_at(&world.practice, instant_add_ms(newest, -back * MS_PER_DAY));
        world.practice.adults_only = chance(&world, 50);
        struct channel_set touches[1];
        struct audience_entry entry = random_entry(&world, touches);
        struct audience_facts *facts = load_facts(&world);
        struct day launch = {chance(&world, 50) ? DAY_NONE : (int32_t)day_near(&world, 60, 0)};
        struct audience_row *rows[PATIENTS];
        int64_t order[PATIENTS];
        size_t count = run_scan(&world, &entry, AUDIENCE_ALL, launch, rows, order);
        check_order(rows, order, count);
        for (int p = 0; p < PATIENTS; p++)
            if (rows[p]) {
                same_row(&world, rows[p], &entry, &facts[p], launch);
                counts[rows[p]->reason]++;
            }
        check_entrants(&world, &entry, launch, rows);
    }
    for (enum entry_reason reason = ENTRY_NONE; reason < ENTRY_HOLDOUT; reason++) {
        print_message("%s %" PRId64 "\n", entry_reason_name(reason), counts[reason]);
        assert_true(counts[reason] > 0); /* every reason was met */
    }
    close_world(&world);
}

int main(void)
{
    static const struct db_test TESTS[] = {
        DB_TEST(test_expression_judge__agrees_with_sql),
        DB_TEST(test_audience_scan__agrees_with_the_chain_in_memory),
    };
    struct CMUnitTest tests[4];
    size_t count = db_fixture_tests(TESTS, sizeof TESTS / sizeof TESTS[0], tests);
    return _cmocka_run_group_tests("audience_property", tests, count, NULL, NULL);
}
