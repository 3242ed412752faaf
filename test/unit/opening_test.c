/* opening_test.c: times held, confirmed and let go, on both databases; many patients at once. */
#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "opening/leaning.h"
#include "opening/opening.h"
#include "record_fixture.h"

enum { CROWD = 50 };

static const char schedules[] = "step: 30m\n"
                                "notice: 1h\n"
                                "horizon: 30d\n"
                                "hold: 10m\n"
                                "locations:\n"
                                "  Main: {hours: {mon-fri: \"09:00-12:00\"}, rooms: {laser: 1}}\n"
                                "services:\n"
                                "  neurotoxin: {duration: 30m}\n"
                                "  laser_ipl: {duration: 60m, after: 30m, rooms: [laser]}\n"
                                "providers:\n"
                                "  Dr. Chen: {hours: {mon-fri: \"09:00-12:00\"}}\n"
                                "  Rosa: {hours: {mon-fri: \"09:00-12:00\"}}\n";

struct world {
    struct record_fixture t;
    const struct schedule *schedule;
    struct arena arena;
    struct instant now;
    struct instant monday; /* 9:00 on 5 January 2026 */
};

static void open_world(struct world *world, void **state)
{
    static const char *const services[] = {"neurotoxin", "facial", "laser_ipl"};
    struct why why = {0};
    struct yaml *root;
    record_fixture_open(&world->t, *(bool *)*state);
    arena_init(&world->arena, 0);
    must(yaml_parse(&world->arena, "schedules.yaml", schedules, sizeof schedules - 1, &root, &why),
        &why);
    must(schedule_parse(
             &world->arena, root, &world->t.practice, services, 3, &world->schedule, &why),
        &why);
    world->now = DB_FIXTURE_NOW;
    world->monday = zone_at(world->schedule->zone, day_of(2026, 1, 5), 9 * 60);
    static const char *const names[] = {"P1", "P2", "P3"};
    for (size_t i = 0; i < 3; i++)
        record_fixture_patient(
            &world->t, names[i], FIELD_FIRST_NAME, names[i], FIELD_LAST_NAME, "Lee", FIELD_MAX);
    record_fixture_settle(&world->t);
}

static void close_world(struct world *world)
{
    arena_release(&world->arena);
    record_fixture_close(&world->t);
}

static struct instant minutes_on(struct instant from, int minutes)
{
    return instant_add_ms(from, minutes * MS_PER_MINUTE);
}

static size_t find(struct world *world, int service, int provider, struct slot **ret_slots)
{
    struct why why = {0};
    size_t count;
    const struct opening_question question = {.schedule = world->schedule,
        .service = service,
        .provider = provider,
        .location = SCHEDULE_NOBODY,
        .from = world->monday,
        .until = minutes_on(world->monday, 180),
        .now = world->now};
    must(opening_find(&world->arena, world->t.store.db, 1, &question, ret_slots, &count, &why),
        &why);
    return count;
}

static enum err hold(struct world *world, const char *patient, struct slot slot,
    struct opening *ret_opening, struct why *why)
{
    struct db_fixture *store = &world->t.store;
    DB_TX struct tx tx = {0};
    *why = (struct why){0};
    must(db_begin(store->db, world->now, "test:unit", 1, &store->ids, &tx, why), why);
    const struct opening_choice choice = {.patient_id = patient, .slot = slot, .source = "page"};
    enum err err = opening_hold(&world->arena, &tx, world->schedule, &choice, ret_opening, why);
    return err == ERR_NONE ? db_commit(&tx, why) : err;
}

static enum err confirm(
    struct world *world, const char *patient, const char *opening_id, bool *ret_new)
{
    struct db_fixture *store = &world->t.store;
    struct why why = {0};
    struct opening opening;
    DB_TX struct tx tx = {0};
    must(db_begin(store->db, world->now, "test:unit", 1, &store->ids, &tx, &why), &why);
    enum err err =
        opening_confirm(&world->arena, &tx, patient, opening_id, &opening, ret_new, &why);
    return err == ERR_NONE ? db_commit(&tx, &why) : err;
}

static struct slot slot_at(struct world *world, int service, int provider, int minutes)
{
    struct instant start = minutes_on(world->monday, minutes);
    return (struct slot){.start = start,
        .end = {start.ms + world->schedule->services[service].duration_ms},
        .provider = provider,
        .location = 0,
        .service = service};
}

