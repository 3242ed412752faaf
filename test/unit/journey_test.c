/* journey_test.c: who enters, and what one look at one enrollment decides. */
#include "unit.h"

#include <stdio.h>

#include "db_fixture.h"
#include "journey/journey.h"
#include "playbook_fixture.h"

#define RUNS_ON(state) (*(const bool *)*(state))

/* ---- one enrollment of the shipped playbook, in memory ---- */

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
static struct instant at_day(const struct walk *w, int day, int hour, int minute)
{
    return zone_at(w->home.practice.zone, (struct day){day_of(2026, 3, 2).n + day},
        hour * 60 + minute);
}

static void walk_open_with(struct walk *w, const char *from, const char *into)
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

static void walk_open(struct walk *w)
{
    walk_open_with(w, NULL, NULL);
}

static void walk_close(struct walk *w)
{
    journey_step_clear(&w->step);
    playbook_fixture_close(&w->home);
}

static struct journey_input walk_input(struct walk *w)
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
static void walk_look(struct walk *w, struct instant now, const char *claimed)
{
    journey_step_clear(&w->step);
    w->now = now;
    const struct journey_input input = walk_input(w);
    journey_step(&w->home.boot, &input, claimed, &w->step);
    w->enrollment = w->step.next;
}

static void walk_send(struct walk *w, size_t index, struct instant sent)
{
    w->touches[index].ended = true;
    w->touches[index].sent = sent;
    w->touches[index].delivered = instant_add_ms(sent, 5000);
    w->fact_touches[index].sent = w->fact_touches[index].delivered = true;
    w->fact_touches[index].sent_at = sent;
    w->fact_touches[index].delivered_at = instant_add_ms(sent, 5000);
}

/* A reply, as it stands before (label NULL) and after it was read. */
static void walk_reply(struct walk *w, struct instant at, const char *label, const char *route)
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

static const struct journey_effect *walk_effect(
    const struct walk *w, enum journey_effect_kind kind)
{
    for (size_t i = 0; i < w->step.effect_count; i++) {
        if (w->step.effects[i].kind == kind)
            return &w->step.effects[i];
    }
    return NULL;
}

static bool walk_event(const struct walk *w, const char *kind, const char *rule)
{
    for (size_t i = 0; i < w->step.event_count; i++) {
        if (text_is(w->step.events[i].kind, kind) && text_is(w->step.events[i].rule, rule))
            return true;
    }
    return false;
}

/* ---- touches ---- */

static void test_journey_step__first_touch_goes_with_its_patience(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    walk_look(&w, at_day(&w, 0, 10, 0), "t0");
    const struct journey_effect *go = walk_effect(&w, EFFECT_GO_TOUCH);
    assert_non_null(go);
    assert_int_equal(w.step.effect_count, 1);
    assert_string_equal(go->touch_id, "t0");
    assert_string_equal(go->template_name, "touchup-remind");
    assert_string_equal(go->offer, "none");
    assert_int_equal(go->expires.ms, at_day(&w, 3, 10, 0).ms);
    assert_int_equal(w.enrollment.next.ms, at_day(&w, 1, 10, 0).ms);
    walk_close(&w);
}

static void test_journey_step__a_touch_waits_for_the_answer_to_the_one_before(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    walk_send(&w, 0, at_day(&w, 2, 9, 0)); /* late: it had waited for fresh data */
    walk_look(&w, at_day(&w, 3, 10, 0), "t1");
    const struct journey_effect *wait = walk_effect(&w, EFFECT_WAIT_TOUCH);
    assert_non_null(wait);
    assert_int_equal(wait->at.ms, at_day(&w, 4, 9, 0).ms + 5000);
    assert_string_equal(wait->reason, "response");
    walk_look(&w, wait->at, "t1");
    const struct journey_effect *go = walk_effect(&w, EFFECT_GO_TOUCH);
    assert_non_null(go);
    assert_int_equal(go->expires.ms, w.now.ms + 2 * MS_PER_DAY);
    walk_close(&w);
}

static void test_journey_step__touches_keep_their_order(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    walk_look(&w, at_day(&w, 3, 10, 0), "t1"); /* remind waits still */
    const struct journey_effect *wait = walk_effect(&w, EFFECT_WAIT_TOUCH);
    assert_non_null(wait);
    assert_string_equal(wait->reason, "order");
    assert_true(wait->at.ms > w.now.ms);
    w.touches[0].ended = true; /* refused for good: nobody waits for its answer */
    walk_look(&w, at_day(&w, 3, 11, 0), "t1");
    assert_non_null(walk_effect(&w, EFFECT_GO_TOUCH));
    walk_close(&w);
}

static void test_journey_step__a_click_skips_the_nudge(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    walk_send(&w, 0, at_day(&w, 0, 10, 0));
    w.fact_touches[0].human_opens = 1;
    w.fact_touches[0].clicks = 1;
    walk_look(&w, at_day(&w, 3, 10, 0), "t1");
    const struct journey_effect *skip = walk_effect(&w, EFFECT_SKIP_TOUCH);
    assert_non_null(skip);
    assert_string_equal(skip->reason, "skip_if");
    assert_true(walk_event(&w, "skipped", "skip_if"));
    walk_close(&w);
}

static void test_journey_step__calls_only_who_is_warm(void **state)
{
    (void)state;
    for (int warm = 0; warm < 2; warm++) {
        struct walk w;
        walk_open(&w);
        for (size_t i = 0; i < 3; i++)
            walk_send(&w, i, at_day(&w, i == 0 ? 0 : i == 1 ? 3 : 7, 10, 0));
        w.fact_touches[2].human_opens = warm ? 2 : 0;
        walk_look(&w, at_day(&w, 10, 10, 0), "t3");
        const struct journey_effect *skip = walk_effect(&w, EFFECT_SKIP_TOUCH);
        if (warm) {
            assert_non_null(walk_effect(&w, EFFECT_GO_TOUCH));
            assert_string_equal(walk_effect(&w, EFFECT_GO_TOUCH)->template_name, "call-opener");
        } else {
            assert_non_null(skip);
            assert_string_equal(skip->reason, "when");
        }
        walk_close(&w);
    }
}

