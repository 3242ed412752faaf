/* api.c: a call of the API from its address to its answer. */
#include "http/api.h"

#include <assert.h>
#include <string.h>

#include "account/account.h"
#include "audit/audit.h"
#include "base/hash.h"
#include "base/text.h"
#include "engine/home.h"
#include "http_sql.h"

enum {
    PAGE_MAX = 200,
    CURSOR_BYTES_MAX = 400,
    KEY_BYTES_MAX = 100,
    KEPT_MS = 24 * 3600 * 1000,
    LONG_IMPORT_MS = 3000,
};

/* ---- finding ---- */

static char *decoded(struct arena *arena, const char *part, size_t len)
{
    char *out = arena_alloc(arena, len + 1);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte;
        if (part[i] == '%' && i + 2 < len + 0
            && hash_hex_decode(arena_text_n(arena, part + i + 1, 2), &byte, 1)) {
            out[used++] = (char)byte;
            i += 2;
        } else {
            out[used++] = part[i];
        }
    }
    out[used] = '\0';
    return strlen(out) == used && utf8_valid_n(out, used) ? out : NULL;
}

/* "*" takes one whole, non-empty part of the address. */
static bool path_fits(struct api *api, const char *pattern, const char *path)
{
    size_t wild = 0;
    while (*pattern && *path) {
        if (*pattern != '*') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        size_t len = strcspn(path, "/");
        if (len == 0 || wild == API_WILD_MAX)
            return false;
        api->wild[wild] = decoded(api->arena, path, len);
        if (!api->wild[wild++])
            return false;
        path += len;
        pattern++;
    }
    return !*pattern && !*path;
}

static const struct api_route *find_route(struct api *api, const char **ret_allow)
{
    const char *allow = NULL;
    const char *method = api->request->method;
    if (text_is(method, "HEAD"))
        method = "GET";
    /* A path that is spelled out is found before one that varies. */
    for (int varies = 0; varies < 2; varies++) {
        for (size_t i = 0; i < api_route_count; i++) {
            const struct api_route *route = &api_routes[i];
            if ((strchr(route->path, '*') != NULL) != varies
                || !path_fits(api, route->path, api->call->path))
                continue;
            if (text_is(route->method, method))
                return route;
            allow =
                allow ? arena_format(api->arena, "%s, %s", allow, route->method) : route->method;
        }
        if (allow && !varies)
            break;
    }
    *ret_allow = allow;
    return NULL;
}

/* ---- what came in ---- */

static json_t *value_of(const struct api *api, const char *name)
{
    json_t *value = json_object_get(api->body, name);
    return value ? value : json_object_get(api->query, name);
}

const char *api_text(const struct api *api, const char *name)
{
    return json_string_value(value_of(api, name));
}

