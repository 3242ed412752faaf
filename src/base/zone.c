#include "base/zone.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "base/zone_int.h"

enum {
    TRANSITIONS_MAX = 5000, /* the busiest zone of tzdata has fewer than 300 */
    TYPES_MAX = 256,        /* an index into them is one byte */
    HEADER_BYTES = 44,
    OFFSET_S_MAX = 26 * 3600 /* RFC 8536 section 3.2 */
};

struct zone {
    struct zone *next;
    const char *name;
    size_t count;         /* of transitions */
    int64_t *times_s;     /* ascending */
    unsigned char *types; /* from times_s[i] on */
    int32_t offsets_s[TYPES_MAX];
    bool has_rule;
    struct zone_rule rule; /* from the last transition on */
};

struct reader {
    const unsigned char *at;
    size_t left;
};

struct tzif_counts {
    uint32_t isut, isstd, leap, time, type, chars;
    int version;
};

static uint64_t big_endian(const unsigned char *bytes, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

static bool take(struct reader *reader, size_t bytes, const unsigned char **ret_start)
{
    if (reader->left < bytes)
        return false;
    *ret_start = reader->at;
    reader->at += bytes;
    reader->left -= bytes;
    return true;
}

static bool take_header(struct reader *reader, struct tzif_counts *ret_counts)
{
    const unsigned char *header;
    if (!take(reader, HEADER_BYTES, &header) || memcmp(header, "TZif", 4) != 0)
        return false;
    struct tzif_counts counts = {.version = header[4]};
    uint32_t *fields[] = {
        &counts.isut, &counts.isstd, &counts.leap, &counts.time, &counts.type, &counts.chars};
    for (size_t i = 0; i < 6; i++) {
        *fields[i] = (uint32_t)big_endian(header + 20 + 4 * i, 4);
        if (*fields[i] > TRANSITIONS_MAX)
            return false;
    }
    *ret_counts = counts;
    return true;
}

static bool read_transitions(
    struct arena *boot, struct reader *reader, const struct tzif_counts *counts, struct zone *zone)
{
    const unsigned char *times, *types, *infos;
    if (!take(reader, (size_t)counts->time * 8, &times) || !take(reader, counts->time, &types)
        || !take(reader, (size_t)counts->type * 6, &infos))
        return false;
    zone->count = counts->time;
    zone->times_s = ARENA_NEW(boot, int64_t, zone->count);
    zone->types = arena_alloc(boot, zone->count);
    for (size_t i = 0; i < zone->count; i++) {
        zone->times_s[i] = (int64_t)big_endian(times + 8 * i, 8);
        zone->types[i] = types[i];
        if (types[i] >= counts->type || (i > 0 && zone->times_s[i] <= zone->times_s[i - 1]))
            return false;
    }
    for (size_t i = 0; i < counts->type; i++) {
        zone->offsets_s[i] = (int32_t)(uint32_t)big_endian(infos + 6 * i, 4);
        if (zone->offsets_s[i] < -OFFSET_S_MAX || zone->offsets_s[i] > OFFSET_S_MAX)
            return false;
    }
    return true;
}

/* RFC 8536 section 3.3: a newline, the rule, a newline; the rule may be empty. */
static bool read_footer(struct reader *reader, struct zone *zone)
{
    char text[128];
    if (reader->left < 2 || reader->at[0] != '\n')
        return false;
    const unsigned char *end = memchr(reader->at + 1, '\n', reader->left - 1);
    if (!end || (size_t)(end - reader->at) > sizeof text)
        return false;
    size_t len = (size_t)(end - reader->at) - 1;
    memcpy(text, reader->at + 1, len);
    text[len] = '\0';
    zone->has_rule = len > 0;
    return len == 0 || zone_rule_parse(text, &zone->rule);
}

/* The first block has 32-bit times and is there for old readers: skipped. */
static bool read_tzif(struct arena *boot, const unsigned char *bytes, size_t len, struct zone *zone)
{
    struct reader reader = {bytes, len};
    struct tzif_counts counts;
    const unsigned char *skipped;
    if (!take_header(&reader, &counts) || counts.version < '2')
        return false;
    size_t old_block = (size_t)counts.time * 5 + (size_t)counts.type * 6 + counts.chars
        + (size_t)counts.leap * 8 + counts.isstd + counts.isut;
    if (!take(&reader, old_block, &skipped) || !take_header(&reader, &counts))
        return false;
    if (counts.type == 0 || counts.type > TYPES_MAX || counts.leap != 0)
        return false;
    return read_transitions(boot, &reader, &counts, zone)
        && take(&reader, (size_t)counts.chars + counts.isstd + counts.isut, &skipped)
        && read_footer(&reader, zone);
}

void zones_init(struct zones *zones, struct arena *boot, zone_load_fn *load, void *load_context)
{
    *zones = (struct zones){.boot = boot, .load = load, .load_context = load_context};
}

static bool is_zone_name(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= 64 && name[0] != '/' && !strstr(name, "..")
        && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/")
        == len;
}

/* tzdata.zi, the compact form of the whole database: "Z NAME ..." and "L TARGET NAME". */
static const char *nearest_zone(struct zones *zones, struct arena *scratch, const char *name)
{
    const unsigned char *bytes;
    size_t len;
    if (zones->load(zones->load_context, scratch, "tzdata.zi", &bytes, &len, NULL) != ERR_NONE)
        return NULL;
    char *text = arena_text_n(scratch, (const char *)bytes, len);
    enum { NAMES_MAX = 2000 };
    const char **names = ARENA_NEW(scratch, const char *, NAMES_MAX);
    size_t count = 0;
    char *rest = text, *line;
    while ((line = strsep(&rest, "\n")) && count < NAMES_MAX) {
        if (line[0] != 'Z' && line[0] != 'L')
            continue;
        bool link = line[0] == 'L';
        (void)strsep(&line, " ");
        char *word = strsep(&line, " ");
        if (link && word)
            word = strsep(&line, " ");
        if (word)
            names[count++] = word;
    }
    const char *nearest = text_nearest(name, names, count);
    for (size_t i = 0; !nearest && i < count; i++) { /* "Chicago" for "America/Chicago" */
        const char *city = strrchr(names[i], '/');
        if (city && text_is_any_case(city + 1, name))
            nearest = names[i];
    }
    return nearest;
}

static enum err unknown_zone(struct zones *zones, const char *name, struct why *reterr_why)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *nearest = nearest_zone(zones, &scratch, name);
    if (nearest)
        why_hint(reterr_why, "Did you mean %s?", nearest);
    else
        why_hint(reterr_why, "Use a name of the IANA database, such as America/Chicago");
    return why_set(reterr_why, ERR_INPUT, "there is no time zone \"%.64s\"", name);
}

