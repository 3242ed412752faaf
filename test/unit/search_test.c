/* search_test.c: one box on both databases: names in spite of typos, what was said, whom one may
 * see. */
#include "unit.h"

#include <string.h>

#include "base/text.h"
#include "db_fixture.h"
#include "search/search.h"

static const char people[] =
    "INSERT INTO patient (practice_id, patient_id, external_id, first_name, last_name, name_key,"
    " household_id, created_ms, updated_ms) VALUES"
    " (1, 'p1', 'K100', 'Katherine', 'Quinwood', 'katherinequinwood', 'h1', 1, 1),"
    " (1, 'p2', 'K101', 'Catherine', 'Marsh', 'catherinemarsh', 'h2', 1, 1),"
    " (1, 'p3', 'K102', 'Jos\xC3\xA9', 'Garc\xC3\xAD"
    "a', 'josegarcia', 'h3', 1, 2),"
    " (1, 'p4', 'K103', 'Ana', 'Gracia', 'anagracia', 'h4', 1, 3),"
    " (2, 'q1', 'K104', 'Katherine', 'Elsewhere', 'katherineelsewhere', 'h5', 1, 4);"
    "INSERT INTO appointment (practice_id, appointment_id, patient_id, record_id, start_ms,"
    " local_day, location, provider, service, status, row_hash, first_seen_ms, status_ms) VALUES"
    " (1, 'a1', 'p1', 'K100', 5000, 1, 'North', 'Dr. Chen', 'Botox Touch-Up', 'booked', '', 1, 1),"
    " (1, 'a2', 'p2', 'K101', 4000, 1, 'South', 'Dr. Chen', 'Botox Touch-Up', 'booked', '', 1, 1),"
    " (1, 'a3', 'p2', 'K101', 10, 1, 'South', 'Dr. Chen', 'Facial', 'completed', '', 1, 1);"
    "INSERT INTO tag (practice_id, patient_id, tag, source, at_ms) VALUES"
    " (1, 'p1', 'wants_saturday', 'import', 1), (1, 'p2', 'wants_saturday', 'import', 1);"
    "INSERT INTO contact_point (practice_id, patient_id, channel, address, source, created_ms)"
    " VALUES (1, 'p1', 'sms', '+15125550142', 'import', 1),"
    " (1, 'p1', 'voice', '+15125550142', 'import', 1),"
    " (1, 'p2', 'voice', '+15128880142', 'import', 1),"
    " (1, 'p3', 'sms', '+15120142555', 'import', 1),"
    " (1, 'p4', 'email', 'gracia@0142', 'import', 1),"
    " (2, 'q1', 'sms', '+13035550142', 'import', 1);"
    "INSERT INTO thread (practice_id, thread_id, patient_id, address, state, opened_ms) VALUES"
    " (1, 't1', 'p1', '+15125550101', 'open', 1), (1, 't2', 'p2', '+15125550102', 'open', 1);"
    "INSERT INTO inbound (practice_id, inbound_id, channel, provider_id, sender, body, received_ms,"
    " patient_id, thread_id) VALUES"
    " (1, 'i1', 'sms', 'x1', '+15125550101', 'How much is the PEEL on Saturday?', 100, 'p1',"
    "  't1'),"
    " (1, 'i2', 'sms', 'x2', '+15125550102', 'is it normal that it peels', 200, 'p2', 't2'),"
    " (2, 'i3', 'sms', 'x3', '+15125550103', 'the peel of another practice', 300, NULL, NULL);"
    "INSERT INTO note (practice_id, note_id, thread_id, user_id, body, at_ms) VALUES"
    " (1, 'n1', 't1', 'u1', 'left a voicemail about the peel; caf\xC3\xA9, next door', 300);"
    "INSERT INTO task (practice_id, task_id, patient_id, kind, role, title, body, state,"
    " created_ms, due_ms) VALUES"
    " (1, 'k1', 'p2', 'warm_call', 'front_desk', 'Call about a laser', '{}', 'open', 400, 500)";

