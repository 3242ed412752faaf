/* http.h: the door for browsers, patients' mail programs and providers.                   (actor)
 *
 * Flow: after outbox and inbox. Patients follow the links of our messages to pages where they stop,
 * pause or book; providers report what became of a text and hand on what patients wrote; operators
 * ask whether all is well. It holds no rule: what follows from a click or a callback is written by
 * record, inbox, outbox and engagement, and acted on by engine, in one transaction.
 *
 * Invariants
 *  (1) Every route names who may use it (struct http_route.rule) and the rule is checked before its
 *      handler runs; what no route names is refused.
 *  (2) GET and HEAD change nothing but the record of the hit itself, HEAD not even that: scanners
 *      and previews follow every link. Stopping takes a POST.
 *  (3) A provider's callback is acknowledged only after its transaction is durable; the same one
 *      twice, late or out of order is harmless.
 *  (4) No patient data in addresses, in what is logged, in errors or in metrics.
 *  (5) Threads share no store: each worker has a home, a store and an engine of its own.
 *
 * Threads: HTTP_LISTENERS threads of libmicrohttpd read and write and never touch the store;
 * HTTP_WORKERS answer what needs it, with the connection suspended meanwhile; one closes
 * connections that are too slow. `wake` and `tell` are called from workers.
 *
 * Calling sequence: http_open -> (http_set_now, http_reload)* -> http_close.
 * Memory: the server in boot; a request's own arena lives as long as the request. */
#ifndef PERENNIAL_HTTP_HTTP_H
#define PERENNIAL_HTTP_HTTP_H

#include "env/env.h"

enum {
    HTTP_LISTENERS = 2,
    HTTP_WORKERS = 2,
    HTTP_CONNECTIONS_MAX = 256,       /* beside a reverse proxy that is plenty; bounds memory */
    HTTP_HEAD_BYTES_MAX = 32 << 10,   /* request line and headers of one connection */
    HTTP_BODY_BYTES_MAX = 128 << 10,  /* a text callback has a few KiB, a hook's longest body */
    HTTP_API_BYTES_MAX = 1 << 20,     /* a playbook of 256 KiB, each sign escaped */
    HTTP_UPLOAD_BYTES_MAX = 64 << 20, /* an export of a hundred thousand patients has 30 MiB */
    HTTP_UPLOADS_MAX = 2,             /* at once: bounds memory */
    HTTP_UPLOAD_MS_MAX = 300 * 1000,
    HTTP_HEAD_MS_MAX = 10 * 1000, /* from the connection's start to the end of the headers */
    HTTP_BODY_MS_MAX = 30 * 1000,
    HTTP_IDLE_MS_MAX = 30 * 1000, /* between two requests of one connection */
};

/* What an operator should hear of; never patient data. */
struct http_event {
    const char *what;   /* "signature", "trouble", "reload" */
    const char *detail; /* one sentence with the remedy */
};

struct http_options {
    struct env *env;    /* its clock, files and entropy are shared; its net is not used */
    const char *dir;    /* the home, loaded once per worker */
    const char *listen; /* "127.0.0.1:8080", "[::1]:0", "localhost:8080"; port 0: a free one */
    struct instant now; /* the home's clock: http never lives before it */
    struct db_turn *turn; /* of the process's stores; NULL: nobody else writes */
    int64_t cache_kib;  /* page cache of each worker's store; 0: 1 MiB */
    void (*reload)(void *context); /* the home was changed through the API; may be NULL */
    void (*wake)(void *context);   /* there is something for the engine's loop; may be NULL */
    void (*tell)(void *context, const struct http_event *event); /* may be NULL */
    void *context;
};

struct http;

/* Listens when it returns. ERR_INPUT: an address nobody can read; ERR_IO: it is taken. */
enum err http_open(struct arena *boot, const struct http_options *options, struct http **ret_http,
    struct why *reterr_why) WARN_UNUSED;
/* Takes no new connection, answers what is under way, stops within two seconds. Takes NULL. */
void http_close(struct http *http);

const char *http_address(const struct http *http); /* "http://127.0.0.1:8080" */

/* The loop's moment: with a clock that `tick` has brought ahead, callbacks count from there. */
void http_set_now(struct http *http, struct instant now);
/* Each worker reads the home again before its next request; one that cannot keeps what it has and
 * tells why. */
void http_reload(struct http *http);

#endif
