/* sleeper.h: a thread that works step by step, rests between steps, and can be woken or told to
 * end.
 *
 * The postman and the drafter are two of them. The thread's own function goes on while sleeper_rest
 * says so, and does one step each time:
 *
 *     int64_t pause_ms = 0;
 *     while (sleeper_rest(sleeper, clock, pause_ms))
 *         step(..., &pause_ms);
 *
 * Invariants
 * 1. A sleeper_wake between two rests is not lost: the next rest ends at once.
 * 2. After sleeper_stop nothing of the thread runs: what it used may be closed.
 */
#ifndef PERENNIAL_HTTP_SLEEPER_H
#define PERENNIAL_HTTP_SLEEPER_H

#include <pthread.h>

#include "base/err.h"
#include "env/env.h"

struct sleeper {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool running;        /* whoever starts and stops it knows */
    bool wake, stopping; /* under the lock */
};

/* Starts `run(context)` in a thread of its own. Whatever it answers, sleeper_stop ends it.
 * Fails with ERR_IO where the machine gives no thread. */
enum err sleeper_start(
    struct sleeper *sleeper, void *(*run)(void *), void *context, struct why *reterr_why);

/* In the thread: waits for so long, or until it is woken. False: it is to end. */
bool sleeper_rest(struct sleeper *sleeper, const struct env_clock *clock, int64_t pause_ms);

/* From any thread, between start and stop: the rest under way ends, or the next one. */
void sleeper_wake(struct sleeper *sleeper);

/* Has the thread end and waits for that. Takes one that is zeroes or never started. */
void sleeper_stop(struct sleeper *sleeper);

#endif