static void test_opening_find__leaves_out_what_the_booking_system_has(void **state)
{
    struct world world = {0};
    struct slot *slots;
    open_world(&world, state);
    assert_int_equal(find(&world, 0, SCHEDULE_NOBODY, &slots), 12);
    char at[4][32];
    for (int i = 0; i < 4; i++)
        snprintf(at[i], sizeof at[i], "%lld", (long long)minutes_on(world.monday, 30 * i).ms);
    record_fixture_row(&world.t, RECORD_APPOINTMENT, "A1", FIELD_PATIENT_ID, "P1", FIELD_START,
        at[0], FIELD_END, at[2], FIELD_PROVIDER, "dr chen", FIELD_STATUS, "booked", FIELD_MAX);
    /* No end: as long as the service takes. */
    record_fixture_row(&world.t, RECORD_APPOINTMENT, "A2", FIELD_PATIENT_ID, "P2", FIELD_START,
        at[3], FIELD_PROVIDER, "Rosa", FIELD_SERVICE, "Botox", FIELD_STATUS, "confirmed",
        FIELD_MAX);
    record_fixture_row(&world.t, RECORD_APPOINTMENT, "A3", FIELD_PATIENT_ID, "P3", FIELD_START,
        at[1], FIELD_PROVIDER, "Rosa", FIELD_STATUS, "cancelled", FIELD_MAX);
    /* Somebody who is not in the schedule treats at half past ten. */
    record_fixture_row(&world.t, RECORD_APPOINTMENT, "A4", FIELD_PATIENT_ID, "P3", FIELD_START,
        at[3], FIELD_PROVIDER, "Dr. Elsewhere", FIELD_STATUS, "booked", FIELD_MAX);
    record_fixture_settle(&world.t);
    assert_int_equal(find(&world, 0, 0, &slots), 4);
    assert_int_equal(slots[0].start.ms, minutes_on(world.monday, 60).ms);
    assert_int_equal(find(&world, 0, 1, &slots), 5);
    close_world(&world);
}

static void test_opening_hold__one_time_is_one_patients(void **state)
{
    struct world world = {0};
    struct opening opening, other;
    struct why why;
    struct slot *slots;
    open_world(&world, state);
    struct slot ten = slot_at(&world, 0, 0, 60);
    must(hold(&world, "P1", ten, &opening, &why), &why);
    assert_int_equal(opening.expires.ms, minutes_on(world.now, 10).ms);
    assert_int_equal(hold(&world, "P2", ten, &other, &why), ERR_CONFLICT);
    assert_int_equal(find(&world, 0, SCHEDULE_NOBODY, &slots), 11);
    must(hold(&world, "P2", slot_at(&world, 0, 1, 60), &other, &why), &why);
    /* Off the grid, outside hours, another length: no times of the schedule. */
    assert_int_equal(hold(&world, "P3", slot_at(&world, 0, 0, 65), &other, &why), ERR_CONFLICT);
    assert_int_equal(hold(&world, "P3", slot_at(&world, 0, 0, 180), &other, &why), ERR_CONFLICT);
    struct slot longer = slot_at(&world, 0, 0, 0);
    longer.end.ms += MS_PER_MINUTE;
    assert_int_equal(hold(&world, "P3", longer, &other, &why), ERR_CONFLICT);
    longer.provider = 7;
    assert_int_equal(hold(&world, "P3", longer, &other, &why), ERR_CONFLICT);
    /* Nothing of the refused stayed. */
    assert_int_equal(record_fixture_int(&world.t, "SELECT COUNT(*) FROM opening"), 2);
    assert_int_equal(record_fixture_int(&world.t, "SELECT COUNT(*) FROM opening_cell"), 12);
    close_world(&world);
}

static void test_opening_hold__one_room_is_one_patients_with_its_cleaning(void **state)
{
    struct world world = {0};
    struct opening opening;
    struct why why;
    struct slot *slots;
    open_world(&world, state);
    must(hold(&world, "P1", slot_at(&world, 1, 0, 0), &opening, &why), &why);
    /* Rosa is free at ten, the laser is being cleaned until half past. */
    assert_int_equal(hold(&world, "P2", slot_at(&world, 1, 1, 60), &opening, &why), ERR_CONFLICT);
    assert_int_equal(find(&world, 1, 1, &slots), 2);
    assert_int_equal(slots[0].start.ms, minutes_on(world.monday, 90).ms);
    must(hold(&world, "P2", slots[0], &opening, &why), &why);
    close_world(&world);
}

