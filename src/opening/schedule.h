/* schedule.h: when who can be seen where, as the practice wrote it down.     (part of opening)
 *
 * schedules.yaml, beside perennial.yaml: locations with their hours, rooms and closed days;
 * services with how long they take; providers with their hours and absences. A practice without the
 * file keeps the link of its booking system; everything here is then simply not there.
 *
 * Invariants
 *  (1) A schedule that was read is right: every name it uses is defined, every shift lies within
 *      one day, durations and the grid are multiples of SCHEDULE_CELL_MS.
 *  (2) Clock times are wall times of the practice's zone; slot.c says which moments they are.
 *  (3) It is immutable.
 *
 * Calling sequence: schedule_parse once per home. Memory: the boot arena. */
#ifndef PERENNIAL_OPENING_SCHEDULE_H
#define PERENNIAL_OPENING_SCHEDULE_H

#include "base/yaml.h"
#include "record/practice.h"

enum {
    SCHEDULE_LOCATIONS_MAX = 32,
    SCHEDULE_PROVIDERS_MAX = 128,
    SCHEDULE_SERVICES_MAX = 64, /* one bit each */
    SCHEDULE_ROOM_KINDS_MAX = 16,
    SCHEDULE_SHIFTS_MAX = 8, /* of one day */
    SCHEDULE_HORIZON_DAYS_MAX = 180,
    SCHEDULE_CELL_MS = 5 * 60 * 1000, /* what is taken is taken in cells of this length */
    SCHEDULE_NAMES_MAX = 16,          /* other names of one provider */
    SCHEDULE_NOBODY = -1,             /* no provider, location or service of the schedule */
    SCHEDULE_OUTSIDER = -2,           /* a provider by name, but none of the schedule's */
};

/* Part of a day, [from, until) minutes of the wall clock; until may be 1440. */
struct shift {
    int from_minute, until_minute;
    int location; /* of a provider's shift */
};
struct shifts {
    const struct shift *list; /* rising, apart */
    size_t count;
};

/* The same part of each day from first to last. */
struct closed_time {
    struct day first, last;
    int from_minute, until_minute;
};
/* A day with hours of its own, in place of its weekday's. */
struct open_day {
    struct day day;
    struct shifts shifts;
};

struct schedule_hours {
    struct shifts week[7]; /* 0 Sunday */
    const struct open_day *open;
    size_t open_count;
    const struct closed_time *closed;
    size_t closed_count;
};

struct schedule_location {
    const char *name, *key; /* key: text_key of the name */
    struct schedule_hours hours;
    int rooms[SCHEDULE_ROOM_KINDS_MAX]; /* how many of each kind */
};

struct schedule_service {
    const char *key; /* of definitions.yaml */
    int64_t duration_ms;
    int64_t before_ms, after_ms; /* provider and rooms are taken so much longer */
    uint32_t rooms;              /* bit per kind */
};

struct schedule_provider {
    const char *name;
    const char *keys[SCHEDULE_NAMES_MAX + 1]; /* text_key of the name and of what else they go by */
    size_t key_count;
    uint64_t does; /* bit per service */
    int location;  /* where shifts that do not say are */
    struct schedule_hours hours;
};

struct schedule {
    const struct zone *zone;
    int step_minutes;           /* visits begin at multiples of this, on the wall clock */
    int64_t notice_ms;          /* nothing sooner than this */
    int horizon_days;           /* nothing later than this */
    int64_t hold_ms;            /* how long a chosen time waits for its confirmation */
    const struct day *holidays; /* rising; closed everywhere (perennial.yaml) */
    size_t holiday_count;
    const char *room_kinds[SCHEDULE_ROOM_KINDS_MAX];
    size_t room_kind_count;
    const struct schedule_location *locations;
    size_t location_count;
    const struct schedule_service *services;
    size_t service_count;
    const struct schedule_provider *providers;
    size_t provider_count;
};

/* `root` is schedules.yaml; `service_keys` are those of definitions.yaml. ERR_INPUT with the place
 * and the remedy of the first thing that is wrong. */
enum err schedule_parse(struct arena *boot, const struct yaml *root,
    const struct practice *practice, const char *const *service_keys, size_t service_key_count,
    const struct schedule **ret_schedule, struct why *reterr_why) WARN_UNUSED;

/* By the names that the booking system uses; SCHEDULE_NOBODY when the schedule has no such. NULL
 * finds nobody. */
int schedule_provider(const struct schedule *schedule, const char *name);
int schedule_location(const struct schedule *schedule, const char *name);
int schedule_service(const struct schedule *schedule, const char *key);

#endif
