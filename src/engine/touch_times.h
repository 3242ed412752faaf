/* touch_times.h: free times that a playbook's message names.                    (part of engine)
 *
 * A message may print the next free times (`open_slots.list`), and its offer may keep one of them
 * free for the patient (`offer: hold_spot`, `held.time`). Both are looked up when the message is
 * judged, by plan and explain like by the engine; only when it leaves are they kept: what was named
 * as a proposal, so that "the 2nd one" is understood, what is held as an opening.
 *
 * Invariants
 *  (1) Nothing is kept for a message that does not leave, and none leaves that says a time is kept
 *      which is not.
 *  (2) A hold never takes the place of what the patient holds or has booked already.
 *  (3) At most one in TOUCH_HOLD_SHARE of the visits that are still possible is kept by offers: who
 *      asks by themselves finds times, too.
 *  (4) A held time begins after its hold has ended, and is free again then, answered or not.
 *  (5) Of times that suit a patient equally well, messages judged with one cache name those that
 *      the fewest of the others do, in their order; none beyond two weeks is named for that.
 *
 * Calling sequence: engine__touch_times -> (the gate) -> engine__count_named ->
 * engine__hold_touch_time -> the message is started -> engine__propose_touch_times. Memory: the
 * arena given; a cache owns its slots. */
#ifndef PERENNIAL_ENGINE_TOUCH_TIMES_H
#define PERENNIAL_ENGINE_TOUCH_TIMES_H

#include "engine/booking.h"

enum {
    TOUCH_HOLD_SHARE = 4,
    TOUCH_HOLD_DAYS_MAX = 6, /* "until Wed 3:30 pm" is read in one way only */
};

struct engine_batch;
struct engine_case;
struct way_question;

struct touch_times {
    struct slot slots[OPENING_OFFERED]; /* in the order of the message */
    size_t count, remembered;
    int64_t hold_ms;                 /* the first is kept for so long; 0: none is */
    const char *list, *held, *until; /* in words of the piece's language; NULL: unknown */
    bool gone; /* words that a person approved name another time than the one that could be kept */
};

/* What was found already, for messages that are judged together: {0} is an empty one. */
struct times_cache {
    struct arena arena;
    struct found_times *first;
    size_t count;
};
void engine__forget_times(struct times_cache *cache); /* something was held; also its end */
#define TIMES_CACHE __attribute__((cleanup(engine__forget_times)))

/* Everything stays empty where the piece names no times, or the practice has no schedules. */
enum err engine__touch_times(const struct way_question *question, const struct template *piece,
    struct touch_times *ret_times, struct why *reterr_why) WARN_UNUSED;
/* A message judged for `now` goes the way that names these. */
void engine__count_named(
    struct times_cache *cache, struct instant now, const struct touch_times *times);
/* The next free times for whoever does a task. */
enum err engine__task_times(struct engine *engine, struct arena *arena,
    const struct engine_case *kase, const struct playbook_touch *said, struct instant now,
    struct touch_times *ret_times, struct why *reterr_why) WARN_UNUSED;

/* ret_held "": nothing was to be kept. ERR_CONFLICT: somebody was faster, and the transaction may
 * go on. */
enum err engine__hold_touch_time(struct engine *engine, struct tx *tx, const struct touch *touch,
    const struct touch_times *times, const char **ret_held, struct why *reterr_why) WARN_UNUSED;
enum err engine__propose_touch_times(struct engine *engine, struct tx *tx,
    const struct touch *touch, const struct touch_times *times, const char *held,
    const char *language, struct why *reterr_why) WARN_UNUSED;
/* The message did not reach its channel: what it keeps is free again. */
enum err engine__drop_touch_time(struct engine *engine, struct tx *tx, const struct touch *touch,
    struct why *reterr_why) WARN_UNUSED;
/* What the messages of an enrollment keep for its patient is free again. */
enum err engine__let_go_of_touch_time(struct engine *engine, struct tx *tx,
    const struct engine_batch *batch, const struct engine_case *kase, const char *reason,
    struct why *reterr_why) WARN_UNUSED;

/* opening_within(): the day of the first free time, where the playbook asks for it. */
enum err engine__add_openings(struct engine *engine, struct times_cache *cache,
    struct engine_case *kase, struct instant now, struct why *reterr_why) WARN_UNUSED;

#endif