static void test_opening_hold__another_choice_lets_go_of_the_first(void **state)
{
    struct world world = {0};
    struct opening first, second;
    struct why why;
    open_world(&world, state);
    must(hold(&world, "P1", slot_at(&world, 0, 0, 0), &first, &why), &why);
    must(hold(&world, "P1", slot_at(&world, 0, 0, 30), &second, &why), &why);
    must(hold(&world, "P2", slot_at(&world, 0, 0, 0), &first, &why), &why);
    struct opening *live;
    size_t count;
    must(opening_read_live(&world.arena, world.t.store.db, 1, "P1", world.now, &live, &count, &why),
        &why);
    assert_int_equal(count, 1);
    assert_string_equal(live[0].opening_id, second.opening_id);
    close_world(&world);
}

static void test_opening_hold__ends_by_itself(void **state)
{
    struct world world = {0};
    struct opening opening, other;
    struct why why;
    struct slot *slots;
    struct instant next;
    bool is_new;
    open_world(&world, state);
    must(hold(&world, "P1", slot_at(&world, 0, 0, 0), &opening, &why), &why);
    must(opening_next(world.t.store.db, 1, &next, &why), &why);
    assert_int_equal(next.ms, opening.expires.ms);
    world.now = minutes_on(world.now, 10);
    assert_int_equal(find(&world, 0, 0, &slots), 6); /* not swept yet, and free */
    assert_int_equal(confirm(&world, "P1", opening.opening_id, &is_new), ERR_CONFLICT);
    must(hold(&world, "P2", slot_at(&world, 0, 0, 0), &other, &why), &why);
    assert_int_equal(confirm(&world, "P1", opening.opening_id, &is_new), ERR_CONFLICT);
    world.now = minutes_on(world.now, 10);
    struct tx tx = {0};
    int64_t expired = 0;
    must(
        db_begin(world.t.store.db, world.now, "test:unit", 1, &world.t.store.ids, &tx, &why), &why);
    must(opening_sweep(&tx, &expired, &why), &why);
    must(db_commit(&tx, &why), &why);
    assert_int_equal(expired, 1);
    assert_int_equal(record_fixture_int(&world.t, "SELECT COUNT(*) FROM opening_cell"), 0);
    assert_int_equal(
        record_fixture_int(&world.t, "SELECT COUNT(*) FROM audit WHERE action = 'opening.expired'"),
        2);
    assert_int_equal(opening_next(world.t.store.db, 1, &next, NULL), ERR_NOT_FOUND);
    close_world(&world);
}

static void test_opening_confirm__books_once_and_for_its_patient(void **state)
{
    struct world world = {0};
    struct opening opening;
    struct why why;
    struct slot *slots;
    bool is_new = false, changed = false;
    open_world(&world, state);
    must(hold(&world, "P1", slot_at(&world, 0, 0, 0), &opening, &why), &why);
    assert_int_equal(confirm(&world, "P2", opening.opening_id, &is_new), ERR_NOT_FOUND);
    assert_int_equal(confirm(&world, "P1", "nothing", &is_new), ERR_NOT_FOUND);
    must(confirm(&world, "P1", opening.opening_id, &is_new), &why);
    assert_true(is_new);
    world.now = minutes_on(world.now, 60); /* a booked time does not expire */
    must(confirm(&world, "P1", opening.opening_id, &is_new), &why);
    assert_false(is_new);
    assert_int_equal(find(&world, 0, 0, &slots), 5);
    struct tx tx = db_fixture_begin(&world.t.store);
    must(opening_let_go(&tx, opening.opening_id, "staff", &changed, &why), &why);
    db_fixture_commit(&tx);
    assert_true(changed);
    assert_int_equal(find(&world, 0, 0, &slots), 6);
    assert_int_equal(confirm(&world, "P1", opening.opening_id, &is_new), ERR_CONFLICT);
    must(hold(&world, "P1", slot_at(&world, 0, 0, 0), &opening, &why), &why);
    must(confirm(&world, "P1", opening.opening_id, &is_new), &why);
    tx = db_fixture_begin(&world.t.store);
    must(opening_keep(&tx, opening.opening_id, "A77", &why), &why);
    db_fixture_commit(&tx);
    must(opening_read(&world.arena, world.t.store.db, 1, opening.opening_id, &opening, &why), &why);
    assert_string_equal(opening_state_name(opening.state), "kept");
    close_world(&world);
}