static void test_journey_step__unknown_is_not_warm(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    w.patient.ltv_percentile = -1; /* nobody knows */
    for (size_t i = 0; i < 3; i++)
        walk_send(&w, i, at_day(&w, i == 0 ? 0 : i == 1 ? 3 : 7, 10, 0));
    walk_look(&w, at_day(&w, 10, 10, 0), "t3");
    assert_non_null(walk_effect(&w, EFFECT_SKIP_TOUCH));
    walk_close(&w);
}

static void test_journey_step__what_comes_days_late_is_not_said(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    walk_look(&w, at_day(&w, 3, 10, 1), "t0");
    const struct journey_effect *skip = walk_effect(&w, EFFECT_SKIP_TOUCH);
    assert_non_null(skip);
    assert_string_equal(skip->reason, "late");
    walk_close(&w);
}

static void test_journey_step__variant_is_the_patients_own(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    int seen[2] = {0};
    for (int i = 0; i < 400; i++) {
        char id[16];
        snprintf(id, sizeof id, "p%d", i);
        const struct playbook_variant *one =
            journey_variant(w.playbook, &w.playbook->touches[2], id, 1);
        assert_ptr_equal(one, journey_variant(w.playbook, &w.playbook->touches[2], id, 1));
        seen[one - w.playbook->touches[2].variants]++;
    }
    assert_in_range(seen[0], 160, 240);
    assert_null(journey_variant(w.playbook, &w.playbook->touches[0], "p1", 1));
    walk_close(&w);
}

/* ---- exits ---- */

struct ending {
    const char *why;
    void (*happens)(struct walk *w);
    const char *exit;
    const char *tag; /* NULL: none */
    enum journey_effect_kind also; /* EFFECT_KIND_MAX: nothing more */
};

static void happens_booking(struct walk *w)
{
    w->appointments[0] = (struct fact_appointment){.appointment_id = "a1",
        .start = at_day(w, 9, 15, 0),
        .local_day = day_of(2026, 3, 11),
        .status = APPOINTMENT_BOOKED,
        .category = "facial",
        .first_seen = at_day(w, 2, 12, 0)};
    w->facts.appointment_count = 1;
}

static void happens_opt_out(struct walk *w)
{
    w->contacts[0] = (struct fact_contact){.channel = CHANNEL_SMS,
        .address = "+15125550111",
        .healthy = true,
        .suppressed_marketing = true,
        .suppressed_all = true,
        .opted_out = true,
        .opted_out_at = at_day(w, 2, 12, 0)};
    w->facts.contact_count = 1;
}

static void happens_pause_reply(struct walk *w)
{
    walk_reply(w, at_day(w, 2, 12, 0), "pause", "close");
}

static void happens_decline(struct walk *w)
{
    walk_reply(w, at_day(w, 2, 12, 0), "not_interested", "close");
}

static void happens_thanks(struct walk *w)
{
    walk_reply(w, at_day(w, 2, 12, 0), "thanks_smalltalk", "close");
}

static void happens_pause_page(struct walk *w)
{
    w->patient.paused_until = day_of(2026, 6, 1);
}

static void happens_do_not_contact(struct walk *w)
{
    w->patient.do_not_contact = true;
}

static void happens_death(struct walk *w)
{
    w->patient.deceased = true;
}

static void happens_dispute(struct walk *w)
{
    w->patient.billing_dispute = true;
}

static void happens_concern(struct walk *w)
{
    w->patient.clinical_concern = true;
}

static const struct ending endings[] = {
    {"a booking of any service", happens_booking, "booked", "reactivated", EFFECT_KIND_MAX},
    {"an opt-out", happens_opt_out, "opted_out", "unsubscribed", EFFECT_SUPPRESS},
    {"a request to pause", happens_pause_reply, "paused", "paused", EFFECT_PAUSE_PATIENT},
    {"no interest", happens_decline, "declined", "declined", EFFECT_KIND_MAX},
    {"thanks", happens_thanks, "responded", "responded", EFFECT_KIND_MAX},
    {"a pause on the page", happens_pause_page, "paused", "paused", EFFECT_KIND_MAX},
    {"do not contact", happens_do_not_contact, "opted_out", "unsubscribed", EFFECT_WRITE_BACK},
    {"a death", happens_death, "excluded", NULL, EFFECT_KIND_MAX},
    {"a billing dispute", happens_dispute, "excluded", NULL, EFFECT_KIND_MAX},
    {"a clinical concern", happens_concern, "excluded", NULL, EFFECT_KIND_MAX},
};

static void test_journey_step__ends_at_once_and_cancels_what_is_queued(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        for (int claimed = 0; claimed < 2; claimed++) {
            struct walk w;
            walk_open(&w);
            walk_send(&w, 0, at_day(&w, 0, 10, 0));
            endings[i].happens(&w);
            walk_look(&w, at_day(&w, 3, 10, 0), claimed ? "t1" : NULL);
            if (w.enrollment.state != ENROLLMENT_ENDED
                || !text_is(w.enrollment.exit, endings[i].exit))
                fail_msg("%s: %s %s", endings[i].why, enrollment_state_name(w.enrollment.state),
                    w.enrollment.exit ? w.enrollment.exit : "-");
            assert_non_null(walk_effect(&w, EFFECT_CANCEL_QUEUED));
            assert_null(walk_effect(&w, EFFECT_GO_TOUCH));
            assert_true(walk_event(&w, "exited", endings[i].exit));
            assert_int_equal(w.enrollment.ended.ms, w.now.ms);
            assert_int_equal(w.enrollment.next.ms, 0);
            const struct journey_effect *tag = walk_effect(&w, EFFECT_TAG);
            assert_true(text_is(tag ? tag->tag : NULL, endings[i].tag));
            if (endings[i].also != EFFECT_KIND_MAX)
                assert_non_null(walk_effect(&w, endings[i].also));
            /* and stays so */
            walk_look(&w, at_day(&w, 3, 10, 1), "t1");
            assert_int_equal(w.step.event_count, 0);
            assert_false(w.step.changed);
            walk_close(&w);
        }
    }
}

