/* inbox.c: messages stored, matched to a person, and acted on. Tasks are in inbox_task.c. */
#include "inbox/inbox.h"

#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/hash.h"
#include "base/text.h"
#include "inbox/inbox_int.h"
#include "inbox_sql.h"

#define NONE_ATTACHED "[]"

enum {
    DECLINE_PAUSE_DAYS = 90, /* a bare "no thanks" rests marketing this long (OPT label policy) */
    WORDS_MAX = 20,          /* messages of a conversation that are read again */
};

/* Without an id of the provider's, the same words at the same moment are the same message. */
static const char *provider_id_of(struct arena *scratch, const struct inbox_message *message)
{
    if (!text_is_blank(message->provider_id))
        return message->provider_id;
    const char *text = arena_format(scratch, "%s|%s|%lld|%s", message->channel, message->sender,
        (long long)message->received.ms, message->body);
    struct sha256 hash = hash_sha256(text, strlen(text));
    return hash_hex(scratch, hash.bytes, sizeof(hash.bytes));
}

/* Cut at a character, never inside one. */
static const char *bounded(struct arena *scratch, const char *body)
{
    size_t len = strlen(body);
    if (len <= INBOX_BODY_BYTES_MAX)
        return body;
    len = INBOX_BODY_BYTES_MAX;
    while (len > 0 && ((unsigned char)body[len] & 0xC0) == 0x80)
        len--;
    return arena_text_n(scratch, body, len);
}

enum err inbox_store(struct tx *tx, const struct inbox_message *message, struct id *ret_inbound,
    bool *ret_new, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct id id = ids_next(tx->ids, tx->now);
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_inbox_store,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("inbound_id", id.text),
            db_text("channel", message->channel),
            db_text("provider_id", provider_id_of(&scratch, message)),
            db_text("sender", message->sender), db_text("recipient", message->recipient),
            db_text("body", bounded(&scratch, message->body)),
            db_text("attachments", message->attachments ? message->attachments : NONE_ATTACHED),
            db_int("received_ms", message->received.ms)),
        &changed, reterr_why);
    if (err == ERR_NONE && changed)
        err = audit_write(tx, "inbound.stored", NULL, id.text, NULL, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_inbound = id;
    *ret_new = changed > 0;
    return ERR_NONE;
}

bool inbox_has_attachments(const struct inbound *inbound)
{
    return inbound->attachments && !text_is(inbound->attachments, NONE_ATTACHED);
}

static enum err find_prior(struct arena *tick, struct db *db, int64_t practice_id,
    struct inbound *inbound, const char **ret_patient, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_inbox_prior,
        DB_ARGS(db_int("practice_id", practice_id), db_text("sender", inbound->sender),
            db_int("received_ms", inbound->received.ms)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_patient = NULL;
    if (db_next(rows)) {
        inbound->touch_id = db_col_copy(tick, rows, 0);
        *ret_patient = db_col_copy(tick, rows, 1);
        inbound->prior_body = db_col_copy(tick, rows, 2);
        inbound->prior_key = db_col_copy(tick, rows, 3);
        inbound->enrollment_id = db_col_copy(tick, rows, 4);
    }
    return db_end(&rows, reterr_why);
}

/* Nothing went to the address that the reply comes from, but something went to the person. */
static enum err find_answered(struct arena *tick, struct db *db, int64_t practice_id,
    struct inbound *inbound, struct why *reterr_why)
{
    if (inbound->touch_id || !inbound->patient_id)
        return ERR_NONE;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_inbox_answered,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", inbound->patient_id),
            db_int("received_ms", inbound->received.ms)),
        &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows)) {
        inbound->touch_id = db_col_copy(tick, rows, 0);
        inbound->enrollment_id = db_col_copy(tick, rows, 1);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err inbox__read_sharing(struct arena *arena, struct db *db, int64_t practice_id,
    struct inbound *inbound, struct why *reterr_why)
{
    const enum channel_kind channel = strchr(inbound->sender, '@') ? CHANNEL_EMAIL : CHANNEL_SMS;
    return record_patients_at(arena, db, practice_id, channel, inbound->sender, &inbound->sharing,
        &inbound->sharing_count, reterr_why);
}

/* Whom it is from: the one last written to at this address, else its only or first user. */
static enum err match(struct arena *tick, struct db *db, int64_t practice_id,
    struct inbound *inbound, struct why *reterr_why)
{
    const char *written_to;
    enum err err = find_prior(tick, db, practice_id, inbound, &written_to, reterr_why);
    if (err == ERR_NONE)
        err = inbox__read_sharing(tick, db, practice_id, inbound, reterr_why);
    if (err != ERR_NONE)
        return err;
    inbound->patient_id = inbound->sharing_count ? inbound->sharing[0] : written_to;
    for (size_t i = 0; i < inbound->sharing_count; i++) {
        if (text_is(inbound->sharing[i], written_to))
            inbound->patient_id = written_to;
    }
    if (inbound->sharing_count == 0 && written_to) {
        const char **only = ARENA_NEW(tick, const char *, 1);
        only[0] = written_to;
        inbound->sharing = only;
        inbound->sharing_count = 1;
    }
    return find_answered(tick, db, practice_id, inbound, reterr_why);
}

enum err inbox_claim(struct tx *tx, const char *inbound_id, bool *ret_still, struct why *reterr_why)
{
    int64_t count = 0;
    enum err err = db_query_int(tx->db, &sql_inbox_claim,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("inbound_id", inbound_id)), &count,
        reterr_why);
    *ret_still = count > 0;
    return err;
}

