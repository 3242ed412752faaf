/* field.h: the canonical fields of every kind of row, as docs/import.md has them. (part of record)
 *
 * A row that source has read is an array of texts by field: NULL is blank or absent. How a text is
 * written down follows from the field's type, so that record never guesses:
 *   TEXT as it came, trimmed; DAY "2026-11-22"; INSTANT "1774191600000" (UTC milliseconds);
 *   MONEY "31000" (cents); COUNT "12"; FLAG "yes" or "no"; PHONE E.164; EMAIL lower case;
 *   WORD one of a short list (status, channel, language ...), lower case. */
#ifndef PERENNIAL_RECORD_FIELD_H
#define PERENNIAL_RECORD_FIELD_H

#include <stdbool.h>

enum record_kind {
    RECORD_PATIENT,
    RECORD_APPOINTMENT,
    RECORD_SERVICE,
    RECORD_MEMBERSHIP,
    RECORD_INVOICE,
    RECORD_PRESCRIPTION,
    RECORD_PROGRAM,
    RECORD_KIND_MAX
};

enum field_type {
    FIELD_TEXT,
    FIELD_DAY,
    FIELD_INSTANT,
    FIELD_MONEY,
    FIELD_COUNT,
    FIELD_FLAG,
    FIELD_PHONE,
    FIELD_EMAIL,
    FIELD_WORD,
    FIELD_TYPE_MAX
};

enum record_field {
    /* every kind */
    FIELD_ID,         /* patient_id, appointment_id ...: the id of this row */
    FIELD_PATIENT_ID, /* whose row it is (a patient's own row: the same as FIELD_ID) */
    FIELD_SAME_AS,    /* another record's id that describes the same person */
    /* patient */
    FIELD_FIRST_NAME,
    FIELD_LAST_NAME,
    FIELD_PREFERRED_NAME,
    FIELD_BIRTH_DATE,
    FIELD_GENDER,
    FIELD_MOBILE_PHONE, /* may be texted */
    FIELD_HOME_PHONE,   /* voice only */
    FIELD_WORK_PHONE,   /* voice only */
    FIELD_EMAIL_ADDRESS,
    FIELD_ADDRESS,
    FIELD_CITY,
    FIELD_STATE,
    FIELD_ZIP,
    FIELD_COUNTRY,
    FIELD_TIME_ZONE,
    FIELD_PREFERRED_PROVIDER,
    FIELD_PREFERRED_LANGUAGE,
    FIELD_PREFERRED_CHANNEL,
    FIELD_MEMBERSHIP_PLAN,
    FIELD_MEMBERSHIP_STATUS,
    FIELD_MEMBERSHIP_RENEWAL,
    FIELD_LOYALTY_POINTS,
    FIELD_LOYALTY_POINTS_EXPIRE_ON,
    FIELD_EMAIL_CONSENT,
    FIELD_SMS_CONSENT,
    FIELD_VOICE_CONSENT,
    FIELD_CONSENT_ON,
    FIELD_CONSENT_SOURCE,
    FIELD_PHI_MARKETING_AUTH,
    FIELD_MARKETING_OPT_OUT,
    FIELD_SMS_OPT_OUT,
    FIELD_EMAIL_UNSUBSCRIBED,
    FIELD_VOICE_OPT_OUT,
    FIELD_PAUSED_UNTIL,
    FIELD_BILLING_DISPUTE,
    FIELD_CLINICAL_CONCERN,
    FIELD_DECEASED,
    FIELD_RECORD_STATUS,
    FIELD_VIP,
    FIELD_STAFF_OR_FAMILY,
    FIELD_TAGS, /* '\n' between tags */
    FIELD_CREATED_ON,
    /* appointment */
    FIELD_START,
    FIELD_END,
    FIELD_DURATION_MIN,
    FIELD_LOCATION,
    FIELD_PROVIDER,
    FIELD_SERVICE,
    FIELD_SERVICE_CATEGORY,
    FIELD_STATUS, /* of an appointment, membership, invoice, prescription or program */
    FIELD_TOTAL,
    FIELD_BOOKED_ON,
    FIELD_CANCELLED_ON,
    FIELD_CANCEL_REASON,
    FIELD_SERIES_ID,
    FIELD_SERIES_NUMBER,
    FIELD_SERIES_TOTAL,
    FIELD_INTRO_OFFER,
    /* membership, invoice, prescription, program */
    FIELD_STARTED_ON, /* began, was issued, was joined */
    FIELD_ENDED_ON,   /* ended, was discharged */
    FIELD_DUE_ON,     /* an invoice's payment, a prescription's refill */
    FIELD_NAME,       /* what was prescribed, which program */
    FIELD_REASON,
    FIELD_MAX
};

struct field_fact {
    const char *name; /* "first_name": what people and mapping files write */
    enum field_type type;
};
const struct field_fact *field_fact(enum record_field field);
bool field_parse(const char *name, enum record_field *ret_field);

#endif
