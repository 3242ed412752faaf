/* gate_test.c: each rule of the gate, alone and in its order, over people made up here. */
#include "unit.h"

#include <string.h>

#include "gate/gate_int.h"
#include "zone_fixture.h"

/* A Tuesday, ten in the morning in Austin. */
#define NOW "2026-03-10T15:00:00Z"

struct world {
    struct arena arena;
    struct env env;
    struct zones zones;
    struct practice practice;
    struct vendor vendor;
    struct gate *gate;
    struct patient patient;
    struct contact_point contacts[3];
    struct consent consents[3];
    struct gate_person person;
    struct household household;
    struct gate_batch batch;
    struct rendered message;
    struct gate_case question;
    struct instant now;
};

static int open_world(void **state)
{
    static struct world world;
    struct why why = {0};

    zone_fixture_open(&world.arena, &world.env, &world.zones);
    world.practice = (struct practice){.practice_id = 1};
    must(zones_find(&world.zones, "America/Chicago", &world.practice.zone, &why), &why);
    must(gate_open(&world.arena, &world.practice, &world.zones, &world.gate, &why), &why);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;

    zone_fixture_close(&world->arena, &world->env);
    return 0;
}

static void set_practice(struct world *world)
{
    const struct zone *zone = world->practice.zone;

    world->vendor = (struct vendor){"Twilio", day_of(2026, 1, 1), {DAY_NONE}};
    world->practice = (struct practice){
        .practice_id = 1,
        .name = "Lumen Med Spa",
        .zone = zone,
        .state = "TX",
        .address = "100 Congress Ave, Austin, TX 78701",
        .marketing_per_day_max = 1,
        .marketing_per_7_days_max = 2,
        .marketing_per_30_days_max = 6,
        .calls_per_day_max = 10,
        .send_from_minute = 600,
        .booking_data_age_ms_max = 48 * MS_PER_HOUR,
        .consent_age_days_max = 548,
        .dnc_imported = {DAY_NONE},
        .vendors = &world->vendor,
        .vendor_count = 1,
    };
    for (int i = 0; i < CHANNEL_KIND_MAX; i++)
        world->practice.channels[i] = (struct channel_setting){.driver = "x", .vendor = "Twilio"};
}

/* A patient of whom everything is in order, and a text to her. */
static void set_ana(struct world *world)
{
    world->patient = (struct patient){
        .patient_id = "ana",
        .first_name = "Ana",
        .birth_day = day_of(1990, 5, 1),
        .zip = "78701",
        .state = "TX",
        .household_id = "home",
        .paused_until = {DAY_NONE},
        .last_visit = day_of(2025, 11, 20),
    };
    world->contacts[0] = (struct contact_point){
        .patient_id = "ana", .address = "+15125550100", .channel = CHANNEL_SMS};
    world->contacts[1] = (struct contact_point){
        .patient_id = "ana", .address = "ana@example.com", .channel = CHANNEL_EMAIL};
    world->contacts[2] = (struct contact_point){
        .patient_id = "ana", .address = "+15125550100", .channel = CHANNEL_VOICE};
    for (int i = 0; i < 3; i++)
        world->consents[i] = (struct consent){.consent_id = "c",
            .patient_id = "ana",
            .source = "import",
            .channel = world->contacts[i].channel,
            .marketing = true,
            .written = true,
            .given = day_of(2025, 2, 1),
            .recorded = instant_of(NOW)};
    world->household = (struct household){0};
    world->person = (struct gate_person){.patient = &world->patient,
        .household = &world->household,
        .contacts = world->contacts,
        .contact_count = 3,
        .consents = world->consents,
        .consent_count = 3,
        .zone = world->practice.zone};
}

static int set_world(void **state)
{
    struct world *world = *state;

    set_practice(world);
    set_ana(world);
    world->now = instant_of(NOW);
    world->batch = (struct gate_batch){.tick = &world->arena,
        .gate = world->gate,
        .loaded = world->now,
        .booking_data = {world->now.ms - 5 * MS_PER_HOUR}};
    map_init(&world->batch.people, &world->arena);
    (void)map_put(&world->batch.people, "ana", &world->person);
    world->message = (struct rendered){.text = "Lumen Med Spa: Time to visit? STOP to opt out",
        .scan = "Time to visit?",
        .subject = "Hello",
        .stop_line = true,
        .body_hash = "sha256:00"};
    world->question = (struct gate_case){.patient_id = "ana",
        .channel = CHANNEL_SMS,
        .address = "+15125550100",
        .purpose = PURPOSE_MARKETING,
        .message = &world->message,
        .playbook = "p"};
    return 0;
}

