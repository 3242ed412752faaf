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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_webhook_sign__the_vectors_of_the_rules),
        cmocka_unit_test(test_webhook_sign__refuses_what_is_no_secret),
        cmocka_unit_test(test_webhook_secret__is_another_for_each),
    };
    return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
