/* report_sums_test.c: the sums that are kept say what the rows say, whatever happened to them. */
#include "unit.h"

#include <inttypes.h>
#include <math.h>

#include "db_fixture.h"
#include "env/env.h"
#include "report_reference.h"

enum { PATIENTS = 12, ACTS = 700, LOOK_EVERY = 50, FIRST_DAY = 20400, DAYS = 100 };

struct world {
    struct db_fixture store;
    struct env env;
    struct zones zones;
    struct practice practice;
    const struct zone *other_zone;
    uint64_t random;
    int enrollments, touches, appointments, tasks;
};

static void world_open(struct world *w, bool postgres)
{
    struct why why = {0};
    db_fixture_open(&w->store, postgres);
    db_fixture_migrate(&w->store);
    must(env_os_open(&w->store.boot, &w->env, &why), &why);
    zones_init(&w->zones, &w->store.boot, env_zone_load, &w->env.file);
    w->practice = (struct practice){.practice_id = 1, .name = "Lumen"};
    must(zones_find(&w->zones, "America/Chicago", &w->practice.zone, &why), &why);
    must(zones_find(&w->zones, "Pacific/Auckland", &w->other_zone, &why), &why);
}

static void world_close(struct world *w)
{
    env_os_close(&w->env);
    db_fixture_close(&w->store);
}

static int below(struct world *w, int n)
{
    w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((w->random >> 33) % (uint64_t)n);
}

static void run(struct world *w, const char *text)
{
    db_fixture_script(&w->store, w->store.db, text);
}

#define RUN(w, ...) run((w), arena_format(&(w)->store.boot, __VA_ARGS__))

static int64_t moment(struct world *w)
{
    return ((int64_t)FIRST_DAY + below(w, DAYS)) * MS_PER_DAY + below(w, 86400000);
}

static const char *one_of(struct world *w, const char *const *list, int count)
{
    return list[below(w, count)];
}
#define ONE_OF(w, ...)                                                                             \
    one_of((w), (const char *const[]){__VA_ARGS__},                                                \
        (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)))

static void world_add_patients(struct world *w)
{
    for (int i = 0; i < PATIENTS; i++)
        RUN(w,
            "INSERT INTO patient (practice_id, patient_id, external_id, household_id, created_ms,"
            " updated_ms) VALUES (1, 'p%d', 'P%d', 'h', 0, 0)",
            i, i);
}

/* ---- what happens ---- */

static void enter(struct world *w)
{
    int n = w->enrollments++;
    const char *state = ONE_OF(w, "'active'", "'ended'", "'held'");
    RUN(w,
        "INSERT INTO enrollment (practice_id, enrollment_id, patient_id, household_id, playbook,"
        " version, occurrence, arm, state, entered_ms, start_day, hold) VALUES (1, 'e%d', 'p%d',"
        " 'h', %s, 'v', 1, %s, %s, %" PRId64 ", 0, %s) ON CONFLICT DO NOTHING",
        n, below(w, PATIENTS), ONE_OF(w, "'back'", "'touch-up'", "'birthday'"),
        ONE_OF(w, "'treat'", "'treat'", "'treat'", "'holdout'"), state, moment(w),
        text_is(state, "'held'") ? "'reply'" : "NULL");
    for (int i = below(w, 4); i > 0; i--)
        RUN(w,
            "INSERT INTO touch (practice_id, touch_id, enrollment_id, patient_id, touch_key,"
            " position, kind, purpose, state, planned_ms, created_ms)"
            " SELECT 1, 't%d', enrollment_id, patient_id, 'step%d', %d, 'message', 'marketing',"
            " 'due', entered_ms + %d, 0 FROM enrollment WHERE enrollment_id = 'e%d'",
            w->touches++, i, i, i * 86400000, n);
}

