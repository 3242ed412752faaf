/* outbox_int.h: what the files of outbox share. */
#ifndef PERENNIAL_OUTBOX_OUTBOX_INT_H
#define PERENNIAL_OUTBOX_OUTBOX_INT_H

#include "outbox/outbox.h"

/* All rows of a `SELECT * FROM touch`, copied into the arena. */
enum err outbox__touches(struct arena *arena, struct db_rows **rows, struct touch **ret_touches,
    size_t *ret_count, struct why *reterr_why);
enum err outbox__audit(struct tx *tx, const char *action, const char *patient_id,
    const char *touch_id, json_t *detail_taken, struct why *reterr_why);

#endif
