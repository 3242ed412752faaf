/* unit.h: what every unit test includes: cmocka in the order it wants, and its list of tests. */
#ifndef PERENNIAL_TEST_UNIT_H
#define PERENNIAL_TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

/* Ends a test whose step failed with the step's own reason. */
static inline void must(enum err err, const struct why *why)
{
    if (err != ERR_NONE) {
        char text[1024];
        why_format(why, text, sizeof text);
        fail_msg("%s", text);
    }
}

#endif
