/* knowledge_test.c: what may be written down, and what is said of it to whom. */
#include <string.h>

#include "audience/definitions.h"
#include "base/embed.h"
#include "base/text.h"
#include "embed_playbooks.h"
#include "knowledge/knowledge.h"
#include "unit.h"

struct shelf {
    struct arena boot;
    const struct audience_definitions *definitions;
    const struct knowledge *knowledge;
    struct practice practice;
    bool allowed[TRIAGE_LABEL_MAX];
    struct why why;
};

static void shelf_open(struct shelf *shelf)
{
    *shelf = (struct shelf){.practice = {.name = "Lumen Med Spa",
                                .phone = "+15125550100",
                                .booking_url = "https://book.example/{service}",
                                .auto_answer_percent_min = 80}};
    arena_init(&shelf->boot, 0);
    const struct embed_file *file = embed_find(&embed_playbooks, "definitions.yaml");
    struct yaml *root;
    must(yaml_parse(&shelf->boot, file->name, file->bytes, file->len, &root, &shelf->why),
        &shelf->why);
    must(definitions_parse(&shelf->boot, root, &shelf->definitions, &shelf->why), &shelf->why);
}

static enum err shelf_read(struct shelf *shelf, const char *text)
{
    struct yaml *root;
    shelf->why = (struct why){0};
    must(yaml_parse(&shelf->boot, "knowledge/test.yaml", text, strlen(text), &root, &shelf->why),
        &shelf->why);
    return knowledge_parse(
        &shelf->boot, &root, 1, shelf->definitions, &shelf->knowledge, &shelf->why);
}

static const char *const PRICES = "words: {neurotoxin: [tox]}\n"
                                  "closing: {en: '(Automatic.)'}\n"
                                  "facts:\n"
                                  "  - answers: price\n"
                                  "    about: [neurotoxin]\n"
                                  "    checked: 2026-11-01\n"
                                  "    en: Botox is 14 dollars a unit.\n"
                                  "    es: El Botox cuesta 14 dolares.\n"
                                  "  - answers: price\n"
                                  "    about: [filler]\n"
                                  "    checked: 2026-01-01\n"
                                  "    en: Filler starts at 650 dollars.\n"
                                  "  - answers: [availability, book_yes]\n"
                                  "    checked: 2026-11-01\n"
                                  "    en: 'Times: {{ booking_url }}'\n"
                                  "  - answers: location_hours\n"
                                  "    checked: 2026-11-01\n"
                                  "    en: We are at {{ practice_address }}.\n"
                                  "  - answers: location_hours\n"
                                  "    asks: [park]\n"
                                  "    checked: 2026-11-01\n"
                                  "    en: Parking is free.\n";

/* A sure reading with these labels. */
static bool ask(struct shelf *shelf, const char *text, enum triage_language language,
    const enum triage_label *labels, size_t count, struct knowledge_answer *ret_answer)
{
    struct triage_reading *reading = ARENA_NEW(&shelf->boot, struct triage_reading, 1);
    *reading = (struct triage_reading){.route = TRIAGE_ROUTE_AUTO_REPLY, .language = language};
    for (size_t i = 0; i < count; i++) {
        reading->labels[labels[i]] = true;
        reading->confidence[labels[i]] = 0.9;
    }
    struct day today;
    must(day_parse("2026-11-22", &today, &shelf->why), &shelf->why);
    const struct knowledge_question question = {.text = text,
        .reading = reading,
        .practice = &shelf->practice,
        .allowed = shelf->allowed,
        .today = today};
    return knowledge_answer(&shelf->boot, shelf->knowledge, &question, ret_answer);
}

#define PRICE_ONLY ((const enum triage_label[]){TRIAGE_LABEL_PRICE})

static void test_knowledge_answer__is_the_practices_own_words(void **state)
{
    (void)state;
    struct shelf shelf;
    struct knowledge_answer answer;
    shelf_open(&shelf);
    must(shelf_read(&shelf, PRICES), &shelf.why);
    assert_true(ask(&shelf, "How much is BOTOX?", TRIAGE_LANGUAGE_EN, PRICE_ONLY, 1, &answer));
    assert_string_equal(answer.text, "Botox is 14 dollars a unit.");
    assert_string_equal(
        answer.sent_text, "Lumen Med Spa: Botox is 14 dollars a unit. (Automatic.)");
    assert_string_equal(answer.sources[0], "knowledge/test.yaml:4");
    assert_true(answer.names_treatment);
    assert_true(ask(&shelf, "precio de tox", TRIAGE_LANGUAGE_ES, PRICE_ONLY, 1, &answer));
    assert_string_equal(answer.text, "El Botox cuesta 14 dolares.");
    arena_release(&shelf.boot);
}

