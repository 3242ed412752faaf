/* join.c: a person parted in two, by hand. (Made one: identity.c.) */
#include "record/join.h"

#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "record/record_int.h"
#include "record_sql.h"

struct splitting {
    struct record_load *load;
    struct tx *tx;
    const char *into, *gone; /* who stays, who leaves */
    const char *records;     /* of the one who leaves, for LIST */
    size_t record_count;
    struct instant since; /* of the merge; ms 0: there was none */
};

static enum err missing(struct why *reterr_why, const char *what)
{
    return why_set(reterr_why, ERR_NOT_FOUND, "%s", what);
}

/* The records of the merge that are still with the person, or those that were named. */
static enum err choose_records(
    struct splitting *splitting, const struct join_split *split, struct why *reterr_why)
{
    struct arena *arena = splitting->load->request;
    struct map wanted;
    map_init(&wanted, arena);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = ERR_NONE;
    for (size_t i = 0; i < split->record_count && !split->gone; i++)
        (void)map_put(&wanted, split->record_ids[i], splitting);
    if (split->gone)
        err = db_query(splitting->tx->db, &sql_record_parts_of,
            DB_ARGS(db_int("practice_id", splitting->tx->practice_id), db_text("gone", split->gone),
                db_text("kind", "record")),
            &rows, reterr_why);
    while (split->gone && err == ERR_NONE && db_next(rows))
        (void)map_put(&wanted, db_col_text(rows, 0), splitting);
    if (split->gone && err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    struct id_list chosen = {0};
    size_t all = 0;
    if (err == ERR_NONE)
        err = db_query(splitting->tx->db, &sql_record_fields_of,
            DB_ARGS(db_int("practice_id", splitting->tx->practice_id),
                db_text("ids", db_list(arena, &splitting->into, 1))),
            &rows, reterr_why);
    for (; err == ERR_NONE && db_next(rows); all++) {
        if (map_get(&wanted, db_col_text(rows, 1)))
            id_list_add(arena, &chosen, db_col_copy(arena, rows, 1));
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    if (all == 0)
        return missing(reterr_why, "there is no such patient");
    if (chosen.count == 0 || (!split->gone && chosen.count != wanted.count))
        return missing(reterr_why, "the patient has no such record");
    if (chosen.count == all) {
        why_hint(reterr_why, "Leave at least one record with this patient");
        return why_set(reterr_why, ERR_CONFLICT, "nothing would be left of this patient");
    }
    splitting->records = db_list(arena, chosen.ids, chosen.count);
    splitting->record_count = chosen.count;
    return ERR_NONE;
}

static enum err read_merge(
    struct splitting *splitting, const struct join_split *split, struct why *reterr_why)
{
    struct id id;
    if (!split->gone) {
        id = ids_next(splitting->tx->ids, splitting->tx->now);
        splitting->gone = arena_text(splitting->load->request, id.text);
        return ERR_NONE;
    }
    splitting->gone = split->gone;
    enum err err = db_query_int(splitting->tx->db, &sql_record_merge_read,
        DB_ARGS(db_int("practice_id", splitting->tx->practice_id), db_text("gone", split->gone),
            db_text("into", split->patient_id)),
        &splitting->since.ms, NULL);
    return err == ERR_NOT_FOUND ? missing(reterr_why, "there was no such merge") : err;
}

/* In this order: consents are moved before they are compared. */
static const struct sql *const split_steps[] = {
    &sql_record_split_ids,
    &sql_record_split_patient,
    &sql_record_split_records,
    &sql_record_split_appointments,
    &sql_record_split_memberships,
    &sql_record_split_ledger,
    &sql_record_split_membership_look,
    &sql_record_split_ledger_look,
    &sql_record_split_consents,
    &sql_record_split_consents_revive,
    &sql_record_split_tags_copy,
    &sql_record_split_tags_drop,
    &sql_record_split_said,
    &sql_record_split_contacts,
    &sql_record_split_chain,
    &sql_record_split_note_drop,
    &sql_record_parts_drop,
    &sql_record_split_consents_look,
};

static enum err run(struct splitting *splitting, const struct sql *sql, struct why *reterr_why)
{
    const struct db_arg all[] = {
        db_text("into", splitting->into),
        db_text("gone", splitting->gone),
        db_text("records", splitting->records),
        db_int("now_ms", splitting->tx->now.ms),
        db_int("since_ms", splitting->since.ms),
    };
    struct db_arg args[1 + sizeof(all) / sizeof(all[0])] = {
        db_int("practice_id", splitting->tx->practice_id)};
    size_t count = 1;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        char name[16] = ":";
        memcpy(name + 1, all[i].name, strlen(all[i].name) + 1);
        if (strstr(sql->text, name))
            args[count++] = all[i];
    }
    return db_exec(splitting->tx, sql, args, count, NULL, reterr_why);
}

/* What one of them revoked the other one revoked: it held for both. */
static enum err share_stops(struct splitting *splitting, struct why *reterr_why)
{
    const char *const pairs[][2] = {
        {splitting->into, splitting->gone}, {splitting->gone, splitting->into}};
    enum err err = ERR_NONE;
    for (int i = 0; i < 2; i++) {
        static const struct sql *const steps[] = {
            &sql_record_split_consents_end, &sql_record_split_consents_stop};
        for (int j = 0; j < 2 && err == ERR_NONE; j++)
            err = db_exec(splitting->tx, steps[j],
                DB_ARGS(db_int("practice_id", splitting->tx->practice_id),
                    db_text("one", pairs[i][0]), db_text("other", pairs[i][1])),
                NULL, reterr_why);
    }
    return err;
}

static enum err part(struct splitting *splitting, struct why *reterr_why)
{
    struct tx *tx = splitting->tx;
    enum err err = stop_spread(splitting->load, splitting->into, reterr_why);
    for (size_t i = 0; i < sizeof(split_steps) / sizeof(split_steps[0]) && err == ERR_NONE; i++)
        err = run(splitting, split_steps[i], reterr_why);
    if (err == ERR_NONE)
        err = share_stops(splitting, reterr_why);
    if (err == ERR_NONE)
        err = edit_rebase(tx, splitting->into, reterr_why);
    if (err == ERR_NONE)
        err = db_exec(tx, &sql_record_apart_put,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("one", splitting->into),
                db_text("other", splitting->gone), db_text("actor", tx->actor),
                db_int("now_ms", tx->now.ms)),
            NULL, reterr_why);
    if (err == ERR_NONE)
        err = touch_person(splitting->load, splitting->into, reterr_why);
    if (err == ERR_NONE)
        err = touch_person(splitting->load, splitting->gone, reterr_why);
    return err;
}

