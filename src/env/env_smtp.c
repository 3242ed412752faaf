/* env_smtp.c: mail submission. libcurl connects, secures and logs in; the dialogue after that is
 * ours, because libcurl waits for a server's last word with everything else standing still, and
 * because only the dialogue itself knows what may have been accepted:
 *
 *  (1) A mail may have been accepted once the last byte of its message was handed over; before that
 *      no server can have seen its end.
 *  (2) A 4xx or 5xx reply is an answer, whatever it replies to.
 *  (3) A session is used again only after a reply to everything that was sent on it. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "env/env_net_int.h"

static void session_close(struct net *net, struct smtp_session *session)
{
    (void)curl_multi_remove_handle(net->multi, session->easy); /* closes the connection, too */
    curl_easy_cleanup(session->easy);
    *session = (struct smtp_session){0};
}

static void session_quit(struct net *net, struct smtp_session *session)
{
    size_t sent; /* a courtesy: whether it arrives does not matter */
    (void)curl_easy_send(session->easy, "QUIT\r\n", 6, &sent);
    session_close(net, session);
}

/* The exchange is over. The session stays only where server and client agree on where they are. */
static void session_finish(
    struct net *net, struct smtp_session *session, const char *failure, bool usable)
{
    struct exchange *exchange = session->exchange;
    exchange->failure = failure;
    exchange_list_add(&net->finished, exchange);
    session->exchange = NULL;
    session->deadline_ms = net_monotonic_ms() + SMTP_IDLE_MS_MAX;
    if (!usable)
        session_close(net, session);
}

/* An idle session may have been hung up on unseen; its mail gets a fresh one. */
static void session_requeue(struct net *net, struct smtp_session *session)
{
    struct exchange *exchange = session->exchange;
    exchange->next = net->mails.first;
    if (!net->mails.first)
        net->mails.end = &exchange->next;
    net->mails.first = exchange;
    session_close(net, session);
}

static void session_broken(struct net *net, struct smtp_session *session, const char *failure)
{
    if (session->stage == SMTP_RESET)
        session_requeue(net, session);
    else
        session_finish(net, session, failure, false);
}

static void session_say(struct smtp_session *session, enum smtp_stage stage)
{
    const struct net_request *request = &session->exchange->request;
    struct buf *output = &session->output;
    buf_clear(output);
    session->output_sent = 0;
    session->line_len = 0;
    session->stage = stage;
    switch (stage) {
    case SMTP_CONNECT: break; /* libcurl's */
    case SMTP_RESET: buf_add(output, "RSET\r\n"); break;
    case SMTP_MAIL: buf_format(output, "MAIL FROM:<%s>\r\n", request->mail_from); break;
    case SMTP_RCPT: buf_format(output, "RCPT TO:<%s>\r\n", request->rcpt_to); break;
    case SMTP_DATA: buf_add(output, "DATA\r\n"); break;
    case SMTP_MESSAGE: {
        /* RFC 5321 section 4.5.2: a line that begins with a dot gets a second one. */
        const char *at = request->message, *end = at + request->message_len;
        while (at < end) {
            const char *newline = memchr(at, '\n', (size_t)(end - at));
            const char *next = newline ? newline + 1 : end;
            if (*at == '.')
                buf_add_char(output, '.');
            buf_add_n(output, at, (size_t)(next - at));
            at = next;
        }
        bool ended = output->len >= 2 && memcmp(output->data + output->len - 2, "\r\n", 2) == 0;
        buf_add(output, ended ? ".\r\n" : "\r\n.\r\n");
        break;
    }
    }
}

/* A whole reply came. */
static void session_reply(struct net *net, struct smtp_session *session)
{
    int code = session->exchange->reply_code;
    bool good = code >= 200 && code < 300;
    bool leaving = code == 421; /* the server is closing the connection */
    switch (session->stage) {
    case SMTP_CONNECT: assert(!"libcurl reads these"); break;
    case SMTP_RESET:
        if (good)
            session_say(session, SMTP_MAIL);
        else
            session_requeue(net, session);
        return;
    case SMTP_MAIL:
        if (good) {
            session_say(session, SMTP_RCPT);
            return;
        }
        break;
    case SMTP_RCPT:
        if (good) {
            session_say(session, SMTP_DATA);
            return;
        }
        break;
    case SMTP_DATA:
        if (code == 354) {
            session_say(session, SMTP_MESSAGE);
            return;
        }
        break;
    case SMTP_MESSAGE: break;
    }
    bool expected = code >= 400 || (good && session->stage == SMTP_MESSAGE);
    session_finish(net, session, expected ? NULL : "the mail server does not follow the protocol",
        expected && !leaving);
}

