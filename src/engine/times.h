/* times.h: what a message says about times, and what it is answered.             (part of engine)
 *
 * A patient asks "do you have Saturday?": three free times are named. They write "the 2nd one":
 * that visit is booked. What was named stands in the store (proposal.h), so that their next words
 * are read against it, whoever reads them and whenever.
 *
 * Place in the flow: fold.c asks before the inbox acts on a message, since "none of those" is no
 * refusal when times were named; after inbox and journeys have acted, the answer is queued. The
 * desk asks the same question for its suggestion.
 *
 * Invariants
 *  (1) Only what is read for sure is answered (choice.h): a word that nobody knows is a person's.
 *  (2) Words are read against named times only while the message that named them is the last one
 *      that went to that address.
 *  (3) No answer names a treatment.
 *  (4) Reading, booking and the answer are one transaction; a time that was taken meanwhile is
 *      said, and others are named.
 *  (5) Urgent messages, stops, complaints, VIPs and minors are never answered here.
 *
 * Calling sequence: times_read -> (times_reading) -> times_answer; the desk: times_read ->
 * times_choose -> times_say. Memory: the arena given; times_answer: the tick. */
#ifndef PERENNIAL_ENGINE_TIMES_H
#define PERENNIAL_ENGINE_TIMES_H

#include "engine/booking.h"
#include "inbox/inbox.h"
#include "opening/choice.h"
#include "opening/proposal.h"

#define ENGINE_TIMES_KEY "times" /* touch_key of the answers */

enum times_act {
    TIMES_NOTHING, /* not about times, or not for a machine */
    TIMES_NAME,    /* name free times */
    TIMES_BOOK,    /* book one of those that were named */
    TIMES_WHICH,   /* ask which of those that were named */
    TIMES_WAIT,    /* put them on the waitlist */
    TIMES_PASS,    /* not this one of the waitlist */
    TIMES_PERSON, /* about those that were named, and not read for sure: nobody answers by itself */
    TIMES_ACT_MAX
};

struct times_question {
    const char *patient_id, *text;
    const char *touch_id; /* the last message that went there; NULL: whichever it was */
    const struct triage_reading *reading;
    struct instant now;
};

struct times_talk {
    enum times_act act;
    const struct patient *patient;
    struct booking booking;
    struct proposal named;        /* before; count 0: nothing */
    struct choice choice;         /* what was said, with what was said before and holds still */
    struct slot chosen;           /* TIMES_BOOK */
    bool plain;                   /* every word of it asks for days and hours */
    bool sure;                    /* every word of it is about what was named */
    bool assents;                 /* "sounds good, thanks!" to several times: to which of them? */
    struct choice_question asked; /* what the words were read against */
    const char *language;         /* of the answer */
};

/* Is there something to do: name, book, ask, wait, pass? */
bool times_acts(const struct times_talk *talk);
/* Were the words read against what was named, or as a wish to wait: not as triage read them? */
bool times_rereads(const struct times_talk *talk);

enum err times_read(struct engine *engine, struct arena *arena, struct db *db,
    const struct times_question *question, struct times_talk *ret_talk,
    struct why *reterr_why) WARN_UNUSED;

/* Words about times that were named are no refusal, no pause and nothing unclear, and who assents
 * to several of them does not only say thanks: the reading as the rest of the engine should have
 * it. The same one when nothing was named. */
const struct triage_reading *times_reading(
    struct arena *arena, const struct times_talk *talk, const struct triage_reading *reading);

/* The times to name, and the template that names them; count 0: nothing is free but what they ruled
 * out. Every one suits all that they said in this talk, or the template says that nothing does. Of
 * a list of which one is gone the others come first. What suits their words, and of that first what
 * suits what is remembered of them; where nothing does, `answer-times-else` and what comes nearest.
 */
struct times_named {
    struct slot slots[OPENING_OFFERED];
    size_t count;
    size_t remembered; /* of them suit what is remembered */
    const char *template_name;
};
enum err times_choose(struct engine *engine, struct arena *arena, struct db *db,
    const struct times_talk *talk, struct instant now, struct times_named *ret_named,
    struct why *reterr_why) WARN_UNUSED;
/* What is kept beside the times that are named, for what comes next; NULL: nothing was wished. */
const struct choice *times_wish(const struct times_talk *talk);
/* After inbox and journeys have acted: names or books, and queues what the patient reads.
 * ret_answered false: everything is left as it is, for knowledge/ or a person. */
enum err times_answer(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct triage_reading *reading, const struct times_talk *talk, bool *ret_answered,
    struct why *reterr_why) WARN_UNUSED;

/* Of those that were named what is free still; count 0: nothing. */
enum err times_left(struct engine *engine, struct arena *arena, const struct times_talk *talk,
    struct instant now, struct times_named *ret_named, struct why *reterr_why) WARN_UNUSED;
/* The message; NULL: its template is missing or wrong. */
const char *times_say(struct engine *engine, struct arena *arena, const struct times_talk *talk,
    const struct times_named *named, struct instant now);
/* A time of the waitlist that is held for them; that they wait now. */
const char *times_say_freed(struct engine *engine, struct arena *arena,
    const struct times_talk *talk, const struct opening *opening, struct instant now);
const char *times_say_waiting(
    struct engine *engine, struct arena *arena, const struct times_talk *talk, struct instant now);
/* The same for a visit that is booked. */
const char *times_say_booked(struct engine *engine, struct arena *arena,
    const struct times_talk *talk, const struct opening *opening, struct instant now);

#endif
