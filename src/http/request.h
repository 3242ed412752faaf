/* request.h: one request and its answer, without a network in sight.               (part of http)
 *
 * What server.c read from a connection goes in, what it is to write comes out; tests and fuzzers
 * call the same function. The table of routes stands in route.c.
 *
 * Calling sequence: http_desk_open -> (http_dispatch)* -> http_desk_close. One thread per desk.
 * Ownership: request and answer live in the request's arena. */
#ifndef PERENNIAL_HTTP_REQUEST_H
#define PERENNIAL_HTTP_REQUEST_H

#include <pthread.h>
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
    HTTP_RULE_SESSION,  /* a session or a key, and a permission: api.yaml has one for each */
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
    /* The API's; NULL: not sent. */
    const char *cookie, *authorization, *host, *origin, *fetch_site;
    const char *if_match, *if_none_match, *idempotency_key, *last_event_id;
    const char *peer;  /* who asks: the address, or what a proxy on this machine says it is */
    bool takes_gzip;   /* a packed answer can be read */
    bool own_header;   /* X-Perennial: only our own pages can send it */
    bool background;   /* X-Perennial-Background: nobody is using it, the session grows older */
    bool secure;       /* over TLS, as far as a proxy on this machine says */
    bool same_machine; /* the peer's address is loopback */
    bool forwarded;    /* a proxy says that it speaks for somebody */
    const char *body;
    size_t body_len;
    struct instant now;
};

enum { HTTP_HEADERS_MAX = 12 };
struct http_header {
    const char *name, *value;
};

struct http_answer {
    int status;
    const char *content_type;  /* NULL: no body */
    const char *cache_control; /* NULL: nobody may keep it */
    const char *body;
    size_t body_len;
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t header_count;
    bool reload;       /* a file of the home was changed: everybody reads it again */
    bool wake;         /* the engine's loop has something to do */
    bool post;         /* so have webhooks */
    const char *event; /* tell the operator; NULL: nothing */
    const char *event_detail;
    struct stream *stream; /* the body goes on: changes as they happen; NULL: it does not */
};

struct http_desk;
struct http_call;
typedef void http_handler_fn(struct http_desk *desk, struct http_call *call);

struct http_route {
    const char *name;    /* in metrics: "patient_preferences" */
    const char *path;    /* a last segment of "*" is one segment of any text, "**" any rest */
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
    HTTP_ROUTES_MAX = 24,
    HTTP_STATUSES_MAX = 24,
    HTTP_BUCKETS = 1024,
};

/* How much everybody may still ask, by who they are. */
struct http_bucket {
    uint64_t key; /* 0: free */
    int64_t at_ms;
    double tokens;
};
struct http_limits {
    pthread_mutex_t lock;
    struct http_bucket buckets[HTTP_BUCKETS];
    _Atomic int hashing;   /* passwords, now */
    _Atomic int providers; /* exchanges with the identity provider, now */
};

/* The import under way, for whoever waits for it: there is one at a time. */
enum { HTTP_FILE_BYTES = 128 };
struct http_importing {
    pthread_mutex_t lock;
    bool running, dry_run;
    struct instant since;
    struct instant began;       /* by the machine's clock */
    char file[HTTP_FILE_BYTES]; /* the one being read; "" for all of them */
    const char *step;           /* "reading", "taking", "settling", "keeping" */
    int64_t done, all;          /* of the step */
};

/* What the workers share. */
struct http_counts {
    struct http_limits limits;
    struct http_importing importing;
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
    struct streams *streams; /* NULL: nobody is told of changes */
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
