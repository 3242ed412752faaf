/* outbox_settle.c: what became of a touch after its request left: answers, doubts, receipts. */
#include <assert.h>
#include <string.h>

#include "outbox/outbox_int.h"
#include "outbox_sql.h"

enum {
    PAUSE_NOT_SENT_MS = 1000,              /* the provider was not reached: soon again ... */
    PAUSE_NOT_SENT_MS_MAX = 5 * 60 * 1000, /* ... but an outage is not hammered */
    PAUSE_CONFIG_MS = 15 * 60 * 1000,      /* somebody has to mend the settings first */
};
/* RFC 5321 section 4.5.4.1 asks for at least 30 minutes between later tries; the first may be
 * sooner. */
static const int64_t transient_pause_ms[] = {
    5 * MS_PER_MINUTE, 15 * MS_PER_MINUTE, 60 * MS_PER_MINUTE};

static const char *const outcome_names[RECEIPT_MAX] = {
    [RECEIPT_ACCEPTED] = "accepted",
    [RECEIPT_NOT_SENT] = "not_sent",
    [RECEIPT_TRANSIENT] = "transient",
    [RECEIPT_CONFIG] = "config",
    [RECEIPT_PERMANENT] = "permanent",
    [RECEIPT_LANDLINE] = "landline",
    [RECEIPT_OPT_OUT] = "opt_out",
    [RECEIPT_CONTENT] = "content",
    [RECEIPT_IN_DOUBT] = "in_doubt",
};

const char *receipt_outcome_name(enum receipt_outcome outcome)
{
    assert(outcome < RECEIPT_MAX);
    return outcome_names[outcome];
}

struct found_attempt {
    const char *attempt_id, *touch_id, *outcome;
    int64_t number;
};

static enum err find_attempt(struct arena *tick, struct tx *tx, const char *attempt_id,
    struct found_attempt *ret_found, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_outbox_find_attempt,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("attempt_id", attempt_id)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    bool known = db_next(rows);
    struct found_attempt found = {.attempt_id = attempt_id};
    if (known) {
        found.touch_id = db_col_copy(tick, rows, 0);
        found.outcome = db_col_copy(tick, rows, 1);
        found.number = db_col_int(rows, 2);
    }
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!known)
        return why_set(reterr_why, ERR_NOT_FOUND, "this attempt is not ours");
    *ret_found = found;
    return ERR_NONE;
}

static enum err close_attempt(struct tx *tx, const char *attempt_id, const char *outcome,
    int64_t status, const char *code, const char *provider_id, bool *ret_closed,
    struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_outbox_close_attempt,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("attempt_id", attempt_id),
            db_text("outcome", outcome), status ? db_int("status", status) : db_null("status"),
            db_text("code", code), db_text("provider_id", provider_id),
            db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    *ret_closed = changed > 0;
    return err;
}

static enum err move_sent(struct tx *tx, const char *touch_id, const char *provider_id,
    const char *delivery, struct why *reterr_why)
{
    return db_exec(tx, &sql_outbox_settle_sent,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", touch_id),
            db_text("provider_id", provider_id), db_text("delivery", delivery),
            db_int("sent_ms", tx->now.ms), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
}

static enum err move_due(
    struct tx *tx, const char *touch_id, int64_t pause_ms, const char *code, struct why *reterr_why)
{
    assert(pause_ms > 0);
    return db_exec(tx, &sql_outbox_settle_due,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", touch_id),
            db_int("next_ms", tx->now.ms + pause_ms), db_text("code", code)),
        NULL, reterr_why);
}

