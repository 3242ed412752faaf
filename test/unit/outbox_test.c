/* outbox_test.c: the states of a touch, on both databases. */
#include "unit.h"

#include <string.h>

#include "base/text.h"
#include "db_fixture.h"
#include "outbox/outbox.h"

struct world {
    struct db_fixture store;
    struct arena tick;
    struct instant now;
    struct channel_setting setting;
};

static void open_world(struct world *world, bool postgres)
{
    memset(world, 0, sizeof(*world));
    db_fixture_open(&world->store, postgres);
    db_fixture_migrate(&world->store);
    arena_init(&world->tick, 0);
    world->now = DB_FIXTURE_NOW;
    world->setting = (struct channel_setting){
        .ask_after_ms = {45000, 300000, 900000}, .resend_after_ms = MS_PER_DAY};
}

/* Kinds of ending of which more or fewer are counted along than there are. */
static int64_t miscounted(struct world *world)
{
    return db_fixture_int(&world->store,
        "SELECT COUNT(*) FROM (SELECT 1 FROM (SELECT state, COALESCE(channel, '') AS channel,"
        " 1 AS n FROM touch WHERE next_ms IS NULL UNION ALL SELECT state, channel, -touches"
        " FROM touch_tally) t GROUP BY state, channel HAVING SUM(n) <> 0) u");
}

static void close_world(struct world *world)
{
    assert_int_equal(miscounted(world), 0);
    arena_release(&world->tick);
    db_fixture_close(&world->store);
}

static struct tx begin(struct world *world)
{
    struct why why = {0};
    struct tx tx = {0};
    must(db_begin(world->store.db, world->now, "test", 1, &world->store.ids, &tx, &why), &why);
    return tx;
}

static void commit(struct tx *tx)
{
    struct why why = {0};
    must(db_commit(tx, &why), &why);
}

static const char *plan_touch(struct world *world, const char *enrollment, const char *key)
{
    struct why why = {0};
    struct tx tx = begin(world);
    const struct touch_plan plan = {.enrollment_id = enrollment,
        .patient_id = "patient-1",
        .playbook = "p",
        .version = "v",
        .touch_key = key,
        .occurrence = 1,
        .position = 1,
        .purpose = "marketing",
        .planned = world->now};
    const char *id = NULL;
    must(outbox_plan(&world->tick, &tx, &plan, 1, &id, &why), &why);
    commit(&tx);
    return id;
}

static struct touch read_touch(struct world *world, const char *id)
{
    struct why why = {0};
    struct touch touch;
    must(outbox_read(&world->tick, world->store.db, 1, id, &touch, &why), &why);
    return touch;
}

/* Claims everything due and starts it. */
static struct id start_touch(struct world *world, const char *id)
{
    struct why why = {0};
    struct tx tx = begin(world);
    struct touch *touches;
    size_t count;
    must(outbox_claim_due(&world->tick, &tx, NULL, 10, &touches, &count, &why), &why);
    assert_int_equal(count, 1);
    assert_string_equal(touches[0].touch_id, id);
    JSON_AUTO detail = json_pack("{s:s}", "zone", "America/Chicago");
    const struct outbox_start start = {.channel = CHANNEL_SMS,
        .driver = "sms.twilio",
        .address = "+15125550100",
        .body = "Hello",
        .lease_owner = "worker",
        .verdict = {.detail = detail}};
    struct id attempt;
    must(outbox_start(&tx, &touches[0], &start, &attempt, &why), &why);
    commit(&tx);
    return attempt;
}

static struct touch settle(
    struct world *world, struct id attempt, enum receipt_outcome outcome, const char *provider_id)
{
    struct why why = {0};
    struct tx tx = begin(world);
    struct receipt receipt = {.outcome = outcome,
        .code = "",
        .detail = "",
        .provider_id = provider_id,
        .retry_after_s = -1};
    memcpy(receipt.attempt_id, attempt.text, sizeof(receipt.attempt_id));
    struct touch touch;
    must(outbox_settle(&world->tick, &tx, &receipt, &touch, &why), &why);
    commit(&tx);
    return touch;
}

static size_t count_due(struct world *world)
{
    struct why why = {0};
    struct tx tx = begin(world);
    struct touch *touches;
    size_t count;
    must(outbox_claim_due(&world->tick, &tx, NULL, 10, &touches, &count, &why), &why);
    db_rollback(&tx);
    return count;
}

