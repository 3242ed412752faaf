/* playbook_touch.c: the calendar: messages and tasks, each on its day. */
#include "playbook/playbook_int.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

/* Kinds of task that a person may be given, and who does them when `to` is not given. */
static const struct {
    const char *task, *role;
} tasks[] = {{"warm_call", "front_desk"}, {"call_patient", "front_desk"},
    {"answer_reply", "front_desk"}, {"review", "front_desk"}, {"book_for", "front_desk"},
    {"approve_message", "front_desk"}, {"close_out", "front_desk"}, {"save_call", "front_desk"},
    {"phone_only_plan", "front_desk"}, {"clinician", "clinician"},
    {"clinician_review", "clinician"}, {"nurse_answer", "program_nurse"},
    {"nurse_followup", "program_nurse"}, {"manager_call", "manager"}};

/* What a task can show of the patient. */
static const char *const shows[] = {"last_reply", "touch_history", "last_service", "provider",
    "tags", "points", "open_slots", "ltv", "membership"};

static const char *task_role(const char *task)
{
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        if (text_is(tasks[i].task, task))
            return tasks[i].role;
    }
    return "front_desk";
}

/* Who has a queue of tasks. */
static const char *const roles[] = {"front_desk", "manager", "clinician", "program_nurse", "owner"};
enum { ROLE_COUNT = sizeof roles / sizeof *roles };

const char *reader_role(struct reader *reader, const struct yaml *map, const char *task)
{
    const int index = reader_choice(reader, map, "to", roles, ROLE_COUNT, -1);
    return index >= 0 ? roles[index] : task ? task_role(task) : NULL;
}

bool role_takes_tasks(const char *role, const char **ret_nearest)
{
    *ret_nearest = text_nearest(role, roles, ROLE_COUNT);
    return *ret_nearest && text_is(*ret_nearest, role);
}

static void read_send(struct reader *reader, const struct yaml *node, struct playbook_touch *touch)
{
    size_t count = 0;
    const char *const *names = reader_names(reader, node, "send", &count);
    for (size_t i = 0; i < count; i++) {
        enum channel_kind kind = CHANNEL_TASK;
        bool known = channel_kind_parse(names[i], &kind) && kind != CHANNEL_TASK;
        bool twice = false;
        for (size_t k = 0; known && k < touch->send_count; k++)
            twice = twice || touch->send[k] == kind;
        if (known && kind == CHANNEL_VOICE) {
            reader_error(reader, "not_supported", yaml_get(node, "send"),
                "Give the call to a person: `task: warm_call`.",
                "messages by voice are not supported by this version");
        } else if (!known || twice) {
            reader_error(reader, "unknown_value", yaml_get(node, "send"),
                "A touch is sent by `email` and `sms`, each named once; a call is a `task`.",
                "`%s` is %s", names[i], twice ? "named twice" : "no channel of a message");
        } else {
            touch->send[touch->send_count++] = kind;
        }
    }
    if (names && touch->send_count == 0 && reader->errors == 0)
        reader_error(
            reader, "missing_key", node, "Write `send: [email, sms]`.", "`send` names no channel");
}

static const char *read_offer(struct reader *reader, const struct yaml *node)
{
    const char *offer = reader_name(reader, node, "offer");
    if (!offer || text_is(offer, "none"))
        return offer;
    if (!definitions_offer(reader->home->definitions, offer)) {
        const char *nearest = definitions_nearest_offer(reader->home->definitions, offer);
        reader_error(reader, "unknown_offer", yaml_get(node, "offer"),
            nearest ? arena_format(reader->arena, "Did you mean `%s`?", nearest)
                    : "Add it to `offers` in definitions.yaml.",
            "definitions.yaml has no offer `%s`", offer);
    }
    return offer;
}

static void read_variants(
    struct reader *reader, const struct yaml *node, struct playbook_touch *touch)
{
    const struct yaml *variants = yaml_get(node, "variants");
    if (!variants)
        return;
    if (variants->kind != YAML_MAP || variants->count < 2
        || variants->count > PLAYBOOK_VARIANTS_MAX) {
        reader_error(reader, "wrong_kind", variants, "Write `variants: {a: {...}, b: {...}}`.",
            "a touch has 2 to %d variants or none", PLAYBOOK_VARIANTS_MAX);
        return;
    }
    struct playbook_variant *list =
        ARENA_NEW(reader->arena, struct playbook_variant, variants->count);
    for (const struct yaml *child = variants->first; child; child = child->next) {
        struct playbook_variant *variant = &list[touch->variant_count++];
        variant->name = child->key;
        if (!name_valid(child->key))
            reader_error(reader, "bad_name", child,
                "Use lower-case letters, digits, - and _, at most 64.", "`%s` is not a name",
                child->key);
        if (!reader_block(reader, child, BLOCK_VARIANT))
            continue;
        variant->template_name = reader_name(reader, child, "template");
        variant->offer = read_offer(reader, child);
    }
    touch->variants = list;
}

