/* yaml.c: foreign playbooks: any bytes give a tree with a canonical text, or a reason. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    ARENA struct arena arena;
    arena_init(&arena, 0);
    struct why why = {0};
    struct yaml *root = NULL;
    enum err err = yaml_parse(&arena, "fuzz.yaml", (const char *)bytes, len, &root, &why);
    if (err != ERR_NONE) {
        assert(!root && why.code == err && why.message[0] && why.place[0]);
        return 0;
    }
    /* JSON is YAML: the canonical text reads back as the same tree. */
    char *canonical = yaml_canonical(&arena, root);
    struct yaml *again = NULL;
    if (strlen(canonical) < YAML_BYTES_MAX
        && yaml_parse(&arena, "canonical", canonical, strlen(canonical), &again, &why) == ERR_NONE)
        assert(text_is(canonical, yaml_canonical(&arena, again)));
    return 0;
}
