/* stream.c: see stream.h. */
#include "http/stream.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "http_sql.h"

enum { KIND_EACH = 10 }; /* more of one kind at once are told as a number */

static const char behind[] = "event: reset\ndata: {\"reason\":\"behind\"}\n\n";

enum stream_state {
    STREAM_FREE,
    STREAM_OPEN,
    STREAM_GONE, /* nobody reads it; the thread that tells gives its memory back */
};

struct stream {
    struct streams *streams;
    /* Under the lock. */
    enum stream_state state;
    struct MHD_Connection *mhd; /* NULL: not started yet */
    bool parked, ending;
    struct backlog backlog;
    /* The telling thread's own. */
    struct arena arena;
    const char *actor, *token, *locations;
    bool by_key, lost, joined;
    permission_set may;
    struct change_position *after;
    struct instant opened, checked, said;
};

struct streams {
    struct http *http;
    struct http_desk desk;
    unsigned generation; /* of the home that the desk has read */
    bool desk_open, running;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a stream came or went, or stop */
    bool stopping;          /* under the lock */
    struct stream list[STREAMS_MAX];
    /* The thread's own. */
    struct arena tick;
    struct change_position at; /* told to all who have joined */
    int64_t look_ms;
};

/* ---- a stream's own end ---- */

/* With the lock held. */
static void let_read(struct stream *stream)
{
    if (stream->parked) {
        stream->parked = false;
        MHD_resume_connection(stream->mhd);
    }
}

static ssize_t read_stream(void *context, uint64_t position, char *bytes, size_t bytes_max)
{
    (void)position;
    struct stream *stream = context;
    ssize_t taken = 0;
    pthread_mutex_lock(&stream->streams->lock);
    if (stream->backlog.len > 0) {
        taken = (ssize_t)backlog_take(&stream->backlog, bytes, bytes_max);
    } else if (stream->streams->stopping || stream->ending) {
        taken = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        stream->parked = true;
        MHD_suspend_connection(stream->mhd);
    }
    pthread_mutex_unlock(&stream->streams->lock);
    return taken;
}

static void leave_stream(void *context)
{
    stream_drop(context);
}

void stream_drop(struct stream *stream)
{
    pthread_mutex_lock(&stream->streams->lock);
    stream->state = STREAM_GONE;
    pthread_cond_signal(&stream->streams->changed);
    pthread_mutex_unlock(&stream->streams->lock);
}

struct MHD_Response *stream_start(struct stream *stream, struct MHD_Connection *mhd)
{
    enum { BLOCK_BYTES = 4096 };
    stream->mhd = mhd;
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, stream, leave_stream);
    if (!response)
        stream_drop(stream);
    return response;
}

/* ---- saying something ---- */

static void say(struct stream *stream, const char *text)
{
    pthread_mutex_lock(&stream->streams->lock);
    if (stream->state == STREAM_OPEN && !stream->ending) {
        backlog_add(&stream->backlog, text);
        let_read(stream);
    }
    pthread_mutex_unlock(&stream->streams->lock);
}

static void end(struct stream *stream, const char *text)
{
    say(stream, text);
    pthread_mutex_lock(&stream->streams->lock);
    stream->ending = true;
    if (stream->state == STREAM_OPEN)
        let_read(stream);
    pthread_mutex_unlock(&stream->streams->lock);
}

static bool is_open(struct stream *stream)
{
    pthread_mutex_lock(&stream->streams->lock);
    bool open = stream->state == STREAM_OPEN && !stream->ending;
    pthread_mutex_unlock(&stream->streams->lock);
    return open;
}

/* ---- what each may hear ---- */

enum hearing { HEAR_NOTHING, HEAR_TOPIC, HEAR_ALL };

static bool is_of_patients(enum change_topic topic)
{
    return topic == CHANGE_THREAD || topic == CHANGE_TASK || topic == CHANGE_PATIENT
        || topic == CHANGE_TOUCH;
}

