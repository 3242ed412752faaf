/* practice.h: the settings of one practice, read from perennial.yaml.   (part of record)
 *
 * A practice owner's file: who we are, how we may reach people, how much we take on. Parsed once at
 * boot and again on SIGHUP; immutable in between. A setting can make the product stricter than the
 * law's floor, never looser: practice_parse refuses such a file with the place and the bound.
 *
 * Ownership: everything lives in the boot arena handed to practice_parse. */
#ifndef PERENNIAL_RECORD_PRACTICE_H
#define PERENNIAL_RECORD_PRACTICE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/yaml.h"
#include "base/zone.h"

enum channel_kind { CHANNEL_SMS, CHANNEL_EMAIL, CHANNEL_VOICE, CHANNEL_TASK, CHANNEL_KIND_MAX };
const char *channel_kind_name(enum channel_kind kind); /* "sms" ... */
bool channel_kind_parse(const char *text, enum channel_kind *ret_kind);

enum date_order { DATE_ORDER_AUTO, DATE_ORDER_MDY, DATE_ORDER_DMY, DATE_ORDER_YMD };

/* How one channel leaves the house. Which fields matter depends on `driver`. */
struct channel_setting {
    const char *driver;   /* "null", "twilio", "smtp", "task" */
    const char *vendor;   /* name in the vendor register; "own" for the practice's own server */
    const char *base_url; /* twilio: https://api.twilio.com by default */
    const char *account_sid, *api_key_sid;
    const char *secret_file; /* under secrets/: auth token, API key secret or SMTP password */
    const char *webhook_secret_file; /* twilio: the primary auth token that signs webhooks */
    const char *messaging_service_sid;
    const char *from; /* E.164 or address */
    const char *from_name;
    const char *reply_to;
    const char *host; /* smtp */
    int port;
    const char *tls; /* smtp: "none", "starttls", "implicit" */
    const char *user;
    double rate_per_s;              /* segments (sms) or messages (email) per second and sender */
    bool provider_answers_keywords; /* STOP and HELP are answered by the provider itself */
    int64_t ask_after_ms[3]; /* a doubt is asked about so long after the attempt: 45 s, 5, 15 min */
    int64_t resend_after_ms; /* what the provider never had goes again after this; a day */
    int64_t timeout_ms;
    int line; /* of this block in perennial.yaml, for errors */
};

/* A language model that drafts replies; docs/answers.md. */
enum { LANGUAGE_MODEL_AT_ONCE_MAX = 8 };
struct language_model_setting {
    const char *url; /* up to /v1, without a slash behind it; NULL: off, the default */
    const char *model;
    const char *vendor;      /* in the vendor register; "own": the practice's own machines */
    bool private_network;    /* own, and on another machine of the practice's network */
    const char *secret_file; /* under secrets/; NULL: no key */
    const char *key_header;  /* "Authorization" (Bearer) or "api-key" */
    const char *max_tokens_field;
    bool temperature; /* the server takes `temperature` and `seed` */
    bool automatic;   /* the practice's sentences that it chose may go without a person */
    int calls_per_day_max, tokens_per_day_max;
    int at_once;
    int64_t timeout_ms;
    int64_t rest_ms; /* after failures in a row nothing is asked for so long */
    int line;
};

/* A vendor that sees messages, and its business associate agreement (45 CFR 164.504(e)). */
struct vendor {
    const char *name;
    struct day baa_signed; /* DAY_NONE: no agreement on file */
    struct day baa_until;  /* DAY_NONE: no end date */
};

/* Colleagues sign in at an identity provider (OpenID Connect). issuer NULL: they do not. */
struct practice_sign_in {
    const char *issuer, *client_id;
    const char *app_url;      /* where colleagues open the app: the provider leads back to it */
    const char *label;        /* on the button */
    bool second_factor_there; /* `mfa` in the provider's amr counts as the second factor */
};

