#include <string.h>

#include "gate/gate_int.h"

/* When: do-not-call, quiet hours and caps (rules DNC, QH). */

enum {
    REGISTRY_DAYS_MAX = 31, /* DNC-2 */
    WEEK_DAYS = 7,
    MONTH_DAYS = 30,
    AREA_PAUSE_HOURS = 12 /* QH-14: how soon a paused area is looked at again */
};

/* ---- 7: do-not-call ---- */

/* Texts and recorded calls have passed the written consent of CON-1, which lifts the registry. What
 * is left is the call that a person makes to somebody who gave none. */
bool gate_check_dnc(struct judging *judging)
{
    const struct practice *practice = judging->batch->gate->practice;
    const char *class = json_string_value(json_object_get(judging->detail, "consent_class"));

    if (judging->purpose != PURPOSE_MARKETING || judging->case_->channel != CHANNEL_TASK
        || judging->case_->staff_reply || !practice->dnc_required || text_is(class, "written"))
        return false;
    if (practice->dnc_imported.n != DAY_NONE
        && judging->today.n - practice->dnc_imported.n <= REGISTRY_DAYS_MAX)
        return false;
    detail_text(judging, "registry",
        practice->dnc_imported.n == DAY_NONE ? "none"
                                             : day_format(judging->tick, practice->dnc_imported));
    return judge_drop(judging, GATE_DNC, "DNC-2",
        "the copy of the do-not-call registry is older than 31 days, or there is none");
}

/* ---- 8: quiet hours ---- */

static bool in_paused_area(const struct judging *judging)
{
    const struct practice *practice = judging->batch->gate->practice;
    const char *zip = judging->person->patient->zip;

    for (size_t i = 0; zip && i < practice->paused_zip_count; i++)
        if (text_starts(zip, practice->paused_zips[i]))
            return true;
    return false;
}

/* QH-15: the evidence, for what was allowed too. */
static void detail_hours(struct judging *judging, const struct quiet_answer *answer)
{
    const struct civil *local = &answer->local;

    detail_text(judging, "state", answer->place->state);
    detail_text(judging, "zone", zone_name(answer->place->zone));
    detail_text(judging, "resolved_by", judging->places.how);
    detail_text(judging, "local_time",
        arena_format(judging->tick, "%04d-%02d-%02dT%02d:%02d:%02d", local->year, local->month,
            local->day, local->hour, local->minute, local->second));
    detail_text(judging, "hours_table", quiet_hours_version(judging->batch->gate->quiet));
    detail_int(judging, "places", (int64_t)judging->places.count);
}

bool gate_check_quiet_hours(struct judging *judging)
{
    const struct practice *practice = judging->batch->gate->practice;
    const struct gate_case *case_ = judging->case_;
    bool marketing = judging->purpose == PURPOSE_MARKETING;
    struct quiet_ask ask = {
        .kind = !marketing          ? QUIET_CARE
            : case_->recorded_voice ? QUIET_RECORDED
                                    : QUIET_MARKETING,
        .places = &judging->places,
        .closed_days = practice->holidays,
        .closed_day_count = practice->holiday_count,
    };
    struct quiet_answer answer;

    if (case_->channel == CHANNEL_EMAIL)
        return false;
    answer = quiet_hours_judge(judging->batch->gate->quiet, &ask, judging->now);
    detail_hours(judging, &answer);
    if (is_answer(judging) || case_->staff_reply) {
        if (!answer.open)
            detail_text(judging, "quiet_hours", "an answer may go in them");
        return false;
    }
    if (marketing && in_paused_area(judging))
        return judge_wait(judging, GATE_QUIET_HOURS, "QH-14",
            instant_add_ms(judging->now, AREA_PAUSE_HOURS * MS_PER_HOUR),
            "the practice has paused this area");
    if (answer.open)
        return false;
    detail_text(judging, "source", answer.source);
    if (!answer.has_next)
        return judge_drop(judging, GATE_QUIET_HOURS, answer.rule,
            "no hour within three weeks is open for this patient");
    return judge_wait(judging, GATE_QUIET_HOURS, answer.rule, answer.next_open,
        "it is outside the hours at which this patient may be contacted");
}

