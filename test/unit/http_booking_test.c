/* http_booking_test.c: from a text to a visit in two taps; what the desk and the booking system
 * make of it. */
#include "unit.h"

#include "base/buf.h"
#include "engine/booking.h"
#include "http_fixture.h"
#include "opening/calendar.h"

static const char schedules[] =
    "notice: 2h\n"
    "horizon: 14d\n"
    "step: 30m\n"
    "locations: {Main: {hours: {mon-fri: \"09:00-12:00, 13:00-17:00\"}}}\n"
    "services: {neurotoxin: {duration: 30m}}\n"
    "providers: {Dr. Chen: {hours: {mon-fri: \"09:00-17:00\"}}}\n";

static void open_practice(struct http_fixture *t)
{
    struct why why = {0};
    struct tx tx = {0};
    http_fixture_open(t);
    http_fixture_write(t, "schedules.yaml", schedules);
    must(http_desk_reload(&t->desk, &why), &why);
    must(db_begin(t->desk.db, t->now, "test", 1, &t->desk.engine->ids, &tx, &why), &why);
    must(db_script(&tx,
             "INSERT INTO patient_record (practice_id, record_id, patient_id, ordinal, fields,"
             " row_hash, file, first_seen_ms, changed_ms) VALUES"
             " (1, 'P1', 'a', 1, '{}', 'x', 'f', 1, 1), (1, 'P2', 'b', 2, '{}', 'x', 'f', 1, 1);",
             &why),
        &why);
    must(db_commit(&tx, &why), &why);
}

/* The value of the n-th button of that name, encoded for a form. */
static const char *button(
    struct http_fixture *t, const struct http_answer *answer, const char *name, int n)
{
    const char *mark = arena_format(&t->arena, "<button name=\"%s\" value=\"", name);
    const char *at = answer->body;
    for (int i = 0; at && i <= n; i++) {
        at = strstr(at, mark);
        at = at ? at + strlen(mark) : NULL;
    }
    if (!at)
        return NULL;
    char *value = arena_text_n(&t->arena, at, strcspn(at, "\""));
    for (char *c = value; *c; c++)
        *c = *c == ' ' ? '+' : *c;
    return arena_format(&t->arena, "%s=%s", name, value);
}

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

static int64_t count_rows(struct http_fixture *t, const char *table, const char *where)
{
    return http_fixture_int(
        t, arena_format(&t->arena, "SELECT count(*) FROM %s WHERE %s", table, where));
}

static void test_book__takes_two_taps(void **state)
{
    (void)state;
    struct http_fixture t;
    open_practice(&t);
    const char *link = http_fixture_link(&t, "b", "tx1");
    struct http_answer page = http_fixture_get(&t, link);
    assert_int_equal(page.status, 200);
    assert_int_equal(count_of(page.body, "<button name=\"time\""), 3);
    assert_non_null(strstr(page.body, "Thursday, January 1, 1:00 pm with Dr. Chen"));
    assert_null(strstr(page.body, "Ana"));
    assert_null(strstr(page.body, "neurotoxin"));
    assert_null(strstr(page.body, "<script"));
    assert_int_equal(count_rows(&t, "opening", "1 = 1"), 0); /* a look books nothing */

    struct http_answer held = http_fixture_post(&t, link, button(&t, &page, "time", 0));
    assert_int_equal(held.status, 200);
    assert_non_null(strstr(held.body, "until 10:10 am"));
    assert_int_equal(count_rows(&t, "opening", "state = 'held'"), 1);
    assert_int_equal(count_rows(&t, "appointment", "1 = 1"), 0);

    struct http_answer again = http_fixture_get(&t, link);
    assert_non_null(strstr(again.body, "Confirm this time"));

    const char *confirm = button(&t, &held, "confirm", 0);
    struct http_answer booked = http_fixture_post(&t, link, confirm);
    assert_int_equal(booked.status, 200);
    assert_non_null(strstr(booked.body, "You are booked."));
    assert_int_equal(count_rows(&t, "opening", "state = 'booked'"), 1);
    assert_int_equal(count_rows(&t, "appointment",
                         "status = 'booked' AND patient_id = 'a' AND category = 'neurotoxin'"),
        1);
    assert_int_equal(count_rows(&t, "task", "kind = 'book_visit' AND state = 'open'"), 1);
    assert_int_equal(
        count_rows(&t, "task", "title = 'Enter the booking of Ana Lee in the booking system'"), 1);
    booked = http_fixture_post(&t, link, confirm); /* a finger that slips */
    assert_non_null(strstr(booked.body, "You are booked."));
    assert_int_equal(count_rows(&t, "appointment", "1 = 1"), 1);
    assert_int_equal(count_rows(&t, "task", "1 = 1"), 1);
    http_fixture_close(&t);
}

