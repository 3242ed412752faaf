/* audience_facts_test.c: what a condition reads once somebody has entered: messages and what came
 * back, the patient's own words, bookings since, and the event beside it; loaded from the store. */
#include "unit.h"

#include <string.h>

#include "audience_world.h"

#define DAYS(n) ((n)*MS_PER_DAY)

/* One patient, one enrollment that began ten days ago. */
struct visit_of_ana {
    struct world world;
    int64_t entered_ms;
    const char *enrollment;
    struct audience_facts *facts;
};

static void run(struct visit_of_ana *ana, const char *text, const struct db_arg *args, size_t count)
{
    struct tx tx = db_fixture_begin(&ana->world.store);
    put(&tx, text, args, count);
    db_fixture_commit(&tx);
}

#define RUN(ana, text, ...) run(ana, text, DB_ARGS(__VA_ARGS__))

static void begin(struct visit_of_ana *ana, bool postgres)
{
    open_empty_world(&ana->world, postgres);
    ana->entered_ms = ana->world.moment.now.ms - DAYS(10);
    ana->enrollment = "e1";
    RUN(ana,
        "INSERT INTO patient (practice_id, patient_id, external_id, household_id, created_ms,"
        " updated_ms) VALUES (1, 'ana', 'P1', 'h', :now, :now)",
        db_int("now", 1));
    RUN(ana,
        "INSERT INTO enrollment (practice_id, enrollment_id, patient_id, household_id, playbook,"
        " version, occurrence, arm, state, entered_ms, start_day, anchor_day, next_ms) VALUES (1,"
        " 'e1', 'ana', 'h', 'tox', 'v', 1, 'treat', 'active', :entered, 1, :anchor, 1)",
        db_int("entered", ana->entered_ms), db_int("anchor", ana->world.moment.today.n - 110));
}

static void end(struct visit_of_ana *ana)
{
    close_world(&ana->world);
}

static void touch(struct visit_of_ana *ana, const char *key, int64_t day, int64_t human_opens,
    int64_t machine_opens, int64_t clicks)
{
    int64_t sent = ana->entered_ms + DAYS(day);
    RUN(ana,
        "INSERT INTO touch (practice_id, touch_id, enrollment_id, patient_id, touch_key, kind,"
        " purpose, state, planned_ms, sent_ms, created_ms) VALUES (1, :key, 'e1', 'ana', :key,"
        " 'message', 'marketing', 'sent', :sent, :sent, 1)",
        db_text("key", key), db_int("sent", sent));
    RUN(ana,
        "INSERT INTO engagement (practice_id, touch_id, patient_id, enrollment_id, delivered_ms,"
        " human_opens, machine_opens, clicks) VALUES (1, :key, 'ana', 'e1', :sent, :human,"
        " :machine, :clicks)",
        db_text("key", key), db_int("sent", sent), db_int("human", human_opens),
        db_int("machine", machine_opens), db_int("clicks", clicks));
}

static void reply(struct visit_of_ana *ana, const char *id, int64_t at_ms, const char *reading)
{
    RUN(ana,
        "INSERT INTO inbound (practice_id, inbound_id, channel, provider_id, sender, body,"
        " received_ms, patient_id, reading) VALUES (1, :id, 'sms', :id, 'x', 'x', :at, 'ana',"
        " :reading)",
        db_text("id", id), db_int("at", at_ms), db_text("reading", reading));
}

static void appointment(struct visit_of_ana *ana, const char *id, const char *status,
    int64_t start_ms, int64_t first_seen_ms)
{
    RUN(ana,
        "INSERT INTO appointment (practice_id, appointment_id, patient_id, record_id, start_ms,"
        " local_day, category, status, row_hash, first_seen_ms, status_ms) VALUES (1, :id, 'ana',"
        " 'P1', :start, :day, 'neurotoxin', :status, '', :seen, :seen)",
        db_text("id", id), db_int("start", start_ms),
        db_int("day", zone_day(ana->world.practice.zone, (struct instant){start_ms}).n),
        db_text("status", status), db_int("seen", first_seen_ms));
}

static void load(struct visit_of_ana *ana)
{
    static const char *const IDS[] = {"ana"};
    static const int64_t DAY[] = {10};
    struct why why = {0};
    must(facts_load(&ana->world.scratch, ana->world.store.db, &ana->world.moment,
             ana->world.definitions, IDS, 1, &ana->facts, &why),
        &why);
    must(facts_load_enrollments(
             &ana->world.scratch, ana->world.store.db, ana->facts, &ana->enrollment, DAY, 1, &why),
        &why);
    facts_for_playbook(ana->facts, "tox", /*marketing=*/true, NULL, 0);
}

