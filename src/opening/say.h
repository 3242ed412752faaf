/* say.h: free times in the words of a message.                               (part of opening)
 *
 * "1) Tue Jun 16, 10:00 am; 2) Thu Jun 18, 4:30 pm; 3) Sat Jun 20, 9:00 am", English or Spanish.
 * Pure: same times, same words.
 *
 * Invariants
 *  (1) Clock times are those of the place the visit is at, since there it begins; a patient whose
 *      own clock shows another hour at that moment reads the place's name for its zone beside it.
 *  (2) No word tells what the visit is for.
 *  (3) Letters are those that leave a text message its 160 places: "sab", not "sáb".
 *
 * Memory: the arena given first. */
#ifndef PERENNIAL_OPENING_SAY_H
#define PERENNIAL_OPENING_SAY_H

#include "opening/slot.h"

struct say {
    const struct schedule *schedule;
    const struct zone *patient_zone; /* NULL: the practice's */
    const char *language;            /* "es-MX" is Spanish, what is not is English */
    bool who; /* with whom and where, as far as the practice has several; else days and hours */
};

/* Numbered, when there are several. */
char *opening_say(
    struct arena *arena, const struct say *say, const struct slot *slots, size_t count);
/* One visit, with whom and where by name. */
char *opening_say_visit(struct arena *arena, const struct say *say, struct instant start,
    const char *provider, const char *location);
/* "Tue Jun 16, 10:00 am", by the clock of the place. */
char *opening_say_moment(struct arena *arena, const struct say *say, struct instant at);
/* "3:30 pm"; on another day than that of `now` "Thu 3:30 pm", for what is less than a week away. */
char *opening_say_until(
    struct arena *arena, const struct say *say, struct instant at, struct instant now);

#endif