int64_t api_int(const struct api *api, const char *name, int64_t otherwise)
{
    const json_t *value = value_of(api, name);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool api_bool(const struct api *api, const char *name)
{
    return json_is_true(value_of(api, name));
}

struct instant api_time(const struct api *api, const char *name)
{
    struct instant instant = {0};
    const char *text = api_text(api, name);
    if (text && instant_parse(text, &instant, NULL) != ERR_NONE)
        return (struct instant){0};
    return instant;
}

struct day api_day(const struct api *api, const char *name)
{
    struct day day = {DAY_NONE};
    const char *text = api_text(api, name);
    if (text && day_parse(text, &day, NULL) != ERR_NONE)
        return (struct day){DAY_NONE};
    return day;
}

size_t api_limit(const struct api *api)
{
    int64_t limit = api_int(api, "limit", API_PAGE);
    return limit < PAGE_MAX ? (size_t)limit : PAGE_MAX;
}

bool api_may(const struct api *api, enum permission permission)
{
    return api->may >> permission & 1;
}

struct account_ask api_ask(const struct api *api)
{
    return (struct account_ask){
        .address = api->request->peer ? api->request->peer : "unknown",
        .agent = api->request->user_agent ? api->request->user_agent : "",
    };
}

struct account_secret api_secret(const struct api *api)
{
    struct account_secret secret;
    const struct env_entropy *entropy = &api->desk->env->entropy;
    entropy->fill(entropy->self, secret.bytes, sizeof(secret.bytes));
    return secret;
}

struct account_vault api_vault(const struct api *api)
{
    return account_vault_of(api->desk->home->link_key.bytes);
}

/* ---- pages ---- */

bool api_cursor(struct api *api, const char *ret_parts[], size_t count)
{
    const char *text = api_text(api, "cursor");
    for (size_t i = 0; i < count; i++)
        ret_parts[i] = NULL;
    if (!text)
        return true;
    unsigned char *bytes = NULL;
    size_t len = 0;
    JSON_AUTO list = NULL;
    bool fine = strlen(text) <= CURSOR_BYTES_MAX
        && hash_base64_decode(api->arena, text, &bytes, &len)
        && json_parse((const char *)bytes, len, &list, NULL) == ERR_NONE
        && json_array_size(list) == count;
    for (size_t i = 0; i < count && fine; i++) {
        const char *part = json_string_value(json_array_get(list, i));
        ret_parts[i] = arena_text(api->arena, part);
        fine = part != NULL;
    }
    if (!fine)
        api_wrong(api, "cursor", "This is no cursor of this list", "Begin without one");
    return fine;
}

char *api_next(struct api *api, const char *const parts[], size_t count)
{
    JSON_AUTO list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(parts[i] ? parts[i] : ""));
    const char *text = json_text_of(api->arena, list);
    return hash_base64url(api->arena, text, strlen(text));
}

/* ---- working ---- */

/* A long import has the store to itself for longer than a writer waits: who would wait in vain
 * keeps no worker from those who only read. */
static bool is_taken(struct api *api)
{
    struct http_importing *importing = &api->desk->counts->importing;
    const struct env_clock *clock = &api->desk->env->clock;
    if (api->imports || db_is_postgres(api->db))
        return false;
    pthread_mutex_lock(&importing->lock);
    bool taken =
        importing->running && clock->now(clock->self).ms - importing->began.ms > LONG_IMPORT_MS;
    pthread_mutex_unlock(&importing->lock);
    return taken;
}

enum err api_begin(struct api *api, struct why *reterr_why)
{
    if (api->tx.open)
        return ERR_NONE;
    if (is_taken(api))
        return why_set(reterr_why, ERR_BUSY, "an import is under way");
    return db_begin(api->db, api->now, api->actor, api->practice_id, &api->desk->engine->ids,
        &api->tx, reterr_why);
}

static struct audit_entry *new_read(struct api *api)
{
    if (api->read_count == api->read_capacity) {
        size_t bigger = api->read_capacity ? api->read_capacity * 2 : 4;
        api->reads = arena_grow(api->arena, api->reads, api->read_capacity * sizeof(*api->reads),
            bigger * sizeof(*api->reads));
        api->read_capacity = bigger;
    }
    return &api->reads[api->read_count++];
}

void api_reads(struct api *api, const char *action, const char *patient_id, const char *subject_id)
{
    *new_read(api) = (struct audit_entry){
        .action = action,
        .patient_id = arena_text(api->arena, patient_id),
        .subject_id = arena_text(api->arena, subject_id),
    };
}

void api_reads_list(struct api *api, const char *what, json_t *ids)
{
    if (json_array_size(ids) > 0)
        *new_read(api) = (struct audit_entry){
            .action = "patient.listed",
            .subject_id = what,
            .detail = json_pack("{s:o}", "patients", ids),
        };
    else
        json_decref(ids);
}

static void drop_reads(struct api *api)
{
    for (size_t i = 0; i < api->read_count; i++)
        json_decref((json_t *)(uintptr_t)api->reads[i].detail);
    api->read_count = 0;
}

