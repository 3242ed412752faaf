/* sim.h: a simulated practice and world on the real engine, with a checker for every promise.
 *
 * Place in the flow: over all rooms; called by `simulate`, the demo and the tests only. The engine,
 * the store (SQLite, in memory), imports, playbooks and templates are the real ones; the booking
 * system, the patients, the staff and the providers are played by sim/world.c and sim/gateway.c.
 *
 * A run has two parts: chaos, in which the chosen faults rage, and calm (the last SIM_CALM_DAYS),
 * in which they stop and everything that is due must settle. Then each checker under sim/check/
 * reads the store and the other side's journal.
 *
 * Invariants: same options, same bytes, digest included; no checker shares code with what it
 * checks. Calling sequence: sim_run, once. Memory: the boot arena. */
#ifndef PERENNIAL_SIM_SIM_H
#define PERENNIAL_SIM_SIM_H

#include "base/json.h"
#include "store/db.h"

enum { SIM_CALM_DAYS = 3, SIM_DAYS_MAX = 1000, SIM_PATIENTS_MAX = 100000 };

enum sim_fault {
    SIM_FAULT_TIMEOUT, /* the provider takes it and never answers, or loses it */
    SIM_FAULT_REFUSE,  /* connection refused, 429, 500 */
    SIM_FAULT_LATE,    /* answers and callbacks come late and out of order */
    SIM_FAULT_DOUBLE,  /* callbacks and replies come twice */
    SIM_FAULT_CRASH,   /* the process dies with requests in flight */
    SIM_FAULT_RESTART, /* it is down for hours */
    SIM_FAULT_STALE,   /* no export for days */
    SIM_FAULT_MAX
};
/* "timeout,late", "all", "none". */
enum err sim_faults_parse(const char *text, bool ret_faults[SIM_FAULT_MAX], struct why *reterr_why);

struct sim_options {
    uint64_t seed;
    int days, patients;
    bool faults[SIM_FAULT_MAX];
};

/* {"seed","days","patients","touches","replies","bookings","faults","promises","digest"}. */
enum err sim_run(struct arena *boot, const struct sim_options *options, json_t **ret_result,
    bool *ret_broken, struct why *reterr_why) WARN_UNUSED;

#endif
