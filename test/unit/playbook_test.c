/* playbook_test.c: what a file may say, what is refused and where, and what a version is. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "db_fixture.h"
#include "playbook/playbook_int.h"
#include "playbook_fixture.h"

#define RUNS_ON(state) (*(const bool *)*(state))

static void test_playbook_parse__shipped_playbook_is_whole(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    struct playbook_findings findings = playbook_fixture_check(&t);
    for (size_t i = 0; i < findings.count; i++)
        print_message("%s: %s\n", findings.findings[i].place, findings.findings[i].message);
    assert_int_equal(findings.count, 0);
    const struct playbook *playbook = playbook_fixture_parse(&t);
    assert_string_equal(playbook->name, "neurotoxin-touch-up");
    assert_true(playbook->purpose == PURPOSE_MARKETING);
    assert_string_equal(playbook->service->key, "neurotoxin");
    assert_true(playbook->entry.audience.crosses == CLOCK_DUE);
    assert_true(playbook->entry.audience.close_after == CLOCK_LOST);
    assert_int_equal(playbook->entry.backlog_per_day, 15);
    assert_int_equal(playbook->entry.audience.re_enter.after.days, 90);
    assert_int_equal(playbook->entry.audience.re_enter.lifetime_max, 8);
    assert_true(playbook->measure.holdout_percent == 10);
    assert_true(playbook->measure.stop_opt_out_percent == 4);
    assert_int_equal(playbook->touch_count, 4);
    static const int days[] = {0, 3, 7, 10};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(playbook->touches[i].day, days[i]);
        assert_int_equal(playbook->touches[i].position, i + 1);
    }
    assert_int_equal(playbook->touches[0].send_count, 2);
    assert_true(playbook->touches[0].from == FROM_PROVIDER_LAST_VISIT);
    assert_int_equal(playbook->touches[1].not_before.after_ms, 48 * MS_PER_HOUR);
    assert_int_equal(playbook->touches[1].blocked.wait_ms, 2 * MS_PER_DAY);
    assert_int_equal(playbook->touches[0].blocked.wait_ms, 72 * MS_PER_HOUR);
    assert_int_equal(playbook->touches[2].variant_count, 2);
    assert_true(playbook->touches[3].is_task);
    assert_int_equal(playbook->touches[3].outcome_count, 5);
    assert_int_equal(playbook->hold_count, 4);
    assert_int_equal(playbook->exit_count, 7);
    assert_int_equal(playbook_find_exit(playbook, "no_response")->at_day, 14);
    assert_int_equal(playbook_find_exit(playbook, "declined")->cool_down.months, 12);
    assert_true(playbook_find_hold(playbook, "vip")->before_each);
    assert_true(text_starts(playbook->version, "sha256:"));
    assert_int_equal(strlen(playbook->version), 7 + 64);
    playbook_fixture_close(&t);
}

/* One edit of the shipped file: what is said about it, and where the words stand. */
struct mistake {
    const char *from, *into;
    const char *rule;
    const char *at;   /* words of the edited text at which the place points */
    const char *hint; /* part of it; NULL: none asked for */
    bool warns;
};