enum err api_patient(struct api *api, const char *patient_id, struct why *reterr_why)
{
    int64_t found = 0;
    enum err err = db_query_int(api->db, &sql_http_patient_seen,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("patient_id", patient_id),
            db_text("locations", api->locations)),
        &found, NULL);
    if (err == ERR_NOT_FOUND)
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no such patient");
    return err == ERR_NONE ? ERR_NONE : why_set(reterr_why, err, "the patient cannot be read");
}

/* ---- the answer that is kept ---- */

static const char *request_hash(struct api *api)
{
    const struct http_request *request = api->request;
    const char *line = arena_format(api->arena, "%s %s\n", request->method, request->target);
    struct buf buf;
    buf_init(&buf, api->arena);
    buf_add(&buf, line);
    buf_add_n(&buf, request->body, request->body_len);
    struct sha256 hash = hash_sha256(buf.data, buf.len);
    return hash_hex(api->arena, hash.bytes, sizeof(hash.bytes));
}

static bool keeps_answers(const struct api *api)
{
    return api->request->idempotency_key && !text_is(api->request->method, "GET")
        && (api->signed_in || api->by_key);
}

/* True: the first answer was given again, or the key was refused. */
static bool answered_before(struct api *api)
{
    if (!keeps_answers(api))
        return false;
    const char *key = api->request->idempotency_key;
    if (!*key || strlen(key) > KEY_BYTES_MAX) {
        api_refuse(api, 400, "idempotency_key", "The Idempotency-Key is empty or too long",
            "Send a random text of 100 characters at most");
        return true;
    }
    struct why why = {0};
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(api->db, &sql_http_answer_read,
        DB_ARGS(db_int("practice_id", api->practice_id), db_text("actor", api->actor),
            db_text("request_key", key), db_int("since_ms", api->now.ms - KEPT_MS)),
        &rows, &why);
    if (err != ERR_NONE) {
        api_end(api, err, &why, 0, NULL);
        return true;
    }
    if (!db_next(rows))
        return false;
    if (!text_is(db_col_text(rows, 0), request_hash(api))) {
        api_refuse(api, 422, "idempotency_key", "This Idempotency-Key was used for another request",
            "Take a new one for each request");
        return true;
    }
    const char *body = db_col_copy(api->arena, rows, 2);
    if (*body)
        http__text(api->call, (int)db_col_int(rows, 1), "application/json", body);
    else
        http__empty(api->call, (int)db_col_int(rows, 1));
    http__header(api->call->answer, "Idempotent-Replayed", "true");
    return true;
}

static enum err keep_answer(struct api *api, int status, const char *body, struct why *why)
{
    if (!keeps_answers(api))
        return ERR_NONE;
    const struct db_arg practice = db_int("practice_id", api->practice_id);
    enum err err = db_exec(&api->tx, &sql_http_answer_drop,
        DB_ARGS(practice, db_int("since_ms", api->now.ms - KEPT_MS)), NULL, why);
    if (err == ERR_NONE)
        err = db_exec(&api->tx, &sql_http_answer_keep,
            DB_ARGS(practice, db_text("actor", api->actor),
                db_text("request_key", api->request->idempotency_key),
                db_text("request_hash", request_hash(api)), db_int("status", status),
                db_text("body", body ? body : ""), db_int("at_ms", api->now.ms)),
            NULL, why);
    return err;
}

/* ---- answering ---- */

struct refusal {
    int status;
    const char *code, *title;
};

static struct refusal refusal_of(enum err err)
{
    switch (err) {
    case ERR_INPUT: return (struct refusal){422, "wrong_field", "A field is wrong"};
    case ERR_NOT_FOUND: return (struct refusal){404, "not_found", "There is no such thing"};
    case ERR_CONFLICT: return (struct refusal){409, "conflict", "This cannot be done now"};
    case ERR_DENIED: return (struct refusal){403, "denied", "This is not yours to do"};
    case ERR_LIMIT: return (struct refusal){429, "too_many", "Too much at once"};
    case ERR_PROVIDER: return (struct refusal){502, "provider", "A provider refused"};
    case ERR_BUSY: return (struct refusal){503, "busy", "The store is busy"};
    case ERR_NONE:
    case ERR_IO:
    case ERR_MAX: break;
    }
    return (struct refusal){503, "trouble", "The store is away"};
}

