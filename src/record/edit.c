/* edit.c: a person's own fields as colleagues change them, laid over what the records say. */
#include "record/edit.h"

#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

enum {
    AGE_YEARS_MAX = 130,
    ZIP_BYTES_MAX = 12,
    LANGUAGE_BYTES_MAX = 20,
    TEXT_BYTES_MAX = 200,
};

/* ---- what may stand in a field ---- */

static enum err wrong(
    struct why *reterr_why, enum record_field field, const char *message, const char *remedy)
{
    why_place(reterr_why, "%s", field_fact(field)->name);
    why_hint(reterr_why, "%s", remedy);
    return why_set(reterr_why, ERR_INPUT, "%s", message);
}

static enum err check_birth(
    struct tx *tx, const struct practice *practice, const char *text, struct why *reterr_why)
{
    struct day day, today = zone_day(practice->zone, tx->now);
    if (day_parse(text, &day, NULL) != ERR_NONE)
        return wrong(reterr_why, FIELD_BIRTH_DATE, "this is no date", "Write 1985-03-02");
    if (day.n > today.n || day.n < day_add_months(today, -AGE_YEARS_MAX * 12).n)
        return wrong(reterr_why, FIELD_BIRTH_DATE, "nobody was born on this date",
            "Look at the year once more");
    return ERR_NONE;
}

static bool letters_only(const char *text, size_t min, size_t max)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        bool letter = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z');
        if (!letter)
            return false;
    }
    return len >= min && len <= max;
}

static char *upper(struct arena *arena, const char *text)
{
    char *out = arena_text(arena, text);
    for (char *at = out; *at; at++)
        *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
    return out;
}

/* ZIP+4 counts by its first five digits, as an import takes it. */
static enum err take_zip(
    struct arena *arena, const char *text, const char **ret_value, struct why *reterr_why)
{
    size_t digits = strspn(text, "0123456789"), len = strlen(text);
    bool long_form =
        digits == 5 && text[5] == '-' && strspn(text + 6, "0123456789") == 4 && len == 10;
    if (long_form || (digits == 9 && len == 9))
        *ret_value = arena_text_n(arena, text, 5);
    else if (len <= ZIP_BYTES_MAX && (digits < len || len == 5))
        *ret_value = text;
    else
        return wrong(reterr_why, FIELD_ZIP, "this is no ZIP code", "Write five digits");
    return ERR_NONE;
}

static const char *trimmed(struct arena *arena, const char *text)
{
    const char *value = str_text(arena, str_trim(str_of(text)));
    return *value ? value : NULL;
}

static bool has_controls(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            return true;
    }
    return false;
}

/* As field.h writes it down; NULL: there is none. */
static enum err take_value(struct record_load *load, const struct edit *edit,
    const char **ret_value, struct why *reterr_why)
{
    struct arena *arena = load->request;
    const char *text = edit->value ? trimmed(arena, edit->value) : NULL;
    *ret_value = text;
    if (!text)
        return ERR_NONE;
    if (strlen(text) > TEXT_BYTES_MAX || has_controls(text))
        return wrong(reterr_why, edit->field, "this does not fit on one line",
            "Leave out what does not belong here");
    switch ((int)edit->field) {
    case FIELD_BIRTH_DATE: return check_birth(load->tx, load->options.practice, text, reterr_why);
    case FIELD_ZIP: return take_zip(arena, text, ret_value, reterr_why);
    case FIELD_STATE:
        if (!letters_only(text, 2, 2))
            return wrong(reterr_why, FIELD_STATE, "a state has two letters", "Write TX");
        *ret_value = upper(arena, text);
        return ERR_NONE;
    case FIELD_PREFERRED_LANGUAGE:
        if (!letters_only(text, 2, LANGUAGE_BYTES_MAX))
            return wrong(
                reterr_why, edit->field, "a language is a short word", "Write en, es, vi ...");
        *ret_value = text_lower(arena, text);
        return ERR_NONE;
    default: return ERR_NONE;
    }
}

/* ---- over the records ---- */

