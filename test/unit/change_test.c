/* change_test.c: which rows of the audit log are told to whom, and reading on from a position. */
#include "unit.h"

#include <glob.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "change/change.h"
#include "db_fixture.h"

/* ---- the table ---- */

static void test_change_kind__each_is_reached_and_names_no_permission_for_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < change_kind_count; i++) {
        const struct change_kind *kind = &change_kinds[i];
        char action[64], subject[64];
        size_t len = strlen(kind->action);
        bool any = kind->action[len - 1] == '*';
        snprintf(action, sizeof action, "%.*s%s", (int)(any ? len - 1 : len), kind->action,
            any ? "zzz" : "");
        snprintf(subject, sizeof subject, "%sx", kind->subject ? kind->subject : "-");
        const struct change_kind *found = change_kind_of(action, subject);
        while (found && found != kind)
            found = change_kind_next(found);
        assert_ptr_equal(found, kind);
        assert_true(kind->may > PERMISSION_SELF && kind->may < PERMISSION_MAX);
        assert_true(kind->topic < CHANGE_TOPIC_MAX);
        if (kind->type)
            assert_true(change_is_topic(kind->type));
    }
    assert_null(change_kind_of("nothing.known", NULL));
    assert_false(change_is_topic("inbound.stored"));
    assert_false(change_is_topic("everything"));
}

static void test_change_kind__what_is_of_patients_wants_their_permission(void **state)
{
    (void)state;
    permission_set consultant = role_permissions(ROLE_CONSULTANT);
    size_t heard = 0;
    for (size_t i = 0; i < change_kind_count; i++) {
        const struct change_kind *kind = &change_kinds[i];
        if (!kind->type || !(consultant >> kind->may & 1))
            continue;
        assert_true(kind->topic == CHANGE_PLAYBOOK || kind->topic == CHANGE_SETTINGS);
        heard++;
    }
    assert_true(heard > 3);
}

static void test_change_kind__one_row_may_be_told_twice(void **state)
{
    (void)state;
    const struct change_kind *first = change_kind_of("enrollment.booked", "e1");
    assert_string_equal(first->type, "enrollment.changed");
    const struct change_kind *second = change_kind_next(first);
    assert_string_equal(second->type, "playbook.counted");
    assert_int_equal(second->ids, CHANGE_NO_IDS);
    assert_null(change_kind_next(second));
    assert_string_equal(change_kind_of("file.changed", "templates/a/b")->type, "template.changed");
    assert_string_equal(change_kind_of("file.changed", "perennial.yaml")->type, "settings.changed");
    assert_null(change_kind_of("patient.read", "audit")->type);
    assert_true(change_in_topic(first, "patient"));
    assert_true(change_in_topic(first, "enrollment.changed"));
    assert_false(change_in_topic(first, "playbook"));
}

static char *read_text(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long len = ftell(file);
    rewind(file);
    char *text = arena_alloc(arena, (size_t)len + 1);
    assert_int_equal(fread(text, 1, (size_t)len, file), len);
    fclose(file);
    return text;
}

/* Every action that a room writes into the log is in the table, told or not. */
static void test_change_kind__no_action_is_forgotten(void **state)
{
    (void)state;
    static const char pattern[] = "(audit_write\\(|outbox__audit\\(|audit_thread\\(|audit_state\\(|"
                                  "api_reads\\(|\\.action = |action\\[[0-9]*\\] = )"
                                  "[^\";]*\"([a-z_]+\\.[a-z_]*)";
    const char *root = getenv("SOURCE_ROOT");
    if (!root)
        skip();
    struct arena arena;
    arena_init(&arena, 0);
    regex_t regex;
    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED), 0);
    glob_t found;
    assert_int_equal(glob(arena_format(&arena, "%s/src/*/*.c", root), 0, NULL, &found), 0);
    size_t actions = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *text = read_text(&arena, found.gl_pathv[i]);
        regmatch_t match[3];
        for (; regexec(&regex, text, 3, match, 0) == 0; text += match[0].rm_eo) {
            char *action = arena_text_n(
                &arena, text + match[2].rm_so, (size_t)(match[2].rm_eo - match[2].rm_so));
            if (text_ends(action, "."))
                action = arena_format(&arena, "%sx", action);
            if (!change_kind_of(action, NULL))
                fail_msg("%s of %s is not in change_kinds.c", action, found.gl_pathv[i]);
            actions++;
        }
    }
    assert_true(actions > 40);
    globfree(&found);
    regfree(&regex);
    arena_release(&arena);
}

/* ---- positions ---- */