/* A line of a reply into the exchange; false when it is none. "250-" has more lines to follow. */
static bool take_reply_line(struct exchange *exchange, struct str line, bool *ret_last)
{
    int64_t code;
    char digits[4] = "";
    line = str_trim(line);
    if (line.len >= 3)
        memcpy(digits, line.data, 3);
    if (!text_to_int(digits, 200, 599, &code)
        || (line.len > 3 && line.data[3] != ' ' && line.data[3] != '-'))
        return false;
    if (line.len > REPLY_LINE_MAX)
        line.len = REPLY_LINE_MAX;
    memcpy(exchange->reply_line, line.data, line.len);
    exchange->reply_line[line.len] = '\0';
    exchange->reply_code = (int)code;
    *ret_last = line.len == 3 || line.data[3] == ' ';
    return true;
}

/* The lines that libcurl reads: greeting, EHLO, STARTTLS, AUTH. */
static size_t read_greeting_line(char *bytes, size_t size, size_t count, void *self)
{
    bool last;
    /* 221 answers the QUIT of a connection that is given up, not us. */
    if (!text_starts(size * count >= 3 ? bytes : "   ", "221"))
        (void)take_reply_line(self, (struct str){bytes, size * count}, &last);
    return size * count;
}

/* Hands over what is to be said; false when the connection is gone. */
static bool session_send(struct smtp_session *session)
{
    while (session->output_sent < session->output.len) {
        size_t sent = 0;
        CURLcode result = curl_easy_send(session->easy, session->output.data + session->output_sent,
            session->output.len - session->output_sent, &sent);
        session->output_sent += sent;
        if (result == CURLE_AGAIN)
            return true;
        if (result != CURLE_OK)
            return false;
    }
    if (session->stage == SMTP_MESSAGE)
        session->exchange->written = true;
    return true;
}

/* Bytes of a reply. Returns false when the connection is gone or speaks another language. */
static bool session_receive(struct net *net, struct smtp_session *session)
{
    for (;;) {
        char c;
        size_t got = 0;
        CURLcode result = curl_easy_recv(session->easy, &c, 1, &got);
        if (result == CURLE_AGAIN)
            return true;
        if (result != CURLE_OK || got == 0)
            return false;
        if (c != '\n') {
            if (session->line_len < REPLY_LINE_MAX) /* the rest of an endless line is dropped */
                session->line[session->line_len++] = c;
            continue;
        }
        bool last = false;
        struct str line = {session->line, session->line_len};
        session->line_len = 0;
        if (!take_reply_line(session->exchange, line, &last))
            return false;
        if (last) {
            session_reply(net, session);
            return true;
        }
    }
}

