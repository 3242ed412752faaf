/* api_search.c: one box over people, what was said, tags, bookings and playbooks. */
#include <string.h>

#include "api_routes.h"
#include "base/map.h"
#include "base/text.h"
#include "http_sql.h"
#include "search/search.h"

enum { EACH = 6 }; /* of a kind, when `limit` is not given: a box shows no more */

struct box {
    struct api *api;
    struct search_question question;
    json_t *items;
    json_t *read; /* patients whose data is shown */
};

/* Whether that kind was asked for, and may be read. */
static bool wants(const struct box *box, const char *kind, enum permission may)
{
    const char *asked = api_text(box->api, "kind");
    return (!asked || text_is(asked, kind)) && api_may(box->api, may);
}

static json_t *patient_json(
    struct box *box, const char *patient_id, const char *external_id, const char *name)
{
    if (!patient_id)
        return json_null();
    json_array_append_new(box->read, json_text(patient_id));
    return json_pack("{s:o, s:o, s:o}", "patient_id", json_text(patient_id), "external_id",
        json_text(external_id), "name", json_text(name));
}

struct hit {
    const char *kind, *id, *title, *text, *thread_id;
    const char *attachments; /* JSON; NULL: [] */
    struct instant at;
    json_t *patient; /* taken; NULL: null */
    int edits;       /* -1: null */
    int64_t count;   /* -1: null */
};

static json_t *attachments_json(const char *text)
{
    json_t *list = NULL;
    return text && json_parse(text, strlen(text), &list, NULL) == ERR_NONE ? list : json_array();
}

static void add_hit(struct box *box, const struct hit *hit)
{
    json_array_append_new(box->items,
        json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind", hit->kind, "id",
            json_text(hit->id), "title", json_text(hit->title ? hit->title : ""), "text",
            json_text(hit->text), "at", api_json_time(box->api, hit->at), "patient",
            hit->patient ? hit->patient : json_null(), "thread_id", json_text(hit->thread_id),
            "edits", hit->edits < 0 ? json_null() : json_integer(hit->edits), "count",
            hit->count < 0 ? json_null() : json_integer((json_int_t)hit->count), "attachments",
            attachments_json(hit->attachments)));
}

static enum err add_people(struct box *box, struct why *why)
{
    struct api *api = box->api;
    struct search_person people[SEARCH_HITS_MAX];
    const char *ids[SEARCH_HITS_MAX];
    size_t count = 0;
    enum err err = search_people(api->arena, api->db, &box->question, people, &count, why);
    for (size_t i = 0; i < count; i++)
        ids[i] = people[i].patient_id;
    struct map by_id;
    map_init(&by_id, api->arena);
    DB_ROWS struct db_rows *rows = NULL;
    if (err == ERR_NONE)
        err = db_query(api->db, &sql_http_patient_names,
            DB_ARGS(db_int("practice_id", api->practice_id),
                db_text("ids", db_list(api->arena, ids, count))),
            &rows, why);
    while (err == ERR_NONE && db_next(rows)) {
        const char *id = db_col_text(rows, 0), *name = db_col_text(rows, 2);
        (void)map_put(&by_id, id, patient_json(box, id, db_col_text(rows, 1), name));
    }
    if (err == ERR_NONE)
        err = db_end(&rows, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        json_t *patient = map_get(&by_id, ids[i]);
        const struct hit hit = {.kind = "patient",
            .id = ids[i],
            .title = json_string_value(json_object_get(patient, "name")),
            .text = json_string_value(json_object_get(patient, "external_id")),
            .patient = patient,
            .edits = people[i].edits,
            .count = -1};
        if (patient)
            add_hit(box, &hit);
    }
    return err;
}

static enum err add_said(struct box *box, struct why *why)
{
    struct search_said said[SEARCH_HITS_MAX];
    size_t count = 0;
    bool messages = wants(box, "message", PERMISSION_INBOX_READ);
    bool tasks = wants(box, "task", PERMISSION_INBOX_READ);
    if (!messages && !tasks)
        return ERR_NONE;
    enum err err = search_said(box->api->arena, box->api->db, &box->question, said, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (!(said[i].kind == SEARCH_TASK ? tasks : messages))
            continue;
        add_hit(box,
            &(struct hit){.kind = search_kind_name(said[i].kind),
                .id = said[i].id,
                .title = said[i].name ? said[i].name : "",
                .text = said[i].text,
                .thread_id = said[i].thread_id,
                .attachments = said[i].attachments,
                .at = said[i].at,
                .patient = patient_json(box, said[i].patient_id, said[i].external_id, said[i].name),
                .edits = -1,
                .count = -1});
    }
    return err;
}

/* How many have a tag is told to who may see all of them. */
static enum err add_tags(struct box *box, struct why *why)
{
    struct search_tag tags[SEARCH_HITS_MAX];
    size_t count = 0;
    enum err err = search_tags(box->api->arena, box->api->db, &box->question, tags, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        add_hit(box,
            &(struct hit){.kind = "tag",
                .id = tags[i].tag,
                .title = tags[i].tag,
                .edits = -1,
                .count = box->api->locations ? -1 : tags[i].patients});
    return err;
}

static enum err add_visits(struct box *box, struct why *why)
{
    struct search_visit visits[SEARCH_HITS_MAX];
    size_t count = 0;
    enum err err = search_visits(
        box->api->arena, box->api->db, &box->question, box->api->now, visits, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        add_hit(box,
            &(struct hit){.kind = "appointment",
                .id = visits[i].appointment_id,
                .title = visits[i].service,
                .text = visits[i].provider,
                .at = visits[i].start,
                .patient =
                    patient_json(box, visits[i].patient_id, visits[i].external_id, visits[i].name),
                .edits = -1,
                .count = -1});
    return err;
}

static void add_playbooks(struct box *box)
{
    struct api *api = box->api;
    const struct playbook_home *home = &api->desk->home->playbooks;
    size_t left = box->question.limit;
    for (size_t i = 0; i < home->playbook_count && left > 0; i++) {
        const char *file = home->playbooks[i].name + strlen("playbooks/");
        const char *name = arena_text_n(api->arena, file, strlen(file) - strlen(".yaml"));
        if (!search_fits(api->arena, box->question.text, home->playbooks[i].text)
            && !search_fits(api->arena, box->question.text, name))
            continue;
        add_hit(box,
            &(struct hit){.kind = "playbook", .id = name, .title = name, .edits = -1, .count = -1});
        left--;
    }
}

void api__search(struct api *api)
{
    struct why why = {0};
    int64_t limit = api_int(api, "limit", EACH);
    struct box box = {.api = api,
        .question = {.practice_id = api->practice_id,
            .text = api_text(api, "q"),
            .locations = api->locations,
            .limit = limit < SEARCH_HITS_MAX ? (size_t)limit : SEARCH_HITS_MAX},
        .items = json_array(),
        .read = json_array()};
    enum err err = ERR_NONE;
    if (wants(&box, "patient", PERMISSION_PATIENTS_READ))
        err = add_people(&box, &why);
    if (err == ERR_NONE)
        err = add_said(&box, &why);
    if (err == ERR_NONE && wants(&box, "appointment", PERMISSION_PATIENTS_READ))
        err = add_visits(&box, &why);
    if (err == ERR_NONE && wants(&box, "tag", PERMISSION_PATIENTS_READ))
        err = add_tags(&box, &why);
    if (wants(&box, "playbook", PERMISSION_PLAYBOOKS_READ))
        add_playbooks(&box);
    api_reads_list(api, "search", box.read);
    api_end(api, err, &why, 200, json_pack("{s:o}", "items", box.items));
}
