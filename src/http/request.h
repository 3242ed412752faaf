/* request.h: one request and its answer, without a network in sight.               (part of http)
 *
 * What server.c read from a connection goes in, what it is to write comes out; tests and fuzzers
 * call the same function. The table of routes stands in route.c.
 *
 * Calling sequence: http_desk_open -> (http_dispatch)* -> http_desk_close. One thread per desk.
 * Ownership: request and answer live in the request's arena. */
#ifndef PERENNIAL_HTTP_REQUEST_H
#define PERENNIAL_HTTP_REQUEST_H

#include <stdatomic.h>

#include "engine/engine.h"
#include "http/form.h"
#include "http/http.h"

/* Who may use a route. Every one is checked before the handler runs. */
enum http_rule {
    HTTP_RULE_NONE,     /* no route may have this: a test looks */
    HTTP_RULE_ANYBODY,  /* tells nothing but that the program lives */
    HTTP_RULE_MACHINE,  /* from this machine itself, not through a proxy */
    HTTP_RULE_LINK,     /* the address holds a link that we signed for this purpose */
    HTTP_RULE_PROVIDER, /* the provider's signature over our address and the form */
    HTTP_RULE_MAX
};

/* What an answer looks like when something is refused. */
enum http_shape { HTTP_SHAPE_API, HTTP_SHAPE_PAGE };

struct http_request {
    struct arena *arena;
    const char *method;
    const char *target; /* as it came, percent-encoding untouched: "/p/u/x.y?z" */
    const char *content_type, *user_agent, *signature; /* NULL: not sent */
    bool same_machine;                                 /* the peer's address is loopback */
    bool forwarded; /* a proxy says that it speaks for somebody */
    const char *body;
    size_t body_len;
    struct instant now;
};

enum { HTTP_HEADERS_MAX = 8 };
struct http_header {
    const char *name, *value;
};

struct http_answer {
    int status;
    const char *content_type; /* NULL: no body */
    const char *body;
    size_t body_len;
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t header_count;
    bool wake;         /* the engine's loop has something to do */
    const char *event; /* tell the operator; NULL: nothing */
    const char *event_detail;
};

struct http_desk;
struct http_call;
typedef void http_handler_fn(struct http_desk *desk, struct http_call *call);

struct http_route {
    const char *name;    /* in metrics: "patient_preferences" */
    const char *path;    /* a last segment of "*" is one segment of any text */
    const char *methods; /* "GET HEAD", "POST" */
    enum http_rule rule;
    const char *purpose; /* HTTP_RULE_LINK: which signature */
    enum http_shape shape;
    bool needs_desk; /* false: answered without the store */
    http_handler_fn *handle;
};
extern const struct http_route http_routes[];
extern const size_t http_route_count;

/* Answers given, by route (the last index: none) and status. */
enum {
    HTTP_ROUTES_MAX = 16,
    HTTP_STATUSES_MAX = 16,
};
struct http_counts {
    _Atomic uint64_t answers[HTTP_ROUTES_MAX + 1][HTTP_STATUSES_MAX];
};
/* The statuses that are counted, in order; 0 ends. */
extern const int http_statuses[HTTP_STATUSES_MAX];

/* The home as it was read once, and an engine on it. */
struct http_reading {
    struct arena boot;
    struct home home;
    struct engine engine;
};

/* One worker's own home, store and engine. It stays where it is: the parts know each other. */
struct http_desk {
    struct env *env;
    const char *dir;
    struct arena store_boot; /* as long as the store is open */
    struct db *db;
    struct http_reading readings[2]; /* the current one, and room for the next */
    struct home *home;               /* of the current reading */
    struct engine *engine;
    struct http_counts *counts;
    struct arena metrics_arena;
    const char *metrics; /* the store's part, as counted at metrics_at; NULL: never */
    struct instant metrics_at;
};
enum err http_desk_open(struct env *env, const char *dir, int64_t cache_kib,
    struct http_counts *counts, struct http_desk *ret_desk, struct why *reterr_why) WARN_UNUSED;
/* The home again, in the same store; on failure the desk is as it was. */
enum err http_desk_reload(struct http_desk *desk, struct why *reterr_why) WARN_UNUSED;
void http_desk_close(struct http_desk *desk);

/* The route for a method and target; NULL with 404 or 405 in ret_status. ret_wild is the segment
 * that "*" stands for. */
const struct http_route *http_find_route(struct arena *request, const char *method,
    const char *target, const char **ret_wild, int *ret_status);

/* Finds the route, checks its rule, lets it answer. `desk` NULL: only routes that need none are
 * answered, for the rest ret_answer->status is 0. */
void http_dispatch(
    struct http_desk *desk, const struct http_request *request, struct http_answer *ret_answer);

/* A refusal in the shape that fits the address. For what server.c itself refuses. */
void http_refuse(const struct http_request *request, int status, struct http_answer *ret_answer);

void http_count(struct http_counts *counts, const struct http_route *route, int status);

#endif