static void problem(struct api *api, int status, const char *code, const char *title,
    const char *detail, const char *remedy, json_t *errors)
{
    JSON_AUTO json = json_pack("{s:s, s:o, s:i, s:s}", "type", "about:blank", "title",
        json_text(title), "status", status, "code", code);
    if (detail && *detail)
        json_object_set_new(json, "detail", json_text(detail));
    if (remedy && *remedy)
        json_object_set_new(json, "remedy", json_text(remedy));
    if (errors)
        json_object_set_new(json, "errors", errors);
    http__text(api->call, status, "application/problem+json", json_text_of(api->arena, json));
}

void api_refuse(
    struct api *api, int status, const char *code, const char *detail, const char *remedy)
{
    api_refuse_why(api, status, code, detail, NULL, remedy);
}

void api_refuse_why(struct api *api, int status, const char *code, const char *title,
    const char *detail, const char *remedy)
{
    db_rollback(&api->tx);
    drop_reads(api);
    problem(api, status, code, title, detail, remedy, NULL);
}

void api__refuse_fields(struct api *api, json_t *errors)
{
    db_rollback(&api->tx);
    drop_reads(api);
    problem(api, 422, "wrong_field", "A field is wrong", NULL, NULL, errors);
}

void api_wrong(struct api *api, const char *field, const char *detail, const char *remedy)
{
    api__refuse_fields(api,
        json_pack("[{s:o, s:o, s:o}]", "field", json_text(field), "detail", json_text(detail),
            "remedy", json_text(remedy)));
}

static void fail(struct api *api, enum err err, const struct why *why)
{
    struct refusal refusal = refusal_of(err);
    struct arena *arena = api->arena;
    db_rollback(&api->tx);
    drop_reads(api);
    const char *message = why->message[0] ? why->message : refusal.title;
    bool ours = refusal.status < 500;
    char *sentence = arena_text(arena, ours ? message : refusal.title);
    if (sentence[0] >= 'a' && sentence[0] <= 'z')
        sentence[0] = (char)(sentence[0] - 'a' + 'A');
    const char *place = ours ? why->place : "";
    problem(api, refusal.status, refusal.code, sentence, arena_text(arena, place),
        ours ? arena_text(arena, why->hint) : "Try again in a moment", NULL);
    if (refusal.status == 503 || refusal.status == 429)
        http__header(api->call->answer, "Retry-After", refusal.status == 503 ? "2" : "30");
    if (refusal.status >= 500) {
        char text[640];
        why_format(why, text, sizeof(text));
        api->call->answer->event = "trouble";
        api->call->answer->event_detail = arena_text(arena, text);
    }
}

/* Reads are written down and a session's use is noted in the transaction that is open, or one of
 * their own. */
static enum err close_work(struct api *api, struct why *why)
{
    bool touches = api->signed_in && !api->request->background
        && account_session_stale(&api->session, api->now);
    bool touches_key = api->by_key && api->now.ms - api->key.used.ms > MS_PER_HOUR;
    bool only_use = api->read_count == 0 && !api->tx.open;
    enum err err = ERR_NONE;
    if (api->read_count > 0 || touches || touches_key)
        err = api_begin(api, why);
    if (err == ERR_BUSY && only_use)
        return ERR_NONE; /* noted with the next request: what was asked for is not kept back */
    if (err == ERR_NONE && api->read_count > 0)
        err = audit_write_many(&api->tx, api->reads, api->read_count, why);
    if (err == ERR_NONE && touches)
        err = account_touch_session(&api->tx, &api->session, why);
    if (err == ERR_NONE && touches_key)
        err = account_touch_key(&api->tx, api->key.key_id, why);
    return err;
}

static enum err finish(struct api *api, enum err err, int status, const char *body, struct why *why)
{
    bool writes = api->tx.open;
    if (err == ERR_NONE)
        err = close_work(api, why);
    if (err == ERR_NONE && writes)
        err = keep_answer(api, status, body, why);
    if (err == ERR_NONE && api->tx.open)
        err = db_commit(&api->tx, why);
    return err;
}

