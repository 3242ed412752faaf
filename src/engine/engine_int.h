/* engine_int.h: what the files of engine share. */
#ifndef PERENNIAL_ENGINE_ENGINE_INT_H
#define PERENNIAL_ENGINE_ENGINE_INT_H

#include "engine/engine.h"
#include "engine/touch_times.h"
#include "outbox/outbox.h"

enum { ENGINE_BUSY_TRIES_MAX = 20 }; /* of 5 s each: then something is wrong with the store */

/* Everything that decisions about a set of enrollments read, loaded by a handful of queries. */
struct engine_case {
    struct enrollment *enrollment;
    struct playbook_version *version;
    struct journey_touch *touches;
    size_t touch_count;
    struct audience_facts *facts;
    struct journey_reply reply;
    const struct zone *zone;
};
struct engine_batch {
    struct arena *tick;
    struct gate_batch *gate;
    struct engine_case *cases; /* one per enrollment, in the order given */
    size_t count;
    struct touch *touches; /* of all of them, by enrollment */
    size_t touch_count;
};
enum err engine__load(struct engine *engine, struct tx *tx, struct enrollment *enrollments,
    size_t count, struct engine_batch *ret_batch, struct why *reterr_why);
/* With the gate's batch loaded as well; the patients are locked by the caller where it writes. */
enum err engine__load_all(struct engine *engine, struct tx *tx, struct enrollment *enrollments,
    size_t count, struct engine_batch *ret_batch, struct why *reterr_why);
struct engine_case *engine__case(struct engine_batch *batch, const char *enrollment_id);

/* journey_step on a case, saved and applied but for GO, SKIP and WAIT of the claimed touch, which
 * come back in ret_claimed (kind EFFECT_KIND_MAX: none). */
enum err engine__step_case(struct engine *engine, struct tx *tx, struct engine_batch *batch,
    struct engine_case *kase, const char *claimed, struct journey_effect *ret_claimed,
    struct why *reterr_why);

struct journey_input engine__input(
    struct engine *engine, const struct engine_case *kase, struct instant now);
/* The step saved and its effects applied but for `claimed`, whose own effect comes back. */
enum err engine__carry_out(struct engine *engine, struct tx *tx, struct engine_batch *batch,
    struct engine_case *kase, const struct journey_step *step, const char *claimed,
    struct journey_effect *ret_claimed, struct why *reterr_why);

/* fold.c: until when a message asks for a pause, DAY_NONE: not said, or for none; and as it stands
 * in the reading. */
struct day engine__pause_until(
    const struct engine *engine, const struct inbound *inbound, const bool *labels);
void engine__note_pause(struct arena *arena, json_t *reading, struct day until);

/* plan_again.c: ERR_CONFLICT where everybody whom the plan lets in has entered since, by its
 * version. */
enum err engine__check_again(struct arena *arena, struct engine *engine, const json_t *plan,
    const struct playbook *playbook, struct instant at, struct why *reterr_why);

/* plan_fields.c: [{"field","was","is"}] of a touch of both, and of all but the touches; was or is
 * null where one has no such field. */
json_t *engine__touch_fields(struct arena *arena, const struct playbook *was,
    const struct playbook *is, const char *touch_id);
json_t *engine__playbook_fields(
    struct arena *arena, const struct playbook *was, const struct playbook *is);

/* A claimed staff task whose time has come: put on the desk with everything the person needs. */
enum err engine__put_task(struct engine *engine, struct tx *tx, struct engine_batch *batch,
    struct engine_case *kase, const struct touch *touch, const struct playbook_touch *said,
    const char *script, struct why *reterr_why);

/* apply.c: until so many business days are over, as the desk counts them. */
struct instant engine__due_after(
    const struct engine *engine, struct instant now, int business_days);

/* tell.c: engine_tell_opt_out of the channels in `stopped` (of CHANNEL_TASK; none set: of all). */
enum err engine__tell_stop(struct engine *engine, struct tx *tx, const char *const *patient_ids,
    size_t count, const bool *stopped, struct why *reterr_why);
