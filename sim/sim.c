/* sim.c: one run: a home is made, a town lives through its days, the promises are checked. */
#include "sim/sim.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"
#include "engagement/engagement.h"
#include "engine/plan.h"
#include "sim/world.h"

enum {
    EXPORT_HOURS = 12,
    CRASH_MEAN_HOURS = 60, /* in chaos the process dies every few days */
};

static const char *const fault_names[SIM_FAULT_MAX] = {
    "timeout", "refuse", "late", "double", "crash", "restart", "stale"};

enum err sim_faults_parse(const char *text, bool ret_faults[SIM_FAULT_MAX], struct why *reterr_why)
{
    bool all = text_is(text, "all");
    for (int i = 0; i < SIM_FAULT_MAX; i++)
        ret_faults[i] = all;
    if (all || text_is(text, "none"))
        return ERR_NONE;
    for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        size_t len = strcspn(at, ",");
        bool known = false;
        for (int i = 0; i < SIM_FAULT_MAX; i++) {
            bool same = strlen(fault_names[i]) == len && memcmp(fault_names[i], at, len) == 0;
            ret_faults[i] = ret_faults[i] || same;
            known = known || same;
        }
        if (!known) {
            why_hint(reterr_why,
                "They are timeout, refuse, late, double, crash, restart, stale, all "
                "and none");
            return why_set(reterr_why, ERR_INPUT, "there is no fault \"%.*s\"", (int)len, at);
        }
    }
    return ERR_NONE;
}

void promise_broken(struct promise_check *check, const char *format, ...)
{
    if (check->broken++ > 0)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(check->first, sizeof(check->first), format, args);
    va_end(args);
}

bool world_fault(struct world *world, enum sim_fault fault, double percent)
{
    if (!world->options.faults[fault] || !instant_before(world->now, world->chaos_end))
        return false;
    return sim_random_percent(&world->random, percent);
}

/* ---- the calendar of the world: a heap ---- */

static bool earlier(const struct world_event *a, const struct world_event *b)
{
    return a->at.ms < b->at.ms || (a->at.ms == b->at.ms && a->order < b->order);
}

void world_push(struct world *world, struct world_event event)
{
    if (world->event_count == world->event_capacity) {
        size_t bigger = world->event_capacity ? world->event_capacity * 2 : 4096;
        world->events = arena_grow(world->boot, world->events,
            world->event_capacity * sizeof(event), bigger * sizeof(event));
        world->event_capacity = bigger;
    }
    event.order = world->orders++;
    size_t at = world->event_count++;
    for (; at > 0 && earlier(&event, &world->events[(at - 1) / 2]); at = (at - 1) / 2)
        world->events[at] = world->events[(at - 1) / 2];
    world->events[at] = event;
}

static bool world_next(const struct world *world, struct instant *ret_at)
{
    if (world->event_count == 0)
        return false;
    *ret_at = world->events[0].at;
    return true;
}

static struct world_event world_pop(struct world *world)
{
    assert(world->event_count > 0);
    struct world_event first = world->events[0], last = world->events[--world->event_count];
    size_t at = 0;
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= world->event_count)
            break;
        if (child + 1 < world->event_count
            && earlier(&world->events[child + 1], &world->events[child]))
            child++;
        if (!earlier(&world->events[child], &last))
            break;
        world->events[at] = world->events[child];
        at = child;
    }
    world->events[at] = last;
    return first;
}

/* ---- a home ---- */

static const char settings[] =
    "name: Simulated Med Spa\ntimezone: America/Chicago\nstate: TX\n"
    "phone: \"+15125550100\"\naddress: \"1 Test Street, Austin, TX 78701\"\n"
    "booking_url: https://book.example.com\nconsent_form: consent-form.txt\n"
    "store: \":memory:\"\npublic_url: https://sim.example.com\n"
    "vendors:\n  textco: {baa_signed: 2025-01-01}\n"
    "channels:\n"
    "  sms: {driver: twilio, vendor: textco, account_sid: AC00000001, secret_file: token, "
    "messaging_service_sid: MG00000001, base_url: \"http://127.0.0.1:1\", rate_per_s: 100}\n"
    "  email: {driver: smtp, vendor: own, host: 127.0.0.1, port: 25, tls: none, "
    "from: desk@spa.example.com, rate_per_s: 100}\n"
    "  voice: {driver: \"null\"}\n";