static enum err move_final(struct tx *tx, const char *touch_id, enum touch_state state,
    const char *code, const char *detail, struct why *reterr_why)
{
    return db_exec(tx, &sql_outbox_settle_final,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", touch_id),
            db_text("state", touch_state_name(state)), db_text("code", code),
            db_text("detail", detail), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
}

/* Up to a quarter more, so that what failed together does not come back together. */
static int64_t jittered(struct tx *tx, int64_t pause_ms)
{
    return pause_ms + (int64_t)(ids_random(tx->ids) % (uint64_t)(pause_ms / 4 + 1));
}

static int64_t pause_ms_of(struct tx *tx, const struct receipt *receipt, int64_t number)
{
    if (receipt->retry_after_s > 0)
        return receipt->retry_after_s * MS_PER_SECOND;
    if (receipt->outcome == RECEIPT_CONFIG)
        return PAUSE_CONFIG_MS;
    if (receipt->outcome == RECEIPT_TRANSIENT) {
        size_t last = sizeof(transient_pause_ms) / sizeof(transient_pause_ms[0]) - 1;
        size_t step = (size_t)(number - 1);
        return jittered(tx, transient_pause_ms[step < last ? step : last]);
    }
    int64_t pause_ms = PAUSE_NOT_SENT_MS;
    for (int64_t i = 1; i < number && pause_ms < PAUSE_NOT_SENT_MS_MAX; i++)
        pause_ms *= 2;
    return jittered(tx, pause_ms < PAUSE_NOT_SENT_MS_MAX ? pause_ms : PAUSE_NOT_SENT_MS_MAX);
}

static enum err doubt_touch(
    struct tx *tx, const char *touch_id, const char *attempt_id, struct why *reterr_why)
{
    enum err err = db_exec(tx, &sql_outbox_doubt_attempt,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("attempt_id", attempt_id)), NULL,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    /* Looked at in the same step; the first question waits for ask_after_ms of its channel. */
    return db_exec(tx, &sql_outbox_settle_doubt,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", touch_id),
            db_int("next_ms", tx->now.ms)),
        NULL, reterr_why);
}

static enum err move_by_receipt(struct tx *tx, const struct found_attempt *found,
    const struct receipt *receipt, struct why *reterr_why)
{
    const char *code =
        receipt->code && receipt->code[0] ? receipt->code : receipt_outcome_name(receipt->outcome);
    switch (receipt->outcome) {
    case RECEIPT_ACCEPTED:
        return move_sent(tx, found->touch_id, receipt->provider_id, "queued", reterr_why);
    case RECEIPT_TRANSIENT:
        if (found->number >= OUTBOX_ATTEMPTS_MAX)
            return move_final(tx, found->touch_id, TOUCH_FAILED, code, receipt->detail, reterr_why);
        return move_due(
            tx, found->touch_id, pause_ms_of(tx, receipt, found->number), code, reterr_why);
    case RECEIPT_NOT_SENT:
    case RECEIPT_CONFIG:
        return move_due(
            tx, found->touch_id, pause_ms_of(tx, receipt, found->number), code, reterr_why);
    case RECEIPT_PERMANENT:
    case RECEIPT_LANDLINE:
    case RECEIPT_OPT_OUT:
    case RECEIPT_CONTENT:
        return move_final(tx, found->touch_id, TOUCH_FAILED, code, receipt->detail, reterr_why);
    case RECEIPT_IN_DOUBT: return doubt_touch(tx, found->touch_id, found->attempt_id, reterr_why);
    case RECEIPT_MAX: break;
    }
    assert(!"unknown receipt outcome");
    return ERR_INPUT;
}

static const char *attempt_outcome(enum receipt_outcome outcome)
{
    switch (outcome) {
    case RECEIPT_ACCEPTED: return "accepted";
    case RECEIPT_NOT_SENT: return "not_sent";
    case RECEIPT_TRANSIENT:
    case RECEIPT_CONFIG:
    case RECEIPT_PERMANENT:
    case RECEIPT_LANDLINE:
    case RECEIPT_OPT_OUT:
    case RECEIPT_CONTENT: return "refused";
    case RECEIPT_IN_DOUBT:
    case RECEIPT_MAX: break;
    }
    return "in_doubt";
}

