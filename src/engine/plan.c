/* plan.c: see plan.h. */
#include "engine/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "engine/entry.h"

#define PLAN_LINK_CODE "planplanplan" /* as long as a real one: a text's segments count it */
enum { PLAN_BATCH_MAX = 1000 };       /* entrants judged together; bounds what is held at once */

enum err plan_find_playbook(struct arena *arena, const struct engine *engine, const char *name,
    const struct playbook **ret_playbook, const struct playbook *const **ret_all,
    size_t *ret_all_count, struct why *reterr_why)
{
    struct playbook_findings findings;
    enum err err = playbook_check_all(
        arena, &engine->home->playbooks, NULL, &findings, ret_all, ret_all_count, reterr_why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < *ret_all_count; i++) {
        if (text_is((*ret_all)[i]->name, name)) {
            *ret_playbook = (*ret_all)[i];
            return ERR_NONE;
        }
    }
    /* It is not there, or it has an error: then say which. */
    const struct playbook *const *one = NULL;
    size_t count = 0;
    err = playbook_check_all(
        arena, &engine->home->playbooks, name, &findings, &one, &count, reterr_why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < findings.count; i++) {
        const struct playbook_finding *finding = &findings.findings[i];
        if (!finding->is_error)
            continue;
        why_set(reterr_why, ERR_INPUT, "%s", finding->message);
        why_place(reterr_why, "%s", finding->place);
        why_hint(reterr_why, "%s", finding->hint);
        break;
    }
    return why_set(reterr_why, ERR_INPUT, "`%s` has errors", name);
}

/* ---- the verdict on every planned touch ---- */

struct planner {
    struct arena *arena;
    struct engine *engine;
    const struct playbook *playbook;
    struct instant at;
    size_t shown; /* as in the question */
    struct gate_batch *gate;
    int64_t segments, calls;
    int64_t entered;
    struct times_cache times;
};

/* One touch of one entrant, in the order in which they would leave. */
struct imagined {
    const struct journey_entrant *entrant;
    const struct journey_planned *planned;
    json_t *json; /* borrowed from its entrant's list */
};

static int by_time(const void *left, const void *right)
{
    const struct imagined *a = left;
    const struct imagined *b = right;
    if (a->planned->at.ms != b->planned->at.ms)
        return a->planned->at.ms < b->planned->at.ms ? -1 : 1;
    int order = strcmp(a->entrant->row.patient_id, b->entrant->row.patient_id);
    return order ? order : a->planned->touch->position - b->planned->touch->position;
}

static void set_verdict(
    struct planner *planner, const struct imagined *one, const struct verdict *verdict)
{
    const struct zone *zone = one->entrant->zone;
    json_object_set_new(one->json, "verdict", json_text(verdict_answer_name(verdict->answer)));
    if (verdict->answer == VERDICT_ALLOW)
        return;
    json_object_set_new(one->json, "code", json_text(gate_code_name(verdict->code)));
    json_object_set_new(one->json, "rule", json_text(verdict->rule));
    json_object_set_new(one->json, "message", json_text(verdict->message));
    if (verdict->answer == VERDICT_WAIT)
        json_object_set_new(one->json, "until",
            json_text(zone_format(
                planner->arena, zone ? zone : planner->engine->practice->zone, verdict->until)));
}

static enum err judge_message(struct planner *planner, const struct imagined *one,
    struct engine_case *kase, const struct touch *touch, struct why *reterr_why)
{
    const struct way_question question = {
        .engine = planner->engine,
        .tick = planner->arena,
        .gate = planner->gate,
        .kase = kase,
        .touch = touch,
        .said = one->planned->touch,
        .template_name = one->planned->template_name,
        .offer = one->planned->offer,
        .times = &planner->times,
        .now = one->planned->at,
    };
    struct way way;
    enum err err = engine__choose_way(&question, &way, reterr_why);
    if (err != ERR_NONE)
        return err;
    json_object_set_new(one->json, "channel", json_text(channel_kind_name(way.channel)));
    if (way.piece)
        json_object_set_new(one->json, "wording", json_text(wording_name(way.piece->wording)));
    set_verdict(planner, one, &way.verdict);
    if (way.verdict.answer == VERDICT_DROP)
        return ERR_NONE;
    if (way.channel == CHANNEL_SMS)
        planner->segments += (int64_t)way.rendered->sms.segments;
    struct instant leaves =
        way.verdict.answer == VERDICT_WAIT ? way.verdict.until : one->planned->at;
    gate_take(planner->gate, &way.gate, leaves);
    return ERR_NONE;
}