struct box {
    struct db_fixture store;
    struct arena arena;
    const char *locations;
};

static void open_box(struct box *box, bool postgres)
{
    struct why why = {0};
    *box = (struct box){0};
    db_fixture_open(&box->store, postgres);
    db_fixture_migrate(&box->store);
    db_fixture_script(&box->store, box->store.db, people);
    arena_init(&box->arena, 0);
    bool more = true;
    for (int round = 0; round < 3 && more; round++) {
        struct tx tx = db_fixture_begin(&box->store);
        db_fixture_check(search_learn(&box->arena, &tx, &why), &why, "search_learn");
        db_fixture_commit(&tx);
        db_fixture_check(search_pending(box->store.db, 1, &more, &why), &why, "search_pending");
    }
    assert_false(more);
}

static void close_box(struct box *box)
{
    arena_release(&box->arena);
    db_fixture_close(&box->store);
}

static struct search_question question_of(const struct box *box, const char *text)
{
    return (struct search_question){
        .practice_id = 1, .text = text, .locations = box->locations, .limit = 10};
}

/* "p1:0 p2:2": who was found, and how many edits away. */
static void expect_people(struct box *box, const char *text, const char *wanted)
{
    struct why why = {0};
    struct search_person found[SEARCH_HITS_MAX];
    size_t count = 0;
    const struct search_question question = question_of(box, text);
    db_fixture_check(
        search_people(&box->arena, box->store.db, &question, found, &count, &why), &why, text);
    char *said = arena_text(&box->arena, "");
    for (size_t i = 0; i < count; i++)
        said = arena_format(
            &box->arena, "%s%s%s:%d", said, i ? " " : "", found[i].patient_id, found[i].edits);
    assert_string_equal(said, wanted);
}

static void expect_said(struct box *box, const char *text, const char *wanted)
{
    struct why why = {0};
    struct search_said found[SEARCH_HITS_MAX];
    size_t count = 0;
    const struct search_question question = question_of(box, text);
    db_fixture_check(
        search_said(&box->arena, box->store.db, &question, found, &count, &why), &why, text);
    char *said = arena_text(&box->arena, "");
    for (size_t i = 0; i < count; i++)
        said = arena_format(&box->arena, "%s%s%s:%s", said, i ? " " : "",
            search_kind_name(found[i].kind), found[i].id);
    assert_string_equal(said, wanted);
}

static void check_people(bool postgres)
{
    struct box box;
    open_box(&box, postgres);
    expect_people(&box, "kath", "p1:0");
    expect_people(&box, "quinwood", "p1:0");
    expect_people(&box, "quinwood katherine", "p1:0");
    expect_people(&box, "Jos\xC3\xA9 garcia", "p3:0");
    expect_people(&box, "k10", "");
    expect_people(&box, "K102", "p3:0");
    expect_people(&box, "qinwood", "p1:1");          /* dropped */
    expect_people(&box, "quinnwood", "p1:1");        /* put in */
    expect_people(&box, "quinvood", "p1:1");         /* replaced */
    expect_people(&box, "quniwood", "p1:1");         /* swapped */
    expect_people(&box, "qnwood", "");               /* two edits of a short word */
    expect_people(&box, "katherin qinwood", "p1:1"); /* the first is still being typed */
    expect_people(&box, "kathrine qinwood", "p1:2"); /* one each */
    expect_people(&box, "katharina", "p1:2");        /* two edits of a long word */
    expect_people(&box, "garcia", "p3:0 p4:1");      /* as typed comes first */
    expect_people(&box, "xyzzy", "");
    expect_people(&box, "'; DROP TABLE patient; --", "");
    expect_people(&box, "%", "");
    expect_people(&box, "   ", "");
    box.locations = "[\"South\"]";
    expect_people(&box, "qinwood", "");
    expect_people(&box, "catherine", "p2:0");
    close_box(&box);
}

