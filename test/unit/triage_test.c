/* triage_test.c: what replies mean. The lists of phrases lie in test/data and, when present, in the
 * shared data folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "triage/triage.h"
#include "unit.h"

enum { LINE_BYTES_MAX = 4096 };

struct tally {
    size_t stops, stops_found, others, false_alarms, lines, right;
};

static const struct triage_reading *read_reply(
    struct arena *arena, const char *text, const char *prior)
{
    return triage_read(arena, text, prior);
}

/* Counts a file of phrase<TAB>expected lines; false when it is not there. */
static bool tally_file(const char *path, struct tally *tally)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    char line[LINE_BYTES_MAX];
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        char *rest = line, *phrase = strsep(&rest, "\t\n"), *expected = strsep(&rest, "\t\n");
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const char *answer = triage_optout_name(triage_read_optout(&arena, phrase));
        bool stop = text_is(expected, "opt_out"), found = text_is(answer, "opt_out");
        tally->lines++;
        tally->right += text_is(expected, answer);
        *(stop ? &tally->stops : &tally->others) += 1;
        tally->stops_found += stop && found;
        tally->false_alarms += !stop && found;
        if (!text_is(expected, answer))
            print_message("%s: %s, expected %s\n", phrase, answer, expected);
    }
    fclose(file);
    print_message("%s: %zu of %zu stops found, %zu false alarms in %zu, %zu of %zu right\n", path,
        tally->stops_found, tally->stops, tally->false_alarms, tally->others, tally->right,
        tally->lines);
    return true;
}

/* OPT-2 and OPT-13: recall at least 0.97, false alarms at most 2 in 100. */
static void assert_policy(const struct tally *tally)
{
    assert_true(tally->stops > 100 && tally->others > 100);
    assert_true(tally->stops_found * 100 >= tally->stops * 97);
    assert_true(tally->false_alarms * 100 <= tally->others * 2);
    assert_true(tally->right * 100 >= tally->lines * 95);
}

static void assert_file(const char *name)
{
    const char *root = getenv("SOURCE_ROOT");
    char path[LINE_BYTES_MAX];
    snprintf(path, sizeof path, "%s/%s", root == NULL ? "." : root, name);
    struct tally tally = {0};
    assert_true(tally_file(path, &tally));
    assert_policy(&tally);
}

static void test_triage_read_optout__held_out_phrases_meet_the_policy(void **state)
{
    (void)state;
    assert_file("test/data/optout_heldout.tsv");
}

static void test_triage_read_optout__the_corpus_is_still_understood(void **state)
{
    (void)state;
    assert_file("corpus/optout.tsv");
}

static void test_triage_read_optout__shared_phrases_meet_the_policy(void **state)
{
    (void)state;
    const char *folder = getenv("PERENNIAL_SHARED_DATA"), *root = getenv("SOURCE_ROOT");
    char path[LINE_BYTES_MAX];
    snprintf(path, sizeof path, "%s%s/optout_phrases.tsv",
        folder != NULL     ? folder
            : root == NULL ? "."
                           : root,
        folder != NULL ? "" : "/../shared/data");
    struct tally tally = {0};
    if (!tally_file(path, &tally)) {
        print_message("optout_phrases.tsv is not here (PERENNIAL_SHARED_DATA)\n");
        skip();
    }
    assert_policy(&tally);
}

