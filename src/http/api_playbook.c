/* api_playbook.c: playbooks as a list, as a picture, as text. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api_routes.h"
#include "base/map.h"
#include "base/text.h"
#include "http/api_file.h"
#include "http/api_playbook.h"
#include "http_sql.h"
#include "report/report.h"

enum { COUNT_DAYS = 90, RECENT_DAYS = 30 };

/* ---- what was read ---- */

struct library {
    const struct playbook_home *home;
    struct playbook_findings findings;
    const struct playbook *const *playbooks;
    size_t count;
    struct playbook_state *states;
    size_t state_count;
    struct report_sums *counts, *recent; /* of everybody; of who entered lately */
    struct instant paused;               /* all sending, since then; ms 0: it is not */
};

static enum err add_up(
    struct api *api, const char *playbook, int days, struct report_sums **ret_sums, struct why *why)
{
    struct report_question question = {.practice = api->practice,
        .from = {DAY_NONE},
        .to = {DAY_NONE},
        .playbook = playbook,
        .locations = api->locations,
        .now = api->now};
    if (days)
        question.from.n = zone_day(api->practice->zone, api->now).n - days;
    return report_add_up(api->arena, api->db, &question, ret_sums, why);
}

static enum err read_counts(struct api *api, struct library *library, struct why *why)
{
    enum err err = add_up(api, NULL, 0, &library->counts, why);
    return err == ERR_NONE ? add_up(api, NULL, RECENT_DAYS, &library->recent, why) : err;
}

static enum err read_library(
    struct api *api, const struct playbook_home *home, struct library *library, struct why *why)
{
    *library = (struct library){.home = home};
    enum err err = playbook_check_all(
        api->arena, home, NULL, &library->findings, &library->playbooks, &library->count, why);
    if (err == ERR_NONE)
        err = playbook_read_states(
            api->arena, api->db, api->practice_id, &library->states, &library->state_count, why);
    if (err == ERR_NONE)
        err = playbook_practice_paused(api->db, api->practice_id, &library->paused, why);
    return err == ERR_NONE ? read_counts(api, library, why) : err;
}

const struct playbook_file *api__playbook_file(const struct playbook_home *home, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < home->playbook_count; i++) {
        const char *file = home->playbooks[i].name + strlen("playbooks/");
        if (strncmp(file, name, len) == 0 && text_is(file + len, ".yaml"))
            return &home->playbooks[i];
    }
    return NULL;
}

static const struct playbook *find_playbook(
    const struct library *library, const struct playbook_file *file)
{
    for (size_t i = 0; i < library->count; i++) {
        if (text_is(library->playbooks[i]->file, file->name))
            return library->playbooks[i];
    }
    return NULL;
}

static const struct playbook_state *find_state(const struct library *library, const char *name)
{
    for (size_t i = 0; i < library->state_count; i++) {
        if (text_is(library->states[i].playbook, name))
            return &library->states[i];
    }
    return NULL;
}

/* "playbooks/x.yaml:12:7" */
static void split_place(const char *place, int *ret_line, int *ret_column)
{
    const char *colon = strchr(place, ':');
    *ret_line = colon ? (int)strtol(colon + 1, NULL, 10) : 0;
    colon = colon ? strchr(colon + 1, ':') : NULL;
    *ret_column = colon ? (int)strtol(colon + 1, NULL, 10) : 0;
}

static bool is_about(const struct playbook_finding *finding, const char *file)
{
    return text_starts(finding->place, file);
}

static json_t *findings_json(
    const struct playbook_findings *findings, const char *file, int *errors, int *warnings)
{
    json_t *list = json_array();
    *errors = *warnings = 0;
    for (size_t i = 0; i < findings->count; i++) {
        const struct playbook_finding *finding = &findings->findings[i];
        int line, column;
        if (!is_about(finding, file))
            continue;
        *errors += finding->is_error;
        *warnings += !finding->is_error;
        split_place(finding->place, &line, &column);
        json_array_append_new(list,
            json_pack("{s:b, s:o, s:o, s:i, s:i, s:o, s:o}", "error", finding->is_error, "rule",
                json_text(finding->rule), "place", json_text(finding->place), "line", line,
                "column", column, "message", json_text(finding->message), "hint",
                json_text(finding->hint)));
    }
    return list;
}