static enum err put(struct world *world, const char *path, const char *text, struct why *reterr_why)
{
    return world->env.file.write(world->env.file.self, path, text, strlen(text), 0600, reterr_why);
}

static enum err open_engine(struct world *world, struct why *reterr_why)
{
    const struct engine_options options = {
        .home = &world->home,
        .env = &world->env,
        .db = world->db,
        .actor = "engine",
        .with_channels = true,
    };
    enum err err = engine_open(world->boot, &options, &world->engine, reterr_why);
    return err == ERR_NONE ? engine_recover(&world->engine, world->now, reterr_why) : err;
}

static enum err make_home(struct world *world, struct why *reterr_why)
{
    const struct home_creation creation = {.practice_name = "Simulated Med Spa"};
    enum err err = home_create(world->boot, &world->env, "/home", &creation, reterr_why);
    if (err == ERR_NONE)
        err = put(world, "/home/perennial.yaml", settings, reterr_why);
    if (err == ERR_NONE)
        err = put(world, "/home/consent-form.txt",
            "I agree to marketing texts and calls sent by automated means. Agreeing is not a "
            "condition of buying anything.",
            reterr_why);
    if (err == ERR_NONE)
        err = put(world, "/home/secrets/token", "secret", reterr_why);
    if (err == ERR_NONE)
        err = home_load(world->boot, &world->env, "/home", &world->home, reterr_why);
    if (err == ERR_NONE)
        err = home_open_store(world->boot, &world->home, 0, &world->db, reterr_why);
    return err == ERR_NONE ? open_engine(world, reterr_why) : err;
}

/* The first day: everything is imported, and the shipped playbook is planned and applied. */
static enum err launch(struct world *world, struct why *reterr_why)
{
    enum err err = world_export(world, reterr_why);
    const struct plan_question question = {.playbook = "neurotoxin-touch-up", .at = world->now};
    struct plan plan = {0};
    if (err == ERR_NONE)
        err = plan_build(world->boot, &world->engine, &question, &plan, reterr_why);
    int64_t entered;
    if (err == ERR_NONE)
        err = plan_apply(
            world->boot, &world->engine, plan.json, true, world->now, &entered, reterr_why);
    json_decref(plan.json);
    return err;
}

/* ---- what happens ---- */

static enum err receive(
    struct world *world, const struct world_event *event, struct why *reterr_why)
{
    const struct person *person = &world->people[event->index];
    const struct inbox_message message = {
        .channel = "sms",
        .provider_id = arena_format(world->boot, "IN%" PRId64 "-%d", event->at.ms, event->index),
        .sender = person->phone,
        .body = event->text,
        .received = event->at,
    };
    bool is_new;
    world->replies++;
    return engine_receive(&world->engine, &message, world->now, &is_new, reterr_why);
}

