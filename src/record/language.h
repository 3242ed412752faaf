/* language.h: which language a person is written to in.                       (part of record)
 *
 * Records and colleagues may say it. Where they do not, a person's own messages do: who answers in
 * Spanish is written to in Spanish from then on, and whoever asks is shown the message that decided
 * it.
 *
 * Invariants
 *  (1) What was said (by the booking system, by a colleague) counts more than what was learnt.
 *  (2) One message decides for another language than English; for English again it takes
 *      LANGUAGE_BACK_TIMES in a row.
 *  (3) What was learnt outlives every import that says nothing of it.
 *  (4) A change has an audit row that names the message.
 *
 * Calling sequence: record_lock -> record_hear_language; record_read_language. Memory: the arena
 * given first. */
#ifndef PERENNIAL_RECORD_LANGUAGE_H
#define PERENNIAL_RECORD_LANGUAGE_H

#include "store/db.h"

enum { LANGUAGE_BACK_TIMES = 2 };
#define LANGUAGE_DEFAULT "en"

/* A message of theirs was in that language. ret_changed: they are written to in it from now on. */
enum err record_hear_language(struct tx *tx, const char *patient_id, const char *language,
    const char *inbound_id, bool *ret_changed, struct why *reterr_why) WARN_UNUSED;

struct language_learned {
    const char *language;   /* NULL: nothing was learnt */
    const char *decided_by; /* the message */
    struct instant at;
    bool in_use; /* false: something else was said */
};
enum err record_read_language(struct arena *arena, struct db *db, int64_t practice_id,
    const char *patient_id, struct language_learned *ret_learned,
    struct why *reterr_why) WARN_UNUSED;

#endif