static json_t *item_json(
    struct api *api, const struct library *library, const struct playbook_file *file)
{
    const struct playbook *playbook = find_playbook(library, file);
    const char *base = file->name + strlen("playbooks/");
    const char *name = arena_text_n(api->arena, base, strlen(base) - strlen(".yaml"));
    const struct playbook_state *state = find_state(library, playbook ? playbook->name : name);
    const char *counted = playbook ? playbook->name : name;
    int errors, warnings;
    json_decref(findings_json(&library->findings, file->name, &errors, &warnings));
    const char *running = state ? state->version : NULL;
    json_t *json = json_pack("{s:s, s:o, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:b}", "name",
        name, "title", json_text(playbook ? playbook->title : name), "file", file->name, "purpose",
        json_text(playbook ? purpose_name(playbook->purpose) : NULL), "service",
        json_text(playbook && playbook->service ? playbook->service->key : NULL), "run",
        state && (running || state->run != PLAYBOOK_PAUSED) ? playbook_run_name(state->run)
                                                            : "never",
        "reason", json_text(state ? state->reason : NULL), "since",
        api_json_time(api, state ? state->since : (struct instant){0}), "running_version",
        json_text(running), "file_version", json_text(playbook ? playbook->version : NULL),
        "changed", running && playbook && !text_is(running, playbook->version));
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {{"errors", errors}, {"warnings", warnings},
        {"active", report_count(library->counts, counted, "active")},
        {"held", report_count(library->counts, counted, "held")},
        {"ended", report_count(library->counts, counted, "ended")},
        {"entered_30_days", report_count(library->recent, counted, "entered")}};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        json_object_set_new(json, numbers[i].name, json_integer((json_int_t)numbers[i].value));
    return json;
}

void api__list_playbooks(struct api *api)
{
    struct why why = {0};
    struct library library;
    json_t *items = json_array();
    enum err err = read_library(api, &api->desk->home->playbooks, &library, &why);
    for (size_t i = 0; err == ERR_NONE && i < library.home->playbook_count; i++)
        json_array_append_new(items, item_json(api, &library, &library.home->playbooks[i]));
    api_end(api, err, &why, 200,
        json_pack("{s:o, s:b}", "items", items, "sending_paused", library.paused.ms != 0));
}

/* ---- the picture ---- */

static json_t *expr_json(const struct audience_expr *expression)
{
    return json_text(expression ? expression_text(expression) : NULL);
}

/* What it did for those who entered lately. */
struct picture {
    struct api *api;
    const char *playbook;
    const struct report_sums *sums;
};

static json_t *touch_json(const struct picture *picture, const struct playbook_touch *touch)
{
    static const struct {
        const char *name, *count;
    } counts[] = {{"planned", "planned"}, {"sent", "went"}, {"delivered", "delivered"},
        {"clicked", "clicked"}, {"replied", "replied"}, {"dropped", "dropped"},
        {"skipped", "skipped"}};
    json_t *channels = json_array(), *variants = json_array();
    for (size_t i = 0; i < touch->send_count; i++)
        json_array_append_new(channels, json_string(channel_kind_name(touch->send[i])));
    for (size_t i = 0; i < touch->variant_count; i++)
        json_array_append_new(variants, json_text(touch->variants[i].name));
    json_t *json = json_pack("{s:s, s:i, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i}",
        "id", touch->id, "position", touch->position, "day", touch->day, "kind",
        touch->is_task ? "task" : "message", "channels", channels, "template",
        json_text(touch->is_task ? touch->script : touch->template_name), "offer",
        json_text(touch->offer), "when", expr_json(touch->when), "skip_if",
        expr_json(touch->skip_if), "task", json_text(touch->task), "role", json_text(touch->role),
        "variants", variants, "line", touch->place.line);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const char *name =
            arena_format(picture->api->arena, "touch:%s:%s", counts[i].count, touch->id);
        json_object_set_new(json, counts[i].name,
            json_integer((json_int_t)report_count(picture->sums, picture->playbook, name)));
    }
    return json;
}