/* Who is limited to locations hears of the patients there; of what is nobody's, that it changed. */
static enum err hearing_of(struct streams *streams, const struct stream *stream,
    const struct change *change, enum hearing *ret_hearing, struct why *why)
{
    *ret_hearing = stream->may >> change->kind->may & 1 ? HEAR_ALL : HEAR_NOTHING;
    if (*ret_hearing == HEAR_NOTHING || !stream->locations || !is_of_patients(change->kind->topic))
        return ERR_NONE;
    *ret_hearing = HEAR_TOPIC;
    if (!change->whose)
        return ERR_NONE;
    int64_t seen = 0;
    enum err err = db_query_int(streams->desk.db, &sql_http_patient_seen,
        DB_ARGS(db_int("practice_id", streams->desk.home->practice.practice_id),
            db_text("patient_id", change->whose), db_text("locations", stream->locations)),
        &seen, why);
    if (err == ERR_NONE || err == ERR_NOT_FOUND)
        *ret_hearing = err == ERR_NONE ? HEAR_ALL : HEAR_NOTHING;
    return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static const char *event_text(struct arena *arena, const struct change *change, bool all)
{
    const char *topic = change_topic_name(change->kind->topic);
    JSON_AUTO data = json_pack("{s:s, s:s}", "topic", topic, "type", change->kind->type);
    const struct {
        const char *name, *value;
    } ids[] = {{"patient_id", change->patient_id}, {"subject_id", change->subject_id},
        {"thread_id", change->thread_id}};
    for (size_t i = 0; all && i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (ids[i].value)
            json_object_set_new(data, ids[i].name, json_text(ids[i].value));
    }
    if (all && change->count)
        json_object_set_new(data, "count", json_integer(change->count));
    return arena_format(arena, "event: %s\ndata: %s\n\n", topic, json_text_of(arena, data));
}

static bool same(const struct change *a, const struct change *b)
{
    return a->kind == b->kind && text_is(a->patient_id, b->patient_id)
        && text_is(a->subject_id, b->subject_id) && text_is(a->whose, b->whose);
}

/* Once is enough; many of a kind become one with their number. */
static size_t gather(struct arena *arena, struct change *changes, size_t count)
{
    size_t *of_kind = ARENA_NEW(arena, size_t, change_kind_count);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        of_kind[changes[i].kind - change_kinds]++;
    for (size_t i = 0; i < count; i++) {
        size_t *many = &of_kind[changes[i].kind - change_kinds];
        struct change change = changes[i];
        if (*many == 0)
            continue; /* told as a number */
        if (*many > KIND_EACH) {
            change = (struct change){.kind = change.kind, .at = change.at, .count = (int64_t)*many};
            *many = 0;
        }
        bool known = false;
        for (size_t k = 0; k < kept && !known; k++)
            known = same(&changes[k], &change);
        if (!known)
            changes[kept++] = change;
    }
    return kept;
}

static enum err tell_one(struct streams *streams, struct stream *stream,
    const struct change *changes, size_t count, const char *place, struct why *why)
{
    enum err err = ERR_NONE;
    bool told = false;
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        enum hearing hearing = HEAR_NOTHING;
        err = hearing_of(streams, stream, &changes[i], &hearing, why);
        if (err != ERR_NONE || hearing == HEAR_NOTHING)
            continue;
        say(stream, event_text(&streams->tick, &changes[i], hearing == HEAR_ALL));
        told = true;
    }
    if (err == ERR_NONE && told)
        say(stream, place);
    return err;
}

static char *place_text(struct arena *arena, const struct change_position *position)
{
    return arena_format(arena, "id: %s\n\n", change_position_text(arena, position));
}

static void tell_reset(struct streams *streams, struct stream *stream)
{
    say(stream,
        arena_format(&streams->tick, "event: reset\ndata: {\"reason\":\"missed\"}\n%s",
            place_text(&streams->tick, &streams->at)));
}

/* What lies between the two, to one who comes back, or to all who have joined (`only` NULL). */
static enum err tell_between(struct streams *streams, const struct change_position *from,
    const struct change_position *to, struct stream *only, struct why *why)
{
    int64_t rows = change_distance(from, to);
    int64_t practice_id = streams->desk.home->practice.practice_id;
    struct arena *tick = &streams->tick;
    struct change *changes = NULL;
    size_t count = 0;
    enum err err = ERR_NONE;
    bool reset = rows < 0 || (only && (only->lost || rows > STREAM_ROWS_BACK));
    if (rows > STREAM_ROWS_EACH)
        streams->look_ms = STREAM_BUSY_LOOK_MS;
    if (!reset && rows > STREAM_ROWS_EACH)
        err = change_count(tick, streams->desk.db, practice_id, from, to, &changes, &count, why);
    else if (!reset && rows > 0)
        err = change_read(tick, streams->desk.db, practice_id, from, to, &changes, &count, why);
    if (err == ERR_NONE && count > 0)
        count = gather(tick, changes, count);
    const char *place = place_text(tick, to);
    for (size_t i = 0; i < STREAMS_MAX && err == ERR_NONE; i++) {
        struct stream *stream = &streams->list[i];
        if (!is_open(stream) || (only ? stream != only : !stream->joined))
            continue;
        if (reset)
            tell_reset(streams, stream);
        else
            err = tell_one(streams, stream, changes, count, place, why);
    }
    return err;
}