/* "wait quiet_hours QH-1 2026-..." */
static const char *judge(struct world *world)
{
    struct verdict verdict = gate_judge(&world->arena, &world->batch, &world->question, world->now);
    const char *until =
        verdict.answer == VERDICT_WAIT ? instant_format_utc(&world->arena, verdict.until) : "";

    JSON_AUTO detail = json_loads(verdict.detail, 0, NULL);
    assert_non_null(detail);
    if (verdict.answer == VERDICT_ALLOW)
        return "allow";
    assert_true(*verdict.message);
    return arena_format(&world->arena, "%s %s %s%s%s", verdict_answer_name(verdict.answer),
        gate_code_name(verdict.code), verdict.rule, *until ? " " : "", until);
}

static void add_send(struct world *world, const char *at, enum channel_kind channel)
{
    struct past_send *send = ARENA_NEW(&world->arena, struct past_send, 1);

    *send = (struct past_send){.at = instant_of(at),
        .channel = channel,
        .marketing = true,
        .patient_id = "ana",
        .next = world->household.sends};
    world->household.sends = send;
}

static void to_email(struct world *world)
{
    world->question.channel = CHANNEL_EMAIL;
    world->question.address = "ana@example.com";
}

static void to_task(struct world *world)
{
    world->question.channel = CHANNEL_TASK;
    world->question.address = NULL;
    world->question.message = NULL;
}

/* ---- the rules in order ---- */

static void test_gate_judge__allows_what_is_in_order(void **state)
{
    struct world *world = *state;
    struct verdict verdict;

    assert_string_equal(judge(world), "allow");
    verdict = gate_judge(&world->arena, &world->batch, &world->question, world->now);
    JSON_AUTO detail = json_loads(verdict.detail, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(detail, "consent")), "c");
    assert_string_equal(json_string_value(json_object_get(detail, "zone")), "America/Chicago");
    assert_string_equal(json_string_value(json_object_get(detail, "resolved_by")), "zip");
    assert_string_equal(
        json_string_value(json_object_get(detail, "local_time")), "2026-03-10T10:00:00");
    assert_non_null(json_string_value(json_object_get(detail, "hours_table")));
    to_email(world);
    assert_string_equal(judge(world), "allow");
    to_task(world);
    assert_string_equal(judge(world), "allow");
}

static void test_gate_judge__asks_in_the_order_of_the_codes(void **state)
{
    struct world *world = *state;
    struct template piece = {.usable = true, .purpose = PURPOSE_UNKNOWN, .name = "t"};

    /* Everything is wrong at once, and is put right one by one. */
    world->contacts[0].health = HEALTH_BOUNCED;
    world->contacts[0].suppressed_marketing = true;
    world->question.piece = &piece;
    world->person.consent_count = 0;
    world->patient.birth_day = day_of(2010, 1, 1);
    world->message.text = "no sender";
    world->now = instant_of("2026-03-11T04:00:00Z");
    add_send(world, "2026-03-11T03:00:00Z", CHANNEL_SMS);
    world->vendor.baa_signed.n = DAY_NONE;
    world->question.ai_draft = true;
    world->batch.booking_data.ms = 1;
    world->batch.playbooks = &(struct playbook_state){.playbook = "p", .run = PLAYBOOK_PILOT};
    world->batch.playbook_count = 1;
    world->practice.sends_per_day_max = 1;
    world->batch.days =
        &(struct day_load){.day = zone_day(world->practice.zone, world->now), .sends = 1};
    assert_string_equal(judge(world), "drop bad_address CON-13");
    world->contacts[0].health = HEALTH_OK;
    assert_string_equal(judge(world), "drop suppressed OPT-5");
    world->contacts[0].suppressed_marketing = false;
    assert_string_equal(judge(world), "drop class_unknown CLASS");
    piece.purpose = PURPOSE_MARKETING;
    assert_string_equal(judge(world), "drop no_consent CON-1");
    world->person.consent_count = 3;
    assert_string_equal(judge(world), "drop minor MIN-2");
    world->patient.birth_day = day_of(1990, 1, 1);
    assert_string_equal(judge(world), "drop content CAR-2");
    world->message.text = "Lumen Med Spa: hello. STOP to opt out";
    assert_string_equal(judge(world), "wait quiet_hours QH-4 2026-03-11T14:00:00Z");
    world->now = instant_of("2026-03-10T23:00:00Z");
    world->household.sends = NULL;
    add_send(world, "2026-03-10T22:00:00Z", CHANNEL_SMS);
    assert_string_equal(judge(world), "wait cap QH-8 2026-03-11T15:00:00Z");
    world->household.sends = NULL;
    assert_string_equal(judge(world), "drop no_baa BAA-1");
    world->vendor.baa_signed = day_of(2026, 1, 1);
    assert_string_equal(judge(world), "drop ai_review AI-10");
    world->question.reviewed = true;
    assert_string_equal(judge(world), "wait stale_data FRESH 2026-03-11T00:00:00Z");
    world->batch.booking_data.ms = world->now.ms - 1;
    assert_string_equal(judge(world), "drop not_in_pilot PILOT");
    world->question.pilot = true;
    assert_string_equal(judge(world), "wait over_capacity CAPACITY 2026-03-11T15:00:00Z");
    world->practice.sends_per_day_max = 2;
    assert_string_equal(judge(world), "allow");
}

