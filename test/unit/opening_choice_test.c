/* opening_choice_test.c: what patients say about times, against test/data/choices.tsv. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "opening/choice.h"
#include "zone_fixture.h"

enum { COLUMNS = 6, BYTES_MAX = 4000, RANDOM_TEXTS = 20000 };

struct world {
    struct arena arena;
    struct env env;
    struct zones zones;
    struct schedule_provider providers[3];
    struct schedule schedule;
    struct slot offers[3], offer[1];
};

static struct slot slot_of(const char *start, int provider)
{
    struct instant from = instant_of(start);
    return (struct slot){
        .start = from, .end = {from.ms + 30 * MS_PER_MINUTE}, .provider = provider};
}

static int open_world(void **state)
{
    static struct world world;
    struct why why = {0};
    zone_fixture_open(&world.arena, &world.env, &world.zones);
    world.providers[0].name = "Dr. Lily Chen";
    world.providers[1].name = "Rosa Delgado";
    world.providers[2].name = "Dr. Mark Patel";
    world.schedule = (struct schedule){.providers = world.providers, .provider_count = 3};
    must(zones_find(&world.zones, "America/Chicago", &world.schedule.zone, &why), &why);
    world.offers[0] = slot_of("2026-06-16T10:00:00-05:00", 0);
    world.offers[1] = slot_of("2026-06-18T16:30:00-05:00", 1);
    world.offers[2] = slot_of("2026-06-20T09:00:00-05:00", 0);
    world.offer[0] = slot_of("2026-06-17T14:00:00-05:00", 0);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    zone_fixture_close(&world->arena, &world->env);
    return 0;
}

static struct choice_question question_of(
    struct world *world, const char *now, const char *zone, const char *offers)
{
    struct why why = {0};
    bool three = text_is(offers, "A"), one = text_is(offers, "B");
    struct choice_question question = {.schedule = &world->schedule,
        .now = instant_of(text_is(now, "-") ? "2026-06-11T12:00:00-05:00" : now),
        .offered = three ? world->offers
            : one        ? world->offer
                         : NULL,
        .offered_count = three ? 3 : one,
        .opens_minute = 8 * 60,
        .closes_minute = 19 * 60};
    if (!text_is(zone, "-"))
        must(zones_find(&world->zones, zone, &question.patient_zone, &why), &why);
    return question;
}

/* Of one half: how many sayings, how many were left to a person, how many were read wrongly. */
struct score {
    int count, left, wrong;
};

static struct score score_half(struct world *world, const char *half)
{
    char path[512], line[BYTES_MAX];
    const char *root = getenv("SOURCE_ROOT");
    struct score score = {0};
    snprintf(path, sizeof path, "%s/test/data/choices.tsv", root ? root : ".");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        char *columns[COLUMNS], *rest = line;
        line[strcspn(line, "\n")] = 0;
        for (int i = 0; i < COLUMNS; i++)
            columns[i] = rest ? strsep(&rest, "\t") : NULL;
        if (line[0] == '#' || !text_is(columns[0], half))
            continue;
        assert_non_null(columns[COLUMNS - 1]);
        struct choice_question question = question_of(world, columns[1], columns[2], columns[3]);
        struct choice choice = choice_read(&question, columns[4]);
        const char *meaning = choice_text(&world->arena, &choice, &world->schedule);
        score.count++;
        if (text_is(meaning, columns[5]))
            continue;
        bool left = choice.kind == CHOICE_UNSURE;
        score.left += left;
        score.wrong += !left;
        if (!left || getenv("CHOICES_SHOWN"))
            print_message(
                "%s [%s]: read as %s, means %s\n", columns[4], columns[3], meaning, columns[5]);
    }
    fclose(file);
    print_message("# %s: %d sayings, %d right, %d left to a person, %d wrong\n", half, score.count,
        score.count - score.left - score.wrong, score.left, score.wrong);
    return score;
}

static void test_choice_read__understands_what_it_was_written_with(void **state)
{
    struct score score = score_half(*state, "dev");
    assert_true(score.count >= 160);
    assert_int_equal(score.wrong, 0);
    assert_true(score.left * 50 <= score.count);
}

static void test_choice_read__never_guesses_at_other_peoples_words(void **state)
{
    struct score score = score_half(*state, "held");
    assert_true(score.count >= 160);
    assert_int_equal(score.wrong, 0);
    assert_true(score.left * 4 <= score.count);
}