/* "texts or calls", in a patient's language. */
const char *engine__say_channels(struct arena *tick, const bool *stopped, const char *language);

/* After an import: this home was read before definitions.yaml changed, and another process has
 * folded by what it says now, or is about it. The next one to read the home does so again, whoever
 * is about it begins anew. */
enum err engine__doubt_clocks(
    struct engine *engine, struct tx *tx, struct why *reterr_why) WARN_UNUSED;

/* Whether the clocks are on their way to other definitions, whichever process is about it. */
enum err engine__clocks_follow(struct db *db, int64_t practice_id, bool *ret_follow,
    struct why *reterr_why) WARN_UNUSED;

/* Persons that this transaction's import found to be one: every room moves what it holds. */
enum err engine__merge(struct engine *engine, struct tx *tx, struct why *reterr_why);

/* What free times are worth to one who waits (waitlist.c). */
struct waiting;
struct slot;
struct schedule;
struct wait_weighed {
    struct instant otherwise; /* when they would be seen without them; ms 0: not at all */
    size_t suit;              /* fit the wish */
    size_t sooner;            /* and are a day sooner */
    const struct slot *best;  /* the first of those that was not passed over; NULL: none */
    int64_t gain_ms;
};
struct wait_weighed engine__weigh_wait(const struct schedule *schedule,
    const struct waiting *waiting, struct instant now, const struct slot *slots, size_t count,
    const struct instant *refused, size_t refused_count);

struct instant engine__clock(const struct engine *engine); /* the real one, for spans */
/* A transaction over `count` touches began at `since`: how many the next one takes. */
void engine__fit_batch(struct engine *engine, struct instant since, size_t count);

/* taught.c: the layer that triage reads with today; NULL: as the program came. */
enum err engine__taught(
    struct engine *engine, const struct triage_layer **ret_layer, struct why *reterr_why);

/* booking.c: what a task that enters a booking came to; bookings that the booking system shows
 * now; holds whose minutes are over. */
enum err engine__booking_outcome(struct engine *engine, struct tx *tx, const struct task *task,
    const char *outcome, struct why *reterr_why);
enum err engine__settle_bookings(struct engine *engine, struct tx *tx, struct why *reterr_why);
enum err engine__sweep_openings(struct engine *engine, struct instant now, struct why *reterr_why);

/* waitlist.c: what became free is named to who waits for it. */
enum err engine__serve_waitlist(struct engine *engine, struct instant now, struct why *reterr_why);

/* The rounds of engine_step, each with its own transactions. */
enum err engine__scan(
    struct engine *engine, struct instant now, int64_t *ret_entered, struct why *reterr_why);
enum err engine__scan_next(
    struct engine *engine, struct instant now, struct instant *ret_next, struct why *reterr_why);
enum err engine__advance(
    struct engine *engine, struct instant now, int64_t *ret_advanced, struct why *reterr_why);
enum err engine__fold(
    struct engine *engine, struct instant now, int64_t *ret_received, struct why *reterr_why);
enum err engine__drain(struct engine *engine, struct instant now, int64_t *ret_claimed,
    int64_t *ret_started, struct why *reterr_why);
enum err engine__ask(
    struct engine *engine, struct instant now, int64_t *ret_asked, struct why *reterr_why);
enum err engine__settle(struct engine *engine, struct instant now, int64_t wait_ms,
    int64_t *ret_settled, struct why *reterr_why);

/* way.c: one way a touch could go, worded and judged. */
struct way {
    enum channel_kind channel;
    const struct contact_point *contact;
    const struct template *piece;
    struct rendered *rendered; /* in the tick arena: the gate's case points to it */
    struct gate_case gate;
    struct verdict verdict;
    const char *language;
    struct touch_times times; /* that it names */
};
/* The same question for a touch that was claimed and for one that plan imagines: preview and
 * execution are one decision function. */
