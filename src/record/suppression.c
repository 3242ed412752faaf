/* suppression.c: what may no longer be written to, and the person's own way back. */
#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

/* ---- what an import tells of ---- */

static void stop_address(struct page *page, struct batch *batch, const struct folding *folding,
    const char *address, const char *channel, const char *scope)
{
    struct db_arg *args = batch_add(batch);
    args[0] = db_int("practice_id", page->tx->practice_id);
    args[1] = db_text(
        "address_hash", address_hash(page->arena, page->load->options.address_key, address));
    args[2] = db_text("channel", channel);
    args[3] = db_text("scope", scope);
    args[4] = db_text("address", address);
    args[5] = db_text("patient_id", folding->patient_id);
    args[6] = db_int("now_ms", page->tx->now.ms);
}

/* STOP to a text ends texts of every kind; unsubscribing and "do not call" end marketing. */
static void stop_points(struct page *page, struct batch *batch, struct folding *folding)
{
    for (size_t i = 0; i < folding->point_count; i++) {
        const struct point *point = &folding->points[i];
        bool texted = point->channel == CHANNEL_SMS;
        bool stopped = (texted && folding->sms_stopped)
            || (point->channel == CHANNEL_EMAIL && folding->email_stopped)
            || (point->channel == CHANNEL_VOICE && folding->voice_stopped);
        if (stopped)
            stop_address(page, batch, folding, point->address, channel_kind_name(point->channel),
                texted ? "all" : "marketing");
        if (folding->do_not_contact)
            stop_address(page, batch, folding, point->address, "all", "marketing");
    }
    if (folding->do_not_contact)
        page_note(folding, "stopped", "all");
    if (folding->sms_stopped)
        page_note(folding, "stopped", "sms");
    if (folding->email_stopped)
        page_note(folding, "stopped", "email");
    if (folding->voice_stopped)
        page_note(folding, "stopped", "voice");
}

enum err stop_write(struct page *page, struct why *reterr_why)
{
    struct batch batch = batch_of(page->arena, 7);
    for (size_t i = 0; i < page->count; i++) {
        if (page->patients[i].fold)
            stop_points(page, &batch, &page->patients[i]);
    }
    return batch_run(page->tx, &sql_record_suppression_import, &batch, reterr_why);
}

enum err stop_spread(struct record_load *load, const char *patient_id, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct batch batch = batch_of(&scratch, 10);
    DB_ROWS struct db_rows *rows = NULL;
    const struct db_arg practice = db_int("practice_id", load->tx->practice_id);
    const struct db_arg patient = db_text("patient_id", patient_id);
    enum err err = db_query(
        load->tx->db, &sql_record_stops_to_spread, DB_ARGS(practice, patient), &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        const char *address = db_col_copy(&scratch, rows, 4);
        struct db_arg *args = batch_add(&batch);
        args[0] = practice;
        args[1] = patient;
        args[2] =
            db_text("address_hash", address_hash(&scratch, load->options.address_key, address));
        args[3] = db_text("channel", db_col_copy(&scratch, rows, 0));
        args[4] = db_text("scope", db_col_copy(&scratch, rows, 1));
        args[5] = db_text("reason", db_col_copy(&scratch, rows, 2));
        args[6] = db_int("created_ms", db_col_int(rows, 3));
        args[7] = db_text("address", address);
        args[8] = db_int("one_channel", db_col_int(rows, 5));
        args[9] = db_col_null(rows, 6) ? db_null("widened_ms")
                                       : db_int("widened_ms", db_col_int(rows, 6));
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    return err == ERR_NONE ? batch_run(load->tx, &sql_record_stop_spread, &batch, reterr_why) : err;
}

/* ---- what the person, the provider or staff say ---- */

static bool ends_consent(const char *reason)
{
    static const char *const reasons[] = {"opt_out", "complaint", "wrong_number", "staff"};
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (text_is(reason, reasons[i]))
            return true;
    }
    return false;
}

