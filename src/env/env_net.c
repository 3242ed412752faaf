/* env_net.c: HTTP through libcurl, many exchanges from one thread, and the loop that mails share
 * (env_smtp.c).
 *
 * Whether a request may have left decides whether it may be sent again, so nothing here is left to
 * the library's good intentions:
 *
 *  (1) HTTP/1.1 only. libcurl sends a request again by itself when a kept connection turns out to
 *      be dead before a byte of the answer came, although the other side may have acted on it.
 *      Bodies are handed over by a callback that cannot be rewound, which makes that second sending
 *      fail; a request without a body that is no GET goes over a connection of its own.
 *  (2) A request may have left as soon as its connection (and TLS) stood. */
#include <assert.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/text.h"
#include "env/env_int.h"
#include "env/env_net_int.h"

static void exchange_list_init(struct exchange_list *list)
{
    list->first = NULL;
    list->end = &list->first;
}

void exchange_list_add(struct exchange_list *list, struct exchange *exchange)
{
    exchange->next = NULL;
    *list->end = exchange;
    list->end = &exchange->next;
}

struct exchange *exchange_list_take(struct exchange_list *list)
{
    struct exchange *exchange = list->first;
    if (!exchange)
        return NULL;
    list->first = exchange->next;
    if (!list->first)
        list->end = &list->first;
    return exchange;
}

static size_t read_body(char *bytes, size_t size, size_t count, void *self)
{
    struct exchange *exchange = self;
    const struct net_request *request = &exchange->request;
    size_t left = request->body_len - exchange->sent;
    size_t len = left < size * count ? left : size * count;
    if (len > 0)
        memcpy(bytes, request->body + exchange->sent, len);
    exchange->sent += len;
    return len;
}

static int refuse_to_rewind(void *self, curl_off_t offset, int origin)
{
    (void)self;
    (void)offset;
    (void)origin;
    return CURL_SEEKFUNC_FAIL;
}

static size_t write_body(char *bytes, size_t size, size_t count, void *self)
{
    struct exchange *exchange = self;
    size_t len = size * count;
    if (exchange->body.len + len > NET_BODY_MAX) {
        exchange->too_large = true;
        return 0;
    }
    buf_add_n(&exchange->body, bytes, len);
    return len;
}

/* libcurl takes an answer that breaks off among its headers for a whole one. */
static size_t read_header(char *bytes, size_t size, size_t count, void *self)
{
    struct exchange *exchange = self;
    exchange->heads_ended = str_trim((struct str){bytes, size * count}).len == 0;
    return size * count;
}

/* The address is judged here, after its name was resolved and before anything is sent to it. */
static curl_socket_t open_there(void *self, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct exchange *exchange = self;
    (void)purpose;
    bool outside = net_place_of_address(&address->addr) == NET_PLACE_PUBLIC;
    if (outside ? exchange->request.inside_only : exchange->request.public_only) {
        exchange->wrong_place = outside ? "the address is public" : "the address is private";
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool net_is_one_line(const char *text)
{
    return !text || !strpbrk(text, "\r\n");
}

/* Appends, or returns false and leaves the list to be freed by the caller. */
static bool list_add(struct curl_slist **list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(*list, text);
    if (longer)
        *list = longer;
    return longer != NULL;
}

void net_set_common(CURL *easy, const struct net_request *request)
{
    int64_t connect_ms =
        request->timeout_ms < CONNECT_MS_MAX ? request->timeout_ms : CONNECT_MS_MAX;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not what the environment says */
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    if (request->user) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, request->user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, request->password ? request->password : "");
    }
}

static void set_http_callbacks(struct exchange *exchange)
{
    CURL *easy = exchange->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, refuse_to_rewind);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, read_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    if (exchange->request.public_only || exchange->request.inside_only) {
        /* A kept connection may have been opened under another rule. */
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_there);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange);
    }
}

