/* limit.c: how often somebody may ask: a bucket each, filled as time goes by. */
#include <string.h>

#include "http/http_int.h"

enum {
    BURST_KNOWN = 300, /* a page of the app asks for a dozen things at once */
    PER_S_KNOWN = 50,
    BURST_UNKNOWN = 60,
    PER_S_UNKNOWN = 5,
    PROBES = 8,
};

static uint64_t digest(const char *who)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a: no secret, only a place */
    for (; *who; who++)
        hash = (hash ^ (unsigned char)*who) * UINT64_C(1099511628211);
    return hash ? hash : 1;
}

/* The one who has asked longest ago gives way. */
static struct http_bucket *find_bucket(
    struct http_limits *limits, uint64_t key, struct instant now, double burst)
{
    struct http_bucket *oldest = NULL;
    for (size_t i = 0; i < PROBES; i++) {
        struct http_bucket *bucket = &limits->buckets[(key + i) % HTTP_BUCKETS];
        if (bucket->key == key)
            return bucket;
        if (!oldest || bucket->at_ms < oldest->at_ms)
            oldest = bucket;
    }
    *oldest = (struct http_bucket){.key = key, .at_ms = now.ms, .tokens = burst};
    return oldest;
}

bool http__take_turn(struct http_limits *limits, const char *who, struct instant now, bool known)
{
    double burst = known ? BURST_KNOWN : BURST_UNKNOWN;
    double per_ms = (known ? PER_S_KNOWN : PER_S_UNKNOWN) / 1000.0;
    pthread_mutex_lock(&limits->lock);
    struct http_bucket *bucket = find_bucket(limits, digest(who), now, burst);
    int64_t passed_ms = now.ms > bucket->at_ms ? now.ms - bucket->at_ms : 0;
    bucket->tokens += (double)passed_ms * per_ms;
    if (bucket->tokens > burst)
        bucket->tokens = burst;
    bucket->at_ms = now.ms;
    bool taken = bucket->tokens >= 1;
    if (taken)
        bucket->tokens -= 1;
    pthread_mutex_unlock(&limits->lock);
    return taken;
}
