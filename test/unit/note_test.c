/* note_test.c: what a few words after a call come to, against test/data/notes.tsv. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "note/note.h"
#include "zone_fixture.h"

enum { COLUMNS = 5, BYTES_MAX = 2000, RANDOM_NOTES = 20000, NOTES_LEAST = 150 };

struct world {
    struct arena arena;
    struct env env;
    struct zones zones;
    struct schedule_provider providers[3];
    struct schedule schedule;
    struct note_question question;
};

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
    world.question = (struct note_question){
        .schedule = &world.schedule, .opens_minute = 540, .closes_minute = 1140};
    world.question.now = instant_of("2026-06-11T12:00:00-05:00");
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    zone_fixture_close(&world->arena, &world->env);
    return 0;
}

static const char *next_text(struct world *world, const struct note_reading *reading)
{
    const char *name = note_next_name(reading->next);
    if (!name)
        return "-";
    if (!reading->next_at.ms)
        return name;
    const char *at = zone_format(&world->arena, world->schedule.zone, reading->next_at);
    return arena_format(&world->arena, "%s %.5s %.5s", name, at + 5, at + 11);
}

/* In the order of the alphabet, `stop` among them. */
static const char *tags_text(struct world *world, const struct note_reading *reading)
{
    const char *tags[NOTE_TAGS_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < reading->tag_count; i++)
        tags[count++] = reading->tags[i];
    if (reading->stop)
        tags[count++] = "stop";
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            if (strcmp(tags[j], tags[i]) < 0) {
                const char *kept = tags[i];
                tags[i] = tags[j];
                tags[j] = kept;
            }
        }
    }
    struct buf list;
    buf_init(&list, &world->arena);
    for (size_t i = 0; i < count; i++)
        buf_format(&list, "%s%s", i ? "," : "", tags[i]);
    return count ? list.data : "-";
}

static bool reads(struct world *world, char **columns)
{
    const struct note_reading reading = note_read(&world->arena, &world->question, columns[1]);
    const char *outcome = note_outcome_name(reading.outcome);
    const char *seen = arena_format(&world->arena, "%s\t%s\t%s", outcome ? outcome : "-",
        next_text(world, &reading), tags_text(world, &reading));
    const char *wanted =
        arena_format(&world->arena, "%s\t%s\t%s", columns[2], columns[3], columns[4]);
    if (text_is(seen, wanted))
        return true;
    print_message("# \"%s\"\n#   wanted %s\n#   saw    %s\n", columns[1], wanted, seen);
    return false;
}

static void test_note_read__fills_in_what_was_meant(void **state)
{
    struct world *world = *state;
    const char *root = getenv("SOURCE_ROOT");
    FILE *file =
        fopen(arena_format(&world->arena, "%s/test/data/notes.tsv", root ? root : "."), "r");
    assert_non_null(file);
    char line[BYTES_MAX];
    size_t notes = 0, wrong = 0;
    while (fgets(line, sizeof line, file)) {
        char *columns[COLUMNS], *rest = line;
        if (line[0] == '#')
            continue;
        for (size_t i = 0; i < COLUMNS; i++) {
            columns[i] = strsep(&rest, i + 1 < COLUMNS ? "\t" : "\n");
            assert_non_null(columns[i]);
        }
        notes++;
        wrong += !reads(world, columns);
    }
    (void)fclose(file);
    print_message("# %zu notes, %zu read otherwise than meant\n", notes, wrong);
    assert_true(notes >= NOTES_LEAST);
    assert_int_equal(wrong, 0);
}

static void test_note_read__takes_any_bytes(void **state)
{
    struct world *world = *state;
    uint32_t chance = 88172645;
    static const char *const parts[] = {"call", "back", "lm", "fri", "after", "4", "\xC3", "\xFF",
        "no", "not", ",", " ", "in", "2", "hours", "_", "|", "99999999999", "wants", "dr", "chen"};
    for (int i = 0; i < RANDOM_NOTES; i++) {
        struct arena_mark mark = arena_mark(&world->arena);
        struct buf note;
        buf_init(&note, &world->arena);
        for (uint32_t n = 0; n < chance % 40; n++) {
            chance ^= chance << 13;
            chance ^= chance >> 17;
            chance ^= chance << 5;
            buf_format(&note, "%s%s", parts[chance % (sizeof parts / sizeof *parts)],
                chance & 64 ? " " : "");
        }
        chance = chance * 1664525U + 1013904223U;
        const struct note_reading reading = note_read(&world->arena, &world->question, note.data);
        assert_true(reading.tag_count <= NOTE_TAGS_MAX && reading.why_count <= NOTE_WHY_MAX);
        arena_rewind(&world->arena, mark);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_note_read__fills_in_what_was_meant),
        cmocka_unit_test(test_note_read__takes_any_bytes),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
