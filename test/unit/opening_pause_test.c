/* opening_pause_test.c: until when patients ask to be left alone, against test/data/pauses.tsv. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opening/pause.h"
#include "zone_fixture.h"

enum { COLUMNS = 3, BYTES_MAX = 1000, SAYINGS_MIN = 50 };

static void test_pause_end__is_the_day_that_the_words_name(void **state)
{
    (void)state;
    struct arena arena;
    struct env env;
    struct zones zones;
    const struct zone *zone = NULL;
    struct why why = {0};
    char path[512], line[BYTES_MAX];
    const char *root = getenv("SOURCE_ROOT");
    int count = 0, wrong = 0;
    zone_fixture_open(&arena, &env, &zones);
    must(zones_find(&zones, "America/Chicago", &zone, &why), &why);
    snprintf(path, sizeof path, "%s/test/data/pauses.tsv", root ? root : ".");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        char *columns[COLUMNS], *rest = line;
        line[strcspn(line, "\n")] = 0;
        if (line[0] == '#')
            continue;
        for (int i = 0; i < COLUMNS; i++)
            columns[i] = rest ? strsep(&rest, "\t") : NULL;
        assert_non_null(columns[COLUMNS - 1]);
        struct instant now =
            instant_of(text_is(columns[0], "-") ? "2026-11-23T12:00:00-06:00" : columns[0]);
        struct day end = pause_end(zone, now, columns[1]);
        const char *read = end.n == DAY_NONE ? "-" : day_format(&arena, end);
        count++;
        if (!text_is(read, columns[2])) {
            print_message("%s: read as %s, means %s\n", columns[1], read, columns[2]);
            wrong++;
        }
    }
    fclose(file);
    assert_true(count >= SAYINGS_MIN);
    assert_int_equal(wrong, 0);
    zone_fixture_close(&arena, &env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pause_end__is_the_day_that_the_words_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