static void answer_doubt(struct world *world, enum doubt_answer answer, const char *provider_id)
{
    struct why why = {0};
    struct tx tx = begin(world);
    struct doubt *doubts;
    size_t count;
    must(outbox_claim_doubts(&world->tick, &tx, 10, &doubts, &count, &why), &why);
    assert_int_equal(count, 1);
    must(outbox_answer_doubt(&world->tick, &tx, &doubts[0], answer, &provider_id,
             provider_id ? 1 : 0, &world->setting, &why),
        &why);
    commit(&tx);
}

static void check_sent_is_final(bool postgres)
{
    struct world world;
    open_world(&world, postgres);
    const char *id = plan_touch(&world, "e1", "remind");
    struct id attempt = start_touch(&world, id);
    assert_int_equal(count_due(&world), 0);
    struct touch touch = settle(&world, attempt, RECEIPT_ACCEPTED, "SM1");
    assert_int_equal(touch.state, TOUCH_SENT);
    assert_string_equal(touch.provider_id, "SM1");
    world.now.ms += 30 * MS_PER_DAY;
    assert_int_equal(count_due(&world), 0);
    /* The same receipt again, and a contrary one: nothing moves. */
    assert_int_equal(settle(&world, attempt, RECEIPT_ACCEPTED, "SM1").state, TOUCH_SENT);
    assert_int_equal(settle(&world, attempt, RECEIPT_NOT_SENT, NULL).state, TOUCH_SENT);
    close_world(&world);
}

static void check_planning_twice_is_harmless(bool postgres)
{
    struct world world;
    open_world(&world, postgres);
    assert_non_null(plan_touch(&world, "e1", "remind"));
    assert_null(plan_touch(&world, "e1", "remind"));
    assert_int_equal(count_due(&world), 1);
    close_world(&world);
}

static void check_what_never_left_goes_again(bool postgres)
{
    struct world world;
    open_world(&world, postgres);
    const char *id = plan_touch(&world, "e1", "remind");
    struct touch touch = settle(&world, start_touch(&world, id), RECEIPT_NOT_SENT, NULL);
    assert_int_equal(touch.state, TOUCH_DUE);
    assert_true(touch.next.ms > world.now.ms && touch.next.ms <= world.now.ms + 2000);
    world.now = touch.next;
    touch = settle(&world, start_touch(&world, id), RECEIPT_ACCEPTED, "SM2");
    assert_int_equal(touch.state, TOUCH_SENT);
    assert_int_equal(touch.attempts, 2);
    close_world(&world);
}

static void check_doubt_is_asked_before_it_goes_again(bool postgres)
{
    struct world world;
    open_world(&world, postgres);
    const char *id = plan_touch(&world, "e1", "remind");
    struct id attempt = start_touch(&world, id);
    assert_int_equal(settle(&world, attempt, RECEIPT_IN_DOUBT, NULL).state, TOUCH_IN_DOUBT);
    const int64_t asked_after_ms[] = {45000, 300000};
    struct instant started = world.now;
    for (int i = 0; i < 2; i++) {
        world.now.ms = started.ms + asked_after_ms[i];
        answer_doubt(&world, DOUBT_ABSENT, NULL);
        assert_int_equal(read_touch(&world, id).state, TOUCH_IN_DOUBT);
        assert_int_equal(count_due(&world), 0);
    }
    world.now.ms = started.ms + 900000;
    answer_doubt(&world, DOUBT_ABSENT, NULL);
    struct touch touch = read_touch(&world, id);
    assert_int_equal(touch.state, TOUCH_DUE);
    assert_int_equal(touch.next.ms, world.now.ms + MS_PER_DAY);
    close_world(&world);
}

static void check_doubt_found_is_sent(bool postgres)
{
    struct world world;
    open_world(&world, postgres);
    const char *id = plan_touch(&world, "e1", "remind");
    (void)settle(&world, start_touch(&world, id), RECEIPT_IN_DOUBT, NULL);
    world.now.ms += 45000;
    answer_doubt(&world, DOUBT_FOUND, "SM7");
    assert_int_equal(read_touch(&world, id).state, TOUCH_SENT);
    /* A second touch with the same words cannot be the same message. */
    const char *other = plan_touch(&world, "e2", "remind");
    (void)settle(&world, start_touch(&world, other), RECEIPT_IN_DOUBT, NULL);
    world.now.ms += 900000;
    answer_doubt(&world, DOUBT_FOUND, "SM7");
    assert_int_equal(read_touch(&world, other).state, TOUCH_DUE);
    close_world(&world);
}