static void assert_truth(struct visit_of_ana *ana, enum truth truth, const char *text)
{
    struct why why = {0};
    const struct audience_expr *expression = NULL;
    struct yaml node = {.kind = YAML_SCALAR, .file = "p.yaml", .line = 1, .scalar = text};
    struct expression_context context = {SCOPE_EVENT, .definitions = ana->world.definitions};
    must(expression_parse(&ana->world.scratch, &node, &context, &expression, &why), &why);
    JSON_AUTO values = json_object();
    enum truth found = expression_trace(expression, ana->facts, values);
    if (found != truth)
        fail_msg(
            "%s is %s: %s", text, truth_name(found), json_text_of(&ana->world.scratch, values));
}

#define TRUE(ana, text) assert_truth(ana, TRUTH_TRUE, text)
#define FALSE(ana, text) assert_truth(ana, TRUTH_FALSE, text)
#define UNKNOWN(ana, text) assert_truth(ana, TRUTH_UNKNOWN, text)

static void test_facts_load__knows_what_came_back_of_each_touch(void **state)
{
    struct visit_of_ana ana;
    begin(&ana, *(bool *)*state);
    touch(&ana, "remind", 0, /*human=*/0, /*machine=*/3, /*clicks=*/0);
    touch(&ana, "nudge", 3, /*human=*/2, /*machine=*/0, /*clicks=*/0);
    touch(&ana, "limited", 7, /*human=*/0, /*machine=*/0, /*clicks=*/0);
    load(&ana);
    TRUE(&ana, "sent == 3 and delivered == 3 and human_opens == 2 and clicks == 0");
    TRUE(&ana, "opened(remind) and not opened(remind, human)");
    TRUE(&ana, "opened(nudge, human) and not clicked(nudge)");
    TRUE(&ana, "silent_touches == 1 and day >= 10");
    FALSE(&ana, "opened(limited)");
    TRUE(&ana, "warm and reached");
    UNKNOWN(&ana, "reply.label == pause");
    UNKNOWN(&ana, "thread.closed");
    end(&ana);
}

static void test_facts_load__counts_a_click_as_opened(void **state)
{
    struct visit_of_ana ana;
    begin(&ana, *(bool *)*state);
    touch(&ana, "remind", 0, /*human=*/0, /*machine=*/0, /*clicks=*/1);
    load(&ana);
    TRUE(&ana, "opened(remind, human) and clicked(remind)");
    TRUE(&ana, "silent_touches == 0");
    end(&ana);
}

static void test_facts_load__reads_the_newest_reply_since_entering(void **state)
{
    struct visit_of_ana ana;
    begin(&ana, *(bool *)*state);
    touch(&ana, "remind", 0, 0, 0, 0);
    reply(&ana, "old", ana.entered_ms - DAYS(30), "{\"labels\":[\"pause\"],\"route\":\"close\"}");
    load(&ana);
    UNKNOWN(&ana, "reply.label == pause"); /* said before this enrollment */
    FALSE(&ana, "replies >= 1");
    reply(&ana, "new", ana.entered_ms + DAYS(2),
        "{\"labels\":[\"price\",\"availability\"],\"route\":\"auto_reply\"}");
    RUN(&ana,
        "INSERT INTO thread (practice_id, thread_id, patient_id, address, state, opened_ms,"
        " last_in_ms, closed_ms) VALUES (1, 't', 'ana', 'x', 'closed', 1, :at, :at)",
        db_int("at", ana.entered_ms + DAYS(3)));
    load(&ana);
    TRUE(&ana, "reply.label in [availability, book_yes] and reply.label == price");
    TRUE(&ana, "reply.route == auto_reply and replies == 1 and silent_touches == 0");
    TRUE(&ana, "thread.closed and not booked and days_since(reply) >= 7d");
    FALSE(&ana, "days_since(reply) >= 9d");
    TRUE(&ana, "strong and replied_not_booked");
    end(&ana);
}

static void test_facts_load__takes_a_reading_that_is_no_json_for_none(void **state)
{
    struct visit_of_ana ana;
    begin(&ana, *(bool *)*state);
    reply(&ana, "r", ana.entered_ms + 1, "{\"labels\": [");
    load(&ana);
    UNKNOWN(&ana, "reply.label == pause");
    UNKNOWN(&ana, "reply.route in [close]");
    TRUE(&ana, "replies == 1");
    end(&ana);
}

