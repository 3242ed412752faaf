/* webhook.c: requests from anybody through the whole of http but its sockets: routes, links, forms,
 * signatures, pages, callbacks. The first line is "METHOD target", the second the content type, the
 * rest the body; a line "signed" before them makes the signature right, so that what lies behind it
 * is reached. Links are signed when the target says "LINK" in place of one. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"
#include "http/request.h"
#include "outbox/link.h"

static struct fixture {
    struct arena boot;
    struct env env;
    char folder[40];
    struct http_counts counts;
    struct http_desk desk;
    int64_t runs;
} fixture;

static const char settings[] =
    "name: \"Lumen <Med> & Spa\"\ntimezone: America/Chicago\nstate: TX\nphone: \"+15125550100\"\n"
    "booking_url: \"https://b.example/{service}/{provider}/{patient}\"\nstore: data/p.db\n"
    "public_url: https://p.example\nchannels:\n"
    "  sms: {driver: twilio, account_sid: AC0123456789abcdef, from: \"+15125550111\"}\n";

static const char rows[] =
    "INSERT INTO patient (practice_id, patient_id, external_id, household_id, updated_ms,"
    " created_ms) VALUES (1, 'a', 'P1', 'a', 1, 1);"
    "INSERT INTO contact_point (practice_id, patient_id, channel, address, source, created_ms)"
    " VALUES (1, 'a', 'sms', '+15125550101', 'mobile', 1),"
    " (1, 'a', 'email', 'a@x.org', 'email', 1);"
    "INSERT INTO touch (practice_id, touch_id, patient_id, touch_key, kind, purpose, state,"
    " planned_ms, channel, address, sent_ms, link_code, created_ms, ended_ms)"
    " VALUES (1, 't1', 'a', 'x', 'message', 'marketing', 'sent', 1, 'sms', '+15125550101', 1,"
    " 'k1', 1, 1);"
    "INSERT INTO attempt (practice_id, attempt_id, touch_id, number, started_ms, outcome)"
    " VALUES (1, '01940000-0000-7000-8000-000000000001', 't1', 1, 1, 'accepted');";

static void must(enum err err, const struct why *why)
{
    if (err == ERR_NONE)
        return;
    char text[1024];
    why_format(why, text, sizeof text);
    (void)fprintf(stderr, "webhook: %s\n", text);
    abort();
}

static void run_script(const char *text)
{
    struct why why = {0};
    struct tx tx = {0};
    must(db_begin(
             fixture.desk.db, (struct instant){1}, "fuzz", 1, &fixture.desk.engine->ids, &tx, &why),
        &why);
    must(db_script(&tx, text, &why), &why);
    must(db_commit(&tx, &why), &why);
}

static void put(const char *home, const char *name, const char *text)
{
    struct why why = {0};
    must(fixture.env.file.write(fixture.env.file.self, home_path(&fixture.boot, home, name), text,
             strlen(text), 0600, &why),
        &why);
}

static void remove_folder(void)
{
    char command[80];
    http_desk_close(&fixture.desk);
    env_os_close(&fixture.env);
    arena_release(&fixture.boot);
    (void)snprintf(command, sizeof command, "rm -rf %s", fixture.folder);
    (void)!system(command);
}

static void open_fixture(void)
{
    struct why why = {0};
    arena_init(&fixture.boot, 0);
    must(env_os_open(&fixture.boot, &fixture.env, &why), &why);
    (void)snprintf(fixture.folder, sizeof fixture.folder, "%s/perennial-XXXXXX",
        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(fixture.folder))
        abort();
    const char *home = arena_format(&fixture.boot, "%s/home", fixture.folder);
    must(home_create(&fixture.boot, &fixture.env, home, &(struct home_creation){0}, &why), &why);
    put(home, "perennial.yaml", settings);
    put(home, "secrets/twilio-token", "12345");
    must(http_desk_open(&fixture.env, home, 0, &fixture.counts, &fixture.desk, &why), &why);
    run_script(rows);
    (void)atexit(remove_folder);
}

/* What grew is forgotten now and then. */
static void forget(void)
{
    run_script("DELETE FROM inbound; DELETE FROM engagement_event; DELETE FROM engagement;"
               "DELETE FROM suppression; UPDATE touch SET delivery = NULL");
}

static char *line(struct arena *arena, const char **cursor, const char *end)
{
    const char *stop = memchr(*cursor, '\n', (size_t)(end - *cursor));
    char *text = arena_text_n(arena, *cursor, (size_t)((stop ? stop : end) - *cursor));
    *cursor = stop ? stop + 1 : end;
    return text;
}

/* "/p/u/LINK" becomes a link that is right. */
static const char *with_link(struct arena *arena, const char *target)
{
    const char *mark = strstr(target, "/LINK");
    if (!mark || mark == target)
        return target;
    const char *purpose = arena_text_n(arena, mark - 1, 1);
    return arena_format(arena, "%.*s/%s%s", (int)(mark - target), target,
        link_sign(arena, &fixture.desk.home->link_key, purpose, "k1", 0), mark + 5);
}

static const char *right_signature(struct arena *arena, const struct http_request *request)
{
    struct form form;
    if (form_parse(arena, request->content_type, request->body, request->body_len, &form, NULL)
        != ERR_NONE)
        return "none";
    struct buf text;
    buf_init(&text, arena);
    buf_format(&text, "https://p.example%s", request->target);
    /* Sorted as the provider does it; the one of a form with equal names is left to the tests. */
    bool taken[FORM_FIELDS_MAX] = {false};
    for (size_t i = 0; i < form.count; i++) {
        size_t least = form.count;
        for (size_t j = 0; j < form.count; j++) {
            if (!taken[j]
                && (least == form.count
                    || strcmp(form.fields[j].name, form.fields[least].name) < 0))
                least = j;
        }
        taken[least] = true;
        buf_add(&text, form.fields[least].name);
        buf_add(&text, form.fields[least].value);
    }
    unsigned char mac[20];
    hash_hmac_sha1("12345", 5, text.data, text.len, mac);
    return hash_base64(arena, mac, sizeof mac);
}

static void check(const struct http_request *request, const struct http_answer *answer)
{
    assert(answer->status >= 200 && answer->status < 600);
    assert((answer->body_len == 0) == !answer->content_type);
    for (size_t i = 0; i < answer->header_count; i++)
        assert(!strpbrk(answer->headers[i].value, "\r\n"));
    bool hook = text_starts(request->target, "/hooks/");
    assert(!hook || request->signature || answer->status >= 400);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (!fixture.boot.head)
        open_fixture();
    if (fixture.runs++ % 512 == 511)
        forget();
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const char *cursor = (const char *)bytes, *end = cursor + len;
    const char *first = line(&arena, &cursor, end);
    bool is_signed = text_is(first, "signed");
    if (is_signed)
        first = line(&arena, &cursor, end);
    size_t blank = strcspn(first, " ");
    struct http_request request = {.arena = &arena, .now = {INT64_C(1767283200000)}};
    request.method = arena_text_n(&arena, first, blank);
    request.target = with_link(&arena, first[blank] ? first + blank + 1 : "");
    request.content_type = line(&arena, &cursor, end);
    request.user_agent = request.content_type;
    request.body_len = (size_t)(end - cursor);
    request.body = arena_text_n(&arena, cursor, request.body_len);
    request.signature = is_signed ? right_signature(&arena, &request) : NULL;
    request.same_machine = is_signed;
    struct http_answer answer;
    arena_reset(&fixture.desk.engine->tick);
    http_dispatch(&fixture.desk, &request, &answer);
    check(&request, &answer);
    return 0;
}
