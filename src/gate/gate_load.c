#include <stdlib.h>
#include <string.h>

#include "gate/gate_int.h"
#include "gate_sql.h"

/* Everything that the rules read about a set of people, in a fixed number of statements. */

enum {
    SENDS_BACK_DAYS =
        40 /* the longest cap counts 30 days, and a touch may leave a week after its day */
};

struct loading {
    struct arena *tick;
    struct db *db;
    int64_t practice_id;
    struct gate_batch *batch;
    const char *const *ids;
    size_t count;
};

static void settle_place(const struct gate *gate, struct gate_person *person)
{
    const struct patient *patient = person->patient;
    struct place_ask ask = {patient->time_zone, patient->zip, patient->state, NULL};

    for (size_t i = 0; i < person->contact_count && !ask.e164; i++)
        if (person->contacts[i].channel != CHANNEL_EMAIL)
            ask.e164 = person->contacts[i].address;
    place_find(gate->places, &ask, &person->places);
    person->zone = place_home_zone(&person->places, gate->practice->zone);
}

static enum err load_people(struct loading *loading, struct why *reterr_why)
{
    struct gate_batch *batch = loading->batch;
    struct patient *patients;
    struct gate_person *people;
    size_t count;
    enum err err = record_read_patients(loading->tick, loading->db, loading->practice_id,
        loading->ids, loading->count, &patients, &count, reterr_why);

    if (err != ERR_NONE)
        return err;
    people = ARENA_NEW(loading->tick, struct gate_person, count);
    for (size_t i = 0; i < count; i++) {
        struct household *household = map_get(&batch->households, patients[i].household_id);

        if (!household) {
            household = ARENA_NEW(loading->tick, struct household, 1);
            (void)map_put(&batch->households, patients[i].household_id, household);
        }
        people[i].patient = &patients[i];
        people[i].household = household;
        (void)map_put(&batch->people, patients[i].patient_id, &people[i]);
    }
    return ERR_NONE;
}

static enum err load_contacts(struct loading *loading, struct why *reterr_why)
{
    struct contact_point *points;
    size_t count;
    enum err err = record_read_contacts(loading->tick, loading->db, loading->practice_id,
        loading->ids, loading->count, &points, &count, reterr_why);

    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < count; i++) {
        struct gate_person *person = batch_person(loading->batch, points[i].patient_id);

        if (!person)
            continue;
        if (!person->contact_count)
            person->contacts = &points[i];
        person->contact_count++;
    }
    for (size_t i = 0; i < loading->batch->people.count; i++)
        settle_place(loading->batch->gate, loading->batch->people.entries[i].value);
    return ERR_NONE;
}

static int consent_compare(const void *left, const void *right)
{
    const struct consent *a = left, *b = right;
    int order = strcmp(a->patient_id, b->patient_id);

    return order ? order : strcmp(a->consent_id, b->consent_id);
}

static enum err load_consents(struct loading *loading, struct why *reterr_why)
{
    struct consent *consents;
    size_t count;
    enum err err = record_read_consents(loading->tick, loading->db, loading->practice_id,
        loading->ids, loading->count, &consents, &count, reterr_why);

    if (err != ERR_NONE)
        return err;
    if (count)
        qsort(consents, count, sizeof *consents, consent_compare);
    for (size_t i = 0; i < count; i++) {
        struct gate_person *person = batch_person(loading->batch, consents[i].patient_id);

        if (!person)
            continue;
        if (!person->consent_count)
            person->consents = &consents[i];
        person->consent_count++;
    }
    return ERR_NONE;
}

static enum err load_sends(struct loading *loading, struct why *reterr_why)
{
    const struct map *households = &loading->batch->households;
    const char **ids = ARENA_NEW(loading->tick, const char *, households->count);
    struct instant since = instant_add_ms(loading->batch->loaded, -SENDS_BACK_DAYS * MS_PER_DAY);
    DB_ROWS struct db_rows *rows = NULL;
    enum err err;

    for (size_t i = 0; i < households->count; i++)
        ids[i] = households->entries[i].key;
    err = db_query(loading->db, &sql_gate_sends,
        DB_ARGS(db_int("practice_id", loading->practice_id),
            db_text("households", db_list(loading->tick, ids, households->count)),
            db_int("since_ms", since.ms)),
        &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        struct household *household = map_get(households, db_col_text(rows, 0));
        struct past_send *send = ARENA_NEW(loading->tick, struct past_send, 1);

        *send = (struct past_send){
            .patient_id = db_col_copy(loading->tick, rows, 1),
            .at = {db_col_int(rows, 2)},
            .marketing = text_is(db_col_text(rows, 4), "marketing"),
            .stop_line = db_col_int(rows, 5) != 0,
            .next = household->sends,
        };
        if (channel_kind_parse(db_col_text(rows, 3), &send->channel))
            household->sends = send;
    }
    return db_end(&rows, reterr_why);
}

