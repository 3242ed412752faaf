/* journey_fixture.h: one enrollment of the shipped playbook, in memory, walked look by look.
 *
 *   struct walk w;
 *   walk_open(&w);
 *   walk_look(&w, at_day(&w, 0, 10, 0), "t0");   // touch t0 (remind) was claimed
 *   walk_effect(&w, EFFECT_GO_TOUCH) ...
 *   walk_close(&w);
 *
 * Day 0 is 2 March 2026 in Chicago; touches t0 remind, t1 nudge, t2 limited, t3 call.
 * Include after unit.h. */
#ifndef PERENNIAL_TEST_JOURNEY_FIXTURE_H
#define PERENNIAL_TEST_JOURNEY_FIXTURE_H

#include "journey/journey.h"
#include "playbook_fixture.h"

struct walk {
    struct playbook_fixture home;
    const struct playbook *playbook;
    struct audience_moment moment;
    struct patient patient;
    struct enrollment enrollment;
    struct fact_enrollment fact_enrollment;
    struct journey_touch touches[5];
    struct fact_touch fact_touches[5];
    struct audience_facts facts;
    struct journey_reply reply;
    const char *labels[4];
    struct fact_appointment appointments[2];
    struct fact_contact contacts[2];
    struct instant now;
    struct journey_step step;
};

static const char *const walk_keys[] = {"remind", "nudge", "limited", "call", "call"};

/* Day 0 is 2 March 2026, in Chicago. */
static inline struct instant at_day(const struct walk *w, int day, int hour, int minute)
{
    return zone_at(w->home.practice.zone, (struct day){day_of(2026, 3, 2).n + day},
        hour * 60 + minute);
}

static inline void walk_open_with(struct walk *w, const char *from, const char *into)
{
    memset(w, 0, sizeof *w);
    playbook_fixture_open(&w->home);
    if (from)
        playbook_fixture_edit(&w->home, from, into);
    w->playbook = playbook_fixture_parse(&w->home);
    w->patient = (struct patient){.patient_id = "p1",
        .external_id = "P1",
        .first_name = "Ana",
        .last_name = "Lee",
        .household_id = "h1",
        .birth_day = day_of(1985, 3, 2),
        .language = "en",
        .paused_until = {DAY_NONE},
        .loyalty_points = -1,
        .ltv_percentile = 50};
    w->enrollment = (struct enrollment){.enrollment_id = "e1",
        .patient_id = "p1",
        .household_id = "h1",
        .playbook = w->playbook->name,
        .version = w->playbook->version,
        .occurrence = 1,
        .state = ENROLLMENT_ACTIVE,
        .start = day_of(2026, 3, 2),
        .anchor = day_of(2025, 11, 21),
        .cool_down_until = {DAY_NONE}};
    w->enrollment.entered = at_day(w, -1, 23, 0);
    w->fact_enrollment = (struct fact_enrollment){.enrollment_id = "e1",
        .playbook = w->playbook->name,
        .entered = w->enrollment.entered,
        .cooldown_until = {DAY_NONE},
        .anchor = w->enrollment.anchor};
    static const int days[] = {0, 3, 7, 10, 11};
    for (size_t i = 0; i < 5; i++) {
        w->touches[i] = (struct journey_touch){.touch_id = arena_format(&w->home.boot, "t%zu", i),
            .touch_key = walk_keys[i],
            .occurrence = i == 4 ? 2 : 1,
            .planned = at_day(w, days[i], 10, 0)};
        w->fact_touches[i] =
            (struct fact_touch){.touch_key = walk_keys[i], .message = i < 3};
    }
    w->facts = (struct audience_facts){.moment = &w->moment,
        .definitions = w->home.home.definitions,
        .known = true,
        .patient = &w->patient,
        .playbook = w->playbook->name,
        .marketing = true,
        .enrollment = &w->fact_enrollment,
        .touches = w->fact_touches,
        .touch_count = 4,
        .appointments = w->appointments,
        .contacts = w->contacts};
}

static inline void walk_open(struct walk *w)
{
    walk_open_with(w, NULL, NULL);
}

static inline void walk_close(struct walk *w)
{
    journey_step_clear(&w->step);
    playbook_fixture_close(&w->home);
}

static inline struct journey_input walk_input(struct walk *w)
{
    w->moment = audience_moment_at(&w->home.practice, w->now);
    w->facts.day = w->moment.today.n - w->enrollment.start.n;
    return (struct journey_input){.playbook = w->playbook,
        .practice = &w->home.practice,
        .zone = NULL,
        .enrollment = &w->enrollment,
        .touches = w->touches,
        .touch_count = 4,
        .facts = &w->facts,
        .reply = w->reply,
        .now = w->now};
}

/* One look, kept: the next one begins where this one ended. */
static inline void walk_look(struct walk *w, struct instant now, const char *claimed)
{
    journey_step_clear(&w->step);
    w->now = now;
    const struct journey_input input = walk_input(w);
    journey_step(&w->home.boot, &input, claimed, &w->step);
    w->enrollment = w->step.next;
}

static inline void walk_send(struct walk *w, size_t index, struct instant sent)
{
    w->touches[index].ended = true;
    w->touches[index].sent = sent;
    w->touches[index].delivered = instant_add_ms(sent, 5000);
    w->fact_touches[index].sent = w->fact_touches[index].delivered = true;
    w->fact_touches[index].sent_at = sent;
    w->fact_touches[index].delivered_at = instant_add_ms(sent, 5000);
}

/* A reply, as it stands before (label NULL) and after it was read. */
static inline void walk_reply(
    struct walk *w, struct instant at, const char *label, const char *route)
{
    w->reply = (struct journey_reply){.at = at,
        .read = label != NULL,
        .label = label,
        .route = route,
        .closes = text_is(route, "close")};
    w->facts.has_thread = w->facts.thread_open = w->facts.has_reply = true;
    w->facts.last_reply = at;
    w->labels[0] = label;
    w->facts.reply_labels = w->labels;
    w->facts.reply_label_count = label != NULL;
    w->facts.reply_route = route;
}

static inline const struct journey_effect *walk_effect(
    const struct walk *w, enum journey_effect_kind kind)
{
    for (size_t i = 0; i < w->step.effect_count; i++) {
        if (w->step.effects[i].kind == kind)
            return &w->step.effects[i];
    }
    return NULL;
}

static inline bool walk_event(const struct walk *w, const char *kind, const char *rule)
{
    for (size_t i = 0; i < w->step.event_count; i++) {
        if (text_is(w->step.events[i].kind, kind) && text_is(w->step.events[i].rule, rule))
            return true;
    }
    return false;
}

#endif
