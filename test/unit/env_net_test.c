/* env_net_test.c: what the network's door says about exchanges that go well and badly. The line
 * between "never left" and "may have left" is what keeps a patient from hearing twice. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "env/env.h"
#include "peer.h"

struct world {
    struct arena arena;
    struct env env;
    struct peer *peer;
};

static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct why why = {0};
    arena_init(&world->arena, 0);
    must(env_os_open(&world->arena, &world->env, &why), &why);
    world->peer = calloc(1, sizeof *world->peer);
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    env_os_close(&world->env);
    arena_release(&world->arena);
    free(world->peer);
    free(world);
    return 0;
}

static struct net_request http_to(struct world *world, const char *method, const char *body)
{
    return (struct net_request){
        .kind = NET_HTTP,
        .tag = 77,
        .url = arena_format(&world->arena, "http://127.0.0.1:%d/messages", world->peer->port),
        .timeout_ms = 5000,
        .method = method,
        .body = body,
        .body_len = body ? strlen(body) : 0,
    };
}

static struct net_reply exchange(struct world *world, const struct net_request *request)
{
    struct env_net *net = &world->env.net;
    struct net_reply reply = {0};
    assert_true(net->submit(net->self, request));
    assert_int_equal(net->in_flight(net->self), 1);
    assert_true(net->take(net->self, &world->arena, 20000, &reply));
    assert_int_equal(net->in_flight(net->self), 0);
    assert_true(reply.tag == request->tag);
    assert_true(reply.answered == (reply.failure == NULL));
    return reply;
}

/* Answers every request with the script's text. */
static void serve_answer(struct peer *peer, int fd)
{
    char *request = malloc(sizeof peer->seen);
    while (peer_http_request(fd, request, sizeof peer->seen)) {
        peer_note(peer, request);
        peer->requests++;
        peer_say(fd, peer->script);
    }
    free(request);
}