enum err inbox_unfolded(struct arena *tick, struct db *db, int64_t practice_id, size_t limit,
    struct inbound **ret_inbound, size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_inbox_unfolded,
        DB_ARGS(db_int("practice_id", practice_id), db_int("limit", (int64_t)limit)), &rows,
        reterr_why);
    if (err != ERR_NONE)
        return err;
    struct inbound *list = ARENA_NEW(tick, struct inbound, limit + 1);
    size_t count = 0;
    while (count < limit && db_next(rows)) {
        struct inbound *inbound = &list[count++];
        inbound->inbound_id = db_col_copy(tick, rows, 0);
        inbound->channel = db_col_copy(tick, rows, 1);
        inbound->sender = db_col_copy(tick, rows, 2);
        inbound->body = db_col_copy(tick, rows, 3);
        inbound->received.ms = db_col_int(rows, 4);
        inbound->attachments = db_col_copy(tick, rows, 5);
    }
    err = db_end(&rows, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++)
        err = match(tick, db, practice_id, &list[i], reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_inbound = list;
    *ret_count = count;
    return ERR_NONE;
}

static enum err find_thread(struct tx *tx, const struct inbound *inbound, struct id *ret_thread,
    bool *ret_found, struct why *reterr_why)
{
    const struct sql *sql =
        inbound->patient_id ? &sql_inbox_find_thread : &sql_inbox_find_thread_by_address;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, sql,
        DB_ARGS(db_int("practice_id", tx->practice_id),
            inbound->patient_id ? db_text("patient_id", inbound->patient_id)
                                : db_text("address", inbound->sender)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_found = db_next(rows);
    if (*ret_found) {
        const char *text = db_col_text(rows, 0);
        assert(strlen(text) < sizeof(ret_thread->text));
        memcpy(ret_thread->text, text, strlen(text) + 1);
    }
    return db_end(&rows, reterr_why);
}

static enum err move_thread(struct tx *tx, const struct inbound *inbound,
    const struct inbox_reading *reading, struct id *ret_thread, struct why *reterr_why)
{
    bool found = false;
    enum err err = inbound->patient_id
        ? inbox__join_sender(tx, inbound->sender, inbound->patient_id, reterr_why)
        : ERR_NONE;
    if (err == ERR_NONE)
        err = find_thread(tx, inbound, ret_thread, &found, reterr_why);
    if (err == ERR_NONE && !found) {
        *ret_thread = ids_next(tx->ids, tx->now);
        err = db_exec(tx, &sql_inbox_open_thread,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("thread_id", ret_thread->text),
                db_text("patient_id", inbound->patient_id), db_text("address", inbound->sender),
                db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    } else if (err == ERR_NONE && reading->settled) {
        return inbox__note_settled(tx, inbound, ret_thread->text, reterr_why);
    }
    bool waits = false;
    const char *urgency = NULL;
    if (err == ERR_NONE)
        err = inbox__keep_urgency(
            tx, ret_thread->text, inbound->inbound_id, reading, &waits, &urgency, reterr_why);
    if (err != ERR_NONE)
        return err;
    bool closed = !waits && !reading->stop_unsure && !reading->attached
        && (text_is(reading->route, "close") || reading->stop || reading->settled);
    return db_exec(tx, &sql_inbox_move_thread,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("thread_id", ret_thread->text),
            db_text("state", closed ? "closed" : "open"),
            db_int("received_ms", inbound->received.ms), db_text("label", reading->label),
            db_text("route", reading->route), db_text("urgency", urgency),
            db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
}

struct stop {
    struct tx *tx;
    const unsigned char *address_key;
    const struct inbound *inbound;
    const char *reason;
    bool any_new;
};

static enum err suppress_on(
    struct stop *stop, enum channel_kind channel, bool every_channel, struct why *reterr_why)
{
    const struct suppression_act act = {
        .channel = channel,
        .every_channel = every_channel,
        .one_channel = !every_channel && text_is(stop->reason, "wrong_number"),
        .reason = stop->reason,
        .address = stop->inbound->sender,
        .patient_id = stop->inbound->patient_id,
        .source = stop->inbound->channel,
        .evidence = stop->inbound->body,
    };
    bool is_new;
    enum err err = record_suppress(stop->tx, stop->address_key, &act, &is_new, reterr_why);
    if (err == ERR_NONE)
        stop->any_new = stop->any_new || is_new;
    return err;
}

/* A stop by text holds for texts and calls to that number; by mail for the mail address, and for
 * the person's number too where it speaks of texting (OPT-3, OPT-4): the cautious side is both. */
static enum err apply_stop(struct arena *tick, struct stop *stop, struct why *reterr_why)
{
    const struct inbound *inbound = stop->inbound;
    if (!strchr(inbound->sender, '@')) {
        enum err err = suppress_on(stop, CHANNEL_SMS, false, reterr_why);
        return err == ERR_NONE ? suppress_on(stop, CHANNEL_VOICE, false, reterr_why) : err;
    }
    enum err err = suppress_on(stop, CHANNEL_EMAIL, false, reterr_why);
    struct contact_point *points = NULL;
    size_t count = 0;
    if (err == ERR_NONE && inbound->patient_id)
        err = record_read_contacts(tick, stop->tx->db, stop->tx->practice_id, &inbound->patient_id,
            1, &points, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (points[i].channel != CHANNEL_SMS)
            continue;
        const struct suppression_act act = {
            .channel = CHANNEL_SMS,
            .reason = stop->reason,
            .address = points[i].address,
            .patient_id = inbound->patient_id,
            .source = inbound->channel,
            .evidence = inbound->body,
        };
        bool is_new;
        err = record_suppress(stop->tx, stop->address_key, &act, &is_new, reterr_why);
    }
    return err;
}

/* A wrong number says something of that phone, or of that mail address, and of nothing else; who
 * has died or moved is written to nowhere. */
static enum err apply_wrong_address(
    struct stop *stop, enum channel_kind channel, bool gone, struct why *reterr_why)
{
    enum err err = suppress_on(stop, channel, gone, reterr_why);
    return err == ERR_NONE && !gone && channel == CHANNEL_SMS
        ? suppress_on(stop, CHANNEL_VOICE, false, reterr_why)
        : err;
}

enum err inbox__apply_stops(struct arena *tick, struct tx *tx, const unsigned char *address_key,
    const struct inbound *inbound, const struct inbox_reading *reading,
    struct inbox_outcome *outcome, struct why *reterr_why)
{
    struct stop stop = {.tx = tx, .address_key = address_key, .inbound = inbound};
    enum channel_kind channel = strchr(inbound->sender, '@') ? CHANNEL_EMAIL : CHANNEL_SMS;
    enum err err = ERR_NONE;
    if (!reading->unconfirmed && (reading->wrong_number || reading->gone)) {
        stop.reason = "wrong_number";
        err = apply_wrong_address(&stop, channel, reading->gone, reterr_why);
    }
    if (err == ERR_NONE && reading->stop) {
        stop.reason = "opt_out";
        stop.any_new = false;
        err = apply_stop(tick, &stop, reterr_why);
        bool rest = false;
        if (err == ERR_NONE)
            err = inbox__apply_stop_of_rest(tx, address_key, inbound, &rest, reterr_why);
        stop.any_new = stop.any_new || rest;
        outcome->opted_out = stop.any_new;
        outcome->confirm_opt_out = stop.any_new && !reading->wrong_number && !reading->gone;
    }
    if (err == ERR_NONE && !reading->stop && inbox_names_channel(reading->refuses)) {
        bool is_new = false;
        err = inbox__apply_refusals(tick, tx, address_key, inbound, reading, &is_new, reterr_why);
        outcome->opted_out = outcome->confirm_opt_out = is_new;
        memcpy(outcome->refused, reading->refuses, sizeof(outcome->refused));
    }
    if (err == ERR_NONE && reading->restart && !reading->stop) {
        bool lifted = false;
        err = record_lift_opt_out(tx, address_key, channel, inbound->sender, inbound->channel,
            inbound->body, &lifted, reterr_why);
        outcome->confirm_opt_in = lifted;
    }
    return err;
}

enum err inbox__apply_wishes(struct tx *tx, const struct practice *practice,
    const struct inbound *inbound, const struct inbox_reading *reading, struct why *reterr_why)
{
    const char *patient_id = inbound->patient_id;
    if (!patient_id)
        return ERR_NONE;
    enum err err = ERR_NONE;
    struct day today = zone_day(practice->zone, tx->now);
    if (reading->pause)
        err = record_pause(tx, patient_id, reading->pause_until, reading->pause_until.n == DAY_NONE,
            inbound->channel, reterr_why);
    else if (reading->declined && !reading->stop)
        err = record_pause(tx, patient_id, (struct day){today.n + DECLINE_PAUSE_DAYS}, false,
            inbound->channel, reterr_why);
    for (size_t i = 0; i < reading->tag_count && err == ERR_NONE; i++)
        err = record_tag(tx, patient_id, reading->tags[i], "reply", reterr_why);
    return err;
}

static enum err mark_folded(struct tx *tx, const struct inbound *inbound,
    const struct inbox_reading *reading, const char *thread_id, struct why *reterr_why)
{
    const char *stop = reading->stop ? "yes" : reading->stop_unsure ? "unsure" : "no";
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_inbox_fold,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("inbound_id", inbound->inbound_id),
            db_text("patient_id", inbound->patient_id), db_text("thread_id", thread_id),
            db_text("touch_id", inbound->touch_id), db_text("reading", reading->json),
            db_text("stop", stop), db_int("settled", reading->settled),
            db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (changed == 0)
        return why_set(reterr_why, ERR_CONFLICT, "this message was acted on already");
    JSON_AUTO detail = json_pack("{s:s,s:s,s:s,s:s}", "stop", stop, "label", reading->label,
        "route", reading->route, "urgency", reading->urgency);
    if (inbox_names_channel(reading->refuses))
        json_object_set_new(detail, "refuses", inbox_channels_json(reading->refuses));
    return audit_write(
        tx, "inbound.read", inbound->patient_id, inbound->inbound_id, detail, reterr_why);
}

enum err inbox_apply(struct arena *tick, struct tx *tx, const struct practice *practice,
    const unsigned char address_key[32], const struct inbound *inbound,
    const struct inbox_reading *reading, struct inbox_outcome *ret_outcome, struct why *reterr_why)
{
    struct inbox_outcome outcome = {
        .patients = inbound->sharing, .patient_count = inbound->sharing_count};
    struct id thread;
    enum err err = ERR_NONE;
    if (reading->stop && inbound->patient_id) /* that answers whether an earlier word was one */
        err = inbox_cancel_tasks(tx, inbound->patient_id, "unsure_stop", "suppressed", reterr_why);
    if (err == ERR_NONE)
        err = move_thread(tx, inbound, reading, &thread, reterr_why);
    if (err == ERR_NONE) /* first: a message that was acted on already stops here */
        err = mark_folded(tx, inbound, reading, thread.text, reterr_why);
    if (err == ERR_NONE)
        err = inbox__apply_stops(tick, tx, address_key, inbound, reading, &outcome, reterr_why);
    if (err == ERR_NONE)
        err = inbox__apply_wishes(tx, practice, inbound, reading, reterr_why);
    if (err == ERR_NONE)
        err = inbox__raise(
            tick, tx, practice, inbound, reading, inbound->received, &outcome.task_id, reterr_why);
    if (err != ERR_NONE)
        return err;
    outcome.answer_help = reading->help && !reading->stop;
    *ret_outcome = outcome;
    return ERR_NONE;
}

static void take_newest(const char *const *ids, size_t count, const char *patient_id,
    const struct newest_reply *reply, struct newest_reply *replies)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is(ids[i], patient_id) && !instant_before(reply->received, replies[i].received))
            replies[i] = *reply;
    }
}