static void test_gate_address__refuses_what_no_patient_has(void **state)
{
    struct world *world = *state;

    world->question.address = NULL;
    assert_string_equal(judge(world), "drop bad_address INT-1");
    world->contacts[0].address = world->question.address = "+14165550100"; /* Toronto */
    assert_string_equal(judge(world), "drop bad_address INT-1");
    world->contacts[0].address = world->question.address = "+18005550100";
    assert_string_equal(judge(world), "drop bad_address INT-1");
    world->contacts[0].address = world->question.address = "+17875550100"; /* Puerto Rico */
    world->patient.zip = "00901";
    world->patient.state = "PR";
    assert_string_equal(judge(world), "allow");
    world->contacts[0].health = HEALTH_LANDLINE;
    assert_string_equal(judge(world), "drop bad_address CON-13");
    world->question.address = "+15125550199"; /* not hers */
    assert_string_equal(judge(world), "drop bad_address INT-1");
    world->question.patient_id = "nobody";
    assert_string_equal(judge(world), "drop bad_address INT-1");
}

static void test_gate_suppressed__covers_flags_and_pauses(void **state)
{
    struct world *world = *state;

    world->patient.do_not_contact = true;
    assert_string_equal(judge(world), "drop suppressed OPT-3");
    world->patient.do_not_contact = false;
    world->patient.paused_until = day_of(2026, 3, 11);
    assert_string_equal(judge(world), "drop suppressed PAUSE");
    world->patient.paused_until = day_of(2026, 3, 10); /* may go again on that day */
    assert_string_equal(judge(world), "allow");
    world->patient.paused_until_told = true;
    assert_string_equal(judge(world), "drop suppressed PAUSE");
    world->patient.paused_until_told = false;
    world->patient.billing_dispute = true;
    assert_string_equal(judge(world), "drop suppressed EXCLUDE");
    world->question.purpose = PURPOSE_CARE;
    assert_string_equal(judge(world), "allow");
    world->patient.deceased = true;
    assert_string_equal(judge(world), "drop suppressed EXCLUDE");
}

static void test_gate_class__mixed_becomes_marketing(void **state)
{
    struct world *world = *state;

    world->person.consent_count = 0;
    world->question.purpose = PURPOSE_CARE;
    to_email(world);
    assert_string_equal(judge(world), "allow");
    world->question.offer = true;
    assert_string_equal(judge(world), "drop no_consent CON-15");
    world->question.offer = false;
    world->message.scan = "Your visit is tomorrow. 20% off creams!";
    assert_string_equal(judge(world), "drop no_consent CON-15");
    world->message.scan = "Your visit is tomorrow.";
    assert_string_equal(judge(world), "allow");
    world->question.purpose = PURPOSE_UNKNOWN;
    assert_string_equal(judge(world), "drop class_unknown CLASS");
}

