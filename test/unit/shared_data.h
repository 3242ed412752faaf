/* shared_data.h: the vectors beside the project (PERENNIAL_SHARED_DATA, else ../shared/data).
 * A test whose file is absent is skipped by name. Include after unit.h. */
#ifndef PERENNIAL_TEST_SHARED_DATA_H
#define PERENNIAL_TEST_SHARED_DATA_H

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

enum { SHARED_DATA_PATH_BYTES_MAX = 4096 };

/* A path of its own, not in the test's arena: skip() leaves the test without cleaning up. */
struct shared_data_path {
    char text[SHARED_DATA_PATH_BYTES_MAX];
};

static inline struct shared_data_path shared_data_path(const char *name)
{
    const char *folder = getenv("PERENNIAL_SHARED_DATA");
    const char *root = getenv("SOURCE_ROOT");
    struct shared_data_path path;

    (void)snprintf(path.text, sizeof path.text, "%s%s/%s",
        folder ? folder : (root ? root : "."), folder ? "" : "/../shared/data", name);
    return path;
}

static inline void shared_data_skip(const char *name)
{
    print_message("# %s is not here (PERENNIAL_SHARED_DATA)\n", name);
    skip();
}

static inline FILE *shared_data_open(const char *name)
{
    FILE *file = fopen(shared_data_path(name).text, "rb");

    if (!file)
        shared_data_skip(name);
    return file;
}

static inline json_t *shared_data_json(const char *name)
{
    json_t *json = json_load_file(shared_data_path(name).text, 0, NULL);

    if (!json)
        shared_data_skip(name);
    return json;
}

#endif
