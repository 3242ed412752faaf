/* pick.c: which few of many free times one patient is named. */
#include <string.h>

#include "base/text.h"
#include "engine/booking.h"
#include "engine/engine_int.h"
#include "engine/times.h"
#include "engine_sql.h"

enum err engine_read_leaning(struct engine *engine, struct arena *arena, struct db *db,
    const char *patient_id, struct leaning *ret_leaning, struct why *reterr_why)
{
    enum { TAGS_MAX = 200 };
    const char **tags = ARENA_NEW(arena, const char *, TAGS_MAX);
    size_t count = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_engine_leaning_tags,
        DB_ARGS(db_int("practice_id", engine->practice->practice_id),
            db_text("patient_id", patient_id), db_int("most", TAGS_MAX)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows))
        tags[count++] = db_col_copy(arena, rows, 0);
    err = db_end(&rows, reterr_why);
    if (err == ERR_NONE)
        *ret_leaning = leaning_of(engine->home->schedule, tags, count);
    return err;
}

/* ---- an answer to words ---- */

static bool allows(const struct times_talk *talk, const struct slot *slot)
{
    switch (talk->choice.kind) {
    case CHOICE_WANT:
        return choice_allows(&talk->choice, talk->asked.schedule, slot, talk->booking.provider);
    case CHOICE_PICK: return false; /* it was taken meanwhile: others beside it */
    case CHOICE_OTHER:
    case CHOICE_UNSURE:
    case CHOICE_KIND_MAX: break;
    }
    return true;
}

const struct choice *times_wish(const struct times_talk *talk)
{
    return talk->choice.kind == CHOICE_WANT ? &talk->choice : talk->named.wish;
}

/* Who names an hour of a day is told of that day, as long as it has anything. */
static size_t keep_to_day(const struct times_talk *talk, struct slot *slots, size_t count)
{
    const struct choice *choice = &talk->choice;
    size_t left = 0;
    bool hour = choice->window_count > 0;
    for (size_t i = 0; i < choice->window_count; i++) {
        const struct choice_window *window = &choice->windows[i];
        hour = hour && window->until_minute - window->from_minute == 1;
    }
    for (size_t i = 0; hour && i < count; i++) {
        struct day day = zone_day(talk->asked.schedule->zone, slots[i].start);
        bool person = talk->booking.provider < 0 || slots[i].provider == talk->booking.provider;
        if (person && choice_allows_day(choice, day)
            && choice_miss(choice, talk->asked.schedule, &slots[i], talk->booking.provider)
                != CHOICE_RULED_OUT) {
            struct slot slot = slots[left];
            slots[left++] = slots[i];
            slots[i] = slot;
        }
    }
    return left > 0 ? left : count;
}

/* Nothing is free as they would have it: what comes nearest, whoever it is with. */
static enum err pick_else(struct engine *engine, struct arena *arena, const struct times_talk *talk,
    struct instant now, struct times_named *named, struct why *reterr_why)
{
    const struct schedule *schedule = talk->asked.schedule;
    struct booking anybody = talk->booking;
    const struct choice wanted = talk->choice.kind == CHOICE_PICK
        ? choice_of_slot(schedule, &talk->chosen)
        : choice_beside(&talk->asked, &talk->choice);
    struct slot *slots;
    size_t count;
    anybody.provider = SCHEDULE_NOBODY;
    named->template_name = "answer-times-else";
    enum err err = engine_find_times(engine, arena, &anybody, now, 0, &slots, &count, reterr_why);
    if (err == ERR_NONE)
        count = keep_to_day(talk, slots, count);
    if (err == ERR_NONE)
        named->count = choice_nearest(
            &wanted, schedule, talk->booking.provider, slots, count, OPENING_OFFERED, named->slots);
    return err;
}

static bool is_free(const struct slot *slot, const struct slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slots[i].start.ms == slot->start.ms && slots[i].provider == slot->provider
            && slots[i].location == slot->location)
            return true;
    }
    return false;
}

static bool overlaps(const struct slot *slot, const struct slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slots[i].start.ms == slot->start.ms || opening_overlap(&slots[i], slot))
            return true;
    }
    return false;
}

/* The one they chose was taken meanwhile: first what is left of the same list, in its order, then
 * what comes nearest to it of all that they wish. */
