/* tell.c: what the booking system must know beside what playbooks tell it. */
#include <string.h>

#include "base/text.h"
#include "engine/engine_int.h"
#include "inbox/inbox.h"
#include "record/record.h"

#define OPT_OUT_KIND "write_back"
#define OPT_OUT_WHAT "opted_out"

enum { WRITE_BACK_PRIORITY = 50 };

const char *engine__say_channels(struct arena *tick, const bool *stopped, const char *language)
{
    static const char *const english[CHANNEL_TASK] = {
        [CHANNEL_SMS] = "texts", [CHANNEL_EMAIL] = "emails", [CHANNEL_VOICE] = "calls"};
    static const char *const spanish[CHANNEL_TASK] = {[CHANNEL_SMS] = "los mensajes de texto",
        [CHANNEL_EMAIL] = "los correos",
        [CHANNEL_VOICE] = "las llamadas"};
    const bool is_spanish = text_is(language, "es");
    const char *list = "";
    for (int channel = 0; channel < CHANNEL_TASK; channel++) {
        if (stopped[channel])
            list = arena_format(tick, "%s%s%s", list, *list ? is_spanish ? " y " : " or " : "",
                (is_spanish ? spanish : english)[channel]);
    }
    return list;
}

/* An open note says something else of the same patient's opt-out: it gives way to the newer one. */
static enum err drop_other(struct engine *engine, struct tx *tx, const char *patient_id,
    const json_t *body, struct why *reterr_why)
{
    struct task *tasks = NULL;
    size_t count = 0;
    bool other = false;
    enum err err = inbox_read_tasks(&engine->tick, tx->db, tx->practice_id, patient_id, true,
        tx->now, &tasks, &count, reterr_why);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        JSON_AUTO said = NULL;
        if (!text_is(tasks[i].kind, OPT_OUT_KIND)
            || json_parse(tasks[i].body, strlen(tasks[i].body), &said, NULL) != ERR_NONE)
            continue;
        const char *what = json_string_value(json_object_get(said, "what"));
        other = other || (what && text_is(what, OPT_OUT_WHAT) && !json_equal(said, body));
    }
    return err == ERR_NONE && other
        ? inbox_cancel_tasks(tx, patient_id, OPT_OUT_KIND, "replaced", reterr_why)
        : err;
}

static json_t *body_of(const bool *stopped)
{
    json_t *body = json_pack("{s:s}", "what", OPT_OUT_WHAT);
    if (inbox_names_channel(stopped))
        json_object_set_new(body, "channels", inbox_channels_json(stopped));
    return body;
}

enum err engine__tell_stop(struct engine *engine, struct tx *tx, const char *const *patient_ids,
    size_t count, const bool *stopped, struct why *reterr_why)
{
    struct patient *patients = NULL;
    size_t known = 0;
    enum err err = record_read_patients(
        &engine->tick, tx->db, tx->practice_id, patient_ids, count, &patients, &known, reterr_why);
    JSON_AUTO body = body_of(stopped);
    const char *says = inbox_names_channel(stopped) ? arena_format(&engine->tick, " wants no %s",
                           engine__say_channels(&engine->tick, stopped, "en"))
                                                    : "";
    for (size_t i = 0; i < known && err == ERR_NONE; i++) {
        const struct task_plan plan = {
            .patient_id = patients[i].patient_id,
            .kind = OPT_OUT_KIND,
            .role = "front_desk",
            .title = arena_format(&engine->tick, "Note in the booking system: %s %s%s",
                patients[i].first_name, patients[i].last_name, says),
            .body = body,
            .priority = WRITE_BACK_PRIORITY,
            .due = engine__due_after(engine, tx->now, 1),
        };
        struct id id;
        err = drop_other(engine, tx, plan.patient_id, body, reterr_why);
        if (err == ERR_NONE)
            err = inbox_add_task(tx, &plan, &id, reterr_why);
    }
    return err;
}

enum err engine_tell_opt_out(struct engine *engine, struct tx *tx, const char *const *patient_ids,
    size_t count, struct why *reterr_why)
{
    static const bool all[CHANNEL_TASK] = {false};
    return engine__tell_stop(engine, tx, patient_ids, count, all, reterr_why);
}
