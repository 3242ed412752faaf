/* playbook_lint.c: what can be said only of the whole: order, offers, ends, words.
 *
 * An error is what would break a promise or a bound of the product; a warning is advice. The names
 * of the rules are those of docs/playbooks.md. */
#include "playbook/playbook_int.h"

#include <string.h>

#include "base/text.h"

static const struct yaml *touch_node(
    const struct reader *reader, const struct playbook_touch *touch)
{
    return yaml_at(yaml_get(reader->playbook->node, "touches"), (size_t)touch->position - 1);
}

static const struct yaml *touch_key(
    const struct reader *reader, const struct playbook_touch *touch, const char *key)
{
    const struct yaml *node = touch_node(reader, touch);
    const struct yaml *value = yaml_get(node, key);
    return value ? value : node;
}

static void lint_order(struct reader *reader)
{
    const struct playbook *playbook = reader->playbook;
    for (size_t i = 0; i < playbook->touch_count; i++) {
        const struct playbook_touch *touch = &playbook->touches[i];
        for (size_t k = 0; k < i; k++) {
            if (touch->id[0] && text_is(playbook->touches[k].id, touch->id))
                reader_error(reader, "double_id", touch_key(reader, touch, "id"),
                    "Give each touch its own id: history and reports name it.",
                    "two touches are called `%s`", touch->id);
        }
        if (i > 0 && touch->day < playbook->touches[i - 1].day)
            reader_error(reader, "touch_order", touch_key(reader, touch, "day"),
                "List touches in the order of their days.",
                "touch `%s` comes on day %d, before the one above it (day %d)", touch->id,
                touch->day, playbook->touches[i - 1].day);
        const struct playbook_not_before *wait = &touch->not_before;
        if (!wait->touch)
            continue;
        const struct playbook_touch *other = playbook_find_touch(playbook, wait->touch);
        if (!other) {
            const char *nearest =
                text_nearest(wait->touch, reader->touch_ids, reader->touch_id_count);
            reader_error(reader, "unknown_touch", touch_key(reader, touch, "not_before"),
                nearest ? arena_format(reader->arena, "Did you mean `%s`?", nearest)
                        : "Name a message above this touch.",
                "there is no touch `%s`", wait->touch);
        } else if (other->position >= touch->position || other->is_task) {
            reader_error(reader, "unknown_touch", touch_key(reader, touch, "not_before"),
                "Name a message above this touch.", "`%s` is not a message before `%s`",
                wait->touch, touch->id);
        }
    }
}

static void lint_offer(struct reader *reader, const struct playbook_touch *touch, const char *key)
{
    const struct offer *offer = key ? definitions_offer(reader->home->definitions, key) : NULL;
    if (!offer)
        return;
    const struct yaml *node = touch_key(reader, touch, "offer");
    bool incentive = offer->kind == OFFER_ADDON || offer->kind == OFFER_PERCENT;
    int earliest = incentive ? OFFER_EARLIEST_TOUCH_MIN : 1;
    if (offer->earliest_touch > earliest)
        earliest = offer->earliest_touch;
    if (touch->position < earliest)
        reader_error(reader, "offer_too_early", node,
            arena_format(reader->arena,
                "Lead with convenience; offer `%s` at touch %d or later, or write `offer: none`.",
                key, earliest),
            "touch `%s` is number %d and offers `%s`, which may not come before touch %d",
            touch->id, touch->position, key, earliest);
    if (offer->kind == OFFER_PERCENT && offer->percent > OFFER_PERCENT_MAX)
        reader_error(reader, "offer_over_cap", node,
            "Lower its percent in definitions.yaml, or make another offer.",
            "offer `%s` takes %d%% off; the most is %d%%", key, offer->percent, OFFER_PERCENT_MAX);
    if (offer->kind != OFFER_NONE && reader->playbook->purpose == PURPOSE_CARE)
        reader_error(reader, "offer_in_care", node,
            "Take the offer out, or make the playbook `purpose: marketing`.",
            "a care message with an offer is marketing");
}