static void test_journey_step__old_bookings_and_opt_outs_do_not_end_it(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    happens_booking(&w);
    w.appointments[0].start = at_day(&w, -30, 10, 0);
    w.appointments[0].local_day = day_of(2026, 1, 31);
    w.appointments[0].status = APPOINTMENT_COMPLETED;
    w.appointments[0].first_seen = at_day(&w, -40, 10, 0);
    walk_look(&w, at_day(&w, 1, 10, 0), NULL);
    assert_int_equal(w.enrollment.state, ENROLLMENT_ACTIVE);
    w.appointments[0].start = at_day(&w, 5, 10, 0);
    w.appointments[0].status = APPOINTMENT_CANCELLED;
    w.appointments[0].first_seen = at_day(&w, 0, 10, 0);
    walk_look(&w, at_day(&w, 1, 11, 0), NULL);
    assert_int_equal(w.enrollment.state, ENROLLMENT_ACTIVE);
    walk_close(&w);
}

static void test_journey_step__declined_cools_down(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    happens_decline(&w);
    walk_look(&w, at_day(&w, 2, 12, 5), NULL);
    assert_int_equal(w.enrollment.cool_down_until.n, day_of(2027, 3, 4).n);
    walk_close(&w);
}

static void test_journey_step__three_opens_without_a_click_ask_a_person(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    walk_send(&w, 0, at_day(&w, 0, 10, 0));
    w.fact_touches[0].human_opens = 3;
    w.fact_touches[0].machine_opens = 9;
    walk_look(&w, at_day(&w, 9, 23, 59), NULL);
    assert_int_equal(w.enrollment.state, ENROLLMENT_ACTIVE);
    walk_look(&w, at_day(&w, 10, 0, 1), NULL);
    assert_string_equal(w.enrollment.exit, "browsing");
    assert_string_equal(walk_effect(&w, EFFECT_TASK)->task, "review");
    walk_close(&w);
}

static void test_journey_step__the_last_day_is_for_who_never_answered(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    walk_look(&w, at_day(&w, 14, 9, 59), NULL);
    assert_int_equal(w.enrollment.state, ENROLLMENT_ACTIVE);
    assert_int_equal(w.enrollment.next.ms, at_day(&w, 14, 10, 0).ms);
    walk_look(&w, at_day(&w, 14, 10, 0), NULL);
    assert_string_equal(w.enrollment.exit, "no_response");
    assert_string_equal(walk_effect(&w, EFFECT_TAG)->tag, "no-response");
    walk_close(&w);
    walk_open(&w); /* who answered and was released leaves as responded */
    walk_reply(&w, at_day(&w, 4, 12, 0), "price", "auto_reply");
    walk_look(&w, at_day(&w, 4, 12, 1), NULL);
    assert_string_equal(w.enrollment.hold, "question");
    walk_look(&w, at_day(&w, 14, 10, 0), NULL);
    assert_int_equal(w.enrollment.state, ENROLLMENT_HELD); /* a person still has it */
    const struct journey_input input = walk_input(&w);
    journey_step_clear(&w.step);
    journey_release(&w.home.boot, &input, NULL, &w.step);
    w.enrollment = w.step.next;
    walk_look(&w, at_day(&w, 14, 10, 1), NULL);
    assert_string_equal(w.enrollment.exit, "responded");
    walk_close(&w);
}

static void test_journey_step__a_control_only_starts_and_ends(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    w.enrollment.arm = ARM_HOLDOUT;
    walk_look(&w, at_day(&w, 1, 10, 0), NULL);
    assert_int_equal(w.step.effect_count, 0);
    assert_int_equal(w.enrollment.next.ms, at_day(&w, 14, 10, 0).ms);
    happens_booking(&w);
    walk_look(&w, at_day(&w, 2, 13, 0), NULL);
    assert_string_equal(w.enrollment.exit, "booked");
    assert_int_equal(w.step.effect_count, 0);
    walk_close(&w);
}

/* ---- holds ---- */

struct reply_case {
    const char *label, *route;
    const char *hold, *task, *role;
    int64_t due_ms;
};

static const struct reply_case reply_cases[] = {
    {"clinical_urgent", "escalate", "clinical", "clinician", "clinician", 10 * 60 * 1000},
    {"clinical_nonurgent", "staff_task", "clinical", "clinician", "clinician", 10 * 60 * 1000},
    {"complaint_angry", "escalate", "angry", "manager_call", "manager", 60 * 60 * 1000},
    {"abusive", "escalate", "angry", "manager_call", "manager", 60 * 60 * 1000},
    {"price", "auto_reply", "question", "answer_reply", "front_desk", 15 * 60 * 1000},
    {"vip_or_staff_request", "staff_task", "question", "answer_reply", "front_desk",
        15 * 60 * 1000},
    {"unclear", "staff_task", "question", "answer_reply", "front_desk", 15 * 60 * 1000},
};

