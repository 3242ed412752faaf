/* env.h: the only door to the outside: clock, entropy, network, files.
 *
 * One struct of verbs, two worlds behind it: env_os.c is the operating system, sim/env_sim.c is a
 * seeded world for the simulation. All else in the project is banned from time, random, sleep,
 * sockets and getenv (tools/tidy).
 *
 * Place in the flow: under every room. Domain rooms never see it: they are handed `struct instant
 * now` and values. Only `source` and `channel` drivers are handed a `struct env_net *`.
 *
 * Invariants
 *  (1) `now` never goes back between two calls of one process: while the OS clock stands behind
 *      what was already told, the later moment is told again.
 *  (2) A request handed to env_net ends in exactly one reply, whatever happens to the network.
 *  (3) The reply says whether the request may have left (`written`): what never left may be sent
 *      again; what may have left is in doubt. A request is never sent twice on its own accord,
 *      redirects are never followed.
 *
 * Threads: clock, entropy and files may be used by all; a `struct env_net` by one thread, so that
 * each worker opens an env of its own.
 *
 * Ownership: the caller owns a request's memory until its reply was taken; a reply lives in the
 * arena given to env_net_take. */
#ifndef PERENNIAL_ENV_ENV_H
#define PERENNIAL_ENV_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"

enum net_kind { NET_HTTP, NET_SMTP };

enum net_tls { NET_TLS_NONE, NET_TLS_STARTTLS, NET_TLS_IMPLICIT };

struct net_header {
    const char *name, *value;
};

/* One exchange with another machine. Everything is borrowed until the reply is taken. */
struct net_request {
    enum net_kind kind;
    uint64_t tag;    /* the caller's, given back in the reply */
    const char *url; /* NET_HTTP: https://...; NET_SMTP: host:port as smtp://host:port */
    const char *user, *password; /* HTTP Basic, SMTP AUTH; NULL for none */
    int64_t timeout_ms;          /* of the whole exchange */
    /* NET_HTTP */
    const char *method; /* "GET", "POST" ... */
    const struct net_header *headers;
    size_t header_count;
    const char *body;
    size_t body_len;
    bool public_only; /* not to private networks and this machine, whatever the name leads to */
    bool inside_only; /* only to them: what is said there leaves the house on no account */
    /* NET_SMTP */
    enum net_tls tls;
    const char *mail_from, *rcpt_to, *helo; /* bare addresses */
    const char *message;                    /* complete RFC 5322 text, CRLF line ends */
    size_t message_len;
};

struct net_reply {
    uint64_t tag;
    bool answered;       /* a complete answer came; else see `written` and `failure` */
    bool written;        /* the request (SMTP: the message's end) may have reached the other side */
    int status;          /* HTTP status or last SMTP reply code; 0 when not answered */
    const char *failure; /* why not answered: "timeout" ...; NULL when answered */
    const char *body;    /* HTTP: the body, NET_BODY_MAX at most; SMTP: the last reply line */
    size_t body_len;
    int64_t retry_after_s; /* from Retry-After, NET_RETRY_AFTER_S_MAX at most; -1 when absent */
};

enum {
    NET_BODY_MAX = 8 << 20,
    NET_IN_FLIGHT_MAX = 512,
    NET_RETRY_AFTER_S_MAX = 24 * 3600, /* whoever answers says any number: nothing rests longer */
};

/* Where an address is: an attacker's text must not lead to what only this network can reach. */
enum net_place { NET_PLACE_PUBLIC, NET_PLACE_PRIVATE, NET_PLACE_LOOPBACK };
enum net_place net_place_of(const char *host); /* names other than localhost count as public */

struct env_net {
    void *self;
    /* Takes the request in; false when NET_IN_FLIGHT_MAX are under way. */
    bool (*submit)(void *self, const struct net_request *request);
    /* The next finished exchange, waiting at most wait_ms for one; false when none came. */
    bool (*take)(void *self, struct arena *tick, int64_t wait_ms, struct net_reply *ret_reply);
    size_t (*in_flight)(void *self);
};

struct env_clock {
    void *self;
    struct instant (*now)(void *self);
    void (*sleep_ms)(void *self, int64_t ms); /* the simulation's clock jumps instead */
};

struct env_entropy {
    void *self;
    void (*fill)(void *self, void *bytes, size_t len);
};

struct env_file {
    void *self;
    /* The whole file, with a NUL behind it that ret_len does not count; ERR_LIMIT when larger. */
    enum err (*read)(void *self, struct arena *arena, const char *path, size_t bytes_max,
        char **ret_bytes, size_t *ret_len, struct why *reterr_why);
    /* Up to `bytes_max` bytes from `offset`, for files larger than memory; 0 only at the end. */
    enum err (*read_at)(void *self, const char *path, int64_t offset, char *bytes, size_t bytes_max,
        size_t *ret_len, struct why *reterr_why);
    enum err (*size)(void *self, const char *path, int64_t *ret_bytes, struct why *reterr_why);
    /* Whole file, atomically (temporary beside it, sync, rename), with this mode. */
    enum err (*write)(void *self, const char *path, const char *bytes, size_t len, unsigned mode,
        struct why *reterr_why);
    /* `from` takes the place of `to`, atomically; both on one disk. */
    enum err (*replace)(void *self, const char *from, const char *to, struct why *reterr_why);
    bool (*exists)(void *self, const char *path);
    enum err (*remove)(void *self, const char *path, struct why *reterr_why); /* absent is fine */
    /* Names (not paths) in a folder, sorted by bytes, that end in `suffix` ("" for all). */
    enum err (*list)(void *self, struct arena *arena, const char *path, const char *suffix,
        char ***ret_names, size_t *ret_count, struct why *reterr_why);
    /* With its parents; a folder that is there already is left as it is. */
    enum err (*make_folder)(void *self, const char *path, unsigned mode, struct why *reterr_why);
};

struct env {
    struct env_clock clock;
    struct env_entropy entropy;
    struct env_net net;
    struct env_file file;
};

/* The operating system. `zoneinfo` loading for zones_init is env_zone_load(&env.file). */
enum err env_os_open(struct arena *boot, struct env *ret_env, struct why *reterr_why);
void env_os_close(struct env *env);
enum err env_zone_load(void *env_file, struct arena *arena, const char *name,
    const unsigned char **ret_bytes, size_t *ret_len, struct why *reterr_why);

/* One holder of a home: an exclusive lock on `path`, released when the process ends however it
 * ends. ERR_BUSY names the holder's process id. */
struct env_lock {
    int fd;
};
enum err env_lock_take(const char *path, struct env_lock *ret_lock, struct why *reterr_why);
void env_lock_release(struct env_lock *lock);

#endif
