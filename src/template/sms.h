/* sms.h: how a text is counted and billed.                                (part of template)
 *
 * 3GPP TS 23.038: when every character is in the GSM 7-bit alphabet a text is one segment up to 160
 * septets, else segments of 153; otherwise UTF-16, 70 and 67 units. A character of two septets and
 * a surrogate pair are never split over two segments. */
#ifndef PERENNIAL_TEMPLATE_SMS_H
#define PERENNIAL_TEMPLATE_SMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct sms_count {
    bool ucs2;    /* false: GSM-7 */
    int segments; /* an empty text is one */
    int units;    /* septets, or UTF-16 units */
};

enum { SMS_CHARACTERS_MAX = 1600 }; /* providers refuse a longer text whole (Twilio: 21617) */
/* As they count: UTF-16 units, whatever alphabet it travels in. */
int64_t sms_characters(const char *text);

struct sms_count sms_count(const char *text); /* exactly this text: nothing is folded */
const char *sms_encoding_name(const struct sms_count *count); /* "gsm7", "ucs2" */
/* 1 or 2 septets, 0 when the character is not in GSM-7. */
int sms_septets(uint32_t code_point);

/* Typographic look-alikes made plain: curly quotes, dashes, ellipsis, special blanks. Letters with
 * accents stay: folding them would change names. Every rendered text message has gone through it.
 */
char *sms_fold(struct arena *arena, const char *text);

/* The sender stands within the first 40 characters, or right at the beginning when the name itself
 * is longer (CAR-2). Case, accents and blanks do not count. */
bool sms_names_sender(struct arena *arena, const char *text, const char *name);

#endif
