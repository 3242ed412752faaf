/* env_net.c: HTTP and SMTP through libcurl, many exchanges from one thread.
 *
 * Whether a request may have left decides whether it may be sent again, so nothing here is left to
 * the library's good intentions:
 *
 *  (1) HTTP/1.1 only. libcurl sends a request again by itself when a kept connection turns out to
 * be dead before a byte of the answer came, although the other side may have acted on it. Bodies
 *      are handed over by a callback that cannot be rewound, which makes that second sending fail;
 *      a request without a body that is no GET goes over a connection of its own.
 *  (2) An HTTP request may have left as soon as its connection (and TLS) stood.
 *  (3) A mail may have been accepted as soon as its last byte was handed over; before that no end
 * of message can have been seen. A 4xx or 5xx reply is an answer. (4) A mail's status is read from
 * the server's own lines: libcurl's result codes do not tell a refusal from a broken connection. */
#include <assert.h>
#include <curl/curl.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/text.h"
#include "env/env_int.h"

enum {
    CONNECT_MS_MAX = 10000, /* a provider that takes longer to greet is down */
    REPLY_LINE_MAX = 512    /* RFC 5321 section 4.5.3.1.5 */
};

struct exchange {
    struct exchange *next; /* in the free or the finished list */
    CURL *easy;
    struct curl_slist *headers, *recipients;
    struct net_request request; /* borrowed from the caller until the reply is taken */
    struct arena arena;         /* lives from submit to take */
    struct buf body;
    size_t sent;      /* bytes of the body or message handed to libcurl */
    bool all_sent;    /* libcurl was told that there are no more */
    bool too_large;   /* the answer passed NET_BODY_MAX */
    bool heads_ended; /* HTTP: the empty line behind the answer's headers came */
    int reply_code;   /* SMTP */
    char reply_line[REPLY_LINE_MAX + 1];
    CURLcode result;
    const char *refused; /* why it was never begun */
};

struct net {
    CURLM *multi;
    struct exchange *exchanges; /* NET_IN_FLIGHT_MAX of them */
    struct exchange *free, *finished, **finished_end;
    size_t in_flight;
};

static void finish(struct net *net, struct exchange *exchange)
{
    exchange->next = NULL;
    *net->finished_end = exchange;
    net->finished_end = &exchange->next;
}

static size_t read_body(char *bytes, size_t size, size_t count, void *self)
{
    struct exchange *exchange = self;
    const struct net_request *request = &exchange->request;
    bool mail = request->kind == NET_SMTP;
    const char *source = mail ? request->message : request->body;
    size_t left = (mail ? request->message_len : request->body_len) - exchange->sent;
    size_t len = left < size * count ? left : size * count;
    if (len > 0)
        memcpy(bytes, source + exchange->sent, len);
    exchange->sent += len;
    exchange->all_sent = len == left;
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

static size_t read_reply_line(char *bytes, size_t size, size_t count, void *self)
{
    struct exchange *exchange = self;
    size_t len = size * count;
    int64_t code;
    char digits[4] = "";
    if (len >= 3)
        memcpy(digits, bytes, 3);
    /* 221 answers the QUIT of a connection that is given up, not our mail. */
    if (!text_to_int(digits, 200, 599, &code) || code == 221)
        return len;
    struct str line = str_trim((struct str){bytes, len});
    if (line.len > REPLY_LINE_MAX)
        line.len = REPLY_LINE_MAX;
    memcpy(exchange->reply_line, line.data, line.len);
    exchange->reply_line[line.len] = '\0';
    exchange->reply_code = (int)code;
    return len;
}

/* libcurl takes an answer that breaks off among its headers for a whole one. */
static size_t read_header(char *bytes, size_t size, size_t count, void *self)
{
    struct exchange *exchange = self;
    exchange->heads_ended = str_trim((struct str){bytes, size * count}).len == 0;
    return size * count;
}

static bool one_line(const char *text)
{
    return !text || !strpbrk(text, "\r\n");
}

static bool is_loopback(const char *url)
{
    CURLU *parts = curl_url();
    char *host = NULL;
    bool loopback = parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK
        && curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK
        && (text_is(host, "localhost") || text_starts(host, "127.") || text_is(host, "[::1]"));
    curl_free(host);
    curl_url_cleanup(parts);
    return loopback;
}

/* Appends, or returns false and leaves the list to be freed by the caller. */
static bool list_add(struct curl_slist **list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(*list, text);
    if (longer)
        *list = longer;
    return longer != NULL;
}

static void set_common(struct exchange *exchange)
{
    const struct net_request *request = &exchange->request;
    CURL *easy = exchange->easy;
    int64_t connect_ms =
        request->timeout_ms < CONNECT_MS_MAX ? request->timeout_ms : CONNECT_MS_MAX;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not what the environment says */
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, refuse_to_rewind);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    if (request->user) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, request->user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, request->password ? request->password : "");
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
        if (!one_line(header->name) || !one_line(header->value))
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
    if (!one_line(method) || !one_line(request->url))
        return "the address holds a line break";
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, read_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    if (text_is(method, "HEAD")) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (!get) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->body_len == 0 ? 1L : 0L);
    }
    return NULL;
}

