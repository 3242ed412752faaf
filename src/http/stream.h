/* stream.h: changes told to open browsers and programs as they happen.              (part of http)
 *
 * Flow: GET /events is answered by a stream that does not end. One thread with a store of its own
 * reads the audit log on (change.h), while anybody listens, and puts what each may know into their
 * streams; libmicrohttpd's threads take it from there. A stream with nothing to say is suspended.
 *
 * Invariants
 *  (1) What is told is checked against the permissions and locations that the account or key has
 *      now: both are read again every STREAM_CHECK_MS, and a stream ends with its session.
 *  (2) Nobody's slowness costs memory or time: a stream holds BACKLOG_BYTES; who is further behind
 * is told to ask for everything again ("reset"), as is who comes back after too much. (3) Listening
 * is no use of a session: who only listens is signed out when idle. (4) No stream is suspended when
 * the daemon stops.
 *
 * Calling sequence: streams_open -> (stream_reserve -> stream_start | stream_drop)* ->
 * streams_stop, before the daemon stops -> streams_close, after it. A reserved stream is started or
 * dropped. Memory: each stream's own arena, given back by the thread that tells. */
#ifndef PERENNIAL_HTTP_STREAM_H
#define PERENNIAL_HTTP_STREAM_H

#include <microhttpd.h>

#include "account/account.h"
#include "change/change.h"
#include "http/backlog.h"
#include "http/http_int.h"

enum {
    STREAMS_MAX = 100,          /* of HTTP_CONNECTIONS_MAX: the rest stays for questions */
    STREAMS_EACH_MAX = 12,      /* of one account or key: the oldest gives way */
    STREAM_LOOK_MS = 300,       /* between two looks at the log */
    STREAM_BUSY_LOOK_MS = 1000, /* when much is going on */
    STREAM_BEAT_MS = 15 * 1000, /* a client that left is noticed at the next write */
    STREAM_CHECK_MS = 5 * 1000,
    STREAM_ROWS_EACH = 500,    /* more rows than that at once are told as numbers */
    STREAM_ROWS_BACK = 100000, /* who has missed more asks for everything again */
};

struct stream;
struct streams;

/* Who listens. */
struct stream_plan {
    const char *actor; /* "user:<id>" */
    const char *token; /* of the session, or the key */
    bool by_key;
    permission_set may;
    const char *locations;               /* JSON array; NULL: all */
    const struct change_position *after; /* told already */
    bool lost;                           /* came back with a place nobody knows: "reset" */
};

/* ret_streams is to be closed also after a failure. */
enum err streams_open(struct arena *boot, struct http *http, struct streams **ret_streams,
    struct why *reterr_why) WARN_UNUSED;
/* Ends all of them and the thread. Takes NULL, as does streams_close. */
void streams_stop(struct streams *streams);
void streams_close(struct streams *streams);
size_t streams_count(struct streams *streams); /* open now; from any thread */

/* NULL: as many as may be are open. */
struct stream *stream_reserve(struct streams *streams, const struct stream_plan *plan);
/* The answer that reads from it; NULL when the library has no memory: the stream is dropped. */
struct MHD_Response *stream_start(struct stream *stream, struct MHD_Connection *mhd);
void stream_drop(struct stream *stream);

#endif
