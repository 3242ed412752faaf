/* explain.c: see explain.h. */
#include "engine/explain.h"

#include <assert.h>

#include "base/text.h"
#include "engine/engine_int.h"
#include "engine/plan.h"
#include "outbox/outbox.h"
#include "record/language.h"

struct explainer {
    struct arena *arena;
    struct engine *engine;
    const char *patient_id;
    struct instant at;
    const struct playbook *playbook; /* what would run: the applied version, else the file */
    const struct playbook *const *all;
    size_t all_count;
    const struct playbook_state *state; /* NULL: never applied */
    struct instant paused;              /* all sending, since then; ms 0: it is not */
    struct audience_moment moment;
    struct audience_facts *facts;
    json_t *steps;
    const char *answer, *reason;
};

static void conclude(struct explainer *explainer, const char *answer, const char *reason)
{
    explainer->answer = answer;
    explainer->reason = reason;
}

/* `values` is taken over; NULL: none. */
static void add_step(struct explainer *explainer, const char *rule, const char *expression,
    json_t *values, json_t *result, const char *source)
{
    json_array_append_new(explainer->steps,
        json_pack("{s:s, s:s?, s:o, s:o, s:s?}", "rule", rule, "expression", expression, "values",
            values ? values : json_object(), "result", result, "source", source));
}

static json_t *moment_json(const struct explainer *explainer, struct instant instant)
{
    if (instant.ms == 0)
        return json_null();
    return json_text(zone_format(explainer->arena, explainer->engine->practice->zone, instant));
}

static const char *source_of(const struct explainer *explainer, int line)
{
    return arena_format(explainer->arena, "%s:%d", explainer->playbook->file, line);
}

/* ---- what stands still, whatever the rules say ---- */

/* A pause that began after the moment is not known yet. */
static bool has_begun(const struct explainer *explainer, struct instant since)
{
    return since.ms && !instant_before(explainer->at, since);
}

static bool playbook_runs(const struct explainer *explainer)
{
    const struct playbook_state *state = explainer->state;
    return state && !(state->run == PLAYBOOK_PAUSED && has_begun(explainer, state->since));
}

static void add_running(struct explainer *explainer, bool runs)
{
    const struct playbook_state *state = explainer->state;
    add_step(explainer, "running", NULL,
        json_pack("{s:s}", "state", state ? playbook_run_name(state->run) : "never applied"),
        json_boolean(runs), "playbook_state");
}

static bool sending_paused(struct explainer *explainer)
{
    if (!has_begun(explainer, explainer->paused))
        return false;
    add_step(explainer, "sending", NULL,
        json_pack("{s:o}", "paused_since", moment_json(explainer, explainer->paused)), json_false(),
        "practice_pause");
    return true;
}

/* Beside what the rules say of the next touch: sending asks for this before it asks them. */
static void judge_still(struct explainer *explainer)
{
    const char *still = NULL;
    if (!playbook_runs(explainer)) {
        add_running(explainer, false);
        still = "playbook_paused";
    }
    if (sending_paused(explainer))
        still = "sending_paused";
    if (still && !text_is(explainer->answer, "blocked"))
        conclude(explainer, "blocked", still);
}

/* ---- who is not in: the rules of entry ---- */

static enum entry_reason judge_entry(struct explainer *explainer, const char **ret_detail)
{
    struct arena *arena = explainer->arena;
    struct audience_entry *entry = ARENA_NEW(arena, struct audience_entry, 1);
    *entry = playbook_entry_of(arena, explainer->playbook, explainer->all, explainer->all_count);
    struct day launched = explainer->state ? explainer->state->launched : (struct day){DAY_NONE};
    struct audience_row row;
    struct audience_steps steps = {0};
    audience_judge_entry(arena, entry, explainer->facts, launched, &row, &steps);
    for (size_t i = 0; i < steps.count; i++) {
        const struct audience_step *step = &steps.steps[i];
        add_step(explainer, step->rule, step->expression,
            step->values ? json_incref(step->values) : NULL, truth_json(step->result),
            step->source);
    }
    audience_steps_release(&steps);
    *ret_detail = row.detail;
    return row.reason;
}

