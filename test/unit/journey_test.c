/* journey_test.c: who enters, with which calendar, and what is kept of it. */
#include "unit.h"

#include <stdio.h>

#include "db_fixture.h"
#include "journey_fixture.h"

#define RUNS_ON(state) (*(const bool *)*(state))

/* ---- entry ---- */

static struct audience_row row_of(
    struct playbook_fixture *t, int number, int days, bool backlog, int64_t value_cents)
{
    int32_t today = day_of(2026, 3, 1).n;
    return (struct audience_row){.patient_id = arena_format(&t->boot, "p%03d", number),
        .external_id = arena_format(&t->boot, "P%03d", number),
        .household_id = arena_format(&t->boot, "h%03d", number),
        .reason = ENTRY_NONE,
        .last_day = {today - days},
        .due_day = {today - days + 100},
        .backlog = backlog,
        .value_cents = value_cents,
        .occurrence = 1};
}

/* Chosen and scheduled; everybody lives in `zone`. */
static struct journey_selection select_of(struct playbook_fixture *t,
    const struct playbook *playbook, const struct journey_room *room, const struct zone *zone,
    const struct audience_row *rows, size_t count)
{
    struct instant scan = zone_at(t->practice.zone, day_of(2026, 3, 1), 23 * 60);
    JOURNEY_SELECT struct journey_select *select =
        journey_select_begin(&t->boot, playbook, &t->practice, room, REFUSALS_LISTED);
    for (size_t i = 0; i < count; i++)
        journey_select_add(select, &rows[i]);
    struct journey_selection selection;
    journey_select_end(select, &selection);
    for (size_t i = 0; i < selection.entrant_count; i++)
        journey_schedule(&t->boot, playbook, &t->practice, scan, zone, &selection.entrants[i]);
    return selection;
}

static void test_journey_start__day_0_is_the_next_opening(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    const struct zone *denver = NULL;
    const struct zone *honolulu = NULL;
    struct why why = {0};
    must(zones_find(&t.zones, "America/Denver", &denver, &why), &why);
    must(zones_find(&t.zones, "Pacific/Honolulu", &honolulu, &why), &why);
    struct day first = day_of(2026, 3, 1);
    struct instant scan = zone_at(t.practice.zone, first, 23 * 60);
    assert_int_equal(journey_start_day(&t.practice, NULL, scan).n, first.n + 1);
    assert_int_equal(journey_start_day(&t.practice, denver, scan).n, first.n + 1);
    struct instant open = zone_at(t.practice.zone, first, 600);
    assert_int_equal(journey_start_day(&t.practice, NULL, open).n, first.n);
    assert_int_equal(journey_start_day(&t.practice, NULL, instant_add_ms(open, 1)).n, first.n + 1);
    struct instant midnight = zone_at(t.practice.zone, first, 0); /* still February in Honolulu */
    assert_int_equal(journey_start_day(&t.practice, honolulu, midnight).n, first.n);
    /* The night before summer time begins: the day opens at 10:00 on the new clock. */
    struct instant spring = journey_day_opens(&t.practice, NULL, day_of(2026, 3, 8));
    assert_string_equal(zone_format(&t.boot, t.practice.zone, spring), "2026-03-08T10:00:00-05:00");
    playbook_fixture_close(&t);
}

