/* webhook.c: see webhook.h. */
#include "http/webhook.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "http_sql.h"

enum { LEASE_MS = 60 * 1000, DELIVERY_ID_BYTES = 24, SECRET_BYTES_MIN = 16 };

/* ---- signing ---- */

char *webhook_sign(struct arena *arena, const char *secret, const char *id, int64_t timestamp_s,
    const char *payload)
{
    static const char prefix[] = "whsec_";
    unsigned char *key = NULL;
    size_t len = 0;
    const char *text = text_starts(secret, prefix) ? secret + sizeof(prefix) - 1 : secret;
    if (!hash_base64_decode(arena, text, &key, &len) || len < SECRET_BYTES_MIN)
        return NULL;
    const char *signed_text = arena_format(arena, "%s.%" PRId64 ".%s", id, timestamp_s, payload);
    struct sha256 mac = hash_hmac_sha256(key, len, signed_text, strlen(signed_text));
    return arena_format(arena, "v1,%s", hash_base64(arena, mac.bytes, sizeof(mac.bytes)));
}

char *webhook_secret(struct arena *arena, const unsigned char home_key[32], const char *webhook_id,
    const char *nonce)
{
    const char *text = arena_format(arena, "perennial webhook 1\n%s\n%s", webhook_id, nonce);
    struct sha256 mac = hash_hmac_sha256(home_key, 32, text, strlen(text));
    return arena_format(arena, "whsec_%s", hash_base64(arena, mac.bytes, sizeof(mac.bytes)));
}

char *webhook_payload(struct arena *arena, const struct hook_event *event)
{
    JSON_AUTO data = json_pack("{s:s, s:s}", "topic", event->topic, "action", event->action);
    if (*event->patient_id)
        json_object_set_new(data, "patient_id", json_text(event->patient_id));
    if (*event->subject_id)
        json_object_set_new(data, "subject_id", json_text(event->subject_id));
    JSON_AUTO json = json_pack("{s:s, s:s, s:O}", "type", event->action, "timestamp",
        instant_format_utc(arena, (struct instant){event->at_ms}), "data", data);
    return json_text_of(arena, json);
}

/* ---- what is to be told ---- */

void hooks_open(struct hooks *hooks, struct env *env, const struct home *home, struct db *db)
{
    *hooks = (struct hooks){.env = env, .home = home, .db = db};
    home_seed_ids(home, &hooks->ids);
}

struct hook {
    const char *webhook_id;
    json_t *topics;
};

static bool wants(const struct hook *hook, const char *topic)
{
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(hook->topics, i, one)
    {
        if (text_is(json_string_value(one), topic))
            return true;
    }
    return json_array_size(hook->topics) == 0;
}

static enum err read_hooks(struct hooks *hooks, struct arena *scratch, struct hook *ret_hooks,
    size_t *ret_count, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(hooks->db, &sql_http_webhooks,
        DB_ARGS(db_int("practice_id", hooks->home->practice.practice_id)), &rows, why);
    while (err == ERR_NONE && db_next(rows) && *ret_count < HOOKS_MAX) {
        if (!db_col_int(rows, 3))
            continue;
        const char *text = db_col_text(rows, 2);
        struct hook *hook = &ret_hooks[(*ret_count)++];
        hook->webhook_id = db_col_copy(scratch, rows, 0);
        if (json_parse(text, strlen(text), &hook->topics, NULL) != ERR_NONE)
            hook->topics = json_array();
    }
    db_rows_drop(&rows);
    return err;
}

static enum err add_delivery(struct hooks *hooks, struct arena *scratch, struct tx *tx,
    const struct hook *hook, const struct hook_event *event, struct why *why)
{
    (void)hooks;
    const char *name =
        arena_format(scratch, "%s\n%s\n%" PRId64, hook->webhook_id, event->writer, event->seq);
    struct sha256 hash = hash_sha256(name, strlen(name));
    const char *id =
        arena_format(scratch, "msg_%s", hash_base64url(scratch, hash.bytes, DELIVERY_ID_BYTES));
    return db_exec(tx, &sql_http_delivery_add,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("delivery_id", id),
            db_text("webhook_id", hook->webhook_id), db_text("topic", event->topic),
            db_text("payload", webhook_payload(scratch, event)), db_int("now_ms", tx->now.ms)),
        NULL, why);
}

