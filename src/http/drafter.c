/* drafter.c: the thread that asks the language model. */
#include "http/drafter.h"

#include "engine/draft.h"
#include "http/sleeper.h"

enum { TAKE_MS = 100, TROUBLE_MS = 1000 };

/* One request, from its lease to what was made of the answer. */
struct asking {
    struct arena arena;
    struct engine_model_draft draft;
    bool used, answered;
    int status; /* 0: no answer */
    const char *bytes;
    size_t len;
};

struct drafter {
    struct arena boot; /* of the net: its own thread's */
    struct http *http;
    struct http_desk desk;
    unsigned generation;
    struct env net;
    bool desk_open, net_open;
    struct sleeper sleeper;
    struct asking askings[LANGUAGE_MODEL_AT_ONCE_MAX];
    int failures; /* in a row */
    struct instant rests_until;
};

static struct instant machine_now(const struct drafter *drafter)
{
    const struct env_clock *clock = &drafter->desk.env->clock;
    return clock->now(clock->self);
}

static size_t under_way(const struct drafter *drafter)
{
    size_t count = 0;
    for (size_t i = 0; i < LANGUAGE_MODEL_AT_ONCE_MAX; i++)
        count += drafter->askings[i].used;
    return count;
}

/* ---- answers ---- */

static void take_answers(struct drafter *drafter, int64_t wait_ms)
{
    const struct env_net *net = &drafter->net.net;
    ARENA struct arena tick;
    arena_init(&tick, 0);
    struct net_reply reply;
    while (net->in_flight(net->self) > 0 && net->take(net->self, &tick, wait_ms, &reply)) {
        struct asking *asking = &drafter->askings[reply.tag];
        bool whole = reply.answered && reply.body_len <= DRAFT_ANSWER_BYTES_MAX;
        asking->answered = true;
        asking->status = reply.answered ? reply.status : 0;
        asking->bytes = arena_text_n(&asking->arena, reply.body, whole ? reply.body_len : 0);
        asking->len = whole ? reply.body_len : 0;
        wait_ms = 0;
    }
}

/* A model that fails again and again is left alone for a while. */
static void count_failure(struct drafter *drafter, enum draft_flaw flaw)
{
    drafter->failures = draft_flaw_is_outage(flaw) ? drafter->failures + 1 : 0;
    if (drafter->failures < DRAFTER_FAILURES_MAX)
        return;
    drafter->failures = 0;
    drafter->rests_until =
        instant_add_ms(machine_now(drafter), drafter->desk.home->practice.language_model.rest_ms);
    http__tell(drafter->http, "language_model",
        "the language model failed three times in a row and is left alone for a while: look at "
        "its server, and at perennial doctor");
}

static enum err settle(struct drafter *drafter, struct why *why)
{
    for (size_t i = 0; i < LANGUAGE_MODEL_AT_ONCE_MAX; i++) {
        struct asking *asking = &drafter->askings[i];
        enum draft_flaw flaw;
        if (!asking->answered)
            continue;
        enum err err =
            engine_end_draft(drafter->desk.engine, &asking->arena, http__now(drafter->http),
                &asking->draft, asking->status, asking->bytes, asking->len, &flaw, why);
        if (err != ERR_NONE)
            return err;
        count_failure(drafter, flaw);
        arena_release(&asking->arena);
        *asking = (struct asking){0};
    }
    return ERR_NONE;
}

/* ---- questions ---- */

static enum err ask_one(struct drafter *drafter, struct asking *asking, struct why *why)
{
    bool found = false;
    arena_init(&asking->arena, 0);
    enum err err = engine_next_draft(drafter->desk.engine, &asking->arena, http__now(drafter->http),
        &asking->draft, &found, why);
    if (err != ERR_NONE || !found) {
        arena_release(&asking->arena);
        return err;
    }
    asking->used = true;
    asking->draft.request.tag = (uint64_t)(asking - drafter->askings);
    if (!drafter->net.net.submit(drafter->net.net.self, &asking->draft.request)) {
        asking->answered = true; /* as one without an answer */
        asking->bytes = "";
    }
    return ERR_NONE;
}

