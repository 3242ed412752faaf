/* channel_test.c: signatures, links, mail, codes, and how a driver reads what it is told. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "channel/channel.h"
#include "channel/driver.h"
#include "outbox/link.h"
#include "shared_data.h"

/* ---- vectors made with the provider's own library ---- */

static bool signature_holds(struct arena *arena, const json_t *vector, const char *token)
{
    const json_t *params = json_object_get(vector, "params");
    struct form_field *fields = ARENA_NEW(arena, struct form_field, 300);
    size_t count = 0, index;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)params, name, value)
    {
        json_t *single;
        if (json_is_array(value)) {
            json_array_foreach(value, index, single) fields[count++] =
                (struct form_field){name, json_string_value(single)};
        } else {
            fields[count++] = (struct form_field){name, json_string_value(value)};
        }
    }
    const char *body = json_string_value(json_object_get(vector, "body"));
    return channel_twilio_signed(token, json_string_value(json_object_get(vector, "url")), fields,
        count, body, body ? strlen(body) : 0,
        json_string_value(json_object_get(vector, "x_twilio_signature")));
}

static void test_twilio_signed__accepts_each_vector_and_no_other_token(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    JSON_AUTO file = shared_data_json("vectors/twilio_signature.json");
    const json_t *vectors = json_object_get(file, "vectors");
    assert_true(json_array_size(vectors) >= 9);
    size_t index;
    const json_t *vector;
    json_array_foreach(vectors, index, vector)
    {
        const char *token = json_string_value(json_object_get(vector, "auth_token"));
        assert_true(signature_holds(&arena, vector, token));
        assert_false(signature_holds(&arena, vector, "another token"));
    }
}

static void test_twilio_signed__refuses_a_changed_field(void **state)
{
    (void)state;
    struct form_field fields[] = {{"CallSid", "CA1234567890ABCDE"}, {"Caller", "+12349013030"},
        {"Digits", "1234"}, {"From", "+12349013030"}, {"To", "+18005551212"}};
    const char *url = "https://example.com/myapp.php?foo=1&bar=2";
    const char *signature = "vNe7KK2kJwCsxc9K3OLkkKB3qqI=";
    assert_true(channel_twilio_signed("12345", url, fields, 5, NULL, 0, signature));
    fields[2].value = "1235";
    assert_false(channel_twilio_signed("12345", url, fields, 5, NULL, 0, signature));
    assert_false(channel_twilio_signed("12345", url, fields, 5, NULL, 0, ""));
    assert_false(channel_twilio_signed("12345", url, fields, 5, NULL, 0, NULL));
}

static void test_link_sign__gives_each_vector(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    JSON_AUTO file = shared_data_json("vectors/link_tokens.json");
    struct link_key key;
    assert_true(
        hash_hex_decode(json_string_value(json_object_get(file, "key_hex")), key.bytes, 32));
    size_t index;
    const json_t *vector;
    json_array_foreach(json_object_get(file, "vectors"), index, vector)
    {
        const char *purpose = json_string_value(json_object_get(vector, "purpose"));
        const char *token =
            link_sign(&arena, &key, purpose, json_string_value(json_object_get(vector, "object")),
                json_integer_value(json_object_get(vector, "expires")));
        const char *path = arena_format(&arena, "/%s/%s", purpose, token);
        assert_string_equal(path, json_string_value(json_object_get(vector, "path")));
    }
}

