/* practice_test.c: perennial.yaml: every setting read, wrong ones refused where they stand. */
#include "unit.h"

#include <string.h>

#include "base/text.h"
#include "env/env.h"
#include "record/practice.h"

struct reading {
    struct arena boot;
    struct env env;
    struct zones zones;
    struct practice practice;
    struct why why;
};

static void open_reading(struct reading *reading)
{
    memset(reading, 0, sizeof *reading);
    arena_init(&reading->boot, 0);
    must(env_os_open(&reading->boot, &reading->env, &reading->why), &reading->why);
    zones_init(&reading->zones, &reading->boot, env_zone_load, &reading->env.file);
}

static void close_reading(struct reading *reading)
{
    env_os_close(&reading->env);
    arena_release(&reading->boot);
}

static enum err parse(struct reading *reading, const char *text)
{
    struct yaml *root = NULL;
    reading->why = (struct why){0};
    enum err err =
        yaml_parse(&reading->boot, "perennial.yaml", text, strlen(text), &root, &reading->why);
    return err == ERR_NONE
        ? practice_parse(&reading->boot, root, &reading->zones, &reading->practice, &reading->why)
        : err;
}

static void test_practice_parse__fills_what_is_not_said(void **state)
{
    (void)state;
    struct reading r;
    open_reading(&r);
    must(parse(&r, "name: Lumen\ntimezone: America/Denver\n"), &r.why);
    const struct practice *p = &r.practice;
    assert_int_equal(p->practice_id, 1);
    assert_string_equal(p->legal_name, "Lumen");
    assert_int_equal(p->send_from_minute, 600);
    assert_int_equal(p->scan_minute, 1380);
    assert_int_equal(p->marketing_per_day_max, 1);
    assert_int_equal(p->marketing_per_7_days_max, 2);
    assert_int_equal(p->marketing_per_30_days_max, 6);
    assert_int_equal(p->consent_age_days_max, 548);
    assert_int_equal(p->booking_data_age_ms_max, 48 * MS_PER_HOUR);
    assert_int_equal(p->dnc_imported.n, DAY_NONE);
    assert_null(p->consent_form_name);
    assert_string_equal(p->channels[CHANNEL_SMS].driver, "null");
    assert_string_equal(p->channels[CHANNEL_TASK].driver, "task");
    assert_int_equal(p->channels[CHANNEL_SMS].ask_after_ms[2], 15 * MS_PER_MINUTE);
    assert_true(practice_vendor_ready(p, "own", day_of(2026, 1, 1)));
    assert_false(practice_vendor_ready(p, "twilio", day_of(2026, 1, 1)));
    close_reading(&r);
}

static void test_practice_parse__reads_every_setting(void **state)
{
    (void)state;
    struct reading r;
    open_reading(&r);
    must(
        parse(&r,
            "name: Lumen Med Spa\nlegal_name: Lumen LLC\npractice_id: 7\ntimezone: America/Denver\n"
            "state: CO\nphone: (303) 555-0100\naddress: 1 Main St, Denver\n"
            "booking_url: https://book.example.com/{service}\nadults_only: true\n"
            "never_name_treatment: true\ndate_order: dmy\nsend_from: 09:30\nscan_at: 22:00\n"
            "consent_form: form.txt\nbooking_data_age: 24h\nconsent_age: 365d\n"
            "audience_growth: 2\nstore: data/x.db\nlisten: 127.0.0.1:0\n"
            "public_url: http://127.0.0.1:9/\nclinician_contact: dr@lumen.example\n"
            "limits: {marketing_per_day: 0, calls_per_day: 4}\n"
            "dnc: {required: true, imported: 2026-01-02}\nholidays: [2026-12-26]\n"
            "paused_zips: [\"70112\", \"701\"]\n"
            "vendors: {twilio: {baa_signed: 2026-01-02, baa_until: 2026-12-31}}\n"
            "channels:\n"
            "  sms: {driver: twilio, account_sid: AC0123456789, from: \"+13035550100\",\n"
            "        rate_per_s: 3, ask_after: [1s, 2s, 3s], base_url: \"http://127.0.0.1:8/\"}\n"
            "  email: {driver: smtp, host: localhost, tls: none, port: 25,\n"
            "          from: hello@lumen.example}\n"),
        &r.why);
    const struct practice *p = &r.practice;
    assert_string_equal(p->phone, "+13035550100");
    assert_int_equal(p->date_order, DATE_ORDER_DMY);
    assert_int_equal(p->send_from_minute, 570);
    assert_int_equal(p->marketing_per_day_max, 0);
    assert_int_equal(p->calls_per_day_max, 4);
    assert_true(p->dnc_required && p->dnc_imported.n == day_of(2026, 1, 2).n);
    assert_int_equal(p->holiday_count, 1);
    assert_int_equal(p->paused_zip_count, 2);
    assert_string_equal(p->channels[CHANNEL_SMS].vendor, "twilio");
    assert_int_equal(p->channels[CHANNEL_SMS].ask_after_ms[1], 2000);
    assert_string_equal(p->channels[CHANNEL_EMAIL].vendor, "own");
    assert_true(practice_vendor_ready(p, "twilio", day_of(2026, 6, 1)));
    assert_false(practice_vendor_ready(p, "twilio", day_of(2027, 1, 1)));
    practice_set_consent_form(&r.boot, &r.practice, "I agree");
    assert_int_equal(strlen(p->consent_form_hash), 64);
    close_reading(&r);
}

