/* http_server_test.c: connections, threads and hostile bytes, over real sockets on loopback. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "http_fixture.h"

struct served {
    struct http_fixture t;
    struct arena boot;
    struct http *http;
    int port;
    atomic_int wakes, tells;
};

static void on_wake(void *context)
{
    struct served *s = context;
    atomic_fetch_add(&s->wakes, 1);
}

static void on_tell(void *context, const struct http_event *event)
{
    struct served *s = context;
    assert_non_null(event->what);
    assert_non_null(event->detail);
    atomic_fetch_add(&s->tells, 1);
}

static void start(struct served *s)
{
    struct why why = {0};
    memset(s, 0, sizeof *s);
    http_fixture_open(&s->t);
    arena_init(&s->boot, 0);
    const struct http_options options = {.env = &s->t.env,
        .dir = s->t.home,
        .listen = "127.0.0.1:0",
        .now = s->t.now,
        .wake = on_wake,
        .tell = on_tell,
        .context = s};
    must(http_open(&s->boot, &options, &s->http, &why), &why);
    int64_t port = 0;
    assert_true(text_to_int(strrchr(http_address(s->http), ':') + 1, 1, 65535, &port));
    s->port = (int)port;
}

static void stop(struct served *s)
{
    http_close(s->http);
    arena_release(&s->boot);
    http_fixture_close(&s->t);
}

static int dial(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = 20};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        (void)shutdown(fd, SHUT_RDWR); /* nobody listens any more: says and hears nothing */
    return fd;
}

static void say(int fd, const char *text)
{
    for (size_t len = strlen(text), sent = 0; sent < len;) {
        ssize_t n = send(fd, text + sent, len - sent, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* the server has closed already: its answer tells */
        sent += (size_t)n;
    }
}

/* Everything up to the end of the connection. */
static void hear(int fd, char *text, size_t bytes)
{
    size_t len = 0;
    for (ssize_t n = 1; n > 0 && len + 1 < bytes; len += n > 0 ? (size_t)n : 0)
        n = recv(fd, text + len, bytes - len - 1, 0);
    text[len] = '\0';
}

static int exchange(int port, const char *request, char *answer, size_t bytes)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    int fd = dial(port);
    say(fd, request);
    hear(fd, answer, bytes);
    close(fd);
    int64_t status = 0;
    if (text_starts(answer, "HTTP/1.1 "))
        (void)text_to_int(arena_text_n(&scratch, answer + 9, 3), 100, 599, &status);
    return (int)status;
}

#define GET(path, more)                                                                            \
    "GET " path " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" more "\r\n"

static void test_server__answers_and_hardens(void **state)
{
    (void)state;
    struct served s;
    char answer[16384];
    start(&s);
    assert_int_equal(exchange(s.port, GET("/healthz", ""), answer, sizeof answer), 200);
    assert_non_null(strstr(answer, "\r\n\r\nok\n"));
    assert_non_null(strstr(answer, "X-Content-Type-Options: nosniff"));
    assert_non_null(strstr(answer, "Referrer-Policy: no-referrer"));
    assert_non_null(strstr(answer, "Cache-Control: no-store"));
    assert_int_equal(exchange(s.port, GET("/readyz", ""), answer, sizeof answer), 200);
    assert_int_equal(exchange(s.port, GET("/metrics", ""), answer, sizeof answer), 200);
    assert_non_null(
        strstr(answer, "perennial_http_requests_total{route=\"health\",status=\"200\"} 1\n"));
    assert_int_equal(
        exchange(s.port, GET("/metrics", "X-Forwarded-For: 192.0.2.1\r\n"), answer, sizeof answer),
        403);
    assert_int_equal(
        exchange(s.port,
            "GET /metrics HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n", answer,
            sizeof answer),
        403);
    assert_int_equal(
        exchange(s.port, "HEAD /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", answer,
            sizeof answer),
        200);
    assert_true(text_ends(answer, "\r\n\r\n"));
    const char *page = arena_format(&s.t.arena,
        "GET %s HTTP/1.1\r\nHost: p.example.com\r\nConnection: close\r\n\r\n",
        http_fixture_link(&s.t, "u", "ml1"));
    assert_int_equal(exchange(s.port, page, answer, sizeof answer), 200);
    assert_non_null(strstr(answer, "Content-Security-Policy: default-src 'none'"));
    stop(&s);
}

