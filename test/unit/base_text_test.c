/* base_text_test.c: text, UTF-8, ids, digests and JSON. */
#include "unit.h"

#include <string.h>

#include "base/hash.h"
#include "base/id.h"
#include "base/json.h"
#include "base/text.h"

static int open_arena(void **state)
{
    static struct arena arena;
    arena_init(&arena, 0);
    *state = &arena;
    return 0;
}

static int close_arena(void **state)
{
    arena_release(*state);
    return 0;
}

static void test_text_fold__takes_case_and_accents_off(void **state)
{
    struct arena *arena = *state;
    assert_string_equal(
        text_fold(arena, "José ÁÑÖ Łódź ŒUVRE Straße İx"), "jose ano lodz oeuvre strasse ix");
    assert_string_equal(text_fold(arena, "Jose\xCC\x81"), "jose"); /* a combining accent */
    assert_string_equal(text_fold(arena, "\xFFx"), "\xFFx");       /* no UTF-8: kept as it came */
    assert_string_equal(text_lower(arena, "JOSÉ Ÿ ×"), "josé ÿ ×");
    assert_string_equal(text_key(arena, " Mobile Phone # (1)"), "mobilephone1");
    assert_string_equal(text_key(arena, "Núm. de teléfono"), "numdetelefono");
    assert_string_equal(text_key(arena, "日本"), "日本");
}

static void test_str_trim__takes_hard_blanks_too(void **state)
{
    struct arena *arena = *state;
    assert_string_equal(str_text(arena, str_trim(str_of("\xC2\xA0 \t a b\xC2\xA0\r\n"))), "a b");
    assert_int_equal(str_trim(str_of(NULL)).len, 0);
    assert_true(text_is_blank(" \xC2\xA0"));
    assert_true(text_is_blank(NULL));
    assert_false(text_is_blank(" x"));
}

static void test_text_is__compares_nothing_with_nothing(void **state)
{
    (void)state;
    assert_true(text_is(NULL, NULL));
    assert_false(text_is(NULL, ""));
    assert_true(text_is_any_case("StOp", "sToP"));
    assert_false(text_is_any_case("stop", "stopp"));
    assert_true(text_starts("abc", "ab") && !text_starts("a", "ab"));
    assert_true(text_ends("abc", "bc") && !text_ends("c", "bc"));
    assert_true(str_is((struct str){"abc", 2}, "ab"));
}

static void test_text_money__groups_thousands(void **state)
{
    (void)state;
    static const struct {
        int64_t cents;
        const char *text;
    } cases[] = {{0, "$0.00"}, {5, "$0.05"}, {31000, "$310.00"}, {1638000, "$16,380.00"},
        {-100500, "-$1,005.00"}, {100000000, "$1,000,000.00"}, {100001009900, "$1,000,010,099.00"},
        {INT64_MAX, "$92,233,720,368,547,758.07"}, {INT64_MIN, "-$92,233,720,368,547,758.08"}};
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(text_money(&arena, cases[i].cents), cases[i].text);
    arena_release(&arena);
}

static void test_text_nearest__suggests_a_misspelling_only(void **state)
{
    (void)state;
    static const char *const names[] = {"skip_if", "if_blocked", "channel", "template"};
    assert_string_equal(text_nearest("chanel", names, 4), "channel");
    assert_string_equal(text_nearest("Tempalte", names, 4), "template");
    assert_null(text_nearest("budget", names, 4));
    assert_int_equal(text_distance("ab", "ba", 5), 1);
    assert_int_equal(text_distance("kitten", "sitting", 5), 3);
    assert_int_equal(text_distance("kitten", "sitting", 1), 2); /* limit + 1 */
    assert_int_equal(text_distance("", "abc", 9), 3);
}

