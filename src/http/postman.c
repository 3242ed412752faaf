/* postman.c: the thread that sends webhooks, and what becomes of each try. */
#include "http/postman_int.h"

#include <inttypes.h>
#include <string.h>

#include "http/webhook.h"
#include "http_sql.h"

enum { TAKE_MS = 200, TROUBLE_MS = 1000, GONE = 410 };

static struct instant machine_now(const struct postman *postman)
{
    const struct env_clock *clock = &postman->desk.env->clock;
    return clock->now(clock->self);
}

enum err postman__begin(struct postman *postman, struct tx *ret_tx, struct why *why)
{
    return db_begin(postman->desk.db, http__now(postman->http), "webhook",
        postman_practice(postman), &postman->desk.engine->ids, ret_tx, why);
}

/* ---- answers ---- */

static void take_answers(struct postman *postman, int64_t wait_ms)
{
    const struct env_net *net = &postman->net.net;
    struct net_reply reply;
    while (net->in_flight(net->self) > 0 && net->take(net->self, &postman->tick, wait_ms, &reply)) {
        struct flight *flight = &postman->flights[reply.tag];
        flight->answered = true;
        flight->status = reply.answered ? reply.status : 0;
        flight->asked_ms = reply.retry_after_s < 0 ? -1 : reply.retry_after_s * MS_PER_SECOND;
        wait_ms = 0;
    }
}

/* The address as a whole: it goes on, it rests, or it is turned off. */
static enum err note_address(
    struct postman *postman, struct tx *tx, const struct flight *flight, bool fine, struct why *why)
{
    int64_t rest_ms = fine ? 0 : tx->now.ms + webhook_rest_ms(flight->failures + 1);
    bool off = false;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(postman->desk.db, &sql_http_webhook_note,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("webhook_id", flight->webhook_id),
            db_int_if("status", flight->status != 0, flight->status), db_int("now_ms", tx->now.ms),
            db_int("fine", fine), db_int("rest_ms", rest_ms)),
        &rows, why);
    if (err == ERR_NONE && db_next(rows) && !fine)
        off = flight->status == GONE || tx->now.ms - db_col_int(rows, 1) > WEBHOOK_FAILING_MS_MAX;
    if (err == ERR_NONE)
        err = db_end(&rows, why);
    if (err == ERR_NONE && off)
        err = postman__turn_off(
            tx, flight->webhook_id, flight->status == GONE ? "gone" : "failing", why);
    return err;
}

static enum err settle_one(
    struct postman *postman, struct tx *tx, const struct flight *flight, struct why *why)
{
    bool fine = flight->status >= 200 && flight->status < 300;
    int64_t pause_ms = fine || flight->status == GONE
        ? 0
        : webhook_pause_ms(flight->tries, flight->asked_ms, ids_random(tx->ids));
    enum err err = db_exec(tx, &sql_http_delivery_settle,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("delivery_id", flight->delivery_id),
            db_text("state",
                fine           ? "delivered"
                    : pause_ms ? "waiting"
                               : "failed"),
            db_int_if("status", flight->status != 0, flight->status),
            db_int_if("next_ms", pause_ms != 0, tx->now.ms + pause_ms),
            db_text("worker", postman->desk.engine->worker), db_int("fine", fine)),
        NULL, why);
    return err == ERR_NONE ? note_address(postman, tx, flight, fine, why) : err;
}

/* What was answered is kept until it is written down: a busy store delays it and loses nothing. */
static enum err settle(struct postman *postman, struct why *why)
{
    DB_TX struct tx tx = {0};
    enum err err = ERR_NONE;
    for (size_t i = 0; i < POSTMAN_FLIGHTS_MAX && err == ERR_NONE; i++) {
        if (!postman->flights[i].answered)
            continue;
        if (!tx.open)
            err = postman__begin(postman, &tx, why);
        if (err == ERR_NONE)
            err = settle_one(postman, &tx, &postman->flights[i], why);
    }
    if (err != ERR_NONE || !tx.open)
        return err;
    err = db_commit(&tx, why);
    for (size_t i = 0; i < POSTMAN_FLIGHTS_MAX && err == ERR_NONE; i++) {
        if (!postman->flights[i].answered)
            continue;
        arena_release(&postman->flights[i].arena);
        postman->flights[i] = (struct flight){0};
    }
    return err;
}