static void test_net_http__carries_request_and_answer(void **state)
{
    struct world *world = *state;
    peer_start(world->peer, serve_answer,
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 17\r\nContent-Length: 5\r\n\r\nhello");
    struct net_request request = http_to(world, "POST", "To=%2B1512&Body=hi");
    const struct net_header headers[] = {
        {"Content-Type", "application/x-www-form-urlencoded"}, {"X-Empty", ""}};
    request.headers = headers;
    request.header_count = 2;
    request.user = "AC1";
    request.password = "secret";
    struct net_reply reply = exchange(world, &request);
    peer_stop(world->peer);
    assert_true(reply.answered && reply.written);
    assert_int_equal(reply.status, 429);
    assert_int_equal(reply.retry_after_s, 17);
    const char *seen = world->peer->seen;
    assert_true(text_starts(seen, "POST /messages HTTP/1.1\n"));
    assert_non_null(strstr(seen, "Authorization: Basic QUMxOnNlY3JldA==\n"));
    assert_non_null(strstr(seen, "Content-Type: application/x-www-form-urlencoded\n"));
    assert_non_null(strstr(seen, "X-Empty:"));
    assert_null(strstr(seen, "Expect:"));
    assert_true(text_ends(seen, "\n\nTo=%2B1512&Body=hi"));
}

static void test_net_http__waits_no_longer_than_a_day(void **state)
{
    struct world *world = *state;
    static const char *const asked[] = {"86401", "9223372036854775", "9223372036854775807",
        "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        char script[160];
        int len = snprintf(script, sizeof script,
            "HTTP/1.1 503 Busy\r\nRetry-After: %s\r\nContent-Length: 2\r\n\r\nok", asked[i]);
        assert_true(len > 0 && (size_t)len < sizeof script);
        peer_start(world->peer, serve_answer, script);
        struct net_request request = http_to(world, "GET", NULL);
        struct net_reply reply = exchange(world, &request);
        peer_stop(world->peer);
        assert_int_equal(reply.status, 503);
        assert_true(reply.retry_after_s == -1 || reply.retry_after_s == NET_RETRY_AFTER_S_MAX);
    }
}

static void test_net_http__knows_other_methods_and_follows_no_redirect(void **state)
{
    struct world *world = *state;
    peer_start(world->peer, serve_answer,
        "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 2\r\n\r\nok");
    static const char *const methods[] = {"GET", "PUT", "DELETE", "PATCH"};
    for (size_t i = 0; i < 4; i++) {
        struct net_request request = http_to(world, methods[i], i == 1 ? "{}" : NULL);
        struct net_reply reply = exchange(world, &request);
        assert_int_equal(reply.status, 302);
        assert_string_equal(reply.body, "ok");
        assert_true(text_starts(world->peer->seen, methods[i]));
        assert_int_equal(reply.retry_after_s, -1);
    }
    assert_int_equal(world->peer->requests, 4);
    peer_stop(world->peer);
}

static void test_net_http__says_never_left_when_no_connection_stood(void **state)
{
    struct world *world = *state;
    peer_start(world->peer, serve_answer, "");
    struct net_request tls = http_to(world, "POST", "x");
    tls.url = arena_format(&world->arena, "https://127.0.0.1:%d/", world->peer->port);
    tls.timeout_ms = 500;
    struct net_reply reply = exchange(world, &tls); /* the peer speaks no TLS */
    assert_true(!reply.answered && !reply.written && reply.status == 0);
    peer_stop(world->peer);
    struct net_request refused = http_to(world, "POST", "x"); /* nobody listens any more */
    reply = exchange(world, &refused);
    assert_true(!reply.answered && !reply.written);
    assert_string_equal(reply.failure, "connection refused");
    static const char *const urls[] = {
        "http://no-such-host.invalid/", "file:///etc/passwd", "http://", "nonsense:\\"};
    for (size_t i = 0; i < 4; i++) {
        struct net_request wrong = http_to(world, "GET", NULL);
        wrong.url = urls[i];
        reply = exchange(world, &wrong);
        assert_true(!reply.answered && !reply.written);
    }
    struct net_request split = http_to(world, "GET", NULL);
    split.headers = &(struct net_header){"X-A", "b\r\nX-C: d"};
    split.header_count = 1;
    reply = exchange(world, &split);
    assert_true(!reply.answered && !reply.written);
}

/* Answers the first request of a connection, reads the next whole and hangs up. */
static void serve_once_then_break(struct peer *peer, int fd)
{
    char *request = malloc(sizeof peer->seen);
    bool first = true;
    while (peer_http_request(fd, request, sizeof peer->seen)) {
        peer->requests++;
        if (!first)
            break;
        first = false;
        peer_say(fd, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");
    }
    free(request);
}

/* libcurl would send such a request again by itself; the provider had it already. */
static void test_net_http__never_sends_again_on_a_kept_connection(void **state)
{
    struct world *world = *state;
    static const char *const bodies[] = {"Body=hi", NULL};
    for (size_t i = 0; i < 2; i++) {
        peer_start(world->peer, serve_once_then_break, NULL);
        struct net_request request = http_to(world, "POST", "Body=first");
        assert_int_equal(exchange(world, &request).status, 201);
        request = http_to(world, "POST", bodies[i]);
        struct net_reply reply = exchange(world, &request);
        if (bodies[i])
            assert_true(!reply.answered && reply.written);
        else /* without a body it had a connection of its own, which answered */
            assert_int_equal(reply.status, 201);
        assert_int_equal(world->peer->requests, 2);
        peer_stop(world->peer);
    }
}

struct broken {
    const char *said; /* before hanging up, or before falling silent */
    bool silent;
};

static void serve_broken(struct peer *peer, int fd)
{
    const struct broken *broken = peer->script;
    char *request = malloc(sizeof peer->seen), more[2];
    if (peer_http_request(fd, request, sizeof peer->seen)) {
        peer->requests++;
        peer_say(fd, broken->said);
        if (broken->silent)
            (void)peer_line(fd, more, sizeof more);
    }
    free(request);
}

static void test_net_http__says_may_have_left_when_the_answer_is_missing(void **state)
{
    struct world *world = *state;
    static const struct broken cases[] = {{"", false}, {"", true},
        {"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nten bytes.", false},
        {"HTTP/1.1 201 Created\r\nContent-Le", false},
        {"HTTP/1.1 201 Created\r\nContent-Length: 99999999\r\n\r\n", true}, {"garbage\n", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        peer_start(world->peer, serve_broken, &cases[i]);
        struct net_request request = http_to(world, "POST", "Body=hi");
        request.timeout_ms = 400;
        struct net_reply reply = exchange(world, &request);
        assert_false(reply.answered);
        assert_true(reply.written);
        assert_int_equal(reply.status, 0);
        assert_int_equal(world->peer->requests, 1);
        peer_stop(world->peer);
    }
}

static void serve_endless(struct peer *peer, int fd)
{
    char *request = malloc(sizeof peer->seen);
    if (peer_http_request(fd, request, sizeof peer->seen)) {
        char block[4097];
        memset(block, 'x', sizeof block - 1);
        block[sizeof block - 1] = '\0';
        peer_say(fd, "HTTP/1.1 200 OK\r\n\r\n");
        for (size_t sent = 0; sent < (size_t)NET_BODY_MAX + 8192; sent += 4096)
            peer_say(fd, block);
    }
    free(request);
}

static void test_net_http__bounds_the_answer(void **state)
{
    struct world *world = *state;
    peer_start(world->peer, serve_endless, NULL);
    struct net_request request = http_to(world, "GET", NULL);
    struct net_reply reply = exchange(world, &request);
    assert_false(reply.answered);
    assert_string_equal(reply.failure, "the answer is too large");
    peer_stop(world->peer);
}

enum { CROWD = 300 };

/* Answers nobody before all have come. */
static void serve_crowd(struct peer *peer, int fd)
{
    char *request = malloc(sizeof peer->seen);
    if (peer_http_request(fd, request, sizeof peer->seen)) {
        peer->requests++;
        while (peer->requests < CROWD && !peer->stopping)
            (void)sched_yield();
        peer_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    free(request);
}

static void test_net_submit__has_hundreds_in_flight_from_one_thread(void **state)
{
    struct world *world = *state;
    struct env_net *net = &world->env.net;
    peer_start(world->peer, serve_crowd, NULL);
    struct net_request request = http_to(world, "POST", "Body=hi");
    request.timeout_ms = 60000;
    bool seen[CROWD] = {false};
    for (request.tag = 0; request.tag < CROWD; request.tag++)
        assert_true(net->submit(net->self, &request));
    for (int i = 0; i < CROWD; i++) {
        struct net_reply reply;
        assert_true(net->take(net->self, &world->arena, 60000, &reply));
        assert_true(reply.answered && reply.status == 200 && !seen[reply.tag]);
        seen[reply.tag] = true;
    }
    struct net_reply none;
    assert_false(net->take(net->self, &world->arena, 0, &none));
    peer_stop(world->peer);
    for (int i = 0; i < NET_IN_FLIGHT_MAX; i++)
        assert_true(net->submit(net->self, &request));
    assert_false(net->submit(net->self, &request));
}

/* The mail server: each command is answered by the script's line that begins with it. */
struct mail_script {
    const char *ehlo, *auth, *mail, *rcpt, *data, *dot; /* NULL: hang up; "": fall silent */
};

static const struct mail_script polite = {
    .ehlo = "250-here\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 10000000\r\n",
    .auth = "235 2.7.0 welcome\r\n",
    .mail = "250 2.1.0 ok\r\n",
    .rcpt = "250 2.1.5 ok\r\n",
    .data = "354 go on\r\n",
    .dot = "250 2.0.0 queued as 1\r\n",
};

static const char *mail_answer(const struct mail_script *script, const char *line)
{
    if (text_starts(line, "EHLO"))
        return script->ehlo;
    if (text_starts(line, "MAIL"))
        return script->mail;
    if (text_starts(line, "RCPT"))
        return script->rcpt;
    if (text_starts(line, "DATA"))
        return script->data;
    if (text_starts(line, "RSET"))
        return "250 2.0.0 fresh\r\n";
    return text_starts(line, "QUIT") ? "221 2.0.0 bye\r\n" : "502 5.5.1 no\r\n";
}

static void serve_mail(struct peer *peer, int fd)
{
    const struct mail_script *script = peer->script;
    char line[2048], dialogue[16384] = "";
    size_t len = 0;
    bool in_message = false, in_auth = false;
    peer_say(fd, "220 here\r\n");
    while (peer_line(fd, line, sizeof line)) {
        if (len < 8192)
            len += (size_t)snprintf(dialogue + len, sizeof dialogue - len, "%s\n", line);
        const char *answer = in_auth ? script->auth : mail_answer(script, line);
        in_auth = !in_auth && !in_message && text_starts(line, "AUTH");
        if (in_auth)
            answer = "334 \r\n";
        if (in_message && !text_is(line, "."))
            continue;
        if (in_message) {
            peer->requests++;
            answer = script->dot;
        }
        peer_note(peer, dialogue);
        if (!answer)
            return;
        peer_say(fd, answer);
        in_message = !in_message && text_starts(answer, "354");
    }
}

static struct net_request mail_to(struct world *world)
{
    static const char message[] = "Subject: Hello\r\n\r\n.a line with a dot\r\nbye\r\n";
    return (struct net_request){
        .kind = NET_SMTP,
        .tag = 5,
        .url = arena_format(&world->arena, "smtp://127.0.0.1:%d", world->peer->port),
        .timeout_ms = 3000,
        .mail_from = "desk@practice.example",
        .rcpt_to = "ana@patient.example",
        .helo = "practice.example",
        .message = message,
        .message_len = sizeof message - 1,
    };
}

static void test_net_place__tells_the_outside_from_the_inside(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        enum net_place place;
    } cases[] = {{"example.com", NET_PLACE_PUBLIC}, {"8.8.8.8", NET_PLACE_PUBLIC},
        {"172.15.255.255", NET_PLACE_PUBLIC}, {"172.32.0.1", NET_PLACE_PUBLIC},
        {"100.63.0.1", NET_PLACE_PUBLIC}, {"[2606:4700::1111]", NET_PLACE_PUBLIC},
        {"[::ffff:8.8.8.8]", NET_PLACE_PUBLIC}, {"[2002:808:808::1]", NET_PLACE_PUBLIC},
        {"localhost", NET_PLACE_LOOPBACK}, {"a.localhost", NET_PLACE_LOOPBACK},
        {"127.0.0.1", NET_PLACE_LOOPBACK}, {"127.1", NET_PLACE_LOOPBACK},
        {"2130706433", NET_PLACE_LOOPBACK}, {"0x7f.0.0.1", NET_PLACE_LOOPBACK},
        {"0177.0.0.1", NET_PLACE_LOOPBACK}, {"[::1]", NET_PLACE_LOOPBACK},
        {"[::ffff:127.0.0.1]", NET_PLACE_LOOPBACK}, {"0.0.0.0", NET_PLACE_PRIVATE},
        {"10.0.0.1", NET_PLACE_PRIVATE}, {"172.16.0.1", NET_PLACE_PRIVATE},
        {"172.31.255.255", NET_PLACE_PRIVATE}, {"192.168.0.1", NET_PLACE_PRIVATE},
        {"169.254.169.254", NET_PLACE_PRIVATE}, {"100.64.0.1", NET_PLACE_PRIVATE},
        {"224.0.0.1", NET_PLACE_PRIVATE}, {"255.255.255.255", NET_PLACE_PRIVATE},
        {"[::]", NET_PLACE_PRIVATE}, {"[fe80::1]", NET_PLACE_PRIVATE},
        {"[fd12::1]", NET_PLACE_PRIVATE}, {"[ff02::1]", NET_PLACE_PRIVATE},
        {"[64:ff9b::a00:1]", NET_PLACE_PRIVATE}, {"[2001:db8::1]", NET_PLACE_PRIVATE},
        {"[2001::1]", NET_PLACE_PRIVATE}, {"[2002:a00:1::1]", NET_PLACE_PRIVATE},
        {"[nonsense]", NET_PLACE_PRIVATE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (net_place_of(cases[i].host) != cases[i].place)
            fail_msg("%s is in %d", cases[i].host, (int)net_place_of(cases[i].host));
    }
}

static void test_net_http__stays_outside_when_it_must(void **state)
{
    struct world *world = *state;
    peer_start(world->peer, serve_answer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    struct net_request request = http_to(world, "POST", "x");
    assert_int_equal(exchange(world, &request).status, 200); /* and its connection is kept */
    request.public_only = true;
    struct net_reply reply = exchange(world, &request);
    assert_true(!reply.answered && !reply.written);
    assert_string_equal(reply.failure, "the address is private");
    request.url = arena_format(&world->arena, "http://localhost:%d/", world->peer->port);
    reply = exchange(world, &request); /* a name is judged by what it leads to */
    assert_true(!reply.answered && !reply.written);
    assert_string_equal(reply.failure, "the address is private");
    assert_int_equal(world->peer->requests, 1);
    peer_stop(world->peer);
}

static void test_net_http__stays_inside_when_it_must(void **state)
{
    struct world *world = *state;
    peer_start(world->peer, serve_answer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    struct net_request request = http_to(world, "POST", "words");
    request.inside_only = true;
    struct net_reply reply = exchange(world, &request);
    peer_stop(world->peer);
    assert_true(reply.answered);
    request.url = "http://9.9.9.9:8080/v1"; /* judged before anything is sent there */
    reply = exchange(world, &request);
    assert_false(reply.answered || reply.written);
    assert_string_equal(reply.failure, "the address is public");
}

static void test_net_smtp__delivers_the_message_as_it_is(void **state)
{
    struct world *world = *state;
    peer_start(world->peer, serve_mail, &polite);
    struct net_request request = mail_to(world);
    request.user = "desk";
    request.password = "secret";
    for (int i = 1; i <= 2; i++) {
        struct net_reply reply = exchange(world, &request);
        assert_true(reply.answered && reply.written);
        assert_int_equal(reply.status, 250);
        assert_string_equal(reply.body, "250 2.0.0 queued as 1");
        assert_int_equal(world->peer->requests, i);
    }
    assert_int_equal(world->peer->connections, 1); /* kept for the second */
    const char *seen = world->peer->seen;
    assert_non_null(strstr(seen, "EHLO practice.example\nAUTH PLAIN"));
    assert_non_null(strstr(seen, "MAIL FROM:<desk@practice.example>"));
    assert_non_null(strstr(seen,
        "RCPT TO:<ana@patient.example>\nDATA\n"
        "Subject: Hello\n\n..a line with a dot\nbye\n.\n"));
    peer_stop(world->peer);
}

static void test_net_smtp__counts_a_refusal_as_an_answer(void **state)
{
    struct world *world = *state;
    static const struct {
        size_t at; /* the answer that is replaced */
        const char *line;
        int status;
        bool written;
    } cases[] = {
        {offsetof(struct mail_script, auth), "535 5.7.8 who are you\r\n", 535, false},
        {offsetof(struct mail_script, mail), "452 4.3.1 full\r\n", 452, false},
        {offsetof(struct mail_script, rcpt), "450 4.2.1 later\r\n", 450, false},
        {offsetof(struct mail_script, rcpt), "550-5.1.1 no\r\n550 5.1.1 nobody\r\n", 550, false},
        {offsetof(struct mail_script, data), "554 5.3.0 not now\r\n", 554, false},
        {offsetof(struct mail_script, dot), "451 4.7.1 try later\r\n", 451, true},
        {offsetof(struct mail_script, dot), "550 5.7.1 spam\r\n", 550, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mail_script script = polite;
        memcpy((char *)&script + cases[i].at, &cases[i].line, sizeof(const char *));
        peer_start(world->peer, serve_mail, &script);
        struct net_request request = mail_to(world);
        request.user = "desk";
        struct net_reply reply = exchange(world, &request);
        if (!reply.answered)
            fail_msg("case %zu: %s", i, reply.failure);
        assert_int_equal(reply.status, cases[i].status);
        assert_int_equal(reply.written, cases[i].written);
        const char *last = strstr(cases[i].line, "550 5.1.1");
        struct str line = str_trim(str_of(last ? last : cases[i].line));
        assert_string_equal(reply.body, str_text(&world->arena, line));
        peer_stop(world->peer);
    }
}

static void test_net_smtp__doubts_only_after_the_last_byte(void **state)
{
    struct world *world = *state;
    static const char *const dots[] = {NULL, ""}; /* hang up, fall silent */
    for (size_t i = 0; i < 2; i++) {
        struct mail_script script = polite;
        script.dot = dots[i];
        peer_start(world->peer, serve_mail, &script);
        struct net_request request = mail_to(world);
        request.timeout_ms = 500;
        struct net_reply reply = exchange(world, &request);
        assert_true(!reply.answered && reply.written && reply.status == 0);
        peer_stop(world->peer);
    }
    struct mail_script before[] = {polite, polite, polite};
    before[0].ehlo = NULL;
    before[1].rcpt = NULL;
    before[2].data = "";
    for (size_t i = 0; i < 3; i++) {
        peer_start(world->peer, serve_mail, &before[i]);
        struct net_request request = mail_to(world);
        request.timeout_ms = 500;
        struct net_reply reply = exchange(world, &request);
        assert_true(!reply.answered && !reply.written);
        peer_stop(world->peer);
    }
}

/* Takes one mail, then hangs up while the client still thinks of the session as its own. */
static void serve_mail_once(struct peer *peer, int fd)
{
    char line[2048];
    bool in_message = false;
    peer_say(fd, "220 here\r\n");
    while (peer_line(fd, line, sizeof line)) {
        if (in_message && !text_is(line, "."))
            continue;
        peer->requests += in_message;
        peer_say(fd, text_is(line, "DATA") ? "354 go on\r\n" : "250 ok\r\n");
        if (in_message)
            return;
        in_message = text_is(line, "DATA");
    }
}

static void test_net_smtp__notices_that_a_kept_session_is_gone(void **state)
{
    struct world *world = *state;
    peer_start(world->peer, serve_mail_once, NULL);
    for (int i = 1; i <= 3; i++) {
        struct net_request request = mail_to(world);
        struct net_reply reply = exchange(world, &request);
        assert_true(reply.answered && reply.status == 250);
        assert_int_equal(world->peer->requests, i);
    }
    assert_int_equal(world->peer->connections, 3);
    peer_stop(world->peer);
}

/* Thinks about every mail for a while. */
static void serve_mail_slowly(struct peer *peer, int fd)
{
    char line[2048];
    bool in_message = false;
    peer_say(fd, "220 here\r\n");
    while (peer_line(fd, line, sizeof line)) {
        if (in_message && !text_is(line, "."))
            continue;
        if (in_message)
            (void)usleep(300000);
        in_message = text_is(line, "DATA");
        peer_say(fd, in_message ? "354 go on\r\n" : "250 ok\r\n");
    }
    (void)peer;
}

static void test_net_smtp__does_not_stand_still_while_a_server_thinks(void **state)
{
    struct world *world = *state;
    struct env_net *net = &world->env.net;
    enum { MAILS = 30 };
    peer_start(world->peer, serve_mail_slowly, NULL);
    struct net_request request = mail_to(world);
    request.timeout_ms = 30000;
    struct instant begun = world->env.clock.now(world->env.clock.self);
    for (request.tag = 0; request.tag < MAILS; request.tag++)
        assert_true(net->submit(net->self, &request));
    for (int i = 0; i < MAILS; i++) {
        struct net_reply reply;
        assert_true(net->take(net->self, &world->arena, 30000, &reply));
        assert_true(reply.answered && reply.status == 250);
    }
    struct instant done = world->env.clock.now(world->env.clock.self);
    assert_true(done.ms - begun.ms < MAILS * 300 / 2); /* one by one it would be twice that */
    assert_true(world->peer->connections <= 10);
    peer_stop(world->peer);
}

/* Reads nothing of a message that is larger than any buffer on the way. */
static void serve_mail_and_leave(struct peer *peer, int fd)
{
    char line[2048];
    (void)peer;
    peer_say(fd, "220 here\r\n");
    while (peer_line(fd, line, sizeof line) && !text_is(line, "DATA"))
        peer_say(fd, "250 ok\r\n");
    peer_say(fd, "354 go on\r\n");
}

static void test_net_smtp__knows_that_half_a_message_is_none(void **state)
{
    struct world *world = *state;
    peer_start(world->peer, serve_mail_and_leave, NULL);
    enum { MESSAGE_BYTES = 32 << 20 };
    char *message = arena_alloc(&world->arena, MESSAGE_BYTES);
    memset(message, 'x', MESSAGE_BYTES);
    for (size_t i = 78; i < MESSAGE_BYTES; i += 80)
        memcpy(message + i, "\r\n", 2);
    struct net_request request = mail_to(world);
    request.message = message;
    request.message_len = MESSAGE_BYTES;
    struct net_reply reply = exchange(world, &request);
    assert_true(!reply.answered && !reply.written);
    peer_stop(world->peer);
}

static void test_net_smtp__keeps_passwords_off_plain_lines(void **state)
{
    struct world *world = *state;
    peer_start(world->peer, serve_mail, &polite);
    struct net_request request = mail_to(world);
    request.user = "desk";
    request.password = "secret";
    request.tls = NET_TLS_STARTTLS; /* which the peer does not offer */
    struct net_reply reply = exchange(world, &request);
    assert_true(!reply.answered && !reply.written);
    assert_string_equal(reply.failure, "the mail server offers no TLS");
    assert_null(strstr(world->peer->seen, "AUTH"));
    assert_null(strstr(world->peer->seen, "MAIL"));
    peer_stop(world->peer);
    request.tls = NET_TLS_NONE;
    request.url = "smtp://192.0.2.1:25";
    reply = exchange(world, &request);
    assert_string_equal(reply.failure, "a password is not sent over a connection without TLS");
    request.url = "smtp://127.0.0.1:1";
    request.rcpt_to = "a@b.example>\r\nRCPT TO:<c@d.example";
    assert_string_equal(
        exchange(world, &request).failure, "a mail address is missing or holds a line break");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_net_http__carries_request_and_answer),
        cmocka_unit_test(test_net_http__waits_no_longer_than_a_day),
        cmocka_unit_test(test_net_http__knows_other_methods_and_follows_no_redirect),
        cmocka_unit_test(test_net_http__says_never_left_when_no_connection_stood),
        cmocka_unit_test(test_net_http__never_sends_again_on_a_kept_connection),
        cmocka_unit_test(test_net_http__says_may_have_left_when_the_answer_is_missing),
        cmocka_unit_test(test_net_http__bounds_the_answer),
        cmocka_unit_test(test_net_place__tells_the_outside_from_the_inside),
        cmocka_unit_test(test_net_http__stays_outside_when_it_must),
        cmocka_unit_test(test_net_http__stays_inside_when_it_must),
        cmocka_unit_test(test_net_smtp__delivers_the_message_as_it_is),
        cmocka_unit_test(test_net_smtp__counts_a_refusal_as_an_answer),
        cmocka_unit_test(test_net_smtp__doubts_only_after_the_last_byte),
        cmocka_unit_test(test_net_smtp__notices_that_a_kept_session_is_gone),
        cmocka_unit_test(test_net_smtp__does_not_stand_still_while_a_server_thinks),
        cmocka_unit_test(test_net_smtp__knows_that_half_a_message_is_none),
        cmocka_unit_test(test_net_smtp__keeps_passwords_off_plain_lines),
        cmocka_unit_test(test_net_submit__has_hundreds_in_flight_from_one_thread),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
