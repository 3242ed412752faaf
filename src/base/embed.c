#include "base/embed.h"

#include <string.h>

const struct embed_file *embed_find(const struct embed_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->files[i].name, name) == 0)
            return &set->files[i];
    return NULL;
}
