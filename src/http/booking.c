/* booking.c: the page behind a book link: times, one tap; the chosen one, one tap; the visit.
 *
 * GET shows and changes nothing. Who is under age is asked to call. Without schedules, or where
 * nothing is free, the link leads to the booking system's own page as it always did. */
#include <string.h>

#include "base/text.h"
#include "engine/booking.h"
#include "http/http_int.h"
#include "opening/calendar.h"

enum { TIMES_ALL_MAX = 40 }; /* a page that is still read on a phone */

/* One visit of the page. */
struct booking_call {
    struct http_desk *desk;
    struct http_call *call;
    struct arena *arena;
    struct visitor visitor;
    struct booking booking;
    const struct schedule *schedule;
};

/* ---- showing ---- */

static struct page_booking page_of(const struct booking_call *call, enum page_booking_step step)
{
    const struct practice *practice = &call->desk->home->practice;
    return (struct page_booking){.practice = practice->name,
        .phone = practice->phone,
        .language = call->visitor.patient.language,
        .zone = practice->zone,
        .step = step};
}

static struct page_time time_of_slot(const struct booking_call *call, const struct slot *slot)
{
    const struct schedule *schedule = call->schedule;
    const struct schedule_provider *provider = &schedule->providers[slot->provider];
    const struct schedule_location *location = &schedule->locations[slot->location];
    return (struct page_time){.start = slot->start,
        .end = slot->end,
        .provider = provider->name,
        .location = schedule->location_count > 1 ? location->name : NULL,
        .value = arena_format(call->arena, "%lld %s %s", (long long)slot->start.ms,
            provider->keys[0], location->key)};
}

static struct page_time time_of_opening(
    const struct booking_call *call, const struct opening *opening)
{
    return (struct page_time){.start = opening->start,
        .end = opening->end,
        .provider = opening->provider,
        .location = call->schedule->location_count > 1 ? opening->location : NULL};
}

static void answer_choices(struct booking_call *call, enum page_booking_note note)
{
    struct slot *slots, few[OPENING_OFFERED];
    size_t count;
    struct leaning leaning;
    struct why why = {0};
    bool all = text_is(call->call->query, "all");
    enum err err = engine_find_times(call->desk->engine, call->arena, &call->booking,
        call->call->request->now, 0, &slots, &count, &why);
    if (err == ERR_NONE && !all)
        err = engine_read_leaning(call->desk->engine, call->arena, call->desk->db,
            call->visitor.patient.patient_id, &leaning, &why);
    if (err != ERR_NONE) {
        http__store_trouble(call->call, &why);
        return;
    }
    if (count == 0) {
        http__book_elsewhere(call->desk, call->call, &call->visitor);
        return;
    }
    if (!all) {
        count = engine_pick_times(call->schedule, &leaning, slots, count, few);
        slots = few;
    }
    count = count > TIMES_ALL_MAX ? TIMES_ALL_MAX : count;
    struct page_time *times = ARENA_NEW(call->arena, struct page_time, count);
    for (size_t i = 0; i < count; i++)
        times[i] = time_of_slot(call, &slots[i]);
    struct page_booking page = page_of(call, PAGE_CHOOSE);
    page.times = times;
    page.time_count = count;
    page.all = all;
    page.note = note;
    http__page_booking(call->arena, &page, call->call->answer);
}

static void answer_opening(struct booking_call *call, const struct opening *opening)
{
    bool booked = opening->state != OPENING_HELD;
    struct page_booking page = page_of(call, booked ? PAGE_BOOKED : PAGE_CONFIRM);
    const struct page_time time = time_of_opening(call, opening);
    page.times = &time;
    page.time_count = 1;
    page.opening_id = opening->opening_id;
    page.expires = opening->expires;
    if (booked)
        page.calendar_url = engine_link(call->arena, call->desk->home, "v", opening->opening_id);
    http__page_booking(call->arena, &page, call->call->answer);
}

