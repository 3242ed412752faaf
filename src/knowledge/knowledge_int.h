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

#endif