static json_t *rule_json(const char *name, const struct audience_expr *when, int at_day,
    const char *task, bool resumes, int line, int64_t count)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:b, s:i, s:I}", "name", name, "when", expr_json(when),
        "at_day", at_day < 0 ? json_null() : json_integer(at_day), "task", json_text(task),
        "resumes", resumes, "line", line, "count", (json_int_t)count);
}

static json_t *entry_json(struct api *api, const struct playbook *playbook)
{
    static const char *const backlogs[] = {"skip", "spread", "all"};
    const struct playbook_entry *entry = &playbook->entry;
    const struct audience_entry *audience = &entry->audience;
    const char *clock = playbook->service
        ? arena_format(api->arena, "%s(%s)", playbook->series_end ? "series_end" : "last_visit",
            playbook->service->key)
        : "cohort";
    bool by_clock = audience->kind == ENTRY_BY_CLOCK;
    return json_pack("{s:s, s:o, s:o, s:o, s:s, s:i, s:i}", "clock", clock, "crosses",
        json_text(by_clock ? clock_mark_name(audience->crosses) : NULL), "close_after",
        json_text(by_clock && audience->close_after != CLOCK_NONE
                ? clock_mark_name(audience->close_after)
                : NULL),
        "only_if", expr_json(audience->only_if), "backlog", backlogs[entry->backlog],
        "pilot_patients", entry->pilot_patients, "per_day_max", entry->per_day_max);
}

static enum err add_picture(
    struct api *api, const struct playbook *playbook, json_t *json, struct why *why)
{
    struct report_sums *sums = NULL;
    enum err err = add_up(api, playbook->name, COUNT_DAYS, &sums, why);
    if (err != ERR_NONE)
        return err;
    const struct picture picture = {api, playbook->name, sums};
    json_t *list = json_object_get(json, "touches");
    for (size_t i = 0; i < playbook->touch_count; i++)
        json_array_append_new(list, touch_json(&picture, &playbook->touches[i]));
    list = json_object_get(json, "holds");
    for (size_t i = 0; i < playbook->hold_count; i++) {
        const struct playbook_hold *hold = &playbook->holds[i];
        const char *name = arena_format(api->arena, "held:%s", hold->name);
        json_array_append_new(list,
            rule_json(hold->name, hold->when, -1, hold->task, hold->resumes, hold->place.line,
                report_count(sums, playbook->name, name)));
    }
    list = json_object_get(json, "exits");
    for (size_t i = 0; i < playbook->exit_count; i++) {
        const struct playbook_exit *exit = &playbook->exits[i];
        json_array_append_new(list,
            rule_json(exit->name, exit->when, exit->at_day, exit->task, false, exit->place.line,
                report_count_exit(sums, playbook->name, exit->name)));
    }
    const struct playbook_measure *measure = &playbook->measure;
    json_object_set_new(json, "steps", report_steps(api->arena, sums, playbook->name));
    json_object_set_new(json, "owner", json_text(playbook->owner));
    json_object_set_new(json, "entry", entry_json(api, playbook));
    json_object_set_new(json, "measure",
        json_pack("{s:o, s:o, s:f}", "goal", json_text(measure->goal_service), "within",
            span_is_zero(measure->goal_within)
                ? json_null()
                : json_text(span_format(api->arena, measure->goal_within)),
            "holdout_percent", measure->holdout_percent));
    return ERR_NONE;
}

