/* explain_wait.c: what the waitlist named to a patient, and why nothing now (explain.h). */
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "engine/explain.h"
#include "engine/waitlist.h"

struct telling {
    struct arena *arena;
    struct engine *engine;
    const char *patient_id;
    struct instant at;
    struct instant paused; /* all sending, since then; ms 0: it is not */
    json_t *steps;
    const char *answer, *reason;
    struct waiting *list; /* everybody who waits, the longest first */
    size_t count;
    const struct waiting *own; /* NULL: waits no more */
    struct gate_batch *gate;
};

static void add_step(struct telling *telling, const char *rule, const char *expression,
    json_t *values, bool result, const char *source)
{
    json_array_append_new(telling->steps,
        json_pack("{s:s, s:s?, s:o, s:b, s:s}", "rule", rule, "expression", expression, "values",
            values ? values : json_object(), "result", result, "source", source));
}

static json_t *time_json(const struct telling *telling, struct instant at)
{
    return at.ms ? json_text(zone_format(telling->arena, telling->engine->practice->zone, at))
                 : json_null();
}

/* ---- what was done: the trail ---- */

static enum err tell_trail(struct telling *telling, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = audit_trail(telling->engine->db, telling->engine->practice->practice_id,
        telling->patient_id, &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        const char *action = db_col_text(rows, AUDIT_ACTION);
        const char *detail = db_col_text(rows, AUDIT_DETAIL);
        struct instant at = {db_col_int(rows, AUDIT_AT_MS)};
        if (!text_starts(action, "waitlist.") || at.ms > telling->at.ms)
            continue;
        json_t *values = NULL;
        if (json_parse(detail, strlen(detail), &values, NULL) != ERR_NONE
            || !json_is_object(values)) {
            json_decref(values);
            values = json_object();
        }
        const char *reason = json_string_value(json_object_get(values, "reason"));
        bool over = text_is(action, "waitlist.ended") || text_is(action, "waitlist.booked");
        telling->answer = over ? "exited" : "waiting";
        telling->reason = arena_text(telling->arena, over && reason ? reason : "waits");
        json_object_set_new(values, "at", time_json(telling, at));
        add_step(telling, action, NULL, values, true, "audit");
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* ---- why nothing now ---- */

static struct verdict judge(const struct telling *telling, const struct waiting *waiting)
{
    const struct contact_point *contact =
        gate_contact(telling->gate, waiting->patient_id, CHANNEL_SMS);
    const struct gate_case kase = {.patient_id = waiting->patient_id,
        .channel = CHANNEL_SMS,
        .address = contact ? contact->address : NULL,
        .purpose = PURPOSE_TRANSACTIONAL};
    return gate_judge(telling->arena, telling->gate, &kase, telling->at);
}

static enum err weigh(const struct telling *telling, const struct waiting *waiting,
    size_t *ret_free, struct wait_weighed *ret_weighed, struct why *reterr_why)
{
    struct engine *engine = telling->engine;
    const struct schedule *schedule = engine->home->schedule;
    const struct booking any = {
        schedule_service(schedule, waiting->service), SCHEDULE_NOBODY, SCHEDULE_NOBODY, 0};
    struct instant *refused = NULL;
    struct slot *slots = NULL;
    size_t refused_count = 0;
    *ret_free = 0;
    *ret_weighed = (struct wait_weighed){.suit = 0};
    if (any.service == SCHEDULE_NOBODY)
        return ERR_NONE;
    enum err err = engine_find_times(
        engine, telling->arena, &any, telling->at, 0, &slots, ret_free, reterr_why);
    if (err == ERR_NONE)
        err = waitlist_refused(telling->arena, engine->db, engine->practice->practice_id,
            waiting->wait_id, &refused, &refused_count, reterr_why);
    if (err == ERR_NONE)
        *ret_weighed = engine__weigh_wait(
            schedule, waiting, telling->at, slots, *ret_free, refused, refused_count);
    return err;
}

/* Whoever gains more, or as much and waits longer, is named theirs first. */
static enum err count_ahead(const struct telling *telling, int64_t gain_ms, size_t *ret_ahead,
    size_t *ret_among, struct why *reterr_why)
{
    bool longer = true;
    enum err err = ERR_NONE;
    for (size_t i = 0; i < telling->count && err == ERR_NONE; i++) {
        const struct waiting *other = &telling->list[i];
        struct wait_weighed weighed;
        size_t free;
        if (other == telling->own) {
            longer = false;
            ++*ret_among;
            continue;
        }
        if (other->state != WAITLIST_WAITING || judge(telling, other).answer == VERDICT_WAIT)
            continue;
        err = weigh(telling, other, &free, &weighed, reterr_why);
        if (err != ERR_NONE || !weighed.best)
            continue;
        ++*ret_among;
        *ret_ahead += weighed.gain_ms > gain_ms || (weighed.gain_ms == gain_ms && longer);
    }
    return err;
}

static bool tell_gate(struct telling *telling)
{
    const struct verdict verdict = judge(telling, telling->own);
    bool waits = verdict.answer == VERDICT_WAIT;
    bool ends = verdict.answer == VERDICT_DROP && verdict.code == GATE_SUPPRESSED;
    bool allow = verdict.answer == VERDICT_ALLOW;
    add_step(telling, "gate", allow ? "every rule" : verdict.rule,
        json_pack("{s:s, s:o}", "by",
            allow       ? "text"
                : waits ? "text, later"
                        : "a call of the desk",
            "until", waits ? time_json(telling, verdict.until) : json_null()),
        allow, "gate");
    if (waits || ends)
        telling->reason = gate_code_name(verdict.code);
    return !waits && !ends;
}

static enum err tell_now(struct telling *telling, struct why *reterr_why)
{
    const struct waiting *own = telling->own;
    const struct schedule *schedule = telling->engine->home->schedule;
    struct wait_weighed weighed;
    size_t free, ahead = 0, among = 0;
    enum err err = weigh(telling, own, &free, &weighed, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool may = tell_gate(telling);
    if (telling->paused.ms)
        add_step(telling, "sending", NULL,
            json_pack("{s:o}", "paused_since", time_json(telling, telling->paused)), false,
            "practice_pause");
    add_step(telling, "free", own->service, json_pack("{s:I}", "times", (json_int_t)free), free > 0,
        "schedules.yaml");
    add_step(telling, "wish", choice_text(telling->arena, &own->wish, schedule),
        json_pack("{s:I, s:s?}", "times", (json_int_t)weighed.suit, "said", own->said),
        weighed.suit > 0, own->source);
    add_step(telling, "sooner", "at least a day sooner than otherwise",
        json_pack("{s:I, s:o}", "times", (json_int_t)weighed.sooner, "otherwise",
            time_json(telling, weighed.otherwise)),
        weighed.sooner > 0, "waitlist");
    add_step(telling, "not_passed_over", NULL,
        json_pack("{s:I}", "passes", (json_int_t)own->passes), weighed.best != NULL, "waitlist");
    if (may)
        telling->reason = free == 0 ? "nothing_free"
            : weighed.suit == 0     ? "nothing_suits"
            : weighed.sooner == 0   ? "nothing_sooner"
            : weighed.best == NULL  ? "passed_over"
                                    : "named_next";
    if (!weighed.best)
        return ERR_NONE;
    err = count_ahead(telling, weighed.gain_ms, &ahead, &among, reterr_why);
    add_step(telling, "first", "whom it helps most",
        json_pack("{s:I, s:I, s:I}", "days_sooner", (json_int_t)(weighed.gain_ms / MS_PER_DAY),
            "ahead", (json_int_t)ahead, "among", (json_int_t)among),
        ahead == 0, "waitlist");
    if (may && ahead > 0)
        telling->reason = "others_first";
    return err;
}

static enum err tell_named(struct telling *telling, struct why *reterr_why)
{
    struct engine *engine = telling->engine;
    struct opening opening;
    enum err err = opening_read(telling->arena, engine->db, engine->practice->practice_id,
        telling->own->opening_id, &opening, reterr_why);
    if (err != ERR_NONE)
        return err;
    telling->reason = "named";
    add_step(telling, "named", telling->own->service,
        json_pack("{s:o, s:s, s:o}", "start", time_json(telling, opening.start), "provider",
            opening.provider, "held_until", time_json(telling, opening.expires)),
        true, "opening");
    return ERR_NONE;
}

static enum err load(struct telling *telling, struct why *reterr_why)
{
    struct engine *engine = telling->engine;
    const int64_t practice_id = engine->practice->practice_id;
    if (!engine->home->schedule)
        return ERR_NONE;
    enum err err = waitlist_read(telling->arena, engine->db, practice_id, engine->home->schedule,
        NULL, &telling->list, &telling->count, reterr_why);
    const char **ids = ARENA_NEW(telling->arena, const char *, telling->count + 1);
    for (size_t i = 0; i < telling->count && err == ERR_NONE; i++) {
        ids[i] = telling->list[i].patient_id;
        if (text_is(ids[i], telling->patient_id) && telling->list[i].since.ms <= telling->at.ms)
            telling->own = &telling->list[i];
    }
    return err == ERR_NONE && telling->own ? gate_load(telling->arena, engine->db, engine->gate,
               telling->at, ids, telling->count, &telling->gate, reterr_why)
                                           : err;
}

enum err explain_waitlist(struct arena *arena, struct engine *engine, const char *patient_id,
    struct instant at, json_t **ret_json, struct why *reterr_why)
{
    JSON_AUTO steps = json_array();
    struct telling telling = {
        .arena = arena, .engine = engine, .patient_id = patient_id, .at = at, .steps = steps};
    struct patient *patient = NULL;
    size_t known = 0;
    enum err err = record_read_patients(arena, engine->db, engine->practice->practice_id,
        &patient_id, 1, &patient, &known, reterr_why);
    if (err == ERR_NONE)
        err = playbook_practice_paused(
            engine->db, engine->practice->practice_id, &telling.paused, reterr_why);
    if (instant_before(at, telling.paused)) /* it began after the moment: not known yet */
        telling.paused = (struct instant){0};
    if (err == ERR_NONE)
        err = tell_trail(&telling, reterr_why);
    if (err == ERR_NONE)
        err = load(&telling, reterr_why);
    bool waits = err == ERR_NONE && telling.own && !text_is(telling.answer, "exited");
    if (waits)
        err = telling.own->state == WAITLIST_NAMED ? tell_named(&telling, reterr_why)
                                                   : tell_now(&telling, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_json = telling.answer ? json_pack("{s:s, s:s, s:s, s:s, s:s, s:O}", "patient",
                    known ? patient->external_id : patient_id, "playbook", EXPLAIN_WAITLIST, "at",
                    zone_format(arena, engine->practice->zone, at), "answer", telling.answer,
                    "reason", telling.reason, "steps", steps)
                               : NULL;
    return ERR_NONE;
}