static void test_book__gives_one_time_to_one_patient(void **state)
{
    (void)state;
    struct http_fixture t;
    open_practice(&t);
    const char *ana = http_fixture_link(&t, "b", "tx1"), *bea = http_fixture_link(&t, "b", "ml2");
    struct http_answer page = http_fixture_get(&t, bea);
    assert_non_null(strstr(page.body, "jueves 1 de enero, 1:00 pm con Dr. Chen"));
    struct http_answer answer = http_fixture_post(&t, ana, button(&t, &page, "time", 0));
    const char *confirm = button(&t, &answer, "confirm", 0);
    assert_non_null(confirm);
    answer = http_fixture_post(&t, bea, button(&t, &page, "time", 0));
    assert_non_null(strstr(answer.body, "Alguien acaba de tomar esa hora."));
    assert_null(strstr(answer.body, "enero, 1:00 pm"));
    /* Nobody confirms, or lets go of, what another holds. */
    answer = http_fixture_post(&t, bea, confirm);
    assert_non_null(strstr(answer.body, "ya no estaba guardada"));
    (void)http_fixture_post(&t, bea, arena_format(&t.arena, "other%s", strchr(confirm, '=')));
    assert_int_equal(count_rows(&t, "opening", "state = 'held' AND patient_id = 'a'"), 1);
    /* Ten minutes later the time is free again. */
    t.now.ms += 10 * MS_PER_MINUTE;
    answer = http_fixture_post(&t, ana, confirm);
    assert_non_null(strstr(answer.body, "no longer kept for you"));
    answer = http_fixture_get(&t, bea);
    assert_non_null(strstr(answer.body, "enero, 1:00 pm"));
    http_fixture_close(&t);
}

static void test_book__lets_choose_again_and_shows_all(void **state)
{
    (void)state;
    struct http_fixture t;
    open_practice(&t);
    const char *link = http_fixture_link(&t, "b", "tx1");
    struct http_answer all = http_fixture_get(&t, arena_format(&t.arena, "%s?all", link));
    assert_int_equal(count_of(all.body, "<button name=\"time\""), 40);
    struct http_answer held = http_fixture_post(&t, link, button(&t, &all, "time", 7));
    struct http_answer other = http_fixture_post(&t, link, button(&t, &held, "other", 0));
    assert_int_equal(count_of(other.body, "<button name=\"time\""), 3);
    assert_int_equal(count_rows(&t, "opening", "state = 'released'"), 1);
    assert_int_equal(http_fixture_post(&t, link, "time=yesterday").status, 400);
    assert_int_equal(
        http_fixture_post(&t, link, "time=99999999999999999999+drchen+main").status, 400);
    assert_int_equal(http_fixture_post(&t, link, "do=stop_all").status, 400);
    /* A time that was never offered. */
    struct http_answer forged = http_fixture_post(&t, link, "time=1767283200001+drchen+main");
    assert_non_null(strstr(forged.body, "Somebody has just taken that time."));
    http_fixture_close(&t);
}

static void test_book__is_not_for_a_minor(void **state)
{
    (void)state;
    struct http_fixture t;
    struct why why = {0};
    struct tx tx = {0};
    open_practice(&t);
    const char *link = http_fixture_link(&t, "b", "tx1");
    struct http_answer page = http_fixture_get(&t, link);
    struct http_answer held = http_fixture_post(&t, link, button(&t, &page, "time", 0));
    const char *confirm = button(&t, &held, "confirm", 0);
    must(db_begin(t.desk.db, t.now, "test", 1, &t.desk.engine->ids, &tx, &why), &why);
    must(
        db_script(&tx, "UPDATE patient SET birth_day = 14000 WHERE patient_id = 'a';", &why), &why);
    must(db_commit(&tx, &why), &why);
    struct http_answer late = http_fixture_post(&t, link, confirm);
    page = http_fixture_get(&t, link);
    assert_int_equal(late.status, 200);
    assert_non_null(strstr(page.body, "Please call us"));
    assert_null(strstr(page.body, "<button"));
    assert_int_equal(count_rows(&t, "opening", "state = 'booked'"), 0);
    assert_int_equal(count_rows(&t, "appointment", "1 = 1"), 0);
    http_fixture_close(&t);
}

