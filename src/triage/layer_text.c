/* layer_text.c: a layer as text for the store, and back (layer.h). */
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "triage/layer_int.h"

enum { HEADER_BYTES = 20, ROW_BYTES = 4 + HEAD_MAX };

static const char magic[8] = {'t', 'r', 'i', ' ', 'l', 'a', 'y', '1'};

static void put_u32(unsigned char *bytes, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(number >> 8 * i);
}

static uint32_t take_u32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16
        | (uint32_t)bytes[3] << 24;
}

static uint32_t bits_of(float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static float number_of(uint32_t bits)
{
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

char *triage_layer_encode(struct arena *arena, const struct triage_layer *layer)
{
    const size_t len = HEADER_BYTES + layer->count * ROW_BYTES;
    unsigned char *bytes = arena_alloc(arena, len);
    memcpy(bytes, magic, sizeof magic);
    put_u32(bytes + 8, (uint32_t)layer->count);
    put_u32(bytes + 12, bits_of(layer->scale));
    put_u32(bytes + 16, bits_of(layer->strength));
    for (size_t i = 0; i < layer->count; i++) {
        unsigned char *row = bytes + HEADER_BYTES + i * ROW_BYTES;
        put_u32(row, layer->keys[i]);
        memcpy(row + 4, layer->weights[i], HEAD_MAX);
    }
    return hash_base64(arena, bytes, len);
}

static bool is_factor(float number, float most)
{
    return isfinite(number) && number >= 0 && number <= most;
}

const struct triage_layer *triage_layer_decode(struct arena *arena, const char *text)
{
    unsigned char *bytes;
    size_t len;
    if (!hash_base64_decode(arena, text, &bytes, &len) || len < HEADER_BYTES
        || memcmp(bytes, magic, sizeof magic) != 0)
        return NULL;
    const size_t count = take_u32(bytes + 8);
    const float scale = number_of(take_u32(bytes + 12)), strength = number_of(take_u32(bytes + 16));
    if (count > LAYER_KEYS_MAX || len != HEADER_BYTES + count * ROW_BYTES || !is_factor(scale, 1)
        || !is_factor(strength, 1))
        return NULL;
    uint32_t *keys = ARENA_NEW(arena, uint32_t, count + 1);
    int8_t(*weights)[HEAD_MAX] = arena_alloc(arena, (count + 1) * sizeof *weights);
    for (size_t i = 0; i < count; i++) {
        const unsigned char *row = bytes + HEADER_BYTES + i * ROW_BYTES;
        keys[i] = take_u32(row);
        memcpy(weights[i], row + 4, HEAD_MAX);
        if (i > 0 && keys[i] <= keys[i - 1])
            return NULL;
    }
    struct triage_layer *layer = ARENA_NEW(arena, struct triage_layer, 1);
    *layer =
        (struct triage_layer){count, keys, (const int8_t(*)[HEAD_MAX])weights, scale, strength};
    return layer;
}
