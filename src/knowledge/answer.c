/* answer.c: the sentences that answer a message, and whether they may go without a person. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "knowledge/knowledge_int.h"

struct asked {
    struct arena *arena;
    const struct knowledge *knowledge;
    const struct knowledge_question *question;
    struct triage_reading reading; /* of the whole, with the labels of its questions */
    const char *plain;             /* the words of the question that is looked at */
    bool *services;                /* which of the definitions' services it names */
    struct knowledge_answer *answer;
    const struct knowledge_fact *facts[KNOWLEDGE_SENTENCES_MAX];
    size_t count;
    const char *days; /* what the schedule says of the days that were named; NULL: nothing */
    bool missing[TRIAGE_LABEL_MAX]; /* asked by one of the questions, and not answered there */
    const char *why_not;            /* the first thing that stands in the way of it */
};

static bool names_service(const struct asked *asked, const char *key)
{
    const struct audience_definitions *definitions = asked->knowledge->definitions;
    for (size_t i = 0; i < definitions->service_count; i++)
        if (text_is(definitions->services[i].key, key))
            return asked->services[i];
    return false;
}

/* Which words of `asks` count: any; the name of a day; what is neither that nor about being open.
 */
enum asks { ASKS_ANY, ASKS_DAY, ASKS_ELSE, ASKS_MAX };

/* The words of a question about hours, as they begin. */
static const char *const opening_words[] = {" open", " clos", " hour", " work", " there ", " here ",
    " abr", " abiert", " cerr", " cierr", " hora", " atien", " atend", " trabaj"};

static bool is_about_opening(const char *plain)
{
    for (size_t i = 0; i < sizeof opening_words / sizeof opening_words[0]; i++)
        if (strstr(plain, opening_words[i]))
            return true;
    return false;
}

static bool counts(const struct asked *asked, const char *word, enum asks which)
{
    switch (which) {
    case ASKS_ANY: return true;
    case ASKS_DAY: return knowledge__names_day(asked->arena, asked->question, word);
    case ASKS_ELSE: return !is_about_opening(word);
    case ASKS_MAX: break;
    }
    return false;
}

static bool asks_for(const struct asked *asked, const struct knowledge_fact *fact, enum asks which)
{
    for (size_t i = 0; i < fact->ask_count; i++)
        if (strstr(asked->plain, fact->asks[i]) && counts(asked, fact->asks[i], which))
            return true;
    return fact->ask_count == 0 && which == ASKS_ANY;
}

/* How well a fact fits the question, 0: not at all. What is about more of the services that were
 * named fits best; of those, what was asked for by a word of its own. */
static int fit(const struct asked *asked, const struct knowledge_fact *fact,
    enum triage_label label, enum asks which)
{
    if (!fact->answers[label] || !fact->text[asked->answer->language]
        || !asks_for(asked, fact, which))
        return 0;
    for (size_t i = 0; i < fact->about_count; i++)
        if (!names_service(asked, fact->about[i]))
            return 0;
    return 1 + (int)fact->about_count * 2 + (fact->ask_count > 0);
}

/* In the order of the files. */
static bool take(struct asked *asked, const struct knowledge_fact *fact)
{
    size_t at = 0, count = asked->count;
    while (at < count && asked->facts[at] < fact)
        at++;
    if (at < count && asked->facts[at] == fact)
        return true;
    if (count == KNOWLEDGE_SENTENCES_MAX)
        return false;
    memmove(&asked->facts[at + 1], &asked->facts[at], (count - at) * sizeof asked->facts[0]);
    asked->facts[at] = fact;
    asked->count++;
    return true;
}

/* Every service that the text names is spoken of, if facts of this label speak of services at all.
 */
static bool covers_services(const struct asked *asked, enum triage_label label)
{
    const struct knowledge *knowledge = asked->knowledge;
    bool speaks_of_services = false;
    for (size_t i = 0; i < knowledge->fact_count; i++)
        speaks_of_services |=
            knowledge->facts[i].answers[label] && knowledge->facts[i].about_count > 0;
    for (size_t i = 0; i < knowledge->definitions->service_count && speaks_of_services; i++) {
        const char *key = knowledge->definitions->services[i].key;
        bool spoken_of = false;
        for (size_t k = 0; k < asked->count; k++)
            spoken_of |=
                asked->facts[k]->answers[label] && knowledge__is_about(asked->facts[k], key);
        if (asked->services[i] && !spoken_of)
            return false;
    }
    return true;
}

