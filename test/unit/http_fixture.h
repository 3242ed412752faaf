/* http_fixture.h: a home in a folder of its own with three patients and a message to two of them,
 * and a desk at which requests are answered.
 *
 *   Ana   P1  +15125550101  ana@example.com     got the text tx1 and the mail ml1
 *   Bea   P2  +15125550101  bea@example.com     shares Ana's phone; speaks Spanish; got the mail
 * ml2 Cleo  P3  +15125550103  cleo@example.com    got nothing
 *
 * Include after unit.h. */
#ifndef PERENNIAL_TEST_HTTP_FIXTURE_H
#define PERENNIAL_TEST_HTTP_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "http/request.h"
#include "outbox/link.h"

#define HTTP_FIXTURE_NOW ((struct instant){INT64_C(1767283200000)}) /* 2026-01-01 16:00 UTC */
#define HTTP_FIXTURE_SENT INT64_C(1767279600000)                    /* an hour before */

static const char http_fixture_settings[] =
    "name: \"Lumen <Med> & Spa\"\n"
    "timezone: America/Chicago\n"
    "state: TX\n"
    "phone: \"+15125550100\"\n"
    "address: \"100 Main Street, Austin, TX 78701\"\n"
    "booking_url: \"https://book.example.com/new?s={service}&p={provider}&id={patient}\"\n"
    "store: data/perennial.db\n"
    "public_url: https://p.example.com/\n"
    "channels:\n"
    "  sms: {driver: twilio, account_sid: AC0123456789abcdef,"
    " from: \"+15125550111\"}\n"
    "vendors: {twilio: {baa_signed: 2025-01-02}}\n";

static const char http_fixture_rows[] =
    "INSERT INTO patient (practice_id, patient_id, external_id, first_name, last_name, language,"
    " household_id, last_provider, updated_ms, created_ms) VALUES"
    " (1, 'a', 'P1', 'Ana', 'Lee', 'en', 'a', 'Dr. Chen', 1, 1),"
    " (1, 'b', 'P2', 'Bea', 'Lee', 'es', 'a', NULL, 1, 1),"
    " (1, 'c', 'P3', 'Cleo', 'Ray', 'en', 'c', NULL, 1, 1);"
    "INSERT INTO contact_point (practice_id, patient_id, channel, address, source, created_ms)"
    " VALUES (1, 'a', 'sms', '+15125550101', 'mobile', 1),"
    " (1, 'a', 'email', 'ana@example.com', 'email', 1),"
    " (1, 'b', 'sms', '+15125550101', 'mobile', 1),"
    " (1, 'b', 'email', 'bea@example.com', 'email', 1),"
    " (1, 'c', 'sms', '+15125550103', 'mobile', 1),"
    " (1, 'c', 'email', 'cleo@example.com', 'email', 1);"
    "INSERT INTO consent (practice_id, consent_id, patient_id, channel, purpose, class, source,"
    " recorded_ms) VALUES (1, 'k1', 'a', 'sms', 'marketing', 'written', 'import:x', 1),"
    " (1, 'k2', 'a', 'email', 'marketing', 'express', 'import:x', 1);"
    "INSERT INTO touch (practice_id, touch_id, patient_id, touch_key, kind, purpose, state,"
    " planned_ms, channel, address, sent_ms, provider_id, delivery, link_code, created_ms,"
    " ended_ms) VALUES"
    " (1, 't1', 'a', 'remind', 'message', 'marketing', 'sent', 1, 'sms', '+15125550101',"
    " 1767279600000, 'SM1', 'queued', 'tx1', 1, 1767279600000),"
    " (1, 't2', 'a', 'news', 'message', 'marketing', 'sent', 1, 'email', 'ana@old.example.com',"
    " 1767279600000, NULL, 'delivered', 'ml1', 1, 1767279600000),"
    " (1, 't3', 'b', 'news', 'message', 'marketing', 'sent', 1, 'email', 'bea@example.com',"
    " 1767279600000, NULL, 'delivered', 'ml2', 1, 1767279600000),"
    " (1, 't4', 'c', 'remind', 'message', 'marketing', 'sending', 1, 'sms', '+15125550103',"
    " NULL, NULL, NULL, 'tx4', 1, NULL);"
    "UPDATE touch SET next_ms = 1767283300000 WHERE touch_id = 't4';"
    "INSERT INTO attempt (practice_id, attempt_id, touch_id, number, started_ms, outcome) VALUES"
    " (1, '01940000-0000-7000-8000-000000000001', 't1', 1, 1767279600000, 'accepted'),"
    " (1, '01940000-0000-7000-8000-000000000004', 't4', 1, 1767279600000, 'open');"
    "UPDATE attempt SET provider_id = 'SM1' WHERE touch_id = 't1';";

