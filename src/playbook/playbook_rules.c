/* playbook_rules.c: holds and exits: what stops a sequence for a while, and what ends it. */
#include "playbook/playbook_int.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

/* Labels that may be answered without a person, where the practice turns that on
 * (data of triage; a clinical reply is never among them). */
static const char *const auto_labels[] = {"price", "availability", "reschedule", "location_hours",
    "financing_insurance", "service_question", "loyalty_promo", "identity_privacy", "help",
    "book_yes", "opt_in"};

/* "2h to manager" */
static void read_escalate(struct reader *reader, const struct yaml *map, struct playbook_hold *hold)
{
    const char *text = reader_text(reader, map, "escalate");
    if (!text)
        return;
    const struct yaml *node = yaml_get(map, "escalate");
    const char *words[3];
    size_t count = words_split(reader->arena, text, words, 3);
    if (count != 3 || !text_is(words[1], "to") || !name_valid(words[2])) {
        reader_error(
            reader, "bad_wait", node, "Write `2h to manager`.", "`escalate` cannot be read");
        return;
    }
    const char *nearest;
    if (!role_takes_tasks(words[2], &nearest))
        reader_error(reader, "unknown_value", node,
            nearest ? arena_format(reader->arena, "Did you mean `%s`?", nearest)
                    : "Write `2h to manager`.",
            "`%s` is nobody who gets tasks", words[2]);
    hold->escalate_after = (struct span){.ms = reader_wait_ms(reader, node, words[0], 30)};
    hold->escalate_to = words[2];
}

static void read_auto_answer(
    struct reader *reader, const struct yaml *map, struct playbook_hold *hold)
{
    const struct yaml *node = yaml_get(map, "auto_answer");
    if (!node || (node->kind == YAML_SCALAR && text_is(node->scalar, "never")))
        return;
    size_t known = sizeof auto_labels / sizeof *auto_labels;
    hold->auto_answer = reader_names(reader, map, "auto_answer", &hold->auto_answer_count);
    for (size_t i = 0; i < hold->auto_answer_count; i++) {
        const char *nearest = text_nearest(hold->auto_answer[i], auto_labels, known);
        if (!nearest || !text_is(nearest, hold->auto_answer[i]))
            reader_error(reader, "unknown_value", node,
                nearest ? arena_format(reader->arena, "Did you mean `%s`?", nearest)
                        : "A clinical or angry reply is always a person's.",
                "`%s` is never answered without a person", hold->auto_answer[i]);
    }
}

static void read_resume(struct reader *reader, const struct yaml *map, struct playbook_hold *hold)
{
    const struct yaml *node = yaml_get(map, "resume");
    if (!node || (node->kind == YAML_SCALAR && text_is(node->scalar, "never")))
        return;
    if (!reader_block(reader, node, BLOCK_RESUME))
        return;
    hold->resumes = true;
    hold->resume_after = reader_span(reader, node, "after");
    hold->resume_if = reader_expression(reader, node, "if", SCOPE_ENROLLMENT);
}

static void read_hold(struct reader *reader, const struct yaml *node, struct playbook_hold *hold)
{
    static const char *const each[] = {"approval"};
    hold->name = node->key;
    hold->place = place_of(node);
    if (!name_valid(node->key))
        reader_error(reader, "bad_name", node,
            "Use lower-case letters, digits, - and _, at most 64.", "`%s` is not a name",
            node->key);
    if (!reader_block(reader, node, BLOCK_HOLD))
        return;
    hold->when = reader_expression(reader, node, "when", SCOPE_ENROLLMENT);
    hold->before_each = yaml_get(node, "before_each") != NULL;
    (void)reader_choice(reader, node, "before_each", each, 1, 0);
    hold->task = reader_name(reader, node, "task");
    if (!hold->task)
        hold->task = hold->before_each ? "approve_message" : "answer_reply";
    hold->role = reader_role(reader, node, hold->task);
    hold->sla = reader_span(reader, node, "sla");
    if (span_is_zero(hold->sla))
        hold->sla = (struct span){.days = 1};
    read_escalate(reader, node, hold);
    read_auto_answer(reader, node, hold);
    read_resume(reader, node, hold);
    if (hold->before_each && hold->resumes)
        reader_error(reader, "wrong_kind", node, "Take `resume` out: a person lets each touch go.",
            "hold `%s` waits for approval of each touch and cannot resume by itself", hold->name);
}

