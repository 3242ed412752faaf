/* waitlist_test.c: a time that became free goes to one patient at a time, whom it helps most. */
#include "unit.h"

#include "base/json.h"
#include "base/text.h"
#include "engine/booking.h"
#include "engine/engine_int.h"
#include "engine/explain.h"
#include "engine/waitlist.h"
#include "http_fixture.h"

/* Two free times within the horizon: Thursday 8 January, 10:00 and 10:30. */
static const char schedules[] = "notice: 2h\n"
                                "horizon: 10d\n"
                                "step: 30m\n"
                                "locations: {Main: {hours: {thu: \"10:00-11:00\"}}}\n"
                                "services: {neurotoxin: {duration: 30m}}\n"
                                "providers: {Dr. Chen: {hours: {thu: \"10:00-11:00\"}}}\n";

static const struct booking what = {0, SCHEDULE_NOBODY, SCHEDULE_NOBODY, 0};

struct world {
    struct http_fixture t;
    struct engine *engine;
};

static void begin(struct world *world, struct tx *tx)
{
    struct why why = {0};
    must(engine_begin(world->engine, world->t.now, tx, &why), &why);
}

static void script(struct world *world, const char *text)
{
    struct why why = {0};
    DB_TX struct tx tx = {0};
    begin(world, &tx);
    must(db_script(&tx, text, &why), &why);
    must(db_commit(&tx, &why), &why);
}

/* Both times are somebody's: nothing is free. */
static void open_world(struct world *world, const char *full[2])
{
    struct why why = {0};
    http_fixture_open(&world->t);
    http_fixture_write(&world->t, "schedules.yaml", schedules);
    http_fixture_write(&world->t, "perennial.yaml",
        arena_format(&world->t.arena, "%sauto_answers: [availability]\n", http_fixture_settings));
    must(http_desk_reload(&world->t.desk, &why), &why);
    world->engine = world->t.desk.engine;
    script(world,
        "INSERT INTO patient (practice_id, patient_id, external_id, first_name, last_name,"
        " language, household_id, updated_ms, created_ms) VALUES"
        " (1, 'd', 'P4', 'Dora', 'Kay', 'en', 'd', 1, 1),"
        " (1, 'e', 'P5', 'Eve', 'Orr', 'es', 'e', 1, 1);"
        "INSERT INTO contact_point (practice_id, patient_id, channel, address, source, created_ms)"
        " VALUES (1, 'd', 'sms', '+15125550104', 'mobile', 1);"
        "INSERT INTO consent (practice_id, consent_id, patient_id, channel, purpose, class, source,"
        " recorded_ms) VALUES (1, 'k3', 'c', 'sms', 'marketing', 'written', 'import:x', 1),"
        " (1, 'k4', 'd', 'sms', 'marketing', 'written', 'import:x', 1);"
        "UPDATE patient SET birth_day = '1980-01-01' WHERE practice_id = 1");
    for (int i = 0; i < 2; i++) {
        DB_TX struct tx tx = {0};
        struct slot *slots;
        size_t count;
        struct opening opening;
        begin(world, &tx);
        must(engine_find_times(
                 world->engine, &world->t.arena, &what, world->t.now, 0, &slots, &count, &why),
            &why);
        const struct opening_choice choice = {.patient_id = i ? "b" : "a",
            .slot = slots[0],
            .source = "desk",
            .hold_ms = 3 * MS_PER_DAY};
        must(engine_hold_time(world->engine, &world->t.arena, &tx, &choice, &opening, &why), &why);
        full[i] = opening.opening_id;
        must(db_commit(&tx, &why), &why);
    }
}

static void join(struct world *world, const char *patient_id)
{
    struct why why = {0};
    struct id wait;
    DB_TX struct tx tx = {0};
    const struct waiting waiting = {.patient_id = patient_id, .source = "desk"};
    begin(world, &tx);
    must(engine_join_waitlist(world->engine, &tx, &what, &waiting, &wait, &why), &why);
    must(db_commit(&tx, &why), &why);
    world->t.now.ms += MS_PER_MINUTE;
}

static void let_go(struct world *world, const char *opening_id)
{
    struct why why = {0};
    bool changed;
    DB_TX struct tx tx = {0};
    begin(world, &tx);
    must(opening_let_go(&tx, opening_id, "test", &changed, &why), &why);
    must(db_commit(&tx, &why), &why);
}

static void serve(struct world *world)
{
    struct why why = {0};
    must(engine__sweep_openings(world->engine, world->t.now, &why), &why);
    must(engine__serve_waitlist(world->engine, world->t.now, &why), &why);
}

static int64_t count_rows(struct world *world, const char *table, const char *where)
{
    return http_fixture_int(
        &world->t, arena_format(&world->t.arena, "SELECT count(*) FROM %s WHERE %s", table, where));
}

