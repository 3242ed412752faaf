/* outbox.c: planning, claiming and everything that happens to a touch before it leaves.
 * What happens after it left is in outbox_settle.c. */
#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/hash.h"
#include "outbox/outbox_int.h"
#include "outbox_sql.h"

/* 60 bits: a practice that sends ten million links meets a clash with odds of 1 in 20,000, and the
 * unique index then makes the plan fail loudly instead of answering for somebody else. */
enum { LINK_CODE_LEN = 12 };

static struct db_arg db_instant(const char *name, struct instant instant)
{
    return instant.ms == 0 ? db_null(name) : db_int(name, instant.ms);
}

static const char *link_code(struct arena *arena, struct ids *ids)
{
    static const char alphabet[] = "23456789abcdefghijkmnpqrstuvwxyz";
    char *code = arena_alloc(arena, LINK_CODE_LEN + 1);
    uint64_t bits = ids_random(ids);
    for (int i = 0; i < LINK_CODE_LEN; i++, bits >>= 5)
        code[i] = alphabet[bits & 31];
    return code;
}

enum err outbox__audit(struct tx *tx, const char *action, const char *patient_id,
    const char *touch_id, json_t *detail_taken, struct why *reterr_why)
{
    JSON_AUTO detail = detail_taken;
    const char *about = patient_id && *patient_id ? patient_id : NULL; /* a test has none */
    return audit_write(tx, action, about, touch_id, detail, reterr_why);
}

static enum err plan_one(struct arena *tick, struct tx *tx, const struct touch_plan *plan,
    const char **ret_id, struct why *reterr_why)
{
    struct id id = ids_next(tx->ids, tx->now);
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_outbox_plan,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", id.text),
            db_text("enrollment_id", plan->enrollment_id), db_text("patient_id", plan->patient_id),
            db_text("playbook", plan->playbook), db_text("version", plan->version),
            db_text("touch_key", plan->touch_key), db_int("occurrence", plan->occurrence),
            db_int("position", plan->position), db_text("kind", plan->is_task ? "task" : "message"),
            db_text("purpose", plan->purpose), db_int("planned_ms", plan->planned.ms),
            db_instant("expires_ms", plan->expires),
            db_text("channel", plan->has_channel ? channel_kind_name(plan->channel) : NULL),
            db_text("address", plan->address), db_text("template", plan->template_name),
            db_text("variant", plan->variant), db_text("offer", plan->offer),
            db_text("language", plan->language), db_text("subject", plan->subject),
            db_text("body", plan->body), db_text("html", plan->html),
            db_text("for_staff", plan->for_staff), db_text("link_code", link_code(tick, tx->ids)),
            db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err == ERR_NONE)
        *ret_id = changed ? arena_text(tick, id.text) : NULL;
    return err;
}

enum err outbox_plan(struct arena *tick, struct tx *tx, const struct touch_plan *plans,
    size_t count, const char **ret_ids, struct why *reterr_why)
{
    for (size_t i = 0; i < count; i++) {
        assert(plans[i].patient_id && plans[i].touch_key && plans[i].planned.ms > 0);
        const char *id = NULL;
        enum err err = plan_one(tick, tx, &plans[i], &id, reterr_why);
        if (err != ERR_NONE)
            return err;
        if (ret_ids)
            ret_ids[i] = id;
    }
    return ERR_NONE;
}

enum err outbox_claim_due(struct arena *tick, struct tx *tx, const char *only_key, size_t limit,
    struct touch **ret_touches, size_t *ret_count, struct why *reterr_why)
{
    assert(limit <= OUTBOX_CLAIM_MAX);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_outbox_claim_due,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_int("now_ms", tx->now.ms),
            db_text("only_key", only_key), db_int("limit", (int64_t)limit)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    return outbox__touches(tick, &rows, ret_touches, ret_count, reterr_why);
}

enum err outbox_next(
    struct db *db, int64_t practice_id, struct instant *ret_next, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(
        db, &sql_outbox_next, DB_ARGS(db_int("practice_id", practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool known = db_next(rows) && !db_col_null(rows, 0);
    struct instant next = {known ? db_col_int(rows, 0) : 0};
    err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (!known)
        return why_set(reterr_why, ERR_NOT_FOUND, "nothing waits in the outbox");
    *ret_next = next;
    return ERR_NONE;
}

static enum err add_verdict(struct tx *tx, const char *touch_id, const char *answer,
    const char *attempt_id, const struct outbox_verdict *verdict, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    return db_exec(tx, &sql_outbox_add_verdict,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", touch_id),
            db_int("now_ms", tx->now.ms), db_text("answer", answer), db_text("code", verdict->code),
            db_text("rule", verdict->rule), db_instant("until_ms", verdict->until),
            db_text("attempt_id", attempt_id),
            db_text("detail", json_text_of(&scratch, verdict->detail))),
        NULL, reterr_why);
}

/* A touch that another worker moved in the meantime is a bug: claim has locked it. */
static enum err moved_once(enum err err, int64_t changed)
{
    assert(err != ERR_NONE || changed == 1);
    return err;
}

static enum err mark_sending(struct tx *tx, const struct touch *touch,
    const struct outbox_start *start, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct sha256 hash = hash_sha256(start->body, strlen(start->body));
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_outbox_start,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", touch->touch_id),
            db_int("lease_until_ms", tx->now.ms + OUTBOX_LEASE_MS),
            db_text("lease_owner", start->lease_owner),
            db_text("channel", channel_kind_name(start->channel)), db_text("driver", start->driver),
            db_text("address", start->address), db_text("template", start->template_name),
            db_text("wording", start->wording), db_text("variant", start->variant),
            db_text("offer", start->offer), db_text("language", start->language),
            db_text("subject", start->subject), db_text("body", start->body),
            db_text("html", start->html),
            db_text("body_hash", hash_hex(&scratch, hash.bytes, sizeof(hash.bytes))),
            db_int("segments", start->segments)),
        &changed, reterr_why);
    return moved_once(err, changed);
}