static const char *set_smtp(struct exchange *exchange)
{
    const struct net_request *request = &exchange->request;
    CURL *easy = exchange->easy;
    const char *authority = strstr(request->url, "://");
    if (!authority || !one_line(request->url))
        return "the address of the mail server is not smtp://host:port";
    if (!one_line(request->mail_from) || !one_line(request->rcpt_to) || !one_line(request->helo))
        return "a mail address holds a line break";
    if (request->user && request->tls == NET_TLS_NONE && !is_loopback(request->url))
        return "a password is not sent over a connection without TLS";
    const char *scheme = request->tls == NET_TLS_IMPLICIT ? "smtps" : "smtp";
    const char *url = arena_format(&exchange->arena, "%s%.*s/%s", scheme,
        (int)(3 + strcspn(authority + 3, "/")), authority, request->helo ? request->helo : "");
    if (!list_add(&exchange->recipients, request->rcpt_to))
        return "out of memory";
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_USE_SSL,
        (long)(request->tls == NET_TLS_STARTTLS ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, request->mail_from);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, exchange->recipients);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->message_len);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, read_reply_line);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    return NULL;
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
    CURL *easy = exchange->easy ? exchange->easy : curl_easy_init();
    *exchange = (struct exchange){.easy = easy, .request = *request};
    arena_init(&exchange->arena, 0);
    buf_init(&exchange->body, &exchange->arena);
    exchange->refused = easy ? NULL : "out of memory";
    if (easy) {
        curl_easy_reset(easy);
        set_common(exchange);
        exchange->refused = request->kind == NET_HTTP ? set_http(exchange) : set_smtp(exchange);
    }
    if (!exchange->refused && curl_multi_add_handle(net->multi, easy) != CURLM_OK)
        exchange->refused = "out of memory";
    if (exchange->refused)
        finish(net, exchange);
    return true;
}

/* Plain words for the failures that an operator meets; libcurl's own for the rest. */
static const char *failure_text(const struct exchange *exchange)
{
    if (exchange->refused)
        return exchange->refused;
    if (exchange->too_large)
        return "the answer is too large";
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

static bool smtp_answered(const struct exchange *exchange)
{
    if (exchange->result == CURLE_OK)
        return true;
    return exchange->reply_code >= 400 && exchange->result != CURLE_OPERATION_TIMEDOUT;
}

static struct net_reply smtp_reply(struct arena *tick, const struct exchange *exchange)
{
    bool answered = smtp_answered(exchange);
    return (struct net_reply){
        .answered = answered,
        .written = exchange->all_sent,
        .status = answered ? exchange->reply_code : 0,
        .body = arena_text(tick, exchange->reply_line),
        .body_len = strlen(exchange->reply_line),
        .retry_after_s = -1,
    };
}

static struct net_reply http_reply(struct arena *tick, const struct exchange *exchange)
{
    bool answered = exchange->result == CURLE_OK && exchange->heads_ended;
    curl_off_t began_us = 0, retry_after_s = 0;
    long status = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_PRETRANSFER_TIME_T, &began_us);
    curl_easy_getinfo(exchange->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
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
    reply.failure = reply.answered ? NULL : failure_text(exchange);
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
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange);
        exchange->result = result;
        curl_multi_remove_handle(net->multi, exchange->easy);
        finish(net, exchange);
    }
}

static void exchange_clear(struct exchange *exchange)
{
    curl_slist_free_all(exchange->headers);
    curl_slist_free_all(exchange->recipients);
    arena_release(&exchange->arena);
    exchange->headers = exchange->recipients = NULL;
}

static int64_t monotonic_ms(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * MS_PER_SECOND + time.tv_nsec / 1000000;
}

static bool net_take(void *self, struct arena *tick, int64_t wait_ms, struct net_reply *ret_reply)
{
    struct net *net = self;
    int64_t until_ms = monotonic_ms() + wait_ms;
    for (;;) {
        drive(net);
        if (net->finished)
            break;
        int64_t left_ms = until_ms - monotonic_ms();
        if (left_ms <= 0)
            return false;
        (void)curl_multi_poll(net->multi, NULL, 0, left_ms < 1000 ? (int)left_ms : 1000, NULL);
    }
    struct exchange *exchange = net->finished;
    net->finished = exchange->next;
    if (!net->finished)
        net->finished_end = &net->finished;
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
    net->finished_end = &net->finished;
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
    for (size_t i = 0; i < NET_IN_FLIGHT_MAX; i++) {
        struct exchange *exchange = &net->exchanges[i];
        if (!exchange->easy)
            continue;
        (void)curl_multi_remove_handle(net->multi, exchange->easy);
        curl_easy_cleanup(exchange->easy);
        exchange_clear(exchange);
    }
    (void)curl_multi_cleanup(net->multi);
    env_net->self = NULL;
}
