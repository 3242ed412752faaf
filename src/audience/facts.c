/* facts.c: the facts of a batch of patients, in a handful of set queries. */
#include <assert.h>
#include <string.h>

#include "audience/audience_int.h"
#include "audience_sql.h"
#include "base/map.h"
#include "base/text.h"

struct audience_moment audience_moment_at(const struct practice *practice, struct instant now)
{
    return (struct audience_moment){practice, now, zone_day(practice->zone, now)};
}

/* One load in progress. Rows come ordered by patient, so that each list is one run of its array. */
struct loader {
    struct arena *arena;
    struct db *db;
    const struct audience_moment *moment;
    struct audience_facts *facts;
    size_t count;
    struct map index; /* patient_id -> its facts */
    const char *ids;  /* as LIST(:ids) takes them */
    const char *enrollment_ids;
    struct why *why;
};

/* An array that grows while rows are read; `bytes` is one element's size. */
struct list {
    struct arena *arena;
    char *data;
    size_t count, capacity, bytes;
};

static void *list_add(struct list *list)
{
    if (list->count == list->capacity) {
        size_t grown = list->capacity ? list->capacity * 2 : 64;
        list->data =
            arena_grow(list->arena, list->data, list->capacity * list->bytes, grown * list->bytes);
        list->capacity = grown;
    }
    return memset(list->data + list->bytes * list->count++, 0, list->bytes);
}

typedef void read_fn(struct loader *loader, const struct db_rows *rows, void *ret_element);
typedef void place_fn(struct audience_facts *facts, const void *first, size_t count);

/* Runs a statement whose first column is the patient (or enrollment) and hands each run of rows to
 * its owner. */
static enum err load(struct loader *loader, const struct sql *sql, bool takes_now, size_t bytes,
    read_fn *read, place_fn *place)
{
    DB_ROWS struct db_rows *rows = NULL;
    const struct practice *practice = loader->moment->practice;
    const char *ids = loader->enrollment_ids ? loader->enrollment_ids : loader->ids;
    struct db_arg args[] = {db_int("practice_id", practice->practice_id), db_text("ids", ids),
        db_int("now_ms", loader->moment->now.ms)};
    enum err err = db_query(loader->db, sql, args, takes_now ? 3 : 2, &rows, loader->why);
    if (err != ERR_NONE)
        return err;
    struct list list = {.arena = loader->arena, .bytes = bytes};
    struct list owners = {.arena = loader->arena, .bytes = sizeof(struct audience_facts *)};
    while (db_next(rows)) {
        struct audience_facts *owner = map_get(&loader->index, db_col_text(rows, 0));
        if (!owner)
            continue;
        *(struct audience_facts **)list_add(&owners) = owner;
        read(loader, rows, list_add(&list));
    }
    struct audience_facts **owner = (struct audience_facts **)owners.data;
    for (size_t first = 0, end; first < list.count; first = end) {
        for (end = first + 1; end < list.count && owner[end] == owner[first];)
            end++;
        place(owner[first], list.data + first * bytes, end - first);
    }
    return db_end(&rows, loader->why);
}

static struct instant col_instant(const struct db_rows *rows, int column)
{
    return (struct instant){db_col_int(rows, column)};
}

/* ---- a reader and a placer per kind ---- */

static void read_appointment(struct loader *loader, const struct db_rows *rows, void *ret_element)
{
    struct fact_appointment *appointment = ret_element;
    const char *status = db_col_text(rows, 4);
    appointment->appointment_id = db_col_copy(loader->arena, rows, 1);
    appointment->start = col_instant(rows, 2);
    appointment->local_day = db_col_day(rows, 3);
    if (!appointment_status_parse(status, &appointment->status))
        assert(!"the schema's CHECK knows the statuses");
    appointment->category = db_col_copy(loader->arena, rows, 5);
    appointment->provider = db_col_copy(loader->arena, rows, 6);
    appointment->total_known = !db_col_null(rows, 7);
    appointment->total_cents = db_col_int(rows, 7);
    appointment->intro_offer = db_col_int(rows, 8) != 0;
    appointment->series_id = db_col_copy(loader->arena, rows, 9);
    appointment->series_total = db_col_null(rows, 10) ? -1 : db_col_int(rows, 10);
    appointment->first_seen = col_instant(rows, 11);
}