static enum err judge_one(
    struct planner *planner, const struct imagined *one, struct why *reterr_why)
{
    const struct journey_entrant *entrant = one->entrant;
    const struct audience_row *row = &entrant->row;
    struct enrollment enrollment = {
        .patient_id = row->patient_id,
        .playbook = planner->playbook->name,
        .version = planner->playbook->version,
        .occurrence = entrant->occurrence,
        .arm = entrant->arm,
        .pilot = entrant->pilot,
        .start = entrant->start,
        .anchor = row->last_day,
    };
    struct playbook_version version = {
        .playbook = planner->playbook, .home = planner->engine->home->playbooks};
    const struct zone *zone = entrant->zone;
    struct engine_case kase = {
        .enrollment = &enrollment,
        .version = &version,
        .zone = zone ? zone : planner->engine->practice->zone,
    };
    struct touch touch = {
        .patient_id = row->patient_id,
        .playbook = planner->playbook->name,
        .touch_key = one->planned->touch->id,
        .link_code = PLAN_LINK_CODE,
    };
    if (!one->planned->touch->is_task)
        return judge_message(planner, one, &kase, &touch, reterr_why);
    struct gate_case gate = engine__task_case(&kase, row->patient_id);
    struct verdict verdict = gate_judge(planner->arena, planner->gate, &gate, one->planned->at);
    set_verdict(planner, one, &verdict);
    planner->calls += verdict.answer != VERDICT_DROP;
    /* Only the warm ones are called, so an imagined call takes no room from the next. */
    return ERR_NONE;
}

static json_t *touch_json(struct planner *planner, const struct journey_entrant *entrant,
    const struct journey_planned *planned)
{
    const struct zone *zone = entrant->zone;
    const struct playbook_touch *touch = planned->touch;
    json_t *json = json_pack("{s:s, s:s}", "touch", touch->id, "channel", "task");
    json_object_set_new(json, "at",
        json_text(zone_format(
            planner->arena, zone ? zone : planner->engine->practice->zone, planned->at)));
    json_object_set_new(json, "verdict", json_null());
    json_object_set_new(
        json, "template", json_text(touch->is_task ? touch->script : planned->template_name));
    json_object_set_new(json, "wording", json_null());
    json_object_set_new(json, "variant", json_text(planned->variant));
    json_object_set_new(json, "offer", json_text(planned->offer ? planned->offer : "none"));
    if (touch->when)
        json_object_set_new(json, "when", json_text(expression_text(touch->when)));
    if (touch->skip_if)
        json_object_set_new(json, "skip_if", json_text(expression_text(touch->skip_if)));
    return json;
}

static enum err judge_batch(struct planner *planner, const struct journey_entrant *const *entrants,
    size_t count, json_t *enter, struct why *reterr_why)
{
    struct arena *arena = planner->arena;
    size_t per = planner->playbook->touch_count;
    const char **ids = ARENA_NEW(arena, const char *, count + 1);
    struct imagined *all = ARENA_NEW(arena, struct imagined, count * per + 1);
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        const struct journey_entrant *entrant = entrants[i];
        ids[i] = entrant->row.patient_id;
        json_t *touches = json_array();
        for (size_t k = 0; k < entrant->touch_count; k++) {
            json_t *json = touch_json(planner, entrant, &entrant->touches[k]);
            json_array_append_new(touches, json);
            all[total++] = (struct imagined){entrant, &entrant->touches[k], json};
        }
        json_array_append_new(enter,
            json_pack("{s:s, s:s, s:o}", "patient", entrant->row.external_id, "arm",
                journey_arm_name(entrant->arm), "touches", touches));
    }
    enum err err = gate_load(arena, planner->engine->db, planner->engine->gate, planner->at, ids,
        count, &planner->gate, reterr_why);
    if (err != ERR_NONE)
        return err;
    qsort(all, total, sizeof *all, by_time);
    for (size_t i = 0; i < total && err == ERR_NONE; i++)
        err = judge_one(planner, &all[i], reterr_why);
    return err;
}