static const struct mistake mistakes[] = {
    {"title:", "titel:", "unknown_key", "titel:", "title", false},
    {"crosses: due", "croses: due", "unknown_key", "croses: due", "crosses", false},
    {"skip_if:", "skipif:", "unknown_key", "skipif:", "skip_if", false},
    {"purpose: marketing", "purpose: markting", "unknown_value", "markting", "marketing", false},
    {"purpose: marketing", "kind: program\npurpose: marketing", "not_supported", "kind: program",
        NULL, false},
    {"measure:", "cohort: monthly\nmeasure:", "not_supported", "cohort: monthly", NULL, false},
    {"clock: last_visit(neurotoxin)", "clock: last_visit(neurotoxn)", "unknown_service",
        "last_visit(neurotoxn)", "neurotoxin", false},
    {"clock: last_visit(neurotoxin)", "clock: cohort_start", "not_supported", "cohort_start", NULL,
        false},
    {"clock: last_visit(neurotoxin)", "clock: series_end(neurotoxin)", "clock_kind",
        "series_end(neurotoxin)", NULL, false},
    {"close_after: lost", "close_after: due", "empty_window", "due           #", NULL, false},
    {"policy: spread, per_day: 15, order: value", "policy: spread", "missing_key",
        "{policy: spread}", "per_day", false},
    {"policy: spread,", "policy: sprad,", "unknown_value", "sprad", "spread", false},
    {"only_if: \"not booked(any, future) and", "only_if: \"not boked(any, future) and",
        "bad_condition", NULL, "booked", false},
    {"exclude: standard", "exclude: [standard, minr]", "unknown_value", "[standard, minr]", "minor",
        false},
    {"never_after: [opted_out]", "never_after: [opted_uot]", "unknown_exit", "[opted_uot]", NULL,
        false},
    {"after: 90d,", "after: 90h,", "bad_span", "90h", NULL, false},
    {"holdout: 10%", "holdout: 60%", "bad_percent", "60%", NULL, false},
    {"holdout: 10%", "holdout: ten", "bad_percent", "ten   ", NULL, false},
    {"opt_out_rate > 4%", "opt_out_rate >= 4%", "bad_condition", "\"opt_out_rate >= 4%", NULL,
        false},
    {"id: nudge", "id: remind", "double_id", "remind\n    day: 3", NULL, false},
    {"day: 3", "day: 8", "touch_order", "7\n    send: [email]", NULL, false},
    {"day: 3", "day: three", "bad_number", "three", NULL, false},
    {"day: 3", "hour: 3", "missing_key", NULL, "day", false},
    {"send: [email, sms]", "send: [email, fax]", "unknown_value", "[email, fax]", NULL, false},
    {"send: [email, sms]", "send: [email, email]", "unknown_value", "[email, email]", NULL, false},
    {"send: [email, sms]", "send: [voice]", "not_supported", "[voice]", "task", false},
    {"template: touchup-nudge", "template: touchup-nugde", "unknown_template", "touchup-nugde",
        NULL, false},
    {"send: [email]\n    template: touchup-limited", "send: [sms]\n    template: touchup-limited",
        "no_piece", "touchup-limited", "generic.en.sms", false},
    {"offer: none", "offer: addon", "offer_too_early", "addon", "touch 3", false},
    {"offer: none", "offer: twelve_pct", "offer_too_early", "twelve_pct", "touch 3", false},
    {"offer: none", "offer: hold_spot", "no_effect", "touchup-remind", "held.time", true},
    {"template: touchup-nudge", "template: openings-next", "no_schedule", "openings-next",
        "schedules.yaml", true},
    {"template: touchup-nudge", "template: openings-hold", "no_effect", "openings-hold",
        "hold_spot", true},
    {"when: \"warm\"", "when: \"warm and opening_within(7d)\"", "no_schedule", NULL,
        "schedules.yaml", true},
    {"offer: none", "offer: twelve_pc", "unknown_offer", "twelve_pc", "twelve_pct", false},
    {"expect: {response: 48h}\n\n  - id: nudge",
        "variants: {a: {offer: addon}, b: {offer: none}}\n    expect: {response: 48h}\n\n"
        "  - id: nudge",
        "offer_too_early", "none\n    variants", NULL, false},
    {"purpose: marketing", "purpose: care", "offer_in_care", NULL, "marketing", false},
    {"48h after remind.delivered", "48h after remnd.delivered", "unknown_touch",
        "\"48h after remnd", "remind", false},
    {"48h after remind.delivered", "48h after limited.delivered", "unknown_touch",
        "\"48h after limited", NULL, false},
    {"48h after remind.delivered", "48h before remind", "bad_wait", "\"48h before", NULL, false},
    {"wait 2d then skip", "wait 2d then send", "bad_wait", "wait 2d then send", "wait 2d", false},
    {"skip_if: \"opened(remind, human)", "skip_if: \"opened(remnd, human)", "bad_condition", NULL,
        NULL, false},
    {"when: \"warm\"", "when: \"worm\"", "bad_condition", NULL, "warm", false},
    {"    when: \"warm\"\n", "", "cold_call", "id: call", "warm", true},
    {"show: [last_reply,", "show: [last_replay,", "unknown_value", "[last_replay", "last_reply",
        false},
    {"show: [last_reply, touch_history,", "show: [", "no_context", "id: call", NULL, true},
    {"booked: {exit: booked}", "booked: {exit: bookd}", "unknown_exit",
        "\n      booked: {exit: bookd}", NULL, false},
    {"no_answer: {retry: 1d, max: 1}", "no_answer: {retry: 1d, exit: declined}", "two_ends",
        "{retry: 1d, exit", NULL, false},
    {"due: 1 business day", "due: soon enough", "bad_wait", "soon enough", "business", false},
    {"task: warm_call", "send: [sms]\n    task: warm_call", "missing_key", "id: call", NULL, false},
    {"task: warm_call", "task: warm_call\n    template: touchup-nudge", "wrong_kind",
        "touchup-nudge\n    to:", NULL, false},
    {"    sla: 15m", "    sla: 15m\n    to: nurse", "unknown_value", "nurse", "program_nurse",
        false},
    {"2h to manager", "2h to manger", "unknown_value", "2h to manger", "manager", false},
    {"auto_answer: [price,", "auto_answer: [clinical_urgent,", "unknown_value",
        "[clinical_urgent, availability", NULL, false},
    {"escalate: 2h to manager", "escalate: manager", "bad_wait", "manager\n    resume", NULL,
        false},
    {"resume: never", "resume: later", "wrong_kind", "later\n  angry", NULL, false},
    {"reply.label in [clinical_urgent", "reply.label in [clinical_urgnt", "bad_condition", NULL,
        "clinical_urgent", false},
    {"no_response: {at: day 14, tag: no-response}", "late: {when: \"day >= 14\"}", "no_end", NULL,
        "no_response", false},
    {"no_response: {at: day 14,", "no_response: {at: day 9,", "unreachable_touch",
        "10\n    when: \"warm\"", NULL, false},
    {"no_response: {at: day 14,", "no_response: {at: 14,", "bad_wait", "14, tag", "day 14", false},
    {"no_response: {at: day 14,", "no_response: {at: day 14, when: \"warm\",", "missing_key",
        "{at: day 14, when", NULL, false},
    {"  paused: {when: \"reply.label == pause\"", "  later: {when: \"booked(any)\"",
        "unreachable_exit", "{when: \"booked(any)\", tag: paused", NULL, false},
    {"tag: no-response}", "tag: no-response, next: monthly}", "unknown_playbook",
        "{at: day 14, tag: no-response, next", NULL, true},
    {"pause: until_told", "pause: forever", "unknown_value", "forever", "until_told", false},
    {"per_day_max: staff_capacity(calls)", "per_day_max: 7", "not_supported", "7\n    script", NULL,
        false},
    {"suppress: marketing", "suppress: all_but_required", "not_supported", "all_but_required", NULL,
        false},
    {"cool_down: 12mo", "cool_down: 12h", "bad_span", "12h", NULL, false},
    {"owner: front-desk-lead", "owner: Front Desk", "bad_name", "Front Desk", NULL, false},
    {"title: Time", "title: a\ntitle: Time", "bad_yaml", NULL, NULL, false},
    {"    expect: {response: 48h}\n", "", "no_window", NULL, "48h", true}, /* by text and mail */
};

