/* schedule.c: reads schedules.yaml. What a day's hours say is in schedule_hours.c. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opening/schedule_int.h"

enum {
    DURATION_MINUTES_MAX = 12 * 60,
    MARGIN_MINUTES_MAX = 120, /* before and after a visit */
    STEP_MINUTES_MAX = 120,
    NOTICE_MS_MAX = 30 * 24 * 3600, /* in seconds here: an enum holds ints */
    HOLD_MINUTES_MAX = 24 * 60,
    ROOMS_MAX = 100,
    CELL_MINUTES = SCHEDULE_CELL_MS / (60 * 1000),
};

/* ---- numbers ---- */

/* A span of whole cells. */
static enum err read_minutes(struct schedule_reader *reader, const struct yaml *node, int64_t min,
    int64_t max, int64_t *ret_minutes)
{
    struct span span;
    enum err err = yaml_span(node, &span, reader->why);
    if (err != ERR_NONE)
        return err;
    int64_t minutes = span_ms(span) / MS_PER_MINUTE;
    if (span.months || minutes < min || minutes > max || span_ms(span) % SCHEDULE_CELL_MS) {
        why_hint(reader->why, "Write a multiple of 5 minutes, such as 30m");
        return yaml_error(node, reader->why, "%s is from %lldm to %lldm, in steps of 5 minutes",
            node->key, (long long)min, (long long)max);
    }
    *ret_minutes = minutes;
    return ERR_NONE;
}

static enum err read_minutes_if(struct schedule_reader *reader, const struct yaml *map,
    const char *key, int64_t max, int64_t otherwise, int64_t *ret_minutes)
{
    const struct yaml *node = yaml_get(map, key);
    *ret_minutes = otherwise;
    return node ? read_minutes(reader, node, 0, max, ret_minutes) : ERR_NONE;
}

static enum err read_rhythm(struct schedule_reader *reader, const struct yaml *root)
{
    struct schedule *schedule = reader->schedule;
    const struct yaml *step = yaml_get(root, "step"), *notice = yaml_get(root, "notice");
    const struct yaml *horizon = yaml_get(root, "horizon"), *hold = yaml_get(root, "hold");
    int64_t step_minutes = 15, hold_minutes = 10;
    struct span span = {.ms = 2 * MS_PER_HOUR}, days = {.days = 60};
    enum err err =
        step ? read_minutes(reader, step, CELL_MINUTES, STEP_MINUTES_MAX, &step_minutes) : ERR_NONE;
    if (err == ERR_NONE && hold)
        err = read_minutes(reader, hold, CELL_MINUTES, HOLD_MINUTES_MAX, &hold_minutes);
    if (err == ERR_NONE && notice)
        err = yaml_span(notice, &span, reader->why);
    if (err == ERR_NONE && horizon)
        err = yaml_span(horizon, &days, reader->why);
    if (err != ERR_NONE)
        return err;
    if (24 * 60 % step_minutes)
        return yaml_error(step, reader->why, "step does not divide a day: write 15m, 20m or 30m");
    if (span_ms(span) > NOTICE_MS_MAX * MS_PER_SECOND)
        return yaml_error(notice, reader->why, "notice is at most 30d");
    int64_t horizon_days = span_ms(days) / MS_PER_DAY;
    if (horizon_days < 1 || horizon_days > SCHEDULE_HORIZON_DAYS_MAX)
        return yaml_error(
            horizon, reader->why, "horizon is from 1d to %dd", SCHEDULE_HORIZON_DAYS_MAX);
    schedule->step_minutes = (int)step_minutes;
    schedule->hold_ms = hold_minutes * MS_PER_MINUTE;
    schedule->notice_ms = span_ms(span);
    schedule->horizon_days = (int)horizon_days;
    return ERR_NONE;
}

/* ---- names ---- */

static enum err unknown(struct schedule_reader *reader, const struct yaml *node, const char *what,
    const char *const *names, size_t count)
{
    const char *nearest = text_nearest(node->scalar, names, count);
    if (nearest)
        why_hint(reader->why, "Did you mean \"%s\"?", nearest);
    return yaml_error(node, reader->why, "there is no %s \"%.60s\"", what, node->scalar);
}

static enum err want_scalar(
    struct schedule_reader *reader, const struct yaml *node, const char *what)
{
    if (node->kind == YAML_SCALAR && *node->scalar)
        return ERR_NONE;
    return yaml_error(node, reader->why, "%s belongs here", what);
}