/* Nothing stands against entering: then the draw, the run state and the room decide. */
static void judge_room(struct explainer *explainer)
{
    const struct playbook *playbook = explainer->playbook;
    const struct patient *patient = explainer->facts->patient;
    bool held_out = journey_is_holdout(explainer->engine->practice->practice_id,
        patient->household_id, playbook->measure.holdout_percent);
    add_step(explainer, "holdout", "household hash",
        json_pack("{s:f}", "holdout_percent", playbook->measure.holdout_percent),
        json_boolean(held_out), "measure.holdout");
    if (held_out) {
        conclude(explainer, "not_entered", "holdout");
        return;
    }
    bool runs = playbook_runs(explainer);
    add_running(explainer, runs);
    if (!runs) {
        conclude(explainer, "blocked", "playbook_paused");
        return;
    }
    enum entry_reason reason = ENTRY_NONE;
    const char *detail = NULL;
    struct instant scanned = {0};
    enum err err = journey_read_refusal(explainer->arena, explainer->engine->db,
        explainer->engine->practice->practice_id, playbook->name, explainer->patient_id, &reason,
        &detail, &scanned, NULL);
    if (err == ERR_NONE && reason == ENTRY_OVER_CAPACITY && scanned.ms <= explainer->at.ms) {
        add_step(explainer, "over_capacity", detail,
            json_pack("{s:s}", "scan", instant_format_utc(explainer->arena, scanned)), json_true(),
            source_of(explainer, 1));
        conclude(explainer, "not_entered", "over_capacity");
        return;
    }
    conclude(explainer, "waiting", "enters_at_next_scan");
    (void)sending_paused(explainer); /* which keeps nobody from entering */
}

static void explain_outsider(struct explainer *explainer)
{
    const char *detail = NULL;
    enum entry_reason reason = judge_entry(explainer, &detail);
    if (reason == ENTRY_NONE)
        judge_room(explainer);
    else
        conclude(explainer, "not_entered", entry_reason_name(reason));
}

/* ---- who is or was in: what was written, then what comes next ---- */

static enum err add_events(
    struct explainer *explainer, const struct enrollment *enrollment, struct why *reterr_why)
{
    JSON_AUTO events = NULL;
    enum err err = journey_read_events(explainer->engine->db,
        explainer->engine->practice->practice_id, enrollment->enrollment_id, &events, reterr_why);
    if (err != ERR_NONE)
        return err;
    size_t i = 0;
    json_t *event = NULL;
    json_array_foreach(events, i, event)
    {
        struct instant when = {0};
        const char *text = json_string_value(json_object_get(event, "at"));
        if (instant_parse(text, &when, NULL) != ERR_NONE || when.ms > explainer->at.ms)
            continue;
        json_t *values = json_copy(json_object_get(event, "detail"));
        json_object_set_new(values, "at", json_string(text));
        json_object_set(values, "touch", json_object_get(event, "touch"));
        add_step(explainer, json_string_value(json_object_get(event, "kind")),
            json_string_value(json_object_get(event, "rule")), values, json_true(),
            "enrollment_event");
    }
    return ERR_NONE;
}

static enum err add_verdicts(
    struct explainer *explainer, const struct touch *touch, struct why *reterr_why)
{
    JSON_AUTO verdicts = NULL;
    enum err err = outbox_read_verdicts(explainer->engine->db,
        explainer->engine->practice->practice_id, touch->touch_id, &verdicts, reterr_why);
    if (err != ERR_NONE)
        return err;
    size_t i = 0;
    json_t *verdict = NULL;
    json_array_foreach(verdicts, i, verdict)
    {
        const char *answer = json_string_value(json_object_get(verdict, "answer"));
        const char *rule = json_string_value(json_object_get(verdict, "rule"));
        if (json_integer_value(json_object_get(verdict, "at_ms")) > explainer->at.ms)
            break;
        add_step(explainer, arena_format(explainer->arena, "gate:%s", touch->touch_key),
            rule ? rule : "every rule", json_incref(verdict),
            json_boolean(text_is(answer, "allow")), "verdict");
    }
    return ERR_NONE;
}