static void lint_offers(struct reader *reader)
{
    for (size_t i = 0; i < reader->playbook->touch_count; i++) {
        const struct playbook_touch *touch = &reader->playbook->touches[i];
        lint_offer(reader, touch, touch->offer);
        for (size_t k = 0; k < touch->variant_count; k++)
            lint_offer(reader, touch, touch->variants[k].offer);
    }
}

/* Touches in the 30 days that begin with the i-th one's day. */
static int touches_from(const struct playbook *playbook, size_t i)
{
    int count = 0;
    for (size_t k = i; k < playbook->touch_count; k++)
        count += playbook->touches[k].day < playbook->touches[i].day + 30;
    return count;
}

static void lint_volume(struct reader *reader)
{
    const struct playbook *playbook = reader->playbook;
    int most = 0;
    size_t at = 0;
    for (size_t i = 0; i < playbook->touch_count; i++) {
        int count = touches_from(playbook, i);
        at = count > most ? i : at;
        most = count > most ? count : most;
    }
    if (most == 0)
        return;
    const struct yaml *node = touch_node(reader, &playbook->touches[at]);
    if (most > playbook->touches_per_30d_max)
        reader_error(reader, "too_many_touches", node,
            "Take touches out, or spread them over more than 30 days.",
            "%d touches fall into the 30 days from day %d on; at most %d may", most,
            playbook->touches[at].day, playbook->touches_per_30d_max);
    if (most < playbook->touches_per_30d_min)
        reader_warn(reader, "few_touches", node,
            "Add a touch, or lower `limits: {touches_per_30d: {min: ...}}`.",
            "%d touches in 30 days are fewer than %d; most people answer later ones", most,
            playbook->touches_per_30d_min);
}

static bool keeps_time(const struct reader *reader, const char *key)
{
    const struct offer *offer = key ? definitions_offer(reader->home->definitions, key) : NULL;
    return offer && offer->kind == OFFER_HOLD;
}

/* Free times that a message names, and the one that its offer keeps. */
static void lint_times(struct reader *reader, const struct playbook_touch *touch,
    const struct template *piece, const struct yaml *node)
{
    bool keeps = keeps_time(reader, touch->offer);
    for (size_t i = 0; i < touch->variant_count; i++)
        keeps = keeps || keeps_time(reader, touch->variants[i].offer);
    if (keeps && !piece->names_held)
        reader_warn(reader, "no_effect", node, "Print {{ held.time }}, as `openings-hold` does.",
            "touch `%s` offers to keep a time; its text (%s) does not say which, so none is kept",
            touch->id, piece->file);
    if (!keeps && piece->names_held)
        reader_warn(reader, "no_effect", node, "Give it `offer: hold_spot`.",
            "the text of touch `%s` tells of a time that is kept, and its offer keeps none",
            touch->id);
    if ((piece->names_times || piece->names_held) && !reader->home->has_schedule)
        reader_warn(reader, "no_schedule", node, "Write schedules.yaml: docs/schedules.md.",
            "the text of touch `%s` names free times, and nobody knows any", touch->id);
}

/* One message's template on one channel. */
static void lint_piece(struct reader *reader, const struct playbook_touch *touch, const char *name,
    enum channel_kind channel, bool first_sms)
{
    const struct template_set *set = reader->home->templates;
    const struct yaml *node = touch_key(reader, touch, touch->is_task ? "script" : "template");
    const struct template *piece = template_pick(set, name, channel, false, "en");
    if (!piece && template_is_broken(set, name, channel)) {
        reader_error(reader, "no_piece", node,
            arena_format(reader->arena, "Correct templates/%s/generic.en.%s.liquid.", name,
                channel_kind_name(channel)),
            "the text of template `%s` for %s has an error", name, channel_kind_name(channel));
        return;
    }
    if (!piece) {
        reader_error(reader, "no_piece", node,
            arena_format(reader->arena, "Write templates/%s/generic.en.%s.liquid.", name,
                channel_kind_name(channel)),
            "template `%s` has no generic text for %s", name, channel_kind_name(channel));
        return;
    }
    if (touch->is_task)
        return;
    lint_times(reader, touch, piece, node);
    if (first_sms && !piece->has_question)
        reader_warn(reader, "no_question", node, "People answer a question sooner than a notice.",
            "the first text message (`%s`) asks no question", name);
    if (piece->has_question && !touch->expects)
        reader_warn(reader, "no_window", node, "Say how long: `expect: {response: 48h}`.",
            "touch `%s` asks a question and does not say how long an answer is waited for",
            touch->id);
    if (piece->purpose == PURPOSE_MARKETING && reader->playbook->purpose == PURPOSE_CARE)
        reader_warn(reader, "marketing_in_care", node,
            "Name a template whose purpose is care, or make the playbook `purpose: marketing`.",
            "template `%s` is marketing and will be held to marketing's rules", name);
}

