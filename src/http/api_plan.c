/* api_plan.c: who would enter a playbook, and carrying it out. */
#include <string.h>

#include "api_routes.h"
#include "base/map.h"
#include "base/text.h"
#include "engine/plan.h"
#include "http_sql.h"

enum { SHOWN_MAX = 100 };

/* What engine does in a transaction of its own is done by whoever asked. */
static const char *lend_name(struct api *api)
{
    const char *own = api->desk->engine->actor;
    api->desk->engine->actor = api->actor;
    return own;
}

static json_t *first_of(const json_t *plan, const char *name, bool names, int *ret_left_off)
{
    json_t *list = json_object_get(plan, name), *shown = json_array();
    size_t count = json_array_size(list), take = names ? SHOWN_MAX : 0;
    for (size_t i = 0; i < count && i < take; i++) {
        const json_t *one = json_array_get(list, i);
        json_t *touches = json_object_get(one, "touches");
        json_t *person = json_object();
        static const char *const texts[] = {"patient", "arm", "reason", "detail"};
        for (size_t j = 0; j < 4; j++) {
            json_t *text = json_object_get(one, texts[j]);
            json_object_set_new(person, texts[j], text ? json_incref(text) : json_null());
        }
        json_object_set_new(person, "touches", touches ? json_incref(touches) : json_array());
        json_array_append_new(shown, person);
    }
    *ret_left_off = (int)(count - json_array_size(shown));
    return shown;
}

/* Those whom the account may not see. */
static enum err read_hidden(struct api *api, struct map *ret_hidden, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    map_init(ret_hidden, api->arena);
    enum err err = db_query(api->db, &sql_http_patients_hidden,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("locations", api->locations)),
        &rows, why);
    while (err == ERR_NONE && db_next(rows))
        (void)map_put(ret_hidden, db_col_text(rows, 0), api);
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

static json_t *list_seen(const json_t *plan, const char *name, const struct map *hidden)
{
    json_t *seen = json_array(), *one = NULL;
    size_t i = 0;
    json_array_foreach(json_object_get(plan, name), i, one)
    {
        if (!map_get(hidden, json_string_value(json_object_get(one, "patient"))))
            json_array_append(seen, one);
    }
    return seen;
}

/* Of a figure for all who would enter, the part of those who are seen. */
static json_int_t share(json_int_t whole, size_t seen, size_t all)
{
    return all ? (whole * (json_int_t)seen + (json_int_t)all - 1) / (json_int_t)all : 0;
}

/* The plan as it is for the locations of the account: its people, and figures of theirs. */
static enum err narrow(struct api *api, const json_t *plan, json_t **ret_plan, struct why *why)
{
    struct map hidden;
    enum err err = read_hidden(api, &hidden, why);
    if (err != ERR_NONE)
        return err;
    json_t *json = json_copy((json_t *)(uintptr_t)plan);
    json_t *enter = list_seen(plan, "enter", &hidden), *not = list_seen(plan, "not", &hidden);
    size_t seen = json_array_size(enter), all = json_array_size(json_object_get(plan, "enter"));
    json_t *counts = json_pack("{s:I}", "enter", (json_int_t)seen), *one = NULL;
    json_int_t audience = (json_int_t)seen;
    size_t i = 0;
    json_array_foreach(not, i, one)
    {
        const char *reason = json_string_value(json_object_get(one, "reason"));
        json_object_set_new(
            counts, reason, json_integer(json_integer_value(json_object_get(counts, reason)) + 1));
        audience += text_is(reason, "holdout") || text_is(reason, "over_capacity");
    }
    const json_t *cost = json_object_get(plan, "cost"),
                 *minutes = json_object_get(plan, "staff_minutes");
    json_object_set_new(
        json, "staff_minutes", json_integer(share(json_integer_value(minutes), seen, all)));
    json_object_set_new(json, "cost",
        json_money(share(json_integer_value(json_object_get(cost, "cents")), seen, all)));
    json_object_set_new(json, "audience", json_integer(audience));
    json_object_set_new(json, "counts", counts);
    json_object_set_new(json, "enter", enter);
    json_object_set_new(json, "not", not );
    json_object_del(json, "diff");
    *ret_plan = json;
    return ERR_NONE;
}

