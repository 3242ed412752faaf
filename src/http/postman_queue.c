/* postman_queue.c: what has changed becomes messages to those who want to hear of it. */
#include <inttypes.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "http/postman_int.h"
#include "http/webhook.h"
#include "http_sql.h"

struct listener {
    const char *webhook_id;
    json_t *topics; /* owned */
    struct instant since;
    int64_t failures;
};

struct listeners {
    struct listener list[WEBHOOKS_MAX];
    size_t count;
};

static void drop_listeners(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++)
        json_decref(listeners->list[i].topics);
    listeners->count = 0;
}

static enum err read_listeners(
    struct postman *postman, struct listeners *ret_listeners, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(postman->desk.db, &sql_http_webhooks_on,
        DB_ARGS(db_int("practice_id", postman_practice(postman))), &rows, why);
    while (err == ERR_NONE && db_next(rows) && ret_listeners->count < WEBHOOKS_MAX) {
        struct listener *listener = &ret_listeners->list[ret_listeners->count++];
        const char *text = db_col_text(rows, 1);
        *listener = (struct listener){.webhook_id = db_col_copy(&postman->tick, rows, 0),
            .since = {db_col_int(rows, 2)},
            .failures = db_col_int(rows, 3)};
        if (json_parse(text, strlen(text), &listener->topics, NULL) != ERR_NONE)
            listener->topics = json_array();
    }
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

/* No topics: all. */
static bool wants(const struct listener *listener, const struct change *change)
{
    size_t i = 0;
    json_t *word = NULL;
    if (instant_before(change->at, listener->since))
        return false;
    json_array_foreach(listener->topics, i, word)
    {
        if (change_in_topic(change->kind, json_string_value(word)))
            return true;
    }
    return json_array_size(listener->topics) == 0;
}

/* ---- messages ---- */

/* Many patients of one kind are one message: its first row stands for all. */
struct message {
    const struct change *change;
    json_t *patients; /* owned; NULL: one change */
};

static json_t *data_of(const struct message *message)
{
    const struct change *change = message->change;
    json_t *data = json_pack("{s:s}", "topic", change_topic_name(change->kind->topic));
    if (message->patients) {
        json_object_set(data, "patient_ids", message->patients);
        return data;
    }
    if (change->patient_id)
        json_object_set_new(data, "patient_id", json_text(change->patient_id));
    if (change->subject_id)
        json_object_set_new(data, "subject_id", json_text(change->subject_id));
    if (change->thread_id)
        json_object_set_new(data, "thread_id", json_text(change->thread_id));
    return data;
}

static struct message *gather(
    struct arena *arena, const struct change *changes, size_t count, size_t *ret_count)
{
    size_t *of_kind = ARENA_NEW(arena, size_t, change_kind_count);
    struct message *list = ARENA_NEW(arena, struct message, count + 1);
    struct message **many = ARENA_NEW(arena, struct message *, change_kind_count);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        of_kind[changes[i].kind - change_kinds]++;
    for (size_t i = 0; i < count; i++) {
        size_t kind = (size_t)(changes[i].kind - change_kinds);
        bool gathers = changes[i].kind->ids == CHANGE_PATIENT_ID && changes[i].patient_id
            && of_kind[kind] > POSTMAN_GATHER;
        if (!gathers || !many[kind]) {
            list[kept] = (struct message){.change = &changes[i]};
            if (gathers) {
                list[kept].patients = json_array();
                many[kind] = &list[kept];
            }
            kept++;
        }
        if (gathers)
            json_array_append_new(many[kind]->patients, json_text(changes[i].patient_id));
    }
    *ret_count = kept;
    return list;
}

static enum err add_delivery(struct postman *postman, struct tx *tx,
    const struct listener *listener, const struct message *message, struct why *why)
{
    const struct change *change = message->change;
    struct arena *tick = &postman->tick;
    const char *same = arena_format(tick, "%s\n%s\n%" PRId64 "\n%s\n%s", listener->webhook_id,
        change->writer, change->seq, change_topic_name(change->kind->topic), change->kind->type);
    return db_exec(tx, &sql_http_delivery_add,
        DB_ARGS(db_int("practice_id", tx->practice_id),
            db_text("delivery_id", webhook_delivery_id(tick, same)),
            db_text("webhook_id", listener->webhook_id), db_text("topic", change->kind->type),
            db_text(
                "payload", webhook_payload(tick, change->kind->type, change->at, data_of(message))),
            db_int("now_ms", tx->now.ms)),
        NULL, why);
}

static enum err add_deliveries(struct postman *postman, struct tx *tx,
    const struct listeners *listeners, const struct change *changes, size_t count, struct why *why)
{
    size_t message_count = 0;
    struct message *messages = gather(&postman->tick, changes, count, &message_count);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < message_count; i++) {
        for (size_t j = 0; j < listeners->count && err == ERR_NONE; j++) {
            if (wants(&listeners->list[j], messages[i].change))
                err = add_delivery(postman, tx, &listeners->list[j], &messages[i], why);
        }
        json_decref(messages[i].patients);
    }
    return err;
}

/* ---- how far ---- */