/* The map under `key`: there, not empty, at most `max` entries. */
static enum err want_map(struct schedule_reader *reader, const struct yaml *root, const char *key,
    size_t max, const struct yaml **ret_map)
{
    const struct yaml *map = yaml_get(root, key);
    if (!map) {
        why_hint(reader->why, "Add %s: with at least one entry, or remove the file", key);
        return yaml_error(root, reader->why, "schedules.yaml has no %s", key);
    }
    if (map->kind != YAML_MAP || map->count == 0 || map->count > max)
        return yaml_error(map, reader->why, "%s has 1 to %zu entries, each with a name", key, max);
    *ret_map = map;
    return ERR_NONE;
}

static int room_kind(struct schedule *schedule, const char *name)
{
    for (size_t i = 0; i < schedule->room_kind_count; i++) {
        if (text_is(schedule->room_kinds[i], name))
            return (int)i;
    }
    return SCHEDULE_NOBODY;
}

/* ---- locations ---- */

static enum err read_rooms(
    struct schedule_reader *reader, const struct yaml *node, struct schedule_location *location)
{
    struct schedule *schedule = reader->schedule;
    if (node->kind != YAML_MAP)
        return yaml_error(node, reader->why, "rooms are counted by kind: {treatment: 3}");
    for (const struct yaml *at = node->first; at; at = at->next) {
        int64_t count;
        enum err err = yaml_int(at, 0, ROOMS_MAX, &count, reader->why);
        if (err != ERR_NONE)
            return err;
        int kind = room_kind(schedule, at->key);
        if (kind == SCHEDULE_NOBODY && schedule->room_kind_count == SCHEDULE_ROOM_KINDS_MAX)
            return yaml_error(
                at, reader->why, "there are at most %d kinds of rooms", SCHEDULE_ROOM_KINDS_MAX);
        if (kind == SCHEDULE_NOBODY) {
            kind = (int)schedule->room_kind_count++;
            schedule->room_kinds[kind] = at->key;
        }
        location->rooms[kind] = (int)count;
    }
    return ERR_NONE;
}

static enum err read_location(
    struct schedule_reader *reader, const struct yaml *node, struct schedule_location *location)
{
    static const char *const keys[] = {"hours", "rooms", "closed", "open"};
    enum err err = yaml_only(node, keys, 4, reader->why);
    const struct yaml *rooms = yaml_get(node, "rooms");
    *location =
        (struct schedule_location){.name = node->key, .key = text_key(reader->boot, node->key)};
    if (err == ERR_NONE && rooms)
        err = read_rooms(reader, rooms, location);
    if (err == ERR_NONE)
        err = schedule__read_hours(reader, node, "closed", SCHEDULE_NOBODY, &location->hours);
    return err;
}

static enum err read_locations(struct schedule_reader *reader, const struct yaml *root)
{
    const struct yaml *map;
    enum err err = want_map(reader, root, "locations", SCHEDULE_LOCATIONS_MAX, &map);
    if (err != ERR_NONE)
        return err;
    struct schedule_location *locations =
        ARENA_NEW(reader->boot, struct schedule_location, map->count);
    reader->schedule->locations = locations;
    for (const struct yaml *at = map->first; at && err == ERR_NONE; at = at->next) {
        err = read_location(reader, at, &locations[reader->schedule->location_count]);
        reader->schedule->location_count++;
    }
    return err;
}

/* ---- services ---- */

static enum err read_service_rooms(
    struct schedule_reader *reader, const struct yaml *node, struct schedule_service *service)
{
    struct schedule *schedule = reader->schedule;
    if (node->kind != YAML_SEQUENCE)
        return yaml_error(node, reader->why, "rooms are a list of kinds: [treatment]");
    for (const struct yaml *at = node->first; at; at = at->next) {
        enum err err = want_scalar(reader, at, "a kind of room");
        if (err != ERR_NONE)
            return err;
        int kind = room_kind(schedule, at->scalar);
        if (kind == SCHEDULE_NOBODY)
            return unknown(
                reader, at, "kind of room", schedule->room_kinds, schedule->room_kind_count);
        service->rooms |= 1u << kind;
    }
    return ERR_NONE;
}

