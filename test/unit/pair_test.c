/* pair_test.c: the pairs that are kept are those that a look at everybody finds. */
#include "unit.h"

#include "record/edit.h"
#include "record/join.h"
#include "record_fixture.h"

#define RUNS_ON(state) (*(const bool *)*(state))

enum { PEOPLE = 40, STEPS = 40 };

/* Two people: the same name where no birth date speaks against it; one address and the same name,
 * birth date or first name, or a birth date that nobody told. */
#define MAY_BE_ONE                                                                                 \
    "((a.name_key = b.name_key AND a.name_key <> '' AND (a.birth_day IS NULL OR b.birth_day IS"    \
    " NULL OR a.birth_day = b.birth_day)) OR ((a.name_key = b.name_key OR a.birth_day IS NULL OR"  \
    " b.birth_day IS NULL OR a.birth_day = b.birth_day OR lower(a.first_name) ="                   \
    " lower(b.first_name)) AND EXISTS (SELECT 1 FROM contact_point c JOIN contact_point x ON"      \
    " x.practice_id = c.practice_id AND x.address = c.address AND x.channel = c.channel WHERE"     \
    " c.practice_id = a.practice_id AND c.patient_id = a.patient_id AND c.current = 1 AND"         \
    " x.patient_id = b.patient_id AND x.current = 1)))"

static void check(struct record_fixture *t)
{
    const int64_t kept = record_fixture_int(t, "SELECT COUNT(*) FROM patient_pair");
    const int64_t right = record_fixture_int(t,
        "SELECT COUNT(*) FROM patient_pair p JOIN patient a ON a.practice_id = p.practice_id AND"
        " a.patient_id = p.patient_id JOIN patient b ON b.practice_id = p.practice_id AND"
        " b.patient_id = p.other_id WHERE p.patient_id < p.other_id AND " MAY_BE_ONE);
    const int64_t all = record_fixture_int(t,
        "SELECT COUNT(*) FROM patient a JOIN patient b ON b.practice_id = a.practice_id AND"
        " a.patient_id < b.patient_id WHERE " MAY_BE_ONE);
    assert_int_equal(kept, all);
    assert_int_equal(right, all);
    assert_int_equal(record_fixture_int(t, "SELECT SUM(patients) FROM patient_tally"),
        record_fixture_int(t, "SELECT COUNT(*) FROM patient"));
}

static size_t draw(struct record_fixture *t, size_t count)
{
    return (size_t)(ids_random(&t->store.ids) % count);
}

/* One of a few, between two texts, or nothing. */
static const char *some(
    struct record_fixture *t, const char *begin, size_t count, const char *end, bool may_lack)
{
    if (may_lack && draw(t, 3) == 0)
        return "";
    return arena_format(&t->store.boot, "%s%d%s", begin, (int)draw(t, count), end);
}

static void import(struct record_fixture *t, size_t count)
{
    for (size_t i = 0; i < count; i++)
        record_fixture_patient(t, some(t, "P", PEOPLE, "", false), FIELD_FIRST_NAME,
            some(t, "Ann", 4, "", false), FIELD_LAST_NAME, some(t, "Lee", 5, "", false),
            FIELD_BIRTH_DATE, some(t, "198", 5, "-03-02", true), FIELD_MOBILE_PHONE,
            some(t, "+15125550", 10, "11", true), FIELD_EMAIL_ADDRESS,
            some(t, "ann", 20, "@example.com", true), FIELD_MAX);
    record_fixture_settle(t);
}

static const char *anybody(struct record_fixture *t)
{
    struct why why = {0};
    const char *id = NULL;
    enum err err = ERR_NOT_FOUND;
    while (err != ERR_NONE)
        err = record_find_patient(
            &t->store.boot, t->store.db, 1, some(t, "P", PEOPLE, "", false), &id, &why);
    return id;
}

static void rename_somebody(struct record_fixture *t)
{
    struct why why = {0};
    bool changed;
    const struct edit edit = {FIELD_LAST_NAME, some(t, "Lee", 5, "", false)};
    const char *id = anybody(t);
    record_fixture_begin(t);
    must(edit_person(t->load, id, &edit, 1, &changed, &why), &why);
    record_fixture_settle(t);
}