/* ---- nothing that is said is lost ---- */

/* One piece of a wish, as it is said and what it allows: of days 0 weekdays (a bit each), months (a
 * bit each), from and until (a year's days, month * 100 + day, the year turning in June), of hours
 * from and until. Zero: any. */
struct piece {
    const char *said[2]; /* English, Spanish */
    uint8_t weekdays;
    int month, from, until, after, before, from_hour, until_hour;
};

enum { KINDS = 5, SAID_MAX = 7, MIXED_TEXTS = 12000 };

static const struct piece wishes[KINDS][SAID_MAX] = {
    {{{"saturdays", "los sábados"}, .weekdays = 1 << 6},
        {{"a monday", "un lunes"}, .weekdays = 1 << 1},
        {{"tuesday or thursday", "el martes o el jueves"}, .weekdays = 1 << 2 | 1 << 4},
        {{"any weekend", "fines de semana"}, .weekdays = 1 << 6 | 1},
        {{"mondays and fridays", "los lunes y los viernes"}, .weekdays = 1 << 1 | 1 << 5},
        {{"a weekday", "de lunes a viernes"}, .weekdays = 0x3e}},
    {{{"in december", "en diciembre"}, .month = 12}, {{"in january", "en enero"}, .month = 1},
        {{"next month", "el próximo mes"}, .month = 12}},
    {{{"next week", "la próxima semana"}, .from = 1130, .until = 1206},
        {{"the week of december 7", "la semana del 7 de diciembre"}, .from = 1207, .until = 1213},
        {{"the first week of january", "la primera semana de enero"}, .from = 101, .until = 107},
        {{"dec 7-11", "del 7 al 11 de diciembre"}, .from = 1207, .until = 1211},
        {{"december 8 or 9", "el 8 o el 9 de diciembre"}, .from = 1208, .until = 1209},
        {{"late december", "a finales de diciembre"}, .from = 1222, .until = 1231}},
    {{{"after the 10th", "después del 10"}, .after = 10},
        {{"before the 20th", "antes del 20"}, .before = 20},
        {{"after december 9", "después del 9 de diciembre"}, .from = 1210, .until = 531},
        {{"before january 9", "antes del 9 de enero"}, .from = 1123, .until = 108},
        {{"between the 3rd and the 12th", "entre el 3 y el 12"}, .after = 2, .before = 13},
        {{"from the 5th", "a partir del 5"}, .after = 4}},
    {{{"in the morning", "por la mañana"}, .until_hour = 12},
        {{"after 3", "después de las 3"}, .from_hour = 15},
        {{"in the evening", "por la noche"}, .from_hour = 17},
        {{"between 2 and 4", "entre las 2 y las 4"}, .from_hour = 14, .until_hour = 16}}};

/* In the order of a year that begins in June. */
static int place_in_year(int month, int day)
{
    return ((month + 6) % 12) * 100 + day;
}

/* "the 10th" is of the month that is said, else the next one. */
static int month_said(const struct piece *const chosen[KINDS])
{
    if (chosen[1])
        return chosen[1]->month;
    return chosen[2] && chosen[2]->from / 100 == chosen[2]->until / 100 ? chosen[2]->from / 100 : 0;
}

static bool piece_allows(const struct piece *piece, int told, struct day day, int hour)
{
    int year, month, of_month;
    day_split(day, &year, &month, &of_month);
    int place = place_in_year(month, of_month), month_of_day = told ? told : 12;
    bool allows = !piece->weekdays || piece->weekdays >> day_weekday(day) & 1;
    allows = allows && (!piece->month || month == piece->month);
    if (piece->from)
        allows = allows && place >= place_in_year(piece->from / 100, piece->from % 100)
            && place <= place_in_year(piece->until / 100, piece->until % 100);
    if (piece->after)
        allows = allows && place > place_in_year(month_of_day, piece->after);
    if (piece->before)
        allows = allows && place < place_in_year(month_of_day, piece->before);
    return allows && hour >= piece->from_hour && (!piece->until_hour || hour < piece->until_hour);
}

static bool all_allow(const struct piece *const chosen[KINDS], struct day day, int hour)
{
    int month = month_said(chosen);
    bool allow = true;
    for (int kind = 0; kind < KINDS; kind++)
        allow = allow && (!chosen[kind] || piece_allows(chosen[kind], month, day, hour));
    return allow;
}

