/* http_stream_test.c: /events over real sockets: who hears what, from where on, until when. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "account/account.h"
#include "audit/audit.h"
#include "http/backlog.h"
#include "http/stream.h"
#include "http_fixture.h"

struct served {
    struct http_fixture t;
    struct arena boot;
    struct http *http;
    int port, people;
};

static void serve(struct served *s)
{
    struct why why = {0};
    int64_t port = 0;
    const struct http_options options = {
        .env = &s->t.env, .dir = s->t.home, .listen = "127.0.0.1:0", .now = s->t.now};
    arena_init(&s->boot, 0);
    must(http_open(&s->boot, &options, &s->http, &why), &why);
    assert_true(text_to_int(strrchr(http_address(s->http), ':') + 1, 1, 65535, &port));
    s->port = (int)port;
}

static void start(struct served *s)
{
    memset(s, 0, sizeof *s);
    http_fixture_open(&s->t);
    s->t.now = s->t.env.clock.now(s->t.env.clock.self);
    serve(s);
}

static void halt(struct served *s)
{
    http_close(s->http);
    arena_release(&s->boot);
}

static void stop(struct served *s)
{
    halt(s);
    http_fixture_close(&s->t);
}

static struct tx begin(struct served *s)
{
    struct why why = {0};
    struct tx tx = {0};
    must(db_begin(s->t.desk.db, s->t.now, "test", 1, &s->t.desk.engine->ids, &tx, &why), &why);
    return tx;
}

/* Somebody with that role, signed in; the token. `locations` is a JSON array or NULL. */
static const char *sign_in(struct served *s, enum role role, const char *locations)
{
    struct why why = {0};
    struct id user;
    struct session session;
    struct account_secret secret;
    struct tx tx = begin(s);
    const struct account_plan plan = {
        .email = arena_format(&s->t.arena, "p%d@desk.example", s->people++),
        .name = "Robin",
        .role = role,
        .locations = locations};
    const struct account_ask ask = {.email = plan.email, .address = "127.0.0.1", .agent = "test"};
    s->t.env.entropy.fill(s->t.env.entropy.self, secret.bytes, sizeof secret.bytes);
    must(account_add(&tx, &plan, &user, &why), &why);
    must(account_start_session(&s->t.arena, &tx, user.text, &ask, false, &secret, &session, &why),
        &why);
    must(db_commit(&tx, &why), &why);
    return session.token;
}

static void note(struct served *s, const char *action, const char *patient_id, const char *subject)
{
    struct why why = {0};
    struct tx tx = begin(s);
    must(audit_write(&tx, action, patient_id, subject, NULL, &why), &why);
    must(db_commit(&tx, &why), &why);
}

/* ---- a listener ---- */

struct listener {
    int fd;
    char text[256 << 10];
    size_t len;
};

