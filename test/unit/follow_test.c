/* follow_test.c: definitions.yaml has changed: clocks follow it page by page, whatever comes in
 * between. */
#include "unit.h"

#include "engine/engine_int.h"
#include "http_fixture.h"

enum { PATIENTS_MAX = 303, STEPS_MAX = 9 };

static const char visits[] =
    "INSERT INTO patient (practice_id, patient_id, external_id, household_id, updated_ms,"
    " created_ms) WITH RECURSIVE d(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < 300)"
    " SELECT 1, 'p' || n, 'X' || n, 'h', 1, 1 FROM d;"
    "INSERT INTO appointment (practice_id, appointment_id, patient_id, record_id, start_ms,"
    " local_day, service, status, row_hash, first_seen_ms, status_ms) SELECT 1, 'v' || patient_id,"
    " patient_id, external_id, 1756728000000, 20332, 'Frownline Botox', 'completed', '', 1, 1"
    " FROM patient;";

static void open_practice(struct http_fixture *t)
{
    struct why why = {0};
    struct tx tx = {0};
    http_fixture_open(t);
    must(engine_begin(t->desk.engine, t->now, &tx, &why), &why);
    must(db_script(&tx, visits, &why), &why);
    must(db_commit(&tx, &why), &why);
}

static enum engine_following follow(struct http_fixture *t, struct http_desk *desk)
{
    struct why why = {0};
    enum engine_following following = FOLLOWING_MAX;
    must(engine_follow_definitions(desk->engine, t->now, &following, &why), &why);
    return following;
}

static void follow_to_the_end(struct http_fixture *t, struct http_desk *desk)
{
    int steps = 0;
    while (follow(t, desk) == FOLLOWING_ON)
        assert_true(++steps < STEPS_MAX);
}

/* Another process that has read the home just now. */
static void open_other(struct http_fixture *t, struct http_desk *ret_other)
{
    struct why why = {0};
    must(http_desk_open(&t->env, t->home, 0, &t->counts, ret_other, &why), &why);
}

/* Neurotoxin is due after so many days. */
static void change_days(struct http_fixture *t, const char *old, const char *fresh)
{
    struct why why = {0};
    const char *path = home_path(&t->arena, t->home, "definitions.yaml");
    char *text, *at;
    size_t len;
    must(t->env.file.read(t->env.file.self, &t->arena, path, 1 << 20, &text, &len, &why), &why);
    at = strstr(text, old);
    assert_non_null(at);
    http_fixture_write(t, "definitions.yaml",
        arena_format(&t->arena, "%.*s%s%s", (int)(at - text), text, fresh, at + strlen(old)));
}

static int64_t due_after(struct http_fixture *t, int days)
{
    return http_fixture_int(t,
        arena_format(&t->arena,
            "SELECT count(*) FROM clock WHERE service = 'neurotoxin' AND due_day - last_day = %d",
            days));
}

static int64_t begun(struct http_fixture *t)
{
    return http_fixture_int(t, "SELECT count(*) FROM audit WHERE action = 'record.clocks_rebuilt'");
}

static void test_follow__goes_on_where_a_process_died(void **state)
{
    (void)state;
    struct http_fixture t;
    open_practice(&t);
    assert_int_equal(follow(&t, &t.desk), FOLLOWING_ON);
    const int64_t page = due_after(&t, 100);
    assert_true(page > 0 && page < PATIENTS_MAX / 2);
    assert_int_equal(
        http_fixture_int(&t, "SELECT count(*) FROM appointment WHERE category = 'neurotoxin'"),
        page);
    struct http_desk next;
    open_other(&t, &next);
    assert_int_equal(follow(&t, &next), FOLLOWING_ON);
    assert_int_equal(due_after(&t, 100), 2 * page);
    follow_to_the_end(&t, &next);
    assert_int_equal(due_after(&t, 100), PATIENTS_MAX);
    assert_int_equal(begun(&t), 1);
    assert_int_equal(follow(&t, &t.desk), FOLLOWING_DONE); /* they share the work */
    http_desk_close(&next);
    http_fixture_close(&t);
}

static void test_follow__the_newer_definitions_hold(void **state)
{
    (void)state;
    struct http_fixture t;
    struct http_desk newer;
    open_practice(&t);
    assert_int_equal(follow(&t, &t.desk), FOLLOWING_ON);
    const int64_t folding = t.desk.engine->folding;
    change_days(&t, "due: 100d", "due: 111d");
    open_other(&t, &newer);
    assert_int_equal(follow(&t, &newer), FOLLOWING_ON);
    assert_int_equal(follow(&t, &t.desk), FOLLOWING_OTHERS);
    follow_to_the_end(&t, &newer);
    assert_int_equal(due_after(&t, 111), PATIENTS_MAX);
    /* The one that has not looked meanwhile leaves it so, too. */
    t.desk.engine->folding = folding;
    assert_int_equal(follow(&t, &t.desk), FOLLOWING_OTHERS);
    http_desk_close(&newer);
    http_fixture_close(&t);
}

/* An import folds, too: by what its process has read. */
static void test_follow__begins_anew_after_an_import_by_other_definitions(void **state)
{
    (void)state;
    struct http_fixture t;
    struct why why = {0};
    struct http_desk newer;
    struct tx tx = {0};
    open_practice(&t);
    change_days(&t, "due: 100d", "due: 111d");
    open_other(&t, &newer);
    assert_int_equal(follow(&t, &newer), FOLLOWING_ON);
    must(engine_begin(t.desk.engine, t.now, &tx, &why), &why);
    must(engine_after_import(t.desk.engine, &tx, &why), &why);
    must(db_commit(&tx, &why), &why);
    follow_to_the_end(&t, &newer);
    assert_int_equal(begun(&t), 2);
    assert_int_equal(due_after(&t, 111), PATIENTS_MAX);
    http_desk_close(&newer);
    http_fixture_close(&t);
}

/* Who was to enter by clocks that are half old and half new would differ from page to page. */
static void test_follow__nobody_enters_meanwhile(void **state)
{
    (void)state;
    struct http_fixture t;
    struct why why = {0};
    static const char night[] = "SELECT count(*) FROM engine_state WHERE name = 'scan_night'";
    open_practice(&t);
    int64_t entered = 0;
    assert_int_equal(follow(&t, &t.desk), FOLLOWING_ON);
    must(engine__scan(t.desk.engine, t.now, &entered, &why), &why);
    assert_int_equal(http_fixture_int(&t, night), 0);
    struct http_desk other; /* that has not looked at the clocks yet */
    open_other(&t, &other);
    must(engine__scan(other.engine, t.now, &entered, &why), &why);
    assert_int_equal(http_fixture_int(&t, night), 0);
    http_desk_close(&other);
    follow_to_the_end(&t, &t.desk);
    must(engine__scan(t.desk.engine, t.now, &entered, &why), &why);
    assert_int_equal(http_fixture_int(&t, night), 1);
    http_fixture_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_follow__goes_on_where_a_process_died),
        cmocka_unit_test(test_follow__the_newer_definitions_hold),
        cmocka_unit_test(test_follow__begins_anew_after_an_import_by_other_definitions),
        cmocka_unit_test(test_follow__nobody_enters_meanwhile),
    };
    return cmocka_run_group_tests_name("follow", tests, NULL, NULL);
}