/* NULL, or why the request cannot be made. */
static const char *set_http(struct exchange *exchange)
{
    const struct net_request *request = &exchange->request;
    CURL *easy = exchange->easy;
    const char *method = request->method ? request->method : "GET";
    bool get = text_is(method, "GET");
    for (size_t i = 0; i < request->header_count; i++) {
        const struct net_header *header = &request->headers[i];
        if (!net_is_one_line(header->name) || !net_is_one_line(header->value))
            return "a header holds a line break";
        /* libcurl's spelling of a header without a value is "Name;". */
        bool empty = !*header->value;
        if (!list_add(&exchange->headers,
                arena_format(
                    &exchange->arena, "%s%s%s", header->name, empty ? ";" : ": ", header->value)))
            return "out of memory";
    }
    /* Without an answer to "Expect" libcurl waits a second for nothing. */
    if (!list_add(&exchange->headers, "Expect:"))
        return "out of memory";
    if (!net_is_one_line(method) || !net_is_one_line(request->url))
        return "the address holds a line break";
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    if (text_is(method, "HEAD")) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (!get) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
        if (request->body_len == 0)
            curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    }
    return NULL;
}

static const char *http_submit(struct net *net, struct exchange *exchange)
{
    if (!exchange->easy && !(exchange->easy = curl_easy_init()))
        return "out of memory";
    curl_easy_reset(exchange->easy);
    net_set_common(exchange->easy, &exchange->request);
    set_http_callbacks(exchange);
    const char *refused = set_http(exchange);
    if (!refused && curl_multi_add_handle(net->multi, exchange->easy) != CURLM_OK)
        refused = "out of memory";
    return refused;
}

static bool net_submit(void *self, const struct net_request *request)
{
    struct net *net = self;
    struct exchange *exchange = net->free;
    if (!exchange)
        return false;
    assert(request->timeout_ms > 0);
    net->free = exchange->next;
    net->in_flight++;
    *exchange = (struct exchange){.easy = exchange->easy, .request = *request};
    arena_init(&exchange->arena, 0);
    buf_init(&exchange->body, &exchange->arena);
    exchange->refused =
        request->kind == NET_HTTP ? http_submit(net, exchange) : smtp_submit(net, exchange);
    if (exchange->refused)
        exchange_list_add(&net->finished, exchange);
    return true;
}

/* Plain words for the failures that an operator meets; libcurl's own for the rest. */
static const char *failure_text(const struct exchange *exchange)
{
    if (exchange->refused)
        return exchange->refused;
    if (exchange->too_large)
        return "the answer is too large";
    if (exchange->wrong_place)
        return exchange->wrong_place;
    if (exchange->result == CURLE_COULDNT_RESOLVE_HOST)
        return "the host name is unknown";
    if (exchange->result == CURLE_COULDNT_CONNECT)
        return "connection refused";
    if (exchange->result == CURLE_OPERATION_TIMEDOUT)
        return "timeout";
    if (exchange->result == CURLE_PEER_FAILED_VERIFICATION)
        return "the certificate is not trusted";
    if (exchange->result == CURLE_USE_SSL_FAILED)
        return "the mail server offers no TLS";
    if (exchange->result == CURLE_OK || exchange->result == CURLE_GOT_NOTHING
        || exchange->result == CURLE_RECV_ERROR || exchange->result == CURLE_SEND_FAIL_REWIND)
        return "the connection was closed before an answer came";
    return curl_easy_strerror(exchange->result);
}

static struct net_reply http_reply(struct arena *tick, const struct exchange *exchange)
{
    bool answered = exchange->result == CURLE_OK && exchange->heads_ended;
    curl_off_t began_us = 0, retry_after_s = 0;
    long status = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_PRETRANSFER_TIME_T, &began_us);
    curl_easy_getinfo(exchange->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    if (retry_after_s > NET_RETRY_AFTER_S_MAX)
        retry_after_s = NET_RETRY_AFTER_S_MAX;
    return (struct net_reply){
        .answered = answered,
        .written = answered || began_us > 0 || exchange->sent > 0,
        .status = answered ? (int)status : 0,
        .body = arena_text_n(tick, exchange->body.data, exchange->body.len),
        .body_len = exchange->body.len,
        .retry_after_s = retry_after_s > 0 ? retry_after_s : -1,
    };
}