static void test_journey_select__gives_each_a_calendar(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    playbook_fixture_edit(&t, "holdout: 10%", "holdout: 0%");
    const struct playbook *playbook = playbook_fixture_parse(&t);
    const struct zone *denver = NULL;
    struct why why = {0};
    must(zones_find(&t.zones, "America/Denver", &denver, &why), &why);
    struct audience_row one = row_of(&t, 1, 100, false, 100);
    struct journey_room room = {.pilot_left = -1};
    struct journey_selection selection = select_of(&t, playbook, &room, denver, &one, 1);
    assert_int_equal(selection.treated, 1);
    static const char *const at[] = {"2026-03-02T10:00:00-07:00", "2026-03-05T10:00:00-07:00",
        "2026-03-09T10:00:00-06:00", "2026-03-12T10:00:00-06:00"};
    const struct journey_entrant *entrant = &selection.entrants[0];
    assert_int_equal(entrant->touch_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(zone_format(&t.boot, denver, entrant->touches[i].at), at[i]);
    assert_string_equal(entrant->touches[0].template_name, "touchup-remind");
    assert_non_null(entrant->touches[2].variant);
    playbook_fixture_close(&t);
}

static void test_journey_select__touches_too_close_keep_two_days(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    playbook_fixture_edit(&t, "holdout: 10%", "holdout: 0%");
    playbook_fixture_edit(&t, "day: 3", "day: 1");
    const struct playbook *playbook = playbook_fixture_parse(&t);
    struct audience_row one = row_of(&t, 1, 100, false, 100);
    struct journey_room room = {.pilot_left = -1};
    struct journey_selection selection = select_of(&t, playbook, &room, NULL, &one, 1);
    const struct journey_planned *touches = selection.entrants[0].touches;
    assert_int_equal(touches[1].at.ms - touches[0].at.ms, 48 * MS_PER_HOUR);
    playbook_fixture_close(&t);
}

static void test_journey_select__spreads_the_backlog_by_value(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    playbook_fixture_edit(&t, "holdout: 10%", "holdout: 0%");
    const struct playbook *playbook = playbook_fixture_parse(&t);
    enum { COUNT = 42 };
    struct audience_row all[COUNT];
    for (int i = 0; i < COUNT; i++)
        all[i] = row_of(&t, i, i < 2 ? 100 : 120, i >= 2, 1000 * (i % 40));
    all[41].reason = ENTRY_BOOKED;
    all[41].detail = "2026-03-09 10:00 with Dr. Chen";
    struct journey_room room = {.pilot_left = -1, .backlog_entered_today = 5};
    struct journey_selection selection = select_of(&t, playbook, &room, NULL, all, COUNT);
    assert_int_equal(selection.treated, 2 + 10);
    assert_false(selection.entrants[0].row.backlog);
    assert_false(selection.entrants[1].row.backlog);
    for (size_t i = 3; i < selection.entrant_count; i++)
        assert_true(
            selection.entrants[i - 1].row.value_cents >= selection.entrants[i].row.value_cents);
    assert_int_equal(selection.refusal_count, COUNT - 12);
    assert_int_equal(selection.refusals->reason, ENTRY_BOOKED);
    assert_string_equal(selection.refusals->detail, "2026-03-09 10:00 with Dr. Chen");
    assert_int_equal(selection.refusals->next->reason, ENTRY_OVER_CAPACITY);
    assert_int_equal(selection.refused[ENTRY_BOOKED], 1);
    assert_int_equal(selection.refused[ENTRY_OVER_CAPACITY], COUNT - 13);
    {
        JOURNEY_SELECT struct journey_select *counting =
            journey_select_begin(&t.boot, playbook, &t.practice, &room, REFUSALS_COUNTED);
        for (size_t i = 0; i < COUNT; i++)
            journey_select_add(counting, &all[i]);
        struct journey_selection counted;
        journey_select_end(counting, &counted);
        assert_null(counted.refusals);
        assert_int_equal(counted.refusal_count, COUNT - 12);
        assert_memory_equal(counted.refused, selection.refused, sizeof counted.refused);
    }
    playbook_fixture_close(&t);
}

static void test_journey_select__a_pilot_is_small(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    playbook_fixture_edit(&t, "holdout: 10%", "holdout: 0%");
    const struct playbook *playbook = playbook_fixture_parse(&t);
    struct audience_row all[20];
    for (int i = 0; i < 20; i++)
        all[i] = row_of(&t, i, 100, false, i);
    struct journey_room room = {.pilot_left = 3};
    struct journey_selection selection = select_of(&t, playbook, &room, NULL, all, 20);
    assert_int_equal(selection.treated, 3);
    assert_true(selection.entrants[0].pilot);
    room.pilot_left = 0;
    selection = select_of(&t, playbook, &room, NULL, all, 20);
    assert_int_equal(selection.treated, 0);
    playbook_fixture_close(&t);
}

static void test_journey_holdout__is_a_tenth_and_stays_with_the_household(void **state)
{
    (void)state;
    int out = 0;
    for (int i = 0; i < 20000; i++) {
        char household[32];
        snprintf(household, sizeof household, "household-%d", i);
        bool held = journey_is_holdout(1, household, 10);
        assert_int_equal(held, journey_is_holdout(1, household, 10));
        if (held) /* a larger share holds out the same ones, too */
            assert_true(journey_is_holdout(1, household, 20));
        out += held;
    }
    assert_in_range(out, 1873, 2127); /* 2000, three standard deviations */
    assert_false(journey_is_holdout(1, "household-1", 0));
    assert_true(journey_is_holdout(1, "household-1", 100));
}

static void test_journey_select__controls_enter_when_their_turn_comes(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    const struct playbook *playbook = playbook_fixture_parse(&t);
    enum { COUNT = 200 };
    struct audience_row all[COUNT];
    for (int i = 0; i < COUNT; i++)
        all[i] = row_of(&t, i, 120, true, 1000 - i);
    struct journey_room room = {.pilot_left = -1};
    struct journey_selection selection = select_of(&t, playbook, &room, NULL, all, COUNT);
    assert_int_equal(selection.treated, 15);
    size_t holdouts = 0;
    for (const struct journey_refusal *refusal = selection.refusals; refusal;
         refusal = refusal->next)
        holdouts += refusal->reason == ENTRY_HOLDOUT;
    assert_in_range(holdouts, 8, 33);
    assert_true(selection.entrant_count - selection.treated
        < holdouts); /* those whose turn has not come do not start */
    for (size_t i = 0; i < selection.entrant_count; i++) {
        const struct journey_entrant *entrant = &selection.entrants[i];
        if (entrant->arm == ARM_HOLDOUT)
            assert_int_equal(entrant->touch_count, 0);
    }
    playbook_fixture_close(&t);
}

static int by_falling_value(const void *left, const void *right)
{
    const struct audience_row *a = left, *b = right;
    if (a->value_cents != b->value_cents)
        return a->value_cents > b->value_cents ? -1 : 1;
    return strcmp(a->patient_id, b->patient_id);
}

/* More than are kept at once, in any order: those who enter are the ones that sorting all of them
 * and going down the list would take. */
static void test_journey_select__a_launch_takes_the_same_in_any_order(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    const struct playbook *playbook = playbook_fixture_parse(&t); /* 15 of the backlog a day */
    enum { COUNT = 9000 };
    struct audience_row *all = ARENA_NEW(&t.boot, struct audience_row, COUNT);
    for (int i = 0; i < COUNT; i++)
        all[i] = row_of(&t, i, 120, i % 3000 != 0, i * 7919 % 4001);
    struct journey_room room = {.pilot_left = -1};
    struct journey_selection selection = select_of(&t, playbook, &room, NULL, all, COUNT);
    qsort(all, COUNT, sizeof *all, by_falling_value);
    size_t at = 0, treated[2] = {0};
    for (int backlog = 0; backlog < 2; backlog++)
        for (size_t i = 0; i < COUNT && treated[1] < 15; i++) {
            if (all[i].backlog != backlog)
                continue;
            const struct journey_entrant *entrant = &selection.entrants[at++];
            assert_string_equal(entrant->row.patient_id, all[i].patient_id);
            treated[backlog] += entrant->arm == ARM_TREAT;
        }
    assert_int_equal(selection.entrant_count, at);
    assert_int_equal(selection.treated, treated[0] + treated[1]);
    struct journey_selection again = select_of(&t, playbook, &room, NULL, all, COUNT);
    assert_int_equal(again.entrant_count, at);
    assert_int_equal(again.refusal_count, selection.refusal_count);
    for (size_t i = 0; i < at; i++)
        assert_string_equal(again.entrants[i].row.patient_id, selection.entrants[i].row.patient_id);
    playbook_fixture_close(&t);
}

/* ---- keeping ---- */

static struct journey_entrant entrant_of(const struct walk *w)
{
    return (struct journey_entrant){
        .row = {.patient_id = "p1",
            .external_id = "P1",
            .household_id = "h1",
            .last_day = w->enrollment.anchor},
        .arm = ARM_TREAT,
        .start = w->enrollment.start,
        .occurrence = 1,
    };
}

static void test_journey_enroll__twice_is_once(void **state)
{
    struct walk w;
    struct db_fixture store;
    db_fixture_open(&store, RUNS_ON(state)); /* first: without a server the test ends here */
    db_fixture_migrate(&store);
    walk_open(&w);
    struct why why = {0};
    struct journey_entrant entrant = entrant_of(&w);
    struct id first;
    struct id second;
    struct tx tx = db_fixture_begin(&store);
    must(journey_enroll(&tx, w.playbook, &entrant, &first, &why), &why);
    must(journey_enroll(&tx, w.playbook, &entrant, &second, &why), &why);
    db_fixture_commit(&tx);
    assert_int_equal(strlen(first.text), 36);
    assert_int_equal(strlen(second.text), 0);
    const char *patients[] = {"p1"};
    struct enrollment *live = NULL;
    size_t count = 0;
    must(journey_read_live(&w.home.boot, store.db, 1, patients, 1, &live, &count, &why), &why);
    assert_int_equal(count, 1);
    assert_string_equal(live[0].version, w.playbook->version);
    assert_int_equal(live[0].start.n, w.enrollment.start.n);
    JSON_AUTO events = NULL;
    must(journey_read_events(store.db, 1, first.text, &events, &why), &why);
    assert_int_equal(json_array_size(events), 1);
    db_fixture_close(&store);
    walk_close(&w);
}

static void test_journey_save__keeps_state_and_history(void **state)
{
    struct walk w;
    struct db_fixture store;
    db_fixture_open(&store, RUNS_ON(state)); /* first: without a server the test ends here */
    db_fixture_migrate(&store);
    walk_open(&w);
    struct why why = {0};
    struct journey_entrant entrant = entrant_of(&w);
    struct id id;
    struct tx tx = db_fixture_begin(&store);
    must(journey_enroll(&tx, w.playbook, &entrant, &id, &why), &why);
    w.enrollment.enrollment_id = id.text;
    walk_reply(&w, at_day(&w, 1, 9, 0), "price", "auto_reply");
    walk_look(&w, at_day(&w, 1, 9, 1), NULL);
    must(journey_save(&tx, &w.step, &why), &why);
    db_fixture_commit(&tx);
    const char *ids[] = {id.text};
    struct enrollment *read = NULL;
    size_t count = 0;
    must(journey_read(&w.home.boot, store.db, 1, ids, 1, &read, &count, &why), &why);
    assert_int_equal(count, 1);
    assert_int_equal(read[0].state, ENROLLMENT_HELD);
    assert_string_equal(read[0].hold, "question");
    assert_int_equal(read[0].hold_until.ms, w.enrollment.hold_until.ms);
    assert_int_equal(read[0].next.ms, w.enrollment.next.ms);
    walk_reply(&w, at_day(&w, 2, 12, 0), "not_interested", "close");
    walk_look(&w, at_day(&w, 2, 12, 1), NULL);
    tx = db_fixture_begin(&store);
    must(journey_save(&tx, &w.step, &why), &why);
    db_fixture_commit(&tx);
    must(journey_read_patient(&w.home.boot, store.db, 1, "p1", &read, &count, &why), &why);
    assert_string_equal(read[0].exit, "declined");
    assert_int_equal(read[0].cool_down_until.n, w.enrollment.cool_down_until.n);
    JSON_AUTO events = NULL;
    must(journey_read_events(store.db, 1, id.text, &events, &why), &why);
    assert_int_equal(json_array_size(events), 3);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(events, 2), "kind")), "exited");
    struct instant next;
    assert_int_equal(journey_next(store.db, 1, &next, NULL), ERR_NOT_FOUND);
    tx = db_fixture_begin(&store); /* a second time may begin once the first has ended */
    must(journey_enroll(&tx, w.playbook, &entrant, &id, &why), &why);
    assert_int_equal(strlen(id.text), 36);
    db_fixture_commit(&tx);
    must(journey_next(store.db, 1, &next, &why), &why);
    db_fixture_close(&store);
    walk_close(&w);
}