/* "48h after remind.delivered" */
static void read_not_before(
    struct reader *reader, const struct yaml *map, struct playbook_touch *touch)
{
    const char *text = reader_text(reader, map, "not_before");
    if (!text)
        return;
    const struct yaml *node = yaml_get(map, "not_before");
    const char *words[3];
    size_t count = words_split(reader->arena, text, words, 3);
    const char *dot = count == 3 ? strchr(words[2], '.') : NULL;
    const char *what = dot ? dot + 1 : "";
    if (!dot || !text_is(words[1], "after")
        || (!text_is(what, "delivered") && !text_is(what, "sent"))) {
        reader_error(reader, "bad_wait", node, "Write `48h after TOUCH.delivered`.",
            "`not_before` cannot be read");
        return;
    }
    touch->not_before.after_ms = reader_wait_ms(reader, node, words[0], 90);
    touch->not_before.touch = arena_text_n(reader->arena, words[2], (size_t)(dot - words[2]));
    touch->not_before.delivered = text_is(what, "delivered");
}

/* "skip" | "wait 2d then skip" */
static void read_blocked(
    struct reader *reader, const struct yaml *map, struct playbook_touch *touch)
{
    touch->blocked.wait_ms = PLAYBOOK_BLOCKED_MS;
    const char *text = reader_text(reader, map, "if_blocked");
    if (!text)
        return;
    const struct yaml *node = yaml_get(map, "if_blocked");
    const char *words[4];
    size_t count = words_split(reader->arena, text, words, 4);
    if (count == 1 && text_is(words[0], "skip"))
        touch->blocked.wait_ms = 0;
    else if (count == 4 && text_is(words[0], "wait") && text_is(words[2], "then")
        && text_is(words[3], "skip"))
        touch->blocked.wait_ms = reader_wait_ms(reader, node, words[1], 30);
    else
        reader_error(reader, "bad_wait", node, "Write `skip` or `wait 2d then skip`.",
            "`if_blocked` cannot be read");
}

static void read_link(struct reader *reader, const struct yaml *map, struct playbook_touch *touch)
{
    static const char *const providers[] = {"any", "last"};
    const struct yaml *node = yaml_get(map, "link");
    if (!reader_block(reader, node, BLOCK_LINK))
        return;
    touch->link.book = reader_name(reader, node, "book");
    if (touch->link.book && !text_is(touch->link.book, "any")
        && !definitions_service(reader->home->definitions, touch->link.book)) {
        const char *nearest =
            definitions_nearest_service(reader->home->definitions, touch->link.book);
        reader_error(reader, "unknown_service", yaml_get(node, "book"),
            nearest ? arena_format(reader->arena, "Did you mean `%s`?", nearest)
                    : "Name a service of definitions.yaml, or `any`.",
            "definitions.yaml has no service `%s`", touch->link.book);
    }
    touch->link.provider = (enum playbook_link_provider)reader_choice(
        reader, node, "provider", providers, 2, LINK_PROVIDER_ANY);
    struct span window = reader_span(reader, node, "window");
    touch->link.window_days = (int)(span_ms(window) / MS_PER_DAY);
}

