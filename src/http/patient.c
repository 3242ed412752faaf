/* patient.c: the page on which a patient stops, pauses, prefers and starts again. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "engagement/engagement.h"
#include "http/http_int.h"
#include "outbox/outbox.h"

enum { PAUSE_MONTHS = 3 };

enum act {
    ACT_STOP_TEXTS,
    ACT_STOP_EMAILS,
    ACT_STOP_ALL,
    ACT_PAUSE_MONTHS,
    ACT_PAUSE_TOLD,
    ACT_RESUME,
    ACT_PREFER_SMS,
    ACT_PREFER_EMAIL,
    ACT_START_TEXTS,
    ACT_START_EMAILS,
    ACT_MAX
};

/* The buttons' values: page.c writes them. */
static const char *const act_names[ACT_MAX] = {
    [ACT_STOP_TEXTS] = "stop_texts",
    [ACT_STOP_EMAILS] = "stop_emails",
    [ACT_STOP_ALL] = "stop_all",
    [ACT_PAUSE_MONTHS] = "pause_3mo",
    [ACT_PAUSE_TOLD] = "pause_until_told",
    [ACT_RESUME] = "resume",
    [ACT_PREFER_SMS] = "prefer_sms",
    [ACT_PREFER_EMAIL] = "prefer_email",
    [ACT_START_TEXTS] = "start_texts",
    [ACT_START_EMAILS] = "start_emails",
};

static bool act_parse(const char *text, enum act *ret_act)
{
    for (int act = 0; act < ACT_MAX; act++) {
        if (text_is(text, act_names[act])) {
            *ret_act = (enum act)act;
            return true;
        }
    }
    return false;
}

/* ---- who it is ---- */

enum err http__read_visitor(struct http_desk *desk, struct http_call *call,
    struct visitor *ret_visitor, struct why *reterr_why)
{
    struct arena *arena = call->request->arena;
    int64_t practice_id = desk->home->practice.practice_id;
    struct visitor *visitor = ret_visitor;
    *visitor = (struct visitor){0};
    struct patient *patients;
    size_t count;
    enum err err = outbox_read_link(
        arena, desk->db, practice_id, call->link_object, &visitor->touch, reterr_why);
    if (err == ERR_NONE)
        err = record_read_patients(arena, desk->db, practice_id, &visitor->touch.patient_id, 1,
            &patients, &count, reterr_why);
    if (err == ERR_NONE && count == 0)
        return why_set(reterr_why, ERR_NOT_FOUND, "the patient of this link is gone");
    if (err == ERR_NONE)
        err = record_read_contacts(arena, desk->db, practice_id, &visitor->touch.patient_id, 1,
            &visitor->contacts, &visitor->contact_count, reterr_why);
    if (err == ERR_NONE)
        visitor->patient = patients[0];
    return err;
}

void http__visitor_trouble(
    struct http_desk *desk, struct http_call *call, enum err err, const struct why *why)
{
    const struct practice *practice = &desk->home->practice;
    if (err == ERR_NOT_FOUND)
        http__page_message(call->request->arena, 404, PAGE_NOT_VALID, practice->name,
            practice->phone, "en", call->answer);
    else
        http__store_trouble(call, why);
}

static enum page_state state_of(const struct visitor *visitor, enum channel_kind channel)
{
    enum page_state state = PAGE_ABSENT;
    for (size_t i = 0; i < visitor->contact_count; i++) {
        const struct contact_point *point = &visitor->contacts[i];
        bool is_on = !point->suppressed_marketing && !point->suppressed_all;
        if (point->channel == channel && state != PAGE_ON)
            state = is_on ? PAGE_ON : PAGE_OFF;
    }
    return state;
}

static struct day today_of(const struct http_desk *desk, const struct http_call *call)
{
    return zone_day(desk->home->practice.zone, call->request->now);
}

