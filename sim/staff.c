/* staff.c: the desk, the clinician and the manager: they work their tasks, not always at once. */
#include "base/text.h"
#include "sim/world.h"

enum { TASKS_A_ROUND = 40 };

static const char *outcome_of(struct world *world, const struct task *task)
{
    if (!text_is(task->kind, "warm_call"))
        return "handled";
    int64_t draw = sim_random_below(&world->random, 100);
    return draw < 20 ? "booked"
        : draw < 55  ? "no_answer"
        : draw < 80  ? "call_later"
                     : "not_interested";
}

static enum err work_task(struct world *world, const struct task *task, struct why *reterr_why)
{
    const char *outcome = outcome_of(world, task);
    bool retries = false;
    DB_TX struct tx tx = {0};
    enum err err = engine_begin(&world->engine, world->now, &tx, reterr_why);
    if (err == ERR_NONE)
        err = inbox_end_task(&tx, task->task_id, outcome, NULL,
            60 + sim_random_below(&world->random, 300), reterr_why);
    if (err == ERR_NONE && task->patient_id)
        err = inbox_close_thread(&tx, task->patient_id, "staff", reterr_why);
    if (err == ERR_NONE && task->patient_id)
        err = text_is(task->kind, "warm_call") && task->touch_id
            ? engine_task_outcome(
                &world->engine, &tx, task, outcome, (struct instant){0}, &retries, reterr_why)
            : engine_release(&world->engine, &tx, task->patient_id, reterr_why);
    return err == ERR_NONE ? db_commit(&tx, reterr_why) : err;
}

enum err world_staff(struct world *world, struct why *reterr_why)
{
    ARENA struct arena request;
    arena_init(&request, 0);
    struct task *tasks;
    size_t count;
    enum err err = inbox_read_tasks(&request, world->db, world->home.practice.practice_id, NULL,
        true, world->now, &tasks, &count, reterr_why);
    for (size_t i = 0; i < count && i < TASKS_A_ROUND && err == ERR_NONE; i++) {
        if (sim_random_percent(&world->random, 80))
            err = work_task(world, &tasks[i], reterr_why);
    }
    return err;
}
