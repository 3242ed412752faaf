/* quiet.c: no marketing text begins outside the hours of the place where its reader lives. The
 * hours are written down here once more, from the state summary of docs/compliance (sources there).
 */
#include "base/text.h"
#include "sim/check/check_rows.h"

static const struct hours {
    const char *state, *zone;
    int from, to;               /* hours, the end excluded */
    int sunday_from, sunday_to; /* equal: none */
} table[] = {
    {"TX", "America/Chicago", 9, 21, 12, 21},
    {"FL", "America/New_York", 8, 20, 8, 20},
    {"NY", "America/New_York", 8, 21, 8, 21},
    {"CA", "America/Los_Angeles", 8, 21, 8, 21},
    {"WA", "America/Los_Angeles", 8, 20, 8, 20},
    {"LA", "America/Chicago", 8, 20, 0, 0},
    {"CT", "America/New_York", 9, 20, 9, 20},
    {"OK", "America/Chicago", 8, 20, 8, 20},
};

static const struct hours *hours_of(const char *state)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (text_is(table[i].state, state))
            return &table[i];
    }
    return NULL;
}

static bool within(struct world *world, const struct hours *hours, struct instant at)
{
    const struct zone *zone;
    if (zones_find(&world->home.zones, hours->zone, &zone, NULL) != ERR_NONE)
        return false;
    struct civil civil = zone_civil(zone, at);
    bool sunday = day_weekday(zone_day(zone, at)) == 0;
    int from = sunday ? hours->sunday_from : hours->from,
        to = sunday ? hours->sunday_to : hours->to;
    return civil.hour >= from && civil.hour < to;
}

enum err check_quiet(struct world *world, struct promise_check *check, struct why *reterr_why)
{
    static const struct sql sends = {"quiet_sends",
        "SELECT a.attempt_id, a.started_ms, p.state FROM attempt a"
        " JOIN touch t ON t.practice_id = a.practice_id AND t.touch_id = a.touch_id"
        " JOIN patient p ON p.practice_id = t.practice_id AND p.patient_id = t.patient_id"
        " WHERE a.practice_id = :practice_id AND t.channel = 'sms' AND t.purpose = 'marketing'"
        " ORDER BY a.attempt_id",
        NULL};
    DB_ROWS struct db_rows *rows = NULL;
    enum err err = db_query(world->db, &sends,
        DB_ARGS(db_int("practice_id", world->home.practice.practice_id)), &rows, reterr_why);
    if (err != ERR_NONE)
        return err;
    while (db_next(rows)) {
        const struct hours *hours = hours_of(db_col_text(rows, 2));
        struct instant at = {db_col_int(rows, 1)};
        check->checked++;
        if (!hours || !within(world, hours, at))
            promise_broken(check, "attempt %s began outside the hours of %s", db_col_text(rows, 0),
                db_col_text(rows, 2));
    }
    return db_end(&rows, reterr_why);
}