static void test_gate_consent__wants_writing_and_freshness_for_texts(void **state)
{
    struct world *world = *state;
    struct verdict verdict;

    world->consents[0].written = false;
    assert_string_equal(judge(world), "drop no_consent CON-1");
    verdict = gate_judge(&world->arena, &world->batch, &world->question, world->now);
    assert_non_null(strstr(verdict.detail, "consent_form in perennial.yaml"));
    world->consents[0].written = true;
    world->consents[0].address = "+15125550177"; /* of another number */
    assert_string_equal(judge(world), "drop no_consent CON-1");
    world->consents[0].address = NULL;
    world->consents[0].channel = CHANNEL_VOICE; /* of another channel */
    assert_string_equal(judge(world), "drop no_consent CON-1");
    world->consents[0].channel = CHANNEL_SMS;
    world->consents[0].given = day_of(2099, 1, 31); /* signed on a day to come */
    assert_string_equal(judge(world), "drop no_consent CON-1");
    world->consents[0].given = (struct day){DAY_NONE};
    world->patient.last_visit = (struct day){day_of(2026, 3, 10).n - 548};
    assert_string_equal(judge(world), "allow");
    world->patient.last_visit.n--;
    assert_string_equal(judge(world), "drop no_consent CON-14");
    verdict = gate_judge(&world->arena, &world->batch, &world->question, world->now);
    assert_non_null(strstr(verdict.detail, "\"stale\""));
    world->person.last_reply = instant_of("2026-01-01T00:00:00Z");
    assert_string_equal(judge(world), "allow");
    world->question.purpose = PURPOSE_CARE;
    world->consents[0].written = false;
    assert_string_equal(judge(world), "allow");
    world->person.consent_count = 0;
    assert_string_equal(judge(world), "drop no_consent CON-4");
}

static void test_gate_consent__lets_staff_call_whom_it_knows(void **state)
{
    struct world *world = *state;

    to_task(world);
    world->person.consent_count = 0;
    assert_string_equal(judge(world), "allow");
    world->patient.last_visit = day_of(2024, 9, 9); /* 18 months and a day */
    assert_string_equal(judge(world), "drop no_consent DNC-3");
    world->patient.last_visit = day_of(2024, 9, 10);
    assert_string_equal(judge(world), "allow");
    world->person.calls_refused = true;
    assert_string_equal(judge(world), "drop no_consent CON-15");
    world->person.calls_refused = false;
    world->contacts[2].suppressed_marketing = world->contacts[0].suppressed_marketing = true;
    assert_string_equal(judge(world), "drop suppressed OPT-5");
    world->contacts[2].suppressed_marketing = world->contacts[0].suppressed_marketing = false;
    world->practice.dnc_required = true;
    assert_string_equal(judge(world), "drop dnc DNC-2");
    world->practice.dnc_imported = (struct day){day_of(2026, 3, 10).n - 31};
    assert_string_equal(judge(world), "allow");
    world->practice.dnc_imported.n--;
    assert_string_equal(judge(world), "drop dnc DNC-2");
    world->person.consent_count = 3;
    assert_string_equal(judge(world), "allow");
}

static void test_gate_minor__counts_birthdays(void **state)
{
    struct world *world = *state;

    world->patient.birth_day = day_of(2008, 3, 11);
    assert_string_equal(judge(world), "drop minor MIN-2");
    world->patient.birth_day = day_of(2008, 3, 10);
    assert_string_equal(judge(world), "allow");
    world->patient.birth_day = (struct day){DAY_NONE};
    assert_string_equal(judge(world), "drop minor MIN-1");
    world->practice.adults_only = true;
    assert_string_equal(judge(world), "allow");
    world->patient.birth_day = day_of(2008, 2, 29);
    world->now = instant_of("2026-02-28T16:00:00Z");
    assert_string_equal(judge(world), "drop minor MIN-2");
    world->now = instant_of("2026-03-02T16:00:00Z");
    assert_string_equal(judge(world), "allow");
    world->patient.birth_day = day_of(2007, 6, 1); /* eighteen, and Alabama says nineteen */
    world->patient.zip = "35203";
    world->patient.state = "AL";
    assert_string_equal(judge(world), "drop minor MIN-2");
}

