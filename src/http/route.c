/* route.c: which address does what, and who may use it. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "http/http_int.h"
#include "outbox/link.h"

const struct http_route http_routes[] = {
    {"app", "/", "GET HEAD", HTTP_RULE_ANYBODY, NULL, HTTP_SHAPE_PAGE, false, http__app},
    {"app_icon", "/icon.svg", "GET HEAD", HTTP_RULE_ANYBODY, NULL, HTTP_SHAPE_PAGE, false,
        http__app_icon},
    {"app_asset", "/assets/*", "GET HEAD", HTTP_RULE_ANYBODY, NULL, HTTP_SHAPE_PAGE, false,
        http__app_asset},
    {"health", "/healthz", "GET HEAD", HTTP_RULE_ANYBODY, NULL, HTTP_SHAPE_API, false,
        http__health},
    {"ready", "/readyz", "GET HEAD", HTTP_RULE_ANYBODY, NULL, HTTP_SHAPE_API, true, http__ready},
    {"openapi", "/openapi.json", "GET HEAD", HTTP_RULE_ANYBODY, NULL, HTTP_SHAPE_API, false,
        http__openapi},
    {"metrics", "/metrics", "GET HEAD", HTTP_RULE_MACHINE, NULL, HTTP_SHAPE_API, true,
        http__metrics},
    {"api", "/api/v1/**", "GET HEAD POST PUT PATCH DELETE", HTTP_RULE_SESSION, NULL, HTTP_SHAPE_API,
        true, http__api},
    {"sign_in", "/sign-in", "GET", HTTP_RULE_ANYBODY, NULL, HTTP_SHAPE_PAGE, true, http__sign_in},
    {"sign_in_back", "/sign-in/back", "GET", HTTP_RULE_ANYBODY, NULL, HTTP_SHAPE_PAGE, true,
        http__sign_in_back},
    {"events", "/events", "GET", HTTP_RULE_SESSION, NULL, HTTP_SHAPE_API, true, http__events},
    {"sms_status", "/hooks/sms/status", "POST", HTTP_RULE_PROVIDER, NULL, HTTP_SHAPE_API, true,
        http__sms_status},
    {"sms_inbound", "/hooks/sms/inbound", "POST", HTTP_RULE_PROVIDER, NULL, HTTP_SHAPE_API, true,
        http__sms_inbound},
    {"patient_preferences", "/p/u/*", "GET HEAD POST", HTTP_RULE_LINK, "u", HTTP_SHAPE_PAGE, true,
        http__preferences},
    {"patient_book", "/p/b/*", "GET HEAD POST", HTTP_RULE_LINK, "b", HTTP_SHAPE_PAGE, true,
        http__book},
    {"patient_visit", "/p/v/*", "GET HEAD", HTTP_RULE_LINK, "v", HTTP_SHAPE_PAGE, true,
        http__visit_file},
    {"patient_open", "/p/o/*", "GET HEAD", HTTP_RULE_LINK, "o", HTTP_SHAPE_PAGE, true, http__open},
};
const size_t http_route_count = sizeof(http_routes) / sizeof(http_routes[0]);
_Static_assert(sizeof(http_routes) / sizeof(http_routes[0]) <= HTTP_ROUTES_MAX, "counters for all");

enum { PATH_BYTES_MAX = 512 }; /* our longest link has some sixty */

const int http_statuses[HTTP_STATUSES_MAX] = {200, 201, 204, 302, 303, 304, 400, 401, 403, 404, 405,
    409, 411, 412, 413, 414, 415, 422, 428, 429, 500, 502, 503, 0};

void http_count(struct http_counts *counts, const struct http_route *route, int status)
{
    size_t row = route ? (size_t)(route - http_routes) : HTTP_ROUTES_MAX;
    size_t column = 0;
    while (column < HTTP_STATUSES_MAX - 1 && http_statuses[column] != status)
        column++;
    atomic_fetch_add_explicit(&counts->answers[row][column], 1, memory_order_relaxed);
}

/* ---- answers ---- */

void http__header(struct http_answer *answer, const char *name, const char *value)
{
    assert(answer->header_count < HTTP_HEADERS_MAX);
    answer->headers[answer->header_count++] = (struct http_header){name, value};
}

static void fill(struct http_answer *answer, int status, const char *content_type, const char *body)
{
    answer->status = status;
    answer->content_type = content_type;
    answer->body = body;
    answer->body_len = body ? strlen(body) : 0;
}

void http__text(struct http_call *call, int status, const char *content_type, const char *body)
{
    fill(call->answer, status, content_type, body);
}

void http__empty(struct http_call *call, int status)
{
    fill(call->answer, status, NULL, NULL);
}

static const char *title_of(int status)
{
    switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 503: return "Service Unavailable";
    default: return "Internal Server Error";
    }
}

static void refuse_in_shape(struct arena *arena, enum http_shape shape, int status,
    const struct practice *practice, struct http_answer *answer)
{
    if (shape == HTTP_SHAPE_PAGE) {
        enum page_message message = status == 404 ? PAGE_NOT_VALID
            : status == 503                       ? PAGE_LATER
                                                  : PAGE_NOT_POSSIBLE;
        http__page_message(arena, status, message, practice ? practice->name : NULL,
            practice ? practice->phone : NULL, "en", answer);
    } else { /* RFC 9457 */
        fill(answer, status, "application/problem+json",
            arena_format(arena, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d}\n",
                title_of(status), status));
    }
}

static bool is_api(const char *target)
{
    static const char *const starts[] = {
        "/hooks/", "/api/", "/metrics", "/healthz", "/readyz", "/events", "/openapi.json"};
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (text_starts(target, starts[i]))
            return true;
    }
    return false;
}