static void test_change_position__reads_back_and_refuses_what_is_none(void **state)
{
    (void)state;
    struct arena arena;
    struct change_position position, back;
    arena_init(&arena, 0);
    assert_true(change_position_parse("engine:120,user:7", &position));
    assert_int_equal(position.count, 2);
    assert_int_equal(change_seq_of(&position, "user"), 7);
    assert_int_equal(change_seq_of(&position, "key"), 0);
    assert_string_equal(change_position_text(&arena, &position), "engine:120,user:7");
    assert_true(change_position_parse("", &back));
    assert_int_equal(back.count, 0);
    static const char *const wrong[] = {"engine", "engine:", ":1", "engine:-1", "engine:1;user:2",
        "engine:1,engine:2", "a b:1", "engine:99999999999999999999", "engine:1,,user:2", "\xff:1",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(change_position_parse(wrong[i], &back));
    char *many = arena_text(&arena, "");
    for (int i = 0; i <= CHANGE_WRITERS_MAX; i++)
        many = arena_format(&arena, "%s%sw%d:1", many, i ? "," : "", i);
    assert_false(change_position_parse(many, &back));
    arena_release(&arena);
}

static void test_change_distance__counts_and_finds_another_store(void **state)
{
    (void)state;
    struct change_position from, to, between;
    assert_true(change_position_parse("engine:10,user:7", &from));
    assert_true(change_position_parse("engine:15,key:2,user:7", &to));
    assert_int_equal(change_distance(&from, &to), 7);
    assert_int_equal(change_distance(&to, &from), -1);
    assert_int_equal(change_distance(&to, &to), 0);
    change_toward(&from, &to, 6, &between);
    assert_int_equal(change_distance(&from, &between), 6);
    assert_int_equal(change_distance(&between, &to), 1);
    change_toward(&between, &to, 100, &between);
    assert_int_equal(change_distance(&between, &to), 0);
}

/* ---- with a store ---- */

static void write_row(
    struct tx *tx, const char *action, const char *patient_id, const char *subject)
{
    struct why why = {0};
    must(audit_write(tx, action, patient_id, subject, NULL, &why), &why);
}

static void check_tail(bool postgres)
{
    struct db_fixture fixture;
    struct arena arena;
    struct why why = {0};
    struct change_position from, to;
    struct change *list = NULL;
    size_t count = 0;
    db_fixture_open(&fixture, postgres);
    db_fixture_migrate(&fixture);
    arena_init(&arena, 0);
    must(change_here(fixture.db, 1, &from, &why), &why);
    db_fixture_script(&fixture, fixture.db,
        "INSERT INTO inbound (practice_id, inbound_id, channel, provider_id, sender, body,"
        " received_ms, patient_id, thread_id) VALUES"
        " (1, 'i1', 'sms', 'SM1', '+15125550101', 'Who is this?', 1, 'a', 'th1');"
        "INSERT INTO task (practice_id, task_id, patient_id, kind, role, title, body, state,"
        " created_ms, due_ms) VALUES (1, 'k1', 'b', 'warm_call', 'front_desk', 'Call', '{}',"
        " 'open', 1, 1)");
    struct tx tx = db_fixture_begin(&fixture);
    write_row(&tx, "inbound.read", "a", "i1");
    write_row(&tx, "task.ended", NULL, "k1");
    write_row(&tx, "patient.read", "a", "search");
    write_row(&tx, "suppression.recorded", "a", "0123abcd");
    write_row(&tx, "enrollment.booked", "b", "e1");
    db_fixture_commit(&tx);
    tx = db_fixture_begin(&fixture);
    tx.actor = "cmd"; /* a chain of its own */
    write_row(&tx, "practice.paused", NULL, NULL);
    db_fixture_commit(&tx);
    must(change_here(fixture.db, 1, &to, &why), &why);
    assert_int_equal(change_distance(&from, &to), 6);
    must(change_read(&arena, fixture.db, 1, &from, &to, &list, &count, &why), &why);
    assert_int_equal(count, 6); /* one is told to nobody, one twice */
    assert_string_equal(list[0].kind->type, "sending.paused"); /* cmd stands before test */
    assert_string_equal(list[1].kind->type, "message.received");
    assert_string_equal(list[1].thread_id, "th1");
    assert_string_equal(list[1].subject_id, "i1");
    assert_string_equal(list[1].patient_id, "a");
    assert_string_equal(list[2].patient_id, "b"); /* the task knows whose it is */
    assert_string_equal(list[3].kind->type, "suppression.changed");
    assert_null(list[3].subject_id); /* the hash of an address stays here */
    assert_string_equal(list[3].patient_id, "a");
    assert_null(list[5].patient_id);
    assert_string_equal(list[5].whose, "b");
    must(change_count(&arena, fixture.db, 1, &from, &to, &list, &count, &why), &why);
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list[i].count, 1);
        assert_null(list[i].patient_id);
    }
    must(change_read(&arena, fixture.db, 2, &from, &to, &list, &count, &why), &why);
    assert_int_equal(count, 0); /* another practice's log */
    arena_release(&arena);
    db_fixture_close(&fixture);
}

static void test_change_read__tells_ids_and_no_more(void **state)
{
    (void)state;
    check_tail(false);
}

static void test_change_read__tells_ids_and_no_more_on_postgres(void **state)
{
    (void)state;
    check_tail(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_change_kind__each_is_reached_and_names_no_permission_for_all),
        cmocka_unit_test(test_change_kind__what_is_of_patients_wants_their_permission),
        cmocka_unit_test(test_change_kind__one_row_may_be_told_twice),
        cmocka_unit_test(test_change_kind__no_action_is_forgotten),
        cmocka_unit_test(test_change_position__reads_back_and_refuses_what_is_none),
        cmocka_unit_test(test_change_distance__counts_and_finds_another_store),
        cmocka_unit_test(test_change_read__tells_ids_and_no_more),
        cmocka_unit_test(test_change_read__tells_ids_and_no_more_on_postgres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
