/* inbox_int.h: what the files of inbox share. */
#ifndef PERENNIAL_INBOX_INBOX_INT_H
#define PERENNIAL_INBOX_INBOX_INT_H

#include "inbox/inbox.h"

/* Everything a person needs to answer without looking anything up: last messages, last replies,
 * last visit. A new reference. */
enum err inbox__history(struct arena *tick, struct db *db, const struct practice *practice,
    const struct inbound *inbound, json_t **ret_history, struct why *reterr_why);

/* The task that a reading asks for; ret_task NULL: none. */
enum err inbox__raise(struct arena *tick, struct tx *tx, const struct practice *practice,
    const struct inbound *inbound, const struct inbox_reading *reading, const char **ret_task,
    struct why *reterr_why);

#endif