/* "file:line:column" of the words in the text. */
static const char *place_in(struct playbook_fixture *t, const char *words)
{
    const char *text = t->files[0].text;
    const char *at = strstr(text, words);
    assert_non_null(at);
    at += words[0] == '\n';
    at += strspn(at, " ");
    int line = 1;
    const char *line_start = text;
    for (const char *c = text; c < at; c++) {
        if (*c == '\n') {
            line++;
            line_start = c + 1;
        }
    }
    return arena_format(&t->boot, "%s:%d:%d", t->files[0].name, line, (int)(at - line_start) + 1);
}

static void assert_none_twice(const struct playbook_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        for (size_t k = 0; k < i; k++)
            assert_false(text_is(findings->findings[i].rule, findings->findings[k].rule)
                && text_is(findings->findings[i].place, findings->findings[k].place)
                && text_is(findings->findings[i].message, findings->findings[k].message));
}

static void test_playbook_check__says_what_is_wrong_and_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const struct mistake *mistake = &mistakes[i];
        struct playbook_fixture t;
        playbook_fixture_open(&t);
        playbook_fixture_edit(&t, mistake->from, mistake->into);
        struct playbook_findings findings = playbook_fixture_check(&t);
        const struct playbook_finding *found = playbook_fixture_finding(&findings, mistake->rule);
        if (!found) {
            for (size_t k = 0; k < findings.count; k++)
                print_message(
                    "found %s: %s\n", findings.findings[k].rule, findings.findings[k].message);
            fail_msg("'%s' was not found to be %s", mistake->into, mistake->rule);
        }
        assert_none_twice(&findings);
        for (size_t k = 0; k < findings.count; k++) {
            const struct playbook_finding *one = &findings.findings[k];
            if (!one->hint[0] || !one->place[0])
                fail_msg("'%s': nothing says what to do: %s", mistake->into, one->message);
        }
        assert_int_equal(found->is_error, !mistake->warns);
        if (mistake->at && !text_is(found->place, place_in(&t, mistake->at)))
            fail_msg("'%s': place %s instead of %s", mistake->into, found->place,
                place_in(&t, mistake->at));
        if (mistake->hint && !strstr(found->hint, mistake->hint)
            && !strstr(found->message, mistake->hint))
            fail_msg("'%s': hint '%s' does not say %s", mistake->into, found->hint, mistake->hint);
        struct why why = {0};
        const struct playbook *playbook = NULL;
        enum err err = playbook_parse(&t.boot, &t.home, &t.files[0], &playbook, &why);
        assert_int_equal(err, findings.errors ? ERR_INPUT : ERR_NONE);
        if (findings.errors)
            assert_true(why.message[0] && why.place[0]);
        playbook_fixture_close(&t);
    }
}

