/* audience_world.h: a store full of random patients, drawn from one seed.
 *
 * Every table that a condition can read gets rows in every state, consistent as record folds them,
 * some of them odd: an address that is closed twice, a clock ahead of today, appointments of
 * somebody nobody knows. The same seed gives the same rows on both databases.
 *
 *   struct world world;
 *   open_world(&world, postgres);  ...  close_world(&world);     // or open_empty_world
 *
 * Include after unit.h. */
#ifndef PERENNIAL_TEST_AUDIENCE_WORLD_H
#define PERENNIAL_TEST_AUDIENCE_WORLD_H

#include <string.h>

#include "audience/audience_int.h"
#include "base/embed.h"
#include "base/text.h"
#include "db_fixture.h"
#include "embed_playbooks.h"
#include "env/env.h"

enum { PATIENTS = 240, PRACTICE = 1 };

struct world {
    struct db_fixture store;
    struct env env;
    struct zones zones;
    struct practice practice;
    const struct audience_definitions *definitions;
    struct audience_moment moment;
    const char *ids[PATIENTS];
    uint64_t seed;
    struct arena scratch;
};

/* ---- chance ---- */

static inline uint64_t draw(struct world *world)
{
    world->seed ^= world->seed << 13; /* xorshift64: the same everywhere */
    world->seed ^= world->seed >> 7;
    world->seed ^= world->seed << 17;
    return world->seed;
}

static inline int64_t below(struct world *world, int64_t bound)
{
    return (int64_t)(draw(world) % (uint64_t)bound);
}

static inline bool chance(struct world *world, int percent)
{
    return below(world, 100) < percent;
}

