/* people.c: the people behind a number. */
#include "report/report_int.h"
#include "report_sql.h"

enum err report_list_people(struct db *db, const struct report_question *question,
    const struct report_people *people, struct db_rows **ret_rows, struct why *reterr_why)
{
    const struct zone *zone = question->practice->zone;
    int64_t from_ms = 0, to_ms = INT64_MAX;
    if (question->from.n != DAY_NONE)
        from_ms = zone_at(zone, question->from, 0).ms;
    if (question->to.n != DAY_NONE)
        to_ms = zone_at(zone, (struct day){question->to.n + 1}, 0).ms;
    return db_query(db, &sql_report_people,
        DB_ARGS(db_int("practice_id", question->practice->practice_id), db_int("from_ms", from_ms),
            db_int("to_ms", to_ms), db_int("before_ms", people->before.ms),
            db_text("before_id", people->before_id), db_text("playbook", question->playbook),
            db_text("locations", question->locations), db_text("measure", people->measure),
            db_text("touch", people->touch), db_text("exit", people->exit),
            db_text("code", people->code), db_text("kind", people->kind),
            db_int("step", people->step), db_int("goal_days", REPORT_GOAL_DAYS),
            db_int("limit", people->limit)),
        ret_rows, reterr_why);
}