/* The facts that fit a label best, all of them: two prices were asked for, two are told. */
static bool take_best(struct asked *asked, enum triage_label label, enum asks which)
{
    const struct knowledge *knowledge = asked->knowledge;
    int best = 0;
    for (size_t i = 0; i < knowledge->fact_count; i++) {
        int fits = fit(asked, &knowledge->facts[i], label, which);
        best = fits > best ? fits : best;
    }
    for (size_t i = 0; i < knowledge->fact_count && best > 0; i++)
        if (fit(asked, &knowledge->facts[i], label, which) == best
            && !take(asked, &knowledge->facts[i]))
            return false;
    return best > 0 && covers_services(asked, label);
}

/* A week's hours say nothing of a day that was named: a sentence that waits for its name does, or
 * the schedule. */
static bool answer_day(struct asked *asked, const char *text)
{
    const char *days = NULL;
    if (take_best(asked, TRIAGE_LABEL_LOCATION_HOURS, ASKS_DAY))
        return true;
    const bool said = is_about_opening(asked->plain)
        && knowledge__day(asked->arena, asked->question, text, &days) == KNOWLEDGE_DAY_SAID;
    if (!said) {
        take_best(asked, TRIAGE_LABEL_LOCATION_HOURS, ASKS_ANY);
        asked->why_not = "a day is asked about that schedules.yaml does not speak of";
        return false;
    }
    take_best(asked, TRIAGE_LABEL_LOCATION_HOURS, ASKS_ELSE);
    asked->days = asked->days ? arena_format(asked->arena, "%s %s", asked->days, days) : days;
    return true;
}

static bool answer_label(struct asked *asked, const char *text, enum triage_label label)
{
    const char *days = NULL;
    if (label == TRIAGE_LABEL_LOCATION_HOURS
        && knowledge__day(asked->arena, asked->question, text, &days) != KNOWLEDGE_DAY_NONE)
        return answer_day(asked, text);
    return knowledge_may_answer(label) && take_best(asked, label, ASKS_ANY);
}

static bool write(struct asked *asked)
{
    struct buf buf;
    buf_init(&buf, asked->arena);
    for (size_t i = 0; i < asked->count; i++) {
        const struct knowledge_fact *fact = asked->facts[i];
        const char *text = knowledge__filled(
            asked->arena, asked->question->practice, fact->text[asked->answer->language]);
        if (!text)
            return false;
        buf_format(&buf, "%s%s", i > 0 ? " " : "", text);
        asked->answer->sources[i] = arena_format(asked->arena, "%s:%d", fact->file, fact->line);
        asked->answer->names_treatment |= fact->about_count > 0;
    }
    asked->answer->source_count = asked->count;
    if (asked->days) {
        buf_format(&buf, "%s%s", asked->count > 0 ? " " : "", asked->days);
        asked->answer->sources[asked->answer->source_count++] = "schedules.yaml";
    }
    asked->answer->text = buf.data;
    return buf.len > 0;
}

/* As it goes out: who speaks (carriers want it within the first 40 characters), what was asked, and
 * that nobody typed it. */
static const char *framed(struct asked *asked, const char *text)
{
    if (!strstr(text, asked->question->practice->name))
        text = arena_format(asked->arena, "%s: %s", asked->question->practice->name, text);
    const char *closing = asked->knowledge->closing[asked->answer->language];
    if (closing)
        closing = knowledge__filled(asked->arena, asked->question->practice, closing);
    return closing ? arena_format(asked->arena, "%s %s", text, closing) : text;
}

/* ---- without a person? ---- */

static bool is_stale(const struct asked *asked)
{
    for (size_t i = 0; i < asked->count; i++) {
        struct day checked = asked->facts[i]->checked;
        if (checked.n == DAY_NONE || asked->question->today.n - checked.n > KNOWLEDGE_AGE_DAYS_MAX)
            return true;
    }
    return false;
}

static const char *reading_stands_in_the_way(const struct triage_reading *reading)
{
    if (reading->stop != TRIAGE_STOP_NO || reading->suppress)
        return "the message may ask for silence";
    if (reading->urgency != TRIAGE_URGENCY_NONE)
        return "the message may be urgent";
    if (reading->asks_for_own_data)
        return "the patient asks about their own data";
    if (reading->route != TRIAGE_ROUTE_AUTO_REPLY)
        return "the message is one for a person";
    return NULL;
}

static const char *labels_stand_in_the_way(const struct asked *asked)
{
    const struct knowledge_question *question = asked->question;
    const struct triage_reading *reading = &asked->reading;
    const double least = question->practice->auto_answer_percent_min / 100.0;
    for (int i = 0; i < TRIAGE_LABEL_MAX; i++) {
        enum triage_label label = (enum triage_label)i;
        if (!reading->labels[label] || label == TRIAGE_LABEL_THANKS_SMALLTALK)
            continue;
        if (!asked->answer->answered[label])
            return arena_format(asked->arena, "nothing is known that answers all of it (%s)",
                triage_label_name(label));
        if (!question->allowed[label])
            return arena_format(asked->arena, "%s is not among the auto_answers of perennial.yaml",
                triage_label_name(label));
        if (reading->confidence[label] < least)
            return arena_format(asked->arena, "the message is not read with confidence (%s %.2f)",
                triage_label_name(label), reading->confidence[label]);
    }
    return NULL;
}

