/* http_test.c: forms, routes, pages and callbacks, without a network. */
#include "unit.h"

#include "http_fixture.h"

/* ---- forms ---- */

static enum err parse(struct arena *arena, const char *type, const char *body, struct form *form)
{
    return form_parse(arena, type, body, strlen(body), form, NULL);
}

#define URLENCODED "application/x-www-form-urlencoded"

static void test_form_parse__decodes_what_browsers_send(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct form form;
    assert_int_equal(parse(&arena, URLENCODED ";charset=utf-8",
                         "a=1+2&b=%C3%A9%2B&&c&=x&a=second&d=100%&e=%4", &form),
        ERR_NONE);
    assert_int_equal(form.count, 7);
    assert_string_equal(form_get(&form, "a"), "1 2");
    assert_string_equal(form_get(&form, "b"), "\xc3\xa9+");
    assert_string_equal(form_get(&form, "c"), "");
    assert_string_equal(form_get(&form, ""), "x");
    assert_string_equal(form_get(&form, "d"), "100%");
    assert_string_equal(form_get(&form, "e"), "%4");
    assert_string_equal(form.fields[4].value, "second");
    assert_null(form_get(&form, "f"));
}

static void test_form_parse__refuses_what_is_no_text_and_what_is_too_much(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct form form;
    assert_int_equal(parse(&arena, URLENCODED, "a=%00", &form), ERR_INPUT);
    assert_int_equal(parse(&arena, URLENCODED, "a=%ff", &form), ERR_INPUT);
    assert_int_equal(parse(&arena, "application/json", "{}", &form), ERR_NOT_FOUND);
    assert_int_equal(parse(&arena, NULL, "a=1", &form), ERR_NOT_FOUND);
    assert_int_equal(parse(&arena, URLENCODED "x", "a=1", &form), ERR_NOT_FOUND);
    char *many = arena_alloc(&arena, 2 * (FORM_FIELDS_MAX + 1) + 1);
    for (int i = 0; i <= FORM_FIELDS_MAX; i++)
        memcpy(many + 2 * i, "a&", 2);
    assert_int_equal(parse(&arena, URLENCODED, many, &form), ERR_LIMIT);
    many[2 * FORM_FIELDS_MAX] = '\0';
    assert_int_equal(parse(&arena, URLENCODED, many, &form), ERR_NONE);
}

static void test_form_parse__reads_multipart(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct form form;
    const char *body =
        "preamble\r\n--AaB03x\r\n"
        "content-disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n"
        "One-Click\r\n--AaB03x\r\n"
        "Content-Type: text/plain\r\nContent-Disposition: form-data; name=note\r\n\r\n"
        "two\r\nlines\r\n--AaB03x--\r\n";
    assert_int_equal(parse(&arena, "multipart/form-data; boundary=AaB03x", body, &form), ERR_NONE);
    assert_int_equal(form.count, 2);
    assert_string_equal(form_get(&form, "List-Unsubscribe"), "One-Click");
    assert_string_equal(form_get(&form, "note"), "two\r\nlines");
    body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--x--";
    assert_int_equal(parse(&arena, "Multipart/Form-Data; boundary=\"x\"", body, &form), ERR_NONE);
    assert_string_equal(form_get(&form, "a"), "");
}

static void test_form_parse__refuses_broken_multipart(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    static const char *const cases[][2] = {
        {"multipart/form-data", "--x\r\n\r\n--x--"},
        {"multipart/form-data; boundary=", "--\r\n\r\n----"},
        {"multipart/form-data; boundary=x", ""},
        {"multipart/form-data; boundary=x", "--y\r\n\r\n--y--"},
        {"multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1"},
        {"multipart/form-data; boundary=x", "--x\r\n\r\nvalue without a name\r\n--x--"},
        {"multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--x--"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct form form;
        assert_int_equal(parse(&arena, cases[i][0], cases[i][1], &form), ERR_INPUT);
    }
}

/* ---- routes ---- */

static void test_routes__each_says_who_may_use_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < http_route_count; i++) {
        const struct http_route *route = &http_routes[i];
        assert_true(route->rule > HTTP_RULE_NONE && route->rule < HTTP_RULE_MAX);
        assert_non_null(route->handle);
        assert_true(route->path[0] == '/');
        assert_int_equal(route->rule == HTTP_RULE_LINK, route->purpose != NULL);
        if (route->rule == HTTP_RULE_LINK)
            assert_true(text_ends(route->path, "/*"));
        if (route->rule == HTTP_RULE_LINK || route->rule == HTTP_RULE_PROVIDER)
            assert_true(route->needs_desk);
        if (route->rule == HTTP_RULE_PROVIDER)
            assert_string_equal(route->methods, "POST");
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(route->name, http_routes[j].name);
    }
}