static bool can_be(const struct piece *const chosen[KINDS], struct day today)
{
    bool can = false;
    for (int n = 0; n < 100; n++) {
        for (int hour = 8; hour < 19; hour += 3)
            can = can || all_allow(chosen, (struct day){today.n + n}, hour);
    }
    return can;
}

/* How many times the words allow; `ret_wrong`: one that something of what was said does not. */
static size_t count_allowed(struct world *world, const struct choice *choice, struct day today,
    const struct piece *const chosen[KINDS], bool *ret_wrong)
{
    size_t count = 0;
    for (int n = 0; n < 100; n++) {
        struct day day = {today.n + n};
        if (!choice_allows_day(choice, day))
            continue;
        for (int hour = 8; hour < 19; hour += 3) {
            struct slot slot = {.start = zone_at(world->schedule.zone, day, hour * 60)};
            if (!choice_allows(choice, &world->schedule, &slot, SCHEDULE_NOBODY))
                continue;
            count++;
            *ret_wrong = *ret_wrong || !all_allow(chosen, day, hour);
        }
    }
    return count;
}

/* Weekdays, months, weeks, "after", parts of the day, in any order: what is read keeps all of it,
 * and what cannot be had together is left to a person. */
static void test_choice_read__loses_nothing_that_is_said(void **state)
{
    static const char *const gaps[] = {" ", " ", ", ", " but "};
    struct world *world = *state;
    struct ids random;
    static const unsigned char seed[32] = "nothing is lost";
    int read = 0, wrong = 0;
    ids_init(&random, seed);
    struct choice_question question = question_of(world, "2026-11-23T12:00:00-06:00", "-", "-");
    struct day today = zone_day(world->schedule.zone, question.now);
    for (int i = 0; i < MIXED_TEXTS; i++) {
        const struct piece *chosen[KINDS] = {NULL};
        char text[256] = "";
        size_t len = 0, first = ids_random(&random) % KINDS, step = 1 + ids_random(&random) % 4;
        const char *gap = gaps[ids_random(&random) % (sizeof gaps / sizeof gaps[0])];
        for (size_t k = 0; k < KINDS; k++) {
            size_t kind = (first + k * step) % KINDS;
            const struct piece *piece = &wishes[kind][ids_random(&random) % SAID_MAX];
            if (!piece->said[0])
                continue;
            chosen[kind] = piece;
            len += (size_t)snprintf(
                text + len, sizeof text - len, "%s%s", len ? gap : "", piece->said[i % 2]);
        }
        bool lost = false, apart = false;
        if (*gap != ' ' || gap[1]) /* "december, january" is a list */
            apart = !can_be(chosen, today);
        struct choice choice = choice_read(&question, text);
        if (choice.kind != CHOICE_WANT || apart)
            continue;
        read += count_allowed(world, &choice, today, chosen, &lost) > 0;
        wrong += lost;
        if (lost)
            print_message(
                "%s: read as %s\n", text, choice_text(&world->arena, &choice, &world->schedule));
    }
    print_message("# %d texts, %d read, %d wrong\n", MIXED_TEXTS, read, wrong);
    assert_int_equal(wrong, 0);
    assert_true(read * 4 >= MIXED_TEXTS);
}

/* ---- what is said next ---- */

static size_t offers_of(const char *name, struct slot offers[3])
{
    static const char *const starts[][4] = {
        {"F", "2026-06-12T09:00:00-05:00", "2026-06-12T11:30:00-05:00",
            "2026-06-12T14:00:00-05:00"},
        {"S", "2026-06-13T09:00:00-05:00", "2026-06-13T12:30:00-05:00",
            "2026-06-13T15:00:00-05:00"},
        {"W", "2026-06-15T10:00:00-05:00", "2026-06-16T10:00:00-05:00",
            "2026-06-17T15:00:00-05:00"}};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        for (size_t k = 0; text_is(name, starts[i][0]) && k < 3; k++)
            offers[k] = slot_of(starts[i][k + 1], 0);
        if (text_is(name, starts[i][0]))
            return 3;
    }
    return 0;
}

