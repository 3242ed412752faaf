/* knowledge_test.c: what may be written down, and what is said of it to whom. */
#include <string.h>

#include "audience/definitions.h"
#include "base/embed.h"
#include "base/text.h"
#include "embed_playbooks.h"
#include "knowledge/knowledge.h"
#include "unit.h"
#include "zone_fixture.h"

struct shelf {
    struct arena boot;
    struct env env;
    struct zones zones;
    const struct audience_definitions *definitions;
    const struct knowledge *knowledge;
    const struct schedule *schedule;
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
    zone_fixture_open(&shelf->boot, &shelf->env, &shelf->zones);
    must(zones_find(&shelf->zones, "America/Chicago", &shelf->practice.zone, &shelf->why),
        &shelf->why);
    const struct embed_file *file = embed_find(&embed_playbooks, "definitions.yaml");
    struct yaml *root;
    must(yaml_parse(&shelf->boot, file->name, file->bytes, file->len, &root, &shelf->why),
        &shelf->why);
    must(definitions_parse(&shelf->boot, root, &shelf->definitions, &shelf->why), &shelf->why);
}

static void shelf_close(struct shelf *shelf)
{
    zone_fixture_close(&shelf->boot, &shelf->env);
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
    shelf_close(&shelf);
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
    shelf_close(&shelf);
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
    shelf_close(&shelf);
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
    shelf_close(&shelf);
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
    shelf_close(&shelf);
}

/* ---- several questions ---- */

static const char *const MENU =
    "words: {neurotoxin: [tox]}\n"
    "facts:\n"
    "  - {answers: price, about: [neurotoxin], checked: 2026-11-01, en: Botox is 14., es: "
    "Botox 14.}\n"
    "  - {answers: price, about: [filler], checked: 2026-11-01, en: Filler is 650., es: "
    "Relleno 650.}\n"
    "  - {answers: location_hours, asks: [park, estacion], checked: 2026-11-01, en: Parking is "
    "free., es: Estacionamiento gratis.}\n"
    "  - {answers: location_hours, asks: [hours, open, abren, horario], checked: 2026-11-01, en: "
    "We open at 9., es: Abrimos a las 9.}\n"
    "  - {answers: financing_insurance, asks: [cherry], checked: 2026-11-01, en: We take Cherry., "
    "es: Aceptamos Cherry.}\n";

/* A reader that knows one word of each: what the first of them is about. */
static const struct triage_reading *read_simply(
    void *context, struct arena *arena, const char *text)
{
    static const struct {
        const char *word;
        enum triage_label label;
    } words[] = {{"how much", TRIAGE_LABEL_PRICE}, {"price", TRIAGE_LABEL_PRICE},
        {"cost", TRIAGE_LABEL_PRICE}, {"per unit", TRIAGE_LABEL_PRICE},
        {"charge", TRIAGE_LABEL_PRICE}, {"damage", TRIAGE_LABEL_PRICE},
        {"cuanto", TRIAGE_LABEL_PRICE}, {"precio", TRIAGE_LABEL_PRICE},
        {"cuesta", TRIAGE_LABEL_PRICE}, {"open", TRIAGE_LABEL_LOCATION_HOURS},
        {"close", TRIAGE_LABEL_LOCATION_HOURS}, {"hours", TRIAGE_LABEL_LOCATION_HOURS},
        {"abren", TRIAGE_LABEL_LOCATION_HOURS}, {"horario", TRIAGE_LABEL_LOCATION_HOURS},
        {"park", TRIAGE_LABEL_LOCATION_HOURS}, {"estacion", TRIAGE_LABEL_LOCATION_HOURS},
        {"cherry", TRIAGE_LABEL_FINANCING_INSURANCE}, {"thank", TRIAGE_LABEL_THANKS_SMALLTALK},
        {"gracias", TRIAGE_LABEL_THANKS_SMALLTALK}};
    const enum triage_language *language = context;
    struct triage_reading *reading = ARENA_NEW(arena, struct triage_reading, 1);
    *reading = (struct triage_reading){.route = TRIAGE_ROUTE_AUTO_REPLY, .language = *language};
    const char *plain = text_fold(arena, text), *first = NULL;
    enum triage_label label = TRIAGE_LABEL_SERVICE_QUESTION;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *at = strstr(plain, words[i].word);
        if (at && (!first || at < first)) {
            first = at;
            label = words[i].label;
        }
    }
    reading->labels[label] = true;
    reading->confidence[label] = first ? 0.95 : 0.6;
    return reading;
}