/* For somebody of whom nothing is remembered. */
static size_t pick(const struct world *world, const struct slot *slots, size_t count, size_t max,
    struct slot *ret_picked)
{
    const struct leaning none = leaning_of(world->schedule, NULL, 0);
    return leaning_pick(&none, world->schedule, slots, count, max, ret_picked);
}

static void test_leaning_pick__chooses_days_and_halves_apart(void **state)
{
    struct world world = {0};
    struct slot slots[12], picked[OPENING_OFFERED];
    open_world(&world, state);
    for (int i = 0; i < 6; i++)
        slots[i] = slot_at(&world, 0, 0, 30 * i);
    /* One day alone: apart by two hours where it can be. */
    assert_int_equal(pick(&world, slots, 6, 3, picked), 3);
    assert_int_equal(picked[0].start.ms, slots[0].start.ms);
    assert_true(picked[1].start.ms - picked[0].start.ms >= MS_PER_HOUR);
    /* Tuesday afternoon and Wednesday morning are worth more than more of Monday. */
    slots[6] = slot_at(&world, 0, 0, 1440);
    slots[7] = slot_at(&world, 0, 0, 1440 + 300);
    slots[8] = slot_at(&world, 0, 0, 2 * 1440);
    assert_int_equal(pick(&world, slots, 9, 3, picked), 3);
    assert_int_equal(picked[0].start.ms, slots[0].start.ms);
    assert_int_equal(picked[1].start.ms, slots[7].start.ms);
    assert_int_equal(picked[2].start.ms, slots[8].start.ms);
    /* Two providers at one time are one time to a patient. */
    slots[0] = slot_at(&world, 0, 0, 0);
    slots[1] = slot_at(&world, 0, 1, 0);
    assert_int_equal(pick(&world, slots, 2, 3, picked), 1);
    assert_int_equal(pick(&world, slots, 0, 3, picked), 0);
    close_world(&world);
}

static void assert_apart(const struct slot *picked, size_t count)
{
    for (size_t i = 1; i < count; i++)
        assert_true(picked[i - 1].end.ms <= picked[i].start.ms);
}

static void test_leaning_pick__names_no_two_of_which_only_one_can_be(void **state)
{
    struct world world = {0};
    struct slot slots[20], picked[OPENING_OFFERED];
    open_world(&world, state);
    for (int length = 30; length <= 150; length += 15) {
        for (int i = 0; i < 20; i++) { /* every quarter of an hour, for five hours */
            slots[i] = slot_at(&world, 0, 0, 15 * i);
            slots[i].end = instant_add_ms(slots[i].start, length * MS_PER_MINUTE);
        }
        size_t most = (size_t)(285 / length + 1); /* one after the other */
        most = most > OPENING_OFFERED ? OPENING_OFFERED : most;
        assert_int_equal(pick(&world, slots, 20, most, picked), most);
        assert_apart(picked, most);
    }
    /* Saturday morning: four half hours by quarters. */
    for (int i = 0; i < 8; i++) {
        slots[i] = slot_at(&world, 0, 0, 15 * i);
        slots[i].end = instant_add_ms(slots[i].start, 30 * MS_PER_MINUTE);
    }
    assert_int_equal(pick(&world, slots, 8, 3, picked), 3);
    assert_apart(picked, 3);
    /* There is nothing else: better than naming fewer. */
    assert_int_equal(pick(&world, slots, 3, 3, picked), 3);
    close_world(&world);
}

/* ---- a crowd ---- */

