/* playbook.c: a file becomes a playbook: the top of the format, entry and measure. */
#include "playbook/playbook_int.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

static const char *const exclusion_names[] = {"do_not_contact", "paused", "deceased", "minor",
    "billing_dispute", "clinical_concern", "staff_or_family", "standard"};

void reader_init(struct reader *reader, struct arena *arena, const struct playbook_home *home,
    const struct playbook_file *file)
{
    *reader = (struct reader){.arena = arena, .home = home, .file = file};
    reader->playbook = ARENA_NEW(arena, struct playbook, 1);
    reader->playbook->file = file->name;
    reader->playbook->source = file;
    reader->playbook->definitions = home->definitions;
    reader->used = ARENA_NEW(arena, struct buf, 1);
    buf_init(reader->used, arena);
}

const char *playbook_file_calls_itself(struct arena *arena, const struct playbook_file *file)
{
    struct yaml *root = NULL;
    if (file->len > PLAYBOOK_BYTES_MAX
        || yaml_parse(arena, file->name, file->text, file->len, &root, NULL) != ERR_NONE)
        return NULL;
    const struct yaml *name = yaml_get(root, "playbook");
    return name && name->kind == YAML_SCALAR ? name->scalar : NULL;
}

void reader_peers(struct reader *reader)
{
    const struct playbook_home *home = reader->home;
    reader->peers = ARENA_NEW(reader->arena, const char *, home->playbook_count + 1);
    for (size_t i = 0; i < home->playbook_count; i++) {
        const char *name = playbook_file_calls_itself(reader->arena, &home->playbooks[i]);
        if (name)
            reader->peers[reader->peer_count++] = name;
    }
}

/* "last_visit(neurotoxin)" -> last_visit, neurotoxin. */
static bool call_split(
    struct arena *arena, const char *text, const char **ret_name, const char **ret_argument)
{
    const char *open = strchr(text, '(');
    size_t len = strlen(text);
    if (!open || text[len - 1] != ')')
        return false;
    *ret_name = str_text(arena, str_trim((struct str){text, (size_t)(open - text)}));
    struct str argument = {open + 1, (size_t)(text + len - 1 - (open + 1))};
    *ret_argument = str_text(arena, str_trim(argument));
    return true;
}

static void read_clock(struct reader *reader, const struct yaml *root)
{
    const char *text = reader_text(reader, root, "clock");
    if (!text)
        return;
    const struct yaml *node = yaml_get(root, "clock");
    if (text_is(text, "cohort_start") || text_is(text, "enrolled_at")) {
        reader_error(reader, "not_supported", node,
            "Use last_visit(SERVICE) or series_end(SERVICE).",
            "`clock: %s` is not supported by this version", text);
        return;
    }
    const char *name = NULL;
    const char *service = NULL;
    bool is_call = call_split(reader->arena, text, &name, &service);
    if (!is_call || (!text_is(name, "last_visit") && !text_is(name, "series_end"))) {
        reader_error(reader, "unknown_value", node,
            "Use last_visit(SERVICE) or series_end(SERVICE).", "`%s` is not a clock", text);
        return;
    }
    struct playbook *playbook = reader->playbook;
    playbook->series_end = text_is(name, "series_end");
    playbook->service = definitions_service(reader->home->definitions, service);
    if (!playbook->service) {
        const char *nearest = definitions_nearest_service(reader->home->definitions, service);
        reader_error(reader, "unknown_service", node,
            nearest ? arena_format(reader->arena, "Did you mean `%s`?", nearest)
                    : "Add it to `services` in definitions.yaml.",
            "definitions.yaml has no service `%s`", service);
        return;
    }
    if (playbook->series_end != playbook->service->series_end)
        reader_error(reader, "clock_kind", node,
            arena_format(reader->arena, "Write `clock: %s(%s)`, or change the service there.",
                playbook->service->series_end ? "series_end" : "last_visit", service),
            "the clock of `%s` counts from %s in definitions.yaml", service,
            playbook->service->series_end ? "series_end" : "last_visit");
}

static enum clock_mark read_mark(
    struct reader *reader, const struct yaml *entry, const char *key, int *ret_line)
{
    static const char *const names[] = {"due", "late", "lost"};
    static const enum clock_mark marks[] = {CLOCK_DUE, CLOCK_LATE, CLOCK_LOST};
    const struct yaml *node = yaml_get(entry, key);
    *ret_line = node ? node->line : 0;
    int index = reader_choice(reader, entry, key, names, 3, -1);
    if (index < 0)
        return CLOCK_NONE;
    const struct service_definition *service = reader->playbook->service;
    if (service && span_is_zero(service_mark(service, marks[index])))
        reader_error(reader, "no_mark", node,
            arena_format(
                reader->arena, "Give `%s` a `%s` in definitions.yaml.", service->key, names[index]),
            "the service `%s` has no day on which it turns %s", service->key, names[index]);
    return marks[index];
}

