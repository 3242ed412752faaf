/* playbook_keys.c: every key of the format, in one table: the reader refuses what is not here, and
 * a test holds playbooks/playbook.schema.json and docs/playbooks.md against it. */
#include "playbook/playbook_int.h"

#include <assert.h>

static const struct block_key top_keys[] = {{"playbook", true, false}, {"title", false, false},
    {"owner", false, false}, {"purpose", true, false}, {"clock", true, false},
    {"entry", true, false}, {"measure", false, false}, {"touches", true, false},
    {"holds", false, false}, {"exits", true, false}, {"limits", false, false},
    {"kind", false, true}, {"cohort", false, true}, {"by_tier", false, true},
    {"params", false, true}, {"repeat", false, true}, {"also_when", false, true}};

static const struct block_key entry_keys[] = {{"crosses", true, false},
    {"close_after", false, false}, {"only_if", false, false}, {"exclude", false, false},
    {"backlog", true, false}, {"re_enter", false, false}, {"pilot", false, false},
    {"per_day_max", false, false}, {"who", false, true}, {"take", false, true},
    {"checklist", false, true}, {"event", false, true}, {"match", false, true}};

static const struct block_key backlog_keys[] = {
    {"policy", true, false}, {"per_day", false, false}, {"order", false, false}};

static const struct block_key re_enter_keys[] = {{"after", false, false},
    {"only_if", false, false}, {"lifetime_max", false, false}, {"never_after", false, false},
    {"next_cohort", false, true}, {"cool_down", false, true}};

static const struct block_key pilot_keys[] = {{"patients", true, false}, {"then", false, false}};

static const struct block_key measure_keys[] = {{"goal", false, false}, {"holdout", false, false},
    {"stop_if", false, false}, {"min_sends_before_stop", false, false}};

static const struct block_key goal_keys[] = {
    {"booked", true, false}, {"within", false, false}, {"and_show", false, false}};

static const struct block_key touch_keys[] = {{"id", true, false}, {"day", false, false},
    {"week", false, false}, {"send", false, false}, {"template", false, false},
    {"from", false, false}, {"link", false, false}, {"offer", false, false},
    {"variants", false, false}, {"expect", false, false}, {"not_before", false, false},
    {"when", false, false}, {"skip_if", false, false}, {"if_blocked", false, false},
    {"task", false, false}, {"to", false, false}, {"due", false, false},
    {"per_day_max", false, false}, {"script", false, false}, {"show", false, false},
    {"outcomes", false, false}, {"after", false, false}, {"only", false, true},
    {"on_reply", false, true}, {"on_silence", false, true}, {"choose", false, true}};

static const struct block_key link_keys[] = {
    {"book", false, false}, {"provider", false, false}, {"window", false, false}};

static const struct block_key expect_keys[] = {{"response", false, false}, {"reply", false, false}};

static const struct block_key variant_keys[] = {
    {"template", false, false}, {"offer", false, false}};

static const struct block_key outcome_keys[] = {
    {"exit", false, false}, {"retry", false, false}, {"max", false, false}};

static const struct block_key after_keys[] = {
    {"draft_note", false, false}, {"suggest_tags", false, false}};

static const struct block_key hold_keys[] = {{"when", true, false}, {"before_each", false, false},
    {"task", false, false}, {"to", false, false}, {"sla", false, false},
    {"escalate", false, false}, {"auto_answer", false, false}, {"resume", false, false}};

static const struct block_key resume_keys[] = {{"after", true, false}, {"if", false, false}};

static const struct block_key exit_keys[] = {{"when", false, false}, {"event", false, false},
    {"at", false, false}, {"tag", false, false}, {"suppress", false, false},
    {"write_back", false, false}, {"pause", false, false}, {"cool_down", false, false},
    {"task", false, false}, {"to", false, false}, {"chain", false, false}, {"next", false, false},
    {"record", false, true}, {"send", false, true}};

static const struct block_key limits_keys[] = {{"touches_per_30d", false, false}};

static const struct block_key touches_per_30d_keys[] = {
    {"min", false, false}, {"max", false, false}};

#define BLOCK(name, table) {name, table, sizeof table / sizeof *table}

static const struct {
    const char *name;
    const struct block_key *keys;
    size_t count;
} blocks[BLOCK_MAX] = {
    [BLOCK_TOP] = BLOCK("playbook", top_keys),
    [BLOCK_ENTRY] = BLOCK("entry", entry_keys),
    [BLOCK_BACKLOG] = BLOCK("backlog", backlog_keys),
    [BLOCK_RE_ENTER] = BLOCK("re_enter", re_enter_keys),
    [BLOCK_PILOT] = BLOCK("pilot", pilot_keys),
    [BLOCK_MEASURE] = BLOCK("measure", measure_keys),
    [BLOCK_GOAL] = BLOCK("goal", goal_keys),
    [BLOCK_TOUCH] = BLOCK("touch", touch_keys),
    [BLOCK_LINK] = BLOCK("link", link_keys),
    [BLOCK_EXPECT] = BLOCK("expect", expect_keys),
    [BLOCK_VARIANT] = BLOCK("variant", variant_keys),
    [BLOCK_OUTCOME] = BLOCK("outcome", outcome_keys),
    [BLOCK_AFTER] = BLOCK("after", after_keys),
    [BLOCK_HOLD] = BLOCK("hold", hold_keys),
    [BLOCK_RESUME] = BLOCK("resume", resume_keys),
    [BLOCK_EXIT] = BLOCK("exit", exit_keys),
    [BLOCK_LIMITS] = BLOCK("limits", limits_keys),
    [BLOCK_TOUCHES_PER_30D] = BLOCK("touches_per_30d", touches_per_30d_keys),
};

const struct block_key *block_keys(enum block block, size_t *ret_count)
{
    assert(block < BLOCK_MAX);
    *ret_count = blocks[block].count;
    return blocks[block].keys;
}

const char *block_name(enum block block)
{
    assert(block < BLOCK_MAX);
    return blocks[block].name;
}
