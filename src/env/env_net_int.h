/* env_net_int.h: one exchange on its way, shared by env_net.c (HTTP, the loop) and env_smtp.c. */
#ifndef PERENNIAL_ENV_ENV_NET_INT_H
#define PERENNIAL_ENV_ENV_NET_INT_H

#include <curl/curl.h>

#include "base/buf.h"
#include "env/env.h"

enum {
    CONNECT_MS_MAX = 10000, /* a provider that takes longer to greet is down */
    REPLY_LINE_MAX = 512,   /* RFC 5321 section 4.5.3.1.5 */
    /* Mail servers allow a client some ten connections; further mails wait for one of these. */
    SMTP_SESSIONS_MAX = 10,
    SMTP_IDLE_MS_MAX = 30000 /* RFC 5321 lets a server hang up after five minutes; many do sooner */
};

/* The dialogue of RFC 5321 after the greeting: each stage waits for the reply to what was sent. */
enum smtp_stage { SMTP_CONNECT, SMTP_RESET, SMTP_MAIL, SMTP_RCPT, SMTP_DATA, SMTP_MESSAGE };

struct exchange {
    struct exchange *next;      /* in the free, the waiting or the finished list */
    struct net_request request; /* borrowed from the caller until the reply is taken */
    struct arena arena;         /* lives from submit to take */
    const char *refused;        /* why it was never begun */
    CURLcode result;
    /* NET_HTTP */
    CURL *easy; /* kept for the slot's next exchange */
    struct curl_slist *headers;
    struct buf body;  /* of the answer */
    size_t sent;      /* bytes of our body handed to libcurl */
    bool too_large;   /* the answer passed NET_BODY_MAX */
    bool heads_ended; /* the empty line behind the answer's headers came */
    const char *wrong_place; /* why the address that the name led to is none for it; NULL */
    /* NET_SMTP */
    const char *failure; /* why the dialogue broke off */
    bool written;        /* the last byte of the message was handed over */
    int reply_code;
    char reply_line[REPLY_LINE_MAX + 1];
};

struct smtp_session {          /* a connection to a mail server, logged in */
    CURL *easy;                /* NULL: this place is free */
    char server[512];          /* address, security, name and user it stands for */
    struct exchange *exchange; /* NULL: idle */
    enum smtp_stage stage;
    struct buf output; /* in the exchange's arena */
    size_t output_sent;
    char line[REPLY_LINE_MAX + 1]; /* of a reply, as far as it came */
    size_t line_len;
    int64_t deadline_ms; /* of the exchange, or of an idle session; on the monotonic clock */
};

struct exchange_list {
    struct exchange *first, **end;
};

struct net {
    CURLM *multi;
    struct exchange *exchanges; /* NET_IN_FLIGHT_MAX of them */
    struct exchange *free;
    struct exchange_list finished;
    struct exchange_list mails; /* waiting for a session */
    size_t in_flight;
    struct smtp_session sessions[SMTP_SESSIONS_MAX];
};

void exchange_list_add(struct exchange_list *list, struct exchange *exchange);
struct exchange *exchange_list_take(struct exchange_list *list); /* NULL when empty */

enum net_place net_place_of_address(const struct sockaddr *address);
int64_t net_monotonic_ms(void);
void net_set_common(CURL *easy, const struct net_request *request);
bool net_is_one_line(const char *text); /* true for NULL */

/* NULL, or why the mail cannot be sent; then it waits for smtp_drive. */
const char *smtp_submit(struct net *net, struct exchange *exchange);
/* libcurl's part is over: the connection stands, or `result` says why not. */
void smtp_connected(struct net *net, CURL *easy, CURLcode result);
/* Moves every dialogue as far as it goes without waiting. */
void smtp_drive(struct net *net);
/* What the dialogues wait for; returns how many were filled in. */
unsigned smtp_wait_for(struct net *net, struct curl_waitfd waits[SMTP_SESSIONS_MAX]);
struct net_reply smtp_reply(struct arena *tick, const struct exchange *exchange);
void smtp_close(struct net *net);

#endif
