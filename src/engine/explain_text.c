/* explain_text.c: see explain_text.h. */
#include "engine/explain_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/instant.h"
#include "base/text.h"

struct line {
    struct instant at; /* ms 0: it is so now */
    const char *text;
};

/* Equal holds one after the other. */
struct hold_run {
    const char *name; /* NULL: none */
    const char *read, *by;
    struct instant from, to; /* to.ms 0: still held */
    size_t count;
};

struct teller {
    struct arena *arena;
    const struct zone *zone;
    const json_t *steps;
    struct line *lines;
    size_t count, capacity;
    struct hold_run hold;
};

/* ---- reading steps ---- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static const json_t *values_of(const json_t *step)
{
    return json_object_get(step, "values");
}

/* Milliseconds, or RFC 3339; ms 0 where there is none. */
static struct instant moment_of(const json_t *values, const char *key)
{
    const json_t *value = json_object_get(values, key);
    struct instant at = {0};
    if (json_is_integer(value))
        at.ms = json_integer_value(value);
    else if (json_is_string(value)
        && instant_parse(json_string_value(value), &at, NULL) != ERR_NONE)
        at.ms = 0;
    return at;
}

/* 2026-03-05 10:00 */
static const char *clock_text(const struct teller *teller, struct instant at)
{
    char *text = zone_format(teller->arena, teller->zone, at);
    text[10] = ' ';
    text[16] = '\0';
    return text;
}

static bool is_frame(const char *key)
{
    static const char *const frame[] = {"at", "at_ms", "until_ms", "touch", "answer", "rule"};
    for (size_t i = 0; i < sizeof(frame) / sizeof(frame[0]); i++)
        if (text_is(key, frame[i]))
            return true;
    return false;
}

/* "days 93, due 100"; "" where nothing was read. */
static const char *read_text(struct arena *arena, const json_t *values)
{
    struct buf buf;
    const char *key = NULL;
    json_t *value = NULL;
    buf_init(&buf, arena);
    json_object_foreach((json_t *)(uintptr_t)values, key, value)
    {
        if (is_frame(key) || (json_is_object(value) && json_object_size(value) == 0))
            continue;
        buf_format(&buf, "%s%s ", buf.len ? ", " : "", key);
        if (json_is_string(value))
            buf_add(&buf, json_string_value(value));
        else
            buf_add(&buf, json_is_null(value) ? "unknown" : json_text_of(arena, value));
    }
    return buf.data;
}

static const char *in_brackets(const struct teller *teller, const char *text)
{
    return text[0] ? arena_format(teller->arena, " (%s)", text) : "";
}

static const char *truth_text(const json_t *step)
{
    const json_t *result = json_object_get(step, "result");
    return json_is_true(result) ? "yes" : json_is_false(result) ? "no" : "unknown";
}

/* ---- lines by time ---- */

static void add_line(struct teller *teller, struct instant at, const char *text)
{
    if (teller->count == teller->capacity) {
        size_t bigger = teller->capacity ? teller->capacity * 2 : 16;
        teller->lines = arena_grow(teller->arena, teller->lines,
            teller->capacity * sizeof(struct line), bigger * sizeof(struct line));
        teller->capacity = bigger;
    }
    size_t place = teller->count++;
    /* Steps come almost in the order of their time. */
    for (; place > 0 && at.ms
         && (!teller->lines[place - 1].at.ms || instant_before(at, teller->lines[place - 1].at));
         place--)
        teller->lines[place] = teller->lines[place - 1];
    teller->lines[place] = (struct line){at, text};
}

/* ---- what happened ---- */

static const char *times_text(const struct teller *teller, size_t count)
{
    return count > 1 ? arena_format(teller->arena, " %zu times", count) : "";
}

/* `over`: the enrollment ended. */
static void end_hold_run(struct teller *teller, bool over)
{
    const struct hold_run *hold = &teller->hold;
    if (!hold->name)
        return;
    const char *end = over ? "until it ended" : "not released";
    if (hold->to.ms)
        end = arena_format(
            teller->arena, "released %s by %s", clock_text(teller, hold->to), hold->by);
    add_line(teller, hold->from,
        arena_format(teller->arena, "held%s for %s%s; %s%s", times_text(teller, hold->count),
            hold->name, in_brackets(teller, hold->read), hold->count > 1 ? "at last " : "", end));
    teller->hold = (struct hold_run){.name = NULL};
}

static void tell_held(struct teller *teller, const json_t *step, struct instant at)
{
    struct hold_run *hold = &teller->hold;
    const char *name = text_of(step, "expression");
    if (hold->name && text_is(hold->name, name)) {
        hold->count++;
        hold->to = (struct instant){0};
        return;
    }
    end_hold_run(teller, false);
    *hold = (struct hold_run){
        .name = name, .read = read_text(teller->arena, values_of(step)), .from = at, .count = 1};
}

