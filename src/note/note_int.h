/* note_int.h: what the files of note share. */
#ifndef PERENNIAL_NOTE_NOTE_INT_H
#define PERENNIAL_NOTE_NOTE_INT_H

#include "note/note.h"

enum note_sign {
    SIGN_OUTCOME, /* value: enum note_outcome */
    SIGN_MACHINE, /* a voicemail, if nothing says what became of it */
    SIGN_NEXT,    /* value: enum note_next */
    SIGN_TAG,
    SIGN_STOP,
    SIGN_HEALTH,
};

/* Phrases that mean one thing. A phrase is words; `_` stands for up to two of any. */
struct note_phrase {
    enum note_sign sign;
    int value;
    const char *tag;
    const char *phrases; /* "no answer|n/a" */
};
extern const struct note_phrase note_phrases[]; /* the last has no phrases */

/* Short ways to write that choice_read does not know: {"tmrw", "tomorrow"}. */
extern const char *const note_short[][2]; /* the last is NULL */

#endif