static void check_phones(bool postgres)
{
    struct box box;
    open_box(&box, postgres);
    const char *const of_one[] = {"555-0142", "5550142", "555 0142", "(512) 555-0142",
        "512.555.0142", "+1 512 555 0142", "15125550142", "25550142", "512 555-01"};
    for (size_t i = 0; i < sizeof(of_one) / sizeof(of_one[0]); i++)
        expect_people(&box, of_one[i], "p1:0");
    expect_people(&box, "0142", "p1:0 p2:0"); /* and no email */
    expect_people(&box, "50142", "p1:0");
    expect_people(&box, "142", ""); /* too few to say whose */
    expect_people(&box, "555-0143", "");
    expect_people(&box, "+5550142", ""); /* of another country */
    expect_people(&box, "0142 555", "p3:0");
    expect_people(&box, "512", "p1:0 p2:0 p3:0");
    box.locations = "[\"South\"]";
    expect_people(&box, "0142", "p2:0");
    close_box(&box);
}

static void check_said(bool postgres)
{
    struct box box;
    open_box(&box, postgres);
    expect_said(&box, "peel", "note:n1 message:i2 message:i1"); /* the last word may go on */
    expect_said(&box, "peel ", "note:n1 message:i1");
    expect_said(&box, "saturday peel ", "message:i1");
    expect_said(&box, "cafe", "note:n1");
    expect_said(&box, "laser call", "task:k1");
    expect_said(&box, "\" OR body:* (", "");
    expect_said(&box, "", "");
    box.locations = "[\"South\"]";
    expect_said(&box, "peel", "message:i2");
    box.locations = NULL;
    db_fixture_script(&box.store, box.store.db,
        "UPDATE inbound SET body = 'erased' WHERE inbound_id = 'i2';"
        "DELETE FROM note WHERE note_id = 'n1';"
        "UPDATE task SET note = 'wants a peel', state = 'done' WHERE task_id = 'k1'");
    expect_said(&box, "peel", "task:k1 message:i1");
    expect_said(&box, "erased", "message:i2");
    close_box(&box);
}

/* Newest first among all words that begin so, whether they are few, many or not in ASCII. */
static void check_begun(bool postgres)
{
    struct box box;
    open_box(&box, postgres);
    db_fixture_script(&box.store, box.store.db,
        "INSERT INTO note (practice_id, note_id, thread_id, user_id, body, at_ms) VALUES"
        " (1, 'b1', 't1', 'u1', 'waxing', 401), (1, 'b2', 't1', 'u1', 'waxed legs', 402),"
        " (1, 'b3', 't1', 'u1', 'wax', 403), (1, 'b4', 't1', 'u1', 'waxing legs', 404),"
        " (1, 'b5', 't1', 'u1', 'wa\xC3\xA7 x', 405), (1, 'b6', 't1', 'u1', 'way', 406),"
        " (1, 'b7', 't1', 'u1', 'ma\xC3\xB1"
        "ana', 407), (1, 'b8', 't1', 'u1', 'zzz zzzz1', 408)");
    expect_said(&box, "wax", "note:b4 note:b3 note:b2 note:b1");
    expect_said(&box, "legs wax", "note:b4 note:b2");
    expect_said(&box, "wax legs", ""); /* only the last one may go on */
    expect_said(&box, "waxin", "note:b4 note:b1");
    expect_said(&box, "waxy", "");
    expect_said(&box,
        "ma\xC3\xB1"
        "a",
        "note:b7");
    expect_said(&box, "zzz", "note:b8"); /* the last word of all */
    db_fixture_script(&box.store, box.store.db, "DELETE FROM note WHERE note_id = 'b4'");
    expect_said(&box, "waxin", "note:b1");
    for (int i = 0; i < 60; i++)
        db_fixture_script(&box.store, box.store.db,
            arena_format(&box.arena,
                "INSERT INTO note (practice_id, note_id, thread_id, user_id, body, at_ms) VALUES"
                " (1, 'c%02d', 't1', 'u1', 'waxer%02d %s', %d)",
                i, i, i % 20 ? "legs" : "arms", 500 + i));
    expect_said(&box, "arms wax", "note:c40 note:c20 note:c00");
    expect_said(&box, "waxer40", "note:c40");
    close_box(&box);
}