static enum err call_back(
    struct world *world, const struct world_event *event, struct why *reterr_why)
{
    const struct engine_delivery delivery = {
        .attempt_id = event->attempt_id,
        .provider_id = event->sid,
        .delivery = event->text,
        .code = text_is(event->text, "undelivered") ? "30006" : NULL,
    };
    enum err err = engine_delivery(&world->engine, &delivery, world->now, reterr_why);
    return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static const struct sql sql_touch_of_attempt = {"sim_touch_of_attempt",
    "SELECT t.touch_id, t.patient_id, t.enrollment_id FROM attempt a JOIN touch t"
    " ON t.practice_id = a.practice_id AND t.touch_id = a.touch_id"
    " WHERE a.practice_id = :practice_id AND a.attempt_id = :attempt_id",
    NULL};

static enum err click(struct world *world, const struct world_event *event, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = engine_begin(&world->engine, world->now, &tx, reterr_why);
    if (err == ERR_NONE)
        err = db_query(tx.db, &sql_touch_of_attempt,
            DB_ARGS(
                db_int("practice_id", tx.practice_id), db_text("attempt_id", event->attempt_id)),
            &rows, reterr_why);
    if (err != ERR_NONE || !db_next(rows))
        return err;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const struct engagement_event clicked = {
        .event_key = arena_format(&scratch, "click:%s", event->attempt_id),
        .touch_id = db_col_copy(&scratch, rows, 0),
        .patient_id = db_col_copy(&scratch, rows, 1),
        .enrollment_id = db_col_copy(&scratch, rows, 2),
        .kind = ENGAGEMENT_CLICKED,
        .trust = TRUST_HUMAN,
    };
    err = db_end(&rows, reterr_why);
    bool is_new;
    if (err == ERR_NONE)
        err = engagement_record(&tx, &clicked, &is_new, reterr_why);
    if (err == ERR_NONE)
        err = engine_react(&world->engine, &tx, &clicked.patient_id, 1, reterr_why);
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}

/* The process dies: what it had in flight is lost to it, not to the providers. */
static enum err crash(struct world *world, struct why *reterr_why)
{
    world->crashes++;
    engine_close(&world->engine);
    env_sim_drop_flights(world->env_sim);
    if (world_fault(world, SIM_FAULT_RESTART, 30)) {
        world->down = true;
        world_push(world,
            (struct world_event){.at = instant_add_ms(world->now,
                                     (2 + sim_random_below(&world->random, 14)) * MS_PER_HOUR),
                .kind = WORLD_CRASH,
                .text = "up"});
        return ERR_NONE;
    }
    return open_engine(world, reterr_why);
}

static enum err crash_or_rise(
    struct world *world, const struct world_event *event, struct why *reterr_why)
{
    if (event->text) { /* it comes up again */
        world->down = false;
        return open_engine(world, reterr_why);
    }
    int64_t next_ms = (6 + sim_random_below(&world->random, 2 * CRASH_MEAN_HOURS)) * MS_PER_HOUR
        + sim_random_below(&world->random, MS_PER_HOUR);
    world_push(world,
        (struct world_event){.at = instant_add_ms(world->now, next_ms), .kind = WORLD_CRASH});
    bool dies = world_fault(world, SIM_FAULT_CRASH, 100) && !world->down;
    return dies ? crash(world, reterr_why) : ERR_NONE;
}

static enum err export_again(struct world *world, struct why *reterr_why)
{
    int64_t next_ms = EXPORT_HOURS * MS_PER_HOUR;
    if (world_fault(world, SIM_FAULT_STALE, 1))
        next_ms += 4 * MS_PER_DAY;
    world_push(world,
        (struct world_event){.at = instant_add_ms(world->now, next_ms), .kind = WORLD_EXPORT});
    return world_export(world, reterr_why);
}

static enum err work_desk(struct world *world, struct why *reterr_why)
{
    world_push(world,
        (struct world_event){
            .at = instant_add_ms(world->now, 4 * MS_PER_HOUR), .kind = WORLD_STAFF});
    return world_staff(world, reterr_why);
}

/* The world goes on while the process is down; what needs it waits for it. */
static bool needs_process(enum world_event_kind kind)
{
    return kind == WORLD_EXPORT || kind == WORLD_REPLY || kind == WORLD_CALLBACK
        || kind == WORLD_CLICK || kind == WORLD_STAFF;
}

static enum err happen(struct world *world, struct world_event event, struct why *reterr_why)
{
    if (world->down && needs_process(event.kind)) {
        event.at.ms = world->now.ms + MS_PER_HOUR;
        world_push(world, event);
        return ERR_NONE;
    }
    switch (event.kind) {
    case WORLD_EXPORT: return export_again(world, reterr_why);
    case WORLD_REPLY: return receive(world, &event, reterr_why);
    case WORLD_CALLBACK: return call_back(world, &event, reterr_why);
    case WORLD_CLICK: return click(world, &event, reterr_why);
    case WORLD_STAFF: return work_desk(world, reterr_why);
    case WORLD_CRASH: return crash_or_rise(world, &event, reterr_why);
    case WORLD_VISIT: world_visit(world, event.index); return ERR_NONE;
    case WORLD_BOOK:
        world->booked++;
        (void)world_book(world, event.index,
            instant_add_ms(world->now, (2 + sim_random_below(&world->random, 20)) * MS_PER_DAY),
            world->now, "booked");
        return ERR_NONE;
    case WORLD_EVENT_MAX: break;
    }
    return ERR_NONE;
}

static struct instant soonest(struct world *world, struct instant engine_next)
{
    struct instant next = world->down ? world->end : engine_next, candidate;
    if (world_next(world, &candidate) && instant_before(candidate, next))
        next = candidate;
    if (env_sim_next_answer(world->env_sim, &candidate) && instant_before(candidate, next))
        next = candidate;
    return instant_before(next, world->now) ? world->now : next;
}

static enum err live(struct world *world, struct why *reterr_why)
{
    struct instant next = world->now, at;
    enum err err = ERR_NONE;
    while (err == ERR_NONE && instant_before(next, world->end)) {
        world->now = next;
        env_sim_set_now(world->env_sim, next);
        while (err == ERR_NONE && world_next(world, &at) && !instant_before(world->now, at))
            err = happen(world, world_pop(world), reterr_why);
        struct engine_counts counts;
        if (err == ERR_NONE && !world->down)
            err = engine_step(&world->engine, world->now, 0, &counts, reterr_why);
        struct instant engine_next_at = world->end;
        if (err == ERR_NONE && !world->down)
            err = engine_next(&world->engine, world->now, &engine_next_at, reterr_why);
        /* An answer is a second away at most: two rounds never stand at one moment for ever. */
        next = soonest(world, engine_next_at);
        if (!instant_before(world->now, next))
            next.ms = world->now.ms + MS_PER_SECOND;
    }
    return err;
}

/* ---- what is said about it ---- */

static const struct {
    const char *name;
    promise_check_fn *check;
} promises[] = {
    {"one_gate", check_one_gate},
    {"stop_means_stop", check_stop_means_stop},
    {"never_twice", check_never_twice},
    {"never_lost", check_never_lost},
    {"quiet", check_quiet},
    {"no_phi_unauthorized", check_no_phi_unauthorized},
    {"explained", check_explained},
    {"audited", check_audited},
    {"pinned", check_pinned},
    {"fresh", check_fresh},
    {"human_first", check_human_first},
};

static enum err check_promises(
    struct world *world, json_t *list, bool *ret_broken, struct why *reterr_why)
{
    for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
        struct promise_check check = {0};
        enum err err = promises[i].check(world, &check, reterr_why);
        if (err != ERR_NONE)
            return err;
        json_t *line = json_pack("{s:s,s:I,s:I}", "name", promises[i].name, "checked",
            (json_int_t)check.checked, "broken", (json_int_t)check.broken);
        if (check.broken) {
            json_object_set_new(line, "first", json_text(check.first));
            *ret_broken = true;
        }
        json_array_append_new(list, line);
    }
    return ERR_NONE;
}

