/* answer.c: the sentences that answer a message, and whether they may go without a person. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "knowledge/knowledge_int.h"

struct asked {
    struct arena *arena;
    const struct knowledge *knowledge;
    const struct knowledge_question *question;
    const char *plain; /* the patient's words */
    bool *services;    /* which of the definitions' services the text names */
    struct knowledge_answer *answer;
    const struct knowledge_fact *facts[KNOWLEDGE_SENTENCES_MAX];
    size_t count;
};

static bool names_service(const struct asked *asked, const char *key)
{
    const struct audience_definitions *definitions = asked->knowledge->definitions;
    for (size_t i = 0; i < definitions->service_count; i++)
        if (text_is(definitions->services[i].key, key))
            return asked->services[i];
    return false;
}

static bool asks_for(const struct asked *asked, const struct knowledge_fact *fact)
{
    for (size_t i = 0; i < fact->ask_count; i++)
        if (strstr(asked->plain, fact->asks[i]))
            return true;
    return fact->ask_count == 0;
}

/* How well a fact fits the question, 0: not at all. What is about more of the services that were
 * named fits best; of those, what was asked for by a word of its own. */
static int fit(
    const struct asked *asked, const struct knowledge_fact *fact, enum triage_label label)
{
    if (!fact->answers[label] || !fact->text[asked->answer->language] || !asks_for(asked, fact))
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
static bool answer_label(struct asked *asked, enum triage_label label)
{
    const struct knowledge *knowledge = asked->knowledge;
    int best = 0;
    for (size_t i = 0; i < knowledge->fact_count; i++) {
        int fits = fit(asked, &knowledge->facts[i], label);
        best = fits > best ? fits : best;
    }
    for (size_t i = 0; i < knowledge->fact_count && best > 0; i++)
        if (fit(asked, &knowledge->facts[i], label) == best && !take(asked, &knowledge->facts[i]))
            return false;
    return best > 0 && covers_services(asked, label);
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
    asked->answer->text = buf.data;
    return asked->count > 0;
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
    const double least = question->practice->auto_answer_percent_min / 100.0;
    for (int i = 0; i < TRIAGE_LABEL_MAX; i++) {
        enum triage_label label = (enum triage_label)i;
        if (!question->reading->labels[label] || label == TRIAGE_LABEL_THANKS_SMALLTALK)
            continue;
        if (!asked->answer->answered[label])
            return arena_format(asked->arena, "nothing is known that answers all of it (%s)",
                triage_label_name(label));
        if (!question->allowed[label])
            return arena_format(asked->arena, "%s is not among the auto_answers of perennial.yaml",
                triage_label_name(label));
        if (question->reading->confidence[label] < least)
            return arena_format(asked->arena, "the message is not read with confidence (%s %.2f)",
                triage_label_name(label), question->reading->confidence[label]);
    }
    return NULL;
}

static const char *why_a_person(const struct asked *asked)
{
    const char *why = reading_stands_in_the_way(asked->question->reading);
    if (!why && strlen(asked->question->text) > KNOWLEDGE_QUESTION_BYTES_MAX)
        why = "the message is long";
    if (!why)
        why = labels_stand_in_the_way(asked);
    if (!why && is_stale(asked))
        why =
            arena_format(asked->arena, "a sentence was not checked in the last %d days (`checked`)",
                (int)KNOWLEDGE_AGE_DAYS_MAX);
    if (!why && strlen(asked->answer->sent_text) > KNOWLEDGE_ANSWER_BYTES_MAX)
        why = "the answer is too long for a text";
    return why;
}

static struct asked asked_of(struct arena *arena, const struct knowledge *knowledge,
    const struct knowledge_question *question, struct knowledge_answer *answer)
{
    const struct audience_definitions *definitions = knowledge->definitions;
    *answer = (struct knowledge_answer){.language = question->reading->language};
    struct asked asked = {.arena = arena,
        .knowledge = knowledge,
        .question = question,
        .plain = knowledge__plain(arena, question->text),
        .services = ARENA_NEW(arena, bool, definitions->service_count + 1),
        .answer = answer};
    for (size_t i = 0; i < definitions->service_count; i++)
        asked.services[i] =
            knowledge__named(arena, knowledge, &definitions->services[i], asked.plain) != NULL;
    return asked;
}

bool knowledge_answer(struct arena *arena, const struct knowledge *knowledge,
    const struct knowledge_question *question, struct knowledge_answer *ret_answer)
{
    struct knowledge_answer answer;
    struct asked asked = asked_of(arena, knowledge, question, &answer);
    for (int i = 0; i < TRIAGE_LABEL_MAX; i++)
        if (question->reading->labels[i] && knowledge_may_answer((enum triage_label)i))
            answer.answered[i] = answer_label(&asked, (enum triage_label)i);
    if (!write(&asked))
        return false;
    answer.sent_text = framed(&asked, answer.text);
    answer.why_not = why_a_person(&asked);
    answer.automatic = !answer.why_not;
    *ret_answer = answer;
    return true;
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
    answer.why_not = why_a_person(&asked);
    answer.automatic = !answer.why_not;
    *ret_answer = answer;
    return true;
}
