/* tell.c: what the booking system must know beside what playbooks tell it. */
#include "engine/engine_int.h"
#include "inbox/inbox.h"
#include "record/record.h"

enum { WRITE_BACK_PRIORITY = 50 };

enum err engine_tell_opt_out(struct engine *engine, struct tx *tx, const char *const *patient_ids,
    size_t count, struct why *reterr_why)
{
    struct patient *patients = NULL;
    size_t known = 0;
    enum err err = record_read_patients(
        &engine->tick, tx->db, tx->practice_id, patient_ids, count, &patients, &known, reterr_why);
    JSON_AUTO body = json_pack("{s:s}", "what", "opted_out");
    for (size_t i = 0; i < known && err == ERR_NONE; i++) {
        const struct task_plan plan = {
            .patient_id = patients[i].patient_id,
            .kind = "write_back",
            .role = "front_desk",
            .title = arena_format(&engine->tick, "Note in the booking system: %s %s",
                patients[i].first_name, patients[i].last_name),
            .body = body,
            .priority = WRITE_BACK_PRIORITY,
            .due = engine__due_after(engine, tx->now, 1),
        };
        struct id id;
        err = inbox_add_task(tx, &plan, &id, reterr_why);
    }
    return err;
}