static void answer_page(
    struct http_desk *desk, struct http_call *call, const struct visitor *visitor, const char *done)
{
    const struct practice *practice = &desk->home->practice;
    const struct patient *patient = &visitor->patient;
    bool dated =
        patient->paused_until.n != DAY_NONE && patient->paused_until.n > today_of(desk, call).n;
    const struct page_preferences page = {
        .practice = practice->name,
        .phone = practice->phone,
        .language = patient->language,
        .texts = state_of(visitor, CHANNEL_SMS),
        .emails = state_of(visitor, CHANNEL_EMAIL),
        .texts_first = visitor->touch.has_channel && visitor->touch.channel == CHANNEL_SMS,
        .paused = patient->paused_until_told || dated,
        .paused_until = patient->paused_until_told ? (struct day){DAY_NONE} : patient->paused_until,
        .prefers = patient->preferred_channel,
        .done = done,
    };
    http__page_preferences(call->request->arena, &page, call->answer);
}

/* ---- what they do ---- */

struct doing {
    struct http_desk *desk;
    struct arena *arena;
    struct tx *tx;
    const struct visitor *visitor;
    enum act act;
    bool one_click;
    const char **addresses; /* of the channels that the act is about */
    enum channel_kind *channels;
    size_t address_count;
    const char **patients; /* everybody who uses one of them, the visitor first */
    size_t patient_count;
    bool changed;
    bool opted_out; /* and is the booking system's to know */
};

static bool act_is_about(enum act act, enum channel_kind channel)
{
    switch (act) {
    case ACT_STOP_TEXTS:
    case ACT_START_TEXTS: return channel == CHANNEL_SMS;
    case ACT_STOP_EMAILS:
    case ACT_START_EMAILS: return channel == CHANNEL_EMAIL;
    case ACT_STOP_ALL: return true;
    case ACT_PAUSE_MONTHS:
    case ACT_PAUSE_TOLD:
    case ACT_RESUME:
    case ACT_PREFER_SMS:
    case ACT_PREFER_EMAIL:
    case ACT_MAX: break;
    }
    return false;
}

static void add_address(struct doing *doing, enum channel_kind channel, const char *address)
{
    if (!address || !act_is_about(doing->act, channel) || channel >= CHANNEL_TASK)
        return;
    for (size_t i = 0; i < doing->address_count; i++) {
        if (doing->channels[i] == channel && text_is(doing->addresses[i], address))
            return;
    }
    doing->channels[doing->address_count] = channel;
    doing->addresses[doing->address_count++] = address;
}

/* Every address of the person on that channel, and the one that this message went to: it may have
 * been replaced in the booking system since. */
static void collect_addresses(struct doing *doing)
{
    const struct visitor *visitor = doing->visitor;
    doing->addresses = ARENA_NEW(doing->arena, const char *, visitor->contact_count + 1);
    doing->channels = ARENA_NEW(doing->arena, enum channel_kind, visitor->contact_count + 1);
    if (visitor->touch.has_channel)
        add_address(doing, visitor->touch.channel, visitor->touch.address);
    for (size_t i = 0; i < visitor->contact_count; i++)
        add_address(doing, visitor->contacts[i].channel, visitor->contacts[i].address);
}

static void add_patient(struct doing *doing, size_t *capacity, const char *patient_id)
{
    for (size_t i = 0; i < doing->patient_count; i++) {
        if (text_is(doing->patients[i], patient_id))
            return;
    }
    if (doing->patient_count == *capacity) {
        size_t bigger = *capacity ? *capacity * 2 : 8;
        doing->patients = arena_grow(doing->arena, (void *)doing->patients,
            *capacity * sizeof(*doing->patients), bigger * sizeof(*doing->patients));
        *capacity = bigger;
    }
    doing->patients[doing->patient_count++] = patient_id;
}