static void test_journey_step__every_reply_holds_until_somebody_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reply_cases / sizeof *reply_cases; i++) {
        const struct reply_case *one = &reply_cases[i];
        struct walk w;
        walk_open(&w);
        walk_send(&w, 0, at_day(&w, 0, 10, 0));
        walk_reply(&w, at_day(&w, 1, 9, 0), NULL, NULL); /* stored, not read */
        walk_look(&w, at_day(&w, 1, 9, 0), NULL);
        assert_string_equal(w.enrollment.hold, "unread");
        assert_null(walk_effect(&w, EFFECT_TASK));
        walk_reply(&w, at_day(&w, 1, 9, 0), one->label, one->route);
        walk_look(&w, at_day(&w, 1, 9, 1), NULL);
        assert_int_equal(w.enrollment.state, ENROLLMENT_HELD);
        assert_string_equal(w.enrollment.hold, one->hold);
        const struct journey_effect *task = walk_effect(&w, EFFECT_TASK);
        assert_non_null(task);
        assert_true(task->on_reply);
        assert_string_equal(task->task, one->task);
        assert_string_equal(task->role, one->role);
        assert_int_equal(task->at.ms, w.now.ms + one->due_ms);
        walk_look(&w, at_day(&w, 1, 9, 2), NULL); /* looking again changes nothing */
        assert_false(w.step.changed);
        assert_int_equal(w.step.effect_count, 0);
        walk_look(&w, at_day(&w, 3, 10, 0), "t1");
        const struct journey_effect *wait = walk_effect(&w, EFFECT_WAIT_TOUCH);
        assert_non_null(wait);
        assert_string_equal(wait->reason, "held");
        assert_true(wait->at.ms > w.now.ms);
        walk_close(&w);
    }
}

static void test_journey_step__a_worse_reply_takes_over_the_hold(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    walk_reply(&w, at_day(&w, 1, 9, 0), "price", "auto_reply");
    walk_look(&w, at_day(&w, 1, 9, 1), NULL);
    assert_string_equal(w.enrollment.hold, "question");
    walk_reply(&w, at_day(&w, 1, 10, 0), "clinical_urgent", "escalate");
    walk_look(&w, at_day(&w, 1, 10, 1), NULL);
    assert_string_equal(w.enrollment.hold, "clinical");
    assert_string_equal(walk_effect(&w, EFFECT_TASK)->task, "clinician");
    assert_int_equal(w.enrollment.hold_until.ms, 0); /* never by itself */
    walk_close(&w);
}

static void test_journey_step__a_question_resumes_by_its_rule(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    walk_send(&w, 0, at_day(&w, 0, 10, 0));
    walk_reply(&w, at_day(&w, 1, 9, 0), "price", "auto_reply");
    walk_look(&w, at_day(&w, 1, 9, 1), NULL);
    assert_int_equal(w.enrollment.hold_until.ms, at_day(&w, 4, 9, 1).ms);
    w.facts.thread_open = false; /* answered */
    walk_look(&w, at_day(&w, 4, 9, 0), NULL);
    assert_int_equal(w.enrollment.state, ENROLLMENT_HELD);
    w.facts.thread_open = true;
    walk_look(&w, at_day(&w, 4, 10, 0), NULL); /* time is up, and the thread is open again */
    assert_int_equal(w.enrollment.state, ENROLLMENT_HELD);
    w.facts.thread_open = false;
    walk_look(&w, at_day(&w, 5, 10, 0), NULL);
    assert_int_equal(w.enrollment.state, ENROLLMENT_ACTIVE);
    assert_true(walk_event(&w, "released", "question"));
    const struct journey_effect *wake = walk_effect(&w, EFFECT_WAIT_TOUCH);
    assert_non_null(wake); /* the nudge of day 3 is looked at now */
    assert_string_equal(wake->touch_id, "t1");
    assert_int_equal(wake->at.ms, w.now.ms);
    walk_look(&w, at_day(&w, 5, 10, 0), "t1"); /* its patience counts from the release */
    const struct journey_effect *go = walk_effect(&w, EFFECT_GO_TOUCH);
    assert_non_null(go);
    assert_int_equal(go->expires.ms, w.now.ms + 2 * MS_PER_DAY);
    assert_int_equal(w.enrollment.state, ENROLLMENT_ACTIVE); /* the old reply holds no more */
    walk_reply(&w, at_day(&w, 5, 11, 0), "price", "auto_reply");
    walk_look(&w, at_day(&w, 5, 11, 1), NULL);
    assert_string_equal(w.enrollment.hold, "question"); /* a new one does */
    walk_close(&w);
}

static void test_journey_step__a_clinical_hold_waits_for_a_person(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    walk_reply(&w, at_day(&w, 1, 9, 0), "clinical_nonurgent", "staff_task");
    walk_look(&w, at_day(&w, 1, 9, 1), NULL);
    walk_look(&w, at_day(&w, 13, 10, 0), NULL); /* nobody has closed it */
    assert_string_equal(w.enrollment.hold, "clinical");
    journey_step_clear(&w.step);
    const struct journey_input input = walk_input(&w);
    journey_release(&w.home.boot, &input, NULL, &w.step);
    w.enrollment = w.step.next;
    assert_int_equal(w.enrollment.state, ENROLLMENT_ACTIVE);
    walk_look(&w, at_day(&w, 13, 10, 1), NULL); /* `question` does not take the same reply */
    assert_int_equal(w.enrollment.state != ENROLLMENT_HELD, true);
    walk_close(&w);
}

static void test_journey_step__a_person_approves_each_touch_to_a_vip(void **state)
{
    (void)state;
    struct walk w;
    walk_open(&w);
    w.patient.vip = true;
    walk_look(&w, at_day(&w, 0, 10, 0), "t0");
    assert_string_equal(w.enrollment.hold, "vip");
    assert_string_equal(walk_effect(&w, EFFECT_TASK)->task, "approve_message");
    assert_string_equal(walk_effect(&w, EFFECT_TASK)->touch_key, "remind");
    assert_false(walk_effect(&w, EFFECT_TASK)->on_reply);
    assert_non_null(walk_effect(&w, EFFECT_WAIT_TOUCH));
    w.now = at_day(&w, 0, 11, 0);
    const struct journey_input input = walk_input(&w);
    journey_step_clear(&w.step);
    journey_release(&w.home.boot, &input, "remind", &w.step);
    w.enrollment = w.step.next;
    walk_look(&w, at_day(&w, 0, 11, 0), "t0");
    assert_non_null(walk_effect(&w, EFFECT_GO_TOUCH));
    walk_send(&w, 0, at_day(&w, 0, 11, 0));
    walk_look(&w, at_day(&w, 3, 10, 0), "t1"); /* the next one asks again */
    assert_string_equal(w.enrollment.hold, "vip");
    walk_close(&w);
}