enum err outbox_start(struct tx *tx, const struct touch *touch, const struct outbox_start *start,
    struct id *ret_attempt, struct why *reterr_why)
{
    assert(touch->state == TOUCH_DUE || touch->state == TOUCH_WAITING);
    assert(!start->verdict.code); /* only an allow opens an attempt */
    struct id attempt = ids_next(tx->ids, tx->now);
    enum err err = mark_sending(tx, touch, start, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_outbox_open_attempt,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("attempt_id", attempt.text),
                db_text("touch_id", touch->touch_id), db_int("number", touch->attempts + 1),
                db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    if (err == ERR_NONE)
        err = add_verdict(tx, touch->touch_id, "allow", attempt.text, &start->verdict, reterr_why);
    if (err == ERR_NONE)
        err = outbox__audit(tx, "touch.sending", touch->patient_id, touch->touch_id,
            json_pack("{s:s,s:s,s:O}", "attempt", attempt.text, "driver", start->driver, "gate",
                start->verdict.detail),
            reterr_why);
    if (err == ERR_NONE)
        *ret_attempt = attempt;
    return err;
}

enum err outbox_wait(struct tx *tx, const struct touch *touch, const struct outbox_verdict *verdict,
    struct instant expires, struct why *reterr_why)
{
    assert(verdict->code && verdict->until.ms > tx->now.ms);
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_outbox_wait,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", touch->touch_id),
            db_int("next_ms", verdict->until.ms), db_instant("expires_ms", expires),
            db_text("code", verdict->code), db_text("rule", verdict->rule)),
        &changed, reterr_why);
    if (moved_once(err, changed) != ERR_NONE)
        return err;
    err = add_verdict(tx, touch->touch_id, "wait", NULL, verdict, reterr_why);
    if (err != ERR_NONE)
        return err;
    return outbox__audit(tx, "touch.waiting", touch->patient_id, touch->touch_id,
        json_pack("{s:s,s:s?}", "code", verdict->code, "rule", verdict->rule), reterr_why);
}

enum err outbox_defer(struct tx *tx, const struct touch *touch, struct instant next,
    const char *code, struct why *reterr_why)
{
    assert(next.ms >= tx->now.ms);
    return db_exec(tx, &sql_outbox_defer,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", touch->touch_id),
            db_int("next_ms", next.ms), db_text("code", code)),
        NULL, reterr_why);
}

enum err outbox_wake(struct tx *tx, const char *playbook, const char *code, struct why *reterr_why)
{
    return db_exec(tx, &sql_outbox_wake,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("playbook", playbook),
            db_text("code", code), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
}

enum err outbox_end(struct tx *tx, const struct touch *touch, enum touch_state state,
    const char *code, const char *detail, const struct outbox_verdict *verdict,
    struct why *reterr_why)
{
    assert(touch_state_final(state) && state != TOUCH_SENT);
    int64_t changed = 0;
    const char *rule = !verdict ? NULL : verdict->held_rule ? verdict->held_rule : verdict->rule;
    enum err err = db_exec(tx, &sql_outbox_end,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", touch->touch_id),
            db_text("state", touch_state_name(state)), db_text("code", code), db_text("rule", rule),
            db_text("detail", detail), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (moved_once(err, changed) != ERR_NONE)
        return err;
    if (verdict) {
        const char *answer = verdict->code ? "drop" : "allow";
        err = add_verdict(tx, touch->touch_id, answer, NULL, verdict, reterr_why);
        if (err != ERR_NONE)
            return err;
    }
    char action[32] = "touch.";
    strncat(action, touch_state_name(state), sizeof(action) - strlen(action) - 1);
    return outbox__audit(tx, action, touch->patient_id, touch->touch_id,
        json_pack("{s:s?}", "code", code), reterr_why);
}

enum err outbox_replan(
    struct tx *tx, const struct touch *touch, const struct touch_plan *plan, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_outbox_replan,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", touch->touch_id),
            db_text("version", plan->version), db_int("position", plan->position),
            db_text("kind", plan->is_task ? "task" : "message"), db_text("purpose", plan->purpose),
            db_int("planned_ms", plan->planned.ms), db_text("template", plan->template_name),
            db_text("variant", plan->variant), db_text("offer", plan->offer)),
        &changed, reterr_why);
    if (moved_once(err, changed) != ERR_NONE)
        return err;
    return outbox__audit(tx, "touch.replanned", touch->patient_id, touch->touch_id,
        json_pack("{s:s?}", "version", plan->version), reterr_why);
}