static void test_playbook_check__tells_all_errors_of_all_files_at_once(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    playbook_fixture_edit(&t, "holdout: 10%", "holdout: 99%");
    playbook_fixture_edit(&t, "offer: none", "offer: addon");
    playbook_fixture_edit(&t, "when: \"warm\"", "when: \"worm\"");
    playbook_fixture_add(&t, "playbooks/empty.yaml", "");
    playbook_fixture_add(&t, "playbooks/list.yaml", "- a\n- b\n");
    struct playbook_findings findings = playbook_fixture_check(&t);
    assert_non_null(playbook_fixture_finding(&findings, "bad_percent"));
    assert_non_null(playbook_fixture_finding(&findings, "offer_too_early"));
    assert_non_null(playbook_fixture_finding(&findings, "bad_condition"));
    assert_true(findings.errors >= 5);
    struct why why = {0};
    const struct playbook *const *playbooks = NULL;
    size_t count = 0;
    assert_int_equal(
        playbook_check_all(&t.boot, &t.home, "nobody", &findings, &playbooks, &count, &why),
        ERR_NOT_FOUND);
    playbook_fixture_edit(&t, "playbook: neurotoxin-touch-up", "playbook: glow");
    why = (struct why){0};
    assert_int_equal(playbook_check_all(&t.boot, &t.home, "neurotoxin-touch-up", &findings,
                         &playbooks, &count, &why),
        ERR_NOT_FOUND);
    assert_string_equal(why.place, "playbooks/neurotoxin-touch-up.yaml");
    assert_non_null(strstr(why.hint, "calls itself `glow`"));
    playbook_fixture_close(&t);
}

static void test_playbook_check__refuses_later_formats_clearly(void **state)
{
    (void)state;
    static const char program[] = "playbook: weight-program\nkind: program\npurpose: care\n"
                                  "clock: enrolled_at\nentry:\n  event: program.joined\n"
                                  "params: {interval: 6w}\ntouches:\n"
                                  "  - {id: hello, week: 1, send: [sms], template: touchup-nudge,"
                                  " on_silence: [{after: 48h}]}\n"
                                  "repeat: {every: interval}\nalso_when:\n  a: {event: b.c}\n"
                                  "exits:\n  discharged: {event: program.discharged,"
                                  " record: [reason]}\n";
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    playbook_fixture_add(&t, "playbooks/weight.yaml", program);
    struct playbook_findings findings = playbook_fixture_check(&t);
    size_t later = 0;
    for (size_t i = 0; i < findings.count; i++) {
        if (text_is(findings.findings[i].rule, "not_supported")) {
            later++;
            assert_non_null(strstr(findings.findings[i].message, "not supported by this version"));
        }
    }
    assert_int_equal(later, 8);
    playbook_fixture_close(&t);
}

