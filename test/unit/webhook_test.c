/* webhook_test.c: signatures of the Standard Webhooks rules, and secrets that are not stored. */
#include "unit.h"

#include <string.h>

#include "base/text.h"
#include "http/webhook.h"
#include "shared_data.h"

static const char *text_of(const json_t *vector, const char *name)
{
    const char *text = json_string_value(json_object_get(vector, name));
    assert_non_null(text);
    return text;
}

static void test_webhook_sign__the_vectors_of_the_rules(void **state)
{
    (void)state;
    FILE *file = shared_data_open("vectors/standard_webhooks.json");
    JSON_AUTO json = json_loadf(file, 0, NULL);
    fclose(file);
    ARENA struct arena arena;
    arena_init(&arena, 0);
    size_t i = 0, checked = 0;
    json_t *vector = NULL;
    json_array_foreach(json_object_get(json, "vectors"), i, vector)
    {
        int64_t at;
        assert_true(text_to_int(text_of(vector, "webhook-timestamp"), 0, INT64_MAX, &at));
        assert_string_equal(webhook_sign(&arena, text_of(vector, "secret"),
                                text_of(vector, "webhook-id"), at, text_of(vector, "payload")),
            text_of(vector, "webhook-signature"));
        checked++;
    }
    assert_true(checked >= 4);
}

static void test_webhook_sign__refuses_what_is_no_secret(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    assert_null(webhook_sign(&arena, "whsec_", "msg_1", 1, "{}"));
    assert_null(webhook_sign(&arena, "whsec_c2hvcnQ=", "msg_1", 1, "{}"));
}

static void test_webhook_secret__is_another_for_each(void **state)
{
    (void)state;
    static const unsigned char key[32] = {1}, other[32] = {2};
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const char *one = webhook_secret(&arena, key, "w1", "n");
    assert_string_equal(one, webhook_secret(&arena, key, "w1", "n"));
    assert_string_not_equal(one, webhook_secret(&arena, key, "w2", "n"));
    assert_string_not_equal(one, webhook_secret(&arena, key, "w1", "m"));
    assert_string_not_equal(one, webhook_secret(&arena, other, "w1", "n"));
    assert_true(text_starts(one, "whsec_"));
}

static void test_webhook_url__is_of_the_outside_and_over_tls(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool fits, fits_private;
    } cases[] = {{"https://hooks.example.com/in?x=1", true, true},
        {"https://example.com:8443", true, true}, {"https://[2606:4700::1111]/", true, true},
        {"http://example.com/", false, false}, {"http://127.0.0.1:99/in", false, true},
        {"http://localhost/in", false, true}, {"https://10.0.0.1/in", false, true},
        {"http://10.0.0.1/in", false, false}, {"http://127.0.0.1.example.com/", false, false},
        {"https://u:p@example.com/", false, false}, {"https://", false, false},
        {"https:///in", false, false}, {"https://a b/", false, false},
        {"https://a:b/", false, false}, {"https://a:/", false, false},
        {"https://a:0/", false, false}, {"ftp://a/", false, false}, {"", false, false},
        {"https://a/\r\nX: y", false, false}, {"https://a\\b/", false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct why why = {0};
        bool fits = webhook_check_url(cases[i].url, false, &why) == ERR_NONE;
        bool fits_private = webhook_check_url(cases[i].url, true, NULL) == ERR_NONE;
        if (fits != cases[i].fits || fits_private != cases[i].fits_private)
            fail_msg("%s: %d %d", cases[i].url, fits, fits_private);
        assert_true(fits || why.hint[0]);
    }
}

static void test_webhook_pause__grows_honours_what_was_asked_and_ends(void **state)
{
    (void)state;
    int64_t before = 0, whole = 0;
    for (int64_t tries = 1; tries < WEBHOOK_TRIES_MAX; tries++) {
        int64_t least = webhook_pause_ms(tries, -1, 0);
        assert_true(least > before);
        for (uint64_t random = 1; random < 1000000007; random = random * 3 + 1)
            assert_true(webhook_pause_ms(tries, -1, random) <= least * 11 / 9 + 1);
        before = least;
        whole += least;
    }
    assert_true(whole > 2 * MS_PER_DAY && whole < 4 * MS_PER_DAY);
    assert_int_equal(webhook_pause_ms(WEBHOOK_TRIES_MAX, -1, 1), 0);
    assert_int_equal(webhook_pause_ms(0, -1, 1), 0);
    assert_int_equal(webhook_pause_ms(1, MS_PER_HOUR, 1), MS_PER_HOUR);
    assert_int_equal(webhook_pause_ms(1, 1000 * MS_PER_DAY, 1), MS_PER_DAY);
    assert_int_equal(webhook_rest_ms(1), MS_PER_SECOND);
    assert_int_equal(webhook_rest_ms(1000), 5 * MS_PER_MINUTE);
}

static void test_webhook_payload__is_the_envelope_of_the_rules(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    assert_string_equal(
        webhook_payload(&arena, "task.changed", (struct instant){INT64_C(1767225600000)},
            json_pack("{s:s}", "topic", "task")),
        "{\"type\":\"task.changed\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"data\":{\"topic\":"
        "\"task\"}}");
    assert_string_equal(webhook_delivery_id(&arena, "a"), webhook_delivery_id(&arena, "a"));
    assert_string_not_equal(webhook_delivery_id(&arena, "a"), webhook_delivery_id(&arena, "b"));
    assert_true(text_starts(webhook_delivery_id(&arena, "a"), "msg_"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_webhook_sign__the_vectors_of_the_rules),
        cmocka_unit_test(test_webhook_sign__refuses_what_is_no_secret),
        cmocka_unit_test(test_webhook_secret__is_another_for_each),
        cmocka_unit_test(test_webhook_url__is_of_the_outside_and_over_tls),
        cmocka_unit_test(test_webhook_pause__grows_honours_what_was_asked_and_ends),
        cmocka_unit_test(test_webhook_payload__is_the_envelope_of_the_rules),
    };
    return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
