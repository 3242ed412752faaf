/* stream.c: see stream.h. */
#include "http/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/text.h"
#include "http_sql.h"

enum { ROWS_PER_LOOK = 1000, CACHE_KIB = 256 };

static struct instant machine_now(const struct hub *hub)
{
    return hub->env->clock.now(hub->env->clock.self);
}

/* ---- what an audit row is about; NULL: a read, or nobody's business ---- */

static const char *topic_of(const char *action)
{
    static const struct {
        const char *start, *topic;
    } topics[] = {
        {"patient.read", NULL},
        {"patient.listed", NULL},
        {"inbound.", "thread"},
        {"inbox.", "thread"},
        {"thread.", "thread"},
        {"canned.", "thread"},
        {"task.", "task"},
        {"touch.", "touch"},
        {"attempt.", "touch"},
        {"patient.", "patient"},
        {"contact.", "patient"},
        {"consent.", "patient"},
        {"suppression.", "patient"},
        {"appointment.", "patient"},
        {"enrollment.", "patient"},
        {"journey.", "patient"},
        {"practice.", "playbook"},
        {"playbook.", "playbook"},
        {"import.", "import"},
        {"source.", "import"},
        {"record.", "import"},
        {"file.", "settings"},
        {"account.added", "staff"},
        {"account.changed", "staff"},
        {"key.", "staff"},
    };
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
        if (text_starts(action, topics[i].start))
            return topics[i].topic;
    }
    return NULL;
}

/* ---- looking ---- */

static void copy_text(char *into, size_t room, const char *text)
{
    size_t len = text ? strnlen(text, room - 1) : 0;
    memcpy(into, text ? text : "", len);
    into[len] = '\0';
}

/* "engine.12-http.3": the place of every chain. Under the lock. */
static void write_id(const struct hub *hub, char *id, size_t room)
{
    const struct map *places = hub->places;
    size_t used = 0;
    id[0] = '\0';
    for (size_t i = 0; i < places->count && used + 48 < room; i++) {
        int written = snprintf(id + used, room - used, "%s%.24s.%" PRId64, i ? "-" : "",
            places->entries[i].key, *(int64_t *)places->entries[i].value);
        used += written > 0 ? (size_t)written : 0;
    }
}

static void add_event(struct hub *hub, const char *writer, const struct db_rows *rows)
{
    const char *action = db_col_text(rows, 1), *topic = topic_of(action);
    if (!topic)
        return;
    struct hub_event *event = &hub->events[hub->count % HUB_EVENTS_MAX];
    copy_text(event->topic, sizeof(event->topic), topic);
    copy_text(event->action, sizeof(event->action), action);
    copy_text(event->patient_id, sizeof(event->patient_id), db_col_text(rows, 2));
    copy_text(event->subject_id, sizeof(event->subject_id), db_col_text(rows, 3));
    copy_text(event->writer, sizeof(event->writer), writer);
    event->seq = db_col_int(rows, 0);
    event->at_ms = db_col_int(rows, 4);
    write_id(hub, event->id, sizeof(event->id));
    hub->count++;
}

/* The rows of one chain that were not seen yet. */
static enum err read_chain(struct hub *hub, const char *writer, int64_t *place, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(hub->db, &sql_http_audit_after,
        DB_ARGS(db_int("practice_id", hub->home.practice.practice_id), db_text("writer", writer),
            db_int("after", *place), db_int("limit", ROWS_PER_LOOK)),
        &rows, why);
    if (err != ERR_NONE)
        return err;
    pthread_mutex_lock(&hub->lock);
    while (db_next(rows)) {
        *place = db_col_int(rows, 0);
        add_event(hub, writer, rows);
    }
    pthread_mutex_unlock(&hub->lock);
    return db_end(&rows, why);
}

struct head {
    const char *writer;
    int64_t seq;
};