enum err outbox_cancel(struct tx *tx, const char *enrollment_id, const char *patient_id,
    const char *code, int64_t *ret_cancelled, struct why *reterr_why)
{
    const struct sql *sql =
        enrollment_id ? &sql_outbox_cancel_enrollment : &sql_outbox_cancel_patient;
    int64_t cancelled = 0;
    enum err err = db_exec(tx, sql,
        DB_ARGS(db_int("practice_id", tx->practice_id),
            enrollment_id ? db_text("enrollment_id", enrollment_id)
                          : db_text("patient_id", patient_id),
            db_text("code", code), db_int("now_ms", tx->now.ms)),
        &cancelled, reterr_why);
    if (err == ERR_NONE && cancelled > 0)
        err = outbox__audit(tx, "touch.cancelled", patient_id, enrollment_id,
            json_pack("{s:s,s:I}", "code", code, "touches", (json_int_t)cancelled), reterr_why);
    if (err == ERR_NONE && ret_cancelled)
        *ret_cancelled = cancelled;
    return err;
}

enum err outbox_approve(struct tx *tx, const struct touch *touch, const struct outbox_words *words,
    struct why *reterr_why)
{
    assert(touch->state == TOUCH_DUE || touch->state == TOUCH_WAITING);
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct sha256 hash = hash_sha256(words->text, strlen(words->text));
    JSON_AUTO json =
        json_pack("{s:s, s:s?, s:s, s:b}", "channel", channel_kind_name(words->channel), "subject",
            words->subject, "text", words->text, "typed", words->typed);
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_outbox_approve,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("touch_id", touch->touch_id),
            db_text("words", json_text_of(&scratch, json)), db_text("worded_by", words->by)),
        &changed, reterr_why);
    if (moved_once(err, changed) != ERR_NONE)
        return err;
    return outbox__audit(tx, "touch.approved", touch->patient_id, touch->touch_id,
        json_pack("{s:s, s:b, s:s}", "channel", channel_kind_name(words->channel), "changed",
            words->by != NULL, "text", hash_hex(&scratch, hash.bytes, sizeof(hash.bytes))),
        reterr_why);
}

bool outbox_words_of(struct arena *arena, const struct touch *touch, struct outbox_words *ret_words)
{
    JSON_AUTO json = NULL;
    if (!touch->words || json_parse(touch->words, strlen(touch->words), &json, NULL) != ERR_NONE)
        return false;
    const char *channel = json_string_value(json_object_get(json, "channel"));
    *ret_words = (struct outbox_words){
        .subject = arena_text(arena, json_string_value(json_object_get(json, "subject"))),
        .text = arena_text(arena, json_string_value(json_object_get(json, "text"))),
        .typed = json_is_true(json_object_get(json, "typed")),
    };
    return ret_words->text && channel && channel_kind_parse(channel, &ret_words->channel);
}

enum err outbox_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why)
{
    return db_exec(tx, &sql_outbox_move_patient,
        DB_ARGS(
            db_int("practice_id", tx->practice_id), db_text("gone", gone), db_text("into", into)),
        NULL, reterr_why);
}

enum err outbox_return_patient(struct tx *tx, const char *into, const char *gone,
    const char *touch_ids, struct why *reterr_why)
{
    return db_exec(tx, &sql_outbox_return_patient,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", gone),
            db_text("into", into), db_text("ids", touch_ids)),
        NULL, reterr_why);
}

enum err outbox_erase(struct erasing *erasing, struct why *reterr_why)
{
    static const struct erase_step steps[] = {
        {&sql_outbox_erase_open, "pn", NULL, true},
        {&sql_outbox_erase_words, "pa", "messages_out", true},
    };
    int64_t leaving = 0;
    enum err err = db_query_int(erasing->tx->db, &sql_outbox_erase_leaving,
        DB_ARGS(db_int("practice_id", erasing->tx->practice_id),
            db_text("patient_id", erasing->patient_id)),
        &leaving, reterr_why);
    if (err == ERR_NONE && leaving > 0 && !erasing->again) {
        why_set(reterr_why, ERR_CONFLICT, "a message to this patient is leaving at this moment");
        why_hint(reterr_why, "Try again in two minutes");
        return ERR_CONFLICT;
    }
    return err == ERR_NONE ? erase_run(erasing, steps, sizeof(steps) / sizeof(steps[0]), reterr_why)
                           : err;
}