static enum err load_preferences(struct loading *loading, struct why *reterr_why)
{
    struct preference *preferences;
    size_t count;
    enum err err = record_read_preferences(loading->tick, loading->db, loading->practice_id,
        loading->ids, loading->count, &preferences, &count, reterr_why);

    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        struct gate_person *person = batch_person(loading->batch, preferences[i].patient_id);

        if (person)
            person->preference = &preferences[i];
    }
    return err;
}

static enum err load_replies(struct loading *loading, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(loading->db, &sql_gate_replies,
        DB_ARGS(db_int("practice_id", loading->practice_id),
            db_text("patients", db_list(loading->tick, loading->ids, loading->count))),
        &rows, reterr_why);

    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        struct gate_person *person = batch_person(loading->batch, db_col_text(rows, 0));

        if (person)
            person->last_reply.ms = db_col_int(rows, 1);
    }
    return db_end(&rows, reterr_why);
}

static enum err load_call_refusals(struct loading *loading, struct why *reterr_why)
{
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(loading->db, &sql_gate_call_refusals,
        DB_ARGS(db_int("practice_id", loading->practice_id),
            db_text("patients", db_list(loading->tick, loading->ids, loading->count))),
        &rows, reterr_why);

    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        struct gate_person *person = batch_person(loading->batch, db_col_text(rows, 0));

        if (person)
            person->calls_refused = true;
    }
    return db_end(&rows, reterr_why);
}

static enum err load_practice(struct loading *loading, struct why *reterr_why)
{
    struct gate_batch *batch = loading->batch;
    const struct zone *zone = batch->gate->practice->zone;
    struct day_load *load = ARENA_NEW(loading->tick, struct day_load, 1);
    struct instant since;
    enum err err;

    load->day = zone_day(zone, batch->loaded);
    since = zone_at(zone, load->day, 0);
    batch->days = load;
    err = db_query_int(loading->db, &sql_gate_booking_data,
        DB_ARGS(db_int("practice_id", loading->practice_id)), &batch->booking_data.ms, reterr_why);
    if (err == ERR_NONE && batch->gate->practice->sends_per_day_max > 0)
        err = db_query_int(loading->db, &sql_gate_sends_since,
            DB_ARGS(db_int("practice_id", loading->practice_id), db_int("since_ms", since.ms)),
            &load->sends, reterr_why);
    if (err == ERR_NONE)
        err = db_query_int(loading->db, &sql_gate_calls_since,
            DB_ARGS(db_int("practice_id", loading->practice_id), db_int("since_ms", since.ms)),
            &load->calls, reterr_why);
    if (err == ERR_NONE)
        err = playbook_read_states(loading->tick, loading->db, loading->practice_id,
            &batch->playbooks, &batch->playbook_count, reterr_why);
    return err;
}

enum err gate_load(struct arena *tick, struct db *db, const struct gate *gate, struct instant now,
    const char *const *patient_ids, size_t count, struct gate_batch **ret_batch,
    struct why *reterr_why)
{
    struct gate_batch *batch = ARENA_NEW(tick, struct gate_batch, 1);
    struct loading loading = {tick, db, gate->practice->practice_id, batch, patient_ids, count};
    enum err err;

    batch->tick = tick;
    batch->gate = gate;
    batch->loaded = now;
    map_init(&batch->people, tick);
    map_init(&batch->households, tick);
    err = load_people(&loading, reterr_why);
    if (err == ERR_NONE)
        err = load_contacts(&loading, reterr_why);
    if (err == ERR_NONE)
        err = load_consents(&loading, reterr_why);
    if (err == ERR_NONE)
        err = load_sends(&loading, reterr_why);
    if (err == ERR_NONE)
        err = load_replies(&loading, reterr_why);
    if (err == ERR_NONE)
        err = load_preferences(&loading, reterr_why);
    if (err == ERR_NONE)
        err = load_call_refusals(&loading, reterr_why);
    if (err == ERR_NONE)
        err = load_practice(&loading, reterr_why);
    if (err == ERR_NONE)
        *ret_batch = batch;
    return err;
}
