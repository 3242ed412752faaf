/* world.h: the people, the booking system, the staff and the providers of a simulation.   (of sim)
 */
#ifndef PERENNIAL_SIM_WORLD_H
#define PERENNIAL_SIM_WORLD_H

#include "engine/engine.h"
#include "sim/env_sim.h"
#include "sim/sim.h"

struct person {
    char id[16], phone[24], email[48], zip[8], state[4], born[16];
    const char *first, *last, *language;
    bool email_consent, sms_consent, authorized, dispute;
    bool dead_mailbox, landline;
    bool changed;           /* since the last export */
    struct instant stopped; /* told the practice to stop; ms 0: never */
};

struct booking {
    char id[16];
    int person;
    struct instant start, booked;
    const char *status;
    int64_t total_cents;
    bool changed;
};

enum world_event_kind {
    WORLD_EXPORT,
    WORLD_REPLY,    /* index: person; text */
    WORLD_CALLBACK, /* attempt_id, sid, text: status */
    WORLD_VISIT,    /* index: booking */
    WORLD_BOOK,     /* index: person */
    WORLD_CLICK,    /* attempt_id */
    WORLD_STAFF,
    WORLD_CRASH,
    WORLD_EVENT_MAX
};
struct world_event {
    struct instant at;
    uint64_t order;
    enum world_event_kind kind;
    int index;
    const char *text;
    char attempt_id[40], sid[40];
};

/* What reached the other side, for the checkers. */
struct delivered {
    char attempt_id[40], sid[40], to[64];
    const char *body;
    struct instant at;
    bool is_mail;
};

struct world {
    struct arena *boot;
    struct sim_options options;
    struct sim_random random;
    struct env env;
    struct env_sim *env_sim;
    struct instant start, end, chaos_end, now;
    struct person *people;
    int person_count;
    struct booking *bookings;
    int booking_count, booking_capacity;
    struct world_event *events; /* a binary heap by (at, order) */
    size_t event_count, event_capacity;
    uint64_t orders;
    struct delivered *delivered;
    size_t delivered_count, delivered_capacity;
    struct home home;
    struct db *db;
    struct engine engine;
    int64_t replies, booked, crashes;
    struct instant exports[2 * SIM_DAYS_MAX + 2]; /* twice a day at most */
    size_t export_count;
    bool down;
};

bool world_fault(struct world *world, enum sim_fault fault, double percent);
void world_push(struct world *world, struct world_event event);

/* population.c: people and their past; a new booking. */
void world_populate(struct world *world);
int world_book(struct world *world, int person, struct instant start, struct instant booked,
    const char *status);
int world_person_at(const struct world *world, const char *address); /* -1: nobody */

/* booking_system.c: exports, visits. */
enum err world_export(struct world *world, struct why *reterr_why);
void world_visit(struct world *world, int booking);

/* gateway.c: the providers; a sim_network_fn. */
void world_network(void *world, const struct net_request *request, struct sim_answer *answer);

/* patients.c: what a message makes a person do; staff.c: what the desk does. */
void world_message_read(struct world *world, const struct delivered *message);
enum err world_staff(struct world *world, struct why *reterr_why);

/* check/: one promise each. */
struct promise_check {
    int64_t checked, broken;
    char first[200]; /* what broke first */
};
typedef enum err promise_check_fn(
    struct world *world, struct promise_check *check, struct why *reterr_why);
void promise_broken(struct promise_check *check, const char *format, ...) PRINTF_LIKE(2, 3);

promise_check_fn check_one_gate, check_stop_means_stop, check_never_twice, check_never_lost,
    check_quiet, check_no_phi_unauthorized, check_explained, check_audited, check_pinned,
    check_fresh, check_human_first;

#endif