static struct instant now_of(const struct hooks *hooks)
{
    return hooks->env->clock.now(hooks->env->clock.self);
}

static enum err begin(struct hooks *hooks, struct tx *tx, struct why *why)
{
    return db_begin(hooks->db, now_of(hooks), "webhook", hooks->home->practice.practice_id,
        &hooks->ids, tx, why);
}

enum err hooks_tell(struct hooks *hooks, struct arena *scratch, const struct hook_event *events,
    size_t count, struct why *reterr_why)
{
    struct hook list[HOOKS_MAX];
    size_t hook_count = 0;
    enum err err = read_hooks(hooks, scratch, list, &hook_count, reterr_why);
    DB_TX struct tx tx = {0};
    if (err == ERR_NONE && hook_count > 0)
        err = begin(hooks, &tx, reterr_why);
    for (size_t i = 0; i < count && hook_count > 0 && err == ERR_NONE; i++) {
        for (size_t j = 0; j < hook_count && err == ERR_NONE; j++) {
            if (wants(&list[j], events[i].topic))
                err = add_delivery(hooks, scratch, &tx, &list[j], &events[i], reterr_why);
        }
        if (err == ERR_NONE)
            err = db_exec(&tx, &sql_http_place_put,
                DB_ARGS(db_int("practice_id", tx.practice_id), db_text("writer", events[i].writer),
                    db_int("seq", events[i].seq)),
                NULL, reterr_why);
    }
    for (size_t j = 0; j < hook_count; j++)
        json_decref(list[j].topics);
    return err == ERR_NONE && tx.open ? db_commit(&tx, reterr_why) : err;
}

/* ---- sending ---- */

/* Standard Webhooks: at once, then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h. */
static int64_t pause_ms(int64_t attempts)
{
    static const int64_t pauses[HOOKS_TRIES_MAX] = {5 * MS_PER_SECOND, 5 * MS_PER_MINUTE,
        30 * MS_PER_MINUTE, 2 * MS_PER_HOUR, 5 * MS_PER_HOUR, 10 * MS_PER_HOUR, 10 * MS_PER_HOUR};
    return attempts >= 1 && attempts < HOOKS_TRIES_MAX ? pauses[attempts - 1] : 0;
}

static enum err settle(
    struct hooks *hooks, const struct hook_flight *flight, int status, struct why *why)
{
    bool fine = status >= 200 && status < 300, gone = status == 410;
    int64_t wait_ms = fine || gone ? 0 : pause_ms(flight->attempts);
    const char *state = fine ? "delivered" : wait_ms ? "waiting" : "failed";
    DB_TX struct tx tx = {0};
    enum err err = begin(hooks, &tx, why);
    if (err != ERR_NONE)
        return err;
    const struct db_arg practice = db_int("practice_id", tx.practice_id);
    const struct db_arg code = db_int_if("status", status != 0, status);
    err = db_exec(&tx, &sql_http_delivery_end,
        DB_ARGS(practice, db_text("delivery_id", flight->delivery_id), db_text("state", state),
            code, db_int_if("next_ms", wait_ms != 0, tx.now.ms + wait_ms)),
        NULL, why);
    if (err == ERR_NONE)
        err = db_exec(&tx, &sql_http_webhook_note,
            DB_ARGS(practice, db_text("webhook_id", flight->webhook_id), code,
                db_int("now_ms", tx.now.ms), db_int("fine", fine), db_int("gone", gone)),
            NULL, why);
    return err == ERR_NONE ? db_commit(&tx, why) : err;
}

static enum err take_replies(struct hooks *hooks, struct arena *scratch, struct why *why)
{
    struct env_net *net = &hooks->env->net;
    struct net_reply reply;
    enum err err = ERR_NONE;
    while (err == ERR_NONE && net->take(net->self, scratch, 0, &reply)) {
        struct hook_flight *flight = &hooks->flights[reply.tag % HOOKS_FLIGHTS_MAX];
        err = settle(hooks, flight, reply.answered ? reply.status : 0, why);
        arena_release(&flight->arena);
        *flight = (struct hook_flight){0};
    }
    return err;
}