static void test_gate_content__names_treatment_only_with_authorization(void **state)
{
    struct world *world = *state;
    struct template piece = {.usable = true,
        .purpose = PURPOSE_MARKETING,
        .name = "t",
        .phi_level = PHI_SERVICE,
        .wording = WORDING_SPECIFIC,
        .channel = CHANNEL_EMAIL};

    to_email(world);
    world->question.piece = &piece;
    assert_string_equal(judge(world), "drop content PHI-10");
    world->patient.phi_authorized = true;
    world->patient.phi_authorized_on = day_of(2099, 1, 31); /* on a day to come */
    assert_string_equal(judge(world), "drop content PHI-10");
    world->patient.phi_authorized_on = (struct day){DAY_NONE};
    assert_string_equal(judge(world), "allow");
    world->practice.never_name_treatment = true;
    assert_string_equal(judge(world), "drop content PHI-8");
    world->practice.never_name_treatment = false;
    piece.phi_level = PHI_CLINICAL;
    assert_string_equal(judge(world), "drop content PHI-8");
    piece.phi_level = PHI_NONE; /* the words themselves are read too */
    piece.wording = WORDING_GENERIC;
    world->message.scan = "Your Botox is due";
    world->patient.phi_authorized = false;
    assert_string_equal(judge(world), "drop content PHI-10");
    world->message.scan = "Your visit is due";
    world->question.funded_by_third_party = true;
    assert_string_equal(judge(world), "drop content PHI-3");
    world->patient.phi_authorized = true;
    assert_string_equal(judge(world), "allow");
    world->practice.address = " ";
    assert_string_equal(judge(world), "drop content EML-4");
}

static void test_gate_content__reads_every_text(void **state)
{
    struct world *world = *state;

    world->patient.phi_authorized = true;
    world->message.scan = "Semaglutide special?";
    assert_string_equal(judge(world), "drop content CAR-5");
    world->message.scan = "see https://bit.ly/x";
    assert_string_equal(judge(world), "drop content CAR-8");
    world->message.scan = "hello";
    char longest[SMS_CHARACTERS_MAX + 2];
    const char *said = world->message.text;
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "Lumen Med Spa: ", 15);
    longest[SMS_CHARACTERS_MAX] = '\0';
    world->message.text = longest;
    assert_string_equal(judge(world), "allow");
    longest[SMS_CHARACTERS_MAX] = 'a'; /* the provider refuses it: error 21617 */
    longest[SMS_CHARACTERS_MAX + 1] = '\0';
    assert_string_equal(judge(world), "drop content CAR-11");
    world->question.staff_reply = true;
    assert_string_equal(judge(world), "drop content CAR-11");
    world->question.staff_reply = false;
    world->message.text = said;
    world->message.stop_line = false;
    assert_string_equal(judge(world), "drop content OPT-17");
    world->household.sends = &(struct past_send){.at = instant_of("2026-02-09T16:00:00Z"),
        .channel = CHANNEL_SMS,
        .stop_line = true,
        .patient_id = "ana",
        .marketing = true};
    assert_string_equal(judge(world), "allow");
    world->household.sends->at = instant_of("2026-02-08T14:00:00Z"); /* 30 days and an hour */
    assert_string_equal(judge(world), "drop content OPT-17");
    world->message.stop_line = true;
    world->message.missing = "links.book";
    assert_string_equal(judge(world), "drop content template");
}

static void test_gate_quiet__lets_answers_through(void **state)
{
    struct world *world = *state;

    world->now = instant_of("2026-03-11T04:00:00Z");
    world->question.purpose = PURPOSE_ANSWER;
    world->question.inbound = instant_of("2026-03-11T03:58:00Z");
    world->person.consent_count = 0;
    world->contacts[0].suppressed_marketing = true;
    world->patient.birth_day = (struct day){DAY_NONE};
    assert_string_equal(judge(world), "allow");
    /* After a stop of everything only HELP's answer and the stop's own confirmation go. */
    world->contacts[0].suppressed_all = true;
    assert_string_equal(judge(world), "drop suppressed OPT-5");
    world->question.help_answer = true;
    assert_string_equal(judge(world), "allow");
    world->question.help_answer = false;
    world->question.opt_out_confirmation = true;
    assert_string_equal(judge(world), "allow");
    world->now.ms = world->question.inbound.ms + 300 * 1000;
    assert_string_equal(judge(world), "allow");
    world->now.ms++;
    assert_string_equal(judge(world), "drop suppressed OPT-8");
    /* A day later it is no answer any more, and an offer rides on no reply. */
    world->question.opt_out_confirmation = false;
    world->contacts[0].suppressed_all = world->contacts[0].suppressed_marketing = false;
    world->now.ms = world->question.inbound.ms + 24 * MS_PER_HOUR + 1;
    assert_string_equal(judge(world), "drop class_unknown QH-10");
    world->now.ms = world->question.inbound.ms + 1;
    world->question.purpose = PURPOSE_MARKETING;
    world->person.consent_count = 3;
    world->patient.birth_day = day_of(1990, 1, 1);
    assert_string_equal(judge(world), "wait quiet_hours QH-4 2026-03-11T14:00:00Z");
    to_email(world);
    assert_string_equal(judge(world), "allow");
}