static enum err judge_entrants(struct planner *planner, const struct journey_selection *selection,
    json_t *enter, struct why *reterr_why)
{
    const struct journey_entrant **batch =
        ARENA_NEW(planner->arena, const struct journey_entrant *, PLAN_BATCH_MAX);
    size_t count = 0;
    enum err err = ERR_NONE;
    for (size_t i = 0; i <= selection->entrant_count && err == ERR_NONE; i++) {
        const struct arena_mark mark = arena_mark(planner->arena);
        bool last = i == selection->entrant_count;
        if (!last && selection->entrants[i].arm == ARM_TREAT)
            batch[count++] = &selection->entrants[i];
        if (count == PLAN_BATCH_MAX || (last && count > 0)) {
            err = judge_batch(planner, batch, count, enter, reterr_why);
            planner->entered += (int64_t)count;
            count = 0;
            arena_rewind(planner->arena, mark);
            while (planner->shown && json_array_size(enter) > planner->shown)
                json_array_remove(enter, json_array_size(enter) - 1);
        }
    }
    return err;
}

/* ---- the whole ---- */

static json_t *refusals_json(const struct journey_selection *selection)
{
    json_t *list = json_array();
    for (const struct journey_refusal *refusal = selection->refusals; refusal;
         refusal = refusal->next) {
        json_array_append_new(list,
            json_pack("{s:s, s:s, s:s?}", "patient", refusal->external_id, "reason",
                entry_reason_name(refusal->reason), "detail", refusal->detail));
    }
    return list;
}

static json_t *counts_json(const struct journey_selection *selection)
{
    const int64_t *counts = selection->refused;
    json_t *json = json_pack("{s:I}", "enter", (json_int_t)selection->treated);
    for (int reason = ENTRY_NONE + 1; reason < ENTRY_REASON_MAX; reason++) {
        if (counts[reason] > 0)
            json_object_set_new(json, entry_reason_name((enum entry_reason)reason),
                json_integer((json_int_t)counts[reason]));
    }
    return json;
}

static int64_t audience_of(const struct journey_selection *selection)
{
    return (int64_t)selection->treated + selection->refused[ENTRY_HOLDOUT]
        + selection->refused[ENTRY_OVER_CAPACITY];
}

/* What must still be so when the plan is carried out. */
static const char *world_of(struct arena *arena, const struct playbook *playbook,
    const struct playbook_state *state, const struct journey_selection *selection)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_format(&buf, "plan 1\n%s\n%s\n", playbook->name, playbook->version);
    if (state)
        buf_format(
            &buf, "%s %s\n", playbook_run_name(state->run), state->version ? state->version : "-");
    for (size_t i = 0; i < selection->entrant_count; i++) {
        const struct journey_entrant *entrant = &selection->entrants[i];
        buf_format(&buf, "%s %s %d %lld\n", entrant->row.patient_id, journey_arm_name(entrant->arm),
            entrant->start.n, (long long)entrant->occurrence);
        for (size_t k = 0; k < entrant->touch_count; k++) {
            const struct journey_planned *planned = &entrant->touches[k];
            buf_format(&buf, " %s %lld %s %s\n", planned->touch->id, (long long)planned->at.ms,
                planned->template_name ? planned->template_name : "-",
                planned->offer ? planned->offer : "-");
        }
    }
    struct sha256 sum = hash_sha256(buf.data, buf.len);
    return arena_format(arena, "sha256:%s", hash_hex(arena, sum.bytes, sizeof sum.bytes));
}

