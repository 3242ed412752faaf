#include "record/withdraw.h"

#include <assert.h>

#include "audit/audit.h"
#include "base/text.h"
#include "record_sql.h"

enum err record_withdraw(struct tx *tx, const char *appointment_id, struct why *reterr_why)
{
    assert(text_starts(appointment_id, "perennial:"));
    int64_t gone = 0;
    enum err err = db_exec(tx, &sql_record_forget_changes,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("appointment_id", appointment_id)),
        NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_record_withdraw,
            DB_ARGS(
                db_int("practice_id", tx->practice_id), db_text("appointment_id", appointment_id)),
            &gone, reterr_why);
    return err == ERR_NONE && gone
        ? audit_write(tx, "appointment.withdrawn", NULL, appointment_id, NULL, reterr_why)
        : err;
}