static void test_journey_outcome__follows_what_the_caller_says(void **state)
{
    (void)state;
    static const struct {
        const char *outcome, *exit;
        int64_t retry_days;
        size_t tries;
    } cases[] = {{"booked", "booked", 0, 4}, {"call_later", NULL, 2, 4},
        {"no_answer", NULL, 1, 4}, {"no_answer", NULL, 0, 5}, {"not_interested", "declined", 0, 4},
        {"do_not_contact", "opted_out", 0, 4}, {"something else", NULL, 0, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct walk w;
        walk_open(&w);
        w.now = at_day(&w, 10, 15, 0);
        struct journey_input input = walk_input(&w);
        input.touch_count = cases[i].tries; /* 5: it was tried again already */
        struct instant retry = {0};
        journey_outcome(
            &w.home.boot, &input, "call", cases[i].outcome, &retry, &w.step);
        assert_true(text_is(w.step.next.exit, cases[i].exit));
        assert_int_equal(
            retry.ms, cases[i].retry_days ? w.now.ms + cases[i].retry_days * MS_PER_DAY : 0);
        walk_close(&w);
    }
}

/* Whatever is looked at whenever: a live one is looked at again, and an end stays an end. */
static void test_journey_step__always_has_a_next_look(void **state)
{
    (void)state;
    static const char *const labels[] = {"price", "clinical_urgent", "unclear", NULL,
        "thanks_smalltalk"};
    static const char *const routes[] = {"auto_reply", "escalate", "staff_task", NULL, "close"};
    for (unsigned seed = 0; seed < 300; seed++) {
        struct walk w;
        walk_open(&w);
        unsigned random = seed * 2654435761U + 1;
        for (int hour = 0; hour < 20 * 24; hour += 1 + (int)(random % 7)) {
            random = random * 1664525U + 1013904223U;
            unsigned dice = random >> 16;
            struct instant now = instant_add_ms(at_day(&w, 0, 0, 0), hour * MS_PER_HOUR);
            size_t which = dice % 5;
            if (dice % 19 == 0)
                walk_reply(&w, now, labels[which], routes[which]);
            if (dice % 23 == 0)
                w.facts.thread_open = !w.facts.thread_open;
            size_t claimed = dice % 4;
            bool open = !w.touches[claimed].ended && w.touches[claimed].planned.ms <= now.ms;
            walk_look(&w, now, open ? w.touches[claimed].touch_id : NULL);
            if (w.enrollment.state == ENROLLMENT_ENDED) {
                assert_int_equal(w.enrollment.next.ms, 0);
                break;
            }
            assert_true(w.enrollment.next.ms > now.ms);
            if (!open)
                continue;
            int answers = 0;
            for (size_t i = 0; i < w.step.effect_count; i++)
                answers += text_is(w.step.effects[i].touch_id, w.touches[claimed].touch_id);
            assert_int_equal(answers, 1);
            const struct journey_effect *go = walk_effect(&w, EFFECT_GO_TOUCH);
            assert_true(!go || w.enrollment.state == ENROLLMENT_ACTIVE);
            if (go)
                walk_send(&w, claimed, now);
            if (walk_effect(&w, EFFECT_SKIP_TOUCH))
                w.touches[claimed].ended = true;
        }
        walk_close(&w);
    }
}

/* ---- entry ---- */

static struct journey_candidate candidate_of(struct playbook_fixture *t, int number, int days,
    bool backlog, int64_t value_cents)
{
    int32_t today = day_of(2026, 3, 1).n;
    return (struct journey_candidate){
        .row = {.patient_id = arena_format(&t->boot, "p%03d", number),
            .external_id = arena_format(&t->boot, "P%03d", number),
            .household_id = arena_format(&t->boot, "h%03d", number),
            .reason = ENTRY_NONE,
            .last_day = {today - days},
            .due_day = {today - days + 100},
            .backlog = backlog,
            .value_cents = value_cents,
            .occurrence = 1}};
}

static void test_journey_start__day_0_is_the_next_opening(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    const struct zone *denver = NULL;
    const struct zone *honolulu = NULL;
    struct why why = {0};
    must(zones_find(&t.zones, "America/Denver", &denver, &why), &why);
    must(zones_find(&t.zones, "Pacific/Honolulu", &honolulu, &why), &why);
    struct day first = day_of(2026, 3, 1);
    struct instant scan = zone_at(t.practice.zone, first, 23 * 60);
    assert_int_equal(journey_start_day(&t.practice, NULL, scan).n, first.n + 1);
    assert_int_equal(journey_start_day(&t.practice, denver, scan).n, first.n + 1);
    struct instant open = zone_at(t.practice.zone, first, 600);
    assert_int_equal(journey_start_day(&t.practice, NULL, open).n, first.n);
    assert_int_equal(journey_start_day(&t.practice, NULL, instant_add_ms(open, 1)).n, first.n + 1);
    struct instant midnight = zone_at(t.practice.zone, first, 0); /* still February in Honolulu */
    assert_int_equal(journey_start_day(&t.practice, honolulu, midnight).n, first.n);
    /* The night before summer time begins: the day opens at 10:00 on the new clock. */
    struct instant spring = journey_day_opens(&t.practice, NULL, day_of(2026, 3, 8));
    assert_string_equal(
        zone_format(&t.boot, t.practice.zone, spring), "2026-03-08T10:00:00-05:00");
    playbook_fixture_close(&t);
}

static void test_journey_select__gives_each_a_calendar(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    playbook_fixture_edit(&t, "holdout: 10%", "holdout: 0%");
    const struct playbook *playbook = playbook_fixture_parse(&t);
    const struct zone *denver = NULL;
    struct why why = {0};
    must(zones_find(&t.zones, "America/Denver", &denver, &why), &why);
    struct journey_candidate one = candidate_of(&t, 1, 100, false, 100);
    one.zone = denver;
    struct journey_room room = {.pilot_left = -1};
    struct journey_selection selection;
    struct instant scan = zone_at(t.practice.zone, day_of(2026, 3, 1), 23 * 60);
    journey_select(&t.boot, playbook, &t.practice, &room, scan, &one, 1, &selection);
    assert_int_equal(selection.treated, 1);
    static const char *const at[] = {"2026-03-02T10:00:00-07:00", "2026-03-05T10:00:00-07:00",
        "2026-03-09T10:00:00-06:00", "2026-03-12T10:00:00-06:00"};
    const struct journey_entrant *entrant = &selection.entrants[0];
    assert_int_equal(entrant->touch_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(zone_format(&t.boot, denver, entrant->touches[i].at), at[i]);
    assert_string_equal(entrant->touches[0].template_name, "touchup-remind");
    assert_non_null(entrant->touches[2].variant);
    playbook_fixture_close(&t);
}

static void test_journey_select__touches_too_close_keep_two_days(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    playbook_fixture_edit(&t, "holdout: 10%", "holdout: 0%");
    playbook_fixture_edit(&t, "day: 3", "day: 1");
    const struct playbook *playbook = playbook_fixture_parse(&t);
    struct journey_candidate one = candidate_of(&t, 1, 100, false, 100);
    struct journey_room room = {.pilot_left = -1};
    struct journey_selection selection;
    struct instant scan = zone_at(t.practice.zone, day_of(2026, 3, 1), 23 * 60);
    journey_select(&t.boot, playbook, &t.practice, &room, scan, &one, 1, &selection);
    const struct journey_planned *touches = selection.entrants[0].touches;
    assert_int_equal(touches[1].at.ms - touches[0].at.ms, 48 * MS_PER_HOUR);
    playbook_fixture_close(&t);
}

static void test_journey_select__spreads_the_backlog_by_value(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    playbook_fixture_edit(&t, "holdout: 10%", "holdout: 0%");
    const struct playbook *playbook = playbook_fixture_parse(&t);
    enum { COUNT = 42 };
    struct journey_candidate all[COUNT];
    for (int i = 0; i < COUNT; i++)
        all[i] = candidate_of(&t, i, i < 2 ? 100 : 120, i >= 2, 1000 * (i % 40));
    all[41].row.reason = ENTRY_BOOKED;
    all[41].row.detail = "2026-03-09 10:00 with Dr. Chen";
    struct journey_room room = {.pilot_left = -1, .backlog_entered_today = 5};
    struct journey_selection selection;
    struct instant scan = zone_at(t.practice.zone, day_of(2026, 3, 1), 23 * 60);
    journey_select(&t.boot, playbook, &t.practice, &room, scan, all, COUNT, &selection);
    assert_int_equal(selection.treated, 2 + 10);
    assert_false(selection.entrants[0].candidate->row.backlog);
    assert_false(selection.entrants[1].candidate->row.backlog);
    for (size_t i = 3; i < selection.entrant_count; i++)
        assert_true(selection.entrants[i - 1].candidate->row.value_cents
            >= selection.entrants[i].candidate->row.value_cents);
    assert_int_equal(selection.refusal_count, COUNT - 12);
    assert_int_equal(selection.refusals[0].reason, ENTRY_BOOKED);
    assert_string_equal(selection.refusals[0].detail, "2026-03-09 10:00 with Dr. Chen");
    assert_int_equal(selection.refusals[1].reason, ENTRY_OVER_CAPACITY);
    playbook_fixture_close(&t);
}

static void test_journey_select__a_pilot_is_small(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    playbook_fixture_edit(&t, "holdout: 10%", "holdout: 0%");
    const struct playbook *playbook = playbook_fixture_parse(&t);
    struct journey_candidate all[20];
    for (int i = 0; i < 20; i++)
        all[i] = candidate_of(&t, i, 100, false, i);
    struct journey_room room = {.pilot_left = 3};
    struct journey_selection selection;
    struct instant scan = zone_at(t.practice.zone, day_of(2026, 3, 1), 23 * 60);
    journey_select(&t.boot, playbook, &t.practice, &room, scan, all, 20, &selection);
    assert_int_equal(selection.treated, 3);
    assert_true(selection.entrants[0].pilot);
    room.pilot_left = 0;
    journey_select(&t.boot, playbook, &t.practice, &room, scan, all, 20, &selection);
    assert_int_equal(selection.treated, 0);
    playbook_fixture_close(&t);
}

static void test_journey_holdout__is_a_tenth_and_stays_with_the_household(void **state)
{
    (void)state;
    int out = 0;
    for (int i = 0; i < 20000; i++) {
        char household[32];
        snprintf(household, sizeof household, "household-%d", i);
        bool held = journey_is_holdout(1, household, 10);
        assert_int_equal(held, journey_is_holdout(1, household, 10));
        if (held) /* a larger share holds out the same ones, too */
            assert_true(journey_is_holdout(1, household, 20));
        out += held;
    }
    assert_in_range(out, 1873, 2127); /* 2000, three standard deviations */
    assert_false(journey_is_holdout(1, "household-1", 0));
    assert_true(journey_is_holdout(1, "household-1", 100));
}

static void test_journey_select__controls_enter_when_their_turn_comes(void **state)
{
    (void)state;
    struct playbook_fixture t;
    playbook_fixture_open(&t);
    const struct playbook *playbook = playbook_fixture_parse(&t);
    enum { COUNT = 200 };
    struct journey_candidate all[COUNT];
    for (int i = 0; i < COUNT; i++)
        all[i] = candidate_of(&t, i, 120, true, 1000 - i);
    struct journey_room room = {.pilot_left = -1};
    struct journey_selection selection;
    struct instant scan = zone_at(t.practice.zone, day_of(2026, 3, 1), 23 * 60);
    journey_select(&t.boot, playbook, &t.practice, &room, scan, all, COUNT, &selection);
    assert_int_equal(selection.treated, 15);
    size_t holdouts = 0;
    for (size_t i = 0; i < selection.refusal_count; i++)
        holdouts += selection.refusals[i].reason == ENTRY_HOLDOUT;
    assert_in_range(holdouts, 8, 33);
    assert_true(selection.controls < holdouts); /* those whose turn has not come do not start */
    for (size_t i = 0; i < selection.entrant_count; i++) {
        const struct journey_entrant *entrant = &selection.entrants[i];
        if (entrant->arm == ARM_HOLDOUT)
            assert_int_equal(entrant->touch_count, 0);
    }
    playbook_fixture_close(&t);
}

/* ---- keeping ---- */

static struct journey_entrant entrant_of(const struct walk *w, struct journey_candidate *candidate)
{
    *candidate = (struct journey_candidate){.row = {.patient_id = "p1",
                                                .external_id = "P1",
                                                .household_id = "h1",
                                                .last_day = w->enrollment.anchor}};
    return (struct journey_entrant){.candidate = candidate,
        .arm = ARM_TREAT,
        .start = w->enrollment.start,
        .occurrence = 1};
}

static void test_journey_enroll__twice_is_once(void **state)
{
    struct walk w;
    struct db_fixture store;
    walk_open(&w);
    db_fixture_open(&store, RUNS_ON(state));
    db_fixture_migrate(&store);
    struct why why = {0};
    struct journey_candidate candidate;
    struct journey_entrant entrant = entrant_of(&w, &candidate);
    struct id first;
    struct id second;
    struct tx tx = db_fixture_begin(&store);
    must(journey_enroll(&tx, w.playbook, &entrant, &first, &why), &why);
    must(journey_enroll(&tx, w.playbook, &entrant, &second, &why), &why);
    db_fixture_commit(&tx);
    assert_int_equal(strlen(first.text), 36);
    assert_int_equal(strlen(second.text), 0);
    const char *patients[] = {"p1"};
    struct enrollment *live = NULL;
    size_t count = 0;
    must(journey_read_live(&w.home.boot, store.db, 1, patients, 1, &live, &count, &why), &why);
    assert_int_equal(count, 1);
    assert_string_equal(live[0].version, w.playbook->version);
    assert_int_equal(live[0].start.n, w.enrollment.start.n);
    JSON_AUTO events = NULL;
    must(journey_read_events(store.db, 1, first.text, &events, &why), &why);
    assert_int_equal(json_array_size(events), 1);
    db_fixture_close(&store);
    walk_close(&w);
}

static void test_journey_save__keeps_state_and_history(void **state)
{
    struct walk w;
    struct db_fixture store;
    walk_open(&w);
    db_fixture_open(&store, RUNS_ON(state));
    db_fixture_migrate(&store);
    struct why why = {0};
    struct journey_candidate candidate;
    struct journey_entrant entrant = entrant_of(&w, &candidate);
    struct id id;
    struct tx tx = db_fixture_begin(&store);
    must(journey_enroll(&tx, w.playbook, &entrant, &id, &why), &why);
    w.enrollment.enrollment_id = id.text;
    walk_reply(&w, at_day(&w, 1, 9, 0), "price", "auto_reply");
    walk_look(&w, at_day(&w, 1, 9, 1), NULL);
    must(journey_save(&tx, &w.step, &why), &why);
    db_fixture_commit(&tx);
    const char *ids[] = {id.text};
    struct enrollment *read = NULL;
    size_t count = 0;
    must(journey_read(&w.home.boot, store.db, 1, ids, 1, &read, &count, &why), &why);
    assert_int_equal(count, 1);
    assert_int_equal(read[0].state, ENROLLMENT_HELD);
    assert_string_equal(read[0].hold, "question");
    assert_int_equal(read[0].hold_until.ms, w.enrollment.hold_until.ms);
    assert_int_equal(read[0].next.ms, w.enrollment.next.ms);
    happens_decline(&w);
    w.reply.at = at_day(&w, 2, 12, 0);
    walk_look(&w, at_day(&w, 2, 12, 1), NULL);
    tx = db_fixture_begin(&store);
    must(journey_save(&tx, &w.step, &why), &why);
    db_fixture_commit(&tx);
    must(journey_read_patient(&w.home.boot, store.db, 1, "p1", &read, &count, &why), &why);
    assert_string_equal(read[0].exit, "declined");
    assert_int_equal(read[0].cool_down_until.n, w.enrollment.cool_down_until.n);
    JSON_AUTO events = NULL;
    must(journey_read_events(store.db, 1, id.text, &events, &why), &why);
    assert_int_equal(json_array_size(events), 3);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(events, 2), "kind")), "exited");
    struct instant next;
    assert_int_equal(journey_next(store.db, 1, &next, NULL), ERR_NOT_FOUND);
    tx = db_fixture_begin(&store); /* a second time may begin once the first has ended */
    must(journey_enroll(&tx, w.playbook, &entrant, &id, &why), &why);
    assert_int_equal(strlen(id.text), 36);
    db_fixture_commit(&tx);
    must(journey_next(store.db, 1, &next, &why), &why);
    db_fixture_close(&store);
    walk_close(&w);
}

