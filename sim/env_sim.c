/* env_sim.c: see env_sim.h. */
#include "sim/env_sim.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/text.h"

struct sim_file {
    struct arena memory; /* its present bytes; reset at each write */
    char *bytes;
    size_t len;
    bool exists;
};

struct sim_flight {
    bool used;
    struct instant at;
    uint64_t order; /* ties break by it, so that a run repeats */
    struct net_reply reply;
    char body[32 << 10];
};

struct env_sim {
    struct arena *boot;
    struct instant now;
    struct sim_random random;
    struct map files;
    struct env os; /* time zones only */
    sim_network_fn *network;
    void *world;
    struct sim_flight flights[NET_IN_FLIGHT_MAX];
    size_t in_flight;
    uint64_t orders;
};

void sim_random_init(struct sim_random *random, uint64_t seed)
{
    /* Every bit of the seed counts, whatever the generator does with its state. */
    struct sha256 hash = hash_sha256(&seed, sizeof(seed));
    ids_init(&random->source, hash.bytes);
}

static uint64_t sim_random_next(struct sim_random *random)
{
    return ids_random(&random->source);
}

int64_t sim_random_below(struct sim_random *random, int64_t bound)
{
    assert(bound > 0);
    return (int64_t)(sim_random_next(random) % (uint64_t)bound);
}

bool sim_random_percent(struct sim_random *random, double percent)
{
    return (double)sim_random_below(random, 1000000) < percent * 10000.0;
}

static struct instant sim_now(void *self)
{
    return ((struct env_sim *)self)->now;
}

static void sim_sleep(void *self, int64_t ms)
{
    struct env_sim *sim = self;
    sim->now.ms += ms;
}

static void sim_fill(void *self, void *bytes, size_t len)
{
    struct env_sim *sim = self;
    unsigned char *out = bytes;
    for (size_t i = 0; i < len; i++)
        out[i] = (unsigned char)sim_random_next(&sim->random);
}

static bool is_zone_path(const char *path)
{
    return strstr(path, "/zoneinfo/") != NULL;
}

static struct sim_file *file_at(struct env_sim *sim, const char *path)
{
    struct sim_file *file = map_get(&sim->files, path);
    return file && file->exists ? file : NULL;
}

static enum err sim_read(void *self, struct arena *arena, const char *path, size_t bytes_max,
    char **ret_bytes, size_t *ret_len, struct why *reterr_why)
{
    struct env_sim *sim = self;
    if (is_zone_path(path))
        return sim->os.file.read(
            sim->os.file.self, arena, path, bytes_max, ret_bytes, ret_len, reterr_why);
    struct sim_file *file = file_at(sim, path);
    if (!file)
        return why_set(reterr_why, ERR_NOT_FOUND, "%s does not exist", path);
    if (file->len > bytes_max)
        return why_set(reterr_why, ERR_LIMIT, "%s is too large", path);
    *ret_bytes = arena_text_n(arena, file->bytes, file->len);
    *ret_len = file->len;
    return ERR_NONE;
}

static enum err sim_read_at(void *self, const char *path, int64_t offset, char *bytes,
    size_t bytes_max, size_t *ret_len, struct why *reterr_why)
{
    struct sim_file *file = file_at(self, path);
    if (!file)
        return why_set(reterr_why, ERR_NOT_FOUND, "%s does not exist", path);
    size_t left = (size_t)offset < file->len ? file->len - (size_t)offset : 0;
    *ret_len = left < bytes_max ? left : bytes_max;
    memcpy(bytes, file->bytes + offset, *ret_len);
    return ERR_NONE;
}

static enum err sim_size(void *self, const char *path, int64_t *ret_bytes, struct why *reterr_why)
{
    struct sim_file *file = file_at(self, path);
    if (!file)
        return why_set(reterr_why, ERR_NOT_FOUND, "%s does not exist", path);
    *ret_bytes = (int64_t)file->len;
    return ERR_NONE;
}

static enum err sim_write(void *self, const char *path, const char *bytes, size_t len,
    unsigned mode, struct why *reterr_why)
{
    (void)mode, (void)reterr_why;
    struct env_sim *sim = self;
    struct sim_file *file = map_get(&sim->files, path);
    if (!file) {
        file = ARENA_NEW(sim->boot, struct sim_file, 1);
        arena_init(&file->memory, 0);
        map_put(&sim->files, path, file);
    }
    arena_reset(&file->memory);
    file->bytes = arena_text_n(&file->memory, bytes, len);
    file->len = len;
    file->exists = true;
    return ERR_NONE;
}

static enum err sim_replace(void *self, const char *from, const char *to, struct why *reterr_why)
{
    struct sim_file *file = file_at(self, from);
    if (!file)
        return why_set(reterr_why, ERR_NOT_FOUND, "%s does not exist", from);
    enum err err = sim_write(self, to, file->bytes, file->len, 0, reterr_why);
    file->exists = false;
    return err;
}

static bool sim_exists(void *self, const char *path)
{
    struct env_sim *sim = self;
    return is_zone_path(path) ? sim->os.file.exists(sim->os.file.self, path)
                              : file_at(sim, path) != NULL;
}

static enum err sim_remove(void *self, const char *path, struct why *reterr_why)
{
    (void)reterr_why;
    struct sim_file *file = file_at(self, path);
    if (file)
        file->exists = false;
    return ERR_NONE;
}