static void read_message(
    struct reader *reader, const struct yaml *node, struct playbook_touch *touch)
{
    static const char *const froms[] = {"practice", "provider(last_visit)"};
    static const char *const task_keys[] = {
        "to", "due", "per_day_max", "script", "show", "outcomes", "after"};
    for (size_t i = 0; i < sizeof task_keys / sizeof *task_keys; i++) {
        if (yaml_get(node, task_keys[i]))
            reader_error(reader, "wrong_kind", yaml_get(node, task_keys[i]),
                "Give the touch a `task`, or take this out.", "`%s` belongs to a task",
                task_keys[i]);
    }
    read_send(reader, node, touch);
    touch->template_name = reader_name(reader, node, "template");
    if (!yaml_get(node, "template"))
        reader_error(reader, "missing_key", node,
            "Name a folder of templates/: `template: touchup-remind`.",
            "touch `%s` lacks `template`", touch->id);
    touch->from = (enum playbook_from)reader_choice(reader, node, "from", froms, 2, FROM_PRACTICE);
    read_link(reader, node, touch);
    const char *offer = read_offer(reader, node);
    touch->offer = offer ? offer : "none";
    read_variants(reader, node, touch);
    const struct yaml *expect = yaml_get(node, "expect");
    touch->response_ms = PLAYBOOK_RESPONSE_MS;
    if (!reader_block(reader, expect, BLOCK_EXPECT)) {
        touch->expects = expect != NULL; /* something, though it cannot be read */
        return;
    }
    const char *key = yaml_get(expect, "reply") ? "reply" : "response";
    const char *wait = reader_text(reader, expect, key);
    if (wait) {
        touch->response_ms = reader_wait_ms(reader, yaml_get(expect, key), wait, 30);
        touch->expects = true;
    }
}

/* "1 business day", "2 business days" or a span */
static void read_due(struct reader *reader, const struct yaml *map, struct playbook_touch *touch)
{
    touch->due.business_days = 1;
    const char *text = reader_text(reader, map, "due");
    if (!text)
        return;
    const struct yaml *node = yaml_get(map, "due");
    const char *words[3];
    size_t count = words_split(reader->arena, text, words, 3);
    int64_t days = 0;
    if (count == 3 && text_is(words[1], "business")
        && (text_is(words[2], "day") || text_is(words[2], "days"))) {
        if (text_to_int(words[0], 1, 30, &days))
            touch->due.business_days = (int)days;
        else
            reader_error(reader, "bad_wait", node, "Write `1 business day`, `4h` or `2d`.",
                "`due` takes 1 to 30 business days");
        return;
    }
    if (count != 1) {
        reader_error(reader, "bad_wait", node, "Write `1 business day`, `4h` or `2d`.",
            "`due` cannot be read");
        return;
    }
    touch->due.business_days = 0;
    touch->due.span = (struct span){.ms = reader_wait_ms(reader, node, words[0], 30)};
}

static void read_outcomes(
    struct reader *reader, const struct yaml *map, struct playbook_touch *touch)
{
    const struct yaml *node = yaml_get(map, "outcomes");
    if (!node)
        return;
    if (node->kind != YAML_MAP || node->count > PLAYBOOK_OUTCOMES_MAX) {
        reader_error(reader, "wrong_kind", node, "Write `outcomes: {booked: {exit: booked}}`.",
            "`outcomes` is a map of at most %d", PLAYBOOK_OUTCOMES_MAX);
        return;
    }
    struct playbook_outcome *list =
        ARENA_NEW(reader->arena, struct playbook_outcome, node->count + 1);
    for (const struct yaml *child = node->first; child; child = child->next) {
        struct playbook_outcome *outcome = &list[touch->outcome_count++];
        outcome->name = child->key;
        if (!name_valid(child->key))
            reader_error(reader, "bad_name", child,
                "Use lower-case letters, digits, - and _, at most 64.", "`%s` is not a name",
                child->key);
        if (!reader_block(reader, child, BLOCK_OUTCOME))
            continue;
        outcome->exit = reader_name(reader, child, "exit");
        outcome->retry = reader_span(reader, child, "retry");
        outcome->retry_max =
            reader_int(reader, child, "max", 1, 5, span_is_zero(outcome->retry) ? 0 : 1);
        if (outcome->exit && !span_is_zero(outcome->retry))
            reader_error(reader, "two_ends", child, "Keep `exit` or `retry`.",
                "outcome `%s` both ends the sequence and tries again", outcome->name);
    }
    touch->outcomes = list;
}

