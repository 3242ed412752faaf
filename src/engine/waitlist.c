/* waitlist.c: who is named a time that became free. */
#include "engine/waitlist.h"

#include <string.h>

#include "base/text.h"
#include "engine/engine_int.h"
#include "inbox/alert.h"
#include "opening/say.h"

enum {
    SERVED_MAX = 8,           /* patients of one round */
    LOOK_MS = 15 * 60 * 1000, /* a calendar changes without telling us */
    CALL_PRIORITY = 10,
};

struct serving {
    struct engine *engine;
    struct tx *tx;
    struct waiting *list;
    size_t count;
    struct gate_batch *gate;
    struct slot **slots; /* free ones by service of the schedule; NULL: not asked for yet */
    size_t *slot_counts;
};

/* What helps one patient: the soonest time that suits. */
struct help {
    const struct waiting *waiting;
    struct slot slot;
    int64_t gain_ms;
    size_t among;
};

/* What can be had now need not be waited for. */
static enum err find_before(struct engine *engine, struct tx *tx, int service,
    struct waiting *waiting, struct why *reterr_why)
{
    const struct schedule *schedule = engine->home->schedule;
    const struct booking any = {service, SCHEDULE_NOBODY, SCHEDULE_NOBODY, 0};
    struct slot *slots;
    size_t count;
    enum err err =
        engine_find_times(engine, &engine->tick, &any, tx->now, 0, &slots, &count, reterr_why);
    for (size_t i = 0; err == ERR_NONE && i < count && !waiting->before.ms; i++)
        if (choice_allows(&waiting->wish, schedule, &slots[i], SCHEDULE_NOBODY))
            waiting->before = slots[i].start;
    return err;
}

enum err engine_join_waitlist(struct engine *engine, struct tx *tx, const struct booking *booking,
    const struct waiting *waiting, struct id *ret_wait, struct why *reterr_why)
{
    const struct schedule *schedule = engine->home->schedule;
    struct waiting kept = *waiting;
    kept.service = schedule->services[booking->service].key;
    kept.until = instant_add_ms(tx->now, WAITLIST_DAYS_MAX * MS_PER_DAY);
    if (kept.wish.kind != CHOICE_WANT)
        kept.wish = (struct choice){.kind = CHOICE_WANT, .provider = SCHEDULE_NOBODY};
    if (kept.wish.provider == CHOICE_SAME_PROVIDER)
        kept.wish.provider = booking->provider;
    enum err err = record_lock(tx, &kept.patient_id, 1, reterr_why);
    if (err == ERR_NONE)
        err = find_before(engine, tx, booking->service, &kept, reterr_why);
    return err == ERR_NONE ? waitlist_add(tx, schedule, &kept, ret_wait, reterr_why) : err;
}

struct choice engine_read_wish(
    const struct schedule *schedule, const char *said, struct instant now)
{
    struct choice_question question = {.schedule = schedule, .now = now};
    if (!said)
        return (struct choice){.kind = CHOICE_WANT, .provider = SCHEDULE_NOBODY};
    choice_hours(schedule, &question.opens_minute, &question.closes_minute);
    return choice_read(&question, said);
}

bool engine_wait_for(struct engine *engine, struct arena *arena, const struct patient *patient,
    const char *service, struct booking *ret_booking)
{
    const struct schedule *schedule = engine->home->schedule;
    if (!schedule)
        return false;
    if (!service)
        return engine_booking_for(engine, arena, NULL, patient, ret_booking);
    *ret_booking =
        (struct booking){schedule_service(schedule, service), SCHEDULE_NOBODY, SCHEDULE_NOBODY, 0};
    return ret_booking->service != SCHEDULE_NOBODY;
}