struct way_question {
    struct engine *engine;
    struct arena *tick;
    const struct gate_batch *gate;
    struct engine_case *kase;
    const struct touch *touch;
    const struct playbook_touch *said;
    const char *template_name, *offer;
    const struct outbox_words *words; /* a person's, on their channel alone; NULL: the template's */
    struct times_cache *times;        /* NULL: this message alone */
    struct instant now;
};
/* The first channel that may go wins, the one that the patient prefers before the others; else the
 * soonest wait, else the first refusal. */
enum err engine__choose_way(
    const struct way_question *question, struct way *ret_way, struct why *reterr_why);
struct gate_case engine__task_case(const struct engine_case *kase, const char *patient_id);

/* guard.c: pauses the playbook, and tells a manager, when its `stop_if` is true. */
enum err engine__guard(
    struct engine *engine, struct tx *tx, const struct playbook *playbook, struct why *reterr_why);

/* plan_diff.c: who gains, loses or keeps what against the running version. */
struct plan;
enum err engine__plan_diff(struct arena *arena, struct engine *engine, const struct plan *plan,
    const struct playbook_state *state, struct instant at, const struct playbook *const *all,
    size_t all_count, json_t **ret_diff, struct why *reterr_why);
/* Why a plan looks at nobody at all, not even at who may not enter; NULL: it looks at somebody. */
enum err engine__plan_note(struct arena *arena, struct engine *engine, const struct plan *plan,
    const char **ret_note, struct why *reterr_why) WARN_UNUSED;

/* The facts a template prints for this person and touch. `code` is the touch's link code. */
struct template_facts engine__template_facts(struct engine *engine, struct arena *tick,
    const struct gate_batch *gate, const struct engine_case *kase, const struct touch *touch,
    const struct playbook_touch *said, const char *offer, struct instant now);

/* auto_answer.c: answers what the practice lets answer without a person; else leaves everything as
 * it is. */
struct answer_tasks {
    struct task *list; /* that this message raised */
    size_t count;
};
/* May it be answered without a person: `allowed` is narrowed by the holds that wait; ret_busy: a
 * person has the ball, the address was opted out, or sending stands still. */
enum err engine__answer_leave(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    bool allowed[TRIAGE_LABEL_MAX], struct answer_tasks *ret_tasks, bool *ret_busy,
    struct why *reterr_why);
/* It was answered, by these sources: its tasks are done, the conversation rests. */
enum err engine__answered(struct tx *tx, const struct inbound *inbound, const char *sources,
    const struct answer_tasks *tasks, struct why *reterr_why);
/* It did not leave after all: its tasks are open again, with the reason. Any other touch: nothing.
 */
enum err engine__answer_lost(struct engine *engine, struct tx *tx, const struct touch *touch,
    const char *reason, struct why *reterr_why);
enum err engine__auto_answer(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct triage_reading *reading, struct why *reterr_why);

/* The same with sentences that a language model chose; ret_touch stays NULL when they may not go
 * without a person. */
enum err engine__answer_with(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct triage_reading *reading, const struct knowledge_fact *const *facts, size_t count,
    const char **ret_touch, struct why *reterr_why);

/* draft.c: the message may be answered from knowledge/ and waits for a person: a draft is wanted.
 */
enum err engine__want_draft(struct engine *engine, struct tx *tx, const struct inbound *inbound,
    const struct triage_reading *reading, struct why *reterr_why);

/* Why the touches of a paused playbook wait: drain.c says it, guard.c and plan.c end it. */
#define ENGINE_PLAYBOOK_PAUSED "paused"

/* alert.c: calls colleagues to tasks that nobody has taken. */
#define ENGINE_ALERT_KEY "alert"
enum err engine__alert(struct engine *engine, struct instant now, struct why *reterr_why);

/* reply.c: how the gate is asked about what a person wrote. */
struct gate_case engine__staff_case(const struct touch *touch, const struct rendered *rendered);
enum err engine__reply_case(struct arena *arena, struct db *db, int64_t practice_id,
    const struct engine_reply *reply, const struct rendered *rendered, struct instant now,
    struct gate_case *ret_case, struct why *reterr_why);

#endif
