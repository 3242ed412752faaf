/* utc.h: a machine that knows one zone, for inputs that need a day. */
#ifndef PERENNIAL_FUZZ_UTC_H
#define PERENNIAL_FUZZ_UTC_H

#include <string.h>

#include "base/zone.h"

/* UTC, by a footer alone: RFC 8536, version 2, no transitions. */
static inline enum err utc_load(void *context, struct arena *arena, const char *name,
    const unsigned char **ret_bytes, size_t *ret_len, struct why *reterr_why)
{
    static const unsigned char utc[] =
        "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
        "\0\0\0\0\0\0UTC\0"
        "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
        "\0\0\0\0\0\0UTC\0\nUTC0\n";
    (void)context;
    (void)arena;
    if (strcmp(name, "UTC") != 0)
        return why_set(reterr_why, ERR_INPUT, "no such zone");
    *ret_bytes = utc;
    *ret_len = sizeof(utc) - 1;
    return ERR_NONE;
}

#endif