/* "botox price and your address": a sentence waits for one of the words, and none of what is said
 * answers what it answers. */
static const char *word_stands_in_the_way(const struct asked *asked)
{
    const struct knowledge *knowledge = asked->knowledge;
    for (size_t i = 0; i < knowledge->fact_count; i++) {
        const struct knowledge_fact *fact = &knowledge->facts[i];
        bool spoken_of = fact->ask_count == 0 || !asks_for(asked, fact, ASKS_ANY);
        for (int label = 0; label < TRIAGE_LABEL_MAX; label++)
            spoken_of |= fact->answers[label] && asked->answer->answered[label];
        if (!spoken_of)
            return arena_format(
                asked->arena, "a word in it asks for %s:%d, too", fact->file, fact->line);
    }
    return NULL;
}

static const char *why_a_person(const struct asked *asked)
{
    const char *why = reading_stands_in_the_way(&asked->reading);
    if (!why)
        why = asked->why_not;
    if (!why && strlen(asked->question->text) > KNOWLEDGE_QUESTION_BYTES_MAX)
        why = "the message is long";
    if (!why)
        why = labels_stand_in_the_way(asked);
    if (!why)
        why = word_stands_in_the_way(asked);
    if (!why && is_stale(asked))
        why =
            arena_format(asked->arena, "a sentence was not checked in the last %d days (`checked`)",
                (int)KNOWLEDGE_AGE_DAYS_MAX);
    if (!why && strlen(asked->answer->sent_text) > KNOWLEDGE_ANSWER_BYTES_MAX)
        why = "the answer is too long for a text";
    return why;
}

/* ---- the questions of a text ---- */

static void look_at(struct asked *asked, const char *text)
{
    const struct audience_definitions *definitions = asked->knowledge->definitions;
    asked->plain = knowledge__plain(asked->arena, text);
    for (size_t i = 0; i < definitions->service_count; i++)
        asked->services[i] = knowledge__named(
            asked->arena, asked->knowledge, &definitions->services[i], asked->plain);
}

/* "How much is Botox and does it hurt": what is not named in the question was before it. */
static void look_at_part(struct asked *asked, const char *text)
{
    bool any = false;
    look_at(asked, text);
    for (size_t i = 0; i < asked->knowledge->definitions->service_count; i++)
        any |= asked->services[i];
    if (any)
        return;
    const char *plain = asked->plain;
    look_at(asked, asked->question->text);
    asked->plain = plain;
}

static struct asked asked_of(struct arena *arena, const struct knowledge *knowledge,
    const struct knowledge_question *question, struct knowledge_answer *answer)
{
    *answer = (struct knowledge_answer){.language = question->reading->language};
    struct asked asked = {.arena = arena,
        .knowledge = knowledge,
        .question = question,
        .reading = *question->reading,
        .services = ARENA_NEW(arena, bool, knowledge->definitions->service_count + 1),
        .answer = answer};
    look_at(&asked, question->text);
    return asked;
}

static void answer_labels(struct asked *asked, const char *text, const bool *labels)
{
    for (int i = 0; i < TRIAGE_LABEL_MAX; i++) {
        if (!labels[i] || i == TRIAGE_LABEL_THANKS_SMALLTALK)
            continue;
        bool answered = answer_label(asked, text, (enum triage_label)i);
        asked->missing[i] |= !answered;
        asked->answer->answered[i] = !asked->missing[i];
    }
}

/* What opens as a question counts, and of the rest what is surely read as one: "Botox price and are
 * you open". */
static bool is_question(const struct asked *asked, const struct knowledge_part *part,
    const struct triage_reading *reading)
{
    const double least = asked->question->practice->auto_answer_percent_min / 100.0;
    bool sure = false, thanks = true;
    for (int i = 0; i < TRIAGE_LABEL_MAX; i++) {
        bool courtesy = i == TRIAGE_LABEL_THANKS_SMALLTALK;
        sure |= reading->labels[i] && !courtesy && reading->confidence[i] >= least;
        thanks &= !reading->labels[i] || courtesy;
    }
    return sure || (part->asks && !thanks);
}

