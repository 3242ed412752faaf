/* language.c: see language.h. */
#include "record/language.h"

#include "audit/audit.h"
#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

/* Do the records, or a colleague, say in which language? */
static enum err is_said(struct arena *arena, struct db *db, int64_t practice_id,
    const char *patient_id, bool *ret_said, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    bool edited = false;
    *ret_said = false;
    enum err err = db_query(db, &sql_record_language_edit,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", patient_id),
            db_text("field", field_fact(FIELD_PREFERRED_LANGUAGE)->name)),
        &rows, reterr_why);
    if (err == ERR_NONE && db_next(rows)) {
        edited = true;
        *ret_said = !db_col_null(rows, 0);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE || edited)
        return err;
    DB_ROWS struct db_rows *records = NULL;
    err = db_query(db, &sql_record_fields_of,
        DB_ARGS(db_int("practice_id", practice_id), db_text("ids", db_list(arena, &patient_id, 1))),
        &records, reterr_why);
    while (err == ERR_NONE && db_next(records)) {
        struct record_row record;
        err = row_parse(arena, db_col_text(records, 2), &record, reterr_why);
        *ret_said |= err == ERR_NONE && record.values[FIELD_PREFERRED_LANGUAGE];
    }
    return err == ERR_NONE ? db_end(&records, reterr_why) : err;
}

struct heard {
    const char *language, *heard; /* NULL: nothing yet */
    int64_t times;
};

static enum err read_heard(struct arena *arena, struct tx *tx, const char *patient_id,
    struct heard *ret_heard, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    *ret_heard = (struct heard){.times = 0};
    enum err err = db_query(tx->db, &sql_record_language_read,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id)), &rows,
        reterr_why);
    if (err == ERR_NONE && db_next(rows))
        *ret_heard = (struct heard){.language = db_col_copy(arena, rows, 0),
            .heard = db_col_copy(arena, rows, 3),
            .times = db_col_int(rows, 4)};
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err write_to(struct tx *tx, const char *patient_id, const char *language,
    const char *inbound_id, int64_t times, struct why *reterr_why)
{
    enum err err = db_exec(tx, &sql_record_language_use,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_text("language", language), db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
    JSON_AUTO detail = json_pack("{s:s, s:s, s:s, s:I}", "language", language, "source", "reply",
        "message", inbound_id, "messages", (json_int_t)times);
    return err == ERR_NONE
        ? audit_write(tx, "patient.language", patient_id, inbound_id, detail, reterr_why)
        : err;
}

enum err record_hear_language(struct tx *tx, const char *patient_id, const char *language,
    const char *inbound_id, bool *ret_changed, struct why *reterr_why)
{
    ARENA struct arena scratch;
    struct heard before;
    bool said = false;
    arena_init(&scratch, 0);
    *ret_changed = false;
    enum err err = read_heard(&scratch, tx, patient_id, &before, reterr_why);
    if (err != ERR_NONE)
        return err;
    int64_t times = text_is(before.heard, language) ? before.times + 1 : 1;
    const char *used = before.language ? before.language : LANGUAGE_DEFAULT;
    bool enough = !text_is(language, LANGUAGE_DEFAULT) || times >= LANGUAGE_BACK_TIMES;
    bool decides = enough && !text_is(used, language);
    if (!decides && !before.heard && text_is(language, LANGUAGE_DEFAULT))
        return ERR_NONE; /* nothing is to be known of who writes as everybody is written to */
    err = db_exec(tx, &sql_record_language_hear,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_text("language", decides ? language : before.language),
            db_text("decided_by", decides ? inbound_id : NULL),
            db_int_if("decided_ms", decides, tx->now.ms), db_text("heard", language),
            db_int("times", times)),
        NULL, reterr_why);
    if (err == ERR_NONE && decides)
        err = is_said(&scratch, tx->db, tx->practice_id, patient_id, &said, reterr_why);
    if (err != ERR_NONE || !decides || said)
        return err;
    *ret_changed = true;
    return write_to(tx, patient_id, language, inbound_id, times, reterr_why);
}

enum err record_read_language(struct arena *arena, struct db *db, int64_t practice_id,
    const char *patient_id, struct language_learned *ret_learned, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct language_learned learned = {.language = NULL};
    bool said = false;
    enum err err = db_query(db, &sql_record_language_read,
        DB_ARGS(db_int("practice_id", practice_id), db_text("patient_id", patient_id)), &rows,
        reterr_why);
    if (err == ERR_NONE && db_next(rows))
        learned = (struct language_learned){.language = db_col_copy(arena, rows, 0),
            .decided_by = db_col_copy(arena, rows, 1),
            .at = {db_col_int(rows, 2)}};
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err == ERR_NONE && learned.language)
        err = is_said(arena, db, practice_id, patient_id, &said, reterr_why);
    learned.in_use = learned.language && !said;
    if (err == ERR_NONE)
        *ret_learned = learned;
    return err;
}
