/* env_os.c: clock and entropy of the operating system, and the way in. */
#include <assert.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <time.h>

#include "env/env.h"
#include "env/env_int.h"

struct clock_state {
    _Atomic int64_t now_ms; /* the latest moment that was told */
};

static struct instant os_now(void *self)
{
    struct clock_state *state = self;
    struct timespec time;
    int failed = clock_gettime(CLOCK_REALTIME, &time);
    assert(!failed);
    (void)failed;
    int64_t now_ms = time.tv_sec * MS_PER_SECOND + time.tv_nsec / 1000000;
    int64_t told_ms = atomic_load(&state->now_ms);
    while (told_ms < now_ms && !atomic_compare_exchange_weak(&state->now_ms, &told_ms, now_ms))
        continue;
    return (struct instant){told_ms < now_ms ? now_ms : told_ms};
}

static void os_sleep_ms(void *self, int64_t ms)
{
    (void)self;
    if (ms <= 0)
        return;
    struct timespec span = {.tv_sec = ms / MS_PER_SECOND, .tv_nsec = ms % MS_PER_SECOND * 1000000};
    (void)nanosleep(&span, NULL); /* a signal ends it early: the caller looks why, then sleeps on */
}

static void os_fill(void *self, void *bytes, size_t len)
{
    (void)self;
    randombytes_buf(bytes, len);
}

enum err env_os_open(struct arena *boot, struct env *ret_env, struct why *reterr_why)
{
    if (sodium_init() < 0)
        return why_set(reterr_why, ERR_IO, "the machine gives no random numbers");
    /* A peer that hangs up is an error of one exchange, not the end of the process. */
    (void)signal(SIGPIPE, SIG_IGN);
    struct env env = {
        .clock = {.self = ARENA_NEW(boot, struct clock_state, 1),
            .now = os_now,
            .sleep_ms = os_sleep_ms},
        .entropy = {.fill = os_fill},
        .file = env_os_file(),
    };
    enum err err = env_net_open(boot, &env.net, reterr_why);
    if (err == ERR_NONE)
        *ret_env = env;
    return err;
}

void env_os_close(struct env *env)
{
    env_net_close(&env->net);
    *env = (struct env){0};
}
