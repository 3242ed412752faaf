/* proposal.c: times that a message named, kept until they are answered. */
#include "opening/proposal.h"

#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/json.h"
#include "base/text.h"
#include "opening/choice_kept.h"
#include "opening_sql.h"

static const char *state_name(enum proposal_state state)
{
    static const char *const names[PROPOSAL_STATE_MAX] = {"open", "taken", "replaced"};
    assert(state < PROPOSAL_STATE_MAX);
    return names[state];
}

/* By names, so that a schedule that is edited meanwhile is noticed. */
static json_t *times_json(const struct schedule *schedule, const struct proposal *proposal)
{
    json_t *times = json_array();
    for (size_t i = 0; i < proposal->count; i++) {
        const struct slot *slot = &proposal->slots[i];
        json_array_append_new(times,
            json_pack("{s:I,s:s,s:s}", "start_ms", (json_int_t)slot->start.ms, "provider",
                schedule->providers[slot->provider].name, "location",
                schedule->locations[slot->location].name));
    }
    return times;
}

static bool read_slot(
    const struct schedule *schedule, int service, json_t *json, struct slot *ret_slot)
{
    struct slot slot = {.service = service};
    slot.start.ms = json_integer_value(json_object_get(json, "start_ms"));
    slot.provider =
        schedule_provider(schedule, json_string_value(json_object_get(json, "provider")));
    slot.location =
        schedule_location(schedule, json_string_value(json_object_get(json, "location")));
    if (slot.start.ms == 0 || slot.provider < 0 || slot.location < 0)
        return false;
    slot.end = instant_add_ms(slot.start, schedule->services[service].duration_ms);
    *ret_slot = slot;
    return true;
}

enum err proposal_end(
    struct tx *tx, const char *patient_id, enum proposal_state state, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_opening_end_proposal,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_text("state", state_name(state)), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err != ERR_NONE || changed == 0)
        return err;
    JSON_AUTO detail = json_pack("{s:s}", "state", state_name(state));
    return audit_write(tx, "times.answered", patient_id, NULL, detail, reterr_why);
}

enum err proposal_put(struct tx *tx, const struct schedule *schedule,
    const struct proposal *proposal, struct why *reterr_why)
{
    assert(proposal->count > 0 && proposal->count <= OPENING_OFFERED);
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    enum err err = proposal_end(tx, proposal->patient_id, PROPOSAL_REPLACED, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct id id = ids_next(tx->ids, tx->now);
    JSON_AUTO times = times_json(schedule, proposal);
    JSON_AUTO wish = proposal->wish ? choice_kept(schedule, proposal->wish) : NULL;
    err = db_exec(tx, &sql_opening_put_proposal,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("proposal_id", id.text),
            db_text("patient_id", proposal->patient_id),
            db_text("service", schedule->services[proposal->slots[0].service].key),
            db_text("times", json_text_of(&scratch, times)), db_text("source", proposal->source),
            db_text("touch_id", proposal->touch_id), db_text("language", proposal->language),
            db_text("opening_id", proposal->opening_id),
            db_text("wish", wish ? json_text_of(&scratch, wish) : NULL),
            db_int("expires_ms", proposal->expires.ms), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO detail = json_pack("{s:s,s:I,s:I}", "source", proposal->source, "times",
        (json_int_t)proposal->count, "remembered", (json_int_t)proposal->remembered);
    return audit_write(tx, "times.named", proposal->patient_id, id.text, detail, reterr_why);
}

enum err proposal_read(struct arena *arena, struct db *db, int64_t practice_id,
    const struct schedule *schedule, const char *patient_id, struct instant now,
    struct proposal *ret_proposal, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_opening_read_proposal,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", patient_id),
            db_int("now_ms", now.ms)),
        &rows, reterr_why);
    *ret_proposal = (struct proposal){0};
    if (err != ERR_NONE)
        return err;
    if (!db_next(rows))
        return db_end(&rows, reterr_why);
    struct proposal proposal = {.patient_id = patient_id,
        .proposal_id = db_col_copy(arena, rows, 0),
        .source = db_col_copy(arena, rows, 3),
        .touch_id = db_col_copy(arena, rows, 4),
        .language = db_col_copy(arena, rows, 5),
        .opening_id = db_col_copy(arena, rows, 6),
        .expires = {db_col_int(rows, 7)}};
    int service = schedule_service(schedule, db_col_text(rows, 1));
    const char *text = db_col_copy(arena, rows, 2), *kept = db_col_copy(arena, rows, 8);
    err = db_end(&rows, reterr_why);
    JSON_AUTO times = NULL;
    if (err == ERR_NONE)
        err = json_parse(text, strlen(text), &times, reterr_why);
    if (err != ERR_NONE || service == SCHEDULE_NOBODY)
        return err;
    for (size_t i = 0; i < json_array_size(times) && i < OPENING_OFFERED; i++) {
        if (!read_slot(schedule, service, json_array_get(times, i), &proposal.slots[i]))
            return ERR_NONE; /* its numbers would mean other times now */
        proposal.count++;
    }
    struct choice *wish = ARENA_NEW(arena, struct choice, 1);
    if (kept)
        err = choice_of_kept(schedule, kept, wish, reterr_why);
    if (err != ERR_NONE)
        return err;
    proposal.wish = kept ? wish : NULL;
    *ret_proposal = proposal;
    return ERR_NONE;
}

enum err proposal_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why)
{
    enum err err = proposal_end(tx, gone, PROPOSAL_REPLACED, reterr_why);
    return err == ERR_NONE ? db_exec(tx, &sql_opening_move_proposals,
               DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", gone),
                   db_text("into", into)),
               NULL, reterr_why)
                           : err;
}
