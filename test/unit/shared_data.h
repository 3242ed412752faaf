/* shared_data.h: the vectors beside the project (PERENNIAL_SHARED_DATA, else ../shared/data).
 * A test whose file is absent is skipped by name. Include after unit.h. */
#ifndef PERENNIAL_TEST_SHARED_DATA_H
#define PERENNIAL_TEST_SHARED_DATA_H

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

static inline json_t *shared_data_json(struct arena *arena, const char *name)
{
    const char *folder = getenv("PERENNIAL_SHARED_DATA");
    const char *root = getenv("SOURCE_ROOT");
    const char *path = folder
        ? arena_format(arena, "%s/%s", folder, name)
        : arena_format(arena, "%s/../shared/data/%s", root ? root : ".", name);
    json_t *json = json_load_file(path, 0, NULL);
    if (!json) {
        print_message("%s is not here (PERENNIAL_SHARED_DATA)\n", name);
        skip();
    }
    return json;
}

#endif
