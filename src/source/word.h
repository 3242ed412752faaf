/* word.h: the words of booking systems and the ones Perennial stores. Private to source.
 *
 * Every function takes a key (text_key: folded, letters and digits only) and knows a word or does
 * not; what a cell's words mean for people is decided by the caller, by the field it is in. */
#ifndef PERENNIAL_SOURCE_WORD_H
#define PERENNIAL_SOURCE_WORD_H

#include <stdbool.h>

enum flag {
    FLAG_YES,
    FLAG_NO,
    FLAG_UNKNOWN, /* "unknown", "n/a": the same as blank */
    FLAG_IN,      /* subscribed, opted in */
    FLAG_OUT      /* unsubscribed, opted out */
};
bool word_flag(const char *key, enum flag *ret_flag);

/* A status of enum appointment_status; "void" for a row that was never a patient's decision. NULL:
 * not known. */
const char *word_appointment_status(const char *key);
const char *word_record_status(const char *key);     /* active, inactive, deceased, merged */
const char *word_membership_status(const char *key); /* active, paused, ended */
const char *word_channel(const char *key);           /* sms, email, voice; "none" */
const char *word_language(const char *key);          /* en, es ... */
const char *word_gender(const char *key);            /* female, male, other */
const char *word_state(const char *key);             /* TX */
const char *word_country(const char *key);           /* US */

#endif