static void test_journey_refusals__keep_the_newest_word(void **state)
{
    struct walk w;
    struct db_fixture store;
    db_fixture_open(&store, RUNS_ON(state)); /* first: without a server the test ends here */
    db_fixture_migrate(&store);
    walk_open(&w);
    struct why why = {0};
    enum { COUNT = 600 };
    struct journey_refusal *refusals = ARENA_NEW(&w.home.boot, struct journey_refusal, COUNT);
    for (int i = 0; i < COUNT; i++) {
        refusals[i] = (struct journey_refusal){
            .next = i + 1 < COUNT ? &refusals[i + 1] : NULL,
            .patient_id = arena_format(&w.home.boot, "p%03d", i),
            .reason = ENTRY_NOT_DUE_YET,
            .detail = "day 50 of 100",
        };
    }
    struct tx tx = db_fixture_begin(&store);
    must(journey_put_refusals(&tx, w.playbook->name, refusals, &why), &why);
    db_fixture_commit(&tx);
    enum entry_reason reason = ENTRY_NONE;
    const char *detail = NULL;
    struct instant at;
    must(journey_read_refusal(
             &w.home.boot, store.db, 1, w.playbook->name, "p599", &reason, &detail, &at, &why),
        &why);
    assert_int_equal(reason, ENTRY_NOT_DUE_YET);
    assert_string_equal(detail, "day 50 of 100");
    refusals[0].reason = ENTRY_HOLDOUT;
    refusals[0].next = NULL;
    tx = db_fixture_begin(&store);
    must(journey_put_refusals(&tx, w.playbook->name, refusals, &why), &why);
    db_fixture_commit(&tx);
    must(journey_read_refusal(
             &w.home.boot, store.db, 1, w.playbook->name, "p000", &reason, &detail, &at, &why),
        &why);
    assert_int_equal(reason, ENTRY_HOLDOUT);
    assert_int_equal(journey_read_refusal(&w.home.boot, store.db, 1, w.playbook->name, "p599",
                         &reason, &detail, &at, NULL),
        ERR_NOT_FOUND);
    db_fixture_close(&store);
    walk_close(&w);
}