static void test_text_to_int__reads_whole_strings_within_bounds(void **state)
{
    (void)state;
    int64_t value = 5;
    assert_true(text_to_int("-9223372036854775808", INT64_MIN, INT64_MAX, &value));
    assert_true(value == INT64_MIN);
    assert_true(text_to_int("+42", 0, 42, &value) && value == 42);
    const char *const wrong[] = {
        "", "-", "+", "4 ", " 4", "4x", "43", "-1", "9223372036854775808", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(text_to_int(wrong[i], 0, 42, &value));
    assert_int_equal(value, 42); /* untouched */
}

static void test_utf8_next__refuses_what_the_standard_refuses(void **state)
{
    (void)state;
    const char *const bad[] = {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80",
        "\xF0\x80\x80\x80", "\x80", "\xE2\x82", "\xF4\x90\x80\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(utf8_valid_n(bad[i], strlen(bad[i])));
    const char good[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBD";
    assert_true(utf8_valid_n(good, strlen(good)));
    assert_int_equal(utf8_count(good), 5);
    const uint32_t points[] = {'a', 0xE9, 0x20AC, 0x1F600, 0xFFFD};
    const char *at = good;
    for (size_t i = 0; i < 5; i++) {
        char bytes[4];
        const char *start = at;
        assert_int_equal(utf8_next(&at, good + strlen(good)), points[i]);
        assert_int_equal(utf8_put(bytes, points[i]), at - start);
        assert_memory_equal(bytes, start, (size_t)(at - start));
    }
}

static void test_ids_next__grows_repeats_and_is_version_7(void **state)
{
    (void)state;
    const unsigned char seed[32] = {1, 2, 3};
    struct ids ids, again;
    ids_init(&ids, seed);
    ids_init(&again, seed);
    char last[37] = "";
    struct instant now = {INT64_C(1770000000123)};
    for (int i = 0; i < 5000; i++) {
        if (i % 1000 == 999)
            now.ms += i % 2000 == 999 ? 5 : -3; /* the clock may step back */
        struct id id = ids_next(&ids, now);
        assert_string_equal(id.text, ids_next(&again, now).text);
        assert_int_equal(strlen(id.text), 36);
        assert_int_equal(id.text[14], '7');
        assert_non_null(strchr("89ab", id.text[19]));
        assert_true(strcmp(id.text, last) > 0);
        memcpy(last, id.text, sizeof last);
    }
    struct id first = ids_next(&ids, (struct instant){INT64_C(0x1890A5D12345)});
    assert_memory_equal(first.text, "1890a5d1-2345-7", 15);
}

static void test_hash__agrees_with_published_vectors(void **state)
{
    struct arena *arena = *state;
    struct sha256 digest = hash_sha256("abc", 3); /* FIPS 180-2 B.1 */
    assert_string_equal(hash_hex(arena, digest.bytes, 32),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest = hash_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28); /* RFC 4231 2 */
    assert_string_equal(hash_hex(arena, digest.bytes, 32),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    unsigned char mac[20]; /* RFC 2202 case 2 */
    hash_hmac_sha1("Jefe", 4, "what do ya want for nothing?", 28, mac);
    assert_string_equal(hash_hex(arena, mac, 20), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    unsigned char bytes[2];
    assert_true(hash_hex_decode("0aFf", bytes, 2) && bytes[0] == 0x0A && bytes[1] == 0xFF);
    assert_false(hash_hex_decode("0aF", bytes, 2) || hash_hex_decode("0aFg", bytes, 2));
    assert_true(hash_equal("ab", "ab", 2) && !hash_equal("ab", "ac", 2));
}

static void test_hash_base64_decode__takes_both_alphabets_and_no_variants(void **state)
{
    struct arena *arena = *state;
    const char raw[] = "\xFB\xFF\xFE!";
    assert_string_equal(hash_base64(arena, raw, 4), "+//+IQ==");
    assert_string_equal(hash_base64url(arena, raw, 4), "-__-IQ");
    const char *const good[] = {"+//+IQ==", "-__-IQ", "-__-IQ==", "+//+IQ"};
    for (size_t i = 0; i < 4; i++) {
        unsigned char *bytes;
        size_t len;
        assert_true(hash_base64_decode(arena, good[i], &bytes, &len));
        assert_int_equal(len, 4);
        assert_memory_equal(bytes, raw, 4);
    }
    const char *const bad[] = {
        "+//+I", "+//+IR==", "+//+IQ=", "+//+I Q", "+//+IQ=a", "====", "a==="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        unsigned char *bytes;
        size_t len;
        assert_false(hash_base64_decode(arena, bad[i], &bytes, &len));
    }
}

static void test_json_text__mends_foreign_bytes(void **state)
{
    struct arena *arena = *state;
    JSON_AUTO list = json_array();
    json_array_append_new(list, json_text("caf\xE9!"));
    json_array_append_new(list, json_text(NULL));
    json_array_append_new(list, json_money(-31000));
    json_array_append_new(list, json_real(1.1));
    assert_string_equal(json_text_of(arena, list),
        "[\"caf\xEF\xBF\xBD!\",null,{\"cents\":-31000,\"currency\":\"USD\"},1.1]");
}

static void test_json_parse__names_the_place_and_no_content(void **state)
{
    (void)state;
    const char text[] = "{\"a\": 1,\n \"Ana Lopez\": }";
    json_t *json = NULL;
    struct why why = {0};
    assert_int_equal(json_parse(text, strlen(text), &json, &why), ERR_INPUT);
    assert_null(json);
    assert_string_equal(why.place, "line 2, column 15");
    assert_null(strstr(why.message, "Ana"));
    assert_int_equal(json_parse("{\"a\":1,\"a\":2}", 13, &json, NULL), ERR_INPUT);
    assert_int_equal(json_parse("[1] x", 5, &json, NULL), ERR_INPUT);
    must(json_parse("12", 2, &json, &why), &why);
    assert_int_equal(json_integer_value(json), 12);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_fold__takes_case_and_accents_off),
        cmocka_unit_test(test_str_trim__takes_hard_blanks_too),
        cmocka_unit_test(test_text_is__compares_nothing_with_nothing),
        cmocka_unit_test(test_text_money__groups_thousands),
        cmocka_unit_test(test_text_nearest__suggests_a_misspelling_only),
        cmocka_unit_test(test_text_to_int__reads_whole_strings_within_bounds),
        cmocka_unit_test(test_utf8_next__refuses_what_the_standard_refuses),
        cmocka_unit_test(test_ids_next__grows_repeats_and_is_version_7),
        cmocka_unit_test(test_hash__agrees_with_published_vectors),
        cmocka_unit_test(test_hash_base64_decode__takes_both_alphabets_and_no_variants),
        cmocka_unit_test(test_json_text__mends_foreign_bytes),
        cmocka_unit_test(test_json_parse__names_the_place_and_no_content),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