static int status_of(struct http_fixture *t, const char *method, const char *target)
{
    struct http_answer answer =
        http_fixture_send(t, (struct http_request){.method = method, .target = target});
    return answer.status;
}

static void test_dispatch__refuses_what_no_route_names(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    static const char *const unknown[] = {"/p/", "/p/u/", "/p/u", "/p/u/a/b", "/p/%75/x",
        "/p/u/%2e", "/healthz/", "//healthz", "*", "", "http://h/healthz", "/hooks/sms",
        "/hooks/sms/status/", "/api/v1/nothing", "/etc/passwd", "/../healthz", "/p/x/tx1"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_int_equal(status_of(&t, "GET", unknown[i]), 404);
    static const char *const wrong[][2] = {{"POST", "/healthz"}, {"PUT", "/p/u/x"},
        {"GE", "/healthz"}, {"GET", "/hooks/sms/status"}, {"DELETE", "/p/b/x"}, {"POST", "/p/o/x"},
        {"", "/healthz"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(status_of(&t, wrong[i][0], wrong[i][1]), 405);
    char *longest = arena_alloc(&t.arena, 4000);
    memset(longest, 'a', 3999);
    assert_int_equal(status_of(&t, "GET", longest), 414);
    struct http_answer answer = http_fixture_get(&t, "/api/nothing");
    assert_string_equal(answer.content_type, "application/problem+json");
    answer = http_fixture_post(&t, "/healthz", "");
    assert_string_equal(http_fixture_header(&answer, "Allow"), "GET, HEAD");
    assert_int_equal(status_of(&t, "GET", "/healthz?x=1"), 200);
    http_fixture_close(&t);
}

static void test_ready__asks_the_store(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    assert_int_equal(status_of(&t, "GET", "/readyz"), 200);
    struct why why = {0};
    struct tx tx = {0};
    must(db_begin(t.desk.db, t.now, "test", 1, &t.desk.engine->ids, &tx, &why), &why);
    must(db_script(&tx,
             "INSERT INTO schema_version (number, name, checksum, applied_ms)"
             " SELECT 9999, name, checksum, applied_ms FROM schema_version"
             " ORDER BY number LIMIT 1",
             &why),
        &why);
    must(db_commit(&tx, &why), &why);
    assert_int_equal(status_of(&t, "GET", "/readyz"), 503);
    http_fixture_close(&t);
}

static struct instant clock_of_the_test(void *self)
{
    return *(struct instant *)self;
}

static void test_limit__fills_by_the_machines_clock_while_the_homes_stands(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    struct instant machine = {t.now.ms - 30 * MS_PER_DAY};
    t.env.clock.self = &machine;
    t.env.clock.now = clock_of_the_test;
    int asked = 0;
    while (asked < 1000 && status_of(&t, "GET", "/api/v1/setup") == 200)
        asked++;
    assert_in_range(asked, 10, 500);
    struct http_answer refused = http_fixture_get(&t, "/api/v1/setup");
    assert_int_equal(refused.status, 429);
    assert_string_equal(http_fixture_header(&refused, "Retry-After"), "1");
    machine.ms += MS_PER_SECOND;
    assert_int_equal(status_of(&t, "GET", "/api/v1/setup"), 200);
    http_fixture_close(&t);
}

static void test_app__is_served_packed_or_not_and_under_its_own_policy(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    struct http_answer page = http_fixture_get(&t, "/");
    assert_int_equal(page.status, 200);
    assert_non_null(strstr(page.body, "<script type=\"module\" src=\"/assets/"));
    assert_null(strstr(page.body, "<style"));
    bool policy = false;
    for (size_t i = 0; i < page.header_count; i++) {
        policy = policy
            || (text_is(page.headers[i].name, "Content-Security-Policy")
                && strstr(page.headers[i].value, "script-src 'self'")
                && !strstr(page.headers[i].value, "unsafe"));
    }
    assert_true(policy);
    const char *from = strstr(page.body, "src=\"/assets/") + strlen("src=\"");
    char name[200];
    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(from, "\""), from);
    struct http_answer script = http_fixture_get(&t, name);
    assert_int_equal(script.status, 200);
    assert_non_null(strstr(script.cache_control, "immutable"));
    assert_int_equal(status_of(&t, "GET", "/assets/no-such.js"), 404);
    assert_int_equal(status_of(&t, "GET", "/assets/..%2findex.html"), 404);
    assert_int_equal(status_of(&t, "POST", "/"), 405);
    http_fixture_close(&t);
}

static void test_metrics__are_for_this_machine_and_name_nobody(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    assert_int_equal(status_of(&t, "GET", "/metrics"), 403);
    t.same_machine = true;
    struct http_answer answer = http_fixture_get(&t, "/metrics");
    assert_int_equal(answer.status, 200);
    static const char *const lines[] = {"perennial_touches{state=\"sent\"} 3\n",
        "perennial_touches{state=\"sending\"} 1\n", "perennial_sends_total{channel=\"email\"} 2\n",
        "perennial_sends_total{channel=\"sms\"} 1\n", "perennial_due_lateness_seconds 0.000\n",
        "perennial_inbound_unread 0\n", "perennial_tasks_open 0\n", "perennial_store_bytes ",
        "# TYPE perennial_http_requests_total counter\n", "process_resident_memory_bytes "};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_non_null(strstr(answer.body, lines[i]));
    assert_null(strstr(answer.body, "Ana"));
    assert_null(strstr(answer.body, "5125550"));
    http_fixture_close(&t);
}

/* ---- patient pages ---- */

/* Everything that a page could have changed. */
static int64_t changes(struct http_fixture *t)
{
    return http_fixture_int(t,
        "SELECT (SELECT count(*) FROM suppression)"
        " + (SELECT count(*) FROM audit) + (SELECT count(*) FROM engagement_event)");
}

static int64_t suppressed(struct http_fixture *t, const char *address, const char *channel)
{
    return http_fixture_int(t,
        arena_format(&t->arena,
            "SELECT count(*) FROM suppression WHERE address = '%s' AND channel = '%s'"
            " AND lifted_ms IS NULL",
            address, channel));
}

static void test_preferences__get_and_head_change_nothing(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    int64_t before = changes(&t);
    const char *link = http_fixture_link(&t, "u", "ml1");
    struct http_answer answer = http_fixture_get(&t, link);
    assert_int_equal(answer.status, 200);
    assert_int_equal(status_of(&t, "HEAD", link), 200);
    assert_int_equal(changes(&t), before);
    assert_non_null(strstr(answer.body, "<html lang=\"en\">"));
    assert_non_null(strstr(answer.body, "Messages from Lumen &lt;Med&gt; &amp; Spa"));
    assert_non_null(strstr(answer.body, "<form method=\"post\">"));
    assert_true(
        strstr(answer.body, "value=\"stop_emails\"") < strstr(answer.body, "value=\"stop_texts\""));
    assert_null(strstr(answer.body, "start_"));
    static const char *const never[] = {
        "Ana", "Lee", "5550101", "example.com", "P1", "Chen", "<script", "<Med>", "http"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_null(strstr(answer.body, never[i]));
    const char *policy = http_fixture_header(&answer, "Content-Security-Policy");
    assert_true(text_starts(policy, "default-src 'none'; style-src 'sha256-"));
    assert_non_null(strstr(policy, "frame-ancestors 'none'"));
    http_fixture_close(&t);
}

static void test_preferences__the_style_is_the_one_that_the_policy_names(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    struct http_answer answer = http_fixture_get(&t, http_fixture_link(&t, "u", "ml1"));
    const char *start = strstr(answer.body, "<style>") + strlen("<style>");
    struct sha256 hash = hash_sha256(start, (size_t)(strstr(start, "</style>") - start));
    assert_non_null(strstr(http_fixture_header(&answer, "Content-Security-Policy"),
        hash_base64(&t.arena, hash.bytes, sizeof hash.bytes)));
    http_fixture_close(&t);
}

static void test_preferences__speak_the_patients_language(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    struct http_answer answer = http_fixture_get(&t, http_fixture_link(&t, "u", "ml2"));
    assert_non_null(strstr(answer.body, "<html lang=\"es\">"));
    assert_non_null(strstr(answer.body, "Mensajes de Lumen"));
    assert_null(strstr(answer.body, "Stop"));
    http_fixture_close(&t);
}

static void test_preferences__one_click_stops_mail_at_once_and_again(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    const char *link = http_fixture_link(&t, "u", "ml1");
    struct http_answer answer = http_fixture_post(&t, link, "List-Unsubscribe=One-Click");
    assert_int_equal(answer.status, 200);
    assert_null(http_fixture_header(&answer, "Location"));
    assert_true(answer.wake);
    /* The address it went to, and the one that has taken its place since. */
    assert_int_equal(suppressed(&t, "ana@old.example.com", "email"), 1);
    assert_int_equal(suppressed(&t, "ana@example.com", "email"), 1);
    assert_int_equal(suppressed(&t, "+15125550101", "sms"), 0);
    assert_int_equal(http_fixture_int(&t,
                         "SELECT count(*) FROM consent WHERE channel = 'email'"
                         " AND revoked_ms IS NOT NULL"),
        1);
    assert_int_equal(http_fixture_int(&t,
                         "SELECT count(*) FROM engagement_event"
                         " WHERE kind = 'unsubscribed' AND touch_id = 't2'"),
        1);
    int64_t after = changes(&t);
    assert_int_equal(http_fixture_post(&t, link, "List-Unsubscribe=One-Click").status, 200);
    assert_int_equal(changes(&t), after);
    http_fixture_close(&t);
}

static void test_preferences__one_click_comes_as_multipart_too(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    struct http_answer answer = http_fixture_send(&t,
        (struct http_request){.method = "POST",
            .target = http_fixture_link(&t, "u", "ml2"),
            .content_type = "multipart/form-data; boundary=b",
            .body = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n"
                    "One-Click\r\n--b--\r\n"});
    assert_int_equal(answer.status, 200);
    assert_int_equal(suppressed(&t, "bea@example.com", "email"), 1);
    http_fixture_close(&t);
}

static void test_preferences__buttons_do_what_they_say(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    const char *link = http_fixture_link(&t, "u", "tx1");
    struct http_answer answer = http_fixture_get(&t, link);
    assert_true(
        strstr(answer.body, "value=\"stop_texts\"") < strstr(answer.body, "value=\"stop_emails\""));
    answer = http_fixture_post(&t, link, "do=stop_texts");
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, "role=\"status\""));
    assert_null(strstr(answer.body, "value=\"stop_texts\""));
    assert_non_null(strstr(answer.body, "value=\"start_texts\""));
    assert_int_equal(suppressed(&t, "+15125550101", "sms"), 1);
    assert_int_equal(suppressed(&t, "ana@example.com", "email"), 0);
    assert_int_equal(http_fixture_int(&t,
                         "SELECT count(*) FROM consent WHERE consent_id = 'k1'"
                         " AND revoked_ms IS NOT NULL"),
        1);
    (void)http_fixture_post(&t, link, "do=start_texts");
    assert_int_equal(suppressed(&t, "+15125550101", "sms"), 0);
    assert_int_equal(http_fixture_int(&t,
                         "SELECT count(*) FROM consent WHERE channel = 'sms'"
                         " AND revoked_ms IS NULL"),
        1);
    (void)http_fixture_post(&t, link, "do=pause_3mo");
    assert_int_equal(
        http_fixture_int(&t, "SELECT paused_until_day FROM patient WHERE patient_id = 'a'"),
        day_of(2026, 4, 1).n);
    answer = http_fixture_get(&t, link);
    assert_non_null(strstr(answer.body, "until April 1, 2026"));
    (void)http_fixture_post(&t, link, "do=pause_until_told");
    assert_int_equal(
        http_fixture_int(&t, "SELECT paused_until_told FROM patient WHERE patient_id = 'a'"), 1);
    (void)http_fixture_post(&t, link, "do=resume");
    assert_int_equal(http_fixture_int(&t,
                         "SELECT paused_until_told + (paused_until_day IS NOT NULL)"
                         " FROM patient WHERE patient_id = 'a'"),
        0);
    (void)http_fixture_post(&t, link, "do=prefer_email");
    assert_int_equal(http_fixture_int(&t,
                         "SELECT count(*) FROM patient WHERE patient_id = 'a'"
                         " AND preferred_channel = 'email'"),
        1);
    (void)http_fixture_post(&t, link, "do=stop_all");
    assert_int_equal(suppressed(&t, "+15125550101", "all"), 1);
    assert_int_equal(suppressed(&t, "ana@example.com", "all"), 1);
    answer = http_fixture_post(&t, link, "do=start_emails");
    assert_int_equal(suppressed(&t, "ana@example.com", "all"), 0);
    assert_true(
        suppressed(&t, "ana@example.com", "sms") + suppressed(&t, "+15125550101", "all") > 0);
    http_fixture_close(&t);
}

static void test_preferences__refuse_what_is_no_choice(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    const char *link = http_fixture_link(&t, "u", "ml1");
    int64_t before = changes(&t);
    assert_int_equal(http_fixture_post(&t, link, "").status, 400);
    assert_int_equal(http_fixture_post(&t, link, "do=delete").status, 400);
    assert_int_equal(http_fixture_post(&t, link, "do=%ff").status, 400);
    assert_int_equal(
        http_fixture_send(&t,
            (struct http_request){
                .method = "POST", .target = link, .body = "{}", .content_type = "application/json"})
            .status,
        415);
    assert_int_equal(changes(&t), before);
    http_fixture_close(&t);
}

static void test_links__forged_foreign_expired_and_unknown_look_alike(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    const struct link_key *key = &t.desk.home->link_key;
    const char *good = link_sign(&t.arena, key, "u", "ml1", 0);
    char *forged = arena_text(&t.arena, good);
    forged[strlen(forged) - 3] = forged[strlen(forged) - 3] == 'A' ? 'B' : 'A';
    const char *bad[] = {forged, link_sign(&t.arena, key, "b", "ml1", 0),
        link_sign(&t.arena, key, "u", "ml1", HTTP_FIXTURE_NOW.ms / 1000 - 1),
        link_sign(&t.arena, key, "u", "nobody", 0), "ml1", "ml1.", ".", "..", "ml1.x.y"};
    int64_t before = changes(&t);
    const char *first = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *target = arena_format(&t.arena, "/p/u/%s", bad[i]);
        struct http_answer answer = http_fixture_get(&t, target);
        assert_int_equal(answer.status, 404);
        first = first ? first : answer.body;
        assert_string_equal(answer.body, first);
        assert_int_equal(http_fixture_post(&t, target, "List-Unsubscribe=One-Click").status, 404);
    }
    assert_int_equal(changes(&t), before);
    assert_int_equal(status_of(&t, "GET",
                         arena_format(&t.arena, "/p/u/%s",
                             link_sign(&t.arena, key, "u", "ml1", HTTP_FIXTURE_NOW.ms / 1000 + 1))),
        200);
    http_fixture_close(&t);
}

