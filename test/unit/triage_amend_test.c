/* triage_amend_test.c: what the grammar knows better of the labels than the model. */
#include "base/text.h"
#include "triage/triage.h"
#include "unit.h"

static void test_triage_read__each_question_of_a_text_is_seen(void **state)
{
    (void)state;
    static const char *const texts[] = {"How much is filler and do you have Tuesday?",
        "¿Cuánto cuesta el botox y tienen el martes?"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const struct triage_reading *reading = triage_read(&arena, texts[i], NULL);
        assert_true(reading->labels[TRIAGE_LABEL_PRICE]);
        assert_true(reading->labels[TRIAGE_LABEL_AVAILABILITY]);
    }
    static const char *const days[] = {"Tuesday?", "friday?", "¿viernes?"};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        if (!triage_read(&arena, days[i], NULL)->labels[TRIAGE_LABEL_AVAILABILITY])
            fail_msg("`%s` asks for no time", days[i]);
    }
}

/* A wrong number and a death end every way of writing: a text that speaks of another person, or of
 * a move that changes nothing, is neither. */
static void test_triage_read__who_still_comes_has_not_gone(void **state)
{
    (void)state;
    static const char *const texts[] = {"I moved to Denver but I still come monthly",
        "my friend wants to try it, she has never been", "not with Maya", "Esa hora ya se fue",
        "please write in spanish", "the third"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const struct triage_reading *reading = triage_read(&arena, texts[i], NULL);
        if (reading->suppress || reading->stop != TRIAGE_STOP_NO)
            fail_msg("`%s` ends the messages", texts[i]);
    }
    ARENA struct arena arena;
    arena_init(&arena, 0);
    assert_true(triage_read(&arena, "I moved to Denver", NULL)->suppress);
    assert_true(triage_read(&arena, "wrong number", NULL)->suppress);
    assert_int_equal(
        triage_read(&arena, "please write in spanish", NULL)->language, TRIAGE_LANGUAGE_ES);
}

static bool has_why(const struct triage_reading *reading, const char *rule)
{
    for (size_t i = 0; i < reading->why_count; i++) {
        if (text_starts(reading->why[i], rule))
            return true;
    }
    return false;
}

static void test_triage_read__a_minor_is_a_persons_and_named(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "im 16 is that ok", "i just turned 17, can i book", "tengo 16 años, puedo ir sola?"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const struct triage_reading *reading = triage_read(&arena, texts[i], NULL);
        if (reading->route > TRIAGE_ROUTE_STAFF_TASK || !has_why(reading, "mention.minor"))
            fail_msg("`%s` is no minor's", texts[i]);
    }
    ARENA struct arena arena;
    arena_init(&arena, 0);
    assert_true(has_why(
        triage_read(&arena, "my daughter is 15, can she get it", NULL), "mention.minor_named"));
    assert_false(has_why(triage_read(&arena, "im 15 minutes out", NULL), "mention.minor"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_triage_read__each_question_of_a_text_is_seen),
        cmocka_unit_test(test_triage_read__who_still_comes_has_not_gone),
        cmocka_unit_test(test_triage_read__a_minor_is_a_persons_and_named),
    };
    return cmocka_run_group_tests_name("triage_amend", tests, NULL, NULL);
}