/* A question of several, by its own reading, as if it had come alone. */
static void answer_part(
    struct asked *asked, const struct knowledge_part *part, const struct triage_reading *reading)
{
    look_at_part(asked, part->text);
    answer_labels(asked, part->text, reading->labels);
    for (int i = 0; i < TRIAGE_LABEL_MAX; i++) {
        bool known = asked->reading.labels[i];
        asked->reading.labels[i] |= reading->labels[i];
        if (!known)
            asked->reading.confidence[i] = reading->confidence[i];
    }
    if (!asked->why_not)
        asked->why_not = reading_stands_in_the_way(reading);
}

/* How many questions there are; the parts that are, with their readings, in front. */
static size_t read_questions(const struct asked *asked, struct knowledge_part *parts,
    const struct triage_reading **readings, size_t count)
{
    const struct knowledge_question *question = asked->question;
    size_t kept = 0;
    for (size_t i = 0; i < count && count > 1; i++) {
        const struct triage_reading *reading =
            question->read ? question->read(question->context, asked->arena, parts[i].text) : NULL;
        if (reading ? !is_question(asked, &parts[i], reading) : !parts[i].asks)
            continue;
        parts[kept] = parts[i];
        readings[kept++] = reading;
    }
    return kept;
}

static void answer_all(struct asked *asked)
{
    const char *text = asked->question->text;
    const bool *labels = asked->question->reading->labels;
    size_t count = 0;
    struct knowledge_part *parts = NULL;
    if (strlen(text) <= KNOWLEDGE_QUESTION_BYTES_MAX)
        parts = knowledge__parts(asked->arena, text, &count);
    const struct triage_reading **readings =
        ARENA_NEW(asked->arena, const struct triage_reading *, count + 1);
    count = read_questions(asked, parts, readings, count);
    for (size_t i = 0; i < count && count > 1 && asked->question->read; i++)
        answer_part(asked, &parts[i], readings[i]);
    if (count > 1 && !asked->question->read)
        asked->why_not = "more than one question is asked";
    look_at(asked, text);
    bool left[TRIAGE_LABEL_MAX];
    for (int i = 0; i < TRIAGE_LABEL_MAX; i++)
        left[i] = labels[i] && !asked->missing[i] && !asked->answer->answered[i];
    answer_labels(asked, text, left);
}

static void judge(struct asked *asked)
{
    asked->answer->why_not = why_a_person(asked);
    asked->answer->automatic = !asked->answer->why_not;
}

bool knowledge_answer(struct arena *arena, const struct knowledge *knowledge,
    const struct knowledge_question *question, struct knowledge_answer *ret_answer)
{
    struct knowledge_answer answer;
    struct asked asked = asked_of(arena, knowledge, question, &answer);
    answer_all(&asked);
    if (!write(&asked))
        return false;
    answer.sent_text = framed(&asked, answer.text);
    judge(&asked);
    *ret_answer = answer;
    return true;
}

/* Whose words the sentences do not hold, nobody can tell which of several questions they answer. */
static const char *chosen_stands_in_the_way(const struct asked *asked)
{
    const char *days = NULL;
    if (knowledge_asks_several(asked->arena, asked->question->text))
        return "more than one question is asked";
    if (asked->reading.labels[TRIAGE_LABEL_LOCATION_HOURS]
        && knowledge__day(asked->arena, asked->question, asked->question->text, &days)
            != KNOWLEDGE_DAY_NONE)
        return "a day is asked about";
    return NULL;
}

static bool answers(const struct asked *asked, enum triage_label label)
{
    for (size_t i = 0; i < asked->count; i++)
        if (asked->facts[i]->answers[label])
            return covers_services(asked, label);
    return false;
}

bool knowledge_answer_with(struct arena *arena, const struct knowledge *knowledge,
    const struct knowledge_question *question, const struct knowledge_fact *const *facts,
    size_t count, struct knowledge_answer *ret_answer)
{
    static const char *const disclosures[TRIAGE_LANGUAGE_MAX] = {
        "automatic answer", "respuesta automática"};
    struct knowledge_answer answer;
    struct asked asked = asked_of(arena, knowledge, question, &answer);
    for (size_t i = 0; i < count; i++)
        if (!take(&asked, facts[i]))
            return false;
    for (int i = 0; i < TRIAGE_LABEL_MAX; i++)
        answer.answered[i] = question->reading->labels[i] && answers(&asked, (enum triage_label)i);
    if (!write(&asked))
        return false;
    answer.sent_text = framed(&asked,
        arena_format(arena, "%s (%s): %s", question->practice->name, disclosures[answer.language],
            answer.text));
    asked.why_not = chosen_stands_in_the_way(&asked);
    judge(&asked);
    *ret_answer = answer;
    return true;
}

bool knowledge_asks_several(struct arena *arena, const char *text)
{
    size_t count, asking = 0;
    const struct knowledge_part *parts = knowledge__parts(arena, text, &count);
    for (size_t i = 0; i < count; i++)
        asking += parts[i].asks;
    return asking > 1;
}
