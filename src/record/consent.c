/* consent.c: permission as evidence: given, renewed and revoked, never deleted. */
#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

/* 'phi' has the place of CHANNEL_TASK, which nobody consents to. */
static const char *consent_channel(int channel)
{
    return channel == CHANNEL_TASK ? "phi" : channel_kind_name((enum channel_kind)channel);
}

static const enum record_field consent_fields[CONSENT_CHANNELS] = {
    [CHANNEL_SMS] = FIELD_SMS_CONSENT,
    [CHANNEL_EMAIL] = FIELD_EMAIL_CONSENT,
    [CHANNEL_VOICE] = FIELD_VOICE_CONSENT,
    [CHANNEL_TASK] = FIELD_PHI_MARKETING_AUTH,
};

/* What stands for one patient and channel, for marketing. */
struct standing {
    struct {
        const char *consent_id; /* NULL: none live of this class */
        struct day given;
        bool imported; /* the booking system told of it, so that it may take it back */
    } live[2];         /* express, written */
    bool revoked, revoked_by_import;
    int64_t revoked_ms;
};

static int channel_of(const char *name)
{
    for (int channel = 0; channel < CONSENT_CHANNELS; channel++) {
        if (text_is(name, consent_channel(channel)))
            return channel;
    }
    assert(!"a consent for no channel");
    return 0;
}

static void take(struct page *page, struct standing *standing, const struct db_rows *rows)
{
    bool written = text_is(db_col_text(rows, 3), "written");
    const char *revoked_by = db_col_text(rows, 6);
    if (db_col_null(rows, 5)) {
        standing->live[written].consent_id = db_col_copy(page->arena, rows, 1);
        standing->live[written].given = db_col_day(rows, 4);
        standing->live[written].imported = text_starts(db_col_text(rows, 8), "import:");
    } else if (!text_starts(revoked_by, "merge") && db_col_int(rows, 5) >= standing->revoked_ms) {
        standing->revoked = true;
        standing->revoked_ms = db_col_int(rows, 5);
        standing->revoked_by_import = text_is(revoked_by, "import");
    }
}