enum err engine_leave_waitlist(struct engine *engine, struct tx *tx, const char *patient_id,
    const char *reason, bool *ret_ended, struct why *reterr_why)
{
    struct waiting *list;
    size_t count = 0;
    bool changed;
    enum err err = record_lock(tx, &patient_id, 1, reterr_why);
    if (err == ERR_NONE)
        err = waitlist_read(&engine->tick, tx->db, tx->practice_id, engine->home->schedule,
            patient_id, &list, &count, reterr_why);
    if (err == ERR_NONE && count > 0 && list[0].opening_id)
        err = opening_let_go(tx, list[0].opening_id, "waits_no_more", &changed, reterr_why);
    if (err == ERR_NONE && count > 0)
        err = waitlist_end(tx, patient_id, WAITLIST_ENDED, reason, reterr_why);
    if (err == ERR_NONE)
        *ret_ended = count > 0;
    return err;
}

/* ---- what became of those that were named ---- */

static enum err settle_named(
    struct serving *serving, const struct waiting *waiting, struct why *reterr_why)
{
    struct tx *tx = serving->tx;
    struct opening opening;
    enum err err = opening_read(
        &serving->engine->tick, tx->db, tx->practice_id, waiting->opening_id, &opening, reterr_why);
    if (err != ERR_NONE)
        return err;
    switch (opening.state) {
    case OPENING_HELD: return ERR_NONE;
    case OPENING_BOOKED:
    case OPENING_KEPT:
        return waitlist_end(tx, waiting->patient_id, WAITLIST_BOOKED, "booked", reterr_why);
    case OPENING_RELEASED:
    case OPENING_EXPIRED:
        err =
            inbox_cancel_tasks(tx, waiting->patient_id, ENGINE_WAITLIST_TASK, "passed", reterr_why);
        return err == ERR_NONE ? waitlist_pass(tx, waiting, &opening, reterr_why) : err;
    case OPENING_STATE_MAX: break;
    }
    return ERR_NONE;
}

static enum err settle(struct serving *serving, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < serving->count && err == ERR_NONE; i++) {
        const struct waiting *waiting = &serving->list[i];
        if (waiting->state == WAITLIST_NAMED)
            err = settle_named(serving, waiting, reterr_why);
        else if (waiting->until.ms <= serving->tx->now.ms)
            err = waitlist_end(
                serving->tx, waiting->patient_id, WAITLIST_ENDED, "waited_too_long", reterr_why);
    }
    return err;
}

/* ---- whom a free time helps most ---- */

static enum err free_times(struct serving *serving, int service, struct slot **ret_slots,
    size_t *ret_count, struct why *reterr_why)
{
    const struct booking any = {service, SCHEDULE_NOBODY, SCHEDULE_NOBODY, 0};
    enum err err = ERR_NONE;
    if (!serving->slots[service])
        err = engine_find_times(serving->engine, &serving->engine->tick, &any, serving->tx->now, 0,
            &serving->slots[service], &serving->slot_counts[service], reterr_why);
    if (err == ERR_NONE && !serving->slots[service]) /* nothing is free: not asked again */
        serving->slots[service] = ARENA_NEW(&serving->engine->tick, struct slot, 1);
    *ret_slots = serving->slots[service];
    *ret_count = serving->slot_counts[service];
    return err;
}

static bool is_among(const struct instant *starts, size_t count, struct instant start)
{
    for (size_t i = 0; i < count; i++)
        if (starts[i].ms == start.ms)
            return true;
    return false;
}

/* When they would be seen without this: at their visit, or what could be had when they asked, if
 * that is still to come. */
static struct instant otherwise_of(
    const struct waiting *waiting, struct instant from, struct instant until)
{
    struct instant otherwise = until;
    if (waiting->visit.ms)
        otherwise = waiting->visit;
    if (waiting->before.ms > from.ms && instant_before(waiting->before, otherwise))
        otherwise = waiting->before;
    return otherwise;
}