static void tell_event(struct teller *teller, const json_t *step)
{
    const char *kind = text_of(step, "rule"), *rule = text_of(step, "expression");
    const json_t *values = values_of(step);
    struct instant at = moment_of(values, "at");
    if (text_is(kind, "held")) {
        tell_held(teller, step, at);
        return;
    }
    if (text_is(kind, "released") && teller->hold.name) {
        teller->hold.to = at;
        teller->hold.by = text_of(values, "by");
        return;
    }
    if (text_is(kind, "skipped")) /* its touch says so */
        return;
    end_hold_run(teller, text_is(kind, "exited"));
    if (text_is(kind, "entered")) {
        bool control = text_is(text_of(values, "arm"), "holdout");
        bool pilot = json_is_true(json_object_get(values, "pilot"));
        add_line(teller, at,
            control     ? "entered, and is left out on purpose: gets nothing (holdout)"
                : pilot ? "entered, as one of the pilot"
                        : "entered");
        return;
    }
    const char *touch = text_of(values, "touch");
    add_line(teller, at,
        arena_format(teller->arena, "%s%s%s%s%s%s", text_is(kind, "exited") ? "ended" : kind,
            touch[0] ? " " : "", touch, rule[0] ? ": " : "", rule,
            in_brackets(teller, read_text(teller->arena, values))));
}

/* ---- touches ---- */

/* What the gate said about a touch, answers alike one after the other. */
struct gate_run {
    const char *answer, *code, *rule;
    const json_t *detail; /* of the first */
    struct instant from, to, until;
    size_t count;
};

static bool is_gate(const json_t *step)
{
    return text_is(text_of(step, "source"), "verdict");
}

/* The answers from step `i` on that are like it; how many. */
static size_t read_gate_run(struct teller *teller, size_t i, struct gate_run *ret_run)
{
    struct gate_run run = {.count = 0};
    for (; i < json_array_size(teller->steps); i++) {
        const json_t *step = json_array_get(teller->steps, i);
        const json_t *values = values_of(step);
        const char *answer = text_of(values, "answer"), *code = text_of(values, "code");
        if (!is_gate(step)
            || (run.count > 0
                && !(text_is(run.answer, answer) && text_is(run.code, code)
                    && text_is(run.rule, text_of(step, "expression")))))
            break;
        if (run.count++ == 0) {
            run.answer = answer;
            run.code = code;
            run.rule = text_of(step, "expression");
            run.detail = json_object_get(values, "detail");
            run.from = moment_of(values, "at_ms");
        }
        run.to = moment_of(values, "at_ms");
        run.until = moment_of(values, "until_ms");
    }
    *ret_run = run;
    return run.count;
}

/* By which permission it went: the class of the consent, else what stood for one. */
static const char *basis_text(const struct teller *teller, const struct gate_run *run)
{
    const char *consent = text_of(run->detail, "consent_class");
    const char *basis = text_of(run->detail, "basis");
    if (consent[0])
        return arena_format(teller->arena, " by %s consent", consent);
    return basis[0] ? arena_format(teller->arena, " by %s", basis) : "";
}

static const char *answers_text(struct teller *teller, size_t *i)
{
    struct buf buf;
    struct gate_run run;
    buf_init(&buf, teller->arena);
    for (size_t like; (like = read_gate_run(teller, *i, &run)) > 0; *i += like) {
        if (text_is(run.answer, "allow"))
            buf_format(&buf, "; allowed%s", basis_text(teller, &run));
        if (!text_is(run.answer, "wait"))
            continue;
        buf_format(&buf, "; waited%s for %s by %s, %s", times_text(teller, run.count), run.code,
            run.rule, clock_text(teller, run.from));
        if (run.until.ms)
            buf_format(&buf, " to %s", clock_text(teller, run.until));
    }
    return buf.data;
}

static const char *outcome_text(const struct teller *teller, const json_t *step)
{
    const json_t *values = values_of(step);
    const char *state = text_of(values, "state"), *code = text_of(values, "code");
    const char *detail = text_of(values, "detail"), *wording = text_of(values, "wording");
    const char *template_name = text_of(step, "expression");
    if (json_is_true(json_object_get(step, "result")))
        return arena_format(teller->arena, "sent by %s%s", text_of(values, "channel"),
            in_brackets(teller,
                wording[0] ? arena_format(teller->arena, "%s, %s", template_name, wording)
                           : template_name));
    if (text_is(state, "due"))
        return arena_format(teller->arena, "not yet%s", in_brackets(teller, template_name));
    if (text_is(state, "done"))
        return "given to people as a task";
    const char *said = text_is(state, "dropped") ? "not sent" : state;
    return arena_format(teller->arena, "%s%s%s%s%s", said, code[0] ? ", " : "", code,
        detail[0] ? ": " : "", detail);
}

