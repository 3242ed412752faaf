/* deadline.c: see deadline.h. */
#include "http/deadline.h"

#include <sys/socket.h>

enum { SWEEP_MS = 500 };

/* By the machine's own clock: the home's may stand ahead and still. */
static struct instant machine_now(const struct deadlines *deadlines)
{
    return deadlines->clock->now(deadlines->clock->self);
}

void deadlines_set(struct deadlines *deadlines, struct MHD_Connection *mhd, int64_t within_ms)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct connection *connection = info ? info->socket_context : NULL;
    if (!connection)
        return;
    struct instant deadline = {0};
    if (within_ms)
        deadline = instant_add_ms(machine_now(deadlines), within_ms);
    pthread_mutex_lock(&deadlines->lock);
    connection->deadline = deadline;
    pthread_mutex_unlock(&deadlines->lock);
}

static struct connection *free_slot(struct deadlines *deadlines)
{
    size_t count = sizeof(deadlines->connections) / sizeof(deadlines->connections[0]);
    for (size_t i = 0; i < count; i++) {
        if (!deadlines->connections[i].mhd)
            return &deadlines->connections[i];
    }
    return NULL;
}

/* A slot is freed under the lock that the sweeper holds while it closes: the file descriptor cannot
 * have become another connection's meanwhile. */
void deadlines_notify(void *context, struct MHD_Connection *mhd, void **socket_context,
    enum MHD_ConnectionNotificationCode code)
{
    struct deadlines *deadlines = context;
    struct instant deadline = instant_add_ms(machine_now(deadlines), HTTP_HEAD_MS_MAX);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    pthread_mutex_lock(&deadlines->lock);
    struct connection *connection = *socket_context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (connection)
            *connection = (struct connection){0};
    } else if (info && (connection = free_slot(deadlines))) {
        *connection = (struct connection){.mhd = mhd, .fd = info->connect_fd, .deadline = deadline};
        *socket_context = connection;
    }
    pthread_mutex_unlock(&deadlines->lock);
}

static void close_late(struct deadlines *deadlines)
{
    size_t count = sizeof(deadlines->connections) / sizeof(deadlines->connections[0]);
    struct instant now = machine_now(deadlines);
    for (size_t i = 0; i < count; i++) {
        struct connection *connection = &deadlines->connections[i];
        bool late =
            connection->mhd && connection->deadline.ms && instant_before(connection->deadline, now);
        if (late) {
            (void)shutdown(connection->fd, SHUT_RDWR);
            connection->deadline = (struct instant){0};
        }
    }
}

static void *sweep(void *context)
{
    struct deadlines *deadlines = context;
    pthread_mutex_lock(&deadlines->lock);
    while (!deadlines->stopping) {
        close_late(deadlines);
        int64_t look_ms = machine_now(deadlines).ms + SWEEP_MS;
        const struct timespec look = {
            .tv_sec = look_ms / 1000, .tv_nsec = look_ms % 1000 * 1000000};
        (void)pthread_cond_timedwait(&deadlines->stopped, &deadlines->lock, &look);
    }
    pthread_mutex_unlock(&deadlines->lock);
    return NULL;
}

enum err deadlines_open(
    struct deadlines *deadlines, const struct env_clock *clock, struct why *reterr_why)
{
    pthread_mutex_init(&deadlines->lock, NULL);
    pthread_cond_init(&deadlines->stopped, NULL);
    deadlines->clock = clock;
    deadlines->sweeping = pthread_create(&deadlines->sweeper, NULL, sweep, deadlines) == 0;
    return deadlines->sweeping ? ERR_NONE
                               : why_set(reterr_why, ERR_IO, "the machine gives no more threads");
}

void deadlines_close(struct deadlines *deadlines)
{
    if (!deadlines->clock)
        return;
    pthread_mutex_lock(&deadlines->lock);
    deadlines->stopping = true;
    pthread_cond_signal(&deadlines->stopped);
    pthread_mutex_unlock(&deadlines->lock);
    if (deadlines->sweeping)
        (void)pthread_join(deadlines->sweeper, NULL);
    pthread_cond_destroy(&deadlines->stopped);
    pthread_mutex_destroy(&deadlines->lock);
}