/* ---- the thread that tells ---- */

static enum err look(struct streams *streams, struct why *why)
{
    bool anybody = false;
    struct change_position *here = ARENA_NEW(&streams->tick, struct change_position, 1);
    enum err err =
        change_here(streams->desk.db, streams->desk.home->practice.practice_id, here, why);
    streams->look_ms = STREAM_LOOK_MS;
    for (size_t i = 0; i < STREAMS_MAX; i++)
        anybody = anybody || (is_open(&streams->list[i]) && streams->list[i].joined);
    if (err == ERR_NONE && anybody)
        err = tell_between(streams, &streams->at, here, NULL, why);
    if (err == ERR_NONE)
        streams->at = *here;
    for (size_t i = 0; i < STREAMS_MAX && err == ERR_NONE; i++) {
        struct stream *stream = &streams->list[i];
        if (!is_open(stream) || stream->joined)
            continue;
        err = tell_between(streams, stream->after, &streams->at, stream, why);
        stream->joined = err == ERR_NONE;
    }
    return err;
}

/* ERR_DENIED: it may not listen any more. */
static enum err read_rights(
    struct streams *streams, struct stream *stream, struct instant now, struct why *why)
{
    const struct practice *practice = &streams->desk.home->practice;
    struct account_api_key key;
    struct session session;
    enum err err;
    if (stream->by_key) {
        err = account_key(
            &streams->tick, streams->desk.db, practice->practice_id, now, stream->token, &key, why);
        if (err == ERR_NONE)
            stream->may = key.scopes;
        return err;
    }
    err = account_session(&streams->tick, streams->desk.db, practice->practice_id, now,
        stream->token, practice->idle_logoff_min * MS_PER_MINUTE, &session, why);
    if (err != ERR_NONE)
        return err;
    bool emergency = session.emergency_until.ms > now.ms;
    const char *locations = emergency ? NULL : session.account.locations;
    stream->may = role_permissions(session.account.role);
    if (!text_is(locations, stream->locations))
        stream->locations = arena_text(&stream->arena, locations);
    return session.awaits_second_factor ? ERR_DENIED : ERR_NONE;
}

/* By the machine's own clock, as is every wait here: the home's may stand ahead and still. */
static struct instant machine_now(const struct streams *streams)
{
    const struct env_clock *clock = &streams->desk.env->clock;
    return clock->now(clock->self);
}

static enum err check(struct streams *streams, struct stream *stream, struct why *why)
{
    struct instant machine = machine_now(streams);
    if (machine.ms - stream->checked.ms >= STREAM_CHECK_MS) {
        struct why own = {0};
        stream->checked = machine;
        enum err err = read_rights(streams, stream, http__now(streams->http), &own);
        if (err == ERR_DENIED
            || (err == ERR_NONE && !(stream->may >> PERMISSION_EVENTS_READ & 1))) {
            end(stream, "event: end\ndata: {\"reason\":\"signed_out\"}\n\n");
            return ERR_NONE;
        }
        if (err != ERR_NONE) {
            *why = own;
            return err;
        }
    }
    if (machine.ms - stream->said.ms >= STREAM_BEAT_MS) {
        stream->said = machine;
        say(stream,
            arena_format(&streams->tick, ":\n%s", place_text(&streams->tick, &streams->at)));
    }
    return ERR_NONE;
}

static void beat(struct streams *streams)
{
    struct why why = {0};
    enum err err = look(streams, &why);
    for (size_t i = 0; i < STREAMS_MAX && err == ERR_NONE; i++) {
        if (is_open(&streams->list[i]))
            err = check(streams, &streams->list[i], &why);
    }
    if (err == ERR_NONE)
        return;
    char text[640];
    why_format(&why, text, sizeof(text));
    http__tell(streams->http, "trouble", text);
    streams->look_ms = STREAM_BUSY_LOOK_MS;
}

/* How many are open; memory of those that are gone is given back. With the lock held. */
static size_t reap(struct streams *streams)
{
    size_t open = 0;
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        struct stream *stream = &streams->list[i];
        open += stream->state == STREAM_OPEN;
        if (stream->state != STREAM_GONE)
            continue;
        arena_release(&stream->arena);
        *stream = (struct stream){.streams = streams};
    }
    return open;
}

size_t streams_count(struct streams *streams)
{
    size_t open = 0;
    pthread_mutex_lock(&streams->lock);
    for (size_t i = 0; i < STREAMS_MAX; i++)
        open += streams->list[i].state == STREAM_OPEN;
    pthread_mutex_unlock(&streams->lock);
    return open;
}