static enum err read_heads(struct hub *hub, struct head heads[], size_t *ret_count, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(hub->db, &sql_http_audit_heads,
        DB_ARGS(db_int("practice_id", hub->home.practice.practice_id)), &rows, why);
    while (err == ERR_NONE && db_next(rows) && *ret_count < 64)
        heads[(*ret_count)++] =
            (struct head){db_col_copy(&hub->scratch, rows, 0), db_col_int(rows, 1)};
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

static enum err look(struct hub *hub, bool first, struct why *why)
{
    struct head heads[64];
    size_t count = 0;
    arena_reset(&hub->scratch);
    enum err err = read_heads(hub, heads, &count, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        int64_t *place = map_get(hub->places, heads[i].writer);
        if (!place) {
            place = ARENA_NEW(&hub->boot, int64_t, 1);
            *place = first ? heads[i].seq : 0;
            pthread_mutex_lock(&hub->lock);
            (void)map_put(hub->places, heads[i].writer, place);
            pthread_mutex_unlock(&hub->lock);
        }
        if (*place < heads[i].seq)
            err = read_chain(hub, heads[i].writer, place, why);
    }
    return err;
}

/* Under the lock. */
static void wake_streams(struct hub *hub, bool beats)
{
    for (struct stream *stream = hub->streams; stream; stream = stream->after) {
        stream->beat = stream->beat || beats;
        if (stream->parked && (stream->beat || stream->next < hub->count || hub->stopping)) {
            stream->parked = false;
            MHD_resume_connection(stream->mhd);
        }
    }
}

/* Only this thread writes events: what it reads of them needs no lock. */
static enum err run_hooks(struct hub *hub, struct why *why)
{
    uint64_t from =
        hub->count - hub->told > HUB_EVENTS_MAX ? hub->count - HUB_EVENTS_MAX : hub->told;
    size_t count = (size_t)(hub->count - from);
    struct hook_event *events = ARENA_NEW(&hub->scratch, struct hook_event, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct hub_event *event = &hub->events[(from + i) % HUB_EVENTS_MAX];
        events[i] = (struct hook_event){event->writer, event->topic, event->action,
            event->patient_id, event->subject_id, event->seq, event->at_ms};
    }
    enum err err = count ? hooks_tell(&hub->hooks, &hub->scratch, events, count, why) : ERR_NONE;
    if (err == ERR_NONE)
        hub->told = from + count;
    return err == ERR_NONE ? hooks_run(&hub->hooks, &hub->scratch, why) : err;
}

static void *watch(void *context)
{
    struct hub *hub = context;
    pthread_mutex_lock(&hub->lock);
    while (!hub->stopping) {
        pthread_mutex_unlock(&hub->lock);
        struct why why = {0};
        /* A store that is away for a moment is looked at again; a gap would be told by the ids. */
        if (look(hub, false, &why) != ERR_NONE || run_hooks(hub, &why) != ERR_NONE)
            hub->env->clock.sleep_ms(hub->env->clock.self, HUB_LOOK_MS);
        pthread_mutex_lock(&hub->lock);
        int64_t now_ms = machine_now(hub).ms;
        bool beats = now_ms - hub->beat_ms >= HUB_BEAT_MS;
        if (beats)
            hub->beat_ms = now_ms;
        wake_streams(hub, beats);
        int64_t until_ms = now_ms + HUB_LOOK_MS;
        const struct timespec until = {
            .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
        if (!hub->stopping)
            (void)pthread_cond_timedwait(&hub->stopped, &hub->lock, &until);
    }
    wake_streams(hub, false);
    pthread_mutex_unlock(&hub->lock);
    return NULL;
}

/* ---- opening and closing ---- */

/* Where an earlier life stopped telling webhooks. */
static enum err read_places(struct hub *hub, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(hub->db, &sql_http_places,
        DB_ARGS(db_int("practice_id", hub->home.practice.practice_id)), &rows, why);
    while (err == ERR_NONE && db_next(rows)) {
        int64_t *place = ARENA_NEW(&hub->boot, int64_t, 1);
        *place = db_col_int(rows, 1);
        (void)map_put(hub->places, db_col_text(rows, 0), place);
    }
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

enum err hub_open(struct hub *hub, const struct env *env, const char *dir, struct why *reterr_why)
{
    *hub = (struct hub){.env = env};
    arena_init(&hub->boot, 0);
    arena_init(&hub->scratch, 0);
    pthread_mutex_init(&hub->lock, NULL);
    pthread_cond_init(&hub->stopped, NULL);
    struct map *places = ARENA_NEW(&hub->boot, struct map, 1);
    map_init(places, &hub->boot);
    hub->places = places;
    hub->events = ARENA_NEW(&hub->boot, struct hub_event, HUB_EVENTS_MAX);
    hub->own = ARENA_NEW(&hub->boot, struct env, 1);
    enum err err = env_os_open(&hub->boot, hub->own, reterr_why);
    if (err == ERR_NONE)
        err = home_load(&hub->boot, hub->own, dir, &hub->home, reterr_why);
    if (err == ERR_NONE)
        err = home_open_store(&hub->boot, &hub->home, CACHE_KIB, &hub->db, reterr_why);
    if (err == ERR_NONE)
        err = read_places(hub, reterr_why);
    if (err == ERR_NONE)
        err = look(hub, true, reterr_why);
    hooks_open(&hub->hooks, hub->own, &hub->home, hub->db);
    if (err != ERR_NONE)
        return err;
    hub->running = pthread_create(&hub->thread, NULL, watch, hub) == 0;
    return hub->running ? ERR_NONE
                        : why_set(reterr_why, ERR_IO, "the machine gives no more threads");
}

void hub_stop(struct hub *hub)
{
    if (!hub->env)
        return;
    pthread_mutex_lock(&hub->lock);
    hub->stopping = true;
    pthread_cond_signal(&hub->stopped);
    pthread_mutex_unlock(&hub->lock);
    if (hub->running)
        (void)pthread_join(hub->thread, NULL);
    hub->running = false;
}

void hub_close(struct hub *hub)
{
    if (!hub->env)
        return;
    hub_stop(hub);
    hooks_close(&hub->hooks);
    db_close(hub->db);
    env_os_close(hub->own);
    pthread_cond_destroy(&hub->stopped);
    pthread_mutex_destroy(&hub->lock);
    arena_release(&hub->scratch);
    arena_release(&hub->boot);
    hub->env = NULL;
}

/* ---- streams ---- */

static void find_place(struct hub *hub, struct stream *stream, const char *last_id)
{
    uint64_t oldest = hub->count > HUB_EVENTS_MAX ? hub->count - HUB_EVENTS_MAX : 0;
    stream->next = hub->count;
    if (!last_id || !*last_id)
        return;
    char here[HUB_TEXT_MAX / 2];
    write_id(hub, here, sizeof(here));
    if (text_is(here, last_id))
        return;
    for (uint64_t i = hub->count; i > oldest; i--) {
        if (text_is(hub->events[(i - 1) % HUB_EVENTS_MAX].id, last_id)) {
            stream->next = i;
            return;
        }
    }
    stream->reset = true;
}

bool hub_add(struct hub *hub, struct stream *stream, const char *last_id)
{
    pthread_mutex_lock(&hub->lock);
    bool room = hub->stream_count < HUB_STREAMS_MAX && !hub->stopping;
    if (room) {
        find_place(hub, stream, last_id);
        stream->ends = instant_add_ms(machine_now(hub), STREAM_MS_MAX);
        stream->after = hub->streams;
        hub->streams = stream;
        hub->stream_count++;
    }
    pthread_mutex_unlock(&hub->lock);
    return room;
}

void hub_remove(struct hub *hub, struct stream *stream)
{
    pthread_mutex_lock(&hub->lock);
    for (struct stream **at = &hub->streams; *at; at = &(*at)->after) {
        if (*at == stream) {
            *at = stream->after;
            hub->stream_count--;
            break;
        }
    }
    pthread_mutex_unlock(&hub->lock);
}

/* An id is written by us or is a file's name: nothing in it needs escaping; what does is left out.
 */
static bool is_plain(const char *text)
{
    return *text && strcspn(text, "\"\\\n\r") == strlen(text);
}

static size_t put_event(const struct hub_event *event, bool sees_patients, char *bytes, size_t room)
{
    char ids[160] = "";
    if (sees_patients && is_plain(event->patient_id))
        (void)snprintf(ids, sizeof(ids), ",\"patient_id\":\"%s\"", event->patient_id);
    size_t used = strlen(ids);
    if ((sees_patients || !*event->patient_id) && is_plain(event->subject_id))
        (void)snprintf(ids + used, sizeof(ids) - used, ",\"subject_id\":\"%s\"", event->subject_id);
    int written =
        snprintf(bytes, room, "id: %s\nevent: %s\ndata: {\"topic\":\"%s\",\"action\":\"%s\"%s}\n\n",
            event->id, event->topic, event->topic, event->action, ids);
    return written > 0 && (size_t)written < room ? (size_t)written : 0;
}

static size_t put_text(char *bytes, size_t room, const char *text)
{
    size_t len = strlen(text);
    if (len > room)
        return 0;
    memcpy(bytes, text, len);
    return len;
}

/* What is new, as much as fits. Under the lock. */
static size_t fill(struct hub *hub, struct stream *stream, char *bytes, size_t room)
{
    size_t used = 0;
    if (!stream->begun)
        used = put_text(bytes, room, "retry: 2000\n\n");
    stream->begun = true;
    if (hub->count - stream->next > HUB_EVENTS_MAX)
        stream->reset = true;
    if (stream->reset) {
        char here[HUB_TEXT_MAX / 2];
        write_id(hub, here, sizeof(here));
        int written = snprintf(bytes + used, room - used,
            "id: %s\nevent: reset\ndata: {\"topic\":\"reset\",\"action\":\"reset\"}\n\n", here);
        used += written > 0 ? (size_t)written : 0;
        stream->reset = false;
        stream->next = hub->count;
    }
    while (stream->next < hub->count && room - used > HUB_TEXT_MAX) {
        used += put_event(&hub->events[stream->next % HUB_EVENTS_MAX], stream->sees_patients,
            bytes + used, room - used);
        stream->next++;
    }
    if (used == 0 && stream->beat)
        used = put_text(bytes, room, ":\n\n");
    stream->beat = false;
    return used;
}

ssize_t hub_read(void *context, uint64_t place, char *bytes, size_t bytes_max)
{
    (void)place;
    const struct hub_reader *reader = context;
    struct hub *hub = reader->hub;
    struct stream *stream = reader->stream;
    pthread_mutex_lock(&hub->lock);
    ssize_t given = MHD_CONTENT_READER_END_OF_STREAM;
    if (!hub->stopping && instant_before(machine_now(hub), stream->ends)) {
        given = (ssize_t)fill(hub, stream, bytes, bytes_max);
        if (given == 0) {
            stream->parked = true;
            MHD_suspend_connection(stream->mhd);
        }
    }
    pthread_mutex_unlock(&hub->lock);
    return given;
}
