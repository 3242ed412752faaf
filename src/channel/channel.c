/* channel.c: the open channels of one practice: rate, flights, receipts. */
#include "channel/channel.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "channel/driver.h"

enum {
    FLIGHTS_MAX = NET_IN_FLIGHT_MAX,
    FLIGHT_BYTES_MAX = 4 << 20,     /* one message with its HTML is well below */
    CONFIG_STOP_MS = 5 * 60 * 1000, /* how long wrong credentials stop a channel */
    BURST_MS = 1000,                /* a second's worth may leave at once */
};

struct flight {
    bool used, is_ask;
    struct arena arena;
    enum channel_kind kind;
    char attempt_id[37];
    const char *body; /* of the doubt asked about */
    struct net_request request;
};

struct sender {
    const struct channel_driver *driver;
    const struct channel_setting *setting;
    void *self;
    double
        spent_ms; /* theoretical arrival time: what was let through has used up the rate to here */
    double promised_ms; /* and what was told to come back, to here */
    struct instant stopped_until;
    const char *trouble;
};

/* Receipts that need no network, and flights that could not take off. */
struct ready {
    enum channel_kind kind;
    char attempt_id[37];
    bool is_ask;
    enum receipt_outcome outcome;
};

struct channels {
    const struct practice *practice;
    const struct env_net *net;
    struct sender senders[CHANNEL_KIND_MAX];
    struct flight flights[FLIGHTS_MAX];
    size_t in_flight;
    struct ready ready[FLIGHTS_MAX];
    size_t ready_first, ready_count;
};

static const struct channel_driver *driver_named(const char *name)
{
    static const struct {
        const char *name;
        const struct channel_driver *driver;
    } drivers[] = {
        {"null", &channel_null},
        {"task", &channel_null},
        {"twilio", &channel_sms_twilio},
        {"smtp", &channel_email_smtp},
    };
    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        if (text_is(drivers[i].name, name))
            return drivers[i].driver;
    }
    return NULL;
}

enum err channel_secret(const struct channel_secrets *secrets,
    const struct channel_setting *setting, const char *name, const char **ret_value,
    struct why *reterr_why)
{
    for (size_t i = 0; name && i < secrets->count; i++) {
        if (text_is(secrets->names[i], name)) {
            *ret_value = secrets->values[i];
            return ERR_NONE;
        }
    }
    why_place(reterr_why, "perennial.yaml:%d", setting->line);
    why_hint(reterr_why, "Write the secret into secrets/%s (mode 0600) and name it as secret_file",
        name ? name : "provider_token");
    return why_set(reterr_why, ERR_INPUT, "the %s driver has no secret", setting->driver);
}

enum err channels_open(struct arena *boot, const struct practice *practice,
    const struct channel_secrets *secrets, const struct env_net *net,
    struct channels **ret_channels, struct why *reterr_why)
{
    struct channels *channels = ARENA_NEW(boot, struct channels, 1);
    channels->practice = practice;
    channels->net = net;
    for (int kind = 0; kind < CHANNEL_KIND_MAX; kind++) {
        struct sender *sender = &channels->senders[kind];
        sender->setting = &practice->channels[kind];
        const char *name = sender->setting->driver ? sender->setting->driver : "null";
        sender->driver = driver_named(name);
        if (!sender->driver) {
            why_place(reterr_why, "perennial.yaml:%d", sender->setting->line);
            why_hint(reterr_why, "The drivers are null, twilio, smtp and task");
            return why_set(reterr_why, ERR_INPUT, "there is no driver \"%s\"", name);
        }
        enum err err =
            sender->driver->open(boot, sender->setting, secrets, &sender->self, reterr_why);
        if (err != ERR_NONE)
            return err;
    }
    *ret_channels = channels;
    return ERR_NONE;
}

void channels_close(struct channels *channels)
{
    if (!channels)
        return;
    for (size_t i = 0; i < FLIGHTS_MAX; i++)
        arena_release(&channels->flights[i].arena);
}

const char *channels_driver(const struct channels *channels, enum channel_kind kind)
{
    return kind == CHANNEL_TASK ? "task" : channels->senders[kind].driver->name;
}

bool channels_leaves(const struct channels *channels, enum channel_kind kind)
{
    return channels->senders[kind].driver->leaves;
}

static bool on_loopback(const char *host)
{
    return text_starts(host, "127.") || text_is(host, "localhost") || text_is(host, "::1")
        || text_is(host, "[::1]");
}