static enum err collect_patients(struct doing *doing, struct why *reterr_why)
{
    size_t capacity = 0;
    enum err err = ERR_NONE;
    add_patient(doing, &capacity, doing->visitor->touch.patient_id);
    for (size_t i = 0; i < doing->address_count && err == ERR_NONE; i++) {
        const char *const *ids = NULL;
        size_t count = 0;
        err = record_patients_at(doing->arena, doing->tx->db, doing->tx->practice_id,
            doing->channels[i], doing->addresses[i], &ids, &count, reterr_why);
        for (size_t j = 0; j < count && err == ERR_NONE; j++)
            add_patient(doing, &capacity, ids[j]);
    }
    return err;
}

/* STOP to texts ends texts of every kind, as the word in a reply does; unsubscribing ends follow-up
 * mail and leaves word about a booked visit. */
static enum err stop(struct doing *doing, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < doing->address_count && err == ERR_NONE; i++) {
        const struct suppression_act act = {
            .channel = doing->channels[i],
            .every_channel = doing->act == ACT_STOP_ALL,
            .marketing_only = doing->act == ACT_STOP_EMAILS,
            .reason = "opt_out",
            .address = doing->addresses[i],
            .patient_id = doing->visitor->touch.patient_id,
            .source = doing->one_click ? "one_click" : "page",
            .evidence = act_names[doing->act],
        };
        bool is_new;
        err = record_suppress(doing->tx, doing->desk->home->address_key, &act, &is_new, reterr_why);
        doing->opted_out = doing->opted_out || is_new;
        doing->changed = doing->changed || is_new;
    }
    return err;
}

static enum err start_again(struct doing *doing, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < doing->address_count && err == ERR_NONE; i++) {
        bool lifted;
        err = record_lift_opt_out(doing->tx, doing->desk->home->address_key, doing->channels[i],
            doing->addresses[i], "page", act_names[doing->act], &lifted, reterr_why);
        doing->changed = doing->changed || lifted;
    }
    return err;
}

static enum err pause(struct doing *doing, struct why *reterr_why)
{
    struct day today = zone_day(doing->desk->home->practice.zone, doing->tx->now);
    struct day until = {DAY_NONE};
    if (doing->act == ACT_PAUSE_MONTHS)
        until = day_add_months(today, PAUSE_MONTHS);
    doing->changed = true;
    return record_pause(doing->tx, doing->visitor->touch.patient_id, until,
        doing->act == ACT_PAUSE_TOLD, "page", reterr_why);
}

static enum err carry_out(struct doing *doing, struct why *reterr_why)
{
    switch (doing->act) {
    case ACT_STOP_TEXTS:
    case ACT_STOP_EMAILS:
    case ACT_STOP_ALL: return stop(doing, reterr_why);
    case ACT_START_TEXTS:
    case ACT_START_EMAILS: return start_again(doing, reterr_why);
    case ACT_PAUSE_MONTHS:
    case ACT_PAUSE_TOLD:
    case ACT_RESUME: return pause(doing, reterr_why);
    case ACT_PREFER_SMS:
    case ACT_PREFER_EMAIL:
        doing->changed = true;
        return record_set_preferred_channel(doing->tx, doing->visitor->touch.patient_id,
            doing->act == ACT_PREFER_SMS ? CHANNEL_SMS : CHANNEL_EMAIL, reterr_why);
    case ACT_MAX: break;
    }
    assert(!"an act of no kind");
    return ERR_INPUT;
}

static enum err record_unsubscribed(struct doing *doing, struct why *reterr_why)
{
    bool stops =
        doing->act == ACT_STOP_TEXTS || doing->act == ACT_STOP_EMAILS || doing->act == ACT_STOP_ALL;
    const struct touch *touch = &doing->visitor->touch;
    if (!stops)
        return ERR_NONE;
    const struct engagement_event event = {
        .event_key = arena_format(
            doing->arena, "%s:unsubscribed:%s", touch->link_code, act_names[doing->act]),
        .touch_id = touch->touch_id,
        .patient_id = touch->patient_id,
        .enrollment_id = touch->enrollment_id,
        .kind = ENGAGEMENT_UNSUBSCRIBED,
        .trust = TRUST_HUMAN,
    };
    bool is_new;
    return engagement_record(doing->tx, &event, &is_new, reterr_why);
}

