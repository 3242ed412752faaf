/* api_note.c: a few words after a call, read; and what somebody made of them, carried out. */

#include "api_routes.h"
#include "base/text.h"
#include "http/api.h"
#include "inbox/inbox.h"
#include "note/note.h"
#include "record/record.h"

enum { NEXT_MS = 60 * 60 * 1000, CLINICIAN_MS = 10 * 60 * 1000 };

/* Without schedules.yaml there are still days and hours. */
static struct note_reading read_words(struct api *api, const char *text)
{
    const struct schedule *schedule = api->desk->home->schedule;
    const struct schedule bare = {.zone = api->practice->zone};
    struct note_question question = {
        .schedule = schedule ? schedule : &bare,
        .now = api->now,
        .opens_minute = 9 * 60,
        .closes_minute = 19 * 60,
    };
    if (schedule)
        choice_hours(schedule, &question.opens_minute, &question.closes_minute);
    return note_read(api->arena, &question, text);
}

/* Playbooks name outcomes as they like: the nearest that this task has, best first. */
static const char *nearest_outcome(const struct note_reading *reading, const json_t *outcomes)
{
    static const char *const near[NOTE_OUTCOME_MAX][5] = {
        [NOTE_DONE] = {"done", "reached"},
        [NOTE_REACHED] = {"reached", "done"},
        [NOTE_NO_ANSWER] = {"no_answer", "left_message"},
        [NOTE_LEFT_MESSAGE] = {"left_message", "no_answer"},
        [NOTE_CALL_BACK] = {"call_back", "call_later", "reached"},
        [NOTE_DECLINED] = {"declined", "not_interested"},
        [NOTE_BOOKED] = {"booked"},
        [NOTE_WRONG_NUMBER] = {"wrong_number"},
    };
    static const char *const stops[] = {"do_not_contact", "opted_out", NULL};
    const char *const *lists[] = {
        reading->stop ? stops : near[reading->outcome], near[reading->outcome]};
    for (size_t list = 0; list < 2; list++) {
        for (size_t n = 0; n < 5 && lists[list][n]; n++) {
            for (size_t i = 0; i < json_array_size(outcomes); i++) {
                const char *name =
                    json_string_value(json_object_get(json_array_get(outcomes, i), "name"));
                if (name && text_is(name, lists[list][n]))
                    return lists[list][n];
            }
        }
    }
    return NULL;
}

static json_t *texts_json(const char *const *texts, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_text(texts[i]));
    return list;
}

void api__read_note(struct api *api)
{
    struct why why = {0};
    struct task task = {0};
    JSON_AUTO outcomes = NULL;
    json_t *json = NULL;
    enum err err = api__find_task(api, &task, &why);
    if (err == ERR_NONE && task.patient_id)
        err = api_patient(api, task.patient_id, &why);
    if (err == ERR_NONE)
        err = api__task_outcomes(api, api->wild[0], &outcomes, &why);
    if (err == ERR_NONE) {
        const struct note_reading reading = read_words(api, api_text(api, "note"));
        json = json_pack("{s:o,s:o,s:o,s:o,s:b,s:o}", "outcome",
            json_text(nearest_outcome(&reading, outcomes)), "tags",
            texts_json(reading.tags, reading.tag_count), "next",
            json_text(note_next_name(reading.next)), "next_at", api_json_time(api, reading.next_at),
            "stop", reading.stop, "why", texts_json(reading.why, reading.why_count));
    }
    api_end(api, err, &why, 200, json);
}

/* ---- accepted ---- */

static enum err put_tags(struct api *api, const char *patient_id, struct why *why)
{
    const json_t *tags = json_object_get(api->body, "tags");
    enum err err = ERR_NONE;
    for (size_t i = 0; i < json_array_size(tags) && err == ERR_NONE; i++)
        err = record_tag(
            &api->tx, patient_id, json_string_value(json_array_get(tags, i)), "call", why);
    return err;
}

struct follow_up {
    const char *next, *kind, *role, *title;
    int priority;
    int64_t due_ms;
};

static const struct follow_up *follow_up_of(const char *next)
{
    static const struct follow_up all[] = {
        {"call", "call_back", "front_desk", "Call back", 40, NEXT_MS},
        {"text", "follow_up", "front_desk", "Write a text, as was agreed on the phone", 40,
            NEXT_MS},
        {"email", "follow_up", "front_desk", "Write an email, as was agreed on the phone", 40,
            NEXT_MS},
        {"send", "follow_up", "front_desk", "Send what was asked for on the phone", 40, NEXT_MS},
        {"book", "follow_up", "front_desk", "Find a time for a visit", 30, NEXT_MS},
        {"manager", "manager_call", "manager", "An unhappy patient", 10, NEXT_MS},
        {"clinician", "clinician", "clinician", "A symptom told on the phone", 5, CLINICIAN_MS},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (text_is(all[i].next, next))
            return &all[i];
    }
    return NULL;
}

/* Another try that the playbook makes by itself is the same call: it only moves. */
static enum err put_next(struct api *api, const struct task *task, bool retries, struct why *why)
{
    const char *next = api_text(api, "next");
    const struct follow_up *follow = next ? follow_up_of(next) : NULL;
    if (!follow || (retries && text_is(next, "call")))
        return ERR_NONE;
    const struct instant agreed = api_time(api, "next_at");
    const char *note = api_text(api, "note");
    JSON_AUTO body = json_pack("{s:o,s:s}", "note", json_text(note ? note : ""), "next", next);
    const struct task_plan plan = {
        .patient_id = task->patient_id,
        .kind = follow->kind,
        .role = follow->role,
        .title = follow->title,
        .body = body,
        .priority = follow->priority,
        .due = agreed.ms ? agreed : instant_add_ms(api->now, follow->due_ms),
    };
    struct id id;
    return inbox_add_task(&api->tx, &plan, &id, why);
}

enum err api__put_note(struct api *api, const struct task *task, bool retries, struct why *why)
{
    if (!task->patient_id)
        return ERR_NONE;
    enum err err = put_tags(api, task->patient_id, why);
    return err == ERR_NONE ? put_next(api, task, retries, why) : err;
}