/* OPT-1: the seven words, and the gateways' own, in every dress a telephone gives them. */
static void test_triage_read_optout__keywords_in_any_dress_are_revocations(void **state)
{
    (void)state;
    static const char *const keywords[] = {"stop", "quit", "end", "revoke", "opt out", "cancel",
        "unsubscribe", "STOP", "STOPALL", "Stop", "OPT-OUT", "Optout", "UNSUBSCRIBE", "Cancel",
        "QUIT", "END", "REVOKE", "ALTO", "parar", "Baja", "Cancelar", "Basta", "detener"};
    static const char *const dresses[] = {"%s", "%s.", "%s!!!", "\"%s\"", "\u201c%s\u201d", "'%s'",
        "  %s  ", "%s?", "%s \U0001f6d1", "\U0001f621%s", "%s please", "Please %s", "pls %s thx",
        "%s, thank you", "ok %s", "\u200b%s\u200b", "(%s)", "*%s*", "%s\n", "\xe2\x80\xa6%s",
        "%s now", "Reply %s", "1 %s", "%s %s", "%s\xef\xb8\x8f", "- %s"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        for (size_t j = 0; j < sizeof dresses / sizeof *dresses; j++) {
            char text[128], *to = text;
            for (const char *from = dresses[j]; *from != 0; from++) {
                if (from[0] == '%' && from[1] == 's') {
                    to += snprintf(to, 32, "%s", keywords[i]);
                    from++;
                } else {
                    *to++ = *from;
                }
            }
            *to = 0;
            ARENA struct arena arena;
            arena_init(&arena, 0);
            if (triage_read_optout(&arena, text) != TRIAGE_OPTOUT_OPT_OUT)
                fail_msg("`%s` is not read as a stop", text);
            assert_int_equal(read_reply(&arena, text, NULL)->stop, TRIAGE_STOP_YES);
        }
    }
}

/* Slips that inside a sentence would be other words. */
static void test_triage_read_optout__short_words_misspelt_alone_are_revocations(void **state)
{
    (void)state;
    static const char *const slips[] = {"edn", "Endd", "emd", "ebd please", "bja", "vaja", "baaj",
        "borar", "detengna", "paern", "pafe", "elimnar por favor"};
    static const char *const others[] = {
        "Ned", "and", "Ena", "para", "pero", "ends", "aja", "edn of the month", "parte"};
    ARENA struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        if (triage_read_optout(&arena, slips[i]) != TRIAGE_OPTOUT_OPT_OUT)
            fail_msg("`%s` is not read as a stop", slips[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (triage_read_optout(&arena, others[i]) == TRIAGE_OPTOUT_OPT_OUT)
            fail_msg("`%s` is read as a stop", others[i]);
    }
}

static void test_triage_read_optout__disguised_letters_are_letters(void **state)
{
    (void)state;
    static const char *const texts[] = {"S T O P", "s.t.o.p", "S-T-O-P", "st0p", "$top",
        "\uff33\uff34\uff2f\uff30", "\U0001d5e6\U0001d5e7\U0001d5e2\U0001d5e3",
        "\u24c8\u24c9\u24c4\u24c5", "\U0001f1f8\U0001f1f9\U0001f1f4\U0001f1f5", "S\u0336T\u0336OP",
        "\u0405\u0442\u043e\u0440", "ST\u200dOP", "s\u00adtop", "STOOOOP", "unsub5cribe", "ca ncel",
        "\u017ftop", "stoptextingme", "st*p", "U n s u b s c r i b e", "\U0001f6d1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        if (triage_read_optout(&arena, texts[i]) != TRIAGE_OPTOUT_OPT_OUT)
            fail_msg("`%s` is not read as a stop", texts[i]);
    }
}

/* Whatever is said after it: one who stops texts may well want to be the one who calls. */
static void test_triage_read__a_sentence_of_the_word_alone_is_a_stop(void **state)
{
    (void)state;
    static const char *const texts[] = {"Stop. I will ring when I need something.",
        "Unsubscribe. I will call if I need a thing.", "Please stop! I'll come in when I like."};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        assert_int_equal(read_reply(&arena, texts[i], NULL)->stop, TRIAGE_STOP_YES);
        assert_int_equal(triage_read_optout(&arena, texts[i]), TRIAGE_OPTOUT_OPT_OUT);
    }
}

static void test_triage_read__cancel_after_a_reminder_is_both(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const struct triage_reading *reading = read_reply(
        &arena, "CANCEL", "Reminder: your appointment is tomorrow at 2:30 PM. Reply C to confirm.");
    assert_true(reading->stop == TRIAGE_STOP_YES && reading->stop_keyword && reading->also_cancel);
    assert_true(reading->labels[TRIAGE_LABEL_OPT_OUT] && reading->labels[TRIAGE_LABEL_CANCEL]);
    assert_true(reading->suppress && reading->route == TRIAGE_ROUTE_SUPPRESS);
    assert_false(read_reply(&arena, "CANCEL", NULL)->also_cancel);
}