static int64_t hits(struct http_fixture *t, const char *kind, const char *trust)
{
    return http_fixture_int(t,
        arena_format(&t->arena,
            "SELECT count(*) FROM engagement_event WHERE kind = '%s' AND trust = '%s'", kind,
            trust));
}

static void test_book__goes_to_the_booking_page_and_counts_people(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    const char *link = http_fixture_link(&t, "b", "tx1");
    struct http_answer answer = http_fixture_get(&t, link);
    assert_int_equal(answer.status, 302);
    assert_string_equal(
        http_fixture_header(&answer, "Location"), "https://book.example.com/new?s=&p=&id=P1");
    assert_int_equal(hits(&t, "clicked", "human"), 1);
    (void)http_fixture_get(&t, link);
    assert_int_equal(hits(&t, "clicked", "human"), 1);
    t.now.ms += 600000;
    assert_int_equal(status_of(&t, "HEAD", link), 302);
    assert_int_equal(hits(&t, "clicked", "human") + hits(&t, "clicked", "machine"), 2);
    t.user_agent = "python-requests/2.31";
    (void)http_fixture_get(&t, link);
    assert_int_equal(hits(&t, "clicked", "machine"), 2);
    t.user_agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/120";
    t.now.ms = HTTP_FIXTURE_SENT + 20000; /* nobody reads, decides and taps so soon */
    (void)http_fixture_get(&t, link);
    assert_int_equal(hits(&t, "clicked", "machine"), 3);
    http_fixture_close(&t);
}

