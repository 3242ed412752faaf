/* engagement.c: see engagement.h. */
#include "engagement/engagement.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "engagement_sql.h"

enum {
    SCANNER_MS = 60 * 1000, /* nobody reads, decides and taps within a minute of delivery */
};

static const char *const kind_names[ENGAGEMENT_KIND_MAX] = {
    [ENGAGEMENT_QUEUED] = "queued",
    [ENGAGEMENT_SENT] = "sent",
    [ENGAGEMENT_DELIVERED] = "delivered",
    [ENGAGEMENT_UNDELIVERED] = "undelivered",
    [ENGAGEMENT_FAILED] = "failed",
    [ENGAGEMENT_BOUNCED] = "bounced",
    [ENGAGEMENT_COMPLAINED] = "complained",
    [ENGAGEMENT_OPENED] = "opened",
    [ENGAGEMENT_CLICKED] = "clicked",
    [ENGAGEMENT_REPLIED] = "replied",
    [ENGAGEMENT_UNSUBSCRIBED] = "unsubscribed",
};

const char *engagement_kind_name(enum engagement_kind kind)
{
    assert(kind < ENGAGEMENT_KIND_MAX);
    return kind_names[kind];
}

bool engagement_kind_parse(const char *text, enum engagement_kind *ret_kind)
{
    for (int i = 0; i < ENGAGEMENT_KIND_MAX; i++) {
        if (text_is(text, kind_names[i])) {
            *ret_kind = (enum engagement_kind)i;
            return true;
        }
    }
    return false;
}

const char *engagement_trust_name(enum engagement_trust trust)
{
    static const char *const names[TRUST_MAX] = {
        [TRUST_HUMAN] = "human", [TRUST_MACHINE] = "machine", [TRUST_UNKNOWN] = "unknown"};
    assert(trust < TRUST_MAX);
    return names[trust];
}

static struct db_arg moment_if(const char *name, bool is_set, int64_t ms)
{
    return is_set ? db_int(name, ms) : db_null(name);
}

static enum err fold(struct tx *tx, const struct engagement_event *event, struct why *reterr_why)
{
    bool human = event->trust == TRUST_HUMAN;
    bool open = event->kind == ENGAGEMENT_OPENED, click = event->kind == ENGAGEMENT_CLICKED;
    bool reply = event->kind == ENGAGEMENT_REPLIED;
    int64_t now_ms = tx->now.ms;
    return db_exec(tx, &sql_engagement_fold,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", event->touch_id),
            db_text("patient_id", event->patient_id),
            db_text("enrollment_id", event->enrollment_id),
            moment_if("delivered_ms", event->kind == ENGAGEMENT_DELIVERED, now_ms),
            db_int("human_opens", open && human), db_int("machine_opens", open && !human),
            db_int("clicks", click && human), db_int("machine_clicks", click && !human),
            db_int("replies", reply), moment_if("first_open_ms", open && human, now_ms),
            moment_if("first_click_ms", click && human, now_ms),
            moment_if("first_reply_ms", reply, now_ms),
            moment_if("bounced_ms", event->kind == ENGAGEMENT_BOUNCED, now_ms),
            moment_if("complained_ms", event->kind == ENGAGEMENT_COMPLAINED, now_ms)),
        NULL, reterr_why);
}

enum err engagement_record(
    struct tx *tx, const struct engagement_event *event, bool *ret_new, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_engagement_record,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("event_key", event->event_key),
            db_text("touch_id", event->touch_id), db_text("patient_id", event->patient_id),
            db_text("kind", engagement_kind_name(event->kind)),
            db_text("trust", engagement_trust_name(event->trust)), db_int("now_ms", tx->now.ms),
            db_text("detail", event->detail ? json_text_of(&scratch, event->detail) : "{}")),
        &changed, reterr_why);
    if (err == ERR_NONE && changed)
        err = fold(tx, event, reterr_why);
    if (err == ERR_NONE)
        *ret_new = changed > 0;
    return err;
}