static void test_booked__counts_what_happened_since_entering(void **state)
{
    static const struct {
        const char *status;
        int64_t start_days, seen_days; /* from entry */
        enum truth booked, future;
    } CASES[] = {
        {"booked", 20, 1, TRUTH_TRUE, TRUTH_TRUE}, {"cancelled", 20, 1, TRUTH_FALSE, TRUTH_FALSE},
        {"completed", 3, 3, TRUTH_TRUE, TRUTH_FALSE},     /* walked in */
        {"no_show", 3, 1, TRUTH_FALSE, TRUTH_FALSE},      /* booked, and did not come */
        {"completed", -2, 1, TRUTH_TRUE, TRUTH_FALSE},    /* learnt of late: newer than the clock */
        {"completed", -2, -2, TRUTH_FALSE, TRUTH_FALSE},  /* known at entry */
        {"completed", -400, 1, TRUTH_FALSE, TRUTH_FALSE}, /* an old export */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct visit_of_ana ana;
        begin(&ana, *(bool *)*state);
        appointment(&ana, "a", CASES[i].status, ana.entered_ms + DAYS(CASES[i].start_days),
            ana.entered_ms + DAYS(CASES[i].seen_days));
        load(&ana);
        assert_truth(&ana, CASES[i].booked, "booked(any)");
        assert_truth(&ana, CASES[i].booked, "booked(neurotoxin)");
        assert_truth(&ana, CASES[i].future, "booked(any, future)");
        FALSE(&ana, "booked(filler)");
        end(&ana);
    }
}

static void contact(struct visit_of_ana *ana, const char *channel, int64_t refused_ms)
{
    RUN(ana,
        "INSERT INTO contact_point (practice_id, patient_id, channel, address, source, created_ms)"
        " VALUES (1, 'ana', :channel, :channel, 'x', 1)",
        db_text("channel", channel));
    if (refused_ms)
        RUN(ana,
            "INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address,"
            " source, created_ms) VALUES (1, :channel, :channel, 'marketing', 'opt_out', :channel,"
            " 'sms', :at)",
            db_text("channel", channel), db_int("at", refused_ms));
}

static void test_opt_out__any_is_since_entering_and_all_is_everything(void **state)
{
    struct visit_of_ana ana;
    begin(&ana, *(bool *)*state);
    contact(&ana, "email", ana.entered_ms - DAYS(90));
    contact(&ana, "sms", 0);
    load(&ana);
    FALSE(&ana, "opt_out(any) or opt_out(all)");
    contact(&ana, "voice", ana.entered_ms + DAYS(1));
    load(&ana);
    TRUE(&ana, "opt_out(any) and not opt_out(all) and reachable(sms) and not reachable(email)");
    end(&ana);
}

static void contact_kept_another(struct visit_of_ana *ana, const char *channel, int64_t refused_ms)
{
    contact(ana, channel, refused_ms);
    RUN(ana, "UPDATE suppression SET one_channel = 1 WHERE channel = :channel",
        db_text("channel", channel));
}

static void test_opt_out__of_one_channel_ends_nothing_until_none_is_left(void **state)
{
    struct visit_of_ana ana;
    begin(&ana, *(bool *)*state);
    contact(&ana, "sms", 0);
    contact_kept_another(&ana, "email", ana.entered_ms + DAYS(1));
    load(&ana);
    FALSE(&ana, "opt_out(any) or opt_out(all)");
    TRUE(&ana, "reachable(sms) and not reachable(email)");
    RUN(&ana,
        "INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address,"
        " source, created_ms, one_channel) VALUES (1, 'sms', 'sms', 'all', 'opt_out', 'sms',"
        " 'sms', :at, 1)",
        db_int("at", ana.entered_ms + DAYS(2)));
    load(&ana);
    TRUE(&ana, "opt_out(any) and opt_out(all)");
    end(&ana);
}

static void test_opt_out__of_the_rest_counts_from_when_it_was_said(void **state)
{
    struct visit_of_ana ana;
    begin(&ana, *(bool *)*state);
    contact(&ana, "sms", 0);
    contact_kept_another(&ana, "email", ana.entered_ms - DAYS(9));
    load(&ana);
    FALSE(&ana, "opt_out(any)");
    RUN(&ana, "UPDATE suppression SET one_channel = 0, widened_ms = :at WHERE channel = 'email'",
        db_int("at", ana.entered_ms + DAYS(1)));
    load(&ana);
    TRUE(&ana, "opt_out(any) and not opt_out(all)");
    end(&ana);
}

static void test_facts_for_event__gives_the_event_its_fields(void **state)
{
    struct visit_of_ana ana;
    begin(&ana, *(bool *)*state);
    appointment(&ana, "missed", "no_show", ana.entered_ms + DAYS(4), ana.entered_ms);
    load(&ana);
    UNKNOWN(&ana, "event.program == 'weight'");
    JSON_AUTO event = json_pack("{s:s}", "program", "weight");
    facts_for_event(ana.facts, event, (struct instant){ana.entered_ms + DAYS(4)});
    TRUE(&ana, "event.program == 'weight'");
    UNKNOWN(&ana, "event.status == 'x'");
    FALSE(&ana, "booked_since(event)");
    appointment(&ana, "again", "booked", ana.entered_ms + DAYS(20), ana.entered_ms + DAYS(5));
    load(&ana);
    facts_for_event(ana.facts, event, (struct instant){ana.entered_ms + DAYS(4)});
    TRUE(&ana, "booked_since(event) and booked_since(appointment.no_show)");
    end(&ana);
}