static void test_open__is_a_dot_that_proves_little(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    t.user_agent = "Mozilla/5.0 (via ggpht.com GoogleImageProxy)";
    struct http_answer answer = http_fixture_get(&t, http_fixture_link(&t, "o", "ml1"));
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.content_type, "image/gif");
    assert_int_equal(answer.body_len, 43);
    assert_memory_equal(answer.body, "GIF89a", 6);
    assert_int_equal(hits(&t, "opened", "unknown"), 1);
    assert_int_equal(status_of(&t, "GET", http_fixture_link(&t, "u", "ml1")), 200);
    http_fixture_close(&t);
}

/* ---- callbacks ---- */

static int64_t delivery_is(struct http_fixture *t, const char *touch, const char *delivery)
{
    return http_fixture_int(t,
        arena_format(&t->arena,
            "SELECT count(*) FROM touch WHERE touch_id = '%s' AND delivery = '%s'", touch,
            delivery));
}

#define STATUS_URL "/hooks/sms/status?a=01940000-0000-7000-8000-000000000001"

static void test_status__twice_and_out_of_order_is_harmless(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    struct http_answer answer = http_fixture_hook(&t, STATUS_URL,
        "MessageSid=SM1&MessageStatus=delivered&To=", "MessageSidSM1MessageStatusdeliveredTo");
    assert_int_equal(answer.status, 204);
    assert_true(answer.wake);
    assert_int_equal(delivery_is(&t, "t1", "delivered"), 1);
    int64_t after = changes(&t);
    assert_int_equal(http_fixture_hook(&t, STATUS_URL, "MessageSid=SM1&MessageStatus=delivered&To=",
                         "MessageSidSM1MessageStatusdeliveredTo")
                         .status,
        204);
    assert_int_equal(http_fixture_hook(&t, STATUS_URL, "MessageSid=SM1&MessageStatus=sent",
                         "MessageSidSM1MessageStatussent")
                         .status,
        204);
    assert_int_equal(delivery_is(&t, "t1", "delivered"), 1);
    assert_int_equal(changes(&t), after);
    http_fixture_close(&t);
}

