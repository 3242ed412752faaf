/* journey_step_test.c: what one look at one enrollment decides. */
#include "unit.h"

#include <stdio.h>

#include "journey_fixture.h"

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
    const char *tag;               /* NULL: none */
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

/* Said beside something stronger; a no rests marketing for a while. */
static void happens_decline_beside(struct walk *w)
{
    static const char *const labels[] = {"complaint_angry", "not_interested"};
    walk_reply(w, at_day(w, 2, 12, 0), "complaint_angry", "escalate");
    w->facts.reply_labels = labels;
    w->facts.reply_label_count = 2;
    w->patient.paused_until = day_of(2026, 6, 1);
}

static void happens_pause_beside(struct walk *w)
{
    static const char *const labels[] = {"not_interested", "pause"};
    happens_decline_beside(w);
    w->facts.reply_labels = labels;
}

static void happens_decline_before(struct walk *w)
{
    happens_decline_beside(w);
    w->reply = (struct journey_reply){0};
    w->facts.last_reply = at_day(w, -100, 12, 0);
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

/* Both rest, and only who asked for a pause comes back after it. */
static void test_journey_step__tells_a_no_from_a_pause(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        void (*happens)(struct walk *w);
        const char *exit;
    } cases[] = {{"a no beside a complaint", happens_decline_beside, "declined"},
        {"a no for now", happens_pause_beside, "paused"},
        {"a no before the entry", happens_decline_before, "paused"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct walk w;
        walk_open(&w);
        struct playbook without = *w.playbook; /* what holds whatever a playbook says */
        without.exit_count = 0;
        w.playbook = &without;
        walk_send(&w, 0, at_day(&w, 0, 10, 0));
        cases[i].happens(&w);
        walk_look(&w, at_day(&w, 3, 10, 0), NULL);
        if (!text_is(w.enrollment.exit, cases[i].exit))
            fail_msg("%s: %s", cases[i].why, w.enrollment.exit ? w.enrollment.exit : "-");
        walk_close(&w);
    }
}

static void test_journey_step__replaces_no_pause_that_runs(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int until; /* of June; 0: none */
        bool told, replaced;
    } cases[] = {{"nothing said yet", 0, false, true}, {"a date", 1, false, false},
        {"until told", 0, true, false}, {"both", 1, true, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct walk w;
        walk_open(&w);
        walk_send(&w, 0, at_day(&w, 0, 10, 0));
        if (cases[i].until)
            w.patient.paused_until = day_of(2026, 6, cases[i].until);
        w.patient.paused_until_told = cases[i].told;
        happens_pause_reply(&w);
        walk_look(&w, at_day(&w, 3, 10, 0), NULL);
        assert_string_equal(w.enrollment.exit, "paused");
        if (!walk_effect(&w, EFFECT_PAUSE_PATIENT) == cases[i].replaced)
            fail_msg("%s: the playbook's exit %s it", cases[i].why,
                cases[i].replaced ? "does not replace" : "replaces");
        walk_close(&w);
    }
    struct walk page; /* nor where that pause is what ends the enrollment */
    walk_open(&page);
    walk_send(&page, 0, at_day(&page, 0, 10, 0));
    happens_pause_page(&page);
    walk_look(&page, at_day(&page, 3, 10, 0), NULL);
    assert_string_equal(page.enrollment.exit, "paused");
    assert_null(walk_effect(&page, EFFECT_PAUSE_PATIENT));
    walk_close(&page);
    struct walk over; /* a pause that has run out is none */
    walk_open(&over);
    walk_send(&over, 0, at_day(&over, 0, 10, 0));
    over.patient.paused_until = day_of(2026, 1, 2);
    happens_pause_reply(&over);
    walk_look(&over, at_day(&over, 3, 10, 0), NULL);
    assert_non_null(walk_effect(&over, EFFECT_PAUSE_PATIENT));
    walk_close(&over);
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
    walk_send(&w, 0, at_day(&w, 0, 10, 0));
    walk_look(&w, at_day(&w, 14, 9, 59), NULL);
    assert_int_equal(w.enrollment.state, ENROLLMENT_ACTIVE);
    assert_int_equal(w.enrollment.next.ms, at_day(&w, 14, 10, 0).ms);
    walk_look(&w, at_day(&w, 14, 10, 0), NULL);
    assert_string_equal(w.enrollment.exit, "no_response");
    assert_string_equal(walk_effect(&w, EFFECT_TAG)->tag, "no-response");
    walk_close(&w);
    walk_open(&w); /* to whom nothing could be said did not keep silent */
    walk_look(&w, at_day(&w, 14, 10, 0), NULL);
    assert_string_equal(w.enrollment.exit, "not_reached");
    assert_null(walk_effect(&w, EFFECT_TAG));
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
    } cases[] = {{"booked", "booked", 0, 4}, {"call_later", NULL, 2, 4}, {"no_answer", NULL, 1, 4},
        {"no_answer", NULL, 0, 5}, {"not_interested", "declined", 0, 4},
        {"do_not_contact", "opted_out", 0, 4}, {"something else", NULL, 0, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct walk w;
        walk_open(&w);
        w.now = at_day(&w, 10, 15, 0);
        struct journey_input input = walk_input(&w);
        input.touch_count = cases[i].tries; /* 5: it was tried again already */
        struct instant retry = {0};
        journey_outcome(&w.home.boot, &input, "call", cases[i].outcome, &retry, &w.step);
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
    static const char *const labels[] = {
        "price", "clinical_urgent", "unclear", NULL, "thanks_smalltalk"};
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
        cmocka_unit_test(test_journey_step__tells_a_no_from_a_pause),
        cmocka_unit_test(test_journey_step__replaces_no_pause_that_runs),
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