/* `who` is a whole header line: a cookie or a key; NULL: nobody. */
static void listen_as(struct served *s, struct listener *l, const char *who, const char *after)
{
    struct timeval patience = {.tv_sec = 10};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    l->len = 0;
    l->text[0] = '\0';
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(l->fd >= 0);
    (void)setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(l->fd, (struct sockaddr *)&address, sizeof address), 0);
    const char *request = arena_format(&s->t.arena,
        "GET /events HTTP/1.0\r\nHost: localhost\r\n%s%s%s%s\r\n", who ? who : "",
        after ? "Last-Event-ID: " : "", after ? after : "", after ? "\r\n" : "");
    assert_int_equal(send(l->fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
}

static void listen_on(struct served *s, struct listener *l, const char *token, const char *after)
{
    listen_as(s, l, arena_format(&s->t.arena, "Cookie: perennial=%s\r\n", token), after);
}

/* More of it; false at its end, or when nothing came for long. */
static bool hear_more(struct listener *l)
{
    ssize_t n = recv(l->fd, l->text + l->len, sizeof l->text - l->len - 1, 0);
    if (n <= 0)
        return false;
    l->len += (size_t)n;
    l->text[l->len] = '\0';
    return true;
}

static void hear(struct listener *l, const char *wanted)
{
    for (int tries = 0; !strstr(l->text, wanted); tries++) {
        if (tries == 200 || !hear_more(l))
            fail_msg("\"%s\" never came; heard:\n%s", wanted, l->text);
    }
}

static void hear_end(struct listener *l)
{
    while (hear_more(l))
        assert_true(l->len < sizeof l->text - 1);
    char byte;
    assert_int_equal(recv(l->fd, &byte, 1, 0), 0); /* the end, and not patience */
    close(l->fd);
}

/* The place that was told last. */
static char *last_place(struct served *s, const struct listener *l)
{
    const char *at = NULL;
    for (const char *next = l->text; (next = strstr(next, "\nid: ")); next += 5)
        at = next + 5;
    assert_non_null(at);
    return arena_text_n(&s->t.arena, at, strcspn(at, "\n"));
}

/* ---- tests ---- */

static void test_stream__tells_a_change_with_its_ids(void **state)
{
    (void)state;
    static struct served s;
    static struct listener l;
    start(&s);
    listen_on(&s, &l, sign_in(&s, ROLE_FRONT_DESK, NULL), NULL);
    hear(&l, "id: ");
    assert_non_null(strstr(l.text, "HTTP/1.1 200"));
    assert_non_null(strstr(l.text, "Content-Type: text/event-stream"));
    assert_non_null(strstr(l.text, "Cache-Control: no-store"));
    assert_non_null(strstr(l.text, "retry: 2000"));
    note(&s, "patient.read", "a", "search");
    note(&s, "task.ended", "a", "k1");
    hear(&l,
        "event: task\ndata: {\"topic\":\"task\",\"type\":\"task.changed\",\"patient_id\":\"a\","
        "\"subject_id\":\"k1\"}\n\n");
    assert_null(strstr(l.text, "event: patient")); /* who looks is told to nobody */
    close(l.fd);
    stop(&s);
}

static void test_stream__tells_nobody_what_the_role_may_not_read(void **state)
{
    (void)state;
    static struct served s;
    static struct listener consultant, limited, auditor, nobody;
    start(&s);
    struct why why = {0};
    struct tx tx = begin(&s);
    must(
        db_script(&tx,
            "INSERT INTO appointment (practice_id, appointment_id, patient_id, record_id, start_ms,"
            " local_day, location, status, row_hash, first_seen_ms, status_ms) VALUES"
            " (1, 'x1', 'a', 'P1', 1, 1, 'Uptown', 'completed', '', 1, 1),"
            " (1, 'x2', 'c', 'P3', 1, 1, 'Downtown', 'completed', '', 1, 1)",
            &why),
        &why);
    must(db_commit(&tx, &why), &why);
    listen_on(&s, &consultant, sign_in(&s, ROLE_CONSULTANT, NULL), NULL);
    listen_on(&s, &limited, sign_in(&s, ROLE_FRONT_DESK, "[\"Uptown\"]"), NULL);
    listen_on(&s, &auditor, sign_in(&s, ROLE_AUDITOR, NULL), NULL);
    listen_as(&s, &nobody, NULL, NULL);
    hear(&consultant, "id: ");
    hear(&limited, "id: ");
    hear(&auditor, "HTTP/1.1 403");
    hear(&nobody, "HTTP/1.1 401");
    note(&s, "patient.tagged", "c", NULL);
    note(&s, "patient.tagged", "a", NULL);
    note(&s, "task.added", NULL, "k9");
    note(&s, "playbook.paused", NULL, "win_back");
    hear(&consultant, "\"playbook.changed\",\"subject_id\":\"win_back\"}");
    hear(&limited, "\"playbook.changed\"");
    assert_null(strstr(consultant.text, "patient"));
    assert_null(strstr(consultant.text, "task"));
    assert_non_null(strstr(limited.text, "\"patient.changed\",\"patient_id\":\"a\"}"));
    assert_null(strstr(limited.text, "\"patient_id\":\"c\""));
    assert_non_null(strstr(limited.text, "{\"topic\":\"task\",\"type\":\"task.added\"}"));
    close(consultant.fd);
    close(limited.fd);
    close(auditor.fd);
    close(nobody.fd);
    stop(&s);
}

static void test_stream__goes_on_where_it_stopped_also_after_a_restart(void **state)
{
    (void)state;
    static struct served s;
    static struct listener l;
    start(&s);
    const char *token = sign_in(&s, ROLE_OWNER, NULL);
    listen_on(&s, &l, token, NULL);
    hear(&l, "id: ");
    note(&s, "thread.closed", "a", "th1");
    hear(&l, "\"thread_id\":\"th1\"}\n\nid: ");
    while (l.text[l.len - 1] != '\n')
        assert_true(hear_more(&l));
    const char *place = last_place(&s, &l);
    close(l.fd);
    note(&s, "thread.reopened", "a", "th2");
    halt(&s);
    note(&s, "import.done", NULL, "im1");
    serve(&s);
    listen_on(&s, &l, token, place);
    hear(&l, "\"im1\"");
    hear(&l, "\"th2\"");
    assert_null(strstr(l.text, "\"th1\"")); /* told already */
    assert_null(strstr(l.text, "event: reset"));
    close(l.fd);
    listen_on(&s, &l, token, "no place of ours");
    hear(&l, "event: reset");
    close(l.fd);
    listen_on(&s, &l, token, "test:999999999");
    hear(&l, "event: reset"); /* of a store that was taken back since */
    close(l.fd);
    stop(&s);
}

static void test_stream__many_changes_are_told_as_numbers(void **state)
{
    (void)state;
    static struct served s;
    static struct listener l;
    enum { MANY = 1200 };
    start(&s);
    const char *token = sign_in(&s, ROLE_OWNER, NULL);
    listen_on(&s, &l, token, NULL);
    hear(&l, "id: ");
    struct why why = {0};
    struct tx tx = begin(&s);
    for (int i = 0; i < MANY; i++)
        must(audit_write(
                 &tx, "patient.updated", arena_format(&s.t.arena, "p%d", i), NULL, NULL, &why),
            &why);
    must(db_commit(&tx, &why), &why);
    hear(&l, "{\"topic\":\"patient\",\"type\":\"patient.changed\",\"count\":1200}");
    assert_null(strstr(l.text, "patient_id"));
    close(l.fd);
    stop(&s);
}

static void test_stream__ends_with_its_session_or_when_idle(void **state)
{
    (void)state;
    static struct served s;
    static struct listener idle, out, key;
    start(&s);
    struct why why = {0};
    const char *token = sign_in(&s, ROLE_OWNER, NULL), *secret = NULL;
    struct session session;
    struct account_api_key made;
    must(account_session(&s.t.arena, s.t.desk.db, 1, s.t.now, token, MS_PER_HOUR, &session, &why),
        &why);
    listen_on(&s, &out, token, NULL);
    listen_on(&s, &idle, sign_in(&s, ROLE_OWNER, NULL), NULL);
    hear(&out, "id: ");
    hear(&idle, "id: ");
    struct tx tx = begin(&s);
    must(account_end_session(&tx, session.account.user_id, session.session_id, &why), &why);
    must(account_add_key(&s.t.arena, &tx, "reader", (permission_set)1 << PERMISSION_EVENTS_READ,
             ~(permission_set)0, NULL, (struct instant){0}, &(struct account_secret){{7}}, &made,
             &secret, &why),
        &why);
    must(db_commit(&tx, &why), &why);
    hear(&out, "event: end\ndata: {\"reason\":\"signed_out\"}");
    hear_end(&out);
    http_set_now(s.http, instant_add_ms(s.t.now, 16 * MS_PER_MINUTE));
    hear(&idle, "event: end\ndata: {\"reason\":\"signed_out\"}"); /* listening is no use of it */
    hear_end(&idle);
    listen_as(&s, &key, arena_format(&s.t.arena, "Authorization: Bearer %s\r\n", secret), NULL);
    hear(&key, "id: "); /* a program has no idle time; its key is what ends */
    tx = begin(&s);
    must(account_revoke_key(&tx, made.key_id, &why), &why);
    must(db_commit(&tx, &why), &why);
    hear(&key, "event: end");
    hear_end(&key);
    stop(&s);
}

static void test_stream__the_oldest_of_one_person_gives_way(void **state)
{
    (void)state;
    static struct served s;
    static struct listener first, more[STREAMS_EACH_MAX];
    start(&s);
    const char *token = sign_in(&s, ROLE_OWNER, NULL);
    listen_on(&s, &first, token, NULL);
    hear(&first, "id: ");
    for (size_t i = 0; i < STREAMS_EACH_MAX; i++) {
        listen_on(&s, &more[i], token, NULL);
        hear(&more[i], "id: ");
    }
    hear_end(&first);
    note(&s, "import.done", NULL, "im1");
    for (size_t i = 0; i < STREAMS_EACH_MAX; i++) {
        hear(&more[i], "im1");
        close(more[i].fd);
    }
    stop(&s);
}

static void test_stream__the_server_stops_while_many_listen(void **state)
{
    (void)state;
    static struct served s;
    static struct listener l[10];
    start(&s);
    const char *token = sign_in(&s, ROLE_OWNER, NULL);
    for (size_t i = 0; i < 10; i++)
        listen_on(&s, &l[i], token, NULL);
    for (size_t i = 0; i < 10; i++)
        hear(&l[i], "id: ");
    struct instant before = s.t.env.clock.now(s.t.env.clock.self);
    halt(&s);
    struct instant after = s.t.env.clock.now(s.t.env.clock.self);
    assert_true(after.ms - before.ms < 2000);
    for (size_t i = 0; i < 10; i++)
        hear_end(&l[i]);
    http_fixture_close(&s.t);
}

static void test_backlog__keeps_the_event_that_is_being_read(void **state)
{
    (void)state;
    struct arena arena;
    struct backlog backlog;
    char piece[8] = "";
    arena_init(&arena, 0);
    backlog_init(&backlog, &arena, "event: reset\n\n");
    backlog_add(&backlog, "event: one\n\n");
    backlog_add(&backlog, "event: two\n\n");
    assert_int_equal(backlog_take(&backlog, piece, 7), 7);
    assert_string_equal(piece, "event: ");
    static char filler[BACKLOG_BYTES - 60];
    memset(filler, 'x', sizeof filler - 1);
    backlog_add(&backlog, filler);
    backlog_add(&backlog, "event: three, which is far too long to find any place\n\n");
    static char rest[BACKLOG_BYTES];
    size_t len = backlog_take(&backlog, rest, sizeof rest);
    rest[len] = '\0';
    assert_string_equal(
        rest, "one\n\nevent: reset\n\nevent: three, which is far too long to find any place\n\n");
    assert_int_equal(backlog_take(&backlog, rest, sizeof rest), 0);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backlog__keeps_the_event_that_is_being_read),
        cmocka_unit_test(test_stream__tells_a_change_with_its_ids),
        cmocka_unit_test(test_stream__tells_nobody_what_the_role_may_not_read),
        cmocka_unit_test(test_stream__goes_on_where_it_stopped_also_after_a_restart),
        cmocka_unit_test(test_stream__many_changes_are_told_as_numbers),
        cmocka_unit_test(test_stream__ends_with_its_session_or_when_idle),
        cmocka_unit_test(test_stream__the_oldest_of_one_person_gives_way),
        cmocka_unit_test(test_stream__the_server_stops_while_many_listen),
    };
    return cmocka_run_group_tests_name("http_stream", tests, NULL, NULL);
}