static bool template_known(
    struct reader *reader, const struct playbook_touch *touch, const char *name)
{
    const struct template_set *set = reader->home->templates;
    if (template_exists(set, name))
        return true;
    const struct template_file *files = NULL;
    size_t count = 0;
    struct why why = {0};
    if (template_files_of(reader->arena, set, &name, 1, &files, &count, &why) == ERR_NONE)
        return true;
    reader_error(reader, "unknown_template",
        touch_key(reader, touch, touch->is_task ? "script" : "template"),
        arena_text(reader->arena, why.hint), "there is no template `%s`", name);
    return false;
}

static void lint_templates(struct reader *reader)
{
    const struct playbook *playbook = reader->playbook;
    bool seen_sms = false;
    for (size_t i = 0; i < playbook->touch_count; i++) {
        const struct playbook_touch *touch = &playbook->touches[i];
        if (touch->is_task) {
            if (touch->script && template_known(reader, touch, touch->script))
                lint_piece(reader, touch, touch->script, CHANNEL_TASK, false);
            continue;
        }
        bool texts = false;
        for (size_t v = 0; v < (touch->variant_count ? touch->variant_count : 1); v++) {
            const char *name = touch->template_name;
            if (touch->variant_count && touch->variants[v].template_name)
                name = touch->variants[v].template_name;
            else if (v > 0)
                continue; /* the touch's own template was looked at already */
            if (!name || !template_known(reader, touch, name))
                continue;
            for (size_t c = 0; c < touch->send_count; c++) {
                bool sms = touch->send[c] == CHANNEL_SMS;
                lint_piece(reader, touch, name, touch->send[c], sms && !seen_sms);
                texts = texts || sms;
            }
        }
        seen_sms = seen_sms || texts;
    }
}

static void lint_tasks(struct reader *reader)
{
    const struct playbook *playbook = reader->playbook;
    for (size_t i = 0; i < playbook->touch_count; i++) {
        const struct playbook_touch *touch = &playbook->touches[i];
        if (!touch->is_task)
            continue;
        bool reply = false;
        bool history = false;
        for (size_t k = 0; k < touch->show_count; k++) {
            reply = reply || text_is(touch->show[k], "last_reply");
            history = history || text_is(touch->show[k], "touch_history");
        }
        if (!reply || !history)
            reader_warn(reader, "no_context", touch_node(reader, touch),
                "Add `show: [last_reply, touch_history]`.",
                "whoever does task `%s` does not see what was said before", touch->id);
        if (text_is(touch->task, "warm_call") && !yaml_get(touch_node(reader, touch), "when"))
            reader_warn(reader, "cold_call", touch_node(reader, touch), "Add `when: \"warm\"`.",
                "`%s` calls people who showed no interest", touch->id);
        for (size_t k = 0; k < touch->outcome_count; k++) {
            const char *exit = touch->outcomes[k].exit;
            if (exit && !playbook_find_exit(playbook, exit))
                reader_error(reader, "unknown_exit", touch_key(reader, touch, "outcomes"),
                    "Name one of `exits`, or write that exit.",
                    "outcome `%s` names the exit `%s`, which is not among `exits`",
                    touch->outcomes[k].name, exit);
        }
    }
}

static bool is_peer(const struct reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->peer_count; i++) {
        if (text_is(reader->peers[i], name))
            return true;
    }
    return reader->peers == NULL || text_is(name, "self");
}