/* What the patient has chosen already stands before new times. */
static void show(struct booking_call *call)
{
    struct opening *live;
    size_t count;
    struct why why = {0};
    enum err err =
        opening_read_live(call->arena, call->desk->db, call->desk->home->practice.practice_id,
            call->visitor.patient.patient_id, call->call->request->now, &live, &count, &why);
    if (err != ERR_NONE)
        http__store_trouble(call->call, &why);
    else if (count > 0)
        answer_opening(call, &live[0]);
    else
        answer_choices(call, PAGE_NOTE_NONE);
}

/* ---- doing ---- */

enum act { ACT_HOLD, ACT_CONFIRM, ACT_OTHER };

/* "1781622000000 drlilychen main", as the button says. */
static bool parse_time(const struct booking_call *call, const char *text, struct slot *ret_slot)
{
    const struct schedule *schedule = call->schedule;
    int64_t start_ms;
    size_t digits = strcspn(text, " ");
    const char *provider = text + digits + (text[digits] == ' ');
    size_t name = strcspn(provider, " ");
    const char *location = provider + name + (provider[name] == ' ');
    if (digits > 15
        || !text_to_int(arena_text_n(call->arena, text, digits), 1, INT64_MAX / 2, &start_ms))
        return false;
    struct slot slot = {.start = {start_ms},
        .end = {start_ms + schedule->services[call->booking.service].duration_ms},
        .provider = schedule_provider(schedule, arena_text_n(call->arena, provider, name)),
        .location = schedule_location(schedule, location),
        .service = call->booking.service};
    if (slot.provider == SCHEDULE_NOBODY || slot.location == SCHEDULE_NOBODY)
        return false;
    *ret_slot = slot;
    return true;
}

static enum err act_once(struct booking_call *call, enum act act, const struct slot *slot,
    const char *opening_id, struct opening *ret_opening, struct why *reterr_why)
{
    struct engine *engine = call->desk->engine;
    const char *patient_id = call->visitor.patient.patient_id;
    bool changed;
    DB_TX struct tx tx = {0};
    enum err err = http__begin_as_patient(call->desk, call->call, &tx, reterr_why);
    if (err != ERR_NONE)
        return err;
    struct opening_choice choice = {
        .patient_id = patient_id, .source = "page", .touch_id = call->visitor.touch.touch_id};
    if (slot)
        choice.slot = *slot;
    switch (act) {
    case ACT_HOLD:
        err = engine_hold_time(engine, call->arena, &tx, &choice, ret_opening, reterr_why);
        break;
    case ACT_CONFIRM:
        err = engine_book_time(
            engine, call->arena, &tx, patient_id, opening_id, ret_opening, reterr_why);
        break;
    case ACT_OTHER:
        err = record_lock(&tx, &patient_id, 1, reterr_why);
        if (err == ERR_NONE)
            err = opening_read(
                call->arena, tx.db, tx.practice_id, opening_id, ret_opening, reterr_why);
        /* Only what is held is the page's to let go: a booking is changed by people. */
        if (err == ERR_NONE && text_is(ret_opening->patient_id, patient_id)
            && ret_opening->state == OPENING_HELD)
            err = opening_let_go(&tx, opening_id, "another time", &changed, reterr_why);
        break;
    }
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}

static void answer_act(
    struct booking_call *call, enum act act, const struct slot *slot, const char *opening_id)
{
    struct opening opening;
    struct why why;
    enum err err = ERR_BUSY;
    for (int i = 0; i < HTTP_BUSY_TRIES && err == ERR_BUSY; i++) {
        why = (struct why){0};
        err = act_once(call, act, slot, opening_id, &opening, &why);
    }
    if (err == ERR_NONE && act != ACT_OTHER)
        answer_opening(call, &opening);
    else if (err == ERR_NONE)
        answer_choices(call, PAGE_NOTE_NONE);
    else if (err == ERR_CONFLICT || err == ERR_NOT_FOUND)
        answer_choices(call, act == ACT_HOLD ? PAGE_NOTE_TAKEN : PAGE_NOTE_LAPSED);
    else
        http__store_trouble(call->call, &why);
    call->call->answer->wake = err == ERR_NONE;
}

