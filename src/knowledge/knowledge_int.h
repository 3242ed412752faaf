/* knowledge_int.h: what reading and answering share: words in a text, values in a sentence. */
#ifndef PERENNIAL_KNOWLEDGE_KNOWLEDGE_INT_H
#define PERENNIAL_KNOWLEDGE_KNOWLEDGE_INT_H

#include "knowledge/knowledge.h"

/* Folded words with one blank between them and at both ends: " how much is botox ". */
const char *knowledge__plain(struct arena *arena, const char *text);
/* The same without the blank at the end: " park" is in " parking ". */
const char *knowledge__beginning(struct arena *arena, const char *text);
/* The word of that service which the plain text holds, or NULL. */
const char *knowledge__named(struct arena *arena, const struct knowledge *knowledge,
    const struct service_definition *service, const char *plain);
bool knowledge__is_about(const struct knowledge_fact *fact, const char *service_key);

/* The name inside the first `{{ ... }}` that stands for nothing, or NULL. */
const char *knowledge__unknown_value(struct arena *arena, const char *text);
/* With its values; NULL when the practice has not given one of them. */
const char *knowledge__filled(
    struct arena *arena, const struct practice *practice, const char *text);

/* The parts of a text in its order, folded. Not a question: it neither opens as one nor ends in
 * "?". */
struct knowledge_part {
    const char *text;
    bool asks;
};
struct knowledge_part *knowledge__parts(struct arena *arena, const char *text, size_t *ret_count);

/* What a text about hours says of days: nothing; days that schedules.yaml knows, ret_sentences; or
 * others, which are for a person. */
enum knowledge_day { KNOWLEDGE_DAY_NONE, KNOWLEDGE_DAY_SAID, KNOWLEDGE_DAY_UNKNOWN };
enum knowledge_day knowledge__day(struct arena *arena, const struct knowledge_question *question,
    const char *text, const char **ret_sentences);
/* Does it name any day? */
bool knowledge__names_day(
    struct arena *arena, const struct knowledge_question *question, const char *text);

/* How many of these words (folded, without apostrophes) name a feast, and its next day; 0: none. */
size_t knowledge__feast(
    const char *const *words, size_t count, struct day today, struct day *ret_day);
/* A public holiday, or a day on which many close: no weekday's hours hold for sure. */
bool knowledge__may_close(struct day day);

#endif