/* The wish after `first`, and then after `next` said of the offers. */
static struct choice follow(
    struct world *world, const char *offers, const char *first, const char *next)
{
    struct slot offered[3];
    struct choice_question question = question_of(world, "-", "-", "-");
    struct choice before = choice_read(&question, first);
    before = choice_follow(&question, &before);
    question.offered = offered;
    question.offered_count = offers_of(offers, offered);
    question.wish = text_is(first, "-") ? NULL : &before;
    struct choice said = choice_read(&question, next);
    return choice_follow(&question, &said);
}

/* A provider's name that is a month, a season or a feast as well: a time only where one leads to
 * it. */
static void test_choice_read__tells_a_name_from_a_time(void **state)
{
    static const char *const known[][2] = {
        {"can I see Dr Reyes?", "want any; with Dr. Ana Reyes"},
        {"can I see Dr. Reyes", "want any; with Dr. Ana Reyes"},
        {"is Dr. Reyes free on friday?", "want 2026-06-12; with Dr. Ana Reyes"},
        {"con la dra. Reyes por favor", "want any; with Dr. Ana Reyes"},
        {"is Summer free on friday?", "want 2026-06-12; with Summer Lane"},
        {"with April", "want any; with April Sun"},
        {"April at 3pm?", "want 15:00; with April Sun"},
        {"Dr. Sun", "want any; with April Sun"},
        {"sun", "want 2026-06-14"},
        {"friday with April", "want 2026-06-12; with April Sun"},
        {"this summer", "want 2026-06-11..2026-08-31"},
        {"in the summer with Summer", "want 2026-06-11..2026-08-31; with Summer Lane"},
        {"20 de agosto", "want 2026-08-20"},
    };
    static const char *const strange[][2] = {
        {"can I see Dr Reyes?", "unsure"}, {"summer?", "want 2026-06-11..2026-08-31"}};
    struct world *world = *state;
    const struct schedule_provider providers[] = {
        {.name = "Dr. Ana Reyes"}, {.name = "Summer Lane"}, {.name = "April Sun"}};
    struct schedule schedule = world->schedule;
    struct choice_question question = question_of(world, "-", "-", "-");
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        struct choice choice = choice_read(&question, strange[i][0]);
        assert_string_equal(choice_text(&world->arena, &choice, &schedule), strange[i][1]);
    }
    schedule.providers = providers;
    question.schedule = &schedule;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct choice choice = choice_read(&question, known[i][0]);
        assert_string_equal(choice_text(&world->arena, &choice, &schedule), known[i][1]);
    }
    static const char *const ranges[][2] = {{"from March to April?", "want 2027-03-01..2027-04-30"},
        {"april - may", "want 2027-04-01..2027-05-31"},
        {"de marzo a abril", "want 2027-03-01..2027-04-30"},
        {"in march or april", "want 2027-03-01..2027-03-31; 2027-04-01..2027-04-30"},
        {"march with april", "want 2027-03-01..2027-03-31; with April Sun"},
        {"from april to june", "unsure"}}; /* further than may be asked */
    question.now = instant_of("2026-11-23T12:00:00-06:00");
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        struct choice choice = choice_read(&question, ranges[i][0]);
        assert_string_equal(choice_text(&world->arena, &choice, &schedule), ranges[i][1]);
    }
}

static void test_choice_follow__keeps_what_was_said_and_holds_still(void **state)
{
    struct world *world = *state;
    char path[512], line[BYTES_MAX];
    const char *root = getenv("SOURCE_ROOT");
    int count = 0, wrong = 0;
    snprintf(path, sizeof path, "%s/test/data/follow_ups.tsv", root ? root : ".");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        char *columns[4], *rest = line;
        line[strcspn(line, "\n")] = 0;
        for (int i = 0; i < 4; i++)
            columns[i] = rest ? strsep(&rest, "\t") : NULL;
        if (line[0] == '#')
            continue;
        assert_non_null(columns[3]);
        struct choice choice = follow(world, columns[0], columns[1], columns[2]);
        const char *meaning = choice_text(&world->arena, &choice, &world->schedule);
        count++;
        if (text_is(meaning, columns[3]))
            continue;
        wrong++;
        print_message(
            "%s / %s: read as %s, means %s\n", columns[1], columns[2], meaning, columns[3]);
    }
    fclose(file);
    assert_true(count >= 60);
    assert_int_equal(wrong, 0);
}