static void test_link_verify__refuses_what_is_forged_expired_or_for_another_purpose(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const struct link_key key = {{1, 2, 3}}, other = {{9}};
    const char *object = NULL;
    const char *for_ever = link_sign(&arena, &key, "u", "abc234", 0);
    const char *till_100 = link_sign(&arena, &key, "b", "abc234", 100);
    assert_true(link_verify(&arena, &key, "u", for_ever, 5000, &object));
    assert_string_equal(object, "abc234");
    assert_true(link_verify(&arena, &key, "b", till_100, 100, &object));
    assert_false(link_verify(&arena, &key, "b", till_100, 101, &object));
    assert_false(link_verify(&arena, &key, "b", for_ever, 50, &object));
    assert_false(link_verify(&arena, &other, "u", for_ever, 50, &object));
    const char *bad[] = {"", ".", "abc234", "abc234.", ".abc", "abc234.1.2.3",
        "abc234.AAAAAAAAAAAAAAAAAAAAAA", "abc235.AAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(link_verify(&arena, &key, "u", bad[i], 50, &object));
    /* An expiry that was not signed. */
    const char *mac = strrchr(for_ever, '.');
    assert_false(
        link_verify(&arena, &key, "u", arena_format(&arena, "abc234.999%s", mac), 50, &object));
}

/* ---- mail ---- */

static struct mail plain_mail(void)
{
    return (struct mail){
        .from = "desk@spa.example.com",
        .from_name = "Dr. Rivera, Lumen",
        .to = "ana@example.com",
        .subject = "Time for your visit",
        .text = "Hello Ana\n.leading dot\nend",
        .html = "<p>Hello Ana</p>",
        .message_id = "0190-attempt@spa.example.com",
        .unsubscribe_url = "https://p.example.com/p/u/x.y",
        .date = {INT64_C(1795305600000)}, /* Sun, 22 Nov 2026 00:00:00 UTC */
    };
}

static void test_mail_write__has_every_header_once_and_both_parts(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct mail mail = plain_mail();
    size_t len;
    const char *text = mail_write(&arena, &mail, &len);
    assert_int_equal(strlen(text), len);
    const char *wanted[] = {"Date: Sun, 22 Nov 2026 00:00:00 +0000\r\n",
        "From: \"Dr. Rivera, Lumen\" <desk@spa.example.com>\r\n", "To: ana@example.com\r\n",
        "Subject: Time for your visit\r\n", "Message-ID: <0190-attempt@spa.example.com>\r\n",
        "List-Unsubscribe: <https://p.example.com/p/u/x.y>\r\n",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", "MIME-Version: 1.0\r\n",
        "multipart/alternative"};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        const char *found = strstr(text, wanted[i]);
        assert_non_null(found);
        assert_null(strstr(found + 1, wanted[i]));
    }
    assert_true(strstr(text, "text/plain") < strstr(text, "text/html"));
    assert_null(strstr(text, "\r\n.leading"));
    for (const char *c = text; *c; c++) {
        if (*c == '\n')
            assert_true(c > text && c[-1] == '\r');
    }
}

static void test_mail_write__lets_no_value_bring_a_header(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct mail mail = plain_mail();
    mail.subject = "Hi\r\nBcc: everybody@example.com";
    mail.from_name = "Evil\r\nX-Header: 1";
    size_t len;
    const char *text = mail_write(&arena, &mail, &len);
    assert_null(strstr(text, "\r\nBcc:"));
    assert_null(strstr(text, "\r\nX-Header:"));
}

static void test_mail_write__keeps_lines_short_and_characters_whole(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct mail mail = plain_mail();
    mail.subject = "¿Qué tal? Ya es hora de su próxima visita con nosotros, señora Núñez Ibáñez";
    mail.text = "Una línea muy larga con acentos áéíóú que sigue y sigue hasta pasar de setenta y "
                "seis caracteres sin ningún salto de línea en medio   \nfin";
    size_t len;
    const char *text = mail_write(&arena, &mail, &len);
    size_t column = 0;
    for (const char *c = text; *c; c++) {
        column = *c == '\n' ? 0 : column + 1;
        assert_true(column <= 78);
        assert_true((unsigned char)*c < 128);
    }
    assert_non_null(strstr(text, "Subject: =?UTF-8?B?"));
    assert_non_null(strstr(text, "=20\r\n")); /* a blank at a line's end */
}

/* ---- what answers mean ---- */