static enum err lease(
    struct hooks *hooks, const char *delivery_id, int64_t attempts, bool *ret_ours, struct why *why)
{
    int64_t changed = 0;
    DB_TX struct tx tx = {0};
    enum err err = begin(hooks, &tx, why);
    if (err == ERR_NONE)
        err = db_exec(&tx, &sql_http_delivery_lease,
            DB_ARGS(db_int("practice_id", tx.practice_id), db_text("delivery_id", delivery_id),
                db_int("attempts", attempts), db_int("lease_ms", tx.now.ms + LEASE_MS)),
            &changed, why);
    if (err == ERR_NONE)
        err = db_commit(&tx, why);
    *ret_ours = changed == 1;
    return err;
}

struct due {
    const char *delivery_id, *webhook_id, *payload, *url, *nonce;
    int64_t attempts;
};

static bool submit(struct hooks *hooks, const struct due *due)
{
    size_t slot = 0;
    while (slot < HOOKS_FLIGHTS_MAX && hooks->flights[slot].used)
        slot++;
    if (slot == HOOKS_FLIGHTS_MAX)
        return false;
    struct hook_flight *flight = &hooks->flights[slot];
    arena_init(&flight->arena, 0);
    struct arena *arena = &flight->arena;
    int64_t now_s = now_of(hooks).ms / MS_PER_SECOND;
    const char *secret =
        webhook_secret(arena, hooks->home->link_key.bytes, due->webhook_id, due->nonce);
    const char *payload = arena_text(arena, due->payload);
    struct net_header *headers = ARENA_NEW(arena, struct net_header, 4);
    headers[0] = (struct net_header){"Content-Type", "application/json"};
    headers[1] = (struct net_header){"webhook-id", arena_text(arena, due->delivery_id)};
    headers[2] = (struct net_header){"webhook-timestamp", arena_format(arena, "%" PRId64, now_s)};
    headers[3] = (struct net_header){
        "webhook-signature", webhook_sign(arena, secret, due->delivery_id, now_s, payload)};
    struct net_request *request = ARENA_NEW(arena, struct net_request, 1);
    *request = (struct net_request){.kind = NET_HTTP,
        .tag = slot,
        .url = arena_text(arena, due->url),
        .timeout_ms = HOOKS_TIMEOUT_MS,
        .method = "POST",
        .headers = headers,
        .header_count = 4,
        .body = payload,
        .body_len = strlen(payload)};
    flight->delivery_id = headers[1].value;
    flight->webhook_id = arena_text(arena, due->webhook_id);
    flight->attempts = due->attempts + 1;
    flight->used = hooks->env->net.submit(hooks->env->net.self, request);
    if (!flight->used)
        arena_release(arena);
    return flight->used;
}

enum err hooks_run(struct hooks *hooks, struct arena *scratch, struct why *reterr_why)
{
    struct due list[HOOKS_FLIGHTS_MAX];
    size_t count = 0;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = take_replies(hooks, scratch, reterr_why);
    if (err == ERR_NONE)
        err = db_query(hooks->db, &sql_http_deliveries_due,
            DB_ARGS(db_int("practice_id", hooks->home->practice.practice_id),
                db_int("now_ms", now_of(hooks).ms), db_int("limit", HOOKS_FLIGHTS_MAX)),
            &rows, reterr_why);
    while (err == ERR_NONE && count < HOOKS_FLIGHTS_MAX && db_next(rows))
        list[count++] = (struct due){.delivery_id = db_col_copy(scratch, rows, 0),
            .webhook_id = db_col_copy(scratch, rows, 1),
            .payload = db_col_copy(scratch, rows, 2),
            .attempts = db_col_int(rows, 3),
            .url = db_col_copy(scratch, rows, 4),
            .nonce = db_col_copy(scratch, rows, 5)};
    db_rows_drop(&rows);
    size_t free_slots = 0;
    for (size_t i = 0; i < HOOKS_FLIGHTS_MAX; i++)
        free_slots += !hooks->flights[i].used;
    for (size_t i = 0; i < count && i < free_slots && err == ERR_NONE; i++) {
        bool ours = false;
        err = lease(hooks, list[i].delivery_id, list[i].attempts, &ours, reterr_why);
        if (err == ERR_NONE && ours && !submit(hooks, &list[i]))
            break; /* its lease runs out, and it is tried again */
    }
    return err;
}

void hooks_close(struct hooks *hooks)
{
    for (size_t i = 0; i < HOOKS_FLIGHTS_MAX; i++) {
        if (hooks->flights[i].used)
            arena_release(&hooks->flights[i].arena);
    }
}