/* Of everything in the plan but the hash itself. */
static const char *hash_of(struct arena *arena, const json_t *plan)
{
    ARENA struct arena scratch; /* as long as the plan */
    arena_init(&scratch, 0);
    JSON_AUTO copy = json_copy((json_t *)(uintptr_t)plan);
    json_object_del(copy, "hash");
    const char *text = json_text_of(&scratch, copy);
    struct sha256 sum = hash_sha256(text, strlen(text));
    return arena_format(arena, "sha256:%s", hash_hex(arena, sum.bytes, sizeof sum.bytes));
}

struct selecting {
    const struct playbook *playbook;
    const struct playbook *const *all;
    size_t all_count;
    const struct playbook_state *state; /* NULL: never applied */
    struct instant at;
    bool everybody;
    enum journey_refusals refusals;
};

static enum err select_entrants(struct arena *arena, struct engine *engine,
    const struct selecting *what, struct journey_selection *ret_selection, struct why *reterr_why)
{
    const struct entry_question question = {
        .practice = engine->practice,
        .gate = engine->gate,
        .playbook = what->playbook,
        .all = what->all,
        .all_count = what->all_count,
        .state = what->state,
        .now = what->at,
        .everybody = what->everybody,
        .refusals = what->refusals,
    };
    return entry_select(arena, engine->db, &question, ret_selection, reterr_why);
}

static enum err read_state(struct arena *arena, struct engine *engine, const char *playbook,
    struct playbook_state *state, const struct playbook_state **ret_state, struct why *reterr_why)
{
    enum err err = playbook_read_state(
        arena, engine->db, engine->practice->practice_id, playbook, state, NULL);
    *ret_state = err == ERR_NONE ? state : NULL;
    if (err == ERR_NONE || err == ERR_NOT_FOUND)
        return ERR_NONE;
    return playbook_read_state(
        arena, engine->db, engine->practice->practice_id, playbook, state, reterr_why);
}

static void fill_json(
    struct planner *planner, struct plan *plan, json_t *enter, const struct playbook_state *state)
{
    struct arena *arena = planner->arena;
    int64_t staff_seconds = planner->calls * PLAN_CALL_SECONDS * PLAN_WARM_PERCENT / 100
        + planner->entered * PLAN_REPLY_SECONDS * PLAN_REPLY_PERCENT / 100;
    plan->json = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:o}", "playbook",
        plan->playbook->name, "version", plan->playbook->version, "at",
        zone_format(arena, planner->engine->practice->zone, planner->at), "enter", enter, "not",
        refusals_json(&plan->selection), "counts", counts_json(&plan->selection), "staff_minutes",
        (json_int_t)((staff_seconds + 59) / 60), "cost",
        json_money(planner->segments * PLAN_SEGMENT_CENTS));
    assert(plan->json);
    json_object_set_new(
        plan->json, "state", json_text(state ? playbook_run_name(state->run) : "paused"));
    json_object_set_new(plan->json, "audience", json_integer((json_int_t)plan->audience));
    if (plan->world)
        json_object_set_new(plan->json, "world", json_text(plan->world));
}

