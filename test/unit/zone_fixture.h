/* zone_fixture.h: the machine and its zones, for tests about days and hours. Include after unit.h.
 *
 *   zone_fixture_open(&arena, &env, &zones);
 *   ... instant_of("2026-06-11T12:00:00-05:00") ...
 *   zone_fixture_close(&arena, &env); */
#ifndef PERENNIAL_TEST_ZONE_FIXTURE_H
#define PERENNIAL_TEST_ZONE_FIXTURE_H

#include "base/zone.h"
#include "env/env.h"

static inline void zone_fixture_open(struct arena *arena, struct env *env, struct zones *zones)
{
    struct why why = {0};
    arena_init(arena, 0);
    must(env_os_open(arena, env, &why), &why);
    zones_init(zones, arena, env_zone_load, &env->file);
}

static inline void zone_fixture_close(struct arena *arena, struct env *env)
{
    env_os_close(env);
    arena_release(arena);
}

static inline struct instant instant_of(const char *text)
{
    struct instant instant = {0};
    struct why why = {0};
    must(instant_parse(text, &instant, &why), &why);
    return instant;
}

#endif
