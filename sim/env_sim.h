/* env_sim.h: a seeded world behind the same door as the operating system.            (of sim)
 *
 * Place in the flow: beside src/; used by `simulate`, the demo and tests. The rooms above env
 * cannot tell it from env_os: a clock that moves only when told, entropy from a seed, files in
 * memory, and a network whose other side is sim/gateway.c.
 *
 * Invariants: (1) same seed, same calls, same answers; (2) nothing leaves the process: files other
 * than time zones are in memory; (3) every request ends in exactly one reply, unless the process
 * "dies" (env_sim_drop_flights), as in life. */
#ifndef PERENNIAL_SIM_ENV_SIM_H
#define PERENNIAL_SIM_ENV_SIM_H

#include "base/id.h"
#include "env/env.h"

struct sim_random {
    struct ids source;
};
void sim_random_init(struct sim_random *random, uint64_t seed);
int64_t sim_random_below(struct sim_random *random, int64_t bound); /* 0 .. bound - 1 */
bool sim_random_percent(struct sim_random *random, double percent);

/* What the other side made of a request: the answer comes at `at`. */
struct sim_answer {
    struct instant at;
    struct net_reply reply; /* its texts are copied */
};
typedef void sim_network_fn(
    void *world, const struct net_request *request, struct sim_answer *answer);

struct env_sim;
struct env_sim *env_sim_open(struct arena *boot, uint64_t seed, struct instant start,
    sim_network_fn *network, void *world, struct env *ret_env);
void env_sim_close(struct env_sim *sim);
void env_sim_set_now(struct env_sim *sim, struct instant now);
/* When the next answer arrives; false when nothing is in flight. */
bool env_sim_next_answer(const struct env_sim *sim, struct instant *ret_at);
/* The process dies: what was in flight is never answered to anybody. */
void env_sim_drop_flights(struct env_sim *sim);

#endif