static void post(struct booking_call *call)
{
    const struct http_request *request = call->call->request;
    const struct practice *practice = &call->desk->home->practice;
    struct form form;
    struct slot slot;
    enum err err = form_parse(
        request->arena, request->content_type, request->body, request->body_len, &form, NULL);
    const char *time = err == ERR_NONE ? form_get(&form, "time") : NULL;
    const char *confirm = err == ERR_NONE ? form_get(&form, "confirm") : NULL;
    const char *other = err == ERR_NONE ? form_get(&form, "other") : NULL;
    if (time && parse_time(call, time, &slot))
        answer_act(call, ACT_HOLD, &slot, NULL);
    else if (confirm)
        answer_act(call, ACT_CONFIRM, NULL, confirm);
    else if (other)
        answer_act(call, ACT_OTHER, NULL, other);
    else
        http__page_message(request->arena, err == ERR_NOT_FOUND ? 415 : 400, PAGE_NOT_POSSIBLE,
            practice->name, practice->phone, call->visitor.patient.language, call->call->answer);
}

void http__book(struct http_desk *desk, struct http_call *call)
{
    struct booking_call booking = {.desk = desk,
        .call = call,
        .arena = call->request->arena,
        .schedule = desk->home->schedule};
    struct why why = {0};
    enum err err = http__read_visitor(desk, call, &booking.visitor, &why);
    if (err != ERR_NONE) {
        http__visitor_trouble(desk, call, err, &why);
        return;
    }
    http__note_click(desk, call, &booking.visitor.touch);
    bool minor = false;
    err = engine_is_minor(desk->engine, booking.arena, desk->db, booking.visitor.patient.patient_id,
        call->request->now, &minor, &why);
    if (err != ERR_NONE) {
        http__store_trouble(call, &why);
        return;
    }
    bool ours = engine_booking_for(desk->engine, booking.arena, &booking.visitor.touch,
        &booking.visitor.patient, &booking.booking);
    if (minor)
        http__page_message(booking.arena, 200, PAGE_CALL_US, desk->home->practice.name,
            desk->home->practice.phone, booking.visitor.patient.language, call->answer);
    else if (!ours)
        http__book_elsewhere(desk, call, &booking.visitor);
    else if (text_is(call->request->method, "POST"))
        post(&booking);
    else
        show(&booking);
}

/* ---- the calendar file ---- */

void http__visit_file(struct http_desk *desk, struct http_call *call)
{
    const struct practice *practice = &desk->home->practice;
    struct arena *arena = call->request->arena;
    struct opening opening;
    struct patient *patients;
    size_t count = 0;
    struct why why = {0};
    enum err err =
        opening_read(arena, desk->db, practice->practice_id, call->link_object, &opening, &why);
    if (err == ERR_NONE && opening.state != OPENING_BOOKED && opening.state != OPENING_KEPT)
        err = ERR_NOT_FOUND;
    if (err == ERR_NONE)
        err = record_read_patients(arena, desk->db, practice->practice_id, &opening.patient_id, 1,
            &patients, &count, &why);
    if (err != ERR_NONE) {
        http__visitor_trouble(desk, call, err, &why);
        return;
    }
    int language = count > 0 ? http__page_language(patients[0].language) : 0;
    const struct calendar_visit visit = {
        .uid = arena_format(arena, "%s@perennial", opening.opening_id),
        .start = opening.start,
        .end = opening.end,
        .stamp = opening.created,
        .summary = arena_format(arena, language ? "Cita en %s" : "Visit at %s", practice->name),
        .location = practice->address
            ? arena_format(arena, "%s, %s", opening.location, practice->address)
            : opening.location,
        .note = practice->phone,
        .language = language ? "es" : "en",
    };
    http__text(
        call, 200, "text/calendar; charset=utf-8; method=PUBLISH", calendar_write(arena, &visit));
    http__header(call->answer, "Content-Disposition", "attachment; filename=\"visit.ics\"");
}