static enum err read_places(struct postman *postman, const struct sql *sql,
    struct change_position *ret_position, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    size_t count = 0;
    enum err err = db_query(postman->desk.db, sql,
        DB_ARGS(db_int("practice_id", postman_practice(postman))), &rows, why);
    while (err == ERR_NONE && db_next(rows) && count < CHANGE_WRITERS_MAX) {
        struct change_mark *mark = &ret_position->marks[count++];
        size_t len = strnlen(db_col_text(rows, 0), sizeof(mark->writer) - 1);
        memcpy(mark->writer, db_col_text(rows, 0), len);
        mark->writer[len] = '\0';
        mark->seq = db_col_int(rows, 1);
    }
    ret_position->count = count;
    return err == ERR_NONE ? db_end(&rows, why) : err;
}

static enum err put_places(struct tx *tx, const struct change_position *from,
    const struct change_position *to, struct why *why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < to->count && err == ERR_NONE; i++) {
        const struct change_mark *mark = &to->marks[i];
        if (mark->seq != change_seq_of(from, mark->writer))
            err = db_exec(tx, &sql_http_place_put,
                DB_ARGS(db_int("practice_id", tx->practice_id), db_text("writer", mark->writer),
                    db_int("seq", mark->seq)),
                NULL, why);
    }
    return err;
}

/* ---- one step ---- */

enum err postman__turn_off(
    struct tx *tx, const char *webhook_id, const char *reason, struct why *why)
{
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    const struct db_arg webhook = db_text("webhook_id", webhook_id);
    JSON_AUTO detail = json_pack("{s:s}", "reason", reason);
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_http_webhook_off, DB_ARGS(practice, webhook), &changed, why);
    if (err == ERR_NONE && changed > 0)
        err = db_exec(tx, &sql_http_webhook_forget, DB_ARGS(practice, webhook), NULL, why);
    if (err == ERR_NONE && changed > 0)
        err = audit_write(tx, "webhook.turned_off", NULL, webhook_id, detail, why);
    return err;
}

/* Who has failed while so much gathered is told nothing more. */
static enum err bound(
    struct postman *postman, struct tx *tx, const struct listener *listener, struct why *why)
{
    int64_t waiting = 0;
    enum err err = ERR_NONE;
    if (listener->failures > 0)
        err = db_query_int(postman->desk.db, &sql_http_webhook_waiting,
            DB_ARGS(db_int("practice_id", tx->practice_id),
                db_text("webhook_id", listener->webhook_id)),
            &waiting, why);
    if (err == ERR_NONE && waiting >= WEBHOOK_WAITING_MAX)
        err = postman__turn_off(tx, listener->webhook_id, "queue_full", why);
    return err;
}

/* The next rows of the log, in a transaction; ret_more: there are others behind them. */
static enum err queue_some(
    struct postman *postman, const struct listeners *listeners, bool *ret_more, struct why *why)
{
    struct arena *tick = &postman->tick;
    struct change_position *at = ARENA_NEW(tick, struct change_position, 3);
    struct change_position *here = at + 1, *next = at + 2;
    struct change *changes = NULL;
    size_t count = 0;
    DB_TX struct tx tx = {0};
    enum err err = postman__begin(postman, &tx, why);
    if (err == ERR_NONE)
        err = read_places(postman, &sql_http_places_lock, at, why);
    if (err == ERR_NONE)
        err = change_here(tx.db, tx.practice_id, here, why);
    if (err != ERR_NONE)
        return err;
    *next = *here;
    if (at->count > 0 && change_distance(at, here) >= 0) /* else from here on */
        change_toward(at, here, POSTMAN_ROWS_MAX, next);
    else
        *at = *here;
    err = change_read(tick, tx.db, tx.practice_id, at, next, &changes, &count, why);
    if (err == ERR_NONE)
        err = add_deliveries(postman, &tx, listeners, changes, count, why);
    for (size_t i = 0; i < listeners->count && count > 0 && err == ERR_NONE; i++)
        err = bound(postman, &tx, &listeners->list[i], why);
    if (err == ERR_NONE)
        err = put_places(&tx, at, next, why);
    *ret_more = change_distance(next, here) > 0;
    return err == ERR_NONE ? db_commit(&tx, why) : err;
}

/* Whether there is anything to write down, without a transaction. */
static enum err is_behind(struct postman *postman, bool *ret_behind, struct why *why)
{
    struct change_position *at = ARENA_NEW(&postman->tick, struct change_position, 2);
    enum err err = read_places(postman, &sql_http_places, at, why);
    if (err == ERR_NONE)
        err = change_here(postman->desk.db, postman_practice(postman), at + 1, why);
    *ret_behind = err == ERR_NONE && (at->count == 0 || change_distance(at, at + 1) != 0);
    return err;
}

enum err postman__queue(struct postman *postman, bool *ret_listens, bool *ret_more, struct why *why)
{
    struct listeners listeners = {.count = 0};
    bool behind = false;
    *ret_more = false;
    enum err err = read_listeners(postman, &listeners, why);
    *ret_listens = listeners.count > 0;
    if (err == ERR_NONE && listeners.count > 0)
        err = is_behind(postman, &behind, why);
    if (err == ERR_NONE && behind)
        err = queue_some(postman, &listeners, ret_more, why);
    drop_listeners(&listeners);
    return err;
}