static enum err pick_beside_taken(struct engine *engine, struct arena *arena,
    const struct times_talk *talk, struct instant now, struct times_named *named,
    struct why *reterr_why)
{
    const struct schedule *schedule = talk->asked.schedule;
    const struct choice *wish = talk->named.wish;
    struct choice near = choice_of_slot(schedule, &talk->chosen);
    struct booking booking = talk->booking;
    struct slot *slots, more[OPENING_OFFERED];
    size_t count, fits = 0;
    booking.provider = SCHEDULE_NOBODY;
    enum err err = engine_find_times(engine, arena, &booking, now, 0, &slots, &count, reterr_why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < talk->named.count; i++) {
        const struct slot *slot = &talk->named.slots[i];
        if (slot->start.ms != talk->chosen.start.ms && is_free(slot, slots, count))
            named->slots[named->count++] = *slot;
    }
    for (size_t i = 0; i < count; i++) {
        if (!overlaps(&slots[i], named->slots, named->count)
            && (!wish || choice_allows(wish, schedule, &slots[i], talk->booking.provider)))
            slots[fits++] = slots[i];
    }
    count = choice_nearest(
        &near, schedule, talk->booking.provider, slots, fits, OPENING_OFFERED - named->count, more);
    for (size_t i = 0; i < count; i++)
        named->slots[named->count++] = more[i];
    return ERR_NONE;
}

/* One time is taken with YES, not with its number. */
static const char *name_of_one(const char *template_name)
{
    if (text_is(template_name, "answer-times-else"))
        return "answer-time-else";
    return text_is(template_name, "answer-times-taken") ? "answer-time-taken" : "answer-time";
}

enum err times_choose(struct engine *engine, struct arena *arena, struct db *db,
    const struct times_talk *talk, struct instant now, struct times_named *ret_named,
    struct why *reterr_why)
{
    const struct schedule *schedule = talk->asked.schedule;
    struct slot *slots;
    size_t count, fits = 0;
    struct leaning leaning;
    struct times_named named = {.template_name = "answer-times"};
    enum err err =
        engine_find_times(engine, arena, &talk->booking, now, 0, &slots, &count, reterr_why);
    if (err == ERR_NONE)
        err =
            engine_read_leaning(engine, arena, db, talk->patient->patient_id, &leaning, reterr_why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < count; i++) {
        if (allows(talk, &slots[i]))
            slots[fits++] = slots[i];
    }
    if (fits > 0) {
        leaning = leaning_beside(&leaning, &talk->choice);
        named.count = leaning_pick(&leaning, schedule, slots, fits, OPENING_OFFERED, named.slots);
        for (size_t i = 0; i < named.count; i++)
            named.remembered += leaning_suits(&leaning, schedule, &named.slots[i]) > 0;
    } else {
        if (talk->choice.kind == CHOICE_PICK) {
            named.template_name = "answer-times-taken";
            err = pick_beside_taken(engine, arena, talk, now, &named, reterr_why);
        }
        if (err == ERR_NONE && named.count == 0)
            err = pick_else(engine, arena, talk, now, &named, reterr_why);
    }
    if (err == ERR_NONE && named.count == 1)
        named.template_name = name_of_one(named.template_name);
    if (err == ERR_NONE)
        *ret_named = named;
    return err;
}

enum err times_left(struct engine *engine, struct arena *arena, const struct times_talk *talk,
    struct instant now, struct times_named *ret_named, struct why *reterr_why)
{
    struct booking booking = talk->booking;
    struct times_named named = {.count = 0};
    struct slot *slots;
    size_t count;
    booking.provider = SCHEDULE_NOBODY;
    enum err err = engine_find_times(engine, arena, &booking, now, 0, &slots, &count, reterr_why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < talk->named.count; i++) {
        if (is_free(&talk->named.slots[i], slots, count))
            named.slots[named.count++] = talk->named.slots[i];
    }
    named.template_name = named.count > 1 ? "answer-times-which" : "answer-time";
    *ret_named = named;
    return ERR_NONE;
}

/* ---- nobody said anything ---- */

size_t engine_pick_times(const struct schedule *schedule, const struct leaning *leaning,
    const struct slot *slots, size_t count, struct slot ret_picked[OPENING_OFFERED])
{
    return leaning_pick(leaning, schedule, slots, count, OPENING_OFFERED, ret_picked);
}
