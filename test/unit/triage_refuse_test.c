/* triage_refuse_test.c: which channels a text refuses while it keeps another. */
#include "base/text.h"
#include "triage/triage.h"
#include "unit.h"

/* "sms voice" of what is refused. */
static const char *refused_of(struct arena *arena, const struct triage_reading *reading)
{
    const char *list = "";
    for (enum triage_channel channel = 0; channel < TRIAGE_CHANNEL_MAX; channel++) {
        if (reading->refuses[channel])
            list = arena_format(
                arena, "%s%s%s", list, list[0] == 0 ? "" : " ", triage_channel_name(channel));
    }
    return list;
}

/* 47 CFR 64.1200(a)(12): less than all stops only where the text says so itself. */
static void test_triage_read__a_stop_may_name_its_channels(void **state)
{
    (void)state;
    static const struct {
        const char *text, *refuses;
        enum triage_stop stop;
    } cases[] = {
        {"no more calls, text only", "voice", TRIAGE_STOP_NO},
        {"text me instead of calling", "voice", TRIAGE_STOP_NO},
        {"no me llamen, solo mensajes", "voice", TRIAGE_STOP_NO},
        {"no mas llamadas, mejor por mensaje", "voice", TRIAGE_STOP_NO},
        {"stop emailing me, texts are ok", "email", TRIAGE_STOP_NO},
        {"don't email me, just text", "email", TRIAGE_STOP_NO},
        {"stop texting, email me instead", "sms voice", TRIAGE_STOP_YES},
        {"prefer email", "sms voice", TRIAGE_STOP_YES},
        {"solo por correo, no por texto", "sms voice", TRIAGE_STOP_YES},
        {"dont text me call me", "sms", TRIAGE_STOP_YES},
        {"STOP", "", TRIAGE_STOP_YES},
        {"stop texting me", "", TRIAGE_STOP_YES},
        {"no more calls", "", TRIAGE_STOP_YES},
        {"no calls, no texts", "", TRIAGE_STOP_YES},
        {"don't call and don't text", "", TRIAGE_STOP_YES},
        {"stop calling and texting me", "", TRIAGE_STOP_YES},
        {"no me llamen ni me manden mensajes", "", TRIAGE_STOP_YES},
        {"no calls, just text. actually take me off your list", "", TRIAGE_STOP_YES},
        {"take me off your list, email me instead", "", TRIAGE_STOP_YES},
        {"stop texting. I will call if I need something", "", TRIAGE_STOP_YES},
        {"please call me", "", TRIAGE_STOP_NO},
        {"text me the address", "", TRIAGE_STOP_NO},
        {"don't call right now, i'm driving. text me", "", TRIAGE_STOP_NO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const struct triage_reading *reading = triage_read(&arena, cases[i].text, NULL);
        const char *refuses = refused_of(&arena, reading);
        if (reading->stop != cases[i].stop || !text_is(refuses, cases[i].refuses))
            fail_msg("`%s`: stop %s, refuses `%s`", cases[i].text, triage_stop_name(reading->stop),
                refuses);
        assert_int_equal(reading->labels[TRIAGE_LABEL_OPT_OUT], cases[i].stop == TRIAGE_STOP_YES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_triage_read__a_stop_may_name_its_channels),
    };
    return cmocka_run_group_tests_name("triage_refuse", tests, NULL, NULL);
}
