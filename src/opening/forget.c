/* forget.c: a person is erased: what was held for them is free, what was named to them is gone. */
#include "opening/waitlist.h"
#include "opening_sql.h"

enum err opening_erase(struct erasing *erasing, struct why *reterr_why)
{
    static const struct erase_step steps[] = {
        {&sql_opening_erase_cells, "pn", NULL, false},
        {&sql_opening_erase_openings, "pn", "held_times", false},
        {&sql_opening_erase_proposals, "p", "proposals", false},
        {&sql_opening_erase_refused, "p", NULL, false},
        {&sql_opening_erase_waits, "p", "waitlist", false},
    };
    enum err err = erase_run(erasing, steps, sizeof(steps) / sizeof(steps[0]), reterr_why);
    return err == ERR_NONE ? waitlist_wake(erasing->tx, reterr_why) : err;
}
