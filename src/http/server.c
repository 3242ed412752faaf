/* server.c: connections, threads and deadlines; what a request means is route.c's.
 *
 * libmicrohttpd's threads read a request into a call of its own arena. What needs the store is
 * suspended, answered by a worker, and resumed. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "http/deadline.h"
#include "http/drafter.h"
#include "http/head.h"
#include "http/http_int.h"
#include "http/postman.h"
#include "http/stream.h"

enum {
    CLOSE_MS_MAX = 2000, /* for answers that are on their way when the server stops */
    CLOSE_LOOK_MS = 10,
};

/* A request from its first line to the end of its answer. Lives in its own arena. */
struct call {
    struct arena arena;
    struct http *http;
    struct MHD_Connection *mhd;
    struct http_request request;
    struct http_answer answer;
    char *body;
    size_t body_capacity, body_max;
    bool uploads; /* counted in http->uploads */
    bool begun, answered;
    struct call *next; /* in the queue */
};

struct worker {
    struct http *http;
    struct http_desk desk;
    unsigned generation; /* of the home that the desk has read */
    bool desk_open, running;
    pthread_t thread;
};

struct http {
    struct http_options options;
    struct MHD_Daemon *daemon;
    char address[96];
    struct http_counts counts;
    _Atomic int64_t floor_ms;
    _Atomic unsigned generation;
    _Atomic int uploads;
    _Atomic int calls; /* requests between their first line and the end of the answer */
    pthread_mutex_t queue_lock;
    pthread_cond_t queue_filled;
    struct call *first, *last;
    bool stopping; /* under queue_lock */
    struct worker workers[HTTP_WORKERS];
    struct deadlines deadlines;
    struct streams *streams;
    struct postman *postman;
    struct drafter *drafter;
    _Atomic bool names_model;
};

const struct env_clock *http__clock(struct http *http)
{
    return &http->options.env->clock;
}

bool http__names_model(struct http *http)
{
    return atomic_load(&http->names_model);
}

struct instant http__now(struct http *http)
{
    const struct env_clock *clock = &http->options.env->clock;
    struct instant now = clock->now(clock->self);
    int64_t floor_ms = atomic_load(&http->floor_ms);
    return now.ms < floor_ms ? (struct instant){floor_ms} : now;
}

/* ---- reading a request ---- */

static void *on_target(void *context, const char *target, struct MHD_Connection *mhd)
{
    struct http *http = context;
    struct arena arena;
    arena_init(&arena, 0);
    struct call *call = ARENA_NEW(&arena, struct call, 1);
    call->arena = arena; /* from here on the arena lives in what it holds */
    call->http = http;
    call->mhd = mhd;
    call->request.arena = &call->arena;
    call->request.target = arena_text(&call->arena, target);
    call->request.body = "";
    atomic_fetch_add(&http->calls, 1);
    return call;
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **call_slot,
    enum MHD_RequestTerminationCode code)
{
    (void)code;
    struct http *http = context;
    struct call *call = *call_slot;
    if (!call)
        return;
    deadlines_set(&http->deadlines, mhd, HTTP_IDLE_MS_MAX);
    if (call->uploads)
        atomic_fetch_sub(&http->uploads, 1);
    if (call->answer.stream)
        stream_drop(call->answer.stream);
    struct arena arena = call->arena;
    arena_release(&arena);
    *call_slot = NULL;
    atomic_fetch_sub(&http->calls, 1);
}

/* ---- answering ---- */