/* Agents that fetch without a person: HTTP libraries, mail scanners, link previews. */
static bool is_robot(const char *user_agent)
{
    static const char *const signs[] = {"bot", "crawl", "spider", "scan", "preview", "curl", "wget",
        "python", "java/", "okhttp", "go-http", "libwww", "httpclient", "headless", "barracuda",
        "mimecast", "proofpoint", "symantec", "safelinks", "bingpreview", "facebookexternalhit",
        "monitoring", "node-fetch", "axios", "phantomjs"};
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *agent = text_lower(&scratch, user_agent);
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (strstr(agent, signs[i]))
            return true;
    }
    return false;
}

/* Image proxies that load for everybody, read or unread: mail privacy, webmail caches. */
static bool is_image_proxy(const char *user_agent)
{
    return strstr(user_agent, "GoogleImageProxy") || strstr(user_agent, "YahooMailProxy")
        || text_is(user_agent, "Mozilla/5.0");
}

enum engagement_trust engagement_judge(const struct engagement_hit *hit)
{
    struct instant arrived = hit->delivered.ms ? hit->delivered : hit->sent;
    bool too_soon = arrived.ms && hit->at.ms - arrived.ms < SCANNER_MS;
    if (!text_is(hit->method, "GET") || text_is_blank(hit->user_agent) || is_robot(hit->user_agent))
        return TRUST_MACHINE;
    if (hit->is_open)
        return is_image_proxy(hit->user_agent) ? TRUST_UNKNOWN
            : too_soon                         ? TRUST_MACHINE
                                               : TRUST_HUMAN;
    return too_soon || hit->hits_in_2_s > 0 ? TRUST_MACHINE : TRUST_HUMAN;
}

enum err engagement_recent_clicks(struct db *db, int64_t practice_id, const char *touch_id,
    struct instant since, int64_t *ret_count, struct why *reterr_why)
{
    return db_query_int(db, &sql_engagement_recent_hits,
        DB_ARGS(db_int("practice_id", practice_id), db_text("touch_id", touch_id),
            db_int("since_ms", since.ms)),
        ret_count, reterr_why);
}

enum err engagement_attribute(
    struct tx *tx, const char *const *patient_ids, size_t count, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    return db_exec(tx, &sql_engagement_attribute,
        DB_ARGS(db_int("practice_id", tx->practice_id),
            db_text("ids", db_list(&scratch, patient_ids, count)),
            db_int("window_ms", ENGAGEMENT_WINDOW_DAYS * MS_PER_DAY)),
        NULL, reterr_why);
}

enum err engagement_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why)
{
    static const struct sql *const moves[] = {
        &sql_engagement_move_events, &sql_engagement_move_folds, &sql_engagement_move_attributions};
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]) && err == ERR_NONE; i++)
        err = db_exec(tx, moves[i],
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", gone),
                db_text("into", into)),
            NULL, reterr_why);
    return err;
}

enum err engagement_return_patient(struct tx *tx, const char *into, const char *gone,
    const char *touch_ids, const char *enrollment_ids, struct why *reterr_why)
{
    const struct {
        const struct sql *sql;
        const char *ids;
    } returns[] = {{&sql_engagement_return_events, touch_ids},
        {&sql_engagement_return_folds, touch_ids},
        {&sql_engagement_return_attributions, enrollment_ids}};
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof(returns) / sizeof(returns[0]) && err == ERR_NONE; i++)
        err = db_exec(tx, returns[i].sql,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", gone),
                db_text("into", into), db_text("ids", returns[i].ids)),
            NULL, reterr_why);
    return err;
}

enum err engagement_erase(struct erasing *erasing, struct why *reterr_why)
{
    static const struct erase_step step = {&sql_engagement_erase_events, "p", "engagement", true};
    const struct tx *tx = erasing->tx;
    enum err err = erase_run(erasing, &step, 1, reterr_why);
    for (size_t i = 0; i < erasing->visit_count && err == ERR_NONE; i++)
        err = db_exec(erasing->tx, &sql_engagement_erase_attribution,
            DB_ARGS(db_int("practice_id", tx->practice_id),
                db_text("patient_id", erasing->patient_id),
                db_text("appointment_id", erasing->visits[i].appointment_id),
                db_text("new_id", erasing->visits[i].new_id)),
            NULL, reterr_why);
    return err;
}