static void test_journey_refusals__keep_the_newest_word(void **state)
{
    struct walk w;
    struct db_fixture store;
    walk_open(&w);
    db_fixture_open(&store, RUNS_ON(state));
    db_fixture_migrate(&store);
    struct why why = {0};
    enum { COUNT = 600 };
    struct journey_candidate *all = ARENA_NEW(&w.home.boot, struct journey_candidate, COUNT);
    struct journey_refusal *refusals = ARENA_NEW(&w.home.boot, struct journey_refusal, COUNT);
    for (int i = 0; i < COUNT; i++) {
        all[i] = candidate_of(&w.home, i, 50, false, 0);
        refusals[i] = (struct journey_refusal){&all[i], ENTRY_NOT_DUE_YET, "day 50 of 100"};
    }
    struct tx tx = db_fixture_begin(&store);
    must(journey_put_refusals(&tx, w.playbook->name, refusals, COUNT, &why), &why);
    db_fixture_commit(&tx);
    enum entry_reason reason = ENTRY_NONE;
    const char *detail = NULL;
    struct instant at;
    must(journey_read_refusal(&w.home.boot, store.db, 1, w.playbook->name, "p599", &reason,
             &detail, &at, &why),
        &why);
    assert_int_equal(reason, ENTRY_NOT_DUE_YET);
    assert_string_equal(detail, "day 50 of 100");
    refusals[0].reason = ENTRY_HOLDOUT;
    tx = db_fixture_begin(&store);
    must(journey_put_refusals(&tx, w.playbook->name, refusals, 1, &why), &why);
    db_fixture_commit(&tx);
    must(journey_read_refusal(&w.home.boot, store.db, 1, w.playbook->name, "p000", &reason,
             &detail, &at, &why),
        &why);
    assert_int_equal(reason, ENTRY_HOLDOUT);
    assert_int_equal(journey_read_refusal(&w.home.boot, store.db, 1, w.playbook->name, "p599",
                         &reason, &detail, &at, NULL),
        ERR_NOT_FOUND);
    db_fixture_close(&store);
    walk_close(&w);
}