static enum MHD_Result send_answer(struct call *call)
{
    struct http_answer *answer = &call->answer;
    int unused = 0;
    const char *wild;
    http_count(&call->http->counts,
        http_find_route(&call->arena, call->request.method, call->request.target, &wild, &unused),
        answer->status);
    struct MHD_Response *response = answer->stream
        ? stream_start(answer->stream, call->mhd)
        : MHD_create_response_from_buffer(
            answer->body_len, (void *)(uintptr_t)answer->body, MHD_RESPMEM_MUST_COPY);
    answer->stream = NULL;
    if (!response)
        return MHD_NO;
    if (answer->content_type)
        MHD_add_response_header(response, "Content-Type", answer->content_type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(
        response, "Cache-Control", answer->cache_control ? answer->cache_control : "no-store");
    for (size_t i = 0; i < answer->header_count; i++)
        MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
    enum MHD_Result queued = MHD_queue_response(call->mhd, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result refuse_now(struct call *call, int status)
{
    http_refuse(&call->request, status, &call->answer);
    http__header(&call->answer, "Connection", "close");
    return send_answer(call);
}

/* Suspended before it is queued, so that no worker can resume it too early. False: stopping. */
static bool hand_over(struct call *call)
{
    struct http *http = call->http;
    deadlines_set(&http->deadlines, call->mhd, 0);
    pthread_mutex_lock(&http->queue_lock);
    bool taken = !http->stopping;
    if (taken) {
        MHD_suspend_connection(call->mhd);
        if (http->last)
            http->last->next = call;
        else
            http->first = call;
        http->last = call;
        pthread_cond_signal(&http->queue_filled);
    }
    pthread_mutex_unlock(&http->queue_lock);
    return taken;
}

/* How much may follow. Exports are large: two at once, and not for who shows neither cookie nor
 * key. False: others are uploading. */
static bool bound_body(struct call *call)
{
    const struct http_request *request = &call->request;
    static const char uploads[] = "/api/v1/imports/files";
    bool api = text_starts(request->target, "/api/v1/");
    call->body_max = api ? HTTP_API_BYTES_MAX : HTTP_BODY_BYTES_MAX;
    if (!text_starts(request->target, uploads) || !text_is(request->method, "POST")
        || !(request->cookie || request->authorization))
        return true;
    call->uploads = true;
    if (atomic_fetch_add(&call->http->uploads, 1) >= HTTP_UPLOADS_MAX)
        return false;
    call->body_max = HTTP_UPLOAD_BYTES_MAX;
    deadlines_set(&call->http->deadlines, call->mhd, HTTP_UPLOAD_MS_MAX);
    return true;
}

static enum MHD_Result begin(struct call *call, const char *method)
{
    struct http_request *request = &call->request;
    request->method = arena_text(&call->arena, method);
    call->begun = true;
    deadlines_set(&call->http->deadlines, call->mhd, HTTP_BODY_MS_MAX);
    if (!head_read(call->mhd, request))
        return refuse_now(call, 400);
    int status;
    const char *wild;
    if (!http_find_route(&call->arena, request->method, request->target, &wild, &status)) {
        http_dispatch(NULL, request, &call->answer);
        http__header(&call->answer, "Connection", "close"); /* whatever body follows is not read */
        return send_answer(call);
    }
    const char *length = MHD_lookup_connection_value(call->mhd, MHD_HEADER_KIND, "Content-Length");
    int64_t bytes = 0;
    if (!bound_body(call))
        return refuse_now(call, 503);
    if (length && !text_to_int(length, 0, (int64_t)call->body_max, &bytes))
        return refuse_now(call, 413);
    return MHD_YES;
}

static enum MHD_Result take_body(struct call *call, const char *bytes, size_t *len)
{
    struct http_request *request = &call->request;
    size_t wanted = request->body_len + *len;
    if (wanted > call->body_max)
        return MHD_NO; /* a chunked body without end: nothing more to say to it */
    if (wanted + 1 > call->body_capacity) {
        size_t bigger = call->body_capacity ? call->body_capacity * 2 : 2048;
        while (bigger < wanted + 1)
            bigger *= 2;
        call->body = arena_grow(&call->arena, call->body, call->body_capacity, bigger);
        request->body = call->body;
        call->body_capacity = bigger;
    }
    memcpy(call->body + request->body_len, bytes, *len);
    request->body_len = wanted;
    *len = 0;
    return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *upload, size_t *upload_len,
    void **call_slot)
{
    (void)url;
    (void)version;
    (void)mhd;
    struct http *http = context;
    struct call *call = *call_slot;
    if (!call->begun)
        return begin(call, method);
    if (*upload_len > 0)
        return take_body(call, upload, upload_len);
    if (!call->answered) {
        call->request.now = http__now(http);
        http_dispatch(NULL, &call->request, &call->answer);
        call->answered = call->answer.status != 0;
    }
    if (call->answered) {
        deadlines_set(&http->deadlines, mhd, call->answer.stream ? 0 : HTTP_BODY_MS_MAX);
        return send_answer(call);
    }
    return hand_over(call) ? MHD_YES : refuse_now(call, 503);
}

/* ---- workers ---- */

void http__tell(struct http *http, const char *what, const char *detail)
{
    const struct http_event event = {.what = what, .detail = detail};
    if (http->options.tell)
        http->options.tell(http->options.context, &event);
}

static struct call *take_call(struct http *http)
{
    pthread_mutex_lock(&http->queue_lock);
    while (!http->first && !http->stopping)
        pthread_cond_wait(&http->queue_filled, &http->queue_lock);
    struct call *call = http->first;
    if (call) {
        http->first = call->next;
        if (!http->first)
            http->last = NULL;
    }
    pthread_mutex_unlock(&http->queue_lock);
    return call;
}

void http__keep_up(struct http *http, struct http_desk *desk, unsigned *generation)
{
    unsigned newest = atomic_load(&http->generation);
    if (newest == *generation)
        return;
    struct why why = {0};
    *generation = newest; /* tried once: what is wrong with the home has been told */
    if (http_desk_reload(desk, &why) == ERR_NONE) {
        atomic_store(&http->names_model, desk->home->practice.language_model.url != NULL);
        return;
    }
    char text[640];
    why_format(&why, text, sizeof(text));
    http__tell(http, "reload", text);
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct http *http = worker->http;
    for (struct call *call = take_call(http); call; call = take_call(http)) {
        http__keep_up(http, &worker->desk, &worker->generation);
        arena_reset(&worker->desk.engine->tick);
        call->request.now = http__now(http);
        http_dispatch(&worker->desk, &call->request, &call->answer);
        call->answered = true;
        if (call->answer.event)
            http__tell(http, call->answer.event, call->answer.event_detail);
        if (call->answer.reload) {
            atomic_fetch_add(&http->generation, 1);
            if (http->options.reload)
                http->options.reload(http->options.context);
        }
        if (call->answer.post)
            postman_wake(http->postman);
        if (call->answer.wake && http->options.wake)
            http->options.wake(http->options.context);
        MHD_resume_connection(call->mhd); /* the call is the listener's from here on */
    }
    return NULL;
}

/* ---- opening and closing ---- */

struct listen_address {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } socket;
    char host[64];
    bool six;
};

static enum err parse_listen(
    const char *text, struct listen_address *ret_address, struct why *reterr_why)
{
    const char *colon = strrchr(text, ':');
    struct listen_address address = {0};
    size_t len = colon ? (size_t)(colon - text) : 0;
    int64_t port = 0;
    bool bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
    const char *host = bracketed ? text + 1 : text;
    size_t host_len = bracketed ? len - 2 : len;
    bool fits = colon && host_len > 0 && host_len < sizeof(address.host)
        && text_to_int(colon + 1, 0, 65535, &port);
    if (fits)
        memcpy(address.host, host, host_len);
    if (text_is(address.host, "localhost"))
        memcpy(address.host, "127.0.0.1", sizeof("127.0.0.1"));
    if (fits && inet_pton(AF_INET, address.host, &address.socket.in.sin_addr) == 1) {
        address.socket.in.sin_family = AF_INET;
        address.socket.in.sin_port = htons((uint16_t)port);
    } else if (fits && inet_pton(AF_INET6, address.host, &address.socket.in6.sin6_addr) == 1) {
        address.socket.in6.sin6_family = AF_INET6;
        address.socket.in6.sin6_port = htons((uint16_t)port);
        address.six = true;
    } else {
        why_hint(reterr_why, "Write 127.0.0.1:8080, [::1]:8080, or a port of 0 for a free one");
        return why_set(reterr_why, ERR_INPUT, "\"%s\" is no address to listen on", text);
    }
    *ret_address = address;
    return ERR_NONE;
}

static enum err start_daemon(
    struct http *http, struct listen_address address, struct why *reterr_why)
{
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (address.six ? MHD_USE_IPv6 : 0);
    errno = 0;
    http->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, http, MHD_OPTION_SOCK_ADDR,
        &address.socket.any, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)HTTP_LISTENERS,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEAD_BYTES_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(HTTP_IDLE_MS_MAX / 1000),
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target, http,
        MHD_OPTION_NOTIFY_CONNECTION, deadlines_notify, &http->deadlines,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_END);
    if (!http->daemon) {
        int number = errno;
        const char *said = strerrordesc_np(number);
        why_hint(reterr_why, "%s",
            number == EADDRINUSE
                ? "Another program listens there: stop it, or choose another address with --listen"
                : "Choose another address with --listen");
        return why_set(reterr_why, ERR_IO, "cannot listen on %s: %s", http->options.listen,
            number && said ? said : "the address cannot be used");
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    (void)snprintf(http->address, sizeof(http->address), "http://%s%s%s:%d", address.six ? "[" : "",
        address.host, address.six ? "]" : "", info ? (int)info->port : 0);
    return ERR_NONE;
}

static enum err start_threads(struct http *http, struct why *reterr_why)
{
    int failed = 0;
    for (size_t i = 0; i < HTTP_WORKERS && !failed; i++) {
        failed = pthread_create(&http->workers[i].thread, NULL, work, &http->workers[i]);
        http->workers[i].running = !failed;
    }
    return failed ? why_set(reterr_why, ERR_IO, "the machine gives no more threads") : ERR_NONE;
}

enum err http__open_desk(struct http *http, struct http_desk *ret_desk, struct why *reterr_why)
{
    enum err err = http_desk_open(http->options.env, http->options.dir, http->options.cache_kib,
        &http->counts, ret_desk, reterr_why);
    if (err == ERR_NONE && http->options.turn)
        db_take_turns(ret_desk->db, http->options.turn, false);
    return err;
}

static enum err open_desks(struct http *http, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < HTTP_WORKERS && err == ERR_NONE; i++) {
        struct worker *worker = &http->workers[i];
        worker->http = http;
        err = http__open_desk(http, &worker->desk, reterr_why);
        worker->desk_open = err == ERR_NONE;
        worker->desk.streams = http->streams;
    }
    return err;
}