struct practice {
    int64_t practice_id;
    const char *name; /* "Lumen Med Spa" */
    const char *legal_name;
    const char *zone_name;
    const struct zone *zone;
    const char *state;       /* two letters */
    const char *phone;       /* E.164: callback in texts and scripts */
    const char *address;     /* postal: 15 USC 7704(a)(5)(A)(iii) */
    const char *booking_url; /* what a book link opens; may hold {service} {provider} {patient} */
    /* Nobody has said it, and nothing can leave: an example stands in its place. */
    bool phone_is_example, address_is_example, public_url_is_example;
    bool adults_only;
    bool never_name_treatment; /* narrows promise 6: nobody gets the specific wording */
    enum date_order date_order;
    int send_from_minute; /* a touch's day opens at this minute, patient-local; default 10:00 */
    int scan_minute;      /* nightly scan, practice-local; default 23:00 */
    int idle_logoff_min;  /* a session that nobody uses ends: 45 CFR 164.312(a)(2)(iii); 15 */
    /* What patients signed; NULL: imported consent is express only. */
    const char *consent_form_name;
    const char *consent_form_text;
    const char *consent_form_hash;
    /* Limits: at most these; the legal caps of the state tables hold beside them. */
    int marketing_per_day_max;       /* 1 */
    int marketing_per_7_days_max;    /* 2 */
    int marketing_per_30_days_max;   /* 6 */
    int sends_per_day_max;           /* 0: no bound; practice capacity over all channels */
    int calls_per_day_max;           /* staff_capacity(calls); default 10 */
    int bookings_per_month_max;      /* capacity(month); 0: unknown */
    int64_t booking_data_age_ms_max; /* promise fresh; default 48 h */
    int64_t consent_age_days_max;    /* CON-14: 18 months = 548 days */
    double audience_growth_max; /* apply refuses when the audience grew more than this ratio: 1.5 */
    bool dnc_required;          /* marketing voice and text need a national DNC flag import */
    struct day dnc_imported;    /* date of the registry copy, DAY_NONE: none */
    const char *const *holidays; /* the practice's own closed days, ISO dates */
    size_t holiday_count;
    const char *const *paused_zips; /* QH-14: five-digit ZIPs or three-digit prefixes */
    size_t paused_zip_count;
    /* Labels of replies that knowledge may answer without a person; knowledge checks the words. */
    const struct yaml *const *auto_answers;
    size_t auto_answer_count;
    int auto_answer_percent_min; /* how sure the reading must be; 80 */
    const struct vendor *vendors;
    size_t vendor_count;
    struct channel_setting channels[CHANNEL_KIND_MAX];
    struct language_model_setting language_model;
    const char *store;      /* file path or postgresql:// address */
    const char *listen;     /* "127.0.0.1:8080" */
    const char *public_url; /* what patients and providers reach us by; links and callbacks */
    bool private_webhooks;  /* webhooks may lead to this machine and private networks */
    struct practice_sign_in sign_in; /* colleagues at an identity provider */
    const char *clinician_contact;   /* where an urgent task is sent: E.164 or email; may be NULL */
};

/* `root` is perennial.yaml. consent_form_text is filled by the caller through
 * practice_set_consent_form once it has read the file that consent_form names. */
enum err practice_parse(struct arena *boot, const struct yaml *root, struct zones *zones,
    struct practice *ret_practice, struct why *reterr_why);
void practice_set_consent_form(struct arena *boot, struct practice *practice, const char *text);
/* booking_url as it may stand in a message: its {service}, {provider} and {patient} say nothing,
 * only the page behind a link of our own fills them in. NULL: none. */
const char *practice_plain_booking_url(struct arena *arena, const struct practice *practice);
const struct vendor *practice_vendor(const struct practice *practice, const char *name);
/* BAA on file and running on that day, or "own". */
bool practice_vendor_ready(const struct practice *practice, const char *name, struct day today);

#endif