static void test_journey_move__two_records_of_one_person_go_on_once(void **state)
{
    struct walk w;
    struct db_fixture store;
    db_fixture_open(&store, RUNS_ON(state)); /* first: without a server the test ends here */
    db_fixture_migrate(&store);
    walk_open(&w);
    struct why why = {0};
    struct journey_entrant entrant = entrant_of(&w);
    struct id first;
    struct id second;
    struct tx tx = db_fixture_begin(&store);
    must(journey_enroll(&tx, w.playbook, &entrant, &first, &why), &why);
    entrant.row.patient_id = "p2";
    must(journey_enroll(&tx, w.playbook, &entrant, &second, &why), &why);
    must(journey_move_patient(&tx, "p2", "p1", &why), &why);
    db_fixture_commit(&tx);
    struct enrollment *read = NULL;
    size_t count = 0;
    must(journey_read_patient(&w.home.boot, store.db, 1, "p1", &read, &count, &why), &why);
    assert_int_equal(count, 2);
    assert_string_equal(read[0].exit, "merged");
    assert_string_equal(read[0].enrollment_id, second.text);
    assert_int_equal(read[1].state, ENROLLMENT_ACTIVE);
    db_fixture_close(&store);
    walk_close(&w);
}

static bool sqlite_runs = false;
static bool postgres_runs = true;

#define ON_BOTH(test)                                                                              \
    {#test " [sqlite]", test, NULL, NULL, &sqlite_runs},                                           \
    {                                                                                              \
#test " [postgres]", test, NULL, NULL, &postgres_runs                                      \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journey_start__day_0_is_the_next_opening),
        cmocka_unit_test(test_journey_select__gives_each_a_calendar),
        cmocka_unit_test(test_journey_select__touches_too_close_keep_two_days),
        cmocka_unit_test(test_journey_select__spreads_the_backlog_by_value),
        cmocka_unit_test(test_journey_select__a_pilot_is_small),
        cmocka_unit_test(test_journey_holdout__is_a_tenth_and_stays_with_the_household),
        cmocka_unit_test(test_journey_select__controls_enter_when_their_turn_comes),
        cmocka_unit_test(test_journey_select__a_launch_takes_the_same_in_any_order),
        ON_BOTH(test_journey_enroll__twice_is_once),
        ON_BOTH(test_journey_save__keeps_state_and_history),
        ON_BOTH(test_journey_refusals__keep_the_newest_word),
        ON_BOTH(test_journey_move__two_records_of_one_person_go_on_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