static void test_book__without_schedules_leads_to_the_booking_system(void **state)
{
    (void)state;
    struct http_fixture t;
    struct why why = {0};
    open_practice(&t);
    const char *link = http_fixture_link(&t, "b", "tx1");
    http_fixture_write(&t, "schedules.yaml",
        "locations: {Main: {hours: {mon: closed}}}\n"
        "services: {neurotoxin: {duration: 30m}}\n"
        "providers: {Dr. Chen: {hours: {mon: closed}}}\n");
    must(http_desk_reload(&t.desk, &why), &why);
    assert_int_equal(http_fixture_get(&t, link).status, 302); /* nothing is free */
    http_fixture_write(&t, "schedules.yaml", "locations: {}\n");
    assert_int_equal(http_desk_reload(&t.desk, &why), ERR_INPUT);
    assert_non_null(strstr(why.place, "schedules.yaml:1:"));
    http_fixture_close(&t);
}

/* Books for Ana and returns the opening's id. */
static const char *book(struct http_fixture *t)
{
    const char *link = http_fixture_link(t, "b", "tx1");
    struct http_answer page = http_fixture_get(t, link);
    page = http_fixture_post(t, link, button(t, &page, "time", 0));
    const char *confirm = button(t, &page, "confirm", 0);
    (void)http_fixture_post(t, link, confirm);
    return strchr(confirm, '=') + 1;
}

static void test_visit_file__is_a_calendar_of_the_booked_visit(void **state)
{
    (void)state;
    struct http_fixture t;
    open_practice(&t);
    const char *opening_id = book(&t);
    struct http_answer file = http_fixture_get(&t, http_fixture_link(&t, "v", opening_id));
    assert_int_equal(file.status, 200);
    assert_string_equal(file.content_type, "text/calendar; charset=utf-8; method=PUBLISH");
    assert_non_null(strstr(file.body, "\r\nDTSTART:20260101T190000Z\r\n"));
    assert_non_null(strstr(file.body, "\r\nDTEND:20260101T193000Z\r\n"));
    assert_non_null(strstr(file.body, "\r\nDTSTAMP:20260101T160000Z\r\n"));
    assert_non_null(strstr(file.body, "SUMMARY;LANGUAGE=en:Visit at Lumen <Med> & Spa\r\n"));
    assert_null(strstr(file.body, "neurotoxin"));
    assert_int_equal(http_fixture_get(&t, http_fixture_link(&t, "v", "nothing")).status, 404);
    assert_int_equal(
        http_fixture_get(&t, arena_format(&t.arena, "/p/v/%s.forged", opening_id)).status, 404);
    http_fixture_close(&t);
}

static struct task book_task(struct http_fixture *t)
{
    struct task *tasks;
    size_t count;
    struct why why = {0};
    must(
        inbox_read_tasks(&t->arena, t->desk.db, 1, "a", false, t->now, &tasks, &count, &why), &why);
    assert_int_equal(count, 1);
    return tasks[0];
}

static void test_booking__that_cannot_be_entered_frees_its_time(void **state)
{
    (void)state;
    struct http_fixture t;
    struct why why = {0};
    struct tx tx = {0};
    open_practice(&t);
    (void)book(&t);
    struct task task = book_task(&t);
    assert_non_null(strstr(task.body, "Dr. Chen"));
    must(db_begin(t.desk.db, t.now, "user:x", 1, &t.desk.engine->ids, &tx, &why), &why);
    must(inbox_end_task(&tx, task.task_id, ENGINE_BOOK_IMPOSSIBLE, NULL, 0, &why), &why);
    const struct task bare = {.task_id = task.task_id, .patient_id = task.patient_id};
    bool retries = false;
    must(engine_task_outcome(t.desk.engine, &tx, &bare, ENGINE_BOOK_IMPOSSIBLE, (struct instant){0},
             &retries, &why),
        &why);
    assert_false(retries);
    must(db_commit(&tx, &why), &why);
    assert_int_equal(count_rows(&t, "appointment", "1 = 1"), 0);
    assert_int_equal(count_rows(&t, "opening", "state = 'released'"), 1);
    assert_int_equal(count_rows(&t, "opening_cell", "1 = 1"), 0);
    http_fixture_close(&t);
}

