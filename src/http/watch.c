/* watch.c: what operators and their machines ask: alive, ready, how much of what.
 *
 * Metrics are Prometheus' text format 0.0.4; each is described in docs/operations.md. Nothing in
 * them names a patient. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "embed_openapi.h"
#include "http/http_int.h"
#include "http/stream.h"
#include "http_sql.h"

enum {
    METRICS_AGE_MS_MAX = 5 * 1000, /* what waits is counted each time: not for each scrape */
    PAGE_BYTES = 4096,             /* of /proc/self/statm on every machine we run on */
};

void http__health(struct http_desk *desk, struct http_call *call)
{
    (void)desk;
    http__text(call, 200, "text/plain; charset=utf-8", "ok\n");
}

/* What the API offers; the same for everybody. */
void http__openapi(struct http_desk *desk, struct http_call *call)
{
    (void)desk;
    const struct embed_file *file = embed_find(&embed_openapi, "openapi.json");
    assert(file);
    http__text(call, 200, "application/json", file->bytes);
}

void http__ready(struct http_desk *desk, struct http_call *call)
{
    struct why why = {0};
    if (migrate_check(desk->db, &why) == ERR_NONE)
        http__text(call, 200, "text/plain; charset=utf-8", "ready\n");
    else
        http__store_trouble(call, &why);
}

/* ---- metrics ---- */