static void read_exclude(struct reader *reader, const struct yaml *entry)
{
    struct audience_entry *out = &reader->playbook->entry.audience;
    const struct yaml *node = yaml_get(entry, "exclude");
    const struct audience_definitions *definitions = reader->home->definitions;
    if (!node) { /* nobody forgets the standard exclusions by not writing a line */
        memcpy(out->exclude, definitions->exclude_standard, sizeof out->exclude);
        return;
    }
    out->exclude_line = node->line;
    size_t count = 0;
    const char *const *names = reader_names(reader, entry, "exclude", &count);
    for (size_t i = 0; i < count; i++) {
        enum exclusion exclusion = EXCLUSION_DO_NOT_CONTACT;
        if (text_is(names[i], "standard")) {
            for (size_t e = 0; e < EXCLUSION_MAX; e++)
                out->exclude[e] = out->exclude[e] || definitions->exclude_standard[e];
        } else if (exclusion_parse(names[i], &exclusion)) {
            out->exclude[exclusion] = true;
        } else {
            const char *nearest = text_nearest(
                names[i], exclusion_names, sizeof exclusion_names / sizeof *exclusion_names);
            reader_error(reader, "unknown_value", node,
                nearest ? arena_format(reader->arena, "Did you mean `%s`?", nearest)
                        : "Name flags that docs/definitions.md lists, or `standard`.",
                "`%s` is not an exclusion", names[i]);
        }
    }
}

static void read_backlog(struct reader *reader, const struct yaml *entry)
{
    static const char *const policies[] = {"skip", "spread", "all"};
    static const char *const orders[] = {"value", "oldest", "newest"};
    const struct yaml *node = yaml_get(entry, "backlog");
    if (!reader_block(reader, node, BLOCK_BACKLOG))
        return;
    struct playbook_entry *out = &reader->playbook->entry;
    out->backlog =
        (enum playbook_backlog)reader_choice(reader, node, "policy", policies, 3, BACKLOG_SPREAD);
    out->backlog_per_day = reader_int(reader, node, "per_day", 1, 100000, 0);
    out->backlog_order =
        (enum playbook_order)reader_choice(reader, node, "order", orders, 3, ORDER_VALUE);
    if (out->backlog == BACKLOG_SPREAD && !yaml_get(node, "per_day"))
        reader_error(reader, "missing_key", node, "Say how many a day: `per_day: 15`.",
            "a backlog that is spread lacks `per_day`");
    if (out->backlog != BACKLOG_SPREAD && yaml_get(node, "per_day"))
        reader_warn(reader, "no_effect", yaml_get(node, "per_day"),
            "Write `policy: spread`, or take `per_day` out.",
            "`per_day` has no effect unless the policy is `spread`");
}

/* Names in never_after are checked once the exits are known: lint_playbook. */
static void read_re_enter(struct reader *reader, const struct yaml *entry)
{
    const struct yaml *node = yaml_get(entry, "re_enter");
    struct re_entry *out = &reader->playbook->entry.audience.re_enter;
    if (!reader_block(reader, node, BLOCK_RE_ENTER))
        return;
    out->allowed = true;
    out->line = node->line;
    out->after = reader_span(reader, node, "after");
    out->only_if = reader_expression(reader, node, "only_if", SCOPE_ENTRY);
    out->lifetime_max = reader_int(reader, node, "lifetime_max", 1, 1000, 0);
    out->never_after = reader_names(reader, node, "never_after", &out->never_after_count);
}

static void read_entry(struct reader *reader, const struct yaml *root)
{
    const struct yaml *node = yaml_get(root, "entry");
    if (!reader_block(reader, node, BLOCK_ENTRY))
        return;
    struct playbook *playbook = reader->playbook;
    struct audience_entry *out = &playbook->entry.audience;
    out->playbook = playbook->name;
    out->file = playbook->file;
    out->marketing = playbook->purpose == PURPOSE_MARKETING;
    out->kind = ENTRY_BY_CLOCK;
    out->service = playbook->service;
    out->crosses = read_mark(reader, node, "crosses", &out->crosses_line);
    out->close_after = read_mark(reader, node, "close_after", &out->close_line);
    if (out->close_after != CLOCK_NONE && out->close_after <= out->crosses)
        reader_error(reader, "empty_window", yaml_get(node, "close_after"),
            "The window must close after the day on which it opens.",
            "`close_after: %s` is not after `crosses: %s`", clock_mark_name(out->close_after),
            clock_mark_name(out->crosses));
    out->only_if = reader_expression(reader, node, "only_if", SCOPE_ENTRY);
    read_exclude(reader, node);
    read_backlog(reader, node);
    read_re_enter(reader, node);
    playbook->entry.per_day_max = reader_int(reader, node, "per_day_max", 1, 100000, 0);
    const struct yaml *pilot = yaml_get(node, "pilot");
    if (reader_block(reader, pilot, BLOCK_PILOT)) {
        static const char *const then[] = {"approval"};
        playbook->entry.pilot_patients = reader_int(reader, pilot, "patients", 1, 1000, 0);
        (void)reader_choice(reader, pilot, "then", then, 1, 0);
    }
}

