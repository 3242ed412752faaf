/* report_test.c: the arithmetic of the report, against published figures. */
#include "unit.h"

#include <math.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_wilson__gives_the_worked_example),
        cmocka_unit_test(test_report_wilson__stays_within_its_bounds),
        cmocka_unit_test(test_report_newcombe__gives_the_papers_example),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