static void send(struct world *w)
{
    if (!w->touches)
        return;
    int n = below(w, w->touches);
    switch (below(w, 6)) {
    case 0:
        RUN(w,
            "UPDATE touch SET state = 'sent', sent_ms = planned_ms + %d WHERE touch_id = 't%d'"
            " AND state = 'due'",
            below(w, 3) * 80000000, n);
        break;
    case 1:
        RUN(w,
            "UPDATE touch SET delivered_ms = sent_ms WHERE touch_id = 't%d'"
            " AND sent_ms IS NOT NULL",
            n);
        break;
    case 2:
        RUN(w, "UPDATE touch SET state = %s, code = %s WHERE touch_id = 't%d' AND state = 'due'",
            ONE_OF(w, "'dropped'", "'failed'"), ONE_OF(w, "'no_consent'", "'quiet'", "NULL"), n);
        break;
    case 3:
        RUN(w, "UPDATE touch SET state = %s WHERE touch_id = 't%d' AND state = 'due'",
            ONE_OF(w, "'skipped'", "'cancelled'", "'done'", "'in_doubt'"), n);
        break;
    case 4:
        RUN(w,
            "DELETE FROM touch WHERE touch_id = 't%d' AND state = 'due'"
            " AND NOT EXISTS (SELECT 1 FROM engagement WHERE touch_id = 't%d')",
            n, n);
        break;
    case 5:
        RUN(w,
            "INSERT INTO engagement (practice_id, touch_id, patient_id, enrollment_id, human_opens,"
            " clicks, replies) SELECT 1, touch_id, patient_id, enrollment_id, %d, %d, %d FROM touch"
            " WHERE touch_id = 't%d' ON CONFLICT (practice_id, touch_id) DO UPDATE SET"
            " human_opens = engagement.human_opens + 1, clicks = engagement.clicks + %d,"
            " replies = engagement.replies + %d",
            below(w, 2), below(w, 2), below(w, 2), n, below(w, 2), below(w, 2));
        break;
    }
}

static void visit(struct world *w)
{
    int n = w->appointments ? below(w, w->appointments) : 0;
    const char *place = ONE_OF(w, "'Downtown'", "'North \"n\"'", "'South'", "NULL", "NULL");
    switch (below(w, 6)) {
    case 0:
    case 1:
        RUN(w,
            "INSERT INTO appointment (practice_id, appointment_id, patient_id, record_id, start_ms,"
            " local_day, location, status, total_cents, row_hash, first_seen_ms, status_ms)"
            " VALUES (1, 'a%d', 'p%d', 'r', 1, 1, %s, %s, %d, '', 1, 1)",
            w->appointments++, below(w, PATIENTS), place, ONE_OF(w, "'booked'", "'completed'"),
            below(w, 40000));
        break;
    case 2: /* attributed late, to whoever it is */
        if (w->enrollments)
            RUN(w,
                "INSERT INTO attribution (practice_id, enrollment_id, appointment_id, patient_id,"
                " days_after) SELECT 1, 'e%d', appointment_id, patient_id, %d FROM appointment"
                " WHERE appointment_id = 'a%d' ON CONFLICT DO NOTHING",
                below(w, w->enrollments), below(w, 100), n);
        break;
    case 3:
        RUN(w, "UPDATE appointment SET status = %s, total_cents = %s WHERE appointment_id = 'a%d'",
            ONE_OF(w, "'completed'", "'no_show'", "'cancelled'"), ONE_OF(w, "5000", "NULL"), n);
        break;
    case 4:
        RUN(w, "UPDATE appointment SET location = %s WHERE appointment_id = 'a%d'", place, n);
        break;
    case 5: RUN(w, "DELETE FROM appointment WHERE appointment_id = 'a%d'", n); break;
    }
}

static void decide(struct world *w)
{
    if (!w->enrollments)
        return;
    int n = below(w, w->enrollments);
    switch (below(w, 5)) {
    case 0:
    case 1:
        RUN(w,
            "UPDATE enrollment SET state = 'ended', hold = NULL, exit = %s"
            " WHERE enrollment_id = 'e%d'",
            ONE_OF(w, "'booked'", "'opted_out'", "'no_response'", "'declined'"), n);
        break;
    case 2:
        RUN(w,
            "UPDATE enrollment SET state = 'held', hold = %s WHERE enrollment_id = 'e%d'"
            " AND state = 'active'",
            ONE_OF(w, "'reply'", "'question'"), n);
        break;
    case 3:
        RUN(w,
            "UPDATE enrollment SET state = 'active', hold = NULL WHERE enrollment_id = 'e%d'"
            " AND state = 'held'",
            n);
        break;
    case 4:
        RUN(w,
            "INSERT INTO task (practice_id, task_id, kind, role, title, body, state, created_ms,"
            " due_ms, enrollment_id) SELECT 1, 'k%d', %s, %s, '', '', 'open', 0, 0, enrollment_id"
            " FROM enrollment WHERE enrollment_id = 'e%d'",
            w->tasks++, ONE_OF(w, "'warm_call'", "'answer_reply'"),
            ONE_OF(w, "'front_desk'", "'manager'"), n);
        break;
    }
}

