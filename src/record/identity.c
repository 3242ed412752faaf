/* identity.c: records that describe one person become one patient. */
#include <assert.h>
#include <string.h>

#include "audit/audit.h"
#include "base/text.h"
#include "record/join.h"
#include "record/record_int.h"
#include "record_sql.h"

/* A patient in the union-find over one query's pairs. */
struct member {
    const char *patient_id;
    struct member *up; /* NULL: a root, which stands for its set */
    int64_t ordinal;   /* lowest of its records */
    bool stood;        /* was a patient before this import: somebody may know the id */
};

static struct member *member_of(struct arena *arena, struct map *members, const char *patient_id)
{
    struct member *member = map_get(members, patient_id);
    if (!member) {
        member = ARENA_NEW(arena, struct member, 1);
        *member =
            (struct member){.patient_id = arena_text(arena, patient_id), .ordinal = INT64_MAX};
        map_put(members, patient_id, member);
    }
    return member;
}

static struct member *root_of(struct member *member)
{
    while (member->up) {
        if (member->up->up)
            member->up = member->up->up;
        member = member->up;
    }
    return member;
}

struct pair {
    struct member *one, *two;
};

static enum err read_pairs(struct record_load *load, const struct sql *sql, struct map *members,
    struct pair *pairs, size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    size_t count = 0;
    enum err err = db_query(load->tx->db, sql,
        DB_ARGS(db_int("practice_id", load->tx->practice_id), db_int("limit", RECORD_PAIRS_MAX)),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        assert(count < RECORD_PAIRS_MAX);
        pairs[count].one = member_of(load->scratch, members, db_col_text(rows, 0));
        pairs[count++].two = member_of(load->scratch, members, db_col_text(rows, 1));
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    *ret_count = count;
    return err;
}

static enum err read_ordinals(struct record_load *load, struct map *members, struct why *reterr_why)
{
    struct id_list ids = {0};
    for (size_t i = 0; i < members->count; i++)
        id_list_add(load->scratch, &ids, members->entries[i].key);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(load->tx->db, &sql_record_first_ordinals,
        DB_ARGS(db_int("practice_id", load->tx->practice_id),
            db_text("ids", db_list(load->scratch, ids.ids, ids.count))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct member *member = map_get(members, db_col_text(rows, 0));
        member->ordinal = db_col_int(rows, 1);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* Whom a colleague has parted, among these. */
struct apart {
    struct pair *pairs;
    size_t count;
};

static enum err read_apart(
    struct record_load *load, struct map *members, struct apart *ret_apart, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    size_t capacity = 0;
    struct apart apart = {0};
    enum err err = db_query(load->tx->db, &sql_record_apart_all,
        DB_ARGS(db_int("practice_id", load->tx->practice_id)), &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct pair pair = {
            map_get(members, db_col_text(rows, 0)), map_get(members, db_col_text(rows, 1))};
        if (!pair.one || !pair.two)
            continue;
        if (apart.count == capacity) {
            size_t grown = capacity ? capacity * 2 : 8;
            apart.pairs = arena_grow(
                load->scratch, apart.pairs, capacity * sizeof(pair), grown * sizeof(pair));
            capacity = grown;
        }
        apart.pairs[apart.count++] = pair;
    }
    *ret_apart = apart;
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* A third one whom both could be does not join them. */
static bool are_apart(const struct apart *apart, struct member *one, struct member *two)
{
    for (size_t i = 0; i < apart->count; i++) {
        struct member *a = root_of(apart->pairs[i].one), *b = root_of(apart->pairs[i].two);
        if ((a == one && b == two) || (a == two && b == one))
            return true;
    }
    return false;
}

static void unite(const struct pair *pairs, size_t count, const struct apart *apart)
{
    for (size_t i = 0; i < count; i++) {
        struct member *one = root_of(pairs[i].one), *two = root_of(pairs[i].two);
        if (one == two || are_apart(apart, one, two))
            continue;
        assert(one->ordinal != two->ordinal);
        if (one->ordinal < two->ordinal)
            two->up = one;
        else
            one->up = two;
    }
}

/* In this order: permissions are judged while both patients still have their own. */
static const struct sql *const merge_steps[] = {
    &sql_record_merge_records,
    &sql_record_merge_contacts,
    &sql_record_merge_contacts_drop,
    &sql_record_merge_consents_revoke,
    &sql_record_merge_consents_double,
    &sql_record_merge_consents,
    &sql_record_merge_suppressions,
    &sql_record_merge_appointments,
    &sql_record_merge_memberships,
    &sql_record_merge_ledger,
    &sql_record_merge_tags,
    &sql_record_merge_tags_drop,
    &sql_record_merge_clocks_drop,
    &sql_record_merge_stops,
    &sql_record_merge_pairs_drop,
    &sql_record_merge_pairs_drop_other,
    &sql_record_merge_patient_drop,
    &sql_record_merge_touched_drop,
    &sql_record_merge_apart,
    &sql_record_merge_said,
    &sql_record_language_join,
    &sql_record_merge_chain,
};

/* What of :into, :gone and :now_ms a step names. */
static bool step_names(const struct sql *sql, const char *name)
{
    return strstr(sql->text, name) != NULL;
}

static enum err run_step(struct record_load *load, const struct sql *sql,
    struct member *const *gone, size_t count, struct why *reterr_why)
{
    bool into = step_names(sql, ":into"), now = step_names(sql, ":now_ms");
    struct batch batch = batch_of(load->scratch, 2 + (size_t)into + (size_t)now);
    for (size_t i = 0; i < count; i++) {
        struct db_arg *args = batch_add(&batch);
        size_t n = 0;
        args[n++] = db_int("practice_id", load->tx->practice_id);
        args[n++] = db_text("gone", gone[i]->patient_id);
        if (into)
            args[n++] = db_text("into", root_of(gone[i])->patient_id);
        if (now)
            args[n++] = db_int("now_ms", load->tx->now.ms);
    }
    return batch_run(load->tx, sql, &batch, reterr_why);
}

static enum err mark_stood(struct record_load *load, const struct map *members,
    struct member *const *gone, size_t count, struct why *reterr_why)
{
    struct id_list ids = {0};
    for (size_t i = 0; i < count; i++)
        id_list_add(load->scratch, &ids, gone[i]->patient_id);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(load->tx->db, &sql_record_lock_patients,
        DB_ARGS(db_int("practice_id", load->tx->practice_id),
            db_text("ids", db_list(load->scratch, ids.ids, ids.count))),
        &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct member *member = map_get(members, db_col_text(rows, 0));
        member->stood = true;
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

/* A record that came in this import was never a patient of its own: nobody needs to hear of it. */
static enum err note_merges(
    struct record_load *load, struct member *const *gone, size_t count, struct why *reterr_why)
{
    struct audit_entry *entries = ARENA_NEW(load->scratch, struct audit_entry, count + 1);
    const char **touched = ARENA_NEW(load->scratch, const char *, count + 1);
    struct member **stood = ARENA_NEW(load->scratch, struct member *, count + 1);
    size_t stood_count = 0;
    for (size_t i = 0; i < count; i++) {
        touched[i] = root_of(gone[i])->patient_id;
        if (!gone[i]->stood)
            continue;
        entries[stood_count] = (struct audit_entry){.action = "patient.merged",
            .patient_id = touched[i],
            .subject_id = gone[i]->patient_id};
        stood[stood_count++] = gone[i];
    }
    enum err err = patient_touch(load, touched, count, true, false, reterr_why);
    if (err == ERR_NONE)
        err = run_step(load, &sql_record_merge_note, stood, stood_count, reterr_why);
    if (err == ERR_NONE && stood_count > 0)
        err = audit_write_many(load->tx, entries, stood_count, reterr_why);
    return err;
}

/* So that they can come apart again. A record that came in this import was never a patient. */
static enum err keep_parts(
    struct record_load *load, struct member *const *gone, size_t count, struct why *reterr_why)
{
    struct member **stood = ARENA_NEW(load->scratch, struct member *, count + 1);
    size_t stood_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (gone[i]->stood)
            stood[stood_count++] = gone[i];
    }
    return run_step(load, &sql_record_parts_keep, stood, stood_count, reterr_why);
}

/* What was said of the two by hand and what they stopped goes for the one. */
static enum err tidy_merged(
    struct record_load *load, struct member *const *gone, size_t count, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        const char *into = root_of(gone[i])->patient_id;
        if (!gone[i]->stood)
            continue;
        err = edit_rebase(load->tx, into, reterr_why);
        if (err == ERR_NONE)
            err = stop_spread(load, into, reterr_why);
    }
    return err;
}

static enum err merge(struct record_load *load, const struct map *members, struct why *reterr_why)
{
    struct member **gone = ARENA_NEW(load->scratch, struct member *, members->count);
    size_t count = 0;
    for (size_t i = 0; i < members->count; i++) {
        struct member *member = members->entries[i].value;
        if (member->up)
            gone[count++] = member;
    }
    enum err err = mark_stood(load, members, gone, count, reterr_why);
    if (err == ERR_NONE)
        err = keep_parts(load, gone, count, reterr_why);
    for (size_t i = 0; i < sizeof(merge_steps) / sizeof(merge_steps[0]) && err == ERR_NONE; i++)
        err = run_step(load, merge_steps[i], gone, count, reterr_why);
    if (err == ERR_NONE)
        err = tidy_merged(load, gone, count, reterr_why);
    return err == ERR_NONE ? note_merges(load, gone, count, reterr_why) : err;
}

static enum err join_two(struct record_load *load, const char *one, const char *other,
    const char **ret_into, struct why *reterr_why)
{
    struct map members;
    const struct apart nobody = {0};
    map_init(&members, load->scratch);
    const struct pair pair = {
        member_of(load->scratch, &members, one), member_of(load->scratch, &members, other)};
    enum err err = read_ordinals(load, &members, reterr_why);
    if (err == ERR_NONE && (pair.one->ordinal == INT64_MAX || pair.two->ordinal == INT64_MAX))
        return why_set(reterr_why, ERR_NOT_FOUND, "there is no such patient");
    if (err != ERR_NONE)
        return err;
    unite(&pair, 1, &nobody);
    *ret_into = arena_text(load->request, root_of(pair.one)->patient_id);
    err = db_exec(load->tx, &sql_record_apart_drop,
        DB_ARGS(db_int("practice_id", load->tx->practice_id), db_text("one", one),
            db_text("other", other)),
        NULL, reterr_why);
    return err == ERR_NONE ? merge(load, &members, reterr_why) : err;
}

enum err join_merge(struct record_load *load, const char *one, const char *other,
    const char **ret_into, struct why *reterr_why)
{
    if (text_is(one, other))
        return why_set(reterr_why, ERR_CONFLICT, "the two are one patient");
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    load->scratch = &scratch;
    enum err err = join_two(load, one, other, ret_into, reterr_why);
    load->scratch = NULL;
    return err;
}

/* One query's worth of merges; fewer than RECORD_PAIRS_MAX: nothing is left to merge. */
static enum err merge_some(
    struct record_load *load, const struct sql *sql, size_t *ret_count, struct why *reterr_why)
{
    struct map members;
    map_init(&members, load->scratch);
    struct pair *pairs = ARENA_NEW(load->scratch, struct pair, RECORD_PAIRS_MAX);
    enum err err = read_pairs(load, sql, &members, pairs, ret_count, reterr_why);
    if (err != ERR_NONE || *ret_count == 0)
        return err;
    err = read_ordinals(load, &members, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct apart apart;
    err = read_apart(load, &members, &apart, reterr_why);
    if (err != ERR_NONE)
        return err;
    unite(pairs, *ret_count, &apart);
    return merge(load, &members, reterr_why);
}

enum err identity_settle(struct record_load *load, struct why *reterr_why)
{
    static const struct sql *const queries[] = {
        &sql_record_pairs_mobile, &sql_record_pairs_email, &sql_record_pairs_name};
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        size_t found = RECORD_PAIRS_MAX;
        while (found == RECORD_PAIRS_MAX && err == ERR_NONE) {
            ARENA struct arena scratch;
            arena_init(&scratch, 0);
            load->scratch = &scratch;
            err = merge_some(load, queries[i], &found, reterr_why);
            load->scratch = NULL;
        }
    }
    return err;
}

/* ---- households: the same sets, over household ids ---- */

static enum err join_some(
    struct record_load *load, const struct sql *sql, size_t *ret_count, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    struct map members;
    map_init(&members, load->scratch);
    enum err err = db_query(load->tx->db, sql,
        DB_ARGS(db_int("practice_id", load->tx->practice_id),
            db_int("patients_max", HOUSEHOLD_PATIENTS_MAX), db_int("limit", RECORD_PAIRS_MAX)),
        &rows, reterr_why);
    *ret_count = 0;
    while (err == ERR_NONE && db_next(rows)) {
        struct member *one = root_of(member_of(load->scratch, &members, db_col_text(rows, 0)));
        struct member *two = root_of(member_of(load->scratch, &members, db_col_text(rows, 1)));
        *ret_count += 1;
        if (one != two && strcmp(one->patient_id, two->patient_id) < 0)
            two->up = one;
        else if (one != two)
            one->up = two;
    }
    if (err == ERR_NONE)
        err = db_end(&rows, reterr_why);
    struct batch batch = batch_of(load->scratch, 3);
    for (size_t i = 0; i < members.count; i++) {
        struct member *member = members.entries[i].value;
        if (!member->up)
            continue;
        struct db_arg *args = batch_add(&batch);
        args[0] = db_int("practice_id", load->tx->practice_id);
        args[1] = db_text("gone", member->patient_id);
        args[2] = db_text("into", root_of(member)->patient_id);
    }
    return err == ERR_NONE ? batch_run(load->tx, &sql_record_household_join, &batch, reterr_why)
                           : err;
}

enum err household_settle(struct record_load *load, struct why *reterr_why)
{
    static const struct sql *const queries[] = {
        &sql_record_shared_addresses, &sql_record_shared_homes};
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        size_t found = RECORD_PAIRS_MAX;
        while (found == RECORD_PAIRS_MAX && err == ERR_NONE) {
            ARENA struct arena scratch;
            arena_init(&scratch, 0);
            load->scratch = &scratch;
            err = join_some(load, queries[i], &found, reterr_why);
            load->scratch = NULL;
        }
    }
    return err;
}

/* ---- what the import's report says about persons ---- */

static enum err report(
    struct record_load *load, const struct sql *sql, enum record_code code, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(load->tx->db, sql,
        DB_ARGS(db_int("practice_id", load->tx->practice_id)), &rows, reterr_why);
    while (err == ERR_NONE && db_next(rows)) {
        struct record_finding finding = {.code = code,
            .file = db_col_int(rows, 0),
            .row = db_col_int(rows, 1),
            .record_id = db_col_text(rows, 2),
            .other_record_id = db_col_text(rows, 3)};
        load->options.found(load->options.context, &finding);
    }
    return err == ERR_NONE ? db_end(&rows, reterr_why) : err;
}

enum err finding_settle(struct record_load *load, struct why *reterr_why)
{
    enum err err = report(load, &sql_record_found_persons, RECORD_DUPLICATE_PERSON, reterr_why);
    return err == ERR_NONE ? report(load, &sql_record_found_phones, RECORD_SHARED_PHONE, reterr_why)
                           : err;
}