static void test_triage_read__end_it_ends_what_the_practice_had_named(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const char *prior = "Your membership renews on the 3rd. Questions? Just reply.";
    const struct triage_reading *reading = read_reply(&arena, "just cancel it then", prior);
    assert_true(reading->stop == TRIAGE_STOP_NO && reading->labels[TRIAGE_LABEL_CANCEL]);
    assert_int_equal(reading->route, TRIAGE_ROUTE_STAFF_TASK);
    assert_int_equal(read_reply(&arena, "cancel it", NULL)->stop, TRIAGE_STOP_YES);
    const char *texts = "We see you asked about our text alerts. Keep them on?";
    assert_int_equal(read_reply(&arena, "end it", texts)->stop, TRIAGE_STOP_YES);
    assert_int_equal(read_reply(&arena, "end", prior)->stop, TRIAGE_STOP_YES);
    assert_int_equal(read_reply(&arena, "ya", "Want me to look for a time?")->stop, TRIAGE_STOP_NO);
}

static void test_triage_read__yes_to_a_booking_question_restores_nothing(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const struct triage_reading *reading =
        read_reply(&arena, "Yes", "We have a few openings this week. Want me to send times?");
    assert_true(reading->labels[TRIAGE_LABEL_BOOK_YES] && !reading->restart);
    assert_false(reading->labels[TRIAGE_LABEL_OPT_IN]);
}

static void test_triage_read__a_courtesy_after_a_stop_restores_nothing(void **state)
{
    (void)state;
    static const char prior[] = "You are opted out and will get no more messages. Reply START to"
                                " get them again.";
    static const struct {
        const char *text;
        bool restart;
        enum triage_route route;
    } cases[] = {{"thank you", false, TRIAGE_ROUTE_CLOSE}, {"ok", false, TRIAGE_ROUTE_CLOSE},
        {"ok thanks", false, TRIAGE_ROUTE_CLOSE}, {"perfect", false, TRIAGE_ROUTE_CLOSE},
        {"sounds good", false, TRIAGE_ROUTE_CLOSE}, {"ok gracias", false, TRIAGE_ROUTE_CLOSE},
        {"yes", false, TRIAGE_ROUTE_STAFF_TASK}, {"yes thank you", false, TRIAGE_ROUTE_STAFF_TASK},
        {"no start", false, TRIAGE_ROUTE_STAFF_TASK}, {"START", true, TRIAGE_ROUTE_AUTO_REPLY},
        {"start please", true, TRIAGE_ROUTE_AUTO_REPLY},
        {"please start the texts again", true, TRIAGE_ROUTE_AUTO_REPLY}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const struct triage_reading *reading = read_reply(&arena, cases[i].text, prior);
        if (reading->restart != cases[i].restart || reading->route != cases[i].route)
            fail_msg("`%s` %s and goes to %s", cases[i].text,
                reading->restart ? "begins again" : "begins nothing",
                triage_route_name(reading->route));
    }
    ARENA struct arena arena;
    arena_init(&arena, 0);
    assert_true(read_reply(&arena, "yes", "You are unsubscribed. Was that a mistake?")->restart);
}