static void check_tags(bool postgres)
{
    struct box box;
    struct why why = {0};
    open_box(&box, postgres);
    struct search_tag tags[SEARCH_HITS_MAX];
    struct search_visit visits[SEARCH_HITS_MAX];
    size_t count = 0;
    struct search_question question = question_of(&box, "saturday");
    db_fixture_check(
        search_tags(&box.arena, box.store.db, &question, tags, &count, &why), &why, "tags");
    assert_int_equal(count, 1);
    assert_string_equal(tags[0].tag, "wants_saturday");
    assert_int_equal(tags[0].patients, 2);
    question.text = "botox";
    const struct instant now = {100};
    db_fixture_check(search_visits(&box.arena, box.store.db, &question, now, visits, &count, &why),
        &why, "visits");
    assert_int_equal(count, 2);
    assert_string_equal(visits[0].appointment_id, "a2");
    question.locations = "[\"North\"]";
    db_fixture_check(search_visits(&box.arena, box.store.db, &question, now, visits, &count, &why),
        &why, "visits of a location");
    assert_int_equal(count, 1);
    assert_string_equal(visits[0].patient_id, "p1");
    assert_true(search_fits(&box.arena, "touch UP", "neurotoxin-touch-up"));
    assert_false(search_fits(&box.arena, "touch down", "neurotoxin-touch-up"));
    close_box(&box);
}

static void test_search_people__by_what_was_typed_and_what_is_near(void **state)
{
    (void)state;
    check_people(false);
}
static void test_search_people__the_same_on_postgres(void **state)
{
    (void)state;
    check_people(true);
}
static void test_search_people__by_the_last_digits_of_a_phone(void **state)
{
    (void)state;
    check_phones(false);
}

static void test_search_people__by_the_last_digits_on_postgres(void **state)
{
    (void)state;
    check_phones(true);
}

static void test_search_said__every_word_newest_first_and_nothing_that_is_gone(void **state)
{
    (void)state;
    check_said(false);
    check_begun(false);
}
static void test_search_said__the_same_on_postgres(void **state)
{
    (void)state;
    check_said(true);
    check_begun(true);
}
/* On PostgreSQL texts are looked at in parts: what lies far apart stands in its order all the same.
 */
static void test_search_said__over_many_parts_on_postgres(void **state)
{
    struct box box;
    (void)state;
    open_box(&box, true);
    db_fixture_script(&box.store, box.store.db,
        "UPDATE search_doc SET doc_id = -doc_id;"
        "UPDATE search_doc SET doc_id = -doc_id * -doc_id * 40000");
    expect_said(&box, "peel", "note:n1 message:i2 message:i1");
    expect_said(&box, "saturday peel ", "message:i1");
    expect_said(&box, "laser call", "task:k1");
    close_box(&box);
}
static void test_search_tags__tags_bookings_and_playbooks(void **state)
{
    (void)state;
    check_tags(false);
}
static void test_search_tags__the_same_on_postgres(void **state)
{
    (void)state;
    check_tags(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_people__by_what_was_typed_and_what_is_near),
        cmocka_unit_test(test_search_people__the_same_on_postgres),
        cmocka_unit_test(test_search_people__by_the_last_digits_of_a_phone),
        cmocka_unit_test(test_search_people__by_the_last_digits_on_postgres),
        cmocka_unit_test(test_search_said__every_word_newest_first_and_nothing_that_is_gone),
        cmocka_unit_test(test_search_said__the_same_on_postgres),
        cmocka_unit_test(test_search_said__over_many_parts_on_postgres),
        cmocka_unit_test(test_search_tags__tags_bookings_and_playbooks),
        cmocka_unit_test(test_search_tags__the_same_on_postgres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