static bool any_time(const struct choice *first, const struct choice *second, struct world *world,
    bool both_only, const struct choice_question *question)
{
    struct day today = zone_day(world->schedule.zone, question->now);
    for (struct day day = {today.n}; day.n < today.n + 40; day.n++) {
        for (int minute = 8 * 60; minute < 19 * 60; minute += 30) {
            struct slot slot = {.start = zone_at(world->schedule.zone, day, minute)};
            bool one = choice_allows(first, &world->schedule, &slot, SCHEDULE_NOBODY);
            bool other = choice_allows(second, &world->schedule, &slot, SCHEDULE_NOBODY);
            if (one && other == both_only)
                return true;
        }
    }
    return false;
}

/* Whatever is said after whatever: all that then suits satisfies the last words; and the first ones
 * as well, where the last only take something away and leave something. */
static void test_choice_follow__suits_the_last_words_and_what_they_leave(void **state)
{
    static const char *const texts[] = {"do you have friday?", "next week?", "tomorrow?",
        "mornings?", "after 3", "friday after 2?", "saturdays?", "this week?", "the weekend?",
        "tuesday or thursday morning?", "in july?", "june 20?", "next week mornings?",
        "between 10 and 2", "el martes por la tarde", "any day", "anything before noon?",
        "saturdays in july?", "the week of june 22?", "june 22-26?", "after the 10th?"};
    static const char *const takes[] = {
        "not tuesday", "not friday", "menos el jueves", "not in the morning", "not after 4"};
    enum { TEXTS = sizeof texts / sizeof texts[0], TAKES = sizeof takes / sizeof takes[0] };
    struct world *world = *state;
    struct choice_question question = question_of(world, "-", "-", "-");
    for (size_t i = 0; i < TEXTS; i++) {
        question.wish = NULL;
        struct choice first = choice_read(&question, texts[i]);
        first = choice_follow(&question, &first);
        assert_int_equal(first.kind, CHOICE_WANT);
        for (size_t k = 0; k < TEXTS + TAKES; k++) {
            question.wish = &first;
            struct choice said = choice_read(&question, k < TEXTS ? texts[k] : takes[k - TEXTS]);
            struct choice both = choice_follow(&question, &said);
            assert_int_equal(both.kind, CHOICE_WANT);
            assert_true(any_time(&both, &said, world, true, &question));
            assert_false(any_time(&both, &said, world, false, &question));
            if (k >= TEXTS && any_time(&first, &said, world, true, &question))
                assert_false(any_time(&both, &first, world, false, &question));
        }
    }
}

/* What was passed over is not named again, nor whom they do not want. */
static void test_choice_follow__passes_over_what_was_not_wanted(void **state)
{
    struct world *world = *state;
    struct slot offers[3];
    offers_of("S", offers);
    struct slot free = slot_of("2026-06-13T10:00:00-05:00", 0), rosa = free;
    rosa.provider = 1;
    struct choice choice = follow(world, "S", "saturday?", "none of those");
    for (size_t i = 0; i < 3; i++)
        assert_false(choice_allows(&choice, &world->schedule, &offers[i], 0));
    assert_true(choice_allows(&choice, &world->schedule, &free, 0));
    choice = follow(world, "S", "saturday?", "with someone else?");
    assert_false(choice_allows(&choice, &world->schedule, &free, 0));
    assert_true(choice_allows(&choice, &world->schedule, &rosa, 0));
    choice = follow(world, "S", "saturday?", "not with Chen");
    assert_false(choice_allows(&choice, &world->schedule, &free, 0));
    assert_true(choice_allows(&choice, &world->schedule, &rosa, 0));
}