static enum err stands_already(struct tx *tx, const char *hash, const struct suppression_act *act,
    const char *channel, bool *ret_stands, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_record_suppression_read,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("address_hash", hash),
            db_text("channel", channel), db_text("reason", act->reason)),
        &rows, reterr_why);
    *ret_stands = err == ERR_NONE && db_next(rows) && db_col_null(rows, 1)
        && (act->marketing_only || text_is(db_col_text(rows, 0), "all"))
        && (act->one_channel || db_col_int(rows, 2) == 0);
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err suppress_one(struct tx *tx, struct arena *arena,
    const unsigned char address_key[32], const struct suppression_act *act, const char *address,
    bool *ret_new, struct why *reterr_why)
{
    const char *channel = act->every_channel ? "all" : channel_kind_name(act->channel);
    const char *hash = address_hash(arena, address_key, address);
    bool stands = false;
    *ret_new = false;
    enum err err = stands_already(tx, hash, act, channel, &stands, reterr_why);
    if (err != ERR_NONE || stands)
        return err;
    err = db_exec(tx, &sql_record_suppression_put,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("address_hash", hash),
            db_text("channel", channel),
            db_text("scope", act->marketing_only ? "marketing" : "all"),
            db_text("reason", act->reason), db_text("address", address),
            db_text("patient_id", act->patient_id), db_text("source", act->source),
            db_text("evidence", act->evidence), db_int("now_ms", tx->now.ms),
            db_int("one_channel", act->one_channel)),
        NULL, reterr_why);
    if (err == ERR_NONE && ends_consent(act->reason))
        err = db_exec(tx, &sql_record_consents_end,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("channel", channel),
                db_text("patient_id", act->patient_id), db_text("address", address),
                db_text("revoked_by", act->reason), db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    JSON_AUTO detail = json_pack("{s:s, s:s, s:s, s:s}", "channel", channel, "scope",
        act->marketing_only ? "marketing" : "all", "reason", act->reason, "source", act->source);
    if (act->one_channel)
        json_object_set_new(detail, "others_go_on", json_true());
    *ret_new = err == ERR_NONE;
    return err == ERR_NONE
        ? audit_write(tx, "suppression.recorded", act->patient_id, hash, detail, reterr_why)
        : err;
}

