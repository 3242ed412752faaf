/* report_test.c: the arithmetic of the report, against published figures. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "report/report.h"

static void near(double value, double wanted)
{
    if (fabs(value - wanted) > 0.0005)
        fail_msg("%.5f is not %.5f", value, wanted);
}

static void test_report_wilson__gives_the_worked_example(void **state)
{
    (void)state;
    /* 18 of 140: 12.9%, 95% interval 8.3% to 19.4%. */
    struct interval interval = report_wilson(18, 140);
    near(interval.low, 0.0830);
    near(interval.high, 0.1943);
}

static void test_report_wilson__stays_within_its_bounds(void **state)
{
    (void)state;
    assert_true(report_wilson(0, 10).low == 0 && report_wilson(7, 7).high == 1);
    near(report_wilson(0, 10).high, 0.2775);
    near(report_wilson(10, 10).high, 1);
    near(report_wilson(0, 0).low, 0);
    near(report_wilson(0, 0).high, 1);
}

static void test_report_newcombe__gives_the_papers_example(void **state)
{
    (void)state;
    /* Newcombe 1998, table II: 56/70 against 48/80, method 10: 0.0524 to 0.3339. */
    struct interval interval = report_newcombe(56, 70, 48, 80);
    near(interval.low, 0.0524);
    near(interval.high, 0.3339);
}

/* ---- tables ---- */

static const char small_report[] =
    "{\"playbooks\":[{\"playbook\":\"=cmd|' /C calc'!A0\",\"entered\":7,"
    "\"revenue\":{\"cents\":12305},"
    "\"minutes_per_booked\":2.5,\"reliability\":{\"planned\":9,\"late\":2},"
    "\"touches\":[{\"touch\":\"a\\\"b\",\"planned\":9,\"late\":2}],"
    "\"drop_out\":[{\"step\":0,\"reached\":7,\"left\":3,\"staying\":4,"
    "\"reasons\":[{\"exit\":\"booked\",\"patients\":3}]}],"
    "\"staff_minutes_estimated\":true,"
    "\"staff\":[{\"kind\":\"warm_call\",\"role\":\"front_desk\",\"tasks\":2,\"minutes\":10.0}]}],"
    "\"all\":{}}";

static void test_report_csv__is_safe_in_every_table(void **state)
{
    (void)state;
    struct why why = {0};
    json_t *parsed = NULL;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    must(json_parse(small_report, strlen(small_report), &parsed, &why), &why);
    JSON_AUTO report = parsed;
    static const char *const lines[REPORT_TABLE_MAX] = {
        [REPORT_PLAYBOOKS] = ",7,0,0,0,0,0,0,0,0,0,0,123.05,0,0,0,0,2.5,9,0,0,2,0,0,0,0\r\n",
        [REPORT_TOUCHES] = ",\"a\"\"b\",9,0,0,2,0,0,0,0,0,0,0,0,0,0\r\n",
        [REPORT_STEPS] = ",0,7,\"booked\",3\r\n",
        [REPORT_STAFF] = ",\"warm_call\",\"front_desk\",2,10.0,yes\r\n",
    };
    for (int i = 0; i < REPORT_TABLE_MAX; i++) {
        const char *csv = report_csv(&arena, report, (enum report_table)i);
        const char *row = strstr(csv, "\r\n");
        assert_non_null(row);
        static const char name[] = "\r\n\"'=cmd|' /C calc'!A0\"";
        assert_memory_equal(row, name, strlen(name));
        assert_memory_equal(row + strlen(name), lines[i], strlen(lines[i]));
    }
}

static void test_report_csv__writes_what_was_paid_back_as_one_number(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    JSON_AUTO report =
        json_pack("{s:[], s:{s:o}}", "playbooks", "all", "revenue", json_money(-150));
    assert_non_null(strstr(report_csv(&arena, report, REPORT_PLAYBOOKS), ",-1.50,"));
}

static void test_report_html__shows_names_as_text(void **state)
{
    (void)state;
    struct why why = {0};
    json_t *parsed = NULL;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    static const char text[] = "{\"practice\":\"<b>\",\"playbooks\":[{\"playbook\":\"<script>\","
                               "\"drop_out\":[{\"step\":1,\"reached\":2,\"left\":1,\"staying\":1,"
                               "\"reasons\":[{\"exit\":\"<i>\",\"patients\":1}]}],"
                               "\"reliability\":{\"planned\":3,\"went\":2},"
                               "\"staff\":[{\"kind\":\"<u>\",\"role\":\"<s>\",\"tasks\":1}]}]}";
    must(json_parse(text, strlen(text), &parsed, &why), &why);
    JSON_AUTO report = parsed;
    const char *html = report_html(&arena, report);
    static const char *const never[] = {"<h1><b>", "<script>", "<i>", "<u>", "<s>"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_null(strstr(html, never[i]));
    assert_non_null(strstr(html, "<h1>&lt;b&gt;</h1>"));
    assert_non_null(strstr(html, "1 &lt;i&gt;"));
    assert_non_null(strstr(html, "&lt;u&gt;"));
    assert_non_null(strstr(html, "Of 3 messages and calls that were planned 2 went"));
}

static void test_report_text__has_a_dash_where_nothing_can_be_divided(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    JSON_AUTO report =
        json_pack("{s:[], s:{s:i, s:{s:f}, s:{s:{s:i, s:f, s:f}, s:{s:i, s:f, s:f}}}}", "playbooks",
            "all", "booked", 1, "rates", "booked", 0.25, "intervals", "booked", "n", 4, "low",
            0.046, "high", 0.699, "show", "n", 0, "low", 0.0, "high", 1.0);
    const char *text = report_text(&arena, report);
    assert_non_null(
        strstr(text, "  Booked within 30 days           1    25.0%  of 4  (4.6% to 69.9%)\n"));
    assert_non_null(strstr(text, "  Showed                          0        -  of 0\n"));
    assert_null(strstr(text, "100.0%"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_wilson__gives_the_worked_example),
        cmocka_unit_test(test_report_wilson__stays_within_its_bounds),
        cmocka_unit_test(test_report_newcombe__gives_the_papers_example),
        cmocka_unit_test(test_report_csv__is_safe_in_every_table),
        cmocka_unit_test(test_report_csv__writes_what_was_paid_back_as_one_number),
        cmocka_unit_test(test_report_html__shows_names_as_text),
        cmocka_unit_test(test_report_text__has_a_dash_where_nothing_can_be_divided),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
