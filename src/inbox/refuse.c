/* refuse.c: "no calls, text only": one channel is stopped, the others go on. */
#include <string.h>

#include "base/text.h"
#include "inbox/inbox_int.h"
#include "inbox_sql.h"

bool inbox_names_channel(const bool *stopped)
{
    for (int channel = 0; channel < CHANNEL_TASK; channel++) {
        if (stopped[channel])
            return true;
    }
    return false;
}

json_t *inbox_channels_json(const bool *stopped)
{
    json_t *names = json_array();
    for (enum channel_kind channel = 0; channel < CHANNEL_TASK; channel++) {
        if (stopped[channel])
            json_array_append_new(names, json_string(channel_kind_name(channel)));
    }
    return names;
}

struct refusal {
    struct tx *tx;
    const unsigned char *address_key;
    const struct inbound *inbound;
    bool any_new;
};

static enum err refuse(
    struct refusal *refusal, enum channel_kind channel, const char *address, struct why *reterr_why)
{
    const struct suppression_act act = {
        .channel = channel,
        .one_channel = true,
        .reason = "opt_out",
        .address = address,
        .patient_id = refusal->inbound->patient_id,
        .source = refusal->inbound->channel,
        .evidence = refusal->inbound->body,
    };
    bool is_new = false;
    enum err err = record_suppress(refusal->tx, refusal->address_key, &act, &is_new, reterr_why);
    refusal->any_new = refusal->any_new || is_new;
    return err;
}

enum err inbox__apply_refusals(struct arena *tick, struct tx *tx, const unsigned char *address_key,
    const struct inbound *inbound, const struct inbox_reading *reading, bool *ret_new,
    struct why *reterr_why)
{
    struct refusal refusal = {.tx = tx, .address_key = address_key, .inbound = inbound};
    const bool mailed = strchr(inbound->sender, '@') != NULL;
    struct contact_point *points = NULL;
    size_t count = 0;
    enum err err = ERR_NONE;
    if (inbound->patient_id)
        err = record_read_contacts(
            tick, tx->db, tx->practice_id, &inbound->patient_id, 1, &points, &count, reterr_why);
    for (enum channel_kind channel = 0; channel < CHANNEL_TASK; channel++) {
        if (!reading->refuses[channel])
            continue;
        if (err == ERR_NONE && mailed == (channel == CHANNEL_EMAIL))
            err = refuse(&refusal, channel, inbound->sender, reterr_why);
        for (size_t i = 0; i < count && err == ERR_NONE; i++) {
            if (points[i].channel == channel && !text_is(points[i].address, inbound->sender))
                err = refuse(&refusal, channel, points[i].address, reterr_why);
        }
    }
    *ret_new = refusal.any_new;
    return err;
}

enum err inbox__apply_stop_of_rest(struct tx *tx, const unsigned char *address_key,
    const struct inbound *inbound, bool *ret_new, struct why *reterr_why)
{
    bool keeps = false;
    *ret_new = false;
    if (!inbound->patient_id)
        return ERR_NONE;
    enum err err =
        record_keeps_a_channel(tx->db, tx->practice_id, inbound->patient_id, &keeps, reterr_why);
    if (err != ERR_NONE || !keeps)
        return err;
    const struct suppression_act act = {
        .every_channel = true,
        .reason = "opt_out",
        .address = inbound->sender,
        .patient_id = inbound->patient_id,
        .source = inbound->channel,
        .evidence = inbound->body,
    };
    return record_suppress(tx, address_key, &act, ret_new, reterr_why);
}

enum err inbox__note_settled(
    struct tx *tx, const struct inbound *inbound, const char *thread_id, struct why *reterr_why)
{
    return db_exec(tx, &sql_inbox_note_settled,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("thread_id", thread_id),
            db_int("received_ms", inbound->received.ms)),
        NULL, reterr_why);
}