static void test_status__settles_a_send_whose_answer_was_lost(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    const char *url = "/hooks/sms/status?a=01940000-0000-7000-8000-000000000004";
    assert_int_equal(http_fixture_hook(&t, url, "MessageSid=SM4&MessageStatus=sent",
                         "MessageSidSM4MessageStatussent")
                         .status,
        204);
    assert_int_equal(http_fixture_int(&t,
                         "SELECT count(*) FROM touch WHERE touch_id = 't4'"
                         " AND state = 'sent' AND provider_id = 'SM4' AND delivery = 'sent'"),
        1);
    http_fixture_close(&t);
}

static void test_status__of_somebody_elses_message_is_thanked_for(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    int64_t before = changes(&t);
    static const char *const urls[] = {"/hooks/sms/status", "/hooks/sms/status?a=x",
        "/hooks/sms/status?a=01940000-0000-7000-8000-0000000000ff", "/hooks/sms/status?a=%00"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
        assert_int_equal(http_fixture_hook(&t, urls[i], "MessageSid=SM9&MessageStatus=sent",
                             "MessageSidSM9MessageStatussent")
                             .status,
            204);
    assert_int_equal(http_fixture_hook(&t, STATUS_URL, "MessageSid=SM1&MessageStatus=quantum",
                         "MessageSidSM1MessageStatusquantum")
                         .status,
        204);
    assert_int_equal(http_fixture_hook(&t, STATUS_URL, "", "").status, 204);
    assert_int_equal(changes(&t), before);
    http_fixture_close(&t);
}

static void test_hooks__a_wrong_signature_changes_nothing(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    int64_t before = changes(&t);
    const char *body = "MessageSid=SM1&MessageStatus=delivered";
    struct http_answer answer =
        http_fixture_hook(&t, STATUS_URL, body, "MessageSidSM1MessageStatusfailed");
    assert_int_equal(answer.status, 403);
    assert_string_equal(answer.event, "signature");
    assert_null(strstr(answer.event_detail, "12345"));
    assert_int_equal(http_fixture_post(&t, STATUS_URL, body).status, 403);
    assert_int_equal(
        http_fixture_post(&t, "/hooks/sms/inbound", "MessageSid=SM7&From=%2B15125550101&Body=STOP")
            .status,
        403);
    assert_int_equal(
        http_fixture_send(
            &t, (struct http_request){.method = "POST", .target = STATUS_URL, .body = body})
            .status,
        415);
    assert_int_equal(changes(&t), before);
    assert_int_equal(http_fixture_int(&t, "SELECT count(*) FROM inbound"), 0);
    assert_int_equal(delivery_is(&t, "t1", "queued"), 1);
    http_fixture_close(&t);
}

static struct http_answer text_in(
    struct http_fixture *t, const char *sid, const char *body, const char *opt_out_type)
{
    const char *form = arena_format(&t->arena,
        "MessageSid=%s&From=%%2B15125550101&To=%%2B15125550111"
        "&Body=%s%s%s",
        sid, body, opt_out_type ? "&OptOutType=" : "", opt_out_type ? opt_out_type : "");
    const char *fields =
        arena_format(&t->arena, "Body%sFrom+15125550101MessageSid%s%s%sTo+15125550111", body, sid,
            opt_out_type ? "OptOutType" : "", opt_out_type ? opt_out_type : "");
    return http_fixture_hook(t, "/hooks/sms/inbound", form, fields);
}

static void test_inbound__is_kept_once_before_it_is_acknowledged(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    struct http_answer answer = text_in(&t, "SM7", "Saturday?", NULL);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, "<Response/>"));
    assert_true(text_starts(answer.content_type, "text/xml"));
    assert_true(answer.wake);
    assert_int_equal(text_in(&t, "SM7", "Saturday?", NULL).status, 200);
    assert_int_equal(http_fixture_int(&t,
                         "SELECT count(*) FROM inbound WHERE body = 'Saturday?'"
                         " AND sender = '+15125550101' AND folded_ms IS NULL"),
        1);
    http_fixture_close(&t);
}