/* What a text is answered with by itself; NULL: a person answers. */
static const char *answered(struct shelf *shelf, const char *text, enum triage_language language)
{
    struct knowledge_answer answer;
    const struct knowledge_question question = {.text = text,
        .reading = read_simply(&language, &shelf->boot, text),
        .practice = &shelf->practice,
        .allowed = shelf->allowed,
        .now = {1795370400000}, /* Sunday 22 November 2026 */
        .today = day_of(2026, 11, 22),
        .schedule = shelf->schedule,
        .read = read_simply,
        .context = &language};
    if (!knowledge_answer(&shelf->boot, shelf->knowledge, &question, &answer) || !answer.automatic)
        return NULL;
    return answer.text;
}

struct said {
    const char *text;
    const char *answer; /* NULL: a person */
};

static void check_said(
    struct shelf *shelf, const struct said *said, size_t count, enum triage_language language)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const char *answer = answered(shelf, said[i].text, language);
        if (!text_is(answer, said[i].answer)) {
            print_error("%s: %s, not %s\n", said[i].text, answer ? answer : "a person",
                said[i].answer ? said[i].answer : "a person");
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

#define BOTOX "Botox is 14."
#define BOTH "Botox is 14. Filler is 650."

static const struct said questions_english[] = {
    /* one question, however it is worded */
    {"how much is botox", BOTOX},
    {"how much is botox and filler", BOTH},
    {"how much is botox and how much is filler", BOTH},
    {"how much for tox in the forehead and crows feet", BOTOX},
    {"how much is botox for me and my sister", BOTOX},
    {"how much is botox for my forehead and around my eyes?", BOTOX},
    {"hi, how much is botox?", BOTOX},
    {"hi how are you, thanks! how much is botox?", NULL}, /* a person greets back */
    {"how much is botox?? thanks and have a nice day", BOTOX},
    {"can you tell me how much botox is", BOTOX},
    {"can you please let me know how much is botox", BOTOX},
    {"do you know how much botox is", BOTOX},
    {"quick question, how much do you charge for botox", BOTOX},
    {"how much do you charge per unit of botox and is it per unit", BOTOX},
    {"price of botox and filler please", BOTH},
    {"price for botox & filler?", BOTH},
    {"botox and filler price", BOTH},
    {"how much is botox when you are a member", BOTOX},
    {"how much is botox if i do it with a friend", BOTOX},
    {"i want to look fresh and young. how much is botox?", BOTOX},
    {"how much does botox and filler cost together", BOTH},
    {"what does botox cost, and filler?", BOTH},
    {"what are your hours", "We open at 9."},
    {"is there parking and where do i park", "Parking is free."},
    {"do you have parking out front and in the back", "Parking is free."},
    /* two, and both are answered */
    {"how much is botox and do you take cherry", "Botox is 14. We take Cherry."},
    {"how much is botox? do you take cherry?", "Botox is 14. We take Cherry."},
    {"how much is botox and are you open", "Botox is 14. We open at 9."},
    {"is parking free and are you open", "Parking is free. We open at 9."},
    {"botox price and what are your hours", "Botox is 14. We open at 9."},
    {"do you take cherry how much is botox", "Botox is 14. We take Cherry."},
    /* two, and half would go out */
    {"is parking free and can my kid wait inside", NULL},
    {"how much is botox and can my kid wait inside", NULL},
    {"how much is botox and does it hurt", NULL},
    {"how much is botox, does it hurt", NULL},
    {"how much is botox? does it hurt?", NULL},
    {"how much is botox? and bruising?", NULL},
    {"how much is botox does it hurt", NULL},
    {"how much is botox can i bring my kid", NULL},
    {"how much is botox also do i need to shave", NULL},
    {"how much is botox plus is there a deposit", NULL},
    {"how much is botox and how long does it last", NULL},
    {"how much is botox and when does it kick in", NULL},
    {"how much is botox and who does it", NULL},
    {"how much is botox & what should i bring", NULL},
    {"how much is botox and if there is a deposit", NULL},
    {"how much is botox and your cancellation policy", NULL},
    {"how much is botox and any side effects", NULL},
    {"how much is botox + got a family bathroom?", NULL},
    {"how much is botox - do you do kids", NULL},
    {"how much is botox. can you do it at my house", NULL},
    {"what are your hours and do you allow dogs", NULL},
    {"what's the price of botox and isn't it dangerous", NULL},
    {"botox price and can i eat before", NULL},
    {"how much for botox, and do u do house calls", NULL},
    {"do you do weddings and how much is botox", NULL},
    {"how much is botox and how much is laser", NULL},
    {"how much is botox and cherry", NULL},
};

static const struct said questions_spanish[] = {
    {"cuanto cuesta el botox", "Botox 14."},
    {"cuanto cuesta el botox y el relleno", "Botox 14. Relleno 650."},
    {"hola, cuanto cuesta el botox?", "Botox 14."},
    {"\u00bfme puede decir cu\u00e1nto cuesta el botox?", "Botox 14."},
    {"cuanto cuesta el botox en la frente y en las patas de gallo", "Botox 14."},
    {"precio del botox y relleno por favor", "Botox 14. Relleno 650."},
    {"cuanto cuesta el botox y cuanto cuesta el relleno", "Botox 14. Relleno 650."},
    {"cuanto cuesta el botox para mi y mi hermana", "Botox 14."},
    {"cuanto cuesta el botox y aceptan cherry", "Botox 14. Aceptamos Cherry."},
    {"cuanto cuesta el botox y abren?", "Botox 14. Abrimos a las 9."},
    {"cuanto cuesta el botox y duele", NULL},
    {"cuanto cuesta el botox y me puedo ba\u00f1ar", NULL},
    {"cuanto cuesta el botox? duele mucho?", NULL},
    {"cuanto cuesta el botox y que debo llevar", NULL},
    {"cuanto cuesta el botox y atienden a menores", NULL},
    {"cuanto cuesta el botox y tambien hay que hacer ayuno", NULL},
    {"hay estacionamiento y puede entrar mi hijo", NULL},
    {"aceptan perros y cuanto cuesta el botox", NULL},
    {"cuanto cuesta el botox y si hay que dejar deposito", NULL},
};

static void test_knowledge_answer__is_for_every_question_of_a_text(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_open(&shelf);
    memset(shelf.allowed, true, sizeof shelf.allowed);
    must(shelf_read(&shelf, MENU), &shelf.why);
    check_said(&shelf, questions_english, sizeof questions_english / sizeof questions_english[0],
        TRIAGE_LANGUAGE_EN);
    check_said(&shelf, questions_spanish, sizeof questions_spanish / sizeof questions_spanish[0],
        TRIAGE_LANGUAGE_ES);
    shelf_close(&shelf);
}

/* ---- days ---- */

static const char *const SCHEDULE =
    "horizon: 60d\n"
    "locations:\n"
    "  Main:\n"
    "    hours: {mon-fri: \"09:00-12:00, 13:00-18:00\", sat: \"10:00-14:00\"}\n"
    "    closed: [\"2026-11-26\", \"2026-12-24 .. 2026-12-26\", \"2026-12-31 12:00-18:00\"]\n"
    "    open: [\"2026-12-13 09:00-13:00\"]\n"
    "services:\n"
    "  neurotoxin: {duration: 30m}\n"
    "providers:\n"
    "  Rosa:\n"
    "    hours: {tue: \"09:00-17:00\"}\n";

static void shelf_schedule(struct shelf *shelf, const char *text)
{
    static const char *const services[] = {"neurotoxin"};
    struct yaml *root;
    must(yaml_parse(&shelf->boot, "schedules.yaml", text, strlen(text), &root, &shelf->why),
        &shelf->why);
    must(schedule_parse(
             &shelf->boot, root, &shelf->practice, services, 1, &shelf->schedule, &shelf->why),
        &shelf->why);
}

#define WEEK "9:00 am to 12:00 pm and 1:00 pm to 6:00 pm."
#define SEMANA "de 9:00 am a 12:00 pm y de 1:00 pm a 6:00 pm."
#define THANKSGIVING "We are closed on Thu Nov 26."
#define EVE "We are closed on Thu Dec 24."

static const struct said days_english[] = {
    {"are you open on thanksgiving?", THANKSGIVING},
    {"are you open on thanksgiving day", THANKSGIVING},
    {"are you open nov 26", THANKSGIVING},
    {"are you open 11/26?", THANKSGIVING},
    {"are you guys open on the 26th", THANKSGIVING},
    {"are you open thursday?", THANKSGIVING},
    {"will you be open on christmas eve?", EVE},
    {"are you open xmas eve", EVE},
    {"are you open on christmas", "We are closed on Fri Dec 25."},
    {"are you open new year's eve?", "On Thu Dec 31 we are open 9:00 am to 12:00 pm."},
    {"are you open on sunday?", "We are closed on Sun Nov 22. We are closed on Sun Nov 29."},
    {"are you open on sundays", "We are closed on Sundays."},
    {"do you open on saturdays?", "On Saturdays we are open 10:00 am to 2:00 pm."},
    {"what time do you close on saturday", "On Sat Nov 28 we are open 10:00 am to 2:00 pm."},
    {"how late are you open on monday", "On Mon Nov 23 we are open " WEEK},
    {"are you open today", "We are closed on Sun Nov 22."},
    {"are you open right now?", "We are closed on Sun Nov 22."},
    {"u open rn", "We are closed on Sun Nov 22."},
    {"what are your hours tomorrow", "On Mon Nov 23 we are open " WEEK},
    {"are you open dec 13", "On Sun Dec 13 we are open 9:00 am to 1:00 pm."},
    {"are you open this weekend", "We are closed on Sun Nov 22."},
    {"are you open on easter?", "We are closed on Sun Mar 28."},
    {"are you open july 4th", "We are closed on Sun Jul 4."},
    {"are you open on the fourth of july?", "We are closed on Sun Jul 4."},
    {"how much is botox and are you open thanksgiving", "Botox is 14. " THANKSGIVING},
    {"is parking free and are you open on thanksgiving", "Parking is free. " THANKSGIVING},
    {"are you open", "We open at 9."},
    {"what are your hours", "We open at 9."},
    {"what days are you open", "We open at 9."},
    {"how late are you open", "We open at 9."},
    /* the schedule says nothing of a holiday, or of so late a day */
    {"are you open on black friday?", NULL},
    {"are you open the day after thanksgiving", NULL},
    {"are you open on new years day", NULL},
    {"are you open jan 1", NULL},
    {"are you open on memorial day", NULL},
    {"are you open on labor day?", NULL},
    {"are you open good friday", NULL},
    {"are you open on mlk day", NULL},
    {"are you open on the holidays", NULL},
    {"holiday hours?", NULL},
    {"u open bank hols?", NULL},
    {"what are your holiday hours", NULL},
    {"are you open on patriots day", NULL},
    {"are you open on march 15", NULL},
    {"are you open the week of thanksgiving", NULL},
    {"are you open before christmas", NULL},
    {"is parking free on sunday", NULL},
};

static const struct said days_spanish[] = {
    {"abren el dia de accion de gracias?", "El jue 26 nov estamos cerrados."},
    {"abren en navidad?", "El vie 25 dic estamos cerrados."},
    {"\u00bfabren en Nochebuena?", "El jue 24 dic estamos cerrados."},
    {"abren ma\u00f1ana?", "El lun 23 nov abrimos " SEMANA},
    {"abren hoy?", "El dom 22 nov estamos cerrados."},
    {"abren los sabados?", "Los sabados abrimos de 10:00 am a 2:00 pm."},
    {"abren el sabado", "El sab 28 nov abrimos de 10:00 am a 2:00 pm."},
    {"a que hora abren el lunes", "El lun 23 nov abrimos " SEMANA},
    {"cuanto cuesta el botox y abren hoy?", "Botox 14. El dom 22 nov estamos cerrados."},
    {"a que hora abren", "Abrimos a las 9."},
    {"abren el viernes negro?", NULL},
    {"abren en ano nuevo", NULL},
    {"abren los dias festivos", NULL},
    {"abren el dia de la raza", NULL},
};

static void test_knowledge_answer__of_a_day_is_what_the_schedule_says(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_open(&shelf);
    memset(shelf.allowed, true, sizeof shelf.allowed);
    must(shelf_read(&shelf, MENU), &shelf.why);
    assert_null(answered(&shelf, "are you open on sunday?", TRIAGE_LANGUAGE_EN));
    assert_string_equal(answered(&shelf, "are you open?", TRIAGE_LANGUAGE_EN), "We open at 9.");
    shelf_schedule(&shelf, SCHEDULE);
    check_said(
        &shelf, days_english, sizeof days_english / sizeof days_english[0], TRIAGE_LANGUAGE_EN);
    check_said(
        &shelf, days_spanish, sizeof days_spanish / sizeof days_spanish[0], TRIAGE_LANGUAGE_ES);
    shelf_close(&shelf);
}

static void test_knowledge_answer__of_a_day_is_the_practices_own_sentence_first(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_open(&shelf);
    memset(shelf.allowed, true, sizeof shelf.allowed);
    must(shelf_read(&shelf,
             "facts:\n"
             "  - {answers: location_hours, checked: 2026-11-01, en: We open at 9.}\n"
             "  - {answers: location_hours, asks: [thanksgiving], checked: 2026-11-01, en: "
             "No turkey here.}\n"),
        &shelf.why);
    assert_string_equal(
        answered(&shelf, "are you open on thanksgiving", TRIAGE_LANGUAGE_EN), "No turkey here.");
    assert_null(answered(&shelf, "are you open on christmas", TRIAGE_LANGUAGE_EN));
    shelf_close(&shelf);
}

static void test_knowledge_answer__of_a_day_names_each_location(void **state)
{
    (void)state;
    static const struct said said[] = {
        {"are you open saturday",
            "On Sat Nov 28 Main is open 10:00 am to 2:00 pm. North is closed on Sat Nov 28."},
        {"are you open on mondays",
            "Main is closed on Mondays. On Mondays North is open 8:00 am "
            "to 12:00 am."},
        {"are you open tomorrow and tuesday and wednesday", NULL}, /* six sentences */
    };
    struct shelf shelf;
    shelf_open(&shelf);
    memset(shelf.allowed, true, sizeof shelf.allowed);
    must(shelf_read(&shelf, MENU), &shelf.why);
    shelf_schedule(&shelf,
        "locations:\n"
        "  Main: {hours: {sat: \"10:00-14:00\"}}\n"
        "  North: {hours: {mon: \"08:00-24:00\"}}\n"
        "services:\n"
        "  neurotoxin: {duration: 30m}\n"
        "providers:\n"
        "  Rosa: {at: Main, hours: {sat: \"10:00-14:00\"}}\n");
    check_said(&shelf, said, sizeof said / sizeof said[0], TRIAGE_LANGUAGE_EN);
    shelf_close(&shelf);
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
    shelf_close(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knowledge_answer__is_the_practices_own_words),
        cmocka_unit_test(test_knowledge_answer__says_of_no_treatment_that_was_not_named),
        cmocka_unit_test(test_knowledge_answer__goes_alone_only_when_all_is_sure),
        cmocka_unit_test(test_knowledge_answer__the_word_asked_for_decides),
        cmocka_unit_test(test_knowledge_answer_with__says_what_was_chosen_by_the_same_rules),
        cmocka_unit_test(test_knowledge_answer__is_for_every_question_of_a_text),
        cmocka_unit_test(test_knowledge_answer__of_a_day_is_what_the_schedule_says),
        cmocka_unit_test(test_knowledge_answer__of_a_day_is_the_practices_own_sentence_first),
        cmocka_unit_test(test_knowledge_answer__of_a_day_names_each_location),
        cmocka_unit_test(test_knowledge_parse__says_where_and_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
