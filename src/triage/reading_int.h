/* reading_int.h: what triage.c, context.c and tags.c share: the question before an answer, tags. */
#ifndef PERENNIAL_TRIAGE_READING_INT_H
#define PERENNIAL_TRIAGE_READING_INT_H

#include "triage/triage.h"
#include "triage/triage_int.h"

/* What the practice's message had asked, as the ids of the RULE_PRIOR rules name it. */
struct prior_sense {
    bool keep_or_pause, opted_out, appointment, offer, slots, checkin, form, missed, leave,
        messages;
    struct reply_text text;               /* its words; none when the patient wrote first */
    char name[TRIAGE_WORD_BYTES_MAX + 1]; /* the first name it greets, folded, or "" */
};

enum context_answer {
    CONTEXT_NONE,
    CONTEXT_KEEP, /* "keep reaching out" of keep or pause */
    CONTEXT_PAUSE,
    CONTEXT_RESTART, /* "yes" to "reply START to resume" */
    CONTEXT_BOOK,    /* "yes" to an offer, "the 2nd one" of offered times */
    CONTEXT_CONFIRM, /* "yes" to a reminder */
    CONTEXT_DECLINE,
    CONTEXT_LEAVE /* "yes" to "shall we stop writing?" */
};

/* `prior` may be "". */
struct prior_sense context_read_prior(struct arena *request, const char *prior);
enum context_answer context_read_answer(
    const struct reply_text *reply, const struct prior_sense *prior);
/* Is it more Spanish than English, by its words? */
bool context_is_spanish(const struct reply_text *reply);
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

/* A tag once; one too many is left out. */
void tags_add(struct triage_reading *reading, const char *tag);
/* The tags of days, means and money; of those of days only where `reading` has a label of times. */
void tags_read_wishes(const struct hits *hits, const float *likely, struct triage_reading *reading);

#endif
