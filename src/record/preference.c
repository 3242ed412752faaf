/* preference.c: small things that patients and staff set: pauses, tags, health, channel. */
#include <assert.h>

#include "audit/audit.h"
#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

static const char *const health_names[HEALTH_MAX] = {
    [HEALTH_OK] = "ok",
    [HEALTH_BOUNCED] = "bounced",
    [HEALTH_LANDLINE] = "landline",
    [HEALTH_INVALID] = "invalid",
    [HEALTH_SOFT_BOUNCED] = "soft_bounced",
};

static const char *const preference_tags[CHANNEL_TASK] = {
    [CHANNEL_SMS] = "prefers_sms",
    [CHANNEL_EMAIL] = "prefers_email",
    [CHANNEL_VOICE] = "prefers_call",
};

const char *health_name(enum health health)
{
    assert(health < HEALTH_MAX);
    return health_names[health];
}

static enum err missing(struct why *reterr_why)
{
    return why_set(reterr_why, ERR_NOT_FOUND, "there is no such patient");
}

enum err record_set_health(struct tx *tx, const char *patient_id, enum channel_kind channel,
    const char *address, enum health health, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_record_health_put,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_text("channel", channel_kind_name(channel)), db_text("address", address),
            db_text("health", health_name(health)), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err != ERR_NONE || changed == 0)
        return err;
    JSON_AUTO detail = json_pack(
        "{s:s, s:s}", "channel", channel_kind_name(channel), "health", health_name(health));
    return audit_write(tx, "contact.health", patient_id, NULL, detail, reterr_why);
}

enum err record_pause(struct tx *tx, const char *patient_id, struct day until, bool until_told,
    const char *source, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_record_pause_put,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_day("until_day", until), db_int("until_told", until_told),
            db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (changed == 0)
        return missing(reterr_why);
    bool ends = until.n == DAY_NONE && !until_told;
    JSON_AUTO detail = json_pack("{s:s}", "source", source);
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    if (until.n != DAY_NONE)
        json_object_set_new(detail, "until", json_text(day_format(&scratch, until)));
    return audit_write(
        tx, ends ? "patient.resumed" : "patient.paused", patient_id, NULL, detail, reterr_why);
}

enum err record_tag(struct tx *tx, const char *patient_id, const char *tag, const char *source,
    struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_record_tag_put,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_text("tag", tag), db_text("source", source), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err != ERR_NONE || changed == 0)
        return err;
    JSON_AUTO detail = json_pack("{s:s, s:s}", "tag", tag, "source", source);
    return audit_write(tx, "patient.tagged", patient_id, NULL, detail, reterr_why);
}

enum err record_set_preferred_channel(
    struct tx *tx, const char *patient_id, enum channel_kind channel, struct why *reterr_why)
{
    int64_t changed = 0;
    assert(channel < CHANNEL_TASK);
    enum err err = db_exec(tx, &sql_record_channel_put,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_text("channel", channel_kind_name(channel)), db_int("now_ms", tx->now.ms)),
        &changed, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (changed == 0)
        return missing(reterr_why);
    err =
        edit_keep(tx, patient_id, FIELD_PREFERRED_CHANNEL, channel_kind_name(channel), reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO detail = json_pack("{s:s}", "channel", channel_kind_name(channel));
    err = audit_write(tx, "patient.prefers", patient_id, NULL, detail, reterr_why);
    return err == ERR_NONE
        ? record_tag(tx, patient_id, preference_tags[channel], tx->actor, reterr_why)
        : err;
}

static void read_preference(
    struct arena *arena, const struct db_rows *rows, struct preference *preference)
{
    *preference = (struct preference){.patient_id = db_col_copy(arena, rows, 0),
        .source = db_col_copy(arena, rows, 2),
        .at = {db_col_int(rows, 3)}};
    for (int channel = 0; channel < CHANNEL_TASK; channel++) {
        if (text_is(db_col_text(rows, 1), preference_tags[channel]))
            preference->channel = (enum channel_kind)channel;
    }
}

enum err record_read_preferences(struct arena *arena, struct db *db, int64_t practice_id,
    const char *const *patient_ids, size_t count, struct preference **ret_preferences,
    size_t *ret_count, struct why *reterr_why)
{
    struct preference *list = ARENA_NEW(arena, struct preference, count + 1);
    size_t filled = 0;
    bool twice = false; /* the newest of this patient are two of one moment */
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(db, &sql_record_preferences_read,
        DB_ARGS(
            db_int("practice_id", practice_id), db_text("ids", db_list(arena, patient_ids, count))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        bool same = filled > 0 && text_is(db_col_text(rows, 0), list[filled - 1].patient_id);
        if (same) {
            twice = twice || list[filled - 1].at.ms == db_col_int(rows, 3);
            continue;
        }
        filled -= twice;
        twice = false;
        read_preference(arena, rows, &list[filled++]);
    }
    filled -= twice;
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    *ret_preferences = list;
    *ret_count = err == ERR_NONE ? filled : 0;
    return err;
}

enum err record_lock(
    struct tx *tx, const char *const *patient_ids, size_t count, struct why *reterr_why)
{
    if (!db_is_postgres(tx->db) || count == 0)
        return ERR_NONE;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_record_lock_patients,
        DB_ARGS(db_int("practice_id", tx->practice_id),
            db_text("ids", db_list(&scratch, patient_ids, count))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows))
        continue;
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err record_untag(
    struct tx *tx, const char *patient_id, const char *tag, struct why *reterr_why)
{
    int64_t changed = 0;
    enum err err = db_exec(tx, &sql_record_tag_drop,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_text("tag", tag)),
        &changed, reterr_why);
    if (err == ERR_NONE && changed == 0)
        return why_set(reterr_why, ERR_NOT_FOUND, "the patient has no such tag");
    JSON_AUTO detail = json_pack("{s:s}", "tag", tag);
    return err == ERR_NONE
        ? audit_write(tx, "patient.untagged", patient_id, NULL, detail, reterr_why)
        : err;
}