static enum err add_touch(
    struct explainer *explainer, const struct touch *touch, struct why *reterr_why)
{
    bool sent = touch->sent.ms != 0 && touch->sent.ms <= explainer->at.ms;
    bool over = touch->ended.ms != 0 && touch->ended.ms <= explainer->at.ms;
    json_t *values = json_pack("{s:s, s:s?, s:s?}", "state",
        sent || over ? touch_state_name(touch->state) : "due", "code", over ? touch->code : NULL,
        "detail", over ? touch->detail : NULL);
    json_object_set_new(values, "planned", moment_json(explainer, touch->planned));
    json_object_set_new(values, "sent", sent ? moment_json(explainer, touch->sent) : json_null());
    json_object_set_new(values, "ended", over ? moment_json(explainer, touch->ended) : json_null());
    if (touch->has_channel)
        json_object_set_new(values, "channel", json_text(channel_kind_name(touch->channel)));
    if (touch->wording)
        json_object_set_new(values, "wording", json_text(touch->wording));
    const struct playbook_touch *said = playbook_find_touch(explainer->playbook, touch->touch_key);
    add_step(explainer, arena_format(explainer->arena, "touch:%s", touch->touch_key),
        touch->template_name, values, json_boolean(sent),
        said ? source_of(explainer, said->place.line) : NULL);
    return add_verdicts(explainer, touch, reterr_why);
}

/* The soonest touch that is not over at that moment; NULL: all are. */
static const struct touch *next_touch(
    const struct explainer *explainer, const struct touch *touches, size_t count, bool *ret_sent)
{
    const struct touch *next = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct touch *touch = &touches[i];
        if (touch->sent.ms != 0 && touch->sent.ms <= explainer->at.ms) {
            *ret_sent = true;
            continue;
        }
        bool over = touch_state_final(touch->state) && touch->ended.ms <= explainer->at.ms;
        if (!over && (!next || touch->position < next->position))
            next = touch;
    }
    return next;
}

/* Where the touch leaves a choice and the patient has said what they would rather. */
static void tell_preference(struct explainer *explainer, const struct engine_batch *batch,
    const struct touch *touch, const struct playbook_touch *said, const struct way *way)
{
    const struct preference *preference = gate_preference(batch->gate, touch->patient_id);
    if (!preference || said->send_count < 2)
        return;
    json_t *send = json_array();
    for (size_t i = 0; i < said->send_count; i++)
        json_array_append_new(send, json_text(channel_kind_name(said->send[i])));
    add_step(explainer, "preferred_channel", "first, where the touch may go by it",
        json_pack("{s:s, s:s, s:o, s:o, s:s}", "preferred", channel_kind_name(preference->channel),
            "said_by", preference->source, "said_at", moment_json(explainer, preference->at),
            "send", send, "goes_by", channel_kind_name(way->channel)),
        json_boolean(way->channel == preference->channel), "tag");
}

static enum err judge_go(struct explainer *explainer, struct engine_batch *batch,
    const struct touch *touch, const struct journey_effect *go, struct instant when,
    struct why *reterr_why)
{
    struct engine_case *kase = &batch->cases[0];
    const struct playbook_touch *said =
        playbook_find_touch(kase->version->playbook, touch->touch_key);
    struct verdict verdict;
    if (said->is_task) {
        struct gate_case gate = engine__task_case(kase, touch->patient_id);
        verdict = gate_judge(explainer->arena, batch->gate, &gate, when);
    } else {
        const struct way_question question = {
            .engine = explainer->engine,
            .tick = explainer->arena,
            .gate = batch->gate,
            .kase = kase,
            .touch = touch,
            .said = said,
            .template_name = go->template_name,
            .offer = go->offer,
            .now = when,
        };
        struct way way;
        enum err err = engine__choose_way(&question, &way, reterr_why);
        if (err != ERR_NONE)
            return err;
        verdict = way.verdict;
        tell_preference(explainer, batch, touch, said, &way);
    }
    json_t *values = NULL;
    if (verdict.detail)
        values = json_loads(verdict.detail, 0, NULL);
    values = values ? values : json_object();
    json_object_set_new(values, "at", moment_json(explainer, when));
    bool allow = verdict.answer == VERDICT_ALLOW;
    add_step(explainer, allow ? "gate" : gate_code_name(verdict.code),
        allow ? "every rule" : verdict.rule, values, json_boolean(allow), "gate");
    if (allow)
        conclude(explainer, "will_send", touch->touch_key);
    else
        conclude(explainer, verdict.answer == VERDICT_WAIT ? "waiting" : "blocked",
            gate_code_name(verdict.code));
    return ERR_NONE;
}