enum err http_open(struct arena *boot, const struct http_options *options, struct http **ret_http,
    struct why *reterr_why)
{
    struct listen_address address;
    enum err err = parse_listen(options->listen, &address, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct http *http = ARENA_NEW(boot, struct http, 1);
    http->options = *options;
    http->options.dir = arena_text(boot, options->dir);
    http->options.listen = arena_text(boot, options->listen);
    atomic_store(&http->floor_ms, options->now.ms);
    pthread_mutex_init(&http->queue_lock, NULL);
    pthread_cond_init(&http->queue_filled, NULL);
    err = streams_open(boot, http, &http->streams, reterr_why);
    if (err == ERR_NONE)
        err = postman_open(boot, http, &http->postman, reterr_why);
    if (err == ERR_NONE)
        err = open_desks(http, reterr_why);
    if (err == ERR_NONE) {
        const struct practice *practice = &http->workers[0].desk.home->practice;
        atomic_store(&http->names_model, practice->language_model.url != NULL);
        err = drafter_open(boot, http, &http->drafter, reterr_why);
    }
    if (err == ERR_NONE)
        err = deadlines_open(&http->deadlines, &options->env->clock, reterr_why);
    if (err == ERR_NONE)
        err = start_threads(http, reterr_why);
    if (err == ERR_NONE)
        err = start_daemon(http, address, reterr_why);
    if (err != ERR_NONE) {
        http_close(http);
        return err;
    }
    *ret_http = http;
    return ERR_NONE;
}

/* From here on a request that needs a worker is refused; those that wait are still answered. */
static void stop_workers(struct http *http)
{
    pthread_mutex_lock(&http->queue_lock);
    http->stopping = true;
    pthread_cond_broadcast(&http->queue_filled);
    pthread_mutex_unlock(&http->queue_lock);
    for (size_t i = 0; i < HTTP_WORKERS; i++) {
        if (http->workers[i].running)
            (void)pthread_join(http->workers[i].thread, NULL);
    }
}

static void await_answers(struct http *http)
{
    const struct env_clock *clock = &http->options.env->clock;
    struct instant end = instant_add_ms(clock->now(clock->self), CLOSE_MS_MAX);
    while (atomic_load(&http->calls) > 0 && instant_before(clock->now(clock->self), end))
        clock->sleep_ms(clock->self, CLOSE_LOOK_MS);
}

void http_close(struct http *http)
{
    if (!http)
        return;
    MHD_socket listener = http->daemon ? MHD_quiesce_daemon(http->daemon) : MHD_INVALID_SOCKET;
    if (listener != MHD_INVALID_SOCKET)
        (void)shutdown(
            listener, SHUT_RDWR); /* refuses at once; the daemon's thread may still look */
    stop_workers(http);
    streams_stop(http->streams);
    if (http->daemon) {
        await_answers(http);
        MHD_stop_daemon(http->daemon);
    }
    if (listener != MHD_INVALID_SOCKET)
        (void)close(listener);
    streams_close(http->streams);
    postman_close(http->postman);
    drafter_close(http->drafter);
    deadlines_close(&http->deadlines);
    for (size_t i = 0; i < HTTP_WORKERS; i++) {
        if (http->workers[i].desk_open)
            http_desk_close(&http->workers[i].desk);
    }
    pthread_cond_destroy(&http->queue_filled);
    pthread_mutex_destroy(&http->queue_lock);
}

const char *http_address(const struct http *http)
{
    return http->address;
}

void http_set_now(struct http *http, struct instant now)
{
    atomic_store(&http->floor_ms, now.ms);
}

void http_reload(struct http *http)
{
    atomic_fetch_add(&http->generation, 1);
}