static json_t *shown_json(struct api *api, const json_t *plan)
{
    static const char *const kept[] = {
        "playbook", "version", "at", "counts", "staff_minutes", "cost", "audience"};
    bool names = api_may(api, PERMISSION_PATIENTS_READ);
    int enter_left, not_left;
    json_t *json = json_pack("{s:O}", "plan_id", json_object_get(plan, "hash"));
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        json_object_set(json, kept[i], json_object_get(plan, kept[i]));
    json_object_set_new(json, "enter", first_of(plan, "enter", names, &enter_left));
    json_object_set_new(json, "not", first_of(plan, "not", names, &not_left));
    json_object_set_new(json, "enter_left_off", json_integer(enter_left));
    json_object_set_new(json, "not_left_off", json_integer(not_left));
    json_t *diff = json_object_get(plan, "diff");
    json_object_set_new(json, "diff", diff && names ? json_incref(diff) : json_null());
    return json;
}

/* ---- who they are: a plan that is kept holds numbers only ---- */

struct plan_person {
    const char *patient_id, *name;
};

static enum err read_names(struct api *api, json_t *const lists[2], struct map *ret_people,
    struct why *why)
{
    const char *numbers[2 * SHOWN_MAX];
    size_t count = 0, i = 0;
    json_t *one = NULL;
    for (int k = 0; k < 2; k++) {
        json_array_foreach(lists[k], i, one)
            numbers[count++] = json_string_value(json_object_get(one, "patient"));
    }
    map_init(ret_people, api->arena);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_people_by_number,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("locations", api->locations),
            db_text("numbers", db_list(api->arena, numbers, count))),
        &rows, why);
    while (err == ERR_NONE && db_next(rows)) {
        struct plan_person *person = ARENA_NEW(api->arena, struct plan_person, 1);
        *person = (struct plan_person){
            db_col_copy(api->arena, rows, 0), db_col_copy(api->arena, rows, 2)};
        (void)map_put(ret_people, db_col_text(rows, 1), person);
    }
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

/* Each of two lists of at most SHOWN_MAX by name, for a reader of patients, and noted as read. */
static enum err add_names(
    struct api *api, const char *what, json_t *const lists[2], struct why *why)
{
    struct map people;
    enum err err = read_names(api, lists, &people, why);
    if (err != ERR_NONE)
        return err;
    json_t *read = json_array(), *one = NULL;
    size_t i = 0;
    for (int k = 0; k < 2; k++) {
        json_array_foreach(lists[k], i, one)
        {
            const struct plan_person *person =
                map_get(&people, json_string_value(json_object_get(one, "patient")));
            json_object_set_new(one, "patient_id", json_text(person ? person->patient_id : NULL));
            json_object_set_new(one, "name", json_text(person ? person->name : NULL));
            if (person)
                json_array_append_new(read, json_string(person->patient_id));
        }
    }
    api_reads_list(api, what, read);
    return ERR_NONE;
}

/* ---- a plan ---- */

static enum err keep_plan(struct api *api, const json_t *plan, struct why *why)
{
    const struct db_arg practice = db_int("practice_id", api->practice_id);
    enum err err = api_begin(api, why);
    if (err == ERR_NONE)
        err = db_exec(&api->tx, &sql_http_plan_drop,
            DB_ARGS(practice, db_int("since_ms", api->now.ms - PLAN_AGE_MS_MAX)), NULL, why);
    if (err == ERR_NONE)
        err = db_exec(&api->tx, &sql_http_plan_keep,
            DB_ARGS(practice, db_text("plan_id", json_string_value(json_object_get(plan, "hash"))),
                db_text("playbook", api->wild[0]), db_text("actor", api->actor),
                db_int("at_ms", api->now.ms), db_text("plan", json_text_of(api->arena, plan))),
            NULL, why);
    return err;
}

void api__plan_playbook(struct api *api)
{
    struct why why = {0};
    struct plan plan = {0};
    struct instant at = api_time(api, "at");
    const struct plan_question question = {
        .playbook = api->wild[0], .at = at.ms ? at : api->now, .diff = api_bool(api, "diff")};
    enum err err = plan_build(api->arena, api->desk->engine, &question, &plan, &why);
    if (err == ERR_INPUT) /* the file has errors: the checker's page tells them */
        err = ERR_CONFLICT;
    JSON_AUTO json = plan.json;
    if (err == ERR_NONE)
        err = keep_plan(api, json, &why);
    JSON_AUTO narrowed = NULL;
    if (err == ERR_NONE && api->locations)
        err = narrow(api, json, &narrowed, &why);
    json_t *shown = err == ERR_NONE ? shown_json(api, narrowed ? narrowed : json) : NULL;
    if (err == ERR_NONE && api_may(api, PERMISSION_PATIENTS_READ)) {
        json_t *const lists[2] = {json_object_get(shown, "enter"), json_object_get(shown, "not")};
        api_reads(api, "plan.read", NULL, api->wild[0]);
        err = add_names(api, "plan", lists, &why);
    }
    api_end(api, err, &why, 201, shown);
}