static void test_playbook_check__use_takes_the_rules_of_another_playbook(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    const char *other = playbook_fixture_swap(
        &t.boot, t.files[0].text, "playbook: neurotoxin-touch-up", "playbook: second");
    const char *exits = strstr(other, "exits:\n");
    const char *holds = strstr(other, "# A person has the ball");
    other = arena_format(&t.boot,
        "%.*sholds: {use: neurotoxin-touch-up.holds}\n"
        "exits:\n  use: neurotoxin-touch-up.exits\n"
        "  no_response: {at: day 20, tag: recycle}\n",
        (int)(holds - other), other);
    assert_non_null(exits);
    playbook_fixture_add(&t, "playbooks/second.yaml", other);
    struct playbook_findings findings = playbook_fixture_check(&t);
    assert_int_equal(findings.errors, 0);
    struct why why = {0};
    const struct playbook *second = NULL;
    must(playbook_parse(&t.boot, &t.home, &t.files[1], &second, &why), &why);
    assert_int_equal(second->hold_count, 4);
    assert_int_equal(second->exit_count, 7);
    assert_int_equal(playbook_find_exit(second, "no_response")->at_day, 20);
    assert_int_equal(second->used_count, 2);
    const char *before = second->version;
    playbook_fixture_edit(&t, "sla: 10m", "sla: 20m"); /* of the used one */
    must(playbook_parse(&t.boot, &t.home, &t.files[1], &second, &why), &why);
    assert_string_not_equal(second->version, before);
    playbook_fixture_close(&t);
}

static void test_playbook_version__is_the_content(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    const char *first = playbook_fixture_parse(&t)->version;
    playbook_fixture_edit(&t, "title: Time", "# a remark\ntitle:    Time");
    assert_string_equal(playbook_fixture_parse(&t)->version, first);
    playbook_fixture_edit(&t, "day: 3", "day: 4");
    const char *second = playbook_fixture_parse(&t)->version;
    assert_string_not_equal(second, first);
    playbook_fixture_define(&t,
        playbook_fixture_swap(&t.boot, t.home.definitions_file.text, "clicks >= 1", "clicks >= 2"));
    const char *third = playbook_fixture_parse(&t)->version;
    assert_string_not_equal(third, second);
    size_t count = 0;
    const struct template_file *shipped = template_shipped(&t.boot, &count);
    struct template_file *files = ARENA_NEW(&t.boot, struct template_file, count);
    for (size_t i = 0; i < count; i++) {
        files[i] = shipped[i];
        if (text_is(files[i].name, "touchup-nudge/generic.en.sms.liquid")) {
            files[i].text = arena_format(&t.boot, "%.*s \n", (int)files[i].len, files[i].text);
            files[i].len = strlen(files[i].text);
        }
    }
    playbook_fixture_templates(&t, files, count);
    assert_string_not_equal(playbook_fixture_parse(&t)->version, third);
    playbook_fixture_close(&t);
}

static void test_playbook_entry__names_who_is_stronger(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    const struct playbook *toxin = playbook_fixture_parse(&t);
    playbook_fixture_edit(&t, "playbook: neurotoxin-touch-up", "playbook: glow");
    playbook_fixture_edit(&t, "clock: last_visit(neurotoxin)", "clock: last_visit(facial)");
    playbook_fixture_edit(&t, "close_after: lost", "close_after: late");
    const struct playbook *glow = playbook_fixture_parse(&t);
    const struct playbook *const all[] = {toxin, glow};
    struct audience_entry entry = playbook_entry_of(&t.boot, glow, all, 2);
    assert_int_equal(entry.peer_count, 1);
    assert_string_equal(entry.peers[0].playbook, "neurotoxin-touch-up");
    assert_true(entry.peers[0].stronger && entry.peers[0].marketing);
    entry = playbook_entry_of(&t.boot, toxin, all, 2);
    assert_false(entry.peers[0].stronger);
    playbook_fixture_close(&t);
}

/* ---- the schema for editors and the docs say the same keys ---- */

static const json_t *schema_of(const json_t *root, enum block block)
{
    if (block == BLOCK_TOP)
        return root;
    return json_object_get(json_object_get(root, "$defs"), block_name(block));
}