static void test_triage_read__an_option_is_what_the_question_says(void **state)
{
    (void)state;
    static const struct {
        const char *prior, *text;
        enum triage_label label;
    } cases[] = {
        {"Reply 1 to pause, 2 to keep hearing from us.", "1", TRIAGE_LABEL_PAUSE},
        {"Reply 1 to pause, 2 to keep hearing from us.", "2", TRIAGE_LABEL_OPT_IN},
        {"Reply 1 to keep hearing from us, 2 to pause, 3 to stop.", "3", TRIAGE_LABEL_OPT_OUT},
        {"Reply 1 to stop, 2 to stay with us.", "1", TRIAGE_LABEL_OPT_OUT},
        {"Reply A to stay, B to pause, C to stop.", "b please", TRIAGE_LABEL_PAUSE},
        {"Reply A to stay, B to pause, C to stop.", "C", TRIAGE_LABEL_OPT_OUT},
        {"Tomorrow at 1:30 PM. Reply 1 to confirm, 2 to cancel, 9 to stop messages.", "9",
            TRIAGE_LABEL_OPT_OUT},
        {"Tomorrow at 1:30 PM. Reply 1 to confirm, 2 to cancel, 9 to stop messages.", "1",
            TRIAGE_LABEL_THANKS_SMALLTALK},
        {"Fri 10:45 AM facial. Reply 1 to keep, 2 to change.", "1", TRIAGE_LABEL_THANKS_SMALLTALK},
        {"Shall we keep writing or stop?", "the first", TRIAGE_LABEL_OPT_IN},
        {"Shall we stop writing or keep going?", "the first", TRIAGE_LABEL_OPT_OUT},
        {"Should we pause, or keep going?", "the second", TRIAGE_LABEL_OPT_IN},
        {"Should we stop reaching out, yes or no?", "Yes", TRIAGE_LABEL_OPT_OUT},
        {"Should we stop reaching out, yes or no?", "no", TRIAGE_LABEL_OPT_IN},
        {"Would you like to keep hearing from us?", "no thanks", TRIAGE_LABEL_OPT_OUT},
        {"Would you like to keep hearing from us?", "yes please", TRIAGE_LABEL_OPT_IN},
        {"Shall we close your file and leave you be?", "yes", TRIAGE_LABEL_OPT_OUT},
        {"¿La damos de baja?", "sí por favor", TRIAGE_LABEL_OPT_OUT},
        {"May we keep sending you reminders?", "no hon, I am all set", TRIAGE_LABEL_OPT_OUT},
        {"May we keep sending you reminders?", "my phone is full enough, so no",
            TRIAGE_LABEL_OPT_OUT},
        {"May we keep sending you reminders?", "yes of course, they help me", TRIAGE_LABEL_OPT_IN},
        {"Would you rather we stopped writing?", "yes that would be lovely", TRIAGE_LABEL_OPT_OUT},
        {"Would you rather we stopped writing?", "no no, I like them", TRIAGE_LABEL_OPT_IN},
        {"Responda 1 para seguir, 2 para pausar, 3 para no recibir más mensajes", "la tercera",
            TRIAGE_LABEL_OPT_OUT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const struct triage_reading *reading = read_reply(&arena, cases[i].text, cases[i].prior);
        if (!reading->labels[cases[i].label])
            fail_msg("`%s` to `%s` is not read as %s", cases[i].text, cases[i].prior,
                triage_label_name(cases[i].label));
    }
}

static void test_triage_read__the_list_is_the_one_spoken_of(void **state)
{
    (void)state;
    static const char prior[] = "You are on our list. We text you when a time that suits you comes"
                                " free.";
    ARENA struct arena arena;
    arena_init(&arena, 0);
    assert_int_equal(
        read_reply(&arena, "take me off the list please", prior)->stop, TRIAGE_STOP_UNSURE);
    assert_int_equal(read_reply(&arena, "please stop texting me", prior)->stop, TRIAGE_STOP_YES);
    assert_int_equal(read_reply(&arena, "STOP", prior)->stop, TRIAGE_STOP_YES);
    assert_int_equal(read_reply(&arena, "take me off the list please", "20% off this week!")->stop,
        TRIAGE_STOP_YES);
}

static void test_triage_read__keep_is_not_restart(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const struct triage_reading *reading =
        read_reply(&arena, "please don't stop sending the reminders", NULL);
    assert_true(reading->stop == TRIAGE_STOP_NO && reading->keep && !reading->restart);
    assert_true(reading->labels[TRIAGE_LABEL_OPT_IN]);
    assert_int_equal(triage_read_optout(&arena, "please don't stop sending the reminders"),
        TRIAGE_OPTOUT_NOT_OPT_OUT);
}

static void test_triage_read__keep_or_pause_is_chosen_by_few_words(void **state)
{
    (void)state;
    static const char prior[] = "Should we keep reaching out about openings, or would you prefer we"
                                " pause messages for now?";
    static const struct {
        const char *text;
        enum triage_label label;
    } cases[] = {{"pause", TRIAGE_LABEL_PAUSE}, {"the second one please", TRIAGE_LABEL_PAUSE},
        {"keep going", TRIAGE_LABEL_OPT_IN}, {"1", TRIAGE_LABEL_OPT_IN},
        {"stop", TRIAGE_LABEL_OPT_OUT}, {"pausa porfa", TRIAGE_LABEL_PAUSE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        if (!read_reply(&arena, cases[i].text, prior)->labels[cases[i].label])
            fail_msg("`%s` is not read as %s", cases[i].text, triage_label_name(cases[i].label));
    }
}

static void test_triage_read__what_may_be_urgent_goes_to_a_person(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum triage_urgency urgency;
    } cases[] = {
        {"my lip went white and cold after the filler", TRIAGE_URGENCY_EMERGENCY},
        {"cant see out of my left eye since this morning", TRIAGE_URGENCY_EMERGENCY},
        {"i think my throat is closing", TRIAGE_URGENCY_EMERGENCY},
        {"HELP I can't breathe right", TRIAGE_URGENCY_EMERGENCY},
        {"fever and chills and the injection spot is red", TRIAGE_URGENCY_EMERGENCY},
        {"i dont want to be alive anymore", TRIAGE_URGENCY_EMERGENCY},
        {"veo borroso desde la inyeccion", TRIAGE_URGENCY_EMERGENCY},
        {"no puedo respirar bien", TRIAGE_URGENCY_EMERGENCY},
        {"havent kept anything down in two days on the shot", TRIAGE_URGENCY_EMERGENCY},
        {"my lips are blue", TRIAGE_URGENCY_EMERGENCY},
        {"my lips turned purple", TRIAGE_URGENCY_EMERGENCY},
        {"my lips turned blue", TRIAGE_URGENCY_EMERGENCY},
        {"lips going blue", TRIAGE_URGENCY_EMERGENCY},
        {"tengo los labios morados", TRIAGE_URGENCY_EMERGENCY},
        {"my eyelid is drooping since botox", TRIAGE_URGENCY_SAME_DAY},
        {"got a blister where the laser hit", TRIAGE_URGENCY_SAME_DAY},
        {"hard painful lump in my cheek", TRIAGE_URGENCY_SAME_DAY},
        {"my lips are blue from the popsicle", TRIAGE_URGENCY_NONE},
        {"do you sell blue lipstick", TRIAGE_URGENCY_NONE},
        {"my heart is racing with excitement", TRIAGE_URGENCY_NONE},
        {"zero pain, no swelling, love it", TRIAGE_URGENCY_NONE},
        {"dying to see you guys", TRIAGE_URGENCY_NONE},
        {"my kid has a fever, can we reschedule", TRIAGE_URGENCY_NONE},
        {"i cant see the link", TRIAGE_URGENCY_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const struct triage_reading *reading = read_reply(&arena, cases[i].text, NULL);
        if (reading->urgency != cases[i].urgency)
            fail_msg("`%s` is read as %s", cases[i].text, triage_urgency_name(reading->urgency));
        if (cases[i].urgency != TRIAGE_URGENCY_NONE)
            assert_int_equal(reading->route, TRIAGE_ROUTE_ESCALATE);
    }
}

static void test_triage_read__a_danger_typed_in_haste_reaches_a_person(void **state)
{
    (void)state;
    static const char *const dangers[] = {"cant see. help.", "help cant see", "no veo, ayuda",
        "no puedo ver", "words look split in two", "lip is blue",
        "press it and color wont come back", "anafilaxia", "me esta dando un infarto",
        "sangrando sin parar", "pain 10/10", "me muero de dolor", "drew up too much", "glucose 52",
        "azucar bajisima", "kms", "better off dead", "no one would miss me", "ojala no despertara",
        "cant wake her up", "911?", "llamen al 911", "going to the hospital", "voy a urgencias",
        "cant blink right", "wound is opening", "quemadura en la cara", "bolita dura que duele",
        "im preggo"};
    for (size_t i = 0; i < sizeof dangers / sizeof *dangers; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        enum triage_route route = read_reply(&arena, dangers[i], NULL)->route;
        if (route != TRIAGE_ROUTE_ESCALATE && route != TRIAGE_ROUTE_STAFF_TASK)
            fail_msg("`%s` goes to %s", dangers[i], triage_route_name(route));
    }
    static const char *const calm[] = {"no pain, all good", "sin dolor todo bien",
        "cant see the price", "no veo el link", "help with the form",
        "no chest pain, feeling great", "killing me with these prices lol", "cant wait to see you",
        "ya no me duele nada"};
    for (size_t i = 0; i < sizeof calm / sizeof *calm; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        if (read_reply(&arena, calm[i], NULL)->urgency != TRIAGE_URGENCY_NONE)
            fail_msg("`%s` alarms", calm[i]);
    }
}

static void test_triage_read__a_racing_heart_is_looked_at_today(void **state)
{
    (void)state;
    static const char *const texts[] = {"my heart is racing", "heart is pounding since the shot",
        "se me acelera el corazon", "tengo palpitaciones", "mi corazon late muy rapido",
        "el corazón me late muy fuerte", "me palpita el corazon"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const struct triage_reading *reading = read_reply(&arena, texts[i], NULL);
        if (reading->urgency == TRIAGE_URGENCY_NONE || reading->route != TRIAGE_ROUTE_ESCALATE)
            fail_msg("`%s` is read as %s", texts[i], triage_urgency_name(reading->urgency));
    }
}

static void test_triage_read__blue_fingertips_are_an_emergency(void **state)
{
    (void)state;
    static const char *const texts[] = {"my fingertips are blue after filler",
        "fingertips went purple", "fingertips cold after the filler", "my fingers are turning blue",
        "mis dedos estan morados"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const struct triage_reading *reading = read_reply(&arena, texts[i], NULL);
        if (reading->urgency != TRIAGE_URGENCY_EMERGENCY)
            fail_msg("`%s` is read as %s", texts[i], triage_urgency_name(reading->urgency));
    }
    ARENA struct arena arena;
    arena_init(&arena, 0);
    assert_int_equal(read_reply(&arena, "my fingers are blue from blueberries lol", NULL)->urgency,
        TRIAGE_URGENCY_NONE);
}

static bool has_tag(const struct triage_reading *reading, const char *tag)
{
    for (size_t i = 0; i < reading->tag_count; i++) {
        if (strcmp(reading->tags[i], tag) == 0)
            return true;
    }
    return false;
}

static void test_triage_read__a_refused_way_of_writing_is_no_preference(void **state)
{
    (void)state;
    static const struct {
        const char *text, *is, *is_not;
    } cases[] = {{"don't call me", NULL, "prefers_call"}, {"no me llamen", NULL, "prefers_call"},
        {"do not call me, text me", "prefers_sms", "prefers_call"},
        {"text me, don't email", "prefers_sms", "prefers_email"},
        {"no me manden correo, mejor por texto", "prefers_sms", "prefers_email"},
        {"i don't want a call", NULL, "prefers_call"},
        {"don't text me, call me", "prefers_call", "prefers_sms"},
        {"why don't you call me", "prefers_call", NULL}, {"llameme", "prefers_call", NULL},
        {"please call me", "prefers_call", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const struct triage_reading *reading = read_reply(&arena, cases[i].text, NULL);
        if (cases[i].is != NULL && !has_tag(reading, cases[i].is))
            fail_msg("`%s` is not read as %s", cases[i].text, cases[i].is);
        if (cases[i].is_not != NULL && has_tag(reading, cases[i].is_not))
            fail_msg("`%s` is read as %s", cases[i].text, cases[i].is_not);
    }
}

static void test_triage_read__a_threat_to_leave_is_a_complaint_and_no_stop(void **state)
{
    (void)state;
    static const char *const texts[] = {"if you don't call me i'll leave",
        "call me back or im gone", "i'll take my business elsewhere",
        "fix this or ill take my business elsewhere", "if nobody calls me, I'm leaving",
        "si no me llaman me voy", "if this happens again im never coming back"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const struct triage_reading *reading = read_reply(&arena, texts[i], NULL);
        if (reading->stop != TRIAGE_STOP_NO || reading->route > TRIAGE_ROUTE_STAFF_TASK
            || reading->route == TRIAGE_ROUTE_SUPPRESS)
            fail_msg("`%s` goes to %s", texts[i], triage_route_name(reading->route));
    }
    ARENA struct arena arena;
    arena_init(&arena, 0);
    assert_int_equal(read_reply(&arena, "stop texting or i'll leave", NULL)->stop, TRIAGE_STOP_YES);
}

static void test_triage_read__a_visit_on_the_book_is_no_question_of_hours(void **state)
{
    (void)state;
    static const char *const texts[] = {"when is my next appointment", "what time was I booked",
        "what time am i scheduled for?", "do i have an appointment tomorrow?",
        "a que hora es mi cita", "cuando es mi proxima cita"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        if (read_reply(&arena, texts[i], NULL)->route != TRIAGE_ROUTE_STAFF_TASK)
            fail_msg("`%s` is not a person's", texts[i]);
    }
    static const char *const openings[] = {
        "when is your next available appointment", "what time do you open tomorrow"};
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        if (read_reply(&arena, openings[i], NULL)->route != TRIAGE_ROUTE_AUTO_REPLY)
            fail_msg("`%s` is a person's", openings[i]);
    }
}

static void test_triage_read__signs_without_words_insult_nobody(void **state)
{
    (void)state;
    static const char *const texts[] = {"{bad", "}{", "\U0001F44E", "\U0001F61E", "\u2639", "#$%!"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ARENA struct arena arena;
        arena_init(&arena, 0);
        const struct triage_reading *reading = read_reply(&arena, texts[i], NULL);
        assert_false(reading->labels[TRIAGE_LABEL_ABUSIVE]);
        assert_int_equal(reading->route, TRIAGE_ROUTE_STAFF_TASK);
    }
    ARENA struct arena arena;
    arena_init(&arena, 0);
    assert_true(read_reply(&arena, "\U0001F595", NULL)->labels[TRIAGE_LABEL_ABUSIVE]);
}

static void test_triage_read__a_stop_beside_a_symptom_keeps_both(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const struct triage_reading *reading =
        read_reply(&arena, "stop texting me, my skin is turning black", NULL);
    assert_true(reading->stop == TRIAGE_STOP_YES && reading->suppress);
    assert_int_equal(reading->urgency, TRIAGE_URGENCY_EMERGENCY);
    assert_int_equal(reading->route, TRIAGE_ROUTE_ESCALATE);
}

static void test_triage_read__the_name_greeted_tells_a_wrong_number(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const char *prior = "Hi Zenobia, it's been 3 months. Ready to book?";
    assert_true(read_reply(&arena, "not zenobia", prior)->labels[TRIAGE_LABEL_WRONG_NUMBER]);
    assert_true(read_reply(&arena, "not zenobia", prior)->suppress);
}

static void test_triage_read__too_long_a_text_goes_to_a_person(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    char *text = arena_alloc(&arena, TRIAGE_TEXT_BYTES_MAX * 2);
    memset(text, 'a', TRIAGE_TEXT_BYTES_MAX * 2 - 1);
    const struct triage_reading *reading = read_reply(&arena, text, NULL);
    assert_int_equal(reading->stop, TRIAGE_STOP_UNSURE);
    assert_int_equal(reading->route, TRIAGE_ROUTE_STAFF_TASK);
    for (size_t i = 0; i < TRIAGE_TEXT_BYTES_MAX; i += 7)
        memcpy(text + i, "please ", 7);
    assert_int_not_equal(read_reply(&arena, text, NULL)->stop, TRIAGE_STOP_NO);
}

static void test_triage_read__the_person_asked_for_is_named_as_the_practice_does(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const struct triage_reading *reading = read_reply(
        &arena, "only if its with kestrel", "Time to book? You saw Nurse Kestrel in May.");
    assert_true(has_tag(reading, "wants_provider:Nurse Kestrel"));
    reading = read_reply(&arena, "i want dr. obuya to call me please", NULL);
    assert_true(has_tag(reading, "wants_provider:Dr. Obuya"));
    assert_true(has_tag(reading, "prefers_call"));
}

static void test_triage_read__every_learned_label_says_which_words(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    const struct triage_reading *reading =
        read_reply(&arena, "how much is a syringe and where do i park", NULL);
    assert_true(reading->labels[TRIAGE_LABEL_PRICE]);
    assert_true(reading->labels[TRIAGE_LABEL_LOCATION_HOURS]);
    size_t learned = 0;
    for (size_t i = 0; i < reading->why_count; i++)
        learned += text_starts(reading->why[i], "learned.");
    assert_int_equal(learned, 2);
}

static void test_triage_reply_json__holds_what_the_contract_names(void **state)
{
    (void)state;
    ARENA struct arena arena;
    arena_init(&arena, 0);
    assert_string_equal(triage_optout_json(&arena, "unsub\xff"),
        "{\"text\":\"unsub\xef\xbf\xbd\",\"answer\":\"opt_out\"}");
    const char *text = triage_reply_json(&arena, "no me escriban mas", NULL);
    JSON_AUTO json = NULL;
    struct why why = {0};
    must(json_parse(text, strlen(text), &json, &why), &why);
    static const char *const keys[] = {"text", "labels", "confidence", "opt_out", "refuses",
        "urgency", "route", "tags", "language", "why"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_non_null(json_object_get(json, keys[i]));
    assert_true(json_is_true(json_object_get(json, "opt_out")));
    assert_string_equal(json_string_value(json_object_get(json, "language")), "es");
    assert_string_equal(json_string_value(json_object_get(json, "route")), "suppress");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(json, "tags"), 0)), "spanish");
}