/* ---- tries ---- */

struct address {
    const char *webhook_id, *url, *nonce;
    int64_t failures;
};

struct
try {
    const struct address *address;
    const char *delivery_id, *payload;
    int64_t tries;
};

static size_t under_way(const struct postman *postman, const char *webhook_id)
{
    size_t count = 0;
    for (size_t i = 0; i < POSTMAN_FLIGHTS_MAX; i++)
        count += postman->flights[i].used
            && (!webhook_id || strcmp(postman->flights[i].webhook_id, webhook_id) == 0);
    return count;
}

static enum err read_addresses(
    struct postman *postman, struct address *list, size_t *ret_count, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    size_t count = 0;
    enum err err = db_query(postman->desk.db, &sql_http_webhooks_due,
        DB_ARGS(db_int("practice_id", postman_practice(postman)),
            db_int("now_ms", http__now(postman->http).ms)),
        &rows, why);
    while (err == ERR_NONE && db_next(rows) && count < WEBHOOKS_MAX)
        list[count++] = (struct address){.webhook_id = db_col_copy(&postman->tick, rows, 0),
            .url = db_col_copy(&postman->tick, rows, 1),
            .nonce = db_col_copy(&postman->tick, rows, 2),
            .failures = db_col_int(rows, 3)};
    *ret_count = count;
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

/* The oldest that are due for one address, claimed. */
static enum err claim(struct postman *postman, struct tx *tx, const struct address *address,
    size_t most, struct try *tries, size_t *count, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    size_t first = *count;
    enum err err = db_query(tx->db, &sql_http_deliveries_due,
        DB_ARGS(practice, db_text("webhook_id", address->webhook_id), db_int("now_ms", tx->now.ms),
            db_int("limit", (int64_t)most)),
        &rows, why);
    while (err == ERR_NONE && db_next(rows))
        tries[(*count)++] = (struct try){.address = address,
            .delivery_id = db_col_copy(&postman->tick, rows, 0),
            .payload = db_col_copy(&postman->tick, rows, 1),
            .tries = db_col_int(rows, 2) + 1};
    if (err == ERR_NONE)
        err = db_end(&rows, why);
    for (size_t i = first; i < *count && err == ERR_NONE; i++)
        err = db_exec(tx, &sql_http_delivery_claim,
            DB_ARGS(practice, db_text("delivery_id", tries[i].delivery_id),
                db_int("lease_ms", tx->now.ms + POSTMAN_LEASE_MS),
                db_text("worker", postman->desk.engine->worker)),
            NULL, why);
    return err;
}

static struct flight *free_flight(struct postman *postman)
{
    for (size_t i = 0; i < POSTMAN_FLIGHTS_MAX; i++) {
        if (!postman->flights[i].used)
            return &postman->flights[i];
    }
    return NULL;
}

static struct net_request *request_of(
    struct postman *postman, struct flight *flight, const struct try *try)
{
    enum { HEADERS = 5 };
    struct arena *arena = &flight->arena;
    int64_t now_s = http__now(postman->http).ms / MS_PER_SECOND;
    const struct home *home = postman->desk.home;
    const char *payload = arena_text(arena, try->payload);
    const char *secret =
        webhook_secret(arena, home->link_key.bytes, try->address->webhook_id, try->address->nonce);
    struct net_header *headers = ARENA_NEW(arena, struct net_header, HEADERS);
    headers[0] = (struct net_header){"Content-Type", "application/json"};
    headers[1] = (struct net_header){"User-Agent", "Perennial"};
    headers[2] = (struct net_header){"webhook-id", flight->delivery_id};
    headers[3] = (struct net_header){"webhook-timestamp", arena_format(arena, "%" PRId64, now_s)};
    headers[4] = (struct net_header){
        "webhook-signature", webhook_sign(arena, secret, flight->delivery_id, now_s, payload)};
    struct net_request *request = ARENA_NEW(arena, struct net_request, 1);
    *request = (struct net_request){
        .kind = NET_HTTP,
        .tag = (uint64_t)(flight - postman->flights),
        .url = arena_text(arena, try->address->url),
        .timeout_ms = POSTMAN_TIMEOUT_MS,
        .method = "POST",
        .headers = headers,
        .header_count = HEADERS,
        .body = payload,
        .body_len = strlen(payload),
        .public_only = !home->practice.private_webhooks,
    };
    return request;
}

static void send_off(struct postman *postman, const struct try *try)
{
    struct flight *flight = free_flight(postman);
    arena_init(&flight->arena, 0);
    flight->used = true;
    flight->delivery_id = arena_text(&flight->arena, try->delivery_id);
    flight->webhook_id = arena_text(&flight->arena, try->address->webhook_id);
    flight->tries = try->tries;
    flight->failures = try->address->failures;
    /* The setting may have become stricter since the address was added. */
    bool fine =
        webhook_check_url(try->address->url, postman->desk.home->practice.private_webhooks, NULL)
        == ERR_NONE;
    if (!fine || !postman->net.net.submit(postman->net.net.self, request_of(postman, flight, try)))
        flight->answered = true; /* as a try without an answer */
}

static enum err send_due(struct postman *postman, struct why *why)
{
    struct address *addresses = ARENA_NEW(&postman->tick, struct address, WEBHOOKS_MAX);
    struct try *tries = ARENA_NEW(&postman->tick, struct try, POSTMAN_FLIGHTS_MAX);
    size_t address_count = 0, count = 0, room = POSTMAN_FLIGHTS_MAX - under_way(postman, NULL);
    DB_TX struct tx tx = {0};
    enum err err = read_addresses(postman, addresses, &address_count, why);
    for (size_t i = 0; i < address_count && count < room && err == ERR_NONE; i++) {
        size_t flying = under_way(postman, addresses[i].webhook_id);
        size_t most = addresses[i].failures > 0 ? 1 : POSTMAN_FLIGHTS_EACH;
        if (flying >= most)
            continue;
        most = most - flying < room - count ? most - flying : room - count;
        if (!tx.open)
            err = postman__begin(postman, &tx, why);
        if (err == ERR_NONE)
            err = claim(postman, &tx, &addresses[i], most, tries, &count, why);
    }
    if (err == ERR_NONE && tx.open)
        err = db_commit(&tx, why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        send_off(postman, &tries[i]);
    return err;
}

/* ---- the thread ---- */

static enum err recover(struct postman *postman, struct why *why)
{
    if (postman->recovered)
        return ERR_NONE;
    DB_TX struct tx tx = {0};
    enum err err = postman__begin(postman, &tx, why);
    if (err == ERR_NONE)
        err = db_exec(&tx, &sql_http_deliveries_release,
            DB_ARGS(db_int("practice_id", tx.practice_id), db_int("now_ms", tx.now.ms),
                db_text("worker", postman->desk.engine->worker)),
            NULL, why);
    if (err == ERR_NONE)
        err = db_commit(&tx, why);
    postman->recovered = err == ERR_NONE;
    return err;
}

static enum err prune(struct postman *postman, struct why *why)
{
    struct instant machine = machine_now(postman);
    if (machine.ms - postman->pruned.ms < MS_PER_HOUR)
        return ERR_NONE;
    DB_TX struct tx tx = {0};
    enum err err = postman__begin(postman, &tx, why);
    if (err == ERR_NONE)
        err = db_exec(&tx, &sql_http_deliveries_prune,
            DB_ARGS(db_int("practice_id", tx.practice_id),
                db_int("before_ms", tx.now.ms - POSTMAN_KEEP_DAYS * MS_PER_DAY)),
            NULL, why);
    if (err == ERR_NONE)
        err = db_commit(&tx, why);
    if (err == ERR_NONE)
        postman->pruned = machine;
    return err;
}

/* ret_pause_ms: how long there is nothing to do, unless it is woken. */
static enum err step(struct postman *postman, int64_t *ret_pause_ms, struct why *why)
{
    bool listens = false, more = false;
    int64_t next_ms = 0;
    take_answers(postman, TAKE_MS);
    enum err err = recover(postman, why);
    if (err == ERR_NONE)
        err = settle(postman, why);
    if (err == ERR_NONE)
        err = postman__queue(postman, &listens, &more, why);
    if (err == ERR_NONE && listens)
        err = send_due(postman, why);
    if (err == ERR_NONE && listens)
        err = prune(postman, why);
    if (err == ERR_NONE && listens)
        err = db_query_int(postman->desk.db, &sql_http_deliveries_next,
            DB_ARGS(db_int("practice_id", postman_practice(postman))), &next_ms, why);
    int64_t until_ms = next_ms ? next_ms - http__now(postman->http).ms : POSTMAN_LOOK_MS;
    *ret_pause_ms = !listens                                   ? POSTMAN_IDLE_MS
        : until_ms < POSTMAN_LOOK_MS && until_ms > TAKE_MS / 4 ? until_ms
        : until_ms > 0                                         ? POSTMAN_LOOK_MS
                                                               : TAKE_MS / 4;
    if (more || under_way(postman, NULL) > 0)
        *ret_pause_ms = 0; /* answers are waited for at the start of the next step */
    return err;
}

static void *run(void *context)
{
    struct postman *postman = context;
    int64_t pause_ms = 0;
    while (sleeper_rest(&postman->sleeper, &postman->desk.env->clock, pause_ms)) {
        struct why why = {0};
        arena_reset(&postman->tick);
        http__keep_up(postman->http, &postman->desk, &postman->generation);
        enum err err = step(postman, &pause_ms, &why);
        if (err == ERR_NONE)
            continue;
        pause_ms = TROUBLE_MS;
        char text[640];
        why_format(&why, text, sizeof(text));
        if (err != ERR_BUSY)
            http__tell(postman->http, "trouble", text);
    }
    struct why why = {0};
    struct instant end = instant_add_ms(machine_now(postman), POSTMAN_STOP_MS);
    while (under_way(postman, NULL) > 0 && instant_before(machine_now(postman), end)) {
        take_answers(postman, TAKE_MS);
        if (settle(postman, &why) != ERR_NONE) /* the next start takes it up */
            break;
    }
    return NULL;
}

/* ---- opening and closing ---- */

enum err postman_open(
    struct arena *boot, struct http *http, struct postman **ret_postman, struct why *reterr_why)
{
    struct postman *postman = ARENA_NEW(boot, struct postman, 1);
    postman->http = http;
    arena_init(&postman->tick, 0);
    *ret_postman = postman;
    enum err err = http__open_desk(http, &postman->desk, reterr_why);
    postman->desk_open = err == ERR_NONE;
    if (err == ERR_NONE)
        err = env_os_open(boot, &postman->net, reterr_why);
    postman->net_open = postman->desk_open && err == ERR_NONE;
    return err == ERR_NONE ? sleeper_start(&postman->sleeper, run, postman, reterr_why) : err;
}

void postman_wake(struct postman *postman)
{
    sleeper_wake(&postman->sleeper);
}

void postman_close(struct postman *postman)
{
    if (!postman)
        return;
    sleeper_stop(&postman->sleeper);
    if (postman->net_open)
        env_os_close(&postman->net);
    for (size_t i = 0; i < POSTMAN_FLIGHTS_MAX; i++) {
        if (postman->flights[i].used)
            arena_release(&postman->flights[i].arena);
    }
    if (postman->desk_open)
        http_desk_close(&postman->desk);
    arena_release(&postman->tick);
}