static void read_task(struct reader *reader, const struct yaml *node, struct playbook_touch *touch)
{
    static const char *const message_keys[] = {
        "template", "from", "link", "offer", "variants", "expect"};
    for (size_t i = 0; i < sizeof message_keys / sizeof *message_keys; i++) {
        if (yaml_get(node, message_keys[i]))
            reader_error(reader, "wrong_kind", yaml_get(node, message_keys[i]),
                "Give the touch a `send`, or take this out.", "`%s` belongs to a message",
                message_keys[i]);
    }
    touch->is_task = true;
    touch->task = reader_name(reader, node, "task");
    touch->role = reader_role(reader, node, touch->task);
    touch->script = reader_name(reader, node, "script");
    read_due(reader, node, touch);
    const char *bound = reader_text(reader, node, "per_day_max");
    if (bound && !text_is(bound, "staff_capacity(calls)"))
        reader_error(reader, "not_supported", yaml_get(node, "per_day_max"),
            "Write `staff_capacity(calls)` and set calls_per_day_max in perennial.yaml.",
            "a task's own number a day is not supported by this version");
    touch->show = reader_names(reader, node, "show", &touch->show_count);
    for (size_t i = 0; i < touch->show_count; i++) {
        const char *nearest = text_nearest(touch->show[i], shows, sizeof shows / sizeof *shows);
        if (!nearest || !text_is(nearest, touch->show[i]))
            reader_error(reader, "unknown_value", yaml_get(node, "show"),
                nearest ? arena_format(reader->arena, "Did you mean `%s`?", nearest)
                        : "docs/playbooks.md lists what it can.",
                "a task cannot show `%s`", touch->show[i]);
    }
    read_outcomes(reader, node, touch);
    const struct yaml *after = yaml_get(node, "after");
    if (reader_block(reader, after, BLOCK_AFTER)) {
        touch->draft_note = reader_bool(reader, after, "draft_note", false);
        touch->suggest_tags = reader_bool(reader, after, "suggest_tags", false);
    }
}

static void read_day(struct reader *reader, const struct yaml *node, struct playbook_touch *touch)
{
    bool has_day = yaml_get(node, "day") != NULL;
    bool has_week = yaml_get(node, "week") != NULL;
    if (has_day == has_week) {
        reader_error(reader, "missing_key", node, "Write `day: 3`, or `week: 2` for day 7.",
            "touch `%s` needs either `day` or `week`", touch->id);
        return;
    }
    if (has_day)
        touch->day = reader_int(reader, node, "day", 0, PLAYBOOK_DAY_MAX, touch->day);
    else
        touch->day =
            7 * (reader_int(reader, node, "week", 1, PLAYBOOK_DAY_MAX / 7, touch->day / 7 + 1) - 1);
}

static void read_touch(struct reader *reader, const struct yaml *node, struct playbook_touch *touch)
{
    const char *id = reader_name(reader, node, "id");
    touch->id = id ? id : "";
    touch->place = place_of(node);
    read_day(reader, node, touch);
    touch->when = reader_expression(reader, node, "when", SCOPE_ENROLLMENT);
    touch->skip_if = reader_expression(reader, node, "skip_if", SCOPE_ENROLLMENT);
    read_not_before(reader, node, touch);
    read_blocked(reader, node, touch);
    bool has_send = yaml_get(node, "send") != NULL;
    bool has_task = yaml_get(node, "task") != NULL;
    if (has_send == has_task)
        reader_error(reader, "missing_key", node,
            "Keep one: `send: [email, sms]` a message, `task: warm_call` for a person.",
            "touch `%s` needs either `send` or `task`", touch->id);
    else if (has_task)
        read_task(reader, node, touch);
    else
        read_message(reader, node, touch);
}

void read_touches(struct reader *reader, const struct yaml *node)
{
    struct playbook *playbook = reader->playbook;
    if (!node)
        return;
    if (node->kind != YAML_SEQUENCE || node->count == 0 || node->count > PLAYBOOK_TOUCHES_MAX) {
        reader_error(reader, "wrong_kind", node, "Write one `- id: ...` for each.",
            "`touches` lists 1 to %d touches", PLAYBOOK_TOUCHES_MAX);
        return;
    }
    struct playbook_touch *touches = ARENA_NEW(reader->arena, struct playbook_touch, node->count);
    /* Conditions may name any touch, so the ids come first. */
    reader->touch_ids = ARENA_NEW(reader->arena, const char *, node->count);
    for (const struct yaml *child = node->first; child; child = child->next) {
        const struct yaml *id = yaml_get(child, "id");
        if (id && id->kind == YAML_SCALAR && name_valid(id->scalar))
            reader->touch_ids[reader->touch_id_count++] = id->scalar;
    }
    for (const struct yaml *child = node->first; child; child = child->next) {
        struct playbook_touch *touch = &touches[playbook->touch_count++];
        touch->position = (int)playbook->touch_count;
        touch->day = touch > touches ? touch[-1].day : 0; /* where its own cannot be read */
        if (reader_block(reader, child, BLOCK_TOUCH))
            read_touch(reader, child, touch);
        else
            touch->id = "";
    }
    playbook->touches = touches;
}
