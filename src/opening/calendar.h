/* calendar.h: a visit as a calendar file (RFC 5545).                         (part of opening)
 *
 * What a patient's phone takes in with one tap. Pure: same visit, same bytes.
 *
 * Invariants: (1) times are UTC, so that no zone has to be explained; (2) lines end in CR LF and no
 * line has more than 75 bytes, folded between characters; (3) the same visit has the same UID, so
 * that a second file moves the first one's entry; (4) nothing in it tells what the visit is for.
 *
 * Calling sequence: calendar_write once. Memory: the arena given first. */
#ifndef PERENNIAL_OPENING_CALENDAR_H
#define PERENNIAL_OPENING_CALENDAR_H

#include "base/instant.h"

struct calendar_visit {
    const char *uid; /* of the visit, unique in the world */
    struct instant start, end;
    struct instant stamp;        /* when this was settled */
    const char *summary;         /* "Visit at Lumen Med Spa" */
    const char *location, *note; /* may be NULL */
    const char *language;        /* "en" */
};

char *calendar_write(struct arena *arena, const struct calendar_visit *visit);

#endif