/* "Stop everything" closes every address of the person who said so. */
static enum err other_addresses(struct tx *tx, struct arena *arena,
    const struct suppression_act *act, struct id_list *ret_addresses, struct why *reterr_why)
{
    if (!act->every_channel || !act->patient_id)
        return ERR_NONE;
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_record_addresses_of,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", act->patient_id)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        if (!text_is(db_col_text(rows, 0), act->address))
            id_list_add(arena, ret_addresses, db_col_copy(arena, rows, 0));
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err record_suppress(struct tx *tx, const unsigned char address_key[32],
    const struct suppression_act *act, bool *ret_new, struct why *reterr_why)
{
    assert(act->address && act->reason && act->source);
    assert(act->every_channel || act->channel < CHANNEL_TASK);
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct id_list addresses = {0};
    bool any_new = false;
    id_list_add(&scratch, &addresses, act->address);
    enum err err = other_addresses(tx, &scratch, act, &addresses, reterr_why);
    for (size_t i = 0; i < addresses.count && err == ERR_NONE; i++) {
        bool is_new = false;
        err = suppress_one(tx, &scratch, address_key, act, addresses.ids[i], &is_new, reterr_why);
        any_new = any_new || is_new;
    }
    if (err == ERR_NONE)
        *ret_new = any_new;
    return err;
}

enum err record_keeps_a_channel(struct db *db, int64_t practice_id, const char *patient_id,
    bool *ret_keeps, struct why *reterr_why)
{
    int64_t count = 0;
    enum err err = db_query_int(db, &sql_record_stops_one_channel,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", patient_id)), &count,
        reterr_why);
    *ret_keeps = count > 0;
    return err;
}

/* ---- START ---- */

struct stop {
    const char *channel, *reason;
    int64_t created_ms;
    bool marketing_only;
};

enum { STOPS_MAX = 8 }; /* reasons that may be lifted, on one channel and on all */

static enum err read_stops(struct tx *tx, struct arena *arena, const char *hash,
    const char *channel, struct stop *stops, size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    size_t count = 0;
    enum err err = db_query(tx->db, &sql_record_stops_standing,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("address_hash", hash),
            db_text("channel", channel)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        assert(count < STOPS_MAX);
        stops[count++] = (struct stop){.channel = db_col_copy(arena, rows, 0),
            .reason = db_col_copy(arena, rows, 1),
            .created_ms = db_col_int(rows, 2),
            .marketing_only = text_is(db_col_text(rows, 3), "marketing")};
    }
    *ret_count = count;
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* START brings back the channel it came by; what was stopped on every channel stands on the rest.
 */
static enum err keep_others(struct tx *tx, const unsigned char address_key[32], const char *address,
    enum channel_kind lifted, const struct stop *stop, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    enum err err = ERR_NONE;
    for (int channel = CHANNEL_SMS; channel <= CHANNEL_VOICE && err == ERR_NONE; channel++) {
        const struct suppression_act act = {.channel = (enum channel_kind)channel,
            .marketing_only = stop->marketing_only,
            .reason = stop->reason,
            .source = "kept"};
        bool is_new;
        if (channel != (int)lifted)
            err = suppress_one(tx, &scratch, address_key, &act, address, &is_new, reterr_why);
    }
    return err;
}

static enum err lift_one(struct tx *tx, const char *hash, enum channel_kind channel,
    const char *address, const struct stop *stop, const char *source, struct why *reterr_why)
{
    const struct db_arg practice = db_int("practice_id", tx->practice_id);
    enum err err = db_exec(tx, &sql_record_stop_lift,
        DB_ARGS(practice, db_text("address_hash", hash), db_text("channel", stop->channel),
            db_text("reason", stop->reason), db_int("now_ms", tx->now.ms),
            db_text("source", source)),
        NULL, reterr_why);
    return err == ERR_NONE ? db_exec(tx, &sql_record_consents_revive,
               DB_ARGS(practice, db_text("channel", channel_kind_name(channel)),
                   db_text("address", address), db_int("stopped_ms", stop->created_ms)),
               NULL, reterr_why)
                           : err;
}

enum err record_lift_opt_out(struct tx *tx, const unsigned char address_key[32],
    enum channel_kind channel, const char *address, const char *source, const char *evidence,
    bool *ret_lifted, struct why *reterr_why)
{
    assert(address && source && channel < CHANNEL_TASK);
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *name = channel_kind_name(channel);
    const char *hash = address_hash(&scratch, address_key, address);
    struct stop stops[STOPS_MAX];
    size_t count = 0;
    enum err err = read_stops(tx, &scratch, hash, name, stops, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        if (text_is(stops[i].channel, "all"))
            err = keep_others(tx, address_key, address, channel, &stops[i], reterr_why);
        if (err == ERR_NONE)
            err = lift_one(tx, hash, channel, address, &stops[i], source, reterr_why);
    }
    if (err == ERR_NONE && count > 0)
        err = db_exec(tx, &sql_record_person_restart,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("channel", name),
                db_text("address", address)),
            NULL, reterr_why);
    if (err == ERR_NONE && count > 0) {
        JSON_AUTO detail =
            json_pack("{s:s, s:s, s:s?}", "channel", name, "source", source, "evidence", evidence);
        err = audit_write(tx, "suppression.lifted", NULL, hash, detail, reterr_why);
    }
    if (err == ERR_NONE)
        *ret_lifted = count > 0;
    return err;
}