static enum err ask(struct drafter *drafter, struct why *why)
{
    const struct language_model_setting *model = &drafter->desk.home->practice.language_model;
    enum err err = ERR_NONE;
    if (instant_before(machine_now(drafter), drafter->rests_until))
        return ERR_NONE;
    for (int i = 0; i < model->at_once && err == ERR_NONE; i++) {
        bool waits = false;
        if (drafter->askings[i].used)
            continue;
        err = engine_draft_waits(drafter->desk.engine, http__now(drafter->http), &waits, why);
        if (err == ERR_NONE && !waits)
            break;
        if (err == ERR_NONE)
            err = ask_one(drafter, &drafter->askings[i], why);
    }
    return err;
}

/* ---- the thread ---- */

static enum err open_up(struct drafter *drafter, struct why *why)
{
    enum err err = ERR_NONE;
    if (!drafter->desk_open) {
        err = http__open_desk(drafter->http, &drafter->desk, why);
        drafter->desk_open = err == ERR_NONE;
    }
    if (err == ERR_NONE && !drafter->net_open) {
        err = env_os_open(&drafter->boot, &drafter->net, why);
        drafter->net_open = err == ERR_NONE;
    }
    return err;
}

static enum err step(struct drafter *drafter, int64_t *ret_pause_ms, struct why *why)
{
    *ret_pause_ms = DRAFTER_IDLE_MS;
    if (!drafter->desk_open && !http__names_model(drafter->http))
        return ERR_NONE;
    enum err err = open_up(drafter, why);
    if (err != ERR_NONE)
        return err;
    http__keep_up(drafter->http, &drafter->desk, &drafter->generation);
    arena_reset(&drafter->desk.engine->tick);
    take_answers(drafter, TAKE_MS);
    err = settle(drafter, why);
    if (err == ERR_NONE)
        err = ask(drafter, why);
    *ret_pause_ms = under_way(drafter) > 0                ? 0
        : drafter->desk.home->practice.language_model.url ? DRAFTER_LOOK_MS
                                                          : DRAFTER_IDLE_MS;
    return err;
}

static void *run(void *context)
{
    struct drafter *drafter = context;
    int64_t pause_ms = 0;
    while (sleeper_rest(&drafter->sleeper, http__clock(drafter->http), pause_ms)) {
        struct why why = {0};
        enum err err = step(drafter, &pause_ms, &why);
        if (err == ERR_NONE)
            continue;
        pause_ms = TROUBLE_MS;
        char text[640];
        why_format(&why, text, sizeof(text));
        if (err != ERR_BUSY)
            http__tell(drafter->http, "trouble", text);
    }
    struct why why = {0};
    struct instant end = drafter->desk_open ? instant_add_ms(machine_now(drafter), DRAFTER_STOP_MS)
                                            : (struct instant){0};
    while (under_way(drafter) > 0 && instant_before(machine_now(drafter), end)) {
        take_answers(drafter, TAKE_MS);
        if (settle(drafter, &why) != ERR_NONE) /* the lease runs out */
            break;
    }
    return NULL;
}

/* ---- opening and closing ---- */

enum err drafter_open(
    struct arena *boot, struct http *http, struct drafter **ret_drafter, struct why *reterr_why)
{
    struct drafter *drafter = ARENA_NEW(boot, struct drafter, 1);
    arena_init(&drafter->boot, 0);
    drafter->http = http;
    *ret_drafter = drafter;
    return sleeper_start(&drafter->sleeper, run, drafter, reterr_why);
}

void drafter_close(struct drafter *drafter)
{
    if (!drafter)
        return;
    sleeper_stop(&drafter->sleeper);
    if (drafter->net_open)
        env_os_close(&drafter->net);
    for (size_t i = 0; i < LANGUAGE_MODEL_AT_ONCE_MAX; i++)
        if (drafter->askings[i].used)
            arena_release(&drafter->askings[i].arena);
    if (drafter->desk_open)
        http_desk_close(&drafter->desk);
    arena_release(&drafter->boot);
}
