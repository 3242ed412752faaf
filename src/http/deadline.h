/* deadline.h: no connection lasts longer than what it is for.                      (part of http)
 *
 * libmicrohttpd's timeout counts inactivity only: one header line a second would hold a connection
 * for good. Here each connection has a moment by which its present step is over (headers, body,
 * the pause between two requests; none while a worker has it); one thread closes those that are
 * late.
 *
 * Calling sequence: deadlines_open -> (deadlines_notify, deadlines_set)* -> deadlines_close, after
 * the daemon has stopped. Any thread may set. */
#ifndef PERENNIAL_HTTP_DEADLINE_H
#define PERENNIAL_HTTP_DEADLINE_H

#include <microhttpd.h>
#include <pthread.h>

#include "env/env.h"
#include "http/http.h"

struct connection {
    struct MHD_Connection *mhd; /* NULL: the slot is free */
    int fd;
    struct instant deadline; /* ms 0: none */
};

struct deadlines {
    const struct env_clock *clock;
    pthread_mutex_t lock;
    struct connection connections[HTTP_CONNECTIONS_MAX + HTTP_LISTENERS];
    pthread_cond_t stopped;
    bool stopping; /* under lock */
    bool sweeping;
    pthread_t sweeper;
};

enum err deadlines_open(
    struct deadlines *deadlines, const struct env_clock *clock, struct why *reterr_why) WARN_UNUSED;
void deadlines_close(struct deadlines *deadlines);

/* MHD_OPTION_NOTIFY_CONNECTION with the deadlines as its context. */
void deadlines_notify(void *deadlines, struct MHD_Connection *mhd, void **socket_context,
    enum MHD_ConnectionNotificationCode code);
/* 0: none. */
void deadlines_set(struct deadlines *deadlines, struct MHD_Connection *mhd, int64_t within_ms);

#endif
