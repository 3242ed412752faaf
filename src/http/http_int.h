/* http_int.h: what the files of http share. */
#ifndef PERENNIAL_HTTP_HTTP_INT_H
#define PERENNIAL_HTTP_HTTP_INT_H

#include "base/buf.h"
#include "http/request.h"
#include "outbox/outbox.h"

/* A request on its way through: what its rule has already found out. */
struct http_call {
    const struct http_request *request;
    const struct http_route *route;
    const char *path, *query; /* of the target; query NULL: none */
    const char *wild;         /* what "*" stands for; NULL */
    const char *link_object;  /* HTTP_RULE_LINK: what the link is for */
    struct form form;         /* HTTP_RULE_PROVIDER: the signed fields */
    struct http_answer *answer;
};

enum { HTTP_BUSY_TRIES = 2 }; /* of 5 s each: a provider waits 15 s for its answer */

void http__header(struct http_answer *answer, const char *name, const char *value);
void http__text(struct http_call *call, int status, const char *content_type, const char *body);
void http__empty(struct http_call *call, int status);
/* The store is busy or away: asks to come again. */
void http__store_trouble(struct http_call *call, const struct why *why);

/* Handlers. */
http_handler_fn http__app, http__app_icon, http__app_asset;              /* app.c */
http_handler_fn http__health, http__openapi, http__ready, http__metrics; /* watch.c */
http_handler_fn http__sms_status, http__sms_inbound;                     /* hook.c */
http_handler_fn http__preferences, http__open;                           /* patient.c, hit.c */
http_handler_fn http__book, http__visit_file;                            /* booking.c */
http_handler_fn http__sign_in, http__sign_in_back;                       /* sign_in.c */

/* hook.c: the provider's signature over our public address and the fields of the form. */
bool http__provider_signed(struct http_desk *desk, struct http_call *call);

/* api.c, events.c */
http_handler_fn http__api, http__events;
/* server.c, for the threads beside the workers. */
struct instant http__now(struct http *http);
void http__tell(struct http *http, const char *what, const char *detail);
const struct env_clock *http__clock(struct http *http);
bool http__names_model(struct http *http); /* the settings name a language model */
/* A home, store and engine of its own, and the home read again when it was changed. */
enum err http__open_desk(
    struct http *http, struct http_desk *ret_desk, struct why *reterr_why) WARN_UNUSED;
void http__keep_up(struct http *http, struct http_desk *desk, unsigned *generation);
/* limit.c: false: too many at once. `known`: signed in. */
bool http__take_turn(struct http_limits *limits, const char *who, struct instant now, bool known);

/* patient.c: who followed a link, and what we know of them. */
struct visitor {
    struct touch touch;
    struct patient patient;
    struct contact_point *contacts;
    size_t contact_count;
};
enum err http__read_visitor(struct http_desk *desk, struct http_call *call,
    struct visitor *ret_visitor, struct why *reterr_why);
/* What is unknown looks like what is forged. */
void http__visitor_trouble(
    struct http_desk *desk, struct http_call *call, enum err err, const struct why *why);

/* hit.c */
void http__note_click(struct http_desk *desk, struct http_call *call, const struct touch *touch);
/* To the booking system's own page, or the practice's telephone number. */
void http__book_elsewhere(
    struct http_desk *desk, struct http_call *call, const struct visitor *visitor);

/* desk.c */
/* A transaction whose actor, for the audit, is the patient. */
enum err http__begin_as_patient(
    struct http_desk *desk, struct http_call *call, struct tx *ret_tx, struct why *reterr_why);
/* engine_react for any number of patients. */
enum err http__react(struct http_desk *desk, struct tx *tx, const char *const *patients,
    size_t count, struct why *reterr_why);

/* page.c: small pages for patients, in their language. */
enum page_state { PAGE_ON, PAGE_OFF, PAGE_ABSENT }; /* PAGE_ABSENT: no address of that kind */

struct page_preferences {
    const char *practice, *phone; /* phone NULL: none */
    const char *language;         /* "en", "es" */
    enum page_state texts, emails;
    bool texts_first; /* the link came in a text */
    bool paused;
    struct day paused_until; /* DAY_NONE: until told */
    const char *prefers;     /* "sms", "email" or NULL */
    const char *done;        /* a page_note: what was just changed; NULL: nothing */
};
void http__page_preferences(
    struct arena *request, const struct page_preferences *page, struct http_answer *answer);

enum page_message {
    PAGE_NOT_VALID,    /* 404: unknown, forged or expired link */
    PAGE_NOT_POSSIBLE, /* 405, 400 ...: this address cannot do that */
    PAGE_LATER,        /* 503 */
    PAGE_CALL_US,      /* no booking address is set */
    PAGE_MESSAGE_MAX
};
/* practice NULL: not known here. */
void http__page_message(struct arena *request, int status, enum page_message message,
    const char *practice, const char *phone, const char *language, struct http_answer *answer);

/* What every page has: its head up to the title, and its end with the headers that guard it. */
void http__page_begin(struct buf *buf, const char *language, const char *title);
void http__page_end(struct arena *request, struct buf *buf, int status, struct http_answer *answer);
void http__page_text(struct buf *buf, const char *text); /* escaped */
void http__page_phone(struct arena *request, struct buf *buf, const char *phone);
int http__page_language(const char *language); /* 0 English, 1 Spanish: rows of tables of words */

/* page_booking.c: three times, one tap; the chosen one, one tap; the visit. */
enum page_booking_step { PAGE_CHOOSE, PAGE_CONFIRM, PAGE_BOOKED };
enum page_booking_note {
    PAGE_NOTE_NONE,
    PAGE_NOTE_TAKEN,  /* somebody was faster */
    PAGE_NOTE_LAPSED, /* the time was not held any more */
    PAGE_BOOKING_NOTE_MAX
};
struct page_time {
    struct instant start, end;
    const char *provider, *location; /* location NULL: there is only one */
    const char *value;               /* of its button */
};
struct page_booking {
    const char *practice, *phone, *language;
    const struct zone *zone;
    enum page_booking_step step;
    enum page_booking_note note;
    const struct page_time *times; /* PAGE_CHOOSE; else the one */
    size_t time_count;
    bool all;                 /* every time there is; else a few of them */
    const char *opening_id;   /* PAGE_CONFIRM */
    struct instant expires;   /* PAGE_CONFIRM */
    const char *calendar_url; /* PAGE_BOOKED */
};
void http__page_booking(
    struct arena *request, const struct page_booking *page, struct http_answer *answer);

#endif