static void test_inbound__keeps_what_kinds_came_with_it(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    struct http_answer answer = http_fixture_hook(&t, "/hooks/sms/inbound",
        "MessageSid=MM7&From=%2B15125550101&Body=&NumMedia=3&MediaContentType0=image%2Fjpeg"
        "&MediaContentType1=audio%2Famr",
        "BodyFrom+15125550101MediaContentType0image/jpegMediaContentType1audio/amrMessageSidMM7"
        "NumMedia3");
    assert_int_equal(answer.status, 200);
    assert_int_equal(
        http_fixture_int(&t,
            "SELECT count(*) FROM inbound WHERE attachments = '[\"picture\",\"voice\",\"file\"]'"),
        1);
    answer = http_fixture_hook(&t, "/hooks/sms/inbound",
        "MessageSid=SM8&From=%2B15125550101&Body=hi&NumMedia=none",
        "BodyhiFrom+15125550101MessageSidSM8NumMedianone");
    assert_int_equal(answer.status, 200);
    assert_int_equal(
        http_fixture_int(&t, "SELECT count(*) FROM inbound WHERE attachments = '[]'"), 1);
    http_fixture_close(&t);
}

static void test_inbound__heeds_the_providers_own_keywords(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    (void)text_in(&t, "SM8", "BASTAYA", "STOP");
    assert_int_equal(suppressed(&t, "+15125550101", "sms"), 1);
    (void)text_in(&t, "SM9", "OTRAVEZ", "START");
    assert_int_equal(suppressed(&t, "+15125550101", "sms"), 0);
    (void)text_in(&t, "SM8", "BASTAYA", "STOP"); /* late and again: it was heeded then */
    assert_int_equal(suppressed(&t, "+15125550101", "sms"), 0);
    (void)text_in(&t, "SM10", "QUE", "HELP");
    assert_int_equal(http_fixture_int(&t, "SELECT count(*) FROM inbound"), 3);
    http_fixture_close(&t);
}