static void check_nobody_knows_ends_unconfirmed(bool postgres)
{
    struct world world;
    open_world(&world, postgres);
    const char *id = plan_touch(&world, "e1", "remind");
    (void)settle(&world, start_touch(&world, id), RECEIPT_IN_DOUBT, NULL);
    answer_doubt(&world, DOUBT_NOBODY_KNOWS, NULL);
    struct touch touch = read_touch(&world, id);
    assert_int_equal(touch.state, TOUCH_UNCONFIRMED);
    assert_true(touch_state_final(touch.state));
    close_world(&world);
}

static void check_lost_lease_is_a_doubt(bool postgres)
{
    struct world world;
    struct why why = {0};
    open_world(&world, postgres);
    const char *id = plan_touch(&world, "e1", "remind");
    (void)start_touch(&world, id);
    struct tx tx = begin(&world);
    int64_t count = -1;
    must(outbox_expire(&tx, NULL, &count, &why), &why);
    assert_int_equal(count, 0); /* the lease still runs */
    must(outbox_expire(&tx, "worker", &count, &why), &why);
    assert_int_equal(count, 1); /* its owner has restarted */
    commit(&tx);
    assert_int_equal(read_touch(&world, id).state, TOUCH_IN_DOUBT);
    close_world(&world);
}

static struct touch report(struct world *world, const char *attempt, const char *provider_id,
    const char *delivery, bool *ret_moved)
{
    struct why why = {0};
    struct tx tx = begin(world);
    const struct delivery_report said = {
        .attempt_id = attempt, .provider_id = provider_id, .delivery = delivery};
    struct touch touch;
    must(outbox_report_delivery(&world->tick, &tx, &said, ret_moved, &touch, &why), &why);
    commit(&tx);
    return touch;
}

static void check_callbacks_in_any_order(bool postgres)
{
    struct world world;
    bool moved;
    open_world(&world, postgres);
    const char *id = plan_touch(&world, "e1", "remind");
    struct id attempt = start_touch(&world, id);
    /* It overtakes the answer itself: the provider has it. */
    struct touch touch = report(&world, attempt.text, "SM3", "delivered", &moved);
    assert_true(moved);
    assert_int_equal(touch.state, TOUCH_SENT);
    assert_string_equal(touch.delivery, "delivered");
    touch = report(&world, NULL, "SM3", "sent", &moved);
    assert_false(moved);
    touch = report(&world, NULL, "SM3", "undelivered", &moved);
    assert_false(moved); /* the first terminal word stays */
    assert_string_equal(touch.delivery, "delivered");
    assert_int_equal(settle(&world, attempt, RECEIPT_ACCEPTED, "SM3").state, TOUCH_SENT);
    close_world(&world);
}

static void check_late_word_stops_a_second_send(bool postgres)
{
    struct world world;
    bool moved;
    open_world(&world, postgres);
    const char *id = plan_touch(&world, "e1", "remind");
    struct id attempt = start_touch(&world, id);
    (void)settle(&world, attempt, RECEIPT_IN_DOUBT, NULL);
    world.now.ms += 900000;
    answer_doubt(&world, DOUBT_ABSENT, NULL);
    assert_int_equal(read_touch(&world, id).state, TOUCH_DUE);
    assert_int_equal(report(&world, attempt.text, "SM9", "delivered", &moved).state, TOUCH_SENT);
    world.now.ms += 2 * MS_PER_DAY;
    assert_int_equal(count_due(&world), 0);
    close_world(&world);
}

static void check_cancel_leaves_what_has_begun(bool postgres)
{
    struct world world;
    struct why why = {0};
    open_world(&world, postgres);
    const char *begun = plan_touch(&world, "e1", "remind");
    struct id attempt = start_touch(&world, begun);
    const char *queued = plan_touch(&world, "e1", "nudge");
    struct tx tx = begin(&world);
    int64_t cancelled = 0;
    must(outbox_cancel(&tx, "e1", "patient-1", "booked", &cancelled, &why), &why);
    commit(&tx);
    assert_int_equal(cancelled, 1);
    assert_int_equal(read_touch(&world, queued).state, TOUCH_CANCELLED);
    assert_int_equal(read_touch(&world, begun).state, TOUCH_SENDING);
    assert_int_equal(settle(&world, attempt, RECEIPT_ACCEPTED, "SM4").state, TOUCH_SENT);
    close_world(&world);
}