static enum err read_unread(struct db *db, int64_t practice_id, const char *list,
    const char *const *ids, size_t count, struct newest_reply *replies, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_inbox_unread_senders,
        DB_ARGS(db_int("practice_id", practice_id), db_text("ids", list)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        const struct newest_reply unread = {.received = {db_col_int(rows, 1)}};
        take_newest(ids, count, db_col_text(rows, 0), &unread, replies);
    }
    return db_end(&rows, reterr_why);
}

enum err inbox_newest_replies(struct arena *tick, struct db *db, int64_t practice_id,
    const char *const *patient_ids, size_t count, struct newest_reply **ret_replies,
    struct why *reterr_why)
{
    struct newest_reply *replies = ARENA_NEW(tick, struct newest_reply, count + 1);
    const char *list = db_list(tick, patient_ids, count);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_inbox_newest_replies,
        DB_ARGS(db_int("practice_id", practice_id), db_text("ids", list)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        const struct newest_reply reply = {
            .received = {db_col_int(rows, 1)},
            .read = !db_col_null(rows, 2),
            .stop_unsure = text_is(db_col_text(rows, 3), "unsure"),
            .label = db_col_copy(tick, rows, 4),
            .route = db_col_copy(tick, rows, 5),
            .urgency = db_col_copy(tick, rows, 6),
        };
        take_newest(patient_ids, count, db_col_text(rows, 0), &reply, replies);
    }
    err = db_end(&rows, reterr_why);
    if (err == ERR_NONE)
        err = read_unread(db, practice_id, list, patient_ids, count, replies, reterr_why);
    if (err == ERR_NONE)
        *ret_replies = replies;
    return err;
}