static void test_waitlist_serve__names_one_patient_at_a_time(void **state)
{
    (void)state;
    struct world world;
    const char *full[2];
    open_world(&world, full);
    join(&world, "c");
    join(&world, "d");
    serve(&world);
    assert_int_equal(count_rows(&world, "waitlist", "state = 'named'"), 0);
    let_go(&world, full[0]);
    serve(&world);
    serve(&world);
    assert_int_equal(count_rows(&world, "waitlist", "state = 'named'"), 1);
    assert_int_equal(count_rows(&world, "waitlist", "state = 'named' AND patient_id = 'c'"), 1);
    assert_int_equal(count_rows(&world, "touch",
                         "touch_key = 'waitlist' AND patient_id = 'c' AND body LIKE"
                         " '%Free now: Thu Jan 8, 10:00 am with Dr. Chen. Reply YES by%'"),
        1);
    /* Nobody answers: the next one's turn, and never the first one's with that time again. */
    world.t.now.ms += ENGINE_WAITLIST_MS;
    serve(&world);
    serve(&world);
    assert_int_equal(count_rows(&world, "waitlist", "state = 'named' AND patient_id = 'd'"), 1);
    assert_int_equal(
        count_rows(&world, "waitlist", "state = 'waiting' AND patient_id = 'c' AND passes = 1"), 1);
    world.t.now.ms += ENGINE_WAITLIST_MS;
    serve(&world);
    serve(&world);
    assert_int_equal(count_rows(&world, "waitlist", "state = 'named'"), 0);
    assert_int_equal(count_rows(&world, "opening", "state = 'held' AND source = 'waitlist'"), 0);
    http_fixture_close(&world.t);
}

static void test_waitlist_serve__helps_most_whose_visit_moves_most(void **state)
{
    (void)state;
    struct world world;
    const char *full[2];
    open_world(&world, full);
    join(&world, "c");
    join(&world, "d");
    /* Cleo has a visit a day and a half later; Dora has none. */
    script(&world,
        "INSERT INTO appointment (practice_id, appointment_id, patient_id, record_id, start_ms,"
        " end_ms, local_day, status, category, row_hash, first_seen_ms, status_ms) VALUES"
        " (1, 'A1', 'c', 'r', 1767880800000 + 129600000, 1767880800000 + 131400000, 20462,"
        " 'booked', 'neurotoxin', 'x', 1, 1)");
    let_go(&world, full[0]);
    serve(&world);
    assert_int_equal(count_rows(&world, "waitlist", "state = 'named' AND patient_id = 'd'"), 1);
    assert_int_equal(
        count_rows(&world, "audit", "action = 'waitlist.named' AND detail LIKE '%\"among\":2%'"),
        1);
    http_fixture_close(&world.t);
}

/* As if the message had left. */
static void send_now(struct world *world, const char *key)
{
    script(world,
        arena_format(&world->t.arena,
            "UPDATE touch SET state = 'sent', sent_ms = %lld, ended_ms = %lld, next_ms = NULL"
            " WHERE touch_key = '%s' AND state = 'due'",
            (long long)world->t.now.ms, (long long)world->t.now.ms, key));
    world->t.now.ms += MS_PER_MINUTE;
}

static void receive(struct world *world, const char *text)
{
    struct why why = {0};
    bool is_new;
    const struct inbox_message message = {.channel = "sms",
        .sender = "+15125550103",
        .recipient = "+15125550111",
        .body = text,
        .received = world->t.now};
    arena_reset(&world->engine->tick);
    must(engine_receive(world->engine, &message, world->t.now, &is_new, &why), &why);
    world->t.now.ms += MS_PER_MINUTE;
}