struct wait_weighed engine__weigh_wait(const struct schedule *schedule,
    const struct waiting *waiting, struct instant now, const struct slot *slots, size_t count,
    const struct instant *refused, size_t refused_count)
{
    struct instant from, until;
    slot_window(schedule, now, &from, &until);
    struct wait_weighed weighed = {.otherwise = otherwise_of(waiting, from, until)};
    if (weighed.otherwise.ms == until.ms)
        weighed.otherwise.ms = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t gain_ms =
            (weighed.otherwise.ms ? weighed.otherwise.ms : until.ms) - slots[i].start.ms;
        if (!choice_allows(&waiting->wish, schedule, &slots[i], SCHEDULE_NOBODY))
            continue;
        weighed.suit++;
        if (weighed.otherwise.ms && gain_ms < MS_PER_DAY)
            continue;
        weighed.sooner++;
        if (is_among(refused, refused_count, slots[i].start) || weighed.best)
            continue;
        weighed.best = &slots[i];
        weighed.gain_ms = gain_ms;
    }
    return weighed;
}

static enum err help_for(struct serving *serving, const struct waiting *waiting, struct help *help,
    struct why *reterr_why)
{
    struct arena *tick = &serving->engine->tick;
    const struct schedule *schedule = serving->engine->home->schedule;
    struct tx *tx = serving->tx;
    int service = schedule_service(schedule, waiting->service);
    struct instant *refused;
    size_t refused_count, count;
    struct slot *slots;
    if (service == SCHEDULE_NOBODY)
        return ERR_NONE;
    enum err err = free_times(serving, service, &slots, &count, reterr_why);
    if (err == ERR_NONE)
        err = waitlist_refused(
            tick, tx->db, tx->practice_id, waiting->wait_id, &refused, &refused_count, reterr_why);
    if (err != ERR_NONE)
        return err;
    const struct wait_weighed weighed =
        engine__weigh_wait(schedule, waiting, tx->now, slots, count, refused, refused_count);
    if (!weighed.best)
        return ERR_NONE;
    help->among++;
    if (!help->waiting || weighed.gain_ms > help->gain_ms) { /* the list is by who waits longest */
        help->waiting = waiting;
        help->slot = *weighed.best;
        help->gain_ms = weighed.gain_ms;
    }
    return ERR_NONE;
}

static struct gate_case case_of(const struct serving *serving, const struct waiting *waiting)
{
    const struct contact_point *contact =
        gate_contact(serving->gate, waiting->patient_id, CHANNEL_SMS);
    return (struct gate_case){.patient_id = waiting->patient_id,
        .channel = CHANNEL_SMS,
        .address = contact ? contact->address : NULL,
        .purpose = PURPOSE_TRANSACTIONAL};
}

static bool is_night(const struct serving *serving)
{
    struct civil civil = zone_civil(serving->engine->practice->zone, serving->tx->now);
    int minute = civil.hour * 60 + civil.minute;
    return minute < ALERT_AWAKE_FROM_MINUTE || minute >= ALERT_AWAKE_UNTIL_MINUTE;
}

/* May anything be named to them now? Puts off who must not be disturbed, ends who said stop. */
static enum err may_be_named(
    struct serving *serving, const struct waiting *waiting, bool *ret_may, struct why *reterr_why)
{
    struct tx *tx = serving->tx;
    const struct gate_case kase = case_of(serving, waiting);
    struct verdict verdict = gate_judge(&serving->engine->tick, serving->gate, &kase, tx->now);
    *ret_may = false;
    if (verdict.answer == VERDICT_WAIT)
        return waitlist_put_off(tx, waiting->wait_id, verdict.until, reterr_why);
    if (verdict.answer == VERDICT_DROP && verdict.code == GATE_SUPPRESSED)
        return waitlist_end(tx, waiting->patient_id, WAITLIST_ENDED, "suppressed", reterr_why);
    if (verdict.answer == VERDICT_DROP && is_night(serving)) /* who would call them? */
        return waitlist_put_off(tx, waiting->wait_id, instant_add_ms(tx->now, LOOK_MS), reterr_why);
    *ret_may = true;
    return ERR_NONE;
}