enum err zones_find(
    struct zones *zones, const char *name, const struct zone **ret_zone, struct why *reterr_why)
{
    for (struct zone *zone = zones->first; zone; zone = zone->next)
        if (text_is(zone->name, name)) {
            *ret_zone = zone;
            return ERR_NONE;
        }
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const unsigned char *bytes;
    size_t len;
    struct why load_why = {0};
    if (!is_zone_name(name))
        return unknown_zone(zones, name, reterr_why);
    enum err err = zones->load(zones->load_context, &scratch, name, &bytes, &len, &load_why);
    if (err == ERR_NOT_FOUND || err == ERR_INPUT)
        return unknown_zone(zones, name, reterr_why);
    if (err != ERR_NONE) {
        if (reterr_why && reterr_why->code == ERR_NONE)
            *reterr_why = load_why;
        return err;
    }
    if (len < 4 || memcmp(bytes, "TZif", 4) != 0) /* "tzdata.zi", "zone.tab", a folder's list */
        return unknown_zone(zones, name, reterr_why);
    struct arena_mark mark = arena_mark(zones->boot);
    struct zone *zone = ARENA_NEW(zones->boot, struct zone, 1);
    if (!read_tzif(zones->boot, bytes, len, zone)) {
        arena_rewind(zones->boot, mark);
        why_hint(reterr_why, "Reinstall the package tzdata");
        return why_set(reterr_why, ERR_IO, "the file of the time zone %s is damaged", name);
    }
    zone->name = arena_text(zones->boot, name);
    zone->next = zones->first;
    zones->first = zone;
    *ret_zone = zone;
    return ERR_NONE;
}