static void test_gate_quiet__waits_for_paused_areas(void **state)
{
    struct world *world = *state;
    static const char *const zips[] = {"787"};

    world->practice.paused_zips = zips;
    world->practice.paused_zip_count = 1;
    assert_string_equal(judge(world), "wait quiet_hours QH-14 2026-03-11T03:00:00Z");
}

static void test_gate_cap__counts_local_days_of_the_household(void **state)
{
    struct world *world = *state;

    /* Days 0, 3, 7 and 10 pass. */
    add_send(world, "2026-03-10T15:00:00Z", CHANNEL_EMAIL);
    world->now = instant_of("2026-03-13T15:00:00Z");
    world->batch.booking_data = world->now;
    assert_string_equal(judge(world), "allow");
    gate_take(&world->batch, &world->question, world->now);
    world->now = instant_of("2026-03-16T15:00:00Z"); /* day 6: two in seven days stand already */
    world->batch.booking_data = world->now;
    assert_string_equal(judge(world), "wait cap QH-8 2026-03-17T15:00:00Z");
    world->now = instant_of("2026-03-17T15:00:00Z");
    to_email(world);
    assert_string_equal(judge(world), "allow");
    gate_take(&world->batch, &world->question, world->now);
    world->now = instant_of("2026-03-20T15:00:00Z");
    to_task(world);
    assert_string_equal(judge(world), "allow");
    gate_take(&world->batch, &world->question, world->now);
    assert_string_equal(judge(world), "wait cap QH-8 2026-03-24T15:00:00Z");
    /* Near midnight the local day counts, not the day in UTC. */
    world->household.sends = NULL;
    add_send(world, "2026-03-18T04:30:00Z", CHANNEL_EMAIL); /* 23:30 on the 17th */
    world->now = instant_of("2026-03-18T05:30:00Z");        /* 00:30 on the 18th */
    world->question.channel = CHANNEL_EMAIL;
    world->question.address = "ana@example.com";
    world->question.message = &world->message;
    assert_string_equal(judge(world), "allow");
}

static void test_gate_cap__keeps_the_states_rolling_day(void **state)
{
    struct world *world = *state;

    world->practice.marketing_per_day_max = 3;
    world->practice.marketing_per_7_days_max = 20;
    world->practice.marketing_per_30_days_max = 60;
    world->patient.zip = "33101";
    world->patient.state = "FL";
    world->contacts[0].address = world->question.address = "+13055550100";
    add_send(world, "2026-03-09T15:00:00Z", CHANNEL_SMS);
    add_send(world, "2026-03-09T16:00:00Z", CHANNEL_TASK);
    add_send(world, "2026-03-09T17:00:00Z", CHANNEL_SMS);
    add_send(world, "2026-03-09T17:30:00Z", CHANNEL_EMAIL); /* no call and no text */
    world->now = instant_of("2026-03-10T14:59:00Z");        /* 23 h 59 min */
    assert_string_equal(judge(world), "wait cap QH-7 2026-03-10T15:00:01Z");
    world->now = instant_of("2026-03-10T15:00:00Z");
    assert_string_equal(judge(world), "wait cap QH-7 2026-03-10T15:00:01Z");
    world->now = instant_of("2026-03-10T15:00:01Z");
    assert_string_equal(judge(world), "allow");
    world->patient.zip = "78701";
    world->patient.state = "TX";
    world->contacts[0].address = world->question.address = "+15125550100";
    world->now = instant_of("2026-03-10T14:59:00Z");
    assert_string_equal(judge(world), "allow");
}