/* False: the end. */
static bool wait_turn(struct streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    bool paused = false;
    while (!streams->stopping && (reap(streams) == 0 || !paused)) {
        int64_t until_ms = machine_now(streams).ms + streams->look_ms;
        const struct timespec until = {
            .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
        if (reap(streams) == 0)
            (void)pthread_cond_wait(&streams->changed, &streams->lock);
        else
            (void)pthread_cond_timedwait(&streams->changed, &streams->lock, &until);
        paused = true;
    }
    bool more = !streams->stopping;
    pthread_mutex_unlock(&streams->lock);
    return more;
}

static void *tell(void *context)
{
    struct streams *streams = context;
    while (wait_turn(streams)) {
        arena_reset(&streams->tick);
        http__keep_up(streams->http, &streams->desk, &streams->generation);
        beat(streams);
    }
    return NULL;
}

/* ---- opening and closing ---- */

enum err streams_open(
    struct arena *boot, struct http *http, struct streams **ret_streams, struct why *reterr_why)
{
    struct streams *streams = ARENA_NEW(boot, struct streams, 1);
    streams->http = http;
    streams->look_ms = STREAM_LOOK_MS;
    pthread_mutex_init(&streams->lock, NULL);
    pthread_cond_init(&streams->changed, NULL);
    arena_init(&streams->tick, 0);
    for (size_t i = 0; i < STREAMS_MAX; i++)
        streams->list[i].streams = streams;
    *ret_streams = streams; /* closed by the caller, also when it could not be opened */
    enum err err = http__open_desk(http, &streams->desk, reterr_why);
    streams->desk_open = err == ERR_NONE;
    if (err != ERR_NONE)
        return err;
    streams->running = pthread_create(&streams->thread, NULL, tell, streams) == 0;
    return streams->running ? ERR_NONE
                            : why_set(reterr_why, ERR_IO, "the machine gives no more threads");
}

void streams_stop(struct streams *streams)
{
    if (!streams)
        return;
    pthread_mutex_lock(&streams->lock);
    streams->stopping = true;
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        if (streams->list[i].state == STREAM_OPEN)
            let_read(&streams->list[i]);
    }
    pthread_cond_signal(&streams->changed);
    pthread_mutex_unlock(&streams->lock);
    if (streams->running)
        (void)pthread_join(streams->thread, NULL);
    streams->running = false;
}

void streams_close(struct streams *streams)
{
    if (!streams)
        return;
    size_t open = reap(streams);
    assert(open == 0); /* the daemon has ended every answer */
    if (streams->desk_open)
        http_desk_close(&streams->desk);
    arena_release(&streams->tick);
    pthread_cond_destroy(&streams->changed);
    pthread_mutex_destroy(&streams->lock);
}

/* A free place; the oldest stream of somebody who has too many ends. With the lock held. */
static struct stream *find_place(struct streams *streams, const char *actor)
{
    struct stream *place = NULL, *oldest = NULL;
    size_t own = 0;
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        struct stream *stream = &streams->list[i];
        if (stream->state == STREAM_FREE) {
            place = place ? place : stream;
        } else if (stream->state == STREAM_OPEN && !stream->ending
            && text_is(stream->actor, actor)) {
            own++;
            if (!oldest || instant_before(stream->opened, oldest->opened))
                oldest = stream;
        }
    }
    if (place && own >= STREAMS_EACH_MAX) {
        oldest->ending = true;
        let_read(oldest);
    }
    return place;
}

struct stream *stream_reserve(struct streams *streams, const struct stream_plan *plan)
{
    struct instant now = machine_now(streams);
    pthread_mutex_lock(&streams->lock);
    struct stream *stream = streams->stopping ? NULL : find_place(streams, plan->actor);
    if (stream) {
        struct arena *arena = &stream->arena;
        arena_init(arena, 0);
        backlog_init(&stream->backlog, arena, behind);
        stream->actor = arena_text(arena, plan->actor);
        stream->token = arena_text(arena, plan->token);
        stream->locations = arena_text(arena, plan->locations);
        stream->by_key = plan->by_key;
        stream->may = plan->may;
        stream->lost = plan->lost;
        stream->after = ARENA_NEW(arena, struct change_position, 1);
        *stream->after = *plan->after;
        stream->opened = stream->checked = stream->said = now;
        backlog_add(&stream->backlog,
            arena_format(arena, "retry: 2000\n%s", place_text(arena, stream->after)));
        stream->state = STREAM_OPEN;
        pthread_cond_signal(&streams->changed);
    }
    pthread_mutex_unlock(&streams->lock);
    return stream;
}
