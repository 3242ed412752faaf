/* export_test.c: what a person is given of themselves is all that the store holds of them. */
#include "unit.h"

#include "engine/export.h"
#include "person_fixture.h"

#define RUNS_ON(state) (*(const bool *)*(state))

/* What is not theirs to be given, or stands elsewhere in what they are given. */
static const char *const left_out[] = {
    "erasure_key", /* hashes */
    "kept_answer", /* an hour's copies of what stands elsewhere */
    "kept_plan",
    "merge_part", /* how to part two records again: ids, and an address of theirs */
    "patient_part",
    "patient.name_key", /* the name, folded */
    "search_doc",       /* words of what stands elsewhere */
    "search_word",
    "touch.link_code",           /* a secret */
    "triage_layer",              /* weights, of many people's words */
    "clock.last_appointment_id", /* of a visit that is told */
    "clock.last_service",
    "clock.last_total_cents",
    "attribution.appointment_id",
};

static bool is_left_out(const struct person_column *at)
{
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
        size_t len = strlen(at->table);
        if (strncmp(left_out[i], at->table, len) == 0
            && (left_out[i][len] == '\0'
                || (left_out[i][len] == '.' && strcmp(left_out[i] + len + 1, at->column) == 0)))
            return true;
    }
    return false;
}

/* Each word of theirs in a value: "zeb17" of "zeb17 booked". */
static void expect_words(const char *json, const struct person_column *at, const char *value)
{
    char word[64];
    for (const char *from = value; *from;) {
        size_t len = strspn(from, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
        if (len > 2 && len < sizeof word && strncasecmp(from, "zeb", 3) == 0) {
            snprintf(word, sizeof word, "%.*s", (int)len, from);
            if (!strstr(json, word))
                fail_msg("%s of %s.%s is not in what they are given", word, at->table, at->column);
        }
        from += len ? len : 1;
    }
}

static int expect_column(struct record_fixture *t, const char *json, const struct person_column *at)
{
    struct why why = {0};
    struct arena *arena = &t->store.boot;
    const char *text =
        arena_format(arena, "SELECT CAST(%s AS TEXT) %s", at->column, person_fixture_trace(t, at));
    const struct sql sql = {.name = text, .text = text};
    int values = 0;
    DB_ROWS struct db_rows *rows = NULL;
    must(db_query(t->store.db, &sql, DB_NO_ARGS, &rows, &why), &why);
    for (; db_next(rows); values++)
        expect_words(json, at, db_col_text(rows, 0));
    must(db_end(&rows, &why), &why);
    return values;
}

static void test_export_patient__tells_all_that_stands_in_any_table(void **state)
{
    struct record_fixture t;
    struct why why = {0};
    record_fixture_open(&t, RUNS_ON(state));
    person_fixture_fill(&t);
    const char *id = person_fixture_find(&t, "ZEB77");
    person_fixture_expect_filled(&t, id);
    struct tx tx = db_fixture_begin(&t.store);
    JSON_AUTO listed = json_pack("{s:[s]}", "patients", id);
    must(audit_write(&tx, "patient.listed", NULL, "due", listed, &why), &why);
    db_fixture_commit(&tx);
    json_t *json = NULL;
    must(export_patient(&t.store.boot, t.store.db, &t.practice, id, &json, &why), &why);
    const char *part;
    json_t *list;
    json_object_foreach(json, part, list)
    {
        if (json_is_array(list) && json_array_size(list) == 0)
            fail_msg("the part %s is empty: person_fixture.h has nothing of it", part);
    }
    char *text = json_text_of(&t.store.boot, json);
    struct person_column *columns = ARENA_NEW(&t.store.boot, struct person_column, COLUMNS_MAX);
    size_t count = person_fixture_columns(&t, columns);
    int values = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_left_out(&columns[i]))
            values += expect_column(&t, text, &columns[i]);
    }
    assert_true(values > 60);
    assert_null(strstr(text, "Mia"));
    json_decref(json);
    record_fixture_close(&t);
}

static void test_export_patient__of_nobody_is_refused(void **state)
{
    struct record_fixture t;
    struct why why = {0};
    json_t *json = NULL;
    record_fixture_open(&t, RUNS_ON(state));
    assert_int_equal(
        export_patient(&t.store.boot, t.store.db, &t.practice, "no", &json, &why), ERR_NOT_FOUND);
    assert_null(json);
    record_fixture_close(&t);
}

int main(void)
{
    static const struct db_test tests[] = {
        DB_TEST(test_export_patient__tells_all_that_stands_in_any_table),
        DB_TEST(test_export_patient__of_nobody_is_refused),
    };
    struct CMUnitTest all[2 * sizeof tests / sizeof tests[0]];
    db_fixture_tests(tests, sizeof tests / sizeof tests[0], all);
    return cmocka_run_group_tests(all, NULL, NULL);
}