enum err join_split(struct record_load *load, const struct join_split *split,
    const char **ret_other, struct why *reterr_why)
{
    struct splitting splitting = {.load = load, .tx = load->tx, .into = split->patient_id};
    enum err err = read_merge(&splitting, split, reterr_why);
    if (err == ERR_NONE)
        err = choose_records(&splitting, split, reterr_why);
    if (err == ERR_NONE)
        err = part(&splitting, reterr_why);
    if (err != ERR_NONE)
        return err;
    load->parted = true;
    *ret_other = splitting.gone;
    JSON_AUTO detail = json_pack("{s:I}", "records", (json_int_t)splitting.record_count);
    return audit_write(
        load->tx, "patient.split", splitting.into, splitting.gone, detail, reterr_why);
}

enum err split_settle(struct record_load *load, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const struct db_arg practice = db_int("practice_id", load->tx->practice_id);
    struct batch batch = batch_of(&scratch, 3);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(load->tx->db, &sql_record_split_contacts_parted,
        DB_ARGS(practice, db_int("now_ms", load->tx->now.ms)), &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        const char *pair[2] = {db_col_copy(&scratch, rows, 0), db_col_copy(&scratch, rows, 1)};
        for (int i = 0; i < 2; i++) {
            struct db_arg *args = batch_add(&batch);
            args[0] = practice;
            args[1] = db_text("one", pair[i]);
            args[2] = db_text("other", pair[1 - i]);
        }
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    return err == ERR_NONE
        ? batch_run(load->tx, &sql_record_split_contacts_drop, &batch, reterr_why)
        : err;
}

enum err join_keep_apart(
    struct tx *tx, const char *one, const char *other, bool apart, struct why *reterr_why)
{
    int64_t changed = 0;
    if (text_is(one, other))
        return why_set(reterr_why, ERR_CONFLICT, "the two are one patient");
    enum err err = apart
        ? db_exec(tx, &sql_record_apart_put,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("one", one),
                db_text("other", other), db_text("actor", tx->actor), db_int("now_ms", tx->now.ms)),
            &changed, reterr_why)
        : db_exec(tx, &sql_record_apart_drop,
            DB_ARGS(db_int("practice_id", tx->practice_id), db_text("one", one),
                db_text("other", other)),
            &changed, reterr_why);
    if (err != ERR_NONE || changed == 0)
        return err;
    return audit_write(tx, apart ? "patient.kept_apart" : "patient.kept_apart_ended", one, other,
        NULL, reterr_why);
}