static enum err choose(struct serving *serving, struct help *ret_help, struct why *reterr_why)
{
    struct help help = {.waiting = NULL};
    enum err err = ERR_NONE;
    for (size_t i = 0; i < serving->count && err == ERR_NONE; i++) {
        const struct waiting *waiting = &serving->list[i];
        bool may = false;
        if (waiting->state != WAITLIST_WAITING || waiting->next.ms > serving->tx->now.ms
            || waiting->until.ms <= serving->tx->now.ms)
            continue;
        err = may_be_named(serving, waiting, &may, reterr_why);
        if (err == ERR_NONE && may)
            err = help_for(serving, waiting, &help, reterr_why);
    }
    *ret_help = help;
    return err;
}

/* ---- naming it ---- */

static enum err call_them(struct serving *serving, const struct help *help,
    const struct opening *opening, struct why *reterr_why)
{
    struct engine *engine = serving->engine;
    JSON_AUTO body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o}", "opening", opening->opening_id, "start",
        zone_format(&engine->tick, engine->practice->zone, opening->start), "provider",
        opening->provider, "location", opening->location, "held_until",
        zone_format(&engine->tick, engine->practice->zone, opening->expires), "said",
        json_text(help->waiting->said));
    const struct task_plan plan = {.patient_id = help->waiting->patient_id,
        .kind = ENGINE_WAITLIST_TASK,
        .role = "front_desk",
        .title = "A time became free for somebody who waits: call them",
        .body = body,
        .priority = CALL_PRIORITY,
        .due = opening->expires};
    struct id task;
    return inbox_add_task(serving->tx, &plan, &task, reterr_why);
}

static enum err text_them(struct serving *serving, const struct help *help,
    const struct gate_case *kase, const struct opening *opening, struct why *reterr_why)
{
    struct engine *engine = serving->engine;
    struct tx *tx = serving->tx;
    const struct patient *patient = gate_patient(serving->gate, kase->patient_id);
    const struct times_talk talk = {
        .patient = patient,
        .asked = {.schedule = engine->home->schedule,
            .patient_zone = gate_zone(serving->gate, kase->patient_id)},
        .language = patient->language,
    };
    const char *touch_id = NULL;
    const char *text = times_say_freed(engine, &engine->tick, &talk, opening, tx->now);
    if (!text)
        return call_them(serving, help, opening, reterr_why);
    const struct touch_plan plan = {
        .patient_id = kase->patient_id,
        .touch_key = ENGINE_WAITLIST_KEY,
        .occurrence = 1,
        .purpose = "transactional",
        .planned = tx->now,
        .has_channel = true,
        .channel = CHANNEL_SMS,
        .address = kase->address,
        .body = text,
        .language = patient->language,
        .expires = opening->expires,
    };
    enum err err = outbox_plan(&engine->tick, tx, &plan, 1, &touch_id, reterr_why);
    const struct proposal proposal = {.patient_id = kase->patient_id,
        .slots = {help->slot},
        .count = 1,
        .source = "waitlist",
        .touch_id = touch_id,
        .language = patient->language,
        .opening_id = opening->opening_id,
        .expires = instant_add_ms(tx->now, PROPOSAL_MS)};
    return err == ERR_NONE ? proposal_put(tx, engine->home->schedule, &proposal, reterr_why) : err;
}

static enum err name(struct serving *serving, const struct help *help, struct why *reterr_why)
{
    struct engine *engine = serving->engine;
    const struct waiting *waiting = help->waiting;
    struct opening opening;
    const struct opening_choice choice = {.patient_id = waiting->patient_id,
        .slot = help->slot,
        .source = "waitlist",
        .hold_ms = ENGINE_WAITLIST_MS};
    enum err err = opening_hold(
        &engine->tick, serving->tx, engine->home->schedule, &choice, &opening, reterr_why);
    if (err == ERR_CONFLICT) /* between looking and holding: the next round looks again */
        return waitlist_put_off(serving->tx, waiting->wait_id,
            instant_add_ms(serving->tx->now, MS_PER_MINUTE), reterr_why);
    JSON_AUTO why =
        json_pack("{s:I,s:I,s:I,s:b}", "days_sooner", (json_int_t)(help->gain_ms / MS_PER_DAY),
            "days_waited", (json_int_t)((serving->tx->now.ms - waiting->since.ms) / MS_PER_DAY),
            "among", (json_int_t)help->among, "has_visit", waiting->visit.ms != 0);
    if (err == ERR_NONE)
        err = waitlist_name(serving->tx, waiting, &opening, why, reterr_why);
    if (err != ERR_NONE)
        return err;
    const struct gate_case kase = case_of(serving, waiting);
    struct verdict verdict = gate_judge(&engine->tick, serving->gate, &kase, serving->tx->now);
    return verdict.answer == VERDICT_ALLOW ? text_them(serving, help, &kase, &opening, reterr_why)
                                           : call_them(serving, help, &opening, reterr_why);
}