static void test_waitlist_reply__yes_books_and_no_passes_it_on(void **state)
{
    (void)state;
    struct world world;
    const char *full[2];
    open_world(&world, full);
    script(&world,
        "INSERT INTO patient_record (practice_id, record_id, patient_id, ordinal, fields,"
        " row_hash, file, first_seen_ms, changed_ms) VALUES"
        " (1, 'P3', 'c', 3, '{}', 'x', 'f', 1, 1)");
    receive(&world, "can you put me on the waitlist please?");
    assert_int_equal(count_rows(&world, "waitlist", "state = 'waiting' AND patient_id = 'c'"), 1);
    assert_int_equal(count_rows(&world, "touch", "body LIKE '%You are on our list%'"), 1);
    send_now(&world, ENGINE_TIMES_KEY);
    let_go(&world, full[0]);
    serve(&world);
    send_now(&world, ENGINE_WAITLIST_KEY);
    receive(&world, "no thanks");
    assert_int_equal(count_rows(&world, "waitlist", "state = 'named' AND patient_id = 'c'"), 1);
    serve(&world);
    assert_int_equal(
        count_rows(&world, "waitlist", "state = 'waiting' AND patient_id = 'c' AND passes = 1"), 1);
    assert_int_equal(count_rows(&world, "patient", "paused_until_day IS NOT NULL"), 0);
    assert_int_equal(count_rows(&world, "task", "state = 'open'"), 0);
    let_go(&world, full[1]);
    serve(&world);
    send_now(&world, ENGINE_WAITLIST_KEY);
    receive(&world, "YES");
    assert_int_equal(count_rows(&world, "waitlist", "state = 'booked' AND patient_id = 'c'"), 1);
    assert_int_equal(count_rows(&world, "opening", "state = 'booked' AND patient_id = 'c'"), 1);
    assert_int_equal(count_rows(&world, "task", "kind = 'book_visit' AND state = 'open'"), 1);
    assert_int_equal(count_rows(&world, "touch", "body LIKE '%You are booked: Thu Jan 8%'"), 1);
    http_fixture_close(&world.t);
}

static bool tells_of_a_pause(struct world *world, struct instant at)
{
    struct why why = {0};
    JSON_AUTO told = NULL;
    bool found = false;
    size_t i;
    json_t *step;
    must(explain_waitlist(&world->t.arena, world->engine, "c", at, &told, &why), &why);
    json_array_foreach(json_object_get(told, "steps"), i, step) found =
        found || text_is(json_string_value(json_object_get(step, "rule")), "sending");
    return found;
}

static void test_waitlist_explain__knows_no_pause_that_began_later(void **state)
{
    (void)state;
    struct world world;
    const char *full[2];
    open_world(&world, full);
    join(&world, "c");
    const struct instant later = instant_add_ms(world.t.now, MS_PER_DAY);
    struct why why = {0};
    DB_TX struct tx tx = {0};
    must(engine_begin(world.engine, later, &tx, &why), &why);
    must(playbook_pause_practice(&tx, &why), &why);
    must(db_commit(&tx, &why), &why);
    assert_false(tells_of_a_pause(&world, world.t.now));
    assert_true(tells_of_a_pause(&world, later));
    http_fixture_close(&world.t);
}

static void test_waitlist_serve__has_the_desk_call_who_cannot_be_texted(void **state)
{
    (void)state;
    struct world world;
    const char *full[2];
    open_world(&world, full);
    join(&world, "e");
    let_go(&world, full[0]);
    serve(&world);
    assert_int_equal(count_rows(&world, "waitlist", "state = 'named' AND patient_id = 'e'"), 1);
    assert_int_equal(count_rows(&world, "task", "kind = 'waitlist_call' AND state = 'open'"), 1);
    assert_int_equal(count_rows(&world, "touch", "touch_key = 'waitlist'"), 0);
    http_fixture_close(&world.t);
}

/* What stands beside the asking is a wish as anywhere; that it should be earlier, everybody wants.
 */
static void test_waitlist_asked__leaves_the_wish(void **state)
{
    static const char *const texts[][2] = {
        {"can you put me on the waitlist for anything earlier than saturday",
            "want 2026-11-23..2026-11-27"},
        {"put me on the waitlist for something sooner than december 5",
            "want 2026-11-23..2026-12-04"},
        {"put me on the waitlist for saturdays in december", "want 2026-12-01..2026-12-31 sat"},
        {"póngame en la lista de espera para algo antes del sábado", "want 2026-11-23..2026-11-27"},
        {"put me on the waitlist for anything earlier than my appointment", "unsure"},
        {"put me on the waitlist for anything earlier", "want any"}};
    (void)state;
    struct world world;
    const char *full[2];
    open_world(&world, full);
    const struct schedule *schedule = world.engine->home->schedule;
    struct instant now;
    struct why why = {0};
    must(instant_parse("2026-11-23T12:00:00-06:00", &now, &why), &why);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *rest = NULL;
        assert_true(waitlist_asked(&world.t.arena, texts[i][0], &rest));
        const struct choice wish = engine_read_wish(schedule, rest, now);
        assert_string_equal(choice_text(&world.t.arena, &wish, schedule), texts[i][1]);
    }
    http_fixture_close(&world.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waitlist_serve__names_one_patient_at_a_time),
        cmocka_unit_test(test_waitlist_serve__helps_most_whose_visit_moves_most),
        cmocka_unit_test(test_waitlist_reply__yes_books_and_no_passes_it_on),
        cmocka_unit_test(test_waitlist_explain__knows_no_pause_that_began_later),
        cmocka_unit_test(test_waitlist_asked__leaves_the_wish),
        cmocka_unit_test(test_waitlist_serve__has_the_desk_call_who_cannot_be_texted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
