/* base_phone_test.c: telephone numbers and mail addresses as people write them. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/phone.h"
#include "base/text.h"
#include "shared_data.h"

static void test_phone_parse__reads_what_people_write(void **state)
{
    (void)state;
    static const struct {
        const char *text, *region, *e164, *extension;
        enum phone_kind kind;
    } cases[] = {
        {"(212) 555-0123", "US", "+12125550123", "", PHONE_MOBILE_OR_FIXED},
        {"2125550123.0", "US", "+12125550123", "", PHONE_MOBILE_OR_FIXED},
        {"'2125550123", NULL, "+12125550123", "", PHONE_MOBILE_OR_FIXED},
        {"Cell: 212-555-0123", "us", "+12125550123", "", PHONE_MOBILE_OR_FIXED},
        {"212 555 0123 (mobile)", "US", "+12125550123", "", PHONE_MOBILE_OR_FIXED},
        {"212 555 0123 cell", "US", "+12125550123", "", PHONE_MOBILE_OR_FIXED},
        {"212-555-0123 h", "US", "+12125550123", "", PHONE_MOBILE_OR_FIXED},
        {"[212] 555\xE2\x80\x93"
         "0123",
            "US", "+12125550123", "", PHONE_MOBILE_OR_FIXED},
        {"+1 310-456-7890 ,,12#", "US", "+13104567890", "12", PHONE_MOBILE_OR_FIXED},
        {"310.456.7890 extension 4", "US", "+13104567890", "4", PHONE_MOBILE_OR_FIXED},
        {"1-800-FLOWERS", "US", "+18003569377", "", PHONE_TOLL_FREE},
        {"600-234-5678", "US", "+16002345678", "", PHONE_OTHER},
        {"+44 (0)20 7946 0958", "US", "+442079460958", "", PHONE_FIXED},
        {"07700 900123", "GB", "+447700900123", "", PHONE_MOBILE},
        {"0011 44 20 7946 0958", "AU", "+442079460958", "", PHONE_FIXED},
        {"+39 06 6982", "US", "+39066982", "", PHONE_FIXED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct phone phone = phone_parse(cases[i].text, cases[i].region);
        if (!phone.valid)
            fail_msg("%s: %s", cases[i].text, phone.reason);
        assert_string_equal(phone.e164, cases[i].e164);
        assert_string_equal(phone.extension, cases[i].extension);
        assert_string_equal(phone_kind_name(phone.kind), phone_kind_name(cases[i].kind));
        assert_null(phone.reason);
    }
    assert_string_equal(phone_parse("416-555-0199", "US").country, "CA");
    assert_string_equal(phone_parse("622-234-5678", "US").country, "CA");
}

static void test_phone_parse__refuses_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } cases[] = {
        {"1234567890", "a placeholder"},
        {"(222) 222-2222", "a placeholder"},
        {"212 000 0000", "a placeholder"},
        {"555-0123", "the area code is missing"},
        {"999-234-5678", "no such area code"},
        {"555-234-5678", "no such area code"},
        {"211-234-5678", "no such area code"},
        {"212-155-0123", "no such exchange within the area code"},
        {"212-911-0123", "no such exchange within the area code"},
        {"212-555-012", "too short"},
        {"212-555-01234", "too long"},
        {"001 212 555 0123", "too long"},
        {"+999 123 4567", "no such country code"},
        {"+52 1 55 1234 5678", "too long"},
        {"+33 5", "too short"},
        {"212-555-CALL", "letters in the number"},
        {"212 555 0123 / 310 456 7890", "more than one number"},
        {"212 & 555-0123", "signs that no number has"},
        {"2125550123@txt.example", "a mail address"},
        {"unknown", "no digits"},
        {"", "no digits"},
        {"x12", "too short"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct phone phone = phone_parse(cases[i].text, "US");
        if (phone.valid)
            fail_msg("%s: taken for %s", cases[i].text, phone.e164);
        if (!text_is(phone.reason, cases[i].reason))
            fail_msg("%s: %s, not %s", cases[i].text, phone.reason, cases[i].reason);
        assert_int_equal(phone.kind, PHONE_INVALID);
        assert_string_equal(phone.e164, "");
    }
    assert_string_equal(phone_parse("0123456", "XX").reason, "the country code is missing");
    char *endless = calloc(1, 100001);
    memset(endless, '1', 100000);
    assert_string_equal(phone_parse(endless, "US").reason, "too long");
    free(endless);
}

/* Columns: input_json, default_region, e164, possible, valid, region, type, extension, error. */
static bool agrees(const struct phone *phone, char *const *columns)
{
    static const char *const kinds[][2] = {{"FIXED_LINE_OR_MOBILE", "mobile_or_fixed"},
        {"FIXED_LINE", "fixed"}, {"MOBILE", "mobile"}, {"TOLL_FREE", "toll_free"},
        {"PREMIUM_RATE", "premium"}, {"PERSONAL_NUMBER", "personal"}};
    if (!text_is(columns[4], "true"))
        return !phone->valid;
    bool kind_agrees = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (text_is(columns[6], kinds[i][0]))
            kind_agrees = text_is(phone_kind_name(phone->kind), kinds[i][1]);
    /* Within the islands of +1 the exchange may tell mobiles; we do not hold that table. */
    kind_agrees = kind_agrees || phone->kind == PHONE_MOBILE_OR_FIXED;
    return phone->valid && kind_agrees && text_is(phone->e164, columns[2])
        && text_is(phone->country, columns[5])
        && text_is(phone->extension, text_is(columns[7], "-") ? "" : columns[7]);
}

