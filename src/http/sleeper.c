/* sleeper.c: rest, wake and end of a thread. */
#include "http/sleeper.h"

static void close_lock(struct sleeper *sleeper)
{
    pthread_cond_destroy(&sleeper->woken);
    pthread_mutex_destroy(&sleeper->lock);
}

enum err sleeper_start(
    struct sleeper *sleeper, void *(*run)(void *), void *context, struct why *reterr_why)
{
    pthread_mutex_init(&sleeper->lock, NULL);
    pthread_cond_init(&sleeper->woken, NULL);
    sleeper->running = pthread_create(&sleeper->thread, NULL, run, context) == 0;
    if (sleeper->running)
        return ERR_NONE;
    close_lock(sleeper);
    return why_set(reterr_why, ERR_IO, "the machine gives no more threads");
}

bool sleeper_rest(struct sleeper *sleeper, const struct env_clock *clock, int64_t pause_ms)
{
    int64_t until_ms = clock->now(clock->self).ms + pause_ms;
    const struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    int timed_out = 0;
    pthread_mutex_lock(&sleeper->lock);
    while (!sleeper->stopping && !sleeper->wake && pause_ms > 0 && !timed_out)
        timed_out = pthread_cond_timedwait(&sleeper->woken, &sleeper->lock, &until);
    sleeper->wake = false;
    bool more = !sleeper->stopping;
    pthread_mutex_unlock(&sleeper->lock);
    return more;
}

static void tell(struct sleeper *sleeper, bool stop)
{
    pthread_mutex_lock(&sleeper->lock);
    sleeper->stopping = sleeper->stopping || stop;
    sleeper->wake = true;
    pthread_cond_signal(&sleeper->woken);
    pthread_mutex_unlock(&sleeper->lock);
}

void sleeper_wake(struct sleeper *sleeper)
{
    tell(sleeper, false);
}

void sleeper_stop(struct sleeper *sleeper)
{
    if (!sleeper->running)
        return;
    tell(sleeper, true);
    (void)pthread_join(sleeper->thread, NULL);
    close_lock(sleeper);
    sleeper->running = false;
}