/* What journey and gate would say to the next touch when its time comes, as things stand. */
static enum err judge_next(struct explainer *explainer, struct engine_batch *batch,
    const struct touch *touch, struct why *reterr_why)
{
    struct engine_case *kase = &batch->cases[0];
    struct instant when = touch->planned.ms > explainer->at.ms ? touch->planned : explainer->at;
    const struct journey_input input = {
        .playbook = kase->version->playbook,
        .practice = explainer->engine->practice,
        .zone = kase->zone,
        .enrollment = kase->enrollment,
        .touches = kase->touches,
        .touch_count = kase->touch_count,
        .facts = kase->facts,
        .reply = kase->reply,
        .now = when,
    };
    bool open = !touch_state_final(touch->state) && touch->state != TOUCH_SENDING
        && touch->state != TOUCH_IN_DOUBT;
    if (!open) { /* it was decided after the moment that is asked about */
        conclude(explainer, touch->sent.ms ? "will_send" : "blocked",
            touch->code ? touch->code : touch->touch_key);
        return ERR_NONE;
    }
    JOURNEY_STEP struct journey_step step;
    journey_step(explainer->arena, &input, touch->touch_id, &step);
    if (step.next.state == ENROLLMENT_ENDED) {
        conclude(explainer, "waiting", step.next.exit);
        return ERR_NONE;
    }
    enum err err = ERR_NONE;
    for (size_t i = 0; i < step.effect_count && err == ERR_NONE; i++) {
        const struct journey_effect *effect = &step.effects[i];
        if (!text_is(effect->touch_id, touch->touch_id))
            continue;
        if (effect->kind == EFFECT_GO_TOUCH) {
            err = judge_go(explainer, batch, touch, effect, when, reterr_why);
            continue;
        }
        bool waits = effect->kind == EFFECT_WAIT_TOUCH;
        add_step(explainer, arena_format(explainer->arena, "touch:%s", touch->touch_key),
            effect->rule,
            json_pack("{s:s?, s:o}", "reason", effect->reason, "until",
                moment_json(explainer, effect->at)),
            json_false(), "journey");
        conclude(explainer, waits ? "waiting" : "blocked", effect->reason);
    }
    judge_still(explainer);
    return err;
}

/* The enrollment as it stood at the moment that is asked about. */
static struct enrollment as_of(const struct explainer *explainer, struct enrollment enrollment)
{
    if (enrollment.ended.ms > explainer->at.ms) {
        enrollment.state = ENROLLMENT_ACTIVE;
        enrollment.exit = NULL;
        enrollment.ended = (struct instant){0};
    }
    if (enrollment.state == ENROLLMENT_HELD && enrollment.held.ms > explainer->at.ms) {
        enrollment.state = ENROLLMENT_ACTIVE;
        enrollment.hold = NULL;
    }
    if (enrollment.state == ENROLLMENT_ACTIVE && enrollment.released.ms > explainer->at.ms
        && enrollment.held.ms != 0 && enrollment.held.ms <= explainer->at.ms) {
        enrollment.state = ENROLLMENT_HELD;
        enrollment.hold = enrollment.released_hold;
    }
    return enrollment;
}

/* Only what was learnt needs a reason: what was said stands in the record. */
static enum err tell_language(struct explainer *explainer, struct why *reterr_why)
{
    struct engine *engine = explainer->engine;
    struct language_learned learned;
    enum err err = record_read_language(explainer->arena, engine->db, engine->practice->practice_id,
        explainer->patient_id, &learned, reterr_why);
    if (err != ERR_NONE || !learned.language || learned.at.ms > explainer->at.ms)
        return err;
    add_step(explainer, "language", "what was said, else what their messages are written in",
        json_pack("{s:s, s:s, s:o, s:b}", "learned", learned.language, "message",
            learned.decided_by, "learned_at", moment_json(explainer, learned.at), "in_use",
            learned.in_use),
        json_boolean(learned.in_use), "patient_language");
    return ERR_NONE;
}

