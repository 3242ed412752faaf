/* reading_int.h: what triage.c, context.c and tags.c share: the question before an answer, tags. */
#ifndef PERENNIAL_TRIAGE_READING_INT_H
#define PERENNIAL_TRIAGE_READING_INT_H

#include "triage/triage.h"
#include "triage/triage_int.h"

/* What the practice's message had asked, as the ids of the RULE_PRIOR rules name it. */
struct prior_sense {
    bool keep_or_pause, opted_out, appointment, offer, slots, checkin, form, missed, leave,
        messages, waits, asks;            /* leave: offers to write no more; asks: anything */
    struct hits options;                  /* what it offers to do with its messages */
    struct reply_text text;               /* its words; none when the patient wrote first */
    char name[TRIAGE_WORD_BYTES_MAX + 1]; /* the first name it greets, folded, or "" */
};

enum context_answer {
    CONTEXT_NONE,
    CONTEXT_KEEP, /* "keep reaching out" of keep or pause, "no" to "shall we stop writing?" */
    CONTEXT_PAUSE,
    CONTEXT_RESTART, /* "yes" to "you are unsubscribed. Was that a mistake?" */
    CONTEXT_BOOK,    /* "yes" to an offer, "the 2nd one" of offered times */
    CONTEXT_CONFIRM, /* "yes" to a reminder */
    CONTEXT_DECLINE,
    CONTEXT_LEAVE, /* "yes" to "shall we stop writing?", "9" to "9 to stop messages" */
    CONTEXT_MAX
};

/* How an answer takes what had been asked. */
struct answer_sense {
    enum context_answer chosen;  /* and nothing else is said */
    enum context_answer leaning; /* to KEEP or LEAVE, whatever else is said; else NONE */
    bool courtesy; /* "ok, thanks" to "you are opted out, reply START": no wish for messages */
};

/* `prior` may be "". */
struct prior_sense context_read_prior(struct arena *request, const char *prior);
struct answer_sense context_read_answer(
    const struct reply_text *reply, const struct prior_sense *prior);
/* options.c: KEEP, PAUSE or LEAVE where the answer takes one of those offered, else NONE. */
enum context_answer options_taken(const struct reply_text *reply, const struct prior_sense *prior);
/* options.c: "no ma'am, I'm alright" to "may we keep in touch?" leans to LEAVE; KEEP, or NONE. */
enum context_answer options_leaning(
    const struct reply_text *reply, const struct prior_sense *prior);
/* Is it more Spanish than English, by its words? */
bool context_is_spanish(const struct reply_text *reply);
/* Every word is of `kind` or wraps such a word, and one is. */
bool context_is_wholly(const struct reply_text *reply, uint16_t kind, uint16_t wrapping);
/* "2" to a message that holds no 2 and names no times. */
bool context_names_nothing(const struct reply_text *reply, const struct prior_sense *prior);
/* "The third", where the practice's message offered no end of the messages. */
bool context_picks_one(const struct hits *hits, const struct prior_sense *prior);

/* amend.c */
void reading_add_label(struct triage_reading *reading, enum triage_label label, double confidence);
void reading_remove_label(struct triage_reading *reading, enum triage_label label);
/* After the learned labels: what the grammar knows better. */
void amend_labels(
    const struct hits *hits, const struct prior_sense *prior, struct triage_reading *reading);

/* refuse.c: the text refuses mail or calls, and wants its texts: no stop. */
bool refuse_keeps_texts(const struct hits *hits);
/* After the labels and the stop: fills in `refuses`. */
void refuse_read(const struct hits *hits, struct triage_reading *reading);

/* stop.c. What reads like a stop of messages and is none: one needs much of the model then. */
bool stop_asks_else(const struct hits *hits);
/* Of a phrase alone, by what the model thinks of it (0..1) and what the grammar has said. */
bool stop_of_phrase(const struct hits *hits, float likely);

/* A tag once; one too many is left out. */
void tags_add(struct triage_reading *reading, const char *tag);
/* The tags of days, means and money; of those of days only where `reading` has a label of times. */
void tags_read_wishes(const struct hits *hits, const float *likely, struct triage_reading *reading);

#endif