bool channels_loopback_only(const struct channels *channels, const char **ret_offender)
{
    for (int kind = 0; kind < CHANNEL_KIND_MAX; kind++) {
        const struct sender *sender = &channels->senders[kind];
        if (!sender->driver->leaves)
            continue;
        const char *host = sender->driver->host(sender->self);
        if (!on_loopback(host)) {
            *ret_offender = host;
            return false;
        }
    }
    return true;
}

/* The generic cell rate algorithm (ITU-T I.371): 0 and the units are taken, or the wait until a
 * slot of one's own, so that a crowd does not come back all at once. */
static int64_t rate_wait_ms(struct sender *sender, int64_t units, struct instant now)
{
    double rate_per_s = sender->setting->rate_per_s > 0 ? sender->setting->rate_per_s : 1.0;
    double cost_ms = (double)units * 1000.0 / rate_per_s, now_ms = (double)now.ms;
    double burst_ms = cost_ms > BURST_MS ? cost_ms : BURST_MS;
    double after_ms = (sender->spent_ms > now_ms ? sender->spent_ms : now_ms) + cost_ms;
    if (after_ms - now_ms <= burst_ms) {
        sender->spent_ms = after_ms;
        return 0;
    }
    if (sender->promised_ms < sender->spent_ms)
        sender->promised_ms = sender->spent_ms;
    sender->promised_ms += cost_ms;
    return (int64_t)(sender->promised_ms - burst_ms - now_ms) + 1;
}

int64_t channels_reserve(
    struct channels *channels, enum channel_kind kind, int64_t units, struct instant now)
{
    struct sender *sender = &channels->senders[kind];
    if (!sender->driver->leaves)
        return channels->ready_count < FLIGHTS_MAX ? 0 : 1;
    if (instant_before(now, sender->stopped_until))
        return sender->stopped_until.ms - now.ms;
    if (channels->in_flight + channels->ready_count >= FLIGHTS_MAX)
        return 100;
    return rate_wait_ms(sender, units, now);
}

const char *channels_trouble(
    const struct channels *channels, enum channel_kind kind, struct instant now)
{
    const struct sender *sender = &channels->senders[kind];
    return instant_before(now, sender->stopped_until) ? sender->trouble : NULL;
}

static void make_ready(struct channels *channels, enum channel_kind kind, const char *attempt_id,
    bool is_ask, enum receipt_outcome outcome)
{
    assert(channels->ready_count < FLIGHTS_MAX);
    size_t slot = (channels->ready_first + channels->ready_count++) % FLIGHTS_MAX;
    struct ready *ready = &channels->ready[slot];
    *ready = (struct ready){.kind = kind, .is_ask = is_ask, .outcome = outcome};
    memcpy(ready->attempt_id, attempt_id, strlen(attempt_id) + 1);
}

static struct flight *flight_take(struct channels *channels)
{
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        struct flight *flight = &channels->flights[i];
        if (flight->used)
            continue;
        if (!flight->arena.bytes_max)
            arena_init(&flight->arena, FLIGHT_BYTES_MAX);
        flight->used = true;
        flight->request = (struct net_request){.tag = i};
        channels->in_flight++;
        return flight;
    }
    return NULL;
}

static void flight_land(struct channels *channels, struct flight *flight)
{
    assert(flight->used && channels->in_flight > 0);
    arena_reset(&flight->arena);
    flight->used = false;
    channels->in_flight--;
}

/* Off it goes; when the network cannot take it, it never left. */
static void flight_start(struct channels *channels, struct flight *flight)
{
    int64_t timeout_ms = channels->senders[flight->kind].setting->timeout_ms;
    if (timeout_ms <= 0 || timeout_ms > CHANNEL_TIMEOUT_MS_MAX)
        timeout_ms = CHANNEL_TIMEOUT_MS_MAX;
    flight->request.timeout_ms = timeout_ms;
    flight->request.tag = (uint64_t)(flight - channels->flights);
    if (channels->net->submit(channels->net->self, &flight->request))
        return;
    make_ready(channels, flight->kind, flight->attempt_id, flight->is_ask, RECEIPT_NOT_SENT);
    flight_land(channels, flight);
}