static enum err act_once(struct doing *doing, struct http_call *call, struct why *reterr_why)
{
    DB_TX struct tx tx = {0};
    doing->tx = &tx;
    doing->changed = doing->opted_out = false;
    doing->patients = NULL;
    doing->patient_count = 0;
    enum err err = http__begin_as_patient(doing->desk, call, &tx, reterr_why);
    if (err == ERR_NONE)
        err = collect_patients(doing, reterr_why);
    if (err == ERR_NONE)
        err = record_lock(&tx, doing->patients, doing->patient_count, reterr_why);
    if (err == ERR_NONE)
        err = carry_out(doing, reterr_why);
    if (err == ERR_NONE)
        err = record_unsubscribed(doing, reterr_why);
    if (err == ERR_NONE && doing->changed)
        err = http__react(doing->desk, &tx, doing->patients, doing->patient_count, reterr_why);
    if (err == ERR_NONE && doing->opted_out)
        err = engine_tell_opt_out(
            doing->desk->engine, &tx, doing->patients, doing->patient_count, reterr_why);
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}

static enum err carry_out_act(struct http_desk *desk, struct http_call *call,
    const struct visitor *visitor, enum act act, bool one_click, bool *ret_changed,
    struct why *reterr_why)
{
    struct doing doing = {.desk = desk,
        .arena = call->request->arena,
        .visitor = visitor,
        .act = act,
        .one_click = one_click};
    collect_addresses(&doing);
    enum err err = ERR_BUSY;
    for (int i = 0; i < HTTP_BUSY_TRIES && err == ERR_BUSY; i++) {
        *reterr_why = (struct why){0};
        err = act_once(&doing, call, reterr_why);
    }
    *ret_changed = doing.changed;
    return err;
}

/* RFC 8058: no cookie, no redirect, the same answer for repeats. */
static bool is_one_click(const struct form *form)
{
    return text_is_any_case(form_get(form, "List-Unsubscribe"), "One-Click");
}

static void post_preferences(
    struct http_desk *desk, struct http_call *call, struct visitor *visitor)
{
    const struct http_request *request = call->request;
    const struct practice *practice = &desk->home->practice;
    struct form form;
    enum act act = ACT_STOP_EMAILS;
    enum err err = form_parse(
        request->arena, request->content_type, request->body, request->body_len, &form, NULL);
    bool one_click = err == ERR_NONE && is_one_click(&form);
    if (err != ERR_NONE || (!one_click && !act_parse(form_get(&form, "do"), &act))) {
        http__page_message(request->arena, err == ERR_NOT_FOUND ? 415 : 400, PAGE_NOT_POSSIBLE,
            practice->name, practice->phone, visitor->patient.language, call->answer);
        return;
    }
    struct why why = {0};
    bool changed = false;
    err = carry_out_act(desk, call, visitor, act, one_click, &changed, &why);
    if (err == ERR_NONE && !one_click)
        err = http__read_visitor(desk, call, visitor, &why);
    if (err != ERR_NONE) {
        http__visitor_trouble(desk, call, err, &why);
        return;
    }
    bool says_done = changed || (act != ACT_START_TEXTS && act != ACT_START_EMAILS);
    if (one_click)
        http__text(call, 200, "text/plain; charset=utf-8", "You are unsubscribed.\n");
    else
        answer_page(desk, call, visitor, says_done ? act_names[act] : NULL);
    call->answer->wake = true;
}

void http__preferences(struct http_desk *desk, struct http_call *call)
{
    struct visitor visitor;
    struct why why = {0};
    enum err err = http__read_visitor(desk, call, &visitor, &why);
    if (err != ERR_NONE)
        http__visitor_trouble(desk, call, err, &why);
    else if (text_is(call->request->method, "POST"))
        post_preferences(desk, call, &visitor);
    else
        answer_page(desk, call, &visitor, NULL);
}