/* Everything that reached the other side, in order, and the whole audit: the same bytes or another
 * run. */
static const struct sql sql_audit_heads = {"sim_audit_heads",
    "SELECT writer, seq, hash FROM audit_head WHERE practice_id = :practice_id ORDER BY writer",
    NULL};
static const struct sql sql_touch_count = {
    "sim_touch_count", "SELECT count(*) FROM touch WHERE practice_id = :practice_id", NULL};

static enum err digest(struct world *world, char **ret_digest, struct why *reterr_why)
{
    struct buf text;
    buf_init(&text, world->boot);
    for (size_t i = 0; i < world->delivered_count; i++) {
        const struct delivered *message = &world->delivered[i];
        buf_format(&text, "%" PRId64 "|%s|%s|%s\n", message->at.ms, message->attempt_id,
            message->to, message->body);
    }
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(world->db, &sql_audit_heads,
        DB_ARGS(db_int("practice_id", world->home.practice.practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows))
        buf_format(&text, "%s|%" PRId64 "|%s\n", db_col_text(rows, 0), db_col_int(rows, 1),
            db_col_text(rows, 2));
    struct sha256 hash = hash_sha256(text.data, text.len);
    *ret_digest = arena_format(
        world->boot, "sha256:%s", hash_hex(world->boot, hash.bytes, sizeof(hash.bytes)));
    return db_end(&rows, reterr_why);
}

static json_t *faults_json(const struct world *world)
{
    json_t *faults = json_object();
    for (int i = 0; i < SIM_FAULT_MAX; i++)
        json_object_set_new(faults, fault_names[i], json_boolean(world->options.faults[i]));
    json_object_set_new(faults, "crashes", json_integer(world->crashes));
    return faults;
}

static enum err conclude(
    struct world *world, json_t **ret_result, bool *ret_broken, struct why *reterr_why)
{
    JSON_AUTO list = json_array();
    char *hash = NULL;
    int64_t touches = 0;
    enum err err = check_promises(world, list, ret_broken, reterr_why);
    if (err == ERR_NONE)
        err = digest(world, &hash, reterr_why);
    if (err == ERR_NONE)
        err = db_query_int(world->db, &sql_touch_count,
            DB_ARGS(db_int("practice_id", world->home.practice.practice_id)), &touches, reterr_why);
    if (err != ERR_NONE)
        return err;
    *ret_result = json_pack("{s:I,s:i,s:i,s:I,s:I,s:I,s:I,s:o,s:O,s:s}", "seed",
        (json_int_t)world->options.seed, "days", world->options.days, "patients",
        world->options.patients, "touches", (json_int_t)touches, "messages",
        (json_int_t)world->delivered_count, "replies", (json_int_t)world->replies, "bookings",
        (json_int_t)world->booked, "faults", faults_json(world), "promises", list, "digest", hash);
    return ERR_NONE;
}

enum err sim_run(struct arena *boot, const struct sim_options *options, json_t **ret_result,
    bool *ret_broken, struct why *reterr_why)
{
    struct world *world = ARENA_NEW(boot, struct world, 1);
    world->boot = boot;
    world->options = *options;
    sim_random_init(&world->random, options->seed);
    /* A Monday in March, so that a year sees both clock changes. */
    world->start.ms = INT64_C(1772463600000);
    world->now = world->start;
    world->end = instant_add_ms(world->start, options->days * MS_PER_DAY);
    world->chaos_end = instant_add_ms(world->end, -SIM_CALM_DAYS * MS_PER_DAY);
    world->env_sim =
        env_sim_open(boot, options->seed, world->start, world_network, world, &world->env);
    world_populate(world);
    world_push(world,
        (struct world_event){
            .at = instant_add_ms(world->start, EXPORT_HOURS * MS_PER_HOUR), .kind = WORLD_EXPORT});
    world_push(world,
        (struct world_event){
            .at = instant_add_ms(world->start, 2 * MS_PER_HOUR), .kind = WORLD_STAFF});
    world_push(world,
        (struct world_event){
            .at = instant_add_ms(world->start, 9 * MS_PER_HOUR), .kind = WORLD_CRASH});
    *ret_broken = false;
    enum err err = make_home(world, reterr_why);
    if (err == ERR_NONE)
        err = launch(world, reterr_why);
    if (err == ERR_NONE)
        err = live(world, reterr_why);
    if (err == ERR_NONE)
        err = conclude(world, ret_result, ret_broken, reterr_why);
    if (!world->down)
        engine_close(&world->engine);
    db_close(world->db);
    env_sim_close(world->env_sim);
    return err;
}