struct http_fixture {
    struct arena arena;
    struct env env;
    char folder[40];
    const char *home;
    struct http_counts counts;
    struct http_desk desk;
    struct instant now;
    const char *user_agent;
    bool same_machine;
};

static inline void http_fixture_write(struct http_fixture *t, const char *name, const char *text)
{
    struct why why = {0};
    must(t->env.file.write(
             t->env.file.self, home_path(&t->arena, t->home, name), text, strlen(text), 0600, &why),
        &why);
}

/* A home with its rows, and no desk yet. */
static inline void http_fixture_make(struct http_fixture *t)
{
    struct why why = {0};
    memset(t, 0, sizeof *t);
    arena_init(&t->arena, 0);
    must(env_os_open(&t->arena, &t->env, &why), &why);
    /* Some hundred files, each synced: in memory where the machine has such a place. */
    snprintf(t->folder, sizeof t->folder, "%s/perennial-XXXXXX",
        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(t->folder));
    t->home = arena_format(&t->arena, "%s/home", t->folder);
    must(home_create(&t->arena, &t->env, t->home, &(struct home_creation){0}, &why), &why);
    http_fixture_write(t, "perennial.yaml", http_fixture_settings);
    http_fixture_write(t, "secrets/twilio-token", "12345\n");
    t->now = HTTP_FIXTURE_NOW;
    t->user_agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1";
}

static inline void http_fixture_open(struct http_fixture *t)
{
    struct why why = {0};
    struct tx tx = {0};
    http_fixture_make(t);
    must(http_desk_open(&t->env, t->home, 0, &t->counts, &t->desk, &why), &why);
    must(db_begin(t->desk.db, t->now, "test", 1, &t->desk.engine->ids, &tx, &why), &why);
    must(db_script(&tx, http_fixture_rows, &why), &why);
    must(db_commit(&tx, &why), &why);
}

static inline void http_fixture_close(struct http_fixture *t)
{
    http_desk_close(&t->desk);
    env_os_close(&t->env);
    char command[80];
    snprintf(command, sizeof command, "rm -rf %s", t->folder);
    assert_int_equal(system(command), 0);
    arena_release(&t->arena);
}

static inline const char *http_fixture_link(
    struct http_fixture *t, const char *purpose, const char *code)
{
    return arena_format(&t->arena, "/p/%s/%s", purpose,
        link_sign(&t->arena, &t->desk.home->link_key, purpose, code, 0));
}

static inline struct http_answer http_fixture_send(
    struct http_fixture *t, struct http_request request)
{
    struct http_answer answer;
    request.arena = &t->arena;
    request.now = t->now;
    request.same_machine = t->same_machine;
    request.user_agent = t->user_agent;
    if (!request.body)
        request.body = "";
    request.body_len = strlen(request.body);
    arena_reset(&t->desk.engine->tick);
    http_dispatch(&t->desk, &request, &answer);
    return answer;
}

static inline struct http_answer http_fixture_get(struct http_fixture *t, const char *target)
{
    return http_fixture_send(t, (struct http_request){.method = "GET", .target = target});
}

static inline struct http_answer http_fixture_post(
    struct http_fixture *t, const char *target, const char *body)
{
    return http_fixture_send(t,
        (struct http_request){.method = "POST",
            .target = target,
            .body = body,
            .content_type = "application/x-www-form-urlencoded"});
}

/* As the provider signs: the public address, then the fields in order of their names. `fields` are
 * that text already: "AccountSidAC0BodyHi". */
static inline struct http_answer http_fixture_hook(
    struct http_fixture *t, const char *target, const char *body, const char *fields)
{
    const char *text = arena_format(&t->arena, "https://p.example.com%s%s", target, fields);
    unsigned char mac[20];
    hash_hmac_sha1("12345", 5, text, strlen(text), mac);
    return http_fixture_send(t,
        (struct http_request){.method = "POST",
            .target = target,
            .body = body,
            .content_type = "application/x-www-form-urlencoded; charset=UTF-8",
            .signature = hash_base64(&t->arena, mac, sizeof mac)});
}

static inline const char *http_fixture_header(const struct http_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        if (text_is(answer->headers[i].name, name))
            return answer->headers[i].value;
    }
    return NULL;
}

/* One number out of the store. */
static inline int64_t http_fixture_int(struct http_fixture *t, const char *text)
{
    struct why why = {0};
    int64_t value = 0;
    const struct sql sql = {
        .name = arena_text(&t->arena, text), .text = arena_text(&t->arena, text)};
    must(db_query_int(t->desk.db, &sql, DB_NO_ARGS, &value, &why), &why);
    return value;
}

#endif