static void test_twilio_outcome__sorts_codes(void **state)
{
    (void)state;
    assert_int_equal(channel_twilio_outcome(21610, 400), RECEIPT_OPT_OUT);
    assert_int_equal(channel_twilio_outcome(21211, 400), RECEIPT_PERMANENT);
    assert_int_equal(channel_twilio_outcome(30006, 0), RECEIPT_LANDLINE);
    assert_int_equal(channel_twilio_outcome(20003, 401), RECEIPT_CONFIG);
    assert_int_equal(channel_twilio_outcome(20429, 429), RECEIPT_NOT_SENT);
    assert_int_equal(channel_twilio_outcome(0, 429), RECEIPT_NOT_SENT);
    assert_int_equal(channel_twilio_outcome(0, 500), RECEIPT_IN_DOUBT);
    assert_int_equal(channel_twilio_outcome(20500, 500), RECEIPT_IN_DOUBT);
    assert_int_equal(channel_twilio_outcome(30007, 0), RECEIPT_CONTENT);
    assert_int_equal(channel_twilio_outcome(21999, 400), RECEIPT_CONFIG);
    assert_int_equal(channel_twilio_outcome(30999, 0), RECEIPT_TRANSIENT);
}

static struct receipt smtp_receipt(struct arena *arena, int status, const char *line)
{
    struct receipt receipt = {.code = "", .detail = ""};
    const struct net_reply reply = {.answered = true,
        .written = true,
        .status = status,
        .body = line,
        .body_len = strlen(line)};
    channel_email_smtp.read(arena, NULL, &reply, &receipt);
    return receipt;
}

static void test_smtp_read__sorts_replies_by_enhanced_code(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const struct {
        int status;
        const char *line;
        enum receipt_outcome outcome;
    } cases[] = {{250, "250 2.0.0 Ok: queued as ABC", RECEIPT_ACCEPTED},
        {550, "550 5.1.1 no such user", RECEIPT_PERMANENT},
        {550, "550 no such user", RECEIPT_PERMANENT},
        {550, "550 5.7.1 refused by policy", RECEIPT_CONTENT},
        {535, "535 5.7.8 bad credentials", RECEIPT_CONFIG},
        {450, "450 4.2.1 busy", RECEIPT_TRANSIENT}, {452, "452 4.2.2 full", RECEIPT_TRANSIENT},
        {552, "552 5.2.2 mailbox full", RECEIPT_TRANSIENT}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct receipt receipt = smtp_receipt(&arena, cases[i].status, cases[i].line);
        if (receipt.outcome != cases[i].outcome)
            fail_msg("%s gave %s", cases[i].line, receipt_outcome_name(receipt.outcome));
    }
}

static void test_driver_read__never_calls_what_may_have_left_not_sent(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const struct channel_driver *drivers[] = {&channel_sms_twilio, &channel_email_smtp};
    for (size_t i = 0; i < 2; i++) {
        struct receipt receipt = {.code = "", .detail = ""};
        struct net_reply reply = {.answered = false, .written = true, .failure = "timeout"};
        drivers[i]->read(&arena, NULL, &reply, &receipt);
        assert_int_equal(receipt.outcome, RECEIPT_IN_DOUBT);
        reply.written = false;
        drivers[i]->read(&arena, NULL, &reply, &receipt);
        assert_int_equal(receipt.outcome, RECEIPT_NOT_SENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twilio_signed__accepts_each_vector_and_no_other_token),
        cmocka_unit_test(test_twilio_signed__refuses_a_changed_field),
        cmocka_unit_test(test_link_sign__gives_each_vector),
        cmocka_unit_test(test_link_verify__refuses_what_is_forged_expired_or_for_another_purpose),
        cmocka_unit_test(test_mail_write__has_every_header_once_and_both_parts),
        cmocka_unit_test(test_mail_write__lets_no_value_bring_a_header),
        cmocka_unit_test(test_mail_write__keeps_lines_short_and_characters_whole),
        cmocka_unit_test(test_twilio_outcome__sorts_codes),
        cmocka_unit_test(test_smtp_read__sorts_replies_by_enhanced_code),
        cmocka_unit_test(test_driver_read__never_calls_what_may_have_left_not_sent),
    };
    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