static void place_appointments(struct audience_facts *facts, const void *first, size_t count)
{
    facts->appointments = first;
    facts->appointment_count = count;
}

static void read_clock(struct loader *loader, const struct db_rows *rows, void *ret_element)
{
    struct fact_clock *clock = ret_element;
    clock->service = db_col_copy(loader->arena, rows, 1);
    clock->last_day = db_col_day(rows, 2);
    clock->open = db_col_null(rows, 3);
    clock->visits = db_col_int(rows, 4);
}

static void place_clocks(struct audience_facts *facts, const void *first, size_t count)
{
    facts->clocks = first;
    facts->clock_count = count;
}

static void read_contact(struct loader *loader, const struct db_rows *rows, void *ret_element)
{
    struct fact_contact *contact = ret_element;
    const char *health = db_col_text(rows, 3);
    if (!channel_kind_parse(db_col_text(rows, 1), &contact->channel))
        assert(!"the schema's CHECK knows the channels");
    contact->address = db_col_copy(loader->arena, rows, 2);
    contact->healthy = text_is(health, "ok") || text_is(health, "soft_bounced");
    contact->suppressed_marketing = db_col_int(rows, 4) >= 1;
    contact->suppressed_all = db_col_int(rows, 4) == 2;
    contact->opted_out = !db_col_null(rows, 5);
    contact->opted_out_at = col_instant(rows, 5);
    contact->opted_out_all_at = col_instant(rows, 6);
    contact->opted_out_ended_at = col_instant(rows, 7);
}

static void place_contacts(struct audience_facts *facts, const void *first, size_t count)
{
    facts->contacts = first;
    facts->contact_count = count;
}

static void read_consent(struct loader *loader, const struct db_rows *rows, void *ret_element)
{
    struct fact_consent *consent = ret_element;
    const char *channel = db_col_text(rows, 1);
    if (text_is(channel, "phi"))
        consent->channel = CHANNEL_TASK;
    else if (!channel_kind_parse(channel, &consent->channel))
        assert(!"the schema's CHECK knows the channels");
    consent->address = db_col_copy(loader->arena, rows, 2);
    consent->marketing = text_is(db_col_text(rows, 3), "marketing");
    consent->written = text_is(db_col_text(rows, 4), "written");
    consent->given = db_col_day(rows, 5);
}

static void place_consents(struct audience_facts *facts, const void *first, size_t count)
{
    facts->consents = first;
    facts->consent_count = count;
}

static void read_tag(struct loader *loader, const struct db_rows *rows, void *ret_element)
{
    *(const char **)ret_element = db_col_copy(loader->arena, rows, 1);
}

static void place_tags(struct audience_facts *facts, const void *first, size_t count)
{
    facts->tags = first;
    facts->tag_count = count;
}

static void read_enrollment(struct loader *loader, const struct db_rows *rows, void *ret_element)
{
    struct fact_enrollment *enrollment = ret_element;
    const char *state = db_col_text(rows, 3);
    enrollment->enrollment_id = db_col_copy(loader->arena, rows, 1);
    enrollment->playbook = db_col_copy(loader->arena, rows, 2);
    enrollment->entered = col_instant(rows, 5);
    enrollment->ended_at = col_instant(rows, 6);
    enrollment->ended =
        text_is(state, "ended") && enrollment->ended_at.ms <= loader->moment->now.ms;
    enrollment->held = text_is(state, "held");
    enrollment->exit = enrollment->ended ? db_col_copy(loader->arena, rows, 4) : NULL;
    enrollment->cooldown_until = db_col_day(rows, 7);
    enrollment->anchor = db_col_day(rows, 8);
}

static void place_enrollments(struct audience_facts *facts, const void *first, size_t count)
{
    facts->enrollments = first;
    facts->enrollment_count = count;
}

static void read_ledger(struct loader *loader, const struct db_rows *rows, void *ret_element)
{
    struct fact_ledger *ledger = ret_element;
    ledger->kind = db_col_copy(loader->arena, rows, 1);
    ledger->status = db_col_copy(loader->arena, rows, 2);
    ledger->day = db_col_day(rows, 3);
}

static void place_ledger(struct audience_facts *facts, const void *first, size_t count)
{
    facts->ledger = first;
    facts->ledger_count = count;
}

struct thread_row {
    bool open;
};