static enum err read_service(
    struct schedule_reader *reader, const struct yaml *node, struct schedule_service *service)
{
    static const char *const keys[] = {"duration", "before", "after", "rooms"};
    const struct yaml *rooms = yaml_get(node, "rooms"), *duration = yaml_get(node, "duration");
    int64_t minutes = 0, before = 0, after = 0;
    enum err err = yaml_only(node, keys, 4, reader->why);
    if (err != ERR_NONE)
        return err;
    bool known = false;
    for (size_t i = 0; i < reader->service_key_count; i++)
        known = known || text_is(reader->service_keys[i], node->key);
    if (!known) {
        const char *nearest =
            text_nearest(node->key, reader->service_keys, reader->service_key_count);
        why_hint(reader->why, "Services are those of definitions.yaml%s%s",
            nearest ? "; did you mean " : "", nearest ? nearest : "");
        return yaml_error(node, reader->why, "there is no service \"%.60s\"", node->key);
    }
    if (!duration)
        return yaml_error(
            node, reader->why, "%.60s does not say how long it takes: duration: 30m", node->key);
    err = read_minutes(reader, duration, CELL_MINUTES, DURATION_MINUTES_MAX, &minutes);
    if (err == ERR_NONE)
        err = read_minutes_if(reader, node, "before", MARGIN_MINUTES_MAX, 0, &before);
    if (err == ERR_NONE)
        err = read_minutes_if(reader, node, "after", MARGIN_MINUTES_MAX, 0, &after);
    *service = (struct schedule_service){.key = node->key,
        .duration_ms = minutes * MS_PER_MINUTE,
        .before_ms = before * MS_PER_MINUTE,
        .after_ms = after * MS_PER_MINUTE};
    if (err == ERR_NONE && rooms)
        err = read_service_rooms(reader, rooms, service);
    return err;
}

static enum err read_services(struct schedule_reader *reader, const struct yaml *root)
{
    const struct yaml *map;
    enum err err = want_map(reader, root, "services", SCHEDULE_SERVICES_MAX, &map);
    if (err != ERR_NONE)
        return err;
    struct schedule_service *services =
        ARENA_NEW(reader->boot, struct schedule_service, map->count);
    reader->schedule->services = services;
    for (const struct yaml *at = map->first; at && err == ERR_NONE; at = at->next)
        err = read_service(reader, at, &services[reader->schedule->service_count++]);
    return err;
}

/* ---- providers ---- */

static enum err add_provider_name(struct schedule_reader *reader, const struct yaml *node,
    const char *name, struct schedule_provider *provider)
{
    const char *key = text_key(reader->boot, name);
    if (!*key || provider->key_count > SCHEDULE_NAMES_MAX)
        return yaml_error(
            node, reader->why, "a provider has 1 to %d names of letters", SCHEDULE_NAMES_MAX);
    const struct schedule *schedule = reader->schedule;
    for (size_t i = 0; i < schedule->provider_count; i++) {
        const struct schedule_provider *other = &schedule->providers[i];
        for (size_t j = 0; j < other->key_count && other != provider; j++) {
            if (text_is(other->keys[j], key))
                return yaml_error(node, reader->why, "%s goes by this name, too", other->name);
        }
    }
    provider->keys[provider->key_count++] = key;
    return ERR_NONE;
}

static enum err read_names(
    struct schedule_reader *reader, const struct yaml *node, struct schedule_provider *provider)
{
    const struct yaml *names = yaml_get(node, "names");
    enum err err = add_provider_name(reader, node, node->key, provider);
    if (names && names->kind != YAML_SEQUENCE)
        return yaml_error(names, reader->why, "names are a list: [\"Chen, Lily\"]");
    for (const struct yaml *at = names ? names->first : NULL; at && err == ERR_NONE;
         at = at->next) {
        err = want_scalar(reader, at, "a name");
        if (err == ERR_NONE)
            err = add_provider_name(reader, at, at->scalar, provider);
    }
    return err;
}

static enum err read_does(
    struct schedule_reader *reader, const struct yaml *node, struct schedule_provider *provider)
{
    const struct schedule *schedule = reader->schedule;
    const struct yaml *does = yaml_get(node, "does");
    const char *names[SCHEDULE_SERVICES_MAX];
    for (size_t i = 0; i < schedule->service_count; i++)
        names[i] = schedule->services[i].key;
    if (!does) {
        provider->does = UINT64_MAX >> (64 - schedule->service_count);
        return ERR_NONE;
    }
    if (does->kind != YAML_SEQUENCE)
        return yaml_error(does, reader->why, "does is a list of services: [facial]");
    for (const struct yaml *at = does->first; at; at = at->next) {
        enum err err = want_scalar(reader, at, "a service");
        if (err != ERR_NONE)
            return err;
        int service = schedule_service(schedule, at->scalar);
        if (service == SCHEDULE_NOBODY)
            return unknown(reader, at, "service with a duration", names, schedule->service_count);
        provider->does |= UINT64_C(1) << service;
    }
    return ERR_NONE;
}

