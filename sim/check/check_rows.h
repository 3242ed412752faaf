/* check_rows.h: how a checker reads: one statement, every row a violation unless said otherwise. */
#ifndef PERENNIAL_SIM_CHECK_CHECK_ROWS_H
#define PERENNIAL_SIM_CHECK_CHECK_ROWS_H

#include "sim/world.h"

/* The statement takes :practice_id. Its rows are violations: column 0 is what is named. */
enum err check_violations(struct world *world, const char *statement, const char *what,
    struct promise_check *check, struct why *reterr_why);
/* The statement takes :practice_id and counts what was looked at. */
enum err check_count(struct world *world, const char *statement, struct promise_check *check,
    struct why *reterr_why);

#endif
