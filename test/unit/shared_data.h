/* shared_data.h: the vectors beside the project (PERENNIAL_SHARED_DATA, else ../shared/data).
 * A test whose file is absent is skipped by name. Include after unit.h. */
#ifndef PERENNIAL_TEST_SHARED_DATA_H
#define PERENNIAL_TEST_SHARED_DATA_H

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

static inline const char *shared_data_path(struct arena *arena, const char *name)
{
    const char *folder = getenv("PERENNIAL_SHARED_DATA");
    const char *root = getenv("SOURCE_ROOT");

    return folder ? arena_format(arena, "%s/%s", folder, name)
                  : arena_format(arena, "%s/../shared/data/%s", root ? root : ".", name);
}

static inline void shared_data_skip(const char *name)
{
    print_message("# %s is not here (PERENNIAL_SHARED_DATA)\n", name);
    skip();
}

static inline FILE *shared_data_open(struct arena *arena, const char *name)
{
    FILE *file = fopen(shared_data_path(arena, name), "rb");

    if (!file)
        shared_data_skip(name);
    return file;
}

static inline json_t *shared_data_json(struct arena *arena, const char *name)
{
    json_t *json = json_load_file(shared_data_path(arena, name), 0, NULL);

    if (!json)
        shared_data_skip(name);
    return json;
}

#endif