void http_refuse(const struct http_request *request, int status, struct http_answer *ret_answer)
{
    *ret_answer = (struct http_answer){0};
    enum http_shape shape = is_api(request->target) ? HTTP_SHAPE_API : HTTP_SHAPE_PAGE;
    refuse_in_shape(request->arena, shape, status, NULL, ret_answer);
}

static void refuse(struct http_desk *desk, struct http_call *call, int status)
{
    enum http_shape shape = call->route ? call->route->shape
        : is_api(call->path)            ? HTTP_SHAPE_API
                                        : HTTP_SHAPE_PAGE;
    refuse_in_shape(
        call->request->arena, shape, status, desk ? &desk->home->practice : NULL, call->answer);
}

void http__store_trouble(struct http_call *call, const struct why *why)
{
    char text[640];
    why_format(why, text, sizeof(text));
    struct http_answer *answer = call->answer;
    *answer = (struct http_answer){
        .event = "trouble", .event_detail = arena_text(call->request->arena, text)};
    refuse_in_shape(call->request->arena, call->route->shape, 503, NULL, answer);
    http__header(answer, "Retry-After", "10");
}

/* ---- finding ---- */

/* A pattern's "*" takes one whole, non-empty segment without percent-encoding: our links have none.
 */
static bool path_fits(const char *pattern, const char *path, const char **ret_wild)
{
    size_t len = strlen(pattern);
    *ret_wild = NULL;
    if (pattern[len - 1] != '*')
        return text_is(pattern, path);
    if (len > 1 && pattern[len - 2] == '*')
        return strncmp(pattern, path, len - 2) == 0;
    const char *wild = path + len - 1;
    if (strncmp(pattern, path, len - 1) != 0 || !*wild || strpbrk(wild, "/%"))
        return false;
    *ret_wild = wild;
    return true;
}

static bool method_fits(const char *methods, const char *method)
{
    size_t len = strlen(method);
    for (const char *at = methods; len > 0 && (at = strstr(at, method)); at += len) {
        bool starts = at == methods || at[-1] == ' ';
        if (starts && (at[len] == ' ' || !at[len]))
            return true;
    }
    return false;
}

static void split_target(
    struct arena *request, const char *target, const char **ret_path, const char **ret_query)
{
    size_t len = strcspn(target, "?");
    *ret_path = arena_text_n(request, target, len);
    *ret_query = target[len] ? target + len + 1 : NULL;
}

const struct http_route *http_find_route(struct arena *request, const char *method,
    const char *target, const char **ret_wild, int *ret_status)
{
    const char *path, *query;
    split_target(request, target, &path, &query);
    *ret_status = strlen(path) > PATH_BYTES_MAX ? 414 : 404;
    for (size_t i = 0; i < http_route_count && *ret_status != 414; i++) {
        if (!path_fits(http_routes[i].path, path, ret_wild))
            continue;
        if (method_fits(http_routes[i].methods, method))
            return &http_routes[i];
        *ret_status = 405;
    }
    return NULL;
}

static const char *methods_of(const char *path)
{
    const char *wild;
    for (size_t i = 0; i < http_route_count; i++) {
        if (path_fits(http_routes[i].path, path, &wild))
            return http_routes[i].methods;
    }
    return "";
}

/* "GET HEAD" as an Allow header has it. */
static const char *allow_of(struct arena *request, const char *methods)
{
    struct buf buf;
    buf_init(&buf, request);
    for (; *methods; methods++)
        buf_add(&buf, *methods == ' ' ? ", " : (char[]){*methods, '\0'});
    return buf.data;
}

/* ---- the rule ---- */

/* 0, or the status of the refusal. */
static int check_rule(struct http_desk *desk, struct http_call *call)
{
    const struct http_request *request = call->request;
    switch (call->route->rule) {
    case HTTP_RULE_ANYBODY:
    case HTTP_RULE_SESSION: return 0; /* asked by http__api, for the operation's permission */
    case HTTP_RULE_MACHINE: return request->same_machine && !request->forwarded ? 0 : 403;
    case HTTP_RULE_LINK:
        assert(desk && call->wild && call->route->purpose);
        return link_verify(request->arena, &desk->home->link_key, call->route->purpose, call->wild,
                   request->now.ms / MS_PER_SECOND, &call->link_object)
            ? 0
            : 404;
    case HTTP_RULE_PROVIDER: {
        enum err err = form_parse(request->arena, request->content_type, request->body,
            request->body_len, &call->form, NULL);
        if (err != ERR_NONE)
            return err == ERR_NOT_FOUND ? 415 : 400;
        return http__provider_signed(desk, call) ? 0 : 403;
    }
    case HTTP_RULE_NONE:
    case HTTP_RULE_MAX: break;
    }
    assert(!"a route without a rule");
    return 403;
}

void http_dispatch(
    struct http_desk *desk, const struct http_request *request, struct http_answer *ret_answer)
{
    *ret_answer = (struct http_answer){0};
    struct http_call call = {.request = request, .answer = ret_answer};
    int status = 0;
    split_target(request->arena, request->target, &call.path, &call.query);
    call.route =
        http_find_route(request->arena, request->method, request->target, &call.wild, &status);
    if (!call.route) {
        refuse(desk, &call, status);
        if (status == 405)
            http__header(ret_answer, "Allow", allow_of(request->arena, methods_of(call.path)));
        return;
    }
    if (!desk && call.route->needs_desk)
        return;
    status = check_rule(desk, &call);
    if (status)
        refuse(desk, &call, status);
    else
        call.route->handle(desk, &call);
    assert(ret_answer->status);
}