/* "opt_out_rate > 4% or complaint_rate > 0.3%" */
static void read_stop_if(struct reader *reader, const struct yaml *measure)
{
    struct playbook_measure *out = &reader->playbook->measure;
    const char *text = reader_text(reader, measure, "stop_if");
    if (!text)
        return;
    const struct yaml *node = yaml_get(measure, "stop_if");
    const char *words[8];
    size_t count = words_split(reader->arena, text, words, 7);
    bool good = count == 3 || count == 7;
    for (size_t i = 0; good && i < count; i += 4) {
        struct yaml number = {.kind = YAML_SCALAR,
            .file = node->file,
            .line = node->line,
            .column = node->column,
            .scalar = words[i + 2]};
        double percent = 0;
        good = text_is(words[i + 1], ">") && yaml_percent(&number, &percent, NULL) == ERR_NONE
            && percent > 0 && percent <= 100 && (i == 0 || text_is(words[i - 1], "or"));
        if (text_is(words[i], "opt_out_rate"))
            out->stop_opt_out_percent = percent;
        else if (text_is(words[i], "complaint_rate"))
            out->stop_complaint_percent = percent;
        else
            good = false;
    }
    if (!good)
        reader_error(reader, "bad_condition", node,
            "Write `opt_out_rate > 4% or complaint_rate > 0.3%`, or one of the two.",
            "`stop_if` cannot be read");
}

static void read_measure(struct reader *reader, const struct yaml *root)
{
    struct playbook_measure *out = &reader->playbook->measure;
    out->stop_opt_out_percent = -1;
    out->stop_complaint_percent = -1;
    out->goal_service = "any";
    out->goal_within = (struct span){.days = 30};
    out->min_sends_before_stop = 50;
    const struct yaml *node = yaml_get(root, "measure");
    if (!reader_block(reader, node, BLOCK_MEASURE))
        return;
    const struct yaml *goal = yaml_get(node, "goal");
    if (reader_block(reader, goal, BLOCK_GOAL)) {
        const char *service = reader_name(reader, goal, "booked");
        if (service)
            out->goal_service = service;
        if (service && !text_is(service, "any")
            && !definitions_service(reader->home->definitions, service)) {
            const char *nearest = definitions_nearest_service(reader->home->definitions, service);
            reader_error(reader, "unknown_service", yaml_get(goal, "booked"),
                nearest ? arena_format(reader->arena, "Did you mean `%s`?", nearest)
                        : "Name a service of definitions.yaml, or `any`.",
                "definitions.yaml has no service `%s`", service);
        }
        if (yaml_get(goal, "within"))
            out->goal_within = reader_span(reader, goal, "within");
        out->and_show = reader_bool(reader, goal, "and_show", false);
    }
    out->holdout_percent = reader_percent(reader, node, "holdout", 50, 0);
    read_stop_if(reader, node);
    out->min_sends_before_stop = reader_int(reader, node, "min_sends_before_stop", 1, 1000000, 50);
}

static void read_limits(struct reader *reader, const struct yaml *root)
{
    struct playbook *playbook = reader->playbook;
    playbook->touches_per_30d_min = 3;
    playbook->touches_per_30d_max = 6;
    const struct yaml *node = yaml_get(root, "limits");
    const struct yaml *touches = yaml_get(node, "touches_per_30d");
    if (!reader_block(reader, node, BLOCK_LIMITS)
        || !reader_block(reader, touches, BLOCK_TOUCHES_PER_30D))
        return;
    playbook->touches_per_30d_min = reader_int(reader, touches, "min", 1, 6, 3);
    playbook->touches_per_30d_max = reader_int(reader, touches, "max", 1, 6, 6);
    if (playbook->touches_per_30d_min > playbook->touches_per_30d_max)
        reader_error(reader, "bad_number", touches, "Make `min` smaller, or `max` larger.",
            "`min` is above `max`");
}