static enum err put_off_all(struct serving *serving, struct why *reterr_why)
{
    return waitlist_look_again(serving->tx, instant_add_ms(serving->tx->now, LOOK_MS), reterr_why);
}

/* ---- a round ---- */

static bool is_listed(const char *const *ids, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(ids[i], id))
            return true;
    return false;
}

static enum err load(struct serving *serving, struct why *reterr_why)
{
    struct engine *engine = serving->engine;
    struct tx *tx = serving->tx;
    const struct schedule *schedule = engine->home->schedule;
    int64_t expired;
    enum err err = waitlist_read(&engine->tick, tx->db, tx->practice_id, schedule, NULL,
        &serving->list, &serving->count, reterr_why);
    const char **patients = ARENA_NEW(&engine->tick, const char *, serving->count + 1);
    for (size_t i = 0; err == ERR_NONE && i < serving->count; i++)
        patients[i] = serving->list[i].patient_id;
    /* Patients before the practice's turn, like everybody who holds; then once more, for what has
     * changed until both were had. */
    if (err == ERR_NONE)
        err = record_lock(tx, patients, serving->count, reterr_why);
    if (err == ERR_NONE)
        err = opening_sweep(tx, &expired, reterr_why);
    if (err == ERR_NONE)
        err = gate_load(&engine->tick, tx->db, engine->gate, tx->now, patients, serving->count,
            &serving->gate, reterr_why);
    size_t count = 0, locked = serving->count;
    if (err == ERR_NONE)
        err = waitlist_read(&engine->tick, tx->db, tx->practice_id, schedule, NULL, &serving->list,
            &count, reterr_why);
    serving->count = 0;
    for (size_t i = 0; err == ERR_NONE && i < count; i++) /* who came in between is next round's */
        if (is_listed(patients, locked, serving->list[i].patient_id))
            serving->list[serving->count++] = serving->list[i];
    serving->slots = ARENA_NEW(&engine->tick, struct slot *, schedule->service_count + 1);
    serving->slot_counts = ARENA_NEW(&engine->tick, size_t, schedule->service_count + 1);
    return err;
}

static enum err serve_one(
    struct engine *engine, struct instant now, bool *ret_named, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    struct serving serving = {.engine = engine, .tx = &tx};
    struct help help = {.waiting = NULL};
    enum err err = engine_begin(engine, now, &tx, reterr_why);
    if (err == ERR_NONE)
        err = load(&serving, reterr_why);
    if (err == ERR_NONE)
        err = settle(&serving, reterr_why);
    if (err == ERR_NONE)
        err = choose(&serving, &help, reterr_why);
    if (err == ERR_NONE)
        err = help.waiting ? name(&serving, &help, reterr_why) : put_off_all(&serving, reterr_why);
    *ret_named = help.waiting != NULL;
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}

enum err engine__serve_waitlist(struct engine *engine, struct instant now, struct why *reterr_why)
{
    struct instant next;
    bool named = true;
    enum err err = ERR_NONE;
    if (!engine->home->schedule
        || waitlist_next(engine->db, engine->practice->practice_id, &next, NULL) != ERR_NONE
        || next.ms > now.ms)
        return ERR_NONE;
    for (int i = 0; i < SERVED_MAX && named && err == ERR_NONE; i++)
        err = serve_one(engine, now, &named, reterr_why);
    return err;
}
