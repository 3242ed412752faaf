#include "base/id.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Layout (RFC 9562 section 6.2, method 2): 48 bits of milliseconds, then a 26-bit counter that
 * starts at random in each millisecond and spans rand_a (12 bits) and the top of rand_b (14 bits),
 * then 48 random bits. The start leaves half the counter free, 33 million ids a millisecond. */
enum { COUNTER_BITS = 26, COUNTER_LOW_BITS = 14 };

static uint64_t rotate(uint64_t value, int bits)
{
    return (value << bits) | (value >> (64 - bits));
}

void ids_init(struct ids *ids, const unsigned char seed[32])
{
    *ids = (struct ids){.last_ms = -1};
    memcpy(ids->state, seed, sizeof ids->state);
    ids->state[0] |= 1; /* all zeroes is the one state that never moves */
    for (int i = 0; i < 16; i++)
        (void)ids_random(ids);
}

uint64_t ids_random(struct ids *ids)
{
    uint64_t *s = ids->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

struct id ids_next(struct ids *ids, struct instant now)
{
    if (now.ms > ids->last_ms) {
        ids->last_ms = now.ms;
        ids->counter = (uint32_t)(ids_random(ids) >> (64 - COUNTER_BITS + 1));
    } else if (++ids->counter >> COUNTER_BITS) {
        ids->last_ms++;
        ids->counter = 0;
    }
    uint64_t ms = (uint64_t)ids->last_ms & ((UINT64_C(1) << 48) - 1);
    unsigned high = ids->counter >> COUNTER_LOW_BITS;
    unsigned low = ids->counter & ((1U << COUNTER_LOW_BITS) - 1);
    uint64_t tail = ids_random(ids) >> 16;
    char text[64]; /* room that the compiler can prove; the fields fill 36 */
    (void)snprintf(text, sizeof text, "%08x-%04x-7%03x-%04x-%012llx", (unsigned)(ms >> 16),
        (unsigned)(ms & 0xFFFF), high, 0x8000U | low, (unsigned long long)tail);
    struct id id;
    memcpy(id.text, text, sizeof id.text);
    assert(strlen(text) + 1 == sizeof id.text);
    return id;
}