/* Any bytes: an answer, and none of an offer that is not there. */
static void test_choice_read__takes_any_bytes(void **state)
{
    static const char *const pieces[] = {"mon", "tuesday", " ", "2", "10:", "/", "30", "not ",
        "after ", "-", " or ", ", ", "\xff", "\xf0\x9f", "é", "next ", "week ", "2nd ", "one ",
        "am", "?", ".", "el ", "in ", "may ", "feb ", "31", "999999999999", "'", "to ", "any ",
        "the week of ", "of january ", "7th ", "saturdays ", "del ", "al ", "but ", "between ",
        "first ", "weekend ", "from ", "christmas ", "late ", "and ", "every ", "that day ",
        "this "};
    struct world *world = *state;
    struct ids random;
    static const unsigned char seed[32] = "any bytes";
    ids_init(&random, seed);
    for (int i = 0; i < RANDOM_TEXTS; i++) {
        char text[256] = "";
        size_t len = 0;
        for (uint64_t n = ids_random(&random) % 12; n > 0; n--) {
            const char *piece = pieces[ids_random(&random) % (sizeof pieces / sizeof pieces[0])];
            len += (size_t)snprintf(text + len, sizeof text - len, "%s", piece);
        }
        struct choice_question question = question_of(world, "-", "-", i % 2 ? "A" : "-");
        struct choice choice = choice_read(&question, text);
        assert_true(choice.kind != CHOICE_PICK || choice.pick < question.offered_count);
        struct choice wish = choice_follow(&question, &choice);
        assert_true(wish.window_count <= CHOICE_WINDOWS_MAX);
        assert_true(choice.window_count <= CHOICE_WINDOWS_MAX);
        if (i % 100 == 0)
            assert_non_null(choice_text(&world->arena, &choice, &world->schedule));
    }
    struct choice_question question = question_of(world, "-", "-", "-");
    char *endless = arena_alloc(&world->arena, 100000);
    memset(endless, '1', 99999);
    assert_int_equal(choice_read(&question, endless).kind, CHOICE_UNSURE);
    assert_int_equal(choice_read(&question, NULL).kind, CHOICE_UNSURE);
}

static void test_choice_allows__holds_hours_days_and_people(void **state)
{
    struct world *world = *state;
    struct choice_question question = question_of(world, "-", "-", "-");
    struct choice choice = choice_read(&question, "tuesdays after 9 but not with anyone new");
    assert_int_equal(choice.kind, CHOICE_UNSURE);
    choice = choice_read(&question, "tuesdays after 9, same provider");
    assert_true(choice_allows(&choice, &world->schedule, &world->offers[0], 0));
    assert_false(choice_allows(&choice, &world->schedule, &world->offers[0], 1));
    assert_false(choice_allows(&choice, &world->schedule, &world->offers[1], 1));
    choice = choice_read(&question, "anything but saturday");
    assert_true(choice_allows(&choice, &world->schedule, &world->offers[1], 0));
    assert_false(choice_allows(&choice, &world->schedule, &world->offers[2], 0));
}

/* Whoever looks at days alone passes over none of the times, and over most of the days. */
static void test_choice_allows_day__leaves_out_only_days_without_a_time(void **state)
{
    static const char *const texts[] = {"saturday morning", "after 5, anything but monday",
        "not friday afternoon", "next week", "tuesdays after 9", "any day is fine"};
    static const int days[] = {8, 48, 56, 7, 8, 56}; /* of eight weeks, at most */
    struct world *world = *state;
    struct choice_question question = question_of(world, "-", "-", "-");
    struct day today = zone_day(world->schedule.zone, question.now);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct choice choice = choice_read(&question, texts[i]);
        assert_int_equal(choice.kind, CHOICE_WANT);
        int count = 0;
        for (struct day day = today; day.n < today.n + 56; day.n++) {
            bool any = false;
            for (int minute = 0; minute < 1440; minute += 15) {
                struct slot slot = {.start = zone_at(world->schedule.zone, day, minute)};
                any |= choice_allows(&choice, &world->schedule, &slot, 0);
            }
            assert_true(!any || choice_allows_day(&choice, day));
            count += choice_allows_day(&choice, day);
        }
        assert_in_range(count, 1, days[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice_read__understands_what_it_was_written_with),
        cmocka_unit_test(test_choice_read__never_guesses_at_other_peoples_words),
        cmocka_unit_test(test_choice_read__loses_nothing_that_is_said),
        cmocka_unit_test(test_choice_read__tells_a_name_from_a_time),
        cmocka_unit_test(test_choice_follow__keeps_what_was_said_and_holds_still),
        cmocka_unit_test(test_choice_follow__suits_the_last_words_and_what_they_leave),
        cmocka_unit_test(test_choice_follow__passes_over_what_was_not_wanted),
        cmocka_unit_test(test_choice_read__takes_any_bytes),
        cmocka_unit_test(test_choice_allows__holds_hours_days_and_people),
        cmocka_unit_test(test_choice_allows_day__leaves_out_only_days_without_a_time),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