/* ---- the days around the window, at midnight ---- */

static const char *reason_at(struct visit_of_ana *ana, const struct audience_entry *entry,
    struct day day, int minute, const char **ret_detail)
{
    static const char *const IDS[] = {"ana"};
    struct why why = {0};
    struct audience_facts *facts = NULL;
    struct audience_row row;
    struct instant now = zone_at(ana->world.practice.zone, day, minute);
    struct audience_moment moment = audience_moment_at(&ana->world.practice, now);
    must(facts_load(&ana->world.scratch, ana->world.store.db, &moment, ana->world.definitions, IDS,
             1, &facts, &why),
        &why);
    audience_judge_entry(
        &ana->world.scratch, entry, facts, (struct day){DAY_NONE}, &row, /*ret_steps=*/NULL);
    *ret_detail = row.detail;
    struct audience_scan scan;
    must(audience_scan(&ana->world.scratch, entry, &moment, AUDIENCE_ENTRANTS,
             (struct day){DAY_NONE}, &scan, &why),
        &why);
    DB_ROWS struct db_rows *rows = NULL;
    must(db_query(ana->world.store.db, &scan.sql, scan.args, scan.arg_count, &rows, &why), &why);
    bool inside = row.reason != ENTRY_NOT_DUE_YET && row.reason != ENTRY_WINDOW_PASSED;
    assert_int_equal(db_next(rows), inside);
    must(db_end(&rows, &why), &why);
    return entry_reason_name(row.reason);
}

static void test_audience_judge_entry__opens_on_day_100_and_closes_after_180(void **state)
{
    struct visit_of_ana ana;
    const char *detail;
    begin(&ana, *(bool *)*state);
    struct day visit = day_of(2025, 11, 20);
    RUN(&ana, "UPDATE patient SET birth_day = 0, last_visit_day = :day, visits = 1",
        db_int("day", visit.n));
    RUN(&ana, "DELETE FROM enrollment WHERE practice_id = :one", db_int("one", 1));
    RUN(&ana,
        "INSERT INTO clock (practice_id, service, patient_id, last_day, due_day, visits) VALUES"
        " (1, 'neurotoxin', 'ana', :day, :day, 1)",
        db_int("day", visit.n));
    const struct audience_entry entry = {.playbook = "tox",
        .marketing = true,
        .kind = ENTRY_BY_CLOCK,
        .crosses = CLOCK_DUE,
        .close_after = CLOCK_LOST,
        .service = definitions_service(ana.world.definitions, "neurotoxin")};
    static const struct {
        int days, minute;
        const char *reason;
    } CASES[] = {{99, 0, "not_due_yet"}, {99, 24 * 60 - 1, "not_due_yet"}, {100, 0, "enter"},
        {100, 24 * 60 - 1, "enter"}, {180, 24 * 60 - 1, "enter"}, {181, 0, "window_passed"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_string_equal(reason_at(&ana, &entry, (struct day){visit.n + CASES[i].days},
                                CASES[i].minute, &detail),
            CASES[i].reason);
    (void)reason_at(&ana, &entry, (struct day){visit.n + 99}, 0, &detail);
    assert_string_equal(detail, "day 99 of neurotoxin, last visit 2025-11-20, due 2026-02-28");
    end(&ana);
}

int main(void)
{
    static const struct db_test TESTS[] = {
        DB_TEST(test_facts_load__knows_what_came_back_of_each_touch),
        DB_TEST(test_facts_load__counts_a_click_as_opened),
        DB_TEST(test_facts_load__reads_the_newest_reply_since_entering),
        DB_TEST(test_facts_load__takes_a_reading_that_is_no_json_for_none),
        DB_TEST(test_booked__counts_what_happened_since_entering),
        DB_TEST(test_opt_out__any_is_since_entering_and_all_is_everything),
        DB_TEST(test_opt_out__of_one_channel_ends_nothing_until_none_is_left),
        DB_TEST(test_opt_out__of_the_rest_counts_from_when_it_was_said),
        DB_TEST(test_facts_for_event__gives_the_event_its_fields),
        DB_TEST(test_audience_judge_entry__opens_on_day_100_and_closes_after_180),
    };
    struct CMUnitTest both[2 * sizeof TESTS / sizeof TESTS[0]];
    size_t count = db_fixture_tests(TESTS, sizeof TESTS / sizeof TESTS[0], both);
    return _cmocka_run_group_tests("audience_facts", both, count, NULL, NULL);
}
