/* phone.h: telephone numbers to E.164 (ITU-T E.164, NANP rules), mail addresses to their plain
 * form.
 *
 * What is refused is refused for a reason a person can act on. Placeholder numbers (1234567890, all
 * the same digit, subscriber 000-0000) and impossible NANP numbers are never valid; 555-01xx, the
 * range kept for fiction, is well formed and passes. */
#ifndef PERENNIAL_BASE_PHONE_H
#define PERENNIAL_BASE_PHONE_H

#include <stdbool.h>

enum phone_kind {
    PHONE_INVALID,
    PHONE_MOBILE_OR_FIXED, /* NANP: the number alone does not tell */
    PHONE_FIXED,
    PHONE_MOBILE,
    PHONE_TOLL_FREE,
    PHONE_PREMIUM,
    PHONE_PERSONAL,
    PHONE_OTHER
};

struct phone {
    bool valid;
    char e164[17];      /* "+15125550100", "" when invalid */
    char extension[12]; /* digits, "" when none: a number with an extension is never texted */
    char country[3];    /* ISO 3166-1 alpha-2 where known, else "" */
    enum phone_kind kind;
    const char *reason; /* static text when invalid: "too short", "placeholder" ... */
};

const char *phone_kind_name(enum phone_kind kind); /* "mobile_or_fixed" ... */
/* `region` is the two-letter country whose national form is understood, "US" by default. */
struct phone phone_parse(const char *text, const char *region);

/* Lower-cases the domain (the part before the @ is the mail server's to read), trims, strips
 * "mailto:" and "Name <...>". False when it is no address that a mail server could accept (RFC 5321
 * limits, one @, a dot in the domain, no blanks). */
bool email_parse(const char *text, char ret_email[255]);

#endif