static void test_knowledge_answer__says_of_no_treatment_that_was_not_named(void **state)
{
    (void)state;
    struct shelf shelf;
    struct knowledge_answer answer;
    shelf_open(&shelf);
    must(shelf_read(&shelf, PRICES), &shelf.why);
    assert_false(ask(&shelf, "how much?", TRIAGE_LANGUAGE_EN, PRICE_ONLY, 1, &answer));
    assert_false(ask(&shelf, "how much is a peel", TRIAGE_LANGUAGE_EN, PRICE_ONLY, 1, &answer));
    /* Half of an answer is suggested, and does not go by itself. */
    memset(shelf.allowed, true, sizeof shelf.allowed);
    assert_true(
        ask(&shelf, "price of botox and a peel", TRIAGE_LANGUAGE_EN, PRICE_ONLY, 1, &answer));
    assert_false(answer.automatic);
    arena_release(&shelf.boot);
}

static void test_knowledge_answer__goes_alone_only_when_all_is_sure(void **state)
{
    (void)state;
    struct shelf shelf;
    struct knowledge_answer answer;
    shelf_open(&shelf);
    must(shelf_read(&shelf, PRICES), &shelf.why);
    assert_true(ask(&shelf, "botox price", TRIAGE_LANGUAGE_EN, PRICE_ONLY, 1, &answer));
    assert_false(answer.automatic); /* the practice has not allowed it */
    shelf.allowed[TRIAGE_LABEL_PRICE] = true;
    assert_true(ask(&shelf, "botox price", TRIAGE_LANGUAGE_EN, PRICE_ONLY, 1, &answer));
    assert_true(answer.automatic);
    assert_true(ask(&shelf, "filler price", TRIAGE_LANGUAGE_EN, PRICE_ONLY, 1, &answer));
    assert_non_null(strstr(answer.why_not, "was not checked"));
    const enum triage_label more[] = {TRIAGE_LABEL_PRICE, TRIAGE_LABEL_THANKS_SMALLTALK};
    assert_true(ask(&shelf, "thanks! botox price?", TRIAGE_LANGUAGE_EN, more, 2, &answer));
    assert_true(answer.automatic);
    const enum triage_label other[] = {TRIAGE_LABEL_PRICE, TRIAGE_LABEL_AVAILABILITY};
    assert_true(ask(&shelf, "botox price, and when?", TRIAGE_LANGUAGE_EN, other, 2, &answer));
    assert_string_equal(answer.text, "Botox is 14 dollars a unit. Times: https://book.example/");
    assert_false(answer.automatic); /* availability is not allowed */
    shelf.practice.auto_answer_percent_min = 95;
    assert_true(ask(&shelf, "botox price", TRIAGE_LANGUAGE_EN, PRICE_ONLY, 1, &answer));
    assert_non_null(strstr(answer.why_not, "confidence"));
    arena_release(&shelf.boot);
}

static void test_knowledge_answer__the_word_asked_for_decides(void **state)
{
    (void)state;
    struct shelf shelf;
    struct knowledge_answer answer;
    const enum triage_label where[] = {TRIAGE_LABEL_LOCATION_HOURS};
    shelf_open(&shelf);
    must(shelf_read(&shelf, PRICES), &shelf.why);
    assert_true(ask(&shelf, "Where's parking?", TRIAGE_LANGUAGE_EN, where, 1, &answer));
    assert_string_equal(answer.text, "Parking is free.");
    /* The practice has no address: the sentence cannot be said. */
    assert_false(ask(&shelf, "where are you", TRIAGE_LANGUAGE_EN, where, 1, &answer));
    arena_release(&shelf.boot);
}