static enum err read_standing(struct page *page, struct standing *standings, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(page->tx->db, &sql_record_consents_of,
        DB_ARGS(db_int("practice_id", page->tx->practice_id), db_text("ids", page->ids)), &rows,
        reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct folding *folding = page_find(page, db_col_text(rows, 0));
        assert(folding);
        if (!text_is(db_col_text(rows, 7), "marketing"))
            continue;
        size_t place = (size_t)(folding - page->patients) * CONSENT_CHANNELS
            + (size_t)channel_of(db_col_text(rows, 2));
        take(page, &standings[place], rows);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

struct consent_batches {
    struct batch fresh, renewed, revoked;
};

static void revoke(struct page *page, struct consent_batches *batches, struct folding *folding,
    int channel, const struct standing *standing, const char *by, bool imported_only)
{
    for (size_t class = 0; class < 2; class ++) {
        if (!standing->live[class].consent_id || (imported_only && !standing->live[class].imported))
            continue;
        struct db_arg *args = batch_add(&batches->revoked);
        args[0] = db_int("practice_id", page->tx->practice_id);
        args[1] = db_text("consent_id", standing->live[class].consent_id);
        args[2] = db_int("now_ms", page->tx->now.ms);
        args[3] = db_text("revoked_by", by);
        args[4] = db_text("patient_id", folding->patient_id);
        page_note(folding, "revoked", consent_channel(channel));
    }
}

/* The record that gives the permission: the first that says yes. */
static size_t giving_record(const struct folding *folding, enum record_field field)
{
    for (size_t i = 0; i < folding->record_count; i++) {
        if (row_yes(&folding->records[i], field))
            return i;
    }
    assert(!"nobody said yes");
    return 0;
}

static const char *evidence_of(struct page *page, const struct record_row *record, bool written)
{
    const struct practice *practice = page->load->options.practice;
    const char *source = record->values[FIELD_CONSENT_SOURCE];
    if (!written || !practice->consent_form_name)
        return source;
    return source
        ? arena_format(page->arena, "%s; signed form %s", source, practice->consent_form_name)
        : arena_format(page->arena, "signed form %s", practice->consent_form_name);
}

/* A permission that an opt-out covers is kept as revoked: the person's own START revives it. */
static void give(struct page *page, struct consent_batches *batches, struct folding *folding,
    int channel, bool written, const char *revoked_by)
{
    const struct practice *practice = page->load->options.practice;
    size_t giving = giving_record(folding, consent_fields[channel]);
    const struct record_row *record = &folding->records[giving];
    struct id id = ids_next(page->tx->ids, page->tx->now);
    struct db_arg *args = batch_add(&batches->fresh);
    args[0] = db_int("practice_id", page->tx->practice_id);
    args[1] = db_text("consent_id", arena_text(page->arena, id.text));
    args[2] = db_text("patient_id", folding->patient_id);
    args[3] = db_text("channel", consent_channel(channel));
    args[4] = db_text("address", NULL);
    args[5] = db_text("purpose", "marketing");
    args[6] = db_text("class", written ? "written" : "express");
    args[7] = db_day("given_day", row_day(record, FIELD_CONSENT_ON));
    args[8] = db_text("source", arena_format(page->arena, "import:%s", folding->files[giving]));
    args[9] = db_text("evidence", evidence_of(page, record, written));
    args[10] = db_text("evidence_hash", written ? practice->consent_form_hash : NULL);
    args[11] = db_int("now_ms", page->tx->now.ms);
    args[12] = db_int_if("revoked_ms", revoked_by != NULL, page->tx->now.ms);
    args[13] = db_text("revoked_by", revoked_by);
    page_note(folding, revoked_by ? "consent_kept_revoked" : "consent", consent_channel(channel));
}

static void renew(struct page *page, struct consent_batches *batches, const struct folding *folding,
    int channel, const struct standing *standing, bool written)
{
    size_t giving = giving_record(folding, consent_fields[channel]);
    const struct record_row *record = &folding->records[giving];
    struct day given = row_day(record, FIELD_CONSENT_ON);
    struct day stood = standing->live[written].given;
    struct day today = zone_day(page->load->options.practice->zone, page->tx->now);
    bool mistaken = stood.n > today.n && given.n != stood.n; /* a day to come is corrected */
    if (given.n == DAY_NONE || (given.n <= stood.n && !mistaken))
        return;
    struct db_arg *args = batch_add(&batches->renewed);
    args[0] = db_int("practice_id", page->tx->practice_id);
    args[1] = db_text("consent_id", standing->live[written].consent_id);
    args[2] = db_day("given_day", given);
    args[3] = db_text("source", arena_format(page->arena, "import:%s", folding->files[giving]));
    args[4] = db_text("evidence", evidence_of(page, record, written));
    args[5] = db_text("patient_id", folding->patient_id);
}

/* What was revoked stays so, but for a newer signature after a mere "no" in the booking system. */
static bool may_give(const struct page *page, const struct folding *folding, int channel,
    const struct standing *standing)
{
    if (!standing->revoked || standing->live[0].consent_id || standing->live[1].consent_id)
        return true;
    size_t giving = giving_record(folding, consent_fields[channel]);
    struct day given = row_day(&folding->records[giving], FIELD_CONSENT_ON);
    struct day revoked =
        zone_day(page->load->options.practice->zone, (struct instant){standing->revoked_ms});
    return standing->revoked_by_import && given.n != DAY_NONE && given.n > revoked.n;
}

static bool is_stopped(const struct folding *folding, int channel)
{
    switch ((enum channel_kind)channel) {
    case CHANNEL_SMS: return folding->do_not_contact || folding->sms_stopped;
    case CHANNEL_EMAIL: return folding->do_not_contact || folding->email_stopped;
    case CHANNEL_VOICE: return folding->do_not_contact || folding->voice_stopped;
    case CHANNEL_TASK:
    case CHANNEL_KIND_MAX: break;
    }
    return false;
}

static void judge(struct page *page, struct consent_batches *batches, struct folding *folding,
    int channel, const struct standing *standing)
{
    bool yes = folding->any_yes[consent_fields[channel]];
    bool no = folding->any_no[consent_fields[channel]];
    bool stopped = is_stopped(folding, channel);
    bool written = channel == CHANNEL_TASK || page->load->options.practice->consent_form_hash;
    bool any = standing->live[0].consent_id || standing->live[1].consent_id || standing->revoked;
    if (no) {
        /* A "no" that it told of before does not take back what was signed here since. */
        bool fresh = folding->told >> channel & TOLD_NO;
        revoke(page, batches, folding, channel, standing, "import", !fresh);
    } else if (stopped) {
        revoke(page, batches, folding, channel, standing, "import:opt_out", false);
        if (yes && !any)
            give(page, batches, folding, channel, written, "import:opt_out");
    } else if (yes && standing->live[written].consent_id) {
        renew(page, batches, folding, channel, standing, written);
    } else if (yes && may_give(page, folding, channel, standing)) {
        give(page, batches, folding, channel, written, NULL);
    }
}

enum err consent_write(struct page *page, struct why *reterr_why)
{
    struct standing *standings =
        ARENA_NEW(page->arena, struct standing, page->count * CONSENT_CHANNELS);
    struct consent_batches batches = {.fresh = batch_of(page->arena, 14),
        .renewed = batch_of(page->arena, 6),
        .revoked = batch_of(page->arena, 5)};
    enum err err = read_standing(page, standings, reterr_why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < page->count; i++) {
        for (int channel = 0; channel < CONSENT_CHANNELS && page->patients[i].fold; channel++)
            judge(page, &batches, &page->patients[i], channel,
                &standings[i * CONSENT_CHANNELS + (size_t)channel]);
    }
    err = batch_run(page->tx, &sql_record_consent_revoke, &batches.revoked, reterr_why);
    if (err == ERR_NONE)
        err = batch_run(page->tx, &sql_record_consent_renew, &batches.renewed, reterr_why);
    return err == ERR_NONE
        ? batch_run(page->tx, &sql_record_consent_insert, &batches.fresh, reterr_why)
        : err;
}

/* ---- given to us directly ---- */

static enum err find_live(
    struct tx *tx, const struct consent *consent, char ret_id[37], struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_record_consent_live,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", consent->patient_id),
            db_text("channel", consent_channel(consent->channel)),
            db_text("purpose", consent->marketing ? "marketing" : "care"),
            db_text("class", consent->written ? "written" : "express")),
        &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows)) {
        const char *id = db_col_text(rows, 0);
        assert(strlen(id) < 37);
        memcpy(ret_id, id, strlen(id) + 1);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err insert_given(
    struct tx *tx, const struct consent *consent, const char *consent_id, struct why *reterr_why)
{
    return db_exec(tx, &sql_record_consent_insert,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("consent_id", consent_id),
            db_text("patient_id", consent->patient_id),
            db_text("channel", consent_channel(consent->channel)),
            db_text("address", consent->address),
            db_text("purpose", consent->marketing ? "marketing" : "care"),
            db_text("class", consent->written ? "written" : "express"),
            db_day("given_day", consent->given), db_text("source", consent->source),
            db_text("evidence", consent->evidence), db_text("evidence_hash", NULL),
            db_int("now_ms", tx->now.ms), db_int_if("revoked_ms", false, 0),
            db_text("revoked_by", NULL)),
        NULL, reterr_why);
}

enum err record_give_consent(struct tx *tx, const struct consent *consent, struct why *reterr_why)
{
    char live[37] = "";
    assert(consent->patient_id && consent->source);
    enum err err = find_live(tx, consent, live, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct id id = ids_next(tx->ids, tx->now);
    if (*live)
        err = db_exec(tx, &sql_record_consent_renew,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("consent_id", live),
                db_text("patient_id", consent->patient_id), db_day("given_day", consent->given),
                db_text("source", consent->source), db_text("evidence", consent->evidence)),
            NULL, reterr_why);
    else
        err = insert_given(tx, consent, id.text, reterr_why);
    if (err != ERR_NONE)
        return err;
    JSON_AUTO detail = json_pack("{s:s, s:s, s:s, s:s}", "channel",
        consent_channel(consent->channel), "purpose", consent->marketing ? "marketing" : "care",
        "class", consent->written ? "written" : "express", "source", consent->source);
    return audit_write(
        tx, "consent.recorded", consent->patient_id, *live ? live : id.text, detail, reterr_why);
}