static bool read_end_when(
    struct reader *reader, const struct yaml *node, struct playbook_exit *exit)
{
    exit->when = reader_expression(reader, node, "when", SCOPE_ENROLLMENT);
    const char *at = reader_text(reader, node, "at");
    if (at) {
        const char *words[2];
        int64_t day = 0;
        if (words_split(reader->arena, at, words, 2) == 2 && text_is(words[0], "day")
            && text_to_int(words[1], 1, PLAYBOOK_DAY_MAX, &day))
            exit->at_day = (int)day;
        else
            reader_error(reader, "bad_wait", yaml_get(node, "at"), "Write `at: day 14`.",
                "`at` cannot be read");
    }
    const char *event = reader_text(reader, node, "event");
    if (event) { /* an event that happened since entry, as a condition */
        struct yaml when = *yaml_get(node, "event");
        when.scalar = arena_format(reader->arena, "event(%s)", event);
        when.key = "when";
        struct yaml map = {.kind = YAML_MAP,
            .file = when.file,
            .line = when.line,
            .column = when.column,
            .first = &when,
            .count = 1};
        when.next = NULL;
        exit->when = reader_expression(reader, &map, "when", SCOPE_ENROLLMENT);
    }
    int ways = (yaml_get(node, "when") != NULL) + (at != NULL) + (event != NULL);
    if (ways != 1)
        reader_error(reader, "missing_key", node,
            "Keep one: `when` a condition holds, an `event` came, or `at: day 14`.",
            "exit `%s` needs exactly one of `when`, `event` and `at`", exit->name);
    return ways == 1;
}

static void read_exit(struct reader *reader, const struct yaml *node, struct playbook_exit *exit)
{
    static const char *const scopes[] = {"nothing", "marketing", "all"};
    static const char *const pauses[] = {"until_told"};
    exit->name = node->key;
    exit->at_day = -1;
    exit->place = place_of(node);
    if (!name_valid(node->key))
        reader_error(reader, "bad_name", node,
            "Use lower-case letters, digits, - and _, at most 64.", "`%s` is not a name",
            node->key);
    if (!reader_block(reader, node, BLOCK_EXIT) || !read_end_when(reader, node, exit))
        return;
    exit->tag = reader_name(reader, node, "tag");
    exit->chain = reader_name(reader, node, "chain");
    exit->next = reader_name(reader, node, "next");
    exit->task = reader_name(reader, node, "task");
    exit->role = reader_role(reader, node, exit->task);
    if (text_is(reader_text(reader, node, "suppress"), "all_but_required"))
        reader_error(reader, "not_supported", yaml_get(node, "suppress"),
            "Write `marketing` or `all`.",
            "`suppress: all_but_required` is not supported by this version");
    else
        exit->suppress = (enum playbook_suppress)reader_choice(
            reader, node, "suppress", scopes, 3, SUPPRESS_NOTHING);
    exit->write_back = reader_bool(reader, node, "write_back", false);
    exit->pause_until_told = yaml_get(node, "pause") != NULL;
    (void)reader_choice(reader, node, "pause", pauses, 1, 0);
    exit->cool_down = reader_span(reader, node, "cool_down");
    if (exit->cool_down.ms != 0) {
        reader_error(reader, "bad_span", yaml_get(node, "cool_down"), "Write 30d or 12mo.",
            "a cool-down counts whole days");
        exit->cool_down = (struct span){0};
    }
}