static void test_knowledge_answer_with__says_what_was_chosen_by_the_same_rules(void **state)
{
    (void)state;
    struct shelf shelf;
    struct knowledge_answer answer;
    struct knowledge_told told[8];
    shelf_open(&shelf);
    must(shelf_read(&shelf, PRICES), &shelf.why);
    struct triage_reading reading = {
        .route = TRIAGE_ROUTE_AUTO_REPLY, .language = TRIAGE_LANGUAGE_EN};
    reading.labels[TRIAGE_LABEL_LOCATION_HOURS] = true;
    reading.confidence[TRIAGE_LABEL_LOCATION_HOURS] = 0.9;
    struct knowledge_question question = {.text = "where can I leave my car",
        .reading = &reading,
        .practice = &shelf.practice,
        .allowed = shelf.allowed};
    must(day_parse("2026-11-22", &question.today, &shelf.why), &shelf.why);
    /* The practice has no address, and nobody asked for a price. */
    assert_int_equal(knowledge_tell(&shelf.boot, shelf.knowledge, &question, told, 8), 1);
    assert_string_equal(told[0].text, "Parking is free.");
    assert_false(knowledge_answer(&shelf.boot, shelf.knowledge, &question, &answer));
    assert_true(
        knowledge_answer_with(&shelf.boot, shelf.knowledge, &question, &told[0].fact, 1, &answer));
    assert_false(answer.automatic); /* the practice has not allowed it */
    shelf.allowed[TRIAGE_LABEL_LOCATION_HOURS] = true;
    assert_true(
        knowledge_answer_with(&shelf.boot, shelf.knowledge, &question, &told[0].fact, 1, &answer));
    assert_true(answer.automatic);
    assert_string_equal(
        answer.sent_text, "Lumen Med Spa (automatic answer): Parking is free. (Automatic.)");
    /* A sentence of another label answers nothing; a second question is not left without one. */
    reading.labels[TRIAGE_LABEL_PRICE] = true;
    reading.confidence[TRIAGE_LABEL_PRICE] = 0.9;
    assert_true(
        knowledge_answer_with(&shelf.boot, shelf.knowledge, &question, &told[0].fact, 1, &answer));
    assert_false(answer.automatic);
    arena_release(&shelf.boot);
}

static void test_knowledge_parse__says_where_and_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *message;
    } wrong[] = {
        {"facts:\n  - answers: prize\n    en: x\n", "knowledge/test.yaml:2:14",
            "did you mean `price`"},
        {"facts:\n  - answers: clinical_urgent\n    en: x\n", "knowledge/test.yaml:2:14",
            "answered by a person"},
        {"facts:\n  - answers: price\n", "knowledge/test.yaml:2:5", "says something"},
        {"facts:\n  - answers: price\n    about: [filer]\n    en: x\n", "knowledge/test.yaml:3:13",
            "did you mean `filler`"},
        {"facts:\n  - answers: price\n    en: Botox is cheap\n", "knowledge/test.yaml:3:9",
            "about: [neurotoxin]"},
        {"facts:\n  - answers: price\n    en: See {{ link }}\n", "knowledge/test.yaml:3:9",
            "`{{ link }}` is no value"},
        {"facts:\n  - answers: price\n    checked: soon\n    en: x\n", "knowledge/test.yaml:3:14",
            "is a date"},
        {"fact: []\n", "knowledge/test.yaml:1:1", "fact"},
        {"words: {toxin: [a]}\n", "knowledge/test.yaml:1:16", "no service `toxin`"},
    };
    struct shelf shelf;
    shelf_open(&shelf);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(shelf_read(&shelf, wrong[i].text), ERR_INPUT);
        assert_string_equal(shelf.why.place, wrong[i].place);
        if (!strstr(shelf.why.message, wrong[i].message))
            fail_msg("%s: %s", wrong[i].text, shelf.why.message);
    }
    must(shelf_read(&shelf, "facts:\n"), &shelf.why);
    arena_release(&shelf.boot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knowledge_answer__is_the_practices_own_words),
        cmocka_unit_test(test_knowledge_answer__says_of_no_treatment_that_was_not_named),
        cmocka_unit_test(test_knowledge_answer__goes_alone_only_when_all_is_sure),
        cmocka_unit_test(test_knowledge_answer__the_word_asked_for_decides),
        cmocka_unit_test(test_knowledge_answer_with__says_what_was_chosen_by_the_same_rules),
        cmocka_unit_test(test_knowledge_parse__says_where_and_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