static enum err read_place(
    struct schedule_reader *reader, const struct yaml *node, struct schedule_provider *provider)
{
    const struct schedule *schedule = reader->schedule;
    const struct yaml *at = yaml_get(node, "at");
    const char *names[SCHEDULE_LOCATIONS_MAX];
    for (size_t i = 0; i < schedule->location_count; i++)
        names[i] = schedule->locations[i].name;
    if (!at && schedule->location_count > 1) {
        why_hint(reader->why, "Write at: %s", names[0]);
        return yaml_error(node, reader->why, "%.60s does not say at which location", node->key);
    }
    enum err err = at ? want_scalar(reader, at, "a location") : ERR_NONE;
    if (err != ERR_NONE)
        return err;
    provider->location = at ? schedule_location(schedule, at->scalar) : 0;
    return provider->location == SCHEDULE_NOBODY
        ? unknown(reader, at, "location", names, schedule->location_count)
        : ERR_NONE;
}

static enum err read_provider(
    struct schedule_reader *reader, const struct yaml *node, struct schedule_provider *provider)
{
    static const char *const keys[] = {"names", "does", "at", "hours", "away", "open"};
    *provider = (struct schedule_provider){.name = node->key};
    enum err err = yaml_only(node, keys, 6, reader->why);
    if (err == ERR_NONE)
        err = read_names(reader, node, provider);
    if (err == ERR_NONE)
        err = read_does(reader, node, provider);
    if (err == ERR_NONE)
        err = read_place(reader, node, provider);
    if (err == ERR_NONE)
        err = schedule__read_hours(reader, node, "away", provider->location, &provider->hours);
    return err;
}

static enum err read_providers(struct schedule_reader *reader, const struct yaml *root)
{
    const struct yaml *map;
    enum err err = want_map(reader, root, "providers", SCHEDULE_PROVIDERS_MAX, &map);
    if (err != ERR_NONE)
        return err;
    struct schedule_provider *providers =
        ARENA_NEW(reader->boot, struct schedule_provider, map->count);
    reader->schedule->providers = providers;
    for (const struct yaml *at = map->first; at && err == ERR_NONE; at = at->next) {
        err = read_provider(reader, at, &providers[reader->schedule->provider_count]);
        reader->schedule->provider_count++;
    }
    return err;
}

/* ---- the whole ---- */

static void take_holidays(struct schedule_reader *reader, const struct practice *practice)
{
    struct day *days = ARENA_NEW(reader->boot, struct day, practice->holiday_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < practice->holiday_count; i++) {
        if (day_parse(practice->holidays[i], &days[count], NULL) == ERR_NONE)
            count++;
    }
    reader->schedule->holidays = days;
    reader->schedule->holiday_count = count;
}

enum err schedule_parse(struct arena *boot, const struct yaml *root,
    const struct practice *practice, const char *const *service_keys, size_t service_key_count,
    const struct schedule **ret_schedule, struct why *reterr_why)
{
    static const char *const keys[] = {
        "step", "notice", "horizon", "hold", "locations", "services", "providers"};
    struct schedule *schedule = ARENA_NEW(boot, struct schedule, 1);
    *schedule = (struct schedule){.zone = practice->zone};
    struct schedule_reader reader = {.boot = boot,
        .schedule = schedule,
        .service_keys = service_keys,
        .service_key_count = service_key_count,
        .why = reterr_why};
    enum err err = yaml_only(root, keys, sizeof(keys) / sizeof(keys[0]), reterr_why);
    take_holidays(&reader, practice);
    if (err == ERR_NONE)
        err = read_rhythm(&reader, root);
    if (err == ERR_NONE)
        err = read_locations(&reader, root);
    if (err == ERR_NONE)
        err = read_services(&reader, root);
    if (err == ERR_NONE)
        err = read_providers(&reader, root);
    if (err == ERR_NONE)
        *ret_schedule = schedule;
    else
        why_hint(reterr_why, "docs/schedules.md says what belongs here");
    return err;
}

int schedule_provider(const struct schedule *schedule, const char *name)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *key = name ? text_key(&scratch, name) : "";
    for (size_t i = 0; i < schedule->provider_count && *key; i++) {
        const struct schedule_provider *provider = &schedule->providers[i];
        for (size_t j = 0; j < provider->key_count; j++) {
            if (text_is(provider->keys[j], key))
                return (int)i;
        }
    }
    return SCHEDULE_NOBODY;
}

int schedule_location(const struct schedule *schedule, const char *name)
{
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *key = name ? text_key(&scratch, name) : "";
    for (size_t i = 0; i < schedule->location_count && *key; i++) {
        if (text_is(schedule->locations[i].key, key))
            return (int)i;
    }
    return SCHEDULE_NOBODY;
}

int schedule_service(const struct schedule *schedule, const char *key)
{
    for (size_t i = 0; i < schedule->service_count && key; i++) {
        if (text_is(schedule->services[i].key, key))
            return (int)i;
    }
    return SCHEDULE_NOBODY;
}