static void test_server__refuses_hostile_requests(void **state)
{
    (void)state;
    struct served s;
    static char answer[16384], large[200 << 10];
    start(&s);
#define POST_HEAD "POST /hooks/sms/status HTTP/1.1\r\nHost: a\r\n"
    static const struct {
        const char *request;
        int status;
    } cases[] = {
        {POST_HEAD "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400},
        {POST_HEAD "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET /healthz HTTP/1.1\r\n\r\n", 400},
        {POST_HEAD "Content-Length: 999999999\r\n\r\n", 413},
        {POST_HEAD "Content-Length: 131073\r\n\r\n", 413},
        {"POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", 404},
        {"PATCH /p/u/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405},
        {"GET http://evil/healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404},
        {"GET /p/u/%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(
            exchange(s.port, cases[i].request, answer, sizeof answer), cases[i].status);
    /* A head larger than a connection may hold. */
    int len = snprintf(large, sizeof large, "GET /healthz HTTP/1.1\r\nHost: a\r\nX: ");
    memset(large + len, 'a', 60000);
    snprintf(large + len + 60000, sizeof large - (size_t)len - 60000, "\r\n\r\n");
    int status = exchange(s.port, large, answer, sizeof answer);
    assert_true(status == 431 || status == 0);
    /* A chunked body without end is cut off. */
    len = snprintf(large, sizeof large, POST_HEAD "Transfer-Encoding: chunked\r\n\r\n28000\r\n");
    memset(large + len, 'a', sizeof large - (size_t)len - 1);
    large[sizeof large - 1] = '\0';
    assert_int_equal(exchange(s.port, large, answer, sizeof answer), 0);
    assert_int_equal(exchange(s.port, GET("/healthz", ""), answer, sizeof answer), 200);
    stop(&s);
}

#define STATUS_URL "/hooks/sms/status?a=01940000-0000-7000-8000-000000000001"

enum { CLIENTS = 6, ROUNDS = 12 };

struct client {
    struct served *s;
    int number, rounds;
    int answered, texts; /* as they should be; of these, texts */
};

static const char *signed_post(
    struct arena *arena, const char *path, const char *body, const char *fields)
{
    const char *text = arena_format(arena, "https://p.example.com%s%s", path, fields);
    unsigned char mac[20];
    hash_hmac_sha1("12345", 5, text, strlen(text), mac);
    return arena_format(arena,
        "POST %s HTTP/1.1\r\nHost: p\r\nConnection: close\r\nX-Twilio-Signature: %s\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
        path, hash_base64(arena, mac, sizeof mac), strlen(body), body);
}

/* Texts of its own and the same callback as everybody: all at once. */
static void *call_often(void *context)
{
    struct client *client = context;
    struct arena arena;
    char answer[4096];
    arena_init(&arena, 0);
    for (int i = 0, going = 1; i < client->rounds && going; i++) {
        const char *sid = arena_format(&arena, "SM%d-%d", client->number, i);
        const char *request = signed_post(&arena, "/hooks/sms/inbound",
            arena_format(&arena, "MessageSid=%s&From=%%2B15125550103&Body=hi", sid),
            arena_format(&arena, "BodyhiFrom+15125550103MessageSid%s", sid));
        going = exchange(client->s->port, request, answer, sizeof answer) == 200;
        client->texts += going;
        client->answered += going;
        request = signed_post(&arena, STATUS_URL, "MessageSid=SM1&MessageStatus=delivered",
            "MessageSidSM1MessageStatusdelivered");
        client->answered += exchange(client->s->port, request, answer, sizeof answer) == 204;
    }
    arena_release(&arena);
    return NULL;
}

static void test_server__takes_many_callbacks_at_once(void **state)
{
    (void)state;
    struct served s;
    start(&s);
    struct client clients[CLIENTS];
    pthread_t threads[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.s = &s, .number = i, .rounds = ROUNDS};
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, &clients[i]), 0);
    }
    http_reload(s.http); /* settings are read again in the middle of it */
    http_set_now(s.http, (struct instant){s.t.now.ms + 1000});
    int answered = 0;
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        answered += clients[i].answered;
    }
    assert_int_equal(answered, 2 * CLIENTS * ROUNDS);
    assert_int_equal(http_fixture_int(&s.t, "SELECT count(*) FROM inbound"), CLIENTS * ROUNDS);
    assert_int_equal(http_fixture_int(&s.t,
                         "SELECT count(*) FROM touch WHERE touch_id = 't1'"
                         " AND delivery = 'delivered'"),
        1);
    assert_int_equal(http_fixture_int(&s.t, "SELECT count(*) FROM engagement_event"), 1);
    assert_true(atomic_load(&s.wakes) >= CLIENTS * ROUNDS);
    assert_int_equal(atomic_load(&s.tells), 0);
    stop(&s);
}