static json_t *applied_json(struct api *api, int64_t entered, enum err *err, struct why *why)
{
    struct playbook_state state = {0};
    if (*err == ERR_NONE)
        *err =
            playbook_read_state(api->arena, api->db, api->practice_id, api->wild[0], &state, why);
    return *err == ERR_NONE ? json_pack("{s:s, s:s, s:I}", "playbook", api->wild[0], "run",
               playbook_run_name(state.run), "entered", (json_int_t)entered)
                            : NULL;
}

void api__apply_plan(struct api *api)
{
    struct why why = {0};
    JSON_AUTO plan = NULL;
    int64_t entered = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_plan_read,
        DB_ARGS(db_int("practice_id", api->practice_id),
            db_text("plan_id", api_text(api, "plan_id")), db_text("playbook", api->wild[0])),
        &rows, &why);
    if (err == ERR_NONE && db_next(rows)) {
        const char *text = db_col_copy(api->arena, rows, 0);
        err = json_parse(text, strlen(text), &plan, &why);
    } else if (err == ERR_NONE) {
        why_hint(&why, "Make a new one");
        err = why_set(&why, ERR_NOT_FOUND, "this plan is not kept any more");
    }
    db_rows_drop(&rows);
    if (err == ERR_NONE) {
        const char *own = lend_name(api);
        err = plan_apply(api->arena, api->desk->engine, plan, api_bool(api, "growth_is_meant"),
            api->now, &entered, &why);
        api->desk->engine->actor = own;
    }
    json_t *json = applied_json(api, entered, &err, &why);
    api_end(api, err, &why, 200, json);
    api->call->answer->wake = api->call->answer->status == 200;
}

void api__pilot_playbook(struct api *api)
{
    struct why why = {0};
    int64_t entered = 0;
    const char *own = lend_name(api);
    enum err err = plan_pilot(api->arena, api->desk->engine, api->wild[0],
        api_int(api, "patients", 1), api->now, &entered, &why);
    api->desk->engine->actor = own;
    json_t *json = applied_json(api, entered, &err, &why);
    api_end(api, err, &why, 200, json);
    api->call->answer->wake = api->call->answer->status == 200;
}

/* ---- another version ---- */

static json_t *first_hundred(const json_t *list)
{
    json_t *shown = json_array();
    for (size_t i = 0; i < json_array_size(list) && i < SHOWN_MAX; i++)
        json_array_append(shown, json_array_get(list, i));
    return shown;
}

void api__migrate_playbook(struct api *api)
{
    struct why why = {0};
    const char *after[1];
    JSON_AUTO found = NULL;
    json_t *json = NULL;
    if (!api_cursor(api, after, 1))
        return;
    if (!api_may(api, PERMISSION_PATIENTS_READ)) {
        api_refuse(api, 403, "permission", "This shows patients: it wants patients.read, too",
            "Ask an owner");
        return;
    }
    const struct engine_migration wanted = {
        .playbook = api->wild[0], .after = after[0], .dry_run = api_bool(api, "dry_run")};
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = engine_migrate(api->desk->engine, &api->tx, &wanted, &found, &why);
    if (err == ERR_NONE) {
        const json_t *move = json_object_get(found, "move"), *stay = json_object_get(found, "stay");
        const char *next = json_string_value(json_object_get(found, "next"));
        json_t *moved = first_hundred(move), *stayed = first_hundred(stay);
        json_t *const lists[2] = {moved, stayed};
        err = add_names(api, "migration", lists, &why);
        json = json_pack("{s:O, s:O, s:O, s:I, s:I, s:o, s:o, s:o}", "playbook",
            json_object_get(found, "playbook"), "version", json_object_get(found, "version"),
            "dry_run", json_object_get(found, "dry_run"), "moves",
            (json_int_t)json_array_size(move), "stays", (json_int_t)json_array_size(stay), "move",
            moved, "stay", stayed, "next", json_text(next ? api_next(api, &next, 1) : NULL));
    }
    api_end(api, err, &why, 200, json);
    api->call->answer->wake = api->call->answer->status == 200;
}