/* `use: neurotoxin-touch-up.holds`: that block of another playbook of the home, or NULL. */
static const struct yaml *used_block(
    struct reader *reader, const struct yaml *node, const char *block)
{
    const struct yaml *use = yaml_get(node, "use");
    if (!use)
        return NULL;
    const char *dot = use->kind == YAML_SCALAR ? strrchr(use->scalar, '.') : NULL;
    if (!dot || !text_is(dot + 1, block)) {
        reader_error(reader, "bad_use", use,
            arena_format(reader->arena, "Write `use: PLAYBOOK.%s`.", block),
            "`use` cannot be read");
        return NULL;
    }
    char *name = arena_text_n(reader->arena, use->scalar, (size_t)(dot - use->scalar));
    for (size_t i = 0; i < reader->home->playbook_count; i++) {
        const struct playbook_file *file = &reader->home->playbooks[i];
        struct yaml *root = NULL;
        if (file->len > PLAYBOOK_BYTES_MAX
            || yaml_parse(reader->arena, file->name, file->text, file->len, &root, NULL))
            continue;
        const struct yaml *own = yaml_get(root, "playbook");
        const struct yaml *found = yaml_get(root, block);
        if (!own || !text_is(own->scalar, name) || !found)
            continue;
        if (yaml_get(found, "use"))
            reader_error(reader, "bad_use", use, "Use the playbook that writes them out.",
                "the %s of `%s` are borrowed themselves", block, name);
        buf_add(reader->used, yaml_canonical(reader->arena, found));
        reader->playbook->used[reader->playbook->used_count++] = file;
        return found;
    }
    reader_error(reader, "bad_use", use,
        arena_format(reader->arena, "Name a playbook of this home that writes its %s out.", block),
        "there is no playbook `%s` with %s", name, block);
    return NULL;
}

/* The rules of a block in order, what is used first; one of the same name replaces it in place. */
static size_t merge_rules(
    struct reader *reader, const struct yaml *node, const char *block, const struct yaml **rules)
{
    size_t count = 0;
    const struct yaml *used = used_block(reader, node, block);
    for (const struct yaml *child = used ? used->first : NULL; child; child = child->next) {
        if (!text_is(child->key, "use") && count < PLAYBOOK_RULES_MAX)
            rules[count++] = child;
    }
    for (const struct yaml *child = node->first; child; child = child->next) {
        if (text_is(child->key, "use"))
            continue;
        size_t at = 0;
        while (at < count && !text_is(rules[at]->key, child->key))
            at++;
        if (at == PLAYBOOK_RULES_MAX) {
            reader_error(reader, "too_many", child, "Join some of them with `or`.",
                "a playbook has at most %d %s", PLAYBOOK_RULES_MAX, block);
            return count;
        }
        rules[at] = child;
        count = at == count ? count + 1 : count;
    }
    return count;
}

void read_holds(struct reader *reader, const struct yaml *node)
{
    if (!node)
        return;
    if (node->kind != YAML_MAP) {
        reader_error(reader, "wrong_kind", node, "Write `NAME: {when: \"...\"}` lines below it.",
            "`holds` is a map of names");
        return;
    }
    const struct yaml *rules[PLAYBOOK_RULES_MAX];
    size_t count = merge_rules(reader, node, "holds", rules);
    struct playbook_hold *holds = ARENA_NEW(reader->arena, struct playbook_hold, count + 1);
    for (size_t i = 0; i < count; i++)
        read_hold(reader, rules[i], &holds[i]);
    reader->playbook->holds = holds;
    reader->playbook->hold_count = count;
}

void read_exits(struct reader *reader, const struct yaml *node)
{
    if (!node)
        return;
    if (node->kind != YAML_MAP) {
        reader_error(reader, "wrong_kind", node, "Write `NAME: {when: \"...\"}` lines below it.",
            "`exits` is a map of names");
        return;
    }
    const struct yaml *rules[PLAYBOOK_RULES_MAX];
    size_t count = merge_rules(reader, node, "exits", rules);
    struct playbook_exit *exits = ARENA_NEW(reader->arena, struct playbook_exit, count + 1);
    for (size_t i = 0; i < count; i++)
        read_exit(reader, rules[i], &exits[i]);
    reader->playbook->exits = exits;
    reader->playbook->exit_count = count;
}