static void check_released_goes_now(bool postgres)
{
    struct world world;
    struct why why = {0};
    open_world(&world, postgres);
    const char *id = plan_touch(&world, "e1", "remind");
    const struct touch waiting = read_touch(&world, id);
    struct tx tx = begin(&world);
    must(outbox_defer(&tx, &waiting, (struct instant){world.now.ms + MS_PER_DAY}, "held", &why),
        &why);
    commit(&tx);
    assert_int_equal(count_due(&world), 0);
    tx = begin(&world);
    must(outbox_defer(&tx, &waiting, world.now, "released", &why), &why);
    commit(&tx);
    assert_int_equal(count_due(&world), 1);
    close_world(&world);
}

static void wait_for(
    struct world *world, const char *id, const char *code, const char *rule, int minutes)
{
    struct why why = {0};
    JSON_AUTO detail = json_object();
    const struct touch touch = read_touch(world, id);
    const struct outbox_verdict verdict = {.code = code,
        .rule = rule,
        .until = instant_add_ms(world->now, minutes * MS_PER_MINUTE),
        .detail = detail};
    struct tx tx = begin(world);
    must(outbox_wait(&tx, &touch, &verdict, (struct instant){0}, &why), &why);
    commit(&tx);
    world->now = verdict.until;
}

/* The last quarter of an hour is not why a message of a whole day never left. */
static void check_ends_for_what_held_it_longest(bool postgres)
{
    struct world world;
    struct why why = {0};
    open_world(&world, postgres);
    const char *id = plan_touch(&world, "e1", "remind"), *code = "", *rule = "";
    must(outbox_longest_wait(&world.tick, world.store.db, 1, id, world.now, &code, &rule, &why),
        &why);
    assert_null(code);
    wait_for(&world, id, "cap", "QH-8", 70);
    for (int i = 0; i < 5; i++)
        wait_for(&world, id, "stale_data", "FRESH", 15);
    wait_for(&world, id, "quiet_hours", "QH-4", 60);
    must(outbox_longest_wait(&world.tick, world.store.db, 1, id, world.now, &code, &rule, &why),
        &why);
    assert_string_equal(code, "stale_data");
    assert_string_equal(rule, "FRESH");
    JSON_AUTO detail = json_object();
    const struct outbox_verdict last = {
        .code = "quiet_hours", .rule = "QH-4", .detail = detail, .held_rule = rule};
    const struct touch waiting = read_touch(&world, id);
    struct tx tx = begin(&world);
    must(outbox_end(&tx, &waiting, TOUCH_DROPPED, code, NULL, &last, &why), &why);
    commit(&tx);
    const struct touch ended = read_touch(&world, id);
    assert_string_equal(ended.code, "stale_data");
    assert_string_equal(ended.code_rule, "FRESH");
    json_t *read = NULL;
    must(outbox_read_verdicts(world.store.db, 1, id, &read, &why), &why);
    JSON_AUTO verdicts = read;
    assert_int_equal(json_array_size(verdicts), 8);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(verdicts, 7), "rule")), "QH-4");
    close_world(&world);
}

/* A colleague who is called has as many tests left as before; a call is claimed alone. */
static void check_calls_and_tests_are_told_apart(bool postgres)
{
    struct world world;
    struct why why = {0};
    open_world(&world, postgres);
    (void)plan_touch(&world, "e1", "remind");
    struct tx tx = begin(&world);
    static const char *const keys[] = {"alert", "alert", "test"};
    for (size_t i = 0; i < 3; i++) {
        const struct touch_plan plan = {.patient_id = "",
            .for_staff = "user-1",
            .touch_key = keys[i],
            .occurrence = 1,
            .purpose = "transactional",
            .planned = world.now,
            .has_channel = true,
            .channel = CHANNEL_SMS,
            .address = "+15125550100",
            .body = "Hello",
            .language = "en"};
        must(outbox_plan(&world.tick, &tx, &plan, 1, NULL, &why), &why);
    }
    commit(&tx);
    int64_t tests = 0;
    must(outbox_count_tests(world.store.db, 1, "user-1", (struct instant){0}, &tests, &why), &why);
    assert_int_equal(tests, 1);
    tx = begin(&world);
    struct touch *calls;
    size_t count;
    must(outbox_claim_due(&world.tick, &tx, "alert", 10, &calls, &count, &why), &why);
    assert_int_equal(count, 2);
    db_rollback(&tx);
    assert_int_equal(count_due(&world), 4);
    close_world(&world);
}