static void test_journey_move__two_records_of_one_person_go_on_once(void **state)
{
    struct walk w;
    struct db_fixture store;
    walk_open(&w);
    db_fixture_open(&store, RUNS_ON(state));
    db_fixture_migrate(&store);
    struct why why = {0};
    struct journey_candidate candidate;
    struct journey_entrant entrant = entrant_of(&w, &candidate);
    struct id first;
    struct id second;
    struct tx tx = db_fixture_begin(&store);
    must(journey_enroll(&tx, w.playbook, &entrant, &first, &why), &why);
    candidate.row.patient_id = "p2";
    must(journey_enroll(&tx, w.playbook, &entrant, &second, &why), &why);
    must(journey_move_patient(&tx, "p2", "p1", &why), &why);
    db_fixture_commit(&tx);
    struct enrollment *read = NULL;
    size_t count = 0;
    must(journey_read_patient(&w.home.boot, store.db, 1, "p1", &read, &count, &why), &why);
    assert_int_equal(count, 2);
    assert_string_equal(read[0].exit, "merged");
    assert_string_equal(read[0].enrollment_id, second.text);
    assert_int_equal(read[1].state, ENROLLMENT_ACTIVE);
    db_fixture_close(&store);
    walk_close(&w);
}

static bool sqlite_runs = false;
static bool postgres_runs = true;