static void read_thread(struct loader *loader, const struct db_rows *rows, void *ret_element)
{
    struct thread_row *thread = ret_element;
    thread->open =
        text_is(db_col_text(rows, 1), "open") || db_col_int(rows, 2) > loader->moment->now.ms;
}

static void place_thread(struct audience_facts *facts, const void *first, size_t count)
{
    (void)count;
    facts->has_thread = true;
    facts->thread_open = ((const struct thread_row *)first)->open;
}

struct reply_row {
    struct instant received;
    const char *const *labels;
    size_t label_count;
    const char *route;
};

/* A reading that is not there, or is not what triage writes, leaves label and route unknown. */
static void read_reply(struct loader *loader, const struct db_rows *rows, void *ret_element)
{
    struct reply_row *reply = ret_element;
    reply->received = col_instant(rows, 1);
    const char *reading = db_col_text(rows, 2);
    JSON_AUTO json = NULL;
    if (!reading || json_parse(reading, strlen(reading), &json, NULL) != ERR_NONE)
        return;
    reply->route = arena_text(loader->arena, json_string_value(json_object_get(json, "route")));
    const json_t *labels = json_object_get(json, "labels"), *label;
    const char **texts = ARENA_NEW(loader->arena, const char *, json_array_size(labels) + 1);
    size_t i;
    json_array_foreach(labels, i, label) if (json_is_string(label)) texts[reply->label_count++] =
        arena_text(loader->arena, json_string_value(label));
    reply->labels = texts;
}

static void place_reply(struct audience_facts *facts, const void *first, size_t count)
{
    const struct reply_row *reply = (const struct reply_row *)first + (count - 1);
    facts->has_reply = true;
    facts->last_reply = reply->received;
    facts->reply_labels = reply->labels;
    facts->reply_label_count = reply->label_count;
    facts->reply_route = reply->route;
}

/* ---- the batch ---- */

static enum err load_patients(struct loader *loader, const char *const *patient_ids)
{
    struct patient *patients = NULL;
    size_t found = 0;
    enum err err =
        record_read_patients(loader->arena, loader->db, loader->moment->practice->practice_id,
            patient_ids, loader->count, &patients, &found, loader->why);
    for (size_t i = 0; err == ERR_NONE && i < found; i++) {
        struct audience_facts *facts = map_get(&loader->index, patients[i].patient_id);
        if (facts) {
            facts->known = true;
            facts->patient = &patients[i];
        }
    }
    return err;
}

static enum err load_kinds(struct loader *loader)
{
    static const struct {
        const struct sql *sql;
        bool takes_now;
        size_t bytes;
        read_fn *read;
        place_fn *place;
    } KINDS[] = {
        {&sql_audience_facts_appointments, false, sizeof(struct fact_appointment), read_appointment,
            place_appointments},
        {&sql_audience_facts_clocks, false, sizeof(struct fact_clock), read_clock, place_clocks},
        {&sql_audience_facts_contacts, false, sizeof(struct fact_contact), read_contact,
            place_contacts},
        {&sql_audience_facts_consents, false, sizeof(struct fact_consent), read_consent,
            place_consents},
        {&sql_audience_facts_tags, false, sizeof(const char *), read_tag, place_tags},
        {&sql_audience_facts_enrollments, true, sizeof(struct fact_enrollment), read_enrollment,
            place_enrollments},
        {&sql_audience_facts_ledger, false, sizeof(struct fact_ledger), read_ledger, place_ledger},
        {&sql_audience_facts_threads, true, sizeof(struct thread_row), read_thread, place_thread},
        {&sql_audience_facts_replies, true, sizeof(struct reply_row), read_reply, place_reply},
    };
    enum err err = ERR_NONE;
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]) && err == ERR_NONE; i++)
        err = load(loader, KINDS[i].sql, KINDS[i].takes_now, KINDS[i].bytes, KINDS[i].read,
            KINDS[i].place);
    return err;
}