static void test_practice_parse__refuses_with_place_and_remedy(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message, *place;
    } cases[] = {
        {"name: Lumen\ntimezon: America/Denver\n", "timezone", "perennial.yaml:2"},
        {"name: Lumen\n", "timezone is missing", "perennial.yaml"},
        {"name: L\ntimezone: America/Dever\n", "America/Dever", "perennial.yaml:2"},
        {"name: L\ntimezone: UTC\nsend_from: 07:59\n", "08:00", "perennial.yaml:3"},
        {"name: L\ntimezone: UTC\nlimits: {marketing_per_day: 4}\n", "3", "perennial.yaml:3"},
        {"name: L\ntimezone: UTC\nlimits: {marketing_a_day: 1}\n", "marketing_per_day",
            "perennial.yaml:3"},
        {"name: L\ntimezone: UTC\nstate: Texas\n", "no state Texas", "perennial.yaml:3"},
        {"name: L\ntimezone: UTC\nstate: ZZ\n", "no state ZZ", "perennial.yaml:3"},
        {"name: L\ntimezone: UTC\nstate: \"A \"\n", "no state", "perennial.yaml:3"},
        {"name: L\ntimezone: UTC\npublic_url: http://lumen.example\n", "https", "perennial.yaml:3"},
        {"name: L\ntimezone: UTC\nchannels: {sms: {driver: twillio}}\n", "twilio",
            "perennial.yaml:3"},
        {"name: L\ntimezone: UTC\nchannels: {sms: {driver: twilio}}\n", "account_sid",
            "perennial.yaml:3"},
        {"name: L\ntimezone: UTC\nchannels: {email: {driver: smtp, host: mail.example.com, "
         "tls: none, from: a@b.example}}\n",
            "without TLS", "perennial.yaml:3"},
        {"name: L\ntimezone: UTC\nvendors: {x: {baa_signed: soon}}\n", "date", "perennial.yaml:3"},
        {"name: L\ntimezone: UTC\nphone: 123\n", "telephone", "perennial.yaml:3"},
        {"name: L\ntimezone: UTC\nadults_only: maybe\n", "true or false", "perennial.yaml:3"},
    };
    struct reading r;
    open_reading(&r);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(&r, cases[i].text), ERR_INPUT);
        char text[1024];
        why_format(&r.why, text, sizeof text);
        if (!strstr(text, cases[i].message) || !text_starts(r.why.place, cases[i].place))
            fail_msg("case %zu says: %s", i, text);
    }
    close_reading(&r);
}

static void test_practice_parse__sends_no_words_to_strange_machines(void **state)
{
    (void)state;
    static const char base[] = "name: Lumen\ntimezone: America/Denver\n"
                               "vendors: {acme: {baa_signed: 2026-01-01}, paper: {}}\n";
    static const struct {
        const char *block, *message; /* NULL: fine */
    } list[] = {
        {"language_model: {url: 'http://127.0.0.1:8080/v1/'}", NULL},
        {"language_model: {url: 'http://localhost:8080/v1'}", NULL},
        {"language_model: {url: 'http://[::1]:8080/v1'}", NULL},
        {"language_model: {url: 'http://gpu.lan:8080/v1', private_network: true}", NULL},
        {"language_model: {url: 'https://api.acme.example/v1', vendor: acme}", NULL},
        {"language_model: {url: 'http://gpu.lan:8080/v1'}", "not on this machine"},
        {"language_model: {url: 'http://127.0.0.1.evil.example/v1'}", "not on this machine"},
        {"language_model: {url: 'http://localhost.evil.example/v1'}", "not on this machine"},
        {"language_model: {url: 'http://127.0.0.1@evil.example/v1'}", "is an address"},
        {"language_model: {url: 'https://api.acme.example/v1'}", "not on this machine"},
        {"language_model: {url: 'https://api.other.example/v1', vendor: other}", "no business"},
        {"language_model: {url: 'https://api.paper.example/v1', vendor: paper}", "no business"},
        {"language_model: {url: 'http://api.acme.example/v1', vendor: acme}", "https://"},
        {"language_model: {url: 'file:///etc/passwd'}", "is an address"},
        {"language_model: {url: 'http://127.0.0.1:1/v1', timeout: 1h}", "timeout"},
    };
    struct reading r;
    open_reading(&r);
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        enum err err = parse(&r, arena_format(&r.boot, "%s%s\n", base, list[i].block));
        if ((err == ERR_NONE) != !list[i].message
            || (err != ERR_NONE && !strstr(r.why.message, list[i].message)))
            fail_msg("%s: %s", list[i].block, r.why.message);
    }
    must(parse(&r, arena_format(&r.boot, "%s%s\n", base, list[0].block)), &r.why);
    assert_string_equal(r.practice.language_model.url, "http://127.0.0.1:8080/v1");
    must(parse(&r, base), &r.why);
    assert_null(r.practice.language_model.url);
    close_reading(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_practice_parse__fills_what_is_not_said),
        cmocka_unit_test(test_practice_parse__reads_every_setting),
        cmocka_unit_test(test_practice_parse__refuses_with_place_and_remedy),
        cmocka_unit_test(test_practice_parse__sends_no_words_to_strange_machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