static void tell_touch(struct teller *teller, size_t *i)
{
    const json_t *step = json_array_get(teller->steps, *i);
    const json_t *values = values_of(step);
    const char *key = text_of(step, "rule") + strlen("touch:");
    struct instant planned = moment_of(values, "planned"), at = moment_of(values, "sent");
    const char *was = "";
    if (!at.ms)
        at = moment_of(values, "ended");
    if (!at.ms)
        at = planned;
    if (planned.ms && strncmp(clock_text(teller, planned), clock_text(teller, at), 10) != 0)
        was = arena_format(teller->arena, ", planned for %s", clock_text(teller, planned));
    ++*i;
    const char *answers = answers_text(teller, i);
    add_line(teller, at,
        arena_format(teller->arena, "%s: %s%s%s", key, outcome_text(teller, step), was, answers));
}

/* ---- what would happen ---- */

/* What it means that a rule decided; NULL: no rule of those that keep somebody out. */
static const char *meaning_of(const char *rule)
{
    static const struct {
        const char *rule, *means;
    } meanings[] = {
        {"unknown_patient", "no patient is known by that"},
        {"inactive", "is no longer with the practice"},
        {"deceased", "has died"},
        {"minor", "is under age, or the birth date is not known"},
        {"do_not_contact", "asked not to be contacted"},
        {"opted_out", "opted out of every way that this playbook writes by"},
        {"paused", "asked for a pause"},
        {"billing_dispute", "a billing dispute is open"},
        {"clinical_concern", "a clinical concern is open"},
        {"staff_or_family", "is staff or family"},
        {"no_qualifying_visit", "was never here for what this playbook counts from"},
        {"not_due_yet", "is not due yet"},
        {"window_passed", "was due too long ago for this playbook"},
        {"booked", "has an appointment already"},
        {"already_enrolled", "is in this playbook or a stronger one already"},
        {"cooling_down", "left this playbook too short a while ago"},
        {"in_conversation", "a conversation is open, or a person has the ball"},
        {"unreachable", "no usable address"},
        {"no_consent", "no consent that this playbook needs"},
        {"holdout", "is left out on purpose, to measure"},
        {"over_capacity", "waits for a later night: the places of this one are taken"},
        {"running", "the playbook stands still: nobody enters, nothing of it leaves"},
        {"sending", "all sending is paused: nothing leaves until somebody resumes it"},
    };
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (text_is(meanings[i].rule, rule))
            return meanings[i].means;
    }
    return NULL;
}

/* The rule that decided as a sentence, with what it read: whether its expression had to be true or
 * false to keep somebody out is not for the reader to find out. */
static void tell_decision(struct teller *teller, const json_t *step)
{
    const char *rule = text_of(step, "rule"), *source = text_of(step, "source");
    const char *expression = text_of(step, "expression"), *means = meaning_of(rule);
    /* A condition of the playbook's own: of most of these the rule's name tells nothing. */
    const bool own = json_is_false(json_object_get(step, "result")) && expression[0]
        && !text_is(rule, "booked") && !text_is(rule, "unreachable");
    const char *says = own ? arena_format(teller->arena, "only if %s, which is not so", expression)
        : means            ? means
                : arena_format(teller->arena, "%s%s%s", truth_text(step), expression[0] ? ", " : "",
                    expression);
    add_line(teller, (struct instant){0},
        arena_format(teller->arena, "%s: %s%s%s%s", rule, says,
            in_brackets(teller, read_text(teller->arena, values_of(step))), source[0] ? " - " : "",
            source));
}

static void tell_rest(struct teller *teller, const json_t *step, const json_t *json)
{
    const char *rule = text_of(step, "rule"), *expression = text_of(step, "expression");
    const char *source = text_of(step, "source");
    const json_t *values = values_of(step);
    const char *read = in_brackets(teller, read_text(teller->arena, values));
    bool yes = json_is_true(json_object_get(step, "result"));
    struct arena *arena = teller->arena;
    const char *text = NULL;
    if (text_is(source, "playbook_state") || text_is(source, "practice_pause")) {
        tell_decision(teller, step);
        return;
    }
    if (text_is(source, "gate") && yes && text_is(text_of(json, "answer"), "will_send"))
        text = arena_format(arena, "next: %s goes then, as things stand: every rule says yes",
            text_of(json, "reason"));
    else if (text_is(source, "gate") && yes)
        text = "next: but for what follows it would go then: every rule says yes";
    else if (text_is(source, "gate"))
        text = arena_format(
            arena, "next: %s: %s by %s%s", text_of(json, "answer"), rule, expression, read);
    else if (text_is(source, "journey"))
        text = arena_format(arena, "next: %s %s: %s%s", rule + strlen("touch:"),
            text_of(json, "answer"), expression, read);
    else
        text = arena_format(arena, "%s: %s%s%s%s", rule, truth_text(step),
            expression[0] ? ", " : "", expression, read);
    add_line(teller, moment_of(values, "at"), text);
}