enum err facts_load(struct arena *tick, struct db *db, const struct audience_moment *moment,
    const struct audience_definitions *definitions, const char *const *patient_ids, size_t count,
    struct audience_facts **ret_facts, struct why *reterr_why)
{
    assert(count <= FACTS_BATCH_MAX);
    struct loader loader = {
        .arena = tick, .db = db, .moment = moment, .count = count, .why = reterr_why};
    loader.facts = ARENA_NEW(tick, struct audience_facts, count + 1);
    loader.ids = db_list(tick, patient_ids, count);
    map_init(&loader.index, tick);
    struct audience_moment *kept = ARENA_NEW(tick, struct audience_moment, 1);
    *kept = *moment;
    for (size_t i = 0; i < count; i++) {
        loader.facts[i] = (struct audience_facts){.moment = kept, .definitions = definitions};
        map_put(&loader.index, patient_ids[i], &loader.facts[i]);
    }
    enum err err = load_patients(&loader, patient_ids);
    if (err == ERR_NONE)
        err = load_kinds(&loader);
    if (err != ERR_NONE)
        return err;
    /* An id that is asked for twice: the later one holds the facts. */
    for (size_t i = 0; i < count; i++)
        loader.facts[i] = *(struct audience_facts *)map_get(&loader.index, patient_ids[i]);
    *ret_facts = loader.facts;
    return ERR_NONE;
}

/* ---- seen from an enrollment, a playbook, an event ---- */

static void read_touch(struct loader *loader, const struct db_rows *rows, void *ret_element)
{
    struct fact_touch *touch = ret_element;
    touch->touch_key = db_col_copy(loader->arena, rows, 1);
    touch->message = text_is(db_col_text(rows, 2), "message");
    touch->sent = !db_col_null(rows, 3);
    touch->sent_at = col_instant(rows, 3);
    touch->delivered = !db_col_null(rows, 4);
    touch->delivered_at = col_instant(rows, 4);
    touch->human_opens = db_col_int(rows, 5);
    touch->machine_opens = db_col_int(rows, 6);
    touch->clicks = db_col_int(rows, 7);
    touch->replies = db_col_int(rows, 8);
}

static void place_touches(struct audience_facts *facts, const void *first, size_t count)
{
    facts->touches = first;
    facts->touch_count = count;
}

static const struct fact_enrollment *find_enrollment(
    const struct audience_facts *facts, const char *enrollment_id)
{
    for (size_t i = 0; i < facts->enrollment_count; i++)
        if (strcmp(facts->enrollments[i].enrollment_id, enrollment_id) == 0)
            return &facts->enrollments[i];
    return NULL;
}

enum err facts_load_enrollments(struct arena *tick, struct db *db, struct audience_facts *facts,
    const char *const *enrollment_ids, const int64_t *days, size_t count, struct why *reterr_why)
{
    if (count == 0)
        return ERR_NONE;
    assert(count <= FACTS_BATCH_MAX);
    struct loader loader = {.arena = tick,
        .db = db,
        .moment = facts[0].moment,
        .facts = facts,
        .count = count,
        .why = reterr_why};
    loader.enrollment_ids = db_list(tick, enrollment_ids, count);
    map_init(&loader.index, tick);
    for (size_t i = 0; i < count; i++) {
        facts[i].enrollment = find_enrollment(&facts[i], enrollment_ids[i]);
        facts[i].day = days[i];
        if (!facts[i].enrollment)
            return why_set(
                reterr_why, ERR_NOT_FOUND, "an enrollment is not among the facts of its patient");
        map_put(&loader.index, enrollment_ids[i], &facts[i]);
    }
    return load(&loader, &sql_audience_facts_touches, /*takes_now=*/false,
        sizeof(struct fact_touch), read_touch, place_touches);
}

static bool is_between(struct instant at, struct instant from, struct instant until)
{
    return at.ms > 0 && at.ms >= from.ms && at.ms <= until.ms;
}

bool facts_refused(const struct audience_facts *facts, struct instant from, struct instant until)
{
    bool one = false, all = true;
    for (size_t i = 0; i < facts->contact_count; i++) {
        const struct fact_contact *contact = &facts->contacts[i];
        if (is_between(contact->opted_out_ended_at, from, until))
            return true;
        one = one || is_between(contact->opted_out_at, from, until);
        all = all && contact->opted_out;
    }
    return one && all;
}

void facts_for_playbook(struct audience_facts *facts, const char *playbook, bool marketing,
    const struct audience_peer *peers, size_t peer_count)
{
    facts->playbook = playbook;
    facts->marketing = marketing;
    facts->peers = peers;
    facts->peer_count = peer_count;
}

void facts_for_event(struct audience_facts *facts, const json_t *event, struct instant at)
{
    facts->event = event;
    facts->event_at = at;
}