enum err plan_build(struct arena *arena, struct engine *engine,
    const struct plan_question *question, struct plan *ret_plan, struct why *reterr_why)
{
    struct selecting what = {.at = question->at,
        .everybody = true,
        .refusals = question->shown ? REFUSALS_COUNTED : REFUSALS_LISTED};
    enum err err = plan_find_playbook(
        arena, engine, question->playbook, &what.playbook, &what.all, &what.all_count, reterr_why);
    struct playbook_state state;
    if (err == ERR_NONE)
        err = read_state(arena, engine, question->playbook, &state, &what.state, reterr_why);
    struct plan plan = {.playbook = what.playbook};
    if (err == ERR_NONE)
        err = select_entrants(arena, engine, &what, &plan.selection, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct planner planner = {.arena = arena,
        .engine = engine,
        .playbook = what.playbook,
        .at = question->at,
        .shown = question->shown};
    JSON_AUTO enter = json_array();
    err = judge_entrants(&planner, &plan.selection, enter, reterr_why);
    engine__forget_times(&planner.times);
    const char *note = NULL;
    if (err == ERR_NONE)
        err = engine__plan_note(arena, engine, &plan, &note, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!question->shown)
        plan.world = world_of(arena, what.playbook, what.state, &plan.selection);
    plan.audience = audience_of(&plan.selection);
    fill_json(&planner, &plan, json_incref(enter), what.state);
    if (note)
        json_object_set_new(plan.json, "note", json_text(note));
    if (question->diff) {
        json_t *diff = NULL;
        err = engine__plan_diff(arena, engine, &plan, what.state, question->at, what.all,
            what.all_count, &diff, reterr_why);
        if (err != ERR_NONE) {
            json_decref(plan.json);
            return err;
        }
        json_object_set_new(plan.json, "diff", diff);
    }
    if (!question->shown)
        json_object_set_new(plan.json, "hash", json_text(hash_of(arena, plan.json)));
    *ret_plan = plan;
    return ERR_NONE;
}

/* ---- carrying out ---- */

static enum err moved(struct why *reterr_why, const char *playbook, const char *what)
{
    why_set(reterr_why, ERR_CONFLICT, "the world has moved since this plan was made: %s", what);
    why_hint(reterr_why, "Look at a new one: plan %s --out FILE, then apply FILE.", playbook);
    return ERR_CONFLICT;
}

static enum err check_file(struct arena *arena, const json_t *plan, const char **ret_playbook,
    struct instant *ret_at, struct why *reterr_why)
{
    const char *playbook = json_string_value(json_object_get(plan, "playbook"));
    const char *at = json_string_value(json_object_get(plan, "at"));
    const char *hash = json_string_value(json_object_get(plan, "hash"));
    if (!playbook || !at || !hash || !json_object_get(plan, "world")) {
        why_set(reterr_why, ERR_INPUT, "this file is no saved plan");
        why_hint(reterr_why, "Make one: plan PLAYBOOK --out FILE.");
        return ERR_INPUT;
    }
    if (!text_is(hash, hash_of(arena, plan))) {
        why_set(reterr_why, ERR_INPUT, "this plan was changed after it was made");
        why_hint(reterr_why, "Make a new one: plan %s --out FILE.", playbook);
        return ERR_INPUT;
    }
    *ret_playbook = playbook;
    return instant_parse(at, ret_at, reterr_why);
}

static enum err check_growth(const struct practice *practice, const json_t *plan,
    const struct playbook_state *state, bool growth_is_meant, struct why *reterr_why)
{
    int64_t audience = json_integer_value(json_object_get(plan, "audience"));
    if (growth_is_meant || !state || state->audience <= 0 || practice->audience_growth_max <= 0
        || (double)audience <= (double)state->audience * practice->audience_growth_max)
        return ERR_NONE;
    why_set(reterr_why, ERR_CONFLICT,
        "%lld patients could enter; %lld could when this playbook was last applied, and more than "
        "%g times as many is too many",
        (long long)audience, (long long)state->audience, practice->audience_growth_max);
    why_hint(reterr_why,
        "Look at who is new with plan --diff; apply with --larger-audience if it is meant.");
    return ERR_CONFLICT;
}

/* Finds the plan's world again and, if it is the same, enrolls; one transaction. */
static enum err carry_out(struct arena *arena, struct engine *engine, struct tx *tx,
    const struct selecting *what, enum playbook_run run, int64_t pilot_patients, const char *world,
    int64_t *ret_entered, struct why *reterr_why)
{
    struct journey_selection selection;
    enum err err = select_entrants(arena, engine, what, &selection, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (world && !text_is(world, world_of(arena, what->playbook, what->state, &selection)))
        return moved(
            reterr_why, what->playbook->name, "other patients would enter, or at other times");
    const struct playbook_launch launch = {
        .run = run,
        .pilot_patients = pilot_patients,
        .today = zone_day(engine->practice->zone, what->at),
        .audience = audience_of(&selection),
    };
    err = playbook_apply(tx, &engine->home->playbooks, what->playbook, &launch, reterr_why);
    if (err == ERR_NONE)
        err = outbox_wake(tx, what->playbook->name, ENGINE_PLAYBOOK_PAUSED, reterr_why);
    int64_t enrolled = 0; /* controls, too */
    if (err == ERR_NONE)
        err = entry_enroll(arena, tx, what->playbook, &selection, &enrolled, reterr_why);
    if (err == ERR_NONE && enrolled != (int64_t)selection.entrant_count)
        return moved(reterr_why, what->playbook->name, "some of its patients have entered since");
    if (err == ERR_NONE)
        *ret_entered = (int64_t)selection.treated;
    return err;
}

enum err plan_apply(struct arena *arena, struct engine *engine, const json_t *plan,
    bool growth_is_meant, struct instant now, int64_t *ret_entered, struct why *reterr_why)
{
    const char *name = NULL;
    struct selecting what = {.everybody = true};
    enum err err = check_file(arena, plan, &name, &what.at, reterr_why);
    if (err == ERR_NONE)
        err = plan_find_playbook(
            arena, engine, name, &what.playbook, &what.all, &what.all_count, reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *version = json_string_value(json_object_get(plan, "version"));
    if (!text_is(version, what.playbook->version))
        return moved(reterr_why, name, "the playbook, its templates or definitions.yaml changed");
    if (now.ms > instant_add_ms(what.at, PLAN_AGE_MS_MAX).ms)
        return moved(reterr_why, name, "it was made for a moment more than a day ago");
    DB_TX struct tx tx = {0};
    err = engine_begin(engine, now, &tx, reterr_why);
    struct playbook_state state;
    if (err == ERR_NONE)
        err = read_state(arena, engine, name, &state, &what.state, reterr_why);
    if (err == ERR_NONE)
        err = check_growth(engine->practice, plan, what.state, growth_is_meant, reterr_why);
    if (err == ERR_NONE)
        err = engine__check_again(arena, engine, plan, what.playbook, what.at, reterr_why);
    int64_t entered = 0;
    if (err == ERR_NONE)
        err = carry_out(arena, engine, &tx, &what, PLAYBOOK_ACTIVE, 0,
            json_string_value(json_object_get(plan, "world")), &entered, reterr_why);
    if (err == ERR_NONE)
        err = db_commit(&tx, reterr_why);
    if (err == ERR_NONE)
        *ret_entered = entered;
    return err;
}

enum err plan_pilot(struct arena *arena, struct engine *engine, const char *playbook,
    int64_t patients, struct instant now, int64_t *ret_entered, struct why *reterr_why)
{
    assert(patients > 0);
    struct selecting what = {.at = now};
    enum err err = plan_find_playbook(
        arena, engine, playbook, &what.playbook, &what.all, &what.all_count, reterr_why);
    if (err != ERR_NONE)
        return err;
    DB_TX struct tx tx = {0};
    err = engine_begin(engine, now, &tx, reterr_why);
    struct playbook_state state;
    if (err == ERR_NONE)
        err = read_state(arena, engine, playbook, &state, &what.state, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (what.state && what.state->run == PLAYBOOK_ACTIVE) {
        why_set(reterr_why, ERR_CONFLICT, "`%s` already runs for everybody", playbook);
        why_hint(reterr_why, "Pause it first if it is to go back to a pilot.");
        return ERR_CONFLICT;
    }
    struct playbook_state pilot = {.playbook = playbook,
        .version = what.playbook->version,
        .run = PLAYBOOK_PILOT,
        .pilot_patients = patients,
        .launched = what.state ? what.state->launched : (struct day){DAY_NONE}};
    what.state = &pilot;
    int64_t entered = 0;
    err =
        carry_out(arena, engine, &tx, &what, PLAYBOOK_PILOT, patients, NULL, &entered, reterr_why);
    if (err == ERR_NONE)
        err = db_commit(&tx, reterr_why);
    if (err == ERR_NONE)
        *ret_entered = entered;
    return err;
}