static void read_top(struct reader *reader, const struct yaml *root)
{
    static const char *const purposes[] = {"marketing", "care"};
    struct playbook *playbook = reader->playbook;
    playbook->node = root;
    const char *name = reader_name(reader, root, "playbook");
    playbook->name = name ? name : "";
    const char *title = reader_text(reader, root, "title");
    playbook->title = title ? title : playbook->name;
    const char *owner = reader_name(reader, root, "owner");
    playbook->owner = owner ? owner : "front-desk";
    int purpose = reader_choice(reader, root, "purpose", purposes, 2, 0);
    playbook->purpose = purpose == 1 ? PURPOSE_CARE : PURPOSE_MARKETING;
}

static void read_channel_sets(struct reader *reader)
{
    struct playbook *playbook = reader->playbook;
    struct channel_set *sets =
        ARENA_NEW(reader->arena, struct channel_set, playbook->touch_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < playbook->touch_count; i++) {
        const struct playbook_touch *touch = &playbook->touches[i];
        if (touch->is_task)
            continue;
        for (size_t c = 0; c < touch->send_count; c++)
            sets[count].has[touch->send[c]] = true;
        count++;
    }
    playbook->entry.audience.touches = sets;
    playbook->entry.audience.touch_count = count;
}

bool reader_run(struct reader *reader)
{
    struct why why = {0};
    struct yaml *root = NULL;
    if (reader->file->len > PLAYBOOK_BYTES_MAX) {
        reader_error(reader, "too_long", NULL,
            "Take comments out, or share `holds` and `exits` with `use`.",
            "a playbook is at most %d bytes long", PLAYBOOK_BYTES_MAX);
        return false;
    }
    if (yaml_parse(
            reader->arena, reader->file->name, reader->file->text, reader->file->len, &root, &why)
        != ERR_NONE) {
        reader_why(reader, "bad_yaml", &why);
        return false;
    }
    if (!reader_block(reader, root, BLOCK_TOP))
        return false;
    read_top(reader, root);
    read_clock(reader, root);
    read_touches(reader, yaml_get(root, "touches"));
    read_entry(reader, root);
    read_measure(reader, root);
    read_holds(reader, yaml_get(root, "holds"));
    read_exits(reader, yaml_get(root, "exits"));
    read_limits(reader, root);
    read_channel_sets(reader);
    lint_playbook(reader);
    if (reader->errors > 0)
        return true;
    if (version_of(reader->arena, reader->home, reader->playbook, reader->used->data,
            &reader->playbook->version, &why)
        != ERR_NONE)
        reader_why(reader, "unknown_template", &why);
    return true;
}

enum err playbook_parse(struct arena *arena, const struct playbook_home *home,
    const struct playbook_file *file, const struct playbook **ret_playbook, struct why *reterr_why)
{
    struct reader reader;
    reader_init(&reader, arena, home, file);
    (void)reader_run(&reader);
    if (reader.errors == 0) {
        *ret_playbook = reader.playbook;
        return ERR_NONE;
    }
    for (size_t i = 0; i < reader.count; i++) {
        const struct playbook_finding *finding = &reader.findings[i];
        if (!finding->is_error)
            continue;
        why_set(reterr_why, ERR_INPUT, "%s", finding->message);
        why_place(reterr_why, "%s", finding->place);
        why_hint(reterr_why, "%s", finding->hint);
        break;
    }
    return ERR_INPUT;
}

const struct playbook_touch *playbook_find_touch(const struct playbook *playbook, const char *id)
{
    for (size_t i = 0; i < playbook->touch_count; i++) {
        if (text_is(playbook->touches[i].id, id))
            return &playbook->touches[i];
    }
    return NULL;
}

const struct playbook_exit *playbook_find_exit(const struct playbook *playbook, const char *name)
{
    for (size_t i = 0; i < playbook->exit_count; i++) {
        if (text_is(playbook->exits[i].name, name))
            return &playbook->exits[i];
    }
    return NULL;
}

const struct playbook_hold *playbook_find_hold(const struct playbook *playbook, const char *name)
{
    for (size_t i = 0; i < playbook->hold_count; i++) {
        if (text_is(playbook->holds[i].name, name))
            return &playbook->holds[i];
    }
    return NULL;
}

bool playbook_reads_openings(const struct playbook *playbook)
{
    bool reads = false;
    for (size_t i = 0; i < playbook->touch_count; i++)
        reads |= expression_reads_openings(playbook->touches[i].when)
            || expression_reads_openings(playbook->touches[i].skip_if);
    for (size_t i = 0; i < playbook->hold_count; i++)
        reads |= expression_reads_openings(playbook->holds[i].when)
            || expression_reads_openings(playbook->holds[i].resume_if);
    for (size_t i = 0; i < playbook->exit_count; i++)
        reads |= expression_reads_openings(playbook->exits[i].when);
    return reads;
}