enum err api__no_playbook(struct why *why)
{
    return why_set(why, ERR_NOT_FOUND, "there is no such playbook");
}

enum err api__playbook_json(struct api *api, const struct playbook_home *home, const char *name,
    json_t **ret_json, struct why *why)
{
    struct library library;
    struct api_file file;
    int errors, warnings;
    enum err err = read_library(api, home, &library, why);
    const struct playbook_file *found = err == ERR_NONE ? api__playbook_file(home, name) : NULL;
    if (err == ERR_NONE && !found)
        err = api__no_playbook(why);
    if (err == ERR_NONE)
        err = api_file_read(api, found->name, &file, why);
    if (err != ERR_NONE)
        return err;
    json_t *json = json_pack("{s:o, s:n, s:n, s:n, s:[], s:[], s:[], s:[], s:o, s:o, s:s}",
        "playbook", item_json(api, &library, found), "owner", "entry", "measure", "touches",
        "holds", "exits", "steps", "findings",
        findings_json(&library.findings, found->name, &errors, &warnings), "source",
        json_text(file.text), "etag", file.etag);
    const struct playbook *playbook = find_playbook(&library, found);
    if (playbook)
        err = add_picture(api, playbook, json, why);
    if (err == ERR_NONE)
        *ret_json = json;
    else
        json_decref(json);
    return err;
}

void api__read_playbook(struct api *api)
{
    struct why why = {0};
    json_t *json = NULL;
    enum err err = api__playbook_json(api, &api->desk->home->playbooks, api->wild[0], &json, &why);
    api_end(api, err, &why, 200, json);
}

/* ---- checking and saving ---- */

json_t *api__playbook_check_json(struct api *api, const struct playbook_home *home,
    const char *file, int *ret_errors, struct why *why, enum err *ret_err)
{
    struct library library = {.home = home};
    int warnings;
    *ret_err = playbook_check_all(
        api->arena, home, NULL, &library.findings, &library.playbooks, &library.count, why);
    if (*ret_err != ERR_NONE)
        return NULL;
    json_t *findings = findings_json(&library.findings, file, ret_errors, &warnings);
    const struct playbook *playbook =
        find_playbook(&library, &(struct playbook_file){.name = file});
    return json_pack("{s:o, s:i, s:i, s:o}", "findings", findings, "errors", *ret_errors,
        "warnings", warnings, "version", json_text(playbook ? playbook->version : NULL));
}

/* The home's playbooks with another text in place of one. */
static struct playbook_home with_text(
    struct api *api, const struct playbook_file *file, const char *text)
{
    struct playbook_home home = api->desk->home->playbooks;
    struct playbook_file *files = ARENA_NEW(api->arena, struct playbook_file, home.playbook_count);
    for (size_t i = 0; i < home.playbook_count; i++) {
        files[i] = home.playbooks[i];
        if (home.playbooks[i].name == file->name) {
            files[i].text = text;
            files[i].len = strlen(text);
        }
    }
    home.playbooks = files;
    return home;
}

void api__check_playbook(struct api *api)
{
    struct why why = {0};
    enum err err = ERR_NONE;
    int errors;
    json_t *json = NULL;
    const struct playbook_file *file =
        api__playbook_file(&api->desk->home->playbooks, api->wild[0]);
    if (!file)
        err = api__no_playbook(&why);
    if (err == ERR_NONE) {
        struct playbook_home home = with_text(api, file, api_text(api, "source"));
        json = api__playbook_check_json(api, &home, file->name, &errors, &why, &err);
    }
    api_end(api, err, &why, 200, json);
}

void api__refuse_findings(struct api *api, const json_t *check)
{
    size_t i = 0;
    json_t *finding = NULL, *errors = json_array();
    json_array_foreach(json_object_get(check, "findings"), i, finding)
    {
        if (!json_is_true(json_object_get(finding, "error")))
            continue;
        json_array_append_new(errors,
            json_pack("{s:s, s:o, s:o}", "field", "source", "detail",
                json_text(arena_format(api->arena, "Line %lld: %s",
                    (long long)json_integer_value(json_object_get(finding, "line")),
                    json_string_value(json_object_get(finding, "message")))),
                "remedy", json_incref(json_object_get(finding, "hint"))));
    }
    api__refuse_fields(api, errors);
}