static enum err explain_live(
    struct explainer *explainer, struct enrollment *enrollment, struct why *reterr_why)
{
    struct engine *engine = explainer->engine;
    /* Reads only: a moment and a store, never opened for writing. */
    struct tx tx = {.db = engine->db,
        .now = explainer->at,
        .actor = engine->actor,
        .practice_id = engine->practice->practice_id,
        .ids = &engine->ids};
    struct engine_batch batch = {.tick = explainer->arena};
    enum err err = gate_load(explainer->arena, engine->db, engine->gate, explainer->at,
        &explainer->patient_id, 1, &batch.gate, reterr_why);
    if (err == ERR_NONE)
        err = engine__load(engine, &tx, enrollment, 1, &batch, reterr_why);
    for (size_t i = 0; i < batch.touch_count && err == ERR_NONE; i++)
        err = add_touch(explainer, &batch.touches[i], reterr_why);
    if (err == ERR_NONE)
        err = tell_language(explainer, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (enrollment->state == ENROLLMENT_ENDED) {
        conclude(explainer, "exited", enrollment->exit);
        return ERR_NONE;
    }
    if (enrollment->arm == ARM_HOLDOUT) {
        conclude(explainer, "not_entered", "holdout");
        return ERR_NONE;
    }
    if (enrollment->state == ENROLLMENT_HELD) {
        conclude(explainer, "waiting", enrollment->hold);
        (void)sending_paused(explainer);
        return ERR_NONE;
    }
    bool sent = false;
    const struct touch *next = next_touch(explainer, batch.touches, batch.touch_count, &sent);
    if (!next) {
        conclude(explainer, sent ? "sent" : "blocked", sent ? "calendar_done" : "no_touch_left");
        return ERR_NONE;
    }
    return judge_next(explainer, &batch, next, reterr_why);
}

static enum err find_enrollment(
    struct explainer *explainer, struct enrollment **ret_enrollment, struct why *reterr_why)
{
    struct enrollment *list = NULL;
    size_t count = 0;
    *ret_enrollment = NULL;
    enum err err = journey_read_patient(explainer->arena, explainer->engine->db,
        explainer->engine->practice->practice_id, explainer->patient_id, &list, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (!text_is(list[i].playbook, explainer->playbook->name)
            || list[i].entered.ms > explainer->at.ms)
            continue;
        list[i] = as_of(explainer, list[i]);
        *ret_enrollment = &list[i];
        break;
    }
    return err;
}

static enum err load(struct explainer *explainer, const char *name, struct playbook_state *state,
    struct why *reterr_why)
{
    struct engine *engine = explainer->engine;
    struct arena *arena = explainer->arena;
    int64_t practice_id = engine->practice->practice_id;
    enum err err = plan_find_playbook(arena, engine, name, &explainer->playbook, &explainer->all,
        &explainer->all_count, reterr_why);
    if (err != ERR_NONE)
        return err;
    err = playbook_read_state(arena, engine->db, practice_id, name, state, NULL);
    if (err == ERR_NONE)
        explainer->state = state;
    if (explainer->state && state->version) {
        struct playbook_version *version = NULL;
        err = playbook_load_version(
            engine->cache, engine->db, practice_id, name, state->version, &version, reterr_why);
        if (err != ERR_NONE)
            return err;
        explainer->playbook = version->playbook;
    }
    err = playbook_practice_paused(engine->db, practice_id, &explainer->paused, reterr_why);
    if (err != ERR_NONE)
        return err;
    explainer->moment = audience_moment_at(engine->practice, explainer->at);
    return facts_load(arena, engine->db, &explainer->moment, explainer->playbook->definitions,
        &explainer->patient_id, 1, &explainer->facts, reterr_why);
}

enum err explain_build(struct arena *arena, struct engine *engine, const char *patient_id,
    const char *playbook, struct instant at, json_t **ret_json, struct why *reterr_why)
{
    struct explainer explainer = {
        .arena = arena, .engine = engine, .patient_id = patient_id, .at = at};
    struct playbook_state state;
    enum err err = load(&explainer, playbook, &state, reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO steps = json_array();
    explainer.steps = steps;
    struct enrollment *enrollment = NULL;
    err = find_enrollment(&explainer, &enrollment, reterr_why);
    if (err == ERR_NONE && enrollment)
        err = add_events(&explainer, enrollment, reterr_why);
    if (err == ERR_NONE && enrollment)
        err = explain_live(&explainer, enrollment, reterr_why);
    if (err == ERR_NONE && !enrollment)
        explain_outsider(&explainer);
    if (err != ERR_NONE)
        return err;
    assert(explainer.answer);
    const struct patient *patient = explainer.facts->patient;
    *ret_json = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:O}", "patient",
        explainer.facts->known ? patient->external_id : patient_id, "playbook",
        explainer.playbook->name, "at", zone_format(arena, engine->practice->zone, at), "answer",
        explainer.answer, "reason", explainer.reason, "steps", steps);
    return ERR_NONE;
}
