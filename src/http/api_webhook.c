/* api_webhook.c: who is told of changes, and what became of it. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "api_routes.h"
#include "audit/audit.h"
#include "base/hash.h"
#include "base/text.h"
#include "http/webhook.h"
#include "http_sql.h"

static enum err webhooks_json(
    struct api *api, const char *only, json_t **ret_json, const char **ret_nonce, struct why *why)
{
    DB_ROWS struct db_rows *rows = NULL;
    *ret_json = only ? NULL : json_array();
    enum err err = db_query(
        api->db, &sql_http_webhooks, DB_ARGS(db_int("practice_id", api->practice_id)), &rows, why);
    while (err == ERR_NONE && db_next(rows)) {
        if (only && !text_is(only, db_col_text(rows, 0)))
            continue;
        json_t *one = api_row(api, rows,
            API_COLUMNS({"webhook_id", COLUMN_TEXT}, {"url", COLUMN_TEXT}, {"topics", COLUMN_JSON},
                {"enabled", COLUMN_BOOL}, {"created_at", COLUMN_TIME}, {"failures", COLUMN_INT},
                {"last_status", COLUMN_INT}, {"last_at", COLUMN_TIME}));
        if (only) {
            *ret_json = one;
            *ret_nonce = db_col_copy(api->arena, rows, 8);
        } else {
            json_array_append_new(*ret_json, one);
        }
    }
    db_rows_drop(&rows);
    if (err == ERR_NONE && !*ret_json)
        err = why_set(why, ERR_NOT_FOUND, "there is no such webhook");
    return err;
}

void api__list_webhooks(struct api *api)
{
    struct why why = {0};
    json_t *list = NULL;
    const char *nonce = NULL;
    enum err err = webhooks_json(api, NULL, &list, &nonce, &why);
    api_end(api, err, &why, 200, json_pack("{s:o?}", "items", list));
}

static bool topics_fit(const json_t *list)
{
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(list, i, one)
    {
        if (!change_is_topic(json_string_value(one)))
            return false;
    }
    return true;
}

/* False: refused. */
static bool plan_fits(struct api *api)
{
    struct why why = {0};
    if (webhook_check_url(api_text(api, "url"), api->practice->private_webhooks, &why)
        != ERR_NONE) {
        why.message[0] = (char)toupper((unsigned char)why.message[0]);
        api_wrong(
            api, "url", arena_text(api->arena, why.message), arena_text(api->arena, why.hint));
        return false;
    }
    if (!topics_fit(json_object_get(api->body, "topics"))) {
        api_wrong(api, "topics", "There is no such topic",
            "Take thread, task, patient, playbook, touch, import, settings or staff, or one type "
            "of message");
        return false;
    }
    return true;
}

/* Who is told first hears of nothing that was before. */
static enum err begin_telling(struct api *api, struct why *why)
{
    enum err err = api_begin(api, why);
    return err == ERR_NONE ? db_exec(&api->tx, &sql_http_places_here,
               DB_ARGS(db_int("practice_id", api->practice_id)), NULL, why)
                           : err;
}

void api__add_webhook(struct api *api)
{
    struct why why = {0};
    const char *url = api_text(api, "url"), *nonce = NULL;
    const json_t *list = json_object_get(api->body, "topics");
    const struct account_secret secret = api_secret(api);
    json_t *json = NULL;
    int64_t known = 0;
    if (!plan_fits(api))
        return;
    enum err err = db_query_int(api->db, &sql_http_webhook_count,
        DB_ARGS(db_int("practice_id", api->practice_id)), &known, &why);
    if (err == ERR_NONE && known >= WEBHOOKS_MAX) {
        why_hint(&why, "Drop one first");
        err = why_set(&why, ERR_CONFLICT, "there are as many webhooks as there may be");
    }
    if (err == ERR_NONE)
        err = begin_telling(api, &why);
    struct id id = ids_next(&api->desk->engine->ids, api->now);
    if (err == ERR_NONE)
        err = db_exec(&api->tx, &sql_http_webhook_add,
            DB_ARGS(db_int("practice_id", api->practice_id), db_text("webhook_id", id.text),
                db_text("url", url), db_text("topics", json_text_of(api->arena, list)),
                db_text("nonce", hash_base64(api->arena, secret.bytes, sizeof(secret.bytes))),
                db_int("now_ms", api->now.ms)),
            NULL, &why);
    if (err == ERR_NONE)
        err = audit_write(&api->tx, "webhook.added", NULL, id.text, NULL, &why);
    if (err == ERR_NONE)
        err = webhooks_json(api, id.text, &json, &nonce, &why);
    api_end(api, err, &why, 201,
        err == ERR_NONE ? json_pack("{s:o, s:s}", "webhook", json, "secret",
            webhook_secret(api->arena, api->desk->home->link_key.bytes, id.text, nonce))
                        : NULL);
    api->call->answer->post = err == ERR_NONE;
}