struct metrics {
    struct http_desk *desk;
    struct instant now;
    struct buf *out;
};

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static enum err rows_by_word(struct metrics *metrics, const struct sql *sql, const char *name,
    const char *label, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(metrics->desk->db, sql,
        DB_ARGS(db_int("practice_id", metrics->desk->home->practice.practice_id)), &rows,
        reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        const char *word = db_col_text(rows, 0);
        buf_format(metrics->out, "%s{%s=\"%s\"} %" PRId64 "\n", name, label, word ? word : "none",
            db_col_int(rows, 1));
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err two_numbers(struct metrics *metrics, const struct sql *sql,
    const struct db_arg *args, size_t arg_count, int64_t ret_numbers[2], struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(metrics->desk->db, sql, args, arg_count, &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows)) {
        ret_numbers[0] = db_col_int(rows, 0);
        ret_numbers[1] = db_col_int(rows, 1);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err touch_metrics(struct metrics *metrics, struct why *reterr_why)
{
    struct buf *out = metrics->out;
    int64_t practice_id = metrics->desk->home->practice.practice_id, oldest_ms = 0;
    head(out, "perennial_touches", "gauge", "Messages and tasks of playbooks, by state.");
    enum err err =
        rows_by_word(metrics, &sql_http_open_touches, "perennial_touches", "state", reterr_why);
    if (err == ERR_NONE)
        err = rows_by_word(
            metrics, &sql_http_ended_touches, "perennial_touches", "state", reterr_why);
    head(out, "perennial_sends_total", "counter", "Messages that a provider took, by channel.");
    if (err == ERR_NONE)
        err =
            rows_by_word(metrics, &sql_http_sends, "perennial_sends_total", "channel", reterr_why);
    if (err == ERR_NONE)
        err = db_query_int(metrics->desk->db, &sql_http_oldest_due,
            DB_ARGS(db_int("practice_id", practice_id), db_int("now_ms", metrics->now.ms)),
            &oldest_ms, reterr_why);
    head(out, "perennial_due_lateness_seconds", "gauge",
        "How long the longest-waiting touch should have been looked at already.");
    buf_format(out, "perennial_due_lateness_seconds %.3f\n",
        oldest_ms ? (double)(metrics->now.ms - oldest_ms) / 1000 : 0.0);
    return err;
}

static enum err inbox_metrics(struct metrics *metrics, struct why *reterr_why)
{
    struct buf *out = metrics->out;
    int64_t unread[2] = {0}, tasks[2] = {0};
    const struct db_arg practice = db_int("practice_id", metrics->desk->home->practice.practice_id);
    enum err err = two_numbers(metrics, &sql_http_unread, DB_ARGS(practice), unread, reterr_why);
    if (err == ERR_NONE)
        err = two_numbers(metrics, &sql_http_tasks,
            DB_ARGS(practice, db_int("now_ms", metrics->now.ms)), tasks, reterr_why);
    head(out, "perennial_inbound_unread", "gauge", "Messages from patients not yet acted on.");
    buf_format(out, "perennial_inbound_unread %" PRId64 "\n", unread[0]);
    head(out, "perennial_inbound_unread_age_seconds", "gauge", "Age of the oldest of them.");
    buf_format(out, "perennial_inbound_unread_age_seconds %.3f\n",
        unread[1] ? (double)(metrics->now.ms - unread[1]) / 1000 : 0.0);
    head(out, "perennial_tasks_open", "gauge", "Tasks that wait for a person.");
    buf_format(out, "perennial_tasks_open %" PRId64 "\n", tasks[0]);
    head(out, "perennial_tasks_overdue", "gauge", "Open tasks whose time is over.");
    buf_format(out, "perennial_tasks_overdue %" PRId64 "\n", tasks[1]);
    return err;
}

static enum err draft_metrics(struct metrics *metrics, struct why *reterr_why)
{
    struct buf *out = metrics->out;
    int64_t tokens[2] = {0};
    const struct db_arg practice = db_int("practice_id", metrics->desk->home->practice.practice_id);
    if (!metrics->desk->home->practice.language_model.url)
        return ERR_NONE;
    head(out, "perennial_model_drafts", "gauge", "Drafts of the language model, by state.");
    enum err err =
        rows_by_word(metrics, &sql_http_drafts, "perennial_model_drafts", "state", reterr_why);
    if (err == ERR_NONE)
        err = two_numbers(metrics, &sql_http_draft_tokens, DB_ARGS(practice), tokens, reterr_why);
    head(out, "perennial_model_tokens_total", "counter", "Tokens that the language model counted.");
    buf_format(out, "perennial_model_tokens_total{way=\"in\"} %" PRId64 "\n", tokens[0]);
    buf_format(out, "perennial_model_tokens_total{way=\"out\"} %" PRId64 "\n", tokens[1]);
    return err;
}

static enum err webhook_metrics(struct metrics *metrics, struct why *reterr_why)
{
    struct buf *out = metrics->out;
    int64_t late[2] = {0};
    const struct db_arg practice = db_int("practice_id", metrics->desk->home->practice.practice_id);
    head(out, "perennial_webhook_deliveries", "gauge", "Messages to webhooks, by state.");
    enum err err = rows_by_word(metrics, &sql_http_deliveries_by_state,
        "perennial_webhook_deliveries", "state", reterr_why);
    if (err == ERR_NONE)
        err = two_numbers(metrics, &sql_http_deliveries_late,
            DB_ARGS(practice, db_int("now_ms", metrics->now.ms)), late, reterr_why);
    head(out, "perennial_webhook_lateness_seconds", "gauge",
        "How long the longest-waiting message to a webhook should have been tried already.");
    buf_format(out, "perennial_webhook_lateness_seconds %.3f\n",
        late[0] ? (double)(metrics->now.ms - late[0]) / 1000 : 0.0);
    head(out, "perennial_webhooks_failing", "gauge", "Webhooks that fail or are turned off.");
    buf_format(out, "perennial_webhooks_failing %" PRId64 "\n", late[1]);
    return err;
}

static void stream_metrics(struct buf *out, struct streams *streams)
{
    head(out, "perennial_event_streams", "gauge", "Browsers and programs that listen to changes.");
    buf_format(out, "perennial_event_streams %zu\n", streams ? streams_count(streams) : (size_t)0);
}

static void request_metrics(struct buf *out, struct http_counts *counts)
{
    head(out, "perennial_http_requests_total", "counter", "Answers given, by route and status.");
    for (size_t row = 0; row <= HTTP_ROUTES_MAX; row++) {
        if (row >= http_route_count && row < HTTP_ROUTES_MAX)
            continue;
        const char *route = row < http_route_count ? http_routes[row].name : "none";
        for (size_t column = 0; column < HTTP_STATUSES_MAX; column++) {
            uint64_t count =
                atomic_load_explicit(&counts->answers[row][column], memory_order_relaxed);
            if (count)
                buf_format(out,
                    "perennial_http_requests_total{route=\"%s\",status=\"%d\"} %" PRIu64 "\n",
                    route, http_statuses[column], count);
        }
    }
}

/* The second number of statm is the pages in memory: proc(5). */
static void process_metrics(struct arena *arena, struct buf *out, const struct env *env)
{
    char *text, *end;
    size_t len;
    if (env->file.read(env->file.self, arena, "/proc/self/statm", 256, &text, &len, NULL)
        != ERR_NONE)
        return;
    (void)strtoll(text, &end, 10);
    long long pages = strtoll(end, NULL, 10);
    head(out, "process_resident_memory_bytes", "gauge", "Memory of this process.");
    buf_format(out, "process_resident_memory_bytes %lld\n", pages * PAGE_BYTES);
}

static enum err count_store(struct http_desk *desk, struct instant now, struct why *reterr_why)
{
    bool fresh = desk->metrics && now.ms - desk->metrics_at.ms < METRICS_AGE_MS_MAX;
    if (fresh)
        return ERR_NONE;
    desk->metrics = NULL;
    arena_reset(&desk->metrics_arena);
    struct buf out;
    buf_init(&out, &desk->metrics_arena);
    struct metrics metrics = {.desk = desk, .now = now, .out = &out};
    enum err err = touch_metrics(&metrics, reterr_why);
    if (err == ERR_NONE)
        err = inbox_metrics(&metrics, reterr_why);
    if (err == ERR_NONE)
        err = webhook_metrics(&metrics, reterr_why);
    if (err == ERR_NONE)
        err = draft_metrics(&metrics, reterr_why);
    if (err != ERR_NONE)
        return err;
    head(&out, "perennial_store_bytes", "gauge", "Size of the store; 0 when nobody can say.");
    buf_format(&out, "perennial_store_bytes %" PRId64 "\n", db_size_bytes(desk->db));
    desk->metrics = out.data;
    desk->metrics_at = now;
    return ERR_NONE;
}

void http__metrics(struct http_desk *desk, struct http_call *call)
{
    struct why why = {0};
    if (count_store(desk, call->request->now, &why) != ERR_NONE) {
        http__store_trouble(call, &why);
        return;
    }
    struct buf out;
    buf_init(&out, call->request->arena);
    buf_add(&out, desk->metrics);
    request_metrics(&out, desk->counts);
    stream_metrics(&out, desk->streams);
    process_metrics(call->request->arena, &out, desk->env);
    http__text(call, 200, "text/plain; version=0.0.4; charset=utf-8", out.data);
}
