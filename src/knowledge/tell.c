/* tell.c: all that may be said to a patient about what they ask. */
#include "base/text.h"
#include "knowledge/knowledge_int.h"

static bool answers_any(const struct knowledge_fact *fact, const struct triage_reading *reading)
{
    for (int i = 0; i < TRIAGE_LABEL_MAX; i++)
        if (fact->answers[i] && reading->labels[i])
            return true;
    return false;
}

/* Invariant (2) of knowledge.h. */
static bool may_be_said(struct arena *arena, const struct knowledge *knowledge,
    const struct knowledge_fact *fact, const char *plain)
{
    for (size_t i = 0; i < fact->about_count; i++) {
        const struct service_definition *service =
            definitions_service(knowledge->definitions, fact->about[i]);
        if (!service || !knowledge__named(arena, knowledge, service, plain))
            return false;
    }
    return true;
}

size_t knowledge_tell(struct arena *arena, const struct knowledge *knowledge,
    const struct knowledge_question *question, struct knowledge_told *ret_told, size_t max)
{
    const char *plain = knowledge__plain(arena, question->text);
    size_t count = 0;
    for (size_t i = 0; i < knowledge->fact_count && count < max; i++) {
        const struct knowledge_fact *fact = &knowledge->facts[i];
        const char *text = fact->text[question->reading->language];
        if (!text || !answers_any(fact, question->reading)
            || !may_be_said(arena, knowledge, fact, plain))
            continue;
        text = knowledge__filled(arena, question->practice, text);
        if (text)
            ret_told[count++] = (struct knowledge_told){
                fact, text, arena_format(arena, "%s:%d", fact->file, fact->line)};
    }
    return count;
}