#define PICK(world, ...)                                                                           \
    pick(world, (const char *const[]){__VA_ARGS__},                                                \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const char *pick(struct world *world, const char *const *of, size_t count)
{
    return of[below(world, (int64_t)count)];
}

/* ---- patients ---- */

static inline struct sql statement(const char *text)
{
    return (struct sql){.name = "property", .text = text};
}

static inline void put(struct tx *tx, const char *text, const struct db_arg *args, size_t count)
{
    struct why why = {0};
    struct sql sql = statement(text);
    must(db_exec(tx, &sql, args, count, NULL, &why), &why);
}

#define PUT(tx, text, ...) put(tx, text, DB_ARGS(__VA_ARGS__))

static inline int64_t day_near(struct world *world, int64_t back, int64_t ahead)
{
    return world->moment.today.n + ahead - below(world, back + ahead);
}

/* What an appointment leaves in the folded columns, as record folds them. */
struct folds {
    int64_t visits, cents, first, last;
};

static inline void fold(struct folds *folds, int64_t day, int64_t cents)
{
    if (folds->visits == 0 || day < folds->first)
        folds->first = day;
    if (folds->visits == 0 || day > folds->last)
        folds->last = day;
    folds->visits++;
    folds->cents += cents;
}

static const char *const SERVICES[] = {"neurotoxin", "filler", "laser_ipl", "facial"};

static inline void add_appointment(struct world *world, struct tx *tx, int patient, int number,
    struct folds *all, struct folds *by)
{
    int64_t service = below(world, 5), day = day_near(world, 500, 40);
    int64_t start = zone_at(world->practice.zone, (struct day){(int32_t)day},
                        (int)(8 * 60 + 30 * below(world, 20)))
                        .ms
        + patient * 20 + number; /* no two begin in the same moment */
    const char *status = chance(world, 60)
        ? "completed"
        : PICK(world, "booked", "confirmed", "arrived", "no_show", "late_cancelled", "cancelled");
    int64_t cents = below(world, 60000);
    bool priced = chance(world, 80), series = chance(world, 25);
    if (text_is(status, "completed")) {
        fold(all, day, priced ? cents : 0);
        if (service < 4)
            fold(&by[service], day, priced ? cents : 0);
    }
    PUT(tx,
        "INSERT INTO appointment (practice_id, appointment_id, patient_id, record_id, start_ms,"
        " local_day, provider, service, category, status, total_cents, series_id, series_total,"
        " intro_offer, row_hash, first_seen_ms, status_ms) VALUES (1, :id, :patient, :patient,"
        " :start, :day, :provider, 'x', :category, :status, :total, :series, :planned, :intro, '',"
        " :start, :start)",
        db_text("id", arena_format(&world->scratch, "a%03d-%02d", patient, number)),
        db_text("patient", world->ids[patient]), db_int("start", start), db_int("day", day),
        db_text("provider", chance(world, 80) ? "Dr. Chen" : NULL),
        db_text("category", service < 4 ? SERVICES[service] : NULL), db_text("status", status),
        db_int_if("total", priced, cents),
        db_text("series",
            series ? arena_format(&world->scratch, "s%03d-%d", patient, (int)below(world, 2))
                   : NULL),
        db_int_if("planned", series && chance(world, 80), 2 + below(world, 5)),
        db_int("intro", chance(world, 20)));
}

static inline void add_clocks(
    struct world *world, struct tx *tx, int patient, const struct folds *by)
{
    for (int i = 0; i < 4; i++) {
        if (by[i].visits == 0)
            continue;
        bool open = i == 2 && chance(world, 30);
        PUT(tx,
            "INSERT INTO clock (practice_id, service, patient_id, last_day, due_day, visits) VALUES"
            " (1, :service, :patient, :last, :due, :visits)",
            db_text("service", SERVICES[i]), db_text("patient", world->ids[patient]),
            db_int("last", by[i].last), db_int_if("due", !open, by[i].last + 60),
            db_int("visits", by[i].visits));
    }
}

static inline void add_patient_row(
    struct world *world, struct tx *tx, int patient, const struct folds *folds)
{
    bool visited = folds->visits > 0;
    PUT(tx,
        "INSERT INTO patient (practice_id, patient_id, external_id, birth_day, state, language,"
        " preferred_channel, preferred_provider, household_id, inactive, deceased, vip,"
        " staff_or_family, billing_dispute, clinical_concern, do_not_contact, paused_until_day,"
        " paused_until_told, phi_authorized, loyalty_points, loyalty_expire_day, membership_plan,"
        " membership_status, membership_renewal_day, created_day, visits, first_visit_day,"
        " last_visit_day, last_provider, ltv_cents, ltv_percentile, created_ms, updated_ms)"
        " VALUES (1, :id, :external, :birth, :state, :language, :channel, :provider, 'h',"
        " :inactive, :deceased, :vip, :staff, :dispute, :concern, :dnc, :paused, :told, :phi,"
        " :points, :expire, :plan, :status, :renewal, :created, :visits, :first, :last, :lastp,"
        " :ltv, :percentile, 1, 1)",
        db_text("id", world->ids[patient]),
        db_text("external", arena_format(&world->scratch, "P%04d", patient)),
        db_int_if("birth", chance(world, 90), day_near(world, 25000, -6300)),
        db_text("state", chance(world, 80) ? PICK(world, "TX", "AL", "NY", "NE") : NULL),
        db_text("language", PICK(world, "en", "es")),
        db_text("channel", chance(world, 50) ? PICK(world, "sms", "email", "voice") : NULL),
        db_text("provider", chance(world, 50) ? "Dr. Chen" : NULL),
        db_int("inactive", chance(world, 3)), db_int("deceased", chance(world, 3)),
        db_int("vip", chance(world, 20)), db_int("staff", chance(world, 9)),
        db_int("dispute", chance(world, 9)), db_int("concern", chance(world, 9)),
        db_int("dnc", chance(world, 3)),
        db_int_if("paused", chance(world, 6), day_near(world, 9, 9)),
        db_int("told", chance(world, 3)), db_int("phi", chance(world, 50)),
        db_int_if("points", chance(world, 70), below(world, 1200)),
        db_int_if("expire", chance(world, 70), day_near(world, 100, 100)),
        db_text("plan", chance(world, 40) ? PICK(world, "gold", "silver") : NULL),
        db_text("status", chance(world, 60) ? PICK(world, "active", "paused", "ended") : NULL),
        db_int_if("renewal", chance(world, 70), day_near(world, 60, 60)),
        db_int_if("created", chance(world, 80), day_near(world, 900, 0)),
        db_int("visits", folds->visits), db_int_if("first", visited, folds->first),
        db_int_if("last", visited, folds->last),
        db_text("lastp", visited && chance(world, 80) ? "Dr. Chen" : NULL),
        db_int("ltv", folds->cents), db_int_if("percentile", chance(world, 80), below(world, 101)));
}

static inline void add_suppression(
    struct world *world, struct tx *tx, const char *address, const char *on)
{
    PUT(tx,
        "INSERT INTO suppression (practice_id, address_hash, channel, scope, reason, address,"
        " source, created_ms, lifted_ms) VALUES (1, :address, :channel, :scope, :reason, :address,"
        " 'sms', 5000, :lifted) ON CONFLICT DO NOTHING",
        db_text("address", address), db_text("channel", chance(world, 80) ? on : "all"),
        db_text("scope", PICK(world, "marketing", "all")),
        db_text("reason", PICK(world, "opt_out", "bounce", "landline", "import", "complaint")),
        db_int_if("lifted", chance(world, 20), 6000));
}

static inline void add_contacts(struct world *world, struct tx *tx, int patient)
{
    static const char *const CHANNELS[] = {"sms", "email", "voice"};
    for (int i = 0; i < 3; i++)
        for (int64_t n = below(world, 3); n > 0; n--) {
            const char *address =
                arena_format(&world->scratch, "%s-%d-%d", CHANNELS[i], patient, (int)n);
            PUT(tx,
                "INSERT INTO contact_point (practice_id, patient_id, channel, address, source,"
                " rank, health, current, created_ms) VALUES (1, :patient, :channel, :address, 'x',"
                " :rank, :health, :current, 1)",
                db_text("patient", world->ids[patient]), db_text("channel", CHANNELS[i]),
                db_text("address", address), db_int("rank", n),
                db_text("health",
                    chance(world, 75)
                        ? "ok"
                        : PICK(world, "bounced", "landline", "invalid", "soft_bounced")),
                db_int("current", chance(world, 90)));
            if (chance(world, 20))
                add_suppression(world, tx, address, CHANNELS[i]);
            if (chance(world, 5))
                add_suppression(world, tx, address, CHANNELS[i]);
        }
}

static inline void add_consents(struct world *world, struct tx *tx, int patient)
{
    for (int64_t n = below(world, 7); n > 0; n--) {
        const char *channel = PICK(world, "sms", "email", "voice", "sms", "email", "phi");
        PUT(tx,
            "INSERT INTO consent (practice_id, consent_id, patient_id, channel, address, purpose,"
            " class, given_day, source, recorded_ms, revoked_ms) VALUES (1, :id, :patient,"
            " :channel, :address, :purpose, :class, :given, 'import', 1, :revoked)"
            " ON CONFLICT DO NOTHING",
            db_text("id", arena_format(&world->scratch, "c%03d-%d", patient, (int)n)),
            db_text("patient", world->ids[patient]), db_text("channel", channel),
            db_text("address",
                chance(world, 20) ? arena_format(&world->scratch, "%s-%d-1", channel, patient)
                                  : NULL),
            db_text("purpose", PICK(world, "marketing", "marketing", "care")),
            db_text("class", PICK(world, "written", "express")),
            db_int_if("given", chance(world, 60), day_near(world, 1200, 0)),
            db_int_if("revoked", chance(world, 15), 2));
    }
}

static inline void add_enrollments(struct world *world, struct tx *tx, int patient)
{
    static const char *const PLAYBOOKS[] = {"tox", "monthly", "care-plan"};
    for (int64_t n = chance(world, 60) ? 0 : 1 + below(world, 4); n > 0; n--) {
        int64_t entered = world->moment.now.ms - below(world, 300) * MS_PER_DAY;
        bool ended = chance(world, 65);
        int64_t left = entered + below(world, 60) * MS_PER_DAY;
        PUT(tx,
            "INSERT INTO enrollment (practice_id, enrollment_id, patient_id, household_id,"
            " playbook, version, occurrence, arm, state, entered_ms, start_day, next_ms, exit,"
            " ended_ms, cooldown_until_day) VALUES (1, :id, :patient, 'h', :playbook, 'v', 1,"
            " 'treat', :state, :entered, 1, 1, :exit, :ended, :cooldown) ON CONFLICT DO NOTHING",
            db_text("id", arena_format(&world->scratch, "e%03d-%d", patient, (int)n)),
            db_text("patient", world->ids[patient]), db_text("playbook", pick(world, PLAYBOOKS, 3)),
            db_text("state", ended ? "ended" : PICK(world, "active", "active", "held")),
            db_int("entered", entered),
            db_text("exit",
                ended ? PICK(world, "booked", "declined", "opted_out", "no_response", "paused")
                      : NULL),
            db_int_if("ended", ended, left),
            db_int_if("cooldown", ended && chance(world, 20), day_near(world, 100, 100)));
    }
}

static inline void add_rest(struct world *world, struct tx *tx, int patient)
{
    const char *id = world->ids[patient];
    if (chance(world, 30))
        PUT(tx,
            "INSERT INTO tag (practice_id, patient_id, tag, source, at_ms) VALUES (1, :id, :tag,"
            " 'import', 1)",
            db_text("id", id), db_text("tag", PICK(world, "bride", "big-spender")));
    for (int64_t n = chance(world, 60) ? 0 : below(world, 4); n > 0; n--)
        PUT(tx,
            "INSERT INTO ledger (practice_id, kind, external_id, patient_id, day, status, fields,"
            " row_hash, changed_ms) VALUES (1, :kind, :external, :id, :day, :status, '{}', '', 1)",
            db_text("kind", PICK(world, "program", "prescription")),
            db_text("external", arena_format(&world->scratch, "l%03d-%d", patient, (int)n)),
            db_text("id", id), db_int_if("day", chance(world, 80), day_near(world, 100, 20)),
            db_text("status", PICK(world, "joined", "discharged", "refill_due", "lapsed")));
    if (chance(world, 25)) {
        int64_t at = world->moment.now.ms + MS_PER_DAY * (2 - below(world, 700));
        PUT(tx,
            "INSERT INTO inbound (practice_id, inbound_id, channel, provider_id, sender, body,"
            " received_ms, patient_id) VALUES (1, :id, 'sms', :id, 'x', 'x', :at, :id)",
            db_text("id", id), db_int("at", at));
        PUT(tx,
            "INSERT INTO thread (practice_id, thread_id, patient_id, address, state, opened_ms,"
            " last_in_ms, closed_ms) VALUES (1, :id, :id, :id, :state, :at, :last, :closed)",
            db_text("id", id), db_text("state", PICK(world, "open", "closed", "closed")),
            db_int("at", at), db_int_if("last", chance(world, 80), at),
            db_int_if("closed", chance(world, 60), at + MS_PER_DAY));
    }
}

static inline void add_patients(struct world *world)
{
    struct tx tx = db_fixture_begin(&world->store);
    for (int i = 0; i < PATIENTS; i++) {
        struct folds all = {0}, by[4] = {{0}};
        world->ids[i] = arena_format(&world->store.boot, "id-%04d", i);
        for (int64_t n = below(world, 9); n > 0; n--)
            add_appointment(world, &tx, i, (int)n, &all, by);
        add_clocks(world, &tx, i, by);
        if (!chance(world, 97)) /* appointments of somebody nobody knows */
            continue;
        add_patient_row(world, &tx, i, &all);
        add_contacts(world, &tx, i);
        add_consents(world, &tx, i);
        add_enrollments(world, &tx, i);
        add_rest(world, &tx, i);
    }
    db_fixture_commit(&tx);
}

/* ---- the world ---- */

static inline void open_empty_world(struct world *world, bool postgres)
{
    struct why why = {0};
    memset(world, 0, sizeof *world);
    db_fixture_open(&world->store, postgres);
    db_fixture_migrate(&world->store);
    arena_init(&world->scratch, 0);
    must(env_os_open(&world->store.boot, &world->env, &why), &why);
    zones_init(&world->zones, &world->store.boot, env_zone_load, &world->env.file);
    world->practice = (struct practice){
        .practice_id = PRACTICE, .consent_age_days_max = 548, .zone_name = "America/Chicago"};
    must(zones_find(&world->zones, "America/Chicago", &world->practice.zone, &why), &why);
    struct yaml *root = NULL;
    const struct embed_file *file = embed_find(&embed_playbooks, "definitions.yaml");
    must(yaml_parse(&world->store.boot, "definitions.yaml", file->bytes, file->len, &root, &why),
        &why);
    must(definitions_parse(&world->store.boot, root, &world->definitions, &why), &why);
    world->seed = 88172645463325252ULL;
    struct day day = day_of(2026, 3, 31); /* a month's end: where calendar months clip */
    world->moment =
        audience_moment_at(&world->practice, zone_at(world->practice.zone, day, 13 * 60));
}

static inline void open_world(struct world *world, bool postgres)
{
    open_empty_world(world, postgres);
    add_patients(world);
}

static inline void close_world(struct world *world)
{
    env_os_close(&world->env);
    arena_release(&world->scratch);
    db_fixture_close(&world->store);
}

#endif
