/* stream.h: changes told to browsers as they happen.                              (part of http)
 *
 * Whatever changes state writes an audit row in its transaction; a chain has no gaps and its order
 * is the order of commits. So the newest links of the chains are all there is to watch: one thread
 * looks at them twice a second, turns new rows into events, and wakes the streams that wait. An
 * event's id is the place of every chain after it: who comes back with the id of an event that is
 * still kept hears what was in between, and everybody else hears `reset`, after which they ask
 * anew.
 *
 * Invariants
 *  (1) An event names a topic and ids; a text of a patient never; ids only to who may read
 * patients. (2) Reads are no events. (3) A stream ends after STREAM_MS_MAX and comes back, and is
 * asked again who it is.
 *
 * Threads: hub_read from libmicrohttpd's, hub_* from any. Calling sequence: hub_open -> (hub_add ->
 * hub_read* -> hub_remove)* -> hub_stop (every stream ends) -> hub_close. */
#ifndef PERENNIAL_HTTP_STREAM_H
#define PERENNIAL_HTTP_STREAM_H

#include <microhttpd.h>
#include <pthread.h>

#include "engine/home.h"
#include "http/http.h"
#include "http/webhook.h"

enum {
    HUB_EVENTS_MAX = 2048, /* kept for who comes back: minutes of a busy day */
    HUB_STREAMS_MAX = 128, /* half of the connections */
    HUB_LOOK_MS = 500,
    HUB_BEAT_MS = 15 * 1000, /* a client that left is noticed at the next write */
    HUB_TEXT_MAX = 1024,     /* an event on the wire */
    STREAM_BLOCK = 4096,
    STREAM_MS_MAX = 10 * 60 * 1000,
};

struct hub_event {
    char id[HUB_TEXT_MAX / 2];
    char topic[16], action[48], patient_id[40], subject_id[72], writer[32];
    int64_t seq, at_ms;
};

struct stream {
    struct MHD_Connection *mhd;
    uint64_t next; /* number of the event that it has not heard */
    bool parked, beat, reset, sees_patients, begun;
    struct instant ends;
    struct stream *after;
};

struct hub {
    const struct env *env;
    struct home home;
    struct arena boot, scratch;
    struct db *db;
    struct hooks hooks;
    struct env *own; /* with a net of its own */
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    pthread_t thread;
    bool running, stopping;
    struct hub_event *events; /* a ring */
    uint64_t told;            /* to webhooks */
    uint64_t count;           /* ever: the newest is count - 1 */
    struct stream *streams;
    size_t stream_count;
    int64_t beat_ms;
    void *places; /* struct map of writer -> int64_t *: how far each chain was read */
};

/* A store of its own. */
enum err hub_open(
    struct hub *hub, const struct env *env, const char *dir, struct why *reterr_why) WARN_UNUSED;
/* `last_id` NULL: from now on. False: too many streams. */
bool hub_add(struct hub *hub, struct stream *stream, const char *last_id);
void hub_remove(struct hub *hub, struct stream *stream);
/* MHD_ContentReaderCallback: the context is a struct hub_reader. */
struct hub_reader {
    struct hub *hub;
    struct stream *stream;
};
ssize_t hub_read(void *reader, uint64_t place, char *bytes, size_t bytes_max);
void hub_stop(struct hub *hub);
void hub_close(struct hub *hub);

#endif