static void merge_two(struct record_fixture *t)
{
    struct why why = {0};
    const char *one = anybody(t), *other = anybody(t), *into;
    if (text_is(one, other))
        return;
    record_fixture_begin(t);
    must(join_merge(t->load, one, other, &into, &why), &why);
    record_fixture_settle(t);
}

static void part_somebody(struct record_fixture *t)
{
    struct why why = {0};
    const char *record = some(t, "P", PEOPLE, "", false), *id = NULL, *other;
    if (record_find_patient(&t->store.boot, t->store.db, 1, record, &id, &why) != ERR_NONE)
        return;
    const struct join_split split = {.patient_id = id, .record_ids = &record, .record_count = 1};
    record_fixture_begin(t);
    if (join_split(t->load, &split, &other, &why) == ERR_NONE)
        record_fixture_settle(t);
    else
        db_rollback(&t->tx);
}

static void test_pair_write__keeps_what_a_look_at_everybody_finds(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    import(&t, PEOPLE);
    check(&t);
    assert_true(record_fixture_int(&t, "SELECT COUNT(*) FROM patient_pair") > 0);
    for (int step = 0; step < STEPS; step++) {
        switch (draw(&t, 4)) {
        case 0: import(&t, 1 + draw(&t, 6)); break;
        case 1: rename_somebody(&t); break;
        case 2: merge_two(&t); break;
        default: part_somebody(&t); break;
        }
        check(&t);
    }
    record_fixture_close(&t);
}

static void test_pair_write__looks_through_a_crowd_only_so_far(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    for (int i = 0; i < 40; i++)
        record_fixture_patient(&t, arena_format(&t.store.boot, "P%d", i), FIELD_FIRST_NAME, "Walk",
            FIELD_LAST_NAME, "In", FIELD_MAX);
    record_fixture_settle(&t);
    /* Eight behind each, but for the last eight. */
    assert_int_equal(record_fixture_int(&t, "SELECT COUNT(*) FROM patient_pair"), 32 * 8 + 28);
    record_fixture_patient(&t, "P20", FIELD_FIRST_NAME, "Wilma", FIELD_LAST_NAME, "Inn", FIELD_MAX);
    record_fixture_settle(&t);
    assert_int_equal(record_fixture_int(&t,
                         "SELECT COUNT(*) FROM patient_pair p JOIN patient_record r ON"
                         " r.practice_id = p.practice_id AND r.patient_id IN (p.patient_id,"
                         " p.other_id) WHERE r.record_id = 'P20'"),
        0);
    record_fixture_close(&t);
}

static void test_patient_tally__counts_thousands_along_and_those_who_went(void **state)
{
    struct record_fixture t;
    record_fixture_open(&t, RUNS_ON(state));
    db_fixture_script(&t.store, t.store.db,
        "INSERT INTO patient (practice_id, patient_id, external_id, household_id, created_ms,"
        " updated_ms) WITH RECURSIVE d(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n <"
        " 2500) SELECT n % 2 + 1, 'x' || n, 'X' || n, 'h', 1, 1 FROM d");
    db_fixture_script(
        &t.store, t.store.db, "DELETE FROM patient WHERE patient_id IN ('x1', 'x3', 'x2')");
    static const char one[] = "SELECT SUM(patients) FROM patient_tally WHERE practice_id = 1";
    assert_int_equal(record_fixture_int(&t, one), 1249);
    static const char two[] = "SELECT SUM(patients) FROM patient_tally WHERE practice_id = 2";
    assert_int_equal(record_fixture_int(&t, two), 1248);
    /* ... and is itself not as long as what it counts. */
    assert_true(record_fixture_int(&t, "SELECT COUNT(*) FROM patient_tally") <= 1010);
    record_fixture_close(&t);
}

int main(void)
{
    static const struct db_test both[] = {
        DB_TEST(test_pair_write__keeps_what_a_look_at_everybody_finds),
        DB_TEST(test_pair_write__looks_through_a_crowd_only_so_far),
        DB_TEST(test_patient_tally__counts_thousands_along_and_those_who_went),
    };
    struct CMUnitTest all[2 * sizeof both / sizeof both[0]];
    db_fixture_tests(both, sizeof both / sizeof both[0], all);
    return cmocka_run_group_tests(all, NULL, NULL);
}