void api__write_playbook(struct api *api)
{
    struct why why = {0};
    struct api_file current;
    int errors = 0;
    JSON_AUTO json = NULL;
    const char *text = api_text(api, "source");
    const struct playbook_file *file =
        api__playbook_file(&api->desk->home->playbooks, api->wild[0]);
    enum err err = file ? api_file_read(api, file->name, &current, &why) : api__no_playbook(&why);
    if (err == ERR_NONE && !api_matches(api, current.etag))
        return;
    if (err == ERR_NONE) {
        struct playbook_home home = with_text(api, file, text);
        json = api__playbook_check_json(api, &home, file->name, &errors, &why, &err);
    }
    if (err == ERR_NONE && errors > 0) {
        api__refuse_findings(api, json);
        return;
    }
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = api_file_save(api, file->name, text, &why);
    api_end(api, err, &why, 200, json ? json_incref(json) : NULL);
}

/* ---- what runs ---- */

static void end_run(struct api *api, enum err err, struct why *why)
{
    struct library library;
    const struct playbook_file *file =
        api__playbook_file(&api->desk->home->playbooks, api->wild[0]);
    json_t *json = NULL;
    if (err == ERR_NONE)
        err = read_library(api, &api->desk->home->playbooks, &library, why);
    if (err == ERR_NONE && file)
        json = item_json(api, &library, file);
    api_end(api, err, why, 200, json);
    api->call->answer->wake = api->call->answer->status == 200;
}

void api__pause_playbook(struct api *api)
{
    struct why why = {0};
    const char *reason = api_text(api, "reason");
    enum err err = api__playbook_file(&api->desk->home->playbooks, api->wild[0])
        ? api_begin(api, &why)
        : api__no_playbook(&why);
    if (err == ERR_NONE)
        err = playbook_pause(&api->tx, api->wild[0], reason ? reason : "paused by hand", &why);
    end_run(api, err, &why);
}

void api__resume_playbook(struct api *api)
{
    struct why why = {0};
    enum err err = api__playbook_file(&api->desk->home->playbooks, api->wild[0])
        ? api_begin(api, &why)
        : api__no_playbook(&why);
    if (err == ERR_NONE)
        err = engine_resume_playbook(&api->tx, api->wild[0], &why);
    end_run(api, err, &why);
}

void api__pause_sending(struct api *api)
{
    struct why why = {0};
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = playbook_pause_practice(&api->tx, &why);
    api_end(api, err, &why, 200, json_pack("{s:b}", "paused", 1));
}

void api__resume_sending(struct api *api)
{
    struct why why = {0};
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = playbook_resume_practice(&api->tx, &why);
    api_end(api, err, &why, 200, json_pack("{s:b}", "paused", 0));
    api->call->answer->wake = true;
}

void api__list_versions(struct api *api)
{
    struct why why = {0};
    json_t *items = NULL;
    enum err err = api__playbook_file(&api->desk->home->playbooks, api->wild[0])
        ? ERR_NONE
        : api__no_playbook(&why);
    if (err == ERR_NONE)
        err = api_rows(api, &sql_http_playbook_versions,
            DB_ARGS(db_int("practice_id", api->practice_id), db_text("playbook", api->wild[0]),
                db_text("locations", api->locations)),
            API_COLUMNS({"version", COLUMN_TEXT}, {"applied_at", COLUMN_TIME},
                {"applied_by", COLUMN_TEXT}, {"live", COLUMN_INT}, {"current", COLUMN_BOOL}),
            &items, &why);
    api_end(api, err, &why, 200, json_pack("{s:o?}", "items", items));
}
