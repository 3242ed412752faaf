/* alert.c: colleagues are called to what waits for them.
 *
 * Who is called is inbox's to say (inbox/alert.h); here the words, the addresses and the outbox. A
 * colleague is called where they have shown that they read it: a confirmed phone, else a confirmed
 * mailbox, both where somebody's health is at stake. */
#include "inbox/alert.h"
#include "account/account.h"
#include "audit/audit.h"
#include "base/text.h"
#include "engine/engine_int.h"
#include "outbox/outbox.h"

enum {
    ALERTS_MAX = 20,                   /* of one step */
    ALERT_MS_MAX = 2 * 60 * 60 * 1000, /* a call that comes later calls to nothing */
};

struct caller {
    struct engine *engine;
    struct tx *tx;
    struct task_alert *alert;
    const struct account *accounts;
    size_t account_count, reached;
};

/* ---- words: no patient, no symptom (45 CFR 164.502(b)) ---- */

static const char *what_waits(const struct task_alert *alert, bool spanish)
{
    if (inbox_alert_is_urgent(alert))
        return spanish ? "Un mensaje de paciente puede ser urgente y espera a un clínico."
                       : "A patient's message may be urgent and waits for a clinician.";
    if (text_is(alert->kind, "manager_call"))
        return spanish ? "Un paciente descontento espera una llamada."
                       : "An unhappy patient waits for a call.";
    return spanish ? "Un mensaje de paciente espera respuesta desde hace demasiado."
                   : "A patient's message has waited too long for an answer.";
}

static const char *words_of(const struct caller *caller, bool spanish)
{
    const struct practice *practice = caller->engine->practice;
    struct arena *tick = &caller->engine->tick;
    const char *what = what_waits(caller->alert, spanish);
    if (!practice->public_url)
        return arena_format(tick, "%s: %s", practice->name, what);
    return arena_format(tick, "%s: %s %s/#/today", practice->name, what, practice->public_url);
}

/* ---- addresses ---- */

static enum err call(struct caller *caller, const char *whom, enum channel_kind channel,
    const char *address, bool spanish, struct why *reterr_why)
{
    const struct practice *practice = caller->engine->practice;
    const struct touch_plan plan = {
        .patient_id = "",
        .for_staff = whom,
        .touch_key = ENGINE_ALERT_KEY,
        .occurrence = 1,
        .purpose = "transactional",
        .planned = caller->tx->now,
        .has_channel = true,
        .channel = channel,
        .address = address,
        .subject = channel == CHANNEL_EMAIL ? arena_format(&caller->engine->tick, "%s: %s",
                       practice->name, what_waits(caller->alert, spanish))
                                            : NULL,
        .body = words_of(caller, spanish),
        .language = spanish ? "es" : "en",
        .expires = instant_add_ms(caller->tx->now, ALERT_MS_MAX),
    };
    caller->reached++;
    return outbox_plan(&caller->engine->tick, caller->tx, &plan, 1, NULL, reterr_why);
}

static bool leaves(const struct practice *practice, enum channel_kind channel)
{
    const char *driver = practice->channels[channel].driver;
    return driver && !text_is(driver, "task");
}

static bool has_text(const struct practice *practice, const struct account *account)
{
    return account->phone && account->phone_confirmed.ms && leaves(practice, CHANNEL_SMS);
}

static bool has_mail(const struct practice *practice, const struct account *account)
{
    return account->email_confirmed.ms && leaves(practice, CHANNEL_EMAIL);
}

static enum err call_account(
    struct caller *caller, const struct account *account, struct why *reterr_why)
{
    bool spanish = text_is(account->language, "es");
    bool by_text = has_text(caller->engine->practice, account);
    bool by_mail = has_mail(caller->engine->practice, account)
        && (!by_text || inbox_alert_is_urgent(caller->alert));
    enum err err = ERR_NONE;
    if (by_text)
        err = call(caller, account->user_id, CHANNEL_SMS, account->phone, spanish, reterr_why);
    if (err == ERR_NONE && by_mail)
        err = call(caller, account->user_id, CHANNEL_EMAIL, account->email, spanish, reterr_why);
    return err;
}

static unsigned bit_of(enum role role)
{
    switch (role) {
    case ROLE_OWNER: return ALERT_OWNER;
    case ROLE_MANAGER: return ALERT_MANAGER;
    case ROLE_FRONT_DESK: return ALERT_FRONT_DESK;
    case ROLE_CLINICIAN: return ALERT_CLINICIAN;
    case ROLE_CONSULTANT:
    case ROLE_AUDITOR:
    case ROLE_MAX: break;
    }
    return 0;
}

static enum err call_all(struct caller *caller, struct why *reterr_why)
{
    const char *contact = caller->engine->practice->clinician_contact;
    unsigned roles = inbox_alert_roles(caller->alert);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < caller->account_count && err == ERR_NONE; i++) {
        const struct account *account = &caller->accounts[i];
        if (account->state == ACCOUNT_ACTIVE && (roles & bit_of(account->role)))
            err = call_account(caller, account, reterr_why);
    }
    if (err == ERR_NONE && contact && (roles & ALERT_CLINICIAN))
        err = call(caller, "clinician_contact", contact[0] == '+' ? CHANNEL_SMS : CHANNEL_EMAIL,
            contact, false, reterr_why);
    return err;
}

