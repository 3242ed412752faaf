/* inbox_int.h: what the files of inbox share. */
#ifndef PERENNIAL_INBOX_INBOX_INT_H
#define PERENNIAL_INBOX_INBOX_INT_H

#include "inbox/inbox.h"

/* The task that a reading asks for; ret_task NULL: none. */
enum err inbox__raise(struct arena *tick, struct tx *tx, const struct practice *practice,
    const struct inbound *inbound, const struct inbox_reading *reading, const char **ret_task,
    struct why *reterr_why);

/* alert.c: when a task of this kind first calls somebody; ms 0: never. */
struct instant inbox__first_alert(const char *kind, struct instant now, struct instant due);

#endif