void api_end(struct api *api, enum err err, const struct why *why, int status, json_t *json)
{
    JSON_AUTO taken = json;
    struct why own = *why;
    const char *body = taken ? json_text_of(api->arena, taken) : NULL;
    err = finish(api, err, status, body, &own);
    if (err != ERR_NONE) {
        fail(api, err, &own);
        return;
    }
    drop_reads(api);
    if (body)
        http__text(api->call, status, "application/json", body);
    else
        http__empty(api->call, status);
    if (api->etag)
        http__header(api->call->answer, "ETag", arena_format(api->arena, "\"%s\"", api->etag));
}

void api_end_bytes(struct api *api, enum err err, const struct why *why, const char *content_type,
    const char *bytes, size_t len)
{
    struct why own = *why;
    err = finish(api, err, 200, NULL, &own);
    if (err != ERR_NONE) {
        fail(api, err, &own);
        return;
    }
    drop_reads(api);
    http__text(api->call, 200, content_type, bytes);
    api->call->answer->body_len = len;
}

bool api_matches(struct api *api, const char *etag)
{
    const char *sent = api->request->if_match;
    if (text_is(sent, arena_format(api->arena, "\"%s\"", etag)) || text_is(sent, "*"))
        return true;
    api_refuse(api, 412, "stale", "Somebody else has changed it meanwhile",
        "Read it again and make your change to what stands now");
    return false;
}

char *api_hash(struct api *api, const char *text)
{
    struct sha256 hash = hash_sha256(text, strlen(text));
    return hash_hex(api->arena, hash.bytes, 8);
}

/* ---- one call ---- */

bool api__let_in(struct api *api)
{
    if (!api__authenticate(api))
        return false;
    if (!api_may(api, api->route->may)) {
        api__refuse_permission(api);
        return false;
    }
    /* An emergency opens what there is to read, not what concerns everybody. */
    if (api->route->all_locations && api->signed_in && api->session.account.locations) {
        api_refuse(api, 403, "locations",
            "This concerns all locations, and your account is limited to some",
            "Ask somebody who works for all of them");
        return false;
    }
    bool known = api->signed_in || api->by_key;
    const char *who = known ? api->actor : api_ask(api).address;
    /* By the machine's clock: the home's own stands still where `tick` has brought it ahead. */
    const struct env_clock *clock = &api->desk->env->clock;
    if (!http__take_turn(&api->desk->counts->limits, who, clock->now(clock->self), known)) {
        api_refuse(api, 429, "rate", "Too many requests at once", "Wait a second");
        http__header(api->call->answer, "Retry-After", "1");
        return false;
    }
    if (api->route->match && !api->request->if_match) {
        api_refuse(api, 428, "if_match", "If-Match is missing", "Send the ETag that you read");
        return false;
    }
    return api__check_query(api) && api__check_body(api) && !answered_before(api);
}

struct api api_of(struct http_desk *desk, struct http_call *call)
{
    return (struct api){
        .desk = desk,
        .call = call,
        .request = call->request,
        .arena = call->request->arena,
        .db = desk->db,
        .practice = &desk->home->practice,
        .now = call->request->now,
        .practice_id = desk->home->practice.practice_id,
        .actor = "http",
    };
}

void http__api(struct http_desk *desk, struct http_call *call)
{
    struct api api = api_of(desk, call);
    const char *allow = NULL;
    api.route = find_route(&api, &allow);
    if (!api.route) {
        api_refuse(&api, allow ? 405 : 404, allow ? "method" : "not_found",
            allow ? "This address does not take that method" : "There is no such address",
            "See /openapi.json");
        if (allow)
            http__header(call->answer, "Allow", allow);
        return;
    }
    if (api__let_in(&api))
        api.route->handle(&api);
    assert(!api.tx.open);
    json_decref(api.query);
    json_decref(api.body);
}
