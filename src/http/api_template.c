/* api_template.c: what messages say: pieces, their texts, how they would read. */
#include <string.h>

#include "api_routes.h"
#include "base/text.h"
#include "http/api_file.h"
#include "http/api_playbook.h"
#include "http/api_template.h"

static const struct template_set *templates(const struct api *api)
{
    return api->desk->home->templates;
}

/* "name/piece" of the address, when there is such a piece: no other file is ever opened. */
static const struct template *find_piece(struct api *api, const char **ret_path)
{
    size_t count;
    const struct template *const *pieces = template_pieces(templates(api), &count);
    const char *file = arena_format(api->arena, "%s/%s", api->wild[0], api->wild[1]);
    for (size_t i = 0; i < count; i++) {
        if (text_is(pieces[i]->file, file)) {
            *ret_path = arena_format(api->arena, "templates/%s", file);
            return pieces[i];
        }
    }
    return NULL;
}

const struct template *api__find_piece(struct api *api)
{
    const char *path = NULL;
    return find_piece(api, &path);
}

enum err api__no_piece(struct why *why)
{
    return why_set(why, ERR_NOT_FOUND, "there is no such template");
}

void api__list_templates(struct api *api)
{
    struct why why = {0};
    size_t count;
    const struct template *const *pieces = template_pieces(templates(api), &count);
    const struct template_problems *problems = template_problems_of(templates(api));
    json_t *items = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct template *piece = pieces[i];
        int errors = 0, warnings = 0;
        for (size_t j = 0; j < problems->count; j++) {
            bool about = text_is(problems->list[j].file, piece->file);
            errors += about && problems->list[j].error;
            warnings += about && !problems->list[j].error;
        }
        json_array_append_new(items,
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:b, s:b, s:o, s:i, s:i}", "file",
                piece->file, "name", piece->name, "channel", channel_kind_name(piece->channel),
                "wording", wording_name(piece->wording), "language", piece->language, "purpose",
                purpose_name(piece->purpose), "phi_level", piece->phi_level, "names_treatment",
                piece->names_treatment, "usable", piece->usable, "segments",
                piece->channel == CHANNEL_SMS ? json_integer(piece->worst.segments) : json_null(),
                "errors", errors, "warnings", warnings));
    }
    api_end(api, ERR_NONE, &why, 200, json_pack("{s:o}", "items", items));
}

static json_t *describe(struct api *api, const char *file, const char *text)
{
    const struct template_options options = {.practice = api->practice};
    return template_describe_json(api->arena, file, text, strlen(text), &options);
}

static json_t *template_json(struct api *api, const char *file, const char *text)
{
    return json_pack("{s:s, s:o, s:s, s:o}", "file", file, "source", json_text(text), "etag",
        api->etag, "describes", describe(api, file, text));
}

void api__read_template(struct api *api)
{
    struct why why = {0};
    struct api_file file;
    const char *path = NULL;
    const struct template *piece = find_piece(api, &path);
    enum err err = piece ? api_file_read(api, path, &file, &why) : api__no_piece(&why);
    api_end(
        api, err, &why, 200, err == ERR_NONE ? template_json(api, piece->file, file.text) : NULL);
}

static bool has_errors(struct api *api, const json_t *describes)
{
    size_t i = 0;
    json_t *problem = NULL, *errors = json_array();
    json_array_foreach(json_object_get(describes, "problems"), i, problem)
    {
        if (!text_is(json_string_value(json_object_get(problem, "severity")), "error"))
            continue;
        json_array_append_new(errors,
            json_pack("{s:s, s:o, s:o}", "field", "source", "detail",
                json_text(arena_format(api->arena, "Line %lld: %s",
                    (long long)json_integer_value(json_object_get(problem, "line")),
                    json_string_value(json_object_get(problem, "message")))),
                "remedy", json_incref(json_object_get(problem, "hint"))));
    }
    bool any = json_array_size(errors) > 0;
    if (any)
        api__refuse_fields(api, errors);
    else
        json_decref(errors);
    return any;
}

void api__write_template(struct api *api)
{
    struct why why = {0};
    struct api_file file;
    struct home home;
    const char *path = NULL, *text = api_text(api, "source");
    const struct template *piece = find_piece(api, &path);
    enum err err = piece ? api_file_read(api, path, &file, &why) : api__no_piece(&why);
    if (err == ERR_NONE && !api_matches(api, file.etag))
        return;
    if (err == ERR_NONE) {
        JSON_AUTO described = describe(api, piece->file, text);
        if (has_errors(api, described))
            return;
        err = api_file_try(api, path, text, &home, &why);
    }
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = api_file_save(api, path, text, &why);
    api_end(api, err, &why, 200, err == ERR_NONE ? template_json(api, piece->file, text) : NULL);
}