enum err engine_can_call(struct engine *engine, struct arena *arena, struct db *db, bool *ret_can,
    struct why *reterr_why)
{
    const struct practice *practice = engine->practice;
    struct account *accounts;
    size_t count = 0;
    bool can = practice->clinician_contact != NULL;
    unsigned roles = 0; /* over all calls of a task that may be urgent */
    for (struct task_alert alert = {.kind = INBOX_ALERT_URGENT}; inbox_alert_roles(&alert);
         alert.step++)
        roles |= inbox_alert_roles(&alert);
    enum err err = account_list(arena, db, practice->practice_id, &accounts, &count, reterr_why);
    if (err != ERR_NONE)
        return err;
    for (size_t i = 0; i < count && !can; i++) {
        const struct account *account = &accounts[i];
        can = (roles & bit_of(account->role)) && account->state == ACCOUNT_ACTIVE
            && (has_text(practice, account) || has_mail(practice, account));
    }
    *ret_can = can;
    return ERR_NONE;
}

/* ---- the round ---- */

/* The next moment within waking hours, or `now`. */
static struct instant when_awake(const struct practice *practice, struct instant now)
{
    struct day today = zone_day(practice->zone, now);
    struct instant from = zone_at(practice->zone, today, ALERT_AWAKE_FROM_MINUTE);
    if (instant_before(now, from))
        return from;
    if (instant_before(now, zone_at(practice->zone, today, ALERT_AWAKE_UNTIL_MINUTE)))
        return now;
    return zone_at(practice->zone, (struct day){today.n + 1}, ALERT_AWAKE_FROM_MINUTE);
}

/* Who cannot be reached is passed over at once: the first step that reaches anybody is taken. */
static enum err call_up(struct caller *caller, struct why *reterr_why)
{
    enum err err = call_all(caller, reterr_why);
    while (err == ERR_NONE && caller->reached == 0) {
        caller->alert->step++;
        if (inbox_alert_roles(caller->alert) == 0)
            break;
        err = call_all(caller, reterr_why);
    }
    return err;
}

static enum err raise_alert(struct caller *caller, struct why *reterr_why)
{
    struct engine *engine = caller->engine;
    const struct task_alert stood = *caller->alert;
    struct instant awake = when_awake(engine->practice, caller->tx->now);
    bool urgent = inbox_alert_is_urgent(caller->alert);
    if (!urgent && instant_before(caller->tx->now, awake))
        return inbox_defer_alert(caller->tx, caller->alert, awake, reterr_why);
    caller->reached = 0;
    enum err err = call_up(caller, reterr_why);
    if (err != ERR_NONE || caller->reached > 0 || !urgent)
        return err == ERR_NONE
            ? inbox_put_alert(caller->tx, caller->alert, caller->reached, reterr_why)
            : err;
    engine->trouble = "a message that may be urgent waits, and nobody can be called to it: set "
                      "clinician_contact in perennial.yaml";
    return inbox_keep_alert(caller->tx, &stood, reterr_why);
}

static enum err raise_all(
    struct caller *caller, struct task_alert *alerts, size_t count, struct why *reterr_why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        caller->alert = &alerts[i];
        err = raise_alert(caller, reterr_why);
    }
    return err;
}

/* What could call nobody calls now, if anybody can be called since. */
static enum err may_call_again(struct engine *engine, bool *ret_may, struct why *reterr_why)
{
    enum err err =
        inbox_has_uncalled(engine->db, engine->practice->practice_id, ret_may, reterr_why);
    return err == ERR_NONE && *ret_may
        ? engine_can_call(engine, &engine->tick, engine->db, ret_may, reterr_why)
        : err;
}

enum err engine__alert(struct engine *engine, struct instant now, struct why *reterr_why)
{
    struct instant next;
    bool again = false;
    enum err err = inbox_next_alert(engine->db, engine->practice->practice_id, &next, reterr_why);
    if (err != ERR_NONE && err != ERR_NOT_FOUND)
        return err;
    const bool due = err == ERR_NONE && !instant_before(now, next);
    err = may_call_again(engine, &again, reterr_why);
    if (err != ERR_NONE || (!due && !again))
        return err;
    DB_TX struct tx tx = {0};
    struct task_alert *alerts;
    size_t count = 0;
    struct caller caller = {.engine = engine, .tx = &tx};
    struct account *accounts;
    err = engine_begin(engine, now, &tx, reterr_why);
    if (err == ERR_NONE)
        err = account_list(
            &engine->tick, tx.db, tx.practice_id, &accounts, &caller.account_count, reterr_why);
    if (err == ERR_NONE) {
        caller.accounts = accounts;
        err = inbox_claim_alerts(&engine->tick, &tx, ALERTS_MAX, &alerts, &count, reterr_why);
    }
    if (err == ERR_NONE)
        err = raise_all(&caller, alerts, count, reterr_why);
    count = 0;
    if (err == ERR_NONE && again)
        err = inbox_claim_uncalled(&engine->tick, &tx, ALERTS_MAX, &alerts, &count, reterr_why);
    if (err == ERR_NONE)
        err = raise_all(&caller, alerts, count, reterr_why);
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}