static void test_gate_house__asks_vendor_drafts_and_capacity(void **state)
{
    struct world *world = *state;

    world->vendor.baa_until = day_of(2026, 3, 9);
    assert_string_equal(judge(world), "drop no_baa BAA-5");
    world->vendor.baa_until = day_of(2026, 3, 10);
    assert_string_equal(judge(world), "allow");
    world->practice.channels[CHANNEL_SMS].vendor = NULL;
    assert_string_equal(judge(world), "drop no_baa BAA-1");
    world->practice.channels[CHANNEL_SMS].driver = "null";
    assert_string_equal(judge(world), "allow");
    world->batch.booking_data.ms = 0;
    assert_string_equal(judge(world), "wait stale_data FRESH 2026-03-10T16:00:00Z");
    world->batch.booking_data.ms = world->now.ms - 48 * MS_PER_HOUR;
    assert_string_equal(judge(world), "allow");
    world->batch.booking_data.ms--;
    assert_string_equal(judge(world), "wait stale_data FRESH 2026-03-10T16:00:00Z");
    world->question.purpose = PURPOSE_CARE;
    assert_string_equal(judge(world), "allow");
    world->question.purpose = PURPOSE_MARKETING;
    world->batch.booking_data = world->now;
    to_task(world);
    world->now = instant_of("2026-03-13T15:00:00Z"); /* a Friday: calls wait for Monday */
    world->batch.days = &(struct day_load){.day = day_of(2026, 3, 13), .calls = 10};
    assert_string_equal(judge(world), "wait over_capacity CALLS 2026-03-16T15:00:00Z");
}

static void test_gate_judge__is_pure(void **state)
{
    struct world *world = *state;
    struct verdict first = gate_judge(&world->arena, &world->batch, &world->question, world->now);
    struct verdict again = gate_judge(&world->arena, &world->batch, &world->question, world->now);

    assert_string_equal(first.detail, again.detail);
    assert_int_equal(first.answer, again.answer);
}

static void test_gate_judge__who_refused_calls_is_not_called_because_texts_may_go(void **state)
{
    struct world *world = *state;
    world->contacts[2].address = world->contacts[0].address;
    world->contacts[2].suppressed_all = world->contacts[2].suppressed_marketing = true;
    assert_string_equal(judge(world), "allow");
    to_task(world);
    assert_string_equal(judge(world), "drop suppressed OPT-5");
}

static void test_gate_contact__prefers_what_works(void **state)
{
    struct world *world = *state;

    world->contacts[1] = world->contacts[0];
    world->contacts[1].address = "+15125550101";
    world->contacts[0].health = HEALTH_LANDLINE;
    assert_string_equal(gate_contact(&world->batch, "ana", CHANNEL_SMS)->address, "+15125550101");
    world->contacts[1].suppressed_all = true;
    world->contacts[0].health = HEALTH_OK;
    assert_string_equal(gate_contact(&world->batch, "ana", CHANNEL_SMS)->address, "+15125550100");
    assert_null(gate_contact(&world->batch, "ana", CHANNEL_EMAIL));
    assert_false(gate_may_name_treatment(&world->batch, "ana", CHANNEL_SMS, world->now));
    world->patient.phi_authorized = true;
    assert_true(gate_may_name_treatment(&world->batch, "ana", CHANNEL_SMS, world->now));
    world->vendor.baa_signed.n = DAY_NONE;
    assert_false(gate_may_name_treatment(&world->batch, "ana", CHANNEL_SMS, world->now));
}

#define CASE(name) cmocka_unit_test_setup(name, set_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_gate_judge__allows_what_is_in_order),
        CASE(test_gate_judge__asks_in_the_order_of_the_codes),
        CASE(test_gate_address__refuses_what_no_patient_has),
        CASE(test_gate_suppressed__covers_flags_and_pauses),
        CASE(test_gate_class__mixed_becomes_marketing),
        CASE(test_gate_consent__wants_writing_and_freshness_for_texts),
        CASE(test_gate_consent__lets_staff_call_whom_it_knows),
        CASE(test_gate_minor__counts_birthdays),
        CASE(test_gate_content__names_treatment_only_with_authorization),
        CASE(test_gate_content__reads_every_text),
        CASE(test_gate_quiet__lets_answers_through),
        CASE(test_gate_quiet__waits_for_paused_areas),
        CASE(test_gate_cap__counts_local_days_of_the_household),
        CASE(test_gate_cap__keeps_the_states_rolling_day),
        CASE(test_gate_house__asks_vendor_drafts_and_capacity),
        CASE(test_gate_judge__is_pure),
        CASE(test_gate_judge__who_refused_calls_is_not_called_because_texts_may_go),
        CASE(test_gate_contact__prefers_what_works),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