/* ---- a new piece, and taking one away ---- */

static bool is_piece_name(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= 64 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static bool is_piece_language(const char *text)
{
    size_t len = strlen(text), letters = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    return (len == 2 && letters == 2)
        || (len == 5 && letters == 2 && text[2] == '-'
            && strspn(text + 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2);
}

void api__add_template(struct api *api)
{
    struct why why = {0};
    struct home home;
    const char *name = api_text(api, "name"), *language = api_text(api, "language"),
               *text = api_text(api, "source");
    if (!is_piece_name(name)) {
        api_wrong(api, "name", "This is no name of a template",
            "Small letters, digits and -, 64 at most");
        return;
    }
    if (!is_piece_language(language)) {
        api_wrong(api, "language", "This is no language", "Two letters: en, es, or es-MX");
        return;
    }
    const char *file = arena_format(api->arena, "%s/%s.%s.%s.liquid", name,
        api_text(api, "wording"), language, api_text(api, "channel"));
    const char *path = arena_format(api->arena, "templates/%s", file);
    JSON_AUTO described = describe(api, file, text);
    if (has_errors(api, described))
        return;
    enum err err = api_file_try(api, path, text, &home, &why);
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = api_file_create(api, path, text, &why);
    api_end(api, err, &why, 201, err == ERR_NONE ? template_json(api, file, text) : NULL);
}

void api__drop_template(struct api *api)
{
    struct why why = {0};
    struct api_file file;
    struct home home;
    const char *path = NULL;
    const struct template *piece = find_piece(api, &path);
    enum err err = piece ? api_file_read(api, path, &file, &why) : api__no_piece(&why);
    if (err == ERR_NONE && !api_matches(api, file.etag))
        return;
    if (err == ERR_NONE)
        err = api_file_try(api, path, NULL, &home, &why);
    if (err == ERR_NONE
        && template_problems_of(home.templates)->errors
            > template_problems_of(templates(api))->errors) {
        why_hint(&why, "Take that one away first");
        err = why_set(&why, ERR_CONFLICT, "another piece of this template needs it");
    }
    if (err == ERR_NONE)
        err = api__breaks_others(api, &home.playbooks, &why);
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = api_file_drop(api, path, &why);
    api->etag = NULL;
    api_end(api, err, &why, 204, NULL);
}

/* ---- how it would read ---- */

static json_t *rendered_json(const struct template *piece, const struct rendered *rendered)
{
    bool text = piece->channel == CHANNEL_SMS;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "subject", json_text(rendered->subject),
        "preheader", json_text(rendered->preheader), "text", json_text(rendered->text), "html",
        json_text(rendered->html), "segments",
        text ? json_integer(rendered->sms.segments) : json_null(), "encoding",
        text ? json_text(sms_encoding_name(&rendered->sms)) : json_null(), "missing",
        json_text(rendered->missing));
}

struct template_facts api__example_facts(struct api *api, bool worst)
{
    struct template_facts facts =
        template_facts_of(api->practice, NULL, zone_day(api->practice->zone, api->now));
    facts.first_name = worst ? "Maximiliana-Konstantina" : "Ana";
    facts.last_name = worst ? "Featherstonehaugh-Wolfeschlegelstein" : "Ruiz";
    facts.provider = worst ? "Dr. Bartholomew Featherstonehaugh" : "Dr. Chen";
    facts.location = worst ? "North Lamar Boulevard and 45th Street" : "Downtown";
    facts.last_visit = (struct day){facts.today.n - 110};
    facts.visits = worst ? 1204 : 4;
    facts.service_label = "visit";
    facts.service_name = worst ? "Laser photorejuvenation (full face)" : "Botox";
    facts.last_service = facts.service_name;
    facts.points = worst ? 1234567 : 420;
    facts.points_expire = (struct day){facts.today.n + 60};
    facts.membership_plan = worst ? "Platinum Renewal Membership" : "Glow";
    facts.offer_text = "a complimentary add-on";
    facts.open_slots = "1) Wed Sep 23, 10:30 am; 2) Thu Sep 24, 11:30 am; 3) Wed Sep 30, 12:30 pm";
    facts.booked_time = "Wed Sep 30, 10:30 am with Dr. Chen";
    facts.held_time = "Wed Sep 30, 12:30 pm";
    facts.held_until = "Wed 12:30 pm";
    facts.offer_until = (struct day){facts.today.n + 7};
    const char *base = api->practice->public_url ? api->practice->public_url : "https://p.example";
    facts.book_url = arena_format(api->arena, "%s/p/b/abcdefghijkl.0123456789abcdefghijkl", base);
    facts.unsubscribe_url =
        arena_format(api->arena, "%s/p/u/abcdefghijkl.0123456789abcdefghijkl", base);
    facts.preferences_url = facts.unsubscribe_url;
    facts.caller_name = api->signed_in ? api->session.account.name : "Robin";
    return facts;
}

static enum err patient_facts(
    struct api *api, const char *patient_id, struct template_facts *facts, struct why *why)
{
    struct patient *patients = NULL;
    size_t count = 0;
    struct template_facts examples = *facts;
    enum err err = api_patient(api, patient_id, why);
    if (err == ERR_NONE)
        err = record_read_patients(
            api->arena, api->db, api->practice_id, &patient_id, 1, &patients, &count, why);
    if (err != ERR_NONE || count == 0)
        return err;
    *facts = template_facts_of(api->practice, &patients[0], examples.today);
    facts->book_url = examples.book_url;
    facts->unsubscribe_url = examples.unsubscribe_url;
    facts->preferences_url = examples.preferences_url;
    facts->service_label = examples.service_label;
    facts->caller_name = examples.caller_name;
    api_reads(api, "patient.read", patient_id, "preview");
    return ERR_NONE;
}

static json_t *render(struct api *api, const struct template_set *set, const struct template *piece,
    const struct template_facts *facts)
{
    struct rendered rendered;
    const struct template_rendering how = {.stop_disclosed = false};
    return template_render(api->arena, set, piece, facts, &how, &rendered, NULL) == ERR_NONE
        ? rendered_json(piece, &rendered)
        : json_null();
}

enum err api__parse_with(struct api *api, const struct template *piece, const char *text,
    struct template_set **ret_set, struct why *why)
{
    const struct template_options options = {.practice = api->practice};
    const struct template_file *files = NULL;
    size_t count = 0;
    enum err err =
        template_files_of(api->arena, templates(api), &piece->name, 1, &files, &count, why);
    if (err != ERR_NONE)
        return err;
    struct template_file *edited = ARENA_NEW(api->arena, struct template_file, count + 1);
    for (size_t i = 0; i < count; i++) {
        edited[i] = files[i];
        if (text_is(files[i].name, piece->file))
            edited[i] = (struct template_file){piece->file, text, strlen(text)};
    }
    return template_set_parse(api->arena, edited, count, &options, ret_set, why);
}

void api__preview_template(struct api *api)
{
    struct why why = {0};
    const char *path = NULL, *text = api_text(api, "source"),
               *patient_id = api_text(api, "patient_id");
    const struct template *piece = find_piece(api, &path), *fresh = NULL;
    struct template_set *set = NULL;
    if (patient_id && !api_may(api, PERMISSION_PATIENTS_READ)) {
        api_refuse(api, 403, "permission", "A patient's preview wants patients.read",
            "Leave patient_id out");
        return;
    }
    enum err err = piece ? ERR_NONE : api__no_piece(&why);
    if (err == ERR_NONE) {
        err = api__parse_with(api, piece, text, &set, &why);
    }
    if (err == ERR_NONE)
        fresh = template_pick(
            set, piece->name, piece->channel, piece->wording == WORDING_SPECIFIC, piece->language);
    struct template_facts example = api__example_facts(api, false),
                          worst = api__example_facts(api, true);
    struct template_facts person = example;
    if (err == ERR_NONE && patient_id)
        err = patient_facts(api, patient_id, &person, &why);
    bool reads = err == ERR_NONE && fresh && fresh->usable;
    json_t *json = err == ERR_NONE
        ? json_pack("{s:o, s:o, s:o, s:o}", "describes", describe(api, piece->file, text),
            "example", reads ? render(api, set, fresh, &example) : json_null(), "worst",
            reads ? render(api, set, fresh, &worst) : json_null(), "patient",
            reads && patient_id ? render(api, set, fresh, &person) : json_null())
        : NULL;
    api_end(api, err, &why, 200, json);
}