static void check_what_ended_is_counted_along(bool postgres)
{
    struct world world;
    open_world(&world, postgres);
    db_fixture_script(&world.store, world.store.db,
        "INSERT INTO touch (practice_id, touch_id, patient_id, touch_key, kind, purpose, state,"
        " planned_ms, next_ms, channel, created_ms) WITH RECURSIVE d(n) AS (SELECT 1 UNION ALL"
        " SELECT n + 1 FROM d WHERE n < 2500) SELECT 1, 't' || n, 'p', 'help', 'message', 'answer',"
        " CASE n % 3 WHEN 0 THEN 'due' WHEN 1 THEN 'sent' ELSE 'cancelled' END, 1,"
        " CASE n % 3 WHEN 0 THEN 1 END, CASE n % 3 WHEN 1 THEN 'sms' END, 1 FROM d");
    assert_int_equal(miscounted(&world), 0);
    static const char *const changes[] = {
        "UPDATE touch SET channel = 'email' WHERE state <> 'due' AND planned_ms = 1",
        "UPDATE touch SET state = 'due', next_ms = 1 WHERE state = 'cancelled'",
        "UPDATE touch SET next_ms = 2 WHERE next_ms = 1",
        "UPDATE touch SET state = 'failed', next_ms = NULL WHERE state = 'due'",
        "UPDATE touch SET patient_id = 'q', ended_ms = 1",
        "DELETE FROM touch WHERE touch_id < 't2'",
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        db_fixture_script(&world.store, world.store.db, changes[i]);
        assert_int_equal(miscounted(&world), 0);
    }
    /* ... in fewer rows than there were changes. */
    assert_true(db_fixture_int(&world.store, "SELECT COUNT(*) FROM touch_tally") <= 1010);
    close_world(&world);
}

#define ON_BOTH(check, name)                                                                       \
    static void test_outbox_##name##__sqlite(void **state)                                         \
    {                                                                                              \
        (void)state;                                                                               \
        check(false);                                                                              \
    }                                                                                              \
    static void test_outbox_##name##__postgres(void **state)                                       \
    {                                                                                              \
        (void)state;                                                                               \
        check(true);                                                                               \
    }
ON_BOTH(check_sent_is_final, sent_is_final)
ON_BOTH(check_planning_twice_is_harmless, planning_twice_is_harmless)
ON_BOTH(check_what_never_left_goes_again, what_never_left_goes_again)
ON_BOTH(check_doubt_is_asked_before_it_goes_again, doubt_is_asked_before_it_goes_again)
ON_BOTH(check_doubt_found_is_sent, doubt_found_is_sent)
ON_BOTH(check_nobody_knows_ends_unconfirmed, nobody_knows_ends_unconfirmed)
ON_BOTH(check_lost_lease_is_a_doubt, lost_lease_is_a_doubt)
ON_BOTH(check_callbacks_in_any_order, callbacks_in_any_order)
ON_BOTH(check_late_word_stops_a_second_send, late_word_stops_a_second_send)
ON_BOTH(check_cancel_leaves_what_has_begun, cancel_leaves_what_has_begun)
ON_BOTH(check_released_goes_now, released_goes_now)
ON_BOTH(check_ends_for_what_held_it_longest, ends_for_what_held_it_longest)
ON_BOTH(check_calls_and_tests_are_told_apart, calls_and_tests_are_told_apart)
ON_BOTH(check_what_ended_is_counted_along, what_ended_is_counted_along)

#define BOTH(name)                                                                                 \
    cmocka_unit_test(test_outbox_##name##__sqlite), cmocka_unit_test(test_outbox_##name##__postgres)

int main(void)
{
    const struct CMUnitTest tests[] = {BOTH(sent_is_final), BOTH(planning_twice_is_harmless),
        BOTH(what_never_left_goes_again), BOTH(doubt_is_asked_before_it_goes_again),
        BOTH(doubt_found_is_sent), BOTH(nobody_knows_ends_unconfirmed), BOTH(lost_lease_is_a_doubt),
        BOTH(callbacks_in_any_order), BOTH(late_word_stops_a_second_send),
        BOTH(cancel_leaves_what_has_begun), BOTH(released_goes_now),
        BOTH(ends_for_what_held_it_longest), BOTH(calls_and_tests_are_told_apart),
        BOTH(what_ended_is_counted_along)};
    return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