#define ON_BOTH(test)                                                                              \
    {#test " [sqlite]", test, NULL, NULL, &sqlite_runs},                                           \
    {                                                                                              \
        #test " [postgres]", test, NULL, NULL, &postgres_runs                                      \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journey_step__first_touch_goes_with_its_patience),
        cmocka_unit_test(test_journey_step__a_touch_waits_for_the_answer_to_the_one_before),
        cmocka_unit_test(test_journey_step__touches_keep_their_order),
        cmocka_unit_test(test_journey_step__a_click_skips_the_nudge),
        cmocka_unit_test(test_journey_step__calls_only_who_is_warm),
        cmocka_unit_test(test_journey_step__unknown_is_not_warm),
        cmocka_unit_test(test_journey_step__what_comes_days_late_is_not_said),
        cmocka_unit_test(test_journey_step__variant_is_the_patients_own),
        cmocka_unit_test(test_journey_step__ends_at_once_and_cancels_what_is_queued),
        cmocka_unit_test(test_journey_step__old_bookings_and_opt_outs_do_not_end_it),
        cmocka_unit_test(test_journey_step__declined_cools_down),
        cmocka_unit_test(test_journey_step__three_opens_without_a_click_ask_a_person),
        cmocka_unit_test(test_journey_step__the_last_day_is_for_who_never_answered),
        cmocka_unit_test(test_journey_step__a_control_only_starts_and_ends),
        cmocka_unit_test(test_journey_step__every_reply_holds_until_somebody_answers),
        cmocka_unit_test(test_journey_step__a_worse_reply_takes_over_the_hold),
        cmocka_unit_test(test_journey_step__a_question_resumes_by_its_rule),
        cmocka_unit_test(test_journey_step__a_clinical_hold_waits_for_a_person),
        cmocka_unit_test(test_journey_step__a_person_approves_each_touch_to_a_vip),
        cmocka_unit_test(test_journey_outcome__follows_what_the_caller_says),
        cmocka_unit_test(test_journey_step__always_has_a_next_look),
        cmocka_unit_test(test_journey_start__day_0_is_the_next_opening),
        cmocka_unit_test(test_journey_select__gives_each_a_calendar),
        cmocka_unit_test(test_journey_select__touches_too_close_keep_two_days),
        cmocka_unit_test(test_journey_select__spreads_the_backlog_by_value),
        cmocka_unit_test(test_journey_select__a_pilot_is_small),
        cmocka_unit_test(test_journey_holdout__is_a_tenth_and_stays_with_the_household),
        cmocka_unit_test(test_journey_select__controls_enter_when_their_turn_comes),
        ON_BOTH(test_journey_enroll__twice_is_once),
        ON_BOTH(test_journey_save__keeps_state_and_history),
        ON_BOTH(test_journey_refusals__keep_the_newest_word),
        ON_BOTH(test_journey_move__two_records_of_one_person_go_on_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