static void test_server__tells_of_a_wrong_signature_and_of_a_wrong_home(void **state)
{
    (void)state;
    struct served s;
    char answer[4096];
    start(&s);
    const char *request = signed_post(
        &s.t.arena, "/hooks/sms/inbound", "MessageSid=SM7&From=%2B15125550103&Body=STOP", "forged");
    assert_int_equal(exchange(s.port, request, answer, sizeof answer), 403);
    assert_non_null(strstr(answer, "application/problem+json"));
    assert_int_equal(atomic_load(&s.tells), 1);
    http_fixture_write(&s.t, "perennial.yaml", "name: [\n");
    http_reload(s.http);
    assert_int_equal(exchange(s.port, GET("/readyz", ""), answer, sizeof answer), 200);
    assert_int_equal(atomic_load(&s.tells), 2);
    stop(&s);
}

static void test_server__closes_while_connections_are_open(void **state)
{
    (void)state;
    struct served s;
    start(&s);
    int idle = dial(s.port), half = dial(s.port);
    say(half, "GET /healthz HT");
    struct client client = {.s = &s, .rounds = 100000};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, call_often, &client), 0);
    struct instant before = s.t.env.clock.now(s.t.env.clock.self);
    while (atomic_load(&s.wakes) < 3)
        usleep(1000);
    http_close(s.http);
    struct instant after = s.t.env.clock.now(s.t.env.clock.self);
    assert_true(after.ms - before.ms < 4000);
    char answer[64];
    hear(idle, answer, sizeof answer);
    assert_int_equal(answer[0], 0);
    close(idle);
    close(half);
    pthread_join(thread, NULL); /* its next call found nobody */
    int64_t kept = http_fixture_int(&s.t, "SELECT count(*) FROM inbound");
    assert_true(kept == client.texts || kept == client.texts + 1);
    arena_release(&s.boot);
    http_fixture_close(&s.t);
}

static void test_server__refuses_an_address_that_is_none_or_taken(void **state)
{
    (void)state;
    struct served s;
    start(&s);
    static const char *const wrong[] = {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999",
        "nowhere:80", "[::1:80", "1.2.3:80", ":80"};
    struct http_options options = {.env = &s.t.env, .dir = s.t.home, .now = s.t.now};
    struct http *http = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct why why = {0};
        options.listen = wrong[i];
        assert_int_equal(http_open(&s.boot, &options, &http, &why), ERR_INPUT);
        assert_true(why.hint[0]);
    }
    struct why why = {0};
    options.listen = http_address(s.http) + strlen("http://");
    assert_int_equal(http_open(&s.boot, &options, &http, &why), ERR_IO);
    assert_non_null(strstr(why.message, "in use"));
    stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server__answers_and_hardens),
        cmocka_unit_test(test_server__refuses_hostile_requests),
        cmocka_unit_test(test_server__takes_many_callbacks_at_once),
        cmocka_unit_test(test_server__tells_of_a_wrong_signature_and_of_a_wrong_home),
        cmocka_unit_test(test_server__closes_while_connections_are_open),
        cmocka_unit_test(test_server__refuses_an_address_that_is_none_or_taken),
    };
    return cmocka_run_group_tests_name("http_server", tests, NULL, NULL);
}
