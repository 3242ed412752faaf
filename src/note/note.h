/* note.h: what a few words after a call come to.                                         (decider)
 *
 * After a call somebody types or dictates "lm, call back fri after 4, wants financing". That is an
 * outcome, a tag and a next step with a day: the form is filled in, and the person presses one key
 * or changes it. Nothing is written by reading.
 *
 * Place in the flow: http, when somebody ends a task -> note_read -> what is proposed; the person
 * accepts it as the outcome of the task.
 *
 * Invariants
 *  (1) Pure: the words, the moment and who there is go in; the same words give the same proposal.
 *  (2) It proposes only what some word says, and names that word; what it does not understand stays
 *      in the note. No outcome is better than a wrong one.
 *  (3) Times are read as patients' times are (opening/choice.h): what is not certain is no time.
 *  (4) A wish to hear no more and words of the body are always told, whatever else is said.
 *
 * Calling sequence: note_read. Memory: the arena given first. */
#ifndef PERENNIAL_NOTE_NOTE_H
#define PERENNIAL_NOTE_NOTE_H

#include "base/arena.h"
#include "opening/choice.h"

enum { NOTE_BYTES_MAX = 1000, NOTE_TAGS_MAX = 12, NOTE_WHY_MAX = 16 };

enum note_outcome {
    NOTE_UNSURE,
    NOTE_DONE,
    NOTE_REACHED,
    NOTE_NO_ANSWER,
    NOTE_LEFT_MESSAGE,
    NOTE_CALL_BACK,
    NOTE_DECLINED,
    NOTE_BOOKED,
    NOTE_WRONG_NUMBER,
    NOTE_OUTCOME_MAX
};

enum note_next {
    NOTE_NEXT_NONE,
    NOTE_NEXT_SEND, /* a link, prices, forms */
    NOTE_NEXT_BOOK,
    NOTE_NEXT_TEXT,
    NOTE_NEXT_EMAIL,
    NOTE_NEXT_CALL,
    NOTE_NEXT_MANAGER,
    NOTE_NEXT_CLINICIAN,
    NOTE_NEXT_MAX
};

struct note_reading {
    enum note_outcome outcome;
    enum note_next next;
    struct instant next_at; /* ms 0: not said */
    bool stop;              /* asks to hear no more: the address is to be stopped */
    const char *tags[NOTE_TAGS_MAX];
    size_t tag_count;
    const char *why[NOTE_WHY_MAX]; /* "left_message: lm" */
    size_t why_count;
};

struct note_question {
    const struct schedule *schedule; /* its zone and its providers' names */
    struct instant now;
    int opens_minute, closes_minute; /* when calls are made: tells 8 from 20 */
};

struct note_reading note_read(
    struct arena *arena, const struct note_question *question, const char *text);

const char *note_outcome_name(enum note_outcome outcome); /* "left_message"; unsure: NULL */
const char *note_next_name(enum note_next next);          /* "call"; none: NULL */

#endif