/* ---- 9: caps ---- */

struct cap_counts {
    int day, week, month;
};

/* Marketing of the household in the local calendar days that end with `day`. */
static struct cap_counts count_days(const struct judging *judging, struct day day)
{
    struct cap_counts counts = {0};

    for (const struct past_send *send = judging->person->household->sends; send;
         send = send->next) {
        int age = day.n - zone_day(judging->person->zone, send->at).n;

        if (!send->marketing || age < 0)
            continue;
        counts.day += age == 0;
        counts.week += age < WEEK_DAYS;
        counts.month += age < MONTH_DAYS;
    }
    return counts;
}

static bool is_full(int count, int max)
{
    return max > 0 && count >= max;
}

static bool day_is_full(const struct practice *practice, const struct cap_counts *counts)
{
    return is_full(counts->day, practice->marketing_per_day_max)
        || is_full(counts->week, practice->marketing_per_7_days_max)
        || is_full(counts->month, practice->marketing_per_30_days_max);
}

static bool check_practice_cap(struct judging *judging)
{
    const struct practice *practice = judging->batch->gate->practice;
    struct cap_counts counts = count_days(judging, judging->today), later;
    struct day day = judging->today;

    detail_int(judging, "today", counts.day);
    detail_int(judging, "last_7_days", counts.week);
    detail_int(judging, "last_30_days", counts.month);
    if (!day_is_full(practice, &counts))
        return false;
    do {
        day.n++;
        later = count_days(judging, day);
    } while (day_is_full(practice, &later) && day.n - judging->today.n <= MONTH_DAYS);
    return judge_wait(judging, GATE_CAP, "QH-8",
        zone_at(judging->person->zone, day, practice->send_from_minute),
        "this household has had as much marketing as the practice allows");
}

/* Texts and calls to the household in the rolling time before now, and when the one falls out of it
 * that has to, so that another fits. */
static int count_rolling(
    const struct judging *judging, int64_t span_ms, int max, struct instant *ret_until)
{
    int count = 0;
    int64_t since = judging->now.ms - span_ms, until = INT64_MAX;

    for (const struct past_send *send = judging->person->household->sends; send;
         send = send->next) {
        int newer = 0;

        if (!send->marketing || send->channel == CHANNEL_EMAIL || send->at.ms < since
            || send->at.ms > judging->now.ms)
            continue;
        count++;
        for (const struct past_send *other = judging->person->household->sends; other;
             other = other->next)
            newer += other->marketing && other->channel != CHANNEL_EMAIL
                && other->at.ms > send->at.ms && other->at.ms <= judging->now.ms;
        if (newer < max && send->at.ms < until)
            until = send->at.ms;
    }
    ret_until->ms = until == INT64_MAX ? 0 : until + span_ms + MS_PER_SECOND;
    return count;
}

static bool check_state_cap(struct judging *judging, bool per_week)
{
    const char *state, *source;
    struct instant until;
    int max =
        quiet_hours_cap(judging->batch->gate->quiet, &judging->places, per_week, &state, &source);
    int count = max ? count_rolling(judging, (per_week ? 7 : 1) * MS_PER_DAY, max, &until) : 0;

    if (!max || count < max)
        return false;
    detail_text(judging, "state", state);
    detail_text(judging, "source", source);
    detail_int(judging, per_week ? "in_7_days" : "in_24_hours", count);
    detail_int(judging, "max", max);
    return judge_wait(
        judging, GATE_CAP, "QH-7", until, "the state's law allows no further text or call yet");
}

bool gate_check_cap(struct judging *judging)
{
    if (judging->purpose != PURPOSE_MARKETING || judging->case_->staff_reply)
        return false;
    if (judging->case_->channel != CHANNEL_EMAIL
        && (check_state_cap(judging, false) || check_state_cap(judging, true)))
        return true;
    return check_practice_cap(judging);
}
