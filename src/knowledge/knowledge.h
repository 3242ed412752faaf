/* knowledge.h: what the practice may say about itself, and the answer made of it.       (decider)
 *
 * A patient asks "how much?"; the practice has written down what its price is. This room finds the
 * sentences that answer a message and puts them together, word for word as they were written: no
 * fact is made up, none is changed. Whether the answer goes out by itself or waits for a person is
 * said beside it, with the reason.
 *
 * Flow: after triage. The engine sends what may go without a person through the gate, like every
 * message; the inbox shows the rest as a suggestion. Pure over (files, schedule, text, reading,
 * day).
 *
 * Invariants
 *  (1) An answer holds nothing but sentences of knowledge/, in their order, and names its sources.
 *  (2) A treatment is named only where the patient's own text named it (45 CFR 164.530(c)): a fact
 *      that names one says so with `about`, else it is refused when it is read.
 *  (3) Nothing clinical, no complaint, no money back, no stop, no cancellation is ever answered
 *      from here: a fact for such a label is refused when it is read.
 *  (4) `automatic` needs all of: every question of the text answered, each by its own reading, or
 *      mere thanks; each read with confidence, all of them allowed by the practice, every sentence
 *      checked recently, no urgency, no doubt.
 *  (5) An answer is in one language, the patient's; half of one is none.
 *  (6) Where a question about hours names a day, the hours of that day are said, by the schedule or
 *      by a sentence that waits for its name, or nothing goes without a person.
 *
 * Calling sequence: yaml_parse for each file -> knowledge_parse -> knowledge_answer per message.
 * Ownership: what is parsed lives in the boot arena; an answer in the arena given. */
#ifndef PERENNIAL_KNOWLEDGE_KNOWLEDGE_H
#define PERENNIAL_KNOWLEDGE_KNOWLEDGE_H

#include "audience/definitions.h"
#include "opening/schedule.h"
#include "triage/triage.h"

enum {
    KNOWLEDGE_SENTENCES_MAX = 4,        /* of knowledge/, in one answer */
    KNOWLEDGE_ANSWER_BYTES_MAX = 900,   /* six segments of a text: longer is for a person to say */
    KNOWLEDGE_QUESTION_BYTES_MAX = 400, /* a longer message tells a story: a person reads it */
    KNOWLEDGE_AGE_DAYS_MAX = 180,       /* since `checked`; older facts are suggested, not sent */
};

struct knowledge_fact {
    bool answers[TRIAGE_LABEL_MAX];
    const char *const *about; /* service keys of definitions.yaml, all of which must be asked for */
    size_t about_count;
    const char *const *asks; /* folded words, one of which must be in the text; none: any text */
    size_t ask_count;
    const char *text[TRIAGE_LANGUAGE_MAX]; /* NULL: not said in that language */
    struct day checked;                    /* DAY_NONE: nobody has said when it was checked */
    const char *file;
    int line;
};

/* What patients call a service, beside the names of definitions.yaml. */
struct knowledge_words {
    const char *service;
    const char *const *words; /* as knowledge_int.h folds them */
    size_t count;
};

struct knowledge {
    const struct audience_definitions *definitions;
    const struct knowledge_words *words;
    size_t word_count;
    const struct knowledge_fact *facts;
    size_t fact_count;
    const char *closing[TRIAGE_LANGUAGE_MAX]; /* ends what is sent without a person; NULL: none */
};

/* Files in the order of their names. ERR_INPUT with place and remedy for the first thing that is
 * wrong. `count` 0: knows nothing, answers nothing. */
enum err knowledge_parse(struct arena *boot, struct yaml *const *roots, size_t count,
    const struct audience_definitions *definitions, const struct knowledge **ret_knowledge,
    struct why *reterr_why) WARN_UNUSED;

struct knowledge_question {
    const char *text; /* the patient's */
    const struct triage_reading *reading;
    const struct practice *practice;
    const bool *allowed; /* by label: may be answered without a person */
    struct instant now;
    struct day today;
    const struct schedule *schedule; /* NULL: of no day is known whether it is open */
    /* How triage reads one question of several. NULL: several are for a person. */
    const struct triage_reading *(*read)(void *context, struct arena *arena, const char *text);
    void *context;
};

struct knowledge_answer {
    const char *text; /* without the closing */
    enum triage_language language;
    const char *sources[KNOWLEDGE_SENTENCES_MAX + 1]; /* "knowledge/prices.yaml:12" */
    size_t source_count;
    bool answered[TRIAGE_LABEL_MAX];
    bool names_treatment;
    bool automatic;
    const char *sent_text; /* with the sender's name and the closing: as it goes out by itself */
    const char *why_not;   /* a sentence; NULL when automatic */
};

/* false: nothing is known that answers any of it. */
bool knowledge_answer(struct arena *arena, const struct knowledge *knowledge,
    const struct knowledge_question *question, struct knowledge_answer *ret_answer);
/* The same of sentences that somebody else chose among those of knowledge_tell, by the same rules;
 * `sent_text` says in front that nobody typed it. */
bool knowledge_answer_with(struct arena *arena, const struct knowledge *knowledge,
    const struct knowledge_question *question, const struct knowledge_fact *const *facts,
    size_t count, struct knowledge_answer *ret_answer);

/* Does the text ask more than one thing, by its shape alone? */
bool knowledge_asks_several(struct arena *arena, const char *text);

/* Every word by which a service is named, or the beginning of one: folded, one blank between two.
 */
const char *const *knowledge_service_words(
    struct arena *arena, const struct knowledge *knowledge, size_t *ret_count);
/* The key of the service that the text names; NULL: none, or (ret_several) more than one. */
const char *knowledge_service_of(
    struct arena *arena, const struct knowledge *knowledge, const char *text, bool *ret_several);
/* What may be said to this patient about what they ask, one sentence after another: in their
 * language, about no service that they did not name. In the order of the files, at most `max`. */
struct knowledge_told {
    const struct knowledge_fact *fact;
    const char *text, *source;
};
size_t knowledge_tell(struct arena *arena, const struct knowledge *knowledge,
    const struct knowledge_question *question, struct knowledge_told *ret_told, size_t max);

bool knowledge_may_answer(enum triage_label label);
/* auto_answers of perennial.yaml, by label. ERR_INPUT with place for a word that is none, or one
 * that always needs a person. */
enum err knowledge_allowed(const struct practice *practice, bool ret_allowed[TRIAGE_LABEL_MAX],
    struct why *reterr_why) WARN_UNUSED;

#endif