static void session_drive(struct net *net, struct smtp_session *session, int64_t now_ms)
{
    enum smtp_stage stage;
    do {
        const struct exchange *exchange = session->exchange;
        stage = session->stage;
        if (!session_send(session)
            || (session->output_sent == session->output.len && !session_receive(net, session))) {
            session_broken(net, session, "the connection was closed before an answer came");
            return;
        }
        if (session->exchange != exchange) /* it is over */
            return;
    } while (session->stage != stage);
    if (now_ms >= session->deadline_ms)
        session_broken(net, session, "timeout");
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

static void server_of(const struct net_request *request, char server[512])
{
    const char *user = request->user ? request->user : "";
    const char *password = request->password ? request->password : "";
    (void)snprintf(server, 512, "%d %s %s %s %s", (int)request->tls, request->url,
        request->helo ? request->helo : "", user, password);
}

const char *smtp_submit(struct net *net, struct exchange *exchange)
{
    const struct net_request *request = &exchange->request;
    char server[512];
    if (!strstr(request->url, "://") || !net_is_one_line(request->url))
        return "the address of the mail server is not smtp://host:port";
    if (!request->mail_from || !request->rcpt_to || !net_is_one_line(request->mail_from)
        || !net_is_one_line(request->rcpt_to) || !net_is_one_line(request->helo))
        return "a mail address is missing or holds a line break";
    if (request->user && request->tls == NET_TLS_NONE && !is_loopback(request->url))
        return "a password is not sent over a connection without TLS";
    server_of(request, server);
    if (strlen(server) == sizeof server - 1)
        return "the address of the mail server is too long";
    exchange_list_add(&net->mails, exchange);
    return NULL;
}

/* NULL, or why no connection can be begun. */
static const char *session_connect(struct net *net, struct smtp_session *session)
{
    struct exchange *exchange = session->exchange;
    const struct net_request *request = &exchange->request;
    CURL *easy = session->easy;
    const char *authority = strstr(request->url, "://");
    const char *scheme = request->tls == NET_TLS_IMPLICIT ? "smtps" : "smtp";
    const char *url = arena_format(&exchange->arena, "%s%.*s/%s", scheme,
        (int)(3 + strcspn(authority + 3, "/")), authority, request->helo ? request->helo : "");
    net_set_common(easy, request);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_USE_SSL,
        (long)(request->tls == NET_TLS_STARTTLS ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, read_greeting_line);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    return curl_multi_add_handle(net->multi, easy) == CURLM_OK ? NULL : "out of memory";
}

static struct smtp_session *session_for(struct net *net, const char *server)
{
    struct smtp_session *place = NULL;
    for (size_t i = 0; i < SMTP_SESSIONS_MAX; i++) {
        struct smtp_session *session = &net->sessions[i];
        if (session->easy && !session->exchange && text_is(session->server, server))
            return session;
        if (!session->exchange && (!place || !session->easy))
            place = session; /* a free one, else an idle one of another server */
    }
    return place;
}

/* Gives waiting mails the sessions that are free. */
static void assign(struct net *net)
{
    while (net->mails.first) {
        char server[512];
        server_of(&net->mails.first->request, server);
        struct smtp_session *session = session_for(net, server);
        if (!session)
            return;
        struct exchange *exchange = exchange_list_take(&net->mails);
        bool kept = session->easy && text_is(session->server, server);
        if (session->easy && !kept)
            session_quit(net, session);
        session->exchange = exchange;
        session->deadline_ms = net_monotonic_ms() + exchange->request.timeout_ms;
        buf_init(&session->output, &exchange->arena);
        if (kept) {
            session_say(session, SMTP_RESET);
            continue;
        }
        session->stage = SMTP_CONNECT;
        memcpy(session->server, server, sizeof server);
        session->easy = curl_easy_init();
        exchange->refused = session->easy ? session_connect(net, session) : "out of memory";
        if (exchange->refused)
            session_finish(net, session, exchange->refused, false);
    }
}

void smtp_connected(struct net *net, CURL *easy, CURLcode result)
{
    for (size_t i = 0; i < SMTP_SESSIONS_MAX; i++) {
        struct smtp_session *session = &net->sessions[i];
        if (session->easy != easy)
            continue;
        session->exchange->result = result;
        if (result != CURLE_OK) {
            session_finish(net, session, NULL, false);
            return;
        }
        session->exchange->reply_code = 0;
        session_say(session, SMTP_MAIL);
    }
}

void smtp_drive(struct net *net)
{
    int64_t now_ms = net_monotonic_ms();
    assign(net);
    for (size_t i = 0; i < SMTP_SESSIONS_MAX; i++) {
        struct smtp_session *session = &net->sessions[i];
        if (session->exchange && session->stage != SMTP_CONNECT)
            session_drive(net, session, now_ms);
        else if (session->easy && !session->exchange && now_ms >= session->deadline_ms)
            session_quit(net, session);
    }
    assign(net);
}

unsigned smtp_wait_for(struct net *net, struct curl_waitfd waits[SMTP_SESSIONS_MAX])
{
    unsigned count = 0;
    for (size_t i = 0; i < SMTP_SESSIONS_MAX; i++) {
        struct smtp_session *session = &net->sessions[i];
        curl_socket_t socket = CURL_SOCKET_BAD;
        if (!session->exchange || session->stage == SMTP_CONNECT)
            continue;
        (void)curl_easy_getinfo(session->easy, CURLINFO_ACTIVESOCKET, &socket);
        bool sending = session->output_sent < session->output.len;
        if (socket != CURL_SOCKET_BAD)
            waits[count++] = (struct curl_waitfd){
                .fd = socket, .events = (short)(sending ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN)};
    }
    return count;
}

static const char *failure_of(const struct exchange *exchange)
{
    if (exchange->failure)
        return exchange->failure;
    return exchange->result == CURLE_LOGIN_DENIED ? "the mail server refused the login" : NULL;
}

struct net_reply smtp_reply(struct arena *tick, const struct exchange *exchange)
{
    /* While libcurl spoke, only a refusal tells; a timeout after one is still a timeout. */
    bool refused = exchange->reply_code >= 400 && exchange->result != CURLE_OPERATION_TIMEDOUT;
    bool answered =
        exchange->result == CURLE_OK ? !exchange->failure && exchange->reply_code : refused;
    return (struct net_reply){
        .answered = answered,
        .written = exchange->written,
        .status = answered ? exchange->reply_code : 0,
        .failure = answered ? NULL : failure_of(exchange),
        .body = arena_text(tick, exchange->reply_line),
        .body_len = strlen(exchange->reply_line),
        .retry_after_s = -1,
    };
}

void smtp_close(struct net *net)
{
    for (size_t i = 0; i < SMTP_SESSIONS_MAX; i++)
        if (net->sessions[i].easy && !net->sessions[i].exchange)
            session_quit(net, &net->sessions[i]);
        else if (net->sessions[i].easy)
            session_close(net, &net->sessions[i]);
}
