#include <string.h>

#include "gate/gate_int.h"

/* The practice's own house: vendors, drafts, fresh data, pilot, capacity (rules BAA, AI). */

enum { FRESH_LOOK_MS = 3600 * 1000 }; /* how soon stale data is looked at again */

/* ---- 10: the vendor ---- */

bool gate_check_vendor(struct judging *judging)
{
    const struct practice *practice = judging->batch->gate->practice;
    const struct channel_setting *setting = &practice->channels[judging->case_->channel];
    struct day today = zone_day(practice->zone, judging->now);
    const struct vendor *vendor;

    if (judging->case_->channel == CHANNEL_TASK || text_is(setting->driver, "null"))
        return false; /* nothing leaves the house */
    detail_text(judging, "vendor", setting->vendor);
    if (setting->vendor && practice_vendor_ready(practice, setting->vendor, today))
        return false;
    vendor = setting->vendor ? practice_vendor(practice, setting->vendor) : NULL;
    if (vendor && vendor->baa_signed.n != DAY_NONE && vendor->baa_until.n != DAY_NONE
        && vendor->baa_until.n < today.n)
        return judge_drop(judging, GATE_NO_BAA, "BAA-5",
            "the business associate agreement with this vendor has ended");
    return judge_drop(judging, GATE_NO_BAA, "BAA-1",
        "no business associate agreement with this vendor is on file: vendors in perennial.yaml");
}

/* ---- 11: drafts ---- */

bool gate_check_ai(struct judging *judging)
{
    if (!judging->case_->ai_draft || judging->case_->reviewed)
        return false;
    return judge_drop(
        judging, GATE_AI_REVIEW, "AI-10", "a draft leaves only when a person approved it");
}

/* ---- after the law: fresh data, pilot, capacity ---- */

bool gate_check_fresh(struct judging *judging)
{
    const struct gate_batch *batch = judging->batch;
    int64_t age_ms_max = batch->gate->practice->booking_data_age_ms_max;
    int64_t age_ms = batch->loaded.ms - batch->booking_data.ms;

    if (judging->purpose != PURPOSE_MARKETING || judging->case_->staff_reply || age_ms_max <= 0)
        return false;
    if (batch->booking_data.ms && age_ms <= age_ms_max)
        return false;
    if (batch->booking_data.ms)
        detail_int(judging, "booking_data_age_hours", age_ms / MS_PER_HOUR);
    return judge_wait(judging, GATE_STALE_DATA, "FRESH",
        instant_add_ms(judging->now, FRESH_LOOK_MS),
        "the booking data is older than the practice allows: import the newest appointments");
}

bool gate_check_pilot(struct judging *judging)
{
    const struct gate_case *case_ = judging->case_;
    const struct gate_batch *batch = judging->batch;

    for (size_t i = 0; case_->playbook && i < batch->playbook_count; i++)
        if (strcmp(batch->playbooks[i].playbook, case_->playbook) == 0
            && batch->playbooks[i].run == PLAYBOOK_PILOT && !case_->pilot)
            return judge_drop(judging, GATE_NOT_IN_PILOT, "PILOT",
                "the playbook is being tried, and this patient is not one of the pilot's");
    return false;
}

static bool is_closed(const struct practice *practice, struct arena *tick, struct day day)
{
    const char *text = day_format(tick, day);

    for (size_t i = 0; i < practice->holiday_count; i++)
        if (strcmp(practice->holidays[i], text) == 0)
            return true;
    return false;
}

bool gate_check_capacity(struct judging *judging)
{
    const struct practice *practice = judging->batch->gate->practice;
    bool call = judging->case_->channel == CHANNEL_TASK;
    int max = call ? practice->calls_per_day_max : practice->sends_per_day_max;
    struct day day = zone_day(practice->zone, judging->now);
    const struct day_load *load = batch_day(judging->batch, day);
    int64_t count = !load ? 0 : call ? load->calls : load->sends;

    if (judging->purpose != PURPOSE_MARKETING || judging->case_->staff_reply || max <= 0
        || count < max)
        return false;
    detail_int(judging, "used", count);
    detail_int(judging, "max", max);
    do { /* calls are for days on which somebody is there */
        day.n++;
        load = batch_day(judging->batch, day);
        count = !load ? 0 : call ? load->calls : load->sends;
    } while (count >= max
        || (call && (!day_is_business(day) || is_closed(practice, judging->tick, day))));
    return judge_wait(judging, GATE_OVER_CAPACITY, call ? "CALLS" : "CAPACITY",
        zone_at(practice->zone, day, practice->send_from_minute),
        call ? "the desk has as many calls today as it can make"
             : "the practice sends no more today than it set itself");
}