/* Who never entered: the rule that decided, and the names of those before it. */
static void tell_outsider(struct teller *teller, const json_t *json)
{
    size_t count = json_array_size(teller->steps);
    bool enters = text_is(text_of(json, "reason"), "enters_at_next_scan");
    struct buf before;
    buf_init(&before, teller->arena);
    for (size_t i = 0; i + (enters ? 0 : 1) < count; i++) {
        const char *rule = text_of(json_array_get(teller->steps, i), "rule");
        if (text_is(rule, "sending"))
            tell_decision(teller, json_array_get(teller->steps, i));
        else if (i == 0 || !text_is(rule, text_of(json_array_get(teller->steps, i - 1), "rule")))
            buf_format(&before, "%s%s", i ? ", " : "", rule);
    }
    if (!enters && count > 0)
        tell_decision(teller, json_array_get(teller->steps, count - 1));
    if (before.len)
        add_line(teller, (struct instant){0},
            arena_format(teller->arena, "asked before, and not in the way: %s", before.data));
}

static bool has_entered(const json_t *steps)
{
    return text_is(text_of(json_array_get(steps, 0), "source"), "enrollment_event");
}

static const char *lines_text(const struct teller *teller, const json_t *json)
{
    struct buf buf;
    buf_init(&buf, teller->arena);
    buf_format(&buf, "%s in %s at %s: %s (%s)\n", text_of(json, "patient"),
        text_of(json, "playbook"), text_of(json, "at"), text_of(json, "answer"),
        text_of(json, "reason"));
    for (size_t i = 0; i < teller->count; i++) {
        const struct line *line = &teller->lines[i];
        if (line->at.ms)
            buf_format(&buf, "  %s  %s\n", clock_text(teller, line->at), line->text);
        else
            buf_format(&buf, "  %s\n", line->text);
    }
    return buf.data;
}

const char *explain_tell(struct arena *arena, const struct zone *zone, const json_t *json)
{
    struct teller teller = {.arena = arena, .zone = zone, .steps = json_object_get(json, "steps")};
    bool waitlist = text_is(text_of(json, "playbook"), "waitlist");
    if (!waitlist && !has_entered(teller.steps)) {
        tell_outsider(&teller, json);
        return lines_text(&teller, json);
    }
    for (size_t i = 0; i < json_array_size(teller.steps);) {
        const json_t *step = json_array_get(teller.steps, i);
        const char *source = text_of(step, "source");
        bool touch = text_starts(text_of(step, "rule"), "touch:") && !text_is(source, "journey");
        if (touch) {
            tell_touch(&teller, &i);
            continue;
        }
        if (text_is(source, "enrollment_event"))
            tell_event(&teller, step);
        else
            tell_rest(&teller, step, json);
        i++;
    }
    end_hold_run(&teller, false);
    return lines_text(&teller, json);
}

/* ---- every rule ---- */

static void add_rule(struct buf *buf, struct arena *arena, const json_t *step)
{
    const json_t *values = values_of(step);
    buf_format(buf, "  %-22s %-8s %s\n", text_of(step, "rule"), truth_text(step),
        text_of(step, "expression"));
    if (json_object_size(values) > 0)
        buf_format(buf, "  %-22s %-8s %s\n", "", "", json_text_of(arena, values));
    if (text_of(step, "source")[0])
        buf_format(buf, "  %-22s %-8s %s\n", "", "", text_of(step, "source"));
}

const char *explain_tell_rules(
    struct arena *arena, const struct zone *zone, const json_t *json, bool folds)
{
    struct teller teller = {.arena = arena, .zone = zone, .steps = json_object_get(json, "steps")};
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < json_array_size(teller.steps);) {
        const json_t *step = json_array_get(teller.steps, i);
        struct gate_run run;
        size_t like = folds ? read_gate_run(&teller, i, &run) : 0;
        add_rule(&buf, arena, step);
        if (like > 1)
            buf_format(&buf, "  %-22s %-8s the same %zu times, %s to %s\n", "", "", like,
                clock_text(&teller, run.from), clock_text(&teller, run.to));
        i += like > 1 ? like : 1;
    }
    return buf.data;
}
