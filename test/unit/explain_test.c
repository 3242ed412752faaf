/* explain_test.c: an explanation in sentences: what decided, equal waits and holds in one line. */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/explain_text.h"
#include "zone_fixture.h"

struct world {
    struct arena arena;
    struct env env;
    struct zones zones;
    const struct zone *zone;
};

static int open_world(void **state)
{
    static struct world world;
    struct why why = {0};
    zone_fixture_open(&world.arena, &world.env, &world.zones);
    must(zones_find(&world.zones, "America/Chicago", &world.zone, &why), &why);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    zone_fixture_close(&world->arena, &world->env);
    return 0;
}

static json_t *parse(const char *text)
{
    struct why why = {0};
    json_t *json = NULL;
    must(json_parse(text, strlen(text), &json, &why), &why);
    return json;
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static const char head[] =
    "{'patient':'P1','playbook':'touch-up','at':'2026-06-20T09:00:00-05:00','answer':'%s',"
    "'reason':'%s','steps':[%s]}";

/* Single quotes stand for double ones. */
static json_t *explanation(
    struct world *world, const char *answer, const char *reason, const char *steps)
{
    char *text = arena_format(&world->arena, head, answer, reason, steps);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return parse(text);
}

static const char entered[] =
    "{'rule':'entered','expression':null,'values':{'arm':'treat','pilot':false,"
    "'at':'2026-06-11T04:00:00Z','touch':null},'result':true,'source':'enrollment_event'}";

/* `waits` hourly answers of the gate about `remind`, from 10 June 22:00 in Chicago on. */
static void add_waits(struct world *world, struct buf *buf, int waits)
{
    for (int i = 0; i < waits; i++)
        buf_add(buf,
            arena_format(&world->arena,
                ",{'rule':'gate:remind','expression':'QH-4','values':{'at_ms':%lld,"
                "'answer':'wait','code':'quiet_hours','rule':'QH-4','until_ms':%lld,"
                "'detail':{'zone':'America/Chicago'}},'result':false,'source':'verdict'}",
                1781146800000LL + i * 3600000LL, 1781146800000LL + (i + 1) * 3600000LL));
}

static void test_explain_tell__a_touch_with_its_waits_is_one_sentence(void **state)
{
    struct world *world = *state;
    struct buf steps;
    buf_init(&steps, &world->arena);
    buf_add(&steps, entered);
    buf_add(&steps,
        ",{'rule':'touch:remind','expression':'touchup-remind','values':{'state':'sent',"
        "'code':null,'detail':null,'planned':'2026-06-10T22:00:00-05:00',"
        "'sent':'2026-06-11T10:00:00-05:00','ended':null,'channel':'email',"
        "'wording':'generic'},'result':true,'source':'playbooks/touch-up.yaml:20'}");
    add_waits(world, &steps, 12);
    buf_add(&steps,
        ",{'rule':'gate:remind','expression':'every rule','values':{'at_ms':1781190000000,"
        "'answer':'allow','code':null,'rule':null,'detail':{'consent_class':'written'}},"
        "'result':true,'source':'verdict'}");
    JSON_AUTO json = explanation(world, "sent", "calendar_done", steps.data);
    const char *text = explain_tell(&world->arena, world->zone, json);
    assert_string_equal(text,
        "P1 in touch-up at 2026-06-20T09:00:00-05:00: sent (calendar_done)\n"
        "  2026-06-10 23:00  entered\n"
        "  2026-06-11 10:00  remind: sent by email (touchup-remind, generic), planned for "
        "2026-06-10 22:00; waited 12 times for quiet_hours by QH-4, 2026-06-10 22:00 to "
        "2026-06-11 10:00; allowed by written consent\n");
    /* In detail nothing of it is lost: folded once, whole with --all. */
    const char *folded = explain_tell_rules(&world->arena, world->zone, json, true);
    const char *whole = explain_tell_rules(&world->arena, world->zone, json, false);
    assert_non_null(strstr(folded, "the same 12 times, 2026-06-10 22:00 to 2026-06-11 09:00"));
    assert_int_equal(lines_of(folded), 13);
    assert_int_equal(lines_of(whole), 3 * 15);
}

static void test_explain_tell__other_answers_of_the_gate_are_told_apart(void **state)
{
    struct world *world = *state;
    struct buf steps;
    buf_init(&steps, &world->arena);
    buf_add(&steps, entered);
    buf_add(&steps,
        ",{'rule':'touch:remind','expression':'touchup-remind','values':{'state':'dropped',"
        "'code':'stale_data','detail':'the booking data is too old','planned':"
        "'2026-06-10T22:00:00-05:00','sent':null,'ended':'2026-06-12T10:00:00-05:00'},"
        "'result':false,'source':null}");
    add_waits(world, &steps, 2);
    buf_add(&steps,
        ",{'rule':'gate:remind','expression':'FRESH-1','values':{'at_ms':1781190000000,"
        "'answer':'wait','code':'stale_data','rule':'FRESH-1','until_ms':1781276400000,"
        "'detail':{}},'result':false,'source':'verdict'}");
    JSON_AUTO json = explanation(world, "blocked", "no_touch_left", steps.data);
    const char *text = explain_tell(&world->arena, world->zone, json);
    assert_non_null(strstr(text,
        "2026-06-12 10:00  remind: not sent, stale_data: the booking data is too old, planned for "
        "2026-06-10 22:00; waited 2 times for quiet_hours by QH-4, 2026-06-10 22:00 to 2026-06-11 "
        "00:00; waited for stale_data by FRESH-1, 2026-06-11 10:00 to 2026-06-12 10:00\n"));
    assert_int_equal(lines_of(text), 3);
}

#define EVENT(kind, rule, at, more)                                                                \
    ",{'rule':'" kind "','expression':'" rule "','values':{" more "'at':'" at                      \
    "','touch':null},'result':true,'source':'enrollment_event'}"

static void test_explain_tell__equal_holds_are_one_sentence_and_the_end_has_its_rule(void **state)
{
    struct world *world = *state;
    const char *steps = arena_format(&world->arena, "%s%s%s%s%s%s%s", entered,
        EVENT("held", "price", "2026-06-12T15:00:00Z", "'reply.label':'price',"),
        EVENT("released", "price", "2026-06-12T16:00:00Z", "'by':'a person',"),
        EVENT("held", "price", "2026-06-13T15:00:00Z", "'reply.label':'price',"),
        EVENT("released", "price", "2026-06-13T18:00:00Z", "'by':'resume',"),
        EVENT("held", "reply", "2026-06-14T15:00:00Z", ""),
        EVENT("exited", "booked", "2026-06-15T15:00:00Z", "'days':3,"));
    JSON_AUTO json = explanation(world, "exited", "booked", steps);
    assert_string_equal(explain_tell(&world->arena, world->zone, json),
        "P1 in touch-up at 2026-06-20T09:00:00-05:00: exited (booked)\n"
        "  2026-06-10 23:00  entered\n"
        "  2026-06-12 10:00  held 2 times for price (reply.label price); at last released "
        "2026-06-13 13:00 by resume\n"
        "  2026-06-14 10:00  held for reply; until it ended\n"
        "  2026-06-15 10:00  ended: booked (days 3)\n");
}

static void test_explain_tell__who_never_entered_has_the_rule_that_decided(void **state)
{
    struct world *world = *state;
    JSON_AUTO json = explanation(world, "not_entered", "not_due_yet",
        "{'rule':'unknown_patient','expression':'not patient.known','values':{},'result':false,"
        "'source':'product'},"
        "{'rule':'inactive','expression':'','values':{'status':'active'},'result':false,"
        "'source':'product'},"
        "{'rule':'not_due_yet','expression':'today < due','values':{'due':'2026-07-01',"
        "'today':null},'result':true,'source':'definitions.yaml:12'}");
    assert_string_equal(explain_tell(&world->arena, world->zone, json),
        "P1 in touch-up at 2026-06-20T09:00:00-05:00: not_entered (not_due_yet)\n"
        "  not_due_yet: is not due yet (due 2026-07-01, today unknown) - definitions.yaml:12\n"
        "  asked before, and not in the way: unknown_patient, inactive\n");
}

static void test_explain_tell__a_rule_that_had_to_be_true_reads_as_what_it_means(void **state)
{
    struct world *world = *state;
    JSON_AUTO json = explanation(world, "not_entered", "booked",
        "{'rule':'inactive','expression':'','values':{},'result':false,'source':'product'},"
        "{'rule':'booked','expression':'not booked(any, future)','values':"
        "{'booked(any, future)':true},'result':false,'source':'playbooks/touch-up.yaml:13'}");
    assert_string_equal(explain_tell(&world->arena, world->zone, json),
        "P1 in touch-up at 2026-06-20T09:00:00-05:00: not_entered (booked)\n"
        "  booked: has an appointment already (booked(any, future) true) - "
        "playbooks/touch-up.yaml:13\n"
        "  asked before, and not in the way: inactive\n");
}

static void test_explain_tell__what_comes_next_stands_last(void **state)
{
    struct world *world = *state;
    const char *steps = arena_format(&world->arena, "%s%s%s", entered,
        ",{'rule':'touch:nudge','expression':'touchup-nudge','values':{'state':'due',"
        "'code':null,'detail':null,'planned':'2026-06-21T10:00:00-05:00','sent':null,"
        "'ended':null},'result':false,'source':null}",
        ",{'rule':'gate','expression':'every rule','values':{'zone':'America/Chicago','at':"
        "'2026-06-21T10:00:00-05:00'},'result':true,'source':'gate'}");
    JSON_AUTO json = explanation(world, "will_send", "nudge", steps);
    assert_string_equal(explain_tell(&world->arena, world->zone, json),
        "P1 in touch-up at 2026-06-20T09:00:00-05:00: will_send (nudge)\n"
        "  2026-06-10 23:00  entered\n"
        "  2026-06-21 10:00  nudge: not yet (touchup-nudge)\n"
        "  2026-06-21 10:00  next: nudge goes then, as things stand: every rule says yes\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explain_tell__a_touch_with_its_waits_is_one_sentence),
        cmocka_unit_test(test_explain_tell__other_answers_of_the_gate_are_told_apart),
        cmocka_unit_test(test_explain_tell__equal_holds_are_one_sentence_and_the_end_has_its_rule),
        cmocka_unit_test(test_explain_tell__who_never_entered_has_the_rule_that_decided),
        cmocka_unit_test(test_explain_tell__a_rule_that_had_to_be_true_reads_as_what_it_means),
        cmocka_unit_test(test_explain_tell__what_comes_next_stands_last),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