void channels_send(struct channels *channels, const struct outgoing *outgoing, struct instant now)
{
    const struct sender *sender = &channels->senders[outgoing->channel];
    if (!sender->driver->leaves) {
        make_ready(channels, outgoing->channel, outgoing->attempt_id, false, RECEIPT_ACCEPTED);
        return;
    }
    struct flight *flight = flight_take(channels);
    if (!flight) {
        make_ready(channels, outgoing->channel, outgoing->attempt_id, false, RECEIPT_NOT_SENT);
        return;
    }
    flight->is_ask = false;
    flight->kind = outgoing->channel;
    memcpy(flight->attempt_id, outgoing->attempt_id, strlen(outgoing->attempt_id) + 1);
    sender->driver->request(&flight->arena, sender->self, outgoing, now, &flight->request);
    flight_start(channels, flight);
}

void channels_ask(struct channels *channels, const struct doubt *doubt, struct instant now)
{
    (void)now;
    const struct sender *sender = &channels->senders[doubt->channel];
    struct flight *flight = sender->driver->ask ? flight_take(channels) : NULL;
    if (!flight) {
        /* Nobody can be asked: null sent nothing that could be doubled, SMTP cannot say. */
        make_ready(channels, doubt->channel, doubt->attempt_id, true, RECEIPT_IN_DOUBT);
        return;
    }
    flight->is_ask = true;
    flight->kind = doubt->channel;
    memcpy(flight->attempt_id, doubt->attempt_id, sizeof(flight->attempt_id));
    flight->body = arena_text(&flight->arena, doubt->body);
    sender->driver->ask(&flight->arena, sender->self, doubt, &flight->request);
    flight_start(channels, flight);
}

static void take_ready(struct channels *channels, struct channel_event *event)
{
    struct ready *ready = &channels->ready[channels->ready_first];
    channels->ready_first = (channels->ready_first + 1) % FLIGHTS_MAX;
    channels->ready_count--;
    *event = (struct channel_event){.is_answer = ready->is_ask, .channel = ready->kind};
    memcpy(event->attempt_id, ready->attempt_id, sizeof(event->attempt_id));
    memcpy(event->receipt.attempt_id, ready->attempt_id, sizeof(event->attempt_id));
    event->receipt.outcome = ready->outcome;
    event->receipt.code = "";
    event->receipt.detail = "";
    event->receipt.retry_after_s = -1;
    bool leaves = channels->senders[ready->kind].driver->leaves;
    if (ready->is_ask) {
        event->answer = ready->outcome == RECEIPT_NOT_SENT ? DOUBT_NO_ANSWER
            : leaves                                       ? DOUBT_NOBODY_KNOWS
                                                           : DOUBT_ABSENT;
    }
}

/* Wrong credentials fail every message alike: the sender stands still and says why. */
static void stop_sender(struct sender *sender, struct instant now)
{
    sender->stopped_until.ms = now.ms + CONFIG_STOP_MS;
    sender->trouble = "the provider refuses this account or sender: mend the credentials and the "
                      "sender in perennial.yaml, then reload";
}

bool channels_take(struct channels *channels, struct arena *tick, int64_t wait_ms,
    struct instant now, struct channel_event *ret_event)
{
    if (channels->ready_count > 0) {
        take_ready(channels, ret_event);
        return true;
    }
    struct net_reply reply;
    if (channels->in_flight == 0
        || !channels->net->take(channels->net->self, tick, wait_ms, &reply))
        return false;
    assert(reply.tag < FLIGHTS_MAX);
    struct flight *flight = &channels->flights[reply.tag];
    assert(flight->used);
    struct sender *sender = &channels->senders[flight->kind];
    struct channel_event event = {.is_answer = flight->is_ask, .channel = flight->kind};
    memcpy(event.attempt_id, flight->attempt_id, sizeof(event.attempt_id));
    memcpy(event.receipt.attempt_id, flight->attempt_id, sizeof(event.attempt_id));
    event.receipt.retry_after_s = reply.retry_after_s;
    event.receipt.code = "";
    event.receipt.detail = "";
    if (flight->is_ask) {
        event.answer = sender->driver->read_answer(
            tick, sender->self, flight->body, &reply, &event.provider_ids, &event.provider_count);
    } else {
        event.receipt.status = reply.status;
        sender->driver->read(tick, sender->self, &reply, &event.receipt);
        if (event.receipt.outcome == RECEIPT_CONFIG)
            stop_sender(sender, now);
    }
    flight_land(channels, flight);
    *ret_event = event;
    return true;
}

size_t channels_in_flight(const struct channels *channels)
{
    return channels->in_flight + channels->ready_count;
}