/* One person of two, two of one; a calendar that is another. */
static void rejoin(struct world *w)
{
    int from = below(w, PATIENTS), into = below(w, PATIENTS);
    RUN(w,
        "UPDATE enrollment SET patient_id = 'p%d' WHERE patient_id = 'p%d' AND state = 'ended';"
        " UPDATE appointment SET patient_id = 'p%d' WHERE patient_id = 'p%d'"
        " AND appointment_id LIKE '%%%d'",
        into, from, into, from, below(w, 3));
    if (below(w, 8) == 0) {
        const struct zone *zone = w->practice.zone;
        w->practice.zone = w->other_zone;
        w->other_zone = zone;
    }
    if (w->tasks)
        RUN(w, "UPDATE task SET staff_seconds = %d WHERE task_id = 'k%d'", below(w, 600),
            below(w, w->tasks));
}

static void fold(struct world *w)
{
    struct why why = {0};
    bool more = false;
    struct tx tx = db_fixture_begin(&w->store);
    must(report_fold(&w->store.boot, &tx, &w->practice, &more, &why), &why);
    db_fixture_commit(&tx);
}

static void act(struct world *w)
{
    switch (below(w, 12)) {
    case 0:
    case 1: enter(w); break;
    case 2:
    case 3:
    case 4:
    case 5: send(w); break;
    case 6:
    case 7: visit(w); break;
    case 8:
    case 9: decide(w); break;
    case 10: rejoin(w); break;
    case 11: fold(w); break;
    }
}

/* ---- what is compared ---- */

static int64_t number(const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    assert_non_null(value);
    return json_is_object(value) ? json_integer_value(json_object_get(value, "cents"))
                                 : json_integer_value(value);
}

static void compare_sum(const json_t *json, const struct reference *sum)
{
    const struct {
        const char *key;
        int64_t value;
    } numbers[] = {{"entered", sum->entered}, {"contacted", sum->contacted},
        {"delivered", sum->delivered}, {"opened", sum->opened}, {"clicked", sum->clicked},
        {"replied", sum->replied}, {"booked", sum->booked}, {"showed", sum->showed},
        {"opted_out", sum->opted_out}, {"no_response", sum->no_response},
        {"declined", sum->declined}, {"live", sum->live}, {"revenue", sum->revenue}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (number(json, numbers[i].key) != numbers[i].value)
            fail_msg("%s is %" PRId64 ", not %" PRId64, numbers[i].key,
                number(json, numbers[i].key), numbers[i].value);
    }
    const json_t *holdout = json_object_get(json, "holdout");
    assert_int_equal(number(holdout, "control"), sum->control);
    assert_int_equal(number(holdout, "control_booked"), sum->control_booked);
    const json_t *completion = json_object_get(json_object_get(json, "intervals"), "completion");
    assert_int_equal(number(completion, "n"), sum->ended);
    double completed =
        json_number_value(json_object_get(json_object_get(json, "rates"), "completion"));
    assert_true(fabs(completed * (double)sum->ended - (double)sum->completed) < 0.001);
    static const char *const windows[] = {"14d", "30d", "60d", "90d"};
    for (int i = 0; i < 4; i++)
        assert_int_equal(
            number(json_object_get(json, "booked_within"), windows[i]), sum->within[i]);
    int64_t seconds = sum->seconds
        ? sum->seconds
        : sum->calls * REPORT_CALL_SECONDS + (sum->tasks - sum->calls) * REPORT_ANSWER_SECONDS;
    assert_int_equal(number(json, "staff_minutes"), (seconds + 30) / 60);
    for (size_t i = 0; i < 8; i++) {
        const json_t *step = json_array_get(json_object_get(json, "drop_out"), i);
        assert_int_equal(json_integer_value(json_object_get(step, "left")), sum->left[i]);
        const json_t *reached = json_array_get(json_object_get(json, "reached_touch"), i);
        if (i < 7)
            assert_int_equal(json_integer_value(reached), sum->reached[i + 1]);
    }
}

static const json_t *named_in(const json_t *list, const char *key, const char *name)
{
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item)
    {
        if (text_is(json_string_value(json_object_get(item, key)), name))
            return item;
    }
    return NULL;
}