static void test_booking__gives_way_to_the_booking_systems_own(void **state)
{
    (void)state;
    struct http_fixture t;
    struct why why = {0};
    struct tx tx = {0};
    struct record_load *load;
    enum record_change change;
    open_practice(&t);
    (void)book(&t);
    struct service_clocks clocks = definitions_clocks(&t.arena, t.desk.home->definitions);
    const struct record_options options = {.practice = &t.desk.home->practice,
        .clocks = &clocks,
        .address_key = t.desk.home->address_key};
    struct record_row row = {.row = 2};
    row.values[FIELD_ID] = "A9";
    row.values[FIELD_PATIENT_ID] = "P1";
    row.values[FIELD_START] = "1767295800000"; /* half an hour later than chosen */
    row.values[FIELD_PROVIDER] = "Dr. Chen";
    row.values[FIELD_STATUS] = "booked";
    t.now.ms += MS_PER_HOUR;
    must(db_begin(t.desk.db, t.now, "import", 1, &t.desk.engine->ids, &tx, &why), &why);
    must(record_open(&t.arena, &options, &tx, &load, &why), &why);
    must(record_put(load, RECORD_APPOINTMENT, 1, "a.csv", NULL, &row, 1, &change, &why), &why);
    must(record_settle(load, &why), &why);
    must(engine_after_import(t.desk.engine, &tx, &why), &why);
    must(record_close(load, &why), &why);
    must(db_commit(&tx, &why), &why);
    assert_int_equal(count_rows(&t, "appointment", "1 = 1"), 1);
    assert_int_equal(count_rows(&t, "appointment", "appointment_id = 'A9'"), 1);
    assert_int_equal(count_rows(&t, "opening", "state = 'kept' AND appointment_id = 'A9'"), 1);
    assert_int_equal(count_rows(&t, "opening_cell", "1 = 1"), 0);
    assert_int_equal(count_rows(&t, "task", "state = 'open'"), 0);
    http_fixture_close(&t);
}

/* RFC 5545: folded at 75 bytes between characters, escaped, one line end. */
static void test_calendar_write__folds_and_escapes(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    const struct calendar_visit visit = {.uid = "1@perennial",
        .start = {INT64_C(1781622000000)},
        .end = {INT64_C(1781623800000)},
        .summary = "Cita; en \\ Ñandú, señora áéíóúáéíóúáéíóúáéíóúáéíóúáéíóúáéíóúáéíóúáéíóúáéíóú",
        .location = "Main\r\nBEGIN:VALARM",
        .language = "es"};
    char *text = calendar_write(&arena, &visit);
    assert_non_null(strstr(text, "LOCATION;LANGUAGE=es:Main\\nBEGIN:VALARM\r\n"));
    assert_non_null(strstr(text, "DTSTART:20260616T150000Z\r\n"));
    struct buf whole;
    buf_init(&whole, &arena);
    for (char *line = text, *end; *line; line = end + 2) {
        end = strstr(line, "\r\n");
        assert_non_null(end);
        assert_true(end - line <= 75);
        assert_true(utf8_valid_n(line, (size_t)(end - line)));
        assert_null(memchr(line, '\n', (size_t)(end - line)));
        bool folded = *line == ' ';
        buf_add(&whole, folded ? "" : "|");
        buf_add_n(&whole, line + folded, (size_t)(end - line) - folded);
    }
    assert_non_null(strstr(whole.data,
        "es:Cita\\; en \\\\ Ñandú\\, señora áéíóúáéíóúáéíóúáéíóúáéíóúáé"
        "íóúáéíóúáéíóúáéíóúáéíóú|"));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_book__takes_two_taps),
        cmocka_unit_test(test_book__gives_one_time_to_one_patient),
        cmocka_unit_test(test_book__lets_choose_again_and_shows_all),
        cmocka_unit_test(test_book__is_not_for_a_minor),
        cmocka_unit_test(test_book__without_schedules_leads_to_the_booking_system),
        cmocka_unit_test(test_visit_file__is_a_calendar_of_the_booked_visit),
        cmocka_unit_test(test_booking__that_cannot_be_entered_frees_its_time),
        cmocka_unit_test(test_booking__gives_way_to_the_booking_systems_own),
        cmocka_unit_test(test_calendar_write__folds_and_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
