/* withdraw.h: an appointment of our own is taken back.                        (part of record)
 *
 * A visit that a patient booked through us stands in the record before the booking system has it
 * (its id begins with "perennial:"). When the booking system's own row is there, or the visit could
 * not be entered, ours goes without a trace in the patient's history: it never took place in the
 * booking system.
 *
 * Invariants: only appointments that begin with that prefix are ever taken back; what the booking
 * system told stays. Calling sequence: record_lock -> record_withdraw. Memory: none is returned. */
#ifndef PERENNIAL_RECORD_WITHDRAW_H
#define PERENNIAL_RECORD_WITHDRAW_H

#include "store/db.h"

/* Does nothing when it is gone already. */
enum err record_withdraw(
    struct tx *tx, const char *appointment_id, struct why *reterr_why) WARN_UNUSED;

#endif