static char *read_project_file(struct arena *arena, const char *name)
{
    const char *root = getenv("SOURCE_ROOT");
    FILE *file = fopen(arena_format(arena, "%s/%s", root ? root : ".", name), "rb");
    if (!file)
        fail_msg("%s cannot be read", name);
    char *text = arena_alloc(arena, 1 << 20);
    size_t len = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    text[len] = '\0';
    return text;
}

static void test_playbook_schema__is_in_step_with_the_reader(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct why why = {0};
    JSON_AUTO root = NULL;
    const char *text = read_project_file(&arena, "playbooks/playbook.schema.json");
    must(json_parse(text, strlen(text), &root, &why), &why);
    assert_string_equal(json_string_value(json_object_get(root, "$schema")),
        "https://json-schema.org/draft/2020-12/schema");
    for (enum block block = 0; block < BLOCK_MAX; block++) {
        const json_t *schema = schema_of(root, block);
        const json_t *properties = json_object_get(schema, "properties");
        const json_t *required = json_object_get(schema, "required");
        size_t count = 0;
        size_t written = 0;
        size_t needed = 0;
        const struct block_key *keys = block_keys(block, &count);
        for (size_t i = 0; i < count; i++) {
            bool there = json_object_get(properties, keys[i].name) != NULL;
            if (there == keys[i].later)
                fail_msg("%s.%s", block_name(block), keys[i].name);
            written += !keys[i].later;
            needed += keys[i].required;
        }
        assert_int_equal(json_object_size(properties), written);
        assert_int_equal(json_array_size(required), needed);
        assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
    }
}

static void test_playbook_docs__explain_every_key(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const char *text = read_project_file(&arena, "docs/playbooks.md");
    for (enum block block = 0; block < BLOCK_MAX; block++) {
        size_t count = 0;
        const struct block_key *keys = block_keys(block, &count);
        for (size_t i = 0; i < count; i++) {
            if (!strstr(text, arena_format(&arena, "`%s`", keys[i].name)))
                fail_msg(
                    "docs/playbooks.md says nothing of %s.%s", block_name(block), keys[i].name);
        }
    }
}

/* ---- what runs ---- */

static void test_playbook_state__goes_from_pilot_to_active_and_back(void **state)
{
    struct db_fixture store;
    struct playbook_fixture t;
    db_fixture_open(&store, RUNS_ON(state));
    db_fixture_migrate(&store);
    playbook_fixture_open(&t);
    struct why why = {0};
    const struct playbook *playbook = playbook_fixture_parse(&t);
    struct playbook_state now;
    struct day today = day_of(2026, 3, 1);
    assert_int_equal(
        playbook_read_state(&t.boot, store.db, 1, playbook->name, &now, &why), ERR_NOT_FOUND);
    struct tx tx = db_fixture_begin(&store);
    must(playbook_pause(&tx, playbook->name, "guard", &why), &why);
    db_fixture_commit(&tx);
    tx = db_fixture_begin(&store);
    assert_int_equal(playbook_resume(&tx, playbook->name, NULL), ERR_CONFLICT);
    db_rollback(&tx);
    tx = db_fixture_begin(&store);
    struct playbook_launch launch = {
        .run = PLAYBOOK_PILOT, .pilot_patients = 15, .today = today, .audience = 40};
    must(playbook_apply(&tx, &t.home, playbook, &launch, &why), &why);
    must(playbook_pause(&tx, playbook->name, NULL, &why), &why);
    must(playbook_pause(&tx, playbook->name, NULL, &why), &why);
    must(playbook_resume(&tx, playbook->name, &why), &why);
    db_fixture_commit(&tx);
    must(playbook_read_state(&t.boot, store.db, 1, playbook->name, &now, &why), &why);
    assert_true(now.run == PLAYBOOK_PILOT && now.pilot_patients == 15 && now.audience == 40);
    assert_int_equal(now.launched.n, today.n);
    assert_null(now.reason);
    tx = db_fixture_begin(&store);
    launch =
        (struct playbook_launch){.run = PLAYBOOK_ACTIVE, .today = {today.n + 9}, .audience = 50};
    must(playbook_apply(&tx, &t.home, playbook, &launch, &why), &why);
    db_fixture_commit(&tx);
    must(playbook_read_state(&t.boot, store.db, 1, playbook->name, &now, &why), &why);
    assert_true(now.run == PLAYBOOK_ACTIVE && now.pilot_patients == 0);
    assert_int_equal(now.launched.n, today.n); /* the first launch stays */
    struct instant paused = {1};
    must(playbook_practice_paused(store.db, 1, &paused, &why), &why);
    assert_int_equal(paused.ms, 0);
    tx = db_fixture_begin(&store);
    must(playbook_pause_practice(&tx, &why), &why);
    must(playbook_pause_practice(&tx, &why), &why);
    db_fixture_commit(&tx);
    must(playbook_practice_paused(store.db, 1, &paused, &why), &why);
    assert_int_equal(paused.ms, tx.now.ms);
    playbook_fixture_close(&t);
    db_fixture_close(&store);
}

