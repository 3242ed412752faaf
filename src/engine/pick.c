/* pick.c: which few of many free times one patient is named. */
#include <string.h>

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

static bool is_offered(const struct times_talk *talk, const struct slot *slot)
{
    for (size_t i = 0; i < talk->asked.offered_count; i++) {
        if (talk->asked.offered[i].start.ms == slot->start.ms)
            return true;
    }
    return false;
}

static bool allows(const struct times_talk *talk, const struct slot *slot)
{
    switch (talk->choice.kind) {
    case CHOICE_OTHER: return choice_allows_other(&talk->choice, &talk->asked, slot);
    case CHOICE_WANT:
        return choice_allows(&talk->choice, talk->asked.schedule, slot, talk->booking.provider);
    case CHOICE_PICK: return false; /* it was taken meanwhile: others beside it */
    case CHOICE_UNSURE:
    case CHOICE_KIND_MAX: break;
    }
    return true;
}

/* Nothing is free as they would have it: what comes nearest, whoever it is with. */
static enum err pick_else(struct engine *engine, struct arena *arena, const struct times_talk *talk,
    struct instant now, struct times_named *named, struct why *reterr_why)
{
    const struct schedule *schedule = talk->asked.schedule;
    struct booking anybody = talk->booking;
    struct choice wanted = talk->choice;
    struct slot *slots;
    size_t count, left = 0;
    anybody.provider = SCHEDULE_NOBODY;
    enum err err = engine_find_times(engine, arena, &anybody, now, 0, &slots, &count, reterr_why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < count; i++) {
        if (talk->choice.kind != CHOICE_OTHER || !is_offered(talk, &slots[i]))
            slots[left++] = slots[i];
    }
    if (talk->choice.kind == CHOICE_PICK)
        wanted = choice_of_slot(schedule, &talk->asked.offered[talk->choice.pick]);
    if (talk->choice.kind == CHOICE_OTHER && talk->choice.shift > 0 && talk->asked.offered_count)
        wanted = choice_of_slot(schedule, &talk->asked.offered[talk->asked.offered_count - 1]);
    named->count = choice_nearest(
        &wanted, schedule, talk->booking.provider, slots, left, OPENING_OFFERED, named->slots);
    return ERR_NONE;
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
        named.template_name =
            talk->choice.kind == CHOICE_PICK ? "answer-times-taken" : "answer-times-else";
        err = pick_else(engine, arena, talk, now, &named, reterr_why);
    }
    if (err == ERR_NONE)
        *ret_named = named;
    return err;
}

/* ---- nobody said anything ---- */

size_t engine_pick_times(const struct schedule *schedule, const struct leaning *leaning,
    const struct slot *slots, size_t count, struct slot ret_picked[OPENING_OFFERED])
{
    return leaning_pick(leaning, schedule, slots, count, OPENING_OFFERED, ret_picked);
}