/* The next part of a path below a folder, or NULL when `path` is not below it. */
static const char *child_of(struct arena *arena, const char *folder, const char *path)
{
    size_t len = strlen(folder);
    if (strncmp(path, folder, len) != 0 || path[len] != '/')
        return NULL;
    const char *rest = path + len + 1;
    return arena_text_n(arena, rest, strcspn(rest, "/"));
}

static enum err sim_list(void *self, struct arena *arena, const char *path, const char *suffix,
    char ***ret_names, size_t *ret_count, struct why *reterr_why)
{
    struct env_sim *sim = self;
    if (is_zone_path(path))
        return sim->os.file.list(
            sim->os.file.self, arena, path, suffix, ret_names, ret_count, reterr_why);
    char **names = ARENA_NEW(arena, char *, sim->files.count + 1);
    size_t count = 0;
    struct map seen;
    map_init(&seen, arena);
    for (size_t i = 0; i < sim->files.count; i++) {
        struct sim_file *file = sim->files.entries[i].value;
        const char *name = child_of(arena, path, sim->files.entries[i].key);
        if (!file->exists || !name || !text_ends(name, suffix) || !map_put(&seen, name, file))
            continue;
        size_t at = count++;
        for (; at > 0 && strcmp(names[at - 1], name) > 0; at--)
            names[at] = names[at - 1];
        names[at] = arena_text(arena, name);
    }
    *ret_names = names;
    *ret_count = count;
    return ERR_NONE;
}

static enum err sim_make_folder(void *self, const char *path, unsigned mode, struct why *reterr_why)
{
    (void)self, (void)path, (void)mode, (void)reterr_why;
    return ERR_NONE; /* a folder is there when a file is in it */
}

static bool sim_submit(void *self, const struct net_request *request)
{
    struct env_sim *sim = self;
    for (size_t i = 0; i < NET_IN_FLIGHT_MAX; i++) {
        struct sim_flight *flight = &sim->flights[i];
        if (flight->used)
            continue;
        struct sim_answer answer = {.at = sim->now};
        sim->network(sim->world, request, &answer);
        *flight = (struct sim_flight){
            .used = true, .at = answer.at, .order = sim->orders++, .reply = answer.reply};
        flight->reply.tag = request->tag;
        size_t len = answer.reply.body_len;
        assert(len < sizeof(flight->body));
        if (len)
            memcpy(flight->body, answer.reply.body, len);
        flight->body[len] = '\0';
        sim->in_flight++;
        return true;
    }
    return false;
}

static const struct sim_flight *first_flight(const struct env_sim *sim)
{
    const struct sim_flight *first = NULL;
    for (size_t i = 0; i < NET_IN_FLIGHT_MAX; i++) {
        const struct sim_flight *flight = &sim->flights[i];
        bool earlier = flight->used
            && (!first || flight->at.ms < first->at.ms
                || (flight->at.ms == first->at.ms && flight->order < first->order));
        if (earlier)
            first = flight;
    }
    return first;
}

static bool sim_take(void *self, struct arena *tick, int64_t wait_ms, struct net_reply *ret_reply)
{
    (void)wait_ms; /* the world's clock decides when an answer is there */
    struct env_sim *sim = self;
    const struct sim_flight *flight = sim->in_flight ? first_flight(sim) : NULL;
    if (!flight || instant_before(sim->now, flight->at))
        return false;
    *ret_reply = flight->reply;
    ret_reply->body = arena_text_n(tick, flight->body, flight->reply.body_len);
    sim->flights[flight - sim->flights].used = false;
    sim->in_flight--;
    return true;
}

static size_t sim_in_flight(void *self)
{
    return ((struct env_sim *)self)->in_flight;
}

struct env_sim *env_sim_open(struct arena *boot, uint64_t seed, struct instant start,
    sim_network_fn *network, void *world, struct env *ret_env)
{
    struct env_sim *sim = ARENA_NEW(boot, struct env_sim, 1);
    sim->boot = boot;
    sim->now = start;
    sim->network = network;
    sim->world = world;
    sim_random_init(&sim->random, seed ^ UINT64_C(0x9E3779B97F4A7C15));
    map_init(&sim->files, boot);
    enum err err = env_os_open(boot, &sim->os, NULL);
    assert(err == ERR_NONE);
    *ret_env = (struct env){
        .clock = {.self = sim, .now = sim_now, .sleep_ms = sim_sleep},
        .entropy = {.self = sim, .fill = sim_fill},
        .net = {.self = sim, .submit = sim_submit, .take = sim_take, .in_flight = sim_in_flight},
        .file = {.self = sim,
            .read = sim_read,
            .read_at = sim_read_at,
            .size = sim_size,
            .write = sim_write,
            .replace = sim_replace,
            .exists = sim_exists,
            .remove = sim_remove,
            .list = sim_list,
            .make_folder = sim_make_folder},
    };
    return sim;
}

void env_sim_close(struct env_sim *sim)
{
    for (size_t i = 0; i < sim->files.count; i++)
        arena_release(&((struct sim_file *)sim->files.entries[i].value)->memory);
    env_os_close(&sim->os);
}

void env_sim_set_now(struct env_sim *sim, struct instant now)
{
    assert(!instant_before(now, sim->now));
    sim->now = now;
}

bool env_sim_next_answer(const struct env_sim *sim, struct instant *ret_at)
{
    if (sim->in_flight == 0)
        return false;
    *ret_at = first_flight(sim)->at;
    return true;
}

void env_sim_drop_flights(struct env_sim *sim)
{
    for (size_t i = 0; i < NET_IN_FLIGHT_MAX; i++)
        sim->flights[i].used = false;
    sim->in_flight = 0;
}