static struct net_reply reply_of(struct arena *tick, const struct exchange *exchange)
{
    struct net_reply reply = {.body = "", .retry_after_s = -1};
    if (!exchange->refused)
        reply = exchange->request.kind == NET_SMTP ? smtp_reply(tick, exchange)
                                                   : http_reply(tick, exchange);
    reply.tag = exchange->request.tag;
    if (!reply.answered && !reply.failure)
        reply.failure = failure_text(exchange);
    return reply;
}

static void drive(struct net *net)
{
    int running, left;
    (void)curl_multi_perform(net->multi, &running);
    const CURLMsg *message;
    while ((message = curl_multi_info_read(net->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct exchange *exchange = NULL;
        CURLcode result = message->data.result;
        CURL *easy = message->easy_handle;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&exchange);
        if (exchange->request.kind == NET_SMTP) {
            smtp_connected(net, easy, result);
            continue;
        }
        exchange->result = result;
        curl_multi_remove_handle(net->multi, easy);
        exchange_list_add(&net->finished, exchange);
    }
    smtp_drive(net);
}

/* Until something can go on, at most wait_ms. */
static void wait_for_any(struct net *net, int64_t wait_ms)
{
    struct curl_waitfd waits[SMTP_SESSIONS_MAX];
    unsigned count = smtp_wait_for(net, waits);
    int64_t look_ms = count > 0 ? 100 : 1000; /* the deadlines of mails are looked at in between */
    int most_ms = (int)(wait_ms < look_ms ? wait_ms : look_ms);
    (void)curl_multi_poll(net->multi, waits, count, most_ms, NULL);
}

static void exchange_clear(struct exchange *exchange)
{
    curl_slist_free_all(exchange->headers);
    arena_release(&exchange->arena);
    exchange->headers = NULL;
}

int64_t net_monotonic_ms(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * MS_PER_SECOND + time.tv_nsec / 1000000;
}

static bool net_take(void *self, struct arena *tick, int64_t wait_ms, struct net_reply *ret_reply)
{
    struct net *net = self;
    int64_t until_ms = net_monotonic_ms() + wait_ms;
    for (;;) {
        drive(net);
        if (net->finished.first)
            break;
        int64_t left_ms = until_ms - net_monotonic_ms();
        if (left_ms <= 0)
            return false;
        wait_for_any(net, left_ms);
    }
    struct exchange *exchange = exchange_list_take(&net->finished);
    *ret_reply = reply_of(tick, exchange);
    exchange_clear(exchange);
    exchange->next = net->free;
    net->free = exchange;
    net->in_flight--;
    return true;
}

static size_t net_in_flight(void *self)
{
    const struct net *net = self;
    return net->in_flight;
}

enum err env_net_open(struct arena *boot, struct env_net *ret_net, struct why *reterr_why)
{
    struct net *net = ARENA_NEW(boot, struct net, 1);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(net->multi = curl_multi_init()))
        return why_set(reterr_why, ERR_IO, "libcurl cannot be started");
    curl_multi_setopt(net->multi, CURLMOPT_MAXCONNECTS, (long)NET_IN_FLIGHT_MAX);
    exchange_list_init(&net->finished);
    exchange_list_init(&net->mails);
    net->exchanges = ARENA_NEW(boot, struct exchange, NET_IN_FLIGHT_MAX);
    for (size_t i = NET_IN_FLIGHT_MAX; i-- > 0;) {
        net->exchanges[i].next = net->free;
        net->free = &net->exchanges[i];
    }
    *ret_net = (struct env_net){
        .self = net, .submit = net_submit, .take = net_take, .in_flight = net_in_flight};
    return ERR_NONE;
}

void env_net_close(struct env_net *env_net)
{
    struct net *net = env_net->self;
    if (!net)
        return;
    smtp_close(net);
    for (size_t i = 0; i < NET_IN_FLIGHT_MAX; i++) {
        struct exchange *exchange = &net->exchanges[i];
        if (exchange->easy) {
            (void)curl_multi_remove_handle(net->multi, exchange->easy);
            curl_easy_cleanup(exchange->easy);
        }
        exchange_clear(exchange);
    }
    (void)curl_multi_cleanup(net->multi);
    env_net->self = NULL;
}