const char *zone_name(const struct zone *zone)
{
    return zone->name;
}

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static int32_t offset_at_s(const struct zone *zone, int64_t time_s)
{
    if (zone->has_rule && (zone->count == 0 || time_s >= zone->times_s[zone->count - 1]))
        return zone_rule_offset_s(&zone->rule, time_s);
    if (zone->count == 0 || time_s < zone->times_s[0])
        return zone->offsets_s[0];
    size_t low = 0, high = zone->count; /* times_s[low] <= time_s < times_s[high] */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (zone->times_s[middle] <= time_s)
            low = middle;
        else
            high = middle;
    }
    return zone->offsets_s[zone->types[low]];
}

int32_t zone_offset_s(const struct zone *zone, struct instant instant)
{
    return offset_at_s(zone, floor_div(instant.ms, MS_PER_SECOND));
}

struct civil zone_civil(const struct zone *zone, struct instant instant)
{
    int64_t local_ms = instant.ms + zone_offset_s(zone, instant) * MS_PER_SECOND;
    int64_t days = floor_div(local_ms, MS_PER_DAY);
    int ms = (int)(local_ms - days * MS_PER_DAY);
    struct civil civil = {.hour = ms / (int)MS_PER_HOUR,
        .minute = ms / (int)MS_PER_MINUTE % 60,
        .second = ms / (int)MS_PER_SECOND % 60,
        .ms = ms % (int)MS_PER_SECOND};
    day_split((struct day){(int32_t)days}, &civil.year, &civil.month, &civil.day);
    return civil;
}

struct day zone_day(const struct zone *zone, struct instant instant)
{
    int64_t local_ms = instant.ms + zone_offset_s(zone, instant) * MS_PER_SECOND;
    return (struct day){(int32_t)floor_div(local_ms, MS_PER_DAY)};
}

/* The offsets a day before and a day after are the only two that can hold: zones do not change
 * twice within two days. Both hold: the time happens twice. Neither does: it lies in a gap, and the
 * offset before the gap moves it forward by the gap. */
static struct instant from_wall(const struct zone *zone, int64_t wall_ms)
{
    int64_t wall_s = floor_div(wall_ms, MS_PER_SECOND);
    int32_t before_s = offset_at_s(zone, wall_s - 86400);
    int32_t after_s = offset_at_s(zone, wall_s + 86400);
    int64_t early_s = wall_s - before_s, late_s = wall_s - after_s;
    bool early_holds = offset_at_s(zone, early_s) == before_s;
    bool late_holds = offset_at_s(zone, late_s) == after_s;
    int64_t utc_s = early_s;
    if (early_holds && late_holds)
        utc_s = early_s < late_s ? early_s : late_s;
    else if (late_holds)
        utc_s = late_s;
    return (struct instant){utc_s * MS_PER_SECOND + (wall_ms - wall_s * MS_PER_SECOND)};
}

struct instant zone_instant(const struct zone *zone, const struct civil *civil)
{
    struct day day = day_of(civil->year, civil->month, civil->day);
    return from_wall(zone,
        day.n * MS_PER_DAY + civil->hour * MS_PER_HOUR + civil->minute * MS_PER_MINUTE
            + civil->second * MS_PER_SECOND + civil->ms);
}

struct instant zone_at(const struct zone *zone, struct day day, int minute_of_day)
{
    assert(day.n != DAY_NONE);
    assert(minute_of_day >= 0 && minute_of_day <= 24 * 60);
    return from_wall(zone, day.n * MS_PER_DAY + minute_of_day * MS_PER_MINUTE);
}

char *zone_format(struct arena *arena, const struct zone *zone, struct instant instant)
{
    int32_t offset_s = zone_offset_s(zone, instant);
    struct instant wall = instant_add_ms(instant, offset_s * MS_PER_SECOND);
    char *text = instant_format_utc(arena, wall);
    int minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    text[strlen(text) - 1] = '\0'; /* the Z */
    return arena_format(
        arena, "%s%c%02d:%02d", text, offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}