/* One patient's phone: takes the first time that is free, again when somebody was faster. */
static int choose_one(struct world *world, int number, int service)
{
    struct db *db = NULL;
    struct ids ids;
    unsigned char seed[32] = {(unsigned char)number, 1};
    ARENA struct arena arena;
    struct why why = {0};
    arena_init(&arena, 0);
    ids_init(&ids, seed);
    const struct db_options options = {
        .address = world->t.store.address, .key = world->t.store.key, .busy_ms_max = 30000};
    if (db_open(&arena, &options, &db, &why) != ERR_NONE)
        return 3;
    for (int i = 0; i < 3 * CROWD; i++) {
        DB_TX struct tx tx = {0};
        struct slot *slots;
        size_t count;
        struct opening opening;
        const struct opening_question question = {.schedule = world->schedule,
            .service = service,
            .provider = SCHEDULE_NOBODY,
            .location = SCHEDULE_NOBODY,
            .from = world->monday,
            .until = minutes_on(world->monday, 5 * 1440),
            .now = world->now,
            .limit = 1};
        why = (struct why){0};
        if (opening_find(&arena, db, 1, &question, &slots, &count, &why) != ERR_NONE)
            return 4;
        if (count == 0)
            return 1;
        enum err err = db_begin(db, world->now, "patient", 1, &ids, &tx, &why);
        const struct opening_choice choice = {
            .patient_id = arena_format(&arena, "C%d", number), .slot = slots[0], .source = "page"};
        if (err == ERR_NONE)
            err = opening_hold(&arena, &tx, world->schedule, &choice, &opening, &why);
        if (err == ERR_NONE)
            err = db_commit(&tx, &why);
        if (err == ERR_NONE)
            return 0;
        if (err != ERR_CONFLICT && err != ERR_BUSY)
            return 5;
    }
    return 6;
}

/* How many of the crowd got a time; each its own process. */
static int let_choose(struct world *world, int service)
{
    pid_t people[CROWD];
    int got = 0, start[2];
    char byte;
    assert_int_equal(pipe(start), 0);
    for (int i = 0; i < CROWD; i++) {
        people[i] = fork();
        assert_true(people[i] >= 0);
        if (people[i] == 0) {
            close(start[1]);
            while (read(start[0], &byte, 1) > 0) {
            }
            _exit(choose_one(world, i, service));
        }
    }
    close(start[0]);
    close(start[1]); /* all at once */
    for (int i = 0; i < CROWD; i++) {
        int status;
        assert_int_equal(waitpid(people[i], &status, 0), people[i]);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) > 1)
            fail_msg("a patient's process ended with %d", WEXITSTATUS(status));
        got += WEXITSTATUS(status) == 0;
    }
    return got;
}

static void test_opening_hold__fifty_at_once_never_share_a_time(void **state)
{
    struct world world = {0};
    open_world(&world, state);
    /* Five mornings of six half-hours with two providers: enough for all. */
    assert_int_equal(let_choose(&world, 0), CROWD);
    assert_int_equal(record_fixture_int(&world.t,
                         "SELECT COUNT(*) FROM opening a JOIN opening b ON a.provider = b.provider"
                         " AND a.opening_id < b.opening_id AND a.start_ms < b.end_ms"
                         " AND b.start_ms < a.end_ms WHERE a.state = 'held' AND b.state = 'held'"),
        0);
    assert_int_equal(
        record_fixture_int(&world.t, "SELECT COUNT(*) FROM opening WHERE state = 'held'"), CROWD);
    close_world(&world);
}

static void test_opening_hold__fifty_at_once_never_share_a_room(void **state)
{
    struct world world = {0};
    open_world(&world, state);
    /* One laser, an hour and its cleaning: two visits fit into each of five mornings. */
    assert_int_equal(let_choose(&world, 1), 10);
    assert_int_equal(record_fixture_int(&world.t,
                         "SELECT COUNT(*) FROM opening a JOIN opening b ON"
                         " a.opening_id < b.opening_id AND a.start_ms < b.end_ms + 1800000"
                         " AND b.start_ms < a.end_ms + 1800000"),
        0);
    close_world(&world);
}

int main(void)
{
    const struct db_test tests[] = {
        DB_TEST(test_opening_find__leaves_out_what_the_booking_system_has),
        DB_TEST(test_opening_hold__one_time_is_one_patients),
        DB_TEST(test_opening_hold__one_room_is_one_patients_with_its_cleaning),
        DB_TEST(test_opening_hold__another_choice_lets_go_of_the_first),
        DB_TEST(test_opening_hold__ends_by_itself),
        DB_TEST(test_opening_confirm__books_once_and_for_its_patient),
        DB_TEST(test_leaning_pick__chooses_days_and_halves_apart),
        DB_TEST(test_leaning_pick__names_no_two_of_which_only_one_can_be),
        DB_TEST(test_opening_hold__fifty_at_once_never_share_a_time),
        DB_TEST(test_opening_hold__fifty_at_once_never_share_a_room),
    };
    static struct CMUnitTest all[2 * sizeof tests / sizeof tests[0]];
    db_fixture_tests(tests, sizeof tests / sizeof tests[0], all);
    return cmocka_run_group_tests(all, NULL, NULL);
}