/* What one person's records say together: the first that says something. */
static enum err read_person(struct arena *arena, struct tx *tx, const char *patient_id,
    struct record_row *ret_person, bool *ret_found, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct record_row person = {0};
    *ret_found = false;
    enum err err = db_query(tx->db, &sql_record_fields_of,
        DB_ARGS(
            db_int("practice_id", tx->practice_id), db_text("ids", db_list(arena, &patient_id, 1))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct record_row record;
        *ret_found = true;
        err = row_parse(arena, db_col_text(rows, 2), &record, reterr_why);
        for (int field = 0; field < FIELD_MAX && err == ERR_NONE; field++) {
            if (!person.values[field])
                person.values[field] = record.values[field];
        }
    }
    *ret_person = person;
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* Changes of one person that stand, over `person`; `ret_edited` tells of which fields. */
static enum err lay_over(struct arena *arena, struct tx *tx, const char *patient_id,
    struct record_row *person, bool *ret_edited, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(tx->db, &sql_record_edits_of,
        DB_ARGS(
            db_int("practice_id", tx->practice_id), db_text("ids", db_list(arena, &patient_id, 1))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        enum record_field field;
        if (!field_parse(db_col_text(rows, 1), &field))
            continue;
        person->values[field] = db_col_copy(arena, rows, 2);
        ret_edited[field] = true;
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

static enum err drop_edit(
    struct tx *tx, const char *patient_id, enum record_field field, struct why *reterr_why)
{
    return db_exec(tx, &sql_record_edit_drop,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_text("field", field_fact(field)->name)),
        NULL, reterr_why);
}

static enum err put_edit(struct tx *tx, const char *patient_id, enum record_field field,
    const char *value, const char *imported, struct why *reterr_why)
{
    return db_exec(tx, &sql_record_edit_put,
        DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
            db_text("field", field_fact(field)->name), db_text("value", value),
            db_text("imported", imported), db_text("actor", tx->actor),
            db_int("now_ms", tx->now.ms)),
        NULL, reterr_why);
}

enum err edit_keep(struct tx *tx, const char *patient_id, enum record_field field,
    const char *value, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct record_row person;
    bool found;
    enum err err = read_person(&scratch, tx, patient_id, &person, &found, reterr_why);
    if (err != ERR_NONE)
        return err;
    const char *imported = person.values[field];
    return text_is(value, imported) ? drop_edit(tx, patient_id, field, reterr_why)
                                    : put_edit(tx, patient_id, field, value, imported, reterr_why);
}

enum err edit_rebase(struct tx *tx, const char *patient_id, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    struct record_row person, edits = {0};
    bool edited[FIELD_MAX] = {false}, found;
    enum err err = read_person(&scratch, tx, patient_id, &person, &found, reterr_why);
    if (err == ERR_NONE)
        err = lay_over(&scratch, tx, patient_id, &edits, edited, reterr_why);
    for (int field = 0; field < FIELD_MAX && err == ERR_NONE; field++) {
        if (edited[field])
            err = db_exec(tx, &sql_record_edit_rebase,
                DB_ARGS(db_int("practice_id", tx->practice_id), db_text("patient_id", patient_id),
                    db_text("field", field_fact((enum record_field)field)->name),
                    db_text("imported", person.values[field])),
                NULL, reterr_why);
    }
    return err;
}

enum err edit_person(struct record_load *load, const char *patient_id, const struct edit *edits,
    size_t count, bool *ret_changed, struct why *reterr_why)
{
    struct tx *tx = load->tx;
    struct record_row person, now;
    bool edited[FIELD_MAX] = {false};
    json_t *names = json_array();
    JSON_AUTO detail = json_pack("{s:o}", "fields", names);
    bool found = false;
    enum err err = read_person(load->request, tx, patient_id, &person, &found, reterr_why);
    if (err == ERR_NONE && !found)
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no such patient");
    now = person;
    if (err == ERR_NONE)
        err = lay_over(load->request, tx, patient_id, &now, edited, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        enum record_field field = edits[i].field;
        const char *value = NULL;
        err = take_value(load, &edits[i], &value, reterr_why);
        if (err != ERR_NONE || text_is(value, now.values[field]))
            continue;
        now.values[field] = value;
        json_array_append_new(names, json_string(field_fact(field)->name));
        err = text_is(value, person.values[field])
            ? drop_edit(tx, patient_id, field, reterr_why)
            : put_edit(tx, patient_id, field, value, person.values[field], reterr_why);
    }
    if (err == ERR_NONE && !now.values[FIELD_FIRST_NAME] && !now.values[FIELD_LAST_NAME])
        return wrong(
            reterr_why, FIELD_LAST_NAME, "a person has a name", "Keep the first or the last one");
    *ret_changed = json_array_size(names) > 0;
    if (err != ERR_NONE || !*ret_changed)
        return err;
    err = touch_person(load, patient_id, reterr_why);
    return err == ERR_NONE ? audit_write(tx, "patient.edited", patient_id, NULL, detail, reterr_why)
                           : err;
}

/* ---- in folding ---- */

/* The change stands while the records say what they said then, or nothing. */
static void apply(struct folding *folding, enum record_field field, const char *value,
    const char *imported, struct arena *arena, bool *ret_over)
{
    const char *said = folding->person.values[field];
    *ret_over = said && !text_is(said, imported);
    if (!*ret_over)
        folding->person.values[field] = arena_text(arena, value);
    else if (!text_is(said, value))
        page_note(folding, "edit_over", field_fact(field)->name);
}

enum err edit_fold(struct page *page, struct why *reterr_why)
{
    struct batch over = batch_of(page->arena, 3);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(page->tx->db, &sql_record_edits_of,
        DB_ARGS(db_int("practice_id", page->tx->practice_id), db_text("ids", page->ids)), &rows,
        reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct folding *folding = page_find(page, db_col_text(rows, 0));
        enum record_field field;
        bool is_over = false;
        assert(folding);
        if (!folding->fold || !field_parse(db_col_text(rows, 1), &field))
            continue;
        apply(folding, field, db_col_text(rows, 2), db_col_text(rows, 3), page->arena, &is_over);
        if (!is_over)
            continue;
        struct db_arg *args = batch_add(&over);
        args[0] = db_int("practice_id", page->tx->practice_id);
        args[1] = db_text("patient_id", folding->patient_id);
        args[2] = db_text("field", field_fact(field)->name);
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    return err == ERR_NONE ? batch_run(page->tx, &sql_record_edit_drop, &over, reterr_why) : err;
}

enum err touch_person(struct record_load *load, const char *patient_id, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    load->scratch = &scratch;
    enum err err = patient_touch(load, &patient_id, 1, true, false, reterr_why);
    load->scratch = NULL;
    return err;
}