static void test_desk_reload__keeps_the_old_home_when_the_new_one_is_wrong(void **state)
{
    (void)state;
    struct http_fixture t;
    http_fixture_open(&t);
    struct why why = {0};
    http_fixture_write(&t, "perennial.yaml", "name: [}\n");
    assert_int_not_equal(http_desk_reload(&t.desk, &why), ERR_NONE);
    assert_string_equal(t.desk.home->practice.name, "Lumen <Med> & Spa");
    assert_int_equal(status_of(&t, "GET", http_fixture_link(&t, "u", "ml1")), 200);
    http_fixture_write(&t, "perennial.yaml",
        "name: Aurora\ntimezone: America/Chicago\nstate: TX\nstore: data/perennial.db\n");
    why = (struct why){0};
    must(http_desk_reload(&t.desk, &why), &why);
    struct http_answer answer = http_fixture_get(&t, http_fixture_link(&t, "u", "ml1"));
    assert_non_null(strstr(answer.body, "Messages from Aurora"));
    answer = http_fixture_get(&t, http_fixture_link(&t, "b", "ml1"));
    assert_int_equal(answer.status, 200); /* no booking address: call us */
    assert_non_null(strstr(answer.body, "Please call us"));
    http_fixture_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form_parse__decodes_what_browsers_send),
        cmocka_unit_test(test_form_parse__refuses_what_is_no_text_and_what_is_too_much),
        cmocka_unit_test(test_form_parse__reads_multipart),
        cmocka_unit_test(test_form_parse__refuses_broken_multipart),
        cmocka_unit_test(test_routes__each_says_who_may_use_it),
        cmocka_unit_test(test_dispatch__refuses_what_no_route_names),
        cmocka_unit_test(test_ready__asks_the_store),
        cmocka_unit_test(test_limit__fills_by_the_machines_clock_while_the_homes_stands),
        cmocka_unit_test(test_app__is_served_packed_or_not_and_under_its_own_policy),
        cmocka_unit_test(test_metrics__are_for_this_machine_and_name_nobody),
        cmocka_unit_test(test_preferences__get_and_head_change_nothing),
        cmocka_unit_test(test_preferences__the_style_is_the_one_that_the_policy_names),
        cmocka_unit_test(test_preferences__speak_the_patients_language),
        cmocka_unit_test(test_preferences__one_click_stops_mail_at_once_and_again),
        cmocka_unit_test(test_preferences__one_click_comes_as_multipart_too),
        cmocka_unit_test(test_preferences__buttons_do_what_they_say),
        cmocka_unit_test(test_preferences__refuse_what_is_no_choice),
        cmocka_unit_test(test_links__forged_foreign_expired_and_unknown_look_alike),
        cmocka_unit_test(test_book__goes_to_the_booking_page_and_counts_people),
        cmocka_unit_test(test_open__is_a_dot_that_proves_little),
        cmocka_unit_test(test_status__twice_and_out_of_order_is_harmless),
        cmocka_unit_test(test_status__settles_a_send_whose_answer_was_lost),
        cmocka_unit_test(test_status__of_somebody_elses_message_is_thanked_for),
        cmocka_unit_test(test_hooks__a_wrong_signature_changes_nothing),
        cmocka_unit_test(test_inbound__is_kept_once_before_it_is_acknowledged),
        cmocka_unit_test(test_inbound__keeps_what_kinds_came_with_it),
        cmocka_unit_test(test_inbound__heeds_the_providers_own_keywords),
        cmocka_unit_test(test_desk_reload__keeps_the_old_home_when_the_new_one_is_wrong),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