static void lint_exit(struct reader *reader, size_t index, const struct yaml *node)
{
    const struct playbook *playbook = reader->playbook;
    const struct playbook_exit *exit = &playbook->exits[index];
    for (size_t k = 0; k < index; k++) {
        const struct playbook_exit *before = &playbook->exits[k];
        bool same_text = exit->when && before->when
            && text_is(expression_text(exit->when), expression_text(before->when));
        bool later_day = exit->at_day >= 0 && before->at_day >= 0;
        if (same_text || later_day)
            reader_error(reader, "unreachable_exit", node, "Take one of the two out.",
                "exit `%s` is never reached: `%s` above it comes first", exit->name, before->name);
    }
    if (exit->chain && is_peer(reader, exit->chain))
        reader_warn(reader, "no_effect", node,
            "Use `next`: the other playbook then takes the patient by its own entry.",
            "exit `%s`: this version does not start `%s` at once", exit->name, exit->chain);
    const char *targets[] = {exit->chain, exit->next};
    for (size_t k = 0; k < 2; k++) {
        if (targets[k] && !is_peer(reader, targets[k]))
            reader_warn(reader, "unknown_playbook", node,
                "Name a playbook of this home, or take this out.",
                "exit `%s` leads to `%s`, which is no playbook here: nothing will follow",
                exit->name, targets[k]);
    }
}

static void lint_exits(struct reader *reader)
{
    const struct playbook *playbook = reader->playbook;
    const struct yaml *block = yaml_get(playbook->node, "exits");
    int end = -1;
    for (size_t i = 0; i < playbook->exit_count; i++) {
        const struct yaml *own = yaml_get(block, playbook->exits[i].name);
        lint_exit(reader, i, own ? own : block);
        if (playbook->exits[i].at_day >= 0)
            end = playbook->exits[i].at_day;
    }
    if (end < 0) {
        reader_error(reader, "no_end", block,
            "Add the last exit: `no_response: {at: day 14, tag: no-response}`.",
            "no exit has a day (`at`), so some enrollments would never end");
        return;
    }
    for (size_t i = 0; i < playbook->touch_count; i++) {
        const struct playbook_touch *touch = &playbook->touches[i];
        if (touch->day >= end)
            reader_error(reader, "unreachable_touch", touch_key(reader, touch, "day"),
                "Give it an earlier day, or the last exit (`at`) a later one.",
                "touch `%s` on day %d never comes: the sequence ends on day %d", touch->id,
                touch->day, end);
    }
}

static void lint_re_entry(struct reader *reader)
{
    const struct playbook *playbook = reader->playbook;
    const struct re_entry *re = &playbook->entry.audience.re_enter;
    const struct yaml *node = yaml_get(yaml_get(playbook->node, "entry"), "re_enter");
    for (size_t i = 0; i < re->never_after_count; i++) {
        if (!playbook_find_exit(playbook, re->never_after[i]))
            reader_error(reader, "unknown_exit", yaml_get(node, "never_after"),
                "Name one of `exits`, or write that exit.",
                "`never_after` names the exit `%s`, which is not among `exits`",
                re->never_after[i]);
    }
    if (re->allowed && re->after.ms != 0)
        reader_error(reader, "bad_span", yaml_get(node, "after"), "Write 90d or 3mo.",
            "`after` counts whole days");
}

static void lint_openings(struct reader *reader)
{
    if (playbook_reads_openings(reader->playbook) && !reader->home->has_schedule)
        reader_warn(reader, "no_schedule", reader->playbook->node,
            "Write schedules.yaml: docs/schedules.md.",
            "a condition asks for free times (opening_within), and nobody knows any: it is never "
            "true");
}

void lint_playbook(struct reader *reader)
{
    lint_openings(reader);
    lint_order(reader);
    lint_offers(reader);
    lint_volume(reader);
    lint_tasks(reader);
    lint_exits(reader);
    lint_re_entry(reader);
    if (reader->home->templates)
        lint_templates(reader);
}