/* libphonenumber's answers. The one difference is meant: "(mobile)" behind a number is no part of
 * it, while the library reads the letters as keys. */
static void test_phone_parse__agrees_with_the_vectors(void **state)
{
    (void)state;
    FILE *file = shared_data_open("vectors/phones.tsv");
    char line[4096];
    size_t rows = 0;
    while (fgets(line, sizeof line, file)) {
        if (line[0] != '"')
            continue;
        char *columns[9] = {NULL}, *rest = line;
        for (size_t i = 0; i < 9; i++)
            assert_non_null(columns[i] = strsep(&rest, "\t\n"));
        JSON_AUTO input = json_loads(columns[0], JSON_DECODE_ANY, NULL);
        const char *text = json_string_value(input);
        struct phone phone = phone_parse(text, columns[1]);
        rows++;
        if (strstr(text, "(mobile)"))
            assert_true(phone.valid && text_is(phone.e164, "+12125550123"));
        else if (!agrees(&phone, columns))
            fail_msg("%s: %s %s, not %s %s", text, phone.e164, phone.reason ? phone.reason : "",
                columns[2], columns[4]);
    }
    (void)fclose(file);
    assert_true(rows > 60);
}

static void test_email_parse__takes_what_a_server_would(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"Ana.Lopez+spa@Example.COM", "Ana.Lopez+spa@example.com"},
        {" <ana@mail.example> ", "ana@mail.example"},
        {"Ana Lopez <ana@mail.example>", "ana@mail.example"},
        {"MAILTO:ana@mail.example?subject=Hi", "ana@mail.example"},
        {"o'neil_9@a-b.co.uk", "o'neil_9@a-b.co.uk"},
    };
    char email[255];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(email_parse(good[i][0], email));
        assert_string_equal(email, good[i][1]);
    }
    static const char *const bad[] = {"", "ana", "ana@", "@b.example", "ana@mail", "a@b@c.example",
        "ana lopez@mail.example", ".ana@mail.example", "ana.@mail.example", "a..b@mail.example",
        "ana@-mail.example", "ana@mail-.example", "ana@mail..example", "ana@mail.example.",
        "ana@1.2.3.4", "ana@[1.2.3.4]", "ana@mail.example, bo@mail.example", "\"a b\"@mail.example",
        "ana@m\xC3\xA4il.example", "ana@mail.example\r\nBcc: x@y.example", "none", "n/a",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@mail.example"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (email_parse(bad[i], email))
            fail_msg("%s was taken", bad[i]);
    assert_false(email_parse(NULL, email));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phone_parse__reads_what_people_write),
        cmocka_unit_test(test_phone_parse__refuses_with_a_reason),
        cmocka_unit_test(test_phone_parse__agrees_with_the_vectors),
        cmocka_unit_test(test_email_parse__takes_what_a_server_would),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
