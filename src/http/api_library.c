/* api_library.c: new playbooks, those that are shipped, and taking one away. */
#include <string.h>

#include "api_routes.h"
#include "base/text.h"
#include "embed_playbooks.h"
#include "embed_schemas.h"
#include "http/api_file.h"
#include "http/api_playbook.h"

/* ---- what is shipped ---- */

static bool is_playbook(const struct embed_file *file)
{
    return text_ends(file->name, ".yaml") && !text_is(file->name, "definitions.yaml");
}

static const char *bare_name(struct arena *arena, const char *file)
{
    return arena_text_n(arena, file, strlen(file) - strlen(".yaml"));
}

static const char *top_text(const struct yaml *root, const char *key)
{
    const struct yaml *node = root ? yaml_get(root, key) : NULL;
    return node && node->kind == YAML_SCALAR ? node->scalar : NULL;
}

void api__list_shipped_playbooks(struct api *api)
{
    struct why why = {0};
    json_t *items = json_array();
    for (size_t i = 0; i < embed_playbooks.count; i++) {
        const struct embed_file *file = &embed_playbooks.files[i];
        struct yaml *root = NULL;
        if (!is_playbook(file))
            continue;
        if (yaml_parse(api->arena, file->name, file->bytes, file->len, &root, NULL) != ERR_NONE)
            root = NULL;
        const char *name = bare_name(api->arena, file->name), *title = top_text(root, "title");
        json_array_append_new(items,
            json_pack("{s:s, s:o, s:o, s:o, s:b}", "name", name, "title",
                json_text(title ? title : name), "purpose", json_text(top_text(root, "purpose")),
                "clock", json_text(top_text(root, "clock")), "here",
                api__playbook_file(&api->desk->home->playbooks, name) != NULL));
    }
    api_end(api, ERR_NONE, &why, 200, json_pack("{s:o}", "items", items));
}

/* ---- a new one ---- */

static bool is_name(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= PLAYBOOK_NAME_MAX && text[0] >= 'a' && text[0] <= 'z'
        && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") == len;
}

/* What another one says, the home's own before a shipped one. NULL: there is none. */
static const char *text_of(struct api *api, const char *name)
{
    const struct playbook_file *file = api__playbook_file(&api->desk->home->playbooks, name);
    if (file)
        return file->text;
    const struct embed_file *shipped =
        embed_find(&embed_playbooks, arena_format(api->arena, "%s.yaml", name));
    return shipped && is_playbook(shipped) ? shipped->bytes : NULL;
}

/* A value in double quotes, as YAML reads JSON's. */
static const char *quoted(struct arena *arena, const char *text)
{
    JSON_AUTO list = json_pack("[s]", text);
    const char *json = json_text_of(arena, list);
    return arena_text_n(arena, json + 1, strlen(json) - 2);
}

/* The text with another value in the line that begins with `key:`, put in front where it has none.
 */
static const char *with_line(
    struct arena *arena, const char *text, const char *key, const char *value)
{
    const char *line = arena_format(arena, "%s: %s", key, value);
    const char *head = arena_format(arena, "%s:", key);
    for (const char *at = text; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : NULL) {
        if (text_starts(at, head))
            return arena_format(
                arena, "%.*s%s%s", (int)(at - text), text, line, at + strcspn(at, "\n"));
    }
    return arena_format(arena, "%s\n%s", line, text);
}

static const char blank_text[] =
    "# Who is written to, in which order, and when it stops: docs/playbooks.md.\n"
    "playbook: new\n"
    "title: New\n"
    "purpose: marketing\n"
    "clock: %s(%s)\n"
    "\n"
    "entry:\n"
    "  crosses: due\n"
    "  only_if: \"not booked(any, future)\"\n"
    "  exclude: standard\n"
    "  backlog: {policy: skip}\n"
    "  re_enter: {after: 90d, never_after: [opted_out]}\n"
    "\n"
    "measure:\n"
    "  goal: {booked: %s, within: 30d}\n"
    "  holdout: 10%%\n"
    "\n"
    "touches:\n"
    "  - id: first\n"
    "    day: 0\n"
    "    send: [%s]\n"
    "    template: %s\n"
    "    offer: none\n"
    "    expect: {response: 48h}\n"
    "\n"
    "exits:\n"
    "  booked: {when: \"booked(any)\"}\n"
    "  opted_out: {when: \"opt_out(any)\", suppress: marketing}\n"
    "  no_response: {at: day 14}\n";

/* A message that anybody may get, which needs no offer. */
static const struct template *any_piece(struct api *api)
{
    size_t count;
    const struct template *const *pieces = template_pieces(api->desk->home->templates, &count);
    for (size_t i = 0; i < count; i++) {
        const struct template *piece = pieces[i];
        if (piece->usable && piece->wording == WORDING_GENERIC && !piece->uses_offer
            && piece->purpose == PURPOSE_MARKETING
            && (piece->channel == CHANNEL_SMS || piece->channel == CHANNEL_EMAIL))
            return piece;
    }
    return NULL;
}

