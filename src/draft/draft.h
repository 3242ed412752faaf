/* draft.h: what a language model is asked, and what of its answer a colleague may see.  (decider)
 *
 * A practice may turn on a language model, on its own machines or at a vendor under an agreement.
 * The model is given a patient's question, without what says who they are, and those sentences of
 * knowledge/ that may be said to them. It answers with words for a colleague to send. This room
 * writes the request, reads the answer and checks every word of it against the sentences given:
 * what cannot be found there is thrown away, and the local answer, or a person, takes its place.
 *
 * Flow: after knowledge. Engine writes down that a draft is wanted (draft_store.h), the drafter's
 * thread carries the request out, outside every transaction.
 *
 * Invariants
 *  (1) Pure over (question, setting) and (question, answer). Any bytes may be handed in.
 *  (2) A draft holds no number, price, time, date, name, link or treatment that its facts do not
 *      hold: every sentence is covered by one fact, or is a courtesy of draft_words.c. What a
 *      patient writes adds no word to what may be said.
 *  (3) No name, telephone number, address, e-mail or date of birth of the patient leaves in a
 *      request, as far as it can be told; the first name is put back by the program.
 *  (4) Nothing here is sent: a draft waits for a colleague, who may change it. What may go without
 *      a person is not the draft but the practice's own sentences that the model chose.
 *
 * Calling sequence: draft_request -> (the exchange) -> draft_read. Memory: the arena given. */
#ifndef PERENNIAL_DRAFT_DRAFT_H
#define PERENNIAL_DRAFT_DRAFT_H

#include "record/practice.h"
#include "triage/triage.h"

enum {
    DRAFT_FACTS_MAX = 12,
    DRAFT_QUESTION_BYTES_MAX = 1000, /* of the patient's words */
    DRAFT_TEXT_BYTES_MAX = 600,
    DRAFT_SEGMENTS_MAX = 4,
    DRAFT_ANSWER_BYTES_MAX = 64 << 10, /* of a whole HTTP answer; more is no answer */
    DRAFT_TOKENS_MAX = 400,            /* that the model may spend on an answer */
};

/* A sentence that may be said to this patient. */
struct draft_fact {
    const char *text;
    const char *source; /* "knowledge/prices.yaml:4" */
};

struct draft_question {
    const char *text; /* the patient's, as it came */
    enum triage_language language;
    const char *const *names; /* of the patient, in any order; an empty one says nothing */
    size_t name_count;
    const char *first_name; /* put in place of [FIRST_NAME]; NULL: unknown */
    const char *practice_name;
    const struct draft_fact *facts; /* in the language of the question */
    size_t fact_count;
};

/* The body of POST .../chat/completions. */
char *draft_request(struct arena *arena, const struct language_model_setting *setting,
    const struct draft_question *question);

/* Why there is no draft. */
enum draft_flaw {
    DRAFT_FLAW_NONE,
    /* The model is not at its place: counts against it. */
    DRAFT_FLAW_SILENT,     /* no answer in time, or none at all */
    DRAFT_FLAW_STATUS,     /* an answer that is no 200 */
    DRAFT_FLAW_BROKEN,     /* no chat completion */
    DRAFT_FLAW_UNFINISHED, /* cut off, filtered or refused */
    DRAFT_FLAW_SHAPE,      /* the content is not what the schema says */
    /* An answer, and not one to show. */
    DRAFT_FLAW_UNKNOWN, /* the model says that the facts do not answer it */
    DRAFT_FLAW_LENGTH,
    DRAFT_FLAW_SIGNS,   /* mark-up, placeholders, control characters */
    DRAFT_FLAW_LINK,    /* an address or telephone number that the facts lack */
    DRAFT_FLAW_NUMBER,  /* a price, time, date or count that the facts lack */
    DRAFT_FLAW_WORD,    /* a word that the facts lack */
    DRAFT_FLAW_MEANING, /* a yes, no, only or unless that the fact does not say, or more of it */
    DRAFT_FLAW_EMPTY,   /* nothing but courtesies */
    DRAFT_FLAW_MAX
};
const char *draft_flaw_name(enum draft_flaw flaw);     /* "number" */
const char *draft_flaw_sentence(enum draft_flaw flaw); /* for a colleague */
bool draft_flaw_is_outage(enum draft_flaw flaw);

struct draft_answer {
    const char *text;             /* checked, with the first name put back; NULL with a flaw */
    bool covers[DRAFT_FACTS_MAX]; /* the facts that the text was found in */
    bool chosen[DRAFT_FACTS_MAX]; /* the facts that the model says answer the question */
    const char *content;          /* as the model wrote it, for the record; NULL: none */
    const char *model;            /* as it names itself; NULL */
    int64_t tokens_in, tokens_out;
};
/* `status` 0: no answer came. What is told beside a flaw (content, tokens) is filled in, too. */
enum draft_flaw draft_read(struct arena *arena, const struct draft_question *question, int status,
    const char *bytes, size_t len, struct draft_answer *ret_answer);

/* The check alone, of words that may come from anywhere. `ret_covers` has DRAFT_FACTS_MAX places.
 */
enum draft_flaw draft_check(
    struct arena *arena, const struct draft_question *question, const char *text, bool *ret_covers);

/* The patient's words without what says who they are. */
char *draft_redact(struct arena *arena, const struct draft_question *question);

#endif