static void compare_touches(
    struct world *w, const struct report_question *question, const json_t *report)
{
    struct why why = {0};
    const json_t *playbooks = json_object_get(report, "playbooks");
    struct db_rows *rows = reference_rows(w->store.db, &reference_touches, question);
    size_t seen = 0, listed = 0, i;
    for (; db_next(rows); seen++) {
        const json_t *playbook = named_in(playbooks, "playbook", db_col_text(rows, 0));
        const json_t *touch =
            named_in(json_object_get(playbook, "touches"), "touch", db_col_text(rows, 1));
        assert_non_null(touch);
        for (int k = 0; k < 12; k++)
            assert_int_equal(number(touch, reference_touch_counts[k]), db_col_int(rows, k + 2));
    }
    must(db_end(&rows, &why), &why);
    const json_t *playbook;
    json_array_foreach(playbooks, i, playbook) listed +=
        json_array_size(json_object_get(playbook, "touches"));
    assert_int_equal(seen, listed);
    rows = reference_rows(w->store.db, &reference_codes, question);
    while (db_next(rows)) {
        playbook = named_in(playbooks, "playbook", db_col_text(rows, 0));
        const json_t *code =
            named_in(json_object_get(playbook, "not_sent"), "code", db_col_text(rows, 1));
        assert_int_equal(number(code, "touches"), db_col_int(rows, 2));
    }
    must(db_end(&rows, &why), &why);
}

/* As many people stand behind a number as it says. */
static void compare_people(
    struct world *w, const struct report_question *question, const json_t *all)
{
    static const char *const measures[] = {"entered", "contacted", "delivered", "opened", "clicked",
        "replied", "booked", "showed", "opted_out", "no_response", "declined", "live"};
    const json_t *steps = json_object_get(all, "drop_out");
    size_t count = sizeof measures / sizeof measures[0];
    for (size_t i = 0; i < count + 2 * json_array_size(steps); i++) {
        struct why why = {0};
        const json_t *step = i < count ? NULL : json_array_get(steps, (i - count) / 2);
        const char *measure = i < count ? measures[i] : (i - count) % 2 ? "left" : "reached";
        const struct report_people people = {.measure = measure,
            .step = step ? number(step, "step") : -1,
            .before = {INT64_MAX},
            .before_id = "",
            .limit = 1000};
        struct report_person *list = NULL;
        size_t found = 0;
        must(
            report_list_people(&w->store.boot, w->store.db, question, &people, &list, &found, &why),
            &why);
        if ((int64_t)found != number(step ? step : all, measure))
            fail_msg("%s: %zu people", measure, found);
    }
}

/* Page by page nobody is missing and nobody comes twice. */
static void compare_pages(
    struct world *w, const struct report_question *question, const json_t *all)
{
    enum { PAGE = 3 };
    struct why why = {0};
    struct report_people people = {
        .measure = "contacted", .step = -1, .before = {INT64_MAX}, .before_id = "", .limit = PAGE};
    struct report_person *page = NULL;
    size_t count = PAGE, seen = 0;
    for (; count == PAGE; seen += count) {
        must(
            report_list_people(&w->store.boot, w->store.db, question, &people, &page, &count, &why),
            &why);
        for (size_t i = 0; i < count; i++) {
            int64_t before = people.before.ms, at = page[i].entered.ms;
            assert_true(at < before
                || (at == before && strcmp(page[i].enrollment_id, people.before_id) < 0));
            people.before = page[i].entered;
            people.before_id = page[i].enrollment_id;
        }
    }
    assert_int_equal(seen, number(all, "contacted"));
}

static void compare_weeks(struct world *w, const struct report_question *asked)
{
    enum { WEEKS = 15 };
    struct why why = {0};
    struct report_week weeks[WEEKS];
    struct report_question question = *asked;
    question.from = (struct day){FIRST_DAY - 2};
    question.to = (struct day){DAY_NONE};
    must(report_trend(&w->store.boot, w->store.db, &question, weeks, WEEKS, &why), &why);
    for (int i = 0; i < WEEKS; i += 5) {
        question.from = (struct day){FIRST_DAY - 2 + 7 * i};
        question.to = (struct day){question.from.n + 6};
        const struct reference sum = reference_sum(w->store.db, &question, NULL);
        assert_int_equal(weeks[i].entered, sum.entered);
        assert_int_equal(weeks[i].contacted, sum.contacted);
        assert_int_equal(weeks[i].replied, sum.replied);
        assert_int_equal(weeks[i].booked, sum.booked);
        assert_int_equal(weeks[i].opted_out, sum.opted_out);
    }
}