/* The smallest playbook that this practice could run. NULL: it lacks a service or a message. */
static const char *blank(struct api *api)
{
    const struct audience_definitions *definitions = api->desk->home->definitions;
    const struct template *piece = any_piece(api);
    for (size_t i = 0; piece && i < definitions->service_count; i++) {
        const struct service_definition *service = &definitions->services[i];
        if (!span_is_zero(service->due) && !service->member)
            return arena_format(api->arena, blank_text,
                service->series_end ? "series_end" : "last_visit", service->key, service->key,
                channel_kind_name(piece->channel), piece->name);
    }
    return NULL;
}

/* The text that was asked for; NULL: refused already. */
static const char *new_text(struct api *api, const char *name)
{
    const char *from = api_text(api, "from"), *title = api_text(api, "title"),
               *text = api_text(api, "source");
    if (!text && from) {
        text = text_of(api, from);
        if (!text)
            api_wrong(api, "from", "There is no such playbook",
                "Name one of GET /playbooks or GET /shipped-playbooks");
    } else if (!text) {
        text = blank(api);
        if (!text)
            api_wrong(api, "source", "There is no service with a `due` or no message to begin with",
                "Add both, or send a source");
    }
    if (!text)
        return NULL;
    text = with_line(api->arena, text, "playbook", name);
    return title ? with_line(api->arena, text, "title", quoted(api->arena, title)) : text;
}

void api__add_playbook(struct api *api)
{
    struct why why = {0};
    struct home home;
    int errors = 0;
    enum err err = ERR_NONE;
    json_t *json = NULL;
    const char *name = api_text(api, "name");
    if (!is_name(name)) {
        api_wrong(api, "name", "This is no name of a playbook",
            "Small letters, digits, - and _, beginning with a letter, 64 at most");
        return;
    }
    if (api__playbook_file(&api->desk->home->playbooks, name)) {
        api_refuse(
            api, 409, "taken", "There is a playbook of this name already", "Choose another name");
        return;
    }
    const char *text = new_text(api, name);
    if (!text)
        return;
    const char *file = arena_format(api->arena, "playbooks/%s.yaml", name);
    err = api_file_try(api, file, text, &home, &why);
    JSON_AUTO check = err == ERR_NONE
        ? api__playbook_check_json(api, &home.playbooks, file, &errors, &why, &err)
        : NULL;
    if (err == ERR_NONE && errors > 0) {
        api__refuse_findings(api, check);
        return;
    }
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = api_file_create(api, file, text, &why);
    if (err == ERR_NONE)
        err = api__playbook_json(api, &home.playbooks, name, &json, &why);
    api_end(api, err, &why, 201, json);
}

/* ---- taking one away ---- */

/* Whether a home finds something wrong that the present one does not. */
enum err api__breaks_others(struct api *api, const struct playbook_home *home, struct why *why)
{
    struct playbook_findings before, after;
    const struct playbook *const *playbooks;
    size_t count;
    enum err err = playbook_check_all(
        api->arena, &api->desk->home->playbooks, NULL, &before, &playbooks, &count, why);
    if (err == ERR_NONE)
        err = playbook_check_all(api->arena, home, NULL, &after, &playbooks, &count, why);
    for (size_t i = 0; err == ERR_NONE && i < after.count; i++) {
        const struct playbook_finding *finding = &after.findings[i];
        bool known = !finding->is_error;
        for (size_t j = 0; j < before.count && !known; j++)
            known = text_is(before.findings[j].place, finding->place)
                && text_is(before.findings[j].rule, finding->rule);
        if (known)
            continue;
        why_place(why, "%s", finding->place);
        why_hint(why, "Change that one first");
        return why_set(why, ERR_CONFLICT, "another playbook needs it: %s", finding->message);
    }
    return err;
}

void api__drop_playbook(struct api *api)
{
    struct why why = {0};
    struct api_file current;
    struct home home;
    const struct playbook_file *file =
        api__playbook_file(&api->desk->home->playbooks, api->wild[0]);
    enum err err = file ? api_file_read(api, file->name, &current, &why) : api__no_playbook(&why);
    if (err == ERR_NONE && !api_matches(api, current.etag))
        return;
    if (err == ERR_NONE)
        err = api_file_try(api, file->name, NULL, &home, &why);
    if (err == ERR_NONE)
        err = api__breaks_others(api, &home.playbooks, &why);
    if (err == ERR_NONE)
        err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = playbook_forget(&api->tx, api->wild[0], &why);
    if (err == ERR_NONE)
        err = api_file_drop(api, file->name, &why);
    api->etag = NULL;
    api_end(api, err, &why, 204, NULL);
}

/* ---- for editors ---- */

void api__read_schema(struct api *api)
{
    struct why why = {0};
    enum err err = ERR_NONE;
    const char *text = NULL;
    if (text_is(api->wild[0], "playbook")) {
        const struct embed_file *file = embed_find(&embed_schemas, "playbook.schema.json");
        text = file ? file->bytes : NULL;
    } else if (text_is(api->wild[0], "definitions")) {
        JSON_AUTO schema = definitions_schema();
        text = json_text_of(api->arena, schema);
    }
    if (!text)
        err = why_set(&why, ERR_NOT_FOUND, "there is no such schema");
    api_end_bytes(api, err, &why, "application/schema+json", text, text ? strlen(text) : 0);
}