static void test_triage_label_parse__knows_every_name_it_prints(void **state)
{
    (void)state;
    for (enum triage_label label = 0; label < TRIAGE_LABEL_MAX; label++) {
        enum triage_label again;
        assert_true(triage_label_parse(triage_label_name(label), &again) && again == label);
    }
    enum triage_label none;
    assert_false(triage_label_parse("stop", &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_triage_read_optout__held_out_phrases_meet_the_policy),
        cmocka_unit_test(test_triage_read_optout__the_corpus_is_still_understood),
        cmocka_unit_test(test_triage_read_optout__shared_phrases_meet_the_policy),
        cmocka_unit_test(test_triage_read_optout__keywords_in_any_dress_are_revocations),
        cmocka_unit_test(test_triage_read_optout__short_words_misspelt_alone_are_revocations),
        cmocka_unit_test(test_triage_read_optout__disguised_letters_are_letters),
        cmocka_unit_test(test_triage_read__a_sentence_of_the_word_alone_is_a_stop),
        cmocka_unit_test(test_triage_read__cancel_after_a_reminder_is_both),
        cmocka_unit_test(test_triage_read__end_it_ends_what_the_practice_had_named),
        cmocka_unit_test(test_triage_read__yes_to_a_booking_question_restores_nothing),
        cmocka_unit_test(test_triage_read__a_courtesy_after_a_stop_restores_nothing),
        cmocka_unit_test(test_triage_read__an_option_is_what_the_question_says),
        cmocka_unit_test(test_triage_read__the_list_is_the_one_spoken_of),
        cmocka_unit_test(test_triage_read__keep_is_not_restart),
        cmocka_unit_test(test_triage_read__keep_or_pause_is_chosen_by_few_words),
        cmocka_unit_test(test_triage_read__what_may_be_urgent_goes_to_a_person),
        cmocka_unit_test(test_triage_read__a_danger_typed_in_haste_reaches_a_person),
        cmocka_unit_test(test_triage_read__a_racing_heart_is_looked_at_today),
        cmocka_unit_test(test_triage_read__a_refused_way_of_writing_is_no_preference),
        cmocka_unit_test(test_triage_read__blue_fingertips_are_an_emergency),
        cmocka_unit_test(test_triage_read__a_threat_to_leave_is_a_complaint_and_no_stop),
        cmocka_unit_test(test_triage_read__a_visit_on_the_book_is_no_question_of_hours),
        cmocka_unit_test(test_triage_read__signs_without_words_insult_nobody),
        cmocka_unit_test(test_triage_read__a_stop_beside_a_symptom_keeps_both),
        cmocka_unit_test(test_triage_read__the_name_greeted_tells_a_wrong_number),
        cmocka_unit_test(test_triage_read__too_long_a_text_goes_to_a_person),
        cmocka_unit_test(test_triage_read__the_person_asked_for_is_named_as_the_practice_does),
        cmocka_unit_test(test_triage_read__every_learned_label_says_which_words),
        cmocka_unit_test(test_triage_reply_json__holds_what_the_contract_names),
        cmocka_unit_test(test_triage_label_parse__knows_every_name_it_prints),
    };
    return cmocka_run_group_tests_name("triage", tests, NULL, NULL);
}