static void test_playbook_load__brings_back_what_was_applied(void **state)
{
    struct db_fixture store;
    struct playbook_fixture t;
    db_fixture_open(&store, RUNS_ON(state));
    db_fixture_migrate(&store);
    playbook_fixture_open(&t);
    struct why why = {0};
    const struct playbook *applied = playbook_fixture_parse(&t);
    struct tx tx = db_fixture_begin(&store);
    struct playbook_launch launch = {.run = PLAYBOOK_ACTIVE, .today = day_of(2026, 3, 1)};
    must(playbook_apply(&tx, &t.home, applied, &launch, &why), &why);
    db_fixture_commit(&tx);
    playbook_fixture_edit(&t, "day: 3", "day: 5"); /* the home moves on, the version stays */
    struct playbook_cache *cache = playbook_cache_new(&t.boot, &t.practice);
    struct playbook_version *version = NULL;
    must(playbook_load_version(cache, store.db, 1, applied->name, applied->version, &version, &why),
        &why);
    assert_int_equal(version->playbook->touches[1].day, 3);
    assert_string_equal(version->playbook->version, applied->version);
    const char *hashed = NULL; /* of the texts that came back: they are the same */
    must(version_of(&t.boot, &version->home, version->playbook, "", &hashed, &why), &why);
    assert_string_equal(hashed, applied->version);
    assert_non_null(
        template_pick(version->home.templates, "touchup-nudge", CHANNEL_SMS, false, "es"));
    struct playbook_version *again = NULL;
    must(playbook_load_version(cache, store.db, 1, applied->name, applied->version, &again, &why),
        &why);
    assert_ptr_equal(again, version);
    assert_int_equal(
        playbook_load_version(cache, store.db, 1, applied->name, "sha256:0", &again, &why),
        ERR_NOT_FOUND);
    playbook_fixture_close(&t);
    db_fixture_close(&store);
}

int main(void)
{
    static bool sqlite = false;
    static bool postgres = true;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_playbook_parse__shipped_playbook_is_whole),
        cmocka_unit_test(test_playbook_check__says_what_is_wrong_and_where),
        cmocka_unit_test(test_playbook_check__tells_all_errors_of_all_files_at_once),
        cmocka_unit_test(test_playbook_check__refuses_later_formats_clearly),
        cmocka_unit_test(test_playbook_check__use_takes_the_rules_of_another_playbook),
        cmocka_unit_test(test_playbook_version__is_the_content),
        cmocka_unit_test(test_playbook_entry__names_who_is_stronger),
        cmocka_unit_test(test_playbook_schema__is_in_step_with_the_reader),
        cmocka_unit_test(test_playbook_docs__explain_every_key),
        {"test_playbook_state__goes_from_pilot_to_active_and_back [sqlite]",
            test_playbook_state__goes_from_pilot_to_active_and_back, NULL, NULL, &sqlite},
        {"test_playbook_state__goes_from_pilot_to_active_and_back [postgres]",
            test_playbook_state__goes_from_pilot_to_active_and_back, NULL, NULL, &postgres},
        {"test_playbook_load__brings_back_what_was_applied [sqlite]",
            test_playbook_load__brings_back_what_was_applied, NULL, NULL, &sqlite},
        {"test_playbook_load__brings_back_what_was_applied [postgres]",
            test_playbook_load__brings_back_what_was_applied, NULL, NULL, &postgres},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