void api__drop_webhook(struct api *api)
{
    struct why why = {0};
    int64_t changed = 0;
    const struct db_arg practice = db_int("practice_id", api->practice_id);
    const struct db_arg webhook = db_text("webhook_id", api->wild[0]);
    enum err err = api_begin(api, &why);
    if (err == ERR_NONE)
        err = db_exec(&api->tx, &sql_http_webhook_drop, DB_ARGS(practice, webhook), &changed, &why);
    if (err == ERR_NONE && changed == 0)
        err = why_set(&why, ERR_NOT_FOUND, "there is no such webhook");
    if (err == ERR_NONE)
        err = db_exec(&api->tx, &sql_http_webhook_forget, DB_ARGS(practice, webhook), NULL, &why);
    if (err == ERR_NONE)
        err = audit_write(&api->tx, "webhook.dropped", NULL, api->wild[0], NULL, &why);
    api_end(api, err, &why, 204, NULL);
}

static const struct api_column delivery_columns[] = {{"delivery_id", COLUMN_TEXT},
    {"topic", COLUMN_TEXT}, {"created_at", COLUMN_TIME}, {"state", COLUMN_TEXT},
    {"attempts", COLUMN_INT}, {"status", COLUMN_INT}, {"next_at", COLUMN_TIME}};
enum { DELIVERY_COLUMNS = sizeof(delivery_columns) / sizeof(delivery_columns[0]) };

void api__test_webhook(struct api *api)
{
    struct why why = {0};
    json_t *found = NULL;
    const char *nonce = NULL;
    enum err err = webhooks_json(api, api->wild[0], &found, &nonce, &why);
    json_decref(found);
    if (err == ERR_NONE)
        err = begin_telling(api, &why); /* it is turned on again */
    struct id id = ids_next(&api->desk->engine->ids, api->now);
    const char *delivery_id = arena_format(api->arena, "msg_%s", id.text);
    json_t *data = json_pack("{s:s, s:s}", "topic", "test", "subject_id", api->wild[0]);
    const char *payload = webhook_payload(api->arena, "webhook.test", api->now, data);
    if (err == ERR_NONE)
        err = db_exec(&api->tx, &sql_http_webhook_on,
            DB_ARGS(db_int("practice_id", api->practice_id), db_text("webhook_id", api->wild[0])),
            NULL, &why);
    if (err == ERR_NONE)
        err = db_exec(&api->tx, &sql_http_delivery_add,
            DB_ARGS(db_int("practice_id", api->practice_id), db_text("delivery_id", delivery_id),
                db_text("webhook_id", api->wild[0]), db_text("topic", "webhook.test"),
                db_text("payload", payload), db_int("now_ms", api->now.ms)),
            NULL, &why);
    if (err == ERR_NONE)
        err = audit_write(&api->tx, "webhook.tested", NULL, api->wild[0], NULL, &why);
    api_end(api, err, &why, 202,
        json_pack("{s:s, s:s, s:o, s:s, s:i, s:n, s:o}", "delivery_id", delivery_id, "topic",
            "webhook.test", "created_at", api_json_time(api, api->now), "state", "waiting",
            "attempts", 0, "status", "next_at", api_json_time(api, api->now)));
    api->call->answer->post = err == ERR_NONE;
}

void api__list_deliveries(struct api *api)
{
    struct why why = {0};
    const char *after[2], *last[2] = {NULL, NULL}, *nonce = NULL;
    size_t limit = api_limit(api), count = 0;
    int64_t before_ms = INT64_MAX;
    json_t *found = NULL;
    bool more = false;
    if (!api_cursor(api, after, 2))
        return;
    if (after[0])
        (void)text_to_int(after[0], 0, INT64_MAX, &before_ms);
    json_t *items = json_array();
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = webhooks_json(api, api->wild[0], &found, &nonce, &why);
    json_decref(found);
    if (err == ERR_NONE)
        err = db_query(api->db, &sql_http_deliveries,
            DB_ARGS(db_int("practice_id", api->practice_id), db_text("webhook_id", api->wild[0]),
                db_int("before_ms", before_ms), db_text("before_id", after[1] ? after[1] : ""),
                db_int("limit", (int64_t)limit + 1)),
            &rows, &why);
    while (err == ERR_NONE && db_next(rows)) {
        more = count++ == limit;
        if (more)
            break;
        json_array_append_new(items, api_row(api, rows, delivery_columns, DELIVERY_COLUMNS));
        last[0] = arena_format(api->arena, "%" PRId64, db_col_int(rows, 2));
        last[1] = db_col_copy(api->arena, rows, 0);
    }
    db_rows_drop(&rows);
    api_end(api, err, &why, 200,
        json_pack(
            "{s:o, s:o}", "items", items, "next", json_text(more ? api_next(api, last, 2) : NULL)));
}