enum err outbox_settle(struct arena *tick, struct tx *tx, const struct receipt *receipt,
    struct touch *ret_touch, struct why *reterr_why)
{
    struct found_attempt found;
    enum err err = find_attempt(tick, tx, receipt->attempt_id, &found, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool closed = true;
    if (receipt->outcome != RECEIPT_IN_DOUBT)
        err = close_attempt(tx, receipt->attempt_id, attempt_outcome(receipt->outcome),
            receipt->status, receipt->code, receipt->provider_id, &closed, reterr_why);
    if (err == ERR_NONE && closed)
        err = move_by_receipt(tx, &found, receipt, reterr_why);
    if (err == ERR_NONE)
        err = outbox_read(tick, tx->db, tx->practice_id, found.touch_id, ret_touch, reterr_why);
    if (err == ERR_NONE && closed)
        err = outbox__audit(tx, "touch.settled", ret_touch->patient_id, ret_touch->touch_id,
            json_pack("{s:s,s:s,s:s}", "attempt", receipt->attempt_id, "outcome",
                receipt_outcome_name(receipt->outcome), "state",
                touch_state_name(ret_touch->state)),
            reterr_why);
    return err;
}

enum err outbox_expire(struct tx *tx, const char *owner, int64_t *ret_count, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_outbox_expired,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_int("now_ms", tx->now.ms),
            db_text("owner", owner)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct expired {
        const char *touch_id, *attempt_id, *patient_id;
        struct expired *next;
    } *first = NULL, **last = &first;
    while (db_next(rows)) {
        struct expired *expired = ARENA_NEW(&scratch, struct expired, 1);
        expired->touch_id = db_col_copy(&scratch, rows, 0);
        expired->attempt_id = db_col_copy(&scratch, rows, 1);
        expired->patient_id = db_col_copy(&scratch, rows, 2);
        *last = expired;
        last = &expired->next;
    }
    err = db_end(&rows, reterr_why);
    int64_t count = 0;
    for (struct expired *e = first; e && err == ERR_NONE; e = e->next, count++) {
        err = doubt_touch(tx, e->touch_id, e->attempt_id, reterr_why);
        if (err == ERR_NONE)
            err = outbox__audit(tx, "touch.in_doubt", e->patient_id, e->touch_id,
                json_pack("{s:s}", "attempt", e->attempt_id), reterr_why);
    }
    if (err == ERR_NONE)
        *ret_count = count;
    return err;
}

enum err outbox_claim_doubts(struct arena *tick, struct tx *tx, size_t limit,
    struct doubt **ret_doubts, size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_outbox_claim_doubts,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_int("now_ms", tx->now.ms),
            db_int("limit", (int64_t)limit)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct doubt *doubts = ARENA_NEW(tick, struct doubt, limit);
    size_t count = 0;
    while (count < limit && db_next(rows)) {
        struct doubt *doubt = &doubts[count];
        const char *attempt_id = db_col_text(rows, 0);
        memcpy(doubt->attempt_id, attempt_id, strlen(attempt_id) + 1);
        doubt->touch_id = db_col_copy(tick, rows, 1);
        doubt->driver = db_col_copy(tick, rows, 2);
        doubt->address = db_col_copy(tick, rows, 3);
        doubt->body = db_col_copy(tick, rows, 4);
        if (!channel_kind_parse(db_col_text(rows, 5), &doubt->channel))
            continue;
        doubt->started.ms = db_col_int(rows, 6);
        doubt->asked = db_col_int(rows, 7);
        count++;
    }
    err = db_end(&rows, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        err = db_exec(tx, &sql_outbox_lease_doubt,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", doubts[i].touch_id),
                db_int("next_ms", tx->now.ms + OUTBOX_LEASE_MS)),
            NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_doubts = doubts;
    *ret_count = count;
    return ERR_NONE;
}

enum err outbox_read_doubt(struct arena *tick, struct db *db, int64_t practice_id,
    struct doubt *doubt, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_outbox_read_doubt,
        DB_ARGS(db_int("practice_id", practice_id), db_text("attempt_id", doubt->attempt_id)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool known = db_next(rows) && channel_kind_parse(db_col_text(rows, 4), &doubt->channel);
    if (known) {
        doubt->touch_id = db_col_copy(tick, rows, 0);
        doubt->driver = db_col_copy(tick, rows, 1);
        doubt->address = db_col_copy(tick, rows, 2);
        doubt->body = db_col_copy(tick, rows, 3);
        doubt->started.ms = db_col_int(rows, 5);
        doubt->asked = db_col_int(rows, 6);
    }
    err = db_end(&rows, reterr_why);
    if (err == ERR_NONE && !known)
        return why_set(reterr_why, ERR_NOT_FOUND, "this attempt is not in doubt");
    return err;
}

/* The first provider id that no other attempt is known to be, or NULL. */
static enum err pick_provider_id(struct tx *tx, const struct doubt *doubt,
    const char *const *provider_ids, size_t count, const char **ret_id, struct why *reterr_why)
{
    *ret_id = NULL;
    for (size_t i = 0; i < count; i++) {
        int64_t used = 0;
        enum err err = db_query_int(tx->db, &sql_outbox_provider_id_used,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("provider_id", provider_ids[i]),
                db_text("attempt_id", doubt->attempt_id)),
            &used, reterr_why);
        if (err != ERR_NONE)
            return err;
        if (used == 0) {
            *ret_id = provider_ids[i];
            return ERR_NONE;
        }
    }
    return ERR_NONE;
}

static enum err ask_again(
    struct tx *tx, const struct doubt *doubt, int64_t pause_ms, struct why *reterr_why)
{
    return db_exec(tx, &sql_outbox_lease_doubt,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", doubt->touch_id),
            db_int("next_ms", tx->now.ms + pause_ms)),
        NULL, reterr_why);
}

enum err outbox_postpone_doubt(
    struct tx *tx, const struct doubt *doubt, struct instant next, struct why *reterr_why)
{
    assert(next.ms > tx->now.ms);
    return ask_again(tx, doubt, next.ms - tx->now.ms, reterr_why);
}

static enum err doubt_absent(struct tx *tx, const struct doubt *doubt,
    const struct channel_setting *setting, struct why *reterr_why)
{
    size_t asks = sizeof(setting->ask_after_ms) / sizeof(setting->ask_after_ms[0]);
    int64_t last_ms = doubt->started.ms + setting->ask_after_ms[asks - 1];
    if (tx->now.ms < last_ms) {
        size_t next = doubt->asked + 1 < (int64_t)asks ? (size_t)doubt->asked + 1 : asks - 1;
        int64_t at_ms = doubt->started.ms + setting->ask_after_ms[next];
        return ask_again(tx, doubt, at_ms > tx->now.ms ? at_ms - tx->now.ms : 1, reterr_why);
    }
    bool closed;
    enum err err =
        close_attempt(tx, doubt->attempt_id, "absent", 0, NULL, NULL, &closed, reterr_why);
    if (err != ERR_NONE || !closed)
        return err;
    int64_t pause_ms = setting->resend_after_ms > 0 ? setting->resend_after_ms : 1;
    return move_due(tx, doubt->touch_id, pause_ms, "absent", reterr_why);
}

static enum err doubt_found(
    struct tx *tx, const struct doubt *doubt, const char *provider_id, struct why *reterr_why)
{
    bool closed;
    enum err err =
        close_attempt(tx, doubt->attempt_id, "accepted", 0, NULL, provider_id, &closed, reterr_why);
    if (err != ERR_NONE || !closed)
        return err;
    return move_sent(tx, doubt->touch_id, provider_id, "queued", reterr_why);
}

enum err outbox_answer_doubt(struct arena *tick, struct tx *tx, const struct doubt *doubt,
    enum doubt_answer answer, const char *const *provider_ids, size_t provider_count,
    const struct channel_setting *setting, struct why *reterr_why)
{
    struct found_attempt found;
    enum err err = find_attempt(tick, tx, doubt->attempt_id, &found, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (strcmp(found.outcome, "in_doubt") != 0)
        return ERR_NONE; /* a callback has answered in the meantime */
    err = db_exec(tx, &sql_outbox_asked,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("attempt_id", doubt->attempt_id),
            db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    const char *provider_id = NULL;
    if (err == ERR_NONE && answer == DOUBT_FOUND)
        err = pick_provider_id(tx, doubt, provider_ids, provider_count, &provider_id, reterr_why);
    if (err != ERR_NONE)
        return err;
    switch (answer) {
    case DOUBT_FOUND:
        err = provider_id ? doubt_found(tx, doubt, provider_id, reterr_why)
                          : doubt_absent(tx, doubt, setting, reterr_why);
        break;
    case DOUBT_ABSENT: err = doubt_absent(tx, doubt, setting, reterr_why); break;
    case DOUBT_NO_ANSWER:
        err = ask_again(tx, doubt, jittered(tx, setting->ask_after_ms[0]), reterr_why);
        break;
    case DOUBT_NOBODY_KNOWS:
        err = move_final(tx, doubt->touch_id, TOUCH_UNCONFIRMED, "unconfirmed", NULL, reterr_why);
        break;
    case DOUBT_MAX: assert(!"unknown doubt answer");
    }
    if (err != ERR_NONE)
        return err;
    return outbox__audit(tx, "touch.asked", NULL, doubt->touch_id,
        json_pack("{s:s,s:i,s:s?}", "attempt", doubt->attempt_id, "answer", (int)answer,
            "provider_id", provider_id),
        reterr_why);
}

/* queued < sent < a terminal state; the first terminal state stays. */
static int delivery_rank(const char *delivery)
{
    static const char *const order[] = {"unknown", "queued", "sent"};
    if (!delivery)
        return -1;
    for (int i = 0; i < 3; i++) {
        if (strcmp(delivery, order[i]) == 0)
            return i;
    }
    return 3;
}

static enum err find_reported(struct arena *tick, struct tx *tx,
    const struct delivery_report *report, struct found_attempt *ret_found, struct why *reterr_why)
{
    if (report->attempt_id && strlen(report->attempt_id) < sizeof(struct id)) {
        enum err err = find_attempt(tick, tx, report->attempt_id, ret_found, NULL);
        if (err != ERR_NOT_FOUND)
            return err;
    }
    if (!report->provider_id)
        return why_set(reterr_why, ERR_NOT_FOUND, "the report names no message of ours");
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_outbox_find_provider_id,
        DB_ARGS(
            db_int("practice_id", tx->practice_id), db_text("provider_id", report->provider_id)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *attempt_id = db_next(rows) ? db_col_copy(tick, rows, 0) : NULL;
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!attempt_id)
        return why_set(reterr_why, ERR_NOT_FOUND, "the report names no message of ours");
    return find_attempt(tick, tx, attempt_id, ret_found, reterr_why);
}

enum err outbox_report_delivery(struct arena *tick, struct tx *tx,
    const struct delivery_report *report, bool *ret_moved, struct touch *ret_touch,
    struct why *reterr_why)
{
    struct found_attempt found;
    enum err err = find_reported(tick, tx, report, &found, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool closed;
    err = close_attempt(
        tx, found.attempt_id, "accepted", 0, NULL, report->provider_id, &closed, reterr_why);
    if (err == ERR_NONE && closed) /* it answers a doubt, or overtook the answer itself */
        err = move_sent(tx, found.touch_id, report->provider_id, NULL, reterr_why);
    struct touch touch;
    if (err == ERR_NONE)
        err = outbox_read(tick, tx->db, tx->practice_id, found.touch_id, &touch, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool moved = delivery_rank(report->delivery) > delivery_rank(touch.delivery);
    if (moved)
        err = db_exec(tx, &sql_outbox_set_delivery,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", found.touch_id),
                db_text("delivery", report->delivery), db_text("code", report->code),
                db_text("provider_id", report->provider_id), db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    if (err == ERR_NONE && moved)
        err = outbox__audit(tx, "touch.delivery", touch.patient_id, touch.touch_id,
            json_pack("{s:s}", "delivery", report->delivery), reterr_why);
    if (err == ERR_NONE)
        err = outbox_read(tick, tx->db, tx->practice_id, found.touch_id, ret_touch, reterr_why);
    if (err == ERR_NONE)
        *ret_moved = moved;
    return err;
}