static void compare(struct world *w)
{
    struct why why = {0};
    const struct report_question question = {.practice = &w->practice,
        .from = {below(w, 3) ? FIRST_DAY + below(w, 40) : DAY_NONE},
        .to = {below(w, 3) ? FIRST_DAY + 40 + below(w, 70) : DAY_NONE},
        .playbook = below(w, 3) ? NULL : "back",
        .locations = ONE_OF(w, NULL, "[\"South\"]", "[\"North \\\"n\\\"\",\"Downtown\"]"),
        .now = DB_FIXTURE_NOW};
    json_t *built = NULL;
    must(report_build(&w->store.boot, w->store.db, &question, &built, &why), &why);
    JSON_AUTO report = built;
    const struct reference all = reference_sum(w->store.db, &question, NULL);
    compare_sum(json_object_get(report, "all"), &all);
    size_t i;
    json_t *playbook;
    json_array_foreach(json_object_get(report, "playbooks"), i, playbook)
    {
        const char *name = json_string_value(json_object_get(playbook, "playbook"));
        const struct reference one = reference_sum(w->store.db, &question, name);
        compare_sum(playbook, &one);
    }
    compare_touches(w, &question, report);
    compare_people(w, &question, json_object_get(report, "all"));
    compare_pages(w, &question, json_object_get(report, "all"));
    compare_weeks(w, &question);
}

static bool pending(struct world *w)
{
    struct why why = {0};
    bool more = false;
    must(report_pending(w->store.db, &w->practice, &more, &why), &why);
    return more;
}

static void test_report_build__equals_the_rows_after_any_history(void **state)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct world w = {.random = seed};
        world_open(&w, *(bool *)*state);
        world_add_patients(&w);
        for (int i = 1; i <= ACTS; i++) {
            act(&w);
            if (i % LOOK_EVERY == 0)
                compare(&w);
        }
        while (pending(&w))
            fold(&w);
        for (int i = 0; i < 10; i++)
            compare(&w);
        world_close(&w);
    }
}

static void test_report_fold__leaves_nothing_of_who_is_gone(void **state)
{
    struct world w = {.random = 7};
    world_open(&w, *(bool *)*state);
    for (int i = 0; i < 30; i++)
        enter(&w);
    while (pending(&w))
        fold(&w);
    run(&w, "DELETE FROM touch; DELETE FROM enrollment");
    assert_true(pending(&w));
    while (pending(&w))
        fold(&w);
    static const struct sql left = {.name = "left",
        .text = "SELECT (SELECT count(*) FROM report_sum) + (SELECT count(*) FROM report_outcome)"};
    struct why why = {0};
    int64_t rows = -1;
    must(db_query_int(w.store.db, &left, DB_NO_ARGS, &rows, &why), &why);
    assert_int_equal(rows, 0);
    world_close(&w);
}

/* What a transaction changes that is open while its enrollment is counted is counted after it. */
static void test_report_fold__misses_nothing_that_is_not_committed_yet(void **state)
{
    struct world w = {.random = 9};
    bool postgres = *(bool *)*state;
    world_open(&w, postgres);
    world_add_patients(&w);
    for (int i = 0; i < 20; i++)
        enter(&w);
    struct db *other = db_fixture_connect(&w.store);
    struct why why = {0};
    struct tx tx = {0};
    static const char change[] = "UPDATE enrollment SET state = 'ended', exit = 'opted_out'";
    if (postgres) {
        tx = db_fixture_begin_on(&w.store, other);
        must(db_script(&tx, change, &why), &why);
    }
    while (pending(&w))
        fold(&w);
    assert_true(postgres || !pending(&w));
    if (postgres)
        db_fixture_commit(&tx);
    else
        db_fixture_script(&w.store, other, change);
    assert_true(pending(&w));
    for (int i = 0; i < 5; i++)
        compare(&w);
    while (pending(&w))
        fold(&w);
    for (int i = 0; i < 5; i++)
        compare(&w);
    db_close(other);
    world_close(&w);
}

int main(void)
{
    static const struct db_test tests[] = {
        DB_TEST(test_report_build__equals_the_rows_after_any_history),
        DB_TEST(test_report_fold__leaves_nothing_of_who_is_gone),
        DB_TEST(test_report_fold__misses_nothing_that_is_not_committed_yet),
    };
    struct CMUnitTest doubled[2 * sizeof(tests) / sizeof(tests[0])];
    size_t count = db_fixture_tests(tests, sizeof(tests) / sizeof(tests[0]), doubled);
    return _cmocka_run_group_tests("report_sums", doubled, count, NULL, NULL);
}