enum err inbox_read_words(struct arena *arena, struct db *db, int64_t practice_id,
    const char *patient_id, const char *address, struct instant since, const char **ret_words,
    struct why *reterr_why)
{
    const char *words = "";
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_inbox_words_from,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", patient_id),
            db_text("address", address), db_int("since_ms", since.ms), db_int("limit", WORDS_MAX)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows))
        words = arena_format(arena, "%s%s\n", words, db_col_text(rows, 0));
    err = db_end(&rows, reterr_why);
    if (err == ERR_NONE)
        *ret_words = words;
    return err;
}

enum err inbox_close_thread(
    struct tx *tx, const char *patient_id, const char *closed_by, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_inbox_close_thread,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_text("closed_by", closed_by), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err == ERR_NONE && changed)
        err = audit_write(tx, "thread.closed", patient_id, NULL, NULL, reterr_why);
    return err;
}

enum err inbox_move_patient(
    struct tx *tx, const char *gone, const char *into, struct why *reterr_why)
{
    static const struct sql *const moves[] = {&sql_inbox_move_inbound, &sql_inbox_move_tasks,
        &sql_inbox_join_notes, &sql_inbox_drop_thread, &sql_inbox_move_threads};
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]) && err == ERR_NONE; i++)
        err = db_exec(tx, moves[i],
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("gone", gone),
                db_text("into", into)),
            NULL, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_inbox_join_inbound,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("into", into)), NULL,
            reterr_why);
    return err;
}
